"""The list of terms: every term is explained on a page, in a sentence that the list takes over as it is now."""

import re
from functools import cache

import pytest

from tools import pages
from tools.markdown import PlainFormError
from tools.pages import ROOT, chapter_names, chapter_sources
from tools.terms import DIRECTIVE, TermError, book_anchor, entries, markdown_list, means, mentions, with_terms

LIST = DIRECTIVE.search((ROOT / "book/terms.md").read_text(encoding="utf-8"))["list"].splitlines()
# Bold, and no term: words that only one passage uses, which the passage itself makes plain.
EMPHASIS = {
    "cross_correlation": ["input", "output"],
    "padding": ["total", "each side"],
    "stride": ["1", "size"],
    "pooling": ["change", "own", "other"],
    "lenet": ["look at the signals", "twin", "start", "offset", "linear model"],
    "features": ["zeros", "mean"],
    "mnist": ["recipe", "paired", "quick"],
}
# What a reader will look for, whatever else is added.
EXPECTED = re.split(
    r",\s",
    """1×1 kernel, activation, aliasing, augmentation, autograd, backpropagation, batch, batch normalisation, bias,
bottleneck, channel, confusion matrix, convolution, cross-correlation, cross-entropy, depthwise, dilation,
dropout, epoch, equivariant, feature map, fully connected, gradient descent, group, invariant, kernel,
learning rate, logit, loss, multiply-add, NCHW, overfitting, padding, parameter, pooling, receptive field,
rectifier, ReLU, seed, sigmoid, softmax, stride, validation, weight, weight decay""",
)


PAGE = """# Stride

* be able to **walk**.

## How far?

The window moves. This is its
**stride** {cite:p}`lecun1998` (see [below](#why)), not its **size**! Then comes the **Jump Width**: it
is long; see `a. B`:

| a | **cell** |
|---|---|
| b | c |

:::{note}
:class: x

and **steps** are (as is said) **short**.
:::

This is **lonely**. Code is **`code`**.

```{code-cell} ipython3
# **no term**
```
"""
CHAPTERS = {
    "stride": PAGE,
    "pooling": "# Pooling\n\nA **stride** is a window's.\n\n## The **second** stride\n\nNo more.",
}


@cache
def listed():
    return entries(LIST, chapter_sources())


def sentences(*lines):
    return {entry.term: entry.sentence for entry in entries(lines, CHAPTERS)}


def test_a_term_is_found_with_its_section_and_its_sentence():
    (entry,) = entries(["stride"], CHAPTERS)
    assert (entry.mention.page, entry.mention.title, entry.mention.heading) == ("stride", "Stride", "How far?")
    assert entry.sentence == "The window moves. This is its stride (see [below](stride.md#why)), not its size!"


def test_another_page_may_be_named():
    assert sentences("stride (pooling)") == {"stride": "A stride is a window's."}


def test_a_sentence_can_stand_alone():
    assert sentences("jump width") == {"jump width": "Comes the Jump Width: it is long; see `a. B`."}
    assert sentences("step") == {"step": "And steps are (as is said) short."}


def test_code_is_not_read_and_every_bold_is():
    assert [mention.bold for mention in mentions("stride", PAGE)] == [
        "walk",
        "stride",
        "size",
        "Jump Width",
        "cell",
        "steps",
        "short",
        "lonely",
        "code",
    ]


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (
            ["stride", "pace"],
            2,
            r"the term 'pace': no chapter sets it in bold; set it in bold where it is explained, or",
        ),
        (["short (pooling)"], 1, r"'short': book/pooling.md does not set it in bold, but stride does; set it in bold"),
        (["no term"], 1, r"'no term': no chapter sets it in bold"),
        (
            ["stride (padding)"],
            1,
            r"'stride \(padding\)': no chapter is named padding; expected one of stride, pooling",
        ),
        (["stride", "stride (pooling)"], 2, r"the term 'stride' is listed twice; leave one"),
        (["cell"], 1, r"'cell' is in bold only in a heading or a table of book/stride.md; explain it in a sentence"),
        (["second"], 1, r"'second' is in bold only in a heading or a table of book/pooling.md"),
        (
            ["lonely"],
            1,
            r"book/stride.md: 'This is \*\*lonely\*\*.' points back, and its paragraph has nothing before it",
        ),
        (["code"], 1, r"book/stride.md: no sentence has \*\*code\*\*; set plain words in bold, no code"),
        (["stride", "", "size"], 2, r"an empty line; write one term a line"),
    ],
)
def test_what_cannot_be_listed_is_named_with_its_line(lines, line, message):
    with pytest.raises(TermError, match=message) as error:
        entries(lines, CHAPTERS)
    assert error.value.line == line
    text = "# Terms\n\n```{terms}\n" + "\n".join(lines) + "\n```"
    with pytest.raises(PlainFormError, match=message) as error:
        with_terms(text, lambda: CHAPTERS)
    assert error.value.line == line + 3


def test_the_list_is_alphabetical_and_links_to_sections():
    found = entries(["Stride (pooling)", "size", "Jump Width"], CHAPTERS)
    assert markdown_list(found, book_anchor).splitlines()[1:] == [
        "* **size**. The window moves. This is its stride (see [below](stride.md#why)), not its size! "
        "[Stride: How far?](stride.md#how-far)",
        "* **Stride**. A stride is a window's. [Pooling](pooling.md#pooling)",
    ]
    plain = with_terms("Before.\n\n```{terms}\nsize\n```\n\nAfter.", lambda: CHAPTERS)
    assert plain.startswith("Before.\n\n* **size**. The window")
    assert plain.endswith("[Stride: How far?](stride.ipynb#How-far?)\n\nAfter.")


def test_a_title_that_asks_takes_no_colon():
    found = entries(["stride"], {"stride": "# Why?\n\n## How far?\n\nA **stride**."})
    assert markdown_list(found, book_anchor) == "* **stride**. A stride. [Why? How far?](stride.md#how-far)"


def test_a_page_without_the_list_reads_no_chapter():
    assert with_terms("No list.", lambda: pytest.fail("was read")) == "No list."


def test_what_readers_look_for_is_listed():
    terms = [entry.term for entry in listed()]
    assert [term for term in EXPECTED if term not in terms] == []


def test_every_bold_word_is_listed_or_is_said_to_be_no_term():
    """A label, first in an item of a list or a sentence of its own, is none."""
    terms = [entry.term for entry in listed()]
    for page, text in chapter_sources().items():
        labels = {label.rstrip(".") for label in re.findall(r"^\* \*\*(.+?)\*\*", text, flags=re.M)}
        bold = [one.bold for one in mentions(page, text) if not one.bold.endswith((".", "?"))]
        unlisted = [one for one in bold if one not in labels and not any(means(one, term) for term in terms)]
        assert list(dict.fromkeys(unlisted)) == EMPHASIS.get(page, []), (
            f"book/{page}.md: list it in book/terms.md, set it in *italics*, or say in EMPHASIS that it is no term"
        )


def test_every_sentence_is_what_its_chapter_says_now():
    for entry in listed():
        text = " ".join((ROOT / f"book/{entry.mention.page}.md").read_text(encoding="utf-8").replace("**", "").split())
        text = re.sub(r" \{cite:p\}`[^`]*`", "", text)
        inside = entry.sentence[1:-1]  # the first letter and the last sign may have been mended
        assert inside in text, entry.term
        assert entry.term.casefold() in entry.sentence.casefold()
        assert "**" not in entry.sentence


def test_every_link_leads_to_a_heading():
    notebook = pages.derive("terms")
    (cell,) = [cell for cell in notebook.cells if cell.source.startswith("What was that word")]
    links = re.findall(r"\]\((\w+)\.ipynb#([^)]+)\)\n", cell.source + "\n")
    assert len(links) == len(listed()) == cell.source.count("\n* **")
    for page, anchor in links:
        cells = [cell.source for cell in pages.read_source(page).cells if cell.cell_type == "markdown"]
        headings = re.findall(r"^#+ (.+)$", "\n".join(cells), flags=re.M)
        names = [heading.replace(" ", "-").replace("×", "%C3%97") for heading in headings]
        assert names.count(anchor) == 1, f"{page}: {anchor}"


@pytest.fixture
def project(tmp_path):
    """A project with a chapter and a list of terms, whose notebook stands as if it had been executed."""
    (tmp_path / "book").mkdir()
    (tmp_path / "cnncourse").mkdir()
    (tmp_path / "cnncourse/__init__.py").write_text("")
    (tmp_path / "requirements.txt").write_text("numpy==2.0.0\n")
    (tmp_path / "_toc.yml").write_text(
        "root: book/index\nparts:\n- chapters:\n  - file: book/stride\n- chapters:\n  - file: book/terms\n"
    )
    (tmp_path / "book/references.bib").write_text((ROOT / "book/references.bib").read_text(encoding="utf-8"))
    (tmp_path / "book/stride.md").write_text(PAGE)
    (tmp_path / "book/terms.md").write_text("# Terms\n\nAll:\n\n```{terms}\nstride\n```\n")
    pages.write(tmp_path / "book/terms.ipynb", pages.nbformat.writes(pages.derive("terms", tmp_path)).encode())
    assert pages.difference("terms", tmp_path) is None
    return tmp_path


def test_a_changed_sentence_is_noticed_and_another_is_not(project):
    (project / "book/stride.md").write_text(PAGE.replace("A window", "One window").replace("be able to", "know how to"))
    assert pages.difference("terms", project) is None
    (project / "book/stride.md").write_text(PAGE.replace("The window moves", "The window walks"))
    assert pages.difference("terms", project) == "its text has changed since it was generated"
    (project / "book/stride.md").write_text(PAGE.replace("## How far?", "## How far now?"))
    assert pages.difference("terms", project) == "its text has changed since it was generated"


def test_a_term_that_is_gone_is_named_with_its_line(project):
    (project / "book/stride.md").write_text(PAGE.replace("**stride**", "stride"))
    with pytest.raises(pages.PageError, match=r"^book/terms.md:6: the term 'stride': no chapter sets it in bold; set"):
        pages.derive("terms", project)


def test_only_the_first_part_of_the_table_of_contents_is_chapters(project):
    assert (chapter_names(project), pages.page_names(project)) == (["stride"], ["index", "stride", "terms"])
