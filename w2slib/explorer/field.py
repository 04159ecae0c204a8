"""Alias: the module itself is `w2slib.explorer.model.field`."""

from .model.field import (
    MANTISSA_BITS,
    SCALES,
    Axis,
    Field,
    Parameter,
    Quantity,
    Table,
    round_mantissa,
)

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
