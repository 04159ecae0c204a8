"""Explorers on the built pages: redraw times per slider, page weight, time until interactive.

Measures the site in W2S_SITE, else the one in _build/html, else builds one. Chromium draws in software
here (no GPU), and every measured redraw reads a pixel back, so that nothing is put off.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from tests.benchmarks.timing import Row
from tests.helpers.covers import open_explorer
from tests.helpers.explorers import EXPLORERS, Case
from tools import ROOT
from tools import browser as harness


def rows() -> Iterator[Row]:
    """Rows for every explorer of the book."""
    path = harness.chromium()
    if path is None:
        print("browser: skipped, no Chromium found")
        return
    with tempfile.TemporaryDirectory() as folder:
        site = find_site(Path(folder))
        with harness.launch(path) as chromium, harness.serve(site) as address:
            for case in EXPLORERS:
                if (site / f"{case.page}.html").exists():
                    yield from explorer_rows(chromium, address, site, case)
                else:
                    print(f"browser: {site} has no page {case.page}; run make book")


def find_site(folder: Path) -> Path:
    """A built site; one is built in `folder` if there is none."""
    built = Path(os.environ.get("W2S_SITE", ROOT / "_build" / "html"))
    return built if (built / "index.html").exists() else harness.build_site(folder)


def explorer_rows(chromium, address: str, site: Path, case: Case) -> Iterator[Row]:
    """Weight, loading time and redraw times of one explorer."""
    weight = len(gzip.compress((site / f"{case.page}.html").read_bytes())) / 1000
    yield Row(f"{case.page} own weight, gzipped", weight, "kB", at_most=300)
    loads = [seconds_until_interactive(chromium, address, case) for _ in range(3)]
    yield Row(f"{case.page} interactive after a cold load", float(np.median(loads)), "s", at_most=3)
    for name, times in redraw_times(chromium, address, case).items():
        median, slow = np.quantile(times, [0.5, 0.95])
        yield Row(f"{case.explorer_id} redraw by {name}, median", median, "ms", at_most=8)
        yield Row(f"{case.explorer_id} redraw by {name}, 95th percentile", slow, "ms", at_most=16)


def seconds_until_interactive(chromium, address: str, case: Case) -> float:
    """From asking for the page, with an empty cache, until the explorer has drawn itself."""
    page = chromium.new_context().new_page()
    start = perf_counter()
    page.goto(f"{address}{case.page}.html", wait_until="commit")
    drawn = ".w2s-sentence strong, .w2s-ballot:not([hidden])"
    page.locator(f'[data-explorer="{case.explorer_id}"]').locator(drawn).first.wait_for()
    elapsed = perf_counter() - start
    page.context.close()
    return elapsed


def redraw_times(chromium, address: str, case: Case) -> dict[str, np.ndarray]:
    """Milliseconds of each redraw while one slider after another runs over its range."""
    tab = harness.Tab(chromium, address)
    visit = tab.open(case.page)
    root = visit.page.locator(f'[data-explorer="{case.explorer_id}"]')
    open_explorer(root)
    root.evaluate("root => root.w2slib.setFlush(true)")
    times = {}
    for name in case.make().sliders:
        handle = visit.page.locator(
            f'.w2s-explorer:has([data-explorer="{case.explorer_id}"]) .w2s-slider-{name} .noUi-handle'
        )
        if not handle.count():  # a choice between two is a box to tick
            continue
        handle.press("Home")
        visit.page.wait_for_timeout(100)
        root.evaluate("root => { root.w2slib.redrawTimes.length = 0 }")
        handle.evaluate(PRESSES)
        found = root.evaluate("root => root.w2slib.redrawTimes.map(time => time.ms)")
        if len(found) < 20:
            raise RuntimeError(f"slider {name} of {case.explorer_id}: only {len(found)} redraws")
        times[name] = np.array(found)
    tab.close()
    return times


# One key press a frame; a handle that has come to its end turns round.
PRESSES = """async handle => {
    let key = "ArrowRight";
    for (let k = 0; k < 120; k++) {
        const before = handle.getAttribute("aria-valuenow");
        handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        await new Promise(requestAnimationFrame);
        if (handle.getAttribute("aria-valuenow") === before)
            key = key === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    }
}"""
