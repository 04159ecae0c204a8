"""The package of studies: names of the last release, the command line, results that know what made them."""

import importlib
import subprocess
import sys
import types

import numpy as np
import pytest

import w2slib
from w2slib.studies import digits, probes, transitions
from w2slib.studies.transitions import Study

NAMES = ("checkpoints", "language_models", "probes", "sweeps", "transitions")


@pytest.mark.parametrize("name", NAMES)
def test_former_name_shows_the_same_objects(name):
    alias, home = getattr(w2slib, name), importlib.import_module(f"w2slib.studies.{name}")
    assert isinstance(alias, types.ModuleType)
    assert set(alias.__all__) == set(home.__all__)
    for each in home.__all__:
        assert getattr(alias, each) is getattr(home, each)
        assert not isinstance(getattr(alias, each), types.ModuleType), "a module hides the name"


@pytest.mark.parametrize("module", ["w2slib.checkpoints", "w2slib.studies.checkpoints"])
def test_help_writes_nothing(module, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", module, "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("usage: python -m w2slib.checkpoints")
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------- results


@pytest.fixture(autouse=True)
def _short_pre_training(monkeypatch):
    monkeypatch.setattr(digits, "LAST_STEP", 16)


def study():
    rng = np.random.default_rng(0)
    parts = (0.6 + 0.3 * rng.random((5, 2)) for _ in range(4))
    return Study(2 ** np.arange(5) - 1, np.array([0.55, 0.6]), *parts)


def task():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((60, 3))
    return X, (X[:, 0] + 0.5 * rng.standard_normal(60) > 0).astype(int)


def one_experiment():
    X, y = task()
    return probes.evaluate(X[:40], y[:40], y[:40], X[40:], y[40:], penalty=0.5)


STEPS = np.array([0, 1, 3, 7, 15])
RESULTS = {
    "Study": (study, 10),
    "digits": (lambda: digits.digits_study(2, n_seeds=2, rng=0), 4),
    "DigitScores": (lambda: digits.digits_scores(2, rng=0), 2 * digits.DIGIT_SIZES["test"]),
    "W2SResult": (one_experiment, 1),
    "Interval": (lambda: transitions.seed_mean([0.1, 0.2, 0.4]), 1),
    "correlation": (
        lambda: transitions.rank_correlation(study().student, study().ceiling),
        1,
    ),
    "ChangePoint": (lambda: transitions.change_point(STEPS, study().pgr, rng=3), 1),
}


@pytest.mark.parametrize("name", RESULTS)
def test_result_becomes_a_table_and_a_file(name, tmp_path):
    make, n_rows = RESULTS[name]
    result = make()
    assert len(result.to_dataframe()) == n_rows
    result.save(tmp_path / "result.npz")
    assert type(result).load(tmp_path / "result.npz") == result
    assert hash(make()) == hash(result)
    assert type(result).__name__ in repr(result)


def test_results_know_what_made_them():
    supervisor = digits.Supervisor(visible=np.float64(0.7))
    made = digits.digits_study(2, n_seeds=2, rng=5, supervisor=supervisor)
    assert made.setting["supervisor"]["visible"] == 0.7
    assert {made.setting[name] for name in ("n_checkpoints", "n_seeds", "seed")} == {2, 5}
    assert digits.digits_study(2, 2, made.setting["seed"], supervisor=supervisor) == made
    both = digits.digits_studies([digits.Supervisor(), supervisor], 2, n_seeds=2, rng=5)
    assert both[1] == made
    assert dict(one_experiment().setting) == {"penalty": 0.5, "folds": 2}
    change = transitions.change_point(STEPS, study().pgr, threshold=0.1, rng=3, n_bootstrap=20)
    assert dict(change.setting) == {"threshold": 0.1, "n_bootstrap": 20, "seed": 3}


def test_table_of_a_study_pairs_steps_and_seeds():
    table, made = study().to_dataframe(), study()
    assert list(table.columns[:3]) == ["steps", "seed", "weak"]
    for _, row in table.iterrows():
        k = int(np.flatnonzero(made.steps == row.steps)[0])
        assert row.student == made.student[k, int(row.seed)]
        assert row.weak == made.weak[int(row.seed)]


def test_table_of_a_change_point_has_every_end_of_every_interval():
    table = transitions.change_point(STEPS, study().pgr, rng=3).to_dataframe()
    assert {"start_value", "crossing_low", "after_high"} <= {*table.columns}


def test_crossing_that_never_comes_is_accepted_back():
    curve = np.linspace(-2, -1, 5)[:, None] + np.array([0.0, 0.01])
    change = transitions.change_point(STEPS, curve, rng=0)
    assert change.crossing.value == np.inf
    assert change(change.crossing.value) == change.after.value
    assert change([0.0, np.inf]).tolist() == [change.before.value, change.after.value]


@pytest.mark.parametrize(
    "call",
    [
        lambda: digits.digits_study(2, 2, seed=1),
        lambda: digits.digits_studies([digits.Supervisor()], 2, 2, random_state=1),
        lambda: digits.digits_scores(2, random_state=1),
        lambda: probes.disjoint_split(4, [2, 2], seed=1),
        lambda: transitions.crossing_shift(STEPS, study().gain, study().gain, seed=1),
        lambda: transitions.change_point(STEPS, study().pgr, random_state=1),
    ],
)
def test_keywords_of_other_libraries_get_a_hint(call):
    with pytest.raises(TypeError, match="use rng"):
        call()


def test_masked_labels_are_refused():
    X, y = task()
    with pytest.raises(ValueError, match="labels is a masked array"):
        probes.fit_probe(X, np.ma.masked_array(y, y == 7))


def test_arrays_for_single_numbers_are_refused():
    X, y = task()
    with pytest.raises(ValueError, match=r"penalty has shape \(2,\)"):
        probes.fit_probe(X, y, penalty=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"visible has shape \(1,\)"):
        digits.Supervisor(visible=[0.5])
    with pytest.raises(ValueError, match=r"threshold has shape \(2,\)"):
        transitions.change_point(STEPS, study().pgr, threshold=[0, 1])
