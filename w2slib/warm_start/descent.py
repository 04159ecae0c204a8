"""Fine-tuning: descent on the sphere on inputs that the supervisor labelled."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from w2slib.core.results import Result, Simulation, over
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import between, broadcastable, integer
from w2slib.warm_start._inputs import sample_count
from w2slib.warm_start._sphere import Task
from w2slib.warm_start.vectors import aligned_rows, given_runs, unit_vector

__all__ = ["Descent", "FineTuningSimulation", "fine_tune", "simulate"]


@dataclass(frozen=True, eq=False, repr=False)
class Descent(Result):
    """A run of fine-tuning, or several on the same inputs.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Step size times number of steps, T = number of steps + 1.
    truth, supervisor : ndarray, shape (..., T)
        Overlaps of the student with truth and supervisor.
    error : ndarray, shape (..., T)
        Test error on inputs distributed like those of fine-tuning: exact for Gaussian inputs, on
        4000 fresh ones otherwise.
    """

    times: Array = over("times")
    truth: Array = over(..., "times")
    supervisor: Array = over(..., "times")
    error: Array = over(..., "times")


@simulator
def fine_tune(
    w0: ArrayLike,
    *,
    degree: int,
    supervisor: ArrayLike,
    n_samples: int,
    noise_var: float,
    step_size: float,
    n_steps: int,
    spike: ArrayLike | None = None,
    link: str = "hermite",
    inputs: str = "gaussian",
    rng: Rng = None,
) -> Descent:
    r"""Fine-tune: spherical gradient descent on sampled inputs that the supervisor labelled.

    .. math:: w \leftarrow \frac{w - \eta\,(I - w w^\top)\nabla\hat L(w)}{\|\cdot\|}, \qquad
        \hat L(w) = \frac1{n_s}\sum_i \big(h_k(\langle w, x_i\rangle) - y_i\big)^2

    Parameters
    ----------
    w0 : array_like, shape (..., d)
        Starts; scaled to length 1.
    degree : int
        Degree :math:`k \ge 1` of the link.
    supervisor : array_like, shape (..., d)
        Supervisors, scaled to length 1; broadcast against the starts. All runs share the inputs and
        the noise ξ, so that each step is two matrix products. ``supervisor = w_star`` (the first
        axis) trains on true labels: the ceiling.
    n_samples : int
        Number of labelled inputs :math:`n_s`.
    step_size : float
        η > 0. Stable below about the inverse of :math:`\max_i h_k'(\langle w, x_i\rangle)^2 d/n_s`.
    n_steps : int
        Number of steps.
    spike : array_like, shape (d,), optional
        Vector :math:`\sqrt\theta\,v`: the inputs have covariance I + spike spikeᵀ. Isotropic by default.
    link : str
        Key of `LINKS`; ``"relu"`` ignores the degree.
    inputs : str
        Key of `INPUTS`.

    Notes
    -----
    Source: [Blessing]'s setting in this book's instantiation. Inputs are kept in single precision: the
    cost is the memory traffic of two passes over them per step.

    Examples
    --------
    >>> from w2slib.warm_start import error, unit_vector
    >>> rng = np.random.default_rng(0)
    >>> w_t, w0 = unit_vector([0.8, 0.6], dim=50, rng=rng)
    >>> run = fine_tune(w0, degree=3, supervisor=w_t, n_samples=3000, noise_var=0.0,
    ...                 step_size=0.01, n_steps=200, rng=rng)
    >>> bool(run.error.min() < error(0.8, 3)), bool(abs(run.truth[-1] - 0.8) < 0.01)
    (True, True)
    """
    starts, teachers, shape = given_runs(w0, supervisor)
    task = Task.draw(
        starts.shape[1], np.random.default_rng(rng), degree=degree, n_samples=n_samples,
        noise_var=noise_var, step_size=step_size, n_steps=n_steps, spike=spike, link=link,
        inputs=inputs,
    )  # fmt: skip
    curves = task.run_all(starts, teachers, watched=True)
    return Descent(task.times, *(part.reshape(*shape, -1) for part in curves))


@dataclass(frozen=True, eq=False, repr=False)
class FineTuningSimulation(Simulation):
    """Fine-tuning, repeated.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Step size times number of steps.
    truth_mean, truth_stderr, supervisor_mean, supervisor_stderr, error_mean, error_stderr : ndarray, (B, T)
        Overlaps and test error of each of the B runs over training.
    best_mean, best_stderr : ndarray, shape (B,)
        Smallest error over each run: early stopping at the best time.
    wins : ndarray, shape (B,)
        Fraction of the trials in which that error is below the supervisor's, both measured on the same
        inputs (or both exact, on Gaussian ones).
    """

    times: Array = over("times")
    truth_mean: Array = over("run", "times")
    truth_stderr: Array = over("run", "times")
    supervisor_mean: Array = over("run", "times")
    supervisor_stderr: Array = over("run", "times")
    error_mean: Array = over("run", "times")
    error_stderr: Array = over("run", "times")
    best_mean: Array = over("run")
    best_stderr: Array = over("run")
    wins: Array = over("run")


@simulator
def simulate(
    m0: ArrayLike | None,
    rho: ArrayLike,
    *,
    degree: int,
    samples_per_dim: float,
    step_size: float,
    n_steps: int,
    noise_var: float = 0.0,
    dim: int = 200,
    link: str = "hermite",
    inputs: str = "gaussian",
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> FineTuningSimulation:
    r"""Repeat fine-tuning from starts and supervisors with given overlaps.

    Every trial draws the supervisor's error, the starts' errors (independent of it and of one
    another) and fresh inputs; the B runs of a trial share the inputs. The theory to compare with is
    `flow`.

    Parameters
    ----------
    m0 : array_like, shape (B,), or None
        Overlaps of the starts with the truth; None is one uniformly random start.
    rho : array_like, shape (B,)
        Overlaps of the supervisors with the truth; broadcast against ``m0``.
    samples_per_dim : float
        :math:`n_s/d`.
    step_size, n_steps, noise_var, link, inputs
        As for `fine_tune`.

    Examples
    --------
    >>> run = simulate(0.6, 0.8, degree=3, samples_per_dim=40, step_size=0.02, n_steps=40, dim=60,
    ...                n_trials=4, rng=0)
    >>> run.truth_mean.shape, run.wins
    ((1, 41), array([1.]))
    """
    m0 = None if m0 is None else np.atleast_1d(between("m0", m0, 0, 1))
    rho = np.atleast_1d(between("rho", rho, 0, 1))
    broadcastable(m0=np.zeros(1) if m0 is None else m0, rho=rho)
    dim = integer("dim", dim, 2)
    options = dict(
        degree=degree, n_samples=sample_count(samples_per_dim, dim), noise_var=noise_var,
        step_size=step_size, n_steps=n_steps, link=link, inputs=inputs,
    )  # fmt: skip
    trial = partial(_trial, m0, rho, dim, options)
    truth, supervisor, errors, best, wins = run_trials(trial, n_trials, rng, executor)
    return FineTuningSimulation(
        step_size * np.arange(n_steps + 1.0), truth.mean, truth.stderr, supervisor.mean,
        supervisor.stderr, errors.mean, errors.stderr, best.mean, best.stderr, wins.mean,
    )  # fmt: skip


def _trial(
    m0: Array | None, rho: Array, dim: int, options: dict[str, Any], rng: np.random.Generator
) -> tuple[Array, ...]:
    # One error direction for all supervisors of the trial, so that they differ in bias alone.
    teachers = aligned_rows(rho, unit_vector(0.0, dim=dim, rng=rng))
    starts, teachers, _ = given_runs(unit_vector(m0, dim=dim, rng=rng), teachers)
    task = Task.draw(dim, rng, **options)
    truth, supervisor, error = task.run_all(starts, teachers)
    best, weak = error.min(axis=-1), task.error(teachers)
    return truth, supervisor, error, best, (best < weak).astype(float)
