"""Pages as a reader meets them: a tab, and everything that went wrong on the pages it visited."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from ipywidgets.embed import embed_data
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import sync_playwright

from tools import ROOT
from tools.browser import watchdog

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


def chromium() -> str | None:
    """Path of the Chromium to use, or None."""
    named = os.environ.get("W2S_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@contextmanager
def launch(path: str, *arguments: str) -> Iterator:
    """A running Chromium (playwright's Browser), whose calls all end; ``arguments`` are its own."""
    watchdog.install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*CHROMIUM_ARGS, *arguments], timeout=120_000
        )
        yield browser
        browser.close()


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


@dataclass
class Visit:
    """A page that was opened, with everything that went wrong on it."""

    page: object
    root: str
    requests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def watch(self) -> Visit:
        """Record requests, failed requests, console errors and uncaught exceptions."""
        for event, note in self._notes().items():
            self.page.on(event, note)
        watchdog.listen(self.page, self.messages)
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
        self.messages.append(f"uncaught: {error}")
        self.failures.append(f"uncaught: {error}")

    def _console(self, message) -> None:
        self.messages.append(f"{message.type}: {message.text}")
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
        """Wait until the page is loaded and its widgets are drawn."""
        page = self.page
        page.wait_for_load_state("load")
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

    A load costs half of what it does in a fresh context, which starts a process and parses the widget
    manager anew. ``options`` are those of a playwright context.
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
        if kind in kept and watchdog.is_silent(kept[kind].page):
            kept.pop(kind).close()
        if kind not in kept:
            root = server if scheme == "http" else f"{site.as_uri()}/"
            kept[kind] = Tab(browser, root, offline=scheme == "file", **options)
        return kept[kind].open(name, fragment)

    yield open_
    for tab in kept.values():
        tab.close()
