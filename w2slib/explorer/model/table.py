"""Numbers on a grid, and how they are interpolated in between.

``static/field.js`` does the same in the browser; tests compare the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from .checks import check_name, check_range, fail

SCALES: dict[str, Callable[..., np.ndarray]] = {
    "linear": np.asarray,
    "log": np.log,
    "sqrt": np.sqrt,
}
INVERSES: dict[str, Callable[..., np.ndarray]] = {
    "linear": np.asarray,
    "log": np.exp,
    "sqrt": np.square,
}
MANTISSA_BITS = 16
"""Bits kept of every tabulated number: 8e-6 relative, and gzip halves what is left."""


@dataclass(frozen=True)
class Axis:
    """Nodes of a table along one coordinate.

    Parameters
    ----------
    of : str
        Name of the parameter, quantity or table whose value is the coordinate.
    low, high : float
        First and last node.  A coordinate outside is moved to the nearer of the two.
    n : int
        Number of nodes, evenly spaced in the transformed coordinate; at least 4, or at least 2
        for a linear axis.
    scale : {"log", "linear", "sqrt"}
        The transform.  ``"sqrt"`` makes a square-root threshold smooth: a function that starts
        like ``sqrt(v - low)`` is a straight line in it when ``low = 0``.
    linear : bool
        Interpolate linearly along this axis (for functions with kinks at the nodes) instead of
        with cubics.
    """

    of: str
    low: float
    high: float
    n: int
    scale: str = "linear"
    linear: bool = False

    def __post_init__(self) -> None:
        check_name("Axis.of", self.of)
        check_range(f"Axis of {self.of}", self.low, self.high, self.scale, tuple(SCALES))
        if self.n < self.width:
            fail(f"Axis of {self.of}: n", self.n, f"at least {self.width} nodes are needed")

    @property
    def width(self) -> int:
        """Number of nodes that one interpolated value uses."""
        return 2 if self.linear else 4

    @property
    def nodes(self) -> np.ndarray:
        """Values of the coordinate at the nodes, shape ``(n,)``."""
        low, high = (float(SCALES[self.scale](end)) for end in (self.low, self.high))
        nodes = INVERSES[self.scale](np.linspace(low, high, self.n))
        nodes[[0, -1]] = self.low, self.high
        return nodes

    def locate(self, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First node used at each `value`, and the weights of the `width` nodes from there.

        Cubics run through four neighbouring nodes, at the ends through the last four, so the
        error falls like the fourth power of the spacing everywhere.
        """
        low, high = (float(SCALES[self.scale](end)) for end in (self.low, self.high))
        inside = np.clip(value, self.low, self.high)
        position = (SCALES[self.scale](inside) - low) * ((self.n - 1) / (high - low))
        if self.linear:
            first = np.clip(np.floor(position).astype(int), 0, self.n - 2)
            s = position - first
            return first, np.stack([1 - s, s])
        first = np.clip(np.floor(position).astype(int) - 1, 0, self.n - 4)
        a = position - first
        b, c, d = a - 1, a - 2, a - 3
        return first, np.stack([-b * c * d / 6, a * c * d / 2, -a * b * d / 2, a * b * c / 6])


def round_mantissa(values: np.ndarray, bits: int = MANTISSA_BITS) -> np.ndarray:
    """Round `values` to `bits` significant bits and store them as float32 (see Table)."""
    mantissa, exponent = np.frexp(np.asarray(values, dtype=float))
    return np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers on a grid of one, two or three axes, interpolated in between.

    The values are rounded to 16 significant bits: the zero bits at the end cost nothing once
    the page is compressed.  :meth:`tabulate` computes the values from a function.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table.tabulate("sine", [Axis("t", 0, 3, 16)], np.sin)
    >>> round(float(table.look_up(1.234)), 3), round(float(np.sin(1.234)), 3)
    (0.944, 0.944)
    """

    name: str
    axes: Sequence[Axis]
    values: np.ndarray

    def __post_init__(self) -> None:
        check_name("Table.name", self.name)
        object.__setattr__(self, "axes", tuple(self.axes))
        if not 1 <= len(self.axes) <= 3:
            fail(f"Table {self.name}: number of axes", len(self.axes), "one to three")
        shape = tuple(axis.n for axis in self.axes)
        values = np.asarray(self.values, dtype=float)
        if values.shape != shape:
            fail(f"Table {self.name}: shape of values", values.shape, f"the axes say {shape}")
        if not np.all(np.isfinite(values)):
            fail(f"Table {self.name}: values", "NaN or inf", "every value must be finite")
        object.__setattr__(self, "values", round_mantissa(values))

    @classmethod
    def tabulate(
        cls, name: str, axes: Sequence[Axis], function: Callable[..., np.ndarray]
    ) -> Table:
        """Table of ``function(*coordinates)``, called once with broadcasting node arrays."""
        grids = np.meshgrid(*(axis.nodes for axis in axes), indexing="ij", sparse=True)
        values = np.broadcast_to(function(*grids), tuple(axis.n for axis in axes))
        return cls(name, tuple(axes), values)

    def look_up(self, *coordinates: float | np.ndarray) -> np.ndarray:
        """Interpolated values at `coordinates`, one array per axis, broadcast together."""
        arrays = np.broadcast_arrays(*(np.asarray(c, dtype=float) for c in coordinates))
        located = [axis.locate(array) for axis, array in zip(self.axes, arrays, strict=True)]
        total = np.zeros(arrays[0].shape)
        for corner in product(*(range(axis.width) for axis in self.axes)):
            pairs = list(zip(corner, located, strict=True))
            weight = math.prod(weights[k] for k, (_, weights) in pairs)
            total = total + weight * self.values[tuple(first + k for k, (first, _) in pairs)]
        return total
