"""Count the parameters of three kinds of layer that map the same image to the same map.

All three read one grey image of H×W cells and have one output cell for each place where a window of kH×kW cells fits.
In the fully connected layer every output cell has a weight for every cell of the image. In the locally connected one
it has weights for its own window. In the convolutional one all windows share their weights.

With `bias`, each output cell adds a number of its own, in the convolutional layer one that is shared like the weights.
A `kernel_size` is one number for a square window, or a pair (kH, kW).
"""

import torch
from torch import nn

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def layer_parameters(size, kernel_size, bias=True):
    """Count the parameters of three layers with the same input and output.

    size (H, W) of the image; kernel_size of the window: an int or (kH, kW);
    bias: whether biases are counted as well.
    Returns a tuple of three ints: fully connected, locally connected,
    convolutional. The output has a cell for each place where a window fits.
    """
    h, w = size
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    places = (h - kh + 1) * (w - kw + 1)
    own = int(bias)
    full = (h * w + own) * places
    local = (kh * kw + own) * places
    return full, local, kh * kw + own


def place_by_place(size, kernel_size, bias=True):
    """Answer otherwise: walk over all places and add up what each needs."""
    kernel = (kernel_size,) * 2 if isinstance(kernel_size, int) else kernel_size
    extra = 1 if bias else 0
    full = local = 0
    for _ in range(size[0] - kernel[0] + 1):
        for _ in range(size[1] - kernel[1] + 1):
            full += size[0] * size[1] + extra
            local += kernel[0] * kernel[1] + extra
    return full, local, kernel[0] * kernel[1] + extra


def oracle(size, kernel_size, bias=True):
    """Build the layers, on a device that holds no numbers, and count."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    windows = torch.empty(size, device="meta").unfold(0, kh, 1).unfold(1, kw, 1)  # (oh, ow, kH, kW)
    outputs = windows[..., 0, 0].numel()
    full = nn.Linear(size[0] * size[1], outputs, bias=bias, device="meta")
    shared = nn.Conv2d(1, 1, (kh, kw), bias=bias, device="meta")
    full_count, shared_count = (sum(p.numel() for p in layer.parameters()) for layer in (full, shared))
    return full_count, windows.numel() + (outputs if bias else 0), shared_count


def draw(rng: Draw) -> Case:
    """Draw an image, a window that is square in a third of the cases, and no bias in a quarter."""
    size = tuple(rng.distinct(2, 6, 12))
    kernel_size = rng.integer(2, 5) if rng.turn % 3 == 0 else tuple(rng.distinct(2, 1, 5))
    return call(size, kernel_size, **({"bias": False} if rng.turn % 4 == 1 else {}))


EXERCISE = Exercise(
    title="From billions of weights to ten",
    solution=layer_parameters,
    oracle=oracle,
    read="introduction: Why not connect everything to everything?",
    minutes=10,
    anchors=(
        # four places: (9 + 1)·4, (4 + 1)·4, 4 + 1
        by_hand((40, 20, 5), (3, 3), 2),
        # 3·3 places for two cells side by side: 12·9, 2·9, 2, no biases
        by_hand((108, 18, 2), (3, 4), (1, 2), bias=False),
    ),
    draw=draw,
    styles=(place_by_place,),
    hints=(
        "How many output cells are there? All three layers have the same number of them.",
        "Write down what a single output cell needs, in each kind of layer: weights for all that it sees, and a bias "
        "if there is one. Then ask which layers need that once for each output cell.",
        "Places: H − kH + 1 along one axis, W − kW + 1 along the other, multiplied. What a cell sees is H times W or "
        "kH times kW; add one for the bias. Multiply by the places unless the windows share.",
    ),
    mistakes="""
biases-left-out: The bias is never counted. With `bias`, each output cell adds a learned number, in the convolutional
layer a shared one.
    own = int(bias) -> own = 0

bias-always-counted: The bias is counted even where the layer has none. Look at the third argument.
    own = int(bias) -> own = 1

one-bias-for-all
    full = (h * w + own) * places -> full = h * w * places + own
    local = (kh * kw + own) * places -> local = kh * kw * places + own

output-as-large-as-input
    (h - kh + 1) * (w - kw + 1) -> h * w

last-place-missing
    (h - kh + 1) * (w - kw + 1) -> (h - kh) * (w - kw)

axes-exchanged: You take the window's height from the image's width. The first number of each pair is vertical.
[cross_correlation: Why does the output shrink?]
    (h - kh + 1) * (w - kw + 1) -> (h - kw + 1) * (w - kh + 1)

one-output-only
    (h * w + own) * places -> h * w + own
    (kh * kw + own) * places -> kh * kw + own

local-is-shared: Your locally connected layer has one set of weights. Being local saves cells that are seen; only
sharing makes the windows the same.
    (kh * kw + own) * places -> kh * kw + own

not-shared
    return full, local, kh * kw + own -> return full, local, local

bias-not-shared: Your convolutional layer shares its weights but not its bias. The same bias is added in all places.
    return full, local, kh * kw + own -> return full, local, kh * kw + own * places

output-of-window-size: You connect the image to an output of the window's size. The output has one cell for each place
where the window fits.
    (h - kh + 1) * (w - kw + 1) -> kh * kw

local-bias-shared: Your locally connected layer has one bias for all its output cells. Each of them has a bias of its
own; only in the convolutional layer it is shared.
    local = (kh * kw + own) * places -> local = kh * kw * places + own

full-bias-shared: Your fully connected layer has one bias for all its output cells. Each of them has a bias of its own;
only in the convolutional layer it is shared.
    full = (h * w + own) * places -> full = h * w * places + own

kernel-square: You take the window's height for its width as well. The second number of the pair is the width.
    places = ->
        kw = kh
        places =

kernel-square-of-width: You take the window's width for its height as well. The first number of the pair is the height.
    places = ->
        kh = kw
        places =

image-square: You take the image's height for its width as well. The second number of the pair is the width.
    places = ->
        w = h
        places =

image-square-of-width: You take the image's width for its height as well. The first number of the pair is the height.
    places = ->
        h = w
        places =

one-axis-of-places: You count the places along one axis only. The window moves down and across: their numbers are
multiplied. [cross_correlation: Why does the output shrink?]
    (h - kh + 1) * (w - kw + 1) -> (h - kh + 1)

places-added: You add the places down and the places across. Each row of places has all those across: the numbers are
multiplied. [cross_correlation: Why does the output shrink?]
    (h - kh + 1) * (w - kw + 1) -> (h - kh + 1 + w - kw + 1)

windows-side-by-side: You count windows that lie side by side, so that no cell is read twice. The window moves by one
cell each time. [cross_correlation: What does a sliding window compute?]
    (h - kh + 1) * (w - kw + 1) -> (h // kh) * (w // kw)

every-overlap
    (h - kh + 1) * (w - kw + 1) -> (h + kh - 1) * (w + kw - 1)

two-places-more: You count n − k + 2 places along an axis, one too many: there is one place more than there are steps.
[cross_correlation: Why does the output shrink?]
    (h - kh + 1) * (w - kw + 1) -> (h - kh + 2) * (w - kw + 2)

fully-connected-keeps-size: Your fully connected layer has as many output cells as the image. All three layers have the
same output: a cell for each place where the window fits.
    full = (h * w + own) * places -> full = (h * w + own) * h * w

fully-connected-to-one: Your fully connected layer has a single output cell. All three layers have the same output: a
cell for each place where the window fits.
    full = (h * w + own) * places -> full = h * w + own

shared-bias-left-out: You leave the bias out in the convolutional layer. It has one, shared like the weights.
    return full, local, kh * kw + own -> return full, local, kh * kw

full-bias-left-out: You leave the biases out in the fully connected layer. There, too, each output cell has one.
    (h * w + own) -> (h * w)

local-bias-left-out: You leave the biases out in the locally connected layer. There, too, each output cell has one.
    local = (kh * kw + own) -> local = (kh * kw)

bias-for-each-weight: You count a bias for every weight. It is one number for each output cell, added after the sum.
    full = (h * w + own) -> full = (h * w * (1 + own))
    local = (kh * kw + own) -> local = (kh * kw * (1 + own))
    return full, local, kh * kw + own -> return full, local, kh * kw * (1 + own)

bias-for-each-input: You count a bias for every cell of the image. It belongs to the output: one for each of its cells.
    full = (h * w + own) * places -> full = h * w * places + h * w * own
    local = (kh * kw + own) * places -> local = kh * kw * places + h * w * own

local-as-full: In your locally connected layer every output cell has a weight for every cell of the image. It has them
for its own window only.
    local = (kh * kw + own) -> local = (h * w + own)

full-and-local-exchanged: The first two numbers are exchanged: the fully connected layer comes first.
    return full, local, -> return local, full,

convolution-first: Your numbers come in the reverse order. The fully connected layer's stands first, the convolutional
one's last.
    return full, local, kh * kw + own -> return kh * kw + own, local, full

parameters-of-all-added: You add up all three layers. Asked for are three numbers.
    return full, local, kh * kw + own -> return full + local + kh * kw + own

sides-added: Your window has height plus width cells. It is a rectangle: height times width.
    places = (h - kh + 1) * (w - kw + 1) ->
        places = (h - kh + 1) * (w - kw + 1)
        kh, kw = 1, kh + kw

one-side-of-the-window: You count one side of the window, its height. It is a rectangle: height times width cells.
    places = (h - kh + 1) * (w - kw + 1) ->
        places = (h - kh + 1) * (w - kw + 1)
        kw = 1
""",
)
