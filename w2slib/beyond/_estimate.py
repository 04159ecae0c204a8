"""Overlap, scale and gains from what answers tell, with the variance of one sampled teacher and student."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from w2slib.core.types import Array, ArrayLike

STUDENTS = np.geomspace(1e-3, 1e2, 241)
"""Penalties of the curve of gains."""


class Undiagnosable(ValueError):  # noqa: N818 - reads as the answer that it is
    """What was asked cannot be known from these answers; the message says why and what still holds."""


# ---------------------------------------------------------------------------------- setting


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Quadrature against the Marchenko–Pastur law of n isotropic samples in d dimensions."""

    gamma: float
    nodes: Array
    weights: Array

    @classmethod
    def of(cls, gamma: float, n_nodes: int = 2000) -> Spectrum:
        angle: Array = np.pi * np.arange(1, n_nodes + 1) / (n_nodes + 1)
        root = float(np.sqrt(gamma))
        x = (1 - root) ** 2 + 4 * root * np.sin(angle / 2) ** 2
        return cls(gamma, x, 2 * np.sin(angle) ** 2 / (x * (n_nodes + 1)))

    def mean(self, values: Array) -> Array:
        """Average of a function that vanishes at 0, over its last axis."""
        return values @ self.weights

    def kept(self, lam: ArrayLike) -> Array:
        """x/(x + λ) on the nodes, along a new last axis."""
        lam = np.asarray(lam, dtype=float)[..., None]
        return self.nodes / (self.nodes + lam)


@dataclass(frozen=True)
class Overlap:
    """Estimated overlap and scale, with the variance of (overlap − estimate)."""

    p: float
    scale: float
    variance: float


# --------------------------------------------------------------------------------- estimate


def known_scale(q: float, t: Array, law: Spectrum, scale: float, dim: int) -> Overlap:
    r"""Overlap from the scale: p = s E, up to fluctuations of the sampled inputs and noise."""
    s, a = law.mean(t), law.mean(t**2)
    noise = max(float(q - scale * a), 0.0)  # σ²γ E[t²/x], what the answers have beyond the signal
    variance = scale / dim * (2 * scale * (a - s**2) + noise)
    return Overlap(float(s * scale), scale, float(variance))


def two_penalties(
    q: tuple[float, float], t: tuple[Array, Array], law: Spectrum, dim: int
) -> Overlap:
    """Scale and noise from two linear equations q_j = E a_j + σ² b_j on the same data."""
    squares = np.stack([each**2 for each in t])
    a, b = law.mean(squares), law.gamma * law.mean(squares / law.nodes)
    matrix = np.stack([a, b], axis=1)
    scale, noise_var = np.linalg.solve(matrix, np.array(q))
    if scale <= 0:
        raise Undiagnosable(
            f"the two energies, {q[0]:.4g} and {q[1]:.4g}, give a negative scale; the energies hold, "
            "the overlap cannot be known: take penalties that differ more"
        )
    noise_var = max(noise_var, 0.0)
    covariance = _covariance(t[0], squares, law, scale, noise_var, dim)
    # p − s Ê as a combination of the fluctuations of (p, q₁, q₂).
    s = law.mean(t[0])
    direction = np.concatenate([[1.0], -s * np.linalg.inv(matrix)[0]])
    return Overlap(float(s * scale), float(scale), float(direction @ covariance @ direction))


def _covariance(
    t: Array, squares: Array, law: Spectrum, scale: float, noise_var: float, dim: int
) -> Array:
    """Covariance of the overlap of one fit and the energies of two, given the size of the problem."""
    forms = np.stack([t, *squares])  # ⟨β*, f(S) β*⟩
    signal = law.mean(forms[:, None] * forms) - np.outer(law.mean(forms), law.mean(forms))
    half = np.stack([t, *(2 * squares)])  # ⟨β*, g(S) noise⟩, g² = half²/x up to σ²γ
    cross = law.gamma * law.mean(half[:, None] * half / law.nodes)
    noise = np.zeros((3, 3))
    noise[1:, 1:] = law.gamma**2 * law.mean(squares[:, None] * squares / law.nodes**2)
    parts = 2 * scale**2 * signal + noise_var * scale * cross + 2 * noise_var**2 * noise
    return parts / dim


def two_teachers(
    q: tuple[float, float], inner: float, t: Array, law: Spectrum, dim: int
) -> Overlap:
    """Two teachers on disjoint data: their inner product is s² E."""
    s, a = law.mean(t), law.mean(t**2)
    if inner <= 0:
        raise Undiagnosable(
            f"the two teachers' answers have inner product {inner:.4g}; allowed: > 0 (their energies "
            "hold, the overlap cannot be known)"
        )
    scale, p = float(inner / s**2), float(inner / s)
    noise = max(float(0.5 * sum(q) - scale * a), 0.0)
    variance = ((a - s**2) * (q[0] * scale + p**2) + q[0] * noise) / (s**2 * dim)
    return Overlap(p, scale, float(variance))


# ----------------------------------------------------------------------------------- verdict


def gains(q: float, overlap: Overlap, law: Spectrum, lam: Array, dim: int) -> tuple[Array, Array]:
    """Gain of a student for every penalty, and the standard deviation of one student's."""
    return gains_of(q, overlap, _moments(law, lam), dim)


@lru_cache(maxsize=64)
def usual_moments(gamma: float) -> Array:
    """Averages for the students of the curve."""
    return _moments(Spectrum.of(gamma), STUDENTS)


def _moments(law: Spectrum, lam: Array) -> Array:
    """E t^k of the kept part t, for k from 1 to 4."""
    t = law.kept(lam)
    return np.stack([law.mean(t**k) for k in (1, 2, 3, 4)])


def gains_of(q: float, overlap: Overlap, moments: Array, dim: int) -> tuple[Array, Array]:
    """The same from the averages of the kept part."""
    p, scale = overlap.p, overlap.scale
    a1, a2, a3, a4 = moments
    gained = (1 - a2) * q - 2 * (1 - a1) * p
    v11, v22, v12 = a2 - a1**2, a4 - a2**2, a3 - a1 * a2
    own = (2 * q**2 * v22 + 4 * v11 * (q * scale + p**2) - 8 * q * p * v12) / dim
    return gained, np.sqrt(4 * (1 - a1) ** 2 * overlap.variance + np.maximum(own, 0))
