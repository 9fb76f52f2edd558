"""Figures of the chapter on cross-correlation show what their traces hold."""

from figures_checks import check_step, check_step_words, check_strip_words
from figures_reader import blocks, draw, read, read_one

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
