import pytest
from matplotlib.patches import Rectangle

from cnncourse.figures.padding import describe_padded, describe_uses, draw_padded, draw_uses
from cnncourse.figures.trace import trace_corr2d

ONES = [[1] * 3] * 3
BLANK = [[0] * 5] * 5
PADDED = [[[0, 0, 5, 6, 0]], [[6, 5, 5, 6, 6]]]


def texts(figure):
    return [[text.get_text() for text in axes.texts] for axes in figure.axes]


def hatched(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_hatch()]


@pytest.fixture
def traces():
    return [trace_corr2d(BLANK, ONES, padding=p) for p in (0, 1)]


def test_map_of_uses_prints_the_counts_of_the_trace_and_hatches_its_padding(traces):
    figure = draw_uses(traces, ["none", "one"])
    assert texts(figure) == [[str(uses) for row in trace.uses() for uses in row] for trace in traces]
    assert [len(hatched(axes)) for axes in figure.axes] == [0, 7 * 7 - 5 * 5]
    assert [axes.get_title() for axes in figure.axes] == ["none", "one"]


def test_maps_of_uses_share_the_size_of_a_cell_and_the_scale_of_colour(traces):
    figure = draw_uses(traces, ["none", "one"])
    wides = {round(axes.get_xlim()[1] - axes.get_xlim()[0], 6) for axes in figure.axes}
    assert len(wides) == 1
    fills = [
        {text.get_text(): patch.get_facecolor() for text, patch in zip(axes.texts, cells, strict=True)}
        for axes in figure.axes
        for cells in [[patch for patch in axes.patches if not patch.get_hatch()]]
    ]
    assert all(fills[0][count] == fills[1][count] for count in ("4", "6", "9"))
    assert fills[0]["1"] != fills[0]["9"]


def test_map_of_uses_crosses_out_what_no_window_reads():
    figure = draw_uses([trace_corr2d([[1, 2, 3, 4]], [[1, 1]], stride=3)], ["stride 3"])
    assert texts(figure) == [["1", "1", "0", "0"]]
    assert len(figure.axes[0].lines) == 4  # two strokes a cross


def test_words_of_the_maps_come_from_the_traces(traces):
    figure = draw_uses(traces, ["none", "one"])
    assert figure.get_label() == describe_uses(traces, ["none", "one"])
    assert "one, kernel 3 by 3: 5 by 5, rows 4 6 6 6 4; 6 9 9 9 6;" in figure.get_label()
    with pytest.raises(ValueError, match="zip"):
        draw_uses(traces, ["only one title"])


def test_padded_rows_print_every_value_and_hatch_what_was_added():
    figure = draw_padded(PADDED, (0, 0, 2, 1), ["zero", "nearest"])
    written = texts(figure)[0]
    assert sorted(written) == sorted([*"00560", *"65566", "zero", "nearest"])
    assert len(hatched(figure.axes[0])) == 2 * 3


def test_words_of_padded_rows_put_a_bar_at_each_border():
    wanted = "zero: 0 0 | 5 6 | 0. nearest: 6 5 | 5 6 | 6."
    assert describe_padded(PADDED, (0, 0, 2, 1), ["zero", "nearest"]) == wanted
    assert draw_padded(PADDED, (0, 0, 2, 1), ["zero", "nearest"]).get_label() == wanted
    assert describe_padded([[[1, 2]]], (0, 0, 0, 0), ["none"]) == "none: 1 2."


def test_figures_are_no_wider_than_a_phone_can_show(traces):
    for figure in (draw_uses(traces * 2, "abcd"), draw_padded([[[0] * 30]], (0, 0, 1, 1), ["long"])):
        assert figure.get_size_inches()[0] <= 7
