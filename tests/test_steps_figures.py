"""A window at work: each step shows what its trace holds, with padding, stride, dilation, and for poolings."""

import math
import re

import pytest
import torch
from figures_checks import (
    all_windows,
    check_input,
    check_input_words,
    check_letters,
    check_look,
    check_numbers,
    check_role_labels,
    check_signs_between,
    check_step,
    check_step_words,
    check_strip_words,
    check_sum,
    covered,
    is_stacked,
    pooled,
    shifted,
    so_far,
)
from figures_reader import all_boxes_in, blocks, draw, marked, read, read_one, read_windows, value

from cnncourse.figures.steps import describe_steps
from cnncourse.figures.trace import trace_corr2d, trace_pool2d

# neither square nor symmetric, and no number twice, so that nothing can be exchanged unseen
X = [
    [1, 22, 4, 7, 12, 19],
    [20, 29, 3, 41, -5, 54],
    [56, 6, 77, 8, 99, 9],
    [10, 61, -11, 93, 13, 88],
    [14, 15, 31, 17, 37, 50],
]
KERNEL = [[1, -2, 3], [5, 4, -7]]
SIDES = (1, 0, 2, 1)  # top, bottom, left, right


def cut(h, w):
    """The upper left corner of X."""
    return [row[:w] for row in X[:h]]


def test_a_step_shows_input_kernel_and_the_output_up_to_its_own_cell():
    trace = trace_corr2d(cut(4, 5), KERNEL)
    for row, col in ((0, 2), (2, 0), (2, 2)):  # the others stand among all steps, below
        check_step(read_one(draw.steps(trace, trace.step(row, col))), trace, row, col)


def test_words_of_a_step_say_what_its_picture_shows():
    trace = trace_corr2d(cut(4, 5), KERNEL)
    for row, col in ((0, 1), (2, 0)):
        figure = draw.steps(trace, trace.step(row, col))
        check_step_words(read_one(figure), figure.get_label())


def test_a_tall_kernel_stands_on_its_end_and_an_output_keeps_its_shape():
    trace = trace_corr2d(cut(4, 5), [[1, -2], [3, 5], [0, -7]])
    panel = read_one(draw.steps(trace, trace.step(1, 2)))
    assert [block.size for block in blocks(panel)] == [(4, 5), (3, 2), (2, 4)]
    check_step(panel, trace, 1, 2)


@pytest.mark.parametrize(("largest", "stacked"), [(9, False), (-99, True)])
def test_kernel_and_output_stand_one_above_the_other_where_numbers_would_be_too_long_side_by_side(largest, stacked):
    trace = trace_corr2d([[largest] + [0] * 7] * 8, [[1, 0, 0]] * 3)
    panel = read_one(draw.steps(trace, trace.step(2, 0)))
    check_step(panel, trace, 2, 0)
    _, kernel, output = blocks(panel)
    assert is_stacked(kernel, output) == stacked


def test_a_long_sum_is_broken_into_lines_and_keeps_its_order():
    trace = trace_corr2d([[11, 12, 13]] * 3, [[-21, -22, -23]] * 3)
    panel = read_one(draw.steps(trace, trace.steps[0]))
    check_sum(panel, trace, 0, 0)
    (text,) = [letter.text for letter in panel.labels if "×" in letter.text]
    assert [line.count("×") for line in text.split("\n")] == [3, 3, 3]


def test_decimals_and_minus_signs_are_printed_in_their_cells():
    trace = trace_corr2d([[0.25, -1.5, 3], [-0.75, 2.5, 0.125]], [[0.5, -1]])
    check_step(read_one(draw.steps(trace, trace.step(1, 0))), trace, 1, 0)


def test_all_steps_stand_in_reading_order_each_under_its_own_number():
    trace = trace_corr2d(cut(3, 4), KERNEL)
    figure = draw.steps(trace)
    panels = read(figure)
    assert [panel.title for panel in panels] == ["step 1", "step 2", "step 3", "step 4"]
    assert len({panel.place[0] for panel in panels}) == len({panel.place[1] for panel in panels}) == 2
    for panel, (row, col) in zip(panels, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        check_step(panel, trace, row, col)
    check_strip_words(panels, figure.get_label())


def test_chosen_steps_are_drawn_in_the_order_chosen():
    trace = trace_corr2d(cut(4, 5), KERNEL)
    figure = draw.steps(trace, [trace.step(2, 1), trace.step(0, 2), trace.step(1, 0)], columns=3)
    panels = read(figure)
    assert len({panel.place[1] for panel in panels}) == 1  # one row
    for panel, (row, col) in zip(panels, ((2, 1), (0, 2), (1, 0)), strict=True):
        check_step(panel, trace, row, col)
    check_strip_words(panels, figure.get_label())


@pytest.mark.parametrize("sides", [SIDES, (0, 2, 0, 1), (0, 1, 3, 0), (2, 2, 1, 1)])
def test_padding_is_drawn_on_its_own_side_with_its_value(sides):
    trace = trace_corr2d(cut(3, 4), KERNEL, padding=sides, padding_value=70)
    for step in (trace.steps[0], trace.steps[-1]):  # above and left, below and right
        check_step(read_one(draw.steps(trace, step)), trace, step.row, step.col)


def test_words_of_a_padded_step_say_what_its_picture_shows():
    for sides, fill in ((SIDES, 0), ((0, 1, 3, 0), -5)):
        trace = trace_corr2d(cut(3, 4), KERNEL, padding=sides, padding_value=fill)
        figure = draw.steps(trace, trace.step(1, 0))
        check_step_words(read_one(figure), figure.get_label())


SETTINGS = [
    {"stride": (2, 1)},
    {"stride": (1, 3)},
    {"dilation": (2, 1)},
    {"dilation": (1, 2), "stride": (3, 1)},
    {"stride": (3, 2), "padding": (1, 0, 0, 2), "padding_value": 70},
    {"stride": (2, 3), "padding": (0, 1, 2, 0), "dilation": (3, 2)},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_window_covers_the_cells_that_stride_dilation_and_padding_give(settings):
    trace = trace_corr2d(X, KERNEL, **settings)
    assert len(trace.steps) > 1
    for step in (trace.steps[1], trace.steps[-1]):
        figure = draw.steps(trace, step)
        panel = read_one(figure)
        check_step(panel, trace, step.row, step.col)
        check_step_words(panel, figure.get_label())


def test_strided_steps_stand_in_order_with_their_words():
    trace = trace_corr2d(X, KERNEL, stride=(2, 3))
    figure = draw.steps(trace)
    panels = read(figure)
    for panel, (row, col) in zip(panels, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        check_step(panel, trace, row, col)
    check_strip_words(panels, figure.get_label())


CASES = [
    ((2, 3), "max", {}),
    ((2, 3), "avg", {}),
    ((3, 2), "max", {"stride": (1, 2), "padding": (1, 0)}),
    ((2, 3), "max", {"stride": (2, 1), "padding": (1, 1)}),
    ((2, 2), "avg", {"stride": (2, 3), "padding": (0, 1), "count_include_pad": False}),
    ((3, 1), "avg", {"stride": (2, 1), "padding": (1, 0)}),
]


def check_pool_step(panel, trace, case, row, col):
    size, mode, settings = case
    output = pooled(torch.tensor(X, dtype=torch.float64), size, mode, **settings).tolist()
    left, right = blocks(panel)
    window = covered(trace, row, col, size)
    check_input(panel, left, trace, all_windows(trace, size, output), window)
    check_numbers(right, so_far(output, row, col))
    check_look(right, "output")
    assert marked(panel, right) == {(row, col)}
    assert all_boxes_in(panel, left, right)
    inside = {(i, j) for i, j in window if 0 <= i < len(X) and 0 <= j < len(X[0])}
    winner = {max(inside, key=lambda cell: X[cell[0]][cell[1]])} if mode == "max" else set()
    assert left.places(panel.rings) == shifted(winner, trace)
    assert len(panel.rings) == len(winner)
    check_role_labels(panel, [left, right])
    check_signs_between(panel, left, "→", right)
    check_signs_between(panel, left, mode, right)
    assert panel.label(mode).y < panel.label("→").y
    check_letters(panel)
    (formula,) = formulas(panel)
    numbers = [value(text) for text in re.findall(r"−?(?:[\d.]+|inf)", formula.replace("− ", "−"))]
    under = [X[i][j] if (i, j) in inside else float("-inf" if mode == "max" else 0) for i, j in sorted(window)]
    if not settings.get("count_include_pad", True):
        under = [X[i][j] for i, j in sorted(inside)]
    divisor = [] if mode == "max" else [len(under)]
    assert numbers == [*under, *divisor, pytest.approx(output[row][col], abs=0.0051)]


def formulas(panel):
    return [label.text for label in panel.labels if "=" in label.text]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_pooling_step_shows_its_window_its_winner_and_the_output_so_far(case):
    size, mode, settings = case
    trace = trace_pool2d(X, size, mode, **settings)
    for step in (trace.steps[1], trace.steps[-1]):
        check_pool_step(read_one(draw.steps(trace, step)), trace, case, step.row, step.col)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_words_of_a_pooling_step_say_what_its_picture_shows(case):
    size, mode, settings = case
    trace = trace_pool2d(X, size, mode, **settings)
    step = trace.steps[1]
    figure = draw.steps(trace, step)
    panel, words = read_one(figure), figure.get_label()
    left, right = blocks(panel)
    top, _, before, _ = check_input_words(panel, left, words)
    (window,) = read_windows(words)
    assert {(i + top, j + before) for i, j in window} == marked(panel, left)
    said = re.search(
        r"of the input: (.* = (\S+)), which is row (\d+), column (\d+) of the (\d+) by (\d+) output", words
    )
    assert [said[1]] == formulas(panel)
    ((row, col),) = marked(panel, right)
    assert (row, col) == (int(said[3]), int(said[4]))
    assert right.numbers[row][col] == value(said[2])
    assert right.size == (int(said[5]), int(said[6]))
    ring = re.search(r"ring marks the winner, row (\S+), column (\S+)\.", words)
    assert left.places(panel.rings) == ({(int(value(ring[1])) + top, int(value(ring[2])) + before)} if ring else set())
    assert re.search(r"Windows (\d+) by (\d+)", words).groups() == tuple(map(str, size))


def test_pooling_steps_stand_in_order_with_their_words():
    case = (2, 3), "max", {}
    trace = trace_pool2d(X, *case[:2])
    figure = draw.steps(trace)
    panels = read(figure)
    told = re.findall(r"Step (\d): the window (.*?), (max\(.*?\) = \S+)\. ", figure.get_label() + " ")
    assert len(panels) == len(told) == 4
    for panel, (count, window, formula), (row, col) in zip(panels, told, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        check_pool_step(panel, trace, ((2, 3), "max", {}), row, col)
        assert panel.title == f"step {count}"
        assert formulas(panel) == [formula]
        assert read_windows(f"window {window}") == [marked(panel, blocks(panel)[0])]


SMALL = [
    trace_corr2d(cut(3, 3), [[1, -2], [5, 4]]),
    *(trace_pool2d(cut(3, 3), 2, mode, stride=1) for mode in ("max", "avg")),
]


@pytest.mark.parametrize("trace", SMALL, ids=["corr2d", "max", "avg"])
def test_one_step_is_the_same_alone_and_in_a_list_of_one(trace):
    step = trace.step(1, 0)
    alone, listed = draw.steps(trace, step), draw.steps(trace, [step], columns=3)
    assert alone.get_label() == listed.get_label() == describe_steps(trace, step)
    assert read_one(alone) == read_one(listed)
    assert alone.get_size_inches().tolist() == listed.get_size_inches().tolist()
    assert read_one(listed).title == ""


@pytest.mark.parametrize("trace", SMALL[1:], ids=["max", "avg"])
def test_chosen_poolings_are_drawn_and_told_in_the_order_chosen(trace):
    figure = draw.steps(trace, trace.steps[2:0:-1], columns=1)
    panels, windows = read(figure), read_windows(figure.get_label())
    assert [panel.title for panel in panels] == ["step 1", "step 2"]
    assert [marked(panel, blocks(panel)[0]) for panel in panels] == windows
    assert [min(window) for window in windows] == [(1, 0), (0, 1)]


@pytest.mark.parametrize("trace", SMALL, ids=["corr2d", "max", "avg"])
def test_no_steps_are_refused(trace):
    for tell in (draw.steps, describe_steps):
        with pytest.raises(ValueError, match="steps is empty; expected one or several of "):
            tell(trace, [])


def test_rings_in_the_words_are_those_of_the_picture():
    for mode, rings in (("max", 1), ("avg", 0)):
        figure = draw.steps(trace_pool2d(cut(2, 4), 2, mode))
        assert [len(panel.rings) for panel in read(figure)] == [rings] * 2
        told = re.findall(r" ([^.]*\bring\b[^.]*\.)", figure.get_label())
        assert told == ["In each step a ring marks the winner."] * rings


def test_words_name_the_nan_that_wins():
    words = describe_steps(trace_pool2d([[1, math.nan], [3, 2]], 2))
    assert "max(1, nan, 3, 2) = nan" in words
    assert "ring marks the winner, row 0, column 1." in words
