from importlib.machinery import ModuleSpec

import pytest
import torch

from cnncourse.images import photograph, shift2d, stripe, to_gray


@pytest.mark.parametrize("name", ["china", "flower"])
def test_photographs_are_colour_planes_in_unit_range(name):
    photo = photograph(name)
    assert photo.shape == (3, 427, 640)
    assert photo.dtype == torch.float32
    assert 0 <= photo.min() < 0.05
    assert 0.95 < photo.max() <= 1


def test_photograph_equals_what_scikit_learn_loads():
    from sklearn.datasets import load_sample_image

    expected = torch.from_numpy(load_sample_image("flower.jpg").copy()).permute(2, 0, 1).float() / 255
    torch.testing.assert_close(photograph("flower"), expected)


def test_unknown_photograph_is_named():
    with pytest.raises(ValueError, match="name is 'cat'; expected one of china, flower"):
        photograph("cat")


@pytest.mark.parametrize("found", [None, ModuleSpec("sklearn", None)])  # not there, or a folder without a package
def test_a_missing_scikit_learn_is_named(monkeypatch, found):
    monkeypatch.setattr("cnncourse.images.find_spec", lambda name: found)
    message = "^scikit-learn holds the photographs and is not installed; pip install scikit-learn$"
    with pytest.raises(ModuleNotFoundError, match=message):
        photograph("china")


def test_gray_weighs_the_planes():
    assert to_gray(torch.tensor([[[1.0]], [[0.5]], [[0.0]]])).item() == pytest.approx(0.299 + 0.587 / 2)
    with pytest.raises(ValueError, match=r"x has shape \(4, 4\), 2 axes; expected 3, \(3, H, W\)"):
        to_gray(torch.zeros(4, 4))
    with pytest.raises(ValueError, match=r"expected \(3, H, W\): .* planes; use x.permute\(2, 0, 1\)"):
        to_gray(torch.zeros(5, 4, 3))
    with pytest.raises(
        ValueError, match=r"^x has shape \(4, 5, 6\); expected \(3, H, W\): red, green and blue planes$"
    ):
        to_gray(torch.zeros(4, 5, 6))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_gray_keeps_a_float_dtype(dtype):
    assert to_gray(torch.ones(3, 2, 2, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64])
def test_gray_of_whole_numbers_is_float32(dtype):
    gray = to_gray(torch.tensor([[[200]], [[100]], [[7]]], dtype=dtype))
    assert gray.dtype == torch.float32
    assert gray.item() == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 7)
    with pytest.raises(TypeError, match=r"x has dtype torch.bool; .*; use x.float\(\)"):
        to_gray(torch.ones(3, 1, 1, dtype=torch.bool))


def test_stripe_is_black_between_its_columns():
    assert stripe(2, 4, left=1, right=3).tolist() == [[1, 0, 0, 1]] * 2
    assert stripe(1, 1, left=0, right=1).tolist() == [[0]]
    assert stripe(1, 2, left=1, right=1).tolist() == [[1, 1]]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((2, 4, 1, 5), "left is 1 and right is 5; expected left <= right <= w, and w is 4"),
        ((2, 4, 3, 2), "left is 3 and right is 2; expected left <= right <= w, and w is 4"),
        ((2, 0, 0, 0), r"\(h, w\)\[1\] is 0; expected at least 1"),
        ((2, 4, -1, 2), r"\(left, right\)\[0\] is -1; expected at least 0"),
    ],
)
def test_an_impossible_stripe_is_refused(sizes, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        stripe(*sizes)


def test_shift_right_reads_the_cell_to_the_left():
    x = torch.arange(1, 10).reshape(3, 3)
    z = shift2d(x, right=1)
    assert z.tolist() == [[0, 1, 2], [0, 4, 5], [0, 7, 8]]
    assert shift2d(x, down=-1, right=-1).tolist() == [[5, 6, 0], [8, 9, 0], [0, 0, 0]]
    assert shift2d(x[None], down=3).count_nonzero() == 0
    assert shift2d(x[None], right=3).count_nonzero() == 0
    assert torch.equal(shift2d(x), x)


@pytest.mark.parametrize(
    ("x", "moves", "error", "message"),
    [
        (
            torch.zeros(3, 4),
            {"right": 5},
            ValueError,
            "down is 0 and right is 5; expected at most 3 and 4, the size of x",
        ),
        (
            torch.zeros(3, 4),
            {"down": 4},
            ValueError,
            "down is 4 and right is 0; expected at most 3 and 4, the size of x",
        ),
        (torch.zeros(3, 4), {"down": -4}, ValueError, "down is -4; expected at least -3"),
        (torch.zeros(3, 4), {"right": -5}, ValueError, "right is -5; expected at least -4"),
        (
            torch.zeros(4),
            {},
            ValueError,
            r"x has shape \(4,\), 1 axes; expected 2, \(H, W\); add an axis, as in x\[None\]",
        ),
        (torch.zeros(0, 1, 1), {}, ValueError, r"x has shape \(0, 1, 1\), which is empty; .*"),
        ([[1]], {}, TypeError, r"x is of type list; expected a torch.Tensor; use torch.as_tensor\(x\)"),
    ],
)
def test_a_shift_beyond_the_frame_and_what_is_no_image_are_refused(x, moves, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        shift2d(x, **moves)
