"""A field that has every kind of table, axis and composition, whether a chapter uses it or not."""

from __future__ import annotations

import numpy as np

from w2slib.explorer import Axis, Field, Parameter, Quantity, Table


def composed_field() -> Field:
    """Tables of one, two and three axes, looked up at parameters, tables and quantities."""
    parameters = [
        Parameter("a", "α", 0.1, 10, 1),
        Parameter("b", "β", 0, 1, 0.5, scale="linear", step=0.01),
        Parameter("c", "γ", 0.5, 2, 1),
        Parameter("n", "n", 1, 6, 3, scale="linear", integer=True),
    ]
    a, b, c = Axis("a", 0.1, 10, 20, "log"), Axis("b", 0, 1, 12), Axis("c", 0.5, 2, 9, "log")
    tables = [
        Table.tabulate("ta", [a], lambda a: 1 / (1 + a)),
        Table.tabulate("tc", [c], lambda c: c**2),
        Table.tabulate("tab", [a, b], lambda a, b: np.cos(b + a / 5)),
        Table.tabulate("tac", [c, a], lambda c, a: a / (a + c)),
        Table.tabulate("tall", [a, b, c], lambda a, b, c: np.exp(-b * c) / (1 + a)),
        Table.tabulate("tz", [Axis("z", 0, 2, 16)], np.tanh),
        Table.tabulate("tzbc", [Axis("z", 0, 2, 10), b, c], lambda z, b, c: z * b + c),
        Table.tabulate("troot", [Axis("gap", 0, 1, 12, "sqrt")], np.sqrt),
        Table.tabulate("tn", [Axis("n", 1, 6, 6, linear=True)], lambda n: n**2),
        Table.tabulate("tt", [Axis("tac", 0, 1, 12)], lambda t: t**2),
    ]
    quantities = [
        Quantity("z", [(1, "ta", "b"), (0.5, "tc", "b", "b")]),
        Quantity("gap", [(1, "b"), (-1, "ta")]),
        Quantity("student", [(1, "teacher"), (1, "diff")]),
        Quantity("teacher", [(3,), (0.1, "tn"), (1, "tc")]),
        Quantity(
            "diff",
            [
                (1, "tz"),
                (-0.7,),
                (1, "tab", "troot"),
                (-1, "tall", "tzbc", "b"),
                (0.2, "tt", "c"),
                (0.1, "tn", "ta", "b"),
                (-0.05, "n"),
            ],
        ),
        Quantity("edge", [(0.5,), (4, "tc", "b")]),
    ]
    return Field(parameters, tables, quantities)
