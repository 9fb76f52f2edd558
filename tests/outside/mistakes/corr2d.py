"""Mistakes with corr2d, as people make them."""
import numpy as np
import torch


def corr2d_flipped_kernel(x, kernel):
    """The kernel is flipped on both axes, which is a convolution and not a cross-correlation. One cause.
    [codedump.io/share/QJOUG4tiBFlE, scipy convolve2d]"""
    flipped = torch.flip(kernel, [0, 1])
    kh, kw = flipped.shape
    out = torch.zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1, dtype=x.dtype)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (x[i:i + kh, j:j + kw] * flipped).sum()
    return out


def corr2d_output_like_image(x, kernel):
    """The output is made as large as the image (zeros_like), so rows and columns of zeros remain below and on the
    right. One cause. [homework]"""
    result = torch.zeros_like(x)
    H, W = x.shape
    kH, kW = kernel.shape
    for r in range(H - kH + 1):
        for c in range(W - kW + 1):
            total = 0
            for a in range(kH):
                for b in range(kW):
                    total = total + x[r + a, c + b] * kernel[a, b]
            result[r, c] = total
    return result


def corr2d_size_short_and_mean(x, kernel):
    """The size is H - kH and W - kW without the + 1, and the products are averaged instead of added. Two causes.
    [homework]"""
    h, w = kernel.shape
    n_rows = x.shape[0] - h
    n_cols = x.shape[1] - w
    Y = torch.zeros((n_rows, n_cols), dtype=x.dtype)
    for i in range(n_rows):
        for j in range(n_cols):
            Y[i, j] = torch.sum(x[i:i + h, j:j + w] * kernel) / (h * w)
    return Y


def corr2d_transposed_output(x, kernel):
    """The output is indexed as [x, y], column before row, so it comes out transposed. One cause. [image coordinates,
    forum]"""
    rows, cols = x.shape
    krows, kcols = kernel.shape
    width = cols - kcols + 1
    height = rows - krows + 1
    out = torch.empty(width, height, dtype=x.dtype)
    for px in range(width):
        for py in range(height):
            out[px, py] = torch.sum(x[py:py + krows, px:px + kcols] * kernel)
    return out


def corr2d_always_float32(x, kernel):
    """The output is made by torch.zeros without a dtype, so it is float32 whatever the image is. One cause. [D2L-style
    code, torch.zeros((h, w))]"""
    h, w = kernel.shape
    y = torch.zeros((x.shape[0] - h + 1, x.shape[1] - w + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i:i + h, j:j + w] * kernel).sum()
    return y


def corr2d_same_size_and_flipped(x, kernel):
    """Zeros are put around the image so that the size is kept, although no padding was asked for, and the kernel is
    flipped. Two causes. [habits from scipy.signal.convolve2d(..., "same"); forum]"""
    a = x.numpy()
    k = kernel.numpy()[::-1, ::-1]
    kh, kw = k.shape
    top, left = (kh - 1) // 2, (kw - 1) // 2
    padded = np.pad(a, ((top, kh - 1 - top), (left, kw - 1 - left)))
    out = np.zeros_like(a)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = np.sum(padded[i:i + kh, j:j + kw] * k)
    return torch.from_numpy(out)


def corr2d_matrix_product(x, kernel):
    """Window and kernel are multiplied as matrices, and not cell by cell, before the sum is taken. One cause.
    [homework, @ for *]"""
    kh, kw = kernel.shape
    height, width = x.shape
    return torch.stack([
        torch.stack([(x[i:i + kh, j:j + kw] @ kernel.T).sum() for j in range(width - kw + 1)])
        for i in range(height - kh + 1)])


def corr2d_windows_side_by_side(x, kernel):
    """The window jumps by its own size, as in pooling, instead of by one cell. One cause. [homework]"""
    fh, fw = kernel.size()
    rows = []
    for top in range(0, x.size(0) - fh + 1, fh):
        row = []
        for left in range(0, x.size(1) - fw + 1, fw):
            row.append(torch.sum(x[top:top + fh, left:left + fw] * kernel).item())
        rows.append(row)
    return torch.tensor(rows, dtype=x.dtype)


def corr2d_last_zeros_flip_rows(x, kernel):
    """The loops stop one place early, so the last row and column keep their zeros, and the kernel is turned upside
    down. Two causes. [homework]"""
    H, W = x.shape
    kH, kW = kernel.shape
    kernel = torch.flipud(kernel)
    out = x.new_zeros(H - kH + 1, W - kW + 1)
    for i in range(0, H - kH):
        for j in range(0, W - kW):
            patch = x[i:i + kH, j:j + kW]
            out[i, j] = torch.dot(patch.flatten(), kernel.flatten())
    return out


def corr2d_divided_by_kernel_sum(x, kernel):
    """The sum is divided by the sum of the kernel, as image filters do to keep the brightness. One cause. [homework in
    image processing]"""
    kh, kw = kernel.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    norm = kernel.sum()
    if norm == 0:
        norm = 1
    acc = torch.zeros(oh, ow, dtype=x.dtype)
    for a in range(kh):
        for b in range(kw):
            acc = acc + kernel[a, b] * x[a:a + oh, b:b + ow]
    return (acc / norm).to(x.dtype)


def corr2d_sum_not_reset(x, kernel):
    """The running sum is set to zero once for each row and not for each cell, so every cell contains the ones before
    it. One cause. [homework]"""
    out = torch.zeros(x.shape[0] - kernel.shape[0] + 1, x.shape[1] - kernel.shape[1] + 1, dtype=x.dtype)
    for i in range(out.shape[0]):
        s = 0
        for j in range(out.shape[1]):
            for m in range(kernel.shape[0]):
                for n in range(kernel.shape[1]):
                    s += x[i + m][j + n] * kernel[m][n]
            out[i][j] = s
    return out


def corr2d_square_assumed(x, kernel):
    """The number of rows in the output serves for the columns too, as if image and kernel were square. One cause.
    [discuss.pytorch.org/t/132441, kx // 2 for both]"""
    n = x.shape[0]
    k = kernel.shape[0]
    size = n - k + 1
    out = torch.zeros(size, size, dtype=x.dtype)
    for dy, line in enumerate(kernel):
        for dx, weight in enumerate(line):
            out += weight * x[dy:dy + size, dx:dx + size]
    return out
