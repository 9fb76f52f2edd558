"""Let the window jump, and spread its cells.

Cross-correlate one image with one kernel, with a stride and a dilation, and without padding. The stride says how far
the window moves from one output cell to the next; the dilation says how far apart neighbouring kernel cells lie in the
image, and 1 is the ordinary one. Each is one number for both axes, or a pair (vertical, horizontal).

Loops over the output's cells are welcome. PyTorch's own convolutions and `unfold` are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def corr2d_strided(x, kernel, stride=1, dilation=1):
    """Cross-correlate one image with one kernel, without padding.

    x (H, W), kernel (kH, kW); stride, dilation: an int for both axes, or
    (vertical, horizontal). Returns (oh, ow), dtype of x.
    """
    sh, sw = stride if isinstance(stride, tuple) else (stride, stride)
    dh, dw = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    (h, w), (kh, kw) = x.shape, kernel.shape
    eh, ew = dh * (kh - 1) + 1, dw * (kw - 1) + 1  # the extent, gaps included
    oh, ow = (h - eh) // sh + 1, (w - ew) // sw + 1
    y = x.new_empty(oh, ow)
    for i in range(oh):
        for j in range(ow):
            window = x[i * sh : i * sh + eh : dh, j * sw : j * sw + ew : dw]
            y[i, j] = (window * kernel).sum()
    return y


def over_kernel(x, kernel, stride=1, dilation=1):
    """Answer otherwise: one pass over the image for each cell of the kernel."""
    (sh, sw), (dh, dw) = ((v, v) if isinstance(v, int) else v for v in (stride, dilation))
    kh, kw = kernel.shape
    bottom, right = x.shape[0] - dh * (kh - 1), x.shape[1] - dw * (kw - 1)
    return sum(
        kernel[a, b] * x[a * dh : a * dh + bottom : sh, b * dw : b * dw + right : sw]
        for a in range(kh)
        for b in range(kw)
    )


def spread_then_subsample(x, kernel, stride=1, dilation=1):
    """Answer otherwise: put zeros into the kernel, compute all places, and keep every s-th."""
    (sh, sw), (dh, dw) = ((v, v) if isinstance(v, int) else v for v in (stride, dilation))
    spread = kernel.new_zeros(dh * (len(kernel) - 1) + 1, dw * (kernel.shape[1] - 1) + 1)
    spread[::dh, ::dw] = kernel
    kh, kw = spread.shape
    tops, lefts = range(x.shape[0] - kh + 1), range(x.shape[1] - kw + 1)
    return torch.stack([torch.stack([(x[i : i + kh, j : j + kw] * spread).sum() for j in lefts]) for i in tops])[
        ::sh, ::sw
    ]


def oracle(x, kernel, stride=1, dilation=1):
    """Let torch slide."""
    return F.conv2d(x[None, None], kernel[None, None], stride=stride, dilation=dilation)[0, 0]


def draw(rng: Draw) -> Case:
    """Draw sizes that differ; the stride one number, a pair or left out, and the dilation by another period."""
    kh, kw = rng.distinct(2, 2, 3 + rng.turn % 2)
    h, w = rng.distinct(2, 10, 12)
    settings = {}
    if rng.turn % 4:
        settings["stride"] = 2 if rng.turn % 4 == 3 else tuple(rng.distinct(2, 1, 3))
    if rng.turn % 3:
        settings["dilation"] = 3 if rng.turn % 3 == 2 else tuple(rng.distinct(2, 1, 3))
    return call(rng.whole(h, w), rng.whole(kh, kw), **settings)


ROW = floats([1, 2, 4, 8, 16])

EXERCISE = Exercise(
    title="Let the window jump",
    solution=corr2d_strided,
    oracle=oracle,
    read="stride: The same in loops",
    minutes=20,
    difficulty=2,
    anchors=(
        # places 0 and 2: 1 + 2 · 2 + 3 · 4, and 4 + 2 · 8 + 3 · 16
        by_hand(floats([17, 68]), ROW, floats([1, 2, 3]), stride=2),
        # cells two apart: 4 − 1, 8 − 2, 16 − 4
        by_hand(floats([3, 6, 12]), ROW, floats([-1, 1]), dilation=2),
        # rows 0 and 3, in the first column and the third: the window is a single cell
        by_hand(floats([0, 4], [18, 22]), torch.arange(12.0).reshape(4, 3), floats([2]), stride=(3, 2)),
    ),
    draw=draw,
    styles=(over_kernel, spread_then_subsample),
    differentiable=("x", "kernel"),
    forbidden=("convolution", "unfolding"),
    hints=(
        "Stride and dilation do different things: one moves the whole window, the other spreads the cells inside it. "
        "What does each of them change in the plain double loop?",
        "Work out over how many rows and columns the kernel extends, gaps included; from that follows the output's "
        "size. The window of output cell (i, j) begins at row i times the vertical stride.",
        "A slice has a third part: with the dilation there, it picks from the extent only the cells under the kernel, "
        "and what comes out has shape (kH, kW). Multiply it with the kernel and sum, for each of the output's cells.",
    ),
    mistakes="""
stride-exchanged
    sh, sw = stride if -> sw, sh = stride if

stride-ignored
    stride if isinstance(stride, tuple) else (stride, stride) -> 1, 1

stride-in-size-only: Your output has the right size, but neighbouring windows still lie one cell apart. The stride moves
them, too. [stride: What if the window takes longer steps?]
    x[i * sh : i * sh + eh : dh, j * sw : j * sw + ew : dw] -> x[i : i + eh : dh, j : j + ew : dw]

dilation-exchanged: You spread the rows by the horizontal dilation and the columns by the vertical one. The first number
of a pair is the vertical one. [stride: A kernel with gaps]
    dh, dw = dilation if -> dw, dh = dilation if

dilation-ignored: The dilation is not used. Neighbouring kernel cells lie over input cells that are that far apart.
[stride: A kernel with gaps]
    dilation if isinstance(dilation, tuple) else (dilation, dilation) -> 1, 1

roles-exchanged: You use the stride inside the window and the dilation between windows. It is the stride that moves the
whole window. [stride: A kernel with gaps]
    sh, sw = stride if -> dh, dw = stride if
    dh, dw = dilation if -> sh, sw = dilation if

window-without-gaps: Your output has the right size, but the cells of your window lie side by side. Dilation spreads
them. [stride: A kernel with gaps]
    x[i * sh : i * sh + eh : dh, j * sw : j * sw + ew : dw] -> x[i * sh : i * sh + kh, j * sw : j * sw + kw]

last-window-missing
    // sh + 1 -> // sh
    // sw + 1 -> // sw

kernel-flipped
    window * kernel -> window * kernel.flip(0, 1)
""",
)
