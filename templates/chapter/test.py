"""Chapter title: theory against simulation, limits, bad input.

TODO(chapter_name): test the chapter's own theory; a test must be able to fail.
"""

import numpy as np
import pytest

from w2slib import chapter_name

SHARES = np.array([0.1, 0.5, 0.9, 1.0])


@pytest.mark.parametrize("noise_var", [0.1, 1.0, 3.0])
def test_theory_agrees_with_simulation(noise_var):
    teacher, student = chapter_name.simulate(SHARES, noise_var, n_trials=40, rng=1)
    exact = chapter_name.student_error(SHARES, noise_var)
    assert np.all(np.abs(student.mean - exact) < 4 * student.stderr + 1e-12)
    assert abs(teacher.mean - chapter_name.teacher_error(noise_var)) < 4 * teacher.stderr


def test_a_student_that_keeps_everything_is_its_teacher():
    assert chapter_name.student_error(1.0, 0.7) == chapter_name.teacher_error(0.7)


@pytest.mark.parametrize("noise_var", [0.1, 0.9, 1.0, 4.0])
def test_student_wins_exactly_in_the_interval(noise_var):
    low, high = chapter_name.winning_interval(noise_var)
    shares = np.linspace(0, 1, 1001)
    wins = chapter_name.student_error(shares, noise_var) < noise_var - 1e-12
    inside = (shares > low + 1e-9) & (shares < high - 1e-9)
    np.testing.assert_array_equal(wins[1:], inside[1:])


def test_best_share_is_the_best():
    best = chapter_name.best_share(0.7)
    for other in (best - 0.01, best + 0.01):
        assert chapter_name.student_error(best, 0.7) < chapter_name.student_error(other, 0.7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chapter_name.student_error(1.5, 1), r"share = 1\.5; allowed: between 0 and 1"),
        (lambda: chapter_name.teacher_error(-1), r"noise_var = -1\.0; allowed: finite and >= 0"),
        (lambda: chapter_name.simulate(0.5, 1, dim=0), "dim = 0; allowed: an integer >= 1"),
        (lambda: chapter_name.simulate(0.5, [1, 2]), "noise_var has shape"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
