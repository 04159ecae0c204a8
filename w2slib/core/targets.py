r"""Targets of Mechanism III, and the students who learn them: shared by models and real networks.

A target is easy in one hidden direction and hard in another one; `w2slib.multi_index` has the theory,
`w2slib.networks` the networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.core.hermite import hermite_series
from w2slib.core.results import Estimate
from w2slib.core.types import Array, ArrayLike, Rng
from w2slib.core.validation import between, positive, real, single

__all__ = ["EXAMPLE", "MODES", "Target", "by_mode"]


@dataclass(frozen=True)
class Target:
    r"""Labels that mix an easy and a hard function, each of one hidden direction.

    .. math:: y = \sum_k c_k h_k(\langle u_e, x\rangle) + \sum_k e_k h_k(\langle u_h, x\rangle)
        + \sigma\varepsilon

    Attributes
    ----------
    easy : tuple of float
        Hermite coefficients :math:`c_k`, index = degree; ``easy[1] != 0``.
    hard : tuple of float
        Hermite coefficients :math:`e_k`, index = degree; ``hard[0] == hard[1] == 0``.
    noise_var : float
        Variance :math:`\sigma^2` of the label noise.

    Raises
    ------
    ValueError
        If a rule above is broken, or a double cannot hold the energies.

    Notes
    -----
    Source: [Mechanisms], nonlinear multi-index setting; the family of coefficients is this book's.

    Examples
    --------
    >>> target = Target(easy=(0, 0.8), hard=(0, 0, 0.6), noise_var=0.1)
    >>> round(target.easy_energy, 2), round(target.hard_energy, 2), round(target.label_energy, 2)
    (0.64, 0.36, 1.1)
    """

    easy: tuple[float, ...]
    hard: tuple[float, ...]
    noise_var: float = 0.0

    def __post_init__(self) -> None:
        for name in ("easy", "hard"):
            values = real(name, getattr(self, name))
            if values.ndim != 1 or len(values) < 2:
                raise ValueError(
                    f"{name} has shape {values.shape}; allowed: a sequence of at least 2 numbers"
                )
            object.__setattr__(self, name, tuple(values.tolist()))
        noise_var = single("noise_var", positive("noise_var", self.noise_var, allow_zero=True))
        object.__setattr__(self, "noise_var", noise_var)
        if self.easy[1] == 0:
            raise ValueError("easy[1] = 0.0; allowed: a number other than 0")
        if self.hard[0] != 0 or self.hard[1] != 0:
            raise ValueError(f"hard[:2] = {self.hard[:2]}; allowed: (0.0, 0.0)")
        if self.easy[1] * self.easy[1] == 0 or not np.isfinite(self.label_energy):
            raise ValueError(
                f"easy = {self.easy}, hard = {self.hard}; allowed: numbers whose squares, and their "
                "sum, a double can hold"
            )

    @property
    def easy_energy(self) -> float:
        """Σ c_k²."""
        return sum(c * c for c in self.easy)

    @property
    def hard_energy(self) -> float:
        """Σ e_k²."""
        return sum(e * e for e in self.hard)

    @property
    def label_energy(self) -> float:
        """E y² = Σ c_k² + Σ e_k² + σ²."""
        return self.easy_energy + self.hard_energy + self.noise_var

    @property
    def hard_share(self) -> float:
        """Part of the noiseless target's energy that is hard."""
        return self.hard_energy / (self.easy_energy + self.hard_energy)

    def with_hard_share(self, share: float) -> Target:
        """Target of the same total energy and the same shapes, with another share of it hard.

        Parameters
        ----------
        share : float
            Part of the energy that is hard, 0 <= share < 1 (> 0 needs some hard coefficient).

        Examples
        --------
        >>> round(Target((0, 1.0), (0, 0, 1.0)).with_hard_share(0.2).hard_energy, 12)
        0.4
        """
        share = single("share", between("share", share, 0, 1))
        if share == 1 or (share > 0 and self.hard_energy == 0):
            raise ValueError(
                f"share = {share} with hard energy {self.hard_energy:g}; allowed: 0 <= share < 1, "
                "and 0 for a target without hard component"
            )
        total = self.easy_energy + self.hard_energy
        easy = np.sqrt((1 - share) * total / self.easy_energy)
        hard = np.sqrt(share * total / self.hard_energy) if share else 0.0
        return Target(
            tuple(easy * c for c in self.easy), tuple(hard * e for e in self.hard), self.noise_var
        )

    def clean(self, easy_input: ArrayLike, hard_input: ArrayLike) -> Array:
        """Noiseless labels from the projections of x on u_e and u_h.

        Examples
        --------
        >>> Target((0, 2.0), (0, 0, 0.5)).clean(np.array([1.0]), np.array([1.0]))
        array([2.])
        """
        easy = hermite_series(self.easy, real("easy_input", easy_input))
        return easy + hermite_series(self.hard, real("hard_input", hard_input))

    def labels(self, easy_input: ArrayLike, hard_input: ArrayLike, rng: Rng) -> Array:
        """Labels with noise.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> Target((0, 2.0), (0, 0, 0.5), 0.1).labels(np.ones(3), np.ones(3), rng).shape
        (3,)
        """
        unit = np.random.default_rng(rng).standard_normal(np.shape(easy_input))
        return self.clean(easy_input, hard_input) + np.sqrt(self.noise_var) * unit


EXAMPLE = Target(easy=(0, 0.7, 0.3), hard=(0, 0, 0.65), noise_var=0.1)
"""The target of the chapter's figures: 42 % of its energy is hard, and of degree 2."""

MODES = ("scratch", "frozen", "full", "adapter", "ceiling")
"""The five students: never pre-trained; pre-trained and not fine-tuned; all read-outs fine-tuned;
pre-trained read-outs kept; all read-outs fine-tuned on true labels."""


def by_mode(estimate: Estimate) -> dict[str, Estimate]:
    """Split an estimate along its first axis, one entry for each of `MODES`.

    Examples
    --------
    >>> sorted(by_mode(Estimate(np.zeros((5, 2)), np.ones((5, 2)))))
    ['adapter', 'ceiling', 'frozen', 'full', 'scratch']
    """
    pairs = zip(estimate.mean, estimate.stderr, strict=True)
    return {mode: Estimate(*pair) for mode, pair in zip(MODES, pairs, strict=True)}
