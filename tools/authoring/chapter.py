"""Start a chapter: ``make chapter NAME=shared_means TITLE="Shared means"``.

Writes a small chapter that works (templates/chapter): module, tests, explorer, notebook, exercises,
quiz, and its lines in every list of the house. What is to be replaced is marked ``TODO(NAME): …``;
``python -m tools.upkeep.chapters``, which also runs at the end and in the tests, names each such line.
"""

from __future__ import annotations

import argparse
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import ROOT
from tools.authoring import notebooks
from tools.book import APART, parts
from tools.upkeep import chapters as house

TEMPLATES = Path("templates") / "chapter"
# Words in the templates, which are programs that could run, and what they stand for.
NAME, ID, TITLE = "chapter_name", "chapter-name", "Chapter title"
TARGETS = {
    "module.py": "w2slib/{}.py",
    "test.py": house.PLACES["test"],
    "explorer.py": house.PLACES["explorer"],
    "notebook.py": house.PLACES["text"],
    "exercises.py": house.PLACES["exercises' text"],
    "answers.py": house.PLACES["answers"],
    "quiz.json": house.PLACES["quiz"],
}


def start(name: str, title: str, part: str | None = None, root: Path = ROOT) -> list[Path]:
    """Write the chapter and its lines; return the files that are new or changed.

    ``part`` is the caption of the part of the book that it ends; by default the last one.
    """
    part = part or [caption for caption in parts(root) if caption not in APART][-1]
    check(name, title, part, root)
    new = dict(_files(name, title, root))
    changed = dict(_lists(name, title, part, root))  # all of them before anything is written
    for path, text in (new | changed).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*new, *changed]


def check(name: str, title: str, part: str, root: Path = ROOT) -> None:
    """Refuse names that could not be modules or are taken."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ValueError(f"NAME = {name!r}; allowed: small letters, digits and _, as a module has")
    if not title.strip() or re.search(r"[`\"\\\n]", title):
        raise ValueError(f"TITLE = {title!r}; allowed: one line of plain text without quotes")
    captions = [caption for caption in parts(root) if caption not in APART]
    if part not in captions:
        raise ValueError(f"PART = {part!r}; allowed: {', '.join(captions)}")
    taken = [path for path, _ in _files(name, title, root) if path.exists()]
    if (root / "w2slib" / name).exists():
        taken.append(root / "w2slib" / name)
    if taken:
        raise ValueError(f"NAME = {name!r} is taken: there is {taken[0].relative_to(root)}")


def _files(name: str, title: str, root: Path) -> Iterator[tuple[Path, str]]:
    for template, target in TARGETS.items():
        text = (root / TEMPLATES / template).read_text(encoding="utf-8")
        for word, meaning in ((NAME, name), (ID, name.replace("_", "-")), (TITLE, title)):
            text = text.replace(word, meaning)
        yield root / target.format(name), text


def _lists(name: str, title: str, part: str, root: Path) -> Iterator[tuple[Path, str]]:
    """Every list of the house with the chapter in it, behind the chapter that it follows."""
    before = parts(root)[part][-1].removeprefix("book/")
    for path, edits in _edits(name, title, before, root).items():
        text = (root / path).read_text(encoding="utf-8")
        for pattern, addition in edits:
            text = _behind(path, text, pattern, addition)
        for block, line in SORTED.get(path, ()):
            text = _among(path, text, block, line.format(name))
        yield root / path, text


# Lists in programs, one entry a line and sorted: what such a list looks like, and a new entry.
EXPORTS = (r'(?<=__all__ = \[\n)(?:    "\w+",\n)+', '    "{}",\n')
SORTED = {
    house.PACKAGE: [(r"(?<=from w2slib import \(\n)(?: +\w+,\n)+", "        {},\n"), EXPORTS],
    house.EXPLORERS: [(r"(?:from \.chapters\..*\n)+", "from .chapters.{0} import {0}\n"), EXPORTS],
    house.CASES: [(r"(?<=from w2slib import \(\n)(?: +\w+,\n)+", "    {},\n")],
}


def _edits(name: str, title: str, before: str, root: Path) -> dict[str, list[tuple[str, str]]]:
    """For each list: what is looked for, and what is written behind it."""
    page = house.api_page(before, root)
    if page is None:
        raise ValueError(f"book/api/: no page has a section on w2slib.{before}")
    listed = page.relative_to(root / "book").with_suffix("").as_posix()
    row = house.row_of(name, f"TODO({name}): what it holds", listed)
    symbols = (
        f"| symbol | meaning | code |\n|---|---|---|\n| $s$ | TODO({name}): meaning | `share` |\n"
    )
    return {
        house.CONTENTS: [
            (f"      - file: book/{before}\n", f"      - file: book/{name}\n"),
            (f"      - file: book/exercises/{before}\n", f"      - file: book/exercises/{name}\n"),
        ],
        house.PACKAGE: [(rf"`{before}` \([^)]*\)", f",\n`{name}` (TODO({name}): its subject)")],
        house.EXPLORERS: [],
        house.CASES: [(r"(?s)\nEXPLORERS = \[\n.*?(?=\]\n)", _case(name))],
        house.LANDING: [
            (rf"(?s)\n:link: {before}\n.*?\n:::\n", f"\n{house.card_of(name, title)}\n")
        ],
        house.OVERVIEW: [(rf"\| {{py:mod}}`w2slib\.{before}` \|.*\n", f"{row}\n")],
        page.relative_to(root).as_posix(): [
            (rf"(?s)\n## w2slib\.{before}\n.*?\n```\n", f"\n{house.section_of(name)}")
        ],
        house.NOTATION: [(r"(?s)\A.*", f"\n## {title}\n\n{symbols}")],
        house.GLOSSARY: [
            (
                r"(?s)```{glossary}\n.*?\n(?=```)",
                f"\n{title.lower()}\n    TODO({name}): its words, each with its meaning.\n",
            )
        ],
        house.ROOMS: [(r"\n\| `ridge`(, `\w+`)+(?= \|)", f", `{name}`")],
        house.CHANGES: [
            (
                r"## \[Unreleased\]\n",
                f"\n- TODO({name}): what the chapter {title!r} shows, below Added.\n",
            )
        ],
    }


def _case(name: str) -> str:
    """Entry of the list of explorers that are tested, for the functions of the template."""
    return f"""\
    # TODO({name}): the functions of its own theory
    Case(
        "{name.replace("_", "-")}",
        "book/{name}",
        explorer.{name},
        {name}.student_error,
        lambda noise_var, **_: {name}.teacher_error(noise_var),
        {name}.winning_interval,
    ),
"""


def _behind(path: str, text: str, pattern: str, addition: str) -> str:
    """The text with an addition behind the first place that looks like the pattern."""
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"{path}: nothing looks like {pattern!r}, behind which to write")
    return text[: found.end()] + addition + text[found.end() :]


def _among(path: str, text: str, block: str, line: str) -> str:
    """The text with a line more in a sorted block of lines."""
    found = re.search(block, text)
    if found is None:
        raise ValueError(f"{path}: nothing looks like {block!r}, into which to write")
    lines = sorted({*found[0].splitlines(keepends=True), line})
    return text[: found.start()] + "".join(lines) + text[found.end() :]


def main(argv: list[str] | None = None) -> int:
    """Start a chapter, make its notebooks, and say what is to be written."""
    parser = argparse.ArgumentParser(description="Start a chapter that works, to be rewritten.")
    parser.add_argument("name", help="name of the module and of the notebook")
    parser.add_argument("title", help="title of the chapter")
    parser.add_argument("--part", help="caption of the part that it ends; default: the last one")
    args = parser.parse_args(argv)
    try:
        written = start(args.name, args.title, args.part)
    except ValueError as error:
        parser.error(str(error))
    # In a process of its own: a list of chapters that has been read does not change.
    draw = [sys.executable, "-m", "tools.architecture"]
    subprocess.run(draw, cwd=ROOT, check=True)
    pages = [ROOT / house.PLACES[what].format(args.name) for what in ("notebook", "exercises")]
    if notebooks.main(["sync", *map(str, pages)]):
        return 1
    print("\n".join(path.relative_to(ROOT).as_posix() for path in written))
    print("\nIt works: make test, make book. What is to be written now, file by file:\n")
    print("\n".join(house.problems(args.name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
