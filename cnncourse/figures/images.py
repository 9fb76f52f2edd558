"""Pictures and feature maps side by side: what every chapter shows of photographs and digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import WIDTH, Role, draw_colour_bar, draw_picture, frame, new_figure, to_array


def draw_images(
    images: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    alt: str,
    roles: Sequence[Role] | None = None,
    signed_limit: float | None = None,
    columns: int = 3,
) -> Figure:
    """Draw pictures and feature maps side by side.

    Args:
        images: each of shape (H, W), or (3, H, W) for colour; grey and colour values in [0, 1].
        titles: one each.
        alt: the figure's alt text.
        roles: one each, gives the frame; by default an input first, then outputs.
        signed_limit: feature maps (role "output") take signed colours, white at 0, full at plus and minus this.
        columns: pictures in a row.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: no images, or not one title and one role for each.
    """
    arrays = [to_array(image) for image in images]
    framed = _input_first(len(arrays)) if roles is None else roles
    _require_one_each(len(arrays), titles=titles, roles=framed)
    figure, panels = _new_pictures(arrays, columns, room=0.5 if signed_limit else 0)
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


def _new_pictures(arrays: Sequence[np.ndarray], columns: int, *, room: float) -> tuple[Figure, np.ndarray]:
    """Make a figure with a panel for each picture, nothing visible yet; ``room`` is left below, in inches."""
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    h, w = arrays[0].shape[-2:]
    figure = new_figure(rows * ((WIDTH / columns - 0.12) * h / w + 0.36) + room)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.axis("off")
    return figure, panels
