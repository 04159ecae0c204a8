"""The figures of this book: what a colour and a line mean, and how every kind of result is drawn.

`colours` is the visual vocabulary, `plots` draws arrays with it, `axes` says what they show, `along` is
for studies of checkpoints, and `draw` draws whatever a function of this package returns. Nothing here
computes a theory, and no simulation draws.
"""

from w2slib.figures.along import gap_against, recovered_gap
from w2slib.figures.axes import LABELS, describe, reference, ties, zero_line
from w2slib.figures.colours import (
    COLOURS,
    DIVERGING,
    DIVERGING_COLOURS,
    MARKERS,
    STYLE,
    THEORY_CONTOUR,
    symmetric_norm,
)
from w2slib.figures.drawing import draw
from w2slib.figures.plots import (
    band,
    curve,
    flow_chart,
    interval_band,
    phase_diagram,
    phase_row,
    spectrum,
    subplots,
    teacher_line,
)

__all__ = [
    "COLOURS",
    "DIVERGING",
    "DIVERGING_COLOURS",
    "LABELS",
    "MARKERS",
    "STYLE",
    "THEORY_CONTOUR",
    "band",
    "curve",
    "describe",
    "draw",
    "flow_chart",
    "gap_against",
    "interval_band",
    "phase_diagram",
    "phase_row",
    "recovered_gap",
    "reference",
    "spectrum",
    "subplots",
    "symmetric_norm",
    "teacher_line",
    "ties",
    "zero_line",
]
