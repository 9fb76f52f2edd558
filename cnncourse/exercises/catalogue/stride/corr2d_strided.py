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

stride-in-size-only
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

flipped-upside-down
    window * kernel -> window * kernel.flip(0)

flipped-left-to-right
    window * kernel -> window * kernel.flip(1)

kernel-transposed
    (h, w), (kh, kw) = ->
        kernel = kernel.T
        (h, w), (kh, kw) =

window-averaged
    (window * kernel).sum() -> (window * kernel).mean()

output-transposed
    return y -> return y.mT

sum-carried-on
    return y -> return y.flatten().cumsum(0).reshape(y.shape)

sum-carried-along-row
    return y -> return y.cumsum(1)

vertical-stride-for-both
    dh, dw = dilation if ->
        sw = sh
        dh, dw = dilation if

horizontal-stride-for-both
    dh, dw = dilation if ->
        sh = sw
        dh, dw = dilation if

vertical-dilation-for-both
    (h, w), (kh, kw) = ->
        dw = dh
        (h, w), (kh, kw) =

horizontal-dilation-for-both
    (h, w), (kh, kw) = ->
        dh = dw
        (h, w), (kh, kw) =

stride-in-steps-only
    y = x.new_empty(oh, ow) -> y = x.new_zeros(h - eh + 1, w - ew + 1)

cells-left-apart
    y = x.new_empty(oh, ow) -> y = x.new_zeros(h - eh + 1, w - ew + 1)
    y[i, j] = -> y[i * sh, j * sw] =

stride-twice
    new_empty -> new_zeros
    in range(oh) -> in range(0, oh, sh)
    in range(ow) -> in range(0, ow, sw)
    i * sh : i * sh + eh : dh, j * sw : j * sw + ew : dw -> i : i + eh : dh, j : j + ew : dw

output-thinned-out
    return y -> return y[::sh, ::sw]

columns-by-vertical-stride
    j * sw : j * sw + ew : dw] -> torch.arange(j * sh, j * sh + ew, dw)]

rows-by-horizontal-stride
    i * sh : i * sh + eh : dh -> i * sw : i * sw + eh : dh

rounded-up
    oh, ow = (h - eh) // sh + 1, (w - ew) // sw + 1 ->
        x = torch.nn.functional.pad(x, (0, sw - 1, 0, sh - 1))
        oh, ow = (h - eh + sh - 1) // sh + 1, (w - ew + sw - 1) // sw + 1

plus-one-divided
    (h - eh) // sh + 1 -> (h - eh + 1) // sh
    (w - ew) // sw + 1 -> (w - ew + 1) // sw

one-window-too-many
    // sh + 1 -> // sh + 2
    // sw + 1 -> // sw + 2
    y = x.new_empty ->
        x = torch.nn.functional.pad(x, (0, sw, 0, sh))
        y = x.new_empty

kernel-ignored: Your output's size leaves the kernel out, so that windows hang over the edge and meet zeros. The first
window itself takes cells: the kernel's extent comes off first. [stride: How many windows fit?]
    (h - eh) // sh + 1 -> h // sh
    (w - ew) // sw + 1 -> w // sw
    y = x.new_empty ->
        x = torch.nn.functional.pad(x, (0, ew + sw, 0, eh + sh))
        y = x.new_empty

window-at-every-cell: Your output's size leaves the kernel out and is rounded up: a window begins wherever a jump leads,
and meets zeros beyond the edge. Only windows that fit are counted. [stride: How many windows fit?]
    (h - eh) // sh + 1 -> (h - 1) // sh + 1
    (w - ew) // sw + 1 -> (w - 1) // sw + 1
    y = x.new_empty ->
        x = torch.nn.functional.pad(x, (0, ew + sw, 0, eh + sh))
        y = x.new_empty

size-without-dilation: You work out the output's size as if the kernel had no gaps, and its last windows hang over the
edge. With its gaps the kernel reaches further and finds fewer places. [stride: A kernel with gaps]
    (h - eh) // sh + 1 -> (h - kh) // sh + 1
    (w - ew) // sw + 1 -> (w - kw) // sw + 1
    y = x.new_empty ->
        x = torch.nn.functional.pad(x, (0, ew, 0, eh))
        y = x.new_empty

size-of-dilation-times-kernel: You let the kernel reach over dilation times kernel cells when you work out the output's
size. After its last cell no gap follows. [stride: A kernel with gaps]
    eh, ew = dh * (kh - 1) + 1, dw * (kw - 1) + 1 -> eh, ew = dh * kh, dw * kw

dilation-as-gaps
    dh, dw = dilation if isinstance(dilation, tuple) else (dilation, dilation) ->
        dh, dw = dilation if isinstance(dilation, tuple) else (dilation, dilation)
        dh, dw = dh + 1, dw + 1

dilation-once: Your kernel's extent grows by the dilation once. It does so for every gap between two of its cells.
[stride: A kernel with gaps]
    eh, ew = dh * (kh - 1) + 1, dw * (kw - 1) + 1 -> eh, ew = kh + dh - 1, kw + dw - 1
    i * sh + eh : dh, j * sw : j * sw + ew : dw] -> i * sh + dh * kh : dh, j * sw : j * sw + dw * kw : dw]
    y = x.new_empty ->
        x = torch.nn.functional.pad(x, (0, dw * kw, 0, dh * kh))
        y = x.new_empty

dilation-in-steps: The dilation also lengthens your window's jumps, as it does where the image is thinned out first. It
spreads the cells inside the window; the windows lie as close as before. [stride: A kernel with gaps]
    i * sh : i * sh + eh : dh, j * sw : j * sw + ew : dw] ->
        i * sh * dh : i * sh * dh + eh : dh, j * sw * dw : j * sw * dw + ew : dw]
    (h - eh) // sh + 1 -> (h - eh) // (sh * dh) + 1
    (w - ew) // sw + 1 -> (w - ew) // (sw * dw) + 1

dilation-on-image: You spread the image's cells and put zeros between them. Dilation spreads the kernel's cells.
[stride: A kernel with gaps]
    (h, w), (kh, kw) = ->
        spread = x.new_zeros(dh * (len(x) - 1) + 1, dw * (x.shape[1] - 1) + 1)
        spread[::dh, ::dw] = x
        x, dh, dw = spread, 1, 1
        (h, w), (kh, kw) =

window-jumps: Your window moves on by its own extent, whatever the stride is, so that no cell is read twice. The stride
says how far it moves.
    oh, ow = (h - eh) // sh + 1 ->
        sh, sw = eh, ew
        oh, ow = (h - eh) // sh + 1

last-cells-empty
    new_empty -> new_zeros
    in range(oh) -> in range(oh - 1)
    in range(ow) -> in range(ow - 1)

output-not-shrunk
    x.new_empty(oh, ow) -> x.new_zeros(h, w)

output-square
    y = x.new_empty ->
        ow = oh
        y = x.new_empty

stride-down-only
    (h, w), (kh, kw) = ->
        sw = 1
        (h, w), (kh, kw) =

stride-across-only
    (h, w), (kh, kw) = ->
        sh = 1
        (h, w), (kh, kw) =

dilation-down-only: You spread the kernel's rows and leave its columns side by side. Both are spread.
[stride: A kernel with gaps]
    (h, w), (kh, kw) = ->
        dw = 1
        (h, w), (kh, kw) =

dilation-across-only: You spread the kernel's columns and leave its rows side by side. Both are spread.
[stride: A kernel with gaps]
    (h, w), (kh, kw) = ->
        dh = 1
        (h, w), (kh, kw) =

last-window-pushed-back
    oh, ow = (h - eh) // sh + 1, (w - ew) // sw + 1 -> oh, ow = -(-(h - eh) // sh) + 1, -(-(w - ew) // sw) + 1
    window = x[i * sh : i * sh + eh : dh, j * sw : j * sw + ew : dw] ->
        top, left = min(i * sh, h - eh), min(j * sw, w - ew)
        window = x[top : top + eh : dh, left : left + ew : dw]

kernel-enlarged: You fill the gaps with copies of the kernel's cells. They hold nothing: no image cell in a gap counts.
[stride: A kernel with gaps]
    (h, w), (kh, kw) = ->
        kernel = kernel.repeat_interleave(dh, 0).repeat_interleave(dw, 1)
        dh = dw = 1
        (h, w), (kh, kw) =
""",
)
