"""What can be said of a curve over pre-training; it lives in ``w2slib.studies.transitions``."""

from w2slib.studies.transitions import (
    LEVEL,
    ChangePoint,
    Interval,
    Study,
    change_point,
    crossing_shift,
    rank_correlation,
    same_step_correlation,
    seed_mean,
)

__all__ = [
    "LEVEL",
    "ChangePoint",
    "Interval",
    "Study",
    "change_point",
    "crossing_shift",
    "rank_correlation",
    "same_step_correlation",
    "seed_mean",
]
