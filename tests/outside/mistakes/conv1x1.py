"""Mistakes with conv1x1, as people make them."""
import torch


def conv1x1_weight_reshaped(x, weight):
    """The weight is brought to (C_in, C_out) by reshape, which keeps the numbers in a row, where a transpose was
    needed. One cause. [forum, reshape or transpose]"""
    c_out, c_in = weight.shape
    last = x.movedim(-3, -1)
    mixed = last @ weight.reshape(c_in, c_out)
    return mixed.movedim(-1, -3)


def conv1x1_view_for_permute(x, weight):
    """The pixels are cut out by view(-1, C_in) although the channels are not the last axis, so a row holds neighbouring
    pixels and not the channels of one. One cause. [forum, view or permute]"""
    c_in, h, w = x.shape[-3:]
    rows = x.contiguous().view(*x.shape[:-3], h * w, c_in)
    out = torch.matmul(rows, weight.t())
    return out.transpose(-1, -2).reshape(*x.shape[:-3], weight.shape[0], h, w)


def conv1x1_channels_stay_last(x, weight):
    """The channels were moved to the end for the product and are not moved back. One cause. [forum, nn.Linear after
    permute]"""
    if x.dim() == 3:
        return torch.einsum("chw,oc->hwo", x, weight)
    return torch.einsum("nchw,oc->nhwo", x, weight)


def conv1x1_mean_and_no_transpose(x, weight):
    """The weighted channels are averaged instead of added, and the rows of pixels are reshaped to (C_out, H, W) without
    a transpose. Two causes. [homework]"""
    single = x.dim() == 3
    batch = x.unsqueeze(0) if single else x
    results = []
    for img in batch:
        c, h, w = img.shape
        pixels = img.reshape(c, h * w).T
        out = torch.stack([(pixels * row).mean(dim=1) for row in weight], dim=1)
        results.append(out.reshape(weight.shape[0], h, w))
    results = torch.stack(results)
    return results[0] if single else results


def conv1x1_batch_flattened_first(x, weight):
    """A batch is reshaped to (C_in, N * H * W) although the batch is its first axis, so images and channels are mixed;
    a single image is right. One cause. [D2L's corr2d_multi_in_out_1x1, carried over to a batch]"""
    h, w = x.shape[-2:]
    c_o, c_i = weight.shape
    flat = x.reshape(c_i, -1)
    y = torch.mm(weight, flat)
    if x.ndim == 4:
        return y.reshape(x.shape[0], c_o, h, w)
    return y.reshape(c_o, h, w)
