r"""What a teacher's answers tell of its overlap, by drawing teachers that answer alike.

The noise in the labels is unknown, the scale perhaps too. Teachers are drawn for every share of signal in the
variance of the labels, :math:`\|\beta_\star\|^2/(\|\beta_\star\|^2 + \sigma^2)` uniform between 0 and 1, with
sampled inputs, a truth in a random direction and sampled noise. Those whose scale-free
measurements are nearly the observed ones say how p/q and the gains of students are distributed
(rejection with a linear adjustment; Beaumont, Zhang and Balding 2002). Nothing here is a limit of many
coordinates, and in that limit the averages are those of the formulas p = s E.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from w2slib.core.types import Array, ArrayLike

STUDENTS = np.geomspace(1e-3, 1e2, 241)
"""Penalties of the curve of gains."""

SHARES = (0.005, 0.995)
"""Range of the share of signal in the variance of the labels."""

SPECTRA = 100
"""Sampled spectra; the draws share them."""

SAMPLED_BELOW, NUMBERS = 65, 200_000
"""From this dimension, or from so many numbers in the inputs, the spectrum hardly fluctuates, and the
Marchenko–Pastur law stands for it."""

POOL = 3
"""So many times as many inputs as the teacher had stand for the distribution of its inputs."""

CELLS, DRAWS, ALIKE = 5_000_000, 20_000, 1000
"""Numbers of one array while drawing; teachers that are drawn at most; equally likely ones of those alike."""


class Undiagnosable(ValueError):  # noqa: N818 - reads as the answer that it is
    """What was asked cannot be known from these answers; the message says why and what still holds."""


# ----------------------------------------------------------------------------------- spectra


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

    def quantiles(self, dim: int) -> Array:
        """What the d eigenvalues are nearly."""
        zeros = max(1 - 1 / self.gamma, 0.0)
        share = zeros + np.cumsum(self.weights) * (1 - zeros) / self.weights.sum()
        at = (np.arange(dim) + 0.5) / dim
        return np.where(at < zeros, 0.0, np.interp(at, share, self.nodes))


def resampled(shape: tuple[int, ...], n: int) -> bool:
    """Do inputs of this shape stand for the distribution of n inputs? Else Gaussian ones do."""
    m, dim = shape
    return _fluctuates(dim, n) and m >= POOL * n


def _fluctuates(dim: int, n: int) -> bool:
    return dim < SAMPLED_BELOW and n * dim < NUMBERS


def student_spectra(inputs: Array, n: int) -> Array:
    """Eigenvalues for a student on n inputs, shape (K, d); one spectrum if these are all of them."""
    if n != len(inputs):
        return spectra_of(inputs, n)
    return np.linalg.eigvalsh(inputs.T @ inputs / n).clip(0)[None]


def spectra_of(inputs: Array, n: int) -> Array:
    """Eigenvalues of other samples of n inputs like these, shape (K, d)."""
    if not resampled(inputs.shape, n):
        return gaussian_spectra(inputs.shape[1], n)
    rng = np.random.default_rng(0)
    return _spectra(lambda: inputs[rng.choice(len(inputs), n, replace=False)], n)


@lru_cache(maxsize=16)
def gaussian_spectra(dim: int, n: int) -> Array:
    """Eigenvalues of samples of n Gaussian inputs, shape (K, d)."""
    if not _fluctuates(dim, n):
        return Spectrum.of(dim / n).quantiles(dim)[None]
    rng = np.random.default_rng(0)
    return _spectra(lambda: rng.standard_normal((n, dim)), n)


def _spectra(draw: Callable[[], Array], n: int) -> Array:
    samples = (draw() for _ in range(SPECTRA))
    return np.linalg.eigvalsh(np.stack([X.T @ X / n for X in samples])).clip(0)


# ---------------------------------------------------------------------------------- teachers


@dataclass(frozen=True, eq=False)
class Source:
    """How the scale can be known: from itself, from a second penalty or from a second teacher.

    Attributes
    ----------
    penalties : tuple of float
        Of the fits to the same data, one or two.
    n_t : int
        Samples of each teacher.
    spectra : ndarray, shape (K, d)
        Eigenvalues of such samples.
    scale : float or None
        The scale, if it is known.
    twin : bool
        Is there a second teacher on data of its own?
    """

    penalties: tuple[float, ...]
    n_t: int
    spectra: Array
    scale: float | None = None
    twin: bool = False

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.spectra.shape[1]

    def shape_of(self, measured: Array) -> Array:
        """What of energies and inner product does not depend on the unit of the labels, shape (k, ...)."""
        if self.twin:
            q, q_2, inner = measured
            return np.stack([np.log(q_2 / q), inner / np.sqrt(q * q_2)])
        return np.log(measured[0] / (measured[1] if self.scale is None else self.scale))[None]

    @property
    def drawn(self) -> tuple[Array, Array, Array]:
        """p/q, 1/q and scale-free measurements of teachers of a truth of length 1."""
        known, shape = self.scale is not None, self.spectra.shape
        return _drawn(self.penalties, self.n_t, known, self.twin, shape, self.spectra.tobytes())

    def draw(self) -> tuple[Array, Array, Array]:
        """The same, drawn anew."""
        rng = np.random.default_rng(1)
        draws = int(np.clip(CELLS // self.dim, ALIKE, DRAWS))
        share = rng.uniform(*SHARES, size=draws)
        noise = (1 - share) / share
        p, *measured = self._fits(noise, rng)
        q = measured[0]
        if self.twin:
            p_2, q_2 = self._fits(noise, rng)
            aside = np.sqrt(np.maximum(q - p**2, 0) * np.maximum(q_2 - p_2**2, 0))
            measured += [q_2, p * p_2 + aside * directions(draws, self.dim - 1, rng)[:, 0]]
        return p / q, 1 / q, self.shape_of(np.stack(measured))

    def _fits(self, noise: Array, rng: np.random.Generator) -> list[Array]:
        """Overlap and energies in the eigenbasis of the sampled inputs."""
        x = some(self.spectra, len(noise), rng)
        truth = directions(len(noise), self.dim, rng)
        sigma = np.sqrt(noise / self.n_t)[:, None]
        moments = x * truth + sigma * np.sqrt(x) * rng.standard_normal(truth.shape)
        fits = [moments / (x + lam) for lam in self.penalties]
        return [(fits[0] * truth).sum(axis=1), *((fit**2).sum(axis=1) for fit in fits)]


@lru_cache(maxsize=8)
def _drawn(
    penalties: tuple[float, ...], n_t: int, known: bool, twin: bool, shape: tuple[int, int], spectra: bytes
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Draws for this source, whatever its scale: diagnoses in a row ask for the same ones."""
    values = np.frombuffer(spectra).reshape(shape)
    return Source(penalties, n_t, values, 1.0 if known else None, twin).draw()


def directions(draws: int, dim: int, rng: np.random.Generator) -> Array:
    """Uniform unit vectors, shape (draws, dim)."""
    vectors: Array = rng.standard_normal((draws, dim))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def some(spectra: Array, draws: int, rng: np.random.Generator) -> Array:
    """A spectrum for every draw, or the one that all share."""
    return spectra if len(spectra) == 1 else spectra[rng.integers(len(spectra), size=draws)]


# ----------------------------------------------------------------------------- those alike


@dataclass(frozen=True, eq=False)
class Alike:
    """Teachers that answer like the observed one, as equally likely draws of shape (N,).

    Attributes
    ----------
    ratio : ndarray
        p/q.
    scale : ndarray
        Scale in units of the energy, ``‖β*‖²/q``; at least ``ratio**2``.
    """

    ratio: Array
    scale: Array

    @classmethod
    def to(cls, measured: Array, source: Source) -> Alike:
        """Draw teachers, and keep those alike.

        Raises
        ------
        Undiagnosable
            If no teacher answers like that.
        """
        ratio, scale, seen = source.drawn
        goal = source.shape_of(measured)
        _require_within(seen, goal, measured, source)
        return cls._kept(seen, goal, ratio, scale, np.random.default_rng(2))

    @classmethod
    def _kept(
        cls, seen: Array, goal: Array, ratio: Array, scale: Array, rng: np.random.Generator
    ) -> Alike:
        """The nearest ones, moved along the local slope to where the observed one is."""
        distance = _distance(seen, goal)
        near = np.argsort(distance)[: max(len(distance) // 20, 400)]
        weight = np.maximum(1 - (distance[near] / distance[near[-1]]) ** 2, 0)
        away = (seen[:, near] - goal[:, None]).T
        design = np.column_stack([np.ones(len(near)), away])
        root = np.sqrt(weight)[:, None]
        values = np.column_stack([ratio[near], np.log(scale[near])])
        slope = np.linalg.lstsq(root * design, root * values, rcond=None)[0]
        moved = values - away @ slope[1:]
        chosen = moved[rng.choice(len(near), size=ALIKE, p=weight / weight.sum())].T
        return cls(chosen[0], np.maximum(np.exp(chosen[1]), chosen[0] ** 2))


def _distance(seen: Array, goal: Array) -> Array:
    away = (seen - goal[:, None]) / seen.std(axis=1, keepdims=True)
    return np.sqrt((away**2).sum(axis=0))


def _require_within(seen: Array, goal: Array, measured: Array, source: Source) -> None:
    """Refuse a teacher that is not among the drawn ones."""
    low, high = seen.min(axis=1), seen.max(axis=1)
    slack = 0.02 * (high - low)
    if not np.all((goal >= low - slack) & (goal <= high + slack)):
        raise Undiagnosable(_contradiction(measured, source))


def _contradiction(measured: Array, source: Source) -> str:
    if source.scale is not None:
        said = f"energy {measured[0]:.4g} and scale = {source.scale:.4g}"
    elif source.twin:
        said = (
            f"energies {measured[0]:.4g} and {measured[1]:.4g} with inner product {measured[2]:.4g}"
        )
    else:
        said = f"energies {measured[0]:.4g} and {measured[1]:.4g}"
    return (
        f"the answers have {said}; allowed: values that a ridge teacher with this penalty and number of "
        "samples can have (one of these is not as given, or the teacher is no ridge; the energies hold, the "
        "overlap cannot be known)"
    )


# ------------------------------------------------------------------------------------- gains


@dataclass(frozen=True, eq=False)
class Gains:
    """Gains of students of teachers alike, in units of the energy, for all `STUDENTS`."""

    mean: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, alike: Alike, spectra: Array, confidence: float) -> Gains:
        """One student a teacher, on inputs with one of these spectra; ends of the interval for one."""
        rng, step = np.random.default_rng(3), 6
        kept = STUDENTS[:, None, None] / (spectra + STUDENTS[:, None, None])
        lost, squares = kept.mean(axis=(1, 2)), (kept**2).mean(axis=(1, 2))
        mean = 2 * lost - squares - 2 * lost * alike.ratio.mean()
        each = _gains(alike, spectra, STUDENTS[::step], rng) - mean[::step, None]
        tail = (1 - confidence) / 2
        at = np.log(STUDENTS)
        ends = [
            mean + np.interp(at, at[::step], end)
            for end in np.quantile(each, (tail, 1 - tail), axis=1)
        ]
        return cls(mean, *ends)


def _gains(alike: Alike, spectra: Array, lams: Array, rng: np.random.Generator) -> Array:
    """Gain of one student for each teacher and penalty, shape (L, N)."""
    draws, dim = len(alike.ratio), spectra.shape[1]
    own, aside = _frames(draws, dim)
    y = some(spectra, draws, rng)
    if len(y) == 1:
        lost = lams / (y[0][:, None] + lams)
        shares = (own @ lost).T, (own @ lost**2).T, (aside @ lost).T
    else:
        each = [_shares(own, aside, lam / (y + lam)) for lam in lams]
        shares = tuple(np.moveaxis(np.array(each), 1, 0))
    once, twice, across = shares
    away = np.sqrt(np.maximum(alike.scale - alike.ratio**2, 0))
    return 2 * once - twice - 2 * alike.ratio * once - 2 * away * across


@lru_cache(maxsize=4)
def _frames(draws: int, dim: int) -> tuple[Array, Array]:
    """Squares of a uniform unit vector, and its product with one that is orthogonal to it."""
    rng = np.random.default_rng(4)
    one, other = directions(draws, dim, rng), rng.standard_normal((draws, dim))
    other -= (one * other).sum(axis=1, keepdims=True) * one
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    return one**2, one * other


def _shares(own: Array, aside: Array, lost: Array) -> tuple[Array, Array, Array]:
    """Sums over an eigenbasis of what a student loses of its teacher."""
    return (lost * own).sum(axis=1), (lost**2 * own).sum(axis=1), (lost * aside).sum(axis=1)
