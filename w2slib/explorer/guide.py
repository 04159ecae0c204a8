"""Alias: the module itself is `w2slib.explorer.widgets.guide`."""

from .widgets.guide import Guide, Option, Question, Verdict

__all__ = ["Guide", "Option", "Question", "Verdict"]
