"""Rows of unit length, and what a wide random layer computes with them."""

from __future__ import annotations

import numpy as np

from w2slib.core.types import Array


def unit_rows(matrix: Array) -> Array:
    """Rows divided by their lengths.

    Examples
    --------
    >>> unit_rows(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def arc_cosine(W: Array, V: Array) -> Array:
    r"""Arc-cosine kernel of degree 1 between rows of unit length.

    .. math:: E\,\max(\langle w, x\rangle, 0)\max(\langle v, x\rangle, 0)
        = \frac{\sin\varphi + (\pi - \varphi)\cos\varphi}{2\pi}, \quad \cos\varphi = \langle w, v\rangle

    Parameters
    ----------
    W, V : ndarray, shapes (m, d) and (k, d)
        Rows of unit length.

    Returns
    -------
    ndarray, shape (m, k)

    Notes
    -----
    Source: Cho and Saul (2009).

    Examples
    --------
    >>> arc_cosine(np.eye(2), np.eye(2)).round(3)
    array([[0.5  , 0.159],
           [0.159, 0.5  ]])
    """
    return rectified_product(np.clip(W @ V.T, -1, 1))


def rectified_product(correlation: Array) -> Array:
    r""":math:`E\,\max(a, 0)\max(b, 0)` for standard normal a, b with the given correlations.

    Examples
    --------
    >>> rectified_product(np.array([-1.0, 0.0, 1.0])).round(3)
    array([0.   , 0.159, 0.5  ])
    """
    angle = np.arccos(correlation)
    return (np.sqrt(1 - correlation**2) + (np.pi - angle) * correlation) / (2 * np.pi)
