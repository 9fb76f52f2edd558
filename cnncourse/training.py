"""Training and evaluation, short enough to read aloud. Batches are sliced from tensors in memory, without a loader."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnncourse.checks import require_float, require_int, require_tensor

if TYPE_CHECKING:
    from tqdm import tqdm

Data = tuple[Tensor, Tensor]  # images (N, C, H, W) float, labels (N,) int64


@dataclass
class History:
    """What `fit` measured after each epoch: losses in nats per image, accuracies in [0, 1].

    ``seconds`` counts the training so far, without the evaluations. ``interrupted`` is true after Ctrl-C.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    interrupted: bool = False

    def add(self, measured: list[tuple[float, float]], validated: tuple[float, float], seconds: float) -> None:
        """Note an epoch: loss and accuracy of each batch, loss and accuracy on the validation part, and its time."""
        losses, accuracies = zip(*measured, strict=True)
        self.train_loss.append(sum(losses) / len(losses))
        self.train_accuracy.append(sum(accuracies) / len(accuracies))
        self.validation_loss.append(validated[0])
        self.validation_accuracy.append(validated[1])
        self.seconds.append(seconds + (self.seconds[-1] if self.seconds else 0))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw repeatable weights inside a ``with`` block, and leave the world's random numbers as they were.

    >>> with seeded(0):
    ...     first = torch.rand(1)
    >>> with seeded(0):
    ...     assert torch.equal(first, torch.rand(1))
    """
    with torch.random.fork_rng():
        torch.manual_seed(require_int("seed", seed, 0))
        yield


def train_step(
    model: nn.Module,
    updates: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    *,
    loss_function: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
) -> tuple[float, float]:
    """Make one update, and return the batch's loss and accuracy before it.

    Args:
        model: maps images to logits, here (N, classes).
        updates: changes the model's parameters.
        images, labels: the batch, shapes (N, C, H, W) and (N,).
        loss_function: maps logits and labels to what the update lowers,
            in mean nats per image.
    """
    model.train()
    logits = model(images)
    loss = loss_function(logits, labels)
    updates.zero_grad()
    loss.backward()
    updates.step()
    right = logits.argmax(dim=1) == labels
    return loss.item(), right.float().mean().item()


def fit(
    model: nn.Module,
    train: Data,
    validation: Data,
    *,
    epochs: int,
    lr: float = 0.01,
    batch_size: int = 128,
    seed: int = 0,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
    schedule: Callable[[float], float] = lambda progress: 1.0,
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None,
    step: Callable[..., tuple[float, float]] = train_step,
    progress: bool = True,
) -> History:
    """Train a model in place; at the end it holds the weights of the epoch with the best validation accuracy.

    Args:
        model: maps images (N, C, H, W) to logits (N, classes); trained on the device where its parameters are.
        train, validation: images and labels; validation chooses the epoch, so keep the test set for one `evaluate`.
        epochs: passes over the training images.
        lr: the learning rate at the height of the schedule.
        batch_size: images a step; a smaller last batch is dropped, unless it is the only one.
        seed: decides the order of the images and the augmentation.
        optimizer: called with the parameters and ``lr``.
        schedule: maps the part of the training that is done, in [0, 1), to a factor of ``lr``; such as `one_cycle`.
        augment: maps a batch of images and a generator to a batch of images.
        step: makes one update; see `train_step`, the only one that a single process needs.
        progress: show a progress bar with loss and accuracy.

    Returns:
        The measurements after each epoch. Ctrl-C ends the training early and keeps the best weights so far. Before the
        first epoch is over none are known to be best: the history is empty, the model is left as its last update
        made it, and a warning says so.

    Raises:
        FloatingPointError: a loss or a weight is no longer a finite number. The model gets the best weights so far; in
            the first epoch, those that it came with.
        TypeError, ValueError: images, labels and model do not belong together, or there are no images.

    Source: chapter "LeNet".
    """
    _require_settings(model, train, validation, epochs, batch_size)
    batch_size = min(batch_size, len(train[0]))
    generator, history = torch.Generator().manual_seed(require_int("seed", seed, 0)), History()
    per_epoch = len(train[0]) // batch_size
    with _best_weights(model, history) as keep_if_best, _bar(epochs * per_epoch, progress) as bar:
        run = _Run(model, optimizer(model.parameters(), lr=lr), step, lr, schedule, epochs, per_epoch, bar)
        for _ in range(epochs):
            start = time.perf_counter()
            measured = [run.update(*batch) for batch in batches(train, batch_size, generator, model, augment)]
            seconds = time.perf_counter() - start
            history.add(measured, evaluate(model, validation), seconds)
            _require_finite_end(model, history, lr)
            keep_if_best()
            bar.set_postfix(loss=f"{history.train_loss[-1]:.3f}", accuracy=f"{history.validation_accuracy[-1]:.2%}")
    return history


@dataclass
class _Run:
    """The updates of one `fit`: each with its own learning rate, and with a look at its loss."""

    model: nn.Module
    updates: torch.optim.Optimizer
    step: Callable[..., tuple[float, float]]
    lr: float
    schedule: Callable[[float], float]
    epochs: int
    per_epoch: int
    bar: tqdm
    done: int = 0

    def update(self, images: Tensor, labels: Tensor) -> tuple[float, float]:
        """Make the next update; returns the batch's loss and accuracy before it."""
        set_lr(self.updates, self.lr * self.schedule(self.done / (self.epochs * self.per_epoch)))
        measured = self.step(self.model, self.updates, images, labels)
        if not math.isfinite(measured[0]):
            epoch, before = divmod(self.done, self.per_epoch)
            place = f"in epoch {epoch + 1}, step {before + 1}"
            raise FloatingPointError(f"the loss is {measured[0]} {place}; {_remedy(self.lr)}")
        self.done += 1
        self.bar.update(1)
        return measured


def set_lr(updates: torch.optim.Optimizer, lr: float) -> None:
    """Change the learning rate of every parameter."""
    for group in updates.param_groups:
        group["lr"] = lr


def evaluate(model: nn.Module, data: Data, *, batch_size: int = 1000) -> tuple[float, float]:
    """Measure a model without changing it.

    Args:
        model: maps images to logits; used in evaluation mode, and left in the mode in which it came.
        data: images and labels.
        batch_size: images at once.

    Returns:
        The mean loss in nats per image, and the accuracy in [0, 1].

    Raises:
        TypeError, ValueError: images, labels and model do not belong together, or there are no images.

    Source: chapter "LeNet".

    >>> images = torch.tensor([[[[9.0, 0.0]]], [[[9.0, 0.0]]]])  # a model that only flattens gives 9 to class 0
    >>> loss, accuracy = evaluate(nn.Flatten(), (images, torch.tensor([0, 1])))
    >>> round(loss, 3), accuracy
    (4.5, 0.5)
    """
    images, labels = require_data("data", data)
    require_int("batch_size", batch_size, 1)
    _require_classes("data", model, data)
    device = _device(model)
    loss = correct = 0.0
    with _evaluating(model), torch.no_grad():
        for start in range(0, len(images), batch_size):
            logits = model(images[start : start + batch_size].to(device))
            wanted = labels[start : start + batch_size].to(device)
            loss += F.cross_entropy(logits, wanted, reduction="sum").item()
            correct += (logits.argmax(dim=1) == wanted).sum().item()
    return loss / len(images), correct / len(images)


def batches(
    data: Data,
    batch_size: int,
    generator: torch.Generator,
    model: nn.Module,
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None,
) -> Iterator[Data]:
    """Shuffle the images and slice them into batches on the model's device; what does not fill a batch is left out."""
    images, labels = data
    device = _device(model)
    order = torch.randperm(len(images), generator=generator)
    for start in range(0, len(images) - batch_size + 1, batch_size):
        chosen = order[start : start + batch_size]
        batch = images[chosen]
        if augment is not None:
            batch = augment(batch, generator)
        yield batch.to(device), labels[chosen].to(device)


def split(data: Data, count: int, *, seed: int = 0) -> tuple[Data, Data]:
    """Set ``count`` random images aside for validation. Returns the rest, and those.

    >>> rest, aside = split((torch.zeros(10, 1, 2, 2), torch.arange(10)), 3)
    >>> len(rest[0]), len(aside[0]), sorted([*rest[1].tolist(), *aside[1].tolist()]) == list(range(10))
    (7, 3, True)
    """
    images, labels = require_data("data", data)
    if not 0 < require_int("count", count, 1) < len(images):
        raise ValueError(f"count is {count}; expected less than {len(images)}, the number of images")
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(require_int("seed", seed, 0)))
    aside, rest = order[:count], order[count:]
    return (images[rest], labels[rest]), (images[aside], labels[aside])


def random_affine(
    images: Tensor, generator: torch.Generator, *, degrees: float = 10, shift: float = 2, scale: float = 0.1
) -> Tensor:
    """Move, turn and scale each image a little, as handwriting varies: an ``augment`` for `fit`.

    Args:
        images: shape (N, C, H, W), float dtype.
        generator: draws the amounts, uniformly.
        degrees: largest turn about the centre, either way.
        shift: largest move down and largest move across, in pixels, before the turn and the change of size.
        scale: height and width are divided by one number from 1 - scale to 1 + scale; 0.1 makes an image up to 11 %
            larger or 9 % smaller.

    Returns:
        Shape and dtype of ``images``, interpolated bilinearly, zeros from outside.

    Raises:
        TypeError: no float tensor.
        ValueError: not four axes, or a scale outside [0, 1).

    >>> images = torch.ones(2, 1, 4, 4)
    >>> still = random_affine(images, torch.Generator(), degrees=0, shift=0, scale=0)
    >>> torch.allclose(still, images)
    True
    """
    require_tensor("images", images, "N, C, H, W")
    require_float("images", images)
    if not 0 <= scale < 1:
        raise ValueError(f"scale is {scale}; expected at least 0 and less than 1; 0.1 is the ordinary one")
    n, _, h, w = images.shape
    turn, size, down, across = 2 * torch.rand(4, n, generator=generator) - 1
    turn, size = turn * math.radians(degrees), 1 + size * scale
    cos, sin = size * turn.cos(), size * turn.sin()
    # each output pixel is read at an affine function of its place, in coordinates from -1 to 1
    rows = [cos, -sin * h / w, across * 2 * shift / w, sin * w / h, cos, down * 2 * shift / h]
    theta = torch.stack(rows, dim=1).reshape(n, 2, 3).to(images)
    return F.grid_sample(images, F.affine_grid(theta, list(images.shape), align_corners=False), align_corners=False)


def one_cycle(progress: float, *, warm_up: float = 0.2) -> float:
    """Rise from 0 to 1 during the warm-up, then fall to 0 along half a cosine: a factor for the learning rate.

    >>> [round(one_cycle(p), 2) for p in (0.0, 0.1, 0.2, 0.6, 1.0)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if progress < warm_up:
        return progress / warm_up
    return 0.5 + 0.5 * math.cos(math.pi * (progress - warm_up) / (1 - warm_up))


def save_weights(model: nn.Module, path: str | Path) -> None:
    """Save a model's weights; the file appears, or takes an older one's place, only when it is complete.

    Raises:
        FileNotFoundError: no such folder.
        OSError: the file cannot be written; an older one is left as it was.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"path is {path}, a folder; expected a file in it; use {path / 'weights.pt'}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path is {path}; expected a file in a folder that exists; make {path.parent} first")
    fresh = path.with_name(f".{path.name}.{os.getpid()}.part")  # beside the old one: only there is os.replace one step
    try:
        with fresh.open("wb") as file:
            torch.save(model.state_dict(), file)
        os.replace(fresh, path)
    except OSError as error:
        raise OSError(f"{path} cannot be written ({error.strerror}); make room, or choose another folder") from None
    finally:
        fresh.unlink(missing_ok=True)


def load_weights(model: nn.Module, path: str | Path) -> None:
    """Load weights that `save_weights` wrote. Only tensors are read: the file cannot run code.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is damaged, or belongs to another model, which is left as it was.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; expected a file written by save_weights")
    try:
        weights = torch.load(path, map_location=_device(model), weights_only=True)
        found = {name: tuple(value.shape) for name, value in weights.items()}
    except Exception as error:  # torch raises half a dozen kinds for a damaged file
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path} is damaged, or holds no weights; train and save again: {reason}") from None
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    if found != expected:
        names = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise ValueError(
            f"{path} does not hold this model's weights: {names[0]} is {found.get(names[0], 'missing')}; expected "
            f"{expected.get(names[0], 'none')}; build the model that was saved"
        )
    model.load_state_dict(weights)


def require_data(name: str, data: Data) -> Data:
    """Check that there are images (N, C, H, W) of a float dtype and as many int64 labels (N,), none negative.

    Raises:
        TypeError: no pair of tensors, or wrong dtypes.
        ValueError: more or less than two parts, wrong shapes, no images, or a negative label.
    """
    images, labels = _require_pair_of_tensors(name, data)
    shape = tuple(images.shape)
    if len(shape) != 4:
        raise ValueError(f"{name} has images of shape {shape}; expected (N, 1, H, W); use images[:, None]")
    if 0 in shape:
        raise ValueError(f"{name} has images of shape {shape}, which is empty; expected at least one image")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{name} has labels of shape {tuple(labels.shape)}; expected ({len(images)},), one an image")
    if not images.dtype.is_floating_point or labels.dtype != torch.int64:
        raise TypeError(
            f"{name} has images of dtype {images.dtype} and labels of {labels.dtype}; expected a float dtype and "
            "int64; use images.float() / 255 and labels.long()"
        )
    if labels.min() < 0:  # cross_entropy would pass over -100 without a word
        raise ValueError(f"{name} has the label {labels.min()}; expected classes from 0 on; leave such images out")
    return data


def _require_pair_of_tensors(name: str, data: Data) -> Data:
    kind = type(data).__name__
    if not isinstance(data, tuple | list):
        raise TypeError(f"{name} is a {kind}; expected a pair of tensors; use (images, labels)")
    if len(data) != 2:
        raise ValueError(f"{name} is a {kind} of {len(data)} parts; expected two; use (images, labels)")
    images, labels = data
    if not isinstance(images, Tensor) or not isinstance(labels, Tensor):
        kinds = f"{type(images).__name__} and {type(labels).__name__}"
        raise TypeError(f"{name} is a pair of {kinds}; expected two tensors; use torch.as_tensor")
    return images, labels


def _require_classes(name: str, model: nn.Module, data: Data) -> None:
    """Show the model one image, and check that it has a score for every label."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model is a {type(model).__name__}; expected an nn.Module; make the function its forward")
    images, labels = data
    with _evaluating(model), torch.no_grad():
        try:
            logits = model(images[:1].to(_device(model)))
        except RuntimeError as error:
            raise ValueError(
                f"{name} has images of shape {tuple(images.shape)} and dtype {images.dtype}, which model does not "
                f"take; change the images, or build model for them: {str(error).splitlines()[0]}"
            ) from None
    if logits.ndim != 2:
        raise ValueError(
            f"model maps one image to shape {tuple(logits.shape)}; expected (1, classes); add nn.Flatten()"
        )
    if labels.max() >= logits.shape[1]:
        raise ValueError(
            f"{name} has the label {labels.max()}; expected classes from 0 to {logits.shape[1] - 1}, one a score of "
            "model; number the classes from 0, or give the last layer more outputs"
        )


def _require_settings(model: nn.Module, train: Data, validation: Data, epochs: int, batch_size: int) -> None:
    require_int("epochs", epochs, 1)
    require_int("batch_size", batch_size, 1)
    (images, _), (others, _) = require_data("train", train), require_data("validation", validation)
    if images.shape[1:] != others.shape[1:] or images.dtype != others.dtype:
        expected = ", ".join(str(size) for size in images.shape[1:])
        raise ValueError(
            f"validation has images of shape {tuple(others.shape)} and dtype {others.dtype}; expected (N, {expected}) "
            f"and {images.dtype}, as in train; prepare both alike"
        )
    _require_classes("train", model, train)
    _require_classes("validation", model, validation)


def _require_finite_end(model: nn.Module, history: History, lr: float) -> None:
    """Check what the epoch's last update left: no loss in training has seen it yet."""
    epoch, loss = len(history.validation_loss), history.validation_loss[-1]
    if not math.isfinite(loss):
        raise FloatingPointError(f"the validation loss is {loss} after epoch {epoch}; {_remedy(lr)}")
    for name, value in model.state_dict().items():
        if not value.isfinite().all():
            raise FloatingPointError(f"the weights {name} are not finite after epoch {epoch}; {_remedy(lr)}")


def _remedy(lr: float) -> str:
    return f"the weights have diverged; lower lr, now {lr}, or look for NaN in the images"


@contextmanager
def _best_weights(model: nn.Module, history: History) -> Iterator[Callable[[], None]]:
    """Give the model its best weights at the end, however that comes about; the last of several equally good ones."""
    start, best = _copy_of_weights(model), {}

    def keep_if_best() -> None:
        if history.validation_accuracy[-1] == max(history.validation_accuracy):
            best.update(_copy_of_weights(model))

    try:
        yield keep_if_best
    except FloatingPointError:
        best = best or start
        raise
    except KeyboardInterrupt:
        history.interrupted = True
        if not best:
            warnings.warn("interrupted before the end of epoch 1: the weights were not evaluated", stacklevel=4)
    finally:
        if best:
            model.load_state_dict(best)


def _copy_of_weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Switch a model to evaluation mode, and every layer of it back to the mode in which it came."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _device(model: nn.Module) -> torch.device:
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def _bar(steps: int, progress: bool) -> tqdm:
    from tqdm import tqdm  # tqdm.auto warns where ipywidgets is missing

    return tqdm(total=steps, unit="step", disable=not progress)
