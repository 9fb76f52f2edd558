"""Turn stored grey values into images that a network can read.

MNIST's files hold one byte a pixel: 0 is black, 255 is white. The network wants float32 from 0.0 to 1.0, on one scale
for all images, and an axis for the channel. Grey images have one channel.
"""

import numpy as np
import torch

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def to_images(pixels):
    """Give grey values the form that a network reads.

    pixels (N, H, W): uint8, from 0 for black to 255 for white.
    Returns (N, 1, H, W): float32, from 0.0 for black to 1.0 for white.
    """
    images = pixels.unsqueeze(1)
    return images.float() / 255


def from_table(pixels):
    """Answer otherwise: look each grey value up in a table of 256 shades."""
    return torch.linspace(0, 1, 256)[pixels.long()][:, None]


def oracle(pixels):
    """Interpolate between black and white, in numpy and in double precision."""
    shades = np.interp(pixels.numpy(), [0, 255], [0.0, 1.0])
    return torch.from_numpy(shades[:, np.newaxis].astype(np.float32))


def draw(rng: Draw) -> Case:
    """Draw all shades from black to white in every third case; greys otherwise, the first image the lightest."""
    n, h, w = rng.distinct(3, 2, 5)
    if rng.turn % 3 == 0:
        pixels = rng.whole(n, h, w, low=0, high=255)
        pixels[0, 0, 0], pixels[0, 0, 1] = 255, 0
    else:
        pixels = rng.whole(n, h, w, low=20, high=120)
        pixels[0] += 100
        pixels[0, -1, -1] = 200
    return call(pixels.to(torch.uint8))


EXERCISE = Exercise(
    title="From bytes to images",
    solution=to_images,
    oracle=oracle,
    read="mnist: What is in the box?",
    minutes=8,
    anchors=(
        # 51 / 255 = 0.2, 102 / 255 = 0.4
        by_hand(floats([[[0, 0.2], [0.4, 1]]]), torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8)),
        # two images of one row: 153 / 255 = 0.6, 204 / 255 = 0.8; the second image holds no white, and gets none
        by_hand(
            floats([[[0, 0.8, 1]]], [[[0.2, 0.6, 0]]]),
            torch.tensor([[[0, 204, 255]], [[51, 153, 0]]], dtype=torch.uint8),
        ),
    ),
    draw=draw,
    styles=(from_table,),
    hints=(
        "Two things change: the numbers, and the number of axes. Take one after the other.",
        "Make floats first, so that nothing is rounded or wraps around; then bring white to 1.0. In the shape "
        "(N, C, H, W), which place does the channel have?",
        "The new axis of length 1 stands second, between the images and their rows; indexing with None or unsqueeze "
        "makes one. Every float is divided by the value of white, whichever values an image happens to hold.",
    ),
    mistakes="""
divided-by-256: You divide by 256, the number of shades. They run from 0 to 255, so your white falls short of 1.0.
    / 255 -> / 256

not-divided: Your images still run from 0 to 255. Numbers as large as these make the first layer's sums large; the
network expects 0.0 to 1.0.
    images.float() / 255 -> images.float()

whole-division: Your division rounds down to a whole number: all that is not pure white becomes black.
    images.float() / 255 -> (images // 255).float()

divided-twice: You divide twice: the first time brings white to 1.0, the second makes everything nearly black.
    images.float() / 255 -> images.float() / 255 / 255

scaled-by-image: You divide each image by its own largest value. Then a dim image looks like a bright one; the scale is
the same for all images.
    / 255 -> / images.amax(dim=(2, 3), keepdim=True)

scaled-by-batch: You divide by the largest value at hand. Then an image depends on the others beside it; white is white
in every batch.
    / 255 -> / images.max()

stretched: You stretch each image until its darkest cell is 0 and its lightest 1. That changes the contrast; one fixed
scale serves all images.
    return images.float() / 255 ->
        low, high = (f(dim=(2, 3), keepdim=True).float() for f in (images.amin, images.amax))
        return (images - low) / (high - low)

inverted: Your images are inverted, black for white. MNIST's digits are light on a black ground, and stay so.
    images.float() / 255 -> (255 - images).float() / 255

signed-bytes: You read the bytes as signed numbers, so that all shades above 127 become negative. A grey value is an
unsigned byte.
    images.float() -> images.to(torch.int8).float()

centred: Your images run from -1 to 1. Some recipes want that; here black is 0.0 and white is 1.0.
    images.float() / 255 -> images.float() / 127.5 - 1

standardised: You subtract MNIST's mean and divide by its standard deviation, as some recipes do. Here black is 0.0 and
white is 1.0.
    images.float() / 255 -> (images.float() / 255 - 0.1307) / 0.3081

black-or-white: You round to black or white. The greys between them are kept.
    images.float() / 255 -> (images.float() / 255).round()

channel-last: Your channel axis is the last one, as image files have it. PyTorch puts it second: (N, C, H, W).
[lenet: What goes in, and what comes out?]
    unsqueeze(1) -> unsqueeze(3)

channel-first: Your new axis stands before all others: one image with N channels. It belongs behind the images' axis.
[lenet: What goes in, and what comes out?]
    unsqueeze(1) -> unsqueeze(0)

channel-missing: The axis for the channel is missing. A grey image has one channel, and the axis stands there all the
same. [lenet: What goes in, and what comes out?]
    pixels.unsqueeze(1) -> pixels

rows-for-columns: Height and width are exchanged: your images are mirrored along their diagonal.
[lenet: What goes in, and what comes out?]
    unsqueeze(1) -> unsqueeze(1).transpose(2, 3)

divided-by-254: You divide by 254, so that white lies above 1.0. The lightest shade is 255.
    / 255 -> / 254

divided-by-100: You divide by 100, as if the shades were percentages. They run from 0 to 255.
    / 255 -> / 100

divided-by-128: You divide by 128, so that white is almost 2. It becomes 1.0.
    / 255 -> / 128

halves-around-zero: Your images run from -0.5 to 0.5. Here black is 0.0 and white is 1.0.
    images.float() / 255 -> images.float() / 255 - 0.5

centred-around-127: You take 127.5 off, and do not divide. Here black is 0.0 and white is 1.0.
    images.float() / 255 -> images.float() - 127.5

own-mean-taken-off: You subtract the mean of the images at hand and divide by their standard deviation. Then an image
depends on the others beside it; here black is 0.0 and white is 1.0.
    images.float() / 255 -> (images.float() - images.float().mean()) / images.float().std()

own-mean-of-image: You subtract each image's own mean. Then a dim image looks like a bright one; here black is 0.0 and
white is 1.0.
    images.float() / 255 -> (images.float() - images.float().mean(dim=(2, 3), keepdim=True)) / 255

stretched-batch: You stretch the batch until its darkest cell is 0 and its lightest 1. Then an image depends on the
others beside it; one fixed scale serves all.
    images.float() / 255 -> (images.float() - images.min()) / (images.max() - images.min())

square-root: You take a root of the shades, which lightens them. Their scale stays straight.
    images.float() / 255 -> (images.float() / 255).sqrt()

squared: You square the shades, which darkens them. Their scale stays straight.
    images.float() / 255 -> (images.float() / 255) ** 2

sums-to-one: You divide each image by the sum of its cells. White becomes 1.0, in every image.
    images.float() / 255 -> images.float() / images.float().sum(dim=(2, 3), keepdim=True)

scaled-by-row: You divide each row by its own largest value. The scale is the same for all images, and for all their
rows.
    images.float() / 255 -> images.float() / images.amax(dim=3, keepdim=True)

ink-only: You set every cell that is not black to 1. The greys between black and white are kept.
    images.float() / 255 -> (images > 0).float()

two-decimals: You round to two places. A shade is 1/255, finer than that.
    images.float() / 255 -> (images.float() / 255 * 100).round() / 100

flattened: You flatten each image to one row. The network reads images: (N, 1, H, W).
[lenet: What goes in, and what comes out?]
    images.float() / 255 -> images.float().flatten(1) / 255

three-channels: You repeat the image for three channels. A grey image has one.
[lenet: What goes in, and what comes out?]
    images.float() / 255 -> images.float().expand(-1, 3, -1, -1) / 255

two-new-axes: You add two axes. Only that of the channel is missing.
    pixels.unsqueeze(1) -> pixels.unsqueeze(1).unsqueeze(1)

rows-before-channel: Your channel axis stands between rows and columns. PyTorch puts it second: (N, C, H, W).
[lenet: What goes in, and what comes out?]
    unsqueeze(1) -> unsqueeze(2)

first-image-only: You return the first image alone. All N of them are wanted.
    pixels.unsqueeze(1) -> pixels[:1].unsqueeze(1)

upside-down: Your images stand on their heads. The first row stays the first.
    unsqueeze(1) -> unsqueeze(1).flip(2)

reshaped-for-transposed: Your rows and columns are cut anew from the row of all cells. A reshape to (N, 1, W, H) leaves
no image as it was.
    images.float() / 255 -> images.reshape(len(images), 1, images.shape[3], images.shape[2]).float() / 255
""",
)
