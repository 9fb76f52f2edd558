"""What is inside LeNet? Answer with pencil and paper, before you run anything.

A grey image of 28×28 pixels goes through

* `conv1`: 6 kernels of 5×5, padding 2 on each side; `pool1`: the mean of 2×2 windows;
* `conv2`: 16 kernels of 5×5, no padding; `pool2`: the mean of 2×2 windows;
* `flatten`: all numbers in one row; three fully connected layers; ten scores, one for each digit.

The convolutions have biases and stride 1. The loss is the cross-entropy, in nats (natural logarithm); all digits are
equally frequent.
"""

import math

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Exercise


def predict_lenet():
    """Predict sizes, parameters, view and first loss of LeNet.

    The shape is a tuple (C, H, W), without the batch; all others are whole
    numbers. A loss of 1.23 nats is 123 hundredths.
    """
    return {
        "shape after pool1": (6, 14, 14),
        "how many numbers after flatten": 400,
        "parameters of conv1": 156,
        "parameters of conv2": 2416,
        "image pixels across that one cell of pool2 sees": 16,
        "loss before any training, in hundredths of a nat": 230,
    }


def oracle():
    """Build the layers without memory, and differentiate a cell of pool2 by the image."""
    conv1 = torch.nn.Conv2d(1, 6, 5, padding=2, device="meta")
    conv2 = torch.nn.Conv2d(6, 16, 5, device="meta")
    pool1 = F.avg_pool2d(conv1(torch.zeros(1, 1, 28, 28, device="meta")), 2)
    pool2 = F.avg_pool2d(conv2(pool1), 2)
    image, kernel = torch.ones(1, 1, 28, 28, requires_grad=True), torch.ones(1, 1, 5, 5)
    maps = F.avg_pool2d(F.conv2d(F.avg_pool2d(F.conv2d(image, kernel, padding=2), 2), kernel), 2)
    (gradient,) = torch.autograd.grad(maps[0, 0, 2, 2], image)
    return (
        tuple(pool1.shape[1:]),
        pool2.numel(),
        sum(p.numel() for p in conv1.parameters()),
        sum(p.numel() for p in conv2.parameters()),
        int((gradient[0, 0, 14] != 0).sum()),
        round(100 * math.log(10)),
    )


EXERCISE = Exercise(
    title="What is inside LeNet?",
    solution=predict_lenet,
    oracle=oracle,
    read="lenet: What does each layer cost, and how far does it see?",
    minutes=5,
    hints=(
        "Go layer by layer, and write down the shape after each. Every number that is asked for follows from the "
        "shapes, from the kernels, or from what somebody who knows nothing must answer.",
        "5×5 with 2 on each side keeps the size; without padding 4 rows and columns are lost. A kernel of conv2 reads "
        "all six maps and has one bias. After pool1, one cell to the right is two pixels to the right in the image.",
        "Shapes: 6 maps of half of 28; then 16 maps of half of 10. Parameters: kernels times (maps read times 25, plus "
        "one). View: 5, and 1 more, then 4 steps of 2 pixels, and 1 step of 2 more. Loss: ten equal probabilities, and "
        "minus the logarithm of one of them.",
    ),
    mistakes="""
bias-forgotten
    156 -> 150
    2416 -> 2400

one-bias-a-layer
    156 -> 151
    2416 -> 2401

padding-ignored: You let the first convolution shrink the image. With 2 zeros on each side, 5×5 keeps the size.
[padding: Which kernels keep the size?]
    (6, 14, 14) -> (6, 12, 12)
    400 -> 256

maps-forgotten: You count as if there were one map. A kernel of conv2 has 25 numbers for each map that it reads, and the
row after flatten holds the cells of all maps. [channels: How does one kernel read several channels?]
    400 -> 25
    2416 -> 416

pool-steps-by-one: Your pooling window moves by one cell. It moves by its own size, which halves the map and doubles the
steps of all later layers in the image. [pooling: The stride is the window, unless you say otherwise]
    (6, 14, 14) -> (6, 27, 27)
    400 -> 7744
    : 16, -> : 11,
""",
)
