import copy
import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnncourse.data import digits
from cnncourse.lenet import (
    LeNet,
    ModernLeNet,
    digit_parts,
    glorot_start,
    layer_signals,
    recorded,
    sigmoid_twin,
)
from cnncourse.training import evaluate, seeded

VARIANTS = list(itertools.product(("sigmoid", "tanh", "relu"), ("avg", "max")))
MODELS = [lambda a=a, p=p: LeNet(a, p) for a, p in VARIANTS] + [ModernLeNet]


def parameters(model):
    return sum(p.numel() for p in model.parameters())


@pytest.fixture(scope="module")
def data():
    images, labels = digits(28)
    return images[:400, None], labels[:400]


def test_c3_of_1998_has_1516_parameters_and_lenet_5_has_60000():
    c3 = 6 * (3 * 25 + 1) + 6 * (4 * 25 + 1) + 3 * (4 * 25 + 1) + (6 * 25 + 1)
    assert c3 == 1_516
    assert 156 + 12 + c3 + 32 + 120 * (16 * 25 + 1) + 84 * (120 + 1) == 60_000


def test_the_scaled_tanh_of_1998_keeps_one_at_one():
    assert abs(1.7159 * math.tanh(2 / 3) - 1) < 1e-4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("softmax",), "activation is 'softmax'; expected one of 'sigmoid', 'tanh', 'relu'"),
        (("relu", "mean"), "pooling is 'mean'; expected one of 'avg', 'max'"),
    ],
)
def test_lenet_refuses_an_unknown_part(arguments, message):
    with pytest.raises(ValueError, match=message):
        LeNet(*arguments)


@pytest.mark.parametrize("build", [LeNet, ModernLeNet])
def test_network_refuses_what_is_no_batch_of_images(build):
    model = build().eval()
    with pytest.raises(ValueError, match=r"x has shape \(2, 28, 28\); expected \(N, 1, 28, 28\); use x\[:, None\]"):
        model(torch.zeros(2, 28, 28))
    with pytest.raises(ValueError, match=r"x has shape \(2, 1, 32, 32\); expected \(N, 1, 28, 28\)$"):
        model(torch.zeros(2, 1, 32, 32))
    with pytest.raises(
        TypeError, match=r"x has dtype torch.uint8; expected a float tensor; use images.float\(\) / 255"
    ):
        model(torch.zeros(2, 1, 28, 28, dtype=torch.uint8))
    with pytest.raises(TypeError, match="x has type list"):
        model([0.0])


@pytest.mark.parametrize("build", MODELS)
def test_loss_of_an_untrained_network_is_near_ln_10(build, data):
    for seed in range(5):
        with seeded(seed):
            assert abs(evaluate(build(), data)[0] - math.log(10)) < 0.15


def test_network_returns_scores_and_no_probabilities(data):
    with seeded(0):
        y = LeNet("tanh")(data[0])
    assert y.shape == (400, 10)
    assert (y < 0).any()


@pytest.mark.parametrize("build", [lambda: LeNet("tanh"), lambda: LeNet("relu", "max"), ModernLeNet])
def test_32_images_are_learned_by_heart(build, data):
    images, labels = data[0][:32], data[1][:32]
    with seeded(0):
        model = build()
    updates = torch.optim.AdamW(model.parameters(), lr=0.003)
    for _ in range(60):
        updates.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        updates.step()
    assert evaluate(model, (images, labels))[1] == 1


def test_a_second_softmax_keeps_the_loss_above_1_461(randn):
    floor = math.log(math.e + 9) - 1
    assert round(floor, 3) == 1.461
    scores, labels = 100 * randn(500, 10), torch.arange(500) % 10
    assert F.cross_entropy(scores.softmax(dim=1), labels, reduction="none").min() >= floor - 1e-12


def test_signals_equal_those_taken_by_hand(data):
    with seeded(0):
        model = LeNet("tanh")
    conv1 = layer_signals(model, *data)[0]
    y = F.conv2d(data[0], model.conv1.weight, model.conv1.bias, padding=2)
    F.cross_entropy(model(data[0]), data[1]).backward()
    assert conv1.spread == pytest.approx(y.std(dim=0).mean().item(), rel=1e-4)
    assert conv1.gradient == pytest.approx(model.conv1.weight.grad.square().mean().sqrt().item(), rel=1e-4)


def test_signals_are_those_of_training(data):
    with seeded(0):
        model = ModernLeNet().eval()
    found = {signal.name: signal for signal in layer_signals(model, *data)}
    model.train()
    y = model.act1(model.norm1(model.conv1(data[0])))  # normalised by this batch's mean and variance
    assert found["conv2"].spread == pytest.approx(model.conv2(model.pool1(y)).std(dim=0).mean().item(), rel=1e-4)
    F.cross_entropy(model(data[0]), data[1]).backward()
    gradient = model.conv2.weight.grad.square().mean().sqrt().item()
    assert found["conv2"].gradient == pytest.approx(gradient, rel=1e-4)


def test_the_modern_network_normalises_before_it_rectifies(data):
    with seeded(0):
        model = ModernLeNet()
    x = data[0]
    for convolution, norm in ((model.conv1, model.norm1), (model.conv2, model.norm2)):
        y = convolution(x)
        y = (y - y.mean((0, 2, 3), keepdim=True)) / (y.var((0, 2, 3), correction=0, keepdim=True) + norm.eps).sqrt()
        x = F.max_pool2d(y.clamp(min=0), 2)
    y = model.fc1(x.flatten(1))
    y = (y - y.mean(0)) / (y.var(0, correction=0) + model.norm3.eps).sqrt()
    torch.testing.assert_close(model(data[0]), model.fc2(y.clamp(min=0)), rtol=1e-3, atol=1e-4)


def test_signals_change_nothing_in_the_model(data):
    model = ModernLeNet().eval()
    before = copy.deepcopy(model.state_dict())
    layer_signals(model, *data)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.training
    assert model.conv1.weight.grad is None
    assert not model.conv1._forward_hooks


def test_sigmoids_shrink_the_signal_a_hundredfold_more_than_tanh(data):
    for seed in range(5):
        with seeded(seed):
            falls = [layer_signals(LeNet(activation), *data) for activation in ("sigmoid", "tanh")]
        sigmoid, tanh = (signals[0].spread / signals[-1].spread for signals in falls)
        assert 1152 < sigmoid < 4608  # predicted: (4 sqrt 3) to the fourth, 2304
        assert 4.5 < tanh < 18  # predicted: (sqrt 3) to the fourth, 9
        assert falls[0][-1].gradient / falls[0][0].gradient > 300


def test_signals_say_what_is_wrong(data):
    with pytest.raises(ValueError, match="images has 1; expected at least 2"):
        layer_signals(LeNet(), data[0][:1], data[1][:1])
    with pytest.raises(ValueError, match=r"\(images, labels\) has the label -100; expected classes from 0 on"):
        layer_signals(LeNet(), data[0], torch.full_like(data[1], -100))
    with pytest.raises(ValueError, match=r"\(images, labels\) has labels of shape \(3,\); expected \(400,\)"):
        layer_signals(LeNet(), data[0], data[1][:3])
    with pytest.raises(ValueError, match="no convolution and no fully connected layer"):
        layer_signals(nn.Sequential(nn.Flatten()), *data)


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_sigmoid_twin_computes_the_same_function(pooling, data):
    for seed in range(5):
        with seeded(seed):
            model = LeNet("tanh", pooling).double()
        twin, images = sigmoid_twin(model), data[0][:50].double()
        torch.testing.assert_close(twin(images), model(images), rtol=0, atol=1e-12)
        torch.testing.assert_close(twin.fc1.weight, 4 * model.fc1.weight)


def test_only_a_tanh_lenet_has_a_sigmoid_twin():
    with pytest.raises(ValueError, match="model has the activation ReLU; expected Tanh"):
        sigmoid_twin(LeNet("relu"))
    with pytest.raises(TypeError, match="model is a ModernLeNet; expected a LeNet"):
        sigmoid_twin(ModernLeNet())


def test_parts_of_the_digits_share_no_image_and_every_digit_is_in_each():
    images, labels = digits(28)
    for fold in range(1, 5):
        parts = digit_parts(fold=fold)
        rows = torch.cat([part[0].flatten(1) for part in parts])
        assert sorted(map(tuple, rows[:, ::50].tolist())) == sorted(map(tuple, images.flatten(1)[:, ::50].tolist()))
        for _, found in parts:
            shares = found.bincount() / len(found)
            assert (shares - labels.bincount() / len(labels)).abs().max() < 0.003


def test_the_test_part_is_always_the_same_and_no_two_validation_parts_share_an_image():
    folds = [digit_parts(fold=fold) for fold in range(1, 5)]
    assert all(torch.equal(test[0], folds[0][2][0]) for *_, test in folds)
    held = torch.cat([validation[0].flatten(1) for _, validation, _ in folds] + [folds[0][2][0].flatten(1)])
    images = digits(28)[0].flatten(1)
    assert torch.equal(held.sum(dim=1).sort().values, images.sum(dim=1).sort().values)


def test_parts_say_which_folds_there_are():
    for fold in (0, 5):
        with pytest.raises(ValueError, match="fold is"):
            digit_parts(fold=fold)


@pytest.mark.parametrize("build", [LeNet, ModernLeNet])
def test_glorot_s_start_has_the_variance_that_he_derived(build):
    with seeded(0):
        model = glorot_start(build())
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            window = layer.weight[0, 0].numel()
            fans = (layer.weight.shape[0] + layer.weight.shape[1]) * window
            assert layer.weight.abs().max() <= math.sqrt(6 / fans)
            assert layer.weight.abs().max() > 0.9 * math.sqrt(6 / fans)
            assert layer.bias is None or (layer.bias == 0).all()


def test_an_unknown_record_is_refused():
    with pytest.raises(ValueError, match="benchmark is 'lenet'; expected one of 'lenet_digits', 'lenet_forward'"):
        recorded("lenet")


def test_shares_of_the_forward_pass_make_a_whole():
    shares = recorded("lenet_forward")["shares"]
    assert list(shares) == [name for name, _ in LeNet().named_children()]
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)
