"""Mistakes with pool2d, as people make them."""
import math

import numpy as np
import torch
import torch.nn.functional as F


def pool2d_zero_padding_in_max(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: the maximum is padded with zeros too, so where all real cells are negative the padding wins.
    [https://gitlab.eclipse.org/eclipse/aidge/aidge_core/-/merge_requests/447]"""
    if stride is None:
        stride = kernel_size
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    padded = F.pad(x, (pw, pw, ph, ph), value=0)
    H, W = padded.shape[-2:]
    oh, ow = (H - kh) // sh + 1, (W - kw) // sw + 1
    out = torch.zeros(*x.shape[:-2], oh, ow, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            window = padded[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                out[..., i, j] = window.amax(dim=(-2, -1))
            else:
                out[..., i, j] = window.mean(dim=(-2, -1))
    return out


def pool2d_steps_without_stride(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: the stride is used for the size of the output, but the windows start at (i, j), not at
    (i * stride, j * stride). [homework, numpy pooling in nested loops]"""
    def pair(v):
        return tuple(v) if isinstance(v, (tuple, list)) else (v, v)

    k = pair(kernel_size)
    s = k if stride is None else pair(stride)
    p = pair(padding)
    fill = float("-inf") if mode == "max" else 0.0
    xp = F.pad(x, (p[1], p[1], p[0], p[0]), value=fill)
    n_rows = 1 + (xp.shape[-2] - k[0]) // s[0]
    n_cols = 1 + (xp.shape[-1] - k[1]) // s[1]
    rows = []
    for r in range(n_rows):
        row = []
        for c in range(n_cols):
            patch = xp[..., r:r + k[0], c:c + k[1]].flatten(-2)
            row.append(patch.max(-1).values if mode == "max" else patch.mean(-1))
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)


def pool2d_partial_windows(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: the size is rounded up, so a last window that hangs over the end is kept as well, as Caffe does.
    [https://github.com/BVLC/caffe/issues/4773]"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
    if stride is None:
        sh, sw = kh, kw
    else:
        sh, sw = stride if isinstance(stride, tuple) else (stride,) * 2
    ph, pw = padding if isinstance(padding, tuple) else (padding,) * 2
    img = F.pad(x, (pw, pw, ph, ph), value=-math.inf if mode == "max" else 0)
    h_out = math.ceil((img.size(-2) - kh) / sh) + 1
    w_out = math.ceil((img.size(-1) - kw) / sw) + 1
    if (h_out - 1) * sh >= img.size(-2):  # it would start beyond the end
        h_out -= 1
    if (w_out - 1) * sw >= img.size(-1):
        w_out -= 1
    result = x.new_empty(x.shape[:-2] + (h_out, w_out))
    for y in range(h_out):
        for z in range(w_out):
            cells = img[..., y * sh:min(y * sh + kh, img.size(-2)), z * sw:min(z * sw + kw, img.size(-1))]
            result[..., y, z] = cells.amax((-1, -2)) if mode == "max" else cells.mean((-1, -2))
    return result


def pool2d_stride_one_and_real_mean(x, kernel_size, mode="max", stride=None, padding=0):
    """Two causes: without a stride the window moves by one cell, as in a convolution; and the average divides by the
    number of real cells, so the padding does not count. [homework; https://github.com/sail-sg/poolformer/issues/27]"""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    stride = stride or 1
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    H, W = x.shape[-2:]
    oh = (H + 2 * ph - kh) // sh + 1
    ow = (W + 2 * pw - kw) // sw + 1
    out = torch.empty(x.shape[:-2] + (oh, ow), dtype=x.dtype)
    for i in range(oh):
        top, bottom = i * sh - ph, i * sh - ph + kh
        for j in range(ow):
            left, right = j * sw - pw, j * sw - pw + kw
            real = x[..., max(top, 0):min(bottom, H), max(left, 0):min(right, W)]
            if mode == "max":
                out[..., i, j] = real.amax(dim=(-2, -1))
            else:
                n_cells = real.shape[-2] * real.shape[-1]
                out[..., i, j] = real.sum(dim=(-2, -1)) / n_cells
    return out


def pool2d_pair_is_x_then_y(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: the pair of the kernel size is read as (width, height), while stride and padding are read rightly.
    [forum, OpenCV habit]"""
    as_pair = lambda v: (v, v) if isinstance(v, int) else tuple(v)
    kw, kh = as_pair(kernel_size)
    sh, sw = as_pair(kernel_size if stride is None else stride)
    ph, pw = as_pair(padding)
    a = x.detach().numpy()
    width = [(0, 0)] * (a.ndim - 2) + [(ph, ph), (pw, pw)]
    a = np.pad(a, width, constant_values=-np.inf if mode == "max" else 0)
    view = np.lib.stride_tricks.sliding_window_view(a, (kh, kw), axis=(-2, -1))
    view = view[..., ::sh, ::sw, :, :]
    pooled = view.max(axis=(-2, -1)) if mode == "max" else view.mean(axis=(-2, -1))
    return torch.from_numpy(np.ascontiguousarray(pooled))


def pool2d_pad_axes_exchanged(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: F.pad wants the last axis first, but the vertical padding is given first, so rows are padded by the
    horizontal padding and columns by the vertical one. [forum, questions about the order of F.pad]"""
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size, kernel_size)
    if stride is None:
        stride = kernel_size
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(padding, int):
        padding = (padding, padding)
    ph, pw = padding
    x = F.pad(x, (ph, ph, pw, pw), value=float("-inf") if mode == "max" else 0.0)
    tops = range(0, x.shape[-2] - kernel_size[0] + 1, stride[0])
    lefts = range(0, x.shape[-1] - kernel_size[1] + 1, stride[1])
    reduce = torch.amax if mode == "max" else torch.mean
    return torch.stack([
        torch.stack([reduce(x[..., t:t + kernel_size[0], s:s + kernel_size[1]], dim=(-2, -1)) for s in lefts], dim=-1)
        for t in tops], dim=-2)


def pool2d_running_max_from_zero(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: the search for the largest cell starts from 0, so a window of negative cells gives 0.
    [Stack Overflow, finding a maximum with max_val = 0]"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    sh, sw = (kh, kw) if stride is None else stride if isinstance(stride, tuple) else (stride, stride)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    height, width = x.shape[-2], x.shape[-1]
    out_h = (height + 2 * ph - kh) // sh + 1
    out_w = (width + 2 * pw - kw) // sw + 1
    out = torch.zeros(list(x.shape[:-2]) + [out_h, out_w], dtype=x.dtype)
    for i in range(out_h):
        for j in range(out_w):
            best = torch.zeros(x.shape[:-2], dtype=x.dtype)
            total = torch.zeros(x.shape[:-2], dtype=x.dtype)
            for a in range(kh):
                for b in range(kw):
                    r = i * sh + a - ph
                    c = j * sw + b - pw
                    if 0 <= r < height and 0 <= c < width:
                        best = torch.maximum(best, x[..., r, c])
                        total = total + x[..., r, c]
            out[..., i, j] = best if mode == "max" else total / (kh * kw)
    return out


def pool2d_max_over_everything(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: max() and mean() are called without axes, so they run over all images and channels, not over each by
    itself. [homework, numpy pooling]"""
    def two(v):
        return (v, v) if not isinstance(v, (tuple, list)) else v

    (kh, kw), (ph, pw) = two(kernel_size), two(padding)
    sh, sw = two(stride) if stride is not None else (kh, kw)
    pad_with = -torch.inf if mode == "max" else 0
    xp = F.pad(x, [pw, pw, ph, ph], "constant", pad_with)
    oh = (xp.shape[-2] - kh) // sh + 1
    ow = (xp.shape[-1] - kw) // sw + 1
    y = torch.zeros(*x.shape[:-2], oh, ow, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            w = xp[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            y[..., i, j] = w.max() if mode == "max" else w.mean()
    return y


def pool2d_square_divisor_and_zero_max(x, kernel_size, mode="max", stride=None, padding=0):
    """Two causes: the sum is divided by the square of the kernel's height, also when the window is not square; and the
    maximum sees the zeros of the padding. [homework]"""
    ks = kernel_size if isinstance(kernel_size, (tuple, list)) else [kernel_size] * 2
    st = ks if stride is None else stride if isinstance(stride, (tuple, list)) else [stride] * 2
    pd = padding if isinstance(padding, (tuple, list)) else [padding] * 2
    *lead, H, W = x.shape
    big = x.new_full((*lead, H + 2 * pd[0], W + 2 * pd[1]), 0.0)
    big[..., pd[0]:pd[0] + H, pd[1]:pd[1] + W] = x
    oh = (H + 2 * pd[0] - ks[0]) // st[0] + 1
    ow = (W + 2 * pd[1] - ks[1]) // st[1] + 1
    # all cells at the same place of their window, as one slice
    shifted = [big[..., a:a + (oh - 1) * st[0] + 1:st[0], b:b + (ow - 1) * st[1] + 1:st[1]]
               for a in range(ks[0]) for b in range(ks[1])]
    if mode == "max":
        return torch.stack(shifted).amax(0)
    return torch.stack(shifted).sum(0) / ks[0] ** 2


def pool2d_padding_once_in_size(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: the size formula counts the padding once, H + p - k, though it comes on both sides, so the last
    windows are missing. [https://github.com/pjreddie/darknet/issues/1680]"""
    kh, kw = (kernel_size, kernel_size) if type(kernel_size) is int else kernel_size
    if stride is None:
        stride = (kh, kw)
    sh, sw = (stride, stride) if type(stride) is int else stride
    ph, pw = (padding, padding) if type(padding) is int else padding
    h, w = x.shape[-2:]
    oh = (h + ph - kh) // sh + 1
    ow = (w + pw - kw) // sw + 1
    neg = float("-inf") if mode == "max" else 0.0
    padded = torch.full(x.shape[:-2] + (h + 2 * ph, w + 2 * pw), neg, dtype=x.dtype)
    padded[..., ph:ph + h, pw:pw + w] = x
    rows = (torch.arange(oh) * sh)[:, None] + torch.arange(kh)
    cols = (torch.arange(ow) * sw)[:, None] + torch.arange(kw)
    windows = padded[..., rows[:, None, :, None], cols[None, :, None, :]]
    if mode == "max":
        return windows.amax(dim=(-2, -1))
    return windows.mean(dim=(-2, -1))


def pool2d_average_is_a_sum(x, kernel_size, mode="max", stride=None, padding=0):
    """One cause: the cells of the window are added up but never divided by their number. [homework]"""
    def tup(v):
        return v if isinstance(v, tuple) else (v, v)

    kernel, pad = tup(kernel_size), tup(padding)
    step = kernel if stride is None else tup(stride)
    lead = x.shape[:-2]
    planes = x.reshape(-1, x.shape[-2], x.shape[-1])
    if mode == "max":
        planes = F.pad(planes, (pad[1], pad[1], pad[0], pad[0]), value=-float("inf"))
    else:
        planes = F.pad(planes, (pad[1], pad[1], pad[0], pad[0]))
    outputs = []
    for plane in planes:
        grid = []
        for top in range(0, plane.shape[0] - kernel[0] + 1, step[0]):
            line = []
            for left in range(0, plane.shape[1] - kernel[1] + 1, step[1]):
                window = plane[top:top + kernel[0], left:left + kernel[1]]
                line.append(window.max() if mode == "max" else window.sum())
            grid.append(torch.stack(line))
        outputs.append(torch.stack(grid))
    out = torch.stack(outputs)
    return out.reshape(*lead, *out.shape[1:])


def pool2d_last_window_lost_one_stride(x, kernel_size, mode="max", stride=None, padding=0):
    """Two causes: the range of the starts ends at H - k, without the + 1, so a last window that just fits is lost; and
    the vertical stride is used for both axes. [homework, off by one in range]"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    if stride is None:
        sy, sx = kh, kw
    elif isinstance(stride, tuple):
        sy, sx = stride
    else:
        sy = sx = stride
    py, px = padding if isinstance(padding, tuple) else (padding, padding)
    pad_value = {"max": float("-inf"), "avg": 0.0}[mode]
    xp = F.pad(x, (px, px, py, py), value=pad_value)
    ys = list(range(0, xp.shape[-2] - kh, sy))
    xs = list(range(0, xp.shape[-1] - kw, sy))
    out = torch.empty(*xp.shape[:-2], len(ys), len(xs), dtype=x.dtype)
    for i, y0 in enumerate(ys):
        for j, x0 in enumerate(xs):
            block = xp[..., y0:y0 + kh, x0:x0 + kw]
            out[..., i, j] = block.amax(dim=-1).amax(dim=-1) if mode == "max" else block.mean(dim=-1).mean(dim=-1)
    return out
