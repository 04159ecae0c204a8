"""Claims of the chapter on the warm start."""

from __future__ import annotations

from functools import cache

import numpy as np

from tools.ledger.statements import claim
from w2slib import warm_start as ws

PAGE = "warm_start"


def _cold(degree: int, dim: int, per_dim: int, n_steps: int, step_size: float, rng: int) -> int:
    """How many of 24 random starts arrive at their supervisors."""
    generator = np.random.default_rng(rng)
    starts, teachers = generator.standard_normal((2, 24, dim))
    size = dict(n_samples=per_dim * dim, noise_var=0.0, step_size=step_size, n_steps=n_steps)
    run = ws.fine_tune(starts, degree=degree, supervisor=teachers, rng=generator, **size)
    overlap = run.supervisor if degree % 2 else np.abs(run.supervisor)
    return int(np.sum(overlap[:, -1] > 0.9))


@claim(PAGE, "At most two of the 24 students of degree 3 arrive, and none of degree 4.")
def cold_starts_with_few_samples_stall(rng: int) -> bool:
    """n_s = 20 d, 120 steps, d = 200."""
    return _cold(3, 200, 20, 120, 0.04, rng) <= 2 and _cold(4, 200, 20, 120, 0.01, rng) == 0


@claim(PAGE, "Degree 2: most lines rise to 1 after a wait.")
def cold_starts_of_degree_two_only_wait(rng: int) -> bool:
    """The same samples and steps."""
    return _cold(2, 200, 20, 120, 0.04, rng) >= 18


@claim(PAGE, "about half of the students of degree 3 arrive, at $d = 50$ as at $d = 200$")
def about_half_of_the_cold_starts_arrive_with_more(rng: int) -> bool:
    """n_s = 100 d, 600 steps; half is anything from 7 to 17 of 24, as 12 ± 2 standard deviations."""
    return all(7 <= _cold(3, dim, 100, 600, 0.04, rng) <= 17 for dim in (50, 200))


@claim(PAGE, "Few samples cost more: they lower the peak and delay it")
def few_samples_lower_the_peak_and_delay_it(rng: int) -> bool:
    """The mean curves at 4, 16 and 64 samples per dimension."""
    case, lowest, times = dict(m0=0.75, rho=0.8, degree=3, dim=64, n_trials=16), [], []
    for n, step in [(4, 0.006), (16, 0.01), (64, 0.015)]:
        size = dict(samples_per_dim=n, step_size=step, n_steps=round(1.2 / step))
        run = ws.simulate(**case, **size, rng=rng)
        lowest.append(run.error_mean[0].min())
        times.append(run.times[run.error_mean[0].argmin()])
    return bool(np.all(np.diff(lowest) < 0) and np.all(np.diff(times) < 0))


@claim(PAGE, "Four measured end points lie on the supervisor's distance, below all curves.")
def descent_ends_at_the_supervisor(rng: int) -> bool:
    """Within two per cent of its distance, and below ε/μ for n_s = 200 d."""
    promised, size = np.array([0.3, 0.5, 0.7, 0.8]), dict(step_size=0.03, n_steps=90, n_trials=8)
    run = ws.simulate(promised, 0.9, degree=2, samples_per_dim=200, dim=40, rng=rng, **size)
    ended = np.sqrt(2 - 2 * run.truth_mean[:, -1])
    radius = np.add(*ws.perturbation(promised, 0.9, 2, 200)) / ws.curvature(promised, 2)
    return bool(np.all(np.abs(ended / np.sqrt(0.2) - 1) < 0.02) and np.all(ended < radius))


@claim(PAGE, "the bound holds at every step:")
def bound_holds(rng: int) -> bool:
    """On the mean distance of twelve runs."""
    case = dict(m0=0.6, rho=0.9, degree=2, samples_per_dim=300)
    run = ws.simulate(dim=40, step_size=0.03, n_steps=70, n_trials=12, rng=rng, **case)
    distance = np.sqrt(2 - 2 * run.truth_mean[0])
    return bool(np.all(distance <= sum(ws.distance_bound(run.times, **case)) + 1e-9))


@cache
def _by_inputs(rng: int) -> dict[str, ws.FineTuningSimulation]:
    case = dict(m0=0.7, rho=0.8, degree=3, samples_per_dim=40)
    size = dict(dim=40, step_size=0.004, n_steps=250, n_trials=10, rng=rng)
    return {name: ws.simulate(inputs=name, **case, **size) for name in ws.INPUTS}


@claim(PAGE, "all rise above rho on average and return, the t-distributed ones first.")
def all_inputs_rise_and_heavy_tails_first(rng: int) -> bool:
    """Mean curves of ten runs."""
    curves = {name: run.truth_mean[0] for name, run in _by_inputs(rng).items()}
    peaks = {name: curve.argmax() for name, curve in curves.items()}
    rises = all(curve.max() > 0.8 and curve.max() > curve[-1] for curve in curves.values())
    return rises and min(peaks, key=peaks.get) == "student"


@claim(PAGE, "It still beats its supervisor in most runs")
def heavy_tails_win_most_runs(rng: int) -> bool:
    """More than half of ten runs."""
    return bool(_by_inputs(rng)["student"].wins[0] > 0.5)


@claim(
    PAGE,
    "warm and random starts both reach the supervisor, and only the warm one overtakes it clearly",
)
def relu_needs_a_warm_start_to_overtake(rng: int) -> bool:
    """Clearly: by more than 0.01 in the mean overlap."""
    size = dict(degree=1, link="relu", samples_per_dim=60, dim=60, step_size=0.04, n_steps=100)
    warm, cold = (ws.simulate(m0, 0.8, n_trials=8, rng=rng, **size) for m0 in (0.6, None))
    reach = all(abs(run.truth_mean[0, -1] - 0.8) < 0.01 for run in (warm, cold))
    return bool(reach and warm.truth_mean.max() > 0.81 > cold.truth_mean.max())


@claim(PAGE, "best error against the alignment of spike and target, close to the population curve")
def tilted_spikes_follow_the_population(rng: int) -> bool:
    """Within four standard errors and 0.05."""
    tilts, spike = np.array([0.2, 0.4, 0.6, 0.8, 1.0]), dict(theta=2.0, pretraining=4.0)
    size = dict(samples_per_dim=60, dim=60, step_size=0.04, n_steps=50, n_trials=10, rng=rng)
    runs = [ws.simulate_transition(rho=0.7, alignment=a, degree=2, **spike, **size) for a in tilts]
    theory = ws.error(ws.best_overlap(ws.initial_overlap(2.0, 0.25, tilts), 0.7), 2)
    gap = np.abs(np.array([run.student_mean[0, 0] for run in runs]) - theory)
    stderr = np.array([run.student_stderr[0, 0] for run in runs])
    return bool(np.all(gap <= 4 * stderr + 0.05))


@claim(PAGE, "Training removes most of the noise by itself, and here *longer* training is better")
def noise_goes_with_time_and_bias_does_not(rng: int) -> bool:
    """Equal squared errors; the last fifth of training."""
    size = dict(degree=3, samples_per_dim=60, dim=60, step_size=0.015, n_steps=90, n_trials=12)
    level = ws.error(0.8, 3)
    biased = ws.simulate(0.7, 0.8, rng=rng, **size).error_mean[0]
    noisy = ws.simulate(0.7, 1.0, noise_var=level, rng=rng, **size).error_mean[0]
    better = noisy[-1] < 1.02 * noisy.min() and noisy[-1] < 0.05 * level
    return bool(better and biased[-1] > biased.min() + 0.05)


@claim(PAGE, "it lies to the right of the threshold")
def the_transition_lies_to_the_right(rng: int) -> bool:
    """20 runs: at the threshold few win, the fewer the larger d; with three times the samples most."""
    case = dict(rho=[0.8], degree=3, samples_per_dim=20, step_size=0.02, n_steps=80, n_trials=20)
    few, many = (
        ws.simulate_transition(1.0, np.array([1.0, 2.83]), dim=dim, rng=rng, **case).wins[:, 0]
        for dim in (100, 400)
    )
    return bool(many[0] < few[0] < 0.6 and min(few[1], many[1]) >= 0.8)
