"""One sampled teacher, its students, and what the estimate without labels says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import ndtri

from w2slib.beyond._estimate import Spectrum
from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import positive

__all__ = ["SampledTeacher"]

DIM, RATIO, NOISE_VAR = 200, 0.5, 1.0


@dataclass(frozen=True, eq=False)
class SampledTeacher:
    """A data set, and ridge fits to it and to their answers, for every pair of penalties.

    Attributes
    ----------
    truth : ndarray, shape (d,)
        Target of length 1.
    spectrum, basis, moments : ndarray
        Eigenvalues and eigenvectors of the teacher's sample covariance, moments of its labels there.
    fresh, turned : ndarray
        The same of the student's inputs.
    """

    truth: Array
    spectrum: Array
    basis: Array
    moments: Array
    fresh: Array
    turned: Array

    @classmethod
    def of(cls, seed: int) -> Self:
        """Draw a data set with d = 200, ratios 1/2 and noise 1.

        Examples
        --------
        >>> case = SampledTeacher.of(1)
        >>> bool(case.true_gain(0.05, 0.3) > 0)
        True
        """
        rng, n = np.random.default_rng(seed), round(DIM / RATIO)
        truth = rng.standard_normal(DIM)
        truth /= np.linalg.norm(truth)
        X, Z = rng.standard_normal((2, n, DIM))
        labels = X @ truth + np.sqrt(NOISE_VAR) * rng.standard_normal(n)
        spectrum, basis = np.linalg.eigh(X.T @ X / n)
        fresh, turned = np.linalg.eigh(Z.T @ Z / n)
        return cls(truth, spectrum, basis, basis.T @ X.T @ labels / n, fresh, turned)

    def teacher(self, lam_t: ArrayLike) -> Array:
        """Coefficients, along a new last axis."""
        lam = positive("lam_t", lam_t)[..., None]
        return (self.moments / (self.spectrum + lam)) @ self.basis.T

    def teacher_error(self, lam_t: ArrayLike) -> Array:
        """Error of the teacher, which no estimate sees."""
        return ((self.teacher(lam_t) - self.truth) ** 2).sum(axis=-1)

    def true_gain(self, lam_t: ArrayLike, lam_s: ArrayLike) -> Array:
        """Error of the teacher minus that of its student, which no estimate sees either."""
        kept = self.fresh / (self.fresh + positive("lam_s", lam_s)[..., None])
        student = kept * (self.teacher(lam_t) @ self.turned)
        error = ((student - self.truth @ self.turned) ** 2).sum(axis=-1)
        return self.teacher_error(lam_t) - error

    def gain(self, lam_t: ArrayLike, lam_s: ArrayLike) -> Array:
        """Estimated gain: from the teacher's energy, its penalty, and the scale."""
        return self._estimate(lam_t, lam_s)[0]

    def half_width(self, lam_t: ArrayLike, lam_s: ArrayLike) -> Array:
        """Half of the estimate's 95 % interval."""
        return self._estimate(lam_t, lam_s)[1]

    def _estimate(self, lam_t: ArrayLike, lam_s: ArrayLike) -> tuple[Array, Array]:
        lam_t, lam_s = np.broadcast_arrays(positive("lam_t", lam_t), positive("lam_s", lam_s))
        law, found = Spectrum.of(RATIO), np.empty((2, *lam_t.shape))
        for teacher in np.unique(lam_t):
            q, here = float((self.teacher(teacher) ** 2).sum()), lam_t == teacher
            gain, spread = _first_order(q, law, float(teacher), lam_s[here])
            found[:, here] = gain, ndtri(0.975) * spread
        return found[0], found[1]


def _first_order(q: float, law: Spectrum, lam_t: float, lam_s: Array) -> tuple[Array, Array]:
    """Estimated gain with a known scale 1, and its standard deviation, to first order in 1/d."""
    t, s = law.kept(lam_t), law.kept(lam_s)
    p, a = law.mean(t), law.mean(t**2)
    of_overlap = 2 * (a - p**2) + max(q - float(a), 0.0)
    a1, a2, a3, a4 = (law.mean(s**k) for k in (1, 2, 3, 4))
    v11, v22, v12 = a2 - a1**2, a4 - a2**2, a3 - a1 * a2
    own = 2 * q**2 * v22 + 4 * v11 * (q + p**2) - 8 * q * p * v12
    variance = (4 * (1 - a1) ** 2 * of_overlap + np.maximum(own, 0)) / DIM
    return (1 - a2) * q - 2 * (1 - a1) * p, np.sqrt(variance)
