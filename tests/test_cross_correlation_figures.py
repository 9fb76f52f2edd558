"""Figures of the chapter on cross-correlation: a photograph filtered, a kernel flipped or learned."""

import pytest
from figures_checks import (
    check_colour,
    check_colour_bar,
    check_frame,
    check_grey,
    check_look,
    check_numbers,
    check_signed,
    pictures,
)
from figures_reader import blocks, draw, read, read_grid, read_one


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


def test_learning_rates_beyond_the_fourth_are_drawn_too():
    errors = {rate: [1.0, 0.1 * rate] for rate in range(1, 6)}
    panel = read_one(draw.learning_rates(errors, alt="words"))
    assert [[-y for y in curve.ys] for curve in panel.curves] == list(errors.values())
    assert [letter.text.strip() for letter in panel.labels] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(("shape", "limit"), [((4, 6), {}), ((3, 4, 6), {"signed_limit": 1.5})])
def test_filtering_stands_as_photograph_kernel_and_feature_map_from_left_to_right(shape, limit):
    photograph, kernel = pictures(*shape), [[1, -2, 3], [0, 5, -4]]
    feature_map = 4 * pictures(3, 4) - 2
    figure = draw.filtering(photograph, kernel, feature_map, alt="words", **limit)
    left, centre, right = panels = read(figure)
    assert [panel.title for panel in panels] == ["input", "kernel", "output"]
    check_colour(left, photograph) if len(shape) == 3 else check_grey(left, photograph)
    check_frame(left, "input")
    (block,) = blocks(centre)
    check_numbers(block, kernel)
    check_look(block, "kernel")
    check_signed(right, feature_map, limit.get("signed_limit", 1))
    check_colour_bar(panels, limit.get("signed_limit", 1))
    check_frame(right, "output")
    assert figure.get_label() == "words"
