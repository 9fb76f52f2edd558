"""Right answers to output_size, in the styles that people write."""
import fractions
import itertools
import math

import numpy as np
import torch


def output_size_pytorch_formula(n, kernel_size, stride=1, padding=0, dilation=1):
    """The formula of PyTorch's documentation, with floor division."""
    return (n + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def output_size_math_floor(n, kernel_size, stride=1, padding=0, dilation=1):
    """The documentation's formula to the letter: math.floor of a true division."""
    return math.floor((n + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1)


def output_size_named_parts(n, kernel_size, stride=1, padding=0, dilation=1):
    """Named parts, one after the other."""
    padded = n + padding + padding
    span = kernel_size + (kernel_size - 1) * (dilation - 1)
    free = padded - span
    steps = free // stride
    return steps + 1


def output_size_int_of_division(n, kernel_size, stride=1, padding=0, dilation=1):
    """int() of a true division; nothing is negative, so that it rounds down."""
    effective = dilation * (kernel_size - 1) + 1
    return int((n - effective + 2 * padding) / stride) + 1


def output_size_dumoulin(n, kernel_size, stride=1, padding=0, dilation=1):
    """(free + stride) // stride, as in 'A guide to convolution arithmetic'."""
    return (n + 2 * padding - (dilation * (kernel_size - 1) + 1) + stride) // stride


def output_size_ceil(n, kernel_size, stride=1, padding=0, dilation=1):
    """TensorFlow's VALID: the places with stride 1, divided, rounded up by two minus signs."""
    places = n + 2 * padding - (kernel_size - 1) * dilation
    return -(-places // stride)


def output_size_range(n, kernel_size, stride=1, padding=0, dilation=1):
    """The length of the range of the windows' first cells."""
    last_start = n + 2 * padding - dilation * (kernel_size - 1)
    return len(range(0, last_start, stride))


def output_size_divmod(n, kernel_size, stride=1, padding=0, dilation=1):
    """divmod; the rest would be the unused cells."""
    steps, unused = divmod(n + 2 * padding - 1 - (kernel_size - 1) * dilation, stride)
    assert 0 <= unused < stride
    return steps + 1


def output_size_counting(n, kernel_size, stride=1, padding=0, dilation=1):
    """Puts the window down and moves it until it does not fit."""
    count = 0
    position = -padding
    while position + dilation * (kernel_size - 1) <= n + padding - 1:
        count += 1
        position += stride
    return count


def output_size_sum_generator(n, kernel_size, stride=1, padding=0, dilation=1):
    """The sum of a generator with takewhile."""
    reach = dilation * (kernel_size - 1)
    fits = itertools.takewhile(lambda start: start + reach < n + 2 * padding, itertools.count(0, stride))
    return sum(1 for _ in fits)


def output_size_binary_search(n, kernel_size, stride=1, padding=0, dilation=1):
    """Halves an interval: the largest number of windows that still fits."""
    def fits(count):
        return (count - 1) * stride + dilation * (kernel_size - 1) + 1 <= n + 2 * padding

    low, high = 1, n + 2 * padding + 1
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


def output_size_recursive(n, kernel_size, stride=1, padding=0, dilation=1):
    """Gets rid of one difficulty at a time by calling itself."""
    if padding:
        return output_size_recursive(n + 2 * padding, kernel_size, stride, 0, dilation)
    if dilation > 1:
        return output_size_recursive(n, (kernel_size - 1) * dilation + 1, stride)
    if kernel_size > 1:
        return output_size_recursive(n - kernel_size + 1, 1, stride)
    return (n - 1) // stride + 1


def output_size_fraction(n, kernel_size, stride=1, padding=0, dilation=1):
    """An exact fraction, rounded down by math.floor."""
    return math.floor(fractions.Fraction(n + 2 * padding - dilation * (kernel_size - 1) - 1, stride)) + 1


def output_size_numpy_arange(n, kernel_size, stride=1, padding=0, dilation=1):
    """numpy: the last cell of each window, and how many of them are inside."""
    starts = np.arange(-padding, n + padding, stride)
    ends = starts + dilation * (kernel_size - 1)
    return int((ends < n + padding).sum())


def output_size_torch_div(n, kernel_size, stride=1, padding=0, dilation=1):
    """torch.div with rounding, and .item()."""
    free = torch.tensor(n + 2 * padding - dilation * (kernel_size - 1) - 1)
    return torch.div(free, stride, rounding_mode="floor").item() + 1


def output_size_unfold(n, kernel_size, stride=1, padding=0, dilation=1):
    """The length of a view: a tensor's unfold counts the windows."""
    return torch.empty(n + 2 * padding).unfold(0, dilation * (kernel_size - 1) + 1, stride).shape[0]


def output_size_slice_length(n, kernel_size, stride=1, padding=0, dilation=1):
    """Slices the list of all places with the stride, and a check by assert."""
    places = range(n + 2 * padding)[:n + 2 * padding - dilation * (kernel_size - 1)]
    assert len(places) > 0, "the kernel does not fit"
    return len(places[::stride])


def output_size_axis_class(n, kernel_size, stride=1, padding=0, dilation=1):
    """A class for an axis, used inside."""
    class Axis:
        def __init__(self, cells):
            self.cells = cells

        def padded(self, p):
            return Axis(self.cells + 2 * p)

        def windows(self, size, step):
            return (self.cells - size + step) // step

    return Axis(n).padded(padding).windows(1 + (kernel_size - 1) * dilation, stride)
