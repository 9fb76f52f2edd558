"""The front page says of every chapter how long it takes to read."""

import re

import pytest

from tools.pages import ROOT

ROW = r"^\| \[[^\]]+\]\((\w+)\.md\) \| [^|]+ \| [^|]+ \| (\d+) \|$"
MINUTES = dict(re.findall(ROW, (ROOT / "book/index.md").read_text(encoding="utf-8"), flags=re.M))
WORDS_A_MINUTE = 150


def test_every_chapter_has_its_minutes():
    assert set(MINUTES) == {page.stem for page in (ROOT / "book").glob("*.md")} - {"index"}


@pytest.mark.parametrize("chapter", MINUTES)
def test_minutes_are_those_of_the_text_and_code_before_the_exercises(chapter):
    text = (ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8")
    words = len(text[text.index("\n# ") : text.index("\n## Can you write it yourself?")].split())
    minutes = words / WORDS_A_MINUTE
    assert abs(int(MINUTES[chapter]) - minutes) < 5, f"index.md says {MINUTES[chapter]}; expected {minutes:.0f}"
