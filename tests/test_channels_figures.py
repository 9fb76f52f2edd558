"""Figures of the chapter on channels: each plane with its own kernel plane, and what is added in the end."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from figures_checks import (
    all_windows,
    check_colour_bar,
    check_frame,
    check_input,
    check_input_words,
    check_letters,
    check_look,
    check_numbers,
    check_signed,
    check_signs_between,
    correlated,
    covered,
    kernel_size,
    so_far,
)
from figures_reader import (
    LETTERS,
    WHITE,
    all_boxes_in,
    blocks,
    draw,
    flat,
    marked,
    read,
    read_grid,
    read_one,
    read_sum,
    read_windows,
    value,
)

from cnncourse.figures.grammar import require_legible
from cnncourse.figures.trace import trace_corr2d_multi_in

X = [
    [[1, 2, 4, 7, 12], [20, 29, 3, 41, 5], [56, 6, 77, 8, 99], [10, 61, 11, 93, 13]],
    [[15, 9, 21, 31, 14], [16, 17, 0, 18, 19], [22, 23, 24, 25, 26], [27, 28, 30, 32, 33]],
    [[34, 35, 36, 37, 38], [39, 40, 42, 43, 44], [45, 46, 47, 48, 49], [50, 51, 52, 53, 54]],
]
KERNEL = [[[1, -2, 3], [5, 4, -7]], [[-1, 2, 6], [8, 0, -3]], [[9, -4, -5], [-6, 7, 10]]]
CASES = [
    (2, {}, 1, 1),
    (3, {}, 2, 0),
    (2, {"stride": (2, 1), "padding": (1, 0, 2, 0)}, 1, 2),
    (3, {"stride": (1, 2)}, 0, 1),
]


def lines(panel, count):
    """The three blocks of each channel from top to bottom, and the output's."""
    by_role = {
        role: sorted((block for block in blocks(panel) if block.role == role), key=lambda block: block.top)
        for role in ("input", "kernel", "output")
    }
    *sums, total = by_role["output"]
    assert len(by_role["input"]) == len(by_role["kernel"]) == len(sums) == count
    return list(zip(by_role["input"], by_role["kernel"], sums, strict=True)), total


@pytest.mark.parametrize(("count", "settings", "row", "col"), CASES)
def test_each_line_shows_one_channel_and_the_output_adds_them(count, settings, row, col):
    trace = trace_corr2d_multi_in(X[:count], KERNEL[:count], **settings)
    panel = read_one(draw.channels(trace, row, col))
    found, total = lines(panel, count)
    added = torch.zeros(trace.output_shape, dtype=torch.float64)
    panel_crosses = set()
    for index, ((left, centre, right), channel) in enumerate(zip(found, trace.channels, strict=True)):
        assert channel.x == tuple(map(tuple, X[index]))
        partial, size = correlated(channel), kernel_size(channel)
        own = _only_crosses_in(panel, left)
        panel_crosses |= set(own.crosses)
        check_input(own, left, channel, all_windows(channel, size, partial), covered(channel, row, col, size))
        check_numbers(centre, KERNEL[index])
        check_look(centre, "kernel")
        check_numbers(right, so_far(partial, row, col))
        check_look(right, "output")
        assert marked(panel, centre) == set()
        assert marked(panel, right) == {(row, col)}
        added += torch.tensor(partial)
    assert set(panel.crosses) == panel_crosses
    check_numbers(total, so_far(added.tolist(), row, col))
    check_look(total, "output")
    assert marked(panel, total) == {(row, col)}
    assert all_boxes_in(panel, total, *sum(found, ()))
    assert {(right.left, right.size) for _, _, right in found} == {(total.left, total.size)}  # one column to add up
    check_letters(panel)


def _only_crosses_in(panel, block):
    h, w = block.size
    inside = [(x, y) for x, y in panel.crosses if 0 < x - block.left < w and 0 < y - block.top < h]
    return replace(panel, crosses=inside)


@pytest.mark.parametrize(("count", "settings", "row", "col"), CASES)
def test_names_and_sums_stand_at_their_own_channel(count, settings, row, col):
    trace = trace_corr2d_multi_in(X[:count], KERNEL[:count], **settings)
    panel = read_one(draw.channels(trace, row, col))
    found, _ = lines(panel, count)
    written = sorted((label for label in panel.labels if "×" in label.text), key=lambda label: label.y)
    assert len(written) == count
    parts = sorted((label for label in panel.labels if label.text == "partial sum"), key=lambda label: label.y)
    for index, (left, centre, right) in enumerate(found):
        for name, block in ((f"input channel {index}", left), (f"kernel plane {index}", centre)):
            label = panel.label(name)
            assert (label.x, label.colour) == (pytest.approx(block.centre[0]), LETTERS[block.role])
            assert 0 < block.top - label.y < 1
        assert (parts[index].x, parts[index].colour) == (pytest.approx(right.centre[0]), LETTERS["output"])
        assert 0 < right.top - parts[index].y < 1
        pairs, result = read_sum(written[index].text)
        assert [weight for _, weight in pairs] == flat(KERNEL[index])
        assert result == right.numbers[row][col]
        assert 0 < written[index].y - (left.top + left.size[0]) < 1.1
        assert left.left < written[index].x < right.left


@pytest.mark.parametrize(("count", "settings", "row", "col"), CASES)
def test_partial_sums_stand_above_each_other_with_plus_between_them_and_the_output_below(count, settings, row, col):
    panel = read_one(draw.channels(trace_corr2d_multi_in(X[:count], KERNEL[:count], **settings), row, col))
    found, total = lines(panel, count)
    column = [right for *_, right in found] + [total]
    for index, (upper, lower) in enumerate(pairwise(column)):
        signs = [
            la.text
            for la in panel.labels
            if upper.top + upper.size[0] < la.y < lower.top - 0.5 and la.x == pytest.approx(upper.centre[0])
        ]
        assert signs == ["=" if index + 1 == count else "+"]
    assert panel.label("output").x == pytest.approx(total.centre[0])
    assert 0 < total.top - panel.label("output").y < 1
    assert panel.curves == []


@pytest.mark.parametrize("settings", [{}, {"padding": (1, 0, 2, 0), "padding_value": 70}], ids=str)
def test_words_of_the_channels_say_what_their_lines_show(settings):
    trace = trace_corr2d_multi_in(X, KERNEL, **settings)
    figure = draw.channels(trace, 1, 2)
    panel, words = read_one(figure), figure.get_label()
    found, total = lines(panel, 3)
    for index, (left, centre, right) in enumerate(found):
        said = re.search(rf"Channel {index}: (.*?)\. ", words)[1]
        top, _, before, _ = check_input_words(_only_crosses_in(panel, left), left, said, "input")
        assert read_grid("kernel", said) == centre.numbers
        (window,) = read_windows(said)
        assert {(i + top, j + before) for i, j in window} == marked(panel, left)
        assert read_sum(said.split(": ")[-1])[1] == right.numbers[1][2]
    added = re.search(r"are added: (.*) = (\S+), which is row 1, column 2 of the (?:3 by 3|4 by 5) output", words)
    assert [value(part.strip("()")) for part in added[1].split(" + ")] == [right.numbers[1][2] for *_, right in found]
    assert value(added[2]) == total.numbers[1][2]
    label = panel.label(f"{added[1]} = {added[2]}")
    assert (label.y, label.x < total.left) == (pytest.approx(total.centre[1]), True)


def test_planes_stand_in_lines_with_their_own_kernel_and_partial_sum():
    generator = torch.Generator().manual_seed(0)
    planes = torch.rand(3, 5, 8, generator=generator)
    kernel = torch.tensor(KERNEL)
    partial = torch.stack(
        [F.conv2d(p[None, None], k[None, None].float())[0, 0] for p, k in zip(planes, kernel, strict=True)]
    )
    figure = draw.planes(
        planes, kernel, partial, partial.sum(0), photograph=planes.flip(0), names=["one", "two", "three"], alt="words",
        signed_limit=30,
    )  # fmt: skip
    panels = read(figure)
    assert len(panels) == 12
    for index, name in enumerate(["one", "two", "three"]):
        left, centre, right = panels[3 * index : 3 * index + 3]
        assert [p.title for p in (left, centre, right)] == [f"{name} plane", "kernel", f"{name} partial sum"]
        (picture,) = left.pictures
        for channel in range(3):  # bright in its own colour, the others held back
            tint = planes[index] * (1 if channel == index else 0.4)
            assert picture.values[..., channel] == pytest.approx(tint.numpy())
        check_frame(left, "input")
        (block,) = blocks(centre)
        check_numbers(block, KERNEL[index])
        check_look(block, "kernel")
        check_signed(right, partial[index], 30)
        check_frame(right, "output")
    left, centre, right = panels[9:]
    assert (left.title, right.title) == ("all three planes", "output: the sum")
    (photograph,) = left.pictures
    assert photograph.values == pytest.approx(planes.flip(0).permute(1, 2, 0).numpy())
    assert [letter.text for letter in centre.letters] == ["+"]
    check_signed(right, partial.sum(0), 30)
    check_colour_bar(panels, 30)
    assert figure.get_label() == "words"


PIXELS = [[1, 2, 4], [7, 12, 19], [20, 29, 3], [41, 5, 54]]
WEIGHTS = [[1, -2], [5, 3], [0, 9]]


@pytest.mark.parametrize(("count", "row"), [(4, 0), (4, 2), (4, 3), (2, 1)])
def test_a_matrix_product_shows_both_factors_and_the_product_with_one_row_marked(count, row):
    pixels = PIXELS[:count]
    panel = read_one(draw.matrix_product(pixels, WEIGHTS, row=row))
    left, centre, right = found = blocks(panel)
    product = (torch.tensor(pixels) @ torch.tensor(WEIGHTS)).tolist()
    for block, numbers, role in zip(found, (pixels, WEIGHTS, product), ("input", "kernel", "output"), strict=True):
        check_numbers(block, numbers)
        check_look(block, role)
        name = "1×1 kernels" if role == "kernel" else role
        label = panel.label(f"{name}\n{len(numbers)}×{len(numbers[0])}")
        assert (label.x, label.colour) == (pytest.approx(block.centre[0]), LETTERS[role])
        assert 0 < block.top - label.y < 1
        assert block.centre[1] == left.centre[1]
    assert marked(panel, left) == {(row, c) for c in range(3)}
    assert marked(panel, right) == {(row, c) for c in range(2)}
    assert marked(panel, centre) == set()
    check_signs_between(panel, left, "@", centre, "=", right)
    for index, cells in enumerate(left.rows):
        assert panel.label(f"pixel {index}").y == pytest.approx(cells[0].y)


def test_words_of_a_matrix_product_say_its_numbers():
    figure = draw.matrix_product(PIXELS, WEIGHTS, row=2)
    left, centre, right = blocks(read_one(figure))
    words = figure.get_label()
    assert read_grid("Pixels by input channels:", words) == left.numbers
    assert read_grid("1×1 kernels as columns:", words) == centre.numbers
    assert read_grid("Pixels by output channels:", words) == right.numbers
    said = re.search(r"pixel (\d): its row (.*) becomes the row (.*)\.$", words)
    assert said[1] == "2"
    assert [said[2].split(), said[3].split()] == [left.texts[2], right.texts[2]]


TABLES = [[[9, 0, 4], [0, 5, 6]], [[0, 1], [2, 0], [3, 8]]]


def tables(panel):
    """Cells of each table, row by row: those that lie apart by more than a cell belong to different tables."""
    xs = sorted({round(cell.x, 6) for cell in panel.cells})
    starts = [x for before, x in zip([-9, *xs], xs, strict=False) if x - before > 1.01]
    found = []
    for start, end in zip(starts, [*starts[1:], 1e9], strict=True):
        cells = [cell for cell in panel.cells if start - 0.1 < cell.x < end - 0.1]
        rows = sorted({round(cell.y, 6) for cell in cells})
        found.append([sorted((c for c in cells if round(c.y, 6) == y), key=lambda c: c.x) for y in rows])
    return found


def test_connections_fill_row_by_output_channel_and_column_by_input_channel():
    figure = draw.connections(TABLES, ["first", "second"])
    panel = read_one(figure)
    found = tables(panel)
    assert [[[int(cell.text or 0) for cell in row] for row in table] for table in found] == TABLES
    for table, title in zip(found, ["first", "second"], strict=True):
        for cell in flat(table):
            assert (cell.role, cell.fill) == (("kernel", "#f0b54a") if cell.text else ("other", WHITE))
        middle = (table[0][0].x + table[0][-1].x) / 2
        assert panel.label(title).x == pytest.approx(middle)
        heads = {
            (round(la.x, 6), la.text) for la in panel.labels if la.text.isdigit() and la.colour == LETTERS["input"]
        }
        assert {(round(cell.x, 6), str(c)) for c, cell in enumerate(table[0])} <= heads
        sides = [la for la in panel.labels if la.text.isdigit() and la.colour == LETTERS["output"]]
        near = {(round(la.y, 6), la.text) for la in sides if 0 < table[0][0].x - la.x < 1.5}
        assert near == {(round(row[0].y, 6), str(o)) for o, row in enumerate(table)}
    names = {(la.text, la.colour) for la in panel.labels if la.text.endswith("channel")}
    assert names == {("input channel", LETTERS["input"]), ("output channel", LETTERS["output"])}
    assert panel.label("output channel").x < found[0][0][0].x - 1  # left of all tables, once


def test_words_of_the_connections_say_what_the_tables_show():
    figure = draw.connections(TABLES, ["first", "second"])
    told = re.findall(r"(first|second), (\d+) weights: ([^.]*)\.", figure.get_label())
    assert [name for name, *_ in told] == ["first", "second"]
    for table, (_, total, said) in zip(tables(read_one(figure)), told, strict=True):
        assert int(total) == sum(int(cell.text or 0) for row in table for cell in row)
        for o, (row, part) in enumerate(zip(table, said.split("; "), strict=True)):
            output, inputs = re.match(r"(?:output channel )?(\d+) reads (?:input channels? )?(.*)", part).groups()
            assert (int(output), inputs) == (o, ", ".join(str(c) for c, cell in enumerate(row) if cell.text))


def test_planes_are_refused_where_a_name_is_missing():
    planes, kernel = torch.zeros(3, 6, 9), torch.ones(3, 2, 2)
    with pytest.raises(ValueError, match="zip"):
        draw.planes(planes, kernel, planes, planes[0], photograph=planes, names=["red", "green"], alt="two names")


def test_letters_are_large_enough_to_read_and_stand_on_the_page():
    x, kernel = torch.tensor(X)[:, :3, :3], torch.tensor(KERNEL)[:, :, :2]  # as large as on the page
    for figure in (
        draw.channels(trace_corr2d_multi_in(x, kernel), 1, 0),
        draw.matrix_product(PIXELS, WEIGHTS, row=1),
        draw.connections(TABLES, ["full", "depthwise"]),
    ):
        require_legible(figure)
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        assert min(box.x0 for box in boxes) >= -1
        assert max(box.x1 for box in boxes) <= figure.bbox.x1 + 1
