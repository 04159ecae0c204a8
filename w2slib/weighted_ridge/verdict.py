"""Where the student wins: regions of penalties, and the alignment that it needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import elementwise

from w2slib.core.portions import in_slabs
from w2slib.core.results import Result, over
from w2slib.core.trials import as_setting
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    answer,
    grid,
    instance,
    positive,
    real,
    representable,
    scalar,
    single,
    unwarned,
)
from w2slib.random_matrices import discriminant_root
from w2slib.weighted_ridge.setting import Blocks, checked_teacher_weights
from w2slib.weighted_ridge.theory import checked_spike, error_difference, inherited, spike_duel

__all__ = ["Region", "badness", "critical_alignment", "winning_region"]


@dataclass(frozen=True, eq=False, repr=False)
class Region(Result):
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
        of sign between neighbouring λ_s, refined to full precision; sorted by λ_t, then λ_s. Not part
        of the table.
    """

    lam_t: Array = over("lam_t")
    lam_s: Array = over("lam_s")
    difference: Array = over("lam_s", "lam_t")
    wins: np.ndarray = over("lam_s", "lam_t")
    boundary: Array = over("point", "penalty", table=False)


def winning_region(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    *,
    gamma_t: float,
    gamma_s: float,
    noise_var: float,
    blocks: Blocks,
    teacher_weights: ArrayLike | None = None,
) -> Region:
    r"""Penalties for which the student beats its teacher, and the boundary of that region.

    Two crossings between neighbouring λ_s of the grid are not seen.

    Parameters
    ----------
    lam_t, lam_s : array_like, shapes (T,) and (S,)
        Penalties of teacher and student; the student's finite, > 0 and increasing.
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
        If ``lam_s`` does not increase.

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
    gamma_t, gamma_s, noise_var = (
        single(name, real(name, value))
        for name, value in (("gamma_t", gamma_t), ("gamma_s", gamma_s), ("noise_var", noise_var))
    )
    weights = checked_teacher_weights(teacher_weights, instance("blocks", blocks, Blocks))

    def difference(lam_s: Array, lam_t: Array) -> Array:
        cells = error_difference(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, weights)
        return np.asarray(cells)

    table = difference(lam_s[:, None], lam_t)
    wins = table < 0
    column, row = np.nonzero(np.diff(wins, axis=0).T)
    boundary = np.empty((len(row), 2))
    if len(row):
        ends = lam_s[row], lam_s[row + 1]
        root = elementwise.find_root(difference, ends, args=(lam_t[column],))
        boundary[:] = np.stack([lam_t[column], root.x], axis=1)
    setting = as_setting(
        gamma_t=gamma_t,
        gamma_s=gamma_s,
        noise_var=noise_var,
        blocks=blocks,
        teacher_weights=weights,
    )
    return Region(lam_t, lam_s, table, wins, boundary, setting=setting)


@unwarned
def critical_alignment(
    lam_t: ArrayLike,
    lam_s: ArrayLike,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    noise_var: ArrayLike,
    relief: ArrayLike,
) -> Numbers:
    r"""Alignment ζ above which a student with rank-one relief beats its plain teacher.

    .. math:: \zeta_c^2 = \frac{q\,(h - c)}{p\,(1 - G)\,[2(1 - p) + h p(1 + G)]}, \qquad
        h = \frac{\lambda_s M_2}{M_1}, \quad c = 2\Bigl(1 - \frac pq\Bigr)

    The numerator is Mechanism I's winning condition h < c, the denominator what alignment adds.

    Parameters
    ----------
    lam_t, lam_s, gamma_t, gamma_s, noise_var : array_like
        Penalties, aspect ratios and noise; the student's penalty > 0.
    relief : array_like
        Relief κ_Γ of the direction's penalty, 0 < κ_Γ <= 1.

    Returns
    -------
    ndarray or float
        0 where the student wins without any alignment (Mechanism I); above 1, possibly infinite,
        where no alignment is enough.

    Examples
    --------
    >>> round(critical_alignment(0.25, 0.2, 0.5, 0.5, 0.5, relief=0.9), 4)
    0.6831
    >>> critical_alignment(0.01, 0.2, 0.5, 0.5, 0.5, relief=0.9)
    0.0
    """
    positive("relief", relief)
    positive("lam_s", lam_s, allow_inf=True)
    arguments = checked_spike(lam_t, lam_s, gamma_t, gamma_s, noise_var, 0.0, relief)
    found = in_slabs(_critical_alignment, *arguments.values(), bytes_each=8 * 40)
    representable("the alignment", np.where(found == np.inf, 0.0, found), **arguments)
    return scalar(found)


def _critical_alignment(
    lam_t: Array,
    lam_s: Array,
    gamma_t: Array,
    gamma_s: Array,
    noise_var: Array,
    zeta: Array,
    relief: Array,
) -> Array:
    teacher, student = spike_duel(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief)
    p, lost_t, variance = teacher.kept[0], teacher.lost[0], teacher.variance[0]
    lost, lost_spike = student.lost
    h = (1 + student.spread[0]) * lost
    G, one_minus_G = lost_spike / lost, relief * student.kept[1]
    too_loud = p * ((gamma_t * noise_var - lam_t) / discriminant_root(lam_t, gamma_t))  # q − p
    surplus = h * (p**2 + variance) - 2 * too_loud  # q (h − c), for q c = 2 (q − p)
    scale = p * one_minus_G * (2 * lost_t + h * p * (1 + G))
    # An infinite penalty leaves the student nothing that alignment could change: no scale.
    return np.sqrt(np.where(surplus <= 0, 0.0, surplus / scale))


@unwarned
def badness(
    lam_t: ArrayLike,
    gamma_t: ArrayLike,
    noise_var: ArrayLike,
    blocks: Blocks,
    teacher_weights: ArrayLike | None = None,
) -> Numbers:
    r"""Badness of a teacher, measured with the student's weights.

    .. math:: c_\Gamma = 2\,\frac{\sum_b g_b (q_b - p_b)}{\sum_b g_b q_b}, \qquad
        p_b = s_b e_b, \quad q_b = s_b^2 e_b + V_b,

    with the variance :math:`V_b` of the teacher's coefficients in block b. For :math:`\gamma_s < 1` every
    small enough :math:`\lambda_s` wins if it is positive and loses if it is negative, against any teacher.

    Parameters
    ----------
    blocks : Blocks
        Fractions, the *student's* weights, energies.
    teacher_weights : array_like, shape (B,), optional
        Plain ridge by default.

    Returns
    -------
    ndarray or float
        At most 2. With equal weights it is `w2slib.ridge.badness`.

    Raises
    ------
    ValueError
        Also if the student penalises nothing that the teacher says.

    Examples
    --------
    >>> aligned = Blocks([0.2, 0.8], [0.1, 1.0], [0.8, 0.2])
    >>> badness([0.5, 3.0], 0.5, 1.0, aligned).round(3)
    array([ 0.888, -0.58 ])
    """
    teacher = inherited(lam_t, gamma_t, noise_var, blocks, teacher_weights)
    weights = blocks.weights.reshape((-1,) + (1,) * (teacher.kept.ndim - 1))
    said = weights * (teacher.kept**2 * teacher.energies + teacher.variance)
    excess = weights * (teacher.variance - teacher.kept * teacher.lost * teacher.energies)
    if np.any(said.sum(axis=0) == 0):
        raise ValueError(
            "weights = 0.0 wherever the teacher says anything; allowed: some > 0 there"
        )
    c = 2 * excess.sum(axis=0) / said.sum(axis=0)
    return answer("the badness", c, lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
