"""Data sets that the explorers draw in the browser, and what w2slib says of them.

One `Drawn` for each explorer with a sampler: ``setting`` is a place that differs from where the explorer
opens, ``simulate(dim, n_trials, rng)`` gives the student's and the teacher's `Estimate` there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2slib import beyond, explorer, ridge, weighted_ridge
from w2slib.explorer import PhaseExplorer
from w2slib.simulation import Estimate

Pair = tuple[Estimate, Estimate]


@dataclass(frozen=True)
class Drawn:
    """One explorer, a setting, and the library's simulation of it."""

    make: Callable[[], PhaseExplorer]
    setting: dict[str, float]
    simulate: Callable[..., Pair]
    dim: int = 60

    def browser_setting(self) -> dict[str, Any]:
        """What the worker is told, as static/draws.js composes it."""
        phase = self.make()
        sampling = phase.canvas.options["sampling"]
        values = sampling["fixed"] | phase.field.defaults | self.setting
        sizes = {name: round(self.dim / values[name]) for name in sampling["ratios"]}
        return values | {"dim": self.dim, "sizes": sizes}


def _pair(run: Any) -> Pair:
    student = Estimate(run.student_mean[0, 0], run.student_stderr[0, 0])
    return student, Estimate(run.teacher_mean[0], run.teacher_stderr[0])


def _grid(simulate: Callable[..., Any], setting: dict[str, float]) -> Callable[..., Pair]:
    """A simulation over grids of penalties, at one pair of them."""
    rest = {name: value for name, value in setting.items() if name not in ("lam_t", "lam_s")}

    def run(**size: Any) -> Pair:
        return _pair(simulate([setting["lam_t"]], [setting["lam_s"]], **rest, **size))

    return run


def _one_fit(lam: float, gamma: float, noise_var: float) -> Callable[..., Pair]:
    def run(dim: int, n_trials: int, rng: int) -> Pair:
        found = ridge.simulate(
            [lam], [1.0], gamma_t=gamma, gamma_s=1.0, noise_var=noise_var, dim=dim,
            n_trials=n_trials, rng=rng,
        )  # fmt: skip
        lengths = np.random.default_rng(rng).chisquare(dim, n_trials) / dim
        return _pair(found)[1], Estimate.of(lengths)

    return run


def _classified(setting: dict[str, float]) -> Callable[..., Pair]:
    rest = {name: setting[name] for name in ("gamma_t", "gamma_s", "noise_var")}
    blocks = weighted_ridge.Blocks.spike(setting["zeta"], setting["relief"])

    def run(**size: Any) -> Pair:
        return _pair(
            beyond.simulate_classification(
                [setting["lam_t"]], [setting["lam_s"]], blocks=blocks, **rest, **size
            )
        )

    return run


PLAIN = {"lam_t": 0.1, "lam_s": 0.4, "noise_var": 0.7}
RATIOS = {"gamma_t": 0.5, "gamma_s": 1.5}
SHARED = PLAIN | {"gamma": 2.0}
SPIKE = PLAIN | RATIOS | {"zeta": 0.8, "relief": 1.0}
MISALIGNED = PLAIN | RATIOS | {"zeta": 0.4, "relief": -1.0}

DRAWN = {
    "one-fit": Drawn(
        explorer.random_matrices,
        {"lam": 0.2, "gamma": 0.8, "noise_var": 0.5},
        _one_fit(0.2, 0.8, 0.5),
    ),
    "ridge": Drawn(explorer.ridge, PLAIN | RATIOS, _grid(ridge.simulate, PLAIN | RATIOS)),
    "try-it": Drawn(
        explorer.landing,
        PLAIN,
        _grid(ridge.simulate, PLAIN | {"gamma_t": 0.5, "gamma_s": 0.5}),
    ),
    "weighted-ridge": Drawn(
        explorer.weighted_ridge, SPIKE, _grid(weighted_ridge.simulate_spike, SPIKE)
    ),
    "beyond": Drawn(
        explorer.beyond, SHARED | {"shared": 1}, _grid(beyond.simulate_shared, SHARED)
    ),
    "accuracy": Drawn(
        explorer.accuracy, MISALIGNED | {"measure": 1}, _classified(MISALIGNED)
    ),
}  # fmt: skip
