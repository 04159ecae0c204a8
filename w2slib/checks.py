"""Calls of a student's answer, as the check cells of the exercises make them; they live in `w2slib.core`."""

from w2slib.core.checks import Answer, close, overwritten, remember

__all__ = ["Answer", "close", "overwritten", "remember"]
