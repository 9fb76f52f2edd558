"""Figures of the chapter "What has LeNet learned?": its kernels, what it confuses, and what it can do without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage
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
    number,
    to_array,
    write,
    write_title,
)

TOP = 1.35  # inches: the part of a bank with the input and the scales
GREEN = LinearSegmentedColormap.from_list("green", ["#FFFFFF", OUTLINE["output"], "#002B20"])  # for maps without a sign


def draw_bank(image: ArrayLike, kernels: ArrayLike, maps: ArrayLike, *, alt: str, columns: int = 3) -> Figure:
    """Draw an image, the kernels of a layer in signed colours, and beside each kernel the feature map that it gives.

    Args:
        image: shape (H, W), in [0, 1].
        kernels: shape (C_out, kH, kW).
        maps: shape (C_out, oh, ow), at least 0; white at 0, darkest at the largest of all.
        alt: the figure's alt text.
        columns: kernels, each with its map, in a row.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: not as many maps as kernels.
    """
    kernels, maps = to_array(kernels), to_array(maps)
    if len(kernels) != len(maps):
        raise ValueError(f"there are {len(kernels)} kernels and {len(maps)} maps; expected one map a kernel")
    rows, ratio = -(-len(kernels) // columns), maps.shape[1] / maps.shape[2]
    tall = 0.3 + 0.57 * WIDTH / columns * ratio
    figure = new_figure(TOP + rows * tall)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(TOP, rows * tall))[:, 0]
    panels = bottom.subplots(rows, 2 * columns, squeeze=False, width_ratios=(0.7, 1) * columns).reshape(-1, 2)
    limit, brightest = np.abs(kernels).max(), maps.max()
    for count, ((left, right), kernel, feature_map) in enumerate(zip(panels, kernels, maps, strict=False)):
        weights = draw_picture(left, kernel, signed_limit=limit)
        cells = right.imshow(feature_map, cmap=GREEN, vmin=0, vmax=brightest)
        frame(left, "kernel", f"kernel {count}")
        frame(right, "output", f"map {count}")
    for axes in panels[len(kernels) :].flat:
        axes.axis("off")
    _draw_head(top, image, {"weight in a kernel": weights, "cell of a map": cells})
    figure.set_label(alt)
    return figure


def _draw_head(figure: SubFigure, image: ArrayLike, scales: Mapping[str, AxesImage]) -> None:
    """Draw the input, and to its right a scale for each kind of picture, with its name above."""
    left, *bars = figure.subplot_mosaic([["input", name] for name in scales], width_ratios=(1, 2)).values()
    draw_picture(frame(left, "input", "input"), image)
    for axes, (name, picture) in zip(bars, scales.items(), strict=True):
        axes.set_label("<colorbar>")
        low, high = picture.get_clim()
        bar = figure.colorbar(picture, cax=axes, orientation="horizontal")
        middle = (low + high) / 2
        bar.set_ticks([low, middle, high], labels=[number(low), number(middle), f"+{number(high)}"])
        write_title(axes, name)


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
    figure, (above, below) = new_panels(["one map off", "several maps off, at random"], height=2.7)
    shares = sorted({share for _, share in several})
    for layer, style in zip(single, ("o-", "s--", "^-.", "v:"), strict=False):
        above.plot(sorted(single[layer]), style, markersize=4, label=layer)
        below.plot(shares, [several[layer, share] for share in shares], style)
    below.set_xticks(shares)
    worst = min(map(min, single.values()))
    above.set(xlabel="map, worst first", ylabel="accuracy", ylim=(worst - 0.02, 1.005))  # near 1: all but a flat line
    below.set(xlabel="share of maps off", ylabel="accuracy", ylim=(0, 1.02))
    above.legend(loc="lower right")
    figure.set_label(alt)
    return figure


def draw_confusion(matrices: Sequence[ArrayLike], titles: Sequence[str], *, alt: str) -> Figure:
    """Draw confusion matrices, one below the other: right answers pale green, mistakes orange, the more the darker.

    Args:
        matrices: counts, each of shape (classes, classes): row = right class, column = prediction.
        titles: one each.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    arrays = [to_array(matrix) for matrix in matrices]
    mistakes = max(1, *(int((array - np.diag(np.diag(array))).max()) for array in arrays))
    figure = new_figure(sum(0.27 * len(array) + 0.65 for array in arrays))
    for axes, array, title in zip(figure.subplots(len(arrays), squeeze=False).flat, arrays, titles, strict=True):
        for (i, j), count in np.ndenumerate(array):
            shade = FILL["kernel"] if count else "white"
            strength = 0.35 if i == j else 0.25 + 0.75 * count / mistakes
            colour = FILL["output"] if i == j else shade
            axes.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, alpha=strength, edgecolor="none"))
            if count:
                write(axes, j + 0.5, i + 0.5, str(int(count)), 10)
        _number_classes(axes, len(array))
        write_title(axes, title)
    figure.set_label(alt)
    return figure


def _number_classes(axes: Axes, classes: int) -> None:
    """Name both axes of a confusion matrix, number its classes, and draw lines between its cells."""
    ticks = np.arange(classes)
    axes.set(xticks=ticks + 0.5, yticks=ticks + 0.5, xlim=(0, classes), ylim=(classes, 0))
    axes.set_xticklabels(ticks)
    axes.set_yticklabels(ticks)
    axes.tick_params(length=0)
    axes.set(xlabel="prediction", ylabel="right class")
    axes.set_xticks(ticks[1:], minor=True)
    axes.set_yticks(ticks[1:], minor=True)
    axes.grid(which="minor", color="#DDDDDD", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
