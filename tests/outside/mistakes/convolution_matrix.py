"""Mistakes with convolution_matrix, as people make them."""
import torch
import torch.nn.functional as F


def convolution_matrix_kernel_flipped(kernel, size):
    """One cause: the kernel is turned by 180 degrees, as in a mathematical convolution.
    [https://devpeace.com/neural-network/16798888/2-d-convolution-as-a-matrix-matrix-multiplication]"""
    H, W = (size, size) if isinstance(size, int) else size
    kh, kw = kernel.shape
    oh, ow = H - kh + 1, W - kw + 1
    k = torch.flip(kernel, dims=(0, 1))
    M = torch.zeros(oh * ow, H * W, dtype=kernel.dtype)
    for i in range(oh):
        for j in range(ow):
            canvas = torch.zeros(H, W, dtype=kernel.dtype)
            canvas[i:i + kh, j:j + kw] = k
            M[i * ow + j] = canvas.flatten()
    return M


def convolution_matrix_no_jump_at_line_end(kernel, size):
    """One cause: each row is the one before it moved by one cell, also where the window goes to a new line and has to
    jump by kW cells. [homework, Toeplitz matrix by rolling the first row]"""
    h, w = size if isinstance(size, (tuple, list)) else (size, size)
    a, b = kernel.shape
    first = F.pad(kernel, (0, w - b, 0, h - a)).reshape(-1)
    n_rows = (h - a + 1) * (w - b + 1)
    return torch.stack([torch.roll(first, r) for r in range(n_rows)])


def convolution_matrix_output_by_columns_flipped(kernel, size):
    """Two causes: the output cells are numbered column after column, j * oh + i; and the kernel is flipped. [homework,
    MATLAB order]"""
    if isinstance(size, int):
        size = (size, size)
    rows, cols = size
    kr, kc = kernel.shape
    out_r = rows - kr + 1
    out_c = cols - kc + 1
    matrix = kernel.new_zeros((out_r * out_c, rows * cols))
    for i in range(out_r):
        for j in range(out_c):
            for u in range(kr):
                for v in range(kc):
                    matrix[j * out_r + i, (i + u) * cols + (j + v)] = kernel[kr - 1 - u, kc - 1 - v]
    return matrix


def convolution_matrix_line_as_long_as_output(kernel, size):
    """One cause: the column of an input cell is worked out with the output's width, (i + a) * ow + j + b, though a line
    of the image has W cells. [homework, index arithmetic]"""
    height, width = (size, size) if not isinstance(size, tuple) else size
    kh, kw = kernel.shape
    oh, ow = height - kh + 1, width - kw + 1
    i, j, a, b = torch.meshgrid(*[torch.arange(n) for n in (oh, ow, kh, kw)], indexing="ij")
    row = i * ow + j
    column = (i + a) * ow + (j + b)
    out = torch.zeros(oh * ow, height * width, dtype=kernel.dtype)
    out[row, column] = kernel[a, b]
    return out
