"""Claims of the last chapter."""

from __future__ import annotations

import numpy as np

from tools.ledger.statements import claim
from w2slib import beyond
from w2slib.weighted_ridge import Blocks

ALIGNED = Blocks(np.array([0.2, 0.8]), np.array([0.1, 1.0]), np.array([0.8, 0.2]))


@claim("beyond", "both dip below the teacher's line")
def students_on_soft_and_hard_labels_improve_the_accuracy(rng: int) -> bool:
    """The picture of both kinds of labels, at the penalty 2."""
    setting = dict(gamma_t=0.5, gamma_s=0.2, noise_var=1.0, blocks=ALIGNED, dim=300, n_trials=30)
    runs = [
        beyond.simulate_classification([3.0], [2.0], labels=kind, rng=rng, **setting)
        for kind in ("soft", "hard")
    ]
    return all(run.difference_mean[0, 0] < 0 for run in runs)


@claim("beyond", "The student with a penalty falls with slope about minus one half")
def a_student_with_a_penalty_falls(rng: int) -> bool:
    """Errors at the smallest and the largest of the three sizes."""
    law, errors, stderr, sizes = beyond.PowerLaw(1.5, 1.0, 4000), [], [], [50, 200]
    for n in sizes:
        run = beyond.simulate_correlated(
            [0.0], [0.3 * n**-0.6], gamma_t=law.dim / n, gamma_s=law.dim / n, noise_var=0.25,
            n_trials=20, rng=rng, eigenvalues=law.eigenvalues, energies=law.energies,
        )  # fmt: skip
        errors.append(run.student_mean[0, 0])
        stderr.append(run.student_stderr[0, 0])
    low, high = beyond.log_log_slope(sizes, errors, stderr).interval
    return high < 0 and low < -0.5 < high


@claim("beyond", "a dotted line marks the recommended penalty near the maximum")
def the_named_penalty_is_near_the_best(rng: int) -> bool:
    """One sampled teacher: the named penalty gains nine tenths of what the best one does."""
    teacher = beyond.SampledTeacher.of(rng)
    lam_s = np.geomspace(1e-3, 1e2, 200)
    gain = teacher.true_gain(0.05, lam_s)
    return bool(gain[teacher.gain(0.05, lam_s).argmax()] > 0.9 * gain.max() > 0)
