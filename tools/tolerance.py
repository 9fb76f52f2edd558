"""How far the numbers on a page may move from machine to machine, and whether they stayed within that.

A statement whose last line ends with ``# ± 0.010`` says: every decimal number that I print may differ by so much from
the stored one; ``# ± 5 %`` says the same as a share of the stored one. The comment of a ``print`` holds for the lines
that it printed; that of any other statement, such as ``show(...)`` or a cell's last expression, for the cell's results
and for its figures' alt texts. All else is strict: integers, words, how many numbers there are and how many places each
has, nan and inf.

Which line a ``print`` printed is told by its words: of those that fit, the one with most words fixed in its code. Where
that leaves two answers the cell is refused.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from nbformat import NotebookNode

SIGN = "±"
COMMENT = re.compile(rf"# {SIGN} (?P<amount>\d+(?:\.\d+)?)(?P<percent> %)?")
# A number with a point or an exponent, and the blanks that a width puts before it. Other digits belong to words.
DECIMAL = re.compile(
    r"(?P<pad> *)(?<![\w.])(?<![A-Za-z_]-)"
    r"(?P<number>[-+]?(?:\d+(?:,\d{3})*\.(?P<places>\d+)(?P<e>e[-+]?\d+)?|\d+e[-+]?\d+))"
    r"(?![\w.]\d)"
)
ANY_NUMBER = r" *[-+]?(?:\d[\d,]*(?:\.\d*)?(?:e[-+]?\d+)?|nan|inf)%? *"
NUMBER_FORMAT = re.compile(r"[\w<>=^+,.]*[feg%d,]")


class ToleranceError(ValueError):
    """A tolerance cannot be read, or does not say for which numbers it stands."""


@dataclass(frozen=True)
class Tolerance:
    """How far a number may lie from the stored one: ``amount``, in its own unit or in per cent of it."""

    amount: float
    relative: bool
    text: str

    def allowed(self, stored: float) -> float:
        """Return the largest distance from a stored number.

        >>> read_comment("# ± 5 %").allowed(-2.0)
        0.1
        """
        return self.amount / 100 * abs(stored) if self.relative else self.amount


STRICT = Tolerance(0.0, False, "nothing stated")


@dataclass(frozen=True)
class Statement:
    """A statement that prints (``pattern`` fits its lines) or that states a tolerance for results (no pattern)."""

    line: int
    tolerance: Tolerance
    pattern: re.Pattern[str] | None

    def words(self) -> int:
        """Count the letters and digits that are fixed in the lines that it prints."""
        fixed = self.pattern.pattern.replace(ANY_NUMBER, "") if self.pattern else ""
        return len(re.sub(r"\W", "", fixed))


def read_comment(comment: str) -> Tolerance:
    """Read ``# ± 0.010`` or ``# ± 5 %``.

    >>> read_comment("# ± 0.010")
    Tolerance(amount=0.01, relative=False, text='± 0.010')
    """
    found = COMMENT.fullmatch(comment.strip())
    if not found or not float(found["amount"]):
        raise ToleranceError(f"{comment!r} is no tolerance; write # {SIGN} 0.010 or # {SIGN} 5 %, above zero")
    return Tolerance(float(found["amount"]), bool(found["percent"]), comment.strip().removeprefix("# "))


def read_statements(source: str) -> list[Statement]:
    """List a cell's ``print`` statements and whatever else states a tolerance, in the order of their lines.

    >>> [one.tolerance.text for one in read_statements('print(f"{1:.1f}")  # ± 0.1')]
    ['± 0.1']
    """
    if f"# {SIGN}" not in source:
        return []
    try:
        tree = ast.parse(source)
    except SyntaxError:
        raise ToleranceError(f"a cell with # {SIGN} is plain Python; give the magic a cell of its own") from None
    stated = dict(_comments(source))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            tolerance = stated.pop(node.end_lineno or 0, STRICT)
            if pattern := _print_pattern(node):
                found.append(Statement(node.lineno, tolerance, pattern))
            elif tolerance is not STRICT:
                found.append(Statement(node.lineno, tolerance, None))
    if stated:
        raise ToleranceError(f"line {min(stated)}: {SIGN} ends no statement; write it behind the print that it is for")
    return sorted(found, key=lambda one: one.line)


def _comments(source: str) -> Iterator[tuple[int, Tolerance]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and SIGN in token.string:
            yield token.start[0], read_comment(token.string)


def _print_pattern(node: ast.stmt) -> re.Pattern[str] | None:
    """Return what fits a line that a print statement prints, or None for another statement."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"):
        return None
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    between = _shape(options["sep"]) if "sep" in options else " "
    lines = between.join(map(_shape, call.args)).split("\n")
    around = ".*" if "end" in options else ""  # other prints go on in the same line
    return re.compile("|".join(f"{around}{line}{around}" for line in lines))


def _shape(node: ast.expr) -> str:
    """Return a pattern for what an argument of print looks like: its words, and anything where a value stands."""
    if isinstance(node, ast.Constant):
        return "\n".join(map(re.escape, str(node.value).split("\n")))
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Constant):
        return f" *{re.escape(str(node.value.value))} *"
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_shape, node.values))
    if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
        return ANY_NUMBER if NUMBER_FORMAT.fullmatch(ast.unparse(node.format_spec)[2:-1]) else ".*"
    return ".*"


def line_tolerances(source: str, text: str) -> list[Tolerance]:
    """Say for each line of a cell's printed output how far its decimals may move.

    Raises:
        ToleranceError: a line may come from two prints whose tolerances differ, or a tolerance is for no line.

    >>> cell = 'print(f"loss {1.2:.1f}")  # ± 0.1\\nprint(f"ln 10 = {2.303:.3f}")'
    >>> [one.text for one in line_tolerances(cell, "loss 1.2\\nln 10 = 2.303\\n")]
    ['± 0.1', 'nothing stated']
    """
    prints = [(one, one.pattern) for one in read_statements(source) if one.pattern]
    lines = text.splitlines()
    if len({one.tolerance for one, _ in prints}) < 2:
        return [prints[0][0].tolerance if prints else STRICT] * len(lines)
    found, used = [], set()
    for line in lines:
        fitting = [one for one, pattern in prints if pattern.fullmatch(line)]
        most = max((one.words() for one in fitting), default=0)
        fitting = [one for one in fitting if one.words() == most]
        used |= set(fitting)
        kinds = {one.tolerance for one in fitting}
        if len(kinds) > 1 and DECIMAL.search(line):
            raise ToleranceError(
                f"{line!r} may come from the prints in lines {', '.join(str(one.line) for one in fitting)}, and their "
                "tolerances differ; begin their lines with other words, or split the cell"
            )
        found.append(kinds.pop() if len(kinds) == 1 else STRICT)
    for one, _ in prints:
        if one.tolerance is not STRICT and one not in used:
            raise ToleranceError(f"line {one.line}: no output line is told from its words; give it a cell of its own")
    return found


def result_tolerance(source: str) -> Tolerance:
    """Say how far the decimals may move in a cell's results and alt texts."""
    stated = {one.tolerance for one in read_statements(source) if not one.pattern}
    if len(stated) > 1:
        raise ToleranceError("two results of a cell state tolerances that differ; split the cell")
    return stated.pop() if stated else STRICT


def settle(stored: str, found: str, tolerances: Sequence[Tolerance]) -> tuple[str, list[str]]:
    """Give a found text the stored decimals where they lie within their tolerances.

    Returns:
        The text, which equals the stored one unless something else differs, and what is to say about each decimal
        that lies outside.

    >>> settle("loss 0.50, 3 of 4", "loss 0.52, 3 of 4", [read_comment("# ± 0.03")])
    ('loss 0.50, 3 of 4', [])
    >>> settle("loss 0.50", "loss 0.52", [read_comment("# ± 0.01")])[1]
    ["'loss 0.50': stored 0.50, found 0.52, allowed ± 0.01, off by 0.02"]
    """
    old, new = stored.splitlines(keepends=True), found.splitlines(keepends=True)
    if len(old) != len(new) or len(old) != len(tolerances):
        return found, []
    pairs = [_settle_line(*three) for three in zip(old, new, tolerances, strict=True)]
    return "".join(line for line, _ in pairs), list(chain.from_iterable(problems for _, problems in pairs))


def _settle_line(stored: str, found: str, tolerance: Tolerance) -> tuple[str, list[str]]:
    old, new = list(DECIMAL.finditer(stored)), list(DECIMAL.finditer(found))
    if tolerance is STRICT or DECIMAL.sub("0.0", stored) != DECIMAL.sub("0.0", found):
        return found, []
    parts, problems, done = [], [], 0
    for before, after in zip(old, new, strict=True):
        parts.append(found[done : after.start()])
        done = after.end()
        if not _printed_alike(before, after):
            parts.append(after[0])
            continue
        distance = abs(_value(before) - _value(after))
        close = distance <= tolerance.allowed(_value(before)) * (1 + 1e-9)
        parts.append(before[0] if close else after[0])
        if not close:
            problems.append(
                f"{stored.strip()!r}: stored {before['number']}, found {after['number']}, allowed {tolerance.text}, "
                f"off by {distance:.4g}"
            )
    return "".join([*parts, found[done:]]), problems


def _printed_alike(before: re.Match[str], after: re.Match[str]) -> bool:
    """Tell whether two numbers have as many places, and stand as wide or after as many blanks."""
    alike = len(before["places"] or "") == len(after["places"] or "") and bool(before["e"]) == bool(after["e"])
    return alike and (len(before[0]) == len(after[0]) or before["pad"] == after["pad"])


def _value(match: re.Match[str]) -> float:
    return float(match["number"].replace(",", ""))


def settle_outputs(
    source: str, stored: Sequence[NotebookNode], found: Sequence[NotebookNode]
) -> tuple[list[NotebookNode], list[str]]:
    """Give a cell's new outputs the stored decimals where these lie within the tolerances that its code states.

    Args:
        source: the cell's code.
        stored: its outputs in the committed notebook.
        found: its outputs now, streams joined.

    Returns:
        The settled outputs, to compare strictly with the stored ones, and a line for each decimal that lies outside.

    Raises:
        ToleranceError: the code states a tolerance that cannot be read, or not for which numbers it stands.
    """
    if not read_statements(source) or len(stored) != len(found):
        return list(found), []
    settled, problems = [], []
    for before, after in zip(stored, found, strict=True):
        new, said = _settle_output(source, before, after)
        settled.append(new)
        problems += said
    return settled, problems


def _settle_output(source: str, before: NotebookNode, after: NotebookNode) -> tuple[NotebookNode, list[str]]:
    new = NotebookNode(after)
    if before.output_type == after.output_type == "stream":
        new.text, problems = settle(before.text, after.text, line_tolerances(source, before.text))
        return new, problems
    old_text, new_text = (one.get("data", {}).get("text/plain") for one in (before, after))
    if old_text is None or new_text is None:
        return new, []
    text, problems = settle(old_text, new_text, [result_tolerance(source)] * len(old_text.splitlines()))
    new.data = NotebookNode(after.data) | {"text/plain": text}
    for kind, about in after.get("metadata", {}).items():
        if isinstance(about, dict) and about.get("alt") == new_text:  # a picture's words
            new.metadata = NotebookNode(after.metadata) | {kind: NotebookNode(about) | {"alt": text}}
    return new, problems
