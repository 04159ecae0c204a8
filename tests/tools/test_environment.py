"""`make` notices an environment of another Python, and no old Python spoils one."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import ROOT
from tools.upkeep import environment

HERE = sys.version_info[:2]


@pytest.fixture
def made(tmp_path):
    """Make something that looks like an environment of the Python named."""

    def make(version: str, executable: str | None = None) -> str:
        folder = tmp_path / "env"
        python = Path(environment.python_of(folder))
        python.parent.mkdir(parents=True)
        python.touch()
        lines = [f"home = {Path(sys.executable).parent}", f"version = {version}"]
        lines += [f"executable = {executable}"] if executable else []
        (folder / "pyvenv.cfg").write_text("\n".join(lines), encoding="utf-8")
        return str(folder)

    return make


@pytest.fixture
def old_python(monkeypatch):
    """Run the check as if by Python 3.10."""
    old = SimpleNamespace(version_info=(3, 10, 13), executable="/usr/bin/python3.10")
    monkeypatch.setattr(environment, "sys", old)


def test_the_environment_of_this_python_is_fine(made):
    folder = made(".".join(map(str, sys.version_info[:3])), environment.base_executable())
    assert environment.problem(folder, asked=True) is None
    assert environment.problem(folder, asked=False) is None


@pytest.mark.parametrize("key", ["version", "version_info"])
def test_another_python_is_noticed_only_where_one_was_asked_for(made, key):
    folder = made("3.99.1", "/opt/python3.99")
    settings = Path(folder, "pyvenv.cfg")
    settings.write_text(settings.read_text().replace("version =", f"{key} ="))
    message = environment.problem(folder, asked=True)
    assert "belongs to Python 3.99 (/opt/python3.99)" in message
    assert f"rm -rf {folder}" in message
    assert f"make VENV=.venv-{HERE[0]}.{HERE[1]} PYTHON={sys.executable}" in message
    assert environment.problem(folder, asked=False) is None


def test_another_build_of_the_same_version_is_noticed(made):
    folder = made(f"{HERE[0]}.{HERE[1]}.0", "/opt/other/python")
    assert "/opt/other/python" in environment.problem(folder, asked=True)


def test_an_environment_of_an_old_python_is_never_used(made):
    folder = made("3.10.13")
    for asked in (True, False):
        message = environment.problem(folder, asked)
        assert "belongs to Python 3.10; this project needs 3.11 or newer" in message
        assert f"rm -rf {folder}" in message


def test_a_broken_environment_is_noticed(made, tmp_path):
    folder = made("3.12.1")
    Path(environment.python_of(folder)).unlink()
    assert "no working Python environment" in environment.problem(folder, asked=False)
    (tmp_path / "empty").mkdir()
    assert "rm -rf" in environment.problem(str(tmp_path / "empty"), asked=False)


@pytest.mark.usefixtures("old_python")
def test_an_old_python_makes_no_environment(made, tmp_path):
    message = environment.problem(str(tmp_path / "none"), asked=False)
    assert message.startswith(
        "/usr/bin/python3.10 is Python 3.10; this project needs 3.11 or newer"
    )
    assert "make PYTHON=python3.11" in message
    folder = made("3.12.1")
    assert environment.problem(folder, asked=False) is None  # it is not needed
    assert environment.problem(folder, asked=True) == message


def test_an_old_python_can_read_the_check():
    source = Path(environment.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    imported = {
        node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)
    }
    assert not imported  # nothing that an old Python lacks, nothing of ours


def test_the_oldest_python_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = environment.dotted(environment.OLDEST)
    assert project["requires-python"] == f">={oldest}"
    versions = [c.rpartition(" ")[2] for c in project["classifiers"] if ":: 3." in c]
    assert versions[0] == oldest


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("target", ["book", "test", "lab"])
def test_make_stops_before_it_uses_an_environment_of_another_python(made, target):
    folder = made("3.99.1", "/opt/python3.99")
    command = ["make", target, f"VENV={folder}", f"PYTHON={sys.executable}"]
    # As from a shell, also where these tests themselves were started by make.
    own = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))
    }
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=own)
    assert ran.returncode != 0
    assert "belongs to Python 3.99" in ran.stderr
    assert ran.stdout == ""
    assert not Path(folder, ".ready").exists()
