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
from cnncourse.figures.trace import PoolTrace

MODE_NAMES = {"max": "maximum", "avg": "average"}


def draw_pool_gradients(*traces: PoolTrace) -> Figure:
    """Draw one input, and what each of its cells gets when every output cell of a pooling gets a gradient of 1.

    Args:
        traces: poolings of the same input, with the same windows.

    Returns:
        The figure, its alt text as its label.
    """
    h, w = len(traces[0].x), len(traces[0].x[0])
    count = 1 + len(traces)
    wide = count * w + (count - 1) * 0.8
    cell = min(CELL, WIDTH / (wide + 0.4))
    figure = new_figure(cell * (h + 1.4))
    axes = figure.subplots()
    titles = ["input", *(f"gradient, {MODE_NAMES[trace.mode]}" for trace in traces)]
    gradients = [trace.gradient() for trace in traces]
    limit = 2 * max(max(row) for grid in gradients for row in grid)  # one scale; white is 0
    for place, (title, grid) in enumerate(zip(titles, [traces[0].x, *gradients], strict=True)):
        left = place * (w + 0.8)
        draw_grid(axes, grid, "input", at=(left, 0), fontsize=cell * 23, signed_limit=limit if place else None)
        write(axes, left + w / 2, -0.45, title, cell * 20, role="input")
        _mark_windows(axes, traces[max(place - 1, 0)], left)
    winners = {(step.winner.row, step.winner.col) for trace in traces for step in trace.steps if step.winner}
    for row, col in winners:
        mark_winner(axes, (col, row))
    fit_cells(axes, xlim=(-0.2, wide + 0.2), ylim=(h + 0.2, -0.9))
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


def _mark_windows(axes: Axes, trace: PoolTrace, left: float) -> None:
    for step in trace.steps:
        mark_window(axes, [(left + term.col, term.row) for term in step.terms if not term.is_padding])
