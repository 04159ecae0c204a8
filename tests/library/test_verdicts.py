"""What the decision guide and the pages say of Mechanisms I and II, in 1,000 random settings each.

A statement with a condition is looked at where the condition holds; the search is for a counter-example.
"""

import numpy as np
import pytest

from w2slib import ridge, synthesis, weighted_ridge
from w2slib.random_matrices import effective_penalty, shrinkage
from w2slib.weighted_ridge import Blocks

SETTINGS = 1000
LAM_S = np.concatenate([[1e-9], np.geomspace(1e-4, 1e4, 120)])


def draw(seed, size=SETTINGS):
    rng = np.random.default_rng(seed)
    lam_t, gamma_t = 10 ** rng.uniform(-3, 1, size), 10 ** rng.uniform(-1, 0.8, size)
    return rng, dict(lam_t=lam_t, gamma_t=gamma_t, noise_var=10 ** rng.uniform(-1.5, 1, size))


def plain_gaps(teacher, gamma_s):
    """L_s − L_t for every λ_s (first axis) and setting."""
    return ridge.student_error(
        lam_s=LAM_S[:, None], gamma_s=gamma_s, **teacher
    ) - ridge.teacher_error(**teacher)


def test_plain_students_with_enough_samples():
    """Verdicts "Mechanism I" and "Nothing to repair"."""
    rng, teacher = draw(1)
    gamma_s = 10 ** rng.uniform(-1.5, -0.01, SETTINGS)
    gaps = plain_gaps(teacher, gamma_s)
    under = teacher["lam_t"] < teacher["gamma_t"] * teacher["noise_var"]
    low, high = ridge.winning_interval(gamma_s=gamma_s, **teacher)
    np.testing.assert_array_equal(low == 0, under)
    high = np.where(under, np.minimum(high, 1e6), 1.0)
    inside = ridge.student_error(lam_s=high / 2, gamma_s=gamma_s, **teacher)
    assert np.all((inside < ridge.teacher_error(**teacher))[under])
    assert np.all(gaps[1:, ~under] > -1e-12)
    # One threshold: once lost, never won again at a larger penalty.
    assert np.all(np.diff((gaps[1:] < -1e-12).astype(int), axis=0) <= 0)


def test_plain_students_with_as_many_samples_as_parameters():
    """γ_s = 1: one threshold if c > 1/2, else no penalty wins."""
    _, teacher = draw(2)
    gaps, c = plain_gaps(teacher, 1.0), ridge.badness(**teacher)
    clear = np.abs(c - 0.5) > 0.02
    np.testing.assert_array_equal((gaps[1:] < -1e-12).any(axis=0)[clear], (c > 0.5)[clear])
    assert np.all(np.diff((gaps[1:] < -1e-12).astype(int), axis=0) <= 0)


def test_the_gate():
    """Verdicts "Mechanism I, through the gate" and "Behind the gate"."""
    rng, teacher = draw(3)
    gamma_s = 10 ** rng.uniform(0.01, 1, SETTINGS)
    c, h_min = ridge.badness(**teacher), ridge.gate(gamma_s)
    at_best = ridge.student_error(lam_s=gamma_s - 1, gamma_s=gamma_s, **teacher)
    clear = np.abs(c - h_min) > 1e-9
    wins = at_best < ridge.teacher_error(**teacher)
    np.testing.assert_array_equal(wins[clear], (c > h_min)[clear])
    gaps = plain_gaps(teacher, gamma_s)
    assert np.all(gaps[:, c < h_min] > -1e-12)
    p, q = ridge.teacher_moments(**teacher)
    np.testing.assert_array_equal(c > h_min, p / q < (3 - np.sqrt(1 - 1 / gamma_s)) / 4)


def test_no_plain_student_passes_the_best_multiple():
    rng, teacher = draw(4)
    p, q = ridge.teacher_moments(**teacher)
    bound = np.where(p <= q, 1 - p**2 / q, ridge.teacher_error(**teacher))
    gaps = plain_gaps(teacher, 10 ** rng.uniform(-2, 1, SETTINGS))
    assert np.all(gaps + ridge.teacher_error(**teacher) >= bound - 1e-12)


def random_blocks(rng):
    n = rng.integers(2, 5)
    return Blocks(
        rng.dirichlet(np.ones(n)), 10 ** rng.uniform(-1.5, 1.5, n), rng.dirichlet(np.ones(n))
    )


def test_small_penalties_of_a_weighted_student():
    """Verdicts "Mechanism II" and "A wrong belief": exactly if Σ g (q − p) > 0, any teacher."""
    rng, teachers = draw(5)
    for lam_t, gamma_t, noise_var in zip(*teachers.values(), strict=True):
        blocks, weights = random_blocks(rng), 10 ** rng.uniform(-1, 1, 4)
        own = weights[: len(blocks.fractions)] if rng.random() < 0.5 else None
        setting = dict(lam_t=lam_t, gamma_t=gamma_t, noise_var=noise_var, teacher_weights=own)
        gap = weighted_ridge.error_difference(
            lam_s=1e-9, gamma_s=10 ** rng.uniform(-1.5, -0.02), blocks=blocks, **setting
        )
        assert (gap < 0) == (weighted_ridge.badness(blocks=blocks, **setting) > 0)


def test_badness_of_equal_weights_and_of_optimal_teachers():
    rng, teachers = draw(6, size=50)
    plain = Blocks([0.3, 0.7], [2.0, 2.0], [0.6, 0.4])
    np.testing.assert_allclose(
        weighted_ridge.badness(blocks=plain, **teachers), ridge.badness(**teachers), rtol=1e-9
    )
    for gamma_t, noise_var in zip(teachers["gamma_t"], teachers["noise_var"], strict=True):
        blocks = random_blocks(rng)
        best = dict(lam_t=gamma_t * noise_var, gamma_t=gamma_t, noise_var=noise_var)
        assert (weighted_ridge.badness(blocks=blocks, **best) > 0) == (blocks.alignment > 0)


def test_one_relieved_direction():
    """Small λ_s: p − q < ζ² κ_Γ p (1 − p). If that fails and κ_Γ > 0, no λ_s wins at all."""
    rng, teachers = draw(7)
    p, q = ridge.teacher_moments(**teachers)
    zeta, relief = rng.uniform(0, 1, SETTINGS), rng.uniform(-2, 1, SETTINGS)
    gamma_s = 10 ** rng.uniform(-1.5, -0.02, SETTINGS)
    gaps = weighted_ridge.spike_student_error(
        lam_s=np.concatenate([[1e-8], LAM_S[1:]])[:, None], gamma_s=gamma_s, zeta=zeta,
        relief=relief, **teachers,
    ) - ridge.teacher_error(**teachers)  # fmt: skip
    margin = q - p + zeta**2 * relief * p * (1 - p)
    clear = np.abs(margin) > 1e-4
    np.testing.assert_array_equal(gaps[0][clear] < 0, margin[clear] > 0)
    assert np.all(gaps[1:, (margin < 0) & (relief > 0)] > -1e-12)


def test_a_misaligned_direction_never_beats_the_optimal_teacher():
    rng, teachers = draw(8)
    teachers["lam_t"] = teachers["gamma_t"] * teachers["noise_var"]
    gaps = weighted_ridge.spike_student_error(
        lam_s=LAM_S[1:, None], gamma_s=10 ** rng.uniform(-1.5, 0.8, SETTINGS),
        zeta=rng.uniform(0.01, 1, SETTINGS), relief=rng.uniform(-3, 0, SETTINGS), **teachers,
    ) - ridge.teacher_error(**teachers)  # fmt: skip
    assert np.all(gaps > -1e-12)


def test_critical_alignment_is_exact_for_every_plain_teacher():
    """Verdicts "paying for forgetting" and "Not aligned enough"."""
    rng, teachers = draw(9)
    lam_s, gamma_s = 10 ** rng.uniform(-3, 2, SETTINGS), 10 ** rng.uniform(-1, 0.8, SETTINGS)
    zeta, relief = rng.uniform(0, 1, SETTINGS), rng.uniform(0.05, 1, SETTINGS)
    student = dict(lam_s=lam_s, gamma_s=gamma_s, relief=relief, **teachers)
    critical = weighted_ridge.critical_alignment(**student)
    gap = weighted_ridge.spike_student_error(zeta=zeta, **student) - ridge.teacher_error(**teachers)
    clear = np.abs(zeta - critical) > 1e-6
    np.testing.assert_array_equal((gap < 0)[clear], (zeta > critical)[clear])


def test_an_over_parameterised_student_of_an_optimal_teacher_needs_more_than_a_half():
    rng, teachers = draw(10)
    teachers["lam_t"] = teachers["gamma_t"] * teachers["noise_var"]
    critical = weighted_ridge.critical_alignment(
        lam_s=LAM_S[1:, None], gamma_s=10 ** rng.uniform(0.001, 1, SETTINGS),
        relief=rng.uniform(0.05, 1, SETTINGS), **teachers,
    )  # fmt: skip
    assert critical.min() > 0.5


def test_the_cases_that_the_pages_tell():
    over = dict(lam_t=1.0, gamma_t=0.5, noise_var=1.0)
    p, q = ridge.teacher_moments(**over)
    assert np.sqrt((p - q) / (p * (1 - p))) == pytest.approx(0.657, abs=5e-4)
    lost = weighted_ridge.spike_student_error(
        lam_s=LAM_S[1:], gamma_s=0.5, zeta=0.3, relief=1.0, **over
    )
    assert np.all(lost > ridge.teacher_error(**over))
    odd = Blocks([0.02, 0.18, 0.8], [60, 0, 1], [0.04, 0.86, 0.1])
    optimal = dict(lam_t=0.5, gamma_t=0.5, noise_var=1.0)
    gap = weighted_ridge.error_difference(lam_s=2.2, gamma_s=0.5, blocks=odd, **optimal)
    assert odd.alignment == pytest.approx(-0.25)
    assert gap == pytest.approx(-0.079, abs=1e-3)
    run = weighted_ridge.simulate(
        [0.5],
        [2.2],
        gamma_t=0.5,
        gamma_s=0.5,
        noise_var=1.0,
        blocks=odd,
        dim=150,
        n_trials=30,
        rng=1,
    )
    assert run.difference_mean[0, 0] + 3 * run.difference_stderr[0, 0] < 0
    p, q = ridge.teacher_moments(3.0, 0.7, 0.4)
    assert (ridge.teacher_error(3.0, 0.7, 0.4), 1 - p**2 / q) == pytest.approx(
        (0.644, 0.422), abs=5e-4
    )


def test_a_better_teacher_can_make_a_worse_student():
    teacher = ridge.teacher_error([0.1, 0.5], 0.5, 1.0)
    student = ridge.student_error([0.1, 0.5], 1.0, 0.5, 0.1, 1.0)
    np.testing.assert_allclose([*teacher, *student], [0.604, 0.414, 0.489, 0.572], atol=6e-4)


def test_noise_still_falls_in_late_generations():
    p, q = ridge.teacher_moments(0.02, 0.8, 1.0)
    s = shrinkage(0.3, 0.2)
    a2 = s**2 * (1 + 0.2 - 2 * 0.2 * s) / (1 - 0.2 * s**2)
    noise = [q * a2**k - (p * s**k) ** 2 for k in range(8)]
    lost = [(1 - p * s**k) ** 2 for k in range(8)]
    np.testing.assert_allclose(
        [noise[4], noise[5], lost[4], lost[5]], [0.217, 0.121, 0.522, 0.631], atol=1e-3
    )


def test_the_worked_examples():
    p, q = ridge.teacher_moments(0.15, 0.5, 1.0)
    assert (p, q) == pytest.approx((0.8, 1.129), abs=5e-4)
    assert ridge.badness(0.15, 0.5, 1.0) == pytest.approx(0.583, abs=5e-4)
    lam_s = 0.4 * 0.7 / 0.6
    assert ridge.h_ratio(lam_s, 0.5) == pytest.approx(0.488, abs=5e-4)
    assert ridge.student_error(0.15, lam_s, 0.5, 0.5, 1.0) == pytest.approx(0.486, abs=5e-4)
    assert effective_penalty(0.675, 0.5, [0.25, 1.0], [0.5, 0.5]) == pytest.approx(1.0, rel=1e-12)
    spike = dict(lam_t=0.5, lam_s=0.2, gamma_t=0.5, gamma_s=0.5, noise_var=1.0)
    assert weighted_ridge.critical_alignment(relief=0.9, **spike) == pytest.approx(0.609, abs=5e-4)
    gap = weighted_ridge.spike_student_error(zeta=0.8, relief=0.9, **spike)
    gap -= ridge.teacher_error(0.5, 0.5, 1.0)
    assert gap == pytest.approx(-0.0352, abs=5e-5)
    plain = ridge.student_error(**spike) - ridge.teacher_error(0.5, 0.5, 1.0)
    assert plain == pytest.approx(0.049, abs=5e-4)


def test_a_prior_student_beats_the_bayes_teacher():
    """The hypothesis of the Bayes statement: the student knows nothing else of the target."""
    fractions, energies = [0.5, 0.5], [0.8, 0.2]
    bayes = np.divide(fractions, energies)
    teacher = synthesis.Generation(0.5, 0.5, bayes)
    student = synthesis.Generation(0.5, 0.5, bayes, expressed=np.array([0.6, 0.6]))
    run = synthesis.simulate([teacher, student], fractions, energies, noise_var=1.0, dim=100, rng=1)
    gain, spread = run.gain.mean[1], run.gain.stderr[1]
    assert gain > 4 * spread
