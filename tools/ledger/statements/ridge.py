"""Claims of the chapter on Mechanism I."""

from __future__ import annotations

import numpy as np

from tools.ledger.reproduction import worst_deviation
from tools.ledger.statements import claim, defined_by
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


@claim("ridge", "below 1 is agreement:")
def theory_agrees_on_both_panels(rng: int) -> bool:
    """Figure 1: the largest deviation over both panels, as it is printed."""
    grid, teacher = np.logspace(-2, 1, 41), dict(gamma_t=0.5, noise_var=1.0)
    for gamma_s in (0.5, 2.0):
        run = ridge.simulate(grid, grid, gamma_s=gamma_s, dim=500, rng=rng, **teacher)
        theory = ridge.student_error(grid, grid[:, None], gamma_s=gamma_s, **teacher)
        if worst_deviation(theory, run.student_mean, run.student_stderr, 500) >= 1:
            return False
    return True


@claim(
    "ridge",
    "The first two students start at the teacher's error, dip well below it and rise to 1; the "
    "over-parameterised one starts above and dips to about the teacher's error in between",
)
def three_students_dip(rng: int) -> bool:
    """Means of the simulated students; "at" and "about" are within 0.1, "well below" is a fifth."""
    lam, teacher = np.logspace(-3, 2, 16), dict(gamma_t=0.5, noise_var=1.0)
    for gamma_s in (0.2, 0.9, 3.0):
        run = ridge.simulate([0.02], lam, gamma_s=gamma_s, dim=200, rng=rng, **teacher)
        change = run.difference_mean[:, 0] / run.teacher_mean[0]
        start = change[0] > 0 if gamma_s > 1 else abs(change[0]) < 0.1
        dips = abs(change.min()) < 0.1 if gamma_s > 1 else change.min() < -0.2
        if not (start and dips and abs(run.student_mean[-1, 0] - 1) < 0.05):
            return False
    return True


@claim(
    "ridge", "The error falls sharply at first, reaches a minimum, and then rises slowly."
)  # of the alt text
def a_chain_has_a_best_generation(rng: int) -> bool:
    """Both chains: the smallest mean error lies inside, and the last one is larger."""
    for gamma in (0.2, 0.9):
        run = ridge.simulate_generations(
            [0.02] + 7 * [0.3], [0.8] + 7 * [gamma], noise_var=1.0, dim=160, rng=rng
        )
        if not (0 < run.mean.argmin() < 7 and run.mean[1] < 0.7 * run.mean[0]):
            return False
    return True


@claim(
    "exercises/ridge",
    "Behind the under-regularised teacher ($\\lambda_t = 0.05$) the student on *old* inputs gains more",
)
def old_inputs_gain_more_behind_a_loud_teacher(rng: int) -> bool:
    """Both penalties, and behind the optimal teacher it loses; means of thirty trials."""
    trial = defined_by("exercises/ridge")["reuse_trial"]
    for lam_t in (0.05, 0.5):
        for lam_s in (0.1, 0.5):
            pairs = [
                trial(own, lam_t, lam_s, 0.5, 1.0) for own in np.random.default_rng(rng).spawn(30)
            ]
            change = np.mean(np.diff(pairs, axis=1))
            fresh = ridge.student_error(lam_t, lam_s, 0.5, 0.5, 1.0)
            fresh -= ridge.teacher_error(lam_t, 0.5, 1.0)
            if change >= min(fresh, 0) if lam_t < 0.5 else change <= 0:
                return False
    return True


@claim("exercises/ridge", "The *sign* does not change.")
def heavy_tails_do_not_change_who_wins(rng: int) -> bool:
    """Means of sixty trials with three degrees of freedom."""
    trial = defined_by("exercises/ridge")["heavy_trial"]
    change = [
        np.mean(np.diff([trial(own, lam_t, 0.1, 3, 0.5, 1.0) for own in
                         np.random.default_rng(rng).spawn(60)], axis=1))
        for lam_t in (0.05, 0.5)
    ]  # fmt: skip
    return bool(change[0] < 0 < change[1])
