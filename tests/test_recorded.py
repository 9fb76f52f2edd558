"""What benchmarks recorded is measured again, a sample of each: a record that no run would give fails here.

The shares of `lenet_forward` are times, which no test measures; `make bench` does.
"""

import json
import sys
from argparse import Namespace

import pytest
import torch

from cnncourse.data import digits
from cnncourse.lenet import recorded
from tools.pages import ROOT

BENCHMARKS = ROOT / "benchmarks"
RECORDS = {path.stem: path for path in sorted((ROOT / "cnncourse/recorded").glob("*.json"))}


@pytest.fixture
def benchmark(monkeypatch):
    """Import a benchmark by name, as `make bench` finds it."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])

    def load(name):
        return __import__(name)

    return load


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_names_its_machine_and_the_benchmark_that_made_it(name):
    record = json.loads(RECORDS[name].read_text(encoding="utf-8"))
    assert set(record["machine"]) == {"processor", "python", "threads", "torch"}
    assert f"recorded/{name}.json" in (BENCHMARKS / f"{name}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("recipe", "what"),
    [("modern, without", "nothing"), ("modern, without", "training of conv1"), ("old, with", "nothing")],
)
def test_the_first_run_of_a_part_comes_out_as_recorded(benchmark, monkeypatch, recipe, what):
    parts = benchmark("lenet_parts")
    monkeypatch.setattr(parts, "RUNS", 1)
    (found,) = parts.accuracies(*parts.ROWS[recipe][what])
    assert found == pytest.approx(recorded("lenet_parts")["parts"][recipe][what][0], abs=0.02)


@pytest.mark.parametrize("name", ["tanh", "sigmoid - 1/2, its twin's start"])
def test_the_first_run_of_a_start_comes_out_as_recorded(benchmark, monkeypatch, name):
    parts = benchmark("lenet_parts")
    monkeypatch.setattr(parts, "RUNS", 1)
    (found,) = parts.start_accuracies(parts.STARTS[name], 0.002, scaled=False)
    assert found == pytest.approx(recorded("lenet_parts")["starts"][name]["0.002"][0], abs=0.05)


@pytest.mark.parametrize("remedy", ["none", "dropout 0.5"])
def test_the_first_losses_of_overfitting_come_out_as_recorded(benchmark, monkeypatch, remedy):
    overfitting = benchmark("lenet_overfitting")
    monkeypatch.setattr(overfitting, "EPOCHS", 6)
    history = overfitting.train(0, **overfitting.REMEDIES[remedy])
    curves = recorded("lenet_overfitting")["remedies"][remedy]
    for kind in ("train_loss", "validation_loss"):
        assert list(getattr(history, kind)) == pytest.approx(curves[kind][0][:6], rel=0.02)


def test_other_models_read_the_digits_as_recorded(benchmark):
    folds = benchmark("lenet_digits")
    for model, name in ((folds.SVC(gamma=0.001), "svc"), (folds.LogisticRegression(C=0.01, max_iter=1000), "linear")):
        assert folds.share(folds.by_others(model)) == pytest.approx(recorded("lenet_digits")[name], abs=0.001)


def test_a_network_of_one_fold_reads_about_as_well_as_recorded_over_all(benchmark):
    folds, record = benchmark("lenet_digits"), recorded("lenet_digits")
    images, labels = digits(28)
    rest, fold = folds.folds()[0]
    model, _ = folds.fit_network((images[rest, None], labels[rest]), 0, Namespace(**record))
    with torch.no_grad():
        right = model.eval()(images[fold, None]).argmax(dim=1) == labels[fold]
    assert folds.share(right) == pytest.approx(record["cnn"][0], abs=0.02)


def test_seeds_of_the_folds_add_up():
    record = recorded("lenet_digits")
    for accuracy, only_cnn, only_svc in zip(
        record["cnn"], record["only_cnn_wrong"], record["only_svc_wrong"], strict=True
    ):
        assert round(1797 * accuracy) - round(1797 * record["svc"]) == only_svc - only_cnn
