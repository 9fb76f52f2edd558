"""Two processes that share every batch end with the weights of one process that has it all."""

import os
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist

from cnncourse.data import digits
from cnncourse.distributed import MOMENTUM, fit_together, process_group, share
from cnncourse.lenet import LeNet, ModernLeNet
from cnncourse.training import fit, load_weights, seeded, split

LIMIT = 120  # seconds: a hang is a failure


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


def test_a_batch_that_cannot_be_shared_equally_is_refused():
    run = torchrun("--data", "digits", "--batch-size", "63")
    assert run.returncode != 0
    assert "ValueError: batch_size is 63; expected a multiple of 2, the number of processes" in run.stderr


def test_started_alone_it_says_how_to_start(monkeypatch):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    with pytest.raises(RuntimeError, match="started alone; use torchrun --standalone"), process_group():
        pass


def test_batch_normalisation_is_refused():
    data = torch.zeros(4, 1, 28, 28), torch.zeros(4, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"model has batch normalisation \(norm1\), over each process's share alone"):
        fit_together(ModernLeNet(), data, data, epochs=1)


def test_shares_are_disjoint_and_together_the_batch(monkeypatch):
    batch = torch.arange(12)
    monkeypatch.setattr(dist, "get_world_size", lambda: 3)
    parts = []
    for rank in range(3):
        monkeypatch.setattr(dist, "get_rank", lambda rank=rank: rank)
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
