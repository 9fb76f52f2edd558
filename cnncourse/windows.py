"""The sliding window as a view: every position at once, nothing copied."""

from __future__ import annotations

from torch import Tensor

from cnncourse.checks import require_fit, require_images, require_pair


def sliding_windows(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    *,
    stride: int | tuple[int, int] = 1,
    dilation: int | tuple[int, int] = 1,
) -> Tensor:
    """View images as all of their windows.

    The result reads the memory of ``x``: cells that several windows share are one cell, so write to a clone. Multiplied
    by a kernel and summed over the last two axes it is a cross-correlation.

    Args:
        x: shape (..., H, W), already padded, in any memory order.
        kernel_size: the window's size, one number or (kH, kW).
        stride: cells from one window to the next, one number or (vertical, horizontal).
        dilation: distance of neighbouring cells of a window, one number or (vertical, horizontal).

    Returns:
        Shape (..., oh, ow, kH, kW), a view of ``x``: [..., i, j, a, b] is the cell in row i stride + a dilation and
        column j stride + b dilation. oh and ow are those of `cnncourse.shapes.output_shape`.

    Raises:
        TypeError: not a tensor of numbers, or settings that are not whole numbers.
        ValueError: fewer than two axes, empty, settings below 1, or a window that does not fit.

    Source: chapters "Cross-correlation" and "Stride"; the columns of ``torch.nn.functional.unfold``, which copies.

    >>> import torch
    >>> windows = sliding_windows(torch.arange(9).reshape(3, 3), 2)
    >>> tuple(windows.shape), windows[0, 1].tolist()
    ((2, 2, 2, 2), [[1, 2], [4, 5]])
    """
    require_images("x", x, moved_only=True)
    kh, kw = size = require_pair("kernel_size", kernel_size, 1)
    (sh, sw), (dh, dw) = require_pair("stride", stride, 1), require_pair("dilation", dilation, 1)
    require_fit("kernel_size", size, "x", x.shape[-2:], dilation=(dh, dw))
    # (..., oh, ow, extent, extent), gaps included
    spread = x.unfold(-2, dh * (kh - 1) + 1, sh).unfold(-2, dw * (kw - 1) + 1, sw)
    return spread[..., ::dh, ::dw]
