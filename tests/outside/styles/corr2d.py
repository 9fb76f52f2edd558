"""Right answers to corr2d, in the styles that people write."""
import functools
import itertools
import operator

import torch
import torch.nn.functional as F


def corr2d_four_loops(x, kernel):
    """Four nested loops, cell by cell, added in place."""
    H, W = x.shape
    kH, kW = kernel.shape
    out = torch.zeros(H - kH + 1, W - kW + 1, dtype=x.dtype)
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            for a in range(kH):
                for b in range(kW):
                    out[i, j] += x[i + a, j + b] * kernel[a, b]
    return out


def corr2d_d2l(x, kernel):
    """D2L's: a slice times the kernel, summed."""
    h, w = kernel.shape
    Y = torch.zeros((x.shape[0] - h + 1, x.shape[1] - w + 1), dtype=x.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (x[i:i + h, j:j + w] * kernel).sum()
    return Y


def corr2d_nested_stack(x, kernel):
    """A stack of stacks of comprehensions."""
    kh, kw = kernel.size()
    return torch.stack([
        torch.stack([torch.sum(x[r:r + kh, c:c + kw] * kernel) for c in range(x.size(1) - kw + 1)])
        for r in range(x.size(0) - kh + 1)
    ])


def corr2d_kernel_loops(x, kernel):
    """Loops over the kernel: whole shifted images, weighted and added."""
    oh = x.shape[0] - kernel.shape[0] + 1
    ow = x.shape[1] - kernel.shape[1] + 1
    out = torch.zeros((oh, ow), dtype=x.dtype)
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            out = out + kernel[a, b] * x[a:a + oh, b:b + ow]
    return out


def corr2d_negative_slices(x, kernel):
    """Shifted images by slices that count from the end: 'or None' where nothing is cut."""
    kh, kw = kernel.shape
    total = 0
    for (a, row) in enumerate(kernel):
        for (b, weight) in enumerate(row):
            total = total + weight * x[a:(a + 1 - kh) or None, b:(b + 1 - kw) or None]
    return total


def corr2d_as_strided_einsum(x, kernel):
    """as_strided and einsum."""
    size = (x.size(0) - kernel.size(0) + 1, x.size(1) - kernel.size(1) + 1, *kernel.shape)
    windows = torch.as_strided(x, size, x.stride() * 2, x.storage_offset())
    return torch.einsum("ijab,ab->ij", windows, kernel)


def corr2d_tensor_unfold(x, kernel):
    """The tensor's own unfold (a view, not a convolution) and tensordot."""
    windows = x.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
    return torch.tensordot(windows, kernel, dims=2)


def corr2d_functional_unfold(x, kernel):
    """F.unfold, which only cuts the windows out, and a matrix product."""
    oh, ow = x.shape[0] - kernel.shape[0] + 1, x.shape[1] - kernel.shape[1] + 1
    columns = F.unfold(x[None, None], tuple(kernel.shape))
    return (kernel.reshape(1, -1) @ columns[0]).reshape(oh, ow)


def corr2d_im2col(x, kernel):
    """im2col by hand, matrix times vector."""
    (h, w), (kh, kw) = x.shape, kernel.shape
    oh, ow = h - kh + 1, w - kw + 1
    rows = []
    for i in range(oh):
        for j in range(ow):
            rows.append(x[i:i + kh, j:j + kw].reshape(-1))
    return (torch.stack(rows) @ kernel.reshape(-1)).view(oh, ow)


def corr2d_toeplitz(x, kernel):
    """The matrix of the whole operation, built row by row."""
    H, W = x.shape
    kH, kW = kernel.shape
    oh, ow = H - kH + 1, W - kW + 1
    matrix = torch.zeros(oh * ow, H, W, dtype=x.dtype)
    for number, (i, j) in enumerate(itertools.product(range(oh), range(ow))):
        matrix[number, i:i + kH, j:j + kW] = kernel
    return torch.mv(matrix.flatten(1), x.flatten()).reshape(oh, ow)


def corr2d_index_grid(x, kernel):
    """Advanced indexing with broadcast row and column numbers."""
    kh, kw = kernel.shape
    i = torch.arange(x.shape[0] - kh + 1).view(-1, 1, 1, 1)
    j = torch.arange(x.shape[1] - kw + 1).view(1, -1, 1, 1)
    a = torch.arange(kh).view(1, 1, -1, 1)
    b = torch.arange(kw).view(1, 1, 1, -1)
    return (x[i + a, j + b] * kernel).sum(dim=(2, 3))


def corr2d_recursive_rows(x, kernel):
    """Recursion: the first kernel row, plus the rest of the kernel over the image one row further down."""
    def one_row(image, weights):
        if len(weights) == 1:
            return weights[0] * image
        return weights[0] * image[:, :image.shape[1] - len(weights) + 1] + one_row(image[:, 1:], weights[1:])

    if kernel.shape[0] == 1:
        return one_row(x, kernel[0])
    height = x.shape[0] - kernel.shape[0] + 1
    return one_row(x[:height], kernel[0]) + corr2d_recursive_rows(x[1:], kernel[1:])


def corr2d_roll(x, kernel):
    """torch.roll, and crop in the end."""
    result = torch.zeros_like(x)
    for a, b in itertools.product(range(kernel.shape[0]), range(kernel.shape[1])):
        result = result + torch.roll(x, (-a, -b), (0, 1)) * kernel[a][b]
    return result[:x.shape[0] - kernel.shape[0] + 1, :x.shape[1] - kernel.shape[1] + 1]


def corr2d_reduce(x, kernel):
    """functools.reduce over a generator of shifted images."""
    oh, ow = (n - k + 1 for n, k in zip(x.shape, kernel.shape))
    shifted = (x[a:a + oh, b:b + ow] * kernel[a, b] for a in range(len(kernel)) for b in range(len(kernel[0])))
    return functools.reduce(operator.add, shifted)


def corr2d_flip_twice(x, kernel):
    """True convolution of a flipped kernel, written by its definition."""
    flipped = kernel.flip(0, 1)
    kh, kw = kernel.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = x.new_empty((oh, ow))
    for i in range(oh):
        for j in range(ow):
            acc = 0
            for a in range(kh):
                for b in range(kw):
                    acc = acc + x[i + kh - 1 - a, j + kw - 1 - b] * flipped[a, b]
            y[i, j] = acc
    return y


def corr2d_fft(x, kernel):
    """By the Fourier transform, in float64."""
    spectrum = torch.fft.fft2(x.double()) * torch.fft.fft2(kernel.double(), s=x.shape).conj()
    y = torch.fft.ifft2(spectrum).real
    y = y[:x.shape[0] - kernel.shape[0] + 1, :x.shape[1] - kernel.shape[1] + 1]
    if not x.dtype.is_floating_point:
        y = y.round()
    return y.to(x.dtype)


def corr2d_index_add(x, kernel):
    """Each input cell adds itself to the outputs that see it: index_add on the flat output."""
    H, W = x.shape
    oh, ow = H - kernel.shape[0] + 1, W - kernel.shape[1] + 1
    rows = torch.arange(H)[:, None].expand(H, W)
    cols = torch.arange(W)[None, :].expand(H, W)
    out = torch.zeros(oh * ow, dtype=x.dtype)
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            i, j = rows - a, cols - b
            mask = (i >= 0) & (i < oh) & (j >= 0) & (j < ow)
            out = out.index_add(0, (i * ow + j)[mask], x[mask] * kernel[a, b])
    return out.view(oh, ow)


def corr2d_vdot_double(x, kernel):
    """A generator of dot products, float64 inside, cat in the end."""
    def dots():
        k = kernel.to(torch.float64).flatten()
        big = x.to(torch.float64)
        for i in range(x.shape[0] - kernel.shape[0] + 1):
            for j in range(x.shape[1] - kernel.shape[1] + 1):
                yield torch.dot(big[i:i + kernel.shape[0], j:j + kernel.shape[1]].flatten(), k).reshape(1)

    return torch.cat(list(dots())).reshape(x.shape[0] - kernel.shape[0] + 1, -1).to(x.dtype)


def corr2d_band_matrices(x, kernel):
    """For every kernel row a band matrix from the right; the rows' results are added."""
    H, W = x.shape
    kH, kW = kernel.shape
    oh, ow = H - kH + 1, W - kW + 1
    answer = None
    for a in range(kH):
        band = x.new_zeros(W, ow)
        for j in range(ow):
            band[j:j + kW, j] = kernel[a]
        part = x[a:a + oh] @ band
        answer = part if answer is None else answer + part
    return answer
