"""The browser harness: a built site, a server under a sub-path, Debian's Chromium, recorded pages.

The fixtures that use it are in conftest.py: ``site``, ``server``, ``browser`` and ``open_page``.

    def test_something(open_page):
        visit = open_page("book/ridge")          # over http, 1300 px wide, light
        visit.page.keyboard.press("Tab")         # a playwright page
        assert not visit.problems()              # outside requests, failed requests, errors

Environment variables:
    W2S_SITE             a built site to test instead of building one (``_build/html``)
    W2S_CHROMIUM         the Chromium to use; default: the first one found on PATH
    W2S_REQUIRE_BROWSER  set to 1, a missing Chromium is a failure instead of a skip
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from ipywidgets.embed import embed_data
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tools import ROOT

PREFIX = "/some/prefix/"
NOT_SOURCES = shutil.ignore_patterns(
    ".git", ".venv*", "_build", ".*_cache", ".ipynb_checkpoints", "node_modules"
)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A view's place is made before the view itself, and an anywidget fills its element later still.
ALL_WIDGETS_DRAWN = """() => {
    const views = 'script[type="application/vnd.jupyter.widget-view+json"]';
    const drawn = [...document.querySelectorAll(".widget-subarea")].filter(e => e.innerText.trim()
        || e.querySelector("canvas, svg, input, button"));
    return drawn.length === document.querySelectorAll(views).length;
}"""

COLOURS_HAVE_FADED = """() => Promise.allSettled(document.getAnimations()
    .filter(a => a instanceof CSSTransition).map(a => a.finished))"""


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


def chromium() -> str | None:
    """Path of the Chromium to use, or None."""
    named = os.environ.get("W2S_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def build_site(folder: Path) -> Path:
    """Build the book from a copy of the working tree, with warnings as errors.

    The notebooks' outputs are shared with ``make book``, whichever runs first: the cache knows them
    by their code and by the source of w2slib (book/_extensions/house.py).
    """
    source = folder / "source"
    environment = {"W2S_EXECUTION_CACHE": str(ROOT / "_build" / ".jupyter_cache")} | os.environ
    shutil.copytree(ROOT, source, ignore=NOT_SOURCES)
    command = Path(sys.executable).with_name("jupyter-book")
    built = subprocess.run(
        [command, "build", "-W", "-n", "--keep-going", source],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    if built.returncode:
        raise RuntimeError("the book does not build:\n" + (built.stdout + built.stderr)[-6000:])
    return source / "_build" / "html"


def build_site_once(folder: Path) -> Path:
    """Build the site in ``folder`` unless another xdist worker does so already; then wait for it."""
    result = folder / "site.txt"
    try:
        (folder / "site.lock").touch(exist_ok=False)
    except FileExistsError:
        while not result.exists():
            time.sleep(0.5)
    else:
        try:
            outcome = str(build_site(folder / "site"))
        except Exception as error:  # told to every worker, each of which fails with it below
            outcome = f"failed: {error}"
        partial = folder / "site.part"
        partial.write_text(outcome, encoding="utf-8")
        partial.rename(result)
    outcome = result.read_text(encoding="utf-8")
    if outcome.startswith("failed: "):
        raise RuntimeError(outcome)
    return Path(outcome)


class _Server(http.server.ThreadingHTTPServer):
    """Keeps quiet about readers who leave before a page has come: a browser does it at every turn."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serve the site under PREFIX, and its 404 page for everything else, as GitHub Pages does."""

    def translate_path(self, path: str) -> str:
        inside = path.removeprefix(PREFIX) if path.startswith(PREFIX) else "no-such-file"
        return super().translate_path("/" + inside)

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory, "404.html")
        if code != 404 or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


def widget_page(widget) -> str:
    """HTML of a page with nothing but a widget, from the browser files that the book serves."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    scripts = config["sphinx"]["config"]["nb_ipywidgets_js"]
    assets = (ROOT / "book" / "assets").as_uri()
    data = embed_data(views=[widget], drop_defaults=False)
    mime = "application/vnd.jupyter.widget"
    parts = [(f"{mime}-state+json", data["manager_state"])]
    parts += [(f"{mime}-view+json", view) for view in data["view_specs"]]
    body = [f'<script type="{kind}">{json.dumps(part)}</script>' for kind, part in parts]
    body += [f'<script src="{assets}/{script}"></script>' for script in scripts]
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>widget</title>'
    return f"{head}<main>{''.join(body)}</main>"


@contextmanager
def serve(site: Path) -> Iterator[str]:
    """Serve a built site; yields the address of its root, which is not the server's root."""

    def handler(*args):
        return _Handler(*args, directory=str(site))

    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Visit:
    """A page that was opened, with everything that went wrong on it."""

    page: object
    root: str
    requests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def watch(self) -> Visit:
        """Record requests, failed requests, console errors and uncaught exceptions."""
        for event, note in self._notes().items():
            self.page.on(event, note)
        return self

    def unwatch(self) -> None:
        """Record no more: what comes now belongs to another page."""
        for event, note in self._notes().items():
            self.page.remove_listener(event, note)

    def _notes(self) -> dict:
        return {
            "request": self._request,
            "requestfailed": self._failed,
            "pageerror": self._error,
            "console": self._console,
            "response": self._response,
        }

    def _request(self, request) -> None:
        self.requests.append(request.url)

    def _failed(self, request) -> None:
        self.failures.append(f"{request.url}: {request.failure}")

    def _error(self, error) -> None:
        self.failures.append(f"uncaught: {error}")

    def _console(self, message) -> None:
        if message.type == "error":
            self.failures.append(f"console: {message.text}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {response.url}")

    def outside(self) -> list[str]:
        """Requests that left the site."""
        inside = (self.root, "data:", "blob:", "about:")
        return [url for url in self.requests if not url.startswith(inside)]

    def problems(self) -> list[str]:
        """Outside requests and failures; empty on a good page."""
        return [f"outside: {url}" for url in self.outside()] + self.failures

    def settle(self) -> Visit:
        """Wait until the page is loaded, its widgets are drawn and its formulas are set."""
        page = self.page
        page.wait_for_load_state("load")
        page.wait_for_function("!window.MathJax || !MathJax.startup || MathJax.startup.promise")
        page.evaluate("() => window.MathJax && MathJax.startup && MathJax.startup.promise")
        try:
            page.wait_for_function(ALL_WIDGETS_DRAWN, timeout=30_000)
        except PlaywrightTimeout:
            self.failures.append("not every widget of the page was drawn within 30 s")
        return self

    def next_frames(self) -> None:
        """Wait for two frames: a redraw that is asked for is then done."""
        self.page.evaluate(
            "new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))"
        )

    def set_theme(self, theme: str) -> None:
        """Switch between "light" and "dark" as the theme's own button does."""
        self.page.evaluate(
            "theme => { document.documentElement.dataset.mode = theme;"
            " document.documentElement.dataset.theme = theme; }",
            theme,
        )
        self.page.evaluate(COLOURS_HAVE_FADED)
        self.next_frames()

    def overflow(self, width: int) -> int:
        """Pixels by which the page is wider than a window of this width."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.next_frames()
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


class Tab:
    """A tab that goes from page to page as a reader does, and keeps what it has compiled.

    A load costs half of what it does in a fresh context, which starts a process and parses MathJax
    anew. ``options`` are those of a playwright context.
    """

    def __init__(self, browser, root, *, width=1300, height=900, theme="light", **options):
        size = {"width": width, "height": height}
        self.context = browser.new_context(viewport=size, color_scheme=theme, **options)
        self.page = self.context.new_page()
        self.root = root
        self.size = size
        self.visit = None

    def open(self, name, fragment="") -> Visit:
        """Leave the page that is open and go to another one of the book."""
        if self.visit:
            self.visit.unwatch()
            # Without it, another fragment of the same page would not load the page again.
            self.page.goto("about:blank")
            self.page.set_viewport_size(self.size)
        self.visit = Visit(self.page, self.root).watch()
        self.page.goto(f"{self.root}{name}.html{fragment}")
        return self.visit.settle()

    def close(self) -> None:
        """Close the tab and forget what its pages have stored."""
        self.context.close()


def tabs(browser, site: Path, server: str) -> Iterator:
    """A function that opens pages, as described for the fixture ``open_page``; then closes all tabs."""
    kept = {}

    def open_(name, *, scheme="http", fragment="", **options) -> Visit:
        kind = (scheme, *sorted(options.items()))
        if kind not in kept:
            root = server if scheme == "http" else f"{site.as_uri()}/"
            kept[kind] = Tab(browser, root, offline=scheme == "file", **options)
        return kept[kind].open(name, fragment)

    yield open_
    for tab in kept.values():
        tab.close()
