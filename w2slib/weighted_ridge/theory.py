"""Errors of teacher and student: shrinkage plus independent noise, one shrinkage for each block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.core.validation import between, broadcastable, positive, scalar
from w2slib.random_matrices import discriminant_root, effective_penalty
from w2slib.weighted_ridge.setting import (
    Blocks,
    checked_blocks,
    checked_relief,
    checked_teacher_weights,
)


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
    blocks = checked_blocks(blocks)
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
        _student_error(*spike_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief))
    )


def spike_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief) -> tuple[_Teacher, _Map]:
    zeta, relief = between("zeta", zeta, -1, 1), checked_relief(relief)
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
    blocks = checked_blocks(blocks)
    teacher_weights = checked_teacher_weights(teacher_weights, blocks)
    arguments = _penalties(lam_t, lam_s, gamma_t, gamma_s, noise_var)
    lam_t, lam_s, gamma_t, gamma_s, noise_var = _aligned(**arguments)
    teacher = _teacher(lam_t, gamma_t, noise_var, blocks, teacher_weights)
    return teacher, _Map.of(lam_s, gamma_s, blocks.weights, blocks.fractions)
