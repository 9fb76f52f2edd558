"""What `tools.mutation` says of mutants, without making any."""

import ast
import tomllib

import pytest

from tools.imports import module_file
from tools.mutation import KNOWN, changes, is_wording, report

SURVIVORS = tomllib.loads(KNOWN.read_text(encoding="utf-8"))
MUTATED = """
class C:
    def xǁCǁ__add____mutmut_orig(self, other: int = 1):
        '''Add.'''
        return 'sum', other
    def xǁCǁ__add____mutmut_1(self, other: int = 2):
        '''Add.'''
        return 'sum', other
    def xǁCǁ__add____mutmut_2(self, other: int = 1):
        '''Add.'''
        return 'SUM', other
def x__own__mutmut_orig(a):
    if a:
        return 1
def x__own__mutmut_1(a):
    if not a:
        return 1
"""


def lines_of(module):
    """The lines of every function of a module, as a change writes them; a method is CLASS.NAME."""
    tree = ast.parse(module_file(f"cnncourse.{module}").read_text(encoding="utf-8"))
    classes = {f"{part.name}.": part for part in tree.body if isinstance(part, ast.ClassDef)}
    functions = {
        owner + part.name: (part.args, *part.body)
        for owner, place in ({"": tree} | classes).items()
        for part in place.body
        if isinstance(part, ast.FunctionDef)
    }
    unparsed = {name: "\n".join(map(ast.unparse, parts)) for name, parts in functions.items()}
    return {name: [line.strip() for line in text.splitlines()] for name, text in unparsed.items()}


def test_a_mutant_is_its_function_and_its_changed_line():
    assert changes(MUTATED) == {
        "xǁCǁ__add____mutmut_1": "C.__add__: self, other: int=1 -> self, other: int=2",
        "xǁCǁ__add____mutmut_2": "C.__add__: return ('sum', other) -> return ('SUM', other)",
        "x__own__mutmut_1": "_own: if a: -> if not a:",
    }


def test_wording_is_a_change_of_a_text_alone():
    wording = "C.__add__: return ('sum', other) -> return ('SUM', other)"
    assert list(filter(is_wording, changes(MUTATED).values())) == [wording]
    assert is_wording("f: raise ValueError('no {x}') -> raise ValueError('XXno {x}XX')")
    assert not is_wording("f: raise ValueError('no') -> raise ValueError(None)")


def test_known_survivors_are_told_from_new_ones_and_from_those_that_are_dead(capsys):
    found = [("f: a -> b", "killed"), ("f: a -> c", "timeout"), ("f: a -> d", "survived"), ("f: a -> A", "no tests")]
    report("shapes", found, {"f: a -> d": "no matter", "f: a -> b": "no matter"})
    assert capsys.readouterr().out.splitlines() == [
        "shapes, all changes: 2 of 4 killed, 50.0%",
        "shapes, wording aside: 2 of 3 killed, 66.7%",
        "    f: a -> d   (no matter)",
        "    f: a -> A   (no tests: NOT EXPLAINED)",
        "    f: a -> b   (NO SURVIVOR, though survivors.toml lists it)",
    ]


@pytest.mark.parametrize("module", SURVIVORS)
def test_the_line_that_a_listed_survivor_changes_still_stands(module):
    lines = lines_of(module)
    for change in (change for group in SURVIVORS[module] for change in group["changes"]):
        function, _, rest = change.partition(": ")
        assert rest.partition(" -> ")[0] in lines.get(function, []), f"take out of survivors.toml: {change}"
    assert all(group["why"] for group in SURVIVORS[module])
