"""Trials: independence of the executor, honest standard errors, bad input."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from w2slib.simulation import run_trials


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
