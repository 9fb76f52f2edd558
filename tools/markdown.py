"""Turn a page's MyST into plain Markdown, which Colab, GitHub and Jupyter show well.

The book may use the few directives and roles below and no others: one that has no plain form is refused here, so a page
cannot look right in the book and broken in Colab.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.exceptions import PybtexError

ADMONITIONS = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important", "seealso": "See also"}
FENCE = re.compile(r"^(?P<fence>:{3,}|`{3,})\{(?P<name>[\w-]+)\}[ ]*(?P<title>.*)$")
OPTION = re.compile(r"^:[\w-]+:.*$")
ROLE = re.compile(r"\{(?P<name>[\w:]+)\}`(?P<text>[^`]+)`")
PAGE_LINK = re.compile(r"\]\((?P<stem>[\w-]+)\.md(?P<anchor>#[\w-]*)?\)")


class PlainFormError(ValueError):
    """A page uses MyST that has no plain form."""


def to_plain(text: str, bibliography: Path, cited: frozenset[str] = frozenset()) -> str:
    """Rewrite one Markdown cell.

    Args:
        text: MyST Markdown.
        bibliography: the BibTeX file that citations refer to.
        cited: the keys that the page cites, for its list of references; see `cited_keys`.

    Returns:
        Markdown without directives, roles and targets; links between pages lead to notebooks.

    Raises:
        PlainFormError: a directive or role without a plain form, or a citation that the bibliography lacks.

    >>> to_plain("See [padding](padding.md).", Path("unused.bib"))
    'See [padding](padding.ipynb).'
    >>> print(to_plain(":::{tip}\\nCount twice.\\n:::", Path("unused.bib")))
    > **Tip.** Count twice.
    """
    lines, output = text.splitlines(), []
    while lines:
        line = lines.pop(0)
        opening = FENCE.match(line)
        if opening:
            body = _take_body(lines, opening["fence"])
            output += _directive(opening["name"], opening["title"], body, bibliography, cited)
        elif re.fullmatch(r"\([\w-]+\)=", line):  # a target for cross-references: nothing to show
            continue
        else:
            output.append(line)
    plain = ROLE.sub(lambda match: _role(match["name"], match["text"], bibliography), "\n".join(output))
    return PAGE_LINK.sub(lambda match: f"]({match['stem']}.ipynb{match['anchor'] or ''})", plain).strip("\n")


def cited_keys(text: str) -> frozenset[str]:
    """Collect the keys that a page cites.

    >>> sorted(cited_keys("Small {cite:p}`lecun1998,dumoulin2016`."))
    ['dumoulin2016', 'lecun1998']
    """
    roles = ROLE.finditer(text)
    return frozenset(
        key.strip() for role in roles if role["name"].startswith("cite:") for key in role["text"].split(",")
    )


def _take_body(lines: list[str], fence: str) -> list[str]:
    body = []
    while lines:
        line = lines.pop(0)
        if line.strip() == fence:
            return body
        body.append(line)
    raise PlainFormError(f"a directive opened by {fence} is never closed; close it with the same fence")


def _directive(name: str, title: str, body: list[str], bibliography: Path, cited: frozenset[str]) -> list[str]:
    while body and OPTION.match(body[0]):  # options style the book alone
        body.pop(0)
    content = "\n".join(body).strip("\n")
    if name == "math":
        return ["$$", content, "$$"]
    if name == "bibliography":
        return _references(bibliography, cited)
    if name == "exercise":
        from tools.exercises import plain_box  # torch, which pages without exercises do without

        return plain_box(title).splitlines()
    if name in ADMONITIONS:
        title = ADMONITIONS[name]
    elif name not in ("admonition", "dropdown"):
        allowed = ", ".join([*ADMONITIONS, "admonition", "dropdown", "exercise", "math", "bibliography"])
        raise PlainFormError(
            f"directive {{{name}}} has no plain form; expected one of {allowed}; see tools/markdown.py"
        )
    inner = to_plain(content, bibliography, cited).splitlines()
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
        (_cited(key, bibliography) for key in cited), key=lambda entry: (_authors(entry), entry.fields["year"])
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
