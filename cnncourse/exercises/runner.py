"""One check: run an answer on every planned case, climb the ladder, and say where it broke and why.

The ladder: attempted, signature, returns the right kind, shape, dtype, finite, inputs untouched, values, gradient,
repeatable, nothing forbidden. The first broken rung of the first failing case is what the learner is told.
"""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode, resolve_name

from cnncourse.exercises.compare import (
    Difference,
    brief,
    describe,
    difference,
    observation,
    same,
    settings_for,
    window_axes,
)
from cnncourse.exercises.guard import Clock, Outcome, call_guarded, trouble
from cnncourse.exercises.library import load, plan
from cnncourse.exercises.model import Case, Exercise, Wrong
from cnncourse.exercises.verdict import Verdict, folded

LIMIT = 5.0  # seconds for all of the learner's code in one check
LADDER = (
    *("attempted", "signature", "kind", "shape", "dtype", "finite", "untouched", "values"),
    *("gradient", "repeatable", "allowed"),
)
IN_WORDS = {"kind": "right kind", "untouched": "inputs untouched", "allowed": "nothing forbidden"}
HEADS = {"untouched": "inputs", "repeatable": "repeat", "allowed": "forbidden"}  # of a message's line
RETURN = "return the result instead"  # of ending Python
ALWAYS_FORBIDDEN = ("scipy", "cnncourse", "aten")
TELLING = 2  # cases that must tell a misconception apart from all others before it is named
DIFFERENTIATED = 2  # cases whose gradient is compared
AGAIN = 4  # cases that are run a second time


@dataclass
class _Result:
    """One case: what was expected, what came, and the rung that broke, if any."""

    case: Case
    expected: Any
    outcome: Outcome = field(default_factory=Outcome)
    seen: Any = None  # what is compared
    broken: Difference | None = None


def run(
    exercise: str,
    function: Any,
    seed: int | None = None,
    *,
    dtype: torch.dtype | None = None,
    limit: float = LIMIT,
) -> Verdict:
    """Check an answer.

    Args:
        exercise: the exercise's id.
        function: the answer.
        seed: the first drawn case; 0 by default, so that everybody sees the same cases.
        dtype: of all drawn tensors; by default some cases are float32 and some float64.
        limit: seconds for all calls of the answer together; a loop without end is ended then.

    Returns:
        The verdict. Whatever the answer does, except Ctrl-C, ends in a verdict and is undone.

    Raises:
        ValueError: no such exercise.
        TypeError: ``seed`` is no whole number.

    >>> run("conv2d", lambda x, weight, bias=None, stride=1, padding=0: None).rung
    'kind'
    """
    from cnncourse.checks import require_int

    seed = 0 if seed is None else require_int("seed", seed, 0)
    return _Check(load(exercise), function, seed, dtype, Clock(limit)).verdict()


@cache
def expected_of(exercise: str, seed: int, dtype: torch.dtype | None) -> tuple[list[Case], list[Any]]:
    """List a check's cases and what the oracle expects of each; computed before any of the learner's code runs."""
    checked = load(exercise)
    cases = plan(checked, seed, dtype)
    if checked.is_prediction:
        return cases, [checked.questions[case.args[0]] for case in cases]
    return cases, [
        case.expected if case.seed is None else checked.oracle(*copy.deepcopy(case.args), **copy.deepcopy(case.kwargs))
        for case in cases
    ]


@cache
def expected_gradients(exercise: str, seed: int, dtype: torch.dtype | None) -> dict[int, dict[str, Tensor | None]]:
    """Differentiate the oracle's results of the first drawn cases, by the cases' numbers, if gradients matter."""
    checked = load(exercise)
    cases, _ = expected_of(exercise, seed, dtype)
    drawn = [number for number, case in enumerate(cases) if case.seed is not None and checked.differentiable]
    return {number: _expected_gradients(checked, cases[number]) for number in drawn[:DIFFERENTIATED]}


def _expected_gradients(exercise: Exercise, case: Case) -> dict[str, Tensor | None]:
    found = _gradients(exercise, exercise.oracle, case, Clock(LIMIT))
    if isinstance(found, str):
        raise ValueError(
            f"the oracle of {exercise.id!r} has no gradient by {', '.join(exercise.differentiable)}: {found}; expected "
            "one; mend the oracle, or leave differentiable empty"
        )
    return found


@cache
def wrong_outcomes(exercise: str, seed: int, dtype: torch.dtype | None) -> dict[str, list[Outcome]]:
    """Run every catalogued wrong answer on a check's cases."""
    checked = load(exercise)
    cases, _ = expected_of(exercise, seed, dtype)
    return {
        label: [_call(checked, function, case, Clock(LIMIT))[0] for case in cases]
        for label, function in checked.wrong_functions.items()
    }


class _Check:
    """The course of one check, from the first rung to the message."""

    def __init__(self, exercise: Exercise, function: Any, seed: int, dtype: torch.dtype | None, clock: Clock) -> None:
        self.exercise, self.function, self.seed, self.dtype, self.clock = exercise, function, seed, dtype, clock
        self.cases, self.expected = expected_of(exercise.id, seed, dtype)
        self.gradients = expected_gradients(exercise.id, seed, dtype)

    def verdict(self) -> Verdict:
        """Climb the ladder on every case, then the rungs that need the whole function."""
        if problem := self._signature_problem():
            return self._failed("signature", problem, [])
        results = []
        for case, expected in zip(self.cases, self.expected, strict=True):
            results.append(self._try(case, expected))
            if isinstance(results[0].outcome.error, NotImplementedError):
                return self._not_attempted()
            if results[-1].outcome.timed_out:
                break
        if all(result.seen is ... for result in results):  # a prediction's questions, all open
            return self._not_attempted()
        for result in results:
            if result.broken:
                wrong = recognise(self.exercise, self.seed, self.dtype, [_as_outcome(one) for one in results])
                return self._failed(result.broken.rung, result.broken.text, results, result, wrong)
        assert len(results) == len(self.cases) > 0  # a pass needs every planned case
        for last in (self._gradient_problem, self._second_run_problem):
            if found := last(results):
                rung, problem, result = found
                return self._failed(rung, problem, results, result)
        text = f"{self.exercise.id}: passed, all {len(results)} cases agree."
        done, rows = len(results), (("", text),)
        return Verdict(self.exercise.id, "passed", text, self.seed, passed=done, planned=done, rows=rows)

    def _signature_problem(self) -> str | None:
        name, asked = self.exercise.id, f"{self.exercise.id}{self.exercise.signature}"
        if not callable(self.function):
            return f"{describe(self.function)} is no function; expected {asked}; pass {name}, not its result"
        try:
            signature = inspect.signature(self.function)
        except (TypeError, ValueError):
            return None  # built-in: the call itself will tell
        for case in self.cases:
            try:
                args = () if self.exercise.is_prediction else case.args
                signature.bind(*args, **case.kwargs)
            except TypeError as error:
                return f"your function is {name}{signature}; expected {asked}: {error}"
        return None

    def _try(self, case: Case, expected: Any) -> _Result:
        """Run one case and find the first broken rung."""
        outcome, arguments = _call(self.exercise, self.function, case, self.clock)
        result = _Result(case, expected, outcome, outcome.value)
        if outcome.error is not None:
            result.broken = Difference("raises", trouble(outcome, self.clock.seconds, RETURN))
            return result
        result.broken = difference(result.seen, expected)
        if self.exercise.is_prediction and result.broken and result.broken.rung == "values":
            result.broken = Difference("values", f"your answer, {brief(result.seen)}, is not the right one")  # no more
        touched = self._touched(case, arguments)
        if (outcome.changed or touched) and (result.broken is None or result.broken.rung == "values"):
            result.broken = Difference("untouched", touched or _changed_text(outcome.changed[0]))
        return result

    def _touched(self, case: Case, arguments: dict[str, Any]) -> str | None:
        """Say which argument was changed though it should not be."""
        if self.exercise.is_prediction:
            return None
        before = bound_arguments(self.exercise, case.args, case.kwargs)
        for name, value in arguments.items():
            if name not in self.exercise.may_change and not _unchanged(before[name], value):
                return f"your function changes its argument {name}; work on a copy, such as {name}.clone()"
        return None

    def _gradient_problem(self, results: list[_Result]) -> tuple[str, str, _Result] | None:
        if not self.exercise.differentiable:
            return None
        for number, wanted in self.gradients.items():
            result = results[number]
            found = _gradients(self.exercise, self.function, result.case, self.clock)
            for name, expected in wanted.items():
                if isinstance(found, str):
                    return "gradient", found, result
                got = found[name]
                if got is None:
                    text = (
                        f"no gradient reaches {name}: something on the way from {name} to the result cuts it off, such "
                        "as .item(), .tolist(), .detach(), .data, torch.no_grad() or torch.tensor(...)"
                    )
                    return "gradient", text, result
                if differs := difference(got, expected):
                    return "gradient", f"the gradient by {name} is another: {differs.text}", result
        return None

    def _second_run_problem(self, results: list[_Result]) -> tuple[str, str, _Result] | None:
        """Run some cases again: is the result the same, and is nothing called that should not be?"""
        for result in results[:: max(1, len(results) // AGAIN)]:
            watch = _Watch((*self.exercise.forbidden, *ALWAYS_FORBIDDEN))
            outcome, _ = _call(self.exercise, self.function, result.case, self.clock, watch)
            if outcome.error is not None:
                text = f"on the second call with the same arguments: {trouble(outcome, self.clock.seconds, RETURN)}"
                return "repeatable", text, result
            if not same(outcome.value, result.seen):
                text = "two calls with the same arguments give two results; use no random numbers and keep no state"
                return "repeatable", text, result
            if watch.found:
                text = f"your function calls {watch.found}, which does what is asked for; write it out"
                return "allowed", text, result
        return None

    def _not_attempted(self) -> Verdict:
        text = f'{self.exercise.id}: not attempted yet. Stuck? hint("{self.exercise.id}")'
        return Verdict(self.exercise.id, "not_attempted", text, self.seed, planned=len(self.cases), rows=(("", text),))

    def _failed(
        self, rung: str, problem: str, results: list[_Result], result: _Result | None = None, wrong: Wrong | None = None
    ) -> Verdict:
        passed = sum(one.broken is None for one in results)
        if rung in LADDER[LADDER.index("gradient") :]:
            passed = 0 if rung == "allowed" else passed - 1
        broken = result.broken if result else None
        verdict = Verdict(
            self.exercise.id,
            "failed",
            "",
            self.seed,
            label=wrong.label if wrong else None,
            rung=rung,
            passed=passed,
            planned=len(self.cases),
            case=result.case if result else None,
            found=broken.found if broken else None,
            expected=broken.expected if broken else None,
            printed=result.outcome.printed if result else "",
        )
        rows = _rows(self.exercise, verdict, problem, result, wrong, results)
        message = "\n".join(line for row in rows for line in folded(*row))
        return replace(verdict, message=message, rows=tuple((head, text) for head, text, _ in rows))


def recognise(exercise: Exercise, seed: int, dtype: torch.dtype | None, outcomes: list[Outcome]) -> Wrong | None:
    """Name the misconception behind an answer, if it is certain.

    It is where the answer gives what the catalogued wrong answer gives on every case, and on at least two of them no
    other catalogued answer, and not the right one, gives the same.
    """
    _, expected = expected_of(exercise.id, seed, dtype)
    known = wrong_outcomes(exercise.id, seed, dtype)
    for wrong in exercise.wrong:
        pairs = list(zip(outcomes, known[wrong.label], strict=False))  # a timeout leaves later cases out
        if not all(_alike(mine, theirs) for mine, theirs in pairs):
            continue
        telling = sum(
            theirs.error is None
            and not same(theirs.value, expected[i])
            and not any(_alike(theirs, others[i]) for label, others in known.items() if label != wrong.label)
            for i, (_, theirs) in enumerate(pairs)
        )
        if telling >= TELLING:
            return wrong
    return None


def _alike(a: Outcome, b: Outcome) -> bool:
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    return same(a.value, b.value)


def _as_outcome(result: _Result) -> Outcome:
    return replace(result.outcome, value=result.seen)


def _call(
    exercise: Exercise, function: Callable, case: Case, clock: Clock, watch: _Watch | None = None
) -> tuple[Outcome, dict[str, Any]]:
    """Call an answer with fresh copies of a case's arguments; return what is compared, and the arguments afterwards."""
    if exercise.is_prediction:
        outcome = call_guarded(function, (), {}, clock)
        if outcome.error is None:
            outcome.value = _answer_to(case.args[0], outcome.value, exercise)
        return outcome, {}
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    outcome = call_guarded(watch.around(function) if watch else function, args, kwargs, clock)
    arguments = bound_arguments(exercise, args, kwargs)
    if exercise.observe is not None and outcome.error is None:
        # what a strange result or a spoiled model makes of this is the answer's doing, so it is guarded, too
        observed = call_guarded(exercise.observe, (outcome.value, arguments), {}, clock)
        observed.changed, observed.printed = outcome.changed, outcome.printed
        outcome = observed
    return outcome, arguments


def _answer_to(question: str, answers: Any, exercise: Exercise) -> Any:
    """Pick the answer to one question; a strange return value stands as it is and fails as such."""
    return answers.get(question) if isinstance(answers, dict) else answers


def bound_arguments(exercise: Exercise, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give a call's arguments their names, defaults included."""
    bound = exercise.signature.bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def _unchanged(before: Any, after: Any) -> bool:
    if isinstance(before, Tensor) and isinstance(after, Tensor):
        same_kind = before.shape == after.shape and before.dtype == after.dtype
        return same_kind and bool(torch.equal(before.nan_to_num(), after.nan_to_num()))
    if isinstance(before, torch.nn.Module):
        return _unchanged(before.state_dict(), after.state_dict())
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(_unchanged, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_unchanged(before[key], after[key]) for key in before)
    return isinstance(before, torch.optim.Optimizer | torch.Generator) or before == after


def _gradients(exercise: Exercise, function: Callable, case: Case, clock: Clock) -> dict[str, Tensor | None] | str:
    """Differentiate a weighted sum of the result by each differentiable argument."""
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    arguments = bound_arguments(exercise, args, kwargs)
    sources = {name: arguments[name] for name in exercise.differentiable if isinstance(arguments[name], Tensor)}
    for source in sources.values():
        source.requires_grad_()

    def differentiate(*args: Any, **kwargs: Any) -> dict[str, Tensor | None]:
        y = function(*args, **kwargs)
        if not isinstance(y, Tensor) or not y.requires_grad:
            return dict.fromkeys(sources)
        weights = torch.linspace(-1, 2, y.numel(), dtype=y.dtype).reshape(y.shape)
        found = torch.autograd.grad((y * weights).sum(), list(sources.values()), allow_unused=True)
        return dict(zip(sources, found, strict=True))

    outcome = call_guarded(differentiate, args, kwargs, clock)
    if outcome.error is not None:
        return f"with requires_grad on: {trouble(outcome, clock.seconds, RETURN)}"
    return outcome.value


class _Watch(TorchFunctionMode):
    """Note the first forbidden function that is called, be it torch's or one written in Python."""

    def __init__(self, forbidden: tuple[str, ...]) -> None:
        super().__init__()
        self.forbidden, self.found = forbidden, ""
        self.seen: set[Any] = set()  # functions and code objects whose names were looked at

    def __torch_function__(self, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        if function not in self.seen:
            self.seen.add(function)
            self._note(resolve_name(function) or str(function))
        return function(*args, **(kwargs or {}))

    def around(self, function: Callable) -> Callable:
        """Wrap a function so that it is watched while it runs."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            before = sys.getprofile()
            sys.setprofile(self._profile)
            try:
                with self:
                    return function(*args, **kwargs)
            finally:
                sys.setprofile(before)

        return watched

    def _profile(self, frame: Any, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code not in self.seen:
            self.seen.add(frame.f_code)
            module = frame.f_globals.get("__name__", "")
            if not module.startswith(("cnncourse.exercises", "torch.overrides")):  # the watch itself
                self._note(f"{module}.{frame.f_code.co_qualname}")

    def _note(self, name: str) -> None:
        if not self.found and any(name == one or name.startswith(f"{one}.") for one in self.forbidden):
            self.found = name


def _changed_text(what: str) -> str:
    if "random" in what:
        return f"your function uses {what}, though nothing here is random"
    return f"your function changes {what} and does not change it back"


def _rows(
    exercise: Exercise,
    verdict: Verdict,
    problem: str,
    result: _Result | None,
    wrong: Wrong | None,
    results: list[_Result],
) -> list[tuple[str, str, int]]:
    """Write the message's rows, each with the lines that it may take, together at most 14.

    How many cases pass, the failing call, the rungs that hold, the broken one, the reason, what to do next.
    """
    which, get = "", f'hint("{exercise.id}")'
    if result is not None and not exercise.is_prediction:
        number = next((i for i, one in enumerate(results, start=1) if one is result), 1)
        hand = result.case.seed is None
        which = f" First failing: case {number}, {'worked by hand' if hand else f'seed {result.case.seed}'}."
        pick = f"case={number}" if hand else f"seed={result.case.seed}"
        get = f'inputs("{exercise.id}", {pick}) gives you this case; hint("{exercise.id}") helps.'
    rows = [("", f"{exercise.id}: {verdict.passed} of {verdict.planned} cases pass.{which}", 1)]
    if result is not None:
        rows.append(("given", _given(exercise, result.case), 2))
    rung = verdict.rung or ""
    if rung in LADDER and LADDER.index(rung) > 1:
        passed = [IN_WORDS.get(name, name) for name in LADDER[: LADDER.index(rung)]]
        rows.append(("fine", ", ".join(passed), 2))
    rows.append((HEADS.get(rung, rung), problem, 3))
    if wrong is not None:
        rows += [("because", f"{wrong.why} [{wrong.label}]", 4), ("read", wrong.read, 1)]
    else:
        if result is not None and (seen := _seen(exercise, result)):
            rows.append(("seen", seen, 2))
        rows.append(("read", exercise.read, 1))
    return [*rows, ("next", get, 2)]


def _given(exercise: Exercise, case: Case) -> str:
    if exercise.is_prediction:
        return f"the question {case.args[0]!r}"
    arguments = bound_arguments(exercise, case.args, case.kwargs)
    return "; ".join(f"{name} {describe(value)}" for name, value in arguments.items())


def _seen(exercise: Exercise, result: _Result) -> str | None:
    """Say what can be observed where no misconception is recognised."""
    broken = result.broken
    if broken is None:
        return None
    if broken.rung == "shape" and exercise.window and isinstance(broken.found, Tensor):
        axes = window_axes(bound_arguments(exercise, result.case.args, result.case.kwargs))
        if text := settings_for(tuple(broken.found.shape), axes):
            return text
    if broken.rung in ("shape", "values"):
        return observation(broken.found, broken.expected)
    return None
