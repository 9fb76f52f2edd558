"""A sliding window, taken apart: which cells each output cell reads, and what is computed from them.

A trace is plain data, numbers and tuples only, written in pure Python so that it can be checked against the loops of
the chapters and turned into figures, words or JSON. Pictures and alt texts are made from the same trace: they cannot
disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cnncourse.checks import four_sides, require_layers, require_pair, require_pool_sizes
from cnncourse.shapes import output_shape

Grid = tuple[tuple[float, ...], ...]
Padding = tuple[int, int, int, int]  # (top, bottom, left, right)


@dataclass(frozen=True)
class Term:
    """One cell under the window: where it stands, and its product.

    ``row`` and ``col`` count in the input without its padding: a padded cell has a negative index, or one past the end.
    """

    row: int
    col: int
    value: float
    weight: float
    is_padding: bool

    @property
    def product(self) -> float:
        """The cell's value times the kernel's weight above it."""
        return self.value * self.weight


@dataclass(frozen=True)
class Step:
    """One position of the window, and the output cell that it gives."""

    row: int
    col: int
    terms: tuple[Term, ...]

    @property
    def result(self) -> float:
        """The sum of the products."""
        return sum(term.product for term in self.terms)


@dataclass(frozen=True)
class Trace:
    """All steps of one cross-correlation, row by row, with what went in and what came out."""

    x: Grid
    kernel: Grid
    stride: tuple[int, int]
    padding: Padding
    padding_value: float
    dilation: tuple[int, int]
    output_shape: tuple[int, int]
    steps: tuple[Step, ...]
    operation: Literal["cross-correlation"] = "cross-correlation"

    @property
    def output(self) -> Grid:
        """The results of the steps, as rows."""
        ow = self.output_shape[1]
        results = [step.result for step in self.steps]
        return tuple(tuple(results[start : start + ow]) for start in range(0, len(results), ow))

    def step(self, row: int, col: int) -> Step:
        """Return the step that gives output cell (row, col).

        Raises:
            ValueError: there is no such cell.
        """
        oh, ow = self.output_shape
        if not (0 <= row < oh and 0 <= col < ow):
            raise ValueError(
                f"(row, col) is ({row}, {col}); expected a cell of the output, whose shape is ({oh}, {ow})"
            )
        return self.steps[row * ow + col]

    @property
    def multiply_adds(self) -> int:
        """How many products were formed and added, counted one by one."""
        return sum(len(step.terms) for step in self.steps)

    def uses(self) -> tuple[tuple[int, ...], ...]:
        """Count how many windows read each input cell."""
        counts = [[0] * len(row) for row in self.x]
        for step in self.steps:
            for term in step.terms:
                if not term.is_padding:
                    counts[term.row][term.col] += 1
        return tuple(map(tuple, counts))


def trace_corr2d(
    x: Sequence[Sequence[float]],
    kernel: Sequence[Sequence[float]],
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] | Padding = 0,
    padding_value: float = 0,
    dilation: int | tuple[int, int] = 1,
) -> Trace:
    """Record every step of a cross-correlation.

    Args:
        x: input image, shape (H, W): a tensor, an array or rows of numbers.
        kernel: weights, shape (kH, kW).
        stride, dilation: one number, or (vertical, horizontal).
        padding: cells added per side: one number, (vertical, horizontal) or (top, bottom, left, right).
        padding_value: what the added cells hold.

    Returns:
        The trace; its ``output`` equals what `cnncourse.cross_correlation.corr2d` computes.

    Raises:
        TypeError, ValueError: not two rectangles of numbers, or as `cnncourse.shapes.output_shape`.

    Source: every chapter with a sliding window.

    >>> trace = trace_corr2d([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    >>> trace.output
    ((19, 25), (37, 43))
    >>> [(term.row, term.col, term.product) for term in trace.step(0, 1).terms]
    [(0, 1, 0), (0, 2, 2), (1, 1, 8), (1, 2, 15)]
    """
    x, kernel = _grid("x", x), _grid("kernel", kernel)
    size, kernel_size = (len(x), len(x[0])), (len(kernel), len(kernel[0]))
    stride, dilation = require_pair("stride", stride, 1), require_pair("dilation", dilation, 1)
    top, bottom, left, right = padding = four_sides(padding)
    padded = (size[0] + top + bottom, size[1] + left + right)
    oh, ow = output_shape(padded, kernel_size, stride=stride, dilation=dilation)

    def term(a: int, b: int, row: int, col: int) -> Term:
        inside = 0 <= row < size[0] and 0 <= col < size[1]
        return Term(row, col, x[row][col] if inside else padding_value, kernel[a][b], not inside)

    steps = tuple(
        Step(
            i,
            j,
            tuple(
                term(a, b, i * stride[0] + a * dilation[0] - top, j * stride[1] + b * dilation[1] - left)
                for a in range(kernel_size[0])
                for b in range(kernel_size[1])
            ),
        )
        for i in range(oh)
        for j in range(ow)
    )
    return Trace(x, kernel, stride, padding, padding_value, dilation, (oh, ow), steps)


def number(value: float) -> str:
    """Print a number as briefly as is true: 19, -1, 0.25; two decimals at most, and a real minus sign.

    >>> number(19.0), number(-0.254), number(-0.0)
    ('19', '−0.25', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", "−")


def describe_grid(values: Grid) -> str:
    """Say a grid's shape and its rows, or only its shape where reading them out would take too long.

    >>> describe_grid(((0, 1), (2, 3)))
    '2 by 2, rows 0 1; 2 3'
    """
    shape = f"{len(values)} by {len(values[0])}"
    if len(values) * len(values[0]) > 30:
        return shape
    return f"{shape}, rows " + "; ".join(" ".join(map(number, row)) for row in values)


def describe_sum(step: Step) -> str:
    """Write a step's sum of products.

    >>> describe_sum(trace_corr2d([[0, 1], [3, 4]], [[0, 1], [2, 3]]).steps[0])
    '0×0 + 1×1 + 3×2 + 4×3 = 19'
    """

    def factor(value: float) -> str:
        return f"({number(value)})" if number(value).startswith("−") else number(value)

    products = " + ".join(f"{number(t.value)}×{factor(t.weight)}" for t in step.terms)
    return f"{products} = {number(step.result)}"


def describe_step(trace: Trace, step: Step) -> str:
    """Say in words what a drawing of one step shows; this is the drawing's alt text.

    >>> trace = trace_corr2d([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    >>> print(describe_step(trace, trace.step(1, 0)))
    Input 3 by 3, rows 0 1 2; 3 4 5; 6 7 8. Kernel 2 by 2, rows 0 1; 2 3. The window covers rows 1 to 2 and columns 0 to
    1 of the input: 3×0 + 4×1 + 6×2 + 7×3 = 37, which is row 1, column 0 of the 2 by 2 output.
    """
    oh, ow = trace.output_shape
    return (
        f"Input {describe_grid(trace.x)}{_describe_padding(trace)}. Kernel {describe_grid(trace.kernel)}. The window "
        f"{_describe_window(step)} of the input: {describe_sum(step)}, which is row {step.row}, column {step.col} of "
        f"the {oh} by {ow} output.{_describe_unused(trace)}"
    )


def describe_strip(trace: Trace, steps: Sequence[Step]) -> str:
    """Say in words what a strip of several steps shows; this is the strip's alt text.

    >>> trace = trace_corr2d([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    >>> print(describe_strip(trace, trace.steps[:2]))
    Input 3 by 3, rows 0 1 2; 3 4 5; 6 7 8. Kernel 2 by 2, rows 0 1; 2 3. 2 steps. Step 1: the window covers rows 0 to 1
    and columns 0 to 1, result 19. Step 2: the window covers rows 0 to 1 and columns 1 to 2, result 25.
    """
    told = " ".join(
        f"Step {count}: the window {_describe_window(step)}, result {number(step.result)}."
        for count, step in enumerate(steps, start=1)
    )
    return (
        f"Input {describe_grid(trace.x)}{_describe_padding(trace)}. Kernel {describe_grid(trace.kernel)}. "
        f"{len(steps)} steps. {told}{_describe_unused(trace)}"
    )


def _describe_window(step: Step) -> str:
    rows, cols = sorted({t.row for t in step.terms}), sorted({t.col for t in step.terms})

    def span(name: str, cells: list[int]) -> str:
        if len(cells) == 1:
            return f"{name} {number(cells[0])}"
        if cells[-1] - cells[0] + 1 == len(cells):
            return f"{name}s {number(cells[0])} to {number(cells[-1])}"
        *rest, last = map(number, cells)
        return f"{name}s {', '.join(rest)} and {last}"

    return f"covers {span('row', rows)} and {span('column', cols)}"


def _describe_unused(trace: Trace) -> str:
    unused = sum(not uses for row in trace.uses() for uses in row)
    cells = "cell, crossed out, is" if unused == 1 else "cells, crossed out, are"
    return f" {unused} input {cells} read by no window." if unused else ""


def _describe_padding(trace: Trace) -> str:
    if not any(trace.padding):
        return ""
    top, bottom, left, right = trace.padding
    sides = f"{top} above, {bottom} below, {left} left, {right} right"
    return f", padded with {number(trace.padding_value)} ({sides})"


def _grid(name: str, values: Sequence[Sequence[float]]) -> Grid:
    rows = values.tolist() if hasattr(values, "tolist") else values
    try:
        grid = tuple(tuple(number + 0 for number in row) for row in rows)
    except TypeError:
        remedy = f"; select one, as in {name}[0]" if getattr(values, "ndim", 2) > 2 else ""
        raise TypeError(
            f"{name} is not rows of numbers; expected shape (H, W), as in [[0, 1], [2, 3]]{remedy}"
        ) from None
    if not grid or not grid[0] or len({len(row) for row in grid}) > 1:
        lengths = [len(row) for row in grid]
        raise ValueError(f"{name} has rows of lengths {lengths}; expected at least one, all of one length, not empty")
    return grid


def describe_uses(traces: Sequence[Trace], titles: Sequence[str]) -> str:
    """Say in words how often each input cell is read, trace by trace; this is the alt text of the maps.

    >>> print(describe_uses([trace_corr2d([[0, 0, 0]], [[1, 1]])], ["no padding"]))
    How many windows read each input cell. no padding, kernel 1 by 2: 1 by 3, rows 1 2 1.
    """
    told = (
        f"{title}, kernel {len(trace.kernel)} by {len(trace.kernel[0])}: {describe_grid(trace.uses())}."
        for trace, title in zip(traces, titles, strict=True)
    )
    return f"How many windows read each input cell. {' '.join(told)}"


def describe_padded(grids: Sequence[Grid], padding: Padding, titles: Sequence[str]) -> str:
    """Read out padded images, with a bar at each border of the image; this is the alt text of their drawing.

    >>> describe_padded([((0, 5, 6, 0),)], (0, 0, 1, 1), ["zero"])
    'zero: 0 | 5 6 | 0.'
    >>> describe_padded([((9, 9), (5, 9))], (1, 0, 0, 1), ["nine"])
    'nine: 9 9; 5 | 9.'
    """
    top, bottom, left, right = padding

    def read(row: Sequence[float], inside: bool) -> str:
        cells = [*map(number, row)]
        parts = [cells[:left], cells[left : len(cells) - right], cells[len(cells) - right :]] if inside else [cells]
        return " | ".join(" ".join(part) for part in parts if part)

    def read_all(grid: Grid) -> str:
        return "; ".join(read(row, top <= i < len(grid) - bottom) for i, row in enumerate(grid))

    return " ".join(f"{title}: {read_all(grid)}." for title, grid in zip(titles, grids, strict=True))


def describe_windows(trace: Trace) -> str:
    """Say in words what `cnncourse.figures.grammar.draw_windows` shows; this is the drawing's alt text.

    >>> print(describe_windows(trace_corr2d([[0, 1, 2, 3]], [[1, 1]], stride=2)))
    Input 1 by 4, rows 0 1 2 3. Kernel 1 by 2, rows 1 1. 2 steps. Step 1: the window covers row 0 and columns 0 to 1,
    result 1. Step 2: the window covers row 0 and columns 2 to 3, result 5. The kernel is drawn below the cells that it
    covers, each step one line further down, its result on the right.
    """
    return (
        f"{describe_strip(trace, trace.steps)} The kernel is drawn below the cells that it covers, each step one line "
        "further down, its result on the right."
    )


def reach(layers: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, ...], ...]:
    """List the cells that one output cell of a stack of layers depends on, level by level, along one axis.

    Args:
        layers: (kernel, stride, dilation) of every layer, the first one first.

    Returns:
        One tuple of indices per level: the input first, the single output cell 0 last. Counted from the first cell
        that matters, padding disregarded.

    Raises:
        TypeError, ValueError: as `cnncourse.checks.require_layers`.

    Source: chapter "Stride".

    >>> reach([(3, 1, 2), (2, 1, 1)])
    ((0, 1, 2, 3, 4, 5), (0, 1), (0,))
    >>> reach([(2, 1, 2), (2, 1, 2)])[0]
    (0, 2, 4)
    """
    levels = [(0,)]
    for kernel, stride, dilation in reversed(require_layers(layers)):
        below = {cell * stride + a * dilation for cell in levels[-1] for a in range(kernel)}
        levels.append(tuple(sorted(below)))
    return tuple(reversed(levels))


def describe_reach(layers: Sequence[tuple[int, int, int]], names: Sequence[str]) -> str:
    """Say in words what `cnncourse.figures.grammar.draw_reach` shows; this is the drawing's alt text.

    >>> print(describe_reach([(2, 1, 2), (2, 1, 2)], ["input", "first", "second"]))
    Rows of cells, the input on top, one output cell at the bottom, and lines from each cell to the cells above that it
    reads. input: 5 cells, 2 of them crossed out because no line leads to them. first: 3 cells, 1 of them empty because
    no line leads on from it. second: 1 cell.
    """
    told = []
    for level, (name, cells) in enumerate(zip(names, reach(layers), strict=True)):
        count = cells[-1] + 1
        skipped = count - len(cells)
        text = f"{name}: {count} cell{'s' if count > 1 else ''}"
        if skipped and level == 0:
            text += f", {skipped} of them crossed out because no line leads to {'them' if skipped > 1 else 'it'}"
        elif skipped:
            text += f", {skipped} of them empty because no line leads on from {'them' if skipped > 1 else 'it'}"
        told.append(f"{text}.")
    return (
        "Rows of cells, the input on top, one output cell at the bottom, and lines from each cell to the cells above "
        f"that it reads. {' '.join(told)}"
    )


@dataclass(frozen=True)
class PoolStep:
    """One position of a pooling window, and the output cell that it gives.

    A term's ``weight`` is its share in the result: 1 for the winner of a maximum and 0 for the others, 1 / count for
    each cell that an average counts. It is also the share of the gradient that flows back to the cell.
    """

    row: int
    col: int
    terms: tuple[Term, ...]
    mode: Literal["max", "avg"]

    @property
    def counted(self) -> tuple[Term, ...]:
        """The cells that the result is made of: all for a maximum, those that count for an average."""
        return self.terms if self.mode == "max" else tuple(term for term in self.terms if term.weight)

    @property
    def winner(self) -> Term | None:
        """The first largest cell, row by row; an average has no winner."""
        return next(term for term in self.terms if term.weight) if self.mode == "max" else None

    @property
    def result(self) -> float:
        """The largest cell, or the mean of those that count."""
        values = [term.value for term in self.counted]
        return max(values) if self.mode == "max" else sum(values) / len(values)


@dataclass(frozen=True)
class PoolTrace:
    """All steps of one pooling, row by row, with what went in and what came out."""

    x: Grid
    pool_size: tuple[int, int]
    mode: Literal["max", "avg"]
    stride: tuple[int, int]
    padding: Padding
    padding_value: float
    output_shape: tuple[int, int]
    steps: tuple[PoolStep, ...]

    output = Trace.output  # rows, one step and counts are found as in a cross-correlation
    step = Trace.step
    uses = Trace.uses

    def gradient(self) -> Grid:
        """Share out a gradient of 1 at every output cell: what each input cell gets."""
        shares = [[0] * len(row) for row in self.x]
        for step in self.steps:
            for term in step.terms:
                if not term.is_padding:
                    shares[term.row][term.col] += term.weight
        return tuple(map(tuple, shares))


def trace_pool2d(
    x: Sequence[Sequence[float]],
    pool_size: int | tuple[int, int],
    mode: Literal["max", "avg"] = "max",
    *,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    count_include_pad: bool = True,
) -> PoolTrace:
    """Record every step of a pooling of one image.

    Args:
        x: input image, shape (H, W): a tensor, an array or rows of numbers.
        pool_size, mode, stride, padding, count_include_pad: as in `cnncourse.pooling.pool2d`.

    Returns:
        The trace; its ``output`` equals what `cnncourse.pooling.pool2d` computes.

    Raises:
        TypeError, ValueError: not a rectangle of numbers, an unknown mode, more padding than half the window, or as
            `cnncourse.shapes.output_shape`.

    Source: chapter "Pooling".

    >>> trace = trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2)
    >>> trace.output, trace.gradient()
    (((4, 5),), ((0, 0, 0, 0), (1, 0, 0, 1)))
    """
    x = _grid("x", x)
    if mode not in ("max", "avg"):
        raise ValueError(f"mode is {mode!r}; expected 'max' or 'avg'")
    window, stride, padding = require_pool_sizes(pool_size, stride, padding)
    (kh, kw), (ph, pw) = window, padding
    oh, ow = output_shape((len(x), len(x[0])), window, stride=stride, padding=padding)
    value = float("-inf") if mode == "max" else 0

    def step(i: int, j: int) -> PoolStep:
        rows, cols = (
            range(i * stride[0] - ph, i * stride[0] - ph + kh),
            range(j * stride[1] - pw, j * stride[1] - pw + kw),
        )
        cells = [_pool_cell(x, row, col, value) for row in rows for col in cols]
        return PoolStep(i, j, _share(cells, mode, count_include_pad), mode)

    steps = tuple(step(i, j) for i in range(oh) for j in range(ow))
    return PoolTrace(x, window, mode, stride, (ph, ph, pw, pw), value, (oh, ow), steps)


def _pool_cell(x: Grid, row: int, col: int, padding_value: float) -> Term:
    inside = 0 <= row < len(x) and 0 <= col < len(x[0])
    return Term(row, col, x[row][col] if inside else padding_value, 0, not inside)


def _share(cells: Sequence[Term], mode: str, count_include_pad: bool) -> tuple[Term, ...]:
    """Give each cell of a window its weight in the result."""
    if mode == "max":
        weights = [0] * len(cells)
        weights[max(range(len(cells)), key=lambda cell: cells[cell].value)] = 1
    else:
        counts = [count_include_pad or not cell.is_padding for cell in cells]
        weights = [1 / sum(counts) if counted else 0 for counted in counts]
    return tuple(replace(cell, weight=weight) for cell, weight in zip(cells, weights, strict=True))


def describe_pooling(step: PoolStep) -> str:
    """Write one window's maximum or average.

    >>> x = [[1, 3], [-4, 0]]
    >>> describe_pooling(trace_pool2d(x, 2).steps[0]), describe_pooling(trace_pool2d(x, 2, "avg").steps[0])
    ('max(1, 3, −4, 0) = 3', '(1 + 3 − 4 + 0) / 4 = 0')
    """
    values = [number(term.value) for term in step.counted]
    if step.mode == "max":
        return f"max({', '.join(values)}) = {number(step.result)}"
    total = " + ".join(values).replace("+ −", "− ")
    return f"({total}) / {len(values)} = {number(step.result)}"


def describe_pool_step(trace: PoolTrace, step: PoolStep) -> str:
    """Say in words what a drawing of one pooling step shows; this is the drawing's alt text.

    >>> trace = trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2)
    >>> print(describe_pool_step(trace, trace.step(0, 1)))
    Input 2 by 4, rows 1 3 2 0; 4 0 1 5. Windows 2 by 2, stride 2. The window covers rows 0 to 1 and columns 2 to 3 of
    the input: max(2, 0, 1, 5) = 5, which is row 0, column 1 of the 1 by 2 output. A ring marks the winner, row 1,
    column 3.
    """
    oh, ow = trace.output_shape
    ring = f" A ring marks the winner, {_describe_cell(step.winner)}." if step.winner else ""
    return (
        f"{_describe_pool_input(trace)} The window {_describe_window(step)} of the input: {describe_pooling(step)}, "
        f"which is row {step.row}, column {step.col} of the {oh} by {ow} output.{ring}{_describe_unused(trace)}"
    )


def describe_pool_strip(trace: PoolTrace, steps: Sequence[PoolStep]) -> str:
    """Say in words what a strip of several pooling steps shows; this is the strip's alt text.

    >>> trace = trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2, "avg")
    >>> print(describe_pool_strip(trace, trace.steps))
    Input 2 by 4, rows 1 3 2 0; 4 0 1 5. Windows 2 by 2, stride 2. 2 steps. Step 1: the window covers rows 0 to 1 and
    columns 0 to 1, (1 + 3 + 4 + 0) / 4 = 2. Step 2: the window covers rows 0 to 1 and columns 2 to 3,
    (2 + 0 + 1 + 5) / 4 = 2.
    """
    told = " ".join(
        f"Step {count}: the window {_describe_window(step)}, {describe_pooling(step)}."
        for count, step in enumerate(steps, start=1)
    )
    ring = " In each step a ring marks the winner." if trace.mode == "max" else ""
    return f"{_describe_pool_input(trace)} {len(steps)} steps. {told}{ring}{_describe_unused(trace)}"


def describe_pool_gradients(traces: Sequence[PoolTrace]) -> str:
    """Say in words what a drawing of pooling gradients shows; this is the drawing's alt text.

    >>> print(describe_pool_gradients([trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2)]))
    Input 2 by 4, rows 1 3 2 0; 4 0 1 5. Windows 2 by 2, stride 2. Gradient at the input, maximum: 2 by 4, rows
    0 0 0 0; 1 0 0 1. Rings mark the winners.
    """
    names = {"max": "maximum", "avg": "average"}
    told = " ".join(
        f"Gradient at the input, {names[trace.mode]}: {describe_grid(trace.gradient())}." for trace in traces
    )
    ring = " Rings mark the winners." if any(trace.mode == "max" for trace in traces) else ""
    return f"{_describe_pool_input(traces[0])} {told}{ring}"


def _describe_pool_input(trace: PoolTrace) -> str:
    (kh, kw), (sh, sw) = trace.pool_size, trace.stride
    stride = f"{sh}" if sh == sw else f"{sh} down and {sw} across"
    return f"Input {describe_grid(trace.x)}{_describe_padding(trace)}. Windows {kh} by {kw}, stride {stride}."


def _describe_cell(term: Term) -> str:
    return f"row {number(term.row)}, column {number(term.col)}"


def describe_stages(shapes: Sequence[tuple[int, int, int]], scores: Sequence[float]) -> str:
    """Say in words what `cnncourse.figures.grammar.draw_stages` shows; this is the drawing's alt text.

    Args:
        shapes: (count, rows, columns) of the pictures in each column: input, kernels, and the three kinds of maps.
        scores: one for each class.

    >>> print(describe_stages([(1, 4, 4), (2, 3, 3), (2, 2, 2), (2, 2, 2), (2, 1, 1)], [0.1, 0.9]))
    From left to right: a digit of 4 by 4 pixels; 2 kernels of 3 by 3; convolution, 2 signed maps of 2 by 2; ReLU, the
    same 2 maps with every negative value set to 0; pooling, 2 maps of 1 by 1; fully connected, 2 bars, one for each
    class. The longest bar is that of class 1.
    """
    (_, h, w), (kernels, kh, kw), (maps, oh, ow), _, (pooled, ph, pw) = shapes
    best = max(range(len(scores)), key=lambda label: scores[label])
    return (
        f"From left to right: a digit of {h} by {w} pixels; {kernels} kernels of {kh} by {kw}; convolution, {maps} "
        f"signed maps of {oh} by {ow}; ReLU, the same {maps} maps with every negative value set to 0; pooling, "
        f"{pooled} maps of {ph} by {pw}; fully connected, {len(scores)} bars, one for each class. The longest bar is "
        f"that of class {best}."
    )


def describe_matrices(matrices: Sequence[Grid], titles: Sequence[str]) -> str:
    """Say in words how many weights each matrix holds, and how many of them differ; this is the drawing's alt text.

    >>> describe_matrices([((1, 2, 0), (0, 1, 2))], ["shared"])
    'shared: 2 rows, 3 columns, 4 of 6 entries not zero, 2 different values, the same in every row.'
    >>> describe_matrices([((1, 2, 0), (0, 3, 4))], ["local"])
    'local: 2 rows, 3 columns, 4 of 6 entries not zero, 4 different values.'
    """

    def told(matrix: Grid, title: str) -> str:
        rows = [sorted(round(value, 4) for value in row if value) for row in matrix]  # rounding noise is no difference
        weights = [value for row in rows for value in row]
        shared = ", the same in every row" if all(row == rows[0] for row in rows) else ""
        return (
            f"{title}: {len(matrix)} rows, {len(matrix[0])} columns, {len(weights)} of {len(matrix) * len(matrix[0])} "
            f"entries not zero, {len(set(weights))} different values{shared}."
        )

    return " ".join(map(told, matrices, titles))


@dataclass(frozen=True)
class ChannelTrace:
    """One cross-correlation over several input channels: a trace for each channel, whose results are added."""

    channels: tuple[Trace, ...]

    @property
    def output_shape(self) -> tuple[int, int]:
        """(oh, ow): the same for every channel."""
        return self.channels[0].output_shape

    @property
    def output(self) -> Grid:
        """The partial sums of all channels, added cell by cell."""
        partial = zip(*(channel.output for channel in self.channels), strict=True)
        return tuple(tuple(sum(cells) for cells in zip(*rows, strict=True)) for rows in partial)

    @property
    def multiply_adds(self) -> int:
        """How many products were formed and added, over all channels."""
        return sum(channel.multiply_adds for channel in self.channels)

    def steps(self, row: int, col: int) -> tuple[Step, ...]:
        """Return the channels' steps that together give output cell (row, col); each result is a partial sum.

        Raises:
            ValueError: there is no such cell.
        """
        return tuple(channel.step(row, col) for channel in self.channels)


def trace_corr2d_multi_in(x: Sequence, kernel: Sequence, **settings) -> ChannelTrace:
    """Record every step of a cross-correlation over several input channels.

    Args:
        x: input image, shape (C_in, H, W): a tensor, an array or planes of rows of numbers.
        kernel: weights, shape (C_in, kH, kW).
        settings: stride, padding, padding_value and dilation, as in `trace_corr2d`.

    Returns:
        The trace; its ``output`` equals what `cnncourse.channels.corr2d_multi_in` computes.

    Raises:
        TypeError, ValueError: as `trace_corr2d`, or as many planes are not in ``x`` and ``kernel``.

    Source: chapter "Channels".

    >>> trace = trace_corr2d_multi_in([[[1, 2]], [[3, 4]]], [[[1]], [[10]]])
    >>> [step.result for step in trace.steps(0, 1)], trace.output
    ([2, 40], ((31, 42),))
    """
    if not len(x) == len(kernel) > 0:
        raise ValueError(
            f"kernel has {len(kernel)} planes and x {len(x)}; expected one kernel plane for each plane of x"
        )
    return ChannelTrace(
        tuple(trace_corr2d(plane, weights, **settings) for plane, weights in zip(x, kernel, strict=True))
    )


def describe_partial_sums(steps: Sequence[Step]) -> str:
    """Write how partial sums make one output cell.

    >>> describe_partial_sums(trace_corr2d_multi_in([[[1, 2]], [[3, 4]]], [[[1]], [[-1]]]).steps(0, 1))
    '2 + (−4) = −2'
    """
    first, *others = (number(step.result) for step in steps)
    terms = [first, *(f"({term})" if term.startswith("−") else term for term in others)]
    return f"{' + '.join(terms)} = {number(sum(step.result for step in steps))}"


def describe_channels(trace: ChannelTrace, row: int, col: int) -> str:
    """Say in words what a drawing of one step over several channels shows; this is the drawing's alt text.

    >>> print(describe_channels(trace_corr2d_multi_in([[[1, 2]], [[3, 4]]], [[[1]], [[-1]]]), 0, 1))
    2 input channels, each with its own kernel plane. Channel 0: input 1 by 2, rows 1 2; kernel 1 by 1, rows 1; the
    window covers row 0 and column 1: 2×1 = 2. Channel 1: input 1 by 2, rows 3 4; kernel 1 by 1, rows −1; the window
    covers row 0 and column 1: 4×(−1) = −4. The partial sums are added: 2 + (−4) = −2, which is row 0, column 1 of the
    1 by 2 output.
    """
    steps = trace.steps(row, col)
    told = " ".join(
        f"Channel {index}: input {describe_grid(channel.x)}{_describe_padding(channel)}; kernel "
        f"{describe_grid(channel.kernel)}; the window {_describe_window(step)}: {describe_sum(step)}."
        for index, (channel, step) in enumerate(zip(trace.channels, steps, strict=True))
    )
    oh, ow = trace.output_shape
    return (
        f"{len(steps)} input channels, each with its own kernel plane. {told} The partial sums are added: "
        f"{describe_partial_sums(steps)}, which is row {row}, column {col} of the {oh} by {ow} output."
    )


def describe_matrix_product(pixels: Grid, weights: Grid, y: Grid, row: int) -> str:
    """Say in words what a drawing of a 1x1 convolution as a matrix product shows; this is the drawing's alt text.

    >>> print(describe_matrix_product(((1, 2), (3, 4)), ((5,), (6,)), ((17,), (39,)), 1))
    Three matrices. Pixels by input channels: 2 by 2, rows 1 2; 3 4. Input channels by output channels, the 1×1 kernels
    as columns: 2 by 1, rows 5; 6. Pixels by output channels: 2 by 1, rows 17; 39. Marked is pixel 1: its row 3 4
    becomes the row 39.
    """
    before, after = (" ".join(map(number, grid[row])) for grid in (pixels, y))
    return (
        f"Three matrices. Pixels by input channels: {describe_grid(pixels)}. Input channels by output channels, the "
        f"1×1 kernels as columns: {describe_grid(weights)}. Pixels by output channels: {describe_grid(y)}. Marked is "
        f"pixel {row}: its row {before} becomes the row {after}."
    )


def describe_connections(tables: Sequence[Sequence[Sequence[int]]], titles: Sequence[str]) -> str:
    """Say in words which input channels each output channel reads; this is the alt text of the tables.

    Args:
        tables: one each for a layer: rows are output channels, columns input channels, cells the weights between them.
        titles: one each.

    >>> describe_connections([((9, 0), (0, 9))], ["depthwise"])
    'depthwise, 18 weights: output channel 0 reads input channel 0; 1 reads 1.'
    """

    def read(table: Sequence[Sequence[int]]) -> str:
        sources = [", ".join(str(c) for c, weights in enumerate(row) if weights) for row in table]
        first = f"output channel 0 reads input {'channels' if ',' in sources[0] else 'channel'} {sources[0]}"
        return "; ".join([first, *(f"{o} reads {source}" for o, source in enumerate(sources[1:], start=1))])

    return " ".join(
        f"{title}, {sum(map(sum, table))} weights: {read(table)}." for table, title in zip(tables, titles, strict=True)
    )


Stage = tuple[str, tuple[int, ...], int | None]  # a layer's name, its output's shape, and the window that made it


def describe_feature_maps(stages: Sequence[Stage]) -> str:
    """Say what `cnncourse.figures.grammar.draw_feature_maps` shows.

    Args:
        stages: (name, shape, window) of the input and of each layer: shape (C, H, W) or (N,); the window is the side of
            the square that one cell is made of, None where a cell is made of everything, or of nothing.

    Raises:
        ValueError: no stages, or a shape of neither kind.

    >>> describe_feature_maps([("input", (1, 28, 28), None), ("conv1", (6, 24, 24), 5), ("fc1", (10,), None)])
    'From left to right: input, 1 map of 28 by 28; conv1, 6 maps of 24 by 24, windows of 5 by 5; fc1, 10 numbers.'
    """
    if not stages:
        raise ValueError("stages is empty; expected (name, shape, window) of the input and of each layer")
    words = []
    for name, shape, window in stages:
        if len(shape) not in (1, 3):
            raise ValueError(f"{name} has shape {tuple(shape)}; expected (C, H, W) or (N,)")
        if len(shape) == 1:
            words.append(f"{name}, {shape[0]} numbers")
        else:
            plural = "s" if shape[0] > 1 else ""
            windows = f", windows of {window} by {window}" if window else ""
            words.append(f"{name}, {shape[0]} map{plural} of {shape[1]} by {shape[2]}{windows}")
    return f"From left to right: {'; '.join(words)}."
