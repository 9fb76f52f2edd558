"""How many test images measure an error closely enough?

A network misreads a share `p` of all digits in the world. We measure its error on `n` of them, chosen by chance: the
share of these that it misreads. The more images, the less the measured error scatters about `p`. Return the smallest
`n` with which the measured error's standard deviation is not above `scatter`.

An error is a fraction, and so is its scatter: 0.0095, say, is to be measured to 0.0005. No case hangs on the last digit
of a float.
"""

import math
from bisect import bisect_left

import torch

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def images_needed(p, scatter):
    """Count the test images that measure an error as closely as asked.

    p: the share of all digits that the network misreads, between 0 and 1;
    scatter: the largest standard deviation that the measured error may have,
    a fraction above 0.
    Returns an int: the smallest number of images that is enough.
    """
    return math.ceil(p * (1 - p) / scatter**2)


def one_more_and_one_more(p, scatter):
    """Answer otherwise: add images until the error scatters little enough."""
    n = 1
    while math.sqrt(p * (1 - p) / n) > scatter:
        n += 1
    return n


def negative_rounded_down(p, scatter):
    """Answer otherwise: square the fraction as a whole, and round its negative down."""
    return int(-(-((math.sqrt(p - p * p) / scatter) ** 2) // 1))


def oracle(p, scatter):
    """Ask the binomial distribution how the number of misread images scatters, and search the first n that will do."""

    def is_enough(n):
        misread = torch.distributions.Binomial(n, torch.tensor(p, dtype=torch.float64), validate_args=False)
        return misread.stddev.item() / n <= scatter

    return 1 + bisect_left(range(1, 10**6), True, key=is_enough)


def draw(rng: Draw) -> Case:
    """Draw a share on either side of one half, and a scatter whose quotient is far from whole; a whole one in turns.

    Floats hold one half and the powers of it exactly, so there everybody finds the whole quotient whole.
    """
    if rng.turn % 4 == 3:
        return call(0.5, rng.choice((1 / 4, 1 / 8, 1 / 16, 1 / 32)))
    percent = rng.integer(5, 40) if rng.turn % 2 else rng.integer(60, 95)
    images = 100 * percent * (100 - percent)  # for a scatter of one thousandth
    parts = {b: images % b**2 / b**2 for b in range(12, 41)}  # of an image, beside the whole ones
    return call(percent / 100, rng.choice([b for b, part in parts.items() if 0.25 < part < 0.75]) / 1000)


EXERCISE = Exercise(
    title="How many test images are enough?",
    solution=images_needed,
    oracle=oracle,
    read="mnist: Why is one run not a result?",
    minutes=8,
    setup="import math",
    anchors=(
        # 0.2 · 0.8 / 0.03² = 0.16 / 0.0009 = 177.8
        by_hand(178, 0.2, 0.03),
        # 0.9 · 0.1 / 0.04² = 0.09 / 0.0016 = 56.25
        by_hand(57, 0.9, 0.04),
        # 0.5 · 0.5 / (1/8)² = 0.25 · 64; and 0.25 · 256
        by_hand(16, 0.5, 0.125),
        by_hand(64, 0.5, 0.0625),
    ),
    draw=draw,
    styles=(one_more_and_one_more, negative_rounded_down),
    hints=(
        "How much does the error scatter when n images measure it? Write that formula down. What is known in it now, "
        "and what is asked for?",
        "Square both sides, so that the root is gone, and solve for the number of images: it changes places with the "
        "squared scatter.",
        "Multiply the share of misread digits by the share of the others, and divide by the square of the scatter. A "
        "part of an image is not to be had, and one too few is not enough.",
    ),
    mistakes="""
rounded-down: You round down. A part of an image is missing then, and the error scatters by more than is allowed.
    math.ceil -> math.floor

not-rounded: You return a part of an image, too. Images are whole, and their number is an int: the next whole number
above is enough, the one below is not.
    math.ceil(p * (1 - p) / scatter**2) -> p * (1 - p) / scatter**2

one-too-many: You add an image even where the quotient is a whole number. Then the scatter is just what is allowed, and
that is enough.
    math.ceil(p * (1 - p) / scatter**2) -> math.floor(p * (1 - p) / scatter**2) + 1

scatter-not-squared: You divide by the scatter itself. The number of images stands under a root: halving the scatter
takes four times as many.
    scatter**2 -> scatter

root-kept: You divide a standard deviation by a variance: your scatter is squared, and over the two shares there is a
root still.
    p * (1 - p) / -> math.sqrt(p * (1 - p)) /

not-squared-at-all: You divide the scatter of one image's verdict by the scatter that is allowed, as if the mean over n
images scattered n times less. It scatters √n times less.
    p * (1 - p) / scatter**2 -> math.sqrt(p * (1 - p)) / scatter

right-ones-forgotten: You count on the misread digits alone. A network that misreads everything would not scatter at
all: the share that is read well counts, too.
    p * (1 - p) -> p

worst-share: You compute as if half of the digits were misread, where the scatter is greatest. It depends on the share
that is misread, and that one is given.
    p * (1 - p) -> 0.25

upside-down: Your fraction is upside down: the closer you measure, the fewer images it asks for.
    p * (1 - p) / scatter**2 -> scatter**2 / (p * (1 - p))

percent: You take the scatter for a percentage. It is a fraction, as the error is.
    scatter**2 -> (scatter / 100)**2

margin: You take the given number for a margin of 1.96 standard deviations, within which 95 % of the measured errors
lie. It is one standard deviation.
    p * (1 - p) -> 1.96**2 * p * (1 - p)

relative: You take the scatter for a part of the error. It is a fraction of all images, as the error itself is.
    scatter**2 -> (scatter * p)**2

two-networks: You count the images by which the difference between two networks' errors scatters so little. Here there
is one network.
    p * (1 - p) -> 2 * p * (1 - p)

root-of-the-whole: You take a root where none is left: once both sides of the formula are squared, the number of images
stands free.
    p * (1 - p) / scatter**2 -> math.sqrt(p * (1 - p) / scatter)

share-squared: You square the product of the shares as well. Squared, the standard deviation is the product divided by
the number of images.
    p * (1 - p) / scatter**2 -> (p * (1 - p) / scatter) ** 2

misread-twice: You multiply the misread share by itself. It goes with the share that is read well.
    p * (1 - p) -> p * p

read-well-only: You count on the digits that are read well alone. The misread share counts, too.
    p * (1 - p) -> (1 - p)

shares-added: You add where the shares are multiplied.
    p * (1 - p) -> (p + (1 - p))

rounded-to-nearest: You round to the nearest whole number. Where it is the lower one, the error scatters by more than is
allowed.
    math.ceil -> round

scatter-doubled: You take the given number for two standard deviations, within which 95 % of the measured errors lie. It
is one.
    p * (1 - p) -> 4 * p * (1 - p)

scatter-halved: You take the given number for the whole width of the scatter, from one side to the other. It is one
standard deviation, to one side.
    scatter**2 -> (2 * scatter) ** 2

one-more: You add one image, as for a variance that is estimated. The share of misread digits is given.
    math.ceil(p * (1 - p) / scatter**2) -> math.ceil(p * (1 - p) / scatter**2) + 1

hundreds: You round up to whole hundreds. Asked for is the smallest number that is enough.
    math.ceil(p * (1 - p) / scatter**2) -> 100 * math.ceil(p * (1 - p) / scatter**2 / 100)

tens: You round up to whole tens. Asked for is the smallest number that is enough.
    math.ceil(p * (1 - p) / scatter**2) -> 10 * math.ceil(p * (1 - p) / scatter**2 / 10)

errors-needed: You return how many misread images are needed. Asked for are all images.
    math.ceil(p * (1 - p) / scatter**2) -> math.ceil(p * p * (1 - p) / scatter**2)

worst-share-margin: You take the given number for a margin of 1.96 standard deviations, and the share for one half. It
is one standard deviation, and the share is given.
    p * (1 - p) -> 1.96**2 * 0.25
""",
)
