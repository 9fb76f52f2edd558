"""Cut a training set into batches, for one epoch.

The images are taken in the order that is given: `order` holds the number of the image that comes first, then of the
one that comes second, and so on. Each image keeps its label. Batches do not overlap, and all have the same size. What
is left over at the end of the order, too few images to fill a batch, is dropped.
"""

import torch

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def minibatches(images, labels, order, batch_size):
    """Take images and labels in a given order, and cut them into batches.

    images (N, C, H, W); labels (N,); order (N,): int64, 0 to N - 1, mixed;
    batch_size B: a number, at most N.
    Returns a list of pairs, tuples of images (B, C, H, W) and labels (B,);
    what does not fill a batch at the end is dropped.
    """
    pairs = []
    for start in range(0, len(order) - batch_size + 1, batch_size):
        chosen = order[start : start + batch_size]
        pairs.append((images[chosen], labels[chosen]))
    return pairs


def by_splitting(images, labels, order, batch_size):
    """Answer otherwise: count the whole batches, shuffle all at once, cut off the rest, and split."""
    used = order[: len(order) // batch_size * batch_size]
    return list(zip(images[used].split(batch_size), labels[used].split(batch_size), strict=True))


def one_by_one(images, labels, order, batch_size):
    """Answer otherwise: fill a basket image by image, and empty it when it is full."""
    full, basket = [], []
    for number in order.tolist():
        basket.append(number)
        if len(basket) == batch_size:
            full.append((torch.stack([images[i] for i in basket]), torch.stack([labels[i] for i in basket])))
            basket = []
    return full


def oracle(images, labels, order, batch_size):
    """Reshape with numpy: an axis for the batches, one for the place in a batch."""
    count = len(images) // batch_size
    table = order.numpy()[: count * batch_size].reshape(count, batch_size)
    both = images.numpy()[table], labels.numpy()[table]
    return [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in zip(*both, strict=True)]


def draw(rng: Draw) -> Case:
    """Draw what is left over: nothing, one too few for a batch, anything between; never as many batches as places."""
    batch_size, count = rng.choice(((2, 3), (2, 4), (3, 2), (4, 2)))
    rest = (0, batch_size - 1, rng.integer(1, batch_size - 1))[rng.turn % 3]
    n = batch_size * count + rest
    order = rng.permutation(n)
    while bool((order == order.argsort()).all()):  # it would be its own inverse
        order = rng.permutation(n)
    h, w = rng.distinct(2, 2, 3)
    images = rng.whole(n, rng.integer(1, 2), h, w, low=0, high=99)
    return call(images, rng.whole(n, low=0, high=9).long(), order, batch_size)


def _images(*values: float) -> torch.Tensor:
    """Build images of one pixel."""
    return torch.tensor(values).reshape(-1, 1, 1, 1)


EXERCISE = Exercise(
    title="Batches in a given order",
    solution=minibatches,
    oracle=oracle,
    read="mnist: What does a training run need?",
    minutes=12,
    difficulty=2,
    anchors=(
        # images 2 and 0, then 3 and 1; image 4 is left over
        by_hand(
            [(_images(30.0, 10.0), torch.tensor([7, 5])), (_images(40.0, 20.0), torch.tensor([8, 6]))],
            _images(10.0, 20.0, 30.0, 40.0, 50.0),
            torch.tensor([5, 6, 7, 8, 9]),
            torch.tensor([2, 0, 3, 1, 4]),
            2,
        ),
        # all three in one batch: 1, 2, 0
        by_hand(
            [(_images(20.0, 30.0, 10.0), torch.tensor([6, 7, 5]))],
            _images(10.0, 20.0, 30.0),
            torch.tensor([5, 6, 7]),
            torch.tensor([1, 2, 0]),
            3,
        ),
    ),
    draw=draw,
    styles=(by_splitting, one_by_one),
    hints=(
        "Cut the order into pieces first. Which images and which labels belong to one piece?",
        "A piece of the order, used as an index, takes these rows out of a tensor, one after the other. Where does "
        "each piece start, and which is the last start from which a whole batch still fits?",
        "The starts are 0, B, 2B and so on, as long as start + B is not beyond the number of images: mind the end of "
        "the range, where one too few is easily lost. Index images and labels with the same piece.",
    ),
    mistakes="""
short-batch-kept: You keep the images that do not fill a batch. They are dropped here, so that all batches have one
size.
    len(order) - batch_size + 1 -> len(order)

last-batch-lost: Your last batch is missing where the batches come out even. A batch that ends exactly at the last image
still fits.
    len(order) - batch_size + 1 -> len(order) - batch_size

wrong-end-dropped: You drop what is left over at the beginning of the order. It is the end that is dropped.
    range(0, -> range(len(order) % batch_size,

order-ignored: You take the images as they are stored. The order says which comes first.
    order[start : start + batch_size] -> torch.arange(start, start + batch_size)

labels-not-shuffled: You shuffle the images and leave the labels where they were. Each image must keep its own label, or
there is nothing to learn.
    labels[chosen] -> labels[start : start + batch_size]

images-not-shuffled: You shuffle the labels and leave the images where they were. Each image must keep its own label, or
there is nothing to learn.
    images[chosen] -> images[start : start + batch_size]

inverse-order: You read the order the wrong way round, as the place to which each image goes. It says which image stands
at each place.
    order[start -> order.argsort()[start

batches-overlap: Your batches overlap: each begins one image after the one before. In an epoch every image is shown
once. [mnist: Why is one run not a result?]
    + 1, batch_size) -> + 1)

first-batch-again: All your batches hold the same images. Each begins where the one before ended.
    order[start : start + batch_size] -> order[:batch_size]

dealt-out: You deal the images out like cards, one to each batch in turn. A batch is a run of neighbours in the order.
    order[start : start + batch_size] -> order[start // batch_size :: len(order) // batch_size][:batch_size]

size-for-count: You take the batch size for the number of batches. It is the number of images in each.
    pairs = [] -> pairs, batch_size = [], len(order) // batch_size

labels-before-images: Your pairs hold the labels first. The images come first, then their labels.
    (images[chosen], labels[chosen]) -> (labels[chosen], images[chosen])
""",
)
