"""Choose the padding that keeps the size.

A window with stride 1 and "same" padding gives an output as large as the input, whatever the input's size. Work out how
many cells each side needs, from the size of the kernel and its dilation alone.

Where the cells cannot be shared out equally, the one left over goes *after* the image: below, or on the right. A
dilation of d means that neighbouring kernel cells lie over input cells that are d apart; 1 is the ordinary one.
"""

import warnings

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def same_padding(kernel_size, dilation=1):
    """Count the cells to add on each side so that the size is kept.

    kernel_size, dilation: an int for both axes, or (vertical, horizontal).
    Returns a tuple of four ints, (top, bottom, left, right).
    """
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dh, dw = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    rows, columns = dh * (kh - 1), dw * (kw - 1)
    return rows // 2, rows - rows // 2, columns // 2, columns - columns // 2


def axis_by_axis(kernel_size, dilation=1):
    """Answer otherwise: the extent of the kernel, and what lies before and after its middle."""
    sides = []
    for axis in (0, 1):
        k = kernel_size if isinstance(kernel_size, int) else kernel_size[axis]
        d = dilation if isinstance(dilation, int) else dilation[axis]
        extent = len(range(0, (k - 1) * d + 1))
        sides += [(extent - 1) // 2, extent // 2]
    return tuple(sides)


def oracle(kernel_size, dilation=1):
    """Watch torch's own "same": over which outputs does one bright pixel spread?"""
    sides = []
    for axis in (0, 1):
        k, d = (value[axis] if isinstance(value, tuple) else value for value in (kernel_size, dilation))
        middle = k * d
        row = torch.zeros(1, 1, 2 * middle + 1)
        row[0, 0, middle] = 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an even kernel may cost torch a copy
            y = F.conv1d(row, torch.ones(1, 1, k), padding="same", dilation=d)
        reached = y[0, 0].nonzero().flatten()
        sides += [int(reached.max()) - middle, middle - int(reached.min())]
    return tuple(sides)


def draw(rng: Draw) -> Case:
    """Draw an even and an odd kernel size, or one for both axes; each in turn without dilation and with."""
    kernel_size = (rng.choice([2, 4, 6]), rng.choice([3, 5, 7]))
    if rng.turn % 2:
        kernel_size = kernel_size[::-1]
    if rng.turn % 4 == 3:
        kernel_size = rng.choice([4, 6])
    dilation = [None, 3, tuple(rng.distinct(2, 1, 4))][rng.turn % 3]
    return call(kernel_size) if dilation is None else call(kernel_size, dilation=dilation)


EXERCISE = Exercise(
    title="Keep the size",
    solution=same_padding,
    oracle=oracle,
    read="padding: Which kernels keep the size?",
    minutes=10,
    difficulty=2,
    anchors=(
        # 3 − 1 = 2 cells along each axis, one on each side
        by_hand((1, 1, 1, 1), 3),
        # 2 − 1 = 1 row, which goes below; 5 − 1 = 4 columns, two on each side
        by_hand((0, 1, 2, 2), (2, 5)),
        # 4 − 1 = 3 steps of 3 rows each: 9 = 4 + 5; 2 − 1 = 1 step of 2 columns: 1 + 1
        by_hand((4, 5, 1, 1), (4, 2), dilation=(3, 2)),
    ),
    draw=draw,
    styles=(axis_by_axis,),
    hints=(
        "Forget the sides for a moment. How many cells does one axis lose altogether, without any padding?",
        "From its first cell to its last, a kernel of k cells takes k − 1 steps, and each is as long as the dilation. "
        "So many cells are lost, and so many must be added. Then share them out.",
        "Along each axis, the side before gets half of the total, rounded down; the side after gets all the rest. Do "
        "it for the rows first, then for the columns, and put the four numbers into one tuple.",
    ),
    mistakes="""
odd-cell-before: The cell left over stands before the image in your answer. It goes after it: below, or on the right.
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        rows - rows // 2, rows // 2, columns - columns // 2, columns // 2

odd-cell-lost: You halve the total and drop the cell left over, so for an odd total the output is one short. One side
gets a cell more.
    rows - rows // 2, columns // 2, columns - columns // 2 -> rows // 2, columns // 2, columns // 2

half-the-kernel: You put half a kernel on each side, which is right for odd kernels only. An even one gets a cell too
many.
    rows, columns = dh * (kh - 1), dw * (kw - 1) -> rows, columns = dh * (kh // 2), dw * (kw // 2)
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 -> rows, rows, columns, columns

total-on-each-side: You add the whole total on each side: that is full padding, and the output grows. The two sides
share it. [padding: Valid, same, full: what do the names mean?]
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 -> rows, rows, columns, columns

torch-order
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        columns // 2, columns - columns // 2, rows // 2, rows - rows // 2

corner-order
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        rows // 2, columns // 2, rows - rows // 2, columns - columns // 2

dilation-ignored: The dilation is not used. A kernel with gaps reaches further, and loses more cells.
[stride: A kernel with gaps]
    dilation if isinstance(dilation, tuple) else (dilation, dilation) -> 1, 1

dilation-times-kernel: You take a dilated kernel for dilation times kernel cells wide. It is the steps between its cells
that grow, and there is one step less than cells. [stride: A kernel with gaps]
    dh * (kh - 1), dw * (kw - 1) -> dh * kh - 1, dw * kw - 1
""",
)
