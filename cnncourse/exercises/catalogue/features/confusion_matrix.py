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

last-image-missing: You leave the last image out. All N of them count.
    range(len(labels)) -> range(len(labels) - 1)

first-image-missing: You leave the first image out. All N of them count.
    range(len(labels)) -> range(1, len(labels))

starts-with-ones: Your table starts with ones, not with zeros: every cell counts one image too many.
    torch.zeros -> torch.ones

both-ways: You count each image twice: in the cell of its pair, and in the one with row and column exchanged. That a
class was taken for another does not say that it happened the other way round.
    counts[labels[i], predictions[i]] += 1 ->
        counts[labels[i], predictions[i]] += 1
        counts[predictions[i], labels[i]] += 1

both-ways-once: You also count every mistake the other way round, so that the table is symmetric. That a class was taken
for another does not say that it happened the other way round.
    counts[labels[i], predictions[i]] += 1 ->
        counts[labels[i], predictions[i]] += 1
        if labels[i] != predictions[i]:
            counts[predictions[i], labels[i]] += 1

fractions-of-columns: You divide each column by its sum. Counts are asked for: whole numbers.
    return counts -> return counts / counts.sum(dim=0, keepdim=True).clamp(min=1)

fractions-of-rows-undefined: You divide each row by its sum, and by 0 where a class never occurs. Counts are asked for:
whole numbers.
    return counts -> return counts / counts.sum(dim=1, keepdim=True)

fractions-of-columns-undefined: You divide each column by its sum, and by 0 where a class is never predicted. Counts are
asked for: whole numbers.
    return counts -> return counts / counts.sum(dim=0, keepdim=True)

percent: You return percentages of all images. Counts are asked for: whole numbers.
    return counts -> return 100 * counts / len(labels)

percent-of-rows: You return percentages of each row. Counts are asked for: whole numbers.
    return counts -> return 100 * counts / counts.sum(dim=1, keepdim=True).clamp(min=1)

one-class-too-many: Your table has a row and a column too many. Classes count from 0 to classes - 1.
    counts = torch ->
        classes = classes + 1
        counts = torch

counted-from-one-in-larger-table: Your table has an empty row and an empty column before class 0. Classes count from 0,
and there are as many rows as classes.
    counts = torch ->
        labels, predictions, classes = labels + 1, predictions + 1, classes + 1
        counts = torch

flat: Your counts are right, but all in one row. Asked for is a table, a row for each right class.
    return counts -> return counts.flatten()

right-classes-only: You count on the diagonal how often each class is the right one. The prediction says in which column
an image counts.
    counts[labels[i], predictions[i]] -> counts[labels[i], labels[i]]

predictions-only: You count on the diagonal how often each class is predicted. The right class says in which row an
image counts.
    counts[labels[i], predictions[i]] -> counts[predictions[i], predictions[i]]

whole-row: You add one to all of a row. Only one cell of it belongs to an image: the column is its prediction.
    counts[labels[i], predictions[i]] -> counts[labels[i]]

whole-column: You add one to all of a column. Only one cell of it belongs to an image: the row is its right class.
    counts[labels[i], predictions[i]] -> counts[:, predictions[i]]

all-pairs: You pair every label with every prediction. Image i has one of each, and counts once.
    counts[labels[i], predictions[i]] += 1 ->
        for j in range(len(labels)):
            counts[labels[i], predictions[j]] += 1

classes-backwards: Your classes run backwards: the last one stands first. Row r belongs to class r, column c to class c.
    return counts -> return counts.flip(0, 1)

row-sums: You return how often each class is the right one. Asked for is a table that also says what it was taken for.
    return counts -> return counts.sum(dim=1)

diagonal-only: You return the diagonal alone: how often each class was right. Asked for is the whole table.
    return counts -> return counts.diagonal()
""",
)
