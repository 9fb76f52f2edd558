import dataclasses
import itertools
import json
import math
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cnncourse.channels import corr2d_multi_in
from cnncourse.figures.steps import describe_steps
from cnncourse.figures.trace import from_json, to_json, trace_corr2d, trace_corr2d_multi_in, trace_pool2d
from cnncourse.pooling import pool2d
from tools.pages import ROOT

X = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
K = [[0, 1], [2, 3]]
NUMBERS = st.integers(-9, 9) | st.floats(allow_nan=True, allow_infinity=True, width=64)


def test_trace_worked_by_hand():
    trace = trace_corr2d(X, K)
    assert trace.output == ((19, 25), (37, 43))
    step = trace.step(1, 0)
    assert [(t.row, t.col, t.value, t.weight, t.product) for t in step.terms] == [
        (1, 0, 3, 0, 0),
        (1, 1, 4, 1, 4),
        (2, 0, 6, 2, 12),
        (2, 1, 7, 3, 21),
    ]
    assert step.result == 37


@given(data=st.data())
def test_trace_equals_torch_for_any_stride_padding_and_dilation(data):
    draw = data.draw
    kh, kw, dh, dw = (draw(st.integers(1, 3)) for _ in range(4))
    sides = [draw(st.integers(0, 2)) for _ in range(4)]
    h, w = draw(st.integers(dh * (kh - 1) + 1, 8)), draw(st.integers(dw * (kw - 1) + 1, 8))
    stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 99)))
    x, kernel = (torch.randint(-5, 6, size, generator=generator).double() for size in ((h, w), (kh, kw)))
    trace = trace_corr2d(x, kernel, stride=stride, padding=tuple(sides), dilation=(dh, dw))
    top, bottom, left, right = sides
    padded = F.pad(x, (left, right, top, bottom))[None, None]
    expected = F.conv2d(padded, kernel[None, None], stride=stride, dilation=(dh, dw))[0, 0]
    assert trace.output == tuple(map(tuple, expected.tolist()))
    assert trace.multiply_adds == expected.numel() * kh * kw


def test_uses_count_how_often_each_pixel_is_read():
    # the erratum: padding by 1 does not make all pixels of a 5x5 input equally used; only k - 1 per side does
    trace = trace_corr2d([[1] * 5] * 5, [[1] * 3] * 3, padding=1)
    assert trace.uses()[0][:3] == (4, 6, 6)
    assert trace.uses()[2][2] == 9
    assert set(sum(trace_corr2d([[1] * 5] * 5, [[1] * 3] * 3, padding=2).uses(), ())) == {9}


def test_alt_text_names_padding_and_unused_cells():
    trace = trace_corr2d([*X, [0, 0, 0]], K, padding=(0, 0, 0, 1), stride=(2, 2))
    words = describe_steps(trace, trace.step(0, 1))
    assert "Input 4 by 3, rows 0 1 2; 3 4 5; 6 7 8; 0 0 0, padded with 0 (0 above, 0 below, 0 left, 1 right)." in words
    assert "The window covers rows 0 to 1 and columns 2 to 3 of the input: 2×0 + 0×1 + 5×2 + 0×3 = 10" in words
    assert "unused" not in words
    assert "read by no window" not in words
    strided = trace_corr2d(X, K, stride=2)
    assert describe_steps(strided, strided.steps[0]).endswith("5 input cells, crossed out, are read by no window.")


def test_alt_text_follows_the_data():
    for corner in (0, 9):
        trace = trace_corr2d([[corner, 1], [2, 3]], [[1, -1]])
        assert f"{corner}×1 + 1×(−1) = {corner - 1}".replace("= -", "= −") in describe_steps(trace, trace.steps[0])
    assert "covers rows 0 and 2 and column 0 of" in describe_steps(*_dilated())
    assert describe_steps(trace, trace.steps).count("Step") == 2


def _dilated():
    trace = trace_corr2d(X, [[1], [1]], dilation=2)
    return trace, trace.steps[0]


def test_a_trace_is_plain_data():
    text = json.dumps(dataclasses.asdict(trace_corr2d(torch.tensor(X), torch.tensor(K))))
    assert json.loads(text)["steps"][0]["terms"][0] == {
        "row": 0,
        "col": 0,
        "value": 0,
        "weight": 0,
        "is_padding": False,
    }


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1, 2], TypeError, r"x is not rows of numbers; expected shape \(H, W\)"),
        ([[1, 2], [3]], ValueError, r"x has rows of lengths \[2, 1\]"),
        ([], ValueError, "x has rows of lengths"),
        ([[1]], ValueError, r"kernel_size \(2, 2\) does not fit inside size \(1, 1\)"),
    ],
)
def test_bad_grids_are_named(x, error, message):
    with pytest.raises(error, match=message):
        trace_corr2d(x, K)


def test_a_step_outside_the_output_is_refused():
    with pytest.raises(ValueError, match=r"is \(2, 0\); expected a cell of the output, whose shape is \(2, 2\)"):
        trace_corr2d(X, K).step(2, 0)


def grids(h, w):
    return st.lists(st.lists(NUMBERS, min_size=w, max_size=w), min_size=h, max_size=h)


@st.composite
def corr2d_traces(draw, channels=None):
    """Any trace of a cross-correlation, over several input channels where ``channels`` says so."""
    (kh, kw), (h, w) = (draw(st.tuples(st.integers(1, 2), st.integers(1, 2))) for _ in range(2))
    options = {
        "stride": draw(st.integers(1, 2)),
        "padding": (draw(st.integers(1, 2)), 0, 1, draw(st.integers(1, 2))),
        "padding_value": draw(NUMBERS),
    }
    if channels is None:
        return trace_corr2d(draw(grids(h, w)), draw(grids(kh, kw)), **options)
    planes = [(draw(grids(h, w)), draw(grids(kh, kw))) for _ in range(channels)]
    return trace_corr2d_multi_in(*zip(*planes, strict=True), **options)


@st.composite
def pool2d_traces(draw):
    h, w = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    options = {"mode": draw(st.sampled_from(["max", "avg"])), "stride": draw(st.sampled_from([None, 1, (2, 1)]))}
    return trace_pool2d(draw(grids(h, w)), 2, padding=1, count_include_pad=draw(st.booleans()), **options)


@given(trace=corr2d_traces() | pool2d_traces() | st.integers(1, 3).flatmap(lambda c: corr2d_traces(channels=c)))
def test_json_gives_back_every_trace_to_the_last_bit(trace):
    text = to_json(trace)
    back = from_json(text)
    assert type(back) is type(trace)
    assert repr(back) == repr(trace)  # also NaN, which equals nothing, and -0.0 and 1.0, which equal 0 and 1
    assert to_json(back) == text


@given(trace=corr2d_traces() | pool2d_traces())
def test_json_has_no_number_that_json_does_not_have(trace):
    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    json.loads(to_json(trace), parse_constant=refuse)


def test_padding_of_a_maximum_is_a_string_that_python_and_javascript_read():
    data = json.loads(to_json(trace_pool2d([[1.5]], 2, padding=1)))
    assert data["padding_value"] == "-Infinity"
    assert float(data["padding_value"]) == -math.inf
    assert [term["value"] for term in data["steps"][0]["terms"]] == ["-Infinity", "-Infinity", "-Infinity", 1.5]


@pytest.mark.parametrize(
    ("trace", "keys"),
    [
        (trace_corr2d(X, K), "kind x stride padding padding_value output_shape steps kernel dilation"),
        (trace_pool2d(X, 2), "kind x stride padding padding_value output_shape steps kernel_size mode"),
        (trace_corr2d_multi_in([X], [K]), "kind channels"),
    ],
)
def test_keys_of_the_json_stand_in_one_order(trace, keys):
    assert list(json.loads(to_json(trace))) == keys.split()
    assert to_json(trace) == to_json(from_json(to_json(trace)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "conv3d"}', "text is of kind 'conv3d'; expected 'corr2d', 'pool2d' or 'corr2d_multi_in'"),
        ("[1]", "text is of kind None; expected 'corr2d'"),
        ('{"x": [[1]]}', "text is of kind None; expected 'corr2d'"),
        ('{"kind": "corr2d"}', "text is of kind 'corr2d' and lacks a field, or has one too many: 'steps'"),
        ('{"kind": "pool2d", "steps": [{"row": 0}]}', "lacks a field, or has one too many: 'terms'"),
        ('{"kind": "pool2d", "steps": [], "colour": 1}', "lacks a field, or has one too many: .*'colour'"),
        ("Infinity Infinity", "Extra data"),
    ],
)
def test_a_text_that_is_no_trace_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        from_json(text)


def test_what_is_no_trace_is_not_written():
    with pytest.raises(TypeError, match="trace is of type dict; expected one that a trace_ function returned"):
        to_json({})


def test_numbers_of_other_libraries_become_plain_ones():
    import numpy as np

    rows = [list(torch.tensor([0.5, 1.0])), list(np.float32([2, 3]))]
    trace = trace_corr2d(rows, [[np.int64(2)]], padding_value=np.float32(0.25), padding=(1, 0))
    assert {type(cell) for row in trace.x for cell in row} == {float}
    assert from_json(to_json(trace)) == trace
    with pytest.raises(TypeError, match="x is not rows of numbers"):
        trace_corr2d([torch.ones(2, 2)], K)


def test_channel_trace_adds_the_channels(randn):
    for h, w, kh, kw, stride, padding in ((3, 4, 2, 2, 1, 0), (5, 4, 1, 3, 2, 0), (4, 6, 3, 2, 1, 0)):
        x, kernel = randn(3, h, w), randn(3, kh, kw)
        trace = trace_corr2d_multi_in(x, kernel, stride=stride, padding=padding)
        expected = corr2d_multi_in(x, kernel)[::stride, ::stride]
        torch.testing.assert_close(torch.tensor(trace.output, dtype=torch.float64), expected, rtol=0, atol=1e-12)
        assert trace.output_shape == tuple(expected.shape)
        assert trace.multiply_adds == expected.numel() * 3 * kh * kw
        assert sum(step.result for step in trace.steps(0, 0)) == trace.output[0][0]


def test_channel_trace_refuses_planes_that_do_not_match():
    with pytest.raises(ValueError, match="kernel has 1 planes and x 2; expected one kernel plane for each plane of x"):
        trace_corr2d_multi_in([X, X], [K])
    with pytest.raises(ValueError, match=r"\(row, col\) is \(2, 0\)"):
        trace_corr2d_multi_in([X, X], [K, K]).steps(2, 0)


NAN = math.nan
FOUR_BY_FOUR = [[1, 3, 2, 0], [4, 0, 1, 5], [0, 1, 9, 6], [7, 2, 3, 8]]


def poolings():
    sizes, windows, strides, paddings = [(4, 4), (5, 3)], [2, 3, (3, 2)], [None, 1, (2, 1)], [0, 1, (1, 0)]
    modes = [("max", True), ("avg", True), ("avg", False)]
    return list(itertools.product(sizes, windows, strides, paddings, modes))


def test_trace_and_its_gradient_equal_the_loops(randn):
    assert len(poolings()) > 150
    for size, window, stride, padding, (mode, include) in poolings():
        x = randn(*size).requires_grad_()
        options = {"stride": stride, "padding": padding, "count_include_pad": include}
        y = pool2d(x, window, mode, **options)
        trace = trace_pool2d(x.detach(), window, mode, **options)
        assert trace.output_shape == tuple(y.shape)
        torch.testing.assert_close(torch.tensor(trace.output, dtype=torch.float64), y.detach(), rtol=0, atol=1e-12)
        (gradient,) = torch.autograd.grad(y.sum(), x)
        torch.testing.assert_close(torch.tensor(trace.gradient(), dtype=torch.float64), gradient, rtol=0, atol=1e-12)


def test_the_first_of_equal_cells_wins():
    step = trace_pool2d([[2, 5], [5, 5]], 2).steps[0]
    assert (step.winner.row, step.winner.col) == (0, 1)
    assert trace_pool2d([[2, 5], [5, 5]], 2, "avg").steps[0].winner is None


@pytest.mark.parametrize("rows", [[[1, NAN], [3, 2]], [[NAN, 1], [3, 2]], [[NAN, 5], [NAN, 2]], [[1, 5], [2, NAN]]])
@pytest.mark.parametrize("mode", ["max", "avg"])
def test_a_nan_goes_through_the_trace_as_through_the_loops(rows, mode):
    x = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    y = pool2d(x, 2, mode)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    trace = trace_pool2d(rows, 2, mode)
    assert math.isnan(trace.output[0][0])
    assert math.isnan(y.item())
    assert trace.gradient() == tuple(map(tuple, gradient.tolist()))


def test_padding_never_wins_not_even_against_minus_infinity():
    trace = trace_pool2d([[-math.inf] * 2] * 2, 2, padding=1)
    assert [step.winner.is_padding for step in trace.steps] == [False] * 4
    assert trace.gradient() == ((1, 1), (1, 1))  # as torch.nn.functional.max_pool2d


def test_padding_is_minus_infinity_for_the_maximum_and_never_wins():
    trace = trace_pool2d([[-4, -1], [-2, -6]], 2, padding=1)
    assert [step.winner.is_padding for step in trace.steps] == [False] * 4
    assert "padded with −inf" in describe_steps(trace, trace.steps[0])


@pytest.mark.parametrize(
    ("window", "mode", "options", "message"),
    [
        (2, "min", {}, "mode is 'min'; expected 'max' or 'avg'"),
        (
            2,
            "max",
            {"padding": 2},
            r"padding \(2, 2\) is more than half of kernel_size \(2, 2\); expected at most \(1, 1\)",
        ),
        (5, "max", {}, "does not fit"),
        (0, "max", {}, "kernel_size is 0"),
    ],
)
def test_trace_refuses_what_pool2d_refuses(window, mode, options, message):
    with pytest.raises(ValueError, match=message):
        trace_pool2d(FOUR_BY_FOUR, window, mode, **options)
    with pytest.raises(ValueError, match=message.partition(";")[0]):
        pool2d(torch.tensor(FOUR_BY_FOUR), window, mode, **options)


def test_a_trace_needs_neither_torch_nor_matplotlib():
    code = "import sys, cnncourse.figures.trace; print({'torch', 'matplotlib', 'numpy'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
