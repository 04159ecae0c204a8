"""Where the population flow is at which time, where it comes closest to the truth, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.core.results import Result, over
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    between,
    broadcastable,
    grid,
    integer,
    noise,
    positive,
    scalar,
)
from w2slib.warm_start._circle import (
    advance,
    logit,
    on_circle,
    sideways,
    time_on_circle,
    travel,
    triangle,
)

__all__ = [
    "Flow",
    "best_overlap",
    "best_time",
    "error",
    "flow",
    "saturation_overlap",
    "scaled_error",
]


def error(m: ArrayLike, degree: int) -> Numbers:
    r"""Test error of a predictor whose direction has a given overlap with the truth.

    .. math:: L(m) = E\,[h_k(\langle w, x\rangle) - h_k(\langle w_\star, x\rangle)]^2 = 2 - 2 m^k,

    by the orthogonality of the Hermite polynomials; ``error(rho, degree)`` is the supervisor's. To answer
    0 everywhere would cost :math:`E\,h_k^2 = 1`: a direction with :math:`m^k < 1/2` is worse than that,
    because its answers are as loud as the truth's. See `scaled_error`.

    Parameters
    ----------
    m : array_like
        Overlap :math:`m = \langle w, w_\star\rangle \in [-1, 1]`.
    degree : int
        Degree :math:`k \ge 1`.

    Examples
    --------
    >>> error([0.0, 0.5, 1.0], 2)
    array([2. , 1.5, 0. ])
    """
    m, degree = between("m", m, -1, 1), integer("degree", degree)
    return scalar(2 - 2 * m**degree)


def scaled_error(m: ArrayLike, degree: int) -> Numbers:
    r"""Test error of a predictor with a given direction, and its answers scaled as well as possible.

    .. math:: \min_b E\,[b\,h_k(\langle w, x\rangle) - h_k(\langle w_\star, x\rangle)]^2 = 1 - m^{2k},
        \qquad \text{at } b = m^k

    That is Mechanism I: the unscaled predictor says more (its energy is 1) than it knows
    (:math:`m^k`), and shrinking its answers by :math:`m^k` repairs it. Compare a scaled student with a
    scaled supervisor: the one with the larger overlap then has the smaller error, as for `error`.

    Parameters
    ----------
    m : array_like
        Overlap :math:`m = \langle w, w_\star\rangle \in [-1, 1]`.
    degree : int
        Degree :math:`k \ge 1`.

    Examples
    --------
    >>> scaled_error([0.0, 0.5, 1.0], 2)
    array([1.    , 0.9375, 0.    ])
    >>> round(error(0.8, 3), 3), round(scaled_error(0.8, 3), 3)
    (0.976, 0.738)
    """
    m, degree = between("m", m, -1, 1), integer("degree", degree)
    # 1 − m^{2k} with full relative precision where it is small.
    with np.errstate(divide="ignore"):
        return scalar(0.0 - np.expm1(2 * degree * np.log(np.abs(m))))


@dataclass(frozen=True, eq=False, repr=False)
class Flow(Result):
    """Overlaps along the population flow.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Training times.
    supervisor, truth : ndarray, shape (..., T)
        Overlap of the student with the supervisor and with the truth; the leading axes are those of
        the broadcast start and supervisor.
    """

    times: Array = over("times")
    supervisor: Array = over(..., "times")
    truth: Array = over(..., "times")


def flow(
    m0: ArrayLike, rho: ArrayLike, degree: int, times: ArrayLike, c: ArrayLike | None = None
) -> Flow:
    r"""Overlaps of the student along the gradient flow of the population loss.

    The overlap :math:`a = \langle w, w_t\rangle` with the supervisor starts from c and solves

    .. math:: \dot a = 2 k a^{k-1}(1 - a^2);

    the student moves on the great circle through :math:`w_0` and :math:`w_t`, so that its overlap with
    the truth is

    .. math:: m = \langle w, w_\star\rangle = \rho\, a
        + \frac{m_0 - \rho c}{\sqrt{1 - c^2}} \sqrt{1 - a^2}.

    Parameters
    ----------
    m0, rho, degree, c
        As in the head of this module.
    times : array_like, shape (T,)
        Times >= 0; ``inf`` is the end: the supervisor, or the start where the flow stands still
        (:math:`c = 0`).

    Notes
    -----
    The differential equation is integrated in closed form up to one monotone equation for
    :math:`\ell = \log(a/\sqrt{1 - a^2})`, solved to rounding. Near the equator the flow waits for about
    :math:`c^{2-k}/(2k(k - 2))`; where that exceeds :math:`10^{12}`, the spacing of floating-point times
    is what limits the overlaps afterwards, not the formula.

    Examples
    --------
    >>> path = flow(0.6, 0.8, 3, [0.0, 0.2, float("inf")])
    >>> path.truth.round(3)
    array([0.6  , 0.763, 0.8  ])
    """
    m0, rho, c = triangle(m0, rho, c)
    degree, times = integer("degree", degree, 2), grid("times", times, allow_inf=True)
    supervisor, side = advance(c[..., None], degree, times)
    truth = on_circle(supervisor, side, rho[..., None], sideways(m0, rho, c)[..., None])
    return Flow(times, supervisor, truth)


def best_overlap(m0: ArrayLike, rho: ArrayLike, c: ArrayLike | None = None) -> Numbers:
    r"""Largest overlap with the truth on the arc from the start to the supervisor.

    .. math:: m_{\text{best}}^2 = \frac{m_0^2 + \rho^2 - 2 m_0\rho c}{1 - c^2}
        \qquad \text{if } c < \min\Bigl(\frac{m_0}{\rho}, \frac{\rho}{m_0}\Bigr),

    the squared length of the truth's projection onto the plane of the great circle, and
    :math:`\max(m_0, \rho)` otherwise. The student gains on its supervisor if and only if
    :math:`c < m_0/\rho`: where its errors resemble the supervisor's so much that :math:`c \ge m_0/\rho`,
    the overlap rises to :math:`\rho` and no further. Independent errors, :math:`c = m_0\rho`, satisfy
    both conditions for :math:`0 < m_0, \rho < 1`, and then :math:`m_{\text{best}}^2 - \rho^2 =
    m_0^2(1 - \rho^2)^2/(1 - m_0^2\rho^2)`. The best overlap depends neither on the degree nor on the
    link: they set the speed, not the path. At ``m0 = 0`` it is ``rho`` (no gain), but the flow needs
    infinite time.

    Returns
    -------
    ndarray or float
        Where the projection falls outside the arc (for dependent errors only), the larger of ``m0`` and
        ``rho``.

    Examples
    --------
    >>> round(best_overlap(0.6, 0.8), 4)
    0.837
    >>> best_overlap(0.0, 0.8)
    0.8
    """
    m0, rho, c = triangle(m0, rho, c)
    inside = (m0 > c * rho) & (rho > c * m0) & (c < 1)
    return scalar(np.where(inside, np.hypot(rho, sideways(m0, rho, c)), np.maximum(m0, rho)))


def best_time(m0: ArrayLike, rho: ArrayLike, degree: int, c: ArrayLike | None = None) -> Numbers:
    r"""Time at which the population flow is closest to the truth.

    There :math:`a = \langle w, w_t\rangle = \rho/m_{\text{best}}`, so that

    .. math:: t_{\text{best}} = \int_c^{\rho/m_{\text{best}}} \frac{da}{2 k a^{k-1}(1 - a^2)}.

    Returns
    -------
    ndarray or float
        0 where the start is the best point of the arc; ``inf`` where the overlap rises for ever
        (:math:`m_0 \le c\rho`) or the flow stands still (:math:`c = 0`).

    Raises
    ------
    ValueError
        Also where the time is finite, but too large for a double.

    Examples
    --------
    >>> round(best_time(0.6, 0.8, 3), 4)
    0.4014
    >>> best_time(0.0, 0.8, 3)
    inf
    """
    return time_on_circle(_best_time, m0, rho, degree, c)


def _best_time(m0: Array, rho: Array, c: Array, degree: int) -> Array:
    aside = sideways(m0, rho, c)
    at_start, moves = rho <= c * m0, (c > 0) & (aside > 0)
    inner = moves & ~at_start
    time = np.where(at_start & (aside > 0), 0.0, np.inf)
    # At the peak m = ρ/m_best, and so m/√(1 − m²) = ρ/aside.
    peak = np.log(rho[inner]) - np.log(aside[inner])
    time[inner] = travel(logit(c[inner]), peak, degree)
    return time


def saturation_overlap(
    rho: ArrayLike, degree: int, samples_per_dim: ArrayLike, noise_var: ArrayLike
) -> Numbers:
    r"""Overlap with the truth at the end of training, to leading order in many samples.

    Least squares on :math:`n_s` labels of variance :math:`\nu^2` misses the supervisor by
    :math:`\nu^2 d/(n_s k)` in squared distance (:math:`E\,h_k'^2 = k` is the information per sample), in
    directions independent of the truth:

    .. math:: m_\infty = \frac{\rho}{\sqrt{1 + \nu^2 d/(k\,n_s)}}

    Parameters
    ----------
    degree : int
        Degree :math:`k \ge 1`.

    Examples
    --------
    >>> saturation_overlap(0.8, 3, 16, 0.0), round(saturation_overlap(1.0, 3, 16, 1.0), 4)
    (0.8, 0.9897)
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree)
    ratio = positive("samples_per_dim", samples_per_dim, allow_inf=True)
    noise_var = noise(noise_var)
    broadcastable(rho=rho, samples_per_dim=ratio, noise_var=noise_var)
    return scalar(rho / np.hypot(1, np.sqrt(noise_var) / np.sqrt(degree * ratio)))
