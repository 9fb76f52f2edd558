"""Figures of the chapter on pooling: where the gradient goes."""

import pytest
import torch
from figures_checks import check_look, check_numbers, pooled, signed_colour
from figures_reader import BLUE, FILL, LETTERS, blocks, draw, marked, read_grid, read_one, value

from cnncourse.figures.grammar import require_legible
from cnncourse.figures.trace import trace_pool2d

X = [
    [1, 22, 4, 7, 12, 19],
    [20, 29, 3, 41, -5, 54],
    [56, 6, 77, 8, 99, 9],
    [10, 61, -11, 93, 13, 88],
    [14, 15, 31, 17, 37, 50],
]


def gradients(x, size, mode):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(pooled(x, size, mode).sum(), x)[0].tolist()


def reading_order(panel):
    return sorted(blocks(panel), key=lambda block: (block.top, block.left))


@pytest.mark.parametrize("modes", [("max", "avg"), ("avg", "max"), ("avg",)])
def test_gradients_stand_below_the_input_each_under_its_own_name(modes):
    size = (2, 3)
    figure = draw.pool_gradients(*(trace_pool2d(X, size, mode) for mode in modes))
    panel = read_one(figure)
    names = {"max": "gradient, maximum", "avg": "gradient, average"}
    wanted = [X, *(gradients(X, size, mode) for mode in modes)]
    windows = [{(i + a, j + b) for a in range(2) for b in range(3)} for i in (0, 2) for j in (0, 3)]
    largest = max(number for grid in wanted[1:] for row in grid for number in row)
    found = reading_order(panel)
    assert {block.top for block in found[1:]} == {found[1].top}
    assert found[0].top + found[0].size[0] < found[1].top
    for block, grid, title in zip(found, wanted, ["input", *(names[mode] for mode in modes)], strict=True):
        check_numbers(block, grid)
        label = panel.label(title)
        assert (label.x, label.colour) == (pytest.approx(block.centre[0]), LETTERS["input"])
        assert 0 < block.top - label.y < 1
        assert marked(panel, block) == set().union(*windows)
    check_look(found[0], "input")
    colours = {cell.fill for block in found[1:] for row in block.rows for cell in row}
    for cell in (cell for block in found[1:] for row in block.rows for cell in row):
        wanted_colour = signed_colour(value(cell.text), 2 * largest)
        assert [int(cell.fill[s : s + 2], 16) for s in (1, 3, 5)] == pytest.approx(
            wanted_colour, abs=5
        )  # numbers are printed rounded
        assert cell.edge == BLUE
    assert FILL["input"] not in colours
    winners = {max(window, key=lambda cell: X[cell[0]][cell[1]]) for window in windows} if "max" in modes else set()
    assert found[0].places(panel.rings) == winners
    assert len(panel.rings) == len(winners)


@pytest.mark.parametrize("size", [(2, 2), (2, 3)])  # 0.8 between grids: 3 columns are 3.0000000000000009 wide
def test_each_window_of_the_gradients_has_one_outline(size):
    x = [row[: 2 * size[1]] for row in X[:4]]
    panel = read_one(draw.pool_gradients(trace_pool2d(x, size), trace_pool2d(x, size, "avg")))
    h, w = size
    for block in blocks(panel):
        outlines = sorted(
            (box.x - block.left, box.y - block.top, box.w, box.h) for box in panel.boxes if block.holds(box)
        )
        wanted = [(j * w, i * h, w, h) for j in range(2) for i in range(2)]
        assert len(outlines) == len(wanted)
        assert sum(outlines, ()) == pytest.approx(sum(wanted, ()))


def test_words_of_the_gradients_say_the_numbers_of_the_picture():
    x = [row[:4] for row in X[:4]]
    figure = draw.pool_gradients(trace_pool2d(x, 2, "avg"), trace_pool2d(x, 2))
    first, average, maximum = reading_order(read_one(figure))
    words = figure.get_label()
    assert read_grid("Input", words) == first.numbers
    assert read_grid("average:", words) == average.numbers
    assert read_grid("maximum:", words) == maximum.numbers


def test_letters_of_the_gradients_are_large_enough_for_a_phone():
    x = [row[:4] for row in X[:4]]  # as large as on the page
    require_legible(draw.pool_gradients(trace_pool2d(x, 2), trace_pool2d(x, 2, "avg")))
