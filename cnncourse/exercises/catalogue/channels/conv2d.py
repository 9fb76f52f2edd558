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
        settings["stride"] = tuple(rng.distinct(2, 1, 3)) if rng.turn % 4 == 1 else 2
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

first-image-only: Every image of your batch gets the result of the first one.
    window = padded[:, None, -> window = padded[:1, None,

last-window-missing [cross_correlation: Why does the output shrink?]
    // sh + 1 -> // sh
    // sw + 1 -> // sw

output-size-of-input: Your output is as large as the padded input divided by the stride, so that windows stick out over
the edge. The kernel's own extent counts, too. [stride: How many windows fit?]
    oh = (h + 2 * ph - kh) // sh + 1 -> oh = (h + 2 * ph) // sh
    ow = (w + 2 * pw - kw) // sw + 1 -> ow = (w + 2 * pw) // sw
    window = padded[:, -> window = torch.nn.functional.pad(padded, (0, kw, 0, kh))[:,
""",
)
