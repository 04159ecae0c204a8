"""What the parts of a field have to satisfy, and the one way to say that they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NoReturn


def fail(what: str, value: object, allowed: str) -> NoReturn:
    """Raise ValueError naming what is wrong, its value and what is allowed."""
    raise ValueError(f"{what} = {value!r} is not allowed: {allowed}")


def check_name(what: str, name: str) -> None:
    """Raise ValueError unless `name` can be a keyword and the name of a widget's trait."""
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        fail(what, name, "it must be a Python identifier without a leading underscore")


def check_range(what: str, low: float, high: float, scale: str, scales: Sequence[str]) -> None:
    """Raise ValueError unless [low, high] is a range that the scale can show."""
    if scale not in scales:
        fail(f"{what}: scale", scale, f"it must be one of {', '.join(scales)}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        fail(f"{what}: (low, high)", (low, high), "both must be finite and low < high")
    if scale == "log" and low <= 0:
        fail(f"{what}: low", low, "a log scale needs low > 0")
    if scale == "sqrt" and low < 0:
        fail(f"{what}: low", low, "a sqrt scale needs low >= 0")
