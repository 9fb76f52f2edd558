"""Figures of the chapter "Padding": how often each cell is read, and what stands around an image."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnncourse.figures.grammar import (
    CELL,
    FILL,
    INK,
    OUTLINE,
    SMALL,
    WIDTH,
    cross_out,
    describe_grid,
    draw_grid,
    fit_cells,
    hatch_cell,
    new_figure,
    number,
    write,
    write_title,
)
from cnncourse.figures.trace import Grid, Padding, Trace


def draw_uses(traces: Sequence[Trace], titles: Sequence[str]) -> Figure:
    """Draw how many windows read each input cell, one map a trace, two in a line, on one colour scale.

    All cells have one size.

    The padding is hatched and empty, since the numbers here are counts; a cell that no window reads is crossed out.

    Args:
        traces: what was computed.
        titles: one each.

    Returns:
        The figure, its alt text as its label.
    """
    alt = describe_uses(traces, titles)  # and so one title for each
    most = max(kh * kw for kh, kw in (trace.kernel_size for trace in traces))
    columns = min(2, len(traces))
    lines = [traces[start : start + columns] for start in range(0, len(traces), columns)]
    wides = [max(trace.padded_shape[1] for trace in traces[place::columns]) for place in range(columns)]
    highs = [max(trace.padded_shape[0] for trace in line) for line in lines]
    cell = min(0.32, WIDTH / (sum(wides) + 0.6 * columns))
    figure = new_figure(cell * sum(highs) + 0.4 * len(lines))
    grid = figure.subplots(len(lines), columns, squeeze=False, width_ratios=wides, height_ratios=highs)
    for axes in grid.flat[len(traces) :]:
        axes.remove()
    for place, (axes, trace, title) in enumerate(zip(grid.flat, traces, titles, strict=False)):
        high, wide = highs[place // columns], wides[place % columns]
        _draw_counts(axes, trace, most, fontsize=max(cell * 36, SMALL))
        x, y = (trace.padded_shape[1] - wide) / 2, (trace.padded_shape[0] - high) / 2  # smaller maps in the middle
        fit_cells(axes, xlim=(x - 0.1, x + wide + 0.1), ylim=(y + high + 0.1, y - 0.1))
        write_title(axes, title)
    figure.set_label(alt)
    return figure


def describe_uses(traces: Sequence[Trace], titles: Sequence[str]) -> str:
    """Say in words how often each input cell is read, trace by trace; this is the alt text of the maps.

    >>> from cnncourse.figures.trace import trace_corr2d
    >>> print(describe_uses([trace_corr2d([[0, 0, 0]], [[1, 1]])], ["no padding"]))
    How many windows read each input cell. no padding, kernel 1 by 2: 1 by 3, rows 1 2 1.
    """
    told = []
    for trace, title in zip(traces, titles, strict=True):
        kh, kw = trace.kernel_size
        told.append(f"{title}, kernel {kh} by {kw}: {describe_grid(trace.uses())}.")
    return f"How many windows read each input cell. {' '.join(told)}"


def _draw_counts(axes: Axes, trace: Trace, most: int, *, fontsize: float) -> None:
    """Draw one map, its padding hatched; ``most`` is the count that takes the darkest shade."""
    (high, wide), (top, bottom, left, right), counts = trace.padded_shape, trace.padding, trace.uses()
    for i in range(high):
        for j in range(wide):
            if top <= i < high - bottom and left <= j < wide - right:
                _draw_count(axes, j, i, counts[i - top][j - left], most, fontsize=fontsize)
            else:
                hatch_cell(axes, j, i, "", fontsize)


def _draw_count(axes: Axes, x: float, y: float, uses: int, most: int, *, fontsize: float) -> None:
    shades = LinearSegmentedColormap.from_list("uses", ["#FFFFFF", FILL["input"], "#6DB3E3"])
    cell = Rectangle((x, y), 1, 1, facecolor=shades(uses / most), edgecolor=OUTLINE["input"], linewidth=1.2)
    axes.add_patch(cell)
    if uses:
        write(axes, x + 0.5, y + 0.5, number(uses), fontsize)
    else:
        cross_out(axes, x, y, "0", fontsize, fill="white")


def draw_padded(grids: Sequence[Grid], padding: Padding, titles: Sequence[str]) -> Figure:
    """Draw padded images below each other: the image as input, the cells around it hatched, every value printed.

    Args:
        grids: each of shape (top + H + bottom, left + W + right), all of one shape.
        padding: (top, bottom, left, right), the same for all.
        titles: one each, written on the left.

    Returns:
        The figure, its alt text as its label.
    """
    high, wide = len(grids[0]), len(grids[0][0])
    cell = min(CELL, WIDTH / (wide + 3))
    figure = new_figure(cell * len(grids) * (high + 0.4))
    axes = figure.subplots()
    for count, (grid, title) in enumerate(zip(grids, titles, strict=True)):
        y = count * (high + 0.4)
        _draw_padded_image(axes, grid, padding, y, fontsize=cell * 25)
        axes.text(-0.3, y + high / 2, title, ha="right", va="center", fontsize=11, color=INK)
    fit_cells(axes, xlim=(-2.6, wide + 0.1), ylim=(len(grids) * (high + 0.4) - 0.3, -0.1))
    figure.set_label(describe_padded(grids, padding, titles))
    return figure


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


def _draw_padded_image(axes: Axes, grid: Grid, padding: Padding, y: float, *, fontsize: float) -> None:
    top, bottom, left, right = padding
    high, wide = len(grid), len(grid[0])
    for i, row in enumerate(grid):
        for j, value in enumerate(row):
            if not (top <= i < high - bottom and left <= j < wide - right):
                hatch_cell(axes, j, y + i, number(value), fontsize)
    image = [row[left : wide - right] for row in grid[top : high - bottom]]
    draw_grid(axes, image, "input", at=(left, y + top), fontsize=fontsize)
