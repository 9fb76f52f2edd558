"""A learner's answers, as they stand in files and notebooks.

Nothing of theirs is run here: their statements are read, and sent to the hand, which runs them as guarded as the
function itself. Of a notebook only imports, definitions and constants are run, so that nothing is trained on the way.
"""

from __future__ import annotations
import __future__

import ast
import json
import linecache
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard

from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import Exercise
from cnncourse.exercises.process import Line, packed
from cnncourse.exercises.progress_file import answer_hash
from cnncourse.exercises.runner import DELETE, OURS, Loaded, run
from cnncourse.exercises.verdict import Verdict

KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
CONSTANT = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Name, ast.Attribute),
    *(ast.UnaryOp, ast.BinOp, ast.unaryop, ast.operator, ast.expr_context),
)


class CourseError(Exception):
    """What was asked for cannot be done; the message says what was found, what was expected, and the remedy."""


@dataclass(frozen=True)
class Piece:
    """Statements that are run together: a file's, or one of a notebook's; ``defines`` is the name that they give."""

    tree: ast.Module
    where: str
    flags: int = 0
    defines: str = ""


@dataclass(frozen=True)
class Answer:
    """One answer as it was read: the pieces to run, and the name of the function among what they define.

    ``where`` names its file. ``rung`` says where reading ended, if it did: "missing", "file" (there is no such
    function, or two) or "import" (it is no Python); ``problem`` tells the learner. ``notes`` are by the way.
    """

    id: str
    where: str
    pieces: tuple[Piece, ...] = ()
    name: str = ""
    hash: str = ""
    rung: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()

    def check(self, seed: int | None = None) -> Verdict:
        """Check the answer; one that was not read fails with the reason, and one that is not there is not attempted."""
        return run(self.id, self, seed)

    def is_stub(self, exercise: Exercise) -> bool:
        """Tell whether its function is what the learner was given."""
        if self.rung:
            return False
        last = next((piece for piece in reversed(self.pieces) if self._definition(piece)), None)
        return last is not None and exercise.is_stub(ast.unparse(self._definition(last)))  # type: ignore[arg-type]

    def _definition(self, piece: Piece) -> ast.stmt | None:
        return next((node for node in piece.tree.body if getattr(node, "name", "") == (self.name or self.id)), None)

    def load(self, hand: Line) -> Loaded:
        """Run the pieces in the hand, and take the function out of what they define."""
        if self.rung:
            return Loaded(None, self.rung, self.problem, self.notes, self.where)
        name, notes = self.name or self.id, list(self.notes)
        alone = len(self.pieces) == 1
        hand.ask("open_module", name="answer_module", file=self.where)
        problem = where = ""
        for piece in self.pieces:
            outcome = hand.ask("execute", tree=packed(piece.tree), file=piece.where, flags=piece.flags)
            if outcome.used:
                return Loaded(None, "allowed", OURS, self.notes)
            if outcome.error is None:
                problem = "" if piece.defines == name else problem
                continue
            told = outcome.error.told(hand.limit, DELETE)
            if alone or not hand.is_alive():
                return Loaded(None, "import", told, tuple(notes), self.where if alone else piece.where)
            notes.append(f"{piece.where} was left out: {told}")
            if piece.defines:
                hand.ask("forget", name=piece.defines)  # an earlier definition is not what is meant
            if piece.defines == name:
                problem, where = told, piece.where
        function = hand.ask("take", name=name).value
        if function is not None:
            return Loaded(function, notes=tuple(notes))
        if problem:
            return Loaded(None, "import", problem, tuple(notes), where)
        return Loaded(None, "file", self._lacking(name), tuple(notes))

    def _lacking(self, name: str) -> str:
        """Say what a file defines instead of its function."""
        names = [node.name for piece in self.pieces for node in piece.tree.body if hasattr(node, "name")]
        others = [one for one in names if one in ids()]
        remedy = f"; {others[0]} belongs into {file_of(others[0])}" if others else ""
        asked = f"{name}{load(self.id).signature}"
        return f"{self.where} defines {', '.join(names) or 'no function'}; expected {asked}; write it there{remedy}"


def printable(text: str) -> str:
    """Replace what a terminal or an XML file cannot take: an answer's error message may hold anything.

    >>> printable("a\\x1b[31m b\\x00\\n")
    'a�[31m b�\\n'
    """
    return re.sub("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def read_answer(exercise: str, path: Path, where: str) -> Answer:
    """Read the answer to an exercise from its file.

    Args:
        exercise: the exercise's id.
        path: the file.
        where: what messages call it.
    """
    if not path.is_file():
        return Answer(exercise, where, rung="missing", problem=f"{where} is not there; cnncourse init writes it")
    try:
        source = path.read_bytes()
    except OSError as error:
        problem = f"{where} cannot be read ({error.strerror}); allow it, or write it anew"
        return Answer(exercise, where, rung="file", problem=problem)
    try:
        tree = _without_checks(parsed(source, str(path)))
    except UNREADABLE as error:
        return Answer(exercise, where, hash=answer_hash(repr(source)), rung="import", problem=_unreadable(error))
    hashed = answer_hash(_code(tree))
    if twice := _twice(tree, exercise, where):
        return Answer(exercise, where, hash=hashed, rung="file", problem=twice)
    notes = _notes(tree, exercise, where)
    return Answer(exercise, where, (Piece(tree, str(path), defines=exercise),), exercise, hashed, notes=notes)


UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what `ast.parse` may raise


def parsed(source: str | bytes, where: str) -> ast.Module:
    """Parse Python quietly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, where)


def _unreadable(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.text:
        return f"{type(error).__name__} in your line {error.lineno}: {error.text.strip()}: {error.msg}"
    return f"{type(error).__name__}: {error}; expected Python in UTF-8; save it again"


def file_of(exercise: str) -> str:
    """Name an exercise's file, as seen from the workspace.

    >>> file_of("conv2d")
    'channels/conv2d.py'
    """
    return f"{load(exercise).chapter}/{exercise}.py"


def source_hash(source: str | bytes) -> str:
    """Hash a file as `read_answer` does, without running it: all of it but the statement and the imports."""
    try:
        return answer_hash(_code(_without_checks(parsed(source, ""))))
    except UNREADABLE:
        return answer_hash(repr(source))


def read_notebook(path: Path) -> list[Answer]:
    """Read the answers that a notebook hands to ``check``, in their order; of two to one exercise, the later one.

    Raises:
        CourseError: the file is no notebook, checks nothing, or names an exercise that there is not.
    """
    notebook = _Notebook(path.name)
    for number, text in enumerate(notebook_cells(path), start=1):
        notebook.read_cell(number, text)
    if not notebook.answers:
        raise CourseError(
            f'{path.name} hands no function to check; expected @check("ID") above a definition; cnncourse list '
            "names the exercises"
        )
    return [replace(answer, notes=tuple(notebook.notes)) for answer in notebook.answers.values()]


def notebook_cells(path: Path) -> list[str]:
    """Return the text of a notebook's code cells.

    Raises:
        CourseError: it cannot be read, or is no notebook.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}); expected a notebook; mend the path") from None
    except ValueError as error:
        raise CourseError(f"{path.name} is no JSON ({error}); expected a notebook; save it again in Jupyter") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        found = f"nbformat {content['nbformat']}" if isinstance(content, dict) and "nbformat" in content else "JSON"
        raise CourseError(
            f"{path.name} is {found} without cells; expected a notebook of nbformat 4; save it again in Jupyter"
        )
    sources = [cell.get("source", "") for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return ["".join(source) for source in sources]


class _Notebook:
    """The notebook's definitions, gathered cell by cell."""

    def __init__(self, name: str) -> None:
        self.name, self.flags = name, 0
        self.pieces: list[Piece] = []
        self.answers: dict[str, Answer] = {}
        self.notes: list[str] = []
        self.hashes: dict[str, str] = {}  # of functions, by name

    def read_cell(self, number: int, text: str) -> None:
        """Keep a cell's imports, definitions and constants, and note what it hands to ``check``."""
        where = f"{self.name}, code cell {number}"
        text = _plain_python(text)
        linecache.cache[where] = (len(text), None, text.splitlines(keepends=True), where)
        try:
            tree = parsed(text, where)
        except UNREADABLE as error:
            self.notes.append(f"{where} was left out: {_unreadable(error)}")
            for name in re.findall(r"\bcheck\(\s*[\"'](\w+)[\"']", text):
                _require(name, where)
                self.answers[name] = Answer(name, where, rung="import", problem=_unreadable(error))
            return
        for statement in tree.body:
            checked = _checked_by(statement)
            kept = _without_checks(ast.Module([statement], []))
            if kept.body and _is_kept(kept.body[0]):
                self._keep(kept, where)
            for exercise, name in checked:
                self._take(exercise, name or getattr(statement, "name", exercise), where)

    def _keep(self, tree: ast.Module, where: str) -> None:
        statement = tree.body[0]
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:  # holds in later cells, too
                self.flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
        name = getattr(statement, "name", "")
        self.pieces.append(Piece(tree, where, self.flags, name))
        if name:
            self.hashes[name] = answer_hash(_code(tree))

    def _take(self, exercise: str, name: str, where: str) -> None:
        _require(exercise, where)
        if name in self.hashes:
            self.answers[exercise] = Answer(exercise, where, tuple(self.pieces), name, self.hashes[name])
        elif exercise not in self.answers:
            problem = f"{where} checks {name}, which no cell before it defines; move the definition up"
            self.answers[exercise] = Answer(exercise, where, rung="file", problem=problem)


def _require(exercise: str, where: str) -> None:
    try:
        load(exercise)
    except ValueError as error:
        raise CourseError(f"{where}: {error}".replace("progress() lists", "cnncourse list names")) from None


def _plain_python(text: str) -> str:
    """Turn a cell's magics into calls, which are not run."""
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return text
    try:
        return TransformerManager().transform_cell(text)
    except SyntaxError:
        return text


def _is_check(node: ast.AST) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call):
        return False
    return (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) == "check"


def _checked_by(statement: ast.stmt) -> list[tuple[str, str]]:
    """List what a statement hands to ``check``, as a decorator or by a call: (exercise, function's name or "")."""
    if isinstance(statement, ast.Expr) and _is_check(statement.value) and statement.value.args:
        first, *rest = statement.value.args
        if isinstance(first, ast.Name):
            return [(first.id, first.id)]
        if isinstance(first, ast.Constant) and rest and isinstance(rest[0], ast.Name):
            return [(str(first.value), rest[0].id)]
        return []
    arguments = [node.args[0] for node in getattr(statement, "decorator_list", []) if _is_check(node) and node.args]
    return [(node.value, "") for node in arguments if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _without_checks(tree: ast.Module) -> ast.Module:
    """Take the calls of ``check`` out: the check is made here."""
    tree.body = [node for node in tree.body if not (isinstance(node, ast.Expr) and _is_check(node.value))]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = [one for one in node.decorator_list if not _is_check(one)]
    return tree


def _is_kept(statement: ast.stmt) -> bool:
    """Tell imports, definitions and constants from what a notebook computes."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        value = statement.value
        return isinstance(value, ast.Lambda) or all(
            isinstance(node, CONSTANT) for node in ast.walk(value or ast.Set([]))
        )
    return isinstance(statement, KEPT)


def _code(tree: ast.Module) -> str:
    """Return what makes an answer: neither the statement above it nor the imports."""
    body = [
        node
        for node in tree.body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return ast.unparse(ast.Module(body, []))


def _twice(tree: ast.Module, exercise: str, where: str) -> str | None:
    """Say that a file defines its function more than once: the last one would silently win."""
    lines = [node.lineno for node in tree.body if getattr(node, "name", "") == exercise]
    if len(lines) < 2:
        return None
    listed = " and ".join(map(str, lines))
    return (
        f"{where} defines {exercise} {len(lines)} times, in lines {listed}; expected once; delete or rename the others"
    )


def _notes(tree: ast.Module, exercise: str, where: str) -> tuple[str, ...]:
    others = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in ids()]
    return tuple(
        f"{where} also defines {name}; the exercise {name} is checked from {file_of(name)} alone"
        for name in others
        if name != exercise
    )
