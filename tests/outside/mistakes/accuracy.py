"""Mistakes with accuracy, as people make them."""
import numpy as np
import torch


def accuracy_largest_value_for_class(logits, labels):
    """One cause: the first thing that torch.max returns, the largest score, is compared with the label, not the second,
    its index. [forum, torch.max(outputs, 1)]"""
    predicted, _ = torch.max(logits, 1)
    correct = (predicted == labels).sum().item()
    return correct / labels.size(0)


def accuracy_returns_tensor(logits, labels):
    """One cause: the mean is returned as a tensor without axes, not as a Python float. [homework]"""
    hits = logits.argmax(dim=1) == labels
    return hits.float().mean()


def accuracy_softmax_over_images_percent(logits, labels):
    """Two causes: a softmax over the images (axis 0) comes before the argmax and changes which class is largest; and
    the result is in percent. [forum, softmax dim; tutorials that print 100 * correct / total]"""
    probabilities = torch.softmax(logits.double(), dim=0)
    guesses = probabilities.argmax(dim=1)
    right = 0
    for guess, label in zip(guesses, labels):
        if guess == label:
            right += 1
    return 100.0 * right / len(labels)


def accuracy_mean_of_classes(logits, labels):
    """One cause: the accuracy of each class is worked out and these are averaged, so rare classes count as much as
    frequent ones. [scikit-learn, balanced accuracy taken for accuracy]"""
    predictions = logits.argmax(-1)
    per_class = []
    for c in range(logits.shape[-1]):
        of_class = labels == c
        if of_class.any():
            per_class.append((predictions[of_class] == c).double().mean().item())
    return sum(per_class) / len(per_class)


def accuracy_argmax_along_images(logits, labels):
    """One cause: the argmax runs along axis 0, so it gives for each class the image with the largest score, not for
    each image its class. [forum, np.argmax(axis=0)]"""
    pred = np.argmax(logits.detach().numpy(), axis=0)
    truth = labels.numpy()
    good = sum(int(p == t) for p, t in zip(pred, truth))
    return good / len(truth)


def accuracy_classes_from_one_per_class(logits, labels):
    """Two causes: predictions are counted from 1 while the labels start at 0; and the hits are divided by the number of
    classes, not of images. [homework, MATLAB habit]"""
    hits = 0
    for i in range(logits.shape[0]):
        best = 0
        for c in range(1, logits.shape[1]):
            if logits[i, c] > logits[i, best]:
                best = c
        prediction = best + 1
        hits += int(prediction == int(labels[i]))
    return hits / logits.shape[1]


def accuracy_integer_division(logits, labels):
    """One cause: hits and images are divided with //, so everything below a full score becomes 0.
    [Stack Overflow, PyTorch accuracy always 0, integer division]"""
    prediction = torch.argmax(logits, 1)
    n_right = torch.eq(prediction, labels).sum()
    return float(n_right // labels.numel())


def accuracy_only_when_sure(logits, labels):
    """One cause: an answer only counts if its softmax probability is above one half, as with two classes.
    [forum, threshold 0.5 in a multi-class problem]"""
    p = logits.softmax(dim=1)
    confidence, choice = p.max(dim=1)
    ok = (choice == labels) & (confidence > 0.5)
    return ok.sum().item() / len(ok)


def accuracy_number_of_hits(logits, labels):
    """One cause: the hits are counted, but the number is not divided by the number of images. [D2L-style helper that
    returns the count, https://d2l.ai softmax regression chapter]"""
    order = logits.argsort(dim=1, descending=True)
    return float((order[:, 0] == labels).sum())
