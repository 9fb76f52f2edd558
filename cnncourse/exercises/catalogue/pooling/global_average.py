"""Take one number of each channel.

Global average pooling is a window as large as the image: of each channel the mean of all its cells is left, whatever
the size. Images and channels stay apart. Networks end with it, so that the layers behind get as many numbers from a
large image as from a small one.

PyTorch's own pooling is not allowed.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def global_average(x):
    """Average each channel of each image over all of its cells.

    x (N, C, H, W), of any height and width.
    Returns (N, C), dtype of x.
    """
    return x.mean(dim=(2, 3))


def flat_planes(x):
    """Answer otherwise: every plane as one row, its sum over its length."""
    rows = x.flatten(2)
    return rows.sum(dim=-1) / rows.shape[-1]


def one_by_one(x):
    """Answer otherwise: plane by plane."""
    return torch.stack([torch.stack([plane.mean() for plane in image]) for image in x])


def from_torch(x):
    """Pool it with PyTorch, down to one cell."""
    return F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0]


def draw(rng: Draw) -> Case:
    """Draw four sizes that differ from each other."""
    numbers = rng.whole if rng.turn % 2 else rng.normal
    return call(numbers(*rng.distinct(4, 2, 7)))


EXERCISE = Exercise(
    title="One number a channel",
    solution=global_average,
    oracle=from_torch,
    read="pooling: One number a channel, whatever the size",
    minutes=5,
    anchors=(
        # one image, two channels: (1 + 2 + 3 + 6) / 4 and (10 + 20 + 30 + 40) / 4
        by_hand(floats([3, 25]), floats([[[1, 2], [3, 6]], [[10, 20], [30, 40]]])),
        # two images of three cells: (1 + 2 + 6) / 3 and (4 + 5 + 9) / 3
        by_hand(floats([3], [6]), floats([[[1, 2, 6]]], [[[4, 5, 9]]])),
    ),
    draw=draw,
    styles=(flat_planes, one_by_one),
    differentiable=("x",),
    forbidden=("pooling",),
    hints=(
        "Which of the four axes must be gone afterwards, and which must stay?",
        "A channel of an image is a plane with H rows and W columns. The mean runs over both of these axes at once.",
        "A tensor's mean takes a tuple of axes as its `dim`. Name the two that hold rows and columns; images and "
        "channels are the two that you leave alone.",
    ),
    mistakes="""
images-averaged: You average over the images of the batch as well. Each image keeps its own number for each channel.
    dim=(2, 3) -> dim=(0, 2, 3)

channels-averaged: You average over the channels as well, and one number is left of a whole image. Channels stay apart.
[pooling: Channels stay apart]
    dim=(2, 3) -> dim=(1, 2, 3)

over-the-channels: You average each pixel over its channels: a picture is left. Here each channel is averaged over its
pixels. [pooling: Channels stay apart]
    dim=(2, 3) -> dim=1

axes-kept: Your numbers are right, but the two axes of size 1 are still there. Asked for is a matrix: images by
channels.
    dim=(2, 3) -> dim=(2, 3), keepdim=True

columns-only: You average along one axis alone: a number for every row is left. The window covers rows and columns.
    dim=(2, 3) -> dim=3

sum-for-average: You add up the cells. A sum grows with the image; the mean divides it by the number of cells.
[pooling: What does one window keep?]
    x.mean( -> x.sum(

maximum-for-average: You keep the largest cell of each channel. Asked for is the mean of all of its cells.
[pooling: What does one window keep?]
    x.mean( -> x.amax(

taken-for-square: You divide by the square of the height, as if every image were square. A channel has height times
width cells.
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / x.shape[2] ** 2

channels-mixed: You cut the numbers into rows of C without moving an axis, so that cells of different channels are
averaged together. A reshape never changes the order in memory. [pooling: Channels stay apart]
    x.mean(dim=(2, 3)) -> x.reshape(x.shape[0], -1, x.shape[1]).mean(dim=1)

rows-only: You average down the columns alone: a number for every column is left. The window covers rows and columns.
    dim=(2, 3) -> dim=2

batch-averaged-away: You average over the images alone: a picture of their mean is left. Here each channel is averaged
over its pixels.
    dim=(2, 3) -> dim=0

images-and-channels-averaged: You average over images and channels, and one picture is left. Here both stay, and the
pixels go. [pooling: Channels stay apart]
    dim=(2, 3) -> dim=(0, 1)

one-number-for-all: You average over everything, and a single number is left. Each channel of each image keeps one.
[pooling: Channels stay apart]
    x.mean(dim=(2, 3)) -> x.mean()

axes-exchanged: Your images and channels are exchanged: a row belongs to an image, a column to a channel.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3)).T

flattened: Your numbers are right, but all in one row. Asked for is a matrix: images by channels.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3)).flatten()

square-of-width: You divide by the square of the width, as if every image were square. A channel has height times width
cells.
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / x.shape[3] ** 2

divided-by-height: You divide by the height alone. A channel has height times width cells.
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / x.shape[2]

divided-by-width: You divide by the width alone. A channel has height times width cells.
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / x.shape[3]

sides-added: You divide by the height plus the width. A channel has height times width cells.
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / (x.shape[2] + x.shape[3])

divided-by-all-cells: You divide by the number of cells in all channels. A channel's sum is over its own height times
width cells.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3)) / x.shape[1]

divided-by-batch: You divide by the number of images as well. Each image is averaged by itself.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3)) / x.shape[0]

divided-by-tensor: You divide by the number of all numbers in the batch. A channel's sum is over its own height times
width cells.
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / x.numel()

smallest-for-average: You keep the smallest cell of each channel. Asked for is the mean of all of its cells.
[pooling: What does one window keep?]
    x.mean( -> x.amin(

median-for-average: You keep each channel's median, the cell in the middle when all are sorted. Asked for is their mean.
[pooling: What does one window keep?]
    x.mean(dim=(2, 3)) -> x.flatten(2).median(dim=2).values

channels-last: You average over the second and third axis, as if the channels stood last. Here they come second:
(N, C, H, W).
    dim=(2, 3) -> dim=(1, 2)

first-image-only: Every image of your batch gets the averages of the first one.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3))[:1].expand(x.shape[:2])

last-row-only: You average the last row of each channel. The window covers all rows.
    x.mean(dim=(2, 3)) -> x[:, :, -1].mean(dim=2)

first-cell-only: You keep the upper left cell of each channel. Asked for is the mean of all of its cells.
    x.mean(dim=(2, 3)) -> x[:, :, 0, 0]

average-rounded-down: Your average is rounded down to a whole number. A mean may lie between two.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3)).floor()
""",
)
