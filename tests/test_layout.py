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
from tools.pages import ROOT, imported_modules, page_names, repository_url

GROUND_FLOOR = ["shapes", "images", "data", "training"]  # may be imported by every chapter; import no chapter
TOP_FLOOR = ["drawing", "trace", "exercises"]  # imported by the book and the tests only, and by each other
PAGES = page_names()
CHAPTERS = PAGES[1:]
MODULES = sorted(
    {path.relative_to(ROOT / "cnncourse").parts[0].removesuffix(".py") for path in ROOT.glob("cnncourse/**/*.py")}
)
IGNORED_OUTPUTS = 3  # cells a page whose output may differ from machine to machine


def notebook(name):
    return nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4)


def code_cells(name):
    return [cell for cell in notebook(name).cells if cell.cell_type == "code"]


def upward_imports(imports, order):
    """List the imports that run up: ``imports`` maps a module to those it imports, ``order`` is the chapters'."""
    allowed = {name: set(GROUND_FLOOR) | set(order[: order.index(name)]) for name in order}
    allowed |= {name: {"shapes"} for name in GROUND_FLOOR}
    allowed |= {name: set(GROUND_FLOOR) | set(TOP_FLOOR) for name in TOP_FLOOR}
    everything_below = set(GROUND_FLOOR) | set(order)
    return [
        f"cnncourse/{module}.py imports cnncourse.{target}, which stands above it; move the function "
        "down, or the chapter in _toc.yml"
        for module, targets in sorted(imports.items())
        for target in sorted(targets - {module} - allowed.get(module, everything_below))
    ]


def package_imports():
    return {
        module: set().union(*(imported_modules(path.read_text()) for path in pages.module_files(module, ROOT)))
        for module in MODULES
        if module != "__init__"
    }


def test_imports_run_one_way():
    assert upward_imports(package_imports(), CHAPTERS) == []


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("cross_correlation", "pooling"),
        ("shapes", "cross_correlation"),
        ("cross_correlation", "drawing"),
        ("trace", "pooling"),
    ],
)
def test_an_upward_import_is_noticed(module, target):
    found = upward_imports({module: {target}}, ["cross_correlation", "pooling"])
    assert found == [
        f"cnncourse/{module}.py imports cnncourse.{target}, which stands above it; move the function "
        "down, or the chapter in _toc.yml"
    ]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_module_and_test_share_one_name(chapter):
    for path in (f"book/{chapter}.md", f"book/{chapter}.ipynb", f"cnncourse/{chapter}.py", f"tests/test_{chapter}.py"):
        assert (ROOT / path).exists(), f"{path} is missing; chapter, notebook, module and test share the name {chapter}"


def test_every_page_is_in_the_table_of_contents():
    assert {path.stem for path in (ROOT / "book").glob("*.md")} == set(PAGES)
    assert {path.stem for path in (ROOT / "book").glob("*.ipynb")} == set(PAGES)


def test_the_chapter_maps_name_every_chapter_in_order():
    for path, link in (("README.md", r"\(book/(\w+)\.ipynb\)"), ("book/index.md", r"^\| \[[^\]]+\]\((\w+)\.md\)")):
        assert re.findall(link, (ROOT / path).read_text(), flags=re.M) == CHAPTERS, f"the chapter map of {path}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_page_shows_its_chapter_s_exercises_with_their_stubs(chapter):
    source = ROOT / "book" / f"{chapter}.md"
    assert tuple(page_exercises(source)) == CATALOGUE[chapter]
    assert with_stubs(source.read_text()) == source.read_text(), "a stub has drifted; run: make notebooks"


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
            assert "image/png" not in output.get("data", {}) or output.metadata["image/png"]["alt"] == text
    assert ignored <= IGNORED_OUTPUTS


@pytest.mark.parametrize("name", PAGES)
def test_cells_fit_a_screen(name):
    for cell in code_cells(name):
        lines = cell.source.splitlines()
        assert len(lines) <= 15, f"{len(lines)} lines: {lines[0]}"
        assert max(map(len, lines)) <= 80, f"over 80 characters: {max(lines, key=len)}"


@pytest.mark.parametrize("name", PAGES)
def test_first_cell_is_the_set_up_with_the_repository_s_address(name):
    expected = pages.SET_UP.format(url=repository_url())
    assert code_cells(name)[0].source == expected, "run: make stamp"
    assert code_cells(name)[0].metadata["tags"] == ["remove-cell"]


def test_the_repository_s_address_is_the_same_everywhere():
    slug = repository_url().removeprefix(pages.GITHUB)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["repository-code"] == repository_url(), "run: make stamp"
    linked = set(re.findall(r"(?<!\.)github(?:\.com)?/([\w-]+/[\w.-]+[\w-])", (ROOT / "README.md").read_text()))
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


def test_no_file_carries_a_number():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [file for file in files if re.search(r"(^|/)\d+[-_]", file)] == []
