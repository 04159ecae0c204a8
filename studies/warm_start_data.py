"""Make w2slib/data/tables/warm_start.csv: the figures of the warm-start chapter that take minutes.

    python -m studies.warm_start_data                 # everything: 11 minutes of processor time
    python -m studies.warm_start_data --dim 80 --trials 2 --out build/small.csv

Each row is one state of pre-training and one supervisor, averaged over independent trials of
`w2slib.warm_start.simulate_transition`. tests/library/test_warm_start.py runs the script at small
size and checks the committed file against the theory.
"""

from __future__ import annotations

import argparse
import csv
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from studies import TABLES
from w2slib import warm_start

TARGET = TABLES / "warm_start.csv"
COLUMNS = (
    "sweep", "dim", "trials", "theta", "pretraining", "rho", "start", "start_stderr", "weak",
    "student", "student_stderr", "ceiling", "ceiling_stderr", "wins", "remaining_stderr",
)  # fmt: skip
DEGREE, RHO, SAMPLES_PER_DIM, STEP_SIZE, N_STEPS = 3, 0.8, 20, 0.02, 80
SEED = 6


def transition(sweep, theta, pretraining, rho, dim, trials, rng, executor, method="spectral"):
    """Run one sweep and return its rows."""
    theta, pretraining = np.broadcast_arrays(theta, pretraining)
    run = warm_start.simulate_transition(
        theta[:1] if method == "oja" else theta, pretraining, rho, degree=DEGREE,
        samples_per_dim=SAMPLES_PER_DIM, step_size=STEP_SIZE, n_steps=N_STEPS, method=method,
        dim=dim, n_trials=trials, rng=rng, executor=executor,
    )  # fmt: skip
    return [
        (
            sweep, dim, trials, theta[p], pretraining[p], rho[r], run.start_mean[p],
            run.start_stderr[p], run.weak[r], run.student_mean[p, r], run.student_stderr[p, r],
            run.ceiling_mean[p], run.ceiling_stderr[p], run.wins[p, r], run.remaining_stderr[p, r],
        )
        for p in range(len(theta))
        for r in range(len(rho))
    ]  # fmt: skip


def rows(dim: int, trials: int, executor=None):
    """Yield the rows of every sweep; ``dim`` is the largest dimension, ``trials`` of its smallest sweep."""
    generators = iter(np.random.default_rng(SEED).spawn(20))
    for d in (dim // 4, dim // 2, dim):
        common = dict(rho=[RHO], dim=d, trials=trials, executor=executor)
        theta = np.linspace(0.2, 2.0, 10)
        yield from transition("theta", theta, 2.0, rng=next(generators), **common)
        samples = np.geomspace(0.25, 8, 11)
        yield from transition("samples", 1.0, samples, rng=next(generators), **common)
        stream = np.linspace(2, 24, 12)
        yield from transition("oja", 1.0, stream, rng=next(generators), method="oja", **common)
    yield from transition(
        "phase", 1.0, np.geomspace(0.25, 8, 11), np.linspace(0.5, 0.95, 10), dim // 2, trials,
        next(generators), executor,
    )  # fmt: skip
    yield from transition(
        "warm", [1.2], 2.0, [RHO], dim, 5 * trials, next(generators), executor
    )  # fmt: skip
    # Without a spike the leading direction of pre-training is uniformly random.
    yield from transition(
        "random", [0.0], 2.0, [RHO], dim, 5 * trials, next(generators), executor
    )  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Simulate the data of the warm-start chapter.")
    parser.add_argument("--dim", type=int, default=400, help="largest dimension (default 400)")
    parser.add_argument("--trials", type=int, default=20, help="trials per sweep (default 20)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--out", type=Path, default=TARGET)
    args = parser.parse_args(argv)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with (
        ProcessPoolExecutor(args.workers) as executor,
        args.out.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows(args.dim, args.trials, executor):
            writer.writerow([f"{v:.5g}" if isinstance(v, float) else v for v in row])
            file.flush()


if __name__ == "__main__":
    main()
