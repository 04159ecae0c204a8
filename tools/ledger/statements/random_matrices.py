"""Claims of the chapter on tools, and of its exercises."""

from __future__ import annotations

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.linalg import eigh

from tools.ledger.reproduction import worst_deviation
from tools.ledger.statements import claim, defined_by
from w2slib import random_matrices as rm

PAGE = "random_matrices"


@claim(PAGE, "The histogram of *one* sample already fills a fixed curve.")
def one_sample_fills_the_curve(rng: int) -> bool:
    """Largest distance of the two distribution functions below 0.01, for the three aspect ratios."""
    for gamma in (0.1, 0.5, 2.0):
        X = np.random.default_rng(rng).standard_normal((int(1000 / gamma), 1000))
        found = np.sort(np.linalg.eigvalsh(X.T @ X / len(X)))
        found = found[found > 1e-8]
        x = np.linspace((1 - gamma**0.5) ** 2, (1 + gamma**0.5) ** 2, 20_001)
        law = cumulative_trapezoid(rm.marchenko_pastur_density(x, gamma), x, initial=0)
        steps = (np.arange(len(found)) + 0.5) / len(found)
        if np.max(np.abs(np.interp(found, x, law / law[-1]) - steps)) > 0.01:
            return False
    return True


@claim(PAGE, "what a fit keeps of the truth is $s$")
def a_fit_keeps_the_shrinkage(rng: int) -> bool:
    """Within four standard errors and 3/d, for every penalty and ratio of the figure."""
    lam, dim, trials = np.logspace(-3, 3, 13), 300, 10
    for gamma in (0.2, 1.0, 3.0):
        kept = []
        for own in np.random.default_rng(rng).spawn(trials):
            X, beta = own.standard_normal((round(dim / gamma), dim)), own.standard_normal(dim)
            eigenvalues, basis = np.linalg.eigh(X.T @ X / len(X))
            energy = (basis.T @ beta) ** 2
            kept.append(eigenvalues / (eigenvalues + lam[:, None]) @ energy / energy.sum())
        stderr = np.std(kept, axis=0, ddof=1) / np.sqrt(trials)
        if worst_deviation(rm.shrinkage(lam, gamma), np.mean(kept, axis=0), stderr, dim) > 1:
            return False
    return True


@claim(
    PAGE, "Simulations at dimension 50 and 400 approach it, the larger one more closely."
)  # of the alt text
def larger_samples_follow_the_threshold_more_closely(rng: int) -> bool:
    """Mean distance of the measured overlaps from the limit."""
    gamma, thetas, distance = 0.5, np.linspace(0.1, 3, 12), []
    for dim, trials in ((50, 16), (400, 6)):
        found = []
        for own in np.random.default_rng(rng).spawn(trials):
            X = own.standard_normal((round(dim / gamma), dim))
            S, overlaps = X.T @ X / len(X), []
            for theta in thetas:
                stretch = np.append(np.sqrt(1 + theta), np.ones(dim - 1))
                scaled = stretch[:, None] * S * stretch
                _, top = eigh(scaled, subset_by_index=[dim - 1, dim - 1])
                overlaps.append(abs(top[0, 0]))
            found.append(overlaps)
        distance.append(np.mean(np.abs(np.mean(found, axis=0) - rm.bbp_overlap(thetas, gamma))))
    return bool(distance[1] < distance[0])


@claim(f"exercises/{PAGE}", "Independent coordinates of any shape obey the law")
def independent_coordinates_obey_the_law(rng: int) -> bool:
    """Signs and heavy coordinates do, to one per cent; heavy rows and repeated rows do not."""
    names = defined_by(f"exercises/{PAGE}")
    law, found = rm.shrinkage(0.5, 0.5), {}
    for kind in ("signs", "heavy coordinates", "heavy rows", "repeated rows"):
        X = names["inputs"](kind, 800, 400, np.random.default_rng(rng))
        found[kind] = names["measured_shrinkage"](X, 0.5)
    off = {kind: abs(s / law - 1) for kind, s in found.items()}
    near = max(off["signs"], off["heavy coordinates"]) < 0.01
    return bool(near and min(off["heavy rows"], off["repeated rows"]) > 0.03)
