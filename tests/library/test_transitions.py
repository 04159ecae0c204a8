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


def test_crossing_of_eight_seeds_is_covered_as_often_as_it_says():
    """Plain percentiles of the bootstrap would cover it in nine cases of ten."""
    steps, n, hits, plain = 2 ** np.arange(14) - 1, 400, 0, 0
    curve = np.interp(np.arange(14), [6, 11], [-1.0, 1.0])
    for seed in range(n):
        values = noisy_at(curve, 0.8, 8, seed)
        found = t.change_point(steps, values, rng=seed, n_bootstrap=400).crossing
        hits += found.low <= 2**8.5 - 1 <= found.high
        plain += _within_plain_percentiles(steps, values, 2**8.5 - 1, seed)
    # One in twenty, give or take three standard errors; the fit itself has a small bias.
    assert 0.917 <= hits / n <= 0.983
    assert plain / n < 0.93


def noisy_at(curve, size, seeds, seed):
    """Half of the noise belongs to a seed, half to each of its checkpoints."""
    rng = np.random.default_rng(seed)
    own, each = rng.standard_normal(seeds), rng.standard_normal((len(curve), seeds))
    return curve[:, None] + size * np.sqrt(0.5) * (own + each)


def _within_plain_percentiles(steps, values, truth, seed):
    rng, x = np.random.default_rng(seed), np.log1p(steps)
    drawn = values[:, rng.integers(8, size=(200, 8))].mean(axis=2)
    crossing = t._crossing(x[0], *t._fit_ramps(x, drawn), 0.0)
    low, high = np.percentile(crossing, [2.5, 97.5], method="nearest")
    return low <= truth <= high


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
    own = [spearmanr(*pair).statistic for pair in zip(x.T, y.T, strict=True)]
    found = t.rank_correlation(x, y)
    assert found.value == pytest.approx(np.tanh(np.arctanh(own).mean()), abs=1e-12)
    assert found.low <= found.value <= found.high


def test_partial_rank_correlation_is_that_of_residuals():
    """By the formula of three correlations, of ranks."""
    from scipy.stats import spearmanr

    x, y = noisy(ramp(8, 800), 0.5), noisy(ramp(30, 400), 0.5, seed=1)
    own = []
    for pair in zip(x.T, y.T, strict=True):
        r = spearmanr(np.column_stack([*pair, STEPS])).statistic
        free = np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
        own.append((r[0, 1] - r[0, 2] * r[1, 2]) / free)
    found = t.rank_correlation(x, y, given=STEPS)
    assert found.value == pytest.approx(np.tanh(np.arctanh(own).mean()), abs=1e-12)


def seeds_of_different_quality(n, seed, checkpoints=20):
    """Two rising curves of n seeds; how noisy they are differs from seed to seed."""
    rng = np.random.default_rng(seed)
    size = np.exp(0.5 * rng.standard_normal(n)) / 3
    trend = np.linspace(0, 1, checkpoints)[:, None]
    return [trend + size * rng.standard_normal((checkpoints, n)) for _ in range(2)]


def test_interval_of_a_rank_correlation_covers_what_many_seeds_say():
    truth = t.rank_correlation(*seeds_of_different_quality(20_000, 0)).value
    n, hits = 400, 0
    for seed in range(1, n + 1):
        found = t.rank_correlation(*seeds_of_different_quality(6, seed))
        hits += found.low <= truth <= found.high
    assert abs(hits / n - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / n)


def test_what_rises_with_the_step_only_has_no_partial_correlation():
    """Two curves that share their trend and nothing else: the control tells it, the plain one does not."""
    steps = np.arange(80)
    trend, rng = np.log1p(steps)[:, None], np.random.default_rng(2)
    x, y = trend + 0.4 * rng.standard_normal((2, 80, 12))
    assert t.rank_correlation(x, y).low > 0.7
    rest = t.rank_correlation(x, y, given=steps)
    assert rest.low < 0.05
    assert abs(rest.value) < 0.12
    related = t.rank_correlation(x, 0.5 * y + 0.5 * x, given=steps)
    assert related.low > 0.5


def test_perfect_agreement_is_not_infinite():
    """Half an exchange of neighbours away from 1, whatever the number of seeds."""
    x = noisy(ramp(0, 4000), 0)
    found = t.rank_correlation(x, x**3)
    assert found.low == found.high == pytest.approx(1 - 6 / (len(x) ** 3 - len(x)))


def test_unrelated_curves_have_an_interval_around_zero_and_signs_flip():
    x, y = noisy(0 * ramp(8, 9), 1, 30), noisy(0 * ramp(8, 9), 1, 30, seed=1)
    found = t.rank_correlation(x, y)
    assert found.low < 0 < found.high
    assert abs(found.value) < 0.1
    # A curve that varies everywhere: on a plateau the ranks would be those of the noise.
    down = t.rank_correlation(noisy(ramp(0, 4000)), -noisy(ramp(0, 4000), seed=5))
    assert down.high < -0.7


def networks(n, seed, share):
    """Six checkpoints of n networks; how far one is ahead is partly the same in x and in y."""
    rng = np.random.default_rng(seed)
    ahead, own = rng.standard_normal(n), rng.standard_normal((2, n))
    each = rng.standard_normal((2, 6, n))
    return np.arange(6.0)[:, None] + share * ahead + 0.7 * own[:, None] + 0.7 * each


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_same_step_correlation_covers_what_many_networks_say(share):
    truth = np.mean([_same_step(*networks(20_000, seed, share)) for seed in range(3)])
    n, hits = 150, 0
    for seed in range(n):
        found = t.same_step_correlation(*networks(10, 100 + seed, share))
        hits += found.low <= truth <= found.high
    assert 0.88 <= hits / n <= 1
    assert abs(truth - 0.49 * share) < 0.02


def _same_step(x, y):
    """The same by scipy, for large n."""
    from scipy.stats import spearmanr

    return np.mean([spearmanr(*pair).statistic for pair in zip(x, y, strict=True)])


def test_three_networks_exclude_nothing():
    x, y = networks(3, 0, 1.0)
    found = t.same_step_correlation(x, y)
    assert (found.low, found.high) == (-1, 1)
    assert found.value == pytest.approx(_same_step(x, y), abs=1e-12)


def test_a_trend_alone_makes_no_same_step_correlation():
    x, y = noisy(ramp(0, 4000), 0.1, 12), noisy(ramp(0, 4000), 0.1, 12, seed=1)
    assert t.rank_correlation(x, y).low > 0.65
    found = t.same_step_correlation(x, y)
    assert found.low < 0 < found.high
    assert found.value == pytest.approx(_same_step(x, y), abs=1e-12)


# ------------------------------------------------------------------------- undefined values


def with_hole(curves):
    """Seed 2 has no value at one checkpoint."""
    curves = np.array(curves)
    curves[3, 2] = np.nan
    return curves


def test_a_seed_without_a_value_is_left_out_and_counted():
    curves = noisy(ramp(8, 800), seeds=7)
    whole, rest = with_hole(curves), np.delete(curves, 2, axis=1)
    other = noisy(ramp(30, 400), 0.5, seeds=7, seed=1)
    pairs = [
        (t.seed_mean(whole[3]), t.seed_mean(rest[3])),
        (t.rank_correlation(whole, other), t.rank_correlation(rest, np.delete(other, 2, axis=1))),
        (t.rank_correlation(other, whole), t.rank_correlation(np.delete(other, 2, axis=1), rest)),
        (
            t.same_step_correlation(whole, other),
            t.same_step_correlation(rest, np.delete(other, 2, axis=1)),
        ),
        (
            t.crossing_shift(STEPS, whole, curves + 0.1, rng=0, n_bootstrap=50),
            t.crossing_shift(STEPS, rest, rest + 0.1, rng=0, n_bootstrap=50),
        ),
    ]
    for found, expected in pairs:
        assert (found.value, found.low, found.high) == (
            expected.value,
            expected.low,
            expected.high,
        )
        assert (found.left_out, expected.left_out) == (1, 0)
    flat = np.where(np.arange(7) == 4, 1.0, curves)
    assert t.rank_correlation(flat, other).left_out == 1
    found, expected = (
        t.change_point(STEPS, values, rng=0, n_bootstrap=50) for values in (whole, rest)
    )
    assert (found.left_out, expected.left_out) == (1, 0)
    assert (found.crossing, found.after) == (expected.crossing, expected.after)


def test_the_chapters_curves_may_have_a_seed_without_a_gap():
    """A supervisor better than the last ceiling: PGR is undefined, the gain is not."""
    ceiling = np.full((len(STEPS), 4), 0.9)
    student = 0.7 + 0.1 * noisy(ramp(8, 800), 0.1, 4)
    study = t.Study(STEPS, np.array([0.7, 0.95, 0.7, 0.72]), student, ceiling, student, student)
    assert np.isnan(study.pgr).any()
    assert t.change_point(STEPS, study.pgr, rng=0).left_out == 1
    assert t.rank_correlation(study.probe_accuracy, study.pgr).left_out == 1
    assert t.seed_mean(study.pgr[-1]).left_out == 1
    whole = t.change_point(STEPS, study.gain, gap=study.gap, rng=0)
    assert (whole.left_out, np.isfinite(whole.after.value)) == (0, True)
    assert np.all(np.isfinite(study.recovered.value))


# -------------------------------------------------------------- gaps of means, paired crossings


def test_change_point_of_a_ratio_is_that_of_the_mean_accuracies():
    curves, gap = noisy(ramp(64, 600), 0.3), np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    found = t.change_point(STEPS, curves, gap=gap, rng=0)
    alone = t.change_point(STEPS, curves, rng=0)
    for name in ("start", "end", "crossing"):
        assert getattr(found, name).value == pytest.approx(getattr(alone, name).value)
    for end in ("low", "high"):  # where a ratio is zero does not depend on the gap
        assert getattr(found.crossing, end) == pytest.approx(getattr(alone.crossing, end))
    assert found.after.value == pytest.approx(alone.after.value / gap.mean())
    wider = (found.after.high - found.after.low) * gap.mean()
    assert wider > 1.5 * (alone.after.high - alone.after.low)


def test_resamples_without_a_gap_are_counted():
    found = t.change_point(
        STEPS, noisy(ramp(64, 600), seeds=3), gap=np.array([1.0, 1.0, -1.5]), rng=0
    )
    assert 0.1 * 2000 < found.after.left_out < 0.4 * 2000
    with pytest.raises(ValueError, match="gap has the mean -1"):
        t.change_point(STEPS, noisy(ramp(64, 600), seeds=2), gap=-np.ones(2))


def test_a_paired_shift_is_surer_than_two_intervals():
    early = noisy_at(ramp(30, 800), 0.5, 8, 0)
    late = noisy_at(ramp(60, 1600), 0.0, 8, 0) + (early - ramp(30, 800)[:, None])
    shift = t.crossing_shift(STEPS, early, late, rng=0, n_bootstrap=500)
    assert shift.value == pytest.approx(1, abs=0.15)
    assert shift.low > 0.5
    few = dict(rng=0, n_bootstrap=500)
    one, two = (t.change_point(STEPS, curve, **few).crossing for curve in (early, late))
    assert one.high > two.low  # the two intervals overlap


def test_shift_to_never_and_from_never():
    up, never = noisy(ramp(8, 80)), noisy(ramp(8, 80, -2.0, -1.0))
    assert t.crossing_shift(STEPS, up, never, rng=0).value == np.inf
    assert t.crossing_shift(STEPS, never, up, rng=0).value == -np.inf
    with pytest.raises(ValueError, match="neither curve crosses"):
        t.crossing_shift(STEPS, never, never, rng=0)


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
        (lambda: t.rank_correlation(CURVES, CURVES, given=STEPS[:-1]), "given has shape"),
        (
            lambda: t.rank_correlation(CURVES, CURVES, given=0 * STEPS),
            "given = 0 at every checkpoint",
        ),
        (
            lambda: t.rank_correlation(STEPS[:, None] + np.zeros(3), CURVES[:, :3], given=STEPS),
            "constant",
        ),
        (lambda: t.rank_correlation(CURVES, CURVES * np.nan), "x = nan for 6 of 6"),
        (lambda: t.same_step_correlation(CURVES[:, :1], CURVES[:, :1]), "x has 1 seed"),
        (lambda: t.same_step_correlation(np.ones((3, 5)), np.ones((3, 5))), "the same for all"),
        (lambda: t.change_point(STEPS, CURVES * np.inf), "values = "),
        (lambda: t.change_point(STEPS, CURVES, gap=np.ones(2)), "gap has shape"),
        (lambda: t.crossing_shift(STEPS, CURVES, CURVES[:, :2]), "the same shape"),
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
