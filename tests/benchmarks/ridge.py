"""Mechanism I: the grid of one trial, the fit-per-cell it replaces, and the theory on a grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import Ridge

from tests.benchmarks.timing import Row, seconds
from w2slib import ridge
from w2slib.simulation import run_trials

DIM, GAMMA_T, GAMMA_S, NOISE_VAR = 500, 0.5, 0.5, 1.0
GRID = np.logspace(-2, 1, 41)


def one_trial() -> None:
    """Both errors on the whole 41 x 41 grid, one data set."""
    rng = np.random.default_rng(0)
    ridge.simulation.trial(GRID, GRID, DIM, int(DIM / GAMMA_T), int(DIM / GAMMA_S), 1.0, rng)


def bare_decompositions() -> None:
    """Draw the two data sets and decompose their sample covariances, nothing else."""
    rng = np.random.default_rng(0)
    for gamma in (GAMMA_T, GAMMA_S):
        X = rng.standard_normal((int(DIM / gamma), DIM))
        np.linalg.eigh(X.T @ X / len(X))


def sampled_cells(n_cells: int = 12) -> float:
    """Seconds for one scikit-learn fit and test error of the student, per cell of the grid."""
    rng = np.random.default_rng(0)
    X, beta = rng.standard_normal((int(DIM / GAMMA_S), DIM)), rng.standard_normal(DIM)
    labels = X @ beta
    penalties = np.resize(GRID[:: max(1, len(GRID) // n_cells)], n_cells)

    def fit_all():
        for lam in penalties:
            model = Ridge(alpha=lam * len(X), fit_intercept=False).fit(X, labels)
            np.sum((model.coef_ - beta) ** 2)

    return seconds(fit_all, repeats=3) / n_cells


def theory_ratio() -> float:
    """Time of the student's error on 200 x 200 over one np.sqrt pass plus an outer product."""
    lam_t, lam_s = np.logspace(-3, 2, 200), np.logspace(-3, 2, 200)
    array = np.random.default_rng(0).uniform(size=(200, 200))
    theory = seconds(
        lambda: ridge.student_error(lam_t, lam_s[:, None], GAMMA_T, GAMMA_S, NOISE_VAR), 15, 50
    )
    return theory / seconds(lambda: (np.sqrt(array), np.outer(lam_t, lam_s)), 15, 50)


def rows() -> Iterator[Row]:
    """Measure."""
    trial = seconds(one_trial)
    ratio = trial / seconds(bare_decompositions)
    yield Row("grid of one trial / its two decompositions", ratio, "x", at_most=3)
    per_cell = sampled_cells() * len(GRID) ** 2
    yield Row("scikit-learn fit per cell / grid of one trial", per_cell / trial, "x", at_least=200)
    yield Row("theory on 200 x 200 / sqrt pass + outer product", theory_ratio(), "x", at_most=5)
    overhead = seconds(lambda: run_trials(_nothing, 20, 0)) / trial
    yield Row("overhead of 20 empty trials / grid of one trial", overhead, "x", at_most=0.1)


def _nothing(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (np.zeros(1),)
