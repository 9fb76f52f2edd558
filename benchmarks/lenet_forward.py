"""Where the time of LeNet's forward pass goes: each layer's share, measured on 64 images, layer after layer.

The layers take turns, so that whatever else the machine does falls on all alike; a share is made of medians. The last
line is JSON. The chapter reads it from ``cnncourse/recorded/lenet_forward.json``; to write it anew, on one thread:
``OMP_NUM_THREADS=1 python benchmarks/lenet_forward.py | tail -1 > forward.json``.
"""

import json
import statistics
import time

import torch
from machine import describe

from cnncourse.lenet import LeNet
from cnncourse.training import seeded

IMAGES, ROUNDS = 64, 300


def shares() -> dict[str, float]:
    """Measure each layer's share of the forward pass, by its name."""
    with seeded(0):
        model, images = LeNet(), torch.rand(IMAGES, 1, 28, 28)
    seconds: dict[str, list[float]] = {name: [] for name, _ in model.named_children()}
    with torch.no_grad():
        for _ in range(ROUNDS):
            y = images
            for name, layer in model.named_children():
                start = time.perf_counter()
                y = layer(y)
                seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    together = sum(medians.values())
    return {name: round(median / together, 3) for name, median in medians.items()}


def main() -> None:
    """Measure and print."""
    print(json.dumps({"machine": describe(), "images": IMAGES, "rounds": ROUNDS, "shares": shares()}))


if __name__ == "__main__":
    main()
