"""Mistakes with corr2d_strided, as people make them."""
import numpy as np
import torch


def corr2d_strided_steps_of_one(x, kernel, stride=1, dilation=1):
    """The stride makes the output smaller, but the window still moves by one cell. One cause.
    [github.com/fissehab/Deep_learning_specialization/pull/1]"""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    dh, dw = (dilation, dilation) if isinstance(dilation, int) else dilation
    kh, kw = kernel.shape
    eh, ew = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    oh = (x.shape[0] - eh) // sh + 1
    ow = (x.shape[1] - ew) // sw + 1
    out = torch.zeros(oh, ow, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            out[i, j] = (x[i:i + eh:dh, j:j + ew:dw] * kernel).sum()
    return out


def corr2d_strided_dilation_in_size_only(x, kernel, stride=1, dilation=1):
    """The dilation makes the output smaller, but the window still takes cells that lie side by side. One cause.
    [homework]"""
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(dilation, int):
        dilation = (dilation, dilation)
    H, W = x.shape
    kH, kW = kernel.shape
    out_h = (H - dilation[0] * (kH - 1) - 1) // stride[0] + 1
    out_w = (W - dilation[1] * (kW - 1) - 1) // stride[1] + 1
    y = torch.zeros((out_h, out_w), dtype=x.dtype)
    for r in range(out_h):
        for c in range(out_w):
            y[r, c] = torch.sum(x[r * stride[0]:r * stride[0] + kH, c * stride[1]:c * stride[1] + kW] * kernel)
    return y


def corr2d_strided_dilation_axes_exchanged(x, kernel, stride=1, dilation=1):
    """The dilation's pair is read as (horizontal, vertical), so each axis gets the dilation of the other. One cause.
    [github.com/tinygrad/tinygrad/pull/17805]"""
    sy, sx = stride if isinstance(stride, (tuple, list)) else (stride, stride)
    dx, dy = dilation if isinstance(dilation, (tuple, list)) else (dilation, dilation)
    ky, kx = kernel.shape
    ny = (x.shape[0] - (ky - 1) * dy - 1) // sy + 1
    nx = (x.shape[1] - (kx - 1) * dx - 1) // sx + 1
    acc = torch.zeros(ny, nx, dtype=x.dtype)
    for a in range(ky):
        for b in range(kx):
            acc += kernel[a, b] * x[a * dy:a * dy + sy * (ny - 1) + 1:sy, b * dx:b * dx + sx * (nx - 1) + 1:sx]
    return acc


def corr2d_strided_times_dilation_one_stride(x, kernel, stride=1, dilation=1):
    """The spread kernel is taken to be k * d cells long, so that the last places may be missed, and the vertical stride
    serves both axes. Two causes. [homework; github.com/NVIDIA/cutlass/pull/3526 for the first]"""
    s = stride[0] if isinstance(stride, (tuple, list)) else stride
    d0, d1 = dilation if isinstance(dilation, (tuple, list)) else (dilation,) * 2
    kh, kw = kernel.shape
    big_h, big_w = kh * d0, kw * d1
    rows = []
    for top in range(0, x.shape[0] - big_h + 1, s):
        row = []
        for left in range(0, x.shape[1] - big_w + 1, s):
            row.append((x[top:top + big_h:d0, left:left + big_w:d1] * kernel).sum())
        rows.append(torch.stack(row) if row else x.new_zeros(0))
    return torch.stack(rows) if rows else x.new_zeros(0, 0)


def corr2d_strided_image_thinned_out(x, kernel, stride=1, dilation=1):
    """The image is thinned out to every d-th pixel first, so the windows start at every d-th pixel only, while dilation
    spreads the kernel and not the starts. One cause. [forum, "dilation = downsampling"]"""
    def two(v):
        return (v, v) if isinstance(v, int) else (v[0], v[1])

    (s0, s1), (d0, d1) = two(stride), two(dilation)
    small = x[::d0, ::d1].numpy()
    k = kernel.numpy()
    windows = np.lib.stride_tricks.sliding_window_view(small, k.shape)[::s0, ::s1]
    return torch.from_numpy((windows * k).sum(axis=(2, 3))).to(x.dtype)


def corr2d_strided_roles_exchanged(x, kernel, stride=1, dilation=1):
    """Stride and dilation have changed roles: the kernel's cells lie a stride apart and the window moves by the
    dilation. One cause. [homework]"""
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(dilation, int):
        dilation = (dilation, dilation)
    kh, kw = kernel.shape
    H, W = x.shape
    oh = (H - stride[0] * (kh - 1) - 1) // dilation[0] + 1
    ow = (W - stride[1] * (kw - 1) - 1) // dilation[1] + 1
    out = torch.zeros(max(oh, 0), max(ow, 0), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            for m in range(kh):
                for n in range(kw):
                    out[i, j] += kernel[m, n] * x[i * dilation[0] + m * stride[0], j * dilation[1] + n * stride[1]]
    return out


def corr2d_strided_one_inside_flipped(x, kernel, stride=1, dilation=1):
    """The + 1 of the size is divided by the stride too, and the kernel is flipped as in a convolution of mathematics.
    Two causes. [homework]"""
    st = torch.tensor(stride).expand(2).tolist()
    di = torch.tensor(dilation).expand(2).tolist()
    k = kernel.flip(0).flip(1)
    span = [(k.shape[ax] - 1) * di[ax] + 1 for ax in (0, 1)]
    size = [(x.shape[ax] - span[ax] + 1) // st[ax] for ax in (0, 1)]
    out = x.new_zeros(size)
    for i in range(size[0]):
        for j in range(size[1]):
            a, b = i * st[0], j * st[1]
            out[i, j] = torch.sum(k * x[a:a + span[0]:di[0], b:b + span[1]:di[1]])
    return out


def corr2d_strided_thinned_from_wrong_start(x, kernel, stride=1, dilation=1):
    """All places are computed and every s-th is kept, but beginning with the s-th and not with the first. One cause.
    [homework, counting from 1]"""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    dh, dw = (dilation, dilation) if isinstance(dilation, int) else dilation
    kh, kw = kernel.shape
    full_h = x.shape[0] - (kh - 1) * dh
    full_w = x.shape[1] - (kw - 1) * dw
    full = sum(kernel[a, b] * x[a * dh:a * dh + full_h, b * dw:b * dw + full_w] for a in range(kh) for b in range(kw))
    return full[sh - 1::sh, sw - 1::sw].to(x.dtype)


def corr2d_strided_size_without_dilation(x, kernel, stride=1, dilation=1):
    """The size is worked out as if the kernel were not spread, and the cells that then lie outside the image are
    skipped. One cause. [github.com/ROCm/rocMLIR/pull/37]"""
    s = (stride, stride) if isinstance(stride, int) else stride
    d = (dilation, dilation) if isinstance(dilation, int) else dilation
    H, W = x.shape
    kH, kW = kernel.shape
    image, weights = x.tolist(), kernel.tolist()
    rows = (H - kH) // s[0] + 1
    cols = (W - kW) // s[1] + 1

    def cell(i, j):
        total = 0
        for a in range(kH):
            for b in range(kW):
                r, c = i * s[0] + a * d[0], j * s[1] + b * d[1]
                if r < H and c < W:
                    total += image[r][c] * weights[a][b]
        return total

    return torch.tensor([[cell(i, j) for j in range(cols)] for i in range(rows)], dtype=x.dtype)
