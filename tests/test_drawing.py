import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch

from cnncourse.cross_correlation import Conv2D
from cnncourse.figures import grammar as drawing
from cnncourse.figures.trace import describe_step, trace_corr2d

X = torch.arange(9).reshape(3, 3)
K = torch.arange(4).reshape(2, 2)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def shown(monkeypatch, figure, alt=None):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: calls.append((data, options)))
    drawing.show(figure, alt)
    return calls[0]


def test_a_step_shows_what_its_trace_holds():
    trace = trace_corr2d(X, K)
    figure = drawing.draw_step(trace, trace.step(0, 1))
    assert figure.get_label() == describe_step(trace, trace.step(0, 1))
    assert {"input", "kernel", "output", "19", "25", "1×0 + 2×1 + 4×2 + 5×3 = 25"} <= set(texts(figure))
    assert "37" not in texts(figure)  # computed later


def test_roles_differ_by_shape_and_outline_as_well_as_by_colour():
    figure = drawing.new_figure(2)
    axes = figure.subplots()
    patches = {}
    for role in ("input", "kernel", "output"):
        before = len(axes.patches)
        drawing.draw_grid(axes, [[1]], role)
        patches[role] = axes.patches[before]
    assert len({to_hex(patch.get_facecolor()) for patch in patches.values()}) == 3
    assert patches["kernel"].get_linewidth() > patches["input"].get_linewidth()
    assert isinstance(patches["output"], FancyBboxPatch)


def test_padding_is_hatched_and_unused_cells_are_crossed():
    trace = trace_corr2d(X, K, padding=(1, 0, 0, 0), stride=(3, 2))
    axes = drawing.new_figure(2).subplots()
    drawing.draw_padded_input(axes, trace)
    assert sum(patch.get_hatch() is not None for patch in axes.patches) == 3
    unused = sum(uses == 0 for row in trace.uses() for uses in row)
    assert unused > 0
    assert len(axes.lines) == 2 * unused


def test_a_strip_has_one_panel_for_each_step():
    trace = trace_corr2d(X, K)
    assert len([axes for axes in drawing.draw_strip(trace).axes if axes.get_title()]) == 4


def test_shown_figure_carries_its_words_twice_and_the_same_bytes_each_time(monkeypatch):
    trace = trace_corr2d(X, K)
    first, second = (shown(monkeypatch, drawing.draw_step(trace, trace.steps[0])) for _ in range(2))
    data, options = first
    assert data["text/plain"] == options["metadata"]["image/png"]["alt"] == describe_step(trace, trace.steps[0])
    assert data["image/png"] == second[0]["image/png"]
    assert b"Software" not in data["image/png"]


def test_a_figure_without_words_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="alt is empty; expected a sentence that says what to see"):
        shown(monkeypatch, drawing.new_figure(1))


def test_a_picture_is_opaque(monkeypatch):
    import io

    from PIL import Image

    data, _ = shown(monkeypatch, drawing.draw_images([X / 8], ["x"], alt="Nine grey cells."))
    with Image.open(io.BytesIO(data["image/png"])) as picture:
        assert picture.convert("RGBA").getextrema()[3] == (255, 255)


def test_signed_colours_are_white_at_zero_and_share_one_scale():
    figure = drawing.draw_images([X / 8, X - 4.0, 4.0 - X], ["x", "a", "b"], alt="Signed.", signed_limit=4)
    scales = [axes.images[0].get_clim() for axes in figure.axes[1:3]]
    assert scales == [(-4, 4), (-4, 4)]
    assert to_hex(drawing.SIGNED(0.5)) == "#ffffff"


def test_source_is_shown_without_docstrings():
    source = drawing.plain_source(Conv2D)
    assert source.startswith("class Conv2D(nn.Module):\n    def __init__")
    assert '"""' not in source
    assert "return corr2d(x, self.weight) + self.bias" in source
