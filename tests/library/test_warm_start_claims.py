"""What the chapter on the warm start says in words: the condition under which each sentence holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2slib import explorer
from w2slib import warm_start as ws
from w2slib.simulation import Estimate
from w2slib.warm_start import _sphere

overlaps = st.floats(0.01, 0.99)
degrees = st.integers(2, 6)


# ------------------------------------------------------------------ errors, scaled and not


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
@pytest.mark.parametrize("m", [-0.9, 0.0, 0.4, 1.0])
def test_scaled_error_is_the_smallest_over_all_scales(m, degree):
    """By quadrature: E h_k(a) h_k(b) at E ab = m, then the best multiple."""
    z, weight = np.polynomial.hermite_e.hermegauss(degree + 2)
    weight = weight / weight.sum()
    other = m * z[:, None] + np.sqrt(1 - m**2) * z
    link = ws.LINKS["hermite"]
    products = link(z, degree)[0][:, None] * link(other, degree)[0]
    both = np.sum(weight[:, None] * weight * products)
    scales = np.linspace(-1, 1, 2001)
    assert ws.scaled_error(m, degree) == pytest.approx(np.min(1 - 2 * scales * both + scales**2))
    assert ws.error(m, degree) == pytest.approx(2 - 2 * both, abs=1e-12)


def test_scaled_error_of_a_direction_close_to_the_truth():
    assert ws.scaled_error(1 - 1e-12, 3) == pytest.approx(6e-12, rel=1e-3)
    np.testing.assert_array_equal(ws.scaled_error([-1.0, 0.0, 1.0], 3), [0, 1, 0])


@given(overlaps, overlaps, degrees)
@settings(max_examples=30)
def test_both_errors_name_the_same_winner(m, rho, degree):
    """Scaled with scaled, unscaled with unscaled. Scaled against unscaled is Mechanism I alone."""
    if abs(m - rho) > 1e-6:
        by_error = ws.error(m, degree) < ws.error(rho, degree)
        assert by_error == (ws.scaled_error(m, degree) < ws.scaled_error(rho, degree)) == (m > rho)
    assert ws.scaled_error(m, degree) < ws.error(m, degree)


def test_scaled_supervisor_of_the_headline_beats_the_unscaled_student():
    best = ws.best_overlap(ws.initial_overlap(1.2, 0.5), 0.8)
    student, supervisor = ws.error(best, 3), ws.error(0.8, 3)
    scaled_student, scaled_supervisor = ws.scaled_error(best, 3), ws.scaled_error(0.8, 3)
    found = supervisor, student, scaled_supervisor, scaled_student
    assert found == pytest.approx((0.976, 0.766, 0.738, 0.619), abs=5e-4)
    assert scaled_student < scaled_supervisor < student < supervisor


def test_to_answer_zero_costs_one():
    z, weight = np.polynomial.hermite_e.hermegauss(12)
    for degree in (2, 3, 4):
        energy = np.sum(weight * ws.LINKS["hermite"](z, degree)[0] ** 2) / weight.sum()
        assert energy == pytest.approx(1)
        assert ws.error(0.5 ** (1 / degree), degree) == pytest.approx(1)


# ------------------------------------------------------------------ who gains


@given(overlaps, overlaps, st.floats(-1, 1))
@settings(max_examples=100)
def test_dependent_errors_gain_exactly_below_m0_over_rho(m0, rho, correlation):
    c = m0 * rho + correlation * np.sqrt((1 - m0**2) * (1 - rho**2))
    edge, other = m0 / rho, rho / m0
    if c < 0.001 or c > 1 - 1e-9 or min(abs(c - edge), abs(c - other)) < 1e-6:
        return
    best = ws.best_overlap(m0, rho, c)
    assert (best > rho * (1 + 1e-15)) == (c < edge)
    formula = np.sqrt((m0**2 + rho**2 - 2 * m0 * rho * c) / (1 - c**2))
    if c < min(edge, other):
        assert best == pytest.approx(formula, rel=1e-6)
    else:
        assert best == max(m0, rho) < formula


def test_the_guides_verdicts_on_a_thousand_settings():
    """Alike errors: never above ρ on the way. Otherwise the student is ahead at its best moment."""
    rng = np.random.default_rng(12)
    m0, rho = rng.uniform(0.01, 0.99, (2, 1000))
    correlation = rng.uniform(-1, 1, 1000)
    c = m0 * rho + correlation * np.sqrt((1 - m0**2) * (1 - rho**2))
    m0, rho, c = (each[(c > 0.01) & (c < 0.999)] for each in (m0, rho, c))
    # The arc itself, point by point, not the closed form of its best point.
    angle = np.linspace(0, 1, 2001)[:, None] * np.arccos(c)
    truth = rho * np.cos(angle) + (m0 - rho * c) / np.sqrt(1 - c**2) * np.sin(angle)
    ahead = truth.max(axis=0) - rho
    alike = c >= m0 / rho
    assert np.all(ahead[alike] <= 1e-12)
    assert np.all(ahead[~alike] > 0)
    assert min(alike.sum(), (~alike).sum()) > 50


def test_dependent_errors_of_the_chapter():
    """m₀ = 0.6, ρ = 0.8: the gain is gone at c = 0.75, for independent errors c is 0.48."""
    gain = [ws.best_overlap(0.6, 0.8, c) - 0.8 for c in (0.48, 0.6, 0.7, 0.75, 0.9)]
    assert gain == pytest.approx([0.037, 0.014, 0.002, 0, 0], abs=1e-3)
    assert gain[-1] == 0


@given(overlaps, overlaps)
@settings(max_examples=30)
def test_worse_supervisors_leave_more_overlap_to_gain(m0, rho):
    better = rho + 0.01 * (1 - rho)
    gains = [ws.best_overlap(m0, r) - r for r in (rho, better)]
    assert gains[0] > gains[1]
    assert ws.best_overlap(m0 + 0.01 * (1 - m0), rho) > ws.best_overlap(m0, rho)


def test_but_not_always_more_error_to_gain():
    rho = np.linspace(0.01, 0.99, 197)
    gain = {k: ws.error(rho, k) - ws.error(ws.best_overlap(0.6, rho), k) for k in (2, 3, 4)}
    assert np.all(np.diff(gain[2]) < 0)
    for degree, peak in [(3, 0.28), (4, 0.45)]:
        assert np.all(np.diff(gain[degree][rho < peak - 0.02]) > 0)
        assert np.all(np.diff(gain[degree][rho > peak + 0.02]) < 0)


# ------------------------------------------------------------------ the effective region


@pytest.mark.parametrize(("degree", "samples_per_dim"), [(2, 200), (3, 2000), (4, np.inf)])
def test_effective_region_is_an_interval_that_ends_below_the_supervisor(degree, samples_per_dim):
    m = np.arange(1, 1000) / 1000
    for rho in (0.6, 0.8):
        region = ws.effective_region(degree, rho, samples_per_dim=samples_per_dim)
        bias, sampling = ws.perturbation(m, rho, degree, samples_per_dim)
        good = (bias + sampling) / ws.curvature(m, degree) < np.sqrt(2 - 2 * m)
        np.testing.assert_array_equal(good, (region.overlap <= m) & (m <= region.upper))
        assert not good.any() or region.upper < rho


@pytest.mark.parametrize("degree", [2, 3, 4, 6])
def test_perturbation_from_a_cold_start_is_the_largest_on_the_arc(degree):
    """It is large just behind the point closest to the truth: an arc of length m₀ in all."""
    m0, rho = np.array([1e-3, 0.02, 0.3, 0.9]), 0.8
    aside = m0 * (1 - rho**2) / np.sqrt(1 - m0**2 * rho**2)
    peak, start = np.arctan2(aside, rho), np.arccos(m0 * rho)
    angle = np.concatenate([np.geomspace(1e-7, 1, 40_001), [1.0]])[:, None] * start
    assert np.all(angle[0] < peak / 100)
    a = np.cos(angle)
    truth = rho * a + aside * np.sin(angle)
    distance = np.sqrt(2 - 2 * truth)
    pull = 2 * degree * a ** (degree - 1) * (rho - a * truth) / distance
    largest = np.max(ws.curvature(m0, degree) * distance - pull, axis=0)
    assert np.all(largest >= 0)
    np.testing.assert_allclose(ws.perturbation(m0, rho, degree)[0], largest, rtol=2e-3)


def test_similar_errors_help_a_student_that_is_not_much_better_than_the_supervisor():
    """s = 0.8: at the supervisor's own overlap descent still helps, and a little beyond."""
    assert ws.truth_rate(0.8, 0.8, 3, 0.8) > 0
    limit = 1 / np.hypot(1, 0.8 * 0.75)  # tan of the student = 0.8 tan of the supervisor
    assert limit == pytest.approx(0.857, abs=5e-4)
    assert ws.truth_rate(limit - 1e-6, 0.8, 3, 0.8) > 0 > ws.truth_rate(limit + 1e-6, 0.8, 3, 0.8)


@pytest.mark.parametrize("noise_var", [0.0, 0.7])
def test_variance_of_a_gradient_of_degree_two(noise_var):
    a = np.linspace(-1, 1, 9)
    expected = 48 * (1 - a**2) + 8 * noise_var
    np.testing.assert_allclose(ws.gradient_noise(a, 2, noise_var), expected, atol=1e-12)


# ------------------------------------------------------------------ random starts


def test_random_starts_of_degree_three_stall_with_few_samples_and_arrive_with_more():
    """Batches that are used again and again; n_s = 20 d and 120 steps, n_s = 100 d and 600."""
    dim, seeds = 50, 24
    arrived = []
    for per_dim, n_steps in [(20, 120), (100, 600)]:
        rng = np.random.default_rng(3)
        starts, teachers = rng.standard_normal((2, seeds, dim))
        size = dict(n_samples=per_dim * dim, noise_var=0.0, step_size=0.04, n_steps=n_steps)
        run = ws.fine_tune(starts, degree=3, supervisor=teachers, rng=rng, **size)
        arrived.append(np.mean(run.supervisor[:, -1] > 0.9))
    assert arrived[0] <= 0.25
    assert arrived[1] >= 0.3


# ------------------------------------------------------------------ other inputs


@pytest.mark.parametrize("inputs", ["student", "sign"])
def test_student_that_is_its_supervisor_has_the_supervisors_error(inputs):
    rng = np.random.default_rng(0)
    size = dict(degree=3, n_samples=100, noise_var=0.0, step_size=0.1, n_steps=1, inputs=inputs)
    task = _sphere.Task.draw(30, rng, **size)
    w = ws.unit_vector([0.8, 1.0], dim=30, rng=rng)
    np.testing.assert_array_equal(task.error(w), task.run(w, w)[2][:, 0])
    assert task.error(w)[1] == pytest.approx(0, abs=1e-9)


def test_wins_on_heavy_tails_are_measured_on_heavy_tails():
    """The supervisor's error there is several times the Gaussian one, which no student undercuts."""
    run = ws.simulate(
        0.7, 0.8, degree=3, samples_per_dim=40, dim=40, step_size=0.004, n_steps=150,
        inputs="student", n_trials=8, rng=11,
    )  # fmt: skip
    assert run.best_mean[0] > ws.error(0.8, 3)
    assert run.wins[0] >= 0.5


# ------------------------------------------------------------------ the error of the PGR


def test_error_of_the_pgr_counts_the_ceiling_and_what_it_shares_with_the_student():
    rng, one = np.random.default_rng(0), np.ones(1)
    weak, shared = 1.0, rng.standard_normal((30, 1))
    student = 0.8 + 0.10 * shared + 0.05 * rng.standard_normal((30, 1))
    ceiling = 0.5 + 0.20 * shared + 0.05 * rng.standard_normal((30, 1))
    own, best, left = (Estimate.of(each, axis=0) for each in (student, ceiling, student - ceiling))
    run = ws.Transition(
        one, one, one, one, one, weak * one, own.mean[:, None], own.stderr[:, None], best.mean,
        best.stderr, one[:, None], left.mean[:, None], left.stderr[:, None],
    )  # fmt: skip
    gap = weak - ceiling.mean()
    ratio = (weak - student.mean()) / gap
    to_first_order = (ratio * (ceiling - ceiling.mean()) - (student - student.mean())) / gap
    expected = to_first_order.std(ddof=1) / np.sqrt(30)
    assert run.pgr[0, 0] == pytest.approx(ratio)
    assert run.pgr_stderr[0, 0] == pytest.approx(expected, rel=1e-12)
    assert abs(own.stderr[0] / gap / expected - 1) > 0.2  # with the ceiling taken as given


# ------------------------------------------------------------------ the worked example, the explorer


def test_the_example_by_hand():
    """The chapter's worked example, digit by digit: m₀ = 0.6, ρ = 0.8, degree 3."""
    c = 0.6 * 0.8
    aside = (0.6 - 0.8 * c) / np.sqrt(1 - c**2)
    best = np.hypot(0.8, aside)
    assert (c, aside, best**2, best) == pytest.approx((0.48, 0.246, 0.701, 0.837), abs=5e-4)
    assert ws.best_overlap(0.6, 0.8) == pytest.approx(best)
    assert ws.error([0.8, best], 3) == pytest.approx([0.976, 0.827], abs=5e-4)
    assert ws.scaled_error([0.8, best], 3) == pytest.approx([0.738, 0.656], abs=5e-4)
    a = 0.8 / best
    clock = [np.arctanh(x) - 1 / x for x in (c, a)]
    assert (a, *clock) == pytest.approx((0.956, -1.560, 0.848), abs=5e-4)
    assert ws.best_time(0.6, 0.8, 3) == pytest.approx((clock[1] - clock[0]) / 6)


def test_presets_do_what_they_say():
    phase = explorer.warm_start()
    presets = {p["label"]: p["settings"] for p in phase.canvas.options["presets"]}
    gap = {name: phase.field.evaluate("diff", **given) for name, given in presets.items()}
    assert gap["warm start"] < -0.05
    assert gap["no pre-training"] > 0
    assert abs(gap["trained too long"]) < 0.02 * phase.field.evaluate("teacher")
    assert gap["more pre-training data"] < gap["warm start"]
    # Degree 4 waits longer from the coldest start of the table, and gains less at its best.
    for theta in (0.75, 1.2):
        m0 = ws.initial_overlap(theta, 0.5)
        assert ws.best_time(m0, 0.8, 4) > ws.best_time(m0, 0.8, 3)
