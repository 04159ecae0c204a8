"""No test waits without end: neither where an exception gets lost, nor where no signal arrives."""

import os
import signal
import subprocess
import sys

import pytest

from tools import ROOT

LOST = """
import time

def test_waits():
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            time.sleep(60)
        except BaseException:  # as an event loop does with what its callbacks raise
            lost.append(1)
            if len(lost) == 2:
                raise

lost = []
"""
DEAF = """
import signal, time

def test_hears_nothing():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(60)
"""
CONFTEST = """
from tests.helpers import time_limit
from tests.helpers.time_limit import pytest_timeout_cancel_timer, pytest_timeout_set_timer

time_limit.AGAIN, time_limit.LAST = 0.3, {last}
"""
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs SIGALRM")


def run(folder, test, last):
    """Outcome of one test with a limit of 0.3 s."""
    (folder / "conftest.py").write_text(CONFTEST.format(last=last), encoding="utf-8")
    (folder / "test_one.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--timeout=0.3", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", folder, "test_one.py"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=40, capture_output=True,
        text=True,
    )  # fmt: skip


def test_signal_comes_again_when_it_was_lost(tmp_path):
    ended = run(tmp_path, LOST, last=30)
    assert "Timeout (>0.3s)" in ended.stdout
    assert "1 failed" in ended.stdout


def test_process_ends_and_tells_where_it_stood_when_no_signal_helps(tmp_path):
    ended = run(tmp_path, DEAF, last=0.5)
    assert ended.returncode == 1
    assert "failed" not in ended.stdout  # pytest itself did not come to say so
    assert "test_hears_nothing" in ended.stderr
