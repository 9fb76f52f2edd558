"""A workspace: a folder of plain files, one for each exercise, which `cnncourse` and pytest check.

Files that are there are never overwritten; what replaces one keeps the old one beside it.
"""

from __future__ import annotations

import os
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import cnncourse
from cnncourse.exercises.display import DIFFICULTIES
from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import Exercise
from cnncourse.exercises.progress_file import MARKER, WORKSPACE_FILE, Progress
from cnncourse.exercises.templates import filled
from cnncourse.exercises.verdict import Verdict
from cnncourse.exercises.workspace.answers import Answer, CourseError, file_of, read_answer, source_hash

ROOM = "cnncourse.exercises.workspace"
COLUMNS = 92  # of a statement
UNRECORDED = ("missing", "file", "import")  # rungs that are no attempt at an answer


def starter(exercise: Exercise) -> str:
    """Write the file that a learner starts from: statement, imports, stub; nothing of the solution.

    >>> starter(load("conv2d")).splitlines()[0].strip('"')
    'conv2d: A whole convolution layer'
    """
    before, _, heading = exercise.read.partition(": ")
    texts = {
        "id": exercise.id,
        "title": exercise.title,
        "statement": plain_statement(exercise),
        "chapter": exercise.chapter,
        "difficulty": DIFFICULTIES[exercise.difficulty],
        "minutes": str(exercise.minutes),
        "heading": heading,
        "before": before,
    }
    return filled(
        *(ROOM, "exercise.py"),
        raw="r" if any("\\" in text for text in texts.values()) else "",
        **{name: text.replace('"' * 3, "'" * 3) for name, text in texts.items()},
        setup=exercise.setup.strip(),
        stub=exercise.stub.removesuffix("\n"),
    )


def plain_statement(exercise: Exercise) -> str:
    """Return what is asked, its paragraphs folded for an editor or a terminal; lists and code stay as they are."""
    paragraphs = exercise.statement.split("\n\n")
    return "\n\n".join(
        text if re.search(r"^([-*|>#\s]|```|\d+\.)", text, flags=re.MULTILINE) else textwrap.fill(text, COLUMNS)
        for text in paragraphs
    )


@dataclass(frozen=True)
class Workspace:
    """A folder of answers."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace:
        """Find the workspace around a folder, by default the working directory.

        Raises:
            CourseError: there is none.
        """
        start = (start or Path.cwd()).absolute()
        for folder in (start, *start.parents) if start.is_dir() else ():
            if (folder / MARKER).is_file():
                return cls(folder)
        found = "is no workspace" if start.is_dir() else "is no folder"
        raise CourseError(
            f"{start} {found}: expected {MARKER} in it or in a folder above; go to your workspace, or write one with "
            "cnncourse init"
        )

    @staticmethod
    def ids() -> list[str]:
        """List all exercises in order."""
        return ids()

    def path(self, exercise: str) -> Path:
        """Return an exercise's file."""
        return self.root / file_of(exercise)

    def exercise_of(self, path: Path) -> str | None:
        """Name the exercise to which a file belongs, if it does to any."""
        return path.stem if path.stem in ids() and path.absolute() == self.path(path.stem) else None

    def progress(self) -> Progress:
        """Open the workspace's progress file, or the one that CNNCOURSE_PROGRESS names."""
        return Progress(os.environ.get("CNNCOURSE_PROGRESS") or self.root / WORKSPACE_FILE)

    def answer(self, exercise: str) -> Answer:
        """Read an exercise's file, and run it to find the function."""
        return read_answer(exercise, self.path(exercise), file_of(exercise))

    def check(self, exercise: str, seed: int | None = None) -> Verdict:
        """Check an exercise and note the verdict."""
        return self.check_answer(exercise, seed)[1]

    def check_answer(self, exercise: str, seed: int | None = None) -> tuple[Answer, Verdict]:
        """Check an exercise and note the verdict; return what was read, too."""
        answer = self.answer(exercise)
        verdict = answer.check(seed)
        record(self.progress(), answer, verdict)
        return answer, verdict

    def is_untouched(self, exercise: str) -> bool:
        """Tell whether a file still holds the stub and no more, or is not there."""
        try:
            return source_hash(self.path(exercise).read_bytes()) == source_hash(load(exercise).stub)
        except OSError:
            return True

    def status(self, exercise: str, kept: Progress | None = None) -> str:
        """Return "not_attempted", "passed" or "failed"; or "changed" of an answer that was not checked as it stands."""
        if self.is_untouched(exercise):
            return "not_attempted"
        try:
            hashed = source_hash(self.path(exercise).read_bytes())
        except OSError:
            return "changed"
        answers = (kept or self.progress()).entries.get(exercise, {}).get("answers", {})
        return answers.get(hashed, {}).get("status", "changed")

    def reset(self, exercise: str) -> Path | None:
        """Put the stub in place of an answer; return the file that keeps the answer, if there was one.

        Raises:
            CourseError: nothing can be written there.
        """
        path, kept = self.path(exercise), None
        text = starter(load(exercise))
        try:
            path.parent.mkdir(exist_ok=True)
            if path.exists():
                kept = _free_name(path)
                kept.write_bytes(path.read_bytes())
            replace_file(path, text)
        except OSError as error:
            raise CourseError(f"{path} cannot be written ({error.strerror}); it is as it was; allow it") from None
        return kept


def record(kept: Progress, answer: Answer, verdict: Verdict) -> None:
    """Note a verdict, unless the answer could not even be read: that is no attempt."""
    if verdict.rung not in UNRECORDED:
        kept.record(verdict, answer.hash)


def write_workspace(folder: Path) -> tuple[list[str], list[str]]:
    """Write a workspace, or what it lacks; return the files written, and those that were there and are as they were.

    Raises:
        CourseError: nothing can be written there; then nothing is.
    """
    folder = folder.absolute()
    files = workspace_files()
    left = [name for name in files if os.path.lexists(folder / name)]
    written = [name for name in files if name not in left]
    try:
        for parent in sorted({(folder / name).parent for name in written}):
            _require_writable(parent)
        for name in written:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(files[name])
    except OSError as error:
        raise CourseError(
            f"{error.filename or folder} cannot be written ({error.strerror}); expected a folder of your own; name "
            "another one: cnncourse init FOLDER"
        ) from None
    return written, left


def workspace_files() -> dict[str, str]:
    """Return the texts of a new workspace's files, by name.

    >>> list(workspace_files())[-2:]
    ['.gitignore', 'cnncourse.toml']
    """
    files = {file_of(name): starter(load(name)) for name in ids()}
    files |= {name: filled(ROOM, name) for name in ("README.md", "conftest.py", "test_exercises.py")}
    files[".gitignore"] = filled(ROOM, "gitignore")
    return files | {MARKER: filled(ROOM, MARKER, version=cnncourse.__version__)}


def replace_file(path: Path, text: str) -> None:
    """Write a file in one step: whoever reads it sees the old or the new text, never half of one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_text(text, encoding="utf-8", newline="\n")
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _require_writable(folder: Path) -> None:
    """Raise what writing into a folder, or making it, would raise, before anything is written."""
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(20, "it is no folder", str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "no permission", str(folder))


def _free_name(path: Path) -> Path:
    """Find a name for the old answer which no file has yet."""
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.name}.{number}.bak")):
        number += 1
    return kept
