"""The recipes that chapter and benchmarks share: what they build, what they repeat, and how runs are summed up."""

import inspect
import math
import re
import statistics
from contextlib import suppress
from dataclasses import replace

import pytest
import torch
from scipy.stats import binomtest
from torch import nn

from cnncourse import mnist
from cnncourse.data import Dataset, digits
from cnncourse.lenet import LeNet, ModernLeNet, glorot_start, recorded
from cnncourse.mnist import (
    RECIPES,
    Band,
    Paired,
    Point,
    ScaledTanh,
    band,
    compare_misread,
    difference_scatter,
    first_at,
    learning_curve,
    misread,
    modern_lenet,
    pace,
    parts,
    quick_lenet,
    tanh_lenet,
    textbook_lenet,
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


def test_parts_leave_something_to_train_on(dataset):
    with pytest.raises(ValueError, match="validation is 1500; expected less than 1500, the training images"):
        parts(dataset, 1500)
    with pytest.raises(ValueError, match="validation is 0; expected at least 1"):
        parts(dataset, 0)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_names_settings_that_fit_has(recipe):
    parameters = inspect.signature(fit).parameters
    assert RECIPES[recipe].settings.keys() <= parameters.keys()
    assert RECIPES[recipe].build()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_the_textbook_recipe_has_sigmoids_and_glorots_start():
    with seeded(0):
        model = textbook_lenet()
    with seeded(0):
        expected = glorot_start(LeNet("sigmoid", "avg"))
    assert [type(layer) for layer in model] == [type(layer) for layer in expected]
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), expected.parameters(), strict=True))
    bound = math.sqrt(6 / (6 * 25 + 16 * 25))  # Glorot and Bengio, of a convolution from 6 to 16 channels
    assert bound * 0.98 < model.conv2.weight.abs().max() <= bound
    assert RECIPES["textbook"].settings == {"lr": 0.9, "batch_size": 256, "optimizer": torch.optim.SGD}


def test_the_tanh_recipe_has_the_activation_and_the_first_weights_of_1998():
    model = tanh_lenet()
    assert [name for name, layer in model.named_children() if isinstance(layer, ScaledTanh)] == [
        "act1",
        "act2",
        "act3",
        "act4",
    ]
    assert isinstance(model.pool1, nn.AvgPool2d)
    for name, fan_in in {"conv1": 25, "conv2": 150, "fc1": 400, "fc2": 120, "fc3": 84}.items():
        weight, bias = getattr(model, name).weight, getattr(model, name).bias
        assert 0.9 * 2.4 / fan_in < weight.abs().max() <= 2.4 / fan_in
        assert 0 < bias.abs().max() <= 2.4 / fan_in
        assert abs(weight.mean()) < 0.2 * 2.4 / fan_in  # on both sides of 0
    assert RECIPES["tanh"].settings["optimizer"] is torch.optim.SGD


def test_the_scaled_tanh_is_steeper_than_one_at_0_and_maps_1_to_1():
    x = torch.tensor([-1.0, 0.0, 1.0, 100.0], requires_grad=True)
    y = ScaledTanh()(x)
    torch.testing.assert_close(y, torch.tensor([-1.0, 0.0, 1.0, 1.7159]), rtol=0, atol=1e-4)
    y.sum().backward()
    assert x.grad[1] == pytest.approx(1.7159 * 2 / 3)


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


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides_the_first_weights(small, monkeypatch, recipe, seed):
    monkeypatch.setattr(mnist, "fit", lambda *data, **settings: None)
    model, _ = train_recipe(recipe, *small[:2], epochs=1, seed=seed)
    with seeded(seed):
        expected = RECIPES[recipe].build()
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), expected.parameters(), strict=True))


def test_one_seed_gives_one_run_and_another_seed_another(small):
    few = [tuple(part[:128] for part in data) for data in small]
    runs = [train_recipe("quick", *few[:2], epochs=1, seed=seed, progress=False)[0] for seed in (0, 0, 1)]
    first, again, other = (torch.cat([p.flatten() for p in run.parameters()]) for run in runs)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("name", ["old", 3, None, ["quick"]])
def test_an_unknown_recipe_is_named_at_every_door(small, name):
    message = re.escape(f"recipe is {name!r}; expected one of 'textbook', 'tanh', 'modern', 'quick'")
    with pytest.raises(ValueError, match=message):
        train_recipe(name, *small[:2], epochs=1)
    with pytest.raises(ValueError, match=message):
        learning_curve(name, *small[:2])
    with pytest.raises(ValueError, match=message):
        pace(small[0], recipes=[name])


def test_a_recipe_s_settings_give_way_to_changes(small, monkeypatch):
    given = {}
    monkeypatch.setattr(mnist, "fit", lambda *data, **settings: given.update(settings))
    train_recipe("modern", *small[:2], epochs=3, seed=7, lr=0.5, progress=False)
    assert given == {**RECIPES["modern"].settings, "epochs": 3, "seed": 7, "lr": 0.5, "progress": False}


def test_a_band_is_lowest_median_and_highest():
    assert band([3, 1, 2, 9]) == Band(1, 2.5, 9)


@pytest.mark.parametrize("runs", [[], [0.99], [0.98, 0.99]])
def test_too_few_runs_make_no_band(runs):
    with pytest.raises(ValueError, match=f"values has {len(runs)} runs; expected at least 3"):
        band(runs)


def test_misread_lists_the_images_that_a_network_gets_wrong_and_leaves_its_mode(noise):
    images, labels = noise
    model = modern_lenet().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = misread(model, noise, batch_size=100)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    read = model.eval()(images).argmax(dim=1)
    assert found.tolist() == [place for place in range(256) if read[place] != labels[place]]
    assert len(found) == 256 - round(256 * evaluate(model, noise)[1])
    assert not misread(model, noise).equal(torch.arange(256))
    assert not model.training
    with pytest.raises(ValueError, match="batch_size is 0; expected at least 1"):
        misread(model, noise, batch_size=0)
    with pytest.raises(ValueError, match="data has labels"):
        misread(model, (images, labels[1:]))


@pytest.mark.parametrize(("both", "first", "second"), [(3, 5, 1), (0, 1, 5), (9, 4, 4), (2, 20, 41), (0, 1, 0)])
def test_networks_are_compared_on_what_one_misreads_alone(both, first, second):
    one = range(both + first)
    other = [*range(both), *range(100, 100 + second)]
    p = binomtest(first, first + second).pvalue
    assert compare_misread(one, other) == Paired(first, second, pytest.approx(p))


def test_networks_that_misread_the_same_are_equally_good():
    assert compare_misread([4, 7], [7, 4]) == Paired(0, 0, 1.0)


def test_the_difference_of_two_errors_scatters_as_a_simulation_does():
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.rand(4000, 250, generator=generator) < p for p in (0.1, 0.3))
    simulated = (first.float().mean(dim=1) - second.float().mean(dim=1)).std().item()
    assert difference_scatter(0.1, 0.3, 250) == pytest.approx(simulated, rel=0.05)
    assert difference_scatter(0.2, 0.2, 100) == pytest.approx(math.sqrt(2) * 0.04)


def test_recorded_runs_are_many_and_beat_the_paper_s_number_beside_them():
    result = recorded("lenet_mnist")
    papers = {"3 epochs": mnist.PAPER_ERROR, "12 epochs, augmented": mnist.PAPER_ERROR_DISTORTED}
    assert result["runs"].keys() == papers.keys()
    for name, runs in result["runs"].items():
        assert [run["seed"] for run in runs] == list(range(len(runs)))
        assert len(runs) >= 3
        for run in runs:
            assert run["misread"] == sorted(set(run["misread"]))
            assert len(run["misread"]) / result["test_images"] < papers[name]
    assert (result["train_images"], result["validation_images"], result["test_images"]) == (55_000, 5_000, 10_000)


def test_the_learning_rate_of_the_tanh_recipe_is_the_one_that_was_chosen():
    result = recorded("lenet_rates")
    medians = {float(lr): statistics.median(accuracies) for lr, accuracies in result["accuracies"].items()}
    settings = RECIPES["tanh"].settings
    assert max(medians, key=medians.get) == result["chosen"] == settings["lr"]
    assert min(medians) < settings["lr"] < max(medians)  # the best one is not at an end
    assert result["batch_size"] == settings["batch_size"]


def test_the_recorded_race_was_run_by_the_recipes_as_they_are():
    result = recorded("lenet_speed")
    for updates in result["updates_to"].values():
        assert updates["quick"] <= mnist.QUICK_UPDATES
        for rival in ("textbook", "tanh"):
            most = result["epochs"] * (55_000 // RECIPES[rival].settings["batch_size"])
            assert updates[rival] is None or 0 < updates[rival] <= most
    assert all(
        low <= (high or math.inf)
        for low, high in zip(*(u.values() for u in result["updates_to"].values()), strict=True)
    )
    assert result["milliseconds"].keys() == {"textbook", "tanh", "quick"}


@pytest.mark.parametrize("seed", [0, 1])
def test_the_recorded_runs_begin_as_they_were_recorded(published_mnist, seed):
    opening, losses = 20, []  # updates whose mean loss benchmarks/lenet_mnist.py recorded

    def noted_step(*arguments):
        losses.append(train_step(*arguments)[0])
        if len(losses) == opening:
            raise StopIteration
        return losses[-1], 0.0

    train, validation, _ = parts(published_mnist)
    with suppress(StopIteration):
        train_recipe("modern", train, validation, epochs=3, seed=seed, step=noted_step, progress=False)
    runs = recorded("lenet_mnist")["runs"]["3 epochs"]
    others = [run["opening_loss"] for run in runs if run["seed"] != seed]
    assert statistics.mean(losses) == pytest.approx(runs[seed]["opening_loss"], abs=0.004)
    assert min(abs(other - runs[seed]["opening_loss"]) for other in others) > 0.008  # the band tells seeds apart


def test_a_learning_curve_counts_updates_and_stops_the_clock(small, monkeypatch):
    train, validation, _ = small
    ticks = iter(range(10_000))
    monkeypatch.setattr(mnist.time, "perf_counter", lambda: next(ticks))
    curve = learning_curve("quick", train, validation, every=10)
    assert [point.updates for point in curve] == [10, 20, 30]  # 1,200 images make 37 batches of 32
    assert [point.seconds for point in curve] == [10, 20, 30]  # a tick an update, none for an evaluation
    assert curve[-1].accuracy > 0.5


def test_a_learning_curve_ends_where_it_is_good_enough(small):
    train, validation, _ = small
    whole = learning_curve("quick", train, validation, every=5)
    goal = whole[2].accuracy
    stopped = learning_curve("quick", train, validation, every=5, until=goal)
    first = first_at(whole, goal)
    assert first.updates < whole[-1].updates
    assert [(point.updates, point.accuracy) for point in stopped] == [
        (point.updates, point.accuracy) for point in whole if point.updates <= first.updates
    ]


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
    learning_curve("modern", *small[:2], every=37, step=counted, batch_size=600, progress=False)
    assert len(steps) == 45  # a step of one's own is measured, too


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
    assert min(seconds.values()) > 0
    with pytest.raises(ValueError, match="rounds is 5; expected at least 6"):
        pace(noise, rounds=5)
    few = tuple(part[:255] for part in noise)
    with pytest.raises(ValueError, match="train has 255 images; expected at least 256, a batch of the textbook recipe"):
        pace(few)


def test_the_pace_is_a_median_without_the_rounds_that_warm_up(noise, monkeypatch):
    clock, calls = [0.0], {"quick": 0, "modern": 0}
    lasting = {"quick": [100] * 5 + [1, 2, 9], "modern": [50] * 5 + [4, 3, 3]}

    def lasting_step(name):
        def step(model, updates, images, labels):
            assert len(images) == RECIPES[name].settings["batch_size"]
            clock[0] += lasting[name][calls[name]]
            calls[name] += 1
            return 0.0, 0.0

        return step

    for name in calls:
        recipe = RECIPES[name]
        monkeypatch.setitem(RECIPES, name, replace(recipe, settings={**recipe.settings, "step": lasting_step(name)}))
    monkeypatch.setattr(mnist.time, "perf_counter", lambda: clock[0])
    assert pace(noise, rounds=8, recipes=["quick", "modern"]) == {"quick": 2, "modern": 3}


def test_the_pace_leaves_the_world_s_random_numbers_alone(noise):
    state = torch.get_rng_state()
    pace(noise, rounds=6, recipes=["quick"])
    assert torch.equal(torch.get_rng_state(), state)


def test_the_quick_recipe_reads_mnist(published_mnist):
    train, validation, test = parts(published_mnist)
    few = [tuple(part[:size] for part in data) for size, data in ((32 * mnist.QUICK_UPDATES, train), (500, validation))]
    model, _ = train_recipe("quick", *few, epochs=1, progress=False)
    assert evaluate(model, test)[1] > 0.97
