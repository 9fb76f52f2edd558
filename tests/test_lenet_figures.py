import numpy as np
import pytest
import torch
from matplotlib.patches import FancyBboxPatch, Rectangle

from cnncourse.cost import layer_table
from cnncourse.figures.grammar import WIDTH
from cnncourse.figures.lenet import (
    describe_feature_maps,
    draw_accuracies,
    draw_bank,
    draw_confusion,
    draw_costs,
    draw_feature_maps,
    draw_losses,
    draw_maps_off,
    draw_signals,
)
from cnncourse.lenet import LeNet, Signal

WINDOWS = {"conv1": 5, "pool1": 2, "conv2": 5, "pool2": 2, "fc1": None, "fc2": None, "fc3": None}


def stages():
    shapes = {row.name: row.shape for row in layer_table(LeNet(), (1, 28, 28))}
    return [("input", (1, 28, 28), None), *((name, shapes[name], window) for name, window in WINDOWS.items())]


def test_one_sheet_is_drawn_for_every_feature_map():
    figure = draw_feature_maps(stages())
    patches = figure.axes[0].patches
    assert sum(isinstance(patch, FancyBboxPatch) for patch in patches) == 6 + 6 + 16 + 16 + 3
    filled = [patch for patch in patches if isinstance(patch, Rectangle) and patch.get_fill()]
    assert len(filled) == 1  # the input, its corners sharp
    assert figure.get_size_inches()[0] <= WIDTH


def test_stack_and_words_name_the_same_sizes():
    figure = draw_feature_maps(stages())
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:4] == ["input", "1×28×28", "conv1", "6×28×28"]
    assert figure.get_label() == describe_feature_maps(stages())
    assert "conv2, 16 maps of 10 by 10, windows of 5 by 5; pool2" in figure.get_label()
    assert figure.get_label().endswith("fc3, 10 numbers.")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [([], "stages is empty"), ([("conv1", (6, 28), 5)], r"conv1 has shape \(6, 28\); expected \(C, H, W\) or \(N,\)")],
)
def test_feature_maps_say_what_is_wrong(wrong, message):
    with pytest.raises(ValueError, match=message):
        draw_feature_maps(wrong)


def test_each_kernel_stands_above_its_map():
    kernels, maps = np.arange(8.0).reshape(2, 2, 2) - 4, np.arange(18.0).reshape(2, 3, 3)
    figure = draw_bank(np.zeros((4, 4)), kernels, maps, alt="words", columns=2)
    shown = {axes.get_title(): axes for axes in figure.axes if axes.images}
    assert np.array_equal(shown["1"].images[0].get_array(), kernels[1])
    assert [axes.images[0].get_clim() for axes in (shown["0"], shown["1"])] == [(-4, 4)] * 2  # one scale, 0 is white
    assert figure.get_label() == "words"
    with pytest.raises(ValueError, match="2 kernels and 1 maps; expected one map a kernel"):
        draw_bank(np.zeros((4, 4)), kernels, maps[:1], alt="words")


def test_costs_are_shares_and_squares_enclose_what_is_seen():
    rows = [row for row in layer_table(LeNet(), (1, 28, 28)) if row.parameters]
    figure = draw_costs(rows, np.zeros((28, 28)), {"conv1": range(12, 17), "pool1": range(12, 18)}, alt="words")
    left, right = figure.axes
    widths = [bar.get_width() for bar in left.patches]
    assert widths[2] == pytest.approx(48_120 / 61_706)  # parameters of fc1
    assert widths[5 + 1] == pytest.approx(240_000 / 416_520)  # multiply-adds of conv2
    assert [set(line.get_xdata()) for line in right.lines] == [{11.5, 16.5}, {11.5, 17.5}]
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["conv1: 5", "pool1: 6"]
    assert figure.get_label() == "words"


def test_confusion_writes_every_count_but_zero():
    figure = draw_confusion([[[3, 0], [1, 2]]], ["a model"], alt="words")
    axes = figure.axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["1", "2", "3"]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("prediction", "right class", "a model")


def costs(image, seen):
    return draw_costs([row for row in layer_table(LeNet()) if row.parameters], image, seen, alt="words")


def test_costs_take_a_tensor_as_it_is():
    image = torch.rand(28, 28, generator=torch.Generator().manual_seed(0))
    (picture,) = costs(image, {"conv1": range(5)}).axes[1].images  # a warning is an error here
    assert np.array_equal(picture.get_array(), image.numpy())


def test_costs_draw_every_square_also_a_fifth_one():
    figure = costs(np.zeros((28, 28)), {name: range(side) for side, name in enumerate("abcde", start=3)})
    names = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert names == ["a: 3", "b: 4", "c: 5", "d: 6", "e: 7"]
    assert len(figure.axes[1].lines) == 5


def test_signals_are_drawn_one_kind_a_panel_one_line_a_network():
    signals = {
        "tanh": [Signal("conv1", 0.5, 0.02), Signal("fc1", 0.25, 0.03)],
        "sigmoid": [Signal("conv1", 0.1, 0.001), Signal("fc1", 0.01, 0.01)],
    }
    figure = draw_signals(signals, alt="words")
    assert [axes.get_title() for axes in figure.axes] == ["spread", "gradient"]
    drawn = [[line.get_ydata().tolist() for line in axes.lines] for axes in figure.axes]
    assert drawn == [[[0.5, 0.25], [0.1, 0.01]], [[0.02, 0.03], [0.001, 0.01]]]
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "log"]
    assert [text.get_text() for text in figure.axes[1].get_legend().get_texts()] == ["tanh", "sigmoid"]
    assert figure.get_label() == "words"


def test_maps_off_are_drawn_worst_first_and_by_share():
    single = {"act1": [0.9, 0.7, 0.8], "act2": [0.95, 0.9]}
    several = {("act1", 0.5): 0.4, ("act1", 0): 0.97, ("act2", 0): 0.96, ("act2", 0.5): 0.3}
    left, right = draw_maps_off(single, several, alt="words").axes
    assert [line.get_ydata().tolist() for line in left.lines] == [[0.7, 0.8, 0.9], [0.9, 0.95]]
    assert [line.get_xdata().tolist() for line in right.lines] == [[0, 0.5]] * 2
    assert [line.get_ydata().tolist() for line in right.lines] == [[0.97, 0.4], [0.96, 0.3]]


def test_losses_are_drawn_above_the_floor_that_is_named():
    (axes,) = draw_losses({"scores": [2.3, 0.5], "softmax": [2.3, 1.8]}, 1.4612, alt="words").axes
    assert [line.get_ydata().tolist() for line in axes.lines[:2]] == [[2.3, 0.5], [2.3, 1.8]]
    assert set(axes.lines[2].get_ydata()) == {1.4612}
    assert [text.get_text() for text in axes.texts] == ["1.461"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["scores", "softmax"]


def test_accuracies_are_drawn_from_the_first_epoch_on():
    histories = {"modern": [0.5, 0.9], "tanh": [0.2, 0.6], "sigmoid": [0.1, 0.1]}
    (axes,) = draw_accuracies(histories, alt="words").axes
    assert [line.get_ydata().tolist() for line in axes.lines] == list(histories.values())
    assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 2]] * 3
    assert axes.get_ylim() == (0, 1.02)
