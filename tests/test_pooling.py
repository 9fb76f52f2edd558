import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnncourse.data import digits
from cnncourse.figures.trace import trace_pool2d
from cnncourse.images import shift2d
from cnncourse.padding import pad2d
from cnncourse.pooling import pool2d, pool_windows

INPUT = [[1, 3, 2, 0], [4, 0, 1, 5], [0, 1, 9, 6], [7, 2, 3, 8]]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


def configurations():
    """Sizes, windows, strides and paddings, rectangular and square, that torch takes."""
    sizes = [(4, 4), (5, 7), (6, 3), (1, 8)]
    windows = [1, 2, 3, (1, 2), (3, 2), (2, 5)]
    strides = [None, 1, 2, (1, 3), (3, 2)]
    paddings = [0, 1, (0, 1), (1, 0), (1, 2)]
    for size, window, stride, padding in itertools.product(sizes, windows, strides, paddings):
        (kh, kw), (ph, pw) = pair(window), pair(padding)
        fits = kh <= size[0] + 2 * ph and kw <= size[1] + 2 * pw
        if fits and 2 * ph <= kh and 2 * pw <= kw:
            yield size, window, stride, padding


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def by_torch(x, window, mode="max", *, stride=None, padding=0, count_include_pad=True):
    if mode == "max":
        return F.max_pool2d(x, window, stride=stride, padding=padding)
    return F.avg_pool2d(x, window, stride=stride, padding=padding, count_include_pad=count_include_pad)


def value_and_gradient(f, x, upstream):
    x = x.clone().requires_grad_()
    y = f(x)
    return y, *torch.autograd.grad(y, x, upstream(y.shape))


def test_pooling_worked_by_hand():
    x = torch.tensor(INPUT, dtype=torch.float64)
    assert pool2d(x, 2).tolist() == [[4, 5], [7, 9]]
    assert pool2d(x, 2, "avg").tolist() == [[2, 2], [2.5, 6.5]]
    assert pool2d(x, 2, stride=1).tolist() == [[4, 3, 5], [4, 9, 9], [7, 9, 9]]


def test_values_and_gradients_equal_torch_over_a_grid(randn):
    def upstream(shape):
        return torch.linspace(-1, 2, math.prod(shape), dtype=torch.float64).reshape(shape)

    compared = 0
    for size, window, stride, padding in configurations():
        x = randn(2, 3, *size)
        for mode, include in (("max", True), ("avg", True), ("avg", False)):
            options = {"stride": stride, "padding": padding, "count_include_pad": include}
            ours = value_and_gradient(lambda x: pool2d(x, window, mode, **options), x, upstream)  # noqa: B023
            theirs = value_and_gradient(lambda x: by_torch(x, window, mode, **options), x, upstream)  # noqa: B023
            for one, other in zip(ours, theirs, strict=True):
                torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
            compared += 1
    assert compared > 500


def test_gradients_equal_torch_where_cells_tie():
    generator = torch.Generator().manual_seed(0)
    for size, window, stride, padding in configurations():
        x = torch.randint(0, 2, (1, 2, *size), generator=generator).double()
        ours, theirs = (
            value_and_gradient(lambda x: f(x, window, stride=stride, padding=padding), x, torch.ones)[1]  # noqa: B023
            for f in (pool2d, by_torch)
        )
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_padding_takes_no_gradient_from_minus_infinity(dtype):
    for size, window, stride, padding in configurations():
        x = torch.full((1, 2, *size), -math.inf, dtype=dtype)
        ours, theirs = (
            value_and_gradient(lambda x: f(x, window, stride=stride, padding=padding), x, torch.ones)  # noqa: B023
            for f in (pool2d, by_torch)
        )
        assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))
        assert ours[1].sum() == ours[0].numel()  # each output cell's 1 arrives


@pytest.mark.parametrize("mode", ["max", "avg"])
@pytest.mark.parametrize(
    "options", [{}, {"stride": 1}, {"padding": (1, 0)}, {"padding": 1, "count_include_pad": False}]
)
def test_gradients_are_those_of_finite_differences_where_no_cells_tie(mode, options):
    x = torch.randperm(40, generator=torch.Generator().manual_seed(0)).double().reshape(2, 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: pool2d(x, (2, 3), mode, **options), (x,))


def test_two_three_and_four_axes_are_pooled_alike(randn):
    x = randn(2, 3, 5, 6)
    for mode in ("max", "avg"):
        batch = pool2d(x, 2, mode)
        assert tuple(batch.shape) == (2, 3, 2, 3)
        assert torch.equal(pool2d(x[1], 2, mode), batch[1])
        assert torch.equal(pool2d(x[1, 2], 2, mode), batch[1, 2])


def test_channels_stay_apart(randn):
    x = randn(3, 6, 6)
    assert torch.equal(pool2d(x, 2), torch.stack([pool2d(channel, 2) for channel in x]))
    changed = x.clone()
    changed[1] += 10
    assert torch.equal(pool2d(changed, 2)[[0, 2]], pool2d(x, 2)[[0, 2]])


def test_the_default_stride_is_the_window(randn):
    x = randn(1, 7, 8)
    assert torch.equal(pool2d(x, (2, 3)), pool2d(x, (2, 3), stride=(2, 3)))
    assert tuple(pool2d(x, (2, 3)).shape) == tuple(nn.MaxPool2d((2, 3))(x).shape) == (1, 3, 2)


def test_a_window_of_three_on_four_by_four_gives_one_cell():
    x = torch.tensor(INPUT).double()
    assert tuple(nn.MaxPool2d(3)(x[None]).shape) == (1, 1, 1)
    assert pool2d(x, 3).tolist() == [[9]]  # the 8 in the corner is never read, and nor is the rest of its row
    x[3, :] = x[:, 3] = 100
    assert pool2d(x, 3).tolist() == [[9]]


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS)
def test_maximum_padding_never_wins(dtype):
    x = torch.tensor(INPUT).to(dtype)
    if dtype != torch.uint8:
        x = -1 - x
    y = pool2d(x, 3, stride=2, padding=1)
    assert y.dtype == dtype
    assert torch.equal(y, F.max_pool2d(x[None], 3, stride=2, padding=1)[0])
    if dtype != torch.uint8:
        assert bool((y < 0).all())
        assert bool((pool2d(pad2d(x, 1), 3, stride=2) == 0).any())  # zeros would win


def test_the_smallest_integer_still_comes_through_padding():
    x = torch.full((2, 2), -128, dtype=torch.int8)
    assert pool2d(x, 2, padding=1).unique().tolist() == [-128]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_unusual_values_come_through_as_in_torch(value):
    x = torch.tensor(INPUT).double()[None]
    x[0, 1, 1] = value
    for mode in ("max", "avg"):
        assert torch.equal(pool2d(x, 2, mode).isnan(), by_torch(x, 2, mode).isnan())
        torch.testing.assert_close(pool2d(x, 2, mode), by_torch(x, 2, mode), equal_nan=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_average_keeps_every_float_dtype(dtype):
    x = torch.tensor(INPUT).to(dtype)
    assert pool2d(x, 2, "avg").dtype == dtype
    assert torch.equal(pool2d(x, 2, "avg"), F.avg_pool2d(x[None], 2)[0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("count_include_pad", [True, False])
def test_average_of_16_bit_floats_is_summed_in_32_bits_as_in_torch(dtype, count_include_pad, randn):
    large = torch.full((1, 4, 4), 60_000.0, dtype=dtype)  # two of them overflow float16
    for x in (large, randn(3, 9, 8).to(dtype), 1000 * randn(3, 9, 8).to(dtype)):
        y = pool2d(x, 3, "avg", stride=1, padding=1, count_include_pad=count_include_pad)
        expected = by_torch(x, 3, "avg", stride=1, padding=1, count_include_pad=count_include_pad)
        assert y.isfinite().all()
        torch.testing.assert_close(y, expected, rtol=torch.finfo(dtype).eps, atol=0)  # one rounding apart at most


@pytest.mark.parametrize("dtype", INTEGERS)
def test_average_of_integers_is_refused_because_torch_refuses_it_or_cuts_the_fraction(dtype):
    x = torch.tensor([[[0, 1], [1, 1]]], dtype=dtype)
    if dtype == torch.int64:
        assert F.avg_pool2d(x, 2).item() == 0  # 3 / 4
    else:
        with pytest.raises(NotImplementedError):
            F.avg_pool2d(x, 2)
    with pytest.raises(TypeError, match=rf"x has dtype {dtype}, whose averages would lose their fraction; use x.float"):
        pool2d(x, 2, "avg")


def test_average_counts_padding_unless_told_otherwise():
    ones = torch.ones(3, 3)
    assert pool2d(ones, 2, "avg", padding=1).tolist() == [[0.25, 0.5], [0.5, 1.0]]
    assert pool2d(ones, 2, "avg", padding=1, count_include_pad=False).tolist() == [[1, 1], [1, 1]]


def test_argument_is_not_changed(randn):
    x = randn(2, 5, 5)
    before = x.clone()
    pool2d(x, 2, padding=1)
    pool2d(x, 2, "avg", padding=1)
    assert torch.equal(x, before)


@pytest.mark.parametrize("mode", ["max", "avg"])
@pytest.mark.parametrize(
    ("shape", "window", "options", "message"),
    [
        (
            (1, 4, 4),
            5,
            {},
            r"kernel_size \(5, 5\) does not fit inside x \(4, 4\); pad more or use a smaller",
        ),
        (
            (1, 4, 4),
            (3, 7),
            {"padding": 1},
            r"kernel_size \(3, 7\) does not fit inside x \(4, 4\), \(6, 6\) with",
        ),
        ((1, 4, 4), 2, {"padding": 2}, r"padding \(2, 2\) is more than half of kernel_size \(2, 2\).*at most \(1, 1\)"),
        ((1, 4, 4), (3, 1), {"padding": (1, 1)}, r"padding \(1, 1\) is more than half of kernel_size \(3, 1\)"),
        ((1, 4, 4), 3, {"padding": 2}, r"more than half of kernel_size \(3, 3\).*; pad less or use a larger window"),
        ((1, 4, 4), 0, {}, "kernel_size is 0; expected at least 1"),
        ((1, 4, 4), -1, {"stride": 1}, "kernel_size is -1; expected at least 1"),
        ((1, 4, 4), (2, 2, 2), {}, r"kernel_size is \(2, 2, 2\), 3 numbers; expected one, or \(vertical, horizontal\)"),
        ((1, 4, 4), 2, {"stride": 0}, "stride is 0; expected at least 1"),
        ((1, 4, 4), 2, {"stride": (1, -1)}, r"stride\[1\] is -1; expected at least 1"),
        ((1, 4, 4), 2, {"padding": -1}, "padding is -1; expected at least 0"),
        ((4,), 2, {}, r"x has shape \(4,\), 1 axes; expected \(H, W\), .* or \(N, C, H, W\); add an axis"),
        ((1, 1, 1, 4, 4), 2, {}, r"5 axes; expected \(H, W\), \(C, H, W\) or \(N, C, H, W\); select one, as in x\[0\]"),
        ((1, 0, 4), 2, {}, "which is empty"),
        ((1, 0, 4, 4), 2, {}, "which is empty"),
    ],
)
def test_what_torch_refuses_is_refused(mode, shape, window, options, message):
    x = torch.ones(shape)
    with pytest.raises((RuntimeError, IndexError, ValueError)):
        by_torch(x, window, mode, **options)
    with pytest.raises(ValueError, match=message):
        pool2d(x, window, mode, **options)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((torch.ones(4, 4), 2, "min"), {}, ValueError, "mode is 'min'; expected 'max' or 'avg'"),
        ((torch.ones(4, 4), 2, None), {}, ValueError, "mode is None; expected 'max' or 'avg'"),
        (
            (torch.ones(4, 4), 2, 2),
            {},
            ValueError,
            r"mode is 2; .*; stride is keyword-only: pool2d\(x, .*stride=2\)",
        ),
        ((torch.ones(4, 4), 2.0), {}, TypeError, "kernel_size is 2.0, a float; expected a whole number"),
        ((torch.ones(4, 4), 2), {"stride": 1.5}, TypeError, "stride is 1.5, a float"),
        ((torch.ones(4, 4), 2), {"padding": (0, 0, 0, 0)}, ValueError, "padding is .* 4 numbers"),
        ((torch.ones(4, 4), 2, "avg"), {"count_include_pad": 2}, TypeError, "count_include_pad is 2; expected True or"),
        (([[1.0]], 1), {}, TypeError, "x is of type list; expected a torch.Tensor"),
        ((torch.ones(2, 2).bool(), 2), {}, TypeError, "x has dtype torch.bool"),
    ],
)
def test_bad_arguments_are_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        pool2d(*arguments, **options)


@pytest.mark.parametrize(("window", "padding"), [(2, 2), (3, 2), ((3, 1), (1, 1))])
def test_function_and_trace_refuse_too_much_padding_in_the_same_words(window, padding):
    messages = []
    for pool in (trace_pool2d, pool2d):
        with pytest.raises(ValueError, match="pad less or use a larger window") as caught:
            pool(torch.ones(4, 4), window, padding=padding)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_the_loops_take_any_number_of_a_window(randn):
    x = randn(2, 5, 6)
    every = torch.ones(5, 6).bool()
    y = pool_windows(x, every, (2, 3), (1, 3), lambda cells: cells.median(dim=-1).values)
    wanted = x.unfold(1, 2, 1).unfold(2, 3, 3).flatten(-2).median(dim=-1).values
    assert torch.equal(y, wanted)


def test_average_pooling_is_a_convolution_with_a_constant_kernel_per_channel(randn):
    x = randn(3, 7, 8)
    for kh, kw in ((2, 2), (3, 2), (1, 4)):
        weight = torch.full((3, 1, kh, kw), 1 / (kh * kw), dtype=torch.float64)
        convolved = F.conv2d(x, weight, stride=(kh, kw), groups=3)
        torch.testing.assert_close(pool2d(x, (kh, kw), "avg"), convolved, rtol=0, atol=1e-12)


def test_average_is_linear_and_maximum_is_not(randn):
    a, b = randn(3, 6, 6), randn(3, 6, 6)
    apart = {mode: pool2d(a, 2, mode) + pool2d(b, 2, mode) for mode in ("max", "avg")}
    torch.testing.assert_close(pool2d(a + b, 2, "avg"), apart["avg"], rtol=0, atol=1e-12)
    assert bool((pool2d(a + b, 2) <= apart["max"]).all())
    assert not torch.allclose(pool2d(a + b, 2), apart["max"])


def test_the_best_kernel_with_a_bias_still_misses_the_maximum():
    x = torch.randn(200, 200, generator=torch.Generator().manual_seed(1)).double()
    windows = x.unfold(0, 2, 2).unfold(1, 2, 2).reshape(-1, 4)
    design = torch.cat([windows, torch.ones(len(windows), 1)], dim=1)
    wanted = pool2d(x, 2).reshape(-1, 1)
    miss = (design @ torch.linalg.lstsq(design, wanted).solution - wanted).square().mean().sqrt().item()
    # the variance of the largest of four normals is 0.4917; best weights of 1/4 explain a quarter
    assert miss == pytest.approx(math.sqrt(0.4917 - 0.25), abs=0.01)
    assert wanted.std().item() == pytest.approx(math.sqrt(0.4917), abs=0.01)
    assert miss**2 / wanted.var().item() == pytest.approx(0.5, abs=0.03)  # half of the variance remains


def test_a_shift_by_the_stride_moves_the_pooled_map_by_one_cell():
    frames = pad2d(digits()[0], 4)
    moved = pool2d(shift2d(frames, right=2, down=4), 2)
    assert torch.equal(moved, shift2d(pool2d(frames, 2), right=1, down=2))


def test_a_shift_by_one_cell_is_a_move_of_the_pooled_map_for_no_digit():
    frames = pad2d(digits()[0], 4)
    pooled, shifted = pool2d(frames, 2), pool2d(shift2d(frames, right=1), 2)
    for right, down in itertools.product(range(-7, 8), repeat=2):  # staying where it is among them
        move = shift2d(pooled, right=right, down=down)
        assert not (shifted == move).flatten(1).all(dim=1).any()


def changes(f, frames):
    """Mean change by a shift of one cell, against the own size and against another digit, and that last distance."""
    before, after = f(frames).flatten(1), f(shift2d(frames, right=1)).flatten(1)
    moved, size, another = (after - before).norm(dim=1).mean(), before.norm(dim=1).mean(), F.pdist(before).mean()
    return (moved / size).item(), (moved / another).item(), another.item()


def test_pooled_digits_change_less_against_their_own_size_but_not_against_another_digit():
    frames = pad2d(digits()[0], 4)
    plain = changes(lambda x: x, frames)
    assert plain[1] == pytest.approx(1.05, abs=0.01)  # a moved digit is further from itself than from another
    for mode, against_another in (("max", 1.08), ("avg", 1.01)):
        own, other, another = changes(lambda x: pool2d(x, 2, mode), frames)  # noqa: B023
        assert 0.6 < own / plain[0] < 0.75
        assert other == pytest.approx(against_another, abs=0.01)
        assert another < plain[2] / 2  # all maps are closer together


def test_pooled_edges_change_less_by_both_yardsticks():
    frames = pad2d(digits()[0], 4)
    sobel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    bank = torch.stack([sobel, -sobel, sobel.T, -sobel.T])[:, None]

    def edges(x):
        return F.conv2d(x[:, None], bank, padding=1).relu()

    plain = changes(edges, frames)
    for mode in ("max", "avg"):
        own, other, _ = changes(lambda x: pool2d(edges(x), 2, mode), frames)  # noqa: B023
        assert own / plain[0] < 0.85
        assert 0.85 < other / plain[1] < 0.95


def test_global_average_pooling_gives_one_number_a_channel_whatever_the_size(randn):
    for size in ((7, 7), (12, 20), (1, 1)):
        x = randn(5, *size)
        y = pool2d(x, size, "avg")
        assert tuple(y.shape) == (5, 1, 1)
        torch.testing.assert_close(y, F.adaptive_avg_pool2d(x, 1), rtol=0, atol=1e-12)
