"""Figures of the chapter on what LeNet has learned: kernels, who is taken for whom, and maps that are off."""

import numpy as np
import pytest
from figures_checks import check_darker_with_value, check_frame, check_grey, check_signed, looks, only_picture
from figures_reader import FILL, INK, WHITE, darkness, draw, read

from cnncourse.figures.grammar import require_legible


def bank(count=5):
    kernels = np.arange(6.0 * count).reshape(count, 2, 3) - 11
    maps = np.minimum((np.arange(12.0 * count).reshape(count, 3, 4) * 7) % 29, 27 - 4 * np.arange(count)[:, None, None])
    return np.random.default_rng(0).random((4, 6)), kernels, maps


def test_each_kernel_stands_left_of_its_own_map_in_counting_order():
    image, kernels, maps = bank()
    figure = draw.bank(image, kernels, maps, alt="words", columns=2)
    first, *rest = [panel for panel in read(figure) if panel.pictures]
    assert first.title == "input"
    check_grey(first, image)
    check_frame(first, "input")
    assert first.place[1] < min(panel.place[1] for panel in rest)
    assert len(rest) == 10
    assert [len({panel.place[axis] for panel in rest}) for axis in (0, 1)] == [4, 3]  # two pairs in each of three rows
    colours = {}
    for count, (kernel, feature_map) in enumerate(zip(kernels, maps, strict=True)):
        left, right = rest[2 * count : 2 * count + 2]
        assert (left.title, right.title) == (f"kernel {count}", f"map {count}")
        assert left.place[1] == right.place[1]
        check_signed(left, kernel, 18)
        check_frame(left, "kernel")
        check_frame(right, "output")
        assert np.array_equal(only_picture(right).values, feature_map)
        for number, colour in check_darker_with_value(only_picture(right)).items():
            assert colours.setdefault(number, colour) == colour  # one scale for all maps
    assert darkness(colours[maps.max()]) == max(map(darkness, colours.values()))
    assert len(set(colours.values())) > 20
    assert figure.get_label() == "words"


def test_kernels_and_maps_have_a_scale_each_that_ends_at_their_largest():
    figure = draw.bank(*bank(), alt="words")
    bars = {axes.get_title(): axes for axes in figure.axes if axes.get_label() == "<colorbar>"}
    ends = {"weight in a kernel": (-18, 18, ["−18", "0", "+18"]), "cell of a map": (0, 27, ["0", "13.5", "+27"])}
    assert set(bars) == set(ends)
    for name, (low, high, labels) in ends.items():
        assert bars[name].get_xlim() == (low, high)
        assert list(bars[name].get_xticks()) == [low, (low + high) / 2, high]
        assert [label.get_text() for label in bars[name].get_xticklabels()] == labels


COUNTS = [
    [[40, 2, 0, 5], [1, 31, 7, 0], [0, 3, 27, 9], [8, 0, 4, 35]],
    [[44, 0, 1, 2], [0, 36, 3, 0], [0, 0, 38, 1], [6, 0, 0, 41]],
]


def confusion_cells(panel):
    rows = sorted({cell.y for cell in panel.cells})
    return [sorted((c for c in panel.cells if c.y == y), key=lambda c: c.x) for y in rows]


def test_a_confusion_matrix_has_the_right_class_downwards_and_the_prediction_across():
    panels = read(draw.confusion(COUNTS, ["first", "second"], alt="words"))
    assert [panel.title for panel in panels] == ["first", "second"]
    for panel, matrix in zip(panels, COUNTS, strict=True):
        cells = confusion_cells(panel)
        assert [[int(cell.text or 0) for cell in row] for row in cells] == matrix
        assert all(
            (cell.text == "") == (count == 0)
            for row, line in zip(cells, matrix, strict=True)
            for cell, count in zip(row, line, strict=True)
        )
        assert (panel.ylabel, panel.xlabel) == ("right class", "prediction")
        assert sorted(panel.yticks) == [(row[0].y, str(i)) for i, row in enumerate(cells)]
        assert sorted(panel.xticks) == [(cell.x, str(j)) for j, cell in enumerate(cells[0])]
        assert {letter.colour for letter in panel.letters} == {INK}


def test_right_answers_are_green_and_mistakes_orange_the_more_the_darker_on_one_scale():
    shades = {}
    for panel in read(draw.confusion(COUNTS, ["first", "second"], alt="words")):
        for i, row in enumerate(confusion_cells(panel)):
            for j, cell in enumerate(row):
                red, green, blue = (int(cell.fill[s : s + 2], 16) for s in (1, 3, 5))
                if i == j:
                    assert green > red
                    assert green > blue
                elif cell.text:
                    assert red > green > blue
                    shades.setdefault(int(cell.text), set()).add(cell.fill)
                else:
                    assert cell.fill == WHITE
    depths = [darkness(fills.copy().pop()) for _, fills in sorted(shades.items())]
    assert all(len(fills) == 1 for fills in shades.values())
    assert depths == sorted(set(depths))
    assert shades[9] == {FILL["kernel"]}


def test_maps_off_are_sorted_and_each_layers_curves_look_alike_above_and_below():
    single = {"early": [0.9, 0.3, 0.6], "late": [0.95, 0.85, 0.7, 0.8], "third": [0.5], "fourth": [0.6, 0.5]}
    several = {("early", 0.5): 0.4, ("early", 0.25): 0.65, ("late", 0.25): 0.75, ("late", 0.5): 0.55}
    several |= {(name, share): share * k for k, name in ((1, "third"), (1.5, "fourth")) for share in (0.25, 0.5)}
    figure = draw.maps_off(single, several, alt="words")
    above, below = read(figure)
    named = looks(above)
    for curve, other in zip(above.curves, below.curves, strict=True):
        assert [-y for y in curve.ys] == sorted(single[curve.label])
        assert other.xs == (0.25, 0.5)
        assert [-y for y in other.ys] == [several[curve.label, share] for share in other.xs]
        assert (other.colour, other.style, other.marker) == named[curve.label]
    assert list(named) == list(single)
    assert above.limits[2:] == (-1.005, pytest.approx(-0.28))  # every point, and nothing far below the worst
    assert below.limits[2:] == (-1.02, 0)
    assert (above.ylabel, above.xlabel) == ("accuracy", "map, worst first")
    assert (below.ylabel, below.xlabel) == ("accuracy", "share of maps off")
    assert figure.get_label() == "words"


def test_a_bank_and_two_matrices_of_the_page_s_size_are_legible_and_no_taller_than_a_window():
    kernels, maps, counts = np.ones((12, 5, 5)), np.ones((12, 28, 28)), np.full((10, 10), 109)
    for figure in (
        draw.bank(np.ones((28, 28)), kernels, maps, alt="words"),
        draw.confusion([counts, counts], ["first", "second"], alt="words"),
    ):
        assert require_legible(figure).get_size_inches()[1] < 7
    figure.draw_without_rendering()
    wide = figure.axes[0].get_window_extent().width / 10
    assert max(text.get_window_extent().width for text in figure.axes[0].texts) < 0.7 * wide  # three figures in a cell


def test_kernels_without_a_map_are_refused():
    image, kernels, maps = bank()
    with pytest.raises(ValueError, match="5 kernels and 4 maps; expected one map a kernel"):
        draw.bank(image, kernels, maps[:4], alt="words")
