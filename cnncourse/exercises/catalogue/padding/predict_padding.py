"""Predict before you compute.

A window slides along an image that has been padded. Write down the sizes with pencil and paper; run nothing yet. Mind
the words: cells on *each side* are counted twice, cells *in total* once.

For one axis the answer is an int, for an image a tuple (rows, columns).
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Exercise


def predict_padding():
    """Answer before you compute: output cells, an int or (rows, columns).

    The stride is 1. The last question asks for the cells to add.
    """
    return {
        "30 cells, kernel 5, 3 added on each side: output": 32,
        "30 cells, kernel 5, 3 added in total: output": 29,
        "20 cells, kernel 6, 2 added on each side: output": 19,
        "6x9 image, 3x5 kernel, padding=1 in PyTorch: output": (6, 7),
        "7 cells, kernel 3, 4 added in total: output": 9,
        "17 cells, kernel 8: total to add to keep 17 cells": 7,
    }


def oracle():
    """Let torch pad and slide; the last answer is the first total that keeps the size."""

    def size(n, k, before, after):
        return F.conv1d(F.pad(torch.ones(1, 1, n), (before, after)), torch.ones(1, 1, k)).shape[-1]

    image = F.conv2d(torch.ones(1, 1, 6, 9), torch.ones(1, 1, 3, 5), padding=1)
    return (
        size(30, 5, 3, 3),
        size(30, 5, 1, 2),
        size(20, 6, 2, 2),
        tuple(image.shape[2:]),
        size(7, 3, 0, 4),
        next(p for p in range(17) if size(17, 8, 0, p) == 17),
    )


EXERCISE = Exercise(
    title="How large is the padded output?",
    solution=predict_padding,
    oracle=oracle,
    read="padding: How large is the output?",
    minutes=4,
    hints=(
        "Each time, ask two things: how long is the row once it is padded, and in how many places can the kernel "
        "stand?",
        "Padding on each side lengthens the row twice; a total is already the sum of both sides. A kernel of k "
        "cells has n − k + 1 places in a row of n cells: where the row is as long as the kernel, it stands once.",
        "Places = cells + total padding − kernel + 1, for each axis by itself. PyTorch's padding counts one side, and "
        "one number serves both axes. To keep the size, what is added must make up for the kernel less one.",
    ),
    mistakes="""
side-as-total: You add the padding of one side only. Cells on each side, as PyTorch counts them, come twice along an
axis.
    3 added on each side: output": 32 -> 3 added on each side: output": 29
    2 added on each side: output": 19 -> 2 added on each side: output": 17
    (6, 7) -> (5, 6)

total-as-side: You count the padding per side even where the total is given. A total holds both sides already.
    3 added in total: output": 29 -> 3 added in total: output": 32
    4 added in total: output": 9 -> 4 added in total: output": 13

always-same: You take the output for as large as the input whenever there is padding. It is only where the total padding
is the kernel less one. [padding: Which kernels keep the size?]
    3 added on each side: output": 32 -> 3 added on each side: output": 30
    3 added in total: output": 29 -> 3 added in total: output": 30
    2 added on each side: output": 19 -> 2 added on each side: output": 20
    (6, 7) -> (6, 9)
    4 added in total: output": 9 -> 4 added in total: output": 7

no-plus-one: You count the steps, not the places: there is one place more than there are steps between places.
[cross_correlation: Why does the output shrink?]
    3 added on each side: output": 32 -> 3 added on each side: output": 31
    3 added in total: output": 29 -> 3 added in total: output": 28
    2 added on each side: output": 19 -> 2 added on each side: output": 18
    (6, 7) -> (5, 6)
    4 added in total: output": 9 -> 4 added in total: output": 8
    keep 17 cells": 7 -> keep 17 cells": 8

kernel-ignored: You give the size of the padded input. The kernel takes room too: the wider it is, the fewer places it
finds.
    3 added on each side: output": 32 -> 3 added on each side: output": 36
    3 added in total: output": 29 -> 3 added in total: output": 33
    2 added on each side: output": 19 -> 2 added on each side: output": 24
    (6, 7) -> (8, 11)
    4 added in total: output": 9 -> 4 added in total: output": 11
    keep 17 cells": 7 -> keep 17 cells": 0

padding-ignored: You leave the padding out. It adds cells, and with them places. [padding: More cells, more places to
stand]
    3 added on each side: output": 32 -> 3 added on each side: output": 26
    3 added in total: output": 29 -> 3 added in total: output": 26
    2 added on each side: output": 19 -> 2 added on each side: output": 15
    padding=1 in PyTorch: output": (6, 7) -> padding=1 in PyTorch: output": (4, 5)
    4 added in total: output": 9 -> 4 added in total: output": 5

two-places-more: You count one place too many: there is one more than there are steps, not two. [cross_correlation: Why
does the output shrink?]
    3 added on each side: output": 32 -> 3 added on each side: output": 33
    3 added in total: output": 29 -> 3 added in total: output": 30
    2 added on each side: output": 19 -> 2 added on each side: output": 20
    padding=1 in PyTorch: output": (6, 7) -> padding=1 in PyTorch: output": (7, 8)
    4 added in total: output": 9 -> 4 added in total: output": 10
    keep 17 cells": 7 -> keep 17 cells": 6

half-a-kernel: You take half of the kernel off. It takes off one less than its whole size, along each axis.
[cross_correlation: Why does the output shrink?]
    3 added on each side: output": 32 -> 3 added on each side: output": 34
    3 added in total: output": 29 -> 3 added in total: output": 31
    2 added on each side: output": 19 -> 2 added on each side: output": 21
    padding=1 in PyTorch: output": (6, 7) -> padding=1 in PyTorch: output": (7, 9)
    4 added in total: output": 9 -> 4 added in total: output": 10

padding-doubled: You count the padding of each side twice on that side. It comes twice in all: once on either side.
    3 added on each side: output": 32 -> 3 added on each side: output": 38
    2 added on each side: output": 19 -> 2 added on each side: output": 23
    padding=1 in PyTorch: output": (6, 7) -> padding=1 in PyTorch: output": (8, 9)

width-first: You give columns before rows. Rows come first.
    padding=1 in PyTorch: output": (6, 7) -> padding=1 in PyTorch: output": (7, 6)

rows-only-padded: You let one number pad above and below only. In PyTorch it serves both axes.
    padding=1 in PyTorch: output": (6, 7) -> padding=1 in PyTorch: output": (6, 5)

columns-only-padded: You let one number pad left and right only. In PyTorch it serves both axes.
    padding=1 in PyTorch: output": (6, 7) -> padding=1 in PyTorch: output": (4, 7)

side-for-total: You give the cells for one side, rounded down. Asked for is the total of both. [padding: Which kernels
keep the size?]
    keep 17 cells": 7 -> keep 17 cells": 3

side-for-total-rounded-up: You give the cells for one side, rounded up. Asked for is the total of both. [padding: Which
kernels keep the size?]
    keep 17 cells": 7 -> keep 17 cells": 4
""",
)
