r"""Shared inputs: the student is trained on the teacher's own inputs.

Its labels are the teacher's fitted values on them, so that

.. math:: \hat\beta_s = (S + \lambda_s)^{-1} S\, (S + \lambda_t)^{-1} X^\top y / n, \qquad S = X^\top X/n.

In the eigenbasis of S the teacher keeps the part :math:`t = x/(x + \lambda_t)` of a direction with
eigenvalue x, and the student :math:`f = t\,x/(x + \lambda_s)`. Errors are averages over the
Marchenko–Pastur law; all follow, without quadrature and without cancellation, from the shrinkages of
the two penalties.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import elementwise

from w2slib.core.results import RidgeSimulation
from w2slib.core.ridge_solver import RidgeProblem, ridge_path
from w2slib.core.trials import run_trials, simulator
from w2slib.core.types import Array, ArrayLike, Numbers, Rng
from w2slib.core.validation import (
    broadcastable,
    grid,
    integer,
    positive,
    refuse_divergence,
    sample_size,
    scalar,
    single,
)

__all__ = [
    "shared_inputs_difference",
    "shared_inputs_error",
    "shared_inputs_optimal_penalty",
    "shared_inputs_winning_end",
    "simulate_shared",
]


# ---------------------------------------------------------------------------------- setting


@dataclass(frozen=True)
class _Shrinkage:
    """s = E[x/(x + λ)] with 1 − s and 1 − γ s, each to full relative precision; λ may be inf."""

    s: Array
    loss: Array
    room: Array

    @classmethod
    def of(cls, lam: Array, gamma: Array) -> _Shrinkage:
        finite = np.where(np.isinf(lam), 1.0, lam)
        # Where the law touches 0, what is meant is the limit of small penalties.
        finite = np.where((finite == 0) & (gamma == 1), np.finfo(float).tiny, finite)
        # Hypot keeps the root of b² + 4γλ finite for every representable penalty.
        root = np.hypot(1 - gamma + finite, 2 * np.sqrt(gamma) * np.sqrt(finite))
        s = 2 / (1 + gamma + finite + root)
        loss = _positive_root(gamma, 1 - gamma + finite, finite, root)
        room = _positive_root(np.ones_like(gamma), gamma - 1 + finite, finite, root)
        nothing = np.isinf(lam)
        return cls(*(np.where(nothing, end, x) for end, x in ((0, s), (1, loss), (1, room))))

    @property
    def weight(self) -> Array:
        """λ s = (1 − s)(1 − γ s)."""
        return self.loss * self.room

    @property
    def spread(self) -> Array:
        """1 − γ s², as a sum of positive terms."""
        return self.loss + self.s * self.room


def _positive_root(a: Array, b: Array, c: Array, root: Array) -> Array:
    """Positive solution of a z² + b z = c, whose discriminant has the given root."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b > 0, c / (b / 2 + root / 2), (root - b) / (2 * a))


@dataclass(frozen=True)
class _Pair:
    r"""Two fits in a row on the same inputs, with penalties a and b.

    With :math:`E_k = E[x^k/((x + a)^2 (x + b)^2)]` over the Marchenko–Pastur law, ``first`` is
    :math:`w^3 E_1/F`, ``second`` is :math:`w^3 E_2/F` for :math:`w = 1 - \gamma s_a s_b` and
    :math:`F = s_a^2 s_b^2/[(1 - \gamma s_a^2)(1 - \gamma s_b^2)]`.
    """

    a: _Shrinkage
    b: _Shrinkage
    gamma: Array

    @classmethod
    def of(cls, lam_t: Array, lam_s: Array, gamma: Array) -> _Pair:
        return cls(_Shrinkage.of(lam_t, gamma), _Shrinkage.of(lam_s, gamma), gamma)

    @property
    def both(self) -> Array:
        return self.gamma * self.a.s * self.b.s

    @property
    def overlap(self) -> Array:
        """1 − γ s_a s_b, as a sum of positive terms."""
        return self.a.loss + self.a.s * self.b.room

    @property
    def spreads(self) -> Array:
        return self.a.spread * self.b.spread

    @property
    def first(self) -> Array:
        return 1 + self.both

    @property
    def second(self) -> Array:
        """(1 + γ)(1 + γ s_a s_b) − 2γ(s_a + s_b), without cancellation on both sides of γ = 1."""
        g, a, b = self.gamma, self.a, self.b
        below = (1 - g) ** 2 + g * (1 - g) * (a.loss + b.loss) + g * (1 + g) * a.loss * b.loss
        above = ((g - 1) ** 2 + (g - 1) * (a.room + b.room) + (1 + g) * a.room * b.room) / g
        return np.where(g <= 1, below, above)

    def bias(self) -> Array:
        """E(1 − f)², every term positive."""
        a, b, w = self.a, self.b, self.overlap
        sum_ = a.weight * b.s + b.weight * a.s  # (a + b) s_a s_b
        seen = sum_ * (sum_ * self.second + 2 * a.weight * b.weight * self.first) / w**3
        rooms = (a.room + b.room + a.room * b.room * (1 + 2 * self.both / w)) / w
        unseen = (a.loss * b.loss) ** 2 * (1 + self.both * rooms) / w
        return (seen + unseen) / self.spreads

    def noise(self) -> Array:
        """E f²/x, from the larger penalty, which alone would leave at most a few times as much."""
        swap = self.a.s > self.b.s  # the larger penalty has the smaller shrinkage
        large, small = (
            tuple(np.where(choose, getattr(self.b, n), getattr(self.a, n)) for n in _NOISE)
            for choose in (swap, ~swap)
        )
        s, _, spread = large
        s_small, weight, spread_small = small
        removed = weight * (2 * s_small * self.second + weight * self.first)
        return s**2 / spread * (1 - removed / (spread_small * self.overlap**3))


_NOISE = ("s", "weight", "spread")


# ----------------------------------------------------------------------------------- theory


def shared_inputs_error(
    lam_t: ArrayLike, lam_s: ArrayLike, gamma: ArrayLike, noise_var: ArrayLike
) -> Numbers:
    r"""Student's error when it is trained on the teacher's own inputs.

    .. math:: L_s = E\Bigl[(1 - f)^2 + \sigma^2\gamma\,\frac{f^2}{x}\Bigr], \qquad
        f = \frac{x}{x + \lambda_t}\,\frac{x}{x + \lambda_s}, \qquad x \sim \text{Marchenko–Pastur}(\gamma)

    Parameters
    ----------
    lam_t, lam_s : array_like
        Penalties, >= 0; ``inf`` is the zero function. ``lam_s = 0`` repeats the teacher.
    gamma : array_like
        Aspect ratio of the one set of inputs, > 0.
    noise_var : array_like
        Variance of the noise in the teacher's labels, >= 0.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments. The closed form is symmetric in the two penalties and
        keeps its relative precision near :math:`\lambda_s = \lambda_t`, :math:`\gamma = 1` and 0.

    Raises
    ------
    ValueError
        Also if both penalties are 0 with ``gamma = 1`` and noise: the error diverges.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(shared_inputs_error(1.0, 0.3, 2.0, 1.0), 6)
    0.784878
    """
    lam_t, lam_s, gamma, noise_var = _arguments(lam_t, lam_s, gamma, noise_var)
    refuse_divergence(np.maximum(lam_t, lam_s), gamma, noise_var)
    pair = _Pair.of(lam_t, lam_s, gamma)
    error = pair.bias() + np.where(noise_var > 0, noise_var * gamma * pair.noise(), 0.0)
    return scalar(np.where(np.isinf(lam_t) | np.isinf(lam_s), 1.0, error))


def shared_inputs_difference(
    lam_t: ArrayLike, lam_s: ArrayLike, gamma: ArrayLike, noise_var: ArrayLike
) -> Numbers:
    r"""Student's minus teacher's error on shared inputs; negative where the student wins.

    .. math:: L_s - L_t = \lambda_s\bigl\{[2(\lambda_t - \lambda^\star) + \lambda_s]E_2
        + \lambda_s(2\lambda_t - \lambda^\star)E_1\bigr\}, \qquad
        E_k = E\frac{x^k}{(x + \lambda_t)^2 (x + \lambda_s)^2}, \quad \lambda^\star = \sigma^2\gamma

    Both averages are positive. Hence the student wins for small :math:`\lambda_s` if and only if
    :math:`\lambda_t < \lambda^\star`, whatever :math:`\gamma`, and for no :math:`\lambda_s > 0` otherwise.

    Parameters
    ----------
    lam_t, lam_s, gamma, noise_var : array_like
        As in `shared_inputs_error`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments; exactly 0 at ``lam_s = 0``.

    Raises
    ------
    ValueError
        Also if ``lam_t = 0`` with ``gamma = 1`` and noise: the teacher's error diverges.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> shared_inputs_difference([0.5, 3.0], 0.3, 2.0, 1.0).round(4)
    array([-0.089 ,  0.0147])
    """
    lam_t, lam_s, gamma, noise_var = _arguments(lam_t, lam_s, gamma, noise_var)
    refuse_divergence(lam_t, gamma, noise_var)
    return scalar(_difference(lam_t, lam_s, gamma, noise_var))


def _difference(lam_t: Array, lam_s: Array, gamma: Array, noise_var: Array) -> Array:
    pair, best = _Pair.of(lam_t, lam_s, gamma), noise_var * gamma
    a, b = pair.a, pair.b
    finite = np.where(np.isinf(lam_t), 1.0, lam_t)
    # Without a teacher s_a = 0 and s_a λ_t = 1.
    over = np.where(np.isinf(lam_t), 1.0, a.s * (finite - best))
    twice = np.where(np.isinf(lam_t), 2.0, a.s * (2 * finite - best))
    braces = (2 * b.s * over + b.weight * a.s) * pair.second + b.weight * twice * pair.first
    difference = b.weight * a.s * braces / (pair.spreads * pair.overlap**3)
    return np.where(lam_s == 0, 0.0, difference)


# ------------------------------------------------------------------------------- simulation


@simulator
def simulate_shared(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    *,
    gamma: float,
    noise_var: float,
    dim: int = 400,
    n_trials: int = 20,
    rng: Rng = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    """Sample one data set a trial, fit the teacher, and fit the student to the teacher's fitted values.

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties of teacher and student, >= 0.
    gamma : float
        Aspect ratio of the shared inputs.
    noise_var : float
        Variance of the label noise.
    dim, n_trials, rng, executor
        See :doc:`../api`.

    Returns
    -------
    RidgeSimulation

    Examples
    --------
    >>> run = simulate_shared([0.1], [0.1, 1.0], gamma=2.0, noise_var=1.0, dim=60, rng=1)
    >>> run.student_mean.shape
    (2, 1)
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s)
    dim = integer("dim", dim, minimum=2)
    n = sample_size("gamma", gamma, dim)
    sigma = np.sqrt(single("noise_var", positive("noise_var", noise_var, allow_zero=True)))
    trial = partial(_trial, lam_t, lam_s, dim, n, sigma)
    return RidgeSimulation.of(lam_t, lam_s, run_trials(trial, n_trials, rng, executor))


def _trial(
    lam_t: Array, lam_s: Array, dim: int, n: int, sigma: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    target = rng.standard_normal(dim) / np.sqrt(dim)
    X = rng.standard_normal((n, dim))
    teachers = ridge_path(X, X @ target + sigma * rng.standard_normal(n), lam_t)
    teacher = ((teachers - target[:, None]) ** 2).sum(axis=0)
    student = RidgeProblem.of(X, X @ teachers).errors(lam_s, target)
    return teacher, student, student - teacher


# ---------------------------------------------------------------------------------- verdict


def shared_inputs_winning_end(lam_t: ArrayLike, gamma: ArrayLike, noise_var: ArrayLike) -> Numbers:
    r"""Upper end of the winning set :math:`(0, \bar\lambda_s)` on shared inputs.

    Parameters
    ----------
    lam_t, gamma, noise_var : array_like
        As in `shared_inputs_error`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments. ``nan`` where no student wins (:math:`\lambda_t \ge
        \lambda^\star`), ``inf`` where every one does (a teacher that is no better than the zero
        function, :math:`L_t \ge 1`, loses to every penalty).

    Notes
    -----
    Source: this book. That the winning set is one interval is seen in 1,000 random settings, not proved.

    Examples
    --------
    >>> shared_inputs_winning_end([0.1, 3.0], 0.5, 1.0).round(4)
    array([2.1027,    nan])
    """
    lam_t, gamma, noise_var = _teacher(lam_t, gamma, noise_var)
    lam_t, gamma, noise_var = np.broadcast_arrays(lam_t, gamma, noise_var)
    none = lam_t >= gamma * noise_var
    every = ~none & (_difference(lam_t, np.full_like(lam_t, np.inf), gamma, noise_var) <= 0)
    some = ~none & ~every
    # Where there is no root, a setting that has one.
    safe = [np.where(some, x, y) for x, y in ((lam_t, 0.1), (gamma, 0.5), (noise_var, 1.0))]
    low = np.log(np.finfo(float).tiny)
    root = elementwise.find_root(
        lambda ell, a, g, v: _per_penalty(a, np.exp(ell), g, v),
        (np.full_like(lam_t, low), np.full_like(lam_t, 300.0)),
        args=tuple(safe),
        tolerances={"xatol": 0, "xrtol": 1e-15, "fatol": 0, "frtol": 0},
    )
    return scalar(np.where(none, np.nan, np.where(every, np.inf, np.exp(root.x))))


def shared_inputs_optimal_penalty(
    lam_t: ArrayLike, gamma: ArrayLike, noise_var: ArrayLike
) -> Numbers:
    r"""Student's penalty of least error on shared inputs: 0 unless the teacher is under-regularised.

    It lies between 0 and :math:`\lambda^\star - \lambda_t`, what the teacher lacks, and equals
    :math:`\lambda^\star` for a teacher without a penalty: that student *is* the optimal teacher.

    Parameters
    ----------
    lam_t, gamma, noise_var : array_like
        As in `shared_inputs_error`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, to about eight digits (the minimum is flat).

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> shared_inputs_optimal_penalty([0.1, 3.0], 0.5, 1.0).round(4)
    array([0.3195, 0.    ])
    """
    lam_t, gamma, noise_var = _teacher(lam_t, gamma, noise_var)
    lam_t, gamma, noise_var = np.broadcast_arrays(lam_t, gamma, noise_var)
    lacks = np.where(np.isinf(lam_t), 0.0, gamma * noise_var - np.where(np.isinf(lam_t), 0, lam_t))
    some = lacks > 0
    safe = [np.where(some, x, y) for x, y in ((lam_t, 0.0), (gamma, 0.5), (noise_var, 1.0))]
    width = np.where(some, lacks, 0.5)

    def error(part: Array | float, *teacher: Array) -> Array:
        a, g, v, w = teacher
        return _difference(a, np.asarray(part * w), g, v)

    parts = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 60), [1.5]])
    coarse = np.array([error(part, *safe, width) for part in parts[1:-1]])
    best = 1 + coarse.argmin(axis=0)
    bracket = parts[best - 1], parts[best], parts[best + 1]
    exact = {"xatol": 0, "xrtol": 1e-12, "fatol": 0, "frtol": 0}
    found = elementwise.find_minimum(error, bracket, args=(*safe, width), tolerances=exact)
    return scalar(np.where(some, np.minimum(found.x, 1.0) * width, 0.0))


def _per_penalty(lam_t: Array, lam_s: Array, gamma: Array, noise_var: Array) -> Array:
    """(L_s − L_t)/λ_s, whose sign does not fade at λ_s = 0."""
    s = _Shrinkage.of(lam_s, gamma).weight
    return _difference(lam_t, lam_s, gamma, noise_var) / s


# ------------------------------------------------------------------------------------ input


def _teacher(
    lam_t: ArrayLike, gamma: ArrayLike, noise_var: ArrayLike
) -> tuple[Array, Array, Array]:
    lam_t = positive("lam_t", lam_t, allow_zero=True, allow_inf=True)
    gamma = positive("gamma", gamma)
    noise_var = positive("noise_var", noise_var, allow_zero=True)
    broadcastable(lam_t=lam_t, gamma=gamma, noise_var=noise_var)
    refuse_divergence(lam_t, gamma, noise_var)
    return lam_t, gamma, noise_var


def _arguments(
    lam_t: ArrayLike, lam_s: ArrayLike, gamma: ArrayLike, noise_var: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    lam_t = positive("lam_t", lam_t, allow_zero=True, allow_inf=True)
    lam_s = positive("lam_s", lam_s, allow_zero=True, allow_inf=True)
    gamma = positive("gamma", gamma)
    noise_var = positive("noise_var", noise_var, allow_zero=True)
    broadcastable(lam_t=lam_t, lam_s=lam_s, gamma=gamma, noise_var=noise_var)
    return lam_t, lam_s, gamma, noise_var
