"""Mistakes with unused_cells, as people make them."""
import torch


def unused_cells_padding_counted(size, kernel_size, stride, padding=(0, 0)):
    """One cause: the remainder of the padded size is returned as it is, so padding cells beyond the last window count
    as well. [homework]"""
    rest = []
    for n, k, s, p in zip(size, kernel_size, stride, padding):
        rest.append((n + 2 * p - k) % s)
    return tuple(rest)


def unused_cells_below_zero(size, kernel_size, stride, padding=(0, 0)):
    """One cause: where the last window reaches into the padding the difference is negative, and it is not set to 0.
    [homework]"""
    def beyond(axis):
        last = (size[axis] + 2 * padding[axis] - kernel_size[axis]) // stride[axis]
        end = last * stride[axis] + kernel_size[axis] - padding[axis]
        return size[axis] - end

    return beyond(0), beyond(1)


def unused_cells_no_padding_strides_exchanged(size, kernel_size, stride, padding=(0, 0)):
    """Two causes: the padding is not used at all; and the strides are taken as (horizontal, vertical). [homework]"""
    (H, W), (kh, kw), (sw, sh) = size, kernel_size, stride
    used_rows = set()
    for top in range(0, H - kh + 1, sh):
        used_rows.add(top + kh)
    used_cols = set()
    for left in range(0, W - kw + 1, sw):
        used_cols.add(left + kw)
    return H - max(used_rows), W - max(used_cols)
