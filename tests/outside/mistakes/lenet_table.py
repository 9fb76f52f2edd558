"""Mistakes with lenet_table, as people make them."""
import math

import torch


def lenet_table_flat_kernels(layers, image_shape):
    """One cause: a kernel is counted with k * k weights, without the channels that come in. [homework]"""
    table = []
    shape = tuple(image_shape)
    for layer in layers:
        if layer[0] == "conv":
            _, channels, k, p = layer
            c, h, w = shape
            shape = (channels, h + 2 * p - k + 1, w + 2 * p - k + 1)
            params = channels * (k * k + 1)
        elif layer[0] == "pool":
            shape = (shape[0], shape[1] // layer[1], shape[2] // layer[1])
            params = 0
        elif layer[0] == "flatten":
            shape = (math.prod(shape),)
            params = 0
        else:
            params = (shape[0] + 1) * layer[1]
            shape = (layer[1],)
        table.append((shape, params))
    return table


def lenet_table_pool_rounded_up_no_linear_bias(layers, image_shape):
    """Two causes: pooling rounds the size up, so rows that fill no window still count; and the fully connected layers
    are counted without biases. [https://github.com/BVLC/caffe/issues/4773; homework]"""
    def conv(shape, channels, k, p):
        c, h, w = shape
        return (channels, h + 2 * p - k + 1, w + 2 * p - k + 1), channels * c * k * k + channels

    def pool(shape, k):
        c, h, w = shape
        return (c, math.ceil(h / k), math.ceil(w / k)), 0

    def flatten(shape):
        c, h, w = shape
        return (c * h * w,), 0

    def linear(shape, features):
        return (features,), shape[0] * features

    kinds = {"conv": conv, "pool": pool, "flatten": flatten, "linear": linear}
    rows = []
    current = image_shape
    for kind, *numbers in layers:
        current, weights = kinds[kind](current, *numbers)
        rows.append((current, weights))
    return rows


def lenet_table_padding_on_one_side(layers, image_shape):
    """One cause: the padding of a convolution is added once to each axis, not on both sides. [homework]"""
    out = []
    s = list(image_shape)
    for name, *args in layers:
        n = 0
        if name == "conv":
            n = (s[0] * args[1] ** 2 + 1) * args[0]
            s = [args[0]] + [d + args[2] - args[1] + 1 for d in s[1:]]
        if name == "pool":
            s = [s[0]] + [(d - args[0]) // args[0] + 1 for d in s[1:]]
        if name == "flatten":
            total = 1
            for d in s:
                total *= d
            s = [total]
        if name == "linear":
            n = s[0] * args[0] + args[0]
            s = [args[0]]
        out.append((tuple(s), n))
    return out
