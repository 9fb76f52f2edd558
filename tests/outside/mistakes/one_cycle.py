"""Mistakes with one_cycle, as people make them."""
import math

import numpy as np


def one_cycle_decay_starts_at_zero(progress, warm_up=0.2):
    """One cause: the cosine counts from the start of the training, not from the end of the warm-up, so the factor jumps
    down there. [https://github.com/facebookresearch/fairchem/pull/1967]"""
    if progress < warm_up:
        return progress / warm_up
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def one_cycle_quarter_of_a_period(progress, warm_up=0.2):
    """One cause: the fall follows a quarter of the cosine's period, cos(pi / 2 * t), which does not end flat.
    [https://github.com/kekmodel/FixMatch-pytorch/issues/6]"""
    rising = progress < warm_up
    t = progress / warm_up if rising else (progress - warm_up) / (1 - warm_up)
    return float(t) if rising else math.cos(math.pi / 2 * t)


def one_cycle_no_rise_divides_by_zero(progress, warm_up=0.2):
    """One cause: with <= the start of a training without warm-up falls into the rise, and progress / warm_up is 0 / 0.
    [homework, edge case]"""
    if progress <= warm_up:
        factor = progress / warm_up
    else:
        rest = (progress - warm_up) / (1.0 - warm_up)
        factor = (1 + math.cos(rest * math.pi)) / 2
    return factor


def one_cycle_cosine_rise_unscaled_fall(progress, warm_up=0.2):
    """Two causes: the warm-up rises along a cosine as well, not a straight line; and the fall is not stretched over the
    rest, cos(pi * (p - w)), so it does not reach 0. [PyTorch's OneCycleLR, anneal_strategy="cos"; homework]"""
    def half_cosine(start, end, t):
        return end + (start - end) * (1 + math.cos(math.pi * t)) / 2

    if progress < warm_up:
        return half_cosine(0.0, 1.0, progress / warm_up)
    return half_cosine(1.0, 0.0, progress - warm_up)


def one_cycle_half_forgotten(progress, warm_up=0.2):
    """One cause: the fall is 1 + cos without the half, so it starts at 2. [homework]"""
    if progress < warm_up:
        return float(np.interp(progress, [0.0, warm_up], [0.0, 1.0]))
    t = (progress - warm_up) / (1 - warm_up)
    return float(1 + np.cos(np.pi * t))
