"""The ground floor: what is asked of every argument, and how a refusal is worded.

Each check returns the argument in its canonical form, or raises an error that names the argument, what was found, what
was expected and the remedy. Nothing here imports torch: whoever hands in a tensor has loaded it already.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from math import gcd
from numbers import Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Pair = tuple[int, int]  # (vertical, horizontal)
Sides = tuple[int, int, int, int]  # (top, bottom, left, right)


def require_int(name: str, value: int, minimum: int) -> int:
    """Return ``value`` as an int, or say what is wrong with it.

    Raises:
        TypeError: not a whole number (a bool is none, nor is 2.0).
        ValueError: smaller than ``minimum``.

    >>> require_int("stride", 0, 1)
    Traceback (most recent call last):
    ValueError: stride is 0; expected at least 1; 1 is the ordinary one
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        kind = type(value).__name__
        pair = "; for height and width at once use output_shape" if name == "n" and isinstance(value, tuple) else ""
        raise TypeError(f"{name} is {value!r}, a {kind}; expected a whole number of at least {minimum}{pair}") from None
    if number < minimum:
        ordinary = "; 1 is the ordinary one" if name.startswith(("stride", "dilation")) else ""
        raise ValueError(f"{name} is {number}; expected at least {minimum}{ordinary}")
    return number


def require_pair(name: str, value: int | tuple[int, ...], minimum: int) -> Pair:
    """Return ``value`` as (vertical, horizontal); one number stands for both.

    Raises:
        TypeError: not whole numbers.
        ValueError: not two of them, or one smaller than ``minimum``.

    >>> require_pair("stride", 2, 1), require_pair("stride", (3, 2), 1)
    ((2, 2), (3, 2))
    """
    if getattr(value, "ndim", 0):
        shape = tuple(getattr(value, "shape", ()))
        raise TypeError(f"{name} is a tensor of shape {shape}; expected sizes alone; use tuple(kernel.shape[-2:])")
    if not isinstance(value, tuple | list):
        number = require_int(name, value, minimum)
        return number, number
    if len(value) != 2:
        raise ValueError(f"{name} is {value!r}, {len(value)} numbers; expected one, or (vertical, horizontal)")
    return require_int(f"{name}[0]", value[0], minimum), require_int(f"{name}[1]", value[1], minimum)


def four_sides(padding: int | tuple[int, ...]) -> Sides:
    """Return padding as (top, bottom, left, right), however briefly it was given.

    Args:
        padding: cells per side: one number, (vertical, horizontal) or (top, bottom, left, right).

    Returns:
        (top, bottom, left, right).

    Raises:
        TypeError: not whole numbers, or a name such as "same".
        ValueError: not 1, 2 or 4 of them, or one negative.

    >>> four_sides(1), four_sides((0, 2)), four_sides((0, 1, 0, 2))
    ((1, 1, 1, 1), (0, 0, 2, 2), (0, 1, 0, 2))
    """
    require_cells(padding, "same_padding(kernel_size, dilation=d) for 'same', (kH - 1, kW - 1) for 'full'")
    if isinstance(padding, tuple | list) and len(padding) not in (2, 4):
        raise ValueError(
            f"padding is {padding!r}, {len(padding)} numbers; "
            "expected one, (vertical, horizontal) or (top, bottom, left, right)"
        )
    if isinstance(padding, tuple | list) and len(padding) == 4:
        top, bottom, left, right = (require_int(f"padding[{side}]", cells, 0) for side, cells in enumerate(padding))
        return top, bottom, left, right
    vertical, horizontal = require_pair("padding", padding, 0)
    return vertical, vertical, horizontal, horizontal


def require_cells(padding: object, remedy: str) -> None:
    """Check that padding was not asked for by name; the remedy says what this door takes instead.

    Raises:
        TypeError: a string.

    >>> require_cells("same", "(k - 1) / 2 for 'same'")
    Traceback (most recent call last):
    TypeError: padding is 'same', a str; expected cells per side; use 0 for 'valid', (k - 1) / 2 for 'same'
    """
    if isinstance(padding, str):
        raise TypeError(f"padding is {padding!r}, a str; expected cells per side; use 0 for 'valid', {remedy}")


def require_fit(
    name: str,
    kernel_size: Sequence[int],
    inside: str,
    size: Sequence[int],
    *,
    padding: Sequence[int] | None = None,
    dilation: Sequence[int] = (1, 1),
) -> None:
    """Check that a window, gaps included, is no larger than what it slides over, padding included.

    Args:
        name, inside: what is called the window and what it slides over, for the message.
        kernel_size, size: their cells along each axis.
        padding: cells added to each axis, both sides together; None where the caller's door adds none.
        dilation: distance of neighbouring cells of the window, for each axis.

    Raises:
        ValueError: along some axis it does not fit.

    >>> require_fit("kernel", (5, 5), "x", (3, 3))
    Traceback (most recent call last):
    ValueError: kernel (5, 5) does not fit inside x (3, 3); pad x or use a smaller kernel
    """
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=False))
    padded = tuple(map(sum, zip(size, padding or (0, 0), strict=False)))
    if all(map(operator.le, extent, padded)):
        return
    gaps = f", {_said(extent)} with its gaps," if extent != tuple(kernel_size) else ""
    around = f", {_said(padded)} with padding" if padded != tuple(size) else ""
    remedy = f"pad {inside if padding is None else 'more'} or use a smaller {name.split()[-1]}"
    raise ValueError(
        f"{name} {_said(kernel_size)}{gaps} does not fit inside {inside} {_said(size)}{around}; "
        f"{remedy}{' or dilation' if gaps else ''}"
    )


def _said(sizes: Sequence[int]) -> str:
    """Write sizes as their owner gave them: a number for one axis, a pair for two."""
    return str(sizes[0] if len(sizes) == 1 else tuple(sizes))


def require_tensor(name: str, value: Tensor, letters: str, *, moved_only: bool = False) -> None:
    """Check that ``value`` is a tensor to compute with, with one axis per letter, none of them empty.

    Args:
        name: the argument's name, for the message.
        value: the tensor.
        letters: the expected shape, such as "H, W".
        moved_only: its cells are copied and nothing is computed from them, so that unsigned integers of 16, 32 and 64
            bits serve as well, which torch hardly adds.

    Raises:
        TypeError: not a dense tensor, or of a dtype other than float16, bfloat16, float32, float64, uint8, int8, int16,
            int32 and int64.
        ValueError: wrong number of axes, or no cells.
    """
    import torch  # whoever holds a tensor has loaded torch already

    if not isinstance(value, torch.Tensor):
        kind = type(value).__name__
        raise TypeError(f"{name} is of type {kind}; expected a torch.Tensor; use torch.as_tensor({name})")
    if value.layout != torch.strided:
        raise TypeError(f"{name} has layout {value.layout}; expected a dense tensor; use {name}.to_dense()")
    _require_number_dtype(name, value, moved_only)
    shape, rank = tuple(value.shape), len(letters.split(","))
    if len(shape) != rank:
        if len(shape) > rank:
            remedy = f"select one, as in {name}[0]"
        elif len(shape) == rank - 1:
            remedy = f"add an axis, as in {name}[None]"
        else:
            remedy = "reshape it"
        raise ValueError(f"{name} has shape {shape}, {len(shape)} axes; expected {rank}, ({letters}); {remedy}")
    if 0 in shape:
        raise ValueError(f"{name} has shape {shape}, which is empty; expected at least one cell along each axis")


def _require_number_dtype(name: str, value: Tensor, moved_only: bool) -> None:
    import torch

    dtype = value.dtype
    if dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.uint8):
        return
    if dtype in (torch.int8, torch.int16, torch.int32, torch.int64):
        return
    unsigned = dtype in (torch.uint16, torch.uint32, torch.uint64)
    if unsigned and moved_only:
        return
    if unsigned:
        raise TypeError(f"{name} has dtype {dtype}, which torch hardly computes with; use {name}.long()")
    remedy = f"{name}.real" if dtype.is_complex else f"{name}.dequantize()" if value.is_quantized else f"{name}.float()"
    size = " of 16 bits or more" if dtype.is_floating_point else ""
    raise TypeError(f"{name} has dtype {dtype}; expected a float or integer dtype{size}; use {remedy}")


def require_images(name: str, x: Tensor, *, moved_only: bool = False) -> None:
    """Check that ``x`` holds images: its last two axes are H and W, with any number of axes in front of them.

    Raises:
        TypeError, ValueError: as `require_tensor`.
    """
    leading = getattr(x, "ndim", 2) - 2
    require_tensor(name, x, "..., " * leading + "H, W", moved_only=moved_only)


def require_float(name: str, value: Tensor) -> None:
    """Check that ``value`` has a float dtype, as gradients need.

    Raises:
        TypeError: an integer dtype.
    """
    if not value.dtype.is_floating_point:
        raise TypeError(f"{name} has dtype {value.dtype}; gradients need a float dtype; use {name}.float()")


def require_shape(name: str, value: Tensor, shape: Sequence[int], remedy: str) -> None:
    """Check that ``value`` has exactly this shape: broadcasting would compare the wrong cells without a word.

    Args:
        name: the argument's name, for the message.
        value: the tensor.
        shape: the only right one.
        remedy: what to do about another; the caller knows where the tensor should come from.

    Raises:
        ValueError: another shape.
    """
    if tuple(value.shape) != tuple(shape):
        raise ValueError(f"{name} has shape {tuple(value.shape)}; expected {tuple(shape)}; {remedy}")


def require_same_kind(**tensors: Tensor) -> None:
    """Check that all tensors share one dtype and one device.

    The remedy leads all of them to the dtype that holds each one's numbers: an integer copy of a kernel of small
    weights would be all zeros, and a remedy for two of three would only move the difference.

    Raises:
        TypeError: the dtypes differ.
        ValueError: the devices differ.
    """
    (first_name, first), *others = tensors.items()
    for name, other in others:
        if other.dtype != first.dtype:
            raise TypeError(
                f"{name} has dtype {other.dtype} and {first_name} has {first.dtype}; expected one dtype; "
                f"use {_one_dtype(tensors)}"
            )
        if other.device != first.device:
            raise ValueError(
                f"{name} is on device {other.device} and {first_name} on {first.device}; expected one device; "
                f"use {name}.to({first_name}.device)"
            )


def _one_dtype(tensors: dict[str, Tensor]) -> str:
    """Write how to bring all tensors to one dtype that holds the numbers of each."""
    from functools import reduce

    import torch

    wide = reduce(torch.promote_types, (tensor.dtype for tensor in tensors.values()))
    holder = next((f"{name}.dtype" for name, tensor in tensors.items() if tensor.dtype == wide), str(wide))
    return " and ".join(f"{name}.to({holder})" for name, tensor in tensors.items() if tensor.dtype != wide)


def require_image_and_kernel(
    x: Tensor,
    kernel: Tensor,
    *,
    padding: int | tuple[int, ...] | None = None,
    dilation: int | tuple[int, ...] = 1,
) -> None:
    """Check one image (H, W) and one kernel (kH, kW) that fits inside it.

    Args:
        x, kernel: the two.
        padding: as `four_sides` takes it; None where the caller's door has no padding.
        dilation: one number or (vertical, horizontal).

    Raises:
        TypeError: not tensors, not numbers, or of two dtypes; settings that are not whole numbers.
        ValueError: not 2-D, empty, on two devices, settings too small, or the kernel is larger than the image.
    """
    require_tensor("x", x, "H, W")
    require_tensor("kernel", kernel, "kH, kW")
    require_same_kind(x=x, kernel=kernel)
    added = None if padding is None else _both_sides(padding)
    require_fit("kernel", kernel.shape, "x", x.shape, padding=added, dilation=require_pair("dilation", dilation, 1))


def _both_sides(padding: int | tuple[int, ...]) -> Pair:
    """Add padding up along each axis."""
    top, bottom, left, right = four_sides(padding)
    return top + bottom, left + right


def require_planes(x: Tensor, name: str, kernels: Tensor) -> None:
    """Check that each kernel of ``kernels`` (..., C_in, kH, kW) has one plane a channel of ``x`` and fits inside.

    Raises:
        TypeError: of two dtypes.
        ValueError: on two devices, another number of planes than channels, or larger than the image.
    """
    require_same_kind(x=x, **{name: kernels})
    *bank, planes, kh, kw = kernels.shape
    if planes != len(x):
        raise ValueError(
            f"{name} {tuple(kernels.shape)} has {planes} planes a kernel and x {tuple(x.shape)} has {len(x)} channels; "
            f"expected one plane a channel; use a {name} of shape {(*bank, len(x), kh, kw)}"
        )
    require_fit(_kernel_of(name), (kh, kw), "x", x.shape[-2:])


def _kernel_of(name: str) -> str:
    return name if name == "kernel" else f"{name}'s kernel"


def require_1x1(weight: Tensor) -> None:
    """Check that the kernels of a bank (C_out, C_in, kH, kW) are single cells.

    Raises:
        ValueError: they are larger.
    """
    if tuple(weight.shape[-2:]) != (1, 1):
        raise ValueError(
            f"weight has shape {tuple(weight.shape)}; expected (C_out, C_in, 1, 1); "
            "use corr2d_multi_in_out for larger kernels"
        )


def require_layer(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *,
    padding: int | tuple[int, ...],
    dilation: int | tuple[int, ...],
    groups: int,
) -> None:
    """Check a batch, a bank and a bias against each other and against a layer's settings.

    Raises:
        TypeError: not tensors, not numbers, of two dtypes, or settings that are not whole numbers.
        ValueError: wrong number of axes, empty, on two devices, channels or a bias that do not match, groups that do
            not divide the channels, settings that are too small, or kernels that do not fit.
    """
    require_tensor("x", x, "N, C_in, H, W")
    require_tensor("weight", weight, "C_out, C_in / groups, kH, kW")
    if bias is not None:
        _require_bias(bias, weight)
    require_same_kind(x=x, weight=weight, **({} if bias is None else {"bias": bias}))
    c_in, (c_out, planes, kh, kw) = x.shape[1], weight.shape
    groups = require_groups(groups, c_in, c_out)
    if planes != c_in // groups:
        raise ValueError(
            f"weight {tuple(weight.shape)} has {planes} planes a kernel and x {tuple(x.shape)} has {c_in} channels in "
            f"{groups} {'groups' if groups > 1 else 'group'}; expected C_in / groups = {c_in // groups} planes; use a "
            f"weight of shape {(c_out, c_in // groups, kh, kw)}, or other groups"
        )
    added, spread = _both_sides(padding), require_pair("dilation", dilation, 1)
    require_fit(_kernel_of("weight"), (kh, kw), "x", x.shape[-2:], padding=added, dilation=spread)


def _require_bias(bias: Tensor, weight: Tensor) -> None:
    """Check that there is one number for each output channel of a bank (C_out, C_in / groups, kH, kW)."""
    import torch

    if isinstance(bias, torch.Tensor):
        c_out = len(weight)
        remedy = f"use one number for each of the {c_out} output channels of weight {tuple(weight.shape)}"
        if bias.numel() == c_out:  # selecting one, as of other tensors with too many axes, would lose the rest
            remedy = "use bias.flatten()"
        require_shape("bias", bias, (c_out,), remedy)
    require_tensor("bias", bias, "C_out")


def require_groups(groups: int, c_in: int, c_out: int) -> int:
    """Return ``groups``, which divides both numbers of channels.

    Raises:
        TypeError: not a whole number.
        ValueError: smaller than 1, or it divides not both.

    >>> require_groups(3, 4, 6)
    Traceback (most recent call last):
    ValueError: groups is 3; expected a divisor of C_in = 4 and of C_out = 6; use one of 1, 2
    """
    groups = require_int("groups", groups, 1)
    if c_in % groups or c_out % groups:
        both = gcd(c_in, c_out)
        possible = ", ".join(str(number) for number in range(1, both + 1) if both % number == 0)
        raise ValueError(
            f"groups is {groups}; expected a divisor of C_in = {c_in} and of C_out = {c_out}; use one of {possible}"
        )
    return groups


def require_layers(layers: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return ``layers`` as (kernel_size, stride, dilation) of every layer, or say what is wrong with them.

    Raises:
        TypeError: not a sequence of them, or not whole numbers.
        ValueError: not three of them, or one smaller than 1.

    >>> require_layers([(5, 2)])
    Traceback (most recent call last):
    ValueError: layers[0] is (5, 2); expected (kernel_size, stride, dilation), such as (3, 1, 1)
    """
    checked = []
    for i, layer in enumerate(layers):
        expected = "expected (kernel_size, stride, dilation), such as (3, 1, 1)"
        if not isinstance(layer, tuple | list):
            raise TypeError(f"layers[{i}] is {layer!r}, of type {type(layer).__name__}; {expected}")
        if len(layer) != 3:
            raise ValueError(f"layers[{i}] is {layer!r}; {expected}")
        kernel_size, stride, dilation = layer
        checked.append(
            (
                require_int(f"kernel_size of layers[{i}]", kernel_size, 1),
                require_int(f"stride of layers[{i}]", stride, 1),
                require_int(f"dilation of layers[{i}]", dilation, 1),
            )
        )
    return checked


def require_pool_sizes(
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None,
    padding: int | tuple[int, int],
) -> tuple[Pair, Pair, Pair]:
    """Return a pooling's window, stride and padding, each as (vertical, horizontal); no stride means the window's size.

    Raises:
        TypeError: not whole numbers.
        ValueError: not one or two of them, one too small, or more padding than half the window.

    >>> require_pool_sizes(3, None, (1, 0))
    ((3, 3), (3, 3), (1, 0))
    """
    require_cells(padding, "(kernel_size - 1) // 2 for 'same', with an odd kernel_size and stride=1")
    kh, kw = window = require_pair("kernel_size", kernel_size, 1)
    strides = window if stride is None else require_pair("stride", stride, 1)
    ph, pw = paddings = require_pair("padding", padding, 0)
    if 2 * ph > kh or 2 * pw > kw:
        raise ValueError(
            f"padding {paddings} is more than half of kernel_size {window}; expected at most {(kh // 2, kw // 2)}; "
            "pad less or use a larger window"
        )
    return window, strides, paddings


def require_pooling(x: Tensor, mode: str, count_include_pad: bool) -> None:
    """Check what is pooled, (H, W), (C, H, W) or (N, C, H, W), and how.

    Raises:
        TypeError: not a tensor, integers to average, or ``count_include_pad`` is not a bool.
        ValueError: not 2, 3 or 4 axes, empty, or an unknown mode.
    """
    rank = getattr(x, "ndim", 2)
    if rank not in (2, 3, 4):
        remedy = "select one, as in x[0]" if rank > 4 else "add an axis, as in x[None]"
        raise ValueError(
            f"x has shape {tuple(x.shape)}, {rank} axes; expected (H, W), (C, H, W) or (N, C, H, W); {remedy}"
        )
    require_tensor("x", x, ", ".join("NCHW"[-rank:]))
    if not isinstance(mode, str) or mode not in ("max", "avg"):
        remedy = "" if isinstance(mode, str) else f"; stride is keyword-only: pool2d(x, kernel_size, stride={mode!r})"
        raise ValueError(f"mode is {mode!r}; expected 'max' or 'avg'{remedy}")
    if mode == "avg" and not x.dtype.is_floating_point:
        raise TypeError(f"x has dtype {x.dtype}, whose averages would lose their fraction; use x.float()")
    if not isinstance(count_include_pad, bool):
        raise TypeError(f"count_include_pad is {count_include_pad!r}; expected True or False")


def require_cell_value(value: float, dtype: torch.dtype) -> float | int:
    """Return ``value`` as a plain number that a cell of ``dtype`` can hold.

    Raises:
        TypeError: not a number (a bool is none).
        ValueError: too large, too small, or with a fraction where the dtype has none.
    """
    import torch

    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"value is {value!r}, a {type(value).__name__}; expected a number, such as 0")
    if dtype.is_floating_point:
        largest = torch.finfo(dtype).max
        number = _as_float(value)
        if number is None or largest < abs(number) < math.inf:
            said, wider = ("beyond every float", "") if number is None else (f"{number:.4g}", " or x.double()")
            raise ValueError(
                f"value is {said}; x holds {dtype}, at most {largest:.4g}; use infinity or a smaller value{wider}"
            )
        return number
    limits = torch.iinfo(dtype)
    if not limits.min <= value <= limits.max or value != int(value):
        said = str(value) if _as_float(value) is not None else "beyond every float"
        raise ValueError(
            f"value is {said}; x holds {dtype}, whole numbers from {limits.min} to {limits.max}; use x.float()"
        )
    return int(value)


def _as_float(value: Real) -> float | None:
    """Return ``value`` as a float, or None where it is finite and no float is as large."""
    try:
        return float(value)
    except OverflowError:
        return None


def require_labels(labels: Tensor, n: int) -> None:
    """Check that there is a class, counted from 0, for each of ``n`` pictures.

    Raises:
        TypeError: not a tensor of an integer dtype.
        ValueError: not one for each picture, or below 0.
    """
    require_tensor("labels", labels, "N")
    if labels.dtype.is_floating_point:
        raise TypeError(f"labels has dtype {labels.dtype}; expected an integer dtype; use labels.long()")
    if len(labels) != n:
        raise ValueError(f"labels has {len(labels)} entries; expected {n}, one for each picture")
    if labels.min() < 0:
        raise ValueError(f"labels holds {labels.min()}; expected classes counted from 0; use labels - labels.min()")
