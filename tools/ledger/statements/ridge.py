"""Claims of the chapter on Mechanism I."""

from __future__ import annotations

import numpy as np

from tools.ledger.statements import claim
from w2slib import metrics, ridge


@claim("ridge", "In all 42 cells the simulation then names the regime of theory.")
def map_names_the_regime_of_theory(rng: int) -> bool:
    """Every cell is tried with a small penalty, theory's best and a large one, as on the page."""
    penalties, ratios, n_trials = np.array([0.01, 0.03, 0.045, 0.09, 0.25, 0.45, 0.7]), 6, 64
    teacher, each = dict(gamma_t=0.7, noise_var=1.0), np.arange(len(penalties))
    needed = metrics.critical_deviation(3 * ratios * len(penalties), n_trials)
    for gamma_s in (0.25, 0.5, 0.8, 1.3, 1.8, 3.0):
        best = ridge.optimal_student_penalty(penalties, gamma_s=gamma_s, **teacher)
        tried = np.concatenate([[1e-3], np.where(best > 0, best, 0.3), [1e3]])
        size = dict(dim=200, n_trials=n_trials, rng=rng)
        run = ridge.simulate(penalties, tried, gamma_s=gamma_s, **size, **teacher)
        wins = run.difference_mean < -needed * run.difference_stderr
        low, middle, high = wins[0], wins[1 + each, each], wins[-1]
        cases, names = [~(low | middle | high), low & high, low], ["never", "always", "threshold"]
        found = np.where(~low & high, "above", np.select(cases, names, "interval"))
        if np.any(found != ridge.regime(penalties, gamma_s=gamma_s, **teacher)):
            return False
    return True
