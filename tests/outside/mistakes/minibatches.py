"""Mistakes with minibatches, as people make them."""
import math

import torch


def minibatches_short_batch_kept(images, labels, order, batch_size):
    """One cause: what is left at the end of the order is kept as a smaller batch.
    [https://interactivechaos.com/en/node/2864]"""
    batches = []
    for start in range(0, len(order), batch_size):
        chosen = order[start:start + batch_size]
        batches.append((images[chosen], labels[chosen]))
    return batches


def minibatches_last_full_batch_lost(images, labels, order, batch_size):
    """One cause: the range of the starts ends at N - B, without the + 1, so a last batch that just fits is lost.
    [homework, off by one]"""
    n = order.shape[0]
    shuffled_x = images[order]
    shuffled_y = labels[order]
    starts = range(0, n - batch_size, batch_size)
    return [(shuffled_x[s:s + batch_size], shuffled_y[s:s + batch_size]) for s in starts]


def minibatches_labels_unmoved_and_short_batch(images, labels, order, batch_size):
    """Two causes: only the images are put into the order, the labels stay where they were; and the short batch at the
    end is kept. [forum, shuffling x without y; homework]"""
    images = torch.index_select(images, 0, order)
    pairs = zip(images.split(batch_size), labels.split(batch_size))
    return list(pairs)


def minibatches_order_read_backwards(images, labels, order, batch_size):
    """One cause: the order is read as the place where each image goes (out[order] = images), not as the image that
    comes at each place. [forum, inverse permutation]"""
    x, y = torch.empty_like(images), torch.empty_like(labels)
    x[order] = images
    y[order] = labels
    count = len(x) // batch_size
    result = []
    for b in range(count):
        lo, hi = b * batch_size, (b + 1) * batch_size
        result.append((x[lo:hi], y[lo:hi]))
    return result


def minibatches_every_nth_and_lists(images, labels, order, batch_size):
    """Two causes: a batch takes every n-th image of the order, not the next B ones; and each pair is a list, not a
    tuple. [homework]"""
    number = math.floor(order.numel() / batch_size)
    order = order[:number * batch_size]
    out = []
    for b in range(number):
        idx = order[b::number]
        out.append([images[idx], labels[idx]])
    return out
