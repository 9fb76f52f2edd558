import io

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from cnncourse.figures import grammar
from cnncourse.figures.images import draw_images
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
