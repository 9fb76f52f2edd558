"""Time to accuracy on MNIST: LeNet as of old against a network and a schedule for the impatient, in one run.

The classical recipe (sigmoids, average pooling, gradient descent with lr 0.9, batches of 256) trains for ten epochs;
its accuracy A and its time T are what is to be matched. The quick recipe plans one cycle of the learning rate over
QUICK_UPDATES batches, and is measured on the validation part every few updates. Its times to A and to 98 % are medians
over seeds, a seed that never gets there counting as infinitely slow.

A time is a number of updates times the median seconds of one update, in which evaluation has no part; the recipes take
turns while those seconds are measured. The last line is JSON.
"""

import argparse
import json
import math
import statistics

import torch

from cnncourse.data import DataError, mnist
from cnncourse.mnist import QUICK_UPDATES, RECIPES, first_at, learning_curve, pace, parts, train_recipe
from cnncourse.training import Data

GOAL = 0.98


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10, help="of the classical recipe")
    parser.add_argument("--seeds", type=int, default=5, help="runs of the quick recipe")
    options = parser.parse_args()
    try:
        train, validation, _ = parts(mnist())
    except DataError as error:  # the other benchmarks need no network
        print(f"skipped: {error}")
        print(json.dumps({"skipped": str(error).splitlines()[0]}))
        return
    result = race(train, validation, options)
    for name, value in result.items():
        print(f"{name:28} {value}")
    print(json.dumps(result))


def race(train: Data, validation: Data, options: argparse.Namespace) -> dict[str, float | None]:
    """Train both recipes and compare their times."""
    seconds = pace(train, rounds=60)
    history = train_recipe("classical", train, validation, epochs=options.epochs, progress=False)[1]
    updates = options.epochs * (len(train[0]) // RECIPES["classical"].settings["batch_size"])
    reached, classical = max(history.validation_accuracy), updates * seconds["classical"]
    few = tuple(part[: QUICK_UPDATES * RECIPES["quick"].settings["batch_size"]] for part in train)
    curves = [learning_curve("quick", few, validation, every=20, seed=seed) for seed in range(options.seeds)]
    result = {
        "threads": torch.get_num_threads(),
        "classical_accuracy": round(reached, 4),
        "classical_seconds": round(classical, 1),
        "quick_final_accuracy": round(statistics.median(curve[-1].accuracy for curve in curves), 4),
    }
    for name, goal in (("to_classical", reached), ("to_98", GOAL)):
        points = [first_at(curve, goal) for curve in curves]
        needed = statistics.median(point.updates if point else math.inf for point in points)
        result[f"quick_updates_{name}"] = needed if needed < math.inf else None
        result[f"quick_seconds_{name}"] = round(needed * seconds["quick"], 2) if needed < math.inf else None
        result[f"times_faster_{name}"] = round(classical / (needed * seconds["quick"]), 1)
    return result


if __name__ == "__main__":
    main()
