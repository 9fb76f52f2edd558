"""The ground floor: what is asked of every argument, and how a refusal is worded.

Each check returns the argument in its canonical form, or raises an error that names the argument, what was found, what
was expected and the remedy. Nothing here imports torch: whoever hands in a tensor has loaded it already.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


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


def require_pair(name: str, value: int | tuple[int, int], minimum: int) -> tuple[int, int]:
    """Return ``value`` as (vertical, horizontal); one number stands for both.

    Raises:
        TypeError: not whole numbers.
        ValueError: not two of them, or one smaller than ``minimum``.

    >>> require_pair("stride", 2, 1), require_pair("stride", (3, 2), 1)
    ((2, 2), (3, 2))
    """
    if not isinstance(value, tuple | list):
        number = require_int(name, value, minimum)
        return number, number
    if len(value) != 2:
        raise ValueError(f"{name} is {value!r}, {len(value)} numbers; expected one, or (vertical, horizontal)")
    return require_int(f"{name}[0]", value[0], minimum), require_int(f"{name}[1]", value[1], minimum)


def four_sides(padding: int | tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return padding as (top, bottom, left, right), however briefly it was given.

    Args:
        padding: cells per side: one number, (vertical, horizontal) or (top, bottom, left, right).

    Returns:
        (top, bottom, left, right).

    Raises:
        TypeError: not whole numbers.
        ValueError: not 1, 2 or 4 of them, or one negative.

    >>> four_sides(1), four_sides((0, 2)), four_sides((0, 1, 0, 2))
    ((1, 1, 1, 1), (0, 0, 2, 2), (0, 1, 0, 2))
    """
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


def require_tensor(name: str, value: Tensor, letters: str) -> None:
    """Check that ``value`` is a number tensor with one axis per letter, none of them empty.

    Args:
        name: the argument's name, for the message.
        value: the tensor.
        letters: the expected shape, such as "H, W".

    Raises:
        TypeError: not a tensor, or of a dtype that is neither float nor integer.
        ValueError: wrong number of axes, or no cells.
    """
    import torch  # whoever holds a tensor has loaded torch already

    if not isinstance(value, torch.Tensor):
        kind = type(value).__name__
        raise TypeError(f"{name} is of type {kind}; expected a torch.Tensor; use torch.as_tensor({name})")
    if value.dtype == torch.bool or value.dtype.is_complex:
        raise TypeError(f"{name} has dtype {value.dtype}; expected a float or integer dtype; use {name}.float()")
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


def require_float(name: str, value: Tensor) -> None:
    """Check that ``value`` has a float dtype, as gradients need.

    Raises:
        TypeError: an integer dtype.
    """
    if not value.dtype.is_floating_point:
        raise TypeError(f"{name} has dtype {value.dtype}; gradients need a float dtype; use {name}.float()")


def require_shape(name: str, value: Tensor, shape: tuple[int, ...]) -> None:
    """Check that ``value`` has exactly this shape: broadcasting would compare the wrong cells without a word.

    Raises:
        ValueError: another shape.
    """
    if tuple(value.shape) != tuple(shape):
        raise ValueError(f"{name} has shape {tuple(value.shape)}; expected {tuple(shape)}")


def require_same_kind(**tensors: Tensor) -> None:
    """Check that all tensors share one dtype and one device.

    Raises:
        TypeError: the dtypes differ.
        ValueError: the devices differ.
    """
    (first_name, first), *others = tensors.items()
    for name, other in others:
        if other.dtype != first.dtype:
            # towards the float: an integer copy of a kernel of small weights would be all zeros
            source, target = (first_name, name) if other.dtype.is_floating_point else (name, first_name)
            raise TypeError(
                f"{name} has dtype {other.dtype} and {first_name} has {first.dtype}; expected one dtype; "
                f"use {source}.to({target}.dtype)"
            )
        if other.device != first.device:
            raise ValueError(
                f"{name} is on device {other.device} and {first_name} on {first.device}; expected one device; "
                f"use {name}.to({first_name}.device)"
            )


def require_image_and_kernel(x: Tensor, kernel: Tensor) -> None:
    """Check one image (H, W) and one kernel (kH, kW) that fits inside it.

    Raises:
        TypeError: not tensors, not numbers, or of two dtypes.
        ValueError: not 2-D, empty, on two devices, or the kernel is larger than the image.
    """
    require_tensor("x", x, "H, W")
    require_tensor("kernel", kernel, "kH, kW")
    require_same_kind(x=x, kernel=kernel)
    if kernel.shape[0] > x.shape[0] or kernel.shape[1] > x.shape[1]:
        raise ValueError(
            f"kernel {tuple(kernel.shape)} does not fit inside x {tuple(x.shape)}; pad x or use a smaller kernel"
        )


def require_layers(layers: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return ``layers`` as (kernel, stride, dilation) of every layer, or say what is wrong with them.

    Raises:
        TypeError: not a sequence of them, or not whole numbers.
        ValueError: not three of them, or one smaller than 1.

    >>> require_layers([(5, 2)])
    Traceback (most recent call last):
    ValueError: layers[0] is (5, 2); expected (kernel, stride, dilation), such as (3, 1, 1)
    """
    checked = []
    for i, layer in enumerate(layers):
        if not isinstance(layer, tuple | list):
            kind = type(layer).__name__
            raise TypeError(
                f"layers[{i}] is {layer!r}, a {kind}; expected (kernel, stride, dilation), such as (3, 1, 1)"
            )
        if len(layer) != 3:
            raise ValueError(f"layers[{i}] is {layer!r}; expected (kernel, stride, dilation), such as (3, 1, 1)")
        names = ("kernel", "stride", "dilation")
        checked.append(tuple(require_int(f"{n} of layers[{i}]", v, 1) for n, v in zip(names, layer, strict=True)))
    return checked


def require_pool_sizes(
    pool_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None,
    padding: int | tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return a pooling's window, stride and padding, each as (vertical, horizontal); no stride means the window's size.

    Raises:
        TypeError: not whole numbers.
        ValueError: not one or two of them, one too small, or more padding than half the window.

    >>> require_pool_sizes(3, None, (1, 0))
    ((3, 3), (3, 3), (1, 0))
    """
    kh, kw = window = require_pair("pool_size", pool_size, 1)
    stride = window if stride is None else require_pair("stride", stride, 1)
    ph, pw = padding = require_pair("padding", padding, 0)
    if 2 * ph > kh or 2 * pw > kw:
        raise ValueError(
            f"padding {padding} is more than half of pool_size {window}; expected at most {(kh // 2, kw // 2)}; "
            "pad less or use a larger window"
        )
    return window, stride, padding
