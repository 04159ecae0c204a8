"""The study of several networks that comes with the book: whole, as it was made, as the chapter says."""

from __future__ import annotations

import hashlib
import platform

import numpy as np
import pytest

from studies.tiny_transformer import read_corpus
from w2slib import data
from w2slib.checkpoints import (
    change_point,
    kept_gauge,
    kept_networks,
    kept_study,
    over_networks,
    rank_correlation,
    same_step_correlation,
    seed_mean,
    variance_components,
)
from w2slib.studies.kept import SUPERVISORS, TASKS

FACTS = data.read("networks.json")
PAIRS = [(task, supervisor) for task in TASKS for supervisor in SUPERVISORS]


@pytest.mark.parametrize("name", ["networks.csv", "networks_gauge.csv", "networks_tuned.csv"])
def test_table_is_the_one_that_was_made(name):
    assert hashlib.sha256(data.path(name).read_bytes()).hexdigest() == FACTS["kept"][name]


def test_facts_say_how_to_repeat_it():
    assert FACTS["python"] == "3.11.7"
    assert len(FACTS["corpus_sha256"]) == 64
    assert FACTS["tasks"].keys() == set(TASKS)
    names = kept_networks()
    assert FACTS["networks"].keys() == {"24x1-s100", *names}
    assert sum(map(len, (FACTS["tables"][f"{name}.csv"] for name in names))) == 64 * len(names)


@pytest.mark.skipif(
    platform.python_version() != FACTS["python"],
    reason=f"the corpus is that of Python {FACTS['python']}",
)
def test_corpus_is_still_the_same():
    corpus = read_corpus(None)
    text = "".join(f"{name}\n{corpus[name]}" for name in sorted(corpus))
    assert len(corpus) == FACTS["modules"]
    assert hashlib.sha256(text.encode()).hexdigest() == FACTS["corpus_sha256"]


def test_three_sizes_with_three_seeds_each():
    assert kept_networks() == [f"{size}-s{seed}" for size in SIZES for seed in range(3)]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_studies_are_whole(pair):
    for name in kept_networks():
        study = kept_study(name, *pair)
        assert study.student.shape == (len(study.steps), 4)
        assert (study.steps[0], study.steps[-1]) == (0, 4400)
        assert len(study.steps) == 109
        assert np.all(np.diff(study.steps) > 0)
        for values in (study.student, study.ceiling, study.probe_accuracy, study.weak):
            assert np.all((values > 0.3) & (values < 1))


def test_characters_are_one_supervisor_for_all_networks():
    """Their answers depend on the texts alone, and every network has the same deals."""
    for task in TASKS:
        weak = [kept_study(name, task).weak for name in kept_networks()]
        assert np.ptp(np.stack(weak), axis=0).max() == 0


def test_gauge_stands_in_the_same_rows():
    for name in kept_networks():
        for task, supervisor in PAIRS:
            if supervisor != "shuffled":
                found = kept_gauge(name, task, supervisor)
                assert np.array_equal(found["step"], kept_study(name, task, supervisor).steps)
                assert np.all(np.abs(found["gain"]) < 0.5)
                assert np.all((found["best_time"] >= -3) & (found["best_time"] <= 3))


def test_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="network = '7x7-s0'; allowed"):
        kept_study("7x7-s0")
    with pytest.raises(ValueError, match="task = 'x'"):
        kept_study("48x2-s0", "x")
    with pytest.raises(ValueError, match="supervisor = 'shuffled'"):
        kept_gauge("48x2-s0", "called", "shuffled")


# ---------------------------------------------------------------- what the chapter says of these tables

SIZES = ("48x2", "96x3", "192x4")
TAUGHT = [(task, supervisor) for task in TASKS for supervisor in SUPERVISORS[:3]]
STEADY = [pair for pair in TAUGHT if pair[1] != "earlier"]


def of_size(size):
    return [name for name in kept_networks() if name.startswith(size)]


@pytest.fixture(scope="module")
def onsets():
    """Step at which each student overtakes its supervisor."""
    found = {}
    for pair in TAUGHT:
        for name in kept_networks():
            study = kept_study(name, *pair)
            fitted = change_point(study.steps, study.gain, rng=0, n_bootstrap=10)
            found[*pair, name] = fitted.crossing.value
    return found


@pytest.mark.parametrize("pair", STEADY, ids="-".join)
def test_every_larger_network_begins_before_every_smaller_one(onsets, pair):
    small, middle, large = ([onsets[*pair, name] for name in of_size(size)] for size in SIZES)
    assert max(large) < min(middle) <= max(middle) < min(small)


def test_with_earlier_checkpoints_the_sizes_overlap(onsets):
    small, middle, large = (
        {task: [onsets[task, "earlier", name] for name in of_size(size)] for task in TASKS}
        for size in SIZES
    )
    assert max(middle["assigned"]) < min(small["assigned"])
    assert max(middle["called"]) > min(small["called"])
    assert all(max(large[task]) > min(middle[task]) for task in TASKS)


def test_supervisor_and_task_decide_as_much_as_size(onsets):
    assert all(onsets["assigned", "characters", name] > 2000 for name in of_size("48x2"))
    assert all(onsets["assigned", "model", name] < 600 for name in of_size("48x2"))
    never = [name for name in of_size("48x2") if np.isinf(onsets["assigned", "earlier", name])]
    assert len(never) == 2
    assert sum(map(np.isinf, onsets.values())) == 2


@pytest.mark.parametrize("pair", TAUGHT, ids="-".join)
def test_final_gain_of_the_middle_size_is_above_the_smallest_and_deals_matter(pair):
    final, deals = {}, []
    for size in SIZES:
        gains = np.stack([kept_study(name, *pair).gain for name in of_size(size)])
        final[size] = gains[:, -1].mean()
        parts = variance_components(gains[:, -10:].mean(axis=1))
        deals.append((parts.network, parts.deal))
    network, deal = np.mean(deals, axis=0)
    assert final["96x3"] > final["48x2"] + 0.01
    assert network <= 0.0
    assert 0.0205 < np.sqrt(deal) < 0.0325


def test_largest_do_not_end_higher_than_the_middle_size():
    higher = [
        np.mean([kept_study(name, *pair).gain[-1].mean() for name in of_size("192x4")])
        > np.mean([kept_study(name, *pair).gain[-1].mean() for name in of_size("96x3")])
        for pair in TAUGHT
    ]
    assert sum(higher) == 2


def ahead_of_own_size(pair, quantity):
    """Means over deals, each against the mean of the networks of its size."""
    mean = over_networks([kept_study(name, *pair) for name in kept_networks()])
    by_size = np.split(getattr(mean, quantity), len(SIZES), axis=1)
    return np.hstack([values - values.mean(axis=1, keepdims=True) for values in by_size])


@pytest.mark.parametrize("pair", TAUGHT, ids="-".join)
def test_readability_within_a_size_does_not_exclude_zero(pair):
    found = same_step_correlation(
        ahead_of_own_size(pair, "probe_accuracy"), ahead_of_own_size(pair, "gain")
    )
    assert found.low < 0 < found.high


@pytest.mark.parametrize("task", TASKS)
def test_students_of_the_control_guess(task):
    for name in kept_networks():
        assert 0.48 < kept_study(name, task, "shuffled").student.mean() < 0.53


@pytest.fixture(scope="module")
def curves():
    """What the gauge said and what was measured, at the steps that all networks have."""
    gauges = {(*pair, name): kept_gauge(name, *pair) for pair in TAUGHT for name in kept_networks()}
    common = sorted(set.intersection(*(set(gauge["step"].tolist()) for gauge in gauges.values())))
    found = {}
    for pair in TAUGHT:
        for name in kept_networks():
            study = kept_study(name, *pair)
            values = gauges[*pair, name] | {
                "measured": study.gain.mean(axis=1), "readable": study.probe_accuracy.mean(axis=1)
            }  # fmt: skip
            at = np.searchsorted(study.steps, common)
            for quantity, column in values.items():
                found.setdefault((*pair, quantity), []).append(column[at])
    return np.array(common), {key: np.stack(columns, axis=1) for key, columns in found.items()}


@pytest.mark.parametrize("pair", TAUGHT, ids="-".join)
def test_what_the_gauge_is_worth(curves, pair):
    steps, of = curves
    measured = of[*pair, "measured"]
    names = ("gain", "counted", "readable", "start", "convexity")
    along = {name: rank_correlation(of[*pair, name], measured).value for name in names}
    left = {name: rank_correlation(of[*pair, name], measured, given=steps) for name in names}
    assert along["readable"] > along["gain"] > along["counted"]
    assert along["start"] > along["gain"]
    assert left["gain"].low > 0
    assert left["gain"].value > left["counted"].value
    assert left["gain"].value - left["readable"].value > (
        0.05 if pair != ("assigned", "model") else -0.02
    )
    assert left["convexity"].low < 0.01
    more = left["start"].value - left["gain"].value
    less = pair in {("called", "earlier"), ("assigned", "characters")}
    assert (more > 0.08, more < -0.08) == (pair == ("assigned", "model"), less)
    assert (left["readable"].low > 0) == (pair in STEADY)
    assert 0.045 < left["readable"].value < 0.295
    assert 0.525 < along["readable"] < 0.905


def test_gauge_has_the_right_scale(curves):
    _, of = curves
    guess, counted, measured = (
        np.stack([of[*pair, name] for pair in TAUGHT]) for name in ("gain", "counted", "measured")
    )
    assert abs(np.polyfit(guess.ravel(), measured.ravel(), 1)[0] - 1) < 0.05
    assert -0.016 < (guess - measured).mean() < -0.008
    assert (
        0.02
        < np.sqrt(np.mean((guess - measured) ** 2))
        < np.sqrt(np.mean((counted - measured) ** 2))
        < 0.03
    )
    by_size = [
        (guess - measured)[:, :, [kept_networks().index(name) for name in of_size(size)]].mean()
        for size in SIZES
    ]
    assert by_size[0] > by_size[1] > by_size[2]


def test_stopping_time_is_rough_and_better_than_one_time_for_all(curves):
    steps, of = curves
    few, many = (
        np.stack([of[*pair, name][steps >= 64] for pair in TAUGHT])
        for name in ("best_time", "test_best_time")
    )
    close, typical = np.abs(few - many) < 0.5, np.abs(np.median(many) - many) < 0.5
    assert 0.70 < close.mean() < 0.79
    assert 0.60 < typical.mean() < 0.70
    better = [
        np.mean([of[*pair, "best_gain"][-1] - of[*pair, "gain"][-1] for pair in TAUGHT], axis=0)
    ]
    by_size = [
        np.mean([better[0][kept_networks().index(name)] for name in of_size(size)])
        for size in SIZES
    ]
    assert 0 < by_size[0] < by_size[1] < by_size[2]


def test_students_that_are_trained_whole():
    """Early their ceiling is higher than a probe's; late their gain is lower."""
    table, stops = data.read("networks_tuned.csv"), (0, 128, 512, 1000, 4400)
    whole = [
        name
        for name in kept_networks()
        if set(stops) <= set(table["step"][table["network"] == name].tolist())
    ]
    assert whole == kept_networks()

    def right(at, student, who):
        rows = table[(table["step"] == at) & (table["student"] == student)]
        parts = [rows[rows["network"] == name] for name in whole]
        return (
            np.array([np.mean(part[f"{who}_right"] - part["weak_right"]) for part in parts])
            / FACTS["n_test"]
        )

    assert np.all(right(0, "fine-tuned full", "ceiling") - right(0, "probe", "ceiling") > 0.04)
    for at in (1000, 4400):
        gain, gap = (right(at, "fine-tuned full", who) for who in ("student", "ceiling"))
        probe, top = (right(at, "probe", who) for who in ("student", "ceiling"))
        assert gain.mean() < probe.mean() - 0.005
        assert gain.mean() / gap.mean() < 0.45 < 0.5 < probe.mean() / top.mean()
        less = seed_mean(gap - top)
        assert less.low < 0
        assert (less.high < 0) == (at == 4400)
        assert seed_mean(gain - probe).high < 0
    lost = [(probe - gain)[[whole.index(name) for name in of_size(size)]].mean() for size in SIZES]
    assert lost[2] > 0.06 > 0.04 > max(lost[:2])
    for at in stops:
        confident = right(at, "fine-tuned full confidence", "student").mean()
        assert confident < right(at, "fine-tuned full", "student").mean()
    assert confident < right(stops[-1], "probe", "student").mean()
