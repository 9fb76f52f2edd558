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
        rows = [torch.stack([z[..., t : t + kh, a : a + kw].sum(dim=(-1, -2)) for a in lefts], dim=-1) for t in tops]
        return torch.stack(rows, dim=-2)

    return totals(x) / totals(torch.ones_like(x))


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
""",
)
