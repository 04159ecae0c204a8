"""A progress bar for what takes more than two seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that pass without a bar."""


def progress(items: Iterable[T], total: int, unit: str) -> Iterator[T]:
    """Pass items on, and show a bar once two seconds have gone by.

    The bar is tqdm's, on stderr or as a widget in a notebook; it disappears at the end. The
    environment variable ``TQDM_DISABLE=1`` switches it off, as the tests and the book's build do.

    Parameters
    ----------
    items : iterable
        What takes its time.
    total : int
        How many there are.
    unit : str
        What they are, in the plural.

    Yields
    ------
    The items.

    Examples
    --------
    >>> list(progress(range(3), 3, "trials"))
    [0, 1, 2]
    """
    start, bar = time.monotonic(), None
    silent = os.environ.get("TQDM_DISABLE", "") not in ("", "0")
    try:
        for done, item in enumerate(items, start=1):
            if bar is not None:
                bar.update()
            elif not silent and done < total and time.monotonic() - start > PATIENCE:
                # Imported here: most calls end before anybody would want to see a bar.
                from tqdm.auto import tqdm

                bar = tqdm(total=total, initial=done, unit=unit, leave=False, disable=False)
            yield item
    finally:
        if bar is not None:
            bar.close()
