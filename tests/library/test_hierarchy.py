"""Networks and deals: intervals that cover, components that are right."""

import numpy as np
import pytest

from w2slib.studies import hierarchy as h
from w2slib.studies.results import SweepStudy
from w2slib.studies.transitions import Study, change_point


def draws(trials, n, s, network, deal, seed=0):
    rng = np.random.default_rng(seed)
    shape = (trials, n, s)
    return network * rng.standard_normal((trials, n, 1)) + deal * rng.standard_normal(shape)


@pytest.mark.parametrize(("n", "network", "deal"), [(3, 1.0, 0.5), (6, 1.0, 1.0), (6, 0.3, 1.0)])
def test_interval_over_networks_covers(n, network, deal):
    inside = 0
    for values in draws(200, n, 5, network, deal):
        found = h.two_level(values, rng=0, n_bootstrap=400)
        inside += found.low <= 0 <= found.high
    assert inside >= 183  # 0.915: what 0.95 gives in all but one of 60 cases


def test_deals_alone_would_not_cover():
    """The test above could fail: treating deals as independent covers a third of the time."""
    inside = 0
    for values in draws(200, 6, 5, 1.0, 0.2):
        flat = values.reshape(-1)
        inside += abs(flat.mean()) < 2 * flat.std(ddof=1) / np.sqrt(len(flat))
    assert inside < 140


def test_ratio_of_means_over_networks():
    rng = np.random.default_rng(0)
    gap = 0.2 + 0.02 * rng.standard_normal((6, 4))
    gain = 0.5 * gap + 0.01 * rng.standard_normal((6, 4))
    values = np.stack([gain, gap], axis=-1)

    def ratio(sample):
        return sample[..., 0].mean(axis=(1, 2)) / sample[..., 1].mean(axis=(1, 2))

    found = h.two_level(values, ratio, rng=1)
    assert found.low < 0.5 < found.high
    assert found.value == pytest.approx(gain.mean() / gap.mean())
    assert found == h.two_level(values, ratio, rng=1)


def test_components_are_unbiased():
    values = draws(2000, 5, 4, 0.5, 1.0)
    found = [h.variance_components(each) for each in values]
    assert np.mean([each.network for each in found]) == pytest.approx(0.25, abs=0.03)
    assert np.mean([each.deal for each in found]) == pytest.approx(1.0, abs=0.03)


def test_onset_over_networks_uses_the_house_statistics():
    rng, steps = np.random.default_rng(0), 2 ** np.arange(12) - 1
    studies = []
    for _ in range(5):
        curve = 0.5 + 0.3 * np.interp(np.arange(12), [4, 8] + 0.5 * rng.standard_normal(1), [0, 1])
        student = curve[:, None] + 0.01 * rng.standard_normal((12, 3))
        studies.append(Study(steps, np.full(3, 0.65), student, student + 0.05, student, student))
    last = studies.pop()
    parts = (
        getattr(last, name)[1:] for name in ("student", "ceiling", "probe_accuracy", "alignment")
    )
    study = h.over_networks([*studies, Study(steps[1:], last.weak, *parts)])
    assert study.steps.tolist() == steps[1:].tolist()
    assert study.setting["steps_left_out"] == (0,)
    found = change_point(study.steps, study.gain, rng=0)
    assert 15 < found.crossing.low < found.crossing.value < found.crossing.high < 255


def study(steps=(1, 2, 3), ceiling=0.9, majority=0.5):
    steps = np.array(steps)
    curve = np.broadcast_to((0.6 + 0.01 * steps)[:, None], (3, 2))
    best = np.full((3, 2), ceiling)
    return SweepStudy(
        steps, np.full(2, 0.55), curve, best, best, best, np.full(2, majority), np.full(2, 100)
    )


def test_networks_are_averaged_step_by_step_whatever_their_order():
    found = h.over_networks([study((3, 1, 2)), study()])
    np.testing.assert_allclose(found.student, [[0.61] * 2, [0.62] * 2, [0.63] * 2])


def test_mean_ceilings_that_the_majority_explains_give_no_pgr():
    """The mean of two networks knew nothing of the majority, and had one."""
    sure, majority = (h.over_networks([study(ceiling=c, majority=0.88)] * 2) for c in (0.99, 0.9))
    assert np.isfinite(sure.pgr).all()
    assert np.isfinite(sure.recovered.value).all()
    assert np.isnan(majority.pgr).all()
    with pytest.raises(ValueError, match="there is no gap to recover"):
        _ = majority.recovered


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: h.over_networks([]), "studies has 0 entries"),
        (lambda: h.over_networks(study()), "studies is a SweepStudy; allowed: a list"),
        (
            lambda: h.over_networks({"a": study(), "b": study()}),
            "studies is a dict; allowed: a list",
        ),
        (lambda: h.over_networks([study(), 1]), r"studies = 1 \(int\)"),
        (lambda: h.over_networks([study((1, 2, 2)), study()]), "allowed: each once"),
        (
            lambda: h.two_level(np.ones((2, 3)), np.mean),
            r"to shape \(\); allowed: \(1,\), one number for each",
        ),
        (lambda: h.two_level(np.ones((2, 3)), lambda x: x.mean(axis=1)), r"to shape \(1, 3\)"),
        (lambda: h.two_level(np.ones((2, 3)), "mean"), "statistic = 'mean'"),
        (lambda: h.two_level(np.ones((2, 3)), lambda x: np.full(len(x), np.inf)), "is inf"),
        (lambda: h.two_level(np.ones(3)), r"values has shape \(3,\)"),
        (lambda: h.two_level(np.ones((1, 3))), r"values has shape \(1, 3\)"),
        (lambda: h.two_level(np.ones((2, 3)), n_bootstrap=3), "n_bootstrap = 3"),
        (lambda: h.two_level(np.ones((2, 3)), lambda x: np.full(len(x), np.nan)), "is nan"),
        (lambda: h.variance_components(np.ones((2, 1))), r"values has shape \(2, 1\)"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
