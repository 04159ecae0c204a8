"""Performance gap recovered: its values, where it is undefined, bad input."""

import numpy as np
import pytest

from w2slib import synthesis
from w2slib.metrics import performance_gap_recovered, recovered_with_error
from w2slib.simulation import Estimate


def test_values():
    student = np.array([0.5, 0.25, 0.375, 1.0])
    np.testing.assert_allclose(
        performance_gap_recovered(0.5, student, 0.25), [0.0, 1.0, 0.5, -2.0], rtol=1e-15
    )


def test_undefined_without_a_gap_never_huge():
    pgr = performance_gap_recovered(np.array([0.2, 0.2, 0.2]), 0.1, np.array([0.2, 0.3, 0.1]))
    np.testing.assert_array_equal(np.isnan(pgr), [True, True, False])


@pytest.mark.parametrize("name", ["weak", "student", "ceiling"])
def test_bad_input(name):
    arguments = {"weak": 0.5, "student": 0.4, "ceiling": 0.3} | {name: np.nan}
    with pytest.raises(ValueError, match=f"{name} = nan"):
        performance_gap_recovered(**arguments)
    with pytest.raises(ValueError, match="broadcast"):
        performance_gap_recovered(np.ones(2), np.ones(3), 0.0)


def test_recovered_gap_with_error_is_the_shared_one():
    weak, ceiling = Estimate(np.array(0.6), np.array(0.02)), Estimate(np.array(0.2), np.array(0.01))
    pgr = recovered_with_error(weak, Estimate(np.array(-0.1), np.array(0.03)), ceiling)
    assert pgr.mean == pytest.approx(performance_gap_recovered(0.6, 0.5, 0.2))
    assert pgr.stderr == pytest.approx((0.03 + 0.25 * (0.02 + 0.01)) / 0.4)
    assert synthesis.recovered_with_error is recovered_with_error
