"""How many windows fit?

Count the places of a window along one axis, by a formula. `padding` is the number of cells on *each side*, as PyTorch
counts it. A `dilation` of d means that neighbouring kernel cells lie over input cells that are d apart; 1 is the
ordinary one. A window that does not fit entirely is left out.

Arithmetic is all you need; PyTorch's convolutions are not allowed. The kernel fits into the padded input at least once.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, Wrong, by_hand, call


def output_size(n, kernel, stride=1, padding=0, dilation=1):
    """Count the output's cells along one axis.

    n: cells of the input; kernel: cells of the kernel; stride;
    padding: cells added on each side; dilation: 1 is the ordinary one.
    All are ints.
    Returns an int.
    """
    extent = dilation * (kernel - 1) + 1
    return (n + 2 * padding - extent) // stride + 1


def by_range(n, kernel, stride=1, padding=0, dilation=1):
    """Answer otherwise: list the places of the window's first cell."""
    last = n - 1 + padding  # counted from the first cell that is not padding
    return len([i for i in range(-padding, n + padding, stride) if i + dilation * (kernel - 1) <= last])


def by_walking(n, kernel, stride=1, padding=0, dilation=1):
    """Answer otherwise: walk, as long as the window's last cell is inside."""
    cells = list(range(0, kernel * dilation, dilation))
    places = 0
    while cells[-1] < n + padding + padding:
        places += 1
        cells = [cell + stride for cell in cells]
    return places


def rearranged(n, kernel, stride=1, padding=0, dilation=1):
    """Answer otherwise: the plus one inside of the fraction, in PyTorch's own arrangement."""
    return int((n + 2 * padding - dilation * (kernel - 1) - 1 + stride) / stride)


def oracle(n, kernel, stride=1, padding=0, dilation=1):
    """Let torch slide, and look how many numbers come out."""
    y = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), stride=stride, padding=padding, dilation=dilation)
    return y.shape[-1]


def draw(rng: Draw) -> Case:
    """Draw in turn a stride that leaves a rest, padding alone, dilation alone, and all three."""
    kind = rng.turn % 4
    kernel, dilation = rng.distinct(2, 3, 6)
    settings = {"stride": rng.integer(2, 3), "padding": rng.integer(1, 2), "dilation": dilation}
    if kind == 0:
        kernel, settings = rng.integer(10, 12), {"stride": rng.integer(2, 3)}
    if kind == 1:
        kernel, settings = rng.choice([3, 6, 8, 11]), {"padding": rng.integer(3, 4)}
    if kind == 2:
        settings = {"dilation": dilation}
    stride, dilation = settings.get("stride", 1), settings.get("dilation", 1)
    n = dilation * (kernel - 1) + 1 + stride * rng.integer(8, 12) - 2 * settings.get("padding", 0)
    return call(n + (stride - rng.integer(1, stride - 1) if stride > 1 else 0), kernel, **settings)


EXERCISE = Exercise(
    title="How many windows fit?",
    solution=output_size,
    oracle=oracle,
    read="stride: How many windows fit?",
    minutes=10,
    difficulty=1,
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
    forbidden=(
        "torch.nn.functional.conv1d",
        "torch.conv1d",
        "torch.nn.functional.conv2d",
        "torch.conv2d",
        "torch.nn.functional.unfold",
        "torch.Tensor.unfold",
    ),
    hints=(
        "Put the first window down. How many cells are left, and how many jumps do they allow?",
        "First find out over how many cells the kernel extends, gaps included. Then take that away from the padded "
        "input, and see how often the stride goes into the rest.",
        "The extent is the dilation times one less than the kernel, plus one cell. The padded input has the padding "
        "twice. Divide what is left by the stride, rounding down, and only then count the first window.",
    ),
    wrong=(
        Wrong(
            "rounded-up",
            "You round up: your last window hangs over the edge. A jump that is not complete does not count.",
            "stride: How many windows fit?",
            (("(n + 2 * padding - extent) // stride + 1", "-(-(n + 2 * padding - extent) // stride) + 1"),),
        ),
        Wrong(
            "padding-total",
            "You add the padding once, as if it were the total. It is counted on each side.",
            "padding: How large is the output?",
            (("2 * padding", "padding"),),
        ),
        Wrong(
            "padding-ignored",
            "The padding is not used. It lengthens the input on both sides.",
            "padding: How large is the output?",
            (("n + 2 * padding", "n"),),
        ),
        Wrong(
            "padding-subtracted",
            "You take the padding away. It adds cells to the input, so that there are more places.",
            "padding: More cells, more places to stand",
            (("n + 2 * padding", "n - 2 * padding"),),
        ),
        Wrong(
            "no-plus-one",
            "You count the jumps. There is one place more than there are jumps: the first window needs none.",
            "stride: How many windows fit?",
            (("// stride + 1", "// stride"),),
        ),
        Wrong(
            "kernel-ignored",
            "You divide the padded size by the stride. The first window itself takes cells: the kernel's extent comes "
            "off first.",
            "stride: How many windows fit?",
            (("(n + 2 * padding - extent) // stride + 1", "(n + 2 * padding) // stride"),),
        ),
        Wrong(
            "divided-too-early",
            "You divide by the stride before the kernel is taken away. The extent is counted in cells, not in jumps: "
            "it comes off first.",
            "stride: How many windows fit?",
            (("(n + 2 * padding - extent) // stride + 1", "(n + 2 * padding) // stride - extent + 1"),),
        ),
        Wrong(
            "only-kernel-divided",
            "Your division reaches the kernel's extent alone. All cells that are left are divided by the stride: mind "
            "the brackets.",
            "stride: How many windows fit?",
            (("(n + 2 * padding - extent) // stride + 1", "n + 2 * padding - extent // stride + 1"),),
        ),
        Wrong(
            "stride-ignored",
            "Your window moves by one cell. The stride says how far it jumps.",
            "stride: What if the window takes longer steps?",
            ((" // stride + 1", " + 1"),),
        ),
        Wrong(
            "stride-subtracted",
            "You take the jump away once. It goes into the cells that are left as often as it fits: that is a "
            "division.",
            "stride: What if the window takes longer steps?",
            (("(n + 2 * padding - extent) // stride + 1", "n + 2 * padding - extent - stride + 2"),),
        ),
        Wrong(
            "dilation-ignored",
            "The dilation is not used. It makes the kernel reach further, so it finds fewer places.",
            "stride: A kernel with gaps",
            (("dilation * (kernel - 1) + 1", "kernel"),),
        ),
        Wrong(
            "dilation-times-kernel",
            "You take a kernel with gaps for dilation times kernel cells wide. After its last cell no gap follows.",
            "stride: A kernel with gaps",
            (("dilation * (kernel - 1) + 1", "dilation * kernel"),),
        ),
        Wrong(
            "dilation-as-gaps",
            "You put as many cells into each gap as the dilation says. It is the distance of two neighbours: with 1 "
            "there is no gap.",
            "stride: A kernel with gaps",
            (("dilation * (kernel - 1) + 1", "(dilation + 1) * (kernel - 1) + 1"),),
        ),
    ),
)
