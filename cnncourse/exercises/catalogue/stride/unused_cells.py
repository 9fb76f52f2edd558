"""Which rows and columns does no window reach?

The last window need not end where the image ends. Count the image's rows below the last window, and its columns on the
right of it. The padding is on each side; only cells of the image are counted in the result, no padding cells. (Gaps
that a large stride leaves *between* windows are not counted here.)

All arguments are pairs (vertical, horizontal).
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def unused_cells(size, kernel_size, stride, padding=(0, 0)):
    """Count the image's rows and columns that lie beyond the last window.

    size (H, W), kernel_size (kH, kW); stride; padding: cells added on each
    side; all are tuples of two ints, (vertical, horizontal).
    Returns a tuple of two ints, (rows, columns).
    """
    unused = []
    for axis in (0, 1):
        n, k, s, p = size[axis], kernel_size[axis], stride[axis], padding[axis]
        left_over = (n + 2 * p - k) % s
        unused.append(max(0, left_over - p))
    return tuple(unused)


def by_last_window(size, kernel_size, stride, padding=(0, 0)):
    """Answer otherwise: find where the last window ends, in the image's own count."""

    def along(axis):
        n, p = size[axis], padding[axis]
        end = max(end for end in range(kernel_size[axis] - p, n + p + 1, stride[axis]))
        return n - min(end, n)

    return along(0), along(1)


def oracle(size, kernel_size, stride, padding=(0, 0)):
    """Ask the gradient which cells matter, and count those after the last that does."""
    unused = []
    for n, k, s, p in zip(size, kernel_size, stride, padding, strict=True):
        x = torch.ones(1, 1, n, requires_grad=True)
        (gradient,) = torch.autograd.grad(F.conv1d(x, torch.ones(1, 1, k), stride=s, padding=p).sum(), x)
        unused.append(n - 1 - int(gradient.flatten().nonzero().max()))
    return tuple(unused)


def draw(rng: Draw) -> Case:
    """Draw two rests that differ, small ones in one case; padding in every other case."""
    sizes, kernel_size, stride = [], [], []
    padding = rng.distinct(2, 1, 3) if rng.turn % 2 else [0, 0]
    rests = rng.distinct(2, 0, 2) if rng.turn == 5 else rng.distinct(2, 4, 9)
    for p, rest in zip(padding, rests, strict=True):
        k, s = rng.integer(p + 2, 6), rest + rng.integer(2, 4)
        kernel_size.append(k)
        stride.append(s)
        sizes.append(k + s * rng.integer(3, 4) + rest - 2 * p)
    settings = {"padding": tuple(padding)} if rng.turn % 2 else {}
    return call(tuple(sizes), tuple(kernel_size), tuple(stride), **settings)


EXERCISE = Exercise(
    title="Which cells does no window reach?",
    solution=unused_cells,
    oracle=oracle,
    read="stride: Which cells does no window reach?",
    minutes=12,
    difficulty=2,
    anchors=(
        # rows: 8 − 3 = 5 after the first window, a jump of 3 leaves 2; columns: 8 − 4 = 4, two jumps of 2 leave none
        by_hand((2, 0), (8, 8), (3, 4), (3, 2)),
        # columns: 10 with padding, 10 − 5 = 5, a jump of 4 leaves 1, and that one is padding
        by_hand((2, 0), (8, 8), (3, 5), (3, 4), padding=(0, 1)),
    ),
    draw=draw,
    styles=(by_last_window,),
    hints=(
        "Take one axis. After the first window, the jumps use up cells as long as they last. What is left over is the "
        "rest of a division.",
        "Count what is left over in the padded input first. Some of it may be padding: the outermost cells below and "
        "on the right are no cells of the image.",
        "The rest of padded size less kernel, divided by the stride, is left over; take the padding of one side away, "
        "and where that gives a negative number nothing of the image is unused. The same for the other axis.",
    ),
    mistakes="""
padding-counted: You count the padding cells that are left over, too. They lie at the very end, and are no cells of the
image.
    max(0, left_over - p) -> left_over

padding-ignored: The padding is not used. It moves the first window out of the image, and so all others, too.
    left_over = (n + 2 * p - k) % s -> left_over = (n - k) % s
    max(0, left_over - p) -> left_over

padding-total
    n + 2 * p - k -> n + p - k
    left_over - p -> left_over - p // 2

size-by-stride: You take the rest of the size, divided by the stride. The first window takes as many cells as the kernel
has; only then the jumps begin. [stride: How many windows fit?]
    (n + 2 * p - k) % s -> (n + 2 * p) % s

jumps-counted: You count the jumps. It is the rest that no jump uses up which is left over.
[stride: How many windows fit?]
    (n + 2 * p - k) % s -> (n + 2 * p - k) // s

axes-exchanged: Your two numbers are exchanged: rows come first, then columns.
    tuple(unused) -> tuple(unused[::-1])

shared-by-both-ends: You share what is left over between both ends. The first window stands at the very beginning: all
of it lies at the end.
    max(0, left_over - p) -> max(0, left_over - p) // 2

last-window-forgotten: You leave out the last window: your rest is larger by one stride. It fits, so what it covers is
used. [stride: How many windows fit?]
    max(0, left_over - p) -> left_over - p + s
""",
)
