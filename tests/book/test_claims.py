"""Claims that depend on a seed: each is on its page, was checked again, and held."""

from __future__ import annotations

import re
from concurrent.futures import Future

import pytest

from tools import ROOT
from tools.ledger import claims, reproduction, statements

CLAIMS = statements.every_claim()
IDS = [f"{c.page}: {c.name}" for c in CLAIMS]


def words(page: str) -> str:
    """Text of a page without line breaks and the marks of its source."""
    if page == "slides/lecture":
        path = ROOT / "slides" / "sources" / "lecture.py"
    elif (ROOT / "book" / f"{page}.md").is_file():
        path = ROOT / "book" / f"{page}.md"
    else:
        folder, _, name = f"book/{page}".rpartition("/")
        path = ROOT / folder / "sources" / f"{name}.py"
    return joined(re.sub(r"(?m)^# ?", "", path.read_text(encoding="utf-8")))


def joined(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


@pytest.mark.parametrize("claim", CLAIMS, ids=IDS)
def test_sentence_stands_on_its_page(claim):
    assert joined(claim.sentence) in words(claim.page)


def test_table_has_every_claim_and_no_other():
    """``make claims`` (or ``python -m tools.ledger.claims --only PAGE``) writes the table."""
    rows = [(row.page, row.claim, row.sentence) for row in claims.read()]
    assert rows == [(c.page, c.name, c.sentence) for c in CLAIMS]
    assert len(set(rows)) == len(rows)


def test_no_claim_failed_for_a_seed():
    rows = claims.read()
    assert rows
    assert [row for row in rows if row.failed or row.tried != len(claims.SEEDS)] == []


# --------------------------------------------------------------------------------- the script


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A page and a table of its own, with two claims that were never checked."""
    made = [
        statements.Claim("ridge", "All seeds are above 100.", above),
        statements.Claim("synthesis", "No seed | is 103.", not_103),
    ]
    monkeypatch.setattr(claims, "every_claim", lambda: made)
    monkeypatch.setattr(claims, "ProcessPoolExecutor", Serial)
    monkeypatch.setattr(reproduction, "CLAIMS", tmp_path / "claims.csv")
    monkeypatch.setattr(claims, "TABLE", reproduction.CLAIMS)
    monkeypatch.setattr(reproduction, "TARGET", tmp_path / "page.md")
    reproduction.TARGET.write_text(
        (ROOT / "book" / "reproduction.md").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return reproduction.TARGET


def above(rng: int) -> bool:
    return rng > 100


def not_103(rng: int) -> bool:
    return rng != 103


class Serial:
    """Runs in this process."""

    def __init__(self, workers):
        assert workers == 1

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None

    @staticmethod
    def submit(function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future


def test_a_claim_that_fails_once_is_reported(ledger, capsys):
    assert claims.main([]) == 1
    assert "4/5  synthesis: not_103" in capsys.readouterr().out
    assert [(row.held, row.tried) for row in claims.read(claims.TABLE)] == [(5, 5), (4, 5)]
    page = ledger.read_text(encoding="utf-8")
    assert "| No seed \\| is 103. | 4 of 5 seeds |" in page


def test_one_page_alone_keeps_the_rows_of_the_others(ledger):
    assert claims.main(["--only", "ridge"]) == 0
    assert [row.claim for row in claims.read(claims.TABLE)] == ["above"]
    assert claims.main(["--only", "synthesis"]) == 1
    assert [row.claim for row in claims.read(claims.TABLE)] == ["above", "not_103"]


def test_a_page_without_claims_is_refused(ledger):
    with pytest.raises(SystemExit):
        claims.main(["--only", "nowhere"])
