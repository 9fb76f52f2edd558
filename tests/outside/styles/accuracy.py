"""Right answers to accuracy, in the styles that people write."""
import collections
import fractions
import functools
import statistics

import numpy as np
import torch
import torch.nn.functional as F


def accuracy_argmax_mean(logits, labels):
    """The one-liner."""
    return (logits.argmax(dim=1) == labels).float().mean().item()


def accuracy_count_over_n(logits, labels):
    """Counts, then divides in Python."""
    predictions = torch.argmax(logits, dim=-1)
    correct = (predictions == labels).sum().item()
    return correct / labels.size(0)


def accuracy_torch_max(logits, labels):
    """The tutorials' torch.max, under no_grad, on .data."""
    with torch.no_grad():
        _, predicted = torch.max(logits.data, 1)
        total = labels.size(0)
        correct = 0
        correct += (predicted == labels).sum().item()
    return float(correct) / total


def accuracy_d2l(logits, labels):
    """D2L's: cmp.type(labels.dtype), float of the sum."""
    y_hat = logits
    if len(y_hat.shape) > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(axis=1)
    else:
        y_hat = torch.zeros(len(labels), dtype=labels.dtype)    # one class only: it is right
    cmp = y_hat.type(labels.dtype) == labels
    return float(cmp.type(labels.dtype).sum()) / len(labels)


def accuracy_python_loops(logits, labels):
    """Loops over single scores."""
    right = 0
    for n in range(logits.shape[0]):
        best = 0
        for k in range(1, logits.shape[1]):
            if logits[n, k] > logits[n, best]:
                best = k
        if best == labels[n]:
            right += 1
    return right / logits.shape[0]


def accuracy_lists(logits, labels):
    """tolist, max with a key, sum of a generator."""
    rows, answers = logits.tolist(), labels.tolist()
    return sum(max(range(len(row)), key=row.__getitem__) == y for row, y in zip(rows, answers)) / len(answers)


def accuracy_numpy(logits, labels):
    """numpy's argmax and mean."""
    scores = logits.detach().cpu().numpy()
    return float(np.mean(np.argmax(scores, axis=1) == labels.cpu().numpy()))


def accuracy_topk(logits, labels):
    """The ImageNet example's topk with k = 1, in percent and back."""
    _, pred = logits.topk(1, 1, True, True)
    correct = pred.t().eq(labels.view(1, -1).expand_as(pred.t()))
    percent = correct[:1].reshape(-1).double().sum(0).mul(100.0 / labels.size(0))
    return percent.item() / 100


def accuracy_argsort_shifted(logits, labels):
    """Scores shifted as for a softmax, then argsort, descending."""
    shifted = logits.double() - logits.double().max(dim=1, keepdim=True).values
    order = shifted.argsort(dim=1, descending=True)
    return torch.eq(order[:, 0], labels).double().mean().item()


def accuracy_right_score_is_largest(logits, labels):
    """Never asks for the class: the right class's score against the row's largest."""
    right = logits.gather(1, labels.unsqueeze(1)).squeeze(1)
    return (right == logits.amax(dim=1)).sum().item() / len(logits)


def accuracy_nobody_above(logits, labels):
    """Counts the scores above the right one: right if there are none."""
    own = logits[torch.arange(len(labels)), labels]
    above = (logits > own[:, None]).sum(dim=1)
    return torch.mean((above == 0).to(torch.float64)).item()


def accuracy_confusion_trace(logits, labels):
    """A confusion matrix by bincount, its trace over its sum."""
    K = logits.shape[1]
    matrix = torch.bincount(labels * K + logits.argmax(1), minlength=K * K).reshape(K, K)
    return (matrix.trace() / matrix.sum()).item()


def accuracy_one_hot(logits, labels):
    """One-hot predictions times one-hot labels."""
    k = logits.size(1)
    guess = F.one_hot(logits.argmax(1), k)
    truth = F.one_hot(labels, k)
    return float((guess * truth).sum()) / float(truth.sum())


def accuracy_halves(logits, labels):
    """Divide and conquer: recursion counts the right ones."""
    def count(scores, answers):
        if len(answers) == 1:
            return int(scores[0].argmax() == answers[0])
        half = len(answers) // 2
        return count(scores[:half], answers[:half]) + count(scores[half:], answers[half:])

    return count(logits, labels) / len(labels)


def accuracy_statistics(logits, labels):
    """statistics.fmean over a list of booleans as floats."""
    return statistics.fmean([float(a == b) for a, b in zip(logits.argmax(1).tolist(), labels.tolist())])


def accuracy_counter_fraction(logits, labels):
    """A Counter, and an exact fraction until the end."""
    tally = collections.Counter((logits.max(1).indices == labels).tolist())
    return float(fractions.Fraction(tally[True], tally[True] + tally[False]))


def accuracy_wrong_ones(logits, labels):
    """One minus the share of errors, by nonzero, with a print on the way."""
    wrong = torch.nonzero(logits.argmax(1) - labels).flatten()
    print(f"{wrong.numel()} of {len(labels)} wrong")
    return 1.0 - wrong.numel() / len(labels)


def accuracy_shuffled(logits, labels):
    """Looks at the images in a random order, which cannot matter."""
    order = torch.randperm(len(labels))
    hits = functools.reduce(lambda n, i: n + bool(logits[i].argmax() == labels[i]), order, 0)
    return hits / len(labels)


def accuracy_running_mean(logits, labels):
    """A metric object with update and compute, in batches of 32."""
    class Metric:
        def __init__(self):
            self.right = self.seen = 0

        def __call__(self, scores, answers):
            self.right += torch.count_nonzero(scores.argmax(-1) == answers).item()
            self.seen += answers.numel()
            return self

        def compute(self):
            return self.right / self.seen

    metric = Metric()
    for scores, answers in zip(logits.split(32), labels.split(32)):
        metric(scores, answers)
    return metric.compute()
