"""Figures of the chapter "Cross-correlation" and of the front page: a picture filtered, a kernel flipped or learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import (
    CELL,
    WIDTH,
    describe_grid,
    draw_colour_bar,
    draw_grid,
    draw_kernel,
    draw_picture,
    fit_cells,
    frame,
    new_axes,
    new_figure,
    scale_by_powers,
    to_array,
    write,
)
from cnncourse.figures.trace import Grid


def draw_filtering(
    photograph: ArrayLike, kernel: ArrayLike, feature_map: ArrayLike, *, alt: str, signed_limit: float = 1
) -> Figure:
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
    (h, w), (oh, ow) = to_array(photograph).shape[-2:], to_array(feature_map).shape
    across = WIDTH * 0.82  # inches for the two pictures, whose pixels are of one size
    figure = new_figure(across / (w + ow) * max(h, oh) + 0.85)
    panels = figure.subplots(1, 3, width_ratios=(0.82 * w / (w + ow), 0.18, 0.82 * ow / (w + ow)), squeeze=False)
    left, centre, right = panels[0]
    draw_picture(left, photograph)
    image = draw_picture(right, feature_map, signed_limit=signed_limit)
    frame(left, "input", "input")
    frame(right, "output", "output")
    draw_kernel(centre, kernel, "kernel", fontsize=10)
    draw_colour_bar(image, panels)
    figure.set_label(alt)
    return figure


def draw_flip(kernel: ArrayLike) -> Figure:
    """Draw how convolution turns a kernel before it slides: as it is, its rows flipped, then its columns too.

    Args:
        kernel: shape (kH, kW).

    Returns:
        The figure, its alt text as its label.
    """
    turned = _flips(kernel)
    kh, kw = to_array(kernel).shape
    apart = max(kw, 3) + 1.5  # from one left edge to the next; a name takes three cells
    wide = 2 * apart + kw
    cell = min(CELL, WIDTH / (wide + 2))
    figure = new_figure(cell * (kh + 1))
    axes = figure.subplots()
    for count, (name, grid) in enumerate(turned.items()):
        left = count * apart
        draw_grid(axes, grid, "kernel", at=(left, 0), fontsize=cell * 25)
        write(axes, left + kw / 2, -0.4, name, 10)
        if count:
            write(axes, left - (apart - kw) / 2, kh / 2, "→", cell * 30)
    fit_cells(axes, xlim=(-1, wide + 1), ylim=(kh + 0.1, -0.8))
    figure.set_label(describe_flip(kernel))
    return figure


def describe_flip(kernel: ArrayLike) -> str:
    """Say a kernel before, between and after its two flips; this is the alt text of their drawing.

    >>> describe_flip([[1, 2]])
    'kernel: 1 by 2, rows 1 2. rows flipped: 1 by 2, rows 1 2. columns, too: 1 by 2, rows 2 1.'
    """
    return " ".join(f"{name}: {describe_grid(grid)}." for name, grid in _flips(kernel).items())


def _flips(kernel: ArrayLike) -> dict[str, Grid]:
    array = to_array(kernel)
    turned = {"kernel": array, "rows flipped": array[::-1], "columns, too": array[::-1, ::-1]}
    return {name: tuple(map(tuple, grid.tolist())) for name, grid in turned.items()}


def draw_learning_rates(errors: Mapping[float, Sequence[float]], *, alt: str) -> Figure:
    """Draw how the error of a learned kernel falls, or rises, with each learning rate, on a logarithmic scale.

    Args:
        errors: the mean squared error after each update, for each learning rate.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, axes = new_axes(xlabel="update", ylabel="mean squared error")
    scale_by_powers(axes)
    for (rate, values), style in zip(errors.items(), cycle((":", "-", "--", "-.", (0, (7, 1)))), strict=False):
        axes.plot(values, linestyle=style, linewidth=2)
        axes.text(len(values), values[-1], f" {rate}", va="center")
    figure.set_label(alt)
    return figure
