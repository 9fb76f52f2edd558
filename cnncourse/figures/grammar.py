"""Figures in one visual grammar: input left and blue, kernel centre and orange, output right, green and rounded.

Role is label, position and outline first, colour second. Every figure carries its alt text as its label; what shows a
`cnncourse.figures.trace.Trace` gets its words from the same trace. Figures are made without pyplot: no global state,
nothing shown until `show` is called.
"""

from __future__ import annotations

import ast
import inspect
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise, product
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from cnncourse.figures.trace import (
    ChannelTrace,
    Grid,
    Padding,
    PoolStep,
    PoolTrace,
    Stage,
    Step,
    Trace,
    describe_channels,
    describe_connections,
    describe_feature_maps,
    describe_matrices,
    describe_matrix_product,
    describe_padded,
    describe_partial_sums,
    describe_pool_gradients,
    describe_pool_step,
    describe_pool_strip,
    describe_pooling,
    describe_reach,
    describe_stages,
    describe_step,
    describe_strip,
    describe_sum,
    describe_uses,
    describe_windows,
    number,
    reach,
)
from cnncourse.shapes import receptive_field

Role = Literal["input", "kernel", "output"]

FILL = {"input": "#A9D3F0", "kernel": "#F0B54A", "output": "#4FB79A"}
OUTLINE = {"input": "#0072B2", "kernel": "#D55E00", "output": "#009E73"}
LETTERS = {"input": "#005A8F", "kernel": "#A04000", "output": "#006B4E"}  # the outline, dark enough to read on white
INK = "#1A1A1A"
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [OUTLINE["kernel"], "#FFFFFF", OUTLINE["input"]], N=257
)  # odd: 0 is exactly white
WIDTH = 7.0  # inches: the book's text column
CELL = 0.52  # inches: a cell's side where there is room
DPI = 144


def new_axes(*, xlabel: str, ylabel: str, height: float = 3.2) -> tuple[Figure, Axes]:
    """Make a figure with one pair of labelled axes, for curves.

    >>> figure, axes = new_axes(xlabel="step", ylabel="error")
    >>> axes.get_xlabel()
    'step'
    """
    figure = new_figure(height)
    axes = figure.subplots()
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_prop_cycle(color=[OUTLINE["input"], OUTLINE["kernel"], OUTLINE["output"], INK])
    axes.grid(color="#DDDDDD", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """Make an empty opaque figure, sizes in inches.

    >>> new_figure(2).get_size_inches().tolist()
    [7.0, 2.0]
    """
    return Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")


def show(figure: Figure, alt: str | None = None) -> None:
    """Display a figure in a notebook, with its alt text.

    Args:
        figure: what to show.
        alt: what to see in it, for those who cannot; by default the figure's label, which this module's figures bring.

    Raises:
        ValueError: no alt text.
    """
    from IPython.display import display  # only a notebook needs it

    alt = " ".join((alt or figure.get_label() or "").split())
    if not alt:
        raise ValueError("alt is empty; expected a sentence that says what to see; use show(figure, alt='...')")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})  # the version would change the stored bytes
    width = round(figure.get_size_inches()[0] * 96)  # the height follows, also on a phone
    display(
        {"image/png": buffer.getvalue(), "text/plain": alt},
        metadata={"image/png": {"alt": alt, "width": width}},
        raw=True,
    )


def show_source(function: Callable) -> None:
    """Display a function's code as it stands in the package, without its docstring, highlighted.

    Args:
        function: a function or class written in Python.
    """
    from IPython.display import display

    text = plain_source(function)
    display({"text/markdown": f"```python\n{text}\n```", "text/plain": text}, raw=True)


def plain_source(function: Callable) -> str:
    """Return a function's code without its docstring.

    >>> print(plain_source(new_figure))
    def new_figure(height: float, *, width: float = WIDTH) -> Figure:
        return Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    """
    if not callable(function):
        raise TypeError(f"function is {function!r}, a {type(function).__name__}; expected a function or a class")
    lines = inspect.getsource(function).rstrip().splitlines()
    tree = ast.parse("\n".join(lines))
    documented = (ast.FunctionDef, ast.ClassDef)
    for node in sorted((n for n in ast.walk(tree) if isinstance(n, documented)), key=lambda n: -n.lineno):
        if ast.get_docstring(node) is not None:
            text = node.body[0]
            blank = text.end_lineno < len(lines) and not lines[text.end_lineno].strip()
            del lines[text.lineno - 1 : text.end_lineno + blank]
    return "\n".join(lines)


def draw_grid(
    axes: Axes,
    values: Grid | Sequence[Sequence[float | None]],
    role: Role,
    *,
    at: tuple[float, float] = (0, 0),
    fontsize: float = 13,
    signed_limit: float | None = None,
) -> Axes:
    """Draw numbers as cells, in data coordinates with one unit a cell and y downwards.

    Args:
        axes: where to draw.
        values: rows of numbers, shape (H, W); None leaves a cell empty, to be computed.
        role: gives fill, outline and the shape of the cells.
        at: (x, y) of the top left corner.
        fontsize: in points.
        signed_limit: colour by value, white at 0, full colour at plus and minus this; by default the role's fill.

    Returns:
        ``axes``.
    """
    thick = {"input": 1.2, "kernel": 2.6, "output": 1.2}[role]
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            fill = "white" if value is None else FILL[role]
            if signed_limit and value is not None:
                fill = SIGNED(0.5 + 0.5 * value / signed_limit)
            x, y = at[0] + j, at[1] + i
            style = {"facecolor": fill, "edgecolor": OUTLINE[role], "linewidth": thick}
            if role == "output":
                rounded = "round,pad=0,rounding_size=0.28"
                axes.add_patch(FancyBboxPatch((x + 0.05, y + 0.05), 0.9, 0.9, boxstyle=rounded, **style))
            else:
                axes.add_patch(Rectangle((x, y), 1, 1, **style))
            if value is not None:
                _write(axes, x + 0.5, y + 0.5, number(value), fontsize)
    return axes


def draw_padded_input(axes: Axes, trace: Trace, *, at: tuple[float, float] = (0, 0), fontsize: float = 13) -> Axes:
    """Draw a trace's input, its padding hatched and the cells that no window reads crossed out.

    Args:
        axes: where to draw.
        trace: what to draw.
        at: (x, y) of the top left corner, padding included.
        fontsize: in points.

    Returns:
        ``axes``.
    """
    top, bottom, left, right = trace.padding
    h, w = len(trace.x), len(trace.x[0])
    for i in range(-top, h + bottom):
        for j in range(-left, w + right):
            if 0 <= i < h and 0 <= j < w:
                continue
            x, y = at[0] + left + j, at[1] + top + i
            _draw_padding(axes, x, y, number(trace.padding_value), fontsize)
    corner = (at[0] + left, at[1] + top)
    draw_grid(axes, trace.x, "input", at=corner, fontsize=fontsize)
    for i, row in enumerate(trace.uses()):
        for j, uses in enumerate(row):
            if not uses:
                _cross_out(axes, corner[0] + j, corner[1] + i, number(trace.x[i][j]), fontsize)
    return axes


def draw_step(trace: Trace, step: Step) -> Figure:
    """Draw one step: the window on the input, the kernel, the output so far, and the sum written out.

    Args:
        trace: what was computed.
        step: one of ``trace.steps``.

    Returns:
        The figure, its alt text as its label.
    """
    panel = partial(_draw_panel, trace=trace, step=step)
    return _draw_panels([panel], _panel_size(trace), describe_step(trace, step))


def draw_strip(trace: Trace, steps: Sequence[Step] | None = None, *, columns: int = 2) -> Figure:
    """Draw several steps side by side, all steps by default.

    Args:
        trace: what was computed.
        steps: which of ``trace.steps``.
        columns: panels in a row.

    Returns:
        The figure, its alt text as its label.
    """
    steps = trace.steps if steps is None else steps
    panels = [partial(_draw_panel, trace=trace, step=step) for step in steps]
    return _draw_panels(panels, _panel_size(trace), describe_strip(trace, steps), columns=columns)


def draw_images(
    images: Sequence,
    titles: Sequence[str],
    *,
    alt: str,
    roles: Sequence[Role] | None = None,
    signed_limit: float | None = None,
    columns: int = 3,
) -> Figure:
    """Draw pictures and feature maps side by side.

    Args:
        images: each of shape (H, W), or (3, H, W) for colour; grey and colour values in [0, 1].
        titles: one each.
        alt: the figure's alt text.
        roles: one each, gives the frame; by default an input first, then outputs.
        signed_limit: feature maps (role "output") take signed colours, white at 0, full at plus and minus this.
        columns: pictures in a row.

    Returns:
        The figure, its alt text as its label.
    """
    if len(titles) != len(images):
        raise ValueError(f"titles has {len(titles)} entries and images {len(images)}; expected one title an image")
    roles = roles or ["input", *["output"] * (len(images) - 1)]
    arrays = [np.asarray(image) for image in images]
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    h, w = arrays[0].shape[-2:]
    figure = new_figure(rows * ((WIDTH / columns - 0.12) * h / w + 0.36) + (0.5 if signed_limit else 0))
    panels = figure.subplots(rows, columns, squeeze=False)
    for panel in panels.flat:
        panel.axis("off")
    scale = None
    for panel, array, title, role in zip(panels.flat, arrays, titles, roles, strict=False):
        panel.axis("on")
        if array.ndim == 3:
            panel.imshow(array.transpose(1, 2, 0))
        elif signed_limit and role == "output":
            scale = panel.imshow(array, cmap=SIGNED, vmin=-signed_limit, vmax=signed_limit)
        else:
            panel.imshow(array, cmap="gray", vmin=0, vmax=1)
        frame(panel, role, title)
    if scale is not None:
        bar = figure.colorbar(scale, ax=panels, orientation="horizontal", fraction=0.05, aspect=40)
        bar.set_ticks([-signed_limit, 0, signed_limit], labels=[number(-signed_limit), "0", f"+{number(signed_limit)}"])
    figure.set_label(alt)
    return figure


def draw_filtering(photograph, kernel, feature_map, *, alt: str, signed_limit: float = 1) -> Figure:
    """Draw a photograph, a kernel and the feature map that they give, left to right.

    Args:
        photograph: shape (H, W) or (3, H, W), in [0, 1].
        kernel: shape (kH, kW).
        feature_map: shape (oh, ow), signed.
        alt: the figure's alt text.
        signed_limit: white at 0, full colour at plus and minus this.

    Returns:
        The figure, its alt text as its label.
    """
    photograph, kernel, feature_map = (np.asarray(array) for array in (photograph, kernel, feature_map))
    h, w = photograph.shape[-2:]
    figure = new_figure(0.405 * WIDTH * h / w + 0.36)
    left, centre, right = figure.subplots(1, 3, width_ratios=(42, 16, 42))
    left.imshow(photograph.transpose(1, 2, 0) if photograph.ndim == 3 else photograph, cmap="gray", vmin=0, vmax=1)
    right.imshow(feature_map, cmap=SIGNED, vmin=-signed_limit, vmax=signed_limit)
    frame(left, "input", "input")
    frame(right, "output", "output")
    draw_grid(centre, kernel.tolist(), "kernel", fontsize=11)
    kh, kw = kernel.shape
    centre.set(xlim=(-0.15, kw + 0.15), ylim=(kh + 0.15, -0.15), aspect="equal")
    centre.set_title("kernel", fontsize=10, color=INK)
    centre.axis("off")
    figure.set_label(alt)
    return figure


def frame(axes: Axes, role: Role, title: str) -> Axes:
    """Frame a picture by its role and title it; the kernel's frame is thick, as everywhere."""
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=10, color=INK)
    for side in axes.spines.values():
        side.set(edgecolor=OUTLINE[role], linewidth=3 if role == "kernel" else 1.8)
    return axes


def mark_window(axes: Axes, cells: Iterable[tuple[float, float]]) -> Axes:
    """Outline the cells of the active window; each cell is the (x, y) of its top left corner."""
    cells = list(cells)
    xs, ys = sorted({x for x, _ in cells}), sorted({y for _, y in cells})
    size = (xs[-1] - xs[0] + 1, ys[-1] - ys[0] + 1)
    solid = size[0] * size[1] == len(cells)
    corners = [((xs[0], ys[0]), *size)] if solid else [(cell, 1, 1) for cell in cells]  # a dilated window has gaps
    for corner, width, height in corners:
        axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=INK, linewidth=3, zorder=3))
    return axes


def _panel_size(trace: Trace) -> tuple[float, float]:
    """Width and height of the three grids side by side, in cells."""
    top, bottom, left, right = trace.padding
    input_w, input_h = len(trace.x[0]) + left + right, len(trace.x) + top + bottom
    oh, ow = trace.output_shape
    return input_w + len(trace.kernel[0]) + ow + 2.4, max(input_h, len(trace.kernel), oh)


def _draw_panels(panels: Sequence[Callable], size: tuple[float, float], alt: str, *, columns: int = 1) -> Figure:
    """Draw one step, or several in rows, each by its own function of axes and font size; ``size`` is in cells."""
    wide, high = size
    rows = -(-len(panels) // columns)
    cell = min(CELL, WIDTH / columns / (wide + 0.6))
    # no wider than it must be: on a phone a narrow figure keeps its letters large; the sum needs some width
    width = min(WIDTH, max(columns * cell * (wide + 0.6), 4.2))
    figure = new_figure(cell * rows * (high + (2.1 if len(panels) == 1 else 2.6)), width=width)
    for axes in figure.subplots(rows, columns, squeeze=False).flat:
        axes.axis("off")
    for count, (axes, draw) in enumerate(zip(figure.axes, panels, strict=False), start=1):
        draw(axes, fontsize=cell * 25)
        if len(panels) > 1:
            axes.set_title(f"step {count}", fontsize=10, color=INK)
    figure.set_label(alt)
    return figure


def _draw_panel(axes: Axes, trace: Trace, step: Step, *, fontsize: float) -> None:
    wide, high = _panel_size(trace)
    top, bottom, left, right = trace.padding
    input_h, input_w = len(trace.x) + top + bottom, len(trace.x[0]) + left + right
    (kh, kw), (oh, ow) = (len(trace.kernel), len(trace.kernel[0])), trace.output_shape
    at = {
        "input": (0, (high - input_h) / 2),
        "kernel": (input_w + 1.2, (high - kh) / 2),
        "output": (input_w + kw + 2.4, (high - oh) / 2),
    }
    draw_padded_input(axes, trace, at=at["input"], fontsize=fontsize)
    draw_grid(axes, trace.kernel, "kernel", at=at["kernel"], fontsize=fontsize)
    done = [[trace.output[i][j] if (i, j) <= (step.row, step.col) else None for j in range(ow)] for i in range(oh)]
    draw_grid(axes, done, "output", at=at["output"], fontsize=fontsize)
    corner = (at["input"][0] + left, at["input"][1] + top)
    mark_window(axes, ((corner[0] + term.col, corner[1] + term.row) for term in step.terms))
    mark_window(axes, [(at["output"][0] + step.col, at["output"][1] + step.row)])
    _write(axes, input_w + 0.6, high / 2, "⋆", fontsize * 1.4)
    _write(axes, input_w + kw + 1.8, high / 2, "=", fontsize * 1.2)
    for role, width in (("input", input_w), ("kernel", kw), ("output", ow)):
        text = _write(axes, at[role][0] + width / 2, at[role][1] - 0.42, role, fontsize * 0.8)
        text.set_color(LETTERS[role])
    small = min(fontsize * 0.9, 72 * WIDTH / 10)
    if len(step.terms) <= 9:
        _write(axes, wide / 2, high + 0.55, describe_sum(step), small)
    axes.set(xlim=(-0.2, wide + 0.2), ylim=(high + 1, -0.8), aspect="equal")
    axes.axis("off")


def _cross_out(axes: Axes, x: float, y: float, text: str, fontsize: float, *, fill: str = FILL["input"]) -> None:
    """Mark an input cell that nothing reads by a dotted cross, its number legible above it."""
    for ends in ((y, y + 1), (y + 1, y)):
        axes.plot((x, x + 1), ends, color=INK, linestyle=":", linewidth=1.2)
    _write(axes, x + 0.5, y + 0.5, text, fontsize).set_bbox({"facecolor": fill, "edgecolor": "none", "pad": 1})


def _write(axes: Axes, x: float, y: float, text: str, fontsize: float):
    return axes.text(x, y, text, ha="center", va="center", fontsize=fontsize, color=INK, zorder=4)


def draw_uses(traces: Sequence[Trace], titles: Sequence[str]) -> Figure:
    """Draw how many windows read each input cell, one map a trace, on one colour scale and in one size of cell.

    The padding is hatched and empty, since the numbers here are counts; a cell that no window reads is crossed out.

    Args:
        traces: what was computed.
        titles: one each.

    Returns:
        The figure, its alt text as its label.
    """
    alt = describe_uses(traces, titles)
    most = max(len(trace.kernel) * len(trace.kernel[0]) for trace in traces)
    highs = [len(trace.x) + sum(trace.padding[:2]) for trace in traces]
    wides = [len(trace.x[0]) + sum(trace.padding[2:]) for trace in traces]
    cell = min(CELL, WIDTH / len(traces) / (max(wides) + 0.6))
    figure = new_figure(cell * max(highs) + 0.45)
    panels = figure.subplots(1, len(traces), squeeze=False)[0]
    for axes, trace, title, high, wide in zip(panels, traces, titles, highs, wides, strict=True):
        top, bottom, left, right = trace.padding
        for i in range(high):
            for j in range(wide):
                inside = top <= i < high - bottom and left <= j < wide - right
                uses = trace.uses()[i - top][j - left] if inside else None
                _draw_use(axes, j, i, uses, most, fontsize=cell * 45)
        x, y = (wide - max(wides)) / 2, (high - max(highs)) / 2  # smaller maps stand in the middle
        axes.set(xlim=(x - 0.1, x + max(wides) + 0.1), ylim=(y + max(highs) + 0.1, y - 0.1), aspect="equal")
        axes.set_title(title, fontsize=10, color=INK)
        axes.axis("off")
    figure.set_label(alt)
    return figure


def draw_padded(grids: Sequence[Grid], padding: Padding, titles: Sequence[str]) -> Figure:
    """Draw padded images below each other: the image as input, the cells around it hatched, every value printed.

    Args:
        grids: each of shape (top + H + bottom, left + W + right), all of one shape.
        padding: (top, bottom, left, right), the same for all.
        titles: one each, written on the left.

    Returns:
        The figure, its alt text as its label.
    """
    top, bottom, left, right = padding
    high, wide = len(grids[0]), len(grids[0][0])
    cell = min(CELL, WIDTH / (wide + 3))
    figure = new_figure(cell * len(grids) * (high + 0.4))
    axes = figure.subplots()
    for count, (grid, title) in enumerate(zip(grids, titles, strict=True)):
        y = count * (high + 0.4)
        for i, row in enumerate(grid):
            for j, value in enumerate(row):
                if not (top <= i < high - bottom and left <= j < wide - right):
                    _draw_padding(axes, j, y + i, number(value), cell * 25)
        image = [row[left : wide - right] for row in grid[top : high - bottom]]
        draw_grid(axes, image, "input", at=(left, y + top), fontsize=cell * 25)
        axes.text(-0.3, y + high / 2, title, ha="right", va="center", fontsize=11, color=INK)
    axes.set(xlim=(-2.6, wide + 0.1), ylim=(len(grids) * (high + 0.4) - 0.3, -0.1), aspect="equal")
    axes.axis("off")
    figure.set_label(describe_padded(grids, padding, titles))
    return figure


def _draw_padding(axes: Axes, x: float, y: float, text: str, fontsize: float) -> None:
    dashed = {"edgecolor": "#8A8A8A", "hatch": "////", "linestyle": (0, (3, 2)), "linewidth": 0.8}
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor="white", **dashed))
    if text:
        written = _write(axes, x + 0.5, y + 0.5, text, fontsize)
        written.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})


def _draw_use(axes: Axes, x: float, y: float, uses: int | None, most: int, *, fontsize: float) -> None:
    if uses is None:
        _draw_padding(axes, x, y, "", fontsize)
        return
    shades = LinearSegmentedColormap.from_list("uses", ["#FFFFFF", FILL["input"], "#6DB3E3"])
    style = {"facecolor": shades(uses / most), "edgecolor": OUTLINE["input"], "linewidth": 1.2}
    axes.add_patch(Rectangle((x, y), 1, 1, **style))
    if uses:
        _write(axes, x + 0.5, y + 0.5, number(uses), fontsize)
    else:
        _cross_out(axes, x, y, "0", fontsize, fill="white")


def draw_windows(trace: Trace) -> Figure:
    """Draw every position of a window along one axis, one below the other, under the cells that it covers.

    Args:
        trace: of an input and a kernel with one row each.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: the input or the kernel has several rows.
    """
    if len(trace.x) > 1 or len(trace.kernel) > 1 or trace.output_shape[0] > 1:
        shapes = f"{len(trace.x)} by {len(trace.x[0])} and {len(trace.kernel)} by {len(trace.kernel[0])}"
        raise ValueError(f"input and kernel are {shapes}; expected one row each; use draw_step for an image")
    _, _, left, right = trace.padding
    across, labels = left + len(trace.x[0]) + right, 1.6
    wide, high = labels + across + 2.0, 1.3 + 1.15 * len(trace.steps)
    cell = min(CELL, WIDTH / wide)
    fontsize = cell * 25
    figure = new_figure(cell * (high + 0.7))
    axes = figure.subplots()
    draw_padded_input(axes, trace, at=(labels, 0), fontsize=fontsize)
    for count, step in enumerate(trace.steps):
        y = 1.3 + 1.15 * count
        cols = [labels + left + term.col for term in step.terms]
        for before, after in pairwise(cols):
            if after > before + 1:  # a bar bridges each gap of a dilated kernel
                axes.plot((before + 1, after), (y + 0.5, y + 0.5), color=OUTLINE["kernel"], linewidth=2.6)
        for col, term in zip(cols, step.terms, strict=True):
            draw_grid(axes, [[term.weight]], "kernel", at=(col, y), fontsize=fontsize)
        _write(axes, labels + across + 0.5, y + 0.5, "=", fontsize * 1.2)
        draw_grid(axes, [[step.result]], "output", at=(labels + across + 1, y), fontsize=fontsize)
    for role, x, y in (("input", 0.7, 0.5), ("kernel", 0.7, 1.8), ("output", labels + across + 1.5, 0.9)):
        _write(axes, x, y, role, min(fontsize, 10)).set_color(LETTERS[role])
    axes.set(xlim=(-0.1, wide + 0.1), ylim=(high + 0.2, -0.3), aspect="equal")
    axes.axis("off")
    figure.set_label(describe_windows(trace))
    return figure


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
    apart = 0.7 / cell  # from row to row, in cells
    figure = new_figure(cell * (apart * len(layers) + 1.3))
    axes = figure.subplots()
    for level, (cells, name) in enumerate(zip(levels, names, strict=True)):
        size, jump = receptive_field(layers[:level])
        for index in range(cells[-1] + 1):  # a cell stands below the centre of what it sees
            _draw_reached(axes, labels + index * jump + (size - 1) / 2, apart * level, index, cells, level, cell * 22)
        role = "output" if level else "input"
        axes.text(0, apart * level + 0.5, name, va="center", fontsize=10, color=LETTERS[role])
    for level, (kernel, stride, dilation) in enumerate(layers):
        (size, jump), (next_size, next_jump) = receptive_field(layers[:level]), receptive_field(layers[: level + 1])
        for index, a in product(levels[level + 1], range(kernel)):
            above = labels + (index * stride + a * dilation) * jump + size / 2
            below = labels + index * next_jump + next_size / 2
            ends = (apart * level + 1, apart * (level + 1))
            axes.plot((above, below), ends, color="#6A6A6A", linewidth=0.8, zorder=0)
    axes.set(xlim=(-0.1, wide + 0.2), ylim=(apart * len(layers) + 1.1, -0.2), aspect="equal")
    axes.axis("off")
    figure.set_label(describe_reach(layers, names))
    return figure


def _draw_reached(
    axes: Axes, x: float, y: float, index: int, cells: Sequence[int], level: int, fontsize: float
) -> None:
    """Draw one cell of a level with its index: filled if it is reached, crossed out or empty if not."""
    if level:
        draw_grid(axes, [[index if index in cells else None]], "output", at=(x, y), fontsize=fontsize)
        return
    draw_grid(axes, [[index]], "input", at=(x, y), fontsize=fontsize)
    if index not in cells:
        _cross_out(axes, x, y, number(index), fontsize)


def draw_pool_step(trace: PoolTrace, step: PoolStep) -> Figure:
    """Draw one pooling step: the window on the input, its winner ringed, the output so far, and the sum or maximum.

    Args:
        trace: what was computed.
        step: one of ``trace.steps``.

    Returns:
        The figure, its alt text as its label.
    """
    panel = partial(_draw_pool_panel, trace=trace, step=step)
    return _draw_panels([panel], _pool_panel_size(trace), describe_pool_step(trace, step))


def draw_pool_strip(trace: PoolTrace, steps: Sequence[PoolStep] | None = None, *, columns: int = 2) -> Figure:
    """Draw several pooling steps side by side, all steps by default.

    Args:
        trace: what was computed.
        steps: which of ``trace.steps``.
        columns: panels in a row.

    Returns:
        The figure, its alt text as its label.
    """
    steps = trace.steps if steps is None else steps
    panels = [partial(_draw_pool_panel, trace=trace, step=step) for step in steps]
    return _draw_panels(panels, _pool_panel_size(trace), describe_pool_strip(trace, steps), columns=columns)


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
    figure = new_figure(cell * (h + 1.4), width=WIDTH)
    axes = figure.subplots()
    names = {"max": "gradient, maximum", "avg": "gradient, average"}
    titles = ["input", *(names[trace.mode] for trace in traces)]
    grids = [traces[0].x, *(trace.gradient() for trace in traces)]
    largest = max(max(row) for grid in grids[1:] for row in grid)  # one scale; white is 0
    for place, (title, grid) in enumerate(zip(titles, grids, strict=True)):
        left = place * (w + 0.8)
        draw_grid(axes, grid, "input", at=(left, 0), fontsize=cell * 23, signed_limit=2 * largest if place else None)
        _write(axes, left + w / 2, -0.45, title, cell * 20).set_color(LETTERS["input"])
        for step in traces[max(place - 1, 0)].steps:
            mark_window(axes, [(left + term.col, term.row) for term in step.terms if not term.is_padding])
    winners = {(step.winner.row, step.winner.col) for trace in traces for step in trace.steps if step.winner}
    for row, col in winners:
        mark_winner(axes, (col, row))
    axes.set(xlim=(-0.2, wide + 0.2), ylim=(h + 0.2, -0.9), aspect="equal")
    axes.axis("off")
    figure.set_label(describe_pool_gradients(traces))
    return figure


def mark_winner(axes: Axes, cell: tuple[float, float]) -> Axes:
    """Ring the cell that wins a maximum; the cell is the (x, y) of its top left corner."""
    axes.add_patch(Circle((cell[0] + 0.5, cell[1] + 0.5), 0.38, fill=False, edgecolor=INK, linewidth=1.8, zorder=3))
    return axes


def _pool_panel_size(trace: PoolTrace) -> tuple[float, float]:
    """Width and height of the two grids side by side, in cells."""
    top, bottom, left, right = trace.padding
    oh, ow = trace.output_shape
    return len(trace.x[0]) + left + right + ow + 2, max(len(trace.x) + top + bottom, oh)


def _draw_pool_panel(axes: Axes, trace: PoolTrace, step: PoolStep, *, fontsize: float) -> None:
    wide, high = _pool_panel_size(trace)
    top, bottom, left, right = trace.padding
    input_h, input_w = len(trace.x) + top + bottom, len(trace.x[0]) + left + right
    oh, ow = trace.output_shape
    at = {"input": (0, (high - input_h) / 2), "output": (input_w + 2, (high - oh) / 2)}
    small = 0.8 if any(trace.padding) else 1  # −inf is wide
    draw_padded_input(axes, trace, at=at["input"], fontsize=fontsize * small)
    done = [[trace.output[i][j] if (i, j) <= (step.row, step.col) else None for j in range(ow)] for i in range(oh)]
    draw_grid(axes, done, "output", at=at["output"], fontsize=fontsize)
    corner = (at["input"][0] + left, at["input"][1] + top)
    mark_window(axes, ((corner[0] + term.col, corner[1] + term.row) for term in step.terms))
    mark_window(axes, [(at["output"][0] + step.col, at["output"][1] + step.row)])
    if step.winner:
        mark_winner(axes, (corner[0] + step.winner.col, corner[1] + step.winner.row))
    _write(axes, input_w + 1, high / 2 - 0.35, trace.mode, fontsize * 0.8)
    _write(axes, input_w + 1, high / 2 + 0.15, "→", fontsize * 1.3)
    for role, width in (("input", input_w), ("output", ow)):
        text = _write(axes, at[role][0] + width / 2, at[role][1] - 0.42, role, fontsize * 0.8)
        text.set_color(LETTERS[role])
    if len(step.terms) <= 9:
        _write(axes, wide / 2, high + 0.55, describe_pooling(step), fontsize * 0.9)
    axes.set(xlim=(-0.2, wide + 0.2), ylim=(high + 1, -0.8), aspect="equal")
    axes.axis("off")


def draw_stages(x, kernels, convolved, rectified, pooled, scores) -> Figure:
    """Draw an image on its way through a small network, stage by stage from left to right.

    Args:
        x: the image, shape (H, W), in [0, 1].
        kernels: shape (C, kH, kW).
        convolved, rectified, pooled: what each stage makes of it, shape (C, rows, columns); one colour scale for all.
        scores: one for each class.

    Returns:
        The figure, its alt text as its label.
    """
    columns = [np.asarray(part) for part in (x[None], kernels, convolved, rectified, pooled)]
    names = ("input", "kernels", "convolution", "ReLU", "pooling")
    roles: tuple[Role, ...] = ("input", "kernel", "output", "output", "output")
    rows, limit = len(columns[1]), float(np.abs(columns[2]).max())
    figure = new_figure(0.92 * rows + 0.4)
    grid = figure.add_gridspec(rows, 6, width_ratios=(1, 1, 1, 1, 1, 1.25))
    for place, (arrays, name, role) in enumerate(zip(columns, names, roles, strict=True)):
        for row, array in enumerate(arrays):
            axes = figure.add_subplot(grid[:, place] if len(arrays) == 1 else grid[row, place])
            if role == "kernel":
                draw_grid(axes, array.tolist(), "kernel", fontsize=8)
                kh, kw = array.shape
                axes.set(xlim=(-0.1, kw + 0.1), ylim=(kh + 0.1, -0.1), aspect="equal")
                axes.axis("off")
                axes.set_title("" if row else name, fontsize=10, color=INK)
                continue
            signed = {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
            axes.imshow(array, **(signed if role == "output" else {"cmap": "gray", "vmin": 0, "vmax": 1}))
            frame(axes, role, "" if row else name)
    _draw_scores(figure.add_subplot(grid[:, 5]), scores)
    figure.set_label(describe_stages([column.shape for column in columns], [float(score) for score in scores]))
    return figure


def _draw_scores(axes: Axes, scores) -> None:
    scores = np.asarray(scores)
    fills = [OUTLINE["output"] if score == scores.max() else FILL["output"] for score in scores]
    axes.barh(range(len(scores)), scores, color=fills, edgecolor=OUTLINE["output"])
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set(xticks=[], yticks=range(len(scores)), ylim=(len(scores) - 0.4, -0.6))
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=9)
    axes.set_title("fully connected", fontsize=10, color=INK)


def draw_matrices(matrices, titles: Sequence[str], *, columns: int = 1) -> Figure:
    """Draw the weights of layers as matrices in signed colours; white is no connection.

    Args:
        matrices: each of shape (outputs, inputs), all of one shape.
        titles: one each.
        columns: matrices in a row.

    Returns:
        The figure, its alt text as its label.
    """
    arrays = [np.asarray(matrix) for matrix in matrices]
    rows = -(-len(arrays) // columns)
    outputs, inputs = arrays[0].shape
    cell = min(0.22, (WIDTH / columns - 0.5) / inputs)
    figure = new_figure(rows * (cell * outputs + 0.62))
    limit = max(float(np.abs(array).max()) for array in arrays)
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for axes, array, title in zip(panels, arrays, titles, strict=True):
        edges = {"edgecolors": "#DDDDDD", "linewidth": 0.5}
        axes.pcolormesh(array, cmap=SIGNED, vmin=-limit, vmax=limit, **edges)
        axes.set(aspect="equal", ylim=(outputs, 0))
        frame(axes, "kernel", title)
        axes.set_ylabel(f"{outputs} outputs", fontsize=9, color=LETTERS["output"])
        axes.set_xlabel(f"{inputs} inputs", fontsize=9, color=LETTERS["input"])
    figure.set_label(describe_matrices([array.tolist() for array in arrays], titles))
    return figure


def draw_gallery(rows: Sequence[Sequence], titles: Sequence[str], roles: Sequence[Role], *, alt: str) -> Figure:
    """Draw rows of small pictures, each row under its title.

    Args:
        rows: pictures of shape (H, W), as many in each row; kernels take signed colours, white at 0, on one scale;
            all others are grey in [0, 1].
        titles, roles: one for each row.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    across = len(rows[0])
    strips = [(np.stack([np.asarray(p) for p in row]), *rest) for row, *rest in zip(rows, titles, roles, strict=True)]
    limit = max((float(np.abs(strip).max()) for strip, _, role in strips if role == "kernel"), default=1)
    figure = new_figure(len(rows) * (0.92 * WIDTH / across + 0.34))
    for panel, (strip, title, role) in zip(figure.subfigures(len(rows), 1, squeeze=False).flat, strips, strict=True):
        panel.suptitle(title, fontsize=10, color=INK)
        signed = {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
        for axes, picture in zip(panel.subplots(1, across, squeeze=False).flat, strip, strict=True):
            axes.imshow(picture, **(signed if role == "kernel" else {"cmap": "gray", "vmin": 0, "vmax": 1}))
            frame(axes, role, "")
    figure.set_label(alt)
    return figure


def draw_channels(trace: ChannelTrace, row: int, col: int) -> Figure:
    """Draw one output cell over several input channels: a line a channel, its partial sum, and all of them added.

    Args:
        trace: what was computed.
        row, col: the output cell; cells that come later stay empty.

    Returns:
        The figure, its alt text as its label.
    """
    first, steps = trace.channels[0], trace.steps(row, col)
    wide, high = _panel_size(first)
    (oh, ow), line = trace.output_shape, high + 1.9  # a line: three grids, and the sum written below them
    across, down = wide + 1.5 + ow, line * len(steps)
    cell = min(CELL, WIDTH / (across + 0.4))
    fontsize = cell * 25
    figure = new_figure(cell * (down + 0.2))
    axes = figure.subplots()
    for index, (channel, step) in enumerate(zip(trace.channels, steps, strict=True)):
        _draw_channel(axes, channel, step, index, index * line, fontsize)
    x, y = wide + 1.5, (down - 0.9 - oh) / 2
    for index in range(len(steps)):  # brackets gather the partial sums
        centre = index * line + high / 2
        axes.plot((wide + 0.2, wide + 0.75, wide + 0.75), (centre, centre, y + oh / 2), color=INK, linewidth=1.2)
    axes.plot((wide + 0.75, wide + 1.3), (y + oh / 2, y + oh / 2), color=INK, linewidth=1.2)
    plus = _write(axes, wide + 0.75, y + oh / 2, "+", fontsize * 1.2)
    plus.set_bbox({"facecolor": "white", "edgecolor": INK, "boxstyle": "circle,pad=0.15"})
    draw_grid(axes, _until(trace.output, row, col), "output", at=(x, y), fontsize=fontsize)
    mark_window(axes, [(x + col, y + row)])
    _write(axes, x + ow / 2, y - 0.42, "output", fontsize * 0.8).set_color(LETTERS["output"])
    _write(axes, x + ow / 2, y + oh + 0.5, describe_partial_sums(steps), fontsize * 0.8)
    axes.set(xlim=(-0.2, across + 0.2), ylim=(down - 0.8, -0.9), aspect="equal")
    axes.axis("off")
    figure.set_label(describe_channels(trace, row, col))
    return figure


def draw_planes(
    planes, kernel, partial_sums, y, *, photograph, names: Sequence[str], alt: str, signed_limit: float = 4
) -> Figure:
    """Draw what each plane of a photograph gives with its plane of a kernel, and the sum of it all in the last line.

    Args:
        planes: shape (C_in, H, W), in [0, 1].
        kernel: shape (C_in, kH, kW).
        partial_sums: shape (C_in, oh, ow), signed: each plane's own result.
        y: shape (oh, ow), signed: their sum.
        photograph: shape (3, H, W), what the planes were taken from.
        names: one for each plane.
        alt: the figure's alt text.
        signed_limit: white at 0, full colour at plus and minus this.

    Returns:
        The figure, its alt text as its label.
    """
    planes, kernel, partial_sums, y, photograph = map(np.asarray, (planes, kernel, partial_sums, y, photograph))
    h, w = planes.shape[-2:]
    lines = len(planes) + 1
    figure = new_figure(lines * (0.42 * WIDTH * h / w + 0.3) + 0.4)
    panels = figure.subplots(lines, 3, width_ratios=(42, 16, 42))
    signed = {"cmap": SIGNED, "vmin": -signed_limit, "vmax": signed_limit}
    for (left, centre, right), plane, weights, channel_sum, name in zip(
        panels, planes, kernel, partial_sums, names, strict=False
    ):
        frame(left, "input", f"{name} plane").imshow(plane, cmap="gray", vmin=0, vmax=1)
        draw_grid(centre, weights.tolist(), "kernel", fontsize=11)
        centre.set(xlim=(-0.15, weights.shape[1] + 0.15), ylim=(weights.shape[0] + 0.15, -0.15), aspect="equal")
        centre.set_title(f"{name} kernel", fontsize=10, color=INK)
        centre.axis("off")
        frame(right, "output", f"{name} partial sum").imshow(channel_sum, **signed)
    left, centre, right = panels[-1]
    frame(left, "input", "all three planes").imshow(photograph.transpose(1, 2, 0))
    centre.text(0.5, 0.5, "+", fontsize=28, color=INK, ha="center", va="center")
    centre.axis("off")
    scale = frame(right, "output", "output: the sum").imshow(y, **signed)
    bar = figure.colorbar(scale, ax=panels, orientation="horizontal", fraction=0.03, aspect=40)
    bar.set_ticks([-signed_limit, 0, signed_limit], labels=[number(-signed_limit), "0", f"+{number(signed_limit)}"])
    figure.set_label(alt)
    return figure


def draw_matrix_product(pixels: Grid, weights: Grid, *, row: int) -> Figure:
    """Draw a 1x1 convolution as a matrix product, one row of the input being one pixel.

    Args:
        pixels: rows of numbers, shape (H W, C_in).
        weights: rows of numbers, shape (C_in, C_out): the 1x1 kernels as columns.
        row: the pixel to mark.

    Returns:
        The figure, its alt text as its label.
    """
    y = tuple(
        tuple(sum(a * b for a, b in zip(pixel, column, strict=True)) for column in zip(*weights, strict=True))
        for pixel in pixels
    )
    n, c_in, c_out = len(pixels), len(weights), len(weights[0])
    wide, high = c_in + 2 * c_out + 5, max(n, c_in)
    cell = min(CELL, WIDTH / (wide + 0.4))
    fontsize = cell * 25
    figure = new_figure(cell * (high + 1.6))
    axes = figure.subplots()
    corners = {
        "input": (2.5, (high - n) / 2),
        "kernel": (c_in + 3.75, (high - c_in) / 2),
        "output": (c_in + c_out + 5, (high - n) / 2),
    }
    for (role, at), grid in zip(corners.items(), (pixels, weights, y), strict=True):
        draw_grid(axes, grid, role, at=at, fontsize=fontsize)
        title = f"{'1×1 kernels' if role == 'kernel' else role}\n{len(grid)}×{len(grid[0])}"
        _write(axes, at[0] + len(grid[0]) / 2, at[1] - 0.65, title, fontsize * 0.8).set_color(LETTERS[role])
    for index in range(n):
        _write(axes, 1.1, corners["input"][1] + index + 0.5, f"pixel {index}", fontsize * 0.8)
    for role, width in (("input", c_in), ("output", c_out)):
        mark_window(axes, [(corners[role][0] + c, corners[role][1] + row) for c in range(width)])
    _write(axes, c_in + 3.125, high / 2, "@", fontsize * 1.1)
    _write(axes, c_in + c_out + 4.375, high / 2, "=", fontsize * 1.2)
    axes.set(xlim=(-0.2, wide + 0.2), ylim=(high + 0.2, -1.4), aspect="equal")
    axes.axis("off")
    figure.set_label(describe_matrix_product(pixels, weights, y, row))
    return figure


def draw_connections(tables: Sequence[Sequence[Sequence[int]]], titles: Sequence[str]) -> Figure:
    """Draw which input channels each output channel reads, one table a layer.

    Args:
        tables: one each for a layer: rows are output channels, columns input channels, cells the weights between them.
        titles: one each.

    Returns:
        The figure, its alt text as its label.
    """
    wide = sum(len(table[0]) + 1.9 for table in tables)
    high = max(len(table) for table in tables)
    cell = min(CELL, WIDTH / wide)
    figure = new_figure(cell * (high + 2.9))
    axes, left = figure.subplots(), 1.5
    for table, title in zip(tables, titles, strict=True):
        for o, row in enumerate(table):
            _write(axes, left - 0.4, o + 0.5, str(o), cell * 20).set_color(LETTERS["output"])
            for c, weights in enumerate(row):
                empty = {"facecolor": "white", "edgecolor": "#BBBBBB", "linewidth": 0.8, "zorder": 0}
                axes.add_patch(Rectangle((left + c, o), 1, 1, **empty))
                if weights:
                    draw_grid(axes, [[weights]], "kernel", at=(left + c, o), fontsize=cell * 24)
        for c in range(len(table[0])):
            _write(axes, left + c + 0.5, -0.4, str(c), cell * 20).set_color(LETTERS["input"])
        middle = left + len(table[0]) / 2
        _write(axes, middle, -1.75, title, 10)
        _write(axes, middle, -1.05, "input channel", 9).set_color(LETTERS["input"])
        side = _write(axes, left - 1.05, len(table) / 2, "output channel", 9)
        side.set(color=LETTERS["output"], rotation=90)
        left += len(table[0]) + 1.9
    axes.set(xlim=(0, wide), ylim=(high + 0.15, -2.2), aspect="equal")
    axes.axis("off")
    figure.set_label(describe_connections(tables, titles))
    return figure


def _until(output: Grid, row: int, col: int) -> list[list[float | None]]:
    """Empty the cells of an output that come after (row, col)."""
    return [[cell if (i, j) <= (row, col) else None for j, cell in enumerate(line)] for i, line in enumerate(output)]


def _draw_channel(axes: Axes, trace: Trace, step: Step, index: int, y: float, fontsize: float) -> None:
    """Draw one channel's line: its input plane, its kernel plane and its partial sums."""
    top, bottom, left, right = trace.padding
    input_w, input_h = left + len(trace.x[0]) + right, top + len(trace.x) + bottom
    (kh, kw), (oh, ow), (wide, high) = (len(trace.kernel), len(trace.kernel[0])), trace.output_shape, _panel_size(trace)
    corners = {
        f"input channel {index}": ("input", 0, input_h, input_w),
        f"kernel plane {index}": ("kernel", input_w + 1.2, kh, kw),
        "partial sum": ("output", input_w + kw + 2.4, oh, ow),
    }
    for name, (role, x, h, w) in corners.items():
        at = (x, y + (high - h) / 2)
        if role == "input":
            draw_padded_input(axes, trace, at=at, fontsize=fontsize)
            mark_window(axes, ((x + left + term.col, at[1] + top + term.row) for term in step.terms))
        else:
            grid = trace.kernel if role == "kernel" else _until(trace.output, step.row, step.col)
            draw_grid(axes, grid, role, at=at, fontsize=fontsize)
        _write(axes, x + w / 2, at[1] - 0.42, name, fontsize * 0.8).set_color(LETTERS[role])
    mark_window(axes, [(input_w + kw + 2.4 + step.col, y + (high - oh) / 2 + step.row)])
    _write(axes, input_w + 0.6, y + high / 2, "⋆", fontsize * 1.4)
    _write(axes, input_w + kw + 1.8, y + high / 2, "=", fontsize * 1.2)
    _write(axes, wide / 2, y + high + 0.5, describe_sum(step), fontsize * 0.9)


def draw_feature_maps(stages: Sequence[Stage]) -> Figure:
    """Draw the sizes of the feature maps through a network: a stack of sheets a layer, then columns of numbers.

    Args:
        stages: (name, shape, window) of the input and of each layer that changes the shape, as in
            `cnncourse.figures.trace.describe_feature_maps`.

    Returns:
        The figure, its alt text as its label.
    """
    alt = describe_feature_maps(stages)
    side, fan, high = 1.0 / max(max(shape[-2:]) for _, shape, _ in stages if len(shape) == 3), 0.035, 1.5
    figure = new_figure(high + 0.75)
    axes, x, front = figure.subplots(), 0.0, None
    for name, shape, window in stages:
        role = "input" if front is None else "output"
        if len(shape) == 3:
            wide, tall = shape[2] * side, shape[1] * side
            spread = fan * (shape[0] - 1)
            top = (high - tall - spread) / 2
            for sheet in range(shape[0]):
                _draw_sheet(axes, x + fan * sheet, top + fan * sheet, wide, tall, role)
            box = (x + spread, top + spread, wide, tall)  # the sheet in front
            x += spread + wide
        else:
            box = (x, (high - 0.0115 * shape[0]) / 2, 0.15, 0.0115 * shape[0])
            _draw_sheet(axes, *box, role)
            x += box[2]
        _connect(axes, front, box, window and window * side)
        _label_stage(
            axes, box if len(shape) == 1 else (x - spread - wide, 0, spread + wide, 0), name, shape, role, high
        )
        front, x = box, x + 0.36
    axes.set(xlim=(-0.08, x - 0.24), ylim=(high + 0.55, -0.1), aspect="equal")
    axes.axis("off")
    figure.set_label(alt)
    return figure


def _draw_sheet(axes: Axes, x: float, y: float, wide: float, tall: float, role: Role) -> None:
    style = {"facecolor": FILL[role], "edgecolor": OUTLINE[role], "linewidth": 0.8}
    if role == "input":
        axes.add_patch(Rectangle((x, y), wide, tall, **style))
    else:
        rounded = f"round,pad=0,rounding_size={min(0.05, wide / 4, tall / 4)}"
        axes.add_patch(FancyBboxPatch((x, y), wide, tall, boxstyle=rounded, **style))


def _connect(axes: Axes, source: tuple | None, target: tuple, window: float | None) -> None:
    """Lead from a window on the last sheet, or from all of it, to the next one."""
    if source is None:
        return
    x, y, wide, tall = source
    thin = {"color": INK, "linewidth": 0.8, "zorder": 3}
    if window is None:
        for end in (0, 1):
            axes.plot((x + wide, target[0]), (y + end * tall, target[1] + end * target[3]), linestyle=":", **thin)
        return
    left, top = x + 0.55 * (wide - window), y + 0.4 * (tall - window)
    axes.add_patch(Rectangle((left, top), window, window, fill=False, edgecolor=INK, linewidth=1.4, zorder=3))
    cell = target[0] + 0.4 * target[2], target[1] + 0.45 * target[3]
    for end in (0, 1):
        axes.plot((left + window, cell[0]), (top + end * window, cell[1]), **thin)
    axes.plot(*cell, marker="s", markersize=2.5, color=INK, zorder=3)


def _label_stage(axes: Axes, box: tuple, name: str, shape: tuple[int, ...], role: Role, high: float) -> None:
    centre = box[0] + box[2] / 2
    _write(axes, centre, high + 0.18, name, 9).set_color(LETTERS[role])
    _write(axes, centre, high + 0.4, "×".join(map(str, shape)), 8.5)


def draw_costs(rows: Sequence, image, seen: Mapping[str, Sequence[int]], *, alt: str) -> Figure:
    """Draw which layers hold the parameters and do the work, and squares on an image: what one cell of a map sees.

    Args:
        rows: `cnncourse.cost.LayerCost` of each layer that has parameters.
        image: shape (H, W), in [0, 1].
        seen: for each map by name the rows of the image that one of its cells depends on; its columns are alike.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, (left, right) = new_panels(["share of the whole", "what one cell sees, in pixels"], height=2.8)
    kinds = {"parameters": [row.parameters for row in rows], "multiply-adds": [row.multiply_adds for row in rows]}
    for side, (label, counts), hatch in zip((-0.2, 0.2), kinds.items(), ("", "///"), strict=True):
        heights = np.arange(len(rows)) + side
        shares = np.array(counts) / sum(counts)
        left.barh(heights, shares, 0.4, label=label, hatch=hatch, edgecolor="white", zorder=2)
    left.set(yticks=range(len(rows)), yticklabels=[row.name for row in rows], xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    left.legend()
    right.imshow(image, cmap="gray_r", vmin=0, vmax=1, alpha=0.35)
    for (name, pixels), style in zip(seen.items(), ("-", "--", ":", "-."), strict=False):
        low, high = int(min(pixels)) - 0.5, int(max(pixels)) + 0.5
        corners = [low, high, high, low, low], [low, low, high, high, low]
        right.plot(*corners, style, linewidth=2, label=f"{name}: {len(pixels)}")
    right.grid(visible=False)
    right.set(xticks=[], yticks=[])
    right.spines[:].set_visible(True)
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.set_label(alt)
    return figure


def draw_bank(image, kernels, maps, *, alt: str, columns: int = 6) -> Figure:
    """Draw an image, the kernels of a layer in signed colours, and under each kernel the feature map that it gives.

    Args:
        image: shape (H, W), in [0, 1].
        kernels: shape (C_out, kH, kW).
        maps: shape (C_out, oh, ow), at least 0; white at 0, darkest at the largest of all.
        alt: the figure's alt text.
        columns: kernels in a row.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: not as many maps as kernels.
    """
    image, kernels, maps = (np.asarray(array) for array in (image, kernels, maps))
    if len(kernels) != len(maps):
        raise ValueError(f"there are {len(kernels)} kernels and {len(maps)} maps; expected one map a kernel")
    rows = -(-len(kernels) // columns)
    figure = new_figure(rows * 2 * WIDTH / (columns + 1.6) + 0.2)
    left, right = figure.subfigures(1, 2, width_ratios=(1.6, columns))
    picture = left.subplots()
    picture.imshow(image, cmap="gray", vmin=0, vmax=1)
    frame(picture, "input", "input")
    limit, brightest = np.abs(kernels).max(), maps.max()
    green = LinearSegmentedColormap.from_list("green", ["#FFFFFF", OUTLINE["output"], "#002B20"])
    panels = right.subplots(2 * rows, columns, squeeze=False)
    for panel in panels.flat:
        panel.axis("off")
    for count, (kernel, feature_map) in enumerate(zip(kernels, maps, strict=True)):
        row, column = divmod(count, columns)
        above, below = panels[2 * row, column], panels[2 * row + 1, column]
        above.imshow(kernel, cmap=SIGNED, vmin=-limit, vmax=limit)
        below.imshow(feature_map, cmap=green, vmin=0, vmax=brightest)
        for panel, role, title in ((above, "kernel", str(count)), (below, "output", "")):
            panel.axis("on")
            frame(panel, role, title)
    figure.set_label(alt)
    return figure


def draw_confusion(matrices: Sequence, titles: Sequence[str], *, alt: str) -> Figure:
    """Draw confusion matrices side by side: the right answers pale green, each mistake orange, the more the darker.

    Args:
        matrices: counts, each of shape (classes, classes): row = right class, column = prediction.
        titles: one each.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    arrays = [np.asarray(matrix) for matrix in matrices]
    mistakes = max(1, *(int((array - np.diag(np.diag(array))).max()) for array in arrays))
    figure = new_figure(WIDTH / len(arrays) + 0.35)
    for axes, array, title in zip(figure.subplots(1, len(arrays), squeeze=False).flat, arrays, titles, strict=True):
        for (i, j), count in np.ndenumerate(array):
            shade = FILL["kernel"] if count else "white"
            strength = 0.35 if i == j else 0.25 + 0.75 * count / mistakes
            colour = FILL["output"] if i == j else shade
            axes.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, alpha=strength, edgecolor="none"))
            if count:
                _write(axes, j + 0.5, i + 0.5, str(int(count)), 8.5)
        ticks = np.arange(len(array))
        axes.set(xticks=ticks + 0.5, yticks=ticks + 0.5, xlim=(0, len(array)), ylim=(len(array), 0), aspect="equal")
        axes.set_xticklabels(ticks)
        axes.set_yticklabels(ticks)
        axes.tick_params(length=0, labelsize=9)
        axes.set(xlabel="prediction", ylabel="right class")
        axes.set_title(title, fontsize=10, color=INK)
        axes.set_xticks(ticks[1:], minor=True)
        axes.set_yticks(ticks[1:], minor=True)
        axes.grid(which="minor", color="#DDDDDD", linewidth=0.6)
        axes.tick_params(which="minor", length=0)
    figure.set_label(alt)
    return figure


def new_panels(titles: Sequence[str], *, height: float = 3.0, **options) -> tuple[Figure, list[Axes]]:
    """Make a figure with several pairs of axes side by side, for curves, in the colours of `new_axes`.

    Args:
        titles: one each.
        height: in inches.
        options: for ``Figure.subplots``, such as ``sharey=True``.

    Returns:
        The figure, and its axes from left to right.

    >>> figure, (left, right) = new_panels(["spread", "gradient"])
    >>> right.get_title()
    'gradient'
    """
    figure = new_figure(height)
    panels = list(figure.subplots(1, len(titles), squeeze=False, **options)[0])
    for axes, title in zip(panels, titles, strict=True):
        axes.set_prop_cycle(color=[OUTLINE["input"], OUTLINE["kernel"], OUTLINE["output"], INK])
        axes.grid(color="#DDDDDD", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(title, fontsize=10, color=INK)
    return figure, panels
