"""Independent trials -> mean and standard error, on any executor.

Every ``simulate`` function of the package hands one *trial function* to `run_trials`. Each trial
receives its own generator, spawned from the caller's, so that the numbers do not depend on what
runs the trials: a plain loop, a process pool, or a cluster. Below `run_trials` come what the
chapters on linear regression share: ridge solutions for many penalties from one eigendecomposition,
and the errors of teacher and student on a whole grid of penalties.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from w2slib.validation import integer

Trial = Callable[[np.random.Generator], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Estimate:
    """Mean and standard error of the mean over independent trials.

    Attributes
    ----------
    mean, stderr : ndarray
        Same shape as what one trial returns. ``stderr`` is the sample standard deviation divided by
        the square root of the number of trials.
    """

    mean: np.ndarray
    stderr: np.ndarray


def run_trials(
    trial: Trial,
    n_trials: int,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> tuple[Estimate, ...]:
    """Run independent trials and summarise each array that they return.

    Parameters
    ----------
    trial : callable
        ``trial(rng)`` returns a tuple of arrays whose shapes do not depend on ``rng``. To be sent
        to another process it must be picklable: a module-level function, or a `functools.partial`
        of one.
    n_trials : int
        Number of trials, at least 2 (one trial has no standard error).
    rng : numpy.random.Generator, int or None
        Source of randomness; each trial draws from a generator spawned from it.
    executor : concurrent.futures.Executor, optional
        Runs the trials; by default they run one after the other in this process. Use a
        `~concurrent.futures.ProcessPoolExecutor` for several cores and Dask's
        ``Client(...).get_executor()`` for several machines.

    Returns
    -------
    tuple of Estimate
        One for each array of the trial's tuple, bit-identical for every executor on machines with
        the same processor and libraries.

    Raises
    ------
    ValueError
        If ``n_trials`` is not an integer of at least 2.

    Notes
    -----
    Linear algebra runs on one thread inside a trial: sums in another order would change the last
    bits with the number of threads, and trials fill several cores better than threads do.

    Examples
    --------
    >>> def trial(rng):
    ...     return (rng.standard_normal(3),)
    >>> (estimate,) = run_trials(trial, 100, rng=0)
    >>> estimate.mean.shape, bool(np.all(np.abs(estimate.mean) < 4 * estimate.stderr))
    ((3,), True)
    """
    n_trials = integer("n_trials", n_trials, minimum=2)
    generators = np.random.default_rng(rng).spawn(n_trials)
    # The outer limit matters when the executor's workers are threads of this process: the first
    # trial to finish would otherwise lift the limit under the others.
    with threadpool_limits(limits=1):
        runner = map if executor is None else executor.map
        results = list(runner(partial(_single_threaded, trial), generators))
    return tuple(_estimate(np.stack(values)) for values in zip(*results, strict=True))


def _single_threaded(trial: Trial, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    with threadpool_limits(limits=1):
        return trial(rng)


def _estimate(values: np.ndarray) -> Estimate:
    stderr = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return Estimate(mean=values.mean(axis=0), stderr=stderr)


# ------------------------------------------------------------------ sampled ridge regressions


@dataclass(frozen=True)
class Simulation:
    """Simulated errors on a grid of T teacher penalties and S student penalties.

    Attributes
    ----------
    lam_t, lam_s : ndarray, shapes (T,) and (S,)
        The penalties.
    teacher_mean, teacher_stderr : ndarray, shape (T,)
        Mean and standard error of the teacher's excess test error over the trials.
    student_mean, student_stderr : ndarray, shape (S, T)
        The same for the student.
    difference_mean, difference_stderr : ndarray, shape (S, T)
        The same for :math:`L_s - L_t`, paired within each trial.
    """

    lam_t: np.ndarray
    lam_s: np.ndarray
    teacher_mean: np.ndarray
    teacher_stderr: np.ndarray
    student_mean: np.ndarray
    student_stderr: np.ndarray
    difference_mean: np.ndarray
    difference_stderr: np.ndarray

    @classmethod
    def of(
        cls, lam_t: np.ndarray, lam_s: np.ndarray, estimates: tuple[Estimate, ...]
    ) -> Simulation:
        """Collect what `run_trials` returns for trials (teacher, student, student - teacher).

        Examples
        --------
        >>> one = Estimate(np.ones(1), np.zeros(1))
        >>> Simulation.of(np.ones(1), np.ones(1), (one, one, one)).student_mean
        array([1.])
        """
        return cls(lam_t, lam_s, *(part for e in estimates for part in (e.mean, e.stderr)))


def principal_axes(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positive eigenvalues of XᵀX/n and an orthonormal basis of the rows' span.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Data of full rank.

    Returns
    -------
    eigenvalues : ndarray, shape (min(n, d),)
    basis : ndarray, shape (d, min(n, d))

    Notes
    -----
    Decomposes the smaller of the two Gram matrices. Source: linear algebra.

    Examples
    --------
    >>> values, basis = principal_axes(np.array([[2.0, 0.0, 0.0]]))
    >>> values
    array([4.])
    """
    n, d = X.shape
    if n >= d:
        return np.linalg.eigh(X.T @ X / n)
    eigenvalues, left = np.linalg.eigh(X @ X.T / n)
    return eigenvalues, X.T @ (left / np.sqrt(n * eigenvalues))


def ridge_path(X: np.ndarray, y: np.ndarray, lam: np.ndarray) -> np.ndarray:
    r"""Ridge coefficients for many penalties from one eigendecomposition.

    .. math:: \hat\beta(\lambda) = (X^\top X/n + \lambda)^{-1} X^\top y/n

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Inputs.
    y : ndarray, shape (n,)
        Labels.
    lam : ndarray, shape (T,)
        Penalties, >= 0.

    Returns
    -------
    ndarray, shape (d, T)

    Notes
    -----
    Source: linear algebra.

    Examples
    --------
    >>> ridge_path(np.eye(2), np.array([1.0, 2.0]), np.array([0.5]))
    array([[0.5],
           [1. ]])
    """
    eigenvalues, basis = principal_axes(X)
    moments = basis.T @ (X.T @ y) / len(X)
    return basis @ (moments[:, None] / (eigenvalues[:, None] + lam))
