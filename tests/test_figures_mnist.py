"""Figures of the chapter on MNIST: digits under their labels, runs beside the paper, accuracy against the clock."""

import re

import numpy as np
import pytest
from figures_pictures import check_frame, check_grey
from figures_reader import draw, needs, read, read_one
from matplotlib.colors import to_hex

from cnncourse.mnist import PAPER_ERROR, PAPER_ERROR_DISTORTED, RECORDED, Point

IMAGES = np.random.default_rng(0).random((8, 5, 4))
LABELS = [7, 2, 1, 0, 4, 9, 5, 6]


def check_digits(panels, titles):
    assert [panel.title for panel in panels if panel.pictures] == titles
    for panel, image in zip(panels, IMAGES, strict=False):
        check_grey(panel, image)
        check_frame(panel, "input")


@needs("first_digits")
def test_first_digits_stand_under_their_labels_and_the_words_read_them_out():
    figure = draw.first_digits(IMAGES, LABELS)
    panels = read(figure)
    check_digits(panels, [str(label) for label in LABELS])
    said = re.search(r"labelled ([\d ]+)\.", figure.get_label())[1]
    assert said.split() == [panel.title for panel in panels if panel.pictures]


@needs("misread")
def test_misread_digits_stand_under_what_was_meant_and_what_was_read():
    read_as = [1, 7, 2, 6, 9, 4, 3, 0]
    figure = draw.misread(IMAGES, LABELS, read_as, remark="Bent.")
    check_digits(read(figure), [f"{a}, read as {b}" for a, b in zip(LABELS, read_as, strict=True)])
    assert figure.get_label().startswith("Eight test digits")
    assert figure.get_label().endswith("Bent.")


@needs("runs")
def test_each_row_of_runs_has_its_band_its_median_and_every_run():
    errors = [0.0091, 0.0103, 0.0094, 0.0099]
    panel = read_one(draw.runs(errors))
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


@needs("race")
def test_each_recipe_has_its_own_accuracies_above_its_own_seconds():
    curves = {
        "quick": [Point(2.0, 0.1, 0.5), Point(5.0, 0.2, 0.93), Point(9.0, 1.0, 0.98)],
        "classical": [Point(30.0, 1.0, 0.11), Point(70.0, 2.0, 0.095)],
    }
    panel = read_one(draw.race(curves))
    assert [curve.label for curve in panel.curves] == list(curves)
    for curve in panel.curves:
        points = [(point.seconds, point.accuracy) for point in curves[curve.label]]
        assert [(x, -y) for x, y in zip(curve.xs, curve.ys, strict=True)] == points
    legend = {name: (to_hex(h.get_color()), h.get_linestyle(), h.get_marker()) for name, h in panel.legend}
    assert legend == {c.label: (c.colour, c.style, c.marker) for c in panel.curves}
    assert len(set(legend.values())) == 2
    assert (panel.xlabel, panel.ylabel) == ("seconds of training", "accuracy")
