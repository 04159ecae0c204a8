"""No call to a page waits without end.

Playwright gives most calls a time-out, but none to those that run a script of ours or ask for the
page as it is: ``evaluate``, ``content``, ``count``, ``pdf``. A page that is stuck in a loop answers
none of them, and a promise that nobody settles keeps ``evaluate`` waiting for good. `install` puts a
limit on every call; one that reaches it raises `NoAnswerError`, which tells what was asked, of
which page, what the page has said so far and what it shows.

A call with a time-out of its own, such as ``click(timeout=90_000)``, keeps it.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from playwright._impl import _sync_base

SECONDS = 120.0  # the slowest call of the suite, axe on the longest page, takes a tenth of it
LAST_WORDS = 5.0  # seconds for a page that did not answer to show what stands on it
SHOWN_MESSAGES = 20
SHOWN_TEXT = 2000

_limit = SECONDS
_silent: weakref.WeakSet = weakref.WeakSet()
_heard: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


class NoAnswerError(TimeoutError):
    """A call to a page has reached its limit."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Let every call take at most so long, inside a ``with`` block."""
    global _limit
    before, _limit = _limit, seconds
    try:
        yield
    finally:
        _limit = before


def is_silent(page) -> bool:
    """Has a call to this page reached the limit? Then what follows may wait for it too."""
    return page._impl_obj in _silent


def listen(page, messages: list[str]) -> None:
    """Tell in a later report what the page has written, the newest last."""
    _heard[page._impl_obj] = messages


def install() -> None:
    """Put the limit on every call of playwright's synchronous interface; once is enough.

    All of them go through one method, which has had its name since the first release.
    """
    waiting = _sync_base.SyncBase._sync
    if getattr(waiting, "has_limit", False):
        return

    def _sync(self, awaitable):
        __tracebackhide__ = True
        if self._dispatcher_fiber.dead:  # older releases would switch to it for ever
            awaitable.close()
            raise ConnectionError("playwright has ended; an earlier time-out may have ended it")
        call = sys._getframe(1)
        own = call.f_locals.get("timeout")
        seconds = max(_limit, own / 1000 + LAST_WORDS) if own else _limit
        try:
            return waiting(self, _within(awaitable, seconds))
        except _Late:
            pass
        raise NoAnswerError(_report(self, call, seconds))

    _sync.has_limit = True
    _sync_base.SyncBase._sync = _sync


class _Late(Exception):  # noqa: N818 -- an event, not an error: it never leaves this file
    """The limit is reached; a class of its own, since playwright raises ``TimeoutError`` too."""


async def _within(awaitable, seconds: float):
    try:
        async with asyncio.timeout(seconds) as clock:
            return await awaitable
    except TimeoutError:
        if clock.expired():
            raise _Late from None
        raise


def _report(asked, call, seconds: float) -> str:
    """What was asked, of which page, what it has said and what it shows."""
    given = {name: value for name, value in call.f_locals.items() if name != "self" and value}
    words = ", ".join(f"{name}={value!r:.300}" for name, value in given.items())
    lines = [f"no answer within {seconds:g} s to {call.f_code.co_name}({words})"]
    page = asked if hasattr(asked, "goto") and hasattr(asked, "context") else _page_of(asked)
    if page is None:
        return "\n".join(lines)
    first = page._impl_obj not in _silent
    _silent.add(page._impl_obj)
    lines.append(f"page: {page.url}")
    said = _heard.get(page._impl_obj, [])[-SHOWN_MESSAGES:]
    lines += ["it has written:", *(f"  {message}" for message in said)] if said else []
    lines.append("it shows: " + (_text(page) if first else "(asked before)"))
    return "\n".join(lines)


def _page_of(asked):
    """Page of a locator, a frame or a context's only page; None for what has no page."""
    pages = getattr(asked, "pages", None) or [getattr(asked, "page", None)]
    return pages[0] if len(pages) == 1 else None


def _text(page) -> str:
    """Text of a page, or the sentence that it does not answer at all."""
    try:
        with limit(LAST_WORDS):
            return page.evaluate("document.body.innerText").strip()[:SHOWN_TEXT]
    except Exception as error:
        return f"nothing: it does not run scripts any more ({type(error).__name__})"
