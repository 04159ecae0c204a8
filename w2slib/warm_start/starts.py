"""What pre-training on spiked inputs finds, in the limit of large dimension."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from w2slib.core.portions import in_portions
from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import between, broadcastable, integer, positive, scalar
from w2slib.random_matrices import bbp_overlap

__all__ = ["initial_overlap", "oja_overlap", "oja_random_start"]


def initial_overlap(theta: ArrayLike, gamma: ArrayLike, alignment: ArrayLike = 1.0) -> Numbers:
    r"""Overlap with the truth of a spectral start.

    .. math:: m_0 = \alpha \sqrt{\frac{1 - \gamma/\theta^2}{1 + \gamma/\theta}}
        \ \text{ if } \theta > \sqrt\gamma, \quad 0 \text{ otherwise}

    Parameters
    ----------
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n_{\text{pre}} > 0` of pre-training.

    Notes
    -----
    Source: Baik, Ben Arous and Péché (2005), see `w2slib.random_matrices.bbp_overlap`; pre-training
    as a spectral start is [Blessing]'s model.

    Examples
    --------
    >>> initial_overlap([0.5, 2.0], 1.0, alignment=0.5).round(4)
    array([0.    , 0.3536])
    """
    overlap, alignment = bbp_overlap(theta, gamma), between("alignment", alignment, 0, 1)
    broadcastable(theta=theta, gamma=gamma, alignment=alignment)
    return scalar(alignment * overlap)


def oja_overlap(
    theta: ArrayLike, samples_per_dim: ArrayLike, step_size: ArrayLike, start: ArrayLike
) -> Numbers:
    r"""Overlap with the spike of Oja's rule on a stream of samples.

    Oja's rule with step :math:`\tau/d` moves the squared overlap :math:`q` along the logistic curve

    .. math:: \frac{dq}{ds} = a q - b q^2, \qquad a = \tau(2\theta - \tau), \quad
        b = \tau\theta(2 + \tau), \quad s = \frac{\text{samples}}{d},

    in the limit of large d: it leaves a random start :math:`q \approx 1/d` after
    :math:`s \approx \log(d)/a` and levels off at :math:`a/b`.

    Parameters
    ----------
    samples_per_dim : array_like
        Samples seen per dimension s, >= 0; ``inf`` is the level at the end.
    step_size : array_like
        :math:`\tau > 0`; Oja's rule learns only if :math:`\tau < 2\theta`.
    start : array_like
        Overlap (not squared) of the initial vector with the spike, in [-1, 1].

    Returns
    -------
    ndarray or float
        Absolute overlap.

    Examples
    --------
    >>> oja_overlap(2.0, [0.0, 2.0, float("inf")], 1.0, 0.1).round(3)
    array([0.1  , 0.668, 0.707])
    """
    theta = positive("theta", theta, allow_zero=True)
    s = positive("samples_per_dim", samples_per_dim, allow_zero=True, allow_inf=True)
    tau, start = positive("step_size", step_size), between("start", start, -1, 1)
    broadcastable(theta=theta, samples_per_dim=s, step_size=tau, start=start)
    return scalar(in_portions(_oja_overlap, theta, s, tau, start, bytes_each=200))


def _oja_overlap(theta: Array, s: Array, tau: Array, start: Array) -> Array:
    a, b = _rates(theta, tau)
    faded, shrunk = _decay(a, s)
    start = np.abs(start)
    return _level_off(start * np.where(a < 0, np.sqrt(faded), 1), start, a, b, faded, shrunk)


def _decay(a: Array, s: Array) -> tuple[Array, Array]:
    """e^{−|a|s} and (1 − e^{−|a|s})/|a|, without 0/0 or 0 ∞ at the critical step τ = 2θ."""
    critical = a == 0
    pace = np.where(critical, 1.0, np.abs(a))
    time = pace * np.where(critical, 0.0, s)
    return np.exp(-time), np.where(critical, s, -np.expm1(-time) / pace)


def _level_off(
    linear: Array, start: Array, a: Array, b: Array, faded: Array, shrunk: Array
) -> Array:
    """Divide what the linear law gives, up to e^{as/2} where that grows, by what b takes off."""
    grows = a >= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        brake = np.where(start > 0, b * start**2 * shrunk, 0.0)
        moved = linear / np.sqrt(np.where(grows, faded, 1.0) + brake)
        level = np.where(grows, 1 / np.sqrt(b * shrunk), np.inf)
    return np.where(start > 0, np.minimum(np.minimum(moved, level), 1), 0.0)


def _rates(theta: Array, tau: Array) -> tuple[Array, Array]:
    """A and b of the logistic curve."""
    with np.errstate(over="ignore", invalid="ignore"):
        a, b = tau * (2 * theta - tau), tau * theta * (2 + tau)
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        raise ValueError(
            f"theta up to {np.max(theta):g}, step_size up to {np.max(tau):g}; allowed: values whose "
            "products fit a double"
        )
    return a, b


def oja_random_start(
    theta: ArrayLike, samples_per_dim: ArrayLike, step_size: ArrayLike, dim: int
) -> Numbers:
    r"""Mean overlap with the spike of Oja's rule from a uniformly random start.

    While the overlap is small, the stream's own fluctuations add to it: it grows as if it had begun at
    :math:`z/\sqrt d` with a normal z of variance

    .. math:: 1 + \frac{\tau^2(1 + \theta)}{a}\,(1 - e^{-a s}), \qquad a = \tau(2\theta - \tau);

    the result is the mean of `oja_overlap` over 200 quantiles of z. Where the step is too large to learn,
    :math:`a < 0`, the start is forgotten and the fluctuations alone remain, with a variance
    :math:`(\tau^2(1 + \theta)/|a| + (1 - \tau^2(1 + \theta)/|a|)\,e^{-|a|s})/d`. Close to the critical step
    :math:`\tau = 2\theta`, after many samples, the truth lies above this formula.

    Parameters
    ----------
    samples_per_dim, step_size : array_like
        As for `oja_overlap`.

    Returns
    -------
    ndarray or float
        Mean absolute overlap.

    Examples
    --------
    >>> slow, fast = (oja_random_start(1.0, 6.0, 0.5, dim) for dim in (4000, 100))
    >>> slow < fast
    True
    """
    theta = positive("theta", theta, allow_zero=True)
    s = positive("samples_per_dim", samples_per_dim, allow_zero=True, allow_inf=True)
    tau, dim = positive("step_size", step_size), integer("dim", dim, 2)
    broadcastable(theta=theta, samples_per_dim=s, step_size=tau)
    return scalar(
        in_portions(
            lambda theta, s, tau: _oja_random_start(theta, s, tau, dim),
            theta, s, tau, bytes_each=100 * len(QUANTILES),
        )
    )  # fmt: skip


QUANTILES = ndtri((np.arange(200) + 0.5) / 200)
"""Quantiles of a standard normal variable."""


def _oja_random_start(theta: Array, s: Array, tau: Array, dim: int) -> Array:
    a, b = _rates(theta, tau)
    faded, shrunk = _decay(a, s)
    spread = np.sqrt((np.where(a < 0, faded, 1) + tau**2 * (1 + theta) * shrunk) / dim)
    starts = np.minimum(np.abs(QUANTILES) * spread[:, None], 1)
    a, b, faded, shrunk = (each[:, None] for each in (a, b, faded, shrunk))
    return _level_off(starts, starts, a, b, faded, shrunk).mean(axis=1)
