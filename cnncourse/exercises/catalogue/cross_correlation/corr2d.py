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

output-transposed: Rows and columns of your output are exchanged. A cell stands where its window stands: first its row,
then its column.
    return y -> return y.T

window-averaged
    (window * kernel).sum() -> (window * kernel).mean()

largest-product: You keep the largest of the products, as pooling would. They are added up.
    (window * kernel).sum() -> (window * kernel).max()

matrix-product: You take a matrix product of window and kernel. Only cells that lie on top of each other are multiplied.
    (window * kernel).sum() -> (window @ kernel.T).sum()

sum-carried-on: Your sum is not set back to 0 at each place: it carries on what earlier windows gave. Every place begins
anew. [cross_correlation: The same in loops]
    return y -> return y.flatten().cumsum(0).reshape(y.shape)

last-place-missing
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h - kh, w - kw)
    range(h - kh + 1) -> range(h - kh)
    range(w - kw + 1) -> range(w - kw)

output-not-shrunk: Your output is as large as the image, with zeros left where no window fits. It has a cell only for
each place where one does. [cross_correlation: Why does the output shrink?]
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h, w)

windows-over-the-edge: Your windows go on past the lower and right edge, where they are cut off. A place counts only if
the whole kernel fits. [cross_correlation: Why does the output shrink?]
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h, w)
    range(h - kh + 1) -> range(h)
    range(w - kw + 1) -> range(w)
    (window * kernel) -> (window * kernel[: h - i, : w - j])

zeros-around: You put zeros around the image so that the output keeps its size. There is no padding here.
[padding: Which kernels keep the size?]
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
""",
)
