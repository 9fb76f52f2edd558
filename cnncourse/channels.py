"""Channels: several planes go in, several come out, and a bank of kernels says how each of them is mixed."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import torch
from torch import Tensor

from cnncourse.checks import four_sides, require_int, require_pair, require_same_kind, require_tensor
from cnncourse.cross_correlation import corr2d_vectorized
from cnncourse.padding import pad2d
from cnncourse.shapes import output_shape


def corr2d_multi_in(x: Tensor, kernel: Tensor) -> Tensor:
    """Cross-correlate each channel with its own plane of the kernel, and add the results up.

    Args:
        x: input image, shape (C_in, H, W), any float or integer dtype.
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
    _require_planes(x, "kernel", kernel)
    pairs = zip(x, kernel, strict=True)  # a channel and its plane
    partial_sums = [corr2d_vectorized(*pair) for pair in pairs]
    return sum(partial_sums)


def corr2d_multi_in_out(x: Tensor, weight: Tensor) -> Tensor:
    """Cross-correlate one image with a bank of kernels: each gives one output channel.

    Args:
        x: input image, shape (C_in, H, W), any float or integer dtype.
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
    _require_planes(x, "weight", weight)
    return torch.stack([corr2d_multi_in(x, kernel) for kernel in weight])


def corr2d_1x1(x: Tensor, weight: Tensor) -> Tensor:
    """Cross-correlate with 1x1 kernels: one matrix product, the same fully connected layer on every pixel.

    Args:
        x: input image, shape (C_in, H, W), any float or integer dtype.
        weight: the bank, shape (C_out, C_in, 1, 1); dtype and device of ``x``.

    Returns:
        Shape (C_out, H, W), dtype of ``x``: height and width stay, the number of channels changes.

    Raises:
        TypeError: not tensors, not numbers, or of two dtypes.
        ValueError: ``x`` not 3-D or ``weight`` not 4-D, empty, on two devices, channels that differ, or kernels that
            are not 1x1.

    Source: chapter "Channels"; Lin, Chen and Yan 2013.

    >>> corr2d_1x1(torch.tensor([[[1, 2]], [[3, 4]]]), torch.tensor([[1, 1], [1, -1]])[:, :, None, None]).tolist()
    [[[4, 6]], [[-2, -2]]]
    """
    require_tensor("x", x, "C_in, H, W")
    require_tensor("weight", weight, "C_out, C_in, 1, 1")
    _require_1x1(weight)
    _require_planes(x, "weight", weight)
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
        x: batch of images, shape (N, C_in, H, W), any float or integer dtype.
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
    stride = require_pair("stride", stride, 1)
    dilation = require_pair("dilation", dilation, 1)
    groups = require_int("groups", groups, 1)
    _require_layer(x, weight, bias, groups)
    padded = pad2d(x, padding)
    _require_fit(x, "weight", weight, padded, dilation)
    # (N, C_in, oh, ow, kh, kw)
    windows = _windows(padded, weight.shape[-2:], stride, dilation)
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
    c_out, part_in, *kernel = weight.shape
    _require_groups(require_int("groups", groups, 1), part_in * groups, c_out)
    part_out = c_out // groups
    full = weight.new_zeros(c_out, part_in * groups, *kernel)
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
    kernel: int | tuple[int, int],
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
        kernel: size of the kernels, one number or (kH, kW).
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
    h, w = require_pair("size", size, 1)
    kh, kw = require_pair("kernel", kernel, 1)
    c_in, c_out = require_int("c_in", c_in, 1), require_int("c_out", c_out, 1)
    _require_groups(require_int("groups", groups, 1), c_in, c_out)
    top, bottom, left, right = four_sides(padding)
    padded = (top + h + bottom, left + w + right)
    oh, ow = output_shape(padded, kernel, stride=stride, dilation=dilation)
    weights = c_out * (c_in // groups) * kh * kw
    return ConvCost(weights + (c_out if bias else 0), oh * ow * weights)


def _windows(x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]) -> Tensor:
    """View a batch (N, C, H, W) as all of its windows, shape (N, C, oh, ow, kH, kW); nothing is copied."""
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    windows = x.unfold(2, dh * (kh - 1) + 1, sh).unfold(3, dw * (kw - 1) + 1, sw)  # gaps included
    return windows[..., ::dh, ::dw]


def _require_1x1(weight: Tensor) -> None:
    """Check that the kernels of a bank (C_out, C_in, kH, kW) are single cells."""
    if weight.shape[-2:] != (1, 1):
        raise ValueError(
            f"weight has shape {tuple(weight.shape)}; expected (C_out, C_in, 1, 1); "
            "use corr2d_multi_in_out for larger kernels"
        )


def _require_planes(x: Tensor, name: str, kernels: Tensor) -> None:
    """Check that each kernel of ``kernels`` (..., C_in, kH, kW) has one plane a channel of ``x`` and fits inside."""
    require_same_kind(x=x, **{name: kernels})
    *bank, planes, kh, kw = kernels.shape
    if planes != len(x):
        raise ValueError(
            f"{name} {tuple(kernels.shape)} has {planes} planes a kernel and x {tuple(x.shape)} has {len(x)} channels; "
            f"expected one plane a channel; use a {name} of shape {(*bank, len(x), kh, kw)}"
        )
    _require_fit(x, name, kernels, x, (1, 1))


def _require_fit(x: Tensor, name: str, kernels: Tensor, padded: Tensor, dilation: tuple[int, int]) -> None:
    """Check that a kernel, gaps included, is no larger than an image, padding included."""
    kernel, image, size = tuple(kernels.shape[-2:]), tuple(x.shape[-2:]), tuple(padded.shape[-2:])
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    if extent[0] > size[0] or extent[1] > size[1]:
        gaps = f", {extent} with gaps," if extent != kernel else ""
        around = f", {size} with padding" if size != image else ""
        remedy = "smaller kernel or dilation" if gaps else "smaller kernel"
        raise ValueError(
            f"{name} holds kernels of size {kernel}{gaps} and x images of size {image}{around}; expected kernels that "
            f"fit; pad x more, or use a {remedy}"
        )


def _require_layer(x: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> None:
    """Check a batch, a bank and a bias against each other."""
    require_tensor("x", x, "N, C_in, H, W")
    require_tensor("weight", weight, "C_out, C_in / groups, kH, kW")
    require_same_kind(x=x, weight=weight)
    c_in, (c_out, planes, kh, kw) = x.shape[1], weight.shape
    _require_groups(groups, c_in, c_out)
    if planes != c_in // groups:
        raise ValueError(
            f"weight {tuple(weight.shape)} has {planes} planes a kernel and x {tuple(x.shape)} has {c_in} channels in "
            f"{groups} {'groups' if groups > 1 else 'group'}; expected C_in / groups = {c_in // groups} planes; use a "
            f"weight of shape {(c_out, c_in // groups, kh, kw)}, or other groups"
        )
    if bias is not None:
        require_tensor("bias", bias, "C_out")
        require_same_kind(x=x, bias=bias)
        if len(bias) != c_out:
            raise ValueError(
                f"bias has {len(bias)} numbers and weight {tuple(weight.shape)} has {c_out} output channels; expected "
                f"one number a channel; use a bias of shape ({c_out},)"
            )


def _require_groups(groups: int, c_in: int, c_out: int) -> None:
    """Check that ``groups`` divides both numbers of channels."""
    if c_in % groups or c_out % groups:
        both = gcd(c_in, c_out)
        possible = ", ".join(str(number) for number in range(1, both + 1) if both % number == 0)
        raise ValueError(
            f"groups is {groups}; expected a divisor of C_in = {c_in} and of C_out = {c_out}; use one of {possible}"
        )
