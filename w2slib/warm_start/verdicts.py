"""From where, from when and how far the student beats its supervisor: comparisons, no sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.core.portions import in_portions
from w2slib.core.results import Result, over
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import (
    between,
    broadcastable,
    integer,
    noise,
    positive,
    scalar,
    single,
)
from w2slib.warm_start._circle import logit, sideways, time_on_circle, travel
from w2slib.warm_start.bounds import ARC_BYTES, curvature, perturbation_at
from w2slib.warm_start.flows import error

__all__ = ["EffectiveRegion", "effective_region", "required_overlap", "winning_time"]

STARTS = np.arange(1, 1000) / 1000
"""Overlaps among which `effective_region` looks for the smallest that qualifies."""


@dataclass(frozen=True, eq=False, repr=False)
class EffectiveRegion(Result):
    """From where the student is guaranteed to approach the truth, and how far.

    All have the shape of ``rho``; all but ``rho`` are ``nan`` where there is no such region.

    Attributes
    ----------
    rho : ndarray or float
        Overlap of the supervisor with the truth.
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
    upper : ndarray or float
        Largest overlap of a start from which the guarantee holds. Better starts are too good: the
        supervisor's labels would lead them away from the truth.
    """

    rho: Numbers = over(...)
    overlap: Numbers = over(...)
    mu: Numbers = over(...)
    bias: Numbers = over(...)
    sampling: Numbers = over(...)
    radius: Numbers = over(...)
    error: Numbers = over(...)
    upper: Numbers = over(...)

    @property
    def epsilon(self) -> Numbers:
        """The whole perturbation ε."""
        return self.bias + self.sampling


def effective_region(
    degree: int,
    rho: ArrayLike,
    *,
    target_error: float | None = None,
    samples_per_dim: float = np.inf,
    noise_var: float = 0.0,
) -> EffectiveRegion:
    r"""Overlaps from which descent is guaranteed to reach a given error, or to approach the truth.

    A start with an independent error qualifies when the radius of contraction
    :math:`\varepsilon/\mu` (see `perturbation`) is below the distance at which the error is the target,

    .. math:: \frac{\varepsilon(m)}{\mu(m)} < \sqrt{2 - 2m_{\text{target}}}, \qquad
        m_{\text{target}} = (1 - L_{\text{target}}/2)^{1/k},

    or, without a target, below the start's own distance :math:`\sqrt{2 - 2m}`: then descent on the
    weak labels brings it closer to the truth. These starts form an *interval* that ends below
    :math:`\rho`: :math:`\varepsilon/\mu` is never below the supervisor's distance, so that a start
    that is closer than the supervisor cannot qualify.

    Parameters
    ----------
    target_error : float, optional
        Error to be reached, in (0, 2].

    Returns
    -------
    EffectiveRegion
        With the smallest and the largest qualifying m, on a grid from 0.001 to 0.999 in steps of 0.001.
        With a target, some starts between the two may fail.

    Notes
    -----
    The term is [Blessing]'s, the constants are not. The descent ends at the supervisor, so that this
    inequality cannot promise an error below the supervisor's. That the student passes closer to the
    truth on its way is a property of the circle: see `required_overlap`.

    Examples
    --------
    >>> region = effective_region(2, 0.9, target_error=0.5, samples_per_dim=2000)
    >>> bool(0 < region.overlap < 0.9 and region.error <= 0.5)
    True
    >>> effective_region(2, 0.9, target_error=0.3).overlap  # below the supervisor's error
    nan
    >>> region = effective_region(2, 0.9, samples_per_dim=200)
    >>> region.overlap, region.upper
    (0.248, 0.846)
    """
    rho, degree = between("rho", rho, 0, 1), integer("degree", degree, 2)
    ratio = single("samples_per_dim", positive("samples_per_dim", samples_per_dim, allow_inf=True))
    noise_var = single("noise_var", noise(noise_var))
    goal = STARTS if target_error is None else _overlap_at(target_error, degree)
    columns = in_portions(
        lambda rho: _edges(rho, np.sqrt(2 - 2 * goal), degree, ratio, noise_var),
        rho, bytes_each=len(STARTS) * ARC_BYTES, unit="supervisors",
    )  # fmt: skip
    return EffectiveRegion(scalar(rho), *map(scalar, columns))


def _edges(
    rho: Array, distance: Array, degree: int, ratio: float, noise_var: float
) -> tuple[Array, ...]:
    """Fields of `EffectiveRegion` but the first, for supervisors of shape (R,)."""
    m, teacher = np.broadcast_arrays(STARTS, rho[:, None])
    mu = np.asarray(curvature(STARTS, degree))
    bias, sampling = perturbation_at(
        m, teacher, np.full_like(m, ratio), np.full_like(m, noise_var), degree=degree
    )
    radius = (bias + sampling) / mu
    good = radius < distance
    at = (np.arange(len(rho)), np.argmax(good, axis=1))
    reached = error(np.maximum(1 - radius[at] ** 2 / 2, -1), degree)
    upper = STARTS[len(STARTS) - 1 - np.argmax(good[:, ::-1], axis=1)]
    fields = (m[at], mu[at[1]], bias[at], sampling[at], radius[at], reached, upper)
    return tuple(np.where(good.any(axis=1), each, np.nan) for each in fields)


def required_overlap(target_error: ArrayLike, rho: ArrayLike, degree: int) -> Numbers:
    r"""Overlap of the start that brings the student to a given error at the best stopping time.

    `best_overlap` solved for the start, with independent errors, on the population:

    .. math:: m_0^2 = \frac{M^2 - \rho^2}{(1 - \rho^2)^2 + \rho^2(M^2 - \rho^2)}, \qquad
        M = (1 - L_{\text{target}}/2)^{1/k}

    Parameters
    ----------
    target_error : array_like
        Error to be reached, in (0, 2].

    Returns
    -------
    ndarray or float
        In [0, 1]; 0 where the supervisor itself is good enough (any start that is not exactly
        orthogonal to the truth will do).

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
    excess = np.maximum(goal - rho, 0) * (goal + rho)
    slack = np.where(excess > 0, ((1 - rho) * (1 + rho)) ** 2 + rho**2 * excess, 1)
    return scalar(np.sqrt(excess / slack))


def _overlap_at(target_error: ArrayLike, degree: int) -> Array:
    """Overlap with the truth at which the error is the target."""
    target = between("target_error", positive("target_error", target_error), 0, 2)
    return (1 - target / 2) ** (1 / degree)


def winning_time(m0: ArrayLike, rho: ArrayLike, degree: int, c: ArrayLike | None = None) -> Numbers:
    r"""Time from which on the student beats its supervisor, on the population.

    On the circle, the point closest to the truth is at the angle :math:`\varphi` from the supervisor; the
    student is ahead once it is within :math:`2\varphi`:

    .. math:: \langle w, w_t\rangle > \cos 2\varphi, \qquad
        \tan\varphi = \frac{m_0 - \rho c}{\rho\sqrt{1 - c^2}}

    Ahead once, it stays ahead: its error rises towards the supervisor's from below.

    Returns
    -------
    ndarray or float
        0 where the start is already ahead; ``nan`` where the student never wins
        (:math:`m_0 \le c\rho`, or the flow stands still behind the supervisor).

    Raises
    ------
    ValueError
        Also where the time is finite, but too large for a double.

    Examples
    --------
    >>> from w2slib.warm_start import flow
    >>> t = winning_time(0.6, 0.8, 3)
    >>> flow(0.6, 0.8, 3, [t]).truth.round(9)
    array([0.8])
    >>> winning_time(0.0, 0.8, 3)
    nan
    """
    return time_on_circle(_winning_time, m0, rho, degree, c)


def _winning_time(m0: Array, rho: Array, c: Array, degree: int) -> Array:
    aside, ahead = sideways(m0, rho, c), m0 > rho
    chased = (aside > 0) & (c > 0) & ~ahead
    time = np.where(ahead, 0.0, np.nan)
    rho, aside, start = rho[chased], aside[chased], logit(c[chased])
    # cos 2φ/sin 2φ = (ρ² − aside²)/(2 ρ aside); at 2φ >= 90° the student is ahead all along.
    with np.errstate(divide="ignore"):
        lead = np.log(np.maximum(rho - aside, 0)) + np.log(rho + aside)
    time[chased] = travel(start, lead - np.log(2 * rho) - np.log(aside), degree)
    return time
