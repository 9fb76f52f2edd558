"""Mistakes with kernel_gradient, as people make them."""
import torch
import torch.nn.functional as F


def kernel_gradient_factor_two_forgotten(x, kernel, target):
    """One cause: the derivative of the square is missing its factor 2. [homework]"""
    y = F.conv2d(x[None, None], kernel[None, None])[0, 0]
    error = (y - target) / y.numel()
    return F.conv2d(x[None, None], error[None, None])[0, 0]


def kernel_gradient_sum_and_wrong_sign(x, kernel, target):
    """Two causes: the gradient belongs to the sum of the squares, not to their mean; and the difference is taken as
    target minus output, so it points the other way. [homework, delta rule]"""
    kh, kw = kernel.shape
    oh, ow = target.shape
    out = torch.zeros_like(target)
    for i in range(oh):
        for j in range(ow):
            out[i, j] = (x[i:i + kh, j:j + kw] * kernel).sum()
    diff = 2 * (target - out)
    grad = torch.zeros_like(kernel)
    for a in range(kh):
        for b in range(kw):
            grad[a, b] = (diff * x[a:a + oh, b:b + ow]).sum()
    return grad


def kernel_gradient_turned_by_180(x, kernel, target):
    """One cause: the result is turned by 180 degrees, as it would be for a flipped kernel.
    [https://omaraflak.medium.com/hi-again-420d47e791af]"""
    kh, kw = kernel.shape
    oh, ow = target.shape
    patches = torch.stack([x[a:a + oh, b:b + ow] for a in range(kh) for b in range(kw)])
    y = torch.einsum("pij,p->ij", patches, kernel.flatten())
    delta = 2 * (y - target) / target.numel()
    grad = torch.einsum("pij,ij->p", patches, delta).view(kh, kw)
    return torch.rot90(grad, 2)
