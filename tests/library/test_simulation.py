"""Trials: independence of the executor, honest standard errors, bad input."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from w2slib import ridge
from w2slib.core import portions
from w2slib.core import progress as bars
from w2slib.simulation import RidgeProblem, RidgeSolutions, ridge_path, run_trials


def two_arrays(rng):
    return rng.standard_normal(4), np.array([rng.uniform()])


def test_mean_and_stderr_are_those_of_the_trials():
    normal, uniform = run_trials(two_arrays, 400, rng=1)
    assert normal.mean.shape == (4,)
    assert uniform.mean.shape == (1,)
    np.testing.assert_allclose(normal.stderr, 1 / 20, rtol=0.15)
    assert abs(uniform.mean[0] - 0.5) < 4 * uniform.stderr[0]


def test_trials_differ_and_repeat():
    first = run_trials(two_arrays, 5, rng=1)[0]
    again = run_trials(two_arrays, 5, rng=np.random.default_rng(1))[0]
    np.testing.assert_array_equal(first.mean, again.mean)
    assert np.all(first.stderr > 0)


def test_executor_does_not_change_a_bit():
    with ThreadPoolExecutor(3) as pool:
        for serial, pooled in zip(
            run_trials(two_arrays, 7, rng=2),
            run_trials(two_arrays, 7, rng=2, executor=pool),
            strict=True,
        ):
            np.testing.assert_array_equal(serial.mean, pooled.mean)
            np.testing.assert_array_equal(serial.stderr, pooled.stderr)


@pytest.mark.parametrize("n_trials", [1, 0, 2.5, True, "many"])
def test_bad_number_of_trials(n_trials):
    with pytest.raises(ValueError, match=r"n_trials = .*allowed: an integer >= 2"):
        run_trials(two_arrays, n_trials)


# ------------------------------------------------------------------ ridge solutions


@pytest.mark.parametrize("shape", [(30, 8), (8, 8), (8, 30), (1, 5), (5, 1), (2, 2)])
def test_ridge_solutions_are_direct_solves(shape):
    n, d = shape
    rng = np.random.default_rng(4)
    X, Y, target = rng.standard_normal(shape), rng.standard_normal((n, 3)), rng.standard_normal(d)
    lam = np.array([0.01, 0.3, 20.0])
    direct = np.stack(
        [np.linalg.solve(X.T @ X / n + each * np.eye(d), X.T @ Y / n) for each in lam]
    )
    fits = RidgeSolutions.of(X, Y, lam)
    np.testing.assert_allclose(fits.coefficients(), direct, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fits.squared_norms(), (direct**2).sum(axis=1), rtol=1e-9)
    directions = rng.standard_normal((d, 2))
    np.testing.assert_allclose(fits.along(directions), directions.T @ direct, atol=1e-10)
    distance = ((direct - target[:, None]) ** 2).sum(axis=1)
    np.testing.assert_allclose(fits.errors(target), distance, rtol=1e-9)


@pytest.mark.parametrize("shape", [(30, 8), (8, 30)])
def test_ridge_without_penalty_is_the_least_norm_solution(shape):
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal(shape), rng.standard_normal(shape[0])
    expected = np.linalg.lstsq(X, y, rcond=None)[0]
    np.testing.assert_allclose(ridge_path(X, y, np.zeros(1))[:, 0], expected, atol=1e-10)


def test_inputs_of_low_rank_are_refused_without_a_penalty():
    X = np.zeros((4, 3))
    with pytest.raises(np.linalg.LinAlgError, match="not of full rank"):
        RidgeSolutions.of(X, X[:, :1], np.zeros(1))


# ------------------------------------------------------------------ memory and patience


def test_errors_in_portions_are_the_errors(monkeypatch):
    rng = np.random.default_rng(6)
    X, Y, target = rng.standard_normal((20, 8)), rng.standard_normal((20, 3)), np.ones(8)
    lam = np.geomspace(0.01, 1, 7)
    whole = RidgeSolutions.of(X, Y, lam).errors(target)
    monkeypatch.setattr(portions, "PORTION_BYTES", 2 * 8 * 3 * 8)  # two penalties at a time
    np.testing.assert_array_equal(RidgeProblem.of(X, Y).errors(lam, target), whole)


def test_a_large_grid_stays_below_the_memory_limit():
    lam = np.geomspace(1e-3, 10, 400)
    tracemalloc.start()
    ridge.simulate(lam, lam, gamma_t=0.5, gamma_s=0.5, noise_var=0.5, dim=200, n_trials=2, rng=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The solutions alone would be 400 x 200 x 400 numbers, 256 MB.
    assert peak < 160e6


def test_moments_far_from_zero_keep_their_digits():
    (one,) = run_trials(lambda rng: (1e8 + rng.standard_normal(1),), 400, rng=1)
    assert abs(one.stderr[0] - 1 / 20) < 0.01


def test_mean_and_stderr_match_numpy():
    seen = []

    def trial(rng):
        seen.append(rng.standard_normal((2, 3)))
        return (seen[-1],)

    (one,) = run_trials(trial, 9, rng=4)
    np.testing.assert_allclose(one.mean, np.mean(seen, axis=0), rtol=1e-13)
    np.testing.assert_allclose(one.stderr, np.std(seen, axis=0, ddof=1) / 3, rtol=1e-13)


def test_a_bar_appears_after_two_seconds_only(monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    clock = iter([0.0, 0.5, 2.5, 3.0, 3.5, 4.0])
    monkeypatch.setattr(bars.time, "monotonic", lambda: next(clock))
    passed = bars.progress(range(5), 5, "trials")
    assert next(passed) == 0
    assert "trials" not in capsys.readouterr().err
    assert list(passed) == [1, 2, 3, 4]
    assert "trials" in capsys.readouterr().err


def test_no_bar_where_it_is_switched_off(monkeypatch, capsys):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr(bars, "PATIENCE", -1.0)
    assert list(bars.progress(range(3), 3, "trials")) == [0, 1, 2]
    assert capsys.readouterr().err == ""
