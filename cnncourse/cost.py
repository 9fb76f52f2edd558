"""What a network costs and how far it sees, layer by layer: output shapes, parameters, multiply-adds, receptive fields.

Any module is measured while it runs, so branches, layers that run twice and layers inside of layers are counted as
they are used. Copies run, never the module itself: mode, weights, gradients, statistics, hooks, device, dtype and the
random numbers of the world stay as they were.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from cnncourse.checks import require_int

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED, nn.Linear)
# these have parameters, and none of them stands in a sum of products
SCALED = (
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm),
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d, nn.PReLU, nn.Embedding),
)
KINDS = (("meta", torch.float32), ("cpu", torch.float64), ("cpu", torch.float32))  # of copies, in order of preference


@dataclass(frozen=True)
class LayerCost:
    """One run of one layer: its output, what it costs, and what one of its cells sees.

    Attributes:
        name: the layer's path in the module, such as "features.0".
        shape: the output's shape, without the batch.
        parameters: numbers to store that no earlier row has counted, so that the rows' sum is the module's.
        multiply_adds: products with weights, for one image; padded zeros included, biases and all that is computed
            cell by cell not.
        receptive_field: (height, width) in input pixels, from the first pixel seen to the last; None where the cells
            no longer stand in rows and columns, or where it was not asked for.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None


def layer_table(model: nn.Module, image_shape: Sequence[int], *, fields: bool = True) -> list[LayerCost]:
    """List every run of every layer of a module, in the order in which they run.

    A layer is a module without modules inside. A layer that runs twice has two rows; a module with parameters of its
    own beside its layers has a row as well. What ``forward`` computes by calling functions, such as ``F.conv2d`` or
    ``x @ w``, belongs to no layer: its products are not counted, though receptive fields include what it looks at.

    Args:
        model: any module that maps a batch of images to tensors; it is measured in evaluation mode.
        image_shape: (C, H, W) of one image; or the shape of one input of another kind, without receptive fields.
        fields: whether to find the receptive fields. They are measured, not derived: a copy runs twice for each row
            and each column of the image, which takes its time where the network is large. Two values are put in its
            cells, not-a-number and infinity; what a module of your own makes of these and of 0.5 alike is not seen.

    Returns:
        One row a run. Fields are those of the cells that see most; where the image is too small for any to see all
        that `cnncourse.shapes.receptive_field` promises, it is what they see inside the image.

    Raises:
        TypeError: not a module, one that cannot be copied, or sizes that are not whole numbers.
        ValueError: a layer with parameters whose products are not known here, one that has none yet (lazy), or an image
            that does not fit.

    Source: chapters "Channels" and "LeNet".

    >>> layers = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(1176, 10))
    >>> for row in layer_table(layers, (1, 28, 28)):
    ...     print(row.name, row.shape, row.parameters, row.multiply_adds, row.receptive_field)
    0 (6, 28, 28) 156 117600 (5, 5)
    1 (6, 14, 14) 0 0 (6, 6)
    2 (1176,) 0 0 None
    3 (10,) 11770 11760 None
    """
    shape = _require_measurable(model, image_shape)
    runs = _measure(model, shape)
    seen = _fields(model, shape) if fields and len(shape) == 3 else [None] * len(runs)
    layers, rows = _layers(model), []
    counted: set[int] = set()
    for (name, (size, multiply_adds)), field in zip(runs, seen, strict=True):
        fresh = {id(p): p.numel() for p in _own_parameters(layers[name]) if id(p) not in counted}
        counted |= fresh.keys()
        rows.append(LayerCost(name, size, sum(fresh.values()), multiply_adds, field))
    return rows


def _layers(module: nn.Module) -> dict[str, nn.Module]:
    """Find what has rows, by path: modules without modules inside, and modules with parameters of their own."""
    found: dict[str, nn.Module] = {}
    inside: set[nn.Module] = set()  # of a layer, as the parts of a reparametrised weight are
    for name, part in module.named_modules():  # a module that stands in two places comes once
        known = isinstance(part, (*WEIGHTED, *SCALED))
        if part not in inside and (known or part._parameters or not list(part.children())):
            found[name or type(part).__name__] = part
        if known:
            inside |= set(part.modules()) - {part}
    return found


def _own_parameters(layer: nn.Module) -> Iterator[nn.Parameter]:
    return layer.parameters(recurse=isinstance(layer, (*WEIGHTED, *SCALED)))


def _measure(model: nn.Module, shape: tuple[int, ...]) -> list[tuple[str, tuple[tuple[int, ...], int]]]:
    """Note shape and multiply-adds of every run, without numbers unless ``forward`` asks for them."""

    def look(layer: nn.Module, inputs: Any, y: Tensor) -> tuple[tuple[int, ...], int]:
        return tuple(y.shape[1:]), _multiply_adds(layer, inputs, y)

    return _first_that_runs(model, shape, KINDS, lambda twin, image: _run(twin, image, look))


def _multiply_adds(layer: nn.Module, inputs: Any, y: Tensor) -> int:
    """Count a cell's weights, times the cells: of the output, or of the input where each of its cells is spread."""
    if not isinstance(layer, WEIGHTED):
        return 0
    cells = _first_tensor(inputs) if isinstance(layer, TRANSPOSED) else y
    return 0 if cells is None else cells.numel() * math.prod(layer.weight.shape[1:])


def _fields(model: nn.Module, shape: tuple[int, ...]) -> list[tuple[int, int] | None]:
    """Find the receptive field of every run."""

    def both(twin: nn.Module, image: Tensor) -> list[tuple[int, int] | None]:
        heights, widths = _extents(twin, image, -2), _extents(twin, image, -1)
        return [None if h is None or w is None else (h, w) for h, w in zip(heights, widths, strict=True)]

    return _first_that_runs(model, shape, KINDS[1:], both)


def _extents(twin: nn.Module, image: Tensor, axis: int) -> list[int | None]:
    """Measure for every run how many rows (or columns) apart the first and the last lie that one of its cells sees.

    Two probes go through the twin. Not-a-number spoils all that is computed from it, however small the weights and
    however flat the activations; infinity passes where numbers are compared, because it wins. A cell that neither
    changes does not see the row.
    """
    still = _run(twin, image, _map)
    changes = []  # for each row of the image, and each run: which rows of its output change
    for position in range(image.shape[axis]):
        probed = []
        for probe in (math.nan, math.inf):
            touched = image.clone()
            touched.select(axis, position).fill_(probe)
            probed.append(_run(twin, touched, _map))
        changes.append([_changed(y[1], (a[1], b[1]), axis) for y, a, b in zip(still, *probed, strict=True)])
    return [None if run[0] is None else _extent(torch.stack(run)) for run in zip(*changes, strict=True)]


def _map(_layer: nn.Module, _inputs: Any, y: Tensor) -> Tensor | None:
    """Keep what stands in rows and columns."""
    return y if y.ndim == 4 else None


def _changed(before: Tensor | None, after: Sequence[Tensor], axis: int) -> Tensor | None:
    """Say of each row (or column) of a map (N, C, oh, ow) whether any of its cells differs from before."""
    if before is None:
        return None
    differs = torch.zeros_like(before, dtype=torch.bool)
    for y in after:
        differs |= (before != y) & ~(before.isnan() & y.isnan())
    return differs.movedim(axis, 0).flatten(1).any(dim=1)


def _extent(sees: Tensor) -> int:
    """Count from the first position seen to the last, for the cell that sees most; ``sees`` has shape (n, cells)."""
    if not sees.any():
        return 0
    positions = torch.arange(len(sees), device=sees.device)[:, None].expand(sees.shape)
    first, last = positions.masked_fill(~sees, len(sees)).amin(dim=0), positions.masked_fill(~sees, -1).amax(dim=0)
    return int((last - first).max()) + 1


def _first_that_runs(
    model: nn.Module,
    shape: tuple[int, ...],
    kinds: Sequence[tuple[str, torch.dtype]],
    work: Callable[[nn.Module, Tensor], list],
) -> list:
    """Work with a twin of the first kind that takes an even image."""
    failures = []
    for device, dtype in kinds:
        image = torch.full((1, *shape), 0.5, dtype=dtype, device=device)
        try:
            return work(_twin(model, device, dtype), image)
        except ValueError as error:
            failures.append(error)
    raise failures[-1]


def _run(twin: nn.Module, x: Tensor, look: Callable[[nn.Module, Any, Tensor], Any]) -> list[tuple[str, Any]]:
    """Send a batch through a twin; return the path, and what ``look`` made of the run, of every run of every layer."""
    found: list[tuple[str, Any]] = []
    running = [("model", tuple(x.shape[1:]))]
    try:
        # every run starts from the same state: should a model draw, two runs draw the same
        with torch.no_grad(), torch.random.fork_rng(devices=[]), _watched(twin, look, found, running):
            twin(x)
    except Exception as error:  # whatever a model raises
        name, shape = running[-1]
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"{name} does not take its input of shape {shape}; check image_shape: {reason}") from error
    return found


@contextmanager
def _watched(
    twin: nn.Module,
    look: Callable[[nn.Module, Any, Tensor], Any],
    found: list[tuple[str, Any]],
    running: list[tuple[str, tuple[int, ...]]],
) -> Iterator[None]:
    """Note in ``found`` what every layer's runs give, and in ``running`` which layers are at work."""
    names = {layer: name for name, layer in _layers(twin).items()}

    def enter(layer: nn.Module, inputs: tuple, named: dict) -> None:
        x = _first_tensor([inputs, named])
        running.append((f"layer {names[layer]!r}", () if x is None else tuple(x.shape[1:])))

    def leave(layer: nn.Module, inputs: tuple, named: dict, output: Any) -> None:
        running.pop()
        y = _first_tensor(output)
        if y is not None:
            found.append((names[layer], look(layer, [inputs, named], y)))

    handles = [layer.register_forward_pre_hook(enter, with_kwargs=True) for layer in names]
    handles += [layer.register_forward_hook(leave, with_kwargs=True) for layer in names]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _first_tensor(values: Any) -> Tensor | None:
    """Return a tensor, or the first one that a tuple, a list or a dict holds."""
    if isinstance(values, Tensor):
        return values
    if not isinstance(values, tuple | list | dict):
        return None
    found = map(_first_tensor, values.values() if isinstance(values, dict) else values)
    return next((tensor for tensor in found if tensor is not None), None)


def _twin(model: nn.Module, device: str, dtype: torch.dtype) -> nn.Module:
    """Copy a module in evaluation mode, without its hooks, with stand-ins for its parameters and buffers."""
    memo: dict[int, Any] = {id(t): _stand_in(t, dtype, device) for t in chain(model.parameters(), model.buffers())}
    try:
        twin = copy.deepcopy(model, memo).eval()
    except Exception as error:  # a lock, a generator, an open file
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise TypeError(f"model cannot be copied, and only a copy is measured: {reason}") from error
    for module in twin.modules():
        module._forward_hooks.clear()
        module._forward_pre_hooks.clear()
    return twin


def _stand_in(tensor: Tensor, dtype: torch.dtype, device: str) -> Tensor:
    """Replace a parameter by positive numbers that keep a mean, a buffer by its own."""
    dtype = dtype if tensor.is_floating_point() else tensor.dtype
    if isinstance(tensor, nn.Parameter) or tensor.is_meta:
        fan = math.prod(tensor.shape[1:]) or 1
        number = torch.full((), 1 / fan, dtype=dtype, device=device).expand(tensor.shape)  # takes no memory
    else:
        number = tensor.detach().to(device, dtype).nan_to_num()
    return nn.Parameter(number, requires_grad=False) if isinstance(tensor, nn.Parameter) else number


def _require_measurable(model: nn.Module, image_shape: Sequence[int]) -> tuple[int, ...]:
    """Check that each layer's cost is known; return the image's shape as ints."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model is a {type(model).__name__}; expected an nn.Module")
    if isinstance(image_shape, int) or not len(image_shape):
        raise ValueError(f"image_shape is {image_shape!r}; expected (C, H, W)")
    for name, layer in _layers(model).items():
        if any(map(nn.parameter.is_lazy, layer.parameters(recurse=False))):
            raise ValueError(f"layer {name!r} is lazy and has no parameters yet; call the model once before")
        known = isinstance(layer, (*WEIGHTED, *SCALED)) or list(layer.children())
        if layer._parameters and not known:
            raise ValueError(
                f"layer {name!r} is a {type(layer).__name__}, whose cost is not known here; "
                "build it from layers of torch.nn, such as nn.Conv2d"
            )
    return tuple(require_int(f"image_shape[{axis}]", size, 1) for axis, size in enumerate(image_shape))
