"""The table that the tests in three engines end with."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.helpers import engine_table


def reports(*nodes: str) -> list:
    return [SimpleNamespace(nodeid=f"{engine_table.FILE}::{node}") for node in nodes]


def test_every_page_and_interaction_has_a_row_and_every_engine_a_column():
    stats = {
        "passed": reports("test_draws[chromium-try-it]", "test_draws[try-it-firefox]"),
        "failed": reports("test_draws[webkit-try-it]"),
        "skipped": reports("test_quiz_of_a_page[webkit-beyond-http]"),
        "": [SimpleNamespace(nodeid="tests/other.py::test_draws[chromium-try-it]")],
        "warnings": [SimpleNamespace()],
    }
    rows = engine_table.results(stats)
    lines = engine_table.table(rows)
    assert lines[0] == "| page | interaction | chromium | firefox | webkit |"
    assert "| try-it | draws | yes | yes | NO |" in lines
    assert "| beyond-http | quiz of a page | – | – | – |" in lines
    assert len(lines) == 4
    assert engine_table.summary(rows.values()) == "2 of 3 interactions work in their engine."


@pytest.mark.parametrize("after", ["failed", "error"])
def test_an_error_behind_a_test_counts(after):
    node = "test_draws[chromium-try-it]"
    rows = engine_table.results({"passed": reports(node), after: reports(node)})
    assert list(rows.values()) == [{"chromium": "NO"}]
