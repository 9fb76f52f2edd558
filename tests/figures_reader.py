"""Read a figure back: what stands in it, where, and in which colour, as plain data.

Nothing here knows how a figure is drawn: colours and shapes are those of the course's visual grammar, written out once
more. Coordinates are as seen: x grows to the right and y downwards, whichever way the axes run.
"""

import inspect
import pkgutil
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

import cnncourse.figures

# the only place that says where the drawing functions are: all tests call them as draw.NAME
MODULES = [
    import_module(f"cnncourse.figures.{found.name}") for found in pkgutil.iter_modules(cnncourse.figures.__path__)
]
FUNCTIONS = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if inspect.isfunction(value) and value.__module__ == module.__name__
}
draw = SimpleNamespace(
    **{name.removeprefix("draw_"): FUNCTIONS[name] for name in FUNCTIONS if name.startswith("draw_")}
)
PAGE = 5  # inches: the widest figure that a phone shows well


def drawing_functions() -> set[str]:
    """Names, without draw_, of the functions that make a whole figure."""
    return {name for name, function in vars(draw).items() if inspect.signature(function).return_annotation == "Figure"}


INK, WHITE = "#1a1a1a", "#ffffff"
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
BELOW, ABOVE = "#7a5c00", "#6a1b9a"  # brown below zero, purple above
OUTLINE = {"input": BLUE, "kernel": ORANGE, "output": GREEN}
FILL = {"input": "#a9d3f0", "kernel": "#f0b54a", "output": "#4fb79a"}
LETTERS = {"input": "#005a8f", "kernel": "#a04000", "output": "#006b4e"}
SHAPE = {"input": "square", "kernel": "square", "output": "rounded"}


@dataclass
class Cell:
    """A filled patch: its centre and size, how it looks, and what is written in it ('' for nothing)."""

    x: float
    y: float
    w: float
    h: float
    shape: str  # square, rounded, or padding: white, hatched and dashed
    fill: str  # as seen on white paper
    edge: str
    width: float
    text: str = ""

    @property
    def role(self) -> str:
        """What the cell is, by outline and shape together; 'other' if the two do not agree."""
        if self.shape == "padding":
            return "padding"
        return next((r for r in OUTLINE if (self.edge, self.shape) == (OUTLINE[r], SHAPE[r])), "other")


@dataclass
class Box:
    """An outline without a fill: left, top, width and height."""

    x: float
    y: float
    w: float
    h: float
    edge: str
    width: float


@dataclass
class Letter:
    """A piece of text and where it stands."""

    x: float
    y: float
    text: str
    colour: str
    ha: str
    va: str


@dataclass
class Picture:
    """An array shown as pixels: its rows from top to bottom, the colours that come out, and the scale's ends."""

    values: np.ndarray
    rgba: np.ndarray
    limits: tuple
    scale: list = field(default_factory=list)  # (value, label) of the colour bar's ticks


@dataclass
class Curve:
    """A line through points."""

    xs: tuple
    ys: tuple
    colour: str
    style: str
    width: float
    label: str
    marker: str


@dataclass
class Bar:
    """A lying bar: which line it stands on, its length and look, and the legend's word for its kind."""

    y: float
    start: float
    length: float
    fill: str
    hatch: str
    label: str


@dataclass
class Panel:
    """All that stands in one pair of axes."""

    cells: list
    boxes: list
    rings: list  # (x, y) of the centre
    crosses: list  # (x, y) of the centre
    letters: list
    labels: list  # the letters that stand in no cell
    pictures: list
    curves: list
    bars: list
    title: str
    heading: str  # of the part of the figure that the axes stand in
    xlabel: str
    ylabel: str
    xticks: list  # (position, label)
    yticks: list
    frame: tuple | None  # (colour, width), if there is one all round
    legend: list  # (label, handle)
    place: tuple  # (x, y) of its upper left corner on the page, y downwards
    limits: tuple  # left, right, top, bottom of what is seen

    def label(self, text: str) -> Letter:
        """The one label with this text."""
        found = [letter for letter in self.labels if letter.text == text]
        assert len(found) == 1, f"{len(found)} labels say {text!r}; all: {[letter.text for letter in self.labels]}"
        return found[0]


def read(figure: Figure) -> list[Panel]:
    """Read every panel of a figure, colour bars left out, row by row from the upper left one."""
    assert figure.get_size_inches()[0] <= PAGE, "the figure is wider than a page"
    assert to_hex(figure.get_facecolor(), keep_alpha=True) == f"{WHITE}ff", "the page shines through"
    panels = [_read(axes) for axes in figure.axes if axes.get_label() != "<colorbar>"]
    assert len({panel.place for panel in panels}) == len(panels), "panels lie over each other"
    for panel in panels:
        assert not cut_off(panel), f"outside the picture: {cut_off(panel)}"
    return sorted(panels, key=lambda panel: panel.place[::-1])


def cut_off(panel: Panel) -> list:
    """List the marks that reach beyond what is seen of the axes, and the letters beside cells that do."""
    marks = [
        (cell, cell.x - cell.w / 2, cell.x + cell.w / 2, cell.y - cell.h / 2, cell.y + cell.h / 2)
        for cell in panel.cells
    ]
    marks += [(box, box.x, box.x + box.w, box.y, box.y + box.h) for box in panel.boxes]
    marks += [(curve, min(curve.xs), max(curve.xs), min(curve.ys), max(curve.ys)) for curve in panel.curves]
    marks += [
        (letter, letter.x, letter.x, letter.y, letter.y) for letter in panel.letters if not panel.curves or panel.cells
    ]
    left, right, top, bottom = panel.limits
    far = 1e-6
    return [
        m for m, x0, x1, y0, y1 in marks if x0 < left - far or x1 > right + far or y0 < top - far or y1 > bottom + far
    ]


def read_one(figure: Figure) -> Panel:
    """Read a figure of one panel."""
    (panel,) = read(figure)
    return panel


def read_axes(axes: Axes) -> Panel:
    """Read one pair of axes."""
    return _read(axes)


def seen(colour, alpha: float | None = None) -> str:
    """Return a colour as it looks on white paper."""
    *rgb, opacity = colour
    opacity = opacity if alpha is None else alpha
    return to_hex([1 - opacity * (1 - part) for part in rgb])


def darkness(colour: str) -> float:
    """Say how far a colour is from white, 0 to 3."""
    return sum(255 - int(colour[start : start + 2], 16) for start in (1, 3, 5)) / 255


def flat(rows: Iterable[Iterable]) -> list:
    """Put all rows into one."""
    return [part for row in rows for part in row]


def value(text: str) -> float:
    """Read a number as it is printed, with a real minus sign."""
    assert "-" not in text, f"{text!r} has a hyphen for a minus"
    return float(text.replace("−", "-"))


def _read(axes: Axes) -> Panel:
    flips = (1 if axes.get_xlim()[0] < axes.get_xlim()[1] else -1, -1 if axes.get_ylim()[0] < axes.get_ylim()[1] else 1)
    cells, boxes, rings = _patches(axes, *flips)
    crosses, curves = _lines(axes, *flips)
    letters = [
        Letter(
            t.get_position()[0] * flips[0],
            t.get_position()[1] * flips[1],
            t.get_text(),
            to_hex(t.get_color()),
            t.get_ha(),
            t.get_va(),
        )
        for t in axes.texts
        if t.get_visible() and t.get_text()
    ]
    labels = _write_into(cells, letters)
    room = axes.get_position(original=True)  # its place in the rows and columns, before the aspect makes it smaller
    x, y = axes.figure.transSubfigure.transform((room.x0, room.y1))
    xs, ys = (
        [flip * end for end in ends] for flip, ends in zip(flips, (axes.get_xlim(), axes.get_ylim()), strict=True)
    )
    heading = getattr(axes.figure, "_suptitle", None)
    return Panel(
        cells,
        boxes,
        rings,
        crosses,
        letters,
        labels,
        _pictures(axes),
        curves,
        _bars(axes, flips[1]),
        axes.get_title(),
        heading.get_text() if heading else "",
        axes.get_xlabel(),
        axes.get_ylabel(),
        _ticks(axes.xaxis, flips[0]) if axes.axison else [],
        _ticks(axes.yaxis, flips[1]) if axes.axison else [],
        _frame(axes),
        _legend(axes),
        (round(x, 2), -round(y, 2)),
        (*sorted(xs), *sorted(ys)),
    )


def _write_into(cells: list, letters: list) -> list:
    """Give each cell what is written in it; return the letters that stand in none."""
    labels = []
    for letter in letters:
        cell = next((cell for cell in cells if _inside(letter, cell)), None)
        if cell is None:
            labels.append(letter)
            continue
        assert cell.text in ("", letter.text), f"{letter.text!r} is written over {cell.text!r} at ({cell.x}, {cell.y})"
        cell.text = letter.text
    return labels


def _patches(axes: Axes, fx: int, fy: int) -> tuple[list, list, list]:
    bars = {patch for container in axes.containers if isinstance(container, BarContainer) for patch in container}
    cells, boxes, rings = {}, [], []
    for patch in sorted(axes.patches, key=lambda patch: patch.get_zorder()):  # stable: the later one lies above
        if patch in bars or not patch.get_visible():
            continue
        edge, width = to_hex(patch.get_edgecolor()), patch.get_linewidth()
        if isinstance(patch, Circle):
            assert not patch.get_fill(), "a ring hides the number in it"
            rings.append((fx * patch.center[0], fy * patch.center[1]))
            continue
        assert isinstance(patch, Rectangle | FancyBboxPatch), f"{patch} is no part of the grammar"
        w, h = patch.get_width(), patch.get_height()
        x, y = fx * (patch.get_x() + w / 2), fy * (patch.get_y() + h / 2)
        if not patch.get_fill():
            boxes.append(Box(x - w / 2, y - h / 2, w, h, edge, width))
            continue
        fill, shape = seen(patch.get_facecolor()), "rounded" if isinstance(patch, FancyBboxPatch) else "square"
        if patch.get_hatch():
            assert (shape, fill) == ("square", WHITE), "hatched cells are padding: white and square"
            assert patch.get_linestyle() not in ("-", "solid"), "padding is dashed"
            shape = "padding"
        cells[round(x, 6), round(y, 6), shape == "padding" and "padding"] = Cell(x, y, w, h, shape, fill, edge, width)
    places = [key[:2] for key in cells]
    assert len(places) == len(set(places)), "padding and a cell stand in one place"
    return list(cells.values()), boxes, rings


def _lines(axes: Axes, fx: int, fy: int) -> tuple[list, list]:
    """Tell dotted crosses, one cell wide, from all other lines."""
    curves, strokes = [], {}
    for line in axes.lines:
        xs, ys = (
            tuple(fx * np.asarray(line.get_xdata(orig=False), float)),
            tuple(fy * np.asarray(line.get_ydata(orig=False), float)),
        )
        curve = Curve(
            xs,
            ys,
            to_hex(line.get_color()),
            line.get_linestyle(),
            line.get_linewidth(),
            line.get_label(),
            line.get_marker(),
        )
        if (
            curve.style == ":"
            and len(xs) == 2
            and abs(abs(xs[1] - xs[0]) - 1) < 1e-6
            and abs(abs(ys[1] - ys[0]) - 1) < 1e-6
        ):
            centre = round((xs[0] + xs[1]) / 2, 6), round((ys[0] + ys[1]) / 2, 6)
            strokes.setdefault(centre, set()).add((xs[1] > xs[0]) == (ys[1] > ys[0]))
        else:
            curves.append(curve)
    assert all(len(both) == 2 for both in strokes.values()), "half a cross"
    return list(strokes), curves


def _pictures(axes: Axes) -> list[Picture]:
    """Read images and meshes, turned so that the first row is the one on top, as seen."""
    found = []
    for image in axes.images:
        left, right, bottom, top = image.get_extent()
        first, last = (top, bottom) if image.origin == "upper" else (bottom, top)
        found.append((image, image.get_array(), (left, right), (first, last)))
    for mesh in axes.collections:
        corners = mesh.get_coordinates()
        found.append((mesh, mesh.get_array(), corners[0, [0, -1], 0], corners[[0, -1], 0, 1]))
    pictures = []
    for shown, values, across, down in found:
        values, rgba = np.ma.getdata(values), shown.to_rgba(shown.get_array(), alpha=shown.get_alpha())
        if (down[0] < down[1]) != (axes.get_ylim()[0] > axes.get_ylim()[1]):
            values, rgba = values[::-1], rgba[::-1]
        if (across[0] < across[1]) != (axes.get_xlim()[0] < axes.get_xlim()[1]):
            values, rgba = values[:, ::-1], rgba[:, ::-1]
        bar = shown.colorbar
        scale = list(zip(bar.get_ticks(), [t.get_text() for t in bar.ax.get_xticklabels()], strict=True)) if bar else []
        pictures.append(Picture(values, rgba, shown.get_clim(), scale))
    return pictures


def _bars(axes: Axes, fy: int) -> list[Bar]:
    return [
        Bar(
            fy * (p.get_y() + p.get_height() / 2),
            p.get_x(),
            p.get_width(),
            seen(p.get_facecolor()),
            p.get_hatch() or "",
            container.get_label(),
        )
        for container in axes.containers
        for p in container
    ]


def _ticks(axis, flip: int) -> list[tuple[float, str]]:
    labels = [text.get_text() for text in axis.get_ticklabels()]  # none beside a neighbour that shares the axis
    return [(flip * float(at), label) for at, label in zip(axis.get_ticklocs(), labels, strict=bool(labels))]


def _frame(axes: Axes) -> tuple | None:
    looks = {
        (to_hex(s.get_edgecolor()), s.get_linewidth()) for s in axes.spines.values() if axes.axison and s.get_visible()
    }
    visible = all(spine.get_visible() for spine in axes.spines.values())
    return looks.pop() if len(looks) == 1 and visible else None


def _legend(axes: Axes) -> list:
    legend = axes.get_legend()
    return list(zip([t.get_text() for t in legend.get_texts()], legend.legend_handles, strict=True)) if legend else []


def _inside(letter: Letter, cell: Cell) -> bool:
    """Say whether a letter is centred in a cell."""
    if abs(letter.x - cell.x) > 0.3 * cell.w or abs(letter.y - cell.y) > 0.3 * cell.h:
        return False
    return (letter.ha, letter.va) == ("center", "center")


# -- cells that stand together -----------------------------------------------------------------------------------------


@dataclass
class Block:
    """Cells side by side, each one unit from the next: rows from top to bottom, columns from left to right."""

    role: str
    rows: list
    left: float
    top: float

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle."""
        return self.left + self.size[1] / 2, self.top + self.size[0] / 2

    @property
    def texts(self) -> list[list[str]]:
        """What is written in each cell."""
        return self.table("text")

    @property
    def numbers(self) -> list[list[float | None]]:
        """What is written in each cell, as a number; None for nothing."""
        return [[value(text) if text else None for text in row] for row in self.texts]

    def table(self, name: str) -> list[list]:
        """One property of every cell."""
        return [[getattr(cell, name) for cell in row] for row in self.rows]

    def places(self, points: Iterable[tuple[float, float]]) -> set[tuple[int, int]]:
        """(row, col) of the cells in whose very centre one of the points stands."""
        centres = {(row, col): cell for row, line in enumerate(self.rows) for col, cell in enumerate(line)}
        return {at for at, cell in centres.items() for x, y in points if abs(x - cell.x) + abs(y - cell.y) < 1e-6}

    def holds(self, box: Box) -> bool:
        """Say whether the middle of a box stands in the block."""
        x, y = box.x + box.w / 2, box.y + box.h / 2
        h, w = self.size
        return self.left < x < self.left + w and self.top < y < self.top + h


def blocks(panel: Panel) -> list[Block]:
    """Gather cells that touch, padding with its input; from left to right, then from top to bottom."""
    left = {(round(c.x, 4), round(c.y, 4)): c for c in panel.cells}
    found = []
    while left:
        seed = next(iter(left))
        side, group, border = _side(left[seed]), {}, [seed]
        while border:
            x, y = at = border.pop()
            if at in left and _side(left[at]) == side:
                group[at] = left.pop(at)
                border += [(round(x + dx, 4), round(y + dy, 4)) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        found.append(_block(side, group))
    return sorted(found, key=lambda block: (round(block.left, 4), block.top))


def _side(cell: Cell) -> str:
    return "input" if cell.role == "padding" else cell.role


def _block(role: str, group: dict) -> Block:
    x0, y0 = min(x for x, _ in group), min(y for _, y in group)
    size = (round(max(y for _, y in group) - y0) + 1, round(max(x for x, _ in group) - x0) + 1)
    grid = {(round(y - y0), round(x - x0)): cell for (x, y), cell in group.items()}
    assert len(grid) == size[0] * size[1], f"the cells at ({x0}, {y0}) make no rectangle"
    return Block(role, [[grid[i, j] for j in range(size[1])] for i in range(size[0])], x0 - 0.5, y0 - 0.5)


def marked(panel: Panel, block: Block) -> set[tuple[int, int]]:
    """(row, col) of the cells of a block that windows outline, each side along the border of a cell."""
    cells = set()
    for box in filter(block.holds, panel.boxes):
        assert (box.edge, box.width) == (INK, 3), f"a window is an outline of 3 in ink, not {box.width} in {box.edge}"
        edges = box.x - block.left, box.y - block.top, box.w, box.h
        col, row, w, h = (round(edge) for edge in edges)
        assert max(abs(edge - round(edge)) for edge in edges) < 1e-6, f"a window lies across cells: {edges}"
        cells |= {(row + i, col + j) for i in range(h) for j in range(w)}
    return cells


def all_boxes_in(panel: Panel, *found: Block) -> bool:
    """Say whether every outline stands in one of the blocks."""
    return all(any(block.holds(box) for block in found) for box in panel.boxes)


# -- words ---------------------------------------------------------------------------------------------------------


def read_rows(words: str) -> list[list[float]]:
    """Read rows as the alt texts print them: '0 1 2; 3 4 5'."""
    return [[value(part) for part in row.split()] for row in words.split(";")]


def read_grid(name: str, words: str) -> list[list[float]]:
    """Read a grid, '... NAME 2 by 3, rows 0 1 2; 3 4 5', and check the shape that is said of it."""
    found = re.search(rf"{name} (\d+) by (\d+), rows ([^.,a-zA-Z]*(?:\.\d[^.,a-zA-Z]*)*)", words)
    assert found, f"no grid {name!r} in: {words}"
    rows = read_rows(found[3].strip("; "))
    assert [len(row) for row in rows] == [int(found[2])] * int(found[1]), f"{name}: shape and rows disagree: {words}"
    return rows


def read_span(words: str) -> list[int]:
    """Read which rows or columns: '2', '0 to 2', or '0, 2 and 4'."""
    ends = [int(value(number)) for number in re.findall(r"−?\d+", words)]
    return list(range(ends[0], ends[1] + 1)) if " to " in words else ends


def read_windows(words: str) -> list[set[tuple[int, int]]]:
    """Read which cells each window covers, as (row, col) of the input without its padding."""
    number = r"((?:−?\d+|,| to | and (?!column)| )+)"
    found = re.findall(rf"window covers rows? {number} and columns? {number}", words)
    return [{(row, col) for row in read_span(rows) for col in read_span(cols)} for rows, cols in found]


def read_sum(words: str) -> tuple[list[tuple[float, float]], float]:
    """Read '1×2 + 3×(−4) = −10' as its pairs of factors and its result."""
    left, result = words.split(" = ")
    pairs = [tuple(value(part.strip("()")) for part in product.split("×")) for product in left.split(" + ")]
    return pairs, value(result)
