"""Write a convolutional layer as a matrix.

The matrix does to a flattened image what the kernel does to the image, without padding: times `x.flatten()` it gives
the flattened output. Images are flattened row after row. Each output cell has a row of the matrix, each input cell a
column, and where an output cell does not see an input cell there is a zero. The kernel is not flipped.

`size` is one number for a square image, or a pair (H, W). PyTorch's own convolutions are not allowed.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def convolution_matrix(kernel, size):
    """Write what a kernel does to an image as a matrix.

    kernel (kH, kW); size of the image: a number or (H, W).
    Returns shape (oh ow, H W), dtype of kernel, where oh = H - kH + 1 and
    ow = W - kW + 1. Times x.flatten() it gives the flattened output.
    """
    h, w = size if isinstance(size, tuple) else (size, size)
    kh, kw = kernel.shape
    oh, ow = h - kh + 1, w - kw + 1
    rows = kernel.new_zeros(oh, ow, h, w)  # a picture for each output cell
    for i in range(oh):
        for j in range(ow):
            rows[i, j, i : i + kh, j : j + kw] = kernel
    return rows.reshape(oh * ow, h * w)


def by_index(kernel, size):
    """Answer otherwise: number the image's cells and see which numbers each window holds."""
    h, w = (size, size) if isinstance(size, int) else size
    cells = torch.arange(h * w).reshape(h, w)
    windows = cells.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1).reshape(-1, kernel.numel())
    zeros = torch.zeros(len(windows), h * w, dtype=kernel.dtype)
    return zeros.scatter(1, windows, kernel.flatten().expand(len(windows), -1))


def cell_by_cell(kernel, size):
    """Answer otherwise: ask of every pair of cells how far one lies from the other."""
    h, w = (size, size) if isinstance(size, int) else size
    kh, kw = kernel.shape
    zero = kernel.new_zeros(())
    rows = []
    for i in range(h - kh + 1):
        for j in range(w - kw + 1):
            steps = [(m - i, n - j) for m in range(h) for n in range(w)]
            rows.append(torch.stack([kernel[a, b] if 0 <= a < kh and 0 <= b < kw else zero for a, b in steps]))
    return torch.stack(rows)


def oracle(kernel, size):
    """See what the kernel makes of every image that has a single 1: these are the matrix's columns."""
    h, w = size if isinstance(size, tuple) else (size, size)
    basis = torch.eye(h * w, dtype=kernel.dtype).reshape(h * w, 1, h, w)
    return F.conv2d(basis, kernel[None, None]).flatten(1).T


def draw(rng: Draw) -> Case:
    """Draw a kernel of different numbers, one cell high or wide in a quarter of the cases, and an image's size."""
    kh, kw = rng.distinct(2, 1 if rng.turn % 4 == 0 else 2, 3)
    kernel = rng.permutation(kh * kw).reshape(kh, kw).to(rng.dtype) + 1
    return call(kernel, rng.integer(4, 5) if rng.turn % 3 == 0 else tuple(rng.distinct(2, 4, 6)))


EXERCISE = Exercise(
    title="A convolution as a matrix",
    solution=convolution_matrix,
    oracle=oracle,
    read="introduction: What does such a layer look like as a matrix?",
    minutes=25,
    difficulty=3,
    anchors=(
        # three places in a row of four: the kernel moves by one column each time
        by_hand(floats([1, 2, 0, 0], [0, 1, 2, 0], [0, 0, 1, 2]), floats([1, 2]), (1, 4)),
        # two places in 2×3: over cells 0, 1, 3, 4, then over cells 1, 2, 4, 5
        by_hand(floats([1, 2, 0, 3, 4, 0], [0, 1, 2, 0, 3, 4]), floats([1, 2], [3, 4]), (2, 3)),
        # four places in 3×3: the last stands over cells 4, 5, 7, 8
        by_hand(
            floats(
                [1, 2, 0, 3, 4, 0, 0, 0, 0],
                [0, 1, 2, 0, 3, 4, 0, 0, 0],
                [0, 0, 0, 1, 2, 0, 3, 4, 0],
                [0, 0, 0, 0, 1, 2, 0, 3, 4],
            ),
            floats([1, 2], [3, 4]),
            3,
        ),
    ),
    draw=draw,
    styles=(by_index, cell_by_cell),
    differentiable=("kernel",),
    forbidden=("convolution",),
    hints=(
        "Think of one row of the matrix alone: it belongs to one output cell. Fold it back into an image of H×W "
        "cells. What would you see there?",
        "You would see zeros, and the kernel where that cell's window stands. So make such a picture for each output "
        "cell, and flatten at the very end.",
        "Begin with zeros of four axes: oh, ow, H, W. For output cell (i, j) lay the kernel into its picture with the "
        "upper left corner at row i and column j. At last fold the first two axes into one, and the last two.",
    ),
    mistakes="""
kernel-flipped
    j : j + kw] = kernel -> j : j + kw] = kernel.flip(0, 1)

matrix-transposed: Rows and columns of your matrix are exchanged. It multiplies the image from the left: a row for each
output cell, a column for each input cell.
    return rows.reshape(oh * ow, h * w) -> return rows.reshape(oh * ow, h * w).T

image-column-by-column: You number the image's cells column after column. It is flattened row after row: its right
neighbour follows a cell.
    return rows.reshape -> return rows.transpose(2, 3).reshape

output-column-by-column: You number the output's cells column after column. The window moves to the right first, then to
the next row.
    return rows.reshape -> return rows.transpose(0, 1).reshape

one-step-each-row: Each of your rows is the one above, moved by one column. At the end of an image's row the window
jumps to the next one, and skips the columns where it does not fit.
    return rows.reshape(oh * ow, h * w) ->
        return torch.stack([rows[0, 0].flatten().roll(place) for place in range(oh * ow)])

kernel-in-one-piece: Your kernel stands in one piece in each row. Its second row lies below its first in the image, and
that is W cells later when flattened.
    rows[i, j, i : i + kh, j : j + kw] = kernel -> rows[i, j].view(-1)[i * w + j :][: kh * kw] = kernel.flatten()

rows-of-the-output: From one row of the kernel to the next you go on by the output's width. The columns belong to input
cells, so it is the image's width.
    rows[i, j, i : i + kh, j : j + kw] = kernel ->
        flat, start = rows[i, j].view(-1), i * w + j
        for a in range(kh):
            flat[start + a * ow :][:kw] = kernel[a]

every-input-cell-a-row: Your matrix has a row for every input cell, and the kernel wraps around at the end. There is a
row only for each place where the window fits. [cross_correlation: Why does the output shrink?]
    return rows.reshape(oh * ow, h * w) ->
        return torch.stack([rows[0, 0].roll((i, j), (0, 1)).flatten() for i in range(h) for j in range(w)])

size-exchanged [introduction: What does such a layer look like as a matrix?]
    h, w = size if -> w, h = size if

last-place-missing
    oh, ow = h - kh + 1, w - kw + 1 -> oh, ow = h - kh, w - kw

flipped-upside-down
    j : j + kw] = kernel -> j : j + kw] = kernel.flip(0)

flipped-left-to-right
    j : j + kw] = kernel -> j : j + kw] = kernel.flip(1)

kernel-transposed
    kh, kw = kernel.shape ->
        kernel = kernel.T
        kh, kw = kernel.shape

kernel-reshaped: Your kernel's numbers are in other places: it is read column after column. It is read row after row, as
the image is.
    j : j + kw] = kernel -> j : j + kw] = kernel.T.reshape(kh, kw)

ones-for-weights: Your matrix tells only which cells are seen: it holds ones where the kernel's weights belong.
    j : j + kw] = kernel -> j : j + kw] = 1

four-axes-left: Your result has four axes, two for the output's cells and two for the image's. A matrix has two.
    return rows.reshape(oh * ow, h * w) -> return rows

output-axes-left: Your output cells still have two axes. A matrix has one row for each of them.
    return rows.reshape(oh * ow, h * w) -> return rows.reshape(oh, ow, h * w)

input-axes-left: Your input cells still have two axes. A matrix has one column for each of them.
    return rows.reshape(oh * ow, h * w) -> return rows.reshape(oh * ow, h, w)

last-cells-empty: The matrix has the right size, but the rows of the output's last row and column are all zeros: your
loops end one place too early. [cross_correlation: The same in loops]
    in range(oh) -> in range(oh - 1)
    in range(ow) -> in range(ow - 1)

kernel-cut-off: Your matrix has a row for every input cell, and where the kernel hangs over the edge it is cut off.
There is a row only for each place where the window fits. [cross_correlation: Why does the output shrink?]
    oh, ow = h - kh + 1, w - kw + 1 -> oh, ow = h, w
    j : j + kw] = kernel -> j : j + kw] = kernel[: h - i, : w - j]

empty-rows-for-the-rest: Your matrix has a row for every input cell, and zeros in those where no window begins. There is
a row only for each place where the window fits. [cross_correlation: Why does the output shrink?]
    rows = kernel.new_zeros(oh, ow, h, w) -> rows = kernel.new_zeros(h, w, h, w)
    return rows.reshape(oh * ow, h * w) -> return rows.reshape(h * w, h * w)

kernel-centred: Your matrix has a row for every input cell, with the kernel's middle on that cell, as with padding that
keeps the size. There is no padding here. [padding: Which kernels keep the size?]
    oh, ow = h - kh + 1, w - kw + 1 -> oh, ow = h, w
    rows = kernel.new_zeros(oh, ow, h, w) -> rows = kernel.new_zeros(oh, ow, h + kh - 1, w + kw - 1)
    return rows.reshape(oh * ow, h * w) ->
        top, left = (kh - 1) // 2, (kw - 1) // 2
        return rows[:, :, top : top + h, left : left + w].reshape(oh * ow, h * w)

first-place-only: Every row of your matrix is the first one. The kernel moves on from output cell to output cell.
    rows[i, j, i : i + kh, j : j + kw] = -> rows[i, j, :kh, :kw] =

moves-across-only: From one row of the output to the next your kernel stays in the same rows of the image. It moves
down, too.
    rows[i, j, i : i + kh, -> rows[i, j, :kh,

moves-down-only: Along a row of the output your kernel stays in the same columns of the image. It moves across, too.
    j : j + kw] = kernel -> :kw] = kernel

numbered-by-output-width: You number the image's cells by the output's width. The columns belong to input cells, so it
is the image's width.
    rows[i, j, i : i + kh, j : j + kw] = kernel ->
        flat, start = rows[i, j].view(-1), i * ow + j
        for a in range(kh):
            flat[start + a * ow :][:kw] = kernel[a]

rows-of-the-height: From one row of the kernel to the next you go on by the image's height. A row of the image has as
many cells as the image is wide.
    rows[i, j, i : i + kh, j : j + kw] = kernel ->
        flat, start = rows[i, j].view(-1), i * w + j
        for a in range(kh):
            size = min(kw, max(0, h * w - start - a * h))
            flat[start + a * h :][:kw] = kernel[a, :size]

window-jumps
    return rows.reshape(oh * ow, h * w) -> return rows[::kh, ::kw].reshape(-1, h * w)

square-image: You take the image for a square one, as wide as it is high. The second number of a pair is its width.
    kh, kw = kernel.shape ->
        w = h
        kh, kw = kernel.shape

every-overlap
    return rows.reshape(oh * ow, h * w) ->
        rows = kernel.new_zeros(h + kh - 1, w + kw - 1, h + 2 * kh - 2, w + 2 * kw - 2)
        for i in range(h + kh - 1):
            for j in range(w + kw - 1):
                rows[i, j, i : i + kh, j : j + kw] = kernel
        return rows[:, :, kh - 1 : kh - 1 + h, kw - 1 : kw - 1 + w].reshape(-1, h * w)

window-averaged
    j : j + kw] = kernel -> j : j + kw] = kernel / (kh * kw)

both-column-by-column: You number the cells of the image and of the output column after column. Both are flattened row
after row.
    return rows.reshape -> return rows.permute(1, 0, 3, 2).reshape
""",
)
