"""The ledger cannot go stale: headings and tests exist, numbers are measured again."""

from __future__ import annotations

import ast
import re

import nbformat
import pytest

from tools import ROOT
from tools.ledger import reproduction

committed = reproduction.committed
ROWS = reproduction.MECHANISMS + reproduction.BLESSING + reproduction.SURVIVES
TEXT = reproduction.TARGET.read_text(encoding="utf-8")
MECHANISMS_ITEMS = (
    *(f"Figure {k}" for k in range(1, 6)),
    "Proposition 3",
    "Theorem 4",
    "Theorem 5",
    "Remark 6",
    "Theorem 8",
    "Proposition 10",
    "Theorem 11",
    "Lemma 12",
)


def test_page_is_what_the_script_writes():
    assert reproduction.render(committed()) == TEXT


def test_every_named_item_has_a_row():
    assert tuple(row.item for row in reproduction.MECHANISMS) == MECHANISMS_ITEMS
    assert set(committed()) == {row.item for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.item)
def test_place_in_the_book_exists(row):
    nb = nbformat.read(ROOT / "book" / f"{row.page}.ipynb", as_version=4)
    headings = {
        line.lstrip("#").strip()
        for cell in nb.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if re.match(r"#{2,3} ", line)
    }
    assert not row.heading or row.heading in headings


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.item)
def test_guard_exists(row):
    file, name = row.guard.split("::")
    tree = ast.parse((ROOT / "tests" / "library" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.item)
def test_number_is_measured_again(row):
    """Simulations repeat with their seeds up to rounding; bounds are bounds."""
    shown, value = committed()[row.item], row.measure()
    if row.bound is not None:
        assert shown == f"≤ {row.bound:g}"
        assert 0 <= value <= row.bound
    else:
        assert value == pytest.approx(float(shown), abs=0.011)


def test_agreements_agree():
    """What the page reports must be what it calls agreement."""
    shown = committed()
    for row in ROWS:
        if "units of" in row.unit:
            assert float(shown[row.item]) < 1, row.item
        if row.unit == reproduction.DECIDED:
            assert float(shown[row.item]) >= 0.99, row.item
    assert float(shown["impossibility"]) <= 0.05
    assert float(shown["generalisation bound"]) >= 1
    assert float(shown["synthetic validations"]) < 0.05
    assert float(shown["no true labels"]) >= 0.9


@pytest.mark.parametrize("heading", ["What is not reproduced, and why"])
def test_page_says_what_is_missing(heading):
    assert f"## {heading}" in TEXT
