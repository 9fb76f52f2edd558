"""Misconceptions: how an exercise lists its wrong answers, and what is said of those that several exercises know.

A list is a text, with an empty line between two wrong answers:

```text
stride-exchanged
    sh, sw = stride if -> sw, sh = stride if

first-image-only: Every image of your batch gets the result of the first one. [channels: The whole layer]
    return y ->
        return y[:1].expand_as(y)
```

First comes the misconception's name. Then what was misunderstood, in a sentence or two to the learner; not the line
that mends it. Then, in brackets, the section to read; without them it is the one to read before the exercise. Where the
name stands alone, all this comes from `SHARED`. The indented lines turn the solution into the wrong answer, one piece
of text after the other: "old -> new", or, for a long one, "old ->" with the new lines below, indented once more. A
wrong answer without such lines is a function of the same name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SHARED_TEXT = """
kernel-flipped: You flip the kernel on both axes: that is a convolution in the mathematical sense. In a
cross-correlation it stays as it is. [cross_correlation: Convolution or cross-correlation?]

kernel-transposed: Your kernel lies on its side: its rows have become columns. Its first axis runs down, as the image's
does.

window-averaged: You take the mean of the products. They are summed.
[cross_correlation: What does a sliding window compute?]

window-jumps: Your window moves on by its own size, so that no cell is read twice. It moves by one cell each time.
[cross_correlation: What does a sliding window compute?]

last-place-missing: You count n − k places along an axis, so that the last row and the last column are missing. A window
of k cells has one place more: the first one needs no step. [cross_correlation: Why does the output shrink?]

last-window-missing: Your output lacks its last row and column: there is one place more than there are steps.
[stride: How many windows fit?]

every-overlap: You also count places where the kernel overlaps the image by some cells only. It has to fit wholly.
[padding: Valid, same, full: what do the names mean?]

output-as-large-as-input: You give the output as many cells as the image. A window has fewer places to stand: n − k + 1
along an axis. [cross_correlation: Why does the output shrink?]

one-output-only: You count what one output cell needs. In the fully and the locally connected layer every output cell
has weights of its own; locality saves in each of them.

one-bias-for-all: You count one bias for a whole layer. In the fully and the locally connected one every output cell has
its own.

not-shared: Your convolutional layer grows with the number of places. All of them share one window's weights and one
bias, however large the image.

padding-ignored: The padding is not used: it adds cells on each side before the window moves.
[padding: More cells, more places to stand]

padding-exchanged: You pad above and below with the horizontal padding, and left and right with the vertical one. The
first number of a pair is the vertical one. [padding: How large is the output?]

padding-once: You pad, or count the padding, on one side only. The padding is counted on each side: it comes twice along
an axis.
[padding: How large is the output?]

padding-total: You take the padding for the total of both sides. It is counted on each side.
[padding: How large is the output?]

torch-order: You take the four numbers in the order of PyTorch's own pad, (left, right, top, bottom). Here the vertical
ones come first. [padding: More cells, more places to stand]

corner-order: You take the four numbers for (top, left, bottom, right), corner by corner. They are paired by axis here:
above and below, then left and right. [padding: More cells, more places to stand]

stride-ignored: Your window moves by one cell: the stride is not used. It says how far the window moves each time.
[stride: What if the window takes longer steps?]

stride-exchanged: Your window steps down by the horizontal stride and across by the vertical one. The first number of a
pair is the vertical one. [stride: What if the window takes longer steps?]

no-plus-one: You count the jumps. There is one place more than there are jumps: the first window needs none.
[stride: How many windows fit?]

rounded-up: You round up: your last window hangs over the edge. A window that does not fit entirely is left out.
[stride: How many windows fit?]

kernel-ignored: You divide the padded size by the stride. The first window itself takes cells: the kernel's extent comes
off first. [stride: How many windows fit?]

dilation-ignored: The dilation is not used. It makes the kernel reach further, so it finds fewer places.
[stride: A kernel with gaps]

dilation-times-kernel: You let a kernel with gaps reach over dilation times kernel cells. After its last cell no gap
follows. [stride: A kernel with gaps]

dilation-as-gaps: You put as many cells into each gap as the dilation says. It is the distance of two neighbours: with 1
there is no gap. [stride: A kernel with gaps]

first-channel-only: You read the first input channel alone. A kernel has weights for each input channel, and all are
summed. [channels: How does one kernel read several channels?]

channels-averaged: You take the mean over the input channels. They are summed.
[channels: How does one kernel read several channels?]

planes-exchanged: The kernel's planes meet the input channels in reverse order. Plane c belongs to channel c.
[channels: How does one kernel read several channels?]

channels-multiplied: You let each kernel give an output channel for every input channel. A kernel sums over all input
channels: only one comes out. [channels: How does one kernel read several channels?]

one-plane-a-kernel: You count one plane for each kernel. A kernel has a plane for every input channel: on a colour image
it holds three times as many numbers. [channels: How many numbers does a 3×3 kernel hold?]

bias-for-each-plane: You count a bias for every plane of every kernel. It is added after the sum over the planes: one
for each output channel. [channels: How many numbers does a 3×3 kernel hold?]

bias-for-each-cell: You count a bias for every cell of the output. All cells of an output channel share one, as they
share the kernel. [channels: How many numbers does a 3×3 kernel hold?]

stride-one: Without a stride your window moves by one cell, as a convolution's does. A pooling window moves by its own
size, unless you say otherwise. [pooling: The stride is the window, unless you say otherwise]

rounds-up: You count windows that stick out over the edge. Only whole windows count: the size is rounded down.
[pooling: The stride is the window, unless you say otherwise]

zeros-win-the-maximum: Your maximum pads with zeros, and where all cells are negative the zeros win. Padding must be
smaller than any number. [pooling: Why does the maximum pad with minus infinity?]

real-cells-only: Your average divides by the number of real cells. Unless told otherwise, the padded zeros count,
too: it divides by the size of the window, and the rim gets darker.
[pooling: Why does the maximum pad with minus infinity?]

sum-for-average: You add the cells up. The average divides their sum by how many they are.
[pooling: What does one window keep?]

channels-pooled: Your window reaches through all channels and keeps one number of them all. Each channel is pooled by
itself. [pooling: Channels stay apart]

bias-forgotten: You count the weights alone. Each output map and each output feature also has one bias.
[lenet: What does each layer cost, and how far does it see?]

one-bias-a-layer: You count one bias for each layer. Each output map and each output feature has its own.
[channels: How many numbers does a 3×3 kernel hold?]

flipped-upside-down: You turn the kernel upside down. In a cross-correlation it stays as it is.
[cross_correlation: Convolution or cross-correlation?]

flipped-left-to-right: You mirror the kernel left to right. In a cross-correlation it stays as it is.
[cross_correlation: Convolution or cross-correlation?]

output-transposed: Rows and columns of your output are exchanged. A cell stands where its window stands: first its row,
then its column.

sum-carried-on: Your sum is not set back to 0 at each place: it carries on what earlier windows gave. Every place begins
anew. [cross_correlation: The same in loops]

sum-carried-along-row: Your sum is set back to 0 at the beginning of each row only: along the row it carries on what the
windows before gave. Every place begins anew. [cross_correlation: The same in loops]

last-cells-empty: The output's size is right, but its last row and column stay 0: your loops end one place too early.
[cross_correlation: The same in loops]

output-not-shrunk: Your output is as large as the image, with zeros left where no window fits. It has a cell only for
each place where one does. [cross_correlation: Why does the output shrink?]

vertical-padding-for-both: You let the vertical padding serve both axes. The second number of a pair is the horizontal
one. [padding: How large is the output?]

horizontal-padding-for-both: You let the horizontal padding serve both axes. The first number of a pair is the vertical
one. [padding: How large is the output?]

vertical-stride-for-both: You let the vertical stride serve both axes. The second number of a pair is the horizontal
one. [stride: What if the window takes longer steps?]

horizontal-stride-for-both: You let the horizontal stride serve both axes. The first number of a pair is the vertical
one. [stride: What if the window takes longer steps?]

stride-in-size-only: Your output has the right size, but neighbouring windows still lie one cell apart. The stride moves
them, too. [stride: What if the window takes longer steps?]

plus-one-divided: You let the stride divide the first window, too. It stands there before any jump: the division counts
jumps, and the first window comes on top. [stride: How many windows fit?]

last-channel-only: Only the last channel's partial sum is left in your result: each one replaces the one before. They
are added. [channels: How does one kernel read several channels?]

channels-mixed-first: You add up the channels, and the planes, before they meet. Each plane multiplies its own channel;
only afterwards comes the sum. [channels: How does one kernel read several channels?]

first-plane-for-all: The kernel's first plane slides over every channel. Each channel has a plane of its own.
[channels: How does one kernel read several channels?]

stride-in-steps-only: Your windows are the right ones, but the output has the size that stride 1 gives, and what is left
of it stays 0. [stride: How many windows fit?]

cells-left-apart: Your results lie as far apart as the windows, with zeros between them. However far the window jumps,
output cells are neighbours. [stride: How many windows fit?]

stride-twice: The stride counts twice: it shortens the output, and then your loops jump over output cells, too, which
stay 0. It belongs to the window's place in the image. [stride: The same in loops]

output-thinned-out: You let the stride shorten the output twice: of the windows that it allows you keep every second or
third one only. [stride: How many windows fit?]

columns-by-vertical-stride: The size is right, but your window moves across by the vertical stride. Each axis has a
stride of its own. [stride: The same in loops]

rows-by-horizontal-stride: The size is right, but your window moves down by the horizontal stride. Each axis has a
stride of its own. [stride: The same in loops]

one-window-too-many: Your output has a row and a column too many, where the window hangs over the edge and meets zeros.
Only windows that fit are counted. [stride: How many windows fit?]

planes-averaged: You take the mean over each plane of the window before you sum the channels. All products are summed.
[channels: The whole layer]

output-square: Your output is as wide as it is high. Its width follows from the image's, the kernel's and the stride's
own horizontal numbers. [stride: How many windows fit?]

largest-product: You keep the largest of the products, as pooling would. They are added up.
[cross_correlation: What does a sliding window compute?]

matrix-product: You take a matrix product of window and kernel. Only cells that lie on top of each other are multiplied.
[cross_correlation: What does a sliding window compute?]

zeros-around: You put zeros around the image so that the output keeps its size. There is no padding here.
[padding: Which kernels keep the size?]

first-place-missing: Your window begins one row and one column too late. The first place is in the upper left corner.
[cross_correlation: What does a sliding window compute?]

windows-wrap-around: Where your window hangs over the edge it goes on at the other side, and the output is as large as
the image. A place counts only if the whole kernel fits. [cross_correlation: Why does the output shrink?]

half-the-kernel-around: You put half a kernel of zeros on each side. There is no padding here.
[padding: Which kernels keep the size?]

border-untouched: Your output is as large as the image, with the sums at the windows' middles and zeros around. It has a
cell only for each place where the kernel fits. [cross_correlation: Why does the output shrink?]

negatives-cut-off: You replace negative sums by 0. That is an activation, which comes after a layer; here they stay.
[cross_correlation: What does a sliding window compute?]

vertical-dilation-for-both: You let the vertical dilation serve both axes. The second number of a pair is the horizontal
one. [stride: A kernel with gaps]

horizontal-dilation-for-both: You let the horizontal dilation serve both axes. The first number of a pair is the
vertical one. [stride: A kernel with gaps]

first-image-only: Every image of your batch gets the result of the first one. [channels: The whole layer]

batch-summed: You sum over the images of the batch, too: each image gets the same result. Images stay apart.
[channels: The whole layer]

height-for-both: You let the kernel's height serve both axes. The second number of a pair is the horizontal one.
[padding: Which kernels keep the size?]

kernel-exchanged: You take the kernel's height for its width. The first number of a pair is the vertical one.
[padding: Which kernels keep the size?]

width-for-both: You let the kernel's width serve both axes. The first number of a pair is the vertical one.
[padding: Which kernels keep the size?]

size-exchanged: You take the size for (width, height). The first number of a pair is vertical.
[padding: Is every pixel used equally often?]

stride-down-only: Your window steps down by the stride and moves across by one cell. The stride holds for both axes.
[stride: What if the window takes longer steps?]

stride-across-only: Your window steps across by the stride and moves down by one cell. The stride holds for both axes.
[stride: What if the window takes longer steps?]

last-window-pushed-back: You push a last window that would hang over the edge back until it fits. A window that does not
fit entirely is left out. [stride: How many windows fit?]
"""

HEAD = re.compile(r"(?P<label>[\w-]+)(?:: (?P<why>.+?))?(?: \[(?P<read>\w+: .+)\])?")


class Misconception(NamedTuple):
    """One entry of a list: ``why`` and ``read`` may be empty, and so may ``replace``, the pairs (old, new)."""

    label: str
    why: str
    read: str
    replace: tuple[tuple[str, str], ...]


def misconceptions(text: str) -> list[Misconception]:
    """Read a list of wrong answers; the head of this module says how it is written.

    Raises:
        ValueError: an entry does not begin with a name, or says nothing and has a name that is not in `SHARED`.

    >>> squared = misconceptions("not-squared: Square it.\\n    return x -> return x * x")
    >>> squared[0].why, squared[0].replace
    ('Square it.', (('return x', 'return x * x'),))
    >>> misconceptions("stride-exchanged")[0].read
    'stride: What if the window takes longer steps?'
    """
    return [_entry(block.splitlines()) for block in text.strip().split("\n\n") if block]


def _entry(lines: list[str]) -> Misconception:
    head = HEAD.fullmatch(" ".join(line for line in lines if not line.startswith(" ")))
    label, why, read = head.groups(default="") if head else ("", "", "")
    if not why and label not in SHARED:
        raise ValueError(f"{lines[0]!r} is no misconception that exercises share; add what is misunderstood")
    if not why:
        why, read = SHARED[label].why, read or SHARED[label].read
    return Misconception(label, why, read, _replacements(lines))


def _replacements(lines: list[str]) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith(" " * 8):
            pairs[-1][1].append(line[8:])
        elif line.startswith(" " * 4):
            old, _, new = line[4:].partition(" ->")
            pairs.append((old, [new[1:]] if new else []))
    return tuple((old, "\n".join(new)) for old, new in pairs)


SHARED = {one.label: one for one in misconceptions(SHARED_TEXT)}
