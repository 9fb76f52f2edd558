"""Figures of the introduction: a digit's way through a network, matrices of weights, rows of small pictures."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from figures_checks import (
    check_colour_bar,
    check_frame,
    check_grey,
    check_look,
    check_numbers,
    check_signed,
    pictures,
)
from figures_reader import GREEN, LETTERS, blocks, draw, read

from cnncourse.figures.introduction import describe_matrices
from cnncourse.introduction import average_over_shifts, convolution_matrix, local_matrix

KERNELS = [[[1, -2], [3, 0], [-5, 4]], [[0, 7], [-6, 8], [9, -1]], [[-3, 2], [11, -7], [5, 6]]]
SCORES = [0.2, -0.1, 0.7, 0.4]


def stages():
    x = torch.rand(7, 9, generator=torch.Generator().manual_seed(0))
    kernels = torch.tensor(KERNELS, dtype=torch.float32)
    convolved = F.conv2d(x[None, None], kernels[:, None])[0]
    return x, kernels, convolved, convolved.relu(), F.max_pool2d(convolved.relu(), 2), torch.tensor(SCORES)


def columns(panels):
    """Panels by column from left to right, each from top to bottom; last the one below all others."""
    *stages, scores = panels
    assert scores.place[1] > max(panel.place[1] for panel in stages)
    xs = sorted({panel.place[0] for panel in stages})
    return [[panel for panel in stages if panel.place[0] == x] for x in xs] + [[scores]]


def test_stages_stand_from_left_to_right_and_each_row_follows_one_kernel():
    x, kernels, convolved, rectified, pooled, scores = stages()
    panels = read(draw.stages(x, kernels, convolved, rectified, pooled, scores))
    found = columns(panels)
    assert [len(column) for column in found] == [1, 3, 3, 3, 3, 1]
    titles = ["input", "kernels", "convolution", "ReLU", "pooling", "fully connected"]
    assert [[panel.title for panel in column] for column in found] == [
        [t, *[""] * (len(c) - 1)] for t, c in zip(titles, found, strict=True)
    ]
    check_grey(found[0][0], x)
    check_frame(found[0][0], "input")
    for panel, kernel in zip(found[1], KERNELS, strict=True):
        (block,) = blocks(panel)
        check_numbers(block, kernel)
        check_look(block, "kernel")
    limit = float(convolved.abs().max())
    for column, maps in zip(found[2:5], (convolved, rectified, pooled), strict=True):
        for panel, feature_map in zip(column, maps, strict=True):
            check_signed(panel, feature_map, limit)  # one limit for all, that of the convolution
            check_frame(panel, "output")
    check_colour_bar(panels, limit)


def test_each_class_has_a_bar_as_long_as_its_score_and_the_longest_is_darkest():
    *_, (panel,) = columns(read(draw.stages(*stages())))
    assert [bar.length for bar in panel.bars] == pytest.approx(SCORES)
    assert {bar.start for bar in panel.bars} == {0}
    heights = [bar.y for bar in panel.bars]
    assert heights == sorted(heights)
    labels = {at: label.replace("−", "-") for at, label in panel.yticks}
    assert [labels[bar.y] for bar in panel.bars] == ["0", "1", "2", "3"]
    assert [bar.fill == GREEN for bar in panel.bars] == [False, False, True, False]


def test_words_of_the_stages_count_what_the_columns_show():
    figure = draw.stages(*stages())
    found = columns(read(figure))
    words = figure.get_label()
    shapes = [[panel.pictures[0].values.shape for panel in column] for column in (found[0], *found[2:5])]
    sizes = [tuple(map(int, size)) for size in re.findall(r"(\d+) by (\d+)", words)]
    kernel = blocks(found[1][0])[0].size
    assert sizes == [shapes[0][0], kernel, shapes[1][0], shapes[3][0]]
    counts = [int(count) for count in re.findall(r"(\d+) (?:kernels|signed maps|maps|bars)", words)]
    assert counts == [len(column) for column in found[1:5]] + [len(found[5][0].bars)]
    longest = max(found[5][0].bars, key=lambda bar: bar.length)
    assert words.endswith(f"The longest bar is that of class {found[5][0].bars.index(longest)}.")


MATRICES = [
    np.array([[1, -2, 0, 4], [0, 3, -7, 5], [6, 0, 8, -9]]) / 3,
    np.array([[0, 0.1, 0.2, 0.3], [0.4, 0, 0.5, 0], [-0.6, 0, 0, 0.7]]),
]


def test_matrices_have_outputs_as_rows_from_the_top_and_one_scale():
    panels = read(draw.matrices(MATRICES, ["first", "second"]))
    assert len({panel.place[0] for panel in panels}) == 1
    assert [panel.title for panel in panels] == ["first", "second"]
    for panel, matrix in zip(panels, MATRICES, strict=True):
        check_signed(panel, matrix, 3)
        assert panel.frame[0] == "#d55e00"
        assert (panel.ylabel, panel.xlabel) == ("3 outputs", "4 inputs")
    check_colour_bar(panels, 3)


def test_words_of_the_matrices_count_their_coloured_cells():
    figure = draw.matrices(MATRICES, ["first", "second"])
    told = re.findall(
        r"(\w+): (\d+) rows, (\d+) columns, (\d+) of (\d+) entries not zero, (\d+) different", figure.get_label()
    )
    for panel, (title, *numbers) in zip(read(figure), told, strict=True):
        (picture,) = panel.pictures
        coloured = (picture.rgba[..., :3] < 0.999).any(axis=-1)
        assert title == panel.title
        different = len(np.unique(picture.values[coloured]))
        assert [int(n) for n in numbers] == [*picture.values.shape, coloured.sum(), coloured.size, different]


def test_a_gallery_keeps_rows_and_order_and_puts_all_kernels_on_one_scale():
    kernels, more = np.arange(18.0).reshape(3, 2, 3) - 7, 3 * np.arange(18.0).reshape(3, 3, 2) - 20
    windows = np.random.default_rng(0).random((3, 4, 5))
    roles = ["kernel", "input", "kernel"]
    figure = draw.gallery([kernels, windows, more], ["small", "seen", "large"], roles, alt="words")
    panels = read(figure)
    assert len({panel.place[1] for panel in panels}) == 3
    for row, (shown, title, role) in enumerate(
        zip((kernels, windows, more), ["small", "seen", "large"], roles, strict=True)
    ):
        line = panels[3 * row : 3 * row + 3]
        assert {panel.heading for panel in line} == {title}
        assert [panel.place[0] for panel in line] == sorted({panel.place[0] for panel in line})
        for panel, picture in zip(line, shown, strict=True):
            check_frame(panel, role)
            if role == "kernel":
                check_signed(panel, picture, 31)
            else:
                check_grey(panel, picture)
    assert figure.get_label() == "words"


def test_a_gallery_goes_on_in_a_second_line_after_four_pictures():
    first, second = pictures(2, 5, 3, 3)
    panels = read(draw.gallery([first, second], ["one", "two"], ["input", "output"], alt="words"))
    for row, (band, title) in enumerate(zip((first, second), ["one", "two"], strict=True)):
        shown = panels[8 * row : 8 * row + 5]  # three places of a row's second line are empty
        assert {panel.heading for panel in shown} == {title}
        assert len({panel.place[1] for panel in shown}) == 2
        for panel, picture in zip(shown, band, strict=True):
            check_grey(panel, picture)
        assert not any(panel.pictures for panel in panels[8 * row + 5 : 8 * row + 8])


def test_inputs_and_outputs_of_a_matrix_are_named_in_their_colours():
    figure = draw.matrices(MATRICES[:1], ["only"])
    axes, scale = figure.axes
    assert scale.get_label() == "<colorbar>"
    assert (axes.yaxis.label.get_color().lower(), axes.xaxis.label.get_color().lower()) == (
        LETTERS["output"],
        LETTERS["input"],
    )


def test_words_of_a_matrix_tell_connected_from_local_from_shared(randn):
    matrices = [randn(9, 25), local_matrix(randn(3, 3, 3, 3)), convolution_matrix(randn(3, 3), 5)]
    words = describe_matrices([m.tolist() for m in matrices], ["full", "local", "shared"]).split(". ")
    assert [("225 of 225" in w, "81 of 225" in w, "the same in every row" in w) for w in words] == [
        (True, False, False),
        (False, True, False),
        (False, True, True),
    ]
    assert "9 different values" in words[2]


def test_rounding_noise_does_not_count_as_a_different_weight(randn):
    words = describe_matrices([average_over_shifts(randn(8, 8)).float().tolist()], ["averaged"])
    assert "8 different values, the same in every row" in words


def test_gallery_refuses_a_row_without_a_title(randn):
    with pytest.raises(ValueError, match="zip"):
        draw.gallery([randn(1, 2, 2)], [], ["input"], alt="none")
