"""Figures of the chapter "Pooling": where the gradient goes. `cnncourse.figures.steps` draws its windows."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnncourse.figures.grammar import (
    CELL,
    WIDTH,
    describe_grid,
    draw_grid,
    fit_cells,
    mark_window,
    new_figure,
    write,
)
from cnncourse.figures.steps import describe_setting, mark_winner
from cnncourse.figures.trace import Grid, PoolTrace

BETWEEN = 0.8  # cells: between two grids in a row
MODE_NAMES = {"max": "maximum", "avg": "average"}


def draw_pool_gradients(*traces: PoolTrace) -> Figure:
    """Draw one input, and what each of its cells gets when every output cell of a pooling gets a gradient of 1.

    Args:
        traces: poolings of the same input, with the same windows.

    Returns:
        The figure, its alt text as its label.
    """
    h, w = len(traces[0].x), len(traces[0].x[0])
    wide = 2 * w + BETWEEN
    cell = min(CELL, WIDTH / (wide + 0.4))
    gradients = [trace.gradient() for trace in traces]
    limit = 2 * max(max(row) for grid in gradients for row in grid)  # one scale; white is 0
    rows = 1 + -(-len(traces) // 2)  # the input alone, then two gradients in a row
    figure = new_figure(cell * rows * (h + 1.1))
    axes = figure.subplots()
    _draw_named(axes, traces[0].x, "input", ((w + BETWEEN) / 2, 0), traces[0], cell)
    for place, (trace, gradient) in enumerate(zip(traces, gradients, strict=True)):
        corner = place % 2 * (w + BETWEEN), (1 + place // 2) * (h + 1.1)
        _draw_named(axes, gradient, f"gradient, {MODE_NAMES[trace.mode]}", corner, trace, cell, signed_limit=limit)
    winners = {(step.winner.row, step.winner.col) for trace in traces for step in trace.steps if step.winner}
    for row, col in winners:
        mark_winner(axes, ((w + BETWEEN) / 2 + col, row))
    fit_cells(axes, xlim=(-0.2, wide + 0.2), ylim=(rows * (h + 1.1) - 0.9, -0.9))
    figure.set_label(describe_pool_gradients(traces))
    return figure


def describe_pool_gradients(traces: Sequence[PoolTrace]) -> str:
    """Say in words what `draw_pool_gradients` shows; this is the drawing's alt text.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> print(describe_pool_gradients([trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2)]))
    Input 2 by 4, rows 1 3 2 0; 4 0 1 5. Windows 2 by 2, stride 2. Gradient at the input, maximum: 2 by 4, rows
    0 0 0 0; 1 0 0 1. Rings mark the winners.
    """
    told = " ".join(
        f"Gradient at the input, {MODE_NAMES[trace.mode]}: {describe_grid(trace.gradient())}." for trace in traces
    )
    ring = " Rings mark the winners." if any(trace.mode == "max" for trace in traces) else ""
    return f"{describe_setting(traces[0])} {told}{ring}"


def _draw_named(
    axes: Axes,
    grid: Grid,
    name: str,
    at: tuple[float, float],
    trace: PoolTrace,
    cell: float,
    *,
    signed_limit: float | None = None,
) -> None:
    """Draw the input or a gradient at it, with its name above and the windows of a pooling on it."""
    draw_grid(axes, grid, "input", at=at, fontsize=cell * 24, signed_limit=signed_limit)
    write(axes, at[0] + len(grid[0]) / 2, at[1] - 0.45, name, cell * 21, role="input")
    for step in trace.steps:
        mark_window(axes, [(at[0] + term.col, at[1] + term.row) for term in step.terms if not term.is_padding])
