"""Mechanism II: a penalty aligned with the target beats even an optimally regularised teacher."""

from w2slib.weighted_ridge.theory import (
    Blocks,
    Region,
    critical_alignment,
    draw_target,
    error_difference,
    simulate,
    simulate_spike,
    spike_student_error,
    student_error,
    teacher_error,
    weighted_path,
    winning_region,
)

__all__ = [
    "Blocks",
    "Region",
    "critical_alignment",
    "draw_target",
    "error_difference",
    "simulate",
    "simulate_spike",
    "spike_student_error",
    "student_error",
    "teacher_error",
    "weighted_path",
    "winning_region",
]
