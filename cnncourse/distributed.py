"""The same training by several processes: each takes its share of every batch, and they average their gradients.

    torchrun --standalone --nproc-per-node 2 -m cnncourse.distributed --epochs 1 --save weights.pt

The mean over a batch is the mean of the means over equal shares, so the weights are those of a single process, up to
rounding. Adam divides by the size of the gradient and makes much of the rounding where that is almost 0; gradient
descent with momentum does not, and is used here.

Batch normalisation would break the equality: each process would normalise with the mean and the variance of its own
share. ``torch.nn.SyncBatchNorm`` shares those too, at the price of a message a layer; LeNet needs none.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from cnncourse.training import Data, History, fit, require_data, save_weights, seeded, train_step

MOMENTUM = partial(torch.optim.SGD, momentum=0.9)
TIMEOUT = timedelta(seconds=120)  # a process that waits longer for another fails


def share(batch: Tensor) -> Tensor:
    """Return this process's share of a batch: every n-th row, beginning with its own number.

    Raises:
        ValueError: the shares would differ in size, and the mean of their means would not be the batch's mean.
    """
    processes = dist.get_world_size()
    if len(batch) % processes:
        raise ValueError(f"batch_size is {len(batch)}; expected a multiple of {processes}, the number of processes")
    return batch[dist.get_rank() :: processes]


def shared_step(
    model: nn.Module,
    updates: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
) -> tuple[float, float]:
    """Make one update from this process's share; returns the share's loss and accuracy before it.

    ``backward`` on a `DistributedDataParallel` model averages the gradients of all processes.
    """
    return train_step(model, updates, share(images), share(labels))


def fit_together(model: nn.Module, train: Data, validation: Data, **settings: Any) -> History:
    """Train as `cnncourse.training.fit` does, in every process at once; all end with the same weights.

    Args:
        model: without batch normalisation, save ``torch.nn.SyncBatchNorm``; on this process's device.
        train, validation: the same in every process.
        settings: as for `fit`; ``batch_size`` is that of all processes together.

    Raises:
        ValueError: the model normalises over a process's own share, or shares are not equal.

    Source: chapter "MNIST"; Li et al. 2020.
    """
    _require_shared_norms(model)
    require_data("train", train)
    on_cpu = all(parameter.device.type == "cpu" for parameter in model.parameters())
    device_ids = None if on_cpu else [torch.cuda.current_device()]
    together = DistributedDataParallel(model, device_ids=device_ids)
    return fit(together, train, validation, step=shared_step, **settings)


def _require_shared_norms(model: nn.Module) -> None:
    norms = [
        name or "the model itself"
        for name, layer in model.named_modules()
        if isinstance(layer, nn.modules.batchnorm._BatchNorm) and not isinstance(layer, nn.SyncBatchNorm)
    ]
    if norms:
        raise ValueError(
            f"model has batch normalisation ({', '.join(norms)}), over each process's share alone; "
            "use nn.SyncBatchNorm.convert_sync_batchnorm(model), on GPUs, or a model without it"
        )


@contextmanager
def process_group() -> Iterator[torch.device]:
    """Join the other processes that torchrun started, and leave them at the end; yields this process's device."""
    if "LOCAL_RANK" not in os.environ:
        raise RuntimeError("started alone; use torchrun --standalone --nproc-per-node 2 -m cnncourse.distributed")
    gpu = torch.cuda.is_available() and torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if gpu else "gloo", timeout=TIMEOUT)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def main() -> None:
    """Train LeNet on MNIST, or on scikit-learn's digits; the first process reports and saves."""
    from cnncourse.data import digits, mnist
    from cnncourse.lenet import LeNet
    from cnncourse.training import split

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=("mnist", "digits"), default="mnist")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=128, help="of all processes together")
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=Path, help="file for the weights")
    options = parser.parse_args()
    images, labels = mnist()[:2] if options.data == "mnist" else digits(28)
    train, validation = split((images[:, None], labels), len(images) // 12)
    with seeded(options.seed):  # the same first weights in every process
        model = LeNet("relu", "max")
    with process_group() as device:
        settings = {"epochs": options.epochs, "batch_size": options.batch_size, "lr": options.lr, "seed": options.seed}
        first = dist.get_rank() == 0
        history = fit_together(model.to(device), train, validation, optimizer=MOMENTUM, progress=first, **settings)
        if first:
            print(f"{dist.get_world_size()} processes: validation accuracy {max(history.validation_accuracy):.4f}")
            if options.save:
                save_weights(model, options.save)


if __name__ == "__main__":
    main()
