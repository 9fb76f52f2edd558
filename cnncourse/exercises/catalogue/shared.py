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
    wide = rng.turn in (4, 10)  # room for a padding of 2
    kh, kw = rng.distinct(2, 4 if wide else 3 if rng.turn == 9 else 2, largest)
    if one_number := rng.turn in (1, 4, 6, 9):
        kw = kh
    settings: dict[str, Any] = {}
    sh, sw, ph, pw = kh, kw, 0, 0
    if rng.turn // 4 == 1:
        sh = sw = settings["stride"] = rng.choice([s for s in (1, 2, 3) if s < min(kh, kw)])
    elif rng.turn // 4 == 2:
        pairs = [(a, b) for a in range(1, kh + 1) for b in range(1, kw + 1) if a != b]
        pairs = [pair for pair in pairs if pair != (kh, kw) and (max(pair) > 2 or rng.turn != 9)]
        sh, sw = settings["stride"] = rng.choice(pairs)
    most = min(kh, kw) // 2
    if rng.turn % 3 == 1:
        ph = pw = settings["padding"] = most if wide else rng.integer(1, most)
    elif rng.turn % 3 == 2:
        ph, pw = settings["padding"] = rng.choice([(a, b) for a in range(most + 1) for b in range(most + 1) if a != b])

    def fits(n: int, k: int, s: int, p: int) -> bool:
        left_over = {0: range(s - 1, s), 3: range(s - 1, s), 6: range(1, s), 9: range(1, 2)}
        return s == 1 or (n + 2 * p - k) % s in left_over.get(rng.turn, (0,))

    h = rng.choice([n for n in sizes if fits(n, kh, sh, ph)])
    w = rng.choice([n for n in sizes if n != h and fits(n, kw, sw, pw)])
    return kh if one_number else (kh, kw), settings, (h, w)
