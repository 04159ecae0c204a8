"""Timing helpers and the row of the benchmark table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the number, and what the project asks for."""

    name: str
    value: float
    unit: str
    target: str


def seconds(call: Callable[[], object], repeats: int = 7, loops: int = 1) -> float:
    """Median time of one call over ``repeats`` batches of ``loops`` calls, after a warm-up."""
    call()
    batches = []
    for _ in range(repeats):
        start = perf_counter()
        for _ in range(loops):
            call()
        batches.append((perf_counter() - start) / loops)
    return float(np.median(batches))
