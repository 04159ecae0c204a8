"""Fields made of tables: what Python hands to the browser instead of a theory.

The browser side of an explorer knows no theory.  It evaluates **sums of products of tables**:
each table holds numbers that a chapter module computed on a small grid, each quantity adds up
products of tables, and a table may be looked up at the value of another quantity
(composition).  :class:`Field` is the description of such a computation, and
:meth:`Field.evaluate` is its reference implementation in numpy; ``static/field.js`` is the
same thing in JavaScript, and the browser tests compare the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

SCALES: dict[str, Callable] = {"linear": np.asarray, "log": np.log, "sqrt": np.sqrt}
MANTISSA_BITS = 16
"""Bits kept of every tabulated number: 8e-6 relative, and gzip halves what is left."""


def _fail(what: str, value: object, allowed: str) -> None:
    raise ValueError(f"{what} = {value!r} is not allowed: {allowed}")


def _check_name(what: str, name: str) -> None:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        _fail(what, name, "it must be a Python identifier without a leading underscore")


def _check_range(what: str, low: float, high: float, scale: str, scales: Sequence[str]) -> None:
    if scale not in scales:
        _fail(f"{what}: scale", scale, f"it must be one of {', '.join(scales)}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        _fail(f"{what}: (low, high)", (low, high), "both must be finite and low < high")
    if scale == "log" and low <= 0:
        _fail(f"{what}: low", low, "a log scale needs low > 0")
    if scale == "sqrt" and low < 0:
        _fail(f"{what}: low", low, "a sqrt scale needs low >= 0")


@dataclass(frozen=True)
class Parameter:
    """A number the reader sets with a slider.

    Parameters
    ----------
    name : str
        The symbol used in code, for instance ``"lam_t"``; keyword of :meth:`Field.evaluate`.
    label : str
        The symbol shown to readers, in Unicode (``"λₜ"``): slider labels do not typeset TeX.
    low, high, value : float
        Range and initial value, ``low <= value <= high``.
    scale : {"log", "linear"}
        Whether the slider, and an axis that shows this parameter, are logarithmic.
    step : float, optional
        Slider step: in decades on a log scale (default 0.02), in units of the parameter on a
        linear one (default a hundredth of the range).  The browser's sliders stop only at
        multiples of the step counted from `low`, so 0.5 is shown as 0.501 on a log scale from 0.1.
    description : str
        Two or three words put before the label ("teacher penalty").
    integer : bool
        Only whole numbers (linear scale; the step is at least 1).
    """

    name: str
    label: str
    low: float
    high: float
    value: float
    scale: str = "log"
    step: float | None = None
    description: str = ""
    integer: bool = False

    def __post_init__(self) -> None:
        _check_name("Parameter.name", self.name)
        what = f"Parameter {self.name}"
        _check_range(what, self.low, self.high, self.scale, ("log", "linear"))
        self.check(self.value)
        if self.step is None:
            coarse = 1.0 if self.integer else (self.high - self.low) / 100
            object.__setattr__(self, "step", 0.02 if self.scale == "log" else coarse)
        if not self.step > 0:
            _fail(f"{what}: step", self.step, "it must be positive")
        if self.integer and (self.scale != "linear" or self.step % 1):
            _fail(f"{what}: integer", True, "it needs a linear scale and a whole step")

    @property
    def title(self) -> str:
        """Description and label, as shown next to the slider and along an axis."""
        return f"{self.description} {self.label}".strip()

    def check(self, value: float | np.ndarray) -> None:
        """Raise ValueError unless every `value` lies in the range (up to rounding)."""
        values = np.asarray(value, dtype=float)
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        # `not (inside)` so that NaN counts as outside.
        outside = ~((values >= self.low - slack) & (values <= self.high + slack))
        if np.any(outside):
            worst = float(np.atleast_1d(values)[np.atleast_1d(outside)][0])
            _fail(self.name, worst, f"it must lie in [{self.low:g}, {self.high:g}]")


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
        _check_name("Axis.of", self.of)
        _check_range(f"Axis of {self.of}", self.low, self.high, self.scale, tuple(SCALES))
        if self.n < self.width:
            _fail(f"Axis of {self.of}: n", self.n, f"at least {self.width} nodes are needed")

    @property
    def width(self) -> int:
        """Number of nodes that one interpolated value uses."""
        return 2 if self.linear else 4

    @property
    def nodes(self) -> np.ndarray:
        """Values of the coordinate at the nodes, shape ``(n,)``."""
        ends = [float(SCALES[self.scale](end)) for end in (self.low, self.high)]
        inverse = {"linear": np.asarray, "log": np.exp, "sqrt": np.square}[self.scale]
        nodes = inverse(np.linspace(*ends, self.n))
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
    axes: tuple[Axis, ...]
    values: np.ndarray

    def __post_init__(self) -> None:
        _check_name("Table.name", self.name)
        object.__setattr__(self, "axes", tuple(self.axes))
        if not 1 <= len(self.axes) <= 3:
            _fail(f"Table {self.name}: number of axes", len(self.axes), "one to three")
        shape = tuple(axis.n for axis in self.axes)
        values = np.asarray(self.values, dtype=float)
        if values.shape != shape:
            _fail(f"Table {self.name}: shape of values", values.shape, f"the axes say {shape}")
        if not np.all(np.isfinite(values)):
            _fail(f"Table {self.name}: values", "NaN or inf", "every value must be finite")
        object.__setattr__(self, "values", round_mantissa(values))

    @classmethod
    def tabulate(cls, name: str, axes: Sequence[Axis], function: Callable) -> Table:
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


@dataclass(frozen=True)
class Quantity:
    """A sum of products: ``terms = [(coefficient, factor, factor, …), …]``.

    A factor is the name of a parameter, a table or another quantity; repeat a name for a power,
    give none for a constant term.  ``Quantity("L_t", [(1,), (-2, "p"), (1, "q")])`` is
    1 − 2p + q.
    """

    name: str
    terms: tuple[tuple, ...]

    def __post_init__(self) -> None:
        _check_name("Quantity.name", self.name)
        terms = tuple(tuple(term) for term in self.terms)
        if not terms:
            _fail(f"Quantity {self.name}: terms", terms, "at least one term is needed")
        for term in terms:
            if not term or isinstance(term[0], str) or not math.isfinite(term[0]):
                _fail(f"Quantity {self.name}: term", term, "it must begin with a finite number")
            for factor in term[1:]:
                _check_name(f"Quantity {self.name}: factor", factor)
        object.__setattr__(self, "terms", terms)


@dataclass(frozen=True, eq=False)
class Field:
    """Student's and teacher's error as functions of a few parameters, in tables.

    Parameters
    ----------
    parameters : sequence of Parameter
        What can be set.
    tables : sequence of Table
        What chapter modules computed.
    quantities : sequence of Quantity
        Sums of products of these.
    difference, student, teacher : str
        Names of L_s − L_t, L_s and L_t among the quantities and tables.  The difference is
        given on its own, not as L_s minus L_t, so that its sign is right where both are nearly
        equal.

    Raises
    ------
    ValueError
        If a name is used twice or missing, if definitions go round in a circle, or if a table
        that is looked up at a parameter does not cover the parameter's range.
    """

    parameters: tuple[Parameter, ...]
    tables: tuple[Table, ...]
    quantities: tuple[Quantity, ...]
    difference: str = "diff"
    student: str = "student"
    teacher: str = "teacher"
    order: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for attribute in ("parameters", "tables", "quantities"):
            object.__setattr__(self, attribute, tuple(getattr(self, attribute)))
        names = [entry.name for entry in self._entries()]
        for name in names:
            if names.count(name) > 1:
                _fail("Field: name", name, "it is given to more than one entry")
        for role in ("difference", "student", "teacher"):
            if getattr(self, role) not in names:
                _fail(f"Field.{role}", getattr(self, role), f"known names are {sorted(names)}")
        object.__setattr__(self, "order", self._sorted())
        self._check_coverage()

    def _entries(self) -> tuple:
        return (*self.parameters, *self.tables, *self.quantities)

    def _needs(self, name: str) -> set[str]:
        entry = {entry.name: entry for entry in self._entries()}.get(name)
        if isinstance(entry, Table):
            return {axis.of for axis in entry.axes}
        if isinstance(entry, Quantity):
            return {factor for term in entry.terms for factor in term[1:]}
        return set()

    def _sorted(self) -> tuple[str, ...]:
        """Names of tables and quantities, each after everything that it is computed from."""
        parameters = {parameter.name for parameter in self.parameters}
        remaining = {entry.name: self._needs(entry.name) for entry in self._entries()}
        done: list[str] = []
        for name, needs in remaining.items():
            for missing in needs - set(remaining):
                _fail(f"{name}: reference", missing, "no parameter, table or quantity has it")
        while remaining:
            ready = [name for name, needs in remaining.items() if needs <= set(done)]
            if not ready:
                _fail(
                    "Field: definitions", sorted(remaining), "they refer to each other in a circle"
                )
            for name in ready:
                done.append(name)
                del remaining[name]
        return tuple(name for name in done if name not in parameters)

    def _check_coverage(self) -> None:
        ranges = {parameter.name: (parameter.low, parameter.high) for parameter in self.parameters}
        for table in self.tables:
            for axis in table.axes:
                low, high = ranges.get(axis.of, (axis.low, axis.high))
                slack = 1e-9 * abs(high)
                if axis.low > low + slack or axis.high < high - slack:
                    _fail(
                        f"Table {table.name}: range of axis {axis.of}",
                        (axis.low, axis.high),
                        f"the parameter goes from {low:g} to {high:g}",
                    )

    @property
    def nbytes(self) -> int:
        """Size of all tables as they are sent, in bytes, before compression."""
        return sum(table.values.nbytes for table in self.tables)

    @property
    def defaults(self) -> dict[str, float]:
        """Initial value of every parameter."""
        return {parameter.name: parameter.value for parameter in self.parameters}

    def parameter(self, name: str) -> Parameter:
        """The parameter called `name`; ValueError if there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        return _fail("parameter", name, f"known parameters are {', '.join(self.defaults)}")

    def check(self, settings: dict[str, float | np.ndarray]) -> None:
        """Raise ValueError unless `settings` names known parameters at values in range."""
        for name, value in settings.items():
            self.parameter(name).check(value)

    def evaluate(self, name: str, **settings: float | np.ndarray) -> np.ndarray:
        """Value of the table or quantity `name`, exactly as the browser computes it.

        Parameters
        ----------
        name : str
            A table, quantity or parameter.
        **settings : float or array
            Values of parameters, broadcast together; those left out keep their initial value.

        Raises
        ------
        ValueError
            For an unknown name, and for a value outside the parameter's range.
        """
        self.check(settings)
        arrays = {key: np.asarray(value, dtype=float) for key, value in settings.items()}
        values = {key: np.asarray(value, float) for key, value in self.defaults.items()} | arrays
        entries = {entry.name: entry for entry in (*self.tables, *self.quantities)}
        wanted = self._closure(name)
        for key in self.order:
            if key not in wanted:
                continue
            entry = entries[key]
            if isinstance(entry, Table):
                values[key] = entry.look_up(*(values[axis.of] for axis in entry.axes))
            else:
                factors = ([values[f] for f in term[1:]] for term in entry.terms)
                terms = zip(entry.terms, factors, strict=True)
                values[key] = np.asarray(sum(term[0] * math.prod(f) for term, f in terms))
        if name not in values:
            _fail("name", name, f"known names are {sorted(values.keys() | entries.keys())}")
        return values[name]

    def _closure(self, name: str) -> set[str]:
        """The name and everything that it is computed from."""
        found, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self._needs(current))
        return found

    def payload(self) -> tuple[dict, bytes]:
        """What the browser is sent: a JSON description, and all tables as float32 bytes."""
        tables, offset = [], 0
        for table in self.tables:
            tables.append({"name": table.name, "axes": list(map(vars, table.axes)), "at": offset})
            offset += table.values.size
        quantities = [
            {"name": q.name, "terms": [[term[0], list(term[1:])] for term in q.terms]}
            for q in self.quantities
        ]
        description = {
            "parameters": [vars(p) | {"title": p.title} for p in self.parameters],
            "tables": tables,
            "quantities": quantities,
            "order": list(self.order),
            "difference": self.difference,
            "student": self.student,
            "teacher": self.teacher,
        }
        blob = b"".join(table.values.astype("<f4").tobytes() for table in self.tables)
        return description, blob
