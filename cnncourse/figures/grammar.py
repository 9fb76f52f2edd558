"""The visual grammar: input left and blue, kernel centre and orange, output right, green and rounded.

Role is label, position and outline first, colour second. Signed values have colours that no role has: purple above
zero, brown below, white at zero. Every figure carries its alt text as its label; what shows a `cnncourse.figures.trace`
gets its words from the same trace. Figures are made without pyplot: no global state, nothing shown until `show` is
called.

A figure shrinks to a phone's column and never scrolls, so it is at most `WIDTH` wide and its letters are large for that
width; `show` refuses it otherwise.

In this order: figures and what shows them on a page, cells, letters, pictures, words.
"""

from __future__ import annotations

import ast
import inspect
import io
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage, FigureImage
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.text import Text
from numpy.typing import ArrayLike

from cnncourse.figures.trace import Grid, PoolStep, PoolTrace, Step, Trace

Role = Literal["input", "kernel", "output"]

FILL: dict[Role, str] = {"input": "#A9D3F0", "kernel": "#F0B54A", "output": "#4FB79A"}
OUTLINE: dict[Role, str] = {"input": "#0072B2", "kernel": "#D55E00", "output": "#009E73"}
LETTERS: dict[Role, str] = {"input": "#005A8F", "kernel": "#A04000", "output": "#006B4E"}  # legible on white
INK = "#1A1A1A"
BELOW_ZERO, ABOVE_ZERO = "#7A5C00", "#6A1B9A"
SIGNED = LinearSegmentedColormap.from_list("signed", [BELOW_ZERO, "#FFFFFF", ABOVE_ZERO], N=257)  # odd: 0 is white
WIDTH = 5.0  # inches: what a phone's column still shows at three quarters of its size
CELL = 0.5  # inches: a cell's side where there is room
SMALL = 9.2  # points: letters that a phone still shows large enough in a figure `WIDTH` wide
DPI = 192  # of a photograph or a heat map: two of a sharp screen's pixels in one of CSS
CSS_PIXEL = 1 / 96  # inches
PHONE = 358  # CSS pixels: the column of a phone 390 wide
LEAST_ON_PHONE, LEAST_NATURAL = 9, 11  # CSS pixels: the smallest letters


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """Make an empty opaque figure, sizes in inches.

    >>> new_figure(2).get_size_inches().tolist()
    [5.0, 2.0]
    """
    return Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")


def new_axes(*, xlabel: str, ylabel: str, height: float = 3.2) -> tuple[Figure, Axes]:
    """Make a figure with one pair of labelled axes, for curves.

    >>> figure, axes = new_axes(xlabel="step", ylabel="error")
    >>> axes.get_xlabel()
    'step'
    """
    figure = new_figure(height)
    axes = _style_curves(figure.subplots())
    axes.set(xlabel=xlabel, ylabel=ylabel)
    return figure, axes


def new_panels(
    titles: Sequence[str], *, height: float = 2.4, columns: int = 1, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Make a figure with several pairs of axes, one below the other, for curves, in the colours of `new_axes`.

    Args:
        titles: one each.
        height: of one pair, in inches.
        columns: pairs in a row; two stand side by side only where their curves and titles are simple.
        options: for ``Figure.subplots``, such as ``sharey=True``.

    Returns:
        The figure, and its axes in reading order.

    >>> figure, (above, below) = new_panels(["spread", "gradient"])
    >>> below.get_title()
    'gradient'
    """
    rows = -(-len(titles) // columns)
    figure = new_figure(height * rows)
    panels = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    for axes in panels[len(titles) :]:
        axes.remove()
    for axes, title in zip(panels, titles, strict=False):  # panels may be left over
        write_title(_style_curves(axes), title)
    return figure, panels[: len(titles)]


def scale_by_powers(axes: Axes) -> Axes:
    """Give axes a logarithmic scale upwards, its ticks written out: 0.01, not a power with a tiny exponent."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    axes.yaxis.set_minor_formatter("")
    return axes


def _style_curves(axes: Axes) -> Axes:
    axes.set_prop_cycle(color=[OUTLINE["input"], OUTLINE["kernel"], OUTLINE["output"], INK])
    axes.grid(color="#DDDDDD", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def show(figure: Figure, alt: str | None = None) -> None:
    """Display a figure in a notebook, with its alt text.

    Args:
        figure: what to show.
        alt: what to see in it, for those who cannot; by default the figure's label, which this package's figures bring.

    A drawing is stored as SVG, which is sharp at any size, with a small PNG beside it, since Jupyter shows no SVG of a
    notebook that was not run yet; a figure that holds a photograph or a heat map is stored as PNG alone.

    Raises:
        ValueError: no alt text, or letters too small for a phone or cut off.
    """
    from IPython.display import display  # only a notebook needs it

    alt = " ".join((alt or str(figure.get_label() or "")).split())
    if not alt:
        raise ValueError("alt is empty; expected a sentence that says what to see; use show(figure, alt='...')")
    require_legible(figure)
    pictures = _stored(figure)
    width = round(figure.get_size_inches()[0] / CSS_PIXEL)  # the height follows, also on a phone
    metadata = {kind: {"alt": alt, "width": width} for kind in pictures}
    display({**pictures, "text/plain": alt}, metadata=metadata, raw=True)


def _stored(figure: Figure) -> dict[str, str | bytes]:
    """Return a figure's content by kind, the same in every run: no date, no version, no random names."""
    if figure.findobj(lambda part: isinstance(part, AxesImage | FigureImage | QuadMesh)):
        return {"image/png": _png(figure, DPI)}
    buffer = io.BytesIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "cnncourse"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return {"image/svg+xml": buffer.getvalue().decode(), "image/png": _png(figure, 1 / CSS_PIXEL)}


def _png(figure: Figure, dpi: float) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


class _Letters(RendererAgg):
    """Draws like any other, and notes each text that is seen, with its size in points, and which are cut off."""

    def __init__(self, figure: Figure) -> None:
        self.noted: list[tuple[float, str]] = []
        self.cut_off: list[str] = []
        width, height = figure.get_size_inches() * figure.dpi
        super().__init__(width, height, figure.dpi)

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        """Note a text; a formula's exponents and indices have 0.7 of its size."""
        share = 0.7 if ismath and ("^" in s or "_" in s) else 1
        self.noted.append((share * prop.get_size_in_points(), s))
        box = mtext.get_window_extent(self) if mtext else None
        if box and (min(box.x0, box.y0, self.width - box.x1, self.height - box.y1) < -0.02 * self.dpi):  # inches
            self.cut_off.append(mtext.get_text())


def _letters(figure: Figure) -> _Letters:
    letters = _Letters(figure)
    figure.draw(letters)
    return letters


def smallest_text(figure: Figure) -> tuple[str, float, float]:
    """Find a figure's smallest text.

    Returns:
        The text, its size on a phone and its size in a wide window, in CSS pixels; without any text, '' and infinities.

    >>> [round(pixels, 1) for pixels in smallest_text(new_axes(xlabel="step", ylabel="error")[0])[1:]]
    [9.9, 13.3]
    """
    points, text = min(_letters(figure).noted, default=(math.inf, ""))
    natural = points / 72 / CSS_PIXEL
    return text, natural * min(1, PHONE * CSS_PIXEL / float(figure.get_size_inches()[0])), natural


def require_legible(figure: Figure) -> Figure:
    """Check that a figure's letters can be read: large enough on a phone, where it is shrunk to the column, and whole.

    Raises:
        ValueError: a text is too small, or runs over the figure's edge.

    >>> figure, axes = new_axes(xlabel="step", ylabel="error")
    >>> _ = write(axes, 0.5, 0.5, "tiny", 6)
    >>> require_legible(figure)
    Traceback (most recent call last):
    ValueError: 'tiny' has 6 points in a figure 5 inches wide, 6.0 CSS pixels on a phone; expected at least 9.1 points;
    give larger letters, or a narrower figure with its panels one below the other
    """
    if cut_off := _letters(figure).cut_off:
        raise ValueError(
            f"{cut_off[0]!r} runs over the figure's edge; expected all letters inside; write less, or give it more room"
        )
    text, on_phone, natural = smallest_text(figure)
    if on_phone >= LEAST_ON_PHONE and natural >= LEAST_NATURAL:
        return figure
    points, width = natural * 72 * CSS_PIXEL, figure.get_size_inches()[0]
    least = math.ceil(10 * points * max(LEAST_ON_PHONE / on_phone, LEAST_NATURAL / natural)) / 10
    raise ValueError(
        f"{text!r} has {points:.3g} points in a figure {width:.3g} inches wide, {on_phone:.1f} CSS pixels on a phone; "
        f"expected at least {least:g} points; give larger letters, or a narrower figure with its panels one below the "
        "other"
    )


def show_source(function: Callable) -> None:
    """Display a function's code as it stands in the package, without its docstring, highlighted.

    Args:
        function: a function or class written in Python.
    """
    from IPython.display import display  # only a notebook needs it

    text = plain_source(function)
    display({"text/markdown": f"```python\n{text}\n```", "text/plain": text}, raw=True)


def plain_source(function: Callable) -> str:
    """Return a function's code without its docstring.

    Raises:
        TypeError: not a function or a class.

    >>> print(plain_source(new_figure))
    def new_figure(height: float, *, width: float = WIDTH) -> Figure:
        return Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    """
    if not callable(function):
        raise TypeError(f"function is {function!r}, a {type(function).__name__}; expected a function or a class")
    lines = inspect.getsource(function).rstrip().splitlines()
    nodes = ast.walk(ast.parse("\n".join(lines)))
    documented = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for node in sorted(documented, key=lambda node: -node.lineno):  # from the end, so that line numbers stay true
        if ast.get_docstring(node) is not None:
            text = node.body[0]
            end = text.end_lineno or text.lineno
            blank = end < len(lines) and not lines[end].strip()
            del lines[text.lineno - 1 : end + blank]
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
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            fill: Any = "white" if value is None else FILL[role]
            if signed_limit and value is not None:
                fill = SIGNED(0.5 + 0.5 * value / signed_limit)
            _draw_cell(axes, at[0] + j, at[1] + i, role, fill)
            if value is not None:
                written = write(axes, at[0] + j + 0.5, at[1] + i + 0.5, number(value), fontsize)
                written.set_color(INK if luminance(fill) > 0.18 else "white")
    return axes


def luminance(colour: Any) -> float:
    """Say how light a colour is, from black, 0, to white, 1; below 0.18 white letters read better than black.

    Source: the definition of relative luminance in WCAG 2.2.

    >>> luminance("white"), round(luminance(ABOVE_ZERO), 2)
    (1.0, 0.06)
    """
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def _draw_cell(axes: Axes, x: float, y: float, role: Role, fill: Any) -> None:
    style: dict[str, Any] = {
        "facecolor": fill,
        "edgecolor": OUTLINE[role],
        "linewidth": 2.6 if role == "kernel" else 1.2,
    }
    if role == "output":
        rounded = "round,pad=0,rounding_size=0.28"
        axes.add_patch(FancyBboxPatch((x + 0.05, y + 0.05), 0.9, 0.9, boxstyle=rounded, **style))
    else:
        axes.add_patch(Rectangle((x, y), 1, 1, **style))


def draw_padded_input(
    axes: Axes, trace: Trace | PoolTrace, *, at: tuple[float, float] = (0, 0), fontsize: float = 13
) -> Axes:
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
            if not (0 <= i < h and 0 <= j < w):
                hatch_cell(axes, at[0] + left + j, at[1] + top + i, number(trace.padding_value), fontsize)
    corner = (at[0] + left, at[1] + top)
    draw_grid(axes, trace.x, "input", at=corner, fontsize=fontsize)
    for i, row in enumerate(trace.uses()):
        for j, uses in enumerate(row):
            if not uses:
                cross_out(axes, corner[0] + j, corner[1] + i, number(trace.x[i][j]), fontsize)
    return axes


def hatch_cell(axes: Axes, x: float, y: float, text: str, fontsize: float) -> Axes:
    """Draw a cell of padding, hatched, with its value or empty."""
    dashed: dict[str, Any] = {"edgecolor": "#8A8A8A", "hatch": "////", "linestyle": (0, (3, 2)), "linewidth": 0.8}
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor="white", **dashed))
    if text:
        written = write(axes, x + 0.5, y + 0.5, text, fontsize)
        written.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
    return axes


def cross_out(axes: Axes, x: float, y: float, text: str, fontsize: float, *, fill: str = FILL["input"]) -> Axes:
    """Mark an input cell that nothing reads by a dotted cross, its number legible above it."""
    for ends in ((y, y + 1), (y + 1, y)):
        axes.plot((x, x + 1), ends, color=INK, linestyle=":", linewidth=1.2)
    write(axes, x + 0.5, y + 0.5, text, fontsize).set_bbox({"facecolor": fill, "edgecolor": "none", "pad": 1})
    return axes


def mark_window(axes: Axes, cells: Iterable[tuple[float, float]]) -> Axes:
    """Outline the cells of the active window; each cell is the (x, y) of its top left corner."""
    cells = list(cells)
    xs, ys = sorted({x for x, _ in cells}), sorted({y for _, y in cells})
    wide, high = (round(ends[-1] - ends[0]) + 1 for ends in (xs, ys))  # whole, wherever the window stands
    solid = wide * high == len(cells)
    boxes = [(xs[0], ys[0], wide, high)] if solid else [(x, y, 1, 1) for x, y in cells]  # a dilated window has gaps
    for x, y, width, height in boxes:
        axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=INK, linewidth=3, zorder=3))
    return axes


def cells_so_far(output: Grid, row: int, col: int) -> list[list[float | None]]:
    """Empty the cells of an output that come after (row, col).

    >>> cells_so_far(((1, 2), (3, 4)), 0, 1)
    [[1, 2], [None, None]]
    """
    return [[cell if (i, j) <= (row, col) else None for j, cell in enumerate(line)] for i, line in enumerate(output)]


def fit_cells(axes: Axes, *, xlim: tuple[float, float], ylim: tuple[float, float]) -> Axes:
    """Show a part of the plane of cells, (left, right) and (bottom, top), without axes; every cell is square."""
    axes.set(xlim=xlim, ylim=ylim, aspect="equal")
    axes.axis("off")
    return axes


def write(axes: Axes, x: float, y: float, text: str, fontsize: float, *, role: Role | None = None) -> Text:
    """Write centred on (x, y), in ink or in a role's colour."""
    color = LETTERS[role] if role else INK
    return axes.text(x, y, text, ha="center", va="center", fontsize=fontsize, color=color, zorder=4)


def write_title(axes: Axes, title: str) -> Axes:
    """Write a title above axes, in the one size that titles have."""
    axes.set_title(title, fontsize=10, color=INK)
    return axes


def to_array(values: ArrayLike) -> np.ndarray:
    """Return numbers as an array of NumPy: also a tensor that has a gradient, or lies on another device.

    Matplotlib must not be given a tensor: NumPy's rules for copying one are about to change.

    >>> to_array([[1, 2]]).shape
    (1, 2)
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return np.asarray(values)


def draw_picture(axes: Axes, picture: ArrayLike, *, signed_limit: float | None = None) -> AxesImage:
    """Draw a picture, or a feature map in signed colours.

    Args:
        axes: where to draw.
        picture: shape (H, W), or (3, H, W) for colour; grey and colour values in [0, 1].
        signed_limit: white at 0, full colour at plus and minus this; by default grey.
    """
    array = to_array(picture)
    if array.ndim == 3:
        return axes.imshow(array.transpose(1, 2, 0))
    if signed_limit:
        return axes.imshow(array, cmap=SIGNED, vmin=-signed_limit, vmax=signed_limit)
    return axes.imshow(array, cmap="gray", vmin=0, vmax=1)


def draw_kernel(axes: Axes, kernel: ArrayLike, title: str, *, fontsize: float = 11, margin: float = 0.15) -> Axes:
    """Draw a kernel, shape (kH, kW), as cells that fill the axes, between pictures."""
    array = to_array(kernel)
    kh, kw = array.shape
    draw_grid(axes, array.tolist(), "kernel", fontsize=fontsize)
    return write_title(fit_cells(axes, xlim=(-margin, kw + margin), ylim=(kh + margin, -margin)), title)


def frame(axes: Axes, role: Role, title: str) -> Axes:
    """Frame a picture by its role and title it; the kernel's frame is thick, as everywhere."""
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set(edgecolor=OUTLINE[role], linewidth=3 if role == "kernel" else 1.8)
    return write_title(axes, title)


def draw_colour_bar(image: AxesImage, panels: np.ndarray, *, fraction: float = 0.05) -> None:
    """Draw the one scale of a figure's signed pictures below them: minus the limit, 0 and the limit.

    Args:
        image: one of the pictures, as `draw_picture` returned it.
        panels: all axes of the figure, which make room.
        fraction: how much of their height.
    """
    _, limit = image.get_clim()
    place: dict[str, Any] = {"orientation": "horizontal", "fraction": fraction, "aspect": 40, "panchor": False}
    bar = panels.flat[0].figure.colorbar(image, ax=panels, **place)
    bar.set_ticks([-limit, 0, limit], labels=[number(-limit), "0", f"+{number(limit)}"])


def draw_images(
    images: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    alt: str,
    roles: Sequence[Role] | None = None,
    signed_limit: float | None = None,
    columns: int = 3,
    width: float = WIDTH,
) -> Figure:
    """Draw pictures and feature maps side by side.

    Args:
        images: each of shape (H, W), or (3, H, W) for colour; grey and colour values in [0, 1].
        titles: one each.
        alt: the figure's alt text.
        roles: one each, gives the frame; by default an input first, then outputs.
        signed_limit: feature maps (role "output") take signed colours, white at 0, full at plus and minus this.
        columns: pictures in a row.
        width: of the figure, in inches; a small one for a few pixels.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: no images, or not one title and one role for each.
    """
    arrays = [to_array(image) for image in images]
    framed = _input_first(len(arrays)) if roles is None else roles
    _require_one_each(len(arrays), titles=titles, roles=framed)
    figure, panels = _new_pictures(arrays, columns, width=width, room=0.5 if signed_limit else 0)
    scale = None
    for axes, array, title, role in zip(panels.flat, arrays, titles, framed, strict=False):  # panels may be left over
        axes.axis("on")
        signed = array.ndim == 2 and role == "output" and signed_limit
        image = draw_picture(axes, array, signed_limit=signed or None)
        scale = image if signed else scale
        frame(axes, role, title)
    if scale is not None:
        draw_colour_bar(scale, panels)
    figure.set_label(alt)
    return figure


def _input_first(count: int) -> list[Role]:
    """Return the roles that are meant where none are given: one input, and what was made of it."""
    return ["output" if place else "input" for place in range(count)]


def _require_one_each(count: int, **given: Sequence[str]) -> None:
    """Check that each argument has one entry for each image: what is missing would drop a picture without a word."""
    if not count:
        raise ValueError("images is empty; expected at least one picture")
    for name, entries in given.items():
        if len(entries) != count:
            raise ValueError(
                f"{name} has {len(entries)} entries and images {count}; expected one {name.rstrip('s')} an image"
            )


def _new_pictures(
    arrays: Sequence[np.ndarray], columns: int, *, width: float, room: float
) -> tuple[Figure, np.ndarray]:
    """Make a figure with a panel for each picture, nothing visible yet; ``room`` is left below, in inches."""
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    h, w = arrays[0].shape[-2:]
    figure = new_figure(rows * ((width / columns - 0.12) * h / w + 0.36) + room, width=width)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.axis("off")
    return figure, panels


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


def describe_input(trace: Trace | PoolTrace) -> str:
    """Say a trace's input and how it is padded.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> describe_input(trace_pool2d([[1, 3]], 2, padding=(1, 0)))
    '1 by 2, rows 1 3, padded with −inf (1 above, 1 below, 0 left, 0 right)'
    """
    if not any(trace.padding):
        return describe_grid(trace.x)
    top, bottom, left, right = trace.padding
    sides = f"{top} above, {bottom} below, {left} left, {right} right"
    return f"{describe_grid(trace.x)}, padded with {number(trace.padding_value)} ({sides})"


def describe_window(step: Step | PoolStep) -> str:
    """Say which rows and columns of the input a window covers.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> describe_window(trace_pool2d([[1, 3, 2]], (1, 2), stride=1).steps[1])
    'covers row 0 and columns 1 to 2'
    """
    rows, cols = sorted({t.row for t in step.terms}), sorted({t.col for t in step.terms})

    def span(name: str, cells: list[int]) -> str:
        if len(cells) == 1:
            return f"{name} {number(cells[0])}"
        if cells[-1] - cells[0] + 1 == len(cells):
            return f"{name}s {number(cells[0])} to {number(cells[-1])}"
        *rest, last = map(number, cells)
        return f"{name}s {', '.join(rest)} and {last}"

    return f"covers {span('row', rows)} and {span('column', cols)}"


def describe_unused(trace: Trace | PoolTrace) -> str:
    """Count the input cells that no window reads, in a sentence of its own; empty where there is none.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> describe_unused(trace_pool2d([[1, 3, 2]], (1, 2)))
    ' 1 input cell, crossed out, is read by no window.'
    """
    unused = sum(not uses for row in trace.uses() for uses in row)
    cells = "cell, crossed out, is" if unused == 1 else "cells, crossed out, are"
    return f" {unused} input {cells} read by no window." if unused else ""
