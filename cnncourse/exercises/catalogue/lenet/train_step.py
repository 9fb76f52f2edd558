"""Write one step of training: scores, loss, gradients, update.

The step puts the model into training mode and leaves it there. It computes the cross-entropy of this batch, makes one
update with its gradient alone, and returns the loss that the batch had before. The model returns logits; it may arrive
in evaluation mode, and with gradients that an earlier batch has left behind.

`F.cross_entropy`, `backward` and the optimizer's own methods are there to be used.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def train_step(model, optimizer, images, labels):
    """Make one update of a model, in place.

    model: maps images (N, C, H, W) to logits (N, K); optimizer: holds the
    model's parameters; labels (N,): the right classes, int64.
    Returns the batch's mean cross-entropy before the update, a Python float.
    """
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def clearing_late(model, optimizer, images, labels):
    """Answer otherwise: clear the gradients just before the new ones, without setting them to None."""
    logits = model.train()(images)
    loss = -logits.log_softmax(dim=1)[torch.arange(len(labels)), labels].mean()
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    before = float(loss)
    optimizer.step()
    return before


def through_model(model, optimizer, images, labels):
    """Answer otherwise: the model clears its gradients, before and after."""
    model.train(True)
    model.zero_grad()
    criterion = torch.nn.CrossEntropyLoss()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach().cpu().numpy().item()


def setting_gradients(model, optimizer, images, labels):
    """Answer otherwise: replace the gradients instead of clearing them."""
    model.train()
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    parameters = list(model.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.tolist()


class Network(nn.Sequential):
    """Layers in a row that note in ``log`` when a gradient comes back, and whose copies keep their gradients."""

    def __init__(self, *layers: nn.Module, log: list[str] | None = None) -> None:
        super().__init__(*layers)
        self.log = [] if log is None else log

    def forward(self, x):
        """Return the logits."""
        y = super().forward(x)
        if y.requires_grad:
            y.register_hook(lambda _gradient: self.log.append("backward"))
        return y

    def __getstate__(self) -> dict:
        """Take the gradients along, which PyTorch leaves out when a parameter is copied or sent."""
        return {**self.__dict__, "gradients": [parameter.grad for parameter in self.parameters()]}

    def __setstate__(self, state: dict) -> None:
        gradients = state.pop("gradients")
        super().__setstate__(state)
        for parameter, gradient in zip(self.parameters(), gradients, strict=True):
            parameter.grad = gradient


class _Noting(torch.optim.Optimizer):
    """Make an optimizer note its steps in a network's log, and take the log along when it is copied."""

    def noting(self, log: list[str]):
        self.log = log
        return self

    def step(self, closure=None):
        loss = super().step(closure)
        self.log.append("step")
        return loss

    def __getstate__(self):
        return {**super().__getstate__(), "log": self.log}


class SGD(_Noting, torch.optim.SGD):
    """Gradient descent that notes its steps."""


class Adam(_Noting, torch.optim.Adam):
    """Adam that notes its steps."""


def observe(loss, given: dict) -> dict:
    """Collect what a step leaves behind."""
    model = given["model"]
    return {
        "loss": loss,
        "training": model.training,
        "order": model.log,
        "parameters": {name: p.detach().clone() for name, p in model.named_parameters()},
    }


def oracle(model, optimizer, images, labels):
    """Compute the update from its formula, with a gradient by the logits of softmax minus one-hot."""
    logits = model.train()(images)
    p = logits.detach().softmax(dim=1)
    losses = p.gather(1, labels[:, None]).log()
    by_logits = (p - F.one_hot(labels, p.shape[1])) / len(labels)
    parameters = dict(model.named_parameters())
    gradients = torch.autograd.grad(logits, list(parameters.values()), by_logits)
    (group,), after = optimizer.param_groups, {}
    for (name, parameter), gradient in zip(parameters.items(), gradients, strict=True):
        past = optimizer.state[parameter]
        if isinstance(optimizer, SGD):
            velocity = past.get("momentum_buffer")
            change = gradient if velocity is None else group["momentum"] * velocity + gradient
        else:
            (b1, b2), steps = group["betas"], past.get("step", torch.tensor(0)).item() + 1
            mean = b1 * past.get("exp_avg", 0) + (1 - b1) * gradient
            square = b2 * past.get("exp_avg_sq", 0) + (1 - b2) * gradient**2
            change = mean / (1 - b1**steps) / ((square / (1 - b2**steps)).sqrt() + group["eps"])
        after[name] = parameter.detach() - group["lr"] * change
    return {"loss": -losses.mean().item(), "training": True, "order": ["backward", "step"], "parameters": after}


def draw(rng: Draw) -> Case:
    """Draw a linear model or one with batch normalisation, SGD or Adam, in most cases after a step on another batch."""
    channels, (h, w), (n, classes) = rng.integer(2, 3), rng.distinct(2, 3, 5), rng.distinct(2, 3, 5)
    if rng.turn % 2:
        layers = [nn.Flatten(), nn.utils.skip_init(nn.Linear, channels * h * w, classes)]
    else:
        conv = nn.utils.skip_init(nn.Conv2d, channels, 2, 2, bias=False)  # the normalisation would take it off
        rest = [nn.BatchNorm2d(2), nn.Tanh(), nn.Flatten()]
        layers = [conv, *rest, nn.utils.skip_init(nn.Linear, 2 * (h - 1) * (w - 1), classes)]
    model = Network(*layers).to(rng.dtype)
    for parameter in model.parameters():
        parameter.data = 0.3 * rng.normal(*parameter.shape)
    if rng.turn % 4 < 2:
        optimizer = SGD(model.parameters(), lr=0.2, momentum=rng.choice([0.5, 0.9])).noting(model.log)
    else:
        optimizer = Adam(model.parameters(), lr=0.1, eps=0.01).noting(model.log)
    if rng.turn % 3:
        other = torch.tensor([rng.integer(0, classes - 1) for _ in range(n)])
        F.cross_entropy(model(rng.normal(n, channels, h, w)), other).backward()
        optimizer.step()
        model.log.clear()
    model.train(rng.turn % 6 in (1, 2, 3))
    labels = torch.tensor([rng.integer(0, classes - 1) for _ in range(n)])
    return call(model, optimizer, rng.normal(n, channels, h, w), labels)


def _by_hand(after: list[float], pixels: list[float], labels: list[int], lr: float, stale: list[float] | None) -> Case:
    """Write a case with images of one pixel and two scores without bias, whose weights start at 0."""
    model = Network(nn.Flatten(), nn.utils.skip_init(nn.Linear, 1, 2, bias=False))
    model[1].weight.data = torch.zeros(2, 1)
    if stale:
        model[1].weight.grad = torch.tensor(stale)[:, None]
    optimizer = SGD(model.parameters(), lr=lr).noting(model.log)
    images = torch.tensor(pixels).reshape(-1, 1, 1, 1)
    expected = {
        "loss": math.log(2),  # all scores are 0, both probabilities 1/2
        "training": True,
        "order": ["backward", "step"],
        "parameters": {"1.weight": torch.tensor(after)[:, None]},
    }
    return by_hand(expected, model, optimizer, images, torch.tensor(labels))


EXERCISE = Exercise(
    title="One step of training",
    solution=train_step,
    oracle=oracle,
    read="lenet: Set images aside before you train",
    minutes=15,
    difficulty=2,
    core=True,
    anchors=lambda: (  # the first optimizer loads torch's compiler
        # gradient by the scores: (1/2 − 1, 1/2); by the weights, times pixel 2: (−1, 1); minus 0.5 times that
        _by_hand([0.5, -0.5], [2.0], [0], 0.5, stale=None),
        # by the weights: ((−1/2, 1/2) · 2 + (1/2, −1/2) · 4) / 2 = (1/2, −1/2); (10, 20) is an earlier batch's gradient
        _by_hand([-0.5, 0.5], [2.0, 4.0], [0, 1], 1.0, stale=[10.0, 20.0]),
    ),
    draw=draw,
    styles=(clearing_late, through_model, setting_gradients),
    setup="import torch\nimport torch.nn.functional as F",
    may_change=("model", "optimizer"),
    observe=observe,
    hints=(
        "Five things happen before the return: a mode, old gradients, a loss, new gradients, an update. In which "
        "order?",
        "`backward` adds to whatever gradient a parameter already has, and the optimizer's step uses what it finds "
        "there. So the clearing comes before the one, and the other after it. The loss takes the model's scores as "
        "they are.",
        "Training mode; clear the optimizer's gradients; cross-entropy of the model's scores and the labels; backward "
        "from that loss; the optimizer's step. Return the loss that you have, as a Python number.",
    ),
    mistakes="""
gradients-not-cleared: An earlier batch's gradients are still there, and the new ones are added to them; after the
update it is too late to clear them. It should follow this batch alone.
    optimizer.zero_grad() -> pass

cleared-before-update: You clear the gradients after computing them, so that the update finds none. Clear them before
they are computed.
    optimizer.zero_grad() -> pass
    loss.backward() ->
        loss.backward()
        optimizer.zero_grad()

update-before-backward: You update before this batch's gradients are known. First the gradients, then the update.
    optimizer.step() -> pass
    loss.backward() ->
        optimizer.step()
        loss.backward()

update-forgotten: The gradients are computed, but no parameter changes: the optimizer never makes its step.
    optimizer.step() -> pass

backward-forgotten: The optimizer makes a step without gradients. The loss knows how to compute them, but has to be told
to.
    loss.backward() -> pass

two-updates: You make two updates with one gradient. After the first one the parameters are elsewhere, and so is the
gradient.
    optimizer.step() ->
        optimizer.step()
        optimizer.step()

softmax-before-loss: You give probabilities to the cross-entropy. It contains the softmax and wants the scores
themselves. [lenet: Why is there no softmax at the network's end?]
    model(images) -> model(images).softmax(dim=1)

loss-summed: You sum the loss over the batch, so that a larger batch makes a larger step. It is the mean over the
images. [lenet: First check: which loss should an untrained network have?]
    model(images), labels -> model(images), labels, reduction='sum'

mean-taken-twice: You divide the gradient by the number of images once more. The mean cross-entropy has done so already.
[lenet: First check: which loss should an untrained network have?]
    loss.backward() -> (loss / len(images)).backward()

training-mode-forgotten: You leave the model in the mode in which it came. In evaluation mode batch normalisation uses
its running averages instead of this batch. [lenet: What has been learned since?]
    model.train() -> pass

loss-after-update: You measure the loss again after the update. Asked for is the one that the update was made from,
before it.
    return loss.item() -> return F.cross_entropy(model(images), labels).item()

first-image-only: You train on the first image of the batch. The loss is the mean over all of them.
    model(images), labels -> model(images[:1]), labels[:1]

wrong-direction: Your update climbs: the loss grows. An optimizer steps against the gradient by itself; its sign is not
yours. [lenet: Second check: can it learn 32 images by heart?]
    loss.backward() -> (-loss).backward()

nll-on-raw-scores: You give raw scores to a loss that wants logarithms of probabilities: it only picks minus the right
score. The cross-entropy contains the softmax. [lenet: Why is there no softmax at the network's end?]
    F.cross_entropy( -> F.nll_loss(

nll-of-probabilities: You give probabilities to a loss that wants their logarithms: the result is minus the right
class's probability. The cross-entropy wants the scores themselves.
[lenet: Why is there no softmax at the network's end?]
    F.cross_entropy(model(images), -> F.nll_loss(model(images).softmax(dim=1),

sigmoid-before-loss: You send the scores through a sigmoid before the cross-entropy. It contains the softmax and wants
the scores themselves. [lenet: Why is there no softmax at the network's end?]
    model(images) -> model(images).sigmoid()

relu-before-loss: You cut the negative scores off before the cross-entropy. It wants the scores as they are: a negative
one says something, too. [lenet: Why is there no softmax at the network's end?]
    model(images) -> model(images).relu()

softmax-over-images: You send the scores through a softmax down the batch before the cross-entropy. It contains the
softmax, along a row, and wants the scores themselves. [lenet: Why is there no softmax at the network's end?]
    model(images) -> model(images).softmax(dim=0)

squared-error: Your loss is the squared difference of scores and ones and zeros. Asked for is the cross-entropy.
[lenet: First check: which loss should an untrained network have?]
    loss = F.cross_entropy(model(images), labels) ->
        scores = model(images)
        loss = F.mse_loss(scores, F.one_hot(labels, scores.shape[1]).to(scores.dtype))

squared-error-of-probabilities: Your loss is the squared difference of probabilities and ones and zeros. Asked for is
the cross-entropy. [lenet: First check: which loss should an untrained network have?]
    loss = F.cross_entropy(model(images), labels) ->
        p = model(images).softmax(dim=1)
        loss = F.mse_loss(p, F.one_hot(labels, p.shape[1]).to(p.dtype))

binary-cross-entropy: Your loss takes every class for a question of its own, with yes or no. Here one class is right,
and the softmax lets them compete. [lenet: First check: which loss should an untrained network have?]
    loss = F.cross_entropy(model(images), labels) ->
        scores = model(images)
        loss = F.binary_cross_entropy_with_logits(scores, F.one_hot(labels, scores.shape[1]).to(scores.dtype))

labels-smoothed: You smooth the labels by a tenth. Some recipes want that; here the right class counts alone.
[lenet: First check: which loss should an untrained network have?]
    model(images), labels -> model(images), labels, label_smoothing=0.1

gradient-of-sum: You return the mean loss, but your gradient is that of the sum: a larger batch makes a larger step. The
update follows the mean, too. [lenet: First check: which loss should an untrained network have?]
    loss.backward() -> (loss * len(images)).backward()

divided-again: You divide the loss by the number of images once more. The cross-entropy is their mean already.
[lenet: First check: which loss should an untrained network have?]
    F.cross_entropy(model(images), labels) -> F.cross_entropy(model(images), labels) / len(images)

loss-times-images: You return the loss times the number of images, as one does to average over
several batches. Asked for is this batch's mean.
    loss.item() -> loss.item() * len(images)

loss-over-images: You divide the loss that you return by the number of images. It is their
mean already.
    loss.item() -> loss.item() / len(images)

accuracy-returned: You return the share of right answers. Asked for is the loss.
    loss = F.cross_entropy(model(images), labels) ->
        scores = model(images)
        loss = F.cross_entropy(scores, labels)
    loss.item() -> (scores.argmax(dim=1) == labels).double().mean().item()

evaluation-mode: You put the model into evaluation mode. For a step of training it belongs into the other one: batch
normalisation uses this batch then. [lenet: What has been learned since?]
    model.train() -> model.eval()

training-mode-late: You put the model into training mode after it has computed its scores. They still come from the mode
in which it arrived. [lenet: What has been learned since?]
    model.train() -> pass
    loss.backward() ->
        model.train()
        loss.backward()

evaluation-mode-at-end: Your step leaves the model in evaluation mode. Asked for is that it stays in
training mode.
    return loss.item() ->
        model.eval()
        return loss.item()

mode-put-back: At the end of your step the model is back in the mode in which it arrived. Asked for is that
it stays in training mode.
    model.train() ->
        before = model.training
        model.train()
    return loss.item() ->
        model.train(before)
        return loss.item()

backward-twice: You compute this batch's gradients twice, and they add up: the step is twice as large as it should be.
    loss.backward() ->
        loss.backward(retain_graph=True)
        loss.backward()

two-steps: You make two whole steps with this batch. One update is asked for.
    return loss.item() ->
        again = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        again.backward()
        optimizer.step()
        return loss.item()

update-by-hand: You take the learning rate times the gradient off each parameter. That is plain gradient descent; the
optimizer that came along may remember earlier steps, and has an update of its own.
    optimizer.step() ->
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= optimizer.param_groups[0]["lr"] * parameter.grad

learning-rate-forgotten: You take the whole gradient off each parameter, without a learning rate. The optimizer that
came along has one, and an update of its own.
    optimizer.step() ->
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= parameter.grad

gradient-clipped: You shorten the gradient to length 1 where it is longer. Some recipes want that; here the update
follows the gradient as it is.
    optimizer.step() ->
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

gradient-cells-clipped: You cut every number of the gradient off at a largest size. Some recipes want that; here the
update follows the gradient as it is.
    optimizer.step() ->
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimizer.step()

gradient-normalised: You bring the gradient to length 1. The update follows it as it is: where it is short, the step is
short.
    optimizer.step() ->
        length = sum(float(p.grad.pow(2).sum()) for p in model.parameters()) ** 0.5
        for parameter in model.parameters():
            parameter.grad /= length
        optimizer.step()

image-by-image: You make an update for every image. The step makes one, from the mean loss of the whole batch.
    loss = F.cross_entropy(model(images), labels) ->
        before = F.cross_entropy(model(images), labels)
        for image, label in list(zip(images, labels, strict=True))[:-1]:
            optimizer.zero_grad()
            F.cross_entropy(model(image[None]), label[None]).backward()
            optimizer.step()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[-1:]), labels[-1:])
    loss.item() -> before.item()

last-layer-only: You update the last layer alone. The optimizer holds all parameters, and all of them have a gradient.
    optimizer.step() ->
        for parameter in list(model.parameters())[:-2]:
            parameter.grad = None
        optimizer.step()
""",
)
