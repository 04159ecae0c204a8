"""Timing helpers and the row of the benchmark table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the number, and the bound that it has to keep.

    A bound is a number, so that `make bench` can fail: exactly one of ``at_most`` and ``at_least``.
    """

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    def __post_init__(self):
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f"{self.name}: give at_most or at_least, one of them")

    def kept(self, slack: float = 1.0) -> bool:
        """Is the bound kept? ``slack`` widens bounds on times, which another machine may need."""
        slack = slack if self.unit in ("s", "ms") else 1.0
        if self.at_most is not None:
            return bool(self.value <= slack * self.at_most)
        return bool(self.value >= self.at_least / slack)

    @property
    def wanted(self) -> str:
        """The bound as the table shows it."""
        return f"<= {self.at_most:g}" if self.at_most is not None else f">= {self.at_least:g}"


def seconds(call: Callable[[], object], repeats: int = 7, loops: int = 1) -> float:
    """Least time of one call over ``repeats`` batches of ``loops`` calls, after a warm-up.

    The least, because whatever else the machine does can only add to it.
    """
    call()
    batches = []
    for _ in range(repeats):
        start = perf_counter()
        for _ in range(loops):
            call()
        batches.append((perf_counter() - start) / loops)
    return min(batches)
