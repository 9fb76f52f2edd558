"""Sizes and receptive fields: how large an output is, and how much of the input one of its cells sees.

Nothing here imports torch, so sizes can be computed where torch is not installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnncourse.checks import four_sides, require_cells, require_fit, require_int, require_layers, require_pair


def output_size(
    n: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int = 0,
    total_padding: int | None = None,
    dilation: int = 1,
) -> int:
    """Count the positions of a sliding window along one axis.

    With p the *total* number of added cells, before plus after, and d (k - 1) + 1 the extent of the dilated kernel::

        floor((n - (d (k - 1) + 1) + p) / s) + 1

    Args:
        n: cells of the input along this axis, at least 1.
        kernel_size: cells of the kernel along this axis, at least 1.
        stride: cells from one position to the next, at least 1.
        padding: cells added on *each side*, as torch counts them, at least 0.
        total_padding: cells added on both sides *together*, as most formulas count them; may be odd. Give this or
            ``padding``, not both.
        dilation: distance of neighbouring kernel cells; 1 is the ordinary convolution.

    Returns:
        The output's cells along this axis, at least 1.

    Raises:
        TypeError: an argument is not a whole number.
        ValueError: an argument is too small, both paddings are given, or the kernel does not fit.

    Source: chapters "Padding" and "Stride"; Dumoulin and Visin 2016.

    >>> output_size(28, 5)
    24
    >>> output_size(28, 5, padding=2) == output_size(28, 5, total_padding=4) == 28
    True
    >>> output_size(10, 3, stride=2)
    4
    """
    n = require_int("n", n, 1)
    kernel_size = require_int("kernel_size", kernel_size, 1)
    stride = require_int("stride", stride, 1)
    require_cells(padding, "total_padding=dilation * (kernel_size - 1) for 'same'")
    padding = require_int("padding", padding, 0)
    dilation = require_int("dilation", dilation, 1)
    if total_padding is None:
        total_padding = 2 * padding
    elif padding:
        raise ValueError(
            f"padding={padding} per side and total_padding={total_padding} are both given; "
            "expected one of them; drop the other"
        )
    total_padding = require_int("total_padding", total_padding, 0)
    require_fit("kernel_size", (kernel_size,), "n", (n,), padding=(total_padding,), dilation=(dilation,))
    return _positions(n, kernel_size, stride, total_padding, dilation)


def output_shape(
    size: int | tuple[int, ...],
    kernel_size: int | tuple[int, ...],
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
) -> tuple[int, int]:
    """Count the positions of a sliding window down and across.

    Args:
        size: (H, W) of the input, or one number for a square.
        kernel_size, stride, dilation: as in `output_size`, one number for both axes or (vertical, horizontal).
        padding: cells per side: one number, (vertical, horizontal) or (top, bottom, left, right).

    Returns:
        (oh, ow) of the output.

    Raises:
        TypeError, ValueError: as `output_size`.

    Source: chapters "Padding" and "Stride".

    >>> output_shape((8, 8), (3, 5), stride=(3, 4), padding=(0, 1))
    (2, 2)
    """
    top, bottom, left, right = four_sides(padding)
    total = (top + bottom, left + right)
    size, kernel_size = require_pair("size", size, 1), require_pair("kernel_size", kernel_size, 1)
    stride, dilation = require_pair("stride", stride, 1), require_pair("dilation", dilation, 1)
    require_fit("kernel_size", kernel_size, "size", size, padding=total, dilation=dilation)
    oh, ow = map(_positions, size, kernel_size, stride, total, dilation)
    return oh, ow


def _positions(n: int, kernel_size: int, stride: int, total_padding: int, dilation: int) -> int:
    """Count the positions along one axis; the window is known to fit."""
    return (n - dilation * (kernel_size - 1) - 1 + total_padding) // stride + 1


class ReceptiveField(NamedTuple):
    """What one output cell of a stack of layers sees, in input pixels along one axis."""

    size: int  # from the first pixel seen to the last
    jump: int  # from one output cell's first pixel to its neighbour's


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> ReceptiveField:
    """Follow a stack of sliding windows back to the input, along one axis.

    With size 1 and jump 1 at the input, a layer of kernel size k, stride s and dilation d adds d (k - 1) jumps to the
    size and multiplies the jump by s. Pooling counts like a convolution; padding and everything cell by cell change
    nothing.

    Args:
        layers: (kernel_size, stride, dilation) of every layer, the first one first, each number at least 1.

    Returns:
        Size and jump, both in input pixels. The size runs from the first pixel that can matter to the last; where
        strides exceed kernels or dilations exceed 1, pixels between them may be skipped.

    Raises:
        TypeError: not whole numbers.
        ValueError: not three of them, or one smaller than 1.

    Source: chapter "Stride"; Araujo, Norris and Sim 2019.

    >>> receptive_field([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)])
    ReceptiveField(size=16, jump=4)
    """
    size, jump = 1, 1
    for kernel_size, stride, dilation in require_layers(layers):
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return ReceptiveField(size, jump)
