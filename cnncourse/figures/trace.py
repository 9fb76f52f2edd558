"""A sliding window, taken apart: which cells each output cell reads, and what is computed from them.

A trace is plain data, numbers and tuples only, written in pure Python so that it can be checked against the loops of
the chapters and turned into figures, words or JSON. Pictures and alt texts are made from the same trace: they cannot
disagree.

**As JSON** (`to_json`, `from_json`) a trace is one object: ``kind`` says which function recorded it ("corr2d", "pool2d"
or "corr2d_multi_in"), and every field has its name here and stands in its order here, tuples as arrays. JSON has no
numbers that are not finite, so these three are strings: "Infinity", "-Infinity" (what a maximum pads with) and "NaN".
``float`` reads them in Python and ``Number`` in JavaScript, which both leave a finite number as it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from cnncourse.checks import four_sides, require_layers, require_pair, require_pool_sizes
from cnncourse.shapes import output_shape

Grid = tuple[tuple[float, ...], ...]
Padding = tuple[int, int, int, int]  # (top, bottom, left, right)
Mode = Literal["max", "avg"]
NOT_FINITE = ("Infinity", "-Infinity", "NaN")  # as JavaScript writes them


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
class PoolStep:
    """One position of a pooling window, and the output cell that it gives.

    A term's ``weight`` is its share in the result: 1 for the winner of a maximum and 0 for the others, 1 / count for
    each cell that an average counts. It is also the share of the gradient that flows back to the cell.
    """

    row: int
    col: int
    terms: tuple[Term, ...]
    mode: Mode

    @property
    def counted(self) -> tuple[Term, ...]:
        """The cells that the result is made of: all for a maximum, those that count for an average."""
        return self.terms if self.mode == "max" else tuple(term for term in self.terms if term.weight)

    @property
    def winner(self) -> Term | None:
        """The first largest cell, row by row, or the first NaN; an average has no winner."""
        return next(term for term in self.terms if term.weight) if self.mode == "max" else None

    @property
    def result(self) -> float:
        """The winner's value, or the mean of the cells that count."""
        if self.winner:
            return self.winner.value
        values = [term.value for term in self.counted]
        return sum(values) / len(values)


AnyStep = TypeVar("AnyStep", Step, PoolStep)


@dataclass(frozen=True, kw_only=True)
class SlidingWindow(Generic[AnyStep]):
    """What every window that slides over one image has: what went in, and all steps, row by row."""

    x: Grid
    stride: tuple[int, int]
    padding: Padding
    padding_value: float
    output_shape: tuple[int, int]
    steps: tuple[AnyStep, ...]

    @property
    def output(self) -> Grid:
        """The results of the steps, as rows."""
        ow = self.output_shape[1]
        results = [step.result for step in self.steps]
        return tuple(tuple(results[start : start + ow]) for start in range(0, len(results), ow))

    @property
    def padded_shape(self) -> tuple[int, int]:
        """(top + H + bottom, left + W + right): the input with its padding."""
        top, bottom, left, right = self.padding
        return top + len(self.x) + bottom, left + len(self.x[0]) + right

    def step(self, row: int, col: int) -> AnyStep:
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

    def uses(self) -> tuple[tuple[int, ...], ...]:
        """Count how many windows read each input cell."""
        counts = [[0] * len(row) for row in self.x]
        for step in self.steps:
            for term in step.terms:
                if not term.is_padding:
                    counts[term.row][term.col] += 1
        return tuple(map(tuple, counts))


@dataclass(frozen=True, kw_only=True)
class Trace(SlidingWindow[Step]):
    """All steps of one cross-correlation, row by row, with what went in and what came out."""

    kernel: Grid
    dilation: tuple[int, int]

    @property
    def kernel_size(self) -> tuple[int, int]:
        """(kH, kW)."""
        return len(self.kernel), len(self.kernel[0])

    @property
    def multiply_adds(self) -> int:
        """How many products were formed and added, counted one by one."""
        return sum(len(step.terms) for step in self.steps)


@dataclass(frozen=True, kw_only=True)
class PoolTrace(SlidingWindow[PoolStep]):
    """All steps of one pooling, row by row, with what went in and what came out."""

    kernel_size: tuple[int, int]
    mode: Mode

    def gradient(self) -> Grid:
        """Share out a gradient of 1 at every output cell: what each input cell gets."""
        shares: list[list[float]] = [[0] * len(row) for row in self.x]
        for step in self.steps:
            for term in step.terms:
                if not term.is_padding:
                    shares[term.row][term.col] += term.weight
        return tuple(map(tuple, shares))


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
    image, weights = _grid("x", x), _grid("kernel", kernel)
    sides, strides = four_sides(padding), require_pair("stride", stride, 1)
    spread, value = require_pair("dilation", dilation, 1), _plain(padding_value)
    top, bottom, left, right = sides
    padded = (len(image) + top + bottom, len(image[0]) + left + right)
    kernel_size = len(weights), len(weights[0])
    oh, ow = output_shape(padded, kernel_size, stride=strides, dilation=spread)

    def step(i: int, j: int) -> Step:
        cells = _window(image, value, (i * strides[0] - top, j * strides[1] - left), kernel_size, spread)
        under = (weight for row in weights for weight in row)
        return Step(i, j, tuple(replace(cell, weight=w) for cell, w in zip(cells, under, strict=True)))

    return Trace(
        x=image,
        kernel=weights,
        stride=strides,
        padding=sides,
        padding_value=value,
        dilation=spread,
        output_shape=(oh, ow),
        steps=tuple(step(i, j) for i in range(oh) for j in range(ow)),
    )


def trace_corr2d_multi_in(x: Sequence, kernel: Sequence, **settings: Any) -> ChannelTrace:
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


def trace_pool2d(
    x: Sequence[Sequence[float]],
    kernel_size: int | tuple[int, int],
    mode: Mode = "max",
    *,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    count_include_pad: bool = True,
) -> PoolTrace:
    """Record every step of a pooling of one image.

    Args:
        x: input image, shape (H, W): a tensor, an array or rows of numbers.
        kernel_size, mode, stride, padding, count_include_pad: as in `cnncourse.pooling.pool2d`.

    Returns:
        The trace; its ``output`` equals what `cnncourse.pooling.pool2d` computes. As there, a window with a NaN has the
        maximum NaN, and the first NaN is its winner.

    Raises:
        TypeError, ValueError: not a rectangle of numbers, an unknown mode, more padding than half the window, or as
            `cnncourse.shapes.output_shape`.

    Source: chapter "Pooling".

    >>> trace = trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2)
    >>> trace.output, trace.gradient()
    (((4, 5),), ((0, 0, 0, 0), (1, 0, 0, 1)))
    """
    image = _grid("x", x)
    if mode not in ("max", "avg"):
        raise ValueError(f"mode is {mode!r}; expected 'max' or 'avg'")
    size, (sh, sw), (ph, pw) = require_pool_sizes(kernel_size, stride, padding)
    oh, ow = output_shape((len(image), len(image[0])), size, stride=(sh, sw), padding=(ph, pw))
    value = -math.inf if mode == "max" else 0

    def step(i: int, j: int) -> PoolStep:
        cells = _window(image, value, (i * sh - ph, j * sw - pw), size)
        shares = _winner_takes_all(cells) if mode == "max" else _equal_shares(cells, count_include_pad)
        return PoolStep(i, j, tuple(replace(cell, weight=w) for cell, w in zip(cells, shares, strict=True)), mode)

    return PoolTrace(
        x=image,
        kernel_size=size,
        mode=mode,
        stride=(sh, sw),
        padding=(ph, ph, pw, pw),
        padding_value=value,
        output_shape=(oh, ow),
        steps=tuple(step(i, j) for i in range(oh) for j in range(ow)),
    )


def _window(
    x: Grid, padding_value: float, corner: tuple[int, int], size: tuple[int, int], dilation: tuple[int, int] = (1, 1)
) -> list[Term]:
    """List the cells under a window, row by row, with no weight yet; ``corner`` counts without the padding."""
    rows, cols = ([start + a * d for a in range(k)] for start, k, d in zip(corner, size, dilation, strict=True))
    inside = {(row, col) for row in rows for col in cols if 0 <= row < len(x) and 0 <= col < len(x[0])}
    return [
        Term(row, col, x[row][col] if (row, col) in inside else padding_value, 0, (row, col) not in inside)
        for row in rows
        for col in cols
    ]


def _winner_takes_all(cells: Sequence[Term]) -> list[float]:
    """Give 1 to the first largest cell or to the first NaN, which no number beats; padding never wins."""
    image = [index for index, cell in enumerate(cells) if not cell.is_padding]
    winner = max(image, key=lambda index: (math.isnan(cells[index].value), cells[index].value))
    return [int(index == winner) for index in range(len(cells))]


def _equal_shares(cells: Sequence[Term], count_include_pad: bool) -> list[float]:
    """Give every cell that counts the same share of 1."""
    counts = [count_include_pad or not cell.is_padding for cell in cells]
    return [1 / sum(counts) if counted else 0 for counted in counts]


def _grid(name: str, values: Any) -> Grid:
    rows = values.tolist() if hasattr(values, "tolist") else values
    try:
        grid = tuple(tuple(_plain(cell) for cell in row) for row in rows)
    except (TypeError, ValueError, RuntimeError):  # the last two: a cell with several numbers
        remedy = f"; select one, as in {name}[0]" if getattr(values, "ndim", 2) > 2 else ""
        raise TypeError(
            f"{name} is not rows of numbers; expected shape (H, W), as in [[0, 1], [2, 3]]{remedy}"
        ) from None
    if not grid or not grid[0] or len({len(row) for row in grid}) > 1:
        lengths = [len(row) for row in grid]
        raise ValueError(f"{name} has rows of lengths {lengths}; expected at least one, all of one length, not empty")
    return grid


def _plain(cell: Any) -> float:
    """Return a number of Python for a number of NumPy, torch or Python."""
    return (cell.item() if hasattr(cell, "item") else cell) + 0


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
    levels: list[tuple[int, ...]] = [(0,)]
    for kernel, stride, dilation in reversed(require_layers(layers)):
        below = {cell * stride + a * dilation for cell in levels[-1] for a in range(kernel)}
        levels.append(tuple(sorted(below)))
    return tuple(reversed(levels))


def to_json(trace: Trace | PoolTrace | ChannelTrace) -> str:
    """Write a trace as JSON, in the form that this module's first lines describe.

    Raises:
        TypeError: not a trace.

    >>> trace = trace_pool2d([[1]], 2, padding=1)
    >>> to_json(trace)[:92]
    '{"kind": "pool2d", "x": [[1]], "stride": [2, 2], "padding": [1, 1, 1, 1], "padding_value": "'
    >>> from_json(to_json(trace)) == trace
    True
    """
    kinds = {Trace: "corr2d", PoolTrace: "pool2d", ChannelTrace: "corr2d_multi_in"}
    if type(trace) not in kinds:
        raise TypeError(f"trace is of type {type(trace).__name__}; expected one that a trace_ function returned")
    return json.dumps({"kind": kinds[type(trace)], **_spell_out(asdict(trace))}, allow_nan=False)


def from_json(text: str) -> Trace | PoolTrace | ChannelTrace:
    """Read a trace that `to_json` wrote: equal to the one that was written, to the last bit of each number.

    Raises:
        ValueError: not JSON, or not of a trace.

    >>> from_json('{"kind": "conv3d"}')
    Traceback (most recent call last):
    ValueError: text is of kind 'conv3d'; expected 'corr2d', 'pool2d' or 'corr2d_multi_in', as to_json writes
    """
    data = _read_numbers(json.loads(text))
    kind = data.pop("kind", None) if isinstance(data, dict) else None
    if kind not in ("corr2d", "pool2d", "corr2d_multi_in"):
        raise ValueError(
            f"text is of kind {kind!r}; expected 'corr2d', 'pool2d' or 'corr2d_multi_in', as to_json writes"
        )
    try:
        if kind == "corr2d_multi_in":
            return _read_channels(data)
        return _read_corr2d(data) if kind == "corr2d" else _read_pool2d(data)
    except (KeyError, TypeError) as error:
        raise ValueError(f"text is of kind {kind!r} and lacks a field, or has one too many: {error}") from None


def _spell_out(value: Any) -> Any:
    """Put strings in place of numbers that JSON does not have."""
    if isinstance(value, dict):
        return {name: _spell_out(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_spell_out(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _read_numbers(value: Any) -> Any:
    """Undo `_spell_out`."""
    if isinstance(value, dict):
        return {name: _read_numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return tuple(_read_numbers(part) for part in value)
    return float(value) if value in NOT_FINITE else value


def _read_terms(step: Mapping[str, Any]) -> dict[str, Any]:
    return {**step, "terms": tuple(Term(**term) for term in step["terms"])}


def _read_corr2d(data: Mapping[str, Any]) -> Trace:
    return Trace(**{**data, "steps": tuple(Step(**_read_terms(step)) for step in data["steps"])})


def _read_pool2d(data: Mapping[str, Any]) -> PoolTrace:
    return PoolTrace(**{**data, "steps": tuple(PoolStep(**_read_terms(step)) for step in data["steps"])})


def _read_channels(data: Mapping[str, Any]) -> ChannelTrace:
    return ChannelTrace(tuple(_read_corr2d(channel) for channel in data["channels"]))
