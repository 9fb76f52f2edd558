"""Mistakes with pad2d, as people make them."""
import numpy as np
import torch


def pad2d_order_of_torch(x, padding, value=0.0):
    """The four numbers are read in the order of F.pad, (left, right, top, bottom), instead of (top, bottom, left,
    right). One cause. [discuss.pytorch.org/t/96999]"""
    left, right, top, bottom = padding
    *lead, h, w = x.shape
    out = torch.full((*lead, top + h + bottom, left + w + right), value, dtype=x.dtype)
    out[..., top:top + h, left:left + w] = x
    return out


def pad2d_value_ignored(x, padding, value=0.0):
    """The new cells are always zeros, and value is never used. One cause. [homework]"""
    t, b, l, r = padding
    shape = list(x.shape)
    above = torch.zeros(shape[:-2] + [t, shape[-1]], dtype=x.dtype)
    below = torch.zeros(shape[:-2] + [b, shape[-1]], dtype=x.dtype)
    x = torch.cat((above, x, below), dim=-2)
    before = torch.zeros(shape[:-2] + [x.shape[-2], l], dtype=x.dtype)
    after = torch.zeros(shape[:-2] + [x.shape[-2], r], dtype=x.dtype)
    return torch.cat((before, x, after), dim=-1)


def pad2d_symmetric_and_float(x, padding, value=0.0):
    """The size takes top and left twice, as if both sides were equal, and the new tensor has no dtype given, so it is
    float32 for any image. Two causes. [homework]"""
    top, _, left, _ = padding
    H, W = x.shape[-2], x.shape[-1]
    canvas = torch.ones(*x.shape[:-2], H + 2 * top, W + 2 * left) * value
    canvas[..., top:top + H, left:left + W] = x
    return canvas


def pad2d_first_two_axes(x, padding, value=0.0):
    """The first two axes are padded instead of the last two, which is the same for a single image only. One cause.
    [np.pad with pairs in the axes' order, forum]"""
    top, bottom, left, right = padding
    widths = [(top, bottom), (left, right)] + [(0, 0)] * (x.dim() - 2)
    arr = np.pad(x.numpy(), widths, mode="constant", constant_values=value)
    return torch.from_numpy(arr)


def pad2d_clockwise_order(x, padding, value=0.0):
    """The four numbers are read clockwise, (top, right, bottom, left), as in a style sheet. One cause. [CSS habit]"""
    p_top, p_right, p_bottom, p_left = padding
    new_h = x.size(-2) + p_top + p_bottom
    new_w = x.size(-1) + p_left + p_right
    y = x.new_full(x.shape[:-2] + (new_h, new_w), value)
    for i in range(x.size(-2)):
        for j in range(x.size(-1)):
            y[..., p_top + i, p_left + j] = x[..., i, j]
    return y


def pad2d_far_sides_first_zeros(x, padding, value=0.0):
    """The image is placed after bottom rows and right columns, where top and left belong, and the new cells hold zeros
    whatever value is. Two causes. [homework]"""
    top, bottom, left, right = padding
    h, w = x.shape[-2:]
    out = torch.zeros(x.shape[:-2] + (top + h + bottom, left + w + right)).type_as(x)
    out[..., bottom:bottom + h, right:right + w] = x
    return out


def pad2d_minus_zero(x, padding, value=0.0):
    """The image goes into top:-bottom and left:-right, but with 0 on a side -0 is the beginning, and the slice is
    empty. One cause. [forum, x[pad:-pad] with pad 0]"""
    top, bottom, left, right = padding
    size = list(x.shape)
    size[-2] += top + bottom
    size[-1] += left + right
    result = torch.empty(size, dtype=x.dtype).fill_(value)
    result[..., top:-bottom, left:-right] = x
    return result
