"""Answers of other people, right and wrong, that the check cells of the exercises have to judge.

``tests/answers/<chapter>.py`` holds them, each below a line ``# %% KEY right: what is special`` or
``# %% KEY wrong: what is wrong``. KEY is the number of the exercise, with ``b`` for its second check.
The text below is what a student would have written in the place of the solution; or it is a list of
changes of the solution, one in a line, written ``# old => new`` (``\\n`` is a new line there).
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import re
import warnings
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


def _last_nan(a: np.ndarray) -> Any:
    found = a.astype(float)
    found.reshape(-1)[-1:] = np.nan
    return found


def _matrix(a: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix(a) if a.ndim else a


STYLES: dict[str, Callable[[Any], Any]] = {
    "float32": lambda value: _each(value, _float32),
    "lists": lambda value: _each(value, lambda a: a.tolist()),
    "one more axis": lambda value: _each(value, lambda a: a[..., None]),
    "matrix, or array without an axis": lambda value: _each(value, _matrix),
    "read-only, in Fortran's order, masked": lambda value: _each(
        value, lambda a: np.ma.masked_array(np.asfortranarray(a)) if a.ndim else a
    ),
}
SLIPS: dict[str, Callable[[Any], Any]] = {
    "nothing returned": lambda value: None,
    "printed": print,
    "nan": lambda value: "nan" if isinstance(value, str) else _each(value, _nan),
    "nan in the last place": lambda value: (
        "nan" if isinstance(value, str) else _each(value, _last_nan)
    ),
    "complex": lambda value: 1j if isinstance(value, str) else _each(value, lambda a: a + 0.1j),
}


def _first_for_ever(function: Callable[..., Any]) -> Callable[..., Any]:
    """The right answer to the first question, to every question."""
    known: list[Any] = []

    def other(*args, **kwargs):
        if not known:
            known.append(function(*args, **kwargs))
        return known[0]

    return other


def _can_change(thing: Any) -> bool:
    return isinstance(thing, list) or (isinstance(thing, np.ndarray) and thing.dtype.kind in "iuf")


def _changing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The right answer, after which an argument is another one, if it can be."""

    def other(*args, **kwargs):
        value = function(*args, **kwargs)
        for thing in args:
            if _can_change(thing):
                thing += [0] if isinstance(thing, list) else 1
        return value

    return other


def _others(function: Callable[..., Any], check: str, names: dict[str, Any]) -> Iterable[tuple]:
    """What else an answer could be, with the verdict that it deserves."""
    for what, change in (STYLES | SLIPS).items():

        def other(*args, _change=change, **kwargs):
            return _change(function(*args, **kwargs))

        yield what, other, "accepted" if what in STYLES else "refused"
    if inspect.signature(function).parameters:
        yield "the first answer for ever", _first_for_ever(function), "refused"
    seen: list[Any] = []

    def looking(*args, **kwargs):
        seen.extend(args)
        return function(*args, **kwargs)

    run(check, names | {function.__name__: functools.wraps(function)(looking)})
    if any(map(_can_change, seen)):
        yield "changes its arguments", _changing(function), "refused"


def misjudged_styles(names: Iterable[str], check: str, namespace: dict[str, Any]) -> list[str]:
    """What a check judges wrongly of the solution in other styles, and of slips of the pen."""
    found = []
    for name in names:
        function = namespace[name]
        for what, other, deserved in _others(function, check, namespace):
            told = "accepted"
            try:
                run(check, namespace | {name: functools.wraps(function)(other)})
            except AssertionError as error:
                told = "refused" if is_plain(str(error)) else f"not one plain sentence, {error}"
            if told != deserved:
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
