"""Figures in one visual grammar: input left and blue, kernel centre and orange, output right, green and rounded.

Role is label, position and outline first, colour second. Every figure carries its alt text as its label; what shows a
`cnncourse.trace.Trace` gets its words from the same trace. Figures are made without pyplot: no global state, nothing
shown until `show` is called.
"""

from __future__ import annotations

import ast
import inspect
import io
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, product
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from cnncourse.shapes import receptive_field
from cnncourse.trace import (
    Grid,
    Padding,
    PoolStep,
    PoolTrace,
    Stage,
    Step,
    Trace,
    describe_feature_maps,
    describe_padded,
    describe_pool_gradients,
    describe_pool_step,
    describe_pool_strip,
    describe_pooling,
    describe_reach,
    describe_step,
    describe_strip,
    describe_sum,
    describe_uses,
    describe_windows,
    number,
    reach,
)

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
    hatched = {
        "facecolor": "white",
        "edgecolor": "#8A8A8A",
        "hatch": "////",
        "linestyle": (0, (3, 2)),
        "linewidth": 0.8,
    }
    for i in range(-top, h + bottom):
        for j in range(-left, w + right):
            if 0 <= i < h and 0 <= j < w:
                continue
            x, y = at[0] + left + j, at[1] + top + i
            axes.add_patch(Rectangle((x, y), 1, 1, **hatched))
            text = _write(axes, x + 0.5, y + 0.5, number(trace.padding_value), fontsize)
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
    corner = (at[0] + left, at[1] + top)
    draw_grid(axes, trace.x, "input", at=corner, fontsize=fontsize)
    for i, row in enumerate(trace.uses()):
        for j, uses in enumerate(row):
            if not uses:
                x, y = corner[0] + j, corner[1] + i
                for ends in ((y, y + 1), (y + 1, y)):
                    axes.plot((x, x + 1), ends, color=INK, linestyle=":", linewidth=1.2)
                text = _write(axes, x + 0.5, y + 0.5, number(trace.x[i][j]), fontsize)  # above the cross
                text.set_bbox({"facecolor": FILL["input"], "edgecolor": "none", "pad": 1})
    return axes


def draw_step(trace: Trace, step: Step) -> Figure:
    """Draw one step: the window on the input, the kernel, the output so far, and the sum written out.

    Args:
        trace: what was computed.
        step: one of ``trace.steps``.

    Returns:
        The figure, its alt text as its label.
    """
    wide, high = _panel_size(trace)
    cell = min(CELL, WIDTH / (wide + 0.4))
    figure = new_figure(cell * (high + 2.1), width=WIDTH)
    _draw_panel(figure.subplots(), trace, step, fontsize=cell * 25)
    figure.set_label(describe_step(trace, step))
    return figure


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
    rows = -(-len(steps) // columns)
    wide, high = _panel_size(trace)
    cell = min(CELL, WIDTH / columns / (wide + 0.6))
    figure = new_figure(cell * rows * (high + 2.4), width=WIDTH)
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for panel in panels:
        panel.axis("off")
    for count, (panel, step) in enumerate(zip(figure.axes, steps, strict=False), start=1):
        _draw_panel(panel, trace, step, fontsize=cell * 25)
        panel.set_title(f"step {count}", fontsize=10, color=INK)
    figure.set_label(describe_strip(trace, steps))
    return figure


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
    roles = roles or ["input", *["output"] * (len(images) - 1)]
    arrays = [np.asarray(image) for image in images]
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    h, w = arrays[0].shape[-2:]
    figure = new_figure(rows * ((WIDTH / columns - 0.12) * h / w + 0.27) + (0.5 if signed_limit else 0))
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
    figure = new_figure(0.405 * WIDTH * h / w + 0.27)
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
    if not uses:
        for ends in ((y, y + 1), (y + 1, y)):
            axes.plot((x, x + 1), ends, color=INK, linestyle=":", linewidth=1.2)
    written = _write(axes, x + 0.5, y + 0.5, number(uses), fontsize)
    if not uses:
        written.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})


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
        for ends in ((y, y + 1), (y + 1, y)):
            axes.plot((x, x + 1), ends, color=INK, linestyle=":", linewidth=1.2)
        text = _write(axes, x + 0.5, y + 0.5, number(index), fontsize)  # above the cross
        text.set_bbox({"facecolor": FILL["input"], "edgecolor": "none", "pad": 1})


def draw_pool_step(trace: PoolTrace, step: PoolStep) -> Figure:
    """Draw one pooling step: the window on the input, its winner ringed, the output so far, and the sum or maximum.

    Args:
        trace: what was computed.
        step: one of ``trace.steps``.

    Returns:
        The figure, its alt text as its label.
    """
    wide, high = _pool_panel_size(trace)
    cell = min(CELL, WIDTH / (wide + 0.4))
    figure = new_figure(cell * (high + 2.1), width=WIDTH)
    _draw_pool_panel(figure.subplots(), trace, step, fontsize=cell * 25)
    figure.set_label(describe_pool_step(trace, step))
    return figure


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
    rows = -(-len(steps) // columns)
    wide, high = _pool_panel_size(trace)
    cell = min(CELL, WIDTH / columns / (wide + 0.6))
    figure = new_figure(cell * rows * (high + 2.6), width=WIDTH)
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for panel in panels:
        panel.axis("off")
    for count, (panel, step) in enumerate(zip(figure.axes, steps, strict=False), start=1):
        _draw_pool_panel(panel, trace, step, fontsize=cell * 25)
        panel.set_title(f"step {count}", fontsize=10, color=INK)
    figure.set_label(describe_pool_strip(trace, steps))
    return figure


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


def draw_feature_maps(stages: Sequence[Stage]) -> Figure:
    """Draw the sizes of the feature maps through a network: a stack of sheets a layer, then columns of numbers.

    Args:
        stages: (name, shape, window) of the input and of each layer that changes the shape, as in
            `cnncourse.trace.describe_feature_maps`.

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
