"""Mistakes with global_average, as people make them."""
import numpy as np
import torch


def global_average_axes_kept(x):
    """One cause: the averaged axes are kept with size 1, (N, C, 1, 1), as AdaptiveAvgPool2d(1) leaves them.
    [forum, missing flatten after adaptive average pooling]"""
    return x.mean(dim=(2, 3), keepdim=True)


def global_average_square_image(x):
    """One cause: the sum is divided by H * H, as if every image were square. [homework]"""
    n, c, h, _ = x.shape
    out = torch.zeros(n, c, dtype=x.dtype)
    for i in range(n):
        for j in range(c):
            out[i, j] = x[i, j].sum() / h ** 2
    return out


def global_average_channels_mixed_by_view(x):
    """One cause: the image is reshaped to (N, H * W, C) without moving the channel axis, so cells of different channels
    are averaged together. [forum, view where permute is needed]"""
    N, C, H, W = x.shape
    cells = x.reshape(N, H * W, C)
    return cells.mean(dim=1)


def global_average_one_axis_and_float32(x):
    """Two causes: the sum over both axes is divided by the height only; and the result is always float32, whatever the
    input's dtype. [homework]"""
    a = x.detach().numpy()
    sums = np.einsum("nchw->nc", a)
    return torch.from_numpy((sums / a.shape[2]).astype(np.float32))
