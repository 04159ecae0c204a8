"""Benchmarks fail where a bound is not kept, and every run is remembered with its commit."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

from tests.benchmarks import __main__ as bench
from tests.benchmarks import ridge
from tests.benchmarks.timing import Row
from tools import ROOT


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the benchmark `ridge` with rows made up; return exit status and what was remembered."""
    history = tmp_path / "new" / "history.jsonl"

    def run(*rows, arguments=()):
        monkeypatch.setattr(ridge, "rows", lambda: iter(rows))
        status = bench.main(["ridge", "--history", str(history), *arguments])
        return status, [json.loads(line) for line in history.read_text("utf-8").splitlines()]

    return run


def test_bounds_that_are_kept_pass_and_every_run_is_appended(run, capsys):
    rows = Row("a", np.float64(2.0), "x", at_most=2), Row("b", np.float64(2.0), "x", at_least=2)
    assert run(*rows)[0] == 0
    status, remembered = run(*rows)
    assert status == 0
    assert len(remembered) == 2
    assert [row["value"] for row in remembered[1]["rows"]] == [2.0, 2.0]
    assert [row["wanted"] for row in remembered[1]["rows"]] == ["<= 2", ">= 2"]
    assert "NOT KEPT" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "row",
    [
        Row("slow", 2.1, "x", at_most=2),
        Row("slow", 1.9, "x", at_least=2),
        Row("slow", float("nan"), "ms", at_most=2),
        Row("slow", float("nan"), "x", at_least=2),
    ],
)
def test_a_bound_that_is_not_kept_fails_and_is_remembered(run, row, capsys):
    status, (remembered,) = run(Row("fine", 1.0, "x", at_most=2), row)
    assert status == 1
    assert [entry["kept"] for entry in remembered["rows"]] == [True, False]
    told = capsys.readouterr()
    assert "NOT KEPT" in told.out
    assert told.err.startswith("ridge: slow: ")


def test_a_benchmark_that_measures_nothing_fails(run, capsys):
    assert run()[0] == 1
    assert "ridge: measured nothing" in capsys.readouterr().err


def test_slack_widens_bounds_on_times_only(run):
    time, ratio = Row("time", 3.0, "ms", at_most=2), Row("ratio", 3.0, "x", at_most=2)
    assert run(time, arguments=["--slack", "2"])[0] == 0
    assert run(ratio, arguments=["--slack", "2"])[0] == 1


def test_a_row_has_one_bound():
    with pytest.raises(ValueError, match="at_most or at_least"):
        Row("none", 1.0, "x")
    with pytest.raises(ValueError, match="at_most or at_least"):
        Row("both", 1.0, "x", at_most=1, at_least=1)


def test_an_unknown_benchmark_is_named(tmp_path):
    with pytest.raises(SystemExit, match="unknown benchmark 'no'"):
        bench.main(["no", "--history", str(tmp_path / "h")])
    assert not (tmp_path / "h").exists()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the sources are not in git")
def test_the_commit_is_the_one_that_is_checked_out():
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert bench.commit().removesuffix("+") == head.stdout.strip()
