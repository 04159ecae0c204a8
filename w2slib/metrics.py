"""Measures of success; they live in `w2slib.core`."""

from w2slib.core.metrics import performance_gap_recovered, recovered_with_error

__all__ = ["performance_gap_recovered", "recovered_with_error"]
