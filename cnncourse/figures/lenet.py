"""Figures of the chapter "LeNet": its stages, what they cost and see, and how it is trained."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import cycle
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import LogLocator
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import (
    FILL,
    INK,
    OUTLINE,
    WIDTH,
    Role,
    fit_cells,
    new_axes,
    new_figure,
    new_panels,
    scale_by_powers,
    to_array,
    write,
)

Stage = tuple[str, tuple[int, ...], int | None]  # a layer's name, its output's shape, and the window that made it
Sheet = tuple[float, float, float, float]  # left, top, width, height
NAMES, ROWS, BAR = 1.38, 0.26, 0.1  # inches: left of the sheets, between two rows, and a bar's height


def draw_feature_maps(stages: Sequence[Stage]) -> Figure:
    """Draw the sizes of the feature maps through a network: a row of sheets a layer, then bars of numbers.

    A pixel and a number are equally wide everywhere, so rows compare.

    Args:
        stages: (name, shape, window) of the input and of each layer that changes the shape, as in
            `describe_feature_maps`.

    Returns:
        The figure, its alt text as its label.
    """
    alt = describe_feature_maps(stages)
    widest = max(sheets[-1][0] + sheets[-1][2] for sheets in (_place_sheets(shape, 0, 0) for _, shape, _ in stages))
    inch = widest / (WIDTH - NAMES - 0.1)
    figure, y, before = new_figure(1), 0.0, list[Sheet]()
    axes = figure.subplots()
    for name, shape, window in stages:
        role: Role = "output" if before else "input"
        sheets = _place_sheets(shape, y, BAR * inch)
        for sheet in sheets:
            _draw_sheet(axes, sheet, role)
        if before:
            _connect(axes, before, sheets, window)
        middle = y + sheets[0][3] / 2
        write(axes, -1.1 * inch, middle, name, 10, role=role)
        write(axes, -0.43 * inch, middle, "×".join(map(str, shape)), 10)
        before, y = sheets, y + sheets[0][3] + ROWS * inch
    figure.set_figheight(y / inch)
    fit_cells(axes, xlim=(-NAMES * inch, widest + 0.05 * inch), ylim=(y - 0.15 * inch, -0.05 * inch))
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
    'From top to bottom: input, 1 map of 28 by 28; conv1, 6 maps of 24 by 24, windows of 5 by 5; fc1, 10 numbers.'
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
    return f"From top to bottom: {'; '.join(words)}."


def _place_sheets(shape: tuple[int, ...], y: float, bar: float) -> list[Sheet]:
    """Place a layer's maps from left to right, or one bar as long as its numbers; one pixel is 1 wide."""
    if len(shape) == 1:
        return [(0, y, shape[0], bar)]
    maps, tall, wide = shape
    return [(1.12 * wide * place, y, wide, tall) for place in range(maps)]


def _draw_sheet(axes: Axes, sheet: Sheet, role: Role) -> None:
    x, y, wide, tall = sheet
    style: dict[str, Any] = {"facecolor": FILL[role], "edgecolor": OUTLINE[role], "linewidth": 0.8}
    if role == "input":
        axes.add_patch(Rectangle((x, y), wide, tall, **style))
    else:
        rounded = f"round,pad=0,rounding_size={min(1.5, wide / 4, tall / 4)}"
        axes.add_patch(FancyBboxPatch((x, y), wide, tall, boxstyle=rounded, **style))


def _connect(axes: Axes, source: Sequence[Sheet], target: Sequence[Sheet], window: int | None) -> None:
    """Lead from a window on the first sheet, or from all of a row, to the next row."""
    thin: dict[str, Any] = {"color": INK, "linewidth": 0.8, "zorder": 3}
    x, y, wide, tall = source[0]
    cell_x, cell_y = target[0][0] + 0.25 * target[0][2], target[0][1] + 0.5 * target[0][3]
    if window is None:
        ends = ((x, target[0][0]), (source[-1][0] + source[-1][2], target[-1][0] + target[-1][2]))
        for end in ends:
            axes.plot(end, (y + tall, target[0][1]), linestyle=":", **thin)
        return
    left, top = x + 0.7 * (wide - window), y + 0.5 * (tall - window)
    axes.add_patch(Rectangle((left, top), window, window, fill=False, edgecolor=INK, linewidth=1.4, zorder=3))
    for corner in (left, left + window):
        axes.plot((corner, cell_x), (top + window, cell_y), **thin)
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
    figure, (above, below) = new_panels(["share of the whole", "what one cell sees, in pixels"], height=2.6)
    _draw_shares(above, rows)
    below.imshow(to_array(image), cmap="gray_r", vmin=0, vmax=1, alpha=0.35)
    for (name, pixels), style in zip(seen.items(), cycle(("-", "--", ":", "-.")), strict=False):
        low, high = int(min(pixels)) - 0.5, int(max(pixels)) + 0.5
        corners = [low, high, high, low, low], [low, low, high, high, low]
        below.plot(*corners, style, linewidth=2, label=f"{name}: {len(pixels)}")
    below.grid(visible=False)
    below.set(xticks=[], yticks=[])
    below.spines[:].set_visible(True)
    below.legend(loc="center left", bbox_to_anchor=(1, 0.5))
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
            axes.plot([signal.name for signal in found], values, style, label=name)
        scale_by_powers(axes)
    panels[0].legend()
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


def draw_overfitting(remedies: Mapping[str, Mapping[str, Sequence[Sequence[float]]]], *, alt: str) -> Figure:
    """Draw losses of the first seed epoch by epoch: above without a remedy, on both parts; below all on validation.

    Args:
        remedies: by name, the first one "none": "train_loss" and "validation_loss", for each seed one value an epoch.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, (above, below) = new_panels(["without a remedy", "validation, by remedy"], height=2.8)
    plain = next(iter(remedies.values()))
    for part, style, colour in (("train", "-", INK), ("validation", "--", None)):  # as "none" below
        above.plot(_from_one(plain[f"{part}_loss"][0]), plain[f"{part}_loss"][0], style, label=part, color=colour)
    for (name, found), style in zip(remedies.items(), ("--", "-", "-.", ":"), strict=True):
        below.plot(_from_one(found["validation_loss"][0]), found["validation_loss"][0], style, label=name)
    for axes in (above, below):
        scale_by_powers(axes).set(xlabel="epoch", ylabel="loss, nats an image")
        axes.legend()
    below.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # all of it lies within one power of ten
    figure.set_label(alt)
    return figure


def _from_one(values: Sequence[float]) -> range:
    """Number epochs: the first one is 1."""
    return range(1, len(values) + 1)
