"""Cross-correlate one image with one kernel.

The kernel slides over the image, one cell at a time and without padding. Wherever it fits, the cells that lie on top
of each other are multiplied, and the products are added: one cell of the output. The kernel is not flipped.

Loops over the output's cells are welcome. PyTorch's own convolutions are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def corr2d(x, kernel):
    """Cross-correlate one image with one kernel: stride 1, no padding.

    x (H, W), kernel (kH, kW) with kH <= H and kW <= W.
    Returns (H - kH + 1, W - kW + 1), dtype of x.
    """
    h, w = x.shape
    kh, kw = kernel.shape
    y = x.new_zeros(h - kh + 1, w - kw + 1)
    for i in range(h - kh + 1):
        for j in range(w - kw + 1):
            window = x[i : i + kh, j : j + kw]
            y[i, j] = (window * kernel).sum()
    return y


def all_windows(x, kernel):
    """Answer otherwise: all windows at once, as one view."""
    windows = x.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
    return (windows * kernel).sum(dim=(-2, -1))


def over_kernel(x, kernel):
    """Answer otherwise: one pass over the image for each cell of the kernel."""
    kh, kw = kernel.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = 0
    for a in range(kh):
        for b in range(kw):
            y = y + kernel[a, b] * x[a : a + oh, b : b + ow]
    return y


def four_loops(x, kernel):
    """Answer otherwise: number by number, as on paper."""
    (h, w), (kh, kw) = x.shape, kernel.shape
    rows = []
    for i in range(h - kh + 1):
        row = []
        for j in range(w - kw + 1):
            row.append(sum(x[i + a, j + b] * kernel[a, b] for a in range(kh) for b in range(kw)))
        rows.append(torch.stack(row))
    return torch.stack(rows)


def oracle(x, kernel):
    """Ask PyTorch."""
    return F.conv2d(x[None, None], kernel[None, None])[0, 0]


def draw(rng: Draw) -> Case:
    """Draw an image and a kernel that are not square; a quarter of the kernels is a row or a column."""
    kh, kw = rng.distinct(2, 2, 4)
    if rng.turn % 4 == 3:
        kh, kw = (1, kw) if rng.turn % 8 == 3 else (kh, 1)
    h, w = rng.distinct(2, 5, 8)
    numbers = rng.normal if rng.turn % 3 == 2 else rng.whole
    return call(numbers(h, w), numbers(kh, kw))


EXERCISE = Exercise(
    title="Slide a kernel over an image",
    solution=corr2d,
    oracle=oracle,
    read="cross_correlation: What does a sliding window compute?",
    minutes=15,
    difficulty=2,
    core=True,
    anchors=(
        # 0·0 + 1·1 + 3·2 + 4·3 = 19, then 0·1 + 1·2 + 2·4 + 3·5 = 25, and 37 and 43 below
        by_hand(floats([19, 25], [37, 43]), torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2)),
        # each cell minus its right neighbour: 5 − 2, 2 − 2, 2 − 7
        by_hand(floats([3, 0, -5]), floats([5, 2, 2, 7]), floats([1, -1])),
        # one place to stand: 1·1 + 2·0 + 3·2 + 4·0 + 5·0 + 6·(−1)
        by_hand(floats([1]), floats([1, 2, 3], [4, 5, 6]), floats([1, 0, 2], [0, 0, -1])),
    ),
    draw=draw,
    styles=(all_windows, over_kernel, four_loops),
    differentiable=("x", "kernel"),
    forbidden=("convolution",),
    equivalent={
        "y = x.new_zeros(h - kh + 1, w - kw + 1) -> y = x.new_ones(h - kh + 1, w - kw + 1)": "no cell keeps it",
    },
    hints=(
        "How many places are there for the kernel, downwards and across? That is the output's size.",
        "Make the output, full of zeros. Two loops visit its cells. In each, cut out of x the window that starts at "
        "the same row and column and is as large as the kernel.",
        "The window of cell (i, j) holds the rows from i to before i plus kH, and the columns from j to before j plus "
        "kW. Multiply it by the kernel, cell by cell, and add everything up: that number is the cell.",
    ),
    mistakes="""
kernel-flipped
    window * kernel -> window * kernel.flip(0, 1)

kernel-transposed
    kh, kw = kernel.shape ->
        kernel = kernel.T
        kh, kw = kernel.shape

output-transposed
    return y -> return y.mT

window-averaged
    (window * kernel).sum() -> (window * kernel).mean()

largest-product
    (window * kernel).sum() -> (window * kernel).max()

matrix-product
    (window * kernel).sum() -> (window @ kernel.T).sum()

sum-carried-on
    return y -> return y.flatten().cumsum(0).reshape(y.shape)

last-place-missing
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h - kh, w - kw)
    range(h - kh + 1) -> range(h - kh)
    range(w - kw + 1) -> range(w - kw)

output-not-shrunk
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h, w)

windows-over-the-edge: Your windows go on past the lower and right edge, where they are cut off. A place counts only if
the whole kernel fits. [cross_correlation: Why does the output shrink?]
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h, w)
    range(h - kh + 1) -> range(h)
    range(w - kw + 1) -> range(w)
    (window * kernel) -> (window * kernel[: h - i, : w - j])

zeros-around
    h, w = x.shape ->
        kh, kw = kernel.shape
        top, left = (kh - 1) // 2, (kw - 1) // 2
        x = torch.nn.functional.pad(x, (left, kw - 1 - left, top, kh - 1 - top))
        h, w = x.shape

every-overlap
    h, w = x.shape ->
        kh, kw = kernel.shape
        x = torch.nn.functional.pad(x, (kw - 1, kw - 1, kh - 1, kh - 1))
        h, w = x.shape

window-jumps
    return y -> return y[::kh, ::kw]

difference-from-kernel: You subtract the kernel from the window. The cells are multiplied.
    window * kernel -> window - kernel

flipped-upside-down
    window * kernel -> window * kernel.flip(0)

flipped-left-to-right
    window * kernel -> window * kernel.flip(1)

kernel-reshaped: Your kernel's numbers are in other places: it was given another shape, which keeps their order and not
their rows. They stay where they are.
    window * kernel -> window * kernel.T.reshape(kh, kw)

kernel-normalised: You divide the kernel by the sum of its cells. It is used as it is.
    window * kernel -> window * kernel / kernel.sum()

sum-carried-along-row
    return y -> return y.cumsum(1)

last-product-only: Only the last product of each window is left in your result: each replaces the one before. They are
added up.
    (window * kernel).sum() -> (window * kernel)[-1, -1]

last-row-only: Only the last row of each window is left in your result: each row's sum replaces the one before. All are
added up.
    (window * kernel).sum() -> (window * kernel)[-1].sum()

rows-of-kernel-averaged: You divide the sum of the products by the kernel's height. They are summed.
    (window * kernel).sum() -> (window * kernel).sum() / kh

absolute-products: You drop the signs: your sums are of absolute values. A cell of the output may be negative.
    (window * kernel).sum() -> (window * kernel).abs().sum()

negatives-cut-off
    return y -> return y.clamp(min=0)

window-summed: You add up the window's cells and multiply by the sum of the kernel's. Each cell meets the kernel's cell
that lies on it; only then comes the sum.
    (window * kernel).sum() -> window.sum() * kernel.sum()

cells-added: You add window and kernel cell by cell. The cells are multiplied.
    window * kernel -> window + kernel

kernel-squared: You multiply by the kernel twice. Each image cell meets one kernel cell.
    window * kernel -> window * kernel * kernel

kernel-not-used: You add up the window's cells alone. Each is multiplied by the kernel's cell that lies on it.
    window * kernel -> window

last-cells-empty
    in range(h - kh + 1) -> in range(h - kh)
    in range(w - kw + 1) -> in range(w - kw)

one-place-too-many: Your output has one row and one column too many, where the kernel hangs over the edge. A place
counts only if the whole kernel fits. [cross_correlation: Why does the output shrink?]
    h, w = x.shape ->
        x = torch.nn.functional.pad(x, (0, 1, 0, 1))
        h, w = x.shape

first-place-missing
    return y -> return y[1:, 1:]

windows-wrap-around
    h, w = x.shape ->
        kh, kw = kernel.shape
        x = torch.cat((x, x[: kh - 1]))
        x = torch.cat((x, x[:, : kw - 1]), dim=1)
        h, w = x.shape

border-repeated: You repeat the image's border so that the output keeps its size. There is no padding here.
[padding: Which kernels keep the size?]
    h, w = x.shape ->
        kh, kw = kernel.shape
        top, left = (kh - 1) // 2, (kw - 1) // 2
        x = torch.nn.functional.pad(x[None], (left, kw - 1 - left, top, kh - 1 - top), mode='replicate')[0]
        h, w = x.shape

half-the-kernel-around
    h, w = x.shape ->
        kh, kw = kernel.shape
        x = torch.nn.functional.pad(x, (kw // 2, kw // 2, kh // 2, kh // 2))
        h, w = x.shape

one-cell-around: You put one row or column of zeros on each side. There is no padding here.
[padding: More cells, more places to stand]
    h, w = x.shape ->
        x = torch.nn.functional.pad(x, (1, 1, 1, 1))
        h, w = x.shape

border-untouched
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h, w)
    y[i, j] = -> y[i + kh // 2, j + kw // 2] =

border-kept: Your output is as large as the image, with the sums at the windows' middles and the image's own border
around. It has a cell only for each place where the kernel fits. [cross_correlation: Why does the output shrink?]
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.clone()
    y[i, j] = -> y[i + kh // 2, j + kw // 2] =

height-for-both: You use the kernel's height on both axes when you count the places, so that the width is not the right
one. [cross_correlation: Why does the output shrink?]
    w - kw + 1): -> w - kh + 1):
    h - kh + 1, w - kw + 1) -> h - kh + 1, w - kh + 1)
    y = x.new_zeros ->
        x = torch.nn.functional.pad(x, (0, max(0, kw - kh)))
        y = x.new_zeros

kernel-sides-exchanged: You take the kernel's height from the width and its width from the height when you count the
places. [cross_correlation: Why does the output shrink?]
    w - kw + 1): -> w - kh + 1):
    range(h - kh + 1) -> range(h - kw + 1)
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h - kw + 1, w - kh + 1)
    (window * kernel) -> (window * kernel[: window.shape[0], : window.shape[1]])

axes-left: You sum along one axis of the window and leave the other. All products of a window make one number.
    y = x.new_zeros(h - kh + 1, w - kw + 1) -> y = x.new_zeros(h - kh + 1, w - kw + 1, kw)
    (window * kernel).sum() -> (window * kernel).sum(dim=0)

axes-of-length-one: The batch and channel axes that you put in front are still there. The output has two axes.
    return y -> return y[None, None]

flattened: Your output is one long row. It has rows and columns, as the image has.
    return y -> return y.flatten()

whole-numbers: You cut off what stands behind the point. The output has the image's dtype, fractions included.
    (window * kernel).sum() -> (window * kernel).sum().trunc()
""",
)
