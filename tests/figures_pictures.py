"""What every picture in a figure must show: its own array, the right way up, in grey or in signed colours."""

import numpy as np
from figures_reader import BLUE, ORANGE, OUTLINE, WHITE, darkness, value
from matplotlib.colors import to_hex


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
    """White at 0, blue at the limit and above, orange at minus the limit and below, in between a straight mixture."""
    share = min(1, abs(number) / limit)
    end = [int((BLUE if number > 0 else ORANGE)[start : start + 2], 16) for start in (1, 3, 5)]
    return [255 + share * (part - 255) for part in end]


def check_signed(panel, array, limit):
    """Positive is blue, negative orange, 0 white; full colour at the limit."""
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
    assert [at for at, _ in scale] == [-limit, 0, limit]
    assert [value(label) for _, label in scale] == [-limit, 0, limit]
    assert scale[-1][1].startswith("+")


def check_darker_with_value(picture):
    """White at 0, and the larger the darker; equal values have equal colours."""
    pairs = sorted(zip(picture.values.ravel().tolist(), map(to_hex, picture.rgba.reshape(-1, 4)), strict=True))
    assert {colour for number, colour in pairs if number == 0} <= {WHITE}
    depths = [darkness(colour) for _, colour in pairs]
    assert depths == sorted(depths)
    return dict(pairs)
