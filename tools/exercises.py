"""Exercises on a page: a box and a stub, both from the catalogue.

A page's source says ``{exercise} ID``. The book shows a box with the statement and, folded, hints and solution; the
notebook shows the statement alone. The cell below it, with the stub, is written into the source by ``make notebooks``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from cnncourse.exercises.model import Exercise

DIRECTIVE = re.compile(
    r"^```\{exercise\} (?P<id>\w+)\n```\n+"
    r"(?P<cell>```\{code-cell\} ipython3\n@check\(\"(?P=id)\"\)\n(?:.*\n)*?```\n)?",
    flags=re.MULTILINE,
)


def page_exercises(source: Path) -> list[str]:
    """List the exercises of a page, in their order."""
    return [match["id"] for match in DIRECTIVE.finditer(source.read_text(encoding="utf-8"))]


def with_stubs(text: str) -> str:
    """Return a page's source with the catalogue's stub below each exercise.

    >>> print(with_stubs("```{exercise} conv2d\\n```\\n").splitlines()[4])
    @check("conv2d")
    """
    from cnncourse.exercises.library import load  # torch, which pages without exercises do without

    def fill(match: re.Match) -> str:
        exercise = load(match["id"])
        cell = f'```{{code-cell}} ipython3\n@check("{exercise.id}")\n{exercise.stub}```\n'
        return f"```{{exercise}} {exercise.id}\n```\n\n{cell}" + ("" if match["cell"] else "\n")

    return DIRECTIVE.sub(fill, text)


def fill_stubs(source: Path) -> None:
    """Write the stubs into a page's source, where they are missing or another one stands there."""
    if not source.exists():
        return  # whoever reads it will say so
    text = source.read_text(encoding="utf-8")
    if DIRECTIVE.search(text) and (filled := with_stubs(text)) != text:
        fresh = source.with_name(f".{source.name}.new")
        fresh.write_text(filled, encoding="utf-8")
        os.replace(fresh, source)


def plain_box(name: str) -> str:
    """Return what a notebook shows above the stub: the statement, and nothing that gives the answer away.

    >>> plain_box("conv2d").splitlines()[0]
    '> **Exercise: A whole convolution layer.** *conv2d, hard, 30 minutes.*'
    """
    from cnncourse.exercises.library import load

    exercise = load(name.strip())
    help_line = f'Stuck? `hint("{exercise.id}")`. Done? `solution("{exercise.id}")`.'
    lines = [
        f"**Exercise: {_sentence(exercise.title)}** *{_facts(exercise)}.*",
        "",
        *exercise.statement.splitlines(),
        "",
        help_line,
    ]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _sentence(title: str) -> str:
    return title if title.endswith("?") else f"{title}."


def book_box(name: str) -> str:
    """Return the book's box as MyST: the statement; hints and solution folded."""
    from cnncourse.exercises.library import load

    exercise = load(name)
    folded = [(f"Hint {number}", hint) for number, hint in enumerate(exercise.hints, start=1)]
    folded.append(("Solution", f"```python\n{exercise.solution_source}```"))
    parts = [f"::::{{dropdown}} {title}\n{text}\n::::" for title, text in folded]
    head = f":::::{{admonition}} Exercise: {exercise.title}\n:class: exercise"
    return "\n\n".join([head, f"*{_facts(exercise)}.*", exercise.statement, *parts, ":::::"])


def _facts(exercise: Exercise) -> str:
    from cnncourse.exercises.display import DIFFICULTIES

    kind = "a prediction" if exercise.is_prediction else DIFFICULTIES[exercise.difficulty]
    return f"{exercise.id}, {kind}, {exercise.minutes} minutes"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    import inspect

    from docutils import nodes
    from docutils.statemachine import StringList
    from sphinx.util.docutils import SphinxDirective

    from cnncourse.exercises.library import load

    class ExerciseDirective(SphinxDirective):
        """Put an exercise's box on the page, and have the page built again when the exercise changes."""

        required_arguments = 1

        def run(self) -> list[nodes.Node]:
            """Build the box from the catalogue."""
            name = self.arguments[0]
            self.env.note_dependency(inspect.getfile(load(name).solution))
            box = nodes.Element()
            self.state.nested_parse(StringList(book_box(name).splitlines(), source=name), self.content_offset, box)
            return box.children

    app.add_directive("exercise", ExerciseDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
