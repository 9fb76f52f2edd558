"""From a page's source, ``book/NAME.md``, to its executed notebook, ``book/NAME.ipynb``; and the checks around that.

A notebook is executed anew when its digest has changed: its code, the modules of `cnncourse` that it imports (and
those that they import), or the pinned requirements. Otherwise its committed outputs stand, and the tests re-run them.
The book is built from the same outputs, through the cache that myst-nb reads: one execution serves both.

A page whose head says ``cnncourse: {needs: mnist}`` is executed and tested only where that dataset is at hand;
elsewhere its committed outputs stand, and its digest with them.

Run as ``python -m tools.pages``; ``--help`` lists the commands.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
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
from tools.markdown import PlainFormError, cited_keys, to_plain

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"  # where _config.yml tells myst-nb to look
HERO = ROOT / "book" / "_static" / "hero.png"
CELL_TIMEOUT = 300  # seconds
GITHUB = "https://github.com/"
COLAB = "https://colab.research.google.com"

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

    >>> page_names()[0]
    'index'
    """
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    parts = toc.get("parts", [{"chapters": toc.get("chapters", [])}])
    files = [toc["root"], *(chapter["file"] for part in parts for chapter in part["chapters"])]
    return [Path(file).name for file in files]


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
    cells, seen = [], {}
    for cell in source.cells:
        if cell.cell_type == "markdown":
            try:
                text = to_plain(cell.source, bibliography, cited)
            except PlainFormError as error:
                raise PageError(f"book/{name}.md: {error}") from None
            if not text:
                continue
            new = nbformat.v4.new_markdown_cell(text)
        else:
            new = nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata)
            if "hide-input" in cell.metadata.get("tags", []):  # these two fold it in Jupyter and Colab
                new.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
        identity = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[identity] = seen.get(identity, 0) + 1
        new.id = identity if seen[identity] == 1 else f"{identity}-{seen[identity]}"
        cells.append(new)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "cnncourse": {"digest": digest(name, root)},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def imported_modules(code: str, package: str = "cnncourse") -> set[str]:
    """Name the modules of ``package`` that Python code imports, wherever the import stands.

    >>> sorted(imported_modules("from cnncourse.shapes import output_size\\nimport cnncourse.figures.trace as t"
    ['shapes', 'trace']
    """
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{package}.")}
    return names


def module_files(module: str, root: Path) -> list[Path]:
    """Find a module's files; a subpackage has several."""
    package = root / "cnncourse" / module
    return sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]


def package_files(code: str, root: Path) -> set[Path]:
    """Find the files of `cnncourse` that Python code imports, and those that they import in turn."""
    found, todo = set(), [code]
    while todo:
        for node in ast.walk(ast.parse(todo.pop())):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                names = [alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)]
            bases = [root.joinpath(*name.split(".")) for name in names if name.startswith("cnncourse.")]
            files = {
                file for base in bases for file in (base.with_suffix(".py"), base / "__init__.py") if file.exists()
            }
            todo += [file.read_text(encoding="utf-8") for file in files - found]
            found |= files
    return found


def digest(name: str, root: Path = ROOT) -> str:
    """Hash all that a page's outputs depend on."""
    source = read_source(name, root)
    code = "\n".join(cell.source for cell in source.cells if cell.cell_type == "code")
    used = package_files(TransformerManager().transform_cell(code), root)  # %pip becomes Python
    exercises = root / "cnncourse" / "exercises"
    if exercises / "__init__.py" in used:  # these are loaded by name
        used |= set(exercises.glob(f"catalogue/{name}/*.py"))
    hashed = hashlib.sha256(code.encode())
    for path in [root / "requirements.txt", *sorted(used)]:
        hashed.update(path.read_bytes())
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


def execute(notebook: NotebookNode, on_cell) -> None:
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
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    for name in names or known:
        fill_stubs(ROOT / "book" / f"{name}.md")
        if difference(name) is None and not fresh:
            continue
        notebook = derive(name)
        if not fresh and keep_outputs(name, notebook):
            console.print(f"{name}: text updated, outputs kept")
        elif missing := missing_data(name):
            if committed_with_same_code(name, notebook) is None:
                raise PageError(f"book/{name}.md cannot be executed: {missing}")
            console.print(
                f"{name}: NOT executed, its committed notebook stands: {missing}", style="yellow", markup=False
            )
            continue
        else:
            console.print(f"{name}: executing")
            with Progress(*columns, console=console, transient=True) as progress:
                task = progress.add_task(f"  {name}", total=len(notebook.cells))
                try:
                    execute(notebook, lambda task=task, progress=progress: progress.advance(task))
                except CellExecutionError as error:
                    raise PageError(f"book/{name}.md does not run; nothing was written\n{error}") from None
        if name == known[0]:
            write(HERO, hero(notebook))
        write(ROOT / "book" / f"{name}.ipynb", nbformat.writes(notebook).rstrip("\n").encode() + b"\n")
    fill_cache([name for name in known if (ROOT / "book" / f"{name}.ipynb").exists()])
    console.print(f"{len(names or known)} notebooks are up to date")


@app.command()
def stamp(
    url: Annotated[str | None, typer.Argument(help="The new address; by default the one in _config.yml.")] = None,
) -> None:
    """Write the repository's address wherever it is needed; _config.yml is where it stands."""
    config = ROOT / "_config.yml"
    if url is not None:
        address = url.rstrip("/").removesuffix(".git")
        if not re.fullmatch(re.escape(GITHUB) + r"[\w.-]+/[\w.-]+", address):
            raise PageError(f"the address is {url!r}; expected {GITHUB}OWNER/REPOSITORY")
        write(config, config.read_bytes().replace(repository_url().encode(), address.encode()))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    old, new = (address.removeprefix(GITHUB) for address in (citation["repository-code"], repository_url()))
    address = re.compile(rb"(github(?:\.com)?/)" + re.escape(old).encode() + rb"(?![\w-])")  # Colab's links say github/
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    changed = 0
    for path in (ROOT / file for file in tracked.split("\0") if file and not file.endswith(".png")):
        content = path.read_bytes()
        if (replaced := address.sub(rb"\g<1>" + new.encode(), content)) != content:
            write(path, replaced)
            changed += 1
    console.print(f"{GITHUB}{new} is stamped into {changed} files; now run: make notebooks")


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
            problems.append(f"{path.name}: picture {image.get('src')} has no alt text; show it with drawing.show")
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
