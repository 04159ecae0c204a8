"""Performance gap recovered: its values, where it is undefined, bad input."""

import mpmath
import numpy as np
import pytest

from w2slib import synthesis
from w2slib.metrics import (
    binomial_interval,
    critical_deviation,
    performance_gap_recovered,
    recovered_gap,
    recovered_gap_of_means,
    recovered_with_error,
)
from w2slib.simulation import Estimate


def test_values():
    student = np.array([0.5, 0.25, 0.375, 1.0])
    np.testing.assert_allclose(
        performance_gap_recovered(0.5, student, 0.25), [0.0, 1.0, 0.5, -2.0], rtol=1e-15
    )


def test_undefined_without_a_gap_never_huge():
    pgr = performance_gap_recovered(np.array([0.2, 0.2, 0.2]), 0.1, np.array([0.2, 0.3, 0.1]))
    np.testing.assert_array_equal(np.isnan(pgr), [True, True, False])


@pytest.mark.parametrize("name", ["weak", "student", "ceiling"])
def test_bad_input(name):
    arguments = {"weak": 0.5, "student": 0.4, "ceiling": 0.3} | {name: np.nan}
    with pytest.raises(ValueError, match=f"{name} = nan"):
        performance_gap_recovered(**arguments)
    with pytest.raises(ValueError, match="broadcast"):
        performance_gap_recovered(np.ones(2), np.ones(3), 0.0)


def test_recovered_gap_with_error_is_the_shared_one():
    weak, ceiling = Estimate(np.array(0.6), np.array(0.02)), Estimate(np.array(0.2), np.array(0.01))
    with pytest.deprecated_call(match="recovered_gap_of_means"):
        pgr = recovered_with_error(weak, Estimate(np.array(-0.1), np.array(0.03)), ceiling)
    assert pgr.mean == pytest.approx(performance_gap_recovered(0.6, 0.5, 0.2))
    assert pgr.stderr == pytest.approx((0.03 + 0.25 * (0.02 + 0.01)) / 0.4)
    assert synthesis.recovered_with_error is recovered_with_error


# ------------------------------------------------------------------------ interval of a PGR


def experiments(n, trials, gap, seed=0):
    """Errors (n, trials) of teacher, student, ceiling that share much of their noise; PGR is 0.4."""
    rng = np.random.default_rng(seed)
    shared, *own = rng.standard_normal((4, n, trials))
    size = 0.05 * shared
    return 0.6 + size + 0.05 * own[0], 0.6 - 0.4 * gap + size + 0.03 * own[1], 0.6 - gap + size


@pytest.mark.parametrize(("gap", "trials"), [(0.5, 5), (0.1, 5), (0.05, 20)])
def test_interval_covers_the_true_pgr_as_often_as_it_says(gap, trials):
    n = 6000
    found = recovered_gap(*experiments(n, trials, gap))
    covered = np.mean((found.low <= 0.4) & (found.high >= 0.4))
    # Where the gap itself is in doubt the interval is infinite, so that it covers more.
    assert covered > 0.95 - 4 * np.sqrt(0.95 * 0.05 / n)
    if np.all(np.isfinite(found.low)):
        assert covered < 0.95 + 4 * np.sqrt(0.95 * 0.05 / n)


def test_a_margin_from_the_student_alone_would_be_far_too_narrow():
    """The gap is a tenth, and the teacher's and the ceiling's errors are noisy, too."""
    weak, student, ceiling = experiments(6000, 20, 0.1)
    rng = np.random.default_rng(1)
    ceiling = ceiling + 0.05 * rng.standard_normal(ceiling.shape)
    gap = (weak - ceiling).mean(axis=1)
    pgr = (weak - student).mean(axis=1) / gap
    alone = 2 * student.std(axis=1, ddof=1) / np.sqrt(20) / weak.mean(axis=1)
    assert np.mean(np.abs(pgr - 0.4) < alone) < 0.4
    found = recovered_gap(weak, student, ceiling)
    assert np.mean((found.low <= 0.4) & (found.high >= 0.4)) > 0.94
    np.testing.assert_allclose(found.value, pgr, rtol=1e-12)


def test_ends_solve_the_quadratic_of_fieller():
    weak, student, ceiling = (part[0] for part in experiments(1, 7, 0.3))
    found = recovered_gap(weak, student, ceiling)
    with mpmath.workdps(30):
        # Student's quantile for 6 degrees of freedom, by its distribution function.
        t = mpmath.findroot(
            lambda x: mpmath.betainc(3, 0.5, 0, 6 / (6 + x**2), regularized=True) / 2 - 0.025, 2.4
        )
    for end in (found.low, found.high):
        left = (weak - student) - end * (weak - ceiling)
        assert abs(left.mean()) / (left.std(ddof=1) / np.sqrt(7)) == pytest.approx(
            float(t), rel=1e-8
        )
    assert found.low < found.value < found.high


def test_nothing_is_excluded_without_a_gap():
    found = recovered_gap(*(part[:4] for part in experiments(4, 3, 0.001)))
    assert np.all(np.isinf(found.low) & np.isinf(found.high))
    backwards = recovered_gap([0.2, 0.21], [0.1, 0.11], [0.5, 0.52])
    assert np.isnan(backwards.value)
    assert (backwards.low, backwards.high) == (-np.inf, np.inf)


def test_means_with_their_errors_say_the_same_as_the_trials():
    weak, student, ceiling = experiments(3, 9, 0.2)
    whole = recovered_gap(weak, student, ceiling)
    parts = [
        Estimate.of(x - y, axis=1)
        for x, y in ((weak, student), (weak, ceiling), (student, ceiling))
    ]
    of_means = recovered_gap_of_means(*parts, n_trials=9)
    for end in ("value", "low", "high"):
        np.testing.assert_allclose(getattr(of_means, end), getattr(whole, end), rtol=1e-9)
    assert of_means.setting["n_trials"] == 9


@pytest.mark.parametrize("mean", [-0.05, 0.002, 0.1])
def test_without_the_covariance_the_interval_holds_that_of_every_covariance(mean):
    gain, gap = (Estimate(np.array(m), np.array(s)) for m, s in ((mean, 0.01), (0.2, 0.02)))
    wide = recovered_gap_of_means(gain, gap, None, n_trials=12)
    ends = []
    for correlation in np.linspace(-1, 1, 41):
        spread = np.sqrt(0.01**2 + 0.02**2 - 2 * correlation * 0.01 * 0.02)
        remaining = Estimate(gap.mean - gain.mean, np.array(spread))
        one = recovered_gap_of_means(gain, gap, remaining, n_trials=12)
        ends.append((one.low, one.high))
    low, high = np.min(ends, axis=0)[0], np.max(ends, axis=0)[1]
    assert (wide.low, wide.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    nothing = recovered_gap_of_means(gain, Estimate(gap.mean, np.array(0.1)), None, n_trials=12)
    assert (nothing.low, nothing.high) == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recovered_gap([0.5], [0.4], [0.3]), "at least 2 trials"),
        (lambda: recovered_gap(0.5, 0.4, 0.3), "at least 2 trials"),
        (lambda: recovered_gap([0.5, np.nan], [0.4, 0.4], [0.3, 0.3]), "weak = nan"),
        (lambda: recovered_gap([0.5, 0.5], [0.4, 0.4, 0.4], 0.3), "broadcast"),
        (lambda: binomial_interval(3, 2), "whole numbers"),
        (lambda: binomial_interval(0.5, 2), "whole numbers"),
        (lambda: binomial_interval(0, 0), "n_trials >= 1"),
        (lambda: binomial_interval([1, 2, 3], [4, 4]), "broadcast"),
    ],
)
def test_intervals_refuse_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --------------------------------------------------------------------------- win fractions


@pytest.mark.parametrize("n", [5, 20])
def test_binomial_interval_covers_every_probability(n):
    """Exactly: the probability of each outcome whose interval holds p."""
    found = binomial_interval(np.arange(n + 1), n)
    k = np.arange(n + 1)
    choose = np.array([float(mpmath.binomial(n, i)) for i in k])
    for p in np.linspace(0.001, 0.999, 99):
        covers = (found.low <= p) & (p <= found.high)
        assert np.sum(choose * p**k * (1 - p) ** (n - k) * covers) >= 0.95


def test_binomial_interval_by_hand():
    none = binomial_interval(0, 20)
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 20), rel=1e-12)
    every = binomial_interval(20, 20)
    assert (every.value, every.high) == (1, 1)
    assert every.low == pytest.approx(0.025 ** (1 / 20), rel=1e-12)


# ------------------------------------------------------------------------------ many looks


def test_many_looks_together_are_wrong_in_one_of_twenty():
    n, looks, trials = 2000, 40, 10
    sample = np.random.default_rng(0).standard_normal((n, looks, trials))
    deviations = np.abs(Estimate.of(sample, axis=2).mean / Estimate.of(sample, axis=2).stderr)
    false = np.mean(np.any(deviations > critical_deviation(looks, trials), axis=1))
    assert abs(false - 0.049) < 4 * np.sqrt(0.05 * 0.95 / n)
    # Two standard errors, as if there were one look, would find something nearly always.
    assert np.mean(np.any(deviations > 2, axis=1)) > 0.9


@pytest.mark.parametrize(("looks", "trials"), [(0, 5), (1, 1), (1.5, 5)])
def test_looks_and_trials_are_whole_numbers(looks, trials):
    with pytest.raises(ValueError, match="an integer"):
        critical_deviation(looks, trials)
