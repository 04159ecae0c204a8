"""Tables as bytes that compress well: neighbours on a grid differ little, and their differences less."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

BYTES = 3
"""Bytes of a value: a float32 whose last eight bits are zero, see `round_mantissa`."""

_WRAP = (1 << 8 * BYTES) - 1


def pack(tables: Iterable[np.ndarray]) -> bytes:
    """Bytes of float32 arrays, one after another; ``static/packing.js`` unpacks them.

    The upper 24 bits of each value count as a whole number. Second differences along each array,
    taken modulo 2²⁴ and folded (0, −1, 1, −2 → 0, 1, 2, 3), are written as three planes: first all low
    bytes, then all middle, then all high ones. Exact, and a third of the size after compression.

    Examples
    --------
    >>> list(pack([np.array([1.0, 1.0, 1.0], np.float32)]))
    [0, 255, 0, 0, 255, 0, 127, 126, 0]
    """
    parts = [_folded_differences(table) for table in tables]
    words = np.concatenate(parts).astype("<u4")
    return words.view(np.uint8).reshape(-1, 4)[:, :BYTES].T.tobytes()


def _folded_differences(values: np.ndarray) -> np.ndarray:
    whole = np.ascontiguousarray(values, "<f4").view("<u4").ravel().astype(np.int64) >> 8
    twice = np.diff(whole, n=2, prepend=[0, 0]) & _WRAP
    signed = np.where(twice > _WRAP // 2, twice - _WRAP - 1, twice)
    return np.where(signed >= 0, 2 * signed, -2 * signed - 1)
