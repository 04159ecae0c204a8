"""Print the built book as one PDF.

    python -m tools.publish.make_pdf [TARGET] [--site FOLDER] [--api] [--address URL]     # make pdf

Every page of the table of contents is opened in headless Chromium over a local server, with the
print style sheet of the book (book/assets/book.css): explorers and quizzes give way to the static
figures beside them, solutions and hints are opened, and what is wider than the paper is made smaller
(`tools.publish.paper`). The pages' PDFs are joined (`tools.publish.joining`) behind a title page and
a table of contents; links between pages become links within the file. A link to what is not in the
file leads to the address where the book is published (``baseurl`` in _config.yml, or --address), and
without one it is plain text. The reference of the API is left out unless asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

import w2slib
from tools import ROOT, book
from tools import browser as harness
from tools.publish import joining, paper

TARGET = ROOT / "build" / "w2s.pdf"
NOT_ON_PAPER = ("book/execution_times",)
API = "book/api"


def names_of(*, api: bool) -> list[str]:
    """Pages of the book that are printed."""
    return [
        name
        for name in book.documents()
        if name not in NOT_ON_PAPER and (api or not name.startswith(API))
    ]


def published_at() -> str:
    """Address where the book is published, or an empty text."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["html"].get("baseurl") or ""


@contextmanager
def _tab(site: Path) -> Iterator[tuple[Any, str]]:
    """Open a tab of a browser, and say where it finds the site."""
    path = harness.chromium()
    if path is None:
        raise SystemExit("Chromium is needed to print the book (apt-get install chromium)")
    with harness.launch(path) as browser, harness.serve(site) as root:
        yield browser.new_page(), root


def print_page(page, root: str, name: str) -> joining.Printed:
    """Print one page of the book."""
    page.goto("about:blank")
    page.set_viewport_size({"width": paper.WIDTH, "height": 1000})
    page.emulate_media(media="print", color_scheme="light", reduced_motion="reduce")
    page.goto(f"{root}{name}.html", wait_until="load")
    page.evaluate(paper.PREPARE)
    page.evaluate(paper.SETTLED)
    headings = page.evaluate(paper.HEADINGS)
    too_wide = page.evaluate(paper.FIT)
    page.evaluate(paper.ANCHORS)
    return joining.Printed(name, headings, page.pdf(**paper.SHEET), too_wide)


def make_pdf(
    site: Path,
    target: Path,
    names: list[str] | None = None,
    *,
    api: bool = False,
    address: str = "",
) -> list[joining.Printed]:
    """Print the named pages (default: all of the table of contents, see `names_of`) into one file.

    Returns what was printed, page by page; what did not fit on the paper is named there.
    """
    if target.is_dir():
        raise SystemExit(f"{target} is a folder; name a file")
    names = names or names_of(api=api)
    with _tab(site) as (page, root):
        printed = [print_page(page, root, name) for name in names]

        def set_(text: str, sheet: dict = paper.SHEET) -> bytes:
            page.goto("about:blank")
            page.set_content(text, wait_until="load")
            return page.pdf(**sheet)

        title = set_(paper.title_page(w2slib.__version__, address, _is_closed(site)))
        captions = {name: part for part, pages in book.parts().items() for name in pages}
        writer = joining.join(title, printed, captions, root, address, set_)
    target.parent.mkdir(parents=True, exist_ok=True)
    writer.write(target)
    return printed


def print_alone(site: Path, target: Path, name: str) -> joining.Printed:
    """Print one page of the book as a file of its own; its links into the book are plain text."""
    with _tab(site) as (page, root):
        printed = print_page(page, root, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    joining.alone(printed, root).write(target)
    return printed


def _is_closed(site: Path) -> bool:
    """Say whether a site is the closed edition: then no exercise has a cell that is a solution."""
    pages = (site / "book" / "exercises").glob("*.html")
    return not any("tag_solution" in page.read_text(encoding="utf-8") for page in pages)


def main(argv: list[str] | None = None) -> int:
    """Print the book and say where it is; 1 if something is cut off at the margin."""
    parser = argparse.ArgumentParser(description="Print the built book as one PDF.")
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    default = os.environ.get("W2S_SITE", ROOT / "_build" / "html")
    parser.add_argument("--site", type=Path, default=default)
    parser.add_argument("--api", action="store_true", help="with the reference of the API")
    parser.add_argument("--only", help="one page, without title page and contents")
    parser.add_argument("--address", default=None, help="where the book is published")
    args = parser.parse_args(argv)
    if not (Path(args.site) / "index.html").exists():
        raise SystemExit(f"no built book in {args.site}; run `make book` first")
    address = published_at() if args.address is None else args.address
    site = Path(args.site).resolve()
    if args.only is not None and not (site / f"{args.only}.html").exists():
        pages = ", ".join(names_of(api=True))
        raise SystemExit(f"{site} has no page {args.only!r}; --only takes one of: {pages}")
    if args.only is not None:
        printed = [print_alone(site, args.target, args.only)]
    else:
        printed = make_pdf(site, args.target, api=args.api, address=address)
    cut = [f"{page.name}: {what}" for page in printed for what in page.too_wide]
    print(f"{args.target} ({args.target.stat().st_size / 1e6:.1f} MB)")
    print("\n".join(["wider than the paper:", *cut]) if cut else "", end="\n" if cut else "")
    return 1 if cut else 0


if __name__ == "__main__":
    sys.exit(main())
