"""Link functions of the single-index model, and the error of a direction on Gaussian inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import comb

from w2slib.core.hermite import hermite_and_slope
from w2slib.core.kernels import rectified_product
from w2slib.core.types import Array

__all__ = ["LINKS", "Link", "gaussian_error", "relu_and_slope"]

Link = Callable[[Any, int], tuple[Any, Any]]


def relu_and_slope(z: Any, degree: int) -> tuple[Any, Any]:
    """√2 max(z, 0) and its derivative, in the precision of z; the degree is ignored."""
    root = np.sqrt(z.dtype.type(2))
    return root * np.maximum(z, 0), root * (z > 0)


LINKS: dict[str, Link] = {"hermite": hermite_and_slope, "relu": relu_and_slope}


def gaussian_error(
    truth: Array, along: Array, *, spike: Array | None, link: str, degree: int
) -> Array:
    """E[g(a) − g(b)]² for a = ⟨w, x⟩, b = ⟨w*, x⟩, Gaussian with the covariance I + spike spikeᵀ."""
    on_truth: Array = np.zeros(()) if spike is None else spike[0]
    var_a, var_b = 1 + along**2, 1 + on_truth**2
    correlation = np.clip((truth + along * on_truth) / np.sqrt(var_a * var_b), -1, 1)
    if link == "relu":
        return var_a + var_b - 4 * np.sqrt(var_a * var_b) * rectified_product(correlation)
    if spike is None:
        return 2 - 2 * correlation**degree
    cov = correlation * np.sqrt(var_a * var_b)
    own, target = _product(var_a, var_a, var_a, degree), _product(var_b, var_b, var_b, degree)
    return own + target - 2 * _product(var_a, var_b, cov, degree)


def _product(var_a: Array, var_b: Array, cov: Array, degree: int) -> Array:
    """E h_k(u) h_k(v) for Gaussian u, v with these variances and this covariance."""
    wide = (var_a - 1) * (var_b - 1) / 4
    return sum(
        comb(degree, 2 * j) * comb(2 * j, j) * wide**j * cov ** (degree - 2 * j)
        for j in range(degree // 2 + 1)
    )
