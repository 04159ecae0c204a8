"""Make the student notebooks: the exercises of the book without their solutions.

    python -m tools.authoring.assignments [TARGET]     # default: build/assignments

The one source is ``book/exercises/<chapter>.ipynb``. In it

- a code cell tagged ``solution`` holds the answer: functions with docstrings, and imports. The
  student's copy keeps each signature and docstring, and its body becomes
  ``raise NotImplementedError("your answer")``. Private helpers (``_name``) are dropped.
- a markdown cell tagged ``solution`` holds an explanation; the student writes one instead.
- a code cell tagged ``check`` holds assertions about the answers above it. It stays, locked.

The stripping is a preprocessor of nbconvert, which the book needs anyway. nbgrader's own one cuts
between markers inside a cell, and brings a grading server and a database along.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path

from nbconvert import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from traitlets.config import Config

from tools import ROOT
from tools.authoring.notebooks import read, tags_of

EXERCISES = ROOT / "book" / "exercises"
TARGET = ROOT / "build" / "assignments"
ANSWER = 'raise NotImplementedError("your answer")'
# Metadata for grading: minutes, stars and objectives of an exercise in its heading; points of a check
# (given by the machine) and of an explanation (given by a person) in their cells.
KEPT = ("exercise", "points")
NOTE = "*Your explanation (replace this line).*"


class BlankSolutions(Preprocessor):
    """Replace what is tagged ``solution`` by a place to answer, and lock what is tagged ``check``."""

    def preprocess_cell(self, cell, resources, index):
        """Return the student's version of one cell."""
        tags = tags_of(cell)
        kept = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
        cell.metadata = {"tags": [tag for tag in tags if tag in ("solution", "check")]} | kept
        if cell.cell_type == "markdown":
            cell.source = NOTE if "solution" in tags else without_links(cell.source)
        elif "solution" in tags:
            cell.source = stub(cell.source)
        elif "check" in tags:
            cell.metadata |= {"editable": False, "deletable": False}
        return cell, resources


def stub(source: str) -> str:
    r"""Return a solution's imports, signatures and docstrings, with an exception for each body.

    Raises
    ------
    ValueError
        If the cell holds anything else at its top level, or no public function.

    Examples
    --------
    >>> print(stub('def twice(x):\n    "Return 2x."\n    return 2 * x'))
    def twice(x):
        "Return 2x."
        raise NotImplementedError("your answer")
    """
    lines = source.splitlines()
    parts, public = [], 0
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            parts.append("\n".join(lines[node.lineno - 1 : node.end_lineno]))
        elif not isinstance(node, ast.FunctionDef):
            raise ValueError(f"a solution holds imports and functions only, not line {node.lineno}")
        elif not node.name.startswith("_"):
            public += 1
            parts.append(_blank(node, lines))
    if not public:
        raise ValueError("a solution holds at least one public function")
    return "\n\n\n".join(parts)


def _blank(function: ast.FunctionDef, lines: list[str]) -> str:
    if ast.get_docstring(function) is None:
        raise ValueError(f"{function.name} needs a docstring: it is what the student sees")
    first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
    kept = lines[first - 1 : function.body[0].end_lineno]  # the docstring is the first statement
    return "\n".join([*kept, f"    {ANSWER}"])


def without_links(markdown: str) -> str:
    """Keep the words of links into the book, which lead nowhere from the student's folder.

    Examples
    --------
    >>> without_links("See [Tools](../random_matrices.ipynb) and [a site](https://example.org).")
    'See Tools and [a site](https://example.org).'
    """
    return re.sub(r"\[([^]]+)\]\((?!https?:)[^)]*\)", r"\1", markdown)


def student_version(path: Path) -> str:
    """Return the text of the student's copy of one exercise notebook."""
    config = Config()
    config.NotebookExporter.preprocessors = [
        "nbconvert.preprocessors.ClearOutputPreprocessor",
        BlankSolutions,
    ]
    text, _ = NotebookExporter(config=config).from_notebook_node(read(path))
    return text.rstrip("\n") + "\n"


def sources() -> list[Path]:
    """List the exercise notebooks."""
    return sorted(EXERCISES.glob("*.ipynb"))


def main(argv: list[str] | None = None) -> int:
    """Write every student notebook into the target folder."""
    parser = argparse.ArgumentParser(description="Write the exercises without their solutions.")
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    target = parser.parse_args(argv).target
    target.mkdir(parents=True, exist_ok=True)
    for path in sources():
        (target / path.name).write_text(student_version(path), encoding="utf-8")
        print(target / path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
