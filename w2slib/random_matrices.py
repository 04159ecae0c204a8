r"""Random-matrix tools: what ridge regression does to high-dimensional data.

Setting of the whole module: :math:`n` rows of isotropic data in :math:`d` dimensions, aspect
ratio :math:`\gamma = d/n`, sample covariance :math:`S = X^\top X/n`, ridge penalty :math:`\lambda`;
limits are taken as :math:`d, n \to \infty` with :math:`\gamma` fixed. Parameters and errors that the
docstrings do not mention are those of the API page, "Conventions".

All closed forms below are written without subtracting nearly equal numbers. Two identities that
follow from :math:`\lambda s = (1 - s)(1 - \gamma s)` do the work:
:math:`1 + \gamma + \lambda - 2\gamma s = r` and :math:`1 - \gamma s^2 = s\,r`.
"""

from __future__ import annotations

import numpy as np

from w2slib.core.blocks import shares
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    answer,
    broadcastable,
    positive,
    real,
    representable,
    scalar,
    unwarned,
)

__all__ = [
    "bbp_overlap",
    "bbp_top_eigenvalue",
    "block_shrinkage",
    "discriminant_root",
    "effective_penalty",
    "isotropic_penalty",
    "marchenko_pastur_density",
    "penalty_from_shrinkage",
    "resolvent_traces",
    "shrinkage",
]

# ------------------------------------------------------------------ theory: isotropic data


def discriminant_root(lam: ArrayLike, gamma: ArrayLike) -> Array:
    r"""Root that all closed forms of this module share.

    .. math:: r = \sqrt{(1 - \gamma + \lambda)^2 + 4\gamma\lambda}

    The arguments are not checked: the callers did.

    Examples
    --------
    >>> float(discriminant_root(0.0, 0.25))
    0.75
    """
    lam, gamma = np.asarray(lam, dtype=float), np.asarray(gamma, dtype=float)
    return np.hypot((1 - gamma) + lam, 2 * np.sqrt(gamma) * np.sqrt(lam))


def isotropic_penalty(lam: ArrayLike, gamma: ArrayLike) -> Array:
    r"""Effective penalty κ of plain ridge: `effective_penalty` with all weights 1, in closed form.

    .. math:: \kappa = \frac{1 - s}{s} = \frac{r - b}{2}, \qquad b = 1 - \gamma - \lambda

    It grows with the penalty from :math:`\max(0, \gamma - 1)` to infinity. The arguments are not
    checked: the callers did.

    Examples
    --------
    >>> float(isotropic_penalty(0.5, 1.0))  # s = 1/2
    1.0
    """
    lam, gamma = np.asarray(lam, dtype=float), np.asarray(gamma, dtype=float)
    r, b = discriminant_root(lam, gamma), (1 - gamma) - lam
    # The two algebraically equal forms, each where it does not cancel.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(b > 0, 2 * lam / (r + b), r / 2 - b / 2)


@unwarned
def shrinkage(lam: ArrayLike, gamma: ArrayLike) -> Numbers:
    r"""Factor by which high-dimensional ridge shrinks every coefficient, in the mean.

    .. math:: s = 1 - \lambda m_1(\lambda; \gamma)
                = \frac{2}{1 + \gamma + \lambda + r} \in [0, \min(1, 1/\gamma)]

    Notes
    -----
    Source: Marchenko-Pastur law; the form with one square root is derived in the chapter.

    Examples
    --------
    >>> shrinkage(0.5, 2.0)
    0.3596117967977924
    >>> shrinkage([0.0, float("inf")], 2.0)
    array([0.5, 0. ])
    """
    lam, gamma = _penalty_and_ratio(lam, gamma)
    return scalar(2 / (1 + gamma + lam + discriminant_root(lam, gamma)))


@unwarned
def resolvent_traces(lam: ArrayLike, gamma: ArrayLike) -> tuple[Numbers, Numbers]:
    r"""Normalised traces of the first two powers of the resolvent of a sample covariance.

    .. math::
        m_1 = \lim \tfrac1d \operatorname{tr}(S + \lambda)^{-1} = \frac{r - b}{2\gamma\lambda}, \qquad
        m_2 = \lim \tfrac1d \operatorname{tr}(S + \lambda)^{-2} = \frac{m_1 (1 + \gamma m_1)}{r},
        \qquad b = 1 - \gamma + \lambda

    Returns
    -------
    m1, m2 : ndarray or float
        Units 1/penalty and 1/penalty².

    Raises
    ------
    ValueError
        If ``lam = 0`` where ``gamma >= 1``: both traces diverge there.

    Notes
    -----
    Source: Marchenko-Pastur law. Relative error below 1e-10 for penalties in [1e-12, 1e12] and
    ratios in [1e-3, 1e3], tested against 50-digit arithmetic.

    Examples
    --------
    >>> m1, m2 = resolvent_traces(0.0, 0.5)
    >>> m1, m2
    (2.0, 8.0)
    """
    lam, gamma = np.broadcast_arrays(*_penalty_and_ratio(lam, gamma))
    singular = (lam == 0) & (gamma >= 1)
    if np.any(singular):
        raise ValueError(
            f"lam = 0 with gamma = {gamma[singular].flat[0]:g}; allowed: lam > 0, or lam = 0 with "
            "gamma < 1 (a sample covariance with gamma >= 1 is not invertible)"
        )
    b = (1 - gamma) + lam
    r = discriminant_root(lam, gamma)
    # The two algebraically equal forms of m1, each where it does not cancel.
    m1 = np.where(b > 0, 2 / (r + b), (r - b) / gamma / lam / 2)
    m2 = m1 * ((1 + gamma * m1) / r)
    return scalar(m1), answer("m1 and m2", m2, lam=lam, gamma=gamma)


@unwarned
def penalty_from_shrinkage(s: ArrayLike, gamma: ArrayLike) -> Numbers:
    r"""Ridge penalty that produces a given shrinkage: the inverse of `shrinkage`.

    .. math:: \lambda = \frac{(1 - s)(1 - \gamma s)}{s}

    Parameters
    ----------
    s : array_like
        Shrinkage, :math:`0 < s \le \min(1, 1/\gamma)`.
    gamma : array_like
        Aspect ratio.

    Examples
    --------
    >>> penalty_from_shrinkage(0.5, 1.0)
    0.5
    """
    s, gamma = positive("s", s), positive("gamma", gamma)
    broadcastable(s=s, gamma=gamma)
    s, gamma = np.broadcast_arrays(s, gamma)
    top = np.minimum(1, 1 / gamma)
    if np.any(s > top):
        first = np.argmax(s > top)
        raise ValueError(
            f"s = {s.flat[first]} with gamma = {gamma.flat[first]:g}; "
            f"allowed: 0 < s <= min(1, 1/gamma) = {top.flat[first]:g}"
        )
    # 1 - gamma * (1 / gamma) may round to -1e-16: the penalty at the top of the range is 0.
    lam = (1 - s) * np.maximum(1 - gamma * s, 0) / s
    return answer("the penalty", lam, s=s, gamma=gamma)


@unwarned
def marchenko_pastur_density(x: ArrayLike, gamma: ArrayLike) -> Numbers:
    r"""Density of the eigenvalues of a large sample covariance (its continuous part).

    .. math:: f(x) = \frac{\sqrt{(b - x)(x - a)}}{2\pi\gamma x}, \qquad
        a, b = (1 \mp \sqrt\gamma)^2

    For :math:`\gamma > 1` it integrates to :math:`1/\gamma`; the remaining :math:`1 - 1/\gamma` of
    the eigenvalues are exactly zero.

    Parameters
    ----------
    x : array_like
        Where to evaluate, any real number; the density is 0 outside [a, b].
    gamma : array_like
        Aspect ratio.

    Returns
    -------
    ndarray or float
        Unit 1/eigenvalue. At ``x = 0`` with ``gamma = 1`` the density is infinite.

    Notes
    -----
    Source: Marchenko and Pastur (1967).

    Examples
    --------
    >>> round(marchenko_pastur_density(1.0, 0.25), 6)
    0.616404
    """
    x, gamma = real("x", x), positive("gamma", gamma)
    broadcastable(x=x, gamma=gamma)
    root_g = np.sqrt(gamma)
    low, high = np.abs(1 - gamma) / (1 + root_g), 1 + root_g
    # (b - x)(x - a) as four factors in the square roots: no cancellation at either edge.
    root_x = np.clip(np.sqrt(np.maximum(x, 0)), low, high)
    above, below = (high - root_x) * (high + root_x), (root_x - low) * (root_x + low)
    density = np.sqrt(above) / x * np.sqrt(below) / gamma / (2 * np.pi)
    inside = (x > 0) & (above > 0) & (below > 0)
    density = np.where(inside, density, 0.0)
    representable("the density", density, x=x, gamma=gamma)
    return scalar(np.where((x == 0) & (gamma == 1), np.inf, density))


# ------------------------------------------------------------------ theory: any penalty matrix


@unwarned
def effective_penalty(
    lam: ArrayLike, gamma: ArrayLike, weights: ArrayLike, fractions: ArrayLike
) -> Numbers:
    r"""Effective penalty κ of ridge regression with a weighted penalty.

    The unique positive root of

    .. math:: \kappa = \lambda + \kappa\gamma \sum_b \frac{\varphi_b}{1 + \kappa g_b};

    coordinate block :math:`b` is then shrunk by :math:`s_b = 1/(1 + \kappa g_b)`. With one block of
    weight 1, :math:`s = 1/(1 + \kappa)` is `shrinkage`.

    Parameters
    ----------
    lam, gamma : array_like
        Penalty and aspect ratio. The limit at penalty 0 is 0 while :math:`\gamma \le 1`.
    weights : array_like, shape (B,)
        Penalty weight :math:`g_b \ge 0` of each block of coordinates.
    fractions : array_like, shape (B,)
        Fraction :math:`\varphi_b \ge 0` of the coordinates in each block; they sum to 1.

    Returns
    -------
    ndarray or float
        Shape of ``lam`` and ``gamma`` broadcast together, unit penalty/weight.

    Raises
    ------
    ValueError
        If the unpenalised blocks (weight 0) hold at least as many coordinates as there are samples, so
        that no finite root exists, or the root does not fit a double.

    Notes
    -----
    Source: deterministic equivalents of ridge regression; this book, chapter on weighted ridge.
    Relative error below 1e-12 for weights that span twelve decades.

    Examples
    --------
    >>> kappa = effective_penalty(0.5, 2.0, weights=[1.0], fractions=[1.0])
    >>> bool(np.isclose(1 / (1 + kappa), shrinkage(0.5, 2.0)))
    True
    """
    lam, gamma = _penalty_and_ratio(lam, gamma)
    weights, fractions = _blocks(weights, fractions)
    shape = np.broadcast_shapes(lam.shape, gamma.shape)
    free = float(fractions[weights == 0].sum())
    if np.any(gamma * free >= 1):
        raise ValueError(
            f"gamma = {float(np.max(gamma)):g} with a fraction {free:g} of the weights zero; "
            "allowed: gamma * fraction < 1 (fewer unpenalised coordinates than samples)"
        )
    lam, gamma = (np.broadcast_to(a, shape).ravel() for a in (lam, gamma))
    if free == 1:
        kappa = np.where(np.isinf(lam), 0.0, lam / (1 - gamma))
        representable("the root", kappa, lam=lam, gamma=gamma)
        return scalar(np.where(np.isinf(lam), np.inf, kappa).reshape(shape))
    # At lam = 0 and gamma <= 1 the root is 0 itself, and that of an infinite penalty is infinite.
    kappa = np.where(np.isinf(lam), np.inf, 0.0)
    solved = np.isfinite(lam) & ((lam > 0) | (gamma > 1))
    if np.any(solved):
        kappa[solved] = _newton_kappa(lam[solved], gamma[solved], weights, fractions)
        representable("the root", kappa[solved], lam=lam[solved], gamma=gamma[solved])
    return scalar(kappa.reshape(shape))


def block_shrinkage(
    kappa: Array, lam: Array, gamma: Array, weights: Array, fractions: Array
) -> tuple[Array, Array, Array]:
    r"""What a fit of effective penalty κ keeps and loses of each block, and the slack that is left.

    .. math:: s_b = \frac{1}{1 + \kappa g_b}, \qquad 1 - s_b, \qquad
        1 - \gamma\,\mathrm{df}_2 = \frac\lambda\kappa + \gamma\sum_b \varphi_b s_b (1 - s_b)

    Each is a sum or product of non-negative terms. All arguments are arrays that broadcast, the blocks
    along the first axis of weights and fractions, and are not checked: the callers did.

    Returns
    -------
    kept, lost, slack : ndarray, shapes (B, ...), (B, ...) and (...)

    Examples
    --------
    >>> one = np.ones(1)
    >>> block_shrinkage(np.array(1.0), np.array(0.5), np.array(1.0), one, one)
    (array([0.5]), array([0.5]), np.float64(0.75))
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        strength = np.where(weights > 0, kappa * weights, 0.0)
        kept = 1 / (1 + strength)
        lost = np.where(strength < 1, strength * kept, 1 - kept)
        # λ/κ -> 1 − γ where λ = 0 makes κ = 0; where both are infinite it tends to what the
        # unpenalised blocks leave.
        free = (fractions * (weights == 0)).sum(axis=0)
        ratio = np.where(kappa > 0, lam / kappa, 1 - gamma)
        ratio = np.where(np.isinf(kappa), 1 - gamma * free, ratio)
        return kept, lost, ratio + gamma * (fractions * kept * lost).sum(axis=0)


def _newton_kappa(lam: Array, gamma: Array, weights: Array, fractions: Array) -> Array:
    """Solve φ(κ) = κ(1 − γ Σ φ_b/(1 + κ g_b)) = λ by Newton's method.

    φ is convex, and increasing right of its last zero; from any point right of the root Newton's
    iterates fall monotonically onto it, so no bracket or safeguard is needed.
    """
    kappa = _right_of_the_root(lam, gamma, weights, fractions)
    weights, fractions = weights[:, None], fractions[:, None]
    many = gamma > 2
    for _ in range(400):
        t = kappa * weights
        shrunk = 1 / (1 + t)
        lost = np.where(t < 1, t * shrunk, 1 - shrunk)
        # 1 − γ Σ φ/(1 + t), as it is or written so that nothing cancels near γ = 1 and small κ.
        gap = np.where(
            many,
            1 - gamma * (fractions * shrunk).sum(axis=0),
            (1 - gamma) + gamma * (fractions * lost).sum(axis=0),
        )
        slope = gap + gamma * (fractions * lost * shrunk).sum(axis=0)
        step = (kappa * gap - lam) / slope
        kappa = kappa - step
        # κφ'' <= 2φ' right of the root, so a step of relative size e leaves an error of at most e².
        if np.all(~(np.abs(step) > 1e-8 * kappa)):
            break
    return kappa


def _right_of_the_root(lam: Array, gamma: Array, weights: Array, fractions: Array) -> Array:
    """Smallest of three upper bounds of κ."""
    free = fractions[weights == 0].sum()
    penalised = (fractions[weights > 0] / weights[weights > 0]).sum()
    mean, largest = (fractions * weights).sum(), weights.max()
    # κ/(1 + κg) is at most both κ (for γ < 1) and 1/g.
    bound = (lam + gamma * penalised) / (1 - gamma * free)
    bound = np.minimum(bound, np.where(gamma < 1, lam / (1 - gamma), np.inf))
    # Σ φ g/(1 + κg) >= ḡ/(1 + κ max g) leaves a quadratic, exact for equal weights.
    square, linear = gamma * mean + (1 - gamma) * largest, (1 - gamma) - lam * largest
    root = np.hypot(linear, 2 * np.sqrt(np.maximum(square, 0)) * np.sqrt(lam))
    quadratic = np.where(linear > 0, 2 * lam / (root + linear), (root - linear) / square / 2)
    return np.where((square > 0) & (quadratic < bound), quadratic, bound)


# ------------------------------------------------------------------ theory: one spike


def bbp_overlap(theta: ArrayLike, gamma: ArrayLike) -> Numbers:
    r"""Overlap of the top sample eigenvector with the spike of a spiked covariance.

    Population covariance :math:`I + \theta v v^\top`:

    .. math:: |\langle \hat v, v\rangle| \to
        \sqrt{\frac{1 - \gamma/\theta^2}{1 + \gamma/\theta}} \ \text{ if } \theta > \sqrt\gamma,
        \quad 0 \text{ otherwise.}

    Parameters
    ----------
    theta : array_like
        Strength of the spike, :math:`\theta \ge 0`.
    gamma : array_like
        Aspect ratio.

    Returns
    -------
    ndarray or float
        The absolute overlap (not squared), between 0 and 1.

    Notes
    -----
    Source: Baik, Ben Arous and Péché (2005); Benaych-Georges and Nadakuditi (2011).

    Examples
    --------
    >>> bbp_overlap([0.5, 2.0], 1.0).round(4)
    array([0.    , 0.7071])
    """
    theta, gamma = _spike(theta, gamma)
    threshold = np.sqrt(gamma)
    # Threshold over strength: nothing overflows, however strong the spike.
    ratio = threshold / np.maximum(theta, threshold)
    return scalar(np.sqrt((1 - ratio) * (1 + ratio) / (1 + threshold * ratio)))


@unwarned
def bbp_top_eigenvalue(theta: ArrayLike, gamma: ArrayLike) -> Numbers:
    r"""Limit of the largest eigenvalue of a spiked sample covariance.

    .. math:: (1 + \theta)(1 + \gamma/\theta) \ \text{ if } \theta > \sqrt\gamma,
        \quad (1 + \sqrt\gamma)^2 \text{ otherwise.}

    Parameters
    ----------
    theta : array_like
        Strength of the spike, :math:`\theta \ge 0`.
    gamma : array_like
        Aspect ratio.

    Returns
    -------
    ndarray or float
        Unit of an eigenvalue (the isotropic population has eigenvalue 1).

    Notes
    -----
    Source: Baik, Ben Arous and Péché (2005).

    Examples
    --------
    >>> bbp_top_eigenvalue([0.5, 2.0], 1.0)
    array([4. , 4.5])
    """
    theta, gamma = _spike(theta, gamma)
    # Below the threshold the spike acts as if it had the critical strength √γ.
    strength = np.maximum(theta, np.sqrt(gamma))
    top = (1 + strength) * (1 + gamma / strength)
    return answer("the eigenvalue", top, theta=theta, gamma=gamma)


# ------------------------------------------------------------------ input and output


def _penalty_and_ratio(lam: ArrayLike, gamma: ArrayLike) -> tuple[Array, Array]:
    lam = positive("lam", lam, allow_zero=True, allow_inf=True)
    gamma = positive("gamma", gamma)
    broadcastable(lam=lam, gamma=gamma)
    return lam, gamma


def _spike(theta: ArrayLike, gamma: ArrayLike) -> tuple[Array, Array]:
    theta = positive("theta", theta, allow_zero=True)
    gamma = positive("gamma", gamma)
    broadcastable(theta=theta, gamma=gamma)
    return theta, gamma


def _blocks(weights: ArrayLike, fractions: ArrayLike) -> tuple[Array, Array]:
    weights = np.atleast_1d(positive("weights", weights, allow_zero=True))
    fractions = shares("fractions", fractions)
    if weights.shape != fractions.shape:
        raise ValueError(
            f"weights of shape {weights.shape}, fractions of shape {fractions.shape}; "
            "allowed: two 1-D arrays of the same, positive length"
        )
    return weights, fractions
