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
""",
)
