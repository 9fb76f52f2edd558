import numpy as np
import torch

from cnncourse.figures.cross_correlation import draw_filtering, draw_learning_rates


def test_filtering_shows_photograph_kernel_and_map():
    photo, kernel, feature_map = torch.rand(3, 6, 9), torch.tensor([[1, -1]]), torch.rand(6, 8) - 0.5
    left, centre, right = draw_filtering(photo, kernel, feature_map, alt="words").axes
    np.testing.assert_array_equal(left.images[0].get_array(), photo.permute(1, 2, 0).numpy())
    assert [text.get_text() for text in centre.texts] == ["1", "−1"]
    assert right.images[0].get_clim() == (-1, 1)
    assert left.figure.get_label() == "words"


def test_every_learning_rate_is_drawn_and_named_at_its_end():
    errors = {rate: [1.0, 0.1 * rate] for rate in range(1, 6)}
    (axes,) = draw_learning_rates(errors, alt="words").axes
    assert [line.get_ydata().tolist() for line in axes.lines] == list(errors.values())
    assert [(text.get_text(), text.get_position()[1]) for text in axes.texts] == [
        (f" {rate}", values[-1]) for rate, values in errors.items()
    ]
    assert axes.get_yscale() == "log"
