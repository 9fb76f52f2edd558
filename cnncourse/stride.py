"""Stride and dilation: how far the window jumps, and how far apart its cells lie."""

from __future__ import annotations

from torch import Tensor

from cnncourse.checks import require_image_and_kernel, require_pair, require_tensor
from cnncourse.padding import pad2d
from cnncourse.shapes import output_shape
from cnncourse.windows import sliding_windows


def corr2d_strided(
    x: Tensor,
    kernel: Tensor,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, int] = 1,
) -> Tensor:
    """Cross-correlate one image with one kernel, with stride, padding and dilation.

    The loops are the lesson; `corr2d_strided_vectorized` gives the same numbers faster.

    Args:
        x: input image, shape (H, W), a float dtype of 16 bits or more, or int8 to int64, or uint8. Integers wrap
            around where they overflow, as in torch.
        kernel: weights, shape (kH, kW); dtype and device of ``x``.
        stride: cells from one window to the next, one number or (vertical, horizontal).
        padding: zeros added on *each side*, as torch counts them: one number, (vertical, horizontal) or
            (top, bottom, left, right).
        dilation: distance of neighbouring kernel cells, one number or (vertical, horizontal); 1 is the ordinary
            cross-correlation.

    Returns:
        Shape (oh, ow), dtype of ``x``, with oh = floor((H + top + bottom - dilation (kH - 1) - 1) / stride) + 1, and
        ow likewise.

    Raises:
        TypeError: not tensors, not numbers, of two dtypes, or settings that are not whole numbers.
        ValueError: not 2-D, empty, on two devices, settings that are too small, or the kernel does not fit.

    Source: chapter "Stride"; Dumoulin and Visin 2016.

    >>> import torch
    >>> x, kernel = torch.arange(9).reshape(3, 3), torch.arange(4).reshape(2, 2)
    >>> corr2d_strided(x, kernel, stride=(3, 2), padding=1).tolist()
    [[0, 8], [6, 8]]
    """
    require_image_and_kernel(x, kernel, padding=padding, dilation=dilation)
    sh, sw = require_pair("stride", stride, 1)
    dh, dw = require_pair("dilation", dilation, 1)
    (kh, kw), padded = kernel.shape, pad2d(x, padding)
    settings = {"stride": (sh, sw), "dilation": (dh, dw)}
    oh, ow = output_shape(padded.shape, (kh, kw), **settings)
    y = x.new_zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            top, left = i * sh, j * sw  # where the window stands
            rows = slice(top, top + dh * (kh - 1) + 1, dh)
            columns = slice(left, left + dw * (kw - 1) + 1, dw)
            y[i, j] = (padded[rows, columns] * kernel).sum()
    return y


def corr2d_strided_vectorized(
    x: Tensor,
    kernel: Tensor,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, int] = 1,
) -> Tensor:
    """Cross-correlate with stride, padding and dilation, all positions at once.

    Args, Returns, Raises:
        as `corr2d_strided`.

    Source: chapter "Stride".

    >>> import torch
    >>> x, kernel = torch.arange(9).reshape(3, 3), torch.arange(4).reshape(2, 2)
    >>> corr2d_strided_vectorized(x, kernel, stride=(3, 2), padding=1).tolist()
    [[0, 8], [6, 8]]
    """
    require_image_and_kernel(x, kernel, padding=padding, dilation=dilation)
    # (oh, ow, kh, kw), a view of the padded image
    windows = sliding_windows(pad2d(x, padding), kernel.shape, stride=stride, dilation=dilation)
    return (windows * kernel).sum(dim=(-2, -1), dtype=x.dtype)


def dilate_kernel(kernel: Tensor, dilation: int | tuple[int, int]) -> Tensor:
    """Spread a kernel out: put dilation - 1 zeros between neighbouring cells.

    Correlating with the result is correlating with ``kernel`` at that dilation, only slower.

    Args:
        kernel: weights, shape (kH, kW).
        dilation: distance of neighbouring cells in the result, one number or (vertical, horizontal).

    Returns:
        Shape (dilation (kH - 1) + 1, dilation (kW - 1) + 1), dtype and device of ``kernel``.

    Raises:
        TypeError: not a tensor, not numbers, or a dilation that is not whole.
        ValueError: not 2-D, empty, or a dilation below 1.

    Source: chapter "Stride"; Yu and Koltun 2016.

    >>> import torch
    >>> dilate_kernel(torch.tensor([[1, 2, 3]]), 2).tolist()
    [[1, 0, 2, 0, 3]]
    """
    require_tensor("kernel", kernel, "kH, kW")
    dh, dw = require_pair("dilation", dilation, 1)
    kh, kw = kernel.shape
    spread = kernel.new_zeros(dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    spread[::dh, ::dw] = kernel
    return spread
