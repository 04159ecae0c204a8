"""Blocks of coordinates: how many, how penalised, how much of the target they carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2slib.core.blocks import shares
from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import between, integer, positive, real, single

__all__ = ["Blocks"]


@dataclass(frozen=True, eq=False)
class Blocks:
    r"""Coordinates in blocks: how many, how heavily penalised, how much of the target they carry.

    Instances are immutable.

    Parameters
    ----------
    fractions : array_like, shape (B,)
        Fraction :math:`\varphi_b \ge 0` of the coordinates in each block; they sum to 1. Zero stands
        for a spike: one coordinate among infinitely many.
    weights : array_like, shape (B,)
        Penalty weight :math:`g_b \ge 0` of each block; 0 leaves a block unpenalised.
    energies : array_like, shape (B,)
        Part :math:`e_b \ge 0` of the target's energy in each block; they sum to 1.

    Raises
    ------
    ValueError
        If a sum differs from 1 by more than 1e-9 (for single-precision numbers: by more than their
        rounding).

    Examples
    --------
    >>> blocks = Blocks(fractions=[0.2, 0.8], weights=[0.25, 4.0], energies=[0.5, 0.5])
    >>> blocks.bayes_weights
    array([0.4, 1.6])
    """

    fractions: Array
    weights: Array
    energies: Array

    def __post_init__(self) -> None:
        fractions, energies = shares("fractions", self.fractions), shares("energies", self.energies)
        weights = block_weights("weights", self.weights, len(fractions))
        if len(energies) != len(fractions):
            raise ValueError(
                f"energies has length {len(energies)}; allowed: one for each of the "
                f"{len(fractions)} fractions"
            )
        for name, value in (("fractions", fractions), ("weights", weights), ("energies", energies)):
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def spike(cls, zeta: float, relief: float) -> Blocks:
        r"""Rank-one model: one direction with energy ζ², whose penalty is relieved.

        .. math:: \Gamma = I - \kappa_\Gamma v v^\top, \qquad
            \langle\beta_\star, v\rangle^2 = \zeta^2

        Parameters
        ----------
        zeta : float
            Alignment ζ between target and direction, in [-1, 1].
        relief : float
            Relief :math:`\kappa_\Gamma \le 1`: 1 frees the direction, 0 is plain ridge, negative
            values penalise the direction more than the others.

        Returns
        -------
        Blocks
            The bulk first, then the spike.

        Notes
        -----
        Source: [Mechanisms], spiked regularization.

        Examples
        --------
        >>> Blocks.spike(0.6, 0.75).weights
        array([1.  , 0.25])
        """
        zeta = single("zeta", between("zeta", zeta, -1, 1))
        relief = single("relief", checked_relief(relief))
        return cls(
            np.array([1.0, 0.0]), np.array([1.0, 1 - relief]), np.array([1 - zeta**2, zeta**2])
        )

    @classmethod
    def power_law(
        cls, weight_exponent: float, energy_exponent: float, n_blocks: int = 40
    ) -> Blocks:
        r"""Penalty that rises and energy that falls as powers of the coordinate's rank.

        With rank :math:`u = i/d \in (0, 1)`: energy density :math:`\propto u^{-b}` and weight
        :math:`u^a`, cut into blocks of equal size and averaged within each.

        Parameters
        ----------
        weight_exponent : float
            Exponent a >= 0 of the penalty; 0 is plain ridge.
        energy_exponent : float
            Exponent b in [0, 1) of the target's energy; 0 spreads it evenly.
        n_blocks : int
            Number of blocks B.

        Examples
        --------
        >>> Blocks.power_law(1.0, 0.5, n_blocks=4).energies.round(3)
        array([0.5  , 0.207, 0.159, 0.134])
        """
        a = single("weight_exponent", positive("weight_exponent", weight_exponent, allow_zero=True))
        b = single("energy_exponent", between("energy_exponent", energy_exponent, 0, 0.999))
        edges = np.linspace(0, 1, integer("n_blocks", n_blocks) + 1)
        size = np.diff(edges)
        return cls(size, np.diff(edges ** (1 + a)) / size / (1 + a), np.diff(edges ** (1 - b)))

    @property
    def alignment(self) -> float:
        r"""How much less the penalty weighs on the target than on a random vector.

        .. math:: 1 - \frac{\sum_b g_b e_b}{\sum_b g_b \varphi_b}

        Positive for an aligned penalty, 0 for a neutral one such as plain ridge, negative for a
        misaligned one; :math:`\kappa_\Gamma \zeta^2` for a spike. With :math:`\gamma_s < 1`, every small
        enough penalty beats the *optimal plain* teacher if this is positive, and loses if it is
        negative (a larger one may still win with three blocks or more). Other teachers:
        `w2slib.weighted_ridge.badness`.

        Raises
        ------
        ValueError
            If every coordinate of positive fraction is unpenalised.
        """
        mean = float(self.weights @ self.fractions)
        if mean == 0:
            raise ValueError("weights = 0.0 on average; allowed: at least one block penalised")
        return 1 - float(self.weights @ self.energies) / mean

    @property
    def bayes_weights(self) -> Array:
        r"""Weights of the Bayes-optimal penalty, :math:`g_b = \varphi_b/e_b`.

        A target with independent normal coordinates of variance :math:`e_b/(\varphi_b d)` has
        weighted ridge with these weights and :math:`\lambda = \sigma^2\gamma` as its posterior mean.

        Raises
        ------
        ValueError
            If a block carries no energy.
        """
        if np.any(self.energies == 0):
            raise ValueError(
                "energies = 0.0 in a block; allowed: > 0, its Bayes weight is infinite"
            )
        return self.fractions / self.energies


# -------------------------------------------------------------------------- checks of input


def block_weights(name: str, value: ArrayLike, length: int) -> Array:
    """Return a new array of weights >= 0, one for each block.

    Examples
    --------
    >>> block_weights("weights", 2.0, 1)
    array([2.])
    """
    array = np.atleast_1d(positive(name, value, allow_zero=True))
    if array.shape != (length,):
        raise ValueError(
            f"{name} has shape {array.shape}; allowed: ({length},), a weight for each block"
        )
    return array


def checked_relief(value: ArrayLike) -> Array:
    """Return reliefs as an array: finite and at most 1.

    Examples
    --------
    >>> checked_relief(-2)
    array(-2.)
    """
    array = real("relief", value, "finite and <= 1")
    if np.any(array > 1):
        raise ValueError(f"relief = {float(array.max())}; allowed: finite and <= 1")
    return array


def checked_teacher_weights(value: ArrayLike | None, blocks: Blocks) -> Array:
    """Return the teacher's weights, plain ridge by default.

    Examples
    --------
    >>> checked_teacher_weights(None, Blocks.spike(0.5, 1.0))
    array([1., 1.])
    """
    if value is None:
        return np.ones(len(blocks.fractions))
    return block_weights("teacher_weights", value, len(blocks.fractions))
