"""How verdicts and lists are printed: a mark beside the words, and what is too long folded by the terminal."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.display import DIFFICULTIES, MARKS, WORDS
from cnncourse.exercises.library import load
from cnncourse.exercises.verdict import INDENT, WIDTH, Verdict, folded, row
from cnncourse.exercises.workspace.answers import printable

STATUS_MARKS = {**MARKS, "changed": "~"}
STATUS_WORDS = {**WORDS, "changed": "edited, not checked"}
STYLES = {"passed": "green", "failed": "red", "not_attempted": "blue", "changed": "yellow"}

PRINTED = 10  # lines shown of what an answer prints
console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def say(text: str) -> None:
    """Print prose: folded between words in a terminal, as it is in a pipe."""
    console.print(printable(text), soft_wrap=not console.is_terminal)


def show_verdict(verdict: Verdict) -> None:
    """Print a verdict: a mark beside the words, the message, and what the answer printed."""
    width = min(console.width - 1, WIDTH) if console.is_terminal else WIDTH
    first, *rest = printable("\n".join(verdict.lines(width))).splitlines()
    console.print(Text(f"{MARKS[verdict.status]} {first}", style=STYLES[verdict.status]))
    for line in rest:
        console.print(line)
    if address := next((address_of(text) for head, text in verdict.rows if head == "read"), ""):
        console.print(row("", address) if len(address) > width - INDENT else row(" ", address))
    for line in folded("terminal", in_terminal(verdict), 2, width) if in_terminal(verdict) else ():
        console.print(line)
    if verdict.printed:
        lines = printable(verdict.printed.rstrip()).splitlines()
        console.print("Printed by your code in this case:")
        for line in lines[:PRINTED]:
            console.print(line[: console.width] if console.is_terminal else line)
        if len(lines) > PRINTED:
            console.print(f"… and {len(lines) - PRINTED} lines more")


def address_of(section: str) -> str:
    """Return where a section stands in the published book; nothing where there is no address."""
    try:
        links = metadata("cnncourse").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    found = [re.fullmatch(r"Repository, https://github\.com/([\w.-]+)/([\w.-]+)", link) for link in links]
    return next((f"https://{one[1]}.github.io/{one[2]}/book/{page_of(section)}" for one in found if one), "")


def page_of(section: str) -> str:
    """Return the page and the anchor of a section, "chapter: Its heading".

    >>> page_of("padding: How large is the output?")
    'padding.html#how-large-is-the-output'
    """
    chapter, _, heading = section.partition(": ")
    return f"{chapter}.html#{re.sub('[^a-z0-9]+', '-', heading.lower()).strip('-')}"


def in_terminal(verdict: Verdict) -> str:
    """Say how to do here what the message's last row says."""
    if verdict.status == "passed":
        return f"cnncourse solution {verdict.id} shows ours, to compare"
    text = f"cnncourse hint {verdict.id}"
    if verdict.case is None or load(verdict.id).is_prediction:
        return text
    if verdict.case.seed is not None:
        return f"{text}; cnncourse inputs {verdict.id} --seed {verdict.case.seed}"
    number = next((i for i, case in enumerate(load(verdict.id).worked, start=1) if case is verdict.case), 1)
    return f"{text}; cnncourse inputs {verdict.id} --case {number}"


def show_list(found: dict[str, str]) -> None:
    """Print all exercises, chapter by chapter."""
    for chapter, names in CATALOGUE.items():
        console.print(Text(chapter, style="bold"))
        for name in names:
            exercise, status = load(name), found[name]
            mark = Text(f"  {STATUS_MARKS[status]} {STATUS_WORDS[status]:<20}", style=STYLES[status])
            what = f"{name:<20}{exercise.title} ({DIFFICULTIES[exercise.difficulty]}, {exercise.minutes} min)"
            console.print(mark.append(what, style="not bold default"))


def show_marks(found: dict[str, str]) -> None:
    """Print all exercises in few lines, with a mark before each."""
    table = Table.grid(padding=(0, 2))
    for chapter, names in CATALOGUE.items():
        marked = [Text(f"{STATUS_MARKS[found[name]]} {name}", style=STYLES[found[name]]) for name in names]
        table.add_row(chapter, Columns(marked, padding=(0, 2)))
    console.print(table)
    console.print("\n" + "   ".join(f"{mark} {STATUS_WORDS[status]}" for status, mark in STATUS_MARKS.items()))
