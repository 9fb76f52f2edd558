"""The visual grammar itself, the figures that many pages share, and that no drawing function goes unread."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from figures_checks import check_look, check_numbers, check_padding, shifted, unread
from figures_pictures import check_colour, check_colour_bar, check_frame, check_grey, check_signed, signed_colour
from figures_reader import (
    BLUE,
    DRAWN_BY_STEPS,
    FUNCTIONS,
    GREEN,
    INK,
    ORANGE,
    WHITE,
    blocks,
    draw,
    flat,
    marked,
    read,
    read_axes,
    value,
)
from matplotlib.figure import Figure

from cnncourse.figures.trace import trace_corr2d

GRID = [[1, -2, 4.5], [7, None, 12]]


def canvas():
    """Empty axes, y downwards."""
    axes = Figure().subplots()
    axes.set(xlim=(-1, 12), ylim=(12, -1))
    return axes


def test_every_drawing_function_is_read_back_by_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_figures_*.py"))
    called = set(re.findall(r"draw\.(\w+)\(", tests))
    figures = {name for name, function in FUNCTIONS.items() if _return(function) == "Figure"}
    drawing = {name.removeprefix("draw_") for name in figures if name.startswith("draw_")}
    assert len(drawing) > 15
    assert drawing - DRAWN_BY_STEPS <= called


def _return(function):
    return inspect.signature(function).return_annotation


@pytest.mark.parametrize("role", ["input", "kernel", "output"])
def test_cells_of_a_role_have_its_fill_outline_and_shape_and_their_own_number(role):
    axes = canvas()
    draw.grid(axes, GRID, role, at=(2, 5))
    panel = read_axes(axes)
    (block,) = blocks(panel)
    assert (block.left, block.top) == (2, 5)
    check_numbers(block, GRID)
    check_look(block, role)
    assert {letter.colour for letter in panel.letters} == {INK}


def test_signed_cells_are_blue_above_zero_orange_below_and_white_at_zero():
    axes = canvas()
    draw.grid(axes, [[-4, -1, 0], [2, 4, 3]], "kernel", signed_limit=4)
    (block,) = blocks(read_axes(axes))
    for cell in flat(block.rows):
        colour = [int(cell.fill[start : start + 2], 16) for start in (1, 3, 5)]
        assert colour == pytest.approx(signed_colour(value(cell.text), 4), abs=2)
    assert [[block.rows[i][j].fill for i, j in ((0, 0), (0, 2), (1, 1))]] == [[ORANGE, WHITE, BLUE]]


def test_a_padded_input_stands_where_it_is_put_with_its_unread_cells_crossed_out():
    x = [[1, 2, 4, 7, 12], [20, 29, 3, 41, 5], [56, 6, 77, 8, 99], [10, 61, 11, 93, 13]]
    trace = trace_corr2d(x, [[1, 2]], stride=(3, 4), padding=(1, 0, 2, 1), padding_value=70)
    axes = canvas()
    draw.padded_input(axes, trace, at=(1, 3))
    panel = read_axes(axes)
    (block,) = blocks(panel)
    assert (block.left, block.top) == (1, 3)
    check_numbers(block, F.pad(torch.tensor(x), (2, 1, 1, 0), value=70).tolist())
    check_padding(block, (1, 0, 2, 1))
    check_look(block, "input")
    windows = [{(i * 3 - 1, j * 4 - 2 + b) for b in range(2)} for i in range(2) for j in range(2)]
    assert block.places(panel.crosses) == shifted(unread(trace, windows), trace)


def test_a_window_is_one_outline_or_one_for_each_cell_if_it_has_gaps():
    for cells, outlines in (
        ({(1, 2), (2, 2), (1, 3), (2, 3), (1, 4), (2, 4)}, 1),
        ({(0, 1), (2, 1), (0, 4), (2, 4)}, 4),
    ):
        axes = canvas()
        draw.grid(axes, [[0] * 4] * 6, "input")
        FUNCTIONS["mark_window"](axes, ((x, y) for x, y in sorted(cells)))
        panel = read_axes(axes)
        assert marked(panel, blocks(panel)[0]) == {(y, x) for x, y in cells}
        assert len(panel.boxes) == outlines


def test_a_winner_is_ringed_in_its_own_cell():
    axes = canvas()
    draw.grid(axes, [[1, 2, 3], [4, 5, 6]], "input", at=(3, 1))
    FUNCTIONS["mark_winner"](axes, (5, 1))
    panel = read_axes(axes)
    assert blocks(panel)[0].places(panel.rings) == {(0, 2)}


def pictures(*shape):
    return np.random.default_rng(0).random(shape)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_pictures_stand_in_reading_order_each_under_its_own_title(columns):
    images = [*pictures(4, 4, 6), pictures(3, 4, 6)]
    titles, roles = ["one", "two", "three", "four", "colour"], ["input", "output", "kernel", "output", "input"]
    figure = draw.images(images, titles, alt="words", roles=roles, columns=columns)
    panels = read(figure)
    for panel, image, title, role in zip(panels, images, titles, roles, strict=False):
        assert panel.title == title
        check_frame(panel, role)
        check_colour(panel, image) if title == "colour" else check_grey(panel, image)
    assert all(not panel.pictures and panel.frame is None for panel in panels[5:])
    assert len({panel.place[0] for panel in panels}) == columns
    assert len(panels) == -(-5 // columns) * columns
    assert figure.get_label() == "words"


def test_pictures_are_an_input_and_then_outputs_unless_roles_say_otherwise():
    panels = read(draw.images(pictures(3, 2, 3), ["a", "b", "c"], alt="words"))
    for panel, role in zip(panels, ["input", "output", "output"], strict=True):
        check_frame(panel, role)


def test_signed_pictures_share_one_scale_and_inputs_stay_grey():
    x, *maps = pictures(3, 3, 5)
    maps = [maps[0] - 0.5, 3 * maps[1] - 1.5]
    panels = read(draw.images([x, *maps], ["x", "small", "large"], alt="words", signed_limit=1.25))
    check_grey(panels[0], x)
    for panel, feature_map in zip(panels[1:], maps, strict=True):
        check_signed(panel, feature_map, 1.25)
    check_colour_bar(panels, 1.25)


@pytest.mark.parametrize("shape", [(4, 6), (3, 4, 6)])
def test_filtering_stands_as_photograph_kernel_and_feature_map_from_left_to_right(shape):
    photograph, kernel = pictures(*shape), [[1, -2, 3], [0, 5, -4]]
    feature_map = 4 * pictures(3, 4) - 2
    figure = draw.filtering(photograph, kernel, feature_map, alt="words", signed_limit=1.5)
    left, centre, right = panels = read(figure)
    assert [panel.title for panel in panels] == ["input", "kernel", "output"]
    check_colour(left, photograph) if len(shape) == 3 else check_grey(left, photograph)
    check_frame(left, "input")
    (block,) = blocks(centre)
    check_numbers(block, kernel)
    check_look(block, "kernel")
    check_signed(right, feature_map, 1.5)
    check_frame(right, "output")
    assert figure.get_label() == "words"


def test_curves_take_the_colours_of_the_roles_in_order_and_keep_their_labels():
    figure, axes = FUNCTIONS["new_axes"](xlabel="epoch", ylabel="loss")
    (_, right) = FUNCTIONS["new_panels"](["left", "right"])[1]
    for place in (axes, right):
        for slope in (1, 2, 3, 4):
            place.plot([0, 1], [0, slope], label=f"slope {slope}")
        curves = read_axes(place).curves
        assert [curve.colour for curve in curves] == [BLUE, ORANGE, GREEN, INK]
        assert [abs(curve.ys[1]) for curve in curves] == [1, 2, 3, 4]
    panel = read_axes(axes)
    assert (panel.xlabel, panel.ylabel) == ("epoch", "loss")
    assert read_axes(right).title == "right"
    assert figure.axes == [axes]
