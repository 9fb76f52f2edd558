"""Figures of the chapter "Stride": a window's positions along one axis, and the cells that an output depends on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnncourse.figures.grammar import (
    CELL,
    LETTERS,
    OUTLINE,
    SMALL,
    WIDTH,
    Role,
    cross_out,
    draw_grid,
    draw_padded_input,
    fit_cells,
    new_figure,
    number,
    write,
)
from cnncourse.figures.steps import describe_steps
from cnncourse.figures.trace import Step, Trace, reach
from cnncourse.shapes import receptive_field


def draw_windows(trace: Trace) -> Figure:
    """Draw every position of a window along one axis, one below the other, under the cells that it covers.

    Args:
        trace: of an input and a kernel with one row each.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: the input or the kernel has several rows.
    """
    _require_rows(trace)
    labels, across = 1.6, trace.padded_shape[1]
    wide, high = labels + across + 2.0, 1.3 + 1.15 * len(trace.steps)
    cell = min(CELL, WIDTH / wide)
    fontsize = max(cell * 25, SMALL)
    figure = new_figure(cell * (high + 0.7))
    axes = figure.subplots()
    draw_padded_input(axes, trace, at=(labels, 0), fontsize=fontsize)
    for count, step in enumerate(trace.steps):
        y = 1.3 + 1.15 * count
        _draw_covering(axes, step, labels + trace.padding[2], y, fontsize)
        write(axes, labels + across + 0.5, y + 0.5, "=", fontsize * 1.2)
        draw_grid(axes, [[step.result]], "output", at=(labels + across + 1, y), fontsize=fontsize)
    places: dict[Role, tuple[float, float]] = {
        "input": (0.7, 0.5),
        "kernel": (0.7, 1.8),
        "output": (labels + across + 1.5, 0.9),
    }
    for role, (x, y) in places.items():
        write(axes, x, y, role, min(fontsize, 10), role=role)
    fit_cells(axes, xlim=(-0.1, wide + 0.1), ylim=(high + 0.2, -0.3))
    figure.set_label(describe_windows(trace))
    return figure


def describe_windows(trace: Trace) -> str:
    """Say in words what `draw_windows` shows; this is the drawing's alt text.

    >>> from cnncourse.figures.trace import trace_corr2d
    >>> print(describe_windows(trace_corr2d([[0, 1, 2, 3]], [[1, 1]], stride=2)))
    Input 1 by 4, rows 0 1 2 3. Kernel 1 by 2, rows 1 1. 2 steps. Step 1: the window covers row 0 and columns 0 to 1,
    result 1. Step 2: the window covers row 0 and columns 2 to 3, result 5. The kernel is drawn below the cells that it
    covers, each step one line further down, its result on the right.
    """
    return (
        f"{describe_steps(trace)} The kernel is drawn below the cells that it covers, each step one line further down, "
        "its result on the right."
    )


def _require_rows(trace: Trace) -> None:
    """Check that input and kernel have one row each, and nothing above or below it."""
    if len(trace.x) > 1 or len(trace.kernel) > 1 or trace.output_shape[0] > 1:
        shapes = f"{len(trace.x)} by {len(trace.x[0])} and {len(trace.kernel)} by {len(trace.kernel[0])}"
        raise ValueError(f"input and kernel are {shapes}; expected one row each; use draw_steps for an image")


def _draw_covering(axes: Axes, step: Step, x: float, y: float, fontsize: float) -> None:
    """Draw the kernel in the line ``y``, below the cells that it covers; the input's first column stands at ``x``."""
    cols = [x + term.col for term in step.terms]
    for before, after in pairwise(cols):
        if after > before + 1:  # a bar bridges each gap of a dilated kernel
            axes.plot((before + 1, after), (y + 0.5, y + 0.5), color=OUTLINE["kernel"], linewidth=2.6)
    for col, term in zip(cols, step.terms, strict=True):
        draw_grid(axes, [[term.weight]], "kernel", at=(col, y), fontsize=fontsize)


def draw_reach(layers: Sequence[tuple[int, int, int]], names: Sequence[str] | None = None) -> Figure:
    """Draw which cells one output cell depends on, level by level from the input on top, along one axis.

    Args:
        layers: (kernel, stride, dilation) of every layer, the first one first.
        names: one for the input, and one for each layer.

    Returns:
        The figure, its alt text as its label.
    """
    names = names or ["input", *(f"layer {count}" for count in range(1, len(layers) + 1))]
    levels, labels = reach(layers), 3.2
    wide = labels + levels[0][-1] + 1
    cell = min(0.42, WIDTH / wide)
    fontsize = max(cell * 22, SMALL)
    apart = 0.7 / cell  # from row to row, in cells
    figure = new_figure(cell * (apart * len(layers) + 1.3))
    axes = figure.subplots()
    for level, (cells, name) in enumerate(zip(levels, names, strict=True)):
        size, jump = receptive_field(layers[:level])
        for index in range(cells[-1] + 1):  # a cell stands below the centre of what it sees
            x = labels + index * jump + (size - 1) / 2
            _draw_reached(axes, x, apart * level, index, index in cells, is_input=not level, fontsize=fontsize)
        color = LETTERS["output" if level else "input"]
        axes.text(0, apart * level + 0.5, name, va="center", fontsize=10, color=color)
    _draw_lines(axes, layers, levels, labels, apart)
    fit_cells(axes, xlim=(-0.1, wide + 0.2), ylim=(apart * len(layers) + 1.1, -0.2))
    figure.set_label(describe_reach(layers, names))
    return figure


def describe_reach(layers: Sequence[tuple[int, int, int]], names: Sequence[str]) -> str:
    """Say in words what `draw_reach` shows; this is the drawing's alt text.

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


def _draw_reached(
    axes: Axes, x: float, y: float, index: int, reached: bool, *, is_input: bool, fontsize: float
) -> None:
    """Draw one cell of a level with its index: filled if it is reached, crossed out or empty if not."""
    if not is_input:
        draw_grid(axes, [[index if reached else None]], "output", at=(x, y), fontsize=fontsize)
        return
    draw_grid(axes, [[index]], "input", at=(x, y), fontsize=fontsize)
    if not reached:
        cross_out(axes, x, y, number(index), fontsize)


def _draw_lines(
    axes: Axes,
    layers: Sequence[tuple[int, int, int]],
    levels: Sequence[Sequence[int]],
    labels: float,
    apart: float,
) -> None:
    """Lead from each reached cell to the cells above that it reads."""
    for level, (kernel, stride, dilation) in enumerate(layers):
        (size, jump), (next_size, next_jump) = receptive_field(layers[:level]), receptive_field(layers[: level + 1])
        for index, a in product(levels[level + 1], range(kernel)):
            above = labels + (index * stride + a * dilation) * jump + size / 2
            below = labels + index * next_jump + next_size / 2
            ends = (apart * level + 1, apart * (level + 1))
            axes.plot((above, below), ends, color="#6A6A6A", linewidth=0.8, zorder=0)
