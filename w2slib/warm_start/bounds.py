"""How the loss slopes towards supervisor and truth, and what that guarantees."""

from __future__ import annotations

from functools import cache

import numpy as np

from w2slib.validation import (
    between,
    broadcastable,
    integer,
    positive,
    scalar,
    single,
)
from w2slib.warm_start._circle import _on_circle, _times, _triangle
from w2slib.warm_start.flows import _noise, _samples_per_dim
from w2slib.warm_start.links import _hermite


def curvature(m, degree):
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

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, derived in the chapter; [Blessing] speaks of a perturbed strong-convexity
    geometry, of which this is the unperturbed part in this book's setting.

    Examples
    --------
    >>> curvature([0.0, 0.5, 1.0], 3)
    array([0.   , 1.125, 6.   ])
    """
    m, degree = between("m", m, -1, 1), integer("degree", degree)
    return scalar(degree * m ** (degree - 1) * (1 + m))


def truth_rate(m, rho, degree, correlation=0.0):
    r"""Rate at which descent on the supervisor's labels approaches the truth.

    .. math:: \frac{\langle -\nabla L, w_\star - w\rangle}{\|w_\star - w\|^2}
        = \frac{2 k m_t^{k-1}(\rho - m_t m)}{2 - 2m}, \qquad
        m_t = m\rho + s\sqrt{1 - m^2}\sqrt{1 - \rho^2},

    where s is the correlation of the errors of student and supervisor. For independent errors
    (s = 0) this is :math:`\rho^k\mu(m)`: the bias costs a factor, and descent always helps. In general it
    helps while :math:`m_t^{k-1} > 0` and
    :math:`\tan\angle(w, w_\star) > s\,\tan\angle(w_t, w_\star)`.

    Parameters
    ----------
    m : array_like
        Overlap of the student with the truth, in [0, 1).
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 1`.
    correlation : array_like
        Correlation s of the two errors (cosine of the angle between the parts of student and
        supervisor that are orthogonal to the truth), in [-1, 1].

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments; compare with `curvature`.

    Raises
    ------
    ValueError
        If an argument is outside its range, ``m`` is 1, or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(truth_rate(0.5, 0.8, 3) / curvature(0.5, 3), 6)
    0.512
    """
    m, rho, s = _errors(m, rho, correlation)
    degree = integer("degree", degree)
    if np.any(m == 1):
        raise ValueError("m = 1.0; allowed: overlaps below 1 (at 1 the distance is zero)")
    m_t = m * rho + s * np.sqrt((1 - m**2) * (1 - rho**2))
    return scalar(degree * m_t ** (degree - 1) * (rho - m_t * m) / (1 - m))


def _errors(m, rho, s) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    m, rho = between("m", m, 0, 1), between("rho", rho, 0, 1)
    s = between("correlation", s, -1, 1)
    broadcastable(m=m, rho=rho, correlation=s)
    return m, rho, s


def gradient_noise(m, degree, noise_var=0.0):
    r"""Variance of one sample's gradient, in each direction that the problem does not single out.

    .. math:: V(m) = 4\,E\,\big[(h_k(a) - h_k(b) - \nu\xi)^2\, h_k'(a)^2\big], \qquad
        a, b \sim N(0, 1),\ E\,ab = m

    A gradient averaged over :math:`n_s` samples misses the population's by
    :math:`\sqrt{V d/n_s}` in norm (to leading order in d).

    Parameters
    ----------
    m : array_like
        Overlap of the student with the supervisor, in [-1, 1].
    degree : int
        Degree :math:`k \ge 1`.
    noise_var : array_like
        Variance of the noise in the labels, >= 0.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book. A polynomial in m, by Mehler's formula
    :math:`E f(a)\,h_j(b) = m^j\,E f h_j`; its coefficients come from an exact quadrature.

    Examples
    --------
    >>> gradient_noise([0.0, 1.0], 2).round(6)
    array([48.,  0.])
    >>> round(gradient_noise(1.0, 3, noise_var=0.5), 6)
    6.0
    """
    m, degree, noise_var = between("m", m, -1, 1), integer("degree", degree), _noise(noise_var)
    broadcastable(m=m, noise_var=noise_var)
    squares = np.polynomial.polynomial.polyval(m, _noise_polynomial(degree))
    # E h_k'(a)² = k, and the label noise is independent of the inputs. At m = 1, where the squares
    # vanish, rounding may leave -1e-13.
    return scalar(4 * np.maximum(squares, 0) + 4 * degree * noise_var)


@cache
def _noise_polynomial(degree: int) -> np.ndarray:
    """Coefficients in m = E ab of E[(h_k(a) − h_k(b))² h_k'(a)²]."""
    z, weight = np.polynomial.hermite_e.hermegauss(3 * degree + 1)
    weight = weight / weight.sum()
    value, slope = _hermite(z, degree)
    # E h_k(b)² h_k'(a)² by Mehler's formula, and E h_k(a) h_k(b) h_k'(a)² = m^k E h_k² h_k'².
    coefficients = np.array(
        [
            (weight * value**2 * h).sum() * (weight * slope**2 * h).sum()
            for h in (_hermite(z, j)[0] for j in range(2 * degree + 1))
        ]
    )
    both = (weight * value**2 * slope**2).sum()
    coefficients[0] += both
    coefficients[degree] -= 2 * both
    return coefficients


ARC_POINTS = 201
"""Points at which the arc from start to supervisor is searched for the largest perturbation."""


def perturbation(m0, rho, degree, samples_per_dim=np.inf, noise_var=0.0):
    r"""Perturbation of the one-point inequality towards the truth, along the student's path.

    On the arc from a start with overlap :math:`m_0` and an independent error to the supervisor,

    .. math:: \langle\nabla\hat L, w - w_\star\rangle \ge \mu\,\|w - w_\star\|^2
        - (\varepsilon_{\text{bias}} + \varepsilon_{\text{sampling}})\,\|w - w_\star\|,
        \qquad \mu = \mu(m_0),

    with :math:`\varepsilon_{\text{bias}}` the largest value on the arc of
    :math:`\mu\|w - w_\star\| - \langle -\nabla L, w_\star - w\rangle/\|w - w_\star\|`, and
    :math:`\varepsilon_{\text{sampling}} = \sqrt{V d/n_s}` with the largest `gradient_noise` V on the arc.

    Parameters
    ----------
    m0 : array_like
        Overlap of the start with the truth, in [0, 1].
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 2`.
    samples_per_dim : array_like
        :math:`n_s/d > 0`; ``inf`` is the population.
    noise_var : array_like
        Variance of the noise in the labels, >= 0.

    Returns
    -------
    bias, sampling : ndarray or float
        Shape of the broadcast arguments, in units of the gradient. The bias term is at least
        :math:`\mu` times the supervisor's distance from the truth, for there the descent ends.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter. The bias term is a maximum over 201 points of the arc;
    the sampling term is the typical size of the fluctuation at one point (a bound at all points at
    once would be larger).

    Examples
    --------
    >>> perturbation(0.5, 1.0, 2)
    (0.0, 0.0)
    >>> bias, sampling = perturbation(0.7, 0.9, 2, samples_per_dim=100)
    >>> round(bias, 3), round(sampling, 3), bool(bias >= curvature(0.7, 2) * np.sqrt(2 - 2 * 0.9))
    (1.083, 0.538, True)
    """
    m0, rho, c = _triangle(m0, rho, None)
    degree, ratio = integer("degree", degree, 2), _samples_per_dim(samples_per_dim)
    noise_var = _noise(noise_var)
    broadcastable(m0=m0, rho=rho, samples_per_dim=ratio, noise_var=noise_var)
    m_t = np.cos(np.arccos(c)[..., None] * np.linspace(1, 0, ARC_POINTS))
    truth = _on_circle(m_t, m0[..., None], rho[..., None], c[..., None])
    distance = np.sqrt(2 - 2 * truth)
    pull = 2 * degree * m_t ** (degree - 1) * (rho[..., None] - m_t * truth)
    rate = np.where(distance > 0, pull / np.where(distance > 0, distance, 1), 0)
    mu = np.asarray(curvature(m0, degree))[..., None]
    bias = np.maximum((mu * distance - rate).max(axis=-1), 0)
    noise = np.max(gradient_noise(m_t, degree, noise_var[..., None]), axis=-1)
    sampling = np.sqrt(noise / ratio)
    bias, sampling = np.broadcast_arrays(bias, sampling)
    return scalar(bias), scalar(sampling)


def distance_bound(times, m0, rho, degree, samples_per_dim=np.inf, noise_var=0.0):
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
        Times >= 0.
    m0 : float
        Overlap of the start with the truth, in (0, 1].
    rho, degree, samples_per_dim, noise_var
        As for `perturbation`, single numbers.

    Returns
    -------
    optimisation, sampling, bias : ndarray, shape (T,)
        The terms. Their sum D bounds the distance, and the error is at most :math:`k D^2`.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, derived in the chapter, in the form of [Blessing]'s narrative: improvement at
    first, then a floor set by the supervisor's bias. The constants are this book's. For the
    population it is a theorem; with finite samples it is one up to the caveat of `perturbation`.

    Examples
    --------
    >>> optimisation, sampling, bias = distance_bound([0.0, 50.0], 0.5, 0.8, 2)
    >>> (optimisation + sampling + bias).round(3)
    array([1.   , 0.658])
    """
    m0 = single("m0", between("m0", positive("m0", m0), 0, 1))
    times = _times(times)
    bias, sampling = perturbation(m0, rho, degree, samples_per_dim, noise_var)
    mu = curvature(m0, degree)
    decay, grown = np.exp(-mu * times), -np.expm1(-mu * times) / mu
    return decay * np.sqrt(2 - 2 * m0), grown * sampling, grown * bias
