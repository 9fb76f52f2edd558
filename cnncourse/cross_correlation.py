"""Cross-correlation: a small window of weights slides over an image, and each position gives one number."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from cnncourse.checks import (
    require_float,
    require_image_and_kernel,
    require_int,
    require_pair,
    require_shape,
    require_tensor,
)
from cnncourse.windows import sliding_windows


def corr2d(x: Tensor, kernel: Tensor) -> Tensor:
    """Cross-correlate one image with one kernel: stride 1, no padding.

    The loops are the lesson; `corr2d_vectorized` gives the same numbers faster.

    Args:
        x: input image, shape (H, W), a float dtype of 16 bits or more, or int8 to int64, or uint8. Integers wrap
            around where they overflow, as in torch.
        kernel: weights, shape (kH, kW), kH <= H and kW <= W; dtype and device of ``x``.

    Returns:
        Shape (H - kH + 1, W - kW + 1), dtype of ``x``.

    Raises:
        TypeError: not tensors, not numbers, or of two dtypes.
        ValueError: not 2-D, empty, on two devices, or the kernel does not fit inside ``x``.

    Source: chapter "Cross-correlation"; LeCun et al. 1998.

    >>> corr2d(torch.arange(9.).reshape(3, 3), torch.arange(4.).reshape(2, 2)).tolist()
    [[19.0, 25.0], [37.0, 43.0]]
    """
    require_image_and_kernel(x, kernel)
    h, w = x.shape
    kh, kw = kernel.shape
    y = x.new_zeros(h - kh + 1, w - kw + 1)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            window = x[i : i + kh, j : j + kw]
            y[i, j] = (window * kernel).sum()
    return y


def corr2d_vectorized(x: Tensor, kernel: Tensor) -> Tensor:
    """Cross-correlate one image with one kernel, all positions at once.

    Args, Returns, Raises:
        as `corr2d`.

    Source: chapter "Cross-correlation".

    >>> corr2d_vectorized(torch.arange(9.).reshape(3, 3), torch.arange(4.).reshape(2, 2)).tolist()
    [[19.0, 25.0], [37.0, 43.0]]
    """
    require_image_and_kernel(x, kernel)
    # (oh, ow, kh, kw), a view: nothing is copied yet
    windows = sliding_windows(x, kernel.shape)
    return (windows * kernel).sum(dim=(-2, -1), dtype=x.dtype)


def convolve2d(x: Tensor, kernel: Tensor) -> Tensor:
    """Convolve one image with one kernel, in the sense of mathematics: flip the kernel on both axes, then correlate.

    Args, Returns, Raises:
        as `corr2d`.

    Source: chapter "Cross-correlation"; equals ``scipy.signal.convolve2d(x, kernel, "valid")`` for a kernel that fits.

    >>> convolve2d(torch.arange(9.).reshape(3, 3), torch.arange(4.).reshape(2, 2)).tolist()
    [[5.0, 11.0], [23.0, 29.0]]
    """
    require_image_and_kernel(x, kernel)
    return corr2d(x, kernel.flip(0, 1))


class Conv2D(nn.Module):
    """A layer that correlates its input with a learnable kernel and adds a learnable bias.

    Args:
        kernel_size: one number for a square kernel, or (kH, kW).

    Attributes:
        weight: shape (kH, kW), drawn from a standard normal distribution.
        bias: shape (1,), drawn likewise.

    Raises:
        TypeError, ValueError: ``kernel_size`` is not one or two whole numbers of at least 1.

    Source: chapter "Cross-correlation".

    >>> layer = Conv2D((1, 2))
    >>> layer(torch.zeros(6, 8)).shape
    torch.Size([6, 7])
    >>> sorted(name for name, _ in layer.named_parameters())
    ['bias', 'weight']
    """

    def __init__(self, kernel_size: int | tuple[int, int]) -> None:
        super().__init__()
        kh, kw = require_pair("kernel_size", kernel_size, 1)
        self.weight = nn.Parameter(torch.randn(kh, kw))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x: Tensor) -> Tensor:
        """Map an image (H, W) to a feature map (H - kH + 1, W - kW + 1); errors as `corr2d`."""
        return corr2d(x, self.weight) + self.bias


def learn_kernel(
    x: Tensor,
    y: Tensor,
    start: Tensor,
    *,
    lr: float,
    steps: int,
    operation: Callable[[Tensor, Tensor], Tensor] = corr2d_vectorized,
) -> tuple[Tensor, list[float]]:
    """Find a kernel that maps ``x`` to ``y`` by gradient descent on the mean squared error.

    Args:
        x: input image, shape (H, W), a float dtype.
        y: wanted output, shape (H - kH + 1, W - kW + 1).
        start: the first guess, shape (kH, kW); it is not changed.
        lr: learning rate; above a bound that depends on ``x`` the error grows instead of shrinking.
        steps: number of updates, at least 1.
        operation: maps image and kernel to an output, such as `corr2d` or `convolve2d`.

    Returns:
        The kernel, shape (kH, kW), and the error before each update.

    Raises:
        TypeError: as `corr2d`, or ``start`` is not of a float dtype.
        ValueError: as `corr2d`, or ``y`` has not the output's shape.

    Source: chapter "Cross-correlation".

    >>> x = torch.tensor([[0., 1., 1., 0.]])
    >>> kernel, errors = learn_kernel(x, torch.tensor([[-1., 0., 1.]]), torch.zeros(1, 2), lr=0.5, steps=100)
    >>> kernel.round(decimals=3).tolist()
    [[1.0, -1.0]]
    """
    require_tensor("start", start, "kH, kW")
    require_float("start", start)
    require_tensor("y", y, "oh, ow")
    if not 0 < lr < math.inf:
        raise ValueError(f"lr is {lr}; expected a positive number, such as 0.1")
    kernel = start.clone().requires_grad_()
    errors = []
    for _ in range(require_int("steps", steps, 1)):
        output = operation(x, kernel)
        require_shape("y", y, output.shape, "cut y to that size")
        error = ((output - y) ** 2).mean()
        (gradient,) = torch.autograd.grad(error, kernel)
        with torch.no_grad():
            kernel -= lr * gradient
        errors.append(error.item())
    return kernel.detach(), errors
