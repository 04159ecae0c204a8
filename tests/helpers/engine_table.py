"""Which interaction works on which page in which engine: the table that `make test-engines` ends with."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

FILE = "tests/site/test_engines.py"
_MARKS = {"passed": "yes", "failed": "NO", "error": "NO", "skipped": "–"}
_NODE = re.compile(rf"{FILE}::test_(?P<what>\w+)\[(?P<of>.+)\]$")


def _engines() -> list[str]:
    """Their names; environments without browsers, as that of `make test-llm`, have no table to write."""
    try:
        from tools.browser import engines
    except ImportError:
        return []
    return list(engines.NEEDED)


def results(stats: dict[str, list]) -> dict[tuple[str, str], dict[str, str]]:
    """What came out by page and interaction, and by engine; from the lists that pytest keeps."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    names = _engines()
    for outcome, mark in _MARKS.items():
        for report in stats.get(outcome, []):
            node = _NODE.search(getattr(report, "nodeid", ""))
            if node is None:
                continue
            parts = node["of"].split("-")
            engine = next((part for part in parts if part in names), "")
            parts.remove(engine)
            place = "-".join(parts), node["what"].replace("_", " ")
            # An error when a browser is closed comes after the test itself, and counts.
            if found[place].get(engine) != "NO":
                found[place][engine] = mark
    return dict(sorted(found.items()))


def table(rows: dict[tuple[str, str], dict[str, str]]) -> list[str]:
    """Lines of Markdown: a row for each page and interaction, a column for each engine."""
    names = _engines()
    lines = [["page", "interaction", *names], ["---"] * (2 + len(names))]
    lines += [[*place, *(marks.get(name, "–") for name in names)] for place, marks in rows.items()]
    return [f"| {' | '.join(line)} |" for line in lines]


def summary(rows: Iterable[dict[str, str]]) -> str:
    """One sentence: how many of them work."""
    marks = [mark for row in rows for mark in row.values() if mark != "–"]
    return f"{marks.count('yes')} of {len(marks)} interactions work in their engine."
