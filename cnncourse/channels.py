"""Channels: several planes go in, several come out, and a bank of kernels says how each of them is mixed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cnncourse.checks import (
    require_1x1,
    require_groups,
    require_int,
    require_layer,
    require_pair,
    require_planes,
    require_tensor,
)
from cnncourse.padding import pad2d
from cnncourse.shapes import output_shape
from cnncourse.windows import sliding_windows


def corr2d_multi_in(x: Tensor, kernel: Tensor) -> Tensor:
    """Cross-correlate each channel with its own plane of the kernel, and add the results up.

    Args:
        x: input image, shape (C_in, H, W), a float dtype of 16 bits or more, or int8 to int64, or uint8.
        kernel: weights, shape (C_in, kH, kW), kH <= H and kW <= W; dtype and device of ``x``.

    Returns:
        Shape (H - kH + 1, W - kW + 1), dtype of ``x``: one plane, however many went in.

    Raises:
        TypeError: not tensors, not numbers, or of two dtypes.
        ValueError: not 3-D, empty, on two devices, channels that differ, or a kernel that does not fit inside ``x``.

    Source: chapter "Channels".

    >>> x, kernel = torch.arange(8).reshape(2, 2, 2), torch.ones(2, 1, 1, dtype=torch.int64)
    >>> corr2d_multi_in(x, kernel).tolist()
    [[4, 6], [8, 10]]
    """
    require_tensor("x", x, "C_in, H, W")
    require_tensor("kernel", kernel, "C_in, kH, kW")
    require_planes(x, "kernel", kernel)
    return mix_channels(sliding_windows(x, kernel.shape[1:]), kernel)


def mix_channels(windows: Tensor, kernel: Tensor) -> Tensor:
    """Multiply each channel's windows by its plane of the kernel, and add up; `corr2d_multi_in` checks the arguments.

    Args:
        windows: all windows of every channel, shape (C_in, oh, ow, kH, kW).
        kernel: weights, shape (C_in, kH, kW).

    Returns:
        Shape (oh, ow), dtype of ``windows``.

    Source: chapter "Channels".

    >>> windows = sliding_windows(torch.tensor([[[1, 2]], [[3, 4]]]), 1)
    >>> mix_channels(windows, torch.tensor([[[1]], [[10]]])).tolist()
    [[31, 42]]
    """
    products = windows * kernel[:, None, None]  # (C_in, oh, ow, kh, kw)
    partial_sums = products.sum(dim=(-2, -1), dtype=windows.dtype)
    return partial_sums.sum(dim=0, dtype=windows.dtype)


def corr2d_multi_in_out(x: Tensor, weight: Tensor) -> Tensor:
    """Cross-correlate one image with a bank of kernels: each gives one output channel.

    Args:
        x: input image, shape (C_in, H, W), a float dtype of 16 bits or more, or int8 to int64, or uint8.
        weight: the bank, shape (C_out, C_in, kH, kW), kH <= H and kW <= W; dtype and device of ``x``.

    Returns:
        Shape (C_out, H - kH + 1, W - kW + 1), dtype of ``x``.

    Raises:
        TypeError: not tensors, not numbers, or of two dtypes.
        ValueError: ``x`` not 3-D or ``weight`` not 4-D, empty, on two devices, channels that differ, or kernels that do
            not fit inside ``x``.

    Source: chapter "Channels"; equals ``torch.nn.functional.conv2d(x, weight)``.

    >>> corr2d_multi_in_out(torch.ones(2, 3, 3), torch.ones(4, 2, 3, 3)).flatten().tolist()
    [18.0, 18.0, 18.0, 18.0]
    """
    require_tensor("x", x, "C_in, H, W")
    require_tensor("weight", weight, "C_out, C_in, kH, kW")
    require_planes(x, "weight", weight)
    windows = sliding_windows(x, weight.shape[2:])  # once for all kernels
    return torch.stack([mix_channels(windows, kernel) for kernel in weight])


def conv1x1(x: Tensor, weight: Tensor) -> Tensor:
    """Cross-correlate with 1x1 kernels: one matrix product, the same fully connected layer on every pixel.

    Args:
        x: input image, shape (C_in, H, W), a float dtype of 16 bits or more, or int8 to int64, or uint8.
        weight: the bank, shape (C_out, C_in, 1, 1); dtype and device of ``x``.

    Returns:
        Shape (C_out, H, W), dtype of ``x``: height and width stay, the number of channels changes.

    Raises:
        TypeError: not tensors, not numbers, or of two dtypes.
        ValueError: ``x`` not 3-D or ``weight`` not 4-D, empty, on two devices, channels that differ, or kernels that
            are not 1x1.

    Source: chapter "Channels"; Lin, Chen and Yan 2013.

    >>> conv1x1(torch.tensor([[[1, 2]], [[3, 4]]]), torch.tensor([[1, 1], [1, -1]])[:, :, None, None]).tolist()
    [[[4, 6]], [[-2, -2]]]
    """
    require_tensor("x", x, "C_in, H, W")
    require_tensor("weight", weight, "C_out, C_in, 1, 1")
    require_1x1(weight)
    require_planes(x, "weight", weight)
    (c_in, h, w), c_out = x.shape, weight.shape[0]
    pixels = x.reshape(c_in, h * w).T  # (H W, C_in): one row a pixel
    y = pixels @ weight.reshape(c_out, c_in).T  # (H W, C_out)
    return y.T.reshape(c_out, h, w)


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
) -> Tensor:
    """Compute a convolutional layer: a batch of images, a bank of kernels, a bias, and every setting.

    Args:
        x: batch of images, shape (N, C_in, H, W), a float dtype of 16 bits or more, or int8 to int64, or uint8.
        weight: the bank, shape (C_out, C_in / groups, kH, kW); dtype and device of ``x``.
        bias: one number for each output channel, shape (C_out,); none by default.
        stride, dilation: one number, or (vertical, horizontal).
        padding: zeros added on *each side*, as torch counts them: one number, (vertical, horizontal) or
            (top, bottom, left, right).
        groups: into how many parts the channels are split; output channels of a part read that part alone.

    Returns:
        Shape (N, C_out, oh, ow), dtype of ``x``, oh and ow as `cnncourse.shapes.output_shape` counts them.

    Raises:
        TypeError: not tensors, not numbers, of two dtypes, or settings that are not whole numbers.
        ValueError: wrong number of axes, empty, on two devices, channels or a bias that do not match, groups that do
            not divide the channels, settings that are too small, or kernels that do not fit.

    Source: chapter "Channels"; equals ``torch.nn.functional.conv2d``.

    >>> conv2d(torch.ones(1, 4, 5, 5), torch.ones(6, 2, 3, 3), stride=2, padding=1, groups=2)[0, 0].tolist()
    [[8.0, 12.0, 8.0], [12.0, 18.0, 12.0], [8.0, 12.0, 8.0]]
    """
    settings = {"padding": padding, "dilation": dilation}
    require_layer(x, weight, bias, groups=groups, **settings)
    padded, size = pad2d(x, padding), weight.shape[2:]
    # (N, C_in, oh, ow, kh, kw)
    windows = sliding_windows(padded, size, stride=stride, dilation=dilation)
    parts = zip(windows.chunk(groups, 1), weight.chunk(groups), strict=True)
    sums = [torch.einsum("ncijab,ocab->noij", *part) for part in parts]
    y = torch.cat(sums, dim=1)
    return y if bias is None else y + bias[:, None, None]


def ungroup(weight: Tensor, groups: int) -> Tensor:
    """Write a grouped bank as an ordinary one, with zeros where an output channel does not read an input channel.

    Args:
        weight: the bank, shape (C_out, C_in / groups, kH, kW).
        groups: into how many parts the channels are split.

    Returns:
        Shape (C_out, C_in, kH, kW), which gives the same layer with one group.

    Raises:
        TypeError: not a tensor of numbers, or groups that are not whole.
        ValueError: not 4-D, empty, or groups that do not divide C_out.

    Source: chapter "Channels".

    >>> ungroup(torch.tensor([5, 7])[:, None, None, None], groups=2)[:, :, 0, 0].tolist()
    [[5, 0], [0, 7]]
    """
    require_tensor("weight", weight, "C_out, C_in / groups, kH, kW")
    c_out, part_in, *kernel_size = weight.shape
    groups = require_int("groups", groups, 1)
    require_groups(groups, part_in * groups, c_out)
    part_out = c_out // groups
    full = weight.new_zeros(c_out, part_in * groups, *kernel_size)
    for part in range(groups):
        rows = slice(part * part_out, (part + 1) * part_out)
        full[rows, part * part_in : (part + 1) * part_in] = weight[rows]
    return full


@dataclass(frozen=True)
class ConvCost:
    """What a layer costs: numbers to store, and multiply-adds for each image. Costs of layers add up with ``+``.

    >>> ConvCost(2, 10) + ConvCost(3, 5)
    ConvCost(parameters=5, multiply_adds=15)
    """

    parameters: int
    multiply_adds: int

    def __add__(self, other: ConvCost) -> ConvCost:
        """Add the costs of two layers."""
        if not isinstance(other, ConvCost):
            return NotImplemented
        return ConvCost(self.parameters + other.parameters, self.multiply_adds + other.multiply_adds)


def conv2d_cost(
    size: tuple[int, int],
    c_in: int,
    c_out: int,
    kernel_size: int | tuple[int, int],
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    bias: bool = True,
) -> ConvCost:
    """Count the parameters and the multiply-adds of a convolutional layer.

    Args:
        size: (H, W) of the input.
        c_in, c_out: channels that go in and come out.
        kernel_size: one number or (kH, kW).
        stride, padding, dilation, groups: as in `conv2d`.
        bias: whether each output channel has one; it counts as a parameter, its addition is not counted.

    Returns:
        The cost: multiply-adds for one image, products with padded zeros included.

    Raises:
        TypeError: not whole numbers.
        ValueError: a number that is too small, groups that do not divide the channels, or kernels that do not fit.

    Source: chapter "Channels".

    >>> conv2d_cost((28, 28), 1, 6, 5, padding=2)
    ConvCost(parameters=156, multiply_adds=117600)
    """
    kh, kw = require_pair("kernel_size", kernel_size, 1)
    c_in, c_out = require_int("c_in", c_in, 1), require_int("c_out", c_out, 1)
    groups = require_groups(groups, c_in, c_out)
    settings = {"stride": stride, "padding": padding, "dilation": dilation}
    oh, ow = output_shape(size, (kh, kw), **settings)
    weights = c_out * (c_in // groups) * kh * kw
    return ConvCost(weights + (c_out if bias else 0), oh * ow * weights)
