"""Make a class that nobody taught: submissions whose right marks are known, to try the grading with.

    python -m tools.grading.synthetic TARGET [--count 100] [--seed 1]
    python -m tools.grading.synthetic TARGET --compare COURSE/exercises.csv

The first writes TARGET/submissions and TARGET/marks.csv. Each submission answers every exercise of one
set in one way out of `WAYS`: rightly, not at all, wrongly, with endless loops, crashes, renamed
functions, deleted or edited cells ... The second compares what ``make grade`` found with what is known.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from tools import folders
from tools.authoring import assignments
from tools.authoring.notebooks import read
from tools.grading.restore import functions

SPOIL = """
def _spoilt(value):
    import numpy as np

    if isinstance(value, (tuple, list)):
        return type(value)(_spoilt(item) for item in value)
    if isinstance(value, dict):
        return {key: _spoilt(item) for key, item in value.items()}
    if isinstance(value, str):
        return value[::-1]
    return np.logical_not(value) if np.asarray(value).dtype.kind == "b" else 1.3 * value + 0.37


def _spoiling(function):
    return lambda *args, **kwargs: _spoilt(function(*args, **kwargs))
"""

NOISE = """
def _noisy(function):
    def noisy(*args, **kwargs):
        print("still here", file=sys.stderr)
        return function(*args, **kwargs)

    return noisy
"""


def _body(code: str) -> Callable[[str], str]:
    """Every function of the answer does this instead."""

    def change(solution: str) -> str:
        return "\n\n".join(f"def {f}(*args, **kwargs):\n    {code}" for f in functions(solution))

    return change


def _wrong(solution: str) -> str:
    names = functions(solution)
    return "\n".join([solution, SPOIL, *(f"{f} = _spoiling({f})" for f in names)])


def _renamed(solution: str) -> str:
    tree = ast.parse(solution)
    mine = set(functions(solution))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in mine:
            node.name = f"my_{node.name}"
    return ast.unparse(tree)


def _warns(solution: str) -> str:
    loud = "import sys, warnings\nwarnings.warn('beware')\nprint('log', file=sys.stderr)"
    names = functions(solution)
    return "\n".join([solution, NOISE, loud, *(f"{f} = _noisy({f})" for f in names)])


def _silent(solution: str) -> str:
    quiet = "get_ipython().showtraceback = lambda *args, **kwargs: None"
    return f"{_wrong(solution)}\n\n{quiet}"


STUBBORN = """
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass"""

WAYS: dict[str, tuple[Callable[[str], str], bool, int]] = {
    # name: the answer's cell made from the solution, whether it is right, how often
    "right": (lambda solution: solution, True, 60),
    "blank": (assignments.stub, False, 8),
    "wrong": (_wrong, False, 10),
    "right, but warns": (_warns, True, 4),
    "renamed": (_renamed, False, 4),
    "returns nothing": (_body("return None"), False, 4),
    "raises": (_body("raise RuntimeError('no idea')"), False, 3),
    "does not compile": (lambda solution: "def f(:\n    pass", False, 3),
    "exits": (_body("raise SystemExit(0)"), False, 2),
    "silences errors": (_silent, False, 1),
    "endless": (_body("while True: pass"), False, 1),
    "endless, stubborn": (_body(STUBBORN), False, 1),
    "prints without end": (_body("while True: print('spam ' * 20)"), False, 1),
    "ends Python": (_body("import os; os._exit(1)"), False, 2),
    "segmentation fault": (_body("import ctypes; ctypes.string_at(0)"), False, 1),
    "takes all memory": (
        _body("x = [0]\n    while True: x = x + x + [0.0] * 10**7"),
        False,
        1,
    ),
}
CELLS = {
    # what was done to an exercise's cells, and whether it changes the mark
    "untouched": 30,
    "check deleted": 3,
    "check edited": 4,
    "check copied": 1,
    "answer twice": 2,
    "cells moved": 1,
}
FILES = {"sound": 40, "no metadata": 2, "no JSON": 1, "empty": 1, "not a notebook": 1}


@dataclass
class Exercise:
    """Answer cells and the check that judges them."""

    answers: list[int]
    check: int
    needs: set[int]


def exercises(nb: NotebookNode) -> list[Exercise]:
    """List the exercises of a set, with the others whose answers each of them calls."""
    found: list[Exercise] = []
    answers: list[int] = []
    for index, cell in enumerate(nb.cells):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code" and "solution" in tags:
            answers.append(index)
        elif "check" in tags:
            found.append(Exercise(answers, index, set()))
            answers = []
    owner = {
        f: i for i, e in enumerate(found) for a in e.answers for f in functions(nb.cells[a].source)
    }
    for number, exercise in enumerate(found):
        cells = [nb.cells[index] for index in [*exercise.answers, exercise.check]]
        used = {
            n.id for c in cells for n in ast.walk(ast.parse(c.source)) if isinstance(n, ast.Name)
        }
        exercise.needs = {owner[name] for name in used & owner.keys()} - {number}
    return found


def submit(
    release: NotebookNode, solved: NotebookNode, rng: random.Random
) -> tuple[str, dict[str, tuple[float, str]]]:
    """Return the text of one submission, and points and way of each check."""
    nb = copy.deepcopy(release)
    marks: dict[str, tuple[float, str]] = {}
    edits: list[tuple[str, int, Exercise]] = []
    all_ = exercises(solved)
    needed = {i for e in all_ for i in e.needs}
    for number, exercise in enumerate(all_):
        way = "right" if number in needed else _draw({k: v[2] for k, v in WAYS.items()}, rng)
        change, right, _ = WAYS[way]
        for index in exercise.answers:
            nb.cells[index].source = change(solved.cells[index].source)
        done = "untouched" if number in needed else _draw(CELLS, rng)
        edits.append((done, exercise.check, exercise))
        check = nb.cells[exercise.check].metadata.nbgrader
        marks[check.grade_id] = (check.points if right else 0, f"{way}, {done}")
    file = _draw(FILES, rng)
    edit(nb, edits)
    if file == "no metadata":
        for cell in nb.cells:
            cell.metadata = {}
    text = nbformat.writes(nb)
    if file in ("no JSON", "empty", "not a notebook"):
        marks = {grade_id: (0, file) for grade_id in marks}
        text = {"no JSON": text[: len(text) // 2], "empty": ""}.get(file, '{"cells": 1}')
    return text, marks


def edit(nb: NotebookNode, edits: list[tuple[str, int, Exercise]]) -> None:
    """Do to the cells what the student did, from the last exercise on so that places stay."""
    for done, check, exercise in reversed(edits):
        if done == "check deleted":
            del nb.cells[check]
        elif done == "check edited":
            nb.cells[check].source = 'print("correct")'
        elif done == "check copied":  # with its id, as an editor copies it
            nb.cells.insert(check, copy.deepcopy(nb.cells[check]))
        elif done == "answer twice":
            last = exercise.answers[-1]
            first = copy.deepcopy(nb.cells[last])
            first.source = assignments.stub(_first_try(first.source))
            nb.cells.insert(last, first)
        elif done == "cells moved" and check == exercise.answers[-1] + 1:
            nb.cells[check - 1 : check + 1] = nb.cells[check - 1 : check + 1][::-1]


def _first_try(source: str) -> str:
    names = functions(source) or ["f"]
    return "\n\n".join(f'def {name}(*args):\n    "A first try."\n    return 0' for name in names)


def _draw(weights: dict[str, int], rng: random.Random) -> str:
    return rng.choices([*weights], [*weights.values()])[0]


def write(target: Path, count: int, seed: int = 1) -> list[list]:
    """Write submissions, spread over the sets, and the marks that they deserve."""
    folders.claim(target)
    rng = random.Random(seed)
    sets = [
        (path.stem, nbformat.reads(assignments.student_version(path), as_version=4), read(path))
        for path in assignments.sources()
    ]
    rows, paths = [], [target / "marks.csv"]
    for number in range(count):
        name, release, solved = sets[number % len(sets)]
        text, marks = submit(release, solved, rng)
        student = f"student {number // len(sets) + 1:02d}"
        path = target / "submissions" / student / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
        rows += [[student, name, grade_id, *mark] for grade_id, mark in marks.items()]
    with paths[0].open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["student", "set", "exercise", "points", "way"], *rows])
    folders.record(target, paths)
    return rows


def differences(marks: Path, graded: Path) -> list[str]:
    """Name every check whose points are not those that it deserves, or that has none."""
    with graded.open(newline="", encoding="utf-8") as lines:
        found = {
            (r["student"], r["set"], r["exercise"]): r["points"] for r in csv.DictReader(lines)
        }
    wrong = []
    with marks.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            key = (row["student"], row["set"], row["exercise"])
            points = found.get(key)
            if points is None or float(points) != float(row["points"]):
                wrong.append(f"{', '.join(key)}: {points}, not {row['points']} ({row['way']})")
    return wrong


def main(argv: list[str] | None = None) -> int:
    """Write the submissions, or compare."""
    parser = argparse.ArgumentParser(description="Submissions with known marks.")
    parser.add_argument("target", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compare", type=Path, help="exercises.csv that make grade wrote")
    args = parser.parse_args(argv)
    if args.compare is None:
        rows = write(args.target, args.count, args.seed)
        print(f"{args.count} submissions with {len(rows)} checks in {args.target}")
        return 0
    wrong = differences(args.target / "marks.csv", args.compare)
    print("\n".join([*wrong, f"{len(wrong)} marks are not as they should be"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
