"""Work out a network's table without building the network: each layer's output shape, and its parameters.

A layer is one of

* `("conv", channels, kernel_size, padding)`: `channels` kernels of kernel_size × kernel_size cells, with biases,
  stride 1, and `padding` zeros on each side;
* `("pool", size)`: windows of size × size that do not overlap; rows and columns that fill no window are left out;
* `("flatten",)`: all numbers of an image in one row;
* `("linear", features)`: fully connected, with biases; only comes after `flatten`.

Whole numbers are all that you need; nothing from `torch.nn` may be called.
"""

import math

import torch

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def lenet_table(layers, image_shape):
    """List each layer's output shape and number of parameters.

    layers: list of ("conv", channels, kernel_size, padding), ("pool", size),
    ("flatten",), ("linear", features); image_shape: (C, H, W) of one image.
    Returns a list with a pair (shape, parameters) for each layer: a tuple of
    ints without the batch, such as (6, 28, 28) or (400,), and an int.
    """
    shape, table = image_shape, []
    for kind, *sizes in layers:
        parameters = 0
        if kind == "conv":
            channels, kernel_size, padding = sizes
            parameters = channels * (shape[0] * kernel_size * kernel_size + 1)
            more = 2 * padding - kernel_size + 1
            shape = (channels, shape[1] + more, shape[2] + more)
        if kind == "pool":
            (size,) = sizes
            shape = (shape[0], shape[1] // size, shape[2] // size)
        if kind == "flatten":
            shape = (shape[0] * shape[1] * shape[2],)
        if kind == "linear":
            (features,) = sizes
            parameters = features * (shape[0] + 1)
            shape = (features,)
        table.append((shape, parameters))
    return table


def by_recursion(layers, image_shape):
    """Answer otherwise: the first layer, then the table of the others."""
    if not layers:
        return []
    (kind, *sizes), *others = layers
    maps, *sides = image_shape
    weights = 0
    if kind == "conv":
        weights = sizes[0] * maps * sizes[1] ** 2 + sizes[0]
        shape = (sizes[0], *(len(range(side + 2 * sizes[2])[sizes[1] - 1 :]) for side in sides))
    elif kind == "pool":
        shape = (maps, *(len(range(sizes[0] - 1, side, sizes[0])) for side in sides))
    elif kind == "flatten":
        shape = (int(torch.tensor(image_shape).prod()),)
    else:
        weights, shape = maps * sizes[0] + sizes[0], (sizes[0],)
    return [(shape, weights), *by_recursion(others, shape)]


def by_helper(layers, image_shape):
    """Answer otherwise: one formula for the size after any window."""

    def fits(n, k, s, p):
        return (n - k + 2 * p + s) // s

    table = []
    for layer in layers:
        maps, *sides = table[-1][0] if table else image_shape
        match layer:
            case ("conv", channels, k, p):
                row = (channels, *(fits(n, k, 1, p) for n in sides)), (maps * k**2 + 1) * channels
            case ("pool", k):
                row = (maps, *(fits(n, k, k, 0) for n in sides)), 0
            case ("flatten",):
                row = (math.prod((maps, *sides)),), 0
            case ("linear", features):
                row = (features,), maps * features + features
        table.append(row)
    return table


def oracle(layers, image_shape):
    """Build the layers of PyTorch without memory, and pass an empty image through."""
    x, table = torch.zeros(1, *image_shape, device="meta"), []
    for kind, *sizes in layers:
        if kind == "conv":
            layer = torch.nn.Conv2d(x.shape[1], sizes[0], sizes[1], padding=sizes[2], device="meta")
        elif kind == "linear":
            layer = torch.nn.Linear(x.shape[1], sizes[0], device="meta")
        else:
            layer = torch.nn.AvgPool2d(*sizes) if kind == "pool" else torch.nn.Flatten()
        x = layer(x)
        table.append((tuple(x.shape[1:]), sum(p.numel() for p in layer.parameters())))
    return table


def draw(rng: Draw) -> Case:
    """Draw a small network; in two of three cases the first pooling leaves out cells."""
    pool, kernel_size, padding = 2 + rng.turn % 2, rng.integer(2, 5), rng.integer(1, 2)
    rows, columns = rng.distinct(2, 3, 5)
    rest = 1 if rng.turn % 3 else 0
    # the sizes after the convolution; from them, those of the image
    grown = 2 * padding - kernel_size + 1
    h, w = pool * rows + rest - grown, pool * columns + rest - grown
    channels, more_channels, c_in = rng.distinct(3, 2, 7)
    layers = [("conv", channels, kernel_size, padding), ("pool", pool)]
    if rng.turn % 4 < 2:
        layers += [("conv", more_channels, rng.integer(2, 3), 1)]
    first, second = rng.distinct(2, 2, 12)
    layers += [("flatten",), ("linear", first), ("linear", second)][: 2 + rng.turn % 2]
    return call(layers, (c_in, h, w))


LENET = [("conv", 6, 5, 2), ("pool", 2), ("conv", 16, 5, 0), ("pool", 2)]
LENET += [("flatten",), ("linear", 120), ("linear", 84), ("linear", 10)]
LENET_TABLE = [  # 61,706 parameters together
    ((6, 28, 28), 156),  # 6 · (1 · 25 + 1); 28 + 4 − 5 + 1 = 28
    ((6, 14, 14), 0),
    ((16, 10, 10), 2_416),  # 16 · (6 · 25 + 1); 14 − 5 + 1 = 10
    ((16, 5, 5), 0),
    ((400,), 0),  # 16 · 5 · 5
    ((120,), 48_120),  # 120 · (400 + 1)
    ((84,), 10_164),  # 84 · (120 + 1)
    ((10,), 850),  # 10 · (84 + 1)
]
EXERCISE = Exercise(
    title="The table of a network",
    solution=lenet_table,
    oracle=oracle,
    read="lenet: What does each layer cost, and how far does it see?",
    minutes=25,
    difficulty=2,
    core=True,
    anchors=(
        # 3 · (2 · 2·2 + 1) parameters, 4 − 2 + 1 rows, 6 − 2 + 1 columns; one window of 2 fits into 3 rows, two into 5
        # columns; 3 · 1 · 2 numbers; 4 · (6 + 1) parameters
        by_hand(
            [((3, 3, 5), 27), ((3, 1, 2), 0), ((6,), 0), ((4,), 28)],
            [("conv", 3, 2, 0), ("pool", 2), ("flatten",), ("linear", 4)],
            (2, 4, 6),
        ),
        by_hand(LENET_TABLE, LENET, (1, 28, 28)),
    ),
    draw=draw,
    styles=(by_recursion, by_helper),
    forbidden=("layers", "convolution", "pooling"),
    equivalent={
        "parameters = features * (shape[0] + 1) -> parameters = features * (shape[-1] + 1)": "of one entry, the first "
        "is the last",
    },
    hints=(
        "A layer needs to know one thing about all layers before it: the shape that comes out of them. Carry it along.",
        "Only two kinds of layer hold parameters. One output map, or one output feature, has a weight for everything "
        "that it reads, and one bias: what does it read, in each of the two kinds?",
        "A kernel reads a window in every incoming map; a feature reads the whole row. Sizes: a convolution adds the "
        "padding twice and takes off one less than the kernel; pooling divides, rounding down; flatten multiplies "
        "channels, rows and columns.",
    ),
    mistakes="""
bias-forgotten
    kernel_size * kernel_size + 1) -> kernel_size * kernel_size)
    (shape[0] + 1) -> shape[0]

one-bias-a-layer
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * shape[0] * kernel_size * kernel_size + 1
    features * (shape[0] + 1) -> features * shape[0] + 1

bias-for-each-cell
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * shape[0] * kernel_size * kernel_size
    shape[1] + more, shape[2] + more) ->
        shape[1] + more, shape[2] + more)
        parameters += shape[0] * shape[1] * shape[2]

input-channels-forgotten: You count one plane for each kernel. A kernel has a plane of weights for every map that it
reads. [channels: How does one kernel read several channels?]
    shape[0] * kernel_size * kernel_size -> kernel_size * kernel_size

kernel-not-squared: You count one side of the kernel. It is a square: kernel × kernel cells.
    kernel_size * kernel_size -> kernel_size

multiply-adds: You count multiply-adds, the work. A kernel's weights are used again at every place, but they exist once.
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * shape[0] * kernel_size * kernel_size
    more, shape[2] + more) ->
        more, shape[2] + more)
        parameters *= shape[1] * shape[2]
    features * (shape[0] + 1) -> features * shape[0]

channels-multiplied
    shape = (channels, shape[1] -> shape = (channels * shape[0], shape[1]

padding-once: You count the padding once along an axis. It is given for each side, so it comes twice.
[padding: How large is the output?]
    2 * padding -> padding

padding-ignored
    2 * padding - kernel_size -> -kernel_size

size-always-kept: You let a convolution keep the size. It does so only where the padding makes up for what the kernel
takes. [padding: Which kernels keep the size?]
    2 * padding - kernel_size + 1 -> 0

last-place-missing: After a convolution you lack one row and one column: the number of places is the number of steps,
plus one. [cross_correlation: Why does the output shrink?]
    - kernel_size + 1 -> - kernel_size

pool-steps-by-one: Your pooling window moves by one cell. It moves by its own size, so that windows do not overlap.
[pooling: The stride is the window, unless you say otherwise]
    shape[1] // size, shape[2] // size -> shape[1] - size + 1, shape[2] - size + 1

pool-rounds-up: Your pooling keeps the cells at the end that fill no window. They are left out: round down.
[stride: How many windows fit?]
    shape[1] // size, shape[2] // size -> -(-shape[1] // size), -(-shape[2] // size)

pool-has-parameters: You give pooling a weight and a bias for each map, as LeNet-5 had in 1998. A mean or a maximum has
none. [lenet: What has changed since 1998?]
    "pool": ->
        "pool":
            parameters = 2 * shape[0]

flatten-forgets-channels: Your flattened row holds the cells of one map. It holds those of all maps.
[lenet: What goes in, and what comes out?]
    (shape[0] * shape[1] * shape[2],) -> (shape[1] * shape[2],)

height-width-exchanged: Your rows and columns change places in every convolution. A shape is (C, H, W): height before
width. [lenet: What goes in, and what comes out?]
    shape[1] + more, shape[2] + more -> shape[2] + more, shape[1] + more

padding-doubled: You count the padding four times along an axis. It is given for each side, so it comes twice.
[padding: How large is the output?]
    2 * padding -> 4 * padding

kernel-ignored: You let the padding grow the map and forget that the kernel takes room: it takes off one less than its
size. [cross_correlation: Why does the output shrink?]
    2 * padding - kernel_size + 1 -> 2 * padding

two-places-more: After a convolution you have one row and one column too many: the number of places is the number of
steps, plus one. [cross_correlation: Why does the output shrink?]
    - kernel_size + 1 -> - kernel_size + 2

half-a-kernel-lost: You take half of the kernel off along an axis. It takes that on either side, so it takes off one
less than its whole size. [cross_correlation: Why does the output shrink?]
    2 * padding - kernel_size + 1 -> 2 * padding - kernel_size // 2

conv-steps-by-kernel: Your convolution's window moves by its own size, as a pooling window does. It moves by one cell.
[cross_correlation: What does a sliding window compute?]
    shape[1] + more, shape[2] + more ->
        shape[1] + more, shape[2] + more)
        shape = (channels, (shape[1] - 1) // kernel_size + 1, (shape[2] - 1) // kernel_size + 1

conv-bias-forgotten: Your convolutions have no biases. Each output map has one.
[channels: How many numbers does a 3×3 kernel hold?]
    kernel_size * kernel_size + 1) -> kernel_size * kernel_size)

linear-bias-forgotten: Your fully connected layers have no biases. Each output feature has one.
    (shape[0] + 1) -> shape[0]

one-bias-a-convolution: You count one bias for each convolution. Each output map has its own.
[channels: How many numbers does a 3×3 kernel hold?]
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * shape[0] * kernel_size * kernel_size + 1

one-bias-a-linear-layer: You count one bias for each fully connected layer. Each output feature has its own.
    features * (shape[0] + 1) -> features * shape[0] + 1

bias-for-each-input: You count a bias for each map or feature that comes in. It belongs to what comes out.
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * shape[0] * kernel_size * kernel_size + shape[0]
    features * (shape[0] + 1) -> features * shape[0] + shape[0]

bias-for-each-plane
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * shape[0] * (kernel_size * kernel_size + 1)

bias-for-each-weight: You count a bias for every weight. There is one for each output map and each output feature.
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * shape[0] * kernel_size * kernel_size * 2
    features * (shape[0] + 1) -> features * shape[0] * 2

one-output-map: You count a single kernel in each convolution. There is one for each map that comes out.
[channels: Several kernels, several channels out]
    channels * (shape[0] * kernel_size * kernel_size + 1) -> shape[0] * kernel_size * kernel_size + 1

sides-added: Your kernel has twice its side for cells. It is a square: kernel × kernel.
    kernel_size * kernel_size -> 2 * kernel_size

channels-added: You add the maps that come in to those that go out. Every pair of them has a plane of weights: they are
multiplied. [channels: How many numbers does a 3×3 kernel hold?]
    channels * (shape[0] * kernel_size * kernel_size + 1) ->
        (channels + shape[0]) * kernel_size * kernel_size + channels

features-added: You add the features that come in to those that go out. Every pair of them has a weight: they are
multiplied.
    features * (shape[0] + 1) -> shape[0] + features + features

features-squared: Your fully connected layer has as many inputs as outputs. It reads everything that comes in.
    features * (shape[0] + 1) -> features * (features + 1)

outputs-for-inputs: In a convolution you take the number of maps that come out for that of the maps that come in. A
kernel reads those that come in. [channels: How does one kernel read several channels?]
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * (channels * kernel_size * kernel_size + 1)

channels-of-the-image: You let every convolution read the image's channels. It reads the maps that the layer before
gives. [channels: How does one kernel read several channels?]
    channels * (shape[0] * kernel_size * kernel_size + 1) -> channels * (image_shape[0] * kernel_size * kernel_size + 1)

linear-reads-the-flat-row: You let every fully connected layer read the first one's input, the flattened row. It reads
what the layer before gives.
    (shape[0] + 1) -> (next(s[0] for s, _ in table if len(s) == 1) + 1)

channels-kept: Your convolution leaves as many maps as come in. The number of kernels decides: each gives one.
[channels: Several kernels, several channels out]
    shape = (channels, shape[1] -> shape = (shape[0], shape[1]

pool-takes-channels: Your pooling divides the number of maps as well. Each map is pooled by itself.
[pooling: Channels stay apart]
    shape = (shape[0], shape[1] // size -> shape = (shape[0] // size, shape[1] // size

pool-shrinks-to-one-map: Your pooling leaves one map. Each map is pooled by itself. [pooling: Channels stay apart]
    shape = (shape[0], shape[1] // size -> shape = (1, shape[1] // size

pool-takes-off: Your pooling takes its size off the sides. It divides them: the window moves by its own size.
[pooling: The stride is the window, unless you say otherwise]
    shape[1] // size, shape[2] // size -> shape[1] - size, shape[2] - size

pool-halves: Your pooling always halves. It divides by the size of its window.
[pooling: The stride is the window, unless you say otherwise]
    shape[1] // size, shape[2] // size -> shape[1] // 2, shape[2] // 2

pool-rounds-to-nearest: Your pooling rounds to the nearest whole number. Cells at the end that fill no window are left
out: round down. [stride: How many windows fit?]
    shape[1] // size, shape[2] // size -> round(shape[1] / size), round(shape[2] / size)

pool-not-rounded: Your pooling leaves parts of a cell. Cells at the end that fill no window are left out: round down.
[stride: How many windows fit?]
    shape[1] // size, shape[2] // size -> shape[1] / size, shape[2] / size

pool-changes-nothing: Your pooling leaves the shape as it is. It divides rows and columns by the size of its window.
    shape[1] // size, shape[2] // size -> shape[1], shape[2]

pool-has-weights: You count the cells of the pooling's window as parameters. A mean or a maximum has nothing to learn.
[lenet: What has changed since 1998?]
    "pool": ->
        "pool":
            parameters = sizes[0] ** 2

flatten-adds: Your flattened row is as long as the numbers of the shape added up. It holds all cells: they are
multiplied.
    (shape[0] * shape[1] * shape[2],) -> (shape[0] + shape[1] + shape[2],)

flatten-square: You take the height for the width when you flatten. A map has height times width cells.
    (shape[0] * shape[1] * shape[2],) -> (shape[0] * shape[1] ** 2,)

flatten-keeps-maps: You flatten each map by itself. All numbers come in one row.
[lenet: What goes in, and what comes out?]
    (shape[0] * shape[1] * shape[2],) -> (shape[0], shape[1] * shape[2])

rows-only: Your convolution changes the height alone. It changes the width as well.
    shape[1] + more, shape[2] + more -> shape[1] + more, shape[2]

maps-square: Your maps are as wide as they are high. The width follows from the image's own.
    shape[1] + more, shape[2] + more -> shape[1] + more, shape[1] + more

parameters-add-up: You carry the parameters on: each layer's number contains those before it. Each counts its own.
    table.append((shape, parameters)) -> table.append((shape, parameters + (table[-1][1] if table else 0)))

parameters-not-reset: A layer without weights repeats the number of the layer before. It has none.
    parameters = 0 -> parameters = table[-1][1] if table else 0

shapes-before: Your shapes are those that go into a layer. Asked for are those that come out.
    for kind, *sizes in layers: ->
        before = shape
        for kind, *sizes in layers:
    table.append((shape, parameters)) ->
        table.append((before, parameters))
        before = shape

last-layer-missing: Your table lacks the last layer. Every layer has a row.
    return table -> return table[:-1]

image-in-the-table: Your table begins with the image. It has a row for each layer, and the image is none.
    return table -> return [(image_shape, 0), *table]

channels-last: Your shapes have the channels last. They come first here: (C, H, W).
    table.append((shape, parameters)) -> table.append(((*shape[1:], shape[0]), parameters))
""",
)
