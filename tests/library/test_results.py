"""Results: frozen, equal by content, printed in a line, tables, files; who made them."""

import pickle
import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, replace

import numpy as np
import pytest

from w2slib import ridge
from w2slib.core.results import Estimate, Result, RidgeSimulation, Setting, over
from w2slib.core.trials import describe_seed, run_trials, simulator

SETTING = dict(gamma_t=0.5, gamma_s=0.5, noise_var=0.5, dim=40, n_trials=3)


@pytest.fixture(scope="module")
def run():
    return ridge.simulate([0.01, 0.1], [0.1, 1.0, 2.0], rng=1, **SETTING)


@dataclass(frozen=True, eq=False, repr=False)
class Modes(Result):
    lam_s: np.ndarray = over("lam_s")
    student: Mapping[str, Estimate] = over("lam_s")
    winner: str = "none"


def modes():
    one = Estimate(np.array([0.5, np.nan]), np.array([0.1, 0.2]))
    return Modes(np.array([0.1, 1.0]), {"full": one, "adapter": one}, "full")


def test_knows_what_made_it(run):
    assert dict(run.setting) == {**SETTING, "seed": 1}
    assert (run.n_trials, run.dim, run.seed) == (3, 40, 1)
    again = ridge.simulate([0.01, 0.1], [0.1, 1.0, 2.0], rng=np.random.default_rng(1), **SETTING)
    assert again == run
    assert hash(again) == hash(run)


def test_another_seed_or_setting_is_another_result(run):
    other = ridge.simulate([0.01, 0.1], [0.1, 1.0, 2.0], rng=2, **SETTING)
    assert other != run
    assert replace(run, setting={"seed": 2}) != run
    assert run != "run"


def test_nan_equals_nan_and_zero_its_negative():
    a = Estimate(np.array([np.nan, 0.0]), np.array([1.0, 1.0]))
    b = Estimate(np.array([np.nan, -0.0]), np.array([1.0, 1.0]))
    assert a == b
    assert hash(a) == hash(b)
    assert a != Estimate(np.array([0.0, 0.0]), np.array([1.0, 1.0]))


def test_frozen_with_read_only_arrays(run):
    with pytest.raises(FrozenInstanceError):
        run.lam_t = 1
    with pytest.raises(ValueError, match="read-only"):
        run.student_mean[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        pickle.loads(pickle.dumps(run)).student_mean[0] = 0


def test_mappings_are_read_only_and_the_callers_stays_his():
    mine = {"full": Estimate(np.zeros(2), np.ones(2))}
    result = Modes(np.array([0.1, 1.0]), mine)
    with pytest.raises(TypeError, match="item assignment"):
        result.student["full"] = 1
    mine["adapter"] = None
    assert list(pickle.loads(pickle.dumps(result)).student) == ["full"]


def test_the_callers_array_stays_writable():
    mean = np.zeros(2)
    Estimate(mean, mean)
    mean[0] = 1.0


def test_short_representation(run):
    text = repr(run)
    assert "student_mean (3, 2)" in text
    assert "seed=1" in text
    assert len(text) < 400
    assert repr(Estimate(np.float64(0.25), np.float64(0.5))) == "Estimate(mean=0.25, stderr=0.5)"


def test_html_representation(run):
    text = run._repr_html_()
    assert "<caption" in text
    assert 'scope="row"' in text
    assert "gamma_t" in text
    assert (
        "full: nan"
        in replace(
            modes(), student={"full": Estimate(np.array(np.nan), np.array(0.0))}
        )._repr_html_()
    )
    assert "<b>" not in replace(modes(), winner="<b>")._repr_html_()


def test_table(run):
    table = run.to_dataframe()
    assert list(table.columns[:2]) == ["lam_t", "lam_s"]
    assert len(table) == 6
    for _, row in table.iterrows():
        t, s = np.flatnonzero(run.lam_t == row.lam_t)[0], np.flatnonzero(run.lam_s == row.lam_s)[0]
        assert row.student_mean == run.student_mean[s, t]
        assert row.teacher_stderr == run.teacher_stderr[t]


def test_table_of_estimates_and_names():
    table = modes().to_dataframe()
    assert {"student_full_mean", "student_adapter_stderr", "winner"} <= {*table.columns}
    assert list(table.winner) == ["full", "full"]


def test_axes_without_coordinates_are_counted():
    @dataclass(frozen=True, eq=False, repr=False)
    class Runs(Result):
        best: np.ndarray = over("run")

    assert list(Runs(np.array([3.0, 4.0])).to_dataframe().run) == [0, 1]


@dataclass(frozen=True, eq=False, repr=False)
class Part(Result):
    block: np.ndarray = over("block")
    kept: np.ndarray = over("block", ...)
    inner: Modes | None = over("block", ...)
    edge: np.ndarray = over("corner", table=False)


def test_further_axes_are_counted_and_parts_have_columns():
    kept = np.arange(6.0).reshape(2, 3)
    table = Part(np.array([0.3, 0.7]), kept, None, np.zeros(9)).to_dataframe()
    assert list(table.columns) == ["block", "axis_0", "kept"]
    np.testing.assert_array_equal(table.kept, kept.ravel())
    inner = Modes(kept, {"full": Estimate(kept, kept)}, kept)
    table = Part(np.array([0.3, 0.7]), kept, inner, np.zeros(9)).to_dataframe()
    assert {"inner_lam_s", "inner_student_full_mean"} <= {*table.columns}
    assert len(table) == 6


def test_further_axes_may_come_first():
    @dataclass(frozen=True, eq=False, repr=False)
    class Paths(Result):
        times: np.ndarray = over("times")
        truth: np.ndarray = over(..., "times")

    table = Paths(np.array([0.0, 1.0]), np.arange(6.0).reshape(3, 2)).to_dataframe()
    assert list(table.columns) == ["times", "axis_0", "truth"]
    assert table[(table.times == 1) & (table.axis_0 == 2)].truth.item() == 5
    one = Paths(np.array([0.0, 1.0]), np.arange(2.0)).to_dataframe()
    assert list(one.truth) == [0, 1]


def test_table_refuses_what_has_no_axes():
    with pytest.raises(ValueError, match="mean has no declared axes"):
        Estimate(np.ones(2), np.ones(2)).to_dataframe()
    with pytest.raises(ValueError, match="student_full_mean has shape"):
        replace(modes(), student={"full": Estimate(np.ones(()), np.ones(()))}).to_dataframe()
    with pytest.raises(ValueError, match="3 entries along lam_s; allowed: 2"):
        replace(modes(), student={"full": Estimate(np.ones(3), np.ones(3))}).to_dataframe()


def test_table_says_what_it_needs(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="dataframe"):
        run.to_dataframe()


def test_file(run, tmp_path):
    run.save(tmp_path / "run.npz")
    loaded = RidgeSimulation.load(tmp_path / "run.npz")
    assert loaded == run
    assert Result.load(tmp_path / "run.npz") == run
    modes().save(tmp_path / "modes")
    assert Modes.load(tmp_path / "modes") == modes()


def test_file_refusals(run, tmp_path):
    run.save(tmp_path / "run.npz")
    with pytest.raises(ValueError, match="holds RidgeSimulation; allowed: Estimate"):
        Estimate.load(tmp_path / "run.npz")
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    with pytest.raises(ValueError, match="not a stored result"):
        Result.load(tmp_path / "other.npz")
    with pytest.raises(ValueError, match="a field of type set"):
        replace(modes(), winner={1}).save(tmp_path / "x.npz")


def test_setting_is_immutable_and_hashable():
    setting = Setting({"a": [1, [2]], "b": {"c": 1}})
    assert setting["a"] == (1, (2,))
    assert hash(setting) == hash(Setting({"b": {"c": 1}, "a": (1, (2,))}))
    with pytest.raises(TypeError):
        setting["a"] = 2


@pytest.mark.parametrize(
    ("keyword", "hint"), [("seed", "rng"), ("random_state", "rng"), ("n_jobs", "executor")]
)
def test_keywords_of_other_libraries_get_a_hint(keyword, hint):
    with pytest.raises(TypeError, match=rf"simulate\(\) takes no {keyword}; use {hint}"):
        ridge.simulate([0.1], [0.1], **SETTING, **{keyword: 1})


def test_every_result_of_a_tuple_knows_its_setting():
    @simulator
    def draw(dim, rng=None):
        return (*run_trials(lambda r: (r.random(dim), r.random()), 3, rng), "name")

    first, second, name = draw(2, rng=5)
    assert first.setting == second.setting == Setting({"dim": 2, "seed": 5})
    assert name == "name"


def test_seed_repeats_the_run():
    @simulator
    def draw(rng=None):
        return run_trials(lambda r: (r.standard_normal(2),), 3, rng)[0]

    first = draw()
    assert draw(rng=first.setting["seed"]) == first


def test_seeds_of_every_kind_are_described():
    assert describe_seed(np.random.default_rng(np.int64(7))) == 7
    assert describe_seed(np.random.default_rng([1, 2])) == "[1, 2]"
    assert describe_seed(np.random.Generator(np.random.MT19937(5))) == 5


def test_used_generators_are_described():
    used = np.random.default_rng(3)
    used.spawn(2)
    assert describe_seed(used) == "3, after 2 spawned children"
    drawn = np.random.default_rng(3)
    drawn.random()
    assert describe_seed(drawn) == "3, after 0 spawned children"


def test_long_arrays_are_named_by_their_content():
    @simulator
    def draw(start, rng=None):
        return Estimate(np.zeros(1), np.zeros(1))

    long = np.arange(100.0)
    run = draw(long)
    assert run.setting["start"].startswith("array (100,) ")
    assert len(repr(run)) < 200
    assert draw(list(long)).setting["start"] == run.setting["start"]
    assert draw(long + 1).setting["start"] != run.setting["start"]
    assert draw(long[:3]).setting["start"] == (0.0, 1.0, 2.0)
    assert draw([[1, 2], [3]]).setting["start"] == ((1, 2), (3,))
