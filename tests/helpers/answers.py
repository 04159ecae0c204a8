"""Answers of other people, right and wrong, that the check cells of the exercises have to judge.

``tests/answers/<chapter>.py`` holds them, each below a line ``# %% KEY right: what is special`` or
``# %% KEY wrong: what is wrong``. KEY is the number of the exercise, with ``b`` for its second check.
The text below is what a student would have written in the place of the solution; or it is a list of
changes of the solution, one in a line, written ``# old => new`` (``\\n`` is a new line there).
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools import ROOT
from w2slib.core.checks import KEY

FOLDER = ROOT / "tests" / "answers"
LEAST = 5  # of each kind for each check
LONGEST = 240  # letters of a sentence for a student


@dataclass(frozen=True)
class Variant:
    """One answer."""

    key: str
    right: bool
    what: str
    text: str

    def source(self, solution: str) -> str:
        """What the student wrote."""
        lines = self.text.strip().splitlines()
        if not all(line.startswith("# ") and " => " in line for line in lines):
            return self.text
        for line in lines:
            old, new = line[2:].split(" => ")
            assert old in solution, f"{self.key}, {self.what}: the solution has no {old!r}"
            solution = solution.replace(old, new.replace("\\n", "\n"))
        return solution


def variants(name: str) -> list[Variant]:
    """All answers to the exercises of one chapter."""
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    found = re.split(r"(?m)^# %% (\d+[a-z]?) (right|wrong): (.+)\n", text)[1:]
    rows = zip(found[::4], found[1::4], found[2::4], found[3::4], strict=True)
    return [Variant(key, kind == "right", what, body) for key, kind, what, body in rows]


def run(source: str, namespace: dict[str, Any]) -> None:
    """Run a cell in a notebook's names; what it prints is dropped."""
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<exercise>", "exec"), namespace)


def misjudged(variant: Variant, solution: str, check: str, namespace: dict[str, Any]) -> str:
    """What is wrong with a check's verdict on one answer; nothing if it is as it should be."""
    case = f"{variant.key} {'right' if variant.right else 'wrong'} ({variant.what})"
    own = dict(namespace)
    try:
        run(variant.source(solution), own)
        run(check, own)
    except AssertionError as told:
        if variant.right:
            return f"{case}: refused, {told}"
        return "" if is_plain(str(told)) else f"{case}: not one plain sentence, {told}"
    except Exception as error:
        return f"{case}: {type(error).__name__}, {error}"
    return "" if variant.right else f"{case}: accepted"


def is_plain(told: str) -> bool:
    """Is it one sentence, and not a long one?"""
    one = re.fullmatch(r"[A-Z`](?:[^.?!\n]|[.](?=\S))*[.?]", told)
    return bool(one) and len(told) <= LONGEST


# ----------------------------------------------------- the solution in other styles, and slips of the pen


def _each(value: Any, change: Callable[[np.ndarray], Any]) -> Any:
    """Change every array and number in what an answer returns; words stay."""
    if isinstance(value, dict):
        return {key: _each(item, change) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_each(item, change) for item in value)
    array = np.asarray(value)
    return change(array) if array.dtype.kind in "bif" else value


def _float32(a: np.ndarray) -> Any:
    return a.astype(np.float32) if a.dtype.kind == "f" else a[()]


def _nan(a: np.ndarray) -> Any:
    return np.full(a.shape, np.nan)


STYLES: dict[str, Callable[[Any], Any]] = {
    "float32": lambda value: _each(value, _float32),
    "lists": lambda value: _each(value, lambda a: a.tolist()),
    "one more axis": lambda value: _each(value, lambda a: a[..., None]),
}
SLIPS: dict[str, Callable[[Any], Any]] = {
    "nothing returned": lambda value: None,
    "printed": print,
    "nan": lambda value: "nan" if isinstance(value, str) else _each(value, _nan),
}


def misjudged_styles(names: Iterable[str], check: str, namespace: dict[str, Any]) -> list[str]:
    """What a check judges wrongly of the solution in other styles, and of slips of the pen."""
    found = []
    for name in names:
        for what, change in (STYLES | SLIPS).items():
            told, function = "accepted", namespace[name]

            def other(*args, _function=function, _change=change, **kwargs):
                return _change(_function(*args, **kwargs))

            try:
                run(check, namespace | {name: functools.wraps(function)(other)})
            except AssertionError as error:
                told = "refused" if is_plain(str(error)) else f"not one plain sentence, {error}"
            if told != ("accepted" if what in STYLES else "refused"):
                found.append(f"{name}, {what}: {told}")
    return found


def unexplained(check: str, namespace: dict[str, Any]) -> list[str]:
    """Names of the notebook that a student can overwrite without being told so by the check."""
    found = []
    for name in set(namespace[KEY]) - {"checks"}:
        try:
            run(check, namespace | {name: 3.25})
        except AssertionError as error:
            if is_plain(str(error)) and f"`{name}` no longer means" in str(error):
                continue
        except Exception as error:
            found.append(f"{name} overwritten: {error!r}")
            continue
        found.append(f"{name} overwritten: no word of it")
    return found
