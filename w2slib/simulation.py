"""Independent trials -> mean and standard error, on any executor.

Every ``simulate`` function of the package hands one *trial function* to `run_trials`. Each trial
receives its own generator, spawned from the caller's, so that the numbers do not depend on what
runs the trials: a plain loop, a process pool, or a cluster. Below `run_trials` comes what the
chapters on linear regression share: ridge solutions for many penalties from one reduction of the
sample covariance, and the errors of teacher and student on a whole grid of penalties.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.linalg import lapack
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
        if executor is None:
            results = [trial(generator) for generator in generators]
        else:
            results = list(executor.map(partial(_single_threaded, trial), generators))
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


@dataclass(frozen=True)
class RidgeSolutions:
    r"""Ridge regression on one data set, for L penalties and K sets of labels at once.

    .. math:: \hat\beta(\lambda) = (X^\top X/n + \lambda)^{-1} X^\top Y/n

    The smaller Gram matrix, :math:`X^\top X/n` or :math:`X X^\top/n`, is reduced once to
    :math:`Q T Q^\top` with a tridiagonal T, the first half of a symmetric eigendecomposition. A
    penalty then costs one tridiagonal solution for each set of labels, and norms and inner products
    are taken in the coordinates of Q, without going back.

    Attributes
    ----------
    inputs : ndarray, shape (n, d)
        X.
    reflectors, scales : ndarray, shapes (r - 1, r - 1) and (r - 1,)
        The Householder reflectors of Q, as LAPACK keeps them; r = min(n, d).
    diagonal, off_diagonal : ndarray, shapes (r,) and (r - 1,)
        T.
    rotated : ndarray, shape (L, r, K)
        The solutions in the coordinates of Q: of the coefficients themselves if n >= d, else of the
        dual ones :math:`\alpha` with :math:`\hat\beta = X^\top\alpha`.
    """

    inputs: np.ndarray
    reflectors: np.ndarray
    scales: np.ndarray
    diagonal: np.ndarray
    off_diagonal: np.ndarray
    rotated: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, Y: np.ndarray, lam: np.ndarray) -> RidgeSolutions:
        """Solve for inputs (n, d) of full rank, labels (n, K) and penalties (L,) >= 0.

        Examples
        --------
        >>> fits = RidgeSolutions.of(np.eye(2), np.ones((2, 1)), np.array([0.0, 0.5]))
        >>> fits.coefficients()[:, :, 0]
        array([[1. , 1. ],
               [0.5, 0.5]])
        """
        n, d = X.shape
        gram, moments = (X.T @ X, X.T @ Y) if n >= d else (X @ X.T, Y)
        size = len(gram)
        reduced, diagonal, off, scales, _ = lapack.dsytrd(gram / n, lower=1, lwork=64 * size)
        half = cls(X, np.asfortranarray(reduced[1:, :-1]), scales, diagonal, off, np.empty(0))
        moments = half._turn(moments / n, "T")
        rotated = np.stack([_tridiagonal(diagonal + each, off, moments) for each in lam])
        return replace(half, rotated=rotated)

    def coefficients(self) -> np.ndarray:
        """All coefficients, shape (L, d, K)."""
        n, d = self.inputs.shape
        wide = np.concatenate(list(self.rotated), axis=1)
        turned = self._turn(wide, "N")
        back = turned if n >= d else self.inputs.T @ turned
        return back.reshape(d, len(self.rotated), -1).swapaxes(0, 1)

    def squared_norms(self) -> np.ndarray:
        """Squared lengths of the coefficients, shape (L, K)."""
        n, d = self.inputs.shape
        z = self.rotated
        if n >= d:
            return (z**2).sum(axis=1)
        cross = (self.off_diagonal[:, None] * z[:, 1:] * z[:, :-1]).sum(axis=1)
        return n * ((self.diagonal[:, None] * z**2).sum(axis=1) + 2 * cross)

    def along(self, directions: np.ndarray) -> np.ndarray:
        """Inner products with the columns of ``directions`` (d, k), shape (L, k, K)."""
        n, d = self.inputs.shape
        turned = self._turn(directions if n >= d else self.inputs @ directions, "T")
        return turned.T @ self.rotated

    def errors(self, target: np.ndarray) -> np.ndarray:
        """Squared distances from the target (d,), shape (L, K)."""
        return self.squared_norms() - 2 * self.along(target[:, None])[:, 0] + target @ target

    def _turn(self, columns: np.ndarray, transposed: str) -> np.ndarray:
        """Q or its transpose times the columns; the first row of Q is that of the identity."""
        if len(columns) == 1:
            return columns
        below, _, _ = lapack.dormqr(
            "L", transposed, self.reflectors, self.scales, columns[1:], lwork=64 * len(columns)
        )
        return np.concatenate([columns[:1], below])


def _tridiagonal(diagonal, off_diagonal, right) -> np.ndarray:
    """Solve a positive definite tridiagonal system for the columns of ``right``."""
    if len(diagonal) == 1:
        return right / diagonal
    *_, solved, failed = lapack.dptsv(diagonal, off_diagonal, right)
    if failed:
        raise np.linalg.LinAlgError("the inputs are not of full rank, and the penalty is too small")
    return solved


def ridge_path(X: np.ndarray, y: np.ndarray, lam: np.ndarray) -> np.ndarray:
    r"""Ridge coefficients for many penalties from one reduction of the sample covariance.

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
    return RidgeSolutions.of(X, y[:, None], lam).coefficients()[:, :, 0].T
