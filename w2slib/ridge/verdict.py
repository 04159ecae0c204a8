"""Where the student wins: best penalties, the winning interval and its regimes, the gate."""

from __future__ import annotations

import numpy as np

from w2slib.core.portions import in_portions, in_slabs
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    answer,
    broadcastable,
    noise,
    positive,
    representable,
    scalar,
    teacher_arguments,
    unwarned,
)
from w2slib.random_matrices import discriminant_root, isotropic_penalty
from w2slib.ridge.theory import FitMap

__all__ = [
    "badness",
    "gate",
    "h_ratio",
    "optimal_student_penalty",
    "optimal_teacher_penalty",
    "regime",
    "winning_interval",
]


@unwarned
def optimal_teacher_penalty(gamma_t: ArrayLike, noise_var: ArrayLike) -> Numbers:
    r"""Penalty that minimises the teacher's error: the Bayes-optimal ridge.

    .. math:: \lambda_t^\star = \sigma^2\gamma_t

    Notes
    -----
    Source: [Mechanisms]; the classical Bayes-optimal penalty.

    Examples
    --------
    >>> optimal_teacher_penalty(0.5, 2.0)
    1.0
    """
    gamma_t, noise_var = positive("gamma_t", gamma_t), noise(noise_var)
    broadcastable(gamma_t=gamma_t, noise_var=noise_var)
    return answer("the penalty", gamma_t * noise_var, gamma_t=gamma_t, noise_var=noise_var)


@unwarned
def optimal_student_penalty(
    lam_t: ArrayLike, gamma_t: ArrayLike, gamma_s: ArrayLike, noise_var: ArrayLike
) -> Numbers:
    r"""Penalty that minimises the student's error for a given teacher.

    The minimiser in terms of the shrinkage solves, with :math:`k = p/q < 1`,

    .. math:: s + \gamma_s s(1 - 2s)h + \gamma_s^2 s^3 h^2 = k, \qquad
        h = \frac{1 - s}{1 - \gamma_s s^2},

    which is the same as

    .. math:: \frac{(1 - s)(1 - \gamma_s s)}{(1 - \gamma_s s^2)^2} = 1 - k = \frac c2,

    and is :math:`\lambda_s = 0` when no penalty helps (:math:`k \ge 1`, an optimal or
    over-regularised teacher; for :math:`\gamma_s = 1` already :math:`k \ge 3/4`).

    Returns
    -------
    ndarray or float
        Finite for every teacher with p/q > 0; it grows without bound as the teacher becomes useless,
        p/q → 0.

    Examples
    --------
    >>> round(optimal_student_penalty(0.01, 0.5, 0.5, 0.5), 6)
    0.22365
    """
    arguments = _checked_duel(lam_t, gamma_t, gamma_s, noise_var)
    # Portions of some 40,000 points stay in the processor's cache.
    best = in_portions(_best_penalty, *arguments.values(), bytes_each=8 * 200)
    return answer("the penalty", best, **arguments)


def _best_penalty(lam_t: Array, gamma_t: Array, gamma_s: Array, noise_var: Array) -> Array:
    """Best penalty from x, where 1/s = m (1 + x) with m = max(1, γ_s): all terms are then positive."""
    odds = (gamma_t * noise_var - lam_t) / discriminant_root(lam_t, gamma_t)  # (1 − k)/k
    helps = odds > np.where(gamma_s == 1, 1 / 3, 0)
    most = np.maximum(gamma_s, 1)[helps]
    apart = np.abs(1 - gamma_s[helps]) / most
    x = _best_excess(apart, odds[helps])
    best = np.zeros(len(odds))
    best[helps] = most * x * ((apart + x) / (1 + x))
    return best


def _best_excess(d: Array, odds: Array) -> Array:
    """Root x > 0 of x(d + x)(1 + x)² = odds · [(2 − d)x³ + 3x² + 3dx + d²], a quartic.

    Its coefficients change sign once: there is one root, right of it the quartic is convex, and
    Newton's iterates from an upper bound fall monotonically onto it.
    """
    c0, c1, c2, c3 = -odds * d**2, d - 3 * d * odds, 1 + 2 * d - 3 * odds, 2 + d - (2 - d) * odds
    x = _upper_bound(c0, c1, c2, c3)
    rest = np.arange(len(x))
    for _ in range(100):
        y, k0, k1, k2, k3 = (each[rest] for each in (x, c0, c1, c2, c3))
        value = (((y + k3) * y + k2) * y + k1) * y + k0
        slope = ((4 * y + 3 * k3) * y + 2 * k2) * y + k1
        step = value / slope
        x[rest] = y - step
        rest = rest[np.abs(step) > 1e-15 * x[rest]]
        if not len(rest):
            break
    # Where the quartic overflows, its two leading terms are all that counts.
    return np.where(odds > 1e30, -c3, x)


def _upper_bound(*coefficients: Array) -> Array:
    """Where one positive term of the quartic with leading coefficient 1 outweighs all negative ones."""
    terms = [*coefficients, np.ones_like(coefficients[0])]
    bounds = []
    for i, high in enumerate(terms[1:], start=1):
        needed = [
            (4 * np.maximum(-low, 0) / high) ** (1 / (i - j)) for j, low in enumerate(terms[:i])
        ]
        bounds.append(np.where(high > 0, np.max(needed, axis=0), np.inf))
    return np.min(bounds, axis=0)


@unwarned
def winning_interval(
    lam_t: ArrayLike, gamma_t: ArrayLike, gamma_s: ArrayLike, noise_var: ArrayLike
) -> tuple[Numbers, Numbers]:
    r"""Student penalties for which the student beats its teacher.

    :math:`L_s < L_t` exactly when :math:`h(\lambda_s) < c`, with

    .. math:: h = \frac{1 - s}{1 - \gamma_s s^2}, \qquad c = 2\left(1 - \frac pq\right)
        = \frac{2 s_t (\sigma^2\gamma_t - \lambda_t)}{r_t\, q},

    and the end points are the penalties of the shrinkages
    :math:`s_\pm = \frac{1 \pm \sqrt{1 - 4c\gamma_s(1 - c)}}{2c\gamma_s}`.

    Returns
    -------
    lo, hi : ndarray or float
        The student wins for ``lo < lam_s < hi``. ``lo = 0`` and ``hi = inf`` are open ends;
        both are ``nan`` where the student never wins.

    Notes
    -----
    Source: [Mechanisms] states when a student can win and plots the condition as H₁ = const; the
    form h < c and the closed end points are this book's.

    Examples
    --------
    >>> lo, hi = winning_interval(0.01, 0.5, 0.5, 0.5)
    >>> lo, round(hi, 4)
    (0.0, 1.016)
    >>> winning_interval(0.5, 0.5, 0.5, 0.5)
    (nan, nan)
    """
    arguments = _checked_duel(lam_t, gamma_t, gamma_s, noise_var)
    possible, lo, hi = in_portions(_ends, *arguments.values(), bytes_each=8 * 40)
    for end in (lo, hi):
        representable("the ends of the interval", np.where(end == np.inf, 0, end), **arguments)
    return scalar(np.where(possible, lo, np.nan)), scalar(np.where(possible, hi, np.nan))


def _ends(
    lam_t: Array, gamma_t: Array, gamma: Array, noise_var: Array
) -> tuple[Array, Array, Array]:
    c = np.maximum(_badness(lam_t, gamma_t, noise_var), 0)
    discriminant = 1 - 4 * c * gamma * (1 - c)
    possible = (c > 0) & (discriminant > 0) & ((gamma <= 1) | (c > gate(gamma)))
    possible &= (gamma != 1) | (c > 0.5)
    safe_c = np.where(possible, c, 1.0)
    root = np.sqrt(np.where(possible, discriminant, 1.0))
    lo = np.where(gamma > 1, _lower_end(safe_c, gamma, root), 0.0)
    hi = np.where(safe_c < 1, _upper_end(safe_c, gamma, root), np.inf)
    return possible, np.where(possible, lo, 0), np.where(possible, hi, 0)


def _lower_end(c: Array, gamma: Array, root: Array) -> Array:
    """Penalty of s₊ for γ_s > 1, from 1 − γ s₊ (small) rather than from s₊."""
    gap = 2 * (gamma - 1) * np.maximum(1 - c, 0) / (2 * c - 1 + root)
    # λ = (1 − s)(1 − γs)/s with γs = 1 − gap; 1 − s as a sum, since s is close to 1 for γ close to 1.
    return np.maximum((gamma - 1 + gap) * gap / (1 - gap), 0)


def _upper_end(c: Array, gamma: Array, root: Array) -> Array:
    """Penalty of s₋, from 1 − s₋ without cancellation where that is small."""
    s = 2 * (1 - c) / (1 + root)
    slack = 1 - 2 * c * gamma
    loss = np.where(slack > 0, 2 * c * (1 - gamma) / (slack + root), 1 - s)
    return loss * (1 - gamma * s) / s


def regime(
    lam_t: ArrayLike, gamma_t: ArrayLike, gamma_s: ArrayLike, noise_var: ArrayLike
) -> str | np.ndarray:
    """Name of the regime, by the student penalties for which the student wins.

    ``"never"``; ``"interval"`` (lo < lam_s < hi, both ends positive and finite); ``"threshold"``
    (lam_s below a threshold); ``"always"``. See `winning_interval`.

    Returns
    -------
    str or ndarray of str

    Examples
    --------
    >>> regime(0.3, 0.5, [0.5, 2.0], 1.0).tolist()
    ['threshold', 'never']
    """
    lo, hi = winning_interval(lam_t, gamma_t, gamma_s, noise_var)
    names = np.select(
        [np.isnan(lo), np.greater(lo, 0), np.isfinite(hi)],
        ["never", "interval", "threshold"],
        "always",
    )
    return str(names) if names.ndim == 0 else names


@unwarned
def badness(lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike) -> Numbers:
    r"""How under-regularised the teacher is: the number c that the student's h must stay below.

    .. math:: c = 2\left(1 - \frac pq\right) = \frac{2 s_t(\sigma^2\gamma_t - \lambda_t)}{r_t\,q}
        = \frac{2(\sigma^2\gamma_t - \lambda_t)}{1 + \gamma_t - 2\gamma_t s_t + \sigma^2\gamma_t}

    Returns
    -------
    ndarray or float
        At most 2; exactly 0 at the optimal penalty and negative above it.

    Notes
    -----
    Source: the ratio p/q is [Mechanisms]'; the other forms are this book's. [Mechanisms] plots
    :math:`H_1 = h - 1` against :math:`1 - 2p/q = c - 1`.

    Examples
    --------
    >>> badness(0.25, 0.5, 0.5)
    0.0
    """
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    c = in_slabs(_badness, lam_t, gamma_t, noise_var, bytes_each=8 * 20)
    return answer("the badness", c, lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)


def _badness(lam_t: Array, gamma_t: Array, noise_var: Array) -> Array:
    loud = _loudness(lam_t, gamma_t, noise_var)
    c = (gamma_t * noise_var - lam_t) / (np.where(loud > 0, loud, 1.0) / 2)
    # Nothing is loud only for λ = 0, γ = 1 and no noise, where the teacher is the target.
    return np.where(loud > 0, c, 0.0)


def _loudness(lam_t: Array, gamma_t: Array, noise_var: Array) -> Array:
    """Ratio r q/p = 1 + γ − 2γs + σ²γ as a sum in which nothing cancels."""
    kappa = isotropic_penalty(lam_t, gamma_t)
    rest = np.where(kappa > 0, lam_t / kappa, 1 - gamma_t)
    return rest + gamma_t * (kappa / (1 + kappa)) + gamma_t * noise_var


def gate(gamma_s: ArrayLike) -> Numbers:
    r"""Smallest badness c of the teacher at which an over-parameterised student can win.

    .. math:: h_{\min} = \frac{1 + \sqrt{1 - 1/\gamma_s}}{2} \quad (\gamma_s > 1),
        \text{ attained at } \lambda_s = \gamma_s - 1

    Returns
    -------
    ndarray or float
        0 for :math:`\gamma_s \le 1`: no gate. (At :math:`\gamma_s = 1` exactly, the boundary case, h
        falls to 1/2 as the penalty vanishes; `winning_interval` takes that into account.)

    Examples
    --------
    >>> gate([0.5, 4 / 3])
    array([0.  , 0.75])
    """
    gamma_s = positive("gamma_s", gamma_s)
    over = np.maximum(gamma_s, 1)
    return scalar(np.where(gamma_s > 1, (1 + np.sqrt((over - 1) / over)) / 2, 0.0))


@unwarned
def h_ratio(lam_s: ArrayLike, gamma_s: ArrayLike) -> Numbers:
    r"""The student's side of the winning condition h < c.

    .. math:: h(\lambda_s; \gamma_s) = \frac{\lambda_s m_2}{m_1} = \frac{1 - s}{1 - \gamma_s s^2}

    Parameters
    ----------
    lam_s, gamma_s : array_like
        Student's penalty, > 0, and aspect ratio.

    Returns
    -------
    ndarray or float
        Between 0 and 1.

    Notes
    -----
    Source: [Mechanisms] plots :math:`H_1 = h - 1`; the form in s is this book's.

    Examples
    --------
    >>> round(h_ratio(1.0, 2.0), 6)  # the minimum, at lam_s = gamma_s - 1
    0.853553
    """
    lam_s, gamma_s = positive("lam_s", lam_s, allow_inf=True), positive("gamma_s", gamma_s)
    broadcastable(lam_s=lam_s, gamma_s=gamma_s)
    fit = FitMap.of(lam_s, gamma_s)
    r = discriminant_root(lam_s, gamma_s)
    h = np.where(np.isinf(r), 1.0, fit.loss / (fit.s * r))
    return answer("h", h, lam_s=lam_s, gamma_s=gamma_s)


# ----------------------------------------------------------------------------------- input


def _checked_duel(
    lam_t: ArrayLike, gamma_t: ArrayLike, gamma_s: ArrayLike, noise_var: ArrayLike
) -> dict[str, Array]:
    lam_t, gamma_t, noise_var = teacher_arguments(lam_t, gamma_t, noise_var)
    gamma_s = positive("gamma_s", gamma_s)
    arguments = dict(lam_t=lam_t, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)
    broadcastable(**arguments)
    return arguments
