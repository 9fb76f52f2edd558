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
    """Draw settings of all kinds, in sizes where every row of the padded input is used."""
    c_in, c_out = rng.distinct(2, 2, 6)
    pair = rng.distinct(2, 1, 5)
    kernel_size = tuple(pair) if rng.turn % 2 else pair[0] + 1
    settings = {}
    if rng.turn % 3:
        settings["stride"] = 2 if rng.turn % 3 == 1 else tuple(rng.distinct(2, 1, 3))
    if rng.turn % 4 > 1:
        settings["padding"] = rng.integer(2, 3) if rng.turn % 4 == 2 else tuple(rng.distinct(2, 1, 3))
    if rng.turn // 3 % 2:
        settings["bias"] = False
    elif rng.turn % 2:
        settings["bias"] = True
    kh, sh, ph = (v[0] if isinstance(v, tuple) else v for v in (kernel_size, *_stride_padding(settings)))
    h = kh - 2 * ph + sh * rng.integer(6, 8)
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
""",
)
