import pytest
import torch

from cnncourse.figures.steps import describe_steps, draw_steps
from cnncourse.figures.trace import trace_corr2d, trace_pool2d

X = torch.arange(9).reshape(3, 3)
K = torch.arange(4).reshape(2, 2)
TRACES = [trace_corr2d(X, K), trace_pool2d(X, 2, stride=1), trace_pool2d(X, 2, "avg", stride=1)]


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_step_shows_what_its_trace_holds():
    trace = trace_corr2d(X, K)
    figure = draw_steps(trace, trace.step(0, 1))
    assert figure.get_label() == describe_steps(trace, trace.step(0, 1))
    assert {"input", "kernel", "output", "19", "25", "1×0 + 2×1 + 4×2 + 5×3 = 25"} <= set(texts(figure))
    assert "37" not in texts(figure)  # computed later


def test_a_strip_has_one_panel_for_each_step():
    trace = trace_corr2d(X, K)
    assert len([axes for axes in draw_steps(trace).axes if axes.get_title()]) == 4


@pytest.mark.parametrize("trace", TRACES)
def test_one_step_is_the_same_alone_and_in_a_list_of_one(trace):
    step = trace.step(1, 0)
    alone, listed = draw_steps(trace, step), draw_steps(trace, [step], columns=3)
    assert alone.get_label() == listed.get_label() == describe_steps(trace, step)
    assert "which is row 1, column 0 of the 2 by 2 output" in alone.get_label()
    assert texts(alone) == texts(listed)
    assert alone.get_size_inches().tolist() == listed.get_size_inches().tolist()
    assert [axes.get_title() for axes in listed.axes] == [""]


@pytest.mark.parametrize("trace", TRACES)
def test_some_steps_are_drawn_and_told_in_the_order_given(trace):
    figure = draw_steps(trace, trace.steps[2:0:-1], columns=1)
    assert [axes.get_title() for axes in figure.axes] == ["step 1", "step 2"]
    first, second = figure.get_label().split("Step 1: ")[1].split("Step 2: ")
    assert first.startswith("the window covers rows 1 to 2 and columns 0 to 1, ")
    assert second.startswith("the window covers rows 0 to 1 and columns 1 to 2, ")


@pytest.mark.parametrize("trace", TRACES)
def test_no_steps_are_refused(trace):
    for tell in (draw_steps, describe_steps):
        with pytest.raises(ValueError, match="steps is empty; expected one or several of "):
            tell(trace, [])
