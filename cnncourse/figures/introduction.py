"""Figures of the chapter "Why convolutions?": a small network's stages, layers as matrices, what units answer to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import (
    FILL,
    INK,
    LETTERS,
    OUTLINE,
    SIGNED,
    SMALL,
    WIDTH,
    Role,
    draw_colour_bar,
    draw_kernel,
    draw_picture,
    frame,
    new_figure,
    to_array,
    write_title,
)
from cnncourse.figures.trace import Grid


def draw_stages(
    x: ArrayLike,
    kernels: ArrayLike,
    convolved: ArrayLike,
    rectified: ArrayLike,
    pooled: ArrayLike,
    scores: ArrayLike,
) -> Figure:
    """Draw an image on its way through a small network: a row for each kernel from left to right, the scores below.

    Args:
        x: the image, shape (H, W), in [0, 1].
        kernels: shape (C, kH, kW).
        convolved, rectified, pooled: what each stage makes of it, shape (C, rows, columns); one colour scale for all.
        scores: one for each class.

    Returns:
        The figure, its alt text as its label.
    """
    columns = [to_array(x)[None], *map(to_array, (kernels, convolved, rectified, pooled))]
    names = ("input", "kernels", "convolution", "ReLU", "pooling")
    roles: tuple[Role, ...] = ("input", "kernel", "output", "output", "output")
    rows, limit = len(columns[1]), float(np.abs(columns[2]).max())
    values = to_array(scores)
    figure = new_figure(0.95 * rows + 0.17 * len(values) + 1.2)
    grid = figure.add_gridspec(rows + 1, 5, height_ratios=[*[0.95] * rows, 0.17 * len(values) + 0.3])
    stages: list[Axes] = []
    for place, (arrays, name, role) in enumerate(zip(columns, names, roles, strict=True)):
        for row, array in enumerate(arrays):
            axes = figure.add_subplot(grid[:rows, place] if len(arrays) == 1 else grid[row, place])
            _draw_stage(axes, array, role, "" if row else name, limit)
            stages.append(axes)
    draw_colour_bar(stages[-1].images[0], np.array(stages))
    _draw_scores(figure.add_subplot(grid[rows, :]), values)
    figure.set_label(describe_stages([column.shape for column in columns], values.tolist()))
    return figure


def describe_stages(shapes: Sequence[tuple[int, ...]], scores: Sequence[float]) -> str:
    """Say in words what `draw_stages` shows; this is the drawing's alt text.

    Args:
        shapes: (count, rows, columns) of the pictures in each column: input, kernels, and the three kinds of maps.
        scores: one for each class.

    >>> print(describe_stages([(1, 4, 4), (2, 3, 3), (2, 2, 2), (2, 2, 2), (2, 1, 1)], [0.1, 0.9]))
    From left to right: a digit of 4 by 4 pixels; 2 kernels of 3 by 3; convolution, 2 signed maps of 2 by 2; ReLU, the
    same 2 maps with every negative value set to 0; pooling, 2 maps of 1 by 1. Below, fully connected: 2 bars, one for
    each class. The longest bar is that of class 1.
    """
    (_, h, w), (kernels, kh, kw), (maps, oh, ow), _, (pooled, ph, pw) = shapes
    best = max(range(len(scores)), key=lambda label: scores[label])
    return (
        f"From left to right: a digit of {h} by {w} pixels; {kernels} kernels of {kh} by {kw}; convolution, {maps} "
        f"signed maps of {oh} by {ow}; ReLU, the same {maps} maps with every negative value set to 0; pooling, "
        f"{pooled} maps of {ph} by {pw}. Below, fully connected: {len(scores)} bars, one for each class. The longest "
        f"bar is that of class {best}."
    )


def _draw_stage(axes: Axes, array: np.ndarray, role: Role, title: str, limit: float) -> None:
    if role == "kernel":
        draw_kernel(axes, array, title, fontsize=SMALL, margin=0.1)
    else:
        draw_picture(axes, array, signed_limit=limit if role == "output" else None)
        frame(axes, role, title)


def _draw_scores(axes: Axes, scores: np.ndarray) -> None:
    fills = [OUTLINE["output"] if score == scores.max() else FILL["output"] for score in scores]
    axes.barh(range(len(scores)), scores, color=fills, edgecolor=OUTLINE["output"])
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set(xticks=[], yticks=range(len(scores)), ylim=(len(scores) - 0.4, -0.6))
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=SMALL)
    write_title(axes, "fully connected")


def draw_matrices(matrices: Iterable[ArrayLike], titles: Sequence[str]) -> Figure:
    """Draw the weights of layers as matrices, one below the other, in signed colours; white is no connection.

    Args:
        matrices: each of shape (outputs, inputs), all of one shape.
        titles: one each.

    Returns:
        The figure, its alt text as its label.
    """
    arrays = [to_array(matrix) for matrix in matrices]
    outputs, inputs = arrays[0].shape
    cell = min(0.22, (WIDTH - 0.5) / inputs)
    figure = new_figure(len(arrays) * (cell * outputs + 0.62) + 0.5)
    limit = max(float(np.abs(array).max()) for array in arrays)
    panels = figure.subplots(len(arrays), 1, squeeze=False)
    for axes, array, title in zip(panels.flat, arrays, titles, strict=True):
        mesh = axes.pcolormesh(array, cmap=SIGNED, vmin=-limit, vmax=limit, edgecolors="#DDDDDD", linewidth=0.5)
        axes.set(aspect="equal", ylim=(outputs, 0))
        frame(axes, "kernel", title)
        axes.set_ylabel(f"{outputs} outputs", fontsize=SMALL, color=LETTERS["output"])
        axes.set_xlabel(f"{inputs} inputs", fontsize=SMALL, color=LETTERS["input"])
    draw_colour_bar(mesh, panels)
    figure.set_label(describe_matrices([array.tolist() for array in arrays], titles))
    return figure


def describe_matrices(matrices: Sequence[Grid], titles: Sequence[str]) -> str:
    """Say in words how many weights each matrix holds, and how many of them differ; this is the drawing's alt text.

    >>> describe_matrices([((1, 2, 0), (0, 1, 2))], ["shared"])
    'shared: 2 rows, 3 columns, 4 of 6 entries not zero, 2 different values, the same in every row.'
    >>> describe_matrices([((1, 2, 0), (0, 3, 4))], ["local"])
    'local: 2 rows, 3 columns, 4 of 6 entries not zero, 4 different values.'
    """

    def told(matrix: Grid, title: str) -> str:
        rows = [sorted(round(value, 4) for value in row if value) for row in matrix]  # rounding noise is no difference
        weights = [value for row in rows for value in row]
        shared = ", the same in every row" if all(row == rows[0] for row in rows) else ""
        return (
            f"{title}: {len(matrix)} rows, {len(matrix[0])} columns, {len(weights)} of {len(matrix) * len(matrix[0])} "
            f"entries not zero, {len(set(weights))} different values{shared}."
        )

    return " ".join(told(matrix, title) for matrix, title in zip(matrices, titles, strict=True))


def draw_gallery(
    rows: Sequence[Sequence[ArrayLike]], titles: Sequence[str], roles: Sequence[Role], *, alt: str
) -> Figure:
    """Draw rows of small pictures, each row under its title, more than four pictures on several lines.

    Args:
        rows: pictures of shape (H, W), as many in each row; kernels take signed colours, white at 0, on one scale;
            all others are grey in [0, 1].
        titles, roles: one for each row.
        alt: the figure's alt text.

    Returns:
        The figure, its alt text as its label.
    """
    strips = [np.stack([to_array(picture) for picture in row]) for row in rows]
    limits = [float(np.abs(strip).max()) for strip, role in zip(strips, roles, strict=True) if role == "kernel"]
    across = min(4, len(rows[0]))
    lines, side = -(-len(rows[0]) // across), 4 / across
    highs = [lines * side + (0.85 if role == "kernel" else 0.35) for role in roles]  # a kernel's scale stands below
    figure = new_figure(sum(highs), width=4)
    bands = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=highs).flat
    for band, strip, title, role in zip(bands, strips, titles, roles, strict=True):
        band.suptitle(title, fontsize=10, color=INK)
        panels = band.subplots(lines, across, squeeze=False)
        for axes in panels.flat[len(strip) :]:
            axes.axis("off")
        for axes, picture in zip(panels.flat, strip, strict=False):  # panels may be left over
            image = draw_picture(axes, picture, signed_limit=max(limits) if role == "kernel" else None)
            frame(axes, role, "")
        if role == "kernel":
            draw_colour_bar(image, panels)
    figure.set_label(alt)
    return figure
