"""What a trained network has learned: whom it confuses, where it looks, and which of its maps it can do without."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnncourse.checks import require_int, require_pair, require_tensor


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

    Source: chapter "What has LeNet learned?".

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
def without_maps(
    model: nn.Module, layer: str, maps: int | Iterable[int], *, value: float | Tensor = 0.0
) -> Iterator[None]:
    """Put a constant in the place of feature maps of one layer, inside a ``with`` block.

    Args:
        model: has the layer among its children.
        layer: name of the layer whose output is changed, such as "act1".
        maps: which of its channels; one number or several.
        value: what stands there for every image: 0, or what `mean_maps` measured, shape (C, oh, ow) or (C,).

    Raises:
        TypeError: not whole numbers.
        ValueError: no such layer or, once the model is called, no such map, or a value of another shape.

    Source: chapter "What has LeNet learned?".

    >>> from cnncourse.lenet import LeNet
    >>> model, image = LeNet("relu"), torch.ones(1, 1, 28, 28)
    >>> with without_maps(model, "act4", range(84)):  # nothing but the bias reaches the logits
    ...     torch.equal(model(image)[0], model.fc3.bias)
    True
    """
    changed, chosen = _layer(model, layer), _numbers("maps", maps)

    def put(_module: nn.Module, _inputs: tuple, y: Tensor) -> Tensor:
        if max(chosen, default=0) >= y.shape[1]:
            raise ValueError(f"maps has {max(chosen)}; expected numbers below {y.shape[1]}, the maps of {layer}")
        if isinstance(value, Tensor) and value.shape != y.shape[1:]:
            raise ValueError(
                f"value has shape {tuple(value.shape)}; expected {tuple(y.shape[1:])}, one image's output of {layer}; "
                "use mean_maps, or a number"
            )
        y = y.clone()
        y[:, chosen] = value[chosen].to(y) if isinstance(value, Tensor) else value
        return y

    hook = changed.register_forward_hook(put)
    try:
        yield
    finally:
        hook.remove()


def mean_maps(model: nn.Module, layer: str, images: Tensor) -> Tensor:
    """Average one layer's output over images, cell by cell: what it says on the whole, and of no image in particular.

    Args:
        model: has the layer among its children; a copy of it is used, in evaluation mode.
        layer: its name, such as "act1".
        images: shape (N, C_in, H, W).

    Returns:
        Shape (C, oh, ow), or (C,) of a layer whose output has no maps.

    Raises:
        ValueError: no such layer.

    Source: chapter "What has LeNet learned?".

    >>> mean_maps(nn.Sequential(nn.ReLU()), "0", torch.tensor([[[[-1.0, 3.0]]], [[[1.0, 5.0]]]])).tolist()
    [[[0.5, 4.0]]]
    """
    model, outputs = copy.deepcopy(model).eval(), []
    _layer(model, layer).register_forward_hook(lambda _module, _inputs, y: outputs.append(y))
    with torch.no_grad():
        model(images)
    return outputs[0].mean(dim=0)


def covered(image: Tensor, kernel_size: int | tuple[int, int], *, value: float = 0.0) -> Tensor:
    """Copy an image once for each place of a window, with the window covered.

    Args:
        image: shape (H, W).
        kernel_size: the window's size, one number or (kH, kW).
        value: what stands in the window.

    Returns:
        Shape (H - kH + 1, W - kW + 1, H, W): by the window's row and column.

    Raises:
        TypeError, ValueError: no such image, or the window does not fit inside it.

    Source: chapter "What has LeNet learned?"; Zeiler and Fergus 2014.

    >>> covered(torch.tensor([[1.0, 2.0, 3.0]]), (1, 2)).tolist()
    [[[[0.0, 0.0, 3.0]], [[1.0, 0.0, 0.0]]]]
    """
    require_tensor("image", image, "H, W")
    (h, w), (kh, kw) = image.shape, require_pair("kernel_size", kernel_size, 1)
    if kh > h or kw > w:
        raise ValueError(f"kernel_size is {(kh, kw)}; expected at most {(h, w)}, the image; use a smaller window")
    copies = image.repeat(h - kh + 1, w - kw + 1, 1, 1)
    for i in range(h - kh + 1):
        for j in range(w - kw + 1):
            copies[i, j, i : i + kh, j : j + kw] = value
    return copies


def occlusion(
    model: nn.Module,
    image: Tensor,
    label: int,
    *,
    kernel_size: int = 5,
) -> Tensor:
    """Measure how much of a class's probability goes when a window of an image is covered with zeros, at every place.

    Args:
        model: maps images (N, 1, H, W) to logits (N, classes); a copy of it is used, in evaluation mode.
        image: shape (H, W).
        label: whose probability.
        kernel_size: side of the window, odd.

    Returns:
        Shape (H, W), the loss of probability with the window centred there, from -1 to 1; windows hang over the border.

    Raises:
        TypeError, ValueError: no such image, or an even window.

    Source: chapter "What has LeNet learned?"; Zeiler and Fergus 2014.

    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(9, 2))
    >>> occlusion(model, torch.ones(3, 3), 0, kernel_size=1).shape
    torch.Size([3, 3])
    """
    require_tensor("image", image, "H, W")
    (h, w), side = image.shape, _half(kernel_size)
    padded = F.pad(image, (side, side, side, side))
    inside = slice(side, side + h), slice(side, side + w)
    copies = covered(padded, kernel_size)[:, :, *inside]  # (H, W, H, W)
    model = copy.deepcopy(model).eval()
    with torch.no_grad():
        before = model(image[None, None]).softmax(dim=1)
        after = model(copies.reshape(-1, 1, h, w)).softmax(dim=1)
    lost = before[0, label] - after[:, label]
    return lost.reshape(h, w)


def _half(kernel_size: int) -> int:
    """Return how far an odd window reaches from its middle."""
    if require_int("kernel_size", kernel_size, 1) % 2 == 0:
        raise ValueError(f"kernel_size is {kernel_size}; expected an odd number, which has a middle")
    return kernel_size // 2


def kernel_cosines(kernels: Tensor, others: Tensor) -> Tensor:
    """Compare each kernel with another one: 1 where both point the same way, 0 at right angles, -1 if opposite.

    Args:
        kernels: shape (C_out, C_in, kH, kW).
        others: alike, such as the same layer's kernels before training.

    Returns:
        Shape (C_out,), from -1 to 1.

    Raises:
        TypeError, ValueError: no such kernels, or not alike.

    Source: chapter "What has LeNet learned?".

    >>> kernel_cosines(torch.tensor([[[[3.0, 4.0]]]]), torch.tensor([[[[4.0, 3.0]]]]))
    tensor([0.9600])
    """
    for name, bank in (("kernels", kernels), ("others", others)):
        require_tensor(name, bank, "C_out, C_in, kH, kW")
    if kernels.shape != others.shape:
        raise ValueError(f"others has shape {tuple(others.shape)}; expected {tuple(kernels.shape)}, as kernels")
    return F.cosine_similarity(kernels.detach().flatten(1), others.detach().flatten(1))


def _layer(model: nn.Module, name: str) -> nn.Module:
    """Find a layer by name among a model's children."""
    children = dict(model.named_children())
    if name not in list(children):  # a list takes also what a dict cannot look up
        raise ValueError(f"layer is {name!r}; expected one of {', '.join(map(repr, children))}")
    return children[name]


def _numbers(name: str, values: int | Iterable[int]) -> list[int]:
    """Return one number, or several, as a list of ints that are not negative."""
    iterable: Any = values
    try:
        several = list(iterable)
    except TypeError:  # one number, also one of numpy's
        several = [values]
    return [require_int(name, number, 0) for number in several]
