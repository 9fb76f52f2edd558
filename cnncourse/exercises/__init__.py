"""Exercises that are checked at once: the checker shows the failing case and names the misconception.

In a notebook: `check`, `hint`, `solution`, `inputs`, `progress`. In a terminal: ``cnncourse``. From a program: `run`.

From the ground up: `model` and the catalogue, which `library` loads by name; `compare`; `hand`, which runs answers in a
process of its own, and `process`, which holds the line to it; `display` and `verdict`; `runner` and `progress`; then
`notebook`, `workspace`, `grading`, `terminal`, each above the one before.

>>> from cnncourse.exercises import run
>>> run("conv2d", lambda x, weight, bias=None, stride=1, padding=0: x).status
'failed'
"""

from cnncourse.exercises.notebook import CheckError, check, hint, inputs, progress, solution
from cnncourse.exercises.runner import run
from cnncourse.exercises.verdict import Verdict

__all__ = ["CheckError", "Verdict", "check", "hint", "inputs", "progress", "run", "solution"]
