"""Count what a convolution layer costs.

Write down two whole numbers: the parameters, and the multiply-adds for one image. A bias is one parameter for each
output channel; adding it is not counted as a multiply-add. Products with padded zeros are counted, as everybody does.

`size` is the input's (H, W). `kernel_size`, `stride` and `padding` are one number for both axes, or a pair (vertical,
horizontal); the padding is counted on each side.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


# In one line, the stub would be wider than the book's column.
# fmt: off
def conv2d_cost(
    size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True
):
    """Count a layer's parameters, and its multiply-adds for one image.

    size: (H, W) of the input; c_in, c_out: channels in and out.
    kernel_size, stride, padding (on each side): an int or a pair (vertical,
    horizontal).
    bias: whether each output channel has one.
    Returns (parameters, multiply_adds), a tuple of two ints.
    """
    (kh, kw), (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (kernel_size, stride, padding))
    oh = (size[0] + 2 * ph - kh) // sh + 1
    ow = (size[1] + 2 * pw - kw) // sw + 1
    weights = c_out * c_in * kh * kw
    parameters = weights + c_out if bias else weights
    return parameters, oh * ow * weights
# fmt: on


def by_counting(size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True):
    """Answer otherwise: put the window wherever it fits, and count."""
    cells, numbers = 1, c_in
    for axis in (0, 1):
        k, s, p = (v if isinstance(v, int) else v[axis] for v in (kernel_size, stride, padding))
        numbers *= k
        cells *= len(range(-p, size[axis] + p - k + 1, s))
    return c_out * (numbers + int(bias)), c_out * cells * numbers


def from_torch(size, c_in, c_out, kernel_size, stride=1, padding=0, bias=True):
    """Let an image of ones meet kernels of ones: every product is 1, so the sum over the output counts them."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    image = torch.ones(1, c_in, size[0] + 2 * ph, size[1] + 2 * pw, dtype=torch.float64)
    weight = torch.ones(c_out, c_in, kh, kw, dtype=torch.float64)
    return weight.numel() + int(bias) * len(weight), int(F.conv2d(image, weight, stride=stride).sum())


def draw(rng: Draw) -> Case:
    """Draw settings of all kinds; where the stride leaves rows over, it is often one less than a jump takes."""
    c_in, c_out = rng.distinct(2, 2, 6)
    pair = rng.distinct(2, 1, 5)
    kernel_size = tuple(pair) if rng.turn % 2 else pair[0] + 1
    settings = {}
    if rng.turn % 3:
        settings["stride"] = 3 - rng.turn % 2 if rng.turn % 3 == 1 else tuple(rng.distinct(2, 1, 3))
    if rng.turn % 4 > 1:
        settings["padding"] = rng.integer(2, 3) if rng.turn % 4 == 2 else tuple(rng.distinct(2, 1, 3))
    if rng.turn // 3 % 2:
        settings["bias"] = False
    elif rng.turn % 2:
        settings["bias"] = True
    kh, sh, ph = (v[0] if isinstance(v, tuple) else v for v in (kernel_size, *_stride_padding(settings)))
    jumps = 6 if rng.turn == 1 else rng.integer(6, 8)  # six and a half are six, where one rounds to the nearest even
    left_over = sh - 1 if rng.turn in (1, 4, 10) else rng.integer(0, sh - 1)
    h = kh - 2 * ph + sh * jumps + left_over
    return call((h, h + rng.integer(1, 3)), c_in, c_out, kernel_size, **settings)


def _stride_padding(settings: dict) -> tuple:
    return settings.get("stride", 1), settings.get("padding", 0)


EXERCISE = Exercise(
    title="What a convolution layer costs",
    solution=conv2d_cost,
    oracle=from_torch,
    read="channels: What does a layer cost?",
    minutes=10,
    difficulty=2,
    anchors=(
        # six 5×5 kernels and their biases: 6·25 + 6; padded by 2 the output stays 28×28: 784 cells of 150 products
        by_hand((156, 117_600), (28, 28), 1, 6, 5, padding=2),
        # three kernels of 2·1·2 numbers, no bias; the window fits in 4 rows and 4 columns: 16 cells of 12 products
        by_hand((12, 192), (4, 5), 2, 3, (1, 2), bias=False),
        # one 3×3 kernel and its bias; at stride 2 it stands in 3 rows and 3 columns: 9 cells of 9 products
        by_hand((10, 81), (7, 7), 1, 1, 3, stride=2),
    ),
    draw=draw,
    styles=(by_counting,),
    hints=(
        "How many numbers does one kernel hold? And how many kernels are there?",
        "Count the output's cells next: rows and columns of windows that fit into the padded input, in steps of the "
        "stride. Each cell of each output channel takes as many products as its kernel holds numbers.",
        "The bank holds C_out · C_in · kH · kW numbers, and the biases add C_out. Every place of the window uses the "
        "whole bank once, and never the biases: places times the numbers in the bank.",
    ),
    mistakes="""
one-plane-a-kernel
    weights = c_out * c_in * kh -> weights = c_out * kh

bias-forgotten: The biases are missing among the parameters: one for each output channel.
[channels: How many numbers does a 3×3 kernel hold?]
    weights + c_out if bias else weights -> weights

bias-always: You count biases where there are none.
    weights + c_out if bias else weights -> weights + c_out

bias-multiplied: You count the biases among the multiply-adds. A bias is added, but it multiplies nothing.
    oh * ow * weights -> oh * ow * parameters

bias-for-each-plane
    weights + c_out if -> weights + c_out * c_in if

bias-for-each-cell
    weights + c_out if -> weights + c_out * oh * ow if

weights-for-each-cell: You count new weights for every place of the window. The kernel is the same everywhere: that is
the point of a convolution. [introduction: Is sharing a trick, or does it follow from something?]
    parameters = weights + c_out if bias else weights -> parameters = oh * ow * weights + bias * c_out

cells-of-the-input: Your multiply-adds are for each cell of the input. They are done for each cell of the output, whose
size the kernel, the stride and the padding decide.
    oh * ow * weights -> size[0] * size[1] * weights

one-output-channel: Your multiply-adds are those of a single output channel. Every output channel has its own kernel to
apply.
    oh * ow * weights -> oh * ow * c_in * kh * kw

additions-counted: You count a product and its addition as two. They are one multiply-add.
    oh * ow * weights -> 2 * oh * ow * weights

padding-once: You count the padding once along each axis. It comes on both sides. [padding: How large is the output?]
    size[0] + 2 * ph -> size[0] + ph
    size[1] + 2 * pw -> size[1] + pw

stride-ignored: You count a window at every place. The stride leaves places out. [stride: How many windows fit?]
    - kh) // sh + 1 -> - kh) + 1
    - kw) // sw + 1 -> - kw) + 1

last-window-missing
    // sh + 1 -> // sh
    // sw + 1 -> // sw

padding-ignored
    size[0] + 2 * ph -> size[0]
    size[1] + 2 * pw -> size[1]

padding-exchanged
    size[0] + 2 * ph -> size[0] + 2 * pw
    size[1] + 2 * pw -> size[1] + 2 * ph

padding-doubled: You count the padding four times along each axis. It is given for each side: it comes twice.
[padding: How large is the output?]
    size[0] + 2 * ph -> size[0] + 4 * ph
    size[1] + 2 * pw -> size[1] + 4 * pw

vertical-padding-for-both
    size[1] + 2 * pw -> size[1] + 2 * ph

horizontal-padding-for-both
    size[0] + 2 * ph -> size[0] + 2 * pw

stride-exchanged: You let the vertical stride divide the width, and the horizontal one the height. The first number of a
pair is the vertical one. [stride: What if the window takes longer steps?]
    oh = (size ->
        sh, sw = sw, sh
        oh = (size

vertical-stride-for-both
    // sw -> // sh

horizontal-stride-for-both
    // sh -> // sw

pairs-exchanged: You take the height from the horizontal numbers, and the width from the vertical ones. The first number
of every pair, and of the size, is the vertical one.
    oh = (size ->
        kh, kw, sh, sw, ph, pw = kw, kh, sw, sh, pw, ph
        oh = (size

kernel-sides-exchanged: You take the kernel's height off the image's width, and its width off the height. The first
number of each pair is vertical. [cross_correlation: Why does the output shrink?]
    oh = (size ->
        kh, kw = kw, kh
        oh = (size

kernel-square: You read only the first number of the kernel's size, and take it for both sides.
    oh = (size ->
        kw = kh
        oh = (size

kernel-square-of-width: You read only the second number of the kernel's size, and take it for both sides.
    oh = (size ->
        kh = kw
        oh = (size

kernel-squared-in-weights: Your kernel has the square of its height for cells. It is a rectangle: height times width.
[channels: How many numbers does a 3×3 kernel hold?]
    c_in * kh * kw -> c_in * kh * kh

one-side-of-the-kernel: You count one side of the kernel. It is a rectangle: height times width cells.
[channels: How many numbers does a 3×3 kernel hold?]
    c_in * kh * kw -> c_in * kh

sides-added: Your kernel has height plus width cells. It is a rectangle: height times width.
[channels: How many numbers does a 3×3 kernel hold?]
    c_in * kh * kw -> c_in * (kh + kw)

output-square: You let the output be as wide as it is high. Its width follows from the horizontal numbers.
[stride: How many windows fit?]
    weights = c_out ->
        ow = oh
        weights = c_out

rounded-up
    oh = (size[0] + 2 * ph - kh) // sh + 1 -> oh = -(-(size[0] + 2 * ph - kh) // sh) + 1
    ow = (size[1] + 2 * pw - kw) // sw + 1 -> ow = -(-(size[1] + 2 * pw - kw) // sw) + 1

rounded-to-nearest: You round the number of jumps to the nearest whole number. A jump that does not fit entirely is not
made: it is rounded down. [stride: How many windows fit?]
    oh = (size[0] + 2 * ph - kh) // sh + 1 -> oh = round((size[0] + 2 * ph - kh) / sh) + 1
    ow = (size[1] + 2 * pw - kw) // sw + 1 -> ow = round((size[1] + 2 * pw - kw) / sw) + 1

not-rounded: You divide by the stride without rounding: parts of windows are counted, too. Only whole ones fit.
[stride: How many windows fit?]
    - kh) // sh -> - kh) / sh
    - kw) // sw -> - kw) / sw

plus-one-divided
    - kh) // sh + 1 -> - kh + 1) // sh
    - kw) // sw + 1 -> - kw + 1) // sw

kernel-ignored
    oh = (size[0] + 2 * ph - kh) // sh + 1 -> oh = (size[0] + 2 * ph) // sh
    ow = (size[1] + 2 * pw - kw) // sw + 1 -> ow = (size[1] + 2 * pw) // sw

size-kept: Your output is as large as the input, divided by the stride and rounded up. That holds only where the padding
makes up for what the kernel takes. [padding: Which kernels keep the size?]
    oh = (size[0] + 2 * ph - kh) // sh + 1 -> oh = -(-size[0] // sh)
    ow = (size[1] + 2 * pw - kw) // sw + 1 -> ow = -(-size[1] // sw)

stride-divides-input: Your output is the input divided by the stride and rounded down. The padding adds cells, and the
first window takes some. [stride: How many windows fit?]
    oh = (size[0] + 2 * ph - kh) // sh + 1 -> oh = size[0] // sh
    ow = (size[1] + 2 * pw - kw) // sw + 1 -> ow = size[1] // sw

cells-of-the-padded-input: Your multiply-adds are for each cell of the padded input. They are done for each cell of the
output, whose size kernel and stride decide, too.
    oh * ow * weights -> (size[0] + 2 * ph) * (size[1] + 2 * pw) * weights

area-forgotten: Your multiply-adds are those of a single place. Every cell of the output takes as many.
    oh * ow * weights -> weights

one-row-only: Your multiply-adds are those of a single column of the output. It has rows and columns: their numbers are
multiplied.
    oh * ow * weights -> oh * weights

one-column-only: Your multiply-adds are those of a single row of the output. It has rows and columns: their numbers are
multiplied.
    oh * ow * weights -> ow * weights

one-bias-a-layer: You count one bias for the layer. Each output channel has its own.
[channels: How many numbers does a 3×3 kernel hold?]
    weights + c_out if -> weights + 1 if

bias-for-input-channels: You count a bias for each input channel. There is one for each output channel.
[channels: How many numbers does a 3×3 kernel hold?]
    weights + c_out if -> weights + c_in if

bias-for-each-weight: You count a bias for every weight. There is one for each output channel, added after the sum.
[channels: How many numbers does a 3×3 kernel hold?]
    weights + c_out if -> 2 * weights if

bias-added-in-multiply-adds: You count the adding of the bias as a multiply-add for each cell of the output. It is left
out here.
    oh * ow * weights -> oh * ow * (weights + c_out)

bias-counted-once-in-multiply-adds: You count the biases once among the multiply-adds. They multiply nothing.
    oh * ow * weights -> oh * ow * weights + bias * c_out

one-kernel: You count a single kernel. There is one for each output channel.
[channels: Several kernels, several channels out]
    weights = c_out * c_in -> weights = c_in

no-channels: You count one plane of one kernel. There is a kernel for each output channel, with a plane for each input
channel. [channels: How many numbers does a 3×3 kernel hold?]
    c_out * c_in * kh -> kh

one-plane-in-multiply-adds: Your multiply-adds are those of one input channel. A kernel has a plane for each of them,
and all are multiplied. [channels: How does one kernel read several channels?]
    oh * ow * weights -> oh * ow * c_out * kh * kw

no-channels-in-multiply-adds: Your multiply-adds are those of one input and one output channel. Each kernel has a plane
for each input channel, and each output channel a kernel.
    oh * ow * weights -> oh * ow * kh * kw

channels-added: You add the numbers of input and output channels. Every pair of them has a plane of weights: they are
multiplied. [channels: How many numbers does a 3×3 kernel hold?]
    c_out * c_in * kh -> (c_out + c_in) * kh

additions-only: You count the additions within one sum, one fewer than its products. A multiply-add is counted for each
product.
    oh * ow * weights -> oh * ow * (weights - c_out)

products-and-additions: You count all products, and the additions between them, one by one. Each product with its
addition is one multiply-add.
    oh * ow * weights -> oh * ow * (2 * weights - c_out)

multiply-adds-first: Your two numbers are exchanged. The parameters come first.
    return parameters, oh * ow * weights -> return oh * ow * weights, parameters

output-cells-only: You count the cells of the output. Each takes as many multiply-adds as its kernel holds numbers.
    oh * ow * weights -> oh * ow * c_out
""",
)
