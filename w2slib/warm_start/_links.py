"""Link functions of the single-index model, and the error of a direction on Gaussian inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from w2slib.core.hermite import hermite_and_slope
from w2slib.core.kernels import rectified_product
from w2slib.core.types import Array

Link = Callable[[Any, int], tuple[Any, Any]]


def relu_and_slope(z: Any, degree: int) -> tuple[Any, Any]:
    """√2 max(z, 0) and its derivative, in the precision of z; the degree is ignored."""
    root = np.sqrt(z.dtype.type(2))
    return root * np.maximum(z, 0), root * (z > 0)


LINKS: dict[str, Link] = {"hermite": hermite_and_slope, "relu": relu_and_slope}
"""Links ``(z, degree) -> (value, derivative)`` with unit energy; ``relu`` is √2 max(z, 0)."""


def gaussian_error(
    truth: Array, along: Array, *, spike: Array | None, link: str, degree: int
) -> Array:
    """E[g(a) − g(b)]² for a = ⟨w, x⟩, b = ⟨w*, x⟩, Gaussian with the covariance I + spike spikeᵀ."""
    on_truth = 0.0 if spike is None else spike[0]
    var_a, var_b = 1 + along**2, 1 + on_truth**2
    correlation = np.clip((truth + along * on_truth) / np.sqrt(var_a * var_b), -1, 1)
    if link == "relu":
        return var_a + var_b - 4 * np.sqrt(var_a * var_b) * rectified_product(correlation)
    if spike is None:
        return 2 - 2 * correlation**degree
    return _quadratic_miss(correlation, np.sqrt(var_a), np.sqrt(var_b), degree)


def _quadratic_miss(m: Array, scale_a: Array, scale_b: float, degree: int) -> Array:
    """E[h(scale_a a) − h(scale_b b)]² for standard normal a, b with E ab = m, by exact quadrature."""
    z, weight = np.polynomial.hermite_e.hermegauss(degree + 1)
    weight = weight / weight.sum()
    m, scale_a = m[..., None, None], scale_a[..., None, None]
    a, b = z[:, None], m * z[:, None] + np.sqrt((1 - m) * (1 + m)) * z
    miss = hermite_and_slope(scale_a * a, degree)[0] - hermite_and_slope(scale_b * b, degree)[0]
    return (weight[:, None] * weight * miss**2).sum(axis=(-2, -1))
