"""Which exercise and which quiz question practises which objective: ``python -m tools.upkeep.objectives``.

Objectives are the list at the head of a chapter. An exercise names those that it practises in the
metadata of its heading (``exercise={"objectives": [2], ...}``), a question of a quiz in its JSON
(``"objectives": [2]``), both as numbers that count from 1. The table stands in ``book/teaching.md``;
with ``--check`` nothing is written, and the exit status is 1 if the table is out of date or if an
objective has no exercise or no question.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from typing import Any

from tools import ROOT
from tools.book import chapters
from w2slib import data

PAGE = ROOT / "book" / "teaching.md"
MARKS = "<!-- objectives -->", "<!-- end of objectives -->"
HEAD = "| after the chapter you can | exercises | quiz |\n|---|---|---|"


@dataclass(frozen=True)
class Objective:
    """One objective of a chapter, with the exercises and the questions that practise it."""

    chapter: str
    number: int
    text: str
    exercises: tuple[int, ...]
    questions: tuple[int, ...]


def cells(path: str) -> list[tuple[str, dict[str, Any]]]:
    """Text and metadata of each cell of a notebook."""
    found = json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
    return [("".join(cell["source"]), cell["metadata"]) for cell in found]


def stated(name: str) -> list[str]:
    """Objectives at the head of a chapter, in order."""
    head, _ = cells(f"book/{name}.ipynb")[0]
    listed = head.partition("**After this chapter you can**")[2].partition("\n\n**")[0]
    items = re.split(r"(?m)^- ", listed)[1:]
    return [" ".join(item.split()).rstrip(";.") for item in items]


def of_exercises(name: str) -> dict[int, list[int]]:
    """Exercise -> its objectives."""
    heads = [
        (re.match(r"## (\d+)\. ", source), metadata)
        for source, metadata in cells(f"book/exercises/{name}.ipynb")
    ]
    return {
        int(head[1]): list(metadata.get("exercise", {}).get("objectives", []))
        for head, metadata in heads
        if head
    }


def of_questions(name: str) -> dict[int, list[int]]:
    """Question of the quiz -> its objectives."""
    return {k: question.get("objectives", []) for k, question in enumerate(data.quiz(name), 1)}


def objectives(name: str) -> list[Objective]:
    """Objectives of a chapter, with what practises them."""
    exercises, questions = of_exercises(name), of_questions(name)
    return [
        Objective(name, number, text, _with(number, exercises), _with(number, questions))
        for number, text in enumerate(stated(name), 1)
    ]


def _with(number: int, of: dict[int, list[int]]) -> tuple[int, ...]:
    return tuple(key for key, practised in of.items() if number in practised)


def problems(name: str) -> list[str]:
    """Objectives that nothing practises, and numbers of objectives that the chapter does not state."""
    found, count = [], len(stated(name))
    for objective in objectives(name):
        for what in ("exercises", "questions"):
            if not getattr(objective, what):
                found.append(
                    f"{name}, objective {objective.number} has no {what}: {objective.text}"
                )
    for what, of in (("exercise", of_exercises(name)), ("question", of_questions(name))):
        for key, practised in of.items():
            wrong = [number for number in practised if not 1 <= number <= count]
            if wrong or not practised:
                found.append(f"{name}, {what} {key}: objectives {practised}; allowed: 1 to {count}")
    return found


def table(page: str = "") -> str:
    """All objectives as a Markdown table; the words of the links to chapters are those of the page."""
    words = {name: text for text, name in re.findall(r"\| \*\*\{doc\}`([^`<]+) <(\w+)>`", page)}
    rows = [HEAD]
    for name in chapters():
        target = f"{words[name]} <{name}>" if name in words else name
        rows.append(f"| **{{doc}}`{target}`** | {{doc}}`exercises/{name}` | |")
        for objective in objectives(name):
            text = re.sub(r"\{term\}`([^`<]+?)(?: <[^`]*>)?`", r"\1", objective.text)
            numbers = (", ".join(map(str, n)) for n in (objective.exercises, objective.questions))
            rows.append(f"| {text} | {' | '.join(numbers)} |")
    return "\n".join(rows)


def written(page: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = page.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    return f"{before}{MARKS[0]}\n\n{table(page)}\n\n{MARKS[1]}{after}"


def main(argv: list[str] | None = None) -> int:
    """Write the table, or check it."""
    parser = argparse.ArgumentParser(description="Table of objectives, exercises and questions.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 if wrong")
    check = parser.parse_args(argv).check
    page = PAGE.read_text(encoding="utf-8")
    found = [problem for name in chapters() for problem in problems(name)]
    if not check:
        PAGE.write_text(written(page), encoding="utf-8")
    elif written(page) != page:
        found.append(f"{PAGE.relative_to(ROOT)}: run python -m tools.upkeep.objectives")
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
