"""The recipes that chapter and benchmarks share: what they build, what they repeat, and how runs are summed up."""

import inspect
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from cnncourse import mnist
from cnncourse.data import Dataset, digits
from cnncourse.lenet import LeNet, ModernLeNet
from cnncourse.mnist import (
    RECIPES,
    RECORDED,
    Band,
    Point,
    band,
    classical_lenet,
    first_at,
    learning_curve,
    modern_lenet,
    pace,
    parts,
    quick_lenet,
    train_recipe,
)
from cnncourse.training import evaluate, fit, seeded, train_step


@pytest.fixture(scope="module")
def dataset():
    """The small digits in MNIST's form: 1,500 to train on and 297 to test."""
    images, labels = digits(28)
    return Dataset(images[:1500], labels[:1500], images[1500:], labels[1500:])


@pytest.fixture(scope="module")
def small(dataset):
    return parts(dataset, 300)


@pytest.fixture(scope="module")
def noise():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(256, 1, 28, 28, generator=generator), torch.randint(10, (256,), generator=generator)


def test_parts_give_a_channel_and_set_images_aside(dataset, small):
    train, validation, test = small
    assert [tuple(part[0].shape) for part in small] == [(1200, 1, 28, 28), (300, 1, 28, 28), (297, 1, 28, 28)]
    together = torch.cat([train[0], validation[0]]).flatten(1).sum(1).sort().values
    torch.testing.assert_close(together, dataset.train_images.flatten(1).sum(1).sort().values, rtol=0, atol=1e-3)
    assert torch.equal(test[1], dataset.test_labels)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_names_settings_that_fit_has(recipe):
    parameters = inspect.signature(fit).parameters
    assert RECIPES[recipe].settings.keys() <= parameters.keys()
    assert RECIPES[recipe].build()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_the_classical_recipe_is_the_one_of_old():
    model = classical_lenet()
    assert isinstance(model, LeNet)
    assert isinstance(model.act1, nn.Sigmoid)
    assert isinstance(model.pool1, nn.AvgPool2d)
    bound = math.sqrt(6 / (6 * 25 + 16 * 25))  # Glorot and Bengio, of a convolution from 6 to 16 channels
    assert bound * 0.98 < model.conv2.weight.abs().max() <= bound
    assert not any(layer.bias.any() for layer in model if isinstance(layer, nn.Conv2d | nn.Linear))
    assert RECIPES["classical"].settings == {"lr": 0.9, "batch_size": 256, "optimizer": torch.optim.SGD}


def test_channels_side_by_side_change_nothing_but_speed(noise):
    with seeded(0):
        plain = ModernLeNet()
    with seeded(0):
        fast = modern_lenet()
    torch.testing.assert_close(plain(noise[0]), fast(noise[0]), rtol=0, atol=1e-4)


def test_the_quick_network_is_smaller_than_lenet():
    sizes = [sum(p.numel() for p in build().parameters()) for build in (quick_lenet, modern_lenet, LeNet)]
    assert sizes == [31_842, 48_974, 61_706]


def test_the_quick_network_normalises_a_quarter_of_the_cells():
    shapes = []
    model = quick_lenet()
    model[2].register_forward_hook(lambda layer, inputs, output: shapes.append(tuple(output.shape[1:])))
    model(torch.zeros(2, 1, 28, 28))
    assert shapes == [(8, 12, 12)]  # after the pooling; 8 x 24 x 24 before


@pytest.mark.parametrize("recipe", ["modern", "quick"])
def test_a_recipe_learns_the_small_digits(small, recipe):
    train, validation, test = small
    model, history = train_recipe(recipe, train, validation, epochs=2, batch_size=32, progress=False)
    assert evaluate(model, test)[1] > 0.85
    assert len(history.validation_accuracy) == 2


def test_one_seed_gives_one_run_and_another_seed_another(small):
    few = [tuple(part[:128] for part in data) for data in small]
    runs = [train_recipe("quick", *few[:2], epochs=1, seed=seed, progress=False)[0] for seed in (0, 0, 1)]
    first, again, other = (torch.cat([p.flatten() for p in run.parameters()]) for run in runs)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_an_unknown_recipe_is_named(small):
    with pytest.raises(ValueError, match="recipe is 'old'; expected one of 'classical', 'modern', 'quick'"):
        train_recipe("old", *small[:2], epochs=1)


def test_a_band_is_lowest_median_and_highest():
    assert band([3, 1, 2, 9]) == Band(1, 2.5, 9)


@pytest.mark.parametrize("runs", [[], [0.99], [0.98, 0.99]])
def test_too_few_runs_make_no_band(runs):
    with pytest.raises(ValueError, match=f"values has {len(runs)} runs; expected at least 3"):
        band(runs)


def test_recorded_runs_are_many_and_beat_the_paper_s_number_beside_them():
    for name, beside in (("3 epochs", mnist.PAPER_ERROR), ("12 epochs, augmented", mnist.PAPER_ERROR_DISTORTED)):
        assert len(RECORDED[name]) >= 5
        assert max(RECORDED[name]) < beside
        assert all(error == round(error, 4) for error in RECORDED[name])  # of 10,000 images


def test_a_learning_curve_counts_updates_and_stops_the_clock(small, monkeypatch):
    train, validation, _ = small
    ticks = iter(range(10_000))
    monkeypatch.setattr(mnist.time, "perf_counter", lambda: next(ticks))
    curve = learning_curve("quick", train, validation, every=10)
    assert [point.updates for point in curve] == [10, 20, 30]  # 1,200 images make 37 batches of 32
    assert [point.seconds for point in curve] == [10, 20, 30]  # a tick an update, none for an evaluation
    assert curve[-1].accuracy > 0.5


def test_a_learning_curve_changes_nothing_in_the_training(small):
    train, validation, _ = small
    curve = learning_curve("quick", train, validation, every=37, seed=3)
    model, history = train_recipe("quick", train, validation, epochs=1, seed=3, progress=False)
    assert curve[-1].accuracy == history.validation_accuracy[0] == evaluate(model, validation)[1]


def test_curve_and_pace_take_the_steps_that_the_recipe_names(small, monkeypatch):
    steps = []

    def counted(*arguments):
        steps.append(1)
        return train_step(*arguments)

    quick = RECIPES["quick"]
    monkeypatch.setitem(RECIPES, "quick", replace(quick, settings={**quick.settings, "step": counted}))
    learning_curve("quick", *small[:2], every=37)
    assert len(steps) == 37
    pace(small[0], rounds=6, recipes=["quick"])
    assert len(steps) == 43


def test_the_quick_recipe_asks_for_ninety_one_per_cent():
    step = RECIPES["quick"].settings["step"]
    logits, labels = torch.randn(3, 10, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 3, 9])
    wanted = torch.full((3, 10), 0.01)
    wanted[range(3), labels] = 0.91
    by_hand = -(wanted * logits.log_softmax(dim=1)).sum(dim=1).mean()
    torch.testing.assert_close(step.keywords["loss_function"](logits, labels), by_hand)


def test_the_quick_optimizer_makes_the_same_updates_as_the_plain_one(noise):
    results = []
    for optimizer in (RECIPES["quick"].settings["optimizer"], torch.optim.AdamW):
        with seeded(0):
            model = quick_lenet().double()
        updates = optimizer(model.parameters(), lr=0.001)
        for _ in range(3):
            train_step(model, updates, noise[0][:32].double(), noise[1][:32])
        results.append(torch.cat([p.flatten() for p in model.parameters()]))
    torch.testing.assert_close(*results, rtol=0, atol=1e-9)


def test_a_curve_needs_something_to_measure(small):
    with pytest.raises(ValueError, match="every is 0; expected at least 1"):
        learning_curve("quick", *small[:2], every=0)


def test_the_first_point_at_an_accuracy_is_found():
    curve = [Point(1, 0.1, 0.5), Point(2, 0.2, 0.9), Point(3, 0.3, 0.8)]
    assert first_at(curve, 0.5) == curve[0]
    assert first_at(curve, 0.7) == curve[1]
    assert first_at(curve, 0.95) is None
    assert first_at([], 0.1) is None


def test_the_pace_is_measured_for_every_recipe(noise):
    seconds = pace(noise, rounds=6)
    assert seconds.keys() == RECIPES.keys()
    assert all(0 < value < 60 for value in seconds.values())
    with pytest.raises(ValueError, match="rounds is 5; expected at least 6"):
        pace(noise, rounds=5)
