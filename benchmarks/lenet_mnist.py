"""Train the modern recipe on MNIST over several seeds, and list which test images each network misreads.

The settings were chosen on 5,000 images set aside from the training set; these choose the epoch here, too. The test set
is read once a network, after its training.

The last line is JSON. The page reads it from ``cnncourse/recorded/lenet_mnist.json``; to write it anew, on one thread:
``OMP_NUM_THREADS=1 python benchmarks/lenet_mnist.py | tail -1 > mnist.json``.
"""

import argparse
import json
import statistics

from machine import describe

from cnncourse.data import DataError, mnist
from cnncourse.mnist import misread, parts, train_recipe
from cnncourse.training import Data, random_affine, train_step

OPENING = 20  # updates whose mean loss says whether another machine follows the same path
RUNS = {"3 epochs": {"epochs": 3}, "12 epochs, augmented": {"epochs": 12, "augment": random_affine}}


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs=2, default=(5, 3), help="runs of 3 epochs, and of 12")
    options = parser.parse_args()
    try:
        train, validation, test = parts(mnist())
    except DataError as error:  # the other benchmarks need no network
        print(f"skipped: {error}")
        print(json.dumps({"skipped": str(error).splitlines()[0]}))
        return
    sizes = {"train_images": len(train[0]), "validation_images": len(validation[0]), "test_images": len(test[0])}
    result = {"machine": describe(), "recipe": "modern", **sizes, "runs": {}}
    for (name, settings), seeds in zip(RUNS.items(), options.seeds, strict=True):
        result["runs"][name] = []
        for seed in range(seeds):
            result["runs"][name].append(run := measure(train, validation, test, seed=seed, **settings))
            print(f"{name}, seed {seed}: {len(run['misread'])} misread, {run['seconds']} s", flush=True)
    print(json.dumps(result))


def measure(train: Data, validation: Data, test: Data, *, seed: int, **settings: object) -> dict[str, object]:
    """Train one network; say how it began, how long it took, and what it misreads."""
    losses: list[float] = []

    def noted_step(*arguments: object) -> tuple[float, float]:
        measured = train_step(*arguments)
        losses.append(measured[0])
        return measured

    model, history = train_recipe("modern", train, validation, seed=seed, step=noted_step, progress=False, **settings)
    return {
        "seed": seed,
        "opening_loss": round(statistics.mean(losses[:OPENING]), 4),
        "validation_accuracy": round(max(history.validation_accuracy), 4),
        "seconds": round(history.seconds[-1]),
        "misread": misread(model, test).tolist(),
    }


if __name__ == "__main__":
    main()
