"""Sampled gradients, to compare with the one-point inequality."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from w2slib.core.hermite import hermite_and_slope
from w2slib.core.portions import in_portions
from w2slib.core.results import Simulation, over
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import between, integer, noise, single
from w2slib.warm_start._inputs import Inputs, sample_count
from w2slib.warm_start._sphere import sphere_gradient

__all__ = ["Gradients", "simulate_gradients"]


@dataclass(frozen=True, eq=False, repr=False)
class Gradients(Simulation):
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

    m: Array = over("m")
    rho: Array = over("rho")
    supervisor_mean: Array = over("m", "rho")
    supervisor_stderr: Array = over("m", "rho")
    truth_mean: Array = over("m", "rho")
    truth_stderr: Array = over("m", "rho")
    fluctuation_mean: Array = over("m", "rho")
    fluctuation_stderr: Array = over("m", "rho")


@simulator
def simulate_gradients(
    m: ArrayLike,
    rho: ArrayLike,
    *,
    degree: int,
    samples_per_dim: float,
    noise_var: float = 0.0,
    correlation: float = 0.0,
    dim: int = 200,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> Gradients:
    r"""Measure the one-point strong convexity of sampled losses, towards supervisor and truth.

    All M R gradients of a trial share the inputs.

    Parameters
    ----------
    m : array_like, shape (M,)
        Overlaps of the students with the truth, in [0, 1).
    rho : array_like, shape (R,)
        Overlaps of the supervisors with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 1`.
    samples_per_dim : float
        :math:`n_s/d`.
    correlation : float
        Correlation s of the errors of student and supervisor, in [-1, 1].
    dim : int
        Dimension d, at least 4.

    Raises
    ------
    ValueError
        Also if a student coincides with truth or supervisor.

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
    sigma = np.sqrt(single("noise_var", noise(noise_var)))
    meeting = m[:, None] * rho + s * np.sqrt(1 - m[:, None] ** 2) * np.sqrt(1 - rho**2)
    if np.any(m == 1) or np.any(meeting > 1 - 1e-12):
        raise ValueError(
            f"m = {m}, rho = {rho}; allowed: students that differ from truth and supervisor"
        )
    n = sample_count(samples_per_dim, dim)
    trial = partial(_trial, m, rho, s, degree, n, dim, sigma)
    estimates = run_trials(trial, n_trials, rng, executor)
    return Gradients(m, rho, *(part for e in estimates for part in (e.mean, e.stderr)))


def _trial(
    m: Array,
    rho: Array,
    s: float,
    degree: int,
    n: int,
    dim: int,
    sigma: float,
    rng: np.random.Generator,
) -> tuple[Array, ...]:
    X = rng.standard_normal((n, dim), np.float32)
    xi = np.float32(sigma) * rng.standard_normal((n, 1), np.float32)
    return in_portions(
        lambda m, rho: _measure(X, xi, *_pairs(m, rho, s, dim), degree),
        m[:, None], rho, bytes_each=24 * n + 64 * dim, unit=None,
    )  # fmt: skip


def _pairs(m: Array, rho: Array, s: float, dim: int) -> tuple[Array, Array]:
    """Students and supervisors as rows, with errors in the plane of axes 2 and 3."""
    students, teachers = np.zeros((len(m), dim)), np.zeros((len(m), dim))
    teachers[:, 0], teachers[:, 1] = rho, np.sqrt(1 - rho**2)
    students[:, 0], students[:, 1] = m, s * np.sqrt(1 - m**2)
    students[:, 2] = np.sqrt(1 - s**2) * np.sqrt(1 - m**2)
    return students, teachers


def _measure(
    X: Inputs, label_noise: Inputs, students: Array, teachers: Array, degree: int
) -> tuple[Array, Array, Array]:
    """Rates towards supervisor and truth, and the size of the fluctuation, one for each pair."""
    labels = hermite_and_slope(X @ teachers.T.astype(np.float32), degree)[0]
    labels += label_noise
    gradient = sphere_gradient(X, labels, students.astype(np.float32), hermite_and_slope, degree)
    overlap = (students * teachers).sum(axis=1)[:, None]
    exact = -2 * degree * overlap ** (degree - 1) * (teachers - overlap * students)
    truth = np.zeros_like(students)
    truth[:, 0] = 1
    return (
        _rate(gradient, teachers - students),
        _rate(gradient, truth - students),
        np.linalg.norm(gradient - exact, axis=1),
    )


def _rate(gradient: Array, way: Array) -> Array:
    return -(gradient * way).sum(axis=1) / (way**2).sum(axis=1)
