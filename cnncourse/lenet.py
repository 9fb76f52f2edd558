"""LeNet: convolution, activation, pooling, twice; then three fully connected layers, and ten scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnncourse.shapes import receptive_field

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
POOLINGS = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}


class LeNet(nn.Sequential):
    """The LeNet of textbooks: 61,706 parameters, images (N, 1, 28, 28) to logits (N, 10).

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

    def __init__(self, activation: str = "sigmoid", pooling: str = "avg") -> None:
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
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


class ModernLeNet(nn.Sequential):
    """LeNet with what was learned since: rectifiers, maximum pooling, batch normalisation, more kernels, fewer neurons.

    48,974 parameters, less than LeNet's; images (N, 1, 28, 28) to logits (N, 10).

    Source: LeCun et al. 1998; Ioffe and Szegedy 2015.

    >>> sum(p.numel() for p in ModernLeNet().parameters())
    48974
    """

    def __init__(self) -> None:
        layers = {
            "conv1": nn.Conv2d(1, 12, 5, padding=2, bias=False),  # the normalisation brings the bias
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
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


@dataclass(frozen=True)
class LayerRow:
    """One layer of a table: its output, what it costs, and what one of its cells sees.

    ``shape`` leaves out the batch; ``multiply_adds`` count one image; ``receptive_field`` is in input pixels, None behind
    the first fully connected layer, which sees everything.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: int | None


def layer_table(model: nn.Sequential, image_shape: Sequence[int] = (1, 28, 28)) -> list[LayerRow]:
    """Pass one empty image through a model and note each layer's shape and cost.

    Args:
        model: layers in a row; it is left in the mode in which it came.
        image_shape: (C, H, W) of one image.

    Returns:
        One row a layer.

    Source: chapter "LeNet".

    >>> layer_table(LeNet())[0]
    LayerRow(name='conv1', shape=(6, 28, 28), parameters=156, multiply_adds=117600, receptive_field=5)
    >>> sum(row.multiply_adds for row in layer_table(LeNet()))
    416520
    """
    rows, windows = [], []
    first = next(model.parameters())
    x = torch.zeros(1, *image_shape, dtype=first.dtype, device=first.device)
    was_training = model.training
    model.eval()  # batch normalisation needs more than one image otherwise, and would remember this empty one
    with torch.no_grad():
        for name, layer in model.named_children():
            x = layer(x)
            if isinstance(layer, nn.Conv2d | nn.AvgPool2d | nn.MaxPool2d):
                windows.append((_one(layer.kernel_size), _one(layer.stride), 1))
            field = receptive_field(windows).size if x.ndim == 4 else None
            parameters = sum(p.numel() for p in layer.parameters())
            rows.append(LayerRow(name, tuple(x.shape[1:]), parameters, _multiply_adds(layer, x), field))
    model.train(was_training)
    return rows


def _multiply_adds(layer: nn.Module, output: Tensor) -> int:
    """Count a layer's multiply-adds for one image: weights an output cell, times output cells."""
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return output[0].numel() * layer.weight[0].numel()
    return 0


def _one(size: int | tuple[int, int]) -> int:
    return size if isinstance(size, int) else size[0]


def _choose(name: str, value: str, choices: dict[str, type[nn.Module]]) -> type[nn.Module]:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}")
    return choices[value]
