"""Three engines behind one small interface: Debian's Chromium, Firefox and WebKit.

Each is driven in its own way: Chromium by playwright, as everywhere else here; Firefox over WebDriver
BiDi, which it speaks itself; WebKit (Safari's engine) by selenium and Debian's WebKitWebDriver on a
screen of its own, since it has no mode without one. What is asked of a page is the same in all three,
and every call ends: none waits longer than `SECONDS`.

    with engines.launch("firefox", folder) as engine:
        engine.open("http://127.0.0.1:8000/book/ridge.html")
        engine.run("return document.title")
        engine.press("Tab", "ArrowRight")
        engine.drag((10, 10), (60, 10))          # from, over, to: CSS pixels of the window
        engine.problems()                        # errors since the last call
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket
from selenium import webdriver
from selenium.webdriver.remote.command import Command
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from tools.browser import tab

SECONDS = 60.0
WIDTH, HEIGHT = 1280, 900
NEEDED = {
    "chromium": "chromium",
    "firefox": "firefox-esr",
    "webkit": "webkit2gtk-driver xvfb",
}
"""Debian's packages, by engine."""

# W3C code points of the keys that are not letters.
_KEYS = {
    "Tab": "\ue004", "Enter": "\ue007", "Space": " ", "PageUp": "\ue00e", "PageDown": "\ue00f",
    "End": "\ue010", "Home": "\ue011", "ArrowLeft": "\ue012", "ArrowUp": "\ue013",
    "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip

# Firefox asks nobody anything and shows nothing but the page.
_PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "privacy.reduceTimerPrecision": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


# Put first into a page: what its scripts and files do wrong. No engine's own log has all of it, and
# WebKit's says nothing where it is driven.
_RECORDER = """<script>(() => {
    const said = window.w2sErrors = [], say = console.error;
    addEventListener("error", e => said.push(e.message || `not loaded: ${e.target.src ||
        e.target.href}`), true);
    addEventListener("unhandledrejection", e => said.push(`rejected: ${e.reason}`));
    console.error = (...words) => { said.push(words.join(" ")); say.apply(console, words); };
})();</script>"""


def recording_copy(site: Path, folder: Path) -> Path:
    """A copy of the site whose pages record their errors; what is not a page is linked to."""
    copy = folder / "site"
    for source in sorted(site.rglob("*")):
        target = copy / source.relative_to(site)
        if source.is_dir() and source.name == "_static":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
        elif source.suffix == ".html" and "_static" not in source.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            head, found, rest = source.read_text(encoding="utf-8").partition("<head>")
            target.write_text(head + found + _RECORDER * bool(found) + rest, encoding="utf-8")
        elif source.is_file() and "_static" not in source.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    return copy


def missing(name: str) -> str | None:
    """Why the engine cannot be started, in one line, or None."""
    found = {"chromium": tab.chromium, "firefox": _firefox, "webkit": _webkit}[name]()
    return None if found else f"no {name} (install Debian's {NEEDED[name]})"


def _firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _webkit() -> str | None:
    return shutil.which("WebKitWebDriver") if shutil.which("Xvfb") and _mini_browser() else None


def _mini_browser() -> str | None:
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return str(found[-1]) if found else None


@contextmanager
def launch(name: str, folder: Path) -> Iterator[Engine]:
    """A running engine; `folder` is for its profile and its log."""
    with {"chromium": _chromium, "firefox": _run_firefox, "webkit": _run_webkit}[name](
        folder
    ) as engine:
        yield engine


def _function(body: str, arguments: tuple) -> str:
    """JavaScript that calls an async function with this body."""
    return f"(async args => {{ {body} }})({json.dumps(arguments)})"


class Engine:
    """A window of some browser."""

    name = ""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def go(self, address: str) -> None:
        """Leave the page that is open for this one, and wait until it is loaded."""
        raise NotImplementedError

    def go_again(self) -> None:
        """Load the page again and wait until it is loaded."""
        raise NotImplementedError

    def run(self, body: str, *arguments: Any) -> Any:
        """What an async function with this body returns (JSON); `args` are its arguments."""
        raise NotImplementedError

    def perform(self, source: dict[str, Any]) -> None:
        """Carry out the actions of one input source, as WebDriver describes them."""
        raise NotImplementedError

    def press(self, *keys: str) -> None:
        """Press and release one key after the other."""
        values = [_KEYS.get(key, key) for key in keys]
        actions = [{"type": kind, "value": v} for v in values for kind in ("keyDown", "keyUp")]
        self.perform({"type": "key", "id": "keyboard", "actions": actions})

    def drag(self, *places: tuple[float, float]) -> None:
        """Press the mouse at the first place, move it over the others, release; one place: click."""
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0} for x, y in places
        ]
        buttons = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        actions = [moves[0], buttons[0], *moves[1:], buttons[1]]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self.perform(mouse | {"actions": actions})

    def wait(self, condition: str, *arguments: Any, seconds: float = 20.0) -> None:
        """Wait until a function with this body returns something true."""
        deadline = time.monotonic() + seconds
        while not self.run(condition, *arguments):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: not within {seconds} s: {condition} {arguments}")
            time.sleep(0.05)

    def open(self, address: str) -> None:
        """Go to a page of a site that records its errors, as if for the first time."""
        self.note()
        self.go("about:blank")  # another fragment alone would not load the page
        self.go(address)

    def reload(self) -> None:
        """Load the page again, as the reader's button does."""
        self.note()
        self.run("window.isOld = true")
        self.go_again()
        self.wait("return !window.isOld && document.readyState === 'complete'")

    def note(self) -> None:
        """Keep what is wrong with the page that is open: errors, and what it asked of others."""
        errors, asked, here = self.run(
            "return [window.w2sErrors ?? [], performance.getEntriesByType('resource')"
            ".map(e => e.name), location.href]"
        )
        inside = (here.split("/book/")[0], "data:", "blob:")
        outside = [f"asks {url}" for url in asked if not url.startswith(inside)]
        self.noted += [f"{here}: {problem}" for problem in [*errors, *outside]]
        self.run("window.w2sErrors?.splice(0); performance.clearResourceTimings()")

    def problems(self) -> list[str]:
        """What was wrong with the pages since the last call."""
        self.note()
        found, self.noted = self.noted, []
        return found


# --- Chromium ------------------------------------------------------------------------------------


class _Chromium(Engine):
    name = "chromium"

    def __init__(self, browser):
        super().__init__()
        self.page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})

    def go(self, address):
        self.page.goto(address)

    def go_again(self):
        self.page.reload()

    def run(self, body, *arguments):
        return self.page.evaluate(f"() => {_function(body, arguments)}")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, *places):
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place)
        self.page.mouse.up()


@contextmanager
def _chromium(folder):
    with tab.launch(tab.chromium()) as browser:
        yield _Chromium(browser)


# --- Firefox -------------------------------------------------------------------------------------


class _Firefox(Engine):
    """Firefox's own WebDriver BiDi: JSON over a socket, one command at a time."""

    name = "firefox"

    def __init__(self, address: str):
        super().__init__()
        self.socket = websocket.create_connection(
            f"{address}/session", timeout=SECONDS, suppress_origin=True
        )
        self.count = 0
        self.send("session.new", capabilities={})
        tree = self.send("browsingContext.getTree")
        self.context = tree["contexts"][0]["context"]
        size = {"width": WIDTH, "height": HEIGHT}
        self.send("browsingContext.setViewport", context=self.context, viewport=size)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.count:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
                return message["result"]
        raise TimeoutError(f"firefox: no answer to {method} within {SECONDS} s")

    def go(self, address):
        self.send("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def go_again(self):
        self.send("browsingContext.reload", context=self.context, wait="complete")

    def run(self, body, *arguments):
        # JSON both ways: BiDi has a notation of its own for values.
        script = f"async () => JSON.stringify(await {_function(body, arguments)} ?? null)"
        result = self.send(
            "script.callFunction",
            functionDeclaration=script,
            awaitPromise=True,
            target={"context": self.context},
        )
        if result["type"] == "exception":
            raise RuntimeError(f"firefox: {result['exceptionDetails']['text']} in {body}")
        return json.loads(result["result"]["value"])

    def perform(self, source):
        self.send("input.performActions", context=self.context, actions=[source])


@contextmanager
def _run_firefox(folder):
    profile, log = folder / "profile", folder / "firefox.log"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [_firefox(), "--headless", "--no-remote", "--profile", profile]
    # Where it runs as root in somebody else's home, Firefox refuses to start.
    with _process([*command, "--remote-debugging-port=0"], log, HOME=str(folder)) as running:
        address = _find(r"WebDriver BiDi listening on (ws://\S+)", log, running)
        engine = _Firefox(address)
        yield engine
        engine.socket.close()


# --- WebKit --------------------------------------------------------------------------------------


class _WebKit(Engine):
    name = "webkit"

    def __init__(self, driver):
        super().__init__()
        self.driver = driver
        driver.command_executor.client_config.timeout = int(SECONDS)
        driver.set_script_timeout(SECONDS)
        driver.set_page_load_timeout(SECONDS)
        driver.set_window_rect(0, 0, WIDTH, HEIGHT)

    def go(self, address):
        self.driver.get(address)

    def go_again(self):
        self.driver.refresh()

    def run(self, body, *arguments):
        script = f"""const done = arguments[0];
            {_function(body, arguments)}.then(
                value => done([value ?? null]), error => done(String(error)));"""
        result = self.driver.execute_async_script(script)
        if isinstance(result, str):
            raise RuntimeError(f"webkit: {result} in {body}")
        return result[0]

    def perform(self, source):
        self.driver.execute(Command.W3C_ACTIONS, {"actions": [source]})


@contextmanager
def _run_webkit(folder):
    # Drawing without a graphics card, no buses of a desktop.
    environment = {
        "HOME": str(folder),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
        "NO_AT_BRIDGE": "1",
        "GTK_A11Y": "none",
    }
    options = WebKitOptions()
    options.binary_location = _mini_browser()
    options.add_argument("--automation")
    with _screen(folder) as display:
        environment["DISPLAY"] = display
        service = WebKitService(_webkit(), env=os.environ | environment)
        driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            yield _WebKit(driver)
        finally:
            driver.quit()


@contextmanager
def _screen(folder: Path) -> Iterator[str]:
    """The name of a screen that nobody sees."""
    log = folder / "xvfb.log"
    command = ["Xvfb", "-displayfd", "2", "-screen", "0", f"{WIDTH + 100}x{HEIGHT + 200}x24"]
    with _process([*command, "-nolisten", "tcp"], log) as running:
        yield ":" + _find(r"(?m)^(\d+)$", log, running)


# --- processes -----------------------------------------------------------------------------------


@contextmanager
def _process(command: list, log: Path, **environment: str) -> Iterator[subprocess.Popen]:
    """A program that runs until the block ends and writes to a log."""
    with log.open("wb") as output:
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | environment,
        )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(10)


def _find(pattern: str, log: Path, running: subprocess.Popen) -> str:
    """What a program says about itself when it is ready."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        text = log.read_text(encoding="utf-8", errors="replace")
        found = re.search(pattern, text)
        if found:
            return found[1]
        if running.poll() is not None:
            raise RuntimeError(f"{running.args[0]} ended: {text[-2000:]}")
        time.sleep(0.05)
    raise TimeoutError(f"{running.args[0]} was not ready within {SECONDS} s: {text[-2000:]}")
