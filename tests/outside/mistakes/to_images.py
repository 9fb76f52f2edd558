"""Mistakes with to_images, as people make them."""
import numpy as np
import torch


def to_images_each_by_its_maximum(pixels):
    """One cause: each image is divided by its own brightest pixel, not all by 255. [homework, contrast stretching]"""
    x = pixels.float().unsqueeze(1)
    brightest = x.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1)
    return x / brightest


def to_images_channel_last_float64(pixels):
    """Two causes: the channel axis is put last, as Keras wants it; and NumPy's division leaves float64.
    [https://packtpub.com, Keras: (60000, 28, 28, 1); homework]"""
    a = pixels.numpy()
    a = a[..., np.newaxis]
    return torch.from_numpy(a / 255)


def to_images_integer_division(pixels):
    """One cause: the bytes are divided by 255 with //, so all but white becomes 0. [Stack Overflow, uint8 division]"""
    n, h, w = pixels.shape
    scaled = pixels // 255
    return scaled.view(n, 1, h, w).to(torch.float32)


def to_images_minus_one_to_one(pixels):
    """One cause: the scale is moved to -1 to 1, as Normalize(0.5, 0.5) does, so black is -1.
    [https://discuss.pytorch.org/t/mnist-normalizing-and-scaling-the-dataset-at-the-same-time/95218]"""
    images = pixels[:, None].to(torch.float32).div(255)
    return (images - 0.5) / 0.5
