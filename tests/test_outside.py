"""Answers nobody tuned the checker to: mistakes are named and none is misnamed; right ones pass in every style."""

import importlib.util
import json
import sys
from pathlib import Path
from types import FunctionType

import pytest

from cnncourse.exercises.runner import run

HERE = Path(__file__).with_name("outside")
TABLE = HERE / "confusion.json"
MISTAKES = sorted(path.stem for path in (HERE / "mistakes").glob("*.py"))
STYLES = sorted(path.stem for path in (HERE / "styles").glob("*.py"))


def answers(kind, exercise):
    """Return the functions of a file in their order, by name."""
    name = f"outside_{kind}_{exercise}"
    spec = importlib.util.spec_from_file_location(name, HERE / kind / f"{exercise}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [one for one in vars(module).values() if isinstance(one, FunctionType) and one.__module__ == name]
    found.sort(key=lambda one: one.__code__.co_firstlineno)
    return {one.__name__.removeprefix(f"{exercise}_"): one for one in found if one.__name__.startswith(exercise)}


def named(exercise, function):
    """Return what a mistake is called: the label, "passed", or nothing."""
    verdict = run(exercise, function)
    return "passed" if verdict.status == "passed" else verdict.label or ""


def table():
    return json.loads(TABLE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("exercise", MISTAKES)
def test_each_mistake_is_called_what_the_table_says(exercise):
    found = {name: named(exercise, function) for name, function in answers("mistakes", exercise).items()}
    assert found == {name: entry["name"] for name, entry in table()[exercise].items()}


def share(entries):
    entries = list(entries)
    return sum(bool(entry["name"]) for entry in entries) / len(entries)


def test_most_mistakes_are_named_and_none_is_misnamed():
    entries = [entry for exercise in table().values() for entry in exercise.values()]
    assert len(entries) >= 150
    assert all(entry["true"] for entry in entries if entry["name"])
    assert share(entry for entry in entries if entry["causes"] == 1) >= 0.85
    assert share(entry for entry in entries if entry["causes"] == 1 and entry["unseen"]) >= 0.85
    assert share(entry for entry in entries if entry["causes"] == 2) >= 0.6


@pytest.mark.parametrize("exercise", STYLES)
def test_right_answers_pass_in_every_style(exercise):
    found = answers("styles", exercise)
    assert len(found) >= 10
    for name, function in found.items():
        for seed in (0, 1000):
            verdict = run(exercise, function, seed)
            assert verdict.status == "passed", f"{name}: {verdict.message}"


def write_table():
    """Call every mistake by its name; what a reader judged stays, as long as the name does."""
    before = table() if TABLE.exists() else {}
    content = {}
    for exercise in MISTAKES:
        for number, (name, function) in enumerate(answers("mistakes", exercise).items()):
            entry = {
                "causes": 2 if "Two causes" in function.__doc__ else 1,
                "unseen": number % 2 == 1,
                "name": named(exercise, function),
            }
            old = before.get(exercise, {}).get(name, {})
            entry["true"] = old.get("true") if old.get("name") == entry["name"] else None
            content.setdefault(exercise, {})[name] = entry
    TABLE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_table()
