"""How many windows fit?

Count the places of a window along one axis, by a formula. `padding` is the number of cells on *each side*, as PyTorch
counts it. A `dilation` of d means that neighbouring kernel cells lie over input cells that are d apart; 1 is the
ordinary one. A window that does not fit entirely is left out.

Arithmetic is all you need; PyTorch's convolutions are not allowed. The kernel fits into the padded input at least once.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def output_size(n, kernel_size, stride=1, padding=0, dilation=1):
    """Count the output's cells along one axis.

    n: cells of the input; kernel_size: cells of the kernel; stride;
    padding: cells added on each side; dilation: 1 is the ordinary one.
    All are ints.
    Returns an int.
    """
    extent = dilation * (kernel_size - 1) + 1
    return (n + 2 * padding - extent) // stride + 1


def by_range(n, kernel_size, stride=1, padding=0, dilation=1):
    """Answer otherwise: list the places of the window's first cell."""
    last = n - 1 + padding  # counted from the first cell that is not padding
    return len([i for i in range(-padding, n + padding, stride) if i + dilation * (kernel_size - 1) <= last])


def by_walking(n, kernel_size, stride=1, padding=0, dilation=1):
    """Answer otherwise: walk, as long as the window's last cell is inside."""
    cells = list(range(0, kernel_size * dilation, dilation))
    places = 0
    while cells[-1] < n + padding + padding:
        places += 1
        cells = [cell + stride for cell in cells]
    return places


def rearranged(n, kernel_size, stride=1, padding=0, dilation=1):
    """Answer otherwise: the plus one inside of the fraction, in PyTorch's own arrangement."""
    return int((n + 2 * padding - dilation * (kernel_size - 1) - 1 + stride) / stride)


def oracle(n, kernel_size, stride=1, padding=0, dilation=1):
    """Let torch slide, and look how many numbers come out."""
    x, kernel = torch.zeros(1, 1, n), torch.zeros(1, 1, kernel_size)
    return F.conv1d(x, kernel, stride=stride, padding=padding, dilation=dilation).shape[-1]


STRIDES = {0: (2, 1), 3: (3, 2), 4: (3, 1), 7: (2, 0), 8: (4, 2), 11: (4, 3)}  # a turn's stride, and what it leaves


def draw(rng: Draw) -> Case:
    """Draw in turn a stride that leaves a rest, padding alone, dilation alone, and all three."""
    kind = rng.turn % 4
    stride, rest = STRIDES.get(rng.turn, (1, 0))
    kernel_size, dilation = rng.distinct(2, 3, 6)
    settings = {"stride": stride, "padding": rng.integer(1, 2), "dilation": dilation}
    if kind == 0:
        kernel_size, settings = rng.integer(10, 12), {"stride": stride}
    if kind == 1:
        kernel_size, settings = rng.choice([3, 6, 8, 11]), {"padding": rng.integer(3, 4)}
    if kind == 2:
        settings = {"dilation": dilation}
    extent = settings.get("dilation", 1) * (kernel_size - 1) + 1
    jumps = 2 * rng.integer(4, 6)  # even: of a half, rounding to the nearest and rounding up differ
    return call(extent + stride * jumps + rest - 2 * settings.get("padding", 0), kernel_size, **settings)


EXERCISE = Exercise(
    title="How many windows fit?",
    solution=output_size,
    oracle=oracle,
    read="stride: How many windows fit?",
    minutes=10,
    core=True,
    anchors=(
        # after the first window 7 cells are left: 3 jumps of 2, and a rest of 1; 1 + 3
        by_hand(4, 10, 3, stride=2),
        # 28 + 2 + 2 = 32 cells; after the first window 27 are left
        by_hand(28, 28, 5, padding=2),
        # a kernel of 3 with gaps reaches from cell 0 to cell 6: 7 cells, and 3 are left
        by_hand(4, 10, 3, dilation=3),
    ),
    draw=draw,
    styles=(by_range, by_walking, rearranged),
    forbidden=("convolution",),
    hints=(
        "Put the first window down. How many cells are left, and how many jumps do they allow?",
        "First find out over how many cells the kernel extends, gaps included. Then take that away from the padded "
        "input, and see how often the stride goes into the rest.",
        "The extent is the dilation times one less than the kernel, plus one cell. The padded input has the padding "
        "twice. Divide what is left by the stride, rounding down, and only then count the first window.",
    ),
    mistakes="""
rounded-up
    (n + 2 * padding - extent) // stride + 1 -> -(-(n + 2 * padding - extent) // stride) + 1

padding-total
    2 * padding -> padding

padding-ignored
    n + 2 * padding -> n

padding-subtracted: You take the padding away. It adds cells to the input, so that there are more places.
[padding: More cells, more places to stand]
    n + 2 * padding -> n - 2 * padding

no-plus-one
    // stride + 1 -> // stride

kernel-ignored
    (n + 2 * padding - extent) // stride + 1 -> (n + 2 * padding) // stride

divided-too-early: You divide by the stride before the kernel is taken away. The extent is counted in cells, not in
jumps: it comes off first.
    (n + 2 * padding - extent) // stride + 1 -> (n + 2 * padding) // stride - extent + 1

only-kernel-divided: Your division reaches the kernel's extent alone. All cells that are left are divided by the stride:
mind the brackets.
    (n + 2 * padding - extent) // stride + 1 -> n + 2 * padding - extent // stride + 1

stride-ignored
    extent) // stride + 1 -> extent) + 1

stride-subtracted: You take the jump away once. It goes into the cells that are left as often as it fits: that is a
division. [stride: What if the window takes longer steps?]
    (n + 2 * padding - extent) // stride + 1 -> n + 2 * padding - extent - stride + 2

dilation-ignored
    dilation * (kernel_size - 1) + 1 -> kernel_size

dilation-times-kernel
    dilation * (kernel_size - 1) + 1 -> dilation * kernel_size

dilation-as-gaps
    dilation * (kernel_size - 1) + 1 -> (dilation + 1) * (kernel_size - 1) + 1

plus-one-divided
    extent) // stride + 1 -> extent + 1) // stride

rounded-to-nearest: You round to the nearest number of jumps. A window that does not fit entirely is left out, however
little it lacks.
    (n + 2 * padding - extent) // stride + 1 -> round((n + 2 * padding - extent) / stride) + 1

half-rounded-up: You round to the nearest number of jumps, a half upwards. A window that does not fit entirely is left
out, however little it lacks.
    (n + 2 * padding - extent) // stride + 1 -> int((n + 2 * padding - extent) / stride + 0.5) + 1

one-too-many: You count one window too many. The first window needs no jump: it is counted once.
    // stride + 1 -> // stride + 2

divided-by-two: You divide by 2, whatever the stride is.
[stride: What if the window takes longer steps?]
    // stride + 1 -> // 2 + 1

halved-with-a-stride: You divide by 2 as soon as there is a stride, however long it is.
[stride: What if the window takes longer steps?]
    // stride + 1 -> // min(stride, 2) + 1

image-alone-divided: Only the image's own size is divided by the stride. All cells that are left are: the padded size
less the kernel's extent.
    (n + 2 * padding - extent) // stride + 1 -> n // stride + 2 * padding - extent + 1

size-by-stride: You divide the input's size by the stride, whatever the kernel and the padding. That is right only for
padding that keeps the size. [padding: Which kernels keep the size?]
    (n + 2 * padding - extent) // stride + 1 -> n // stride

size-by-stride-rounded-up: You divide the input's size by the stride and round up, whatever the kernel and the padding.
That is right only for padding that keeps the size. [padding: Which kernels keep the size?]
    (n + 2 * padding - extent) // stride + 1 -> -(-n // stride)

stride-multiplied: You multiply by the stride. Longer jumps leave fewer places.
[stride: What if the window takes longer steps?]
    // stride + 1 -> * stride + 1

stride-for-kernel: Stride and kernel are exchanged: it is the kernel's extent that comes off first, and the stride by
which the rest is divided.
    (n + 2 * padding - extent) // stride + 1 -> (n + 2 * padding - stride) // extent + 1

padding-thrice: The padding counts too often. It is added on two sides.
[padding: How large is the output?]
    2 * padding -> 3 * padding

padding-doubled: You double the padding of each side once more. It is added on two sides: twice.
[padding: How large is the output?]
    2 * padding -> 4 * padding

padding-per-kernel-cell: You let the padding grow with the kernel. It is a number of cells on each side.
[padding: How large is the output?]
    2 * padding -> padding * kernel_size

padding-after-division: You add the padding after the division. It makes the input longer before the window moves.
[padding: More cells, more places to stand]
    (n + 2 * padding - extent) // stride + 1 -> (n - extent) // stride + 1 + 2 * padding

kernel-added: You add the kernel's extent. The first window takes cells away from those that the jumps can use.
    padding - extent) -> padding + extent)

dilation-once: Your dilation lengthens the kernel once. It does so for every gap between two of its cells.
[stride: A kernel with gaps]
    dilation * (kernel_size - 1) + 1 -> kernel_size + dilation - 1

dilation-added: You add the dilation to the kernel's size. Only where neighbours are more than one cell apart is there a
gap, and there is one for every two neighbours. [stride: A kernel with gaps]
    dilation * (kernel_size - 1) + 1 -> kernel_size + dilation

dilation-gap-too-many: You add a gap for every cell of the kernel. After its last cell no gap follows, and a gap has one
cell less than the dilation. [stride: A kernel with gaps]
    dilation * (kernel_size - 1) + 1 -> dilation * kernel_size + 1

last-cell-missing: Your kernel's extent is a cell too short: you count its steps. From first to last cell there is one
cell more. [stride: A kernel with gaps]
    dilation * (kernel_size - 1) + 1 -> dilation * (kernel_size - 1)

dilation-on-input: Your dilation spreads the input. It spreads the kernel's cells, which find fewer places then.
[stride: A kernel with gaps]
    dilation * (kernel_size - 1) + 1 -> kernel_size
    (n + 2 -> (dilation * (n - 1) + 1 + 2

input-thinned-out: Your dilation takes every second or third input cell only. It spreads the kernel's cells; the window
still moves as before. [stride: A kernel with gaps]
    dilation * (kernel_size - 1) + 1 -> kernel_size
    (n + 2 * padding - extent) -> ((n + 2 * padding) // dilation - extent)

dilation-in-stride: You multiply the stride by the dilation. The dilation spreads the kernel's cells; the windows lie as
close as before. [stride: A kernel with gaps]
    extent) // stride + 1 -> extent) // (stride * dilation) + 1

dilation-spreads-stride: You use the dilation as another stride and leave the kernel as it is. It spreads the kernel's
cells. [stride: A kernel with gaps]
    dilation * (kernel_size - 1) + 1 -> kernel_size
    extent) // stride + 1 -> extent) // (stride * dilation) + 1

full-size: You count places where the kernel overlaps the input by some cells only. It has to fit wholly into the padded
input. [padding: Valid, same, full: what do the names mean?]
    (n + 2 * padding - extent) -> (n + 2 * padding + extent - 2)

transposed-formula: You compute the size that a transposed convolution gives. Here the window moves over the input, and
finds fewer places than it has cells.
    return (n + 2 * padding - extent) // stride + 1 -> return (n - 1) * stride - 2 * padding + extent

rounded-up-for-plus-one: You round up where the first window would have to be counted. That agrees only where the jumps
leave a rest: where they fit exactly, a window is missing.
    (n + 2 * padding - extent) // stride + 1 -> -(-(n + 2 * padding - extent) // stride)
""",
)
