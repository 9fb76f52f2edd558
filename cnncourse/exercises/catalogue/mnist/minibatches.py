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

order-backwards: You begin with the last image of the order. The first batch holds those that come first.
    order[start -> order.flip(0)[start

batches-backwards: Your batches come in reverse order: the last one stands first.
    return pairs -> return pairs[::-1]

first-batch-missing: Your first batch is missing. The batches start with the order's first image.
    range(0, -> range(batch_size,

first-batch-only: You return a single batch, the first one. An epoch shows every image once.
    range(0, len(order) - batch_size + 1, batch_size) -> range(1)

last-batch-only: Only your last batch is left: each replaces the one before. They are collected in a list.
    pairs.append((images[chosen], labels[chosen])) -> pairs = [(images[chosen], labels[chosen])]

last-whole-batch-dropped: You drop the last batch always. Only one that is not full is dropped.
    return pairs -> return pairs[:-1] if len(pairs) > 1 else pairs

short-batch-filled: You fill the last batch up with images from the beginning. What does not fill a batch is dropped, so
that no image counts twice. [mnist: Why is one run not a result?]
    len(order) - batch_size + 1 -> len(order)
    order[start : start + batch_size] -> torch.cat([order, order])[start : start + batch_size]

last-batch-moved-back: You begin the last batch earlier, so that it is full: some images count twice. What does not fill
a batch is dropped.
    len(order) - batch_size + 1 -> len(order)
    order[start : start + batch_size] -> order[min(start, len(order) - batch_size) :][:batch_size]

batch-one-short: Each of your batches lacks its last image. A slice ends before the index at which it stops.
    order[start : start + batch_size] -> order[start : start + batch_size - 1]

batch-one-long: Each of your batches has an image too many: it also takes the first one of the next.
    order[start : start + batch_size] -> order[start : start + batch_size + 1]

starts-one-late: You skip the first image of the order. Places in it count from 0.
    order[start : start + batch_size] -> order[start + 1 : start + 1 + batch_size]

slice-by-number: You number the batches and start each at its own number, so that they overlap. A batch begins as many
images later as a batch holds.
    order[start : start + batch_size] -> order[start // batch_size : start // batch_size + batch_size]

all-images-in-each: Each of your pairs holds all images of the order. It holds one batch of them.
    order[start : start + batch_size] -> order

order-in-place-of-labels: Your pairs hold the numbers of the images instead of their labels.
    labels[chosen] -> chosen

order-in-place-of-images: Your pairs hold the numbers of the images instead of the images.
    images[chosen] -> chosen

sorted-inside: Your batches hold the right images, sorted by number. They come in the order that is given.
    order[start : start + batch_size] -> order[start : start + batch_size].sort().values

sorted-by-label: Your batches hold the images sorted by their labels. They come in the order that is given.
    pairs = [] -> pairs, order = [], order[labels[order].argsort(stable=True)]

order-applied-twice: You put the images into the order, and then take them by the order again. One of them is enough.
    order[start -> order[order][start

ranks-for-numbers: You take the batch's images from the beginning of the data: the places within a batch are no
numbers of images.
    order[start : start + batch_size] -> order[start : start + batch_size].argsort()

single-images: You return a pair for each image. A batch holds several, stacked along the first axis.
    range(0, len(order) - batch_size + 1, batch_size) -> range(len(order))
    order[start : start + batch_size] -> order[start : start + 1]

two-lists: You return a list of image batches and a list of label batches. Asked for is one list, of pairs.
    return pairs -> return [tuple(images for images, _ in pairs), tuple(labels for _, labels in pairs)]

channel-axis-lost: Your images have lost the axis of the channels. A batch has the shape (B, C, H, W).
    images[chosen] -> images[chosen][:, 0]

images-flattened: Your images are flattened to rows. A batch has the shape (B, C, H, W).
    images[chosen] -> images[chosen].flatten(1)

batch-not-first: The images of your batch lie along the second axis. They come first: (B, C, H, W).
    images[chosen] -> images[chosen].transpose(0, 1)
""",
)
