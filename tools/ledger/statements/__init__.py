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

import ast
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools import ROOT

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


def defined_by(page: str, *assigned: str) -> dict[str, Any]:
    """Imports and functions of a page, and these assignments, without its experiments."""
    folder, _, name = f"book/{page}".rpartition("/")
    source = (ROOT / folder / "sources" / f"{name}.py").read_text(encoding="utf-8")
    kept = [
        each
        for each in ast.parse(source).body
        if isinstance(each, ast.Import | ast.ImportFrom | ast.FunctionDef)
        or (isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) in assigned)
    ]
    names: dict[str, Any] = {}
    exec(compile(ast.Module(kept, []), page, "exec"), names)
    return names
