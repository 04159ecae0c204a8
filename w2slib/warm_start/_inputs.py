"""Sampled inputs: their distributions, and the spike that pre-training looks for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import between, choice, positive, real, sample_size, single

__all__ = [
    "INPUTS",
    "MAX_SPIKE",
    "Inputs",
    "Sampler",
    "given_spike",
    "sample",
    "sample_count",
    "spike_direction",
    "spike_vector",
]

Inputs = npt.NDArray[np.float32]
Sampler = Callable[[np.random.Generator, int, int], Inputs]


def _gaussian(rng: np.random.Generator, n: int, dim: int) -> Inputs:
    return rng.standard_normal((n, dim), np.float32)


def _student(rng: np.random.Generator, n: int, dim: int) -> Inputs:
    """Multivariate t with 10 degrees of freedom: Gaussian with a random length."""
    radius = np.sqrt(8 / rng.chisquare(10, (n, 1)))
    return _gaussian(rng, n, dim) * radius.astype(np.float32)


def _sign(rng: np.random.Generator, n: int, dim: int) -> Inputs:
    """Independent signs in a random basis, so that the truth is no special direction."""
    signs = rng.integers(0, 2, (n, dim)).astype(np.float32) * 2 - 1
    basis, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    return signs @ basis.astype(np.float32)


def _mixture(rng: np.random.Generator, n: int, dim: int) -> Inputs:
    """Two clusters at ±2 along a direction at 45° to the truth; mean zero, covariance I."""
    X = _gaussian(rng, n, dim)
    axis = np.zeros(dim, np.float32)
    axis[:2] = np.sqrt(0.5)
    along = X @ axis
    clustered = (along + rng.choice(np.array([-2, 2], np.float32), n)) / np.float32(np.sqrt(5))
    return X + (clustered - along)[:, None] * axis


INPUTS: dict[str, Sampler] = {
    "gaussian": _gaussian,
    "student": _student,
    "sign": _sign,
    "mixture": _mixture,
}

MAX_SPIKE = 1e60
"""Largest spike whose inputs certainly fit single precision."""


def spike_direction(alignment: ArrayLike) -> Array:
    """First two coordinates of the spike's direction; the others are zero."""
    along = single("alignment", between("alignment", alignment, 0, 1))
    return np.array([along, np.sqrt(1 - along**2)])


def spike_vector(theta: ArrayLike, alignment: ArrayLike, dim: int) -> Array:
    """√θ v: inputs with this spike have covariance I + θ v vᵀ."""
    strength = single("theta", positive("theta", theta, allow_zero=True))
    spike = np.zeros(dim)
    spike[:2] = np.sqrt(strength) * spike_direction(alignment)
    return spike


def given_spike(spike: ArrayLike | None, dim: int) -> Array | None:
    """Validate a spike as `fine_tune` takes it."""
    if spike is None:
        return None
    vector = real("spike", spike)
    if vector.shape != (dim,):
        raise ValueError(f"spike has shape {vector.shape}; allowed: ({dim},), that of a start")
    return vector


def sample(inputs: str, n: int, dim: int, spike: Array | None, rng: np.random.Generator) -> Inputs:
    """Draw n inputs, shape (n, d), in single precision."""
    X = INPUTS[choice("inputs", inputs, INPUTS)](rng, n, dim)
    theta = 0.0 if spike is None else float(spike @ spike)
    if theta > MAX_SPIKE:
        raise ValueError(f"theta = {theta:g}; allowed: up to {MAX_SPIKE:g} in a simulation")
    if spike is not None and theta > 0:
        # (I + c spike spikeᵀ)² = I + spike spikeᵀ
        stretch = (np.sqrt(1 + theta) - 1) / theta * spike
        X += np.outer(X @ stretch.astype(np.float32), spike.astype(np.float32))
    return X


def sample_count(samples_per_dim: ArrayLike, dim: int) -> int:
    """Return the number of samples."""
    ratio = single("samples_per_dim", positive("samples_per_dim", samples_per_dim))
    return sample_size("1 / samples_per_dim", 1 / ratio, dim)
