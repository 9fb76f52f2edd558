"""Mistakes with cross_entropy, as people make them."""
import math

import torch


def cross_entropy_softmax_overflows(logits, labels):
    """One cause: the softmax is written as in the formula, so exp of a large score is infinite and the loss is nan.
    [https://aicosoft.com, "Why your AI model is exploding": softmax_naive]"""
    exps = torch.exp(logits)
    probs = exps / exps.sum(dim=1, keepdim=True)
    picked = probs[torch.arange(len(labels)), labels]
    return -torch.log(picked).mean()


def cross_entropy_bits(logits, labels):
    """One cause: the last logarithm is to the base 2, so the loss is in bits. [homework, information theory course]"""
    top = logits.max(dim=1, keepdim=True).values
    z = logits - top
    log2_sum = torch.log2(torch.exp(z).sum(dim=1))
    log2_right = z.gather(1, labels.view(-1, 1)).squeeze(1) / math.log(2)
    return (log2_sum - log2_right).mean()


def cross_entropy_axis_zero_and_sum(logits, labels):
    """Two causes: the softmax runs down the batch (axis 0) instead of over the classes; and the losses are added up,
    not averaged. [forum, softmax over the wrong axis; homework]"""
    shifted = logits - logits.amax(dim=0, keepdim=True)
    log_probs = shifted - torch.log(torch.exp(shifted).sum(dim=0, keepdim=True))
    total = 0
    for n in range(len(labels)):
        total = total - log_probs[n, labels[n]]
    return total


def cross_entropy_mean_over_classes_too(logits, labels):
    """One cause: the one-hot product is averaged over all N * K numbers, so the loss is K times too small.
    [forum, -(y * log(p)).mean() with one-hot labels]"""
    one_hot = torch.zeros_like(logits)
    one_hot[torch.arange(logits.shape[0]), labels] = 1
    z = logits - logits.max(1, keepdim=True)[0]
    log_p = z - z.exp().sum(1, keepdim=True).log()
    return -(one_hot * log_p).mean()


def cross_entropy_one_maximum_for_all(logits, labels):
    """One cause: the largest score of the whole batch is subtracted, not each row's own, so rows far below it underflow
    to log(0). [homework, z -= np.max(z)]"""
    z = logits - logits.max()
    log_sum = torch.log(torch.sum(torch.exp(z), dim=1))
    right = torch.stack([row[c] for row, c in zip(z, labels)])
    return torch.mean(log_sum - right)


def cross_entropy_epsilon_in_log(logits, labels):
    """One cause: a small epsilon is added to the probability before the logarithm, which caps the loss at about 28.
    [homework, np.log(p + 1e-12)]"""
    n = logits.size(0)
    e = torch.exp(logits - logits.max(dim=-1, keepdim=True).values)
    p = e / e.sum(dim=-1, keepdim=True)
    loss = 0.0
    for i in range(n):
        loss += -torch.log(p[i, labels[i]] + 1e-12)
    return loss / n


def cross_entropy_all_pairs_of_labels(logits, labels):
    """One cause: log_p[:, labels] takes the right classes of all images from each row, an N by N table, not one number
    for each row. [Stack Overflow, x[:, y] against x[range(n), y]]"""
    m, _ = torch.max(logits, dim=1, keepdim=True)
    logsumexp = m + torch.log(torch.sum(torch.exp(logits - m), dim=1, keepdim=True))
    log_p = logits - logsumexp
    return -log_p[:, labels].mean()


def cross_entropy_maximum_not_added_back(logits, labels):
    """One cause: the maximum is subtracted inside the log-sum-exp and not added again, while the right score is the
    unshifted one. [homework, the log-sum-exp trick]"""
    biggest = logits.amax(1)
    log_z = (logits - biggest[:, None]).exp().sum(1).log()
    score = logits.gather(1, labels[:, None])[:, 0]
    return (log_z - score).mean()


def cross_entropy_cut_off_from_graph(logits, labels):
    """One cause: the losses are turned into Python numbers and packed into a new tensor, so no gradient reaches the
    scores. [forum, loss does not require grad]"""
    losses = []
    for scores, y in zip(logits, labels):
        peak = scores.max()
        denominator = (scores - peak).exp().sum()
        losses.append((peak + denominator.log() - scores[y]).item())
    return torch.tensor(sum(losses) / len(losses), dtype=logits.dtype)


def cross_entropy_no_minus_and_log10(logits, labels):
    """Two causes: the minus sign is forgotten, so the loss is negative; and the logarithm is to the base 10, not the
    natural one. [homework]"""
    z = logits - logits.max(dim=1, keepdim=True).values
    log_den = torch.log10(torch.exp(z).sum(dim=1))
    rows = torch.arange(len(z))
    log_p = z[rows, labels] * math.log10(math.e) - log_den
    return log_p.sum() / len(z)
