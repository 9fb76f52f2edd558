"""Mistakes with receptive_field, as people make them."""
import math

import torch


def receptive_field_recursion_from_front(layers):
    """The rule (r - 1) * s + k runs backwards from the output, but here it begins with the layer next to the input.
    One cause. [github.com/AlexeyAB/darknet/issues/1206]"""
    r = 1
    for k, s, d in layers:
        r = (r - 1) * s + d * (k - 1) + 1
    return r


def receptive_field_own_stride_counted(layers):
    """The jump is multiplied by a layer's stride before its kernel is counted, but the stride matters only to the
    layers that follow. One cause. [homework]"""
    field, jump = 1, 1
    for layer in layers:
        kernel, stride, dilation = layer
        jump *= stride
        field += (kernel - 1) * dilation * jump
    return field


def receptive_field_no_dilation(layers):
    """The dilation is read and never used. One cause. [formulas for plain CNNs,
    blog.csdn.net/qq_38742161/article/details/98473571]"""
    return 1 + sum((k - 1) * math.prod(s for _, s, _ in layers[:i]) for i, (k, _, _) in enumerate(layers))


def receptive_field_long_kernel_own_stride(layers):
    """A spread kernel is taken to be k * d cells long, and a layer's own stride already counts for its own kernel.
    Two causes. [homework]"""
    rf = 1
    step = 1
    for k, s, d in layers:
        step = step * s
        rf = rf + (k * d - 1) * step
    return rf


def receptive_field_strides_ignored(layers):
    """What every layer adds is counted in its own input's cells, since the strides before it are left out. One cause.
    [forum, the answer for stacks of dilated convolutions without stride]"""
    size = 1
    for kernel_size, _stride, dil in layers:
        size += dil * (kernel_size - 1)
    return size


def receptive_field_previous_stride_only(layers):
    """What a layer adds is multiplied by the stride of the layer just before it, instead of by the product of all
    strides before it. One cause. [homework; blog.csdn.net/qq_38742161/article/details/98473571 explains it]"""
    total = 1
    prev = 1
    for i in range(len(layers)):
        k, s, d = layers[i]
        total += (d * (k - 1)) * prev
        prev = s
    return total


def receptive_field_start_zero_no_dilation(layers):
    """The count begins with 0, so the pixel itself is missing, and the dilation is not used. Two causes. [homework]"""
    strides = [layer[1] for layer in layers]
    answer = 0
    for index, layer in enumerate(layers):
        product = 1
        for s in strides[:index]:
            product *= s
        answer += (layer[0] - 1) * product
    return answer
