"""Check that each chapter of ``_toc.yml`` has everything: ``python -m tools.upkeep.chapters``.

``_toc.yml`` is the one list of chapters. Each has a module, tests, an explorer, a notebook with its
text, exercises, a quiz, a card, a place on the API pages. A message names the file to edit and what
to write there. Files that belong to no chapter of the list are named too, and so is what
``make chapter`` has left to be written.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT
from tools.book import MIN_EXERCISES, MIN_QUESTIONS, chapters, exercises

# Files of a chapter, by what they are; {} is its name.
PLACES = {
    "test": "tests/library/test_{}.py",
    "explorer": "w2slib/explorer/chapters/{}.py",
    "text": "book/sources/{}.py",
    "notebook": "book/{}.ipynb",
    "exercises' text": "book/exercises/sources/{}.py",
    "exercises": "book/exercises/{}.ipynb",
    "answers": "tests/answers/{}.py",
    "quiz": "w2slib/data/quizzes/{}.json",
}
CONTENTS = "_toc.yml"
PACKAGE = "w2slib/__init__.py"
EXPLORERS = "w2slib/explorer/__init__.py"
CASES = "tests/helpers/explorers.py"
LANDING = "book/index.md"
OVERVIEW = "book/api.md"
GLOSSARY = "book/glossary.md"
NOTATION = "book/notation.md"
CHANGES = "CHANGELOG.md"
ROOMS = "ARCHITECTURE.md"
# Where `make chapter` writes lines that are to be replaced.
WRITTEN = (PACKAGE, LANDING, OVERVIEW, GLOSSARY, NOTATION, CHANGES, CASES)
LEFT = re.compile(r"TODO\((\w+)\): (.*)")


@dataclass(frozen=True)
class Chapter:
    """One chapter of the list, in the house at ``root``."""

    name: str
    root: Path = ROOT

    def place(self, what: str) -> str:
        """Path of one of its files, from the root."""
        return PLACES[what].format(self.name)

    def text(self, path: str) -> str:
        """A file of the house, or nothing where there is none."""
        file = self.root / path
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def module(self) -> str:
        """Path of its module: a file, or a package of that name."""
        file = f"w2slib/{self.name}.py"
        package = f"w2slib/{self.name}/__init__.py"
        return package if (self.root / package).is_file() else file


Rule = Callable[[Chapter], Iterator[str]]


def files(chapter: Chapter) -> Iterator[str]:
    """Every file of the chapter is there."""
    paths = {"module": chapter.module()} | {what: chapter.place(what) for what in PLACES}
    for what, path in paths.items():
        if not chapter.text(path):
            yield f"{path}: missing; it is the {what} of the chapter {chapter.name!r}"


def contents(chapter: Chapter) -> Iterator[str]:
    """The exercises are in the table of contents, in the order of the chapters."""
    listed = exercises(chapter.root)
    if chapter.name not in listed:
        yield f"{CONTENTS}: no exercises of {chapter.name!r}; write `- file: book/exercises/{chapter.name}`"
        return
    common = [name for name in chapters(chapter.root) if name in listed]
    if listed.index(chapter.name) != common.index(chapter.name):
        yield f"{CONTENTS}: the exercises of {chapter.name!r} stand in another order than the chapters"


def package(chapter: Chapter) -> Iterator[str]:
    """`w2slib` offers the module, and its description names it."""
    text = chapter.text(PACKAGE)
    if chapter.name not in _exported(text):
        yield f'{PACKAGE}: write "{chapter.name}" into __all__ and into the import for type checkers'
    if f"`{chapter.name}`" not in (ast.get_docstring(ast.parse(text)) or ""):
        yield f"{PACKAGE}: the docstring does not say what `{chapter.name}` is; write `{chapter.name}` (…)"


def explorer(chapter: Chapter) -> Iterator[str]:
    """What makes its explorers is exported, shown in the chapter, and tested against the theory."""
    made = _makers(chapter.text(chapter.place("explorer")))
    exported = _exported(chapter.text(EXPLORERS))
    shown, cases = chapter.text(chapter.place("text")), chapter.text(CASES)
    if chapter.text(chapter.place("explorer")) and not made:
        yield f"{chapter.place('explorer')}: no public function that returns an explorer"
    for name, kind in made.items():
        if name not in exported:
            yield (
                f"{EXPLORERS}: write `from .chapters.{chapter.name} import {name}`, "
                f'and "{name}" into __all__'
            )
        if kind == "PhaseExplorer" and f"explorer.{name}," not in cases:
            yield (
                f"{CASES}: write into EXPLORERS a Case for explorer.{name}, "
                f'on the page "book/{chapter.name}"'
            )
    if made and not any(f"explorer.{name}(" in shown for name in made):
        yield f"{chapter.place('text')}: shows no explorer; write `explorer.{next(iter(made))}()`"


def quiz(chapter: Chapter) -> Iterator[str]:
    """The quiz has enough questions, and the chapter shows it."""
    path = chapter.place("quiz")
    questions = json.loads(chapter.text(path) or "null")
    if questions is not None and len(questions) < MIN_QUESTIONS:
        yield f"{path}: {len(questions)} questions; write at least {MIN_QUESTIONS}"
    text = chapter.text(chapter.place("text"))
    if text and f'data.quiz("{chapter.name}")' not in text:
        yield f'{chapter.place("text")}: write `display_quiz(data.quiz("{chapter.name}"))`'


def checks(chapter: Chapter) -> Iterator[str]:
    """There are enough exercises, and the chapter names them."""
    path = chapter.place("exercises' text")
    found = len(re.findall(r'(?m)^# %%.*tags=\["check"', chapter.text(path)))
    if chapter.text(path) and found < MIN_EXERCISES:
        yield f"{path}: {found} exercises with a cell tagged check; write at least {MIN_EXERCISES}"
    text = chapter.text(chapter.place("text"))
    if text and f"exercises/{chapter.name}`" not in text:
        yield f"{chapter.place('text')}: write {{doc}}`exercises/{chapter.name}`"


def card(chapter: Chapter) -> Iterator[str]:
    """The landing page has a card that leads to the chapter."""
    if f"\n:link: {chapter.name}\n" not in chapter.text(LANDING):
        snippet = card_of(chapter.name, "TITLE").replace("\n", "\n    ")
        yield f"{LANDING}: no card; write\n    {snippet}"


def api(chapter: Chapter) -> Iterator[str]:
    """The overview of the API has a row for the module, and one of its pages a section."""
    module = f"w2slib.{chapter.name}"
    if f"\n| {{py:mod}}`{module}` |" not in chapter.text(OVERVIEW):
        yield f"{OVERVIEW}: write the row `{row_of(chapter.name, 'what it holds', 'api/PAGE')}`"
    if api_page(chapter.name, chapter.root) is None:
        snippet = section_of(chapter.name).strip().replace("\n", "\n    ")
        yield f"book/api/: no page has a section on {module}; write into one of them\n    {snippet}"


def rooms(chapter: Chapter) -> Iterator[str]:
    """The page on the architecture names the room."""
    if not re.search(rf"`(w2slib\.)?{chapter.name}`", chapter.text(ROOMS)):
        yield f"{ROOMS}: write `{chapter.name}` into the row of the chapters; `python -m tools.architecture`"


def words(chapter: Chapter) -> Iterator[str]:
    """The chapter uses a word of the glossary."""
    path = chapter.place("text")
    if chapter.text(path) and "{term}" not in chapter.text(path):
        yield (
            f"{path}: no {{term}}; link the first use of each word of {GLOSSARY}, and write its own "
            "words into that file"
        )


def nothing_left(chapter: Chapter) -> Iterator[str]:
    """What ``make chapter`` wrote to be replaced has been replaced."""
    # What a notebook says, its text says too.
    own = [path for path in map(chapter.place, PLACES) if not path.endswith(".ipynb")]
    for path in [chapter.module(), *own, *WRITTEN]:
        for number, line in enumerate(chapter.text(path).splitlines(), 1):
            found = LEFT.search(line)
            if found and found[1] == chapter.name:
                yield f"{path}:{number}: still to be written: {found[2]}"


RULES: tuple[Rule, ...] = (
    files,
    contents,
    package,
    explorer,
    quiz,
    checks,
    card,
    api,
    rooms,
    words,
    nothing_left,
)


def problems(name: str, root: Path = ROOT) -> list[str]:
    """What a chapter lacks, one message for each place."""
    return [message for rule in RULES for message in rule(Chapter(name, root))]


def strays(root: Path = ROOT) -> list[str]:
    """Files of chapters that ``_toc.yml`` does not list."""
    listed, found = chapters(root), []
    for what in ("explorer", "text", "notebook", "exercises' text", "exercises", "answers", "quiz"):
        before, after = PLACES[what].split("{}")
        for path in sorted((root / before).glob(f"*{after}")):
            if what == "explorer" and not _makers(path.read_text(encoding="utf-8")):
                continue  # what several explorers share
            if path.stem not in listed:
                found.append(
                    f"{CONTENTS}: no chapter {path.stem!r}, but there is {before}{path.name}; "
                    f"write `- file: book/{path.stem}`, or remove the file"
                )
    return found


# ------------------------------------------------------------------ what `make chapter` writes too


def card_of(name: str, title: str) -> str:
    """Card of the landing page."""
    link = f":link: {name}\n:link-type: doc"
    return (
        f":::{{grid-item-card}} {title}\n{link}\nTODO({name}): one sentence with its result.\n:::"
    )


def row_of(name: str, what: str, page: str) -> str:
    """Row of the overview of the API."""
    return f"| {{py:mod}}`w2slib.{name}` | {what} | {{doc}}`{page}` |"


def section_of(name: str) -> str:
    """Section of an API page."""
    module = f"w2slib.{name}"
    return f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n   :members:\n```\n"


def api_page(name: str, root: Path = ROOT) -> Path | None:
    """The API page that has a section on the chapter's module."""
    for path in sorted((root / "book" / "api").glob("*.md")):
        if f".. automodule:: w2slib.{name}\n" in path.read_text(encoding="utf-8"):
            return path
    return None


# ---------------------------------------------------------------------------------------- reading


def _exported(source: str) -> list[str]:
    """Names in a module's ``__all__``."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def _makers(source: str) -> dict[str, str]:
    """Public functions of an explorer's module and what they return, without those for parts of it."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.returns:
            kind = ast.unparse(node.returns)
            if kind.endswith(("Explorer", "Guide")):
                found[node.name] = kind
    return found


def main(argv: list[str] | None = None) -> int:
    """Print what is missing; return 1 if anything is."""
    argparse.ArgumentParser(description="Check the places of every chapter.").parse_args(argv)
    found = strays()
    for name in chapters():
        found += problems(name)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
