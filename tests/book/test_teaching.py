"""The instructor's page: every link leads to a setting that exists, where the promised side wins."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from tests.helpers.links import settings_of
from tools import ROOT

TEXT = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
ROWS = [
    (BeautifulSoup(line, "html.parser").a["href"], line.split("|")[4].strip())
    for line in TEXT.splitlines()
    if "<a href=" in line
]


def test_links_are_found():
    assert len(ROWS) == TEXT.count("<a ") >= 8


@pytest.mark.parametrize(("link", "outcome"), ROWS)
def test_setting_shows_what_the_table_says(link, outcome):
    phase, settings = settings_of(link)
    difference = float(phase.field.evaluate(phase.field.difference, **settings))
    teacher = float(phase.field.evaluate(phase.field.teacher, **settings))
    # a difference that can be seen, not a tie
    assert abs(difference) > 0.02 * teacher
    assert outcome == ("student wins" if difference < 0 else "teacher wins")


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("ridge.html#ridge?lam=1", "lam"),
        ("ridge.html#ridge?lam_t=1000", "lam_t"),
        ("ridge.html#ridge?lam_t=0.1&lam_t=0.2", "twice"),
        ("ridge.html#gone?lam_t=1", "gone"),
        ("weighted_ridge.html#ridge?lam_t=1", "ridge.html"),
    ],
)
def test_bad_links_are_noticed(link, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        settings_of(link)


def test_page_has_every_part():
    headings = re.findall(r"(?m)^## (.*)$", TEXT)
    for part in ("90 minutes", "Two weeks", "Reading group", "misconceptions", "rubric", "class"):
        assert any(part in heading for heading in headings), part
