"""Right answers to cross_entropy, in the styles that people write."""
import functools
import itertools

import torch
import torch.nn.functional as F


def cross_entropy_shift_and_index(logits, labels):
    """Shift by the row's maximum, log of the sum, advanced indexing."""
    shifted = logits - logits.max(dim=1, keepdim=True).values
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -log_p[torch.arange(len(labels)), labels].mean()


def cross_entropy_own_logsumexp(logits, labels):
    """log-sum-exp minus the right score, the maximum added back."""
    m = logits.amax(dim=1)
    lse = m + torch.log(torch.exp(logits - m[:, None]).sum(dim=1))
    right = logits.gather(1, labels[:, None])[:, 0]
    return (lse - right).mean()


def cross_entropy_one_hot(logits, labels):
    """One-hot targets times log-probabilities, the maximum detached."""
    z = logits - logits.detach().amax(1, keepdim=True)
    log_softmax = z - torch.log(torch.sum(torch.exp(z), dim=1, keepdim=True))
    targets = F.one_hot(labels, num_classes=logits.shape[1]).to(logits.dtype)
    return -(targets * log_softmax).sum(dim=1).mean()


def cross_entropy_differences(logits, labels):
    """Scores measured from the right class: ln of the sum of e^(z_d - z_y), shifted."""
    d = logits - torch.take_along_dim(logits, labels.unsqueeze(1), dim=1)
    top = d.max(1, keepdim=True)[0]
    return torch.mean(top.squeeze(1) + (d - top).exp().sum(1).log())


def cross_entropy_image_loop(logits, labels):
    """One image after the other, stacked in the end."""
    losses = []
    for z, y in zip(logits, labels):
        z = z - z.max()
        losses.append(torch.log(torch.exp(z).sum()) - z[y])
    return torch.stack(losses).mean()


def cross_entropy_scalar_loops(logits, labels):
    """Loops over single scores, tensors without axes all along."""
    N, K = logits.shape
    total = torch.zeros((), dtype=logits.dtype)
    for n in range(N):
        biggest = logits[n, 0]
        for k in range(1, K):
            if logits[n, k] > biggest:
                biggest = logits[n, k]
        s = 0
        for k in range(K):
            s = s + torch.exp(logits[n, k] - biggest)
        total = total + torch.log(s) - (logits[n, labels[n]] - biggest)
    return total / N


def cross_entropy_logaddexp(logits, labels):
    """functools.reduce with torch.logaddexp, class by class."""
    lse = functools.reduce(torch.logaddexp, logits.unbind(dim=1))
    return (lse - logits[range(len(labels)), labels]).mean()


def cross_entropy_recursive_halves(logits, labels):
    """Recursion: the log-sum-exp of two halves, put together by softplus-like arithmetic."""
    def lse(z):
        if z.shape[1] == 1:
            return z[:, 0]
        a, b = (lse(part) for part in z.tensor_split(2, dim=1))
        high, low = torch.maximum(a, b), torch.minimum(a, b)
        return high + torch.log1p(torch.exp(low - high))

    relative = logits - logits.gather(1, labels.view(-1, 1))
    return lse(relative).mean()


def cross_entropy_online(logits, labels):
    """Online softmax: a running maximum and a running sum, one column at a time."""
    maximum = logits[:, 0]
    total = torch.ones_like(maximum)
    for column in logits.t()[1:]:
        new = torch.maximum(maximum, column)
        total = total * torch.exp(maximum - new) + torch.exp(column - new)
        maximum = new
    right = (logits - maximum[:, None]).gather(1, labels[:, None]).squeeze(1)
    return (total.log() - right).mean()


def cross_entropy_mask(logits, labels):
    """A boolean mask chooses the right classes."""
    mask = labels[:, None] == torch.arange(logits.shape[1])
    top = logits.max(1, keepdim=True).values
    centred = logits - top
    return (centred.exp().sum(1).log() - centred[mask]).sum() / len(labels)


def cross_entropy_float64(logits, labels):
    """float64 inside, back in the end (still shifted: e^1000 is too large for a float64, too)."""
    z = logits.double()
    z = z - z.max(-1, True)[0]
    loss = 0.0
    for row, label in zip(z, labels.tolist()):
        loss = loss + row.exp().sum().log() - row[label]
    return (loss / len(labels)).to(logits.dtype)


def cross_entropy_autograd_function(logits, labels):
    """An autograd.Function with the gradient by hand: softmax minus one-hot, over N."""
    class CrossEntropy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, scores, classes):
            shifted = scores - scores.max(dim=1, keepdim=True)[0]
            e = shifted.exp()
            s = e.sum(dim=1, keepdim=True)
            ctx.save_for_backward(e / s, classes)
            return (s.log() - shifted.gather(1, classes[:, None])).mean()

        @staticmethod
        def backward(ctx, grad):
            p, classes = ctx.saved_tensors
            d = p.clone()
            d[torch.arange(len(classes)), classes] -= 1
            return grad * d / len(classes), None

    return CrossEntropy.apply(logits, labels)


def cross_entropy_log1p(logits, labels):
    """log1p of all terms but the largest, which is 1."""
    best, where = logits.max(dim=1, keepdim=True)
    terms = torch.exp(logits - best).scatter(1, where, 0.0)
    own = (logits - best).gather(1, labels[:, None])[:, 0]
    losses = torch.log1p(terms.sum(1)) - own
    return losses.mean()


def cross_entropy_sorted(logits, labels):
    """Sorts the scores first: the last one is the largest."""
    ordered, _ = torch.sort(logits, dim=1)
    top = ordered[:, -1:]
    log_sum = (ordered - top).exp().cumsum(1)[:, -1].log()
    return (log_sum + (top[:, 0] - logits[torch.arange(logits.size(0)), labels])).mean()


def cross_entropy_early_return(logits, labels):
    """Early return if no score is large; else the shift. A helper for the right scores."""
    SAFE = 20.0

    def right(scores):
        return scores[torch.arange(scores.shape[0]), labels]

    if logits.abs().max() < SAFE:
        return (logits.exp().sum(1).log() - right(logits)).mean()
    logits = logits - logits.max(dim=1, keepdim=True).values
    return (logits.exp().sum(1).log() - right(logits)).mean()


def cross_entropy_class_by_class(logits, labels):
    """Groups the images by their class; itertools.chain puts the losses together."""
    def of_class(k):
        z = logits[labels == k]
        z = z - z.amax(1, keepdim=True)
        return z.exp().sum(1).log() - z[:, k]

    losses = itertools.chain.from_iterable(of_class(k) for k in set(labels.tolist()))
    return sum(losses) / labels.numel()


def cross_entropy_einsum(logits, labels):
    """einsum picks and sums the right scores; two means, subtracted in the end."""
    n, k = logits.shape
    eye = torch.eye(k, dtype=logits.dtype)[labels]
    z = logits - logits.max(dim=1, keepdim=True).values
    return z.exp().sum(1).log().mean() - torch.einsum("nk,nk->", z, eye) / n


def cross_entropy_behind_the_best(logits, labels):
    """-ln p of the most probable class by torch.softmax, plus how far the right score is behind."""
    best = logits.argmax(dim=1, keepdim=True)
    p_best = torch.softmax(logits, dim=1).gather(1, best)               # never smaller than 1 / K
    behind = logits.gather(1, best) - logits.gather(1, labels[:, None])
    return (behind - p_best.log()).mean()


def cross_entropy_transposed_class(logits, labels):
    """A loss object with __call__ that works on classes x images."""
    class Loss:
        def __call__(self, scores, classes):
            columns = scores.T
            columns = columns - columns.amax(0)
            log_z = torch.log(torch.sum(torch.exp(columns), 0))
            picked = columns.gather(0, classes[None])[0]
            return torch.mean(log_z - picked)

    return Loss()(logits, labels)
