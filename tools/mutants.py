"""Small changes to a function, one at a time: what a good check must notice.

Run as ``python -m tools.mutants [ID ...]``: checks the mutants of the exercises' solutions and lists the survivors.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import Exercise
from cnncourse.exercises.runner import run

LIMIT = 1.0  # seconds for a mutant: its loops may have no end
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {"max": "min", "min": "max", "sum": "mean", "mean": "sum", "amax": "amin", "argmax": "argmin", "zeros": "ones"}
NAMES |= {
    "new_zeros": "new_ones",
    "zeros_like": "ones_like",
    "floor": "ceil",
    "exp": "log",
    "log": "exp",
    "ones": "zeros",
}


@dataclass(frozen=True)
class Mutant:
    """A changed function: ``name`` is the changed line, before and after."""

    name: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a function's text: operators, constants, names, conditions, slices, left-out pieces.

    >>> [mutant.name for mutant in mutants("def f(x):\\n    return x + 1\\n")]
    ['return x + 1 -> return x - 1', 'return x + 1 -> return x + 2', 'return x + 1 -> return x + 0']
    """
    tree = ast.parse(source)
    before, seen = ast.unparse(tree).splitlines(), {ast.unparse(tree)}
    count = sum(1 for _ in ast.walk(tree))
    for position in range(count):
        for change in range(3):
            mutated = copy.deepcopy(tree)
            node = list(ast.walk(mutated))[position]
            if not _change(node, change) or (text := ast.unparse(mutated)) in seen:
                continue
            seen.add(text)
            changed = [(a, b) for a, b in zip(before, text.splitlines(), strict=False) if a != b]
            old, new = changed[0] if changed else (before[-1], "left out")
            yield Mutant(f"{old.strip()} -> {new.strip()}", text)


def _change(node: ast.AST, change: int) -> bool:
    """Change one node in place, in one of up to three ways. Returns whether there was anything to change."""
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign | ast.Compare):
        return change == 0 and _change_operator(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        negative = isinstance(node.op, ast.USub)
        node.op = ast.UAdd()
        return change == 0 and negative
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return _change_number(node, node.value, change)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.Constant(value=change == 0)
        return change < 2
    if isinstance(node, ast.Attribute | ast.Name):
        return change == 0 and _change_name(node)
    if isinstance(node, ast.Slice):
        part = ("lower", "upper", "step")[change]
        had = getattr(node, part) is not None
        setattr(node, part, None)
        return had
    if isinstance(node, ast.Call) and node.keywords and change == 0:
        node.keywords.pop()
        return True
    return change == 0 and _leave_out(node)


def _change_operator(node: ast.BinOp | ast.BoolOp | ast.AugAssign | ast.Compare) -> bool:
    """Put another operator in place of an arithmetic one, or of the first of a chain of comparisons."""
    old = node.ops[0] if isinstance(node, ast.Compare) else node.op
    if type(old) not in ARITHMETIC:
        return _leave_out(node)
    new: Any = ARITHMETIC[type(old)]()
    if isinstance(node, ast.Compare):
        node.ops[0] = new
    else:
        node.op = new
    return True


def _change_number(node: ast.Constant, value: float, change: int) -> bool:
    values = [not value] if isinstance(value, bool) else [value + 1, value - 1]
    if change < len(values):
        node.value = values[change]
    return change < len(values)


def _change_name(node: ast.Attribute | ast.Name) -> bool:
    field = "attr" if isinstance(node, ast.Attribute) else "id"
    old = getattr(node, field)
    setattr(node, field, NAMES.get(old, old))
    return old in NAMES


def _leave_out(node: ast.AST) -> bool:
    """Replace by ``pass`` the first statement of a block that can be left out without an undefined name."""
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if not isinstance(block, list):
            continue
        for i, statement in enumerate(block):
            target = getattr(statement, "targets", [None])[0]
            is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if (
                isinstance(statement, ast.AugAssign | ast.Expr) or isinstance(target, ast.Subscript)
            ) and not is_docstring:
                block[i] = ast.Pass()
                return True
    return False


def survivors(exercise: Exercise) -> tuple[int, list[str]]:
    """Check all mutants of a solution. Returns how many there are, and the names of those that pass."""
    found = list(mutants(exercise.solution_source))
    names = []
    for mutant in found:
        try:
            function = exercise.compile(mutant.source)
        except Exception:  # a default value that cannot be computed: nobody can hand this in
            continue
        if run(exercise.id, function, limit=LIMIT).status == "passed":
            names.append(mutant.name)
    return len(found), names


def main() -> None:
    """List the survivors, and say which are declared equivalent."""
    total = killed = 0
    for name in sys.argv[1:] or ids():
        exercise = load(name)
        count, alive = survivors(exercise)
        total, killed = total + count, killed + count - len(alive)
        print(f"{name}: {count - len(alive)} of {count} killed")
        for mutant in alive:
            print(f"    {mutant}   ({exercise.equivalent.get(mutant, 'NOT EXPLAINED')})")
    print(f"{killed} of {total} mutants killed: {killed / total:.1%}")


if __name__ == "__main__":
    main()
