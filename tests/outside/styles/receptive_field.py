"""Right answers to receptive_field, in the styles that people write."""
import functools
import itertools
import math

import numpy as np
import torch


def receptive_field_forward(layers):
    """From the input on: the size grows by (k - 1) d jumps, the jump by the stride."""
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += (kernel_size - 1) * dilation * jump
        jump *= stride
    return size


def receptive_field_backward(layers):
    """From the output back: (r - 1) s + d (k - 1) + 1."""
    r = 1
    for k, s, d in reversed(layers):
        r = (r - 1) * s + d * (k - 1) + 1
    return r


def receptive_field_backward_distill(layers):
    """distill.pub's form: s r + (k - s), with the spread-out kernel."""
    size = 1
    for layer in layers[::-1]:
        kernel = layer[2] * (layer[0] - 1) + 1
        size = layer[1] * size + (kernel - layer[1])
    return size


def receptive_field_closed_form(layers):
    """The closed formula: a sum of products of all strides before."""
    return 1 + sum(
        (k - 1) * d * math.prod(s for _, s, _ in layers[:l]) for l, (k, _, d) in enumerate(layers)
    )


def receptive_field_reduce(layers):
    """functools.reduce, last layer first."""
    return functools.reduce(lambda r, layer: (r - 1) * layer[1] + (layer[0] - 1) * layer[2] + 1, layers[::-1], 1)


def receptive_field_recursive_last(layers):
    """Recursion from the end, with the cells wanted as a second argument of a helper."""
    def needed(stack, cells):
        if not stack:
            return cells
        *rest, (k, s, d) = stack
        return needed(rest, (cells - 1) * s + (k - 1) * d + 1)

    return needed(layers, 1)


def receptive_field_recursive_first(layers):
    """Recursion from the front: the first layer's kernel, plus its stride times what the rest sees beyond one."""
    if len(layers) == 0:
        return 1
    (k, s, d), *rest = layers
    return d * (k - 1) + 1 + s * (receptive_field_recursive_first(rest) - 1)


def receptive_field_interval(layers):
    """Follows the first and the last cell back, as an interval."""
    first = last = 0
    for k, s, d in layers[::-1]:
        first = first * s
        last = last * s + (k - 1) * d
    return last - first + 1


def receptive_field_cells_in_set(layers):
    """Follows every cell that is seen, in a set (with gaps); first to last in the end."""
    cells = {0}
    for kernel_size, stride, dilation in reversed(list(layers)):
        cells = {cell * stride + tap * dilation for cell in cells for tap in range(kernel_size)}
    return max(cells) - min(cells) + 1


def receptive_field_accumulate(layers):
    """itertools.accumulate for the jumps."""
    jumps = itertools.accumulate((s for _, s, _ in layers), lambda a, b: a * b, initial=1)
    return 1 + sum((k - 1) * d * j for (k, _, d), j in zip(layers, jumps))


def receptive_field_numpy(layers):
    """numpy: cumprod of the strides, a dot product; Python's ints inside."""
    if not layers:
        return 1
    k, s, d = np.array(layers, dtype=object).T
    jumps = np.cumprod(np.concatenate(([1], s[:-1])))
    return int(np.dot((k - 1) * d, jumps)) + 1


def receptive_field_torch(layers):
    """torch: cumprod of the strides, shifted by one."""
    table = torch.tensor(layers, dtype=torch.int64).reshape(-1, 3)
    jumps = torch.cumprod(torch.cat([torch.ones(1, dtype=torch.int64), table[:, 1]]), 0)[:-1]
    return 1 + ((table[:, 0] - 1) * table[:, 2] * jumps).sum().item()


def receptive_field_while_pop(layers):
    """Takes a copy apart with pop."""
    stack = list(layers)
    seen = 1
    while stack:
        k, s, d = stack.pop()
        effective = k + (k - 1) * (d - 1)
        seen = effective + (seen - 1) * s
    return seen


def receptive_field_affine(layers):
    """Every layer is a map r -> s r + t: composes the maps first, applies them to 1."""
    def compose(outer, inner):
        return outer[0] * inner[0], outer[0] * inner[1] + outer[1]

    maps = [(s, (k - 1) * d + 1 - s) for k, s, d in layers]
    slope, shift = functools.reduce(compose, maps, (1, 0))
    return slope + shift


def receptive_field_matrices(layers):
    """2 x 2 matrices of Python ints in numpy, multiplied by dot."""
    total = np.array([[1, 0], [0, 1]], dtype=object)
    for k, s, d in layers:
        total = total.dot(np.array([[s, (k - 1) * d], [0, 1]], dtype=object))
    return int(total[0, 1] + 1)


def receptive_field_tracker(layers):
    """A class that keeps the state, with __call__, and prints its table."""
    class Tracker:
        def __init__(self):
            self.size, self.jump = 1, 1

        def __call__(self, kernel_size, stride=1, dilation=1):
            self.size = self.size + (dilation * (kernel_size - 1) + 1 - 1) * self.jump
            self.jump = self.jump * stride
            print(f"{kernel_size=} {stride=} {dilation=}: {self.size} pixels, jump {self.jump}")
            return self

    tracker = Tracker()
    for layer in layers:
        tracker(*layer)
    return tracker.size


def receptive_field_three_lists(layers):
    """zip(*layers) into three lists; early return for no layers."""
    if not layers:
        return 1
    kernels, strides, dilations = zip(*layers)
    size = 1
    for i in range(len(layers) - 1, -1, -1):
        size = (size - 1) * strides[i] + (kernels[i] - 1) * dilations[i] + 1
    return size
