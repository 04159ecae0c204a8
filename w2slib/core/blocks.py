"""Coordinates in blocks: fractions that sum to 1, and how a finite dimension is cut."""

from __future__ import annotations

import numpy as np

from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import MAX_RATIO_ERROR, positive


def shares(name: str, value: ArrayLike) -> Array:
    """Return numbers >= 0 that sum to 1, rounding removed, as a new 1-D array.

    Raises
    ------
    ValueError
        If an entry is negative or not finite, the array is not 1-D, or the sum is off by over 1e-9.

    Examples
    --------
    >>> shares("fractions", [0.25, 0.75])
    array([0.25, 0.75])
    """
    array = np.array(np.atleast_1d(positive(name, value, allow_zero=True)))
    if array.ndim != 1 or abs(array.sum() - 1) > 1e-9:
        raise ValueError(
            f"{name} of shape {array.shape} sum to {array.sum():g}; "
            "allowed: a 1-D array of numbers >= 0 that sum to 1"
        )
    return array / array.sum()


def block_sizes(fractions: Array, dim: int) -> np.ndarray:
    """Coordinates of each block: one for a spike (fraction 0), the rest by largest remainder.

    Raises
    ------
    ValueError
        If rounding changes a block's share by more than 5 %.

    Examples
    --------
    >>> block_sizes(np.array([1.0, 0.0]), 100), block_sizes(np.array([0.25, 0.75]), 41)
    (array([99,  1]), array([10, 31]))
    """
    spikes = fractions == 0
    exact = fractions * (dim - spikes.sum())
    counts = np.where(spikes, 1, np.floor(exact)).astype(int)
    largest = np.argsort(np.where(spikes, -1, exact - np.floor(exact)), kind="stable")[::-1]
    counts[largest[: dim - counts.sum()]] += 1
    off = np.abs(counts - exact) > MAX_RATIO_ERROR * exact
    if dim <= spikes.sum() or np.any(off & ~spikes):
        raise ValueError(
            f"dim = {dim} is too small for fractions = {fractions}; allowed: a dim that cuts into "
            f"blocks within {MAX_RATIO_ERROR:.0%} of these fractions"
        )
    return counts
