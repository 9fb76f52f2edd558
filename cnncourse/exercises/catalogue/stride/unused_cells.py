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
    """Draw two rests that differ, in two cases smaller than the padding; padding in every other case."""
    sizes, kernel_size, stride = [], [], []
    padding = rng.distinct(2, 1, 3) if rng.turn % 2 else [0, 0]
    small = rng.turn in (5, 9)
    rests = [p - 1 for p in padding] if small else rng.distinct(2, 4, 9)
    for p, rest in zip(padding, rests, strict=True):
        k, s = rng.integer(p + 2, 6), rest + rng.integer(2, 4) + 2 * small
        kernel_size.append(k)
        stride.append(s)
        sizes.append(k + s * rng.integer(3, 4) + rest - 2 * p)
    settings = {"padding": tuple(padding)} if rng.turn % 2 else {}
    return call(tuple(sizes), tuple(kernel_size), tuple(stride), **settings)


def gaps_counted(size, kernel_size, stride, padding=(0, 0)):
    """Count all rows and columns that are in no window."""
    unused = []
    for n, k, s, p in zip(size, kernel_size, stride, padding, strict=True):
        read = {start + a for start in range(-p, n + p - k + 1, s) for a in range(k)}
        unused.append(len(set(range(n)) - read))
    return tuple(unused)


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

padding-taken-off-twice: You take the padding of both sides away from what is left over. The padding above and on the
left is no part of it: all of that rest lies at the end.
    left_over - p) -> left_over - 2 * p)

below-nothing: Where the rest is smaller than the padding you give a negative number. Then nothing of the image is
unused.
    max(0, left_over - p) -> left_over - p

padding-not-in-size: You work out the rest without the padding, and take the padding away from it. It makes the input
longer, on each side.
    (n + 2 * p - k) % s -> (n - k) % s

padding-once
    n + 2 * p - k -> n + p - k
    max(0, left_over - p) -> left_over

padding-behind-once: You count the padding on one side, at the end. It is on each side, and the one at the beginning
moves the first window out of the image.
    n + 2 * p - k -> n + p - k

strides-exchanged: Your window steps down by the horizontal stride and across by the vertical one. The first number of a
pair is the vertical one. [stride: What if the window takes longer steps?]
    stride[axis] -> stride[1 - axis]

kernel-exchanged [stride: Which cells does no window reach?]
    kernel_size[axis] -> kernel_size[1 - axis]

padding-exchanged
    padding[axis] -> padding[1 - axis]

size-exchanged [stride: Which cells does no window reach?]
    = size[axis], -> = size[1 - axis],

vertical-stride-for-both
    stride[axis] -> stride[0]

horizontal-stride-for-both
    stride[axis] -> stride[1]

height-for-both [stride: Which cells does no window reach?]
    kernel_size[axis] -> kernel_size[0]

width-for-both [stride: Which cells does no window reach?]
    kernel_size[axis] -> kernel_size[1]

vertical-padding-for-both
    padding[axis] -> padding[0]

horizontal-padding-for-both
    padding[axis] -> padding[1]

places-counted: You count the places of the window. Asked for are the cells that none of them reaches.
    (n + 2 * p - k) % s -> (n + 2 * p - k) // s + 1
    max(0, left_over - p) -> left_over

used-counted: You count the rows and columns up to the last window's end. Asked for are those beyond it.
    max(0, left_over - p) -> n - max(0, left_over - p)

missing-counted: You count the cells that one more window would lack. Asked for are those that are left over.
    max(0, left_over - p) -> (s - left_over) % s

missing-after-padding: You count the cells that one more jump would lack, and less the padding. Asked for are the
image's cells that are left over.
    max(0, left_over - p) -> max(0, (s - left_over) % s - p)

rest-by-kernel: You take the rest of a division by the kernel's size. The window moves on by the stride.
[stride: How many windows fit?]
    (n + 2 * p - k) % s -> (n + 2 * p) % k

kernel-less-one: Your kernel covers a cell less than it has, so that the rest is not the right one. All of its cells
take room.
    n + 2 * p - k) % s -> n + 2 * p - k + 1) % s

kernel-plus-one: Your kernel covers a cell more than it has, so that the rest is not the right one.
    n + 2 * p - k) % s -> n + 2 * p - k - 1) % s

kernel-off-twice: You begin the jumps behind the first window and take the kernel off once more at the end. A jump is
counted from window to window. [stride: How many windows fit?]
    n + 2 * p - k) % s -> n + 2 * p - 2 * k) % s

gaps-counted: You also count what lies between two windows. Asked for are only the rows and columns beyond the last one.

stride-one-assumed: You give what is lost at each border, as for a window of stride 1. Asked for are the cells that no
window reaches.
    max(0, left_over - p) -> (k - 1) // 2
""",
    answers=(gaps_counted,),
)
