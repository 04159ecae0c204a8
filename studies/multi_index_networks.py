"""Train the real networks of the chapter on Mechanism III and store what was measured.

    python -m studies.multi_index_networks                      # writes the committed file
    python -m studies.multi_index_networks --small --out t.csv  # seconds; the tests run this

Everything is seeded: the same machine writes the same file. The full run takes about four minutes on
one core; ``--workers 2`` spreads the seeds over processes without changing a number.
"""

from __future__ import annotations

import argparse
import csv
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studies import TABLES
from w2slib.core.targets import EXAMPLE
from w2slib.networks import MODES, NetworkSetting, simulate_networks, simulate_pretraining

OUT = TABLES / "multi_index_networks.csv"
FIELDS = ("experiment", "quantity", "mode", "dim", "x", "mean", "stderr", "n_trials")


@dataclass(frozen=True)
class Plan:
    """What is run; the penalties are chosen on seeds that the results do not use."""

    setting: NetworkSetting
    lam_s: np.ndarray
    n_development: int
    n_evaluation: int
    pretraining: tuple[NetworkSetting, ...]
    doublings: range
    n_pretraining: int

    def sizes(self, dim: int) -> list[int]:
        """Whole minibatches of d samples, from a few d to 2⁴ d² samples."""
        return [max(round(dim * 2.0**k), 1) * dim for k in self.doublings]


FULL = Plan(
    setting=NetworkSetting(),
    lam_s=np.logspace(-4, 0, 9),
    n_development=8,
    n_evaluation=20,
    pretraining=tuple(NetworkSetting(dim=d, task_size=d) for d in (25, 50)),
    doublings=range(-4, 5),
    n_pretraining=12,
)
SMALL = Plan(
    setting=NetworkSetting(dim=20, width=60, n_source=4000, task_size=20),
    lam_s=np.logspace(-3, 0, 3),
    n_development=2,
    n_evaluation=3,
    pretraining=(NetworkSetting(dim=16, width=60, task_size=16, n_source=64),),
    doublings=range(-2, 4),
    n_pretraining=3,
)


def row(experiment, quantity, dim, estimate, n, mode="", x="") -> dict:
    """One line of the file."""
    x = x if x == "" else f"{x:.6g}"
    numbers = {"mean": f"{float(estimate[0]):.6f}", "stderr": f"{float(estimate[1]):.6f}"}
    return {
        "experiment": experiment, "quantity": quantity, "mode": mode, "dim": dim, "x": x, "n_trials": n
    } | numbers  # fmt: skip


def students(plan: Plan, executor) -> list[dict]:
    """Errors of teacher and students, and overlaps; "parallel" is the theory's idealisation."""
    rows, dim = [], plan.setting.dim
    for name, n, seed, setting in [
        ("development", plan.n_development, 1, plan.setting),
        ("evaluation", plan.n_evaluation, 2, plan.setting),
        ("parallel", plan.n_evaluation, 4, replace(plan.setting, parallel=True)),
    ]:
        run = simulate_networks(
            EXAMPLE, setting, plan.lam_s, n_trials=n, rng=seed, executor=executor
        )
        for quantity in (
            "teacher", "teacher_overlap", "teacher_hard_squared", "pretrained_overlap",
            "student_overlap", "scratch_overlap",
        ):  # fmt: skip
            value = getattr(run, quantity)
            rows.append(row(name, quantity, dim, (value.mean, value.stderr), n))
        for quantity in ("student", "difference"):
            for mode in MODES:
                value = getattr(run, quantity)[mode]
                for k, lam in enumerate(plan.lam_s):
                    pair = (value.mean[k], value.stderr[k])
                    rows.append(row(name, quantity, dim, pair, n, mode, lam))
    return rows


def pretraining(plan: Plan, executor) -> list[dict]:
    """Squared overlap with the hard direction against the size of the pre-training step."""
    rows = []
    for setting in plan.pretraining:
        dim = setting.dim
        counts = plan.sizes(dim)
        run = simulate_pretraining(
            EXAMPLE, setting, counts, n_trials=plan.n_pretraining, rng=3, executor=executor
        )
        for n, *pair in zip(counts, run.mean, run.stderr, strict=True):
            rows.append(row("pretraining", "squared", dim, pair, plan.n_pretraining, x=n))
    return rows


def main(argv: list[str] | None = None) -> None:
    """Run the plan and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--small", action="store_true", help="tiny networks, three seeds")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(argv)
    plan = SMALL if options.small else FULL
    pool = ProcessPoolExecutor(options.workers) if options.workers > 1 else nullcontext()
    with pool as executor:
        rows = students(plan, executor) + pretraining(plan, executor)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
