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


def test_gray_weighs_the_planes():
    assert to_gray(torch.tensor([[[1.0]], [[0.5]], [[0.0]]])).item() == pytest.approx(0.299 + 0.587 / 2)
    with pytest.raises(ValueError, match=r"x has shape \(4, 4\), 2 axes; expected 3, \(3, H, W\)"):
        to_gray(torch.zeros(4, 4))
    with pytest.raises(ValueError, match=r"expected \(3, H, W\): .* planes; use x.permute\(2, 0, 1\)"):
        to_gray(torch.zeros(5, 4, 3))


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
    with pytest.raises(ValueError, match="expected left <= right <= w, and w is 4"):
        stripe(2, 4, left=1, right=5)


def test_shift_right_reads_the_cell_to_the_left():
    x = torch.arange(1, 10).reshape(3, 3)
    z = shift2d(x, right=1)
    assert z.tolist() == [[0, 1, 2], [0, 4, 5], [0, 7, 8]]
    assert shift2d(x, down=-1, right=-1).tolist() == [[5, 6, 0], [8, 9, 0], [0, 0, 0]]
    assert shift2d(x[None], down=3).count_nonzero() == 0
    assert torch.equal(shift2d(x), x)


def test_shift_beyond_the_frame_is_refused():
    with pytest.raises(ValueError, match="right is 4; expected at most 3 and 3"):
        shift2d(torch.zeros(3, 3), right=4)
