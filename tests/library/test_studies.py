"""The package of studies: names of the last release, the command line, results that know what made them."""

import importlib
import subprocess
import sys
import types

import pytest

import w2slib

NAMES = ("checkpoints", "language_models", "probes", "sweeps", "transitions")


@pytest.mark.parametrize("name", NAMES)
def test_former_name_shows_the_same_objects(name):
    alias, home = getattr(w2slib, name), importlib.import_module(f"w2slib.studies.{name}")
    assert isinstance(alias, types.ModuleType)
    assert set(alias.__all__) == set(home.__all__)
    for each in home.__all__:
        assert getattr(alias, each) is getattr(home, each)
        assert not isinstance(getattr(alias, each), types.ModuleType), "a module hides the name"


@pytest.mark.parametrize("module", ["w2slib.checkpoints", "w2slib.studies.checkpoints"])
def test_help_writes_nothing(module, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", module, "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("usage: python -m w2slib.checkpoints")
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
