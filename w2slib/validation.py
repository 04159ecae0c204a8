"""Checks of arguments; they live in `w2slib.core`."""

from w2slib.core.validation import (
    MAX_RATIO_ERROR,
    between,
    broadcastable,
    choice,
    grid,
    instance,
    integer,
    noise,
    positive,
    real,
    refuse_divergence,
    representable,
    sample_size,
    scalar,
    single,
)

__all__ = [
    "MAX_RATIO_ERROR",
    "between",
    "broadcastable",
    "choice",
    "grid",
    "instance",
    "integer",
    "noise",
    "positive",
    "real",
    "refuse_divergence",
    "representable",
    "sample_size",
    "scalar",
    "single",
]
