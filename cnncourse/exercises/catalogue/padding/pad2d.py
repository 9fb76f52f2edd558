"""Put cells around an image.

Write the function that makes room for the window: it returns a larger tensor, with `x` in the middle and `value` in all
the new cells. The four numbers of `padding` are the rows added above and below and the columns added on the left and
on the right, in this order. Any of them may be 0, and they need not be equal.

`x` may be one image or a whole batch: all axes but the last two stay as they are. Ready-made padding, PyTorch's
or numpy's own `pad`, is not allowed.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def pad2d(x, padding, value=0.0):
    """Put cells that hold value around an image, or around each of a batch.

    x (..., H, W); padding: a tuple (top, bottom, left, right) of ints.
    Returns (..., top + H + bottom, left + W + right), dtype of x.
    """
    top, bottom, left, right = padding
    h, w = x.shape[-2:]
    y = x.new_full((*x.shape[:-2], top + h + bottom, left + w + right), value)
    y[..., top : top + h, left : left + w] = x
    return y


def with_cat(x, padding, value=0.0):
    """Answer otherwise: glue strips to the sides, then above and below."""
    top, bottom, left, right = padding
    *many, h, w = x.shape
    x = torch.cat([torch.full((*many, h, left), value, dtype=x.dtype), x, x.new_full((*many, h, right), value)], dim=-1)
    w = x.shape[-1]
    return torch.cat([x.new_full((*many, top, w), value), x, x.new_full((*many, bottom, w), value)], dim=-2)


def cell_by_cell(x, padding, value=0.0):
    """Answer otherwise: ask of every cell of the result where it comes from."""
    h, w = x.shape[-2:]
    rows, columns = sum(padding[:2]) + h, sum(padding[2:]) + w
    y = torch.zeros(*x.shape[:-2], rows, columns, dtype=x.dtype)
    for i in range(rows):
        for j in range(columns):
            u, v = i - padding[0], j - padding[2]
            y[..., i, j] = x[..., u, v] if 0 <= u < h and 0 <= v < w else value
    return y


def as_products(x, padding, value=0.0):
    """Answer otherwise: two matrices of zeros and ones move the image; what they leave empty is filled."""
    top, bottom, left, right = padding
    h, w = x.shape[-2:]
    down = torch.eye(top + h + bottom, dtype=x.dtype)[:, top : top + h]
    across = torch.eye(left + w + right, dtype=x.dtype)[left : left + w]
    return down @ x @ across + value * (1 - down.sum(dim=1)[:, None] * across.sum(dim=0))


def oracle(x, padding, value=0.0):
    """Let torch pad, which counts from the last axis."""
    top, bottom, left, right = padding
    return F.pad(x, (left, right, top, bottom), value=value)


def draw(rng: Draw) -> Case:
    """Draw four sides that differ, one of them 0 at times; one image, a batch, or a batch of several channels."""
    sides = rng.distinct(4, rng.turn % 2, 3 + rng.turn % 2)
    h, w = rng.distinct(2, 5, 7)
    x = rng.whole(*[(), (2,), (2, 3)][rng.turn % 3], h, w)
    settings = {} if rng.turn % 4 == 0 else {"value": rng.choice([-7.5, 0.5, 6.0])}
    return call(x, tuple(sides), **settings)


def first_axes_padded(x, padding, value=0.0):
    """Take the first two axes for height and width."""
    top, bottom, left, right = padding
    h, w = x.shape[:2]
    y = x.new_full((top + h + bottom, left + w + right, *x.shape[2:]), value)
    y[top : top + h, left : left + w] = x
    return y


EXERCISE = Exercise(
    title="Put cells around an image",
    solution=pad2d,
    oracle=oracle,
    read="padding: More cells, more places to stand",
    minutes=12,
    difficulty=2,
    core=True,
    anchors=(
        # nothing above, one row below, two columns on the left, nothing on the right
        by_hand(floats([0, 0, 1, 2], [0, 0, 3, 4], [0, 0, 0, 0]), floats([1, 2], [3, 4]), (0, 1, 2, 0)),
        # one row above, one column on the right, all of nines; 1 + 1 rows, 1 + 1 columns
        by_hand(floats([9, 9], [5, 9]), floats([5]), (1, 0, 0, 1), value=9.0),
    ),
    draw=draw,
    styles=(with_cat, cell_by_cell, as_products),
    differentiable=("x",),
    forbidden=("padding",),
    hints=(
        "Do not move a single cell yet. How large is the result, and what would it hold if there were no image?",
        "Make a tensor of the final size that holds the value everywhere. Then find the rectangle in it where the "
        "image belongs: at which row and at which column does it begin?",
        "The result has top + H + bottom rows; the image lies in the H rows from row number top on, and in the W "
        "columns from column number left on. Write it there; an ellipsis stands for all the axes before. For the "
        "tensor, new_full keeps the dtype.",
    ),
    mistakes="""
torch-order
    top, bottom, left, right = padding -> left, right, top, bottom = padding

clockwise-order: You read the four numbers clockwise, from the top. They are paired by axis here: above and below, then
left and right.
    top, bottom, left, right = padding -> top, right, bottom, left = padding

corner-order
    top, bottom, left, right = padding -> top, left, bottom, right = padding

sides-exchanged: The size is right, but what belongs above stands below, and left and right are exchanged. The first
number of an axis is what comes before the image.
    top, bottom, left, right = padding -> bottom, top, right, left = padding

image-in-corner: The size is right, but the image begins in the upper left corner: all the new cells lie below it and on
its right.
    top : top + h, left : left + w -> :h, :w

before-only: You add cells above and on the left only. Each of the four sides has a number of its own.
    top + h + bottom, left + w + right), value -> top + h, left + w), value

after-only: You add cells below and on the right only. Each of the four sides has a number of its own.
    top + h + bottom, left + w + right), value -> h + bottom, w + right), value
    top : top + h, left : left + w -> :h, :w

first-for-all: You use the first number on all sides. Each of the four sides has a number of its own.
    top, bottom, left, right = padding -> top = bottom = left = right = padding[0]

one-per-axis: You add as much below as above, and as much on the right as on the left. Padding need not be symmetric.
[padding: Which kernels keep the size?]
    top, bottom, left, right = padding ->
        top, _, left, _ = padding
        bottom, right = top, left

value-ignored: Your new cells hold 0 whatever is asked for. The value may be any number.
    x.new_full( -> x.new_zeros(
    , left + w + right), value) -> , left + w + right))

border-over-image: You write the value over the image's own border. Padding adds cells outside: the image stays whole,
and the result is larger.
    x.new_full((*x.shape[:-2], top + h + bottom, left + w + right), value) -> torch.full_like(x, value)
    top : top + h, left : left + w] = x ->
        top : h - bottom, left : w - right] = x[..., top : h - bottom, left : w - right]

replicates: Your border extends the outermost cells, which is replicate padding. Here every new cell holds the same
value. [padding: What else can stand at the border?]
    y = x.new_full((*x.shape[:-2], top + h + bottom, left + w + right), value) -> i = torch.arange(-top, h + bottom)
    y[..., top : top + h, left : left + w] = x -> j = torch.arange(-left, w + right)
    return y -> return x[..., i.clamp(0, h - 1)[:, None], j.clamp(0, w - 1)]

reflects: Your border mirrors the image, which is reflect padding. Here every new cell holds the same value.
[padding: What else can stand at the border?]
    y = x.new_full((*x.shape[:-2], top + h + bottom, left + w + right), value) -> i = torch.arange(-top, h + bottom)
    y[..., top : top + h, left : left + w] = x -> j = torch.arange(-left, w + right)
    return y -> return x[..., (h - 1 - (h - 1 - i.abs()).abs())[:, None], w - 1 - (w - 1 - j.abs()).abs()]

wraps-around: Your border comes from the image's other end, which is circular padding. Here every new cell holds the
same value. [padding: What else can stand at the border?]
    y = x.new_full((*x.shape[:-2], top + h + bottom, left + w + right), value) -> i = torch.arange(-top, h + bottom)
    y[..., top : top + h, left : left + w] = x -> j = torch.arange(-left, w + right)
    return y -> return x[..., (i % h)[:, None], j % w]

left-right-exchanged: Left and right are exchanged. The first number of an axis is what comes before the image.
    top, bottom, left, right = padding -> top, bottom, right, left = padding

above-below-exchanged: What belongs above stands below. The first number of an axis is what comes before the image.
    top, bottom, left, right = padding -> bottom, top, left, right = padding

reverse-order: You read the four numbers from the end. Above comes first, then below, left and right.
    top, bottom, left, right = padding -> right, left, bottom, top = padding

left-first-order: You take the four numbers for (left, top, right, bottom), as corners are often written. They are
paired by axis here: above and below, then left and right.
    top, bottom, left, right = padding -> left, top, right, bottom = padding

image-in-lower-corner: The size is right, but the image ends in the lower right corner: all the new cells lie above it
and on its left.
    top : top + h, left : left + w -> top + bottom :, left + right :

image-centred: The size is right, but the image stands in the middle of the result, as if the two sides of an axis were
equal. Each side has a number of its own.
    top : top + h, left : left + w ->
        (top + bottom) // 2 : (top + bottom) // 2 + h, (left + right) // 2 : (left + right) // 2 + w

second-per-axis: You add as much above as below, and as much on the left as on the right: the second number of each axis
serves both sides. Padding need not be symmetric. [padding: Which kernels keep the size?]
    top, bottom, left, right = padding ->
        _, bottom, _, right = padding
        top, left = bottom, right

first-two-as-pair: You take the first two numbers for (vertical, horizontal), each for both sides. Each of the four
sides has a number of its own.
    top, bottom, left, right = padding ->
        top, left = padding[:2]
        bottom, right = top, left

largest-for-all: You use the largest number on all sides. Each of the four sides has a number of its own.
    top, bottom, left, right = padding -> top = bottom = left = right = max(padding)

rows-only: You add the rows and leave out the columns. All four sides get cells.
    top, bottom, left, right = padding ->
        top, bottom, left, right = padding
        left = right = 0

columns-only: You add the columns and leave out the rows. All four sides get cells.
    top, bottom, left, right = padding ->
        top, bottom, left, right = padding
        top = bottom = 0

padded-twice: Every side gets twice as many cells as asked for: each of the four numbers belongs to one side alone.
    top, bottom, left, right = padding -> top, bottom, left, right = (2 * side for side in padding)

total-on-each-side: You add the cells of both sides of an axis on each of them. Each of the four sides has a number of
its own.
    top, bottom, left, right = padding ->
        top, bottom, left, right = padding
        top, left = top + bottom, left + right
        bottom, right = top, left

value-in-rows-only: Only the rows above and below hold the value; the new cells on the left and on the right hold 0. All
new cells hold it.
    y[..., top : top + h, left : left + w] = x ->
        y[..., top : top + h, :] = 0
        y[..., top : top + h, left : left + w] = x

value-in-columns-only: Only the columns on the left and on the right hold the value; the new cells above and below hold
0. All new cells hold it.
    y[..., top : top + h, left : left + w] = x ->
        y[..., left : left + w] = 0
        y[..., top : top + h, left : left + w] = x

corners-empty: The four corners of your border hold 0. All new cells hold the value.
    y[..., top : top + h, left : left + w] = x ->
        for rows in (slice(0, top), slice(top + h, None)):
            y[..., rows, :left] = y[..., rows, left + w :] = 0
        y[..., top : top + h, left : left + w] = x

zeros-replaced: You put the value wherever there is a 0, also inside the image. An image's own zeros stay.
    return y -> return torch.where(y == 0, value, y)

value-added-to-image: The image's own cells are changed by the value. It belongs into the new cells only.
    left : left + w] = x -> left : left + w] += x

image-lost: Your result holds the value everywhere: the image is not in it.
    y[..., top : top + h, left : left + w] = x -> y[..., :0, :0] = 0

value-whole: You cut off what stands behind the value's point. It may be any number.
    left + w + right), value) -> left + w + right), int(value))

value-negated: Your new cells hold the value with the other sign.
    left + w + right), value) -> left + w + right), -value)

smallest-value: Your new cells hold minus infinity, as the padding of a maximum does. Here they hold what is asked for.
    left + w + right), value) -> left + w + right), -torch.inf)

first-axes-padded: You pad the first two axes. In a batch those are not height and width: the image's axes are the last
two. [channels: The whole layer]

batch-padded: You pad the axis before the image's own as well. All axes but the last two stay as they are.
    return y ->
        if y.ndim == 2:
            return y
        more = torch.full_like(y[..., :1, :, :], value)
        return torch.cat((more, y, more), dim=-3)

mirrors-with-edge: Your border mirrors the image with its outermost cells, which is symmetric padding. Here every new
cell holds the same value. [padding: What else can stand at the border?]
    y = x.new_full((*x.shape[:-2], top + h + bottom, left + w + right), value) -> i = torch.arange(-top, h + bottom)
    y[..., top : top + h, left : left + w] = x -> j = torch.arange(-left, w + right)
    return y ->
        i, j = torch.where(i < 0, -1 - i, i), torch.where(j < 0, -1 - j, j)
        return x[..., torch.where(i < h, i, 2 * h - 1 - i)[:, None], torch.where(j < w, j, 2 * w - 1 - j)]

output-transposed: Rows and columns of your result are exchanged. The image keeps its place: rows down, columns across.
    return y -> return y.mT
""",
    answers=(first_axes_padded,),
)
