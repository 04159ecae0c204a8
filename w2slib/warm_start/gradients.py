"""Sampled gradients, to compare with the one-point inequality."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from w2slib.simulation import run_trials
from w2slib.validation import (
    between,
    integer,
    single,
)
from w2slib.warm_start.descent import _sphere_gradient
from w2slib.warm_start.flows import _noise
from w2slib.warm_start.inputs import _count
from w2slib.warm_start.links import _hermite


@dataclass(frozen=True)
class Gradients:
    """Sampled gradients against the one-point inequality, for M students and R supervisors.

    Attributes
    ----------
    m, rho : ndarray, shapes (M,) and (R,)
        Overlaps of students and supervisors with the truth.
    supervisor_mean, supervisor_stderr : ndarray, shape (M, R)
        ⟨−grad, w_t − w⟩/‖w_t − w‖², to compare with `curvature` at ⟨w, w_t⟩.
    truth_mean, truth_stderr : ndarray, shape (M, R)
        ⟨−grad, w* − w⟩/‖w* − w‖², to compare with `truth_rate`.
    fluctuation_mean, fluctuation_stderr : ndarray, shape (M, R)
        Norm of the sampled minus the population's gradient, to compare with √(V d/n_s).
    """

    m: np.ndarray
    rho: np.ndarray
    supervisor_mean: np.ndarray
    supervisor_stderr: np.ndarray
    truth_mean: np.ndarray
    truth_stderr: np.ndarray
    fluctuation_mean: np.ndarray
    fluctuation_stderr: np.ndarray


def simulate_gradients(
    m,
    rho,
    *,
    degree: int,
    samples_per_dim: float,
    noise_var: float = 0.0,
    correlation: float = 0.0,
    dim: int = 200,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Gradients:
    r"""Measure the one-point strong convexity of sampled losses, towards supervisor and truth.

    Parameters
    ----------
    m : array_like, shape (M,)
        Overlaps of the students with the truth, in [0, 1).
    rho : array_like, shape (R,)
        Overlaps of the supervisors with the truth, in [0, 1].
    degree : int
        Degree k.
    samples_per_dim : float
        :math:`n_s/d`.
    noise_var : float
        Variance of the noise in the labels, >= 0.
    correlation : float
        Correlation s of the errors of student and supervisor, in [-1, 1].
    dim : int
        Dimension d, at least 4.
    n_trials : int
        Independent trials, at least 2.
    rng : numpy.random.Generator, int or None
        Source of randomness.
    executor : concurrent.futures.Executor, optional
        Runs the trials, see `w2slib.simulation.run_trials`.

    Returns
    -------
    Gradients

    Raises
    ------
    ValueError
        If an argument is outside its range, or a student coincides with truth or supervisor.

    Notes
    -----
    Source: this book. All M R gradients of a trial share the inputs.

    Examples
    --------
    >>> from w2slib.warm_start import truth_rate
    >>> run = simulate_gradients([0.5], [0.8], degree=2, samples_per_dim=50, n_trials=5, rng=0)
    >>> bool(abs(run.truth_mean[0, 0] - truth_rate(0.5, 0.8, 2)) < 0.2)
    True
    """
    m, rho = np.atleast_1d(between("m", m, 0, 1)), np.atleast_1d(between("rho", rho, 0, 1))
    s = single("correlation", between("correlation", correlation, -1, 1))
    dim, degree = integer("dim", dim, 4), integer("degree", degree)
    sigma = np.sqrt(single("noise_var", _noise(noise_var)))
    students, teachers = _pairs(m, rho, s, dim)
    if np.any(students[:, 0] == 1) or np.any((students * teachers).sum(axis=1) > 1 - 1e-12):
        raise ValueError(
            f"m = {m}, rho = {rho}; allowed: students that differ from truth and supervisor"
        )
    n = _count(samples_per_dim, dim)
    trial = partial(_gradient_trial, students, teachers, degree, n, sigma)
    estimates = run_trials(trial, n_trials, rng, executor)
    parts = (part.reshape(len(m), len(rho)) for e in estimates for part in (e.mean, e.stderr))
    return Gradients(m, rho, *parts)


def _pairs(m, rho, s, dim) -> tuple[np.ndarray, np.ndarray]:
    """Students and supervisors for every (m, rho), with errors in the plane of axes 2 and 3."""
    m, rho = (a.ravel() for a in np.meshgrid(m, rho, indexing="ij"))
    students, teachers = np.zeros((len(m), dim)), np.zeros((len(m), dim))
    teachers[:, 0], teachers[:, 1] = rho, np.sqrt(1 - rho**2)
    students[:, 0], students[:, 1] = m, s * np.sqrt(1 - m**2)
    students[:, 2] = np.sqrt(1 - s**2) * np.sqrt(1 - m**2)
    return students, teachers


def _gradient_trial(students, teachers, degree, n, sigma, rng) -> tuple[np.ndarray, ...]:
    X = rng.standard_normal((n, students.shape[1]), np.float32)
    labels = _hermite(X @ teachers.T.astype(np.float32), degree)[0]
    labels += np.float32(sigma) * rng.standard_normal((n, 1), np.float32)
    gradient = _sphere_gradient(X, labels, students.astype(np.float32), _hermite, degree)
    overlap = (students * teachers).sum(axis=1)[:, None]
    exact = -2 * degree * overlap ** (degree - 1) * (teachers - overlap * students)
    truth = np.zeros_like(students)
    truth[:, 0] = 1
    rates = [
        -(gradient * (aim - students)).sum(axis=1) / ((aim - students) ** 2).sum(axis=1)
        for aim in (teachers, truth)
    ]
    return (*rates, np.linalg.norm(gradient - exact, axis=1))
