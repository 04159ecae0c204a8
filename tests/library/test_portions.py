"""Large grids in portions: the same numbers, little memory."""

import tracemalloc

import numpy as np
import pytest

from w2slib.core.portions import PORTION_BYTES, in_portions, in_slabs, portions


@pytest.mark.parametrize("bytes_each", [1, PORTION_BYTES // 5, 2 * PORTION_BYTES])
def test_portions_do_not_change_the_result(bytes_each):
    a, b = np.arange(4.0)[:, None], np.arange(3.0)
    total, powers = in_portions(
        lambda a, b: (a + b, (a * b)[:, None] ** [1, 2]), a, b, bytes_each=bytes_each
    )
    np.testing.assert_array_equal(total, a + b)
    np.testing.assert_array_equal(powers, (a * b)[..., None] ** [1, 2])


@pytest.mark.parametrize("bytes_each", [1, PORTION_BYTES // 5, 2 * PORTION_BYTES])
@pytest.mark.parametrize(
    "shapes", [((4, 1), (3,)), ((3, 1), (4,)), ((), (5,)), ((2, 1, 1), (3, 2))]
)
def test_slabs_do_not_change_the_result(bytes_each, shapes):
    a, b = (np.arange(1.0, 1 + np.prod(shape)).reshape(shape) for shape in shapes)
    np.testing.assert_array_equal(in_slabs(np.divide, a, b, bytes_each=bytes_each), a / b)


def test_slabs_see_arrays_that_are_still_to_be_broadcast():
    seen = []

    def add(a, b):
        seen.append((a.shape, b.shape))
        return a + b

    in_slabs(add, np.zeros((10, 1)), np.zeros(4), bytes_each=PORTION_BYTES // 8)
    assert seen == [((2, 1), (1, 4))] * 5
    assert in_slabs(np.square, np.float64(3.0), bytes_each=8) == 9
    assert in_slabs(np.add, np.empty((0, 2)), np.ones(2), bytes_each=8).shape == (0, 2)


def test_numbers_and_empty_grids_keep_their_shape():
    assert in_portions(np.square, np.float64(3.0), bytes_each=8).shape == ()
    assert in_portions(np.add, np.empty((0, 2)), np.ones(2), bytes_each=8).shape == (0, 2)


def test_every_point_is_in_one_portion():
    seen = np.concatenate([np.arange(10)[cut] for cut in portions(10, PORTION_BYTES // 3)])
    np.testing.assert_array_equal(seen, np.arange(10))


def test_memory_is_that_of_a_portion_and_the_result():
    x = np.zeros((1000, 1))
    tracemalloc.start()
    in_portions(lambda a, b: (a[:, None] + np.zeros(64)).sum(axis=1), x, x.T, bytes_each=1024)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8e6 + 2 * PORTION_BYTES
