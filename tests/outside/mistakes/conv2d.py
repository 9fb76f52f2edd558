"""Mistakes with conv2d, as people make them."""
import math

import numpy as np
import torch
import torch.nn.functional as F


def conv2d_bias_inside_sum(x, weight, bias=None, stride=1, padding=0):
    """The bias is added to every product before they are summed, so it counts once for each cell of the kernel
    instead of once. One cause. [github.com/Kulbear/deep-learning-coursera/issues/32]"""
    s = (stride, stride) if isinstance(stride, int) else stride
    p = (padding, padding) if isinstance(padding, int) else padding
    m, n_c_prev, n_h_prev, n_w_prev = x.shape
    n_c, _, f_h, f_w = weight.shape
    n_h = (n_h_prev - f_h + 2 * p[0]) // s[0] + 1
    n_w = (n_w_prev - f_w + 2 * p[1]) // s[1] + 1
    a_pad = torch.zeros(m, n_c_prev, n_h_prev + 2 * p[0], n_w_prev + 2 * p[1], dtype=x.dtype)
    a_pad[:, :, p[0]:p[0] + n_h_prev, p[1]:p[1] + n_w_prev] = x

    def single_step(a_slice, w, b):
        z = a_slice * w + b
        return z.sum()

    out = torch.zeros(m, n_c, n_h, n_w, dtype=x.dtype)
    for i in range(m):
        for h in range(n_h):
            for w in range(n_w):
                top, left = h * s[0], w * s[1]
                a_slice = a_pad[i, :, top:top + f_h, left:left + f_w]
                for c in range(n_c):
                    b = 0 if bias is None else bias[c]
                    out[i, c, h, w] = single_step(a_slice, weight[c], b)
    return out


def conv2d_start_without_stride(x, weight, bias=None, stride=1, padding=0):
    """The stride is in the formula of the size, but the windows start at h and w and not at h and w times the stride.
    One cause. [github.com/JudasDie/deeplearning.ai/issues/12]"""
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(padding, int):
        padding = (padding, padding)
    xp = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    N, C, H, W = xp.shape
    K, _, kh, kw = weight.shape
    oh = (H - kh) // stride[0] + 1
    ow = (W - kw) // stride[1] + 1
    out = x.new_zeros(N, K, oh, ow)
    for h in range(oh):
        for w in range(ow):
            window = xp[:, :, h:h + kh, w:w + kw]
            out[:, :, h, w] = torch.einsum("nchw,kchw->nk", window, weight)
    if bias is not None:
        out = out + bias[None, :, None, None]
    return out


def conv2d_padding_once_in_size(x, weight, bias=None, stride=1, padding=0):
    """The output's size counts the padding once, although it was put on both sides. One cause. [homework]"""
    sv, sh = stride if isinstance(stride, (tuple, list)) else (stride, stride)
    pv, ph = padding if isinstance(padding, (tuple, list)) else (padding, padding)
    img = np.pad(x.detach().numpy(), [(0, 0), (0, 0), (pv, pv), (ph, ph)])
    w = weight.detach().numpy()
    n, _, height, width = x.shape
    n_filters, _, fh, fw = w.shape
    new_h = int((height + pv - fh) / sv) + 1
    new_w = int((width + ph - fw) / sh) + 1
    result = np.zeros((n, n_filters, new_h, new_w), dtype=img.dtype)
    for f in range(n_filters):
        for r in range(new_h):
            for c in range(new_w):
                patch = img[:, :, r * sv:r * sv + fh, c * sh:c * sh + fw]
                result[:, f, r, c] = np.sum(patch * w[f], axis=(1, 2, 3))
        if bias is not None:
            result[:, f] += bias[f].item()
    return torch.from_numpy(result)


def conv2d_no_bias_pad_order(x, weight, bias=None, stride=1, padding=0):
    """F.pad begins with the last axis, so the vertical padding landed on the left and right and the horizontal one
    above and below, and the bias is never added. Two causes. [discuss.pytorch.org/t/96999]"""
    def pair(v):
        return (v, v) if isinstance(v, int) else tuple(v)

    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    padded = F.pad(x, (ph, ph, pw, pw), "constant", 0)
    kh, kw = weight.shape[-2:]
    rows = range(0, padded.shape[2] - kh + 1, sh)
    cols = range(0, padded.shape[3] - kw + 1, sw)
    w = weight.flatten(1)
    lines = []
    for r in rows:
        cells = [padded[:, :, r:r + kh, c:c + kw].flatten(1) @ w.T for c in cols]
        lines.append(torch.stack(cells, dim=-1))
    return torch.stack(lines, dim=-2)


def conv2d_flipped_kernel(x, weight, bias=None, stride=1, padding=0):
    """The kernel is turned by 180 degrees as in the convolution of mathematics, but a convolution layer does not flip.
    One cause. [homework, scipy.signal.convolve2d in mind]"""
    stride = (stride,) * 2 if type(stride) is int else stride
    padding = (padding,) * 2 if type(padding) is int else padding
    N, Cin, H, W = x.shape
    Cout, _, kH, kW = weight.shape
    X = torch.zeros((N, Cin, H + 2 * padding[0], W + 2 * padding[1]), dtype=x.dtype)
    X[:, :, padding[0]:H + padding[0], padding[1]:W + padding[1]] = x
    K = torch.flip(weight, dims=(2, 3))
    oh = math.floor((H + 2 * padding[0] - kH) / stride[0]) + 1
    ow = math.floor((W + 2 * padding[1] - kW) / stride[1]) + 1
    Y = torch.zeros((N, Cout, oh, ow), dtype=x.dtype)
    for i in range(kH):
        for j in range(kW):
            part = X[:, :, i:i + (oh - 1) * stride[0] + 1:stride[0], j:j + (ow - 1) * stride[1] + 1:stride[1]]
            Y += torch.einsum("nihw,oi->nohw", part, K[:, :, i, j])
    if bias is not None:
        Y += bias.reshape(1, -1, 1, 1)
    return Y


def conv2d_im2col_order(x, weight, bias=None, stride=1, padding=0):
    """The columns are laid out with the channel last (row, column, channel), while the weight is flattened with the
    channel first, so numbers meet that do not belong together. One cause. [homework, im2col with NHWC habits]"""
    (sy, sx) = (stride, stride) if isinstance(stride, int) else stride
    (py, px) = (padding, padding) if isinstance(padding, int) else padding
    x = F.pad(x, (px, px, py, py))
    batch, cin, h, w = x.shape
    cout, _, ky, kx = weight.shape
    oy, ox = (h - ky) // sy + 1, (w - kx) // sx + 1
    x = x.permute(0, 2, 3, 1)
    col = torch.empty(batch, oy * ox, ky * kx * cin, dtype=x.dtype)
    k = 0
    for a in range(oy):
        for b in range(ox):
            col[:, k] = x[:, a * sy:a * sy + ky, b * sx:b * sx + kx, :].reshape(batch, -1)
            k += 1
    out = col @ weight.reshape(cout, -1).t()
    if bias is not None:
        out = out + bias
    return out.permute(0, 2, 1).reshape(batch, cout, oy, ox)


def conv2d_pad_far_side_one_stride(x, weight, bias=None, stride=1, padding=0):
    """All padding lies below and on the right because the image is copied into the upper left corner, and the first
    number of the stride serves both axes. Two causes. [homework]"""
    s = stride if isinstance(stride, int) else stride[0]
    if isinstance(padding, int):
        padding = (padding, padding)
    n, c, h, w = x.shape
    f, _, hh, ww = weight.shape
    big = torch.zeros(n, c, h + 2 * padding[0], w + 2 * padding[1]).to(x.dtype)
    big[:, :, :h, :w] = x
    h_out = 1 + (h + 2 * padding[0] - hh) // s
    w_out = 1 + (w + 2 * padding[1] - ww) // s
    out = torch.zeros(n, f, h_out, w_out).to(x.dtype)
    for idx in range(n):
        for k in range(f):
            for i in range(h_out):
                for j in range(w_out):
                    out[idx, k, i, j] = torch.sum(big[idx, :, i * s:i * s + hh, j * s:j * s + ww] * weight[k])
                    if bias is not None:
                        out[idx, k, i, j] += bias[k]
    return out


def conv2d_bias_per_input_channel(x, weight, bias=None, stride=1, padding=0):
    """The bias is added inside the loop over the input channels, so it goes in C_in times. One cause. [homework]"""
    stride = stride if not isinstance(stride, int) else [stride, stride]
    padding = padding if not isinstance(padding, int) else [padding, padding]

    def slide(plane, k):
        rows = (plane.shape[0] - k.shape[0]) // stride[0] + 1
        cols = (plane.shape[1] - k.shape[1]) // stride[1] + 1
        res = torch.zeros(rows, cols, dtype=plane.dtype)
        for i in range(rows):
            for j in range(cols):
                y0, x0 = i * stride[0], j * stride[1]
                res[i, j] = (plane[y0:y0 + k.shape[0], x0:x0 + k.shape[1]] * k).sum()
        return res

    def frame(plane):
        out = torch.zeros(plane.shape[0] + 2 * padding[0], plane.shape[1] + 2 * padding[1], dtype=plane.dtype)
        out[padding[0]:padding[0] + plane.shape[0], padding[1]:padding[1] + plane.shape[1]] = plane
        return out

    batch = []
    for image in x:
        maps = []
        for o in range(weight.shape[0]):
            total = 0
            for ci in range(weight.shape[1]):
                total = total + slide(frame(image[ci]), weight[o, ci])
                if bias is not None:
                    total = total + bias[o]
            maps.append(total)
        batch.append(torch.stack(maps))
    return torch.stack(batch)


def conv2d_ceil_partial_windows(x, weight, bias=None, stride=1, padding=0):
    """The size is rounded up, and windows that stick out at the end are completed with zeros, but a window that does
    not fit is left out. One cause. [stats.stackexchange.com/questions/223630]"""
    st = np.broadcast_to(stride, 2).tolist()
    pd = np.broadcast_to(padding, 2).tolist()
    n, c, h, w = x.shape
    co, _, kh, kw = weight.shape
    oh = math.ceil((h + 2 * pd[0] - kh) / st[0]) + 1
    ow = math.ceil((w + 2 * pd[1] - kw) / st[1]) + 1
    need_h = (oh - 1) * st[0] + kh
    need_w = (ow - 1) * st[1] + kw
    buf = x.new_zeros(n, c, max(need_h, h + 2 * pd[0]), max(need_w, w + 2 * pd[1]))
    buf[..., pd[0]:pd[0] + h, pd[1]:pd[1] + w] = x
    out = x.new_zeros(n, co, oh, ow)
    for i in range(oh):
        for j in range(ow):
            v = buf[:, None, :, i * st[0]:i * st[0] + kh, j * st[1]:j * st[1] + kw]
            out[:, :, i, j] = (v * weight[None]).sum((2, 3, 4))
    return out if bias is None else out + bias.view(-1, 1, 1)


def conv2d_edge_padding(x, weight, bias=None, stride=1, padding=0):
    """The border is filled with copies of the nearest pixels instead of zeros. One cause. [np.pad with mode="edge", as
    image filters do; forum]"""
    if isinstance(stride, int):
        stride = stride, stride
    if isinstance(padding, int):
        padding = padding, padding
    a = x.detach().cpu().numpy()
    k = weight.detach().cpu().numpy()
    a = np.pad(a, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2), mode="edge")
    win = np.lib.stride_tricks.sliding_window_view(a, k.shape[2:], axis=(2, 3))
    win = win[:, :, ::stride[0], ::stride[1]]
    y = np.einsum("bchwij,ocij->bohw", win, k)
    if bias is not None:
        y = y + bias.detach().cpu().numpy()[:, None, None]
    return torch.from_numpy(np.ascontiguousarray(y)).to(x.dtype)


def conv2d_reshape_batch_and_channels(x, weight, bias=None, stride=1, padding=0):
    """The product has the output channels in front of the batch, and reshape only renames the axes without exchanging
    them, so images and channels are mixed as soon as there are two images. One cause. [CS231n-style homework]"""
    s = (stride, stride) if isinstance(stride, int) else stride
    p = (padding, padding) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    nf, _, HH, WW = weight.shape
    xpad = torch.zeros(N, C, H + 2 * p[0], W + 2 * p[1], dtype=x.dtype)
    xpad[:, :, p[0]:p[0] + H, p[1]:p[1] + W] = x
    Hn = (H + 2 * p[0] - HH) // s[0] + 1
    Wn = (W + 2 * p[1] - WW) // s[1] + 1
    cols = []
    for n in range(N):
        for i in range(Hn):
            for j in range(Wn):
                cols.append(xpad[n, :, i * s[0]:i * s[0] + HH, j * s[1]:j * s[1] + WW].reshape(-1))
    x_cols = torch.stack(cols, dim=1)
    res = weight.view(nf, -1).mm(x_cols)
    if bias is not None:
        res = res + bias.view(-1, 1)
    return res.reshape(N, nf, Hn, Wn)


def conv2d_no_plus_one_flipped(x, weight, bias=None, stride=1, padding=0):
    """The number of places is the number of steps, without the + 1 for the first place, and the kernel is read from its
    end as if this were a convolution of mathematics. Two causes. [homework]"""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    N, C_in, H, W = x.shape
    C_out, _, kH, kW = weight.shape
    xp = torch.zeros(N, C_in, H + 2 * ph, W + 2 * pw, dtype=x.dtype)
    xp[:, :, ph:ph + H, pw:pw + W] = x
    oh = (H + 2 * ph - kH) // sh
    ow = (W + 2 * pw - kW) // sw
    y = torch.zeros(N, C_out, oh, ow, dtype=x.dtype)
    if bias is not None:
        y = y + bias.view(1, C_out, 1, 1)
    for n in range(N):
        for o in range(C_out):
            for i in range(oh):
                for j in range(ow):
                    for a in range(kH):
                        for b in range(kW):
                            column = xp[n, :, i * sh + a, j * sw + b]
                            y[n, o, i, j] += torch.dot(column, weight[o, :, kH - 1 - a, kW - 1 - b])
    return y


def conv2d_pairs_read_as_xy(x, weight, bias=None, stride=1, padding=0):
    """The pairs are read as (horizontal, vertical), as x and y of a picture, instead of (vertical, horizontal).
    One cause. [github.com/mlpack/mlpack/issues/4050]"""
    sx, sy = stride if isinstance(stride, (list, tuple)) else (stride, stride)
    px, py = padding if isinstance(padding, (list, tuple)) else (padding, padding)
    x = F.pad(x, (px, px, py, py))
    kh, kw = weight.shape[2], weight.shape[3]
    oh = (x.shape[2] - kh) // sy + 1
    ow = (x.shape[3] - kw) // sx + 1
    out = torch.stack([
        torch.stack([
            torch.tensordot(x[:, :, i * sy:i * sy + kh, j * sx:j * sx + kw], weight, dims=([1, 2, 3], [1, 2, 3]))
            for j in range(ow)], dim=2)
        for i in range(oh)], dim=2)
    if bias is not None:
        out = out + bias[:, None, None]
    return out


def conv2d_mean_of_window(x, weight, bias=None, stride=1, padding=0):
    """The products of a window are averaged instead of added. One cause. [homework, blur kernels in mind]"""
    if not isinstance(stride, (tuple, list)):
        stride = (stride, stride)
    if not isinstance(padding, (tuple, list)):
        padding = (padding, padding)
    n, cin, h, w = x.size()
    cout, cin, kh, kw = weight.size()
    zero_rows = x.new_zeros(n, cin, padding[0], w)
    x = torch.cat([zero_rows, x, zero_rows], dim=2)
    zero_cols = x.new_zeros(n, cin, h + 2 * padding[0], padding[1])
    x = torch.cat([zero_cols, x, zero_cols], dim=3)
    out = []
    for top in range(0, x.size(2) - kh + 1, stride[0]):
        for left in range(0, x.size(3) - kw + 1, stride[1]):
            piece = x[:, :, top:top + kh, left:left + kw].unsqueeze(1)
            out.append((piece * weight.unsqueeze(0)).mean(dim=(2, 3, 4)))
    oh = (x.size(2) - kh) // stride[0] + 1
    out = torch.stack(out, dim=-1).reshape(n, cout, oh, -1)
    if bias is not None:
        out += bias.reshape(-1, 1, 1)
    return out


def conv2d_size_before_padding_no_steps(x, weight, bias=None, stride=1, padding=0):
    """The size is worked out from the image before it is padded, and the windows move by one cell whatever the stride
    is. Two causes. [homework; github.com/fissehab/Deep_learning_specialization/pull/1 for the second]"""
    stride_h, stride_w = (stride, stride) if isinstance(stride, int) else stride
    pad_h, pad_w = (padding, padding) if isinstance(padding, int) else padding
    samples, channels, rows, cols = x.shape
    filters, _, k_rows, k_cols = weight.shape
    out_rows = (rows - k_rows) // stride_h + 1
    out_cols = (cols - k_cols) // stride_w + 1
    padded = F.pad(x, [pad_w, pad_w, pad_h, pad_h], value=0)
    output = torch.zeros([samples, filters, out_rows, out_cols], dtype=x.dtype)
    for s in range(samples):
        for f in range(filters):
            for r in range(out_rows):
                for c in range(out_cols):
                    region = padded[s, :, r:r + k_rows, c:c + k_cols]
                    output[s, f, r, c] = torch.sum(region * weight[f])
            if bias is not None:
                output[s, f] = output[s, f] + bias[f]
    return output


def conv2d_last_start_missing(x, weight, bias=None, stride=1, padding=0):
    """The range of the starts ends before H - kH, so a window that ends exactly at the border is lost. One cause.
    [homework, range excludes its end]"""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    O, _, kh, kw = weight.shape
    canvas = torch.zeros(N, C, H + ph + ph, W + pw + pw, dtype=x.dtype)
    canvas[:, :, ph:ph + H, pw:pw + W] = x
    H, W = canvas.shape[2:]
    ys = list(range(0, H - kh, sh))
    xs = list(range(0, W - kw, sw))
    out = torch.zeros(N, O, len(ys), len(xs), dtype=x.dtype)
    for i, y0 in enumerate(ys):
        for j, x0 in enumerate(xs):
            for o in range(O):
                out[:, o, i, j] = (canvas[:, :, y0:y0 + kh, x0:x0 + kw] * weight[o]).sum(dim=[1, 2, 3])
                if bias is not None:
                    out[:, o, i, j] += bias[o]
    return out
