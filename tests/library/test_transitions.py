"""Change points, correlations and intervals on curves whose answer is known."""

import mpmath
import numpy as np
import pytest

from w2slib.studies import transitions as t

STEPS = np.r_[0, 2 ** np.arange(10), np.arange(600, 4001, 40)]  # Pythia's spacing


def ramp(start, end, before=-1.0, after=1.0):
    x = np.log1p(STEPS)
    return np.interp(x, np.log1p([start, end]), [before, after])


def noisy(curve, size=0.1, seeds=6, seed=0):
    return curve[:, None] + size * np.random.default_rng(seed).standard_normal((len(curve), seeds))


def test_change_point_is_found_exactly_without_noise():
    found = t.change_point(STEPS, noisy(ramp(64, 600), size=0), rng=0)
    assert found.start.value == pytest.approx(64)
    assert found.end.value == pytest.approx(600)
    assert (found.before.value, found.after.value) == pytest.approx((-1, 1))
    middle = np.expm1((np.log1p(64) + np.log1p(600)) / 2)
    assert found.crossing.value == pytest.approx(middle)
    np.testing.assert_allclose(found(STEPS), ramp(64, 600), atol=1e-12)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    hits = 0
    for seed in range(40):
        found = t.change_point(
            STEPS, noisy(ramp(64, 1000), 0.4, 8, seed), rng=seed, n_bootstrap=200
        )
        hits += found.crossing.low <= np.expm1(np.log1p([64, 1000]).mean()) <= found.crossing.high
    assert hits >= 30  # the percentile bootstrap of 8 seeds is a little too narrow


def test_crossing_at_the_beginning_and_never():
    above = t.change_point(STEPS, noisy(ramp(64, 600, 0.5, 1.0)), rng=0)
    assert above.crossing.value == 0
    never = t.change_point(STEPS, noisy(ramp(64, 600, -1.0, -0.5)), rng=0)
    assert (never.crossing.value, never.crossing.low, never.crossing.high) == (np.inf,) * 3


def test_threshold_moves_the_crossing():
    curve = noisy(ramp(32, 1000))
    low, high = (
        t.change_point(STEPS, curve, threshold=x, rng=0).crossing.value for x in (-0.5, 0.5)
    )
    assert low < high


def test_dense_late_checkpoints_do_not_move_the_estimate():
    sparse = np.r_[0, 2 ** np.arange(10), np.arange(600, 4001, 400)]
    dense = t.change_point(STEPS, noisy(ramp(64, 512), 0), rng=0)
    thin = t.change_point(
        sparse, noisy(np.interp(np.log1p(sparse), np.log1p([64, 512]), [-1, 1]), 0), rng=0
    )
    assert dense.crossing.value == pytest.approx(thin.crossing.value)


def test_rank_correlation_is_spearmans():
    from scipy.stats import spearmanr

    x, y = noisy(ramp(8, 800), 0.5), noisy(ramp(30, 400), 0.5, seed=1)
    expected = spearmanr(x.mean(axis=1), y.mean(axis=1)).statistic
    found = t.rank_correlation(x, y, rng=0)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.low <= found.value <= found.high


def test_unrelated_curves_have_an_interval_around_zero_and_signs_flip():
    x, y = noisy(0 * ramp(8, 9), 1, 30), noisy(0 * ramp(8, 9), 1, 30, seed=1)
    found = t.rank_correlation(x, y, rng=0)
    assert abs(found.value) < 0.35
    # A curve that varies everywhere: on a plateau the ranks would be those of the noise.
    down = t.rank_correlation(noisy(ramp(0, 4000)), -noisy(ramp(0, 4000), seed=5), rng=0)
    assert down.high < -0.7


def test_seed_mean_covers_the_truth_also_with_few_seeds():
    """A percentile bootstrap over six seeds would cover it in less than 90 % of the cases."""
    found = [t.seed_mean(v) for v in np.random.default_rng(0).standard_normal((4000, 6))]
    covered = np.mean([interval.low <= 0 <= interval.high for interval in found])
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 4000)


def test_pgr_of_a_study_uses_the_last_ceiling():
    ones = np.ones((2, 2))
    study = t.Study(
        steps=np.array([0, 1]), weak=np.array([0.5, 0.6]), student=np.array([[0.4, 0.6], [0.7, 0.8]]),
        ceiling=np.array([[0.4, 0.7], [0.9, 1.0]]), probe_accuracy=ones, alignment=ones,
    )  # fmt: skip
    np.testing.assert_allclose(study.pgr, [[-0.25, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(study.own_pgr, [[np.nan, 0.0], [0.5, 0.5]])


CURVES = noisy(ramp(8, 80))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: t.change_point(STEPS[::-1], CURVES), "increasing"),
        (lambda: t.change_point(STEPS[:5], CURVES), "one step"),
        (lambda: t.change_point(STEPS[:3], CURVES[:3]), "at least 4"),
        (lambda: t.change_point(STEPS, CURVES[:, :1]), "values has 1 seed"),
        (lambda: t.change_point(STEPS, CURVES[:, 0]), "values has shape"),
        (lambda: t.change_point(STEPS, CURVES * np.nan), "values = nan"),
        (lambda: t.change_point(STEPS, CURVES, threshold=np.nan), "threshold = nan"),
        (lambda: t.change_point(STEPS, CURVES, n_bootstrap=1), "n_bootstrap = 1"),
        (lambda: t.rank_correlation(CURVES, CURVES[:-1]), "the same shape"),
        (lambda: t.rank_correlation(CURVES, np.ones_like(CURVES)), "constant"),
        (lambda: t.rank_correlation(CURVES[:, :1], CURVES[:, :1]), "x has 1 seed"),
        (lambda: t.seed_mean([1.0]), "values has 1 seed"),
        (lambda: t.seed_mean(CURVES), "values has shape"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("size", [1e-250, 1.0, 1e250])
def test_seed_mean_at_the_edges_against_mpmath(size):
    values = [1.25 * size, -0.5 * size, 3.0 * size]
    with mpmath.workdps(40):
        exact = [mpmath.mpf(v) for v in values]
        mean = sum(exact) / 3
        spread = mpmath.sqrt(sum((v - mean) ** 2 for v in exact) / 2 / 3)
        # Student's quantile for 2 degrees of freedom: t = (2p − 1) √(2/(4p(1 − p))), p = 0.975.
        p = mpmath.mpf("0.975")
        quantile = (2 * p - 1) * mpmath.sqrt(2 / (4 * p * (1 - p)))
        expected = [float(x) for x in (mean, mean - quantile * spread, mean + quantile * spread)]
    found = t.seed_mean(values)
    assert found.value == pytest.approx(expected[0], rel=1e-15)
    # Student's quantile has eleven digits in scipy before 1.17.
    np.testing.assert_allclose([found.low, found.high], expected[1:], rtol=1e-10)


@pytest.mark.parametrize("exponent", [-900, 900])
def test_change_point_does_not_depend_on_the_unit(exponent):
    curve = noisy(ramp(64, 600))
    plain = t.change_point(STEPS, curve, rng=0)
    scaled = t.change_point(STEPS, np.ldexp(curve, exponent), rng=0)
    for name in ("start", "end", "crossing"):
        assert getattr(scaled, name) == getattr(plain, name)
    assert scaled.after.value == np.ldexp(plain.after.value, exponent)
