"""What each part of the modern recipe is worth on the digits: taken from it alone, or given to the old recipe alone.

One fold of five, the chapter's test set, is left out. Each of the four others is held out once, with a seed of its own,
and measured after the last epoch, which nothing chooses. So a row has four accuracies, on 1,437 different images
together. ``starts`` holds LeNet's sigmoid and its tanh twin, three epochs of AdamW each, by start, offset and learning
rate, also four times.

The last line is JSON. The pages read it from ``cnncourse/recorded/lenet_parts.json``; to write it anew, on one thread:
``OMP_NUM_THREADS=1 python benchmarks/lenet_parts.py | tail -1 > parts.json``.
"""

import json
from collections.abc import Callable
from functools import partial

import torch
from machine import describe
from torch import nn

from cnncourse.lenet import LeNet, ModernLeNet, digit_parts, glorot_start, sigmoid_twin
from cnncourse.training import Data, batches, evaluate, fit, one_cycle, random_affine, seeded, train_step

EPOCHS, BATCH_SIZE, RUNS = 8, 64, 4
ADAMW, SGD = torch.optim.AdamW, torch.optim.SGD
MODERN = {"lr": 0.01, "schedule": one_cycle, "augment": random_affine}
OLD = {"lr": 0.1, "optimizer": SGD}
RATES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
Row = tuple[Callable[[], nn.Module], dict]


def with_layers(build: Callable[[], nn.Module], **layers: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """Replace layers of a network by name; ``act`` and ``pool`` stand for all that begin so."""

    def changed() -> nn.Module:
        model = build()
        for start, new in layers.items():
            for name in [name for name, _ in model.named_children() if name.startswith(start)]:
                setattr(model, name, new())
        return model

    return changed


def without_norms() -> nn.Module:
    """Take the normalisation off, and give its layers the biases that it made superfluous."""
    model = with_layers(ModernLeNet, norm=nn.Identity)()
    model.conv1 = nn.Conv2d(1, 12, 5, padding=2)
    model.conv2 = nn.Conv2d(12, 32, 5)
    model.fc1 = nn.Linear(800, 48)
    return model


def old_with_norms(model: LeNet | None = None, act: type[nn.Module] = nn.Sigmoid) -> nn.Module:
    """Normalise in front of each of the old network's activations."""
    model = model or LeNet()
    norms = (nn.BatchNorm2d(6), nn.BatchNorm2d(16), nn.BatchNorm1d(120), nn.BatchNorm1d(84))
    for number, norm in enumerate(norms, start=1):
        setattr(model, f"act{number}", nn.Sequential(norm, act()))
    return model


def old_layers_with_norms() -> nn.Module:
    """LeNet's layers with ReLU and maximum pooling, normalised in front of each activation."""
    return old_with_norms(LeNet("relu", "max"), nn.ReLU)


def frozen() -> nn.Module:
    """Leave the first layer's kernels as they are drawn."""
    model = ModernLeNet()
    model.conv1.requires_grad_(False)
    return model


class Centred(nn.Sigmoid):
    """The sigmoid less 1/2, whose values lie around 0."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) - 0.5


def centred_twin(model: LeNet) -> nn.Module:
    """Build the network of centred sigmoids that computes what a tanh network computes: tanh(z) = 2 centred(2 z)."""
    twin = sigmoid_twin(model)
    with torch.no_grad():
        for name in ("conv2", "fc1", "fc2", "fc3"):
            bias = getattr(model, name).bias
            getattr(twin, name).bias.copy_(bias if name == "fc3" else 2 * bias)
    return with_layers(lambda: twin, act=Centred)()


def constant(progress: float) -> float:
    """Keep the learning rate as it is given, from the first step to the last."""
    return 1.0


# what is taken from the modern recipe, or given to the old one: what is trained then, and how
ROWS: dict[str, dict[str, Row]] = {
    "modern, without": {
        "nothing": (ModernLeNet, MODERN),
        "ReLU: tanh instead": (with_layers(ModernLeNet, act=nn.Tanh), MODERN),
        "ReLU: sigmoid instead": (with_layers(ModernLeNet, act=nn.Sigmoid), MODERN),
        "maximum pooling: average instead": (with_layers(ModernLeNet, pool=partial(nn.AvgPool2d, 2)), MODERN),
        "batch normalisation": (without_norms, MODERN),
        "start: Glorot's instead": (lambda: glorot_start(ModernLeNet()), MODERN),
        "training of conv1": (frozen, MODERN),
        "layers: LeNet's, with ReLU": (lambda: LeNet("relu", "max"), MODERN),
        "layers: LeNet's, with ReLU, normalised": (old_layers_with_norms, MODERN),
        "layers: LeNet's, with sigmoid": (LeNet, MODERN),
        "learning rate's cycle": (ModernLeNet, MODERN | {"schedule": constant}),
        "learning rate's cycle: 0.001 instead": (ModernLeNet, MODERN | {"schedule": constant, "lr": 0.001}),
        "augmentation": (ModernLeNet, MODERN | {"augment": None}),
        "weight decay": (ModernLeNet, MODERN | {"optimizer": partial(ADAMW, weight_decay=0.0)}),
        "AdamW: SGD of lr 0.1 instead": (ModernLeNet, MODERN | {"optimizer": SGD, "lr": 0.1}),
    },
    "old, with": {
        "nothing": (LeNet, OLD),
        "tanh": (partial(LeNet, "tanh"), OLD),
        "ReLU": (partial(LeNet, "relu"), OLD),
        "maximum pooling": (partial(LeNet, "sigmoid", "max"), OLD),
        "batch normalisation": (old_with_norms, OLD),
        "start: Glorot's": (lambda: glorot_start(LeNet()), OLD),
        "start: its tanh twin's": (lambda: sigmoid_twin(LeNet("tanh")), OLD),
        "offset: 1/2 taken off": (with_layers(LeNet, act=Centred), OLD),
        "both: twin's start, 1/2 off": (lambda: centred_twin(LeNet("tanh")), OLD),
        "learning rate's cycle": (LeNet, OLD | {"schedule": one_cycle}),
        "augmentation": (LeNet, OLD | {"augment": random_affine}),
        "AdamW of lr 0.004": (LeNet, OLD | {"optimizer": ADAMW, "lr": 0.004}),
    },
}


def held_out(run: int) -> tuple[Data, Data]:
    """The training images and the held-out images of one run."""
    train, validation, _ = digit_parts(fold=run + 1)
    return train, validation


def accuracies(build: Callable[[], nn.Module], settings: dict) -> list[float]:
    """Train once for each run; return the accuracies after the last epoch."""
    found = []
    for run in range(RUNS):
        with seeded(run):
            model = build()
        history = fit(model, *held_out(run), epochs=EPOCHS, batch_size=BATCH_SIZE, seed=run, progress=False, **settings)
        found.append(round(history.validation_accuracy[-1], 4))
    return found


STARTS: dict[str, Callable[[], nn.Module]] = {
    "tanh": partial(LeNet, "tanh"),
    "sigmoid, usual start": LeNet,
    "sigmoid - 1/2, usual start": with_layers(LeNet, act=Centred),
    "sigmoid, Glorot's start": lambda: glorot_start(LeNet()),
    "sigmoid, its twin's start": lambda: sigmoid_twin(LeNet("tanh")),
    "sigmoid - 1/2, its twin's start": lambda: centred_twin(LeNet("tanh")),
}


def scaled_steps(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """Give each layer of a twin steps that are as many times larger as its weights are."""
    groups = []
    for name in ("conv1", "conv2", "fc1", "fc2", "fc3"):
        layer = getattr(model, name)
        times = 2 if name in ("conv1", "fc3") else 4
        groups.append({"params": [layer.weight], "lr": times * lr})
        groups.append({"params": [layer.bias], "lr": lr if name == "fc3" else 2 * lr})
    return ADAMW(groups, lr=lr, weight_decay=0.0)


def start_accuracies(build: Callable[[], nn.Module], lr: float, scaled: bool) -> list[float]:
    """Train three epochs by AdamW, once for each run."""
    found = []
    for run in range(RUNS):
        train, validation = held_out(run)
        with seeded(run):
            model = build()
        updates = scaled_steps(model, lr) if scaled else ADAMW(model.parameters(), lr=lr, weight_decay=0.0)
        generator = torch.Generator().manual_seed(run)
        for _ in range(3):
            for images, labels in batches(train, BATCH_SIZE, generator, model):
                train_step(model, updates, images, labels)
        found.append(round(evaluate(model, validation)[1], 4))
    return found


def main() -> None:
    """Measure and print."""
    result = {"machine": describe(), "epochs": EPOCHS, "runs": RUNS, "parts": {}, "starts": {}}
    for recipe, changes in ROWS.items():
        result["parts"][recipe] = {}
        for what, (build, settings) in changes.items():
            result["parts"][recipe][what] = found = accuracies(build, settings)
            print(f"{recipe:16} {what:34} {found}", flush=True)
    for name, build in STARTS.items():
        for scaled in (False, True) if "twin" in name else (False,):
            row = f"{name}, scaled steps" if scaled else name
            result["starts"][row] = {str(lr): start_accuracies(build, lr, scaled) for lr in RATES}
            print(row, result["starts"][row], flush=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
