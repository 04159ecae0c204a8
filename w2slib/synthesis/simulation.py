"""Sampled chains of fits, relief along an estimated direction, and random features."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, lstsq, null_space, solve

from w2slib.core.blocks import block_sizes
from w2slib.core.kernels import arc_cosine, unit_rows
from w2slib.core.results import Estimate, Simulation, over
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import (
    between,
    grid,
    instance,
    integer,
    noise,
    positive,
    sample_size,
    single,
)
from w2slib.synthesis.setting import Fit, Generation, per_block, truth

__all__ = [
    "ChainSimulation",
    "simulate",
    "simulate_estimated_relief",
    "simulate_random_features",
]


@dataclass(frozen=True, eq=False, repr=False)
class ChainSimulation(Simulation):
    """Measured chain of G generations over B blocks.

    Attributes
    ----------
    error : Estimate, shape (G,)
        Excess test error of each generation.
    by_block : Estimate, shape (G, B)
        The same, block by block.
    misfit : Estimate, shape (G,)
        Squared distance of each generation from the source of its labels.
    gain : Estimate, shape (G,)
        Error of the labels' source (0 for the truth) minus that of the generation, paired by trial.
    gap : Estimate, shape (G,)
        Gain minus misfit, paired by trial.
    """

    error: Estimate = over("generation")
    by_block: Estimate = over("generation", "block")
    misfit: Estimate = over("generation")
    gain: Estimate = over("generation")
    gap: Estimate = over("generation")


# ------------------------------------------------------------------------------------ chains


class _Step(NamedTuple):
    """One generation of a sampled chain."""

    lam: float
    samples: int
    penalty: Array
    expressed: Array | None


@simulator
def simulate(
    generations: Sequence[Generation],
    fractions: ArrayLike,
    energies: ArrayLike,
    *,
    noise_var: float,
    dim: int = 200,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> ChainSimulation:
    """Sample a chain of weighted ridge regressions, each labelled by the one before.

    Each fit solves its d linear equations; the theory is `fit`.

    Parameters
    ----------
    generations : sequence of Generation
        The teacher first; only its labels are noisy.
    fractions, energies : array_like, shape (B,)
        As in `truth`.
    noise_var : float
        Variance of the noise in the teacher's labels.
    dim : int
        Dimension; each block has ``dim * fraction`` coordinates, rounded, a spike has one.
    n_trials, rng, executor
        Number of trials, source of randomness, what runs the trials.

    Returns
    -------
    ChainSimulation

    Examples
    --------
    >>> chain = [Generation(0.01, 0.5, [1.0]), Generation(0.3, 0.5, [1.0])]
    >>> simulate(chain, [1.0], [1.0], noise_var=0.5, dim=60, n_trials=3, rng=1).error.mean.shape
    (2,)
    """
    target, dim = truth(fractions, energies), integer("dim", dim, minimum=2)
    sigma = np.sqrt(single("noise_var", noise(noise_var)))
    counts = block_sizes(target.fractions, dim)
    steps = [_checked_step(step, target, counts, dim) for step in generations]
    trial = partial(_chain, steps, target.energies, counts, sigma)
    return ChainSimulation(*run_trials(trial, n_trials, rng, executor))


def _checked_step(step: Generation, target: Fit, counts: np.ndarray, dim: int) -> _Step:
    step = instance("generations", step, Generation)
    weights = per_block("weights", positive("weights", step.weights, allow_zero=True), target)
    expressed = step.expressed
    return _Step(
        single("lam", positive("lam", step.lam, allow_inf=True)),
        sample_size("gamma", step.gamma, dim),
        np.repeat(weights, counts),
        None
        if expressed is None
        else per_block("expressed", between("expressed", expressed, 0, 1), target),
    )


def _chain(
    steps: list[_Step],
    energies: Array,
    counts: np.ndarray,
    sigma: float,
    rng: np.random.Generator,
) -> tuple[Array, ...]:
    edges = np.concatenate([[0], np.cumsum(counts)[:-1]])
    target = np.concatenate([_of_energy(e, n, rng) for e, n in zip(energies, counts, strict=True)])
    beta = target
    records: list[tuple[Array, float, float]] = []
    for step in steps:
        known = _sampled_prior(step.expressed, target, counts, energies, rng)
        X = rng.standard_normal((step.samples, len(target)))
        labels = X @ (beta - known)
        if not records:  # only the teacher's labels are noisy
            labels += sigma * rng.standard_normal(step.samples)
        source, beta = beta, known + _ridge(X, labels, step.lam, step.penalty)
        squares = np.add.reduceat((beta - target) ** 2, edges)
        misfit = np.sum((beta - source) ** 2)
        gain = np.sum((source - target) ** 2) - squares.sum()
        records.append((squares, misfit, gain))
    blocks, misfits, gains = (np.stack(part) for part in zip(*records, strict=True))
    return blocks.sum(axis=1), blocks, misfits, gains, gains - misfits


def _sampled_prior(
    expressed: Array | None,
    target: Array,
    counts: np.ndarray,
    energies: Array,
    rng: np.random.Generator,
) -> Array:
    if expressed is None:
        return np.zeros(len(target))
    kept = np.repeat(expressed, counts)
    parts = [
        _of_energy(e * part * (1 - part), n, rng)
        for e, part, n in zip(energies, expressed, counts, strict=True)
    ]
    return kept * target + np.concatenate(parts)


def _of_energy(energy: float, count: int, rng: np.random.Generator) -> Array:
    """Gaussian vector of a given squared length."""
    vector = rng.standard_normal(count)
    return np.sqrt(energy) * vector / np.linalg.norm(vector)


def _ridge(X: Array, y: Array, lam: float, penalty: Array) -> Array:
    """Ridge coefficients with the penalty λ βᵀ Γ β; Γ as its diagonal or as a matrix."""
    penalty = np.diag(penalty) if penalty.ndim == 1 else penalty
    if np.isinf(lam):
        # Least squares on what Γ leaves free.
        free = null_space(penalty)
        return free @ lstsq(X @ free, y)[0] if free.size else np.zeros(X.shape[1])
    return solve(X.T @ X / len(X) + lam * penalty, X.T @ y / len(X), assume_a="pos")


# ------------------------------------------------------------------------- estimated relief


@simulator
def simulate_estimated_relief(
    theta: ArrayLike,
    *,
    gamma_pre: float,
    lam_t: float,
    lam_s: float,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    zeta: float,
    relief: float,
    dim: int = 200,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> tuple[Estimate, Estimate]:
    r"""Relieve a direction that pre-training estimated from unlabelled data.

    Every trial draws a target with energy ζ² along v; for each spike strength θ it samples
    unlabelled inputs with covariance :math:`I + \theta vv^\top` and takes their top eigenvector
    :math:`\hat v`. Teacher (plain ridge) and student (penalty :math:`I - \kappa_\Gamma\hat v\hat v^\top`) see
    isotropic inputs. The theory is Mechanism II's error at alignment :math:`\zeta m_0`.

    Parameters
    ----------
    theta : array_like, shape (K,)
        Spike strengths, >= 0.
    gamma_pre : float
        Aspect ratio of pre-training.
    lam_t, lam_s, gamma_t, gamma_s, noise_var : float
        As in Mechanism II; penalties > 0.
    zeta : float
        Alignment of target and direction, in [0, 1].
    relief : float
        Relief of the estimated direction's penalty, in [0, 1].
    dim, n_trials, rng, executor
        Dimension, number of trials, source of randomness, what runs the trials.

    Returns
    -------
    difference : Estimate, shape (K,)
        :math:`L_s - L_t`.
    overlap : Estimate, shape (K,)
        :math:`\langle\hat v, v\rangle^2`.

    Examples
    --------
    >>> difference, overlap = simulate_estimated_relief(
    ...     [0.0, 4.0], gamma_pre=0.5, lam_t=0.5, lam_s=0.1, gamma_t=0.5, gamma_s=0.5,
    ...     noise_var=1.0, zeta=0.9, relief=1.0, dim=60, n_trials=4, rng=1)
    >>> bool(overlap.mean[0] < 0.3 < overlap.mean[1])
    True
    """
    theta, dim = grid("theta", theta), integer("dim", dim, minimum=2)
    sizes = tuple(
        sample_size(name, ratio, dim)
        for name, ratio in (("gamma_pre", gamma_pre), ("gamma_t", gamma_t), ("gamma_s", gamma_s))
    )
    sigma = np.sqrt(single("noise_var", noise(noise_var)))
    penalties = (
        single("lam_t", positive("lam_t", lam_t)),
        single("lam_s", positive("lam_s", lam_s, allow_inf=True)),
    )
    zeta = single("zeta", between("zeta", zeta, 0, 1))
    relief = single("relief", between("relief", relief, 0, 1))
    trial = partial(_relief_trial, theta, sizes, penalties, sigma, zeta, relief, dim)
    difference, overlap = run_trials(trial, n_trials, rng, executor)
    return difference, overlap


def _relief_trial(
    theta: Array,
    sizes: tuple[int, ...],
    penalties: tuple[float, float],
    sigma: float,
    zeta: float,
    relief: float,
    dim: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    n_pre, n_t, n_s = sizes
    target = np.concatenate([[zeta], _of_energy(1 - zeta**2, dim - 1, rng)])
    X, Z = rng.standard_normal((n_t, dim)), rng.standard_normal((n_s, dim))
    labels = X @ target + sigma * rng.standard_normal(n_t)
    teacher = _ridge(X, labels, penalties[0], np.ones(dim))
    weak = np.sum((teacher - target) ** 2)
    inputs, differences, overlaps = rng.standard_normal((n_pre, dim)), [], []
    for strength in theta:
        spiked = inputs.copy()
        spiked[:, 0] *= np.sqrt(1 + strength)
        v = eigh(spiked.T @ spiked, subset_by_index=[dim - 1, dim - 1])[1][:, 0]
        student = _ridge(Z, Z @ teacher, penalties[1], np.eye(dim) - relief * np.outer(v, v))
        differences.append(np.sum((student - target) ** 2) - weak)
        overlaps.append(v[0] ** 2)
    return np.array(differences), np.array(overlaps)


# -------------------------------------------------------------------------- random features


@simulator
def simulate_random_features(
    teacher_width: int,
    student_width: int,
    times: ArrayLike,
    *,
    dim: int,
    n_trials: int = 5,
    rng: Rng = None,
    executor: Executor | None = None,
) -> tuple[Estimate, Estimate]:
    r"""Small random-feature teacher, large random-feature student, gradient flow stopped early.

    Both are two-layer ReLU networks with a random, fixed first layer of unit vectors; inputs are
    N(0, I) and the target is linear, of energy 1. The teacher is the best read-out on the
    population; the student follows gradient flow from zero on the population loss with the teacher's
    labels. Expectations over inputs are exact, through

    .. math:: E\,(w\cdot x)_+ (v\cdot x)_+ = \frac{\sin\phi + (\pi - \phi)\cos\phi}{2\pi}, \qquad
        E\,(w\cdot x)_+ (u\cdot x) = \tfrac12 w\cdot u, \qquad \cos\phi = w\cdot v;

    only the features are random.

    Parameters
    ----------
    teacher_width, student_width : int
        Numbers of features.
    times : array_like, shape (T,)
        Times of the gradient flow, >= 0, in units of :math:`4 d`, the inverse rate at which a wide
        student learns linear functions; infinity is the end of the flow.
    dim : int
        Input dimension.
    n_trials, rng, executor
        Number of draws of both first layers, source of randomness, what runs the trials.

    Returns
    -------
    teacher : Estimate, scalar
        Error of the teacher.
    student : Estimate, shape (T,)
        Error of the student at each time.

    Notes
    -----
    A simulation in the setting of Medvedev et al. (2025); no formula for the student's error is
    claimed.

    Examples
    --------
    >>> teacher, student = simulate_random_features(30, 200, [0.0, 3.0], dim=10, n_trials=3, rng=0)
    >>> bool(student.mean[0] == 1.0), bool(student.mean[1] < teacher.mean)
    (True, True)
    """
    widths = integer("teacher_width", teacher_width), integer("student_width", student_width)
    times, dim = grid("times", times, allow_inf=True), integer("dim", dim, minimum=2)
    trial = partial(_random_feature_trial, *widths, times, dim)
    teacher, student = run_trials(trial, n_trials, rng, executor)
    return teacher, student


def _random_feature_trial(
    m_t: int, m_s: int, times: Array, dim: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    W_t, W_s = (unit_rows(rng.standard_normal((m, dim))) for m in (m_t, m_s))
    # The target is the first coordinate; correlations of the features with it:
    c_t, c_s = W_t[:, 0] / 2, W_s[:, 0] / 2 / np.sqrt(m_s)
    readout = solve(arc_cosine(W_t, W_t), c_t, assume_a="pos")
    seen = arc_cosine(W_s, W_t) @ readout / np.sqrt(m_s)
    rates, basis = eigh(arc_cosine(W_s, W_s) / m_s)
    rates = np.maximum(rates, 1e-15)
    # b(T) = (1 − e^{−rate T})/rate ∘ seen, in the eigenbasis.
    b = -np.expm1(-rates[:, None] * 4 * dim * times) / rates[:, None] * (basis.T @ seen)[:, None]
    student = 1 - 2 * (basis.T @ c_s) @ b + (rates[:, None] * b**2).sum(axis=0)
    return np.array(1 - c_t @ readout), student
