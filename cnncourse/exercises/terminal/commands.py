"""The commands of ``cnncourse``: what a learner and an instructor type.

The exit status is 0 where all that was asked for holds, 1 where an answer does not pass, 2 where the question is wrong.
"""

from __future__ import annotations

import os
import sys
import warnings
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from cnncourse.exercises import notebook
from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.grading.formats import FORMATS, Format, as_csv
from cnncourse.exercises.grading.instructor import write_pack
from cnncourse.exercises.grading.report import Entry, collect
from cnncourse.exercises.grading.submission import read_class, read_folder, read_submission
from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import Exercise
from cnncourse.exercises.progress_file import HONEST_ATTEMPTS, Progress
from cnncourse.exercises.terminal.printing import console, say, show_list, show_verdict
from cnncourse.exercises.terminal.watch import watch_workspace
from cnncourse.exercises.verdict import Verdict
from cnncourse.exercises.workspace.answers import Answer, CourseError, file_of, printable, read_notebook
from cnncourse.exercises.workspace.folder import Workspace, record, replace_file, write_workspace

SEED = "CNNCOURSE_SEED"
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Exercises of the course, in the terminal: cnncourse init, then cnncourse watch.",
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The exercise's id; cnncourse list names them.")]
Seed = Annotated[int | None, typer.Option(min=0, help="The first drawn case; 0 by default.")]
Marks = StrEnum("Marks", ["one", "difficulty"])
GradingSeed = Annotated[int | None, typer.Option("--seed", min=0, help=f"The first drawn case; else {SEED}, else 0.")]
Output = Annotated[Path | None, typer.Option("--output", help="The file; by default it is printed.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="An id or a chapter; may be given again. By default all.")
]
Points = Annotated[Marks, typer.Option("--points", help="Each exercise's points: one, or its difficulty.")]


def run_command(arguments: list[str] | None = None) -> None:
    """Run a command; errors of use become a line on stderr and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that knows no ✓ shows ?
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = lambda message, *_: print(f"note: {message}", file=sys.stderr)
        try:
            app(arguments, prog_name="cnncourse")
        except CourseError as error:
            print(f"error: {printable(str(error))}", file=sys.stderr)
            sys.exit(2)
        except OSError as error:
            named = f"{error.filename}: " if error.filename else ""
            print(f"error: {printable(named)}{error.strerror or error}; allow it, or go elsewhere", file=sys.stderr)
            sys.exit(2)


def find(name: str) -> Exercise:
    """Load an exercise.

    Raises:
        CourseError: no such exercise; the message proposes the nearest names.
    """
    if name not in ids():
        raise CourseError(_unknown(name, "the id of an exercise", ids()))
    return load(name)


def select(names: list[str]) -> list[str]:
    """List the exercises that ids and chapters' names stand for, in the order given.

    Raises:
        CourseError: a name is neither.
    """
    chosen: dict[str, None] = {}
    for name in names:
        if name not in ids() and name not in CATALOGUE:
            raise CourseError(_unknown(name, "the id of an exercise or a chapter", [*ids(), *CATALOGUE]))
        chosen |= dict.fromkeys(ids(name) if name in CATALOGUE else [name])
    return list(chosen)


def _unknown(name: str, expected: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    remedy = f"did you mean {' or '.join(near)}?" if near else "cnncourse list names them all"
    return f"exercise is {name!r}; expected {expected}; {remedy}"


@app.command()
def init(
    folder: Annotated[Path | None, typer.Argument(help="Where; by default this workspace, or ./exercises.")] = None,
) -> None:
    """Write a workspace: a file for each exercise. What is there stays as it is."""
    if folder is None:
        try:
            folder = Workspace.find().root
        except CourseError:
            folder = Path("exercises")
    written, left = write_workspace(folder)
    console.print(f"{folder}: {len(written)} files written, {len(left)} were there and are left alone.")
    for name in left if written or len(left) < 10 else []:
        console.print(f"  left alone: {name}")
    if written:
        console.print(f"next: cd {folder}, then cnncourse watch")


@app.command()
def check(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="IDS", help="Ids, chapters, files or notebooks; by default all that you attempted."),
    ] = None,
    seed: Seed = None,
) -> None:
    """Check answers; exit status 0 only if all of them pass."""
    wanted = [part for name in what for part in _wanted(name)] if what else _attempted()
    if not wanted:
        console.print("Nothing is attempted yet. cnncourse list shows the exercises; cnncourse watch guides you.")
        raise typer.Exit(1)
    told: set[str] = set()
    verdicts = [_check(name, origin, seed, told) for name, origin in wanted]
    done = sum(verdict.status == "passed" for verdict in verdicts)
    if len(verdicts) > 1:
        console.print(f"{done} of {len(verdicts)} checked exercises passed.")
    unread = any(verdict.rung in ("file", "missing") for verdict in verdicts)
    raise typer.Exit(2 if unread else int(done < len(verdicts)))


def _wanted(name: str) -> list[tuple[str, Workspace | Answer]]:
    """List what a name stands for: exercises, and where to read each."""
    if name.endswith(".ipynb"):
        return [(answer.id, answer) for answer in _read_notebook(Path(name))]
    if not name.endswith(".py"):
        workspace = Workspace.find()
        return [(one, workspace) for one in select([name])]
    workspace = Workspace.find(Path(name).resolve().parent)  # from wherever it is asked for
    if (exercise := workspace.exercise_of(Path(name).resolve())) is None:
        raise CourseError(
            f"{name} is no exercise's file in {workspace.root}; expected CHAPTER/ID.py, such as {file_of(ids()[0])}"
        )
    return [(exercise, workspace)]


def _read_notebook(path: Path) -> list[Answer]:
    answers = read_notebook(path)
    console.print(f"{path.name}: its imports, definitions and constants are run, nothing else.")
    return answers


def _attempted() -> list[tuple[str, Workspace | Answer]]:
    workspace = Workspace.find()
    return [(name, workspace) for name in ids() if not workspace.is_untouched(name)]


def _check(name: str, origin: Workspace | Answer, seed: int | None, told: set[str]) -> Verdict:
    """Check one answer, show the verdict and note it; a note on a notebook is told once."""
    if isinstance(origin, Workspace):
        _, verdict = origin.check_answer(name, seed)
    else:
        verdict = origin.check(seed)
        record(Progress(), origin, verdict)
    for note in verdict.notes:
        if note not in told:
            say(f"note: {note}")
    told.update(verdict.notes)
    show_verdict(verdict)
    console.print()
    return verdict


def statuses() -> dict[str, str]:
    """Return each exercise's status: in a workspace of the answer as it stands, elsewhere of the one checked last."""
    try:
        workspace = Workspace.find()
    except CourseError:
        kept = Progress()
        return {name: kept.status(name) for name in ids()}
    kept = workspace.progress()
    return {name: workspace.status(name, kept) for name in ids()}


@app.command("list")
def list_all() -> None:
    """List all exercises, and how far you are."""
    show_list(statuses())


@app.command()
def progress() -> None:
    """Show how many exercises of each chapter pass."""
    found = statuses()
    for chapter, names in CATALOGUE.items():
        done = sum(found[name] == "passed" for name in names)
        console.print(f"{chapter:<20}{done} of {len(names)}  {'■' * done}{'□' * (len(names) - done)}")
    done = sum(status == "passed" for status in found.values())
    console.print(f"{done} of {len(found)} exercises passed.")
    try:
        Workspace.find()
    except CourseError:
        console.print("This counts what you checked in notebooks; go to your workspace to see what stands there.")
    kept = Progress()
    for name in [name for name in ids() if found[name] == "failed" and kept.label(name)]:
        console.print(f"{name}: last time, {kept.label(name)}; cnncourse check {name} says more.")


@app.command()
def hint(exercise: Id) -> None:
    """Show the next of an exercise's hints."""
    found = find(exercise)
    say(Progress().next_hint(found))


@app.command()
def solution(
    exercise: Id, force: Annotated[bool, typer.Option("--force", help="Show it in any case.")] = False
) -> None:
    """Show the solution, once your answer passes or a few were tried."""
    found, kept = find(exercise), Progress()
    if force or kept.may_see_solution(exercise):
        console.print(found.solution_source.rstrip())
        return
    print(
        f"{exercise}: the solution can be seen when your answer passes, or after {HONEST_ATTEMPTS} different answers; "
        f"so far: {kept.attempts(exercise)}. cnncourse hint {exercise} helps; --force shows it all the same.",
        file=sys.stderr,
    )
    raise typer.Exit(1)


@app.command()
def inputs(
    exercise: Id,
    seed: Annotated[int | None, typer.Option(min=0, help="Of a drawn case, as the verdict names it.")] = None,
    case: Annotated[int | None, typer.Option(help="The number of a case worked by hand, from 1 on.")] = None,
) -> None:
    """Print the arguments of one case."""
    find(exercise)
    try:
        given = notebook.inputs(exercise, seed=seed, case=case)
    except ValueError as error:
        raise CourseError(str(error)) from None
    pick = f"seed={seed}" if seed is not None else f"case={case}"
    console.print(f'# as Python objects: from cnncourse.exercises import inputs; inputs("{exercise}", {pick})')
    for name, value in given.items():
        console.print(f"{name} = {_text(value)}")


def _text(value: Any) -> str:
    text = repr(value)
    return f"\\\n{text}" if isinstance(value, torch.Tensor) and "\n" in text else text  # its rows stay aligned


@app.command()
def reset(
    exercise: Annotated[str | None, typer.Argument(metavar="ID", help="The exercise's id.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All that you have attempted.")] = False,
) -> None:
    """Start an exercise anew, or all; your text is kept beside it."""
    workspace = Workspace.find()
    if everything:
        _reset_all(workspace, yes)
        return
    if exercise is None:
        raise CourseError("no exercise is named; expected an id, or --all; cnncourse list names the ids")
    find(exercise)
    if not yes and not typer.confirm(f"Put the stub back into {file_of(exercise)}? Your text is kept beside it"):
        console.print(f"{file_of(exercise)} is left as it is.")
        raise typer.Exit(1)
    kept = workspace.reset(exercise)
    console.print(f"{file_of(exercise)} is the stub again" + (f"; your text is in {kept.name}." if kept else "."))


def _reset_all(workspace: Workspace, yes: bool) -> None:
    attempted = [name for name in ids() if not workspace.is_untouched(name)]
    if attempted and not yes and not typer.confirm(f"Put the stubs back into {len(attempted)} files? Texts are kept"):
        console.print("All is left as it is.")
        raise typer.Exit(1)
    for name in attempted:
        workspace.reset(name)
    console.print(f"{len(attempted)} files are stubs again; your texts are beside them, as NAME.py.1.bak.")


@app.command()
def watch(
    exercise: Annotated[
        str | None, typer.Argument(metavar="ID", help="Where to begin; by default where you were.")
    ] = None,
) -> None:
    """Check on every save, one exercise at a time."""
    workspace = Workspace.find()
    watch_workspace(workspace, console, find(exercise).id if exercise else None)


@app.command()
def report(
    target: Annotated[Path, typer.Argument(help="A workspace or a notebook.")] = Path(),
    form: Annotated[Format, typer.Option("--format", help="What is to be written.")] = Format.JSON,
    seed: GradingSeed = None,
    output: Output = None,
    only: Only = None,
    points: Points = Marks.one,
    hide_cases: Annotated[bool, typer.Option("--hide-cases", help=f"Leave failing cases out, as {SEED} does.")] = False,
    all_files: Annotated[
        bool,
        typer.Option("--all-files", help="Read every notebook and .py file in the folder; the best answer counts."),
    ] = False,
) -> None:
    """Report on all answers, for scripts and graders."""
    seed, hidden = _grading_seed(seed)
    names = select(only) if only else ids()
    _require_place(output)
    by_difficulty = points == Marks.difficulty
    submission = read_submission(target, all_files)
    entries = collect(submission, names, seed, hide_cases=hide_cases or hidden, by_difficulty=by_difficulty)
    _write(FORMATS[form](entries), output)


@app.command()
def grade(
    folder: Annotated[Path, typer.Argument(help="It holds a folder or a notebook for each learner.")],
    seed: GradingSeed = None,
    output: Output = None,
    only: Only = None,
    points: Points = Marks.one,
) -> None:
    """Check a class, and write a table with a row for each learner and exercise, as CSV."""
    seed, _ = _grading_seed(seed)
    names = select(only) if only else ids()
    _require_place(output)
    taken, left = read_class(folder)
    for name in left:
        print(f"note: {name} is left out; it is neither a folder nor a notebook", file=sys.stderr)
    entries: list[Entry] = []
    known: dict[str, Verdict] = {}
    for path in taken:
        submission = read_folder(path)
        found = collect(submission, names, seed, by_difficulty=points == Marks.difficulty, known=known)
        done = sum(entry.status == "passed" for entry in found)
        for line in (f"{path.name}: {done} of {len(found)} passed", *(f"note: {one}" for one in submission.problems)):
            print(printable(line), file=sys.stderr)
        entries += found
    _write(as_csv(entries), output)


def _grading_seed(seed: int | None) -> tuple[int | None, bool]:
    """Take the seed of the command line, or else the environment's, which is a secret: its cases are to be hidden."""
    if seed is not None or not (text := os.environ.get(SEED, "").strip()):
        return seed, False
    if not text.isdecimal():
        raise CourseError(f"{SEED} is {text!r}; expected a whole number from 0 on; mend or unset it")
    return int(text), True


def _require_place(output: Path | None) -> None:
    if output is not None and not output.absolute().parent.is_dir():
        raise CourseError(f"--output is {output}, but {output.parent} is no folder; make it, or name another file")


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        replace_file(output, text)
    except OSError as error:
        raise CourseError(f"--output {output} cannot be written ({error.strerror}); name another file") from None


@app.command()
def instructor(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, or is empty.")],
    package: Annotated[
        str | None,
        typer.Option(help="What pip is to install, or a wheel's file; by default a wheel is built from this checkout."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The hidden seed; by default it is drawn.")] = None,
    only: Only = None,
) -> None:
    """Write the instructors' pack: solutions, and how to grade."""
    files = write_pack(folder, select(only) if only else ids(), package, seed)
    console.print(f"{folder}: {len(files)} files written; begin with README.md. It holds all solutions.")
