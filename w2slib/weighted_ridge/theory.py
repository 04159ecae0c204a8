r"""Mechanism II: a penalty aligned with the target beats even an optimally regularised teacher.

Setting. :math:`x \sim N(0, I_d)`, :math:`y = \langle\beta_\star, x\rangle + \varepsilon`, noise of
variance :math:`\sigma^2`. Teacher and student are *weighted* ridge regressions,

.. math:: \hat\beta = \arg\min_\beta \tfrac1n\|y - X\beta\|^2 + \lambda\, \beta^\top \Gamma \beta,

the teacher on :math:`n_t = d/\gamma_t` samples, the student on :math:`n_s = d/\gamma_s` fresh inputs
that the teacher labelled. In the eigenbasis of :math:`\Gamma` the coordinates come in *blocks*:
block :math:`b` holds a fraction :math:`\varphi_b` of them, all with penalty weight :math:`g_b`, and
carries the part :math:`e_b` of the target's energy :math:`E\|\beta_\star\|^2 = 1`. A *spike* is a block
of one coordinate, :math:`\varphi = 0` in the limit of large :math:`d`. Errors are excess test errors
:math:`E\|\hat\beta - \beta_\star\|^2`.

Theory. As in the chapter on ridge regression, either fit is shrinkage plus independent noise,
:math:`\hat\beta_i = s_b(\beta_i + \omega z_i)`, now with one shrinkage for each block. Student errors
are sums of non-negative terms, each a product of one factor that knows the teacher and one that
knows the student; that keeps them accurate for any penalty, and fast on grids.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import lapack, qr
from scipy.optimize import elementwise

from w2slib.random_matrices import discriminant_root, effective_penalty
from w2slib.simulation import RidgeSimulation, RidgeSolutions, run_trials, simulator
from w2slib.validation import (
    MAX_RATIO_ERROR,
    between,
    broadcastable,
    grid,
    integer,
    positive,
    real,
    sample_size,
    scalar,
    single,
)

# --------------------------------------------------------------------------------- setting


@dataclass(frozen=True, eq=False)
class Blocks:
    r"""Coordinates in blocks: how many, how heavily penalised, how much of the target they carry.

    Parameters
    ----------
    fractions : array_like, shape (B,)
        Fraction :math:`\varphi_b \ge 0` of the coordinates in each block; they sum to 1. Zero stands
        for a spike: one coordinate among infinitely many.
    weights : array_like, shape (B,)
        Penalty weight :math:`g_b \ge 0` of each block; 0 leaves a block unpenalised.
    energies : array_like, shape (B,)
        Part :math:`e_b \ge 0` of the target's energy in each block; they sum to 1.

    Raises
    ------
    ValueError
        If an entry is outside its range, the sums differ from 1 by more than 1e-9, or the lengths
        differ.

    Notes
    -----
    Source: this book, derived in the chapter. Instances are immutable.

    Examples
    --------
    >>> blocks = Blocks(fractions=[0.2, 0.8], weights=[0.25, 4.0], energies=[0.5, 0.5])
    >>> blocks.bayes_weights
    array([0.4, 1.6])
    """

    fractions: np.ndarray
    weights: np.ndarray
    energies: np.ndarray

    def __post_init__(self) -> None:
        fractions, energies = (
            _shares("fractions", self.fractions),
            _shares("energies", self.energies),
        )
        weights = _weights("weights", self.weights, len(fractions))
        if len(energies) != len(fractions):
            raise ValueError(
                f"energies has length {len(energies)}; allowed: one for each of the "
                f"{len(fractions)} fractions"
            )
        for name, value in (("fractions", fractions), ("weights", weights), ("energies", energies)):
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def spike(cls, zeta: float, relief: float) -> Blocks:
        r"""Rank-one model: one direction with energy ζ², whose penalty is relieved.

        .. math:: \Gamma = I - \kappa_\Gamma v v^\top, \qquad
            \langle\beta_\star, v\rangle^2 = \zeta^2

        Parameters
        ----------
        zeta : float
            Alignment ζ between target and direction, in [-1, 1].
        relief : float
            Relief :math:`\kappa_\Gamma \le 1`: 1 frees the direction, 0 is plain ridge, negative
            values penalise the direction more than the others.

        Returns
        -------
        Blocks
            The bulk first, then the spike.

        Raises
        ------
        ValueError
            If an argument is not a single number in its range.

        Notes
        -----
        Source: [Mechanisms], spiked regularization; the symbol κ_Γ follows the project's notes.

        Examples
        --------
        >>> Blocks.spike(0.6, 0.75).weights
        array([1.  , 0.25])
        """
        zeta, relief = (
            single("zeta", between("zeta", zeta, -1, 1)),
            single("relief", _relief(relief)),
        )
        return cls([1.0, 0.0], [1.0, 1 - relief], [1 - zeta**2, zeta**2])

    @classmethod
    def power_law(
        cls, weight_exponent: float, energy_exponent: float, n_blocks: int = 40
    ) -> Blocks:
        r"""Penalty that rises and energy that falls as powers of the coordinate's rank.

        With rank :math:`u = i/d \in (0, 1)`: energy density :math:`\propto u^{-b}` and weight
        :math:`u^a`, cut into blocks of equal size and averaged within each.

        Parameters
        ----------
        weight_exponent : float
            Exponent a >= 0 of the penalty; 0 is plain ridge.
        energy_exponent : float
            Exponent b in [0, 1) of the target's energy; 0 spreads it evenly.
        n_blocks : int
            Number of blocks B.

        Returns
        -------
        Blocks

        Raises
        ------
        ValueError
            If an argument is outside its range.

        Notes
        -----
        Source: this book.

        Examples
        --------
        >>> Blocks.power_law(1.0, 0.5, n_blocks=4).energies.round(3)
        array([0.5  , 0.207, 0.159, 0.134])
        """
        a = single("weight_exponent", positive("weight_exponent", weight_exponent, allow_zero=True))
        b = single("energy_exponent", between("energy_exponent", energy_exponent, 0, 0.999))
        edges = np.linspace(0, 1, integer("n_blocks", n_blocks) + 1)
        size = np.diff(edges)
        return cls(size, np.diff(edges ** (1 + a)) / size / (1 + a), np.diff(edges ** (1 - b)))

    @property
    def alignment(self) -> float:
        r"""How much less the penalty weighs on the target than on a random vector.

        .. math:: 1 - \frac{\sum_b g_b e_b}{\sum_b g_b \varphi_b}

        Positive for an aligned penalty, 0 for a neutral one such as plain ridge, negative for a
        misaligned one; :math:`\kappa_\Gamma \zeta^2` for a spike. With :math:`\gamma_s < 1`, a student
        with a small enough penalty beats the optimal plain teacher if this is positive, and loses if
        it is negative.

        Raises
        ------
        ValueError
            If every coordinate of positive fraction is unpenalised.
        """
        mean = float(self.weights @ self.fractions)
        if mean == 0:
            raise ValueError("weights = 0.0 on average; allowed: at least one block penalised")
        return 1 - float(self.weights @ self.energies) / mean

    @property
    def bayes_weights(self) -> np.ndarray:
        r"""Weights of the Bayes-optimal penalty, :math:`g_b = \varphi_b/e_b`.

        A target with independent normal coordinates of variance :math:`e_b/(\varphi_b d)` has
        weighted ridge with these weights and :math:`\lambda = \sigma^2\gamma` as its posterior mean.

        Raises
        ------
        ValueError
            If a block carries no energy.
        """
        if np.any(self.energies == 0):
            raise ValueError(
                "energies = 0.0 in a block; allowed: > 0, its Bayes weight is infinite"
            )
        return self.fractions / self.energies


# ---------------------------------------------------------------------------------- theory


@dataclass(frozen=True)
class _Map:
    """One fit as a Gaussian-sequence map β -> s(β + ω z); arrays have the blocks as first axis.

    ``lost`` is 1 − s without cancellation. A fit turns an error variance V of its labels (noise,
    and what of the target it loses) into a variance ``spread`` · V of its coefficients.
    """

    kept: np.ndarray
    lost: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, lam: np.ndarray, gamma: np.ndarray, weights, fractions) -> _Map:
        shape = (-1,) + (1,) * np.broadcast(lam, gamma).ndim
        kappa = np.asarray(effective_penalty(lam, gamma, weights, fractions))
        return cls.at(kappa, lam, gamma, weights.reshape(shape), fractions.reshape(shape))

    @classmethod
    def at(cls, kappa, lam, gamma, weights, fractions) -> _Map:
        kept = 1 / (1 + kappa * weights)
        lost = kappa * weights * kept
        with np.errstate(divide="ignore", invalid="ignore"):
            # 1 − γ df₂ = λ/κ + γ Σ φ s (1 − s), and λ/κ -> 1 − γ where λ = 0 makes κ = 0.
            slack = np.where(kappa > 0, lam / kappa, 1 - gamma)
            slack = slack + gamma * (fractions * kept * lost).sum(axis=0)
            # No slack remains only for λ = 0, γ = 1, where nothing is lost and no variance arises.
            spread = np.where(slack > 0, gamma * fractions * kept**2 / slack, 0.0)
        return cls(kept, lost, spread)


@dataclass(frozen=True)
class _Teacher:
    """What a student inherits: shrinkage s, 1 − s, the target's energy e and variance, per block."""

    kept: np.ndarray
    lost: np.ndarray
    energies: np.ndarray
    variance: np.ndarray

    @classmethod
    def of(cls, fit: _Map, noise_var, energies) -> _Teacher:
        missed = (energies * fit.lost**2).sum(axis=0)
        return cls(fit.kept, fit.lost, energies, fit.spread * (noise_var + missed))

    @property
    def error(self) -> np.ndarray:
        return (self.energies * self.lost**2 + self.variance).sum(axis=0)


def _student_error(teacher: _Teacher, fit: _Map) -> np.ndarray:
    """Sum over the blocks of (bias)² + variance; bias is 1 − a s = (1 − s) + s (1 − a)."""
    e, s, lost = teacher.energies, teacher.kept, teacher.lost
    relearnt = fit.spread.sum(axis=0)
    return (
        (e * lost**2).sum(axis=0)
        + _dot(2 * e * lost * s, fit.lost)
        + _dot(e * s**2, (1 + relearnt) * fit.lost**2)
        + _dot(teacher.variance, fit.kept**2 + relearnt * fit.lost**2)
    )


def _difference(teacher: _Teacher, fit: _Map) -> np.ndarray:
    """L_s − L_t with the equal parts cancelled by hand: every term carries a factor 1 − a."""
    e, s, lost = teacher.energies, teacher.kept, teacher.lost
    relearnt = fit.spread.sum(axis=0)
    return (
        _dot(2 * e * lost * s, fit.lost)
        + _dot(e * s**2, (1 + relearnt) * fit.lost**2)
        + _dot(teacher.variance, fit.lost * (relearnt * fit.lost - (1 + fit.kept)))
    )


def _dot(teacher: np.ndarray, student: np.ndarray) -> np.ndarray:
    """Sum over the blocks; the other axes broadcast, so that a grid costs B products a cell."""
    return np.einsum("b...,b...->...", teacher, student)


def teacher_error(lam_t, gamma_t, noise_var, blocks: Blocks):
    r"""Excess test error of a teacher whose penalty has the weights of ``blocks``.

    .. math:: L_t = \sum_b (1 - s_b)^2 e_b + \frac{\gamma_t\, \mathrm{df}_2}{1 - \gamma_t\, \mathrm{df}_2}
        \Bigl(\sigma^2 + \sum_b (1 - s_b)^2 e_b\Bigr), \qquad s_b = \frac{1}{1 + \kappa g_b},
        \quad \mathrm{df}_2 = \sum_b \varphi_b s_b^2

    with the effective penalty κ of `w2slib.random_matrices.effective_penalty`.

    Parameters
    ----------
    lam_t : array_like
        Teacher's penalty :math:`\lambda_t \ge 0`; 0 is the limit from above.
    gamma_t : array_like
        Teacher's aspect ratio :math:`\gamma_t = d/n_t > 0`.
    noise_var : array_like
        Variance :math:`\sigma^2 \ge 0` of the label noise.
    blocks : Blocks
        Fractions, the teacher's weights, energies.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, in units of the target's energy.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, the unpenalised blocks hold as
        many coordinates as there are samples, or ``lam_t = 0`` with ``gamma_t = 1`` and
        ``noise_var > 0``, where the error diverges.

    Notes
    -----
    Source: this book, derived in the chapter from the Gaussian-sequence equivalent.

    Examples
    --------
    >>> plain = Blocks([0.3, 0.7], [1.0, 1.0], [0.6, 0.4])
    >>> round(teacher_error(0.25, 0.5, 0.5, plain), 6)
    0.280776
    >>> aligned = Blocks([0.3, 0.7], plain.bayes_weights, [0.6, 0.4])
    >>> round(teacher_error(0.25, 0.5, 0.5, aligned), 6)
    0.254211
    """
    blocks = _blocks(blocks)
    return scalar(_teach(lam_t, gamma_t, noise_var, blocks, blocks.weights).error)


def student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks: Blocks, teacher_weights=None):
    r"""Excess test error of a student whose penalty has the weights of ``blocks``.

    With the student's shrinkage :math:`a_b` and the teacher's :math:`s_b`, variance :math:`v_b` and
    energy :math:`q_b = s_b^2 e_b + v_b` in block b,

    .. math:: L_s = \sum_b (1 - a_b s_b)^2 e_b + a_b^2 v_b
        + \frac{\gamma_s\, \mathrm{df}_2}{1 - \gamma_s\, \mathrm{df}_2} \sum_b (1 - a_b)^2 q_b .

    Parameters
    ----------
    lam_t, lam_s : array_like
        Penalties of teacher and student, >= 0; 0 is the limit from above.
    gamma_t, gamma_s : array_like
        Aspect ratios :math:`d/n` of teacher and student, > 0.
    noise_var : array_like
        Variance :math:`\sigma^2 \ge 0` of the teacher's label noise.
    blocks : Blocks
        Fractions, the student's weights, energies.
    teacher_weights : array_like, shape (B,), optional
        The teacher's weights, >= 0; plain ridge (all ones) by default.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, in units of the target's energy.

    Raises
    ------
    ValueError
        As `teacher_error`, for either of the two.

    Notes
    -----
    Source: this book, derived in the chapter by composing two Gaussian-sequence maps.

    Examples
    --------
    >>> blocks = Blocks([0.3, 0.7], [0.5, 7 / 4], [0.6, 0.4])
    >>> L_s = student_error(0.25, 0.02, 0.5, 0.5, 0.5, blocks)
    >>> L_s < teacher_error(0.25, 0.5, 0.5, Blocks([0.3, 0.7], [1, 1], [0.6, 0.4]))
    True
    """
    return scalar(
        _student_error(*_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, teacher_weights))
    )


def error_difference(
    lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks: Blocks, teacher_weights=None
):
    r"""Student's minus teacher's error, :math:`L_s - L_t`, with its sign exact near a tie.

    Parameters
    ----------
    lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, teacher_weights
        As in `student_error`.

    Returns
    -------
    ndarray or float
        Negative where the student wins; shape of the broadcast arguments.

    Raises
    ------
    ValueError
        As `student_error`.

    Notes
    -----
    Source: this book, derived in the chapter. Subtracting the two errors would leave rounding noise
    where they are nearly equal (small :math:`\lambda_s`); here the common terms never appear.

    Examples
    --------
    >>> error_difference(0.25, 1e-14, 0.5, 0.5, 0.5, Blocks.spike(0.8, 0.9)) < 0
    True
    """
    return scalar(
        _difference(*_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, teacher_weights))
    )


def spike_student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief):
    r"""Excess test error of a student with rank-one relief, for a plain ridge teacher.

    .. math:: L_s = L_t - 2\lambda_s M_1 C + \lambda_s^2 M_2 U, \qquad
        G = \frac{1 - \kappa_\Gamma}{1 - \lambda_s\kappa_\Gamma M_1},

    .. math:: C = (q - p) + \zeta^2 p(1 - p)(1 - G), \qquad U = q - \zeta^2 p^2 (1 - G^2),

    with the teacher's overlap p and energy q, and :math:`M_i = m_i(\lambda_s; \gamma_s)` the
    resolvent traces.

    Parameters
    ----------
    lam_t, lam_s : array_like
        Penalties of teacher and student, >= 0; 0 is the limit from above.
    gamma_t, gamma_s : array_like
        Aspect ratios :math:`d/n` of teacher and student, > 0.
    noise_var : array_like
        Variance :math:`\sigma^2 \ge 0` of the teacher's label noise.
    zeta : array_like
        Alignment ζ of target and relieved direction, in [-1, 1]; only ζ² matters.
    relief : array_like
        Relief :math:`\kappa_\Gamma \le 1` of the direction's penalty.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, in units of the target's energy.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the teacher diverges.

    Notes
    -----
    Source: the setting is [Mechanisms]' (weighted ridge, spiked regularization); this form is this
    book's, derived in the chapter, and evaluated as a sum of non-negative terms.

    Examples
    --------
    >>> teacher = teacher_error(0.25, 0.5, 0.5, Blocks.spike(0.8, 0.0))
    >>> L_s = spike_student_error(0.25, 0.2, 0.5, 0.5, 0.5, zeta=0.8, relief=[0.9, 0.0, -1.0])
    >>> (L_s < teacher).tolist()
    [True, False, False]
    """
    return scalar(
        _student_error(*_spike_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief))
    )


def _spike_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief) -> tuple[_Teacher, _Map]:
    zeta, relief = between("zeta", zeta, -1, 1), _relief(relief)
    lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief = _aligned(
        **_penalties(lam_t, lam_s, gamma_t, gamma_s, noise_var), zeta=zeta, relief=relief
    )
    energies = np.stack([1 - zeta**2, zeta**2])
    bulk_and_spike = np.array([1.0, 0.0]).reshape((2,) + (1,) * zeta.ndim)
    teacher = _Map.at(
        _plain_kappa(lam_t, gamma_t), lam_t, gamma_t, np.ones_like(bulk_and_spike), bulk_and_spike
    )
    weights = np.stack([np.ones_like(relief), 1 - relief])
    student = _Map.at(_plain_kappa(lam_s, gamma_s), lam_s, gamma_s, weights, bulk_and_spike)
    return _Teacher.of(teacher, noise_var, energies), student


def _plain_kappa(lam, gamma) -> np.ndarray:
    """Effective penalty of plain ridge; one direction more or less does not change it."""
    r, b = discriminant_root(lam, gamma), (1 - gamma) - lam
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b > 0, 2 * lam / (r + b), (r - b) / 2)


# ------------------------------------------------------------------------------ simulation


@simulator
def simulate(
    lam_t,
    lam_s,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    blocks: Blocks,
    teacher_weights=None,
    dim: int = 400,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
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
        Penalties of teacher and student, >= 0 (0 is the least-norm solution).
    gamma_t, gamma_s : float
        Aspect ratios; the sample sizes are ``dim / gamma`` rounded.
    noise_var : float
        Variance of the label noise, >= 0.
    blocks : Blocks
        Fractions, the student's weights, energies.
    teacher_weights : array_like, shape (B,), optional
        The teacher's weights, >= 0; plain ridge by default.
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
    w2slib.simulation.RidgeSimulation

    Raises
    ------
    ValueError
        If an argument is outside its range or ``dim`` is too small for the ratios or fractions.

    Notes
    -----
    Source: linear algebra; checked against direct solves in the tests.

    Examples
    --------
    >>> blocks = Blocks([0.25, 0.75], [0.2, 1.0], [0.7, 0.3])
    >>> run = simulate([0.1], [0.1, 1.0], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, blocks=blocks,
    ...                dim=100, rng=1)
    >>> run.student_mean.shape
    (2, 1)
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s)
    blocks = _blocks(blocks)
    teacher_weights = _teacher_weights(teacher_weights, blocks)
    dim = integer("dim", dim, minimum=2)
    n_t = sample_size("gamma_t", gamma_t, dim)
    n_s = sample_size("gamma_s", gamma_s, dim)
    counts = _block_sizes(blocks.fractions, dim)
    _require_samples("gamma_t", n_t, counts[teacher_weights == 0].sum())
    _require_samples("gamma_s", n_s, counts[blocks.weights == 0].sum())
    sigma = np.sqrt(single("noise_var", positive("noise_var", noise_var, allow_zero=True)))
    weights = np.repeat(teacher_weights, counts), np.repeat(blocks.weights, counts)
    trial = partial(_trial, lam_t, lam_s, n_t, n_s, sigma, counts, blocks.energies, *weights)
    return RidgeSimulation.of(lam_t, lam_s, run_trials(trial, n_trials, rng, executor))


@simulator
def simulate_spike(
    lam_t,
    lam_s,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    zeta: float,
    relief: float,
    dim: int = 400,
    n_trials: int = 20,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
) -> RidgeSimulation:
    r"""Sample the rank-one model: a plain teacher, and a student with relief along one direction.

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

    Raises
    ------
    ValueError
        As `simulate`.

    Notes
    -----
    Isotropic data look the same in every basis, so the direction is a coordinate axis here. Source:
    linear algebra; the model is [Mechanisms]'.

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


def _trial(lam_t, lam_s, n_t, n_s, sigma, counts, energies, weights_t, weights_s, rng):
    target = draw_target(counts, energies, rng)
    X = rng.standard_normal((n_t, len(target)))
    labels = X @ target + sigma * rng.standard_normal(n_t)
    teachers = weighted_path(X, labels[:, None], lam_t, weights_t)[:, :, 0]
    teacher = ((teachers - target) ** 2).sum(axis=1)

    Z = rng.standard_normal((n_s, len(target)))
    student = _weighted_errors(Z, Z @ teachers.T, lam_s, weights_s, target)
    return teacher, student, student - teacher


def _weighted_errors(X, Y, lam, weights, target) -> np.ndarray:
    """Squared distances from the target of all fits of `weighted_path`, shape (L, K)."""
    free, fits, free_rows = _penalised_fits(X, Y, lam, weights)
    errors = np.zeros((len(lam), Y.shape[1]))
    if fits is not None:
        g, wanted = weights[~free], target[~free]
        # Most coordinates share one weight, and their squares the norm; the others are corrected.
        values, sizes = np.unique(g, return_counts=True)
        common = values[sizes.argmax()]
        others = np.flatnonzero(g != common)
        single = fits.along(np.eye(len(g))[:, others])
        errors += fits.squared_norms() / common + wanted @ wanted
        errors -= 2 * fits.along((wanted / np.sqrt(g))[:, None])[:, 0]
        errors += ((1 / g[others] - 1 / common)[:, None] * single**2).sum(axis=1)
    return errors + ((free_rows - target[free][:, None]) ** 2).sum(axis=1)


def draw_target(counts, energies, rng: np.random.Generator) -> np.ndarray:
    """Draw a target with given energies: within each block its direction is uniform.

    Parameters
    ----------
    counts : sequence of int, length B
        Coordinates of each block.
    energies : sequence of float, length B
        Squared norm in each block.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (sum of counts,)

    Notes
    -----
    Source: this book.

    Examples
    --------
    >>> target = draw_target([1, 99], [0.64, 0.36], np.random.default_rng(0))
    >>> abs(target[0]).round(6), np.sum(target**2).round(6)
    (np.float64(0.8), np.float64(1.0))
    """
    parts = [rng.standard_normal(count) for count in counts]
    return np.concatenate(
        [np.sqrt(e) * part / np.linalg.norm(part) for e, part in zip(energies, parts, strict=True)]
    )


def weighted_path(X: np.ndarray, Y: np.ndarray, lam: np.ndarray, weights: np.ndarray) -> np.ndarray:
    r"""Weighted ridge coefficients for many penalties and labels from one reduction.

    .. math:: \hat\beta(\lambda) = (X^\top X/n + \lambda\,\mathrm{diag}(g))^{-1} X^\top y/n

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Inputs of full rank.
    Y : ndarray, shape (n, K)
        K sets of labels.
    lam : ndarray, shape (L,)
        Penalties, >= 0; 0 gives the limit from above.
    weights : ndarray, shape (d,)
        Penalty weights g, >= 0; fewer than n of them are 0.

    Returns
    -------
    ndarray, shape (L, d, K)

    Notes
    -----
    Unpenalised coordinates are regressed out first; what remains is ridge regression in the
    coordinates :math:`\sqrt{g_i}\beta_i`. Source: linear algebra.

    Examples
    --------
    >>> weighted_path(np.eye(2), np.ones((2, 1)), np.array([0.5]), np.array([1.0, 3.0]))[0, :, 0]
    array([0.5 , 0.25])
    """
    free, fits, free_rows = _penalised_fits(X, Y, lam, weights)
    coefficients = np.empty((len(lam), len(weights), Y.shape[1]))
    coefficients[:, free] = free_rows
    if fits is not None:
        coefficients[:, ~free] = fits.coefficients() / np.sqrt(weights[~free])[:, None]
    return coefficients


def _penalised_fits(X, Y, lam, weights) -> tuple[np.ndarray, RidgeSolutions | None, np.ndarray]:
    """Which coordinates are free, ridge fits of √g β for the others, and the free coefficients.

    Shapes (d,) and (L, free, K); there are no fits if every coordinate is free.
    """
    free = weights == 0
    count = np.count_nonzero(free)
    upper, A, B = _rotate(X[:, free], X[:, ~free] / np.sqrt(weights[~free]), Y)
    head = np.broadcast_to(B[:count], (len(lam), count, Y.shape[1]))
    fits = None
    if count < len(weights):
        # The samples that are left for the penalised coordinates; sums are over n of them.
        rows, labels = A[count:], B[count:]
        fits = RidgeSolutions.of(rows, labels, lam * len(X) / len(rows))
        head = head - fits.along(A[:count].T) if count else head
    return free, fits, np.linalg.solve(upper, head) if count else head


def _rotate(F, A, Y) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rotate the samples so that F becomes upper triangular, zero below its first rows."""
    if F.shape[1] == 0:
        return F, A, Y
    (reflectors, tau), upper = qr(F, mode="raw")
    both = np.hstack([A, Y])
    both, _, _ = lapack.dormqr("L", "T", reflectors, tau, both, lwork=64 * both.shape[1])
    return upper, both[:, : A.shape[1]], both[:, A.shape[1] :]


# --------------------------------------------------------------------------------- verdict


@dataclass(frozen=True)
class Region:
    """Where on a grid of T teacher and S student penalties the student wins.

    Attributes
    ----------
    lam_t, lam_s : ndarray, shapes (T,) and (S,)
        The penalties.
    difference : ndarray, shape (S, T)
        :math:`L_s - L_t`.
    wins : ndarray of bool, shape (S, T)
        Where the difference is negative.
    boundary : ndarray, shape (K, 2)
        Points (λ_t, λ_s) at which the two errors are equal: for every λ_t of the grid, each change
        of sign between neighbouring λ_s, refined to full precision; sorted by λ_t, then λ_s.
    """

    lam_t: np.ndarray
    lam_s: np.ndarray
    difference: np.ndarray
    wins: np.ndarray
    boundary: np.ndarray


def winning_region(
    lam_t,
    lam_s,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    blocks: Blocks,
    teacher_weights=None,
) -> Region:
    r"""Penalties for which the student beats its teacher, and the boundary of that region.

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties of teacher (>= 0) and student (> 0, increasing).
    gamma_t, gamma_s, noise_var : float
        Aspect ratios and variance of the label noise.
    blocks : Blocks
        Fractions, the student's weights, energies; `Blocks.spike` for the rank-one model.
    teacher_weights : array_like, shape (B,), optional
        The teacher's weights; plain ridge by default.

    Returns
    -------
    Region

    Raises
    ------
    ValueError
        If an argument is outside its range or ``lam_s`` does not increase.

    Notes
    -----
    Two crossings between neighbouring λ_s of the grid are not seen. Source: this book.

    Examples
    --------
    >>> region = winning_region([0.25], [0.01, 0.1, 1, 10], gamma_t=0.5, gamma_s=0.5, noise_var=0.5,
    ...                         blocks=Blocks.spike(0.8, 0.9))
    >>> region.wins[:, 0].tolist(), region.boundary.round(3).tolist()
    ([True, True, False, False], [[0.25, 0.623]])
    """
    lam_t, lam_s = grid("lam_t", lam_t), grid("lam_s", lam_s, allow_zero=False)
    if np.any(np.diff(lam_s) <= 0):
        raise ValueError(f"lam_s = {lam_s}; allowed: increasing penalties")
    ratios = (
        single("gamma_t", real("gamma_t", gamma_t)),
        single("gamma_s", real("gamma_s", gamma_s)),
        single("noise_var", real("noise_var", noise_var)),
    )

    def difference(lam_s, lam_t):
        return error_difference(lam_t, lam_s, *ratios, blocks, teacher_weights)

    table = difference(lam_s[:, None], lam_t)
    wins = table < 0
    column, row = np.nonzero(np.diff(wins, axis=0).T)
    boundary = np.empty((len(row), 2))
    if len(row):
        ends = lam_s[row], lam_s[row + 1]
        root = elementwise.find_root(difference, ends, args=(lam_t[column],))
        boundary[:] = np.stack([lam_t[column], root.x], axis=1)
    return Region(lam_t, lam_s, table, wins, boundary)


def critical_alignment(lam_t, lam_s, gamma_t, gamma_s, noise_var, relief):
    r"""Alignment ζ above which a student with rank-one relief beats its plain teacher.

    .. math:: \zeta_c^2 = \frac{q\,(h - c)}{p\,(1 - G)\,[2(1 - p) + h p(1 + G)]}, \qquad
        h = \frac{\lambda_s M_2}{M_1}, \quad c = 2\Bigl(1 - \frac pq\Bigr)

    Parameters
    ----------
    lam_t : array_like
        Teacher's penalty, >= 0.
    lam_s : array_like
        Student's penalty, > 0.
    gamma_t, gamma_s : array_like
        Aspect ratios, > 0.
    noise_var : array_like
        Variance of the label noise, >= 0.
    relief : array_like
        Relief κ_Γ of the direction's penalty, 0 < κ_Γ <= 1.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments. 0 where the student wins without any alignment
        (Mechanism I); above 1 where no alignment is enough.

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or the teacher diverges.

    Notes
    -----
    The numerator is Mechanism I's winning condition h < c, the denominator what alignment adds.
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(critical_alignment(0.25, 0.2, 0.5, 0.5, 0.5, relief=0.9), 4)
    0.6831
    >>> critical_alignment(0.01, 0.2, 0.5, 0.5, 0.5, relief=0.9)
    0.0
    """
    relief = positive("relief", _relief(relief))
    lam_s = positive("lam_s", lam_s)
    teacher, student = _spike_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, 0.0, relief)
    p, lost_t, variance = teacher.kept[0], teacher.lost[0], teacher.variance[0]
    lost, lost_spike = student.lost
    h = (1 + student.spread[0]) * lost
    G, one_minus_G = lost_spike / lost, relief * student.kept[1]
    energy = p**2 + variance
    surplus = h * energy + 2 * p * lost_t - 2 * variance  # q (h − c), for q c = 2 (q − p)
    scale = p * one_minus_G * (2 * lost_t + h * p * (1 + G))
    return scalar(np.sqrt(np.maximum(surplus, 0) / scale))


# ----------------------------------------------------------------------------------- input


def _shares(name: str, value) -> np.ndarray:
    array = np.array(np.atleast_1d(positive(name, value, allow_zero=True)))
    if array.ndim != 1 or abs(array.sum() - 1) > 1e-9:
        raise ValueError(
            f"{name} of shape {array.shape} sum to {array.sum():g}; "
            "allowed: a 1-D array of numbers >= 0 that sum to 1"
        )
    return array / array.sum()


def _weights(name: str, value, length: int) -> np.ndarray:
    array = np.array(np.atleast_1d(positive(name, value, allow_zero=True)))
    if array.shape != (length,):
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: ({length},), a weight for each block"
        )
    return array


def _relief(value) -> np.ndarray:
    array = real("relief", value, "finite and <= 1")
    if np.any(array > 1):
        raise ValueError(f"relief = {float(array.max())}; allowed: finite and <= 1")
    return array


def _blocks(value) -> Blocks:
    if not isinstance(value, Blocks):
        raise ValueError(f"blocks = {value!r}; allowed: an instance of Blocks")
    return value


def _teacher_weights(value, blocks: Blocks) -> np.ndarray:
    if value is None:
        return np.ones(len(blocks.fractions))
    return _weights("teacher_weights", value, len(blocks.fractions))


def _penalties(lam_t, lam_s, gamma_t, gamma_s, noise_var) -> dict[str, np.ndarray]:
    lam_t = positive("lam_t", lam_t, allow_zero=True)
    gamma_t, noise_var = (
        positive("gamma_t", gamma_t),
        positive("noise_var", noise_var, allow_zero=True),
    )
    broadcastable(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    if np.any((lam_t == 0) & (gamma_t == 1) & (noise_var > 0)):
        raise ValueError(
            "lam_t = 0 with gamma_t = 1 and noise_var > 0; allowed: lam_t > 0 there (regression "
            "without a penalty on noisy labels diverges with as many samples as coordinates)"
        )
    lam_s, gamma_s = positive("lam_s", lam_s, allow_zero=True), positive("gamma_s", gamma_s)
    return dict(lam_t=lam_t, lam_s=lam_s, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)


def _aligned(**arrays: np.ndarray) -> list[np.ndarray]:
    """Give all arrays the same number of axes, so that a block axis can stand in front."""
    ndim = len(broadcastable(**arrays))
    return [array.reshape((1,) * (ndim - array.ndim) + array.shape) for array in arrays.values()]


def _teach(lam_t, gamma_t, noise_var, blocks: Blocks, weights) -> _Teacher:
    arguments = _penalties(lam_t, 1.0, gamma_t, 1.0, noise_var)
    lam_t, _, gamma_t, _, noise_var = _aligned(**arguments)
    return _teacher(lam_t, gamma_t, noise_var, blocks, weights)


def _teacher(lam_t, gamma_t, noise_var, blocks: Blocks, weights) -> _Teacher:
    fit = _Map.of(lam_t, gamma_t, weights, blocks.fractions)
    energies = blocks.energies.reshape((-1,) + (1,) * lam_t.ndim)
    return _Teacher.of(fit, noise_var, energies)


def _duel(
    lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, teacher_weights
) -> tuple[_Teacher, _Map]:
    blocks = _blocks(blocks)
    teacher_weights = _teacher_weights(teacher_weights, blocks)
    arguments = _penalties(lam_t, lam_s, gamma_t, gamma_s, noise_var)
    lam_t, lam_s, gamma_t, gamma_s, noise_var = _aligned(**arguments)
    teacher = _teacher(lam_t, gamma_t, noise_var, blocks, teacher_weights)
    return teacher, _Map.of(lam_s, gamma_s, blocks.weights, blocks.fractions)


def _block_sizes(fractions: np.ndarray, dim: int) -> np.ndarray:
    """Coordinates of each block: one for a spike, the rest by largest remainder."""
    spikes = fractions == 0
    exact = fractions * (dim - spikes.sum())
    counts = np.where(spikes, 1, np.floor(exact)).astype(int)
    largest = np.argsort(np.where(spikes, -1, exact - np.floor(exact)), kind="stable")[::-1]
    counts[largest[: dim - counts.sum()]] += 1
    off = np.abs(counts - exact) > MAX_RATIO_ERROR * exact
    if dim <= spikes.sum() or np.any(off & ~spikes):
        raise ValueError(
            f"dim = {dim} is too small for fractions = {fractions}; allowed: a dim that cuts into "
            f"blocks within {MAX_RATIO_ERROR:.0%} of these fractions"
        )
    return counts


def _require_samples(ratio_name: str, n: int, free: int) -> None:
    if free >= n:
        raise ValueError(
            f"{ratio_name} leaves {n} samples for {free} unpenalised coordinates; "
            "allowed: more samples than unpenalised coordinates"
        )
