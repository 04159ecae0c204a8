"""Trials: independence of the executor, honest standard errors, bad input."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from w2slib.simulation import RidgeSolutions, ridge_path, run_trials


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
