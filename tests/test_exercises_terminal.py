"""The terminal side: plain files and notebooks come to the verdicts of the notebook, and templates become files."""

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
import tomllib
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
import torch
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from nbclient import NotebookClient
from rich.console import Console

from cnncourse import exercises
from cnncourse.exercises import inputs, run, runner, terminal
from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.grading import instructor
from cnncourse.exercises.grading.report import collect
from cnncourse.exercises.grading.submission import read_submission
from cnncourse.exercises.library import ids, load
from cnncourse.exercises.progress_file import MARKER, answer_hash
from cnncourse.exercises.templates import SUFFIX, filled
from cnncourse.exercises.terminal import printing, watch
from cnncourse.exercises.workspace import folder
from cnncourse.exercises.workspace.answers import CourseError, printable, read_notebook, source_hash
from cnncourse.exercises.workspace.folder import Workspace, starter, write_workspace
from tests.answers import own
from tests.test_catalogue_solutions import secret_lines

CONV2D = load("conv2d")
LABELS = ("kernel-flipped", "bias-ignored", "stride-exchanged")
FIELDS = ("status", "label", "message", "seed")


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Keep progress in a file of the test's own, and let no seed of the shell's in."""
    path = tmp_path / "progress.json"
    monkeypatch.setenv("CNNCOURSE_PROGRESS", str(path))
    monkeypatch.delenv("CNNCOURSE_SEED", raising=False)
    return path


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Write a workspace and go there."""
    write_workspace(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return Workspace(tmp_path / "work")


def wrong_text(label):
    return CONV2D.wrong_source(next(wrong for wrong in CONV2D.wrong if wrong.label == label))


def put(workspace, exercise, source):
    path = workspace.path(exercise)
    path.write_text(f"{load(exercise).setup}\n\n\n{source}", encoding="utf-8")
    return path


def notebook(path, *cells):
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(content, path)
    return path


def cnncourse(capsys, *arguments):
    """Run a command in this process; return its exit status and what it wrote."""
    with pytest.raises(SystemExit) as exit_:
        terminal.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return exit_.value.code or 0, out, err


def fields(verdict):
    return {name: getattr(verdict, name) for name in FIELDS}


# One verdict, wherever the answer is checked


def test_a_process_gives_the_verdicts_of_the_engine(workspace, capsys):
    for label in LABELS:
        put(workspace, "conv2d", wrong_text(label))
        verdict = run("conv2d", own(CONV2D.wrong_functions[label]), seed=81)
        assert (verdict.status, verdict.label) == ("failed", label)
        assert fields(workspace.check("conv2d", 81)) == fields(verdict)
        status, out, _ = cnncourse(capsys, "check", "conv2d", "--seed", 81)
        assert status == 1
        assert f"✗ {verdict.message}\n" in out


def test_the_command_gives_the_verdict_of_the_engine(workspace, progress_file):
    put(workspace, "conv2d", wrong_text(LABELS[0]))
    verdict = run("conv2d", own(CONV2D.wrong_functions[LABELS[0]]), seed=81)
    command = [sys.executable, "-c", "from cnncourse.exercises.terminal import main; main()", "check", "conv2d"]
    done = subprocess.run([*command, "--seed", "81"], capture_output=True, text=True, cwd=workspace.root, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert f"✗ {verdict.message}\n" in done.stdout
    (kept,) = json.loads(progress_file.read_text())["exercises"]["conv2d"]["answers"].values()
    assert (kept["status"], kept["label"], kept["seed"]) == ("failed", LABELS[0], 81)


def test_pytest_gives_the_verdicts_of_the_engine(tmp_path):
    for label in (*LABELS, "right", "stub"):
        write_workspace(tmp_path / label)
        source = {"right": CONV2D.solution_source, "stub": CONV2D.stub}.get(label) or wrong_text(label)
        put(Workspace(tmp_path / label), "conv2d", source)
        put(Workspace(tmp_path / label), "visits", "raise SystemExit")  # pytest would import it for its doctests
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib --doctest-modules\n")
    (tmp_path / "conftest.py").write_text("import warnings\n")
    command = [sys.executable, "-m", "pytest", "-k", "conv2d and not cost", "-rs", "--junitxml", "result.xml"]
    bare = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # a learner has none of our plugins
    done = subprocess.run([*command, tmp_path], capture_output=True, text=True, cwd=tmp_path, env=bare, check=False)
    assert "3 failed, 1 passed, 1 skipped" in done.stdout, done.stdout
    cases = {case.get("classname").split(".")[-2]: case for case in ET.parse(tmp_path / "result.xml").iter("testcase")}
    for label in LABELS:
        (failure,) = cases[label]
        assert failure.text == run("conv2d", own(CONV2D.wrong_functions[label])).message
        assert failure.text in done.stdout
    assert not list(cases["right"])
    assert cases["stub"].find("skipped").get("message") == run("conv2d", CONV2D.compile(CONV2D.stub)).message
    assert not {"Traceback", "verdict", "workspace.py"} & set(done.stdout.replace(":", " ").split())


def test_a_kernel_gives_the_verdicts_of_the_engine(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    show = f'v = run("conv2d", conv2d, seed=81)\nprint(json.dumps({{name: getattr(v, name) for name in {FIELDS}}}))'
    path = notebook(
        tmp_path / "n.ipynb",
        "import json, torch\nfrom cnncourse.exercises import check, run",
        *(f"{wrong_text(label)}\n{show}" for label in LABELS),
        f'@check("conv2d", seed=81)\n{wrong_text(LABELS[0])}',
    )
    client = NotebookClient(nbformat.read(path, as_version=4), timeout=120, resources={"metadata": {"path": tmp_path}})
    _, *shown, checked = client.execute().cells
    for label, cell in zip(LABELS, shown, strict=True):
        assert json.loads(cell.outputs[0]["text"]) == fields(run("conv2d", own(CONV2D.wrong_functions[label]), seed=81))
    displayed = checked.outputs[0]["data"]["text/plain"]
    assert displayed == run("conv2d", own(CONV2D.wrong_functions[LABELS[0]]), seed=81).message


def test_an_answer_has_the_same_hash_in_a_file_and_in_a_notebook(workspace):
    source = wrong_text(LABELS[0])
    put(workspace, "conv2d", f"{source}\n# a comment")
    path = notebook(workspace.root / "n.ipynb", "import torch", f'@check("conv2d")\n{source}')
    hashes = {workspace.answer("conv2d").hash, read_notebook(path)[0].hash, answer_hash(source)}
    assert hashes == {source_hash(workspace.path("conv2d").read_bytes())}


# The workspace


def test_a_workspace_has_a_file_for_each_exercise_and_no_line_of_a_solution(workspace):
    for name in ids():
        text = workspace.path(name).read_text(encoding="utf-8")
        assert text == starter(load(name))
        assert load(name).statement.split()[0] in text
        assert [line for line in secret_lines(load(name)) if line in text] == []
        assert workspace.is_untouched(name)
        assert max(map(len, text.splitlines())) <= 130


def test_the_statement_is_the_file_s_docstring(workspace):
    for name in ids():
        code = compile(workspace.path(name).read_bytes(), name, "exec")
        assert load(name).title in code.co_consts[0]
        assert " ".join(load(name).statement.split()[:8]) in " ".join(code.co_consts[0].split())


def test_a_second_init_adds_what_is_missing_and_leaves_the_rest_alone(workspace, capsys):
    workspace.path("conv2d").write_text("mine")
    workspace.path("pad2d").unlink()
    (workspace.root / "README.md").write_text("my notes")
    status, out, _ = cnncourse(capsys, "init")  # inside of a workspace, it is this one that is meant
    assert status == 0
    assert f"{workspace.root}: 1 files written, {len(ids()) + 4} were there and are left alone." in out
    assert "left alone: channels/conv2d.py" in out
    assert workspace.path("conv2d").read_text() == "mine"
    assert (workspace.root / "README.md").read_text() == "my notes"
    assert workspace.path("pad2d").read_text() == starter(load("pad2d"))


def test_nothing_is_written_where_a_file_is_in_the_way(tmp_path, capsys):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mnist").write_text("a file, no folder")
    status, _, err = cnncourse(capsys, "init", tmp_path / "new")
    assert status == 2
    assert f"{tmp_path / 'new' / 'mnist'} cannot be written (it is no folder); expected a folder of your own" in err
    assert os.listdir(tmp_path / "new") == ["mnist"]


def test_nothing_is_written_where_it_is_forbidden(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # root may write anywhere
    status, _, err = cnncourse(capsys, "init", tmp_path / "new")
    assert (status, os.listdir(tmp_path)) == (2, [])
    assert f"{tmp_path} cannot be written (no permission); expected a folder of your own; name another one" in err


def test_helpers_of_one_name_do_not_clash(workspace):
    source = "PADDING = {}\n\n\ndef helper(x):\n    return x\n\n\n"
    put(workspace, "conv2d", source.format(1) + CONV2D.solution_source)
    put(workspace, "pad2d", source.format(2).replace("return x", "return None") + load("pad2d").solution_source)
    assert [workspace.check(name).status for name in ("conv2d", "pad2d")] == ["passed", "passed"]


def test_a_dataclass_beside_an_answer_works(workspace):
    source = "from dataclasses import dataclass\n\n\n@dataclass\nclass Size:\n    h: 'int'\n\n\n"
    put(workspace, "conv2d", source + CONV2D.solution_source)
    assert workspace.check("conv2d").status == "passed"


def test_a_check_in_a_file_is_left_to_the_command(workspace):
    source = wrong_text("bias-ignored")
    strict = '@check("conv2d", strict=True)'  # would raise before there is a function
    put(workspace, "conv2d", f"from cnncourse.exercises import check\n{strict}\n{source}\ncheck(conv2d, strict=True)\n")
    assert workspace.check("conv2d").label == "bias-ignored"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"import torch\nwhile True:\n    pass\n", "stopped after 0.3 s of computing in your line 2: while True:"),
        (b"import sys\n\nsys.exit(0)\n", "your code ends Python: SystemExit in your line 3: sys.exit(0)"),
        (b"import torch\n\ndef conv2d(x:\n", "SyntaxError in your line 3: def conv2d(x:"),
        (b"x = 1\ny = x / 0\n", "ZeroDivisionError in your line 2: y = x / 0: division by zero"),
        (b"x = '\x00'\n", "null bytes"),
        (b"x = '\xff\xfe'\n", "SyntaxError"),
        (b"raise KeyboardInterrupted\n", "NameError in your line 1: raise KeyboardInterrupted"),
        (b"x = " + b"(" * 300 + b")" * 300, "too many nested parentheses"),
    ],
    ids=["loop", "exit", "syntax", "error", "null", "encoding", "name", "nested"],
)
def test_code_around_a_function_is_guarded(workspace, capsys, monkeypatch, text, problem):
    monkeypatch.setattr(runner, "LIMIT", 0.3)
    workspace.path("conv2d").write_bytes(text)
    status, out, err = cnncourse(capsys, "check", "conv2d")
    assert (status, err) == (1, "")
    assert out.startswith("✗ conv2d: channels/conv2d.py does not run, so that nothing could be checked.\n")
    assert problem in " ".join(out.split())
    assert workspace.progress().attempts("conv2d") == 0  # what could not be checked is no attempt


def test_what_an_answer_puts_in_torch_s_place_changes_nothing_that_is_expected(workspace):
    before = torch.nn.functional.pad
    source = "torch.nn.functional.pad = lambda x, *args, **kwargs: x\n\n\n"
    source += "def pad2d(x, padding, value=0.0):\n    return x\n"
    put(workspace, "pad2d", source)
    (entry,) = collect(read_submission(workspace.root), ["pad2d"], seed=4321)
    assert torch.nn.functional.pad is before
    assert (entry.status, entry.passed) == ("failed", 0)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def conv(x):\n    return x\n", "channels/conv2d.py defines conv; expected conv2d(x, weight, bias=None,"),
        ("x = 1\n", "channels/conv2d.py defines no function; expected conv2d(x,"),
        ("def pad2d(x):\n    return x\n", "write it there; pad2d belongs into padding/pad2d.py"),
        (
            f"{CONV2D.stub}\n\n{CONV2D.stub}",
            "defines conv2d 2 times, in lines 4 and 14; expected once; delete or rename",
        ),
    ],
    ids=["other", "none", "another exercise", "twice"],
)
def test_a_file_without_its_one_function_is_an_error_of_use(workspace, capsys, source, problem):
    put(workspace, "conv2d", source)
    status, out, _ = cnncourse(capsys, "check", "conv2d")
    assert status == 2
    assert problem in " ".join(out.split())
    verdict = workspace.check("conv2d")
    assert (verdict.status, verdict.rung) == ("failed", "file")  # so that pytest and a report fail, too


def test_a_second_exercise_in_a_file_is_noted(workspace, capsys):
    put(workspace, "conv2d", f"def pad2d(x):\n    return x\n\n\n{CONV2D.solution_source}")
    status, out, _ = cnncourse(capsys, "check", "conv2d")
    assert status == 0
    assert "also defines pad2d; the exercise pad2d is checked from padding/pad2d.py alone" in out


def test_an_edited_answer_has_to_be_checked_again(workspace):
    put(workspace, "conv2d", CONV2D.solution_source)
    assert workspace.status("conv2d") == "changed"
    workspace.check("conv2d")
    assert workspace.status("conv2d") == "passed"
    put(workspace, "conv2d", f"# a comment\n\n{CONV2D.solution_source}")
    assert workspace.status("conv2d") == "passed"
    put(workspace, "conv2d", f"def helper(x):\n    return x\n\n\n{CONV2D.solution_source}")
    assert workspace.status("conv2d") == "changed"
    put(workspace, "conv2d", CONV2D.stub)
    assert workspace.status("conv2d") == "not_attempted"


# Notebooks


def test_a_notebook_s_definitions_are_checked_and_nothing_else_is_run(tmp_path, capsys):
    trained = tmp_path / "trained"
    path = notebook(
        tmp_path / "homework.ipynb",
        "%matplotlib inline\n!ls\nimport torch\nfrom cnncourse.exercises import check",
        "%%bash\nls",
        f"open({str(trained)!r}, 'w')\nrecord = open({str(trained)!r}, 'w')",
        f"for epoch in range(3):\n    open({str(trained)!r}, 'w')",
        "ONE, TWO = 1, -1 + 3\nNAMES: dict = {'a': [torch.float32]}\ndouble = lambda x: TWO * x",
        f'@check("conv2d")\n{CONV2D.stub}',
        f"@check('conv2d')\n{CONV2D.solution_source.replace('// sh + 1', '// sh + double(ONE) // TWO')}",
        f"{load('conv1x1').solution_source}\n\ncheck(conv1x1)",
        "raise SystemExit",
        "def broken(:",
    )
    status, out, _ = cnncourse(capsys, "check", path)
    assert "✓ conv2d: passed" in out
    assert "✓ conv1x1: passed" in out
    assert "note: homework.ipynb, code cell 10 was left out: SyntaxError in your line 1: def broken(:" in out
    assert (status, trained.exists()) == (0, False)


def test_a_cell_that_does_not_run_fails_the_exercise_that_it_checks(tmp_path, capsys):
    path = notebook(
        tmp_path / "n.ipynb",
        f'import torch\nfrom cnncourse.exercises import check\n\n@check("conv2d")\n{CONV2D.solution_source}',
        load("pad2d").solution_source,
        '@check("conv2d")\ndef conv2d(x:\n    pass',
        '@check("pad2d")\n@undefined\ndef pad2d(x):\n    pass',
    )
    status, out, _ = cnncourse(capsys, "check", path)
    assert status == 1
    assert "✗ conv2d: n.ipynb, code cell 3 does not run" in out
    assert "✗ pad2d: n.ipynb, code cell 4 does not run" in out  # and not the earlier one in its place
    assert "NameError in your line 2: @undefined: name 'undefined' is not defined" in " ".join(out.split())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "not json",
            "n.ipynb is no JSON (Expecting value: line 1 column 1 (char 0)); expected a notebook; save it again",
        ),
        ("[1]", "n.ipynb is JSON without cells; expected a notebook of nbformat 4"),
        ('{"nbformat": 3}', "n.ipynb is nbformat 3 without cells; expected a notebook of nbformat 4"),
        ('{"cells": []}', 'n.ipynb hands no function to check; expected @check("ID") above a definition'),
    ],
)
def test_a_notebook_that_is_none_is_an_error_of_use(tmp_path, capsys, text, problem):
    (tmp_path / "n.ipynb").write_text(text)
    status, out, err = cnncourse(capsys, "check", tmp_path / "n.ipynb")
    assert (status, out) == (2, "")
    assert problem in err


def test_a_notebook_that_checks_what_there_is_not_is_an_error_of_use(tmp_path, capsys):
    path = notebook(tmp_path / "n.ipynb", '@check("conv3d")\ndef f(x):\n    pass')
    status, _, err = cnncourse(capsys, "check", path)
    assert status == 2
    assert "n.ipynb, code cell 1: exercise is 'conv3d'; expected the id of an exercise; did you mean 'conv2d'" in err


# Commands


def test_check_takes_all_that_is_attempted(workspace, capsys):
    status, out, _ = cnncourse(capsys, "check")
    assert (status, "Nothing is attempted yet." in out) == (1, True)  # a check of nothing is no pass
    put(workspace, "conv2d", CONV2D.solution_source)
    assert cnncourse(capsys, "check") == (
        0,
        "✓ conv2d: passed, all 14 cases agree.\nterminal   cnncourse solution conv2d shows ours, to compare\n\n",
        "",
    )
    put(workspace, "conv1x1", "def conv1x1(x, weight):\n    return None\n")
    status, out, _ = cnncourse(capsys, "check")
    assert status == 1
    assert "1 of 2 checked exercises passed." in out


def test_check_takes_ids_files_and_chapters(workspace, capsys):
    put(workspace, "conv2d", CONV2D.solution_source)
    assert cnncourse(capsys, "check", "channels/conv2d.py")[0] == 0
    status, out, _ = cnncourse(capsys, "check", "channels")
    assert status == 1  # what is asked for by name and not attempted does not pass
    assert f"1 of {len(CATALOGUE['channels'])} checked exercises passed." in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["check", "conv3d"], "exercise is 'conv3d'; expected the id of an exercise or a chapter; did you mean conv2d"),
        (["hint", "xyzzy"], "exercise is 'xyzzy'; expected the id of an exercise; cnncourse list names them all"),
        (["check", "README.py"], "README.py is no exercise's file in"),
        (["check", "nowhere.ipynb"], "nowhere.ipynb cannot be read (No such file or directory)"),
        (["check", "conv2d", "--seed", "-1"], "Invalid value for '--seed'"),
        (["inputs", "conv2d", "--case", "1", "--seed", "1"], "seed is 1 and case is 1; expected one of them"),
        (["inputs", "conv2d", "--case", "9"], "case is 9; expected at most 2"),
        (["inputs", "predict_channels", "--seed", "1"], "is a prediction"),
        (["report", "README.md"], "README.md is a file; expected a workspace"),
        (["report", "nowhere"], "nowhere is no folder: expected cnncourse.toml in it"),
        (["report", "--only", "xyzzy"], "exercise is 'xyzzy'"),
        (["report", "--format", "pdf"], "pdf"),
        (["report", "--only", "conv2d", "--output", "nowhere/a.json"], "nowhere is no folder; make it"),
        (["report", "--only", "conv2d", "--output", "channels"], "channels cannot be written"),
        (["instructor", "."], "holds something already; expected a new or an empty folder"),
        (["instructor", "nowhere/pack"], "cannot be made (No such file or directory)"),
    ],
)
def test_a_wrong_question_names_the_remedy_and_ends_with_2(workspace, capsys, arguments, problem):
    before = sorted(workspace.root.rglob("*"))
    status, out, err = cnncourse(capsys, *arguments)
    assert (status, out) == (2, "")
    assert problem in err
    assert "Traceback" not in err
    assert sorted(workspace.root.rglob("*")) == before


@pytest.mark.parametrize("command", [["check"], ["watch"], ["reset", "conv2d"], ["report"]])
def test_a_folder_that_is_no_workspace_is_an_error_of_use(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    status, out, err = cnncourse(capsys, *command)
    assert (status, out) == (2, "")
    assert f"{tmp_path} is no workspace: expected {MARKER} in it or in a folder above; go to your workspace" in err


def test_a_missing_file_is_an_error_of_use(workspace, capsys):
    workspace.path("conv2d").unlink()
    status, out, _ = cnncourse(capsys, "check", "conv2d")
    assert status == 2
    assert "channels/conv2d.py is not there; cnncourse init writes it" in out


@pytest.mark.parametrize("missing", terminal.NEEDED)
def test_without_the_extra_the_command_says_what_to_install(monkeypatch, capsys, missing):
    monkeypatch.setattr(terminal, "find_spec", lambda name: None if name == missing else find_spec(name))
    status, out, err = cnncourse(capsys, "list")
    assert (status, out) == (2, "")
    assert err == f'error: cnncourse needs {missing} in the terminal; install: pip install "cnncourse[terminal]"\n'


def test_list_and_progress_say_how_far_one_is_in_words(workspace, capsys):
    put(workspace, "conv2d", CONV2D.solution_source)
    put(workspace, "conv1x1", "def conv1x1(x, weight):\n    return None\n")
    cnncourse(capsys, "check")
    put(workspace, "pad2d", load("pad2d").solution_source)
    _, out, _ = cnncourse(capsys, "list")
    assert len(out.splitlines()) == len(ids()) + len(CATALOGUE)
    for name, words in {"conv2d": "✓ passed", "conv1x1": "✗ failed", "pad2d": "~ edited, not checked"}.items():
        assert re.search(rf"^  {words} +{name} +\w", out, flags=re.MULTILINE)
    assert out.count("○ not attempted") == len(ids()) - 3
    _, out, _ = cnncourse(capsys, "progress")
    assert f"channels            1 of {len(CATALOGUE['channels'])}" in out
    assert f"1 of {len(ids())} exercises passed." in out


def test_hints_come_one_by_one(capsys):
    shown = [cnncourse(capsys, "hint", "conv2d")[1] for _ in range(4)]
    hints = CONV2D.hints
    assert shown == [f"Hint {i} of 3: {hints[i - 1]}\n" for i in (1, 2, 3, 3)]


def test_the_solution_is_not_shown_before_three_answers(workspace, capsys):
    for label in LABELS:
        status, out, err = cnncourse(capsys, "solution", "conv2d")
        assert (status, out) == (1, "")
        assert "the solution can be seen when your answer passes, or after 3 different answers" in err
        put(workspace, "conv2d", wrong_text(label))
        _, out, err = cnncourse(capsys, "check")
        # a wrong answer is the learner's own and holds most lines; what mends it is never among what is shown
        assert [line for line in secret_lines(CONV2D) if line in out + err] == []
    assert cnncourse(capsys, "solution", "conv2d") == (0, CONV2D.solution_source, "")


def test_the_solution_is_shown_by_force(capsys):
    assert cnncourse(capsys, "solution", "conv2d", "--force") == (0, CONV2D.solution_source, "")


def test_inputs_prints_the_case_that_a_verdict_names(workspace, capsys):
    put(workspace, "conv2d", wrong_text("stride-exchanged"))
    _, out, _ = cnncourse(capsys, "check", "--seed", 81)
    verdict = run("conv2d", own(CONV2D.wrong_functions["stride-exchanged"]), seed=81)
    assert f"cnncourse inputs conv2d --seed {verdict.case.seed}\n" in out
    _, out, _ = cnncourse(capsys, "inputs", "conv2d", "--seed", verdict.case.seed)
    shown = {"tensor": torch.tensor, "torch": torch}
    exec(out.replace("import inputs; inputs", "inputs"), shown)
    for name, value in inputs("conv2d", seed=verdict.case.seed).items():
        assert torch.equal(shown[name], value) if isinstance(value, torch.Tensor) else shown[name] == value


def test_reset_asks_and_keeps_the_old_answer(workspace, capsys, monkeypatch):
    put(workspace, "conv2d", "mine")
    mine = workspace.path("conv2d").read_text()
    monkeypatch.setattr("typer.confirm", lambda question: "channels/conv2d.py" not in question)
    assert cnncourse(capsys, "reset", "conv2d")[0] == 1
    assert workspace.path("conv2d").read_text() == mine
    for number in (1, 2):
        workspace.path("conv2d").write_text(f"{mine}{number}")
        assert cnncourse(capsys, "reset", "conv2d", "--yes")[0] == 0
        assert workspace.path("conv2d").read_text() == starter(CONV2D)
        assert workspace.path("conv2d").with_name(f"conv2d.py.{number}.bak").read_text() == f"{mine}{number}"


def test_a_damaged_progress_file_is_a_note_and_no_end(workspace, capsys, progress_file):
    progress_file.write_text("{}")
    status, _, err = cnncourse(capsys, "list")
    assert status == 0
    assert err.startswith("note: ")
    assert "is no progress file" in err


# Watching


@pytest.fixture
def screen(workspace):
    """Return a function that hands events to a screen and returns what was shown after each."""
    console = Console(file=io.StringIO(), width=100, highlight=False, markup=False)

    def play(*events):
        shown, waiting = [], list(events)

        class Script:
            def get(self, timeout):
                shown.append(console.file.getvalue())
                console.file.seek(0)
                console.file.truncate()
                event = waiting.pop(0) if waiting else ("key", "q")
                return event() if callable(event) else event

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(printing, "console", console)
            watch._Screen(workspace, console, has_keys=True).run(Script())
        return shown

    return play


def saving(workspace, exercise, text):
    def save():
        workspace.path(exercise).write_text(text, encoding="utf-8")
        return "saved", [exercise]

    return save


def test_watch_shows_the_first_unsolved_exercise_and_then_what_was_saved(workspace, screen):
    first = ids()[0]
    right = f"{CONV2D.setup}\n{CONV2D.solution_source}"
    start, half, failed, passed = screen(
        saving(workspace, "conv2d", right[: len(right) // 2]),
        saving(workspace, "conv2d", f"{CONV2D.setup}\n{wrong_text('bias-ignored')}"),
        saving(workspace, "conv2d", right),
    )
    assert f"○ {first}: not attempted yet." in start
    assert f"0 of {len(ids())} passed" in start
    assert "✗ conv2d: " in half
    assert "[bias-ignored]" in failed
    assert failed.count("✗") == 1
    assert "✓ conv2d: passed" in passed
    assert f"1 of {len(ids())} passed" in passed
    assert watch.KEYS in passed


def test_the_keys_of_watch_do_what_the_last_line_says(workspace, screen):
    put(workspace, "conv2d", wrong_text("bias-ignored"))
    before, after = ids()[ids().index("conv2d") - 1], ids()[ids().index("conv2d") + 1]
    first, again, previous, same, following, hint, hidden, listed, all_, asked, left, asked_again, reset = screen(
        *(("key", key) for key in "cpnnhslarnry")
    )
    for shown, name in ((first, "conv2d"), (again, "conv2d"), (previous, before), (same, "conv2d"), (following, after)):
        assert f"{name}: " in shown
    assert f"Hint 1 of 3: {load(after).hints[0][:40]}" in hint
    assert f"cnncourse solution {after} --force shows it all the same" in hidden
    assert all(name in listed for name in ids())
    assert "✗ conv2d: " in all_
    assert "[bias-ignored]" in all_
    assert "Put the stub back into channels/conv2d.py? Your text is kept beside it. y/n" in asked
    assert "Left as it is." in left
    assert "y/n" in asked_again
    assert "○ conv2d: not attempted yet." in reset
    assert "Your text is in conv2d.py.1.bak" in reset
    assert workspace.is_untouched("conv2d")


def test_watch_begins_where_it_is_told_to_and_leaves_what_is_checked_already(workspace, screen):
    put(workspace, "conv2d", wrong_text("bias-ignored"))
    _, nothing = screen(("saved", ["conv2d"]))
    assert nothing == ""  # it was checked at the start, and is as it was
    console = Console(file=io.StringIO())
    assert watch._Screen(workspace, console, has_keys=True, exercise="pad2d").exercise == "pad2d"


def test_watch_lives_on_after_an_endless_loop_and_a_deleted_file(workspace, screen, monkeypatch):
    monkeypatch.setattr(runner, "LIMIT", 0.3)

    def delete():
        workspace.path("conv2d").unlink()
        return "saved", ["conv2d"]

    _, looped, gone = screen(saving(workspace, "conv2d", "while True:\n    pass\n"), delete)
    assert "stopped after 0.3 s of computing in your line 1: while True:" in looped
    assert "channels/conv2d.py is not there; cnncourse init writes it" in gone


def test_watch_ends_when_its_folder_is_gone(workspace, screen):
    with pytest.raises(CourseError, match="is no workspace"):
        screen(lambda: (workspace.root / MARKER).unlink() or ("saved", ["conv2d"]))
    with pytest.raises(CourseError, match=r"can no longer be watched \(why\)"):
        screen(("ended", "why"))


def test_ctrl_c_ends_watch_quietly_and_its_threads(workspace, monkeypatch):
    def interrupt(self, events):
        raise KeyboardInterrupt

    monkeypatch.setattr(watch._Screen, "run", interrupt)
    console = Console(file=io.StringIO())
    before = threading.enumerate()
    watch.watch_workspace(workspace, console)
    assert "No longer watching." in console.file.getvalue()
    for thread in set(threading.enumerate()) - set(before):  # on a busy machine one may take its time
        thread.join(300)
        assert not thread.is_alive()


def test_watch_works_without_a_keyboard(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with watch._keyboard(watch.Events(), threading.Event()) as has_keys:
        assert not has_keys


def test_saves_are_noticed_however_an_editor_makes_them(workspace):
    events, stop = watch.Events(), threading.Event()
    watcher = threading.Thread(target=watch._watch_files, args=(workspace, events, stop))
    watcher.start()

    def noticed(name):
        """Wait for an exercise, and return all that were reported until then."""
        found = []
        while name not in found:
            kind, exercises = events.get(timeout=300)
            assert kind == "saved"
            found += exercises
        return set(found)

    try:
        while events.empty():  # until it has begun
            workspace.path("conv1x1").write_text("zero")
            time.sleep(0.05)
        workspace.path("conv2d").write_text("in place")
        assert noticed("conv2d") == {"conv1x1", "conv2d"}
        path = workspace.path("pad2d")
        path.with_name("pad2d.py~").write_text("by renaming")
        path.rename(path.with_name("old"))
        path.with_name("pad2d.py~").rename(path)
        assert noticed("pad2d") <= {"conv2d", "pad2d"}
        (workspace.root / "README.md").write_text("no exercise")
        workspace.path("shift2d").with_name(".shift2d.py.swp").write_text("no exercise")
        workspace.path("corr2d").write_text("another one")
        assert noticed("corr2d") <= {"pad2d", "corr2d"}
    finally:
        stop.set()
        watcher.join()


# Texts of others


def test_what_terminals_and_xml_cannot_take_is_replaced():
    assert printable("a\x00\x1b\x9b\ud800\ufffeb\n\tß→🙂") == "a�����b\n\tß→🙂"


# Templates

ROOT = Path(exercises.__file__).parent
TEMPLATES = {path for path in ROOT.rglob("templates/*") if path.is_file()}


def written():
    """Return all texts that are written from templates, by name."""
    names = [name for name in ids() if name in ("predict_padding", "conv2d")]  # a prediction, and another one
    return folder.workspace_files() | instructor.pack(names, "a package", seed=7)


def test_every_template_is_used_and_no_blank_is_left(monkeypatch):
    used = set()

    def spy(room, name, **values):
        used.add(ROOT.joinpath(*room.split(".")[2:], "templates", name + SUFFIX))
        return filled(room, name, **values)

    monkeypatch.setattr(folder, "filled", spy)
    monkeypatch.setattr(instructor, "filled", spy)
    texts = written()
    assert used == TEMPLATES
    assert [name for name, text in texts.items() if re.search(r"%\w*\{", text)] == []


@pytest.mark.parametrize("values", [{}, {"version": "1", "count": 2}])
def test_a_template_takes_its_blanks_and_no_others(values):
    with pytest.raises(
        ValueError, match=r"cnncourse.toml.template has the blanks \['version'\], the values are .*; mend"
    ):
        filled("cnncourse.exercises.workspace", "cnncourse.toml", **values)


def test_what_templates_become_can_be_parsed(tmp_path):
    for name, text in written().items():
        assert text.endswith("\n")
        if name.endswith(".py"):
            compile(text, name, "exec")
        elif name.endswith(".yml"):
            assert yaml.safe_load(text)["jobs"]
        elif name.endswith(".toml"):
            assert tomllib.loads(text)["package"]
        elif name.endswith(".md"):
            assert text.count("```") % 2 == 0
            assert text.startswith("# ")
        elif name == ".gitignore":
            assert "progress.json" in text
        elif text.startswith("#!"):
            subprocess.run(["bash", "-n"], input=text, text=True, check=True)
        else:
            assert (name, text) == ("gradescope/seed", "7\n")


@pytest.mark.parametrize("name", ["conftest.py", "test_exercises.py"])
def test_the_workspace_s_own_python_is_linted_as_our_tests_are(name):
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", ROOT.parents[1] / "tests" / name, "-"]
        text = filled("cnncourse.exercises.workspace", name)
        done = subprocess.run(ruff, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("builder", [WheelBuilder, SdistBuilder])
def test_templates_are_part_of_what_is_published(builder):
    root = ROOT.parents[1]
    included = {root / file.path for file in builder(str(root)).recurse_included_files()}
    assert included >= TEMPLATES
    assert ROOT / "templates.py" in included
