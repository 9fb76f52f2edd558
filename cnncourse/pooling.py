"""Pooling: a sliding window without weights, which keeps its largest cell or the mean of its cells."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from cnncourse.padding import pad2d
from cnncourse.shapes import output_shape, require_pair, require_tensor

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
    (kh, kw), (sh, sw), padding = _require_sizes(x, pool_size, stride, padding)
    size = x.shape[-2:]
    oh, ow = output_shape(size, (kh, kw), stride=(sh, sw), padding=padding)
    padded = pad2d(x, padding, value=_lowest(x.dtype) if mode == "max" else 0)
    counted = pad2d(x.new_ones(size), padding, value=int(count_include_pad))
    y = x.new_empty(*x.shape[:-2], oh, ow)
    for i in range(oh):
        for j in range(ow):
            window = ..., slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            cells = padded[window].flatten(-2)  # (..., kh * kw)
            if mode == "max":
                y[..., i, j] = cells.max(dim=-1).values
            else:
                y[..., i, j] = cells.sum(dim=-1) / counted[window].sum()
    return y


def _lowest(dtype: torch.dtype) -> float | int:
    """Return what no cell can be smaller than."""
    return -math.inf if dtype.is_floating_point else torch.iinfo(dtype).min


def _require_input(x: Tensor, mode: str, count_include_pad: bool) -> None:
    """Check what is pooled, and how."""
    letters = {3: "C, H, W", 4: "N, C, H, W"}
    require_tensor("x", x, letters.get(x.ndim, "H, W") if isinstance(x, Tensor) else "H, W")
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}; expected 'max' or 'avg'")
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
    kh, kw = window = require_pair("pool_size", pool_size, 1)
    stride = window if stride is None else require_pair("stride", stride, 1)
    ph, pw = padding = require_pair("padding", padding, 0)
    if 2 * ph > kh or 2 * pw > kw:
        raise ValueError(
            f"padding {padding} is more than half of pool_size {window}; expected at most {(kh // 2, kw // 2)}"
        )
    h, w = x.shape[-2:]
    if kh > h + 2 * ph or kw > w + 2 * pw:
        padded = f", padded to {(h + 2 * ph, w + 2 * pw)}" if ph or pw else ""
        raise ValueError(f"pool_size {window} does not fit inside x {(h, w)}{padded}; use a smaller window")
    return window, stride, padding
