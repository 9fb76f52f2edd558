"""The class: what graders are told of submissions as learners make them, in each format; and the instructors' pack."""

import base64
import csv
import io
import json
import os
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from zipfile import ZipFile

import pytest
import yaml

from cnncourse.exercises import run
from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.grading import instructor, report
from cnncourse.exercises.grading.formats import COLUMNS, FORMATS
from cnncourse.exercises.grading.submission import read_folder
from cnncourse.exercises.library import ids, load
from cnncourse.exercises.progress_file import answer_hash
from cnncourse.exercises.runner import RUNG_LABELS
from cnncourse.exercises.workspace.answers import Answer, CourseError
from cnncourse.exercises.workspace.folder import Workspace, write_workspace
from tests.answers import own
from tests.test_exercises_terminal import CONV2D, FIELDS, cnncourse, notebook, put, wrong_text

RIGHT = f'@check("conv2d")\n{CONV2D.solution_source}'
WRONG = f'@check("conv2d")\n{wrong_text("bias-ignored")}'
SECRET = 987_654


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Keep progress in a file of the test's own, and let no seed of the shell's in."""
    monkeypatch.setenv("CNNCOURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.delenv("CNNCOURSE_SEED", raising=False)


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """Fill a workspace with a right, a wrong and a loud answer, and go there."""
    write_workspace(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    workspace = Workspace(tmp_path / "work")
    put(workspace, "conv2d", wrong_text("bias-ignored"))
    put(workspace, "conv1x1", load("conv1x1").solution_source)
    put(
        workspace,
        "conv2d_cost",
        "def conv2d_cost(*args, **kwargs):\n    raise ValueError('\\x00\\x1b[31m <&> \\ud800')\n",
    )
    return workspace


@pytest.fixture
def handed_in(tmp_path):
    """Make a folder for what a learner hands in."""
    folder = tmp_path / "ada"
    folder.mkdir()
    return folder


def entry(folder, name="conv2d", **options):
    (found,) = report.collect(read_folder(folder), [name], **options)
    return found


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


# Reports


def test_a_report_says_what_is_known_of_each_exercise(graded, capsys):
    status, out, err = cnncourse(capsys, "report", "--only", "channels", "--seed", 81, "--points", "difficulty")
    assert (status, err) == (0, "")
    content = json.loads(out)
    entries = {entry["id"]: entry for entry in content["exercises"]}
    assert list(entries) == list(CATALOGUE["channels"])
    verdict = run("conv2d", own(CONV2D.wrong_functions["bias-ignored"]), seed=81)
    for name in (*FIELDS, "passed", "planned"):
        assert entries["conv2d"][name] == getattr(verdict, name)
    assert entries["conv2d"]["answer"] == answer_hash(wrong_text("bias-ignored"))
    assert {name: entry["status"] for name, entry in entries.items()} == {
        **dict.fromkeys(CATALOGUE["channels"], "not_attempted"),
        **{"conv2d": "failed", "conv1x1": "passed", "conv2d_cost": "failed"},
    }
    most = sum(load(name).difficulty for name in CATALOGUE["channels"])
    assert (content["passed"], content["points"], content["max_points"]) == (1, load("conv1x1").difficulty, most)
    assert graded.progress().entries == {}  # grading is no attempt


def test_a_report_on_a_notebook_counts_what_is_missing(tmp_path, capsys):
    path = notebook(tmp_path / "n.ipynb", "import torch", f'@check("conv2d")\n{CONV2D.solution_source}')
    _, out, _ = cnncourse(capsys, "report", path, "--only", "channels")
    found = {entry["id"]: entry["status"] for entry in json.loads(out)["exercises"]}
    assert found == {**dict.fromkeys(CATALOGUE["channels"], "not_attempted"), "conv2d": "passed"}


def test_junit_is_valid_and_carries_the_message(graded, capsys):
    path = graded.root / "report.xml"
    assert cnncourse(capsys, "report", "--only", "channels", "--format", "junit", "--output", path) == (0, "", "")
    suite = ET.parse(path).getroot().find("testsuite")
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        **{"tests": str(len(CATALOGUE["channels"])), "failures": "2", "errors": "0"},
        "skipped": str(len(CATALOGUE["channels"]) - 3),
    }
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    failure = cases["conv2d"].find("failure")
    assert failure.text == run("conv2d", own(CONV2D.wrong_functions["bias-ignored"])).message
    assert failure.get("type") == "bias-ignored"
    text = " ".join(cases["conv2d_cost"].find("failure").text.split())
    assert text.count("�[31m <&> �") == 1  # what XML cannot hold is replaced
    assert not list(cases["conv1x1"])
    assert cases["corr2d_multi_in"].find("skipped") is not None


def test_gradescope_s_results_follow_its_documentation(graded, capsys):
    _, out, _ = cnncourse(capsys, "report", "--only", "channels", "--format", "gradescope")
    content = json.loads(out)
    assert set(content) == {"execution_time", "visibility", "stdout_visibility", "tests"}
    assert content["stdout_visibility"] == "hidden"
    for test in content["tests"]:
        assert set(test) <= {"score", "max_score", "name", "number", "output", "tags", "visibility", "extra_data"}
        assert test["visibility"] in {"hidden", "after_due_date", "after_published", "visible"}
        assert 0 <= test["score"] <= test["max_score"] == 1
    scores = {test["name"]: test["score"] for test in content["tests"]}
    assert scores["channels: conv1x1 (passed)"] == 1
    assert scores["channels: conv2d (failed)"] == 0
    assert scores["channels: corr2d_multi_in (not attempted)"] == 0


JUNIT = {
    "testsuites": set(),
    "testsuite": {"name", "package", "id", "hostname", "timestamp", "tests", "failures", "errors", "skipped", "time"},
    "properties": set(),
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
    "system-err": set(),
}  # what Jenkins' junit-10.xsd and Ant's schema both allow


def test_junit_has_no_attribute_that_a_schema_refuses(graded, capsys):
    _, out, _ = cnncourse(capsys, "report", "--only", "channels", "--format", "junit")
    root = ET.fromstring(out)
    assert {part.tag: set(part.keys()) for part in root.iter()} == JUNIT
    (suite,) = root
    assert [part.tag for part in suite] == [
        *("properties", *["testcase"] * len(CATALOGUE["channels"]), "system-out", "system-err")
    ]


def test_classroom_s_reporter_shows_the_verdict(graded, capsys):
    _, out, _ = cnncourse(capsys, "report", "--only", "channels", "--format", "classroom")
    content = json.loads(out)
    assert (content["status"], content["max_score"]) == ("fail", len(CATALOGUE["channels"]))
    assert sum(test["score"] for test in content["tests"]) == 1
    tests = {test["name"]: test for test in content["tests"]}
    assert {test["line_no"] for test in tests.values()} == {0}  # else the reporter prints it, or "line undefined"
    assert tests["channels: conv1x1"] | {"test_code": ""} == tests["channels: conv1x1"]
    assert tests["channels: conv1x1"]["status"] == "pass"
    # of a failed test the reporter prints the name and this
    verdict = run("conv2d", own(CONV2D.wrong_functions["bias-ignored"]))
    assert tests["channels: conv2d"]["test_code"] == verdict.message
    assert tests["channels: conv2d"]["status"] == "fail"


def test_a_report_on_the_whole_course_fits_into_an_environment_variable(tmp_path):
    message = "\n".join(["é" * 92] * 14)  # no verdict is longer
    submission = read_folder(tmp_path)
    entries = report.collect(submission, ids())
    long = [type(one)(**{**vars(one), "message": message}) for one in entries]
    written = FORMATS["classroom"](long)
    assert len(base64.b64encode(written.encode())) < 128 * 1024
    assert all(test["test_code"].startswith(message[:1000]) for test in json.loads(written)["tests"])


def test_a_table_has_a_row_for_each_exercise(graded, capsys):
    _, out, _ = cnncourse(capsys, "report", "--only", "channels", "--format", "csv")
    rows = {row["exercise"]: row for row in table(out)}
    assert list(rows) == list(CATALOGUE["channels"])
    assert rows["conv2d"] == {
        **{"submission": "work", "exercise": "conv2d", "status": "failed", "label": "bias-ignored", "points": "0"},
        **{"passed": str(run("conv2d", own(CONV2D.wrong_functions["bias-ignored"])).passed), "planned": "14"},
        **{"max_points": "1", "answer": answer_hash(wrong_text("bias-ignored")), "file": "channels/conv2d.py"},
    }
    assert (rows["conv1x1"]["points"], rows["conv1x1"]["label"]) == ("1", "")


LABELLED = {
    "nothing-returned": "pass",
    "dtype-changed": "return {right}.to(torch.float16)",
    "input-changed": "y = {right}\n    x += 1\n    return y",
    "gradient-cut": "return {right}.detach()",
    "not-repeatable": "calls.append(1)\n    return {right} if len(calls) <= 17 else 0 * {right}",
    "ready-made": "return torch.nn.functional.conv2d(x, weight[..., None, None])",
    "endless": "while True:\n        pass",
    "ends-python": "import os\n    os._exit(0)",
}


@pytest.mark.parametrize("label", LABELLED)
def test_reports_carry_the_labels_of_the_rungs(handed_in, monkeypatch, label):
    monkeypatch.setattr("cnncourse.exercises.runner.LIMIT", 0.5)
    head = f"def conv1x1{load('conv1x1').signature}:\n    "
    right = "(x.movedim(-3, -1) @ weight.T).movedim(-1, -3)"
    (handed_in / "conv1x1.py").write_text(
        f"import torch\n\ncalls = []\n\n\n{head}{LABELLED[label].format(right=right)}\n"
    )
    found = entry(handed_in, "conv1x1", hide_cases=True)
    assert (found.status, found.label) == ("failed", label)
    assert f"[{label}]" in found.message
    assert ET.fromstring(FORMATS["junit"]([found])).find(".//failure").get("type") == label
    assert table(FORMATS["csv"]([found]))[0]["label"] == label


def test_each_label_of_the_rungs_is_explained():
    assert set(report.RUNG_WORDS) == {*RUNG_LABELS, report.NOT_CHECKED}
    readme = instructor.pack(["conv2d"], "a package", seed=7)["README.md"]
    assert [label for label, words in report.RUNG_WORDS.items() if f"* `{label}`: {words}\n" not in readme] == []


# Secrets


@pytest.mark.parametrize("form", list(FORMATS))
def test_a_hidden_seed_s_cases_stay_hidden(graded, capsys, monkeypatch, form):
    monkeypatch.setenv("CNNCOURSE_SEED", "987654")
    _, out, _ = cnncourse(capsys, "report", "--only", "channels", "--format", form)
    for secret in ("987654", "98765", "given", "First failing", "yours", "expected", "inputs(", "case=", "[31m"):
        assert secret not in out
    assert ("bias-ignored" if form == "csv" else "The bias is not added. [bias-ignored]") in out
    _, plain, _ = cnncourse(capsys, "report", "--only", "channels", "--format", form, "--seed", 987654)
    assert form == "csv" or "yours" in plain  # a seed on the command line is no secret
    _, hidden, _ = cnncourse(capsys, "report", "--only", "channels", "--seed", 987654, "--hide-cases")
    assert "yours" not in hidden


TELLING = {
    "prints": "print('LEAK', x)\n    print('LEAK', file=sys.stderr)",
    "writes": "os.write(1, b'LEAK')\n    os.write(2, b'LEAK')",
    "logs": "logging.warning('LEAK %s', x)",
    "raises": "raise ValueError(f'LEAK {x}')",
    "raises its own class": "raise type(f'LEAK{len(x)}', (Exception,), {})",
    "ends Python": "sys.exit(f'LEAK {x}')",
    "ends Python with a word": "print('LEAK', flush=True)\n    os._exit(1)",
    "returns a text": "return f'LEAK {x}'",
    "returns what shows itself": "return type('L', (), {'__repr__': lambda self: 'LEAK'})()",
    "returns it": "return [x, 31337]",
    "returns something else each time": "return [random.random(), 'LEAK']",
    "warns": "warnings.warn('LEAK')",
}


AT_IMPORT = {
    "corr2d_multi_in": "print('LEAK')\nraise ValueError('LEAK')",
    "conv2d_cost": "print('LEAK', flush=True)\nimport os\nos._exit(1)",
}
OTHERS = [name for name in ids() if name not in AT_IMPORT and not load(name).is_prediction]
TELLERS = dict(zip(OTHERS, TELLING.values(), strict=False))


@pytest.mark.parametrize("form", list(FORMATS))
def test_nothing_that_an_answer_prints_or_raises_is_shown_with_a_hidden_seed(handed_in, capfd, monkeypatch, form):
    for name, body in TELLERS.items():
        function = f"def {name}(*args, **kwargs):\n    x = [*args, *kwargs.values()]\n    {body}\n"
        (handed_in / f"{name}.py").write_text(f"import logging, os, random, sys, warnings\n\n\n{function}")
    for name, text in AT_IMPORT.items():
        (handed_in / f"{name}.py").write_text(f"{text}\n")
    monkeypatch.setenv("CNNCOURSE_SEED", str(SECRET))
    path = handed_in.parent / "out"
    names = [*TELLERS, *AT_IMPORT]
    only = [part for name in names for part in ("--only", name)]
    cnncourse(capfd, "report", handed_in, "--all-files", *only, "--format", form, "--output", path)
    out, seen = path.read_text(), "".join(capfd.readouterr())
    for secret in ("LEAK", "31337", str(SECRET), "inputs(", "yours"):
        assert secret not in out + seen
    if form == "json":
        found = {one["id"]: one for one in json.loads(out)["exercises"]}
        assert [(name, one["status"]) for name, one in found.items()] == [(name, "failed") for name in names]
        assert "ValueError in your line 6; its text is not shown here" in found[names[3]]["message"]


def test_an_answer_does_not_find_the_seed_in_its_environment(handed_in):
    asking = f"    assert 'CNNCOURSE_SEED' not in os.environ and '{SECRET}' not in str(os.environ)"
    source = CONV2D.solution_source.replace("    sh, sw =", f"{asking}\n    sh, sw =")
    assert asking in source
    (handed_in / "conv2d.py").write_text(f"import os\nimport torch\n\n\n{source}\n")
    # in a process of its own: here the hand may have been started before there was a seed
    command = [sys.executable, "-c", "from cnncourse.exercises.terminal import main; main()", "report", handed_in]
    done = subprocess.run(
        [*command, "--all-files", "--only", "conv2d"],
        **{"capture_output": True, "text": True, "check": True},
        env=os.environ | {"CNNCOURSE_SEED": str(SECRET)},
    )
    assert json.loads(done.stdout)["passed"] == 1, done.stdout


def test_no_misconception_s_message_gives_a_hidden_case_away():
    for wrong, function in CONV2D.wrong_functions.items():
        verdict = run("conv2d", own(function), seed=81)
        hidden = report.without_case(verdict)
        assert not any(word in hidden for word in ("seed", "given", "yours", "expected", "values  ", "inputs("))
        assert f"[{wrong}]" in hidden


def test_a_seed_that_is_none_is_an_error_of_use(graded, capsys, monkeypatch):
    monkeypatch.setenv("CNNCOURSE_SEED", "x1")
    status, _, err = cnncourse(capsys, "report")
    assert status == 2
    assert "CNNCOURSE_SEED is 'x1'; expected a whole number from 0 on; mend or unset it" in err
    monkeypatch.setenv("CNNCOURSE_SEED", "")  # a secret that is not set
    assert '"seed": 0' in cnncourse(capsys, "report", "--only", "conv2d")[1]


# Submissions


def test_of_several_answers_the_best_counts_and_its_file_is_named(handed_in):
    notebook(handed_in / "a.ipynb", "import torch", WRONG)
    notebook(handed_in / "b.ipynb", "import torch", RIGHT)
    (handed_in / "conv2d.py").write_text(CONV2D.stub)
    (handed_in / "more").mkdir()
    (handed_in / "more" / "homework.py").write_text(f"import torch\n\n\n{load('conv1x1').solution_source}")
    found = entry(handed_in)
    assert (found.status, found.file) == ("passed", "b.ipynb")
    assert found.message.splitlines()[-1] == "from       b.ipynb, the best of 3 answers"
    (handed_in / "b.ipynb").unlink()
    assert (entry(handed_in).label, entry(handed_in).file) == ("bias-ignored", "a.ipynb")
    assert (entry(handed_in, "conv1x1").status, entry(handed_in, "conv1x1").file) == ("passed", "more/homework.py")


def test_what_cannot_be_read_is_named_and_the_rest_is_checked(handed_in):
    notebook(handed_in / "none.ipynb", "x = 1")
    (handed_in / "broken.ipynb").write_text("{")
    (handed_in / "deep.ipynb").write_text("[" * 100_000)
    notebook(handed_in / "typo.ipynb", '@check("conv2")\ndef conv2(x):\n    return x')
    notebook(handed_in / "good.ipynb", "import torch", RIGHT)
    submission = read_folder(handed_in)
    told = " ".join(submission.problems)
    for part in ("none.ipynb hands no function", "broken.ipynb is no JSON", "deep.ipynb cannot be read", "typo.ipynb"):
        assert part in told
    assert entry(handed_in).status == "passed"
    missing = entry(handed_in, "pad2d")
    assert missing.status == "not_attempted"
    assert "broken.ipynb is no JSON" in " ".join(missing.message.split())
    assert "and 1 more" in missing.message


def test_hidden_files_and_links_are_not_handed_in(handed_in, tmp_path):
    (tmp_path / "elsewhere.py").write_text(CONV2D.solution_source)
    (handed_in / "conv2d.py").symlink_to(tmp_path / "elsewhere.py")
    for folder in (".ipynb_checkpoints", "__MACOSX"):
        (handed_in / folder).mkdir()
        (handed_in / folder / "conv2d.py").write_text(CONV2D.solution_source)
    assert entry(handed_in).status == "not_attempted"


def test_a_check_that_fails_itself_leaves_the_others_alone(handed_in, monkeypatch):
    def fail(answer, seed):
        raise RuntimeError("LEAK")

    notebook(handed_in / "a.ipynb", "import torch", RIGHT)
    check = Answer.check
    monkeypatch.setattr(Answer, "check", lambda answer, seed: (fail if answer.id == "pad2d" else check)(answer, seed))
    broken, right = report.collect(read_folder(handed_in), ["pad2d", "conv2d"])
    assert (broken.status, broken.label, right.status) == ("failed", "not-checked", "passed")
    assert "The check itself failed: look at this answer yourself. (RuntimeError)" in broken.message


# A class


@pytest.fixture
def classroom(tmp_path):
    """Make a class: two equal folders, a notebook, a workspace, and three that are broken, empty and no submission."""
    folder = tmp_path / "class"
    for name in ("ada", "bob", "cyd", "dan"):
        (folder / name).mkdir(parents=True)
    for name in ("ada", "bob"):
        notebook(folder / name / "lab.ipynb", "import torch", WRONG)
    write_workspace(folder / "eve")
    put(Workspace(folder / "eve"), "conv2d", CONV2D.solution_source)
    notebook(folder / "=fay.ipynb", "import torch", WRONG)
    (folder / "cyd" / "conv2d.py").write_text("import os\nos._exit(1)\n")
    (folder / "dan" / "lab.ipynb").write_text("{")
    (folder / "all.zip").write_text("")
    return folder


def test_a_class_becomes_a_table(classroom, capsys):
    status, out, err = cnncourse(capsys, "grade", classroom, "--only", "conv2d", "--only", "pad2d")
    assert status == 0
    rows = table(out)
    assert list(rows[0]) == list(COLUMNS)
    found = {(row["submission"], row["exercise"]): (row["status"], row["label"]) for row in rows}
    assert found == {
        **{(name, "pad2d"): ("not_attempted", "") for name in ("'=fay.ipynb", "ada", "bob", "cyd", "dan", "eve")},
        **{(name, "conv2d"): ("failed", "bias-ignored") for name in ("'=fay.ipynb", "ada", "bob")},
        ("cyd", "conv2d"): ("failed", ""),
        ("dan", "conv2d"): ("not_attempted", ""),
        ("eve", "conv2d"): ("passed", ""),
    }
    equal = {row["answer"] for row in rows if row["label"] == "bias-ignored"}
    assert len(equal) == 1
    assert "note: all.zip is left out" in err
    assert "note: lab.ipynb is no JSON" in err
    assert "eve: 1 of 2 passed" in err


def test_equal_answers_are_checked_once(classroom, capsys, monkeypatch):
    checked = []
    check = Answer.check
    monkeypatch.setattr(Answer, "check", lambda answer, seed: checked.append(answer.where) or check(answer, seed))
    cnncourse(capsys, "grade", classroom, "--only", "conv2d")
    assert sum("lab.ipynb" in where or "fay" in where for where in checked) == 1


def test_equal_functions_with_other_helpers_are_not_taken_for_equal_answers(tmp_path):
    source = RIGHT.replace("// sh + 1", "// sh + one()")
    for name, value in (("right", 1), ("wrong", 2)):
        (tmp_path / name).mkdir()
        notebook(tmp_path / name / "lab.ipynb", "import torch", f"def one():\n    return {value}", source)
    known = {}
    statuses = [report.collect(read_folder(tmp_path / name), ["conv2d"], known=known)[0] for name in ("right", "wrong")]
    assert [one.status for one in statuses] == ["passed", "failed"]
    assert statuses[0].answer == statuses[1].answer  # the function is the same


def test_a_class_is_written_to_a_file(classroom, capsys, monkeypatch):
    path = classroom.parent / "class.csv"
    monkeypatch.setenv("CNNCOURSE_SEED", str(SECRET))
    options = ("--only", "conv2d", "--points", "difficulty", "--output", path)
    status, out, _ = cnncourse(capsys, "grade", classroom, *options)
    assert (status, out) == (0, "")
    assert {row["max_points"] for row in table(path.read_text())} == {str(CONV2D.difficulty)}
    assert str(SECRET) not in path.read_text()


def test_what_is_no_class_is_an_error_of_use(tmp_path, graded, capsys):
    (tmp_path / "empty").mkdir()
    for folder, told in {
        tmp_path / "nowhere": "is no folder; expected one that holds a folder or a notebook for each learner",
        tmp_path / "empty": "holds neither folders nor notebooks; expected one for each learner; unpack archives",
        graded.root: "is one workspace; expected a folder that holds a folder or a notebook for each learner",
    }.items():
        status, _, err = cnncourse(capsys, "grade", folder)
        assert status == 2
        assert told in err


# The instructors' pack


def test_the_pack_says_what_the_catalogue_says():
    files = instructor.pack(ids(), "cnncourse[terminal]==9", seed=7)
    for name in ids():
        exercise, text = load(name), files[f"exercises/{load(name).chapter}/{name}.md"]
        parts = [exercise.statement, exercise.solution_source.strip(), exercise.setup, exercise.title, exercise.read]
        parts += [*exercise.hints, str(exercise.signature)]
        for wrong in exercise.wrong:
            parts += [f"### {wrong.label}\n\n{wrong.why} Read: {wrong.read}.", exercise.wrong_source(wrong).strip()]
        parts += [repr(case.expected) for case in exercise.worked]
        questions = exercise.questions if exercise.is_prediction else {}
        parts += [f"* {question}: {answer!r}" for question, answer in questions.items()]
        parts += ["`torch.nn.functional.conv2d`"] if name == "conv2d" else []
        assert [part for part in parts if part not in text] == []
        assert f"* {name}: {', '.join(wrong.label for wrong in exercise.wrong)}\n" in files["README.md"] + "\n"
    assert len([name for name in files if name.startswith("exercises/")]) == len(ids())
    assert "to you it proves nothing" in files["README.md"]


def test_the_pack_follows_the_catalogue_at_once(monkeypatch):
    before = instructor.pack(["conv2d"], "a package", seed=7)
    changed = type(CONV2D)(**{**vars_of(CONV2D), "hints": ("one", "two", "a third hint")})
    monkeypatch.setattr(instructor, "load", lambda name: changed)
    after = instructor.pack(["conv2d"], "a package", seed=7)
    assert {name for name in before if before[name] != after[name]} == {"exercises/channels/conv2d.md"}
    assert "3. a third hint" in after["exercises/channels/conv2d.md"]


def vars_of(exercise):
    return {name: getattr(exercise, name) for name in exercise.__dataclass_fields__}


def test_the_pack_s_recipes_can_be_run(tmp_path, capsys):
    folder = tmp_path / "pack"
    status, out, _ = cnncourse(capsys, "instructor", folder, "--package", "git+https://a.b/c", "--only", "channels")
    assert status == 0
    assert "It holds all solutions." in out
    workflow = yaml.safe_load((folder / "classroom/.github/workflows/classroom.yml").read_text())
    steps = workflow["jobs"]["run-autograding-tests"]["steps"]
    scripts = "\n".join(step.get("run", "") for step in steps)
    assert 'pip install --quiet "cnncourse[terminal] @ git+https://a.b/c"' in scripts
    assert "https://download.pytorch.org/whl/cpu" in scripts
    assert "cnncourse report . --only predict_channels" in scripts
    assert "GITHUB_STEP_SUMMARY" in scripts  # where learners see the verdicts without GitHub Classroom, too
    assert steps[-1]["env"]["EXERCISES_RESULTS"] == "${{ steps.exercises.outputs.result }}"
    assert steps[-1]["with"]["runners"] == "exercises"
    for name in ("setup.sh", "run_autograder"):
        assert os.access(folder / "gradescope" / name, os.X_OK)
        subprocess.run(["bash", "-n", folder / "gradescope" / name], check=True)
    assert int((folder / "gradescope/seed").read_text()) >= 0
    assert stat.S_IMODE((folder / "gradescope/seed").stat().st_mode) == 0o600
    assert not list(folder.rglob("*.whl"))


def test_the_pack_brings_the_wheel_that_its_recipes_install(tmp_path, capsys):
    folder = tmp_path / "pack"
    assert cnncourse(capsys, "instructor", folder, "--only", "conv2d")[0] == 0
    wheels = sorted(folder.rglob("*.whl"))
    assert [path.parent.relative_to(folder).as_posix() for path in wheels] == ["classroom/.github", "gradescope"]
    names = ZipFile(wheels[0]).namelist()
    assert "cnncourse/exercises/catalogue/channels/conv2d.py" in names
    assert "cnncourse/exercises/grading/templates/setup.sh.template" in names
    name = wheels[0].name
    assert f'"./source/{name}[terminal]"' in (folder / "gradescope/setup.sh").read_text()
    workflow = (folder / "classroom/.github/workflows/classroom.yml").read_text()
    assert f'"./.github/{name}[terminal]"' in workflow
    assert {path.name for path in folder.iterdir()} == {"README.md", "classroom", "exercises", "gradescope"}


def test_a_wheel_that_is_named_goes_into_the_pack(tmp_path, capsys):
    wheel = tmp_path / "cnncourse-9-py3-none-any.whl"
    status, _, err = cnncourse(capsys, "instructor", tmp_path / "pack", "--package", wheel)
    assert (status, os.listdir(tmp_path)) == (2, [])
    assert f"--package is {wheel}, which is no file; expected a wheel, as make wheel builds it" in err
    wheel.write_bytes(b"a wheel")
    assert cnncourse(capsys, "instructor", tmp_path / "pack", "--package", wheel, "--only", "conv2d")[0] == 0
    assert (tmp_path / "pack/gradescope" / wheel.name).read_bytes() == b"a wheel"


def test_without_a_checkout_the_message_says_what_to_give(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(instructor.build_wheel, "__defaults__", (tmp_path,))
    status, _, err = cnncourse(capsys, "instructor", tmp_path / "pack", "--only", "conv2d")
    assert (status, os.listdir(tmp_path)) == (2, [])
    assert f"no wheel can be built: {tmp_path} holds no pyproject.toml; expected a checkout" in err
    assert '--package "git+https://..."' in err
    (tmp_path / "pyproject.toml").write_text("[build-system]\nrequires = []\nbuild-backend = 'nowhere'\n")
    with pytest.raises(CourseError, match=r"no wheel can be built from .* \(.+\); expected a checkout; give"):
        instructor.build_wheel(tmp_path / "built", tmp_path)


@pytest.fixture
def autograder(tmp_path):
    """Lay out Gradescope's folder, with a command that stands for the installed one; returns what runs it."""
    root = tmp_path / "autograder"
    (root / "source").mkdir(parents=True)
    (root / "submission").mkdir()
    (root / "course/bin").mkdir(parents=True)
    files = instructor.pack(["conv2d", "pad2d", "conv1x1"], "a package", seed=SECRET)
    (root / "source/seed").write_text(files["gradescope/seed"])
    (root / "run_autograder").write_text(files["gradescope/run_autograder"])
    here = f'exec {sys.executable} -c "from cnncourse.exercises.terminal import main; main()" "$@"'

    def grade(command=here, limit="300"):
        path = root / "course/bin/cnncourse"
        path.write_text(f"#!/bin/sh\n{command}\n")
        path.chmod(0o755)
        environment = os.environ | {"AUTOGRADER": str(root), "LIMIT": limit}
        script = ["bash", root / "run_autograder"]
        done = subprocess.run(script, capture_output=True, text=True, env=environment, check=False)
        return json.loads((root / "results/results.json").read_text()), done

    grade.root = root
    return grade


def test_gradescope_gets_results_of_all_that_is_handed_in(autograder):
    handed_in = autograder.root / "submission"
    notebook(handed_in / "a.ipynb", "import torch", WRONG)
    notebook(handed_in / "b.ipynb", "import torch", RIGHT)
    notebook(handed_in / "none.ipynb", "x = 1")
    (handed_in / "broken.ipynb").write_text("{")
    (handed_in / "pad2d.py").write_text("import os\n\n\ndef pad2d(x, padding, value=0.0):\n    os._exit(0)\n")
    results, done = autograder()
    tests = {test["extra_data"]["id"]: test for test in results["tests"]}
    assert {name: (test["score"], test["extra_data"]["label"]) for name, test in tests.items()} == {
        "conv2d": (1, None),
        "pad2d": (0, "ends-python"),
        "conv1x1": (0, None),
    }
    assert "b.ipynb, the best of 2 answers" in tests["conv2d"]["output"]
    assert "your code ends Python" in tests["pad2d"]["output"]
    for name in ("pad2d", "conv1x1"):
        assert "none.ipynb hands no function to check" in " ".join(tests[name]["output"].split())
    assert str(SECRET) not in json.dumps(results) + done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("exit 3", "The autograder itself failed (exit status 3), so that nothing could be checked."),
        ("echo LEAK; kill -9 $$", "The autograder itself failed (exit status 137)"),
        ("sleep 60", "The check took too long, so that it was stopped"),
    ],
    ids=["error", "killed", "endless"],
)
def test_gradescope_gets_results_whatever_happens(autograder, command, why):
    results, _ = autograder(command, limit="1")
    assert results["score"] == 0
    assert results["stdout_visibility"] == "hidden"
    assert results["output"].startswith(why)
    assert results["output"].endswith("Tell your instructors.")
    assert "LEAK" not in str(results)


def test_without_the_hidden_seed_nothing_is_graded(autograder):
    (autograder.root / "source/seed").unlink()  # else everybody would see the cases of seed 0
    results, _ = autograder()
    assert results["output"].startswith("The autograder itself failed (exit status 1)")
