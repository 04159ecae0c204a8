"""What pre-training on spiked inputs finds, in the limit of large dimension."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from w2slib.random_matrices import bbp_overlap
from w2slib.validation import (
    between,
    broadcastable,
    integer,
    positive,
    scalar,
)


def initial_overlap(theta, gamma, alignment=1.0):
    r"""Overlap with the truth of a spectral start.

    .. math:: m_0 = \alpha \sqrt{\frac{1 - \gamma/\theta^2}{1 + \gamma/\theta}}
        \ \text{ if } \theta > \sqrt\gamma, \quad 0 \text{ otherwise}

    Parameters
    ----------
    theta : array_like
        Strength :math:`\theta \ge 0` of the spike in the unlabelled inputs.
    gamma : array_like
        Aspect ratio :math:`\gamma = d/n_{\text{pre}} > 0` of pre-training.
    alignment : array_like
        Overlap :math:`\alpha \in [0, 1]` of the spike with the truth.

    Returns
    -------
    ndarray or float
        Shape of the broadcast arguments, between 0 and 1.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

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


def oja_overlap(theta, samples_per_dim, step_size, start):
    r"""Overlap with the spike of Oja's rule on a stream of samples.

    Oja's rule with step :math:`\tau/d` moves the squared overlap :math:`q` along the logistic curve

    .. math:: \frac{dq}{ds} = a q - b q^2, \qquad a = \tau(2\theta - \tau), \quad
        b = \tau\theta(2 + \tau), \quad s = \frac{\text{samples}}{d},

    in the limit of large d: it leaves a random start :math:`q \approx 1/d` after
    :math:`s \approx \log(d)/a` and levels off at :math:`a/b`.

    Parameters
    ----------
    theta : array_like
        Strength of the spike, >= 0.
    samples_per_dim : array_like
        Samples seen per dimension s, >= 0.
    step_size : array_like
        :math:`\tau > 0`; Oja's rule learns only if :math:`\tau < 2\theta`.
    start : array_like
        Overlap (not squared) of the initial vector with the spike, in [-1, 1].

    Returns
    -------
    ndarray or float
        Absolute overlap, shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter.

    Examples
    --------
    >>> oja_overlap(2.0, [0.0, 2.0, 50.0], 1.0, 0.1).round(3)
    array([0.1  , 0.668, 0.707])
    """
    theta = positive("theta", theta, allow_zero=True)
    s = positive("samples_per_dim", samples_per_dim, allow_zero=True)
    tau, start = positive("step_size", step_size), between("start", start, -1, 1)
    broadcastable(theta=theta, samples_per_dim=s, step_size=tau, start=start)
    a, b = tau * (2 * theta - tau), tau * theta * (2 + tau)
    # (e^{as} − 1)/a without 0/0 at the critical step τ = 2θ, and without overflow for large a s.
    safe_a = np.where(a == 0, 1.0, a)
    shrunk = np.where(a == 0, s, -np.expm1(-np.abs(a) * s) / np.abs(safe_a))
    faded = np.exp(-np.abs(a) * s)
    q0 = start**2
    growing = q0 / (faded + b * q0 * shrunk)
    decaying = q0 * faded / (1 + b * q0 * shrunk)
    return scalar(np.sqrt(np.minimum(np.where(a >= 0, growing, decaying), 1)))


def oja_random_start(theta, samples_per_dim, step_size, dim: int):
    r"""Mean overlap with the spike of Oja's rule from a uniformly random start.

    While the overlap is small, the stream's own fluctuations add to it: it grows as if it had begun at
    :math:`z/\sqrt d` with a normal z of variance

    .. math:: 1 + \frac{\tau^2(1 + \theta)}{a}\,(1 - e^{-a s}), \qquad a = \tau(2\theta - \tau);

    the result is the mean of `oja_overlap` over z.

    Parameters
    ----------
    theta : array_like
        Strength of the spike, >= 0.
    samples_per_dim : array_like
        Samples seen per dimension s, >= 0.
    step_size : array_like
        :math:`\tau > 0`.
    dim : int
        Dimension d.

    Returns
    -------
    ndarray or float
        Mean absolute overlap, shape of the broadcast arguments.

    Raises
    ------
    ValueError
        If an argument is outside its range or the shapes do not broadcast.

    Notes
    -----
    Source: this book, derived in the chapter. The mean is over 200 quantiles of z.

    Examples
    --------
    >>> slow, fast = (oja_random_start(1.0, 6.0, 0.5, dim) for dim in (4000, 100))
    >>> slow < fast
    True
    """
    theta = positive("theta", theta, allow_zero=True)
    s = positive("samples_per_dim", samples_per_dim, allow_zero=True)
    tau, dim = positive("step_size", step_size), integer("dim", dim, 2)
    broadcastable(theta=theta, samples_per_dim=s, step_size=tau)
    a = tau * (2 * theta - tau)
    safe_a = np.where(a == 0, 1.0, a)
    duration = np.where(a == 0, s, -np.expm1(-safe_a * s) / safe_a)
    spread = np.sqrt((1 + tau**2 * (1 + theta) * duration) / dim)[..., None]
    z = ndtri((np.arange(200) + 0.5) / 200)
    starts = np.minimum(np.abs(z) * spread, 1)
    return scalar(oja_overlap(theta[..., None], s[..., None], tau[..., None], starts).mean(axis=-1))
