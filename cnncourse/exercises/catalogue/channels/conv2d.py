"""Write a convolution layer's forward pass.

Each output channel has a kernel of its own, which reads all input channels at once; the bias is one number for each
output channel. The padding is of zeros, on each side. `stride` and `padding` are one number for both axes, or a pair
(vertical, horizontal).

Loops over the output's cells are welcome. PyTorch's own convolutions and `unfold` are not.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def conv2d(x, weight, bias=None, stride=1, padding=0):
    """Cross-correlate a batch of images with a bank of kernels.

    x (N, C_in, H, W), weight (C_out, C_in, kH, kW), bias (C_out,) or None;
    stride, padding (zeros on each side): a number or (vertical, horizontal).
    Returns (N, C_out, oh, ow), dtype of x.
    """
    sh, sw = stride if isinstance(stride, tuple) else (stride, stride)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    n, c_in, h, w = x.shape
    c_out, _, kh, kw = weight.shape
    padded = x.new_zeros(n, c_in, h + 2 * ph, w + 2 * pw)
    padded[:, :, ph : ph + h, pw : pw + w] = x
    oh = (h + 2 * ph - kh) // sh + 1
    ow = (w + 2 * pw - kw) // sw + 1
    y = x.new_empty(n, c_out, oh, ow)
    for i in range(oh):
        for j in range(ow):
            window = padded[:, None, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            y[:, :, i, j] = (window * weight).sum(dim=(2, 3, 4))
    if bias is not None:
        y = y + bias[:, None, None]
    return y


def as_matrix(x, weight, bias=None, stride=1, padding=0):
    """Answer otherwise: all windows as the columns of a matrix."""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    kh, kw = weight.shape[-2:]
    x = torch.cat([x.new_zeros(*x.shape[:3], pw), x, x.new_zeros(*x.shape[:3], pw)], dim=3)
    rows = x.new_zeros(*x.shape[:2], ph, x.shape[3])
    x = torch.cat([rows, x, rows], dim=2)
    tops, lefts = range(0, x.shape[2] - kh + 1, sh), range(0, x.shape[3] - kw + 1, sw)
    columns = torch.stack([x[:, :, t : t + kh, a : a + kw].flatten(1) for t in tops for a in lefts], dim=2)
    y = weight.flatten(1) @ columns
    y = y.reshape(len(x), len(weight), len(tops), len(lefts))
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def over_kernel(x, weight, bias=None, stride=1, padding=0):
    """Answer otherwise: one pass over the image for each cell of the kernel."""
    (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (stride, padding))
    x = F.pad(x, (pw, pw, ph, ph))
    kh, kw = weight.shape[2:]
    bottom, right = x.shape[2] - kh, x.shape[3] - kw
    y = 0
    for u in range(kh):
        for v in range(kw):
            part = x[:, :, u : u + bottom + 1 : sh, v : v + right + 1 : sw]
            y = y + torch.einsum("ncij,oc->noij", part, weight[:, :, u, v])
    return y if bias is None else y + bias.view(-1, 1, 1)


def draw(rng: Draw) -> Case:
    """Draw sizes that differ from each other, a stride and a padding of two kinds, and a bias in two of three cases."""
    kh, kw = rng.distinct(2, 1, 4)
    h, w = rng.distinct(2, 5, 7)
    c_in, c_out = rng.distinct(2, 2, 4)
    settings = {}
    if rng.turn % 2:
        pair = sorted(rng.distinct(2, 1, 3), reverse=rng.turn % 3 == 2)
        settings["stride"] = 2 if rng.turn % 6 == 3 else tuple(pair)
    if rng.turn % 3:
        settings["padding"] = tuple(rng.distinct(2, 1, 3)) if rng.turn % 3 == 1 else 3
    bias = rng.whole(c_out) + 0.5 if rng.turn % 3 != 1 else None
    return call(rng.whole(2, c_in, h, w), rng.whole(c_out, c_in, kh, kw), bias, **settings)


ROW = floats([[[1, 2, 3]]])
PAIR = floats([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])

EXERCISE = Exercise(
    title="A whole convolution layer",
    solution=conv2d,
    oracle=F.conv2d,
    read="channels: The whole layer",
    minutes=30,
    difficulty=3,
    core=True,
    anchors=(
        # 1·1 + 2·(−1) and 2·1 + 3·(−1), then the bias
        by_hand(floats([[[9, 9]]]), ROW, floats([[[1, -1]]]), floats(10)),
        # channel 0 whole, plus twice the top left cell of channel 1: 1 + 2 + 3 + 4 + 2·5
        by_hand(floats([[[20]]]), PAIR, floats([[[1, 1], [1, 1]], [[2, 0], [0, 0]]])),
    ),
    draw=draw,
    styles=(as_matrix, over_kernel),
    differentiable=("x", "weight", "bias"),
    forbidden=("convolution", "unfolding"),
    equivalent={
        "padded = x.new_zeros(n, c_in, h + 2 * ph, w + 2 * pw) -> "
        f"padded = x.new_zeros(n, c_in, {size})": "more zeros below or on the right, which no window reaches"
        for size in ("h + 3 * ph, w + 2 * pw", "h + 2 * ph, w + 3 * pw")
    },
    hints=(
        "Pad first; then forget about padding. What are the sizes of the output, from those of the padded image?",
        "The window of output cell (i, j) starts at row i times the vertical stride and column j times the "
        "horizontal one. Cut it out of all images and all channels at once: it has shape (N, C_in, kH, kW).",
        "With an axis for the output channels put into the window, (N, 1, C_in, kH, kW), it multiplies with the weight "
        "of shape (C_out, C_in, kH, kW); summing over the last three axes leaves (N, C_out). The bias comes last.",
    ),
    mistakes="""
kernel-flipped
    window * weight -> window * weight.flip(-1, -2)

kernel-transposed
    window * weight).sum(dim=(2, 3, 4)) -> window.flatten(3) * weight.transpose(2, 3).flatten(2)).sum(dim=(2, 3))

stride-exchanged
    sh, sw = stride if -> sw, sh = stride if

padding-exchanged
    ph, pw = padding if -> pw, ph = padding if

stride-ignored
    sh, sw = stride if isinstance(stride, tuple) else (stride, stride) -> sh, sw = 1, 1

padding-ignored
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding) -> ph, pw = 0, 0

padding-once
    h + 2 * ph, w + 2 * pw) -> h + ph, w + pw)
    oh = (h + 2 * ph - kh) -> oh = (h + ph - kh)
    ow = (w + 2 * pw - kw) -> ow = (w + pw - kw)

padding-total
    else (padding, padding) ->
        else (padding, padding)
        ph, pw = ph // 2, pw // 2

padding-with-ones: The border that you add does not hold zeros but ones. [padding: What do zeros do to a picture?]
    padded = x.new_zeros -> padded = x.new_ones

padding-repeats: Your border repeats the outermost cells. It holds zeros here.
[padding: What else can stand at the border?]
    padded[:, :, ph : ph + h, pw : pw + w] = x ->
        padded = torch.nn.functional.pad(x, (pw, pw, ph, ph), mode='replicate')

bias-ignored: The bias is not added.
    if bias is not None: -> if False:

bias-subtracted: The bias is subtracted. It is added.
    y + bias -> y - bias

bias-of-first: Every output channel gets the first channel's bias. Each has its own.
    bias[:, None, None] -> bias[0]

bias-per-window-cell: You add the bias inside the sum, once for each cell of the window. It comes once for each output
cell.
    bias[:, None, None] -> weight[0].numel() * bias[:, None, None]

first-channel-only
    sum(dim=(2, 3, 4)) -> sum(dim=(3, 4))[:, :, 0]

channels-averaged
    sum(dim=(2, 3, 4)) -> sum(dim=(2, 3, 4)) / c_in

window-averaged
    sum(dim=(2, 3, 4)) -> mean(dim=(2, 3, 4))

planes-exchanged
    window * weight -> window * weight.flip(1)

kernels-reversed: Your output channels come in reverse order: channel o of the output belongs to kernel o.
[channels: Several kernels, several channels out]
    window * weight -> window * weight.flip(0)

first-image-only
    window = padded[:, None, -> window = padded[:1, None,

last-window-missing [cross_correlation: Why does the output shrink?]
    // sh + 1 -> // sh
    // sw + 1 -> // sw

output-size-of-input: Your output is as large as the padded input divided by the stride, so that windows stick out over
the edge. The kernel's own extent counts, too. [stride: How many windows fit?]
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = (h + 2 * ph) // sh
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = (w + 2 * pw) // sw
    window = padded[:, -> window = torch.nn.functional.pad(padded, (0, kw, 0, kh))[:,

flipped-upside-down
    window * weight -> window * weight.flip(2)

flipped-left-to-right
    window * weight -> window * weight.flip(3)

kernel-sides-exchanged: The kernel's two sides are exchanged: you let its rows lie as columns and cut the windows
accordingly. Its third axis runs down, its fourth across.
    c_out, _, kh, kw = weight.shape ->
        weight = weight.transpose(2, 3)
        c_out, _, kh, kw = weight.shape

vertical-stride-for-both
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        sw = sh

horizontal-stride-for-both
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        sh = sw

vertical-padding-for-both
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        pw = ph

horizontal-padding-for-both
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        ph = pw

stride-in-size-only
    i * sh : i * sh + kh, j * sw : j * sw + kw -> i : i + kh, j : j + kw

stride-in-steps-only
    y = x.new_empty(n, c_out, oh, ow) -> y = x.new_zeros(n, c_out, h + 2 * ph - kh + 1, w + 2 * pw - kw + 1)

cells-left-apart
    y = x.new_empty(n, c_out, oh, ow) -> y = x.new_zeros(n, c_out, h + 2 * ph - kh + 1, w + 2 * pw - kw + 1)
    y[:, :, i, j] = -> y[:, :, i * sh, j * sw] =

stride-twice
    new_empty -> new_zeros
    in range(oh) -> in range(0, oh, sh)
    in range(ow) -> in range(0, ow, sw)
    i * sh : i * sh + kh, j * sw : j * sw + kw -> i : i + kh, j : j + kw

output-thinned-out
    return y -> return y[:, :, ::sh, ::sw]

columns-by-vertical-stride
    j * sw : j * sw + kw -> j * sh : j * sh + kw

rows-by-horizontal-stride
    i * sh : i * sh + kh -> i * sw : i * sw + kh

rounded-up
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = -(-(h + 2 * ph - kh) // sh) + 1
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = -(-(w + 2 * pw - kw) // sw) + 1
    window = padded[:, -> window = torch.nn.functional.pad(padded, (0, sw, 0, sh))[:,

plus-one-divided
    (h + 2 * ph - kh) // sh + 1 -> (h + 2 * ph - kh + 1) // sh
    (w + 2 * pw - kw) // sw + 1 -> (w + 2 * pw - kw + 1) // sw

one-window-too-many
    // sh + 1 -> // sh + 2
    // sw + 1 -> // sw + 2
    window = padded[:, -> window = torch.nn.functional.pad(padded, (0, sw, 0, sh))[:,

size-before-padding: You work out the output's size from the image before it is padded. The window moves over the padded
one. [padding: How large is the output?]
    oh = (h + 2 * ph - kh) -> oh = (h - kh)
    ow = (w + 2 * pw - kw) -> ow = (w - kw)

padding-halved-up: You share the padding between both sides and give each the larger half. It is counted on each side.
[padding: How large is the output?]
    else (padding, padding) ->
        else (padding, padding)
        ph, pw = (ph + 1) // 2, (pw + 1) // 2

padding-shared: You share the padding between both sides, the larger half behind. It is counted on each side, in full.
[padding: How large is the output?]
    h + 2 * ph, w + 2 * pw) -> h + ph, w + pw)
    padded[:, :, ph : ph + h, pw : pw + w] = x -> padded[:, :, ph // 2 : ph // 2 + h, pw // 2 : pw // 2 + w] = x
    oh = (h + 2 * ph - kh) -> oh = (h + ph - kh)
    ow = (w + 2 * pw - kw) -> ow = (w + pw - kw)

padding-behind: All of your padding lies below the image and on its right. There is as much above and on the left.
[padding: More cells, more places to stand]
    padded[:, :, ph : ph + h, pw : pw + w] = x -> padded[:, :, :h, :w] = x

padding-behind-once: You pad below and on the right only. The padding is counted on each side: it comes twice along an
axis. [padding: How large is the output?]
    padded[:, :, ph : ph + h, pw : pw + w] = x -> padded[:, :, :h, :w] = x
    oh = (h + 2 * ph - kh) -> oh = (h + ph - kh)
    ow = (w + 2 * pw - kw) -> ow = (w + pw - kw)

padding-in-front: All of your padding lies above the image and on its left. There is as much below and on the right.
[padding: More cells, more places to stand]
    padded[:, :, ph : ph + h, pw : pw + w] = x -> padded[:, :, 2 * ph :, 2 * pw :] = x

padding-twice: You pad an image that is padded already: each side gets the padding twice.
[padding: How large is the output?]
    n, c_in, h, w = x.shape ->
        ph, pw = 2 * ph, 2 * pw
        n, c_in, h, w = x.shape

pair-used-twice: You hand the pair of paddings on twice where four sides are asked for, so that the two sides of an axis
differ. Each of its numbers belongs to one axis, and to both its sides. [padding: More cells, more places to stand]
    oh = (h + 2 * ph - kh) ->
        padded = torch.nn.functional.pad(x, (ph, pw, ph, pw))
        h, w = h + pw - ph, w + ph - pw
        oh = (h + 2 * ph - kh)

padding-reflects: Your border mirrors the image. It holds zeros here. [padding: What else can stand at the border?]
    padded[:, :, ph : ph + h, pw : pw + w] = x ->
        padded = torch.nn.functional.pad(x, (pw, pw, ph, ph), mode='reflect')

padding-wraps-around: Your border comes from the image's other end. It holds zeros here.
[padding: What else can stand at the border?]
    padded[:, :, ph : ph + h, pw : pw + w] = x ->
        padded = torch.nn.functional.pad(x, (pw, pw, ph, ph), mode='circular')

bias-of-last: Every output channel gets the last channel's bias. Each has its own.
    bias[:, None, None] -> bias[-1]

bias-summed: You add the sum of all biases to every output channel. Each has a bias of its own.
    bias[:, None, None] -> bias.sum()

bias-averaged: You add the mean of all biases to every output channel. Each has a bias of its own.
    bias[:, None, None] -> bias.mean()

biases-reversed: The output channels get the biases in reverse order. Each has its own.
    bias[:, None, None] -> bias.flip(0)[:, None, None]

bias-per-channel: You add the bias once for each input channel. It comes once, after the sum over the channels.
    bias[:, None, None] -> c_in * bias[:, None, None]

bias-per-plane-cell: You add the bias once for each cell of one kernel plane. It comes once for each output cell.
    bias[:, None, None] -> kh * kw * bias[:, None, None]

bias-per-kernel-row: You add the bias once for each row of the kernel. It comes once for each output cell.
    bias[:, None, None] -> kh * bias[:, None, None]

bias-twice: You add the bias twice. It comes once for each output cell.
    bias[:, None, None] -> 2 * bias[:, None, None]

bias-multiplied: You multiply by the bias. It is added.
    y + bias -> y * bias

last-channel-only
    sum(dim=(2, 3, 4)) -> sum(dim=(3, 4))[:, :, -1]

first-plane-for-all
    window * weight -> window * weight[:, :1]

channels-mixed-first
    (window * weight).sum(dim=(2, 3, 4)) -> (window.sum(dim=2) * weight.sum(dim=2)).sum(dim=(2, 3))

channels-multiplied
    y = x.new_empty(n, c_out, oh, ow) -> y = x.new_empty(n, c_out, c_in, oh, ow)
    y[:, :, i, j] = -> y[..., i, j] =
    sum(dim=(2, 3, 4)) -> sum(dim=(3, 4))
    bias[:, None, None] -> bias[:, None, None, None]

channels-multiplied-flat: You keep a plane for every pair of output and input channel, one after the other. A kernel
sums over all input channels: only one plane comes out. [channels: How does one kernel read several channels?]
    y = x.new_empty(n, c_out, oh, ow) -> y = x.new_empty(n, c_out, c_in, oh, ow)
    y[:, :, i, j] = -> y[..., i, j] =
    sum(dim=(2, 3, 4)) -> sum(dim=(3, 4))
    bias[:, None, None] -> bias[:, None, None, None]
    return y -> return y.flatten(1, 2)

planes-averaged
    sum(dim=(2, 3, 4)) -> sum(dim=(2, 3, 4)) / (kh * kw)

first-kernel-for-all: Every output channel comes from the first kernel. Each has a kernel of its own.
[channels: Several kernels, several channels out]
    window * weight -> window * weight[:1]

last-kernel-for-all: Every output channel comes from the last kernel. Each has a kernel of its own.
[channels: Several kernels, several channels out]
    window * weight -> window * weight[-1:]

kernels-summed: Every output channel holds the sum over all kernels. Each has a kernel of its own.
[channels: Several kernels, several channels out]
    window * weight -> window * weight.sum(dim=0, keepdim=True)

one-output-channel: You return a single output channel, the sum over all kernels. Each kernel gives a channel of its
own. [channels: Several kernels, several channels out]
    return y -> return y.sum(dim=1, keepdim=True)

batch-summed
    sum(dim=(2, 3, 4)) -> sum(dim=(0, 2, 3, 4))

batch-and-channels-mixed: Your numbers are right and stand in wrong places: the output channels are the first axis of
your product, the images the second, and a reshape does not exchange axes.
    return y -> return y.transpose(0, 1).reshape(y.shape)

images-last-mixed: Your numbers are right and stand in wrong places: the images are the last axis of your product, and
a reshape does not move an axis.
    return y -> return y.permute(1, 2, 3, 0).reshape(y.shape)

channels-last-mixed: Your numbers are right and stand in wrong places: the output channels are the last axis of your
product, and a reshape does not move an axis.
    return y -> return y.permute(0, 2, 3, 1).reshape(y.shape)

channels-stay-last: Your output channels are the last axis. They come second, after the images.
    return y -> return y.permute(0, 2, 3, 1)

channels-before-images: Your first two axes are exchanged: the images come first, then the output channels.
    return y -> return y.transpose(0, 1)

output-transposed
    return y -> return y.transpose(2, 3)

sum-carried-on
    if bias is not None: ->
        y = y.flatten(2).cumsum(2).reshape(y.shape)
        if bias is not None:

sum-carried-along-row
    if bias is not None: ->
        y = y.cumsum(3)
        if bias is not None:

sum-carried-over-all: Your sum is set back to 0 once, at the very start: each cell carries on what all earlier ones
gave, from image to image and from channel to channel. Every cell begins anew.
    if bias is not None: ->
        y = y.flatten().cumsum(0).reshape(y.shape)
        if bias is not None:

channels-carried-on: Your output channels add up: each carries on what the ones before gave. Every output channel begins
anew. [channels: Several kernels, several channels out]
    if bias is not None: ->
        y = y.cumsum(1)
        if bias is not None:

last-cells-empty
    new_empty -> new_zeros
    in range(oh) -> in range(oh - 1)
    in range(ow) -> in range(ow - 1)

output-square
    y = x.new_empty(n, c_out, oh, ow) ->
        ow = oh
        y = x.new_empty(n, c_out, oh, ow)

output-not-shrunk
    y = x.new_empty(n, c_out, oh, ow) -> y = x.new_zeros(n, c_out, max(h, oh), max(w, ow))

stride-down-only
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        sw = 1

stride-across-only
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        sh = 1

rows-padded-only: You pad above and below alone. The image gets cells on the left and on the right, too.
[padding: More cells, more places to stand]
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        pw = 0

columns-padded-only: You pad on the left and on the right alone. The image gets cells above and below, too.
[padding: More cells, more places to stand]
    n, c_in, h, w = x.shape ->
        n, c_in, h, w = x.shape
        ph = 0

last-window-pushed-back
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = -(-(h + 2 * ph - kh) // sh) + 1
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = -(-(w + 2 * pw - kw) // sw) + 1
    window = padded[:, ->
        top, left = min(i * sh, h + 2 * ph - kh), min(j * sw, w + 2 * pw - kw)
        window = padded[:,
    i * sh : i * sh + kh, j * sw : j * sw + kw -> top : top + kh, left : left + kw

weight-reshaped: You give the weight another shape where it has to be transposed: its numbers come in another order, and
kernels are mixed.
    window * weight -> window * weight.reshape(-1, c_out).T.reshape(weight.shape)

window-in-another-order: Your flattened windows and kernels hold their cells in different orders: one goes channel by
channel, the other cell by cell. Equal places have to meet.
    window * weight -> window.permute(0, 1, 3, 4, 2).reshape(window.shape) * weight

negatives-cut-off
    return y -> return y.clamp(min=0)

later-images-empty: Only the first image of your batch has a result; those of the others are zeros.
    new_empty -> new_zeros
    y[:, :, i, j] = -> y[:1, :, i, j] =
    window = padded[:, None -> window = padded[:1, None
""",
)
