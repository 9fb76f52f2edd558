"""Work out how the error changes with the kernel.

A kernel slides over an image, and its output should have been another one, the target. The error is the mean, over all
output cells, of the squared difference between output and target. Return its gradient by the kernel: for each cell of
the kernel, how fast the error grows with that cell.

Autograd is not allowed: do what it does. The output is Y[i, j] = the sum over a and b of X[i + a, j + b] K[a, b];
which output cells does K[a, b] change, and how much? PyTorch's forward convolutions and loops are both welcome.
"""

import torch
import torch.nn.functional as F

from cnncourse.exercises.catalogue.shared import floats
from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def kernel_gradient(x, kernel, target):
    """Differentiate the mean squared error of a cross-correlation.

    x (H, W), kernel (kH, kW), target (H - kH + 1, W - kW + 1).
    The error is the mean of (corr2d(x, kernel) - target) ** 2: no padding,
    the kernel is not flipped.
    Returns the error's gradient by the kernel, shape (kH, kW), dtype of x.
    """
    kh, kw = kernel.shape
    oh, ow = target.shape
    error = -target
    for a in range(kh):
        for b in range(kw):
            error += kernel[a, b] * x[a : a + oh, b : b + ow]
    gradient = torch.empty_like(kernel)
    for a in range(kh):
        for b in range(kw):
            part = x[a : a + oh, b : b + ow]  # what the kernel's cell meets, one cell for each place
            gradient[a, b] = 2 * (error * part).mean()
    return gradient


def by_windows(x, kernel, target):
    """Answer otherwise: a row for each window, and the gradient of a least squares problem."""
    windows = x.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1).reshape(-1, kernel.numel())
    error = windows @ kernel.flatten() - target.flatten()
    return (2 * windows.T @ error / len(error)).reshape(kernel.shape)


def by_correlation(x, kernel, target):
    """Answer otherwise: the gradient is a cross-correlation itself, of the image with the error."""
    error = F.conv2d(x[None, None], kernel[None, None]) - target
    return F.conv2d(x[None, None], error)[0, 0] * 2 / target.numel()


def oracle(x, kernel, target):
    """Ask autograd."""
    kernel = kernel.clone().requires_grad_()
    F.mse_loss(F.conv2d(x[None, None], kernel[None, None])[0, 0], target).backward()
    return kernel.grad


def draw(rng: Draw) -> Case:
    """Draw image, kernel and target; a kernel has at least two cells along each axis."""
    kh, kw = rng.distinct(2, 2, 4)
    h, w = rng.distinct(2, 5, 8)
    numbers = rng.normal if rng.turn % 3 == 2 else rng.whole
    return call(numbers(h, w), numbers(kh, kw), numbers(h - kh + 1, w - kw + 1))


def gradient_by_image(x, kernel, target):
    """Spread every output cell's error over the window that gave it."""
    kh, kw = kernel.shape
    gradient = torch.zeros_like(x)
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            error = (x[i : i + kh, j : j + kw] * kernel).sum() - target[i, j]
            gradient[i : i + kh, j : j + kw] += 2 * error * kernel / target.numel()
    return gradient


EXERCISE = Exercise(
    title="The gradient by the kernel",
    solution=kernel_gradient,
    oracle=oracle,
    read="cross_correlation: Can the kernel be learned?",
    minutes=30,
    difficulty=3,
    anchors=(
        # the outputs are 1·1 + 2·1 = 3 and 2 + 3 = 5, the errors 3 − 1 = 2 and 5 − 5 = 0:
        # by the left cell 2·(2·1 + 0·2)/2 = 2, by the right one 2·(2·2 + 0·3)/2 = 4
        by_hand(floats([2, 4]), floats([1, 2, 3]), floats([1, 1]), floats([1, 5])),
        # a kernel of one cell: errors 2·1 − 0, 2·2 − 5, 2·0 − 0, 2·3 − 4, and 2·(2·1 − 1·2 + 0·0 + 2·3)/4 = 3
        by_hand(floats([3]), floats([1, 2], [0, 3]), floats([2]), floats([0, 5], [0, 4])),
    ),
    draw=draw,
    styles=(by_windows, by_correlation),
    forbidden=("autograd",),
    hints=(
        "Begin with the error in each output cell: output minus target. What does a small change of one kernel cell "
        "do to each of these errors?",
        "Kernel cell (a, b) meets one image cell for each place where the kernel stands. Together they are a part of "
        "the image, as large as the output, that starts at row a and column b. By that part the output changes.",
        "The square brings a factor 2, the chain rule the error times that part, and the mean runs over the output's "
        "cells. So each cell of the gradient is twice the mean of error times part: a cross-correlation of x with the "
        "error.",
    ),
    mistakes="""
two-forgotten: Your gradient is half of what it should be. The derivative of a square brings a factor 2.
    2 * (error * part) -> (error * part)

sum-not-mean: This is the gradient of the summed squared error. The error here is a mean, so it is divided by the number
of output cells.
    (error * part).mean() -> (error * part).sum()

divided-by-kernel-size: You divide by the number of the kernel's cells. The mean runs over the output's cells.
    (error * part).mean() -> (error * part).sum() / kernel.numel()

divided-by-image-size: You divide by the number of the image's cells. The mean runs over the output's cells, which are
fewer.
    (error * part).mean() -> (error * part).sum() / x.numel()

sign-exchanged: Every sign is the other one: you take target minus output for the error, or return the step that
gradient descent would take. The gradient points uphill.
    return gradient -> return -gradient

target-ignored: You correlate with the output, as if the target were 0. What counts is how far the output is from the
target.
    error = -target -> error = torch.zeros_like(target)

chain-rule-forgotten: You differentiate by the output and stop there: all your cells are equal. Each kernel cell changes
the output by the part of the image that it meets.
    (error * part).mean() -> error.mean()

absolute-error: You use the error's sign and not its size: that is the gradient of the mean absolute error. A square's
derivative grows with the error.
    2 * (error * part) -> (error.sign() * part)

gradient-flipped: Your gradient is flipped on both axes. Nothing is flipped here: cell (a, b) of the gradient belongs to
the kernel's cell (a, b). [cross_correlation: Convolution or cross-correlation?]
    return gradient -> return gradient.flip(0, 1)

output-convolved: You flip the kernel when you compute the output: that is convolution. The output here is a
cross-correlation. [cross_correlation: Convolution or cross-correlation?]
    error += kernel[a, b] -> error += kernel[kh - 1 - a, kw - 1 - b]

stepped-kernel: You return the kernel after a step against the gradient. Only the gradient is asked for.
    return gradient -> return kernel - gradient

divided-by-rows: You divide by the number of the output's rows. The mean runs over all of its cells.
    (error * part).mean() -> (error * part).sum() / oh

divided-by-columns: You divide by the number of the output's columns. The mean runs over all of its cells.
    (error * part).mean() -> (error * part).sum() / ow

half-of-the-mean: You divide by twice the number of output cells, as for half a mean squared error. The error here is
the mean itself, and its square brings a factor 2.
    2 * (error * part).mean() -> (error * part).mean() / 2

two-squared: The factor 2 is in your gradient twice. The derivative of a square brings it once.
    2 * (error -> 4 * (error

error-squared: You multiply by the squared error. The derivative of a square holds the error itself, with a factor 2.
    2 * (error * part) -> (error * error * part)

error-squared-twice-two: You multiply by the squared error and by 2. The derivative of a square holds the error itself.
    2 * (error * part) -> 2 * (error * error * part)

error-ignored: Your gradient is the mean of what each kernel cell meets, whatever the error. How much the error changes
depends on how large it is.
    (error * part).mean() -> part.mean()

mean-before-product: You take the means of the error and of the image's part before you multiply. Each output cell's
error goes with what the kernel's cell meets there; the mean comes after.
    (error * part).mean() -> error.mean() * part.mean()

part-not-moved: Every cell of your gradient meets the upper left part of the image, so that all of them agree. Each
kernel cell meets a part of its own.
    gradient[a, b] = 2 * (error * part) -> gradient[a, b] = 2 * (error * x[:oh, :ow])

error-flipped: You flip the error before it meets the image. Nothing is flipped here: an output cell's error goes with
the window that gave that cell. [cross_correlation: Convolution or cross-correlation?]
    2 * (error * part) -> 2 * (error.flip(0, 1) * part)

gradient-upside-down: Your gradient stands upside down. Cell (a, b) of the gradient belongs to the kernel's cell (a, b).
    return gradient -> return gradient.flip(0)

gradient-mirrored: Your gradient is mirrored left to right. Cell (a, b) of the gradient belongs to the kernel's cell
(a, b).
    return gradient -> return gradient.flip(1)

gradient-transposed: Rows and columns of your gradient are exchanged. Cell (a, b) of the gradient belongs to the
kernel's cell (a, b).
    return gradient -> return gradient.T

kernel-multiplied: You multiply by the kernel once more. The output is linear in each kernel cell: the cell itself is
not in its own derivative.
    return gradient -> return gradient * kernel

first-window-only: You take the gradient of the first output cell's error alone. All output cells share the kernel, and
each adds its part.
    (error * part).mean() -> error[0, 0] * part[0, 0]

last-window-only: Only the last output cell's part is left in your gradient: each replaces the one before. All of them
are added.
    (error * part).mean() -> error[-1, -1] * part[-1, -1]

last-window-mean: Only the last output cell's part is left in your gradient, and it is divided by their number. All of
them are added first.
    (error * part).mean() -> error[-1, -1] * part[-1, -1] / error.numel()

finite-step: You let the kernel's cell grow by 1 and take the difference of the errors. Over so large a step the error
bends: the gradient is its slope at the very place.
    2 * (error * part).mean() -> ((error + part) ** 2 - error**2).mean()

root-taken: You differentiate the root of the mean squared error. The error here is the mean squared error itself.
    return gradient -> return gradient / (2 * (error**2).mean().sqrt())

length-one: You bring the gradient to length 1. Its length tells how fast the error grows.
    return gradient -> return gradient / gradient.norm()

gradient-averaged: You give the mean over the kernel's cells to each of them. Each cell has a slope of its own.
    return gradient -> return gradient.mean().expand_as(gradient)

gradient-by-image: You differentiate by the image. Asked for is the gradient by the kernel, which is as large as the
kernel.

output-averaged: You compute the output with the mean of the products. They are summed.
[cross_correlation: What does a sliding window compute?]
    error += kernel[a, b] -> error += kernel[a, b] / kernel.numel()

loss-returned: You return the error. Asked for is its slope by each of the kernel's cells.
    return gradient -> return (error**2).mean()
""",
    answers=(gradient_by_image,),
)
