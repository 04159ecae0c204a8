"""Where the student wins: best penalties, the winning interval and its regimes, the gate."""

from __future__ import annotations

import numpy as np

from w2slib.core.portions import in_portions, in_slabs
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import broadcastable, noise, positive, representable, scalar
from w2slib.random_matrices import discriminant_root, isotropic_penalty
from w2slib.ridge.theory import FitMap, checked_teacher

__all__ = [
    "badness",
    "gate",
    "h_ratio",
    "optimal_student_penalty",
    "optimal_teacher_penalty",
    "regime",
    "winning_interval",
]


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
    with np.errstate(over="ignore"):
        best = gamma_t * noise_var
    representable("the penalty", best, gamma_t=gamma_t, noise_var=noise_var)
    return scalar(best)


def optimal_student_penalty(
    lam_t: ArrayLike, gamma_t: ArrayLike, gamma_s: ArrayLike, noise_var: ArrayLike
) -> Numbers:
    r"""Penalty that minimises the student's error for a given teacher.

    The minimiser in terms of the shrinkage solves, with :math:`k = p/q < 1`,

    .. math:: s + \gamma_s s(1 - 2s)h + \gamma_s^2 s^3 h^2 = k, \qquad
        h = \frac{1 - s}{1 - \gamma_s s^2},

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
    return scalar(in_portions(_best_penalty, *arguments, bytes_each=8 * 200))


def _best_penalty(lam_t: Array, gamma_t: Array, gamma_s: Array, noise_var: Array) -> Array:
    loud = _loudness(lam_t, gamma_t, noise_var)
    k = discriminant_root(lam_t, gamma_t) / np.where(loud > 0, loud, 1.0)
    under = lam_t < optimal_teacher_penalty(gamma_t, noise_var)
    helps = under & (k < np.where(gamma_s == 1, 0.75, 1.0))
    best = np.zeros(len(k))
    s = _best_shrinkage(k[helps], gamma_s[helps])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        best[helps] = (1 - s) * (1 - gamma_s[helps] * s) / s
    named = dict(lam_t=lam_t, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)
    representable("the penalty", best, **named)
    return best


def _best_shrinkage(k: Array, gamma: Array) -> Array:
    r"""Root s of f(s) = k, for the f of `optimal_student_penalty`, half the slope of a₂.

    Times (1 − γs²)² the equation is the quartic P(s) = γ²(1 − k)s⁴ − γ(3 − 2k)s² + (1 + γ)s − k, which is
    concave up to its first root, so that Newton's iterates from 0 rise to it. The residual is taken
    from f itself, which keeps its digits where P has a double root (γ = 1, k -> 3/4).
    """
    s = np.zeros(len(k))
    rest = np.arange(len(k))
    for _ in range(100):
        x, g, c = s[rest], gamma[rest], k[rest]
        denominator = (1 - x) + x * (1 - g * x)
        h = (1 - x) / denominator
        residual = x + g * x * h * ((1 - 2 * x) + g * x**2 * h) - c
        slope = (4 * g**2 * (1 - c) * x**2 - 2 * g * (3 - 2 * c)) * x + (1 + g)
        step = residual * denominator**2 / slope
        s[rest] = x - step
        rest = rest[np.abs(step) > 1e-15 * s[rest]]
        if not len(rest):
            break
    return s


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
    lo, hi = in_portions(_ends, *arguments, bytes_each=8 * 40)
    return scalar(lo), scalar(hi)


def _ends(lam_t: Array, gamma_t: Array, gamma: Array, noise_var: Array) -> tuple[Array, Array]:
    c = np.maximum(_badness(lam_t, gamma_t, noise_var), 0)
    discriminant = 1 - 4 * c * gamma * (1 - c)
    possible = (c > 0) & (discriminant > 0) & ((gamma <= 1) | (c > gate(gamma)))
    possible &= (gamma != 1) | (c > 0.5)
    safe_c = np.where(possible, c, 1.0)
    root = np.sqrt(np.where(possible, discriminant, 1.0))
    lo = np.where(gamma > 1, _lower_end(safe_c, gamma, root), 0.0)
    hi = np.where(safe_c < 1, _upper_end(safe_c, gamma, root), np.inf)
    return np.where(possible, lo, np.nan), np.where(possible, hi, np.nan)


def _lower_end(c: Array, gamma: Array, root: Array) -> Array:
    """Penalty of s₊ for γ_s > 1, from 1 − γ s₊ (small) rather than from s₊."""
    gap = 2 * (gamma - 1) * np.maximum(1 - c, 0) / (2 * c - 1 + root)
    # λ = (1 − s)(1 − γs)/s with γs = 1 − gap; 1 − s as a sum, since s is close to 1 for γ close to 1.
    return np.maximum((gamma - 1 + gap) * gap / (1 - gap), 0)


def _upper_end(c: Array, gamma: Array, root: Array) -> Array:
    """Penalty of s₋, from 1 − s₋ without cancellation where that is small."""
    s = 2 * (1 - c) / (1 + root)
    slack = 1 - 2 * c * gamma
    with np.errstate(divide="ignore", invalid="ignore"):
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
    arguments = checked_teacher(lam_t, gamma_t, noise_var)
    return scalar(in_slabs(_badness, *arguments, bytes_each=8 * 20))


def _badness(lam_t: Array, gamma_t: Array, noise_var: Array) -> Array:
    loud = _loudness(lam_t, gamma_t, noise_var)
    with np.errstate(over="ignore"):
        c = (gamma_t * noise_var - lam_t) / (np.where(loud > 0, loud, 1.0) / 2)
    representable("the badness", c, lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    # Nothing is loud only for λ = 0, γ = 1 and no noise, where the teacher is the target.
    return np.where(loud > 0, c, 0.0)


def _loudness(lam_t: Array, gamma_t: Array, noise_var: Array) -> Array:
    """Ratio r q/p = 1 + γ − 2γs + σ²γ as a sum in which nothing cancels."""
    kappa = isotropic_penalty(lam_t, gamma_t)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
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
    with np.errstate(invalid="ignore"):
        h = fit.loss / (fit.s * discriminant_root(lam_s, gamma_s))
    return scalar(np.where(np.isinf(lam_s), 1.0, h))


# ----------------------------------------------------------------------------------- input


def _checked_duel(
    lam_t: ArrayLike, gamma_t: ArrayLike, gamma_s: ArrayLike, noise_var: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    lam_t, gamma_t, noise_var = checked_teacher(lam_t, gamma_t, noise_var)
    gamma_s = positive("gamma_s", gamma_s)
    broadcastable(lam_t=lam_t, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var)
    return lam_t, gamma_t, gamma_s, noise_var
