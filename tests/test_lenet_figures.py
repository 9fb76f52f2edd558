"""Figures of the chapter on LeNet: sizes, costs, signals, and how losses and accuracies go."""

import re
from itertools import combinations, pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from figures_checks import looks, only_picture
from figures_reader import BLUE, FILL, LETTERS, ORANGE, draw, read, read_one
from matplotlib.colors import to_hex

from cnncourse.figures.grammar import require_legible

STAGES = [
    ("pixels", (1, 12, 24), None),
    ("conv", (3, 8, 20), 5),
    ("pool", (3, 4, 10), 2),
    ("late", (5, 2, 8), 3),
    ("flat", (40,), None),
    ("end", (10,), None),
]


def rows_of(panel):
    """Sheets of each stage from left to right, stage by stage from the top: those that its name stands beside."""
    names = [panel.label(name) for name, *_ in STAGES]
    assert [name.y for name in names] == sorted(name.y for name in names)
    found = [sorted((c for c in panel.cells if abs(c.y - name.y) < 1e-6), key=lambda cell: cell.x) for name in names]
    assert sum(map(len, found)) == len(panel.cells)
    return found, names


def ends(sheets):
    """Left and right end of a row, its top and its bottom."""
    first, last = sheets[0], sheets[-1]
    return first.x - first.w / 2, last.x + last.w / 2, first.y - first.h / 2, first.y + first.h / 2


def test_each_stage_has_as_many_sheets_as_maps_and_their_shape():
    panel = read_one(draw.feature_maps(STAGES))
    found, names = rows_of(panel)
    for index, (sheets, (_, shape, _), name) in enumerate(zip(found, STAGES, names, strict=True)):
        role = "output" if index else "input"
        assert {(sheet.role, sheet.fill) for sheet in sheets} == {(role, FILL[role])}
        assert len(sheets) == (shape[0] if len(shape) == 3 else 1)
        sizes = {(round(s.w, 6), round(s.h, 6)) for s in sheets}
        if len(shape) == 3:
            assert sizes == {(shape[2], shape[1])}  # one to a pixel
        else:
            assert [w for w, _ in sizes] == [shape[0]]  # one to a number
        assert all(0 < after.x - before.x - before.w < 0.2 * before.w for before, after in pairwise(sheets))
        size = panel.label("×".join(map(str, shape)))
        assert (size.y, name.colour) == (pytest.approx(name.y), LETTERS[role])
        assert name.x < size.x < ends(sheets)[0] == 0
    assert all(ends(above)[3] < ends(below)[2] for above, below in pairwise(found))


def test_a_window_of_the_size_of_the_kernel_lies_on_the_first_sheet_before_each_layer_that_has_one():
    panel = read_one(draw.feature_maps(STAGES))
    found, _ = rows_of(panel)
    boxes = sorted(panel.boxes, key=lambda box: box.y)
    for box, (first, *_), window in zip(boxes, found, (5, 2, 3), strict=False):
        assert (round(box.w, 6), round(box.h, 6)) == (window, window)
        assert first.x - first.w / 2 <= box.x
        assert box.x + box.w <= first.x + first.w / 2
        assert first.y - first.h / 2 <= box.y
        assert box.y + box.h <= first.y + first.h / 2
    assert len(boxes) == 3


def test_lines_lead_from_a_window_to_a_cell_of_the_next_stage_and_from_whole_rows_dotted():
    panel = read_one(draw.feature_maps(STAGES))
    found, _ = rows_of(panel)
    boxes = sorted(panel.boxes, key=lambda box: box.y)
    lines = [curve for curve in panel.curves if len(curve.xs) == 2]
    assert len(lines) == 2 * (len(found) - 1)
    for place, (sheets, following) in enumerate(pairwise(found)):
        left, right, top, bottom = ends(sheets)
        mine = [line for line in lines if top < line.ys[0] <= bottom + 1e-6]
        assert len(mine) == 2
        assert {line.style for line in mine} == ({"-"} if place < 3 else {":"})
        if place >= 3:
            target = ends(following)
            joins = {tuple(round(end, 6) for end in (*line.xs, *line.ys)) for line in mine}
            sides = ((left, target[0]), (right, target[1]))
            assert joins == {tuple(round(end, 6) for end in (*xs, bottom, target[2])) for xs in sides}
        else:
            box, cell = boxes[place], following[0]
            assert sorted(line.xs[0] for line in mine) == pytest.approx([box.x, box.x + box.w])
            assert {round(line.ys[0] - box.y - box.h, 6) for line in mine} == {0}
            ((x, y),) = {(line.xs[1], line.ys[1]) for line in mine}
            assert abs(x - cell.x) < cell.w / 2
            assert abs(y - cell.y) < cell.h / 2


def test_words_of_the_feature_maps_say_the_sizes_that_stand_beside_them():
    figure = draw.feature_maps(STAGES)
    panel = read_one(figure)
    found, names = rows_of(panel)
    told = figure.get_label().removeprefix("From top to bottom: ").rstrip(".").split("; ")
    boxes = iter(sorted(panel.boxes, key=lambda box: box.y))
    for words, sheets, name in zip(told, found, names, strict=True):
        assert words.startswith(f"{name.text}, ")
        numbers = re.findall(r"\d+", words)
        size = next(la for la in panel.labels if la.x > name.x and abs(la.y - name.y) < 1e-6)
        assert numbers[: len(size.text.split("×"))] == size.text.split("×")
        if "map" in words:
            assert len(sheets) == int(numbers[0])
        if "windows" in words:
            assert numbers[3:] == [str(round(next(boxes).w))] * 2


LENET = [("input", (1, 28, 28), None), ("conv1", (6, 28, 28), 5), ("pool1", (6, 14, 14), 2), ("conv2", (16, 10, 10), 5)]
LENET += [("pool2", (16, 5, 5), 2), ("fc1", (120,), None), ("fc2", (84,), None), ("fc3", (10,), None)]


def test_names_and_sizes_of_lenet_are_legible_and_stand_clear_of_each_other_and_of_the_sheets():
    figure = require_legible(draw.feature_maps(LENET))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    texts = [text.get_window_extent() for text in axes.texts]
    assert not [(a, b) for a, b in combinations(texts, 2) if a.overlaps(b)]
    assert min(box.x0 for box in texts) >= 0
    assert max(box.x1 for box in texts) < axes.transData.transform((0, 0))[0]
    assert figure.get_size_inches()[1] < 5


ROWS = [
    SimpleNamespace(name="conv1", parameters=10, multiply_adds=600),
    SimpleNamespace(name="conv2", parameters=30, multiply_adds=250),
    SimpleNamespace(name="fc", parameters=160, multiply_adds=150),
]
SEEN = {"near": range(3, 6), "far": range(2, 9), "all": range(0, 12)}


def test_bars_are_shares_of_the_layer_beside_them_and_the_legend_names_their_kind():
    above, _ = read(draw.costs(ROWS, np.zeros((12, 12)), SEEN, alt="words"))
    names = dict(above.yticks)
    shares = {(names[round(bar.y)], bar.label): (bar.start, bar.length) for bar in above.bars}
    assert shares == {
        (row.name, kind): (0, pytest.approx(count / total))
        for row in ROWS
        for kind, count, total in (("parameters", row.parameters, 200), ("multiply-adds", row.multiply_adds, 1000))
    }
    looks = {bar.label: (bar.fill, bar.hatch) for bar in above.bars}
    assert {name: (to_hex(h.get_facecolor()), h.get_hatch() or "") for name, h in above.legend} == looks
    assert looks == {"parameters": (BLUE, ""), "multiply-adds": (ORANGE, "///")}
    assert [names[at] for at in sorted(names)] == ["conv1", "conv2", "fc"]  # from the top


def test_squares_enclose_the_pixels_that_are_seen_and_the_legend_belongs_to_them():
    image = np.random.default_rng(0).random((12, 12))
    figure = draw.costs(ROWS, image, SEEN, alt="words")
    above, below = read(figure)
    assert (above.title, below.title) == ("share of the whole", "what one cell sees, in pixels")
    assert [curve.label for curve in below.curves] == ["near: 3", "far: 7", "all: 12"]
    for curve, rows in zip(below.curves, SEEN.values(), strict=True):
        low, high = min(rows) - 0.5, max(rows) + 0.5
        assert set(zip(curve.xs, curve.ys, strict=True)) == {(x, y) for x in (low, high) for y in (low, high)}
        assert curve.xs[0] == curve.xs[-1]
    legend = {name: (to_hex(handle.get_color()), handle.get_linestyle()) for name, handle in below.legend}
    assert legend == {curve.label: (curve.colour, curve.style) for curve in below.curves}
    assert len(set(legend.values())) == 3
    picture = only_picture(below)
    assert np.array_equal(picture.values, image)
    brightness = picture.rgba[..., 0].ravel()[np.argsort(image.ravel())]
    assert (np.diff(brightness) <= 0).all()  # ink is dark on white here
    assert figure.get_label() == "words"


def test_spread_and_gradient_of_each_network_stand_above_its_layers_names():
    layers = ["conv", "middle", "end"]
    values = {"first": [(3.0, 0.5), (2.0, 0.25), (7.0, 0.1)], "second": [(11.0, 0.01), (13.0, 0.02), (5.0, 0.9)]}
    signals = {
        name: [SimpleNamespace(name=layer, spread=s, gradient=g) for layer, (s, g) in zip(layers, pairs, strict=True)]
        for name, pairs in values.items()
    }
    figure = draw.signals(signals, alt="words")
    panels = read(figure)
    assert [panel.title for panel in panels] == ["spread", "gradient"]
    named = looks(panels[0])
    for place, panel in enumerate(panels):
        assert panel.xticks == [(0, "conv"), (1, "middle"), (2, "end")]
        for curve in panel.curves:
            assert [-y for y in curve.ys] == [pair[place] for pair in values[curve.label]]
            assert curve.xs == (0, 1, 2)
            assert named[curve.label] == (curve.colour, curve.style, curve.marker)
    assert len(set(named.values())) == 2
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "log"]


def test_each_loss_has_its_own_curve_and_the_floor_its_own_height():
    losses = {"scores": [2.25, 1.5, 0.75, 0.5], "chances": [2.125, 1.75, 1.625]}
    figure = draw.losses(losses, 1.4612, alt="words")
    panel = read_one(figure)
    assert list(looks(panel)) == list(losses)
    *curves, floor = panel.curves
    for curve in curves:
        assert [-y for y in curve.ys] == losses[curve.label]
        assert curve.xs == tuple(range(len(losses[curve.label])))
    assert {-y for y in floor.ys} == {1.4612}
    label = panel.label("1.461")
    assert 0 < 1.4612 + label.y < 0.2  # just below its line
    assert (panel.xlabel, figure.get_label()) == ("step", "words")


def test_each_training_has_its_own_accuracies_from_the_first_epoch_on():
    accuracies = {"old": [0.1, 0.25, 0.5], "new": [0.75, 0.875, 0.95, 0.97], "none": [0.11, 0.12]}
    figure = draw.accuracies(accuracies, alt="words")
    panel = read_one(figure)
    assert list(looks(panel)) == list(accuracies)
    for curve in panel.curves:
        assert [-y for y in curve.ys] == accuracies[curve.label]
        assert curve.xs == tuple(range(1, 1 + len(accuracies[curve.label])))
    assert panel.limits[2:] == (-1.02, 0)  # from 0 to a little above 1, whatever the trainings reach
    assert (panel.xlabel, figure.get_label()) == ("epoch", "words")


def test_overfitting_shows_both_parts_of_the_first_remedy_and_the_validation_part_of_all():
    remedies = {
        name: {
            "train_loss": [[2.0 / k, 1.0 / k, 0.5 / k], [9.0, 9.0, 9.0]],
            "validation_loss": [[2.25 / k, 1.25 / k, 0.75 / k], [8.0, 8.0, 8.0]],
            "accuracy": [0.5, 0.25],
        }
        for k, name in enumerate(("none", "first", "second", "third"), start=1)
    }
    figure = draw.overfitting(remedies, alt="words")
    above, below = read(figure)
    assert (above.title, below.title) == ("without a remedy", "validation, by remedy")
    assert list(looks(above)) == ["train", "validation"]
    assert list(looks(below)) == list(remedies)
    for curve in above.curves:
        assert [-y for y in curve.ys] == remedies["none"][f"{curve.label}_loss"][0]
    for curve in below.curves:
        assert [-y for y in curve.ys] == remedies[curve.label]["validation_loss"][0]
    assert {curve.xs for curve in (*above.curves, *below.curves)} == {(1, 2, 3)}
    same = {(curve.colour, curve.style) for curve in (above.curves[1], below.curves[0])}
    assert len(same) == 1, "what is drawn twice looks alike"
    assert (above.xlabel, below.xlabel, figure.get_label()) == ("epoch", "epoch", "words")
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "log"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [([], "stages is empty"), ([("conv1", (6, 28), 5)], r"conv1 has shape \(6, 28\); expected \(C, H, W\) or \(N,\)")],
)
def test_feature_maps_say_what_is_wrong(wrong, message):
    with pytest.raises(ValueError, match=message):
        draw.feature_maps(wrong)


def test_costs_take_a_tensor_as_it_is_and_draw_every_square_also_a_fifth_one():
    image = torch.rand(12, 12, generator=torch.Generator().manual_seed(0))  # a warning is an error here
    seen = {name: range(side) for side, name in enumerate("abcde", start=3)}
    _, below = read(draw.costs(ROWS, image, seen, alt="words"))
    assert np.array_equal(only_picture(below).values, image.numpy())
    assert [curve.label for curve in below.curves] == ["a: 3", "b: 4", "c: 5", "d: 6", "e: 7"]
    assert [name for name, _ in below.legend] == [curve.label for curve in below.curves]
