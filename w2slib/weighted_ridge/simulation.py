"""Sampled data, exact weighted fits, and their errors on a grid of penalties."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial

import numpy as np
from scipy.linalg import lapack, qr

from w2slib.core.blocks import block_sizes
from w2slib.core.results import RidgeSimulation
from w2slib.core.ridge_solver import RidgeSolutions
from w2slib.core.trials import run_trials, simulator
from w2slib.core.validation import grid, integer, positive, sample_size, single
from w2slib.weighted_ridge.setting import Blocks, checked_blocks, checked_teacher_weights


@simulator
def simulate(
    lam_t,
    lam_s,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    blocks: Blocks,
    teacher_weights=None,
    dim: int = 400,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    r"""Sample data, fit weighted teacher and student exactly, and measure a whole grid of errors.

    Every trial draws a target, a teacher's data set and fresh inputs for the student. One reduction of
    :math:`\Gamma^{-1/2} S \Gamma^{-1/2}` to tridiagonal form for each of the two fits serves all its
    penalties. The target's direction within each block is uniform, its energy there exactly
    :math:`e_b`. A block of fraction 0, a spike, gets one coordinate.

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties of teacher and student, >= 0 (0 is the least-norm solution).
    gamma_t, gamma_s : float
        Aspect ratios; the sample sizes are ``dim / gamma`` rounded.
    noise_var : float
        Variance of the label noise, >= 0.
    blocks : Blocks
        Fractions, the student's weights, energies.
    teacher_weights : array_like, shape (B,), optional
        The teacher's weights, >= 0; plain ridge by default.
    dim : int
        Dimension d.
    n_trials : int
        Independent trials, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials, see `w2slib.simulation.run_trials`.

    Returns
    -------
    w2slib.simulation.RidgeSimulation

    Raises
    ------
    ValueError
        If an argument is outside its range or ``dim`` is too small for the ratios or fractions.

    Notes
    -----
    Source: linear algebra; checked against direct solves in the tests.

    Examples
    --------
    >>> blocks = Blocks([0.25, 0.75], [0.2, 1.0], [0.7, 0.3])
    >>> run = simulate([0.1], [0.1, 1.0], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, blocks=blocks,
    ...                dim=100, rng=1)
    >>> run.student_mean.shape
    (2, 1)
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s)
    blocks = checked_blocks(blocks)
    teacher_weights = checked_teacher_weights(teacher_weights, blocks)
    dim = integer("dim", dim, minimum=2)
    n_t = sample_size("gamma_t", gamma_t, dim)
    n_s = sample_size("gamma_s", gamma_s, dim)
    counts = block_sizes(blocks.fractions, dim)
    _require_samples("gamma_t", n_t, counts[teacher_weights == 0].sum())
    _require_samples("gamma_s", n_s, counts[blocks.weights == 0].sum())
    sigma = np.sqrt(single("noise_var", positive("noise_var", noise_var, allow_zero=True)))
    weights = np.repeat(teacher_weights, counts), np.repeat(blocks.weights, counts)
    trial = partial(_trial, lam_t, lam_s, n_t, n_s, sigma, counts, blocks.energies, *weights)
    return RidgeSimulation.of(lam_t, lam_s, run_trials(trial, n_trials, rng, executor))


@simulator
def simulate_spike(
    lam_t,
    lam_s,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    zeta: float,
    relief: float,
    dim: int = 400,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    r"""Sample the rank-one model: a plain teacher, and a student with relief along one direction.

    Parameters
    ----------
    lam_t, lam_s, gamma_t, gamma_s, noise_var, dim, n_trials, rng, executor
        As in `simulate`.
    zeta : float
        Alignment ζ of target and relieved direction, in [-1, 1].
    relief : float
        Relief :math:`\kappa_\Gamma \le 1`.

    Returns
    -------
    w2slib.simulation.RidgeSimulation

    Raises
    ------
    ValueError
        As `simulate`.

    Notes
    -----
    Isotropic data look the same in every basis, so the direction is a coordinate axis here. Source:
    linear algebra; the model is [Mechanisms]'.

    Examples
    --------
    >>> run = simulate_spike([0.25], [0.1], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, zeta=0.9,
    ...                      relief=1.0, dim=100, rng=1)
    >>> bool(run.difference_mean[0, 0] < 0)
    True
    """
    return simulate(
        lam_t, lam_s, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var,
        blocks=Blocks.spike(zeta, relief), dim=dim, n_trials=n_trials, rng=rng, executor=executor,
    )  # fmt: skip


def _trial(lam_t, lam_s, n_t, n_s, sigma, counts, energies, weights_t, weights_s, rng):
    target = draw_target(counts, energies, rng)
    X = rng.standard_normal((n_t, len(target)))
    labels = X @ target + sigma * rng.standard_normal(n_t)
    teachers = weighted_path(X, labels[:, None], lam_t, weights_t)[:, :, 0]
    teacher = ((teachers - target) ** 2).sum(axis=1)

    Z = rng.standard_normal((n_s, len(target)))
    student = _weighted_errors(Z, Z @ teachers.T, lam_s, weights_s, target)
    return teacher, student, student - teacher


def _weighted_errors(X, Y, lam, weights, target) -> np.ndarray:
    """Squared distances from the target of all fits of `weighted_path`, shape (L, K)."""
    free, fits, free_rows = _penalised_fits(X, Y, lam, weights)
    errors = np.zeros((len(lam), Y.shape[1]))
    if fits is not None:
        g, wanted = weights[~free], target[~free]
        # Most coordinates share one weight, and their squares the norm; the others are corrected.
        values, sizes = np.unique(g, return_counts=True)
        common = values[sizes.argmax()]
        others = np.flatnonzero(g != common)
        single = fits.along(np.eye(len(g))[:, others])
        errors += fits.squared_norms() / common + wanted @ wanted
        errors -= 2 * fits.along((wanted / np.sqrt(g))[:, None])[:, 0]
        errors += ((1 / g[others] - 1 / common)[:, None] * single**2).sum(axis=1)
    return errors + ((free_rows - target[free][:, None]) ** 2).sum(axis=1)


def draw_target(counts, energies, rng: np.random.Generator) -> np.ndarray:
    """Draw a target with given energies: within each block its direction is uniform.

    Parameters
    ----------
    counts : sequence of int, length B
        Coordinates of each block.
    energies : sequence of float, length B
        Squared norm in each block.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (sum of counts,)

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> target = draw_target([1, 99], [0.64, 0.36], np.random.default_rng(0))
    >>> abs(target[0]).round(6), np.sum(target**2).round(6)
    (np.float64(0.8), np.float64(1.0))
    """
    parts = [rng.standard_normal(count) for count in counts]
    return np.concatenate(
        [np.sqrt(e) * part / np.linalg.norm(part) for e, part in zip(energies, parts, strict=True)]
    )


def weighted_path(X: np.ndarray, Y: np.ndarray, lam: np.ndarray, weights: np.ndarray) -> np.ndarray:
    r"""Weighted ridge coefficients for many penalties and labels from one reduction.

    .. math:: \hat\beta(\lambda) = (X^\top X/n + \lambda\,\mathrm{diag}(g))^{-1} X^\top y/n

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Inputs of full rank.
    Y : ndarray, shape (n, K)
        K sets of labels.
    lam : ndarray, shape (L,)
        Penalties, >= 0; 0 gives the limit from above.
    weights : ndarray, shape (d,)
        Penalty weights g, >= 0; fewer than n of them are 0.

    Returns
    -------
    ndarray, shape (L, d, K)

    Notes
    -----
    Unpenalised coordinates are regressed out first; what remains is ridge regression in the
    coordinates :math:`\sqrt{g_i}\beta_i`. Source: linear algebra.

    Examples
    --------
    >>> weighted_path(np.eye(2), np.ones((2, 1)), np.array([0.5]), np.array([1.0, 3.0]))[0, :, 0]
    array([0.5 , 0.25])
    """
    free, fits, free_rows = _penalised_fits(X, Y, lam, weights)
    coefficients = np.empty((len(lam), len(weights), Y.shape[1]))
    coefficients[:, free] = free_rows
    if fits is not None:
        coefficients[:, ~free] = fits.coefficients() / np.sqrt(weights[~free])[:, None]
    return coefficients


def _penalised_fits(X, Y, lam, weights) -> tuple[np.ndarray, RidgeSolutions | None, np.ndarray]:
    """Which coordinates are free, ridge fits of √g β for the others, and the free coefficients.

    Shapes (d,) and (L, free, K); there are no fits if every coordinate is free.
    """
    free = weights == 0
    count = np.count_nonzero(free)
    upper, A, B = _rotate(X[:, free], X[:, ~free] / np.sqrt(weights[~free]), Y)
    head = np.broadcast_to(B[:count], (len(lam), count, Y.shape[1]))
    fits = None
    if count < len(weights):
        # The samples that are left for the penalised coordinates; sums are over n of them.
        rows, labels = A[count:], B[count:]
        fits = RidgeSolutions.of(rows, labels, lam * len(X) / len(rows))
        head = head - fits.along(A[:count].T) if count else head
    return free, fits, np.linalg.solve(upper, head) if count else head


def _rotate(F, A, Y) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rotate the samples so that F becomes upper triangular, zero below its first rows."""
    if F.shape[1] == 0:
        return F, A, Y
    (reflectors, tau), upper = qr(F, mode="raw")
    both = np.hstack([A, Y])
    both, _, _ = lapack.dormqr("L", "T", reflectors, tau, both, lwork=64 * both.shape[1])
    return upper, both[:, : A.shape[1]], both[:, A.shape[1] :]


def _require_samples(ratio_name: str, n: int, free: int) -> None:
    if free >= n:
        raise ValueError(
            f"{ratio_name} leaves {n} samples for {free} unpenalised coordinates; "
            "allowed: more samples than unpenalised coordinates"
        )
