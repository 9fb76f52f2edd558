"""Pictures to try things on: photographs that come inside scikit-learn, a stripe, and a shift."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from cnncourse.checks import require_images, require_int, require_pair, require_tensor

PHOTOGRAPHS = ("china", "flower")


def photograph(name: str) -> Tensor:
    """Load a real colour photograph.

    Args:
        name: "china" (a temple under trees) or "flower" (a dahlia).

    Returns:
        Shape (3, 427, 640): red, green and blue planes, float32 in [0, 1].

    Raises:
        ValueError: no photograph of that name.
        ModuleNotFoundError: scikit-learn, whose package holds the pictures, is not installed.

    Source: scikit-learn's sample images, CC BY 2.0, from Flickr: "china" by danielbuechele, "flower" by vultilion.

    >>> photograph("china").shape
    torch.Size([3, 427, 640])
    """
    import numpy as np
    from PIL import Image

    if name not in PHOTOGRAPHS:
        raise ValueError(f"name is {name!r}; expected one of {', '.join(PHOTOGRAPHS)}")
    package = find_spec("sklearn")  # found, not imported: that would take a second
    if package is None or package.origin is None:
        raise ModuleNotFoundError("scikit-learn holds the photographs and is not installed; pip install scikit-learn")
    path = Path(package.origin).parent / "datasets" / "images" / f"{name}.jpg"
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()  # (H, W, 3) -> (3, H, W)


def to_gray(x: Tensor) -> Tensor:
    """Weigh red, green and blue as the eye does (ITU-R BT.601).

    Args:
        x: colour image, shape (3, H, W).

    Returns:
        Shape (H, W), dtype of ``x`` where that is a float, else float32: the weights are fractions.

    Raises:
        TypeError: not a tensor of numbers.
        ValueError: not three planes.

    Source: ITU-R BT.601.

    >>> to_gray(torch.ones(3, 1, 2)).tolist()
    [[1.0, 1.0]]
    """
    require_tensor("x", x, "3, H, W")
    if x.shape[0] != 3:
        remedy = "; use x.permute(2, 0, 1)" if x.shape[-1] == 3 else ""
        raise ValueError(f"x has shape {tuple(x.shape)}; expected (3, H, W): red, green and blue planes{remedy}")
    red, green, blue = x
    return 0.299 * red + 0.587 * green + 0.114 * blue


def stripe(h: int = 6, w: int = 8, left: int = 2, right: int = 6) -> Tensor:
    """Make a white image with a black vertical stripe.

    Args:
        h, w: size of the image.
        left, right: the stripe covers columns ``left`` to ``right - 1``.

    Returns:
        Shape (H, W), float32: 1 is white, 0 is black.

    Raises:
        TypeError, ValueError: not whole numbers, or not 0 <= left <= right <= w.

    Source: chapter "Cross-correlation".

    >>> stripe(1, 8).tolist()
    [[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]]
    """
    h, w = require_pair("(h, w)", (h, w), 1)
    left, right = require_pair("(left, right)", (left, right), 0)
    if not left <= right <= w:
        raise ValueError(f"left is {left} and right is {right}; expected left <= right <= w, and w is {w}")
    x = torch.ones(h, w)
    x[:, left:right] = 0
    return x


def shift2d(x: Tensor, *, down: int = 0, right: int = 0) -> Tensor:
    """Move an image; zeros come in where it left, and what leaves the frame is lost.

    Args:
        x: shape (..., H, W).
        down, right: rows and columns to move; negative moves up and left.

    Returns:
        Shape and dtype of ``x``, with z[..., i, j] = x[..., i - down, j - right].

    Raises:
        TypeError: not whole numbers.
        ValueError: moved by more than the image's size.

    Source: chapter "Why convolutions?".

    >>> shift2d(torch.tensor([[1, 2, 3]]), right=1).tolist()
    [[0, 1, 2]]
    """
    require_images("x", x)
    h, w = x.shape[-2:]
    down, right = require_int("down", down, -h), require_int("right", right, -w)
    if down > h or right > w:
        raise ValueError(f"down is {down} and right is {right}; expected at most {h} and {w}, the size of x")
    z = torch.zeros_like(x)
    z[..., max(down, 0) : h + min(down, 0), max(right, 0) : w + min(right, 0)] = x[
        ..., max(-down, 0) : h - max(down, 0), max(-right, 0) : w - max(right, 0)
    ]
    return z
