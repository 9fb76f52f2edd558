"""LeNet: convolution, activation, pooling, twice; then three fully connected layers, and ten scores.

Besides the networks: ways to look into them. `cnncourse.cost` says what their layers cost and see.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnncourse.checks import require_int, require_tensor
from cnncourse.training import require_data

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
POOLINGS = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}

Choice = TypeVar("Choice")


class DigitNetwork(nn.Sequential):
    """Layers in a row that map images (N, 1, 28, 28) to logits (N, 10).

    Args:
        layers: by name, the first one first.

    Raises:
        TypeError, ValueError: when called with anything but such images.
    """

    def __init__(self, layers: dict[str, nn.Module]) -> None:
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        if not isinstance(x, Tensor) or not x.dtype.is_floating_point:
            found = f"dtype {x.dtype}" if isinstance(x, Tensor) else f"type {type(x).__name__}"
            raise TypeError(f"x has {found}; expected a float tensor; use images.float() / 255")
        if x.ndim != 4 or x.shape[1:] != (1, 28, 28):
            remedy = "; use x[:, None]" if x.ndim == 3 and x.shape[1:] == (28, 28) else ""
            raise ValueError(f"x has shape {tuple(x.shape)}; expected (N, 1, 28, 28){remedy}")
        return super().forward(x)


class LeNet(DigitNetwork):
    """The LeNet of textbooks: 61,706 parameters, 416,520 multiply-adds; images (N, 1, 28, 28) to logits (N, 10).

    The logits go into the cross-entropy as they are: it contains the softmax.

    Args:
        activation: "sigmoid", "tanh" or "relu".
        pooling: "avg" or "max".

    Raises:
        ValueError: another activation or pooling.

    Source: LeCun et al. 1998, simplified; chapter "LeNet" lists the differences layer by layer.

    >>> LeNet()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    >>> sum(p.numel() for p in LeNet().parameters())
    61706
    """

    def __init__(
        self,
        activation: str = "sigmoid",
        pooling: str = "avg",
    ) -> None:
        act = _choose("activation", activation, ACTIVATIONS)
        pool = _choose("pooling", pooling, POOLINGS)
        layers = {
            "conv1": nn.Conv2d(1, 6, 5, padding=2),  # (N, 6, 28, 28)
            "act1": act(),
            "pool1": pool(2),  # (N, 6, 14, 14)
            "conv2": nn.Conv2d(6, 16, 5),  # (N, 16, 10, 10)
            "act2": act(),
            "pool2": pool(2),  # (N, 16, 5, 5)
            "flatten": nn.Flatten(),  # (N, 400)
            "fc1": nn.Linear(400, 120),
            "act3": act(),
            "fc2": nn.Linear(120, 84),
            "act4": act(),
            "fc3": nn.Linear(84, 10),
        }
        super().__init__(layers)


class ModernLeNet(DigitNetwork):
    """LeNet with what was learned since: rectifiers, maximum pooling, batch normalisation, more kernels, fewer neurons.

    48,974 parameters, less than LeNet's; images (N, 1, 28, 28) to logits (N, 10).

    Source: LeCun et al. 1998; Ioffe and Szegedy 2015.

    >>> sum(p.numel() for p in ModernLeNet().parameters())
    48974
    """

    def __init__(self) -> None:
        layers = {
            # no bias: the normalisation would take it off again
            "conv1": nn.Conv2d(1, 12, 5, padding=2, bias=False),
            "norm1": nn.BatchNorm2d(12),
            "act1": nn.ReLU(),
            "pool1": nn.MaxPool2d(2),
            "conv2": nn.Conv2d(12, 32, 5, bias=False),
            "norm2": nn.BatchNorm2d(32),
            "act2": nn.ReLU(),
            "pool2": nn.MaxPool2d(2),
            "flatten": nn.Flatten(),
            "fc1": nn.Linear(800, 48, bias=False),
            "norm3": nn.BatchNorm1d(48),
            "act3": nn.ReLU(),
            "fc2": nn.Linear(48, 10),
        }
        super().__init__(layers)


def confusion_matrix(labels: Tensor, predictions: Tensor, *, classes: int = 10) -> Tensor:
    """Count how often each class was taken for each class.

    Args:
        labels: the right classes, shape (N,), int64 from 0 to ``classes`` - 1.
        predictions: the model's, alike.
        classes: how many there are.

    Returns:
        Counts, shape (classes, classes), int64: row = right class, column = prediction.

    Raises:
        TypeError, ValueError: not two such lists of one length.

    Source: chapter "LeNet".

    >>> confusion_matrix(torch.tensor([0, 1, 1, 1]), torch.tensor([0, 1, 0, 1]), classes=2).tolist()
    [[1, 0], [1, 2]]
    """
    require_int("classes", classes, 1)
    for name, values in (("labels", labels), ("predictions", predictions)):
        require_tensor(name, values, "N")
        if values.dtype != torch.int64:
            raise TypeError(f"{name} has dtype {values.dtype}; expected int64; use {name}.long()")
        if not 0 <= int(values.min()) <= int(values.max()) < classes:
            low, high = int(values.min()), int(values.max())
            raise ValueError(f"{name} runs from {low} to {high}; expected classes from 0 to {classes - 1}")
    if len(labels) != len(predictions):
        raise ValueError(f"there are {len(labels)} labels and {len(predictions)} predictions; expected one each")
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for label, prediction in zip(labels.tolist(), predictions.tolist(), strict=True):
        counts[label, prediction] += 1
    return counts


@contextmanager
def without_maps(model: nn.Sequential, layer: str, maps: int | Iterable[int]) -> Iterator[None]:
    """Set feature maps of one layer to zero inside a ``with`` block.

    Args:
        model: layers in a row.
        layer: name of the layer whose output is changed, such as "act1".
        maps: which of its channels; one number or several.

    Raises:
        TypeError: not whole numbers.
        ValueError: no such layer or, once the model is called, no such map.

    Source: chapter "LeNet".

    >>> model, image = LeNet("relu"), torch.ones(1, 1, 28, 28)
    >>> with without_maps(model, "act4", range(84)):  # nothing but the bias reaches the logits
    ...     torch.equal(model(image)[0], model.fc3.bias)
    True
    """
    chosen_layer = _choose("layer", layer, dict(model.named_children()))
    chosen = _numbers("maps", maps)

    def silence(_module: nn.Module, _inputs: tuple, y: Tensor) -> Tensor:
        if max(chosen, default=0) >= y.shape[1]:
            raise ValueError(f"maps has {max(chosen)}; expected numbers below {y.shape[1]}, the maps of {layer}")
        y = y.clone()
        y[:, chosen] = 0
        return y

    hook = chosen_layer.register_forward_hook(silence)
    try:
        yield
    finally:
        hook.remove()


@dataclass(frozen=True)
class Signal:
    """How well one layer with weights tells images apart, and how strongly the loss pulls at its weights.

    ``spread`` is the standard deviation of an output cell over the images, averaged over the cells, before the
    activation; ``gradient`` is the root mean square of the loss's gradient by the weights.
    """

    name: str
    spread: float
    gradient: float


def layer_signals(
    model: nn.Sequential,
    images: Tensor,
    labels: Tensor,
) -> list[Signal]:
    """Measure how the images' differences travel forward through a model, and the gradient backward.

    Args:
        model: layers in a row; a copy of it is measured, in training mode.
        images: shape (N, 1, H, W), at least 2.
        labels: shape (N,), int64.

    Returns:
        One entry for each convolution and each fully connected layer, the first one first.

    Raises:
        TypeError, ValueError: images and labels do not belong together, fewer than two images, or no such layers.

    Source: chapter "LeNet"; Glorot and Bengio 2010.

    >>> [signal.name for signal in layer_signals(LeNet(), torch.rand(4, 1, 28, 28), torch.arange(4))]
    ['conv1', 'conv2', 'fc1', 'fc2', 'fc3']
    """
    require_data("(images, labels)", (images, labels))
    if len(images) < 2:
        raise ValueError(f"images has {len(images)}; expected at least 2")
    model = copy.deepcopy(model).train()
    weighted, outputs = _weighted(model), {}
    for layer in weighted.values():

        def keep(layer: nn.Module, _inputs: tuple, y: Tensor) -> None:
            outputs[layer] = y.detach()

        layer.register_forward_hook(keep)
    loss = F.cross_entropy(model(images), labels)
    weights = [layer.weight for layer in weighted.values()]
    gradients = torch.autograd.grad(loss, weights)
    signals = []
    for (name, layer), slopes in zip(weighted.items(), gradients, strict=True):
        spread = outputs[layer].std(dim=0).mean()
        gradient = slopes.square().mean().sqrt()
        signals.append(Signal(name, spread.item(), gradient.item()))
    return signals


def sigmoid_twin(model: LeNet) -> LeNet:
    """Build the sigmoid LeNet that computes exactly what a tanh LeNet computes.

    Since sigmoid(2 z) = (1 + tanh(z)) / 2, every layer in front of a sigmoid doubles its weights and bias, and every
    layer behind one doubles its weights again and takes their sum off its bias. Pooling passes the relation on.

    Args:
        model: a LeNet with activation "tanh".

    Returns:
        A new LeNet with activation "sigmoid" and the same pooling, dtype and device.

    Raises:
        TypeError: not a LeNet.
        ValueError: a LeNet with another activation.

    Source: chapter "LeNet".

    >>> tanh, image = LeNet("tanh"), torch.rand(1, 1, 28, 28)
    >>> torch.allclose(sigmoid_twin(tanh)(image), tanh(image), atol=1e-5)
    True
    """
    if not isinstance(model, LeNet):
        raise TypeError(f"model is a {type(model).__name__}; expected a LeNet")
    if not isinstance(model.act1, nn.Tanh):
        raise ValueError(f"model has the activation {type(model.act1).__name__}; expected Tanh, as in LeNet('tanh')")
    twin = LeNet("sigmoid", "avg" if isinstance(model.pool1, nn.AvgPool2d) else "max").to(next(model.parameters()))
    names = list(_weighted(model))
    with torch.no_grad():
        for name in names:
            weight, bias = getattr(model, name).weight, getattr(model, name).bias
            if name != names[0]:  # tanh(z) = 2 sigmoid(2 z) - 1 arrives
                weight, bias = 2 * weight, bias - weight.flatten(1).sum(dim=1)
            doubled = 1 if name == names[-1] else 2  # sigmoid(2 z) follows
            getattr(twin, name).weight.copy_(doubled * weight)
            getattr(twin, name).bias.copy_(doubled * bias)
    return twin


def _weighted(model: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Find the convolutions and the fully connected layers, by name, in order."""
    found = {name: layer for name, layer in model.named_children() if isinstance(layer, nn.Conv2d | nn.Linear)}
    if not found:
        raise ValueError("model has no convolution and no fully connected layer among its children; nothing to measure")
    return found


def _choose(name: str, value: str, choices: dict[str, Choice]) -> Choice:
    if value not in list(choices):  # a list takes also what a dict cannot look up
        raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}")
    return choices[value]


def _numbers(name: str, values: int | Iterable[int]) -> list[int]:
    """Return one number, or several, as a list of ints that are not negative."""
    iterable: Any = values
    try:
        several = list(iterable)
    except TypeError:  # one number, also one of numpy's
        several = [values]
    return [require_int(name, number, 0) for number in several]
