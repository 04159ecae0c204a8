"""Alias: the parts of `w2slib.explorer.model` under one name."""

from .model.field import Field, Quantity
from .model.parameter import Parameter
from .model.table import MANTISSA_BITS, SCALES, Axis, Table, round_mantissa

__all__ = [
    "MANTISSA_BITS",
    "SCALES",
    "Axis",
    "Field",
    "Parameter",
    "Quantity",
    "Table",
    "round_mantissa",
]
