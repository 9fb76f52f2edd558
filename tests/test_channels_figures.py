import pytest
import torch
from matplotlib.colors import to_hex

from cnncourse.channels import corr2d_multi_in
from cnncourse.figures.channels import (
    describe_channels,
    describe_connections,
    describe_partial_sums,
    draw_channels,
    draw_connections,
    draw_matrix_product,
    draw_planes,
)
from cnncourse.figures.grammar import DPI, WIDTH
from cnncourse.figures.trace import trace_corr2d_multi_in

X = torch.tensor([[[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[1, 0, 2], [0, 3, 1], [2, 1, 0]]])
KERNEL = torch.tensor([[[0, 1], [2, 3]], [[1, -1], [0, 2]]])
TABLES = [[[9, 9], [9, 9]], [[9, 0], [0, 9]]]


def letters(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def figures():
    planes = torch.rand(3, 6, 9)
    kernel = torch.ones(3, 2, 2, dtype=torch.int64)
    partial = torch.rand(3, 5, 8)
    return [
        draw_channels(trace_corr2d_multi_in(X, KERNEL), 1, 0),
        draw_channels(trace_corr2d_multi_in(X, KERNEL, padding=1, stride=2), 1, 1),
        draw_channels(trace_corr2d_multi_in([*X, X[0]], [*KERNEL, KERNEL[0]]), 0, 0),
        draw_planes(
            planes,
            kernel,
            partial,
            partial.sum(0),
            photograph=planes,
            names=["red", "green", "blue"],
            alt="three planes",
            signed_limit=3,
        ),
        draw_matrix_product(((1, 2, 3), (4, 5, 6)), ((1, 0), (0, 1), (1, 1)), row=1),
        draw_connections(TABLES, ["full", "depthwise"]),
    ]


def test_channel_trace_adds_the_channels(randn):
    for h, w, kh, kw, stride, padding in ((3, 4, 2, 2, 1, 0), (5, 4, 1, 3, 2, 0), (4, 6, 3, 2, 1, 0)):
        x, kernel = randn(3, h, w), randn(3, kh, kw)
        trace = trace_corr2d_multi_in(x, kernel, stride=stride, padding=padding)
        expected = corr2d_multi_in(x, kernel)[::stride, ::stride]
        torch.testing.assert_close(torch.tensor(trace.output, dtype=torch.float64), expected, rtol=0, atol=1e-12)
        assert trace.output_shape == tuple(expected.shape)
        assert trace.multiply_adds == expected.numel() * 3 * kh * kw
        assert sum(step.result for step in trace.steps(0, 0)) == trace.output[0][0]


def test_channel_trace_refuses_planes_that_do_not_match():
    with pytest.raises(ValueError, match="kernel has 1 planes and x 2; expected one kernel plane for each plane of x"):
        trace_corr2d_multi_in(X, KERNEL[:1])
    with pytest.raises(ValueError, match=r"\(row, col\) is \(2, 0\)"):
        trace_corr2d_multi_in(X, KERNEL).steps(2, 0)


def test_words_and_picture_of_channels_tell_the_same_numbers():
    trace = trace_corr2d_multi_in(X, KERNEL)
    figure = draw_channels(trace, 1, 0)
    assert figure.get_label() == describe_channels(trace, 1, 0)
    for told in ("3×0 + 4×1 + 6×2 + 7×3 = 37", "0×1 + 3×(−1) + 2×0 + 1×2 = −1", "37 + (−1) = 36"):
        assert told in figure.get_label()
        assert told in letters(figure)
    shown = letters(figure)
    assert "45" not in shown  # later cells stay empty
    assert "partial sum" in shown
    assert "output" in shown
    assert describe_partial_sums(trace.steps(0, 1)) == "25 + 0 = 25"


def test_padding_of_channels_is_told_and_drawn():
    figure = draw_channels(trace_corr2d_multi_in(X, KERNEL, padding=1, stride=2), 0, 0)
    assert "padded with 0 (1 above, 1 below, 1 left, 1 right)" in figure.get_label()
    assert sum(patch.get_hatch() is not None for patch in figure.axes[0].patches) == 2 * 16


def test_planes_are_refused_where_a_name_is_missing():
    planes, kernel = torch.rand(3, 6, 9), torch.ones(3, 2, 2)
    with pytest.raises(ValueError, match="zip"):
        draw_planes(planes, kernel, planes, planes[0], photograph=planes, names=["red", "green"], alt="two names")


def test_matrix_product_is_computed_and_its_row_marked():
    figure = draw_matrix_product(((1, 2, 3), (4, 5, 6)), ((1, 0), (0, 1), (1, 1)), row=1)
    assert "Marked is pixel 1: its row 4 5 6 becomes the row 10 11." in figure.get_label()
    assert {"10", "11", "pixel 1"} <= set(letters(figure))
    outlines = [patch for patch in figure.axes[0].patches if not patch.get_fill()]
    assert sorted(patch.get_width() for patch in outlines) == [2, 3]


def test_connections_fill_the_cells_that_are_read():
    figure = draw_connections(TABLES, ["full", "depthwise"])
    assert letters(figure).count("9") == 6
    assert figure.get_label() == describe_connections(TABLES, ["full", "depthwise"])
    assert "depthwise, 18 weights: output channel 0 reads input channel 0; 1 reads 1." in figure.get_label()
    assert "full, 36 weights: output channel 0 reads input channels 0, 1; 1 reads 0, 1." in figure.get_label()


@pytest.mark.parametrize("figure", figures())
def test_channel_figures_are_opaque_and_narrow_have_words_and_legible_letters(figure):
    assert figure.get_label()
    assert figure.get_size_inches()[0] <= WIDTH
    assert to_hex(figure.get_facecolor()) == "#ffffff"
    figure.draw_without_rendering()
    for axes in figure.axes:
        for text in axes.texts:
            assert text.get_fontsize() >= 8
            box = text.get_window_extent()
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= WIDTH * DPI + 1, text.get_text()
