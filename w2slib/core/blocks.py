"""Coordinates in blocks: fractions that sum to 1, and how a finite dimension is cut."""

from __future__ import annotations

import numpy as np

from w2slib.core.types import Array, ArrayLike
from w2slib.core.validation import MAX_RATIO_ERROR, positive


def shares(name: str, value: ArrayLike) -> Array:
    """Return numbers >= 0 that sum to 1, rounding removed, as a new 1-D array.

    The sum may be off by 1e-9, or by four units in the last place of a coarser type: single-precision
    numbers that sum to 1 as well as they can are as good as any.

    Raises
    ------
    ValueError
        If an entry is negative or not finite, the array is not 1-D, or the sum is not 1.

    Examples
    --------
    >>> shares("fractions", [0.25, 0.75])
    array([0.25, 0.75])
    >>> shares("fractions", np.full(10, 0.1, dtype=np.float32)).sum().round(15)
    np.float64(1.0)
    >>> shares("fractions", [0.333333, 0.666666])
    Traceback (most recent call last):
    ...
    ValueError: fractions sum to 0.999999 (shape (2,)); allowed: a 1-D array of numbers >= 0 that sum
    to 1 (within 1e-09)
    """
    array = np.atleast_1d(positive(name, value, allow_zero=True))
    dtype = np.asarray(value).dtype
    slack = max(1e-9, 4 * float(np.finfo(dtype).eps)) if dtype.kind == "f" else 1e-9
    total = array.sum()
    if array.ndim != 1 or not abs(total - 1) <= slack:
        raise ValueError(
            f"{name} sum to {total:.12g} (shape {array.shape}); "
            f"allowed: a 1-D array of numbers >= 0 that sum to 1 (within {slack:.0e})"
        )
    return array / total


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
