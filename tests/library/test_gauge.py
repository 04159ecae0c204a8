"""The warm start's gauge: known overlaps, the flow against plain algebra, what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from w2slib.checkpoints import SweepSetting, TextDataset, gauge_sweep, warm_start_gauge
from w2slib.probes import fit_probe
from w2slib.studies._planning import deals_of
from w2slib.warm_start import best_overlap

WIDTH, SPIKE, HALF = 10, 4.0, math.sqrt(2 / math.pi)


def directions(rho):
    """Truth along the spike (alike in all coordinates: scaling does nothing), supervisor at rho."""
    truth = np.full(WIDTH, WIDTH**-0.5)
    aside = np.tile([1.0, -1.0], WIDTH // 2) / math.sqrt(WIDTH)
    return truth, rho * truth + math.sqrt(1 - rho**2) * aside


def sample(rng, n, rho=0.6, spike=SPIKE):
    """Features with a spike along the truth, labels of supervisor and truth."""
    truth, weak = directions(rho)
    x = rng.standard_normal((n, WIDTH)) + math.sqrt(spike) * rng.standard_normal((n, 1)) * truth
    return x, x @ weak > 0, x @ truth > 0


def gauged(rng, n=2000, n_few=200, **named):
    x, weak, truth = sample(rng, n + n_few, **named)
    return warm_start_gauge(x[:n], weak[:n], x[n:], weak[n:], truth[n:])


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9])
def test_start_copy_and_supervisor_have_the_overlaps_of_the_model(rho):
    truth, weak = directions(rho)
    covariance = np.eye(WIDTH) + SPIKE * np.outer(truth, truth)
    start = covariance @ weak

    def overlap(a, b):
        return a @ covariance @ b / math.sqrt(a @ covariance @ a * (b @ covariance @ b))

    found = gauged(np.random.default_rng(1), 40_000, 40_000, rho=rho)
    assert found.start == pytest.approx(HALF * overlap(start, truth), abs=0.015)
    assert found.copy == pytest.approx(HALF * overlap(weak, truth), abs=0.015)
    assert found.correlation == pytest.approx(overlap(start, weak), abs=0.015)
    angle = math.acos(overlap(weak, truth)) / math.pi
    assert found.weak == pytest.approx(1 - angle, abs=0.01)
    assert found.rho == pytest.approx(1 - 2 * angle, abs=0.02)
    # The path begins at the start and ends in the copy.
    assert found.truth[0] == pytest.approx(found.start, abs=0.01)
    assert found.truth[-1] == pytest.approx(found.copy, abs=1e-6)
    assert found.supervisor[-1] == pytest.approx(1)


def test_circle_is_the_warm_start_chapters():
    found = gauged(np.random.default_rng(2))
    assert found.circle == pytest.approx(best_overlap(found.start, found.copy, found.correlation))
    assert found.circle >= max(found.start, found.copy)


def test_flow_is_gradient_descent():
    rng = np.random.default_rng(3)
    x, weak, truth = sample(rng, 400)
    train, few = x[:300], x[300:]
    found = warm_start_gauge(train, weak[:300], few, weak[300:], truth[300:], times=[0.5, 5.0])
    centre, scale = train.mean(0), train.std(0)
    z, s = (train - centre) / scale, np.where(weak[:300], 1.0, -1.0)
    s_mean, w, step = s.mean(), np.zeros(WIDTH), 1e-3
    least = np.linalg.lstsq(z, s - s_mean, rcond=None)[0]
    y = np.where(truth[300:], 1.0, -1.0)
    for number in range(5000):
        if number in (500,):
            left = least - w
            at_half = (
                left @ (z.T @ (z @ left) / 300) / (left @ left),
                np.corrcoef((few - centre) / scale @ w, y)[0, 1],
            )
        w = w - step * z.T @ (z @ w - s + s_mean) / 300
    assert found.convexity[0] == pytest.approx(at_half[0], rel=2e-3)
    assert found.truth[0] == pytest.approx(at_half[1], abs=1e-3)
    assert found.truth[1] == pytest.approx(
        np.corrcoef((few - centre) / scale @ w, y)[0, 1], abs=1e-3
    )
    assert found.copy == pytest.approx(np.corrcoef((few - centre) / scale @ least, y)[0, 1])


def test_convexity_falls_from_loud_to_quiet_directions():
    found = gauged(np.random.default_rng(4))
    assert np.all(np.diff(found.convexity) <= 1e-12)
    assert found.convexity[0] > 1.5 * found.convexity[-1] > 0


def test_predicted_gain_is_the_probes():
    """Sixty experiments with two normal classes: no bias, and errors of the size that the gauge says."""
    rng, errors = np.random.default_rng(5), []
    direction, aside = directions(0.0)
    for _ in range(60):
        truth = rng.random(600 + 150 + 4000) < 0.5
        x = (
            rng.standard_normal((len(truth), WIDTH))
            + np.where(truth, 1.0, -1.0)[:, None] * direction
        )
        weak = x @ (direction + aside) + 0.3 > 0
        train, few, test = slice(600), slice(600, 750), slice(750, None)
        found = warm_start_gauge(x[train], weak[train], x[few], weak[few], truth[few])
        right = fit_probe(x[train], weak[train]).predict(x[test]) == truth[test]
        gain = np.mean(right) - np.mean(weak[test] == truth[test])
        errors.append((found.gain - gain, found.gain_stderr))
    error, said = np.array(errors).T
    assert abs(error.mean()) < 0.012
    assert error.std(ddof=1) == pytest.approx(said.mean(), rel=0.35)


def test_warm_start_gains_and_a_cold_one_does_not():
    rng = np.random.default_rng(6)
    warm = gauged(rng, 20_000, 20_000)
    assert warm.start > warm.copy
    assert warm.best_gain > 0.05
    x, weak, truth = sample(rng, 40_000)
    noise = rng.standard_normal(x.shape)  # features that know nothing
    cold = warm_start_gauge(
        noise[:20_000], weak[:20_000], noise[20_000:], weak[20_000:], truth[20_000:]
    )
    assert abs(cold.start) < 0.03
    assert cold.gain < -0.1


def test_names_of_classes_scale_and_constant_features_do_not_matter():
    rng = np.random.default_rng(7)
    x, weak, truth = sample(rng, 300)
    first = warm_start_gauge(x[:200], weak[:200], x[200:], weak[200:], truth[200:])
    moved = np.hstack([3 * x - 7, np.ones((300, 1))])
    yes = np.array(["no", "yes"])
    second = warm_start_gauge(
        moved[:200],
        yes[weak[:200].astype(int)],
        moved[200:],
        yes[weak[200:].astype(int)],
        yes[truth[200:].astype(int)],
    )
    assert np.allclose(first.truth, second.truth)
    assert second.gain == pytest.approx(first.gain)
    assert second.gain_stderr == pytest.approx(first.gain_stderr)


def test_more_features_than_inputs_have_a_path():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((60, 100))
    truth = x[:, 0] > 0
    found = warm_start_gauge(x[:40], truth[:40], x[40:], truth[40:], truth[40:])
    assert np.all(np.isfinite(found.truth))
    assert np.all(found.convexity > 0)


@pytest.mark.parametrize("unit", [1e-100, 1e-13, 1e100])
def test_the_unit_of_the_features_does_not_matter(unit):
    x = np.random.default_rng(10).standard_normal((60, 4))
    truth, weak = x[:, 0] > 0, x[:, 0] + x[:, 1] > 0
    parts = weak[:40], weak[40:], truth[40:]
    found, expected = (
        warm_start_gauge(size * x[:40], parts[0], size * x[40:], *parts[1:]) for size in (unit, 1)
    )
    assert found.gain == pytest.approx(expected.gain, abs=1e-9)


GOOD = np.random.default_rng(9).standard_normal((30, 3))
SIGN = GOOD[:, 0] > 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"features": GOOD[:, 0]}, "features has shape"),
        ({"few_features": GOOD[:, :2]}, r"few_features has shape \(30, 2\); allowed: \(at least 8, 3\)"),
        ({"few_features": GOOD[:7], "few_labels": SIGN[:7], "few_weak_labels": SIGN[:7]}, "at least 8"),
        ({"weak_labels": SIGN[:9]}, r"weak_labels has shape \(9,\)"),
        ({"weak_labels": np.ones(30, bool)}, "weak_labels has the single class True"),
        ({"few_labels": np.ones(30, bool)}, "few_labels has the single class True"),
        ({"weak_labels": np.arange(30) % 3}, "weak_labels has the class 2; allowed: the two of few_labels"),
        ({"few_labels": np.arange(30) % 3}, "few_labels has the class 2"),
        ({"features": np.ones((30, 3))}, "features are constant"),
        ({"features": np.full((30, 3), np.nan)}, "features"),
        ({"few_features": np.ones((30, 3))}, "few_features are constant"),
        ({"few_features": 1e200 * GOOD}, "few_features reach .*; allowed: below 1e.100"),
        ({"few_features": 1e308 * np.sign(GOOD), "features": GOOD / 1e3}, "few_features reach 1e.308"),
        ({"times": [0.0, 1.0]}, "times"),
        ({"times": [2.0, 1.0]}, "times"),
        ({"penalty": 0}, "penalty = 0"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(changed, message):
    named = {
        "features": GOOD,
        "weak_labels": SIGN,
        "few_features": GOOD,
        "few_weak_labels": SIGN,
        "few_labels": SIGN,
    }
    with pytest.raises(ValueError, match=message):
        warm_start_gauge(**(named | changed))


def test_few_of_one_class_are_refused_before_anything_is_loaded(tmp_path):
    """Their correlation with anything was 0, and the predicted gain a number all the same."""
    names = tuple(map(str, range(60)))
    setting = SweepSetting(n_supervisor=20, n_train=16, n_test=16, n_seeds=1)
    ((deal, _),) = deals_of(TextDataset(names, names, np.arange(60) % 2), setting)
    labels = np.zeros(60, int)
    for side in (deal.supervisor, deal.train, deal.test):
        labels[side[::2]] = 1  # of those that are left none
    with pytest.raises(ValueError, match="true labels of the 8 few has the single class 0"):
        gauge_sweep(tmp_path, TextDataset(names, names, labels), setting=setting, n_few=8,
                    checkpoints=[(0, "step0")])  # fmt: skip
