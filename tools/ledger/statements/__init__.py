"""What the book claims from random numbers: one module for each page, one function for each claim.

A claim is a sentence of the page and a function of a seed that tells whether it holds there::

    @claim("ridge", "The simulated student wins wherever theory says so.")
    def student_wins_where_theory_says(rng: int) -> bool:
        ...

The function repeats what the page does (same setting, same sizes) with another seed, and is strict:
it returns whether the sentence could be printed unchanged. The sentence is a literal part of the page;
line breaks do not count. `tools.ledger.claims` runs them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[int], bool]


@dataclass(frozen=True)
class Claim:
    """A sentence of a page, and whether it holds for a seed.

    ``page`` is the path below ``book/`` without suffix, or ``slides/lecture``.
    """

    page: str
    sentence: str
    holds: Check

    @property
    def name(self) -> str:
        """Name of the function that checks it."""
        return self.holds.__name__


def claim(page: str, sentence: str) -> Callable[[Check], Claim]:
    """Make a claim from the function below."""

    def register(holds: Check) -> Claim:
        return Claim(page, sentence, holds)

    return register


def every_claim() -> list[Claim]:
    """The claims of all pages, by page and then in the order in which they are written."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [value for module in modules for value in vars(module).values()]
    return sorted((c for c in found if isinstance(c, Claim)), key=lambda c: c.page)
