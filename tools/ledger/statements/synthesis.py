"""Claims of the synthesis."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.linalg import solve

from tools.ledger.statements import claim
from w2slib import ridge, synthesis, warm_start
from w2slib.core.kernels import arc_cosine, unit_rows
from w2slib.synthesis import Generation

WIDTHS = (48, 96, 192)


@cache
def _wide(rng: int) -> list[tuple[float, float, float]]:
    """Errors of the teacher and of its student at T = 7 and at the end, for three widths."""
    found = []
    for width in WIDTHS:
        times = [7.0, np.inf]
        small, large = synthesis.simulate_random_features(
            width, 700, times, dim=24, n_trials=3, rng=rng
        )
        found.append((float(small.mean), *large.mean))
    return found


@claim(
    "synthesis",
    "the error of the student stopped at time 7 against the teacher's error on logarithmic axes, all "
    "points below the diagonal",
)
def wide_students_stopped_at_seven_win(rng: int) -> bool:
    """Teachers of three widths; the time was fixed before."""
    return all(early < teacher for teacher, early, _ in _wide(rng))


@claim("synthesis", "its error stays 10 to 30 % below the teacher's")
def wide_students_do_not_copy(rng: int) -> bool:
    """Trained to the end, for three widths."""
    return all(0.7 <= late / teacher <= 0.9 for teacher, _, late in _wide(rng))


@claim(
    "synthesis",
    "Of the errors of our three teachers about 30, 10 and 4 % are linear, next to nothing is of degree 0",
)
def small_teachers_are_wrong_in_high_degrees(rng: int) -> bool:
    """Linear part from the coefficients, degree 0 from the mean over the sphere; 3 draws each."""
    generator, linear, constant = np.random.default_rng(rng), [], []
    rate = arc_cosine(*(unit_rows(generator.standard_normal((2000, 24))) for _ in range(2))).mean()
    for width in WIDTHS:
        shares = []
        for _ in range(3):
            W = unit_rows(generator.standard_normal((width, 24)))
            readout = solve(arc_cosine(W, W), W[:, 0] / 2, assume_a="pos")
            error = 1 - W[:, 0] @ readout / 2
            missed = np.sum((W.T @ readout / 2 - np.eye(24)[0]) ** 2)
            shares.append((missed / error, rate * readout.sum() ** 2 / error))
        linear.append(np.mean(shares, axis=0)[0])
        constant.append(np.mean(shares, axis=0)[1])
    low, high = np.array([0.25, 0.06, 0.02]), np.array([0.4, 0.14, 0.06])
    return bool(np.all((low < linear) & (linear < high))) and max(constant) < 0.01


@claim(
    "synthesis",
    "in all seven generations drawn here the relieved chain is better than its first teacher",
)
def relieved_chain_keeps_its_gain(rng: int) -> bool:
    """Mean errors of the chain with full relief."""
    path = [Generation(0.1, 0.5, [1.0, 1.0]), *[Generation(0.2, 0.2, [1.0, 0.0])] * 7]
    model = [1.0, 0.0], [1 - 0.8**2, 0.8**2]
    error = synthesis.simulate(path, *model, noise_var=1.0, dim=120, n_trials=16, rng=rng).error
    return bool(np.all(error.mean[1:] < error.mean[0]))


@claim(
    "synthesis",
    "pre-training turns a student that cannot win into one that beats an optimal teacher",
)
def pre_training_makes_it_win(rng: int) -> bool:
    """The weakest and the strongest spike, for both students."""
    penalty = ridge.optimal_teacher_penalty(0.5, 1.0)
    common = dict(gamma_pre=1.0, lam_t=penalty, gamma_t=0.5, noise_var=1.0, zeta=0.95, relief=1.0)
    for gamma_s, lam_s in ((0.5, 0.2), (2.0, 1.0)):
        found, _ = synthesis.simulate_estimated_relief(
            [0.4, 6.0], lam_s=lam_s, gamma_s=gamma_s, dim=160, n_trials=24, rng=rng, **common
        )
        least, most = found.mean[0] - 2 * found.stderr[0], found.mean[1] + 2 * found.stderr[1]
        if not most < 0 < least:
            return False
    return True


@claim(
    "synthesis",
    "The warm start's two inner markers lie below its curve because the curve is for unlimited labels",
)
def sampled_warm_starts_lie_below_the_population(rng: int) -> bool:
    """Best mean error at n_s = 64 d; at the coldest start some runs stall, at the warmest nothing is lost."""
    starts = np.array([0.6, 0.8])
    size = dict(samples_per_dim=64, step_size=0.03, n_steps=110, dim=60, n_trials=8, rng=rng)
    run = warm_start.simulate(starts, 0.8, degree=3, **size)
    return bool(np.all(run.best_mean > warm_start.error(warm_start.best_overlap(starts, 0.8), 3)))
