"""Predict before you compute.

A window of a given kernel size slides along a row of cells, or over an image. Work out with pencil and paper in how
many places it stands, and what it sees; run nothing yet.

Padding is counted on each side, and pairs are (vertical, horizontal). The answers are ints; for the image it is a tuple
(rows, columns).
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Exercise


def predict_stride():
    """Answer before you compute: ints; for the image a pair (rows, columns).

    Where nothing is said there is no padding, and dilation is 1.
    """
    return {
        "10 cells, kernel 3, stride 2: output": 4,
        "... of these 10 cells, how many does no window reach": 1,
        "8x8, kernel (3, 5), stride (3, 4), padding (0, 1)": (2, 2),
        "10 cells, kernel 3, stride 1, dilation 3: output": 4,
        "22 cells, kernel 3, stride 2, dilation 5: output": 6,
        "kernel 3, stride 2; then kernel 3: cells seen": 7,
    }


def oracle():
    """Let torch slide, and let the gradient tell what was read."""

    def row(n):
        return torch.ones(1, 1, n, requires_grad=True)

    def gradient(y, x):
        return torch.autograd.grad(y, x)[0].flatten()

    ten, three = row(10), torch.ones(1, 1, 3)
    y = F.conv1d(ten, three, stride=2)
    image = F.conv2d(torch.ones(1, 1, 8, 8), torch.ones(1, 1, 3, 5), stride=(3, 4), padding=(0, 1))
    long = row(20)
    cell = F.conv1d(F.conv1d(long, three, stride=2), three)[0, 0, 1]
    return (
        y.shape[-1],
        int((gradient(y.sum(), ten) == 0).sum()),
        tuple(image.shape[2:]),
        F.conv1d(row(10), three, dilation=3).shape[-1],
        F.conv1d(row(22), three, stride=2, dilation=5).shape[-1],
        int((gradient(cell, long) != 0).sum()),
    )


EXERCISE = Exercise(
    title="Where does the window stand?",
    solution=predict_stride,
    oracle=oracle,
    read="stride: How many windows fit?",
    minutes=5,
    hints=(
        "Draw the row of ten cells and push a strip of paper over it, two cells at a time. Where must it stop?",
        "The first window takes as many cells as the kernel is wide, gaps included. How many further jumps do the "
        "remaining cells allow, if a started jump does not count?",
        "Places = 1 + (padded cells − extent of the kernel) / stride, rounded down; the remainder is left over. A "
        "kernel with dilation d extends over d(k − 1) + 1 cells. For the stack: the second kernel takes 2 steps, each "
        "as long as the first stride.",
    ),
    mistakes="""
rounded-up
    stride 2: output": 4 -> stride 2: output": 5
    no window reach": 1 -> no window reach": 0
    (2, 2) -> (3, 3)
    dilation 5: output": 6 -> dilation 5: output": 7

no-plus-one
    stride 2: output": 4 -> stride 2: output": 3
    no window reach": 1 -> no window reach": 3
    (2, 2) -> (1, 1)
    dilation 3: output": 4 -> dilation 3: output": 3
    dilation 5: output": 6 -> dilation 5: output": 5

kernel-ignored
    stride 2: output": 4 -> stride 2: output": 5
    no window reach": 1 -> no window reach": 0
    dilation 3: output": 4 -> dilation 3: output": 10
    dilation 5: output": 6 -> dilation 5: output": 11

stride-ignored
    stride 2: output": 4 -> stride 2: output": 8
    no window reach": 1 -> no window reach": 0
    (2, 2) -> (6, 6)
    dilation 5: output": 6 -> dilation 5: output": 12
    cells seen": 7 -> cells seen": 5

dilation-times-kernel
    dilation 3: output": 4 -> dilation 3: output": 2
    dilation 5: output": 6 -> dilation 5: output": 4

dilation-ignored
    dilation 3: output": 4 -> dilation 3: output": 8
    dilation 5: output": 6 -> dilation 5: output": 10
""",
)
