"""Fixtures shared by the test files; the browser ones are described in tools/browser.

Property tests draw the same examples in every run, so that a run can be repeated. To search for new
counterexamples: ``HYPOTHESIS_PROFILE=search python -m pytest tests -k "not site"``.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers import engine_table
from tests.helpers.time_limit import pytest_timeout_cancel_timer, pytest_timeout_set_timer
from tools import ROOT
from tools import browser as harness

__all__ = ["pytest_timeout_cancel_timer", "pytest_timeout_set_timer"]  # pytest finds them here

# With the extra `test` alone, without `book`, the library can be tested: this is what somebody has who
# unpacks the source distribution.
BOOK_IS_MISSING = (
    importlib.util.find_spec("jupyter_book") is None
    and os.environ.get("W2S_REQUIRE_BROWSER") != "1"
)
collect_ignore = ["book", "explorer", "site", "tools"] if BOOK_IS_MISSING else []
if importlib.util.find_spec("nbconvert") is None:
    collect_ignore.append("grading")


def pytest_report_header():
    """Say what is left out."""
    if BOOK_IS_MISSING:
        return f"without the extra `book`, left out: tests/{{{','.join(collect_ignore)}}}"
    return None


# No progress bars: what a test prints is what it is about.
os.environ["TQDM_DISABLE"] = "1"

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_collection_modifyitems(items):
    """Order the files so that no worker waits for the site or is left alone with a long file.

    The first file builds the site, and takes longest. Meanwhile come the files that do not need it,
    then those that do, and the notebooks, which are short, fill the end.
    """

    need = set()
    for item in items:
        wanted = {*getattr(item, "fixturenames", ())}
        if {"site", "open_page"} & wanted:
            need.add(item.path)
        if {"site", "browser"} & wanted:
            # The site takes minutes to build, and only the first test that asks for it waits. What
            # these fixtures do has limits of its own (tools/browser).
            item.add_marker(pytest.mark.timeout(func_only=True))

    def turn(item) -> int:
        if item.nodeid.startswith("tests/site/test_site.py"):
            return 0
        if item.nodeid.startswith("book/"):
            return 3
        return 2 if item.path in need else 1

    items.sort(key=turn)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """Folder of the built website; built once for all workers unless W2S_SITE names one."""
    if os.environ.get("W2S_SITE"):
        return Path(os.environ["W2S_SITE"]).resolve()
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # shared by the workers of this run
    return harness.build_site_once(folder)


@pytest.fixture(scope="session")
def server(site):
    """Address of the site on a local server, below a sub-path; ends in a slash."""
    with harness.serve(site) as address:
        yield address


NO_BROWSER = "browser tests skipped: no Chromium (install Debian's `chromium` or set W2S_CHROMIUM)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Give all skips for want of a browser one place, so that pytest sums them up in one line."""
    report = yield
    skipped = report.skipped and isinstance(report.longrepr, tuple)
    if skipped and any(reason in report.longrepr[2] for reason in (NO_BROWSER, "three engines: ")):
        report.longrepr = (__file__, 0, report.longrepr[2])
    return report


def pytest_terminal_summary(terminalreporter):
    """Three engines: print the table of what works where, and keep it in build/engines.md."""
    rows = engine_table.results(terminalreporter.stats)
    if not any(mark != "–" for row in rows.values() for mark in row.values()):
        return
    lines = [*engine_table.table(rows), "", engine_table.summary(rows.values())]
    target = ROOT / "build" / "engines.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    terminalreporter.section(f"three engines ({target.relative_to(ROOT)})")
    for line in lines:
        terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def browser():
    """A running Chromium (playwright's Browser)."""
    path = harness.chromium()
    if path is None:
        if os.environ.get("W2S_REQUIRE_BROWSER") == "1":
            pytest.fail("W2S_REQUIRE_BROWSER=1, but: " + NO_BROWSER)
        pytest.skip(NO_BROWSER)
    with harness.launch(path) as running:
        yield running


@pytest.fixture(scope="module")
def open_page(browser, site, server):
    """Open pages of the book: ``open_page("book/ridge")`` over http, 1300 px wide, light.

    ``open_page("book/ridge", scheme="file")`` opens it from the disk with the network off; ``fragment``
    is added to the address, further arguments are those of ``tools.browser.Tab``. Each
    kind of tab is kept for the next page, so a test has one page of a kind open at a time.
    """
    yield from harness.tabs(browser, site, server)
