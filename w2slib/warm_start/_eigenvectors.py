"""Leading directions of sampled spiked inputs: from their covariance, and one sample at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from scipy.optimize import elementwise

from w2slib.core.portions import in_portions
from w2slib.core.types import Array
from w2slib.warm_start._inputs import spike_direction

__all__ = ["OJA_BLOCK", "SpikedCovariance", "oja"]

OJA_BLOCK = 32
"""Samples that Oja's rule takes in one go."""


def oja(w: Array, X: np.ndarray, rate: float) -> Array:
    """Oja's rule, one row of X after the other, normalised once per block.

    A step is linear in w up to its length. Within a block the coefficients aᵢ = ⟨wᵢ, xᵢ⟩ therefore solve
    the triangular system aᵢ = ⟨w, xᵢ⟩ + rate Σ_{j<i} ⟨xᵢ, xⱼ⟩ aⱼ, and w moves by rate Σᵢ aᵢ xᵢ.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(X), OJA_BLOCK):
            block = X[first : first + OJA_BLOCK].astype(float)
            # LAPACK takes only what is below the diagonal, and ones on it.
            along, _ = lapack.dtrtrs(-rate * (block @ block.T), block @ w, lower=1, unitdiag=1)
            w = w + rate * (along @ block)
            w /= np.sqrt(w @ w)
    if not np.all(np.isfinite(w)):
        raise ValueError(
            f"step_size = {rate * len(w):g}; allowed: steps whose products over {OJA_BLOCK} samples "
            "fit a double"
        )
    return w


@dataclass(frozen=True)
class SpikedCovariance:
    """Sample covariance of isotropic inputs, ready for a spike θ along the first coordinate.

    Only one row and one column depend on θ. The remaining block has eigenvalues ``mu`` and eigenvectors
    ``basis``; ``beta`` is the row in that basis and ``corner`` the entry that both share.
    """

    mu: Array
    basis: Array
    beta: Array
    corner: float

    @classmethod
    def of(cls, Z: Array) -> SpikedCovariance:
        S = Z.T @ Z / len(Z)
        mu, basis = np.linalg.eigh(S[1:, 1:])
        return cls(mu, basis, basis.T @ S[1:, 0], S[0, 0])

    def top(self, theta: Array, alignment: float) -> Array:
        """Top eigenvectors, shape (N, d), for strengths of shape (N,).

        Rotated so that the truth is the first coordinate and the spike has this overlap with it.
        """
        scale = 1 + theta
        weights = np.sqrt(scale)[:, None] * self.beta / (self._largest(scale)[:, None] - self.mu)
        w = np.column_stack([np.ones(len(theta)), weights @ self.basis.T])
        w /= np.linalg.norm(w, axis=1, keepdims=True)
        along, aside = spike_direction(alignment)
        w[:, :2] = w[:, :2] @ np.array([[along, aside], [aside, -along]])
        return w

    def overlaps(self, theta: Array, alignment: float) -> Array:
        """Overlaps of the top eigenvectors with the truth, shape (N,)."""
        return in_portions(
            lambda theta: self.top(theta, alignment)[:, 0],
            theta, bytes_each=200 * len(self.mu), unit=None,
        )  # fmt: skip

    def _largest(self, scale: Array) -> Array:
        """Largest eigenvalues: λ = (1 + θ)(corner + Σ βᵢ²/(λ − μᵢ)), solved above all μ."""
        edge = self.mu[-1]
        with np.errstate(over="ignore", invalid="ignore"):
            largest = elementwise.find_root(
                lambda x, t: x - t * (self.corner + self._pull(x)),
                (
                    np.full(len(scale), edge * (1 + 1e-12)),
                    edge + scale * (self.corner + np.linalg.norm(self.beta)),
                ),
                args=(scale,),
                tolerances={"xatol": 0, "fatol": 0},
            ).x
        if not np.all(np.isfinite(largest)):
            raise ValueError(
                f"theta = {np.max(scale):g}; allowed: spikes whose eigenvalue fits a double"
            )
        return largest

    def _pull(self, x: Array) -> Array:
        return (self.beta**2 / (x[..., None] - self.mu)).sum(axis=-1)
