"""The visual grammar itself, the figures that many pages share, and that no drawing function goes unread."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from figures_checks import (
    check_colour,
    check_colour_bar,
    check_frame,
    check_grey,
    check_look,
    check_numbers,
    check_padding,
    check_signed,
    pictures,
    shifted,
    signed_colour,
    unread,
)
from figures_reader import (
    ABOVE,
    BELOW,
    BLUE,
    FUNCTIONS,
    GREEN,
    INK,
    ORANGE,
    WHITE,
    blocks,
    draw,
    drawing_functions,
    flat,
    marked,
    read,
    read_axes,
    value,
)
from matplotlib.figure import Figure
from PIL import Image

from cnncourse import figures
from cnncourse.cross_correlation import Conv2D
from cnncourse.figures import grammar
from cnncourse.figures.grammar import plain_source, show_source
from cnncourse.figures.trace import trace_corr2d
from tools.pages import chapter_names

GRID = [[1, -2, 4.5], [7, None, 12]]


def canvas():
    """Empty axes, y downwards."""
    axes = Figure().subplots()
    axes.set(xlim=(-1, 12), ylim=(12, -1))
    return axes


def test_every_drawing_function_is_read_back_by_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*_figures.py"))
    called = set(re.findall(r"draw\.(\w+)\(", tests))
    assert len(drawing_functions()) > 15
    assert drawing_functions() - called == set(), "write a test that reads it back, in tests/test_NAME_figures.py"


ORDER = ["trace", "grammar", "steps", *chapter_names()]


def test_the_first_page_of_figures_names_the_order():
    numbered = re.findall(r"^\d\..*?(?=^\d\.|\Z)", figures.__doc__, flags=re.S | re.M)
    assert [name for line in numbered for name in re.findall(r"(?<!`)`(\w+)`(?!`)", line)] == ORDER


def test_words_stand_in_the_file_of_the_drawing_that_they_tell():
    told = {name: FUNCTIONS[f"describe_{name}"] for name in vars(draw) if f"describe_{name}" in FUNCTIONS}
    apart = [name for name, words in told.items() if words.__module__ != getattr(draw, name).__module__]
    assert len(told) > 10
    assert apart == []


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


def test_signed_cells_are_purple_above_zero_brown_below_and_white_at_zero():
    axes = canvas()
    draw.grid(axes, [[-4, -1, 0], [2, 4, 3]], "kernel", signed_limit=4)
    panel = read_axes(axes)
    (block,) = blocks(panel)
    for cell in flat(block.rows):
        colour = [int(cell.fill[start : start + 2], 16) for start in (1, 3, 5)]
        assert colour == pytest.approx(signed_colour(value(cell.text), 4), abs=2)
    assert [[block.rows[i][j].fill for i, j in ((0, 0), (0, 2), (1, 1))]] == [[BELOW, WHITE, ABOVE]]
    assert {letter.text: letter.colour for letter in panel.letters} == {
        **dict.fromkeys(("−4", "4", "3"), WHITE),
        **dict.fromkeys(("−1", "0", "2"), INK),
    }


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


# nobody can store 3.8 or 0.1: from 3.8 to 6.8 and one cell more are 4.000000000000001
@pytest.mark.parametrize("corner", [(0, 0), (3.8, 0.1), (6.7, 2 * 2.9)])
def test_a_window_is_one_outline_wherever_it_stands_or_one_for_each_cell_if_it_has_gaps(corner):
    for cells, outlines in (
        ({(1, 2), (2, 2), (1, 3), (2, 3), (1, 4), (2, 4)}, 1),
        ({(x, y) for x in range(4) for y in range(2)}, 1),
        ({(0, 1), (2, 1), (0, 4), (2, 4)}, 4),
        ({(0, 1), (0, 3)}, 2),
    ):
        axes = canvas()
        draw.grid(axes, [[0] * 4] * 6, "input", at=corner)
        FUNCTIONS["mark_window"](axes, ((corner[0] + x, corner[1] + y) for x, y in sorted(cells)))
        panel = read_axes(axes)
        assert marked(panel, blocks(panel)[0]) == {(y, x) for x, y in cells}
        assert len(panel.boxes) == outlines


def test_a_winner_is_ringed_in_its_own_cell():
    axes = canvas()
    draw.grid(axes, [[1, 2, 3], [4, 5, 6]], "input", at=(3, 1))
    FUNCTIONS["mark_winner"](axes, (5, 1))
    panel = read_axes(axes)
    assert blocks(panel)[0].places(panel.rings) == {(0, 2)}


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


def test_curves_take_the_colours_of_the_roles_in_order_and_keep_their_labels():
    figure, axes = FUNCTIONS["new_axes"](xlabel="epoch", ylabel="loss")
    (above, below) = FUNCTIONS["new_panels"](["above", "below"], sharey=True)[1]
    assert above.get_shared_y_axes().joined(above, below)
    read(below.figure)
    for place in (axes, below):
        for slope in (1, 2, 3, 4):
            place.plot([0, 1], [0, slope], label=f"slope {slope}")
        curves = read_axes(place).curves
        assert [curve.colour for curve in curves] == [BLUE, ORANGE, GREEN, INK]
        assert [abs(curve.ys[1]) for curve in curves] == [1, 2, 3, 4]
        assert not place.spines["top"].get_visible()
    panel = read_axes(axes)
    assert (panel.xlabel, panel.ylabel) == ("epoch", "loss")
    assert read_axes(below).title == "below"
    assert figure.axes == [axes]


def shown(monkeypatch, figure, alt=None):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: calls.append((data, options)))
    grammar.show(figure, alt)
    return calls[0]


@pytest.mark.parametrize(("count", "columns", "grid"), [(2, 1, (2, 1)), (3, 2, (2, 2)), (2, 2, (1, 2))])
def test_panels_stand_in_reading_order_and_make_the_figure_taller(count, columns, grid):
    names = ["one", "two", "three"][:count]
    figure, panels = FUNCTIONS["new_panels"](names, height=2, columns=columns)
    found = read(figure)
    assert [panel.title for panel in found] == [axes.get_title() for axes in panels] == names
    assert (len({panel.place[1] for panel in found}), len({panel.place[0] for panel in found})) == grid
    assert figure.get_size_inches().tolist() == [5, 2 * grid[0]]


def test_powers_are_written_out():
    figure, axes = FUNCTIONS["new_axes"](xlabel="step", ylabel="error")
    FUNCTIONS["scale_by_powers"](axes).plot([1, 2], [0.001, 10])
    figure.canvas.draw()
    assert [text.get_text() for text in axes.get_yticklabels()][1:-1] == ["0.001", "0.01", "0.1", "1", "10"]
    assert {text.get_text() for text in axes.get_yticklabels(minor=True)} <= {""}


def test_a_shown_photograph_is_opaque_carries_its_words_twice_and_the_same_bytes_each_time(monkeypatch):
    first, second = (shown(monkeypatch, draw.images(pictures(1, 3, 3), ["x"], alt="nine\n cells")) for _ in range(2))
    data, options = first
    assert data["text/plain"] == "nine cells"
    assert options["metadata"] == {"image/png": {"alt": "nine cells", "width": 5 * 96}}
    assert data["image/png"] == second[0]["image/png"]
    assert b"Software" not in data["image/png"]
    with Image.open(io.BytesIO(data["image/png"])) as picture:
        assert picture.convert("RGBA").getextrema()[3] == (255, 255), "the page shines through"
        assert picture.width == 2 * 5 * 96, "two pixels of a sharp screen for one of CSS"


def drawing():
    """A figure of cells, padding, a window and a sum: clips, hatches and glyphs."""
    trace = trace_corr2d([[3]], [[-2]], padding=(0, 1))
    return draw.steps(trace, trace.steps[1])


def test_a_shown_drawing_is_paths_carries_its_words_twice_and_the_same_text_each_time(monkeypatch):
    first, second = (shown(monkeypatch, drawing()) for _ in range(2))
    data, options = first
    assert list(data) == ["image/svg+xml", "image/png", "text/plain"]
    width = round(drawing().get_size_inches()[0] * 96)
    assert options["metadata"] == {kind: {"alt": data["text/plain"], "width": width} for kind in list(data)[:2]}
    assert data == second[0]
    assert not re.search(r"<text|<image|dc:date|Matplotlib v", data["image/svg+xml"]), "a font, pixels, or a time"
    assert re.search(r'<path d="M 0 [\d.]+[^"]*" style="fill: #ffffff"', data["image/svg+xml"]), (
        "the page shines through"
    )


def test_a_heat_map_is_stored_as_pixels(monkeypatch):
    figure, axes = FUNCTIONS["new_axes"](xlabel="column", ylabel="row")
    axes.pcolormesh([[1, 2], [3, 4]])
    assert list(shown(monkeypatch, figure, "Four cells.")[0]) == ["image/png", "text/plain"]


def labelled(points, width=5):
    figure, axes = FUNCTIONS["new_axes"](xlabel="step", ylabel="error")
    figure.set_size_inches(width, 3)
    axes.set_title("small", fontsize=points)
    return figure


def test_letters_too_small_for_a_phone_are_refused_and_what_helps_is_said(monkeypatch):
    with pytest.raises(
        ValueError, match=r"'small' has 9 points in a figure 5 inches wide, 8.9 CSS .* at least 9.1 poi"
    ):
        shown(monkeypatch, labelled(9), "A title.")
    with pytest.raises(ValueError, match=r"in a figure 7 inches wide, .* at least 12.7 points"):
        shown(monkeypatch, labelled(12.6, width=7), "A title.")
    with pytest.raises(ValueError, match=r"in a figure 3 inches wide, .* at least 8.3 points"):  # no phone enlarges it
        shown(monkeypatch, labelled(8, width=3), "A title.")
    assert shown(monkeypatch, labelled(9.1), "A title.")[0]["text/plain"] == "A title."


@pytest.mark.parametrize(("x", "y"), [(0.05, 0.5), (0.95, 0.5), (0.5, 0.01), (0.5, 0.99)])
def test_letters_over_the_figure_s_edge_are_refused(monkeypatch, x, y):
    figure = labelled(10)
    figure.text(0.5, 0.5, "a long word", ha="center", va="center")
    assert FUNCTIONS["require_legible"](figure) is figure
    figure.text(x, y, "a long word", ha="center", va="center")
    with pytest.raises(ValueError, match="'a long word' runs over the figure's edge; expected all letters inside"):
        shown(monkeypatch, figure, "A word.")


def test_only_letters_that_are_seen_count_and_exponents_for_what_they_are():
    figure = labelled(10)
    figure.axes[0].text(0.5, 0.5, "", fontsize=2)
    figure.axes[0].text(0.5, 0.5, "hidden", fontsize=2).set_visible(False)
    assert grammar.smallest_text(figure)[1:] == pytest.approx((10 * 96 / 72 * 358 / 480, 10 * 96 / 72))
    figure.axes[0].text(0.5, 0.5, "$10^{-3}$", fontsize=12)
    assert grammar.smallest_text(figure)[0] == "$10^{-3}$"
    assert grammar.smallest_text(figure)[2] == pytest.approx(0.7 * 12 * 96 / 72)
    assert grammar.smallest_text(grammar.new_figure(1)) == ("", float("inf"), float("inf"))


def test_a_figure_without_words_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="alt is empty; expected a sentence that says what to see"):
        shown(monkeypatch, grammar.new_figure(1))


@pytest.mark.parametrize(
    "values", [[[1, 2.5]], np.array([[1, 2.5]]), torch.tensor([[1, 2.5]]), torch.tensor([[1, 2.5]], requires_grad=True)]
)
def test_numbers_of_any_library_become_one_kind_of_array(values):
    array = grammar.to_array(values)
    assert type(array) is np.ndarray
    assert array.tolist() == [[1, 2.5]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"roles": ["input"]}, "roles has 1 entries and images 2; expected one role an image"),
        ({"roles": []}, "roles has 0 entries and images 2; expected one role an image"),
        ({"roles": ["input"] * 3}, "roles has 3 entries and images 2; expected one role an image"),
        ({"titles": ["a"]}, "titles has 1 entries and images 2; expected one title an image"),
        ({"images": [], "titles": []}, "images is empty; expected at least one picture"),
    ],
)
def test_no_picture_is_dropped_without_a_word(given, message):
    with pytest.raises(ValueError, match=message):
        draw.images(**{"images": pictures(2, 3, 3), "titles": ["a", "b"], "alt": "Two.", **given})


def test_pictures_may_be_tensors_with_a_gradient():
    arrays = pictures(3, 4), pictures(3, 3, 4), pictures(3, 4) - 0.5
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    grey, colour, signed = read(draw.images(tensors, ["a", "b", "c"], alt="words", signed_limit=0.5))
    check_grey(grey, arrays[0])
    check_colour(colour, arrays[1])
    check_signed(signed, arrays[2], 0.5)


def test_source_is_shown_without_docstrings():
    source = plain_source(Conv2D)
    assert source.startswith("class Conv2D(nn.Module):\n    def __init__")
    assert '"""' not in source
    assert "return corr2d(x, self.weight) + self.bias" in source


def test_shown_source_is_highlighted_and_readable_without_colours(monkeypatch):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: calls.append(data))
    show_source(Conv2D)
    text = plain_source(Conv2D)
    assert calls == [{"text/markdown": f"```python\n{text}\n```", "text/plain": text}]


def test_what_has_no_source_is_named():
    with pytest.raises(TypeError, match="function is 3, a int; expected a function or a class"):
        plain_source(3)
