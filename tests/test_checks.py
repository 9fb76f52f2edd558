"""Refusals: every door words them alike, and whoever follows a remedy gets through."""

import inspect
import re
import warnings
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from cnncourse import channels, checks, cross_correlation, introduction, padding, pooling, shapes, stride, windows
from cnncourse.figures.trace import trace_corr2d, trace_pool2d

ONES = torch.ones
NUMBERS = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.uint8]
NUMBERS += [torch.int8, torch.int16, torch.int32, torch.int64]
UNSIGNED = [torch.uint16, torch.uint32, torch.uint64]
FLOAT8 = [torch.float8_e4m3fn, torch.float8_e5m2]
IMAGE, KERNEL = [[0, 1, 2], [3, 0, 1], [2, 3, 0]], [[0, 1], [2, 3]]


def image_and_kernel(dtype):
    return torch.tensor(IMAGE).to(dtype), torch.tensor(KERNEL).to(dtype)


# Everything that multiplies an image's cells by a kernel's.
PRODUCTS = {
    "corr2d": cross_correlation.corr2d,
    "corr2d_vectorized": cross_correlation.corr2d_vectorized,
    "convolve2d": cross_correlation.convolve2d,
    "corr2d_strided": stride.corr2d_strided,
    "corr2d_strided_vectorized": stride.corr2d_strided_vectorized,
    "corr2d_multi_in": lambda x, kernel: channels.corr2d_multi_in(x[None], kernel[None]),
    "corr2d_multi_in_out": lambda x, kernel: channels.corr2d_multi_in_out(x[None], kernel[None, None]),
    "conv1x1": lambda x, kernel: channels.conv1x1(x[None], kernel[None, None, :1, 1:]),
    "conv2d": lambda x, kernel: channels.conv2d(x[None, None], kernel[None, None]),
}

# Everything that takes padding, each call with kernel size 3 on 5x6 cells.
PADDED = {
    "pad2d": lambda padding: padding_of(padding),
    "corr2d_strided": lambda padding: stride.corr2d_strided(ONES(5, 6), ONES(3, 3), padding=padding),
    "corr2d_strided_vectorized": lambda padding: stride.corr2d_strided_vectorized(
        ONES(5, 6), ONES(3, 3), padding=padding
    ),
    "conv2d": lambda padding: channels.conv2d(ONES(1, 1, 5, 6), ONES(1, 1, 3, 3), padding=padding)[0, 0],
    "conv2d_cost": lambda padding: ONES(channels.conv2d_cost((5, 6), 1, 1, 3, padding=padding).multiply_adds // 9),
    "output_shape": lambda padding: ONES(shapes.output_shape((5, 6), 3, padding=padding)),
    "trace_corr2d": lambda padding: ONES(trace_corr2d(ONES(5, 6), ONES(3, 3), padding=padding).output_shape),
}
POOLED = {
    "pool2d": lambda padding: pooling.pool2d(ONES(5, 6), 3, stride=1, padding=padding),
    "trace_pool2d": lambda padding: ONES(trace_pool2d(ONES(5, 6), 3, stride=1, padding=padding).output_shape),
}


def padding_of(sides):
    padded = padding.pad2d(ONES(5, 6), sides)
    return cross_correlation.corr2d(padded, ONES(3, 3))


def message_of(error, function, *arguments, **settings):
    with pytest.raises(error) as caught:
        function(*arguments, **settings)
    return str(caught.value)


def remedy_of(error, function, *arguments, **settings):
    """What the last clause of a refusal tells to use."""
    return re.search(r"; use ([^;]+)$", message_of(error, function, *arguments, **settings)).group(1)


# --- one wording -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "name", "what"),
    [
        (lambda: cross_correlation.corr2d(ONES(3, 4), ONES(5, 2)), "kernel (5, 2)", "x (3, 4); pad x"),
        (lambda: cross_correlation.corr2d_vectorized(ONES(3, 4), ONES(5, 2)), "kernel (5, 2)", "x (3, 4); pad x"),
        (lambda: cross_correlation.convolve2d(ONES(3, 4), ONES(5, 2)), "kernel (5, 2)", "x (3, 4); pad x"),
        (lambda: stride.corr2d_strided(ONES(3, 4), ONES(5, 2)), "kernel (5, 2)", "x (3, 4); pad more"),
        (lambda: channels.corr2d_multi_in(ONES(1, 3, 4), ONES(1, 5, 2)), "kernel (5, 2)", "x (3, 4); pad x"),
        (
            lambda: channels.corr2d_multi_in_out(ONES(1, 3, 4), ONES(1, 1, 5, 2)),
            "weight's kernel (5, 2)",
            "x (3, 4); pad x",
        ),
        (lambda: channels.conv2d(ONES(1, 1, 3, 4), ONES(1, 1, 5, 2)), "weight's kernel (5, 2)", "x (3, 4); pad more"),
        (lambda: channels.conv2d_cost((3, 4), 1, 1, (5, 2)), "kernel_size (5, 2)", "size (3, 4); pad more"),
        (lambda: pooling.pool2d(ONES(3, 4), (5, 2)), "kernel_size (5, 2)", "x (3, 4); pad more"),
        (lambda: windows.sliding_windows(ONES(3, 4), (5, 2)), "kernel_size (5, 2)", "x (3, 4); pad x"),
        (lambda: shapes.output_shape((3, 4), (5, 2)), "kernel_size (5, 2)", "size (3, 4); pad more"),
        (lambda: shapes.output_size(3, 5), "kernel_size 5", "n 3; pad more"),
        (lambda: introduction.convolution_matrix(ONES(5, 2), (3, 4)), "kernel_size (5, 2)", "size (3, 4); pad more"),
        (lambda: introduction.convolution_parameters((3, 4), (5, 2)), "kernel_size (5, 2)", "size (3, 4); pad more"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_same_words_at_every_door(call, name, what):
    word = name.split()[-3 if "," in name else -2]
    assert message_of(ValueError, call) == f"{name} does not fit inside {what} or use a smaller {word}"


@pytest.mark.parametrize(
    ("door", "axes"),
    [
        (cross_correlation.corr2d, {"x": "H, W", "kernel": "kH, kW"}),
        (cross_correlation.learn_kernel, {"y": "oh, ow", "start": "kH, kW"}),
        (stride.dilate_kernel, {"kernel": "kH, kW"}),
        (channels.corr2d_multi_in, {"x": "C_in, H, W", "kernel": "C_in, kH, kW"}),
        (channels.corr2d_multi_in_out, {"x": "C_in, H, W", "weight": "C_out, C_in, kH, kW"}),
        (channels.conv1x1, {"x": "C_in, H, W", "weight": "C_out, C_in, 1, 1"}),
        (channels.conv2d, {"x": "N, C_in, H, W", "weight": "C_out, C_in / groups, kH, kW"}),
        (channels.ungroup, {"weight": "C_out, C_in / groups, kH, kW"}),
        (introduction.local_matrix, {"weights": "oh, ow, kH, kW"}),
        (introduction.convolution_matrix, {"kernel": "kH, kW"}),
        (introduction.average_over_shifts, {"matrix": "n, n"}),
        (introduction.fit_scores, {"features": "N, M", "labels": "N"}),
        (introduction.mean_of_strongest, {"images": "N, H, W", "maps": "N, oh, ow"}),
    ],
)
def test_a_tensor_is_asked_for_by_its_name_and_its_axes(door, axes):
    settings = {"dilation": 1, "groups": 1, "size": 1, "lr": 1, "steps": 1, "x": ONES(1, 1)}
    given = {name: value for name, value in settings.items() if name in inspect.signature(door).parameters}
    given |= {name: ONES([1] * len(letters.split(","))) for name, letters in axes.items()}
    for name, letters in axes.items():
        rank, wrong = given[name].ndim, given[name][None]
        assert message_of(ValueError, door, **{**given, name: wrong}) == (
            f"{name} has shape {tuple(wrong.shape)}, {rank + 1} axes; expected {rank}, ({letters}); "
            f"select one, as in {name}[0]"
        )
        assert message_of(TypeError, door, **{**given, name: [1]}) == (
            f"{name} is of type list; expected a torch.Tensor; use torch.as_tensor({name})"
        )


@pytest.mark.parametrize(
    ("door", "tensors", "names"),
    [
        (shapes.output_size, {}, "n kernel_size stride dilation"),
        (shapes.output_shape, {}, "size kernel_size stride dilation"),
        (windows.sliding_windows, {"x": ONES(3, 3)}, "kernel_size stride dilation"),
        (cross_correlation.Conv2D, {}, "kernel_size"),
        (stride.corr2d_strided, {"x": ONES(3, 3), "kernel": ONES(2, 2)}, "stride dilation"),
        (stride.corr2d_strided_vectorized, {"x": ONES(3, 3), "kernel": ONES(2, 2)}, "stride dilation"),
        (stride.dilate_kernel, {"kernel": ONES(2, 2)}, "dilation"),
        (padding.same_padding, {}, "kernel_size dilation"),
        (channels.conv2d, {"x": ONES(1, 1, 3, 3), "weight": ONES(1, 1, 2, 2)}, "stride dilation groups"),
        (channels.conv2d_cost, {}, "size c_in c_out kernel_size stride dilation groups"),
        (channels.ungroup, {"weight": ONES(1, 1, 2, 2)}, "groups"),
        (pooling.pool2d, {"x": ONES(3, 3)}, "kernel_size stride"),
        (introduction.fully_connected_parameters, {}, "size kernel_size"),
        (introduction.locally_connected_parameters, {}, "size kernel_size"),
        (introduction.convolution_parameters, {}, "size kernel_size"),
        (introduction.convolution_matrix, {"kernel": ONES(2, 2)}, "size"),
        (introduction.mean_of_strongest, {"images": ONES(1, 3, 3), "maps": ONES(1, 2, 2)}, "count"),
    ],
)
def test_a_size_is_asked_for_by_its_name(door, tensors, names):
    given = tensors | dict.fromkeys(names.split(), 1)
    for name in names.split():
        ordinary = "; 1 is the ordinary one" if name in ("stride", "dilation") else ""
        assert message_of(ValueError, door, **{**given, name: 0}) == f"{name} is 0; expected at least 1{ordinary}"
        wrong = f"{name} is 1.0, a float; expected a whole number of at least 1"
        assert message_of(TypeError, door, **{**given, name: 1.0}) == wrong


def test_gaps_and_padding_are_said_where_there_are_any():
    refuse = checks.require_fit
    assert message_of(ValueError, refuse, "kernel", (3, 2), "x", (4, 6), padding=(4, 0), dilation=(4, 1)) == (
        "kernel (3, 2), (9, 2) with its gaps, does not fit inside x (4, 6), (8, 6) with padding; "
        "pad more or use a smaller kernel or dilation"
    )
    refuse("kernel", (3, 2), "x", (4, 6), padding=(5, 0), dilation=(4, 1))


def test_checks_stand_in_one_module():
    for module in (channels, cross_correlation, introduction, padding, pooling, shapes, stride, windows):
        own = [name for name, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__]
        assert [name for name in own if "require" in name] == []


def test_a_bank_is_checked_once_and_not_once_for_each_kernel_and_channel(monkeypatch):
    calls = []
    for module in (channels, cross_correlation):
        monkeypatch.setattr(module, "require_tensor", lambda name, *_: calls.append(name))
    channels.corr2d_multi_in_out(ONES(3, 5, 5), ONES(8, 3, 2, 2))
    assert calls == ["x", "weight"]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (torch.zeros(3), TypeError, "labels has dtype torch.float32; expected an integer dtype; use labels.long()"),
        (torch.tensor([0, 1]), ValueError, "labels has 2 entries; expected 3, one for each picture"),
        (
            torch.tensor([0, -2, 1]),
            ValueError,
            "labels holds -2; expected classes counted from 0; use labels - labels.min()",
        ),
    ],
)
def test_labels_are_a_class_for_each_picture(labels, error, message):
    assert message_of(error, checks.require_labels, labels, 3) == message
    checks.require_labels(torch.tensor([0, 2, 2]), 3)
    checks.require_labels(torch.tensor([1, 2, 2]), 3)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (
            TypeError,
            lambda: shapes.output_size((28, 28), 3),
            "n is (28, 28), a tuple; expected a whole number of at least 1; "
            "for height and width at once use output_shape",
        ),
        (
            ValueError,
            lambda: checks.require_pair("stride", (0, 1), 1),
            "stride[0] is 0; expected at least 1; 1 is the ordinary one",
        ),
        (
            ValueError,
            lambda: checks.require_tensor("x", ONES(2, 3), "N, C, H, W"),
            "x has shape (2, 3), 2 axes; expected 4, (N, C, H, W); reshape it",
        ),
        (
            TypeError,
            lambda: checks.require_images("x", ONES(2, 2, dtype=torch.uint16)),
            "x has dtype torch.uint16, which torch hardly computes with; use x.long()",
        ),
        (
            ValueError,
            lambda: channels.conv2d(ONES(1, 4, 3, 3), ONES(2, 3, 1, 1)),
            "weight (2, 3, 1, 1) has 3 planes a kernel and x (1, 4, 3, 3) has 4 channels in 1 group; "
            "expected C_in / groups = 4 planes; use a weight of shape (2, 4, 1, 1), or other groups",
        ),
        (
            ValueError,
            lambda: channels.conv2d(ONES(1, 4, 3, 3), ONES(2, 3, 1, 1), groups=2),
            "weight (2, 3, 1, 1) has 3 planes a kernel and x (1, 4, 3, 3) has 4 channels in 2 groups; "
            "expected C_in / groups = 2 planes; use a weight of shape (2, 2, 1, 1), or other groups",
        ),
        (
            ValueError,
            lambda: channels.conv2d(ONES(1, 1, 4, 4), ONES(1, 1, 3, 3), dilation=(1, 2)),
            "weight's kernel (3, 3), (3, 5) with its gaps, does not fit inside x (4, 4); "
            "pad more or use a smaller kernel or dilation",
        ),
        (
            TypeError,
            lambda: channels.conv2d(ONES(1, 1, 2, 2), ONES(1, 1, 2, 2), [1.0]),
            "bias is of type list; expected a torch.Tensor; use torch.as_tensor(bias)",
        ),
        (
            ValueError,
            lambda: channels.conv2d(ONES(1, 1, 2, 2), ONES(3, 1, 2, 2), ONES(2)),
            "bias has shape (2,); expected (3,); "
            "use one number for each of the 3 output channels of weight (3, 1, 2, 2)",
        ),
        (
            ValueError,
            lambda: pooling.pool2d(ONES(3), 2),
            "x has shape (3,), 1 axes; expected (H, W), (C, H, W) or (N, C, H, W); add an axis, as in x[None]",
        ),
        (ValueError, lambda: pooling.pool2d(ONES(3, 3), 2, "sum"), "mode is 'sum'; expected 'max' or 'avg'"),
        (
            ValueError,
            lambda: padding.pad2d(ONES(1, 1), 1, value=10**400),
            "value is beyond every float; x holds torch.float32, at most 3.403e+38; use infinity or a smaller value",
        ),
    ],
)
def test_a_refusal_says_this_and_no_more(error, call, message):
    assert message_of(error, call) == message


# --- remedies lead on, not round in a circle -------------------------------------------------------------------------


def test_whoever_follows_the_remedy_for_a_bias_of_another_dtype_gets_through():
    names = {"x": ONES(1, 1, 3, 3), "weight": ONES(2, 1, 2, 2), "bias": ONES(2)}
    for odd in names:
        for dtype in (torch.float64, torch.float16, torch.int64):
            given = {name: tensor.to(dtype) if name == odd else tensor for name, tensor in names.items()}
            remedy = remedy_of(TypeError, channels.conv2d, **given)
            for expression in remedy.split(" and "):
                given[expression.split(".")[0]] = eval(expression, {"torch": torch}, dict(given))
            y = channels.conv2d(**given)
            assert y.dtype == torch.promote_types(dtype, torch.float32)  # nothing is rounded away


def test_whoever_follows_the_remedy_for_a_bias_of_another_shape_gets_through():
    x, weight = ONES(1, 1, 3, 3), ONES(4, 1, 2, 2)
    for shape in ((4, 1), (1, 4), (2, 2), (1, 4, 1, 1)):
        bias = torch.arange(4.0).reshape(shape)
        bias = eval(remedy_of(ValueError, channels.conv2d, x, weight, bias), {}, {"bias": bias})
        assert channels.conv2d(x, weight, bias)[0, :, 0, 0].tolist() == [4, 5, 6, 7]
    for wrong in (ONES(3), ONES(1), ONES(()), ONES(4, 4)):
        message = message_of(ValueError, channels.conv2d, x, weight, wrong)
        assert message.endswith("; use one number for each of the 4 output channels of weight (4, 1, 2, 2)")
    single = ONES(())
    bias = eval(remedy_of(ValueError, channels.conv2d, x, weight[:1], single), {}, {"bias": single})
    assert channels.conv2d(x, weight[:1], bias).shape == (1, 1, 2, 2)


def test_dtypes_are_brought_to_one_that_holds_all():
    half, brain = ONES(2, dtype=torch.float16), ONES(2, dtype=torch.bfloat16)
    message = message_of(TypeError, checks.require_same_kind, x=half, kernel=brain)
    assert message.endswith("; use x.to(torch.float32) and kernel.to(torch.float32)")
    message = message_of(TypeError, checks.require_same_kind, x=half, kernel=ONES(2), bias=half)
    assert message.endswith("; use x.to(kernel.dtype) and bias.to(kernel.dtype)")
    message = message_of(TypeError, checks.require_same_kind, x=ONES(2).int(), kernel=ONES(2).to(torch.uint8))
    assert message.endswith("; use kernel.to(x.dtype)")


def test_a_wrong_shape_has_a_remedy():
    with pytest.raises(ValueError, match=r"^y has shape \(2, 3\); expected \(3, 2\); use y.T$"):
        checks.require_shape("y", ONES(2, 3), (3, 2), "use y.T")
    x, start = ONES(3, 4), ONES(1, 2)
    with pytest.raises(ValueError, match=r"y has shape \(3, 4\); expected \(3, 3\); cut y to that size"):
        cross_correlation.learn_kernel(x, x, start, lr=0.1, steps=1)
    with pytest.raises(ValueError, match=r"matrix has shape \(2, 3\); expected \(2, 2\); use as many columns as rows"):
        introduction.average_over_shifts(ONES(2, 3))


@pytest.mark.parametrize("door", PADDED)
def test_padding_by_name_is_refused_with_the_same_help_at_every_door(door):
    message = message_of(TypeError, PADDED[door], "same")
    assert message == (
        "padding is 'same', a str; expected cells per side; use 0 for 'valid', "
        "same_padding(kernel_size, dilation=d) for 'same', (kH - 1, kW - 1) for 'full'"
    )
    for sides, mode in ((0, (3, 4)), (padding.same_padding(3, dilation=1), (5, 6)), ((2, 2), (7, 8))):
        assert PADDED[door](sides).numel() == mode[0] * mode[1]


def test_padding_by_name_is_refused_with_help_where_it_is_one_number():
    remedy = remedy_of(TypeError, shapes.output_size, 7, 4, padding="same", dilation=2)
    assert remedy == "0 for 'valid', total_padding=dilation * (kernel_size - 1) for 'same'"
    assert shapes.output_size(7, 4, total_padding=2 * (4 - 1), dilation=2) == 7


@pytest.mark.parametrize("door", POOLED)
def test_padding_by_name_is_refused_with_help_in_poolings(door):
    assert remedy_of(TypeError, POOLED[door], "same").startswith("0 for 'valid', (kernel_size - 1) // 2 for 'same'")
    assert POOLED[door]((3 - 1) // 2).shape == (5, 6)


# --- numbers that a cell cannot hold ---------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [10**400, -(10**400), 10**5000, Fraction(10**400)], ids="abcd")  # too long to print
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.int64, torch.uint8])
def test_a_value_beyond_every_float_is_refused(value, dtype):
    with pytest.raises(ValueError, match=r"^value is beyond every float; x holds torch\.\w+, (at most|whole numbers)"):
        padding.pad2d(ONES(2, 2, dtype=dtype), 1, value=value)


def test_the_remedy_for_a_value_names_a_wider_dtype_only_where_it_helps():
    for value, wider in ((1e39, True), (10**400, False)):
        message = message_of(ValueError, padding.pad2d, ONES(2, 2), 1, value=value)
        assert message.endswith(" or x.double()") is wider
    assert padding.pad2d(ONES(2, 2).double(), 1, value=1e39)[0, 0] == 1e39


# --- which dtypes are numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", PRODUCTS)
@pytest.mark.parametrize("dtype", NUMBERS)
def test_products_are_exact_in_every_dtype_that_the_docstrings_name(door, dtype):
    x, kernel = image_and_kernel(dtype)
    y = PRODUCTS[door](x, kernel)
    assert y.dtype == dtype
    assert y.tolist() == PRODUCTS[door](*image_and_kernel(torch.int64)).tolist()


@pytest.mark.parametrize("door", PRODUCTS)
@pytest.mark.parametrize("dtype", [*UNSIGNED, *FLOAT8, torch.bool])
def test_products_in_other_dtypes_are_refused_and_the_remedy_leads_on(door, dtype):
    x, kernel = image_and_kernel(dtype)
    remedy = remedy_of(TypeError, PRODUCTS[door], x, kernel)
    assert remedy in ("x.long()", "x.float()")
    way = remedy.removeprefix("x.").removesuffix("()")
    assert PRODUCTS[door](getattr(x, way)(), getattr(kernel, way)()).ndim >= 2


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            ONES(2, 2, dtype=torch.cfloat),
            r"x has dtype torch.complex64; expected a float or integer dtype; use x.real$",
        ),
        (
            ONES(2, 2).to(torch.float8_e5m2),
            r"x has dtype torch.float8_e5m2; expected .* of 16 bits or more; use x.float",
        ),
        (ONES(2, 2, dtype=torch.bool), r"x has dtype torch.bool; expected a float or integer dtype; use x.float\(\)$"),
        (ONES(2, 2).to_sparse(), r"x has layout torch.sparse_coo; expected a dense tensor; use x.to_dense\(\)$"),
        (
            ONES(2, 2, dtype=torch.uint16),
            r"x has dtype torch.uint16, which torch hardly computes with; use x.long\(\)$",
        ),
    ],
)
def test_what_is_no_dense_tensor_of_numbers_is_refused(x, message):
    for call in (lambda: cross_correlation.corr2d(x, x), lambda: pooling.pool2d(x, 1)):
        with pytest.raises(TypeError, match=message):
            call()


def test_a_quantised_tensor_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some versions say that these will go
        x = torch.quantize_per_tensor(ONES(2, 2), 0.1, 0, torch.qint8)
    with pytest.raises(TypeError, match=r"x has dtype torch.qint8; expected .*; use x.dequantize\(\)"):
        padding.pad2d(x, 1)


@pytest.mark.parametrize("dtype", [*NUMBERS, *UNSIGNED])
def test_what_only_moves_cells_takes_unsigned_integers_too(dtype):
    x = torch.tensor(IMAGE).to(dtype)
    assert padding.pad2d(x, 1)[1:-1, 1:-1].tolist() == IMAGE
    assert windows.sliding_windows(x, 2)[0, 0].tolist() == [[0, 1], [3, 0]]


# --- the device ------------------------------------------------------------------------------------------------------


def test_the_device_is_that_of_the_image():
    x = ONES(4, 4, device="meta")
    assert padding.pad2d(x, 1, value=2).device.type == "meta"
    for mode in ("max", "avg"):
        assert pooling.pool2d(x, 2, mode, padding=1).device.type == "meta"
        assert pooling.pool2d(x.half(), 2, mode, padding=1, count_include_pad=False).device.type == "meta"


def test_the_default_device_is_not_used():
    x = torch.arange(16.0).reshape(4, 4)
    expected = F.avg_pool2d(x[None], 2)[0]
    with torch.device("meta"):
        padded, averages = padding.pad2d(x, 1), pooling.pool2d(x, 2, "avg")
        y = stride.corr2d_strided(x, x[:2, :2], padding=1)
    assert {padded.device.type, averages.device.type, y.device.type} == {"cpu"}
    assert torch.equal(averages, expected)
