"""Predict what single windows give, and how large the outputs are.

Two small kernels slide over one image, without padding, one cell at a time: Y = X ⋆ K and Z = X ⋆ L, both
cross-correlations.

```text
    1 2 0 4 3
X = 4 4 3 0 3     K = 0 1     L = 1 -1
    0 0 4 2 2         2 1
    2 3 4 4 1
```

Rows and columns are counted from 0. A cell is an `int`, a size a pair (rows, columns). You need a few windows only,
not the whole outputs.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.model import Exercise


def predict_windows():
    """Predict cells (ints), sizes (rows, columns) of Y = X ⋆ K, Z = X ⋆ L.

    X = [[1, 2, 0, 4, 3], [4, 4, 3, 0, 3], [0, 0, 4, 2, 2], [2, 3, 4, 4, 1]]
    K = [[0, 1], [2, 1]] and L = [[1, -1]].
    """
    return {
        "Y[0, 1]": 11,
        "Y[1, 0]": 4,
        "size of Y": (3, 4),
        "Z[2, 1]": -4,
        "size of Z": (4, 4),
        "size for a 28x20 image and a 5x3 kernel": (24, 18),
    }


def oracle():
    """Let PyTorch compute the whole outputs."""
    x = torch.tensor([[1, 2, 0, 4, 3], [4, 4, 3, 0, 3], [0, 0, 4, 2, 2], [2, 3, 4, 4, 1]])

    def correlate(x: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x[None, None].float(), kernel[None, None].float())[0, 0]

    y, z = correlate(x, torch.tensor([[0, 1], [2, 1]])), correlate(x, torch.tensor([[1, -1]]))
    return (
        int(y[0, 1]),
        int(y[1, 0]),
        tuple(y.shape),
        int(z[2, 1]),
        tuple(z.shape),
        tuple(correlate(torch.zeros(28, 20), torch.zeros(5, 3)).shape),
    )


EXERCISE = Exercise(
    title="What does one window give?",
    solution=predict_windows,
    oracle=oracle,
    read="cross_correlation: What does a sliding window compute?",
    minutes=5,
    hints=(
        "Lay the kernel on the image so that its upper left cell covers the cell of X with the same row and column as "
        "the output cell.",
        "Multiply the cells that lie on top of each other, and add. For a size, count in how many places the kernel "
        "can stand, downwards and then across.",
        "The window of Y[0, 1] holds 2 and 0 above, 4 and 3 below; that of Y[1, 0] holds 4 and 4 above, 0 and 0 "
        "below. Z is a cell minus its right neighbour. A kernel of k cells has n − k + 1 places among n.",
    ),
    mistakes="""
kernel-flipped
    "Y[0, 1]": 11, -> "Y[0, 1]": 6,
    "Y[1, 0]": 4, -> "Y[1, 0]": 12,
    "Z[2, 1]": -4, -> "Z[2, 1]": 4,

kernel-transposed: You lay the kernel on its side, its rows as columns. Its first row lies on the window's first row.
    "Y[0, 1]": 11, -> "Y[0, 1]": 7,
    "Y[1, 0]": 4, -> "Y[1, 0]": 8,

column-first: You read the first index as the column. It is the row, counted downwards; the second goes across.
    "Y[0, 1]": 11, -> "Y[0, 1]": 4,
    "Y[1, 0]": 4, -> "Y[1, 0]": 11,
    "Z[2, 1]": -4, -> "Z[2, 1]": 3,

window-jumps
    "Y[0, 1]": 11, -> "Y[0, 1]": 10,
    "Y[1, 0]": 4, -> "Y[1, 0]": 7,
    "Z[2, 1]": -4, -> "Z[2, 1]": 2,
    "size of Y": (3, 4), -> "size of Y": (2, 2),
    "size of Z": (4, 4), -> "size of Z": (4, 2),
    kernel": (24, 18), -> kernel": (5, 6),

size-kept: You give the output the image's size. Without padding it has a cell only for each place where the whole
kernel fits. [cross_correlation: Why does the output shrink?]
    "size of Y": (3, 4), -> "size of Y": (4, 5),
    "size of Z": (4, 4), -> "size of Z": (4, 5),
    kernel": (24, 18), -> kernel": (28, 20),

last-place-missing
    "size of Y": (3, 4), -> "size of Y": (2, 3),
    "size of Z": (4, 4), -> "size of Z": (3, 3),
    kernel": (24, 18), -> kernel": (23, 17),

width-first: You give sizes as width and height. Rows come first here, as in the shape of a tensor.
[cross_correlation: Why does the output shrink?]
    "size of Y": (3, 4), -> "size of Y": (4, 3),
    kernel": (24, 18), -> kernel": (18, 24),

flipped-upside-down
    "Y[0, 1]": 11 -> "Y[0, 1]": 7
    "Y[1, 0]": 4 -> "Y[1, 0]": 12

flipped-left-to-right
    "Y[0, 1]": 11 -> "Y[0, 1]": 12
    "Z[2, 1]": -4 -> "Z[2, 1]": 4

cells-summed: You add up the window's cells as they are. Each is multiplied by the kernel's cell above it first.
    "Y[0, 1]": 11 -> "Y[0, 1]": 9
    "Y[1, 0]": 4 -> "Y[1, 0]": 8
    "Z[2, 1]": -4 -> "Z[2, 1]": 4

every-overlap
    "size of Y": (3, 4) -> "size of Y": (5, 6)
    "size of Z": (4, 4) -> "size of Z": (4, 6)
    5x3 kernel": (24, 18) -> 5x3 kernel": (32, 22)

half-a-kernel-on-each-side: You take half of the kernel, rounded down, off each side of the image. A kernel of two cells
takes off one cell in all: count the places. [cross_correlation: Why does the output shrink?]
    "size of Y": (3, 4) -> "size of Y": (2, 3)
    "size of Z": (4, 4) -> "size of Z": (4, 3)

kernel-square: You take the kernel's height for its width as well. Each axis has its own number of places.
[cross_correlation: Why does the output shrink?]
    "size of Z": (4, 4) -> "size of Z": (4, 5)
    5x3 kernel": (24, 18) -> 5x3 kernel": (24, 16)

kernel-sides-exchanged: You take the kernel's width off the rows and its height off the columns. The first number of a
pair belongs to the rows. [cross_correlation: Why does the output shrink?]
    "size of Z": (4, 4) -> "size of Z": (3, 5)
    5x3 kernel": (24, 18) -> 5x3 kernel": (26, 16)

rows-only: You let the output shrink downwards only. Across there are fewer places than columns as well.
[cross_correlation: Why does the output shrink?]
    "size of Y": (3, 4) -> "size of Y": (3, 5)
    "size of Z": (4, 4) -> "size of Z": (4, 5)
    5x3 kernel": (24, 18) -> 5x3 kernel": (24, 20)

size-of-kernel: You give the kernel's size. The output has a cell for each place where the kernel fits.
[cross_correlation: Why does the output shrink?]
    "size of Y": (3, 4) -> "size of Y": (2, 2)
    "size of Z": (4, 4) -> "size of Z": (1, 2)
    5x3 kernel": (24, 18) -> 5x3 kernel": (5, 3)

number-of-cells: You give the number of cells. A size is a pair: rows, columns.
    "size of Y": (3, 4) -> "size of Y": 12
    "size of Z": (4, 4) -> "size of Z": 16
    5x3 kernel": (24, 18) -> 5x3 kernel": 432
""",
)
