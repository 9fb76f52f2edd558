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
from cnncourse.exercises.answers import CourseError
from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import DRAWS, Exercise
from cnncourse.exercises.workspace import DIFFICULTIES

README = """\
# Instructors' pack

Package {version}, {count} exercises. **This folder holds all solutions and the hidden seed: keep it from learners.**

| Where | What |
| --- | --- |
| `exercises/CHAPTER/ID.md` | statement, solution, oracle, cases worked by hand, hints, explained wrong answers |
| `classroom/` | for GitHub Classroom: put it into the template repository, beside what `cnncourse init` writes |
| `gradescope/` | for Gradescope: zip the files in it (not the folder) and upload the zip as autograder |

## What a result proves, and what it does not

A check that ran on a learner's machine shows that learner something; to you it proves nothing. The package there can be
edited, `progress.json` and a report are text files, and the solutions are inside the installed package for whoever
looks.

* Grade on a machine of yours, with the package freshly installed, and take the answers' files alone from the learner.
* Grade with a hidden seed: `CNNCOURSE_SEED=N cnncourse report FOLDER`. Then the drawn cases are others than those that
  learners see, and the report leaves out the failing cases and the seed. Cases worked by hand, and the questions of
  predictions, are the same for everybody.
* The answer runs in the process that judges it, with a time limit but without a wall around it. An answer that is
  written to deceive can replace the checker or read the seed. Run it in a container without secrets and without
  network; look at answers before a result counts for much.
* The solutions are published with the course. A right answer shows that it is right, not who wrote it: equal values of
  `answer` in two reports mean equal code. Ask for an explanation, or for a change to the answer, in person.

## GitHub Classroom

Make a template repository of what `cnncourse init .` writes, and add `classroom/.github`. For a hidden seed set the
secret `CNNCOURSE_SEED` (a whole number). The workflow runs in the learner's own repository, where the learner can
change it: it is feedback. What counts, run again elsewhere:

    git clone LEARNER; CNNCOURSE_SEED=N cnncourse report LEARNER --format json --output LEARNER.json

## Gradescope

Python 3.11 or newer is needed: choose Ubuntu 24.04 or newer as base image. The answers' files, or one notebook, are
taken from the submission and put into a fresh workspace; nothing else of it is used. The hidden seed is in
`gradescope/seed`.

## Labels

{labels}
"""

CLASSROOM = """\
name: Autograding Tests
on: [push, workflow_dispatch, repository_dispatch]
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    if: github.actor != 'github-classroom[bot]'
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install the course, with PyTorch's smaller build
        run: |
          pip install --quiet torch --index-url https://download.pytorch.org/whl/cpu
          pip install --quiet "{package}"
      - name: Check the answers
        id: exercises
        env:
          CNNCOURSE_SEED: ${{{{ secrets.CNNCOURSE_SEED }}}}
        run: |
          cnncourse report . {only}--format junit --output "$RUNNER_TEMP/exercises.xml"
          cnncourse report . {only}--format classroom --output "$RUNNER_TEMP/exercises.json"
          echo "result=$(base64 --wrap=0 "$RUNNER_TEMP/exercises.json")" >> "$GITHUB_OUTPUT"
      - uses: actions/upload-artifact@v4
        with:
          name: exercises
          path: ${{{{ runner.temp }}}}/exercises.xml
      - uses: classroom-resources/autograding-grading-reporter@v1
        env:
          EXERCISES_RESULTS: ${{{{ steps.exercises.outputs.result }}}}
        with:
          runners: exercises
"""

SETUP = """\
#!/usr/bin/env bash
# Runs once, when Gradescope builds the image.
set -euo pipefail
apt-get update
apt-get install --yes python3 python3-venv
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 is needed: choose Ubuntu 24.04 or newer")'
python3 -m venv /autograder/course
/autograder/course/bin/pip install --quiet torch --index-url https://download.pytorch.org/whl/cpu
/autograder/course/bin/pip install --quiet "{package}"
"""

RUN = """\
#!/usr/bin/env bash
# Runs for each submission: takes the answers' files, or a notebook, and nothing else of it.
set -euo pipefail
cd "${{AUTOGRADER:-/autograder}}"
export PATH="$PWD/course/bin:$PATH" CNNCOURSE_PROGRESS="$PWD/progress.json"
CNNCOURSE_SEED="$(cat source/seed)"
export CNNCOURSE_SEED
notebook="$(find submission -name '*.ipynb' -not -path '*/.*' | sort | head -n 1)"
target="${{notebook:-fresh}}"
if [ -z "$notebook" ]; then
  rm -rf fresh
  cnncourse init fresh
  for answer in fresh/*/*.py; do
    found="$(find submission -name "$(basename "$answer")" -type f | sort | head -n 1)"
    if [ -n "$found" ]; then cp "$found" "$answer"; fi
  done
fi
mkdir -p results
cnncourse report "$target" {only}--format gradescope --output results/results.json
"""


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
    files["classroom/.github/workflows/classroom.yml"] = CLASSROOM.format(package=package, only=only)
    files["gradescope/setup.sh"] = SETUP.format(package=package)
    files["gradescope/run_autograder"] = RUN.format(only=only)
    files["gradescope/seed"] = f"{secrets.randbelow(10**9) if seed is None else seed}\n"
    labels = "\n".join(f"* {one.id}: {', '.join(wrong.label for wrong in one.wrong)}" for one in exercises)
    files["README.md"] = README.format(version=cnncourse.__version__, count=len(names), labels=labels)
    return files


def page(exercise: Exercise) -> str:
    """Write all that the catalogue knows of one exercise, as Markdown."""
    parts = [
        f"# {exercise.title}\n",
        f"`{exercise.id}{exercise.signature}`, chapter {exercise.chapter}, {DIFFICULTIES[exercise.difficulty]}, "
        f"{exercise.minutes} minutes. Read before: {exercise.read}.\n",
        f"## Statement\n\n{exercise.statement}\n",
        "## Solution\n\n" + _block(f"{exercise.setup}\n\n\n{exercise.solution_source}"),
        f"## Oracle\n\nWhat is expected is computed by another way:\n\n{_oracle(exercise)}",
        f"## Cases\n\n{_cases(exercise)}",
        "## Hints\n\n" + "".join(f"{i}. {hint}\n" for i, hint in enumerate(exercise.hints, start=1)),
        "## Wrong answers\n",
        *(
            f"### {wrong.label}\n\n{wrong.why} Read: {wrong.read}.\n\n{_block(exercise.wrong_source(wrong))}"
            for wrong in exercise.wrong
        ),
    ]
    return "\n".join(parts)


def _oracle(exercise: Exercise) -> str:
    if name := resolve_name(exercise.oracle):  # one of torch's own
        return f"`{name}`\n"
    return _block(textwrap.dedent(inspect.getsource(exercise.oracle)))


def _cases(exercise: Exercise) -> str:
    if exercise.is_prediction:
        return "".join(f"* {question}: {answer!r}\n" for question, answer in exercise.questions.items())
    lines = []
    for case in exercise.anchors:
        given = [repr(value) for value in case.args] + [f"{key}={value!r}" for key, value in case.kwargs.items()]
        lines.append(f"{exercise.id}({', '.join(given)})\n# gives {case.expected!r}\n")
    return f"{len(lines)} worked by hand, then {DRAWS} drawn from the seed.\n\n" + _block("\n".join(lines))


def _block(code: str) -> str:
    return f"```python\n{code.strip()}\n```\n"


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.chmod(0o755)  # a temporary folder is closed to others
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        if text.startswith("#!"):
            path.chmod(0o755)
