"""Sampled data, exact weighted fits, and their errors on a grid of penalties."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import lapack, qr

from w2slib.core.blocks import block_sizes
from w2slib.core.portions import portions
from w2slib.core.results import RidgeSimulation
from w2slib.core.ridge_solver import RidgeProblem
from w2slib.core.trials import run_trials, simulator, takes_rng
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import grid, instance, integer, noise, sample_size, single
from w2slib.weighted_ridge.setting import Blocks, checked_teacher_weights

__all__ = ["draw_target", "simulate", "simulate_spike", "weighted_path"]


@simulator
def simulate(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    blocks: Blocks,
    teacher_weights: ArrayLike | None = None,
    dim: int = 400,
    n_trials: int = 20,
    rng: Rng = None,
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
        Penalties of teacher and student.
    gamma_t, gamma_s, noise_var : float
        Aspect ratios and noise.
    blocks : Blocks
        Fractions, the student's weights, energies.
    teacher_weights : array_like, shape (B,), optional
        The teacher's weights, >= 0; plain ridge by default.
    dim, n_trials, rng, executor
        Dimension, number of trials, source of randomness, what runs the trials.

    Returns
    -------
    w2slib.simulation.RidgeSimulation

    Raises
    ------
    ValueError
        If more coordinates are unpenalised than there are samples.

    Examples
    --------
    >>> blocks = Blocks([0.25, 0.75], [0.2, 1.0], [0.7, 0.3])
    >>> run = simulate([0.1], [0.1, 1.0], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, blocks=blocks,
    ...                dim=100, rng=1)
    >>> run.student_mean.shape
    (2, 1)
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s, allow_inf=True)
    blocks = instance("blocks", blocks, Blocks)
    weights_t = checked_teacher_weights(teacher_weights, blocks)
    dim = integer("dim", dim, minimum=2)
    n_t = sample_size("gamma_t", gamma_t, dim)
    n_s = sample_size("gamma_s", gamma_s, dim)
    counts = block_sizes(blocks.fractions, dim)
    _require_samples("gamma_t", n_t, counts[weights_t == 0].sum())
    _require_samples("gamma_s", n_s, counts[blocks.weights == 0].sum())
    sigma = np.sqrt(single("noise_var", noise(noise_var)))
    weights = np.repeat(weights_t, counts), np.repeat(blocks.weights, counts)
    one = partial(trial, lam_t, lam_s, n_t, n_s, sigma, counts, blocks.energies, *weights)
    return RidgeSimulation.of(lam_t, lam_s, run_trials(one, n_trials, rng, executor))


@simulator
def simulate_spike(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    zeta: float,
    relief: float,
    dim: int = 400,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    r"""Sample the rank-one model: a plain teacher, and a student with relief along one direction.

    Isotropic data look the same in every basis, so the direction is a coordinate axis here.

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

    Notes
    -----
    Source: the model is [Mechanisms]'.

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


def trial(
    lam_t: Array,
    lam_s: Array,
    n_t: int,
    n_s: int,
    sigma: float,
    counts: np.ndarray,
    energies: Array,
    weights_t: Array,
    weights_s: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """One trial of `simulate`: errors of teacher, student, and their difference on the grid.

    Examples
    --------
    >>> ones = np.ones(9)
    >>> arguments = 12, 12, 0.5, [9], [1.0], ones, ones, np.random.default_rng(0)
    >>> teacher, student, difference = trial(np.ones(3), np.ones(2), *arguments)
    >>> teacher.shape, student.shape
    ((3,), (2, 3))
    """
    target = draw_target(counts, energies, rng)
    X = rng.standard_normal((n_t, len(target)))
    labels = X @ target + sigma * rng.standard_normal(n_t)
    teachers = weighted_path(X, labels[:, None], lam_t, weights_t)[:, :, 0]
    teacher = ((teachers - target) ** 2).sum(axis=1)

    Z = rng.standard_normal((n_s, len(target)))
    student = WeightedProblem.of(Z, Z @ teachers.T, weights_s).errors(lam_s, target)
    return teacher, student, student - teacher


@takes_rng
def draw_target(
    counts: Sequence[int] | np.ndarray, energies: Sequence[float] | Array, rng: Rng
) -> Array:
    """Draw a target with given energies: within each block its direction is uniform.

    Parameters
    ----------
    counts : sequence of int, length B
        Coordinates of each block.
    energies : sequence of float, length B
        Squared norm in each block.
    rng : numpy.random.Generator, int or None
        Source of randomness.

    Returns
    -------
    ndarray, shape (sum of counts,)

    Examples
    --------
    >>> target = draw_target([1, 99], [0.64, 0.36], np.random.default_rng(0))
    >>> abs(target[0]).round(6), np.sum(target**2).round(6)
    (np.float64(0.8), np.float64(1.0))
    """
    rng = np.random.default_rng(rng)
    parts = [rng.standard_normal(count) for count in counts]
    return np.concatenate(
        [np.sqrt(e) * part / np.linalg.norm(part) for e, part in zip(energies, parts, strict=True)]
    )


# ------------------------------------------------------------------------------ weighted fits


@dataclass(frozen=True, eq=False)
class WeightedProblem:
    r"""Inputs and K sets of labels for a weighted ridge, reduced so that each penalty costs little.

    The f unpenalised coordinates are regressed out first, by a rotation of the samples that makes
    their columns upper triangular; what remains is ridge regression in the coordinates
    :math:`\sqrt{g_i}\beta_i`.

    Attributes
    ----------
    weights : ndarray, shape (d,)
        Penalty weights g, >= 0; fewer than n of them are 0.
    upper : ndarray, shape (f, f)
        Triangle of the unpenalised columns.
    cross : ndarray, shape (f, d - f)
        The other columns, divided by their :math:`\sqrt{g_i}`, in the same f rotated samples.
    head : ndarray, shape (f, K)
        The labels there.
    rest : RidgeProblem or None
        The other samples; None if every coordinate is free.
    scale : float
        All samples over the other ones: sums are over all of them.
    """

    weights: Array
    upper: Array
    cross: Array
    head: Array
    rest: RidgeProblem | None
    scale: float

    @classmethod
    def of(cls, X: Array, Y: Array, weights: Array) -> WeightedProblem:
        """Reduce inputs (n, d) of full rank with labels (n, K)."""
        free = weights == 0
        count = int(np.count_nonzero(free))
        upper, A, B = _rotate(X[:, free], X[:, ~free] / np.sqrt(weights[~free]), Y)
        rest = RidgeProblem.of(A[count:], B[count:]) if count < len(weights) else None
        return cls(weights, upper, A[:count], B[:count], rest, len(X) / max(len(A) - count, 1))

    def coefficients(self, lam: Array) -> Array:
        """Coefficients for penalties (L,) >= 0, shape (L, d, K)."""
        free = self.weights == 0
        found = np.empty((len(lam), len(free), self.head.shape[1]))
        if self.rest is None:
            found[:] = self._free(len(lam), None)
            return found
        fits = self.rest.solve(lam * self.scale)
        found[:, free] = self._free(len(lam), fits.along(self.cross.T))
        found[:, ~free] = fits.coefficients() / np.sqrt(self.weights[~free])[:, None]
        return found

    def errors(self, lam: Array, target: Array) -> Array:
        """Squared distances of the fits from the target (d,), shape (L, K), a portion at a time.

        Examples
        --------
        >>> problem = WeightedProblem.of(np.eye(2), np.ones((2, 1)), np.array([1.0, 3.0]))
        >>> problem.errors(np.array([0.5, 1.0]), np.ones(2)).round(3)
        array([[0.812],
               [1.179]])
        """
        rows = [self._errors(lam[cut], target) for cut in portions(len(lam), self._bytes_each())]
        return np.concatenate(rows)

    def _bytes_each(self) -> int:
        """Memory that the fits of one penalty take, their coordinates of other weights included."""
        return 2 * 8 * len(self.weights) * self.head.shape[1]

    def _errors(self, lam: Array, target: Array) -> Array:
        free = self.weights == 0
        if self.rest is None:
            return ((self._free(len(lam), None) - target[:, None]) ** 2).sum(axis=1)
        fits = self.rest.solve(lam * self.scale)
        g, wanted = self.weights[~free], target[~free]
        # Most coordinates share one weight, and their squares the norm; the others are corrected.
        values, sizes = np.unique(g, return_counts=True)
        common = values[sizes.argmax()]
        others = np.flatnonzero(g != common)
        single = fits.along(np.eye(len(g))[:, others])
        errors = fits.squared_norms() / common + wanted @ wanted
        errors -= 2 * fits.along((wanted / np.sqrt(g))[:, None])[:, 0]
        errors += ((1 / g[others] - 1 / common)[:, None] * single**2).sum(axis=1)
        rows = self._free(len(lam), fits.along(self.cross.T))
        return errors + ((rows - target[free][:, None]) ** 2).sum(axis=1)

    def _free(self, count: int, explained: Array | None) -> Array:
        """The unpenalised coefficients, shape (L, f, K), after what the others explain."""
        if not len(self.upper):
            return np.empty((count, 0, self.head.shape[1]))
        head = np.broadcast_to(self.head, (count, *self.head.shape))
        return np.asarray(
            np.linalg.solve(self.upper, head if explained is None else head - explained)
        )


def weighted_path(X: Array, Y: Array, lam: Array, weights: Array) -> Array:
    r"""Weighted ridge coefficients for many penalties and labels from one reduction.

    .. math:: \hat\beta(\lambda) = (X^\top X/n + \lambda\,\mathrm{diag}(g))^{-1} X^\top y/n

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Inputs of full rank.
    Y : ndarray, shape (n, K)
        K sets of labels.
    lam : ndarray, shape (L,)
        Penalties.
    weights : ndarray, shape (d,)
        Penalty weights g, >= 0; fewer than n of them are 0.

    Returns
    -------
    ndarray, shape (L, d, K)

    Examples
    --------
    >>> weighted_path(np.eye(2), np.ones((2, 1)), np.array([0.5]), np.array([1.0, 3.0]))[0, :, 0]
    array([0.5 , 0.25])
    """
    return WeightedProblem.of(X, Y, weights).coefficients(lam)


def _rotate(F: Array, A: Array, Y: Array) -> tuple[Array, Array, Array]:
    """Rotate the samples so that F becomes upper triangular, zero below its first rows."""
    if F.shape[1] == 0:
        return np.empty((0, 0)), A, Y
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
