"""Figures of the chapter "Channels": partial sums, planes of a photograph, 1×1 convolutions, groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import (
    CELL,
    INK,
    WIDTH,
    Role,
    cells_so_far,
    describe_grid,
    describe_input,
    describe_window,
    draw_colour_bar,
    draw_grid,
    draw_kernel,
    draw_picture,
    fit_cells,
    frame,
    mark_window,
    new_figure,
    number,
    to_array,
    write,
)
from cnncourse.figures.steps import boxes_of_grids, describe_sum, draw_grids, size_of_grids
from cnncourse.figures.trace import ChannelTrace, Grid, Step, Trace

Table = Sequence[Sequence[int]]
BELOW = 1.9  # cells: below a line of grids, for its sum and the names of the next line
NAME = 0.7  # cells: the height of a name above its grid


def draw_channels(trace: ChannelTrace, row: int, col: int) -> Figure:
    """Draw one output cell over several input channels: a line a channel, its partial sum, and all of them added.

    Args:
        trace: what was computed.
        row, col: the output cell; cells that come later stay empty.

    Returns:
        The figure, its alt text as its label.
    """
    steps = trace.steps(row, col)
    wide, high = size_of_grids(trace.channels[0])
    down = (high + BELOW) * len(steps)
    cell = min(CELL, WIDTH / (wide + 0.4))
    figure = new_figure(cell * (down + trace.output_shape[0] + 1.1))
    axes = figure.subplots()
    for index, (channel, step) in enumerate(zip(trace.channels, steps, strict=True)):
        _draw_channel(axes, channel, step, index, index * (high + BELOW), cell * 25)
    _add_up(axes, trace, steps, down, cell * 25)
    fit_cells(axes, xlim=(-0.2, wide + 0.2), ylim=(down + trace.output_shape[0] + 0.2, -0.9))
    figure.set_label(describe_channels(trace, row, col))
    return figure


def describe_channels(trace: ChannelTrace, row: int, col: int) -> str:
    """Say in words what `draw_channels` shows; this is the drawing's alt text.

    >>> from cnncourse.figures.trace import trace_corr2d_multi_in
    >>> print(describe_channels(trace_corr2d_multi_in([[[1, 2]], [[3, 4]]], [[[1]], [[-1]]]), 0, 1))
    2 input channels, each with its own kernel plane. Channel 0: input 1 by 2, rows 1 2; kernel 1 by 1, rows 1; the
    window covers row 0 and column 1: 2×1 = 2. Channel 1: input 1 by 2, rows 3 4; kernel 1 by 1, rows −1; the window
    covers row 0 and column 1: 4×(−1) = −4. The partial sums are added: 2 + (−4) = −2, which is row 0, column 1 of the
    1 by 2 output.
    """
    steps = trace.steps(row, col)
    told = " ".join(
        f"Channel {index}: input {describe_input(channel)}; kernel {describe_grid(channel.kernel)}; "
        f"the window {describe_window(step)}: {describe_sum(step)}."
        for index, (channel, step) in enumerate(zip(trace.channels, steps, strict=True))
    )
    oh, ow = trace.output_shape
    return (
        f"{len(steps)} input channels, each with its own kernel plane. {told} The partial sums are added: "
        f"{describe_partial_sums(steps)}, which is row {row}, column {col} of the {oh} by {ow} output."
    )


def describe_partial_sums(steps: Sequence[Step]) -> str:
    """Write how partial sums make one output cell.

    >>> from cnncourse.figures.trace import trace_corr2d_multi_in
    >>> describe_partial_sums(trace_corr2d_multi_in([[[1, 2]], [[3, 4]]], [[[1]], [[-1]]]).steps(0, 1))
    '2 + (−4) = −2'
    """
    first, *others = (number(step.result) for step in steps)
    terms = [first, *(f"({term})" if term.startswith("−") else term for term in others)]
    return f"{' + '.join(terms)} = {number(sum(step.result for step in steps))}"


def _draw_channel(axes: Axes, trace: Trace, step: Step, index: int, y: float, fontsize: float) -> None:
    """Draw one channel's line: its input plane, its kernel plane and its partial sums."""
    names: dict[Role, str] = {
        "input": f"input channel {index}",
        "kernel": f"kernel plane {index}",
        "output": "partial sum",
    }
    draw_grids(axes, trace, step, y=y, names=names, fontsize=fontsize)
    write(axes, _left_of_sums(trace), y + size_of_grids(trace)[1] + 0.5, describe_sum(step), fontsize * 0.9)


def _add_up(axes: Axes, trace: ChannelTrace, steps: Sequence[Step], y: float, fontsize: float) -> None:
    """Draw the output below the partial sums, with + and = between them, as numbers are added on paper."""
    box, (oh, ow) = boxes_of_grids(trace.channels[0])["output"], trace.output_shape
    line, last = y / len(steps), len(steps) - 1
    for index in range(len(steps)):
        end, start = index * line + box.y + oh, (index + 1) * line + (box.y if index < last else 0)
        write(axes, box.x + ow / 2, (end + start - NAME) / 2, "+" if index < last else "=", fontsize * 1.8)
    draw_grid(axes, cells_so_far(trace.output, steps[0].row, steps[0].col), "output", at=(box.x, y), fontsize=fontsize)
    mark_window(axes, [(box.x + steps[0].col, y + steps[0].row)])
    write(axes, box.x + ow / 2, y - 0.42, "output", fontsize * 0.8, role="output")
    write(axes, _left_of_sums(trace.channels[0]), y + oh / 2, describe_partial_sums(steps), fontsize * 0.9)


def _left_of_sums(trace: Trace) -> float:
    """Return the middle of what stands left of the partial sums: input and kernel."""
    kernel = boxes_of_grids(trace)["kernel"]
    return (kernel.x + kernel.wide) / 2


def draw_planes(
    planes: ArrayLike,
    kernel: ArrayLike,
    partial_sums: ArrayLike,
    y: ArrayLike,
    *,
    photograph: ArrayLike,
    names: Sequence[str],
    alt: str,
    signed_limit: float = 2,
) -> Figure:
    """Draw what each plane of a photograph gives with its plane of a kernel, and the sum of it all in the last line.

    Args:
        planes: shape (3, H, W), in [0, 1]: red, green and blue, each drawn in its own colour.
        kernel: shape (3, kH, kW).
        partial_sums: shape (3, oh, ow), signed: each plane's own result.
        y: shape (oh, ow), signed: their sum.
        photograph: shape (3, H, W), what the planes were taken from.
        names: one for each plane.
        alt: the figure's alt text.
        signed_limit: white at 0, full colour at plus and minus this.

    Returns:
        The figure, its alt text as its label.
    """
    planes, kernel, partial_sums = map(to_array, (planes, kernel, partial_sums))
    h, w = planes.shape[-2:]
    lines = len(planes) + 1
    figure = new_figure(lines * (0.4 * WIDTH * h / w + 0.3) + 0.5)
    panels = figure.subplots(lines, 3, width_ratios=(41, 18, 41))
    lines_of = zip(panels[:-1], _tinted(planes), kernel, partial_sums, names, strict=True)
    for axes, plane, weights, channel_sum, name in lines_of:
        left, centre, right = axes
        draw_picture(frame(left, "input", f"{name} plane"), plane)
        draw_kernel(centre, weights, "kernel", fontsize=10)
        draw_picture(frame(right, "output", f"{name} partial sum"), channel_sum, signed_limit=signed_limit)
    left, centre, right = panels[-1]
    draw_picture(frame(left, "input", "all three planes"), photograph)
    centre.text(0.5, 0.5, "+", fontsize=28, color=INK, ha="center", va="center")
    centre.axis("off")
    scale = draw_picture(frame(right, "output", "output: the sum"), y, signed_limit=signed_limit)
    draw_colour_bar(scale, panels, fraction=0.03)
    figure.set_label(alt)
    return figure


def _tinted(planes: np.ndarray) -> np.ndarray:
    """Give red, green and blue planes (3, H, W) their own colours: (3, 3, H, W)."""
    colours = 0.4 + 0.6 * np.eye(3)  # light, since pure blue is too dark to read
    tinted: np.ndarray = colours[:, :, None, None] * planes[:, None]
    return tinted


def draw_matrix_product(pixels: Grid, weights: Grid, *, row: int) -> Figure:
    """Draw a 1x1 convolution as a matrix product, one row of the input being one pixel.

    Args:
        pixels: rows of numbers, shape (H W, C_in).
        weights: rows of numbers, shape (C_in, C_out): the 1x1 kernels as columns.
        row: the pixel to mark.

    Returns:
        The figure, its alt text as its label.
    """
    y = _matrix_product(pixels, weights)
    n, c_in, c_out = len(pixels), len(weights), len(weights[0])
    wide, high = c_in + 2 * c_out + 3.8, max(n, c_in)
    cell = min(CELL, WIDTH / (wide + 0.4))
    fontsize = cell * 24
    figure = new_figure(cell * (high + 1.7))
    axes = figure.subplots()
    corners: dict[Role, tuple[float, float]] = {
        "input": (1.6, (high - n) / 2),
        "kernel": (c_in + 2.7, (high - c_in) / 2),
        "output": (c_in + c_out + 3.8, (high - n) / 2),
    }
    for (role, at), grid in zip(corners.items(), (pixels, weights, y), strict=True):
        _draw_matrix(axes, grid, role, at, fontsize)
    for index in range(n):
        write(axes, 0.7, corners["input"][1] + index + 0.5, f"pixel {index}", 10)
    for (left, top), width in ((corners["input"], c_in), (corners["output"], c_out)):
        mark_window(axes, [(left + c, top + row) for c in range(width)])
    write(axes, c_in + 2.15, high / 2, "@", fontsize * 1.1)
    write(axes, c_in + c_out + 3.25, high / 2, "=", fontsize * 1.2)
    fit_cells(axes, xlim=(-0.2, wide + 0.2), ylim=(high + 0.2, -1.5))
    figure.set_label(describe_matrix_product(pixels, weights, y, row))
    return figure


def describe_matrix_product(pixels: Grid, weights: Grid, y: Grid, row: int) -> str:
    """Say in words what `draw_matrix_product` shows; this is the drawing's alt text.

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


def _matrix_product(pixels: Grid, weights: Grid) -> Grid:
    columns = list(zip(*weights, strict=True))
    return tuple(
        tuple(sum(a * b for a, b in zip(pixel, column, strict=True)) for column in columns) for pixel in pixels
    )


def _draw_matrix(axes: Axes, grid: Grid, role: Role, at: tuple[float, float], fontsize: float) -> None:
    """Draw a matrix as cells, its name and its shape above it."""
    draw_grid(axes, grid, role, at=at, fontsize=fontsize)
    title = f"{'1×1 kernels' if role == 'kernel' else role}\n{len(grid)}×{len(grid[0])}"
    write(axes, at[0] + len(grid[0]) / 2, at[1] - 0.7, title, 10, role=role)


def draw_connections(tables: Sequence[Table], titles: Sequence[str]) -> Figure:
    """Draw which input channels each output channel reads, one table a layer.

    Args:
        tables: one each for a layer: rows are output channels, columns input channels, cells the weights between them.
        titles: one each.

    Returns:
        The figure, its alt text as its label.
    """
    wide = 0.7 + sum(len(table[0]) + 1 for table in tables)
    high = max(len(table) for table in tables)
    cell = min(CELL, (WIDTH - 0.1) / wide)
    figure = new_figure(cell * (high + 2.8))
    axes, left = figure.subplots(), 1.6
    write(axes, 0.35, len(tables[0]) / 2, "output channel", 10, role="output").set_rotation(90)
    for table, title in zip(tables, titles, strict=True):
        _draw_table(axes, table, title, left)
        left += len(table[0]) + 1
    fit_cells(axes, xlim=(0, wide), ylim=(high + 0.15, -2.6))
    figure.set_label(describe_connections(tables, titles))
    return figure


def describe_connections(tables: Sequence[Table], titles: Sequence[str]) -> str:
    """Say in words which input channels each output channel reads; this is the alt text of the tables.

    Args:
        tables: one each for a layer: rows are output channels, columns input channels, cells the weights between them.
        titles: one each.

    >>> describe_connections([((9, 0), (0, 9))], ["depthwise"])
    'depthwise, 18 weights: output channel 0 reads input channel 0; 1 reads 1.'
    """

    def read(table: Table) -> str:
        sources = [", ".join(str(c) for c, weights in enumerate(row) if weights) for row in table]
        first = f"output channel 0 reads input {'channels' if ',' in sources[0] else 'channel'} {sources[0]}"
        return "; ".join([first, *(f"{o} reads {source}" for o, source in enumerate(sources[1:], start=1))])

    return " ".join(
        f"{title}, {sum(map(sum, table))} weights: {read(table)}." for table, title in zip(tables, titles, strict=True)
    )


def _draw_table(axes: Axes, table: Table, title: str, left: float) -> None:
    """Draw one layer's table, its cells where there are weights, with its rows and columns numbered."""
    for o, row in enumerate(table):
        write(axes, left - 0.45, o + 0.5, str(o), 10, role="output")
        for c, weights in enumerate(row):
            empty = Rectangle((left + c, o), 1, 1, facecolor="white", edgecolor="#BBBBBB", linewidth=0.8, zorder=0)
            axes.add_patch(empty)
            if weights:
                draw_grid(axes, [[weights]], "kernel", at=(left + c, o), fontsize=10)
    for c in range(len(table[0])):
        write(axes, left + c + 0.5, -0.4, str(c), 10, role="input")
    middle = left + len(table[0]) / 2
    write(axes, middle, -2.1, title, 10)
    write(axes, middle, -1.2, "input channel", 10, role="input")
