"""What is inside a LeNet for colours? Answer with pencil and paper, before you run anything.

This one is not the page's. A colour image of 3 channels and 32×32 pixels goes through

* `conv1`: 8 kernels of 3×3, padding 1 on each side; `pool1`: the mean of 2×2 windows;
* `conv2`: 20 kernels of 5×5, no padding; `pool2`: the mean of 2×2 windows;
* `flatten`: all numbers in one row; three fully connected layers; seven scores, one for each class.

The convolutions have biases and stride 1. The loss is the cross-entropy, in nats (natural logarithm); all classes are
equally frequent.
"""

import math

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Exercise


def predict_lenet():
    """Predict sizes, parameters, view and first loss of a LeNet for colours.

    The shape is a tuple (C, H, W), without the batch; all others are whole
    numbers. A loss of 1.23 nats is 123 hundredths.
    """
    return {
        "shape after pool1": (8, 16, 16),
        "how many numbers after flatten": 720,
        "parameters of conv1": 224,
        "parameters of conv2": 4020,
        "image pixels across that one cell of pool2 sees": 14,
        "loss before any training, in hundredths of a nat": 195,
    }


def oracle():
    """Build the layers without memory, and differentiate a cell of pool2 by the image."""
    conv1 = torch.nn.Conv2d(3, 8, 3, padding=1, device="meta")
    conv2 = torch.nn.Conv2d(8, 20, 5, device="meta")
    pool1 = F.avg_pool2d(conv1(torch.zeros(1, 3, 32, 32, device="meta")), 2)
    pool2 = F.avg_pool2d(conv2(pool1), 2)
    image, ones = torch.ones(1, 1, 32, 32, requires_grad=True), torch.ones(1, 1, 5, 5)
    maps = F.avg_pool2d(F.conv2d(F.avg_pool2d(F.conv2d(image, ones[..., :3, :3], padding=1), 2), ones), 2)
    (gradient,) = torch.autograd.grad(maps[0, 0, 3, 3], image)
    return (
        tuple(pool1.shape[1:]),
        pool2.numel(),
        sum(p.numel() for p in conv1.parameters()),
        sum(p.numel() for p in conv2.parameters()),
        int((gradient[0, 0] != 0).any(dim=0).sum()),
        round(100 * math.log(7)),
    )


EXERCISE = Exercise(
    title="What is inside a LeNet for colours?",
    solution=predict_lenet,
    oracle=oracle,
    read="lenet: What does each layer cost, and how far does it see?",
    minutes=5,
    hints=(
        "Go layer by layer, and write down the shape after each. Every number that is asked for follows from the "
        "shapes, from the kernels, or from what somebody who knows nothing must answer.",
        "3×3 with 1 on each side keeps the size; 5×5 without padding loses 4 rows and columns. A kernel of conv1 reads "
        "all three channels, one of conv2 all eight maps, and each has one bias. After pool1, one cell to the right is "
        "two pixels to the right in the image.",
        "Shapes: 8 maps of half of 32; then 20 maps of half of 12. Parameters: kernels times (what each reads, times 9 "
        "or 25, plus one). View: 3, and 1 more, then 4 steps of 2 pixels, and 1 step of 2 more. Loss: seven equal "
        "probabilities, and minus the logarithm of one of them.",
    ),
    mistakes="""
lenet-of-the-page: You give the numbers of the page's LeNet. This network reads three channels of 32×32 pixels, its
kernels are others in size and number, and it tells seven classes apart. [lenet: What goes in, and what comes out?]
    (8, 16, 16) -> (6, 14, 14)
    720 -> 400
    224 -> 156
    4020 -> 2416
    : 14, -> : 16,
    195 -> 230

bias-forgotten
    224 -> 216
    4020 -> 4000

one-bias-a-layer
    224 -> 217
    4020 -> 4001

bias-for-each-plane
    224 -> 240
    4020 -> 4160

one-plane-a-kernel
    224 -> 80
    4020 -> 520

padding-ignored: You let the first convolution shrink the image. With 1 zero on each side, 3×3 keeps the size.
[padding: Which kernels keep the size?]
    (8, 16, 16) -> (8, 15, 15)
    720 -> 500

channels-multiplied
    (8, 16, 16) -> (24, 16, 16)
    720 -> 17280

pool-steps-by-one: Your pooling window moves by one cell. It moves by its own size, which halves the map and doubles the
steps of all later layers in the image. [pooling: The stride is the window, unless you say otherwise]
    (8, 16, 16) -> (8, 31, 31)
    720 -> 13520
    : 14, -> : 9,

channels-kept: Your convolutions leave as many maps as come in. The number of kernels decides: each gives one.
[channels: Several kernels, several channels out]
    (8, 16, 16) -> (3, 16, 16)
    720 -> 108

flatten-forgets-channels: Your flattened row holds the cells of one map. It holds those of all maps. [lenet: What goes
in, and what comes out?]
    720 -> 36

size-always-kept: You let the second convolution keep the size. Without padding its kernel takes room. [padding: Which
kernels keep the size?]
    720 -> 1280

kernel-not-squared: You count one side of a kernel. A plane of it is a square. [channels: How many numbers does a 3×3
kernel hold?]
    224 -> 80
    4020 -> 820

channels-of-the-image: You let the second convolution read the image's three channels. It reads the maps that the layer
before gives. [channels: How does one kernel read several channels?]
    4020 -> 1520

multiply-adds: You count multiply-adds, the work. A kernel's weights are used again at every place, but they exist once.
    224 -> 221184
    4020 -> 576000

bias-for-each-cell
    224 -> 8408
    4020 -> 6880

channels-last: You put the channels last. They come first: (C, H, W).
    (8, 16, 16) -> (16, 16, 8)

pool-takes-channels: Your pooling halves the number of maps as well. Each map is pooled by itself. [pooling: Channels
stay apart]
    (8, 16, 16) -> (4, 16, 16)
    720 -> 180

pool-changes-nothing: Your pooling leaves the size as it is. A mean of 2×2 windows that do not overlap halves it.
[pooling: The stride is the window, unless you say otherwise]
    (8, 16, 16) -> (8, 32, 32)
    720 -> 15680

sizes-multiplied: You multiply the sizes of all windows. Neighbouring windows overlap, so that their views do, too: the
view grows by steps. [stride: How far does a stack of layers see?]
    : 14, -> : 60,

area-for-width: You count the pixels of the whole square. Asked for is how many it sees across.
    : 14, -> : 196,

last-pooling-forgotten: You stop before the last pooling. A cell of pool2 sees what four cells of the convolution see
together.
    : 14, -> : 12,

probability-for-loss: You give the probability of the right class. The loss is minus its logarithm. [lenet: First check:
which loss should an untrained network have?]
    195 -> 14

binary-logarithm: Your logarithm has base 2, so that the loss is in bits. It is the natural one here: nats. [lenet:
First check: which loss should an untrained network have?]
    195 -> 281

decimal-logarithm: Your logarithm has base 10. It is the natural one here: nats. [lenet: First check: which loss should
an untrained network have?]
    195 -> 85

sign-missing: You give the logarithm of a probability, which is negative. The loss is minus that. [lenet: First check:
which loss should an untrained network have?]
    195 -> -195

error-for-loss: You give the share of wrong answers. The loss is minus the logarithm of the right class's probability.
[lenet: First check: which loss should an untrained network have?]
    195 -> 86

whole-nats-for-hundredths: You give the loss in whole nats. Hundredths are asked for.
    195 -> 2
""",
)
