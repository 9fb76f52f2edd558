"""How far a page's numbers move when other threads or other instructions of the processor compute them.

``python -m tools.calibrate lenet`` executes a page four times, one after another, writes nothing, and says for each
printed line whose decimals moved: by how much, what its cell allows, and what to write where that is less than three
times the spread.
"""

from __future__ import annotations

import math
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from nbformat import NotebookNode

from tools.pages import PageError, console, derive, execute, missing_data, page_names
from tools.tolerance import DECIMAL, SIGN, STRICT, Tolerance, ToleranceError, line_tolerances, result_tolerance

SETTINGS: tuple[dict[str, str], ...] = (
    {"OMP_NUM_THREADS": "1"},
    {"OMP_NUM_THREADS": "2"},
    {"OMP_NUM_THREADS": "4"},
    {"OMP_NUM_THREADS": "1", "ATEN_CPU_CAPABILITY": "default"},
)
OWN_THREADS = re.compile(r"^torch\.set_num_threads\(.*\n?", flags=re.MULTILINE)  # a page's, which would undo a setting
FACTOR = 3  # a tolerance is at least so many times the spread that was seen


@dataclass(frozen=True)
class Line:
    """One line of a cell's output, as each setting gave it."""

    cell: int
    tolerance: Tolerance
    texts: tuple[str, ...]


def spread(line: Line) -> float | None:
    """Return how far a line's decimals lie apart, in the unit of its tolerance; None where its words differ, too.

    >>> spread(Line(0, STRICT, ("loss 0.50", "loss 0.52")))
    0.02
    >>> spread(Line(0, STRICT, ("3 of 4", "2 of 4"))) is None
    True
    """
    if len({DECIMAL.sub("0.0", text) for text in line.texts}) > 1:
        return None
    columns = zip(*(_decimals(text) for text in line.texts), strict=True)
    apart = [
        (max(column) - min(column)) / (abs(column[0]) / 100 if line.tolerance.relative else 1) for column in columns
    ]
    return round(max(apart, default=0.0), 10)


def _decimals(text: str) -> list[float]:
    return [float(match["number"].replace(",", "")) for match in DECIMAL.finditer(text)]


def proposal(distance: float, relative: bool) -> str:
    """Return a tolerance of three times a spread, rounded up to one digit.

    >>> proposal(0.004, False), proposal(1.1, True)
    ('# ± 0.02', '# ± 4 %')
    """
    step = 10.0 ** math.floor(math.log10(FACTOR * distance * (1 - 1e-9)))
    amount = math.ceil(FACTOR * distance / step * (1 - 1e-9)) * step
    return f"# {SIGN} {amount:.{max(0, -math.floor(math.log10(amount) + 1e-9))}f}" + (" %" if relative else "")


def verdict(line: Line) -> str | None:
    """Say what a line's spread asks for, or None where nothing moved and nothing is stated."""
    distance = spread(line)
    shown = f"cell {line.cell}: {line.texts[0].strip()!r}"
    if distance is None:
        others = [text.strip() for text in dict.fromkeys(line.texts[1:]) if text != line.texts[0]]
        return f"CHANGES {shown}: also {others}; words and integers may not move: print another number"
    if not distance:
        return None if line.tolerance is STRICT else f"    ok  {shown}: did not move, {line.tolerance.text}"
    enough = line.tolerance is not STRICT and FACTOR * distance <= line.tolerance.amount * (1 + 1e-9)
    said = f"{shown}: spread {distance:.3g}{' %' if line.tolerance.relative else ''}, {line.tolerance.text}"
    return f"    ok  {said}" if enough else f"WIDEN   {said}; write {proposal(distance, line.tolerance.relative)}"


def lines_of(runs: Sequence[NotebookNode]) -> Iterator[Line]:
    """Put the output lines of several executions of a page side by side.

    Raises:
        PageError: a cell gave another number of outputs or lines.
    """
    cells = [[cell for cell in run.cells if cell.cell_type == "code"] for run in runs]
    for index, same in enumerate(zip(*cells, strict=True)):
        if "nbval-ignore-output" in same[0].metadata.get("tags", []):
            continue
        if len({_layout(cell) for cell in same}) > 1:
            raise PageError(
                f"cell {index} gives another number of outputs or lines from setting to setting; mend that first"
            )
        for outputs in zip(*(cell.outputs for cell in same), strict=True):
            texts = [_text(output) for output in outputs]
            stated = (
                line_tolerances(same[0].source, texts[0])
                if outputs[0].output_type == "stream"
                else [result_tolerance(same[0].source)] * len(texts[0].splitlines())
            )
            for tolerance, *lines in zip(stated, *(text.splitlines() for text in texts), strict=True):
                yield Line(index, tolerance, tuple(lines))


def _text(output: NotebookNode) -> str:
    return output.get("text") or output.get("data", {}).get("text/plain", "")


def _layout(cell: NotebookNode) -> tuple[int, ...]:
    return tuple(len(_text(output).splitlines()) for output in cell.outputs)


@contextmanager
def environment(setting: Mapping[str, str]) -> Iterator[None]:
    """Give the kernels that start meanwhile these variables, and no others of the same kind."""
    before = dict(os.environ)
    for name in {name for one in SETTINGS for name in one}:
        os.environ.pop(name, None)
    os.environ.update(setting)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def measure(name: str, seconds: float, last: int | None = None) -> list[NotebookNode]:
    """Execute a page once a setting, up to a code cell if one is named, and stop after so many seconds."""
    deadline = time.monotonic() + seconds

    def on_cell() -> None:
        if time.monotonic() > deadline:
            raise PageError(f"book/{name}.md takes more than {seconds:.0f} s; give --seconds more, or name a --cell")

    runs = []
    for setting in SETTINGS:
        console.print(f"{name}: {' '.join('='.join(pair) for pair in setting.items())}")
        notebook = derive(name)
        code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        if last is not None:
            notebook.cells = notebook.cells[: code[last] + 1]
        for cell in notebook.cells:
            cell.source = OWN_THREADS.sub("", cell.source)
        with environment(setting):
            execute(notebook, on_cell)
        runs.append(notebook)
    return runs


def calibrate(
    name: Annotated[str, typer.Argument(help="A page, such as lenet.")],
    cell: Annotated[
        int | None, typer.Option(help="A code cell, counted from 0 as the tests do; the rest is not run.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Stop after so long.")] = 900,
) -> None:
    """Execute a page under four settings and compare the spread of its decimals with what it allows."""
    if name not in page_names():
        raise PageError(f"no page is named {name}; _toc.yml names {', '.join(page_names())}")
    if missing := missing_data(name):
        raise PageError(f"book/{name}.md cannot be executed: {missing}")
    try:
        lines = [line for line in lines_of(measure(name, seconds, cell)) if cell in (None, line.cell)]
    except ToleranceError as error:
        raise PageError(f"book/{name}.md: {error}") from None
    said = [text for text in map(verdict, lines) if text]
    for text in said:
        console.print(text, markup=False)
    console.print(f"{len(lines)} lines, {sum(not text.startswith('    ok') for text in said)} to mend")


def main() -> None:
    """Run the command line; a page's error is a message and exit status 1."""
    try:
        typer.run(calibrate)
    except PageError as error:
        console.print(f"error: {error}", style="bold red", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
