"""Which pages and chapters the book has: what its table of contents, ``_toc.yml``, says."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from tools import ROOT


def documents() -> list[str]:
    """Pages of the book, in the order of _toc.yml, as names without suffix."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def files(node) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("root", "file"):
                    yield value.removesuffix(".md").removesuffix(".ipynb")
                else:
                    yield from files(value)
        elif isinstance(node, list):
            for item in node:
                yield from files(item)

    return list(files(toc))


def pages() -> list[str]:
    """Every page that a reader can reach: those of the table of contents, search and index."""
    return [*documents(), "search", "genindex"]


def chapters() -> set[str]:
    """Names of the chapters, each a notebook of its own."""
    return {path.stem for path in (ROOT / "book").glob("*.ipynb")}
