"""Link functions of the single-index model, and the error of a direction on Gaussian inputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _hermite(z, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Normalised Hermite polynomial h_k and its derivative √k h_{k−1}, from one recurrence."""
    if degree == 0:
        return np.ones_like(z), np.zeros_like(z)
    before, here = np.ones_like(z), z
    for j in range(1, degree):
        before, here = (
            here,
            (z * here - np.sqrt(z.dtype.type(j)) * before) / np.sqrt(z.dtype.type(j + 1)),
        )
    return here, np.sqrt(z.dtype.type(degree)) * before


def _relu(z, degree: int) -> tuple[np.ndarray, np.ndarray]:
    root = np.sqrt(z.dtype.type(2))
    return root * np.maximum(z, 0), root * (z > 0)


LINKS: dict[str, Callable] = {"hermite": _hermite, "relu": _relu}
"""Links ``(z, degree) -> (value, derivative)`` with unit energy; ``relu`` is √2 max(z, 0)."""


def _expectation(function, m, nodes: int) -> np.ndarray:
    """E f(a, b) for standard normal a, b with correlation m, by a product quadrature."""
    z, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    m = np.asarray(m)[..., None, None]
    a, b = z[:, None], m * z[:, None] + np.sqrt((1 - m) * (1 + m)) * z
    return (weight[:, None] * weight * function(np.broadcast_to(a, b.shape), b)).sum(axis=(-2, -1))


def _gaussian_error(truth, along, *, spike, link: str, degree: int) -> np.ndarray:
    """E[g(a) − g(b)]² for a = ⟨w, x⟩, b = ⟨w*, x⟩, Gaussian with the covariance I + spike spikeᵀ."""
    on_truth = 0.0 if spike is None else spike[0]
    var_a, var_b = 1 + along**2, 1 + on_truth**2
    correlation = np.clip((truth + along * on_truth) / np.sqrt(var_a * var_b), -1, 1)
    if link == "relu":
        angle = np.arccos(correlation)
        kernel = (np.sqrt(1 - correlation**2) + correlation * (np.pi - angle)) / np.pi
        return var_a + var_b - 2 * np.sqrt(var_a * var_b) * kernel
    if spike is None:
        return 2 - 2 * correlation**degree
    scale_a, scale_b = np.sqrt(var_a)[..., None, None], np.sqrt(var_b)
    return _expectation(
        lambda a, b: (_hermite(scale_a * a, degree)[0] - _hermite(scale_b * b, degree)[0]) ** 2,
        correlation, nodes=degree + 1,
    )  # fmt: skip
