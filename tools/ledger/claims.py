"""Run every claim that depends on a seed with five other seeds: ``make claims``.

    python -m tools.ledger.claims                    # all of them, minutes
    python -m tools.ledger.claims --only checkpoints # those of one page; the other rows stay

Claims live in `tools.ledger.statements`, one module for each page. What was found is written to
``tools/ledger/claims.csv`` and listed in book/reproduction.md. Exit status 1 if a claim failed for one
of the seeds: then rewrite the sentence. ``make test`` does not run the claims; it checks that the table
has each of them, that none failed, and that each sentence stands on its page.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.ledger import reproduction
from tools.ledger.statements import Claim, every_claim

TABLE = reproduction.CLAIMS
SEEDS = (101, 102, 103, 104, 105)
"""None of them is used on a page."""


@dataclass(frozen=True)
class Outcome:
    """One row of the table: a claim, and how many of the seeds it held for."""

    page: str
    claim: str
    held: int
    tried: int
    sentence: str

    @property
    def failed(self) -> bool:
        """Whether it failed for a seed."""
        return self.held < self.tried


def run(claim: Claim, seeds: Iterable[int] = SEEDS) -> Outcome:
    """Check a claim for each of the seeds."""
    held = [bool(claim.holds(seed)) for seed in seeds]
    return Outcome(claim.page, claim.name, sum(held), len(held), claim.sentence)


def read(path: Path | None = None) -> list[Outcome]:
    """Rows of the table; none where there is no table yet."""
    path = path or TABLE
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Outcome(r["page"], r["claim"], int(r["held"]), int(r["tried"]), r["sentence"]) for r in rows
    ]


def write(outcomes: Sequence[Outcome]) -> None:
    """Write the table."""
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, Outcome.__dataclass_fields__, lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(asdict, outcomes))


def _run_page(page: str) -> list[Outcome]:
    """Run the claims of one page in a worker: they share what they measure."""
    return [run(found) for found in every_claim() if found.page == page]


def main(argv: list[str] | None = None) -> int:
    """Run the claims, write table and page, and say which failed."""
    parser = argparse.ArgumentParser(description="Run every claim with five other seeds.")
    parser.add_argument("--only", metavar="PAGE", help="claims of this page, and keep other rows")
    parser.add_argument("--workers", type=int, default=1, help="pages that run at the same time")
    options = parser.parse_args(argv)
    claims = every_claim()
    wanted = [c for c in claims if options.only in (None, c.page)]
    if not wanted:
        pages = ", ".join(sorted({c.page for c in claims}))
        parser.error(f"--only {options.only}: no claims; allowed: {pages}")
    known = {(o.page, o.claim): o for o in read()}
    with ProcessPoolExecutor(options.workers) as pool:
        running = [pool.submit(_run_page, page) for page in sorted({c.page for c in wanted})]
        for page in as_completed(running):
            for outcome in page.result():
                print(
                    f"{outcome.held}/{outcome.tried}  {outcome.page}: {outcome.claim}", flush=True
                )
                known[outcome.page, outcome.claim] = outcome
            write([known[c.page, c.name] for c in claims if (c.page, c.name) in known])
    reproduction.rewrite()
    return int(any(known[c.page, c.name].failed for c in wanted))


if __name__ == "__main__":
    sys.exit(main())
