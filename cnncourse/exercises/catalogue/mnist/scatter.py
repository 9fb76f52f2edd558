"""By how much do test images chosen by chance move a measured error?

A network misreads a share `p` of all digits in the world. We measure its error on `n` of them: the share of these that
it misreads. Return the standard deviation with which this measured error scatters about `p`.

An error is a fraction, and so is its scatter.
"""

import math

import torch

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def scatter(p, n):
    """Compute the standard deviation of an error that is measured by chance.

    p: the share of all digits that the network misreads, from 0 to 1;
    n: the number of test images.
    Returns a float: the measured error's standard deviation, as a fraction.
    """
    return math.sqrt(p * (1 - p) / n)


def image_by_image(p, n):
    """Answer otherwise: the variance of one image's verdict, 1 or 0, from its definition; n images share it."""
    one_image = p * (1 - p) ** 2 + (1 - p) * (0 - p) ** 2
    return one_image**0.5 / n**0.5


def oracle(p, n):
    """Ask the binomial distribution how the number of misread images scatters, and make it a share."""
    misread = torch.distributions.Binomial(n, torch.tensor(p, dtype=torch.float64))
    return misread.stddev.item() / n


def draw(rng: Draw) -> Case:
    """Draw a share on either side of one half, and more than 100 images."""
    percent = rng.integer(5, 40) if rng.turn % 2 else rng.integer(60, 95)
    return call(percent / 100, rng.integer(110, 4000))


EXERCISE = Exercise(
    title="How far chance moves an error",
    solution=scatter,
    oracle=oracle,
    read="mnist: Why is one run not a result?",
    minutes=6,
    setup="import math",
    anchors=(
        # √(0.5 · 0.5 / 100) = 0.5 / 10
        by_hand(0.05, 0.5, 100),
        # √(0.2 · 0.8 / 400) = 0.4 / 20
        by_hand(0.02, 0.2, 400),
        # √(0.9 · 0.1 / 100) = 0.3 / 10
        by_hand(0.03, 0.9, 100),
    ),
    draw=draw,
    styles=(image_by_image,),
    hints=(
        "One image is either misread or not. How much does that single verdict, 1 or 0, scatter? Then: what does a "
        "mean over many images do to it?",
        "The variance of one verdict is the product of the two shares, misread and read well. The mean over n images "
        "has an n-th of it. A standard deviation is not yet a variance.",
        "Multiply the share of misread digits by the share of the others, divide by the number of images, and only "
        "then take the square root of all of it.",
    ),
    mistakes="""
root-missing: You return the variance. The standard deviation is its square root, and has the error's own unit.
    math.sqrt(p * (1 - p) / n) -> p * (1 - p) / n

right-ones-forgotten: You count on the misread digits alone. A network that misreads everything would not scatter at
all: the share that is read well counts, too.
    p * (1 - p) -> p

divided-by-n: You take the root before you divide by the number of images. Four times as many images halve the scatter,
they do not quarter it.
    math.sqrt(p * (1 - p) / n) -> math.sqrt(p * (1 - p)) / n

one-image: You return the scatter of a single image's verdict. The mean over many images scatters less.
    (1 - p) / n -> (1 - p)

number-of-images: You return the scatter of the number of misread images. The error is that number divided by all
images, and its scatter likewise.
    (1 - p) / n -> (1 - p) * n

percent: You return a percentage. An error is a fraction here, and so is its scatter.
    math.sqrt -> 100 * math.sqrt

worst-share: You compute as if half of the digits were misread, where the scatter is greatest. It depends on the share
that is misread.
    p * (1 - p) -> 0.25

margin: You multiply by 1.96: that is the margin within which 95 % of the measured errors lie. The standard deviation is
asked for.
    math.sqrt -> 1.96 * math.sqrt

relative: You divide by the error: the scatter as a part of it. The scatter itself is asked for.
    math.sqrt(p * (1 - p) / n) -> math.sqrt(p * (1 - p) / n) / p

two-networks: You return how the difference between two networks' errors scatters. Here there is one network.
    p * (1 - p) -> 2 * p * (1 - p)
""",
)
