"""What a check found, and how it is told: rows of a head and a text, folded for a terminal, boxed for a notebook."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from cnncourse.exercises.display import HEAD, MARKS, TEXT, box_html, picture_html
from cnncourse.exercises.model import Case

WIDTH = 92  # characters of a message's line
INDENT = 11  # of them, a row's head


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    ``status`` is "passed", "failed" or "not_attempted"; ``label`` names the misconception where one is recognised, else
    None; ``message`` tells the learner; ``seed`` repeats the check. ``rung`` is where the ladder broke; ``found``
    and ``expected`` are what differs there, ``case`` the call that shows it.
    """

    id: str
    status: Literal["passed", "failed", "not_attempted"]
    message: str
    seed: int
    label: str | None = None
    rung: str | None = None
    passed: int = 0
    planned: int = 0
    case: Case | None = None
    found: Any = None
    expected: Any = None
    printed: str = ""
    rows: tuple[tuple[str, str], ...] = ()  # the message's parts: what it is about, and the text
    most: tuple[int, ...] = ()  # lines that each row may take
    notes: tuple[str, ...] = ()  # by the way, on the file or the notebook

    def __str__(self) -> str:
        return self.message

    def lines(self, width: int = 0) -> list[str]:
        """Fold the message's rows to so many characters, `WIDTH` by default; a narrow one takes more lines."""
        width = width or WIDTH
        most: list[int | None] = [-(-many * WIDTH // min(width, WIDTH)) for many in self.most] or [None] * len(
            self.rows
        )
        return [
            one for (head, text), many in zip(self.rows, most, strict=True) for one in folded(head, text, many, width)
        ]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.message, "text/html": verdict_html(self)}


def row(head: str, text: str) -> str:
    """Write a row of a message, its head on the left.

    >>> row("read", "channels")
    'read       channels'
    """
    return f"{head:<{INDENT}}{text}" if head else text


def folded(head: str, text: str, most: int | None = None, width: int = WIDTH) -> list[str]:
    """Fold a row between words, to at most so many lines of a width; its head stands on the left of the first.

    >>> folded("seen", "one two " * 30, most=2)[1]
    '           one two one two one two one two one two one two one two one two one two one two …'
    """
    indent = " " * INDENT if head else ""
    return textwrap.wrap(
        *(text, width),
        initial_indent=row(head, ""),
        subsequent_indent=indent,
        max_lines=most,
        placeholder=" …",
        break_on_hyphens=False,  # a name with a hyphen stays whole
    )


def verdict_html(verdict: Verdict) -> str:
    """Show a verdict: its rows, the picture of where answers differ, and what the answer printed."""
    (_, first), *rest = verdict.rows
    body = f"<strong>{MARKS[verdict.status]} {escape(first)}</strong>"
    if rest:
        rows = "".join(
            f'<tr><th scope="row" style="{HEAD}">{escape(head)}</th><td style="{TEXT}">{escape(text)}</td></tr>'
            for head, text in rest
        )
        body += f'<table style="border:none;background:transparent;color:inherit;margin:.3em 0">{rows}</table>'
    body += picture_html(verdict.found, verdict.expected) if verdict.rung == "values" else ""
    if verdict.printed:
        text = escape(verdict.printed.rstrip())
        body += f"<details><summary>Printed by your code in this case</summary><pre>{text}</pre></details>"
    return box_html(verdict.status, body)
