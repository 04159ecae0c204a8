"""Mechanism I: the student's penalty repairs an under-regularised teacher."""

from w2slib.ridge.theory import (
    badness,
    gate,
    generation_errors,
    h_ratio,
    optimal_student_penalty,
    optimal_teacher_penalty,
    regime,
    simulate,
    simulate_generations,
    student_error,
    teacher_error,
    teacher_moments,
    winning_interval,
)

__all__ = [
    "badness",
    "gate",
    "generation_errors",
    "h_ratio",
    "optimal_student_penalty",
    "optimal_teacher_penalty",
    "regime",
    "simulate",
    "simulate_generations",
    "student_error",
    "teacher_error",
    "teacher_moments",
    "winning_interval",
]
