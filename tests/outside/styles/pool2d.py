"""Right answers to pool2d, in the styles that people write."""
import functools
import itertools
import logging
import math

import torch
import torch.nn.functional as F


def pool2d_loops_slices(x, kernel_size, mode="max", stride=None, padding=0):
    """Loops over the output's cells, slices of the padded input, amax or mean."""
    if stride is None:
        stride = kernel_size
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    fill = float("-inf") if mode == "max" else 0.0
    xp = F.pad(x, (pw, pw, ph, ph), value=fill)
    H, W = xp.shape[-2:]
    oh, ow = (H - kh) // sh + 1, (W - kw) // sw + 1
    out = torch.zeros(*x.shape[:-2], oh, ow, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            window = xp[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                out[..., i, j] = window.amax(dim=(-2, -1))
            else:
                out[..., i, j] = window.mean(dim=(-2, -1))
    return out


def pool2d_all_loops(x, kernel_size, mode="max", stride=None, padding=0):
    """Everything in loops, single cells, the leading axes made one."""
    def both(v):
        return (v, v) if isinstance(v, int) else (v[0], v[1])

    kh, kw = both(kernel_size)
    sh, sw = both(kernel_size if stride is None else stride)
    ph, pw = both(padding)
    H, W = x.shape[-2:]
    planes = x.reshape(-1, H, W)
    oh = (H + 2 * ph - kh) // sh + 1
    ow = (W + 2 * pw - kw) // sw + 1
    result = torch.zeros(planes.shape[0], oh, ow, dtype=x.dtype)
    for n in range(planes.shape[0]):
        for i in range(oh):
            for j in range(ow):
                best = None
                total = torch.zeros((), dtype=x.dtype)
                for a in range(kh):
                    for b in range(kw):
                        r, c = i * sh + a - ph, j * sw + b - pw
                        if r < 0 or r >= H or c < 0 or c >= W:
                            continue
                        cell = planes[n, r, c]
                        total = total + cell
                        if best is None or cell > best:
                            best = cell
                if mode == "max":
                    result[n, i, j] = -math.inf if best is None else best
                else:
                    result[n, i, j] = total / (kh * kw)
    return result.reshape(x.shape[:-2] + (oh, ow))


def pool2d_as_strided(x, kernel_size, mode="max", stride=None, padding=0):
    """as_strided on the padded input."""
    stride = stride or kernel_size
    kernel, step, pad = ((v, v) if isinstance(v, int) else v for v in (kernel_size, stride, padding))
    x = F.pad(x, (pad[1], pad[1], pad[0], pad[0]), "constant", -math.inf if mode == "max" else 0.).contiguous()
    *lead, h, w = x.shape
    *ls, sy, sx = x.stride()
    windows = x.as_strided(
        (*lead, (h - kernel[0]) // step[0] + 1, (w - kernel[1]) // step[1] + 1, *kernel),
        (*ls, sy * step[0], sx * step[1], sy, sx))
    return windows.flatten(-2).max(dim=-1).values if mode == "max" else windows.mean(dim=(-1, -2))


def pool2d_shifted_reduce(x, kernel_size, mode="max", stride=None, padding=0):
    """Loops over the window's cells; torch.maximum or an addition puts the shifted images together."""
    if stride is None:
        stride = kernel_size
    kernel_size, stride, padding = [
        [v, v] if isinstance(v, int) else list(v) for v in (kernel_size, stride, padding)
    ]
    xp = F.pad(x, (padding[1],) * 2 + (padding[0],) * 2, value={"max": -torch.inf, "avg": 0.0}[mode])
    oh = (xp.shape[-2] - kernel_size[0]) // stride[0] + 1
    ow = (xp.shape[-1] - kernel_size[1]) // stride[1] + 1
    shifted = (
        xp[..., a:a + (oh - 1) * stride[0] + 1:stride[0], b:b + (ow - 1) * stride[1] + 1:stride[1]]
        for a, b in itertools.product(range(kernel_size[0]), range(kernel_size[1]))
    )
    if mode == "max":
        return functools.reduce(torch.maximum, shifted)
    return functools.reduce(torch.add, shifted) / (kernel_size[0] * kernel_size[1])


def pool2d_stack_of_shifts(x, kernel_size, mode="max", stride=None, padding=0):
    """A stack of shifted images, max or mean along the new axis; padding by hand."""
    kh, kw = kernel_size if hasattr(kernel_size, "__iter__") else (kernel_size, kernel_size)
    sh, sw = (kh, kw) if stride is None else stride if hasattr(stride, "__iter__") else (stride, stride)
    ph, pw = padding if hasattr(padding, "__iter__") else (padding, padding)
    H, W = x.shape[-2:]
    room = x.new_full((*x.shape[:-2], H + 2 * ph, W + 2 * pw), float("-inf") if mode == "max" else 0)
    room[..., ph:ph + H, pw:pw + W] = x
    rows, cols = room.shape[-2] - kh + 1, room.shape[-1] - kw + 1
    views = torch.stack([room[..., a:a + rows:sh, b:b + cols:sw] for a in range(kh) for b in range(kw)])
    if mode == "max":
        return views.max(0)[0]
    return views.mean(0)


def pool2d_clipped_windows(x, kernel_size, mode="max", stride=None, padding=0):
    """No padding at all: windows clipped at the border; an average divides by the whole window's cells."""
    kernel = (kernel_size,) * 2 if isinstance(kernel_size, int) else kernel_size
    step = kernel if stride is None else (stride,) * 2 if isinstance(stride, int) else stride
    pad = (padding,) * 2 if isinstance(padding, int) else padding
    size = x.shape[-2:]

    def spans(axis):
        count = (size[axis] + 2 * pad[axis] - kernel[axis]) // step[axis] + 1
        for i in range(count):
            start = i * step[axis] - pad[axis]
            yield slice(max(start, 0), max(0, min(start + kernel[axis], size[axis])))

    def keep(window):
        if mode == "avg":
            return window.sum(dim=(-1, -2)) / (kernel[0] * kernel[1])
        if window.shape[-1] == 0 or window.shape[-2] == 0:
            return window.new_full(window.shape[:-2], -math.inf)     # padding only
        return window.flatten(-2).max(-1).values

    columns = list(spans(1))
    return torch.stack([torch.stack([keep(x[..., r, c]) for c in columns], -1) for r in spans(0)], -2)


def pool2d_separable(x, kernel_size, mode="max", stride=None, padding=0):
    """One axis after the other: a maximum of maxima, a mean of means."""
    def pair(v):
        try:
            first, second = v
            return first, second
        except TypeError:
            return v, v

    def along_last(t, k, s, p):
        border = t.new_full((*t.shape[:-1], p), -torch.inf if mode == "max" else 0.0)
        t = torch.cat([border, t, border], -1)
        pieces = [t[..., i:i + k] for i in range(0, t.shape[-1] - k + 1, s)]
        reduced = [piece.amax(-1) if mode == "max" else piece.sum(-1) / k for piece in pieces]
        return torch.stack(reduced, -1)

    kernel, steps, pads = pair(kernel_size), pair(kernel_size if stride is None else stride), pair(padding)
    x = along_last(x, kernel[1], steps[1], pads[1])
    return along_last(x.mT, kernel[0], steps[0], pads[0]).mT


def pool2d_reshape_shortcut(x, kernel_size, mode="max", stride=None, padding=0):
    """Early return by reshape if windows do not overlap; index tensors for the rest."""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (kh, kw) if stride is None else (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph or pw:
        x = F.pad(x, (pw, pw, ph, ph), value=float("-inf") if mode == "max" else 0.0)
    H, W = x.shape[-2:]
    oh, ow = (H - kh) // sh + 1, (W - kw) // sw + 1
    if (sh, sw) == (kh, kw):
        tiles = x[..., :oh * kh, :ow * kw].reshape(*x.shape[:-2], oh, kh, ow, kw)
        return tiles.amax(dim=(-3, -1)) if mode == "max" else tiles.mean(dim=(-3, -1))
    rows = torch.arange(oh)[:, None, None, None] * sh + torch.arange(kh)[None, None, :, None]
    cols = torch.arange(ow)[None, :, None, None] * sw + torch.arange(kw)[None, None, None, :]
    windows = x[..., rows, cols]
    return windows.amax(dim=(-2, -1)) if mode == "max" else windows.mean(dim=(-2, -1))


def pool2d_masked(x, kernel_size, mode="max", stride=None, padding=0):
    """Clamped indices and a mask; masked_fill with what cannot win or does not count."""
    k = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
    s = k if stride is None else (stride, stride) if isinstance(stride, int) else tuple(stride)
    p = (padding, padding) if isinstance(padding, int) else tuple(padding)
    n = tuple(x.shape[-2:])
    places = []
    for axis in (0, 1):
        count = (n[axis] + 2 * p[axis] - k[axis]) // s[axis] + 1
        places.append(torch.arange(count)[:, None] * s[axis] + torch.arange(k[axis])[None] - p[axis])
    rows, cols = places[0][:, None, :, None], places[1][None, :, None, :]
    outside = (rows < 0) | (rows >= n[0]) | (cols < 0) | (cols >= n[1])
    windows = x[..., rows.clamp(0, n[0] - 1), cols.clamp(0, n[1] - 1)]
    if mode == "max":
        return windows.masked_fill(outside, -math.inf).flatten(-2).max(-1)[0]
    return windows.masked_fill(outside, 0).mean((-2, -1))


def pool2d_recursive(x, kernel_size, mode="max", stride=None, padding=0):
    """Recursion over the leading axes, then one plane in comprehensions."""
    if x.ndim > 2:
        return torch.stack([pool2d_recursive(part, kernel_size, mode, stride, padding) for part in x])
    kh, kw = [kernel_size] * 2 if isinstance(kernel_size, int) else kernel_size
    sh, sw = [kh, kw] if stride is None else [stride] * 2 if isinstance(stride, int) else stride
    ph, pw = [padding] * 2 if isinstance(padding, int) else padding
    plane = F.pad(x[None], (pw, pw, ph, ph), value=-math.inf if mode == "max" else 0.0)[0]
    keep = torch.max if mode == "max" else torch.mean
    return torch.stack([
        torch.stack([keep(plane[r:r + kh, c:c + kw]) for c in range(0, plane.shape[1] - kw + 1, sw)])
        for r in range(0, plane.shape[0] - kh + 1, sh)
    ])


def pool2d_two_helpers(x, kernel_size, mode="max", stride=None, padding=0):
    """A helper for each mode in a dict; sort finds the maximum; a logged line."""
    logging.getLogger(__name__).debug("pooling %s of %s", mode, tuple(x.shape))

    def maximum(cells):
        return cells.sort(dim=-1, descending=True).values[..., 0]

    def average(cells):
        return cells.sum(dim=-1) / cells.size(-1)

    keep, fill = {"max": (maximum, -float("inf")), "avg": (average, 0.0)}[mode]
    to_pair = lambda v: (v, v) if isinstance(v, int) else v   # noqa: E731
    (kh, kw), (ph, pw) = to_pair(kernel_size), to_pair(padding)
    sh, sw = to_pair(stride) if stride is not None else (kh, kw)
    xp = F.pad(x, (pw, pw, ph, ph), value=fill)
    rows = range(0, xp.size(-2) - kh + 1, sh)
    cols = range(0, xp.size(-1) - kw + 1, sw)
    cells = [keep(xp[..., r:r + kh, c:c + kw].flatten(-2)) for r in rows for c in cols]
    return torch.stack(cells, dim=-1).unflatten(-1, (len(rows), len(cols)))


def pool2d_pooling_class(x, kernel_size, mode="max", stride=None, padding=0):
    """A base class and one subclass for each mode, used inside; float64 for the sums."""
    class Pool:
        fill = 0.0

        def __init__(self):
            self.k = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
            step = kernel_size if stride is None else stride
            self.s = (step, step) if isinstance(step, int) else step
            self.p = (padding, padding) if isinstance(padding, int) else padding

        def __call__(self, images):
            (kh, kw), (sh, sw), (ph, pw) = self.k, self.s, self.p
            h, w = images.shape[-2:]
            big = torch.full((*images.shape[:-2], h + 2 * ph, w + 2 * pw), self.fill, dtype=torch.float64)
            big[..., ph:h + ph, pw:w + pw] = images.double()
            oh, ow = 1 + (h + 2 * ph - kh) // sh, 1 + (w + 2 * pw - kw) // sw
            out = torch.empty((*images.shape[:-2], oh, ow), dtype=torch.float64)
            for place in range(oh * ow):
                i, j = divmod(place, ow)
                out[..., i, j] = self.keep(big[..., i * sh:i * sh + kh, j * sw:j * sw + kw])
            return out.type_as(images)

    class Max(Pool):
        fill = -math.inf

        def keep(self, window):
            return window.max(dim=-1)[0].max(dim=-1)[0]

    class Average(Pool):
        def keep(self, window):
            return window.mean(-1).mean(-1)

    return (Max if mode == "max" else Average)()(x)


def pool2d_band_matrices(x, kernel_size, mode="max", stride=None, padding=0):
    """The average as two matrix products (einsum); the maximum row by row and column by column."""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (kh, kw) if stride is None else (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    H, W = x.shape[-2:]
    oh, ow = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1

    def band(outputs, inputs, k, s, p):
        start = torch.arange(outputs)[:, None] * s - p
        cells = torch.arange(inputs)[None]
        return (cells >= start) & (cells < start + k)

    rows, cols = band(oh, H, kh, sh, ph), band(ow, W, kw, sw, pw)
    if mode == "avg":
        return torch.einsum("ih,...hw,jw->...ij", rows.to(x.dtype) / kh, x, cols.to(x.dtype) / kw)
    low = torch.tensor(-math.inf, dtype=x.dtype)
    x = torch.where(rows[:, :, None], x.unsqueeze(-3), low).amax(-2)        # ..., oh, W
    return torch.where(cols, x.unsqueeze(-2), low).amax(-1)                 # ..., oh, ow


def pool2d_integral_image(x, kernel_size, mode="max", stride=None, padding=0):
    """The average by an integral image in float64; the maximum by topk over gathered windows."""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    if stride is None:
        sh, sw = kh, kw
    else:
        sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if mode == "avg":
        sums = F.pad(x.double(), (pw + 1, pw, ph + 1, ph)).cumsum(-1).cumsum(-2)
        total = sums[..., kh:, kw:] - sums[..., :-kh, kw:] - sums[..., kh:, :-kw] + sums[..., :-kh, :-kw]
        return (total[..., ::sh, ::sw] / (kh * kw)).to(x.dtype)
    x = F.pad(x, (pw, pw, ph, ph), value=-math.inf)
    h, w = x.shape[-2:]
    corners = torch.tensor([r * w + c for r in range(0, h - kh + 1, sh) for c in range(0, w - kw + 1, sw)])
    offsets = torch.tensor([a * w + b for a in range(kh) for b in range(kw)])
    windows = x.flatten(-2)[..., corners[:, None] + offsets]
    return windows.topk(1, dim=-1).values.squeeze(-1).unflatten(-1, (-1, (w - kw) // sw + 1))


def pool2d_running_where(x, kernel_size, mode="max", stride=None, padding=0):
    """A running result in place of a stack: torch.where keeps the larger cell, roll moves the image."""
    WHOLE = slice(None)
    kh, kw = (kernel_size,) * 2 if type(kernel_size) is int else kernel_size
    sh, sw = (kh, kw) if stride is None else (stride,) * 2 if type(stride) is int else stride
    ph, pw = (padding,) * 2 if type(padding) is int else padding
    x = F.pad(x, (pw, pw, ph, ph), value=-math.inf if mode == "max" else 0.0)
    H, W = x.shape[-2:]
    kept = x if mode == "max" else torch.zeros_like(x)
    for a, b in itertools.product(range(kh), range(kw)):
        moved = x.roll((-a, -b), (-2, -1))
        kept = torch.where(moved > kept, moved, kept) if mode == "max" else kept + moved
    if mode == "avg":
        kept = kept / kh / kw
    return kept[..., WHOLE, WHOLE][..., :H - kh + 1:sh, :W - kw + 1:sw]
