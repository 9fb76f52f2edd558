import itertools

import pytest
import torch
import torch.nn.functional as F
from scipy import signal
from torch.utils.flop_counter import FlopCounterMode

from cnncourse.channels import ConvCost, conv1x1, conv2d, conv2d_cost, corr2d_multi_in, corr2d_multi_in_out, ungroup
from cnncourse.figures.trace import trace_corr2d, trace_corr2d_multi_in
from cnncourse.images import photograph, to_gray
from cnncourse.shapes import output_shape

X = torch.tensor([[[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[1, 0, 2], [0, 3, 1], [2, 1, 0]]])
KERNEL = torch.tensor([[[0, 1], [2, 3]], [[1, -1], [0, 2]]])
ONES = torch.ones
DTYPES = [
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
]


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def layers():
    """Settings of layers: (N, C_in, C_out, groups, size, kernel, stride, padding, dilation, bias); the kernels fit."""
    channels = [(1, 1, 1), (3, 2, 1), (2, 5, 1), (4, 6, 2), (6, 3, 3), (4, 4, 4), (3, 6, 3)]
    kernels = [(1, 1), (3, 2), (2, 3), (1, 4)]
    strides, paddings, dilations = [(1, 1), (2, 1), (2, 3)], [(0, 0), (1, 0), (1, 2)], [(1, 1), (2, 1), (1, 3)]
    every = itertools.product(channels, kernels, strides, paddings, dilations)
    sizes = itertools.cycle([(5, 9), (7, 6), (6, 6)])  # 3 and 2 and 5 share no factor: each meets each
    batches, biases = itertools.cycle([1, 2]), itertools.cycle([True, False, False, True, False])
    found = []
    for ((c_in, c_out, groups), *rest), size, n, bias in zip(every, sizes, batches, biases, strict=False):
        kernel, stride, padding, dilation = rest
        room = (side + 2 * p - d * (k - 1) for side, k, p, d in zip(size, kernel, padding, dilation, strict=True))
        if min(room) >= 1:
            found.append((n, c_in, c_out, groups, size, kernel, stride, padding, dilation, bias))
    return found


def test_two_input_channels_worked_by_hand():
    # 0*0 + 1*1 + 3*2 + 4*3 = 19, 1*1 + 0*(-1) + 0*0 + 3*2 = 7, and 19 + 7 = 26
    assert corr2d_multi_in(X, KERNEL).tolist() == [[26, 25], [36, 45]]
    assert trace_corr2d_multi_in(X, KERNEL).output == ((26, 25), (36, 45))


def test_two_output_channels_worked_by_hand():
    bank = torch.stack([KERNEL, KERNEL.flip(0)])
    # the flipped kernel, upper left: [[0,1],[3,4]] with [[1,-1],[0,2]] is 7; [[1,0],[0,3]] with [[0,1],[2,3]] is 9
    assert corr2d_multi_in_out(X, bank)[0].tolist() == [[26, 25], [36, 45]]
    assert corr2d_multi_in_out(X, bank)[1, 0, 0] == 16


def test_a_kernel_of_one_cell_mixes_the_channels_of_one_pixel():
    weight = torch.tensor([[1, 10], [1, -1], [0, 2]])[:, :, None, None]
    y = conv1x1(X, weight)
    assert y.shape == (3, 3, 3)
    assert y[:, 2, 0].tolist() == [6 + 20, 6 - 2, 4]


def test_simple_operations_equal_torch_and_scipy_over_a_grid(randn):
    cases = list(itertools.product((1, 2, 3), (1, 2, 4), (4, 5), (4, 7), (1, 2, 4), (1, 3)))
    assert len(cases) >= 200
    for c_in, c_out, h, w, kh, kw in cases:
        x, weight = randn(c_in, h, w), randn(c_out, c_in, kh, kw)
        close(corr2d_multi_in_out(x, weight), F.conv2d(x[None], weight)[0])
        close(corr2d_multi_in(x, weight[0]), F.conv2d(x[None], weight[:1])[0, 0])
        by_scipy = signal.correlate(x, weight[0], "valid")[0]  # three axes at once; the channels' has one position
        close(corr2d_multi_in(x, weight[0]), torch.from_numpy(by_scipy))
        close(conv1x1(x, weight[:, :, :1, :1]), F.conv2d(x[None], weight[:, :, :1, :1])[0])


def test_layer_equals_torch_in_values_and_gradients_over_a_grid(randn):
    cases = layers()
    assert len(cases) > 600
    assert len({case[-1] for case in cases}) == len({case[0] for case in cases}) == 2
    for n, c_in, c_out, groups, size, kernel, stride, padding, dilation, has_bias in cases:
        inputs = [randn(n, c_in, *size), randn(c_out, c_in // groups, *kernel), *([randn(c_out)] if has_bias else [])]
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        ours = [t.clone().requires_grad_() for t in inputs]
        theirs = [t.clone().requires_grad_() for t in inputs]
        y, expected = conv2d(*ours, **settings), F.conv2d(*theirs, **settings)
        close(y, expected)
        assert y.shape[2:] == output_shape(size, kernel, stride=stride, padding=padding, dilation=dilation)
        upstream = randn(*y.shape)
        gradients = torch.autograd.grad(y, ours, upstream), torch.autograd.grad(expected, theirs, upstream)
        for found, wanted in zip(*gradients, strict=True):
            close(found, wanted)


def test_padding_may_differ_on_all_four_sides(randn):
    x, weight, bias = randn(2, 3, 4, 5), randn(2, 3, 3, 2), randn(2)
    cases = list(itertools.product((0, 1, 3), repeat=4))
    for top, bottom, left, right in cases:
        expected = F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, stride=(1, 2))
        close(conv2d(x, weight, bias, stride=(1, 2), padding=(top, bottom, left, right)), expected)
    assert len(cases) == 81


def test_gradients_are_those_of_finite_differences(randn):
    x, weight, bias = (t.requires_grad_() for t in (randn(2, 4, 5, 4), randn(4, 2, 2, 3), randn(4)))
    settings = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
    assert torch.autograd.gradcheck(lambda *inputs: conv2d(*inputs, **settings), (x, weight, bias))
    image, bank = randn(2, 4, 4).requires_grad_(), randn(3, 2, 2, 2).requires_grad_()
    assert torch.autograd.gradcheck(corr2d_multi_in_out, (image, bank))
    assert torch.autograd.gradcheck(corr2d_multi_in, (image, randn(2, 2, 2).requires_grad_()))
    assert torch.autograd.gradcheck(conv1x1, (image, randn(3, 2, 1, 1).requires_grad_()))
    assert torch.autograd.gradcheck(lambda w: ungroup(w, 3), (randn(3, 1, 2, 2).requires_grad_(),))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_float_and_integer_dtype_is_kept(dtype):
    x = torch.arange(200).reshape(2, 4, 5, 5).remainder(3)
    weight, bias = torch.arange(72).reshape(4, 2, 3, 3).remainder(4), torch.arange(4)
    y = conv2d(x.to(dtype), weight.to(dtype), bias.to(dtype), groups=2, padding=1)
    assert y.dtype == dtype
    assert y.tolist() == F.conv2d(x, weight, bias, groups=2, padding=1).tolist()
    for operation, kernels in [(corr2d_multi_in, KERNEL), (corr2d_multi_in_out, KERNEL[None])]:
        y = operation(X.to(dtype), kernels.abs().to(dtype))
        assert y.dtype == dtype
        assert y.tolist() == operation(X, kernels.abs()).tolist()
    assert conv1x1(X.to(dtype), ONES(1, 2, 1, 1, dtype=dtype)).dtype == dtype


def test_arguments_are_not_changed(randn):
    tensors = randn(2, 4, 5, 5), randn(4, 4, 1, 1), randn(4)
    before = [t.clone() for t in tensors]
    conv2d(*tensors, padding=1)
    conv1x1(tensors[0][0], tensors[1])
    corr2d_multi_in_out(tensors[0][0], tensors[1])
    assert all(map(torch.equal, tensors, before))


def test_strided_views_are_read_correctly(randn):
    x, weight = randn(6, 7, 2, 3).permute(2, 3, 1, 0), randn(3, 2, 3, 4).permute(3, 1, 2, 0)[:, [0, 1, 0]]
    close(conv2d(x[..., ::2], weight[..., :1]), F.conv2d(x[..., ::2], weight[..., :1]))


# Each case: the positional arguments, the settings, the error, its message. Torch refuses every one of them as well.
REFUSED = [
    (
        (ONES(1, 3, 8, 8), ONES(4, 2, 3, 3)),
        {},
        ValueError,
        r"weight \(4, 2, 3, 3\) has 2 planes a kernel and x .* has 3",
    ),
    ((ONES(1, 3, 8, 8), ONES(4, 2, 3, 3)), {}, ValueError, r"use a weight of shape \(4, 3, 3, 3\), or other groups"),
    (
        (ONES(1, 4, 8, 8), ONES(6, 4, 3, 3)),
        {"groups": 2},
        ValueError,
        r"in 2 groups; expected C_in / groups = 2 planes",
    ),
    (
        (ONES(1, 4, 8, 8), ONES(6, 2, 3, 3)),
        {"groups": 3},
        ValueError,
        r"groups is 3; expected a divisor of C_in = 4 and",
    ),
    ((ONES(1, 4, 8, 8), ONES(6, 1, 3, 3)), {"groups": 4}, ValueError, r"of C_out = 6; use one of 1, 2$"),
    ((ONES(1, 4, 8, 8), ONES(6, 4, 3, 3)), {"groups": 0}, ValueError, r"groups is 0; expected at least 1"),
    (
        (ONES(1, 1, 8, 8), ONES(4, 1, 3, 3), ONES(3)),
        {},
        ValueError,
        r"\(3,\); expected \(4,\); use one number for each",
    ),
    (
        (ONES(1, 1, 8, 8), ONES(4, 1, 3, 3), ONES(1)),
        {},
        ValueError,
        r"\(1,\); expected \(4,\); use one number for each",
    ),
    (
        (ONES(1, 1, 8, 8), ONES(4, 1, 3, 3), ONES(4, 1)),
        {},
        ValueError,
        r"expected \(4,\); use bias.flatten\(\)$",
    ),
    (
        (ONES(1, 1, 3, 9), ONES(1, 1, 4, 1)),
        {},
        ValueError,
        r"weight's kernel \(4, 1\) does not fit inside x \(3, 9\);",
    ),
    ((ONES(1, 1, 3, 9), ONES(1, 1, 3, 3)), {"dilation": 2}, ValueError, r"\(3, 3\), \(5, 5\) with its gaps, does not"),
    (
        (ONES(1, 1, 3, 3), ONES(1, 1, 6, 1)),
        {"padding": 1},
        ValueError,
        r"x \(3, 3\), \(5, 5\) with padding; pad more or use",
    ),
    (
        (ONES(1, 1, 3, 3), ONES(1, 1, 2, 2).double()),
        {},
        TypeError,
        r"weight has dtype torch.float64 and x has torch.flo",
    ),
    (
        (ONES(1, 1, 3, 3), ONES(1, 1, 2, 2), ONES(1).long()),
        {},
        TypeError,
        r"bias has dtype torch.int64 and x has torch.f",
    ),
    ((ONES(3, 3), ONES(1, 1, 2, 2)), {}, ValueError, r"x has shape \(3, 3\), 2 axes; expected 4, \(N, C_in, H, W\)"),
    (
        (ONES(1, 1, 3, 3), ONES(2, 2)),
        {},
        ValueError,
        r"weight has shape \(2, 2\), 2 axes; expected 4, \(C_out, C_in / g",
    ),
    ((ONES(1, 1, 3, 3), [[[[1.0]]]]), {}, TypeError, r"weight is of type list; expected a torch.Tensor"),
    ((ONES(1, 1, 3, 3), ONES(1, 1, 0, 2)), {}, ValueError, r"weight has shape \(1, 1, 0, 2\), which is empty"),
    ((ONES(1, 1, 3, 3), ONES(1, 1, 2, 2)), {"stride": 0}, ValueError, r"stride is 0; expected at least 1"),
    ((ONES(1, 1, 3, 3), ONES(1, 1, 2, 2)), {"stride": (1, 1, 1)}, ValueError, r"stride is \(1, 1, 1\), 3 numbers"),
    ((ONES(1, 1, 3, 3), ONES(1, 1, 2, 2)), {"dilation": 0}, ValueError, r"dilation is 0; expected at least 1"),
    ((ONES(1, 1, 3, 3), ONES(1, 1, 2, 2)), {"padding": -1}, ValueError, r"padding is -1; expected at least 0"),
    (
        (ONES(1, 1, 3, 3), ONES(1, 1, 2, 2)),
        {"padding": 0.5},
        TypeError,
        r"padding is 0.5, a float; expected a whole numb",
    ),
]


@pytest.mark.parametrize(("tensors", "settings", "error", "message"), REFUSED)
def test_what_torch_refuses_is_refused_with_a_remedy(tensors, settings, error, message):
    with pytest.raises((RuntimeError, TypeError, ValueError)):
        F.conv2d(*tensors, **settings)
    with pytest.raises(error, match=message):
        conv2d(*tensors, **settings)


def test_two_devices_are_refused():
    # beside a real device torch lets the meta device pass, so this case cannot be checked side by side here
    with pytest.raises(ValueError, match=r"weight is on device meta and x on cpu; expected one device; use weight.to"):
        conv2d(ONES(1, 1, 3, 3), ONES(1, 1, 2, 2, device="meta"))


@pytest.mark.parametrize(
    ("operation", "tensors", "error", "message"),
    [
        (
            corr2d_multi_in,
            (ONES(3, 4, 4), ONES(2, 2, 2)),
            ValueError,
            r"kernel \(2, 2, 2\) has 2 planes a kernel and x \(3",
        ),
        (corr2d_multi_in, (ONES(3, 4, 4), ONES(2, 2, 2)), ValueError, r"use a kernel of shape \(3, 2, 2\)$"),
        (
            corr2d_multi_in,
            (ONES(4, 4), ONES(1, 2, 2)),
            ValueError,
            r"x has shape \(4, 4\), 2 axes; expected 3, \(C_in, H",
        ),
        (
            corr2d_multi_in,
            (ONES(1, 4, 4), ONES(1, 5, 2)),
            ValueError,
            r"kernel \(5, 2\) does not fit inside x \(4, 4\); pad x",
        ),
        (
            corr2d_multi_in,
            (ONES(1, 4, 4), ONES(1, 2, 2).int()),
            TypeError,
            r"kernel has dtype torch.int32 and x has torc",
        ),
        (corr2d_multi_in_out, (ONES(3, 4, 4), ONES(7, 2, 2, 2)), ValueError, r"use a weight of shape \(7, 3, 2, 2\)$"),
        (
            corr2d_multi_in_out,
            (ONES(1, 4, 4), ONES(7, 1, 2, 5)),
            ValueError,
            r"weight's kernel \(2, 5\) does not fit inside x",
        ),
        (
            corr2d_multi_in_out,
            (ONES(1, 4, 4), ONES(1, 2, 2)),
            ValueError,
            r"weight has shape \(1, 2, 2\), 3 axes; expecte",
        ),
        (
            conv1x1,
            (ONES(3, 4, 4), ONES(7, 3, 1, 2)),
            ValueError,
            r"expected \(C_out, C_in, 1, 1\); use corr2d_multi_in",
        ),
        (conv1x1, (ONES(3, 4, 4), ONES(7, 2, 1, 1)), ValueError, r"use a weight of shape \(7, 3, 1, 1\)$"),
        (
            conv1x1,
            (ONES(1, 3, 4, 4), ONES(7, 3, 1, 1)),
            ValueError,
            r"x has shape \(1, 3, 4, 4\), 4 axes; expected 3",
        ),
        (ungroup, (ONES(4, 2, 1, 1), 3), ValueError, r"groups is 3; expected a divisor of C_in = 6 and of C_out = 4"),
    ],
)
def test_bad_arguments_are_named(operation, tensors, error, message):
    with pytest.raises(error, match=message):
        operation(*tensors)


def test_order_of_channels_means_nothing_if_the_kernel_follows(randn):
    x, weight, order = randn(2, 5, 6, 6), randn(3, 5, 3, 3), torch.tensor([3, 0, 4, 2, 1])
    close(conv2d(x[:, order], weight[:, order]), conv2d(x, weight))
    assert not torch.allclose(conv2d(x[:, order], weight), conv2d(x, weight))


def test_a_kernel_of_one_cell_is_a_linear_layer_on_every_pixel(randn):
    x, weight = randn(3, 4, 5), randn(2, 3, 1, 1)
    linear = F.linear(x.permute(1, 2, 0), weight[:, :, 0, 0])  # (H, W, C_in) -> (H, W, C_out)
    close(conv1x1(x, weight), linear.permute(2, 0, 1))
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    shuffled = conv1x1(x.reshape(3, 20)[:, order].reshape(3, 4, 5), weight)
    close(shuffled.reshape(2, 20), conv1x1(x, weight).reshape(2, 20)[:, order])  # it looks at no neighbour


def test_grey_is_a_kernel_of_one_cell():
    photo = photograph("china")
    weight = torch.tensor([0.299, 0.587, 0.114]).reshape(1, 3, 1, 1)
    torch.testing.assert_close(conv1x1(photo, weight)[0], to_gray(photo), rtol=0, atol=1e-6)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_groups_are_layers_side_by_side_and_an_ordinary_layer_with_zeros(groups, randn):
    x, weight = randn(2, 4, 5, 5), randn(8, 4 // groups, 3, 3)
    together = conv2d(x, weight, groups=groups)
    side_by_side = [conv2d(*pair) for pair in zip(x.chunk(groups, 1), weight.chunk(groups, 0), strict=True)]
    close(together, torch.cat(side_by_side, dim=1))
    full = ungroup(weight, groups)
    assert full.shape == (8, 4, 3, 3)
    assert (full == 0).float().mean().item() == 1 - 1 / groups
    close(together, conv2d(x, full))


def test_a_separable_pair_is_an_ordinary_layer_whose_planes_share_one_pattern_a_channel(randn):
    x, depthwise, pointwise = randn(2, 3, 6, 6), randn(3, 1, 3, 3), randn(5, 3, 1, 1)
    pair = conv2d(conv2d(x, depthwise, padding=1, groups=3), pointwise)
    product = pointwise * depthwise[:, 0]  # (5, 3, 1, 1) * (3, 3, 3) -> (5, 3, 3, 3)
    close(pair, conv2d(x, product, padding=1))
    ranks = [torch.linalg.matrix_rank(product[:, c].reshape(5, 9)).item() for c in range(3)]
    assert ranks == [1, 1, 1]


def test_cost_equals_what_torch_allocates_and_counts_over_a_grid():
    cases = layers()[::4]
    assert len(cases) > 150
    for _, c_in, c_out, groups, size, kernel, stride, padding, dilation, bias in cases:
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "bias": bias}
        cost = conv2d_cost(size, c_in, c_out, kernel, **settings)
        layer = torch.nn.Conv2d(c_in, c_out, kernel, **settings, device="meta")
        assert cost.parameters == sum(p.numel() for p in layer.parameters())
        with FlopCounterMode(display=False) as counter:
            layer(torch.empty(1, c_in, *size, device="meta"))
        assert 2 * cost.multiply_adds == counter.get_total_flops()  # torch counts product and sum apart


def test_cost_equals_the_products_that_traces_form():
    settings = {"stride": (2, 1), "padding": (1, 2, 0, 3), "dilation": (1, 2)}
    one_plane = trace_corr2d([[0] * 5] * 6, [[0] * 2] * 3, **settings).multiply_adds
    cost = conv2d_cost((6, 5), 4, 6, (3, 2), groups=2, bias=False, **settings)
    assert cost == ConvCost(6 * 2 * 3 * 2, 6 * 2 * one_plane)
    assert trace_corr2d_multi_in(X, KERNEL).multiply_adds == conv2d_cost((3, 3), 2, 1, 2).multiply_adds == 32


def test_lenet_costs_what_its_layers_cost():
    # a fully connected layer is a kernel as large as what it reads
    layers = [
        conv2d_cost((28, 28), 1, 6, 5, padding=2),
        conv2d_cost((14, 14), 6, 16, 5),
        conv2d_cost((5, 5), 16, 120, 5),
        conv2d_cost((1, 1), 120, 84, 1),
        conv2d_cost((1, 1), 84, 10, 1),
    ]
    assert sum(layers, ConvCost(0, 0)) == ConvCost(61_706, 416_520)


def test_separable_pair_saves_by_the_known_ratio():
    full = conv2d_cost((32, 32), 64, 128, 3, padding=1, bias=False)
    depthwise = conv2d_cost((32, 32), 64, 64, 3, padding=1, groups=64, bias=False)
    pair = depthwise + conv2d_cost((32, 32), 64, 128, 1, bias=False)
    assert pair.multiply_adds / full.multiply_adds == pytest.approx(1 / 128 + 1 / 9)
    assert pair.parameters / full.parameters == pytest.approx(1 / 128 + 1 / 9)


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "message"),
    [
        (((8, 8), 4, 6, 3), {"groups": 4}, ValueError, r"groups is 4; expected a divisor of C_in = 4 and of C_out = 6"),
        (((8, 8), 0, 6, 3), {}, ValueError, r"c_in is 0; expected at least 1"),
        (((8, 8), 4, 6, 9), {}, ValueError, r"kernel_size \(9, 9\) does not fit inside size \(8, 8\)"),
        (((8, 8), 4, 6.0, 3), {}, TypeError, r"c_out is 6.0, a float"),
        (((8, 8, 8), 4, 6, 3), {}, ValueError, r"size is \(8, 8, 8\), 3 numbers"),
    ],
)
def test_cost_refuses_impossible_layers(arguments, settings, error, message):
    with pytest.raises(error, match=message):
        conv2d_cost(*arguments, **settings)


def test_a_cost_adds_up_with_costs_alone():
    assert ConvCost(1, 2) + ConvCost(3, 4) == ConvCost(4, 6)
    with pytest.raises(TypeError, match="unsupported operand"):
        ConvCost(1, 2) + 3
