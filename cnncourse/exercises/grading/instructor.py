"""The instructors' pack: all that the catalogue knows, and how to grade. Everything is derived when it is written."""

from __future__ import annotations

import inspect
import os
import secrets
import shutil
import tempfile
import textwrap
from pathlib import Path

from torch.overrides import resolve_name

import cnncourse
from cnncourse.exercises.display import DIFFICULTIES
from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import DRAWS, Exercise, Wrong
from cnncourse.exercises.templates import filled
from cnncourse.exercises.workspace.answers import CourseError

ROOM = "cnncourse.exercises.grading"


def write_pack(folder: Path, names: list[str], package: str | None = None, seed: int | None = None) -> list[str]:
    """Write the pack for some exercises; return the names of its files.

    Args:
        folder: where; must not be there yet, or be empty.
        names: the exercises, in their order.
        package: what pip is to install; by default this version of the package.
        seed: the hidden seed; by default it is drawn.

    Raises:
        CourseError: something is there already, or nothing can be written.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise CourseError(f"{folder} holds something already; expected a new or an empty folder; name another one")
    files = pack(names, package, seed)
    try:
        fresh = Path(tempfile.mkdtemp(prefix=".cnncourse", dir=folder.parent))
    except OSError as error:
        raise CourseError(f"{folder} cannot be made ({error.strerror}); name a folder of your own") from None
    try:
        _write(fresh, files)
        if folder.exists():
            folder.rmdir()
        os.replace(fresh, folder)
    except OSError as error:
        raise CourseError(f"{folder} cannot be written ({error.strerror}); name a folder of your own") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return list(files)


def pack(names: list[str], package: str | None = None, seed: int | None = None) -> dict[str, str]:
    """Return the pack's files, by name."""
    package = package or f"cnncourse[terminal]=={cnncourse.__version__}"
    only = "".join(f"--only {name} " for name in names) if names != ids() else ""
    exercises = [load(name) for name in names]
    files = {f"exercises/{one.chapter}/{one.id}.md": page(one) for one in exercises}
    files["classroom/.github/workflows/classroom.yml"] = filled(ROOM, "classroom.yml", package=package, only=only)
    files["gradescope/setup.sh"] = filled(ROOM, "setup.sh", package=package)
    files["gradescope/run_autograder"] = filled(ROOM, "run_autograder", only=only)
    files["gradescope/seed"] = f"{secrets.randbelow(10**9) if seed is None else seed}\n"
    labels = "\n".join(f"* {one.id}: {', '.join(wrong.label for wrong in one.wrong)}" for one in exercises)
    readme = {"version": cnncourse.__version__, "count": len(names), "labels": labels}
    return files | {"README.md": filled(ROOM, "README.md", **readme)}


def page(exercise: Exercise) -> str:
    """Write all that the catalogue knows of one exercise, as Markdown."""
    return filled(
        *(ROOM, "page.md"),
        title=exercise.title,
        id=exercise.id,
        signature=exercise.signature,
        chapter=exercise.chapter,
        difficulty=DIFFICULTIES[exercise.difficulty],
        minutes=exercise.minutes,
        read=exercise.read,
        statement=exercise.statement,
        solution=f"{exercise.setup}\n\n\n{exercise.solution_source}".strip(),
        oracle=_oracle(exercise),
        cases=_cases(exercise),
        hints="\n".join(f"{i}. {hint}" for i, hint in enumerate(exercise.hints, start=1)),
        wrong="\n".join(_wrong(exercise, one) for one in exercise.wrong).removesuffix("\n"),
    )


def _wrong(exercise: Exercise, wrong: Wrong) -> str:
    source = exercise.wrong_source(wrong).strip()
    return filled(ROOM, "wrong_answer.md", label=wrong.label, why=wrong.why, read=wrong.read, source=source)


def _oracle(exercise: Exercise) -> str:
    if name := resolve_name(exercise.oracle):  # one of torch's own
        return f"`{name}`"
    return _block(textwrap.dedent(inspect.getsource(exercise.oracle)))


def _cases(exercise: Exercise) -> str:
    if exercise.is_prediction:
        return "\n".join(f"* {question}: {answer!r}" for question, answer in exercise.questions.items())
    lines = []
    for case in exercise.worked:
        given = [repr(value) for value in case.args] + [f"{key}={value!r}" for key, value in case.kwargs.items()]
        lines.append(f"{exercise.id}({', '.join(given)})\n# gives {case.expected!r}\n")
    return f"{len(lines)} worked by hand, then {DRAWS} drawn from the seed.\n\n" + _block("\n".join(lines))


def _block(code: str) -> str:
    return f"```python\n{code.strip()}\n```"


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.chmod(0o755)  # a temporary folder is closed to others
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        if text.startswith("#!"):
            path.chmod(0o755)
