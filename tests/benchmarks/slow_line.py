"""Pages on a slow line: 1.6 Mbit/s and 150 ms, cold, gzip, as the browser's own throttling plays it.

The first slider is there when the first control of the page's first explorer has been drawn. Beside it
stands a page of the same text without styles, scripts and pictures: the ratio of the two times says what
everything else costs. Bytes are counted as they came over the line, until the page is quiet.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup

from tests.benchmarks.timing import Row
from tools import ROOT, book
from tools import browser as harness

LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
}
REPEATS = int(os.environ.get("W2S_REPEATS", "3"))
LANDING = "book/index"
# Seconds until the first slider, kB of the whole page, layout shift.
GOALS = {LANDING: (2.5, 450, 0.02)}
GOAL = (3.2, 900, 0.1)
WARM = 0.8

# Notes when a control of an explorer is first there, and how far the page has moved under the reader.
WATCH = """() => {
    const facts = window.w2sFacts = { slider: null, shift: 0 };
    const controls = ".widget-subarea :is(.noUi-handle, button, input)";
    const look = () => {
        const first = document.querySelector(controls);
        if (first && getComputedStyle(first).visibility === "visible") facts.slider = performance.now();
        else requestAnimationFrame(look);
    };
    look();
    new PerformanceObserver(list => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) facts.shift += one.value;
    }).observe({ type: "layout-shift", buffered: true });
}"""
READ = """() => ({ ...window.w2sFacts, paint: performance.getEntriesByName("first-contentful-paint")[0]
    ?.startTime, load: performance.getEntriesByType("navigation")[0].loadEventEnd })"""


@dataclass
class Load:
    """One visit: seconds, shift and bytes by kind."""

    slider: float
    paint: float
    load: float
    shift: float
    requests: int
    weight: Counter = field(default_factory=Counter)

    @property
    def kilobytes(self) -> float:
        """All bytes that came over the line."""
        return sum(self.weight.values()) / 1000


def rows() -> Iterator[Row]:
    """Rows for the landing page and every chapter."""
    path = harness.chromium()
    if path is None:
        print("slow_line: skipped, no Chromium found")
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Path(os.environ.get("W2S_SITE", ROOT / "_build" / "html"))
        if not (site / "index.html").exists():
            site = harness.build_site(Path(folder))
        pages = [LANDING, *(f"book/{name}" for name in book.chapters())]
        plain = {page: plain_page(site / f"{page}.html", Path(folder)) for page in pages}
        with (
            harness.launch(path) as chromium,
            harness.serve(site, compress=True) as address,
            harness.serve(Path(folder), compress=True) as plain_address,
        ):
            for page in pages:
                text = visit(chromium, f"{plain_address}{plain[page]}")
                yield from page_rows(chromium, f"{address}{page}.html", page, text)
            yield warm_row(chromium, address, pages)


def page_rows(chromium, address: str, page: str, text: Load) -> Iterator[Row]:
    """Time and weight of one page."""
    loads = [visit(chromium, address) for _ in range(REPEATS)]
    load = loads[0]
    slider = float(np.median([one.slider for one in loads]))
    most_seconds, most_weight, most_shift = GOALS.get(page, GOAL)
    kinds = ", ".join(f"{kind} {size / 1000:.0f}" for kind, size in load.weight.most_common())
    print(
        f"  {page}: {load.requests} requests, kB: {kinds}; first paint {load.paint:.2f} s; "
        f"plain text {text.load:.2f} s"
    )
    yield Row(f"{page} first slider", slider, "s", at_most=most_seconds)
    yield Row(f"{page} first slider / plain text", slider / text.load, "x", at_most=15)
    yield Row(f"{page} weight", load.kilobytes, "kB", at_most=most_weight)
    yield Row(f"{page} layout shift", max(one.shift for one in loads), "", at_most=most_shift)


def warm_row(chromium, address: str, pages: list[str]) -> Row:
    """Seconds until the slider of a second page, whose shared files the browser has."""
    times = []
    for page in pages[1:4]:
        context = chromium.new_context()
        visit(chromium, f"{address}{LANDING}.html", context)
        times.append(visit(chromium, f"{address}{page}.html", context).slider)
        context.close()
    return Row("first slider of a second page", float(np.median(times)), "s", at_most=WARM)


def visit(chromium, address: str, context=None) -> Load:
    """Open a page on the slow line and wait until nothing comes any more."""
    own = context or chromium.new_context(viewport={"width": 1300, "height": 900})
    page = own.new_page()
    line = own.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    kinds: dict[str, str] = {}
    weight: Counter = Counter()

    def finished(event):
        weight[kinds.get(event["requestId"], "other")] += event["encodedDataLength"]

    line.on("Network.requestWillBeSent", lambda e: kinds.update({e["requestId"]: e["type"]}))
    line.on("Network.loadingFinished", finished)
    page.add_init_script(f"({WATCH})()")
    page.goto(address, wait_until="load", timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    facts = page.evaluate(READ)
    page.close()
    if context is None:
        own.close()
    slider = (facts["slider"] or np.nan) / 1000
    return Load(
        slider,
        (facts["paint"] or np.nan) / 1000,
        facts["load"] / 1000,
        facts["shift"],
        len(kinds),
        weight,
    )


def plain_page(path: Path, folder: Path) -> str:
    """Write the text of a page without anything else; return the name of the new file."""
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article")
    for tag in article.select("script, style, img, svg, noscript, .katex-html"):
        tag.decompose()
    text = "\n".join(
        f"<p>{' '.join(part.split())}</p>" for part in re.split(r"\n\s*\n", article.get_text())
    )
    name = f"{path.stem}.html"
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>text</title>'
    (folder / name).write_text(f'{head}<link rel="icon" href="data:,">{text}', encoding="utf-8")
    return name
