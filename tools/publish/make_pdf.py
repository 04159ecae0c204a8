"""Print the built book as one PDF.

    python -m tools.publish.make_pdf [TARGET] [--site FOLDER]     # default: build/w2s.pdf, _build/html

Every page of the table of contents is opened in headless Chromium over a local server, with the
print style sheet of the book (book/assets/book.css): explorers and quizzes give way to the static
figures beside them, solutions and hints are opened. The pages' PDFs are joined, with the titles
as bookmarks. Run ``make book`` first.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path

from pypdf import PdfWriter

from tools import ROOT, book
from tools import browser as harness

TARGET = ROOT / "build" / "w2s.pdf"
FOOTER = (
    '<div style="width: 100%; font-size: 8px; text-align: center; color: #555">'
    '<span class="title"></span> · <span class="pageNumber"></span></div>'
)
PAPER = {
    "format": "A4",
    "margin": {"top": "16mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
    "print_background": True,
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": FOOTER,
    "tagged": True,
}
# Opens solutions and hints, leaves code that only draws or checks folded away, and drops what only
# works with a mouse: the figure for print stands beside each explorer.
PREPARE = """() => {
  for (const fold of document.querySelectorAll("details")) {
    const cell = fold.closest("div.cell");
    const words = fold.querySelector(".cell_output > ul");
    if (cell && !words && !cell.classList.contains("tag_solution")) {
      fold.style.display = "none";
    } else {
      fold.open = true;
      if (words) fold.querySelector("summary").textContent = "In words";
      else if (cell) fold.querySelector("summary").textContent = "Solution";
    }
  }
  const live = '.widget-subarea, .jupyter-widgets, script[type$="widget-view+json"]';
  for (const cell of document.querySelectorAll("div.cell"))
    if (cell.querySelector(live)) cell.classList.add("w2s-live");
}"""


def print_page(tab: harness.Tab, name: str) -> tuple[str, bytes]:
    """Return title and PDF of one page of the book."""
    page = tab.open(name).page
    page.emulate_media(media="print", color_scheme="light")
    page.evaluate(PREPARE)
    page.evaluate("() => window.MathJax && MathJax.startup && MathJax.startup.promise")
    page.evaluate("() => Promise.all([...document.images].map(i => i.decode().catch(() => 0)))")
    title = page.locator("article h1").first.evaluate("h => h.firstChild.textContent.trim()")
    printed = page.pdf(**PAPER)
    page.emulate_media(media="screen", color_scheme="light")
    return title, printed


def make_pdf(site: Path, target: Path, names: list[str] | None = None) -> Path:
    """Print the named pages (default: all of the table of contents) into one file."""
    path = harness.chromium()
    if path is None:
        raise SystemExit("Chromium is needed to print the book (apt-get install chromium)")
    writer = PdfWriter()
    writer.add_metadata({"/Title": "Weak-to-strong generalization"})
    with harness.launch(path) as browser, harness.serve(site) as root:
        # A light page, as wide as the paper between its margins at 96 dpi.
        tab = harness.Tab(browser, root, width=1000, theme="light")
        for name in names or book.documents():
            title, printed = print_page(tab, name)
            writer.append(io.BytesIO(printed), outline_item=title, import_outline=False)
    writer.compress_identical_objects()
    target.parent.mkdir(parents=True, exist_ok=True)
    writer.write(target)
    return target


def main(argv: list[str] | None = None) -> int:
    """Print the book and say where it is."""
    parser = argparse.ArgumentParser(description="Print the built book as one PDF.")
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    default = os.environ.get("W2S_SITE", ROOT / "_build" / "html")
    parser.add_argument("--site", type=Path, default=default)
    args = parser.parse_args(argv)
    if not (args.site / "index.html").exists():
        raise SystemExit(f"no built book in {args.site}; run `make book` first")
    target = make_pdf(args.site.resolve(), args.target)
    print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
