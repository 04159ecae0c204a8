"""What survives: every formula against mpmath or a simulation, every theorem in random settings."""

import mpmath as mp
import numpy as np
import pytest

from w2slib import beyond, ridge, synthesis, weighted_ridge
from w2slib.weighted_ridge import Blocks

# ------------------------------------------------------------------------------ shared inputs


def shared_by_quadrature(lam_t, lam_s, gamma, noise_var):
    """The integral over the Marchenko-Pastur law, with 40 digits."""
    with mp.workdps(40):
        a, b, g, v = map(mp.mpf, (lam_t, lam_s, gamma, noise_var))

        def integrand(angle):
            angle = max(angle, mp.mpf(10) ** -60)  # x = 0 itself has no weight
            x = (1 - mp.sqrt(g)) ** 2 + 4 * mp.sqrt(g) * mp.sin(angle / 2) ** 2
            f = x * x / ((x + a) * (x + b))
            weight = 2 * mp.sin(angle) ** 2 / (mp.pi * x)
            return weight * ((1 - f) ** 2 + v * g * f * f / x)

        points = [0, *(mp.pi * mp.mpf(10) ** -k for k in range(12, 0, -1)), mp.pi]
        return float(mp.quad(integrand, points) + (1 - 1 / g if g > 1 else 0))


@pytest.mark.parametrize(
    "setting",
    [
        (1.0, 0.3, 2.0, 1.0),
        (0.5, 0.5, 1.0, 0.7),
        (0.5, 0.5 + 1e-9, 0.7, 0.3),
        (1e-8, 1e-3, 1.0, 1.0),
        (1e-8, 1e-8, 1.0, 1.0),
        (0.0, 0.3, 0.5, 1.0),
        (0.0, 1e-6, 1.0001, 2.0),
        (1e-3, 1e-9, 0.9999, 1.0),
        (100.0, 1e-5, 3.0, 1.0),
        (0.0, 1e-10, 1.0, 1.0),
        (0.02, 40.0, 0.05, 8.0),
    ],
)
def test_shared_inputs_error_against_mpmath(setting):
    expected = shared_by_quadrature(*setting)
    assert beyond.shared_inputs_error(*setting) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("gamma", "noise_var", "lam_t", "lam_s"),
    [(0.4, 1.5, 0.05, 0.6), (1.0, 0.5, 0.2, 0.1), (3.0, 1.0, 0.5, 1.0)],
)
def test_shared_inputs_against_simulation(gamma, noise_var, lam_t, lam_s):
    run = beyond.simulate_shared(
        [lam_t], [lam_s], gamma=gamma, noise_var=noise_var, dim=300, n_trials=40, rng=3
    )
    theory = beyond.shared_inputs_error(lam_t, lam_s, gamma, noise_var)
    gain = beyond.shared_inputs_difference(lam_t, lam_s, gamma, noise_var)
    assert abs(run.student_mean[0, 0] - theory) < 4 * run.student_stderr[0, 0] + 3 / 300
    assert abs(run.difference_mean[0, 0] - gain) < 4 * run.difference_stderr[0, 0] + 3 / 300


def test_difference_is_the_difference():
    lam_t, lam_s = np.geomspace(1e-3, 10, 12)[:, None], np.geomspace(1e-3, 10, 11)
    for gamma in (0.3, 1.0, 4.0):
        direct = beyond.shared_inputs_error(lam_t, lam_s, gamma, 0.7) - ridge.teacher_error(
            lam_t, gamma, 0.7
        )
        np.testing.assert_allclose(
            beyond.shared_inputs_difference(lam_t, lam_s, gamma, 0.7), direct, atol=1e-12
        )


def test_a_small_penalty_wins_exactly_against_an_under_regularised_teacher():
    rng = np.random.default_rng(7)
    lam_t, gamma, noise = (10 ** rng.uniform(*ends, 1000) for ends in ((-4, 1), (-1, 1), (-1.5, 1)))
    small = beyond.shared_inputs_difference(lam_t, 1e-9, gamma, noise)
    np.testing.assert_array_equal(small < 0, lam_t < gamma * noise)
    every = beyond.shared_inputs_difference(
        lam_t, np.geomspace(1e-6, 1e6, 300)[:, None], gamma, noise
    )
    np.testing.assert_array_equal((every < 0).any(axis=0), lam_t < gamma * noise)
    # One interval: at most one change of sign.
    assert (np.diff(np.sign(every), axis=0) != 0).sum(axis=0).max() <= 1
    end = beyond.shared_inputs_winning_end(lam_t, gamma, noise)
    np.testing.assert_array_equal(np.isnan(end), lam_t >= gamma * noise)
    some, finite = ~np.isnan(end), np.isfinite(end)

    def difference(where, lam_s):
        return beyond.shared_inputs_difference(lam_t[where], lam_s, gamma[where], noise[where])

    assert np.all(difference(some, 0.999 * np.minimum(end[some], 1e12)) < 0)
    assert np.all(difference(finite, 1.001 * end[finite]) > 0)


def test_optimal_penalty():
    assert beyond.shared_inputs_optimal_penalty(0.0, 0.5, 1.0) == pytest.approx(0.5, rel=1e-7)
    for lam_t, gamma, noise in [(0.1, 0.5, 1.0), (0.3, 2.0, 1.0), (1e-3, 1.0, 0.2)]:
        best = beyond.shared_inputs_optimal_penalty(lam_t, gamma, noise)
        assert 0 < best <= gamma * noise - lam_t
        around = best * np.array([0.99, 1.0, 1.01])
        errors = beyond.shared_inputs_error(lam_t, around, gamma, noise)
        assert errors.argmin() == 1
    assert beyond.shared_inputs_optimal_penalty(3.0, 0.5, 1.0) == 0
    # The student of a teacher without a penalty is the optimal teacher, here 0.781 at gamma = 2.
    reached = beyond.shared_inputs_error(0.0, 2.0, 2.0, 1.0)
    assert reached == pytest.approx(ridge.teacher_error(2.0, 2.0, 1.0), rel=1e-12)


def test_limits_of_shared_inputs():
    assert beyond.shared_inputs_error([0.1, np.inf], np.inf, 0.5, 1.0).tolist() == [1.0, 1.0]
    assert beyond.shared_inputs_error(1e300, 1e300, 0.5, 1.0) == 1.0
    assert beyond.shared_inputs_error(0.2, 0.0, 0.5, 1.0) == pytest.approx(
        ridge.teacher_error(0.2, 0.5, 1.0), rel=1e-12
    )
    assert beyond.shared_inputs_difference(0.2, 0.0, 1.0, 1.0) == 0
    end = beyond.shared_inputs_winning_end(1e-12, 0.9, 5.0)
    assert end == np.inf
    assert beyond.shared_inputs_error(1e-12, end, 0.9, 5.0) == 1.0
    with pytest.raises(ValueError, match="lam_t = 0 with gamma_t = 1"):
        beyond.shared_inputs_error(0.0, 0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"gamma = 0\.0"):
        beyond.shared_inputs_error(0.1, 0.1, 0.0, 1.0)


# ----------------------------------------------------------------------------- classification


def random_blocks(rng):
    n = rng.integers(2, 5)
    return Blocks(
        rng.dirichlet(np.ones(n)), 10 ** rng.uniform(-1.5, 1.5, n), rng.dirichlet(np.ones(n))
    )


def random_teacher(rng):
    return 10 ** rng.uniform(-3, 1), 10 ** rng.uniform(-1, 0.7), 10 ** rng.uniform(-1.5, 1)


ALIGNED = Blocks([0.2, 0.8], [0.1, 1.0], [0.8, 0.2])


@pytest.mark.parametrize("labels", ["soft", "hard"])
@pytest.mark.parametrize(
    ("lam_t", "lam_s", "gamma_t", "gamma_s", "noise_var", "blocks"),
    [
        (0.05, 0.3, 0.5, 0.5, 1.0, ALIGNED),
        (3.0, 0.1, 0.5, 0.4, 1.0, ALIGNED),
        (0.3, 0.5, 2.0, 1.5, 0.5, Blocks([0.3, 0.7], [0.2, 2.0], [0.6, 0.4])),
    ],
)
def test_accuracy_against_sampled_labels(labels, lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks):
    setting = dict(
        gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var, blocks=blocks, labels=labels
    )
    run = beyond.simulate_classification([lam_t], [lam_s], dim=300, n_trials=30, rng=5, **setting)
    teacher = beyond.teacher_classification_error(lam_t, gamma_t, noise_var, blocks)
    student = beyond.student_classification_error(
        lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks=blocks, labels=labels
    )
    assert abs(run.teacher_mean[0] - teacher) < 4 * run.teacher_stderr[0] + 1 / 300
    assert abs(run.student_mean[0, 0] - student) < 4 * run.student_stderr[0, 0] + 1 / 300


def test_plain_teacher_agrees_with_its_moments():
    p, q = ridge.teacher_moments(0.2, 0.5, 1.0)
    assert beyond.teacher_classification_error(0.2, 0.5, 1.0) == pytest.approx(
        beyond.classification_error(p, q), rel=1e-12
    )


def test_no_plain_student_improves_the_accuracy():
    rng, lam_s = np.random.default_rng(11), np.geomspace(1e-7, 1e3, 60)
    for _ in range(1000):
        lam_t, gamma_t, noise = random_teacher(rng)
        gamma_s = 10 ** rng.uniform(-1.5, 0.5)
        teacher = beyond.teacher_classification_error(lam_t, gamma_t, noise)
        for labels in ("soft", "hard"):
            student = beyond.student_classification_error(
                lam_t, lam_s, gamma_t, gamma_s, noise, labels=labels
            )
            assert np.all(student >= teacher - 1e-12)


def test_soft_labels_a_small_penalty_wins_exactly_if_aligned():
    rng = np.random.default_rng(5)
    for _ in range(1000):
        blocks, (lam_t, gamma_t, noise) = random_blocks(rng), random_teacher(rng)
        student = beyond.student_classification_error(
            lam_t, 1e-8, gamma_t, 10 ** rng.uniform(-1.5, -0.02), noise, blocks=blocks
        )
        teacher = beyond.teacher_classification_error(lam_t, gamma_t, noise, blocks)
        assert (student < teacher) == (blocks.alignment > 0)


def test_hard_labels_win_exactly_below_the_limit():
    rng, lam_s, seen = np.random.default_rng(0), np.geomspace(1e-7, 1e3, 400), set()
    for _ in range(1000):
        blocks, (lam_t, gamma_t, noise) = random_blocks(rng), random_teacher(rng)
        gamma_s = 10 ** rng.uniform(-1.5, 0.5)
        limit = beyond.hard_label_limit(lam_t, gamma_t, noise, blocks)
        if abs(np.log(gamma_s / max(limit, 1e-9))) < 0.01:
            continue  # closer than the grid of penalties can tell
        student = beyond.student_classification_error(
            lam_t, lam_s, gamma_t, gamma_s, noise, blocks=blocks, labels="hard"
        )
        wins = bool(
            np.any(student < beyond.teacher_classification_error(lam_t, gamma_t, noise, blocks))
        )
        assert wins == (gamma_s < limit)
        seen.add(wins)
    assert seen == {True, False}


def test_the_limit_of_soft_labels_is_that_of_the_theorem():
    rng = np.random.default_rng(3)
    for _ in range(200):
        blocks, teacher = random_blocks(rng), random_teacher(rng)
        if blocks.alignment > 1e-3:
            assert beyond.hard_label_limit(*teacher, blocks, labels="soft") > 0.999


def test_accuracy_can_rise_while_the_squared_error_rises():
    best = ridge.optimal_teacher_penalty(0.5, 1.0)
    setting = (6 * best, 0.3, 0.5, 0.2, 1.0)
    accuracy = beyond.student_classification_error(
        *setting, blocks=ALIGNED
    ) - beyond.teacher_classification_error(6 * best, 0.5, 1.0, ALIGNED)
    plain = np.ones(2)
    squared = weighted_ridge.error_difference(*setting, ALIGNED, teacher_weights=plain)
    assert accuracy < -0.005
    assert squared > 0.01
    run = beyond.simulate_classification(
        [6 * best], [0.3], gamma_t=0.5, gamma_s=0.2, noise_var=1.0, blocks=ALIGNED, dim=200,
        n_trials=30, rng=1,
    )  # fmt: skip
    assert run.difference_mean[0, 0] + 3 * run.difference_stderr[0, 0] < 0


def test_classification_refusals():
    with pytest.raises(ValueError, match=r"labels = 'medium'; allowed: 'soft', 'hard'"):
        beyond.student_classification_error(0.1, 0.1, 0.5, 0.5, 1.0, labels="medium")
    with pytest.raises(ValueError, match="allowed: p² <= q"):
        beyond.classification_error(1.0, 0.5)
    with pytest.raises(ValueError, match="allowed: an instance of Blocks"):
        beyond.teacher_classification_error(0.1, 0.5, 1.0, blocks=[1.0])
    with pytest.raises(ValueError, match="lam_s = 0 with gamma_s = 1 on hard labels"):
        beyond.student_classification_error(0.1, 0.0, 0.5, 1.0, 1.0, labels="hard")
    with pytest.raises(ValueError, match="weights = 0"):
        beyond.simulate_classification(
            [0.1], [0.1], gamma_t=0.5, gamma_s=0.5, noise_var=1.0, blocks=Blocks.spike(0.5, 1.0)
        )


# -------------------------------------------------------------------------- correlated inputs


def test_correlated_inputs_against_simulation():
    for v, E, gammas, lam in [
        ((4.0, 0.25), (0.9, 0.1), (0.5, 0.6), (0.3, 0.05)),
        ((1.0, 0.1), (0.2, 0.8), (2.0, 0.5), (0.1, 0.2)),
        ((2.0, 0.5), (0.5, 0.5), (0.7, 1.8), (0.5, 0.3)),
    ]:
        teacher, student = beyond.correlated_blocks(v, E, [1 / 3, 2 / 3])
        run = beyond.simulate_correlated(
            [lam[0]], [lam[1]], gamma_t=gammas[0], gamma_s=gammas[1], noise_var=0.5,
            eigenvalues=np.repeat(v, [100, 200]),
            energies=np.repeat(np.array(E) / [100, 200], [100, 200]), n_trials=30, rng=2,
        )  # fmt: skip
        error = weighted_ridge.teacher_error(lam[0], gammas[0], 0.5, teacher)
        assert abs(run.teacher_mean[0] - error) < 4 * run.teacher_stderr[0] + 3 / 300
        error = weighted_ridge.student_error(
            *lam, *gammas, 0.5, student, teacher_weights=teacher.weights
        )
        assert abs(run.student_mean[0, 0] - error) < 4 * run.student_stderr[0, 0] + 3 / 300


def test_small_penalties_win_exactly_if_the_coefficients_are_too_long():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        n = rng.integers(1, 5)
        v, E, fractions = 10 ** rng.uniform(-1.5, 1.5, n), *rng.dirichlet(np.ones(n), 2)
        lam_t, gamma_t, noise = random_teacher(rng)
        teacher, student = beyond.correlated_blocks(v, E, fractions)
        gain = weighted_ridge.error_difference(
            lam_t, 1e-8, gamma_t, 10 ** rng.uniform(-1.5, -0.02), noise, student,
            teacher_weights=teacher.weights,
        )  # fmt: skip
        badness = beyond.coefficient_badness(lam_t, gamma_t, noise, v, E, fractions)
        assert (gain < 0) == (badness > 0)


def test_coefficient_badness_is_the_one_of_weighted_ridge_by_hand():
    """From the moments of the block maps, not from the function that it calls."""
    v, E, fractions = np.array([4.0, 0.25]), [0.9, 0.1], [0.5, 0.5]
    blocks, _ = beyond.correlated_blocks(v, E, fractions)
    target = synthesis.truth(fractions, blocks.energies)
    teacher = synthesis.fit(target, 0.3, 0.5, 1 / v, noise_var=0.5)
    p, q = blocks.energies * teacher.kept, blocks.energies * teacher.kept**2 + teacher.noise
    expected = 2 * (1 - (p / v).sum() / (q / v).sum())
    assert beyond.coefficient_badness(0.3, 0.5, 0.5, v, E, fractions) == pytest.approx(expected)


def test_power_laws_ridgeless_teachers_stall_and_students_do_not():
    """Sampled at three sizes: the student's exponent is that of the best ridge, its teacher's is 0."""
    model, sizes = beyond.PowerLaw(1.5, 1.0, dim=1200), np.array([60, 120, 240])
    runs = [
        beyond.simulate_correlated(
            [0.0], [0.3 * n**-0.6], gamma_t=model.dim / n, gamma_s=model.dim / n, noise_var=0.25,
            eigenvalues=model.eigenvalues, energies=model.energies, n_trials=20, rng=n,
        )
        for n in sizes
    ]  # fmt: skip
    teacher, student = beyond.scaling_errors(
        model, sizes, 0.25, student_penalty=lambda n: 0.3 * n**-0.6
    )
    for name, theory in (("teacher", teacher), ("student", student)):
        errors = np.array([getattr(run, f"{name}_mean").item() for run in runs])
        spread = np.array([getattr(run, f"{name}_stderr").item() for run in runs])
        measured = beyond.log_log_slope(sizes, errors, spread)
        expected = beyond.log_log_slope(sizes, theory).exponent
        assert abs(measured.exponent - expected) < 3 * measured.stderr + 0.05
    assert beyond.log_log_slope(sizes, teacher).exponent > -0.1
    assert beyond.log_log_slope(sizes, student).exponent < -0.35


def test_ridgeless_students_do_not_change_the_exponent():
    sizes, model = np.array([100, 200, 400]), beyond.PowerLaw(1.5, 1.0)
    for noise in (0.0, 0.25):
        teacher, student = (
            beyond.log_log_slope(sizes, e).exponent
            for e in beyond.scaling_errors(model, sizes, noise)
        )
        assert teacher == pytest.approx(student, abs=0.06)


def test_slope_of_a_power_law_and_its_error():
    n = np.array([10.0, 100.0, 1000.0])
    assert beyond.log_log_slope(n, 3 * n**-0.7).exponent == pytest.approx(-0.7)
    rng = np.random.default_rng(1)
    found = [
        beyond.log_log_slope(n, n**-0.5 * (1 + 0.02 * rng.standard_normal(3)), 0.02 * n**-0.5)
        for _ in range(400)
    ]
    covered = np.mean([low <= -0.5 <= high for low, high in (f.interval for f in found)])
    assert 0.92 < covered < 0.985


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: beyond.correlated_blocks([1.0], [1.0, 1.0], [1.0]),
            r"eigenvalues has shape \(1,\)",
        ),
        (lambda: beyond.correlated_blocks([0.0], [1.0], [1.0]), "eigenvalues = 0.0"),
        (lambda: beyond.correlated_blocks([1.0], [0.0], [1.0]), "energies = 0.0 in all blocks"),
        (lambda: beyond.PowerLaw(1.0, 1.0), "alpha = 1.0; allowed: > 1"),
        (lambda: beyond.PowerLaw(1.5, -0.6), "allowed: alpha \\+ r > 1"),
        (
            lambda: beyond.scaling_errors(beyond.PowerLaw(2, 1, 100), [60], 0.1),
            "at most dim / 2 = 50",
        ),
        (lambda: beyond.log_log_slope([10, 10], [1, 1]), "at least two different sizes"),
    ],
)
def test_correlated_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
