"""The button "Run in the browser" on the pages of notebooks, where the lite site lies below the book.

    python -m tools.lite.pages [SITE]     # default: _build/html

A button is a link: nothing of the lite site is loaded before it is pressed. On a page that was opened from
the disk it says why Python cannot start there (``book/assets/page.js``).
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tools import ROOT

SITE = ROOT / "_build" / "html"
LITE = "lite"
BUTTON = (
    '<p class="w2s-run"><a href="{address}" target="_blank" rel="noopener">Run in the browser</a>'
    "<span> opens a notebook in a new tab; nothing is installed, and the first time "
    "about 60 MB are loaded.</span></p>"
)
THERE = re.compile(r'<p class="w2s-run">.*?</p>')
TITLE_ENDS = re.compile(r"</h1>")


def add_buttons(site: Path) -> list[Path]:
    """Put a button below the title of each page whose notebook lies in the lite site; return the pages.

    A page of exercises leads to the assignment, which has a place for each answer.
    """
    files = site / LITE / "files"
    changed = []
    for notebook in sorted([*files.glob("*.ipynb"), *files.glob("assignments/*.ipynb")]):
        name = notebook.relative_to(files).as_posix()
        folder, _, stem = name.removesuffix(".ipynb").rpartition("/")
        page = site / "book" / ("exercises" if folder else "") / f"{stem}.html"
        if not page.is_file():  # a notebook that has left the book since
            continue
        up = "../" * (len(page.relative_to(site).parts) - 1)
        address = f"{up}{LITE}/notebooks/index.html?path={name}"
        button = BUTTON.format(address=address)
        text = THERE.sub("", page.read_text(encoding="utf-8"))
        begin = text.index("<article")
        with_button = TITLE_ENDS.sub(lambda end, new=button: end[0] + new, text[begin:], count=1)
        page.write_text(text[:begin] + with_button, encoding="utf-8")
        changed.append(page)
    return changed


def main(argv: list[str] | None = None) -> int:
    """Put the buttons on the pages of one site."""
    parser = argparse.ArgumentParser(description='Put "Run in the browser" on a site\'s pages.')
    parser.add_argument("site", type=Path, nargs="?", default=SITE)
    add_buttons(parser.parse_args(argv).site)
    return 0


if __name__ == "__main__":
    sys.exit(main())
