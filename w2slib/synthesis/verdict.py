"""What an estimated direction has to know for relief along it to pay."""

from __future__ import annotations

import numpy as np

from w2slib.core.types import ArrayLike, Numbers
from w2slib.core.validation import answer, between, broadcastable, positive, scalar, unwarned

__all__ = ["required_direction_overlap", "required_spike"]


def required_direction_overlap(zeta: ArrayLike, critical: ArrayLike) -> Numbers:
    r"""Overlap of an estimated direction above which relief along it pays.

    Relief along an estimate :math:`\hat v` with :math:`\langle\hat v, v\rangle = m_0` acts as relief along
    a true direction of alignment :math:`\zeta m_0`: the other blocks of a rank-one penalty are alike, so
    that only the energy :math:`\langle\beta_\star, \hat v\rangle^2 \to \zeta^2 m_0^2` matters. Hence

    .. math:: m_0 > \frac{\zeta_c}{\zeta}

    with the critical alignment of Mechanism II.

    Parameters
    ----------
    zeta : array_like
        Alignment of target and true direction, in (0, 1].
    critical : array_like
        Critical alignment :math:`\zeta_c \ge 0`, infinity included.

    Returns
    -------
    ndarray or float
        0 where no overlap is needed, ``nan`` where even :math:`m_0 = 1` is not enough.

    Examples
    --------
    >>> required_direction_overlap(0.8, [0.0, 0.4, 0.9])
    array([0. , 0.5, nan])
    """
    zeta = positive("zeta", between("zeta", zeta, 0, 1))
    critical = positive("critical", critical, allow_zero=True, allow_inf=True)
    broadcastable(zeta=zeta, critical=critical)
    return scalar(np.where(critical < zeta, np.minimum(critical, 1) / zeta, np.nan))


@unwarned
def required_spike(overlap: ArrayLike, gamma: ArrayLike) -> Numbers:
    r"""Spike strength at which the top eigenvector reaches a given overlap: the BBP curve inverted.

    .. math:: \theta = \frac{t\gamma + \sqrt{t^2\gamma^2 + 4(1 - t)\gamma}}{2(1 - t)}, \qquad t = m_0^2

    Parameters
    ----------
    overlap : array_like
        Overlap :math:`m_0`, in [0, 1).
    gamma : array_like
        Aspect ratio :math:`d/n_{\text{pre}}` of pre-training.

    Returns
    -------
    ndarray or float
        At least the threshold :math:`\sqrt\gamma`.

    Notes
    -----
    Source: this book, from the formula of Baik, Ben Arous and Péché.

    Examples
    --------
    >>> required_spike([0.0, 0.5**0.5], 1.0)
    array([1., 2.])
    """
    overlap, gamma = between("overlap", overlap, 0, 1), positive("gamma", gamma)
    broadcastable(overlap=overlap, gamma=gamma)
    if np.any(overlap == 1):
        raise ValueError("overlap = 1.0; allowed: below 1 (1 needs an infinite spike)")
    t, rest = overlap**2, (1 - overlap) * (1 + overlap)
    theta = (t * gamma + np.hypot(t * gamma, 2 * np.sqrt(rest) * np.sqrt(gamma))) / (2 * rest)
    return answer("the spike", theta, overlap=overlap, gamma=gamma)
