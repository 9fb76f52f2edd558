"""What a learner has done: a plain JSON file, keyed by exercise and by a hash of the answer.

An answer that is edited is another answer: it has to be checked again. The file holds no code and no names.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
import textwrap
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnncourse.exercises.model import Exercise
from cnncourse.exercises.verdict import Verdict

HONEST_ATTEMPTS = 3  # different answers, after which the solution may be seen
WORKSPACE_FILE = "progress.json"
MARKER = "cnncourse.toml"  # makes a folder a workspace


class Progress:
    """Read and write one progress file.

    Args:
        path: the file; it need not exist yet. By default `progress_path`.

    A file that cannot be read is kept under another name, with a warning; where nothing can be written, the progress
    lives as long as the process.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else progress_path()
        self.entries: dict[str, dict[str, Any]] = self._read()

    def record(self, verdict: Verdict, answer: str) -> None:
        """Note a verdict on the answer with this hash; what was not attempted leaves no trace."""
        if verdict.status == "not_attempted":
            return
        entry = self._entry(verdict.id)
        entry["answers"][answer] = {
            "status": verdict.status,
            "label": verdict.label,
            "passed": verdict.passed,
            "planned": verdict.planned,
            "seed": verdict.seed,
        }
        entry["last"] = answer
        self._write()

    def next_hint(self, exercise: Exercise) -> str:
        """Count one more hint as seen; return it with its number, and again the last one when all were seen."""
        entry, hints = self._entry(exercise.id), exercise.hints
        entry["hints"] = min(entry["hints"] + 1, len(hints))
        self._write()
        return f"Hint {entry['hints']} of {len(hints)}: {hints[entry['hints'] - 1]}"

    def status(self, exercise: str) -> str:
        """Return the status of the answer that was checked last: "passed", "failed" or "not_attempted"."""
        entry = self.entries.get(exercise, {})
        return entry.get("answers", {}).get(entry.get("last"), {}).get("status", "not_attempted")

    def label(self, exercise: str) -> str | None:
        """Return the misconception that was named last, while the answer has not passed."""
        entry = self.entries.get(exercise, {})
        return entry.get("answers", {}).get(entry.get("last"), {}).get("label")

    def hints(self, exercise: str) -> int:
        """Count the hints that were seen."""
        return self.entries.get(exercise, {}).get("hints", 0)

    def attempts(self, exercise: str) -> int:
        """Count the different answers that were tried."""
        return len(self.entries.get(exercise, {}).get("answers", {}))

    def may_see_solution(self, exercise: str) -> bool:
        """Tell whether the exercise was passed, or tried honestly."""
        return self.status(exercise) == "passed" or self.attempts(exercise) >= HONEST_ATTEMPTS

    def forget(self, exercise: str) -> None:
        """Drop what is known about one exercise."""
        if self.entries.pop(exercise, None) is not None:
            self._write()

    def _entry(self, exercise: str) -> dict[str, Any]:
        return self.entries.setdefault(exercise, {"answers": {}, "last": None, "hints": 0})

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            entries = content["exercises"]
            for entry in entries.values():  # whatever else the file may be, it is no progress file
                entry["answers"].items(), entry["last"], entry["hints"] + 0
        except OSError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            kept = self.path.with_suffix(".damaged.json")
            os.replace(self.path, kept)
            warnings.warn(
                f"{self.path} is no progress file ({type(error).__name__}); it is kept as {kept.name}, and progress "
                "starts anew",
                stacklevel=4,
            )
            return {}
        return entries

    def _write(self) -> None:
        """Replace the file in one step; two processes at once leave one of two complete files."""
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({"version": 1, "exercises": self.entries}, indent=1) + "\n", encoding="utf-8")
            os.replace(fresh, self.path)
        except OSError as error:
            warnings.warn(f"progress is not kept: {error}; CNNCOURSE_PROGRESS may name another file", stacklevel=4)


def progress_path() -> Path:
    """Return CNNCOURSE_PROGRESS, else the workspace's around the working directory, else the user's."""
    if named := os.environ.get("CNNCOURSE_PROGRESS"):
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_file():
            return folder / WORKSPACE_FILE
    from platformdirs import user_data_path

    return user_data_path("cnncourse", appauthor=False) / WORKSPACE_FILE


def answer_hash(answer: str | Callable) -> str:
    """Hash an answer: its code without comments and layout.

    >>> answer_hash("def f(x): return x  # the same") == answer_hash("def f(x):\\n    return x")
    True
    """
    if not isinstance(answer, str):
        try:
            answer = textwrap.dedent(inspect.getsource(answer))
        except (OSError, TypeError):  # typed into a console, or no function at all
            code = getattr(answer, "__code__", None)
            answer = repr((code.co_code, code.co_consts, code.co_names)) if code else repr(type(answer))
    try:
        tree = ast.parse(answer)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node.decorator_list = []
        answer = ast.unparse(tree)
    except SyntaxError:
        pass
    return hashlib.sha256(answer.encode()).hexdigest()[:16]
