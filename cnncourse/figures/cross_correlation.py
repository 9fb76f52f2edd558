"""Figures of the chapter "Cross-correlation" and of the front page: a photograph filtered, a kernel learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import WIDTH, draw_kernel, draw_picture, frame, new_axes, new_figure, to_array


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
    h, w = to_array(photograph).shape[-2:]
    figure = new_figure(0.405 * WIDTH * h / w + 0.36)
    left, centre, right = figure.subplots(1, 3, width_ratios=(42, 16, 42))
    draw_picture(left, photograph)
    draw_picture(right, feature_map, signed_limit=signed_limit)
    frame(left, "input", "input")
    frame(right, "output", "output")
    draw_kernel(centre, kernel, "kernel")
    figure.set_label(alt)
    return figure


def draw_learning_rates(errors: Mapping[float, Sequence[float]], *, alt: str) -> Figure:
    """Draw how the error of a learned kernel falls, or rises, with each learning rate, on a logarithmic scale.

    Args:
        errors: the mean squared error after each update, for each learning rate.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, axes = new_axes(xlabel="update", ylabel="mean squared error")
    for (rate, values), style in zip(errors.items(), cycle((":", "-", "--", "-.")), strict=False):
        axes.semilogy(values, style, linewidth=2)
        axes.text(len(values), values[-1], f" {rate}", va="center")
    figure.set_label(alt)
    return figure
