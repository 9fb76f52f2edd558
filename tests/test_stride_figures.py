import pytest
from matplotlib.colors import to_hex

from cnncourse.figures.grammar import FILL
from cnncourse.figures.steps import draw_steps
from cnncourse.figures.stride import describe_reach, describe_windows, draw_reach, draw_windows
from cnncourse.figures.trace import reach, trace_corr2d


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def filled(figure, role):
    return [patch for patch in figure.axes[0].patches if to_hex(patch.get_facecolor()).upper() == FILL[role]]


def test_every_window_is_drawn_as_a_kernel_and_a_result():
    trace = trace_corr2d([list(range(10))], [[1, 1, 1]], stride=2)
    figure = draw_windows(trace)
    assert len(filled(figure, "input")) == 10
    assert len(filled(figure, "kernel")) == 4 * 3
    assert len(filled(figure, "output")) == 4
    assert figure.get_label() == describe_windows(trace)
    assert "1 input cell, crossed out, is read by no window" in figure.get_label()
    assert {"3", "9", "15", "21"} <= set(texts(figure))
    assert len(figure.axes[0].lines) == 2  # the cross over the last cell, and no gaps to bridge
    assert figure.get_size_inches()[0] <= 7


def test_a_kernel_stands_below_the_cells_that_it_covers():
    trace = trace_corr2d([list(range(9))], [[1, 2, 3]], dilation=3, padding=(0, 1))
    figure = draw_windows(trace)
    first_input = min(patch.get_x() for patch in filled(figure, "input"))
    for step in trace.steps:
        height = 1.3 + 1.15 * step.col
        drawn = sorted(patch.get_x() for patch in filled(figure, "kernel") if patch.get_y() == height)
        assert drawn == [first_input + term.col for term in step.terms]
    gaps = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert len(gaps) == 2 * len(trace.steps)


def test_windows_of_an_image_are_refused():
    with pytest.raises(
        ValueError, match=r"input and kernel are 2 by 3 and 1 by 2; expected one row each; use draw_steps"
    ):
        draw_windows(trace_corr2d([[1, 2, 3], [4, 5, 6]], [[1, 1]]))
    with pytest.raises(ValueError, match="expected one row each"):
        draw_windows(trace_corr2d([[1, 2, 3]], [[1, 1]], padding=(1, 0)))


def test_reached_cells_are_filled_and_numbered_and_the_others_crossed_out_or_empty():
    layers = [(3, 1, 2)] * 2
    figure = draw_reach(layers)
    assert reach(layers) == ((0, 2, 4, 6, 8), (0, 2, 4), (0,))
    assert len(filled(figure, "input")) == 9
    assert len(filled(figure, "output")) == 3 + 1
    crosses = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert len(crosses) == 2 * 4
    assert len(figure.axes[0].lines) - len(crosses) == 3 * 3 + 3  # one line for each cell and each cell that it reads
    assert figure.get_label() == describe_reach(layers, ["input", "layer 1", "layer 2"])
    assert "input: 9 cells, 4 of them crossed out" in figure.get_label()
    assert "layer 1: 5 cells, 2 of them empty" in figure.get_label()


def test_each_line_joins_a_cell_with_one_that_it_reads():
    figure = draw_reach([(2, 2, 1), (2, 1, 2)], ["input", "pool", "convolution"])
    # the output reads pool cells 0 and 2; pool cell 0 reads pixels 0 and 1, pool cell 2 reads pixels 4 and 5
    pixels = sorted(patch.get_x() + 0.5 for patch in filled(figure, "input"))
    pool, output = ([x + 0.5 for x in (pixels[0], pixels[4])], (pixels[0] + pixels[5]) / 2)
    joins = {(pixels[i], pool[i // 4]) for i in (0, 1, 4, 5)} | {(x, output) for x in pool}
    lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    drawn = {tuple(line.get_xdata()) for line in lines}
    assert len(lines) == len(joins)
    assert {tuple(round(x, 9) for x in ends) for ends in drawn} == {tuple(round(x, 9) for x in ends) for ends in joins}
    heights = sorted({tuple(line.get_ydata()) for line in lines})
    assert len(heights) == 2
    assert heights[0][1] == heights[1][0] - 1  # from a cell's lower edge down to the next level's upper edge
    assert {"input", "pool", "convolution"} <= set(texts(figure))


def test_the_source_example_shows_the_row_that_no_window_reads():
    trace = trace_corr2d([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]], stride=(3, 2), padding=1)
    figure = draw_steps(trace, trace.step(1, 0))
    assert "3 input cells, crossed out, are read by no window" in figure.get_label()
    assert len([line for line in figure.axes[0].lines if line.get_linestyle() == ":"]) == 2 * 3
