"""Right answers to train_step, in the styles that people write."""
import logging
import time

import torch
import torch.nn.functional as F
from torch import nn


def train_step_textbook(model, optimizer, images, labels):
    """train, zero_grad, forward, backward, step."""
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_zero_before_backward(model, optimizer, images, labels):
    """zero_grad only just before backward, set to zeros and not to None; nn.CrossEntropyLoss."""
    criterion = nn.CrossEntropyLoss()
    model.train(True)
    output = model(images)
    loss = criterion(output, labels)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def train_step_closure(model, optimizer, images, labels):
    """optimizer.step with a closure, which returns the loss."""
    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        return loss

    model.train()
    return optimizer.step(closure).item()


def train_step_model_zero_grad(model, optimizer, images, labels):
    """model.zero_grad, model.train() in the middle of a line, walrus."""
    model.zero_grad()
    (loss := F.cross_entropy(model.train()(images), labels)).backward()
    optimizer.step()
    return loss.item()


def train_step_grad_none_by_hand(model, optimizer, images, labels):
    """Gradients set to None by hand, in all of the optimizer's groups."""
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = None
    if not model.training:
        model.train()
    loss = F.cross_entropy(model(images), labels, reduction="mean")
    torch.autograd.backward(loss)
    optimizer.step()
    return loss.detach().cpu().item()


def train_step_autograd_grad(model, optimizer, images, labels):
    """torch.autograd.grad, and the gradients handed to the parameters."""
    model.train()
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    learning = [p for p in parameters if p.requires_grad]
    loss = F.cross_entropy(model(images), labels)
    gradients = torch.autograd.grad(loss, learning, allow_unused=True)
    for p in parameters:
        p.grad = None
    for p, g in zip(learning, gradients):
        p.grad = g
    optimizer.step()
    return loss.item()


def train_step_nll(model, optimizer, images, labels):
    """log_softmax and nll_loss."""
    model.train()
    optimizer.zero_grad(set_to_none=True)
    log_probabilities = F.log_softmax(model(images), dim=1)
    loss = F.nll_loss(log_probabilities, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_logsumexp(model, optimizer, images, labels):
    """The loss by hand: logsumexp minus the right score."""
    model.train()
    optimizer.zero_grad()
    z = model(images)
    loss = (torch.logsumexp(z, 1) - z.gather(1, labels[:, None]).squeeze(1)).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_sum_over_n(model, optimizer, images, labels):
    """The sum of the losses, divided by the number of images."""
    model.train()
    optimizer.zero_grad()
    total = F.cross_entropy(model(images), labels, reduction="sum")
    (total / len(labels)).backward()
    optimizer.step()
    return total.item() / len(labels)


def train_step_each_image(model, optimizer, images, labels):
    """A loss for each image; backward with a vector of 1/N."""
    model.train()
    optimizer.zero_grad()
    losses = F.cross_entropy(model(images), labels, reduction="none")
    losses.backward(torch.full_like(losses, 1 / losses.numel()))
    optimizer.step()
    return losses.mean().item()


def train_step_one_hot(model, optimizer, images, labels):
    """Class probabilities as targets."""
    model.train()
    scores = model(images)
    targets = F.one_hot(labels, scores.shape[-1]).to(scores.dtype)
    loss = F.cross_entropy(scores, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_enable_grad(model, optimizer, images, labels):
    """Gradients switched on explicitly, everything on the model's device."""
    model.train()
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    with torch.enable_grad():
        loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        return loss.cpu().tolist()


def train_step_trainer_class(model, optimizer, images, labels):
    """A Trainer object with __call__."""
    class Trainer:
        def __init__(self, network, opt):
            self.network, self.opt = network, opt
            self.history = []

        def __call__(self, batch):
            self.network.train()
            x, y = batch
            self.opt.zero_grad()
            loss = F.cross_entropy(self.network(x), y)
            self.history.append(loss.item())
            loss.backward()
            self.opt.step()
            return self.history[-1]

    return Trainer(model, optimizer)((images, labels))


def train_step_logging(model, optimizer, images, labels):
    """Logs the accuracy, the gradients' norm and the time on the way."""
    log = logging.getLogger("training")
    start = time.perf_counter()
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    squares = [p.grad.pow(2).sum() for p in model.parameters() if p.grad is not None]
    norm = torch.stack(squares).sum().sqrt()
    optimizer.step()
    right = (logits.argmax(1) == labels).float().mean()
    log.info("loss %.4f, accuracy %.3f, norm %.3f, %.3f s", loss, right, norm, time.perf_counter() - start)
    return loss.item()


def train_step_prints(model, optimizer, images, labels):
    """Prints the loss, and clears the gradients a second time after the update."""
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    print("loss:", round(loss.item(), 4))
    return loss.item()


def train_step_try(model, optimizer, images, labels):
    """Looks for a loss that is not a number, try/finally around the update."""
    model.train()
    loss_before = float("nan")
    try:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        if not torch.isfinite(loss):
            print("warning: the loss is", loss)
        loss.backward()
        loss_before = loss.item()
        optimizer.step()
    finally:
        del images, labels
    return loss_before


def train_step_helpers(model, optimizer, images, labels):
    """Two helpers, one for the loss and one for the update."""
    def forward():
        return F.cross_entropy(input=model(images), target=labels)

    def update(loss):
        for p in model.parameters():
            if p.grad is not None:
                p.grad.zero_()
        loss.backward()
        optimizer.step()

    model.train()
    batch_loss = forward()
    update(batch_loss)
    return batch_loss.item()


def train_step_shuffles(model, optimizer, images, labels):
    """Shuffles the batch first, with a generator of its own: the mean does not care."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images[order]), labels[order])
    loss.backward()
    optimizer.step()
    return loss.item()


def train_step_float64_loss(model, optimizer, images, labels):
    """The loss in float64; the gradients come back in the parameters' dtype."""
    model.train()
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images).double(), labels.long())
    loss.backward()
    optimizer.step()
    return loss.item()
