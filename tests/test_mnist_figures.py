import pytest
import torch

from cnncourse.figures.mnist import (
    describe_first_digits,
    describe_race,
    describe_runs,
    draw_first_digits,
    draw_misread,
    draw_race,
    draw_runs,
)
from cnncourse.mnist import PAPER_ERROR, PAPER_ERROR_DISTORTED, RECORDED, Point

IMAGES = torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(0))
STEEP = [Point(10 * n, float(n), 1 - 0.5**n) for n in range(1, 20)]
SLOW = [Point(10 * n, float(n), 0.05 * n) for n in range(1, 20)]
FLAT = [Point(20, 2.0, 0.1135), Point(40, 4.0, 0.0958)]


def titles(figure):
    return [axes.get_title() for axes in figure.axes if axes.images]


def test_first_digits_stand_under_their_labels():
    figure = draw_first_digits(IMAGES, torch.tensor([7, 2, 1]), remark="The two is bold.")
    assert titles(figure) == ["7", "2", "1"]
    assert figure.get_label() == describe_first_digits(["7", "2", "1"], "The two is bold.")
    assert describe_first_digits(["7"] * 12).startswith("The first twelve digits of the test set")
    assert describe_first_digits(["7"] * 13).startswith("The first 13 digits of the test set")


def test_misread_digits_say_what_was_meant_and_what_was_read():
    figure = draw_misread(IMAGES, torch.tensor([4, 5, 9]), torch.tensor([9, 3, 4]), remark="All are bent.")
    assert titles(figure) == ["4, read as 9", "5, read as 3", "9, read as 4"]
    assert figure.get_label() == ("Three test digits with what was meant and what the network read. All are bent.")
    with pytest.raises(ValueError, match="zip"):
        draw_misread(IMAGES, [4, 5, 9], [9, 3])


def test_runs_are_drawn_as_bands_with_their_median_beside_the_paper():
    errors = [0.0091, 0.0100, 0.0094]
    figure = draw_runs(errors)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1 epoch, run here", *RECORDED]
    low_high, median, dots = (line.get_xdata() for line in axes.lines[:3])
    assert list(low_high) == pytest.approx([0.91, 1.00])
    assert list(median) == pytest.approx([0.94, 0.94])
    assert list(dots) == pytest.approx([0.91, 1.00, 0.94])
    papers = [line.get_xdata()[0] for line in axes.lines[-2:]]
    assert papers == pytest.approx([100 * PAPER_ERROR, 100 * PAPER_ERROR_DISTORTED])
    assert figure.get_label() == describe_runs(errors)


@pytest.mark.parametrize(
    ("median", "place"), [(0.0074, "far below"), (0.0077, "about"), (0.0114, "about"), (0.0117, "far above")]
)
def test_words_call_about_what_lies_within_twice_the_scatter_of_chance(median, place):
    assert f"One epoch lies {place} LeNet-5's 0.95 %, three epochs far below it" in describe_runs([median] * 3)


def test_words_call_lowest_only_what_is_lowest():
    assert list(RECORDED) == ["3 epochs", "12 epochs, augmented"]  # as the sentence counts them
    assert "twelve augmented ones lowest, far below its distorted 0.8 %." in describe_runs([0.0095] * 3)
    assert "twelve augmented ones far below" in describe_runs([0.0040] * 3)


def test_fewer_than_three_runs_are_no_band():
    with pytest.raises(ValueError, match="values has 2 runs; expected at least 3"):
        draw_runs([0.009, 0.010])


def test_race_draws_accuracy_against_seconds():
    curves = {"quick": STEEP, "classical": FLAT}
    figure = draw_race(curves)
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == list(curves)
    assert axes.lines[1].get_xydata().tolist() == [[2.0, 0.1135], [4.0, 0.0958]]
    assert axes.get_ylim() == (0, 1.02)
    assert figure.get_label() == describe_race(curves)


def test_words_of_a_race_follow_its_curves():
    assert describe_race({"quick": STEEP}).endswith(
        "The quick recipe climbs steeply, is above 0.9 within the first measurements, and ends above 0.97."
    )
    assert describe_race({"quick": SLOW}).endswith("The quick recipe climbs and ends above 0.9.")
    assert describe_race({"a": FLAT, "b": SLOW[:12]}).endswith(
        "The a recipe lies flat near 0.1, guessing, to the end; the b recipe climbs and ends above 0.5."
    )
