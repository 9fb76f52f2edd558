"""Two processes that share every batch end with the weights of one process that has it all."""

import os
import re
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist
from torch import nn

from cnncourse import distributed
from cnncourse.data import digits
from cnncourse.distributed import MOMENTUM, fit_together, process_group, share, shared_step
from cnncourse.lenet import LeNet, ModernLeNet
from cnncourse.training import fit, load_weights, seeded, split

LIMIT = 900  # seconds: a hang is a failure; a busy machine is none


def torchrun(*arguments, processes=2):
    """Start processes on a free port of this machine."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        [*command, "-m", "cnncourse.distributed", *arguments],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=environment,
        check=False,
    )


def test_two_processes_give_the_weights_of_one(tmp_path):
    path = tmp_path / "together.pt"
    run = torchrun(*f"--data digits --epochs 1 --batch-size 64 --lr 0.05 --seed 5 --save {path}".split())
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.count("2 processes: validation accuracy") == 1  # one of them reports
    images, labels = digits(28)
    train, validation = split((images[:, None], labels), len(images) // 12)
    with seeded(5):
        alone = LeNet("relu", "max")
    start = {name: value.clone() for name, value in alone.state_dict().items()}
    fit(alone, train, validation, epochs=1, batch_size=64, lr=0.05, optimizer=MOMENTUM, seed=5, progress=False)
    together = LeNet("relu", "max")
    load_weights(together, path)
    apart, moved = (
        max((value - other[name]).abs().max().item() for name, value in together.state_dict().items())
        for other in (alone.state_dict(), start)
    )
    assert apart < 1e-5
    assert moved > 0.01  # a thousand times the tolerance: something was learned


def one_of(processes, rank, monkeypatch):
    """Let this process believe that it is one of several."""
    monkeypatch.setattr(dist, "get_world_size", lambda: processes)
    monkeypatch.setattr(dist, "get_rank", lambda: rank)
    monkeypatch.setattr(distributed, "DistributedDataParallel", lambda model, device_ids: model)


def test_a_batch_that_cannot_be_shared_equally_is_refused(monkeypatch):
    one_of(2, 0, monkeypatch)
    data = torch.zeros(64, 1, 28, 28), torch.zeros(64, dtype=torch.int64)
    message = "batch_size is 63; expected a multiple of 2, the number of processes"
    with pytest.raises(ValueError, match=message):
        fit_together(LeNet(), data, data, epochs=1, batch_size=63, progress=False)


def test_each_process_trains_on_its_own_share(monkeypatch):
    data = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0)), torch.arange(8)
    losses = []
    for rank in range(2):
        one_of(2, rank, monkeypatch)
        with seeded(0):
            model = LeNet("relu", "max")
        losses += fit_together(model, data, data, epochs=1, progress=False).train_loss
    with seeded(0):
        alone = LeNet("relu", "max")
    whole = fit(alone, data, data, epochs=1, progress=False).train_loss[0]
    assert sum(losses) / 2 == pytest.approx(whole, abs=1e-6)
    assert losses[0] != losses[1]


def test_started_alone_it_says_how_to_start(monkeypatch):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    with pytest.raises(RuntimeError, match="started alone; use torchrun --standalone"), process_group():
        pass


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (ModernLeNet(), "norm1, norm2, norm3"),
        (nn.Sequential(nn.Flatten(), nn.SyncBatchNorm(784), nn.Linear(784, 10), nn.BatchNorm1d(10)), "3"),
        (nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(784, 10), nn.BatchNorm1d(10))), "1.1"),
        (nn.BatchNorm2d(1), "the model itself"),
    ],
    ids=["first", "behind one that is shared", "inside", "alone"],
)
def test_batch_normalisation_is_refused_wherever_it_stands(model, names):
    data = torch.zeros(4, 1, 28, 28), torch.zeros(4, dtype=torch.int64)
    message = f"model has batch normalisation ({names}), over each process's share alone; use nn.SyncBatchNorm."
    with pytest.raises(ValueError, match=re.escape(message)):
        fit_together(model, data, data, epochs=1)


def test_shared_batch_normalisation_is_let_through(monkeypatch):
    passed = []
    monkeypatch.setattr(distributed, "DistributedDataParallel", lambda model, device_ids: model)
    monkeypatch.setattr(distributed, "fit", lambda *arguments, **settings: passed.append(settings["step"]))
    data = torch.zeros(4, 1, 28, 28), torch.zeros(4, dtype=torch.int64)
    fit_together(nn.SyncBatchNorm.convert_sync_batchnorm(ModernLeNet()), data, data, epochs=1)
    assert passed == [shared_step]


def test_shares_are_disjoint_and_together_the_batch(monkeypatch):
    batch = torch.arange(12)
    parts = []
    for rank in range(3):
        one_of(3, rank, monkeypatch)
        parts.append(share(batch).tolist())
    assert parts == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]


def test_batch_normalisation_depends_on_the_share():
    with seeded(0):
        model = ModernLeNet().double().train()
        batch = torch.randn(8, 1, 28, 28, dtype=torch.float64)
    whole, halves = model(batch), torch.cat([model(batch[:4]), model(batch[4:])])
    assert (whole - halves).abs().max() > 0.1
    with seeded(0):
        plain = LeNet("relu", "max").double()
    torch.testing.assert_close(plain(batch), torch.cat([plain(batch[:4]), plain(batch[4:])]), rtol=0, atol=1e-12)
