"""Average what is real.

Average pooling counts its padded zeros and so darkens the rim of a picture. Write the other kind: the window may hang
over the border, but its mean is over the real cells alone. On an image of ones it gives ones everywhere. PyTorch calls
it `count_include_pad=False`.

`pool_size`, `stride` and `padding` are one number for both axes, or a pair (vertical, horizontal). The padding is
counted on each side and is at most half the window, so every window holds a real cell. Without a `stride` the window
moves by its own size. Loops are welcome, PyTorch's own pooling is not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, Wrong, by_hand, call


def average_of_real(x, pool_size, stride=None, padding=0):
    """Average the real cells of each window; padded cells do not count.

    x (..., H, W): the leading axes stay apart.
    pool_size, stride, padding (on each side): a number or (vertical,
    horizontal); stride None: as pool_size.
    Returns (..., oh, ow), dtype of x.
    """
    stride = pool_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (pool_size, stride, padding))
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


def sum_over_count(x, pool_size, stride=None, padding=0):
    """Answer otherwise: pool the zero-padded image and a map of ones alike, and divide."""
    stride = pool_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (pool_size, stride, padding))

    def totals(z):
        z = F.pad(z, (pw, pw, ph, ph))
        tops, lefts = range(0, z.shape[-2] - kh + 1, sh), range(0, z.shape[-1] - kw + 1, sw)
        rows = [torch.stack([z[..., t : t + kh, a : a + kw].sum(dim=(-1, -2)) for a in lefts], dim=-1) for t in tops]
        return torch.stack(rows, dim=-2)

    return totals(x) / totals(torch.ones_like(x))


def without_numbers(x, pool_size, stride=None, padding=0):
    """Answer otherwise: a border of NaN, which a mean can leave out."""
    stride = pool_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (pool_size, stride, padding))
    padded = F.pad(x, (pw, pw, ph, ph), value=torch.nan)
    windows = padded.unfold(-2, kh, sh).unfold(-2, kw, sw)
    return windows.nanmean(dim=(-2, -1))


def from_torch(x, pool_size, stride=None, padding=0):
    """Pool it with PyTorch."""
    return F.avg_pool2d(x, pool_size, stride, padding, count_include_pad=False)


def draw(rng: Draw) -> Case:
    """Draw each kind of padding and stride; real zeros are frequent."""
    turn = rng.turn
    kh, kw = rng.distinct(2, 2, 5)
    if one_number := turn in (1, 4, 6, 9):
        kw = kh
    settings = {}
    sh, sw, ph, pw = kh, kw, 0, 0
    if turn // 4 == 1:
        sh = sw = settings["stride"] = rng.choice([s for s in (1, 2, 3) if s not in (kh, kw)])
    elif turn // 4 == 2:
        sh, sw = settings["stride"] = tuple(rng.distinct(2, 1, 3))
    if turn % 3 == 1:
        ph = pw = settings["padding"] = rng.integer(1, min(kh, kw) // 2)
    elif turn % 3 == 2:
        most = min(kh, kw) // 2
        pairs = [(a, b) for a in range(most + 1) for b in range(most + 1) if a != b]
        ph, pw = settings["padding"] = rng.choice(pairs)
    # with padding the last window reaches its end; without, rows and columns are left over, where the stride allows it
    padded = turn % 3 > 0
    h = rng.choice([n for n in range(6, 16) if sh == 1 or ((n + 2 * ph - kh) % sh == 0) == padded])
    w = rng.choice([n for n in range(6, 16) if n != h and (sw == 1 or ((n + 2 * pw - kw) % sw == 0) == padded)])
    leading = (3,) if turn % 5 == 2 else (2, 3)
    return call(rng.whole(*leading, h, w, low=-2, high=3), kh if one_number else (kh, kw), **settings)


def _sizes(given: dict) -> dict[int, tuple[int, int, int, int, int]]:
    settings = (
        given["pool_size"],
        given["pool_size"] if given["stride"] is None else given["stride"],
        given["padding"],
    )
    pairs = [v if isinstance(v, tuple) else (v, v) for v in settings]
    sizes = zip(given["x"].shape[-2:], *pairs, strict=True)
    return {axis: (*size, 1) for axis, size in zip((-2, -1), sizes, strict=True)}


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
        by_hand(torch.tensor([[8.0]]), torch.tensor([[8.0]]), 2, padding=1),
        # the first window holds 2 and 0 of the first column, the second the other four cells: 2 / 2 and 22 / 4
        by_hand(torch.tensor([[1.0, 5.5]]), torch.tensor([[2.0, 4.0, 6.0], [0.0, 4.0, 8.0]]), 2, padding=(0, 1)),
        # every window holds all four cells, the zero among them: 12 / 4
        by_hand(torch.full((2, 2), 3.0), torch.tensor([[0.0, 4.0], [6.0, 2.0]]), 3, stride=1, padding=1),
    ),
    draw=draw,
    styles=(sum_over_count, without_numbers),
    differentiable=("x",),
    forbidden=(
        *(f"torch.nn.functional.{mode}_pool{axes}d" for mode in ("avg", "lp") for axes in (1, 2, 3)),
        *(f"torch.nn.functional.adaptive_avg_pool{axes}d" for axes in (1, 2, 3)),
        "torch.avg_pool1d",
        "torch.adaptive_avg_pool1d",
        "torch._C._nn.avg_pool2d",
    ),
    window=_sizes,
    hints=(
        "Draw the corner window of an image of ones. By which number must its sum be divided?",
        "There are two ways: cut every window down to the part of it that lies inside the image; or count, for every "
        "window, how many of its cells are real, and divide by that.",
        "The window of output cell (i, j) starts at i strides minus the padding. A negative start means that rows are "
        "in the border: begin at 0 instead, leave the end where it is, and take the mean of what you have cut out.",
    ),
    wrong=(
        Wrong(
            "padding-counted",
            "You divide by the size of the window. The padded cells do not count here: divide by the number of real "
            "ones.",
            "pooling: Why does the maximum pad with minus infinity?",
            (("real.mean(dim=(-2, -1))", "real.sum(dim=(-2, -1)) / (kh * kw)"),),
        ),
        Wrong(
            "zeros-not-counted",
            "You count the cells that are not zero. A zero in the image is real, too, and counts: what matters is "
            "where a cell stands, not what it holds.",
            "pooling: Why does the maximum pad with minus infinity?",
            (("real.mean(dim=(-2, -1))", "real.sum(dim=(-2, -1)) / (real != 0).sum(dim=(-2, -1)).clamp(min=1)"),),
        ),
        Wrong(
            "one-side-counted",
            "You leave out the padding above and on the left, but count it below and on the right. No side of it is "
            "real.",
            "padding: How large is the output?",
            (
                (
                    "real.mean(dim=(-2, -1))",
                    "real.sum(dim=(-2, -1)) / (min(kh, top + kh) * min(kw, left + kw))",
                ),
            ),
        ),
        Wrong(
            "padding-ignored",
            "Your windows never hang over the border: the padding is not used. It does not count in the mean, but it "
            "decides where the windows stand.",
            "padding: More cells, more places to stand",
            (
                (
                    "(ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (pool_size, stride, padding))",
                    "(ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (pool_size, stride, 0))",
                ),
            ),
        ),
        Wrong(
            "sum-for-average",
            "You add up the real cells. The average divides their sum by how many they are.",
            "pooling: What does one window keep?",
            (("real.mean(", "real.sum("),),
        ),
        Wrong(
            "border-repeats",
            "Your border repeats the outermost cells, so that these count more than once. Each real cell of a window "
            "counts once.",
            "padding: What else can stand at the border?",
            (
                (
                    "real = x[..., max(top, 0) : top + kh, max(left, 0) : left + kw]",
                    "real = x[..., torch.arange(top, top + kh).clamp(0, h - 1)[:, None], "
                    "torch.arange(left, left + kw).clamp(0, w - 1)]",
                ),
            ),
        ),
        Wrong(
            "stride-one",
            "Without a stride your window moves by one cell, as a convolution's does. A pooling window moves by its "
            "own size.",
            "pooling: The stride is the window, unless you say otherwise",
            (("pool_size if stride is None else stride", "1 if stride is None else stride"),),
        ),
        Wrong(
            "padding-exchanged",
            "You pad above and below with the horizontal padding, and left and right with the vertical one. The first "
            "number of a pair is the vertical one.",
            "padding: How large is the output?",
            (("(ph, pw) = (v", "(pw, ph) = (v"),),
        ),
    ),
)
