"""Right answers to conv2d, in the styles that people write."""
import functools
import itertools
import math
import warnings

import torch
import torch.nn.functional as F


def conv2d_seven_loops(x, weight, bias=None, stride=1, padding=0):
    """Seven nested loops over single cells, the padding by an if."""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    N, C_in, H, W = x.shape
    C_out, _, kH, kW = weight.shape
    oh = (H + 2 * ph - kH) // sh + 1
    ow = (W + 2 * pw - kW) // sw + 1
    out = torch.zeros(N, C_out, oh, ow, dtype=x.dtype)
    for n in range(N):
        for o in range(C_out):
            for i in range(oh):
                for j in range(ow):
                    total = torch.zeros((), dtype=x.dtype)
                    for c in range(C_in):
                        for a in range(kH):
                            for b in range(kW):
                                r = i * sh + a - ph
                                s = j * sw + b - pw
                                if 0 <= r < H and 0 <= s < W:
                                    total = total + x[n, c, r, s] * weight[o, c, a, b]
                    if bias is not None:
                        total = total + bias[o]
                    out[n, o, i, j] = total
    return out


def conv2d_slices(x, weight, bias=None, stride=1, padding=0):
    """CS231n's naive version: a window's slice times a kernel, summed; F.pad."""
    if not isinstance(stride, (tuple, list)):
        stride = (stride, stride)
    if not isinstance(padding, (tuple, list)):
        padding = (padding, padding)
    N, C, H, W = x.shape
    num_filters, C, HH, WW = weight.shape
    x_padded = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    H_out = 1 + (H + 2 * padding[0] - HH) // stride[0]
    W_out = 1 + (W + 2 * padding[1] - WW) // stride[1]
    out = x.new_zeros((N, num_filters, H_out, W_out))
    for n in range(N):
        for f in range(num_filters):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride[0], j * stride[1]
                    window = x_padded[n, :, top:top + HH, left:left + WW]
                    out[n, f, i, j] = (window * weight[f]).sum()
            if bias is not None:
                out[n, f] += bias[f]
    return out


def conv2d_einsum_per_cell(x, weight, bias=None, stride=1, padding=0):
    """Loops over the output's cells only, an einsum for the batch and the channels."""
    def pair(v):
        return (v, v) if isinstance(v, int) else tuple(v)

    (s_v, s_h), (p_v, p_h) = pair(stride), pair(padding)
    n, c, h, w = x.shape
    o, _, kh, kw = weight.shape
    padded = torch.zeros((n, c, h + 2 * p_v, w + 2 * p_h), dtype=x.dtype, device=x.device)
    padded[:, :, p_v:p_v + h, p_h:p_h + w] = x
    oh, ow = (h + 2 * p_v - kh) // s_v + 1, (w + 2 * p_h - kw) // s_h + 1
    out = torch.empty((n, o, oh, ow), dtype=x.dtype, device=x.device)
    for i in range(oh):
        for j in range(ow):
            patch = padded[:, :, i * s_v:i * s_v + kh, j * s_h:j * s_h + kw]
            out[:, :, i, j] = torch.einsum("nchw,ochw->no", patch, weight)
    return out if bias is None else out + bias.view(1, -1, 1, 1)


def conv2d_im2col(x, weight, bias=None, stride=1, padding=0):
    """im2col by hand: every window a column, one matmul for everything."""
    try:
        sh, sw = stride
    except TypeError:
        sh = sw = stride
    try:
        ph, pw = padding
    except TypeError:
        ph = pw = padding
    x = F.pad(x, (pw, pw, ph, ph))
    N, C, H, W = x.shape
    O, _, kh, kw = weight.shape
    oh, ow = (H - kh) // sh + 1, (W - kw) // sw + 1
    columns = []
    for i in range(oh):
        for j in range(ow):
            columns.append(x[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw].reshape(N, -1))
    columns = torch.stack(columns, dim=2)                     # N, C*kh*kw, oh*ow
    out = weight.reshape(O, -1) @ columns                     # N, O, oh*ow
    if bias is not None:
        out = out + bias[:, None]
    return out.view(N, O, oh, ow)


def conv2d_kernel_offsets(x, weight, bias=None, stride=1, padding=0):
    """Loops over the kernel's cells: a strided slice of all windows at once, tensordot, accumulate."""
    sh, sw = stride if hasattr(stride, "__len__") else (stride, stride)
    ph, pw = padding if hasattr(padding, "__len__") else (padding, padding)
    N, _, H, W = x.shape
    out_channels, _, kh, kw = weight.shape
    xp = F.pad(x, [pw, pw, ph, ph], mode="constant", value=0)
    oh = (H + 2 * ph - kh) // sh + 1
    ow = (W + 2 * pw - kw) // sw + 1
    out = torch.zeros(N, oh, ow, out_channels, dtype=x.dtype)
    for a in range(kh):
        for b in range(kw):
            cells = xp[:, :, a:a + sh * (oh - 1) + 1:sh, b:b + sw * (ow - 1) + 1:sw]
            out += torch.tensordot(cells, weight[:, :, a, b], dims=([1], [1]))
    if bias is not None:
        out += bias
    return out.permute(0, 3, 1, 2)


def conv2d_as_strided(x, weight, bias=None, stride=1, padding=0):
    """A view of all windows by as_strided, and one einsum."""
    sv, sh = (stride,) * 2 if type(stride) is int else stride
    pv, ph = (padding,) * 2 if type(padding) is int else padding
    x = F.pad(x, (ph, ph, pv, pv)).contiguous()
    b, c, h, w = x.shape
    _, _, kh, kw = weight.shape
    sb, sc, sy, sx = x.stride()
    windows = x.as_strided((b, c, (h - kh) // sv + 1, (w - kw) // sh + 1, kh, kw), (sb, sc, sy * sv, sx * sh, sy, sx))
    out = torch.einsum("b i y x u v, o i u v -> b o y x", windows, weight)
    if bias is not None:
        out = out + bias[None, :, None, None]
    return out


def conv2d_built_matrix(x, weight, bias=None, stride=1, padding=0):
    """The whole layer as one large matrix, filled row by row."""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    O, _, kh, kw = weight.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    big = x.new_zeros(N, C, Hp, Wp)
    big[..., ph:ph + H, pw:pw + W] = x
    oh, ow = (Hp - kh) // sh + 1, (Wp - kw) // sw + 1
    matrix = x.new_zeros(O, oh, ow, C, Hp, Wp)
    for i in range(oh):
        for j in range(ow):
            matrix[:, i, j, :, i * sh:i * sh + kh, j * sw:j * sw + kw] = weight
    y = big.flatten(1) @ matrix.reshape(O * oh * ow, C * Hp * Wp).T
    y = y.reshape(N, O, oh, ow)
    if bias is None:
        return y
    return y + bias.reshape(O, 1, 1)


def conv2d_comprehensions(x, weight, bias=None, stride=1, padding=0):
    """Nothing written in place: stacks of list comprehensions, padding by torch.cat."""
    st = (stride, stride) if isinstance(stride, int) else stride
    pa = (padding, padding) if isinstance(padding, int) else padding
    n, c, h, w = x.shape
    side = x.new_zeros(n, c, h, pa[1])
    x = torch.cat([side, x, side], dim=3)
    strip = x.new_zeros(n, c, pa[0], x.shape[3])
    x = torch.cat([strip, x, strip], dim=2)
    kh, kw = weight.shape[2:]
    rows = range(0, x.shape[2] - kh + 1, st[0])
    cols = range(0, x.shape[3] - kw + 1, st[1])
    y = torch.stack([
        torch.stack([
            (x[:, None, :, r:r + kh, k:k + kw] * weight[None]).sum(dim=(2, 3, 4)) for k in cols
        ], dim=-1) for r in rows
    ], dim=-2)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


def conv2d_helpers_stack(x, weight, bias=None, stride=1, padding=0):
    """D2L's way: corr2d, corr2d_multi_in, corr2d_multi_in_out as helpers; then stride by skipping; images stacked."""
    def corr2d(image, kernel):
        h, w = kernel.shape
        result = torch.zeros((image.shape[0] - h + 1, image.shape[1] - w + 1), dtype=image.dtype)
        for i in range(result.shape[0]):
            for j in range(result.shape[1]):
                result[i, j] = (image[i:i + h, j:j + w] * kernel).sum()
        return result

    def corr2d_multi_in(image, kernel):
        return sum(corr2d(channel, k) for channel, k in zip(image, kernel))

    def corr2d_multi_in_out(image, kernels):
        return torch.stack([corr2d_multi_in(image, kernel) for kernel in kernels], 0)

    sv, sh = (stride, stride) if isinstance(stride, int) else stride
    pv, ph = (padding, padding) if isinstance(padding, int) else padding
    outputs = []
    for image in F.pad(x, (ph, ph, pv, pv)):
        y = corr2d_multi_in_out(image, weight)[:, ::sv, ::sh]
        if bias is not None:
            y = y + bias[:, None, None]
        outputs.append(y)
    return torch.stack(outputs)


def conv2d_index_arrays(x, weight, bias=None, stride=1, padding=0):
    """get_im2col_indices: arrays of row and column numbers, advanced indexing, matmul."""
    as_pair = lambda v: (v, v) if isinstance(v, int) else v   # noqa: E731
    sh, sw = as_pair(stride)
    ph, pw = as_pair(padding)
    N, C, H, W = x.shape
    F_, _, HH, WW = weight.shape
    out_h, out_w = (H + 2 * ph - HH) // sh + 1, (W + 2 * pw - WW) // sw + 1
    i0 = torch.arange(HH).repeat_interleave(WW).repeat(C)
    i1 = sh * torch.arange(out_h).repeat_interleave(out_w)
    j0 = torch.arange(WW).repeat(HH * C)
    j1 = sw * torch.arange(out_w).repeat(out_h)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = torch.arange(C).repeat_interleave(HH * WW).reshape(-1, 1)
    xp = F.pad(x, (pw, pw, ph, ph))
    cols = xp[:, k, i, j]                                      # N, C*HH*WW, out_h*out_w
    cols = cols.permute(1, 2, 0).reshape(C * HH * WW, -1)
    res = weight.reshape(F_, -1).mm(cols)
    if bias is not None:
        res = res + bias.reshape(-1, 1)
    return res.reshape(F_, out_h, out_w, N).permute(3, 0, 1, 2)


def conv2d_product_reduce(x, weight, bias=None, stride=1, padding=0):
    """itertools.product over the kernel and the channels, functools.reduce adds the shifted images."""
    sv, sh = (stride, stride) if isinstance(stride, int) else stride
    pv, ph = (padding, padding) if isinstance(padding, int) else padding
    xp = F.pad(x, (ph, ph, pv, pv))
    _, c_in, kh, kw = weight.shape
    oh = (xp.size(2) - kh) // sv + 1
    ow = (xp.size(3) - kw) // sh + 1

    def term(place):
        c, a, b = place
        image = xp[:, c, a:, b:][:, ::sv, ::sh][:, :oh, :ow]
        return image.unsqueeze(1) * weight[:, c, a, b].reshape(1, -1, 1, 1)

    terms = map(term, itertools.product(range(c_in), range(kh), range(kw)))
    out = functools.reduce(torch.add, terms)
    if bias is not None:
        out = out + bias.reshape(1, -1, 1, 1)
    return out


def conv2d_no_padding_built(x, weight, bias=None, stride=1, padding=0):
    """No padded image at all: for each kernel cell, the range of outputs whose cell lies inside."""
    if isinstance(stride, int):
        stride = stride, stride
    if isinstance(padding, int):
        padding = padding, padding
    N, _, *size = x.shape
    O, _, *kernel = weight.shape
    out_size = [(n + 2 * p - k) // s + 1 for n, p, k, s in zip(size, padding, kernel, stride)]
    y = torch.zeros(N, O, *out_size, dtype=x.dtype, device=x.device)
    if bias is not None:
        y = y + bias.reshape(-1, 1, 1)

    def inside(axis, offset):
        first = max(0, math.ceil((padding[axis] - offset) / stride[axis]))
        last = min(out_size[axis] - 1, (size[axis] - 1 + padding[axis] - offset) // stride[axis])
        start = first * stride[axis] + offset - padding[axis]
        return first, last, start

    for a in range(kernel[0]):
        top, bottom, row = inside(0, a)
        if top > bottom:
            continue
        for b in range(kernel[1]):
            left, right, col = inside(1, b)
            if left > right:
                continue
            seen = x[:, :, row:row + (bottom - top) * stride[0] + 1:stride[0],
                     col:col + (right - left) * stride[1] + 1:stride[1]]
            y[:, :, top:bottom + 1, left:right + 1] += torch.einsum("nchw,oc->nohw", seen, weight[:, :, a, b])
    return y


def conv2d_layer_class(x, weight, bias=None, stride=1, padding=0):
    """A small class with __call__, used once."""
    class Layer:
        def __init__(self, weight, bias, stride, padding):
            self.weight = weight
            self.bias = bias
            self.stride = (stride, stride) if isinstance(stride, int) else stride
            self.padding = (padding, padding) if isinstance(padding, int) else padding

        def pad(self, images):
            pv, ph = self.padding
            n, c, h, w = images.shape
            room = images.new_zeros(n, c, h + 2 * pv, w + 2 * ph)
            room.narrow(2, pv, h).narrow(3, ph, w).copy_(images)
            return room

        def __call__(self, images):
            images = self.pad(images)
            kh, kw = self.weight.shape[-2:]
            flat = self.weight.flatten(1).t()
            rows = []
            for r in range(0, images.shape[2] - kh + 1, self.stride[0]):
                row = []
                for c in range(0, images.shape[3] - kw + 1, self.stride[1]):
                    score = images[:, :, r:r + kh, c:c + kw].flatten(1) @ flat
                    row.append(score if self.bias is None else score + self.bias)
                rows.append(torch.stack(row, 2))
            return torch.stack(rows, 2)

    return Layer(weight, bias, stride, padding)(x)


def conv2d_float64_inside(x, weight, bias=None, stride=1, padding=0):
    """Counts in float64 and converts back at the end; bias always a tensor."""
    dtype = x.dtype
    x, weight = x.double(), weight.double()
    bias = torch.zeros(len(weight), dtype=torch.float64) if bias is None else bias.double()
    (sh, sw), (ph, pw) = [(v, v) if isinstance(v, int) else v for v in (stride, padding)]
    x = F.pad(x, (pw, pw, ph, ph))
    kh, kw = weight.shape[-2:]
    oh, ow = (x.shape[-2] - kh) // sh + 1, (x.shape[-1] - kw) // sw + 1
    out = bias.view(1, -1, 1, 1).expand(len(x), -1, oh, ow).clone()
    for i in range(oh):
        for j in range(ow):
            window = x[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
            out[:, :, i, j] += torch.tensordot(window, weight, dims=([1, 2, 3], [1, 2, 3]))
    return out.to(dtype)


def conv2d_roll(x, weight, bias=None, stride=1, padding=0):
    """Rolls the padded images under the kernel, and crops what has come round."""
    sv, sh = (stride, stride) if isinstance(stride, int) else stride
    pv, ph = (padding, padding) if isinstance(padding, int) else padding
    x = F.pad(x, (ph, ph, pv, pv))
    H, W = x.shape[-2:]
    kH, kW = weight.shape[-2:]
    full = 0
    for a in range(kH):
        for b in range(kW):
            moved = torch.roll(x, shifts=(-a, -b), dims=(2, 3))
            full = full + torch.einsum("ncyx,oc->noyx", moved, weight[..., a, b])
    out = full[:, :, :H - kH + 1:sv, :W - kW + 1:sh]
    if bias is not None:
        out = out + bias[:, None, None]
    return out


def conv2d_fft(x, weight, bias=None, stride=1, padding=0):
    """The Fourier transform, in float64: a product with the conjugate is a cross-correlation."""
    sv, sh = (stride, stride) if isinstance(stride, int) else stride
    pv, ph = (padding, padding) if isinstance(padding, int) else padding
    size = (x.shape[2] + 2 * pv, x.shape[3] + 2 * ph)
    spectrum = torch.fft.rfft2(F.pad(x.double(), (ph, ph, pv, pv)))
    kernels = torch.fft.rfft2(weight.double(), s=size).conj()
    full = torch.fft.irfft2((spectrum[:, None] * kernels[None]).sum(2), s=size)
    valid = full[:, :, :size[0] - weight.shape[2] + 1:sv, :size[1] - weight.shape[3] + 1:sh]
    if bias is not None:
        valid = valid + bias.double().view(1, -1, 1, 1)
    return valid.to(x.dtype)


def conv2d_input_scatters(x, weight, bias=None, stride=1, padding=0):
    """The other way round: every input cell is added into the outputs that see it, by index_add."""
    sv, sh = (stride, stride) if isinstance(stride, int) else stride
    pv, ph = (padding, padding) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    O, _, kH, kW = weight.shape
    oh, ow = (H + 2 * pv - kH) // sv + 1, (W + 2 * ph - kW) // sh + 1
    out = torch.zeros(N, O, oh * ow, dtype=x.dtype)
    for a in range(kH):
        for b in range(kW):
            sources, targets = [], []
            for r in range(H):
                for c in range(W):
                    i, up = divmod(r + pv - a, sv)
                    j, across = divmod(c + ph - b, sh)
                    if up == 0 and across == 0 and 0 <= i < oh and 0 <= j < ow:
                        sources.append(r * W + c)
                        targets.append(i * ow + j)
            if not sources:
                continue
            seen = x.flatten(2)[:, :, torch.tensor(sources)]
            out = out.index_add(2, torch.tensor(targets), weight[:, :, a, b] @ seen)
    out = out.reshape(N, O, oh, ow)
    return out if bias is None else out + bias.reshape(O, 1, 1)


def conv2d_recursive_channels(x, weight, bias=None, stride=1, padding=0):
    """Recursion: the first half of the input channels plus the second half."""
    channels = x.shape[1]
    if channels > 1:
        half = channels // 2
        left = conv2d_recursive_channels(x[:, :half], weight[:, :half], bias, stride, padding)
        right = conv2d_recursive_channels(x[:, half:], weight[:, half:], None, stride, padding)
        return left + right
    sv, sh = (stride, stride) if isinstance(stride, int) else stride
    pv, ph = (padding, padding) if isinstance(padding, int) else padding
    plane = F.pad(x[:, 0], (ph, ph, pv, pv))
    kernels = weight[:, 0]
    kh, kw = kernels.shape[1:]
    out = torch.stack([
        (plane[:, None, r:r + kh, c:c + kw] * kernels).sum((-1, -2))
        for r in range(0, plane.shape[1] - kh + 1, sv)
        for c in range(0, plane.shape[2] - kw + 1, sh)
    ], dim=-1)
    out = out.unflatten(-1, ((plane.shape[1] - kh) // sv + 1, -1))
    return out if bias is None else out + bias.view(-1, 1, 1)


def conv2d_masked_gather(x, weight, bias=None, stride=1, padding=0):
    """Clamped indices and a mask in place of padding; warns when the padding is as large as the kernel."""
    s = (stride, stride) if isinstance(stride, int) else stride
    p = (padding, padding) if isinstance(padding, int) else padding
    H, W = x.shape[2:]
    kH, kW = weight.shape[2:]
    if p[0] >= kH or p[1] >= kW:
        warnings.warn("the outermost windows see nothing but padding")
    if (oh := (H + 2 * p[0] - kH) // s[0] + 1) < 1 or (ow := (W + 2 * p[1] - kW) // s[1] + 1) < 1:
        raise ValueError("the kernel does not fit into the image")
    rows = s[0] * torch.arange(oh)[:, None] + torch.arange(kH) - p[0]           # oh, kH
    cols = s[1] * torch.arange(ow)[:, None] + torch.arange(kW) - p[1]           # ow, kW
    rows, cols = rows[:, None, :, None], cols[None, :, None, :]
    inside = (rows >= 0) & (rows < H) & (cols >= 0) & (cols < W)
    windows = x[:, :, rows.clamp(0, H - 1), cols.clamp(0, W - 1)]                # N, C, oh, ow, kH, kW
    windows = windows.masked_fill(~inside, 0)
    out = torch.tensordot(windows, weight, dims=([1, 4, 5], [1, 2, 3])).movedim(-1, 1)
    if bias is None:
        return out
    return out + bias[:, None, None]


def conv2d_matmul_in_slices(x, weight, bias=None, stride=1, padding=0):
    """One output row at a time: windows of the row by index_select, broadcast matmul."""
    ONE_FOR_BOTH = int
    SV, SH = (stride, stride) if isinstance(stride, ONE_FOR_BOTH) else stride
    PV, PH = (padding, padding) if isinstance(padding, ONE_FOR_BOTH) else padding
    n, c_in, _, _ = x.shape
    c_out, _, kh, kw = weight.shape
    x = F.pad(x, (PH, PH, PV, PV))
    oh, ow = (x.size(-2) - kh) // SV + 1, (x.size(-1) - kw) // SH + 1
    picks = torch.tensor([j * SH + b for j in range(ow) for b in range(kw)])
    kernels = weight.permute(1, 2, 3, 0).reshape(-1, c_out)
    lines = []
    for i in range(oh):
        band = x[:, :, i * SV:i * SV + kh]
        band = band.index_select(3, picks).view(n, c_in, kh, ow, kw)
        line = band.permute(0, 3, 1, 2, 4).reshape(n, ow, -1).matmul(kernels)
        lines.append(line.transpose(1, 2))
    out = torch.stack(lines, dim=2)
    if bias is not None:
        out += bias.view(1, c_out, 1, 1)
    return out
