"""Figures of the chapter "LeNet": its stages, what they cost and see, its kernels, and what it confuses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import cycle
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import (
    FILL,
    INK,
    OUTLINE,
    WIDTH,
    Role,
    draw_picture,
    fit_cells,
    frame,
    new_axes,
    new_figure,
    new_panels,
    to_array,
    write,
    write_title,
)

Stage = tuple[str, tuple[int, ...], int | None]  # a layer's name, its output's shape, and the window that made it
Sheet = tuple[float, float, float, float]  # left, top, width, height
FAN = 0.035  # from one sheet of a stack to the next
GREEN = LinearSegmentedColormap.from_list("green", ["#FFFFFF", OUTLINE["output"], "#002B20"])  # for maps without a sign


def draw_feature_maps(stages: Sequence[Stage]) -> Figure:
    """Draw the sizes of the feature maps through a network: a stack of sheets a layer, then columns of numbers.

    Args:
        stages: (name, shape, window) of the input and of each layer that changes the shape, as in
            `describe_feature_maps`.

    Returns:
        The figure, its alt text as its label.
    """
    alt = describe_feature_maps(stages)
    side, high = 1.0 / max((max(shape[-2:]) for _, shape, _ in stages if len(shape) == 3), default=1), 1.5
    figure = new_figure(high + 0.75)
    axes, x, before = figure.subplots(), 0.0, None
    for name, shape, window in stages:
        role: Role = "output" if before else "input"
        front = _draw_stack(axes, x, shape, role, side, high)
        if before:
            _connect(axes, before, front, window and window * side)
        right = front[0] + front[2]
        write(axes, (x + right) / 2, high + 0.18, name, 9, role=role)
        write(axes, (x + right) / 2, high + 0.4, "×".join(map(str, shape)), 8.5)
        before, x = front, right + 0.36
    fit_cells(axes, xlim=(-0.08, x - 0.24), ylim=(high + 0.55, -0.1))
    figure.set_label(alt)
    return figure


def describe_feature_maps(stages: Sequence[Stage]) -> str:
    """Say in words what `draw_feature_maps` shows; this is the drawing's alt text.

    Args:
        stages: (name, shape, window) of the input and of each layer: shape (C, H, W) or (N,); the window is the side of
            the square that one cell is made of, None where a cell is made of everything, or of nothing.

    Raises:
        ValueError: no stages, or a shape of neither kind.

    >>> describe_feature_maps([("input", (1, 28, 28), None), ("conv1", (6, 24, 24), 5), ("fc1", (10,), None)])
    'From left to right: input, 1 map of 28 by 28; conv1, 6 maps of 24 by 24, windows of 5 by 5; fc1, 10 numbers.'
    """
    if not stages:
        raise ValueError("stages is empty; expected (name, shape, window) of the input and of each layer")
    words = []
    for name, shape, window in stages:
        if len(shape) not in (1, 3):
            raise ValueError(f"{name} has shape {tuple(shape)}; expected (C, H, W) or (N,)")
        if len(shape) == 1:
            words.append(f"{name}, {shape[0]} numbers")
        else:
            plural = "s" if shape[0] > 1 else ""
            windows = f", windows of {window} by {window}" if window else ""
            words.append(f"{name}, {shape[0]} map{plural} of {shape[1]} by {shape[2]}{windows}")
    return f"From left to right: {'; '.join(words)}."


def _draw_stack(axes: Axes, x: float, shape: tuple[int, ...], role: Role, side: float, high: float) -> Sheet:
    """Draw a layer's sheets from ``x`` to the right, or its column of numbers; return the sheet in front."""
    if len(shape) == 1:
        column = (x, (high - 0.0115 * shape[0]) / 2, 0.15, 0.0115 * shape[0])
        _draw_sheet(axes, column, role)
        return column
    wide, tall = shape[2] * side, shape[1] * side
    top = (high - tall - FAN * (shape[0] - 1)) / 2
    sheets = [(x + FAN * sheet, top + FAN * sheet, wide, tall) for sheet in range(shape[0])]
    for sheet in sheets:
        _draw_sheet(axes, sheet, role)
    return sheets[-1]


def _draw_sheet(axes: Axes, sheet: Sheet, role: Role) -> None:
    x, y, wide, tall = sheet
    style: dict[str, Any] = {"facecolor": FILL[role], "edgecolor": OUTLINE[role], "linewidth": 0.8}
    if role == "input":
        axes.add_patch(Rectangle((x, y), wide, tall, **style))
    else:
        rounded = f"round,pad=0,rounding_size={min(0.05, wide / 4, tall / 4)}"
        axes.add_patch(FancyBboxPatch((x, y), wide, tall, boxstyle=rounded, **style))


def _connect(axes: Axes, source: Sheet, target: Sheet, window: float | None) -> None:
    """Lead from a window on the last sheet, or from all of it, to the next one."""
    x, y, wide, tall = source
    thin: dict[str, Any] = {"color": INK, "linewidth": 0.8, "zorder": 3}
    if window is None:
        for end in (0, 1):
            axes.plot((x + wide, target[0]), (y + end * tall, target[1] + end * target[3]), linestyle=":", **thin)
        return
    left, top = x + 0.55 * (wide - window), y + 0.4 * (tall - window)
    axes.add_patch(Rectangle((left, top), window, window, fill=False, edgecolor=INK, linewidth=1.4, zorder=3))
    cell_x, cell_y = target[0] + 0.4 * target[2], target[1] + 0.45 * target[3]
    for end in (0, 1):
        axes.plot((left + window, cell_x), (top + end * window, cell_y), **thin)
    axes.plot(cell_x, cell_y, marker="s", markersize=2.5, color=INK, zorder=3)


class Costs(Protocol):
    """What `draw_costs` asks of a layer's row in a table."""

    @property
    def name(self) -> str:
        """The layer's name."""

    @property
    def parameters(self) -> int:
        """How many weights and biases it has."""

    @property
    def multiply_adds(self) -> int:
        """How many products it adds for one image."""


def draw_costs(rows: Sequence[Costs], image: ArrayLike, seen: Mapping[str, Collection[int]], *, alt: str) -> Figure:
    """Draw which layers hold the parameters and do the work, and squares on an image: what one cell of a map sees.

    Args:
        rows: name, parameters and multiply-adds of each layer that has parameters.
        image: shape (H, W), in [0, 1].
        seen: for each map by name the rows of the image that one of its cells depends on; its columns are alike.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, (left, right) = new_panels(["share of the whole", "what one cell sees, in pixels"], height=2.8)
    _draw_shares(left, rows)
    right.imshow(to_array(image), cmap="gray_r", vmin=0, vmax=1, alpha=0.35)
    for (name, pixels), style in zip(seen.items(), cycle(("-", "--", ":", "-.")), strict=False):
        low, high = int(min(pixels)) - 0.5, int(max(pixels)) + 0.5
        corners = [low, high, high, low, low], [low, low, high, high, low]
        right.plot(*corners, style, linewidth=2, label=f"{name}: {len(pixels)}")
    right.grid(visible=False)
    right.set(xticks=[], yticks=[])
    right.spines[:].set_visible(True)
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.set_label(alt)
    return figure


def _draw_shares(axes: Axes, rows: Sequence[Costs]) -> None:
    """Draw each layer's share of the parameters and of the multiply-adds as bars."""
    kinds = {"parameters": [row.parameters for row in rows], "multiply-adds": [row.multiply_adds for row in rows]}
    for side, (label, counts), hatch in zip((-0.2, 0.2), kinds.items(), ("", "///"), strict=True):
        heights = np.arange(len(rows)) + side
        shares = np.array(counts) / sum(counts)
        axes.barh(heights, shares, 0.4, label=label, hatch=hatch, edgecolor="white", zorder=2)
    axes.set(yticks=range(len(rows)), yticklabels=[row.name for row in rows], xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    axes.legend()


def draw_losses(losses: Mapping[str, Sequence[float]], floor: float, *, alt: str) -> Figure:
    """Draw how two losses fall step by step, and the floor that one of them cannot fall below.

    Args:
        losses: one value a step, by what the loss was computed from.
        floor: in nats.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, axes = new_axes(xlabel="step", ylabel="loss, 32 images")
    for (name, values), style in zip(losses.items(), ("-", "--"), strict=True):
        axes.plot(values, style, label=name)
    axes.axhline(floor, color=INK, linestyle=":")
    axes.text(max(map(len, losses.values())), floor - 0.13, f"{floor:.3f}", ha="right")
    axes.set(ylim=(0, 2.5))
    axes.legend()
    figure.set_label(alt)
    return figure


class Signal(Protocol):
    """What `draw_signals` asks of a layer: what reaches it forwards and backwards."""

    @property
    def name(self) -> str:
        """The layer's name."""

    @property
    def spread(self) -> float:
        """How far its outputs for different images lie apart."""

    @property
    def gradient(self) -> float:
        """How strongly the loss pulls at its weights."""


def draw_signals(signals: Mapping[str, Sequence[Signal]], *, alt: str) -> Figure:
    """Draw the spread of each layer's output and the size of its gradient, on logarithmic scales, for two networks.

    Args:
        signals: what `cnncourse.lenet.layer_signals` measured, by the network's name.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, panels = new_panels(["spread", "gradient"])
    for axes, what in zip(panels, ("spread", "gradient"), strict=True):
        for (name, found), style in zip(signals.items(), ("o-", "s--"), strict=True):
            values = [getattr(signal, what) for signal in found]
            axes.semilogy([signal.name for signal in found], values, style, label=name)
    panels[-1].legend()
    figure.set_label(alt)
    return figure


def draw_accuracies(accuracies: Mapping[str, Sequence[float]], *, alt: str) -> Figure:
    """Draw the accuracy on validation images after each epoch, for three trainings.

    Args:
        accuracies: one value an epoch, as a fraction, by the training's name.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, axes = new_axes(xlabel="epoch", ylabel="accuracy, validation")
    for (name, values), style in zip(accuracies.items(), ("o-", "s--", "^:"), strict=True):
        axes.plot(range(1, len(values) + 1), values, style, label=name)
    axes.set(ylim=(0, 1.02))
    axes.legend(loc="center right")
    figure.set_label(alt)
    return figure


def draw_bank(image: ArrayLike, kernels: ArrayLike, maps: ArrayLike, *, alt: str, columns: int = 6) -> Figure:
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
    kernels, maps = to_array(kernels), to_array(maps)
    if len(kernels) != len(maps):
        raise ValueError(f"there are {len(kernels)} kernels and {len(maps)} maps; expected one map a kernel")
    rows = -(-len(kernels) // columns)
    figure = new_figure(rows * 2 * WIDTH / (columns + 1.6) + 0.2)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(1.6, columns))[0]
    picture = left.subplots()
    draw_picture(picture, image)
    frame(picture, "input", "input")
    panels = right.subplots(2 * rows, columns, squeeze=False)
    for panel in panels.flat:
        panel.axis("off")
    limit, brightest = np.abs(kernels).max(), maps.max()
    for count, (kernel, feature_map) in enumerate(zip(kernels, maps, strict=True)):
        row, column = divmod(count, columns)
        above, below = panels[2 * row, column], panels[2 * row + 1, column]
        draw_picture(above, kernel, signed_limit=limit)
        below.imshow(feature_map, cmap=GREEN, vmin=0, vmax=brightest)
        for panel in (above, below):
            panel.axis("on")
        frame(above, "kernel", str(count))
        frame(below, "output", "")
    figure.set_label(alt)
    return figure


def draw_maps_off(
    single: Mapping[str, Sequence[float]], several: Mapping[tuple[str, float], float], *, alt: str
) -> Figure:
    """Draw a network's accuracy with feature maps switched off: one at a time, then a share of a layer's maps.

    Args:
        single: for each of two layers by name the accuracy with one map off, for every map.
        several: by (layer, share) the accuracy with that share of a layer's maps off, the same shares for both.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, (left, right) = new_panels(["one map off", "several maps off, at random"], sharey=True)
    shares = sorted({share for _, share in several})
    for layer, style in zip(single, ("o-", "s--"), strict=True):
        left.plot(sorted(single[layer]), style, markersize=4, label=layer)
        right.plot(shares, [several[layer, share] for share in shares], style)
    right.set_xticks(shares)
    left.set(xlabel="map, worst first", ylabel="accuracy", ylim=(0, 1.02))
    right.set(xlabel="share of maps off")
    left.legend(loc="lower right")
    figure.set_label(alt)
    return figure


def draw_confusion(matrices: Sequence[ArrayLike], titles: Sequence[str], *, alt: str) -> Figure:
    """Draw confusion matrices side by side: the right answers pale green, each mistake orange, the more the darker.

    Args:
        matrices: counts, each of shape (classes, classes): row = right class, column = prediction.
        titles: one each.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    arrays = [to_array(matrix) for matrix in matrices]
    mistakes = max(1, *(int((array - np.diag(np.diag(array))).max()) for array in arrays))
    figure = new_figure(WIDTH / len(arrays) + 0.35)
    for axes, array, title in zip(figure.subplots(1, len(arrays), squeeze=False).flat, arrays, titles, strict=True):
        for (i, j), count in np.ndenumerate(array):
            shade = FILL["kernel"] if count else "white"
            strength = 0.35 if i == j else 0.25 + 0.75 * count / mistakes
            colour = FILL["output"] if i == j else shade
            axes.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, alpha=strength, edgecolor="none"))
            if count:
                write(axes, j + 0.5, i + 0.5, str(int(count)), 8.5)
        _number_classes(axes, len(array))
        write_title(axes, title)
    figure.set_label(alt)
    return figure


def _number_classes(axes: Axes, classes: int) -> None:
    """Name both axes of a confusion matrix, number its classes, and draw lines between its cells."""
    ticks = np.arange(classes)
    axes.set(xticks=ticks + 0.5, yticks=ticks + 0.5, xlim=(0, classes), ylim=(classes, 0), aspect="equal")
    axes.set_xticklabels(ticks)
    axes.set_yticklabels(ticks)
    axes.tick_params(length=0, labelsize=9)
    axes.set(xlabel="prediction", ylabel="right class")
    axes.set_xticks(ticks[1:], minor=True)
    axes.set_yticks(ticks[1:], minor=True)
    axes.grid(which="minor", color="#DDDDDD", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
