"""Mistakes with average_of_real, as people make them."""
import torch
import torch.nn.functional as F


def average_of_real_zeros_taken_for_padding(x, kernel_size, stride=None, padding=0):
    """One cause: the cells that are not zero are counted, so a real zero is taken for padding.
    [https://github.com/onnx/onnx/issues/1384]"""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    if stride is None:
        stride = kernel_size
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    xp = F.pad(x, (pw, pw, ph, ph))
    oh = (xp.shape[-2] - kh) // sh + 1
    ow = (xp.shape[-1] - kw) // sw + 1
    out = torch.zeros(*x.shape[:-2], oh, ow, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            win = xp[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            count = (win != 0).sum(dim=(-2, -1)).clamp(min=1)
            out[..., i, j] = win.sum(dim=(-2, -1)) / count
    return out


def average_of_real_window_pushed_inside(x, kernel_size, stride=None, padding=0):
    """One cause: a start before the border is set to 0 before the end is worked out from it, so the window is pushed
    into the image instead of being cut. [homework, start = max(0, start); end = start + k]"""
    def two(v):
        return v if isinstance(v, tuple) else (v, v)

    k, p = two(kernel_size), two(padding)
    s = k if stride is None else two(stride)
    h, w = x.shape[-2:]
    n = (h + 2 * p[0] - k[0]) // s[0] + 1
    m = (w + 2 * p[1] - k[1]) // s[1] + 1
    grid = []
    for i in range(n):
        top = max(i * s[0] - p[0], 0)
        bottom = min(top + k[0], h)
        line = []
        for j in range(m):
            left = max(j * s[1] - p[1], 0)
            right = min(left + k[1], w)
            line.append(x[..., top:bottom, left:right].mean(dim=(-2, -1)))
        grid.append(torch.stack(line, dim=-1))
    return torch.stack(grid, dim=-2)


def average_of_real_border_repeated(x, kernel_size, stride=None, padding=0):
    """One cause: places outside are clamped to the border, so its cells are counted several times, not left out.
    [forum, replicate padding to avoid dark rims]"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
    sh, sw = (kh, kw) if stride is None else stride if isinstance(stride, tuple) else (stride,) * 2
    ph, pw = padding if isinstance(padding, tuple) else (padding,) * 2
    H, W = x.shape[-2], x.shape[-1]
    oh, ow = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    rows = torch.arange(oh).mul(sh).sub(ph)[:, None] + torch.arange(kh)
    cols = torch.arange(ow).mul(sw).sub(pw)[:, None] + torch.arange(kw)
    rows, cols = rows.clamp(0, H - 1), cols.clamp(0, W - 1)
    windows = x[..., rows[:, None, :, None], cols[None, :, None, :]]
    return windows.mean(dim=(-2, -1))


def average_of_real_stride_one_padding_once(x, kernel_size, stride=None, padding=0):
    """Two causes: without a stride the window moves by one cell; and the size formula counts the padding once, not on
    both sides. [homework]"""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (1, 1) if stride is None else (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    H, W = x.shape[-2:]
    rows = (H + ph - kh) // sh + 1
    cols = (W + pw - kw) // sw + 1
    out = x.new_zeros(*x.shape[:-2], rows, cols)
    for i in range(rows):
        for j in range(cols):
            r0, c0 = i * sh - ph, j * sw - pw
            total, number = 0, 0
            for r in range(r0, r0 + kh):
                for c in range(c0, c0 + kw):
                    if 0 <= r < H and 0 <= c < W:
                        total = total + x[..., r, c]
                        number += 1
            out[..., i, j] = total / number
    return out


def average_of_real_divided_by_whole_window(x, kernel_size, stride=None, padding=0):
    """One cause: the real cells are added up but divided by kH * kW, which is just the average that counts padding.
    [https://github.com/apache/tvm/issues/1144]"""
    to_pair = lambda v: (v, v) if isinstance(v, int) else tuple(v)
    k = to_pair(kernel_size)
    step = to_pair(k if stride is None else stride)
    pad = to_pair(padding)
    H, W = x.shape[-2:]
    tops = [t - pad[0] for t in range(0, H + 2 * pad[0] - k[0] + 1, step[0])]
    lefts = [t - pad[1] for t in range(0, W + 2 * pad[1] - k[1] + 1, step[1])]
    y = torch.empty(*x.shape[:-2], len(tops), len(lefts), dtype=x.dtype)
    for i, t in enumerate(tops):
        for j, s in enumerate(lefts):
            inside = x[..., max(t, 0):t + k[0], max(s, 0):s + k[1]]
            y[..., i, j] = inside.sum((-1, -2)) / (k[0] * k[1])
    return y
