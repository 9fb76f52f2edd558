"""ModernLeNet, a support vector machine and a linear model on scikit-learn's digits, on the same five folds.

Each fold is touched once, to measure; the network chooses its epoch on images set aside from the other four. The last
line is JSON: mean accuracies in [0, 1], and the seconds of one fit of the network, the median of the five. Set
``OMP_NUM_THREADS`` to the number of idle cores: more threads than those make a fit several times slower.
"""

import argparse
import json
import statistics

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from cnncourse.data import digits
from cnncourse.lenet import ModernLeNet
from cnncourse.training import Data, evaluate, fit, one_cycle, random_affine, seeded, split


def main() -> None:
    """Train and measure on every fold, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--validation", type=int, default=100, help="images set aside to choose the epoch")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation; the folds stay")
    options = parser.parse_args()
    (small, labels), (large, _) = digits(), digits(28)
    pixels = (16 * small).flatten(1).numpy()  # whole numbers from 0 to 16, as scikit-learn has them
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(pixels, labels)
    measured = {"cnn": [], "svc": [], "linear": [], "seconds": []}
    for rest, fold in folds:
        for name, model in (("svc", SVC(gamma=0.001)), ("linear", LogisticRegression(C=0.01, max_iter=1000))):
            measured[name].append(model.fit(pixels[rest], labels[rest]).score(pixels[fold], labels[fold]))
        train, test = ((large[chosen, None], labels[chosen]) for chosen in map(torch.from_numpy, (rest, fold)))
        accuracy, seconds = fit_network(train, test, options)
        measured["cnn"].append(accuracy)
        measured["seconds"].append(seconds)
        print({name: round(values[-1], 4) for name, values in measured.items()}, flush=True)
    result = {f"{name}_mean": round(statistics.mean(measured[name]), 4) for name in ("cnn", "svc", "linear")}
    result["seconds_per_fit"] = round(statistics.median(measured["seconds"]), 2)
    print(json.dumps(vars(options) | {"threads": torch.get_num_threads()} | result))


def fit_network(train: Data, test: Data, options: argparse.Namespace) -> tuple[float, float]:
    """Train on one fold's training images; return the accuracy on its test images, and the seconds of training."""
    with seeded(options.seed):
        model = ModernLeNet()
    history = fit(
        model,
        *split(train, options.validation, seed=options.seed),
        epochs=options.epochs,
        lr=options.lr,
        batch_size=options.batch_size,
        seed=options.seed,
        schedule=one_cycle,
        augment=random_affine,
        progress=False,
    )
    return evaluate(model, test)[1], history.seconds[-1]


if __name__ == "__main__":
    main()
