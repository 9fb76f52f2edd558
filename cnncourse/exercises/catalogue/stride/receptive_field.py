"""How far does a stack of layers see?

Follow one output cell back through all layers, along one axis: how many input pixels lie between the first and the last
one that it can see, both included? Convolutions and poolings count alike, and padding does not matter.

`layers` has a tuple (kernel_size, stride, dilation) for each layer, the one next to the input first. A stack of no
layers sees the pixel itself. Arithmetic is all you need: no layers are built, and no gradients taken.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def receptive_field(layers):
    """Work out the receptive field of a stack of layers, along one axis.

    layers: a list of tuples of ints (kernel_size, stride, dilation), the
    layer next to the input first; a dilation of 1 is the ordinary one.
    Returns an int: the size in input pixels, from the first to the last.
    """
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size


def backwards(layers):
    """Answer otherwise: from the output to the input, how many cells of each layer are needed."""
    cells = 1
    for kernel_size, stride, dilation in reversed(layers):
        cells = (cells - 1) * stride + dilation * (kernel_size - 1) + 1
    return cells


def by_sets(layers):
    """Answer otherwise: collect the cells that are read, layer by layer down to the input."""
    cells = {0}
    for kernel_size, stride, dilation in layers[::-1]:
        cells = {cell * stride + a * dilation for cell in cells for a in range(kernel_size)}
    return max(cells) - min(cells) + 1


def oracle(layers):
    """Ask the gradient of a stack of convolutions: from which pixel to which does the first cell see?"""
    x = torch.ones(1, 1, 600, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel_size, stride, dilation in layers:
        y = F.conv1d(y, torch.ones(1, 1, kernel_size).double(), stride=stride, dilation=dilation)
    (gradient,) = torch.autograd.grad(y[0, 0, 0], x)
    return int(gradient.flatten().nonzero().max()) + 1


def draw(rng: Draw) -> Case:
    """Draw three or four layers; strides above 1 early, dilations above 1 in two of three cases."""
    count = 3 + rng.turn % 2
    strides = [rng.integer(2, 3), rng.integer(1, 2), *(rng.integer(1, 3) for _ in range(count - 2))]
    if rng.turn % 4 == 2:
        strides = [1, *strides[:-1]]
    dilations = [rng.integer(1, 3) if rng.turn % 3 else 1 for _ in range(count)]
    if rng.turn % 3:
        dilations[1] = rng.integer(2, 3)
    kernels = [rng.integer(2, 5) for _ in range(count)]
    if rng.turn % 3 == 0:  # without dilation: a window that is smaller than its step
        kernels[-1], strides[-1] = 2, 3
    return call(list(zip(kernels, strides, dilations, strict=True)))


EXERCISE = Exercise(
    title="How far does a stack of layers see?",
    solution=receptive_field,
    oracle=oracle,
    read="stride: How far does a stack of layers see?",
    minutes=15,
    difficulty=2,
    core=True,
    anchors=(
        by_hand(1, []),  # no layers: the pixel itself
        # one layer sees what its kernel covers
        by_hand(5, [(5, 1, 1)]),
        # a pixel, and 2 steps of 1, 2 and 4 pixels: 1 + 2 + 4 + 8
        by_hand(15, [(3, 1, 1), (3, 1, 2), (3, 1, 4)]),
        # LeNet: 1 + 4 = 5, + 1 = 6, now steps are 2 long: + 8 = 14, + 2 = 16
        by_hand(16, [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)]),
    ),
    draw=draw,
    styles=(backwards, by_sets),
    forbidden=("layers", "autograd", "convolution"),
    hints=(
        "Begin with a stack of no layers, which sees one pixel. What does one more layer add to what is seen already?",
        "From the first cell of a window to its last there are some steps. How long is a step, counted in input "
        "pixels? That depends on the layers below. Keep two numbers: what is seen so far, and the length of a step.",
        "A layer adds dilation times one less than the kernel, times the length of a step. Only after that does its "
        "own stride lengthen the steps, for the layers above it: by multiplication. Both numbers begin with one.",
    ),
    mistakes="""
own-stride-first: You let a layer's own stride lengthen its own steps. It sets its windows apart, and so lengthens the
steps of the layers above.
    (kernel_size - 1) * jump -> (kernel_size - 1) * jump * stride

cells-for-steps: You add as many steps as the kernel has cells. From its first cell to its last there is one step less.
    (kernel_size - 1) -> kernel_size

dilation-ignored: The dilation is not used. It makes each step within a window longer. [stride: A kernel with gaps]
    dilation * (kernel_size - 1) -> (kernel_size - 1)

dilation-times-kernel
    dilation * (kernel_size - 1) -> (dilation * kernel_size - 1)

dilation-as-gaps
    dilation * (kernel_size - 1) -> (dilation + 1) * (kernel_size - 1)

dilation-in-jump: Your dilations lengthen the steps of the layers above. They spread the cells within one layer's
window; the windows lie as close as before.
    jump *= stride -> jump *= stride * dilation

stride-ignored: The stride is not used. After a stride of 2, one step in the layer above is two pixels long.
    jump *= stride -> jump *= 1

last-stride-only: Only the stride of the layer just below counts in your answer. The strides of all layers below work
together.
    jump *= stride -> jump = stride

strides-added: You add the strides up. Two strides of 3 make steps of 9 pixels, not of 6: they multiply.
    size, jump = 1, 1 -> size, jump = 1, 0
    * jump -> * max(1, jump)
    jump *= stride -> jump += stride

kernels-multiplied: You multiply what the layers see. A layer widens the field by its steps: it adds.
    size += dilation * (kernel_size - 1) * jump -> size *= dilation * (kernel_size - 1) + 1

from-the-output: Your rule and your order do not go together: each layer's steps are lengthened by the strides of the
layers above it. Only those below it do that.
    in layers: -> in reversed(layers):

first-pixel-missing: You add up the steps alone. One step already leads from one pixel to a second: the first is seen,
too.
    size, jump = 1, 1 -> size, jump = 0, 1

last-layer-only: You give what the last layer sees of the layer below it. Follow it down to the input's pixels.
    size += dilation * (kernel_size - 1) * jump -> size = dilation * (kernel_size - 1) + 1

stride-and-dilation-exchanged: You take the second number of a layer for its dilation and the third for its stride. It
is the kernel's size, then the stride, then the dilation.
    for kernel_size, stride, dilation in -> for kernel_size, dilation, stride in

own-stride-only: The steps that you count have the length of the layer's own stride. A step within a window is as long
as all layers below make it, and the layer's own stride does not count in it.
    (kernel_size - 1) * jump -> (kernel_size - 1) * stride

overlap-for-gap: You take the window less the stride, and nothing where the kernel is the smaller one. What two windows
leave between them counts, too, since they lie between the first and the last pixel.
    in layers: -> in reversed(layers):
    size += dilation * (kernel_size - 1) * jump ->
        size = size * stride + max(dilation * (kernel_size - 1) + 1 - stride, 0)

last-stride-in-steps: You let the product of all strides lengthen the steps in every layer. Only the layers below do,
not those above.
    jump *= stride -> jump *= 1
    size, jump = 1, 1 ->
        size, jump = 1, 1
        for _, stride, _ in layers:
            jump *= stride

kernels-added: You add up the kernels' extents. Neighbouring layers share a cell, and after a stride the steps are
longer.
    size, jump = 1, 1 -> size, jump = 0, 1
    size += dilation * (kernel_size - 1) * jump -> size += dilation * (kernel_size - 1) + 1

last-cell-twice: On the way back you count one more cell in each layer. From the first window's first cell to the last
window's last, the strides lead from window to window, one time less than there are windows.
    in layers: -> in reversed(layers):
    size += dilation * (kernel_size - 1) * jump -> size = size * stride + dilation * (kernel_size - 1) + 1

cells-times-stride: On the way back you multiply the cells by the stride. Between them there is one step less than there
are cells.
    in layers: -> in reversed(layers):
    size += dilation * (kernel_size - 1) * jump -> size = size * stride + dilation * (kernel_size - 1)

no-pixel-to-begin: On the way back you begin with no cell. There is one: the output cell that is followed.
    in layers: -> in reversed(layers):
    size, jump = 1, 1 -> size, jump = 0, 1
    size += dilation * (kernel_size - 1) * jump -> size = (size - 1) * stride + dilation * (kernel_size - 1) + 1

dilation-once: The dilation lengthens each kernel once in your answer. It does so for every gap between two of its
cells. [stride: A kernel with gaps]
    dilation * (kernel_size - 1) -> (kernel_size - 1 + dilation - 1)

first-pixel-twice: You count one pixel too many. The first is seen before any layer, and each layer adds its steps
alone.
    size, jump = 1, 1 -> size, jump = 2, 1

first-layer-forgotten: You leave out the layer next to the input. Every layer counts, from the pixels on.
    in layers: -> in layers[1:]:

last-layer-forgotten: You leave out the layer next to the output. Its own kernel counts, too.
    in layers: -> in layers[:-1]:

first-layer-only: You give what the first layer sees. Every further layer sees over the steps of those below it.
    in layers: -> in layers[:1]:

strides-multiplied-only: You give the length of a step after all layers. What is asked for is how far the first and the
last pixel lie apart.
    return size -> return jump

larger-by-one-stride: Your result is larger by one step of the last layer. The output cell that is followed is a single
one.
    return size -> return size + jump

widest-kernel-only: You give what the layer with the widest window adds. All layers add to what is seen.
    size += dilation * (kernel_size - 1) * jump -> size = max(size, dilation * (kernel_size - 1) * jump + 1)

half-kernels: You count half a kernel on each side of its middle, and an even kernel gets a cell too many.
    (kernel_size - 1) -> (2 * (kernel_size // 2))

one-side-only: You count half of each kernel: what lies on one side of its middle. Both sides are seen.
    dilation * (kernel_size - 1) -> dilation * (kernel_size // 2)

kernel-in-jump: Your kernels lengthen the steps of the layers above. The windows lie as far apart as the stride says.
    jump *= stride -> jump *= kernel_size

area-for-size: You give an area. The size along one axis is asked for.
    return size -> return size * size

stride-counted-from-second: The first layer's stride is not used. It lengthens the steps of all layers above.
    jump *= stride -> jump *= stride if size > dilation * (kernel_size - 1) + 1 else 1

jump-of-dilation: You use the dilation as a stride of the layers above, and forget the stride. The dilation spreads the
cells within one layer's window.
    jump *= stride -> jump *= dilation
""",
)
