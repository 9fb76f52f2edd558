"""The list of terms: each with the sentence in which a chapter explains it.

A chapter sets a term in **bold** where it explains it. The page ``book/terms.md`` lists the terms, one a line, in a
``{terms}`` directive, and the sentences are taken from the chapters: none is written twice, and none can go stale.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote

from markdown_it.token import Token
from myst_parser.mdit_to_docutils.base import default_slugify

from tools.markdown import ADMONITIONS, PlainFormError, book_parser
from tools.markdown import DIRECTIVE as ANY_DIRECTIVE

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DIRECTIVE = re.compile(r"^```\{terms\}\n(?P<list>(?:.*\n)*?)```$", flags=re.MULTILINE)
LINE = re.compile(r"(?P<term>.+?)(?: \((?P<page>\w+)\))?")
PROSE = (*ADMONITIONS, "admonition", "dropdown")  # directives with text in them
BETWEEN_SENTENCES = re.compile(r"(?<=[.?!]) (?=[^a-z])|(?<=[.?!]\)) ")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\$[^$]+\$")
POINTS_BACK = re.compile(r"(This|That|These|Those|It|Here)\b")  # such a sentence brings the one before it
CONNECTIVE = re.compile(r"^(And|But|So|Then) ")  # dropped at a beginning: it joins the sentence to what the list lacks
CITATION = re.compile(r" ?\{cite:p\}`[^`]*`")


class TermError(PlainFormError):
    """A listed term that the chapters do not explain; ``line`` counts from 1 in the text that was given."""


@dataclass(frozen=True)
class Mention:
    """A place where a page sets something in bold: what, in which section, in which paragraph, beside which others."""

    bold: str
    page: str
    title: str
    heading: str
    paragraph: str  # empty in a heading and in a table, which have no sentences
    bolds: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A term, its sentence as MyST, and where that stands."""

    term: str
    sentence: str
    mention: Mention


def mentions(page: str, text: str) -> Iterator[Mention]:
    r"""Yield what a page sets in bold, in its order.

    >>> [(mention.bold, mention.heading) for mention in mentions("stride", "# Stride\n\n## How far?\n\nA **stride**.")]
    [('stride', 'How far?')]
    """
    title = heading = ""
    for kind, token in _texts(text):
        if kind == "heading_open":
            heading = "".join(child.content for child in token.children or [])
            title = title or heading
        bolds = tuple(_bolds(token.children or []))
        paragraph = " ".join(token.content.split()) if kind == "paragraph_open" else ""
        for bold in bolds:
            yield Mention(bold, page, title, heading, paragraph, bolds)


def _texts(text: str) -> Iterator[tuple[str, Token]]:
    """Yield running text, also that inside notes and the like, with what it stands in."""
    for before, token in pairwise([Token("", "", 0), *book_parser().parse(text)]):
        opening = ANY_DIRECTIVE.match(token.info) if token.type in ("fence", "colon_fence") else None
        if opening and opening["name"] in PROSE:
            yield from _texts(token.content)
        elif token.type == "inline":
            yield before.type, token


def _bolds(children: Sequence[Token]) -> Iterator[str]:
    inside: list[str] | None = None
    for child in children:
        if child.type == "strong_open":
            inside = []
        elif child.type == "strong_close" and inside is not None:
            yield "".join(inside)
            inside = None
        elif inside is not None:
            inside.append(" " if child.type == "softbreak" else child.content)


def means(bold: str, term: str) -> bool:
    """Whether what is in bold is the term, in the singular or the plural.

    >>> means("Weights", "weight"), means("weight decay", "weight")
    (True, False)
    """
    return bold.casefold() in (term.casefold(), f"{term.casefold()}s")


def entries(lines: Sequence[str], chapters: Mapping[str, str]) -> list[Entry]:
    """Look up the terms of a list.

    Args:
        lines: a term each, or ``TERM (PAGE)`` where another page than the first with the term in bold is meant.
        chapters: the chapters' sources by name, in reading order.

    Returns:
        The entries in alphabetical order.

    Raises:
        TermError: a term that stands twice in the list, or that no chapter (or not the named one) explains in bold.

    >>> entries(["stride"], {"stride": "# Stride\\n\\nIt is far. This is the **stride**:"})[0].sentence
    'It is far. This is the stride.'
    """
    found = [mention for page, text in chapters.items() for mention in mentions(page, text)]
    done: list[Entry] = []
    for number, line in enumerate(lines, start=1):
        match = LINE.fullmatch(line.strip())
        if not match:
            raise TermError("the list of terms has an empty line; write one term a line", number)
        term, page = match["term"], match["page"]
        if term in [entry.term for entry in done]:
            raise TermError(f"the term {term!r} is listed twice; leave one", number)
        if page and page not in chapters:
            raise TermError(
                f"{line.strip()!r}: no chapter is named {page}; expected one of {', '.join(chapters)}", number
            )
        try:
            mention = _explanation(term, page, found)
            done.append(Entry(term, _sentence(mention), mention))
        except TermError as error:
            raise TermError(str(error), number) from None
    return sorted(done, key=lambda entry: entry.term.casefold())


def _explanation(term: str, page: str | None, found: Sequence[Mention]) -> Mention:
    """Find the first place, on a page or anywhere, that explains a term in a sentence."""
    everywhere = [mention for mention in found if means(mention.bold, term)]
    here = [mention for mention in everywhere if page in (None, mention.page)]
    for mention in here:
        if mention.paragraph:
            return mention
    where = f"book/{page}.md" if page else "no chapter"
    if here:
        raise TermError(
            f"the term {term!r} is in bold only in a heading or a table of book/{here[0].page}.md; explain it in a "
            "sentence and set it in bold there"
        )
    elsewhere = ", ".join(sorted({mention.page for mention in everywhere}))
    raise TermError(
        f"the term {term!r}: {where} {'does not set' if page else 'sets'} it in bold"
        + (f", but {elsewhere} does" if elsewhere else "")
        + "; set it in bold where it is explained, or mend the list in book/terms.md"
    )


def _sentences(paragraph: str) -> list[str]:
    """Cut a paragraph into its sentences; a full stop in code or in a formula ends none."""
    masked = CODE.sub(lambda span: "X" * len(span[0]), paragraph)
    cuts = [match.span() for match in BETWEEN_SENTENCES.finditer(masked)]
    return [paragraph[start:end] for (_, start), (end, _) in pairwise([(0, 0), *cuts, (len(paragraph), 0)])]


def _sentence(mention: Mention) -> str:
    """Take a term's sentence out of its paragraph, with the one before it if it points back, fit to stand alone."""
    sentences = _sentences(mention.paragraph)
    place = next((i for i, one in enumerate(sentences) if f"**{mention.bold}**" in one), None)
    if place is None:
        raise TermError(f"book/{mention.page}.md: no sentence has **{mention.bold}**; set plain words in bold, no code")
    if POINTS_BACK.match(sentences[place]):
        if place == 0:
            raise TermError(
                f"book/{mention.page}.md: {sentences[0]!r} points back, and its paragraph has nothing before it; say "
                f"what {mention.bold} is"
            )
        sentences[place] = " ".join(sentences[place - 1 : place + 1])
    sentence = CITATION.sub("", sentences[place]).replace("](#", f"]({mention.page}.md#")
    for bold in mention.bolds:
        sentence = sentence.replace(f"**{bold}**", bold)
    sentence = CONNECTIVE.sub("", sentence)
    if re.match(r"[a-z]{2}|a ", sentence):
        sentence = sentence[0].upper() + sentence[1:]
    return re.sub(r"[:;,]$", ".", sentence)


def book_anchor(heading: str) -> str:
    """Name a heading as myst-parser does.

    >>> book_anchor("Why 3×3, then?")
    '.md#why-33-then'
    """
    return f".md#{default_slugify(heading)}"


def notebook_anchor(heading: str) -> str:
    """Name a heading as Jupyter and GitHub do.

    >>> notebook_anchor("Why 3×3, then?")
    '.ipynb#Why-3%C3%973,-then?'
    """
    return ".ipynb#" + quote(heading.replace(" ", "-"), safe=",:;?!'")


def markdown_list(found: Sequence[Entry], anchor: Callable[[str], str]) -> str:
    """Write entries as a list, each with a link to the section it comes from."""
    lines = []
    for entry in found:
        mention = entry.mention
        title = mention.title if mention.title.endswith("?") else f"{mention.title}:"
        section = mention.title if mention.heading == mention.title else f"{title} {mention.heading}"
        lines.append(f"* **{entry.term}**. {entry.sentence} [{section}]({mention.page}{anchor(mention.heading)})")
    return "\n".join(lines)


def with_terms(text: str, chapters: Callable[[], Mapping[str, str]]) -> str:
    """Replace a ``{terms}`` directive by its list, as a notebook shows it.

    Args:
        text: MyST Markdown.
        chapters: gives the chapters' sources by name, in reading order; not called where there is no such directive.

    Returns:
        The text with the list, whose sentences are MyST still.

    Raises:
        TermError: see `entries`.
    """

    def fill(match: re.Match) -> str:
        try:
            return markdown_list(entries(match["list"].splitlines(), chapters()), notebook_anchor)
        except TermError as error:
            raise TermError(str(error), text[: match.start("list")].count("\n") + error.line) from None

    return DIRECTIVE.sub(fill, text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    from pathlib import Path

    from docutils import nodes
    from docutils.statemachine import StringList
    from sphinx.util.docutils import SphinxDirective

    from tools.pages import chapter_sources

    class TermsDirective(SphinxDirective):
        """Put the list on the page, and have the page built again when a chapter changes."""

        has_content = True

        def run(self) -> list[nodes.Node]:
            """Build the list from the chapters."""
            chapters = chapter_sources(Path(self.env.srcdir))
            for name in chapters:
                self.env.note_dependency(str(Path(self.env.srcdir) / "book" / f"{name}.md"))
            try:
                found = entries(list(self.content), chapters)
            except PlainFormError as error:
                raise self.error(str(error)) from None
            box = nodes.Element()
            text = markdown_list(found, book_anchor).splitlines()
            self.state.nested_parse(StringList(text, source="terms"), self.content_offset, box)
            return box.children

    app.add_directive("terms", TermsDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
