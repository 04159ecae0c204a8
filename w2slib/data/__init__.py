"""Files that come with the package: quizzes and small tables of studies that take minutes.

A notebook reads them from here, so that it runs from whatever directory it is started in. The tables
are made by the scripts in ``studies/`` of the repository.
"""

from __future__ import annotations

import atexit
import json
from contextlib import ExitStack
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from w2slib.core.validation import choice

__all__ = ["names", "path", "quiz", "read"]

_unpacked = ExitStack()
atexit.register(_unpacked.close)


def names(folder: str = "tables") -> list[str]:
    """Files of one folder, sorted.

    Parameters
    ----------
    folder : {"tables", "quizzes"}

    Examples
    --------
    >>> names()[:3]
    ['label_free.csv', 'multi_index_networks.csv', 'networks.csv']
    """
    choice("folder", folder, ("tables", "quizzes"))
    found = (files(__name__) / folder).iterdir()
    return sorted(file.name for file in found if file.name.endswith((".csv", ".json")))


def path(name: str) -> Path:
    """Where a table lies on this disk, for functions that read files themselves.

    Parameters
    ----------
    name : str
        One of `names`.

    Examples
    --------
    >>> path("warm_start.csv").name
    'warm_start.csv'
    """
    return _located("tables", choice("name", name, names()))


def read(name: str) -> Any:
    """Read a table: CSV as a structured array with one entry per row, JSON as what it holds.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    ndarray or dict

    Examples
    --------
    >>> table = read("warm_start.csv")
    >>> table.dtype.names[:4]
    ('sweep', 'dim', 'trials', 'theta')
    >>> sorted(read("tiny_transformer.json"))[:2]
    ['batch', 'final_loss']
    """
    file = path(name)
    if file.suffix == ".json":
        return json.loads(file.read_text(encoding="utf-8"))
    return np.genfromtxt(file, delimiter=",", names=True, dtype=None, encoding="utf-8")


def quiz(name: str) -> list[dict[str, Any]]:
    """Questions of a chapter's quiz, as ``jupyterquiz.display_quiz`` takes them.

    Parameters
    ----------
    name : str
        Name of the chapter.

    Examples
    --------
    >>> questions = quiz("ridge")
    >>> sorted(questions[0])
    ['answers', 'objectives', 'question', 'type']
    """
    chapters = [file.removesuffix(".json") for file in names("quizzes")]
    file = _located("quizzes", choice("name", name, chapters) + ".json")
    return json.loads(file.read_text(encoding="utf-8"))


@cache
def _located(folder: str, name: str) -> Path:
    """File on this disk; unpacked until the process ends where the package is imported from an archive."""
    return _unpacked.enter_context(as_file(files(__name__) / folder / name))
