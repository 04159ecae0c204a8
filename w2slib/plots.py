"""Figures of this book; they live in ``w2slib.figures``, together with what draws results."""

from w2slib.figures import (
    COLOURS,
    DIVERGING,
    DIVERGING_COLOURS,
    MARKERS,
    STYLE,
    THEORY_CONTOUR,
    band,
    curve,
    flow_chart,
    phase_diagram,
    spectrum,
    subplots,
    symmetric_norm,
    teacher_line,
)

__all__ = [
    "COLOURS",
    "DIVERGING",
    "DIVERGING_COLOURS",
    "MARKERS",
    "STYLE",
    "THEORY_CONTOUR",
    "band",
    "curve",
    "flow_chart",
    "phase_diagram",
    "spectrum",
    "subplots",
    "symmetric_norm",
    "teacher_line",
]
