"""From where, from when and how far the student beats its supervisor: comparisons, no sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.validation import (
    between,
    broadcastable,
    integer,
    positive,
    scalar,
    single,
)
from w2slib.warm_start._circle import _clock, _logit, _sideways, _triangle
from w2slib.warm_start.bounds import curvature, perturbation
from w2slib.warm_start.flows import _noise, _samples_per_dim, error


@dataclass(frozen=True)
class EffectiveRegion:
    """From where the student is guaranteed to approach the truth, and how far.

    All arrays have the shape of ``rho``; all are ``nan`` where there is no such region.

    Attributes
    ----------
    overlap : ndarray or float
        Smallest overlap m of a start with the truth from which the guarantee holds.
    mu : ndarray or float
        Curvature µ(m) there.
    bias, sampling : ndarray or float
        The two parts of the perturbation ε of a student that starts there.
    radius : ndarray or float
        ε/µ: the distance from the truth down to which the student contracts.
    error : ndarray or float
        The error at that distance.
    """

    overlap: np.ndarray
    mu: np.ndarray
    bias: np.ndarray
    sampling: np.ndarray
    radius: np.ndarray
    error: np.ndarray

    @property
    def epsilon(self) -> np.ndarray:
        """The whole perturbation ε."""
        return self.bias + self.sampling


def effective_region(
    degree, rho, *, target_error=None, samples_per_dim=np.inf, noise_var=0.0
) -> EffectiveRegion:
    r"""Overlaps from which the student is guaranteed to reach a given error.

    A start with an independent error qualifies when the radius of contraction
    :math:`\varepsilon/\mu` (see `perturbation`) is below the distance at which the error is the target,

    .. math:: \frac{\varepsilon(m)}{\mu(m)} < \sqrt{2 - 2m_{\text{target}}}, \qquad
        m_{\text{target}} = (1 - L_{\text{target}}/2)^{1/k},

    or, without a target, below the start's own distance :math:`\sqrt{2 - 2m}`: then descent on the
    weak labels brings it closer to the truth.

    Parameters
    ----------
    degree : int
        Degree :math:`k \ge 2`.
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1].
    target_error : float, optional
        Error to be reached, in (0, 2].
    samples_per_dim : float
        :math:`n_s/d > 0`; ``inf`` is the population.
    noise_var : float
        Variance of the noise in the labels, >= 0.

    Returns
    -------
    EffectiveRegion
        With the smallest qualifying m, on a grid of step 1/1000 that starts at 0.001.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    Source: this book, derived in the chapter; the term is [Blessing]'s, the constants are not. The
    descent ends at the supervisor, so that this inequality cannot promise an error below the
    supervisor's. That the student passes closer to the truth on its way is a property of the circle:
    see `required_overlap`.

    Examples
    --------
    >>> region = effective_region(2, 0.9, target_error=0.5, samples_per_dim=2000)
    >>> bool(0 < region.overlap < 0.9 and region.error <= 0.5)
    True
    >>> effective_region(2, 0.9, target_error=0.3).overlap  # below the supervisor's error
    nan
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree, 2)
    ratio = single("samples_per_dim", _samples_per_dim(samples_per_dim))
    noise_var = single("noise_var", _noise(noise_var))
    m = np.arange(1, 1000) / 1000
    mu, distance = curvature(m, degree), np.sqrt(2 - 2 * m)
    if target_error is not None:
        distance = np.full_like(m, np.sqrt(2 - 2 * _overlap_at(target_error, degree)))
    bias, sampling = perturbation(m, rho[..., None], degree, ratio, noise_var)
    radius = (bias + sampling) / mu
    good = radius < distance
    at, possible = np.argmax(good, axis=-1)[..., None], good.any(axis=-1)
    columns = (m, mu, bias, sampling, radius, error(np.maximum(1 - radius**2 / 2, -1), degree))
    picked = (np.take_along_axis(np.broadcast_to(a, good.shape), at, axis=-1) for a in columns)
    return EffectiveRegion(*(scalar(np.where(possible, a[..., 0], np.nan)) for a in picked))


def required_overlap(target_error, rho, degree):
    r"""Overlap of the start that brings the student to a given error at the best stopping time.

    `best_overlap` solved for the start, with independent errors, on the population:

    .. math:: m_0^2 = \frac{M^2 - \rho^2}{(1 - \rho^2)^2 + \rho^2(M^2 - \rho^2)}, \qquad
        M = (1 - L_{\text{target}}/2)^{1/k}

    Parameters
    ----------
    target_error : array_like
        Error to be reached, in (0, 2].
    rho : array_like
        Overlap of the supervisor with the truth, in [0, 1).
    degree : int
        Degree :math:`k \ge 2`.

    Returns
    -------
    ndarray or float
        In [0, 1]; 0 where the supervisor itself is good enough (any start that is not exactly
        orthogonal to the truth will do).

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> from w2slib.warm_start import best_overlap, error
    >>> m0 = required_overlap(0.5, 0.8, 3)
    >>> round(error(best_overlap(m0, 0.8), 3), 12)
    0.5
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree, 2)
    goal = _overlap_at(target_error, degree)
    broadcastable(target_error=goal, rho=rho)
    excess = np.maximum(goal**2 - rho**2, 0)
    slack = np.where(excess > 0, (1 - rho**2) ** 2 + rho**2 * excess, 1)
    return scalar(np.sqrt(excess / slack))


def _overlap_at(target_error, degree: int) -> np.ndarray:
    """Overlap with the truth at which the error is the target."""
    target = between("target_error", positive("target_error", target_error), 0, 2)
    return (1 - target / 2) ** (1 / degree)


def winning_time(m0, rho, degree, c=None):
    r"""Time from which on the student beats its supervisor, on the population.

    The truth is seen under the angle :math:`\varphi` from the supervisor, along the circle; the student
    is ahead once it is within :math:`2\varphi`:

    .. math:: \langle w, w_t\rangle > \cos 2\varphi, \qquad
        \tan\varphi = \frac{m_0 - \rho c}{\rho\sqrt{1 - c^2}}

    Ahead once, it stays ahead: its error rises towards the supervisor's from below.

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
        0 where the start is already ahead; ``nan`` where the student never wins
        (:math:`m_0 \le c\rho`, or the flow stands still behind the supervisor).

    Raises
    ------
    ValueError
        As for `flow`.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> from w2slib.warm_start import flow
    >>> t = winning_time(0.6, 0.8, 3)
    >>> flow(0.6, 0.8, 3, [t]).truth.round(9)
    array([0.8])
    >>> winning_time(0.0, 0.8, 3)
    nan
    """
    m0, rho, c = _triangle(m0, rho, c)
    degree = integer("degree", degree, 2)
    sideways = _sideways(m0, rho, c)
    ahead = m0 > rho
    chased = (sideways > 0) & (c > 0) & ~ahead
    start = np.where(chased, c, 0.5)
    level = (rho**2 - sideways**2) / np.where(chased, rho**2 + sideways**2, 1)
    level = np.where(chased, np.maximum(level, start), 0.5)
    wait = _clock(_logit(level), degree) - _clock(_logit(start), degree)
    return scalar(np.where(ahead, 0.0, np.where(chased, wait, np.nan)))
