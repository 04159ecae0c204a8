"""Python in the browser, in Chromium: from the button to the assignment that is handed in (make test-lite).

Every notebook in Node: test_lite_notebooks.py. The address has a
sub-path, plain http and a name that is no localhost, as a web server in a class room has: Chromium holds it
for insecure, so that no service worker and no https can be what makes things work.
"""

from __future__ import annotations

import os
import time

import nbformat
import pytest

from tools import browser
from tools.authoring import assignments
from tools.authoring.notebooks import read, tags_of
from tools.grading import restore
from tools.lite.w2slib_browser import ONE_PROCESS

HOST = "class-room.example"
SET = "beyond"
STARTED = """() => {
    window.started = "";
    const context = jupyterapp.shell.currentWidget.sessionContext;
    context.ready.then(() => context.session.kernel.info)
        .then(() => { window.started = "yes" }, error => { window.started = String(error) });
}"""
RUN_ALL = """() => {
    window.run = "";
    jupyterapp.commands.execute("notebook:run-all-cells")
        .then(() => { window.run = "ended" }, error => { window.run = String(error) });
}"""
NOTEBOOK = "jupyterapp.shell.currentWidget.content.model"
OUTPUTS = f"{NOTEBOOK}.toJSON().cells.flatMap(cell => cell.outputs ?? [])"
SECONDS = 900  # for what takes a minute on a quiet machine

pytestmark = [
    pytest.mark.skipif(os.environ.get("W2S_LITE") != "1", reason="minutes: make test-lite"),
    pytest.mark.xdist_group("lite"),
]


@pytest.fixture(scope="module")
def lite(site):
    """Folder of the lite site."""
    folder = site / "lite"
    if not (folder / "jupyter-lite.json").is_file():
        pytest.fail(f"{folder} holds no lite site: make lite")
    return folder


@pytest.fixture(scope="module")
def tabs(lite, site):
    """A context of Chromium at the site's address, what it asks for, and the address."""
    path = browser.chromium()
    if path is None:
        pytest.fail("needs Chromium (Debian's `chromium`, or W2S_CHROMIUM)")
    rule = f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND"
    with browser.serve(site) as address, browser.launch(path, rule) as chromium:
        context = chromium.new_context(viewport={"width": 1300, "height": 1000})
        asked, errors = [], []
        context.on("request", lambda request: asked.append(request.url))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context, address.replace("127.0.0.1", HOST), asked, errors
        context.close()


@pytest.fixture(scope="module")
def ridge(tabs):
    """The chapter's notebook, opened by the button and run, and what was asked for before."""
    context, address, asked, _ = tabs
    page = context.new_page()
    page.goto(f"{address}book/ridge.html")
    page.wait_for_load_state("networkidle")
    before = list(asked)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Run in the browser").click()
    run_all(opened.value)
    return opened.value, before


def wait_until_started(page) -> None:
    """Wait for the notebook and its Python."""
    page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.sessionContext", timeout=240_000
    )
    page.evaluate(STARTED)
    wait_for(lambda: page.evaluate("window.started"))
    assert page.evaluate("window.started") == "yes"


def run_all(page) -> None:
    """Run every cell of the notebook that is open."""
    wait_until_started(page)
    page.evaluate(RUN_ALL)
    wait_for(lambda: page.evaluate("window.run"))
    assert page.evaluate("window.run") == "ended"


def wait_for(condition, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still waiting after {seconds} s"
        time.sleep(0.5)


def errors_of(page) -> list[str]:
    """Exceptions that the cells of the notebook show."""
    shown = page.evaluate(f"{OUTPUTS}.filter(output => output.output_type === 'error')")
    return [f"{error['ename']}: {error['evalue']}" for error in shown]


def test_nothing_is_loaded_before_the_button_is_pressed(ridge):
    _, before = ridge
    assert before
    assert [url for url in before if "/lite/" in url] == []


def test_the_chapter_runs(ridge):
    page, _ = ridge
    assert errors_of(page) == []
    streams = page.evaluate(f"{OUTPUTS}.filter(output => output.output_type === 'stream')")
    assert [stream["text"] for stream in streams if stream["name"] == "stderr"] == []
    assert any(ONE_PROCESS in "".join(stream["text"]) for stream in streams)


def test_a_slider_moves_the_picture(ridge):
    page, _ = ridge
    explorer = page.locator("[data-explorer]").first
    explorer.scroll_into_view_if_needed()
    page.get_by_role("button", name="just show me").first.click()
    picture = "root => [...root.querySelectorAll('canvas')].map(c => c.toDataURL()).join()"
    before = explorer.evaluate(picture)
    page.locator(".w2s-slider-gamma_s .noUi-handle").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for(lambda: explorer.evaluate(picture) != before, 30)


def test_formulas_of_the_quiz_are_set(ridge):
    page, _ = ridge
    wait_for(lambda: page.locator(".Quiz .katex").count() > 3, 60)
    assert "\\(" not in page.locator(".Quiz").first.inner_text()


def test_work_is_kept_in_the_browser(ridge):
    page, _ = ridge
    page.evaluate(
        "jupyterapp.commands.execute('notebook:insert-cell-below')"
        ".then(() => jupyterapp.commands.execute('notebook:enter-edit-mode'))"
    )
    cell = page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")
    cell.locator(".cm-content").click()
    page.keyboard.type("1000 + 6 * 7")
    page.keyboard.press("Control+Enter")
    wait_for(lambda: "1042" in cell.locator(".jp-OutputArea").inner_text(), 60)
    page.keyboard.press("Control+s")
    wait_for(lambda: not page.evaluate(f"{NOTEBOOK}.dirty"), 60)
    page.reload()
    wait_until_started(page)
    cells = page.evaluate(f"{NOTEBOOK}.toJSON().cells.map(cell => cell.source)")
    assert any("1000 + 6 * 7" in "".join(source) for source in cells)


def test_an_assignment_is_checked_and_its_download_can_be_graded(tabs, tmp_path):
    context, address, _, _ = tabs
    page = context.new_page()
    page.goto(f"{address}lite/notebooks/index.html?path=assignments/{SET}.ipynb")
    wait_until_started(page)
    solved = read(assignments.EXERCISES / f"{SET}.ipynb").cells
    answers = {k: cell.source for k, cell in enumerate(solved) if "solution" in tags_of(cell)}
    page.evaluate(
        "answers => { for (const [k, text] of Object.entries(answers))"
        f" {NOTEBOOK}.sharedModel.cells[k].setSource(text); }}",
        {str(k): text for k, text in answers.items()},
    )
    run_all(page)
    assert errors_of(page) == []
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    wait_for(lambda: not page.evaluate(f"{NOTEBOOK}.dirty"), 60)
    with page.expect_download() as download:
        page.evaluate("void jupyterapp.commands.execute('docmanager:download')")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    release = nbformat.reads(
        assignments.student_version(assignments.EXERCISES / f"{SET}.ipynb"), as_version=4
    )
    submitted = restore.load(file)
    assert restore.set_of(submitted, {SET: release}) == SET
    graded, remarks = restore.restored(release, submitted)
    assert remarks == []
    assert [graded.cells[k].source for k in answers] == list(answers.values())


def test_colours_follow_the_reader(tabs):
    context, address, _, _ = tabs
    page = context.new_page()
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}lite/notebooks/index.html?path=assignments/{SET}.ipynb")
    page.locator('body[data-jp-theme-light="false"]').wait_for(state="attached", timeout=240_000)
    page.close()


def test_nothing_is_asked_of_anybody_else(ridge, tabs):
    _, address, asked, errors = tabs
    origin = address.removesuffix(browser.PREFIX)
    assert [url for url in asked if not url.startswith((origin, "data:", "blob:"))] == []
    beside = [u for u in asked if u.startswith(origin) and not u.startswith(address)]
    assert [url for url in beside if not url.endswith("/favicon.ico")] == []
    assert errors == []


def test_from_the_disk_a_sentence_stands_in_place_of_a_spinner(tabs, lite, site):
    context, *_ = tabs
    page = context.new_page()
    page.goto((lite / "notebooks" / "index.html").as_uri() + "?path=ridge.ipynb")
    assert "needs a web server" in page.locator("body").inner_text()
    page.goto((site / "book" / "ridge.html").as_uri())
    page.get_by_role("link", name="Run in the browser").click()
    assert "needs a web server" in page.locator(".w2s-run").inner_text()
    page.close()
