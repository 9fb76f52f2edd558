"""Mistakes with visits, as people make them."""
import numpy as np
import torch


def visits_large_kernels_uncapped(size, kernel_size, padding=(0, 0)):
    """One cause: along an axis a pixel counts min(distance to both borders, k), without the cap by the number of places
    where the window stands, which a large kernel needs. [homework, closed formula]"""
    def along(n, k, p):
        i = torch.arange(n)
        near = torch.minimum(i + p + 1, n - i + p)
        return near.clamp(max=k)

    rows = along(size[0], kernel_size[0], padding[0])
    cols = along(size[1], kernel_size[1], padding[1])
    return rows[:, None] * cols[None, :]


def visits_corner_cut_and_float(size, kernel_size, padding=(0, 0)):
    """Two causes: the first H rows and W columns of the padded frame are returned, which still hold the padding at the
    top and left; and the counts are floats. [homework]"""
    H, W = size
    ph, pw = padding
    seen = torch.zeros(H + 2 * ph, W + 2 * pw)
    for i in range(H + 2 * ph - kernel_size[0] + 1):
        for j in range(W + 2 * pw - kernel_size[1] + 1):
            seen[i:i + kernel_size[0], j:j + kernel_size[1]] += 1
    return seen[:H, :W]


def visits_last_place_missed(size, kernel_size, padding=(0, 0)):
    """One cause: the window has H - kH places, without the + 1, so the last row and column of windows are missed.
    [homework, off by one in range]"""
    (h, w), (kh, kw), (ph, pw) = size, kernel_size, padding
    count = np.zeros((h, w), dtype=np.int64)
    for top in range(-ph, h + ph - kh):
        for left in range(-pw, w + pw - kw):
            for r in range(max(top, 0), min(top + kh, h)):
                for c in range(max(left, 0), min(left + kw, w)):
                    count[r, c] += 1
    return torch.from_numpy(count)
