"""Small changes to a module of the package, one at a time, by mutmut: what its tests must notice.

Run as ``python -m tools.mutation shapes padding``: a minute or more a module, in a copy below ``_build/mutation/``.
mutmut is no requirement: ``pip install mutmut==3.8.1`` brings the version that this was written for. A change that no
test notices is killed by a test, shows superfluous code, or is known: ``tests/survivors.toml`` says why it may survive.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import typer

from tools.imports import ROOT, import_graph, named_modules

MUTMUT = Path(sys.executable).with_name("mutmut")
KNOWN = ROOT / "tests" / "survivors.toml"
COPIED = ("cnncourse", "tests", "tools", "_toc.yml", "_config.yml")
IN_PASSING = ("figures", "exercises", "catalogue", "distributed")  # such tests use a module, and try another
ASKING = {"checks": ("shapes", "windows", "cross_correlation", "padding", "stride", "channels", "pooling")}
SETTINGS = """\
[tool:pytest]
filterwarnings=ignore
[mutmut]
source_paths=cnncourse
only_mutate=cnncourse/{module}.py
use_git_change_detection=false
pytest_add_cli_args_test_selection=
    {tests}
also_copy=
    {copied}
"""


def main(modules: list[str]) -> None:
    """Change modules of cnncourse in small ways, and list the changes that no test notices."""
    if not MUTMUT.exists():
        sys.exit(f"mutmut is not installed; run: {sys.executable} -m pip install mutmut==3.8.1")
    known = tomllib.loads(KNOWN.read_text(encoding="utf-8"))
    for module in modules:
        reasons = {change: group["why"] for group in known.get(module, []) for change in group["changes"]}
        report(module, try_mutants(module), reasons)


def try_mutants(module: str) -> list[tuple[str, str]]:
    """Run mutmut on a fresh copy. Returns change and outcome of every mutant."""
    copy = ROOT / "_build" / "mutation" / module
    shutil.rmtree(copy, ignore_errors=True)
    for source in map(ROOT.joinpath, COPIED):
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / source.name)
    tests, copied = "\n    ".join(files_that_test(module)), "\n    ".join(COPIED)
    (copy / "setup.cfg").write_text(SETTINGS.format(module=module, tests=tests, copied=copied), encoding="utf-8")
    run = partial(subprocess.run, cwd=copy, env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}, text=True)
    with (copy / "log").open("w", encoding="utf-8") as log:  # not the terminal: it draws every mutant anew
        if run([str(MUTMUT), "run", "--max-children", "1"], stdout=log, stderr=log).returncode:
            sys.exit(f"mutmut stopped; {log.name} says why")
    listed = run([str(MUTMUT), "results", "--all", "true"], check=True, stdout=subprocess.PIPE).stdout
    made = changes((copy / "mutants" / "cnncourse" / f"{module}.py").read_text(encoding="utf-8"))
    lines = [line.strip().rpartition(": ") for line in listed.splitlines() if "__mutmut_" in line]
    return [(made[name.rpartition(".")[2]], outcome) for name, _, outcome in lines]


def files_that_test(module: str) -> list[str]:
    """Name the test files that import a module; of the checks, also those of the operations that ask them.

    >>> files_that_test("windows")
    ['tests/test_checks.py', 'tests/test_windows.py']
    """
    graph, name, asking = import_graph(), f"cnncourse.{module}", {f"test_{name}.py" for name in ASKING.get(module, ())}
    files = [file for file in (ROOT / "tests").glob("test_*.py") if not any(word in file.name for word in IN_PASSING)]
    found = {file.name for file in files if name in named_modules(file.read_text("utf-8"), graph)}
    return sorted(f"tests/{file}" for file in found | asking)


def changes(mutated: str) -> dict[str, str]:
    """Say of every mutant in a file that mutmut wrote: the function, and the changed line before and after.

    >>> changes("def x_f__mutmut_orig(a):\\n  return a + 1\\ndef x_f__mutmut_1(a):\\n  return a - 1\\n")
    {'x_f__mutmut_1': 'f: return a + 1 -> return a - 1'}
    """
    functions = [node for node in ast.walk(ast.parse(mutated)) if isinstance(node, ast.FunctionDef)]
    lines = {f.name: [line for part in (f.args, *f.body) for line in ast.unparse(part).splitlines()] for f in functions}
    found = {}
    for name, after in lines.items():
        function, mutant, number = name.rpartition("__mutmut_")
        if mutant and number != "orig":
            pairs = zip(lines[f"{function}__mutmut_orig"], after, strict=False)
            old, new = next((a.strip(), b.strip()) for a, b in pairs if a != b)
            found[name] = f"{function.removeprefix('x').removeprefix('_').strip('ǁ').replace('ǁ', '.')}: {old} -> {new}"
    return found


def is_wording(change: str) -> bool:
    """Say whether a change is to a text alone: the case of its letters, or an XX at both ends."""
    old, _, new = change.partition(": ")[2].partition(" -> ")
    return old.lower() == new.replace("XX", "").lower()


def report(module: str, found: list[tuple[str, str]], reasons: dict[str, str]) -> None:
    """Print how many are killed, and each survivor with its reason."""
    alive = {change: outcome for change, outcome in found if outcome not in ("killed", "timeout")}
    other = [pair for pair in found if not is_wording(pair[0])]
    for title, some in ((f"{module}, all changes", found), (f"{module}, wording aside", other)):
        killed = sum(change not in alive for change, _ in some)
        print(f"{title}: {killed} of {len(some)} killed, {killed / len(some):.1%}", flush=True)
    for change, outcome in alive.items():
        print(f"    {change}   ({reasons.get(change, f'{outcome}: NOT EXPLAINED')})")
    for change in reasons.keys() - alive:
        print(f"    {change}   (NO SURVIVOR, though {KNOWN.name} lists it)")


if __name__ == "__main__":
    typer.run(main)
