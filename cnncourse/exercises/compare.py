"""Is an answer the expected one? And where it is not: at which rung, where first, and what can be seen of it.

Nothing is broadcast, nothing converted: an answer of another kind or shape is another answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# float dtype: relative tolerance; absolute, it is this times the largest expected cell, or 1
TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-4}
LONGEST = 60  # characters of a value in a message
RUNGS = ("kind", "shape", "dtype", "finite", "values")  # in which two values are compared
FEW = 9  # cells of a tensor that is shown rather than described


@dataclass(frozen=True)
class Difference:
    """Where an answer stops being the expected one.

    ``rung`` is "kind", "shape", "dtype", "finite" or "values"; ``path`` leads into a tuple or dictionary, such as
    "[1]"; ``found`` and ``expected`` are what differs there.
    """

    rung: str
    text: str
    path: str = ""
    found: Any = None
    expected: Any = None


def difference(found: Any, expected: Any, path: str = "") -> Difference | None:
    """Compare an answer with what is expected; None where they agree.

    >>> difference((2, 3), (2, 3)) is None
    True
    >>> difference((3, 2), (2, 3)).text
    '[0] is 3; expected 2'
    """
    if isinstance(expected, Tensor):
        return _tensor_difference(found, expected, path)
    if problem := _kind_problem(found, expected):
        return Difference("kind", f"{path or 'the result'} {problem}", path, found, expected)
    if isinstance(expected, dict | tuple | list):
        return _container_difference(found, expected, path)
    if isinstance(expected, float) and not math.isfinite(found) and math.isfinite(expected):
        return Difference("finite", f"{path or 'the result'} is {found}; expected a finite number", path)
    agree = math.isclose(found, expected, rel_tol=1e-4, abs_tol=1e-6) if type(expected) is float else found == expected
    if agree:
        return None
    text = f"{path or 'the result'} is {brief(found)}; expected {brief(expected)}"
    return Difference("values", text, path, found, expected)


def same(a: Any, b: Any) -> bool:
    """Tell whether two results are equal in value: what the misconception's answer gives, the learner's gives, too.

    >>> same(torch.tensor([1.0]), torch.tensor([1.0], dtype=torch.float64)), same(1, 2)
    (True, False)
    """
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.shape != b.shape:
            return False
        # float32 carries what tells misconceptions apart, whatever dtype the answer has; and one of them may give NaN
        a, b = (value.detach().to(torch.float32).nan_to_num() for value in (a, b))
    found = difference(a, b)
    return found is None or (found.rung == "finite" and repr(a) == repr(b))


def describe(value: Any) -> str:
    """Say what a value is, in a few words: shape and dtype of a tensor, the value itself of anything else.

    >>> describe(torch.zeros(5, 3)), describe(torch.tensor([[1.0, 2.0]])), describe((1, 2))
    ('(5, 3) float32', '[[1, 2]] float32', '(1, 2)')
    """
    if isinstance(value, Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        if value.numel() <= FEW:
            values = str(value.tolist()).replace(".0,", ",").replace(".0]", "]")
            if len(values) <= LONGEST:
                return f"{values} {dtype}"
        return f"{tuple(value.shape)} {dtype}"
    if isinstance(value, torch.nn.Module | torch.optim.Optimizer):
        return type(value).__name__
    if isinstance(value, list | tuple) and value and isinstance(value[0], Tensor):
        return f"{type(value).__name__} of {len(value)} tensors, first {describe(value[0])}"
    return brief(value)


def brief(value: Any) -> str:
    """Show a value in at most a line; nothing that its class does can go wrong here."""
    if type(value) is float:
        return f"{value:.6g}"
    if isinstance(value, Tensor):
        return describe(value) if value.numel() != 1 else f"tensor({value.item():.6g})"
    if type(value) in (tuple, list, dict) and len(value) > 12:
        return f"{kind_of(value)} of {len(value)}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a class of the learner's, or an int of a million digits
        return kind_of(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _kind_problem(found: Any, expected: Any) -> str | None:
    """Say how a result that is no tensor is of the wrong kind: 2.0 is not 2, and a list is not a tuple."""
    if found is None:
        return "is None; is a return missing?"
    if type(expected) is bool or type(found) is bool:
        fits = type(expected) is type(found)
    elif isinstance(expected, int):
        fits = isinstance(found, int)
    elif isinstance(expected, float):
        fits = isinstance(found, float | int)
    else:
        fits = isinstance(found, type(expected))
    if fits:
        return None
    name = type(expected).__name__
    remedy = ""
    if name in ("int", "float") and (isinstance(found, Tensor) or getattr(found, "kind", "") == "ndarray"):
        remedy = "; use .item()"
    elif name == "int" and isinstance(found, float):
        remedy = "; use // instead of /, or int(...)"
    elif name in ("tuple", "list") and isinstance(found, list | tuple):
        remedy = f"; use {name}(...)"
    return f"is {kind_of(found)}, {brief(found)}; expected {_article(name)}{remedy}"


def kind_of(value: Any) -> str:
    """Name a value's kind with its article.

    >>> kind_of(2), kind_of([])
    ('an int', 'a list')
    """
    return _article(getattr(value, "kind", None) or type(value).__name__)


def _article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"


def _container_difference(found: Any, expected: Any, path: str) -> Difference | None:
    if isinstance(expected, dict):
        if missing := [key for key in expected if key not in found]:
            return Difference("shape", f"{path or 'the result'} lacks the key {missing[0]!r}", path, found, expected)
        if extra := [key for key in found if key not in expected]:
            text = f"{path or 'the result'} has the key {brief(extra[0])}, which is not expected"
            return Difference("shape", text, path, found, expected)
        pairs = [(f"{path}[{key!r}]", found[key], value) for key, value in expected.items()]
    else:
        if len(found) != len(expected):
            text = f"{path or 'the result'} has {len(found)} entries; expected {len(expected)}"
            return Difference("shape", text, path, found, expected)
        pairs = [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(found, expected, strict=True))]
    differences = [one for name, a, b in pairs if (one := difference(a, b, name))]
    return min(differences, key=lambda one: RUNGS.index(one.rung), default=None)  # of one rung, the first


def _tensor_difference(found: Any, expected: Tensor, path: str) -> Difference | None:
    where = path or "the result"
    if not isinstance(found, Tensor):
        kind = f"is {kind_of(found)}; expected a torch.Tensor"
        if found is None:
            kind = "is None; is a return missing?"
        elif getattr(found, "kind", "") == "ndarray":
            kind = "is a numpy array; expected a torch.Tensor; use torch operations, or torch.from_numpy"
        elif getattr(found, "kind", "") == "Tensor":
            kind = f"is {found.text}"
        return Difference("kind", f"{where} {kind}", path, found, expected)
    if found.shape != expected.shape:
        text = f"{where} has shape {tuple(found.shape)}; expected {tuple(expected.shape)}"
        return Difference("shape", text, path, found, expected)
    if problem := _dtype_problem(found, expected):
        return Difference("dtype", f"{where} {problem}", path, found, expected)
    return _cell_difference(found.detach(), expected.detach(), path)


def _dtype_problem(found: Tensor, expected: Tensor) -> str | None:
    if found.dtype != expected.dtype:
        of_the_input = ", as the input" if expected.dtype.is_floating_point else ""
        return f"has dtype {found.dtype}; expected {expected.dtype}{of_the_input}"
    if found.device != expected.device:
        return f"has device {found.device}; expected {expected.device}, as the input"
    return None


def _cell_difference(found: Tensor, expected: Tensor, path: str) -> Difference | None:
    """Compare two tensors of one shape and dtype, cell by cell."""
    if bool((spoiled := ~found.isfinite() & expected.isfinite()).any()):
        index = tuple(spoiled.nonzero()[0].tolist())
        has = f"has {found[index].item()} at {list(index)}" if index else f"is {found.item()}"
        text = f"{has}; expected {brief(expected[index].item())}"
        return Difference("finite", f"{path or 'the result'} {text}", path, found, expected)
    unequal = unequal_cells(found, expected)
    if not bool(unequal.any()):
        return None
    index = tuple(unequal.nonzero()[0].tolist())
    yours, right = brief(found[index].item()), brief(expected[index].item())
    text = f"{path or 'the result'} is {yours}; expected {right}"
    if index:
        of = f" of {path}" if path else ""
        first = f"first at {list(index)}: yours {yours}, expected {right}"
        text = f"{int(unequal.sum())} of {unequal.numel()} cells{of} differ, {first}"
    return Difference("values", text, path, found, expected)


def unequal_cells(found: Tensor, expected: Tensor) -> Tensor:
    """Mark the cells in which two tensors of one shape differ beyond the tolerance."""
    if not expected.dtype.is_floating_point:
        return found != expected
    finite = expected[expected.isfinite()].abs()
    tolerance = TOLERANCE.get(expected.dtype, 1e-2)
    scale = max(1.0, float(finite.max())) if finite.numel() else 1.0
    return ~torch.isclose(found, expected, rtol=tolerance, atol=tolerance * scale)


def observations(found: Any, expected: Any) -> list[str]:
    """Say in words what can be seen of two results that differ, without a guess at the reason; the most telling first.

    >>> observations(torch.tensor([[1.0, 2.0]]), torch.tensor([[-1.0, -2.0]]))
    ['every sign is the other one', 'each of your cells is the expected one times -1']
    """
    if isinstance(found, int | float) and isinstance(expected, int | float) and not isinstance(expected, bool):
        return _number_observations(float(found), float(expected)) if abs(found) < 1e300 else []
    if not (isinstance(found, Tensor) and isinstance(expected, Tensor) and found.numel() and expected.numel()):
        return []
    if found.device.type == "meta":
        return []
    found, expected = found.detach().double(), expected.detach().double()
    if found.shape != expected.shape:
        return _shape_observations(found, expected)
    region = _region(unequal_cells(found.to(torch.float32), expected.to(torch.float32)))
    return [*_whole_observations(found, expected), *([region] if region else [])]


def _whole_observations(found: Tensor, expected: Tensor) -> list[str]:
    """Say how all cells of one tensor follow from those of another."""
    texts = [
        text
        for holds, text in [
            (bool((found == found.flatten()[0]).all()) and found.numel() > 1, "all of your cells are equal"),
            (_close(found, -expected), "every sign is the other one"),
            *(
                (_close(found, expected.flip(axes)), f"yours is the expected one, flipped {name}")
                for axes, name in _flips(found)
            ),
            (_is_transposed(found, expected), "yours is the expected one, with its last two axes exchanged"),
        ]
        if holds
    ]
    off = found - expected
    if off.numel() > 3 and _close(off, off.flatten()[0].expand_as(off)):
        by = off.flatten()[0].item()
        texts.append(f"each of your cells is the expected one {'plus' if by > 0 else 'minus'} {abs(by):.4g}")
    nonzero = expected.abs() > 1e-9
    if nonzero.sum() > 1 and not found[~nonzero].abs().gt(1e-9).any():
        ratio = found[nonzero] / expected[nonzero]
        if _close(ratio, ratio[0].expand_as(ratio)):
            texts.append(f"each of your cells is the expected one times {ratio[0].item():.4g}")
    return texts


def _number_observations(found: float, expected: float) -> list[str]:
    off = found - expected
    texts = [f"your number is {abs(off):.4g} too {'large' if off > 0 else 'small'}"]
    if expected and found == -expected:
        texts.append("the sign is the other one")
    if expected:
        texts.append(f"your number is the expected one times {found / expected:.4g}")
    return [*texts, f"your number is too {'large' if off > 0 else 'small'}"]


def _close(a: Tensor, b: Tensor) -> bool:
    return bool(torch.allclose(a, b, rtol=1e-4, atol=1e-5))


def _flips(x: Tensor) -> list[tuple[tuple[int, ...], str]]:
    if x.ndim < 2:
        return [((-1,), "end to end")] if x.ndim else []
    return [((-2,), "upside down"), ((-1,), "left to right"), ((-2, -1), "on both axes")]


def _is_transposed(found: Tensor, expected: Tensor) -> bool:
    return found.ndim >= 2 and found.shape[-1] == found.shape[-2] and _close(found, expected.transpose(-1, -2))


def _shape_observations(found: Tensor, expected: Tensor) -> list[str]:
    a, b = tuple(found.shape), tuple(expected.shape)
    if len(a) != len(b):
        return [f"it has {len(a)} axes; expected {len(b)}"]
    texts = []
    smaller = tuple(slice(min(m, n)) for m, n in zip(a, b, strict=True))
    differing = [axis for axis in range(-len(a), 0) if a[axis] != b[axis]]
    if len(a) >= 2 and a == (*b[:-2], b[-1], b[-2]):
        texts.append("height and width are exchanged")
    fits = _close(found[smaller], expected[smaller])
    for axis in differing:
        off = a[axis] - b[axis]
        name = {-1: "column", -2: "row"}.get(axis, f"place along axis {axis}") if len(a) >= 2 else "cell"
        many = f"{abs(off)} {name}{'s' if abs(off) > 1 else ''} too {'many' if off > 0 else 'few'}"
        texts += (
            [f"what both have agrees, but there is {many}"] if fits and len(differing) == 1 else [f"there is {many}"]
        )
    if fits:
        texts.append("what both have agrees; only the size is another")
    if found.numel() == expected.numel():
        texts.append("the number of cells is right, their arrangement is not")
    return texts


def _region(unequal: Tensor) -> str | None:
    """Name the part of the last two axes, or of the channels, in which all differences lie."""
    if unequal.ndim < 2 or unequal.all():
        return None
    plane = unequal.flatten(0, -3).any(dim=0) if unequal.ndim > 2 else unequal
    inner = plane[1:-1, 1:-1]
    if inner.numel() and not inner.any():
        rows, columns = plane.any(dim=1), plane.any(dim=0)
        sides = [("first row", rows[0], plane[1:]), ("last row", rows[-1], plane[:-1])]
        sides += [("first column", columns[0], plane[:, 1:]), ("last column", columns[-1], plane[:, :-1])]
        for name, differs, others in sides:
            if differs and not others.any():
                return f"only the {name} differs"
        return "only the border differs"
    if unequal.ndim > 2:
        channels = unequal.movedim(-3, 0).flatten(1).any(dim=1)
        if int(channels.sum()) < len(channels):
            return f"only channels {channels.nonzero().flatten().tolist()} differ"
    return None
