"""Shares that sum to 1, and how a finite dimension is cut into blocks."""

import re

import numpy as np
import pytest

from w2slib.core.blocks import block_sizes, shares


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("count", [3, 10, 777])
def test_coarse_numbers_that_sum_to_1_as_well_as_they_can(dtype, count):
    parts = np.random.default_rng(count).random(count).astype(dtype)
    exact = shares("fractions", parts / parts.sum())
    assert exact.dtype == float
    assert exact.sum() == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("value", "total"),
    [
        ([0.1, 0.9 + 1.5e-9], 1.0000000015),
        (np.array([0.5, 0.50001], dtype=np.float32), 1.00001),
        ([0, 0], 0),
        ([1, 1], 2),
    ],
)
def test_message_shows_what_is_wrong_with_the_sum(value, total):
    with pytest.raises(ValueError, match="fractions sum to") as error:
        shares("fractions", value)
    printed = float(re.search(r"sum to (\S+) ", str(error.value))[1])
    assert printed != 1
    assert printed - 1 == pytest.approx(total - 1, rel=0.01)


def test_shares_do_not_touch_the_callers_array():
    given = np.array([0.5, 0.5])
    taken = shares("fractions", given)
    taken[0] = 9
    assert given[0] == 0.5


def test_block_sizes():
    np.testing.assert_array_equal(block_sizes(np.array([0.5, 0.5, 0.0]), 101), [50, 50, 1])
    np.testing.assert_array_equal(block_sizes(np.array([1 / 3, 2 / 3]), 100), [33, 67])
    for dim in (37, 100, 211):
        sizes = block_sizes(np.array([0.31, 0.27, 0.42]), dim)
        assert sizes.sum() == dim
