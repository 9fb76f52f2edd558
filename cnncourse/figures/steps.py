"""A window at work, step by step: cross-correlations and poolings, with padding, stride and dilation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from cnncourse.figures.grammar import (
    CELL,
    INK,
    SMALL,
    WIDTH,
    Role,
    cells_so_far,
    describe_grid,
    describe_input,
    describe_unused,
    describe_window,
    draw_grid,
    draw_padded_input,
    fit_cells,
    mark_window,
    new_figure,
    number,
    write,
    write_title,
)
from cnncourse.figures.trace import PoolStep, PoolTrace, Step, Term, Trace

AnyTrace = Trace | PoolTrace
AnyStep = Step | PoolStep
ROLE_NAMES: dict[Role, str] = {"input": "input", "kernel": "kernel", "output": "output"}


def draw_steps(trace: AnyTrace, steps: AnyStep | Sequence[AnyStep] | None = None, *, columns: int = 2) -> Figure:
    """Draw steps of a sliding window: the window on the input, the kernel, the output so far, the result written out.

    Pooling has no kernel; its winner is ringed.

    Args:
        trace: what was computed.
        steps: one or several of ``trace.steps``; all of them by default.
        columns: panels in a row, where there are several.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: no steps.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> trace = trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2)
    >>> [axes.get_title() for axes in draw_steps(trace).axes]
    ['step 1', 'step 2']
    """
    chosen = _listed(trace, steps)
    several = len(chosen) > 1
    columns = columns if several else 1
    rows = -(-len(chosen) // columns)
    stacked = _needs_stack(trace, WIDTH / columns)
    wide, high = size_of_grids(trace, stacked=stacked)
    cell = min(CELL, WIDTH / columns / (wide + 0.6))
    # no wider than it must be: on a phone a narrow figure keeps its letters large; the sum needs some width
    width = min(WIDTH, max(columns * cell * (wide + 0.6), 4.2))
    fontsize = max(cell * 25, SMALL)
    results = [_write_result(step, 72 * width / columns / (0.61 * fontsize)) for step in chosen]
    below = 0.3 + 0.8 * max(len(result.splitlines()) for result in results)
    figure = new_figure(rows * (cell * (high + 1.2 + below) + 0.28 * several), width=width)
    for axes in figure.subplots(rows, columns, squeeze=False).flat:
        axes.axis("off")
    panels = zip(figure.axes, chosen, results, strict=False)  # panels may be left over
    for count, (axes, step, result) in enumerate(panels, start=1):
        draw_grids(axes, trace, step, fontsize=fontsize, stacked=stacked)
        write(axes, wide / 2, high + below / 2, result, max(0.9 * fontsize, SMALL))
        fit_cells(axes, xlim=(-0.2, wide + 0.2), ylim=(high + below, -0.8))
        if several:
            write_title(axes, f"step {count}")
    figure.set_label(describe_steps(trace, chosen))
    return figure


def _needs_stack(trace: AnyTrace, width: float) -> bool:
    """Say whether side by side, within ``width`` inches, some number would be too long for its cell."""
    if not isinstance(trace, Trace):
        return False
    numbers = [number(value) for grid in (trace.x, trace.kernel, trace.output) for row in grid for value in row]
    longest = max(len(text) + 0.3 * text.startswith("−") for text in numbers)  # in digits; a minus is wide
    cell = width / (size_of_grids(trace)[0] + 0.6)
    return cell < (0.64 * SMALL * longest + 3) / 72


def _write_result(step: AnyStep, width: float) -> str:
    """Write a step's sum in as few lines of ``width`` characters as it needs, or nothing where it would be too long."""
    if len(step.terms) > 9:
        return ""
    text = _describe_result(step)
    terms = text.split(" + ")
    at_once = math.ceil(len(terms) / math.ceil(len(text) / width))
    return " +\n".join(" + ".join(terms[start : start + at_once]) for start in range(0, len(terms), at_once))


def describe_steps(trace: AnyTrace, steps: AnyStep | Sequence[AnyStep] | None = None) -> str:
    """Say in words what `draw_steps` shows; this is the drawing's alt text.

    >>> from cnncourse.figures.trace import trace_corr2d, trace_pool2d
    >>> trace = trace_corr2d([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    >>> print(describe_steps(trace, trace.step(1, 0)))
    Input 3 by 3, rows 0 1 2; 3 4 5; 6 7 8. Kernel 2 by 2, rows 0 1; 2 3. The window covers rows 1 to 2 and columns 0 to
    1 of the input: 3×0 + 4×1 + 6×2 + 7×3 = 37, which is row 1, column 0 of the 2 by 2 output.
    >>> print(describe_steps(trace, trace.steps[:2]))
    Input 3 by 3, rows 0 1 2; 3 4 5; 6 7 8. Kernel 2 by 2, rows 0 1; 2 3. 2 steps. Step 1: the window covers rows 0 to 1
    and columns 0 to 1, result 19. Step 2: the window covers rows 0 to 1 and columns 1 to 2, result 25.
    >>> pooling = trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2)
    >>> print(describe_steps(pooling, pooling.step(0, 1)))
    Input 2 by 4, rows 1 3 2 0; 4 0 1 5. Windows 2 by 2, stride 2. The window covers rows 0 to 1 and columns 2 to 3 of
    the input: max(2, 0, 1, 5) = 5, which is row 0, column 1 of the 1 by 2 output. A ring marks the winner, row 1,
    column 3.
    >>> print(describe_steps(trace_pool2d([[1, 3, 2, 0], [4, 0, 1, 5]], 2, "avg")))
    Input 2 by 4, rows 1 3 2 0; 4 0 1 5. Windows 2 by 2, stride 2. 2 steps. Step 1: the window covers rows 0 to 1 and
    columns 0 to 1, (1 + 3 + 4 + 0) / 4 = 2. Step 2: the window covers rows 0 to 1 and columns 2 to 3,
    (2 + 0 + 1 + 5) / 4 = 2.
    """
    chosen = _listed(trace, steps)
    told = _describe_one(trace, chosen[0]) if len(chosen) == 1 else _describe_several(chosen)
    return f"{describe_setting(trace)} {told}{describe_unused(trace)}"


def describe_setting(trace: AnyTrace) -> str:
    """Say what a window slides over and what it is, in two sentences.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> describe_setting(trace_pool2d([[1, 3], [4, 0]], 2, stride=(1, 2)))
    'Input 2 by 2, rows 1 3; 4 0. Windows 2 by 2, stride 1 down and 2 across.'
    """
    if isinstance(trace, Trace):
        return f"Input {describe_input(trace)}. Kernel {describe_grid(trace.kernel)}."
    (kh, kw), (sh, sw) = trace.kernel_size, trace.stride
    stride = f"{sh}" if sh == sw else f"{sh} down and {sw} across"
    return f"Input {describe_input(trace)}. Windows {kh} by {kw}, stride {stride}."


def describe_sum(step: Step) -> str:
    """Write a step's sum of products.

    >>> from cnncourse.figures.trace import trace_corr2d
    >>> describe_sum(trace_corr2d([[0, 1], [3, 4]], [[0, 1], [2, 3]]).steps[0])
    '0×0 + 1×1 + 3×2 + 4×3 = 19'
    """

    def factor(value: float) -> str:
        return f"({number(value)})" if number(value).startswith("−") else number(value)

    products = " + ".join(f"{number(t.value)}×{factor(t.weight)}" for t in step.terms)
    return f"{products} = {number(step.result)}"


def describe_pooling(step: PoolStep) -> str:
    """Write one window's maximum or average.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> x = [[1, 3], [-4, 0]]
    >>> describe_pooling(trace_pool2d(x, 2).steps[0]), describe_pooling(trace_pool2d(x, 2, "avg").steps[0])
    ('max(1, 3, −4, 0) = 3', '(1 + 3 − 4 + 0) / 4 = 0')
    """
    values = [number(term.value) for term in step.counted]
    if step.mode == "max":
        return f"max({', '.join(values)}) = {number(step.result)}"
    total = " + ".join(values).replace("+ −", "− ")
    return f"({total}) / {len(values)} = {number(step.result)}"


def mark_winner(axes: Axes, cell: tuple[float, float]) -> Axes:
    """Ring the cell that wins a maximum; the cell is the (x, y) of its top left corner."""
    axes.add_patch(Circle((cell[0] + 0.5, cell[1] + 0.5), 0.38, fill=False, edgecolor=INK, linewidth=1.8, zorder=3))
    return axes


class Box(NamedTuple):
    """Where a grid stands: its top left corner and its size, in cells."""

    x: float
    y: float
    wide: int
    high: int


def boxes_of_grids(trace: AnyTrace, *, stacked: bool = False) -> dict[Role, Box]:
    """Place input, kernel and output side by side, all centred on one line; pooling has no kernel.

    Args:
        trace: what is to be drawn.
        stacked: instead, the kernel above the output, both right of the input: in a narrow column cells stay larger.

    >>> from cnncourse.figures.trace import trace_pool2d
    >>> boxes_of_grids(trace_pool2d([[1, 3], [4, 0]], 2))["output"]
    Box(x=4, y=0.5, wide=1, high=1)
    """
    (input_h, input_w), (oh, ow) = trace.padded_shape, trace.output_shape
    sizes: dict[Role, tuple[float, int, int]] = {"input": (0, input_w, input_h), "output": (input_w + 2, ow, oh)}
    if isinstance(trace, Trace):
        kh, kw = trace.kernel_size
        if stacked:
            middle = max(input_h, kh + 1.4 + oh) / 2
            top, x = middle - (kh + 1.4 + oh) / 2, input_w + 1.2
            return {
                "input": Box(0, middle - input_h / 2, input_w, input_h),
                "kernel": Box(x, top, kw, kh),
                "output": Box(x, top + kh + 1.4, ow, oh),
            }
        sizes |= {"kernel": (input_w + 1.2, kw, kh), "output": (input_w + kw + 2.4, ow, oh)}
    middle = max(high for _, _, high in sizes.values()) / 2
    return {role: Box(x, middle - high / 2, wide, high) for role, (x, wide, high) in sizes.items()}


def size_of_grids(trace: AnyTrace, *, stacked: bool = False) -> tuple[float, float]:
    """Width and height of the grids as `boxes_of_grids` places them, in cells."""
    boxes = boxes_of_grids(trace, stacked=stacked).values()
    return max(box.x + box.wide for box in boxes), max(box.y + box.high for box in boxes)


def draw_grids(
    axes: Axes,
    trace: AnyTrace,
    step: AnyStep,
    *,
    fontsize: float,
    y: float = 0,
    names: Mapping[Role, str] = ROLE_NAMES,
    stacked: bool = False,
) -> Axes:
    """Draw one step: input, kernel and output so far, the window marked, a name above each.

    Args:
        axes: where to draw.
        trace, step: what was computed.
        fontsize: in points.
        y: of the top, in cells.
        names: what to write above each grid.
        stacked: as in `boxes_of_grids`.

    Returns:
        ``axes``.
    """
    boxes = {role: box._replace(y=y + box.y) for role, box in boxes_of_grids(trace, stacked=stacked).items()}
    at: dict[Role, tuple[float, float]] = {role: (box.x, box.y) for role, box in boxes.items()}
    small = 0.8 if isinstance(trace, PoolTrace) and any(trace.padding) else 1  # −inf is wide
    draw_padded_input(axes, trace, at=at["input"], fontsize=max(fontsize * small, SMALL))
    if isinstance(trace, Trace):
        draw_grid(axes, trace.kernel, "kernel", at=at["kernel"], fontsize=fontsize)
    draw_grid(axes, cells_so_far(trace.output, step.row, step.col), "output", at=at["output"], fontsize=fontsize)
    _mark_step(axes, trace, step, at)
    _write_signs(axes, trace, boxes, fontsize)
    for role, box in boxes.items():
        write(axes, box.x + box.wide / 2, box.y - 0.42, names[role], max(fontsize * 0.8, SMALL), role=role)
    return axes


def _mark_step(axes: Axes, trace: AnyTrace, step: AnyStep, at: Mapping[Role, tuple[float, float]]) -> None:
    """Outline the window and the output cell that it gives, and ring the winner of a maximum."""
    top, _, left, _ = trace.padding
    x, y = at["input"][0] + left, at["input"][1] + top
    mark_window(axes, ((x + term.col, y + term.row) for term in step.terms))
    mark_window(axes, [(at["output"][0] + step.col, at["output"][1] + step.row)])
    if isinstance(step, PoolStep) and step.winner:
        mark_winner(axes, (x + step.winner.col, y + step.winner.row))


def _write_signs(axes: Axes, trace: AnyTrace, boxes: Mapping[Role, Box], fontsize: float) -> None:
    """Write before the kernel and before the output what becomes of them."""
    x, y = boxes["output"].x, boxes["output"].y + boxes["output"].high / 2
    if isinstance(trace, Trace):
        kernel = boxes["kernel"]
        write(axes, kernel.x - 0.6, kernel.y + kernel.high / 2, "⋆", fontsize * 1.4)
        write(axes, x - 0.6, y, "=", fontsize * 1.2)
    else:
        write(axes, x - 1, y - 0.4, trace.mode, max(fontsize * 0.8, SMALL))
        write(axes, x - 1, y + 0.15, "→", fontsize * 1.3)


def _listed(trace: AnyTrace, steps: AnyStep | Sequence[AnyStep] | None) -> Sequence[AnyStep]:
    """Return the steps that are meant as a sequence."""
    if steps is None:
        return trace.steps
    if isinstance(steps, Step | PoolStep):
        return [steps]
    if not steps:
        raise ValueError("steps is empty; expected one or several of trace.steps; leave it out for all of them")
    return steps


def _describe_one(trace: AnyTrace, step: AnyStep) -> str:
    oh, ow = trace.output_shape
    ring = ""
    if isinstance(step, PoolStep) and step.winner:
        ring = f" A ring marks the winner, {_describe_cell(step.winner)}."
    return (
        f"The window {describe_window(step)} of the input: {_describe_result(step)}, which is row {step.row}, "
        f"column {step.col} of the {oh} by {ow} output.{ring}"
    )


def _describe_several(steps: Sequence[AnyStep]) -> str:
    told = []
    for count, step in enumerate(steps, start=1):
        result = f"result {number(step.result)}" if isinstance(step, Step) else describe_pooling(step)
        told.append(f"Step {count}: the window {describe_window(step)}, {result}.")
    ringed = all(isinstance(step, PoolStep) and step.winner for step in steps)
    ring = " In each step a ring marks the winner." if ringed else ""
    return f"{len(steps)} steps. {' '.join(told)}{ring}"


def _describe_result(step: AnyStep) -> str:
    return describe_sum(step) if isinstance(step, Step) else describe_pooling(step)


def _describe_cell(term: Term) -> str:
    return f"row {number(term.row)}, column {number(term.col)}"
