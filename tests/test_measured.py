"""What pages say is measured: numbers instead of verdicts, prose that repeats outputs, and no number typed in by hand.

The lists below are what is not so yet. They can only shrink: an entry that is needed no longer fails its test.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.test_layout import PAGES, code_cells
from tools import pages
from tools.pages import ROOT
from tools.tolerance import DECIMAL, STRICT, line_tolerances, result_tolerance

VERDICTS = 12  # printed lines in the whole book that say True or False
ENOUGH = 12  # of them, for equalities that have no number
VERDICT = re.compile(r"^(?:.*: )?(?:True|False)$", flags=re.MULTILINE)
QUOTED = {"lenet": {"lecun1998": ["1.175", "0.0005", "0.00001", "2.4"]}}  # page: source that it cites: its decimals
TYPED: dict[str, list[str]] = {}  # file: names of measurements typed into it
# page: words of the lines whose tolerance is wider than this. Loops against tensors: the sentence needs tens of times.
WIDE = {"cross_correlation": ["the loops take"]}
WIDEST, WIDEST_SHARE = 0.05, 0.30  # of a number in [0, 1] or a percentage, in its unit; of any other, a share

# What is not prose: code, formulas, roles, addresses, comments, and dotted numbers of versions and sections.
FENCE = re.compile(r"^(?P<fence>`{3,})(?P<head>.*)\n(?P<inside>(?:.*\n)*?)(?P=fence)[ ]*$", flags=re.MULTILINE)
SHOWN = ("note", "tip", "warning", "important", "seealso", "admonition", "dropdown")  # fences with prose inside
NOT_PROSE = re.compile(
    r"\$\$.*?\$\$|\$[^$]+\$|`[^`]+`|\]\([^)]*\)|<[^>]*>|https?:\S+|\b(?:section|version|Python|torch|doi:?)\s+[\d.]+",
    flags=re.DOTALL,
)
NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)(%?)")
PERCENT = re.compile(r" ?%| per cent| percent| points")
SCALES = {" million": 1e6, " billion": 1e9}
SUM = re.compile(r"[-+]?[\d.,]+%?(?:\s*[-+−×·/]\s*[\d.,]+%?)+\s*[=≈]\s*[-+]?[\d.,]*\d")


def output_texts(cell):
    """List what a cell printed and returned, with the alt texts of its figures."""
    return [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]


def test_a_page_prints_numbers_instead_of_verdicts():
    counts = {
        name: sum(len(VERDICT.findall(text)) for cell in code_cells(name) for text in output_texts(cell))
        for name in PAGES
    }
    found = sum(counts.values())
    assert found <= VERDICTS, f"{found} verdicts, {VERDICTS} before; print the number that was compared: {counts}"
    assert max(found, ENOUGH) == VERDICTS, f"there are {found} verdicts only: lower VERDICTS to {max(found, ENOUGH)}"


def test_what_a_verdict_is():
    text = "True\nclose: True\nwithin 1e-6: False\nTrue story\n3 of 4: Truely\nx True"
    assert len(VERDICT.findall(text)) == 3


def only_prose(text):
    """Leave out of Markdown what is no prose."""

    def keep(match):
        shown = match["head"].startswith(tuple(f"{{{name}}}" for name in SHOWN))
        return FENCE.sub(keep, match["inside"]) if shown else " "

    return NOT_PROSE.sub(" ", FENCE.sub(keep, text))


def unfounded(prose, texts, settings=()):
    """List the decimals of a page's prose that round no number of its outputs or settings, and that no sum gives."""
    text = SUM.sub(lambda match: " " if holds(match[0]) else match[0], only_prose(prose))
    fractions = [
        (float(number.replace(",", "")), bool(percent)) for one in texts for number, percent in NUMBER.findall(one)
    ]
    known = [value / 100 if percent else value for value, percent in fractions] + list(settings)
    bare = known + [value for value, percent in fractions if percent]
    found = []
    for match in DECIMAL.finditer(text):
        number, half = abs(float(match["number"].replace(",", ""))), 0.5 * 10.0 ** -len(match["places"] or "")
        behind = text[match.end() :]
        scale = next((scale for word, scale in SCALES.items() if behind.startswith(word)), 1)
        values = [*bare, *(100 * value for value in known)] if PERCENT.match(behind) else bare
        if not any(abs(value - number * scale) <= scale * half * (1 + 1e-6) for value in values):
            found.append(match["number"])
    return found


def holds(equation):
    """Tell whether arithmetic written in a sentence is right to the places that it gives."""
    left, right = re.split("[=≈]", equation.replace(",", "").replace("%", ""))
    value = eval(left.translate(str.maketrans("×·−", "**-")))  # digits and signs only: SUM admits nothing else
    places = len(right.partition(".")[2].strip())
    return abs(value - float(right)) <= 0.5 * 10.0**-places * (1 + 1e-6)


def page_unfounded(name):
    prose = "\n\n".join(cell.source for cell in pages.read_source(name).cells if cell.cell_type == "markdown")
    texts = [text for cell in code_cells(name) for text in output_texts(cell)]
    code = [node for cell in code_cells(name)[1:] for node in ast.walk(ast.parse(cell.source))]
    settings = [node.value for node in code if isinstance(node, ast.Constant) and type(node.value) is float]
    return sorted(set(unfounded(prose, texts, settings)))


@pytest.mark.parametrize("name", PAGES)
def test_a_number_in_the_prose_stands_in_an_output(name):
    quoted = QUOTED.get(name, {})
    found, known = set(page_unfounded(name)), {number for numbers in quoted.values() for number in numbers}
    assert found - known == set(), "no cell of the page gives these numbers; print them, or write out the arithmetic"
    assert known - found == set(), f"these stand in an output, or nowhere: take them out of QUOTED[{name!r}]"
    cited = re.findall(r"\{cite:\w+\}`([^`]+)`", (ROOT / f"book/{name}.md").read_text(encoding="utf-8"))
    assert set(quoted) <= {key.strip() for keys in cited for key in keys.split(",")}


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("A loss of 0.69 and 12.3%, half of 24.7.", ["24.7"]),
        ("An accuracy of 0.913, an error of 0.50, or 0.12.", ["0.50", "0.913"]),
        ("2.7 million, 2.8 million.", ["2.8"]),
        ("8.1 of a hundred, 0.081 of all, 0.123 but 12.3 alone.", ["12.3"]),
        ("`0.999` and $x = 0.999$, [this](0.999.md), section 1.2.", []),
        ("```{note}\n0.999\n```\n\n```python\n0.998\n```", ["0.999"]),
        ("0.5 × 0.5 = 0.25, and 0.5 + 0.25 = 0.76", ["0.25", "0.5", "0.76"]),
        ("$$\n0.999\n$$", []),
    ],
)
def test_a_number_that_no_cell_gave_is_noticed(prose, found):
    assert sorted(set(unfounded(prose, ["loss 0.6931, error 0.1234, 50 of 100, 8.1%, 2,653,120 weights"]))) == sorted(
        found
    )


def typed_numbers(code):
    """Name the lists, tuples and dicts in Python code that hold three numbers as measured as 0.0068."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Tuple | ast.List | ast.Dict):
            leaves = [
                leaf for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant) and type(leaf.value) is float
            ]
            measured = [leaf for leaf in leaves if float(f"{leaf.value:.0e}") != leaf.value != round(leaf.value, 2)]
            if len(measured) >= 3:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                found.append(ast.unparse(target))
    return found


def all_typed_numbers():
    sources = {f"book/{name}": "\n".join(cell.source for cell in code_cells(name)[1:]) for name in PAGES}
    paths = [path for path in sorted(Path(ROOT / "cnncourse").rglob("*.py")) if "catalogue" not in path.parts]
    sources |= {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {place: names for place, code in sources.items() if (names := typed_numbers(code))}


def test_no_measured_number_is_typed_in():
    remedy = "measure it where it is shown; what needs it no longer leaves TYPED"
    assert all_typed_numbers() == TYPED, remedy


def test_typed_numbers_are_noticed():
    assert typed_numbers("RECORDED = {'a': (0.0068, 0.0069), 'b': [0.0061]}\nx: tuple = (0.9961, 0.9933, 0.9950)") == [
        "RECORDED",
        "x",
    ]
    assert (
        typed_numbers("lr = (0.5, 0.25, 0.001, 0.004, 0.002)\nkernel = [[1.0, 2.0], [0.125, 4.0]]\nerror = 0.0095")
        == []
    )


def too_wide(text, tolerances):
    """List the lines whose tolerance admits more than a sentence about them could bear."""
    found = []
    for line, tolerance in zip(text.splitlines(), tolerances, strict=True):
        for match in DECIMAL.finditer(line) if tolerance is not STRICT else ():
            number = abs(float(match["number"].replace(",", "")))
            unit = 100 if line[match.end() :].startswith("%") else 1
            limit = WIDEST * unit if number <= unit and not tolerance.relative else WIDEST_SHARE * number
            if tolerance.allowed(number) > limit * (1 + 1e-9):
                found.append(f"{line.strip()}  {tolerance.text}")
                break
    return found


def page_too_wide(name):
    found = []
    for cell in code_cells(name):
        for output, text in zip(cell.outputs, output_texts(cell), strict=True):
            if output.output_type == "stream":
                found += too_wide(text, line_tolerances(cell.source, text))
            else:
                found += too_wide(text, [result_tolerance(cell.source)] * len(text.splitlines()))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_tolerance_is_narrow(name):
    allowed = f"{WIDEST} in [0, 1], {WIDEST_SHARE:.0%} elsewhere"
    wide, known = page_too_wide(name), WIDE.get(name, [])
    assert all(any(line.startswith(words) for line in wide) for words in known), f"take out of WIDE[{name!r}]"
    found = [line for line in wide if not line.startswith(tuple(known))]
    assert found == [], f"measure more (seeds, epochs) or say less: {allowed}"


def test_a_wide_tolerance_is_noticed():
    source = "print(f'{a:.2f}')  # ± 0.06\nprint(f'wrong {b:.1%}')  # ± 6.0\nprint(f'c {c:.1f}')  # ± 30 %"
    source += "\nprint(f'd {d:.1f}')  # ± 0.8"
    text = "0.50\n1.50\nwrong 93.1%\nc 0.1\nd 12.1\nd 2.1"
    assert too_wide(text, line_tolerances(source, text)) == ["0.50  ± 0.06", "wrong 93.1%  ± 6.0", "d 2.1  ± 0.8"]
