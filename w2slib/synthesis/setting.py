"""Fits as the target sees them, their accounts, and what a chain of fits starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from w2slib.core.blocks import shares
from w2slib.core.results import Result, over
from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import between, real

__all__ = ["FROZEN", "Account", "Fit", "Generation", "prior", "truth"]

FROZEN = 1e9
"""Penalty weight of a block that a model cannot change (or cannot see)."""


@dataclass(frozen=True, eq=False, repr=False)
class Account(Result):
    """Error of a fit minus error of its labels' source, per block, by cause; shape (B, ...).

    Attributes
    ----------
    denoised : ndarray
        Noise of the labels' source that the fit did not copy; <= 0.
    forgotten : ndarray
        Signal of the labels' source that the fit did not copy.
    brought : ndarray
        What the prior changes; negative where it knows something.
    added : ndarray
        Noise of the fit's own finite sample; >= 0.
    """

    denoised: Array = over("block", ...)
    forgotten: Array = over("block", ...)
    brought: Array = over("block", ...)
    added: Array = over("block", ...)

    @property
    def total(self) -> Array:
        """Sum of the four, per block."""
        return self.denoised + self.forgotten + self.brought + self.added


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Result):
    r"""A vector of coefficients as seen by the target: :math:`\hat\beta_b = k_b\beta_\star + \text{noise}`.

    Attributes
    ----------
    fractions, energies : ndarray, shape (B,)
        Fraction of the coordinates and part of the target's energy in each block.
    kept : ndarray, shape (B, ...)
        Coefficient :math:`k_b` of the target.
    noise : ndarray, shape (B, ...)
        Energy of the part that is independent of the target.
    misfit : ndarray, shape (...)
        Squared distance :math:`E\|\hat\beta - \beta\|^2` from what the labels said.
    account : Account or None
        What changed between the labels' source and this fit.
    """

    fractions: Array = over("block")
    energies: Array = over("block")
    kept: Array = over("block", ...)
    noise: Array = over("block", ...)
    misfit: Array = over(...)
    account: Account | None = over("block", ...)

    @property
    def error_by_block(self) -> Array:
        """Error in each block: signal that is missing plus noise, shape (B, ...)."""
        return column(self.energies, self.kept) * (1 - self.kept) ** 2 + self.noise

    @property
    def error(self) -> Array:
        """Excess test error, shape (...)."""
        return self.error_by_block.sum(axis=0)

    @property
    def overlap(self) -> Array:
        """Overlap p = ⟨β̂, β*⟩, shape (...)."""
        return (column(self.energies, self.kept) * self.kept).sum(axis=0)

    @property
    def energy(self) -> Array:
        """Squared length q = ‖β̂‖², shape (...)."""
        return (column(self.energies, self.kept) * self.kept**2 + self.noise).sum(axis=0)


@dataclass(frozen=True, eq=False)
class Generation:
    """One fit of a chain, for `simulate`: penalty, aspect ratio, weights, expressed part of a prior."""

    lam: float
    gamma: float
    weights: Sequence[float]
    expressed: Sequence[float] | None = None


def truth(fractions: ArrayLike, energies: ArrayLike) -> Fit:
    """Target itself, as the source of a teacher's labels.

    Parameters
    ----------
    fractions : array_like, shape (B,)
        Fraction of the coordinates in each block, >= 0, sum 1; 0 is a spike (one coordinate).
    energies : array_like, shape (B,)
        Part of the target's energy in each block, >= 0, sum 1.

    Returns
    -------
    Fit

    Examples
    --------
    >>> float(truth([0.5, 0.5], [0.9, 0.1]).error)
    0.0
    """
    fractions, energies = shares("fractions", fractions), shares("energies", energies)
    if len(fractions) != len(energies):
        raise ValueError(
            f"energies has length {len(energies)}; allowed: {len(fractions)}, one for each fraction"
        )
    return Fit(
        fractions, energies, np.ones(len(energies)), np.zeros(len(energies)), np.zeros(()), None
    )


def prior(fractions: ArrayLike, energies: ArrayLike, expressed: ArrayLike) -> Fit:
    r"""What pre-training left: the best use of features that express a part of each block.

    .. math:: \beta_0 = R_b\beta_\star + \text{noise of energy } e_b R_b (1 - R_b), \qquad
        \|\beta_0\|^2 = e_b R_b

    For a hard feature of degree k and a pre-trained direction with overlap ρ (Mechanism III),
    :math:`R = \rho^{2k}`.

    Parameters
    ----------
    fractions, energies : array_like, shape (B,)
        As in `truth`.
    expressed : array_like, shape (B,)
        Part :math:`R_b` of the block's energy that the features express, between 0 and 1.

    Returns
    -------
    Fit

    Examples
    --------
    >>> float(prior([0.5, 0.5], [0.6, 0.4], expressed=[0.0, 0.75]).error.round(12))
    0.7
    """
    target = truth(fractions, energies)
    expressed = per_block("expressed", between("expressed", expressed, 0, 1), target)
    noise = target.energies * expressed * (1 - expressed)
    return Fit(target.fractions, target.energies, expressed, noise, np.zeros(()), None)


# ----------------------------------------------------------------------------------- shapes


def per_block(name: str, value: ArrayLike, labels: Fit) -> Array:
    """Return an array with one number for each block of a fit.

    Examples
    --------
    >>> per_block("weights", [1.0, 2.0], truth([0.5, 0.5], [0.9, 0.1]))
    array([1., 2.])
    """
    array, expected = np.atleast_1d(real(name, value)), (len(labels.energies),)
    if array.shape != expected:
        raise ValueError(f"{name} has shape {array.shape}; allowed: {expected}, one for each block")
    return array


def column(values: Array, like: Array) -> Array:
    """One number for each block, with as many axes as another array that has the blocks first.

    Examples
    --------
    >>> column(np.ones(2), np.ones((2, 3, 4))).shape
    (2, 1, 1)
    """
    return values.reshape((-1,) + (1,) * (like.ndim - 1))
