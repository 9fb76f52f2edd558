import dataclasses

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cnncourse.figures.trace import describe_step, describe_strip, trace_corr2d

X = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
K = [[0, 1], [2, 3]]


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
    words = describe_step(trace, trace.step(0, 1))
    assert "Input 4 by 3, rows 0 1 2; 3 4 5; 6 7 8; 0 0 0, padded with 0 (0 above, 0 below, 0 left, 1 right)." in words
    assert "The window covers rows 0 to 1 and columns 2 to 3 of the input: 2×0 + 0×1 + 5×2 + 0×3 = 10" in words
    assert "unused" not in words
    assert "read by no window" not in words
    strided = trace_corr2d(X, K, stride=2)
    assert describe_step(strided, strided.steps[0]).endswith("5 input cells, crossed out, are read by no window.")


def test_alt_text_follows_the_data():
    for corner in (0, 9):
        trace = trace_corr2d([[corner, 1], [2, 3]], [[1, -1]])
        assert f"{corner}×1 + 1×(−1) = {corner - 1}".replace("= -", "= −") in describe_step(trace, trace.steps[0])
    assert "covers rows 0 and 2 and column 0 of" in describe_step(*_dilated())
    assert describe_strip(trace, trace.steps).count("Step") == 2


def _dilated():
    trace = trace_corr2d(X, [[1], [1]], dilation=2)
    return trace, trace.steps[0]


def test_a_trace_is_plain_data():
    import json

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
