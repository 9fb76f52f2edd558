"""The instructors' pack: all that the catalogue knows, and how to grade. Everything is derived when it is written."""

from __future__ import annotations

import inspect
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import textwrap
from importlib.util import find_spec
from pathlib import Path

from torch.overrides import resolve_name

import cnncourse
from cnncourse.exercises.display import DIFFICULTIES
from cnncourse.exercises.grading.report import RUNG_WORDS
from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import DRAWS, Exercise, Wrong
from cnncourse.exercises.templates import filled
from cnncourse.exercises.workspace.answers import CourseError

ROOM = "cnncourse.exercises.grading"


SOURCE = Path(__file__).parents[3]  # a checkout, or where the package is installed
BUILT = "built"  # a folder for the time of writing
WHEEL_FOLDERS = ("gradescope", "classroom/.github")  # beside the recipes that install it


def write_pack(folder: Path, names: list[str], package: str | None = None, seed: int | None = None) -> list[str]:
    """Write the pack for some exercises; return the names of its files.

    Args:
        folder: where; must not be there yet, or be empty.
        names: the exercises, in their order.
        package: what is graded with: a wheel's file, which is put into the pack, or what pip is to install. By default
            a wheel is built from the checkout in which this package stands.
        seed: the hidden seed; by default it is drawn.

    Raises:
        CourseError: something is there already, nothing can be written, or there is nothing to build a wheel from.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise CourseError(f"{folder} holds something already; expected a new or an empty folder; name another one")
    try:
        fresh = Path(tempfile.mkdtemp(prefix=".cnncourse", dir=folder.parent))
    except OSError as error:
        raise CourseError(f"{folder} cannot be made ({error.strerror}); name a folder of your own") from None
    try:
        wheel = _wheel(package, fresh)
        files = pack(names, wheel.name if wheel else str(package), seed)
        _write(fresh, files)
        if wheel:
            files |= dict.fromkeys((f"{inner}/{wheel.name}" for inner in WHEEL_FOLDERS), "")
            for inner in WHEEL_FOLDERS:
                shutil.copyfile(wheel, fresh / inner / wheel.name)
            shutil.rmtree(fresh / BUILT, ignore_errors=True)
        if folder.exists():
            folder.rmdir()
        os.replace(fresh, folder)
    except OSError as error:
        raise CourseError(f"{folder} cannot be written ({error.strerror}); name a folder of your own") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return list(files)


def _wheel(package: str | None, fresh: Path) -> Path | None:
    """Find or build the wheel that goes into the pack; None where pip is to fetch the package."""
    if package is None:
        return build_wheel(fresh / BUILT)
    if not package.endswith(".whl"):
        return None
    if not Path(package).is_file():
        raise CourseError(f"--package is {package}, which is no file; expected a wheel, as make wheel builds it")
    return Path(package)


def build_wheel(folder: Path, source: Path = SOURCE) -> Path:
    """Build a wheel of the package into a folder, by pip and the backend that pyproject.toml names.

    Raises:
        CourseError: ``source`` is no checkout, or the build fails; the message says what to give instead.
    """
    remedy = 'expected a checkout; give what pip is to install: --package "git+https://...", or the file of a wheel'
    if not (source / "pyproject.toml").is_file():
        raise CourseError(f"no wheel can be built: {source} holds no pyproject.toml; {remedy}")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    if find_spec("hatchling") is not None:
        command.append("--no-build-isolation")  # needs no network
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    built = list(folder.glob("*.whl"))
    if done.returncode or len(built) != 1:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        raise CourseError(f"no wheel can be built from {source} ({said[-1].strip()}); {remedy}")
    return built[0]


def pack(names: list[str], package: str, seed: int | None = None) -> dict[str, str]:
    """Return the pack's files, by name; ``package`` is a wheel's name, or what pip is to install."""
    only = "".join(f"--only {name} " for name in names) if names != ids() else ""
    exercises = [load(name) for name in names]
    files = {f"exercises/{one.chapter}/{one.id}.md": page(one) for one in exercises}
    workflow = {"package": installed(package, ".github"), "only": only}
    files["classroom/.github/workflows/classroom.yml"] = filled(ROOM, "classroom.yml", **workflow)
    files["gradescope/setup.sh"] = filled(ROOM, "setup.sh", package=installed(package, "source"))
    files["gradescope/run_autograder"] = filled(ROOM, "run_autograder", only=only)
    files["gradescope/seed"] = f"{secrets.randbelow(10**9) if seed is None else seed}\n"
    labels = "\n".join(f"* {one.id}: {', '.join(wrong.label for wrong in one.wrong)}" for one in exercises)
    found = "\n".join(f"* `{label}`: {words}" for label, words in RUNG_WORDS.items())
    readme = {"version": cnncourse.__version__, "count": len(names), "labels": labels, "found": found}
    return files | {"README.md": filled(ROOM, "README.md", **readme)}


def installed(package: str, folder: str) -> str:
    """Write what pip is told: the package with what its command needs.

    >>> installed("cnncourse-1-py3-none-any.whl", "source")
    './source/cnncourse-1-py3-none-any.whl[terminal]'
    >>> installed("git+https://example.org/course", "source")
    'cnncourse[terminal] @ git+https://example.org/course'
    """
    if package.endswith(".whl"):
        return f"./{folder}/{package}[terminal]"
    return f"cnncourse[terminal] @ {package}" if package.startswith("git+") else package


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
        elif path.name == "seed":
            path.chmod(0o600)
