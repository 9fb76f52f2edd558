"""Pictures with labels, to learn from: handwritten digits that come inside scikit-learn."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor


def digits() -> tuple[Tensor, Tensor]:
    """Load 1,797 handwritten digits of 8x8 pixels.

    Returns:
        images: shape (1797, 8, 8), float32 in [0, 1], multiples of 1/16: 0 is blank, 1 is ink.
        labels: shape (1797,), int64 from 0 to 9.

    Raises:
        ModuleNotFoundError: scikit-learn, whose package holds the file, is not installed.

    Source: the test set of "Optical Recognition of Handwritten Digits", Alpaydin and Kaynak 1998, CC BY 4.0, as it
        comes with scikit-learn.

    >>> images, labels = digits()
    >>> images.shape, labels[:5].tolist()
    (torch.Size([1797, 8, 8]), [0, 1, 2, 3, 4])
    """
    import numpy as np

    package = find_spec("sklearn")  # found, not imported: that would take a second
    if package is None:
        raise ModuleNotFoundError("scikit-learn holds the digits and is not installed; pip install scikit-learn")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(path, delimiter=",", dtype=np.float32)  # (1797, 65): 64 pixels from 0 to 16, and the label
    images = torch.from_numpy(table[:, :64]).reshape(-1, 8, 8) / 16
    labels = torch.from_numpy(table[:, 64]).long()
    return images, labels
