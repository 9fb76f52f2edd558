"""Cover an image's windows, one at a time.

Where does a network look? Cover a part of the image, and see what becomes of its answer. Write the first half of that
experiment: one copy of the image for each place of the window, with all the cells in the window set to `value`. The
window moves by one cell and stays inside the image.

The image that comes in is left as it is.
"""

import torch

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def covered(image, kernel_size, value=0.0):
    """Copy an image for each place of a window, with the window covered.

    image (H, W); kernel_size: (kH, kW), the window's size; value: what
    stands in the window.
    Returns (H - kH + 1, W - kW + 1, H, W), dtype of image: first by the
    window's row and column, then a whole image.
    """
    h, w = image.shape
    kh, kw = kernel_size
    rows, columns = h - kh + 1, w - kw + 1
    copies = image.repeat(rows, columns, 1, 1)
    for i in range(rows):
        for j in range(columns):
            copies[i, j, i : i + kh, j : j + kw] = value
    return copies


def by_masks(image, kernel_size, value=0.0):
    """Answer otherwise: ask of every cell of every copy whether the window covers it."""
    (h, w), (kh, kw) = image.shape, kernel_size
    down = torch.arange(h) - torch.arange(h - kh + 1)[:, None]
    across = torch.arange(w) - torch.arange(w - kw + 1)[:, None]
    hidden = ((down >= 0) & (down < kh))[:, None, :, None] & ((across >= 0) & (across < kw))[None, :, None, :]
    return torch.where(hidden, torch.tensor(value, dtype=image.dtype), image)


def by_stacking(image, kernel_size, value=0.0):
    """Answer otherwise: a clone each, stacked at the end."""
    rows = []
    for i in range(image.shape[0] - kernel_size[0] + 1):
        row = []
        for j in range(image.shape[1] - kernel_size[1] + 1):
            copy = image.clone()
            copy[i : i + kernel_size[0], j : j + kernel_size[1]] = value
            row.append(copy)
        rows.append(torch.stack(row))
    return torch.stack(rows)


def oracle(image, kernel_size, value=0.0):
    """Move a picture of the window itself over the image."""
    (h, w), (kh, kw) = image.shape, kernel_size
    result = torch.empty(h - kh + 1, w - kw + 1, h, w, dtype=image.dtype)
    window = torch.zeros(h, w, dtype=torch.bool)
    window[:kh, :kw] = True
    for i in range(h - kh + 1):
        for j in range(w - kw + 1):
            result[i, j] = image.masked_fill(window.roll((i, j), (0, 1)), value)
    return result


def draw(rng: Draw) -> Case:
    """Draw an image and a window, neither of them square, and now and then another value than 0."""
    h, w = rng.distinct(2, 4, 6)
    kh, kw = rng.distinct(2, 1, 3)
    settings = {} if rng.turn % 3 == 0 else {"value": rng.choice([-7.5, 0.5, 11.0])}
    return call(rng.whole(h, w), (kh, kw), **settings)


EXERCISE = Exercise(
    title="Cover one window after another",
    solution=covered,
    oracle=oracle,
    read="features: Where does it look?",
    minutes=12,
    difficulty=2,
    anchors=(
        # a window of one row and two columns in one row of three cells: two places
        by_hand(floats([0, 0, 3], [1, 0, 0]).reshape(1, 2, 1, 3), floats([1, 2, 3]), (1, 2)),
        # two rows, each covered by nines in turn
        by_hand(floats([9], [2], [1], [9]).reshape(2, 1, 2, 1), floats([1], [2]), (1, 1), value=9.0),
    ),
    draw=draw,
    styles=(by_masks, by_stacking),
    hints=(
        "At how many places can the window stand, down and across? Each of them gets an image of its own.",
        "Begin with copies of the image that share no memory: repeat or clone makes such ones, expand does not. Which "
        "rows does the window cover when it stands at row i?",
        "The window at (i, j) covers rows i to i + kH - 1 and columns j to j + kW - 1. Two loops set this part of "
        "copy (i, j) to value.",
    ),
    mistakes="""
covers-add-up: Your later copies carry the windows of the earlier ones. Every copy begins with the whole image.
    copies[i, j, i -> copies[i:, j:, i

sides-exchanged: You take the window's height for its width. kernel_size is (kH, kW), height first.
    kh, kw = kernel_size -> kw, kh = kernel_size

image-kept-window: You keep the window and cover all that is around it. It is the window that is covered.
    image.repeat(rows, columns, 1, 1) -> torch.full((rows, columns, h, w), value, dtype=image.dtype)
    ] = value -> ] = image[i : i + kh, j : j + kw]

one-place-short: Your window stops one place before the border. It stands at H - kH + 1 places down, W - kW + 1 across.
    h - kh + 1, w - kw + 1 -> h - kh, w - kw

value-ignored: You cover with 0 whatever is asked for. The value may be any number.
    ] = value -> ] = 0

one-cell: You cover one cell of each copy. The window covers kH rows and kW columns.
    i : i + kh, j : j + kw -> i, j

flat: You number the places in one row. The result has an axis for the window's row and one for its column.
    return copies -> return copies.flatten(0, 1)

output-of-window-first: Your first two axes are exchanged: the window's row comes first, then its column.
    return copies -> return copies.transpose(0, 1)

images-transposed: Rows and columns of your images are exchanged. Each copy lies as the image does.
    return copies -> return copies.transpose(2, 3)

windows-side-by-side: Your window moves on by its own size. It moves by one cell each time.
[cross_correlation: What does a sliding window compute?]
    return copies -> return copies[::kh, ::kw]

window-square: You take the window's height for its width as well. kernel_size is (kH, kW).
    rows, columns = ->
        kw = kh
        rows, columns =

window-square-of-width: You take the window's width for its height as well. kernel_size is (kH, kW).
    rows, columns = ->
        kh = kw
        rows, columns =

window-one-short: Your window lacks its last row and its last column. A slice ends before the index at which it stops.
    i : i + kh, j : j + kw -> i : i + kh - 1, j : j + kw - 1

window-one-long: Your window covers a row and a column too many. A slice ends before the index at which it stops.
    i : i + kh, j : j + kw -> i : i + kh + 1, j : j + kw + 1

window-shrinks: Your window ends at row kH and column kW, wherever it begins: it grows smaller as it moves. It has kH
rows and kW columns everywhere.
    i : i + kh, j : j + kw -> i:kh, j:kw

whole-rows: You cover whole rows. The window is kW columns wide.
    i : i + kh, j : j + kw -> i : i + kh

whole-columns: You cover whole columns. The window is kH rows high.
    i : i + kh, j : j + kw -> :, j : j + kw

row-and-column: You cover whole rows and whole columns, a cross. The window covers only the cells where they meet.
    copies[i, j, i : i + kh, j : j + kw] = value ->
        copies[i, j, i : i + kh] = value
        copies[i, j, :, j : j + kw] = value

one-column-of-window: You cover one column of the window. It has kW of them.
    i : i + kh, j : j + kw -> i : i + kh, j

window-at-corner: Your window stays in the upper left corner. In copy (i, j) it stands at row i and column j.
    i : i + kh, j : j + kw -> :kh, :kw

row-and-column-exchanged: Your window moves down where it should move across. In copy (i, j) it stands at row i and
column j.
    i : i + kh, j : j + kw -> j : j + kh, i : i + kw

window-centred: Your window has its middle at row i and column j. In copy (i, j) its upper left cell stands there.
    i : i + kh, j : j + kw -> max(i - kh // 2, 0) : i - kh // 2 + kh, max(j - kw // 2, 0) : j - kw // 2 + kw

value-added: You add the value to what stands in the window. It takes the place of the cells.
    ] = value -> ] += value

window-multiplied: You multiply the window's cells by the value. It takes their place.
    ] = value -> ] *= value

mean-for-value: You cover with the image's mean. The window is set to `value`.
    ] = value -> ] = image.mean()

nothing-covered: Your copies are right, but no window is covered in them.
    ] = value -> ] = image[i : i + kh, j : j + kw]

last-places-uncovered: The last row and the last column of your copies are not covered: your loops end one place too
early.
    in range(rows) -> in range(rows - 1)
    in range(columns) -> in range(columns - 1)

every-cell-a-place: You count a place for every cell of the image, so that windows stick out over the border. They stay
inside.
    h - kh + 1, w - kw + 1 -> h, w

two-places-more: You count H - kH + 2 places down and W - kW + 2 across, one too many each: the last window sticks out.
    h - kh + 1, w - kw + 1 -> h - kh + 2, w - kw + 2

background-lost: Your copies hold nothing but the covered window, on a ground of zeros. Around the window the image
stays.
    image.repeat(rows, columns, 1, 1) -> image.new_zeros(rows, columns, h, w)
""",
)
