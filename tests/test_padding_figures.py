"""Figures of the chapter on padding: how often each cell is read, and images with what was put around them."""

import re
from itertools import pairwise

import pytest
from figures_checks import (
    all_windows,
    check_look,
    check_numbers,
    check_padding,
    correlated,
    kernel_size,
    shifted,
    unread,
)
from figures_reader import BLUE, INK, WHITE, blocks, darkness, draw, read, read_grid, read_one, read_rows

from cnncourse.figures.trace import trace_corr2d

X = [[1, 2, 4, 8], [16, 32, 64, 99], [3, 6, 12, 24]]
KERNEL = [[1, -2, 3], [5, 4, -7]]
SIDES = (1, 0, 2, 1)  # top, bottom, left, right
USES = (
    trace_corr2d(X, KERNEL),
    trace_corr2d([[0] * 6] * 3, KERNEL, padding=SIDES),
    trace_corr2d([[0] * 5] * 4, KERNEL, stride=(2, 4), padding=(0, 1, 0, 1)),
)


def uses(trace):
    """How many windows cover each cell, padding None, counted window by window."""
    top, bottom, left, right = trace.padding
    windows = all_windows(trace, kernel_size(trace), correlated(trace))
    return [
        [sum((i, j) in window for window in windows) if 0 <= i < len(trace.x) and 0 <= j < len(trace.x[0]) else None
         for j in range(-left, len(trace.x[0]) + right)]
        for i in range(-top, len(trace.x) + bottom)
    ]  # fmt: skip


def test_each_map_of_uses_counts_the_windows_over_each_cell_of_its_own_trace():
    figure = draw.uses(USES, ["none", "some", "strided"])
    panels = read(figure)
    assert [panel.title for panel in panels] == ["none", "some", "strided"]
    assert [len({panel.place[axis] for panel in panels}) for axis in (0, 1)] == [2, 2]
    for panel, trace in zip(panels, USES, strict=True):
        (block,) = blocks(panel)
        check_numbers(block, uses(trace))
        check_padding(block, trace.padding)
        windows = all_windows(trace, kernel_size(trace), correlated(trace))
        assert block.places(panel.crosses) == shifted(unread(trace, windows), trace)
        assert {cell.edge for row in block.rows for cell in row if cell.shape != "padding"} == {BLUE}
    assert panels[2].crosses
    figure.draw_without_rendering()
    sides = [axes.transData.transform((1, 0))[0] - axes.transData.transform((0, 0))[0] for axes in figure.axes]
    assert sides == pytest.approx([sides[0]] * 3, rel=0.02), "cells are not of one size"


def test_the_more_windows_read_a_cell_the_darker_it_is_on_one_scale_for_all_maps():
    shades = {}
    for panel in read(draw.uses(USES, "abc")):
        for cell in (cell for cell in panel.cells if cell.text):
            shades.setdefault(int(cell.text), set()).add(cell.fill)
    assert all(len(fills) == 1 for fills in shades.values())
    assert shades[0] == {WHITE}
    depths = [darkness(fills.copy().pop()) for _, fills in sorted(shades.items())]
    assert depths == sorted(set(depths))


def test_words_of_the_maps_say_the_numbers_that_stand_in_them():
    figure = draw.uses(USES, ["none", "some", "strided"])
    for panel, part in zip(read(figure), re.split(r"\. (?=none|some|strided)", figure.get_label())[1:], strict=True):
        (block,) = blocks(panel)
        said = read_grid(rf"{panel.title}, kernel 2 by 3:", part)
        assert said == [list(row) for row in _without_padding(block)]


def _without_padding(block):
    rows = [
        [number for number, cell in zip(*row, strict=True) if cell.shape != "padding"]
        for row in zip(block.numbers, block.rows, strict=True)
    ]
    return [row for row in rows if row]


GRIDS = [
    [[9, 8, 7, 6, 5, 4], [10, 11, 12, 13, 14, 15], [21, 20, 19, 18, 17, 16]],
    [[31, 32, 33, 34, 35, 36], [40, 41, 42, 43, 44, 45], [56, 55, 54, 53, 52, 51]],
]


@pytest.mark.parametrize("sides", [(0, 1, 2, 1), (1, 0, 0, 3), (0, 0, 1, 2)])
def test_padded_images_stand_below_each_other_every_value_in_its_place(sides):
    panel = read_one(draw.padded(GRIDS, sides, ["first", "second"]))
    found = blocks(panel)
    assert [block.left for block in found] == [0, 0]
    for block, grid, title in zip(found, GRIDS, ["first", "second"], strict=True):
        check_numbers(block, grid)
        check_padding(block, sides)
        check_look(block, "input")
        label = panel.label(title)
        assert label.x < block.left
        assert (label.y, label.colour) == (pytest.approx(block.centre[1]), INK)


@pytest.mark.parametrize("sides", [(1, 0, 2, 1), (0, 0, 0, 0)])
def test_words_of_padded_images_put_bars_where_the_picture_has_the_border(sides):
    figure = draw.padded(GRIDS, sides, ["first", "second"])
    words = re.findall(r"(\w+): ([^.]*)\.", figure.get_label())
    for block, (title, said) in zip(blocks(read_one(figure)), words, strict=True):
        assert read_rows(said.replace("|", " ")) == block.numbers, title
        rows = [row.strip() for row in said.split(";")]
        for row, cells in zip(rows, block.rows, strict=True):
            parts = [len(part.split()) for part in row.split("|")]
            runs = [1]
            for before, after in pairwise(cells):
                if before.shape == after.shape:
                    runs[-1] += 1
                else:
                    runs.append(1)
            assert parts == runs


def test_many_maps_and_long_rows_are_no_wider_than_a_page():
    assert [panel.title for panel in read(draw.uses([USES[1]] * 4, "abcd"))] == [*"abcd"]
    assert len(read_one(draw.padded([[[0] * 30]], (0, 0, 1, 1), ["long"])).cells) == 30


def test_maps_are_refused_where_a_title_is_missing():
    with pytest.raises(ValueError, match="zip"):
        draw.uses(USES, ["only one title"])
