import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from cnncourse.checks import require_layers
from cnncourse.cross_correlation import corr2d
from cnncourse.figures.trace import reach, trace_corr2d
from cnncourse.images import photograph, to_gray
from cnncourse.shapes import output_size, receptive_field
from cnncourse.stride import corr2d_strided, corr2d_strided_vectorized, dilate_kernel

OPERATIONS = [corr2d_strided, corr2d_strided_vectorized]
LENET = [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)]


def fits(size, kernel, padding, dilation):
    return all(d * (k - 1) + 1 <= n + 2 * p for n, k, p, d in zip(size, kernel, padding, dilation, strict=True))


def configurations():
    """Rectangular inputs; kernel, stride, padding and dilation differ from axis to axis, in every combination."""
    sizes, kernels = ((5, 9), (8, 4), (7, 7), (1, 6)), ((1, 3), (3, 2), (2, 2), (4, 1))
    strides, paddings, dilations = (
        ((1, 1), (1, 3), (2, 1), (3, 2), (5, 4)),
        ((0, 0), (0, 1), (2, 1)),
        ((1, 1), (1, 2), (3, 2)),
    )
    every = itertools.product(sizes, kernels, strides, paddings, dilations)
    return [c for c in every if fits(c[0], c[1], c[3], c[4])]


def by_torch(x, kernel, **settings):
    return F.conv2d(x[None, None], kernel[None, None], **settings)[0, 0]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_example_of_the_source_worked_by_hand(operation):
    # padded by one zero all round; windows at rows 0 and 3, columns 0 and 2: 1*2 + 2*3 = 8, 6*1 = 6, 7*0 + 8*1 = 8
    x, kernel = torch.arange(9).reshape(3, 3), torch.arange(4).reshape(2, 2)
    assert operation(x, kernel, stride=(3, 2), padding=1).tolist() == [[0, 8], [6, 8]]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_output_shape_of_the_worked_case(operation):
    y = operation(torch.zeros(8, 8), torch.zeros(3, 5), stride=(3, 4), padding=(0, 1))
    assert tuple(y.shape) == (2, 2)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operations_equal_torch_over_a_grid(operation, randn):
    cases = configurations()
    assert len(cases) > 400
    assert {s for _, _, s, _, _ in cases} >= {(1, 3), (3, 2)}
    for size, kernel_size, stride, padding, dilation in cases:
        x, kernel = randn(*size), randn(*kernel_size)
        settings = {"stride": stride, "padding": padding, "dilation": dilation}
        y = operation(x, kernel, **settings)
        torch.testing.assert_close(y, by_torch(x, kernel, **settings), rtol=0, atol=1e-12)
        oh, ow = (
            output_size(n, k, stride=s, padding=p, dilation=d)
            for n, k, s, p, d in zip(size, kernel_size, stride, padding, dilation, strict=True)
        )
        assert tuple(y.shape) == (oh, ow)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_number_stands_for_both_axes_and_four_for_the_sides(operation, randn):
    x, kernel = randn(6, 7), randn(2, 3)
    y = operation(x, kernel, stride=2, padding=1, dilation=2)
    assert torch.equal(y, operation(x, kernel, stride=(2, 2), padding=(1, 1), dilation=(2, 2)))
    for top, bottom, left, right in ((1, 0, 0, 2), (0, 2, 1, 0), (2, 1, 0, 3)):
        padded = F.pad(x, (left, right, top, bottom))
        uneven = operation(x, kernel, stride=(1, 2), padding=(top, bottom, left, right))
        torch.testing.assert_close(uneven, by_torch(padded, kernel, stride=(1, 2)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_without_settings_it_is_plain_cross_correlation(operation, randn):
    x, kernel = randn(5, 7), randn(3, 2)
    torch.testing.assert_close(operation(x, kernel), corr2d(x, kernel), rtol=0, atol=1e-12)
    assert torch.equal(operation(x, kernel), operation(x, kernel, dilation=1))


def test_trace_equals_the_loops(randn):
    for size, kernel_size, stride, padding, dilation in configurations()[::3]:
        x, kernel = randn(*size), randn(*kernel_size)
        settings = {"stride": stride, "padding": padding, "dilation": dilation}
        trace = torch.tensor(trace_corr2d(x, kernel, **settings).output, dtype=torch.float64)
        torch.testing.assert_close(trace, corr2d_strided(x, kernel, **settings), rtol=0, atol=1e-12)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_gradients_are_those_of_autograd(operation, randn):
    def with_settings(x, kernel):
        return operation(x, kernel, stride=(2, 1), padding=(1, 0), dilation=(1, 2))

    assert torch.autograd.gradcheck(with_settings, (randn(4, 5).requires_grad_(), randn(2, 3).requires_grad_()))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.uint8, torch.int32, torch.int64])
def test_every_float_and_integer_dtype_is_kept(operation, dtype):
    x, kernel = torch.arange(9).reshape(3, 3).to(dtype), torch.arange(4).reshape(2, 2).to(dtype)
    y = operation(x, kernel, stride=(3, 2), padding=1)
    assert y.dtype == dtype
    assert y.tolist() == [[0, 8], [6, 8]]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_arguments_are_not_changed(operation, randn):
    x, kernel = randn(4, 4), randn(2, 2)
    before = x.clone(), kernel.clone()
    operation(x, kernel, stride=2, padding=1)
    assert torch.equal(x, before[0])
    assert torch.equal(kernel, before[1])


REFUSED = [
    ({"stride": 0}, ValueError, r"stride is 0; expected at least 1"),
    ({"stride": (1, -2)}, ValueError, r"stride\[1\] is -2; expected at least 1"),
    ({"stride": 1.5}, TypeError, r"stride is 1.5, a float; expected a whole number"),
    ({"stride": (1, 2, 3)}, ValueError, r"stride is \(1, 2, 3\), 3 numbers"),
    ({"padding": -1}, ValueError, r"padding is -1; expected at least 0"),
    ({"padding": (1, 1, 1)}, ValueError, r"padding is \(1, 1, 1\), 3 numbers"),
    ({"dilation": 0}, ValueError, r"dilation is 0; expected at least 1"),
    ({"dilation": (1, 0)}, ValueError, r"dilation\[1\] is 0; expected at least 1"),
    (
        {"dilation": 4},
        ValueError,
        r"kernel \(3, 2\), \(9, 5\) with its gaps, does not fit inside x \(4, 6\); pad more or use .* or dilation$",
    ),
    (
        {"dilation": (4, 1), "padding": (2, 0)},
        ValueError,
        r"kernel \(3, 2\), \(9, 2\) with its gaps, does not fit inside x \(4, 6\), \(8, 6\) with padding",
    ),
]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("settings", "error", "message"), REFUSED)
def test_what_torch_refuses_is_refused_and_named(operation, settings, error, message):
    x, kernel = torch.ones(4, 6), torch.ones(3, 2)
    with pytest.raises((RuntimeError, TypeError)):
        by_torch(x, kernel, **settings)
    with pytest.raises(error, match=message):
        operation(x, kernel, **settings)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("x", "kernel", "error", "message"),
    [
        (
            torch.ones(3, 3),
            torch.ones(5, 5),
            ValueError,
            r"kernel \(5, 5\) does not fit inside x \(3, 3\); pad more",
        ),
        (torch.ones(3), torch.ones(1, 1), ValueError, r"x has shape \(3,\), 1 axes; expected 2, \(H, W\)"),
        (torch.ones(3, 3), torch.ones(2), ValueError, r"kernel has shape \(2,\), 1 axes; expected 2, \(kH, kW\)"),
        (torch.ones(3, 3), torch.ones(2, 2).double(), TypeError, r"kernel has dtype torch.float64 and x has"),
        (torch.ones(3, 3), torch.ones(2, 2, device="meta"), ValueError, r"kernel is on device meta and x on cpu"),
        ([[1.0]], torch.ones(1, 1), TypeError, r"x is of type list; expected a torch.Tensor"),
    ],
)
def test_bad_arguments_are_named(operation, x, kernel, error, message):
    with pytest.raises(error, match=message):
        operation(x, kernel)


# The output's size.


def test_output_size_rounds_down_when_stride_does_not_divide():
    trace = trace_corr2d([list(range(10))], [[1, 1, 1]], stride=2)
    assert trace.output_shape == (1, 4)
    assert trace.uses() == ((1, 1, 2, 1, 2, 1, 2, 1, 1, 0),)  # the last column is never read
    assert [output_size(n, 3, stride=2) for n in (8, 9, 10, 11)] == [3, 4, 4, 5]


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 7), st.integers(0, 12))
def test_the_formula_counts_the_windows(n, k, s, total):
    starts = [start for start in range(0, n + total, s) if start + k <= n + total]
    if starts:
        assert len(starts) == math.floor((n - k + total + s) / s) == output_size(n, k, stride=s, total_padding=total)


@given(st.integers(1, 200), st.integers(1, 11), st.integers(1, 7))
def test_padding_of_kernel_minus_one_gives_the_simplified_forms(n, k, s):
    x, kernel = torch.zeros(1, n), torch.zeros(1, k)
    before = (k - 1) // 2
    size = corr2d_strided_vectorized(x, kernel, stride=(1, s), padding=(0, 0, before, k - 1 - before)).shape[1]
    assert size == (n + s - 1) // s == math.ceil(n / s)
    if n % s == 0:
        assert size == n // s


def test_unused_rows_of_the_worked_case_have_no_gradient():
    x = torch.ones(8, 8, requires_grad=True)
    corr2d_strided(x, torch.ones(3, 5), stride=(3, 4), padding=(0, 1)).sum().backward()
    uses = trace_corr2d(x.detach(), torch.ones(3, 5), stride=(3, 4), padding=(0, 1)).uses()
    assert x.grad.tolist() == [list(map(float, row)) for row in uses]
    assert [i for i, row in enumerate(uses) if not any(row)] == [6, 7]
    assert sum(not n for row in uses for n in row) == 16


def test_what_is_left_over_may_be_padding_alone():
    for n in (224, 112, 56, 28, 14):
        x = torch.ones(1, n, requires_grad=True)
        corr2d_strided(x, torch.ones(1, 3), stride=(1, 2), padding=(0, 1)).sum().backward()
        assert (n + 2 - 3) % 2 == 1
        assert bool((x.grad > 0).all())


# Stride is subsampling.


def test_stride_is_correlation_followed_by_subsampling(randn):
    for size, kernel_size, (sh, sw), padding, dilation in configurations():
        x, kernel = randn(*size), randn(*kernel_size)
        settings = {"padding": padding, "dilation": dilation}
        full = corr2d_strided_vectorized(x, kernel, **settings)
        strided = corr2d_strided_vectorized(x, kernel, stride=(sh, sw), **settings)
        torch.testing.assert_close(strided, full[::sh, ::sw], rtol=0, atol=1e-12)


def test_subsampling_afterwards_costs_four_times_as_much_at_stride_two():
    x, kernel = torch.zeros(28, 28), torch.zeros(5, 5)
    full, strided = trace_corr2d(x, kernel), trace_corr2d(x, kernel, stride=2)
    assert (full.multiply_adds, strided.multiply_adds) == (24 * 24 * 25, 12 * 12 * 25)


def test_shift_by_the_stride_moves_the_output_by_one_cell_and_a_shift_by_one_does_not(randn):
    image, kernel = randn(12, 14), randn(3, 3)
    here, one, two = (corr2d_strided(image[:, start : start + 12], kernel, stride=2) for start in (0, 1, 2))
    torch.testing.assert_close(two[:, :-1], here[:, 1:], rtol=0, atol=1e-12)
    assert not torch.allclose(one, here)
    assert not torch.allclose(one[:, :-1], here[:, 1:])


def test_the_binomial_blur_makes_stripes_half_grey_in_both_phases():
    stripes = (torch.arange(10)[None] % 2).double()
    blur = torch.tensor([[1.0, 4, 6, 4, 1]]).double() / 16
    for start in (0, 1):
        assert corr2d_strided(stripes[:, start : start + 9], blur, stride=(1, 2)).unique().tolist() == [0.5]


def test_stripes_flip_or_vanish_at_stride_two():
    stripes = torch.arange(10)[None] % 2
    edge, mean = torch.tensor([[1, -1]]), torch.tensor([[1, 1]])
    assert corr2d_strided(stripes[:, :-1], edge).tolist() == [[-1, 1] * 4]
    assert corr2d_strided(stripes[:, :-1], edge, stride=(1, 2)).tolist() == [[-1] * 4]
    assert corr2d_strided(stripes[:, 1:], edge, stride=(1, 2)).tolist() == [[1] * 4]
    for start in (0, 1):
        assert corr2d_strided(stripes[:, start : start + 9], mean, stride=(1, 2)).unique().tolist() == [1]


def test_blurring_before_subsampling_brings_a_shifted_output_nearer_to_what_is_expected():
    sobel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]).double()
    errors = {}
    for name in ("china", "flower"):
        gray = to_gray(photograph(name)).double()
        for row in ([1.0], [1.0, 2, 1], [1.0, 4, 6, 4, 1]):
            row = torch.tensor(row).double() / sum(row)
            blurred = (
                by_torch(by_torch(gray[:, start : start + 600], sobel).relu(), torch.outer(row, row), stride=2)
                for start in (0, 1)
            )
            here, moved = blurred
            expected = (here[:, :-1] + here[:, 1:]) / 2
            errors[name, len(row)] = ((moved[:, :-1] - expected).norm() / expected.norm()).item()
        assert errors[name, 1] > 1.5 * errors[name, 3] > 2 * errors[name, 5]


# Dilation.


@pytest.mark.parametrize(
    ("dilation", "spread"),
    [(1, [[1, 2], [3, 4]]), ((1, 2), [[1, 0, 2], [3, 0, 4]]), (2, [[1, 0, 2], [0, 0, 0], [3, 0, 4]])],
)
def test_a_dilated_kernel_is_a_kernel_with_zeros_between(dilation, spread):
    assert dilate_kernel(torch.tensor([[1, 2], [3, 4]]), dilation).tolist() == spread


def test_dilating_the_kernel_equals_the_dilation_argument(randn):
    for size, kernel_size, stride, padding, dilation in configurations():
        x, kernel = randn(*size), randn(*kernel_size)
        spread = dilate_kernel(kernel, dilation)
        assert tuple(spread.shape) == tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel_size, strict=True))
        gaps = corr2d_strided_vectorized(x, spread, stride=stride, padding=padding)
        y = corr2d_strided_vectorized(x, kernel, stride=stride, padding=padding, dilation=dilation)
        torch.testing.assert_close(gaps, y, rtol=0, atol=1e-12)


def test_dilated_kernel_agrees_with_scipy(randn):
    x, kernel = randn(9, 11), randn(3, 2)
    oracle = torch.from_numpy(signal.correlate2d(x, dilate_kernel(kernel, (2, 3)), "valid"))
    torch.testing.assert_close(corr2d_strided(x, kernel, dilation=(2, 3)), oracle, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("kernel", "dilation", "error", "message"),
    [
        (torch.ones(2), 2, ValueError, r"kernel has shape \(2,\), 1 axes; expected 2, \(kH, kW\)"),
        (torch.ones(2, 2), 0, ValueError, r"dilation is 0; expected at least 1"),
        (torch.ones(2, 2), 1.5, TypeError, r"dilation is 1.5, a float"),
        ([[1.0]], 2, TypeError, r"kernel is of type list; expected a torch.Tensor"),
    ],
)
def test_bad_arguments_of_dilate_kernel_are_named(kernel, dilation, error, message):
    with pytest.raises(error, match=message):
        dilate_kernel(kernel, dilation)


def test_equal_dilations_leave_gaps_and_growing_ones_do_not():
    assert reach([(3, 1, 2)] * 3)[0] == tuple(range(0, 13, 2))
    growing = [(3, 1, 1), (3, 1, 2), (3, 1, 4)]
    assert reach(growing)[0] == tuple(range(15))
    assert [receptive_field([(3, 1, 1)] * 3).size, receptive_field(growing).size] == [7, 15]


# The receptive field.


def seen_by(layers, cell):
    """Input pixels that have a gradient from one output cell: torch's convolutions, all weights positive."""
    size = receptive_field(layers).size + cell * receptive_field(layers).jump + 3
    x = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel, stride, dilation in layers:
        y = F.conv1d(y, torch.full((1, 1, kernel), 1 / kernel).double(), stride=stride, dilation=dilation)
    y[0, 0, cell].backward()
    return x.grad[0, 0].nonzero().flatten().tolist()


def stacks():
    layers = [(1, 1, 1), (3, 1, 1), (2, 2, 1), (3, 2, 1), (3, 1, 2), (2, 1, 3), (2, 3, 1), (5, 2, 2)]
    return [stack for depth in (1, 2, 3) for stack in itertools.product(layers, repeat=depth)]


def test_receptive_field_is_the_support_of_the_gradient_over_a_grid_of_stacks():
    assert len(stacks()) > 500
    for layers in stacks():
        first, third = seen_by(layers, 0), seen_by(layers, 2)
        size, jump = receptive_field(layers)
        assert first[0] == 0
        assert first[-1] - first[0] + 1 == third[-1] - third[0] + 1 == size
        assert third[0] - first[0] == 2 * jump
        assert tuple(first) == reach(layers)[0]


def test_lenet_sees_5_then_6_then_14_then_16_pixels():
    assert [receptive_field(LENET[:depth]).size for depth in (1, 2, 3, 4)] == [5, 6, 14, 16]
    assert [len(level) for level in reach(LENET)] == [16, 12, 6, 2, 1]


def test_the_field_of_no_layers_is_one_pixel():
    assert receptive_field([]) == (1, 1)


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        (
            [(5, 2)],
            ValueError,
            r"layers\[0\] is \(5, 2\); expected \(kernel_size, stride, dilation\), such as",
        ),
        ([(3, 1, 1), 5], TypeError, r"layers\[1\] is 5, of type int; expected \(kernel_size, stride, dilation\)"),
        ([(3, 1, 1), (3, 0, 1)], ValueError, r"stride of layers\[1\] is 0; expected at least 1"),
        ([(3, 1, 0)], ValueError, r"dilation of layers\[0\] is 0; expected at least 1"),
        ([(3.0, 1, 1)], TypeError, r"kernel_size of layers\[0\] is 3.0, a float"),
    ],
)
def test_bad_layers_are_named(layers, error, message):
    for function in (require_layers, receptive_field, reach):
        with pytest.raises(error, match=message):
            function(layers)
