"""Put the gradients of several processes together.

Each process holds a part of a batch and has computed the gradient of the mean loss over its own part. Return the
gradient of the mean loss over the whole batch, as a single process would have computed it. The package refuses parts of
unequal size; yours may differ.
"""

import torch

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def shared_gradient(gradients, sizes):
    """Compute the gradient of a batch from the gradients of its parts.

    gradients: a list of tensors of one shape, one for each part: the
    gradient of the mean loss over its images;
    sizes: a list of ints, how many images each part holds.
    Returns a tensor of the same shape and dtype: the gradient of the mean
    loss over all images.
    """
    total = 0
    for part, size in enumerate(sizes):
        total = total + size * gradients[part]
    return total / sum(sizes)


def by_shares(gradients, sizes):
    """Answer otherwise: each part's share of the batch as a weight, all parts in one product."""
    stacked = torch.stack(gradients)
    shares = torch.tensor(sizes, dtype=torch.float64) / sum(sizes)
    return torch.tensordot(shares.to(stacked.dtype), stacked, dims=1)


def one_after_another(gradients, sizes):
    """Answer otherwise: merge the parts one by one into a mean that grows."""
    mean, seen = gradients[0], sizes[0]
    for gradient, size in zip(gradients[1:], sizes[1:], strict=True):
        seen += size
        mean = mean + (gradient - mean) * (size / seen)
    return mean


def oracle(gradients, sizes):
    """Give every image its part's gradient, and take the mean over all images."""
    pairs = zip(gradients, sizes, strict=True)
    return torch.cat([gradient.expand(size, *gradient.shape) for gradient, size in pairs]).mean(dim=0)


def draw(rng: Draw) -> Case:
    """Draw two to four parts of different sizes; of one size in every sixth case."""
    count = 2 + rng.turn % 3
    sizes = rng.distinct(count, 1, 9) if rng.turn % 6 else [rng.integer(2, 6)] * count
    shape = tuple(rng.distinct(2, 1, 3)) if rng.turn % 2 else (3,)
    return call([rng.whole(*shape, low=-9, high=9) for _ in sizes], sizes)


EXERCISE = Exercise(
    title="One gradient from several processes",
    solution=shared_gradient,
    oracle=oracle,
    read="mnist: Appendix: can two processes share the work?",
    minutes=10,
    difficulty=2,
    anchors=(
        # three images with 2 on average and one with 6: (3·2 + 1·6) / 4
        by_hand(floats(3), [floats(2), floats(6)], [3, 1]),
        # 1·1 + 2·0 + 5·2 = 11 and 1·0 + 2·1 + 5·2 = 12, over 8 images
        by_hand(floats(1.375, 1.5), [floats(1, 0), floats(0, 1), floats(2, 2)], [1, 2, 5]),
    ),
    draw=draw,
    styles=(by_shares, one_after_another),
    hints=(
        "Think of the images, not of the processes: each image should count alike, in whichever part it is.",
        "A part's mean gradient is the sum over its images, divided by their number. How do you get that sum back? And "
        "what does the whole batch's mean need?",
        "Multiply each part's gradient by the part's size, which gives the sum over its images; add up all parts; "
        "divide once by the number of images in all parts together.",
    ),
    mistakes="""
plain-mean: You average over the parts as if they were equally large. An image in a small part then counts for more than
one in a large part.
    total + size * gradients[part] -> total + gradients[part]
    total / sum(sizes) -> total / len(sizes)

plain-sum: You add up the parts' gradients. The result is a mean over all images; it must not grow with the number of
processes.
    total + size * gradients[part] -> total + gradients[part]
    total / sum(sizes) -> total

not-divided: You return the sum over all images. The gradient of the mean loss is their mean.
    total / sum(sizes) -> total

divided-by-parts: You weight the parts by their sizes, then divide by the number of parts. The weighted sum is one over
images, so it takes the number of images.
    total / sum(sizes) -> total / len(sizes)

divided-again: You divide once more, by the number of parts. Weighted by the parts' shares, the sum is a mean already.
    total / sum(sizes) -> total / sum(sizes) / len(sizes)

means-taken-for-sums: You add the gradients and divide by the number of images, as if each were a sum over its part.
Each is a mean already.
    total + size * gradients[part] -> total + gradients[part]

small-parts-favoured: Your weights are the wrong way round: the smaller a part, the more it counts. A part with more
images counts for more.
    size * gradients[part] -> gradients[part] / size
    sum(sizes) -> sum(1 / size for size in sizes)

sizes-squared: Your weights are the squares of the sizes, so that a large part counts too much. Every image counts
alike.
    size * gradients[part] -> size**2 * gradients[part]
    sum(sizes) -> sum(s**2 for s in sizes)

first-part-only: You return the first process's own gradient. The images of the others count as well.
    total / sum(sizes) -> gradients[0]

largest-part-only: You return the gradient of the largest part. The images of the others count as well.
    total / sum(sizes) -> gradients[sizes.index(max(sizes))]

last-part-overwrites: Each part overwrites the sum of those before it, and the last one alone is left. The parts are
added up.
    total + size * gradients[part] -> size * gradients[part]

last-part-only: You return the last process's own gradient. The images of the others count as well.
    total / sum(sizes) -> gradients[-1]

first-part-missing: The first part is missing from your sum, though its images are counted. Places in a list count
from 0.
    total = total + size * gradients[part] -> total = total + (size * gradients[part] if part else 0 * gradients[0])

last-part-missing: The last part is missing from your sum, though its images are counted.
    total = total + size * gradients[part] ->
        total = total + (size * gradients[part] if part < len(sizes) - 1 else 0 * gradients[0])

first-size-for-all: You weight every part by the size of the first. Each has its own.
    size * gradients[part] -> sizes[0] * gradients[part]

last-size-for-all: You weight every part by the size of the last. Each has its own.
    size * gradients[part] -> sizes[-1] * gradients[part]

sizes-backwards: Your sizes meet the gradients in reverse order. Part and size stand at the same place in their lists.
    size * gradients[part] -> size * gradients[-1 - part]

divided-by-first-size: You divide the weighted sum by the size of the first part. It is one over all images.
    total / sum(sizes) -> total / sizes[0]

divided-by-last-size: You divide the weighted sum by the size of the last part. It is one over all images.
    total / sum(sizes) -> total / sizes[-1]

divided-by-largest: You divide the weighted sum by the size of the largest part. It is one over all images.
    total / sum(sizes) -> total / max(sizes)

sizes-added: You add a part's size to its gradient. It is a weight: the mean times the number of images is their sum.
    size * gradients[part] -> size + gradients[part]

gradient-divided-by-size: You divide each part's gradient by its size once more. It is a mean already; times the size it
becomes the sum again.
    size * gradients[part] -> gradients[part] / size

small-mean-added: You divide each part's gradient by its size and add them up, as if they were sums. Each is a mean
already.
    size * gradients[part] -> gradients[part] / size
    total / sum(sizes) -> total

small-mean-averaged: You divide each part's gradient by its size and take the mean over the parts, as if they were sums.
Each is a mean already.
    size * gradients[part] -> gradients[part] / size
    total / sum(sizes) -> total / len(sizes)

roots-of-sizes: Your weights are the roots of the sizes. Every image counts alike: the size itself is the weight.
    size * gradients[part] -> size**0.5 * gradients[part]
    sum(sizes) -> sum(s**0.5 for s in sizes)

running-mean: You average each part with the mean of all before it, half and half, so that the last parts count most.
Every image counts alike.
    total = total + size * gradients[part] -> total = (total + gradients[part]) / 2 if part else gradients[0]
    total / sum(sizes) -> total

largest-for-mean: You keep the largest of the parts' numbers in each cell. Asked for is a mean over all images.
    total / sum(sizes) -> torch.stack(gradients).amax(dim=0)

median-for-mean: You keep the parts' median in each cell. Asked for is a mean over all images.
    total / sum(sizes) -> torch.stack(gradients).median(dim=0).values

one-number: You average over the cells of the gradient as well. Each keeps its own number.
    return total / sum(sizes) -> return (total / sum(sizes)).mean()

sign-turned: Your gradient has the other sign. The step against it is the optimizer's.
    return total / sum(sizes) -> return -total / sum(sizes)

divided-one-short: You divide by the number of images less one, as for an estimated variance. A mean is divided by all.
    total / sum(sizes) -> total / (sum(sizes) - 1)
""",
)
