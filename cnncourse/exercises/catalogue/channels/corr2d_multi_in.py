"""Cross-correlate a colour image with one kernel.

The image has several channels, and the kernel has a plane for each. Every plane slides over its own channel; the
partial sums are added. One output channel comes out, whatever goes in. Stride 1, no padding.

Loops over the output's cells are welcome. PyTorch's own convolutions are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def corr2d_multi_in(x, kernel):
    """Cross-correlate an image of several channels with one kernel.

    x (C_in, H, W); kernel (C_in, kH, kW), one plane for each channel.
    Returns (H - kH + 1, W - kW + 1), dtype of x: a single output channel.
    """
    kh, kw = kernel.shape[1:]
    oh = x.shape[1] - kh + 1
    ow = x.shape[2] - kw + 1
    y = x.new_empty(oh, ow)
    for i in range(oh):
        for j in range(ow):
            window = x[:, i : i + kh, j : j + kw]
            y[i, j] = (window * kernel).sum()
    return y


def channel_by_channel(x, kernel):
    """Answer otherwise: one plane after the other, and for each of its cells one pass over the channel."""
    oh, ow = (n - k + 1 for n, k in zip(x.shape[1:], kernel.shape[1:], strict=True))
    y = torch.zeros(oh, ow, dtype=x.dtype)
    for channel, plane in zip(x, kernel, strict=True):
        for a, row in enumerate(plane):
            for b, weight in enumerate(row):
                y = y + weight * channel[a : a + oh, b : b + ow]
    return y


def all_windows(x, kernel):
    """Answer otherwise: all windows at once, (C_in, oh, ow, kH, kW)."""
    windows = x.unfold(1, kernel.shape[1], 1).unfold(2, kernel.shape[2], 1)
    return torch.einsum("cijab,cab->ij", windows, kernel)


def from_torch(x, kernel):
    """Compute it as a bank of one kernel on a batch of one image."""
    return F.conv2d(x[None], kernel[None])[0, 0]


def draw(rng: Draw) -> Case:
    """Draw sizes that differ from each other; whole numbers in every other case."""
    kh, kw = rng.distinct(2, 1, 3)
    h, w = rng.distinct(2, 4, 7)
    c_in = rng.integer(2, 4)
    numbers = rng.whole if rng.turn % 2 else rng.normal
    return call(numbers(c_in, h, w), numbers(c_in, kh, kw))


EXERCISE = Exercise(
    title="One kernel on several channels",
    solution=corr2d_multi_in,
    oracle=from_torch,
    read="channels: How does one kernel read several channels?",
    minutes=12,
    difficulty=2,
    anchors=(
        # 1·1 + 2·(−1) + 4·2 + 5·0 = 7, then 2·1 + 3·(−1) + 5·2 + 6·0 = 9
        by_hand(floats([7, 9]), floats([[1, 2, 3]], [[4, 5, 6]]), floats([[1, -1]], [[2, 0]])),
        # channel 0 gives 1·1 + 4·2 = 9, channel 1 gives 6·1 = 6
        by_hand(floats([15]), floats([[1, 2], [3, 4]], [[5, 6], [7, 8]]), floats([[1, 0], [0, 2]], [[0, 1], [0, 0]])),
    ),
    draw=draw,
    styles=(channel_by_channel, all_windows),
    differentiable=("x", "kernel"),
    forbidden=("convolution",),
    hints=(
        "Do it for one channel first, as in the chapter on cross-correlation. What changes when there is a second?",
        "The window is as deep as the image: it has shape (C_in, kH, kW), as the kernel has. It moves down and across, "
        "never from channel to channel.",
        "Cut the window out of all channels at once, multiply it with the whole kernel cell by cell, and add up "
        "everything: a single number for each place of the window.",
    ),
    mistakes="""
channels-apart: You return one plane for each channel. These are the partial sums; the output is their sum, a single
plane.
    y = x.new_empty(oh, ow) -> y = x.new_empty(len(x), oh, ow)
    y[i, j] = -> y[:, i, j] =
    (window * kernel).sum() -> (window * kernel).sum(dim=(1, 2))

first-channel-only
    (window * kernel).sum() -> (window * kernel)[0].sum()

last-channel-only
    (window * kernel).sum() -> (window * kernel)[-1].sum()

channels-averaged
    (window * kernel).sum() -> (window * kernel).sum() / len(x)

window-averaged
    (window * kernel).sum() -> (window * kernel).mean()

channels-mixed-first
    (window * kernel).sum() -> (window.sum(dim=0) * kernel.sum(dim=0)).sum()

first-plane-for-all
    window * kernel -> window * kernel[0]

planes-exchanged
    window * kernel -> window * kernel.flip(0)

kernel-flipped
    window * kernel -> window * kernel.flip(1, 2)

last-window-missing [cross_correlation: Why does the output shrink?]
    oh = x.shape[1] - kh + 1 -> oh = x.shape[1] - kh
    ow = x.shape[2] - kw + 1 -> ow = x.shape[2] - kw

flipped-upside-down
    window * kernel -> window * kernel.flip(1)

flipped-left-to-right
    window * kernel -> window * kernel.flip(2)

planes-reversed-and-flipped: You flip the kernel on all three axes, so that its planes meet the channels in reverse
order, too. In a cross-correlation it stays as it is. [cross_correlation: Convolution or cross-correlation?]
    window * kernel -> window * kernel.flip(0, 1, 2)

kernel-transposed
    kh, kw = kernel.shape[1:] ->
        kernel = kernel.transpose(1, 2)
        kh, kw = kernel.shape[1:]

channel-axis-left: Your result still has an axis for the channels, of length 1. A single plane is asked for, with two
axes.
    return y -> return y[None]

channels-apart-last: Your result has a number for every channel in each of its cells. These are the partial sums; the
output is their sum, a single plane.
    y = x.new_empty(oh, ow) -> y = x.new_empty(oh, ow, len(x))
    (window * kernel).sum() -> (window * kernel).sum(dim=(1, 2))

channels-multiplied-together: You multiply the channels' partial sums. They are added.
    (window * kernel).sum() -> (window * kernel).sum(dim=(1, 2)).prod()

largest-channel-only: You keep the largest of the channels' partial sums. They are added.
    (window * kernel).sum() -> (window * kernel).sum(dim=(1, 2)).max()

first-channel-for-all: Every plane of the kernel slides over the first channel. Each has a channel of its own.
    window * kernel -> window[0] * kernel

last-plane-for-all: The kernel's last plane slides over every channel. Each channel has a plane of its own.
    window * kernel -> window * kernel[-1]

grey-image: You average the channels to a grey image, or the kernel's planes to a single one, before they meet. Each
plane multiplies its own channel.
    window * kernel -> window.mean(dim=0) * kernel

last-channel-forgotten: You leave out the last channel. A kernel has weights for each input channel, and all are
summed.
    (window * kernel).sum() -> (window * kernel)[:-1].sum()

first-channel-forgotten: You leave out the first channel. A kernel has weights for each input channel, and all are
summed.
    (window * kernel).sum() -> (window * kernel)[1:].sum()

planes-averaged [channels: How does one kernel read several channels?]
    (window * kernel).sum() -> (window * kernel).sum() / (kh * kw)

matrix-product
    (window * kernel).sum() -> (window @ kernel.mT).sum()

output-transposed
    return y -> return y.mT

sum-carried-on
    return y -> return y.flatten().cumsum(0).reshape(y.shape)

sum-carried-along-row
    return y -> return y.cumsum(1)

last-cells-empty
    new_empty -> new_zeros
    in range(oh) -> in range(oh - 1)
    in range(ow) -> in range(ow - 1)

output-not-shrunk
    x.new_empty(oh, ow) -> x.new_zeros(x.shape[1:])

output-square: Your output is as wide as it is high. Its width follows from the image's and the kernel's own widths.
[cross_correlation: Why does the output shrink?]
    y = x.new_empty ->
        ow = oh
        y = x.new_empty

window-jumps
    return y -> return y[::kh, ::kw]

every-overlap
    kh, kw = kernel.shape[1:] ->
        kh, kw = kernel.shape[1:]
        x = torch.nn.functional.pad(x, (kw - 1, kw - 1, kh - 1, kh - 1))

zeros-around
    kh, kw = kernel.shape[1:] ->
        kh, kw = kernel.shape[1:]
        top, left = (kh - 1) // 2, (kw - 1) // 2
        x = torch.nn.functional.pad(x, (left, kw - 1 - left, top, kh - 1 - top))
""",
)
