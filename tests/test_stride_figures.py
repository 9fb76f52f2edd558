"""Figures of the chapter on stride: a row of windows that jump or have gaps, and what lies behind one cell."""

import re
from itertools import pairwise

import pytest
from figures_checks import (
    all_windows,
    check_letters,
    check_look,
    check_numbers,
    check_padding,
    correlated,
    covered,
    padded,
    shifted,
    unread,
)
from figures_reader import (
    LETTERS,
    ORANGE,
    WHITE,
    blocks,
    draw,
    flat,
    read_grid,
    read_one,
    read_windows,
    value,
)

from cnncourse.figures.trace import trace_corr2d

LINE = [[3, 1, 4, 15, 9, 2, 6, 53, 5, 8]]
ROWS = [
    {"stride": (1, 3)},
    {"stride": (1, 2), "dilation": (1, 2)},
    {"stride": (1, 4), "padding": (0, 0, 2, 1), "padding_value": 70},
    {"dilation": (1, 3)},
]


def split(panel):
    """The input row, and for each line below it the kernel's cells and the output cell."""
    top, lines = None, {}
    for block in blocks(panel):
        if block.role == "input":
            assert top is None
            top = block
        else:
            lines.setdefault(round(block.top, 6), []).append(block)
    return top, [lines[y] for y in sorted(lines)]


@pytest.mark.parametrize("settings", ROWS, ids=str)
def test_the_kernel_stands_below_the_cells_that_it_covers_and_its_result_at_the_end_of_the_line(settings):
    trace = trace_corr2d(LINE, [[2, -1, 7]], **settings)
    panel = read_one(draw.windows(trace))
    row, lines = split(panel)
    windows = all_windows(trace, (1, 3), correlated(trace))
    check_numbers(row, padded(trace))
    check_look(row, "input")
    check_padding(row, trace.padding)
    assert row.places(panel.crosses) == shifted(unread(trace, windows), trace)
    assert len(lines) == len(windows)
    for count, ((*kernel, output), result) in enumerate(zip(lines, correlated(trace)[0], strict=True)):
        cells = [cell for block in kernel for cell in block.rows[0]]
        assert all(block.role == "kernel" for block in kernel)
        assert [value(cell.text) for cell in cells] == [2, -1, 7]
        under = {(0, round(cell.x - row.left - 0.5, 6)) for cell in cells}
        assert under == shifted(covered(trace, 0, count, (1, 3)), trace)
        assert output.top > row.top + row.size[0]
        check_numbers(output, [[result]])
        for block in kernel:
            check_look(block, "kernel")
        check_look(output, "output")
        assert output.left > row.left + row.size[1]


def test_bars_bridge_the_gaps_of_a_dilated_kernel_and_no_others():
    for settings, gaps in (({"dilation": (1, 3)}, 2), ({}, 0)):
        panel = read_one(draw.windows(trace_corr2d(LINE, [[2, -1, 7]], **settings)))
        _, lines = split(panel)
        bridges = {(round(c.xs[0], 6), round(c.xs[1], 6), round(y, 6)) for c in panel.curves for y in c.ys}
        kernels = [[cell for block in line[:-1] for cell in block.rows[0]] for line in lines]
        wanted = {
            (round(a.x + 0.5, 6), round(b.x - 0.5, 6), round(a.y, 6))
            for cells in kernels
            for a, b in pairwise(cells)
            if b.x - a.x > 1
        }
        assert bridges == wanted
        assert len(bridges) == gaps * len(lines)
        assert {c.colour for c in panel.curves} <= {ORANGE}


def test_words_of_the_windows_say_what_the_lines_show():
    trace = trace_corr2d(LINE, [[2, -1, 7]], stride=(1, 3), padding=(0, 0, 2, 0))
    figure = draw.windows(trace)
    row, lines = split(read_one(figure))
    words = figure.get_label()
    assert read_grid("Input", words) == [row.numbers[0][2:]]
    assert read_grid("Kernel", words) == [flat(block.numbers[0] for block in lines[0][:-1])]
    results = [value(text) for text in re.findall(r"result (\S+)\. ", words)]
    assert results == [line[-1].numbers[0][0] for line in lines]
    for window, line in zip(read_windows(words), lines, strict=True):
        under = {(0, round(cell.x - row.left - 0.5, 6)) for block in line[:-1] for cell in block.rows[0]}
        assert shifted(window, trace) == under


def test_words_name_the_parts_of_the_drawing_in_their_colours():
    panel = read_one(draw.windows(trace_corr2d(LINE, [[2, -1, 7]], stride=(1, 3))))
    row, lines = split(panel)
    labels = {role: panel.label(role) for role in ("input", "kernel", "output")}
    assert {role: label.colour for role, label in labels.items()} == LETTERS
    assert labels["input"].x < row.left
    assert labels["input"].y == pytest.approx(row.centre[1])
    assert labels["kernel"].y == pytest.approx(lines[0][0].centre[1])
    assert labels["output"].x == pytest.approx(lines[0][-1].centre[0])


LAYERS = [
    [(3, 1, 2), (2, 3, 1)],
    [(2, 2, 1), (3, 1, 1), (2, 1, 3)],
    [(3, 2, 1), (3, 1, 2)],
    [(1, 3, 1), (2, 1, 1)],
]


def reads(layers):
    """Indices that the last cell depends on, level by level from the input, and the pairs (level, above, below)."""
    needed, joins = [{0}], set()
    for level in reversed(range(len(layers))):
        kernel, stride, dilation = layers[level]
        pairs = {(level, below * stride + a * dilation, below) for below in needed[0] for a in range(kernel)}
        joins |= pairs
        needed.insert(0, {above for _, above, _ in pairs})
    return needed, joins


def levels(panel):
    """Cells of each level from top to bottom, from left to right."""
    heights = sorted({round(cell.y, 6) for cell in panel.cells})
    return [sorted((c for c in panel.cells if round(c.y, 6) == y), key=lambda c: c.x) for y in heights]


@pytest.mark.parametrize("layers", LAYERS, ids=str)
def test_reached_cells_are_filled_with_their_index_and_the_others_crossed_out_or_empty(layers):
    panel = read_one(draw.reach(layers))
    needed, _ = reads(layers)
    rows = levels(panel)
    assert len(rows) == len(needed)
    for level, (cells, wanted) in enumerate(zip(rows, needed, strict=True)):
        assert len(cells) == max(wanted) + 1
        assert {cell.role for cell in cells} == {"output" if level else "input"}
        if level:
            assert [cell.text for cell in cells] == [str(i) if i in wanted else "" for i in range(len(cells))]
            assert [cell.fill == WHITE for cell in cells] == [i not in wanted for i in range(len(cells))]
        else:
            assert [cell.text for cell in cells] == [str(i) for i in range(len(cells))]
            crossed = {(round(cell.x, 6), round(cell.y, 6)) for i, cell in enumerate(cells) if i not in wanted}
            assert set(panel.crosses) == crossed


@pytest.mark.parametrize("layers", LAYERS, ids=str)
def test_a_line_leads_from_each_cell_to_each_cell_that_it_reads_and_to_no_other(layers):
    panel = read_one(draw.reach(layers))
    rows = levels(panel)
    _, joins = reads(layers)
    ends = {
        (level, round(rows[level][above].x, 6), round(rows[level + 1][below].x, 6)) for level, above, below in joins
    }
    drawn = []
    for curve in panel.curves:
        (x0, x1), (y0, y1) = curve.xs, curve.ys
        level = next(i for i, row in enumerate(rows) if abs(row[0].y + 0.5 - y0) < 1e-6)
        assert abs(rows[level + 1][0].y - 0.5 - y1) < 1e-6
        drawn.append((level, round(x0, 6), round(x1, 6)))
    assert sorted(drawn) == sorted(ends)


@pytest.mark.parametrize("layers", LAYERS, ids=str)
def test_a_cell_stands_below_the_middle_of_what_it_reads(layers):
    rows = levels(read_one(draw.reach(layers)))
    for (kernel, stride, dilation), above, below in zip(layers, rows, rows[1:], strict=False):
        for index, cell in enumerate(below):
            first, last = index * stride, index * stride + (kernel - 1) * dilation
            if last < len(above):
                assert cell.x == pytest.approx((above[first].x + above[last].x) / 2)


def test_names_and_words_of_the_levels_belong_to_their_rows():
    layers = LAYERS[1]
    figure = draw.reach(layers, ["pixels", "pool", "wide", "far"])
    panel = read_one(figure)
    told = re.findall(r"(\w+): (\d+) cells?(?:, (\d+) of them)?", figure.get_label())
    for level, (cells, (name, count, skipped)) in enumerate(zip(levels(panel), told, strict=True)):
        label = panel.label(name)
        assert label.y == pytest.approx(cells[0].y)
        assert label.colour == LETTERS["output" if level else "input"]
        assert len(cells) == int(count)
        left_out = len(panel.crosses) if level == 0 else sum(not cell.text for cell in cells)
        assert left_out == int(skipped or 0)
    check_letters(panel)


def test_windows_of_an_image_are_refused():
    with pytest.raises(
        ValueError, match=r"input and kernel are 2 by 3 and 1 by 2; expected one row each; use draw_steps"
    ):
        draw.windows(trace_corr2d([[1, 2, 3], [4, 5, 6]], [[1, 1]]))
    with pytest.raises(ValueError, match="expected one row each"):
        draw.windows(trace_corr2d([[1, 2, 3]], [[1, 1]], padding=(1, 0)))
