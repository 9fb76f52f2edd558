import itertools
import math

import pytest
import torch
from matplotlib.patches import Circle

from cnncourse.figures.grammar import WIDTH
from cnncourse.figures.pooling import draw_pool_gradients
from cnncourse.figures.steps import describe_steps, draw_steps
from cnncourse.figures.trace import trace_pool2d
from cnncourse.pooling import pool2d

NAN = math.nan
INPUT = [[1, 3, 2, 0], [4, 0, 1, 5], [0, 1, 9, 6], [7, 2, 3, 8]]


def cases():
    sizes, windows, strides, paddings = [(4, 4), (5, 3)], [2, 3, (3, 2)], [None, 1, (2, 1)], [0, 1, (1, 0)]
    modes = [("max", True), ("avg", True), ("avg", False)]
    return list(itertools.product(sizes, windows, strides, paddings, modes))


def test_trace_and_its_gradient_equal_the_loops(randn):
    assert len(cases()) > 150
    for size, window, stride, padding, (mode, include) in cases():
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


def test_words_name_the_nan_that_wins():
    words = describe_steps(trace_pool2d([[1, NAN], [3, 2]], 2))
    assert "max(1, nan, 3, 2) = nan" in words
    assert "ring marks the winner, row 0, column 1." in words


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
        trace_pool2d(INPUT, window, mode, **options)
    with pytest.raises(ValueError, match=message.partition(";")[0]):
        pool2d(torch.tensor(INPUT), window, mode, **options)


def rings(axes):
    return sorted(patch.center for patch in axes.patches if isinstance(patch, Circle))


@pytest.mark.parametrize(("row", "col", "centre"), [(0, 0, (0.5, 1.5)), (0, 1, (3.5, 1.5)), (1, 1, (2.5, 2.5))])
def test_picture_and_words_mark_the_same_winner(row, col, centre):
    trace = trace_pool2d(INPUT, 2)
    figure = draw_steps(trace, trace.step(row, col))
    assert rings(figure.axes[0]) == [centre]
    assert f"ring marks the winner, row {int(centre[1])}, column {int(centre[0])}." in figure.get_label()


def test_an_average_has_no_ring_in_picture_or_words():
    figure = draw_steps(trace_pool2d(INPUT, 2, "avg"))
    assert not any(rings(axes) for axes in figure.axes)
    assert "ring" not in figure.get_label()


def test_strip_draws_and_tells_every_step():
    figure = draw_steps(trace_pool2d(INPUT, 2))
    assert [axes.get_title() for axes in figure.axes] == [f"step {count}" for count in (1, 2, 3, 4)]
    assert "Step 4: the window covers rows 2 to 3 and columns 2 to 3, max(9, 6, 3, 8) = 9." in figure.get_label()
    assert figure.get_size_inches()[0] <= WIDTH


def test_cells_that_no_window_reads_are_crossed_and_counted_in_words():
    trace = trace_pool2d(INPUT, 3)
    figure = draw_steps(trace, trace.steps[0])
    assert len(figure.axes[0].lines) == 2 * 7
    assert "7 input cells, crossed out, are read by no window." in figure.get_label()


def test_gradients_are_written_in_picture_and_words():
    figure = draw_pool_gradients(trace_pool2d(INPUT, 2), trace_pool2d(INPUT, 2, "avg"))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("0.25") == 16
    assert len(rings(figure.axes[0])) == 4
    assert "Gradient at the input, maximum: 4 by 4, rows 0 0 0 0; 1 0 0 1; 0 0 1 0; 1 0 0 0." in figure.get_label()
