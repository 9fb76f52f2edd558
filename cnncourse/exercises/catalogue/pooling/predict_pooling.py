"""Say what comes out before you run anything.

`MaxPool2d(k)` and `AvgPool2d(k)` are PyTorch's layers: a k by k window, everything else as PyTorch has it when you say
nothing. Padding is counted on each side. Six short questions; "upper left" and "lower right" mean that cell of the
output, which is a whole number here. Paper is allowed, code is not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Exercise


def predict_pooling():
    """Answer each: a tuple of ints for a shape, an int for a cell."""
    return {
        "(3, 4, 5) through MaxPool2d(3) becomes": (3, 1, 1),
        "(16, 5, 7) through AvgPool2d(2) becomes": (16, 2, 3),
        "all cells -5, MaxPool2d(3, padding=1): upper left": -5,
        "[[-1, -2], [-3, -4]], MaxPool2d(2, padding=1): lower right": -4,
        "all cells 8, AvgPool2d(2, padding=1): upper left": 2,
        "all cells 9, AvgPool2d(3, padding=1): upper left": 4,
    }


def from_torch():
    """Pool it with PyTorch."""
    fives, few = torch.full((1, 6, 6), -5.0), torch.tensor([[[-1.0, -2.0], [-3.0, -4.0]]])
    eights, nines = torch.full((1, 6, 6), 8.0), torch.full((1, 6, 6), 9.0)
    return (
        tuple(F.max_pool2d(torch.zeros(3, 4, 5), 3).shape),
        tuple(F.avg_pool2d(torch.zeros(16, 5, 7), 2).shape),
        round(F.max_pool2d(fives, 3, padding=1)[0, 0, 0].item()),
        round(F.max_pool2d(few, 2, padding=1)[0, -1, -1].item()),
        round(F.avg_pool2d(eights, 2, padding=1)[0, 0, 0].item()),
        round(F.avg_pool2d(nines, 3, padding=1)[0, 0, 0].item()),
    )


EXERCISE = Exercise(
    title="What does pooling leave?",
    solution=predict_pooling,
    oracle=from_torch,
    read="pooling: The stride is the window, unless you say otherwise",
    minutes=5,
    hints=(
        "By how many cells does the window move when you say nothing? Not by one, as a convolution's does.",
        "Only whole windows count, and every channel is pooled by itself. For the values, draw the corner: which "
        "cells of the window are real, and what stands in the others?",
        "The window moves by its own size. Padding must never win a maximum; it stands for minus infinity there. In an "
        "average it is zeros, and they count in the number that is divided by.",
    ),
    mistakes="""
stride-one
    (3, 1, 1) -> (3, 2, 3)
    (16, 2, 3) -> (16, 4, 6)

rounds-up
    (3, 1, 1) -> (3, 2, 2)
    (16, 2, 3) -> (16, 3, 4)

channels-pooled
    (3, 1, 1) -> (1, 1, 1)
    (16, 2, 3) -> (1, 2, 3)

zeros-win-the-maximum
    : upper left": -5 -> : upper left": 0
    : lower right": -4 -> : lower right": 0

real-cells-only
    : upper left": 2 -> : upper left": 8
    : upper left": 4 -> : upper left": 9

last-window-missing
    MaxPool2d(3) becomes": (3, 1, 1) -> MaxPool2d(3) becomes": (3, 0, 0)
    AvgPool2d(2) becomes": (16, 2, 3) -> AvgPool2d(2) becomes": (16, 1, 2)

channels-last: You put the channels last. They come first: (C, H, W).
    MaxPool2d(3) becomes": (3, 1, 1) -> MaxPool2d(3) becomes": (1, 1, 3)
    AvgPool2d(2) becomes": (16, 2, 3) -> AvgPool2d(2) becomes": (2, 3, 16)

channels-divided: You let the window divide the number of channels as well. Each channel is pooled by itself. [pooling:
Channels stay apart]
    MaxPool2d(3) becomes": (3, 1, 1) -> MaxPool2d(3) becomes": (1, 1, 1)
    AvgPool2d(2) becomes": (16, 2, 3) -> AvgPool2d(2) becomes": (8, 2, 3)

width-first: You give the width before the height. Rows come first, then columns.
    AvgPool2d(2) becomes": (16, 2, 3) -> AvgPool2d(2) becomes": (16, 3, 2)

window-taken-off: You take the window's size off the image's. The window moves by its own size: count how often it fits.
    MaxPool2d(3) becomes": (3, 1, 1) -> MaxPool2d(3) becomes": (3, 1, 2)
    AvgPool2d(2) becomes": (16, 2, 3) -> AvgPool2d(2) becomes": (16, 3, 5)

size-kept: You give the output the image's size. Windows that lie side by side leave fewer cells.
    MaxPool2d(3) becomes": (3, 1, 1) -> MaxPool2d(3) becomes": (3, 4, 5)
    AvgPool2d(2) becomes": (16, 2, 3) -> AvgPool2d(2) becomes": (16, 5, 7)

channel-axis-lost: Your output has no axis for the channels. Each channel is pooled by itself, and all of them are kept.
[pooling: Channels stay apart]
    MaxPool2d(3) becomes": (3, 1, 1) -> MaxPool2d(3) becomes": (1, 1)
    AvgPool2d(2) becomes": (16, 2, 3) -> AvgPool2d(2) becomes": (2, 3)

padding-in-no-window: You let the last window see the whole image. With padding the windows begin in the border: draw
them. [padding: More cells, more places to stand]
    lower right": -4 -> lower right": -1

sum-for-average
    AvgPool2d(2, padding=1): upper left": 2 -> AvgPool2d(2, padding=1): upper left": 8
    AvgPool2d(3, padding=1): upper left": 4 -> AvgPool2d(3, padding=1): upper left": 36

rim-for-corner: You count the padding of one side. A corner lies on two sides: draw the window, and count its real
cells. [padding: More cells, more places to stand]
    AvgPool2d(2, padding=1): upper left": 2 -> AvgPool2d(2, padding=1): upper left": 4
    AvgPool2d(3, padding=1): upper left": 4 -> AvgPool2d(3, padding=1): upper left": 6

sum-of-cells-for-maximum: You add up cells. A maximum keeps one of them. [pooling: What does one window keep?]
    MaxPool2d(3, padding=1): upper left": -5 -> MaxPool2d(3, padding=1): upper left": -20
    lower right": -4 -> lower right": -10
""",
)
