"""Turn a page's MyST into plain Markdown, which Colab, GitHub and Jupyter show well.

The book may use the few directives and roles below and no others: what has no plain form is refused here, so a page
cannot look right in the book and broken in Colab. The book's own parser says what is code, which stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.exceptions import PybtexError

ADMONITIONS = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important", "seealso": "See also"}
DIRECTIVES = (*ADMONITIONS, "admonition", "dropdown", "exercise", "math", "bibliography")
DIRECTIVE = re.compile(r"\{(?P<name>[^}]*)\}[ ]*(?P<title>.*)")
OPTION = re.compile(r"^:[\w-]+:.*$")
# A code span, which is a role where a name in braces stands before it.
SPAN = re.compile(
    r"(?<![\\`])(?P<role>(?<!\\)\{[\w:+.-]+\})?(?P<ticks>`+)(?!`)(?P<text>.+?)(?<!`)(?P=ticks)(?!`)", re.S
)
PAGE_LINK = re.compile(r"\]\((?P<stem>[\w-]+)\.md(?P<anchor>#[\w-]*)?\)")
PAGE = re.compile(r"[\w-]+\.md(#.*)?")

# What the book shows and a notebook does not, and what to write instead.
REFUSED = {
    "dl_open": ("definition list", "write a list with the terms in bold, or a table"),
    "footnote_ref": ("footnote", "say it in the text, or in a {note}"),
    "footnote_reference_open": ("footnote", "say it in the text, or in a {note}"),
    "math_block_label": ("label of a formula", "leave it out, and name the formula in words"),
    "myst_block_break": ("+++ line", "leave it out"),
    "myst_line_comment": ("% comment", "leave it out, or write <!-- -->"),
    "substitution_block": ("{{ }} substitution", "write out what it stands for"),
    "substitution_inline": ("{{ }} substitution", "write out what it stands for"),
}


class PlainFormError(ValueError):
    """A page uses MyST that has no plain form; ``line`` counts from 1 in the text that was given."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def to_plain(text: str, bibliography: Path, cited: frozenset[str] = frozenset()) -> str:
    """Rewrite one Markdown cell.

    Args:
        text: MyST Markdown.
        bibliography: the BibTeX file that citations refer to.
        cited: the keys that the page cites, for its list of references; see `cited_keys`.

    Returns:
        Markdown without directives, roles and targets; links between pages lead to notebooks. Code is left alone.

    Raises:
        PlainFormError: something without a plain form, or a citation that the bibliography lacks.

    >>> to_plain("See [padding](padding.md), not `[padding](padding.md)`.", Path("unused.bib"))
    'See [padding](padding.ipynb), not `[padding](padding.md)`.'
    >>> print(to_plain(":::{tip}\\nCount twice.\\n:::", Path("unused.bib")))
    > **Tip.** Count twice.
    """
    lines, done = text.splitlines(), 0
    output: list[str] = []
    for start, end, tokens in _pieces(text):
        piece = lines[start:end]
        try:
            plain = _plain(tokens, piece, bibliography, cited)
        except PlainFormError as error:
            raise PlainFormError(str(error), start + error.line) from None
        output += [*lines[done:start], *plain]
        done = end
    return "\n".join([*output, *lines[done:]]).strip("\n")


def cited_keys(text: str) -> frozenset[str]:
    """Collect the keys that a page cites.

    >>> sorted(cited_keys("Small {cite:p}`lecun1998,dumoulin2016`, not `` {cite:p}`code` ``."))
    ['dumoulin2016', 'lecun1998']
    """
    keys: set[str] = set()
    for token in book_parser().parse(text):
        if token.type in ("fence", "colon_fence") and DIRECTIVE.match(token.info):
            keys |= cited_keys(token.content)
        for child in token.children or []:
            if child.type == "myst_role" and child.meta["name"].startswith("cite:"):
                keys |= {key.strip() for key in child.content.split(",")}
    return frozenset(keys)


@cache
def book_parser() -> MarkdownIt:
    """Return the parser of the book, with the extensions that _config.yml switches on."""
    config = yaml.safe_load((Path(__file__).parent.parent / "_config.yml").read_text(encoding="utf-8"))
    extensions = set(config["parse"]["myst_enable_extensions"])
    return create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)


def _pieces(text: str) -> Iterator[tuple[int, int, list[Token]]]:
    """Yield the lines, from and to, that may need another form, with what the book's parser sees in them."""
    wanted = {"inline", "fence", "colon_fence", "myst_target", *REFUSED}
    tokens = [token for token in book_parser().parse(text) if token.type in wanted]
    for (start, end), group in groupby(tokens, key=lambda token: tuple(token.map or (0, 0))):
        yield start, end, list(group)  # the cells of a table's row stand in the same lines


def _plain(tokens: list[Token], lines: list[str], bibliography: Path, cited: frozenset[str]) -> list[str]:
    first = tokens[0]
    for token in tokens:
        _refuse(token, token.type, lines, 0)
    if first.type == "myst_target":  # for cross-references: nothing to show
        return []
    if first.type == "inline":
        return _inline(tokens, lines, bibliography)
    opening = DIRECTIVE.match(first.info.strip())
    if not opening:
        return lines
    if first.level or not lines[0].startswith(first.markup):
        raise PlainFormError(f"{lines[0]!r}: an indented directive has no plain form; begin it at the left margin")
    if len(lines) < 2 or not re.fullmatch(rf"{first.markup}{first.markup[0]}*", lines[-1].strip()):
        raise PlainFormError(f"{lines[0]!r}: the directive is never closed; close it with {first.markup}")
    return _directive(opening["name"], opening["title"], lines[1:-1], bibliography, cited)


def _refuse(token: Token, kind: str, lines: list[str], line: int) -> None:
    """Raise an error if a token, or one inside it, has no plain form."""
    if kind in REFUSED:
        what, remedy = REFUSED[kind]
        raise PlainFormError(f"{lines[line]!r}: a {what} has no plain form; {remedy}", line + 1)
    for child in token.children or []:
        _refuse(child, child.type, lines, line)
        line += child.type in ("softbreak", "hardbreak")


def _inline(tokens: list[Token], lines: list[str], bibliography: Path) -> list[str]:
    """Rewrite the roles and the links of running text, and make sure that the parser sees as many."""
    text = "\n".join(lines)
    pieces, done, roles, links = [], 0, 0, 0
    for span in [*SPAN.finditer(text), None]:
        between = text[done : span.start() if span else None]
        between, count = PAGE_LINK.subn(lambda link: f"]({link['stem']}.ipynb{link['anchor'] or ''})", between)
        pieces.append(between)
        links += count
        if span:
            pieces.append(_role(span["role"][1:-1], span["text"], bibliography) if span["role"] else span[0])
            roles += bool(span["role"])
            done = span.end()
    children = [child for token in tokens for child in token.children or []]
    if roles != sum(child.type == "myst_role" for child in children):
        raise PlainFormError(f"{lines[0]!r}: a role that cannot be told from code; give it a line without backticks")
    if links != sum(child.type == "link_open" and bool(PAGE.fullmatch(str(child.attrs["href"]))) for child in children):
        raise PlainFormError(f"{lines[0]!r}: a link to a page has no plain form; write it [words](NAME.md#heading)")
    return "".join(pieces).split("\n")


def _directive(name: str, title: str, body: list[str], bibliography: Path, cited: frozenset[str]) -> list[str]:
    options = next((i for i, line in enumerate(body) if not OPTION.match(line)), len(body))  # they style the book alone
    content = "\n".join(body[options:])
    if name == "math":
        return ["$$", content.strip("\n"), "$$"]
    if name == "bibliography":
        return _references(bibliography, cited)
    if name == "exercise":
        from tools.exercises import plain_box  # torch, which pages without exercises do without

        return to_plain(plain_box(title), bibliography).splitlines()
    if name not in DIRECTIVES:
        raise PlainFormError(
            f"directive {{{name}}} has no plain form; expected one of {', '.join(DIRECTIVES)}; see tools/markdown.py"
        )
    try:
        inner = to_plain(content, bibliography, cited).splitlines()
    except PlainFormError as error:
        raise PlainFormError(str(error), 1 + options + error.line) from None
    title = ADMONITIONS.get(name, title)
    title = title if title.endswith(("?", ".")) else f"{title}."
    quoted = [f"**{title}** {inner[0]}", *inner[1:]] if inner else [f"**{title}**"]
    return [f"> {line}".rstrip() for line in quoted]


def _role(name: str, text: str, bibliography: Path) -> str:
    if name in ("cite:p", "cite:t"):
        cited = [_cited(key.strip(), bibliography) for key in text.split(",")]
        short = [f"{_authors(entry)}, {entry.fields['year']}" for entry in cited]
        if name == "cite:p":
            return f"({'; '.join(short)})"
        return ", ".join(f"{_authors(entry)} ({entry.fields['year']})" for entry in cited)
    if name == "math":
        return f"${text}$"
    raise PlainFormError(f"role {{{name}}} has no plain form; expected cite:p, cite:t or math; see tools/markdown.py")


@cache
def _load(bibliography: Path) -> BibliographyData:
    try:
        return parse_file(str(bibliography))
    except PybtexError as error:
        raise PlainFormError(f"{bibliography.name} is no BibTeX: {error}") from None


def _cited(key: str, bibliography: Path) -> Entry:
    entries = _load(bibliography).entries
    if key not in entries:
        raise PlainFormError(f"citation {key!r} is not in {bibliography.name}, which has {', '.join(sorted(entries))}")
    return entries[key]


def _authors(entry: Entry) -> str:
    names = [_unbrace(" ".join(person.prelast_names + person.last_names)) for person in entry.persons["author"]]
    return names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{names[0]} et al."


def _references(bibliography: Path, cited: frozenset[str]) -> list[str]:
    lines = []
    for entry in sorted(
        (_cited(key, bibliography) for key in sorted(cited)),  # of one author and year: always in the same order
        key=lambda entry: (_authors(entry), entry.fields["year"]),
    ):
        fields = {name: _unbrace(value) for name, value in entry.fields.items()}
        link = f"https://doi.org/{entry.fields['doi']}" if "doi" in entry.fields else entry.fields.get("url", "")
        title = f"[{fields['title']}]({link})" if link else fields["title"]
        venue = fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or ""
        lines.append(f"* {_authors(entry)} ({fields['year']}). {title}. {venue}".rstrip(" .") + ".")
    return lines


def _unbrace(text: str) -> str:
    """Drop BibTeX's braces; the file itself is UTF-8 without LaTeX."""
    return text.replace("{", "").replace("}", "")
