"""Sampled inputs: their distributions, and the spike that pre-training looks for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from w2slib.validation import (
    between,
    positive,
    real,
    sample_size,
    single,
)


def _gaussian(rng, n: int, dim: int) -> np.ndarray:
    return rng.standard_normal((n, dim), np.float32)


def _student(rng, n: int, dim: int) -> np.ndarray:
    """Multivariate t with 10 degrees of freedom: Gaussian with a random length."""
    radius = np.sqrt(8 / rng.chisquare(10, (n, 1)))
    return _gaussian(rng, n, dim) * radius.astype(np.float32)


def _sign(rng, n: int, dim: int) -> np.ndarray:
    """Independent signs in a random basis, so that the truth is no special direction."""
    signs = rng.integers(0, 2, (n, dim)).astype(np.float32) * 2 - 1
    basis, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    return signs @ basis.astype(np.float32)


def _mixture(rng, n: int, dim: int) -> np.ndarray:
    """Two clusters at ±2 along a direction at 45° to the truth; mean zero, covariance I."""
    X = _gaussian(rng, n, dim)
    axis = np.zeros(dim, np.float32)
    axis[:2] = np.sqrt(0.5)
    along = X @ axis
    clustered = (along + rng.choice(np.float32([-2, 2]), n)) / np.float32(np.sqrt(5))
    return X + (clustered - along)[:, None] * axis


INPUTS: dict[str, Callable] = {
    "gaussian": _gaussian,
    "student": _student,
    "sign": _sign,
    "mixture": _mixture,
}
"""Distributions of the inputs, all with mean zero and covariance I (before the spike)."""


def _direction(alignment) -> np.ndarray:
    """First two coordinates of the spike's direction; the others are zero."""
    alignment = single("alignment", between("alignment", alignment, 0, 1))
    return np.array([alignment, np.sqrt(1 - alignment**2)])


def _spike(theta, alignment, dim: int) -> np.ndarray:
    theta = single("theta", positive("theta", theta, allow_zero=True))
    spike = np.zeros(dim)
    spike[:2] = np.sqrt(theta) * _direction(alignment)
    return spike


def _spike_vector(spike, dim: int) -> np.ndarray:
    spike = real("spike", spike)
    if spike.shape != (dim,):
        raise ValueError(f"spike has shape {spike.shape}; allowed: ({dim},), that of a start")
    return spike


def _sample(inputs: str, n: int, dim: int, spike, rng) -> np.ndarray:
    """Draw n inputs, shape (n, d), in single precision."""
    X = _choice("inputs", inputs, INPUTS)(rng, n, dim)
    theta = 0.0 if spike is None else float(spike @ spike)
    if theta > 0:
        # (I + c spike spikeᵀ)² = I + spike spikeᵀ
        stretch = (np.sqrt(1 + theta) - 1) / theta * spike
        X += np.outer(X @ stretch.astype(np.float32), spike.astype(np.float32))
    return X


def _choice(name: str, value, table: dict):
    if value not in table:
        raise ValueError(f"{name} = {value!r}; allowed: {', '.join(map(repr, table))}")
    return table[value]


def _count(samples_per_dim, dim: int) -> int:
    ratio = single("samples_per_dim", positive("samples_per_dim", samples_per_dim))
    return sample_size("1 / samples_per_dim", 1 / ratio, dim)
