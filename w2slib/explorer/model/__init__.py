"""What an explorer shows, in tables: parameters, tables over them, and sums of their products."""

from .field import Field, Quantity
from .parameter import Parameter, random_values
from .table import Axis, Table

__all__ = ["Axis", "Field", "Parameter", "Quantity", "Table", "random_values"]
