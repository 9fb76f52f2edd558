"""Predict how many numbers a layer has to learn.

Three kinds of layer read one grey image and have one output cell for each place where their window fits. The fully
connected layer has as many output cells as the layer with the window named beside it, so that the three can be
compared.

A window that reaches Δ cells to every side of its middle is given by Δ alone. "Weights" leaves biases out, "with bias"
counts them in. Paper will do; each answer is an `int`.
"""

import torch
from torch import nn

from cnncourse.exercises.model import Exercise, Wrong


def predict_parameters():
    """Say how many parameters each layer has, an int for each question.

    All read one grey image; the output has a cell where a window fits.
    """
    return {
        "fully connected, 12x12 image, as for 3x3, with bias": 14_500,
        "locally connected, 12x12 image, Δ = 1, weights": 900,
        "locally connected, 12x12 image, 3x3, with bias": 1_000,
        "convolutional, 12x12 image, 3x3, with bias": 10,
        "convolutional, 24x24 image, 3x3, with bias": 10,
        "convolutional, 12x12 image, Δ = 2, weights": 25,
    }


def oracle():
    """Build the layers, on a device that holds no numbers, and count."""

    def count(layer: nn.Module) -> int:
        return sum(parameter.numel() for parameter in layer.parameters())

    def windows(n: int, k: int) -> torch.Tensor:
        return torch.empty(n, n, device="meta").unfold(0, k, 1).unfold(1, k, 1)  # (oh, ow, kH, kW)

    local = windows(12, 3)
    places = local[..., 0, 0].numel()
    return {
        "fully connected, 12x12 image, as for 3x3, with bias": count(nn.Linear(12 * 12, places, device="meta")),
        "locally connected, 12x12 image, Δ = 1, weights": local.numel(),
        "locally connected, 12x12 image, 3x3, with bias": local.numel() + places,
        "convolutional, 12x12 image, 3x3, with bias": count(nn.Conv2d(1, 1, 3, device="meta")),
        "convolutional, 24x24 image, 3x3, with bias": count(nn.Conv2d(1, 1, 3, device="meta")),
        "convolutional, 12x12 image, Δ = 2, weights": nn.Conv2d(1, 1, 5, device="meta").weight.numel(),
    }


def _says(full=14_500, local=900, local_bias=1_000, small=10, large=10, wide=25):
    """List the replacements that give these answers."""
    pairs = (
        ("as for 3x3, with bias", "14_500", full),
        ("Δ = 1, weights", "900", local),
        ("locally connected, 12x12 image, 3x3, with bias", "1_000", local_bias),
        ("convolutional, 12x12 image, 3x3, with bias", "10", small),
        ("convolutional, 24x24 image, 3x3, with bias", "10", large),
        ("Δ = 2, weights", "25", wide),
    )
    return tuple((f'{end}": {old},', f'{end}": {new},') for end, old, new in pairs if int(old) != new)


WHY = "introduction: Why not connect everything to everything?"
SHRINKS = "cross_correlation: Why does the output shrink?"

EXERCISE = Exercise(
    title="How many numbers does a layer learn?",
    solution=predict_parameters,
    oracle=oracle,
    read=WHY,
    minutes=5,
    hints=(
        "First count the output cells: in how many places of a row of 12 can a window of 3 cells stand?",
        "A layer has, for each output cell of its own, a weight for every cell which that output sees, and perhaps a "
        "bias. Fully connected: it sees the image. Locally connected: it sees a window. Convolutional: all cells "
        "share one set.",
        "There are ten times ten places for 3×3 windows. An output sees 144 cells of the image or 9 of a window; a "
        "bias makes that one more. Two of the layers multiply by the places, the third does not. Δ = 2 means five "
        "cells across.",
    ),
    wrong=(
        Wrong(
            "one-output-only",
            "You count the weights of one output cell. In a fully and in a locally connected layer every output cell "
            "has weights of its own; locality saves in each of them.",
            WHY,
            _says(full=145, local=9, local_bias=10),
        ),
        Wrong(
            "output-as-large-as-input",
            "You give the output as many cells as the image. A window has fewer places to stand: n − k + 1 along an "
            "axis.",
            SHRINKS,
            _says(full=145 * 144, local=9 * 144, local_bias=10 * 144),
        ),
        Wrong(
            "last-place-missing",
            "You count n − k places along an axis. A window of k cells has one place more: the first one needs no "
            "step.",
            SHRINKS,
            _says(full=145 * 81, local=9 * 81, local_bias=10 * 81),
        ),
        Wrong(
            "biases-left-out",
            "You count weights only. A bias is learned, too: where the question says so, each output cell, or each "
            "shared window, brings one.",
            WHY,
            _says(full=14_400, local_bias=900, small=9, large=9),
        ),
        Wrong(
            "one-bias-for-all",
            "You give the fully and the locally connected layer one bias. There each output cell has a bias of its "
            "own; only sharing makes it one.",
            WHY,
            _says(full=14_401, local_bias=901),
        ),
        Wrong(
            "not-shared",
            "You count the convolutional layer's window once for each place. All places share the same weights and "
            "the same bias, however large the image.",
            WHY,
            _says(small=10 * 100, large=10 * 484, wide=25 * 64),
        ),
        Wrong(
            "bias-for-each-place",
            "In the convolutional layer you share the weights but not the bias. Both are the same in all places.",
            WHY,
            _says(small=9 + 100, large=9 + 484),
        ),
        Wrong(
            "middle-forgotten",
            "You take a window to be 2Δ cells across. It reaches Δ cells to each side of a middle cell, and that cell "
            "counts as well.",
            WHY,
            _says(local=400, wide=16),
        ),
        Wrong(
            "delta-is-the-width",
            "You take Δ for the window's width. It is how far the window reaches to each side of its middle.",
            WHY,
            _says(local=144, wide=4),
        ),
    ),
)
