"""Mechanism II: the block solver on a volume, the scalar loop it replaces, and the grid of a trial."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import brentq

from tests.benchmarks.timing import Row, seconds
from w2slib import weighted_ridge as wr

BLOCKS = wr.Blocks([0.1, 0.2, 0.3, 0.4], [0.1, 0.5, 1.0, 3.0], [0.4, 0.3, 0.2, 0.1])
LAM_T = LAM_S = np.logspace(-3, 2, 41)
RATIOS_S = np.logspace(-1, 1, 25)
GAMMA_T, NOISE_VAR = 0.5, 0.5
DIM, GRID = 500, np.logspace(-2, 1, 41)


def volume() -> np.ndarray:
    """The student's error on 25 x 41 x 41 values of (γ_s, λ_s, λ_t)."""
    grids = LAM_T, LAM_S[:, None], GAMMA_T, RATIOS_S[:, None, None]
    return wr.student_error(*grids, NOISE_VAR, BLOCKS)


def scalar_fit(lam, gamma, weights, energies, noise_var):
    """One Gaussian-sequence map in plain Python, κ by a bracketing root finder."""
    fractions = BLOCKS.fractions

    def excess(log_kappa):
        kappa = np.exp(log_kappa)
        return kappa - lam - kappa * gamma * np.sum(fractions / (1 + kappa * weights))

    kappa = np.exp(brentq(excess, -40, 40, xtol=1e-14))
    s = 1 / (1 + kappa * weights)
    df2 = np.sum(fractions * s**2)
    return s, (noise_var + np.sum((1 - s) ** 2 * energies)) / (1 - gamma * df2)


def scalar_cell(lam_t, lam_s, gamma_s) -> float:
    """One cell of the volume by composing two such maps."""
    fractions, energies = BLOCKS.fractions, BLOCKS.energies
    s, omega2 = scalar_fit(lam_t, GAMMA_T, np.ones(4), energies, NOISE_VAR)
    variance = s**2 * fractions * GAMMA_T * omega2
    a, omega2 = scalar_fit(lam_s, gamma_s, BLOCKS.weights, s**2 * energies + variance, 0.0)
    variance = a**2 * (variance + fractions * gamma_s * omega2)
    return float(np.sum((1 - a * s) ** 2 * energies + variance))


def scalar_loop(n_cells: int = 200) -> float:
    """Seconds for one cell, from a sample of cells that must agree with the volume."""
    cells = np.random.default_rng(0).integers([25, 41, 41], size=(n_cells, 3))
    arguments = [(LAM_T[t], LAM_S[s], RATIOS_S[g]) for g, s, t in cells]
    values = volume()[tuple(cells.T)]
    np.testing.assert_allclose([scalar_cell(*a) for a in arguments], values, rtol=1e-9)
    return seconds(lambda: [scalar_cell(*a) for a in arguments], repeats=3) / n_cells


def one_trial() -> None:
    """Both errors on the whole 41 x 41 grid, one data set."""
    sizes = np.array([50, 100, 150, 200])
    weights = np.repeat(BLOCKS.weights, sizes)
    wr.simulation.trial(
        GRID, GRID, 2 * DIM, 2 * DIM, 0.7, sizes, BLOCKS.energies, np.ones(DIM), weights,
        np.random.default_rng(0),
    )  # fmt: skip


def bare_decompositions() -> None:
    """Draw the two data sets and decompose their sample covariances, nothing else."""
    rng = np.random.default_rng(0)
    for _ in range(2):
        X = rng.standard_normal((2 * DIM, DIM))
        np.linalg.eigh(X.T @ X / len(X))


def rows() -> Iterator[Row]:
    """Measure."""
    vector = seconds(volume, repeats=15)
    yield Row("theory on 41 x 41 x 25 for 4 blocks", 1e3 * vector, "ms", at_most=50)
    loop = scalar_loop() * len(LAM_T) * len(LAM_S) * len(RATIOS_S)
    yield Row("scalar brentq loop / the same volume", loop / vector, "x", at_least=500)
    trial = seconds(one_trial, repeats=5) / seconds(bare_decompositions, repeats=5)
    yield Row("grid of one trial / its two decompositions", trial, "x", at_most=3)
