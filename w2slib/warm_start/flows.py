"""Where the population flow is at which time, where it comes closest to the truth, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.validation import (
    between,
    broadcastable,
    integer,
    positive,
    scalar,
)
from w2slib.warm_start._circle import (
    _advance,
    _clock,
    _logit,
    _on_circle,
    _sideways,
    _times,
    _triangle,
)


def error(m, degree):
    r"""Test error of a predictor whose direction has a given overlap with the truth.

    .. math:: L(m) = E\,[h_k(\langle w, x\rangle) - h_k(\langle w_\star, x\rangle)]^2 = 2 - 2 m^k

    Parameters
    ----------
    m : array_like
        Overlap :math:`m = \langle w, w_\star\rangle \in [-1, 1]`.
    degree : int
        Degree :math:`k \ge 1` of the Hermite polynomial.

    Returns
    -------
    ndarray or float
        In units of the target's energy: 0 is perfect, 2 is useless.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: orthogonality of the Hermite polynomials; ``error(rho, degree)`` is the supervisor's.

    Examples
    --------
    >>> error([0.0, 0.5, 1.0], 2)
    array([2. , 1.5, 0. ])
    """
    m, degree = between("m", m, -1, 1), integer("degree", degree)
    return scalar(2 - 2 * m**degree)


@dataclass(frozen=True)
class Flow:
    """Overlaps along the population flow.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Training times.
    supervisor, truth : ndarray, shape (..., T)
        Overlap of the student with the supervisor and with the truth; the leading axes are those of
        the broadcast start and supervisor.
    """

    times: np.ndarray
    supervisor: np.ndarray
    truth: np.ndarray


def flow(m0, rho, degree, times, c=None) -> Flow:
    r"""Overlaps of the student along the gradient flow of the population loss.

    The overlap :math:`m = \langle w, w_t\rangle` with the supervisor starts from c and solves

    .. math:: \dot m = 2 k m^{k-1}(1 - m^2);

    the student moves on the great circle through :math:`w_0` and :math:`w_t`, so that its overlap with
    the truth is

    .. math:: \langle w, w_\star\rangle = \rho\, m
        + \frac{m_0 - \rho c}{\sqrt{1 - c^2}} \sqrt{1 - m^2}.

    Parameters
    ----------
    m0 : array_like
        Overlap of the start with the truth, in [0, 1].
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 2`.
    times : array_like, shape (T,)
        Times >= 0 (step size times number of steps).
    c : array_like, optional
        Overlap :math:`c \ge 0` of start and supervisor; by default :math:`m_0\rho`, that of
        independent errors.

    Returns
    -------
    Flow

    Raises
    ------
    ValueError
        If an argument is outside its range, shapes do not broadcast, or no three unit vectors have
        the overlaps m0, rho and c.

    Notes
    -----
    Source: this book, derived in the chapter. The differential equation is integrated in closed form
    up to one monotone equation for :math:`\ell = \log(m/\sqrt{1 - m^2})`, solved to rounding. Near the
    equator the flow waits for about :math:`c^{2-k}/(2k(k - 2))`; where that exceeds :math:`10^{12}`, the
    spacing of floating-point times is what limits the overlaps afterwards, not the formula.

    Examples
    --------
    >>> path = flow(0.6, 0.8, 3, [0.0, 0.2, 10.0])
    >>> path.truth.round(3)
    array([0.6  , 0.763, 0.8  ])
    """
    m0, rho, c = _triangle(m0, rho, c)
    degree, times = integer("degree", degree, 2), _times(times)
    supervisor = _advance(c[..., None], degree, times)
    truth = _on_circle(supervisor, m0[..., None], rho[..., None], c[..., None])
    return Flow(times, supervisor, truth)


def best_overlap(m0, rho, c=None):
    r"""Largest overlap with the truth on the arc from the start to the supervisor.

    .. math:: m_{\text{best}}^2 = \frac{m_0^2 + \rho^2 - 2 m_0\rho c}{1 - c^2},

    the squared length of the truth's projection onto the plane of the great circle. With
    independent errors, :math:`c = m_0\rho`, it exceeds the supervisor's :math:`\rho^2` by
    :math:`m_0^2(1 - \rho^2)^2/(1 - m_0^2\rho^2)`.

    Parameters
    ----------
    m0, rho : array_like
        Overlaps of start and supervisor with the truth, in [0, 1].
    c : array_like, optional
        Overlap of start and supervisor, by default :math:`m_0\rho`.

    Returns
    -------
    ndarray or float
        Where the projection falls outside the arc (possible only if the errors are not independent),
        the larger of ``m0`` and ``rho``.

    Raises
    ------
    ValueError
        As for `flow`.

    Notes
    -----
    Source: this book, derived in the chapter. It depends neither on the degree nor on the link: they
    set the speed, not the path. At ``m0 = 0`` it is ``rho`` (no gain), but the flow needs infinite time.

    Examples
    --------
    >>> round(best_overlap(0.6, 0.8), 4)
    0.837
    >>> best_overlap(0.0, 0.8)
    0.8
    """
    m0, rho, c = _triangle(m0, rho, c)
    inside = (m0 > c * rho) & (rho > c * m0) & (c < 1)
    sideways = _sideways(m0, rho, c)
    return scalar(np.where(inside, np.hypot(rho, sideways), np.maximum(m0, rho)))


def best_time(m0, rho, degree, c=None):
    r"""Time at which the population flow is closest to the truth.

    There :math:`\langle w, w_t\rangle = \rho/m_{\text{best}}`, so that

    .. math:: t_{\text{best}} = \int_c^{\rho/m_{\text{best}}} \frac{dm}{2 k m^{k-1}(1 - m^2)}.

    Parameters
    ----------
    m0, rho : array_like
        Overlaps of start and supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 2`.
    c : array_like, optional
        Overlap of start and supervisor, by default :math:`m_0\rho`.

    Returns
    -------
    ndarray or float
        0 where the start is the best point of the arc; ``inf`` where the overlap rises for ever
        (:math:`m_0 \le c\rho`) or the flow stands still (:math:`c = 0`).

    Raises
    ------
    ValueError
        As for `flow`.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> round(best_time(0.6, 0.8, 3), 4)
    0.4014
    >>> best_time(0.0, 0.8, 3)
    inf
    """
    m0, rho, c = _triangle(m0, rho, c)
    degree = integer("degree", degree, 2)
    sideways = _sideways(m0, rho, c)
    at_start, moves = rho <= c * m0, (c > 0) & (sideways > 0)
    inner = moves & ~at_start
    start = np.where(inner, c, 0.5)
    peak = np.where(inner, rho / np.hypot(rho, np.where(inner, sideways, 1)), 0.75)
    travel = _clock(_logit(peak), degree) - _clock(_logit(start), degree)
    waiting = np.where(at_start & (sideways > 0), 0.0, np.inf)
    return scalar(np.where(inner, travel, waiting))


def saturation_overlap(rho, degree, samples_per_dim, noise_var):
    r"""Overlap with the truth at the end of training, to leading order in many samples.

    Least squares on :math:`n_s` labels of variance :math:`\nu^2` misses the supervisor by
    :math:`\nu^2 d/(n_s k)` in squared distance (:math:`E\,h_k'^2 = k` is the information per sample), in
    directions independent of the truth:

    .. math:: m_\infty = \frac{\rho}{\sqrt{1 + \nu^2 d/(k\,n_s)}}

    Parameters
    ----------
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    degree : int
        Degree :math:`k \ge 1`.
    samples_per_dim : array_like
        :math:`n_s/d > 0`; ``inf`` is the population.
    noise_var : array_like
        Variance :math:`\nu^2 \ge 0` of the noise in the supervisor's labels.

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
    Source: this book, derived in the chapter; classical asymptotics of least squares.

    Examples
    --------
    >>> saturation_overlap(0.8, 3, 16, 0.0), round(saturation_overlap(1.0, 3, 16, 1.0), 4)
    (0.8, 0.9897)
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree)
    ratio, noise_var = _samples_per_dim(samples_per_dim), _noise(noise_var)
    broadcastable(rho=rho, samples_per_dim=ratio, noise_var=noise_var)
    return scalar(rho / np.sqrt(1 + noise_var / (degree * ratio)))


def _samples_per_dim(value) -> np.ndarray:
    """Positive numbers; infinity, the population, is allowed."""
    array = np.asarray(value, dtype=float)
    positive("samples_per_dim", np.where(array == np.inf, 1.0, array))
    return array


def _noise(noise_var) -> np.ndarray:
    return positive("noise_var", noise_var, allow_zero=True)
