"""Write a 1×1 convolution as a matrix product.

A 1×1 kernel sees a single pixel, but all of its channels. So the layer makes, of each pixel's C_in numbers, C_out
weighted sums: the same matrix for every pixel. Height and width stay. There is no bias. The weight comes without its
two axes of size 1, as a matrix with a row for each output channel.

The image may come alone or in a batch. A matrix product is what you need; PyTorch's own convolutions are not allowed.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def conv1x1(x, weight):
    """Mix the channels of every pixel by one matrix.

    x (C_in, H, W) or (N, C_in, H, W); weight (C_out, C_in).
    Returns (C_out, H, W) or (N, C_out, H, W), dtype of x.
    """
    pixels = x.movedim(-3, -1)  # (..., H, W, C_in)
    mixed = pixels @ weight.T  # (..., H, W, C_out)
    return mixed.movedim(-1, -3)


def flat_planes(x, weight):
    """Answer otherwise: the weight from the left, every plane as one row."""
    y = weight @ x.flatten(-2)
    return y.unflatten(-1, x.shape[-2:])


def weighted_planes(x, weight):
    """Answer otherwise: each output channel as a weighted sum of planes."""
    planes = x.unbind(-3)
    rows = [sum(w * plane for w, plane in zip(row, planes, strict=True)) for row in weight]
    return torch.stack(rows, dim=-3)


def from_torch(x, weight):
    """Compute it as the convolution that it is."""
    return F.conv2d(x, weight[:, :, None, None])


def draw(rng: Draw) -> Case:
    """Draw an image or a batch in turns; every fourth weight is square, all other sizes differ."""
    n, c_in, c_out, h, w = rng.distinct(5, 2, 6)
    if rng.turn % 4 == 3:
        c_out = c_in
    numbers = rng.whole if rng.turn % 3 else rng.normal
    leading = (n,) if rng.turn % 2 else ()
    return call(numbers(*leading, c_in, h, w), numbers(c_out, c_in))


def pixels_scrambled(x, weight):
    """Cut the memory into rows of C_in numbers, whatever they are."""
    y = x.reshape(-1, x.shape[-3]) @ weight.T
    return y.reshape(*x.shape[:-3], len(weight), *x.shape[-2:])


def batch_scrambled(x, weight):
    """Put all images side by side, and cut the result up as if they came one after the other."""
    planes = x.movedim(-3, 0).flatten(1)
    return (weight @ planes).reshape(*x.shape[:-3], len(weight), *x.shape[-2:])


def batch_flattened_first(x, weight):
    """Take the first axis for the channels, also in a batch."""
    y = weight @ x.reshape(weight.shape[1], -1)
    return y.reshape(*x.shape[:-3], len(weight), *x.shape[-2:])


EXERCISE = Exercise(
    title="A 1×1 convolution is a matrix product",
    solution=conv1x1,
    oracle=from_torch,
    read="channels: What is a 1×1 kernel good for?",
    minutes=12,
    difficulty=2,
    anchors=(
        # three pixels (1, 10), (2, 20), (3, 30); of the first: 1 + 10, 2·10, 3·1 − 10
        by_hand(
            floats([[11, 22, 33]], [[20, 40, 60]], [[-7, -14, -21]]),
            floats([[1, 2, 3]], [[10, 20, 30]]),
            floats([1, 1], [0, 2], [3, -1]),
        ),
        # two images of one pixel: 2·1 + 1·2 and 2·3 + 1·4
        by_hand(floats([[[4]]], [[[10]]]), floats([[[1]], [[2]]], [[[3]], [[4]]]), floats([2, 1])),
    ),
    draw=draw,
    styles=(flat_planes, weighted_planes),
    differentiable=("x", "weight"),
    forbidden=("convolution",),
    hints=(
        "Take one pixel. Which C_in numbers belong to it, and which product of the weight with them gives the C_out "
        "sums?",
        "A matrix product sums over the last axis of its left factor: the channels must stand there. To get them "
        "there, move an axis; reshaping alone keeps the order of the cells and mixes up pixels.",
        "Move the channel axis to the end, multiply from the right with the transposed weight, and move the axis, now "
        "of length C_out, back to where the channels were. Axes counted from the end serve an image and a batch "
        "alike.",
    ),
    mistakes="""
pixels-scrambled: Your rows are not pixels. A reshape keeps the order of the cells, and one channel's pixels are
neighbours there: you mix positions instead of channels.

output-scrambled: Your products are right, but they land in wrong cells: the output channels are still the last axis,
and a reshape does not move them.
    return mixed.movedim(-1, -3) -> return mixed.reshape(*x.shape[:-3], len(weight), *x.shape[-2:])

batch-scrambled: One image comes out right, a batch does not: with the images side by side, the batch is the second axis
of the product and has to be moved back. [channels: The whole layer]

weight-reshaped: You give the weight another shape where it has to be transposed: its numbers stay in the old order. Row
o holds the weights of output channel o.
    weight.T -> weight.reshape(weight.shape[1], weight.shape[0])

channels-not-summed: You multiply, but do not sum: your result still has an axis for the input channels. Each output
channel is their weighted sum. [channels: How does one kernel read several channels?]
    mixed = pixels @ weight.T -> mixed = pixels[..., None] * weight.T
    mixed.movedim(-1, -3) -> mixed.movedim((-1, -2), (-4, -3))

channels-averaged
    pixels @ weight.T -> pixels @ weight.T / x.shape[-3]

first-channel-only
    pixels @ weight.T -> pixels[..., :1] @ weight.T[:1]

height-width-exchanged: Your rows and columns are exchanged: every pixel has the right numbers, in the wrong place.
    mixed.movedim(-1, -3) -> mixed.movedim(-1, -3).transpose(-1, -2)

channels-stay-last: Your output channels are the last axis. They stand where the input channels stood, before the rows.
    return mixed.movedim(-1, -3) -> return mixed

channels-before-images: In a batch your first two axes are exchanged: the images come first, then the output channels.
[channels: The whole layer]
    return mixed.movedim(-1, -3) -> return mixed.movedim(-1, 0)

batch-flattened-first: A single image comes out right, a batch does not: you cut it into rows as if its first axis were
the channels. The images come first there. [channels: The whole layer]

batch-axis-left: For a single image your result still has an axis for a batch, of length 1. It comes as it went in: with
three axes. [channels: The whole layer]
    return mixed.movedim(-1, -3) -> return mixed.movedim(-1, -3).reshape(-1, len(weight), *x.shape[-2:])

first-image-only
    return mixed.movedim(-1, -3) -> return (mixed[:1].expand_as(mixed) if x.ndim == 4 else mixed).movedim(-1, -3)

batch-summed
    return mixed.movedim(-1, -3) ->
        return (mixed.sum(dim=0).expand_as(mixed) if x.ndim == 4 else mixed).movedim(-1, -3)

weight-not-transposed: A weight that is square shows it: you sum over the weight's rows. Row o holds the weights of
output channel o, one for each input channel.
    weight.T -> weight

last-channel-only
    pixels @ weight.T -> pixels[..., -1:] @ weight.T[-1:]

planes-exchanged: The weights meet the input channels in reverse order. Column c of the weight belongs to channel c.
    pixels @ weight.T -> pixels.flip(-1) @ weight.T

kernels-reversed: Your output channels come in reverse order: channel o of the output belongs to row o of the weight.
[channels: Several kernels, several channels out]
    weight.T -> weight.flip(0).T

channels-mixed-first: You add up the channels, and each row of the weight, before they meet. Each weight multiplies its
own channel; only afterwards comes the sum.
    pixels @ weight.T -> pixels.sum(dim=-1, keepdim=True) * weight.sum(dim=1)

weights-not-used: You add up the channels alone, so that all output channels agree. Each has weights of its own.
    pixels @ weight.T -> pixels @ torch.ones_like(weight).T

largest-product: You keep the largest of the weighted channels. They are added up.
    pixels @ weight.T -> (pixels[..., None, :] * weight).amax(dim=-1)

first-row-for-all: Every output channel comes from the weight's first row. Each has a row of its own.
[channels: Several kernels, several channels out]
    weight.T -> weight[:1].expand_as(weight).T

weights-normalised: You divide each row of the weight by its sum. The weights are used as they are.
    pixels @ weight.T -> pixels @ (weight / weight.sum(dim=1, keepdim=True)).T

weights-squashed: You put a softmax over the weights. They are used as they are.
    weight.T -> weight.softmax(dim=1).T

negatives-cut-off
    return mixed.movedim(-1, -3) -> return mixed.movedim(-1, -3).clamp(min=0)

one-output-channel: You return a single output channel, the sum over all rows of the weight. Each row gives a channel of
its own. [channels: Several kernels, several channels out]
    return mixed.movedim(-1, -3) -> return mixed.sum(dim=-1, keepdim=True).movedim(-1, -3)

pixels-averaged: You average over all pixels of an image. Each pixel keeps its own sums.
    return mixed.movedim(-1, -3) ->
        return mixed.movedim(-1, -3).mean(dim=(-2, -1), keepdim=True)
""",
    answers=(pixels_scrambled, batch_scrambled, batch_flattened_first),
)
