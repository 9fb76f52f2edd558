"""Figures of the chapter on MNIST: digits under their labels, runs beside the paper, accuracy against the clock."""

import re

import numpy as np
import pytest
import torch
from figures_checks import check_frame, check_grey
from figures_reader import draw, read, read_one
from matplotlib.colors import to_hex

from cnncourse.figures.mnist import describe_first_digits, describe_race, describe_runs
from cnncourse.mnist import PAPER_ERROR, PAPER_ERROR_DISTORTED, RECORDED, Point

IMAGES = np.random.default_rng(0).random((8, 5, 4))
LABELS = [7, 2, 1, 0, 4, 9, 5, 6]
STEEP = [Point(10 * n, float(n), 1 - 0.5**n) for n in range(1, 20)]
SLOW = [Point(10 * n, float(n), 0.05 * n) for n in range(1, 20)]
FLAT = [Point(20, 2.0, 0.1135), Point(40, 4.0, 0.0958)]


def check_digits(panels, titles):
    assert [panel.title for panel in panels if panel.pictures] == titles
    for panel, image in zip(panels, IMAGES, strict=False):
        check_grey(panel, image)
        check_frame(panel, "input")


def test_first_digits_stand_under_their_labels_and_the_words_read_them_out():
    figure = draw.first_digits(IMAGES, torch.tensor(LABELS), remark="The two is bold.")
    panels = read(figure)
    check_digits(panels, [str(label) for label in LABELS])
    said = re.search(r"labelled ([\d ]+)\.", figure.get_label())[1]
    assert said.split() == [panel.title for panel in panels if panel.pictures]
    assert figure.get_label().endswith(f"{said}. The two is bold.")


def test_misread_digits_stand_under_what_was_meant_and_what_was_read():
    read_as = [1, 7, 2, 6, 9, 4, 3, 0]
    figure = draw.misread(IMAGES, torch.tensor(LABELS), torch.tensor(read_as), remark="Bent.")
    check_digits(read(figure), [f"{a}, read as {b}" for a, b in zip(LABELS, read_as, strict=True)])
    assert figure.get_label().startswith("Eight test digits")
    assert figure.get_label().endswith("Bent.")


def test_each_row_of_runs_has_its_band_its_median_and_every_run():
    errors = [0.0091, 0.0103, 0.0094, 0.0099]
    figure = draw.runs(errors)
    panel = read_one(figure)
    rows = {"1 epoch, run here": errors, **RECORDED}
    names = {-y: label for y, label in panel.yticks}
    assert names == dict(enumerate(rows))
    for y, runs in enumerate(rows.values()):
        band, median, dots = (
            [c for c in panel.curves[:9] if -np.mean(c.ys) == y and (c.width > 10, c.marker == "o") == kind]
            for kind in ((True, False), (False, False), (False, True))
        )
        assert band[0].xs == pytest.approx([100 * min(runs), 100 * max(runs)])
        assert median[0].xs == pytest.approx([100 * np.median(runs)] * 2)
        assert dots[0].xs == pytest.approx([100 * error for error in runs])
        assert len(band) == len(median) == len(dots) == 1
    papers = {curve.style: curve.xs[0] for curve in panel.curves[9:]}
    assert papers == {"--": pytest.approx(100 * PAPER_ERROR), ":": pytest.approx(100 * PAPER_ERROR_DISTORTED)}
    left = panel.label("LeNet-5 with distorted images")
    assert (left.ha, left.x) == ("right", pytest.approx(100 * PAPER_ERROR_DISTORTED, abs=0.03))
    assert panel.label("LeNet-5").x == pytest.approx(100 * PAPER_ERROR, abs=0.03)
    assert panel.xlabel == "test error in per cent"
    assert figure.get_label() == describe_runs(errors)


def test_each_recipe_has_its_own_accuracies_above_its_own_seconds():
    curves = {
        "quick": [Point(2.0, 0.1, 0.5), Point(5.0, 0.2, 0.93), Point(9.0, 1.0, 0.98)],
        "classical": [Point(30.0, 1.0, 0.11), Point(70.0, 2.0, 0.095)],
    }
    figure = draw.race(curves)
    panel = read_one(figure)
    assert [curve.label for curve in panel.curves] == list(curves)
    for curve in panel.curves:
        points = [(point.seconds, point.accuracy) for point in curves[curve.label]]
        assert [(x, -y) for x, y in zip(curve.xs, curve.ys, strict=True)] == points
    legend = {name: (to_hex(h.get_color()), h.get_linestyle(), h.get_marker()) for name, h in panel.legend}
    assert legend == {c.label: (c.colour, c.style, c.marker) for c in panel.curves}
    assert len(set(legend.values())) == 2
    assert (panel.xlabel, panel.ylabel) == ("seconds of training", "accuracy")
    assert (panel.limits[0], *panel.limits[2:]) == (0, -1.02, 0)
    assert figure.get_label() == describe_race(curves)


def test_words_spell_counts_out_as_far_as_twelve():
    assert describe_first_digits(["7"] * 12).startswith("The first twelve digits of the test set")
    assert describe_first_digits(["7"] * 13).startswith("The first 13 digits of the test set")


def test_a_digit_that_was_read_as_nothing_is_refused():
    with pytest.raises(ValueError, match="zip"):
        draw.misread(IMAGES, [4, 5, 9], [9, 3])


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
        draw.runs([0.009, 0.010])


def test_words_of_a_race_follow_its_curves():
    assert describe_race({"quick": STEEP}).endswith(
        "The quick recipe climbs steeply, is above 0.9 within the first measurements, and ends above 0.97."
    )
    assert describe_race({"quick": SLOW}).endswith("The quick recipe climbs and ends above 0.9.")
    assert describe_race({"a": FLAT, "b": SLOW[:12]}).endswith(
        "The a recipe lies flat near 0.1, guessing, to the end; the b recipe climbs and ends above 0.5."
    )
