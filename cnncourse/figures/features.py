"""Figures of the chapter "What has LeNet learned?": its kernels, what it confuses, and what it can do without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import (
    FILL,
    OUTLINE,
    WIDTH,
    draw_picture,
    frame,
    new_figure,
    new_panels,
    to_array,
    write,
    write_title,
)

GREEN = LinearSegmentedColormap.from_list("green", ["#FFFFFF", OUTLINE["output"], "#002B20"])  # for maps without a sign


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
        single: by a name, such as that of a layer, the accuracy with one map off, for every map; four names at most.
        several: by (name, share) the accuracy with that share of the maps off, the same shares for all.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    figure, (left, right) = new_panels(["one map off", "several maps off, at random"], sharey=True)
    shares = sorted({share for _, share in several})
    for layer, style in zip(single, ("o-", "s--", "^-.", "v:"), strict=False):
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
