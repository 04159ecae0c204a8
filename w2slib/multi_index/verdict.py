"""Where the student beats its teacher: optimal penalty, winning interval, winning overlap."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import elementwise

from w2slib.core.portions import in_portions
from w2slib.core.targets import Target
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import scalar
from w2slib.multi_index.theory import _evaluate, _refuse_unknown, _Settings, _settings, _student

__all__ = ["optimal_student_penalty", "winning_interval", "winning_overlap"]

ROOT_BYTES = 800
"""Memory that the search for one root takes, roughly."""


def optimal_student_penalty(
    target: Target,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    *,
    lam_t: ArrayLike = 0.0,
    rho: ArrayLike,
    strength: ArrayLike = 1.0,
    mode: str = "adapter",
) -> Numbers:
    r"""Penalty that minimises the student's error.

    With :math:`u = 1/(1 + \lambda_s)` the error is :math:`L_0 - 2L_1 u + L_2 u^2`, so

    .. math:: \lambda_s^\star = \max\Bigl(\frac{L_2}{L_1} - 1,\, 0\Bigr), \qquad
        Q = \sum_k b_k^2\tau_s^{2k}, \quad P = \sum_k e_k^2\rho^{2k},

    :math:`L_1 = (1 + \lambda_t)Q, L_2 = Q` for an adapter (no penalty at all is best), and
    :math:`L_1 = (1 + \lambda_t)Q - \pi(1 - \pi)P, L_2 = Q + \pi^2 P` when the whole read-out is
    fine-tuned: the more there is to forget, the larger the penalty. The arguments are those of
    `student_error`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments; ``inf`` where not fine-tuning at all is best, 0 for
        ``"frozen"``, whose error does not depend on it.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> optimal_student_penalty(target, 0.36, 0.1, rho=0.9, mode="adapter")
    0.0
    >>> round(optimal_student_penalty(target, 0.36, 0.1, rho=0.9, mode="full"), 4)
    0.6676
    """
    given = _settings(target, gamma_t, gamma_s, lam_t, 0.0, rho, strength)
    _refuse_unknown(mode)

    def best(*settings: Array) -> Array:
        student = _student(target, _Settings(*settings), mode)
        slope, turn = np.broadcast_arrays(student.slope, student.turn)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            penalty = np.where(slope > 0, np.maximum(turn / slope, 0), np.inf)
        return np.where((slope == 0) & (turn == 0), 0.0, penalty)

    return _evaluate(best, target, *given)


def winning_interval(
    target: Target,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    *,
    lam_t: ArrayLike = 0.0,
    rho: ArrayLike,
    strength: ArrayLike = 1.0,
    mode: str = "adapter",
) -> tuple[Numbers, Numbers]:
    r"""Student penalties for which the student beats its teacher.

    .. math:: L_s < L_t \iff u_- < u = \frac{1}{1 + \lambda_s} < u_+, \qquad
        u_\pm = \frac{L_1 \pm \sqrt{L_1^2 - L_2 (L_0 - L_t)}}{L_2}

    with the coefficients of `optimal_student_penalty` and
    :math:`L_0 = \sum_k c_k^2 + \sum_k e_k^2 - \pi(2 - \pi)P`, the error of the student that is not
    fine-tuned. The arguments are those of `student_error`.

    Returns
    -------
    lo, hi : ndarray or float
        The student wins for ``lo < lam_s < hi``. ``lo = 0`` means that it also wins without
        penalty, ``hi = inf`` that it wins without fine-tuning; both are ``nan`` where it never wins.

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> lo, hi = winning_interval(target, 0.36, 0.1, rho=0.9, mode="full")
    >>> round(lo, 3), round(hi, 3)
    (0.168, 1.913)
    >>> winning_interval(target, 0.36, 0.1, rho=0.9, mode="scratch")
    (nan, nan)
    """
    given = _settings(target, gamma_t, gamma_s, lam_t, 0.0, rho, strength)
    _refuse_unknown(mode)

    def ends(*settings: Array) -> tuple[Array, Array]:
        return _interval(*_student(target, _Settings(*settings), mode).lag)

    return _evaluate(ends, target, *given)


def _interval(kept: Array, mixed: Array, free: Array) -> tuple[Array, Array]:
    """Ends of the λ >= 0 where A λ² + 2 M λ + C < 0: one interval, as errors are convex in u."""
    A, M, C = np.broadcast_arrays(kept, mixed, free)
    scale = np.maximum(np.maximum(np.abs(A), np.abs(M)), np.abs(C))
    A, M, C = (each / np.where(scale > 0, scale, 1) for each in (A, M, C))
    discriminant = M * M - A * C
    # One root is q / A and the other one C / q: nothing cancels in q.
    root = np.sqrt(np.maximum(discriminant, 0))
    q = np.where(M <= 0, root - M, -root - M)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one, other = q / A, C / q
    lo = np.where((M > 0) & (A < 0) & (C > 0), one, np.where(C > 0, other, 0.0))
    hi = np.where(A > 0, np.where(M <= 0, one, other), np.inf)
    hi = np.where((A == 0) & (M > 0), other, hi)
    wins = np.where(A < 0, True, np.where(M < 0, (C < 0) | (discriminant > 0), C < 0))
    return np.where(wins, lo, np.nan), np.where(wins, hi, np.nan)


def winning_overlap(
    target: Target,
    gamma_t: ArrayLike,
    gamma_s: ArrayLike,
    *,
    lam_t: ArrayLike = 0.0,
    lam_s: ArrayLike,
    strength: ArrayLike = 1.0,
    mode: str = "adapter",
) -> Numbers:
    r"""Pre-training overlap ρ above which the student beats its teacher.

    In every mode :math:`L_s - L_t` changes sign at most once as ρ grows from 0 to 1. For an adapter
    or full fine-tuning it is a concave function of the carried energy
    :math:`P = \sum_k e_k^2\rho^{2k}`, and positive at :math:`P = 0` because a student from scratch
    never wins; so the zero is unique, and it is found by bracketing. (There is a closed form when the
    new direction does not depend on ρ: for :math:`\gamma_s \to 0` and one hard degree,
    :math:`\rho^{2k} = \sum_k b_k^2 (1 + 2\lambda_t - 2(1 + \lambda_t)u + u^2) / (r\pi(2 - r\pi) e_k^2)`
    with :math:`u = 1/(1 + \lambda_s)`.) The arguments are those of `student_error`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, between 0 and 1. ``nan`` = the student never wins, not even
        with :math:`\rho = 1`; 0 = it always wins (possible for ``"ceiling"`` only).

    Examples
    --------
    >>> target = Target((0, 0.8), (0, 0, 0.6))
    >>> round(winning_overlap(target, 0.36, 0.1, lam_s=0.5), 4)
    0.6965
    >>> winning_overlap(target, 0.36, 0.1, lam_s=0.0, mode="full")  # forgets everything
    nan
    """
    given = _settings(target, gamma_t, gamma_s, lam_t, lam_s, 0.0, strength)
    _refuse_unknown(mode)
    arguments = (given.gamma_t, given.gamma_s, given.lam_t, given.strength, given.lam_s)
    overlaps = partial(_overlaps, target, mode)
    return scalar(in_portions(overlaps, *arguments, bytes_each=ROOT_BYTES))


def _overlaps(target: Target, mode: str, *arguments: Array) -> Array:
    """Overlaps at which student and teacher tie, for arrays of one shape."""

    def lag(
        rho: Array, gamma_t: Array, gamma_s: Array, lam_t: Array, strength: Array, lam_s: Array
    ) -> Array:
        given = _Settings(gamma_t, gamma_s, lam_t, rho, strength, lam_s)
        return _student(target, given, mode).lags(lam_s)

    ends = np.zeros(arguments[0].shape), np.ones(arguments[0].shape)
    at_zero, at_one = (lag(end, *arguments) for end in ends)
    found = elementwise.find_root(lag, ends, args=arguments).x
    always = np.where((at_zero <= 0) & (at_one < 0), 0.0, np.nan)
    return np.where((at_zero > 0) & (at_one < 0), found, always)
