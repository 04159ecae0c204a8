"""Fields made of tables: what Python hands to the browser instead of a theory.

The browser side of an explorer knows no theory.  It evaluates **sums of products of tables**:
each table holds numbers that a chapter module computed on a small grid, each quantity adds up
products of tables, and a table may be looked up at the value of another quantity
(composition).  :class:`Field` is the description of such a computation, and
:meth:`Field.evaluate` is its reference implementation in numpy; ``static/field.js`` is the
same thing in JavaScript, and the tests compare the two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from .checks import check_name, fail
from .packing import BYTES, pack
from .parameter import Parameter
from .table import Table


@dataclass(frozen=True)
class Quantity:
    """A sum of products: ``terms = [(coefficient, factor, factor, …), …]``.

    A factor is the name of a parameter, a table or another quantity; repeat a name for a power,
    give none for a constant term.  ``Quantity("L_t", [(1,), (-2, "p"), (1, "q")])`` is
    1 − 2p + q.
    """

    name: str
    terms: Sequence[Sequence[Any]]

    def __post_init__(self) -> None:
        check_name("Quantity.name", self.name)
        terms = tuple(tuple(term) for term in self.terms)
        if not terms:
            fail(f"Quantity {self.name}: terms", terms, "at least one term is needed")
        for term in terms:
            if not term or not isinstance(term[0], Real) or not math.isfinite(term[0]):
                fail(f"Quantity {self.name}: term", term, "it must begin with a finite number")
            for factor in term[1:]:
                check_name(f"Quantity {self.name}: factor", factor)
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

    parameters: Sequence[Parameter]
    tables: Sequence[Table]
    quantities: Sequence[Quantity]
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
                fail("Field: name", name, "it is given to more than one entry")
        for role in ("difference", "student", "teacher"):
            if getattr(self, role) not in names:
                fail(f"Field.{role}", getattr(self, role), f"known names are {sorted(names)}")
        object.__setattr__(self, "order", self._sorted())
        self._check_coverage()

    def _entries(self) -> tuple[Parameter | Table | Quantity, ...]:
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
                fail(f"{name}: reference", missing, "no parameter, table or quantity has it")
        while remaining:
            ready = [name for name, needs in remaining.items() if needs <= set(done)]
            if not ready:
                fail(
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
                    fail(
                        f"Table {table.name}: range of axis {axis.of}",
                        (axis.low, axis.high),
                        f"the parameter goes from {low:g} to {high:g}",
                    )

    @property
    def nbytes(self) -> int:
        """Size of all tables as they are sent, in bytes, before compression."""
        return sum(BYTES * table.values.size for table in self.tables)

    @property
    def defaults(self) -> dict[str, float]:
        """Initial value of every parameter."""
        return {parameter.name: parameter.value for parameter in self.parameters}

    def parameter(self, name: str) -> Parameter:
        """The parameter called `name`; ValueError if there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        fail("parameter", name, f"known parameters are {', '.join(self.defaults)}")

    def check(self, settings: Mapping[str, float | np.ndarray]) -> None:
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
        entries: dict[str, Table | Quantity] = {table.name: table for table in self.tables}
        entries |= {quantity.name: quantity for quantity in self.quantities}
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
            fail("name", name, f"known names are {sorted(values.keys() | entries.keys())}")
        return values[name]

    def _closure(self, name: str) -> set[str]:
        """The name and everything that it is computed from."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self._needs(current))
        return found

    def payload(self) -> tuple[dict[str, Any], bytes]:
        """What the browser is sent: a JSON description, and all tables, packed."""
        tables, offset = [], 0
        for table in self.tables:
            tables.append({"name": table.name, "axes": list(map(vars, table.axes)), "at": offset})
            offset += table.values.size
        quantities = [
            {"name": q.name, "terms": [[term[0], list(term[1:])] for term in q.terms]}
            for q in self.quantities
        ]
        description = {
            "parameters": [
                vars(p) | {"title": p.title, "stops": p.stops.tolist()} for p in self.parameters
            ],
            "tables": tables,
            "quantities": quantities,
            "order": list(self.order),
            "difference": self.difference,
            "student": self.student,
            "teacher": self.teacher,
        }
        return description, pack(table.values for table in self.tables)
