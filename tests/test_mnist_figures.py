"""Figures of the chapter on MNIST: digits under their labels, runs beside the paper, accuracy against the clock."""

import re

import numpy as np
import pytest
import torch
from figures_checks import check_frame, check_grey
from figures_reader import draw, read, read_one
from matplotlib.colors import to_hex

from cnncourse.figures.mnist import describe_first_digits, describe_race, describe_runs
from cnncourse.mnist import PAPER_ERROR, PAPER_ERROR_DISTORTED, Point

IMAGES = np.random.default_rng(0).random((8, 5, 4))
LABELS = [7, 2, 1, 0, 4, 9, 5, 6]
STEEP = [Point(10 * n, float(n), 1 - 0.5**n) for n in range(1, 20)]
SLOW = [Point(10 * n, float(n), 0.05 * n) for n in range(1, 20)]
LONGER = {"3 epochs": [0.0068, 0.0069, 0.0061], "12 epochs, augmented": [0.0055, 0.0047, 0.0054, 0.0049]}
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
    rows = {"1 epoch, run here": [0.0091, 0.0103, 0.0094, 0.0099], **LONGER}
    figure = draw.runs(rows)
    panel = read_one(figure)
    names = {-y: label for y, label in panel.yticks}
    assert names == {y: name.replace(", ", ",\n") for y, name in enumerate(rows)}
    assert [-bar.y for bar in panel.bars] == pytest.approx([0, 1, 2])
    assert len(panel.curves) == 2 * len(rows) + 2
    for y, (bar, runs) in enumerate(zip(panel.bars, rows.values(), strict=True)):
        assert (bar.start, bar.start + bar.length) == pytest.approx((100 * min(runs), 100 * max(runs)))
        median, dots = (
            [c for c in panel.curves[:6] if round(-np.mean(c.ys), 6) == y and (c.marker == "o") == kind]
            for kind in (False, True)
        )
        assert median[0].xs == pytest.approx([100 * np.median(runs)] * 2)
        assert dots[0].xs == pytest.approx([100 * error for error in runs])
        assert len(median) == len(dots) == 1
    assert panel.limits[0] < 0.47 - 0.03  # room for the outermost dots, the paper's beside them
    assert panel.limits[1] > 1.03 + 0.03
    papers = {curve.style: curve.xs[0] for curve in panel.curves[6:]}
    assert papers == {"--": pytest.approx(100 * PAPER_ERROR), ":": pytest.approx(100 * PAPER_ERROR_DISTORTED)}
    left = panel.label("LeNet-5,\ndistorted images")
    assert (left.ha, left.x) == ("right", pytest.approx(100 * PAPER_ERROR_DISTORTED, abs=0.03))
    assert panel.label("LeNet-5").x == pytest.approx(100 * PAPER_ERROR, abs=0.03)
    assert panel.xlabel == "test error in per cent"
    assert figure.get_label() == describe_runs(rows)


def test_each_recipe_has_its_own_accuracies_above_its_own_seconds():
    curves = {
        "quick": [Point(2.0, 0.1, 0.5), Point(5.0, 0.2, 0.93), Point(9.0, 1.0, 0.98)],
        "tanh": [Point(20.0, 1.5, 0.31), Point(40.0, 3.0, 0.955)],
        "textbook": [Point(30.0, 1.0, 0.11), Point(70.0, 2.0, 0.095)],
    }
    figure = draw.race(curves)
    panel = read_one(figure)
    assert [curve.label for curve in panel.curves] == list(curves)
    for curve in panel.curves:
        points = [(point.seconds, point.accuracy) for point in curves[curve.label]]
        assert [(x, -y) for x, y in zip(curve.xs, curve.ys, strict=True)] == points
    legend = {name: (to_hex(h.get_color()), h.get_linestyle(), h.get_marker()) for name, h in panel.legend}
    assert legend == {c.label: (c.colour, c.style, c.marker) for c in panel.curves}
    assert len(set(legend.values())) == 3
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
    ("median", "place"), [(0.0069, "well below"), (0.0070, "about"), (0.0123, "about"), (0.0126, "well above")]
)
def test_words_call_about_what_lies_within_twice_the_scatter_of_a_difference(median, place):
    # 2 √((0.0095 · 0.9905 + 0.0070 · 0.9930) / 10,000) = 0.00255
    said = describe_runs({"1 epoch, run here": [median] * 3, **LONGER})
    assert f"1 epoch, run here: {place} LeNet-5's 0.95 %. 3 epochs: well below its 0.95 %." in said
    assert said.endswith("12 epochs, augmented: well below its 0.8 % with distorted images.")


def test_fewer_than_three_runs_are_no_band():
    with pytest.raises(ValueError, match="values has 2 runs; expected at least 3"):
        draw.runs({"1 epoch": [0.009, 0.010]})


def test_words_of_a_race_follow_its_curves():
    assert describe_race({"quick": STEEP}).endswith(
        "The quick recipe climbs steeply, is above 0.9 within the first measurements, and ends above 0.97."
    )
    late = [Point(10 * n, float(n), 0.3 + 0.02 * n) for n in range(34)]
    assert describe_race({"a": late}).endswith("The a recipe climbs and ends above 0.9.")
    assert describe_race({"quick": SLOW}).endswith(
        "The quick recipe lies flat near 0.1 at first, then climbs, and ends above 0.9."
    )
    assert describe_race({"a": FLAT, "b": SLOW[:12]}).endswith(
        "The a recipe lies flat near 0.1, guessing, to the end; the b recipe lies flat near 0.1 at first, "
        "then climbs, and ends above 0.5."
    )
