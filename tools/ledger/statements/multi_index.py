"""Claims of the chapter on Mechanism III and of its exercises."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from tools.ledger.statements import claim, defined_by
from w2slib import multi_index as mi
from w2slib.simulation import Estimate

PAGE, TARGET = "multi_index", mi.EXAMPLE
LIMIT = float(stats.t.isf(0.05 / 76 / 2, 7))


def _agrees(gap: Estimate, theory: np.ndarray) -> bool:
    """No decided verdict has the other sign than theory."""
    decided = np.abs(gap.mean) > LIMIT * gap.stderr
    return bool(np.all((np.sign(gap.mean) == np.sign(theory))[decided]))


def _lag(target: mi.Target, **case: Any) -> np.ndarray:
    return mi.student_error(target, 0.1, mode="full", **case) - mi.teacher_error(target, 0.1)


@claim(PAGE, "Simulated markers on all three maps agree with the colours.")
def markers_agree_with_the_maps(rng: int) -> bool:
    """All 76 verdicts, as they are drawn."""
    narrow, wide = np.logspace(-1.75, 1.75, 8), np.array([0.05, 0.3, 1.0, 3.0, 20.0])
    cases = [
        (TARGET, dict(gamma_s=0.1, lam_s=narrow, rho=r), 300) for r in (0.5, 0.7, 0.8, 0.9, 0.98)
    ]
    cases += [
        (TARGET.with_hard_share(share), dict(gamma_s=0.05, lam_s=[1.0], rho=r), 200)
        for share in (0.2, 0.4, 0.6, 0.8)
        for r in (0.5, 0.7, 0.8, 0.95)
    ]
    cases += [(TARGET, dict(gamma_s=g, lam_s=wide, rho=0.9), 200) for g in (0.02, 0.06, 0.2, 1.0)]
    return all(
        _agrees(
            mi.simulate(t, 0.1, **case, dim=dim, n_trials=8, rng=rng).difference["full"],
            _lag(t, **case),
        )
        for t, case, dim in cases
    )


@claim(PAGE, "*Together* they win, and the adapter wins by most.")
def five_students_keep_their_order(rng: int) -> bool:
    """In the Hermite model at d = 1000, each student at its own best penalty."""
    case = dict(gamma_t=0.1, gamma_s=0.05, rho=0.99)
    best = [mi.optimal_student_penalty(TARGET, **case, mode=mode) for mode in mi.MODES]
    run = mi.simulate(TARGET, **case, lam_s=best, dim=1000, n_trials=3, rng=rng)
    lead = {mode: run.difference[mode].mean[i] for i, mode in enumerate(mi.MODES)}
    return bool(lead["adapter"] < lead["full"] < 0 < min(lead["scratch"], lead["frozen"]))


@claim(
    "exercises/multi_index",
    "Binary labels do at least as well as the honest ones, but only because they are larger",
)
def binary_labels_do_as_well_as_honest_ones(rng: int) -> bool:
    """Means of nine laboratories, with the same penalty."""
    laboratory, supervisors = (
        defined_by("exercises/multi_index", "target", "lab")["laboratory"],
        (np.sign, np.array),
    )
    binary, honest = (
        np.mean([laboratory(each, answer, 1.0)[1] for each in np.random.default_rng(rng).spawn(9)])
        for answer in supervisors
    )
    return bool(binary <= honest)


@claim(PAGE, "sampled circles and network squares lie on the dashed curve")
def one_step_finds_the_easy_direction_as_predicted(rng: int) -> bool:
    """Within four standard errors and d^(-1/2)/2; six ratios, model and real networks."""
    ratios = np.array([0.1, 0.25, 0.5, 1.0, 2.0, 4.0])
    theory, narrow = mi.teacher_overlap(TARGET, ratios), mi.NetworkSetting(dim=200)
    for gamma, overlap, own in zip(
        ratios, theory, np.random.default_rng(rng).spawn(6), strict=True
    ):
        run = mi.simulate(
            TARGET, gamma, gamma_s=4.0, lam_s=1.0, rho=0.9, dim=1000, n_trials=4, rng=own
        ).teacher_overlap
        seeds = own.integers(2**31, size=12)
        nets = Estimate.of([mi.network_directions(TARGET, gamma, narrow, int(s))[0] for s in seeds])
        for found, dim in ((run, 1000), (nets, 200)):
            if abs(found.mean - overlap) > 4 * found.stderr + 0.5 * dim**-0.5:
                return False
    return True


@claim(
    "exercises/multi_index", "With few samples ($\\gamma$ above about 0.6) old inputs are better"
)
def old_inputs_are_better_with_few_samples(rng: int) -> bool:
    """Means of twenty trials on either side, against the formula for fresh inputs."""
    names = defined_by("exercises/multi_index", "linear")
    for gamma, better in ((0.2, False), (2.0, True), (4.0, True)):
        trials = [
            names["reuse_trial"](own, names["linear"], gamma, 150)[1]
            for own in np.random.default_rng(rng).spawn(20)
        ]
        step = mi.student_overlap(names["linear"], 1.0, gamma, rho=0.0)
        fresh = mi.teacher_overlap(names["linear"], gamma) * step
        if (np.mean(trials) > fresh) != better:
            return False
    return True
