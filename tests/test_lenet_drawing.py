import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch, Rectangle

from cnncourse.cost import layer_table
from cnncourse.figures.grammar import WIDTH, draw_bank, draw_confusion, draw_costs, draw_feature_maps, new_panels
from cnncourse.figures.trace import describe_feature_maps
from cnncourse.lenet import LeNet

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


def test_panels_share_the_colours_of_single_axes():
    figure, panels = new_panels(["a", "b"], sharey=True)
    assert [axes.get_title() for axes in panels] == ["a", "b"]
    assert panels[0].plot([1])[0].get_color() == "#0072B2"
    assert figure.get_size_inches()[0] <= WIDTH
