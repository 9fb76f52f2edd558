import copy
import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnncourse.channels import conv2d_cost
from cnncourse.cost import LayerCost, layer_table
from cnncourse.introduction import convolution_parameters, fully_connected_parameters, small_network
from cnncourse.lenet import LeNet, ModernLeNet
from cnncourse.shapes import output_shape, receptive_field

VARIANTS = list(itertools.product(("sigmoid", "tanh", "relu"), ("avg", "max")))


def parameters(model):
    return sum(p.numel() for p in model.parameters())


def fields(model, shape):
    return [row.receptive_field for row in layer_table(model, shape)]


def by_torch(model, shape):
    """Multiply-adds as torch counts them, which counts product and sum apart."""
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, *shape))
    return counter.get_total_flops() // 2


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(channels, channels, 1, stride=stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.norm1(self.conv1(x)))) + self.shortcut(x))


class Inception(nn.Module):
    """Branches of 1x1, 5x5 and a pooling, side by side."""

    def __init__(self, channels):
        super().__init__()
        self.one = nn.Conv2d(channels, 2, 1)
        self.five = nn.Sequential(nn.Conv2d(channels, 3, 1), nn.ReLU(), nn.Conv2d(3, 4, 5, padding=2))
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, x):
        return torch.cat([self.one(x), self.five(x), self.pool(x)], dim=1)


class Calls(nn.Module):
    """A module around a function, without layers of its own."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


# --- shapes and costs ------------------------------------------------------------------------------------------------


def test_lenet_has_61706_parameters_and_416520_multiply_adds():
    for activation, pooling in VARIANTS:
        rows = layer_table(LeNet(activation, pooling), (1, 28, 28), fields=False)
        assert sum(row.parameters for row in rows) == 61_706
        assert sum(row.multiply_adds for row in rows) == 416_520


def test_the_whole_table_of_lenet():
    assert layer_table(LeNet(), (1, 28, 28)) == [
        LayerCost("conv1", (6, 28, 28), 6 * (25 + 1), 6 * 28 * 28 * 25, (5, 5)),
        LayerCost("act1", (6, 28, 28), 0, 0, (5, 5)),
        LayerCost("pool1", (6, 14, 14), 0, 0, (6, 6)),
        LayerCost("conv2", (16, 10, 10), 16 * (6 * 25 + 1), 16 * 100 * 6 * 25, (14, 14)),
        LayerCost("act2", (16, 10, 10), 0, 0, (14, 14)),
        LayerCost("pool2", (16, 5, 5), 0, 0, (16, 16)),
        LayerCost("flatten", (400,), 0, 0, None),
        LayerCost("fc1", (120,), 400 * 120 + 120, 400 * 120, None),
        LayerCost("act3", (120,), 0, 0, None),
        LayerCost("fc2", (84,), 120 * 84 + 84, 120 * 84, None),
        LayerCost("act4", (84,), 0, 0, None),
        LayerCost("fc3", (10,), 84 * 10 + 10, 84 * 10, None),
    ]


def test_modern_lenet_has_48974_parameters():
    rows = layer_table(ModernLeNet(), (1, 28, 28))
    assert sum(row.parameters for row in rows) == parameters(ModernLeNet()) == 48_974
    assert [row.receptive_field for row in rows if row.name.startswith("pool")] == [(6, 6), (16, 16)]


@pytest.mark.parametrize("transposed", [False, True])
def test_multiply_adds_equal_the_flop_counter_of_torch_over_a_grid(transposed):
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    kernels, strides, paddings = [1, (1, 3), (3, 2)], [1, (2, 1)], [0, (1, 0)]
    cases = list(itertools.product(kernels, strides, paddings, [1, (1, 3), 2], [1, 2], [True, False]))
    assert len(cases) > 140
    for kernel, stride, padding, dilation, groups, bias in cases:
        layer = kind(2, 4, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)
        (row,) = layer_table(layer, (2, 9, 11), fields=False)
        assert row.multiply_adds == by_torch(layer, (2, 9, 11))
        assert row.parameters == parameters(layer)
        assert row.shape == layer(torch.zeros(1, 2, 9, 11)).shape[1:]


def test_the_chapters_formulas_count_the_same():
    grid = itertools.product(
        ((9, 11), (7, 7)), (1, (3, 2)), (1, (2, 1)), (0, (1, 2)), (1, (1, 3)), (1, 2), (True, False)
    )
    for size, kernel_size, stride, padding, dilation, groups, bias in grid:
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "bias": bias}
        (row,) = layer_table(nn.Conv2d(4, 6, kernel_size, **settings), (4, *size), fields=False)
        cost = conv2d_cost(size, 4, 6, kernel_size, **settings)
        assert (row.parameters, row.multiply_adds) == (cost.parameters, cost.multiply_adds)
    (shared,) = layer_table(nn.Conv2d(1, 1, (2, 3)), (1, 5, 6), fields=False)
    assert shared.parameters == convolution_parameters((5, 6), (2, 3))
    (dense,) = layer_table(nn.Linear(5 * 6, 4 * 4), (30,))
    assert dense.parameters == fully_connected_parameters((5, 6), (2, 3))
    assert sum(row.parameters for row in layer_table(small_network(0), (1, 8, 8))) == 994


def test_a_layer_that_runs_twice_has_two_rows_and_its_parameters_count_once():
    shared = nn.Conv2d(2, 2, 3, padding=1)
    rows = layer_table(nn.Sequential(shared, nn.ReLU(), shared), (2, 6, 6))
    assert [(row.name, row.parameters, row.multiply_adds) for row in rows] == [
        ("0", 38, 36 * 36),
        ("1", 0, 0),
        ("0", 0, 36 * 36),
    ]
    assert [row.receptive_field for row in rows] == [(3, 3), (3, 3), (5, 5)]


def test_a_weight_that_two_layers_share_counts_once():
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    rows = layer_table(nn.Sequential(first, second), (4,))
    assert [row.parameters for row in rows] == [20, 4]
    assert [row.multiply_adds for row in rows] == [16, 16]


def test_a_linear_layer_counts_on_any_rank():
    for shape in ((7,), (3, 7), (2, 3, 7)):
        (row,) = layer_table(nn.Linear(7, 5), shape)
        assert row.shape == (*shape[:-1], 5)
        assert row.multiply_adds == by_torch(nn.Linear(7, 5), shape)


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors is a no-op")
def test_a_layer_without_outputs_or_inputs_costs_nothing_but_its_bias():
    rows = layer_table(nn.Sequential(nn.Linear(3, 0), nn.Linear(0, 4)), (1, 2, 3))
    assert [(row.shape, row.parameters, row.multiply_adds) for row in rows] == [((1, 2, 0), 0, 0), ((1, 2, 4), 4, 0)]
    assert [row.receptive_field for row in rows] == [(0, 0), (0, 0)]


def test_layers_of_one_and_of_three_dimensions_count():
    for layer, shape in ((nn.Conv1d(2, 3, 3), (2, 9)), (nn.Conv3d(2, 3, (1, 2, 3)), (2, 4, 5, 6))):
        (row,) = layer_table(layer, shape)
        assert row.multiply_adds == by_torch(layer, shape)
        assert row.receptive_field is None


def test_shapes_equal_what_forward_hooks_see_inside_of_modules():
    model, seen = nn.Sequential(Residual(2, stride=2), Inception(2), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval(), []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            layer.register_forward_hook(lambda _m, _x, y, name=name: seen.append((name, tuple(y.shape[1:]))))
    model(torch.zeros(1, 2, 12, 12))
    twin = nn.Sequential(Residual(2, stride=2), Inception(2), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert [(row.name, row.shape) for row in layer_table(twin, (2, 12, 12))] == seen
    assert "1.five.2" in dict(seen)


def test_a_module_s_own_parameters_have_a_row():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale, self.inner = nn.Parameter(torch.ones(3, 1, 1)), nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.scale * self.inner(x)

    rows = layer_table(nn.Sequential(Scaled()), (3, 4, 4))
    assert [(row.name, row.parameters) for row in rows] == [("0.inner", 12), ("0", 3)]


def test_a_reparametrised_weight_is_part_of_its_layer():
    layer = nn.utils.parametrizations.weight_norm(nn.Conv2d(2, 3, 3))
    (row,) = layer_table(layer, (2, 5, 5))
    assert (row.parameters, row.multiply_adds, row.receptive_field) == (parameters(layer), 9 * 3 * 18, (3, 3))


def test_what_functions_compute_is_not_counted():
    model = nn.Sequential(Calls(lambda x: F.conv2d(x, torch.ones(1, 1, 3, 3, dtype=x.dtype))), nn.ReLU())
    rows = layer_table(model, (1, 6, 6))
    assert [row.multiply_adds for row in rows] == [0, 0]
    assert [row.receptive_field for row in rows] == [(3, 3), (3, 3)]


def test_without_fields_nothing_is_computed():
    huge = nn.Sequential(nn.Conv2d(3, 4096, 7), nn.Flatten(), nn.Linear(4096 * 218 * 218, 100_000, device="meta"))
    rows = layer_table(huge, (3, 224, 224), fields=False)  # 70 TB, were it real
    assert rows[-1].parameters == 4096 * 218 * 218 * 100_000 + 100_000
    assert {row.receptive_field for row in rows} == {None}


# --- receptive fields ------------------------------------------------------------------------------------------------


def test_fields_of_rows_equal_the_formula_axis_by_axis_over_a_grid():
    kernels, dilations = [(1, 3), (3, 2)], [(1, 1), (1, 3), (2, 1)]
    cases = list(itertools.product(kernels, [(1, 1), (2, 1)], dilations, [2, (1, 3)], [(2, 2), (1, 3)]))
    assert len(cases) > 40
    for kernel, stride, dilation, pool, last in cases:
        model = nn.Sequential(
            nn.Conv2d(1, 1, kernel, stride=stride, dilation=dilation),
            nn.Tanh(),
            nn.MaxPool2d(pool),
            nn.Conv2d(1, 1, last),
        )
        pool = pool if isinstance(pool, tuple) else (pool, pool)
        expected = tuple(
            receptive_field([(k, s, d), (p, p, 1), (n, 1, 1)]).size
            for k, s, d, p, n in zip(kernel, stride, dilation, pool, last, strict=True)
        )
        assert fields(model, (1, 16, 20))[-1] == expected


def test_dilation_of_one_axis_widens_one_axis():
    assert fields(nn.Conv2d(1, 1, 3, dilation=(1, 3)), (1, 12, 12)) == [(3, 7)]


def test_fields_of_a_residual_block_are_those_of_its_longer_way():
    rows = layer_table(nn.Sequential(Residual(2), nn.ReLU()), (2, 12, 14))
    assert {row.name: row.receptive_field for row in rows} == {
        "0.conv1": (3, 3),
        "0.norm1": (3, 3),
        "0.conv2": (5, 5),
        "0.shortcut": (1, 1),
        "1": (5, 5),
    }
    strided = nn.Sequential(Residual(2, stride=2), nn.MaxPool2d(2))
    assert fields(strided, (2, 24, 24))[-1] == (9, 9)  # 3, then 2 * 2 more; a jump of 2 once more


def test_fields_of_parallel_branches_are_joined():
    rows = layer_table(nn.Sequential(Inception(3), nn.ReLU(), nn.Conv2d(9, 1, 3)), (3, 14, 14))
    found = {row.name: row.receptive_field for row in rows}
    assert [found[f"0.{name}"] for name in ("one", "five.2", "pool")] == [(1, 1), (5, 5), (3, 3)]
    assert (found["1"], found["2"]) == ((5, 5), (7, 7))


def test_branches_that_look_apart_span_both():
    model = nn.Sequential(Calls(lambda x: x[..., :-6] + x[..., 6:]), nn.Identity())
    assert fields(model, (1, 8, 12)) == [(1, 7), (1, 7)]


def test_poolings_see_what_they_pool():
    whole = nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1))
    assert fields(whole, (1, 9, 11)) == [(3, 3), (9, 11)]
    assert fields(nn.AdaptiveMaxPool2d((2, 3)), (1, 8, 9)) == [(4, 3)]
    assert fields(nn.AvgPool2d((1, 4), stride=(1, 2)), (1, 3, 12)) == [(1, 4)]
    assert fields(nn.MaxPool2d(2, dilation=3), (1, 9, 9)) == [(4, 4)]


def test_a_transposed_convolution_sees_the_cells_that_reach_it():
    # kernel 3, stride 2: a cell of the output lies under two windows at most; kernel 2: under one
    assert fields(nn.ConvTranspose2d(1, 1, 3, stride=2), (1, 6, 6)) == [(2, 2)]
    assert fields(nn.ConvTranspose2d(1, 1, 2, stride=2), (1, 6, 6)) == [(1, 1)]


@pytest.mark.parametrize(
    "activation",
    [
        *(nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Tanh, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Hardswish, nn.Hardsigmoid),
        *(nn.Hardtanh, nn.Softplus, nn.Softsign, nn.Mish, nn.Dropout, nn.PReLU, lambda: nn.Threshold(0.1, 0.0)),
        *(lambda: nn.BatchNorm2d(1), lambda: Calls(lambda x: torch.where(x > 0, x, torch.zeros_like(x)))),
        *(lambda: Calls(lambda x: x * (x > 0)), lambda: Calls(lambda x: x.clamp(0, 1)), lambda: Calls(torch.abs)),
        lambda: Calls(lambda x: torch.where(x > 10, x, torch.zeros_like(x))),
    ],
)
def test_no_activation_hides_what_lies_before_it(activation):
    layers = [nn.Conv2d(1, 1, 3, padding=1), activation()] * 3
    assert fields(nn.Sequential(*layers), (1, 12, 12))[-1] == (7, 7)


def test_a_norm_over_the_image_sees_all_of_it():
    assert fields(nn.GroupNorm(1, 2), (2, 5, 6)) == [(5, 6)]


def test_a_field_ends_at_the_image():
    five = nn.Sequential(*[nn.Conv2d(1, 1, 3, padding=1) for _ in range(5)])
    assert receptive_field([(3, 1, 1)] * 5).size == 11
    assert fields(five, (1, 8, 20))[-1] == (8, 11)


def test_what_looks_at_nothing_has_a_field_of_no_pixels():
    assert fields(nn.Sequential(Calls(torch.zeros_like), nn.Conv2d(1, 1, 3)), (1, 5, 6)) == [(0, 0), (0, 0)]


def test_weights_of_zero_and_broken_statistics_hide_nothing():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1), nn.Conv2d(1, 1, 3))
    nn.init.zeros_(model[0].weight)
    model[1].running_mean.fill_(float("nan"))
    assert fields(model, (1, 9, 9))[-1] == (5, 5)


def test_deep_stacks_neither_overflow_nor_fade():
    layers = [layer for _ in range(30) for layer in (nn.Conv2d(2, 2, 3, padding=1), nn.Sigmoid())]
    assert fields(nn.Sequential(*layers), (2, 64, 2))[-1] == (61, 2)


def test_a_hundred_layers_and_more_leave_numbers_to_compare():
    # sums of 192 terms: were all weights 1, or each a third, 200 layers would overflow
    wide = nn.Conv2d(64, 64, (3, 1), padding=(1, 0))
    model = nn.Sequential(*[wide] * 200, Calls(lambda x: x - x.mean(dim=1, keepdim=True)))
    assert fields(model, (64, 4, 1))[-1] == (4, 1)


# --- the module stays as it is ---------------------------------------------------------------------------------------


def test_the_module_stays_as_it_was():
    torch.manual_seed(3)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.Flatten(), nn.Linear(32, 2)).train()
    model[1].eval()
    model(torch.rand(2, 1, 6, 6)).sum().backward()
    calls = []
    model[0].register_forward_hook(lambda *_: calls.append("after"))
    model[3].register_forward_pre_hook(lambda *_: calls.append("before"))
    modes = [module.training for module in model.modules()]
    before = copy.deepcopy(model.state_dict())
    gradients = [p.grad.clone() for p in model.parameters()]
    state = torch.get_rng_state()
    layer_table(model, (1, 6, 6))
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(map(torch.equal, gradients, (p.grad for p in model.parameters())))
    assert calls == []
    assert [len(module._forward_hooks) for module in model.modules()] == [0, 1, 0, 0, 0, 0]
    assert [len(module._forward_pre_hooks) for module in model.modules()] == [0, 0, 0, 0, 1, 0]
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_dtype_and_device_stay(dtype):
    rows = layer_table(LeNet().to(dtype), (1, 28, 28))
    assert rows == layer_table(LeNet(), (1, 28, 28)) == layer_table(LeNet().to("meta"), (1, 28, 28))
    model = LeNet().to(dtype)
    layer_table(model, (1, 28, 28))
    assert {p.dtype for p in model.parameters()} == {dtype}


def test_a_model_that_asks_for_numbers_or_for_its_own_dtype_is_measured_all_the_same():
    asks = nn.Sequential(Calls(lambda x: x if x.isnan().sum() >= 0 else x[..., 1:]), nn.Conv2d(1, 1, 3))
    casts = nn.Sequential(Calls(lambda x: x.float()), nn.Conv2d(1, 1, 3))
    draws = nn.Sequential(nn.Conv2d(1, 1, 3), Calls(lambda x: x + torch.rand(x.shape, device=x.device)))
    widens = nn.Sequential(Calls(lambda x: x.double()), nn.Conv2d(1, 1, 3).double())
    for model in (asks, casts, draws, widens):
        assert fields(model, (1, 6, 6))[-1] == (3, 3)


def test_the_default_device_is_not_used():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.AvgPool2d(2))
    with torch.device("meta"):
        assert fields(model, (1, 6, 8)) == [(3, 3), (3, 3), (4, 4)]


def test_numbers_that_are_no_weights_come_along():
    class Chosen(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale, self.same = nn.Parameter(torch.tensor(2.0)), nn.Identity()
            self.register_buffer("columns", torch.tensor([0, 3]))

        def forward(self, x):
            return self.same(self.scale * x[..., self.columns].sum(dim=-1, keepdim=True))

    rows = layer_table(Chosen(), (1, 2, 5))
    assert [(row.shape, row.parameters, row.receptive_field) for row in rows] == [
        ((1, 2, 1), 0, (1, 4)),
        ((1, 2, 1), 1, (1, 4)),
    ]


def test_a_parameter_of_whole_numbers_comes_along():
    class Times(nn.Module):
        def __init__(self):
            super().__init__()
            self.times, self.same = nn.Parameter(torch.tensor([3]), requires_grad=False), nn.Identity()

        def forward(self, x):
            return self.same(self.times * x)

    assert [(row.name, row.parameters) for row in layer_table(Times(), (1, 2, 5))] == [("same", 0), ("Times", 1)]


def test_a_layer_may_give_a_dict_and_one_that_gives_no_tensor_has_no_row():
    dicts = nn.Sequential(Calls(lambda x: {"y": x}), Calls(lambda named: named["y"][..., :2]))
    assert [(row.name, row.shape) for row in layer_table(dicts, (1, 2, 3))] == [("0", (1, 2, 3)), ("1", (1, 2, 2))]
    sizes = nn.Sequential(Calls(lambda x: ("size", x.shape)), Calls(lambda named: torch.zeros(named[1])))
    assert [(row.name, row.shape) for row in layer_table(sizes, (1, 2, 3))] == [("1", (1, 2, 3))]


def refuse(x):
    raise RuntimeError(x.dtype)


def refuse_silently(x):
    raise RuntimeError


def test_of_several_failures_the_last_is_told_and_one_without_words_by_its_kind():
    for asked in (True, False):
        with pytest.raises(ValueError, match=r"layer '0' does not take .*; check image_shape: torch.float32$"):
            layer_table(nn.Sequential(Calls(refuse)), (1, 2, 3), fields=asked)
    with pytest.raises(ValueError, match=r"; check image_shape: RuntimeError$"):
        layer_table(nn.Sequential(Calls(refuse_silently)), (1, 2, 3))


def test_the_layer_that_is_lazy_is_named_and_not_what_it_stands_in():
    model = nn.Sequential(nn.LazyConv2d(2, 1))
    model.register_parameter("scale", nn.Parameter(torch.ones(1)))
    with pytest.raises(ValueError, match=r"^layer '0' is lazy and has no parameters yet; call the model once before$"):
        layer_table(model, (1, 2, 3))


@pytest.mark.parametrize(
    ("model", "shape", "error", "message"),
    [
        ([nn.ReLU()], (1, 28, 28), TypeError, "model is a list; expected an nn.Module"),
        (
            nn.Sequential(nn.Bilinear(2, 2, 2)),
            (2,),
            ValueError,
            "layer '0' is a Bilinear, whose cost is not known here;",
        ),
        (
            nn.LSTM(2, 2),
            (3, 2),
            ValueError,
            "layer 'LSTM' is a LSTM, whose cost is not known here; build it from "
            r"layers of torch.nn, such as nn.Conv2d$",
        ),
        (nn.LazyLinear(3), (2,), ValueError, "layer 'LazyLinear' is lazy and has no parameters yet; call the model"),
        (LeNet(), 28, ValueError, r"image_shape is 28; expected \(C, H, W\)"),
        (LeNet(), (), ValueError, r"image_shape is \(\); expected \(C, H, W\)"),
        (LeNet(), (1, 28, 0), ValueError, r"image_shape\[2\] is 0; expected at least 1"),
        (LeNet(), (1, 28.0, 28), TypeError, r"image_shape\[1\] is 28.0, a float"),
        (
            LeNet(),
            (3, 28, 28),
            ValueError,
            r"model does not take its input of shape \(3, 28, 28\); check image_shape: x h",
        ),
        (
            nn.Sequential(*LeNet()),
            (1, 32, 32),
            ValueError,
            r"layer '7' does not take its input of shape \(576,\); check image_shape",
        ),
    ],
)
def test_table_says_what_is_wrong(model, shape, error, message):
    with pytest.raises(error, match=message):
        layer_table(model, shape)


class Uncopied(nn.Module):
    """A module that refuses to be copied, with or without words."""

    def __init__(self, *words):
        super().__init__()
        self.words = words

    def __deepcopy__(self, memo):
        raise ValueError(*self.words)


@pytest.mark.parametrize(("words", "reason"), [(["a lock\nat work"], "a lock"), ([], "ValueError")])
def test_a_module_that_cannot_be_copied_is_refused(words, reason):
    with pytest.raises(TypeError, match=f"^model cannot be copied, and only a copy is measured: {reason}$"):
        layer_table(nn.Sequential(nn.ReLU(), Uncopied(*words)), (1, 2, 2))


def test_shapes_are_those_of_the_formula():
    (row,) = layer_table(nn.Conv2d(1, 2, (3, 5), stride=(3, 4), padding=(0, 1)), (1, 8, 8))
    assert row.shape == (2, *output_shape((8, 8), (3, 5), stride=(3, 4), padding=(0, 1)))
