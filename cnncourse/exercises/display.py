"""The marks and words of all that is shown, and boxes and pictures as HTML: words first, colours only beside them."""

from __future__ import annotations

from html import escape
from typing import Any

from torch import Tensor

from cnncourse.exercises.compare import brief, unequal_cells

MARKS = {"passed": "✓", "failed": "✗", "not_attempted": "○"}
EDGES = {"passed": "#009E73", "failed": "#D55E00", "not_attempted": "#0072B2"}
WORDS = {"passed": "passed", "failed": "failed", "not_attempted": "not attempted"}
DIFFICULTIES = {1: "warm-up", 2: "moderate", 3: "hard"}
LARGEST = 12  # rows and columns of a picture
# `inherit` and `currentColor` follow the theme, be it light or dark
BOX = "border:1px solid currentColor;border-left:6px solid {edge};border-radius:4px;padding:.5em .8em;margin:.3em 0"
HEAD = "text-align:left;vertical-align:top;padding:.1em .8em .1em 0"
TEXT = "text-align:left;padding:.1em 0;white-space:normal"
CELL = "border:1px solid {line};padding:.15em .45em;text-align:right;background:transparent;color:inherit"


def box_html(status: str, body: str) -> str:
    """Put a body into a box whose edge has the status's colour."""
    return f'<div class="cnncourse-box" role="status" style="{BOX.format(edge=EDGES[status])}">{body}</div>'


def picture_html(found: Any, expected: Any) -> str:
    """Draw one plane of two tensors as a table: each cell that differs says ≠, yours, and what was expected."""
    if not (
        isinstance(found, Tensor) and isinstance(expected, Tensor) and found.ndim and found.shape == expected.shape
    ):
        return ""
    found, expected = found.detach(), expected.detach()
    unequal = unequal_cells(found, expected)
    first = tuple(unequal.nonzero()[0].tolist())
    lead = first[:-2] if found.ndim > 2 else ()
    planes = [value[lead] if value[lead].ndim == 2 else value[lead][None] for value in (found, expected, unequal)]
    if max(planes[0].shape) > LARGEST:
        return ""
    rows = "".join(
        "<tr>" + "".join(_cell(a, b, u) for a, b, u in zip(*cells, strict=True)) + "</tr>"
        for cells in zip(*(plane.tolist() for plane in planes), strict=True)
    )
    where = f" at {list(lead)}" if lead else ""
    caption = f"Your result{where}; where it differs: ≠ yours (expected)"
    return (
        f'<div style="overflow-x:auto"><table style="border-collapse:collapse;color:inherit;font-family:monospace">'
        f'<caption style="text-align:left;color:inherit">{caption}</caption>{rows}</table></div>'
    )


def _cell(found: float, expected: float, unequal: bool) -> str:
    if not unequal:
        return f'<td style="{CELL.format(line="currentColor")}">{_short(found)}</td>'
    style = CELL.format(line="#D55E00").replace("1px", "3px")
    return f'<td style="{style}">≠ {_short(found)} ({_short(expected)})</td>'


def _short(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else brief(value)


class Message:
    """A text with an HTML form beside it, for `IPython.display.display`."""

    def __init__(self, text: str, html: str | None = None) -> None:
        self.text = text
        self.html = html if html is not None else box_html("not_attempted", escape(text).replace("\n", "<br>"))

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def show(thing: Any) -> None:
    """Display in a notebook, print elsewhere."""
    import sys

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and type(shell).__name__ != "TerminalInteractiveShell":
        sys.modules["IPython"].display.display(thing)
    else:
        print(thing)
