"""Alias: the module itself is `w2slib.explorer.widgets.scores`."""

from .widgets.scores import N_BINS, ScoreCanvas, ScoreExplorer

__all__ = ["N_BINS", "ScoreCanvas", "ScoreExplorer"]
