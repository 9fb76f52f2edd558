import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from scipy import signal

from cnncourse.cross_correlation import Conv2D, convolve2d, corr2d, corr2d_vectorized, learn_kernel
from cnncourse.figures.trace import trace_corr2d
from cnncourse.images import shift2d, stripe

OPERATIONS = [corr2d, corr2d_vectorized, convolve2d]
INPUT = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
KERNEL = [[0, 1], [2, 3]]


def sizes():
    """Rectangular inputs and kernels, each kernel small enough to fit."""
    every = itertools.product((1, 2, 3, 5, 7), (1, 2, 4, 6), (1, 2, 3, 4), (1, 2, 3))
    return [(h, w, kh, kw) for h, w, kh, kw in every if kh <= h and kw <= w]


@pytest.mark.parametrize("operation", [corr2d, corr2d_vectorized])
def test_correlation_worked_by_hand(operation):
    assert operation(torch.tensor(INPUT), torch.tensor(KERNEL)).tolist() == [[19, 25], [37, 43]]


def test_convolution_worked_by_hand():
    # the flipped kernel is [[3, 2], [1, 0]]: 0*3 + 1*2 + 3*1 + 4*0 = 5
    assert convolve2d(torch.tensor(INPUT), torch.tensor(KERNEL)).tolist() == [[5, 11], [23, 29]]


def test_operations_equal_torch_and_scipy_over_a_grid(randn):
    cases = sizes()
    assert len(cases) > 100
    for h, w, kh, kw in cases:
        x, kernel = randn(h, w), randn(kh, kw)
        by_torch = F.conv2d(x[None, None], kernel[None, None])[0, 0]
        correlated = torch.from_numpy(signal.correlate2d(x, kernel, "valid"))
        convolved = torch.from_numpy(signal.convolve2d(x, kernel, "valid"))
        for operation, oracles in zip(OPERATIONS, [(by_torch, correlated)] * 2 + [(convolved,)], strict=True):
            for oracle in oracles:
                torch.testing.assert_close(operation(x, kernel), oracle, rtol=0, atol=1e-12)


def test_trace_equals_the_loops(randn):
    for h, w, kh, kw in sizes():
        x, kernel = randn(h, w), randn(kh, kw)
        trace = torch.tensor(trace_corr2d(x, kernel).output, dtype=torch.float64)
        torch.testing.assert_close(trace, corr2d(x, kernel), rtol=0, atol=1e-12)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_gradients_are_those_of_autograd(operation, randn):
    inputs = randn(4, 5).requires_grad_(), randn(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(operation, inputs)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "dtype",
    [
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.float64,
        torch.uint8,
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
    ],
)
def test_every_float_and_integer_dtype_is_kept(operation, dtype):
    y = operation(torch.tensor(INPUT, dtype=dtype), torch.tensor(KERNEL, dtype=dtype))
    assert y.dtype == dtype
    assert y.tolist() == operation(torch.tensor(INPUT), torch.tensor(KERNEL)).tolist()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_arguments_are_not_changed(operation, randn):
    x, kernel = randn(4, 4), randn(2, 2)
    before = x.clone(), kernel.clone()
    operation(x, kernel)
    assert torch.equal(x, before[0])
    assert torch.equal(kernel, before[1])


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("x", "kernel", "error", "message"),
    [
        (torch.ones(3, 3), torch.ones(5, 5), ValueError, r"kernel \(5, 5\) does not fit inside x \(3, 3\); pad x"),
        (torch.ones(9, 3), torch.ones(1, 4), ValueError, r"kernel \(1, 4\) does not fit inside x \(9, 3\)"),
        (torch.ones(3), torch.ones(1, 1), ValueError, r"x has shape \(3,\), 1 axes; expected 2, \(H, W\)"),
        (
            torch.ones(3, 3),
            torch.ones(1, 1, 1),
            ValueError,
            r"kernel has shape \(1, 1, 1\), 3 axes; expected 2, \(kH, kW\)",
        ),
        (torch.ones(3, 3), torch.ones(0, 2), ValueError, r"kernel has shape \(0, 2\), which is empty"),
        (
            torch.ones(3, 3),
            torch.ones(2, 2).double(),
            TypeError,
            r"kernel has dtype torch.float64 and x has torch.float32",
        ),
        (torch.ones(3, 3), torch.ones(2, 2, device="meta"), ValueError, r"kernel is on device meta and x on cpu"),
        (torch.ones(3, 3), [[1.0]], TypeError, r"kernel is of type list; expected a torch.Tensor"),
    ],
)
def test_bad_arguments_are_named(operation, x, kernel, error, message):
    with pytest.raises(error, match=message):
        operation(x, kernel)


def test_convolution_flips_both_axes(randn):
    x, kernel = randn(5, 5), randn(2, 3)
    assert torch.equal(convolve2d(x, kernel), corr2d(x, kernel.flip(0).flip(1)))
    assert not torch.allclose(convolve2d(x, kernel), corr2d(x, kernel.flip(0)))
    assert not torch.allclose(convolve2d(x, kernel), corr2d(x, kernel.flip(1)))


def test_shift_equivariance_holds_up_to_the_border(randn):
    x, kernel = randn(8, 9), randn(3, 2)
    moved = corr2d(shift2d(x, down=2, right=1), kernel)
    torch.testing.assert_close(moved[2:, 1:], corr2d(x, kernel)[:-2, :-1], rtol=0, atol=1e-12)
    assert not torch.allclose(moved, shift2d(corr2d(x, kernel), down=2, right=1))  # the border differs


def test_layer_adds_its_bias_and_learns_both():
    layer = Conv2D((2, 3))
    x = torch.arange(20.0).reshape(4, 5)
    torch.testing.assert_close(layer(x), corr2d(x, layer.weight) + layer.bias)
    layer(x).sum().backward()
    assert {name: tuple(p.grad.shape) for name, p in layer.named_parameters()} == {"weight": (2, 3), "bias": (1,)}
    assert layer.bias.grad.item() == 9  # one for each output cell
    assert tuple(Conv2D(3).weight.shape) == (3, 3)


@pytest.mark.parametrize("kernel_size", [0, (2, 0), (1, 2, 3)])
def test_layer_refuses_a_bad_kernel_size(kernel_size):
    with pytest.raises(ValueError, match="kernel_size"):
        Conv2D(kernel_size)


def test_learning_finds_the_edge_kernel_below_the_limit_and_diverges_above():
    x, edge = stripe(), torch.tensor([[1.0, -1.0]])
    start = torch.ones(1, 2)
    # windows (1,1) (1,0) (0,0) (0,0) (0,0) (0,1) (1,1): the curvature's largest eigenvalue is 10/7, the limit 1.4
    kernel, errors = learn_kernel(x, corr2d(x, edge), start, lr=1.39, steps=1000)
    torch.testing.assert_close(kernel, edge, rtol=0, atol=1e-3)
    assert errors[-1] < errors[0]
    _, errors = learn_kernel(x, corr2d(x, edge), start, lr=1.41, steps=1000)
    assert errors[-1] > errors[0]
    assert start.tolist() == [[1.0, 1.0]]


def test_learning_by_convolution_finds_the_flipped_kernel(randn):
    x, kernel = randn(10, 10), randn(2, 2)
    learned, _ = learn_kernel(x, corr2d(x, kernel), torch.zeros(2, 2).double(), lr=0.3, steps=300, operation=convolve2d)
    torch.testing.assert_close(learned, kernel.flip(0, 1), rtol=0, atol=1e-6)


def test_learning_refuses_what_cannot_be_learned():
    x = stripe()
    with pytest.raises(ValueError, match=r"y has shape \(6, 8\); expected \(6, 7\)"):
        learn_kernel(x, x, torch.zeros(1, 2), lr=0.1, steps=1)
    with pytest.raises(TypeError, match=r"start has dtype torch.int64; gradients need a float dtype"):
        learn_kernel(x.long(), x.long(), torch.zeros(1, 2).long(), lr=0.1, steps=1)
    with pytest.raises(ValueError, match="steps is 0"):
        learn_kernel(x, x, torch.zeros(1, 2), lr=0.1, steps=0)
    for lr in (0, -0.1, math.inf, math.nan):
        with pytest.raises(ValueError, match=f"^lr is {lr}; expected a positive number, such as 0.1$"):
            learn_kernel(x, x, torch.zeros(1, 2), lr=lr, steps=1)
