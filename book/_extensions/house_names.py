"""Names of the buttons that unfold code, hints and solutions: each says what it belongs to.

myst-nb gives all of its own one name, "Toggle hidden content", and every hint is a "Hint". A list of a
page's buttons, as screen readers make it, then tells nothing; and speech control cannot say which one is
meant. Here the visible words are the name, and a part that is only heard adds the section, and a number
where it has several.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape

TOGGLE = re.compile(
    r'<summary(?: aria-label="Toggle hidden content")?>(?P<words>.*?)</summary>', re.DOTALL
)
HEADING = re.compile(r"<h[1-4]\b[^>]*>(?P<title>.*?)</h[1-4]>", re.DOTALL)
PIECES = re.compile(f"{HEADING.pattern}|{TOGGLE.pattern}", re.DOTALL)
LINK = re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)
FORMULA = re.compile(r'<span class="math[^"]*">.*?</span>|<span class="katex">.*', re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def plain(html: str) -> str:
    """Words of a heading, without its link and its formulas."""
    words = TAG.sub("", FORMULA.sub("", LINK.sub("", html)))
    return " ".join(unescape(words).split())


def name_toggles(body: str) -> str:
    """Give every button that unfolds something a name of its own."""
    title, titles = "", []
    for match in PIECES.finditer(body):
        if match["words"] is None:
            title = plain(match["title"])
        else:
            titles.append(title)
    several, seen = Counter(titles), Counter[str]()
    places = iter(titles)

    def named(match: re.Match[str]) -> str:
        title = next(places)
        seen[title] += 1
        number = f", {seen[title]} of {several[title]}" if several[title] > 1 else ""
        heard = f'<span class="w2s-unseen">: {escape(title)}{number}</span>'
        return f"<summary>{match['words']}{heard}</summary>"

    return TOGGLE.sub(named, body)
