"""Padding: cells added around an image, so that the window finds more places to stand."""

from __future__ import annotations

from torch import Tensor

from cnncourse.checks import four_sides, require_cell_value, require_images, require_pair


def pad2d(
    x: Tensor,
    padding: int | tuple[int, ...],
    *,
    value: float = 0.0,
) -> Tensor:
    """Put cells of one value around an image, or around every image of a batch.

    Args:
        x: shape (..., H, W), two axes or more, a float dtype of 16 bits or more, or any integer dtype.
        padding: cells added on *each side*, as torch counts them: one number, (vertical, horizontal) or
            (top, bottom, left, right); none negative.
        value: what the added cells hold; the dtype of ``x`` must be able to hold it, so minus infinity needs a float.

    Returns:
        Shape (..., top + H + bottom, left + W + right), dtype and device of ``x``.

    Raises:
        TypeError: not a tensor, not numbers, a padding that is not whole or a name, a value that is not a number.
        ValueError: fewer than two axes, empty, negative padding, not 1, 2 or 4 numbers, or a value that the dtype of
            ``x`` cannot hold.

    Source: chapter "Padding"; Dumoulin and Visin 2016.

    >>> import torch
    >>> pad2d(torch.tensor([[1, 2], [3, 4]]), (0, 1, 2, 0)).tolist()
    [[0, 0, 1, 2], [0, 0, 3, 4], [0, 0, 0, 0]]
    """
    require_images("x", x, moved_only=True)
    top, bottom, left, right = four_sides(padding)
    h, w = x.shape[-2:]
    size = (top + h + bottom, left + w + right)
    cell = require_cell_value(value, x.dtype)
    y = x.new_full((*x.shape[:-2], *size), cell)
    y[..., top : top + h, left : left + w] = x
    return y


def same_padding(
    kernel_size: int | tuple[int, int],
    *,
    dilation: int | tuple[int, int] = 1,
) -> tuple[int, int, int, int]:
    """Count the cells to add so that the output is as large as the input: "same" padding.

    Together d (k - 1) cells are missing along an axis. An odd number cannot be halved; the cell left over goes *after*
    the image (below, or on the right), where torch's ``padding="same"`` puts it.

    Args:
        kernel_size: one number or (kH, kW).
        dilation: distance of neighbouring kernel cells; 1 is the ordinary cross-correlation.

    Returns:
        (top, bottom, left, right), as `pad2d` takes them.

    Raises:
        TypeError: not whole numbers, or the kernel itself.
        ValueError: not one or two of them, or one smaller than 1.

    Source: chapter "Padding".

    >>> same_padding(3), same_padding((2, 5))
    ((1, 1, 1, 1), (0, 1, 2, 2))
    """
    kh, kw = require_pair("kernel_size", kernel_size, 1)
    dh, dw = require_pair("dilation", dilation, 1)
    rows, columns = dh * (kh - 1), dw * (kw - 1)  # total padding, both sides together
    return rows // 2, rows - rows // 2, columns // 2, columns - columns // 2
