"""ModernLeNet, a support vector machine and a linear model on scikit-learn's digits, on the same five folds.

``svc_augmented`` is what support vectors get that learn from four turned, moved and scaled copies of each image
besides, one accuracy a seed. Each fold is touched once, to measure; the network chooses its epoch on images set aside
from the other four. Network and support vectors read the same images, so their difference is tested on the images
that only one of them misreads: McNemar's test, two-sided, exact.

The last line is JSON: accuracies in [0, 1], one a seed, mistakes that only one of the two made, p-values, and the
seconds of one fit of the network, a median. The pages read it from ``cnncourse/recorded/lenet_digits.json``; to write
it anew, on one thread: ``OMP_NUM_THREADS=1 python benchmarks/lenet_digits.py | tail -1 > digits.json``.
"""

import argparse
import json
import statistics

import torch
import torch.nn.functional as F
from machine import describe
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from torch import Tensor

from cnncourse.data import digits
from cnncourse.lenet import ModernLeNet
from cnncourse.training import Data, fit, one_cycle, random_affine, seeded, split


def main() -> None:
    """Train and measure on every fold, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--validation", type=int, default=100, help="images set aside to choose the epoch")
    parser.add_argument("--seeds", type=int, default=3, help="of weights, order and augmentation; the folds stay")
    options = parser.parse_args()
    machine, linear = by_others(SVC(gamma=0.001)), by_others(LogisticRegression(C=0.01, max_iter=1000))
    result = vars(options) | {"machine": describe(), "svc": share(machine), "linear": share(linear)}
    seconds: list[float] = []
    for seed in range(options.seeds):
        network = by_network(seed, options, seconds)
        only_network, only_machine = int((~network & machine).sum()), int((network & ~machine).sum())
        found = {
            "cnn": share(network),
            "only_cnn_wrong": only_network,
            "only_svc_wrong": only_machine,
            "p": round(binomtest(only_network, only_network + only_machine).pvalue, 4),
        }
        print(f"seed {seed}:", found, flush=True)
        found["svc_augmented"] = share(by_vectors_with_copies(seed))
        for name, value in found.items():
            result.setdefault(name, []).append(value)
    print(json.dumps(result | {"seconds_per_fit": round(statistics.median(seconds), 2)}))


def share(right: Tensor) -> float:
    """Turn marks, true where right, into an accuracy."""
    return round(right.double().mean().item(), 4)


def folds() -> list[tuple[Tensor, Tensor]]:
    """Divide the digits into five: for each fold the places of the others' images, and of its own."""
    images, labels = digits()
    divided = StratifiedKFold(5, shuffle=True, random_state=0).split(images, labels)
    return [(torch.from_numpy(rest), torch.from_numpy(fold)) for rest, fold in divided]


def by_others(model: SVC | LogisticRegression) -> Tensor:
    """Let a model of scikit-learn read each fold after fitting the others; returns marks (N,), true where right."""
    images, labels = digits()
    pixels, right = (16 * images).flatten(1).numpy(), torch.zeros(len(labels), dtype=torch.bool)
    for rest, fold in folds():
        read = model.fit(pixels[rest], labels[rest]).predict(pixels[fold])
        right[fold] = torch.from_numpy(read) == labels[fold]
    return right


def by_vectors_with_copies(seed: int, copies: int = 4) -> Tensor:
    """Let support vectors read each fold after fitting the others and augmented copies of them; returns marks (N,)."""
    images, labels = digits(28)
    generator, right = torch.Generator().manual_seed(seed), torch.zeros(len(labels), dtype=torch.bool)
    for rest, fold in folds():
        known = [images[rest, None], *(random_affine(images[rest, None], generator) for _ in range(copies))]
        machine = SVC(gamma=0.001).fit(cells(torch.cat(known)), labels[rest].repeat(copies + 1))
        right[fold] = torch.from_numpy(machine.predict(cells(images[fold, None]))) == labels[fold]
    return right


def cells(images: Tensor) -> Tensor:
    """Shrink images (N, 1, 28, 28) to rows of 64 cells, 0 to 16."""
    return 16 * F.interpolate(images, size=8, mode="area").flatten(1)


def by_network(seed: int, options: argparse.Namespace, seconds: list[float]) -> Tensor:
    """Let a network of this seed read each fold after training on the others; notes the seconds of each training."""
    images, labels = digits(28)
    right = torch.zeros(len(labels), dtype=torch.bool)
    for rest, fold in folds():
        model, spent = fit_network((images[rest, None], labels[rest]), seed, options)
        seconds.append(spent)
        with torch.no_grad():
            right[fold] = model.eval()(images[fold, None]).argmax(dim=1) == labels[fold]
    return right


def fit_network(train: Data, seed: int, options: argparse.Namespace) -> tuple[ModernLeNet, float]:
    """Train on four folds' images; returns the network, and the seconds of training."""
    with seeded(seed):
        model = ModernLeNet()
    history = fit(
        model,
        *split(train, options.validation, seed=seed),
        epochs=options.epochs,
        lr=options.lr,
        batch_size=options.batch_size,
        seed=seed,
        schedule=one_cycle,
        augment=random_affine,
        progress=False,
    )
    return model, history.seconds[-1]


if __name__ == "__main__":
    main()
