"""`make bench`: run every benchmark, print one table, fail where a bound is not kept.

    python -m tests.benchmarks [NAME ...] [--slack FACTOR] [--history FILE]

Ratios compare two things on the same machine, so they can be quoted; absolute times (milliseconds of
a redraw in the browser) belong to the machine at hand, and ``--slack`` widens their bounds on a slower
one. Every run appends one line of JSON, with the commit that it measured, to the history.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import pkgutil
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from tests import benchmarks
from tests.benchmarks.timing import Row
from tools import ROOT

HELPERS = {"__main__", "timing"}
HISTORY = ROOT / ".benchmarks" / "history.jsonl"


def main(argv: list[str] | None = None) -> int:
    """Run the named benchmark modules, by default all; return 1 if a bound is not kept."""
    names = [m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in HELPERS]
    arguments = _parser(names).parse_args(argv)
    for name in arguments.names:
        if name not in names:
            raise SystemExit(f"unknown benchmark {name!r}; there are: {', '.join(names)}")
    print(f"{'benchmark':<64} {'measured':>12}   wanted")
    measured: dict[str, list[Row]] = {}
    with threadpool_limits(1):  # the problems are small: more threads only make times unsteady
        for name in arguments.names or names:
            measured[name] = []
            for row in importlib.import_module(f"tests.benchmarks.{name}").rows():
                measured[name].append(row)
                print(line(name, row, arguments.slack), flush=True)
    append(arguments.history, record(measured, arguments.slack))
    failed = failures(measured, arguments.slack)
    for failure in failed:
        print(failure, file=sys.stderr)
    return 1 if failed else 0


def line(name: str, row: Row, slack: float) -> str:
    """One line of the table."""
    verdict = "" if row.kept(slack) else "   NOT KEPT"
    return f"{name + ': ' + row.name:<64} {row.value:>9.3g} {row.unit:<3} {row.wanted}{verdict}"


def failures(measured: dict[str, list[Row]], slack: float) -> list[str]:
    """What is not as wanted. A benchmark that measures nothing is no success."""
    found = [f"{name}: measured nothing" for name, rows in measured.items() if not rows]
    for name, rows in measured.items():
        found += [
            f"{name}: {row.name}: {row.value:.3g} {row.unit}, wanted {row.wanted}"
            for row in rows
            if not row.kept(slack)
        ]
    return found


def record(measured: dict[str, list[Row]], slack: float) -> dict[str, object]:
    """What the history keeps of a run."""
    return {
        "commit": commit(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "rows": [
            {
                "benchmark": name,
                "name": row.name,
                "value": row.value if math.isfinite(row.value) else None,
                "unit": row.unit,
                "wanted": row.wanted,
                "kept": row.kept(slack),
            }
            for name, rows in measured.items()
            for row in rows
        ],
    }


def commit() -> str | None:
    """The commit that is measured, with ``+`` where the working tree has changes; None without git."""
    described = subprocess.run(
        ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    return described.stdout.strip() or None


def append(history: Path, entry: dict[str, object]) -> None:
    """Add one line of JSON to the history."""
    history.parent.mkdir(parents=True, exist_ok=True)
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _parser(names: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Run benchmarks; exit with 1 where a bound is not kept.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(names)}")
    parser.add_argument(
        "--slack", type=float, default=1.0, help="widen bounds on times by this factor (default 1)"
    )
    parser.add_argument(
        "--history",
        type=Path,
        default=HISTORY,
        help="file to append to (.benchmarks/history.jsonl)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
