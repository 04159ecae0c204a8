"""Files of the package: found from any directory and from an archive, and nothing is left behind."""

import fnmatch
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest

import w2slib
from tools import ROOT
from w2slib import data

PACKAGE = Path(w2slib.__file__).parent  # where it is installed; need not be beside these tests
FOLDER = PACKAGE / "data"
STORED = [path for path in FOLDER.rglob("*.*") if path.suffix not in (".py", ".pyc")]
SOURCES = [*ROOT.glob("book/**/sources/*.py"), *ROOT.glob("slides/sources/*.py")]


def test_lists_hold_every_file():
    assert {*data.names(), *data.names("quizzes")} == {path.name for path in STORED}
    assert STORED


def test_csv_and_json():
    table = data.read("warm_start.csv")
    assert set(np.unique(table["sweep"])) >= {"theta", "samples", "oja"}
    assert table["wins"].dtype == float
    assert data.read("tiny_transformer.json")["parameters"] > 500_000
    assert data.path("warm_start.csv").read_text(encoding="utf-8").startswith("sweep,dim,")


def test_quiz_is_what_jupyterquiz_takes():
    questions = data.quiz("ridge")
    assert all({"question", "type", "answers"} <= set(question) for question in questions)
    questions.clear()
    assert data.quiz("ridge"), "the caller's list is another's"


@pytest.mark.parametrize("read", [data.read, data.path])
def test_unknown_table(read):
    with pytest.raises(ValueError, match=r"name = 'none.csv'; allowed: .*'warm_start.csv'"):
        read("none.csv")


def test_unknown_quiz_and_folder():
    with pytest.raises(ValueError, match=r"name = '../tables/x'; allowed: .*'checkpoints', "):
        data.quiz("../tables/x")
    with pytest.raises(ValueError, match="folder = 'none'; allowed: 'tables', 'quizzes'"):
        data.names("none")


def test_from_an_archive_and_another_directory(tmp_path):
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in [*PACKAGE.glob("*.py"), *(PACKAGE / "core").glob("*.py")]:
            file.write(path, path.relative_to(PACKAGE.parent))
        for path in [*STORED, FOLDER / "__init__.py"]:
            file.write(path, path.relative_to(PACKAGE.parent))
    code = (
        "from w2slib import data; where = data.path('warm_start.csv'); "
        "print(len(data.read('warm_start.csv')), len(data.quiz('ridge')), where.is_file(), data.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(archive)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = [str(len(data.read("warm_start.csv"))), str(len(data.quiz("ridge"))), "True"]
    assert done.stdout.split()[:3] == expected
    assert "package.zip" in done.stdout


def test_the_wheel_takes_every_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["w2slib.data"]
    names = [path.relative_to(FOLDER).as_posix() for path in STORED]
    assert [n for n in names if not any(fnmatch.fnmatch(n, p) for p in patterns)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_notebook_reads_a_file_beside_it(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"[\"'](?:\.\./|book/)*(?:data|quizzes)/[^\"']*[\"']", text) == []
