"""Why convolutions: what a layer loses, and what it saves, on the way from fully connected to shared weights."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnncourse.checks import require_float, require_int, require_labels, require_pair, require_shape, require_tensor
from cnncourse.shapes import output_shape
from cnncourse.windows import sliding_windows

Size = int | tuple[int, int]


def fully_connected_parameters(size: Size, kernel_size: Size, *, bias: bool = True) -> int:
    """Count the parameters of a layer in which every output cell has a weight for every input cell.

    The output is given the size that a kernel of ``kernel_size`` would give, so that the three layers of this module
    can be compared: they map the same image to the same map.

    Args:
        size: the image's size, one number or (H, W).
        kernel_size: the window's size, one number or (kH, kW).
        bias: whether each output cell adds a number of its own.

    Returns:
        H W weights for each of the (H - kH + 1) (W - kW + 1) output cells, and as many biases as output cells.

    Raises:
        TypeError, ValueError: not whole numbers of at least 1, or the window does not fit inside the image.

    Source: chapter "Why convolutions?".

    >>> fully_connected_parameters((3, 3), (2, 2))
    40
    """
    (h, w), (oh, ow) = require_pair("size", size, 1), output_shape(size, kernel_size)
    return (h * w + bool(bias)) * oh * ow


def locally_connected_parameters(size: Size, kernel_size: Size, *, bias: bool = True) -> int:
    """Count the parameters of a layer in which every output cell has weights for one window only.

    Args, Raises:
        as `fully_connected_parameters`.

    Returns:
        kH kW weights for each of the (H - kH + 1) (W - kW + 1) output cells, and as many biases as output cells.

    Source: chapter "Why convolutions?".

    >>> locally_connected_parameters((3, 3), (2, 2))
    20
    """
    (oh, ow), (kh, kw) = output_shape(size, kernel_size), require_pair("kernel_size", kernel_size, 1)
    return (kh * kw + bool(bias)) * oh * ow


def convolution_parameters(size: Size, kernel_size: Size, *, bias: bool = True) -> int:
    """Count the parameters of a layer in which all output cells share the weights of one window.

    Args, Raises:
        as `fully_connected_parameters`.

    Returns:
        kH kW weights and one bias, whatever the image's size.

    Source: chapter "Why convolutions?".

    >>> convolution_parameters((3, 3), (2, 2)), convolution_parameters((427, 640), (2, 2))
    (5, 5)
    """
    output_shape(size, kernel_size)  # the window has to fit, though its weights do not depend on the image
    kh, kw = require_pair("kernel_size", kernel_size, 1)
    return kh * kw + bool(bias)


def local_matrix(weights: Tensor) -> Tensor:
    """Write a locally connected layer as a matrix: one row an output cell, one column an input cell.

    Args:
        weights: the weights of every output cell's own window, shape (oh, ow, kH, kW).

    Returns:
        Shape (oh ow, H W) with H = oh + kH - 1 and W = ow + kW - 1, zero where there is no connection. Times the
        flattened image it gives the flattened output.

    Raises:
        TypeError: not a tensor of numbers.
        ValueError: not four axes, or empty.

    Source: chapter "Why convolutions?".

    >>> local_matrix(torch.tensor([[[[1, 2]], [[3, 4]]]])).tolist()
    [[1, 2, 0], [0, 3, 4]]
    """
    require_tensor("weights", weights, "oh, ow, kH, kW")
    oh, ow, kh, kw = weights.shape
    h, w = oh + kh - 1, ow + kw - 1
    rows = weights.new_zeros(oh, ow, h, w)  # a picture for each output cell
    for i in range(oh):
        for j in range(ow):
            rows[i, j, i : i + kh, j : j + kw] = weights[i, j]
    return rows.reshape(oh * ow, -1)


def convolution_matrix(kernel: Tensor, size: Size) -> Tensor:
    """Write a convolutional layer as a matrix: a local one whose windows all have the same weights.

    Args:
        kernel: weights, shape (kH, kW).
        size: the image's size, one number or (H, W), kH <= H and kW <= W.

    Returns:
        Shape ((H - kH + 1) (W - kW + 1), H W), constant along its diagonals within each block of W columns.

    Raises:
        TypeError: not a tensor of numbers, or sizes that are not whole numbers.
        ValueError: ``kernel`` is not 2-D, or does not fit inside the image.

    Source: chapter "Why convolutions?"; the kernel is not flipped, as in torch.

    >>> convolution_matrix(torch.tensor([[1, 2]]), (1, 4)).tolist()
    [[1, 2, 0, 0], [0, 1, 2, 0], [0, 0, 1, 2]]
    """
    require_tensor("kernel", kernel, "kH, kW")
    oh, ow = output_shape(size, tuple(kernel.shape))
    return local_matrix(kernel.expand(oh, ow, -1, -1))


def average_over_shifts(matrix: Tensor) -> Tensor:
    """Treat all cells of a ring alike: average a layer over every shift of its input and output.

    What comes out commutes with shifts: it is the layer nearest to ``matrix`` (in least squares) that does.

    Args:
        matrix: weights from n cells on a ring to n cells, shape (n, n), a float dtype.

    Returns:
        Shape (n, n), one number along each diagonal, diagonals going on at the opposite edge.

    Raises:
        TypeError: not a tensor of a float dtype.
        ValueError: not square.

    Source: chapter "Why convolutions?".

    >>> average_over_shifts(torch.tensor([[1., 2.], [3., 4.]])).tolist()
    [[2.5, 2.5], [2.5, 2.5]]
    """
    require_tensor("matrix", matrix, "n, n")
    require_float("matrix", matrix)
    n = len(matrix)
    require_shape("matrix", matrix, (n, n), "use as many columns as rows")
    shifted = [matrix.roll((shift, shift), dims=(0, 1)) for shift in range(n)]
    return torch.stack(shifted).mean(dim=0)


def fit_scores(features: Tensor, labels: Tensor, *, ridge: float = 1e-3) -> nn.Linear:
    """Fit a fully connected layer whose largest output names the class, by least squares.

    For each class it approximates 1 on pictures of that class and 0 on all others. There is one best answer, and a
    linear system gives it: nothing is drawn at random, nothing is iterated.

    Args:
        features: one row a picture, shape (N, M), a float dtype.
        labels: classes from 0, shape (N,), an integer dtype.
        ridge: how much large weights cost; above 0, so that the answer is unique.

    Returns:
        A layer that maps (..., M) to (..., classes), of the dtype of ``features``.

    Raises:
        TypeError: not tensors, or ``features`` not of a float dtype.
        ValueError: ``labels`` are not one for each row or below 0, or ``ridge`` is not above 0.

    Source: chapter "Why convolutions?"; ridge regression.

    >>> layer = fit_scores(torch.tensor([[0.], [1.]]), torch.tensor([0, 1]))
    >>> layer(torch.tensor([[0.], [1.]])).argmax(dim=1).tolist()
    [0, 1]
    """
    require_tensor("features", features, "N, M")
    require_float("features", features)
    require_labels(labels, len(features))
    if not ridge > 0:
        raise ValueError(f"ridge is {ridge}; expected more than 0, such as 0.001")
    rows = F.pad(features, (0, 1), value=1).double()  # the last column multiplies the bias
    wanted = F.one_hot(labels.long()).double()
    weights = torch.linalg.solve(rows.T @ rows + ridge * torch.eye(rows.shape[1]).double(), rows.T @ wanted)
    layer = nn.utils.skip_init(nn.Linear, *weights[:-1].shape, dtype=features.dtype)
    layer.load_state_dict({"weight": weights[:-1].T, "bias": weights[-1]})
    return layer.requires_grad_(False)


def small_network(seed: int) -> nn.Sequential:
    """Build a network with two convolutional layers for digits of 8x8 pixels, all weights random.

    Args:
        seed: gives the weights; the same seed gives the same network.

    Returns:
        A network of 994 parameters that maps images (N, 1, 8, 8) to scores (N, 10).

    Raises:
        TypeError, ValueError: ``seed`` is not a whole number of at least 0.

    Source: chapter "Why convolutions?".

    >>> small_network(seed=0)(torch.zeros(3, 1, 8, 8)).shape
    torch.Size([3, 10])
    """
    seed = require_int("seed", seed, 0)
    with torch.random.fork_rng(devices=[]):  # changes no one else's numbers
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3),  # 8 kernels of 3x3: 8 maps of 6x6
            nn.ReLU(),
            nn.Conv2d(8, 8, kernel_size=3),  # reads all 8: 8 maps of 4x4
            nn.ReLU(),
            nn.MaxPool2d(2),  # 8 maps of 2x2
            nn.Flatten(),
            nn.Linear(8 * 2 * 2, 10),
        )


def mean_of_strongest(images: Tensor, maps: Tensor, *, count: int = 100) -> Tensor:
    """Average the windows to which a unit answers most strongly: a portrait of what it looks for.

    Args:
        images: what went in, shape (N, H, W), a float dtype.
        maps: the unit's feature maps, shape (N, oh, ow), made by windows that move one cell at a time.
        count: how many windows to average, from 1 to N oh ow.

    Returns:
        Shape (H - oh + 1, W - ow + 1), the size of the window.

    Raises:
        TypeError: not tensors, or ``images`` not of a float dtype.
        ValueError: not 3-D, another number of maps than images, maps larger than images, or ``count`` out of range.

    Source: chapter "Why convolutions?".

    >>> images = torch.tensor([[[0., 1., 5.]], [[7., 2., 0.]]])
    >>> maps = images.diff(dim=2)  # what a window of two cells sees: right minus left
    >>> mean_of_strongest(images, maps, count=1).tolist()
    [[1.0, 5.0]]
    """
    require_tensor("images", images, "N, H, W")
    require_float("images", images)
    require_tensor("maps", maps, "N, oh, ow")
    (n, h, w), (many, oh, ow) = images.shape, maps.shape
    if n != many or oh > h or ow > w:
        raise ValueError(
            f"maps has shape {(many, oh, ow)} and images {(n, h, w)}; expected one map an image, no larger than it"
        )
    if require_int("count", count, 1) > maps.numel():
        raise ValueError(f"count is {count}; expected at most {maps.numel()}, the number of windows")
    kh, kw = h - oh + 1, w - ow + 1
    windows = sliding_windows(images, (kh, kw)).reshape(-1, kh, kw)  # (N oh ow, kH, kW)
    return windows[maps.flatten().topk(count).indices].mean(dim=0)


def slope_share(windows: Tensor) -> Tensor:
    """Say how much of each 3x3 window is one slope, from blank on one side to ink on the other, at any angle.

    Args:
        windows: shape (N, 3, 3), a float dtype; none of them even.

    Returns:
        Shape (N,): the share of the squared deviations from the window's mean that the best plane explains. 1 is a
        slope, 0.75 a step between two columns, 0 a line or a spot in the middle.

    Raises:
        TypeError: not a tensor of a float dtype.
        ValueError: not of shape (N, 3, 3), or a window without any contrast.

    Source: chapter "Why convolutions?"; linear regression on row and column.

    >>> step, line = [[1., 0., 0.]] * 3, [[0., 1., 0.]] * 3
    >>> slope_share(torch.tensor([step, line])).tolist()
    [0.75, 0.0]
    """
    require_tensor("windows", windows, "N, 3, 3")
    require_float("windows", windows)
    require_shape("windows", windows, (len(windows), 3, 3), "cut windows of 3x3")
    down = (windows[:, 2] - windows[:, 0]).sum(dim=1)
    across = (windows[:, :, 2] - windows[:, :, 0]).sum(dim=1)
    spread = windows.flatten(1).var(dim=1, correction=0) * 9
    if not spread.gt(0).all():
        raise ValueError("windows holds one that is even; expected some contrast in each; leave that one out")
    return (down**2 + across**2) / (6 * spread)
