"""Measures of success and their intervals; they live in `w2slib.core`."""

from w2slib.core.metrics import (
    binomial_interval,
    critical_deviation,
    performance_gap_recovered,
    recovered_gap,
    recovered_gap_of_means,
    recovered_with_error,
)

__all__ = [
    "binomial_interval",
    "critical_deviation",
    "performance_gap_recovered",
    "recovered_gap",
    "recovered_gap_of_means",
    "recovered_with_error",
]
