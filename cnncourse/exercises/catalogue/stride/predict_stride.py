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
        "11 cells, kernel 4, stride 3: output": 3,
        "... of these 11 cells, how many does no window reach": 1,
        "9x7, kernel (2, 3), stride (4, 2), padding (1, 1)": (3, 4),
        "12 cells, kernel 4, stride 1, dilation 2: output": 6,
        "25 cells, kernel 4, stride 2, dilation 5: output": 5,
        "kernel 6, stride 3; then kernel 3, dilation 2: cells seen": 18,
    }


def oracle():
    """Let torch slide, and let the gradient tell what was read."""

    def row(n):
        return torch.ones(1, 1, n, requires_grad=True)

    def gradient(y, x):
        return torch.autograd.grad(y, x)[0].flatten()

    eleven, four = row(11), torch.ones(1, 1, 4)
    y = F.conv1d(eleven, four, stride=3)
    image = F.conv2d(torch.ones(1, 1, 9, 7), torch.ones(1, 1, 2, 3), stride=(4, 2), padding=(1, 1))
    long = row(30)
    cell = F.conv1d(F.conv1d(long, torch.ones(1, 1, 6), stride=3), torch.ones(1, 1, 3), dilation=2)[0, 0, 1]
    return (
        y.shape[-1],
        int((gradient(y.sum(), eleven) == 0).sum()),
        tuple(image.shape[2:]),
        F.conv1d(row(12), four, dilation=2).shape[-1],
        F.conv1d(row(25), four, stride=2, dilation=5).shape[-1],
        int((gradient(cell, long) != 0).sum()),
    )


EXERCISE = Exercise(
    title="Where does the window stand?",
    solution=predict_stride,
    oracle=oracle,
    read="stride: How many windows fit?",
    minutes=6,
    hints=(
        "Draw the row of eleven cells and push a strip of paper over it, three cells at a time. Where must it stop?",
        "The first window takes as many cells as the kernel is wide, gaps included. How many further jumps do the "
        "remaining cells allow, if a started jump does not count?",
        "Places = 1 + (padded cells − extent of the kernel) / stride, rounded down; the remainder is left over. A "
        "kernel with dilation d extends over d(k − 1) + 1 cells. For the stack: from its first cell to its last the "
        "second kernel takes d(k − 1) steps, each as long as the first stride.",
    ),
    mistakes="""
rounded-up
    stride 3: output": 3 -> stride 3: output": 4
    no window reach": 1 -> no window reach": 0
    (3, 4) -> (4, 4)
    dilation 5: output": 5 -> dilation 5: output": 6

no-plus-one
    stride 3: output": 3 -> stride 3: output": 2
    no window reach": 1 -> no window reach": 4
    (3, 4) -> (2, 3)
    dilation 2: output": 6 -> dilation 2: output": 5
    dilation 5: output": 5 -> dilation 5: output": 4

kernel-ignored
    no window reach": 1 -> no window reach": 2
    (3, 4) -> (2, 4)
    dilation 2: output": 6 -> dilation 2: output": 12
    dilation 5: output": 5 -> dilation 5: output": 12

stride-ignored
    stride 3: output": 3 -> stride 3: output": 8
    no window reach": 1 -> no window reach": 0
    (3, 4) -> (10, 7)
    dilation 5: output": 5 -> dilation 5: output": 10
    cells seen": 18 -> cells seen": 10

dilation-times-kernel
    dilation 2: output": 6 -> dilation 2: output": 5
    dilation 5: output": 5 -> dilation 5: output": 3
    cells seen": 18 -> cells seen": 21

dilation-as-gaps
    dilation 2: output": 6 -> dilation 2: output": 3
    dilation 5: output": 5 -> dilation 5: output": 4
    cells seen": 18 -> cells seen": 24

dilation-ignored
    dilation 2: output": 6 -> dilation 2: output": 9
    dilation 5: output": 5 -> dilation 5: output": 11
    cells seen": 18 -> cells seen": 12

padding-once
    padding (1, 1)": (3, 4) -> padding (1, 1)": (3, 3)

width-first: You give columns before rows. Rows come first.
    padding (1, 1)": (3, 4) -> padding (1, 1)": (4, 3)

stride-exchanged
    padding (1, 1)": (3, 4) -> padding (1, 1)": (5, 2)

vertical-stride-for-both
    padding (1, 1)": (3, 4) -> padding (1, 1)": (3, 2)

horizontal-stride-for-both
    padding (1, 1)": (3, 4) -> padding (1, 1)": (5, 4)

views-added: You add the two kernels' extents. A step of the second kernel is as long as the first one's stride.
[stride: How far does a stack of layers see?]
    cells seen": 18 -> cells seen": 11

extent-times-stride: You multiply the second kernel's extent by the first stride. Each of its steps is that long, and at
the last one stands a whole first window. [stride: How far does a stack of layers see?]
    cells seen": 18 -> cells seen": 15

views-multiplied: You multiply the two kernels' extents, as if the first windows lay side by side. They overlap: their
distance is the stride. [stride: How far does a stack of layers see?]
    cells seen": 18 -> cells seen": 30

stride-divides-the-row: You divide the cells by the kernel, as if windows lay side by side. The stride says how far the
window moves.
    stride 3: output": 3 -> stride 3: output": 2
    dilation 2: output": 6 -> dilation 2: output": 1
    dilation 5: output": 5 -> dilation 5: output": 1
""",
)
