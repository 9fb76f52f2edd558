"""Mistakes with predict_channels, as people make them."""
import torch


def predict_channels_flat_filters():
    """One cause: each output channel is given one flat k by k kernel, without the depth of the channels that come in.
    [https://community.deeplearning.ai/t/how-many-biases-are-there-in-one-cnn-layer/19418]"""
    return {
        "weight.shape of Conv2d(3, 8, 5)": (8, 5, 5),
        "parameters of Conv2d(3, 10, 5), biases included": 260,
        "(3, 10, 12) through Conv2d(3, 6, 3) becomes": (6, 8, 10),
        "weight.shape of Conv2d(64, 16, 1)": (16, 1, 1),
        "parameters of Conv2d(64, 16, 1), biases included": 32,
        "(64, 7, 9) through Conv2d(64, 16, 1) becomes": (16, 7, 9),
    }


def predict_channels_in_before_out():
    """One cause: the weight's shape is written with the channels in the order of the arguments, in before out.
    [forum, weight layout (out, in, kH, kW)]"""
    return {
        "weight.shape of Conv2d(3, 8, 5)": (3, 8, 5, 5),
        "parameters of Conv2d(3, 10, 5), biases included": 760,
        "(3, 10, 12) through Conv2d(3, 6, 3) becomes": (6, 8, 10),
        "weight.shape of Conv2d(64, 16, 1)": (64, 16, 1, 1),
        "parameters of Conv2d(64, 16, 1), biases included": 1040,
        "(64, 7, 9) through Conv2d(64, 16, 1) becomes": (16, 7, 9),
    }
