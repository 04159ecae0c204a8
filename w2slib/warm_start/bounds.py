"""How the loss slopes towards supervisor and truth, and what that guarantees."""

from __future__ import annotations

import sys
from math import comb

import numpy as np

from w2slib.core.portions import in_portions
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    between,
    broadcastable,
    grid,
    integer,
    noise,
    positive,
    scalar,
    single,
)
from w2slib.warm_start._circle import on_circle, sideways, triangle

__all__ = ["curvature", "distance_bound", "gradient_noise", "perturbation", "truth_rate"]

ARC_POINTS = 201
"""Points at which the arc from start to supervisor is searched for the largest perturbation.

Half of them lie between the point closest to the truth and the supervisor: from a cold start this
piece is tiny, and yet the perturbation is largest there.
"""

ARC_BYTES = 100 * ARC_POINTS
"""Memory that `perturbation` needs for one arc."""


def curvature(m: ArrayLike, degree: int) -> Numbers:
    r"""One-point strong convexity of the population loss towards the supervisor.

    .. math:: \mu(m) = \frac{\langle -\nabla L, w_t - w\rangle}{\|w_t - w\|^2} = k m^{k-1}(1 + m),
        \qquad m = \langle w, w_t\rangle

    with the gradient on the sphere, :math:`\nabla L = -2 k m^{k-1}(w_t - m w)`. It vanishes at
    :math:`m = 0`, where random starts are.

    Parameters
    ----------
    m : array_like
        Overlap with the vector that makes the labels, in [-1, 1].
    degree : int
        Degree :math:`k \ge 1`.

    Returns
    -------
    ndarray or float
        Rate, in units of the loss per squared distance.

    Notes
    -----
    [Blessing] speaks of a perturbed strong-convexity geometry, of which this is the unperturbed part
    in this book's setting.

    Examples
    --------
    >>> curvature([0.0, 0.5, 1.0], 3)
    array([0.   , 1.125, 6.   ])
    """
    m, degree = between("m", m, -1, 1), integer("degree", degree)
    return scalar(degree * m ** (degree - 1) * (1 + m))


def truth_rate(m: ArrayLike, rho: ArrayLike, degree: int, correlation: ArrayLike = 0.0) -> Numbers:
    r"""Rate at which descent on the supervisor's labels approaches the truth.

    .. math:: \frac{\langle -\nabla L, w_\star - w\rangle}{\|w_\star - w\|^2}
        = \frac{k a^{k-1}(\rho - a m)}{1 - m}, \qquad
        a = \langle w, w_t\rangle = m\rho + s\sqrt{1 - m^2}\sqrt{1 - \rho^2},

    where s is the correlation of the errors of student and supervisor. For independent errors
    (s = 0) this is :math:`\rho^k\mu(m)`: the bias costs a factor, and descent always helps. In general it
    helps while :math:`a^{k-1} > 0` and
    :math:`\tan\angle(w, w_\star) > s\,\tan\angle(w_t, w_\star)`.

    Parameters
    ----------
    m : array_like
        Overlap of the student with the truth, in [0, 1).
    degree : int
        Degree :math:`k \ge 1`.
    correlation : array_like
        Correlation s of the two errors (cosine of the angle between the parts of student and
        supervisor that are orthogonal to the truth), in [-1, 1].

    Returns
    -------
    ndarray or float
        Compare with `curvature`.

    Examples
    --------
    >>> round(truth_rate(0.5, 0.8, 3) / curvature(0.5, 3), 6)
    0.512
    """
    m, rho = between("m", m, 0, 1), between("rho", rho, 0, 1)
    s, degree = between("correlation", correlation, -1, 1), integer("degree", degree)
    broadcastable(m=m, rho=rho, correlation=s)
    if np.any(m == 1):
        raise ValueError("m = 1.0; allowed: overlaps below 1 (at 1 the distance is zero)")
    m_t = m * rho + s * np.sqrt((1 - m) * (1 + m)) * np.sqrt((1 - rho) * (1 + rho))
    # (ρ − m_t m)/(1 − m), without cancellation where m is close to 1.
    pull = rho * (1 + m) - s * m * np.sqrt((1 + m) / (1 - m)) * np.sqrt((1 - rho) * (1 + rho))
    return scalar(degree * m_t ** (degree - 1) * pull)


def gradient_noise(m: ArrayLike, degree: int, noise_var: ArrayLike = 0.0) -> Numbers:
    r"""Variance of one sample's gradient, in each direction that the problem does not single out.

    .. math:: V(m) = 4\,E\,\big[(h_k(a) - h_k(b) - \nu\xi)^2\, h_k'(a)^2\big]
        = 4 \sum_{i < k} c_i\,(1 + m^{2i} - 2m^k) + 4 k\nu^2, \qquad
        c_i = k\tbinom{k}{i}\tbinom{k-1}{i}\tbinom{2i}{i},

    with :math:`a, b \sim N(0, 1)` and :math:`E\,ab = m`. A gradient averaged over :math:`n_s` samples
    misses the population's by :math:`\sqrt{V d/n_s}` in norm (to leading order in d).

    Parameters
    ----------
    m : array_like
        Overlap of the student with the supervisor, in [-1, 1].
    degree : int
        Degree :math:`k \ge 1`.

    Raises
    ------
    ValueError
        Also where the degree is so large (above 320) that no double holds the variance.

    Notes
    -----
    By Mehler's formula :math:`E f(a)\,h_j(b) = m^j\,E f h_j`, with
    :math:`E\,h_k^2 h_{2i} = \binom{k}{i}\binom{2i}{i}^{1/2}` and :math:`h_k' = \sqrt k\,h_{k-1}`.

    Examples
    --------
    >>> gradient_noise([0.0, 1.0], 2).round(6)
    array([48.,  0.])
    >>> round(gradient_noise(1.0, 3, noise_var=0.5), 6)
    6.0
    """
    m, degree, noise_var = between("m", m, -1, 1), integer("degree", degree), noise(noise_var)
    broadcastable(m=m, noise_var=noise_var)
    return scalar(_gradient_noise(m, degree) + 4 * degree * noise_var)


def _gradient_noise(m: Array, degree: int) -> Array:
    """Return V without label noise."""
    k = degree
    weights = [4 * k * comb(k, i) * comb(k - 1, i) * comb(2 * i, i) for i in range(k)]
    if 4 * sum(weights) > sys.float_info.max:
        raise ValueError(f"degree = {k}; allowed: degrees whose variance fits a double")
    # 1 − m^{2i} and 1 − m^k with full relative precision where they are small.
    with np.errstate(divide="ignore"):
        log = np.log(np.abs(m))
    power = np.expm1(k * log)
    missing = np.where((m < 0) & (k % 2 == 1), 2 + power, -power)
    total = np.zeros_like(m)
    for i, weight in enumerate(weights):
        squared = -np.expm1(2 * i * log) if i else 0.0
        total += weight * (2 * missing - squared)
    return total


def perturbation(
    m0: ArrayLike,
    rho: ArrayLike,
    degree: int,
    samples_per_dim: ArrayLike = np.inf,
    noise_var: ArrayLike = 0.0,
) -> tuple[Numbers, Numbers]:
    r"""Perturbation of the one-point inequality towards the truth, along the student's path.

    On the arc from a start with overlap :math:`m_0` and an independent error to the supervisor,

    .. math:: \langle\nabla\hat L, w - w_\star\rangle \ge \mu\,\|w - w_\star\|^2
        - (\varepsilon_{\text{bias}} + \varepsilon_{\text{sampling}})\,\|w - w_\star\|,
        \qquad \mu = \mu(m_0),

    with :math:`\varepsilon_{\text{bias}}` the largest value on the arc of
    :math:`\mu\|w - w_\star\| - \langle -\nabla L, w_\star - w\rangle/\|w - w_\star\|`, and
    :math:`\varepsilon_{\text{sampling}} = \sqrt{V d/n_s}` with the largest `gradient_noise` V on the arc.

    Returns
    -------
    bias, sampling : ndarray or float
        In units of the gradient. The bias term is at least :math:`\mu` times the supervisor's distance
        from the truth, for there the descent ends.

    Notes
    -----
    The bias term is a maximum over 201 points of the arc, half of them behind the point that is
    closest to the truth; the sampling term is the typical size of the
    fluctuation at one point (a bound at all points at once would be larger).

    Examples
    --------
    >>> perturbation(0.5, 1.0, 2)
    (0.0, 0.0)
    >>> bias, sampling = perturbation(0.7, 0.9, 2, samples_per_dim=100)
    >>> round(bias, 3), round(sampling, 3), bool(bias >= curvature(0.7, 2) * np.sqrt(2 - 2 * 0.9))
    (1.083, 0.538, True)
    """
    m0, rho, _ = triangle(m0, rho, None)
    degree, noise_var = integer("degree", degree, 2), noise(noise_var)
    ratio = positive("samples_per_dim", samples_per_dim, allow_inf=True)
    broadcastable(m0=m0, rho=rho, samples_per_dim=ratio, noise_var=noise_var)
    bias, sampling = in_portions(
        lambda *four: perturbation_at(*four, degree=degree), m0, rho, ratio, noise_var,
        bytes_each=ARC_BYTES,
    )  # fmt: skip
    return scalar(bias), scalar(sampling)


def perturbation_at(
    m0: Array, rho: Array, ratio: Array, noise_var: Array, *, degree: int
) -> tuple[Array, Array]:
    """Same as `perturbation`, of valid arrays of one shape.

    Examples
    --------
    >>> one = np.ones(1)
    >>> perturbation_at(0.5 * one, one, np.inf * one, 0 * one, degree=2)
    (array([0.]), array([0.]))
    """
    c = m0 * rho
    aside = sideways(m0, rho, c)
    start, peak = np.arccos(c)[..., None], np.arctan2(aside, rho)[..., None]
    half = np.linspace(1, 0, ARC_POINTS // 2 + 1)
    angle = np.concatenate([peak + half[:-1] * (start - peak), half * peak], axis=-1)
    m_t = np.cos(angle)
    truth = on_circle(m_t, np.sin(angle), rho[..., None], aside[..., None])
    distance = np.sqrt(2 - 2 * truth)
    pull = 2 * degree * m_t ** (degree - 1) * (rho[..., None] - m_t * truth)
    rate = np.where(distance > 0, pull / np.where(distance > 0, distance, 1), 0)
    mu = np.asarray(curvature(m0, degree))[..., None]
    bias = np.maximum((mu * distance - rate).max(axis=-1), 0)
    variance = _gradient_noise(m_t, degree).max(axis=-1) + 4 * degree * noise_var
    return bias, np.sqrt(variance / ratio)


def distance_bound(
    times: ArrayLike,
    m0: float,
    rho: float,
    degree: int,
    samples_per_dim: float = np.inf,
    noise_var: float = 0.0,
) -> tuple[Array, Array, Array]:
    r"""Three terms that bound the student's distance from the truth.

    The perturbed one-point inequality (see `perturbation`) gives
    :math:`\tfrac{d}{dt}\|w - w_\star\| \le -\mu\|w - w_\star\| + \varepsilon`, and so

    .. math:: \|w(t) - w_\star\| \le
        \underbrace{e^{-\mu t}\sqrt{2 - 2m_0}}_{\text{optimisation}}
        + \underbrace{(1 - e^{-\mu t})\,\varepsilon_{\text{sampling}}/\mu}_{\text{sampling}}
        + \underbrace{(1 - e^{-\mu t})\,\varepsilon_{\text{bias}}/\mu}_{\text{supervisor's bias}},
        \qquad \mu = \mu(m_0).

    Parameters
    ----------
    times : array_like, shape (T,)
        Times >= 0; ``inf`` is the end.
    m0 : float
        Overlap of the start with the truth, in (0, 1].
    rho, degree, samples_per_dim, noise_var
        As for `perturbation`, single numbers.

    Returns
    -------
    optimisation, sampling, bias : ndarray, shape (T,)
        The terms. Their sum D bounds the distance, and the error is at most :math:`k D^2`.

    Notes
    -----
    In the form of [Blessing]'s narrative: improvement at first, then a floor set by the supervisor's
    bias. The constants are this book's. For the population it is a theorem; with finite samples it is
    one up to the caveat of `perturbation`.

    Examples
    --------
    >>> optimisation, sampling, bias = distance_bound([0.0, float("inf")], 0.5, 0.8, 2)
    >>> (optimisation + sampling + bias).round(3)
    array([1.   , 0.658])
    """
    m0 = single("m0", between("m0", positive("m0", m0), 0, 1))
    rho = single("rho", between("rho", rho, 0, 1))
    ratio = single("samples_per_dim", positive("samples_per_dim", samples_per_dim, allow_inf=True))
    times = grid("times", times, allow_inf=True)
    bias, sampling = perturbation(m0, rho, degree, ratio, single("noise_var", noise(noise_var)))
    mu = curvature(m0, degree)
    if mu < sys.float_info.min:
        raise ValueError(f"m0 = {m0:g}; allowed: overlaps whose curvature fits a double")
    decay, grown = np.exp(-mu * times), -np.expm1(-mu * times) / mu
    return decay * np.sqrt(2 - 2 * m0), grown * sampling, grown * bias
