"""Predict how many numbers a layer has to learn.

Three kinds of layer read one grey image and have one output cell for each place where their window fits. The fully
connected layer has as many output cells as the layer with the window named beside it, so that the three can be
compared.

A window that reaches Δ cells to every side of its middle is given by Δ alone. "Weights" leaves biases out, "with bias"
counts them in. Paper will do; each answer is an `int`.
"""

import torch
from torch import nn

from cnncourse.exercises.model import Exercise


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
    return (
        count(nn.Linear(12 * 12, places, device="meta")),
        local.numel(),
        local.numel() + places,
        count(nn.Conv2d(1, 1, 3, device="meta")),
        count(nn.Conv2d(1, 1, 3, device="meta")),
        nn.Conv2d(1, 1, 5, device="meta").weight.numel(),
    )


EXERCISE = Exercise(
    title="How many numbers does a layer learn?",
    solution=predict_parameters,
    oracle=oracle,
    read="introduction: Why not connect everything to everything?",
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
    mistakes="""
one-output-only
    as for 3x3, with bias": 14_500, -> as for 3x3, with bias": 145,
    Δ = 1, weights": 900, -> Δ = 1, weights": 9,
    locally connected, 12x12 image, 3x3, with bias": 1_000, -> locally connected, 12x12 image, 3x3, with bias": 10,

output-as-large-as-input
    as for 3x3, with bias": 14_500, -> as for 3x3, with bias": 20880,
    Δ = 1, weights": 900, -> Δ = 1, weights": 1296,
    locally connected, 12x12 image, 3x3, with bias": 1_000, -> locally connected, 12x12 image, 3x3, with bias": 1440,

last-place-missing
    as for 3x3, with bias": 14_500, -> as for 3x3, with bias": 11745,
    Δ = 1, weights": 900, -> Δ = 1, weights": 729,
    locally connected, 12x12 image, 3x3, with bias": 1_000, -> locally connected, 12x12 image, 3x3, with bias": 810,

biases-left-out: You count weights only. A bias is learned, too: where the question says so, each output cell, or each
shared window, brings one.
    as for 3x3, with bias": 14_500, -> as for 3x3, with bias": 14400,
    locally connected, 12x12 image, 3x3, with bias": 1_000, -> locally connected, 12x12 image, 3x3, with bias": 900,
    convolutional, 12x12 image, 3x3, with bias": 10, -> convolutional, 12x12 image, 3x3, with bias": 9,
    convolutional, 24x24 image, 3x3, with bias": 10, -> convolutional, 24x24 image, 3x3, with bias": 9,

one-bias-for-all
    as for 3x3, with bias": 14_500, -> as for 3x3, with bias": 14401,
    locally connected, 12x12 image, 3x3, with bias": 1_000, -> locally connected, 12x12 image, 3x3, with bias": 901,

not-shared
    convolutional, 12x12 image, 3x3, with bias": 10, -> convolutional, 12x12 image, 3x3, with bias": 1000,
    convolutional, 24x24 image, 3x3, with bias": 10, -> convolutional, 24x24 image, 3x3, with bias": 4840,
    Δ = 2, weights": 25, -> Δ = 2, weights": 1600,

bias-for-each-place: In the convolutional layer you share the weights but not the bias. Both are the same in all places.
    convolutional, 12x12 image, 3x3, with bias": 10, -> convolutional, 12x12 image, 3x3, with bias": 109,
    convolutional, 24x24 image, 3x3, with bias": 10, -> convolutional, 24x24 image, 3x3, with bias": 493,

middle-forgotten: You take a window to be 2Δ cells across. It reaches Δ cells to each side of a middle cell, and that
cell counts as well.
    Δ = 1, weights": 900, -> Δ = 1, weights": 400,
    Δ = 2, weights": 25, -> Δ = 2, weights": 16,

delta-is-the-width: You take Δ for the window's width. It is how far the window reaches to each side of its middle.
    Δ = 1, weights": 900, -> Δ = 1, weights": 144,
    Δ = 2, weights": 25, -> Δ = 2, weights": 4,

every-overlap
    as for 3x3, with bias": 14_500 -> as for 3x3, with bias": 28420
    Δ = 1, weights": 900 -> Δ = 1, weights": 1764
    locally connected, 12x12 image, 3x3, with bias": 1_000 -> locally connected, 12x12 image, 3x3, with bias": 1960

windows-side-by-side: You count windows that lie side by side. The window moves by one cell each time.
[cross_correlation: What does a sliding window compute?]
    as for 3x3, with bias": 14_500 -> as for 3x3, with bias": 2320
    Δ = 1, weights": 900 -> Δ = 1, weights": 144
    locally connected, 12x12 image, 3x3, with bias": 1_000 -> locally connected, 12x12 image, 3x3, with bias": 160

one-axis-of-places: You count the places along one axis only. The window moves down and across: their numbers are
multiplied. [cross_correlation: Why does the output shrink?]
    as for 3x3, with bias": 14_500 -> as for 3x3, with bias": 1450
    Δ = 1, weights": 900 -> Δ = 1, weights": 90
    locally connected, 12x12 image, 3x3, with bias": 1_000 -> locally connected, 12x12 image, 3x3, with bias": 100

one-side-of-the-window: You count one side of the window. It is a square: height times width cells.
    Δ = 1, weights": 900 -> Δ = 1, weights": 300
    locally connected, 12x12 image, 3x3, with bias": 1_000 -> locally connected, 12x12 image, 3x3, with bias": 400
    convolutional, 12x12 image, 3x3, with bias": 10 -> convolutional, 12x12 image, 3x3, with bias": 4
    convolutional, 24x24 image, 3x3, with bias": 10 -> convolutional, 24x24 image, 3x3, with bias": 4
    Δ = 2, weights": 25 -> Δ = 2, weights": 5

grows-with-the-image: You let the convolutional layer grow with the image, four times as large for four times the cells.
Its weights are shared, however large the image.
    convolutional, 24x24 image, 3x3, with bias": 10 -> convolutional, 24x24 image, 3x3, with bias": 40

grows-with-the-side: You let the convolutional layer grow with the image's side. Its weights are shared, however large
the image.
    convolutional, 24x24 image, 3x3, with bias": 10 -> convolutional, 24x24 image, 3x3, with bias": 20

bias-for-each-weight: You count a bias for every weight. It is one number for each output cell, added after the sum; in
the convolutional layer it is shared.
    as for 3x3, with bias": 14_500 -> as for 3x3, with bias": 28800
    locally connected, 12x12 image, 3x3, with bias": 1_000 -> locally connected, 12x12 image, 3x3, with bias": 1800
    convolutional, 12x12 image, 3x3, with bias": 10 -> convolutional, 12x12 image, 3x3, with bias": 18
    convolutional, 24x24 image, 3x3, with bias": 10 -> convolutional, 24x24 image, 3x3, with bias": 18

bias-for-each-input: You count a bias for every cell of the image. It belongs to the output: one for each of its cells.
    as for 3x3, with bias": 14_500 -> as for 3x3, with bias": 14544
    locally connected, 12x12 image, 3x3, with bias": 1_000 -> locally connected, 12x12 image, 3x3, with bias": 1044

delta-from-the-corner: You take a window to begin at its middle cell and reach Δ cells from there. It reaches Δ cells to
every side.
    Δ = 1, weights": 900 -> Δ = 1, weights": 400
    Δ = 2, weights": 25 -> Δ = 2, weights": 9

whole-image-in-each-window: You let every output cell of the locally connected layer see the whole image. It sees its
own window.
    Δ = 1, weights": 900 -> Δ = 1, weights": 14400
    locally connected, 12x12 image, 3x3, with bias": 1_000 -> locally connected, 12x12 image, 3x3, with bias": 14500
""",
)
