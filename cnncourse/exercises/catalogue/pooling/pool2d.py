"""Write maximum and average pooling.

A window slides over every image and every channel by itself and keeps one number: its largest cell or the mean of its
cells. Without a `stride` it moves by its own size. Only whole windows count.

The padding comes on each side. It must never win a maximum, whatever the input holds. In an average it is zeros, and
they count: the mean is over all cells of the window. `kernel_size`, `stride` and `padding` are one number for both
axes, or a pair (vertical, horizontal).

Loops over the output's cells are welcome. PyTorch's own pooling and `unfold` are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import draw_pooling, floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def pool2d(x, kernel_size, mode="max", stride=None, padding=0):
    """Keep the largest cell of each window, or the mean of its cells.

    x (..., H, W): the leading axes stay apart. mode: "max" or "avg".
    kernel_size, stride, padding (on each side): a number or (vertical,
    horizontal); stride None: as kernel_size. Padding never wins a maximum;
    it counts as zeros in an average.
    Returns (..., oh, ow), dtype of x.
    """
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (kernel_size, stride, padding))
    border = 0.0 if mode == "avg" else -torch.inf
    padded = F.pad(x, (pw, pw, ph, ph), value=border)
    oh = (padded.shape[-2] - kh) // sh + 1
    ow = (padded.shape[-1] - kw) // sw + 1
    y = x.new_empty(*x.shape[:-2], oh, ow)
    for i in range(oh):
        for j in range(ow):
            window = padded[..., i * sh : i * sh + kh, j * sw : j * sw + kw]
            y[..., i, j] = window.mean(dim=(-2, -1)) if mode == "avg" else window.amax(dim=(-2, -1))
    return y


def over_window(x, kernel_size, mode="max", stride=None, padding=0):
    """Answer otherwise: one strided copy of the image for each cell of the window, and those compared."""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (kh, kw) if stride is None else (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    h, w = x.shape[-2:]
    padded = x.new_full((*x.shape[:-2], h + 2 * ph, w + 2 * pw), 0 if mode == "avg" else torch.finfo(x.dtype).min)
    padded[..., ph : ph + h, pw : pw + w] = x
    bottom, right = h + 2 * ph - kh, w + 2 * pw - kw
    copies = [padded[..., a : a + bottom + 1 : sh, b : b + right + 1 : sw] for a in range(kh) for b in range(kw)]
    copies = torch.stack(copies)
    return copies.max(dim=0).values if mode == "max" else copies.sum(dim=0) / (kh * kw)


def axis_by_axis(x, kernel_size, mode="max", stride=None, padding=0):
    """Answer otherwise: all windows' rows first, their columns afterwards."""
    if stride is None:
        stride = kernel_size
    for axis in (0, 1):
        k, s, p = (v[axis] if isinstance(v, tuple) else v for v in (kernel_size, stride, padding))
        x = x.transpose(-1, axis - 2)  # the axis at work stands last
        rim = torch.full((*x.shape[:-1], p), 0.0 if mode == "avg" else -float("inf"), dtype=x.dtype)
        x = torch.cat([rim, x, rim], dim=-1)
        pieces = [x[..., start : start + k] for start in range(0, x.shape[-1] - k + 1, s)]
        kept = [piece.mean(dim=-1) if mode == "avg" else piece.max(dim=-1).values for piece in pieces]
        x = torch.stack(kept, dim=-1).transpose(-1, axis - 2)
    return x


def from_torch(x, kernel_size, mode="max", stride=None, padding=0):
    """Pool it with PyTorch."""
    pool = F.max_pool2d if mode == "max" else F.avg_pool2d
    return pool(x[None], kernel_size, stride, padding)[0] if x.ndim < 4 else pool(x, kernel_size, stride, padding)


def draw(rng: Draw) -> Case:
    """Draw both modes in turns, with each kind of padding and of stride.

    Where a maximum is padded, all is negative, in three of four cases so much that no ordinary number is below it.
    """
    turn = rng.turn
    kernel_size, settings, (h, w) = draw_pooling(rng, 5, range(6, 16))
    settings |= {"mode": "avg"} if turn % 2 else {} if turn % 4 else {"mode": "max"}
    leading = {3: (), 6: (), 7: (3,), 10: (2,)}.get(turn, (2, 3))
    x = rng.permutation(torch.Size((*leading, h, w)).numel()).reshape(*leading, h, w).to(rng.dtype)  # no two are equal
    x -= x.numel() if turn % 3 and turn % 2 == 0 else x.numel() // 2
    x *= {4: 2e4, 8: 1e12, 10: 1e12}.get(turn, 1)
    return call(x, kernel_size, **settings)


ROWS = floats([1, 3, 2, 0], [4, 0, 1, 7])
NEGATIVE = floats([-4, -1, -3], [-2, -6, -5], [-9, -7, -8])

EXERCISE = Exercise(
    title="Maximum and average pooling",
    solution=pool2d,
    oracle=from_torch,
    read="pooling: What does one window keep?",
    minutes=25,
    difficulty=2,
    core=True,
    setup="import torch\nimport torch.nn.functional as F",
    anchors=(
        # the largest of 1, 3, 4, 0 and of 2, 0, 1, 7
        by_hand(floats([4, 7]), ROWS, 2),
        # 8 / 4 and 10 / 4
        by_hand(floats([2, 2.5]), ROWS, 2, "avg"),
        # each corner window holds four real cells: of −4, −1, −2, −6 the largest is −1
        by_hand(floats([-1, -1], [-2, -5]), NEGATIVE, 3, stride=2, padding=1),
        # one real cell and three zeros: 8 / 4
        by_hand(floats([2]), floats([8]), 2, "avg", padding=1),
    ),
    draw=draw,
    styles=(over_window, axis_by_axis),
    differentiable=("x",),
    forbidden=("pooling", "unfolding"),
    hints=(
        "Pad first; then forget about padding. Which number can stand in the border so that it never is the largest?",
        "The stride is the window's size where none is given. Count the windows that fit whole into the padded input; "
        "the window of output cell (i, j) starts i vertical strides down and j horizontal strides across.",
        "Cut the window out of the last two axes, with `...` for all that stand before them, and reduce these two axes "
        "alone, by the maximum or by the mean. The border holds minus infinity for the one and zero for the other.",
    ),
    mistakes="""
zeros-win-the-maximum
    0.0 if mode == "avg" else -torch.inf -> 0.0

stride-one
    kernel_size if stride is None else stride -> 1 if stride is None else stride

stride-ignored: Your window always moves by its own size. That holds where no stride is given; otherwise the stride
decides. [pooling: The stride is the window, unless you say otherwise]
    kernel_size if stride is None else stride -> kernel_size

rounds-up
    oh = (padded.shape[-2] - kh) // sh + 1 -> oh = -((kh - padded.shape[-2]) // sh) + 1
    ow = (padded.shape[-1] - kw) // sw + 1 -> ow = -((kw - padded.shape[-1]) // sw) + 1

last-window-missing
    // sh + 1 -> // sh
    // sw + 1 -> // sw

pairs-exchanged: You read every pair as (horizontal, vertical). The first number is the vertical one.
    (kh, kw), (sh, sw), (ph, pw) = -> (kw, kh), (sw, sh), (pw, ph) =

window-exchanged: Your window's height and width are exchanged: the first number of the pair is the height.
    (kh, kw), (sh, sw), (ph, pw) = -> (kw, kh), (sh, sw), (ph, pw) =

stride-exchanged
    (kh, kw), (sh, sw), (ph, pw) = -> (kh, kw), (sw, sh), (ph, pw) =

padding-exchanged
    (pw, pw, ph, ph) -> (ph, ph, pw, pw)

padding-ignored
    (pw, pw, ph, ph) -> (0, 0, 0, 0)

padding-once
    (pw, pw, ph, ph) -> (pw, 0, ph, 0)

real-cells-only
    window.mean(dim=(-2, -1)) if ->
        window.sum(dim=(-2, -1)) / F.pad(torch.ones_like(x), (pw, pw, ph, ph))[
            ..., i * sh : i * sh + kh, j * sw : j * sw + kw
        ].sum(dim=(-2, -1)) if

sum-for-average
    window.mean( -> window.sum(

mode-ignored: You take the maximum in both modes. In mode "avg" the window keeps the mean of its cells.
    border = 0.0 if mode == "avg" else -torch.inf -> border = -torch.inf
    window.mean(dim=(-2, -1)) if mode == "avg" else window -> window

smallest-kept: Your maximum keeps the smallest cell of the window. It is the largest that is kept.
    -torch.inf -> torch.inf
    window.amax -> window.amin

channels-pooled
    return y -> return y if y.ndim == 2 else y.mean(dim=-3) if mode == "avg" else y.amax(dim=-3)

channels-summed: You add up the channels, as a convolution does. Pooling leaves each to itself: as many come out as went
in. [pooling: Channels stay apart]
    return y -> return y if y.ndim == 2 else y.sum(dim=-3)

output-transposed
    return y -> return y.transpose(-2, -1)

vertical-stride-for-both
    border = 0.0 ->
        sw = sh
        border = 0.0

horizontal-stride-for-both
    border = 0.0 ->
        sh = sw
        border = 0.0

vertical-padding-for-both
    (pw, pw, ph, ph) -> (ph, ph, ph, ph)

horizontal-padding-for-both
    (pw, pw, ph, ph) -> (pw, pw, pw, pw)

stride-in-size-only
    i * sh : i * sh + kh, j * sw : j * sw + kw -> i : i + kh, j : j + kw

plus-one-divided
    oh = (padded.shape[-2] - kh) // sh + 1 -> oh = (padded.shape[-2] - kh + 1) // sh
    ow = (padded.shape[-1] - kw) // sw + 1 -> ow = (padded.shape[-1] - kw + 1) // sw

kernel-ignored
    oh = (padded.shape[-2] - kh) // sh + 1 -> oh = padded.shape[-2] // sh
    ow = (padded.shape[-1] - kw) // sw + 1 -> ow = padded.shape[-1] // sw

last-cells-empty
    x.new_empty -> x.new_zeros
    in range(oh) -> in range(oh - 1)
    in range(ow) -> in range(ow - 1)

padding-total
    (pw, pw, ph, ph) -> (pw // 2, pw // 2, ph // 2, ph // 2)

window-square: You read only the first number of the window's size, the height, and take it for the width as well.
Without a stride your window moves by it along both axes.
    stride = kernel_size if ->
        kernel_size = kernel_size[0] if isinstance(kernel_size, tuple) else kernel_size
        stride = kernel_size if

height-for-width: Your window is as wide as it is high. The second number of a pair is the width.
    border = 0.0 ->
        kw = kh
        border = 0.0

width-for-height: Your window is as high as it is wide. The first number of a pair is the height.
    border = 0.0 ->
        kh = kw
        border = 0.0

output-square: Your output is as wide as it is high. Its width follows from the horizontal numbers: of the image, of the
window and of the stride. [stride: How many windows fit?]
    y = x.new_empty ->
        ow = oh
        y = x.new_empty

output-not-shrunk: Your output is as large as the image, with zeros left where there is no window. It has a cell only
for each window. [pooling: The stride is the window, unless you say otherwise]
    y = x.new_empty(*x.shape[:-2], oh, ow) ->
        y = x.new_zeros(*x.shape[:-2], max(oh, x.shape[-2]), max(ow, x.shape[-1]))

rounded-to-nearest: You round the number of jumps to the nearest whole number, so that sometimes a window sticks out
over the edge. Only whole windows count: it is rounded down. [stride: How many windows fit?]
    oh = (padded.shape[-2] - kh) // sh + 1 -> oh = round((padded.shape[-2] - kh) / sh) + 1
    ow = (padded.shape[-1] - kw) // sw + 1 -> ow = round((padded.shape[-1] - kw) / sw) + 1

size-from-window: You divide the padded size by the window, whatever the stride. How many windows there are depends on
how far they move. [stride: How many windows fit?]
    oh = (padded.shape[-2] - kh) // sh + 1 -> oh = padded.shape[-2] // kh
    ow = (padded.shape[-1] - kw) // sw + 1 -> ow = padded.shape[-1] // kw

padding-not-in-size: Your windows begin in the border, but your output has the size that the bare image would give. The
padding makes places on both sides. [padding: More cells, more places to stand]
    oh = (padded.shape[-2] - kh) -> oh = (x.shape[-2] - kh)
    ow = (padded.shape[-1] - kw) -> ow = (x.shape[-1] - kw)

padding-doubled: You add the padding twice on each side. It is counted on each side: once above, once below, and so on.
[padding: How large is the output?]
    (pw, pw, ph, ph) -> (2 * pw, 2 * pw, 2 * ph, 2 * ph)

padding-once-at-end: You pad below and on the right only. The padding is counted on each side: it comes twice along an
axis. [padding: How large is the output?]
    (pw, pw, ph, ph) -> (0, pw, 0, ph)

padding-all-at-end: Your border has the right number of cells, but all of them stand below and on the right. One half
belongs above and on the left. [padding: How large is the output?]
    (pw, pw, ph, ph) -> (0, 2 * pw, 0, 2 * ph)

border-repeats: In an average your border repeats the outermost cells. It is zeros there.
[padding: What else can stand at the border?]
    padded = F.pad(x, (pw, pw, ph, ph), value=border) ->
        rows = torch.arange(-ph, x.shape[-2] + ph).clamp(0, x.shape[-2] - 1)
        padded = x[..., rows[:, None], torch.arange(-pw, x.shape[-1] + pw).clamp(0, x.shape[-1] - 1)]

border-reflected: Your border mirrors the image. In an average it is zeros, and in a maximum no number of the image may
stand there. [padding: What else can stand at the border?]
    padded = F.pad(x, (pw, pw, ph, ph), value=border) ->
        h, w = x.shape[-2:]
        rows, columns = torch.arange(-ph, h + ph).abs(), torch.arange(-pw, w + pw).abs()
        rows, columns = h - 1 - (h - 1 - rows).abs(), w - 1 - (w - 1 - columns).abs()
        padded = x[..., rows[:, None], columns]

border-wraps: Your border goes on at the other side of the image, as on a globe. In an average it is zeros, and in a
maximum no number of the image may stand there. [padding: What else can stand at the border?]
    padded = F.pad(x, (pw, pw, ph, ph), value=border) ->
        rows, columns = (torch.arange(-p, n + p) % n for n, p in zip(x.shape[-2:], (ph, pw), strict=True))
        padded = x[..., rows[:, None], columns]

infinity-in-average: Your average pads with minus infinity as well, and any window that holds some of it has no finite
mean. Zeros belong there. [pooling: Why does the maximum pad with minus infinity?]
    0.0 if mode == "avg" else -torch.inf -> -torch.inf

borders-exchanged: You have exchanged what the two modes pad with: zeros belong to the average, what never wins to the
maximum. [pooling: Why does the maximum pad with minus infinity?]
    0.0 if mode == "avg" -> 0.0 if mode == "max"

maximum-begins-at-zero: Your search for the largest cell begins at 0, and where all cells of a window are negative the 0
is left. It must begin below any number. [pooling: What does one window keep?]
    window.amax(dim=(-2, -1)) -> window.amax(dim=(-2, -1)).clamp(min=0)

minus-one-wins: The border of your maximum holds -1, which wins where all real cells are below it. No number of the
image may be smaller. [pooling: Why does the maximum pad with minus infinity?]
    -torch.inf -> -1.0

minus-999-wins: The border of your maximum holds -999, which wins where all real cells are below it. No number may be
smaller than what stands there. [pooling: Why does the maximum pad with minus infinity?]
    -torch.inf -> -999.0

minus-1000-wins: The border of your maximum holds -1000, which wins where all real cells are below it. No number may be
smaller than what stands there. [pooling: Why does the maximum pad with minus infinity?]
    -torch.inf -> -1000.0

minus-10000-wins: The border of your maximum holds -10000, which wins where all real cells are below it. No number may
be smaller than what stands there. [pooling: Why does the maximum pad with minus infinity?]
    -torch.inf -> -1e4

minus-a-million-wins: The border of your maximum holds minus a million, which wins where all real cells are below it. No
number may be smaller than what stands there. [pooling: Why does the maximum pad with minus infinity?]
    -torch.inf -> -1e6

minus-a-billion-wins: The border of your maximum holds minus a billion, which wins where all real cells are below it. No
number may be smaller than what stands there. [pooling: Why does the maximum pad with minus infinity?]
    -torch.inf -> -1e9

divided-by-height-squared: Your average divides by the square of the window's height. A window has height times width
cells. [pooling: What does one window keep?]
    window.mean(dim=(-2, -1)) -> window.sum(dim=(-2, -1)) / kh**2

divided-by-width-squared: Your average divides by the square of the window's width. A window has height times width
cells. [pooling: What does one window keep?]
    window.mean(dim=(-2, -1)) -> window.sum(dim=(-2, -1)) / kw**2

divided-by-one-side: Your average divides by the window's height alone. A window has height times width cells.
[pooling: What does one window keep?]
    window.mean(dim=(-2, -1)) -> window.sum(dim=(-2, -1)) / kh

divided-by-width-alone: Your average divides by the window's width alone. A window has height times width cells.
[pooling: What does one window keep?]
    window.mean(dim=(-2, -1)) -> window.sum(dim=(-2, -1)) / kw

sides-added: Your average divides by the window's height plus its width. A window has height times width cells.
[pooling: What does one window keep?]
    window.mean(dim=(-2, -1)) -> window.sum(dim=(-2, -1)) / (kh + kw)

average-rounded-down: Your average is rounded down to a whole number. The mean of a window may lie between two.
[pooling: What does one window keep?]
    window.mean(dim=(-2, -1)) -> window.mean(dim=(-2, -1)).floor()

average-in-both-modes: You take the mean in both modes. In mode "max" the window keeps its largest cell.
[pooling: What does one window keep?]
    0.0 if mode == "avg" else -torch.inf -> 0.0
    window.mean(dim=(-2, -1)) if mode == "avg" else window.amax(dim=(-2, -1)) -> window.mean(dim=(-2, -1))

modes-exchanged: The two modes are exchanged: "max" keeps the largest cell, "avg" the mean.
[pooling: What does one window keep?]
    padded = F.pad ->
        mode = "max" if mode == "avg" else "avg"
        border = -torch.inf if mode == "max" else 0.0
        padded = F.pad

place-for-value: Your maximum keeps the place of the largest cell in its window, not the cell itself.
[pooling: What does one window keep?]
    window.amax(dim=(-2, -1)) -> window.flatten(-2).argmax(dim=-1)

all-planes-at-once: Your window reaches through all images and channels at once, so that every plane gets the same.
Each plane is pooled by itself. [pooling: Channels stay apart]
    window.mean(dim=(-2, -1)) -> window.mean()
    window.amax(dim=(-2, -1)) -> window.amax()

cut-the-other-way: Where the window moves by its own size, yours gathers cells that lie far apart: a reshape has put the
cells of one window on the axis of the windows. A window holds neighbours. [pooling: What does one window keep?]
    y[..., i, j] ->
        if (sh, sw) == (kh, kw):
            window = padded[..., i : oh * kh : oh, j : ow * kw : ow]
        y[..., i, j]
""",
)
