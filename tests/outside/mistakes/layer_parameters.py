"""Mistakes with layer_parameters, as people make them."""
import math

import torch


def layer_parameters_output_as_large_as_image(size, kernel_size, bias=True):
    """One cause: the output is taken to be as large as the image, H * W cells, not only where a window fits.
    [homework]"""
    H, W = size
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    out_cells = H * W
    b = 1 if bias else 0
    fully = out_cells * (H * W + b)
    local = out_cells * (kh * kw + b)
    conv = kh * kw + b
    return fully, local, conv


def layer_parameters_bias_for_each_cell(size, kernel_size, bias=True):
    """One cause: the convolutional layer is given a bias for each output cell, though it has one for all.
    [https://forums.fast.ai/t/keras-convolution2d-layer-what-does-bias-mean-exactly/6915]"""
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size,) * 2
    oh, ow = [n - k + 1 for n, k in zip(size, kernel_size)]
    window = math.prod(kernel_size)
    counts = [math.prod(size) * oh * ow, window * oh * ow, window]
    if bias:
        counts = [c + oh * ow for c in counts]
    return tuple(counts)


def layer_parameters_one_shared_bias_locally(size, kernel_size, bias=True):
    """One cause: the locally connected layer gets a single bias, as if it were shared there too. [homework]"""
    h, w = size
    a, b = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    n_out = (h - a + 1) * (w - b + 1)
    dense = h * w * n_out
    local = a * b * n_out
    conv = a * b
    if bias:
        dense += n_out
        local += 1
        conv += 1
    return dense, local, conv


def layer_parameters_size_short_and_one_bias(size, kernel_size, bias=True):
    """Two causes: the places are counted as H - kH, without the + 1; and the fully connected layer has one bias for the
    whole layer, not one for each output cell. [homework]"""
    def pair(k):
        return (k, k) if isinstance(k, int) else k

    k = pair(kernel_size)
    places = (size[0] - k[0]) * (size[1] - k[1])
    pixels = size[0] * size[1]
    weights = k[0] * k[1]
    extra = int(bool(bias))
    return (pixels * places + extra, (weights + extra) * places, weights + extra)


def layer_parameters_kernel_always_square(size, kernel_size, bias=True):
    """One cause: of a pair only the first number is used, as if every window were square. [homework]"""
    height, width = size
    k = kernel_size[0] if isinstance(kernel_size, (tuple, list)) else kernel_size
    placements = 0
    for top in range(height - k + 1):
        for left in range(width - k + 1):
            placements += 1
    per_cell_full = height * width + (1 if bias else 0)
    per_cell_local = k * k + (1 if bias else 0)
    return placements * per_cell_full, placements * per_cell_local, per_cell_local
