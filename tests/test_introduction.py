import itertools

import pytest
import torch
import torch.nn.functional as F
from scipy.linalg import circulant
from torch import nn

from cnncourse.data import digits
from cnncourse.images import shift2d
from cnncourse.introduction import (
    average_over_shifts,
    convolution_matrix,
    convolution_parameters,
    fit_scores,
    fully_connected_parameters,
    local_matrix,
    locally_connected_parameters,
    mean_of_strongest,
    slope_share,
    small_network,
)
from cnncourse.training import fit

COUNTS = [fully_connected_parameters, locally_connected_parameters, convolution_parameters]
INK_LEFT = torch.tensor([[1.0, 0, -1]] * 3)
KERNELS = torch.stack([INK_LEFT, -INK_LEFT, INK_LEFT.T, -INK_LEFT.T])[:, None]


def sizes():
    """Rectangular images and kernels, each kernel small enough to fit."""
    every = itertools.product((1, 2, 3, 5, 7), (1, 2, 4, 6), (1, 2, 3, 5), (1, 2, 3, 6))
    return [((h, w), (kh, kw)) for h, w, kh, kw in every if kh <= h and kw <= w]


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def edge_maps(x):
    return F.conv2d(x[:, None], KERNELS).relu()


def share_right(scores, labels):
    return (scores.argmax(dim=1) == labels).float().mean().item()


# --- how many parameters ---------------------------------------------------------------------------------------------


def test_parameters_counted_by_hand():
    # 3x3 image, 2x2 window: 4 outputs; 9 + 1 each, 4 + 1 each, 4 + 1 once
    assert [f(3, 2) for f in COUNTS] == [40, 20, 5]
    assert [f(3, 2, bias=False) for f in COUNTS] == [36, 16, 4]


@pytest.mark.parametrize("bias", [True, False])
def test_parameters_are_those_of_torch_s_layers_over_a_grid(bias):
    cases = sizes()
    assert len(cases) > 120
    for (h, w), (kh, kw) in cases:
        oh, ow = h - kh + 1, w - kw + 1
        dense = nn.Linear(h * w, oh * ow, bias=bias)
        shared = nn.Conv2d(1, 1, (kh, kw), bias=bias)
        windows = F.unfold(torch.zeros(1, 1, h, w), (kh, kw))[0]  # a column for each output: one weight an entry
        assert fully_connected_parameters((h, w), (kh, kw), bias=bias) == count(dense)
        assert locally_connected_parameters((h, w), (kh, kw), bias=bias) == windows.numel() + bias * oh * ow
        assert convolution_parameters((h, w), (kh, kw), bias=bias) == count(shared)


def test_a_thousand_outputs_on_a_photograph_take_820_million_parameters():
    assert count(nn.Linear(3 * 427 * 640, 1000, device="meta")) == 819_841_000
    assert [f((427, 640), 3) for f in COUNTS] == [74_100_143_150, 2_711_500, 10]


@pytest.mark.parametrize("delta", range(6))
def test_locality_leaves_two_delta_plus_one_squared_weights_an_output(delta):
    reached = [d for d in range(-20, 21) if abs(d) <= delta]  # rows, and as many columns
    outputs = (41 - 2 * delta) ** 2
    assert locally_connected_parameters(41, 2 * delta + 1, bias=False) == len(reached) ** 2 * outputs
    assert len(reached) ** 2 == (2 * delta + 1) ** 2 != 4 * delta**2


def test_shared_weights_do_not_grow_with_the_image():
    assert len({convolution_parameters(size, (3, 5)) for size in (5, 50, (427, 640))}) == 1


@pytest.mark.parametrize("count_parameters", COUNTS)
@pytest.mark.parametrize(
    ("size", "kernel_size", "error", "message"),
    [
        ((3, 3), (5, 1), ValueError, r"kernel_size \(5, 1\) does not fit inside size \(3, 3\); pad more"),
        ((3, 0), 1, ValueError, r"size\[1\] is 0; expected at least 1"),
        (3, 0, ValueError, r"kernel_size.* is 0; expected at least 1"),
        (3.0, 1, TypeError, "size is 3.0, a float; expected a whole number"),
        ((3, 3, 3), 1, ValueError, r"size is \(3, 3, 3\), 3 numbers; expected one, or \(vertical, horizontal\)"),
    ],
)
def test_bad_sizes_are_named(count_parameters, size, kernel_size, error, message):
    with pytest.raises(error, match=message):
        count_parameters(size, kernel_size)


# --- layers as matrices ----------------------------------------------------------------------------------------------


def test_matrix_of_a_convolution_worked_by_hand():
    assert convolution_matrix(torch.tensor([[1, 2], [3, 4]]), 3).tolist() == [
        [1, 2, 0, 3, 4, 0, 0, 0, 0],
        [0, 1, 2, 0, 3, 4, 0, 0, 0],
        [0, 0, 0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 1, 2, 0, 3, 4],
    ]


def test_convolution_matrix_equals_torch_over_a_grid(randn):
    cases = sizes()
    assert len(cases) > 120
    for size, kernel_size in cases:
        x, kernel = randn(*size), randn(*kernel_size)
        expected = F.conv2d(x[None, None], kernel[None, None]).flatten()
        matrix = convolution_matrix(kernel, size)
        torch.testing.assert_close(matrix @ x.flatten(), expected, rtol=0, atol=1e-12)
        assert matrix.count_nonzero() == locally_connected_parameters(size, kernel_size, bias=False)
        assert len(matrix[matrix != 0].unique()) == convolution_parameters(size, kernel_size, bias=False)


def test_local_matrix_equals_unfolded_windows_over_a_grid(randn):
    cases = sizes()
    assert len(cases) > 120
    for (h, w), (kh, kw) in cases:
        oh, ow = h - kh + 1, w - kw + 1
        x, weights = randn(h, w), randn(oh, ow, kh, kw)
        windows = F.unfold(x[None, None], (kh, kw))[0]  # (kh kw, oh ow)
        expected = (windows.T * weights.reshape(oh * ow, kh * kw)).sum(dim=1)
        matrix = local_matrix(weights)
        torch.testing.assert_close(matrix @ x.flatten(), expected, rtol=0, atol=1e-12)
        assert len(matrix[matrix != 0].unique()) == locally_connected_parameters((h, w), (kh, kw), bias=False)


def test_matrices_have_the_gradients_of_autograd(randn):
    assert torch.autograd.gradcheck(lambda k: convolution_matrix(k, (4, 5)), randn(2, 3).requires_grad_())
    assert torch.autograd.gradcheck(local_matrix, randn(2, 3, 2, 2).requires_grad_())
    assert torch.autograd.gradcheck(average_over_shifts, randn(4, 4).requires_grad_())


def test_matrices_refuse_a_kernel_that_does_not_fit_as_torch_does():
    for size, kernel in (((3, 3), (4, 1)), ((3, 3), (1, 4)), ((2, 5), (3, 3))):
        with pytest.raises(RuntimeError, match=r"[Kk]ernel size can't be greater than actual input size"):
            F.conv2d(torch.zeros(1, 1, *size), torch.zeros(1, 1, *kernel))
        with pytest.raises(ValueError, match="does not fit inside"):
            convolution_matrix(torch.zeros(kernel), size)


def test_matrices_name_a_wrong_argument():
    with pytest.raises(ValueError, match=r"kernel has shape \(3,\), 1 axes; expected 2, \(kH, kW\)"):
        convolution_matrix(torch.zeros(3), 3)
    with pytest.raises(TypeError, match=r"kernel is of type list; expected a torch.Tensor"):
        convolution_matrix([[1.0]], 3)
    with pytest.raises(ValueError, match=r"weights has shape \(3, 3\), 2 axes; expected 4, \(oh, ow, kH, kW\)"):
        local_matrix(torch.zeros(3, 3))
    with pytest.raises(ValueError, match=r"weights has shape .* which is empty"):
        local_matrix(torch.zeros(0, 1, 1, 1))


def test_two_layers_are_one_matrix_unless_relu_stands_between(randn):
    first, second = convolution_matrix(randn(3, 3), 6), convolution_matrix(randn(3, 3), 4)
    x = randn(36)
    torch.testing.assert_close(second @ (first @ x), (second @ first) @ x, rtol=0, atol=1e-12)
    # linear means f(-x) = -f(x), which no matrix can escape
    assert not torch.allclose(second @ (first @ -x).relu(), -(second @ (first @ x).relu()))


# --- sharing follows from equivariance -------------------------------------------------------------------------------


def test_average_over_shifts_worked_by_hand():
    # diagonals of a ring of two: (1, 4) and (2, 3)
    assert average_over_shifts(torch.tensor([[1.0, 2], [3, 4]])).tolist() == [[2.5, 2.5], [2.5, 2.5]]
    assert average_over_shifts(torch.tensor([[1.0, 0], [0, 3]])).tolist() == [[2, 0], [0, 2]]


@pytest.mark.parametrize("n", range(1, 10))
def test_a_layer_averaged_over_shifts_is_circulant_and_commutes_with_them(n, randn):
    matrix, x = randn(n, n), randn(n)
    fair = average_over_shifts(matrix)
    torch.testing.assert_close(fair, torch.from_numpy(circulant(fair[:, 0])), rtol=0, atol=1e-12)
    for shift in range(n):
        torch.testing.assert_close(fair @ x.roll(shift), (fair @ x).roll(shift), rtol=0, atol=1e-12)
    torch.testing.assert_close(average_over_shifts(fair), fair, rtol=0, atol=1e-12)  # the wish is granted already
    if n > 1:
        assert not torch.allclose(matrix @ x.roll(1), (matrix @ x).roll(1))


def test_the_average_is_the_nearest_layer_that_commutes(randn):
    matrix = randn(6, 6)
    fair = average_over_shifts(matrix)
    for _ in range(20):
        other = torch.from_numpy(circulant(randn(6)))
        assert (matrix - fair).norm() < (matrix - other).norm()


def test_an_averaged_layer_is_a_convolution_on_the_ring(randn):
    fair, x = average_over_shifts(randn(7, 7)), randn(7)
    ring = torch.cat([x, x[:-1]])[None, None]  # row 0 is the kernel: output i reads x[i], x[i + 1], ...
    torch.testing.assert_close(fair @ x, F.conv1d(ring, fair[None, :1])[0, 0], rtol=0, atol=1e-12)


def test_average_over_shifts_names_a_wrong_argument():
    with pytest.raises(ValueError, match=r"matrix has shape \(2, 3\); expected \(2, 2\)"):
        average_over_shifts(torch.zeros(2, 3))
    with pytest.raises(TypeError, match=r"matrix has dtype torch.int64"):
        average_over_shifts(torch.zeros(2, 2).long())


# --- equivariant, not invariant --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("down", "right"), [(0, 1), (2, 0), (-3, 2), (4, -4)])
def test_convolution_moves_with_a_framed_digit(down, right):
    framed = F.pad(digits()[0], (6, 6, 6, 6))
    before, after = edge_maps(framed), edge_maps(shift2d(framed, down=down, right=right))
    assert torch.equal(after, shift2d(before, down=down, right=right))
    assert not torch.equal(after, before)


@pytest.mark.parametrize(
    ("down", "right", "row", "column"), [(0, 1, None, 0), (0, -1, None, 5), (1, 0, 0, None), (-1, 0, 5, None)]
)
def test_without_a_frame_the_border_breaks_equivariance_in_one_row_or_column(down, right, row, column):
    images, _ = digits()
    before = F.conv2d(images[:, None], KERNELS)
    after = F.conv2d(shift2d(images, down=down, right=right)[:, None], KERNELS)
    wrong = (after != shift2d(before, down=down, right=right)).any(dim=0).any(dim=0)
    expected = torch.zeros(6, 6, dtype=torch.bool)
    expected[slice(None) if row is None else row, slice(None) if column is None else column] = True
    assert torch.equal(wrong, expected)


@pytest.mark.parametrize(("down", "right"), [(0, 1), (0, -1), (1, 0), (-1, 0)])
def test_the_answer_is_not_invariant_in_any_direction(down, right):
    images, labels = digits()
    framed = F.pad(images, (4, 4, 4, 4))

    def features(by):
        return F.max_pool2d(edge_maps(shift2d(framed, down=by * down, right=by * right)), 2).flatten(1)

    scores = fit_scores(features(0)[:1400], labels[:1400])
    right_answers = [share_right(scores(features(by))[1400:], labels[1400:]) for by in (0, 1, 2)]
    assert right_answers[0] > 0.88
    assert 0.4 < right_answers[1] < 0.8
    assert right_answers[2] < 0.22


# --- scores, learned and fitted --------------------------------------------------------------------------------------


def test_fitted_scores_solve_the_normal_equations(randn):
    features, labels = randn(40, 5), torch.arange(40) % 3
    layer = fit_scores(features, labels, ridge=0.1)
    rows, wanted = F.pad(features, (0, 1), value=1), F.one_hot(labels).double()
    weights = torch.cat([layer.weight, layer.bias[:, None]], dim=1).T
    torch.testing.assert_close(rows.T @ (rows @ weights - wanted) + 0.1 * weights, torch.zeros(6, 3).double())
    by_lstsq = torch.linalg.lstsq(
        torch.cat([rows, 0.1**0.5 * torch.eye(6).double()]), torch.cat([wanted, torch.zeros(6, 3).double()])
    ).solution
    torch.testing.assert_close(weights, by_lstsq, rtol=0, atol=1e-12)
    by_default = fit_scores(features, labels)
    assert torch.equal(by_default.weight, fit_scores(features, labels, ridge=0.001).weight)
    assert not any(parameter.requires_grad for parameter in by_default.parameters())  # it is the best one already


def test_a_convolution_alone_adds_nothing_to_the_pixels_and_relu_does():
    images, labels = digits()
    convolved = F.conv2d(images[:, None], KERNELS)
    kept = [images, convolved, convolved.relu(), F.max_pool2d(convolved.relu(), 2)]
    pixels, alone, rectified, pooled = (
        share_right(fit_scores(rows[:1400], labels[:1400])(rows)[1400:], labels[1400:])
        for rows in (part.flatten(1) for part in kept)
    )
    assert abs(alone - pixels) < 0.015
    assert rectified > pooled > pixels + 0.03
    assert 0.88 < pooled < 0.92


def test_fit_scores_names_a_wrong_argument():
    rows, labels = torch.ones(4, 2), torch.arange(4) % 2
    with pytest.raises(ValueError, match="labels has 3 entries; expected 4, one for each picture"):
        fit_scores(rows, labels[:3])
    with pytest.raises(TypeError, match=r"labels has dtype torch.float32; expected an integer dtype"):
        fit_scores(rows, labels.float())
    with pytest.raises(TypeError, match=r"features has dtype torch.int64"):
        fit_scores(rows.long(), labels)
    with pytest.raises(ValueError, match="labels holds -1; expected classes counted from 0"):
        fit_scores(rows, labels - 1)
    with pytest.raises(ValueError, match="ridge is 0; expected more than 0"):
        fit_scores(rows, labels, ridge=0)


def test_small_network_has_994_parameters_and_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = small_network(0), small_network(0), small_network(1)
    fit_scores(torch.rand(4, 2, generator=torch.Generator().manual_seed(0)), torch.arange(4))
    assert torch.equal(torch.rand(3), expected)
    assert count(first) == 994 == 8 * 9 + 8 + 8 * 8 * 9 + 8 + 32 * 10 + 10
    kinds = [nn.Conv2d, nn.ReLU, nn.Conv2d, nn.ReLU, nn.MaxPool2d, nn.Flatten, nn.Linear]
    assert [type(layer) for layer in first] == kinds
    assert torch.equal(first[0].weight, again[0].weight)
    assert not torch.equal(first[0].weight, other[0].weight)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_learned_kernels_beat_random_ones(seed):
    images, labels = digits()
    network, pictures = small_network(seed), images[:, None]
    with torch.no_grad():
        features = network[:-1](pictures)
    random = share_right(fit_scores(features[:1400], labels[:1400])(features)[1400:], labels[1400:])
    seen = pictures[:1400], labels[:1400]
    losses = fit(network, seen, seen, epochs=40, lr=0.003, batch_size=64, progress=False).train_loss
    with torch.no_grad():
        learned = share_right(network(pictures[1400:]), labels[1400:])
    assert losses[0] > 2 > 0.3 > losses[-1]  # an untrained network's loss is near ln 10 = 2.3
    assert learned > 0.85
    assert learned > random + 0.05


def test_small_network_names_a_wrong_seed():
    with pytest.raises(ValueError, match="seed is -1"):
        small_network(-1)


# --- edges, then parts -----------------------------------------------------------------------------------------------


def test_a_second_layer_finds_the_corner_where_two_edges_meet():
    square = torch.zeros(12, 12)
    square[3:9, 3:9] = 1
    upper = torch.tensor([[-1.0, -1], [1, 1]]) / 2
    edges = F.conv2d(square[None, None], torch.stack([upper, upper.T])[:, None]).relu()
    corner = torch.zeros(1, 2, 3, 3)
    corner[0, 0, 0, 1:] = corner[0, 1, 1:, 0] = 1
    for turns in range(4):  # the square has four corners, and looks the same after each turn
        part = F.conv2d(edges, corner.rot90(turns, (2, 3)), bias=torch.tensor([-3.0])).relu()
        assert part.count_nonzero() == (turns == 0)
    assert F.conv2d(edges, corner, bias=torch.tensor([-3.0]))[0, 0, 2, 2] == 1  # the window's corner is the square's


def test_the_strongest_windows_are_averaged():
    images = torch.tensor([[[0.0, 1, 5, 5]], [[7, 2, 4, 1]]])
    maps = images.diff(dim=2)  # right minus left: 1, 4, 0 and -5, 2, -3
    assert mean_of_strongest(images, maps, count=1).tolist() == [[1, 5]]
    assert mean_of_strongest(images, maps, count=2).tolist() == [[1.5, 4.5]]
    assert mean_of_strongest(images, maps, count=6).shape == (1, 2)
    assert mean_of_strongest(images, images, count=2).tolist() == [[6]]  # windows of one cell: 7 and a 5


def test_a_hundred_windows_are_averaged_by_default():
    cells = torch.arange(200.0).reshape(2, 10, 10)
    assert mean_of_strongest(cells, cells).tolist() == [[149.5]]  # 100 to 199


def test_a_kernel_s_strongest_window_in_noise_resembles_the_kernel(randn):
    images, kernel = randn(50, 9, 9), randn(3, 3)
    portrait = mean_of_strongest(images, F.conv2d(images[:, None], kernel[None, None])[:, 0])
    assert torch.corrcoef(torch.stack([portrait.flatten(), kernel.flatten()]))[0, 1] > 0.95


def test_mean_of_strongest_names_a_wrong_argument():
    images, maps = torch.zeros(2, 5, 5), torch.zeros(2, 3, 3)
    with pytest.raises(ValueError, match="count is 19; expected at most 18, the number of windows"):
        mean_of_strongest(images, maps, count=19)
    with pytest.raises(
        ValueError, match=r"maps has shape \(1, 3, 3\) and images \(2, 5, 5\); expected one map an image"
    ):
        mean_of_strongest(images, maps[:1], count=1)
    for larger in (torch.zeros(2, 6, 3), torch.zeros(2, 3, 6)):
        with pytest.raises(ValueError, match="no larger than it"):
            mean_of_strongest(images, larger, count=1)
    with pytest.raises(TypeError, match=r"images has dtype torch.int64"):
        mean_of_strongest(images.long(), maps, count=1)


def test_slope_share_is_what_a_regression_on_row_and_column_explains(randn):
    windows = randn(20, 3, 3)
    i, j = torch.meshgrid(torch.arange(3.0), torch.arange(3.0), indexing="ij")
    plane = torch.stack([torch.ones(9), i.flatten(), j.flatten()], dim=1).double()
    for window, found in zip(windows.flatten(1), slope_share(windows), strict=True):
        rest = window - plane @ torch.linalg.lstsq(plane, window[:, None]).solution[:, 0]
        explained = 1 - rest.square().sum() / (window - window.mean()).square().sum()
        torch.testing.assert_close(found, explained)


def test_slope_share_worked_by_hand_at_every_angle():
    slope, step = torch.tensor([[0.0, 1, 2]] * 3), torch.tensor([[0.0, 0, 1]] * 3)
    spot, line = torch.zeros(3, 3), torch.tensor([[0.0, 1, 0]] * 3)
    spot[1, 1] = 1
    for turns in range(4):
        windows = torch.stack([part.rot90(turns) for part in (slope, slope + slope.T, step, spot, line)])
        torch.testing.assert_close(slope_share(windows), torch.tensor([1, 1, 0.75, 0, 0]))


def test_slope_share_names_a_wrong_argument():
    with pytest.raises(ValueError, match=r"windows has shape \(2, 3, 4\); expected \(2, 3, 3\); cut windows of 3x3"):
        slope_share(torch.zeros(2, 3, 4))
    with pytest.raises(ValueError, match="windows holds one that is even; expected some contrast in each"):
        slope_share(torch.ones(1, 3, 3))
    with pytest.raises(TypeError, match=r"windows has dtype torch\.int64"):
        slope_share(torch.zeros(1, 3, 3).long())
