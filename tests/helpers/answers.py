"""Answers of other people, right and wrong, that the check cells of the exercises have to judge.

``tests/answers/<chapter>.py`` holds them, each below a line ``# %% KEY right: what is special`` or
``# %% KEY wrong: what is wrong``. KEY is the number of the exercise, with ``b`` for its second check.
The text below is what a student would have written in the place of the solution; or it is a list of
changes of the solution, one in a line, written ``# old => new`` (``\\n`` is a new line there).
"""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from typing import Any

from tools import ROOT

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
    file = FOLDER / f"{name}.py"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
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
        plain = re.fullmatch(r"[A-Z`](?:[^.?!\n]|[.](?=\S))*[.?]", str(told))
        if not plain or len(str(told)) > LONGEST:
            return f"{case}: not one plain sentence, {told}"
        return ""
    except Exception as error:
        return f"{case}: {type(error).__name__}, {error}"
    return "" if variant.right else f"{case}: accepted"
