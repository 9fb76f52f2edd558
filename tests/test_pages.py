"""The page pipeline: what it derives, what it notices, and that it writes the same bytes twice."""

import importlib.util
import shutil
import subprocess

import docutils.nodes
import nbformat
import pytest

from cnncourse.data import FILES
from tools import pages
from tools.exercises import book_box, fill_stubs, page_exercises
from tools.markdown import PlainFormError, cited_keys, to_plain
from tools.sphinx_outputs import show_tolerances

PAGE = """---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A page

```{code-cell} ipython3
:tags: [hide-input]

from cnncourse.upper import double

double(21)
```

Twice twenty-one {cite:p}`lecun1998`.
"""


@pytest.fixture
def project(tmp_path):
    """A project with one page, which imports a module, which imports another."""
    for folder in ("book", "cnncourse"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/page\n")
    (tmp_path / "requirements.txt").write_text("numpy==2.0.0\n")
    (tmp_path / "cnncourse/__init__.py").write_text("")
    (tmp_path / "cnncourse/upper.py").write_text("from cnncourse.lower import two\n\n\ndef double(x): return two * x\n")
    (tmp_path / "cnncourse/lower.py").write_text("two = 2\n")
    (tmp_path / "cnncourse/unused.py").write_text("")
    (tmp_path / "book/page.md").write_text(PAGE)
    shutil.copy(pages.ROOT / "book/references.bib", tmp_path / "book")
    return tmp_path


def executed(project):
    """Write the page's notebook as if it had been executed."""
    notebook = pages.derive("page", project)
    notebook.cells[1].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "42"}, execution_count=1)]
    notebook.cells[1].execution_count = 1
    (project / "book/page.ipynb").write_text(nbformat.writes(notebook))
    assert pages.difference("page", project) is None
    return notebook


def test_derived_notebook_has_plain_markdown_and_stable_ids(project):
    first, second = pages.derive("page", project), pages.derive("page", project)
    assert nbformat.writes(first) == nbformat.writes(second)
    nbformat.validate(first)
    assert first.cells[2].source == "Twice twenty-one (LeCun et al., 1998)."
    assert first.metadata.language_info == {"name": "python"}


def test_a_missing_notebook_is_noticed(project):
    assert pages.difference("page", project) == "there is no notebook yet"


def test_an_edited_text_is_noticed_and_outputs_are_kept(project):
    executed(project)
    (project / "book/page.md").write_text(PAGE + "\nMore.\n")
    assert "text has changed" in pages.difference("page", project)
    fresh = pages.derive("page", project)
    assert pages.keep_outputs("page", fresh, project)
    assert fresh.cells[1].outputs[0].data["text/plain"] == "42"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("book/page.md", PAGE.replace("21)", "22)")),
        ("cnncourse/upper.py", "from cnncourse.lower import two\n\n\ndef double(x): return x * two\n"),
        ("cnncourse/lower.py", "two = 3\n"),
        ("requirements.txt", "numpy==2.1.0\n"),
    ],
)
def test_whatever_outputs_depend_on_asks_for_a_new_execution(project, file, text):
    executed(project)
    (project / file).write_text(text)
    assert "changed since it was executed" in pages.difference("page", project)
    assert not pages.keep_outputs("page", pages.derive("page", project), project)


@pytest.mark.parametrize(
    "code",
    ["from .lower import two", "from . import lower", "import cnncourse.lower", "def f():\n    from .lower import two"],
)
def test_a_module_counts_however_it_is_imported(project, code):
    (project / "cnncourse/upper.py").write_text(code)
    before = pages.digest("page", project)
    (project / "cnncourse/lower.py").write_text("two = 3\n")
    assert pages.digest("page", project) != before


@pytest.mark.parametrize("code", ["from cnncourse import upper", "import cnncourse.upper as u", "x = 1"])
def test_a_page_depends_on_the_modules_that_it_names(project, code):
    (project / "book/page.md").write_text(PAGE.replace("from cnncourse.upper import double", code))
    before = pages.digest("page", project)
    (project / "cnncourse/lower.py").write_text("two = 3\n")
    assert (pages.digest("page", project) != before) is ("upper" in code)


def test_line_ends_change_nothing(project):
    executed(project)
    for path in ("book/page.md", "cnncourse/upper.py", "requirements.txt"):
        text = (project / path).read_bytes()
        (project / path).write_bytes(text.replace(b"\n", b"\r\n"))
    assert pages.difference("page", project) is None


def test_a_new_address_is_stamped_everywhere_and_nothing_is_executed_for_it(project):
    old, new = "https://github.com/your_account/cnncourse", "https://github.com/someone/their-course"
    (project / "_config.yml").write_text(f"repository:\n  url: {old} # the only place\n")
    (project / "CITATION.cff").write_text(f"repository-code: {old}\n")
    colab = f"[Colab]({pages.COLAB}/github/your_account/cnncourse/blob/main/book/page.ipynb)\n"
    set_up = "\n".join(["```{code-cell} ipython3", pages.SET_UP.format(url=old), "```", "", colab])
    (project / "book/page.md").write_text(PAGE.replace("# A page\n", f"# A page\n\n{set_up}"))
    notebook = pages.derive("page", project)
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
    (project / "book/page.ipynb").write_text(nbformat.writes(notebook))
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=project, check=True)
    assert pages.write_address(f"{new}.git", project) == 3
    for path in ("_config.yml", "CITATION.cff", "book/page.md", "book/page.ipynb"):
        assert "your_account" not in (project / path).read_text()
        assert "someone/their-course" in (project / path).read_text()
    assert pages.difference("page", project) is None
    with pytest.raises(pages.PageError, match=r"expected https://github\.com/OWNER/REPOSITORY$"):
        pages.write_address("https://example.org/someone/their-course", project)


def test_a_module_that_the_page_does_not_use_asks_for_nothing(project):
    executed(project)
    (project / "cnncourse/unused.py").write_text("changed = True\n")
    assert pages.difference("page", project) is None


@pytest.mark.parametrize(
    ("file", "matters"),
    [
        ("__init__.py", True),
        ("library.py", True),
        ("catalogue/page/one.py", True),
        ("catalogue/other/two.py", False),
        ("terminal.py", False),
    ],
)
def test_a_page_depends_on_the_checker_and_the_exercises_of_its_chapter(project, file, matters):
    exercises = project / "cnncourse/exercises"
    for name in ("__init__.py", "library.py", "terminal.py", "catalogue/page/one.py", "catalogue/other/two.py"):
        (exercises / name).parent.mkdir(parents=True, exist_ok=True)
        (exercises / name).write_text("from cnncourse.exercises.library import load" if name == "__init__.py" else "")
    (project / "book/page.md").write_text(
        PAGE.replace("cnncourse.upper import double", "cnncourse.exercises import load")
    )
    for folder in ("catalogue", "catalogue/page", "catalogue/other"):
        (exercises / folder / "__init__.py").write_text("")
    before = pages.digest("page", project)
    (exercises / file).write_text("changed = True\n" + (exercises / file).read_text())
    assert (pages.digest("page", project) != before) is matters


def test_a_deleted_execution_count_is_noticed(project):
    notebook = executed(project)
    notebook.cells[1].execution_count = None
    (project / "book/page.ipynb").write_text(nbformat.writes(notebook))
    assert "was never executed" in pages.difference("page", project)


def test_a_page_without_source_is_named(project):
    (project / "book/page.md").unlink()
    with pytest.raises(pages.PageError, match=r"_toc.yml names book/page, but there is no book.page.md"):
        pages.derive("page", project)


# A front page shows a figure; one pixel is enough.
FIGURE = """\
from base64 import b64decode

from IPython.display import Image, display

png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
display(Image(b64decode(png)))"""


@pytest.fixture
def needy(project, monkeypatch):
    """The same project; its page needs MNIST, which is not there."""
    text = PAGE.replace("kernelspec:", "cnncourse:\n  needs: mnist\nkernelspec:", 1)
    (project / "book/_static").mkdir()
    (project / "book/page.md").write_text(text.replace("double(21)", f"{FIGURE}\ndouble(21)"))
    monkeypatch.setenv("CNNCOURSE_DATA", str(project / "data"))
    monkeypatch.setenv("PYTHONPATH", str(project))
    return project


def provide(project):
    """Put files in MNIST's place: what is there, not what is in it, decides whether a page is executed."""
    (project / "data/mnist").mkdir(parents=True)
    for name in FILES:
        (project / "data/mnist" / name).touch()


def test_a_page_whose_data_is_missing_is_not_executed_and_its_digest_stands(needy, capsys):
    path = needy / "book/page.ipynb"
    with pytest.raises(pages.PageError, match=r"book/page.md cannot be executed: mnist is not at hand") as refused:
        pages.update("page", needy)
    assert f"{needy}/data/mnist/{FILES[0]} does not exist" in str(refused.value)
    assert not path.exists()
    provide(needy)
    pages.update("page", needy)
    shutil.rmtree(needy / "data")
    before = path.read_bytes()
    assert pages.difference("page", needy) is None
    upper = needy / "cnncourse/upper.py"
    upper.write_text(upper.read_text().replace("two * x", "x * two"))
    capsys.readouterr()
    pages.update("page", needy)
    assert "page: NOT executed, its committed notebook stands: mnist is not at hand" in capsys.readouterr().out
    assert path.read_bytes() == before
    assert "has changed since it was executed" in pages.difference("page", needy)
    provide(needy)
    pages.update("page", needy)
    assert pages.difference("page", needy) is None
    assert (needy / "book/_static/hero.png").read_bytes() == pages.hero(nbformat.read(path, as_version=4))


def test_an_error_is_a_message_and_status_1(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["pages", "generate", "nobody"])
    with pytest.raises(SystemExit, match="1"):
        pages.main()
    assert "error: no page is named nobody; _toc.yml names index, introduction" in capsys.readouterr().out


def test_a_page_s_text_may_change_without_its_data(needy):
    provide(needy)
    notebook = pages.derive("page", needy)
    notebook.cells[1].execution_count = 1
    (needy / "book/page.ipynb").write_text(nbformat.writes(notebook))
    shutil.rmtree(needy / "data")
    with (needy / "book/page.md").open("a") as page:
        page.write("\nMore.\n")
    assert pages.keep_outputs("page", pages.derive("page", needy), needy)
    (needy / "book/page.md").write_text((needy / "book/page.md").read_text().replace("(21)", "(22)"))
    assert pages.committed_with_same_code("page", pages.derive("page", needy), needy) is None


def test_missing_data_is_named_without_a_download(needy, monkeypatch, tmp_path):
    assert f"{needy}/data/mnist/{FILES[0]} does not exist" in pages.missing_data("page", needy)
    provide(needy)
    assert pages.missing_data("page", needy) is None
    monkeypatch.delenv("CNNCOURSE_DATA")
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache")
    assert "cnncourse.data.mnist() downloads it" in pages.missing_data("page", needy)
    assert not (tmp_path / "cache").exists()


def test_a_page_that_needs_nothing_lacks_nothing(project):
    assert pages.missing_data("page", project) is None


def test_an_unknown_need_is_named(project):
    (project / "book/page.md").write_text(PAGE.replace("kernelspec:", "cnncourse:\n  needs: cifar\nkernelspec:", 1))
    with pytest.raises(pages.PageError, match="needs 'cifar'; expected one of mnist, fashion_mnist"):
        pages.missing_data("page", project)


def test_a_notebook_whose_data_is_missing_is_skipped_with_the_reason(monkeypatch):
    monkeypatch.setattr(pages, "missing_data", lambda name: "mnist is not at hand: gone" if name == "needy" else None)
    items = [Item(pages.ROOT / path) for path in ("book/needy.ipynb", "book/other.ipynb", "tests/needy.py")]
    specification = importlib.util.spec_from_file_location("hooks", pages.ROOT / "tests/conftest.py")
    hooks = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(hooks)
    hooks.pytest_collection_modifyitems(items)
    assert [[mark.kwargs["reason"] for mark in item.marks] for item in items] == [
        ["mnist is not at hand: gone"],
        [],
        [],
    ]


class Item:
    """As much of a collected test as the hook looks at."""

    def __init__(self, path):
        self.path, self.marks = path, []

    def add_marker(self, decorator):
        self.marks.append(decorator.mark)


def test_executing_twice_gives_the_same_bytes(project):
    (project / "book/page.md").write_text(
        PAGE.replace("from cnncourse.upper import double\n\ndouble(21)", "print(1)\n2")
    )
    written = []
    for _ in range(2):
        notebook = pages.derive("page", project)
        pages.execute(notebook, lambda: None)
        written.append(nbformat.writes(notebook))
    assert written[0] == written[1]
    assert [output.output_type for output in notebook.cells[1].outputs] == ["stream", "execute_result"]


def executing(notebook, shown, pixels):
    """Stand in for an execution on some machine: a measured number, and a figure in this machine's pixels."""
    cell = notebook.cells[1]
    cell.execution_count = 1
    figure = nbformat.v4.new_output("display_data", {"text/plain": "A bar.", "image/png": pixels})
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"loss {shown}\n"), figure]


@pytest.mark.parametrize(
    ("shown", "changed", "stands"), [("0.51", False, True), ("0.53", False, False), ("0.51", True, False)]
)
def test_another_machine_leaves_a_notebook_as_it_was(project, monkeypatch, shown, changed, stands):
    (project / "book/_static").mkdir()
    (project / "book/page.md").write_text(PAGE.replace("double(21)", 'print(f"loss {double(a):.2f}")  # ± 0.02'))
    path = project / "book/page.ipynb"
    monkeypatch.setattr(pages, "_execute_in_sight", lambda name, notebook: executing(notebook, "0.50", "cGl4"))
    pages.update("page", project)
    before = path.read_bytes()
    if changed:
        (project / "cnncourse/lower.py").write_text("two = 2.02\n")
    monkeypatch.setattr(pages, "_execute_in_sight", lambda name, notebook: executing(notebook, shown, "b3Ro"))
    pages.update("page", project, fresh=True)
    assert (path.read_bytes() == before) is stands
    assert (f"loss {shown}".encode() in path.read_bytes()) is (b"b3Ro" in path.read_bytes()) is not stands


def test_stubs_are_written_below_exercises_and_mended(tmp_path):
    from cnncourse.exercises.library import load

    source, marker = tmp_path / "page.md", "Before.\n\n```{exercise} conv2d\n```\n\nAfter.\n"
    source.write_text(marker)
    fill_stubs(source)
    filled = source.read_text()
    cell = f'```{{code-cell}} ipython3\n@check("conv2d")\n{load("conv2d").stub}```\n'
    assert filled == f"Before.\n\n```{{exercise}} conv2d\n```\n\n{cell}\nAfter.\n"
    assert page_exercises(source) == ["conv2d"]
    source.write_text(filled.replace("bias=None", "offset=None"))  # the catalogue is right
    fill_stubs(source)
    assert source.read_text() == filled
    fill_stubs(source)
    assert source.read_text() == filled


def test_a_notebook_shows_an_exercise_s_statement_and_a_book_its_solution_folded():
    from cnncourse.exercises.library import load

    plain = to_plain("```{exercise} conv2d\n```", pages.ROOT / "book/references.bib")
    folded = book_box("conv2d")
    for line in load("conv2d").statement.splitlines():
        assert line in plain
        assert line in folded
    assert "window * weight" not in plain
    assert load("conv2d").hints[0][:40] not in plain
    assert "{dropdown} Solution" in folded
    assert load("conv2d").solution_source in folded


def test_directives_become_quotes_and_maths():
    bibliography = pages.ROOT / "book/references.bib"
    text = ":::{dropdown} Why?\n:open:\n\nSince $1 < 2$.\nAlways.\n:::\n\n```{math}\nx^2\n```\n\n(target)=\n## Next"
    expected = "> **Why?** Since $1 < 2$.\n> Always.\n\n$$\nx^2\n$$\n\n## Next"
    assert to_plain(text, bibliography) == expected
    assert to_plain("By {cite:t}`lecun1998`; {math}`x`.", bibliography) == "By LeCun et al. (1998); $x$."
    assert "Gradient-Based Learning" in to_plain("```{bibliography}\n```", bibliography, frozenset({"lecun1998"}))


def test_references_of_one_author_and_year_stand_in_one_order():
    keys = ["lecun1998efficient", "lecun1998"]  # a set's order changes from run to run
    both = [
        to_plain("```{bibliography}\n```", pages.ROOT / "book/references.bib", order) for order in (keys, keys[::-1])
    ]
    assert both[0] == both[1]
    assert both[0].index("Gradient-Based") < both[0].index("Efficient")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{figure} a.png\n```", r"directive \{figure\} has no plain form; expected one of note"),
        ("See {ref}`target`.", r"role \{ref\} has no plain form"),
        ("{cite:p}`nobody`", r"citation 'nobody' is not in references.bib, which has .*dumoulin2016"),
        (":::{note}\nnever closed", r"':::\{note\}': the directive is never closed; close it with :::"),
        ("* item\n  ```{note}\n  Hi.\n  ```", r"'  ```\{note\}': an indented directive has no plain form; begin it"),
        (" :::{note}\n Hi.\n :::", "an indented directive has no plain form; begin it at the left margin"),
        ("> ```{note}\n> Hi.\n> ```", "an indented directive has no plain form"),
        ("% hidden", "'% hidden': a % comment has no plain form; leave it out, or write <!-- -->"),
        ("{{ name }}", r"'\{\{ name \}\}': a \{\{ \}\} substitution has no plain form; write out what it stands for"),
        ("Say {{ name }}.", r"a \{\{ \}\} substitution has no plain form"),
        ("| a |\n|---|\n| {{ b }} |", r"'\| \{\{ b \}\} \|': a \{\{ \}\} substitution has no plain form"),
        ("So[^1].\n\n[^1]: Indeed.", r"'So\[\^1\].': a footnote has no plain form; say it in the text, or in a"),
        ("[^1]: Indeed.", "a footnote has no plain form"),
        ("Term\n: What it is.", "'Term': a definition list has no plain form; write a list with the terms in bold"),
        ("$$\nx\n$$ (name)", "a label of a formula has no plain form; leave it out"),
        ("+++", r"a \+\+\+ line has no plain form; leave it out"),
        ("[a][p]\n\n[p]: padding.md", r"a link to a page has no plain form; write it \[words\]\(NAME.md#heading\)"),
        ("$`$ and {math}`x`", "a role that cannot be told from code"),
    ],
)
def test_what_has_no_plain_form_is_refused(text, message):
    with pytest.raises(PlainFormError, match=message):
        to_plain(text, pages.ROOT / "book/references.bib")


@pytest.mark.parametrize(
    "text",
    [
        "```python\n{cite:p}`nobody`\n% no comment\n[a](padding.md)\n{{ b }}\n```",
        "* item\n\n  ```\n  [a](padding.md) {ref}`x`\n  ```",
        "~~~\n```{note}\n~~~",
        "    ```{note}\n    [a](padding.md)",
        "`[a](padding.md)` and `` {ref}`x` `` and ``{{ b }}``",
        "`a\n{{ b }}` and `[^1]`",
        r"\{ref}`x` and \`{b}`",
        "$$\n[a](padding.md)\n$$",
        "<!-- {ref}`x` -->",
        "- [ ] a task\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    ],
)
def test_code_and_what_is_plain_already_are_left_alone(text):
    assert to_plain(text, pages.ROOT / "book/references.bib") == text


def test_roles_and_links_beside_code_are_rewritten():
    text = "[`a`](padding.md#b) `{math}` {math}`x` ``[c](d.md)``\n\n> | a |\n> |---|\n> | {cite:t}`lecun1998` |"
    plain = "[`a`](padding.ipynb#b) `{math}` $x$ ``[c](d.md)``\n\n> | a |\n> |---|\n> | LeCun et al. (1998) |"
    assert to_plain(text, pages.ROOT / "book/references.bib") == plain


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("One.\n\n% two", 3),
        ("One\ntwo {{ three }}.", 2),
        ("One.\n\n:::{note}\n:class: x\n\nFour.\n\n% five\n:::", 8),
        ("One.\n\n````{note}\n```{tip}\n% here\n```\n````", 5),
    ],
)
def test_a_refusal_names_the_line(project, text, line):
    with pytest.raises(PlainFormError) as error:
        to_plain(text, pages.ROOT / "book/references.bib")
    assert error.value.line == line
    (project / "book/page.md").write_text(f"{PAGE}\n+++\n\n{text}\n")
    with pytest.raises(pages.PageError, match=rf"^book/page.md:{len(PAGE.splitlines()) + 3 + line}: "):
        pages.derive("page", project)


def test_only_what_a_page_cites_is_listed():
    text = "{cite:p}`a`\n\n```python\n{cite:p}`b`\n```\n\n:::{note}\n{cite:t}`c, d`, not `` {cite:t}`e` ``.\n:::"
    assert cited_keys(text) == {"a", "c", "d"}


def test_a_colab_link_must_lead_to_a_tracked_notebook(tmp_path):
    page = tmp_path / "index.html"
    link = f"{pages.COLAB}/github/{pages.repository_url().removeprefix(pages.GITHUB)}/blob/main/book/"
    page.write_text(f'<a href="{link}index.ipynb">Colab</a>')
    assert pages.colab_problems(page) == []
    page.write_text(f'<a href="{link}other.ipynb">Colab</a>')
    assert "mend _config.yml" in pages.colab_problems(page)[0]
    page.rename(tmp_path / "untracked.html").write_text(f'<a href="{link}untracked.ipynb">Colab</a>')
    assert "git does not track it" in pages.colab_problems(tmp_path / "untracked.html")[0]


def test_a_built_page_must_have_alt_texts_and_need_no_network(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<article><img src="a.png" alt="x/a.png"></article><script src="https://cdn.example/x.js"></script>'
    )
    problems = pages.page_problems(page)
    assert ["no alt text" in problem or "another host" in problem for problem in problems] == [True, True]
    assert "figures.grammar.show" in problems[0]
    page.write_text('<article><img src="a.png" alt="A window."></article><script src="x.js"></script>')
    assert pages.page_problems(page) == []


def code_cell(code, *tags):
    block = docutils.nodes.literal_block(code, code, language="ipython3")
    return docutils.nodes.container("", block, classes=["cell", *(f"tag_{tag}" for tag in tags)])


def test_below_folded_code_the_page_says_how_far_its_numbers_may_move():
    code = 'print(a)  # ± 0.010\nprint(b)  # ± 5 %\nprint(c)  # ± 0.010\nprint("# ± 3")'
    cells = [code_cell(code, "hide-input"), code_cell(code), code_cell("print(1)", "hide-input")]
    page = docutils.nodes.container("", *cells)
    show_tolerances(None, page)
    assert [cell.children[1:] and cell[1].astext() for cell in cells] == [
        "± 0.010, ± 5 %: what other machines may give",
        [],
        [],
    ]
