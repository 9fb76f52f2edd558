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
    """Draw both modes in turns, with each kind of padding and of stride; where a maximum is padded, all is negative."""
    turn = rng.turn
    kernel_size, settings, (h, w) = draw_pooling(rng, 4, range(5, 13))
    settings |= {"mode": "avg"} if turn % 2 else {} if turn % 4 else {"mode": "max"}
    leading = {3: (), 6: (), 7: (3,), 10: (2,)}.get(turn, (2, 3))
    x = rng.permutation(torch.Size((*leading, h, w)).numel()).reshape(*leading, h, w).to(rng.dtype)  # no two are equal
    x -= x.numel() if turn % 3 and turn % 2 == 0 else x.numel() // 2
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
""",
)
