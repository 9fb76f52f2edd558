"""Mistakes with output_size, as people make them."""
import math

import torch


def output_size_ceil(n, kernel_size, stride=1, padding=0, dilation=1):
    """The quotient is rounded up, which counts a window that does not fit any more. One cause.
    [stats.stackexchange.com/questions/223630, Caffe's pooling]"""
    effective = dilation * (kernel_size - 1) + 1
    return math.ceil((n + 2 * padding - effective) / stride) + 1


def output_size_padding_once(n, kernel_size, stride=1, padding=0, dilation=1):
    """The padding is added once instead of on both sides. One cause. [D2L's p is the total of both sides]"""
    k = (kernel_size - 1) * dilation + 1
    total = n + padding
    steps = (total - k) // stride
    return steps + 1


def output_size_kernel_times_dilation(n, kernel_size, stride=1, padding=0, dilation=1):
    """The spread kernel is taken to be kernel_size * dilation cells long, which counts a gap after its last cell.
    One cause. [github.com/NVIDIA/cutlass/pull/3526]"""
    return 1 + (n + 2 * padding - kernel_size * dilation) // stride


def output_size_no_plus_one_no_dilation(n, kernel_size, stride=1, padding=0, dilation=1):
    """The steps are counted and not the places, so 1 is missing, and the dilation is left out altogether. Two causes.
    [github.com/webmachinelearning/webnn/issues/222 for the dilation]"""
    free = n + padding + padding - kernel_size
    return free // stride


def output_size_one_inside_quotient(n, kernel_size, stride=1, padding=0, dilation=1):
    """The + 1 is divided by the stride too, since it stands inside the brackets. One cause. [homework]"""
    span = dilation * (kernel_size - 1) + 1
    places = n + 2 * padding - span + 1
    return places // stride


def output_size_dilation_as_gap(n, kernel_size, stride=1, padding=0, dilation=1):
    """The dilation is read as the number of cells skipped between neighbours, so that 1 already leaves a gap.
    One cause. [github.com/uxlfoundation/oneDNN/issues/438]"""
    gaps = kernel_size - 1
    length = kernel_size + gaps * dilation
    q, _ = divmod(n + 2 * padding - length, stride)
    return q + 1


def output_size_round_kernel_times_dilation(n, kernel_size, stride=1, padding=0, dilation=1):
    """The quotient is rounded to the nearest whole number instead of down, and the spread kernel is taken to be
    kernel_size * dilation long. Two causes. [homework]"""
    k_eff = kernel_size * dilation
    quotient = (n - k_eff + 2 * padding) / stride
    return round(quotient) + 1


def output_size_rounded(n, kernel_size, stride=1, padding=0, dilation=1):
    """The quotient is rounded to the nearest whole number instead of down. One cause. [homework]"""
    size = (n + 2 * padding - dilation * (kernel_size - 1) - 1) / stride
    return int(size + 0.5) + 1


def output_size_not_floored(n, kernel_size, stride=1, padding=0, dilation=1):
    """The formula is evaluated with / and never rounded, so a float comes out, and fractions of a window with it.
    One cause. [github.com/cs231n/cs231n.github.io/issues/210]"""
    F = 1 + (kernel_size - 1) * dilation
    return (n - F + 2 * padding) / stride + 1


def output_size_strict_comparison(n, kernel_size, stride=1, padding=0, dilation=1):
    """The window is moved along while its end lies before the end of the input, and a window that ends exactly there is
    not counted. One cause. [homework, < for <=]"""
    length = n + 2 * padding
    reach = (kernel_size - 1) * dilation + 1
    count, start = 0, 0
    while start + reach < length:
        count += 1
        start += stride
    return count


def output_size_dilation_added_padding_once(n, kernel_size, stride=1, padding=0, dilation=1):
    """The dilation lengthens the kernel by d - 1 in all, and not once for every gap, and the padding is added on one
    side only. Two causes. [homework]"""
    kernel_size = kernel_size + (dilation - 1)
    n = n + padding
    return len(range(0, n - kernel_size + 1, stride))


def output_size_sign_of_one(n, kernel_size, stride=1, padding=0, dilation=1):
    """The spread kernel is d * (k - 1) + 1 long, but without brackets only d * (k - 1) is subtracted and the 1 is
    added. One cause. [github.com/torch/nn/issues/945, a slip of the old documentation]"""
    return math.floor((n + 2 * padding - dilation * (kernel_size - 1) + 1) / stride + 1)
