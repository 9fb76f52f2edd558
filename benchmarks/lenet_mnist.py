"""Train on MNIST and measure on its test set, once. The last line is JSON.

``--recipe modern`` is ModernLeNet with AdamW and one cycle of the learning rate; ``--recipe classical`` is LeNet as of
old: sigmoid, average pooling, plain gradient descent with lr 0.9 and batches of 256. The hyperparameters were chosen on
5,000 images set aside from the training set; they choose the epoch here, too.
"""

import argparse
import json

from cnncourse.data import DataError, mnist
from cnncourse.mnist import RECIPES, parts, train_recipe
from cnncourse.training import evaluate, random_affine


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", choices=RECIPES, default="modern")
    parser.add_argument("--augment", action="store_true", help="turn, move and scale the images a little")
    parser.add_argument("--validation-only", action="store_true", help="leave the test set alone, to choose settings")
    options = parser.parse_args()
    try:
        train, validation, test = parts(mnist())
    except DataError as error:  # the other benchmarks need no network
        print(f"skipped: {error}")
        print(json.dumps({"skipped": str(error).splitlines()[0]}))
        return
    augment = random_affine if options.augment else None
    model, history = train_recipe(
        options.recipe, train, validation, epochs=options.epochs, seed=options.seed, augment=augment
    )
    result = {
        "recipe": options.recipe,
        "epochs": options.epochs,
        "seed": options.seed,
        "augment": options.augment,
        "validation_accuracy": max(history.validation_accuracy),
        "seconds": round(history.seconds[-1], 2),
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    if not options.validation_only:
        result["test_accuracy"] = evaluate(model, test)[1]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
