"""Which pages and chapters the book has: what its table of contents, ``_toc.yml``, says.

``_toc.yml`` is the one list of chapters. Cards, API pages, exercises, quizzes, explorers and tests
are checked against it by `tools.upkeep.chapters`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools import ROOT

APART = ("Exercises", "Appendix")
"""Parts of the table of contents whose pages are no chapters."""

MIN_QUESTIONS = 3
MIN_EXERCISES = 5


def documents(root: Path = ROOT) -> list[str]:
    """Pages of the book, in the order of _toc.yml, as names without suffix."""

    def files(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("root", "file"):
                    yield value.removesuffix(".md").removesuffix(".ipynb")
                else:
                    yield from files(value)
        elif isinstance(node, list):
            for item in node:
                yield from files(item)

    return list(files(_contents(root)))


def parts(root: Path = ROOT) -> dict[str, list[str]]:
    """Pages of each part of the book, by its caption."""
    return {
        part["caption"]: [chapter["file"] for chapter in part["chapters"]]
        for part in _contents(root)["parts"]
    }


def chapters(root: Path = ROOT) -> list[str]:
    """Names of the chapters, in reading order; each is a notebook and a module of that name."""
    return [
        page.removeprefix("book/")
        for caption, pages in parts(root).items()
        if caption not in APART
        for page in pages
    ]


def exercises(root: Path = ROOT) -> list[str]:
    """Names of the chapters whose exercises the book has, in reading order."""
    pages = parts(root).get("Exercises", [])
    return [page.removeprefix("book/exercises/") for page in pages]


def pages() -> list[str]:
    """Every page that a reader can reach: those of the table of contents, search and index."""
    return [*documents(), "search", "genindex"]


def _contents(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
