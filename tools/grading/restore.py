"""Put a submitted notebook back into the order of the set that was handed out.

What a student hands in may lack cells, hold them twice or in another order, have lost all metadata in
another editor, or have checks that were edited to be kind. Here the cells that were handed out locked
are taken from the release, answers and explanations from the student, and everything that the student
added stays behind the cell that it followed.
"""

from __future__ import annotations

import ast
import copy
import json
import re
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

# What a notebook says first differs with where it comes from: the course folder, the site, the browser.
FIRST_LINES = re.compile(
    r"(?s)\A(?:from importlib\.util import find_spec\n\nif .*?\n\n|%pip install .*?\n\n)"
)


class UnreadableError(ValueError):
    """A file that is no notebook; the message says why."""


def load(path: Path) -> NotebookNode:
    """Read a student's file.

    Raises
    ------
    UnreadableError
        If it is no notebook.
    """
    try:
        text, remarks = _decoded(path.read_bytes())
        nb = nbformat.reads(text, as_version=4)
        if not nb.cells:
            raise ValueError("it has no cells")
        cells = [_sound(cell) for cell in nb.cells]
        return nbformat.from_dict({"cells": cells, "remarks": remarks})
    except Exception as error:  # whatever is in there, the rest of the class is graded
        words = " ".join(str(error).split())
        raise UnreadableError(f"no notebook: {type(error).__name__}: {words[:120]}") from error


def _decoded(data: bytes) -> tuple[str, list[str]]:
    """Return a file's text, whatever an editor made of its encoding, and remarks."""
    encoding = json.detect_encoding(data)  # UTF-8, -16 or -32, with a mark or without
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise
        text = data.decode("cp1252", errors="replace")
        return text, ["not in UTF-8: read as Windows-1252, a letter may be wrong"]


def _sound(cell: NotebookNode) -> NotebookNode:
    """Keep of a cell what is its own: kind, text, metadata of nbgrader, id."""
    kind, source = cell["cell_type"], cell["source"]
    if kind not in ("code", "markdown", "raw") or not isinstance(source, str):
        raise ValueError(f"a cell is of the kind {kind!r}")
    marks = cell.get("metadata", {}).get("nbgrader", {})
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    return NotebookNode(cell_type=kind, source=source, grade_id=grade_id, id=cell.get("id"))


def set_of(nb: NotebookNode, releases: dict[str, NotebookNode]) -> str | None:
    """Tell from its cells which set a notebook belongs to: the one with most checks in common."""
    sources = {cell.source for cell in nb.cells}
    shared = {name: len(sources & {c.source for c in r.cells}) for name, r in releases.items()}
    best = max(shared, key=shared.__getitem__, default=None)
    return best if best is not None and shared[best] > 1 else None


def texts(nb: NotebookNode) -> set[str]:
    """Texts of the cells of a notebook, without what differs with where it comes from."""
    return {_without_first_lines(cell) for cell in nb.cells}


def checks(release: NotebookNode) -> set[str]:
    """Texts of the checks of a set."""
    found = [c for c in release.cells if c.cell_type == "code" and _marks(c).get("grade")]
    return {_without_first_lines(cell) for cell in found}


def restored(release: NotebookNode, submitted: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the notebook to grade, and remarks on what had to be mended."""
    homes = _homes(release, submitted)
    last = {home: index for index, home in enumerate(homes) if home is not None}
    extras: dict[str | None, list[NotebookNode]] = {}
    behind, remarks = None, list(submitted.get("remarks", []))
    for index, (home, cell) in enumerate(zip(homes, submitted.cells, strict=True)):
        if home is not None:
            behind = home
        copied = home is not None and last[home] != index and not _is_locked(release, home)
        added = cell.cell_type == "code" or (home is None and cell.cell_type == "markdown")
        if (home is None or copied) and added and cell.source.strip():
            extras.setdefault(behind, []).append(cell)
            if cell.cell_type == "markdown":
                remarks.append(f"text was added behind {behind or 'nothing'}")
    nb = copy.deepcopy(release)
    nb.cells = [_bare(cell) for cell in extras.get(None, [])]
    for cell in copy.deepcopy(release.cells):
        name = _id(cell)
        mine = submitted.cells[last[name]] if name in last else None
        if mine is None:
            remarks += [f"{name} was missing"] if name else []
        elif _marks(cell).get("locked"):
            changed = _without_first_lines(mine) != _without_first_lines(cell)
            remarks += [f"{name} was changed"] if changed and cell.cell_type == "code" else []
        else:
            cell.source = mine.source
        # A second copy of an answer was run before the last one, which therefore counts.
        before = extras.get(name, []) if mine is not None else []
        nb.cells += (
            [cell, *map(_bare, before)]
            if _marks(cell).get("locked")
            else [
                *(_bare(c) for c in before if _copies(c, cell)),
                cell,
                *(_bare(c) for c in before if not _copies(c, cell)),
            ]
        )
    for number, cell in enumerate(nb.cells):  # the same text for the same submission
        cell["id"] = f"cell-{number}"
    return nb, remarks


def _without_first_lines(cell: NotebookNode) -> str:
    return FIRST_LINES.sub("", cell.source).strip()


def _copies(extra: NotebookNode, cell: NotebookNode) -> bool:
    return extra.get("grade_id") == _id(cell)


def _homes(release: NotebookNode, submitted: NotebookNode) -> list[str | None]:
    """Say for every submitted cell which cell of the release it is.

    By nbgrader's id, which most editors keep; else by its text; else by the functions it defines.
    """
    by_id = {_id(cell): cell for cell in release.cells if _id(cell)}
    by_text = {_without_first_lines(cell): _id(cell) for cell in release.cells}
    by_function = {
        function: _id(cell)
        for cell in release.cells
        if cell.cell_type == "code" and not _marks(cell).get("locked")
        for function in functions(cell.source)
    }
    homes: list[str | None] = []
    for cell in submitted.cells:
        known = cell.grade_id in by_id and by_id[cell.grade_id].cell_type == cell.cell_type
        homes.append(cell.grade_id if known else by_text.get(_without_first_lines(cell)))
    taken = {home for home in homes if home is not None}
    for index, cell in enumerate(submitted.cells):
        if homes[index] is None and cell.cell_type == "code":
            found = [by_function.get(f) for f in functions(cell.source)]
            free = [home for home in found if home is not None and home not in taken]
            homes[index] = free[0] if free else None
    return homes


def functions(source: str) -> list[str]:
    """Names of the public functions that a cell defines; none if it is no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [n.name for n in body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"]


def _bare(cell: NotebookNode) -> NotebookNode:
    new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return new(cell.source)


def _marks(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def _id(cell: NotebookNode) -> str | None:
    return _marks(cell).get("grade_id")


def _is_locked(release: NotebookNode, name: str) -> bool:
    return any(_id(cell) == name and _marks(cell).get("locked") for cell in release.cells)
