"""What a learner calls in a notebook: `check`, `hint`, `solution`, `inputs`, `progress`.

All of them display and return quietly, so that "run all" comes through, whatever the answers are like.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.diagnosis import bound_arguments
from cnncourse.exercises.display import MARKS, WORDS, Message, box_html, show
from cnncourse.exercises.library import draw_case, ids, load
from cnncourse.exercises.progress_file import HONEST_ATTEMPTS, Progress, answer_hash
from cnncourse.exercises.runner import run


class CheckError(AssertionError):
    """A strict check did not pass; the message is the verdict's."""


def check(
    answer: str | Callable,
    function: Callable | None = None,
    *,
    seed: int | None = None,
    strict: bool = False,
    here: bool = False,
) -> Any:
    """Check an answer and display the verdict; nothing is raised.

    Args:
        answer: the exercise's id, as in ``@check("conv2d")`` above the definition; or the function itself, whose name
            is the exercise's id.
        function: the function, where ``answer`` is an id: ``check("conv2d", mine)``.
        seed: the first drawn case, as in `run`.
        strict: raise unless the answer passes.
        here: run the answer in this process and without a limit, so that a debugger can stop in it.

    Returns:
        The function; or, from an id alone, a decorator that returns it. Of an exercise that was not attempted yet, what
        its name meant before, so that the page above can still be run.

    Raises:
        CheckError: only when ``strict``.
        ValueError: only when ``strict``: no such exercise.

    >>> @check("conv2d")
    ... def conv2d(x, weight, bias=None, stride=1, padding=0):
    ...     raise NotImplementedError
    conv2d: not attempted yet. Stuck? hint("conv2d")
    """
    if not isinstance(answer, str):
        return _check(getattr(answer, "__name__", type(answer).__name__), answer, seed, strict, here)
    if function is not None:
        return _check(answer, function, seed, strict, here)
    return _Decorator(answer, seed, strict, here)


@dataclass(frozen=True)
class _Decorator:
    """What ``@check("conv2d")`` puts above a definition; on a line of its own it says so."""

    exercise: str
    seed: int | None
    strict: bool
    here: bool

    def __call__(self, function: Callable) -> Callable:
        return _check(self.exercise, function, self.seed, self.strict, self.here)

    def __repr__(self) -> str:
        name = self.exercise
        if name not in ids():
            return f"error: exercise is {name!r}; expected the id of an exercise; progress() lists them all"
        return f'no function is given: write @check("{name}") above def {name}(...), or check("{name}", {name})'


def hint(exercise: str) -> None:
    """Display the next of an exercise's three hints; the last one again, when all were seen."""
    if (found := _load(exercise)) is not None:
        show(Message(Progress().next_hint(found)))


def solution(exercise: str, *, force: bool = False) -> None:
    """Display the reference solution, once the exercise was passed or tried with a few different answers.

    Args:
        exercise: the exercise's id.
        force: display it in any case.
    """
    if (found := _load(exercise)) is None:
        return
    kept = Progress()
    if not (force or kept.may_see_solution(exercise)):
        tried = kept.attempts(exercise)
        show(
            Message(
                f"{exercise}: the solution can be seen when your answer passes, or after {HONEST_ATTEMPTS} different "
                f"answers; so far there {'is' if tried == 1 else 'are'} {tried}. "
                f'hint("{exercise}") helps; solution("{exercise}", force=True) shows it all the same.'
            )
        )
        return
    source = found.solution_source
    show(Message(source, box_html("passed", f"<pre><code>{escape(source)}</code></pre>")))


def inputs(exercise: str, *, seed: int | None = None, case: int | None = None) -> dict[str, Any]:
    """Return the arguments of one case, by name: ``conv2d(**inputs("conv2d", seed=81))``.

    Args:
        exercise: the exercise's id.
        seed: of a drawn case, as a verdict names it.
        case: the number of a case that was worked by hand, from 1 on; the first one where neither is given.

    Raises:
        ValueError: no such exercise or case, or a prediction, which has no inputs.

    >>> sorted(inputs("conv2d", seed=81))
    ['bias', 'padding', 'stride', 'weight', 'x']
    """
    from cnncourse.checks import require_int

    found = load(exercise)
    if found.is_prediction:
        raise ValueError(f"exercise {exercise!r} is a prediction: a function without arguments; there are no inputs")
    if seed is not None and case is not None:
        raise ValueError(f"seed is {seed} and case is {case}; expected one of them, as the verdict names it")
    if seed is None and case is None:
        case = 1
    if seed is not None:
        chosen = draw_case(found, require_int("seed", seed, 0))
    elif case is not None:
        if require_int("case", case, 1) > len(found.worked):
            raise ValueError(f"case is {case}; expected at most {len(found.worked)}; later cases have a seed")
        chosen = copy.deepcopy(found.worked[case - 1])
    return bound_arguments(found, chosen.args, chosen.kwargs)


def progress() -> None:
    """Display all exercises, chapter by chapter, and how far you are."""
    kept = Progress()
    rows, lines, done = [], [], 0
    for chapter, names in CATALOGUE.items():
        for name in names:
            found, status = load(name), kept.status(name)
            done += status == "passed"
            what = f"{found.title}, {found.minutes} min"
            rows.append(
                f"<tr><td>{MARKS[status]} {WORDS[status]}</td><td>{chapter}</td><td>{name}</td><td>{what}</td></tr>"
            )
            lines.append(f"{MARKS[status]} {WORDS[status]:<14}{chapter:<18}{name:<20}{what}")
    head = f"{done} of {len(rows)} exercises passed"
    table = f'<table style="text-align:left"><caption>{head}</caption>{"".join(rows)}</table>'
    show(Message("\n".join([head, *lines]), box_html("passed", table)))


def _check(exercise: str, function: Callable, seed: int | None, strict: bool, here: bool) -> Callable:
    try:
        verdict = run(exercise, function, seed, here=here)
    except (TypeError, ValueError) as error:  # an id or a seed that is none
        if strict:
            raise
        show(Message(f"error: {error}"))
        return function
    Progress().record(verdict, answer_hash(function))
    show(verdict)
    if strict and verdict.status != "passed":
        raise CheckError(verdict.message)
    if verdict.status == "not_attempted":
        return getattr(function, "__globals__", {}).get(exercise, function)
    return function


def _load(exercise: str) -> Any:
    try:
        return load(exercise)
    except ValueError as error:
        show(Message(f"error: {error}"))
        return None
