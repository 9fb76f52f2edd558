"""Who imports whom in the package: one graph for the house rule and for the notebooks' digests.

grimp reads the files without running them. It sees every import, absolute or relative, at the top of a module, inside a
function or for the type checker alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import grimp
from grimp import ImportGraph
from grimp.application.config import settings
from grimp.application.ports.filesystem import AbstractFileSystem
from grimp.application.ports.packagefinder import AbstractPackageFinder

ROOT = Path(__file__).resolve().parent.parent
Layer = str | tuple[str, ...]  # one module, or several that stand side by side; * stands for any characters


class _InFolder(AbstractPackageFinder):
    """Find a package in one folder; grimp's own finder returns the one that is imported already."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def determine_package_directories(self, package_name: str, file_system: AbstractFileSystem) -> set[str]:
        return {str(self.root / package_name)}


def import_graph(root: Path = ROOT) -> ImportGraph:
    """Read the imports between the modules of ``root/cnncourse``.

    >>> import_graph().direct_import_exists(importer="cnncourse.lenet", imported="cnncourse.checks")
    True
    """
    usual = settings.PACKAGE_FINDER
    settings.configure(PACKAGE_FINDER=_InFolder(root))
    try:
        return grimp.build_graph("cnncourse", cache_dir=None)
    finally:
        settings.configure(PACKAGE_FINDER=usual)


def module_file(module: str, root: Path = ROOT) -> Path:
    """Find a module's file; a package's is its ``__init__.py``.

    >>> module_file("cnncourse.figures").relative_to(ROOT).as_posix()
    'cnncourse/figures/__init__.py'
    """
    path = root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def named_modules(code: str, graph: ImportGraph) -> set[str]:
    """Name the modules of the graph that Python code outside the package imports, wherever the import stands.

    >>> sorted(named_modules("from cnncourse import shapes\\nimport cnncourse.figures.trace as t", import_graph()))
    ['cnncourse', 'cnncourse.figures.trace', 'cnncourse.shapes']
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names & graph.modules


def needed_modules(modules: Iterable[str], graph: ImportGraph) -> set[str]:
    """Add to modules all that they import in turn, and the packages in which those stand.

    The outermost package is left out: it loads the others by name, and holds the version.

    >>> sorted(needed_modules({"cnncourse.figures.trace"}, import_graph()))
    ['cnncourse.checks', 'cnncourse.figures', 'cnncourse.figures.trace', 'cnncourse.shapes']
    """
    found: set[str] = set()
    todo = set(modules)
    while todo:
        module = todo.pop()
        found.add(module)
        parent = {module.rpartition(".")[0]} & graph.modules
        todo |= (graph.find_modules_directly_imported_by(module) | parent) - found
    return {module for module in found if "." in module}


def unplaced_modules(graph: ImportGraph, layers: Sequence[Layer]) -> list[str]:
    """Say which modules no layer names, and which names stand for no module."""
    names = [name for layer in layers for name in _row(layer)]
    problems = [
        f"cnncourse.{module} stands in no layer; name it in the list of layers in tests/test_layout.py, above all that "
        "it imports and below all that imports it"
        for module in map(_short, sorted(graph.modules))
        if module and not any(fnmatchcase(module, name) for name in names)
    ]
    unused = [name for name in names if not any(fnmatchcase(_short(module), name) for module in graph.modules)]
    return problems + [
        f"the list of layers in tests/test_layout.py names {name}, and there is no such module in cnncourse; write it, "
        "or take its name out"
        for name in unused
    ]


def upward_imports(graph: ImportGraph, layers: Sequence[Layer], root: Path = ROOT) -> list[str]:
    """List the imports that do not run down: to a module that stands above, or beside in the same layer."""
    problems = []
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            here, there = _height(importer, layers), _height(imported, layers)
            if there >= here:
                problems.append(
                    f"{_place(graph, importer, imported, root)}, which stands "
                    f"{'above' if there > here else 'beside'} it; move what both need further down, or give the module "
                    "another place: a chapter's is in _toc.yml, any other's in tests/test_layout.py"
                )
    return problems


def circles(graph: ImportGraph, root: Path = ROOT) -> list[str]:
    """List the circles of imports: the modules on each, and the line that leads to the next one."""
    below = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    problems = []
    while way := _circle(below):
        steps = list(pairwise(way))
        places = ", ".join(_place(graph, *step, root) for step in steps)
        problems.append(f"imports go round: {places}; move what two of them need into a module below both")
        importer, imported = steps[0]
        below[importer].remove(imported)  # look for circles on other ways
    return problems


def _circle(below: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        return error.args[1][::-1]  # graphlib begins with what is imported
    return []


def _short(module: str) -> str:
    return module.partition(".")[2]


def _row(layer: Layer) -> tuple[str, ...]:
    return (layer,) if isinstance(layer, str) else layer


def _height(module: str, layers: Sequence[Layer]) -> int:
    """Return a module's layer, -1 for the outermost package; one that stands nowhere is above all."""
    if not _short(module):
        return -1
    found = (i for i, layer in enumerate(layers) if any(fnmatchcase(_short(module), name) for name in _row(layer)))
    return next(found, len(layers))


def _place(graph: ImportGraph, importer: str, imported: str, root: Path) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    line = min(detail["line_number"] for detail in details)
    return f"{module_file(importer, root).relative_to(root).as_posix()}:{line} imports {imported}"
