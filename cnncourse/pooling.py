"""Pooling: a sliding window without weights, which keeps its largest cell or the mean of its cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from cnncourse.checks import require_fit, require_pool_sizes, require_pooling
from cnncourse.padding import pad2d
from cnncourse.shapes import output_shape


def pool2d(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    mode: Literal["max", "avg"] = "max",
    *,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """Keep one number of each window: its maximum or its average. Channels and images stay apart.

    Args:
        x: shape (H, W), (C, H, W) or (N, C, H, W). Maximum: a float dtype of 16 bits or more, or int8 to int64, or
            uint8. Average: a float dtype; torch averages int64 and cuts the fraction off, which is refused here.
        kernel_size: size of the window, one number or (vertical, horizontal).
        mode: "max" or "avg". Of equal largest cells the first, row by row, is the winner and gets the gradient.
        stride: one number or (vertical, horizontal); by default the window's size, as in torch, not 1.
        padding: cells added on *each side*, one number or (vertical, horizontal), at most half the window. They
            never win a maximum, as if they held minus infinity; in an average they are 0, where they count.
        count_include_pad: average only; whether padded cells count in the number that the sum is divided by.

    Returns:
        Shape (..., oh, ow), dtype of ``x``; oh and ow as `cnncourse.shapes.output_shape` counts them.

    Raises:
        TypeError: not a tensor, not whole numbers, integers to average, or ``count_include_pad`` is not a bool.
        ValueError: not 2, 3 or 4 axes, empty, unknown mode, a size too small, more padding than half the window, or
            the window does not fit inside the padded ``x``.

    Source: chapter "Pooling"; ``max_pool2d`` and ``avg_pool2d`` of ``torch.nn.functional``.

    >>> x = torch.tensor([[1., 3, 2, 0], [4, 0, 1, 5]])
    >>> pool2d(x, 2).tolist(), pool2d(x, 2, "avg").tolist()
    ([[4.0, 5.0]], [[2.0, 2.0]])
    """
    require_pooling(x, mode, count_include_pad)
    kernel_size, stride, (ph, pw) = require_pool_sizes(kernel_size, stride, padding)
    require_fit("kernel_size", kernel_size, "x", x.shape[-2:], padding=(2 * ph, 2 * pw))
    every = mode == "avg" and count_include_pad
    counted = pad2d(torch.ones(x.shape[-2:], device="cpu"), (ph, pw), value=int(every)).bool()
    keep = _largest if mode == "max" else _mean
    return pool_windows(pad2d(x, (ph, pw)), counted, kernel_size, stride, keep)


def pool_windows(
    padded: Tensor,
    counted: Tensor,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    keep: Callable[[Tensor], Tensor],
) -> Tensor:
    """Slide a window and write down what ``keep`` makes of the cells that count; `pool2d` checks the arguments.

    Args:
        padded: shape (..., H, W), its border included.
        counted: shape (H, W), bool: which cells count. At least one does in every window.
        kernel_size, stride: (vertical, horizontal).
        keep: maps the cells of one window that count, shape (..., at most kH kW), to one number each, shape (...).

    Returns:
        Shape (..., oh, ow), dtype of ``padded``.

    Source: chapter "Pooling".

    >>> x = torch.tensor([[1, 3, 2, 0], [4, 0, 1, 5]])
    >>> pool_windows(x, x > 0, (2, 2), (2, 2), lambda cells: cells.sum(dim=-1)).tolist()
    [[8, 8]]
    """
    (kh, kw), (sh, sw) = kernel_size, stride
    oh, ow = output_shape(padded.shape[-2:], kernel_size, stride=stride)
    y = padded.new_empty(*padded.shape[:-2], oh, ow)
    for i in range(oh):
        for j in range(ow):
            top, left = i * sh, j * sw  # where the window stands
            rows, cols = slice(top, top + kh), slice(left, left + kw)
            y[..., i, j] = keep(padded[..., rows, cols][..., counted[rows, cols]])
    return y


def _largest(cells: Tensor) -> Tensor:
    """Return the largest of the last axis; of equals, the first gets the gradient."""
    return cells.max(dim=-1).values


def _mean(cells: Tensor) -> Tensor:
    return cells.mean(dim=-1)  # torch adds 16-bit floats up in 32 bits
