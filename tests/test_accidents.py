"""What an answer does by accident ends in a fair verdict, and touches neither the next answer nor the next cell."""

import contextlib
import io
import signal
import textwrap
import threading

import nbformat
import pytest
from nbclient import NotebookClient

from cnncourse.exercises import run, runner, terminal
from cnncourse.exercises.workspace.folder import Workspace, write_workspace
from tests.outside.accidents import ACCIDENTS

LIMIT = 0.5  # seconds of computing for what never ends; all else has a learner's 5, as a busy machine is slow
# what a function reaches in a notebook by a name that is a text does not travel with it; from a file it is there
BY_TEXT = ("function_attributes",)
RIGHT = """
    kh, kw = kernel.shape
    y = x.new_zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + kh, j : j + kw] * kernel).sum()
    return y
"""


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """Keep progress in a file of the test's own."""
    monkeypatch.setenv("CNNCOURSE_PROGRESS", str(tmp_path / "progress.json"))


def source(accident):
    """Write an accident's answer."""
    head, body = "def corr2d(x, kernel):", textwrap.dedent(accident.body).strip("\n")
    if accident.where == "module":
        return f"import torch\n\n{body}\n\n\n{head}{RIGHT}"
    return f"import torch\n\n\n{head}\n{textwrap.indent(body, '    ')}{RIGHT}"


def limit(accident):
    """Return the seconds that an accident may compute."""
    return LIMIT if accident.status == "failed" else runner.LIMIT


def test_there_are_many_of_them():
    assert len(ACCIDENTS) >= 120
    assert len({accident.name for accident in ACCIDENTS}) == len(ACCIDENTS)


@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda accident: accident.name)
def test_in_the_terminal(accident, tmp_path, monkeypatch):
    write_workspace(tmp_path / "work")
    path = Workspace(tmp_path / "work").path("corr2d")
    codes = []
    usual = runner.LIMIT
    for text, seconds in ((source(accident), limit(accident)), (f"def corr2d(x, kernel):{RIGHT}", usual)):
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(runner, "LIMIT", seconds)
        with contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as exit_:
            terminal.main(["check", str(path)])
        codes.append(exit_.value.code or 0)
    assert codes == [0 if accident.status == "passed" else 1, 0]


def test_in_a_kernel(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    chosen = [accident for accident in ACCIDENTS if accident.where != "module" and accident.name not in BY_TEXT]
    assert len(chosen) >= 120
    setup = "from cnncourse.exercises import check, runner\nimport torch"
    cells = [setup]
    for accident in chosen:
        answer = source(accident).removeprefix("import torch").strip()
        right = f"def corr2d(x, kernel):{RIGHT}"
        cells += [f'runner.LIMIT = {limit(accident)}\n\n\n@check("corr2d")\n{answer}']
        cells += [f'runner.LIMIT = {runner.LIMIT}\n\n\n@check("corr2d", strict=True)\n{right}', "1 + 1"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, timeout=300, allow_errors=True, resources={"metadata": {"path": tmp_path}})
    _, *done = client.execute().cells
    found = {}
    for accident, (odd, right, after) in zip(chosen, zip(*[iter(done)] * 3, strict=True), strict=True):
        shown = [output["data"]["text/plain"] for output in odd.outputs if output["output_type"] == "display_data"]
        status = "passed" if shown[0].startswith("corr2d: passed") else "failed"
        if status != accident.status:
            found[accident.name] = shown
        if not right.outputs[0].get("data", {}).get("text/plain", "").startswith("corr2d: passed"):
            found[f"after {accident.name}"] = right.outputs[0]
        assert after.outputs[0]["data"]["text/plain"] == "2"
    assert found == {}


@pytest.mark.parametrize(
    "accident", [one for one in ACCIDENTS[::8] if one.where != "module"], ids=lambda accident: accident.name
)
def test_in_a_thread_and_without_signals(accident, monkeypatch):
    monkeypatch.delattr(signal, "setitimer")  # as on Windows
    monkeypatch.delattr(signal, "SIGALRM")
    namespace, verdicts = {}, []
    exec(source(accident), namespace)

    def both():
        verdicts.append(run("corr2d", namespace["corr2d"], limit=limit(accident)))
        exec(f"def corr2d(x, kernel):{RIGHT}", namespace)
        verdicts.append(run("corr2d", namespace["corr2d"]))

    thread = threading.Thread(target=both)
    thread.start()
    thread.join(300)
    assert [verdict.status for verdict in verdicts] == [accident.status, "passed"]
