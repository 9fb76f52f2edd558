"""Which mistake is behind an answer? Found by computing what mistakes give, and comparing with what the answer gave.

Three kinds of mistakes are tried, the simplest first: the catalogued ones, programs that are one edit away from a right
one, and two catalogued ones at once. One is named where it explains every case, and at least two of them against the
right answer. Where several explain all, what they have in common is said; where none does, what can be observed in all
failing cases.
"""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cnncourse.exercises.model import Case, Exercise, Wrong
from cnncourse.exercises.neighbours import neighbours
from cnncourse.exercises.process import Failure, Outcome

TELLING = 2  # cases that an explanation must tell from the right answer
STEPS = 100_000  # lines that a wrong program may run in a case: some never end
PAIRS = 1_000  # of mistakes that are tried at once: a second's work, the first time
LONGEST = 3  # explanations of which the common part is sought


class Diagnosis(NamedTuple):
    """A mistake's name, what was misunderstood, and what to read."""

    label: str
    why: str
    read: str


class Explanation(NamedTuple):
    """A wrong program, and what is said if an answer gives what it gives."""

    label: str
    why: str
    read: str
    about: str
    function: Callable
    endless: bool = False  # it may be


def diagnose(exercise: Exercise, cases: list[Case], expected: list[Any], found: list[Outcome]) -> Diagnosis | None:
    """Name the mistake behind what an answer gave on cases, if it is certain.

    Args:
        exercise: the exercise.
        cases: all planned ones.
        expected: the right results.
        found: what the answer gave, of as many cases as were run.
    """
    if exercise.is_prediction:
        return _of_prediction(exercise, expected, found)
    wrong = [i for i, outcome in enumerate(found) if outcome.error is None and not alike(outcome.value, expected[i])]
    if len(wrong) < TELLING:
        return None
    order = [*wrong, *(i for i in range(len(found)) if i not in wrong)]  # what differs tells the most
    for tier in (catalogued, one_edit_away, two_at_once):
        matching = [one for one in tier(exercise.id) if all(_explains(exercise, one, cases, found, i) for i in order)]
        if matching:
            return _said(exercise, tier, matching)
    return None


def _explains(exercise: Exercise, one: Explanation, cases: list[Case], found: list[Outcome], number: int) -> bool:
    theirs = outcome_of(exercise.id, one.function, cases[number], one.endless)
    mine = found[number]
    if mine.error is not None or theirs.error is not None:
        return mine.error is not None and theirs.error is not None
    return alike(mine.value, theirs.value)


def _said(exercise: Exercise, tier: Callable, matching: list[Explanation]) -> Diagnosis | None:
    """Say what all explanations have in common."""
    first = matching[0]
    if tier is catalogued or len({one.why for one in matching}) == 1:
        return Diagnosis(first.label, first.why, first.read)
    if tier is two_at_once:
        shared = set(first.label.split(" + ")).intersection(*(one.label.split(" + ") for one in matching))
        known = [wrong for wrong in exercise.wrong if wrong.label in shared]
        return (
            Diagnosis(known[0].label, f"{known[0].why} And there is something else.", known[0].read) if known else None
        )
    if len({one.about for one in matching}) == 1:
        return Diagnosis("wrong-formula", f"What is not right is {first.about}.", first.read)
    if len({one.label for one in matching}) == 1 and len(matching) <= LONGEST:
        return Diagnosis(first.label, " Or: ".join(dict.fromkeys(one.why for one in matching)), first.read)
    return None


def _of_prediction(exercise: Exercise, expected: list[Any], found: list[Outcome]) -> Diagnosis | None:
    """Name the one misconception from which all wrong answers to a prediction's questions follow."""
    wrong = [i for i, outcome in enumerate(found) if outcome.value is not ... and not alike(outcome.value, expected[i])]
    fitting: list[tuple[int, Wrong]] = []  # with the questions that it would get wrong, too
    for one in exercise.wrong:
        theirs = list(exercise.wrong_functions[one.label]().values())
        if wrong and all(alike(found[i].value, theirs[i]) for i in wrong):
            more = sum(not alike(value, right) for value, right in zip(theirs, expected, strict=True)) - len(wrong)
            fitting.append((more, one))
    fitting.sort(key=lambda pair: pair[0])
    if not fitting or (len(fitting) > 1 and fitting[0][0] == fitting[1][0]):
        return None
    (_, best), *_ = fitting
    return Diagnosis(best.label, best.why, best.read)


@cache
def catalogued(exercise: str) -> list[Explanation]:
    """List the catalogued wrong answers."""
    found = _load(exercise)
    return [_explanation(wrong, found.wrong_functions[wrong.label]) for wrong in found.wrong]


def _explanation(wrong: Wrong, function: Callable) -> Explanation:
    return Explanation(wrong.label, wrong.why, wrong.read, "", function)


@cache
def two_at_once(exercise: str) -> list[Explanation]:
    """List the catalogued wrong answers two by two, the usual ones first, as far as both changes can be made."""
    found = _load(exercise)
    pairs = []
    changes = [wrong for wrong in found.wrong if wrong.replace]
    ranked = sorted(combinations(range(len(changes)), 2), key=sum)  # the list begins with the usual ones
    for first, second in ((changes[i], changes[j]) for i, j in ranked[:PAIRS]):
        for one, other in ((first, second), (second, first)):  # one may take the other's place away
            try:
                function = found.compile(found.changed(found.wrong_source(one), other))
            except (ValueError, SyntaxError):
                continue
            why = f"Two things at once. {first.why} {second.why}"
            pairs.append(Explanation(f"{first.label} + {second.label}", why, first.read, "", function))
            break
    return pairs


@cache
def one_edit_away(exercise: str) -> list[Explanation]:
    """List the programs that are one edit away from the solution, or from a right answer of another style."""
    found = _load(exercise)
    explanations = []
    scope = found.compile(found.solution_source, as_here=True).__globals__
    for source in found.right_sources:
        for one in neighbours(source):
            namespace = dict(scope)
            try:
                exec(one.code, namespace)
            except Exception:  # a default value that cannot be computed
                continue
            explanations.append(
                Explanation(one.label, one.why, found.read, one.about, namespace[exercise], "while" in source)
            )
    return explanations


def _load(exercise: str) -> Exercise:
    from cnncourse.exercises.library import load

    return load(exercise)


@lru_cache(maxsize=20_000)
def outcome_of(exercise: str, function: Callable, case: Case, endless: bool = False) -> Outcome:
    """Call a program of our own with copies of a case's arguments; return what is compared.

    Of a program that has no end, only so many lines are run.
    """
    found = _load(exercise)
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    left = STEPS

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeoutError
        return trace

    before = sys.gettrace()
    if endless:
        sys.settrace(trace)
    try:
        result = function(*args, **kwargs)
        return Outcome(found.observe(result, bound_arguments(found, args, kwargs)) if found.observe else result)
    except Exception as error:
        return Outcome(error=Failure(type(error).__name__))
    finally:
        if endless:
            sys.settrace(before)


def bound_arguments(exercise: Exercise, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give a call's arguments their names, defaults included."""
    bound = exercise.signature.bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def alike(a: Any, b: Any) -> bool:
    """Tell whether two results hold the same numbers, whatever type they came in.

    >>> alike(torch.tensor(2.0), 2), alike([1, 2], (1, 2.0)), alike(1, 2)
    (True, True, False)
    """
    a, b = _plain(a), _plain(b)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and bool(torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-6) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b


def _plain(value: Any) -> Any:
    """Bring numbers into one form."""
    if isinstance(value, Tensor):
        if value.device.type == "meta" or value.is_complex():
            return repr(value)
        value = value.detach().double()
        return float(value) if value.ndim == 0 else value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool | int | float):
        return float(value) if abs(value) < 1e300 else repr(type(value))
    return value


def common(observations: Iterable[list[str]]) -> str | None:
    """Return what holds of all failing cases, the first one of it."""
    first, *rest = list(observations) or [[]]
    return next((text for text in first if all(text in other for other in rest)), None)
