r"""Normalised probabilists' Hermite polynomials, from one three-term recurrence.

.. math:: \sqrt{k + 1}\,h_{k+1}(x) = x\,h_k(x) - \sqrt{k}\,h_{k-1}(x), \qquad
    h_k'(x) = \sqrt{k}\,h_{k-1}(x)

The recurrence keeps the precision of its argument: single in, single out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from w2slib.core.types import Array, ArrayLike, Numbers
from w2slib.core.validation import integer, real, scalar


def hermite(degree: int, x: ArrayLike) -> Numbers:
    r"""Normalised probabilists' Hermite polynomial.

    .. math:: h_k(x) = \frac{\mathrm{He}_k(x)}{\sqrt{k!}}, \qquad
        E\,h_j(z) h_k(z) = \delta_{jk} \text{ for } z \sim N(0, 1)

    Parameters
    ----------
    degree : int
        Degree :math:`k \ge 0`.
    x : array_like
        Where to evaluate.

    Returns
    -------
    ndarray or float
        Shape of ``x``.

    Raises
    ------
    ValueError
        If ``degree`` is not a non-negative integer, ``x`` is not finite, or the value is too large
        for a double.

    Examples
    --------
    >>> hermite(3, [1.0, 2.0]).round(6)
    array([-0.816497,  0.816497])
    """
    degree, x = integer("degree", degree, minimum=0), real("x", x)
    with np.errstate(over="ignore", invalid="ignore"):
        value = next(islice(_polynomials(x), degree, None))
    if not np.all(np.isfinite(value)):
        worst = float(np.max(np.abs(x)))
        raise ValueError(f"degree = {degree} at x = {worst:g}; allowed: where h_k fits a double")
    return scalar(value)


def hermite_features(z: np.ndarray, count: int) -> np.ndarray:
    r""":math:`h_0, \dots, h_{count-1}` at every entry of ``z``, along a new last axis.

    Examples
    --------
    >>> hermite_features(np.array([2.0]), 3).round(6)
    array([[1.      , 2.      , 2.12132]])
    """
    return np.stack(list(islice(_polynomials(z), count)), axis=-1)


def hermite_series(coefficients: Sequence[float] | np.ndarray, z: Array) -> Array:
    r"""Function with these Hermite coefficients, :math:`\sum_k c_k h_k(z)`.

    Raises
    ------
    ValueError
        If a value is too large for a double.

    Examples
    --------
    >>> hermite_series((1.0, 0.0, 2.0), np.array([1.0, 2.0])).round(6)
    array([1.      , 5.242641])
    """
    total = np.zeros(np.shape(z))
    with np.errstate(over="ignore", invalid="ignore"):
        for c, polynomial in zip(coefficients, _polynomials(z), strict=False):
            if c:
                total = total + c * polynomial
    if not np.all(np.isfinite(total)):
        degree, worst = len(coefficients) - 1, float(np.max(np.abs(z)))
        raise ValueError(f"degree = {degree} at x = {worst:g}; allowed: where h_k fits a double")
    return total


def hermite_and_slope(z: Any, degree: int) -> tuple[Any, Any]:
    """:math:`h_k` and its derivative, in the precision of ``z``.

    Examples
    --------
    >>> hermite_and_slope(np.float64(1.0), 2)
    (np.float64(0.0), np.float64(1.4142135623730951))
    """
    if degree == 0:
        return np.ones_like(z), np.zeros_like(z)
    before, here = islice(_polynomials(z), degree - 1, degree + 1)
    return here, np.sqrt(z.dtype.type(degree)) * before


def _polynomials(z: np.ndarray) -> Iterator[np.ndarray]:
    """h_0(z), h_1(z), … without end."""
    number = z.dtype.type
    before, here, k = np.ones_like(z), z, 1
    yield before
    while True:
        yield here
        before, here = here, (z * here - np.sqrt(number(k)) * before) / np.sqrt(number(k + 1))
        k += 1
