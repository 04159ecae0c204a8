"""The harness itself: no call waits without end, and a server is silent about readers who leave."""

import socket
import struct
import time
import urllib.request

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tools import browser as harness
from tools.browser import site, watchdog

SECONDS = 0.5
HANG = "console.warn('I hang'), setTimeout(() => {for (;;);}), 0"


@pytest.fixture
def open_html(browser, tmp_path):
    """Open a small page from the disk, in a tab that is kept."""
    (tmp_path / "small.html").write_text("<p>what it shows")
    yield from harness.tabs(browser, tmp_path, f"{tmp_path.as_uri()}/")


def report_of(call):
    """What is told of a call that has no answer, and soon."""
    began = time.monotonic()
    with watchdog.limit(SECONDS), pytest.raises(watchdog.NoAnswerError) as told:
        call()
    assert SECONDS < time.monotonic() - began < SECONDS + watchdog.LAST_WORDS + 20
    return str(told.value)


def test_promise_that_nobody_settles(open_html):
    page = open_html("small").page
    page.evaluate("console.log('a word')")
    report = report_of(lambda: page.evaluate("() => new Promise(() => {})"))
    assert "no answer within 0.5 s to evaluate(expression='() => new Promise(() => {})')" in report
    assert "small.html" in report
    assert "log: a word" in report
    assert "it shows: what it shows" in report
    assert page.evaluate("1 + 1") == 2  # the page itself was not stuck


@pytest.mark.parametrize(
    "ask",
    [
        lambda page: page.evaluate("1 + 1"),
        lambda page: page.content(),
        lambda page: page.locator("p").count(),
        lambda page: page.locator("p").evaluate_all("all => all.length"),
    ],
    ids=["evaluate", "content", "count", "evaluate_all"],
)
def test_page_whose_script_never_ends(open_html, ask, monkeypatch):
    monkeypatch.setattr(watchdog, "LAST_WORDS", SECONDS)
    page = open_html("small").page
    page.evaluate(HANG)
    time.sleep(0.1)  # until it does
    report = report_of(lambda: ask(page))
    assert "small.html" in report
    assert "warning: I hang" in report
    assert "it does not run scripts any more" in report
    # The next page comes in a tab of its own.
    assert open_html("small").page.inner_text("p") == "what it shows"


def test_time_outs_and_errors_of_a_call_stay_its_own(open_html):
    page = open_html("small").page
    page.evaluate("setTimeout(() => document.body.append(document.createElement('b')), 500)")
    with watchdog.limit(0.1):
        page.locator("b").wait_for(state="attached", timeout=20_000)
        with pytest.raises(PlaywrightTimeout, match="Timeout 300ms"):
            page.locator("i").wait_for(timeout=300)
    with pytest.raises(PlaywrightError, match="one of mine"):
        page.evaluate("() => { throw new Error('one of mine') }")


def test_every_test_has_a_time_limit(pytestconfig):
    assert pytestconfig.pluginmanager.hasplugin("timeout")
    assert 0 < float(pytestconfig.getini("timeout")) <= 600
    assert 0 < float(pytestconfig.getoption("nbval_cell_timeout")) <= 600


def test_the_site_of_a_killed_worker_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "BUILD_SECONDS", -60)
    (tmp_path / "site.lock").touch()
    with pytest.raises(TimeoutError, match="another worker builds the site"):
        site.build_site_once(tmp_path)


def test_a_reader_who_leaves_is_no_news(tmp_path, capfd):
    (tmp_path / "long.html").write_bytes(b"x" * 20_000_000)
    with harness.serve(tmp_path) as address:
        host, port = address.split("/")[2].split(":")
        with socket.create_connection((host, int(port))) as reader:
            reader.sendall(f"GET {site.PREFIX}long.html HTTP/1.0\r\n\r\n".encode())
            reader.recv(100)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.3)  # until the server has noticed
    assert capfd.readouterr().err == ""


def test_other_errors_of_the_server_are_told(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(site._Handler, "translate_path", lambda *_: 1 / 0)
    with harness.serve(tmp_path) as address, pytest.raises(OSError, match="closed connection"):
        urllib.request.urlopen(address, timeout=10)
    assert "ZeroDivisionError" in capfd.readouterr().err
