r"""Ridge regressions in a row, block by block: what labels tell, and what a fit makes of them.

A coordinate of block b keeps the part :math:`s_b = 1/(1 + \kappa g_b)` of what the labels say and gains noise
of variance :math:`s_b^2\omega^2/n`, with :math:`\omega^2 = (\nu^2 + \sum_b (1 - s_b)^2 q_b)/(1 - \gamma\sum_b
\varphi_b s_b^2)`: the Gaussian-sequence equivalent of the chapter on weighted ridge, written for moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import broadcastable, positive, refuse_divergence
from w2slib.random_matrices import effective_penalty
from w2slib.weighted_ridge import Blocks

__all__ = ["Labels", "blocks_of", "taught", "teacher_arguments"]

PLAIN = Blocks(np.ones(1), np.ones(1), np.ones(1))
"""Plain ridge, and a target whose energy is everywhere alike."""


@dataclass(frozen=True, eq=False)
class Labels:
    """What labels tell block by block: overlap with the truth, energy, and the noise in them."""

    overlap: Array
    energy: Array
    noise: Array | float

    def fit(self, lam: Array, gamma: Array, weights: Array, fractions: Array) -> Labels:
        """Ridge on these labels, as the labels that it gives in turn."""
        kappa = np.asarray(effective_penalty(lam, gamma, weights, fractions))
        s = 1 / (1 + kappa * _column(weights, kappa))
        phi = _column(fractions, kappa)
        misfit = ((1 - s) ** 2 * self.energy).sum(axis=0)
        spread = gamma * (self.noise + misfit) / (1 - gamma * (phi * s**2).sum(axis=0))
        return Labels(s * self.overlap, s**2 * (self.energy + phi * spread), 0.0)


def taught(
    lam: Array, gamma: Array, noise_var: Array, blocks: Blocks, weights: ArrayLike | None
) -> Labels:
    """Answers of a ridge teacher, plain by default, on a target with these blocks."""
    weights, energies = _weights(weights, blocks), _column(blocks.energies, lam)
    return Labels(energies, energies, noise_var).fit(lam, gamma, weights, blocks.fractions)


def blocks_of(value: object) -> Blocks:
    """Refuse anything that is no `Blocks`."""
    if not isinstance(value, Blocks):
        raise ValueError(f"blocks = {value!r}; allowed: an instance of Blocks")
    return value


def teacher_arguments(
    lam_t: ArrayLike, gamma_t: ArrayLike, noise_var: ArrayLike
) -> tuple[Array, Array, Array]:
    """Check a teacher's setting and give its parts one shape."""
    lam_t = positive("lam_t", lam_t, allow_zero=True)
    gamma_t = positive("gamma_t", gamma_t)
    noise_var = positive("noise_var", noise_var, allow_zero=True)
    broadcastable(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var)
    refuse_divergence(lam_t, gamma_t, noise_var)
    lam_t, gamma_t, noise_var = np.broadcast_arrays(lam_t, gamma_t, noise_var)
    return lam_t, gamma_t, noise_var


def _weights(value: ArrayLike | None, blocks: Blocks) -> Array:
    if value is None:
        return np.ones(len(blocks.fractions))
    weights = np.atleast_1d(positive("teacher_weights", value, allow_zero=True))
    if weights.shape != blocks.fractions.shape:
        raise ValueError(
            f"teacher_weights has shape {weights.shape}; allowed: {blocks.fractions.shape}, "
            "one for each block"
        )
    return weights


def _column(values: Array, like: Array) -> Array:
    return values.reshape((-1,) + (1,) * np.ndim(like))
