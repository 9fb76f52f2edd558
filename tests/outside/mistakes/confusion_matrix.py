"""Mistakes with confusion_matrix, as people make them."""
import numpy as np
import torch


def confusion_matrix_rows_are_predictions(labels, predictions, classes):
    """One cause: the prediction chooses the row and the right class the column, so the table is transposed.
    [https://datascience.stackexchange.com/questions/84798/confusion-matrix-in-sklearn]"""
    numbers = predictions * classes + labels
    return torch.bincount(numbers, minlength=classes * classes).view(classes, classes)


def confusion_matrix_pairs_counted_once(labels, predictions, classes):
    """One cause: table[labels, predictions] += 1 adds one only once where the same pair comes several times.
    [Stack Overflow, NumPy += with repeated indices, np.add.at]"""
    table = torch.zeros(classes, classes, dtype=torch.int64)
    table[labels, predictions] += 1
    return table


def confusion_matrix_one_hot_transposed_float(labels, predictions, classes):
    """Two causes: the product of the one-hot tables is the wrong way round, so rows are predictions; and the counts
    stay floats. [homework]"""
    true_hot = torch.eye(classes)[labels]
    pred_hot = torch.eye(classes)[predictions]
    return torch.einsum("np,nt->pt", pred_hot, true_hot)


def confusion_matrix_shares_of_each_class(labels, predictions, classes):
    """One cause: each row is divided by its sum, so it holds shares, not counts. [scikit-learn, normalize="true"]"""
    m = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(m, (labels.numpy(), predictions.numpy()), 1)
    counts = torch.from_numpy(m)
    return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)


def confusion_matrix_only_classes_seen(labels, predictions, classes):
    """One cause: the size comes from the largest class that occurs, not from classes, so rows and columns of zeros are
    missing at the end. [forum, confusion matrix shape with missing classes]"""
    k = int(max(labels.max(), predictions.max())) + 1
    counts = torch.zeros((k, k), dtype=torch.int64)
    for t, p in zip(labels.tolist(), predictions.tolist()):
        counts[t, p] += 1
    return counts


def confusion_matrix_mistakes_only(labels, predictions, classes):
    """One cause: only wrong answers are counted, so the diagonal is empty. [homework, confusion taken for error]"""
    return torch.tensor([[int(((labels == r) & (predictions == c)).sum()) if r != c else 0
                          for c in range(classes)] for r in range(classes)])
