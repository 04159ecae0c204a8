"""Measure how high each explorer is on a page of each width, so that its place can be kept free.

    python -m tools.browser.heights [--site FOLDER]        # default: _build/html; needs Chromium

Writes ``book/_extensions/heights.json``: for each explorer pairs of a least width and a height in
pixels, from which the build makes a style sheet. Without it the text below an explorer would move when
the explorer is drawn. Run after a change of an explorer's look, then build the book again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from tools import ROOT, book
from tools import browser as harness

TARGET = ROOT / "book" / "_extensions" / "heights.json"
WINDOWS = (320, 360, 390, 430, 500, 560, 610, 680, 768, 850, 930, 1000, 1100, 1200, 1300, 1500)
TOLERANCE = 4  # pixels; steps that are smaller are not written
MEASURE = """() => [...document.querySelectorAll(".w2s-place")].map(place => [place.dataset.place,
    place.clientWidth, place.querySelector(".widget-subarea")?.offsetHeight ?? 0])"""


def measure(open_page, names: list[str]) -> dict[str, list[list[int]]]:
    """Pairs of width and height for every explorer on the named pages."""
    found: dict[str, dict[int, int]] = {}
    for name in names:
        page = open_page(name).page
        for window in WINDOWS:
            page.set_viewport_size({"width": window, "height": 900})
            page.wait_for_timeout(250)  # an explorer is drawn anew when its width has settled
            for place, width, height in page.evaluate(MEASURE):
                if place and height:
                    found.setdefault(place, {})[width] = height
    return {place: steps(sorted(pairs.items())) for place, pairs in sorted(found.items())}


def steps(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Drop each pair that says nearly what the one before it says."""
    kept: list[list[int]] = []
    for width, height in pairs:
        if not kept or abs(height - kept[-1][1]) > TOLERANCE:
            kept.append([width if kept else 0, height])
    return kept


def main(argv: list[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description="Measure the heights of the explorers.")
    default = os.environ.get("W2S_SITE", ROOT / "_build" / "html")
    parser.add_argument("--site", type=Path, default=default)
    site = parser.parse_args(argv).site.resolve()
    path = harness.chromium()
    if path is None or not (site / "index.html").exists():
        raise SystemExit("Chromium and a built book are needed; run `make book` first")
    names = [
        name
        for name in book.documents()
        if 'class="w2s-place"' in (site / f"{name}.html").read_text(encoding="utf-8")
    ]
    with harness.launch(path) as browser, harness.serve(site) as root:
        tab = harness.Tab(browser, root)
        heights = measure(tab.open, names)
    lines = [f"  {json.dumps(name)}: {json.dumps(pairs)}" for name, pairs in heights.items()]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(heights)} explorers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
