"""Count a confusion matrix: how often was each class taken for each class?

Row r and column c count the images whose right class is r and whose prediction is c. What is right stands on the
diagonal. Classes that never occur have rows and columns of zeros.
"""

import torch

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def confusion_matrix(labels, predictions, classes):
    """Count how often each class was taken for each class.

    labels (N,): the right classes, predictions (N,): the model's, both int64
    from 0 to classes - 1; classes: how many there are.
    Returns counts, shape (classes, classes), int64: row = right class,
    column = prediction.
    """
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for i in range(len(labels)):
        counts[labels[i], predictions[i]] += 1
    return counts


def by_masks(labels, predictions, classes):
    """Answer otherwise: count each cell for itself."""
    names = torch.arange(classes)
    is_label, is_prediction = labels == names[:, None], predictions == names[:, None]
    return (is_label[:, None] & is_prediction[None]).sum(dim=2)


def by_one_hot(labels, predictions, classes):
    """Answer otherwise: a product of two tables of ones and zeros."""
    rows = torch.eye(classes, dtype=torch.int64)
    return rows[labels].T @ rows[predictions]


def oracle(labels, predictions, classes):
    """Give each pair one number, and count the numbers."""
    return torch.bincount(labels * classes + predictions, minlength=classes**2).reshape(classes, classes)


def draw(rng: Draw) -> Case:
    """Draw pairs that repeat, some right, some wrong; in every third case the last class never occurs."""
    classes, n = rng.integer(4, 6), rng.integer(12, 20)
    last = classes - (2 if rng.turn % 3 == 0 else 1)
    labels = torch.tensor([rng.integer(0, last) for _ in range(n)])
    predictions = torch.tensor([rng.choice((label, label, rng.integer(0, last))) for label in labels.tolist()])
    # the same mistake three times, and never the other way round
    labels[:3], predictions[:3] = 0, 1
    swapped = (labels == 1) & (predictions == 0)
    predictions[swapped] = 1
    return call(labels, predictions, classes)


EXERCISE = Exercise(
    title="Which class is taken for which?",
    solution=confusion_matrix,
    oracle=oracle,
    read="features: Which digits does it confuse?",
    minutes=10,
    anchors=(
        # pairs (right, predicted): (0, 0), (1, 1), (1, 0), (1, 1)
        by_hand(torch.tensor([[1, 0], [1, 2]]), torch.tensor([0, 1, 1, 1]), torch.tensor([0, 1, 0, 1]), 2),
        # pairs (0, 2), (0, 2), (1, 1); class 2 is never right, class 3 never occurs
        by_hand(
            torch.tensor([[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]),
            torch.tensor([0, 0, 1]),
            torch.tensor([2, 2, 1]),
            4,
        ),
    ),
    draw=draw,
    styles=(by_masks, by_one_hot),
    hints=(
        "Start with a table of zeros. What does one image change in it?",
        "Each image adds one to one cell. Its right class says the row, its prediction the column. Mind the table's "
        "dtype.",
        "Go through labels and predictions side by side, and add one to the cell that the pair names. An assignment to "
        "counts[labels, predictions] all at once would set a cell that is named twice only once.",
    ),
    mistakes="""
transposed: Your rows are the predictions and your columns the right classes. It is the other way round: row = right
class.
    labels[i], predictions[i] -> predictions[i], labels[i]

repeats-lost: A pair that occurs several times counts once in your table. An assignment with lists of indices writes
each cell once, however often it is named.
    += 1 -> = 1

right-ones-only: You count only what is right. The mistakes, off the diagonal, are what the matrix is for.
    += 1 -> += labels[i] == predictions[i]

mistakes-only: You count only the mistakes. What is right is counted, too, on the diagonal.
    += 1 -> += labels[i] != predictions[i]

counted-from-one: Your rows and columns are shifted by one: class 1 stands where class 0 belongs. Classes count from 0.
    labels[i], predictions[i] -> labels[i] - 1, predictions[i] - 1

fractions-of-all: You divide by the number of images. Counts are asked for: whole numbers.
    return counts -> return counts / len(labels)

fractions-of-rows: You divide each row by its sum. Counts are asked for: whole numbers.
    return counts -> return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)

size-from-data: Your table is as large as the classes that happen to occur. A class may be missing from a batch:
`classes` says how many there are.
    counts = torch ->
        classes = int(torch.cat([labels, predictions]).max()) + 1
        counts = torch
""",
)
