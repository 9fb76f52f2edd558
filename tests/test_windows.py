import itertools

import pytest
import torch
import torch.nn.functional as F

from cnncourse.shapes import output_shape
from cnncourse.windows import sliding_windows


def grid():
    """Sizes, windows, strides and dilations that fit, different from axis to axis."""
    sizes, windows = [(1, 1), (5, 9), (8, 4), (7, 7)], [(1, 1), (1, 3), (3, 2), (2, 2), (4, 1)]
    strides, dilations = [(1, 1), (1, 3), (2, 1), (5, 4)], [(1, 1), (1, 2), (3, 2)]
    for size, window, stride, dilation in itertools.product(sizes, windows, strides, dilations):
        if all(d * (k - 1) + 1 <= n for n, k, d in zip(size, window, dilation, strict=True)):
            yield size, window, stride, dilation


def test_windows_by_hand():
    windows = sliding_windows(torch.arange(12).reshape(3, 4), 2)
    assert windows[0, 0].tolist() == [[0, 1], [4, 5]]
    assert windows[1, 2].tolist() == [[6, 7], [10, 11]]
    apart = sliding_windows(torch.arange(12).reshape(3, 4), 2, stride=(1, 2), dilation=(2, 1))
    assert apart.tolist() == [[[[0, 1], [8, 9]], [[2, 3], [10, 11]]]]


def test_windows_are_the_columns_of_unfold_over_a_grid(randn):
    cases = list(grid())
    assert len(cases) > 120
    for size, window, stride, dilation in cases:
        x = randn(2, 3, *size)
        windows = sliding_windows(x, window, stride=stride, dilation=dilation)
        columns = F.unfold(x, window, dilation=dilation, stride=stride)  # (N, C kh kw, oh ow)
        oh, ow = output_shape(size, window, stride=stride, dilation=dilation)
        assert windows.shape == (2, 3, oh, ow, *window)
        assert torch.equal(windows.permute(0, 1, 4, 5, 2, 3).reshape(columns.shape), columns)


@pytest.mark.parametrize("leading", [(), (3,), (2, 3), (2, 1, 3)])
def test_any_number_of_axes_may_stand_in_front(leading, randn):
    x = randn(*leading, 4, 5)
    windows = sliding_windows(x, (2, 3), stride=2)
    assert windows.shape == (*leading, 2, 2, 2, 3)
    assert torch.equal(windows[..., 1, 1, :, :], x[..., 2:4, 2:5])


def test_nothing_is_copied(randn):
    x = randn(2, 5, 6)
    for settings in ({}, {"stride": (2, 3)}, {"dilation": (2, 1)}):
        windows = sliding_windows(x, (2, 2), **settings)
        assert windows.data_ptr() == x.data_ptr()
        (sh, sw), (dh, dw) = settings.get("stride", (1, 1)), settings.get("dilation", (1, 1))
        assert windows.stride() == (30, 6 * sh, sw, 6 * dh, dw)
    x[1, 4, 5] = 7.0
    assert sliding_windows(x, (2, 2))[1, -1, -1, -1, -1] == 7  # what is written to x is read in its windows


def test_a_transposed_image_stays_a_view(randn):
    x = randn(6, 5)
    windows = sliding_windows(x.T, (2, 3))
    assert windows.data_ptr() == x.data_ptr()
    assert torch.equal(windows, sliding_windows(x.T.contiguous(), (2, 3)))


def test_gradients_are_those_of_autograd(randn):
    x = randn(2, 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: sliding_windows(x, 2, stride=(2, 1), dilation=(1, 2)), x)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.uint8, torch.uint16, torch.int64])
def test_dtype_and_device_are_kept(dtype):
    assert sliding_windows(torch.ones(3, 3, dtype=dtype), 2).dtype == dtype
    assert sliding_windows(torch.ones(3, 3, dtype=dtype, device="meta"), 2).device.type == "meta"


@pytest.mark.parametrize(
    ("x", "window", "settings", "error", "message"),
    [
        (torch.ones(3, 3), 4, {}, ValueError, r"^kernel_size \(4, 4\) does not fit inside x \(3, 3\); pad x or use a"),
        (torch.ones(2, 3, 3), (1, 2), {"dilation": 3}, ValueError, r"\(1, 2\), \(1, 4\) with its gaps, does not fit"),
        (torch.ones(3, 3), 0, {}, ValueError, r"kernel_size is 0; expected at least 1"),
        (torch.ones(3, 3), 2, {"stride": 0}, ValueError, r"stride is 0; expected at least 1"),
        (torch.ones(3, 3), 2, {"dilation": (1, 0)}, ValueError, r"dilation\[1\] is 0; expected at least 1"),
        (torch.ones(3, 3), 2.0, {}, TypeError, r"kernel_size is 2.0, a float; expected a whole number"),
        (torch.ones(3), 1, {}, ValueError, r"x has shape \(3,\), 1 axes; expected 2, \(H, W\)"),
        (torch.ones(2, 0, 3), 1, {}, ValueError, r"x has shape \(2, 0, 3\), which is empty"),
        ([[1.0]], 1, {}, TypeError, r"x is of type list; expected a torch.Tensor"),
    ],
)
def test_bad_arguments_are_named(x, window, settings, error, message):
    with pytest.raises(error, match=message):
        sliding_windows(x, window, **settings)
