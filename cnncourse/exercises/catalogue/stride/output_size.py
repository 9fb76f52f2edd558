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


def draw(rng: Draw) -> Case:
    """Draw in turn a stride that leaves a rest, padding alone, dilation alone, and all three."""
    kind = rng.turn % 4
    kernel_size, dilation = rng.distinct(2, 3, 6)
    settings = {"stride": rng.integer(2, 3), "padding": rng.integer(1, 2), "dilation": dilation}
    if kind == 0:
        kernel_size, settings = rng.integer(10, 12), {"stride": rng.integer(2, 3)}
    if kind == 1:
        kernel_size, settings = rng.choice([3, 6, 8, 11]), {"padding": rng.integer(3, 4)}
    if kind == 2:
        settings = {"dilation": dilation}
    stride, dilation = settings.get("stride", 1), settings.get("dilation", 1)
    n = dilation * (kernel_size - 1) + 1 + stride * rng.integer(8, 12) - 2 * settings.get("padding", 0)
    return call(n + (stride - rng.integer(1, stride - 1) if stride > 1 else 0), kernel_size, **settings)


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
""",
)
