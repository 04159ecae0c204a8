r"""Random-matrix tools: what ridge regression does to high-dimensional data.

Setting of the whole module: :math:`n` rows of isotropic data in :math:`d` dimensions, aspect
ratio :math:`\gamma = d/n`, sample covariance :math:`S = X^\top X/n`, ridge penalty :math:`\lambda`;
limits are taken as :math:`d, n \to \infty` with :math:`\gamma` fixed.

All closed forms below are written without subtracting nearly equal numbers. Two identities that
follow from :math:`\lambda s = (1 - s)(1 - \gamma s)` do the work:
:math:`1 + \gamma + \lambda - 2\gamma s = r` and :math:`1 - \gamma s^2 = s\,r`.
"""

from __future__ import annotations

import numpy as np

from w2slib.validation import between, broadcastable, positive, real, scalar

# ------------------------------------------------------------------ theory: isotropic data


def discriminant_root(lam: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    r"""Root that all closed forms of this module share.

    .. math:: r = \sqrt{(1 - \gamma + \lambda)^2 + 4\gamma\lambda}

    Parameters
    ----------
    lam, gamma : array_like
        Penalty (>= 0) and aspect ratio (> 0), broadcast together. Not validated: the callers did.

    Returns
    -------
    ndarray

    Notes
    -----
    Source: theory of the Marchenko-Pastur law; this book's notation.

    Examples
    --------
    >>> float(discriminant_root(0.0, 0.25))
    0.75
    """
    return np.hypot((1 - gamma) + lam, 2 * np.sqrt(gamma) * np.sqrt(lam))


def shrinkage(lam, gamma):
    r"""Factor by which high-dimensional ridge shrinks every coefficient, in the mean.

    .. math:: s = 1 - \lambda m_1(\lambda; \gamma)
                = \frac{2}{1 + \gamma + \lambda + r} \in (0, \min(1, 1/\gamma)]

    Parameters
    ----------
    lam : array_like
        Ridge penalty :math:`\lambda \ge 0`; 0 gives the limit :math:`\min(1, 1/\gamma)`.
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n > 0`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, no unit.

    Raises
    ------
    ValueError
        If a penalty is negative, a ratio is not positive, or the shapes do not broadcast.

    Notes
    -----
    Source: Marchenko-Pastur law; the form with one square root is derived in the chapter.

    Examples
    --------
    >>> shrinkage(0.5, 2.0)
    0.3596117967977924
    """
    lam, gamma = _penalty_and_ratio(lam, gamma)
    return scalar(2 / (1 + gamma + lam + discriminant_root(lam, gamma)))


def resolvent_traces(lam, gamma):
    r"""Normalised traces of the first two powers of the resolvent of a sample covariance.

    .. math::
        m_1 = \lim \tfrac1d \operatorname{tr}(S + \lambda)^{-1} = \frac{r - b}{2\gamma\lambda}, \qquad
        m_2 = \lim \tfrac1d \operatorname{tr}(S + \lambda)^{-2} = \frac{m_1 (1 + \gamma m_1)}{r},
        \qquad b = 1 - \gamma + \lambda

    Parameters
    ----------
    lam : array_like
        Ridge penalty :math:`\lambda \ge 0`. The limit at 0 exists for :math:`\gamma < 1` only.
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n > 0`.

    Returns
    -------
    m1, m2 : ndarray or float
        Shape of the broadcast arguments; units 1/penalty and 1/penalty².

    Raises
    ------
    ValueError
        If a penalty is negative, a ratio is not positive, the shapes do not broadcast, or
        ``lam = 0`` where ``gamma >= 1`` (both traces diverge there).

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
    lam, gamma = _penalty_and_ratio(lam, gamma)
    lam, gamma = np.broadcast_arrays(lam, gamma)
    singular = (lam == 0) & (gamma >= 1)
    if np.any(singular):
        raise ValueError(
            f"lam = 0 with gamma = {gamma[singular].flat[0]:g}; allowed: lam > 0, or lam = 0 with "
            "gamma < 1 (a sample covariance with gamma >= 1 is not invertible)"
        )
    b = (1 - gamma) + lam
    r = discriminant_root(lam, gamma)
    # The two algebraically equal forms of m1, each where it does not cancel.
    with np.errstate(divide="ignore", invalid="ignore"):
        m1 = np.where(b > 0, 2 / (r + b), (r - b) / (2 * gamma * lam))
    return scalar(m1), scalar(m1 * (1 + gamma * m1) / r)


def penalty_from_shrinkage(s, gamma):
    r"""Ridge penalty that produces a given shrinkage: the inverse of `shrinkage`.

    .. math:: \lambda = \frac{(1 - s)(1 - \gamma s)}{s}

    Parameters
    ----------
    s : array_like
        Shrinkage, :math:`0 < s \le \min(1, 1/\gamma)`.
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n > 0`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, unit of the penalty.

    Raises
    ------
    ValueError
        If ``s`` is outside its range, a ratio is not positive, or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter on random matrices.

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
    return scalar((1 - s) * np.maximum(1 - gamma * s, 0) / s)


def marchenko_pastur_density(x, gamma):
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
        Aspect ratio :math:`\gamma = d/n > 0`.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, unit 1/eigenvalue. At ``x = 0`` with ``gamma = 1`` the
        density is infinite.

    Raises
    ------
    ValueError
        If ``x`` is not finite, a ratio is not positive, or the shapes do not broadcast.

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
    root_x, root_g = np.sqrt(np.maximum(x, 0)), np.sqrt(gamma)
    # (b - x)(x - a) as four factors in the square roots: no cancellation at either edge.
    low_edge = np.abs(1 - gamma) / (1 + root_g)
    inside = (
        (1 + root_g - root_x) * (1 + root_g + root_x) * (root_x - low_edge) * (root_x + low_edge)
    )
    inside = np.where(x < 0, 0, np.maximum(inside, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.sqrt(inside) / (2 * np.pi * gamma * x)
    at_zero = np.where(gamma == 1, np.inf, 0.0)
    return scalar(np.where(x == 0, at_zero, np.where(inside > 0, density, 0.0)))


# ------------------------------------------------------------------ theory: any penalty matrix


def effective_penalty(lam, gamma, weights, fractions):
    r"""Effective penalty κ of ridge regression with a weighted penalty.

    The unique positive root of

    .. math:: \kappa = \lambda + \kappa\gamma \sum_b \frac{\varphi_b}{1 + \kappa g_b};

    coordinate block :math:`b` is then shrunk by :math:`s_b = 1/(1 + \kappa g_b)`. With one block of
    weight 1, :math:`s = 1/(1 + \kappa)` is `shrinkage`.

    Parameters
    ----------
    lam : array_like
        Ridge penalty :math:`\lambda \ge 0`; 0 gives the limit from above (which is 0 while
        :math:`\gamma \le 1`).
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n > 0`.
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
        If an argument is outside its range, or the unpenalised blocks (weight 0) hold at least as
        many coordinates as there are samples, so that no finite root exists.

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
        return scalar((lam / (1 - gamma)).reshape(shape))
    kappa = np.zeros(lam.shape)
    # At lam = 0 and gamma <= 1 the root is 0 itself; everywhere else it is positive.
    positive_root = (lam > 0) | (gamma > 1)
    if np.any(positive_root):
        solved = _newton_kappa(lam[positive_root], gamma[positive_root], weights, fractions)
        kappa[positive_root] = solved
    return scalar(kappa.reshape(shape))


def _newton_kappa(lam, gamma, weights, fractions) -> np.ndarray:
    """Solve φ(κ) = κ(1 − γ Σ φ_b/(1 + κ g_b)) = λ by Newton's method.

    φ is convex, and increasing right of its last zero; from any point right of the root Newton's
    iterates fall monotonically onto it, so no bracket or safeguard is needed.
    """
    weights, fractions = weights[:, None], fractions[:, None]
    held = fractions[weights > 0].sum()
    free = 1 - held
    # Right of the root: κ/(1 + κg) is at most both κ (for γ < 1) and 1/g.
    penalised = np.where(weights > 0, fractions / np.where(weights > 0, weights, 1), 0).sum()
    kappa = (lam + gamma * penalised) / (1 - gamma * free)
    with np.errstate(divide="ignore"):
        kappa = np.minimum(kappa, np.where(gamma < 1, lam / (1 - gamma), np.inf))
    for _ in range(400):
        t = kappa * weights
        shrunk = 1 / (1 + t)
        # 1 − γ Σ φ/(1 + t), written so that nothing cancels near γ = 1 and small κ.
        gap = (1 - gamma) + gamma * (fractions * (t * shrunk)).sum(axis=0)
        slope = gap + gamma * (fractions * t * shrunk**2).sum(axis=0)
        step = (kappa * gap - lam) / slope
        kappa = kappa - step
        # κφ'' <= 2φ' right of the root, so a step of relative size e leaves an error of at most e².
        if np.all(np.abs(step) <= 1e-8 * kappa):
            break
    return kappa


# ------------------------------------------------------------------ theory: one spike


def bbp_overlap(theta, gamma):
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
        Aspect ratio :math:`\gamma = d/n > 0`.

    Returns
    -------
    ndarray or float
        The absolute overlap (not squared), between 0 and 1.

    Raises
    ------
    ValueError
        If ``theta`` is negative, a ratio is not positive, or the shapes do not broadcast.

    Notes
    -----
    Source: Baik, Ben Arous and Péché (2005); Benaych-Georges and Nadakuditi (2011).

    Examples
    --------
    >>> bbp_overlap([0.5, 2.0], 1.0).round(4)
    array([0.    , 0.7071])
    """
    theta, gamma = _spike(theta, gamma)
    above = theta**2 > gamma
    safe = np.where(above, theta, np.sqrt(gamma))
    squared = (safe**2 - gamma) / (safe * (safe + gamma))
    return scalar(np.where(above, np.sqrt(np.maximum(squared, 0)), 0.0))


def bbp_top_eigenvalue(theta, gamma):
    r"""Limit of the largest eigenvalue of a spiked sample covariance.

    .. math:: (1 + \theta)(1 + \gamma/\theta) \ \text{ if } \theta > \sqrt\gamma,
        \quad (1 + \sqrt\gamma)^2 \text{ otherwise.}

    Parameters
    ----------
    theta : array_like
        Strength of the spike, :math:`\theta \ge 0`.
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n > 0`.

    Returns
    -------
    ndarray or float
        Unit of an eigenvalue (the isotropic population has eigenvalue 1).

    Raises
    ------
    ValueError
        If ``theta`` is negative, a ratio is not positive, or the shapes do not broadcast.

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
    return scalar((1 + strength) * (1 + gamma / strength))


# ------------------------------------------------------------------ input


def _penalty_and_ratio(lam, gamma) -> tuple[np.ndarray, np.ndarray]:
    lam = positive("lam", lam, allow_zero=True)
    gamma = positive("gamma", gamma)
    broadcastable(lam=lam, gamma=gamma)
    return lam, gamma


def _spike(theta, gamma) -> tuple[np.ndarray, np.ndarray]:
    theta = positive("theta", theta, allow_zero=True)
    gamma = positive("gamma", gamma)
    broadcastable(theta=theta, gamma=gamma)
    return theta, gamma


def _blocks(weights, fractions) -> tuple[np.ndarray, np.ndarray]:
    weights = np.atleast_1d(positive("weights", weights, allow_zero=True))
    fractions = np.atleast_1d(between("fractions", fractions, 0, 1))
    if weights.shape != fractions.shape or weights.ndim != 1 or weights.size == 0:
        raise ValueError(
            f"weights of shape {weights.shape}, fractions of shape {fractions.shape}; "
            "allowed: two 1-D arrays of the same, positive length"
        )
    total = fractions.sum()
    if abs(total - 1) > 1e-9:
        raise ValueError(f"fractions sum to {total}; allowed: a sum of 1")
    return weights, fractions / total
