"""Cross-correlate one image with one kernel.

The kernel slides over the image, one cell at a time and without padding. Wherever it fits, the cells that lie on top
of each other are multiplied, and the products are added: one cell of the output. The kernel is not flipped.

Loops over the output's cells are welcome. PyTorch's own convolutions are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, Wrong, by_hand, call


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


def _sizes(given: dict) -> dict[int, tuple[int, int, int, int, int]]:
    sizes = zip(given["x"].shape, given["kernel"].shape, strict=True)
    return {axis: (n, k, 1, 0, 1) for axis, (n, k) in zip((-2, -1), sizes, strict=True)}


SLIDES = "cross_correlation: What does a sliding window compute?"
SHRINKS = "cross_correlation: Why does the output shrink?"

EXERCISE = Exercise(
    title="Slide a kernel over an image",
    solution=corr2d,
    oracle=oracle,
    read=SLIDES,
    minutes=15,
    difficulty=2,
    core=True,
    anchors=(
        # 0·0 + 1·1 + 3·2 + 4·3 = 19, then 0·1 + 1·2 + 2·4 + 3·5 = 25, and 37 and 43 below
        by_hand(
            torch.tensor([[19.0, 25.0], [37.0, 43.0]]),
            torch.arange(9.0).reshape(3, 3),
            torch.arange(4.0).reshape(2, 2),
        ),
        # each cell minus its right neighbour: 5 − 2, 2 − 2, 2 − 7
        by_hand(torch.tensor([[3.0, 0.0, -5.0]]), torch.tensor([[5.0, 2.0, 2.0, 7.0]]), torch.tensor([[1.0, -1.0]])),
        # one place to stand: 1·1 + 2·0 + 3·2 + 4·0 + 5·0 + 6·(−1)
        by_hand(
            torch.tensor([[1.0]]),
            torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            torch.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, -1.0]]),
        ),
    ),
    draw=draw,
    styles=(all_windows, over_kernel, four_loops),
    differentiable=("x", "kernel"),
    forbidden=(
        "torch.nn.functional.conv1d",
        "torch.nn.functional.conv2d",
        "torch.conv2d",
        "torch.nn.functional.conv3d",
        "torch.nn.functional.conv_transpose2d",
    ),
    window=_sizes,
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
    wrong=(
        Wrong(
            "kernel-flipped",
            "You flip the kernel on both axes: that is a convolution in the sense of mathematics. Cross-correlation "
            "lays it on as it is.",
            "cross_correlation: Convolution or cross-correlation?",
            (("window * kernel", "window * kernel.flip(0, 1)"),),
        ),
        Wrong(
            "kernel-transposed",
            "Your kernel lies on its side: its rows have become columns. Its first axis runs down, as the image's "
            "does.",
            SLIDES,
            (("kh, kw = kernel.shape", "kernel = kernel.T\n    kh, kw = kernel.shape"),),
        ),
        Wrong(
            "output-transposed",
            "Rows and columns of your output are exchanged. A cell stands where its window stands: first its row, "
            "then its column.",
            SLIDES,
            (("return y", "return y.T"),),
        ),
        Wrong(
            "window-averaged",
            "You take the mean of the products. They are added up.",
            SLIDES,
            (("(window * kernel).sum()", "(window * kernel).mean()"),),
        ),
        Wrong(
            "largest-product",
            "You keep the largest of the products, as pooling would. They are added up.",
            SLIDES,
            (("(window * kernel).sum()", "(window * kernel).max()"),),
        ),
        Wrong(
            "matrix-product",
            "You take a matrix product of window and kernel. Only cells that lie on top of each other are multiplied.",
            SLIDES,
            (("(window * kernel).sum()", "(window @ kernel.T).sum()"),),
        ),
        Wrong(
            "sum-carried-on",
            "Your sum is not set back to 0 at each place: it carries on what earlier windows gave. Every place begins "
            "anew.",
            "cross_correlation: The same in loops",
            (("return y", "return y.flatten().cumsum(0).reshape(y.shape)"),),
        ),
        Wrong(
            "last-place-missing",
            "Your output lacks its last row and its last column. A kernel of k cells has n − k + 1 places on n cells: "
            "the first one needs no step.",
            SHRINKS,
            (
                ("x.new_zeros(h - kh + 1, w - kw + 1)", "x.new_zeros(h - kh, w - kw)"),
                ("range(h - kh + 1)", "range(h - kh)"),
                ("range(w - kw + 1)", "range(w - kw)"),
            ),
        ),
        Wrong(
            "output-not-shrunk",
            "Your output is as large as the image, with zeros left where no window fits. It has a cell only for each "
            "place where one does.",
            SHRINKS,
            (("x.new_zeros(h - kh + 1, w - kw + 1)", "x.new_zeros(h, w)"),),
        ),
        Wrong(
            "windows-over-the-edge",
            "Your windows go on past the lower and right edge, where they are cut off. A place counts only if the "
            "whole kernel fits.",
            SHRINKS,
            (
                ("x.new_zeros(h - kh + 1, w - kw + 1)", "x.new_zeros(h, w)"),
                ("range(h - kh + 1)", "range(h)"),
                ("range(w - kw + 1)", "range(w)"),
                ("(window * kernel)", "(window * kernel[: h - i, : w - j])"),
            ),
        ),
        Wrong(
            "zeros-around",
            "You put zeros around the image so that the output keeps its size. There is no padding here.",
            "padding: Which kernels keep the size?",
            (
                (
                    "h, w = x.shape",
                    "kh, kw = kernel.shape\n"
                    "    top, left = (kh - 1) // 2, (kw - 1) // 2\n"
                    "    x = torch.nn.functional.pad(x, (left, kw - 1 - left, top, kh - 1 - top))\n"
                    "    h, w = x.shape",
                ),
            ),
        ),
        Wrong(
            "every-overlap",
            "You also count places where the kernel overlaps the image by some cells only. It has to fit wholly.",
            "padding: Valid, same, full: what do the names mean?",
            (
                (
                    "h, w = x.shape",
                    "kh, kw = kernel.shape\n"
                    "    x = torch.nn.functional.pad(x, (kw - 1, kw - 1, kh - 1, kh - 1))\n"
                    "    h, w = x.shape",
                ),
            ),
        ),
        Wrong(
            "window-jumps",
            "Your window moves on by its own size, so that no cell is read twice. It moves by one cell each time.",
            SLIDES,
            (("return y", "return y[::kh, ::kw]"),),
        ),
        Wrong(
            "difference-from-kernel",
            "You subtract the kernel from the window. The cells are multiplied.",
            SLIDES,
            (("window * kernel", "window - kernel"),),
        ),
    ),
)
