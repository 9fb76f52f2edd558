"""Convolve one image with one kernel, in the sense of mathematics.

The kernel is flipped on *both* axes before it slides: its last cell, at the lower right, meets the upper left cell of
the window. Apart from that all is as in a cross-correlation: one cell at a time, no padding, and an output cell only
where the whole kernel fits.

Loops, or a cross-correlation of your own, are welcome. PyTorch's own convolutions and SciPy's are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def convolve2d(x, kernel):
    """Convolve one image with one kernel: flip the kernel, then slide it.

    x (H, W), kernel (kH, kW) with kH <= H and kW <= W; no padding.
    Returns (H - kH + 1, W - kW + 1), dtype of x.
    """
    h, w = x.shape
    kh, kw = kernel.shape
    flipped = kernel.flip(0, 1)
    y = x.new_zeros(h - kh + 1, w - kw + 1)
    for i in range(h - kh + 1):
        for j in range(w - kw + 1):
            y[i, j] = (x[i : i + kh, j : j + kw] * flipped).sum()
    return y


def by_indices(x, kernel):
    """Answer otherwise: nothing is flipped, the kernel is read from its end."""
    kh, kw = kernel.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = 0
    for a in range(kh):
        for b in range(kw):
            y = y + kernel[a, b] * x[kh - 1 - a :, kw - 1 - b :][:oh, :ow]
    return y


def turned_around(x, kernel):
    """Answer otherwise: flip the image instead, slide the kernel as it is, and flip what comes out."""
    kh, kw = kernel.shape
    windows = x.flip(0, 1).unfold(0, kh, 1).unfold(1, kw, 1)
    return (windows * kernel).sum(dim=(2, 3)).flip(0, 1)


def oracle(x, kernel):
    """Ask SciPy; where a gradient is wanted, spread every cell over the places that it reaches, and cut to the size."""
    if x.requires_grad:
        full = F.conv_transpose2d(x[None, None], kernel[None, None])[0, 0]
        return full[kernel.shape[0] - 1 : x.shape[0], kernel.shape[1] - 1 : x.shape[1]]
    from scipy import signal  # takes a second, which the list of exercises need not wait for

    return torch.from_numpy(signal.convolve2d(x.numpy(), kernel.numpy(), mode="valid"))


def draw(rng: Draw) -> Case:
    """Draw an image and a kernel without symmetry; a quarter of the kernels is a row or a column."""
    kh, kw = rng.distinct(2, 2, 4)
    if rng.turn % 4 == 3:
        kh, kw = (1, kw) if rng.turn % 8 == 3 else (kh, 1)
    h, w = rng.distinct(2, 5, 8)
    kernel = rng.permutation(kh * kw).reshape(kh, kw).to(rng.dtype) - 2
    return call(rng.normal(h, w) if rng.turn % 3 == 2 else rng.whole(h, w), kernel)


EXERCISE = Exercise(
    title="Flip, then slide",
    solution=convolve2d,
    oracle=oracle,
    read="cross_correlation: Convolution or cross-correlation?",
    minutes=8,
    anchors=(
        # the kernel becomes [[3, 2], [1, 0]]: 0·3 + 1·2 + 3·1 + 4·0 = 5, then 1·3 + 2·2 + 4·1 + 5·0 = 11
        by_hand(floats([5, 11], [23, 29]), torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2)),
        # [[1, −1]] becomes [[−1, 1]], the right neighbour minus the cell: 2 − 5, 2 − 2, 7 − 2
        by_hand(floats([-3, 0, 5]), floats([5, 2, 2, 7]), floats([1, -1])),
    ),
    draw=draw,
    styles=(by_indices, turned_around),
    differentiable=("x", "kernel"),
    forbidden=("convolution",),
    equivalent={
        "y = x.new_zeros(h - kh + 1, w - kw + 1) -> y = x.new_ones(h - kh + 1, w - kw + 1)": "no cell keeps it",
    },
    hints=(
        "What does the kernel look like when it is turned upside down, and then left to right?",
        "Flip the kernel once, before the loops. After that you know all that is needed: slide it as in a "
        "cross-correlation.",
        "A tensor's `flip` takes the axes to be flipped, and here those are both. Then visit each place where the "
        "kernel fits, multiply the window by the flipped kernel, and add up.",
    ),
    mistakes="""
kernel-not-flipped: You slide the kernel as it is: that is cross-correlation. Convolution flips it on both axes first.
    kernel.flip(0, 1) -> kernel

flipped-upside-down-only: You flip the kernel upside down, and not left to right. Convolution does both.
    kernel.flip(0, 1) -> kernel.flip(0)

flipped-left-to-right-only: You flip the kernel left to right, and not upside down. Convolution does both.
    kernel.flip(0, 1) -> kernel.flip(1)

kernel-transposed: You exchange the kernel's rows and columns. A flip leaves them rows and columns, and reverses their
order.
    flipped = kernel.flip(0, 1) ->
        flipped = kernel.T
        kh, kw = flipped.shape

quarter-turn: You turn the kernel by a quarter. Flipping it on both axes is half a turn.
    flipped = kernel.flip(0, 1) ->
        flipped = kernel.rot90()
        kh, kw = flipped.shape

image-flipped: You flip the image instead of the kernel, so your output comes out flipped, too. Only the kernel is
flipped.
    flipped = kernel.flip(0, 1) -> flipped, x = kernel, x.flip(0, 1)

output-flipped: You slide the kernel as it is and flip the output. That moves the sums; the products in them are still
those of a cross-correlation.
    flipped = kernel.flip(0, 1) -> flipped = kernel
    return y -> return y.flip(0, 1)

every-overlap
    h, w = x.shape ->
        kh, kw = kernel.shape
        x = torch.nn.functional.pad(x, (kw - 1, kw - 1, kh - 1, kh - 1))
        h, w = x.shape

last-place-missing
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h - kh, w - kw)
    range(h - kh + 1) -> range(h - kh)
    range(w - kw + 1) -> range(w - kw)

flipped-and-transposed: You turn the kernel by half and exchange its rows and columns, too. The flips alone are asked
for.
    flipped = kernel.flip(0, 1) ->
        flipped = kernel.flip(0, 1).T
        kh, kw = flipped.shape

quarter-turn-clockwise: You turn the kernel clockwise by a quarter. Flipping it on both axes is half a turn.
    flipped = kernel.flip(0, 1) ->
        flipped = kernel.rot90(-1)
        kh, kw = flipped.shape

kernel-reshaped: Your kernel's numbers are in other places: it was given another shape, which keeps their order and not
their rows.
    kernel.flip(0, 1) -> kernel.T.reshape(kh, kw)

sign-for-flip: You change the kernel's signs. Flipping reverses the order of its cells; the numbers stay.
    kernel.flip(0, 1) -> -kernel

image-flipped-upside-down: You turn the image upside down instead of flipping the kernel. Only the kernel is flipped, on
both axes.
    flipped = kernel.flip(0, 1) -> flipped, x = kernel, x.flip(0)

image-flipped-left-to-right: You mirror the image left to right instead of flipping the kernel. Only the kernel is
flipped, on both axes.
    flipped = kernel.flip(0, 1) -> flipped, x = kernel, x.flip(1)

window-averaged
    * flipped).sum() -> * flipped).mean()

largest-product [cross_correlation: Convolution or cross-correlation?]
    * flipped).sum() -> * flipped).max()

matrix-product [cross_correlation: Convolution or cross-correlation?]
    * flipped).sum() -> @ flipped.T).sum()

output-transposed
    return y -> return y.mT

sum-carried-on
    return y -> return y.flatten().cumsum(0).reshape(y.shape)

sum-carried-along-row
    return y -> return y.cumsum(1)

last-cells-empty
    in range(h - kh + 1) -> in range(h - kh)
    in range(w - kw + 1) -> in range(w - kw)

output-not-shrunk
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h, w)

border-untouched
    x.new_zeros(h - kh + 1, w - kw + 1) -> x.new_zeros(h, w)
    y[i, j] = -> y[i + kh // 2, j + kw // 2] =

zeros-around
    h, w = x.shape ->
        kh, kw = kernel.shape
        top, left = (kh - 1) // 2, (kw - 1) // 2
        x = torch.nn.functional.pad(x, (left, kw - 1 - left, top, kh - 1 - top))
        h, w = x.shape

more-zeros-before: You put zeros around the image so that the output keeps its size, and for an even kernel more of them
above and on the left. There is no padding here. [padding: Which kernels keep the size?]
    h, w = x.shape ->
        kh, kw = kernel.shape
        top, left = kh // 2, kw // 2
        x = torch.nn.functional.pad(x, (left, kw - 1 - left, top, kh - 1 - top))
        h, w = x.shape

half-the-kernel-around
    h, w = x.shape ->
        kh, kw = kernel.shape
        x = torch.nn.functional.pad(x, (kw // 2, kw // 2, kh // 2, kh // 2))
        h, w = x.shape

full-cut-at-corner: You cut your output out of a larger one that counts every overlap, but from its upper left corner.
The places where the whole kernel fits lie in its middle. [padding: Valid, same, full: what do the names mean?]
    return y ->
        padded = torch.nn.functional.pad(x, (kw - 1, 0, kh - 1, 0))
        return (padded.unfold(0, kh, 1).unfold(1, kw, 1) * flipped).sum((2, 3))[: h - kh + 1, : w - kw + 1]

windows-wrap-around
    h, w = x.shape ->
        kh, kw = kernel.shape
        x = torch.cat((x, x[: kh - 1]))
        x = torch.cat((x, x[:, : kw - 1]), dim=1)
        h, w = x.shape

first-place-missing
    return y -> return y[1:, 1:]

window-jumps
    return y -> return y[::kh, ::kw]
""",
)
