"""Alias: the module itself is `w2slib.explorer.widgets.canvas`."""

from .widgets.canvas import Canvas

__all__ = ["Canvas"]
