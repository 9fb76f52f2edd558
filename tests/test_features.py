import copy
import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix as by_sklearn
from torch import nn

from cnncourse.data import digits
from cnncourse.features import confusion_matrix, covered, kernel_cosines, mean_maps, occlusion, without_maps
from cnncourse.lenet import LeNet, ModernLeNet
from cnncourse.training import seeded


@pytest.fixture(scope="module")
def data():
    images, labels = digits(28)
    return images[:400, None], labels[:400]


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


def test_a_map_s_mean_stands_in_its_place_for_every_image(data):
    with seeded(0):
        model = ModernLeNet().eval()
    means = mean_maps(model, "act1", data[0])
    y = model.act1(model.norm1(model.conv1(data[0])))
    torch.testing.assert_close(means, y.mean(dim=0), rtol=1e-4, atol=1e-5)
    y[:, [2, 5]] = y[:, [2, 5]].mean(dim=0)
    with without_maps(model, "act1", [2, 5], value=means):
        found = model(data[0])
    rest = list(model.children())[3:]
    torch.testing.assert_close(found, nn.Sequential(*rest)(y), rtol=1e-4, atol=1e-5)


def test_a_number_stands_in_a_map_s_place(data):
    with seeded(0):
        model = LeNet("relu")
    with without_maps(model, "act1", 0, value=2.5):
        found = model(data[0][:3])
    y = model.act1(model.conv1(data[0][:3]))
    y[:, 0] = 2.5
    torch.testing.assert_close(found, nn.Sequential(*list(model.children())[2:])(y))


def test_a_value_of_another_shape_is_refused(data):
    model = LeNet()
    message = r"value has shape \(6,\); expected \(6, 28, 28\), one image's output of act1; use mean_maps"
    with pytest.raises(ValueError, match=message), without_maps(model, "act1", 0, value=torch.zeros(6)):
        model(data[0][:1])


def test_means_are_those_of_evaluation_and_change_nothing(data):
    model = ModernLeNet()
    before = copy.deepcopy(model.state_dict())
    mean_maps(model, "act1", data[0])
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.training
    assert not model.act1._forward_hooks
    with pytest.raises(ValueError, match="layer is 'act9'; expected one of 'conv1', 'norm1'"):
        mean_maps(model, "act9", data[0])


def test_each_copy_differs_from_the_image_in_its_own_window_only(randn):
    for (h, w), (kh, kw) in itertools.product([(3, 5), (6, 4)], [(1, 1), (2, 3), (3, 2)]):
        image = randn(h, w)
        copies = covered(image, (kh, kw), value=7.5)
        assert copies.shape == (h - kh + 1, w - kw + 1, h, w)
        for i, j in np.ndindex(copies.shape[:2]):
            window = (slice(i, i + kh), slice(j, j + kw))
            assert (copies[i, j][window] == 7.5).all()
            expected = image.clone()
            expected[window] = 7.5
            assert torch.equal(copies[i, j], expected)


def test_covering_leaves_the_image_as_it_was_and_takes_one_number(randn):
    image = randn(4, 5)
    before = image.clone()
    assert torch.equal(covered(image, 2), covered(image, (2, 2)))
    assert torch.equal(image, before)


def test_covering_says_what_is_wrong():
    message = r"kernel_size is \(3, 1\); expected at most \(2, 2\), the image; use a smaller window"
    with pytest.raises(ValueError, match=message):
        covered(torch.zeros(2, 2), (3, 1))
    with pytest.raises(ValueError, match="image has shape"):
        covered(torch.zeros(1, 2, 2), 1)


def test_occlusion_is_the_probability_lost_when_a_window_is_covered_by_hand(data):
    with seeded(0):
        model = ModernLeNet().eval()
    image, label = data[0][3, 0], 3
    lost = occlusion(model, image, label, kernel_size=5)
    assert lost.shape == (28, 28)
    with torch.no_grad():
        whole = model(image[None, None]).softmax(dim=1)[0, label]
        for i, j in ((0, 0), (13, 9), (27, 20), (14, 27)):
            hidden = image.clone()
            hidden[max(0, i - 2) : i + 3, max(0, j - 2) : j + 3] = 0
            part = model(hidden[None, None]).softmax(dim=1)[0, label]
            assert lost[i, j].item() == pytest.approx((whole - part).item(), abs=1e-6)


def test_occlusion_finds_the_only_pixel_that_counts():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2, bias=False))
    with torch.no_grad():
        model[1].weight.zero_()
        model[1].weight[1, 7] = 5.0  # row 1, column 3 of 3 by 4
    lost = occlusion(model, torch.ones(3, 4), 1, kernel_size=1)
    assert (lost > 0.1).nonzero().tolist() == [[1, 3]]


def test_occlusion_wants_a_window_with_a_middle():
    with pytest.raises(ValueError, match="kernel_size is 4; expected an odd number, which has a middle"):
        occlusion(LeNet(), torch.zeros(28, 28), 0, kernel_size=4)


def test_cosines_ignore_a_kernel_s_length_and_compare_it_with_its_own_partner(randn):
    kernels = randn(5, 2, 3, 3)
    torch.testing.assert_close(kernel_cosines(kernels, 3 * kernels), torch.ones(5).double())
    torch.testing.assert_close(kernel_cosines(kernels, -kernels), -torch.ones(5).double())
    others = randn(5, 2, 3, 3)
    expected = [F.cosine_similarity(a.flatten(), b.flatten(), dim=0) for a, b in zip(kernels, others, strict=True)]
    torch.testing.assert_close(kernel_cosines(kernels, others), torch.stack(expected))


def test_cosines_say_what_is_wrong():
    with pytest.raises(ValueError, match=r"others has shape \(2, 1, 3, 3\); expected \(2, 1, 5, 5\), as kernels"):
        kernel_cosines(torch.zeros(2, 1, 5, 5), torch.zeros(2, 1, 3, 3))
