"""Move an image down and to the right.

Zeros come in where the image left, and what leaves the frame is lost: the size stays. In a formula, z[i, j] = x[i −
down, j − right], and 0 where x has no such cell. A negative number moves the other way, up or to the left. Moves are
smaller than the image.

Loops are welcome.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def shift2d(x, down=0, right=0):
    """Move an image; zeros come in, and what leaves the frame is lost.

    x (H, W); down, right: rows and columns to move, less than H and W;
    negative numbers move up and to the left.
    Returns z (H, W), dtype of x, with z[i, j] = x[i - down, j - right].
    """
    h, w = x.shape
    z = torch.zeros_like(x)
    for i in range(h):
        for j in range(w):
            top, left = i - down, j - right
            if 0 <= top < h and 0 <= left < w:
                z[i, j] = x[top, left]
    return z


def by_slices(x, down=0, right=0):
    """Answer otherwise: copy the part that stays in the frame."""
    h, w = x.shape
    z = x.new_zeros(h, w)
    rows, columns = slice(max(down, 0), h + min(down, 0)), slice(max(right, 0), w + min(right, 0))
    z[rows, columns] = x[max(-down, 0) : h - max(down, 0), max(-right, 0) : w - max(right, 0)]
    return z


def by_matrices(x, down=0, right=0):
    """Answer otherwise: ones beside the diagonal move rows from the left and columns from the right."""
    h, w = x.shape
    move_rows = torch.diag(torch.ones(h - abs(down), dtype=x.dtype), -down)
    move_columns = torch.diag(torch.ones(w - abs(right), dtype=x.dtype), right)
    return move_rows @ x @ move_columns


def oracle(x, down=0, right=0):
    """Pad on one side, and cut off as much on the other: negative padding cuts."""
    return F.pad(x, (right, -right, down, -down))


SIGNS = ((1, 0), (0, 1), (1, 1), (-1, -1), (1, -1), (-1, 1))  # of (down, right), one pair a turn


def draw(rng: Draw) -> Case:
    """Draw an image of different numbers, and a move in one of six directions."""
    h, w = rng.distinct(2, 4, 7)
    x = rng.permutation(h * w).reshape(h, w).to(rng.dtype) + 1
    moves = rng.distinct(2, 1, 3)
    signs = SIGNS[rng.turn % 6]
    named = {name: sign * move for name, sign, move in zip(("down", "right"), signs, moves, strict=True) if sign}
    return call(x, **named)


EXERCISE = Exercise(
    title="Move an image",
    solution=shift2d,
    oracle=oracle,
    read="introduction: Equivariant or invariant?",
    minutes=12,
    difficulty=2,
    anchors=(
        # every cell one to the right: a zero comes in on the left, 3 and 6 are lost
        by_hand(floats([0, 1, 2], [0, 4, 5]), floats([1, 2, 3], [4, 5, 6]), right=1),
        # one down and two to the left: only 3, at row 0 and column 2, stays in the frame, at row 1 and column 0
        by_hand(floats([0, 0, 0], [3, 0, 0]), floats([1, 2, 3], [4, 5, 6]), down=1, right=-2),
    ),
    draw=draw,
    styles=(by_slices, by_matrices),
    differentiable=("x",),
    hints=(
        "Start from an image of zeros. Which of its cells get something, and from where?",
        "Walk over the cells of the result, not of x. For each of them work out the row and the column of x that it "
        "comes from; they are smaller than its own if the move goes down and right.",
        "Cell (i, j) comes from row i minus down and column j minus right. Copy it only if that row is at least 0 and "
        "below H, and that column at least 0 and below W. Negative indices would count from the end, so test for "
        "them.",
    ),
    mistakes="""
other-direction: Your image moves the other way, up and to the left. What stands at row i came from a smaller row if it
moved down. [cross_correlation: What happens when the input moves?]
    top, left = i - down, j - right -> top, left = i + down, j + right

up-instead-of-down: Your rows move the other way. Row 0 is on top and numbers grow downwards, unlike the y axis of a
plot.
    top, left = i - down, j - right -> top, left = i + down, j - right

left-instead-of-right: Your columns move the other way. What stands in column j after a move to the right came from a
smaller column. [cross_correlation: What happens when the input moves?]
    top, left = i - down, j - right -> top, left = i - down, j + right

wraps-around: What leaves your frame comes in again at the opposite side. It is lost here, and zeros come in.
    if 0 <= top < h and 0 <= left < w: -> if True:
    x[top, left] -> x[top % h, left % w]

axes-exchanged: You move rows by `right` and columns by `down`. The first axis of an image runs down, the second across.
    h, w = x.shape ->
        h, w = x.shape
        down, right = right, down

border-repeats: Where the image left, you repeat its border. Zeros come in there.
    if 0 <= top < h and 0 <= left < w: -> if True:
    x[top, left] -> x[min(max(top, 0), h - 1), min(max(left, 0), w - 1)]

old-cells-stay: Where nothing comes in, your result keeps the cells of the image before. Zeros belong there.
    torch.zeros_like(x) -> x.clone()

negative-stays: A negative move does nothing in your answer. It moves up, or to the left.
    top, left = i - down, j - right -> top, left = i - max(down, 0), j - max(right, 0)

cropped: You cut off what is lost and put nothing in its place: your result is smaller than x. As many rows and columns
of zeros come in.
    return z -> return z[max(down, 0) : h + min(down, 0), max(right, 0) : w + min(right, 0)]

frame-grows: Your result is larger than x: zeros come in and nothing is lost. The frame keeps its size.
    torch.zeros_like(x) -> x.new_zeros(h + abs(down), w + abs(right))
    range(h) -> range(h + abs(down))
    range(w) -> range(w + abs(right))
    top, left = i - down, j - right -> top, left = i - max(down, 0), j - max(right, 0)

sign-lost: Your negative moves go the same way as positive ones. They move up, or to the left.
    h, w = x.shape ->
        h, w = x.shape
        down, right = abs(down), abs(right)

negative-indices-wrap: What leaves your frame below or on the right is lost, but zeros do not come in: a negative index
counts from the end, so the image's other end appears.
    if 0 <= top < h and 0 <= left < w: -> if top < h and left < w:

rows-wrap-around: What leaves your frame above or below comes in again at the opposite side. It is lost here, and zeros
come in.
    if 0 <= top < h and 0 <= left < w: -> if 0 <= left < w:
    x[top, left] -> x[top % h, left]

columns-wrap-around: What leaves your frame on the left or on the right comes in again at the opposite side. It is lost
here, and zeros come in.
    if 0 <= top < h and 0 <= left < w: -> if 0 <= top < h:
    x[top, left] -> x[top, left % w]

flattened-first: You move the numbers of the flattened image, so that what leaves a row comes in at the next one. Each
row and each column moves by itself.
    return z ->
        z, move = x.flatten().roll(down * w + right), down * w + right
        z[: max(move, 0)] = 0
        z[h * w + min(move, 0) :] = 0
        return z.reshape(h, w)

rolled-flat: You roll the numbers of the flattened image, so that what leaves a row comes in at another one. Each row
and each column moves by itself, and zeros come in.
    return z -> return x.flatten().roll(down * w + right).reshape(h, w)

rows-only: Your columns do not move. They go to the right, or to the left where the number is negative.
    top, left = i - down, j - right -> top, left = i - down, j

columns-only: Your rows do not move. They go down, or up where the number is negative.
    top, left = i - down, j - right -> top, left = i, j - right

down-for-both: You move the columns by the number of rows. Each axis has a move of its own.
    h, w = x.shape ->
        h, w = x.shape
        right = down

right-for-both: You move the rows by the number of columns. Each axis has a move of its own.
    h, w = x.shape ->
        h, w = x.shape
        down = right

one-cell-only: Your image moves by a single cell, however far it should.
    h, w = x.shape ->
        h, w = x.shape
        down, right = max(-1, min(1, down)), max(-1, min(1, right))

moved-twice: Your image moves twice as far as it should.
    top, left = i - down, j - right -> top, left = i - 2 * down, j - 2 * right

one-too-far: Your image moves one cell too far on each axis that has a move.
    h, w = x.shape ->
        h, w = x.shape
        down, right = down + (down > 0) - (down < 0), right + (right > 0) - (right < 0)

ones-come-in: Ones come in where the image left. Zeros belong there.
    torch.zeros_like(x) -> torch.ones_like(x)

mirrored-border: Where the image left, you mirror what stands beside it. Zeros come in there.
    if 0 <= top < h and 0 <= left < w: -> if True:
    x[top, left] -> x[min(max(top, -top - 1), 2 * h - 1 - top), min(max(left, -left - 1), 2 * w - 1 - left)]

border-deleted: You set to 0 the rows and columns that move out, and leave the others where they were. They move.
    z[i, j] = x[top, left] -> z[top, left] = x[top, left]

new-cells-emptied: You set to 0 the cells where something new comes in, and leave the others as they were. They move.
    z[i, j] = x[top, left] -> z[i, j] = x[i, j]

reads-what-it-wrote: You move the numbers within one image, so that a cell reads what was written there a moment before.
Read from x, and write to another image.
    torch.zeros_like(x) -> x.clone()
    = x[top, left] -> = z[top, left]

result-transposed: Rows and columns of your result are exchanged. A move keeps rows rows.
    return z -> return z.T
""",
)
