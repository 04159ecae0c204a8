"""Every button that unfolds code has a name of its own."""

from __future__ import annotations

import sys

import pytest
from bs4 import BeautifulSoup

from tools import ROOT

sys.path.insert(0, str(ROOT / "book" / "_extensions"))
import house_names

FOLD = (
    '<details><summary aria-label="Toggle hidden content"><p class="collapsed">Show code</p>'
    '<p class="expanded">Hide code</p></summary>x = 1</details>'
)
PAGE = (
    f"<h1>Top</h1>{FOLD}<section><h2>Where <em>h</em> &lt; c "
    f'<span class="math">\\(h\\)</span><a class="headerlink" href="#a">#</a></h2>{FOLD}{FOLD}</section>'
    f"<h2>Again</h2>{FOLD}<h2>Again</h2>{FOLD}"
)


def names(html: str) -> list[str]:
    soup = BeautifulSoup(html, "html.parser")
    assert not soup.select("summary[aria-label]")
    return [summary.get_text() for summary in soup.select("summary")]


def test_names_say_the_section_and_a_number_where_it_has_several():
    words = "Show codeHide code: "
    assert names(house_names.name_toggles(PAGE)) == [
        words + "Top",
        words + "Where h < c, 1 of 2",
        words + "Where h < c, 2 of 2",
        words + "Again, 1 of 2",
        words + "Again, 2 of 2",
    ]


def test_hints_are_named_too():
    html = house_names.name_toggles("<h2>3. Gate</h2><details><summary>Hint</summary>h</details>")
    assert names(html) == ["Hint: 3. Gate"]


def test_page_without_code_stays_as_it_is():
    assert house_names.name_toggles("<h1>Top</h1><p>No code.</p>") == "<h1>Top</h1><p>No code.</p>"


@pytest.mark.parametrize("folded", [1, 12])
def test_all_names_of_a_page_differ(folded):
    found = names(house_names.name_toggles("<h2>One</h2>" + FOLD * folded))
    assert len(set(found)) == folded
