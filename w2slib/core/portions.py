"""Large grids a portion at a time, so that temporaries stay small whatever the grid."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from w2slib.core.progress import progress

__all__ = ["PORTION_BYTES", "in_portions", "in_slabs", "portions"]

PORTION_BYTES = 2**26
"""Memory that the temporaries of one portion may take: 64 MiB."""


def portions(count: int, bytes_each: int) -> list[slice]:
    """Cut ``count`` things, of which each needs ``bytes_each``, into slices; at least one.

    Examples
    --------
    >>> portions(5, PORTION_BYTES // 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    >>> portions(0, PORTION_BYTES)
    [slice(0, 1, None)]
    """
    length = max(1, PORTION_BYTES // max(1, bytes_each))
    return [slice(start, start + length) for start in range(0, max(count, 1), length)]


def in_slabs(
    function: Callable[..., np.ndarray],
    *arrays: np.ndarray,
    bytes_each: float,
    unit: str | None = "points",
) -> np.ndarray:
    """Evaluate a function of broadcast arrays a slab at a time, along the longest axis.

    Unlike in `in_portions` the function sees arrays that still have to be broadcast, so that what it
    computes along one axis it computes once for each slab, not for each point.

    Parameters
    ----------
    function : callable
        Takes the arrays, all with the same number of axes, and returns one array of their common shape.
    arrays, bytes_each, unit
        As in `in_portions`.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> in_slabs(np.add, np.array([[1.0], [2.0]]), np.array([10.0, 20.0]), bytes_each=8)
    array([[11., 21.],
           [12., 22.]])
    """
    shape = np.broadcast_shapes(*(np.shape(array) for array in arrays))
    even = [np.reshape(a, (1,) * (len(shape) - np.ndim(a)) + np.shape(a)) for a in arrays]
    longest = max(shape, default=1)
    cuts = portions(longest, math.ceil(bytes_each * math.prod(shape) / max(longest, 1)))
    if len(cuts) == 1:
        return function(*even)
    axis, whole = shape.index(longest), np.empty(shape)
    for cut in cuts if unit is None else progress(cuts, len(cuts), f"portions of {unit}"):
        at = (slice(None),) * axis + (cut,)
        whole[at] = function(*(array[at] if array.shape[axis] > 1 else array for array in even))
    return whole


def in_portions(
    function: Callable[..., Any], *arrays: np.ndarray, bytes_each: int, unit: str | None = "points"
) -> Any:
    """Evaluate a function of broadcast arrays a portion at a time.

    Parameters
    ----------
    function : callable
        Takes as many 1-D arrays as there are ``arrays``, all of one length, and returns an array, or a
        tuple of arrays, with one entry for each point along the first axis.
    arrays : ndarray
        Arrays that broadcast together; they are not copied to their common shape.
    bytes_each : int
        Memory that the function needs for one point, roughly.
    unit : str or None
        What the progress bar counts portions of; None shows no bar.

    Returns
    -------
    ndarray or tuple of ndarray
        What the function returns, the common shape of the arrays in place of its first axis.

    Examples
    --------
    >>> in_portions(np.add, np.array([[1.0], [2.0]]), np.array([10.0, 20.0]), bytes_each=8)
    array([[11., 21.],
           [12., 22.]])
    """
    shape = np.broadcast_shapes(*(np.shape(array) for array in arrays))
    wide = [np.broadcast_to(array, shape).flat for array in arrays]
    cuts = portions(math.prod(shape), bytes_each)
    watched = cuts if unit is None else progress(cuts, len(cuts), f"portions of {unit}")
    results: tuple[np.ndarray, ...] | None = None
    for cut in watched:
        part = function(*(array[cut] for array in wide))
        parts = part if isinstance(part, tuple) else (part,)
        if results is None:
            size = math.prod(shape)
            results = tuple(np.empty((size, *each.shape[1:]), each.dtype) for each in parts)
        for whole, each in zip(results, parts, strict=True):
            whole[cut] = each
    assert results is not None
    shaped = tuple(whole.reshape((*shape, *whole.shape[1:])) for whole in results)
    return shaped if isinstance(part, tuple) else shaped[0]
