"""Errors of teacher and student: shrinkage plus independent noise, one shrinkage for each block.

In formulas of this module arrays have the blocks as their first axis; the axes behind it broadcast.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from w2slib.core.portions import in_slabs
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    answer,
    between,
    broadcastable,
    instance,
    positive,
    teacher_arguments,
    unwarned,
)
from w2slib.random_matrices import block_shrinkage, effective_penalty, isotropic_penalty
from w2slib.weighted_ridge.setting import (
    Blocks,
    checked_relief,
    checked_teacher_weights,
)

__all__ = ["error_difference", "spike_student_error", "student_error", "teacher_error"]


@dataclass(frozen=True)
class FitMap:
    """One fit as a Gaussian-sequence map β -> s(β + ω z).

    ``lost`` is 1 − s without cancellation. A fit turns an error variance V of its labels (noise,
    and what of the target it loses) into a variance ``spread`` · V of its coefficients.
    """

    kept: Array
    lost: Array
    spread: Array

    @classmethod
    def of(cls, lam: Array, gamma: Array, weights: Array, fractions: Array) -> FitMap:
        """Fit with weights and fractions of shape (B,)."""
        shape = (-1,) + (1,) * np.broadcast(lam, gamma).ndim
        kappa = np.asarray(effective_penalty(lam, gamma, weights, fractions))
        return cls.at(kappa, lam, gamma, weights.reshape(shape), fractions.reshape(shape))

    @classmethod
    def at(cls, kappa: Array, lam: Array, gamma: Array, weights: Array, fractions: Array) -> FitMap:
        """Fit of a known effective penalty κ."""
        kept, lost, slack = block_shrinkage(kappa, lam, gamma, weights, fractions)
        # No slack remains only for λ = 0, γ = 1, where nothing is lost and no variance arises.
        spread = np.where(slack > 0, gamma * fractions * kept**2 / slack, 0.0)
        return cls(kept, lost, spread)


@dataclass(frozen=True)
class Inherited:
    """What a student inherits: teacher's shrinkage s, 1 − s, the target's energy e and variance."""

    kept: Array
    lost: Array
    energies: Array
    variance: Array

    @classmethod
    def of(cls, fit: FitMap, noise_var: Array, energies: Array) -> Inherited:
        """Teacher of a target with these energies, from labels with this noise."""
        missed = (energies * fit.lost**2).sum(axis=0)
        return cls(fit.kept, fit.lost, energies, fit.spread * (noise_var + missed))

    @property
    def error(self) -> Array:
        """The teacher's error."""
        return (self.energies * self.lost**2 + self.variance).sum(axis=0)


Duel = tuple[Inherited, FitMap]


def _student_error(teacher: Inherited, fit: FitMap) -> Array:
    """Sum over the blocks of (bias)² + variance; bias is 1 − a s = (1 − s) + s (1 − a)."""
    e, s, lost = teacher.energies, teacher.kept, teacher.lost
    relearnt = fit.spread.sum(axis=0)
    return (
        (e * lost**2).sum(axis=0)
        + _dot(2 * e * lost * s, fit.lost)
        + _dot(e * s**2, (1 + relearnt) * fit.lost**2)
        + _dot(teacher.variance, fit.kept**2 + relearnt * fit.lost**2)
    )


def _difference(teacher: Inherited, fit: FitMap) -> Array:
    """L_s − L_t with the equal parts cancelled by hand: every term carries a factor 1 − a."""
    e, s, lost = teacher.energies, teacher.kept, teacher.lost
    relearnt = fit.spread.sum(axis=0)
    return (
        _dot(2 * e * lost * s, fit.lost)
        + _dot(e * s**2, (1 + relearnt) * fit.lost**2)
        + _dot(teacher.variance, fit.lost * (relearnt * fit.lost - (1 + fit.kept)))
    )


def _dot(teacher: Array, student: Array) -> Array:
    """Sum over the blocks; the other axes broadcast, so that a grid costs B products a cell."""
    return np.einsum("b...,b...->...", teacher, student)


@unwarned
def teacher_error(
    lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike, blocks: Blocks
) -> Numbers:
    r"""Excess test error of a teacher whose penalty has the weights of ``blocks``.

    .. math:: L_t = \sum_b (1 - s_b)^2 e_b + \frac{\gamma_t\, \mathrm{df}_2}{1 - \gamma_t\, \mathrm{df}_2}
        \Bigl(\sigma^2 + \sum_b (1 - s_b)^2 e_b\Bigr), \qquad s_b = \frac{1}{1 + \kappa g_b},
        \quad \mathrm{df}_2 = \sum_b \varphi_b s_b^2

    with the effective penalty κ of `w2slib.random_matrices.effective_penalty`.

    Parameters
    ----------
    lam_t, gamma_t, noise_var : array_like
        Penalty, aspect ratio and noise of the teacher.
    blocks : Blocks
        Fractions, the teacher's weights, energies.

    Raises
    ------
    ValueError
        If the unpenalised blocks hold as many coordinates as there are samples.

    Examples
    --------
    >>> plain = Blocks([0.3, 0.7], [1.0, 1.0], [0.6, 0.4])
    >>> round(teacher_error(0.25, 0.5, 0.5, plain), 6)
    0.280776
    >>> aligned = Blocks([0.3, 0.7], plain.bayes_weights, [0.6, 0.4])
    >>> round(teacher_error(0.25, 0.5, 0.5, aligned), 6)
    0.254211
    """
    blocks = instance("blocks", blocks, Blocks)
    lam_t, gamma_t, noise_var = teacher = teacher_arguments(lam_t, gamma_t, noise_var)

    def error(lam_t: Array, gamma_t: Array, noise_var: Array) -> Array:
        return _teacher(lam_t, gamma_t, noise_var, blocks, blocks.weights).error

    errors = in_slabs(error, *teacher, bytes_each=_bytes_each(len(blocks.weights), teacher))
    return answer("the error", errors, lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)


@unwarned
def student_error(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
    blocks: Blocks,
    teacher_weights: ArrayLike | None = None,
) -> Numbers:
    r"""Excess test error of a student whose penalty has the weights of ``blocks``.

    With the student's shrinkage :math:`a_b` and the teacher's :math:`s_b`, variance :math:`v_b` and
    energy :math:`q_b = s_b^2 e_b + v_b` in block b,

    .. math:: L_s = \sum_b (1 - a_b s_b)^2 e_b + a_b^2 v_b
        + \frac{\gamma_s\, \mathrm{df}_2}{1 - \gamma_s\, \mathrm{df}_2} \sum_b (1 - a_b)^2 q_b .

    Parameters
    ----------
    lam_t, lam_s, gamma_t, gamma_s, noise_var : array_like
        Penalties, aspect ratios and noise.
    blocks : Blocks
        Fractions, the student's weights, energies.
    teacher_weights : array_like, shape (B,), optional
        The teacher's weights, >= 0; plain ridge (all ones) by default.

    Raises
    ------
    ValueError
        As `teacher_error`, for either of the two.

    Examples
    --------
    >>> blocks = Blocks([0.3, 0.7], [0.5, 7 / 4], [0.6, 0.4])
    >>> L_s = student_error(0.25, 0.02, 0.5, 0.5, 0.5, blocks)
    >>> L_s < teacher_error(0.25, 0.5, 0.5, Blocks([0.3, 0.7], [1, 1], [0.6, 0.4]))
    True
    """
    arguments = lam_t, lam_s, gamma_t, gamma_s, noise_var
    return _measure(_student_error, arguments, blocks, teacher_weights)


@unwarned
def error_difference(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
    blocks: Blocks,
    teacher_weights: ArrayLike | None = None,
) -> Numbers:
    r"""Student's minus teacher's error, :math:`L_s - L_t`, with its sign exact near a tie.

    Subtracting the two errors would leave rounding noise where they are nearly equal (small
    :math:`\lambda_s`); here the common terms never appear. Parameters and errors as in `student_error`.

    Examples
    --------
    >>> error_difference(0.25, 1e-14, 0.5, 0.5, 0.5, Blocks.spike(0.8, 0.9)) < 0
    True
    """
    arguments = lam_t, lam_s, gamma_t, gamma_s, noise_var
    return _measure(_difference, arguments, blocks, teacher_weights)


@unwarned
def spike_student_error(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
    zeta: ArrayLike,
    relief: ArrayLike,
) -> Numbers:
    r"""Excess test error of a student with rank-one relief, for a plain ridge teacher.

    .. math:: L_s = L_t - 2\lambda_s M_1 C + \lambda_s^2 M_2 U, \qquad
        G = \frac{1 - \kappa_\Gamma}{1 - \lambda_s\kappa_\Gamma M_1},

    .. math:: C = (q - p) + \zeta^2 p(1 - p)(1 - G), \qquad U = q - \zeta^2 p^2 (1 - G^2),

    with the teacher's overlap p and energy q, and :math:`M_i = m_i(\lambda_s; \gamma_s)` the
    resolvent traces.

    Parameters
    ----------
    lam_t, lam_s, gamma_t, gamma_s, noise_var : array_like
        Penalties, aspect ratios and noise.
    zeta : array_like
        Alignment ζ of target and relieved direction, in [-1, 1]; only ζ² matters.
    relief : array_like
        Relief :math:`\kappa_\Gamma \le 1` of the direction's penalty.

    Notes
    -----
    Source: the setting is [Mechanisms]' (weighted ridge, spiked regularization); this form is this
    book's, and evaluated as a sum of non-negative terms.

    Examples
    --------
    >>> teacher = teacher_error(0.25, 0.5, 0.5, Blocks.spike(0.8, 0.0))
    >>> L_s = spike_student_error(0.25, 0.2, 0.5, 0.5, 0.5, zeta=0.8, relief=[0.9, 0.0, -1.0])
    >>> (L_s < teacher).tolist()
    [True, False, False]
    """
    arguments = checked_spike(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief)

    def error(*values: Array) -> Array:
        return _student_error(*spike_duel(*values))

    arrays = list(arguments.values())
    errors = in_slabs(error, *arrays, bytes_each=_bytes_each(2, arrays))
    return answer("the error", errors, **arguments)


# ---------------------------------------------------------------------------- teacher and student


def spike_duel(
    lam_t: Array,
    lam_s: Array,
    gamma_t: Array,
    gamma_s: Array,
    noise_var: Array,
    zeta: Array,
    relief: Array,
) -> Duel:
    """Plain teacher and student with rank-one relief; the bulk stands first, then the spike.

    Arguments are those that `checked_spike` returns.

    Examples
    --------
    >>> arguments = checked_spike(0.25, 0.2, 0.5, 0.5, 0.5, 0.8, 1.0)
    >>> teacher, student = spike_duel(*arguments.values())
    >>> student.lost.round(3)
    array([0.243, 0.   ])
    """
    bulk_and_spike = np.array([1.0, 0.0]).reshape((2,) + (1,) * zeta.ndim)
    plain = np.ones_like(bulk_and_spike)
    # One direction more or less does not change the effective penalty.
    teacher = FitMap.at(isotropic_penalty(lam_t, gamma_t), lam_t, gamma_t, plain, bulk_and_spike)
    weights = np.stack([np.ones_like(relief), 1 - relief])
    student = FitMap.at(isotropic_penalty(lam_s, gamma_s), lam_s, gamma_s, weights, bulk_and_spike)
    return Inherited.of(teacher, noise_var, np.stack([1 - zeta**2, zeta**2])), student


def checked_spike(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
    zeta: ArrayLike,
    relief: ArrayLike,
) -> dict[str, Array]:
    """Return the arguments of the rank-one model as arrays with the same number of axes, by name.

    Examples
    --------
    >>> checked_spike(0.25, [0.2, 0.3], 0.5, 0.5, 0.5, 0.8, 1.0)["lam_t"]
    array([0.25])
    """
    return _aligned(
        **_checked(lam_t, lam_s, gamma_t, gamma_s, noise_var),
        zeta=between("zeta", zeta, -1, 1),
        relief=checked_relief(relief),
    )


def _measure(
    measure: Callable[[Inherited, FitMap], Array],
    arguments: tuple[ArrayLike, ...],
    blocks: Blocks,
    teacher_weights: ArrayLike | None,
) -> Numbers:
    """Measure of teacher and student on a grid, a slab at a time."""
    blocks = instance("blocks", blocks, Blocks)
    weights = checked_teacher_weights(teacher_weights, blocks)

    def cells(lam_t: Array, lam_s: Array, gamma_t: Array, gamma_s: Array, noise: Array) -> Array:
        teacher = _teacher(lam_t, gamma_t, noise, blocks, weights)
        return measure(teacher, FitMap.of(lam_s, gamma_s, blocks.weights, blocks.fractions))

    arrays = _aligned(**_checked(*arguments))
    lam_t, lam_s, gamma_t, gamma_s, noise_var = arrays.values()
    fits = (lam_t, gamma_t, noise_var), (lam_s, gamma_s)
    table = in_slabs(cells, *arrays.values(), bytes_each=_bytes_each(len(weights), *fits))
    return answer("the error", table, **arrays)


def _teacher(
    lam_t: Array, gamma_t: Array, noise_var: Array, blocks: Blocks, weights: Array
) -> Inherited:
    fit = FitMap.of(lam_t, gamma_t, weights, blocks.fractions)
    energies = blocks.energies.reshape((-1,) + (1,) * lam_t.ndim)
    return Inherited.of(fit, noise_var, energies)


def inherited(
    lam_t: ArrayLike,
    gamma_t: ArrayLike,
    noise_var: ArrayLike,
    blocks: Blocks,
    teacher_weights: ArrayLike | None,
) -> Inherited:
    """Check a teacher's setting and return what a student would inherit from it.

    Examples
    --------
    >>> teacher = inherited(0.25, 0.5, 0.5, Blocks([1.0], [1.0], [1.0]), None)
    >>> round(float(teacher.error), 6)
    0.280776
    """
    weights = checked_teacher_weights(teacher_weights, instance("blocks", blocks, Blocks))
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    setting = _aligned(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    return _teacher(**setting, blocks=blocks, weights=weights)


def _bytes_each(n_blocks: int, *fits: list[Array] | tuple[Array, ...]) -> float:
    """Memory for one cell of a grid: five arrays of cells, ten of blocks for each fit's own cells."""
    cells = np.broadcast_shapes(*(a.shape for fit in fits for a in fit))
    own = [np.broadcast_shapes(*(a.shape for a in fit)) for fit in fits]
    return 8 * (5 + 10 * n_blocks * sum(map(math.prod, own)) / max(math.prod(cells), 1))


# ----------------------------------------------------------------------------------- input


def _checked(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
) -> dict[str, Array]:
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    lam_s = positive("lam_s", lam_s, allow_zero=True, allow_inf=True)
    gamma_s = positive("gamma_s", gamma_s)
    return dict(lam_t=lam_t, lam_s=lam_s, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)


def _aligned(**arrays: Array) -> dict[str, Array]:
    """Give all arrays the same number of axes, so that a block axis can stand in front."""
    ndim = len(broadcastable(**arrays))
    return {k: a.reshape((1,) * (ndim - a.ndim) + a.shape) for k, a in arrays.items()}
