"""Mistakes with convolve2d, as people make them."""
import numpy as np
import torch


def convolve2d_not_flipped(x, kernel):
    """The kernel is not flipped at all, which makes it a cross-correlation. One cause.
    [codedump.io/share/QJOUG4tiBFlE]"""
    kh, kw = kernel.shape
    out = torch.zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1, dtype=x.dtype)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = torch.sum(x[i:i + kh, j:j + kw] * kernel)
    return out


def convolve2d_rows_flipped_only(x, kernel):
    """[::-1] reverses the first axis only, so the kernel is upside down but not left to right. One cause. [forum,
    np K[::-1] for K[::-1, ::-1]]"""
    img = x.numpy()
    k = kernel.numpy()[::-1]
    windows = np.lib.stride_tricks.sliding_window_view(img, k.shape)
    return torch.from_numpy(np.einsum("ijab,ab->ij", windows, k))


def convolve2d_transposed_kernel(x, kernel):
    """The kernel is transposed, that is, mirrored at its diagonal, instead of flipped on both axes. One cause.
    [homework, "flip" as .T]"""
    k = kernel.t()
    rows, cols = k.shape
    H, W = x.shape
    y = x.new_zeros(H - rows + 1, W - cols + 1)
    for a in range(rows):
        for b in range(cols):
            y += x[a:a + y.shape[0], b:b + y.shape[1]] * k[a, b]
    return y


def convolve2d_columns_only_and_short(x, kernel):
    """The kernel is flipped left to right only (fliplr), and the loops leave out the last place on each axis.
    Two causes. [homework]"""
    k = torch.fliplr(kernel)
    kH, kW = k.shape
    H, W = x.shape
    out = []
    for i in range(H - kH):
        for j in range(W - kW):
            out.append((x[i:i + kH, j:j + kW] * k).sum())
    if not out:
        return x.new_zeros(H - kH, W - kW)
    return torch.stack(out).reshape(H - kH, W - kW)


def convolve2d_image_flipped(x, kernel):
    """The image is flipped instead of the kernel, so the output comes out upside down and reversed. One cause.
    [homework]"""
    img = torch.flip(x, (0, 1))
    kh, kw = kernel.shape
    h, w = img.shape
    return torch.stack([torch.stack([torch.sum(img[r:r + kh, c:c + kw] * kernel) for c in range(w - kw + 1)])
                        for r in range(h - kh + 1)])


def convolve2d_full_output(x, kernel):
    """Every pixel spreads the kernel into the output, and the places where the kernel sticks out are kept, so the
    output grows instead of shrinking. One cause. [the default mode of scipy.signal.convolve2d and np.convolve]"""
    n1, n2 = x.shape
    m1, m2 = kernel.shape
    full = torch.zeros(n1 + m1 - 1, n2 + m2 - 1, dtype=x.dtype)
    for i in range(n1):
        for j in range(n2):
            full[i:i + m1, j:j + m2] += x[i, j] * kernel
    return full
