"""The checker: it names what is wrong, ends what never ends, and leaves the world as it was."""

import contextlib
import inspect
import io
import itertools
import json
import os
import random
import re
import signal
import sys
import threading
import time

import numpy as np
import pytest
import torch

from cnncourse.exercises import CheckError, check, hint, inputs, process, progress, run, solution
from cnncourse.exercises.compare import describe, difference, observations, same
from cnncourse.exercises.display import picture_html
from cnncourse.exercises.library import draw_case, ids, load, plan
from cnncourse.exercises.model import DRAWS, Exercise, Wrong, call
from cnncourse.exercises.progress_file import HONEST_ATTEMPTS, Progress, answer_hash, progress_path
from cnncourse.exercises.runner import LADDER
from cnncourse.exercises.verdict import folded
from tests.answers import own

CONV2D = load("conv2d")
RIGHT = own(CONV2D.solution)


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Keep progress in a file of the test's own."""
    path = tmp_path / "progress.json"
    monkeypatch.setenv("CNNCOURSE_PROGRESS", str(path))
    return path


def own_wrong(label):
    return own(CONV2D.wrong_functions[label])


def changed(before=lambda *a: None, after=lambda y, *a: y):
    """Answer conv2d rightly, but for what is done before and after."""

    def conv2d(x, weight, bias=None, stride=1, padding=0):
        before(x, weight, bias)
        return after(RIGHT(x, weight, bias, stride, padding), x, weight, bias)

    return conv2d


def rung(**settings):
    verdict = run("conv2d", changed(**settings))
    assert verdict.status == "failed"
    return verdict.rung, verdict.message


@pytest.mark.parametrize(
    ("after", "expected", "words"),
    [
        (lambda y, *a: None, "kind", "is None; is a return missing?"),
        (lambda y, *a: y.detach().numpy(), "kind", "is a numpy array; expected a torch.Tensor"),
        (lambda y, *a: y.tolist(), "kind", "is a list; expected a torch.Tensor"),
        (lambda y, *a: y[0], "shape", "has shape"),
        (lambda y, *a: y.expand(10**6, *y.shape), "shape", "(1000000, "),
        (lambda y, *a: y.half(), "dtype", "has dtype torch.float16; expected torch.float32, as the input"),
        (lambda y, *a: y / 0, "finite", "expected"),
        (lambda y, x, *a: (y, x.add_(1))[0], "untouched", "changes its argument x; work on a copy, such as x.clone()"),
        (lambda y, *a: y + 1, "values", "cells differ, first at [0, 0, 0, 0]"),
        (lambda y, *a: y.detach() + 0, "gradient", "no gradient reaches x"),
    ],
)
def test_the_first_broken_rung_is_named(after, expected, words):
    found, message = rung(after=after)
    assert found == expected
    assert words in " ".join(message.split())


def test_the_ladder_s_last_rungs():
    state = {"calls": 0}

    def drift(y, *a):
        state["calls"] += 1
        return y + (state["calls"] > DRAWS + 8)  # only the second runs see it

    assert rung(after=drift)[0] == "repeatable"
    found, message = rung(
        after=lambda y, x, w, b: y + 0 * torch.nn.functional.conv2d(x[:, :, :1, :1], w[:, :, :1, :1]).sum()
    )
    assert found == "allowed"
    assert "torch's conv2d" in " ".join(message.split())
    assert LADDER[-1] == "allowed"


def test_the_course_s_own_answers_are_forbidden_handed_in_and_called():
    from cnncourse.channels import conv2d as ready_made

    def conv2d(x, weight, bias=None, stride=1, padding=0):
        return ready_made(x, weight, bias, stride=stride, padding=padding)

    solution = CONV2D.solution

    def wrapped(x, weight, bias=None, stride=1, padding=0):
        return solution(x, weight, bias, stride, padding)

    for answer in (conv2d, wrapped, CONV2D.solution, CONV2D.styles[0]):
        verdict = run("conv2d", answer)
        assert (verdict.rung, verdict.passed, verdict.label) == ("allowed", 0, "ready-made")
    assert "cnncourse.channels.conv2d" in " ".join(run("conv2d", conv2d).message.split())


def test_a_wrong_signature_is_named_before_anything_is_run():
    verdict = run("conv2d", lambda x, weight: x)
    assert verdict.rung == "signature"
    assert "expected conv2d(x, weight, bias=None, stride=1, padding=0)" in " ".join(verdict.message.split())
    assert run("conv2d", torch.zeros(2)).rung == "signature"


def test_an_exception_shows_the_learner_s_own_line():
    def conv2d(x, weight, bias=None, stride=1, padding=0):
        return x[99]  # here it breaks

    message = run("conv2d", conv2d).message
    assert "return x[99]  # here it breaks" in message
    assert "IndexError" in message
    assert "runner.py" not in message


def test_exit_is_named_and_does_not_end_python():
    def leave(*a):
        raise SystemExit(0)

    assert "your code ends Python: SystemExit" in rung(before=leave)[1]


def spin(*a):
    while True:
        pass


def swallow(*a):
    while True:
        try:  # noqa: SIM105 - it tries to survive
            time.sleep(0.01)
        except BaseException:
            pass


def count(*a):
    sum(itertools.count())  # one call, which no exception could end


def sleep(*a):
    time.sleep(60)


def print_on(*a):
    while True:
        print("on and on")


@pytest.mark.parametrize("in_thread", [False, True])
@pytest.mark.parametrize("loop", [spin, swallow, count, sleep, print_on])
def test_what_never_ends_is_ended_and_the_next_answer_passes(loop, in_thread):
    verdicts = []

    def both():
        verdicts.append(run("conv2d", changed(before=loop), limit=0.2))
        verdicts.append(run("conv2d", RIGHT))

    if in_thread:
        thread = threading.Thread(target=both, daemon=True)
        thread.start()
        thread.join(300)
    else:
        both()
    ended, right = verdicts
    assert "stopped" in ended.message
    assert ended.label == "endless"
    assert right.status == "passed"


def test_the_line_of_a_loop_is_named():
    message = " ".join(run("conv2d", changed(before=spin), limit=0.2).message.split())
    assert re.search(r"stopped after 0\.2 s of computing in your line \d+: (while True:|pass)", message)


def test_control_c_stays_control_c_and_the_next_answer_passes():
    run("conv2d", RIGHT)  # the process is there
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run("conv2d", changed(before=spin), limit=60)
    assert run("conv2d", RIGHT).status == "passed"


def patch(*a):
    torch.Tensor.sum = torch.isclose = torch.allclose = None
    json.dumps = print


@pytest.mark.parametrize(
    ("spoil", "look"),
    [
        (lambda *a: torch.manual_seed(5), lambda: torch.get_rng_state().tolist()),
        (lambda *a: random.random(), random.getstate),
        (lambda *a: np.random.rand(), lambda: np.random.get_state()[1].tolist()),
        (lambda *a: torch.set_default_dtype(torch.float64), torch.get_default_dtype),
        (lambda *a: os.chdir("/"), os.getcwd),
        (lambda *a: os.environ.update(A="b"), lambda: dict(os.environ)),
        (lambda *a: sys.setrecursionlimit(500), sys.getrecursionlimit),
        (lambda *a: signal.signal(signal.SIGINT, signal.SIG_IGN), lambda: signal.getsignal(signal.SIGINT)),
        (lambda *a: sys.stderr.close(), lambda: sys.stderr.closed),
        (lambda *a: threading.Thread(target=time.sleep, args=(60,), daemon=True).start(), threading.active_count),
    ],
)
def test_what_an_answer_changes_in_the_world_stays_in_its_process(spoil, look):
    run("conv2d", RIGHT)
    before = look()
    assert run("conv2d", changed(before=spoil)).status == "passed"
    assert look() == before
    assert run("conv2d", RIGHT).status == "passed"


def test_a_patch_spoils_neither_this_verdict_nor_the_next_one():
    assert run("conv2d", changed(before=patch)).status == "failed"
    assert run("conv2d", changed(after=lambda y, *a: y + 1)).status == "failed"
    assert run("conv2d", RIGHT).status == "passed"


@pytest.mark.parametrize(
    "mode",
    [
        lambda: torch.no_grad(),
        lambda: torch.inference_mode(),
        lambda: torch.device("meta"),
        lambda: torch.autocast("cpu"),
        contextlib.nullcontext,
    ],
)
def test_a_mode_of_the_notebook_s_reaches_no_check(mode):
    torch.set_default_dtype(torch.float64)
    try:
        with mode():
            verdicts = [run(name, own(load(name).solution), seed=77) for name in ("conv2d", "train_step", "pool2d")]
            assert [verdict.status for verdict in verdicts] == ["passed"] * 3
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_an_answer_may_recurse_under_its_decorator_and_use_helpers_of_the_page():
    helper = {"deep": lambda n: n}
    source = """
def output_size(n, kernel_size, stride=1, padding=0, dilation=1):
    if padding:
        return output_size(deep(n) + 2 * padding, kernel_size, stride, 0, dilation)
    return (n - dilation * (kernel_size - 1) - 1) // stride + 1
"""
    exec(source, helper)
    function = helper.pop("output_size")
    assert run("output_size", function).status == "passed"


def test_what_cannot_travel_is_named_and_can_be_checked_here():
    lock = threading.Lock()

    def conv2d(x, weight, bias=None, stride=1, padding=0):
        with lock:
            return RIGHT(x, weight, bias, stride, padding)

    verdict = run("conv2d", conv2d)
    assert verdict.rung == "signature"
    assert "because of lock, a lock (TypeError); make that inside of the function" in " ".join(verdict.message.split())
    assert run("conv2d", conv2d, here=True).status == "passed"


def test_a_hand_is_kept_while_it_is_as_it_was():
    run("conv2d", RIGHT)
    first = process._kept[0].process.pid
    run("conv2d", RIGHT)
    assert process._kept[0].process.pid == first
    run("conv2d", changed(before=patch))
    assert process._kept[0].process.pid != first


def test_no_class_of_the_learner_s_is_asked_whether_it_is_right():
    class Yes(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    def output_size(n, kernel_size, stride=1, padding=0, dilation=1):
        return Yes(7)

    class Right(torch.Tensor):
        def __eq__(self, other):
            return torch.ones_like(self, dtype=torch.bool)

    assert run("output_size", output_size).rung == "values"
    assert rung(after=lambda y, *a: (y + 1).as_subclass(Right))[0] == "values"


def tiny(answer, oracle):
    """Build an exercise on numbers, as small as can be."""

    def draw(rng):
        return call(rng.whole(2))

    return Exercise("Tiny", answer, oracle, "", ("", "", ""), "", 1, draw=draw, differentiable=("x",))


def test_a_wrong_gradient_is_named(monkeypatch):
    monkeypatch.setattr("cnncourse.exercises.runner.load", lambda name: tiny(torch.square, torch.square))
    monkeypatch.setattr("cnncourse.exercises.model.Exercise.signature", inspect.signature(lambda x: x))

    def halfway(x):
        return x * x.detach()

    verdict = run("square", halfway)
    assert verdict.rung == "gradient"
    assert "the gradient by x is another" in verdict.message


def test_printing_is_kept_for_the_failing_case():
    verdict = run("conv2d", changed(before=lambda *a: print("here"), after=lambda y, *a: y + 1))
    assert verdict.printed == "here\n"


def test_a_message_has_at_most_14_lines_and_its_parts():
    verdict = run("conv2d", own_wrong("stride-exchanged"))
    lines = verdict.message.splitlines()
    assert len(lines) <= 14
    assert [line.split()[0] for line in lines if line[0] != " "] == (
        ["conv2d:", "given", "fine", "shape", "because", "read", "next"]
    )
    assert verdict.label == "stride-exchanged"
    assert f"seed={verdict.case.seed}) gives you this case" in verdict.message


def test_only_where_it_is_certain_a_misconception_is_named():
    twice = changed(after=lambda y, x, w, b: y + 1 if b is None else y - 1)
    verdict = run("conv2d", twice)
    assert (verdict.status, verdict.label) == ("failed", None)
    assert "seen" not in verdict.message  # nothing is so in all failing cases


def test_a_verdict_repeats_with_its_seed():
    wrong = own_wrong("bias-ignored")
    assert run("conv2d", wrong, seed=500).message == run("conv2d", wrong, seed=500).message
    assert run("conv2d", wrong).seed == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("conv3d", RIGHT), ValueError, "exercise is 'conv3d'.*did you mean .*'conv2d'"),
        (("conv2d", RIGHT, -1), ValueError, "seed is -1; expected at least 0"),
        (("conv2d", RIGHT, 1.5), TypeError, "seed is 1.5, a float"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        run(*arguments)


@pytest.mark.parametrize(
    ("found", "expected", "words"),
    [
        (2.0, 2, "is a float, 2; expected an int; use // instead of /"),
        (True, 1, "is a bool"),
        ([1, 2], (1, 2), "is a list, [1, 2]; expected a tuple; use tuple(...)"),
        (torch.tensor(2), 2, "is a Tensor, tensor(2); expected an int; use .item()"),
        (..., 2, "is an ellipsis, Ellipsis; expected an int"),
        ("2", 2, "is a str, '2'; expected an int"),
        ((1, 2, 3), (1, 2), "has 3 entries; expected 2"),
        ({"a": 1}, {"a": 1, "b": 2}, "lacks the key 'b'"),
        (float("nan"), 0.5, "is nan; expected a finite number"),
        (0.51, 0.5, "is 0.51; expected 0.5"),
        (torch.zeros(2, 1), torch.zeros(2), "has shape (2, 1); expected (2,)"),
        (torch.zeros(1, 2), torch.zeros(2, 2), "has shape (1, 2); expected (2, 2)"),  # would broadcast
    ],
)
def test_differences_are_said_in_words(found, expected, words):
    assert words in difference(found, expected).text
    assert not same(found, expected)


@pytest.mark.parametrize("value", [2, 2.5, (1, 2), [1], "max", True, {"a": (1,)}, torch.arange(3), torch.rand(2, 3)])
def test_a_value_agrees_with_itself(value):
    assert difference(value, value) is None


def test_numpy_s_whole_numbers_are_whole_numbers():
    right = own(load("output_size").solution)
    assert run("output_size", lambda n, kernel_size, **k: np.int64(right(n, kernel_size, **k))).status == "passed"


def test_what_cannot_be_shown_does_no_harm():
    class Rude:
        def __repr__(self):
            raise RuntimeError("no")

    assert describe(Rude()) == "a Rude"
    assert describe(10**10_000) == "an int"
    assert len(describe("x" * 500)) <= 60
    assert run("conv2d", lambda x, weight, bias=None, stride=1, padding=0: Rude()).rung == "kind"


ROWS = torch.arange(12.0).reshape(3, 4) + 1


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (ROWS * 3, "each of your cells is the expected one times 3"),
        (ROWS - 2, "each of your cells is the expected one minus 2"),
        (-ROWS, "every sign is the other one"),
        (ROWS.flip(0), "yours is the expected one, flipped upside down"),
        (ROWS.flip(0, 1), "yours is the expected one, flipped on both axes"),
        (ROWS.T, "height and width are exchanged"),
        (ROWS.flatten(), "it has 1 axes; expected 2"),
        (ROWS[:2], "what both have agrees, but there is 1 row too few"),
        (ROWS.reshape(2, 6), "there is 1 row too few"),
        (torch.zeros(3, 4), "all of your cells are equal"),
        (torch.cat([ROWS[:2], ROWS[2:] + torch.rand(1, 4) + 1]), "only the last row differs"),
    ],
)
def test_what_can_be_seen_is_said(found, words):
    assert observations(found, ROWS)[0] == words


def test_only_the_border_differs():
    border = torch.rand(2, 5, 6) + 1
    border[:, 1:-1, 1:-1] = 0
    assert observations(torch.arange(60.0).reshape(2, 5, 6) + border, torch.arange(60.0).reshape(2, 5, 6)) == [
        "only the border differs"
    ]


def test_cases_are_drawn_alike_every_time_and_in_both_dtypes():
    for name in ids():
        exercise = load(name)
        if exercise.is_prediction:
            continue
        first, second = plan(exercise, 7), plan(exercise, 7)
        assert repr(first) == repr(second)
        assert len(first) == len(exercise.worked) + DRAWS
    dtypes = {draw_case(CONV2D, seed).args[0].dtype for seed in range(3)}
    assert dtypes == {torch.float32, torch.float64}


def test_a_prediction_draws_no_case():
    with pytest.raises(ValueError, match="'predict_stride' is a prediction; expected one that draws cases"):
        draw_case(load("predict_stride"), 3)


def test_an_oracle_without_a_gradient_is_an_error_of_the_exercise(monkeypatch):
    def twice(x):
        return 2 * x.detach().numpy() if not x.requires_grad else x.numpy()

    exercise = tiny(twice, lambda x: torch.from_numpy(twice(x)))
    monkeypatch.setattr("cnncourse.exercises.runner.load", lambda name: exercise)
    with pytest.raises((ValueError, RuntimeError), match=r"has no gradient by x; expected one|grad"):
        run("twice", twice, seed=1)


def test_a_cell_that_is_meant_to_be_infinite_widens_no_tolerance():
    expected = torch.tensor([torch.inf, 1.0, 2.0])
    assert difference(expected.clone(), expected) is None
    found = difference(torch.tensor([torch.inf, 1.0, 3.0]), expected)
    assert found.text == "1 of 3 cells differ, first at [2]: yours 3, expected 2"
    assert "≠ 3 (2)" in picture_html(found.found, found.expected)


def test_a_row_is_folded_below_its_head_and_a_name_stays_whole():
    lines = folded("given", f"{'word ' * 14}a-name-with-hyphens and {'more ' * 30}", most=3)
    assert len(lines) == 3
    assert lines[0].startswith("given      word")
    assert lines[1].startswith(f"{' ' * 11}a-name-with-hyphens and more")
    assert lines[2].endswith(" …")
    assert max(map(len, lines)) <= 92
    assert folded("", "one line") == ["one line"]


def test_a_wrong_answer_whose_text_is_gone_is_named():
    wrong = Wrong("gone", "Why.", "channels: The whole layer", (("no such text", "x"),))
    with pytest.raises(ValueError, match="conv2d, gone: 'no such text' stands 0 times in the solution"):
        CONV2D.wrong_source(wrong)


def shown(function, *arguments, **settings):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        function(*arguments, **settings)
    return text.getvalue()


def test_check_displays_and_never_raises():
    def conv2d(x, weight, bias=None, stride=1, padding=0):
        return None

    assert "0 of 14 cases pass" in shown(check, conv2d)
    assert "0 of 14 cases pass" in shown(check("conv2d"), lambda x, weight, bias=None, stride=1, padding=0: None)
    assert shown(check("conv2"), conv2d).startswith("error: exercise is 'conv2'; expected the id of an exercise")
    assert shown(check, 5).startswith("error: exercise is 'int'")
    with contextlib.redirect_stdout(io.StringIO()):
        assert check(conv2d) is conv2d
        assert check("conv2d")(conv2d) is conv2d


def test_a_strict_check_raises_the_verdict():
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(CheckError, match="0 of 14 cases pass"):
        check("conv2d", strict=True)(lambda x, weight, bias=None, stride=1, padding=0: None)
    with pytest.raises(ValueError, match="exercise is 'conv2'"):
        check("conv2", strict=True)(RIGHT)
    assert shown(check, RIGHT, strict=True) == "conv2d: passed, all 14 cases agree.\n"


def test_hints_come_one_by_one():
    assert shown(hint, "conv2d").startswith(f"Hint 1 of 3: {CONV2D.hints[0][:20]}")
    assert [shown(hint, "conv2d")[:11] for _ in range(3)] == ["Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    assert "did you mean" in shown(hint, "conv2")


def test_the_solution_is_shown_after_a_pass():
    assert "can be seen when your answer passes" in shown(solution, "conv2d")
    shown(check, RIGHT)
    assert shown(solution, "conv2d").startswith("def conv2d(x, weight")


def test_the_solution_is_shown_after_some_different_answers_or_by_force():
    for wrong in CONV2D.wrong[:HONEST_ATTEMPTS]:
        assert "can be seen" in shown(solution, "conv2d")
        verdict = run("conv2d", own_wrong(wrong.label))
        for _ in range(2):  # the same answer twice is one attempt
            Progress().record(verdict, answer_hash(CONV2D.wrong_source(wrong)))
    assert shown(solution, "conv2d").startswith("def conv2d(")
    assert shown(solution, "corr2d", force=True).startswith("def corr2d(")


def test_inputs_give_the_failing_case():
    verdict = run("conv2d", own_wrong("bias-ignored"), seed=40)
    for given, where in ((verdict.case, {"case": 1}), (draw_case(CONV2D, 81), {"seed": 81})):
        found = inputs("conv2d", **where)
        assert torch.equal(found["x"], given.args[0])
        assert CONV2D.solution(**found) is not None
    assert torch.equal(inputs("conv2d")["x"], CONV2D.worked[0].args[0])
    with pytest.raises(ValueError, match="seed is 1 and case is 1; expected one of them"):
        inputs("conv2d", seed=1, case=1)
    with pytest.raises(ValueError, match="case is 9; expected at most 2"):
        inputs("conv2d", case=9)


def test_progress_lists_every_exercise():
    shown(check, RIGHT)
    text = shown(progress)
    assert text.startswith(f"1 of {len(ids())} exercises passed")
    assert "✓ passed" in text
    assert all(name in text for name in ids())


def test_progress_is_a_plain_file_keyed_by_the_answer(progress_file):
    shown(check, RIGHT)
    shown(check("conv2d"), CONV2D.compile(CONV2D.stub))  # leaves no trace
    entry = json.loads(progress_file.read_text())["exercises"]["conv2d"]
    assert entry["answers"] == {
        answer_hash(RIGHT): {"status": "passed", "label": None, "passed": 14, "planned": 14, "seed": 0}
    }
    assert list(progress_file.parent.glob(".*")) == []
    Progress().forget("conv2d")
    assert Progress().status("conv2d") == "not_attempted"


def test_the_hash_ignores_comments_and_decorators_but_no_code():
    base = "def f(x):\n    return x + 1\n"
    assert answer_hash(f"@check('f')\n{base}    # done") == answer_hash(base)
    assert answer_hash(base.replace("1", "2")) != answer_hash(base)


@pytest.mark.parametrize("content", ["{", "[]", '{"exercises": {"conv2d": 5}}'])
def test_a_damaged_progress_file_is_kept_aside(progress_file, content):
    progress_file.write_text(content)
    with pytest.warns(UserWarning, match="is no progress file .*; it is kept as progress.damaged.json"):
        kept = Progress()
    assert kept.entries == {}
    assert progress_file.with_suffix(".damaged.json").read_text() == content


def test_progress_that_cannot_be_kept_is_said_and_nothing_breaks(tmp_path):
    (tmp_path / "file").write_text("")
    kept = Progress(tmp_path / "file" / "progress.json")
    with pytest.warns(UserWarning, match="progress is not kept: .*CNNCOURSE_PROGRESS may name another file"):
        kept.record(run("conv2d", RIGHT), "hash")
    assert kept.status("conv2d") == "passed"


def test_progress_belongs_to_the_workspace_around(tmp_path, monkeypatch):
    monkeypatch.delenv("CNNCOURSE_PROGRESS")
    (tmp_path / "cnncourse.toml").write_text("")
    (tmp_path / "channels").mkdir()
    monkeypatch.chdir(tmp_path / "channels")
    assert progress_path() == tmp_path / "progress.json"


def test_a_verdict_s_html_says_in_words_what_colour_shows():
    verdict = run("conv2d", own_wrong("kernel-flipped"))
    html = verdict._repr_mimebundle_()["text/html"]
    assert "≠" in html
    assert "where it differs: ≠ yours (expected)" in html
    assert "kernel-flipped" in html
    assert "<script" not in html
    tagged = run("conv2d", changed(before=lambda *a: print("<b>"), after=lambda y, *a: y + 1))
    assert "&lt;b&gt;" in tagged._repr_mimebundle_()["text/html"]


def test_what_a_loop_printed_before_it_was_ended_is_shown():
    def printing(*a):
        print("here I am")
        while True:
            pass

    assert run("conv2d", changed(before=printing), limit=0.3).printed == "here I am\n"


def test_a_question_at_the_keyboard_is_explained():
    message = " ".join(run("conv2d", changed(before=lambda *a: input("what?"))).message.split())
    assert "input() waits for the keyboard; an answer gets its values as arguments" in message


def test_our_own_wrong_answers_warn_nobody(recwarn):
    run("train_step", lambda model, optimizer, images, labels: 1.0)
    run("corr2d", lambda x, kernel: x)
    assert not recwarn.list
