"""The house rules: one name for chapter, module and test; imports that run one way; notebooks that can be trusted."""

import ast
import re
import subprocess
import sys

import nbformat
import pytest
import yaml

from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.library import load
from tests.test_catalogue_solutions import secret_lines
from tools import pages
from tools.exercises import page_exercises, with_stubs
from tools.imports import Layer, circles, import_graph, unplaced_modules, upward_imports
from tools.pages import ROOT, chapter_names, page_names, repository_url

PAGES = page_names()
CHAPTERS = chapter_names()
# From the ground up. A module imports only what stands in a lower row; modules of one row do not import each other.
LAYERS: list[Layer] = [
    "checks",
    "shapes",
    "windows",
    ("images", "data", "cost", "training"),
    *CHAPTERS,
    "distributed",
    "figures",
    "figures.trace",
    "figures.grammar",
    "figures.steps",  # what several chapters draw
    *(f"figures.{chapter}" for chapter in CHAPTERS),
    # the engine; its library loads the catalogue's files by name
    "exercises.catalogue",
    ("exercises.compare", "exercises.hand", "exercises.misconceptions", "exercises.templates"),
    "exercises.process",
    "exercises.model",
    "exercises.display",
    "exercises.library",
    "exercises.verdict",
    "exercises.neighbours",
    "exercises.diagnosis",
    ("exercises.progress_file", "exercises.runner"),
    "exercises.notebook",
    "exercises",
    # what stands on the engine
    "exercises.catalogue.shared",
    "exercises.catalogue.*",
    "exercises.workspace.answers",
    "exercises.workspace.folder",
    "exercises.workspace",
    "exercises.grading",
    "exercises.grading.submission",
    "exercises.grading.report",
    ("exercises.grading.formats", "exercises.grading.instructor"),
    "exercises.terminal.printing",
    "exercises.terminal.watch",
    "exercises.terminal.commands",
    "exercises.terminal",
    "__main__",
]
IGNORED_OUTPUTS = 3  # cells a page whose output may differ from machine to machine


def notebook(name):
    return nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4)


def code_cells(name):
    return [cell for cell in notebook(name).cells if cell.cell_type == "code"]


GRAPH = import_graph()


def test_every_module_has_its_place():
    assert unplaced_modules(GRAPH, LAYERS) == []


def test_imports_run_one_way():
    assert upward_imports(GRAPH, LAYERS) == []


def test_imports_never_go_round():
    assert circles(GRAPH) == []


def test_nothing_in_the_package_reaches_a_module_by_way_of_the_package():
    # `import cnncourse` loads any module that is named after it, and the graph cannot see which
    uses = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno} uses cnncourse.{node.attr}; import the module instead"
        for path in sorted((ROOT / "cnncourse").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "cnncourse"
        if node.attr != "__version__"
    ]
    assert uses == []


@pytest.fixture
def house(tmp_path):
    """Write a package of a few modules that import nothing; returns its folder."""
    for name in ("__init__", "shapes", "stride", "pooling", "figures/__init__", "figures/trace", "figures/stride"):
        path = tmp_path / "cnncourse" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    return tmp_path / "cnncourse"


SMALL_LAYERS = ["shapes", "stride", "pooling", "figures", "figures.trace", "figures.*"]
WAYS = {
    "absolute": "import cnncourse.pooling as p\n",
    "of a name": "from cnncourse.pooling import pool2d\n",
    "of a submodule": "from cnncourse import pooling\n",
    "relative": "from .pooling import pool2d\n",
    "relative, of a submodule": "from . import pooling\n",
    "in a function": "def f():\n    from cnncourse.pooling import pool2d\n",
    "in a function, relative": "def f():\n    from . import pooling\n",
    "for the type checker": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .pooling import pool2d\n",
}


@pytest.mark.parametrize("code", WAYS.values(), ids=WAYS)
def test_an_import_that_runs_up_is_noticed(house, code):
    (house / "stride.py").write_text(code)
    (problem,) = upward_imports(import_graph(house.parent), SMALL_LAYERS, house.parent)
    line = len(code.splitlines())
    assert problem.startswith(f"cnncourse/stride.py:{line} imports cnncourse.pooling, which stands above it; move what")
    assert "a chapter's is in _toc.yml" in problem
    (house / "stride.py").write_text("")
    (house / "pooling.py").write_text(code.replace("pooling", "stride"))
    assert upward_imports(import_graph(house.parent), SMALL_LAYERS, house.parent) == []


@pytest.mark.parametrize(
    ("module", "code", "found"),
    [
        (
            "figures/trace",
            "from .stride import draw",
            "trace.py:1 imports cnncourse.figures.stride, which stands above",
        ),
        (
            "figures/trace",
            "from ..figures import stride",
            "trace.py:1 imports cnncourse.figures.stride, which stands ab",
        ),
        (
            "shapes",
            "from .figures.trace import t",
            "shapes.py:1 imports cnncourse.figures.trace, which stands above it",
        ),
    ],
)
def test_the_rule_holds_inside_subpackages(house, module, code, found):
    (house / f"{module}.py").write_text(code)
    (problem,) = upward_imports(import_graph(house.parent), SMALL_LAYERS, house.parent)
    assert found in problem


def test_modules_of_one_layer_do_not_import_each_other(house):
    (house / "pooling.py").write_text("from .stride import s")
    (problem,) = upward_imports(import_graph(house.parent), ["shapes", ("stride", "pooling")], house.parent)
    assert "pooling.py:1 imports cnncourse.stride, which stands beside it" in problem


@pytest.mark.parametrize("code", WAYS.values(), ids=WAYS)
def test_a_circle_is_noticed(house, code):
    (house / "stride.py").write_text(code)
    (house / "pooling.py").write_text("\n\nfrom cnncourse.figures.trace import t")
    assert circles(import_graph(house.parent), house.parent) == []
    (house / "figures/trace.py").write_text("from .. import stride")
    (problem,) = circles(import_graph(house.parent), house.parent)
    for place in (f"stride.py:{len(code.splitlines())} imports", "pooling.py:3 imports", "figures/trace.py:1 imports"):
        assert f"cnncourse/{place} cnncourse." in problem
    assert "into a module below both" in problem


def test_every_circle_is_named(house):
    (house / "stride.py").write_text("from . import shapes, pooling")
    for module in ("shapes", "pooling"):
        (house / f"{module}.py").write_text("from .stride import s")
    assert len(circles(import_graph(house.parent), house.parent)) == 2


def test_a_module_without_a_place_and_a_place_without_a_module_are_named(house):
    (house / "cost.py").write_text("")
    missing, unused = unplaced_modules(import_graph(house.parent), [*SMALL_LAYERS, "windows"])
    assert missing.startswith(
        "cnncourse.cost stands in no layer; name it in the list of layers in tests/test_layout.py"
    )
    assert unused.startswith("the list of layers in tests/test_layout.py names windows, and there is no such module")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_one_word_finds_page_notebook_module_figures_exercises_and_tests(chapter):
    places = ["book/{}.md", "book/{}.ipynb", "cnncourse/{}.py", "cnncourse/figures/{}.py", "tests/test_{}.py"]
    places += ["tests/test_{}_figures.py", "cnncourse/exercises/catalogue/{}/__init__.py"]
    paths = [place.format(chapter) for place in places]
    assert [path for path in paths if not (ROOT / path).exists()] == [], f"a chapter's files share the name {chapter}"


def test_the_catalogue_follows_the_chapters():
    assert list(CATALOGUE) == CHAPTERS, "the order of the chapters is that of _toc.yml"


def test_every_page_is_in_the_table_of_contents():
    assert {path.stem for path in (ROOT / "book").glob("*.md")} == set(PAGES)
    assert {path.stem for path in (ROOT / "book").glob("*.ipynb")} == set(PAGES)


def test_the_chapter_maps_name_every_chapter_in_order():
    for path, link in (
        ("README.md", r"^\| \[[^\]]+\]\(book/(\w+)\.ipynb\)"),
        ("book/index.md", r"^\| \[[^\]]+\]\((\w+)\.md\)"),
    ):
        assert re.findall(link, (ROOT / path).read_text(encoding="utf-8"), flags=re.M) == CHAPTERS, (
            f"the chapter map of {path}"
        )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_page_shows_its_chapter_s_exercises_with_their_stubs(chapter):
    source = ROOT / "book" / f"{chapter}.md"
    assert tuple(page_exercises(source)) == CATALOGUE[chapter]
    assert with_stubs(source.read_text(encoding="utf-8")) == source.read_text(encoding="utf-8"), (
        "a stub has drifted; run: make notebooks"
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_notebook_gives_a_line_of_a_solution(name):
    # the page's own code may do what an exercise asks for; only what the exercise puts there is looked at
    cells = [cell for cell in notebook(name).cells if "@check(" in cell.source or "**Exercise:" in cell.source]
    shown = "\n".join(f"{cell.source}\n{cell.get('outputs', '')}" for cell in cells)
    for exercise in map(load, CATALOGUE.get(name, ())):
        assert f'@check("{exercise.id}")' in shown
        assert [line for line in secret_lines(exercise) if line in shown] == []


@pytest.mark.parametrize("name", PAGES)
def test_notebook_is_what_its_source_asks_for(name):
    difference = pages.difference(name)
    remedy = f"; it cannot be executed here: {missing}" if (missing := pages.missing_data(name)) else ""
    assert difference is None, f"book/{name}.ipynb: {difference}; run: make notebooks{remedy}"


def test_the_readme_shows_the_front_page_s_figure():
    assert pages.HERO.read_bytes() == pages.hero(notebook("index")), "hero.png differs; run: make notebooks FRESH=1"


def shown_answers(cells):
    """List the exercises whose answer cells show unfolded: `show_source` of a function of that name."""
    asked = {exercise for exercises in CATALOGUE.values() for exercise in exercises}
    code = "\n".join(cell.source for cell in cells if "hide-output" not in cell.metadata.get("tags", []))
    return sorted(asked & set(re.findall(r"show_source\((?:\w+\.)*(\w+)\)", code)))


@pytest.mark.parametrize("name", PAGES)
def test_code_that_an_exercise_asks_for_is_folded(name):
    assert shown_answers(code_cells(name)) == [], "tag its cell hide-output, and say that an exercise asks for it"


@pytest.mark.parametrize("name", PAGES)
def test_every_cell_was_executed_in_order(name):
    # nbval compares nothing where the count is null
    counts = [cell.execution_count for cell in code_cells(name)]
    assert counts == list(range(1, len(counts) + 1)), f"run: python -m tools.pages generate {name} --fresh"


@pytest.mark.parametrize("name", PAGES)
def test_stored_outputs_could_come_from_any_machine(name):
    ignored = 0
    for cell in code_cells(name):
        tags = cell.metadata.get("tags", [])
        ignored += "nbval-ignore-output" in tags
        assert not {"nbval-skip", "raises-exception"} & set(tags), "a skipped or failing cell proves nothing"
        for output in cell.outputs:
            assert output.get("name") != "stderr", f"a warning was stored: {output.text}"
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            assert not re.search(r"0x[0-9a-f]{6,}|/home/|/tmp/|/root/|\d+%\|", text), f"an address, path or bar: {text}"
            for kind in set(pages.PICTURES) & set(output.get("data", {})):
                assert output.metadata[kind]["alt"] == text
    assert ignored <= IGNORED_OUTPUTS


@pytest.mark.parametrize("name", PAGES)
def test_cells_fit_a_screen(name):
    for cell in code_cells(name):
        lines = cell.source.splitlines()
        assert len(lines) <= 15, f"{len(lines)} lines: {lines[0]}"
        assert max(map(len, lines)) <= 80, f"over 80 characters: {max(lines, key=len)}"


PHONE = 48  # characters that a phone shows of a printed line; course.css has the size of the letters


SENTENCE = 73  # of a printed line without columns, which a phone may break once


def broken_table(cell):
    """Return the first printed line that a phone would make hard to read; else None.

    That is a row of a table, of two lines or more with gaps, wider than the phone; or any line longer than a sentence.
    """
    lines = [line for output in cell.outputs for line in output.get("text", "").splitlines()]
    rows = [line for line in lines if re.search(r"\S {2,}\S", line)]
    wide = [line for line in rows if len(line) > PHONE] if len(rows) > 1 else []
    wide += [line for line in lines if len(line) > SENTENCE]
    return wide[0] if wide and "aligned" not in cell.metadata.get("tags", []) else None


def printed(text, *tags):
    cell = nbformat.v4.new_code_cell(metadata={"tags": list(tags)})
    cell.outputs = [nbformat.v4.new_output("stream", text=text)]
    return cell


def test_a_line_that_a_phone_breaks_is_noticed():
    two_rows = "without sees  9, and 1,382,400 multiply-adds of it\nwith    sees 16, and   240,000 multiply-adds of it"
    assert broken_table(printed(two_rows)).startswith("without")
    assert broken_table(printed(two_rows, "aligned")) is None
    assert broken_table(printed(two_rows.replace("multiply-adds of it", "of it"))) is None
    assert broken_table(printed(SENTENCE * "x")) is None
    assert broken_table(printed((SENTENCE + 1) * "x")) == (SENTENCE + 1) * "x"


@pytest.mark.parametrize("name", PAGES)
def test_a_printed_table_keeps_its_columns_on_a_phone(name):
    broken = [line for cell in code_cells(name) if (line := broken_table(cell))]
    assert broken == [], f"over {PHONE} characters: make it narrower, with what counts first, or tag it aligned"


@pytest.mark.parametrize("name", PAGES)
def test_first_cell_is_the_set_up_with_the_repository_s_address(name):
    expected = pages.SET_UP.format(url=repository_url())
    assert code_cells(name)[0].source == expected, "run: make stamp"
    assert code_cells(name)[0].metadata["tags"] == ["remove-cell"]


def test_the_repository_s_address_is_the_same_everywhere():
    slug = repository_url().removeprefix(pages.GITHUB)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["repository-code"] == repository_url(), "run: make stamp"
    linked = set(
        re.findall(r"(?<!\.)github(?:\.com)?/([\w-]+/[\w.-]+[\w-])", (ROOT / "README.md").read_text(encoding="utf-8"))
    )
    assert linked - {"OWNER/REPOSITORY"} == {slug}, "run: make stamp"


def run_set_up(monkeypatch, *, in_colab, installed):
    from IPython.core.inputtransformer2 import TransformerManager

    calls = []
    shell = type("Shell", (), {"run_line_magic": lambda self, name, line: calls.append((name, line))})()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if installed else None)
    if in_colab:
        monkeypatch.setitem(sys.modules, "google.colab", object())
    code = TransformerManager().transform_cell(pages.SET_UP.format(url=repository_url()))
    exec(compile(ast.parse(code), "set-up", "exec"), {"get_ipython": lambda: shell})
    return calls


def test_set_up_installs_in_colab_without_touching_anything_else(monkeypatch):
    (call,) = run_set_up(monkeypatch, in_colab=True, installed=False)
    assert call == ("pip", f"install --quiet --no-deps git+{repository_url()}")


@pytest.mark.parametrize(("in_colab", "installed"), [(False, False), (False, True), (True, True)])
def test_set_up_does_nothing_elsewhere_or_twice(monkeypatch, in_colab, installed):
    assert run_set_up(monkeypatch, in_colab=in_colab, installed=installed) == []


def test_import_cnncourse_loads_nothing_heavy():
    heavy = "'torch', 'numpy', 'matplotlib', 'scipy', 'sklearn'"
    code = f"import sys, cnncourse; print([name for name in ({heavy}) if name in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_a_submodule_is_loaded_when_it_is_named():
    code = "import cnncourse; print(cnncourse.shapes.output_size(28, 5)); cnncourse.no_such_chapter"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "24"
    assert "AttributeError: module 'cnncourse' has no attribute 'no_such_chapter'" in run.stderr


def code_lines(function, text):
    """Count a function's lines of code: docstrings, comments and blank lines are none."""
    lines = set(range(function.lineno, function.end_lineno + 1))
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    stripped = [line.strip() for line in text.splitlines()]
    return sum(1 for number in lines if stripped[number - 1] and not stripped[number - 1].startswith("#"))


def long_functions(path, limit=30):
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [
        f"{path.name}:{function.lineno} {function.name} has {length} lines of code, {limit} at most; give a part a name"
        for function in functions
        if (length := code_lines(function, text)) > limit
    ]


@pytest.mark.parametrize("folder", ["cnncourse", "tools", "benchmarks"])
def test_no_function_has_more_than_30_lines_of_code(folder):
    assert [problem for path in sorted((ROOT / folder).rglob("*.py")) for problem in long_functions(path)] == []


def test_a_long_function_is_noticed(tmp_path):
    path = tmp_path / "module.py"
    prose = '    """Say.\n\n    More.\n    """\n\n    # why\n'
    body = prose + '    def inner():\n        """Say."""\n' + 28 * "        x = 1\n"
    path.write_text(f"def f():\n{body}")
    assert long_functions(path) == []
    path.write_text(f"def f():\n{body}    y = 2\n")
    assert long_functions(path) == ["module.py:1 f has 31 lines of code, 30 at most; give a part a name"]


def test_no_file_carries_a_number():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [file for file in files if re.search(r"(^|/)\d+[-_]", file)] == []
