"""Every notebook of the lite site in Node, with the site's own Python and wheels (make test-lite)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import ROOT
from tools.book import chapters, exercises

NOTEBOOKS = [
    *(f"{name}.ipynb" for name in chapters()),
    *(f"{folder}/{name}.ipynb" for folder in ("exercises", "assignments") for name in exercises()),
]
SECONDS = 280  # a chapter takes at most 3 minutes on a quiet machine

pytestmark = [
    pytest.mark.skipif(os.environ.get("W2S_LITE") != "1", reason="minutes: make test-lite"),
    pytest.mark.skipif(os.environ.get("W2S_LITE_NOTEBOOKS") == "no", reason="NOTEBOOKS=no"),
]


def headless(lite: Path, name: str) -> dict:
    """What happened when the notebook was run in Node by the site's own Python."""
    node = shutil.which("node")
    assert node, "needs Node.js, 18 or newer"
    command = [node, "--stack-size=2000", ROOT / "tools" / "lite" / "headless.mjs", lite, name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs(site, name):
    """All its cells run; in an assignment those that ask for an answer say that it is missing."""
    told = headless(site / "lite", name)
    print(f"{name}: {told['processor']:.0f} processor seconds")
    if name.startswith("assignments/"):
        assert told["failed"]
        assert all(said.startswith("NotImplementedError") for said in told["failed"].values())
    else:
        assert told["failed"] == {}
