"""Say what comes out before you run anything.

`Conv2d(c_in, c_out, k)` is PyTorch's layer: k by k kernels, stride 1, no padding, and a bias for each output channel.
Six short questions about such layers; a shape is a tuple of whole numbers, a count is a whole number. Paper is
allowed, code is not.
"""

import torch

from cnncourse.exercises.model import Exercise, Wrong


def predict_channels():
    """Answer each: a tuple of ints for a shape, an int for a count."""
    return {
        "weight.shape of Conv2d(3, 8, 5)": (8, 3, 5, 5),
        "parameters of Conv2d(3, 10, 5), biases included": 760,
        "(3, 10, 12) through Conv2d(3, 6, 3) becomes": (6, 8, 10),
        "weight.shape of Conv2d(64, 16, 1)": (16, 64, 1, 1),
        "parameters of Conv2d(64, 16, 1), biases included": 1040,
        "(64, 7, 9) through Conv2d(64, 16, 1) becomes": (16, 7, 9),
    }


def from_torch():
    """Build the layers and ask them, without a touch to the global random state."""
    with torch.random.fork_rng(devices=[]):
        layers = {sizes: torch.nn.Conv2d(*sizes) for sizes in ((3, 8, 5), (3, 10, 5), (3, 6, 3), (64, 16, 1))}
    answers = {}
    for (c_in, c_out, k), layer in layers.items():
        name = f"Conv2d({c_in}, {c_out}, {k})"
        answers[f"weight.shape of {name}"] = tuple(layer.weight.shape)
        answers[f"parameters of {name}, biases included"] = sum(p.numel() for p in layer.parameters())
    for shape, sizes in (((3, 10, 12), (3, 6, 3)), ((64, 7, 9), (64, 16, 1))):
        name = "Conv2d({}, {}, {})".format(*sizes)
        answers[f"{shape} through {name} becomes"] = tuple(layers[sizes](torch.zeros(shape)).shape)
    return {question: answers[question] for question in predict_channels()}


EXERCISE = Exercise(
    title="Shapes and counts with channels",
    solution=predict_channels,
    oracle=from_torch,
    read="channels: Several kernels, several channels out",
    minutes=5,
    difficulty=1,
    hints=(
        "How many numbers does a 5×5 kernel need to read a colour image? It reads all three planes at once.",
        "A bank lists its kernels first: output channels, input channels, height, width. Its parameters are all of "
        "these multiplied, and then the biases.",
        "Each kernel sums over all input channels and gives one output channel; a window of k cells fits n - k + 1 "
        "times along an axis of n. A bias is one number for each output channel.",
    ),
    wrong=(
        Wrong(
            "one-plane-a-kernel",
            "You count one plane for each kernel. A kernel has a plane for every input channel: on a colour image it "
            "holds three times as many numbers.",
            "channels: How many numbers does a 3×3 kernel hold?",
            (
                ("(8, 3, 5, 5)", "(8, 1, 5, 5)"),
                ("760", "260"),
                ("(16, 64, 1, 1)", "(16, 1, 1, 1)"),
                ("1040", "32"),
            ),
        ),
        Wrong(
            "input-channels-first",
            "You put the input channels first. A bank lists its kernels first, one for each output channel; the "
            "planes of a kernel come second.",
            "channels: Several kernels, several channels out",
            (("(8, 3, 5, 5)", "(3, 8, 5, 5)"), ("(16, 64, 1, 1)", "(64, 16, 1, 1)")),
        ),
        Wrong(
            "channels-kept",
            "Your output has as many channels as the input. The number of kernels decides: each gives one output "
            "channel.",
            "channels: Several kernels, several channels out",
            (("(6, 8, 10)", "(3, 8, 10)"), ("(16, 7, 9)", "(64, 7, 9)")),
        ),
        Wrong(
            "channels-multiplied",
            "You let each kernel give an output channel for every input channel. A kernel sums over all input "
            "channels: only one comes out.",
            "channels: How does one kernel read several channels?",
            (("(6, 8, 10)", "(18, 8, 10)"), ("(16, 7, 9)", "(1024, 7, 9)")),
        ),
        Wrong(
            "biases-forgotten",
            "You count the kernels alone. Each output channel has a bias as well, and it is learned, too.",
            "channels: How many numbers does a 3×3 kernel hold?",
            (("760", "750"), ("1040", "1024")),
        ),
        Wrong(
            "one-bias",
            "You count a single bias for the whole layer. Each output channel has its own.",
            "channels: How many numbers does a 3×3 kernel hold?",
            (("760", "751"), ("1040", "1025")),
        ),
        Wrong(
            "bias-for-each-plane",
            "You count a bias for every plane of every kernel. It is added after the sum over the planes: one for each "
            "output channel.",
            "channels: How many numbers does a 3×3 kernel hold?",
            (("760", "780"), ("1040", "2048")),
        ),
    ),
)
