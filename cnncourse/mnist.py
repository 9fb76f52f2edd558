"""Recipes for the digits of MNIST, then and now, and how to compare them: over seeds, image by image, by the clock."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from cnncourse.checks import require_int
from cnncourse.data import Dataset
from cnncourse.lenet import LeNet, ModernLeNet, glorot_start
from cnncourse.training import Data, History, evaluate, fit, one_cycle, require_data, seeded, split, train_step

Network = TypeVar("Network", bound=nn.Module)

VALIDATION = 5_000  # images set aside from the 60,000 to choose settings
QUICK_UPDATES = 400  # planned for the quick recipe: one cycle of the learning rate over so many batches
WARM_UP = 5  # rounds before `pace` counts
PAPER_ERROR = 0.0095  # LeNet-5 on the test set: LeCun et al. 1998, section III
PAPER_ERROR_DISTORTED = 0.008  # the same, with 540,000 distorted images to train on besides
PAPER_METHODS = {  # the paper's own comparison, test errors in per cent: LeCun et al. 1998, figure 9
    "linear": 12.0,
    "nearest neighbours, Euclidean": 5.0,
    "neural network, 300 hidden units": 4.7,
    "1000 radial basis functions, linear": 3.6,
    "40 principal components, quadratic": 3.3,
    "neural network, 300 and 100 hidden units": 3.05,
    "LeNet-1": 1.7,
    "LeNet-4": 1.1,
    "LeNet-5": 100 * PAPER_ERROR,
    "LeNet-5, distorted images": 100 * PAPER_ERROR_DISTORTED,
    "support vectors, distorted images": 0.8,
    "boosted LeNet-4, distorted images": 0.7,
}


class ScaledTanh(nn.Module):
    """The activation of 1998: 1.7159 tanh(2/3 x), which maps 1 to 1 and -1 to -1, nearly.

    Source: LeCun et al. 1998, appendix A.

    >>> [round(value, 4) for value in ScaledTanh()(torch.tensor([-1.0, 0.0, 1.0, 9.0])).tolist()]
    [-1.0, 0.0, 1.0, 1.7159]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return as many numbers, each between -1.7159 and 1.7159."""
        return 1.7159 * torch.tanh(2 / 3 * x)


def textbook_lenet() -> LeNet:
    """Build LeNet as textbooks do: sigmoids, average pooling, first weights as Glorot and Bengio drew them.

    Source: LeCun et al. 1998, simplified; Glorot and Bengio 2010.

    >>> textbook_lenet().fc1.bias.abs().max().item()
    0.0
    """
    return glorot_start(LeNet("sigmoid", "avg"))


def tanh_lenet() -> LeNet:
    """Build LeNet with the activation and the first weights of 1998: uniform within 2.4 / fan-in on either side of 0.

    The fan-in is the number of cells that one output cell reads. Output layer and loss are today's.

    Source: LeCun et al. 1998, appendix A.

    >>> round(tanh_lenet().fc1.weight.abs().max().item() * 400, 2)
    2.4
    """
    model = LeNet("tanh", "avg")
    for name, layer in list(model.named_children()):
        if isinstance(layer, nn.Tanh):
            setattr(model, name, ScaledTanh())
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = 2.4 / layer.weight[0].numel()
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.uniform_(layer.bias, -bound, bound)  # type: ignore[arg-type]  # these layers have one
    return model


def modern_lenet() -> ModernLeNet:
    """Build ModernLeNet with its channels stored side by side: the same numbers, computed faster on a CPU.

    Source: Ioffe and Szegedy 2015.

    >>> modern_lenet().conv2.weight.is_contiguous(memory_format=torch.channels_last)
    True
    """
    return _channels_last(ModernLeNet())


def quick_lenet() -> nn.Sequential:
    """Build a LeNet for an impatient CPU: it pads nothing, and pools before it normalises, a quarter of the cells.

    31,842 parameters; images (N, 1, 28, 28) to logits (N, 10).

    Source: Ioffe and Szegedy 2015.

    >>> sum(p.numel() for p in quick_lenet().parameters())
    31842
    """
    layers = [
        *(nn.Conv2d(1, 8, 5, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(8), nn.ReLU()),  # (N, 8, 12, 12)
        *(nn.Conv2d(8, 32, 5, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU()),  # (N, 32, 4, 4)
        *(nn.Flatten(), nn.Linear(512, 48, bias=False), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 10)),
    ]
    return _channels_last(nn.Sequential(*layers))


def _channels_last(model: Network) -> Network:
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this one


@dataclass(frozen=True)
class Recipe:
    """A network and how to train it: what `cnncourse.training.fit` is given beside data, epochs and seed."""

    build: Callable[[], nn.Module]
    settings: dict[str, Any]


RECIPES = {
    "textbook": Recipe(textbook_lenet, {"lr": 0.9, "batch_size": 256, "optimizer": torch.optim.SGD}),
    "tanh": Recipe(tanh_lenet, {"lr": 0.2, "batch_size": 16, "optimizer": torch.optim.SGD}),
    "modern": Recipe(modern_lenet, {"lr": 0.015, "batch_size": 128, "schedule": one_cycle}),
    "quick": Recipe(
        quick_lenet,
        {
            "lr": 0.01,
            "batch_size": 32,
            "schedule": partial(one_cycle, warm_up=0.1),
            "optimizer": partial(torch.optim.AdamW, fused=True),  # all weights in one call: the same update, sooner
            "step": partial(train_step, loss_function=nn.CrossEntropyLoss(label_smoothing=0.1)),  # Szegedy et al. 2016
        },
    ),
}


def parts(dataset: Dataset, validation: int = VALIDATION) -> tuple[Data, Data, Data]:
    """Give every image its channel, and set some of the training set aside.

    Returns:
        Training, validation and test part, each images (N, 1, H, W) and labels (N,).

    Raises:
        TypeError, ValueError: no image to set aside, or none left to train on.
    """
    if require_int("validation", validation, 1) >= len(dataset.train_images):
        raise ValueError(
            f"validation is {validation}; expected less than {len(dataset.train_images)}, the training images"
        )
    train, aside = split((dataset.train_images[:, None], dataset.train_labels), validation)
    return train, aside, (dataset.test_images[:, None], dataset.test_labels)


def train_recipe(
    recipe: str,
    train: Data,
    validation: Data,
    *,
    epochs: int,
    seed: int = 0,
    **changes: Any,
) -> tuple[nn.Module, History]:
    """Build and train a recipe's network; the seed decides first weights and order of the images.

    Args:
        recipe: one of ``RECIPES``.
        train, validation, epochs: as in `cnncourse.training.fit`.
        seed: the same seed on the same machine gives the same weights.
        changes: settings for `fit` in place of the recipe's, such as ``augment`` or ``progress``.

    Returns:
        The trained network, and what was measured on the way.

    Raises:
        ValueError: no such recipe.

    Source: chapter "MNIST".
    """
    chosen = find_recipe(recipe)
    with seeded(seed):
        model = chosen.build()
    settings = {"seed": seed, **chosen.settings, **changes}
    return model, fit(model, train, validation, epochs=epochs, **settings)


def find_recipe(recipe: str) -> Recipe:
    """Look up one of ``RECIPES``.

    Raises:
        ValueError: no such recipe.

    >>> find_recipe("textbook").settings["lr"]
    0.9
    """
    if recipe not in list(RECIPES):  # a list takes also what a dict cannot look up
        raise ValueError(f"recipe is {recipe!r}; expected one of {', '.join(map(repr, RECIPES))}")
    return RECIPES[recipe]


def misread(model: nn.Module, data: Data, *, batch_size: int = 1000) -> Tensor:
    """Find the images that a network reads otherwise than they are labelled.

    Args:
        model: maps images to logits; used in evaluation mode, and left in the mode in which it came.
        data: images (N, C, H, W) and labels (N,).
        batch_size: images at once.

    Returns:
        Their numbers in ascending order, shape (misread images,), int64.

    Raises:
        TypeError, ValueError: images and labels do not belong together.

    Source: chapter "MNIST".

    >>> images = torch.tensor([[[[9.0, 0.0]]], [[[9.0, 0.0]]]])  # a model that only flattens reads class 0 twice
    >>> misread(nn.Flatten(), (images, torch.tensor([0, 1]))).tolist()
    [1]
    """
    images, labels = require_data("data", data)
    require_int("batch_size", batch_size, 1)
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            read = torch.cat([model(batch).argmax(dim=1) for batch in images.split(batch_size)])
    finally:
        model.train(training)
    return (read != labels).nonzero()[:, 0]


def difference_scatter(first: float, second: float, images: int) -> float:
    """Compute how far the difference of two errors scatters if each was measured on so many images of its own.

    Args:
        first, second: the errors, as fractions.
        images: the number of test images, of each.

    Returns:
        The standard deviation, as a fraction. On the same images the difference mostly scatters less, since both
        networks meet the same hard ones; `compare_misread` uses that.

    Source: chapter "MNIST".

    >>> f"{difference_scatter(0.5, 0.5, 200):.3f}"
    '0.050'
    """
    return math.sqrt((first * (1 - first) + second * (1 - second)) / images)


class Paired(NamedTuple):
    """Two networks on the same images: how many each misreads alone, and how likely equal ones lie so far apart."""

    first_alone: int
    second_alone: int
    p: float


def compare_misread(first: Collection[int], second: Collection[int]) -> Paired:
    """Compare what two networks misread among the same images, by McNemar's test: exact and two-sided.

    If both are equally good, each image that one of them misreads alone is a toss of a coin.

    Args:
        first, second: the numbers of the images that each misreads.

    Returns:
        The counts, and the probability that as many tosses fall at least as unevenly.

    Source: chapter "MNIST"; McNemar 1947.

    >>> compare_misread([1, 2, 3, 4, 7], [7])
    Paired(first_alone=4, second_alone=0, p=0.125)
    """
    alone = len(set(first) - set(second)), len(set(second) - set(first))
    tosses, fewer = sum(alone), min(alone)
    ways = sum(math.comb(tosses, count) for count in range(fewer + 1))
    return Paired(*alone, min(1.0, 2 * ways / 2**tosses))


class Band(NamedTuple):
    """The spread of one quantity over several runs."""

    lowest: float
    median: float
    highest: float


def band(values: Sequence[float]) -> Band:
    """Summarise several runs by the lowest, the median and the highest.

    Raises:
        ValueError: fewer than three runs, which show no spread.

    Source: chapter "MNIST".

    >>> band([0.989, 0.992, 0.990])
    Band(lowest=0.989, median=0.99, highest=0.992)
    """
    if len(values) < 3:
        raise ValueError(f"values has {len(values)} runs; expected at least 3; one run says nothing about the next")
    return Band(min(values), statistics.median(values), max(values))


class Point(NamedTuple):
    """Where a training run stood after some updates: seconds spent in them, and accuracy in [0, 1]."""

    updates: int
    seconds: float
    accuracy: float


class _GoodEnough(Exception):  # noqa: N818  # nothing went wrong
    """A training need not go on."""


def learning_curve(
    recipe: str,
    train: Data,
    validation: Data,
    *,
    epochs: int = 1,
    every: int = 10,
    until: float = math.inf,
    seed: int = 0,
    **changes: Any,
) -> list[Point]:
    """Train a recipe's network under a stopwatch that stands still while accuracy is measured.

    Args:
        recipe, train, epochs, seed, changes: as in `train_recipe`.
        validation: accuracy is measured on it.
        every: updates from one measurement to the next.
        until: the accuracy at which to stop, before the last epoch is over.

    Returns:
        One point a measurement.

    Raises:
        TypeError, ValueError: as `train_recipe`, and for ``every`` below 1.

    Source: chapter "MNIST".
    """
    require_int("every", every, 1)
    step = {**find_recipe(recipe).settings, **changes}.get("step", train_step)
    points: list[Point] = []
    seconds: list[float] = []

    def timed_step(model: nn.Module, *batch: Any) -> tuple[float, float]:
        start = time.perf_counter()
        measured = step(model, *batch)
        seconds.append(time.perf_counter() - start)
        if len(seconds) % every == 0:
            points.append(Point(len(seconds), sum(seconds), evaluate(model, validation)[1]))
            if points[-1].accuracy >= until:
                raise _GoodEnough
        return measured

    settings = {"progress": False, **changes, "step": timed_step}
    with suppress(_GoodEnough):
        train_recipe(recipe, train, validation, epochs=epochs, seed=seed, **settings)
    return points


def pace(train: Data, *, rounds: int = 30, recipes: Sequence[str] = tuple(RECIPES)) -> dict[str, float]:
    """Measure the median seconds of one update; the recipes take turns, so that a busy machine slows all alike.

    Args:
        train: images to take batches from.
        rounds: updates of each recipe; the first five warm up and do not count.
        recipes: which to measure.

    Raises:
        TypeError, ValueError: too few rounds, no such recipe, or fewer images than a batch.

    Source: chapter "MNIST".
    """
    require_int("rounds", rounds, WARM_UP + 1)
    require_data("train", train)
    runs = {name: _one_update(name, train) for name in recipes}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values[WARM_UP:]) for name, values in seconds.items()}


def _one_update(recipe: str, train: Data) -> Callable[[], tuple[float, float]]:
    """Build a recipe's network, and return what updates it once, on the first batch."""
    build, settings = find_recipe(recipe).build, find_recipe(recipe).settings
    size = settings["batch_size"]
    if len(train[0]) < size:
        raise ValueError(f"train has {len(train[0])} images; expected at least {size}, a batch of the {recipe} recipe")
    with seeded(0):
        model = build()
    updates = settings.get("optimizer", torch.optim.AdamW)(model.parameters(), lr=1e-3)
    return partial(settings.get("step", train_step), model, updates, train[0][:size], train[1][:size])


def first_at(curve: Sequence[Point], accuracy: float) -> Point | None:
    """Find the first point of a curve that reaches an accuracy; None where none does.

    >>> first_at([Point(10, 0.5, 0.9), Point(20, 1.0, 0.97), Point(30, 1.5, 0.96)], 0.95)
    Point(updates=20, seconds=1.0, accuracy=0.97)
    """
    return next((point for point in curve if point.accuracy >= accuracy), None)
