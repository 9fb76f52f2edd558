"""A learner's answers, read from files and notebooks: each a function, or the reason why there is none.

What stands around a function is run as guarded as the function itself: it may loop for ever, exit, or be no Python.
Of a notebook only imports, definitions and constants are run, so that nothing is trained on the way.
"""

from __future__ import annotations
import __future__

import ast
import json
import linecache
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from cnncourse.exercises.guard import Clock, call_guarded, trouble
from cnncourse.exercises.library import ids, load, plan
from cnncourse.exercises.progress import answer_hash
from cnncourse.exercises.runner import LIMIT, expected_gradients, expected_of, run
from cnncourse.exercises.verdict import Verdict, folded

DELETE = "delete that"  # code that ends Python
KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
CONSTANT = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Name, ast.Attribute),
    *(ast.UnaryOp, ast.BinOp, ast.unaryop, ast.operator, ast.expr_context),
)


class CourseError(Exception):
    """What was asked for cannot be done; the message says what was found, what was expected, and the remedy."""


@dataclass(frozen=True)
class Answer:
    """One answer as it was read.

    ``where`` names its file. ``rung`` says where reading ended, if it did: "missing", "file" (there is no such
    function, or two) or "import" (the code around it does not run); ``problem`` tells the learner. ``notes`` are by
    the way.
    """

    id: str
    where: str
    function: Any = None
    hash: str = ""
    rung: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()

    def check(self, seed: int | None = None) -> Verdict:
        """Check the answer; one that was not read fails with the reason, and one that is not there is not attempted."""
        if not self.rung:
            return run(self.id, self.function, seed)
        heads = {
            "missing": f"{self.id}: not attempted yet.",
            "file": f"{self.id}: no answer was found.",
            "import": f"{self.id}: {self.where} does not run, so that nothing could be checked.",
        }
        remedy = 'mend that line; then the function itself is checked. hint("' + self.id + '") helps.'
        rows = [("", heads[self.rung]), (self.rung, self.problem)]
        rows += [("next", remedy)] if self.rung == "import" else []
        return Verdict(
            self.id,
            "not_attempted" if self.rung == "missing" else "failed",
            "\n".join(line for row in rows for line in folded(*row)),
            seed or 0,
            rung=self.rung,
            planned=len(plan(load(self.id), seed or 0)),
            rows=tuple(rows),
        )


def prepare(names: list[str], seed: int | None = None) -> None:
    """Compute what is expected before any learner's code runs, which might put its own functions in torch's place."""
    for name in names:
        expected_of(name, seed or 0, None)
        expected_gradients(name, seed or 0, None)


def printable(text: str) -> str:
    """Replace what a terminal or an XML file cannot take: an answer's error message may hold anything.

    >>> printable("a\\x1b[31m b\\x00\\n")
    'a�[31m b�\\n'
    """
    return re.sub("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def read_answer(exercise: str, path: Path, where: str) -> Answer:
    """Read the answer to an exercise from its file, which is run under a name of its own.

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
    clock = Clock(LIMIT)
    parsed = call_guarded(ast.parse, (source, str(path)), {}, clock)
    if parsed.error is not None:
        return Answer(exercise, where, None, answer_hash(repr(source)), "import", trouble(parsed, LIMIT, DELETE))
    tree = _without_checks(parsed.value)
    hashed = answer_hash(_code(tree))
    if twice := _twice(tree, exercise, where):
        return Answer(exercise, where, None, hashed, "file", twice)
    module = _module(f"answer_{path.parent.name}_{exercise}", str(path))
    ran = call_guarded(_execute, (tree, str(path), module), {}, clock)
    if ran.error is not None:
        return Answer(exercise, where, None, hashed, "import", trouble(ran, LIMIT, DELETE))
    if not hasattr(module, exercise):
        return Answer(exercise, where, None, hashed, "file", _lacking(tree, exercise, where))
    return Answer(exercise, where, getattr(module, exercise), hashed, notes=_notes(tree, exercise, where))


def file_of(exercise: str) -> str:
    """Name an exercise's file, as seen from the workspace.

    >>> file_of("conv2d")
    'channels/conv2d.py'
    """
    return f"{load(exercise).chapter}/{exercise}.py"


def source_hash(source: str | bytes) -> str:
    """Hash a file as `read_answer` does, without running it: all of it but the statement and the imports."""
    try:
        return answer_hash(_code(_without_checks(ast.parse(source))))
    except (SyntaxError, ValueError, RecursionError):
        return answer_hash(repr(source))


def read_notebook(path: Path) -> list[Answer]:
    """Read the answers that a notebook hands to ``check``, in their order; of two to one exercise, the later one.

    Raises:
        CourseError: the file is no notebook, checks nothing, or names an exercise that there is not.
    """
    cells = notebook_cells(path)
    notebook = _Notebook(path.name)
    for number, text in enumerate(cells, start=1):
        notebook.read_cell(number, text)
    if not notebook.answers:
        raise CourseError(
            f'{path.name} hands no function to check; expected @check("ID") above a definition; cnncourse list '
            "names the exercises"
        )
    return [notebook.answer(name) for name in notebook.answers]


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
    """The notebook's definitions, gathered cell by cell in one module."""

    def __init__(self, name: str) -> None:
        self.name, self.clock, self.flags = name, Clock(LIMIT), 0
        self.module = _module("answer_notebook", name)
        self.answers: dict[str, Answer] = {}
        self.notes: list[str] = []
        self.hashes: dict[str, str] = {}  # of functions, by name

    def answer(self, exercise: str) -> Answer:
        """Return what was found for an exercise, with the notes on all cells."""
        found = self.answers[exercise]
        return Answer(found.id, found.where, found.function, found.hash, found.rung, found.problem, tuple(self.notes))

    def read_cell(self, number: int, text: str) -> None:
        """Run a cell's imports, definitions and constants, and note what it hands to ``check``."""
        where = f"{self.name}, code cell {number}"
        text = _plain_python(text)
        linecache.cache[where] = (len(text), None, text.splitlines(keepends=True), where)
        parsed = call_guarded(ast.parse, (text, where), {}, self.clock)
        if parsed.error is not None:
            self._not_run(where, trouble(parsed, LIMIT, DELETE), re.findall(r"\bcheck\(\s*[\"'](\w+)[\"']", text))
            return
        for statement in parsed.value.body:
            checked = _checked_by(statement)
            tree = _without_checks(ast.Module([statement], []))
            if tree.body and _is_kept(tree.body[0]):
                self._run(tree, where, checked)
            for name in checked:
                self._take(name, statement, where)

    def _run(self, tree: ast.Module, where: str, checked: list[str]) -> None:
        statement = tree.body[0]
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:  # holds in later cells, too
                self.flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
        ran = call_guarded(_execute, (tree, where, self.module, self.flags), {}, self.clock)
        name = getattr(statement, "name", "")
        if ran.error is not None:
            vars(self.module).pop(name, None)  # an earlier definition is not what is meant
            self._not_run(where, trouble(ran, LIMIT, DELETE), checked)
        elif name:
            self.hashes[name] = answer_hash(_code(tree))

    def _take(self, exercise: str, statement: ast.stmt, where: str) -> None:
        _require(exercise, where)
        name = getattr(statement, "name", exercise)
        if (function := getattr(self.module, name, None)) is not None:
            self.answers[exercise] = Answer(exercise, where, function, self.hashes.get(name, ""))
        elif exercise not in self.answers:
            problem = f"{where} checks {name}, which no cell before it defines; move the definition up"
            self.answers[exercise] = Answer(exercise, where, rung="file", problem=problem)

    def _not_run(self, where: str, trouble: str, checked: list[str]) -> None:
        self.notes.append(f"{where} was left out: {trouble}")
        for name in checked:
            _require(name, where)
            self.answers[name] = Answer(name, where, rung="import", problem=trouble)


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


def _checked_by(statement: ast.stmt) -> list[str]:
    """List the exercises that a statement hands to ``check``, as a decorator or by a call."""
    if isinstance(statement, ast.Expr) and _is_check(statement.value) and statement.value.args:
        first = statement.value.args[0]
        return [first.id] if isinstance(first, ast.Name) else []
    arguments = [node.args[0] for node in getattr(statement, "decorator_list", []) if _is_check(node) and node.args]
    return [node.value for node in arguments if isinstance(node, ast.Constant) and isinstance(node.value, str)]


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


def _lacking(tree: ast.Module, exercise: str, where: str) -> str:
    """Say what a file defines instead of its function."""
    names = [node.name for node in tree.body if hasattr(node, "name")]
    others = [name for name in names if name in ids()]
    remedy = f"; {others[0]} belongs into {file_of(others[0])}" if others else ""
    asked = f"{exercise}{load(exercise).signature}"
    return f"{where} defines {', '.join(names) or 'no function'}; expected {asked}; write it there{remedy}"


def _notes(tree: ast.Module, exercise: str, where: str) -> tuple[str, ...]:
    others = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in ids()]
    return tuple(
        f"{where} also defines {name}; the exercise {name} is checked from {file_of(name)} alone"
        for name in others
        if name != exercise
    )


def _module(name: str, file: str) -> ModuleType:
    """Make a fresh module; dataclasses and pickle look for it in ``sys.modules``."""
    module = ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module
    return module


def _execute(tree: ast.Module, file: str, module: ModuleType, flags: int = 0) -> None:
    exec(compile(tree, file, "exec", flags=flags, dont_inherit=True), vars(module))
