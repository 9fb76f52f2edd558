"""How often is each pixel read?

A kernel slides over a padded image with stride 1. Count, for each pixel of the image, how many of its windows cover
that pixel. Padding cells are no pixels: they give the window more places to stand, but are not in the result.

Loops are welcome; PyTorch's convolutions and its gradients are not needed.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def visits(size, kernel_size, padding=(0, 0)):
    """Count the windows that cover each pixel, at stride 1.

    size (H, W), kernel_size (kH, kW); padding: cells added on each side,
    (vertical, horizontal): all tuples of ints.
    Returns (H, W), dtype torch.int64.
    """
    (h, w), (kh, kw), (ph, pw) = size, kernel_size, padding
    rows, columns = h + 2 * ph, w + 2 * pw
    counts = torch.zeros(rows, columns, dtype=torch.int64)
    for i in range(rows - kh + 1):
        for j in range(columns - kw + 1):
            counts[i : i + kh, j : j + kw] += 1
    return counts[ph : ph + h, pw : pw + w]


def by_axis(size, kernel_size, padding=(0, 0)):
    """Answer otherwise: count along each axis; a window is a choice of rows and, by itself, of columns."""
    rows, columns = (
        torch.tensor([sum(top <= i < top + k for top in range(-p, n + p - k + 1)) for i in range(n)])
        for n, k, p in zip(size, kernel_size, padding, strict=True)
    )
    return rows[:, None] * columns


def oracle(size, kernel_size, padding=(0, 0)):
    """Let the gradient count: with a kernel of ones, each window adds 1 to the gradient of the output's sum."""
    x = torch.ones(1, 1, *size, requires_grad=True)
    (gradient,) = torch.autograd.grad(F.conv2d(x, torch.ones(1, 1, *kernel_size), padding=padding).sum(), x)
    return gradient[0, 0].long()


def draw(rng: Draw) -> Case:
    """Draw a kernel smaller than the image, in every fourth case as large; no padding in every third case."""
    kh, kw = rng.distinct(2, 2, 4)
    h, w = rng.distinct(2, 5, 8)
    if rng.turn % 4 == 2:  # more cells than places
        kh, kw = h, w
    if rng.turn % 3 == 2:
        return call((h, w), (kh, kw))
    ph, pw = rng.distinct(2, rng.turn % 2, 2 + rng.turn % 2)
    return call((h, w), (kh, kw), padding=(ph, pw))


def large_kernels_uncapped(size, kernel_size, padding=(0, 0)):
    """Look how far the border is, and how large the kernel, but not how many places there are."""
    rows, columns = (
        torch.tensor([min(i + p + 1, n - i + p, k) for i in range(n)])
        for n, k, p in zip(size, kernel_size, padding, strict=True)
    )
    return rows[:, None] * columns


def axes_added(size, kernel_size, padding=(0, 0)):
    """Count along each axis, and add the counts."""
    rows, columns = (
        torch.tensor([sum(top <= i < top + k for top in range(-p, n + p - k + 1)) for i in range(n)])
        for n, k, p in zip(size, kernel_size, padding, strict=True)
    )
    return rows[:, None] + columns


EXERCISE = Exercise(
    title="Is every pixel read equally often?",
    solution=visits,
    oracle=oracle,
    read="padding: Is every pixel used equally often?",
    minutes=15,
    difficulty=2,
    anchors=(
        # 1 or 2 of the two places down, times 1 or 2 of the two places across
        by_hand(torch.tensor([[1, 2, 1], [2, 4, 2], [1, 2, 1]]), (3, 3), (2, 2)),
        # a corner pixel: 2 places down times 2 across; an edge: 2 · 3; the interior: 3 · 3
        by_hand(
            torch.tensor([[4, 6, 6, 6, 4], [6, 9, 9, 9, 6], [6, 9, 9, 9, 6], [6, 9, 9, 9, 6], [4, 6, 6, 6, 4]]),
            (5, 5),
            (3, 3),
            padding=(1, 1),
        ),
    ),
    draw=draw,
    styles=(by_axis,),
    hints=(
        "Turn the question round. Instead of asking each pixel for its windows, let each window mark the cells that it "
        "covers.",
        "Start with zeros for the whole padded image. Let the window stand in all its places, and add 1 to every cell "
        "below it. Keep only the image in the end.",
        "The padded image has H rows and twice the vertical padding; the window's first row runs over as many places "
        "as the output has rows. After both loops, cut out the H rows that begin after the padding above, and the W "
        "columns that begin after the padding on the left.",
    ),
    mistakes="""
padding-ignored: You count the windows of the image without its padding. Padding lets the window stand half outside, and
those windows count, too.
    (h, w), (kh, kw), (ph, pw) = size, kernel_size, padding -> (h, w), (kh, kw), (ph, pw) = size, kernel_size, (0, 0)

all-equal: You let every pixel be read by as many windows as the kernel has cells. That holds in the interior; near the
border, windows are missing.
    return counts[ph : ph + h, pw : pw + w] -> return torch.full((h, w), kh * kw)

border-included: Your counts include the padding cells. Only the image's own pixels are asked for.
    return counts[ph : ph + h, pw : pw + w] -> return counts

border-cut-off-behind: You keep the upper left part of the padded image. The image itself begins after the padding above
and on the left. [padding: More cells, more places to stand]
    return counts[ph : ph + h, pw : pw + w] -> return counts[:h, :w]

padding-exchanged
    (h, w), (kh, kw), (ph, pw) = -> (h, w), (kh, kw), (pw, ph) =

padding-once: Your window stops as if there were padding above and on the left only. It is counted on each side.
[padding: How large is the output?]
    range(rows - kh + 1) -> range(rows - ph - kh + 1)
    range(columns - kw + 1) -> range(columns - pw - kw + 1)

last-window-missing: Your window stops one place too early, down and across: there is one place more than there are
steps. [cross_correlation: Why does the output shrink?]
    - kh + 1) -> - kh)
    - kw + 1) -> - kw)

one-cell-a-window: Each of your windows marks only the cell in which it begins. It reads all the cells that it covers.
[cross_correlation: What does a sliding window compute?]
    counts[i : i + kh, j : j + kw] += 1 -> counts[i, j] += 1

large-kernels-uncapped: You count as many windows as the distance to the border allows, up to the kernel's size. A large
kernel has fewer places to stand than that: along an axis no pixel is read more often than there are places.

axes-added: You add the counts of the two axes. Each place down goes with each place across.

all-windows: You let every window read every pixel. A window reads the cells that it covers.
[cross_correlation: What does a sliding window compute?]
    return counts[ph : ph + h, pw : pw + w] -> return torch.full((h, w), (rows - kh + 1) * (columns - kw + 1))

read-or-not: You tell only whether a pixel is read at all. Every window that covers it counts.
    return counts[ph : ph + h, pw : pw + w] -> return counts[ph : ph + h, pw : pw + w].clamp(max=1)

window-jumps
    for i in range(rows - kh + 1) -> for i in range(0, rows - kh + 1, kh)
    for j in range(columns - kw + 1) -> for j in range(0, columns - kw + 1, kw)

every-second-place: Your window moves by two cells. At stride 1 it stands in every place.
    for i in range(rows - kh + 1) -> for i in range(0, rows - kh + 1, 2)
    for j in range(columns - kw + 1) -> for j in range(0, columns - kw + 1, 2)

first-place-missing: Your window begins one place too late, down and across. The first place is in the upper left corner
of the padded image. [cross_correlation: What does a sliding window compute?]
    for i in range(rows - kh + 1) -> for i in range(1, rows - kh + 1)
    for j in range(columns - kw + 1) -> for j in range(1, columns - kw + 1)

one-place-too-many: You also count windows that hang over the lower and the right edge by one cell. A window has to fit
wholly into the padded image. [cross_correlation: Why does the output shrink?]
    rows - kh + 1) -> rows - kh + 2)
    columns - kw + 1) -> columns - kw + 2)

windows-over-the-edge: Your windows begin at every cell of the padded image, so that some hang over the lower and the
right edge. A window has to fit wholly into it. [cross_correlation: Why does the output shrink?]
    rows - kh + 1) -> rows)
    columns - kw + 1) -> columns)

window-at-its-middle: Each of your windows marks only the cell in its middle. It reads all the cells that it covers.
[cross_correlation: What does a sliding window compute?]
    counts[i : i + kh, j : j + kw] += 1 -> counts[i + kh // 2, j + kw // 2] += 1

kernel-exchanged [padding: Is every pixel used equally often?]
    (h, w), (kh, kw), -> (h, w), (kw, kh),

size-exchanged
    (h, w), (kh, kw), -> (w, h), (kh, kw),

output-transposed: Rows and columns of your counts are exchanged. Rows run down, as the image's do.
    return counts[ph : ph + h, pw : pw + w] -> return counts[ph : ph + h, pw : pw + w].T

height-for-both [padding: Is every pixel used equally often?]
    rows, columns = ->
        kw = kh
        rows, columns =

width-for-both [padding: Is every pixel used equally often?]
    rows, columns = ->
        kh = kw
        rows, columns =

vertical-padding-for-both
    rows, columns = ->
        pw = ph
        rows, columns =

horizontal-padding-for-both
    rows, columns = ->
        ph = pw
        rows, columns =

padding-behind-once: Your window stops as if there were padding below and on the right only. It is counted on each side.
[padding: How large is the output?]
    for i in range(rows - kh + 1) -> for i in range(ph, rows - kh + 1)
    for j in range(columns - kw + 1) -> for j in range(pw, columns - kw + 1)

padding-twice: You count with twice the padding on each side. The pair says how many cells each side gets.
[padding: How large is the output?]
    rows, columns = ->
        ph, pw = 2 * ph, 2 * pw
        rows, columns =

padding-total
    rows, columns = ->
        ph, pw = ph // 2, pw // 2
        rows, columns =

padding-in-front-cut-off: You keep the lower right part of the padded image. The image itself ends before the padding
below and on the right. [padding: More cells, more places to stand]
    counts[ph : ph + h, pw : pw + w] -> counts[2 * ph :, 2 * pw :]

border-kernel-cut-off: You cut half a kernel off each side of the counts and put it back as zeros. Border pixels are
read less often, and still are read.
    return counts[ph : ph + h, pw : pw + w] ->
        counts[: ph + kh // 2], counts[ph + h - kh // 2 :] = 0, 0
        counts[:, : pw + kw // 2], counts[:, pw + w - kw // 2 :] = 0, 0
        return counts[ph : ph + h, pw : pw + w]
""",
    answers=(large_kernels_uncapped, axes_added),
)
