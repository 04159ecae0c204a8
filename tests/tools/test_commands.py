"""Programs of the house: they know nothing of the tests, and ask before they write."""

import ast
import importlib
import os

import pytest

from tools import ROOT

FILES = sorted(path for room in ("tools", "studies") for path in (ROOT / room).rglob("*.py"))
COMMANDS = [path for path in FILES if "__main__" in path.read_text(encoding="utf-8")]


def shown(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_no_program_imports_from_the_tests(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in ast.walk(tree):
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    assert not [name for name in names if name and name.split(".")[0] == "tests"]


@pytest.mark.parametrize("path", COMMANDS, ids=shown)
def test_help_tells_and_writes_nothing(path, capsys, monkeypatch):
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))

    def refuse(*args, **kwargs):
        raise AssertionError("--help writes")

    monkeypatch.setattr("pathlib.Path.write_text", refuse)
    monkeypatch.setattr(os, "makedirs", refuse)
    monkeypatch.setattr("sys.argv", [path.name, "--help"])
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out
