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

odd-cell-on-both: Where the total is odd you give both sides the larger half, so that the output is one too large. Only
one side gets a cell more.
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        rows - rows // 2, rows - rows // 2, columns - columns // 2, columns - columns // 2

odd-row-above: A row left over stands above the image in your answer. It goes below; your columns are right.
    rows // 2, rows - rows // 2, -> rows - rows // 2, rows // 2,

odd-column-left: A column left over stands on the left of the image in your answer. It goes to the right; your rows are
right.
    columns // 2, columns - columns // 2 -> columns - columns // 2, columns // 2

rounded-to-nearest: You round half of the total to the nearest even number, as `round` does. The cell left over goes
after the image, always.
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        round(rows / 2), rows - round(rows / 2), round(columns / 2), columns - round(columns / 2)

halves-not-whole: You give each side half a total, which need not be a whole number of cells. A cell cannot be shared:
it goes after the image.
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 -> rows / 2, rows / 2, columns / 2, columns / 2

before-only: You put all cells before the image. The two sides share them.
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 -> rows, 0, columns, 0

after-only: You put all cells after the image. The two sides share them.
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 -> 0, rows, 0, columns

clockwise-order: You give the four numbers clockwise, from the top. They are paired by axis here: above and below, then
left and right.
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        rows // 2, columns - columns // 2, rows - rows // 2, columns // 2

one-number-per-axis: You give a number for each axis. The two sides of an axis may differ: four are asked for.
    return rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 -> return rows // 2, columns // 2

total-per-axis: You give the total of each axis. It has to be shared out over the two sides: four numbers are asked for.
    return rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 -> return rows, columns

kernel-exchanged
    kh, kw = kernel_size if -> kw, kh = kernel_size if

dilation-exchanged: You take the vertical dilation for the horizontal one. The first number of a pair is the vertical
one. [stride: A kernel with gaps]
    dh, dw = dilation if -> dw, dh = dilation if

height-for-both
    rows, columns = ->
        kw = kh
        rows, columns =

width-for-both
    rows, columns = ->
        kh = kw
        rows, columns =

vertical-dilation-for-both
    rows, columns = ->
        dw = dh
        rows, columns =

horizontal-dilation-for-both
    rows, columns = ->
        dh = dw
        rows, columns =

dilation-as-gaps
    dh * (kh - 1), dw * (kw - 1) -> (dh + 1) * (kh - 1), (dw + 1) * (kw - 1)

dilation-once: The dilation lengthens your kernel once. It does so for every gap between two of its cells.
[stride: A kernel with gaps]
    dh * (kh - 1), dw * (kw - 1) -> kh - 1 + dh - 1, kw - 1 + dw - 1

dilation-after-halving: You share the kernel's steps out first and stretch each half by the dilation afterwards. Where
the steps are odd in number, that is not what the halves of the whole are. [stride: A kernel with gaps]
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        dh * ((kh - 1) // 2), dh * (kh // 2), dw * ((kw - 1) // 2), dw * (kw // 2)

dilation-after-halving-down: You halve the kernel's steps, drop the one left over, and stretch the rest by the dilation.
The total is what has to be shared. [stride: A kernel with gaps]
    rows // 2, rows - rows // 2, columns // 2, columns - columns // 2 ->
        dh * ((kh - 1) // 2), dh * ((kh - 1) // 2), dw * ((kw - 1) // 2), dw * ((kw - 1) // 2)

kernel-for-steps: You add as many cells as the kernel has, with its gaps. One place is there without any padding, so one
cell less is lost.
    dh * (kh - 1), dw * (kw - 1) -> dh * kh, dw * kw

extent-for-total: You add as many cells as the kernel's extent. One place is there without any padding, so one cell less
is lost.
    dh * (kh - 1), dw * (kw - 1) -> dh * (kh - 1) + 1, dw * (kw - 1) + 1

dilation-added: You add the dilation to the kernel's steps. It makes each of the steps longer.
[stride: A kernel with gaps]
    dh * (kh - 1), dw * (kw - 1) -> dh + kh - 1, dw + kw - 1
""",
)
