"""A reader who has written an answer may run any cell above it again: no answer takes a name that its page uses."""

import ast
import re

import jupytext
import pytest

from tools.pages import ROOT, chapter_names

PAGES = sorted((ROOT / "book").glob("*.md"))


def cells(page):
    """The page's code cells, as trees; lines for IPython left out."""
    for cell in jupytext.read(page).cells:
        if cell.cell_type == "code":
            yield ast.parse(re.sub(r"^( *)%.*", r"\1pass", cell.source, flags=re.MULTILINE))


def is_answer(node):
    """Whether a definition stands below ``@check("ID")``."""
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "check"
        for mark in node.decorator_list
    )


def names_in(tree):
    """All names that a cell reads, binds, defines or imports, at top level or inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]


def answers_and_others(trees):
    """Names that answers define, and names that all other code uses."""
    answers, others = set(), set()
    for tree in trees:
        for node in tree.body:
            if is_answer(node):
                answers.add(node.name)
            else:
                others.update(names_in(node))
    return answers, others


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_answer_takes_a_name_that_its_page_uses(page):
    answers, others = answers_and_others(cells(page))
    assert bool(answers) is (page.stem in chapter_names())
    assert answers & others == set()


def test_every_way_to_use_a_name_is_seen():
    used = "import a.b\nfrom c import d as e\nf = g\ndef h(i):\n    return lambda j: k(i, l.m)"
    answer = '@check("n")\ndef n(o):\n    return p'
    answers, others = answers_and_others([ast.parse(used), ast.parse(answer)])
    assert answers == {"n"}
    assert others == {"a", "e", "f", "g", "h", "i", "k", "l"}
