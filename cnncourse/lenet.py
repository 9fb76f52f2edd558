"""LeNet: convolution, activation, pooling, twice; then three fully connected layers, and ten scores.

Besides the networks: ways to look into them. `cnncourse.cost` says what their layers cost and see.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnncourse.checks import require_int
from cnncourse.data import digits
from cnncourse.training import Data, require_data

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
POOLINGS = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}

Choice = TypeVar("Choice")
Network = TypeVar("Network", bound=nn.Module)


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


def digit_parts(*, fold: int = 1) -> tuple[Data, Data, Data]:
    """Divide scikit-learn's digits into five folds with every digit in the same share, and these into three parts.

    Args:
        fold: which one is for validation, 1 to 4; fold 0 is always the test set.

    Returns:
        Training images (three folds), validation and test images, each with its labels: shapes (N, 1, 28, 28), float32,
        and (N,), int64.

    Raises:
        TypeError, ValueError: another fold.

    Source: chapter "LeNet".

    >>> [len(labels) for _, labels in digit_parts()]
    [1077, 360, 360]
    """
    if not 0 < require_int("fold", fold, 1) < 5:
        raise ValueError(f"fold is {fold}; expected 1 to 4; fold 0 is the test set")
    from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]  # half a second, if needed

    images, labels = digits(28)
    folds = [
        torch.from_numpy(chosen) for _, chosen in StratifiedKFold(5, shuffle=True, random_state=0).split(images, labels)
    ]
    train = torch.cat([chosen for number, chosen in enumerate(folds) if number not in (0, fold)])
    train_part, validation, test = ((images[chosen, None], labels[chosen]) for chosen in (train, folds[fold], folds[0]))
    return train_part, validation, test


def recorded(benchmark: str) -> dict[str, Any]:
    """Read what a benchmark measured once, since it takes minutes, with the machine on which it ran.

    Args:
        benchmark: its name; the file ``cnncourse/recorded/NAME.json`` is the last line that it printed.

    Raises:
        ValueError: nothing is recorded by that name.

    Source: chapter "LeNet".

    >>> sorted(recorded("lenet_parts")["machine"])
    ['processor', 'python', 'threads', 'torch']
    """
    folder = files("cnncourse") / "recorded"
    names = sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
    if benchmark not in names:
        raise ValueError(f"benchmark is {benchmark!r}; expected one of {', '.join(map(repr, names))}")
    result: dict[str, Any] = json.loads((folder / f"{benchmark}.json").read_text(encoding="utf-8"))
    return result


def glorot_start(model: Network) -> Network:
    """Draw every weight uniformly with variance 2 / (fan-in + fan-out), and set every bias to 0, in place.

    Args:
        model: its convolutions and fully connected layers are changed.

    Returns:
        The same model.

    Source: chapter "LeNet"; Glorot and Bengio 2010.

    >>> model = glorot_start(LeNet())
    >>> round(model.fc1.weight.var().item() * (400 + 120), 1), model.fc1.bias.abs().max().item()
    (2.0, 0.0)
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


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
    signals, pairs = [], zip(weighted.items(), gradients, strict=True)
    for (name, layer), slopes in pairs:
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
