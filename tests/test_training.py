"""Training: it learns, it repeats, it stops with a reason, and it leaves behind what it promises."""

import math
import pickle

import pytest
import torch
from torch import nn

from cnncourse import training
from cnncourse.data import digits
from cnncourse.lenet import LeNet, ModernLeNet
from cnncourse.training import (
    History,
    batches,
    evaluate,
    fit,
    load_weights,
    one_cycle,
    random_affine,
    require_data,
    save_weights,
    seeded,
    set_lr,
    split,
    train_step,
)


@pytest.fixture(scope="module")
def small():
    """480 digits to train on and 120 to validate: enough to learn something in a second."""
    images, labels = digits(28)
    train, validation = split((images[:600, None], labels[:600]), 120)
    return train, validation


@pytest.fixture
def bright():
    """Two classes that a single layer tells apart: bright above, bright below."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(64) % 2
    images = 0.2 * torch.rand(64, 1, 4, 4, generator=generator)
    images[labels == 0, :, :2] += 0.5
    images[labels == 1, :, 2:] += 0.5
    return images, labels


def linear(seed=0):
    with seeded(seed):
        return nn.Sequential(nn.Flatten(), nn.Linear(16, 2))


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_fit_learns(bright):
    model = linear()
    history = fit(model, bright, bright, epochs=10, lr=0.1, batch_size=16, progress=False)
    assert history.train_loss[-1] < history.train_loss[0] / 2
    assert max(history.validation_accuracy) == evaluate(model, bright)[1] == 1
    assert [len(values) for values in list(vars(history).values())[:-1]] == [10] * 5
    assert history.seconds == sorted(history.seconds)
    assert not history.interrupted


@pytest.mark.parametrize(("build", "lr"), [(lambda: LeNet("relu", "max"), 0.003), (ModernLeNet, 0.01)])
def test_one_seed_gives_one_network_bit_for_bit(small, build, lr):
    results = []
    for _ in range(2):
        with seeded(1):
            model = build()
        history = fit(model, *small, epochs=2, lr=lr, batch_size=32, seed=1, augment=random_affine, progress=False)
        torch.rand(7)  # whatever the world draws in between does not matter
        results.append((weights(model), history.train_loss, history.validation_accuracy))
    assert same(results[0][0], results[1][0])
    assert results[0][1:] == results[1][1:]
    assert results[0][2][-1] > 0.5


def test_another_seed_gives_another_order(bright):
    first, second = linear(), linear()
    for seed, model in enumerate((first, second)):
        fit(model, bright, bright, epochs=1, batch_size=16, seed=seed, progress=False)
    assert not same(weights(first), weights(second))


def test_every_epoch_has_an_order_and_an_augmentation_of_its_own(bright):
    numbered = torch.arange(64.0)[:, None, None, None].expand(64, 1, 4, 4), bright[1]
    orders, draws = [], []

    def noted(images, generator):
        orders.append(images[:, 0, 0, 0].tolist())
        draws.append(torch.rand((), generator=generator).item())
        return images

    fit(linear(), numbered, numbered, epochs=3, lr=1e-6, batch_size=64, augment=noted, progress=False)
    assert [sorted(order) for order in orders] == [list(range(64))] * 3
    assert len({tuple(order) for order in orders}) == len(set(draws)) == 3


def test_the_world_s_random_numbers_are_left_alone(bright):
    state = torch.get_rng_state()
    with seeded(3):
        torch.rand(5)
    fit(linear(), bright, bright, epochs=1, augment=random_affine, progress=False)
    split(bright, 3)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("poison", ["images", "lr"])
def test_a_loss_that_is_no_number_stops_at_once(bright, poison):
    images, labels = bright
    if poison == "images":
        images = torch.full_like(images, math.nan)
    steps = []

    def step(*arguments):
        steps.append(1)
        return train_step(*arguments)

    with pytest.raises(FloatingPointError, match=r"the loss is (nan|inf) in epoch 1, step \d+; .*lower lr, now"):
        fit(
            linear(),
            (images, labels),
            bright,
            epochs=50,
            lr=math.inf if poison == "lr" else 0.1,
            batch_size=16,
            optimizer=torch.optim.SGD,
            step=step,
            progress=False,
        )
    assert len(steps) <= 4


def breaking(after):
    """Make updates, and let the last one break a weight: no loss of the training sees it."""
    calls = []

    def step(model, *arguments):
        measured = train_step(model, *arguments)
        calls.append(1)
        if len(calls) == after:
            model[-1].weight.data[0, 0] = math.nan
        return measured

    return step


def test_weights_that_the_last_update_breaks_are_not_kept(bright):
    settings = {"batch_size": 16, "progress": False}  # four updates an epoch
    model, reference = linear(), linear()
    with pytest.raises(FloatingPointError, match=r"the validation loss is nan after epoch 2; .* lower lr, now 0.01"):
        fit(model, bright, bright, epochs=2, step=breaking(8), **settings)
    fit(reference, bright, bright, epochs=1, **settings)
    assert same(weights(model), weights(reference))


@pytest.mark.parametrize("broken", ["step", "lr", "validation"])
def test_weights_broken_in_the_first_epoch_give_way_to_those_of_the_start(bright, broken):
    images, labels = bright
    validation = (images * math.nan if broken == "validation" else images), labels
    step = breaking(4) if broken == "step" else train_step
    lr, batch_size = (math.inf, 64) if broken == "lr" else (0.1, 16)
    model = linear()
    with pytest.raises(FloatingPointError, match=r"the validation loss is nan after epoch 1; .*NaN in the images"):
        fit(model, bright, validation, epochs=1, lr=lr, batch_size=batch_size, step=step, progress=False)
    assert same(weights(model), weights(linear()))


def test_a_broken_weight_that_no_loss_shows_is_found(bright):
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 2))

    def step(model, *arguments):
        measured = train_step(model, *arguments)
        model[1].bias.data[2] = -math.inf  # the rectifier makes a 0 of it
        return measured

    with pytest.raises(FloatingPointError, match=r"the weights 1.bias are not finite after epoch 1; the weights have"):
        fit(model, bright, bright, epochs=3, batch_size=64, step=step, progress=False)
    assert all(value.isfinite().all() for value in model.parameters())


def interrupting(after):
    calls = []

    def step(*arguments):
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(1)
        return train_step(*arguments)

    return step


def test_ctrl_c_keeps_the_best_weights_so_far(bright):
    settings = {"lr": 0.1, "batch_size": 16, "progress": False}  # four updates an epoch
    model, reference = linear(), linear()
    history = fit(model, bright, bright, epochs=9, step=interrupting(10), **settings)
    fit(reference, bright, bright, epochs=2, **settings)
    assert history.interrupted
    assert len(history.validation_accuracy) == len(history.seconds) == 2
    assert same(weights(model), weights(reference))


def test_ctrl_c_in_the_first_epoch_says_what_the_model_holds(bright):
    model, reference = linear(), linear()
    with pytest.warns(UserWarning, match="interrupted before the end of epoch 1: the weights were not evaluated"):
        history = fit(model, bright, bright, epochs=9, batch_size=16, step=interrupting(1), progress=False)
    assert history == History(interrupted=True)
    updates = torch.optim.AdamW(reference.parameters(), lr=0.01)
    (images, labels), *_ = batches(bright, 16, torch.Generator().manual_seed(0), reference)
    train_step(reference, updates, images, labels)
    assert same(weights(model), weights(reference))


def test_another_error_is_not_swallowed_and_the_best_weights_stay(bright):
    def step(*arguments):
        if len(calls) == 5:
            raise RuntimeError("no memory left")
        calls.append(1)
        return train_step(*arguments)

    calls, model, reference = [], linear(), linear()
    with pytest.raises(RuntimeError, match="no memory left"):
        fit(model, bright, bright, epochs=9, batch_size=16, step=step, progress=False)
    fit(reference, bright, bright, epochs=1, batch_size=16, progress=False)
    assert same(weights(model), weights(reference))


def test_the_best_epoch_is_kept_and_the_last_of_equals(bright, monkeypatch):
    accuracies, seen = iter([0.5, 0.9, 0.9, 0.7]), []

    def measured(model, data):
        seen.append(weights(model))
        return 1.0, next(accuracies)

    monkeypatch.setattr(training, "evaluate", measured)
    model = linear()
    fit(model, bright, bright, epochs=4, batch_size=16, progress=False)
    assert same(weights(model), seen[2])
    assert not same(seen[1], seen[2])


def test_the_clock_stands_still_during_evaluation(bright, monkeypatch):
    clock = [0.0]

    def passing(seconds, result):
        clock[0] += seconds
        return result

    monkeypatch.setattr(training.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(training, "evaluate", lambda model, data: passing(100, (1.0, 0.5)))
    history = fit(
        *(linear(), bright, bright), epochs=2, batch_size=16, step=lambda *_: passing(1, (1.0, 0.5)), progress=False
    )
    assert history.seconds == [4, 8]  # four updates an epoch, a second each


def test_the_schedule_sets_every_update_s_learning_rate(bright):
    rates, done = [], []

    def schedule(progress):
        done.append(progress)
        return 1 - progress

    def step(model, updates, *batch):
        rates.append(updates.param_groups[0]["lr"])
        return train_step(model, updates, *batch)

    fit(linear(), bright, bright, epochs=2, lr=0.5, batch_size=20, schedule=schedule, step=step, progress=False)
    assert done == [i / 6 for i in range(6)]  # 64 images make three batches of 20
    assert rates == [0.5 * (1 - i / 6) for i in range(6)]


def test_the_history_has_the_mean_over_an_epoch_s_batches(bright):
    measured = iter([(4.0, 0.25), (1.0, 0.75), (3.0, 0.5), (1.0, 1.0)])
    settings = {"batch_size": 32, "step": lambda *_: next(measured), "progress": False}
    history = fit(linear(), bright, bright, epochs=2, **settings)
    assert (history.train_loss, history.train_accuracy) == ([2.5, 2], [0.5, 0.75])


def test_set_lr_reaches_every_group():
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)
    updates = torch.optim.SGD([{"params": first.parameters(), "lr": 1}, {"params": second.parameters(), "lr": 2}])
    set_lr(updates, 0.25)
    assert [group["lr"] for group in updates.param_groups] == [0.25, 0.25]


def test_fewer_images_than_a_batch_make_one_batch(bright):
    history = fit(linear(), bright, bright, epochs=1, batch_size=1000, progress=False)
    assert len(history.train_loss) == 1


def test_batches_show_every_image_once_with_its_own_label(bright):
    images, labels = bright
    images = images + torch.arange(64.0)[:, None, None, None]  # each image tells its number
    parts = list(batches((images, labels), 10, torch.Generator().manual_seed(0), linear()))
    numbers = torch.cat([part[0][:, 0, 0, 0].floor().long() for part in parts])
    assert [len(part[0]) for part in parts] == [10] * 6  # the last four are left out
    assert len(set(numbers.tolist())) == 60
    assert torch.equal(torch.cat([part[1] for part in parts]), labels[numbers])
    assert numbers.tolist() != sorted(numbers.tolist())


def test_batches_are_augmented_one_by_one(bright):
    parts = batches(bright, 16, torch.Generator(), linear(), lambda images, generator: images * 0 + 7)
    assert all((images == 7).all() for images, _ in parts)


def test_train_step_is_one_step_of_gradient_descent(bright):
    images, labels = bright
    model = linear().double()
    before = weights(model)
    loss = nn.functional.cross_entropy(model(images.double()), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    measured = train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), images.double(), labels)
    for (name, value), gradient in zip(before.items(), gradients, strict=True):
        torch.testing.assert_close(model.state_dict()[name], value - 0.1 * gradient, rtol=0, atol=1e-12)
    assert measured[0] == loss.item()


def test_train_step_follows_the_loss_that_it_is_given(bright):
    images, labels = bright
    model, other = linear(), linear()
    optimizers = [torch.optim.SGD(each.parameters(), lr=0.1) for each in (model, other)]
    loss = train_step(model, optimizers[0], images, labels)[0]
    doubled = train_step(other, optimizers[1], images, labels, loss_function=lambda *a: 2 * nn.CrossEntropyLoss()(*a))
    assert doubled[0] == 2 * loss
    start, once, twice = (weights(each)["1.weight"] for each in (linear(), model, other))
    torch.testing.assert_close(twice - start, 2 * (once - start))


def test_train_step_trains_also_a_model_that_was_just_evaluated(bright):
    with seeded(0):
        model = nn.Sequential(nn.BatchNorm2d(1), *linear()).eval()
    train_step(model, torch.optim.SGD(model.parameters(), lr=0.1), *bright)
    assert all(layer.training for layer in model.modules())
    torch.testing.assert_close(model[0].running_mean, 0.1 * bright[0].mean()[None])  # the batch was looked at


def test_train_step_forgets_the_gradients_of_before(bright):
    model, other = linear(), linear()
    updates = torch.optim.SGD(model.parameters(), lr=0.1)
    nn.functional.cross_entropy(100 * model(bright[0]), bright[1]).backward()
    train_step(model, updates, *bright)
    train_step(other, torch.optim.SGD(other.parameters(), lr=0.1), *bright)
    assert same(weights(model), weights(other))


def test_train_step_measures_what_the_model_knew_before(bright):
    model = linear()
    expected = evaluate(model, bright)
    measured = train_step(model, torch.optim.SGD(model.parameters(), lr=0.5), *bright)
    assert measured == pytest.approx(expected, rel=1e-5)
    assert evaluate(model, bright)[0] < measured[0]


def test_evaluate_neither_trains_nor_keeps_what_gradients_need(bright):
    seen = []

    class Watched(nn.Flatten):
        def forward(self, x):
            seen.append((self.training, torch.is_grad_enabled()))
            return super().forward(x)

    evaluate(nn.Sequential(Watched(), nn.Linear(16, 2)).train(), bright, batch_size=32)
    assert set(seen) == {(False, False)}
    assert torch.is_grad_enabled()


def test_evaluate_measures_mean_loss_and_accuracy():
    # a model that only flattens: logits (0, ln 3) give the probabilities 1/4 and 3/4
    images = torch.tensor([0, math.log(3)]).repeat(3, 1)[:, None, None]
    loss, accuracy = evaluate(nn.Flatten(), (images, torch.tensor([1, 1, 0])), batch_size=2)
    assert math.isclose(loss, (2 * math.log(4 / 3) + math.log(4)) / 3, rel_tol=1e-6)
    assert math.isclose(accuracy, 2 / 3)


@pytest.mark.parametrize("batch_size", [1, 7, 120, 5000])
def test_evaluate_does_not_depend_on_the_batch_size(small, batch_size):
    _, validation = small
    with seeded(0):
        model = ModernLeNet().double()
    data = validation[0].double(), validation[1]
    expected = evaluate(model, data)
    found = evaluate(model, data, batch_size=batch_size)
    assert math.isclose(found[0], expected[0], rel_tol=1e-12)
    assert found[1] == expected[1]


def test_evaluate_leaves_mode_and_weights_alone(small):
    _, validation = small
    model = ModernLeNet().train()
    model.norm1.eval()  # a layer that someone froze stays frozen
    before = weights(model)
    evaluate(model, validation)
    assert same(before, weights(model))  # also the running means of the batch normalisation
    assert model.training
    assert model.norm2.training
    assert not model.norm1.training
    assert all(parameter.grad is None for parameter in model.parameters())
    evaluate(model.eval(), validation)
    assert not model.training


def test_evaluate_restores_the_mode_after_an_error(small):
    model = LeNet()
    with pytest.raises(ValueError, match=r"expected \(N, 1, 28, 28\)"):
        evaluate(model, (torch.zeros(2, 1, 8 + 32, 40), torch.tensor([0, 1])))
    assert model.training


def test_an_untrained_network_s_loss_is_near_ln_10(small):
    with seeded(0):
        model = LeNet("relu", "max")
    assert abs(evaluate(model, small[1])[0] - math.log(10)) < 0.05


def test_split_parts_the_images_with_their_labels_the_same_way_each_time():
    images, labels = torch.arange(20.0)[:, None, None, None], torch.arange(20)
    rest, aside = split((images, labels), 5)
    assert [len(part[1]) for part in (rest, aside)] == [15, 5]
    assert sorted(torch.cat([rest[1], aside[1]]).tolist()) == list(range(20))
    for part in (rest, aside):
        assert part[0].flatten().tolist() == part[1].tolist()
    assert split((images, labels), 5)[1][1].tolist() == aside[1].tolist()
    assert split((images, labels), 5, seed=1)[1][1].tolist() != aside[1].tolist()


@pytest.mark.parametrize("count", [20, 21])
def test_split_leaves_something_to_train_on(count):
    with pytest.raises(ValueError, match=f"count is {count}; expected less than 20"):
        split((torch.zeros(20, 1, 2, 2), torch.arange(20)), count)


def test_one_cycle_rises_then_falls():
    rates = [one_cycle(i / 1000) for i in range(1001)]
    assert rates[0] == rates[-1] == 0
    assert max(rates) == rates[200] == 1
    assert rates[:200] == sorted(rates[:200])
    assert rates[200:] == sorted(rates[200:], reverse=True)
    assert one_cycle(0, warm_up=0) == 1


def dot(row=8, col=8, size=17):
    images = torch.zeros(1, 1, size, size)
    images[0, 0, row, col] = 1
    return images


def centre_of_mass(images):
    rows = torch.arange(images.shape[-2])[:, None]
    columns = torch.arange(images.shape[-1])
    total = images.sum((-2, -1))
    return torch.stack([(images * rows).sum((-2, -1)) / total, (images * columns).sum((-2, -1)) / total]).squeeze(-1)


def test_random_affine_moves_at_most_so_far():
    generator = torch.Generator().manual_seed(0)
    many = dot().repeat(500, 1, 1, 1)
    moved = centre_of_mass(random_affine(many, generator, degrees=0, shift=2, scale=0)) - 8
    assert moved.abs().max() <= 2 + 1e-4
    assert moved.abs().max() > 1.9  # and nearly as far as it may
    assert moved.mean(dim=1).abs().max() < 0.2  # no direction is preferred


def test_random_affine_turns_about_the_centre_also_where_width_is_not_height():
    images = torch.zeros(500, 1, 17, 33)
    images[:, 0, 8, 26] = 1  # ten pixels to the right of the centre
    turned = random_affine(images, torch.Generator().manual_seed(0), degrees=30, shift=0, scale=0)
    down, across = centre_of_mass(turned) - torch.tensor([8, 16])[:, None]
    assert (torch.hypot(down, across) - 10).abs().max() < 0.4
    assert 25 < torch.atan2(down, across).rad2deg().abs().max() <= 32


def blob(down, across, n, size=(81, 81)):
    """A soft spot so many pixels from the centre, n times: its centre can be told to a tenth of a pixel."""
    rows = torch.arange(size[0])[:, None] - size[0] // 2 - down
    columns = torch.arange(size[1]) - size[1] // 2 - across
    return torch.exp(-(rows**2 + columns**2) / 8).repeat(n, 1, 1, 1)


def from_the_centre(images):
    return centre_of_mass(images) - torch.tensor([images.shape[-2] // 2, images.shape[-1] // 2])[:, None]


def test_random_affine_divides_the_size_by_at_most_so_much():
    scaled = random_affine(blob(0, 20, 500), torch.Generator().manual_seed(0), degrees=0, shift=0, scale=0.2)
    distance = from_the_centre(scaled)[1]
    assert 20 / 1.2 - 0.1 < distance.min() < 20 / 1.2 + 0.1
    assert 20 / 0.8 - 0.1 < distance.max() < 20 / 0.8 + 0.1


@pytest.mark.parametrize("size", [(81, 81), (81, 121)])
def test_random_affine_changes_height_and_width_by_one_number(size):
    images = blob(20, 20, 100, size)
    scaled = random_affine(images, torch.Generator().manual_seed(0), degrees=0, shift=0, scale=0.2)
    down, across = from_the_centre(scaled)
    assert (down - across).abs().max() < 0.1
    assert down.max() - down.min() > 7


def test_random_affine_moves_before_it_turns_and_scales():
    images = blob(0, 0, 2000, (41, 41))
    moved = random_affine(images, torch.Generator().manual_seed(0), degrees=45, shift=4, scale=0.5)
    distance = torch.hypot(*from_the_centre(moved))
    farthest = math.hypot(4, 4) / 0.5  # down and across, then twice as large
    assert 0.9 * farthest < distance.max() < farthest + 0.1
    assert from_the_centre(moved).abs().max() > 1.2 * 4 / 0.5  # turned on: farther along one axis than it was moved


def test_random_affine_lets_zeros_in_and_its_argument_alone():
    images = torch.ones(50, 1, 9, 9)
    augmented = random_affine(images, torch.Generator().manual_seed(0))
    assert (images == 1).all()
    assert augmented.min() == 0
    assert augmented.dtype == images.dtype
    assert augmented.shape == images.shape
    again = random_affine(images, torch.Generator().manual_seed(0))
    assert torch.equal(augmented, again)
    assert not torch.equal(augmented[0], augmented[1])  # each image its own


@pytest.mark.parametrize(
    ("images", "scale", "error", "message"),
    [
        (dot().byte(), 0.1, TypeError, r"images has dtype torch.uint8; .*; use images.float\(\)"),
        (dot()[0], 0.1, ValueError, r"images has shape \(1, 17, 17\), 3 axes; expected 4, \(N, C, H, W\)"),
        (dot(), 1, ValueError, "scale is 1; expected at least 0 and less than 1; 0.1 is the ordinary one"),
        (dot(), -0.1, ValueError, "scale is -0.1; expected at least 0"),
    ],
)
def test_random_affine_says_what_is_wrong(images, scale, error, message):
    with pytest.raises(error, match=message):
        random_affine(images, torch.Generator(), scale=scale)


def test_saved_weights_come_back(tmp_path):
    path = tmp_path / "lenet.pt"
    model, other = ModernLeNet(), ModernLeNet()
    save_weights(model, path)
    load_weights(other, str(path))
    assert same(weights(model), weights(other))
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "lenet.pt"
    save_weights(linear(), path)
    before = path.read_bytes()

    def stop(weights, file):
        file.write(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            save_weights(linear(1), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["save", "replace"])
def test_a_save_that_fails_leaves_the_old_file_and_says_why(tmp_path, monkeypatch, place):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    path = tmp_path / "lenet.pt"
    save_weights(linear(), path)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(torch if place == "save" else training.os, place, full)
        with pytest.raises(OSError, match=r"lenet.pt cannot be written \(No space left on device\); make room, or"):
            save_weights(linear(1), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_whoever_reads_while_a_file_is_saved_reads_one_of_the_two_whole(tmp_path, monkeypatch):
    path = tmp_path / "lenet.pt"
    save_weights(linear(), path)
    before, seen = path.read_bytes(), []
    save, replace = torch.save, training.os.replace

    def watched(act):
        def call(*arguments):
            seen.append(path.read_bytes())
            act(*arguments)
            seen.append(path.read_bytes())

        return call

    with monkeypatch.context() as patch, path.open("rb") as opened:
        patch.setattr(torch, "save", watched(save))
        patch.setattr(training.os, "replace", watched(replace))
        save_weights(linear(1), path)
        assert opened.read() == before  # also a reader who had opened the old one
    assert seen == [before, before, before, path.read_bytes()]
    assert path.read_bytes() != before


def test_a_place_where_nothing_can_be_saved_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=rf"path is .*lenet.pt; .* that exists; make {tmp_path}/none first"):
        save_weights(linear(), tmp_path / "none" / "lenet.pt")
    with pytest.raises(IsADirectoryError, match=f"path is {tmp_path}, a folder; expected a file in it; use"):
        save_weights(linear(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_of_weights_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none.pt does not exist; expected a file written by save_weights"):
        load_weights(linear(), tmp_path / "none.pt")


@pytest.mark.parametrize("damage", ["empty", "half", "text", "list"])
def test_a_damaged_file_of_weights_is_named(tmp_path, damage):
    path = tmp_path / "lenet.pt"
    save_weights(linear(), path)
    content = path.read_bytes()
    path.write_bytes({"empty": b"", "half": content[: len(content) // 2], "text": b"hello"}.get(damage, content))
    if damage == "list":
        torch.save([1, 2], path)
    with pytest.raises(ValueError, match=r"lenet.pt is damaged, or holds no weights; train and save again: "):
        load_weights(linear(), path)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(16, 3)), r"1.bias is \(3,\); expected \(2,\)"),
        (nn.Linear(16, 2), r"1.bias is missing; expected \(2,\)"),
        (nn.Sequential(nn.Flatten(), nn.Linear(16, 2), nn.Linear(2, 2)), r"2.bias is \(2,\); expected none"),
    ],
)
def test_another_model_s_weights_are_refused_and_nothing_is_changed(tmp_path, other, message):
    path = tmp_path / "other.pt"
    save_weights(other, path)
    model = linear()
    before = weights(model)
    with pytest.raises(ValueError, match=f"does not hold this model's weights: {message}; build the model that was"):
        load_weights(model, path)
    assert same(before, weights(model))


def test_a_file_of_weights_cannot_run_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").write_text, ("x",))

    path = tmp_path / "evil.pt"
    torch.save(Evil(), path)
    with pytest.raises(ValueError, match="is damaged, or holds no weights"):
        load_weights(linear(), path)
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ValueError, match="is damaged, or holds no weights"):
        load_weights(linear(), path)
    assert not (tmp_path / "ran").exists()


GOOD = torch.zeros(2, 1, 4, 4), torch.tensor([0, 1])


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ((GOOD[0][:, 0], GOOD[1]), ValueError, r"images of shape \(2, 4, 4\); .*; use images\[:, None\]"),
        ((GOOD[0][:0], GOOD[1][:0]), ValueError, r"shape \(0, 1, 4, 4\), which is empty"),
        ((GOOD[0], GOOD[1][:1]), ValueError, r"labels of shape \(1,\); expected \(2,\), one an image"),
        ((GOOD[0], GOOD[1][:, None]), ValueError, r"labels of shape \(2, 1\); expected \(2,\)"),
        ((GOOD[0].byte(), GOOD[1]), TypeError, r"dtype torch.uint8 .*; use images.float\(\) / 255 and labels.long\(\)"),
        ((GOOD[0], GOOD[1].int()), TypeError, "labels of torch.int32; expected a float dtype and int64"),
        ((GOOD[0], torch.tensor([0, -100])), ValueError, "the label -100; expected classes from 0 on; leave such im"),
        ((GOOD[0].numpy(), GOOD[1]), TypeError, "is a pair of ndarray and Tensor; expected two tensors"),
        ((*GOOD, GOOD[1]), ValueError, r"is a tuple of 3 parts; expected two; use \(images, labels\)"),
        ((GOOD[0],), ValueError, "is a tuple of 1 parts; expected two"),
        (GOOD[0], TypeError, r"is a Tensor; expected a pair of tensors; use \(images, labels\)"),
        (None, TypeError, "is a NoneType; expected a pair of tensors"),
    ],
    ids=[
        *("no channel", "empty", "too few labels", "labels in a column", "bytes", "int32 labels", "ignored label"),
        *("numpy", "three parts", "one part", "no pair", "nothing"),
    ],
)
def test_data_that_does_not_fit_is_refused_at_every_door(data, error, message):
    assert require_data("train", GOOD) is GOOD
    with pytest.raises(error, match=f"some has .*{message}|some {message}"):
        require_data("some", data)
    with pytest.raises(error, match="train"):
        fit(linear(), data, GOOD, epochs=1)
    with pytest.raises(error, match="validation"):
        fit(linear(), GOOD, data, epochs=1)
    with pytest.raises(error, match="data"):
        evaluate(linear(), data)
    with pytest.raises(error, match="data"):
        split(data, 1)


@pytest.mark.parametrize("setting", ["epochs", "batch_size"])
def test_counts_below_one_are_refused(setting):
    with pytest.raises(ValueError, match=f"{setting} is 0; expected at least 1"):
        fit(linear(), GOOD, GOOD, **{"epochs": 1, setting: 0})


@pytest.mark.parametrize("batch_size", [0, -1])
def test_evaluate_refuses_a_batch_of_no_images(batch_size):
    with pytest.raises(ValueError, match=f"batch_size is {batch_size}; expected at least 1"):
        evaluate(linear(), GOOD, batch_size=batch_size)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((GOOD[0], torch.tensor([0, 2])), "has the label 2; expected classes from 0 to 1, one a score of model"),
        (
            (torch.zeros(2, 1, 5, 4), GOOD[1]),
            r"has images of shape \(2, 1, 5, 4\) and dtype torch.float32, which model does not take; change the images",
        ),
        ((GOOD[0].double(), GOOD[1]), r"has images of shape .* and dtype torch.float64, which model does not take"),
    ],
    ids=["label", "shape", "dtype"],
)
def test_data_that_does_not_belong_to_the_model_is_refused(data, message):
    model = linear()
    with pytest.raises(ValueError, match=f"data {message}"):
        evaluate(model, data)
    with pytest.raises(ValueError, match=f"train {message}"):
        fit(model, data, data, epochs=1)
    assert model.training
    assert same(weights(model), weights(linear()))


def test_validation_images_are_those_of_training():
    with pytest.raises(ValueError, match="validation has the label 7; expected classes from 0 to 1"):
        fit(linear(), GOOD, (GOOD[0], torch.tensor([0, 7])), epochs=1)
    for other in (torch.zeros(2, 1, 5, 4), GOOD[0].double()):
        message = rf"validation has images of shape .* {other.dtype}; expected \(N, 1, 4, 4\) and torch.float32, as in"
        with pytest.raises(ValueError, match=message):
            fit(linear(), GOOD, (other, GOOD[1]), epochs=1)


def test_a_seed_is_a_whole_number():
    message = "seed is 'a', a str; expected a whole number of at least 0"
    with pytest.raises(TypeError, match=message):
        fit(linear(), GOOD, GOOD, epochs=1, seed="a")
    with pytest.raises(TypeError, match=message):
        split(GOOD, 1, seed="a")
    with pytest.raises(TypeError, match=message), seeded("a"):
        pass


def test_a_function_is_no_model():
    with pytest.raises(TypeError, match=r"model is a function; expected an nn\.Module; make the function its forward"):
        evaluate(lambda images: images.flatten(1), GOOD)


def test_a_model_without_scores_is_refused():
    with pytest.raises(
        ValueError, match=r"model maps one image to shape \(1, 1, 4, 4\); expected \(1, classes\); add nn"
    ):
        evaluate(nn.ReLU(), GOOD)
