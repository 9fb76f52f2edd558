import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import signal
from torch import nn

from cnncourse.cross_correlation import convolve2d, corr2d, corr2d_vectorized
from cnncourse.figures.trace import trace_corr2d
from cnncourse.padding import four_sides, pad2d, same_padding
from cnncourse.shapes import output_size

FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
INTEGERS = [
    torch.uint8,
    torch.uint16,
    torch.uint32,
    torch.uint64,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
]
SIDES = list(itertools.product((0, 1, 3), (0, 2), (0, 1, 2), (0, 1, 4)))  # (top, bottom, left, right)
EVEN_KERNEL_WARNING = "ignore:Using padding='same' with even kernel lengths:UserWarning"


def torch_order(sides):
    """F.pad wants (left, right, top, bottom): the last axis first."""
    top, bottom, left, right = sides
    return left, right, top, bottom


def test_padding_worked_by_hand():
    x = torch.tensor([[1, 2], [3, 4]])
    assert pad2d(x, 1).tolist() == [[0, 0, 0, 0], [0, 1, 2, 0], [0, 3, 4, 0], [0, 0, 0, 0]]
    assert pad2d(x, (0, 1), value=9).tolist() == [[9, 1, 2, 9], [9, 3, 4, 9]]
    assert pad2d(x, (2, 0, 0, 1)).tolist() == [[0, 0, 0], [0, 0, 0], [1, 2, 0], [3, 4, 0]]


def test_padded_correlation_worked_by_hand():
    x, kernel = torch.arange(9).reshape(3, 3), torch.arange(4).reshape(2, 2)
    # upper right: 0*0 + 0*1 + 2*2 + 0*3 = 4; lower left: 0*0 + 6*1 + 0*2 + 0*3 = 6
    wanted = [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    assert corr2d(pad2d(x, 1), kernel).tolist() == wanted
    assert trace_corr2d(x, kernel, padding=1).output == tuple(map(tuple, wanted))


def test_padding_equals_torch_over_a_grid(randn):
    shapes = [(1, 1), (4, 3), (2, 3, 5), (2, 1, 3, 2), (1, 2, 1, 2, 2)]
    cases = list(itertools.product(shapes, SIDES, (0.0, -1.5, -math.inf)))
    assert len(cases) > 800
    for shape, sides, value in cases:
        x = randn(*shape)
        assert torch.equal(pad2d(x, sides, value=value), F.pad(x, torch_order(sides), value=value))


def test_one_number_two_or_four_mean_the_same_sides_as_in_the_trace():
    for padding, sides in ((2, (2, 2, 2, 2)), ((0, 3), (0, 0, 3, 3)), ([1, 2, 3, 4], (1, 2, 3, 4))):
        assert four_sides(padding) == sides == trace_corr2d([[1]], [[1]], padding=padding).padding
        assert torch.equal(pad2d(torch.ones(2, 2), padding), pad2d(torch.ones(2, 2), sides))


def test_padded_correlation_equals_torch_and_the_trace_over_a_grid(randn):
    every = itertools.product((1, 3, 4), (2, 5), (1, 2, 3), (1, 4), SIDES[::3])
    cases = [c for c in every if c[2] <= c[0] + sum(c[4][:2]) and c[3] <= c[1] + sum(c[4][2:])]
    assert len(cases) > 400
    for h, w, kh, kw, sides in cases:
        x, kernel = randn(h, w), randn(kh, kw)
        y = corr2d_vectorized(pad2d(x, sides), kernel)
        by_torch = F.conv2d(F.pad(x, torch_order(sides))[None, None], kernel[None, None])[0, 0]
        by_trace = torch.tensor(trace_corr2d(x, kernel, padding=sides).output, dtype=torch.float64)
        torch.testing.assert_close(y, by_torch, rtol=0, atol=1e-12)
        torch.testing.assert_close(y, by_trace, rtol=0, atol=1e-12)
        assert tuple(y.shape) == (h + sum(sides[:2]) - kh + 1, w + sum(sides[2:]) - kw + 1)


def test_both_conventions_the_formula_and_torch_give_one_size():
    cases = [(n, k, side) for n in range(1, 13) for k in range(1, 8) for side in range(5) if k <= n + 2 * side]
    assert len(cases) > 300
    for n, k, side in cases:
        by_torch = F.conv2d(torch.zeros(1, 1, 1, n), torch.zeros(1, 1, 1, k), padding=(0, side)).shape[-1]
        by_formula = n + 2 * side - k + 1
        assert output_size(n, k, padding=side) == output_size(n, k, total_padding=2 * side) == by_formula == by_torch


def test_an_odd_total_is_asymmetric_padding():
    for n, k, total in itertools.product((4, 7), (2, 3, 4), (1, 3, 5)):
        sides = (0, 0, total // 2, total - total // 2)
        y = corr2d(pad2d(torch.zeros(1, n), sides), torch.zeros(1, k))
        assert y.shape[1] == output_size(n, k, total_padding=total) == n + total - k + 1


def test_an_odd_kernel_keeps_the_size_with_m_per_side_and_an_even_one_misses_it_by_one():
    for n, m in itertools.product(range(1, 20), range(5)):
        assert output_size(n, 2 * m + 1, padding=m) == n
    for n, half in itertools.product(range(3, 20), range(1, 5)):
        assert output_size(n, 2 * half, padding=half - 1) == n - 1
        assert output_size(n, 2 * half, padding=half) == n + 1
        assert output_size(n, 2 * half, total_padding=2 * half - 1) == n


@pytest.mark.filterwarnings(EVEN_KERNEL_WARNING)
def test_same_padding_is_that_of_torch_even_kernels_and_dilation_included(randn):
    cases = list(itertools.product(range(1, 6), range(1, 6), (1, 2, 3), (1, 2)))
    assert len(cases) == 150
    for kh, kw, dh, dw in cases:
        x, weight = randn(1, 1, 6, 7), randn(1, 1, kh, kw)
        sides = same_padding((kh, kw), dilation=(dh, dw))
        ours = F.conv2d(pad2d(x, sides), weight, dilation=(dh, dw))
        theirs = F.conv2d(x, weight, padding="same", dilation=(dh, dw))
        assert ours.shape == x.shape
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_same_padding_by_hand():
    assert same_padding(1) == (0, 0, 0, 0)
    assert same_padding(4) == (1, 2, 1, 2)
    assert same_padding((2, 3), dilation=(3, 2)) == (1, 2, 2, 2)


def test_torch_warns_of_an_even_kernel(randn):
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # otherwise it warns once a process
    try:
        with pytest.warns(UserWarning, match="even kernel lengths"):
            F.conv2d(randn(1, 1, 4, 4), randn(1, 1, 2, 2), padding="same")
    finally:
        torch.set_warn_always(before)


def test_torch_knows_valid_and_same_but_not_full(randn):
    x, weight = randn(1, 1, 5, 5), randn(1, 1, 3, 3)
    assert F.conv2d(x, weight, padding="valid").shape[-1] == 3
    assert F.conv2d(x, weight, padding="same").shape[-1] == 5
    with pytest.raises(RuntimeError, match="padding"):
        F.conv2d(x, weight, padding="full")


def test_valid_same_and_full_are_those_of_scipy(randn):
    for k in range(1, 6):
        x, kernel = randn(6, 7), randn(k, k)
        for mode, padding in (("valid", 0), ("same", same_padding(k)), ("full", k - 1)):
            oracle = torch.from_numpy(signal.correlate2d(x, kernel, mode))
            torch.testing.assert_close(corr2d(pad2d(x, padding), kernel), oracle, rtol=0, atol=1e-12)


def test_an_even_kernel_drifts_half_a_pixel_a_layer_and_an_odd_one_stays():
    for size, drift in ((2, 0.5), (3, 0.0), (4, 0.5), (5, 0.0)):
        x = torch.zeros(1, 41).double()
        x[0, 20] = 1
        for layer in range(1, 5):
            x = corr2d(pad2d(x, same_padding((1, size))), torch.ones(1, size).double())
            assert (x * torch.arange(41)).sum() / x.sum() == 20 - drift * layer


def test_passing_an_error_back_is_a_full_convolution(randn):
    for h, w, kh, kw in itertools.product((4, 5), (4, 7), (1, 2, 3), (1, 4)):
        x, kernel = randn(h, w).requires_grad_(), randn(kh, kw)
        y = corr2d(x, kernel)
        error = randn(*y.shape)
        y.backward(error)
        full = convolve2d(pad2d(error, (kh - 1, kw - 1)), kernel)
        torch.testing.assert_close(x.grad, full, rtol=0, atol=1e-12)


def test_uses_with_one_cell_per_side_are_4_6_and_9():
    uses = trace_corr2d(np.zeros((5, 5)), np.ones((3, 3)), padding=1).uses()
    assert uses == ((4, 6, 6, 6, 4), *[(6, 9, 9, 9, 6)] * 3, (4, 6, 6, 6, 4))
    valid = trace_corr2d(np.zeros((5, 5)), np.ones((3, 3))).uses()
    assert valid[0] == (1, 2, 3, 2, 1)
    assert valid[2] == (3, 6, 9, 6, 3)


def test_uses_are_equal_only_from_k_minus_1_per_side_on():
    cases = [(n, k, p) for k in range(2, 7) for n in range(k + 1, k + 8) for p in range(k + 1)]
    assert len(cases) > 150
    for n, k, p in cases:
        uses = trace_corr2d([[0] * n], [[1] * k], padding=(0, p)).uses()[0]
        assert (len(set(uses)) == 1) == (p >= k - 1)
    # a kernel as large as the image is the exception: its only window reads every cell once
    assert trace_corr2d([[0] * 5], [[1] * 5]).uses() == ((1, 1, 1, 1, 1),)


def test_uses_are_the_gradient_of_the_output_for_a_kernel_of_ones():
    for h, w, k, p in itertools.product((3, 5), (4, 6), (1, 2, 3), (0, 1, 2)):
        x = torch.zeros(h, w, requires_grad=True)
        corr2d(pad2d(x, p), torch.ones(k, k)).sum().backward()
        assert tuple(map(tuple, x.grad.int().tolist())) == trace_corr2d(x.detach(), torch.ones(k, k), padding=p).uses()


def test_a_zero_rim_creeps_in_one_cell_a_layer_and_leaves_the_rest_alone():
    x = torch.ones(12, 15, dtype=torch.int64)
    y, unpadded, kernel = x, x, torch.ones(3, 3, dtype=torch.int64)
    for layer in range(1, 5):
        y, unpadded = corr2d(pad2d(y, 1), kernel), corr2d(unpadded, kernel)
        assert torch.equal(y[layer:-layer, layer:-layer], unpadded)
        rim = y.clone()
        rim[layer:-layer, layer:-layer] = 0
        assert (rim < 9**layer).all()  # every other cell has lost some white
    row = torch.ones(1, 7, dtype=torch.int64)
    for _ in range(3):
        row = corr2d(pad2d(row, (0, 1)), kernel[:1])
    assert row.tolist() == [[13, 22, 26, 27, 26, 22, 13]]
    assert len(row.unique()) == 4


@pytest.mark.parametrize(
    ("mode", "slopes"),
    [
        ("constant", [6, 2, 2, -7]),
        ("reflect", [0, 2, 2, 0]),
        ("replicate", [1, 2, 2, 1]),
        ("circular", [-2, 2, 2, -2]),
    ],
)
def test_slope_of_a_ramp_at_each_kind_of_border(mode, slopes):
    ramp = F.pad(torch.tensor([[[5.0, 6, 7, 8]]]), (1, 1), mode=mode)[0]
    assert corr2d(ramp, torch.tensor([[-1.0, 0, 1]])).tolist() == [slopes]


def test_reflect_finds_no_slope_across_any_border(randn):
    sobel = torch.tensor([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]]).double()
    y = corr2d(F.pad(randn(1, 6, 7), (1, 1, 1, 1), mode="reflect")[0], sobel)
    torch.testing.assert_close(y[[0, -1]], torch.zeros(2, 7).double(), rtol=0, atol=1e-12)
    assert (y[1:-1].abs() > 1e-6).all()


@pytest.mark.parametrize(("mode", "most"), [("reflect", 3), ("circular", 4)])
def test_torch_mirrors_at_most_n_minus_1_and_wraps_at_most_n(mode, most):
    x = torch.zeros(1, 1, 4)
    assert F.pad(x, (most, most), mode=mode).shape[-1] == 4 + 2 * most
    with pytest.raises(RuntimeError, match=r"[Pp]adding"):
        F.pad(x, (most + 1, most + 1), mode=mode)


def test_a_layer_of_torch_pads_with_zeros_unless_told_otherwise():
    assert nn.Conv2d(1, 1, 3).padding_mode == "zeros"
    for mode in ("reflect", "replicate", "circular"):
        assert nn.Conv2d(1, 1, 3, padding=1, padding_mode=mode)(torch.zeros(1, 1, 4, 4)).shape[-1] == 4


@pytest.mark.parametrize("shape", [(2, 3), (2, 2, 3)])
def test_gradients_are_those_of_autograd(shape, randn):
    x = randn(*shape).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: pad2d(x, (1, 0, 2, 3), value=2.0), [x])
    assert torch.autograd.gradgradcheck(lambda x: pad2d(x, 1) ** 2, [x])


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS)
def test_every_float_and_integer_dtype_is_kept(dtype):
    y = pad2d(torch.tensor([[1, 2]], dtype=dtype), (1, 0, 0, 1), value=3)
    assert y.dtype == dtype
    assert y.tolist() == [[3, 3, 3], [1, 2, 3]]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_an_integer_image_takes_the_largest_integers_exactly(dtype):
    for value in (torch.iinfo(dtype).min, torch.iinfo(dtype).max):
        assert pad2d(torch.ones(1, 1, dtype=dtype), 1, value=value)[0, 0].item() == value


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_float_image_takes_the_infinities_and_its_largest_number(dtype):
    for value in (math.inf, -math.inf, torch.finfo(dtype).max, torch.finfo(dtype).min):
        assert pad2d(torch.ones(1, 1, dtype=dtype), 1, value=value)[0, 0].item() == value
    assert pad2d(torch.ones(1, 1, dtype=dtype), 1, value=math.nan)[0, 0].isnan()


def test_numbers_of_numpy_are_numbers():
    assert pad2d(torch.ones(1, 1), np.int64(1), value=np.float32(0.5))[0, 0] == 0.5
    assert pad2d(torch.ones(1, 1).long(), 1, value=np.int8(-3))[0, 0] == -3


def test_the_result_is_a_copy_even_where_nothing_is_added(randn):
    x = randn(2, 3)
    before = x.clone()
    y = pad2d(x, 0)
    assert torch.equal(y, x)
    y += 1
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (torch.int64, -math.inf),
        (torch.int64, math.nan),
        (torch.int64, 1e30),
        (torch.uint8, -1),
        (torch.uint8, 256),
        (torch.int8, 128),
        (torch.float16, 1e6),
        (torch.bfloat16, 1e39),
        (torch.float32, 1e39),
    ],
)
def test_a_value_that_torch_refuses_is_refused(dtype, value):
    x = torch.ones(2, 2, dtype=dtype)
    with pytest.raises(RuntimeError, match="overflow"):
        F.pad(x, (1, 1, 1, 1), value=value)
    with pytest.raises(ValueError, match=r"value is .*; x holds torch\.\w+, (at most|whole numbers)"):
        pad2d(x, 1, value=value)


@pytest.mark.parametrize(
    ("x", "padding"),
    [
        ([[1.0]], 1),
        (None, 1),
        (torch.ones(3), 1),
        (torch.tensor(1.0), 1),
        (torch.ones(2, 2), 1.5),
        (torch.ones(2, 2), "1"),
        (torch.ones(2, 2), None),
        (torch.ones(2, 2), (0, 0, -3, 0)),
        (torch.ones(2, 2), (1, 2, 3)),
    ],
)
def test_arguments_that_torch_refuses_are_refused(x, padding):
    wanted = padding if isinstance(padding, tuple) else (padding,) * 4
    with pytest.raises((RuntimeError, TypeError, AttributeError)):
        F.pad(x, torch_order(wanted) if len(wanted) == 4 else wanted)
    with pytest.raises((TypeError, ValueError)):
        pad2d(x, padding)


@pytest.mark.parametrize(
    ("x", "padding", "value", "error", "message"),
    [
        (torch.ones(3), 1, 0, ValueError, r"x has shape \(3,\), 1 axes; expected 2, \(H, W\)"),
        (torch.ones(2, 0, 3), 1, 0, ValueError, r"x has shape \(2, 0, 3\), which is empty"),
        ([[1.0]], 1, 0, TypeError, r"x is of type list; expected a torch.Tensor"),
        (torch.ones(2, 2).bool(), 1, 0, TypeError, r"x has dtype torch.bool; expected a float or integer dtype"),
        (torch.ones(2, 2), -1, 0, ValueError, r"padding is -1; expected at least 0"),
        (torch.ones(2, 2), (0, 1, -2, 0), 0, ValueError, r"padding\[2\] is -2; expected at least 0"),
        (torch.ones(2, 2), (1, 2, 3), 0, ValueError, r"padding is \(1, 2, 3\), 3 numbers; expected one, \(vertical"),
        (torch.ones(2, 2), 0.5, 0, TypeError, r"padding is 0.5, a float; expected a whole number"),
        (torch.ones(2, 2), "same", 0, TypeError, r"padding is 'same', .* same_padding\(kernel_size, dilation=d\)"),
        (torch.ones(2, 2), 1, None, TypeError, r"value is None, a NoneType; expected a number"),
        (torch.ones(2, 2), 1, True, TypeError, r"value is True, a bool; expected a number"),
        (torch.ones(2, 2), 1, 1e39, ValueError, r"value is 1e\+39; x holds torch.float32, at most 3.403e\+38; use"),
        (
            torch.ones(2, 2).to(torch.uint8),
            1,
            -math.inf,
            ValueError,
            r"value is -inf; x holds torch.uint8, whole numbers from 0 to 255; use x.float\(\)",
        ),
        (torch.ones(2, 2).long(), 1, 0.5, ValueError, r"value is 0.5; x holds torch.int64, whole numbers from"),
    ],
)
def test_bad_arguments_are_named(x, padding, value, error, message):
    with pytest.raises(error, match=message):
        pad2d(x, padding, value=value)


@pytest.mark.parametrize(
    ("kernel_size", "dilation", "error", "message"),
    [
        (0, 1, ValueError, r"kernel_size is 0; expected at least 1"),
        ((3, 3, 3), 1, ValueError, r"kernel_size is \(3, 3, 3\), 3 numbers"),
        (3, 0, ValueError, r"dilation is 0; expected at least 1"),
        (2.5, 1, TypeError, r"kernel_size is 2.5, a float; expected a whole number"),
        (
            torch.ones(2, 3),
            1,
            TypeError,
            r"kernel_size is a tensor of shape \(2, 3\); .* use tuple\(kernel",
        ),
        (
            torch.ones(8, 3, 2, 2),
            1,
            TypeError,
            r"kernel_size is a tensor of shape \(8, 3, 2, 2\); expected sizes",
        ),
        (np.ones((3, 3)), 1, TypeError, r"kernel_size is a tensor of shape \(3, 3\)"),
    ],
)
def test_same_padding_names_bad_arguments(kernel_size, dilation, error, message):
    with pytest.raises(error, match=message):
        same_padding(kernel_size, dilation=dilation)
