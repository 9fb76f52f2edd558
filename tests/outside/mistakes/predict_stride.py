"""Mistakes with predict_stride, as people make them."""
import torch


def predict_stride_partial_windows_count():
    """One cause: a last window that hangs over the end is counted as well, so the division is rounded up and no cell is
    left unreached. [https://github.com/BVLC/caffe/issues/1318]"""
    return {
        "11 cells, kernel 4, stride 3: output": 4,
        "... of these 11 cells, how many does no window reach": 0,
        "9x7, kernel (2, 3), stride (4, 2), padding (1, 1)": (4, 4),
        "12 cells, kernel 4, stride 1, dilation 2: output": 6,
        "25 cells, kernel 4, stride 2, dilation 5: output": 6,
        "kernel 6, stride 3; then kernel 3, dilation 2: cells seen": 18,
    }


def predict_stride_dilation_is_the_gap():
    """One cause: dilation d is taken as d cells left out between two cells of the kernel, so the kernel spans
    k + (k - 1) * d. [forum, dilation rate against number of holes]"""
    return {
        "11 cells, kernel 4, stride 3: output": 3,
        "... of these 11 cells, how many does no window reach": 1,
        "9x7, kernel (2, 3), stride (4, 2), padding (1, 1)": (3, 4),
        "12 cells, kernel 4, stride 1, dilation 2: output": 3,
        "25 cells, kernel 4, stride 2, dilation 5: output": 4,
        "kernel 6, stride 3; then kernel 3, dilation 2: cells seen": 24,
    }
