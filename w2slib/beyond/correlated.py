r"""Correlated inputs: plain ridge on :math:`x \sim N(0, \Sigma)` is a weighted ridge in disguise.

With :math:`\theta = \Sigma^{1/2}\beta` and isotropic :math:`z = \Sigma^{-1/2}x` the penalty
:math:`\lambda\|\beta\|^2` becomes :math:`\lambda\,\theta^\top\Sigma^{-1}\theta`: weights :math:`1/v_b` for
eigenvalues :math:`v_b`, for teacher *and* student, and energies :math:`v_b E_b` for a target with
coefficient energies :math:`E_b`. The error of prediction is :math:`\|\hat\theta - \theta_\star\|^2`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from w2slib.core.results import Result, RidgeSimulation, over
from w2slib.core.ridge_solver import RidgeSolutions
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Numbers, Rng
from w2slib.core.validation import (
    choice,
    grid,
    integer,
    positive,
    real,
    sample_size,
    single,
)
from w2slib.weighted_ridge import Blocks, badness, student_error, teacher_error

__all__ = [
    "PowerLaw",
    "Slope",
    "coefficient_badness",
    "correlated_blocks",
    "log_log_slope",
    "scaling_errors",
    "simulate_correlated",
]

# ---------------------------------------------------------------------------------- setting


def correlated_blocks(
    eigenvalues: ArrayLike,
    energies: ArrayLike,
    fractions: ArrayLike,
    *,
    student: Literal["plain", "whitened"] = "plain",
) -> tuple[Blocks, Blocks]:
    r"""Blocks for teacher and student that regress on correlated inputs.

    Parameters
    ----------
    eigenvalues : array_like, shape (B,)
        Variance :math:`v_b > 0` of the inputs in each block.
    energies : array_like, shape (B,)
        Energy :math:`E_b \ge 0` of the target's *coefficients* in each block, in any unit.
    fractions : array_like, shape (B,)
        Fraction of the coordinates in each block.
    student : {"plain", "whitened"}
        Whether the student, too, regresses on x, or on whitened inputs.

    Returns
    -------
    tuple of Blocks
        Teacher's and student's. Their energies are :math:`v_b E_b`, rescaled to sum to 1, so errors
        and ``noise_var`` are in units of the variance of the noiseless labels.

    Raises
    ------
    ValueError
        Also if lengths differ.

    Notes
    -----
    Use as ``weighted_ridge.student_error(..., blocks=student, teacher_weights=teacher.weights)``.
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> teacher, student = correlated_blocks([4.0, 1.0], [0.5, 0.5], [0.5, 0.5])
    >>> teacher.weights, student.energies
    (array([0.25, 1.  ]), array([0.8, 0.2]))
    """
    choice("student", student, ("plain", "whitened"))
    v = np.atleast_1d(positive("eigenvalues", eigenvalues))
    carried = np.atleast_1d(positive("energies", energies, allow_zero=True))
    if v.ndim != 1 or v.shape != carried.shape:
        raise ValueError(
            f"eigenvalues has shape {v.shape}, energies {carried.shape}; allowed: two 1-D arrays of "
            "the same length"
        )
    signal = v * carried
    if signal.sum() == 0:
        raise ValueError("energies = 0.0 in all blocks; allowed: at least one > 0")
    signal = signal / signal.sum()
    weights = np.ones_like(v) if student == "whitened" else 1 / v
    phi = np.atleast_1d(real("fractions", fractions))
    return Blocks(phi, 1 / v, signal), Blocks(phi, weights, signal)


@dataclass(frozen=True)
class PowerLaw:
    r"""Spectrum :math:`v_i = i^{-\alpha}` and coefficient energies :math:`E_i \propto i^{-r}`, d coordinates.

    Attributes
    ----------
    alpha : float
        Exponent of the spectrum, > 1.
    r : float
        Exponent of the coefficients' energies, with :math:`\alpha + r > 1`.
    dim : int
        Number of coordinates; a power law is cut off where n approaches it.
    """

    alpha: float
    r: float
    dim: int = 20_000

    def __post_init__(self) -> None:
        alpha = single("alpha", real("alpha", self.alpha))
        if alpha <= 1:
            raise ValueError(
                f"alpha = {alpha}; allowed: > 1, so that the inputs have finite energy"
            )
        if alpha + single("r", real("r", self.r)) <= 1:
            raise ValueError(f"r = {self.r} with alpha = {alpha}; allowed: alpha + r > 1")
        integer("dim", self.dim, minimum=2)

    @property
    def eigenvalues(self) -> Array:
        """Variance of every coordinate."""
        return np.arange(1.0, self.dim + 1) ** -float(self.alpha)

    @property
    def energies(self) -> Array:
        """Energy of every coefficient; the noiseless labels have variance 1."""
        energies: Array = np.arange(1.0, self.dim + 1) ** -float(self.r)
        return energies / (energies * self.eigenvalues).sum()

    @property
    def blocks(self) -> Blocks:
        """One block for each coordinate."""
        fractions = np.full(self.dim, 1 / self.dim)
        return correlated_blocks(self.eigenvalues, self.energies, fractions)[0]

    @property
    def best_rate(self) -> float:
        r"""Exponent of the best ridge on noisy labels, :math:`(\alpha + r - 1)/(\alpha + r)`.

        Bias :math:`k^{-(\alpha + r - 1)}` against variance :math:`k/n` for k coordinates kept; for targets
        that ridge does not saturate on, :math:`r \le \alpha + 1`.
        """
        return (self.alpha + self.r - 1) / (self.alpha + self.r)


# ----------------------------------------------------------------------------------- theory


def coefficient_badness(
    lam_t: ArrayLike,
    gamma_t: ArrayLike,
    noise_var: ArrayLike,
    eigenvalues: ArrayLike,
    energies: ArrayLike,
    fractions: ArrayLike,
) -> Numbers:
    r"""Badness of a plain teacher on correlated inputs, in the norm of its coefficients.

    .. math:: c = 2\Bigl(1 - \frac{\langle\hat\beta_t, \beta_\star\rangle}{\|\hat\beta_t\|^2}\Bigr)

    A plain student with :math:`\gamma_s < 1` wins for small :math:`\lambda_s` if and only if :math:`c > 0`:
    what decides is the norm that the penalty shrinks, not the norm of prediction. So a teacher that
    predicts as well as any plain ridge can be beaten, where the signal sits on directions of large variance.

    Parameters
    ----------
    lam_t, gamma_t, noise_var : array_like
        Teacher's setting; noise relative to the variance of the noiseless labels.
    eigenvalues, energies, fractions : array_like, shape (B,)
        As in `correlated_blocks`.

    Returns
    -------
    ndarray or float

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> coefficient_badness([0.1, 1.0], 0.5, 0.5, [4.0, 0.25], [0.9, 0.1], [0.5, 0.5]).round(3)
    array([ 1.075, -0.095])
    """
    blocks, _ = correlated_blocks(eigenvalues, energies, fractions)
    return badness(lam_t, gamma_t, noise_var, blocks, blocks.weights)


def scaling_errors(
    model: PowerLaw,
    sizes: ArrayLike,
    noise_var: float,
    *,
    teacher_penalty: Callable[[float], float] | float = 0.0,
    student_penalty: Callable[[float], float] | float = 0.0,
) -> tuple[Array, Array]:
    r"""Errors of teacher and student, both trained on n samples, as n grows.

    Parameters
    ----------
    model : PowerLaw
        Spectrum and target.
    sizes : array_like, shape (N,)
        Numbers of samples n, at most half of ``model.dim``.
    noise_var : float
        Variance of the label noise, relative to the labels'.
    teacher_penalty, student_penalty : float or callable
        Penalty, or ``f(n)``; 0 is ridgeless.

    Returns
    -------
    tuple of ndarray, shape (N,)
        Teacher's and student's error of prediction.

    Raises
    ------
    ValueError
        Also if a size is more than half of the dimension, where the cut-off would show.

    Notes
    -----
    Source: this book; the equations of the chapter on weighted ridge with one block a coordinate.

    Examples
    --------
    >>> teacher, student = scaling_errors(PowerLaw(1.5, 1.0, dim=400), [50, 100], 0.25,
    ...                                   student_penalty=lambda n: 1 / n)
    >>> bool(np.all(student < teacher))
    True
    """
    n = _sizes(model, sizes)
    blocks, ratio = model.blocks, model.dim / n
    lam_t, lam_s = (_penalties(rule, n) for rule in (teacher_penalty, student_penalty))
    teacher = teacher_error(lam_t, ratio, noise_var, blocks)
    student = student_error(
        lam_t, lam_s, ratio, ratio, noise_var, blocks, teacher_weights=blocks.weights
    )
    return np.asarray(teacher), np.asarray(student)


def _sizes(model: PowerLaw, sizes: ArrayLike) -> Array:
    n = np.atleast_1d(positive("sizes", sizes))
    if np.any(2 * n > model.dim):
        raise ValueError(f"sizes = {n.max():g}; allowed: at most dim / 2 = {model.dim // 2}")
    return n


def _penalties(rule: Callable[[float], float] | float, n: Array) -> Array:
    values = [rule(float(each)) for each in n] if callable(rule) else np.full(len(n), rule)
    return positive("penalty", values, allow_zero=True)


# ------------------------------------------------------------------------------- simulation


@simulator
def simulate_correlated(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    eigenvalues: ArrayLike,
    energies: ArrayLike,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    """Sample correlated inputs, fit a plain teacher and a plain student, measure their predictions.

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties, >= 0.
    gamma_t, gamma_s : float
        Ratios d/n.
    noise_var : float
        Variance of the label noise, relative to the variance of the noiseless labels.
    eigenvalues, energies : array_like, shape (d,)
        Variance of every input coordinate, and the coefficient's energy there; each coefficient's
        sign is drawn.
    n_trials, rng, executor
        See :doc:`../api`.

    Returns
    -------
    RidgeSimulation
        Errors in units of the variance of the noiseless labels.

    Examples
    --------
    >>> run = simulate_correlated([0.1], [0.1], gamma_t=0.5, gamma_s=0.5, noise_var=0.5,
    ...                           eigenvalues=[4.0, 0.25] * 20, energies=[0.9, 0.1] * 20, rng=1)
    >>> run.teacher_mean.shape
    (1,)
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s)
    v = np.atleast_1d(positive("eigenvalues", eigenvalues))
    blocks, _ = correlated_blocks(v, energies, np.full(len(v), 1 / len(v)))
    n_t, n_s = sample_size("gamma_t", gamma_t, len(v)), sample_size("gamma_s", gamma_s, len(v))
    sigma = np.sqrt(single("noise_var", positive("noise_var", noise_var, allow_zero=True)))
    trial = partial(_trial, lam_t, lam_s, n_t, n_s, sigma, np.sqrt(v), np.sqrt(blocks.energies))
    return RidgeSimulation.of(lam_t, lam_s, run_trials(trial, n_trials, rng, executor))


def _trial(
    lam_t: Array, lam_s: Array, n_t: int, n_s: int, sigma: float, scale: Array, size: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:  # fmt: skip
    theta = size * rng.choice([-1.0, 1.0], len(size))
    X = rng.standard_normal((n_t, len(size)))
    labels = (X @ theta + sigma * rng.standard_normal(n_t))[:, None]
    teachers = RidgeSolutions.of(X * scale, labels, lam_t).coefficients()[:, :, 0] * scale
    Z = rng.standard_normal((n_s, len(size)))
    fits = RidgeSolutions.of(Z * scale, Z @ teachers.T, lam_s).coefficients()
    students = fits.swapaxes(1, 2) * scale
    teacher = ((teachers - theta) ** 2).sum(axis=-1)
    student = ((students - theta) ** 2).sum(axis=-1)
    return teacher, student, student - teacher


# ---------------------------------------------------------------------------------- verdict


@dataclass(frozen=True, eq=False, repr=False)
class Slope(Result):
    """Exponent of a power law through measured errors.

    Attributes
    ----------
    exponent, stderr : float
        Slope of log error against log n, and its standard error from those of the errors.
    """

    exponent: float = over()
    stderr: float = over()

    @property
    def interval(self) -> tuple[float, float]:
        """Two standard errors to each side."""
        return self.exponent - 2 * self.stderr, self.exponent + 2 * self.stderr


def log_log_slope(sizes: ArrayLike, errors: ArrayLike, stderr: ArrayLike = 0.0) -> Slope:
    r"""Least-squares slope of log error against log n.

    Parameters
    ----------
    sizes : array_like, shape (N,)
        Numbers of samples, at least two different ones.
    errors, stderr : array_like, shape (N,)
        Errors and their standard errors, from independent runs.

    Returns
    -------
    Slope
        The standard error is that of the sampling; curvature of the true law is not in it.

    Examples
    --------
    >>> log_log_slope([100, 400], [0.2, 0.1])
    Slope(exponent=-0.5, stderr=0)
    """
    n, error = positive("sizes", sizes), positive("errors", errors)
    spread = np.broadcast_to(positive("stderr", stderr, allow_zero=True), error.shape)
    if n.ndim != 1 or n.shape != error.shape or len(np.unique(n)) < 2:
        raise ValueError(
            f"sizes has shape {n.shape}, errors {error.shape}; allowed: two 1-D arrays of the same "
            "length with at least two different sizes"
        )
    x = np.log(n) - np.log(n).mean()
    lever = x / (x @ x)
    return Slope(float(lever @ np.log(error)), float(np.sqrt(lever**2 @ (spread / error) ** 2)))
