"""Exactly solvable models of weak-to-strong generalization.

One module per chapter of the book: `random_matrices` (tools), `ridge` (Mechanism I),
`weighted_ridge` (Mechanism II), `multi_index` (Mechanism III), `warm_start` (pre-training),
`checkpoints` (real networks), `synthesis` (all of them),
`beyond` (what survives outside the models). `simulation`, `metrics` and `validation`
serve all of them, `checks` calls the answers to the exercises, `figures` and `explorer` draw what
they compute. A module is loaded when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2slib import (
        beyond,
        checkpoints,
        checks,
        data,
        explorer,
        figures,
        language_models,
        metrics,
        multi_index,
        networks,
        plots,
        probes,
        random_matrices,
        ridge,
        simulation,
        studies,
        sweeps,
        synthesis,
        transitions,
        validation,
        warm_start,
        weighted_ridge,
    )

__version__ = "1.0.0"

__all__ = [
    "beyond",
    "checkpoints",
    "checks",
    "data",
    "explorer",
    "figures",
    "language_models",
    "metrics",
    "multi_index",
    "networks",
    "plots",
    "probes",
    "random_matrices",
    "ridge",
    "simulation",
    "studies",
    "sweeps",
    "synthesis",
    "transitions",
    "validation",
    "warm_start",
    "weighted_ridge",
]


def __getattr__(name: str) -> Any:
    """Load a module at its first use (SPEC 1)."""
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
