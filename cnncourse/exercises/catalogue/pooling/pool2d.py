"""Write maximum and average pooling.

A window slides over every image and every channel by itself and keeps one number: its largest cell or the mean of its
cells. Without a `stride` it moves by its own size. Only whole windows count.

The padding comes on each side. It must never win a maximum, whatever the input holds. In an average it is zeros, and
they count: the mean is over all cells of the window. `pool_size`, `stride` and `padding` are one number for both axes,
or a pair (vertical, horizontal).

Loops over the output's cells are welcome. PyTorch's own pooling and `unfold` are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, Wrong, by_hand, call


def pool2d(x, pool_size, mode="max", stride=None, padding=0):
    """Keep the largest cell of each window, or the mean of its cells.

    x (..., H, W): the leading axes stay apart. mode: "max" or "avg".
    pool_size, stride, padding (on each side): a number or (vertical,
    horizontal); stride None: as pool_size. Padding never wins a maximum;
    it counts as zeros in an average.
    Returns (..., oh, ow), dtype of x.
    """
    stride = pool_size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (pool_size, stride, padding))
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


def over_window(x, pool_size, mode="max", stride=None, padding=0):
    """Answer otherwise: one strided copy of the image for each cell of the window, and those compared."""
    kh, kw = (pool_size, pool_size) if isinstance(pool_size, int) else pool_size
    sh, sw = (kh, kw) if stride is None else (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    h, w = x.shape[-2:]
    padded = x.new_full((*x.shape[:-2], h + 2 * ph, w + 2 * pw), 0 if mode == "avg" else torch.finfo(x.dtype).min)
    padded[..., ph : ph + h, pw : pw + w] = x
    bottom, right = h + 2 * ph - kh, w + 2 * pw - kw
    copies = [padded[..., a : a + bottom + 1 : sh, b : b + right + 1 : sw] for a in range(kh) for b in range(kw)]
    copies = torch.stack(copies)
    return copies.max(dim=0).values if mode == "max" else copies.sum(dim=0) / (kh * kw)


def axis_by_axis(x, pool_size, mode="max", stride=None, padding=0):
    """Answer otherwise: all windows' rows first, their columns afterwards."""
    if stride is None:
        stride = pool_size
    for axis in (0, 1):
        k, s, p = (v[axis] if isinstance(v, tuple) else v for v in (pool_size, stride, padding))
        x = x.transpose(-1, axis - 2)  # the axis at work stands last
        rim = torch.full((*x.shape[:-1], p), 0.0 if mode == "avg" else -float("inf"), dtype=x.dtype)
        x = torch.cat([rim, x, rim], dim=-1)
        pieces = [x[..., start : start + k] for start in range(0, x.shape[-1] - k + 1, s)]
        kept = [piece.mean(dim=-1) if mode == "avg" else piece.max(dim=-1).values for piece in pieces]
        x = torch.stack(kept, dim=-1).transpose(-1, axis - 2)
    return x


def from_torch(x, pool_size, mode="max", stride=None, padding=0):
    """Pool it with PyTorch."""
    pool = F.max_pool2d if mode == "max" else F.avg_pool2d
    return pool(x[None], pool_size, stride, padding)[0] if x.ndim < 4 else pool(x, pool_size, stride, padding)


def draw(rng: Draw) -> Case:
    """Draw both modes in turns, with each kind of padding and of stride; where a maximum is padded, all is negative."""
    turn = rng.turn
    kh, kw = rng.distinct(2, 2, 4)
    if one_number := turn in (1, 4, 6, 9):
        kw = kh
    settings = {"mode": "avg"} if turn % 2 else {} if turn % 4 else {"mode": "max"}
    sh, sw, ph, pw = kh, kw, 0, 0
    if turn // 4 == 1:
        sh = sw = settings["stride"] = rng.choice([s for s in (1, 2, 3) if s < min(kh, kw)])
    elif turn // 4 == 2:
        pairs = [(a, b) for a in range(1, kh + 1) for b in range(1, kw + 1) if a != b]
        sh, sw = settings["stride"] = rng.choice([pair for pair in pairs if pair != (kh, kw)])
    if turn % 3 == 1:
        ph = pw = settings["padding"] = rng.integer(1, min(kh, kw) // 2)
    elif turn % 3 == 2:
        most = min(kh, kw) // 2
        pairs = [(a, b) for a in range(most + 1) for b in range(most + 1) if a != b]
        ph, pw = settings["padding"] = rng.choice(pairs)
    # with padding the last window reaches its end; without, rows and columns are left over, where the stride allows it
    padded = turn % 3 > 0
    h = rng.choice([n for n in range(5, 13) if sh == 1 or ((n + 2 * ph - kh) % sh == 0) == padded])
    w = rng.choice([n for n in range(5, 13) if n != h and (sw == 1 or ((n + 2 * pw - kw) % sw == 0) == padded)])
    leading = {3: (), 6: (), 7: (3,), 10: (2,)}.get(turn, (2, 3))
    x = rng.permutation(torch.Size((*leading, h, w)).numel()).reshape(*leading, h, w).to(rng.dtype)  # no two are equal
    x -= x.numel() if padded and turn % 2 == 0 else x.numel() // 2
    return call(x, kh if one_number else (kh, kw), **settings)


def _sizes(given: dict) -> dict[int, tuple[int, int, int, int, int]]:
    settings = (
        given["pool_size"],
        given["pool_size"] if given["stride"] is None else given["stride"],
        given["padding"],
    )
    pairs = [v if isinstance(v, tuple) else (v, v) for v in settings]
    sizes = zip(given["x"].shape[-2:], *pairs, strict=True)
    return {axis: (*size, 1) for axis, size in zip((-2, -1), sizes, strict=True)}


ROWS = torch.tensor([[1.0, 3.0, 2.0, 0.0], [4.0, 0.0, 1.0, 7.0]])
NEGATIVE = torch.tensor([[-4.0, -1.0, -3.0], [-2.0, -6.0, -5.0], [-9.0, -7.0, -8.0]])

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
        by_hand(torch.tensor([[4.0, 7.0]]), ROWS, 2),
        # 8 / 4 and 10 / 4
        by_hand(torch.tensor([[2.0, 2.5]]), ROWS, 2, "avg"),
        # each corner window holds four real cells: of −4, −1, −2, −6 the largest is −1
        by_hand(torch.tensor([[-1.0, -1.0], [-2.0, -5.0]]), NEGATIVE, 3, stride=2, padding=1),
        # one real cell and three zeros: 8 / 4
        by_hand(torch.tensor([[2.0]]), torch.tensor([[8.0]]), 2, "avg", padding=1),
    ),
    draw=draw,
    styles=(over_window, axis_by_axis),
    differentiable=("x",),
    forbidden=(
        *(f"torch.nn.functional.{mode}_pool{axes}d" for mode in ("max", "avg", "lp") for axes in (1, 2, 3)),
        *(f"torch.nn.functional.adaptive_{mode}_pool{axes}d" for mode in ("max", "avg") for axes in (1, 2, 3)),
        *(f"torch.{kind}max_pool{axes}d" for kind in ("", "adaptive_") for axes in (1, 2, 3)),
        "torch.nn.functional.max_pool2d_with_indices",
        "torch.nn.functional.fractional_max_pool2d",
        "torch.avg_pool1d",
        "torch.adaptive_avg_pool1d",
        "torch._C._nn.avg_pool2d",
        "torch._C._nn.max_pool2d_with_indices",
        "torch.nn.functional.unfold",
        "torch.Tensor.unfold",
    ),
    window=_sizes,
    hints=(
        "Pad first; then forget about padding. Which number can stand in the border so that it never is the largest?",
        "The stride is the window's size where none is given. Count the windows that fit whole into the padded input; "
        "the window of output cell (i, j) starts i vertical strides down and j horizontal strides across.",
        "Cut the window out of the last two axes, with `...` for all that stand before them, and reduce these two axes "
        "alone, by the maximum or by the mean. The border holds minus infinity for the one and zero for the other.",
    ),
    wrong=(
        Wrong(
            "zeros-win-the-maximum",
            "Your maximum pads with zeros, and where all cells are negative the zeros win. Padding must be smaller "
            "than any number.",
            "pooling: Why does the maximum pad with minus infinity?",
            (('0.0 if mode == "avg" else -torch.inf', "0.0"),),
        ),
        Wrong(
            "stride-one",
            "Without a stride your window moves by one cell, as a convolution's does. A pooling window moves by its "
            "own size.",
            "pooling: The stride is the window, unless you say otherwise",
            (("pool_size if stride is None else stride", "1 if stride is None else stride"),),
        ),
        Wrong(
            "stride-ignored",
            "Your window always moves by its own size. That holds where no stride is given; otherwise the stride "
            "decides.",
            "pooling: The stride is the window, unless you say otherwise",
            (("pool_size if stride is None else stride", "pool_size"),),
        ),
        Wrong(
            "rounds-up",
            "You count windows that stick out over the edge. Only whole windows count: the size is rounded down.",
            "pooling: The stride is the window, unless you say otherwise",
            (
                ("oh = (padded.shape[-2] - kh) // sh + 1", "oh = -((kh - padded.shape[-2]) // sh) + 1"),
                ("ow = (padded.shape[-1] - kw) // sw + 1", "ow = -((kw - padded.shape[-1]) // sw) + 1"),
            ),
        ),
        Wrong(
            "last-window-missing",
            "Your output lacks its last row and column: the number of windows is the number of steps, plus one.",
            "stride: How many windows fit?",
            (("// sh + 1", "// sh"), ("// sw + 1", "// sw")),
        ),
        Wrong(
            "pairs-exchanged",
            "You read every pair as (horizontal, vertical). The first number is the vertical one.",
            "pooling: What does one window keep?",
            (("(kh, kw), (sh, sw), (ph, pw) =", "(kw, kh), (sw, sh), (pw, ph) ="),),
        ),
        Wrong(
            "window-exchanged",
            "Your window's height and width are exchanged: the first number of the pair is the height.",
            "pooling: What does one window keep?",
            (("(kh, kw), (sh, sw), (ph, pw) =", "(kw, kh), (sh, sw), (ph, pw) ="),),
        ),
        Wrong(
            "stride-exchanged",
            "Your window steps down by the horizontal stride and across by the vertical one. The first number of a "
            "pair is the vertical one.",
            "stride: What if the window takes longer steps?",
            (("(kh, kw), (sh, sw), (ph, pw) =", "(kh, kw), (sw, sh), (ph, pw) ="),),
        ),
        Wrong(
            "padding-exchanged",
            "You pad above and below with the horizontal padding, and left and right with the vertical one. The first "
            "number of a pair is the vertical one.",
            "padding: How large is the output?",
            (("(pw, pw, ph, ph)", "(ph, ph, pw, pw)"),),
        ),
        Wrong(
            "padding-ignored",
            "The padding is not used: a border belongs around the input before the window moves.",
            "pooling: Why does the maximum pad with minus infinity?",
            (("(pw, pw, ph, ph)", "(0, 0, 0, 0)"),),
        ),
        Wrong(
            "padding-once",
            "You pad above and on the left only. The padding is counted on each side: it comes twice along an axis.",
            "padding: How large is the output?",
            (("(pw, pw, ph, ph)", "(pw, 0, ph, 0)"),),
        ),
        Wrong(
            "real-cells-only",
            "Your average divides by the number of real cells. Here the padded zeros count, too: it divides by the "
            "size of the window.",
            "pooling: Why does the maximum pad with minus infinity?",
            (
                (
                    "window.mean(dim=(-2, -1)) if",
                    "window.sum(dim=(-2, -1)) / F.pad(torch.ones_like(x), (pw, pw, ph, ph))"
                    "[..., i * sh : i * sh + kh, j * sw : j * sw + kw].sum(dim=(-2, -1)) if",
                ),
            ),
        ),
        Wrong(
            "sum-for-average",
            "You add up the window's cells. The average divides their sum by how many they are.",
            "pooling: What does one window keep?",
            (("window.mean(", "window.sum("),),
        ),
        Wrong(
            "mode-ignored",
            'You take the maximum in both modes. In mode "avg" the window keeps the mean of its cells.',
            "pooling: What does one window keep?",
            (
                ('border = 0.0 if mode == "avg" else -torch.inf', "border = -torch.inf"),
                ('window.mean(dim=(-2, -1)) if mode == "avg" else ', ""),
            ),
        ),
        Wrong(
            "smallest-kept",
            "Your maximum keeps the smallest cell of the window. It is the largest that is kept.",
            "pooling: What does one window keep?",
            (("-torch.inf", "torch.inf"), ("window.amax", "window.amin")),
        ),
        Wrong(
            "channels-pooled",
            "Your window reaches through all channels and keeps one number of them all. Each channel is pooled by "
            "itself.",
            "pooling: Channels stay apart",
            (
                (
                    "return y",
                    'return y if y.ndim == 2 else y.mean(dim=-3) if mode == "avg" else y.amax(dim=-3)',
                ),
            ),
        ),
        Wrong(
            "channels-summed",
            "You add up the channels, as a convolution does. Pooling leaves each to itself: as many come out as went "
            "in.",
            "pooling: Channels stay apart",
            (("return y", "return y if y.ndim == 2 else y.sum(dim=-3)"),),
        ),
    ),
)
