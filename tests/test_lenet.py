import copy
import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix as by_sklearn
from torch import nn

from cnncourse.data import digits
from cnncourse.lenet import (
    LeNet,
    ModernLeNet,
    confusion_matrix,
    layer_signals,
    sigmoid_twin,
    without_maps,
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


def test_confusion_by_hand_and_by_sklearn():
    generator = torch.Generator().manual_seed(0)
    for classes, n in itertools.product((2, 5, 10), (1, 7, 200)):
        labels, predictions = torch.randint(classes, (2, n), generator=generator)
        expected = by_sklearn(labels, predictions, labels=range(classes))
        assert confusion_matrix(labels, predictions, classes=classes).tolist() == expected.tolist()
    assert confusion_matrix(torch.tensor([0, 1]), torch.tensor([1, 1]), classes=2).tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("labels", "predictions", "error", "message"),
    [
        (torch.tensor([0]), torch.tensor([0, 1]), ValueError, "1 labels and 2 predictions; expected one each"),
        (torch.tensor([10]), torch.tensor([0]), ValueError, "labels runs from 10 to 10; expected classes from 0 to 9"),
        (torch.tensor([0]), torch.tensor([-1]), ValueError, "predictions runs from -1 to -1"),
        (torch.tensor([0]), torch.tensor([0.0]), TypeError, "predictions has dtype torch.float32; expected int64"),
        (torch.tensor([0]), torch.zeros(1, 10), ValueError, "predictions has shape"),
    ],
)
def test_confusion_says_what_is_wrong(labels, predictions, error, message):
    with pytest.raises(error, match=message):
        confusion_matrix(labels, predictions)


def test_maps_are_off_inside_the_block_and_on_again_behind_it(data):
    with seeded(0):
        model = ModernLeNet().eval()
    before = model(data[0])
    cut = copy.deepcopy(model)
    with torch.no_grad():
        cut.conv2.weight[:, [1, 4]] = 0  # nobody reads these two maps any more
    with without_maps(model, "act1", [1, 4]):
        torch.testing.assert_close(model(data[0]), cut(data[0]), rtol=1e-4, atol=1e-5)
        assert not torch.allclose(model(data[0]), before)
    assert torch.equal(model(data[0]), before)


@pytest.mark.parametrize(
    "several", [np.int64(3), np.array(3), torch.tensor(3), [3], (3,), range(3, 4), torch.tensor([3])]
)
def test_maps_are_named_by_whole_numbers_of_any_kind(several, data):
    model = LeNet()
    with without_maps(model, "act1", 3):
        expected = model(data[0][:2])
    with without_maps(model, "act1", several):
        assert torch.equal(model(data[0][:2]), expected)
    assert not torch.equal(model(data[0][:2]), expected)


def test_maps_come_back_after_an_error():
    model, image = LeNet(), torch.zeros(1, 1, 28, 28)
    message = "maps has 6; expected numbers below 6, the maps of act1"
    with pytest.raises(ValueError, match=message), without_maps(model, "act1", 6):
        model(image)
    model(image)


def test_switching_off_says_what_is_wrong():
    with (
        pytest.raises(ValueError, match="layer is 'conv3'; expected one of 'conv1', 'act1'"),
        without_maps(LeNet(), "conv3", 0),
    ):
        pass
    with pytest.raises(ValueError, match=r"layer is \['act1'\]; expected one of"), without_maps(LeNet(), ["act1"], 0):
        pass
    with pytest.raises(ValueError, match="maps is -1; expected at least 0"), without_maps(LeNet(), "act1", -1):
        pass
    for maps, found in ((1.0, "1.0, a float"), ("1", "'1', a str"), (None, "None, a NoneType")):
        message = f"maps is {found}; expected a whole number"
        with pytest.raises(TypeError, match=message), without_maps(LeNet(), "act1", maps):
            pass


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
