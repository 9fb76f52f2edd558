"""Mistakes with train_step, as people make them."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def train_step_old_gradients_stay(model, optimizer, images, labels):
    """One cause: zero_grad is never called, so the gradients of earlier batches are added to this one's.
    [https://preproom.ai/learn/model-training-pytorch.html]"""
    model.train()
    outputs = model(images)
    loss = F.cross_entropy(outputs, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_softmax_twice(model, optimizer, images, labels):
    """One cause: the scores go through a softmax before cross_entropy, which applies one itself.
    [https://kader-xai.github.io/mini-courses/pytorch/day04.html]"""
    criterion = nn.CrossEntropyLoss()
    model.train()
    optimizer.zero_grad()
    probs = torch.softmax(model(images), dim=1)
    loss = criterion(probs, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_mode_put_back_and_tensor(model, optimizer, images, labels):
    """Two causes: the mode that the model had is put back at the end, so it may not be left in training mode; and the
    loss is returned as a tensor, not a number. [homework]"""
    was_training = model.training
    model.train(True)
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    model.train(was_training)
    return loss.detach()


def train_step_loss_measured_afterwards(model, optimizer, images, labels):
    """One cause: the loss is measured once more after the update and this one is returned. [homework]"""
    def batch_loss():
        return F.cross_entropy(model(images), labels)

    model.train()
    optimizer.zero_grad()
    batch_loss().backward()
    optimizer.step()
    with torch.no_grad():
        return batch_loss().item()


def train_step_gradients_wiped_before_step(model, optimizer, images, labels):
    """One cause: zero_grad stands between backward and step, so the update sees no gradient.
    [https://velog.io/@rhss10, where to put optimizer.zero_grad()]"""
    model.train()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def train_step_mode_as_found_times_batch(model, optimizer, images, labels):
    """Two causes: the model is never put into training mode; and the loss is multiplied by the number of images, as for
    a running sum over the epoch. [forum; tutorials with running_loss += loss.item() * inputs.size(0)]"""
    for p in model.parameters():
        p.grad = None
    scores = model(images)
    loss = F.cross_entropy(scores, labels)
    loss.backward()
    optimizer.step()
    return loss.item() * images.size(0)


def train_step_nll_on_raw_scores(model, optimizer, images, labels):
    """One cause: nll_loss gets the raw scores, without the log_softmax that it needs, so the loss is no cross-entropy
    and may be negative. [forum, negative loss with NLLLoss]"""
    model.train()
    model.zero_grad()
    loss = F.nll_loss(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_step_before_backward(model, optimizer, images, labels):
    """One cause: the optimizer steps before backward has worked out the gradients, so this batch changes nothing.
    [forum, order of loss.backward() and optimizer.step()]"""
    model.train()
    optimizer.zero_grad()
    prediction = model(images)
    error = nn.functional.cross_entropy(prediction, labels)
    optimizer.step()
    error.backward()
    return error.item()


def train_step_gradient_of_the_sum(model, optimizer, images, labels):
    """One cause: the update uses the gradient of the summed loss, N times too large, though the mean is returned.
    [homework, reduction="sum"]"""
    model.train()
    optimizer.zero_grad()
    total = F.cross_entropy(model(images), labels, reduction="sum")
    total.backward()
    optimizer.step()
    return total.item() / len(labels)
