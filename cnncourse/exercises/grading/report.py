"""What graders are told of each answer.

A verdict shows the learner the case that fails. Where the cases are a secret, `without_case` leaves that out.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from cnncourse.exercises.grading.submission import Submission
from cnncourse.exercises.library import load
from cnncourse.exercises.verdict import Verdict, folded
from cnncourse.exercises.workspace.answers import Answer, printable

# rows of a message that show nothing of a case's inputs and results, nor what an answer printed or raised
SAFE_HEADS = ("fine", "because", "read", "missing", "file")
RAISING = ("raises", "import")
SAFE_RUNGS = ("attempted", "signature", "missing", "file", "check")  # broken before any case was run
NOT_CHECKED = "not-checked"
# what the rungs find, and what comes of a check that fails itself: each label in a sentence
RUNG_WORDS = {
    "other-kind": "The result is of another kind than the one asked for.",
    "other-signature": "The function takes other arguments than those asked for, or is none.",
    "nothing-returned": "The function returns None: a return is missing.",
    "dtype-changed": "The result has another dtype than the one asked for.",
    "input-changed": "The function changes an argument.",
    "gradient-cut": "No gradient, or another one, reaches an argument.",
    "not-repeatable": "Two calls with the same arguments give two results.",
    "ready-made": "A ready-made function is used that the exercise does not allow.",
    "endless": "A call was stopped: it computes or waits without end.",
    "too-much-memory": "A call was stopped: it takes too much memory.",
    "ends-python": "The code ends Python.",
    NOT_CHECKED: "The check itself failed: look at this answer yourself.",
}


@dataclass(frozen=True)
class Entry:
    """One exercise in a report; ``seed`` is None where the cases are a secret."""

    submission: str
    id: str
    chapter: str
    title: str
    status: str
    label: str | None
    message: str
    passed: int
    planned: int
    seed: int | None
    answer: str  # the answer's hash
    file: str  # in which it stands
    points: int
    max_points: int
    seconds: float


def without_case(verdict: Verdict, ran: bool = True) -> str:
    """Return a verdict's message without the failing case: no inputs, no results, no seed.

    Of what the answer's code printed or raised, only Python's own name of the error and the line are left.

    Args:
        verdict: what a check found.
        ran: whether any of the answer's code was run; what is wrong with code that only was read, is its own text.
    """
    if verdict.status != "failed" or verdict.rung in SAFE_RUNGS or not ran:
        return verdict.message
    if verdict.rung == "import":
        rows = [verdict.rows[0]]
    else:
        rows = [("", f"{verdict.id}: {verdict.passed} of {verdict.planned} cases pass.")]
        rows += [] if verdict.rung in RAISING else [("broken", verdict.rung or "")]
    for head, text in verdict.rows[1:]:
        if head in SAFE_HEADS:
            rows.append((head, text))
        elif head in RAISING:
            rows.append((head, _without_text(text)))
    if verdict.label in RUNG_WORDS:
        place = len(rows) - (rows[-1][0] == "read")
        rows.insert(place, ("because", f"{RUNG_WORDS[verdict.label]} [{verdict.label}]"))
    return _message(rows)


def _without_text(told: str) -> str:
    """Say of an error what Python says of it, and nothing that the answer wrote; `process.Failure.told` writes it."""
    if stopped := re.match(
        r"stopped(?: after [\d.]+ s of computing|, having waited for [\d.]+ s| at \d+ GB of memory)", told
    ):
        kind = stopped[0]
    elif ended := re.match(r"your code ends Python(?:: (?:SystemExit|KeyboardInterrupt))?", told):
        kind = ended[0]
    else:
        kind = re.split(r"\W", told, maxsplit=1)[0]
    line = re.match(r" in your (line \d+)", told[len(kind) :])
    pythons = " " in kind or isinstance(getattr(builtins, kind, None), type)
    kind = kind if pythons else "an exception that is not Python's own"
    hidden = "" if " " in kind and pythons else "; its text is not shown here"
    return f"{kind}{f' in your {line[1]}' if line else ''}{hidden}"


def _message(rows: list[tuple[str, str]]) -> str:
    return "\n".join(line for row in rows for line in folded(*row))


def collect(
    submission: Submission,
    names: list[str],
    seed: int | None = None,
    *,
    hide_cases: bool = False,
    by_difficulty: bool = False,
    known: dict[str, Verdict] | None = None,
) -> list[Entry]:
    """Check a submission's answers and note nothing but the result; of several to one exercise the best one counts.

    Args:
        submission: the answers, as `cnncourse.exercises.grading.submission` reads them.
        names: the exercises.
        seed: the first drawn case.
        hide_cases: leave out of the messages what gives the cases away.
        by_difficulty: a passed exercise has as many points as its difficulty, from 1 to 3, and not one. Any other has
            none.
        known: verdicts on equal answers, which are not checked again; filled here.
    """
    known = {} if known is None else known
    return [_entry(submission, name, seed, hide_cases, by_difficulty, known) for name in names]


def _entry(
    submission: Submission, name: str, seed: int | None, hide: bool, by_difficulty: bool, known: dict[str, Verdict]
) -> Entry:
    start, exercise = time.perf_counter(), load(name)
    checked = [(file, answer, _verdict(answer, seed, known)) for file, answer in submission.answers(name)]
    file, answer, verdict = max(checked, key=lambda one: _merit(one[2]))  # of equals the first
    message = without_case(verdict, ran=not answer.rung) if hide else verdict.message
    rows = [("from", f"{file}, the best of {len(checked)} answers")] if len(checked) > 1 else []
    if submission.problems and file and verdict.status != "passed":
        rows.append(("not read", submission.unread))
    message = "\n".join(part for part in (message, _message(rows)) if part)
    most = exercise.difficulty if by_difficulty else 1
    return Entry(
        *(submission.name, name, exercise.chapter, exercise.title, verdict.status, verdict.label, printable(message)),
        *(verdict.passed, verdict.planned, None if hide else verdict.seed, answer.hash, file),
        *(most if verdict.status == "passed" else 0, most, round(time.perf_counter() - start, 3)),
    )


def _merit(verdict: Verdict) -> tuple[int, bool, int]:
    order = ("not_attempted", "failed", "passed")
    return order.index(verdict.status), verdict.rung not in (*SAFE_RUNGS, "import"), verdict.passed


def _verdict(answer: Answer, seed: int | None, known: dict[str, Verdict]) -> Verdict:
    """Check an answer, unless an equal one was; nothing that goes wrong here keeps the others from being checked."""
    key = hashlib.sha256(repr(list(_parts(answer))).encode(errors="replace")).hexdigest()
    if key not in known:
        try:
            known[key] = answer.check(seed)
        except Exception as error:
            text = f"{answer.id}: {RUNG_WORDS[NOT_CHECKED]} ({type(error).__name__})"
            return Verdict(answer.id, "failed", text, seed or 0, NOT_CHECKED, "check", rows=(("", text),))
    return known[key]


def _parts(answer: Answer) -> Iterator[object]:
    """List all on which a verdict depends: beside the function, what is defined and imported around it."""
    yield from (answer.id, answer.name, answer.rung, answer.problem)
    for piece in answer.pieces:
        yield ast.dump(piece.tree), piece.flags, piece.defines
