"""Sampled data, exact fits, and their errors on a grid of penalties or along a chain."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial

import numpy as np

from w2slib.core.results import Estimate, RidgeSimulation
from w2slib.core.ridge_solver import RidgeProblem, ridge_path
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import grid, integer, noise, positive, sample_size, single
from w2slib.ridge.theory import checked_chain

__all__ = ["simulate", "simulate_generations"]


@simulator
def simulate(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    student_noise_var: float | None = None,
    dim: int = 400,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    r"""Sample data, fit teacher and student exactly, and measure both errors on a whole grid.

    Every trial draws a target, a teacher's data set and fresh inputs for the student. Each sample
    covariance is reduced to tridiagonal form once, :math:`S = Q T Q^\top`, the first half of a symmetric
    eigendecomposition. Every pair of penalties is then solved and measured in the coordinates of Q,

    .. math:: L(\lambda_s, \lambda_t) = \|z\|^2 - 2 \langle z, Q^\top\beta_\star\rangle
        + \|\beta_\star\|^2, \qquad z = (T + \lambda_s)^{-1}\, T\, Q^\top \hat\beta_t(\lambda_t).

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties of teacher and student.
    gamma_t, gamma_s, noise_var : float
        Aspect ratios and noise.
    student_noise_var : float, optional
        Variance of independent noise in the student's labels; without it there is none, and the setting
        of the result does not name it.
    dim, n_trials, rng, executor
        Dimension, number of trials, source of randomness, what runs the trials.

    Returns
    -------
    RidgeSimulation

    Examples
    --------
    >>> run = simulate([0.01], [0.1, 1.0], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, dim=100, rng=1)
    >>> run.student_mean.shape
    (2, 1)
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s, allow_inf=True)
    dim = integer("dim", dim, minimum=2)
    n_t = sample_size("gamma_t", gamma_t, dim)
    n_s = sample_size("gamma_s", gamma_s, dim)
    sigma = np.sqrt(single("noise_var", noise(noise_var)))
    nu2 = positive(
        "student_noise_var",
        0.0 if student_noise_var is None else student_noise_var,
        allow_zero=True,
    )
    nu = float(np.sqrt(single("student_noise_var", nu2)))
    one = partial(trial, lam_t, lam_s, dim, n_t, n_s, sigma, nu=nu)
    return RidgeSimulation.of(lam_t, lam_s, run_trials(one, n_trials, rng, executor))


def trial(
    lam_t: Array,
    lam_s: Array,
    dim: int,
    n_t: int,
    n_s: int,
    sigma: float,
    rng: np.random.Generator,
    nu: float = 0.0,
) -> tuple[Array, Array, Array]:
    """One trial of `simulate`: errors of teacher, student, and their difference on the grid.

    Examples
    --------
    >>> arguments = 9, 12, 12, 0.5, np.random.default_rng(0)
    >>> teacher, student, difference = trial(np.ones(3), np.ones(2), *arguments)
    >>> teacher.shape, student.shape
    ((3,), (2, 3))
    """
    target = rng.standard_normal(dim) / np.sqrt(dim)
    X = rng.standard_normal((n_t, dim))
    labels = X @ target + sigma * rng.standard_normal(n_t)
    teachers = ridge_path(X, labels, lam_t)
    teacher = ((teachers - target[:, None]) ** 2).sum(axis=0)

    Z = rng.standard_normal((n_s, dim))
    answers = Z @ teachers
    if nu > 0:
        answers += nu * rng.standard_normal((n_s, 1))
    student = RidgeProblem.of(Z, answers).errors(lam_s, target)
    return teacher, student, student - teacher


@simulator
def simulate_generations(
    penalties: ArrayLike,
    ratios: ArrayLike,
    *,
    noise_var: float,
    dim: int = 400,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> Estimate:
    """Sample a chain teacher, student, student's student, and measure the error of each.

    Parameters
    ----------
    penalties, ratios : array_like, shape (G,)
        Penalty and aspect ratio of each generation, the teacher's first; the teacher's penalty is
        finite.
    noise_var, dim, n_trials, rng, executor
        As in `simulate`.

    Returns
    -------
    Estimate
        Mean and standard error of each generation's excess test error, shape (G,).

    Raises
    ------
    ValueError
        If the numbers of penalties and ratios differ.

    Examples
    --------
    >>> simulate_generations([0.01, 0.2], [0.5, 0.5], noise_var=0.5, dim=60, rng=1).mean.shape
    (2,)
    """
    penalties, ratios = checked_chain(
        grid("penalties", penalties, allow_inf=True), grid("ratios", ratios)
    )
    dim = integer("dim", dim, minimum=2)
    sizes = [sample_size("ratios", ratio, dim) for ratio in ratios]
    sigma = np.sqrt(single("noise_var", noise(noise_var)))
    (errors,) = run_trials(partial(_chain, penalties, sizes, dim, sigma), n_trials, rng, executor)
    return errors


def _chain(
    penalties: Array, sizes: list[int], dim: int, sigma: float, rng: np.random.Generator
) -> tuple[Array]:
    target = rng.standard_normal(dim) / np.sqrt(dim)
    beta = target
    errors: list[float] = []
    for lam, n in zip(penalties, sizes, strict=True):
        X = rng.standard_normal((n, dim))
        labels = X @ beta
        if not errors:  # only the teacher's labels are noisy
            labels += sigma * rng.standard_normal(n)
        beta = ridge_path(X, labels, np.array([lam]))[:, 0]
        errors.append(np.sum((beta - target) ** 2))
    return (np.array(errors),)
