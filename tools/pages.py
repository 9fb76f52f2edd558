"""From a page's source, ``book/NAME.md``, to its executed notebook, ``book/NAME.ipynb``; and the checks around that.

A notebook is executed anew when its digest has changed: its code, the modules of `cnncourse` that it imports (and
those that they import), or the pinned requirements. Otherwise its committed outputs stand, and the tests re-run them.
They stand, too, where a new execution of the same code stays within the tolerances that the page states.
The book is built from the same outputs, through the cache that myst-nb reads: one execution serves both.

A page whose head says ``cnncourse: {needs: mnist}`` is executed and tested only where that dataset is at hand;
elsewhere its committed outputs stand, and its digest with them.

Run as ``python -m tools.pages``; ``--help`` lists the commands.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Annotated

import jupytext
import nbformat
import typer
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from lxml import html
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tools.exercises import fill_stubs
from tools.imports import import_graph, module_file, named_modules, needed_modules
from tools.markdown import PlainFormError, cited_keys, to_plain
from tools.terms import with_terms
from tools.tolerance import ToleranceError, settle_outputs

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"  # where _config.yml tells myst-nb to look
HERO = ROOT / "book" / "_static" / "hero.png"
PICTURES = ("image/png", "image/svg+xml")  # as figures.grammar stores them
CELL_TIMEOUT = 300  # seconds
GITHUB = "https://github.com/"
COLAB = "https://colab.research.google.com"
ADDRESS = re.compile(r"(github(?:\.com)?/)[\w-]+/[\w.-]+")  # Colab's links say github/

# The set-up cell of every page. In Colab it installs the package and touches nothing else that Colab brings.
SET_UP = """\
# Colab installs the companion package here; elsewhere nothing happens.
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules and not find_spec("cnncourse"):
    %pip install --quiet --no-deps git+{url}"""

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)


class PageError(Exception):
    """Something about a page is wrong; the message says what to do."""


def page_names(root: Path = ROOT) -> list[str]:
    """Read the pages' names from _toc.yml, in reading order.

    >>> page_names()[0], page_names()[-1]
    ('index', 'terms')
    """
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [Path(file).name for file in [toc["root"], *chain.from_iterable(_parts(toc))]]


def chapter_names(root: Path = ROOT) -> list[str]:
    """Read the chapters' names: the first part of _toc.yml. Its other parts are pages to look things up in.

    >>> chapter_names()[0], "terms" in chapter_names()
    ('introduction', False)
    """
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [Path(file).name for file in _parts(toc)[0]]


def _parts(toc: dict) -> list[list[str]]:
    parts = toc.get("parts", [{"chapters": toc.get("chapters", [])}])
    return [[chapter["file"] for chapter in part["chapters"]] for part in parts]


def chapter_sources(root: Path = ROOT) -> dict[str, str]:
    """Read the chapters' sources, in reading order."""
    return {name: (root / "book" / f"{name}.md").read_text(encoding="utf-8") for name in chapter_names(root)}


def repository_url(root: Path = ROOT) -> str:
    """Read the repository's address from the one place where it stands."""
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"].rstrip("/")


def read_source(name: str, root: Path = ROOT) -> NotebookNode:
    """Read ``book/NAME.md`` as a notebook that has not been executed."""
    path = root / "book" / f"{name}.md"
    if not path.exists():
        raise PageError(
            f"_toc.yml names book/{name}, but there is no {path.relative_to(root)}; write it, or mend _toc.yml"
        )
    return jupytext.read(path, fmt="md:myst")


def missing_data(name: str, root: Path = ROOT) -> str | None:
    """Say which file of the dataset that a page needs is not here, or return None. Nothing is downloaded."""
    dataset = read_source(name, root).metadata.get("cnncourse", {}).get("needs")
    if dataset is None:
        return None
    from cnncourse.data import SOURCES, DataError, find_files  # torch, which the other pages' checks do without

    if dataset not in SOURCES:
        raise PageError(f"book/{name}.md needs {dataset!r}; expected one of {', '.join(SOURCES)}")
    try:
        find_files(SOURCES[dataset])
    except DataError as error:
        return f"{dataset} is not at hand: {str(error).splitlines()[0]}"
    return None


def derive(name: str, root: Path = ROOT) -> NotebookNode:
    """Make the notebook of a page: plain Markdown, stable cell ids, no machine's metadata, no outputs yet."""
    source = read_source(name, root)
    bibliography = root / "book" / "references.bib"
    cited = cited_keys("\n".join(cell.source for cell in source.cells if cell.cell_type == "markdown"))
    cells: list[NotebookNode] = []
    for cell in source.cells:
        if cell.cell_type == "code":
            cells.append(_code_cell(cell))
        elif text := _plain(cell.source, name, root, bibliography, cited):
            cells.append(nbformat.v4.new_markdown_cell(text))
        else:
            continue
        cells[-1].id = _identity(cell.source, cells[:-1])
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "cnncourse": {"digest": digest(name, root)},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _code_cell(cell: NotebookNode) -> NotebookNode:
    new = nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata)
    tags = cell.metadata.get("tags", [])
    if "hide-input" in tags:  # these two fold it in Jupyter and Colab
        new.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    if "hide-output" in tags:  # Jupyter folds an answer; Colab has no such setting
        new.metadata |= {"jupyter": {"outputs_hidden": True}}
    return new


def _plain(text: str, name: str, root: Path, bibliography: Path, cited: frozenset[str]) -> str:
    """Return a Markdown cell's plain form; an error names the line of the page's source."""
    try:
        return to_plain(with_terms(text, lambda: chapter_sources(root)), bibliography, cited)
    except PlainFormError as error:
        source = (root / "book" / f"{name}.md").read_text(encoding="utf-8")
        line = source[: max(source.find(text), 0)].count("\n") + error.line
        raise PageError(f"book/{name}.md:{line}: {error}") from None


def _identity(source: str, before: list[NotebookNode]) -> str:
    """Name a cell after its text; where a text comes again, the name has a number."""
    identity = hashlib.sha256(without_address(source).encode()).hexdigest()[:12]
    seen = sum(cell.id.partition("-")[0] == identity for cell in before)
    return identity if not seen else f"{identity}-{seen + 1}"


def without_address(text: str) -> str:
    """Leave out where a repository is published: no output depends on it, and `stamp` rewrites it everywhere.

    >>> without_address("pip install git+https://github.com/your_account/cnncourse")
    'pip install git+https://github.com/'
    """
    return ADDRESS.sub(r"\1", text)


def digest(name: str, root: Path = ROOT) -> str:
    """Hash all that a page's outputs depend on: its code, what that imports, and the pinned requirements."""
    source = read_source(name, root)
    code = "\n".join(cell.source for cell in source.cells if cell.cell_type == "code")
    graph = import_graph(root)
    used = needed_modules(named_modules(TransformerManager().transform_cell(code), graph), graph)  # %pip becomes Python
    if "cnncourse.exercises" in used:  # these are loaded by name
        catalogue = f"cnncourse.exercises.catalogue.{name}"
        used |= needed_modules({module for module in graph.modules if f"{module}.".startswith(f"{catalogue}.")}, graph)
    hashed = hashlib.sha256(without_address(code).encode())
    for path in [root / "requirements.txt", *(module_file(module, root) for module in sorted(used))]:
        hashed.update(path.read_text(encoding="utf-8").encode())  # whatever ends a line on this machine, here it is \n
    return hashed.hexdigest()[:16]


def difference(name: str, root: Path = ROOT) -> str | None:
    """Say how a committed notebook differs from what its source asks for, or return None where it does not."""
    path = root / "book" / f"{name}.ipynb"
    if not path.exists():
        return "there is no notebook yet"
    committed, wanted = nbformat.read(path, as_version=4), derive(name, root)
    for cell in committed.cells:
        if cell.cell_type == "code":
            if cell.execution_count is None:  # nbval would take it for a cell that has nothing to compare
                return f"the cell that begins {cell.source.splitlines()[0]!r} was never executed"
            cell.outputs, cell.execution_count = [], None
    if committed.metadata.get("cnncourse") != wanted.metadata["cnncourse"]:
        return "its code, a module that it imports, or a pinned requirement has changed since it was executed"
    if committed != wanted:
        return "its text has changed since it was generated"
    return None


def execute(notebook: NotebookNode, on_cell: Callable[[], None]) -> None:
    """Execute a notebook in place, in an empty folder: a page may use the installed package and nothing beside it.

    Raises:
        CellExecutionError: a cell failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],  # a warning a page about encryption on this very machine
            coalesce_streams=True,
            on_cell_complete=lambda cell, cell_index: on_cell(),
        )
        client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata["language_info"] = {"name": "python"}


def committed_with_same_code(name: str, notebook: NotebookNode, root: Path = ROOT) -> NotebookNode | None:
    """Read the committed notebook if its code cells are those of ``notebook``: its outputs can stand on the page."""
    path = root / "book" / f"{name}.ipynb"
    if not path.exists():
        return None
    committed = nbformat.read(path, as_version=4)
    old, new = ([cell.source for cell in one.cells if cell.cell_type == "code"] for one in (committed, notebook))
    return committed if old == new else None


def keep_outputs(name: str, notebook: NotebookNode, root: Path = ROOT) -> bool:
    """Take over the committed outputs where only text has changed. Returns whether that was possible."""
    committed = committed_with_same_code(name, notebook, root)
    if committed is None or committed.metadata.get("cnncourse") != notebook.metadata["cnncourse"]:
        return False
    old, new = ([cell for cell in one.cells if cell.cell_type == "code"] for one in (committed, notebook))
    if any(cell.execution_count is None for cell in old):
        return False
    for before, after in zip(old, new, strict=True):
        after.outputs, after.execution_count = before.outputs, before.execution_count
    return True


def moved(committed: NotebookNode, notebook: NotebookNode) -> list[str]:
    """List where two executions of the same code differ by more than the page's tolerances.

    Pictures are not compared, as in the tests: their pixels differ from machine to machine, and what they show is in
    their alt texts. Nor are cells whose output is ignored.

    Raises:
        ToleranceError: a cell states a tolerance that cannot be read, or not for which numbers it stands.
    """
    old, new = ([cell for cell in one.cells if cell.cell_type == "code"] for one in (committed, notebook))
    problems = []
    for before, after in zip(old, new, strict=True):
        if "nbval-ignore-output" in after.metadata.get("tags", []):
            continue
        settled, outside = settle_outputs(after.source, before.outputs, after.outputs)
        if _without_pictures(settled) != _without_pictures(before.outputs):
            problems += outside or [f"the cell that begins {after.source.splitlines()[0]!r} gives another output"]
    return problems


def _without_pictures(outputs: list[NotebookNode]) -> list[dict]:
    return [
        {**output, "data": {kind: value for kind, value in output.get("data", {}).items() if kind not in PICTURES}}
        for output in outputs
    ]


def write(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that a stop half-way leaves the old one."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    os.replace(fresh, path)


def hero(notebook: NotebookNode) -> bytes:
    """Return the front page's first figure, for the README, which cannot show a notebook's outputs."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    images = (output.data["image/png"] for output in outputs if "image/png" in output.get("data", {}))
    try:
        return base64.b64decode(next(images))
    except StopIteration:
        raise PageError(
            "the front page shows no figure, and the README needs one; show one in its first cells"
        ) from None


def fill_cache(names: list[str], root: Path = ROOT) -> None:
    """Hand the notebooks' outputs to the cache from which myst-nb builds the book."""
    shutil.rmtree(CACHE, ignore_errors=True)
    cache = get_cache(str(CACHE))
    for name in names:
        path = root / "book" / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:  # what `derive` adds; the cache compares metadata with the source's
            cell.metadata.pop("jupyter", None)
            cell.metadata.pop("cellView", None)
        cache.cache_notebook_bundle(CacheBundleIn(notebook, str(path)), check_validity=False, overwrite=True)


@app.command()
def generate(
    names: Annotated[list[str] | None, typer.Argument(help="Pages, such as padding; all of them by default.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Execute also what has not changed.")] = False,
) -> None:
    """Bring the notebooks up to date: derive all, execute those whose code or package has changed."""
    known = page_names()
    if unknown := set(names or []) - set(known):
        raise PageError(f"no page is named {', '.join(sorted(unknown))}; _toc.yml names {', '.join(known)}")
    for name in names or known:
        fill_stubs(ROOT / "book" / f"{name}.md")
        if fresh or difference(name) is not None:
            update(name, fresh=fresh)
    fill_cache([name for name in known if (ROOT / "book" / f"{name}.ipynb").exists()])
    console.print(f"{len(names or known)} notebooks are up to date")


def update(name: str, root: Path = ROOT, *, fresh: bool = False) -> None:
    """Write a page's notebook anew, with the committed outputs if they can stand, else executed.

    Raises:
        PageError: a cell failed, or the page was never executed with this code and its data is not at hand.
    """
    notebook = derive(name, root)
    if not fresh and keep_outputs(name, notebook, root):
        console.print(f"{name}: text updated, outputs kept")
    elif missing := missing_data(name, root):
        if committed_with_same_code(name, notebook, root) is None:
            raise PageError(f"book/{name}.md cannot be executed: {missing}")
        console.print(f"{name}: NOT executed, its committed notebook stands: {missing}", style="yellow", markup=False)
        return
    else:
        _execute_in_sight(name, notebook)
        _let_stand(name, notebook, root)
    if name == page_names(root)[0]:
        write(root / HERO.relative_to(ROOT), hero(notebook))
    write(root / "book" / f"{name}.ipynb", nbformat.writes(notebook).rstrip("\n").encode() + b"\n")


def _let_stand(name: str, notebook: NotebookNode, root: Path) -> None:
    """Take the committed outputs back if the same code gave them and none has moved further than the page allows.

    All of them or none: the numbers of a page come from one execution, and its pictures with them. So another machine
    leaves the notebook as it was, byte for byte, and a difference means a change.
    """
    committed = committed_with_same_code(name, notebook, root)
    if committed is None or committed.metadata.get("cnncourse") != notebook.metadata["cnncourse"]:
        return
    try:
        problems = moved(committed, notebook)
    except ToleranceError as error:
        raise PageError(f"book/{name}.md: {error}") from None
    for problem in problems:
        console.print(f"  {problem}", markup=False)
    if not problems and keep_outputs(name, notebook, root):
        console.print(f"{name}: the same within its tolerances, outputs kept")


def _execute_in_sight(name: str, notebook: NotebookNode) -> None:
    console.print(f"{name}: executing")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"  {name}", total=len(notebook.cells))
        try:
            execute(notebook, lambda: progress.advance(task))
        except CellExecutionError as error:
            raise PageError(f"book/{name}.md does not run; nothing was written\n{error}") from None


@app.command()
def stamp(
    url: Annotated[str | None, typer.Argument(help="The new address; by default the one in _config.yml.")] = None,
) -> None:
    """Write the repository's address wherever it is needed; _config.yml is where it stands."""
    changed = write_address(url or repository_url())
    console.print(f"{repository_url()} is stamped into {changed} files")


def write_address(url: str, root: Path = ROOT) -> int:
    """Write the repository's new address into every tracked file that has the old one. Returns how many changed."""
    address = url.rstrip("/").removesuffix(".git")
    if not re.fullmatch(re.escape(GITHUB) + r"[\w.-]+/[\w.-]+", address):
        raise PageError(f"the address is {url!r}; expected {GITHUB}OWNER/REPOSITORY")
    config = root / "_config.yml"
    write(config, config.read_bytes().replace(repository_url(root).encode(), address.encode()))
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    old, new = (one.removeprefix(GITHUB).encode() for one in (citation["repository-code"], address))
    stamped = re.compile(rb"(github(?:\.com)?/)" + re.escape(old) + rb"(?![\w-])")  # Colab's links say github/
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout
    changed = 0
    for path in (root / file for file in tracked.split("\0") if file and not file.endswith(".png")):
        content = path.read_bytes()
        if (replaced := stamped.sub(rb"\g<1>" + new, content)) != content:
            write(path, replaced)
            changed += 1
    return changed


@app.command()
def verify() -> None:
    """Check the built HTML: every page came out, every picture has words, nothing is asked of another host."""
    built, names = ROOT / "_build" / "html", page_names()
    missing = [name for name in names if not (built / "book" / f"{name}.html").exists()]
    extra = {path.stem for path in (built / "book").glob("*.html")} - set(names)
    if missing or extra:
        raise PageError(
            f"_toc.yml names {len(names)} pages; missing from the build: {missing or 'none'}, not named: "
            f"{sorted(extra) or 'none'}; run make clean, then make book, and read its warnings"
        )
    problems = [problem for name in names for problem in page_problems(built / "book" / f"{name}.html")]
    problems += [problem for name in names for problem in colab_problems(built / "book" / f"{name}.html")]
    if problems:
        raise PageError("\n".join(problems))
    executed = {
        Path(record.uri).stem for record in get_cache(str(CACHE)).list_cache_records() if record.uri.endswith(".md")
    }
    if executed:
        raise PageError(
            f"the book was not built from the notebooks' outputs: {', '.join(sorted(executed))} ran a second time; "
            "fill_cache in tools/pages.py must store what myst-nb looks up"
        )
    console.print(f"{len(names)} pages, as many as _toc.yml names. Open {built.as_uri()}/index.html")


def page_problems(path: Path) -> list[str]:
    """List what a built page lacks: words for a picture, or independence of other hosts."""
    page = html.parse(str(path)).getroot()
    problems = []
    for image in page.cssselect("article img"):
        alt = (image.get("alt") or "").strip()
        if not alt or alt.endswith((".png", ".svg", ".jpg")):
            problems.append(
                f"{path.name}: picture {image.get('src')} has no alt text; show it with figures.grammar.show"
            )
    for attribute, selector in (("src", "script, img, iframe"), ("href", "link[rel=stylesheet], link[rel=preload]")):
        for element in page.cssselect(selector):
            address = element.get(attribute) or ""
            if re.match(r"(https?:)?//", address):
                problems.append(f"{path.name}: loads {address} from another host; ship the file in book/_static")
    return problems


def colab_problems(path: Path, root: Path = ROOT) -> list[str]:
    """Say so where a built page has no Colab link, or one that leads to no tracked notebook."""
    start = f"{COLAB}/github/{repository_url(root).removeprefix(GITHUB)}/blob/main/"
    links = {link.get("href") for link in html.parse(str(path)).getroot().cssselect(f'a[href^="{COLAB}"]')}
    expected = f"book/{path.stem}.ipynb"
    if links != {start + expected}:
        return [f"{path.name}: Colab links {sorted(links)}; expected {start + expected}; mend _config.yml"]
    tracked = subprocess.run(
        ["git", "ls-files", "--error-unmatch", expected], cwd=root, capture_output=True, check=False
    )
    return [] if tracked.returncode == 0 else [f"{expected} is what Colab opens and git does not track it; git add it"]


def main() -> None:
    """Run the command line; a page's error is a message and exit status 1, not a traceback."""
    try:
        app()
    except PageError as error:
        console.print(f"error: {error}", style="bold red", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
