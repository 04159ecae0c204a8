"""What can be wrong with one checkpoint, so that a sweep records it and goes on."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["INSTALL", "KINDS", "CheckpointError", "first_line", "optional"]

INSTALL = "pip install 'w2slib[llm]'"
"""What installs torch and transformers."""

KINDS = {
    "missing": "the revision, or its weights, are not there",
    "unreachable": "the hub or the disk did not answer; may be better later",
    "damaged": "a file is truncated, empty, a Git LFS pointer, or of another content than it says",
    "incomplete": "weights that the network needs are not in the file, or others are",
    "unsafe": "loading would run code",
    "tokenizer": "no tokenizer, or one of another model",
    "device": "the device is not there, or its memory is full",
    "not finite": "activations are nan or inf",
    "failed": "anything else that loading or running the network raised",
}
"""Why a checkpoint failed."""


class CheckpointError(ValueError):
    """One checkpoint cannot be used; others may.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    reason : str
        In words, with what to do.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind, self.reason = kind, reason

    def __str__(self) -> str:
        return self.reason


def first_line(error: BaseException) -> str:
    r"""What an error says, for a message of one line.

    Examples
    --------
    >>> first_line(ValueError(" the first\nthe second")), first_line(ValueError())
    ('the first', 'ValueError')
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


def optional(name: str) -> Any:
    """Import a module that only the extra brings.

    Examples
    --------
    >>> optional("json").dumps(1)
    '1'
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{name} is not installed; it comes with the optional extra: {INSTALL}"
        ) from error
