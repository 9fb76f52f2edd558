"""The tests of the figures see: each fault planted in the drawing code makes the test named beside it fail.

A fault is a piece of text and what stands in its place. It is planted wherever in `cnncourse.figures` a function has
that text, so functions may move; when the text itself is gone, the fault must be written anew.
"""

import __future__

import inspect
import re
import textwrap
from functools import cache
from importlib import import_module

import pytest
from figures_reader import FUNCTIONS, MODULES, drawing_functions

STEP = "steps.test_a_step_shows_input_kernel_and_the_output_up_to_its_own_cell"
STRIP = "steps.test_chosen_steps_are_drawn_in_the_order_chosen"
PADDED = "steps.test_padding_is_drawn_on_its_own_side_with_its_value"
DILATED = "steps.test_a_window_covers_the_cells_that_stride_dilation_and_padding_give"
GRID = "grammar.test_cells_of_a_role_have_its_fill_outline_and_shape_and_their_own_number"
PICTURES = "grammar.test_pictures_stand_in_reading_order_each_under_its_own_title"
SIGNED = "grammar.test_signed_pictures_share_one_scale_and_inputs_stay_grey"
POOL = "steps.test_a_pooling_step_shows_its_window_its_winner_and_the_output_so_far"
STAGES = "introduction.test_stages_stand_from_left_to_right_and_each_row_follows_one_kernel"
CHANNELS = "channels.test_each_line_shows_one_channel_and_the_output_adds_them"
BANK = "features.test_each_kernel_stands_left_of_its_own_map_in_counting_order"
CONFUSED = "features.test_a_confusion_matrix_has_the_right_class_downwards_and_the_prediction_across"
SHADES = "features.test_right_answers_are_green_and_mistakes_orange_the_more_the_darker_on_one_scale"
RATES = "cross_correlation.test_each_learning_rate_stands_at_the_end_of_its_own_curve"
RUNS = "mnist.test_each_row_of_runs_has_its_band_its_median_and_every_run"
OFF = "features.test_maps_off_are_sorted_and_each_layers_curves_look_alike_above_and_below"

# what is wrong: the test that notices, a text of the drawing code, and what is planted in its place
FAULTS = {
    "windows are transposed, the words are right": (
        STEP,
        "(x + term.col, y + term.row)",
        "(x + term.row, y + term.col)",
    ),
    "a window stands one cell to the right": (STEP, "+ term.col, ", "+ term.col + 1, "),
    "the marked output cell is transposed": (
        STEP,
        'at["output"][0] + step.col, at["output"][1] + step.row',
        'at["output"][0] + step.row, at["output"][1] + step.col',
    ),
    "a window's outline is thin": (STEP, "linewidth=3, zorder=3", "linewidth=1, zorder=3"),
    "rows are mirrored": (GRID, "at[1] + i", "at[1] + len(values) - 1 - i"),
    "columns are mirrored": (STEP, "at[0] + j", "at[0] + len(row) - 1 - j"),
    "the input's numbers stand in the kernel": (STEP, 'axes, trace.kernel, "kernel"', 'axes, trace.x, "kernel"'),
    "the kernel's numbers stand in the output": (
        STEP,
        'cells_so_far(trace.output, step.row, step.col), "output"',
        'trace.kernel, "output"',
    ),
    "all of the output is filled at once": (STEP, "(i, j) <= (row, col)", "(i, j) >= (0, 0)"),
    "the output is filled column by column": (STEP, "(i, j) <= (row, col)", "(j, i) <= (col, row)"),
    "output cells have sharp corners": (GRID, 'if role == "output":', 'if role == "none":'),
    "empty cells are filled": (GRID, '"white" if value is None else FILL[role]', "FILL[role]"),
    "the kernel's outline is thin": (GRID, '2.6 if role == "kernel"', '1.2 if role == "kernel"'),
    "outlines have another role's colour": (GRID, '"edgecolor": OUTLINE[role]', '"edgecolor": OUTLINE["input"]'),
    "titles count from 0": (STRIP, 'f"step {count}"', 'f"step {count - 1}"'),
    "every panel shows the first step": (
        STRIP,
        "draw_grids(axes, trace, step, fontsize=fontsize, stacked=stacked)",
        "draw_grids(axes, trace, chosen[0], fontsize=fontsize, stacked=stacked)",
    ),
    "a sum is written backwards": (STEP, "for t in step.terms)", "for t in reversed(step.terms))"),
    "words exchange rows and columns": (
        "steps.test_words_of_a_step_say_what_its_picture_shows",
        "{span('row', rows)} and {span('column', cols)}",
        "{span('row', cols)} and {span('column', rows)}",
    ),
    "words tell other results": (
        "steps.test_all_steps_stand_in_reading_order_each_under_its_own_number",
        "result {number(step.result)}",
        "result {number(step.result + 1)}",
    ),
    "padding is on the other side": (
        PADDED,
        "top, bottom, left, right = trace.padding",
        "top, bottom, right, left = trace.padding",
    ),
    "padding is below instead of above": (
        PADDED,
        "top, bottom, left, right = trace.padding",
        "bottom, top, left, right = trace.padding",
    ),
    "padding always says 0": (PADDED, "number(trace.padding_value)", "number(0)"),
    "padding has a solid outline": (PADDED, '"linestyle": (0, (3, 2))', '"linestyle": "solid"'),
    "words exchange the sides of the padding": (
        "steps.test_words_of_a_padded_step_say_what_its_picture_shows",
        "{left} left, {right} right",
        "{right} left, {left} right",
    ),
    "crosses stand in the cells that are read": (DILATED, "if not uses:", "if uses:"),
    "crosses are transposed": (
        DILATED,
        "corner[0] + j, corner[1] + i, number(",
        "corner[0] + i, corner[1] + j, number(",
    ),
    "dilations are exchanged": (
        DILATED,
        "zip(corner, size, dilation, strict=True)",
        "zip(corner, size, dilation[::-1], strict=True)",
    ),
    "strides are exchanged": (
        "grammar.test_a_padded_input_stands_where_it_is_put_with_its_unread_cells_crossed_out",
        "i * strides[0] - top",
        "i * strides[1] - top",
    ),
    "maps of uses are mirrored": (
        "padding.test_each_map_of_uses_counts_the_windows_over_each_cell_of_its_own_trace",
        "[i - top][j - left]",
        "[i - top][left - 1 - j]",
    ),
    "uses are counted once": (
        "padding.test_each_map_of_uses_counts_the_windows_over_each_cell_of_its_own_trace",
        "counts[term.row][term.col] += 1",
        "counts[term.row][term.col] = 1",
    ),
    "maps of uses are lighter where more windows read": (
        "padding.test_the_more_windows_read_a_cell_the_darker_it_is_on_one_scale_for_all_maps",
        "shades(uses / most)",
        "shades(1 - uses / most)",
    ),
    "padded images are cut on the wrong side": (
        "padding.test_padded_images_stand_below_each_other_every_value_in_its_place",
        "row[left : wide - right]",
        "row[right : wide - left]",
    ),
    "bars in the words stand at the other border": (
        "padding.test_words_of_padded_images_put_bars_where_the_picture_has_the_border",
        "cells[:left], cells[left : len(cells) - right]",
        "cells[:right], cells[right : len(cells) - right]",
    ),
    "the kernel is drawn in the line of the next step": (
        "stride.test_the_kernel_stands_below_the_cells_that_it_covers_and_its_result_at_the_end_of_the_line",
        '"kernel", at=(col, y)',
        '"kernel", at=(col, y + 1.15)',
    ),
    "the kernel stands one cell to the left": (
        "stride.test_the_kernel_stands_below_the_cells_that_it_covers_and_its_result_at_the_end_of_the_line",
        "+ term.col for term in step.terms",
        "+ term.col - 1 for term in step.terms",
    ),
    "results stand in the reverse order": (
        "stride.test_the_kernel_stands_below_the_cells_that_it_covers_and_its_result_at_the_end_of_the_line",
        "[[step.result]]",
        "[[trace.steps[-1 - count].result]]",
    ),
    "lines of a receptive field are off by one cell": (
        "stride.test_a_line_leads_from_each_cell_to_each_cell_that_it_reads_and_to_no_other",
        "(index * stride + a * dilation) * jump",
        "(index * stride + a * dilation + 1) * jump",
    ),
    "lines of a receptive field forget the dilation": (
        "stride.test_a_line_leads_from_each_cell_to_each_cell_that_it_reads_and_to_no_other",
        "a * dilation) * jump",
        "a) * jump",
    ),
    "cells stand half a cell beside what they read": (
        "stride.test_a_cell_stands_below_the_middle_of_what_it_reads",
        "(size - 1) / 2",
        "size / 2 * bool(size - 1)",
    ),
    "cells are filled that nothing reads": (
        "stride.test_reached_cells_are_filled_with_their_index_and_the_others_crossed_out_or_empty",
        "[[index if reached else None]]",
        "[[index]]",
    ),
    "every line shows the first channel": (
        CHANNELS,
        "_draw_channel(axes, channel, step,",
        "_draw_channel(axes, trace.channels[0], step,",
    ),
    "sums stand below the wrong channel": (
        "channels.test_names_and_sums_stand_at_their_own_channel",
        "(axes, channel, step, index,",
        "(axes, channel, steps[index - 1], index,",
    ),
    "partial sums are added in another order than they stand": (
        "channels.test_words_of_the_channels_say_what_their_lines_show",
        "(number(step.result) for step in steps)",
        "(number(step.result) for step in steps[::-1])",
    ),
    "plus and equals change places": (
        "channels.test_partial_sums_stand_above_each_other_with_plus_between_them_and_the_output_below",
        '"+" if index < last else "="',
        '"=" if index < last else "+"',
    ),
    "the output adds one channel only": (
        CHANNELS,
        "sum(cells) for cells in zip(*rows",
        "cells[0] for cells in zip(*rows",
    ),
    "planes stand beside another plane's partial sum": (
        "channels.test_planes_stand_in_lines_with_their_own_kernel_and_partial_sum",
        "_tinted(planes), kernel, partial_sums, names, strict",
        "_tinted(planes), kernel, partial_sums[::-1], names, strict",
    ),
    "the red plane is blue": (
        "channels.test_planes_stand_in_lines_with_their_own_kernel_and_partial_sum",
        "0.6 * np.eye(3)",
        "0.6 * np.eye(3)[::-1]",
    ),
    "factors of a matrix product are exchanged": (
        "channels.test_a_matrix_product_shows_both_factors_and_the_product_with_one_row_marked",
        "(pixels, weights, y), strict=True",
        "(weights, pixels, y), strict=True",
    ),
    "another pixel is marked": (
        "channels.test_a_matrix_product_shows_both_factors_and_the_product_with_one_row_marked",
        "(left + c, top + row)",
        "(left + c, top + row - 1)",
    ),
    "connections are mirrored": (
        "channels.test_connections_fill_row_by_output_channel_and_column_by_input_channel",
        "at=(left + c, o)",
        "at=(left + len(row) - 1 - c, o)",
    ),
    "the ring is on the cell beside the winner": (POOL, "+ step.winner.col, ", "+ step.winner.col - 1, "),
    "the ring is transposed": (POOL, "step.winner.col, y + step.winner.row", "step.winner.row, y + step.winner.col"),
    "gradients show the input": (
        "pooling.test_gradients_stand_below_the_input_each_under_its_own_name",
        "trace.gradient() for trace in traces",
        "trace.x for trace in traces",
    ),
    "gradients have names in reverse order": (
        "pooling.test_gradients_stand_below_the_input_each_under_its_own_name",
        '{MODE_NAMES[trace.mode]}", corner',
        '{MODE_NAMES[traces[-1 - place].mode]}", corner',
    ),
    "signed cells are inverted": (
        "grammar.test_signed_cells_are_purple_above_zero_brown_below_and_white_at_zero",
        "SIGNED(0.5 + 0.5 * value",
        "SIGNED(0.5 - 0.5 * value",
    ),
    "signed pictures are inverted": (
        SIGNED,
        "cmap=SIGNED, vmin=-signed_limit",
        "cmap=SIGNED.reversed(), vmin=-signed_limit",
    ),
    "the colour bar's labels are in the wrong order": (
        SIGNED,
        "[-limit, 0, limit], labels=",
        "[limit, 0, -limit], labels=",
    ),
    "grey is inverted": (PICTURES, 'cmap="gray", vmin=0, vmax=1', 'cmap="gray_r", vmin=0, vmax=1'),
    "grey is stretched": (PICTURES, 'cmap="gray", vmin=0, vmax=1', 'cmap="gray"'),
    "red and blue are exchanged": (PICTURES, ".transpose(1, 2, 0)", "[::-1].transpose(1, 2, 0)"),
    "pictures stand on their heads": (
        PICTURES,
        'cmap="gray", vmin=0, vmax=1',
        'cmap="gray", vmin=0, vmax=1, origin="lower"',
    ),
    "titles are shifted by one": (
        PICTURES,
        "arrays, titles, framed, strict=False",
        "arrays, [*titles[1:], titles[0]], framed, strict=False",
    ),
    "frames have the input's colour": (
        PICTURES,
        "edgecolor=OUTLINE[role], linewidth=3",
        'edgecolor=OUTLINE["input"], linewidth=3',
    ),
    "kernel and feature map change places": (
        "cross_correlation.test_filtering_stands_as_photograph_kernel_and_feature_map_from_left_to_right",
        "left, centre, right = panels[0]",
        "left, right, centre = panels[0]",
    ),
    "every stage shows its first map": (STAGES, "_draw_stage(axes, array, role", "_draw_stage(axes, arrays[0], role"),
    "each map has a limit of its own": (
        STAGES,
        "signed_limit=limit if role",
        "signed_limit=float(abs(array).max()) if role",
    ),
    "bars of the scores stand in the reverse order": (
        "introduction.test_each_class_has_a_bar_as_long_as_its_score_and_the_longest_is_darkest",
        "range(len(scores)), scores,",
        "range(len(scores)), scores[::-1],",
    ),
    "the shortest bar is the dark one": (
        "introduction.test_each_class_has_a_bar_as_long_as_its_score_and_the_longest_is_darkest",
        "score == scores.max()",
        "score == scores.min()",
    ),
    "each matrix has a scale of its own": (
        "introduction.test_matrices_have_outputs_as_rows_from_the_top_and_one_scale",
        "vmin=-limit, vmax=limit, ",
        "vmin=-abs(array).max(), vmax=abs(array).max(), ",
    ),
    "matrices stand on their heads": (
        "introduction.test_matrices_have_outputs_as_rows_from_the_top_and_one_scale",
        "ylim=(outputs, 0)",
        "ylim=(0, outputs)",
    ),
    "a gallery shows one picture in each row": (
        "introduction.test_a_gallery_keeps_rows_and_order_and_puts_all_kernels_on_one_scale",
        "draw_picture(axes, picture, signed_limit=max(limits)",
        "draw_picture(axes, strip[0], signed_limit=max(limits)",
    ),
    "a sheet is missing": (
        "lenet.test_each_stage_has_as_many_sheets_as_maps_and_their_shape",
        "for place in range(maps)]",
        "for place in range(max(1, maps - 1))]",
    ),
    "sheets are transposed": (
        "lenet.test_each_stage_has_as_many_sheets_as_maps_and_their_shape",
        "maps, tall, wide = shape",
        "maps, wide, tall = shape",
    ),
    "rows of sheets are named from below": (
        "lenet.test_each_stage_has_as_many_sheets_as_maps_and_their_shape",
        "middle = y + sheets[0][3] / 2",
        "middle = y",
    ),
    "windows on the sheets are twice as large": (
        "lenet.test_a_window_of_the_size_of_the_kernel_lies_on_the_first_sheet_before_each_layer_that_has_one",
        "_connect(axes, before, sheets, window)",
        "_connect(axes, before, sheets, window and 2 * window)",
    ),
    "names beside the bars are in the reverse order": (
        "lenet.test_bars_are_shares_of_the_layer_beside_them_and_the_legend_names_their_kind",
        "[row.name for row in rows]",
        "[row.name for row in rows[::-1]]",
    ),
    "bars are shares of the largest": (
        "lenet.test_bars_are_shares_of_the_layer_beside_them_and_the_legend_names_their_kind",
        "np.array(counts) / sum(counts)",
        "np.array(counts) / max(counts)",
    ),
    "squares end one pixel early": (
        "lenet.test_squares_enclose_the_pixels_that_are_seen_and_the_legend_belongs_to_them",
        "int(max(pixels)) + 0.5",
        "int(max(pixels)) - 0.5",
    ),
    "every kernel has map 0 below it": (BANK, "right.imshow(feature_map,", "right.imshow(maps[0],"),
    "each feature map has a scale of its own": (BANK, "vmax=brightest", "vmax=feature_map.max()"),
    "kernels count column by column": (
        BANK,
        "reshape(-1, 2)",
        "reshape(rows, columns, 2).swapaxes(0, 1).reshape(-1, 2)",
    ),
    "the two scales of a bank change places": (
        "features.test_kernels_and_maps_have_a_scale_each_that_ends_at_their_largest",
        '"weight in a kernel": weights, "cell of a map": cells',
        '"weight in a kernel": cells, "cell of a map": weights',
    ),
    "the confusion matrix is transposed": (CONFUSED, "np.ndenumerate(array)", "np.ndenumerate(array.T)"),
    "the confusion matrix exchanges its axes' names": (
        CONFUSED,
        'xlabel="prediction", ylabel="right class"',
        'xlabel="right class", ylabel="prediction"',
    ),
    "the confusion matrix stands on its head": (CONFUSED, "ylim=(classes, 0)", "ylim=(0, classes)"),
    "classes count backwards": (CONFUSED, "set_yticklabels(ticks)", "set_yticklabels(ticks[::-1])"),
    "mistakes are green and right answers orange": (
        SHADES,
        'FILL["output"] if i == j else shade',
        'FILL["output"] if i != j else FILL["kernel"]',
    ),
    "more mistakes are lighter": (SHADES, "0.25 + 0.75 * count / mistakes", "1 - 0.75 * count / mistakes"),
    "each confusion matrix has a scale of its own": (SHADES, "0.75 * count / mistakes", "0.75 * count / array.max()"),
    "learning rates stand at their first error": (RATES, 'values[-1], f" {rate}"', 'values[0], f" {rate}"'),
    "a kernel is turned upside down alone": (
        "cross_correlation.test_a_kernel_stands_as_it_is_then_upside_down_then_turned_round",
        '"columns, too": array[::-1, ::-1]',
        '"columns, too": array[::-1]',
    ),
    "errors are counted from 1": (
        RATES,
        "axes.plot(values, linestyle=style, linewidth=2)",
        "axes.plot(range(1, len(values) + 1), values, linestyle=style, linewidth=2)",
    ),
    "the first digits have their labels in the reverse order": (
        "mnist.test_first_digits_stand_under_their_labels_and_the_words_read_them_out",
        'draw_images(images, titles, alt=alt, roles=["input"] * len(titles), columns=6)',
        'draw_images(images, titles[::-1], alt=alt, roles=["input"] * len(titles), columns=6)',
    ),
    "what was meant and what was read are exchanged": (
        "mnist.test_misread_digits_stand_under_what_was_meant_and_what_was_read",
        "zip(meant, read, strict=True)",
        "zip(read, meant, strict=True)",
    ),
    "bands of runs end at their median": (
        RUNS,
        "axes.barh(y, high - low, left=low",
        "axes.barh(y, middle - low, left=low",
    ),
    "bands of runs begin at their median": (RUNS, "high - low, left=low", "high - low, left=middle"),
    "the paper's two errors are exchanged": (
        RUNS,
        '((PAPER_ERROR, "--"), (PAPER_ERROR_DISTORTED, ":"))',
        '((PAPER_ERROR, ":"), (PAPER_ERROR_DISTORTED, "--"))',
    ),
    "names beside the runs are in the reverse order": (RUNS, "yticklabels=names", "yticklabels=names[::-1]"),
    "recipes are drawn against updates": (
        "mnist.test_each_recipe_has_its_own_accuracies_above_its_own_seconds",
        "point.seconds for point in curve",
        "point.updates for point in curve",
    ),
    "spread and gradient change places": (
        "lenet.test_spread_and_gradient_of_each_network_stand_above_its_layers_names",
        'zip(panels, ("spread", "gradient"), strict=True)',
        'zip(panels, ("gradient", "spread"), strict=True)',
    ),
    "maps off are not sorted": (OFF, "above.plot(sorted(single[layer])", "above.plot(single[layer]"),
    "both layers show the shares of one": (OFF, "several[layer, share] for", "several[min(single), share] for"),
    "the validation losses are those of training": (
        "lenet.test_overfitting_shows_both_parts_of_the_first_remedy_and_the_validation_part_of_all",
        'found["validation_loss"][0], style',
        'found["train_loss"][0], style',
    ),
    "the floor is drawn at its rounded height": (
        "lenet.test_each_loss_has_its_own_curve_and_the_floor_its_own_height",
        "axes.axhline(floor,",
        "axes.axhline(round(floor, 2),",
    ),
    "epochs are counted from 0": (
        "lenet.test_each_training_has_its_own_accuracies_from_the_first_epoch_on",
        "range(1, len(values) + 1)",
        "range(len(values))",
    ),
    "a window between whole numbers falls into cells": (
        "pooling.test_each_window_of_the_gradients_has_one_outline",
        "round(ends[-1] - ends[0]) + 1",
        "ends[-1] - ends[0] + 1",
    ),
    "gaps of a dilated window are covered": (
        "grammar.test_a_window_is_one_outline_wherever_it_stands_or_one_for_each_cell_if_it_has_gaps",
        "wide * high == len(cells)",
        "True",
    ),
    "a stack has no room for the output's name": (
        "steps.test_kernel_and_output_stand_one_above_the_other_where_numbers_would_be_too_long_side_by_side",
        "top + kh + 1.4, ow",
        "top + kh + 0.4, ow",
    ),
    "numbers run out of their cells": (
        "steps.test_kernel_and_output_stand_one_above_the_other_where_numbers_would_be_too_long_side_by_side",
        "cell < (0.64 * SMALL",
        "cell < 0 * (0.64 * SMALL",
    ),
    "a sum loses a line": (
        "steps.test_a_long_sum_is_broken_into_lines_and_keeps_its_order",
        "for start in range(0, len(terms), at_once)",
        "for start in (0, len(terms) - at_once)",
    ),
    "figures are wider than a page": (
        "steps.test_all_steps_stand_in_reading_order_each_under_its_own_number",
        "width = min(WIDTH, max(",
        "width = (WIDTH + max(",
    ),
    "figures have no background": (STEP, 'facecolor="white", layout=', 'facecolor="none", layout='),
}


@cache
def functions():
    """All functions and methods of `cnncourse.figures`, each with its source."""
    methods = [
        plain(value)
        for module in MODULES
        for owner in vars(module).values()
        if inspect.isclass(owner) and owner.__module__ == module.__name__
        for value in vars(owner).values()
        if inspect.isfunction(plain(value))
    ]
    files = {module.__file__ for module in MODULES}  # what dataclasses write has no source
    written = [f for f in (*FUNCTIONS.values(), *methods) if f.__code__.co_filename in files]
    return [(function, textwrap.dedent(inspect.getsource(function))) for function in written]


def plain(value):
    return value.fget if isinstance(value, property) else value


def plant(monkeypatch, text, replacement):
    """Replace text in the functions that have it, in place, so that all who imported them get the fault."""
    holders = [(function, source) for function, source in functions() if text in source]
    if not holders:
        raise LookupError(f"no function of cnncourse.figures has {text!r}; write the fault anew")
    for function, source in holders:
        flags = __future__.annotations.compiler_flag
        namespace = dict(function.__globals__)
        exec(compile(source.replace(text, replacement), "<fault>", "exec", flags, True), namespace)
        monkeypatch.setattr(function, "__code__", plain(namespace[function.__name__]).__code__)


def find(name):
    """Return a test of another file: 'steps.test_X' stands in test_steps_figures.py."""
    module, _, test = name.partition(".")
    return getattr(import_module(f"test_{module}_figures"), test)


def run(name):
    """Run a test of another file, with all its parameters."""
    function = find(name)
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    names, cases = marks[0].args[:2] if marks else ("", [()])
    for case in cases:
        function(*(case if not isinstance(names, str) or "," in names or not names else [case]))


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_noticed(name, monkeypatch):
    test, text, replacement = FAULTS[name]
    plant(monkeypatch, text, replacement)
    with pytest.raises(AssertionError):
        run(test)


@pytest.mark.parametrize(
    ("table", "role", "colour"),
    [("FILL", "kernel", "#A9D3F0"), ("OUTLINE", "output", "#0072B2"), ("LETTERS", "input", "#000000")],
)
def test_a_changed_colour_is_noticed(table, role, colour, monkeypatch):
    monkeypatch.setitem(FUNCTIONS["draw_grid"].__globals__[table], role, colour)
    with pytest.raises(AssertionError):
        run(STEP)


def test_a_text_that_no_function_has_is_refused(monkeypatch):
    with pytest.raises(LookupError, match="write the fault anew"):
        plant(monkeypatch, "no such text", "")


def test_each_drawing_function_has_a_fault():
    tests = "".join(inspect.getsource(find(test)) for test, *_ in FAULTS.values())
    drawn = set(re.findall(r"draw\.(\w+)\(", tests))
    assert drawing_functions() - drawn == set(), "plant a fault that the test of the figure must notice"
