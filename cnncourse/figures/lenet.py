"""Figures of the chapter "LeNet": its stages, what they cost and see, and how it is trained."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import cycle
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import (
    FILL,
    INK,
    OUTLINE,
    Role,
    fit_cells,
    new_axes,
    new_figure,
    new_panels,
    to_array,
    write,
)

Stage = tuple[str, tuple[int, ...], int | None]  # a layer's name, its output's shape, and the window that made it
Sheet = tuple[float, float, float, float]  # left, top, width, height
FAN = 0.035  # from one sheet of a stack to the next


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


def draw_overfitting(remedies: Mapping[str, Mapping[str, Sequence[Sequence[float]]]], *, alt: str) -> Figure:
    """Draw the losses of the first seed epoch by epoch: left the first remedy's on both parts, right all on validation.

    Args:
        remedies: by name, the first one "none": "train_loss" and "validation_loss", for each seed one value an epoch.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, (left, right) = new_panels(["without a remedy", "validation, by remedy"])
    plain = next(iter(remedies.values()))
    for part, style in (("train", "-"), ("validation", "--")):
        left.semilogy(_from_one(plain[f"{part}_loss"][0]), plain[f"{part}_loss"][0], style, label=part)
    for (name, found), style in zip(remedies.items(), ("--", "-", "-.", ":"), strict=True):
        right.semilogy(_from_one(found["validation_loss"][0]), found["validation_loss"][0], style, label=name)
    left.set(xlabel="epoch", ylabel="loss, nats an image")
    right.set(xlabel="epoch")
    for axes in (left, right):
        axes.legend()
    figure.set_label(alt)
    return figure


def _from_one(values: Sequence[float]) -> range:
    """Number epochs: the first one is 1."""
    return range(1, len(values) + 1)
