"""One check: run an answer on every planned case, climb the ladder, and say where it broke and why.

The ladder: attempted, signature, returns the right kind, shape, dtype, finite, inputs untouched, values, gradient,
repeatable, nothing forbidden. The first broken rung of the first failing case is what the learner is told. The judge is
here; the answer runs in another process, see `cnncourse.exercises.process`.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

import torch
from torch import Tensor

from cnncourse.exercises.compare import (
    Difference,
    brief,
    describe,
    difference,
    observations,
    same,
)
from cnncourse.exercises.diagnosis import Diagnosis, bound_arguments, common, diagnose
from cnncourse.exercises.hand import gradients
from cnncourse.exercises.library import load, plan
from cnncourse.exercises.model import Case, Exercise
from cnncourse.exercises.process import Line, Outcome, calmly, line, packed, packed_answer, what_stays
from cnncourse.exercises.verdict import Verdict, folded

LIMIT = 5.0  # seconds of computing for each call of an answer
LADDER = (
    *("attempted", "signature", "kind", "shape", "dtype", "finite", "untouched", "values"),
    *("gradient", "repeatable", "allowed"),
)
IN_WORDS = {"kind": "right kind", "untouched": "inputs untouched", "allowed": "nothing forbidden"}
HEADS = {"untouched": "inputs", "repeatable": "repeat", "allowed": "forbidden"}  # of a message's line
RETURN = "return the result instead"  # of ending Python
DELETE = "delete that"  # code that ends Python
OURS = "your answer uses the course's own; write it out yourself"
# what the rungs themselves find, as reports name it
STOPPED = {"time": "endless", "wait": "endless", "memory": "too-much-memory", "gone": "ends-python"}
RUNGS_FOUND = {
    "kind": "other-kind",
    "signature": "other-signature",
    "dtype": "dtype-changed",
    "untouched": "input-changed",
    "gradient": "gradient-cut",
    "repeatable": "not-repeatable",
    "allowed": "ready-made",
}
RUNG_LABELS = {"nothing-returned", *STOPPED.values(), *RUNGS_FOUND.values()}
DIFFERENTIATED = 2  # cases whose gradient is compared
AGAIN = 4  # cases that are run a second time


class Answer(Protocol):
    """An answer, wherever it stands: it brings itself into the hand."""

    def load(self, hand: Line) -> Loaded:
        """Bring the function into the hand."""
        ...

    def is_stub(self, exercise: Exercise) -> bool:
        """Tell whether it is what the learner was given."""
        ...


@dataclass(frozen=True)
class Loaded:
    """What the hand says of the function that it got; or, with a rung, why it got none."""

    function: dict[str, Any] | None = None
    rung: str = ""  # "missing", "file", "import", "signature" or "allowed"
    problem: str = ""
    notes: tuple[str, ...] = ()
    where: str = ""  # it stands, in a message's words


@dataclass(frozen=True)
class FromHere:
    """A function of this process: a notebook's, a program's."""

    function: Any
    here: bool = False

    def load(self, hand: Line) -> Loaded:
        """Send it, with all that it uses."""
        if self.here:
            hand.hand.hand.function = self.function  # type: ignore[union-attr]
            return Loaded(inspect_here(self.function))
        try:
            pickled = packed_answer(self.function)
        except Exception as error:
            name = getattr(self.function, "__name__", "your function")
            return Loaded(
                None,
                "signature",
                f"{name} cannot be taken to the process in which answers are checked, because of "
                f"{what_stays(self.function)} ({type(error).__name__}); make that inside of the function, or use "
                f"check({name}, here=True)",
            )
        outcome = hand.ask("unpack", pickled=pickled)
        if outcome.used:
            return Loaded(None, "allowed", OURS)
        if outcome.error is not None:
            return Loaded(None, "signature", outcome.error.told(hand.limit, DELETE))
        return Loaded(outcome.value)

    def is_stub(self, exercise: Exercise) -> bool:
        """Look at its source, or where there is none, at its code."""
        try:
            return exercise.is_stub(inspect.getsource(self.function))
        except (OSError, TypeError):
            code, stub = getattr(self.function, "__code__", None), exercise.stub_code
            return code is not None and (code.co_code, code.co_names) == (stub.co_code, stub.co_names)


def inspect_here(function: Any) -> dict[str, Any]:
    """Say of a function of this process what the hand says of one that it got."""
    from cnncourse.exercises.hand import describe_function

    return describe_function(function, set())


@dataclass
class _Result:
    """One case: what was expected, what came, and the rung that broke, if any."""

    case: Case
    expected: Any
    outcome: Outcome = field(default_factory=Outcome)
    broken: Difference | None = None

    @property
    def seen(self) -> Any:
        return self.outcome.value


def run(
    exercise: str,
    answer: Any,
    seed: int | None = None,
    *,
    dtype: torch.dtype | None = None,
    limit: float | None = None,
    here: bool = False,
) -> Verdict:
    """Check an answer.

    Args:
        exercise: the exercise's id.
        answer: the function; or what brings one, an `Answer`.
        seed: the first drawn case; 0 by default, so that everybody sees the same cases.
        dtype: of all drawn tensors; by default some cases are float32 and some float64.
        limit: seconds of computing for each call of the answer, by default LIMIT; a loop without end is ended then.
        here: run the answer in this process, where a debugger sees it, without a limit.

    Returns:
        The verdict. Whatever the answer does, except Ctrl-C, ends in a verdict, and stays in its own process.

    Raises:
        ValueError: no such exercise.
        TypeError: ``seed`` is no whole number.

    >>> run("conv2d", lambda x, weight, bias=None, stride=1, padding=0: None).rung
    'kind'
    """
    from cnncourse.checks import require_int

    seed = 0 if seed is None else require_int("seed", seed, 0)
    found = load(exercise)
    brought = answer if hasattr(answer, "load") and hasattr(answer, "is_stub") else FromHere(answer, here)

    def judge() -> Verdict:
        with warnings.catch_warnings(), line(LIMIT if limit is None else limit, here) as hand:
            warnings.simplefilter("ignore")  # at our own wrong answers
            used, verdict = hand.is_used(), _Check(found, brought, seed, dtype, hand).verdict()
        if used and hand.died_by_itself():  # an earlier answer may have left something that goes off late
            with line(LIMIT if limit is None else limit, here) as hand:
                verdict = _Check(found, brought, seed, dtype, hand).verdict()
        return verdict

    return judge() if here else calmly(judge)


@cache
def expected_of(exercise: str, seed: int, dtype: torch.dtype | None) -> tuple[list[Case], list[Any]]:
    """List a check's cases and what the oracle expects of each."""
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
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    arguments = bound_arguments(exercise, args, kwargs)
    sources = {name: arguments[name] for name in exercise.differentiable if isinstance(arguments[name], Tensor)}
    for source in sources.values():
        source.requires_grad_()
    found = gradients(exercise.oracle(*args, **kwargs), sources)
    if any(value is None for value in found.values()):
        raise ValueError(
            f"the oracle of {exercise.id!r} has no gradient by {', '.join(exercise.differentiable)}; expected one; "
            "mend the oracle, or leave differentiable empty"
        )
    return found


class _Check:
    """The course of one check, from the first rung to the message."""

    def __init__(self, exercise: Exercise, answer: Answer, seed: int, dtype: torch.dtype | None, hand: Line) -> None:
        self.exercise, self.answer, self.seed, self.dtype, self.hand = exercise, answer, seed, dtype, hand
        self.cases, self.expected = expected_of(exercise.id, seed, dtype)
        self.gradients = expected_gradients(exercise.id, seed, dtype)
        self.loaded = Loaded()

    def verdict(self) -> Verdict:
        """Climb the ladder on every case, then the rungs that need the whole function."""
        if self.answer.is_stub(self.exercise):
            return self._not_attempted()
        self.loaded = self.answer.load(self.hand)
        if self.loaded.rung in ("missing", "file", "import"):
            return self._unread()
        if problem := self.loaded.problem or self._signature_problem():
            return self._failed(self.loaded.rung or "signature", problem, [])
        results = self._predicted() if self.exercise.is_prediction else self._tried()
        if self.exercise.is_prediction and all(result.seen is ... for result in results):  # all questions are open
            return self._not_attempted()
        if used := next((result for result in results if result.outcome.used), None):
            text = f"your function uses {used.outcome.used[0]}, which is not allowed here; write it out yourself"
            return self._failed("allowed", text, results, used)
        if broken := [one for one in results if one.broken]:
            return self._wrong(results, broken)
        assert len(results) == len(self.cases) > 0  # a pass needs every planned case
        for last in (self._gradient_problem, self._second_run_problem):
            if later := last(results):
                rung, problem, result = later
                return self._failed(rung, problem, results, result)
        text = f"{self.exercise.id}: passed, all {len(results)} cases agree."
        done, rows = len(results), (("", text),)
        return Verdict(
            self.exercise.id, "passed", text, self.seed, passed=done, planned=done, rows=rows, notes=self.loaded.notes
        )

    def _wrong(self, results: list[_Result], broken: list[_Result]) -> Verdict:
        """Say what the first broken case shows, and which mistake explains all."""
        found = diagnose(self.exercise, self.cases, self.expected, [one.outcome for one in results])
        if self.exercise.is_prediction:
            first, text = self._wrong_predictions(results)
            return self._failed(first.broken.rung, text, results, first, found)  # type: ignore[union-attr]
        rung, text = broken[0].broken.rung, broken[0].broken.text  # type: ignore[union-attr]
        return self._failed(rung, text, results, broken[0], found)

    def _signature_problem(self) -> str | None:
        name, asked = self.exercise.id, f"{self.exercise.id}{self.exercise.signature}"
        function = self.loaded.function or {"callable": False}
        if not function["callable"]:
            return f"what you hand over is no function; expected {asked}; pass {name}, not its result"
        if function["parameters"] is None:
            return None  # built-in: the call itself will tell
        signature = inspect.Signature(
            [
                inspect.Parameter(
                    one, inspect._ParameterKind(kind), default=None if optional else inspect.Parameter.empty
                )
                for one, kind, optional in function["parameters"]
            ]
        )
        for case in self.cases:
            try:
                args = () if self.exercise.is_prediction else case.args
                signature.bind(*args, **case.kwargs)
            except TypeError as error:
                return f"your function is {name}{function['text']}; expected {asked}: {error}"
        return None

    def _call(self, case: Case, differentiate: bool = False) -> Outcome:
        exercise = self.exercise
        names = list(exercise.signature.parameters)[: len(case.args)]
        return self.hand.ask(
            "call",
            pickled=packed((case.args, case.kwargs, exercise.observe), exercise.travelling),
            names=tuple(names),
            may_change=exercise.may_change,
            differentiate=exercise.differentiable if differentiate else (),
            forbidden=exercise.forbidden or ("always",),
        )

    def _tried(self) -> list[_Result]:
        """Run every case, until one has no end, and find the first broken rung of each."""
        results = []
        for case, expected in zip(self.cases, self.expected, strict=True):
            outcome = self._call(case)
            results.append(_Result(case, expected, outcome, self._broken(outcome, expected)))
            if not self.hand.is_alive():
                break
        return results

    def _broken(self, outcome: Outcome, expected: Any) -> Difference | None:
        if outcome.error is not None:
            return Difference("raises", outcome.error.told(self.hand.limit, RETURN))
        broken = difference(outcome.value, expected)
        if outcome.changed and (broken is None or broken.rung == "values"):
            name = outcome.changed[0]
            text = f"your function changes its argument {name}; work on a copy, such as {self._copy_of(name)}"
            return Difference("untouched", text)
        return broken

    def _copy_of(self, name: str) -> str:
        value = bound_arguments(self.exercise, self.cases[-1].args, self.cases[-1].kwargs).get(name)
        return f"{name}.clone()" if isinstance(value, Tensor) else f"list({name})" if isinstance(value, list) else name

    def _predicted(self) -> list[_Result]:
        """Ask a prediction once, and compare question by question; what is right is not told."""
        outcome = self.hand.ask("call", pickled=packed(((), {}, None)))
        results = []
        for case, expected in zip(self.cases, self.expected, strict=True):
            mine = replace(outcome, value=_answer_to(case.args[0], outcome.value))
            broken = self._broken(mine, expected)
            if broken and broken.rung == "values":
                broken = Difference("values", f"{brief(mine.value)} is not right")
            elif broken and mine.value is ...:
                broken = Difference("open", "this question is still open: put your answer in place of the dots")
            elif broken and isinstance(outcome.value, dict) and case.args[0] not in outcome.value:
                broken = Difference("kind", "this question is missing; its text is the key, as in the exercise")
            results.append(_Result(case, expected, mine, broken))
        return results

    def _wrong_predictions(self, results: list[_Result]) -> tuple[_Result, str]:
        """Return the first wrong answer to a prediction's questions, and the text for all of them."""
        wrong = [one for one in results if one.broken]
        wrong.sort(key=lambda one: one.broken.rung == "open")  # type: ignore[union-attr]
        texts = [f"{one.case.args[0]!r}: {one.broken.text}" for one in wrong]  # type: ignore[union-attr]
        return wrong[0], "; ".join(texts[:1] if wrong[0].outcome.error else texts)

    def _gradient_problem(self, results: list[_Result]) -> tuple[str, str, _Result] | None:
        for number, wanted in self.gradients.items():
            result = results[number]
            outcome = self._call(result.case, differentiate=True)
            if outcome.error is not None:
                return "gradient", f"with requires_grad on: {outcome.error.told(self.hand.limit, RETURN)}", result
            for name, expected in wanted.items():
                got = (outcome.gradients or {}).get(name)
                if got is None:
                    text = (
                        f"no gradient reaches {name}, though the exercise asks for one: something on the way from "
                        f"{name} to the result leaves torch's tensors, such as .item(), float(...), numpy, "
                        "torch.tensor(...), .detach() or torch.no_grad()"
                    )
                    return "gradient", text, result
                if differs := difference(got, expected):
                    return "gradient", f"the gradient by {name} is another: {differs.text}", result
        return None

    def _second_run_problem(self, results: list[_Result]) -> tuple[str, str, _Result] | None:
        """Run some cases again: is the result the same?"""
        if self.exercise.is_prediction:
            return None
        for result in results[:: max(1, len(results) // AGAIN)]:
            outcome = self._call(result.case)
            if outcome.error is not None:
                text = f"on the second call with the same arguments: {outcome.error.told(self.hand.limit, RETURN)}"
                return "repeatable", text, result
            if not same(outcome.value, result.seen):
                text = "two calls with the same arguments give two results; use no random numbers and keep no state"
                return "repeatable", text, result
        return None

    def _not_attempted(self) -> Verdict:
        text = f'{self.exercise.id}: not attempted yet. Stuck? hint("{self.exercise.id}")'
        return Verdict(self.exercise.id, "not_attempted", text, self.seed, planned=len(self.cases), rows=(("", text),))

    def _unread(self) -> Verdict:
        """Say why there is no function to check."""
        rung, name = self.loaded.rung, self.exercise.id
        heads = {
            "missing": f"{name}: not attempted yet.",
            "file": f"{name}: no answer was found.",
            "import": f"{name}: {self.loaded.where} does not run, so that nothing could be checked.",
        }
        rows = [("", heads[rung]), (rung, self.loaded.problem)]
        if rung == "import":
            rows.append(("next", f'mend that line; then the function itself is checked. hint("{name}") helps.'))
        return Verdict(
            name,
            "not_attempted" if rung == "missing" else "failed",
            "\n".join(one for row in rows for one in folded(*row)),
            self.seed,
            rung=rung,
            planned=len(self.cases),
            rows=tuple(rows),
            notes=self.loaded.notes,
        )

    def _failed(
        self,
        rung: str,
        problem: str,
        results: list[_Result],
        result: _Result | None = None,
        wrong: Diagnosis | None = None,
    ) -> Verdict:
        passed = sum(one.broken is None for one in results)
        if rung in LADDER[LADDER.index("gradient") :]:
            passed = 0 if rung == "allowed" else passed - 1
        broken = result.broken if result else None
        verdict = Verdict(
            *(self.exercise.id, "failed", "", self.seed),
            label=wrong.label if wrong else _label(rung, result),
            rung=rung,
            passed=passed,
            planned=len(self.cases),
            case=result.case if result else None,
            found=broken.found if broken else None,
            expected=broken.expected if broken else None,
            printed=result.outcome.printed if result else "",
            notes=self.loaded.notes,
        )
        rows = _rows(self.exercise, verdict, problem, result, wrong, results)
        parts = tuple((head, text) for head, text, _ in rows)
        verdict = replace(verdict, rows=parts, most=tuple(most for _, _, most in rows))
        return replace(verdict, message="\n".join(verdict.lines()))


def _label(rung: str, result: _Result | None) -> str | None:
    """Name what the rungs themselves find, for reports."""
    if result is not None and rung == "kind" and result.seen is None:
        return "nothing-returned"
    if result is not None and result.outcome.error is not None and result.outcome.error.stopped:
        return STOPPED[result.outcome.error.kind]
    return RUNGS_FOUND.get(rung)


def _answer_to(question: str, answers: Any) -> Any:
    """Pick the answer to one question; a strange return value stands as it is and fails as such."""
    return answers.get(question) if isinstance(answers, dict) else answers


def _rows(
    exercise: Exercise,
    verdict: Verdict,
    problem: str,
    result: _Result | None,
    wrong: Diagnosis | None,
    results: list[_Result],
) -> list[tuple[str, str, int]]:
    """Write the message's rows, each with the lines that it may take, together at most 14.

    How many cases pass, the failing call, the rungs that hold, the broken one, the reason, what to do next.
    """
    which, get = _which(exercise, result, results)
    rows = [("", f"{exercise.id}: {verdict.passed} of {verdict.planned} cases pass.{which}", 1)]
    two = wrong is not None and " + " in wrong.label
    if result is not None and not exercise.is_prediction:
        rows.append(("given", _given(exercise, result.case), 1 if two else 2))
    rung = verdict.rung or ""
    if rung in LADDER and LADDER.index(rung) > 1 and rung != "allowed" and not exercise.is_prediction:
        passed = [IN_WORDS.get(name, name) for name in LADDER[: LADDER.index(rung)]]
        rows.append(("fine", ", ".join(passed), 2))
    rows.append((HEADS.get(rung, rung), problem, 6 if exercise.is_prediction else 2 if two else 3))
    if wrong is not None:
        rows += [("because", f"{wrong.why} [{wrong.label}]", 6 if two else 4), ("read", wrong.read, 1)]
    else:
        if seen := _seen(results):
            rows.append(("seen", seen, 2))
        rows.append(("read", exercise.read, 1))
    return [*rows, ("next", get, 2)]


def _which(exercise: Exercise, result: _Result | None, results: list[_Result]) -> tuple[str, str]:
    """Say which case fails first, and how to get it."""
    if result is None or exercise.is_prediction:
        return "", f'hint("{exercise.id}")'
    number = next((i for i, one in enumerate(results, start=1) if one is result), 1)
    hand = result.case.seed is None
    which = f" First failing: case {number}, {'worked by hand' if hand else f'seed {result.case.seed}'}."
    pick = f"case={number}" if hand else f"seed={result.case.seed}"
    return which, f'inputs("{exercise.id}", {pick}) gives you this case; hint("{exercise.id}") helps.'


def _given(exercise: Exercise, case: Case) -> str:
    arguments = bound_arguments(exercise, case.args, case.kwargs)
    return "; ".join(f"{name} {describe(value)}" for name, value in arguments.items())


def _seen(results: list[_Result]) -> str | None:
    """Say what can be observed in all failing cases, where no misconception is recognised."""
    broken = [one.broken for one in results if one.broken is not None]
    if any(one.rung not in ("shape", "values") for one in broken):
        return None
    text = common(observations(one.found, one.expected) for one in broken)
    return f"{text}, in {'each' if len(broken) > 1 else 'the one'} case that fails" if text else None
