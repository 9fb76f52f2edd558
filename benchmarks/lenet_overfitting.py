"""How LeNet learns 200 digits by heart, and what weight decay, dropout and augmentation change, one at a time.

LeNet with ReLU and maximum pooling, 40 epochs of AdamW with lr 0.002, batches of 50. Each of three seeds has its own
200 images and its own held-out fold of 360, neither from the test set.

The last line is JSON: for each remedy and seed the losses after every epoch, and the last accuracy. The chapter reads
it from ``cnncourse/recorded/lenet_overfitting.json``; to write it anew, on one thread:
``OMP_NUM_THREADS=1 python benchmarks/lenet_overfitting.py | tail -1 > curves.json``.
"""

import json
from functools import partial

import torch
from machine import describe
from torch import nn

from cnncourse.lenet import LeNet, digit_parts
from cnncourse.training import Data, History, fit, random_affine, seeded

EPOCHS, FEW, SEEDS = 40, 200, 3
REMEDIES = {
    "none": {},
    "weight decay 1": {"optimizer": partial(torch.optim.AdamW, weight_decay=1.0)},
    "dropout 0.5": {"dropout": True},
    "augmentation": {"augment": random_affine},
}


def few_images(seed: int) -> tuple[Data, Data]:
    """Choose this seed's training images, and the fold that is held out."""
    (images, labels), validation, _ = digit_parts(fold=seed + 1)
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))[:FEW]
    return (images[chosen], labels[chosen]), validation


def train(seed: int, *, dropout: bool = False, **settings) -> History:
    """Train once; dropout silences half of the 120 numbers of fc1, others at every step."""
    all_settings = {"optimizer": partial(torch.optim.AdamW, weight_decay=0.0)} | settings
    with seeded(seed):
        model = LeNet("relu", "max")
        if dropout:
            model.act3 = nn.Sequential(nn.ReLU(), nn.Dropout(0.5))
        return fit(
            model, *few_images(seed), epochs=EPOCHS, lr=0.002, batch_size=50, seed=seed, progress=False, **all_settings
        )


def main() -> None:
    """Measure and print."""
    result = {"machine": describe(), "images": FEW, "epochs": EPOCHS, "remedies": {}}
    for name, settings in REMEDIES.items():
        histories = [train(seed, **settings) for seed in range(SEEDS)]
        result["remedies"][name] = {
            "train_loss": [[round(loss, 4) for loss in history.train_loss] for history in histories],
            "validation_loss": [[round(loss, 4) for loss in history.validation_loss] for history in histories],
            "accuracy": [round(history.validation_accuracy[-1], 4) for history in histories],
        }
        print(name, result["remedies"][name]["accuracy"], flush=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
