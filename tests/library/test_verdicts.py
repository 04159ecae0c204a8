"""What the decision guide and the pages say, in 1,000 random settings for each verdict.

A statement with a condition is looked at where the condition holds; the search is for a counter-example.
`searches` names the verdicts that a test is about; the last test asks whether each has one.
"""

import csv

import numpy as np
import pytest

from tools.ledger.claims import TABLE
from w2slib import beyond, explorer, ridge, synthesis, warm_start, weighted_ridge
from w2slib import multi_index as mi
from w2slib.random_matrices import effective_penalty, shrinkage
from w2slib.weighted_ridge import Blocks

SETTINGS = 1000
LAM_S = np.concatenate([[1e-9], np.geomspace(1e-4, 1e4, 120)])
SEARCHED = set()
SEEN = {
    "none_start": "cold_starts_with_few_samples_stall",
    "wide": "wide_students_stopped_at_seven_win",
    "imitates": "wide_students_do_not_copy",
}
"""Verdicts of simulations, which say so: each is a claim that was run with five other seeds."""


def searches(*names):
    """Mark a test as the search for a counter-example to these verdicts of the guide."""

    def mark(test):
        SEARCHED.update(names)
        return test

    return mark


def draw(seed, size=SETTINGS):
    rng = np.random.default_rng(seed)
    lam_t, gamma_t = 10 ** rng.uniform(-3, 1, size), 10 ** rng.uniform(-1, 0.8, size)
    return rng, dict(lam_t=lam_t, gamma_t=gamma_t, noise_var=10 ** rng.uniform(-1.5, 1, size))


def plain_gaps(teacher, gamma_s):
    """L_s − L_t for every λ_s (first axis) and setting."""
    return ridge.student_error(
        lam_s=LAM_S[:, None], gamma_s=gamma_s, **teacher
    ) - ridge.teacher_error(**teacher)


@searches("plain", "none_optimal")
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


@searches("plain_interval", "none_gate")
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


@searches("weighted", "misaligned")
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


@searches("none_bayes")
def test_nobody_beats_the_bayes_teacher_without_knowing_more():
    """Any weights, any penalty, either regime."""
    rng = np.random.default_rng(11)
    for _ in range(SETTINGS):
        blocks, gamma_t, noise_var = (
            random_blocks(rng),
            10 ** rng.uniform(-1, 0.8),
            rng.uniform(0.1, 3),
        )
        teacher = dict(lam_t=noise_var * gamma_t, gamma_t=gamma_t, noise_var=noise_var)
        gap = weighted_ridge.error_difference(
            lam_s=10 ** rng.uniform(-3, 2), gamma_s=10 ** rng.uniform(-1.5, 0.8), blocks=blocks,
            teacher_weights=blocks.bayes_weights, **teacher,
        )  # fmt: skip
        assert gap > -1e-12


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


@searches("weighted_over", "none_alignment")
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


# ------------------------------------------------------------------------ Mechanism III


def features(rng, n):
    """A random target, and n random settings for it."""
    easy = rng.standard_normal(3) * (0, 1, 1) + (0, 0.2, 0)
    target = mi.Target(tuple(easy), (0.0, 0.0, *rng.standard_normal(2)), rng.uniform(0, 1))
    ratios = {name: 10 ** rng.uniform(-2, 0.5, n) for name in ("gamma_t", "gamma_s")}
    return target, ratios | dict(lam_t=rng.choice([0.0, 0.3, 2.0], n)), rng.uniform(0, 1, n)


@searches("multi", "none_overlap")
@pytest.mark.parametrize("mode", ["adapter", "full"])
def test_the_winning_overlap_is_exact(mode):
    rng, n_wins = np.random.default_rng(12), 0
    for _ in range(20):
        target, setting, rho = features(rng, SETTINGS // 20)
        student = dict(lam_s=10 ** rng.uniform(-2, 2, rho.size), mode=mode, **setting)
        needed = mi.winning_overlap(target, **student)
        gap = mi.student_error(target, rho=rho, **student)
        gap -= mi.teacher_error(target, setting["gamma_t"], setting["lam_t"])
        clear = ~(np.abs(rho - needed) < 1e-6)  # nan, where no overlap is enough, is clear
        np.testing.assert_array_equal((gap < 0)[clear], (rho > needed)[clear])
        n_wins += np.sum(gap < 0)
    assert 100 < n_wins < 900


@searches("forgets")
def test_full_fine_tuning_below_the_winning_interval_loses():
    rng, lowest = np.random.default_rng(13), []
    for _ in range(20):
        target, setting, rho = features(rng, SETTINGS // 20)
        low, _ = mi.winning_interval(target, rho=rho, mode="full", **setting)
        assert not np.any(low == 0)
        student = dict(rho=rho, mode="full", **setting)
        teacher = mi.teacher_error(target, setting["gamma_t"], setting["lam_t"])
        for share in (0.0, 0.5, 0.99):
            lam_s = share * np.where(np.isnan(low), 1.0, np.minimum(low, 1e9))
            assert np.all(mi.student_error(target, lam_s=lam_s, **student) > teacher)
        lowest.append(low)
    assert 100 < np.sum(np.isfinite(lowest)) < 900


# ------------------------------------------------------------------------ the warm start


@searches("warm", "none_alike", "saturated")
def test_the_arc_passes_closer_to_the_truth_exactly_if_the_errors_differ_enough():
    """Three random unit vectors and points between two of them, without any formula of the chapter."""
    rng, vectors = np.random.default_rng(14), []
    while len(vectors) < SETTINGS:
        drawn = rng.standard_normal((SETTINGS, 3, 3)) + 0.8  # truth, supervisor, start
        drawn /= np.linalg.norm(drawn, axis=2, keepdims=True)
        products = np.einsum("nik,njk->nij", drawn, drawn)
        vectors.extend(drawn[np.all(products > 0, axis=(1, 2))])
    truth, supervisor, start = np.moveaxis(vectors[:SETTINGS], 1, 0)
    m0, rho, c = (np.sum(a * b, axis=1) for a, b in
                  ((start, truth), (supervisor, truth), (start, supervisor)))  # fmt: skip
    share = np.append(0, 1 - np.geomspace(1, 1e-7, 1500))[:, None]
    length = np.sqrt(share**2 + (1 - share) ** 2 + 2 * share * (1 - share) * c)
    overlap = (share * rho + (1 - share) * m0) / length
    clear = np.abs(c - m0 / rho) > 1e-3
    np.testing.assert_array_equal((overlap.max(axis=0) > rho + 1e-12)[clear], (c < m0 / rho)[clear])
    assert 100 < np.sum(c < m0 / rho) < 900
    late = [warm_start.flow(*pair, 3, 1e9, each).truth for *pair, each in
            zip(m0[::20], rho[::20], c[::20], strict=True)]  # fmt: skip
    np.testing.assert_allclose(np.ravel(late), rho[::20], atol=1e-9)


# ------------------------------------------------------------------------ what survives


@searches("shared", "none_shared")
def test_shared_inputs_have_no_gate():
    rng = np.random.default_rng(15)
    lam_t, gamma = 10 ** rng.uniform(-3, 1, SETTINGS), 10 ** rng.uniform(-1, 1, SETTINGS)
    noise_var, lam_s = 10 ** rng.uniform(-1.5, 1, SETTINGS), 10 ** rng.uniform(-3, 3, SETTINGS)
    small = beyond.shared_inputs_difference(lam_t, 1e-6 * lam_t, gamma, noise_var)
    under = lam_t < gamma * noise_var
    clear = np.abs(lam_t / (gamma * noise_var) - 1) > 1e-3
    np.testing.assert_array_equal((small < 0)[clear], under[clear])
    assert np.all(beyond.shared_inputs_difference(lam_t, lam_s, gamma, noise_var)[~under] > 0)


@searches("none_class")
def test_signs_do_not_hear_a_plain_student():
    rng, teachers = draw(16)
    gamma_s = 10 ** rng.uniform(-1.5, 0.8, SETTINGS)
    before = beyond.teacher_classification_error(**teachers)
    for labels in ("soft", "hard"):
        lam_s = 10 ** rng.uniform(-3, 2, SETTINGS)
        after = beyond.student_classification_error(
            lam_s=lam_s, gamma_s=gamma_s, labels=labels, **teachers
        )
        assert np.all(after > before - 1e-12)


def test_every_verdict_of_the_guide_was_searched():
    verdicts = {
        name
        for name, node in explorer.decision_guide().nodes.items()
        if isinstance(node, explorer.guide.Verdict)
    }
    assert verdicts == SEARCHED | set(SEEN)
    assert not SEARCHED & set(SEEN)
    with TABLE.open(encoding="utf-8", newline="") as file:
        held = {row["claim"]: row["held"] == row["tried"] for row in csv.DictReader(file)}
    assert all(held[claim] for claim in SEEN.values())
