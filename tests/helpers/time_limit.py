"""A test that reaches its time limit ends, even where the signal that ends it gets lost.

pytest-timeout sends one signal, whose handler raises. Raised inside a callback of an event loop (a
browser test is there most of the time) the exception is logged and forgotten; code that does not
return to Python never raises it. So the signal comes again until the test has ended, and when that
has not helped the process writes where each thread stands and exits: a worker is then replaced.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys

import pytest

AGAIN = 20.0  # seconds until the next signal
LAST = 120.0  # seconds from the first signal to the end of the process

_terminal = None


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_timeout_set_timer(item, settings):
    done = yield
    if settings.method == "signal":
        signal.setitimer(signal.ITIMER_REAL, settings.timeout, AGAIN)
    faulthandler.dump_traceback_later(settings.timeout + LAST, exit=True, file=_terminal_of(item))
    return done


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_timeout_cancel_timer(item):
    faulthandler.cancel_dump_traceback_later()
    return (yield)


def _terminal_of(item):
    """The standard error of the process itself, which pytest hides while a test runs."""
    global _terminal
    if _terminal is None:
        capture = item.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            _terminal = os.fdopen(os.dup(sys.__stderr__.fileno()), "w")
    return _terminal
