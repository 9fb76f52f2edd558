"""Average what is real.

Average pooling counts its padded zeros and so darkens the rim of a picture. Write the other kind: the window may hang
over the border, but its mean is over the real cells alone. On an image of ones it gives ones everywhere. PyTorch calls
it `count_include_pad=False`.

`kernel_size`, `stride` and `padding` are one number for both axes, or a pair (vertical, horizontal). The padding is
counted on each side and is at most half the window, so every window holds a real cell. Without a `stride` the window
moves by its own size. Loops are welcome, PyTorch's own pooling is not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import draw_pooling, floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def average_of_real(x, kernel_size, stride=None, padding=0):
    """Average the real cells of each window; padded cells do not count.

    x (..., H, W): the leading axes stay apart.
    kernel_size, stride, padding (on each side): a number or (vertical,
    horizontal); stride None: as kernel_size.
    Returns (..., oh, ow), dtype of x.
    """
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (kernel_size, stride, padding))
    h, w = x.shape[-2:]
    oh = (h + 2 * ph - kh) // sh + 1
    ow = (w + 2 * pw - kw) // sw + 1
    y = x.new_empty(*x.shape[:-2], oh, ow)
    for i in range(oh):
        for j in range(ow):
            top, left = i * sh - ph, j * sw - pw  # in rows and columns of x: negative in the border
            real = x[..., max(top, 0) : top + kh, max(left, 0) : left + kw]
            y[..., i, j] = real.mean(dim=(-2, -1))
    return y


def sum_over_count(x, kernel_size, stride=None, padding=0):
    """Answer otherwise: pool the zero-padded image and a map of ones alike, and divide."""
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (kernel_size, stride, padding))

    def totals(z):
        z = F.pad(z, (pw, pw, ph, ph))
        tops, lefts = range(0, z.shape[-2] - kh + 1, sh), range(0, z.shape[-1] - kw + 1, sw)
        sums = [torch.stack([z[..., t : t + kh, a : a + kw].sum(dim=(-1, -2)) for a in lefts], dim=-1) for t in tops]
        return torch.stack(sums, dim=-2)

    return totals(x) / totals(torch.ones_like(x)).clamp(min=1)


def without_numbers(x, kernel_size, stride=None, padding=0):
    """Answer otherwise: a border of NaN, which a mean can leave out."""
    stride = kernel_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (kernel_size, stride, padding))
    padded = F.pad(x, (pw, pw, ph, ph), value=torch.nan)
    windows = padded.unfold(-2, kh, sh).unfold(-2, kw, sw)
    return windows.nanmean(dim=(-2, -1))


def from_torch(x, kernel_size, stride=None, padding=0):
    """Pool it with PyTorch."""
    return F.avg_pool2d(x, kernel_size, stride, padding, count_include_pad=False)


def draw(rng: Draw) -> Case:
    """Draw each kind of padding and stride; real zeros are frequent."""
    kernel_size, settings, (h, w) = draw_pooling(rng, 5, range(6, 16))
    leading = (3,) if rng.turn % 5 == 2 else (2, 3)
    return call(rng.whole(*leading, h, w, low=-2, high=3), kernel_size, **settings)


EXERCISE = Exercise(
    title="An average that leaves the padding out",
    solution=average_of_real,
    oracle=from_torch,
    read="pooling: Why does the maximum pad with minus infinity?",
    minutes=20,
    difficulty=2,
    setup="import torch\nimport torch.nn.functional as F",
    anchors=(
        # the window holds one real cell
        by_hand(floats([8]), floats([8]), 2, padding=1),
        # the first window holds 2 and 0 of the first column, the second the other four cells: 2 / 2 and 22 / 4
        by_hand(floats([1, 5.5]), floats([2, 4, 6], [0, 4, 8]), 2, padding=(0, 1)),
        # every window holds all four cells, the zero among them: 12 / 4
        by_hand(torch.full((2, 2), 3.0), floats([0, 4], [6, 2]), 3, stride=1, padding=1),
    ),
    draw=draw,
    styles=(sum_over_count, without_numbers),
    differentiable=("x",),
    forbidden=("pooling",),
    hints=(
        "Draw the corner window of an image of ones. By which number must its sum be divided?",
        "There are two ways: cut every window down to the part of it that lies inside the image; or count, for every "
        "window, how many of its cells are real, and divide by that.",
        "The window of output cell (i, j) starts at i strides minus the padding. A negative start means that rows are "
        "in the border: begin at 0 instead, leave the end where it is, and take the mean of what you have cut out.",
    ),
    mistakes="""
padding-counted: You divide by the size of the window. The padded cells do not count here: divide by the number of real
ones.
    real.mean(dim=(-2, -1)) -> real.sum(dim=(-2, -1)) / (kh * kw)

zeros-not-counted: You count the cells that are not zero. A zero in the image is real, too, and counts: what matters is
where a cell stands, not what it holds.
    real.mean(dim=(-2, -1)) -> real.sum(dim=(-2, -1)) / (real != 0).sum(dim=(-2, -1)).clamp(min=1)

one-side-counted: You leave out the padding above and on the left, but count it below and on the right. No side of it is
real. [padding: How large is the output?]
    real.mean(dim=(-2, -1)) -> real.sum(dim=(-2, -1)) / (min(kh, top + kh) * min(kw, left + kw))

padding-ignored: Your windows never hang over the border: the padding is not used. It does not count in the mean, but it
decides where the windows stand. [padding: More cells, more places to stand]
    (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (kernel_size, stride, padding)) ->
        (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (kernel_size, stride, 0))

sum-for-average
    real.mean( -> real.sum(

border-repeats: Your border repeats the outermost cells, so that these count more than once. Each real cell of a window
counts once. [padding: What else can stand at the border?]
    real = x[..., max(top, 0) : top + kh, max(left, 0) : left + kw] ->
        rows, columns = torch.arange(top, top + kh), torch.arange(left, left + kw)
        real = x[..., rows.clamp(0, h - 1)[:, None], columns.clamp(0, w - 1)]

stride-one
    kernel_size if stride is None else stride -> 1 if stride is None else stride

padding-exchanged
    (ph, pw) = (v -> (pw, ph) = (v

padding-total
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        ph, pw = ph // 2, pw // 2

padding-once: You pad above and on the left only. The padding is counted on each side: below and on the right windows
hang over, too. [padding: How large is the output?]
    h + 2 * ph -> h + ph
    w + 2 * pw -> w + pw

padding-doubled: You count the padding twice on each side. It is given for each side: once above, once below, and so on.
[padding: How large is the output?]
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        ph, pw = 2 * ph, 2 * pw

padding-once-at-end: You pad below and on the right only. The padding is counted on each side: it comes twice along an
axis. [padding: How large is the output?]
    h + 2 * ph -> h + ph
    w + 2 * pw -> w + pw
    i * sh - ph, j * sw - pw -> i * sh, j * sw

padding-in-size-only: Your output has the size that the padding gives, but the first window begins at the image's own
corner. It hangs over the border above and on the left, too. [padding: More cells, more places to stand]
    i * sh - ph, j * sw - pw -> i * sh, j * sw

padding-not-in-size: Your windows begin in the border, but your output has the size that the bare image would give. The
padding makes places on both sides. [padding: More cells, more places to stand]
    h + 2 * ph -> h
    w + 2 * pw -> w

negative-start: Where a window begins in the border, its first row or column has a negative number, and a slice counts
that from the other end of the image. [padding: More cells, more places to stand]
    max(top, 0) : top + kh, max(left, 0) : left + kw -> top : top + kh, left : left + kw

window-pushed-inside: Where a window begins in the border, you push it into the image, whole: it reaches further than it
should. It stays where it is, and only loses its cells outside. [padding: More cells, more places to stand]
    : top + kh, max(left, 0) : left + kw -> : max(top, 0) + kh, max(left, 0) : max(left, 0) + kw

window-kept-inside: You push every window that hangs over the border into the image, whole. It stays where it is, and
only loses its cells outside. [padding: More cells, more places to stand]
    top, left = i * sh - ph, j * sw - pw ->
        top, left = min(max(i * sh - ph, 0), h - kh), min(max(j * sw - pw, 0), w - kw)

positive-ones-counted: You count the cells above zero. All real cells count: what matters is where a cell stands, not
what it holds.
    real.mean(dim=(-2, -1)) -> real.sum(dim=(-2, -1)) / (real > 0).sum(dim=(-2, -1))

only-rows-left-out: You leave out the padded rows, but the padded columns count. Neither are real.
    real.mean(dim=(-2, -1)) -> real.sum(dim=(-2, -1)) / (real.shape[-2] * kw)

only-columns-left-out: You leave out the padded columns, but the padded rows count. Neither are real.
    real.mean(dim=(-2, -1)) -> real.sum(dim=(-2, -1)) / (kh * real.shape[-1])

other-side-counted: You leave out the padding below and on the right, but count it above and on the left. No side of it
is real. [padding: How large is the output?]
    real.mean(dim=(-2, -1)) -> real.sum(dim=(-2, -1)) / (min(kh, h - top) * min(kw, w - left))

border-reflected: Your border mirrors the image, so that some cells count more than once. Each real cell of a window
counts once. [padding: What else can stand at the border?]
    real = x[..., max(top, 0) : top + kh, max(left, 0) : left + kw] ->
        rows, columns = torch.arange(top, top + kh).abs(), torch.arange(left, left + kw).abs()
        rows, columns = h - 1 - (h - 1 - rows).abs(), w - 1 - (w - 1 - columns).abs()
        real = x[..., rows[:, None], columns]

border-wraps: Your windows go on at the other side of the image, as on a globe. Only their real cells count, and those
lie on this side. [padding: What else can stand at the border?]
    real = x[..., max(top, 0) : top + kh, max(left, 0) : left + kw] ->
        rows, columns = torch.arange(top, top + kh) % h, torch.arange(left, left + kw) % w
        real = x[..., rows[:, None], columns]

ones-in-the-border: Your border holds ones, and they count. No cell of it is real.
    real.mean(dim=(-2, -1)) -> 1 + (real - 1).sum(dim=(-2, -1)) / (kh * kw)

maximum-for-average: You keep the largest cell of each window. Asked for is the mean of its real ones.
[pooling: What does one window keep?]
    real.mean( -> real.amax(

channels-pooled
    return y -> return y if y.ndim == 2 else y.mean(dim=-3)

all-planes-at-once: Your window reaches through all images and channels at once, so that every plane gets the same. Each
plane is averaged by itself. [pooling: Channels stay apart]
    real.mean(dim=(-2, -1)) -> real.mean()

stride-ignored: Your window always moves by its own size. That holds where no stride is given; otherwise the stride
decides. [pooling: The stride is the window, unless you say otherwise]
    kernel_size if stride is None else stride -> kernel_size

stride-exchanged
    (sh, sw), (ph, pw) = (v -> (sw, sh), (ph, pw) = (v

window-exchanged: Your window's height and width are exchanged: the first number of the pair is the height.
    (kh, kw), (sh, sw) -> (kw, kh), (sh, sw)

pairs-exchanged: You read every pair as (horizontal, vertical). The first number is the vertical one.
    (kh, kw), (sh, sw), (ph, pw) = -> (kw, kh), (sw, sh), (pw, ph) =

vertical-stride-for-both
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        sw = sh

horizontal-stride-for-both
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        sh = sw

vertical-padding-for-both
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        pw = ph

horizontal-padding-for-both
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        ph = pw

window-square: You read only the first number of the window's size, the height, and take it for the width as well.
Without a stride your window moves by it along both axes.
    stride = kernel_size if ->
        kernel_size = kernel_size[0] if isinstance(kernel_size, tuple) else kernel_size
        stride = kernel_size if

height-for-width: Your window is as wide as it is high. The second number of a pair is the width.
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        kw = kh

width-for-height: Your window is as high as it is wide. The first number of a pair is the height.
    h, w = x.shape[-2:] ->
        h, w = x.shape[-2:]
        kh = kw

stride-in-size-only
    i * sh - ph, j * sw - pw -> i - ph, j - pw

rounds-up
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = -(-(h + 2 * ph - kh) // sh) + 1
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = -(-(w + 2 * pw - kw) // sw) + 1

rounded-to-nearest: You round the number of jumps to the nearest whole number, so that sometimes a window sticks out
over the padding. Only whole windows count: it is rounded down. [stride: How many windows fit?]
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = round((h + 2 * ph - kh) / sh) + 1
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = round((w + 2 * pw - kw) / sw) + 1

last-window-missing
    // sh + 1 -> // sh
    // sw + 1 -> // sw

plus-one-divided
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = (h + 2 * ph - kh + 1) // sh
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = (w + 2 * pw - kw + 1) // sw

kernel-ignored
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = (h + 2 * ph) // sh
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = (w + 2 * pw) // sw

output-square: Your output is as wide as it is high. Its width follows from the horizontal numbers: of the image, of the
window, of stride and padding. [stride: How many windows fit?]
    y = x.new_empty ->
        ow = oh
        y = x.new_empty

output-transposed
    return y -> return y.transpose(-2, -1)

last-cells-empty
    x.new_empty -> x.new_zeros
    in range(oh) -> in range(oh - 1)
    in range(ow) -> in range(ow - 1)
""",
)
