import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from cnncourse.figures.grammar import OUTLINE, SIGNED
from cnncourse.figures.images import draw_images

X = torch.arange(9).reshape(3, 3)


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
