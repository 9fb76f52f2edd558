"""Every exercise: its solution passes on many seeds, its stub is not attempted, and its text gives nothing away."""

import copy
import re
import warnings
from pathlib import Path

import pytest
import torch

from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.compare import difference
from cnncourse.exercises.library import draw_case, ids, load, plan
from cnncourse.exercises.misconceptions import SHARED, misconceptions
from cnncourse.exercises.model import DRAWS, STUB_LINE
from cnncourse.exercises.runner import run
from tests.answers import own
from tools.pages import ROOT, chapter_names

SEEDS = range(0, 200 * DRAWS, DRAWS)  # 200 checks that share no drawn case: each kind of case is drawn 200 times
STARTS = range(0, DRAWS * (DRAWS + 1), DRAWS + 1)  # checks that begin with each kind of case in turn
each = pytest.mark.parametrize("name", ids())


def outcome(exercise, function, case):
    """Call a function as a check does, without the guard around it; return what is compared."""
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = function(*args, **kwargs)
    if exercise.observe is None:
        return value
    arguments = exercise.signature.bind(*args, **kwargs)
    arguments.apply_defaults()
    return exercise.observe(value, dict(arguments.arguments))


def disagreements(exercise, functions, seeds):
    """Compare functions with the oracle on all cases that checks from these seeds draw; list what differs."""
    found = []
    for case in (draw_case(exercise, seed + turn) for seed in seeds for turn in range(DRAWS)):
        expected = exercise.oracle(*copy.deepcopy(case.args), **copy.deepcopy(case.kwargs))
        for function in functions:
            if differs := difference(outcome(exercise, function, case), expected):
                found.append((function.__name__, case.seed, differs.text))
    return found


@each
def test_the_solution_agrees_with_the_oracle_on_200_seeds(name):
    exercise = load(name)
    # a prediction draws nothing; the ladder below compares its answers
    assert disagreements(exercise, [exercise.solution], SEEDS if exercise.draw else []) == []


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_the_solution_climbs_the_whole_ladder_from_each_kind_of_case(name, dtype):
    exercise = load(name)
    for seed in STARTS if exercise.draw else [0]:  # a prediction's questions are always the same
        verdict = run(name, own(exercise.solution), seed, dtype=dtype)
        assert verdict.status == "passed", verdict.message
        assert verdict.passed == verdict.planned == len(plan(exercise, seed))


@each
def test_the_solution_stands_on_its_setup_alone(name):
    exercise = load(name)
    assert run(name, exercise.compile(exercise.solution_source)).status == "passed"
    assert "cnncourse" not in exercise.setup


@each
def test_right_answers_of_other_styles_pass(name):
    exercise = load(name)
    assert len(exercise.styles) >= (2 if exercise.core else 0)
    if exercise.styles:
        assert disagreements(exercise, exercise.styles, SEEDS[:20]) == []
    for style in exercise.styles:
        for seed in STARTS[::3]:
            verdict = run(name, own(style), seed)
            assert verdict.status == "passed", f"{style.__name__}: {verdict.message}"


@each
def test_the_stub_is_not_attempted(name):
    exercise = load(name)
    verdict = run(name, exercise.compile(exercise.stub))
    assert (verdict.status, verdict.label, verdict.passed) == ("not_attempted", None, 0)


@each
def test_the_stub_fits_a_cell(name):
    lines = [f'@check("{name}")', *load(name).stub.splitlines()]
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 77  # the book's column is that wide


@each
def test_an_exercise_is_complete(name):
    exercise = load(name)
    assert (exercise.id, exercise.chapter) == (name, next(key for key, names in CATALOGUE.items() if name in names))
    assert exercise.statement
    assert exercise.title
    assert exercise.minutes > 0
    assert exercise.difficulty in (1, 2, 3)
    assert len(exercise.hints) == 3
    labels = [wrong.label for wrong in exercise.wrong]
    assert len(set(labels)) == len(labels) >= (8 if exercise.core else 3)
    if not exercise.is_prediction:
        assert len(exercise.worked) >= 2
        assert all(case.expected is not None for case in exercise.worked)


@each
def test_what_to_read_exists(name):
    exercise = load(name)
    for reference in {exercise.read, *(wrong.read for wrong in exercise.wrong)}:
        chapter, _, heading = reference.partition(": ")
        assert chapter in chapter_names(), reference
        assert f"## {heading}" in (ROOT / "book" / f"{chapter}.md").read_text().splitlines(), reference


def secret_lines(exercise):
    """List the solution's lines that the stub does not show anyway: what no output may contain."""
    shown = {line.strip() for line in exercise.stub.splitlines()}
    lines = (line.strip() for line in exercise.solution_source.splitlines())
    return [line for line in lines if line not in shown and len(re.sub(r"\W", "", line)) > 6]


@each
def test_nothing_that_is_shown_before_gives_a_line_of_the_solution(name):
    exercise = load(name)
    secrets = secret_lines(exercise)
    assert secrets or len(exercise.solution_source.splitlines()) < 5
    texts = [
        exercise.title,
        exercise.statement,
        exercise.stub,
        *exercise.hints,
        *(wrong.why for wrong in exercise.wrong),
    ]
    for wrong in exercise.wrong:
        texts.append(run(name, own(exercise.wrong_functions[wrong.label])).message)
    found = [(secret, text) for secret in secrets for text in texts if secret in text]
    assert found == []


def test_the_catalogue_is_the_files_in_it_and_follows_the_table_of_contents():
    root = Path(ROOT / "cnncourse/exercises/catalogue")
    files = {chapter: sorted(path.stem for path in (root / chapter).glob("[!_]*.py")) for chapter in CATALOGUE}
    assert files == {chapter: sorted(names) for chapter, names in CATALOGUE.items()}
    assert list(CATALOGUE) == chapter_names()


def test_the_catalogue_is_as_large_as_promised():
    assert len(ids()) >= 30
    assert min(map(len, CATALOGUE.values())) >= 3
    assert sum(len(load(name).wrong) for name in ids()) >= 150
    assert sum(load(name).is_prediction for name in ids()) >= 3
    core = {name for name in ids() if load(name).core}
    assert {"conv2d", "pool2d", "output_size", "lenet_table", "train_step", "accuracy"} <= core
    assert str(load("conv2d").signature) == "(x, weight, bias=None, stride=1, padding=0)"
    assert STUB_LINE in load("conv2d").stub


def test_what_is_said_of_a_shared_misconception_is_said_in_two_exercises_or_more():
    told = [(wrong.label, wrong.why) for name in ids() for wrong in load(name).wrong]
    assert [label for label in SHARED if told.count((label, SHARED[label].why)) < 2] == []
    assert all(one.why and not one.replace for one in SHARED.values())


def test_an_exercise_says_of_a_shared_misconception_what_is_its_own():
    text = "stride-exchanged [stride: The same in loops]\n    a -> b\n\nstride-ignored: Mine."
    exchanged, ignored = misconceptions(text)
    assert exchanged == SHARED["stride-exchanged"]._replace(read="stride: The same in loops", replace=(("a", "b"),))
    assert (ignored.why, ignored.read) == ("Mine.", "")


@pytest.mark.parametrize("text", ["nobody-knows-it", "    a -> b", "two words: Why."])
def test_an_entry_that_says_nothing_is_an_error(text):
    with pytest.raises(ValueError, match=r"is no misconception that exercises share; add what is misunderstood"):
        misconceptions(text)


def test_new_lines_are_indented_as_the_line_that_they_stand_in():
    (wrong,) = (wrong for wrong in load("conv2d").wrong if wrong.label == "padding-total")
    assert wrong.replace[0][1].splitlines() == ["else (padding, padding)", "ph, pw = ph // 2, pw // 2"]
    assert "\n    ph, pw = ph // 2, pw // 2\n" in load("conv2d").wrong_source(wrong)
