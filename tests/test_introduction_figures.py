import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cnncourse.figures.grammar import WIDTH
from cnncourse.figures.introduction import describe_matrices, draw_gallery, draw_matrices, draw_stages
from cnncourse.introduction import average_over_shifts, convolution_matrix, local_matrix


def stages():
    x = torch.rand(8, 8, generator=torch.Generator().manual_seed(0))
    kernels = torch.tensor([[[1.0, -1], [0, 0]], [[1, 0], [-1, 0]]])
    convolved = F.conv2d(x[None, None], kernels[:, None])[0]
    return x, kernels, convolved, convolved.relu(), F.max_pool2d(convolved.relu(), 2), torch.tensor([0.2, -0.1, 0.7])


def drawn_arrays(figure):
    return [image.get_array() for axes in figure.get_axes() for image in axes.images]


def test_stages_show_every_picture_that_they_were_given():
    x, kernels, *maps, scores = stages()
    figure = draw_stages(x, kernels, *maps, scores)
    shown = drawn_arrays(figure)
    expected = [x, *(part for stage in maps for part in stage)]
    assert len(shown) == len(expected) == 1 + 3 * 2
    for array, wanted in zip(shown, expected, strict=True):
        np.testing.assert_array_equal(array, wanted)
    bars = figure.get_axes()[-1].patches
    assert [round(bar.get_width(), 4) for bar in bars] == [0.2, -0.1, 0.7]


def test_stages_share_one_colour_scale_with_white_at_zero():
    figure = draw_stages(*stages())
    limits = {image.get_clim() for axes in figure.get_axes()[1:] for image in axes.images}
    (low, high) = limits.pop()
    assert not limits
    assert low == -high


def test_words_of_the_stages_are_those_of_their_data():
    figure = draw_stages(*stages())
    assert figure.get_label() == (
        "From left to right: a digit of 8 by 8 pixels; 2 kernels of 2 by 2; convolution, 2 signed maps of 7 by 7; "
        "ReLU, the same 2 maps with every negative value set to 0; pooling, 2 maps of 3 by 3; fully connected, 3 bars, "
        "one for each class. The longest bar is that of class 2."
    )


def test_words_of_a_matrix_tell_connected_from_local_from_shared(randn):
    matrices = [randn(9, 25), local_matrix(randn(3, 3, 3, 3)), convolution_matrix(randn(3, 3), 5)]
    words = describe_matrices([m.tolist() for m in matrices], ["full", "local", "shared"]).split(". ")
    assert [("225 of 225" in w, "81 of 225" in w, "the same in every row" in w) for w in words] == [
        (True, False, False),
        (False, True, False),
        (False, True, True),
    ]
    assert "9 different values" in words[2]


def test_rounding_noise_does_not_count_as_a_different_weight(randn):
    words = describe_matrices([average_over_shifts(randn(8, 8)).float().tolist()], ["averaged"])
    assert "8 different values, the same in every row" in words


def test_matrices_are_drawn_on_one_scale(randn):
    matrices = [randn(4, 6), 3 * randn(4, 6)]
    figure = draw_matrices(matrices, ["a", "b"])
    meshes = [axes.collections[0] for axes in figure.get_axes()]
    assert len({mesh.get_clim() for mesh in meshes}) == 1
    for mesh, matrix in zip(meshes, matrices, strict=True):
        np.testing.assert_array_equal(mesh.get_array(), matrix)
    assert figure.get_size_inches()[0] <= WIDTH


def test_gallery_shows_rows_in_order_and_signs_only_kernels(randn):
    kernels, windows = randn(3, 2, 2), randn(3, 4, 4)
    figure = draw_gallery([kernels, windows], ["kernels", "windows"], ["kernel", "input"], alt="two rows")
    shown = drawn_arrays(figure)
    for array, wanted in zip(shown, [*kernels, *windows], strict=True):
        np.testing.assert_array_equal(array, wanted)
    maps = [image.get_cmap().name for axes in figure.get_axes() for image in axes.images]
    assert maps == ["signed"] * 3 + ["gray"] * 3
    assert figure.get_label() == "two rows"


def test_gallery_refuses_a_row_without_a_title(randn):
    with pytest.raises(ValueError, match="zip"):
        draw_gallery([randn(1, 2, 2)], [], ["input"], alt="none")
