import itertools

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cnncourse import checks
from cnncourse.shapes import output_shape, output_size


def test_worked_case_of_the_source():
    assert output_shape((8, 8), (3, 5), padding=(0, 1), stride=(3, 4)) == (2, 2)


def test_output_size_rounds_down_when_stride_does_not_divide():
    assert output_size(10, 3, stride=2) == 4


def grid():
    sizes = itertools.product((1, 2, 5, 8, 13), (1, 2, 3, 5), (1, 2, 3, 4), (0, 1, 2, 3), (1, 2, 3))
    return [(n, k, s, p, d) for n, k, s, p, d in sizes if d * (k - 1) + 1 <= n + 2 * p]


def test_both_padding_conventions_agree_with_torch_over_a_grid():
    cases = grid()
    assert len(cases) > 500
    for n, k, s, p, d in cases:
        torch_size = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, padding=p, dilation=d).shape[-1]
        assert output_size(n, k, stride=s, padding=p, dilation=d) == torch_size
        assert output_size(n, k, stride=s, total_padding=2 * p, dilation=d) == torch_size


def test_odd_total_padding_equals_explicit_asymmetric_padding():
    for n, k, total in itertools.product((4, 7, 10), (2, 3, 4), (1, 3, 5)):
        padded = F.pad(torch.zeros(1, 1, n), (total // 2, total - total // 2))
        assert output_size(n, k, total_padding=total) == F.conv1d(padded, torch.zeros(1, 1, k)).shape[-1]


@given(st.integers(1, 200), st.integers(1, 11), st.integers(1, 7))
def test_total_padding_of_kernel_minus_one_gives_the_simplified_forms(n, k, s):
    size = output_size(n, k, stride=s, total_padding=k - 1)
    assert size == (n + s - 1) // s
    if n % s == 0:
        assert size == n // s


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((3, 5), {}), ValueError, r"^kernel_size 5 does not fit inside n 3; pad more or use a smaller kernel_size$"),
        (
            ((3, 3), {"dilation": 3}),
            ValueError,
            r"kernel_size 3, 7 with its gaps, does not fit inside n 3;",
        ),
        (((1, 5), {"padding": 1}), ValueError, r"does not fit inside n 1, 3 with padding; pad more"),
        (((5, 3), {"stride": 0}), ValueError, r"stride is 0; expected at least 1"),
        (((5, 3), {"dilation": 0}), ValueError, r"dilation is 0; expected at least 1"),
        (((5, 3), {"padding": -1}), ValueError, r"padding is -1; expected at least 0"),
        (((5, 3), {"total_padding": -1}), ValueError, r"total_padding is -1; expected at least 0"),
        (((0, 1), {}), ValueError, r"n is 0; expected at least 1"),
        (((5, 0), {}), ValueError, r"kernel_size is 0; expected at least 1"),
        (((5, 3), {"padding": 1, "total_padding": 2}), ValueError, r"are both given; expected one of them"),
        (((5.0, 3), {}), TypeError, r"n is 5.0, a float; expected a whole number"),
        (((5, True), {}), TypeError, r"kernel_size is True, a bool"),
    ],
)
def test_bad_sizes_are_named(arguments, error, message):
    positional, named = arguments
    with pytest.raises(error, match=message):
        output_size(*positional, **named)


def test_pairs_are_vertical_then_horizontal():
    assert checks.require_pair("stride", (3, 2), 1) == (3, 2)
    with pytest.raises(
        ValueError, match=r"stride is \(1, 2, 3\), 3 numbers; expected one, or \(vertical, horizontal\)"
    ):
        checks.require_pair("stride", (1, 2, 3), 1)
    with pytest.raises(ValueError, match=r"stride\[1\] is 0; expected at least 1"):
        checks.require_pair("stride", (1, 0), 1)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([[1.0]], TypeError, r"x is of type list; expected a torch.Tensor; use torch.as_tensor\(x\)"),
        (torch.ones(2, 2, dtype=torch.bool), TypeError, r"x has dtype torch.bool; .* use x.float\(\)"),
        (torch.ones(2, 2, dtype=torch.cfloat), TypeError, r"x has dtype torch.complex64"),
        (
            torch.ones(1, 2, 2),
            ValueError,
            r"x has shape \(1, 2, 2\), 3 axes; expected 2, \(H, W\); select one, as in x\[0\]",
        ),
        (torch.ones(2), ValueError, r"x has shape \(2,\), 1 axes; expected 2, \(H, W\); add an axis, as in x\[None\]"),
        (torch.ones(0, 2), ValueError, r"x has shape \(0, 2\), which is empty"),
    ],
)
def test_bad_tensors_are_named(value, error, message):
    with pytest.raises(error, match=message):
        checks.require_tensor("x", value, "H, W")


def test_output_shape_takes_four_sides_and_names_both_axes():
    assert output_shape((4, 4), 2, padding=(0, 1, 0, 1)) == (4, 4)
    with pytest.raises(ValueError, match=r"kernel_size \(3, 3\) does not fit inside size \(5, 2\); pad more"):
        output_shape((5, 2), 3)
    with pytest.raises(
        ValueError, match=r"kernel_size \(3, 3\), \(3, 5\) with its gaps, does not fit inside size \(4, 4\);"
    ):
        output_shape(4, 3, dilation=(1, 2))
    with pytest.raises(TypeError, match=r"n is \(28, 28\), a tuple; .*; for height and width at once use output_shape"):
        output_size((28, 28), 3)


def test_advice_on_dtypes_never_rounds_weights_away():
    floats, integers = torch.full((2, 2), 1 / 9), torch.ones(2, 2, dtype=torch.int64)
    with pytest.raises(TypeError, match=r"use x.to\(kernel.dtype\)"):
        checks.require_same_kind(x=integers, kernel=floats)
    with pytest.raises(TypeError, match=r"use kernel.to\(x.dtype\)"):
        checks.require_same_kind(x=floats, kernel=integers)
