"""What an exercise is: one file holds its statement, solution, oracle, cases, wrong answers and hints.

Stub, notebook cell, box in the book, workspace file and instructors' pack are all derived from that file, here.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from cnncourse.exercises.misconceptions import misconceptions

DRAWS = 12  # drawn cases a check, beside those worked by hand
STUB_LINE = "raise NotImplementedError  # your code here"


@dataclass(frozen=True, eq=False)
class Case:
    """One call: its arguments, and where it comes from.

    ``seed`` draws it again; a case worked by hand has none, but ``expected``, typed in from paper.
    """

    args: tuple = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    expected: Any = None


def call(*args: Any, **kwargs: Any) -> Case:
    """Write a case as the call that it makes.

    >>> call(28, 5, padding=2).kwargs
    {'padding': 2}
    """
    return Case(args, kwargs)


def by_hand(expected: Any, *args: Any, **kwargs: Any) -> Case:
    """Write a case worked by hand: the result first, then the call.

    >>> by_hand(24, 28, 5).expected
    24
    """
    return Case(args, kwargs, expected=expected)


class Draw:
    """Random inputs from one seed: the same seed gives the same case on every machine.

    ``turn`` counts 0, 1, ..., DRAWS - 1 over the cases of a check, so that a draw can see to it that each kind of case
    comes up: a bias in every other case, a stride in every third. ``dtype`` is float32 in about half of the cases and
    float64 in the others.
    """

    def __init__(self, seed: int, dtype: torch.dtype | None = None) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.turn = seed % DRAWS
        # the parity of the binary ones follows neither turn nor any other period
        self.dtype = dtype or (torch.float64 if seed.bit_count() % 2 else torch.float32)

    def integer(self, low: int, high: int) -> int:
        """Draw a whole number from ``low`` to ``high``, both included."""
        return int(torch.randint(low, high + 1, (), generator=self.generator))

    def choice(self, options: Sequence[Any]) -> Any:
        """Draw one of several things."""
        return options[self.integer(0, len(options) - 1)]

    def distinct(self, count: int, low: int, high: int) -> list[int]:
        """Draw ``count`` different whole numbers from ``low`` to ``high``, so that no two sizes can be confused."""
        return (low + torch.randperm(high - low + 1, generator=self.generator)[:count]).tolist()

    def whole(self, *shape: int, low: int = -4, high: int = 4) -> Tensor:
        """Draw a float tensor of whole numbers, which are easy to check by hand."""
        return torch.randint(low, high + 1, shape, generator=self.generator).to(self.dtype)

    def normal(self, *shape: int) -> Tensor:
        """Draw a standard normal tensor, in which no two cells are equal."""
        return torch.randn(*shape, generator=self.generator, dtype=torch.float64).to(self.dtype)

    def permutation(self, count: int) -> Tensor:
        """Draw 0, ..., count - 1 in random order, int64."""
        return torch.randperm(count, generator=self.generator)


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people really give, and what to tell whoever gives it.

    Args:
        label: the misconception's name, such as "kernel-flipped"; unique within the exercise.
        why: what was misunderstood, in a sentence or two to the learner; not the line that mends it.
        read: the section to read, "chapter: Its heading", as in the book.
        replace: pairs (old, new) that turn the solution's source into this answer; the new text's further lines are
            indented as the line in which it stands.
        answer: the answer itself, where no replacement expresses it.
    """

    label: str
    why: str
    read: str
    replace: tuple[tuple[str, str], ...] = ()
    answer: Callable | None = None


def _indented(new: str, source: str, old: str) -> str:
    """Indent the further lines of a piece of text as the line in which another piece stands."""
    line = source[: source.index(old)].rpartition("\n")[2] + old
    return new.replace("\n", "\n" + " " * (len(line) - len(line.lstrip())))


@dataclass(frozen=True)
class Exercise:
    """All that belongs to one exercise; see ``catalogue/channels/conv2d.py`` for an example.

    Args:
        title: what it is called in lists, a few words.
        solution: the reference answer; its name is the exercise's id, its docstring the stub's. Uses ``setup`` alone.
        oracle: computes what is expected by another way than the solution does: torch, scipy or a closed form.
        read: the section to read before, "chapter: Its heading".
        hints: three, from a nudge to nearly the answer; none is a line of the solution.
        mistakes: wrong answers, written as `cnncourse.exercises.misconceptions` says.
        minutes: how long a newcomer may take.
        difficulty: 1 warm-up, 2 ordinary, 3 hard.
        core: belongs to the heart of the course: at least 8 wrong answers and 2 styles.
        anchors: cases worked by hand, see `by_hand`; or what makes them, where that takes time. A prediction has none:
            each of its questions is a case.
        draw: draws a case from a `Draw`. None: the exercise is a prediction, a function without arguments that returns
            a dictionary from questions to answers; the oracle returns the answers, in the same order.
        answers: those of ``mistakes`` that are functions.
        styles: other right answers, written differently.
        setup: the imports that a solution needs; they head the learner's file.
        differentiable: the names of tensor arguments through which the gradient must flow.
        may_change: the names of arguments that the answer is meant to change, such as a model in training.
        observe: maps (result, arguments by name) to what is compared, where that is more than the result.
        forbidden: kinds of ready-made operations that must not be used, see `cnncourse.exercises.hand`; scipy's and
            this package's own functions never may.
        equivalent: mutants of the solution that change nothing, named as ``tools/mutants.py`` does, with the reason.
    """

    title: str
    solution: Callable
    oracle: Callable
    read: str
    hints: tuple[str, str, str]
    mistakes: str
    minutes: int
    difficulty: int = 1
    core: bool = False
    anchors: tuple[Case, ...] | Callable[[], tuple[Case, ...]] = ()
    draw: Callable[[Draw], Case] | None = None
    answers: tuple[Callable, ...] = ()
    styles: tuple[Callable, ...] = ()
    setup: str = "import torch"
    differentiable: tuple[str, ...] = ()
    may_change: tuple[str, ...] = ()
    observe: Callable[[Any, dict[str, Any]], Any] | None = None
    forbidden: tuple[str, ...] = ()
    equivalent: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Name the exercise: its file, its function, and what is checked."""
        return self.solution.__name__

    @property
    def chapter(self) -> str:
        """Name the chapter: the folder of its file."""
        return self.solution.__module__.split(".")[-2]

    @property
    def is_prediction(self) -> bool:
        """Tell whether the answers are given before any code is run."""
        return self.draw is None

    @cached_property
    def worked(self) -> tuple[Case, ...]:
        """Return the cases worked by hand."""
        return self.anchors() if callable(self.anchors) else self.anchors

    @cached_property
    def wrong(self) -> tuple[Wrong, ...]:
        """Return the catalogued wrong answers."""
        functions = {answer.__name__.replace("_", "-"): answer for answer in self.answers}
        return tuple(
            Wrong(one.label, one.why, one.read or self.read, one.replace, functions.get(one.label))
            for one in misconceptions(self.mistakes)
        )

    @cached_property
    def statement(self) -> str:
        """Return what is asked, as Markdown: the docstring of the exercise's file."""
        asked = inspect.cleandoc(import_module(self.solution.__module__).__doc__ or "").strip()
        return f"{asked}\n\n{self._gradients_asked}".strip()

    @property
    def _gradients_asked(self) -> str:
        if not self.differentiable:
            return ""
        names = " and ".join(f"`{name}`" for name in self.differentiable).replace(
            " and ", ", ", len(self.differentiable) - 2
        )
        return (
            f"Gradients must be able to flow from the result back to {names}: compute with torch's own operations on "
            "tensors all the way, without numpy, `.item()` or `.tolist()`."
        )

    @cached_property
    def signature(self) -> inspect.Signature:
        """Return the signature that is asked for."""
        return inspect.signature(self.solution)

    @cached_property
    def questions(self) -> dict[str, Any]:
        """Return a prediction's questions, and the answers from the oracle."""
        return dict(zip(self.solution(), self.oracle(), strict=True))

    @cached_property
    def solution_source(self) -> str:
        """Return the solution's text."""
        return textwrap.dedent(inspect.getsource(self.solution))

    @cached_property
    def stub(self) -> str:
        """Return what the learner starts from: the solution's head and docstring, and nothing of its body."""
        definition = next(
            node for node in ast.walk(ast.parse(self.solution_source)) if isinstance(node, ast.FunctionDef)
        )
        end = definition.body[0].end_lineno  # the docstring is the body's first statement
        head = "\n".join(self.solution_source.splitlines()[:end])
        if not self.is_prediction:
            return f"{head}\n    {STUB_LINE}\n"
        lines = "".join(f"        {question!r}: ...,\n".replace("'", '"') for question in self.questions)
        return f"{head}\n    return {{\n{lines}    }}\n"

    @property
    def travelling(self) -> tuple[Any, ...]:
        """List the modules of which parts are sent with each case: this file, where it has classes for its cases."""
        return (import_module(self.solution.__module__),) if self.observe else ()

    @cached_property
    def stub_code(self) -> Any:
        """Return the stub's code object."""
        return self.compile(self.stub).__code__

    def is_stub(self, source: str) -> bool:
        """Tell whether the text of an answer is the stub, its docstring and what stands around it aside."""
        try:
            tree = ast.parse(textwrap.dedent(source))
        except SyntaxError:
            return False
        found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == self.id]
        if not found or self.is_prediction:
            return False  # a prediction's open questions are seen in its answer
        body = found[-1].body
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        return [ast.unparse(node) for node in body] in ([], [STUB_LINE.partition("  #")[0]])

    def compile(self, source: str, *, as_here: bool = False) -> Callable:
        """Turn the text of an answer into a function, as a learner's file would: with ``setup`` before it.

        Args:
            source: the text.
            as_here: with what this exercise's own file imports and defines, too.
        """
        here = vars(import_module(self.solution.__module__)) if as_here else {}
        namespace: dict[str, Any] = {**here, "__name__": "answer"}
        exec(compile(f"{self.setup}\n\n\n{source}", f"<{self.id}>", "exec"), namespace)
        return namespace[self.id]

    @cached_property
    def right_sources(self) -> list[str]:
        """Return the texts of all right answers, each under the exercise's name and without its docstring."""
        sources = []
        for function in (self.solution, *self.styles):
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
                    node.name, node.body = self.id, node.body[1:] or node.body
                elif isinstance(node, ast.Name) and node.id == function.__name__:
                    node.id = self.id
            sources.append(ast.unparse(tree))
        return sources

    def wrong_source(self, wrong: Wrong) -> str:
        """Return a wrong answer's text.

        Raises:
            ValueError: a replacement's old text does not stand exactly once in the solution.
        """
        if wrong.answer is not None:
            return textwrap.dedent(inspect.getsource(wrong.answer))
        return self.changed(self.solution_source, wrong)

    def changed(self, source: str, wrong: Wrong) -> str:
        """Make the changes of a wrong answer in a text.

        Raises:
            ValueError: a replacement's old text does not stand exactly once in it.
        """
        for old, new in wrong.replace:
            if source.count(old) != 1:
                raise ValueError(
                    f"{self.id}, {wrong.label}: {old!r} stands {source.count(old)} times in the solution; expected "
                    "once; give a longer piece of text"
                )
            source = source.replace(old, _indented(new, source, old))
        return source

    @cached_property
    def wrong_functions(self) -> dict[str, Callable]:
        """Return the catalogued wrong answers as functions, by label."""
        return {
            wrong.label: wrong.answer if wrong.answer is not None else self.compile(self.wrong_source(wrong))
            for wrong in self.wrong
        }
