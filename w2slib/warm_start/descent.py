"""Fine-tuning: descent on the sphere on inputs that the supervisor labelled."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from w2slib.simulation import run_trials
from w2slib.validation import (
    between,
    broadcastable,
    integer,
    positive,
    single,
)
from w2slib.warm_start.flows import _noise
from w2slib.warm_start.inputs import _choice, _count, _sample, _spike_vector
from w2slib.warm_start.links import LINKS, _gaussian_error
from w2slib.warm_start.vectors import _runs, unit_vector


@dataclass(frozen=True)
class Descent:
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

    times: np.ndarray
    truth: np.ndarray
    supervisor: np.ndarray
    error: np.ndarray


def fine_tune(
    w0,
    *,
    degree: int,
    supervisor,
    n_samples: int,
    noise_var: float,
    step_size: float,
    n_steps: int,
    spike=None,
    link: str = "hermite",
    inputs: str = "gaussian",
    rng: np.random.Generator | int | None = None,
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
    noise_var : float
        Variance :math:`\nu^2 \ge 0` of the noise in the labels.
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
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    Descent

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

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
    starts, teachers, shape = _runs(w0, supervisor)
    dim = starts.shape[1]
    n_samples, n_steps = integer("n_samples", n_samples, 2), integer("n_steps", n_steps)
    degree, sigma = integer("degree", degree), np.sqrt(single("noise_var", _noise(noise_var)))
    step_size = single("step_size", positive("step_size", step_size))
    activation = _choice("link", link, LINKS)
    spike = None if spike is None else _spike_vector(spike, dim)
    rng = np.random.default_rng(rng)
    X = _sample(inputs, n_samples, dim, spike, rng)
    # In double precision the labels would turn all inputs into doubles anew in every step.
    labels = activation(X @ teachers.T.astype(np.float32), degree)[0]
    if sigma > 0:
        labels = labels + np.float32(sigma) * rng.standard_normal((n_samples, 1), np.float32)
    path = _descend(X, labels, starts, activation, degree, step_size, n_steps)
    truth = np.clip(path[:, :, 0].T.astype(float), -1, 1)
    overlap = np.einsum("tbd,bd->bt", path, teachers)
    if inputs == "gaussian":
        along = np.zeros_like(truth) if spike is None else (path @ spike).T
        errors = _gaussian_error(truth, along, spike=spike, link=link, degree=degree)
    else:
        test = _sample(inputs, TEST_SAMPLES, dim, spike, rng)
        errors = _sampled_error(path, test, activation, degree)
    times = step_size * np.arange(n_steps + 1)
    return Descent(times, *(part.reshape(*shape, n_steps + 1) for part in (truth, overlap, errors)))


TEST_SAMPLES = 4000
"""Fresh inputs on which errors are measured when they are not Gaussian."""


def _descend(X, labels, starts, activation, degree, step_size, n_steps) -> np.ndarray:
    """Students before the first and after each of the T - 1 steps, shape (T, B, d)."""
    path = np.empty((n_steps + 1, *starts.shape), np.float32)
    path[0] = starts
    for before, after in pairwise(path):
        step = np.float32(step_size) * _sphere_gradient(X, labels, before, activation, degree)
        np.subtract(before, step, out=after)
        after /= np.linalg.norm(after, axis=1, keepdims=True)
    return path


def _sphere_gradient(X, labels, w, activation, degree) -> np.ndarray:
    """Gradients of the sampled losses at the rows of w, projected onto the tangent spaces."""
    value, slope = activation(X @ w.T, degree)
    gradient = ((value - labels) * slope).T @ X * np.float32(2 / len(X))
    return gradient - (gradient * w).sum(axis=1, keepdims=True) * w


def _sampled_error(path, test, activation, degree) -> np.ndarray:
    """Mean squared errors on test inputs, shape (B, T); the truth is the first axis."""
    target = activation(test[:, :1], degree)[0]
    miss = (activation(test @ w.T, degree)[0] - target for w in path)
    return np.stack([(m.astype(float) ** 2).mean(axis=0) for m in miss], axis=-1)


@dataclass(frozen=True)
class Simulation:
    """Fine-tuning, repeated.

    Attributes
    ----------
    times : ndarray, shape (T,)
    truth_mean, truth_stderr, supervisor_mean, supervisor_stderr, error_mean, error_stderr : ndarray, (B, T)
        Overlaps and test error of each of the B runs over training.
    best_mean, best_stderr : ndarray, shape (B,)
        Smallest error over each run: early stopping at the best time.
    wins : ndarray, shape (B,)
        Fraction of the trials in which that error is below the supervisor's.
    """

    times: np.ndarray
    truth_mean: np.ndarray
    truth_stderr: np.ndarray
    supervisor_mean: np.ndarray
    supervisor_stderr: np.ndarray
    error_mean: np.ndarray
    error_stderr: np.ndarray
    best_mean: np.ndarray
    best_stderr: np.ndarray
    wins: np.ndarray


def simulate(
    m0,
    rho,
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
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> Simulation:
    r"""Repeat fine-tuning from starts and supervisors with given overlaps.

    Every trial draws the supervisor's error, the starts' errors (independent of it and of one
    another) and fresh inputs; the B runs of a trial share the inputs.

    Parameters
    ----------
    m0 : array_like, shape (B,), or None
        Overlaps of the starts with the truth, in [0, 1]; None is one uniformly random start.
    rho : array_like, shape (B,)
        Overlaps of the supervisors with the truth, in [0, 1]; broadcast against ``m0``.
    degree : int
        Degree of the link.
    samples_per_dim : float
        :math:`n_s/d`.
    step_size, n_steps, noise_var, link, inputs
        As for `fine_tune`.
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
    Simulation

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book; the theory to compare with is `flow`.

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
        degree=degree, n_samples=_count(samples_per_dim, dim), noise_var=noise_var,
        step_size=step_size, n_steps=n_steps, link=link, inputs=inputs,
    )  # fmt: skip
    trial = partial(_fine_tuning_trial, m0, rho, dim, options)
    truth, supervisor, errors, best, wins = run_trials(trial, n_trials, rng, executor)
    times = step_size * np.arange(n_steps + 1)
    return Simulation(
        times, truth.mean, truth.stderr, supervisor.mean, supervisor.stderr, errors.mean,
        errors.stderr, best.mean, best.stderr, wins.mean,
    )  # fmt: skip


def _fine_tuning_trial(m0, rho, dim, options, rng) -> tuple[np.ndarray, ...]:
    # One error direction for all supervisors of the trial, so that they differ in bias alone.
    direction = unit_vector(0.0, dim=dim, rng=rng)
    teachers = np.sqrt(1 - rho[:, None] ** 2) * direction
    teachers[:, 0] = rho
    starts = unit_vector(m0, dim=dim, rng=rng)
    run = fine_tune(starts, supervisor=teachers, rng=rng, **options)
    best = run.error.min(axis=-1)
    weak = _own_error(teachers, options["degree"], options["link"])
    return run.truth, run.supervisor, run.error, best, (best < weak).astype(float)


def _own_error(teachers, degree, link) -> np.ndarray:
    return _gaussian_error(teachers[:, 0], np.zeros(1), spike=None, link=link, degree=degree)
