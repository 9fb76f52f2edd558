"""Every catalogued wrong answer is caught and named, none is named wrongly, and no saboteur passes or breaks out."""

import json
import sys

import numpy as np
import pytest
import torch
from torch import Tensor

from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import DRAWS
from cnncourse.exercises.runner import RUNG_LABELS, run
from tests.answers import own
from tools.pages import ROOT

SEEDS = (0, 100 * DRAWS)
ARTIFACT = ROOT / "_build" / "exercises"
each = pytest.mark.parametrize("name", ids())


@each
def test_every_wrong_answer_fails_under_its_own_name(name):
    exercise = load(name)
    confusion = {}
    for label, function in exercise.wrong_functions.items():
        verdicts = [run(name, own(function), seed) for seed in SEEDS]
        found = [str(verdict.label) for verdict in verdicts]
        confusion[label] = {other: found.count(other) for other in sorted(set(found))}
        assert all(verdict.status == "failed" for verdict in verdicts)
        assert all(len(verdict.message.splitlines()) <= 14 for verdict in verdicts)
    ARTIFACT.mkdir(parents=True, exist_ok=True)
    (ARTIFACT / f"confusion-{name}.json").write_text(json.dumps(confusion, indent=1))
    assert confusion == {label: {label: len(SEEDS)} for label in exercise.wrong_functions}


def test_a_misconception_is_not_named_on_the_evidence_of_one_case():
    exercise = load("conv2d")
    right, flipped = own(exercise.solution), own(exercise.wrong_functions["kernel-flipped"])
    calls = 0

    def sometimes(x, weight, bias=None, stride=1, padding=0):
        nonlocal calls
        calls += 1
        return (flipped if calls == 4 else right)(x, weight, bias, stride, padding)

    verdict = run("conv2d", sometimes)
    assert (verdict.status, verdict.label, verdict.passed) == ("failed", None, verdict.planned - 1)


def like(value, fill):
    """Build a result of the same form with other numbers in it."""
    if isinstance(value, Tensor):
        return torch.full_like(value, fill)
    if isinstance(value, dict):
        return {key: like(one, fill) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(like(one, fill) for one in value)
    return {bool: bool(fill), int: fill, float: float(fill)}.get(type(value), str(fill))


def other_dtype(value):
    if isinstance(value, Tensor):
        return value.to(torch.float16)
    if isinstance(value, dict):
        return {key: other_dtype(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [other_dtype(one) for one in value] if isinstance(value, tuple) else tuple(value)
    return str(value)


def mutate(args):
    """Spoil the first argument that can be spoilt; end Python, where none can."""
    for value in args:
        if isinstance(value, Tensor):
            value.zero_()
            value -= 1
            return
        if isinstance(value, list) and value:
            value.reverse()
            value.append(value[0])
            return
    sys.exit(1)


def endless():
    while True:
        try:  # noqa: SIM105 - it tries to survive
            pass
        except BaseException:
            pass


def saboteurs(solution):
    """List functions that are no answers, by name; each takes any arguments."""

    def raising():
        raise RuntimeError("deliberate")

    def detached(value):
        return value.detach().clone() if isinstance(value, Tensor) else None

    return {
        "None": lambda *a, **k: None,
        "zeros": lambda *a, **k: like(solution(*a, **k), 0),
        "ones": lambda *a, **k: like(solution(*a, **k), 1),
        "identity": lambda *a, **k: a[0] if a else {},
        "numpy": lambda *a, **k: np.zeros((2, 2)),
        "wrong dtype": lambda *a, **k: other_dtype(solution(*a, **k)),
        "NaN": lambda *a, **k: like(solution(*a, **k), float("nan")),
        "mutating": lambda *a, **k: (solution(*a, **k), mutate((*a, *k.values())))[0],
        "detached": lambda *a, **k: detached(solution(*a, **k)),
        "endless": lambda *a, **k: endless(),
        "raising": lambda *a, **k: raising(),
        "SystemExit": lambda *a, **k: sys.exit(0),
        "wrong rank": lambda *a, **k: [solution(*a, **k)],
    }


@each
def test_no_saboteur_passes(name):
    exercise = load(name)
    before = torch.get_rng_state(), torch.get_default_dtype(), torch.is_grad_enabled()
    for kind, function in saboteurs(own(exercise.solution)).items():
        if kind == "detached" and not exercise.differentiable:
            continue  # what needs no gradient may be cut off from it
        verdict = run(name, function, limit=0.2)
        assert verdict.status == "failed", f"{kind} passes {name}"
        named = verdict.label not in (None, *RUNG_LABELS)
        assert not named or kind in ("zeros", "ones", "identity"), f"{kind} is named {verdict.label}"
        assert len(verdict.message.splitlines()) <= 14
        assert "hand.py" not in verdict.message
        assert "Traceback" not in verdict.message
    after = torch.get_rng_state(), torch.get_default_dtype(), torch.is_grad_enabled()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]
