"""Measured numbers: how far they may move, and that nothing else may."""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbval.plugin import IPyNbCell, IPyNbFile

from tools import calibrate, pages
from tools.tolerance import (
    STRICT,
    ToleranceError,
    line_tolerances,
    read_comment,
    read_statements,
    result_tolerance,
    settle,
    settle_outputs,
)

WITHIN = read_comment("# ± 0.010")


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ("accuracy 0.912, 3 of 4: more", True),
        ("accuracy 0.892, 3 of 4: more", True),
        ("accuracy 0.913, 3 of 4: more", False),  # too far
        ("accuracy 0.902, 2 of 4: more", False),  # an integer
        ("accuracy 0.902, 3 of 4: less", False),  # a word
        ("accuracy 0.90, 3 of 4: more", False),  # fewer places
        ("accuracy 0.902", False),
        ("accuracy 0.902, 3 of 4, 0.902: more", False),  # another number
        ("accuracy nan, 3 of 4: more", False),
        ("accuracy inf, 3 of 4: more", False),
        ("accuracy 9.02e-1, 3 of 4: more", False),
        ("accuracy  0.902, 3 of 4: more", False),  # another layout
        ("accuracy 0.902, 3 of 4: more\n", False),
    ],
)
def test_decimals_may_move_and_nothing_else(found, same):
    stored = "accuracy 0.902, 3 of 4: more"
    assert (settle(stored, found, [WITHIN])[0] == stored) is same
    assert settle(stored, stored, [STRICT]) == (stored, [])
    assert settle(stored, found, [STRICT])[0] == found


@pytest.mark.parametrize(
    ("stored", "found", "comment", "same"),
    [
        ("-0.004", "0.004", "# ± 0.01", True),
        ("-0.004", "0.004", "# ± 0.005", False),
        ("20.0", "21.0", "# ± 5 %", True),
        ("20.0", "21.1", "# ± 5 %", False),
        ("-20.0", "-19.0", "# ± 5 %", True),
        ("1e-07", "2e-07", "# ± 100 %", True),
        ("1e-07", "3e-07", "# ± 100 %", False),
        ("0.5-0.7", "0.5-0.8", "# ± 0.1", True),
        ("   9.998", "  10.003", "# ± 0.01", True),  # as wide
        ("99.31%", "99.40%", "# ± 0.1", True),  # in points
        ("LeNet-5.1", "LeNet-5.2", "# ± 1.0", False),  # a name
        ("version 2.0.1", "version 2.0.2", "# ± 1.0", False),
        ("3 of 4.", "3 of 5.", "# ± 1.0", False),
        ("12,345.6", "12,345.7", "# ± 0.2", True),
    ],
)
def test_what_is_a_decimal(stored, found, comment, same):
    assert (settle(stored, found, [read_comment(comment)])[0] == stored) is same


def test_a_number_that_lies_outside_is_told_with_what_was_allowed():
    text, said = settle("loss 0.50 and 0.70", "loss 0.52 and 0.705", [WITHIN])
    assert (text, said) == (
        "loss 0.52 and 0.705",
        ["'loss 0.50 and 0.70': stored 0.50, found 0.52, allowed ± 0.010, off by 0.02"],
    )


@pytest.mark.parametrize(
    "comment", ["# ± 0.01 %x", "# ± 5%", "#± 0.1", "# ± -1.0", "# ± 0.0", "# ± 0.1 or so", "# 0.1 ±"]
)
def test_a_tolerance_that_cannot_be_read_is_refused(comment):
    with pytest.raises(ToleranceError, match=r"write # ± 0.010 or # ± 5 %, above zero"):
        read_comment(comment)


TWO = """\
for name, loss in losses.items():
    print(f"{name}: {loss:.3f}")  # ± 0.002
print("all", *losses,
      sep="; ")  # ± 2 %
print(f"ln 10 = {math.log(10):.3f}")"""


def test_a_line_is_told_from_the_words_of_its_print():
    lines = ["tanh: 2.303", "relu: 2.304", "all; 0.5; 0.7", "ln 10 = 2.303", "from elsewhere 0.5"]
    stated = [one.text for one in line_tolerances(TWO, "\n".join(lines))]
    assert stated == ["± 0.002", "± 0.002", "± 2 %", "nothing stated", "nothing stated"]


def test_of_two_prints_that_fit_the_one_with_more_words_is_meant():
    source = (
        "for a in b:\n    print(f'{a:8}', 1.5)  # ± 0.1\nprint(f'{\"network\":8} {c:.1f}')  # ± 0.2\nprint('x', 2.5)"
    )
    text = "linear   1.5\nnetwork  1.5\nx 2.5\n"
    assert [one.text for one in line_tolerances(source, text)] == ["± 0.1", "± 0.2", "nothing stated"]


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        ("print(a)  # ± 0.1\nprint(b)", "0.5\n0.7\n", r"'0.5' may come from the prints in lines 1, 2, and their tol"),
        ("print('a', a)  # ± 0.1\nprint(b, 'a')  # ± 5 %", "a 0.7 a\n", r"'a 0.7 a' may come from the prints in lin"),
        ("print('a', a)  # ± 0.1\nprint('b', b)", "b 0.7\n", r"line 1: no output line is told from its words"),
    ],
)
def test_two_answers_or_none_are_refused(source, text, message):
    with pytest.raises(ToleranceError, match=message):
        line_tolerances(source, text)


def test_a_tolerance_that_belongs_to_nothing_is_refused():
    with pytest.raises(ToleranceError, match="line 1: ± ends no statement; write it behind the print"):
        read_statements("# ± 0.1\nprint(1)")
    with pytest.raises(ToleranceError, match="give the magic a cell of its own"):
        read_statements("%time print(1)  # ± 0.1")
    with pytest.raises(ToleranceError, match="two results of a cell state tolerances that differ"):
        result_tolerance("show(a)  # ± 0.1\nshow(b)  # ± 0.2")
    assert result_tolerance("print(a)  # ± 0.1\nb") is STRICT


def picture(text, kind="image/png"):
    data = {"text/plain": text, kind: f"{text} in bytes"}
    return new_output("display_data", data, metadata={kind: {"alt": text}})


@pytest.mark.parametrize("kind", pages.PICTURES)
def test_results_and_alt_texts_have_the_tolerance_of_their_own_statement(kind):
    source = "print(a)  # ± 0.2\nshow(b)  # ± 0.1"
    stored = [new_output("stream", text="0.5\n"), picture("a bar of 0.5", kind)]
    found = [new_output("stream", text="0.7\n"), picture("a bar of 0.6", kind)]
    settled, said = settle_outputs(source, stored, found)
    assert said == []
    assert [settled[0].text, settled[1].data["text/plain"], settled[1].metadata[kind]["alt"]] == [
        "0.5\n",
        "a bar of 0.5",
        "a bar of 0.5",
    ]
    assert found[1].data["text/plain"] == found[1].metadata[kind]["alt"] == "a bar of 0.6"
    assert len(settle_outputs(source, stored, [found[0], picture("a bar of 0.8", kind)])[1]) == 1
    assert settle_outputs("print(a)\nshow(b)", stored, found) == (found, [])


CELLS = {
    "within": ("print(f'loss {0.504:.3f}')  # ± 0.010", "loss 0.500\n", None),
    "outside": ("print(f'loss {0.511:.3f}')  # ± 0.010", "loss 0.500\n", "stored 0.500, found 0.511, allowed ± 0.010"),
    "strict": ("print(f'loss {0.504:.3f}')", "loss 0.500\n", "loss 0.504"),
    "integer": ("print(f'{3} of 4, loss {0.504:.3f}')  # ± 0.010", "2 of 4, loss 0.500\n", "3 of 4, loss 0.504"),
}


@pytest.fixture
def nowhere(monkeypatch):
    """Close what nbval opens for its kernel's messages and leaves open."""
    with open(os.devnull, "w") as file:
        monkeypatch.setattr("nbval.kernel.open", lambda *_: file, raising=False)
        yield


@pytest.mark.usefixtures("nowhere")
def test_nbval_compares_after_decimals_were_settled(tmp_path, request):
    cells = [
        new_code_cell(source, outputs=[new_output("stream", name="stdout", text=text)], execution_count=count)
        for count, (source, text, _) in enumerate(CELLS.values(), start=1)
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "page.ipynb")
    file = IPyNbFile.from_parent(request.session, path=tmp_path / "page.ipynb")
    items = list(file.collect())
    assert [type(item) for item in items] == [IPyNbCell] * len(CELLS)
    file.setup()
    try:
        for item, (_, _, message) in zip(items, CELLS.values(), strict=True):
            if message is None:
                item.runtest()
                continue
            with pytest.raises(Exception, match="Cell outputs differ") as failed:
                item.runtest()
            assert message in failed.value.inner_traceback
    finally:
        file.teardown()


def run(*outputs, source="print(f'{a:.1f}')  # ± 0.1", tags=()):
    return new_notebook(cells=[new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})])


@pytest.mark.parametrize("kind", pages.PICTURES)
def test_an_execution_has_moved_where_something_but_pixels_lies_outside(kind):
    before = run(new_output("stream", text="0.5\n"), picture("a bar", kind))
    near, far = run(new_output("stream", text="0.6\n"), picture("a bar", kind)), new_output("stream", text="0.7\n")
    near.cells[0].outputs[1].data[kind] = "other pixels"
    assert pages.moved(before, near) == []
    assert pages.moved(before, run(far, picture("a bar", kind))) == [
        "'0.5': stored 0.5, found 0.7, allowed ± 0.1, off by 0.2"
    ]
    assert pages.moved(before, run(new_output("stream", text="0.5\n"), picture("no bar", kind))) == [
        "the cell that begins \"print(f'{a:.1f}')  # ± 0.1\" gives another output"
    ]
    assert pages.moved(before, run(far, picture("no bar", kind), tags=["nbval-ignore-output"])) == []


@pytest.mark.parametrize("name", pages.page_names())
def test_every_tolerance_on_a_page_says_for_which_numbers_it_stands(name):
    for cell in pages.read_source(name).cells:
        if cell.cell_type == "code":
            read_statements(cell.source)
    for cell in nbformat.read(pages.ROOT / "book" / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            settle_outputs(cell.source, cell.outputs, cell.outputs)


def three_runs(*texts, source="print(f'loss {a:.2f}')  # ± 0.05"):
    return [run(new_output("stream", text=text), source=source) for text in texts]


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (three_runs("loss 0.50\n", "loss 0.51\n", "loss 0.50\n"), "    ok  cell 0: 'loss 0.50': spread 0.01, ± 0.05"),
        (three_runs("loss 0.50\n", "loss 0.52\n", "loss 0.49\n"), "spread 0.03, ± 0.05; write # ± 0.09"),
        (three_runs("loss 0.50\n", "loss 0.54\n", source="print(f'loss {a:.2f}')"), "nothing stated; write # ± 0.2"),
        (
            three_runs("loss 20.0\n", "loss 20.2\n", source="print('loss', a)  # ± 2 %"),
            "spread 1 %, ± 2 %; write # ± 3 %",
        ),
        (three_runs("3 of 4, 0.50\n", "2 of 4, 0.50\n"), "CHANGES cell 0: '3 of 4, 0.50': also ['2 of 4, 0.50']"),
        (three_runs("loss 0.50\n", "loss 0.50\n"), "did not move, ± 0.05"),
    ],
)
def test_a_tolerance_is_held_against_the_spread(runs, said):
    (line,) = calibrate.lines_of(runs)
    assert said in calibrate.verdict(line)


def test_a_line_that_stands_still_and_states_nothing_is_not_told():
    (line,) = calibrate.lines_of(three_runs("loss 0.50\n", "loss 0.50\n", source="print('loss 0.50')"))
    assert calibrate.verdict(line) is None


def test_settings_reach_the_kernel_and_leave_no_trace(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    code = "import os\nos.environ['OMP_NUM_THREADS'], os.environ.get('ATEN_CPU_CAPABILITY')"
    monkeypatch.setattr(calibrate, "SETTINGS", calibrate.SETTINGS[2:])
    monkeypatch.setattr(calibrate, "derive", lambda name: new_notebook(cells=[new_code_cell(code)]))
    runs = calibrate.measure("page", 60)
    assert [one.cells[0].outputs[0].data["text/plain"] for one in runs] == ["('4', None)", "('1', 'default')"]
    assert os.environ["OMP_NUM_THREADS"] == "7"
    with pytest.raises(pages.PageError, match="takes more than 0 s"):
        calibrate.measure("page", 0)


def test_a_page_that_chooses_its_threads_is_measured_with_those_of_the_setting(monkeypatch):
    code = "import torch\ntorch.set_num_threads(3)  # why\ntorch.get_num_threads()"
    monkeypatch.setattr(calibrate, "SETTINGS", calibrate.SETTINGS[:1])
    monkeypatch.setattr(calibrate, "derive", lambda name: new_notebook(cells=[new_code_cell(code)]))
    runs = calibrate.measure("page", 60)
    assert [one.cells[0].outputs[0].data["text/plain"] for one in runs] == ["1"]
