"""Figures of the chapter on cross-correlation show what their traces hold."""

import pytest
from figures_checks import check_look, check_numbers, check_step, check_step_words, check_strip_words
from figures_reader import blocks, draw, needs, read, read_grid, read_one

from cnncourse.figures.trace import trace_corr2d

# neither square nor symmetric, and no number twice, so that nothing can be exchanged unseen
X = [[1, 2, 4, 7, 12], [20, 29, 3, 41, 5], [56, 6, 77, 8, 99], [10, 61, 11, 93, 13]]
KERNEL = [[1, -2, 3], [5, 0, -7]]


def test_a_step_shows_input_kernel_and_the_output_up_to_its_own_cell():
    trace = trace_corr2d(X, KERNEL)
    for row, col in ((0, 0), (0, 2), (1, 1), (2, 0), (2, 2)):
        check_step(read_one(draw.steps(trace, trace.step(row, col))), trace, row, col)


def test_words_of_a_step_say_what_its_picture_shows():
    trace = trace_corr2d(X, KERNEL)
    for row, col in ((0, 1), (2, 0)):
        figure = draw.steps(trace, trace.step(row, col))
        check_step_words(read_one(figure), figure.get_label())


def test_a_tall_kernel_stands_on_its_end_and_an_output_keeps_its_shape():
    trace = trace_corr2d(X, [[1, -2], [3, 5], [0, -7]])
    panel = read_one(draw.steps(trace, trace.step(1, 2)))
    assert [block.size for block in blocks(panel)] == [(4, 5), (3, 2), (2, 4)]
    check_step(panel, trace, 1, 2)


def test_decimals_and_minus_signs_are_printed_in_their_cells():
    trace = trace_corr2d([[0.25, -1.5, 3], [-0.75, 2.5, 0.125]], [[0.5, -1]])
    check_step(read_one(draw.steps(trace, trace.step(1, 0))), trace, 1, 0)


def test_all_steps_stand_in_reading_order_each_under_its_own_number():
    trace = trace_corr2d([row[:4] for row in X[:3]], KERNEL)
    figure = draw.steps(trace)
    panels = read(figure)
    assert [panel.title for panel in panels] == ["step 1", "step 2", "step 3", "step 4"]
    assert len({panel.place[0] for panel in panels}) == len({panel.place[1] for panel in panels}) == 2
    for panel, (row, col) in zip(panels, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        check_step(panel, trace, row, col)
    check_strip_words(panels, figure.get_label())


def test_chosen_steps_are_drawn_in_the_order_chosen():
    trace = trace_corr2d(X, KERNEL)
    figure = draw.steps(trace, [trace.step(2, 1), trace.step(0, 2), trace.step(1, 0)], columns=3)
    panels = read(figure)
    assert len({panel.place[1] for panel in panels}) == 1  # one row
    for panel, (row, col) in zip(panels, ((2, 1), (0, 2), (1, 0)), strict=True):
        check_step(panel, trace, row, col)
    check_strip_words(panels, figure.get_label())


@needs("flip")
def test_a_kernel_stands_as_it_is_then_upside_down_then_turned_round():
    figure = draw.flip([[1, -2, 3], [5, 0, -7]])
    panel = read_one(figure)
    found = blocks(panel)
    wanted = [[[1, -2, 3], [5, 0, -7]], [[5, 0, -7], [1, -2, 3]], [[-7, 0, 5], [3, -2, 1]]]
    for block, numbers, name in zip(found, wanted, ("kernel", "rows flipped", "columns, too"), strict=True):
        check_numbers(block, numbers)
        check_look(block, "kernel")
        label = panel.label(name)
        assert label.x == pytest.approx(block.centre[0])
        assert label.y < block.top
        assert read_grid(f"{name}:", figure.get_label()) == numbers
    arrows = [letter.x for letter in panel.labels if letter.text == "→"]
    assert [block.left for block in found] == sorted(block.left for block in found)
    assert [found[0].left < arrows[0] < found[1].left, found[1].left < arrows[1] < found[2].left] == [True, True]


@needs("learning_rates")
def test_each_learning_rate_stands_at_the_end_of_its_own_curve():
    errors = {0.01: [5, 4, 3.5], 0.3: [5, 2, 1, 0.25], 1.5: [5, 9, 30]}
    figure = draw.learning_rates(errors, alt="words")
    panel = read_one(figure)
    assert [[-y for y in curve.ys] for curve in panel.curves] == list(errors.values())  # y grows downwards as read
    assert [curve.xs for curve in panel.curves] == [tuple(range(len(values))) for values in errors.values()]
    for rate, values in errors.items():
        (label,) = [letter for letter in panel.labels if letter.text.strip() == str(rate)]
        assert -label.y == pytest.approx(values[-1])
        assert len(values) - 1 <= label.x <= len(values)
        assert label.ha == "left"
    assert (panel.xlabel, panel.ylabel) == ("update", "mean squared error")
    assert figure.axes[0].get_yscale() == "log"
    assert len({(curve.style, curve.colour) for curve in panel.curves}) == 3
    assert figure.get_label() == "words"
