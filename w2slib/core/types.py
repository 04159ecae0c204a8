"""Names for the types that signatures repeat."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
"""Array of double-precision numbers."""

ArrayLike: TypeAlias = npt.ArrayLike
"""A number, a nested sequence of numbers or an array."""

Numbers: TypeAlias = "Array | float"
"""What a broadcasting function returns: a float for scalars, else an array."""

Rng: TypeAlias = np.random.Generator | int | None
"""Source of randomness, as `numpy.random.default_rng` takes it."""
