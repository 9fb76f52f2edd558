"""What every figure must show, computed here once more by other means than the package's.

First what a drawing of a sliding window must show, then what a picture must: its own array, the right way up, in grey
or in signed colours.
"""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from figures_reader import (
    ABOVE,
    BELOW,
    FILL,
    INK,
    LETTERS,
    OUTLINE,
    SHAPE,
    WHITE,
    all_boxes_in,
    blocks,
    darkness,
    marked,
    read_grid,
    read_sum,
    read_windows,
    value,
)
from matplotlib.colors import to_hex


def covered(trace, row, col, size):
    """(row, col) of the cells that a window of this size covers, in the input without its padding."""
    top, _, left, _ = trace.padding
    (sh, sw), (dh, dw) = trace.stride, getattr(trace, "dilation", (1, 1))
    rows = [row * sh + a * dh - top for a in range(size[0])]
    cols = [col * sw + b * dw - left for b in range(size[1])]
    return {(i, j) for i in rows for j in cols}


def kernel_size(trace):
    return len(trace.kernel), len(trace.kernel[0])


def padded(trace):
    """Input with its padding, as rows of numbers."""
    top, bottom, left, right = trace.padding
    x = torch.tensor(trace.x, dtype=torch.float64)
    return F.pad(x, (left, right, top, bottom), value=trace.padding_value).tolist()


def correlated(trace):
    """All of the output, as torch computes it."""
    x, kernel = torch.tensor(padded(trace)), torch.tensor(trace.kernel, dtype=torch.float64)
    x, kernel = x.double()[None, None], kernel[None, None]
    return F.conv2d(x, kernel, stride=trace.stride, dilation=trace.dilation)[0, 0].tolist()


def pooled(x, size, mode, *, stride=None, padding=0, count_include_pad=True):
    """All of a pooling's output, as torch computes it."""
    x = x[None, None]
    if mode == "max":
        return F.max_pool2d(x, size, stride, padding)[0, 0]
    return F.avg_pool2d(x, size, stride, padding, count_include_pad=count_include_pad)[0, 0]


def so_far(output, row, col):
    """Output with the cells that come after (row, col) empty."""
    return [[v if (i, j) <= (row, col) else None for j, v in enumerate(line)] for i, line in enumerate(output)]


def unread(trace, windows):
    """(row, col) of the input cells, padding not counted, that stand in none of the windows."""
    cells = {(i, j) for i in range(len(trace.x)) for j in range(len(trace.x[0]))}
    return cells.difference(*windows)


def all_windows(trace, size, output):
    return [covered(trace, i, j, size) for i in range(len(output)) for j in range(len(output[0]))]


def shifted(cells, trace, sign=1):
    """Count cells from the corner of the padding instead of from the input's corner; sign -1 the other way."""
    top, _, left, _ = trace.padding
    return {(row + sign * top, col + sign * left) for row, col in cells}


def check_numbers(block, expected):
    """Every cell holds its own number, None for nothing, to the two decimals that are printed."""
    found = block.numbers
    assert [[v is None for v in row] for row in found] == [[v is None for v in row] for row in expected]
    close = [
        [a == b or abs(a - b) <= 0.0051 for a, b in zip(*rows, strict=True) if a is not None]
        for rows in zip(found, expected, strict=True)
    ]
    assert all(map(all, close)), f"{block.role} shows {found}, not {expected}"


def check_look(block, role, *, fill=None):
    """Cells look as their role: fill, outline and shape; those without a number are white. ``fill`` names another."""
    assert block.role == role
    for cell in (cell for row in block.rows for cell in row if cell.shape != "padding"):
        assert (cell.edge, cell.shape) == (OUTLINE[role], SHAPE[role])
        assert cell.fill == (fill or (FILL[role] if cell.text else WHITE)), f"{role} cell {cell.text!r} is {cell.fill}"
        assert (cell.width > 2) == (role == "kernel"), f"{role} cell has an outline of {cell.width}"
        assert 0.85 < cell.w <= 1


def check_padding(block, padding):
    """Cells are padding on the sides and as many as said, and nowhere else."""
    top, bottom, left, right = padding
    h, w = block.size
    inside = [[top <= i < h - bottom and left <= j < w - right for j in range(w)] for i in range(h)]
    assert [[cell.shape != "padding" for cell in row] for row in block.rows] == inside


def check_role_labels(panel, found):
    """Each block carries its role's name in its own colour, centred above it."""
    for block in found:
        label = panel.label(block.role)
        assert label.colour == LETTERS[block.role]
        assert abs(label.x - block.centre[0]) < 1e-6
        assert 0 < block.top - label.y < 1


def is_stacked(above, below):
    """Say whether two blocks stand one above the other."""
    return above.top + above.size[0] <= below.top


def check_stack(panel, left, above, below):
    """Kernel and output stand one below the other right of the input, each behind its sign, in the same middle."""
    assert above.left == below.left
    assert below.top - above.top - above.size[0] > 1, "no room for a name between kernel and output"
    for sign, block in (("⋆", above), ("=", below)):
        label = panel.label(sign)
        assert left.size[1] + 0.5 < label.x - left.left < block.left - left.left - 0.5
        assert abs(label.y - block.centre[1]) < 1e-6
    assert left.centre[1] == pytest.approx((above.top + below.top + below.size[0]) / 2)


def check_signs_between(panel, *parts):
    """Blocks and the signs between them stand in the order given, from left to right, all on one line."""
    xs = [part.centre[0] if hasattr(part, "rows") else panel.label(part).x for part in parts]
    assert xs == sorted(xs), f"order is {xs}"
    ends = [(b.left, b.left + b.size[1]) for b in parts if hasattr(b, "rows")]
    signs = [panel.label(part) for part in parts if not hasattr(part, "rows")]
    assert not any(left - 0.5 < sign.x < right + 0.5 for left, right in ends for sign in signs)
    middles = {round(part.centre[1], 6) for part in parts if hasattr(part, "rows")}
    assert len(middles) == 1, f"blocks stand at different heights: {middles}"
    assert all(abs(sign.y - middle) <= 0.5 for sign in signs for middle in middles)


def check_letters(panel):
    """Numbers in cells are written in ink."""
    labels = set(map(id, panel.labels))
    assert {letter.colour for letter in panel.letters if id(letter) not in labels} <= {INK}


def check_input(panel, block, trace, windows, window):
    """Input, padding, crossed-out cells and the window are those of the trace."""
    check_numbers(block, padded(trace))
    check_look(block, "input")
    check_padding(block, trace.padding)
    assert block.places(panel.crosses) == shifted(unread(trace, windows), trace)
    assert marked(panel, block) == shifted(window, trace)
    rows, cols = {row for row, _ in window}, {col for _, col in window}
    solid = (max(rows) - min(rows) + 1) * (max(cols) - min(cols) + 1) == len(window)
    outlines = sum(map(block.holds, panel.boxes))
    assert outlines == (1 if solid else len(window)), "a window without gaps has one outline"


def check_step(panel, trace, row, col):
    """A panel shows step (row, col) of a cross-correlation."""
    output, size = correlated(trace), kernel_size(trace)
    window = covered(trace, row, col, size)
    left, centre, right = found = blocks(panel)
    check_input(panel, left, trace, all_windows(trace, size, output), window)
    check_numbers(centre, trace.kernel)
    check_look(centre, "kernel")
    check_numbers(right, so_far(output, row, col))
    check_look(right, "output")
    assert marked(panel, centre) == set()
    assert marked(panel, right) == {(row, col)}
    assert all_boxes_in(panel, *found)
    assert len(panel.crosses) == len(left.places(panel.crosses))
    check_role_labels(panel, found)
    if is_stacked(centre, right):
        check_stack(panel, left, centre, right)
    else:
        check_signs_between(panel, left, "⋆", centre, "=", right)
    check_letters(panel)
    if len(window) <= 9:
        check_sum(panel, trace, row, col)


def sums(panel):
    return [letter.text.replace("\n", " ") for letter in panel.labels if "×" in letter.text]


def check_sum(panel, trace, row, col):
    """The sum below the grids has each cell under the window with its weight, and the output's number."""
    (text,) = sums(panel)
    (at,) = [letter.x for letter in panel.labels if "×" in letter.text]
    assert at == pytest.approx(sum(panel.limits[:2]) / 2)
    pairs, result = read_sum(text)
    top, _, left, _ = trace.padding
    grid, cells = padded(trace), sorted(covered(trace, row, col, kernel_size(trace)))
    under = [grid[i + top][j + left] for i, j in cells]
    wanted = zip(under, (weight for line in trace.kernel for weight in line), strict=True)
    assert [number for pair in pairs for number in pair] == pytest.approx(
        [number for pair in wanted for number in pair], abs=0.0051
    )
    assert result == pytest.approx(correlated(trace)[row][col], abs=0.0051)


def check_step_words(panel, words, *, before="Input", after="Kernel"):
    """The alt text says what stands in the panel: the numbers, the padding, the window and the marked output cell."""
    left, centre, right = blocks(panel)
    sides = check_input_words(panel, left, words, before)
    assert read_grid(after, words) == centre.numbers
    (window,) = read_windows(words)
    assert {(i + sides[0], j + sides[2]) for i, j in window} == marked(panel, left)
    said = re.search(r": (\S+×.* = \S+), which is row (\d+), column (\d+) of the (\d+) by (\d+) output", words)
    assert [said[1]] == sums(panel)
    (cell,) = marked(panel, right)
    assert cell == (int(said[2]), int(said[3]))
    assert right.numbers[cell[0]][cell[1]] == read_sum(said[1])[1]
    assert right.size == (int(said[4]), int(said[5]))


def check_input_words(panel, block, words, name="Input"):
    """The alt text reads out the input, says its padding, and how many cells are crossed out; returns the padding."""
    said = re.search(r"padded with (\S+) \((\d+) above, (\d+) below, (\d+) left, (\d+) right\)", words)
    sides = tuple(map(int, said.groups()[1:])) if said else (0, 0, 0, 0)
    check_padding(block, sides)
    top, bottom, left, right = sides
    numbers = [row[left : len(row) - right] for row in block.numbers[top : block.size[0] - bottom]]
    assert read_grid(name, words) == numbers
    if said:
        assert {cell.text for row in block.rows for cell in row if cell.shape == "padding"} == {said[1]}
    crossed = re.search(r"\b(1) input cell, crossed out, is|(\d+) input cells, crossed out, are", words)
    assert len(panel.crosses) == (int(crossed[1] or crossed[2]) if crossed else 0)
    return sides


def check_strip_words(panels, words):
    """The alt text tells the steps in the order of the panels: each window, each result."""
    told = re.findall(r"Step (\d+): the window covers .*?, result (\S+)\.(?: |$)", words)
    assert [f"step {count}" for count, _ in told] == [panel.title for panel in panels]
    for panel, window, (_, result) in zip(panels, read_windows(words), told, strict=True):
        left, *_, right = blocks(panel)
        top, _, before, _ = check_input_words(panel, left, words)
        assert {(i + top, j + before) for i, j in window} == marked(panel, left)
        ((row, col),) = marked(panel, right)
        assert right.numbers[row][col] == value(result)


def pictures(*shape):
    """Numbers in [0, 1], no two alike, the same ones in every run."""
    return np.random.default_rng(0).random(shape)


def only_picture(panel):
    (picture,) = panel.pictures
    return picture


def check_array(picture, array):
    """The picture's pixels are the array's, row by row from the top."""
    assert picture.values.shape == np.shape(array)
    assert np.array_equal(picture.values, np.asarray(array)), "another array is shown, or turned"


def check_grey(panel, array):
    """0 is black, 1 is white, and in between the brightness is the value."""
    picture = only_picture(panel)
    check_array(picture, array)
    wanted = np.clip(np.asarray(array, float), 0, 1)
    assert np.abs(picture.rgba[..., :3] - wanted[..., None]).max() < 1 / 250


def check_colour(panel, array):
    """An array of shape (3, H, W) is shown as it is: red, green, blue."""
    wanted = np.moveaxis(np.asarray(array, float), 0, -1)
    check_array(only_picture(panel), wanted)
    assert np.abs(only_picture(panel).rgba[..., :3] - wanted).max() < 1e-6


def signed_colour(number, limit):
    """White at 0, purple at the limit and above, brown at minus the limit and below, in between a straight mixture."""
    share = min(1, abs(number) / limit)
    end = [int((ABOVE if number > 0 else BELOW)[start : start + 2], 16) for start in (1, 3, 5)]
    return [255 + share * (part - 255) for part in end]


def check_signed(panel, array, limit):
    """Positive is purple, negative brown, 0 white; full colour at the limit."""
    picture = only_picture(panel)
    check_array(picture, array)
    wanted = np.array([[signed_colour(number, limit) for number in row] for row in np.asarray(array, float)])
    assert np.abs(255 * picture.rgba[..., :3] - wanted).max() <= 2, "colours are not those of the values"


def check_frame(panel, role):
    """A picture is framed in its role's colour, a kernel's frame being thick."""
    assert panel.frame, f"{panel.title!r} has no frame"
    colour, width = panel.frame
    assert colour == OUTLINE[role]
    assert (width >= 2.5) == (role == "kernel")
    assert panel.xticks == panel.yticks == []


def check_colour_bar(panels, limit):
    """One colour bar for all signed pictures; its labels say the values at its ends and in the middle."""
    (scale,) = [picture.scale for panel in panels for picture in panel.pictures if picture.scale]
    assert [at for at, _ in scale] == pytest.approx([-limit, 0, limit])
    assert [value(label) for _, label in scale] == pytest.approx([-limit, 0, limit], abs=0.0051)
    assert scale[-1][1].startswith("+")


def check_darker_with_value(picture):
    """White at 0, and the larger the darker; equal values have equal colours."""
    pairs = sorted(zip(picture.values.ravel().tolist(), map(to_hex, picture.rgba.reshape(-1, 4)), strict=True))
    assert {colour for number, colour in pairs if number == 0} <= {WHITE}
    depths = [darkness(colour) for _, colour in pairs]
    assert depths == sorted(depths)
    return dict(pairs)


def looks(panel):
    """How each curve of the legend looks, by its name."""
    legend = {name: (to_hex(h.get_color()), h.get_linestyle(), h.get_marker()) for name, h in panel.legend}
    named = [curve for curve in panel.curves if not curve.label.startswith("_")]
    assert legend == {curve.label: (curve.colour, curve.style, curve.marker) for curve in named}
    assert len(set(legend.values())) == len(legend)
    return legend
