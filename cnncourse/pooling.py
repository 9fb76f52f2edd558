"""Pooling: a sliding window without weights, which keeps its largest cell or the mean of its cells."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from cnncourse.checks import require_pool_sizes, require_tensor
from cnncourse.padding import pad2d
from cnncourse.shapes import output_shape

MODES = ("max", "avg")


def pool2d(
    x: Tensor,
    pool_size: int | tuple[int, int],
    mode: Literal["max", "avg"] = "max",
    *,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """Keep one number of each window: its maximum or its average. Channels and images stay apart.

    Args:
        x: shape (H, W), (C, H, W) or (N, C, H, W). Maximum: any float or integer dtype. Average: a float dtype; torch
            averages int64 and cuts the fraction off, which is refused here.
        pool_size: size of the window, one number or (vertical, horizontal).
        mode: "max" or "avg". Of equal largest cells the first, row by row, is the winner and gets the gradient.
        stride: one number or (vertical, horizontal); by default the window's size, as in torch, not 1.
        padding: cells added on *each side*, one number or (vertical, horizontal), at most half the window. The maximum
            pads with minus infinity (integers: the dtype's minimum), so that padding never wins; the average with 0.
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
    _require_input(x, mode, count_include_pad)
    window, stride, padding = _require_sizes(x, pool_size, stride, padding)
    if mode == "max":
        padded = pad2d(x, padding, value=_lowest(x.dtype))
        return pool_windows(padded, window, stride, _largest)
    counted = pad2d(x.new_ones(x.shape[-2:]), padding, value=int(count_include_pad))  # 1 for each cell that counts
    return pool_windows(pad2d(x, padding), window, stride, _total) / pool_windows(counted, window, stride, _total)


def pool_windows(
    padded: Tensor,
    window: tuple[int, int],
    stride: tuple[int, int],
    keep: Callable[[Tensor], Tensor],
) -> Tensor:
    """Slide a window and write down what ``keep`` makes of its cells; `pool2d` checks the arguments.

    Args:
        padded: shape (..., H, W), its border included.
        window, stride: (vertical, horizontal).
        keep: maps the cells of one window, shape (..., kH kW), to one number each, shape (...).

    Returns:
        Shape (..., oh, ow), dtype of ``padded``.

    Source: chapter "Pooling".

    >>> x = torch.tensor([[1, 3, 2, 0], [4, 0, 1, 5]])
    >>> pool_windows(x, (2, 2), (2, 2), lambda cells: cells.sum(dim=-1)).tolist()
    [[8, 8]]
    """
    (kh, kw), (sh, sw) = window, stride
    oh, ow = output_shape(padded.shape[-2:], window, stride=stride)
    y = padded.new_empty(*padded.shape[:-2], oh, ow)
    for i in range(oh):
        for j in range(ow):
            top, left = i * sh, j * sw  # where the window stands
            cells = padded[..., top : top + kh, left : left + kw]
            y[..., i, j] = keep(cells.flatten(-2))
    return y


def _largest(cells: Tensor) -> Tensor:
    """Return the largest of the last axis; of equals, the first gets the gradient."""
    return cells.max(dim=-1).values


def _total(cells: Tensor) -> Tensor:
    return cells.sum(dim=-1)


def _lowest(dtype: torch.dtype) -> float | int:
    """Return what no cell can be smaller than."""
    return -math.inf if dtype.is_floating_point else torch.iinfo(dtype).min


def _require_input(x: Tensor, mode: str, count_include_pad: bool) -> None:
    """Check what is pooled, and how."""
    rank = x.ndim if isinstance(x, Tensor) else 2
    if rank not in (2, 3, 4):
        remedy = "select one, as in x[0]" if rank > 4 else "add an axis, as in x[None]"
        raise ValueError(
            f"x has shape {tuple(x.shape)}, {rank} axes; expected (H, W), (C, H, W) or (N, C, H, W); {remedy}"
        )
    require_tensor("x", x, ", ".join("NCHW"[-rank:]))
    if not isinstance(mode, str) or mode not in MODES:
        remedy = "" if isinstance(mode, str) else f"; stride is keyword-only: pool2d(x, pool_size, stride={mode!r})"
        raise ValueError(f"mode is {mode!r}; expected 'max' or 'avg'{remedy}")
    if mode == "avg" and not x.dtype.is_floating_point:
        raise TypeError(f"x has dtype {x.dtype}, whose averages would lose their fraction; use x.float()")
    if not isinstance(count_include_pad, bool):
        raise TypeError(f"count_include_pad is {count_include_pad!r}; expected True or False")


def _require_sizes(
    x: Tensor,
    pool_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None,
    padding: int | tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Check window, stride and padding; return each as (vertical, horizontal)."""
    window, stride, padding = require_pool_sizes(pool_size, stride, padding)
    (kh, kw), (ph, pw), (h, w) = window, padding, x.shape[-2:]
    if kh > h + 2 * ph or kw > w + 2 * pw:
        padded = f", padded to {(h + 2 * ph, w + 2 * pw)}" if ph or pw else ""
        raise ValueError(f"pool_size {window} does not fit inside x {(h, w)}{padded}; use a smaller window")
    return window, stride, padding
