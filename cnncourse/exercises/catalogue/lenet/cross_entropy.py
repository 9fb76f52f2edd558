"""Write the cross-entropy, as a number that a network can be trained with.

For one image with scores $z$ and right class $y$ it is $-\\ln p_y$, where $p_c = e^{z_c} / \\sum_d e^{z_d}$ is the
softmax. The batch's loss is the mean over its images, in nats (natural logarithm).

Scores may be in the thousands, positive or negative. $e^{1000}$ is too large for a float, and a probability may be too
small for one, but the loss is an ordinary number: rewrite the formula until nothing overflows. PyTorch's own
`cross_entropy`, `nll_loss`, `log_softmax` and `logsumexp` are not allowed.
"""

import math

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def cross_entropy(logits, labels):
    """Compute the mean cross-entropy of a batch, in nats per image.

    logits (N, K): scores of K classes, of any size; labels (N,): the right
    classes, int64 from 0 to K - 1.
    Returns a tensor without axes (shape ()), dtype of logits.
    """
    shifted = logits - logits.amax(dim=1, keepdim=True)
    log_sums = shifted.exp().sum(dim=1).log()
    right = shifted[torch.arange(len(labels)), labels]
    return (log_sums - right).mean()


def image_by_image(logits, labels):
    """Answer otherwise: one image after the other."""
    total = 0
    for scores, label in zip(logits, labels, strict=True):
        top = scores.max()
        total = total + top + torch.log(torch.sum(torch.exp(scores - top))) - scores[label]
    return total / len(logits)


def with_one_hot(logits, labels):
    """Answer otherwise: logarithms of all probabilities, of which a one-hot mask keeps the right ones."""
    shifted = logits - logits.max(dim=1, keepdim=True).values.detach()
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    one_hot = torch.eye(logits.shape[1], dtype=logits.dtype)[labels]
    return -(one_hot * log_p).sum() / len(labels)


def pairwise(logits, labels):
    """Answer otherwise: logaddexp, class after class."""
    sums = logits[:, 0]
    for c in range(1, logits.shape[1]):
        sums = torch.logaddexp(sums, logits[:, c])
    return torch.mean(sums - logits.gather(1, labels[:, None])[:, 0])


def draw(rng: Draw) -> Case:
    """Draw scores of ordinary size in even turns, in the thousands in odd ones: positive and negative by turns.

    Among large scores, the first right class has a probability below the smallest float64, and the last image is an
    easy one. Among positive ones that image has small scores, so that the batch's largest score does not suit it.
    """
    n, k = rng.distinct(2, 3, 6)
    logits, labels = 2 * rng.normal(n, k), torch.tensor([rng.integer(0, k - 1) for _ in range(n)])
    if rng.turn % 2:
        logits[0, labels[0]] -= 15
        logits = 200 * (logits - logits.amax(dim=1, keepdim=True)) + (3000 if rng.turn % 4 == 1 else -4000)
        logits[-1] = rng.normal(k) - (0 if rng.turn % 4 == 1 else 4000)
        labels[-1] = logits[-1].argmax()
    return call(logits, labels)


def softmax_by_hand(logits, labels):
    """Answer by the formula as it is printed."""
    powers = logits.exp()
    p = powers / powers.sum(dim=1, keepdim=True)
    return -p[torch.arange(len(labels)), labels].log().mean()


LN3 = math.log(3)

EXERCISE = Exercise(
    title="Cross-entropy that does not overflow",
    solution=cross_entropy,
    oracle=F.cross_entropy,
    read="lenet: First check: which loss should an untrained network have?",
    minutes=20,
    difficulty=3,
    core=True,
    anchors=(
        # probabilities (1/4, 3/4) and (1/2, 1/2): the mean of ln 4 and ln 2 is 1.5 · ln 2
        by_hand(torch.tensor(1.5 * math.log(2)), floats([0, LN3], [7, 7]), torch.tensor([0, 1])),
        # the page's case: p = 1 / (1 + e²⁰⁰), ln p = −200
        by_hand(torch.tensor(200.0), floats([0, 200]), torch.tensor([0])),
        # a right class that leads by 5000, ln(1 + e⁻⁵⁰⁰⁰) = 0, and one of two equal ones, ln 2
        by_hand(torch.tensor(math.log(2) / 2), floats([5000, 0], [5000, 5000]), torch.tensor([0, 1])),
    ),
    draw=draw,
    styles=(image_by_image, with_one_hot, pairwise),
    differentiable=("logits",),
    forbidden=("cross-entropy",),
    hints=(
        "Take the logarithm of the softmax on paper first. What becomes of a logarithm of a quotient, and of the "
        "logarithm of a power of e?",
        "For one image the loss is the logarithm of the sum of all powers, minus the right score. What happens to it "
        "when the same number is taken off all scores? Choose that number so that no power can be too large, and not "
        "all of them can be zero.",
        "Take each row's largest score off the row. Then: powers, their sum along the row, its logarithm, minus the "
        "right class's shifted score, which an index with two lists (row numbers, labels) picks. At the end the mean "
        "over images.",
    ),
    mistakes="""
softmax-twice: You take the softmax of probabilities. The cross-entropy contains one softmax, and it starts from the
scores. [lenet: Why is there no softmax at the network's end?]
    logits - logits.amax(dim=1, keepdim=True) -> logits.softmax(dim=1)

summed: You sum over the images. The batch's loss is their mean, so that it does not grow with the batch.
    ).mean() -> ).sum()

not-averaged: You return one loss for each image. Training needs one number for the batch: their mean.
    ).mean() -> )

averaged-over-classes: You divide by the number of scores, N·K. There is one loss for each image, so divide by the
number of images.
    ).mean() -> ).mean() / logits.shape[1]

binary-logarithm: Your logarithm has base 2, so that the loss is in bits. It is the natural one here: nats.
    ).mean() -> ).mean() / 0.6931471805599453

decimal-logarithm: Your logarithm has base 10. It is the natural one here: nats.
    ).mean() -> ).mean() / 2.302585092994046

softmax-over-images: Your softmax runs down the batch. The probabilities of the classes of one image add up to 1, along
a row.
    amax(dim=1, keepdim=True) -> amax(dim=0)
    sum(dim=1) -> sum(dim=0)
    log_sums - right -> log_sums[labels] - right

sign-missing: Your loss has the other sign. Probabilities are below 1, their logarithms negative; the loss is minus
that.
    log_sums - right -> right - log_sums

largest-score: You take the class with the largest score, whatever the label says. The loss asks for the right class's
probability.
    shifted[torch.arange(len(labels)), labels] -> shifted.amax(dim=1)

logarithm-forgotten: You average minus the probabilities. The loss is minus their logarithm: a sure wrong answer costs
much more.
    (log_sums - right) -> -(right - log_sums).exp()

logarithm-of-mean: You average the probabilities and take the logarithm at the end. Each image has its logarithm; those
are averaged.
    (log_sums - right).mean() -> -(right - log_sums).exp().mean().log()

every-label-for-every-image: Your index picks the scores of all labels for each image, an N×N table. Image i goes with
label i alone.
    shifted[torch.arange(len(labels)), labels] -> shifted[:, labels]
    log_sums - right -> log_sums[:, None] - right

maximum-not-added-back: You take the largest score off inside the sum only. It must come off the right score, too, or be
added again. [lenet: Why is there no softmax at the network's end?]
    right = shifted -> right = logits

maximum-of-batch: You take one number off all images' scores. An image whose scores are far below loses all its powers:
they become 0. Each image needs a number of its own. [lenet: Why is there no softmax at the network's end?]
    logits.amax(dim=1, keepdim=True) -> logits.max()

powers-overflow: Your formula is right on paper, but powers of e of large scores are too large for a float, and those of
very negative ones are 0. Taking one number off all scores changes nothing but that.
[lenet: Why is there no softmax at the network's end?]
    logits - logits.amax(dim=1, keepdim=True) -> logits

softmax-then-logarithm: A probability can be too small for a float: it becomes 0, and its logarithm minus infinity. The
logarithm of the quotient can be written without the quotient. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -(right - log_sums).exp().log()

softmax-by-hand: Your formula is right on paper, but infinity over infinity, and 0 over 0, is no number. Simplify the
logarithm of the softmax first, and keep the powers small. [lenet: Why is there no softmax at the network's end?]

softmax-over-batch: Your softmax runs over all scores of the batch at once. The probabilities of the classes of one
image add up to 1, along a row.
    logits.amax(dim=1, keepdim=True) -> logits.max()
    sum(dim=1) -> sum()

divided-by-classes: You divide the sum of the losses by the number of classes. There is one loss for each image, so
divide by the number of images.
    ).mean() -> ).sum() / logits.shape[1]

divided-twice: You divide by the number of images twice: a mean is divided already.
    ).mean() -> ).mean() / len(labels)

at-least-1e-5: Your probabilities have a floor: with 1e-5 added, or as the least value, no logarithm falls below ln
1e-5. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-5).log()

at-least-1e-6: Your probabilities have a floor: with 1e-6 added, or as the least value, no logarithm falls below ln
1e-6. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-6).log()

at-least-1e-7: Your probabilities have a floor: with 1e-7 added, or as the least value, no logarithm falls below ln
1e-7. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-7).log()

at-least-1e-8: Your probabilities have a floor: with 1e-8 added, or as the least value, no logarithm falls below ln
1e-8. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-8).log()

at-least-1e-9: Your probabilities have a floor: with 1e-9 added, or as the least value, no logarithm falls below ln
1e-9. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-9).log()

at-least-1e-10: Your probabilities have a floor: with 1e-10 added, or as the least value, no logarithm falls below ln
1e-10. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-10).log()

at-least-1e-12: Your probabilities have a floor: with 1e-12 added, or as the least value, no logarithm falls below ln
1e-12. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-12).log()

at-least-1e-15: Your probabilities have a floor: with 1e-15 added, or as the least value, no logarithm falls below ln
1e-15. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-15).log()

at-least-1e-16: Your probabilities have a floor: with 1e-16 added, or as the least value, no logarithm falls below ln
1e-16. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-16).log()

at-least-1e-20: Your probabilities have a floor: with 1e-20 added, or as the least value, no logarithm falls below ln
1e-20. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-20).log()

at-least-1e-30: Your probabilities have a floor: with 1e-30 added, or as the least value, no logarithm falls below ln
1e-30. But the loss of a sure wrong answer has no such limit. [lenet: Why is there no softmax at the network's end?]
    (log_sums - right) -> -((right - log_sums).exp() + 1e-30).log()

raw-scores: Your loss is minus the right scores, without a softmax. What counts is how large a score is beside the
others: the logarithm of the sum of all powers is missing. [lenet: Why is there no softmax at the network's end?]
    log_sums - right -> -logits[torch.arange(len(labels)), labels]

distance-to-largest: Your loss is how far the right score lies below the largest one. The other scores count as well:
the logarithm of the sum of all powers is missing. [lenet: Why is there no softmax at the network's end?]
    log_sums - right -> -right

sigmoid-for-softmax: You take the sigmoid of the right score alone. In a softmax all scores of an image compete.
[lenet: Why is there no softmax at the network's end?]
    log_sums - right -> torch.nn.functional.softplus(-logits[torch.arange(len(labels)), labels])

binary-cross-entropy: You take every class for a question of its own, with yes or no, and add up their losses. Here one
class is right, and only its probability counts.
    shifted.exp().sum(dim=1).log() -> torch.nn.functional.softplus(logits).sum(dim=1)
    right = shifted -> right = logits

binary-cross-entropy-averaged: You take every class for a question of its own, with yes or no, and average all their
losses. Here one class is right, and only its probability counts.
    shifted.exp().sum(dim=1).log() -> torch.nn.functional.softplus(logits).sum(dim=1)
    right = shifted -> right = logits
    ).mean() -> ).mean() / logits.shape[1]

squared-error: You take the squared differences of probabilities and ones and zeros. The loss is minus the logarithm of
the right class's probability.
    log_sums = shifted ->
        one_hot = torch.eye(logits.shape[1], dtype=logits.dtype)[labels]
        log_sums = shifted
    log_sums - right -> (shifted.softmax(dim=1) - one_hot).pow(2).sum(dim=1)

squared-error-averaged: You average the squared differences of probabilities and ones and zeros. The loss is minus the
logarithm of the right class's probability.
    log_sums = shifted ->
        one_hot = torch.eye(logits.shape[1], dtype=logits.dtype)[labels]
        log_sums = shifted
    log_sums - right -> (shifted.softmax(dim=1) - one_hot).pow(2).mean(dim=1)

probability-squared: You square the right class's probability, or take its logarithm twice. It counts once.
    log_sums - right -> 2 * (log_sums - right)

entropy: You compute how unsure the network is, the entropy of its own probabilities. The loss asks only for the right
class's probability, which the label names.
    log_sums - right -> (shifted.softmax(dim=1) * (log_sums[:, None] - shifted)).sum(dim=1)

all-classes-summed: You add up minus the logarithms of all classes' probabilities. Only the right class's counts, which
the label names.
    log_sums - right -> (log_sums[:, None] - shifted).sum(dim=1)

all-classes-averaged: You average minus the logarithms of all classes' probabilities. Only the right class's counts,
which the label names.
    log_sums - right -> (log_sums[:, None] - shifted).mean(dim=1)

labels-from-one: You count the classes from 1, so that each label names the class before. They count from 0.
    len(labels)), labels] -> len(labels)), labels - 1]

first-image-only: You return the loss of the first image. The batch's loss is the mean over all of them.
    (log_sums - right).mean() -> (log_sums - right)[0]

last-image-only: You return the loss of the last image: each image's loss replaces the one before. The batch's loss is
the mean over all of them.
    (log_sums - right).mean() -> (log_sums - right)[-1]

last-image-divided: Each image's loss replaces the one before; the last one is left, and divided by the number of
images. They are added up first.
    (log_sums - right).mean() -> (log_sums - right)[-1] / len(labels)

largest-loss: You return the largest loss of the batch. Asked for is the mean over its images.
    ).mean() -> ).max()

mean-taken-off: You take the mean of a row off its scores. The largest of them may still be far above it, and its power
too large for a float. [lenet: Why is there no softmax at the network's end?]
    logits.amax(dim=1, keepdim=True) -> logits.mean(dim=1, keepdim=True)

largest-size-taken-off: You take off the score that is farthest from 0. Where all are far below 0, that moves them
further down, and all powers become 0. [lenet: Why is there no softmax at the network's end?]
    logits.amax(dim=1, keepdim=True) -> logits.abs().amax(dim=1, keepdim=True)

maximum-of-class: You take each class's largest score off, down the batch. That changes the differences within a row,
and with them the probabilities. Along a row all scores must be moved alike.
    logits.amax(dim=1, keepdim=True) -> logits.amax(dim=0)

probability-of-error: Your loss is minus the logarithm of one minus the right class's probability: it rewards what is
wrong.
    (log_sums - right) -> -(-torch.expm1(right - log_sums)).log()

one-minus-probability: You average one minus the right class's probability. The loss is minus the probability's
logarithm: a sure wrong answer costs much more.
    (log_sums - right) -> (1 - (right - log_sums).exp())
""",
    answers=(softmax_by_hand,),
)
