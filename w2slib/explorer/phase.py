"""Alias: the module itself is `w2slib.explorer.widgets.phase`."""

from .model import random_values
from .widgets.canvas import Canvas
from .widgets.phase import (
    TEXTS,
    Curve,
    Marker,
    PhaseExplorer,
    Preset,
    Vote,
    default_limit,
    make_slider,
)

__all__ = [
    "TEXTS",
    "Canvas",
    "Curve",
    "Marker",
    "PhaseExplorer",
    "Preset",
    "Vote",
    "default_limit",
    "make_slider",
    "random_values",
]
