"""Work out a network's table without building the network: each layer's output shape, and its parameters.

A layer is one of

* `("conv", channels, kernel, padding)`: `channels` kernels of kernel × kernel cells, with biases, stride 1, and
  `padding` zeros on each side;
* `("pool", size)`: windows of size × size that do not overlap; rows and columns that fill no window are left out;
* `("flatten",)`: all numbers of an image in one row;
* `("linear", features)`: fully connected, with biases; only comes after `flatten`.

Whole numbers are all that you need; nothing from `torch.nn` may be called.
"""

import torch

from cnncourse.exercises.model import Case, Draw, Exercise, Wrong, by_hand, call


def lenet_table(layers, image_shape):
    """List each layer's output shape and number of parameters.

    layers: list of ("conv", channels, kernel, padding), ("pool", size),
    ("flatten",), ("linear", features); image_shape: (C, H, W) of one image.
    Returns a list with a pair (shape, parameters) for each layer: a tuple of
    ints without the batch, such as (6, 28, 28) or (400,), and an int.
    """
    shape, table = image_shape, []
    for kind, *sizes in layers:
        parameters = 0
        if kind == "conv":
            channels, kernel, padding = sizes
            parameters = channels * (shape[0] * kernel * kernel + 1)
            more = 2 * padding - kernel + 1
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
        before = table[-1][0] if table else image_shape
        match layer:
            case ("conv", channels, k, p):
                row = (
                    (channels, fits(before[1], k, 1, p), fits(before[2], k, 1, p)),
                    (before[0] * k**2 + 1) * channels,
                )
            case ("pool", k):
                row = ((before[0], fits(before[1], k, k, 0), fits(before[2], k, k, 0)), 0)
            case ("flatten",):
                total = 1
                for size in before:
                    total *= size
                row = ((total,), 0)
            case ("linear", features):
                row = ((features,), before[0] * features + features)
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
    pool, kernel, padding = 2 + rng.turn % 2, rng.integer(2, 5), rng.integer(1, 2)
    rows, columns = rng.distinct(2, 3, 5)
    rest = 1 if rng.turn % 3 else 0
    # the sizes after the convolution; from them, those of the image
    grown = 2 * padding - kernel + 1
    h, w = pool * rows + rest - grown, pool * columns + rest - grown
    channels, more_channels, c_in = rng.distinct(3, 2, 7)
    layers = [("conv", channels, kernel, padding), ("pool", pool)]
    if rng.turn % 4 < 2:
        layers += [("conv", more_channels, rng.integer(2, 3), 1)]
    first, second = rng.distinct(2, 2, 12)
    layers += [("flatten",), ("linear", first), ("linear", second)][: 2 + rng.turn % 2]
    return call(layers, (c_in, h, w))


LENET = [
    ("conv", 6, 5, 2),
    ("pool", 2),
    ("conv", 16, 5, 0),
    ("pool", 2),
    ("flatten",),
    ("linear", 120),
    ("linear", 84),
    ("linear", 10),
]
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
COST = "lenet: What does each layer cost, and how far does it see?"

EXERCISE = Exercise(
    title="The table of a network",
    solution=lenet_table,
    oracle=oracle,
    read=COST,
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
    forbidden=("torch.nn", "torch.conv2d", "torch.avg_pool2d"),
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
    wrong=(
        Wrong(
            "bias-forgotten",
            "You count the weights alone. Each output map and each output feature also has one bias.",
            COST,
            (("kernel * kernel + 1)", "kernel * kernel)"), ("(shape[0] + 1)", "shape[0]")),
        ),
        Wrong(
            "one-bias-a-layer",
            "You count one bias for each layer. Each output map and each output feature has its own.",
            "channels: How many numbers does a 3×3 kernel hold?",
            (
                ("channels * (shape[0] * kernel * kernel + 1)", "channels * shape[0] * kernel * kernel + 1"),
                ("features * (shape[0] + 1)", "features * shape[0] + 1"),
            ),
        ),
        Wrong(
            "bias-for-each-cell",
            "You count a bias for each cell of the output map. All cells of a map share one, as they share the kernel.",
            "channels: How many numbers does a 3×3 kernel hold?",
            (
                ("            parameters = channels * (shape[0] * kernel * kernel + 1)\n", ""),
                (
                    "            shape = (channels, shape[1] + more, shape[2] + more)",
                    "            parameters = channels * shape[0] * kernel * kernel\n"
                    "            shape = (channels, shape[1] + more, shape[2] + more)\n"
                    "            parameters += shape[0] * shape[1] * shape[2]",
                ),
            ),
        ),
        Wrong(
            "input-channels-forgotten",
            "You count one plane for each kernel. A kernel has a plane of weights for every map that it reads.",
            "channels: How does one kernel read several channels?",
            (("shape[0] * kernel * kernel", "kernel * kernel"),),
        ),
        Wrong(
            "kernel-not-squared",
            "You count one side of the kernel. It is a square: kernel × kernel cells.",
            COST,
            (("kernel * kernel", "kernel"),),
        ),
        Wrong(
            "multiply-adds",
            "You count multiply-adds, the work. A kernel's weights are used again at every place, but they exist once.",
            COST,
            (
                ("channels * (shape[0] * kernel * kernel + 1)", "channels * shape[0] * kernel * kernel"),
                ("more, shape[2] + more)", "more, shape[2] + more)\n            parameters *= shape[1] * shape[2]"),
                ("features * (shape[0] + 1)", "features * shape[0]"),
            ),
        ),
        Wrong(
            "channels-multiplied",
            "You let every kernel make a map of each incoming map. It sums over them: one kernel, one output map.",
            "channels: Several kernels, several channels out",
            (("shape = (channels, shape[1]", "shape = (channels * shape[0], shape[1]"),),
        ),
        Wrong(
            "padding-once",
            "You count the padding once along an axis. It is given for each side, so it comes twice.",
            "padding: How large is the output?",
            (("2 * padding", "padding"),),
        ),
        Wrong(
            "padding-ignored",
            "The padding is not used: it adds rows and columns before the kernel moves.",
            "padding: How large is the output?",
            (("2 * padding - kernel", "-kernel"),),
        ),
        Wrong(
            "size-always-kept",
            "You let a convolution keep the size. It does so only where the padding makes up for what the kernel "
            "takes.",
            "padding: Which kernels keep the size?",
            (("2 * padding - kernel + 1", "0"),),
        ),
        Wrong(
            "last-place-missing",
            "After a convolution you lack one row and one column: the number of places is the number of steps, plus "
            "one.",
            "cross_correlation: Why does the output shrink?",
            (("- kernel + 1", "- kernel"),),
        ),
        Wrong(
            "pool-steps-by-one",
            "Your pooling window moves by one cell. It moves by its own size, so that windows do not overlap.",
            "pooling: The stride is the window, unless you say otherwise",
            (("shape[1] // size, shape[2] // size", "shape[1] - size + 1, shape[2] - size + 1"),),
        ),
        Wrong(
            "pool-rounds-up",
            "Your pooling keeps the cells at the end that fill no window. They are left out: round down.",
            "stride: How many windows fit?",
            (("shape[1] // size, shape[2] // size", "-(-shape[1] // size), -(-shape[2] // size)"),),
        ),
        Wrong(
            "pool-has-parameters",
            "You give pooling a weight and a bias for each map, as LeNet-5 had in 1998. A mean or a maximum has none.",
            "lenet: What has changed since 1998?",
            (('"pool":', '"pool":\n            parameters = 2 * shape[0]'),),
        ),
        Wrong(
            "flatten-forgets-channels",
            "Your flattened row holds the cells of one map. It holds those of all maps.",
            "lenet: What goes in, and what comes out?",
            (("(shape[0] * shape[1] * shape[2],)", "(shape[1] * shape[2],)"),),
        ),
        Wrong(
            "height-width-exchanged",
            "Your rows and columns change places in every convolution. A shape is (C, H, W): height before width.",
            "lenet: What goes in, and what comes out?",
            (("shape[1] + more, shape[2] + more", "shape[2] + more, shape[1] + more"),),
        ),
    ),
)
