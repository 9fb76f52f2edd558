import io

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from cnncourse.cross_correlation import Conv2D
from cnncourse.figures import grammar
from cnncourse.figures.grammar import OUTLINE, SIGNED, draw_images, plain_source, show_source
from cnncourse.figures.steps import describe_steps, draw_steps
from cnncourse.figures.trace import trace_corr2d

X = torch.arange(9).reshape(3, 3)
K = torch.arange(4).reshape(2, 2)


def shown(monkeypatch, figure, alt=None):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: calls.append((data, options)))
    grammar.show(figure, alt)
    return calls[0]


def test_roles_differ_by_shape_and_outline_as_well_as_by_colour():
    figure = grammar.new_figure(2)
    axes = figure.subplots()
    patches = {}
    for role in ("input", "kernel", "output"):
        before = len(axes.patches)
        grammar.draw_grid(axes, [[1]], role)
        patches[role] = axes.patches[before]
    assert len({to_hex(patch.get_facecolor()) for patch in patches.values()}) == 3
    assert patches["kernel"].get_linewidth() > patches["input"].get_linewidth()
    assert isinstance(patches["output"], FancyBboxPatch)


def test_padding_is_hatched_and_unused_cells_are_crossed():
    trace = trace_corr2d(X, K, padding=(1, 0, 0, 0), stride=(3, 2))
    axes = grammar.new_figure(2).subplots()
    grammar.draw_padded_input(axes, trace)
    assert sum(patch.get_hatch() is not None for patch in axes.patches) == 3
    unused = sum(uses == 0 for row in trace.uses() for uses in row)
    assert unused > 0
    assert len(axes.lines) == 2 * unused


def test_shown_figure_carries_its_words_twice_and_the_same_bytes_each_time(monkeypatch):
    trace = trace_corr2d(X, K)
    first, second = (shown(monkeypatch, draw_steps(trace, trace.steps[0])) for _ in range(2))
    data, options = first
    assert data["text/plain"] == options["metadata"]["image/png"]["alt"] == describe_steps(trace, trace.steps[0])
    assert data["image/png"] == second[0]["image/png"]
    assert b"Software" not in data["image/png"]


def test_a_figure_without_words_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="alt is empty; expected a sentence that says what to see"):
        shown(monkeypatch, grammar.new_figure(1))


def test_a_picture_is_opaque(monkeypatch):
    data, _ = shown(monkeypatch, draw_images([X / 8], ["x"], alt="Nine grey cells."))
    with Image.open(io.BytesIO(data["image/png"])) as picture:
        assert picture.convert("RGBA").getextrema()[3] == (255, 255)


def test_panels_share_the_colours_of_single_axes():
    figure, panels = grammar.new_panels(["a", "b"], sharey=True)
    assert [axes.get_title() for axes in panels] == ["a", "b"]
    assert panels[0].plot([1])[0].get_color() == "#0072B2"
    assert figure.get_size_inches()[0] <= grammar.WIDTH


def test_curves_look_alike_alone_and_side_by_side():
    alone, (beside,) = grammar.new_axes(xlabel="x", ylabel="y")[1], grammar.new_panels(["a"])[1]
    for axes in (alone, beside):
        assert [axes.plot([1])[0].get_color() for _ in range(4)] == [*grammar.OUTLINE.values(), grammar.INK]
        assert not axes.spines["top"].get_visible()


@pytest.mark.parametrize(
    "values", [[[1, 2.5]], np.array([[1, 2.5]]), torch.tensor([[1, 2.5]]), torch.tensor([[1, 2.5]], requires_grad=True)]
)
def test_numbers_of_any_library_become_one_kind_of_array(values):
    array = grammar.to_array(values)
    assert type(array) is np.ndarray
    assert array.tolist() == [[1, 2.5]]


@pytest.mark.parametrize(("limit", "clim"), [(None, (0, 1)), (2, (-2, 2))])
def test_a_picture_is_drawn_from_a_tensor_grey_or_signed(limit, clim):
    image = grammar.draw_picture(grammar.new_figure(2).subplots(), X / 8.0, signed_limit=limit)
    assert image.get_clim() == clim
    np.testing.assert_array_equal(image.get_array(), (X / 8.0).numpy())


def test_signed_colours_are_white_at_zero_and_share_one_scale():
    figure = draw_images([X / 8, X - 4.0, 4.0 - X], ["x", "a", "b"], alt="Signed.", signed_limit=4)
    scales = [axes.images[0].get_clim() for axes in figure.axes[1:3]]
    assert scales == [(-4, 4), (-4, 4)]
    assert to_hex(SIGNED(0.5)) == "#ffffff"


def test_the_first_picture_is_an_input_and_the_others_are_outputs_unless_roles_say_otherwise():
    pictures, titles = [X / 8] * 3, ["a", "b", "c"]
    for roles in (None, ["kernel", "input", "output"]):
        figure = draw_images(pictures, titles, alt="Three.", roles=roles)
        edges = [to_hex(axes.spines["left"].get_edgecolor()).upper() for axes in figure.axes]
        assert edges == [OUTLINE[role] for role in roles or ["input", "output", "output"]]


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
        draw_images(**{"images": [X / 8, X / 8], "titles": ["a", "b"], "alt": "Two.", **given})


def test_pictures_may_be_tensors_with_a_gradient():
    x = (X / 8.0).requires_grad_()
    figure = draw_images([x, x.expand(3, 3, 3)], ["grey", "colour"], alt="Two.")
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), x.detach().numpy())
    assert figure.axes[1].images[0].get_array().shape == (3, 3, 3)


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
