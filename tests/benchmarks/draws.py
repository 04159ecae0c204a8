"""Data sets that explorers draw in the browser: how long teacher and student take."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.benchmarks.timing import Row
from tests.helpers.draws import DRAWN
from tools import browser as harness
from w2slib import explorer
from w2slib.explorer import PhaseExplorer

DRAWS, WARM_UP = 60, 10
DONE = "n => document.querySelector('.w2s-canvas').w2slib.draws.draws.length === n"


def rows() -> Iterator[Row]:
    """Median time of a draw at d = 100, with 500 samples of teacher and student where there are both."""
    path = harness.chromium()
    if path is None:
        print("draws: skipped, no Chromium found")
        return
    with tempfile.TemporaryDirectory() as folder, harness.launch(path) as chromium:
        for name, drawn in DRAWN.items():
            phase = drawn.make() if name != "warm-start" else explorer.warm_start()
            ratios = [key for key in phase.field.defaults if key.startswith("gamma")]
            setting = drawn.setting | dict.fromkeys(ratios, 0.2)
            # The warm start descends for dozens of steps on 200 d labels: its page says that it draws.
            bound, count = (30, DRAWS) if name != "warm-start" else (1500, DRAWS // 4)
            file = Path(folder) / f"{name}.html"
            times = draw_times(chromium, file, phase, setting, count)
            yield Row(f"{name}, d = 100, γ = 0.2, median", float(np.median(times)), "ms", bound)


def draw_times(
    chromium, file: Path, phase: PhaseExplorer, setting: dict, count: int
) -> list[float]:
    """Milliseconds of each draw in the worker; the first ones, for which it is compiled, are left out."""
    file.write_text(harness.widget_page(phase), encoding="utf-8")
    page = chromium.new_page()
    page.goto(file.as_uri())
    page.locator(".w2s-sentence strong").wait_for(timeout=60_000)
    root = page.locator(".w2s-canvas")
    root.evaluate("(root, setting) => root.w2slib.set(setting)", setting)
    page.wait_for_timeout(200)
    root.evaluate("(root, count) => root.w2slib.draws.draw(count)", count)
    page.wait_for_function(DONE, arg=count, timeout=110_000)
    times = root.evaluate("root => root.w2slib.draws.draws.map(draw => draw.ms)")
    page.close()
    return times[WARM_UP:]
