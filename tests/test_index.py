"""The front page says of every chapter how long it takes to read and what it needs, and the chapter's head agrees."""

import re

import pytest

from tools.pages import ROOT, chapter_names

ROW = r"^\| \[([^\]]+)\]\((\w+)\.md\) \| [^|]+ \| ([^|]+) \| (\d+) \|$"
ROWS = re.findall(ROW, (ROOT / "book/index.md").read_text(encoding="utf-8"), flags=re.M)
TITLES = {name: title for title, name, _, _ in ROWS}
NEEDS = {name: need for _, name, need, _ in ROWS}
MINUTES = {name: minutes for _, name, _, minutes in ROWS}
WORDS_A_MINUTE = 150
LINK = re.compile(r"\[([^\]]+)\]\((\w+)\.md\)")


def test_every_chapter_has_its_minutes():
    assert list(MINUTES) == chapter_names()


@pytest.mark.parametrize("chapter", MINUTES)
def test_minutes_are_those_of_the_text_and_code_before_the_exercises(chapter):
    text = (ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8")
    words = len(text[text.index("\n# ") : text.index("\n## Can you write it yourself?")].split())
    minutes = words / WORDS_A_MINUTE
    assert abs(int(MINUTES[chapter]) - minutes) < 5, f"index.md says {MINUTES[chapter]}; expected {minutes:.0f}"


def head(text):
    """Return a page's first heading and the paragraph below it."""
    title, _, below = text.partition("\n# ")[2].partition("\n\n")
    return title, below.partition("\n\n")[0]


@pytest.mark.parametrize("chapter", MINUTES)
def test_a_chapter_s_head_says_what_the_front_page_says(chapter):
    title, line = head((ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8"))
    assert title == TITLES[chapter]
    assert LINK.sub(r"\1", line) == f"*{MINUTES[chapter]} minutes. You need {NEEDS[chapter]}.*"


@pytest.mark.parametrize("chapter", MINUTES)
def test_a_chapter_that_is_needed_stands_before_and_is_linked(chapter):
    _, line = head((ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8"))
    before = chapter_names()[: chapter_names().index(chapter)]
    named = {name for name in chapter_names() if TITLES[name].casefold() in NEEDS[chapter].casefold()}
    assert {name for _, name in LINK.findall(line)} == named <= set(before)
    assert all(words.casefold() == TITLES[name].casefold() for words, name in LINK.findall(line))


def test_a_head_is_read_from_a_page():
    text = "---\nkernelspec: x\n---\n\n# A title\n\n*20 minutes. You need [stride](stride.md).*\n\nMore.\n\n# B\n\nC."
    assert head(text) == ("A title", "*20 minutes. You need [stride](stride.md).*")
