"""Mistakes with same_padding, as people make them."""
import torch


def same_padding_left_over_before(kernel_size, dilation=1):
    """The cell left over goes before the image, above or on the left, instead of after it. One cause. [D2L, which puts
    the larger half on top]"""
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    dh, dw = (dilation, dilation) if isinstance(dilation, int) else dilation
    total_h = dh * (kh - 1)
    total_w = dw * (kw - 1)
    bottom, right = total_h // 2, total_w // 2
    return (total_h - bottom, bottom, total_w - right, right)


def same_padding_half_kernel_both_sides(kernel_size, dilation=1):
    """Half the kernel (rounded down) times the dilation goes on both sides, which is one step too much for even
    kernels. One cause. [padding=k//2 for all kernels; github.com/williamyang1991/StyleGANEX/issues/16]"""
    def both(v):
        return v if isinstance(v, (tuple, list)) else (v, v)

    vertical, horizontal = [k // 2 * d for k, d in zip(both(kernel_size), both(dilation))]
    return vertical, vertical, horizontal, horizontal


def same_padding_no_dilation_torch_order(kernel_size, dilation=1):
    """The dilation is not used, and the four numbers come in the order of F.pad, (left, right, top, bottom). Two
    causes. [github.com/microsoft/onnxscript/pull/3037 for the dilation]"""
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size, kernel_size)
    pads = []
    for k in reversed(kernel_size):
        before, rest = divmod(k - 1, 2)
        pads += [before, before + rest]
    return tuple(pads)


def same_padding_kernel_times_dilation(kernel_size, dilation=1):
    """The spread kernel is taken to be k * d cells long instead of d * (k - 1) + 1, so there is too much padding as
    soon as d is 2. One cause. [github.com/NVIDIA-NeMo/Speech/pull/1986]"""
    k = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    d = [dilation] * 2 if isinstance(dilation, int) else list(dilation)
    out = []
    for axis in range(2):
        whole = k[axis] * d[axis] - 1
        out.append(whole // 2)
        out.append(whole - whole // 2)
    return tuple(out)
