"""Say what comes out before you run anything.

`Conv2d(c_in, c_out, k)` is PyTorch's layer: k by k kernels, stride 1, no padding, and a bias for each output channel.
Six short questions about such layers; a shape is a tuple of whole numbers, a count is a whole number. Paper is
allowed, code is not.
"""

import torch

from cnncourse.exercises.model import Exercise


def predict_channels():
    """Answer each: a tuple of ints for a shape, an int for a count."""
    return {
        "weight.shape of Conv2d(3, 8, 5)": (8, 3, 5, 5),
        "parameters of Conv2d(3, 10, 5), biases included": 760,
        "(3, 10, 12) through Conv2d(3, 6, 3) becomes": (6, 8, 10),
        "weight.shape of Conv2d(64, 16, 1)": (16, 64, 1, 1),
        "parameters of Conv2d(64, 16, 1), biases included": 1040,
        "(64, 7, 9) through Conv2d(64, 16, 1) becomes": (16, 7, 9),
    }


def from_torch():
    """Build the layers, on a device that holds no numbers, and ask them."""

    def layer(c_in: int, c_out: int, kernel_size: int) -> torch.nn.Conv2d:
        return torch.nn.Conv2d(c_in, c_out, kernel_size, device="meta")

    def shape(of: torch.nn.Module, *sizes: int) -> tuple[int, ...]:
        return tuple(of(torch.zeros(sizes, device="meta")).shape)

    return (
        tuple(layer(3, 8, 5).weight.shape),
        sum(p.numel() for p in layer(3, 10, 5).parameters()),
        shape(layer(3, 6, 3), 3, 10, 12),
        tuple(layer(64, 16, 1).weight.shape),
        sum(p.numel() for p in layer(64, 16, 1).parameters()),
        shape(layer(64, 16, 1), 64, 7, 9),
    )


EXERCISE = Exercise(
    title="Shapes and counts with channels",
    solution=predict_channels,
    oracle=from_torch,
    read="channels: Several kernels, several channels out",
    minutes=5,
    hints=(
        "How many numbers does a 5×5 kernel need to read a colour image? It reads all three planes at once.",
        "A bank lists its kernels first: output channels, input channels, height, width. Its parameters are all of "
        "these multiplied, and then the biases.",
        "Each kernel sums over all input channels and gives one output channel; a window of k cells fits n - k + 1 "
        "times along an axis of n. A bias is one number for each output channel.",
    ),
    mistakes="""
one-plane-a-kernel
    (8, 3, 5, 5) -> (8, 1, 5, 5)
    760 -> 260
    (16, 64, 1, 1) -> (16, 1, 1, 1)
    1040 -> 32

input-channels-first: You put the input channels first. A bank lists its kernels first, one for each output channel; the
planes of a kernel come second.
    (8, 3, 5, 5) -> (3, 8, 5, 5)
    (16, 64, 1, 1) -> (64, 16, 1, 1)

channels-kept: Your output has as many channels as the input. The number of kernels decides: each gives one output
channel.
    (6, 8, 10) -> (3, 8, 10)
    (16, 7, 9) -> (64, 7, 9)

channels-multiplied
    (6, 8, 10) -> (18, 8, 10)
    (16, 7, 9) -> (1024, 7, 9)

biases-forgotten: You count the kernels alone. Each output channel has a bias as well, and it is learned, too.
[channels: How many numbers does a 3×3 kernel hold?]
    760 -> 750
    1040 -> 1024

one-bias: You count a single bias for the whole layer. Each output channel has its own.
[channels: How many numbers does a 3×3 kernel hold?]
    760 -> 751
    1040 -> 1025

bias-for-each-plane
    760 -> 780
    1040 -> 2048

size-kept: You give the output the input's size. Without padding a window of 3 cells has fewer places to stand.
[cross_correlation: Why does the output shrink?]
    (6, 8, 10) -> (6, 10, 12)

last-place-missing: You count n − k places along an axis. A window of k cells has one place more: the first one needs no
step. [cross_correlation: Why does the output shrink?]
    (6, 8, 10) -> (6, 7, 9)
    (16, 7, 9) -> (16, 6, 8)

weight-channels-last: You put the channels last in the weight, as some other libraries do. PyTorch puts them first:
kernels, planes, height, width.
    (8, 3, 5, 5) -> (5, 5, 3, 8)
    (16, 64, 1, 1) -> (1, 1, 64, 16)

weight-planes-last: You put the planes of a kernel last in the weight. They come second: kernels, planes, height, width.
    (8, 3, 5, 5) -> (8, 5, 5, 3)
    (16, 64, 1, 1) -> (16, 1, 1, 64)

channels-last: You put the channels last in the output. They come first: (C, H, W).
    (6, 8, 10) -> (8, 10, 6)
    (16, 7, 9) -> (7, 9, 16)

width-first: You give the width before the height. Rows come first, then columns.
    (6, 8, 10) -> (6, 10, 8)
    (16, 7, 9) -> (16, 9, 7)

one-side-of-the-kernel: You count one side of a kernel. A plane of it is a square, k times k cells. [channels: How many
numbers does a 3×3 kernel hold?]
    (8, 3, 5, 5) -> (8, 3, 5)
    760 -> 160
    (16, 64, 1, 1) -> (16, 64, 1)

one-kernel: You count a single kernel and its bias. There is one for each output channel.
    760 -> 76
    1040 -> 65

bias-for-input-channels: You count a bias for each input channel. There is one for each output channel. [channels: How
many numbers does a 3×3 kernel hold?]
    760 -> 753
    1040 -> 1088

channels-added: Your output has the input's channels and the kernels' results together. It has the results alone: one
channel for each kernel.
    (6, 8, 10) -> (9, 8, 10)
    (16, 7, 9) -> (80, 7, 9)

one-output-channel: You give the output a single channel. Each kernel gives one of its own.
    (6, 8, 10) -> (1, 8, 10)
    (16, 7, 9) -> (1, 7, 9)

channel-axis-lost: Your output has no axis for the channels. Each kernel gives a plane, and the planes lie along the
first axis.
    (6, 8, 10) -> (8, 10)
    (16, 7, 9) -> (7, 9)

every-overlap
    (6, 8, 10) -> (6, 12, 14)

plane-axis-lost: You give each kernel one flat plane, so that the weight has no axis for the input channels. A kernel
has a plane for each of them. [channels: How does one kernel read several channels?]
    (8, 3, 5, 5) -> (8, 5, 5)
    760 -> 260
    (16, 64, 1, 1) -> (16, 1, 1)
    1040 -> 32
""",
)
