"""Exercises that are checked at once: the checker shows the failing case and names the misconception.

In a notebook: `check`, `hint`, `solution`, `inputs`, `progress`. In a terminal: ``cnncourse``. From a program: `run`.

From the ground up: `model` and the catalogue, which `library` loads by name; `compare`; `hand`, which runs answers in a
process of its own, and `process`, which holds the line to it; `display` and `verdict`; `runner` and `progress`; then
`notebook`, `workspace`, `grading`, `terminal`, each above the one before.

>>> from cnncourse.exercises import run
>>> run("conv2d", lambda x, weight, bias=None, stride=1, padding=0: x).status
'failed'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncourse.exercises.notebook import CheckError, check, hint, inputs, progress, solution
    from cnncourse.exercises.runner import run
    from cnncourse.exercises.verdict import Verdict

__all__ = ["CheckError", "Verdict", "check", "hint", "inputs", "progress", "run", "solution"]


def __getattr__(name: str) -> Any:
    """Load what is asked for on first use (PEP 562): the command's help need not wait for torch."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = {"run": "runner", "Verdict": "verdict"}.get(name, "notebook")
    return getattr(import_module(f"{__name__}.{home}"), name)
