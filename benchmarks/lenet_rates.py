"""Choose the learning rate of the tanh recipe: one epoch each, judged on the 5,000 images set aside, never on the test.

Its batches were fixed beforehand, small as in 1998. The rate with the highest median over the seeds is the recipe's.

The last line is JSON. The page reads it from ``cnncourse/recorded/lenet_rates.json``; to write it anew, on one thread:
``OMP_NUM_THREADS=1 python benchmarks/lenet_rates.py | tail -1 > rates.json``.
"""

import json
from statistics import median

from machine import describe

from cnncourse.data import DataError, mnist
from cnncourse.mnist import RECIPES, parts, train_recipe

RATES, SEEDS = (0.05, 0.1, 0.2, 0.4, 0.8), 3


def main() -> None:
    """Measure and print."""
    try:
        train, validation, _ = parts(mnist())
    except DataError as error:  # the other benchmarks need no network
        print(f"skipped: {error}")
        print(json.dumps({"skipped": str(error).splitlines()[0]}))
        return
    found = {}
    for lr in RATES:
        found[str(lr)] = accuracies = []
        for seed in range(SEEDS):
            history = train_recipe("tanh", train, validation, epochs=1, seed=seed, lr=lr, progress=False)[1]
            accuracies.append(round(history.validation_accuracy[-1], 4))
        print(f"lr {lr}: {accuracies}", flush=True)
    best = max(found, key=lambda lr: median(found[lr]))
    batch_size = RECIPES["tanh"].settings["batch_size"]
    print(json.dumps({"machine": describe(), "batch_size": batch_size, "accuracies": found, "chosen": float(best)}))


if __name__ == "__main__":
    main()
