"""Mistakes with conv2d_cost, as people make them."""
import torch


def conv2d_cost_bias_in_multiply_adds(
    size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True
):
    """One cause: adding the bias is counted as one more multiply-add for each output cell.
    [https://bbs.huaweicloud.com/blogs/274808]"""
    H, W = size
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    oh = (H + 2 * ph - kh) // sh + 1
    ow = (W + 2 * pw - kw) // sw + 1
    one_filter = c_in * kh * kw + (1 if bias else 0)
    return c_out * one_filter, c_out * one_filter * oh * ow


def conv2d_cost_flops_for_multiply_adds(
    size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True
):
    """One cause: multiplications and additions are counted apart, so there are twice as many as multiply-adds.
    [https://coderapp.vercel.app/answer/63620342]"""
    as_pair = lambda v: (v, v) if isinstance(v, int) else tuple(v)
    out = [1 + (n + 2 * p - k) // s
           for n, k, s, p in zip(size, as_pair(kernel_size), as_pair(stride), as_pair(padding))]
    weights = c_out * c_in * as_pair(kernel_size)[0] * as_pair(kernel_size)[1]
    params = weights + c_out * bias
    return params, 2 * weights * out[0] * out[1]


def conv2d_cost_no_stride_and_bias_per_kernel(
    size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True
):
    """Two causes: the stride is left out of the output's size; and there is a bias for each pair of an input and an
    output channel. [https://community.deeplearning.ai/t/how-many-biases-are-there-in-one-cnn-layer/19418]"""
    k = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    p = padding if isinstance(padding, tuple) else (padding, padding)
    rows = size[0] + 2 * p[0] - k[0] + 1
    cols = size[1] + 2 * p[1] - k[1] + 1
    kernels = c_in * c_out
    parameters = kernels * k[0] * k[1]
    macs = parameters * rows * cols
    if bias:
        parameters += kernels
    return parameters, macs


def conv2d_cost_flat_filters(
    size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True
):
    """One cause: a filter is taken to have kH * kW weights, though it is as deep as the input has channels.
    [https://community.deeplearning.ai/t/how-many-biases-are-there-in-one-cnn-layer/19418]"""
    def both(v):
        return [v, v] if isinstance(v, int) else list(v)

    (kh, kw), (sh, sw), (ph, pw) = both(kernel_size), both(stride), both(padding)
    positions = 0
    for _ in range(0, size[0] + 2 * ph - kh + 1, sh):
        for _ in range(0, size[1] + 2 * pw - kw + 1, sw):
            positions += 1
    n_weights = kh * kw * c_out
    n_bias = c_out if bias else 0
    return n_weights + n_bias, n_weights * positions


def conv2d_cost_rounded_up_and_padding_once(
    size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True
):
    """Two causes: the padding is counted once though it comes on each side; and the output's size is rounded up.
    [https://github.com/BVLC/caffe/issues/4781; homework]"""
    if type(kernel_size) is int:
        kernel_size = kernel_size, kernel_size
    if type(stride) is int:
        stride = stride, stride
    if type(padding) is int:
        padding = padding, padding
    area = 1
    for axis in (0, 1):
        span = size[axis] + padding[axis] - kernel_size[axis]
        area *= -(-span // stride[axis]) + 1
    weights_per_filter = c_in * kernel_size[0] * kernel_size[1]
    total = (weights_per_filter + int(bias)) * c_out
    return total, weights_per_filter * c_out * area
