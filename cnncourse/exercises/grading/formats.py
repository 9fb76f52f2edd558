"""What reports are written as, for a script, a table, a CI server, Gradescope and GitHub Classroom."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import cnncourse
from cnncourse.exercises.display import WORDS
from cnncourse.exercises.grading.report import Entry

COLUMNS = ("submission", "exercise", "status", "label", "passed", "planned", "points", "max_points", "answer", "file")
CARRIED = 80_000  # bytes of verdicts, which become a third more in base64


class Format(StrEnum):
    """What a report is written for: a script, a table, a CI server, Gradescope, GitHub Classroom."""

    JSON = "json"
    CSV = "csv"
    JUNIT = "junit"
    GRADESCOPE = "gradescope"
    CLASSROOM = "classroom"


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


def as_csv(entries: list[Entry]) -> str:
    """Write a table, a row for each exercise, to be sorted and counted; equal values of ``answer`` mean equal code.

    >>> as_csv([]).rstrip()
    'submission,exercise,status,label,passed,planned,points,max_points,answer,file'
    """
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for entry in entries:
        cells = {"exercise": entry.id, **vars(entry)}
        writer.writerow(cells | {name: _no_formula(cells[name]) for name in ("submission", "file")})
    return table.getvalue()


def _no_formula(name: str) -> str:
    """Keep a spreadsheet from computing what a learner chose as a name."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def as_junit(entries: list[Entry]) -> str:
    """Write JUnit XML: a failure carries the message and, as its type, the misconception; not attempted is skipped.

    It holds to both schemas that are in use: Jenkins' junit-10.xsd, which pytest follows, too, and the older one of
    Ant's, which asks for more in a suite and allows no attributes above it.
    """
    counts = {
        "tests": len(entries),
        "failures": sum(entry.status == "failed" for entry in entries),
        "errors": 0,
        "skipped": sum(entry.status == "not_attempted" for entry in entries),
        "time": f"{sum(entry.seconds for entry in entries):.3f}",
    }
    where = {"name": "cnncourse", "package": "cnncourse", "id": "0", "hostname": "localhost"}
    when = {"timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")}
    root = ET.Element("testsuites")
    suite = ET.SubElement(root, "testsuite", where | when | {key: str(value) for key, value in counts.items()})
    ET.SubElement(suite, "properties")
    for entry in entries:
        _add_case(suite, entry)
    for stream in ("system-out", "system-err"):
        ET.SubElement(suite, stream)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ET.Element, entry: Entry) -> None:
    place = {"classname": entry.chapter, "name": entry.id, "time": f"{entry.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", place)
    first = entry.message.partition("\n")[0]
    if entry.status == "failed":
        failure = ET.SubElement(case, "failure", {"message": first, "type": entry.label or "failed"})
        failure.text = entry.message
    elif entry.status == "not_attempted":
        ET.SubElement(case, "skipped", {"message": first})


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
                "extra_data": {
                    "id": entry.id,
                    "status": entry.status,
                    "label": entry.label,
                    "answer": entry.answer,
                    "file": entry.file,
                },
            }
            for entry in entries
        ],
    }
    return _dump(content)


def as_classroom(entries: list[Entry]) -> str:
    """Write what GitHub Classroom's reporter takes from one of its graders.

    Of a test that fails it prints the name, the line unless that is 0, and ``test_code``; ``message`` it does not
    print. So the verdict is the test's code. What it takes travels in an environment variable, of which Linux allows
    128 KiB; so nothing is said twice, and each verdict has its share.

    Source: https://github.com/classroom-resources/autograding-grading-reporter, ``dist/main.js``.
    """
    share = CARRIED // max(len(entries), 1)
    content = {
        "version": 1,
        "status": "pass" if all(entry.status == "passed" for entry in entries) else "fail",
        "max_score": sum(entry.max_points for entry in entries),
        "tests": [
            {
                "name": f"{entry.chapter}: {entry.id}",
                "status": "pass" if entry.status == "passed" else "fail",
                "score": entry.points,
                "line_no": 0,
                "test_code": "" if entry.status == "passed" else entry.message.encode()[:share].decode(errors="ignore"),
            }
            for entry in entries
        ],
    }
    return json.dumps(content, ensure_ascii=False) + "\n"


FORMATS: dict[Format, Callable[[list[Entry]], str]] = {
    Format.JSON: as_json,
    Format.CSV: as_csv,
    Format.JUNIT: as_junit,
    Format.GRADESCOPE: as_gradescope,
    Format.CLASSROOM: as_classroom,
}


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"
