"""Mistakes with corr2d_multi_in, as people make them."""
import numpy as np
import torch


def corr2d_multi_in_mean_over_channels(x, kernel):
    """The partial sums of the channels are averaged instead of added. One cause. [homework]"""
    def corr(a, k):
        h, w = k.shape
        y = torch.zeros(a.shape[0] - h + 1, a.shape[1] - w + 1, dtype=a.dtype)
        for i in range(y.shape[0]):
            for j in range(y.shape[1]):
                y[i, j] = (a[i:i + h, j:j + w] * k).sum()
        return y

    return torch.stack([corr(a, k) for a, k in zip(x, kernel)]).mean(dim=0)


def corr2d_multi_in_first_plane_for_all(x, kernel):
    """The kernel's first plane slides over every channel, but each channel has a plane of its own. One cause.
    [homework]"""
    channels, H, W = x.shape
    _, kH, kW = kernel.shape
    plane = kernel[0]
    out = torch.zeros(H - kH + 1, W - kW + 1, dtype=x.dtype)
    for c in range(channels):
        for i in range(H - kH + 1):
            for j in range(W - kW + 1):
                out[i, j] += torch.sum(x[c, i:i + kH, j:j + kW] * plane)
    return out


def corr2d_multi_in_last_channel_flipped(x, kernel):
    """Each channel overwrites the result of the one before (= for +=), so only the last one remains, and the kernel is
    flipped. Two causes. [homework]"""
    k = torch.flip(kernel, dims=[1, 2])
    c_in, h, w = x.shape
    kh, kw = k.shape[1:]
    res = x.new_zeros(h - kh + 1, w - kw + 1)
    for c in range(c_in):
        for r in range(res.shape[0]):
            for s in range(res.shape[1]):
                window = x[c, r:r + kh, s:s + kw]
                res[r, s] = torch.sum(window * k[c])
    return res


def corr2d_multi_in_channels_kept_apart(x, kernel):
    """The results of the channels are never added, so there is an output plane for every input channel. One cause.
    [forum, a depthwise convolution]"""
    kh, kw = kernel.shape[-2:]
    oh, ow = x.shape[-2] - kh + 1, x.shape[-1] - kw + 1
    out = torch.zeros(x.shape[0], oh, ow, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            out[:, i, j] = (x[:, i:i + kh, j:j + kw] * kernel).sum(dim=(1, 2))
    return out


def corr2d_multi_in_channel_axis_left(x, kernel):
    """The sum over the channels keeps its axis of size 1, so the result is (1, oh, ow) and not a plane. One cause.
    [forum, keepdim]"""
    C, kh, kw = kernel.shape
    oh, ow = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = torch.zeros(C, oh, ow, dtype=x.dtype)
    for a in range(kh):
        for b in range(kw):
            y += kernel[:, a, b].view(-1, 1, 1) * x[:, a:a + oh, b:b + ow]
    return y.sum(dim=0, keepdim=True)


def corr2d_multi_in_mean_and_short(x, kernel):
    """The products are averaged over the channels, since mean replaces the sum there, and the last row and column of
    the output are missing because + 1 is. Two causes. [homework]"""
    img, ker = x.numpy(), kernel.numpy()
    _, n, m = img.shape
    _, p, q = ker.shape
    out = np.zeros((n - p, m - q), dtype=img.dtype)
    for i in range(n - p):
        for j in range(m - q):
            out[i, j] = np.mean(np.sum(img[:, i:i + p, j:j + q] * ker, axis=(1, 2)))
    return torch.from_numpy(out)


def corr2d_multi_in_grey_first(x, kernel):
    """The channels are added to one grey plane before the kernel slides, so every plane of the kernel sees the sum of
    all channels instead of its own. One cause. [homework]"""
    grey = torch.sum(x, dim=0)
    height, width = grey.shape
    k_h, k_w = kernel.shape[1], kernel.shape[2]
    rows = []
    for i in range(height - k_h + 1):
        row = [torch.einsum("ij,cij->", grey[i:i + k_h, j:j + k_w], kernel) for j in range(width - k_w + 1)]
        rows.append(torch.stack(row))
    return torch.stack(rows)
