"""What several exercises share: how cases are written and drawn."""

from typing import Any

import torch
from torch import Tensor

from cnncourse.exercises.model import Draw


def floats(*values: Any) -> Tensor:
    """Write a float tensor, by its numbers or by its rows; whole numbers need no point."""
    return torch.tensor(values, dtype=torch.float32)


def draw_pooling(rng: Draw, largest: int, sizes: range) -> tuple[Any, dict[str, Any], tuple[int, int]]:
    """Draw a window's size of 2 to ``largest``, a kind of stride and of padding, and the size of an image.

    With padding the last window reaches the padded input's end; without, rows and columns are left over, where the
    stride allows it.
    """
    kh, kw = rng.distinct(2, 2, largest)
    if one_number := rng.turn in (1, 4, 6, 9):
        kw = kh
    settings: dict[str, Any] = {}
    sh, sw, ph, pw = kh, kw, 0, 0
    if rng.turn // 4 == 1:
        sh = sw = settings["stride"] = rng.choice([s for s in (1, 2, 3) if s < min(kh, kw)])
    elif rng.turn // 4 == 2:
        pairs = [(a, b) for a in range(1, kh + 1) for b in range(1, kw + 1) if a != b]
        sh, sw = settings["stride"] = rng.choice([pair for pair in pairs if pair != (kh, kw)])
    most = min(kh, kw) // 2
    if rng.turn % 3 == 1:
        ph = pw = settings["padding"] = rng.integer(1, most)
    elif rng.turn % 3 == 2:
        ph, pw = settings["padding"] = rng.choice([(a, b) for a in range(most + 1) for b in range(most + 1) if a != b])

    def fits(n: int, k: int, s: int, p: int) -> bool:
        return s == 1 or ((n + 2 * p - k) % s == 0) == bool(rng.turn % 3)

    h = rng.choice([n for n in sizes if fits(n, kh, sh, ph)])
    w = rng.choice([n for n in sizes if n != h and fits(n, kw, sw, pw)])
    return kh if one_number else (kh, kw), settings, (h, w)
