"""Measure the accuracy: the share of images for which the class with the largest score is the right one.

Each row of `logits` belongs to one image, each column to one class. No two scores of an image are equal.
"""

import torch

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def accuracy(logits, labels):
    """Return the share of right predictions.

    logits (N, K): scores of K classes for N images; labels (N,): the right
    classes, int64 from 0 to K - 1.
    Returns a Python float from 0 to 1, not a tensor.
    """
    predictions = logits.argmax(dim=1)
    right = (predictions == labels).sum().item()
    return right / len(labels)


def in_loops(logits, labels):
    """Answer otherwise: plain lists."""
    right = [row.index(max(row)) == label for row, label in zip(logits.tolist(), labels.tolist(), strict=True)]
    return sum(right) / len(right)


def by_largest(logits, labels):
    """Answer otherwise: is the right class's score the largest of its row?"""
    own = logits.gather(1, labels.unsqueeze(1)).squeeze(1)
    return own.eq(logits.max(dim=1).values).double().mean().item()


def oracle(logits, labels):
    """Sort each row with numpy, and average a list of booleans."""
    best = logits.numpy().argsort(axis=1)[:, -1]
    return float((best == labels.numpy()).mean())


def draw(rng: Draw) -> Case:
    """Draw ranks first: some labels have the largest score, some the second largest, some a smaller one.

    In three of four cases there are as many images as classes, so that an exchange of the axes returns a number, and it
    is another one.
    """
    k = rng.integer(9, 13)
    n = k if rng.turn % 4 else k + 3
    right = rng.choice([r for r in range(1, n - 1) if 2 * r != n])
    second = rng.integer(1, n - right - 1)
    ranks = torch.tensor([0] * right + [1] * second + [2] * (n - right - second))[rng.permutation(n)]
    order = torch.stack([rng.permutation(k) for _ in range(n)])  # order[i, c]: the rank of class c in image i
    labels = (order == ranks[:, None]).int().argmax(dim=1)
    gaps = torch.where(torch.arange(n) % 2 == 0, 0.5, 2.0)  # small ones make probabilities below one half
    top = torch.tensor([rng.integer(0, k - 1) for _ in range(n)])
    top[ranks == 2] = labels[ranks == 2]  # a largest score that happens to be the label's number
    logits = (top[:, None] - gaps[:, None] * order).to(rng.dtype)
    while n == k and (logits.argmax(dim=0) == labels).sum().item() in (0, right):
        shuffled = rng.permutation(n)
        logits, labels = logits[shuffled], labels[shuffled]
    return call(logits, labels)


EXERCISE = Exercise(
    title="The share of right answers",
    solution=accuracy,
    oracle=oracle,
    read="lenet: What goes in, and what comes out?",
    minutes=10,
    core=True,
    anchors=(
        # predictions 0, 2, 1 against labels 0, 2, 0: two of three
        by_hand(2 / 3, floats([0, -1, -2], [4, 8, 9], [5, 6, 1]), torch.tensor([0, 2, 0])),
        # predictions 0, 0, 2, 0 against labels 1, 0, 2, 0: three of four
        by_hand(0.75, floats([4, 0, 1], [3, 0, -1], [1, 1.25, 1.5], [0, -2, -2]), torch.tensor([1, 0, 2, 0])),
    ),
    draw=draw,
    styles=(in_loops, by_largest),
    hints=(
        "First one prediction for each image, then compare, then count.",
        "The prediction is the place of a row's largest score, not the score itself. Along which axis must be "
        "searched so that one number for each image comes out?",
        "Search along the axis of the classes. Comparing with the labels gives N booleans; their sum is the number of "
        "right answers; make it a Python number, and divide by the number of images.",
    ),
    mistakes="""
argmax-over-images: You look for the largest score down the batch: which image suits a class best. Look along a row:
which class suits an image best.
    dim=1 -> dim=0

errors-counted: You return the share of wrong answers, the error rate. The accuracy is the share of right ones.
[features: Which digits does it confuse?]
    predictions == labels -> predictions != labels

percent: You return a percentage. An accuracy is a share here, from 0 to 1.
    right / len(labels) -> 100 * right / len(labels)

not-divided: You return the number of right answers. An accuracy is a share: it does not grow with the number of images.
    right / len(labels) -> right

divided-by-classes: You divide by the number of classes. There is one answer for each image.
    / len(labels) -> / logits.shape[1]

sure-answers-only: You count an answer only if its probability is above one half. With several classes the largest can
be lower, and it is still the answer.
    (predictions == labels) -> ((predictions == labels) & (logits.softmax(dim=1).amax(dim=1) > 0.5))

largest-score-compared: You compare the largest score itself with the label. The prediction is its place in the row.
    logits.argmax(dim=1) -> logits.amax(dim=1)

mean-of-classes: You take each class's own accuracy, and the mean of those. Here every image counts alike, however rare
its class is. [features: Which digits does it confuse?]
    right = (predictions == labels).sum().item() ->
        shares = [(predictions[labels == c] == c).double().mean() for c in labels.unique()]
    right / len(labels) -> (sum(shares) / len(shares)).item()

second-place-counts: You count an answer as right if the label is among the two largest scores. Only the largest one is
the answer.
    logits.argmax(dim=1) -> logits.topk(2, dim=1).indices
    predictions == labels -> predictions == labels[:, None]

probability-averaged: You average the probabilities of the right classes. The accuracy asks only whether the largest
score is the right one. [lenet: First check: which loss should an untrained network have?]
    (predictions == labels).sum() -> logits.softmax(dim=1)[torch.arange(len(predictions)), labels].sum()

first-image-only: You judge by the first image. All images of the batch count.
    (predictions == labels).sum() -> (predictions == labels)[0]
    right / len(labels) -> float(right)

argmax-over-images-cut: You look for the largest score down the batch: which image suits a class best. Look along a row:
which class suits an image best.
    logits.argmax(dim=1) -> logits.argmax(dim=0)
    (predictions == labels) -> (predictions[: len(labels)] == labels[: len(predictions)])

argmax-of-all: You look for the largest score among all of them: one place in the whole table, counted on from row to
row. Each image needs a prediction of its own.
    logits.argmax(dim=1) -> logits.argmax()

softmax-over-images: You take a softmax down the batch before you look for the largest score. It weighs each class's
scores against those of other images, and another class may come out largest.
[lenet: What goes in, and what comes out?]
    logits.argmax(dim=1) -> logits.softmax(dim=0).argmax(dim=1)

divided-by-scores: You divide by the number of scores, images times classes. There is one answer for each image.
    / len(labels) -> / logits.numel()

divided-by-wrong-ones: You divide the right answers by the wrong ones. An accuracy is their share of all images.
    right / len(labels) -> right / (len(labels) - right)

percent-rounded-down: You return a whole percentage. An accuracy is a share here, from 0 to 1, and is not rounded.
    right / len(labels) -> 100 * right // len(labels)

percent-rounded: You return a rounded percentage. An accuracy is a share here, from 0 to 1, and is not rounded.
    right / len(labels) -> round(100 * right / len(labels))

percent-to-two-places: You return a percentage, rounded to two places. An accuracy is a share here, from 0 to 1, and is
not rounded.
    right / len(labels) -> round(100 * right / len(labels), 2)

rounded-to-two-places: You round the share to two places. That is for showing it; the result is not rounded.
    right / len(labels) -> round(right / len(labels), 2)

rounded-to-three-places: You round the share to three places. That is for showing it; the result is not rounded.
    right / len(labels) -> round(right / len(labels), 3)

rounded-to-whole: You round the share to a whole number: 0 or 1 is left of it.
    right / len(labels) -> float(round(right / len(labels)))

counted-from-one: You count the classes from 1. Labels count from 0, as the columns of the scores do.
    logits.argmax(dim=1) -> logits.argmax(dim=1) + 1

each-score-judged: You judge every score by itself, as a yes or no of its own at one half, and take the share of right
ones. Each image has one prediction, its largest score's class. [lenet: What goes in, and what comes out?]
    (predictions == labels) -> ((logits.softmax(dim=1) > 0.5) == (labels[:, None] == torch.arange(logits.shape[1])))
    right / len(labels) -> right / logits.numel()

positive-scores-judged: You judge every score by itself, as a yes where it is positive, and take the share of right
ones. Each image has one prediction, its largest score's class. [lenet: What goes in, and what comes out?]
    (predictions == labels) -> ((logits > 0) == (labels[:, None] == torch.arange(logits.shape[1])))
    right / len(labels) -> right / logits.numel()

every-pair-compared: You compare every prediction with every label, an N×N table, and average it. Image i goes with
label i alone.
    predictions == labels -> predictions[:, None] == labels
    right / len(labels) -> right / len(labels) ** 2

every-pair-counted: You compare every prediction with every label, an N×N table, and count all that agree. Image i goes
with label i alone.
    predictions == labels -> predictions[:, None] == labels

probabilities-at-one-half: You take each score for a probability and count the right classes' scores above one half. The
largest score is the answer, however large it is.
    (predictions == labels) -> (logits.gather(1, labels[:, None]) > 0.5)

last-image-only: You judge by the last image: each image's verdict replaces the one before. All images of the batch
count.
    (predictions == labels).sum() -> (predictions == labels)[-1]
    right / len(labels) -> float(right)

last-image-divided: Each image's verdict replaces the one before; the last one is left, and divided by the number of
images. They are counted together.
    (predictions == labels).sum() -> (predictions == labels)[-1]

all-or-nothing: You ask whether all images are right, or none is. Asked for is the share of those that are.
    (predictions == labels).sum() -> (predictions == labels).all()
    right / len(labels) -> float(right)

one-is-enough: You ask whether any image is right. Asked for is the share of those that are.
    (predictions == labels).sum() -> (predictions == labels).any()
    right / len(labels) -> float(right)

loss-for-accuracy: You return the cross-entropy. The accuracy asks only whether the largest score is the right one.
[lenet: First check: which loss should an untrained network have?]
    (predictions == labels).sum() -> (-logits.log_softmax(dim=1)[torch.arange(len(labels)), labels]).sum()
""",
)
