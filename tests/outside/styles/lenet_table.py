"""Right answers to lenet_table, in the styles that people write."""
import collections
import functools
import itertools
import logging
import math

import numpy as np
import torch


def lenet_table_if_elif(layers, image_shape):
    """A loop with if and elif."""
    shape = tuple(image_shape)
    table = []
    for layer in layers:
        kind = layer[0]
        params = 0
        if kind == "conv":
            _, channels, k, padding = layer
            c, h, w = shape
            params = channels * (c * k * k + 1)
            shape = (channels, h + 2 * padding - k + 1, w + 2 * padding - k + 1)
        elif kind == "pool":
            c, h, w = shape
            size = layer[1]
            shape = (c, h // size, w // size)
        elif kind == "flatten":
            shape = (math.prod(shape),)
        elif kind == "linear":
            params = shape[0] * layer[1] + layer[1]
            shape = (layer[1],)
        else:
            raise ValueError(f"unknown layer {kind!r}")
        table.append((shape, params))
    return table


def lenet_table_match(layers, image_shape):
    """match and case."""
    table, shape = [], image_shape
    for layer in layers:
        match layer:
            case ("conv", channels, k, p):
                c, h, w = shape
                shape, count = (channels, h - k + 2 * p + 1, w - k + 2 * p + 1), channels * c * k ** 2 + channels
            case ("pool", size):
                c, h, w = shape
                shape, count = (c, (h - size) // size + 1, (w - size) // size + 1), 0
            case ("flatten",):
                shape, count = (math.prod(shape),), 0
            case ("linear", features):
                shape, count = (features,), (shape[0] + 1) * features
        table.append((shape, count))
    return table


def lenet_table_dict_of_functions(layers, image_shape):
    """One function for each kind of layer, in a dict."""
    def conv(shape, channels, kernel_size, padding):
        c, *sides = shape
        out = tuple(side + 2 * padding - (kernel_size - 1) for side in sides)
        return (channels,) + out, channels * (c * kernel_size * kernel_size) + channels

    def pool(shape, size):
        return (shape[0], shape[1] // size, shape[2] // size), 0

    def flatten(shape):
        return (functools.reduce(lambda a, b: a * b, shape),), 0

    def linear(shape, features):
        (inputs,) = shape
        return (features,), inputs * features + features

    kinds = {"conv": conv, "pool": pool, "flatten": flatten, "linear": linear}
    result = []
    shape = tuple(image_shape)
    for name, *arguments in layers:
        shape, parameters = kinds[name](shape, *arguments)
        result.append((shape, parameters))
    return result


def lenet_table_generator(layers, image_shape):
    """A generator inside, that yields the pairs."""
    def walk(shape):
        for name, *args in layers:
            parameters = 0
            if name == "conv":
                out, k, p = args
                parameters = out * shape[0] * k * k + out
                shape = out, shape[1] + 2 * p - k + 1, shape[2] + 2 * p - k + 1
            elif name == "pool":
                shape = shape[0], *(n // args[0] for n in shape[1:])
            elif name == "flatten":
                shape = math.prod(shape),
            else:
                parameters = (features := args[0]) * (shape[0] + 1)
                shape = features,
            yield shape, parameters

    return list(walk(tuple(image_shape)))


def lenet_table_recursive(layers, image_shape):
    """Recursion: the first layer, and the table of the rest."""
    if not layers:
        return []
    first, *rest = layers
    if first[0] == "conv":
        _, o, k, p = first
        c, h, w = image_shape
        shape, n = (o, h + 2 * p + 1 - k, w + 2 * p + 1 - k), o * (1 + c * k * k)
    elif first[0] == "pool":
        c, h, w = image_shape
        shape, n = (c, h // first[1], w // first[1]), 0
    elif first[0] == "flatten":
        shape, n = (math.prod(image_shape),), 0
    else:
        shape, n = (first[1],), first[1] + first[1] * image_shape[0]
    return [(shape, n)] + lenet_table_recursive(rest, shape)


def lenet_table_accumulate(layers, image_shape):
    """itertools.accumulate carries the pair along."""
    def step(before, layer):
        (c, *hw), _ = before
        kind = layer[0]
        if kind == "conv":
            return (layer[1], *[n + 2 * layer[3] - layer[2] + 1 for n in hw]), (c * layer[2] ** 2 + 1) * layer[1]
        if kind == "pool":
            return (c, *[n // layer[1] for n in hw]), 0
        if kind == "flatten":
            return (c * math.prod(hw),), 0
        return (layer[1],), (c + 1) * layer[1]

    return list(itertools.accumulate(layers, step, initial=(tuple(image_shape), 0)))[1:]


def lenet_table_weights_counted(layers, image_shape):
    """Makes plain tensors of the weights' shapes on the meta device, and counts their numbers."""
    def numbers(*shapes):
        return sum(torch.empty(shape, device="meta").numel() for shape in shapes)

    x = torch.empty(tuple(image_shape), device="meta")
    table = []
    for layer in layers:
        count = 0
        if layer[0] == "conv":
            out, k, p = layer[1:]
            count = numbers((out, x.shape[0], k, k), (out,))
            x = torch.empty(out, x.shape[1] + 2 * p - k + 1, x.shape[2] + 2 * p - k + 1, device="meta")
        elif layer[0] == "pool":
            x = x[:, layer[1] - 1::layer[1], layer[1] - 1::layer[1]]
        elif layer[0] == "flatten":
            x = x.reshape(-1)
        elif layer[0] == "linear":
            count = numbers((layer[1], x.numel()), (layer[1],))
            x = torch.empty(layer[1], device="meta")
        table.append((tuple(x.shape), count))
    return table


def lenet_table_layer_classes(layers, image_shape):
    """A small class for each kind of layer."""
    class Conv:
        def __init__(self, channels, kernel_size, padding):
            self.channels, self.kernel_size, self.padding = channels, kernel_size, padding

        def __call__(self, shape):
            grow = 2 * self.padding - self.kernel_size + 1
            return (self.channels, shape[1] + grow, shape[2] + grow)

        def parameters(self, shape):
            return self.channels * shape[0] * self.kernel_size * self.kernel_size + self.channels

    class Pool:
        def __init__(self, size):
            self.size = size

        def __call__(self, shape):
            return (shape[0], shape[1] // self.size, shape[2] // self.size)

        def parameters(self, shape):
            return 0

    class Flatten:
        def __call__(self, shape):
            return (math.prod(shape),)

        def parameters(self, shape):
            return 0

    class Linear:
        def __init__(self, features):
            self.features = features

        def __call__(self, shape):
            return (self.features,)

        def parameters(self, shape):
            return self.features * shape[0] + self.features

    makers = {"conv": Conv, "pool": Pool, "flatten": Flatten, "linear": Linear}
    shape, rows = tuple(image_shape), []
    for kind, *args in layers:
        layer = makers[kind](*args)
        rows.append((layer(shape), layer.parameters(shape)))
        shape = rows[-1][0]
    return rows


def lenet_table_numpy(layers, image_shape):
    """numpy for shapes and products, ints in the end."""
    shape = np.array(image_shape, dtype=np.int64)
    rows = []
    for kind, *numbers in layers:
        parameters = 0
        if kind == "conv":
            out, k, p = numbers
            parameters = out * np.prod([shape[0], k, k]) + out
            shape = np.concatenate([[out], shape[1:] + 2 * p - k + 1])
        elif kind == "pool":
            shape = shape // np.array([1, numbers[0], numbers[0]])
        elif kind == "flatten":
            shape = np.array([shape.prod()])
        else:
            parameters = (shape[0] + 1) * numbers[0]
            shape = np.array(numbers)
        rows.append((tuple(int(n) for n in shape), int(parameters)))
    return rows


def lenet_table_two_passes(layers, image_shape):
    """All shapes first, the parameters in a second pass over neighbouring shapes."""
    shapes = [tuple(image_shape)]
    for layer in layers:
        s = shapes[-1]
        shapes.append({
            "conv": lambda: (layer[1],) + tuple(n - layer[2] + 1 + 2 * layer[3] for n in s[1:]),
            "pool": lambda: s[:1] + tuple(n // layer[1] for n in s[1:]),
            "flatten": lambda: (math.prod(s),),
            "linear": lambda: (layer[1],),
        }[layer[0]]())
    counts = []
    for layer, s in zip(layers, shapes):
        per_output = {"conv": lambda: s[0] * layer[2] ** 2 + 1, "linear": lambda: s[0] + 1}.get(layer[0])
        counts.append(per_output() * layer[1] if per_output else 0)
    return list(zip(shapes[1:], counts))


def lenet_table_windows_counted(layers, image_shape):
    """Counts the windows by the length of a range; logs each line."""
    log = logging.getLogger("lenet")

    def windows(n, size, step):
        return len(range(0, n - size + 1, step))

    (c, h, w), features, table = image_shape, None, []
    for layer in layers:
        name = layer[0]
        if name == "conv":
            out, k, p = layer[1], layer[2], layer[3]
            n = sum(c * k * k + 1 for _ in range(out))
            c, h, w = out, windows(h + p + p, k, 1), windows(w + p + p, k, 1)
            line = ((c, h, w), n)
        elif name == "pool":
            h, w = windows(h, layer[1], layer[1]), windows(w, layer[1], layer[1])
            line = ((c, h, w), 0)
        elif name == "flatten":
            features = c * h * w if features is None else features
            line = ((features,), 0)
        else:
            n = features * layer[1] + layer[1]
            features = layer[1]
            line = ((features,), n)
        log.debug("%s: %s, %d parameters", name, *line)
        table.append(line)
    return table


def lenet_table_try_unpack(layers, image_shape):
    """Finds out the kind of layer by trying to unpack it; early continue; deque of lines."""
    lines = collections.deque()
    shape = tuple(image_shape)
    for layer in layers:
        try:
            _, channels, size, padding = layer
        except ValueError:
            pass
        else:
            weights = channels * shape[0] * size * size
            shape = (channels, shape[1] + 2 * padding - size + 1, shape[2] + 2 * padding - size + 1)
            lines.append((shape, weights + channels))
            continue
        if len(layer) == 1:
            shape = (math.prod(shape),)
            lines.append((shape, 0))
            continue
        name, number = layer
        if name == "pool":
            shape = (shape[0], shape[1] // number, shape[2] // number)
            lines.append((shape, 0))
        else:
            lines.append(((number,), number * (shape[0] + 1)))
            shape = (number,)
    return list(lines)


def lenet_table_reduce(layers, image_shape):
    """functools.reduce over the layers, the table so far as the state."""
    def grow(table, layer):
        kind, args = layer[0], layer[1:]
        shape = table[-1][0] if table else tuple(image_shape)
        return table + [{
            "conv": lambda o, k, p: (
                (o, *(n + 2 * p - k + 1 for n in shape[1:])), o + o * shape[0] * k * k),
            "pool": lambda size: ((shape[0], *(n // size for n in shape[1:])), 0),
            "flatten": lambda: ((math.prod(shape),), 0),
            "linear": lambda f: ((f,), f + f * shape[0]),
        }[kind](*args)]

    return functools.reduce(grow, layers, [])


def lenet_table_named_tuple(layers, image_shape):
    """A namedtuple for the state, a plain pair in the table; named constants."""
    State = collections.namedtuple("State", "channels height width")
    BIAS = FIRST_PLACE = 1
    state, row, table = State(*image_shape), None, []
    for layer in layers:
        if layer[0] == "conv":
            inputs = state.channels * layer[2] * layer[2]
            parameters = (inputs + BIAS) * layer[1]
            state = State(layer[1], *(n + 2 * layer[3] - layer[2] + FIRST_PLACE for n in state[1:]))
            table.append((tuple(state), parameters))
        elif layer[0] == "pool":
            state = state._replace(height=state.height // layer[1], width=state.width // layer[1])
            table.append((tuple(state), 0))
        elif layer[0] == "flatten":
            row = state.channels * state.height * state.width if row is None else row
            table.append(((row,), 0))
        elif layer[0] == "linear":
            parameters = (row + BIAS) * layer[1]
            row = layer[1]
            table.append(((row,), parameters))
    return table
