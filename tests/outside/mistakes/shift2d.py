"""Mistakes with shift2d, as people make them."""
import torch


def shift2d_rolled_around(x, down=0, right=0):
    """One cause: roll brings what leaves the frame in again on the other side.
    [https://codegive.com/blog/numpy_roll_without_wrapping.php]"""
    return torch.roll(x, shifts=(down, right), dims=(0, 1))


def shift2d_other_way(x, down=0, right=0):
    """One cause: z[i, j] is taken from x[i + down, j + right], so the image moves up and to the left. [homework]"""
    H, W = x.shape
    z = torch.zeros_like(x)
    for i in range(H):
        for j in range(W):
            r, c = i + down, j + right
            if 0 <= r < H and 0 <= c < W:
                z[i, j] = x[r, c]
    return z


def shift2d_axes_exchanged_never_back(x, down=0, right=0):
    """Two causes: down moves along the columns and right along the rows, as x and y; and the sign is lost, so negative
    moves go the same way as positive ones. [homework]"""
    h, w = x.shape
    dy, dx = abs(right), abs(down)
    z = torch.zeros_like(x)
    if dy < h and dx < w:
        z[dy:, dx:] = x[:h - dy, :w - dx]
    return z
