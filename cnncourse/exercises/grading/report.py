"""Reports on a workspace or a notebook, for a person's script, a CI server, Gradescope and GitHub Classroom.

A verdict shows the learner the case that fails. Where the cases are a secret, `without_case` leaves that out.
"""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import cnncourse
from cnncourse.exercises.display import WORDS
from cnncourse.exercises.library import load
from cnncourse.exercises.model import Exercise
from cnncourse.exercises.progress_file import MARKER
from cnncourse.exercises.verdict import Verdict, row
from cnncourse.exercises.workspace.answers import Answer, CourseError, printable, read_notebook
from cnncourse.exercises.workspace.folder import Workspace

# rows of a message that show nothing of a case's inputs and results
SAFE_HEADS = ("fine", "because", "read", "missing", "file", "import")
SAFE_RUNGS = ("attempted", "signature", "missing", "file", "import")  # broken before any case was run


class Format(StrEnum):
    """What a report is written for: a script, a CI server, Gradescope, GitHub Classroom."""

    JSON = "json"
    JUNIT = "junit"
    GRADESCOPE = "gradescope"
    CLASSROOM = "classroom"


@dataclass(frozen=True)
class Entry:
    """One exercise in a report; ``seed`` is None where the cases are a secret."""

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
    points: int
    max_points: int
    seconds: float


def without_case(verdict: Verdict) -> str:
    """Return a verdict's message without the failing case: no inputs, no results, no seed, nothing that was printed."""
    if verdict.status != "failed" or verdict.rung in SAFE_RUNGS:
        return verdict.message
    rows = [("", f"{verdict.id}: {verdict.passed} of {verdict.planned} cases pass."), ("broken", verdict.rung or "")]
    rows += [(head, text) for head, text in verdict.rows if head in SAFE_HEADS]
    return "\n".join(row(head, text) for head, text in rows)


def collect(
    answer: Callable[[str], Answer],
    names: list[str],
    seed: int | None = None,
    *,
    hide_cases: bool = False,
    by_difficulty: bool = False,
) -> list[Entry]:
    """Check answers and note nothing but the result.

    Args:
        answer: reads the answer to the exercise of an id, as `source` returns it.
        names: the exercises.
        seed: the first drawn case.
        hide_cases: leave out of the messages what gives the cases away.
        by_difficulty: a passed exercise has as many points as its difficulty, from 1 to 3, and not one. Any other has
            none.
    """
    return [_entry(load(name), answer, seed, hide_cases, by_difficulty) for name in names]


def _entry(
    exercise: Exercise, answer: Callable[[str], Answer], seed: int | None, hide: bool, by_difficulty: bool
) -> Entry:
    start = time.perf_counter()
    read = answer(exercise.id)
    verdict = read.check(seed)
    most = exercise.difficulty if by_difficulty else 1
    return Entry(
        *(exercise.id, exercise.chapter, exercise.title, verdict.status, verdict.label),
        printable(without_case(verdict) if hide else verdict.message),
        *(verdict.passed, verdict.planned, None if hide else verdict.seed, read.hash),
        *(most if verdict.status == "passed" else 0, most, round(time.perf_counter() - start, 3)),
    )


def source(target: Path) -> Callable[[str], Answer]:
    """Return what reads the answers of a workspace or of a notebook.

    Raises:
        CourseError: it is neither.
    """
    if target.suffix == ".ipynb":
        answers = {answer.id: answer for answer in read_notebook(target)}
        missing = f"{target.name} hands no such function to check"
        return lambda name: answers.get(name, Answer(name, target.name, rung="missing", problem=missing))
    if target.is_file():
        raise CourseError(f"{target} is a file; expected a workspace (a folder with {MARKER}) or a notebook (.ipynb)")
    return Workspace.find(target).answer


def as_json(entries: list[Entry]) -> str:
    """Write a report with all that is known.

    >>> as_json([]).splitlines()[1]
    ' "version": 1,'
    """
    content = {
        "version": 1,
        "package": cnncourse.__version__,
        "passed": sum(entry.status == "passed" for entry in entries),
        "points": sum(entry.points for entry in entries),
        "max_points": sum(entry.max_points for entry in entries),
        "exercises": [vars(entry) for entry in entries],
    }
    return _dump(content)


def as_junit(entries: list[Entry]) -> str:
    """Write JUnit XML: a failure carries the message and, as its type, the misconception; not attempted is skipped."""
    counts = {
        "tests": len(entries),
        "failures": sum(entry.status == "failed" for entry in entries),
        "errors": 0,
        "skipped": sum(entry.status == "not_attempted" for entry in entries),
        "time": f"{sum(entry.seconds for entry in entries):.3f}",
    }
    attributes = {key: str(value) for key, value in counts.items()}
    root = ET.Element("testsuites", attributes)
    suite = ET.SubElement(root, "testsuite", {"name": "cnncourse", **attributes})
    for entry in entries:
        place = {"classname": entry.chapter, "name": entry.id, "time": f"{entry.seconds:.3f}"}
        case = ET.SubElement(suite, "testcase", place)
        first = entry.message.partition("\n")[0]
        if entry.status == "failed":
            failure = ET.SubElement(case, "failure", {"message": first, "type": entry.label or "failed"})
            failure.text = entry.message
        elif entry.status == "not_attempted":
            ET.SubElement(case, "skipped", {"message": first})
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def as_gradescope(entries: list[Entry]) -> str:
    """Write Gradescope's results.json.

    Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format".
    """
    content = {
        "execution_time": round(sum(entry.seconds for entry in entries)),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "name": f"{entry.chapter}: {entry.id} ({WORDS[entry.status]})",
                "score": entry.points,
                "max_score": entry.max_points,
                "output": entry.message,
                "visibility": "visible",
                "extra_data": {"id": entry.id, "status": entry.status, "label": entry.label, "answer": entry.answer},
            }
            for entry in entries
        ],
    }
    return _dump(content)


def as_classroom(entries: list[Entry]) -> str:
    """Write what GitHub Classroom's reporter takes from one of its graders.

    Source: https://github.com/classroom-resources/autograding-grading-reporter, ``src``.
    """
    content = {
        "version": 1,
        "status": "pass" if all(entry.status == "passed" for entry in entries) else "fail",
        "max_score": sum(entry.max_points for entry in entries),
        "tests": [
            {
                "name": f"{entry.chapter}: {entry.id}",
                "status": "pass" if entry.status == "passed" else "fail",
                "score": entry.points,
                "message": entry.message,
            }
            for entry in entries
        ],
    }
    return _dump(content)


FORMATS: dict[Format, Callable[[list[Entry]], str]] = {
    Format.JSON: as_json,
    Format.JUNIT: as_junit,
    Format.GRADESCOPE: as_gradescope,
    Format.CLASSROOM: as_classroom,
}


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"
