"""Right answers to pad2d, in the styles that people write."""
import functools
import itertools

import torch


def pad2d_full_and_slice(x, padding, value=0.0):
    """A full tensor, x written into the middle."""
    top, bottom, left, right = padding
    *batch, H, W = x.shape
    out = torch.full((*batch, top + H + bottom, left + W + right), value, dtype=x.dtype, device=x.device)
    out[..., top:top + H, left:left + W] = x
    return out


def pad2d_cat(x, padding, value=0.0):
    """torch.cat: columns first, rows after."""
    top, bottom, left, right = padding
    lead, (h, w) = x.shape[:-2], x.shape[-2:]
    x = torch.cat([x.new_full((*lead, h, left), value), x, x.new_full((*lead, h, right), value)], dim=-1)
    w = x.shape[-1]
    return torch.cat([x.new_full((*lead, top, w), value), x, x.new_full((*lead, bottom, w), value)], dim=-2)


def pad2d_early_returns(x, padding, value=0.0):
    """One side after the other, recursively, with early returns for zeros."""
    top, bottom, left, right = padding
    if top > 0:
        line = torch.full_like(x[..., :1, :], value).expand(*x.shape[:-2], top, x.shape[-1])
        return pad2d_early_returns(torch.cat((line, x), -2), (0, bottom, left, right), value)
    if bottom > 0:
        line = torch.full_like(x[..., :1, :], value).expand(*x.shape[:-2], bottom, x.shape[-1])
        return pad2d_early_returns(torch.cat((x, line), -2), (0, 0, left, right), value)
    if left or right:
        return pad2d_early_returns(x.transpose(-1, -2), (left, right, 0, 0), value).transpose(-1, -2)
    return x.clone()


def pad2d_where(x, padding, value=0.0):
    """Clamped indices and torch.where with a mask."""
    top, bottom, left, right = padding
    H, W = x.shape[-2:]
    r = torch.arange(-top, H + bottom)
    c = torch.arange(-left, W + right)
    inside = ((r >= 0) & (r < H))[:, None] & ((c >= 0) & (c < W))
    stretched = x[..., r.clamp(0, H - 1), :][..., c.clamp(0, W - 1)]
    return torch.where(inside, stretched, torch.tensor(value, dtype=x.dtype))


def pad2d_narrow_copy(x, padding, value=0.0):
    """empty, fill_, narrow, copy_."""
    t, b, l, r = padding
    size = list(x.shape)
    size[-2] += t + b
    size[-1] += l + r
    out = torch.empty(size, dtype=x.dtype)
    out.fill_(value)
    out.narrow(-2, t, x.shape[-2]).narrow(-1, l, x.shape[-1]).copy_(x)
    return out


def pad2d_masked_scatter(x, padding, value=0.0):
    """A boolean mask of the old cells, masked_scatter."""
    top, bottom, left, right = padding
    *lead, h, w = x.shape
    mask = torch.zeros(top + h + bottom, left + w + right, dtype=torch.bool)
    mask[top:top + h, left:left + w] = True
    canvas = x.new_full((*lead, *mask.shape), value)
    return canvas.masked_scatter(mask.expand_as(canvas), x)


def pad2d_cell_loops(x, padding, value=0.0):
    """Loops over all cells of the result; the leading axes go along."""
    top, bottom, left, right = padding
    height, width = x.shape[-2], x.shape[-1]
    result = torch.zeros(x.shape[:-2] + (top + height + bottom, left + width + right), dtype=x.dtype)
    for i in range(top + height + bottom):
        for j in range(left + width + right):
            if top <= i < top + height and left <= j < left + width:
                result[..., i, j] = x[..., i - top, j - left]
            else:
                result[..., i, j] = value
    return result


def pad2d_image_by_image(x, padding, value=0.0):
    """Recursion over the leading axes, one image at a time, stacked."""
    if x.dim() > 2:
        return torch.stack([pad2d_image_by_image(part, padding, value) for part in x])
    top, bottom, left, right = padding
    h, w = x.shape
    new = functools.partial(torch.full, fill_value=value, dtype=x.dtype, device=x.device)
    sides = torch.hstack([new((h, left)), x, new((h, right))])
    return torch.vstack([new((top, left + w + right)), sides, new((bottom, left + w + right))])


def pad2d_borders_by_hand(x, padding, value=0.0):
    """empty, the middle copied, then the four borders."""
    top, bottom, left, right = padding
    H, W = x.shape[-2:]
    out = x.new_empty((*x.shape[:-2], H + top + bottom, W + left + right))
    out[..., top:top + H, left:left + W] = x
    out[..., :top, :] = value
    out[..., top + H:, :] = value
    out[..., :, :left] = value
    out[..., :, left + W:] = value
    return out


def pad2d_roll(x, padding, value=0.0):
    """x into the upper left corner, then rolled to its place."""
    top, bottom, left, right = padding
    h, w = x.shape[-2:]
    big = torch.full(x.shape[:-2] + (h + top + bottom, w + left + right), value, dtype=x.dtype)
    big[..., :h, :w] = x
    return big.roll(shifts=(top, left), dims=(-2, -1))


def pad2d_turns(x, padding, value=0.0):
    """Adds columns on the right, turns by a quarter, four times."""
    top, bottom, left, right = padding

    def add(image, count):
        more = image.new_full((*image.shape[:-1], count), value)
        image = torch.concat([image, more], dim=-1)
        return torch.rot90(image, 1, (-2, -1))     # the right side goes up, the bottom to the right

    return functools.reduce(add, (right, bottom, left, top), x)


def pad2d_index_copy(x, padding, value=0.0):
    """index_copy along one axis and then along the other."""
    top, bottom, left, right = padding
    for dim, before, after in ((-2, top, bottom), (-1, left, right)):
        size = list(x.shape)
        places = torch.arange(before, before + size[dim])
        size[dim] += before + after
        x = torch.full(size, value, dtype=x.dtype).index_copy(dim, places, x)
    return x


def pad2d_as_strided(x, padding, value=0.0):
    """A window into the new tensor's memory by as_strided, x copied into it."""
    top, bottom, left, right = padding
    *lead, h, w = x.shape
    out = torch.full((*lead, top + h + bottom, left + w + right), value, dtype=x.dtype)
    middle = out.as_strided(x.shape, out.stride(), top * out.stride(-2) + left * out.stride(-1))
    middle.copy_(x)
    return out


def pad2d_flat_list(x, padding, value=0.0):
    """A list of rows; each row the concatenation of three pieces."""
    top, bottom, left, right = padding
    lead = tuple(x.shape[:-2])
    width = left + x.shape[-1] + right
    blank = torch.tensor(value, dtype=x.dtype).repeat(lead + (width,))

    def row(i):
        l = blank[..., :left]
        r = blank[..., width - right:]
        return torch.cat((l, x[..., i, :], r), dim=-1)

    rows = itertools.chain([blank] * top, map(row, range(x.shape[-2])), [blank] * bottom)
    return torch.stack(list(rows), dim=-2)


def pad2d_index_put_meshgrid(x, padding, value=0.0):
    """index_put with a meshgrid, on a tensor with its leading axes made one; float64 on the way for floats."""
    names = ("top", "bottom", "left", "right")
    p = dict(zip(names, padding))
    H, W = x.shape[-2:]
    work = x.double() if x.is_floating_point() else x
    work = work.reshape((-1, H, W))
    images, rows, cols = torch.meshgrid(*map(torch.arange, work.shape), indexing="ij")
    room = torch.full((work.shape[0], p["top"] + H + p["bottom"], p["left"] + W + p["right"]), value, dtype=work.dtype)
    room = room.index_put((images, rows + p["top"], cols + p["left"]), work)
    return room.reshape(*x.shape[:-2], *room.shape[1:]).to(x.dtype)


def pad2d_list_padding(x, padding, value=0.0):
    """A class that keeps the four numbers; negative slice ends avoided by lengths."""
    class Padder:
        def __init__(self, top, bottom, left, right, fill):
            self.rows, self.cols, self.fill = (top, bottom), (left, right), fill

        def axis(self, tensor, dim, amounts):
            pieces = []
            for amount in amounts:
                shape = list(tensor.shape)
                shape[dim] = amount
                pieces.append(torch.full(shape, self.fill, dtype=tensor.dtype))
            return torch.cat((pieces[0], tensor, pieces[1]), dim)

        def __call__(self, tensor):
            return self.axis(self.axis(tensor, -2, self.rows), -1, self.cols)

    return Padder(*padding, value)(x)
