"""The house rules of cnncourse.figures: one file a chapter, imports that run one way, traces that need nothing."""

import ast
import re
import subprocess
import sys

import pytest

from cnncourse import figures
from tools.pages import ROOT, page_names

CHAPTERS = page_names()[1:]
SHARED = ["trace", "grammar", "steps"]
ORDER = [*SHARED, *CHAPTERS]


def imported_figures(name):
    tree = ast.parse((ROOT / f"cnncourse/figures/{name}.py").read_text())
    modules = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {module.split(".")[2] for module in modules if module.startswith("cnncourse.figures.")}


def test_every_chapter_has_its_file_and_every_file_its_place():
    assert {path.stem for path in (ROOT / "cnncourse/figures").glob("*.py")} - {"__init__"} == set(ORDER)


def test_the_first_page_of_figures_names_the_order():
    numbered = re.findall(r"^\d\..*?(?=^\d\.|\Z)", figures.__doc__, flags=re.S | re.M)
    assert [name for line in numbered for name in re.findall(r"(?<!`)`(\w+)`(?!`)", line)] == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_a_file_of_figures_imports_only_what_stands_before_it(name):
    assert imported_figures(name) <= set(ORDER[: ORDER.index(name)])


def test_a_trace_needs_neither_torch_nor_matplotlib():
    code = "import sys, cnncourse.figures.trace; print({'torch', 'matplotlib', 'numpy'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["grammar", "steps", *CHAPTERS])
def test_a_figure_that_finds_words_finds_them_in_its_own_file(name):
    """A function describe_X stands in the file of draw_X, if there is such a drawing at all."""
    drawn = {chapter: re.findall(r"^def draw_(\w+)", source(chapter), flags=re.M) for chapter in ORDER}
    told = re.findall(r"^def describe_(\w+)", source(name), flags=re.M)
    elsewhere = {what for chapter, names in drawn.items() if chapter != name for what in names}
    assert [what for what in told if what in elsewhere and what not in drawn[name]] == []


def source(name):
    return (ROOT / f"cnncourse/figures/{name}.py").read_text()
