"""What a learner hands in: a workspace, a notebook, or a folder with any number of notebooks and files."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, field
from pathlib import Path

from cnncourse.exercises.library import ids
from cnncourse.exercises.progress_file import MARKER
from cnncourse.exercises.workspace.answers import UNREADABLE, Answer, CourseError, parsed, read_answer, read_notebook
from cnncourse.exercises.workspace.folder import Workspace

SUFFIXES = (".ipynb", ".py")
SHOWN = 3  # files that were not read, in a message
NOT_THEIRS = ("__pycache__", "__MACOSX", "node_modules", "site-packages")  # folders beside what was handed in


@dataclass(frozen=True)
class Submission:
    """The answers of one learner, by exercise, each with the name of its file; ``problems`` says what was not read."""

    name: str
    found: dict[str, list[tuple[str, Answer]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def unread(self) -> str:
        """Say what was not read, and why; of many things the first few."""
        more = len(self.problems) - SHOWN
        return "; ".join([*self.problems[:SHOWN], *([f"and {more} more"] if more > 0 else [])])

    def answers(self, exercise: str) -> list[tuple[str, Answer]]:
        """List the answers to an exercise; where there is none, one that says so."""
        why = self.unread or f"no file in {self.name} holds an answer"
        return self.found.get(exercise) or [("", Answer(exercise, self.name, rung="missing", problem=why))]


def read_submission(target: Path, all_files: bool = False) -> Submission:
    """Read the answers of a workspace or of a notebook.

    Args:
        target: the notebook; or a folder, the workspace's or one in it.
        all_files: read every notebook and every Python file in the folder, be it a workspace or not.

    Raises:
        CourseError: it is neither, or cannot be read.
    """
    if target.is_dir() and all_files:
        return read_folder(target)
    if target.suffix == ".ipynb":
        lacking = [f"{target.name} hands no such function to check"]
        return Submission(target.name, {one.id: [(target.name, one)] for one in read_notebook(target)}, lacking)
    if target.is_file():
        raise CourseError(f"{target} is a file; expected a workspace (a folder with {MARKER}) or a notebook (.ipynb)")
    workspace = Workspace.find(target)
    answers = {name: workspace.answer(name) for name in ids()}
    return Submission(workspace.root.name, {name: [(one.where, one)] for name, one in answers.items()})


def read_folder(target: Path) -> Submission:
    """Read every notebook and every Python file of a folder, or one notebook alone; what is in them raises nothing.

    A Python file answers the exercises that it is named after or whose functions it defines.
    """
    submission = Submission(target.name)
    root = target if target.is_dir() else target.parent
    for path in _files(target, submission.problems):
        where = path.relative_to(root).as_posix()
        try:
            answers = read_notebook(path) if path.suffix == ".ipynb" else _read_python(path, where)
        except CourseError as error:
            submission.problems.append(str(error))
        except Exception as error:  # such as a notebook's JSON that is too deep
            submission.problems.append(f"{where} cannot be read ({type(error).__name__})")
        else:
            for answer in answers:
                submission.found.setdefault(answer.id, []).append((where, answer))
    return submission


def _files(target: Path, problems: list[str]) -> list[Path]:
    """List files in order; nothing hidden, and no link, which may lead out of what was handed in."""
    if not target.is_dir():
        return [target]
    found = []
    for folder, inner, names in os.walk(target, onerror=lambda error: problems.append(str(error))):
        inner[:] = [name for name in inner if not name.startswith(".") and name not in NOT_THEIRS]
        found += [Path(folder, name) for name in names if name.endswith(SUFFIXES) and not name.startswith(".")]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _read_python(path: Path, where: str) -> list[Answer]:
    try:
        tree = parsed(path.read_bytes(), where)
    except (OSError, *UNREADABLE):
        if path.stem not in ids():
            raise
        names = {path.stem}
    else:
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        names = defined & set(ids()) or {path.stem} & set(ids())
    return [read_answer(name, path, where) for name in ids() if name in names]


def read_class(folder: Path) -> tuple[list[Path], list[str]]:
    """List the submissions in a folder, its subfolders and notebooks, and the names of what is none.

    Raises:
        CourseError: it is no folder, is itself a workspace, or holds none.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder; expected one that holds a folder or a notebook for each learner")
    if (folder / MARKER).is_file():
        raise CourseError(
            f"{folder} is one workspace; expected a folder that holds a folder or a notebook for each learner; for "
            "this one: cnncourse report --format csv"
        )
    shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    taken = [path for path in shown if (path.is_dir() and path.name not in NOT_THEIRS) or path.suffix == ".ipynb"]
    if not taken:
        raise CourseError(
            f"{folder} holds neither folders nor notebooks; expected one for each learner; unpack archives first"
        )
    return taken, [path.name for path in shown if path not in taken]
