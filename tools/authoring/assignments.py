"""Make the course folder: the exercises of the book without their solutions, ready for nbgrader.

    python -m tools.authoring.assignments [TARGET]     # default: build/assignments

The one source is ``book/exercises/<chapter>.ipynb``. In it

- a code cell tagged ``solution`` holds the answer: functions with docstrings, and imports. The
  student's copy keeps each signature and docstring, and its body becomes
  ``raise NotImplementedError("your answer")``. Private helpers (``_name``) are dropped.
- a markdown cell tagged ``solution`` holds an explanation; the student writes one instead.
- a code cell tagged ``check`` holds assertions about the answers above it. It stays, locked.

TARGET is a course folder as nbgrader knows it: ``release/SET/SET.ipynb`` is what students get,
``source`` holds the same (solutions never enter the folder, so that no submission can read them),
``submitted``, ``autograded`` and ``feedback`` are filled by ``make grade``, and ``nbgrader_config.py``
says how. Each cell carries nbgrader's metadata: an answer may be edited, a check is locked and brings
its points by itself, an explanation brings points that a person gives. The notebooks are plain
notebooks too: they need no nbgrader to be opened, run and checked.

nbgrader's own stripping is switched off there: it cuts between markers inside a cell, and knows
nothing of signatures.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from nbconvert import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from traitlets import Bool, Unicode
from traitlets.config import Config

from tools import ROOT, folders
from tools.authoring.notebooks import read, tags_of

EXERCISES = ROOT / "book" / "exercises"
TARGET = ROOT / "build" / "assignments"
ANSWER = 'raise NotImplementedError("your answer")'
# Metadata for grading: minutes, stars and objectives of an exercise in its heading; points of a check
# (given by the machine) and of an explanation (given by a person) in their cells.
KEPT = ("exercise", "points")
NOTE = "*Your explanation (replace this line).*"
KEPT_TAGS = ("solution", "check")
SETTINGS = ROOT / "tools" / "grading" / "nbgrader_config.py"


class BlankSolutions(Preprocessor):
    """Replace what is tagged ``solution`` by a place to answer, and lock what is tagged ``check``."""

    on_the_site = Bool(False, help="keep links and the tags that fold cells").tag(config=True)

    def preprocess_cell(self, cell, resources, index):
        """Return the student's version of one cell."""
        tags = tags_of(cell)
        if self.on_the_site and "solution" in tags:
            cell.metadata = {}  # nothing to fold
        elif not self.on_the_site:
            kept = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
            cell.metadata = {"tags": [tag for tag in tags if tag in KEPT_TAGS]} | kept
        if cell.cell_type == "markdown":
            if "solution" in tags:
                cell.source = NOTE
            elif not self.on_the_site:
                cell.source = without_links(cell.source)
        elif "solution" in tags:
            cell.source = stub(cell.source)
        elif "check" in tags:
            cell.metadata |= {"editable": False, "deletable": False}
        return cell, resources


class Marks(Preprocessor):
    """Say to nbgrader what each cell is, and how many points it brings."""

    name = Unicode(help="name of the set of exercises").tag(config=True)

    def preprocess(self, nb, resources):
        """Give every cell its metadata; the notebook's own say which set it is."""
        nb.metadata["w2slib"] = {"set": self.name}
        number, used = "0", set()
        for cell in nb.cells:
            heading = re.match(r"## (\d+)\.", cell.source)
            if cell.cell_type == "markdown" and heading:
                number = heading[1]
            kind = self._kind(cell)
            grade_id = next(i for i in _names(f"{kind}-{number}") if i not in used)
            used.add(grade_id)
            solution, graded = kind in ("answer", "explanation"), kind in ("check", "explanation")
            cell.metadata["nbgrader"] = {
                "schema_version": 3,
                "grade_id": grade_id,
                "grade": graded,
                "solution": solution,
                "locked": not solution,
                "task": False,
                "cell_type": cell.cell_type,
            }
            if graded:
                cell.metadata["nbgrader"]["points"] = cell.metadata.get("points", 1)
        return nb, resources

    def _kind(self, cell) -> str:
        tags = tags_of(cell)
        if "solution" in tags:
            return "answer" if cell.cell_type == "code" else "explanation"
        return "check" if "check" in tags else "given"


def _names(stem: str):
    """Stem, then the stem with b, c, d, ..."""
    yield stem
    for letter in "bcdefghijklmnopqrstuvwxyz":
        yield stem + letter


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


def student_version(path: Path, *, on_the_site: bool = False) -> str:
    """Return the text of the student's copy of one exercise notebook.

    On the site it keeps its links and folds, and says nothing to nbgrader.
    """
    config = Config()
    config.BlankSolutions.on_the_site = on_the_site
    config.Marks.name = path.stem
    config.NotebookExporter.preprocessors = [
        "nbconvert.preprocessors.ClearOutputPreprocessor",
        BlankSolutions,
        *([] if on_the_site else [Marks]),
    ]
    text, _ = NotebookExporter(config=config).from_notebook_node(read(path))
    return text.rstrip("\n") + "\n"


def sources() -> list[Path]:
    """List the exercise notebooks."""
    return sorted(EXERCISES.glob("*.ipynb"))


def write(target: Path) -> list[Path]:
    """Write the course folder, and return the notebooks that students get.

    What ``make grade`` keeps in the folder stays: only files that this function wrote are replaced.
    """
    folders.claim(target)
    released, paths = [], [target / SETTINGS.name]
    paths[0].write_text(SETTINGS.read_text(encoding="utf-8"), encoding="utf-8")
    for path in sources():
        text = student_version(path)
        for folder in ("release", "source"):
            copy = target / folder / path.stem / path.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
            paths.append(copy)
        released.append(target / "release" / path.stem / path.name)
    for folder in ("submitted", "autograded"):
        (target / folder).mkdir(exist_ok=True)
    folders.record(target, paths)
    return released


def main(argv: list[str] | None = None) -> int:
    """Write the course folder and name what students get."""
    return folders.command(
        write, TARGET, argv, description="Write the exercises without their solutions."
    )


if __name__ == "__main__":
    sys.exit(main())
