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
""",
)
