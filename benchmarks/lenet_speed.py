"""Time to accuracy on MNIST: a network and a schedule for the impatient against two older ways, in one run.

Its rivals are the textbook's recipe (sigmoids, Glorot's start, gradient descent with lr 0.9, batches of 256) and a fair
runner of 1998 (scaled tanh, first weights within 2.4 / fan-in, plain gradient descent in batches of 16, its lr chosen
by lenet_rates.py). They train until both goals are reached, or for ten epochs. The quick recipe plans one cycle of the
learning rate over QUICK_UPDATES batches. All are measured on the validation part every few updates, never on the test
set; the updates to a goal are medians over seeds, a seed that never gets there counting as infinitely slow.

A time is a number of updates times the median seconds of one update, in which evaluation has no part. The recipes take
turns while those seconds are measured, four times over the run, and the least median of each counts: other work on the
machine only adds. The last line is JSON. The page reads it from
``cnncourse/recorded/lenet_speed.json``; to write it anew, on one thread:
``OMP_NUM_THREADS=1 python benchmarks/lenet_speed.py | tail -1 > speed.json``.
"""

import argparse
import json
import math
import statistics
from typing import Any

from machine import describe

from cnncourse.data import DataError, mnist
from cnncourse.mnist import QUICK_UPDATES, RECIPES, Point, first_at, learning_curve, pace, parts
from cnncourse.training import Data

GOALS = (0.95, 0.98)
# Updates from one measurement to the next: half an epoch, a tenth, and a hundredth.
EVERY = {"textbook": 107, "tanh": 344, "quick": 20}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10, help="of the rivals, at most")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each recipe")
    options = parser.parse_args()
    try:
        train, validation, _ = parts(mnist())
    except DataError as error:  # the other benchmarks need no network
        print(f"skipped: {error}")
        print(json.dumps({"skipped": str(error).splitlines()[0]}))
        return
    result = race(train, validation, options)
    for goal, updates in result["updates_to"].items():
        seconds = {name: (count or math.inf) * result["milliseconds"][name] / 1000 for name, count in updates.items()}
        for rival in ("textbook", "tanh"):
            print(f"to {goal}: {rival} {seconds[rival]:.1f} s, {seconds[rival] / seconds['quick']:.1f} times quick's")
    print(json.dumps(result))


def race(train: Data, validation: Data, options: argparse.Namespace) -> dict[str, Any]:
    """Train all recipes; say how many updates each takes to each goal, and how long one update lasts."""
    few = tuple(part[: QUICK_UPDATES * RECIPES["quick"].settings["batch_size"]] for part in train)
    paces, curves = [pace(train, rounds=60, recipes=tuple(EVERY))], {}
    for name in EVERY:
        data, epochs = (few, 1) if name == "quick" else (train, options.epochs)
        settings = {"epochs": epochs, "every": EVERY[name], "until": GOALS[-1]}
        curves[name] = [learning_curve(name, data, validation, seed=seed, **settings) for seed in range(options.seeds)]
        print(name, [(curve[-1].updates, curve[-1].accuracy) for curve in curves[name]], flush=True)
        paces.append(pace(train, rounds=60, recipes=tuple(EVERY)))
    updates = {str(goal): {name: updates_to(goal, curves[name]) for name in EVERY} for goal in GOALS}
    milliseconds = {name: round(1000 * min(one[name] for one in paces), 2) for name in EVERY}
    print([{name: round(1000 * one[name], 2) for name in EVERY} for one in paces])
    sizes = {"seeds": options.seeds, "epochs": options.epochs}
    return {"machine": describe(), **sizes, "updates_to": updates, "milliseconds": milliseconds}


def updates_to(accuracy: float, curves: list[list[Point]]) -> float | None:
    """Median updates over several curves until an accuracy is reached; None where most never reach it."""
    points = [first_at(curve, accuracy) for curve in curves]
    updates = statistics.median(point.updates if point else math.inf for point in points)
    return updates if updates < math.inf else None


if __name__ == "__main__":
    main()
