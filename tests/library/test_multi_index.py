"""Mechanism III: closed forms against sampled data, limits, verdicts, bad input."""

import subprocess
import sys
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2slib import multi_index as mi
from w2slib.core.kernels import unit_rows
from w2slib.multi_index import simulation as sampling

TARGET = mi.Target(easy=(0, 0.7, 0.3), hard=(0, 0, 0.55, 0.35), noise_var=0.1)
MOST = ("frozen", "full", "adapter", "ceiling")

coefficients = st.floats(-2, 2).map(lambda c: round(c, 3))
slopes = st.floats(0.1, 2) | st.floats(-2, -0.1)
targets = st.builds(
    lambda easy, hard, noise: mi.Target((easy[0], easy[3], *easy[1:3]), (0, 0, *hard), noise),
    st.tuples(coefficients, coefficients, coefficients, slopes),
    st.tuples(st.floats(0.1, 2), coefficients),
    st.floats(0, 2),
)
penalties = st.just(0.0) | st.floats(-3, 3).map(lambda e: 10.0**e)
ratios = st.floats(-2, 1).map(lambda e: 10.0**e)
shares = st.floats(0, 1)


# ------------------------------------------------------------------ the formulas, literally


def literal_errors(target, gamma_t, gamma_s, lam_t, lam_s, rho, strength):
    """The formulas of the chapter as written: one loop over the degrees and no rearrangement."""
    c, e, energy = target.easy, target.hard, target.label_energy
    tau_t = np.sqrt(c[1] ** 2 / (c[1] ** 2 + gamma_t * energy))
    b = [c[k] * tau_t**k / (1 + lam_t) for k in range(len(c))]
    easy = [c[k] ** 2 - 2 * c[k] * b[k] * tau_t**k + b[k] ** 2 for k in range(len(c))]
    errors = {"teacher": sum(easy) + sum(x**2 for x in e)}

    def student(r, rho, strength, fine_tuned=True):
        known = strength**2 * sum(e[k] ** 2 * rho ** (2 * k) for k in range(len(e)))
        tau = np.sqrt(b[1] ** 2 / (b[1] ** 2 + gamma_s * (sum(x**2 for x in b) + known)))
        total = 0.0
        for k in range(len(c)):
            a = b[k] * tau**k / (1 + lam_s) if fine_tuned else 0.0
            total += c[k] ** 2 - 2 * a * c[k] * (tau_t * tau) ** k + a**2
        for k in range(len(e)):
            carried = rho ** (2 * k)
            total += e[k] ** 2 * (1 - 2 * r * strength * carried + (r * strength) ** 2 * carried)
        return total

    errors["scratch"] = student(0.0, 0.0, 0.0)
    errors["frozen"] = student(1.0, rho, strength, fine_tuned=False)
    errors["full"] = student(lam_s / (1 + lam_s), rho, strength)
    errors["adapter"] = student(1.0, rho, strength)

    unknown = sum(
        e[k] ** 2 * (1 - 2 * strength * rho ** (2 * k) + strength**2 * rho ** (2 * k))
        for k in range(len(e))
    )
    residual = sum(x**2 for x in c) + unknown + target.noise_var
    tau_c = np.sqrt(c[1] ** 2 / (c[1] ** 2 + gamma_s * residual))
    total = 0.0
    for k in range(len(c)):
        a = c[k] * tau_c**k / (1 + lam_s)
        total += c[k] ** 2 - 2 * a * c[k] * tau_c**k + a**2
    for k in range(len(e)):
        weight = e[k] * rho**k * (1 + lam_s * strength) / (1 + lam_s)
        total += e[k] ** 2 - 2 * weight * e[k] * rho**k + weight**2
    errors["ceiling"] = total
    return errors


@given(targets, ratios, ratios, penalties, penalties, st.floats(-1, 1), shares)
@settings(max_examples=100)
def test_errors_are_the_formulas_of_the_theory(
    target, gamma_t, gamma_s, lam_t, lam_s, rho, strength
):
    expected = literal_errors(target, gamma_t, gamma_s, lam_t, lam_s, rho, strength)
    tolerance = dict(rel=1e-9, abs=1e-12 * target.label_energy)
    got = mi.teacher_error(target, gamma_t, lam_t)
    assert got == pytest.approx(expected["teacher"], **tolerance)
    for mode in mi.MODES:
        error = mi.student_error(
            target,
            gamma_t,
            gamma_s,
            lam_t=lam_t,
            lam_s=lam_s,
            rho=rho,
            strength=strength,
            mode=mode,
        )
        assert error == pytest.approx(expected[mode], **tolerance), mode


@pytest.mark.parametrize("j", range(5))
def test_hermite_polynomials_are_orthonormal(j):
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    weights = weights / np.sqrt(2 * np.pi)
    moments = [np.sum(weights * mi.hermite(j, nodes) * mi.hermite(k, nodes)) for k in range(5)]
    np.testing.assert_allclose(moments, np.eye(5)[j], atol=1e-12)


def test_large_hermite_degree_does_not_overflow():
    assert np.isfinite(mi.hermite(200, 1.0))


def test_hard_share():
    target = TARGET.with_hard_share(0.7)
    total = TARGET.easy_energy + TARGET.hard_energy
    assert target.hard_share == pytest.approx(0.7)
    assert target.easy_energy + target.hard_energy == pytest.approx(total)
    assert target.easy[2] / target.easy[1] == pytest.approx(3 / 7)
    assert TARGET.with_hard_share(0.0).hard_energy == 0


# ------------------------------------------------------------------ limits


def test_infinite_data_teacher_learns_all_that_is_easy_and_nothing_else():
    assert mi.teacher_error(TARGET, 1e-12) == pytest.approx(TARGET.hard_energy, rel=1e-9)
    assert mi.teacher_overlap(TARGET, 1e-12) == pytest.approx(1, abs=1e-9)


def test_large_penalty_leaves_the_pretrained_student_and_full_then_forgets_nothing():
    arguments = dict(lam_s=1e12, rho=0.8, strength=0.7)
    frozen = mi.student_error(TARGET, 0.4, 0.3, mode="frozen", **arguments)
    for mode in ("full", "adapter", "ceiling"):
        error = mi.student_error(TARGET, 0.4, 0.3, mode=mode, **arguments)
        assert error == pytest.approx(frozen, rel=1e-9)


def test_without_penalty_full_fine_tuning_forgets_everything():
    full = mi.student_error(TARGET, 0.4, 1e-9, lam_s=0.0, rho=0.9, mode="full")
    assert full == pytest.approx(mi.teacher_error(TARGET, 0.4), rel=1e-6)


def test_with_perfect_pretraining_and_much_data_the_ceiling_is_zero():
    error = mi.student_error(TARGET, 0.4, 1e-12, lam_s=0.0, rho=1.0, strength=0.3, mode="ceiling")
    assert error == pytest.approx(0, abs=1e-9)


def test_scalars_and_arrays():
    rho, lam_s = np.linspace(0, 1, 3), np.logspace(-1, 1, 4)[:, None]
    for mode in mi.MODES:
        errors = mi.student_error(TARGET, 0.4, 0.3, lam_s=lam_s, rho=rho, mode=mode)
        assert errors.shape == (4, 3)
        one = mi.student_error(TARGET, 0.4, 0.3, lam_s=lam_s[2, 0], rho=rho[1], mode=mode)
        assert isinstance(one, float)
        assert one == errors[2, 1]


# ------------------------------------------------------------------ verdict


@given(targets, ratios, ratios, penalties, penalties)
@settings(max_examples=120)
def test_student_from_scratch_never_wins(target, gamma_t, gamma_s, lam_t, lam_s):
    L_t = mi.teacher_error(target, gamma_t, lam_t)
    arguments = dict(lam_t=lam_t, rho=0.9, mode="scratch")
    L_s = mi.student_error(target, gamma_t, gamma_s, lam_s=lam_s, **arguments)
    assert L_s >= L_t - 1e-12 * target.label_energy
    assert np.isnan(mi.winning_interval(target, gamma_t, gamma_s, **arguments)).all()
    del arguments["rho"]
    assert np.isnan(mi.winning_overlap(target, gamma_t, gamma_s, lam_s=lam_s, **arguments))


@given(targets, ratios, ratios, penalties, penalties, st.floats(0, 1), st.sampled_from(MOST))
@settings(max_examples=120)
def test_winning_overlap_is_the_one_sign_change(
    target, gamma_t, gamma_s, lam_t, lam_s, strength, mode
):
    arguments = dict(lam_t=lam_t, lam_s=lam_s, strength=strength, mode=mode)
    threshold = mi.winning_overlap(target, gamma_t, gamma_s, **arguments)
    rho = np.linspace(0, 1, 301)
    difference = mi.student_error(target, gamma_t, gamma_s, rho=rho, **arguments)
    difference = difference - mi.teacher_error(target, gamma_t, lam_t)
    decided = (np.abs(difference) > 1e-10 * target.label_energy) & (np.abs(rho - threshold) != 0)
    wins = rho > threshold  # all False for nan
    np.testing.assert_array_equal(wins[decided], (difference < 0)[decided])


@given(targets, ratios, ratios, penalties, st.floats(0, 1), shares, st.sampled_from(MOST))
@settings(max_examples=120)
def test_winning_interval_is_where_the_student_wins(
    target, gamma_t, gamma_s, lam_t, rho, strength, mode
):
    arguments = dict(lam_t=lam_t, rho=rho, strength=strength, mode=mode)
    lo, hi = mi.winning_interval(target, gamma_t, gamma_s, **arguments)
    lam_s = np.concatenate([[0.0], np.logspace(-6, 6, 400)])
    difference = mi.student_error(target, gamma_t, gamma_s, lam_s=lam_s, **arguments)
    difference = difference - mi.teacher_error(target, gamma_t, lam_t)
    decided = np.abs(difference) > 1e-10 * target.label_energy
    wins = ((lam_s > lo) | ((lo == 0) & (lam_s == 0))) & (lam_s < hi)
    np.testing.assert_array_equal(wins[decided], (difference < 0)[decided])


@given(targets, ratios, ratios, penalties, st.floats(0, 1), shares, st.sampled_from(MOST))
@settings(max_examples=100)
def test_optimal_student_penalty_minimises(target, gamma_t, gamma_s, lam_t, rho, strength, mode):
    arguments = dict(lam_t=lam_t, rho=rho, strength=strength, mode=mode)
    best = mi.optimal_student_penalty(target, gamma_t, gamma_s, **arguments)
    # 1e12 stands for infinity, where no fine-tuning is best.
    least = mi.student_error(target, gamma_t, gamma_s, lam_s=min(best, 1e12), **arguments)
    lam_s = np.concatenate([[0.0], np.logspace(-6, 6, 400)])
    others = mi.student_error(target, gamma_t, gamma_s, lam_s=lam_s, **arguments)
    assert least <= others.min() + 1e-9 * target.label_energy


@given(targets, ratios, ratios, st.floats(0.1, 1))
@settings(max_examples=60)
def test_full_fine_tuning_without_penalty_never_wins(target, gamma_t, gamma_s, rho):
    L_s = mi.student_error(target, gamma_t, gamma_s, lam_s=0.0, rho=rho, mode="full")
    assert L_s >= mi.teacher_error(target, gamma_t) - 1e-12
    lo, _ = mi.winning_interval(target, gamma_t, gamma_s, rho=rho, mode="full")
    assert np.isnan(lo) or lo > 0


def test_closed_form_of_the_winning_overlap_with_unlimited_teacher_labels():
    target, lam_t, lam_s, strength = mi.Target((0, 0.7), (0, 0, 0, 0.6), 0.1), 0.2, 0.5, 0.8
    b = 0.7 * mi.teacher_overlap(target, 0.4) / (1 + lam_t)
    u, kept = 1 / (1 + lam_s), {"adapter": 1.0, "full": lam_s / (1 + lam_s)}
    lost = b**2 * (1 + 2 * lam_t - 2 * (1 + lam_t) * u + u**2)
    for mode, r in kept.items():
        power = lost / (r * strength * (2 - r * strength) * 0.36)
        got = mi.winning_overlap(
            target, 0.4, 1e-11, lam_t=lam_t, lam_s=lam_s, strength=strength, mode=mode
        )
        assert got == pytest.approx(power ** (1 / 6), rel=1e-6)


def test_the_ceiling_can_win_at_any_overlap():
    assert mi.winning_overlap(TARGET, 2.0, 0.01, lam_s=0.0, mode="ceiling") == 0


def test_verdicts_broadcast():
    lam_s, gamma_s = np.logspace(-2, 1, 4)[:, None], np.array([0.05, 0.1, 0.3])
    table = mi.winning_overlap(TARGET, 0.5, gamma_s, lam_s=lam_s)
    assert table.shape == (4, 3)
    lo, hi = mi.winning_interval(TARGET, 0.5, gamma_s, rho=0.9)
    assert lo.shape == hi.shape == (3,)
    assert table[1, 2] == mi.winning_overlap(TARGET, 0.5, 0.3, lam_s=lam_s[1, 0])


def exact(target, gamma_t, gamma_s, lam_t, rho, strength, mode):
    """L_t, L_0, L_1 and L_2 of the chapter in 60 digits more than the smallest shrinkage needs."""
    gamma_t, gamma_s, rho, strength = (mp.mpf(x) for x in (gamma_t, gamma_s, rho, strength))
    c, e = ([mp.mpf(x) for x in part] for part in (target.easy, target.hard))
    energy = sum(x * x for x in c + e)
    tau = abs(c[1]) / mp.sqrt(c[1] ** 2 + gamma_t * (energy + mp.mpf(target.noise_var)))
    b = [x * tau**k / (1 + mp.mpf(lam_t)) for k, x in enumerate(c)]
    L_t = energy - (1 + 2 * mp.mpf(lam_t)) * sum(x * x for x in b)
    if mode == "scratch":
        rho = strength = mp.mpf(0)
    P = sum(x * x * rho ** (2 * k) for k, x in enumerate(e))
    L_0 = energy - strength * (2 - strength) * P
    if mode == "frozen":
        return L_t, L_0, mp.mpf(0), mp.mpf(0)
    if mode == "ceiling":
        squared = c[1] ** 2 / (c[1] ** 2 + gamma_s * (L_0 + mp.mpf(target.noise_var)))
        learnt = sum(x * x * squared**k for k, x in enumerate(c)) + (1 - strength) ** 2 * P
        return L_t, L_0, learnt, learnt
    squared = b[1] ** 2 / (b[1] ** 2 + gamma_s * (sum(x * x for x in b) + strength**2 * P))
    Q = sum(x * x * squared**k for k, x in enumerate(b))
    full = int(mode == "full")
    L_1 = (1 + mp.mpf(lam_t)) * Q - full * strength * (1 - strength) * P
    return L_t, L_0, L_1, Q + full * strength**2 * P


def exact_interval(L_t, L_0, L_1, L_2):
    """The chapter's ends u± as penalties; nan for never."""
    discriminant = L_1**2 - L_2 * (L_0 - L_t)
    if L_2 == 0:
        return (0, mp.inf) if L_t > L_0 else (mp.nan, mp.nan)
    if discriminant <= 0:
        return mp.nan, mp.nan
    high, low = ((L_1 + sign * mp.sqrt(discriminant)) / L_2 for sign in (1, -1))
    if high <= 0 or low >= 1:
        return mp.nan, mp.nan
    return max(1 / high - 1, mp.mpf(0)), mp.inf if low <= 0 else 1 / low - 1


def draw(rng, spread):
    def exponent(low, high):
        return 10 ** rng.uniform(low * spread, high * spread)

    rho = rng.choice([rng.uniform(-1, 1), exponent(-1, 0), 1.0, 0.0])
    strength = rng.choice([rng.uniform(0, 1), exponent(-1, 0), 1.0])
    gamma_t, gamma_s = exponent(-1, 0.5), exponent(-1, 0.5)
    return dict(gamma_t=gamma_t, gamma_s=gamma_s, lam_t=exponent(-3, 3), rho=rho, strength=strength)


@pytest.mark.parametrize("mode", mi.MODES)
@pytest.mark.parametrize("spread", [1, 5])
def test_numbers_in_many_digits(mode, spread):
    """Ordinary settings, and penalties and ratios of 10 to the power ±15 and ±5."""
    rng = np.random.default_rng(spread)
    with mp.workdps(120):
        for _ in range(25):
            setting, lam_s = draw(rng, spread), 10 ** rng.uniform(-3, 3)
            L_t, L_0, L_1, L_2 = exact(TARGET, mode=mode, **setting)
            u = 1 / (1 + mp.mpf(lam_s))
            best = mp.inf if L_1 <= 0 else max(L_2 / L_1 - 1, mp.mpf(0))
            expected = [
                (
                    mi.student_error(TARGET, lam_s=lam_s, mode=mode, **setting),
                    L_0 - 2 * L_1 * u + L_2 * u * u,
                ),
                (mi.optimal_student_penalty(TARGET, mode=mode, **setting), 0 if L_2 == 0 else best),
                *zip(
                    mi.winning_interval(TARGET, mode=mode, **setting),
                    exact_interval(L_t, L_0, L_1, L_2),
                    strict=True,
                ),
            ]
            for got, value in expected:
                assert got == pytest.approx(float(value), rel=1e-9, abs=0, nan_ok=True), setting


@pytest.mark.parametrize("lam_t", [1e-200, 1e100, 1e200, 1e300])
@pytest.mark.parametrize("mode", ["full", "adapter"])
def test_winning_overlap_with_teachers_of_any_penalty(lam_t, mode):
    """A bad teacher is beaten by whoever knows a little: the overlap is tiny, and right."""
    setting = dict(gamma_t=0.4, gamma_s=0.3, lam_t=lam_t, strength=0.9)
    rho, u = mi.winning_overlap(TARGET, lam_s=0.5, mode=mode, **setting), mp.mpf(2) / 3
    with mp.workdps(700):
        signs = []
        for factor in (1 - 1e-6, 1 + 1e-6):
            L_t, L_0, L_1, L_2 = exact(TARGET, mode=mode, rho=rho * factor, **setting)
            signs.append(mp.sign(L_0 - 2 * L_1 * u + L_2 * u * u - L_t))
    assert signs == [1, -1]


def test_large_grids_are_evaluated_in_portions(monkeypatch):
    x, y = np.meshgrid(np.linspace(0.1, 1, 60), np.logspace(-2, 1, 50))
    arguments = dict(lam_t=y, rho=x, strength=x, mode="full")
    calls = [
        lambda: mi.teacher_error(TARGET, x, y),
        lambda: mi.student_overlap(TARGET, x, y, lam_t=y, rho=x),
        lambda: mi.student_error(TARGET, x, y, lam_s=y, **arguments),
        lambda: mi.optimal_student_penalty(TARGET, x, y, **arguments),
        lambda: mi.winning_interval(TARGET, x, y, **arguments)[1],
        lambda: mi.winning_overlap(TARGET, x, y, lam_s=y),
    ]
    for call in calls:
        monkeypatch.undo()
        whole, peak = call(), []
        for limit in (2**30, 2**17):
            monkeypatch.setattr("w2slib.core.portions.PORTION_BYTES", limit)
            monkeypatch.setattr("w2slib.multi_index.theory.PORTION_BYTES", limit)
            tracemalloc.start()
            np.testing.assert_array_equal(call(), whole)
            peak.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peak[1] < 0.8 * peak[0]


# ------------------------------------------------------------------ simulation

LAM_S = np.array([0.03, 0.5, 3.0])


@pytest.fixture(scope="module")
def run():
    arguments = dict(lam_t=0.05, lam_s=LAM_S, rho=0.85, strength=0.9, dim=400, n_trials=16)
    return mi.simulate(TARGET, 0.25, 0.2, rng=7, **arguments)


def slack(dim):
    """The finite-size correction allowed on top of 4 standard errors: O(d^{-1/2})."""
    return 0.3 / np.sqrt(dim)


@pytest.mark.parametrize("mode", mi.MODES)
def test_errors_agree_with_simulation(run, mode):
    theory = mi.student_error(
        TARGET, 0.25, 0.2, lam_t=0.05, lam_s=LAM_S, rho=0.85, strength=0.9, mode=mode
    )
    L_t = mi.teacher_error(TARGET, 0.25, 0.05)
    student, difference = run.student[mode], run.difference[mode]
    assert np.all(np.abs(theory - student.mean) <= 4 * student.stderr + slack(400))
    assert np.all(np.abs(theory - L_t - difference.mean) <= 4 * difference.stderr + slack(400))
    assert abs(L_t - run.teacher.mean) <= 4 * run.teacher.stderr + slack(400)


def test_overlaps_agree_with_simulation(run):
    tau_t = mi.teacher_overlap(TARGET, 0.25)
    arguments = dict(lam_t=0.05, strength=0.9)
    tau_s = mi.student_overlap(TARGET, 0.25, 0.2, rho=0.85, **arguments)
    tau_0 = mi.student_overlap(TARGET, 0.25, 0.2, rho=0.0, **arguments)
    pairs = [
        (tau_t, run.teacher_overlap),
        (tau_s, run.student_overlap),
        (tau_0, run.scratch_overlap),
    ]
    for theory, estimate in pairs:
        assert abs(theory - estimate.mean) <= 4 * estimate.stderr + 2 / 400
    assert tau_0 - tau_s > 0.03


def test_teacher_sees_the_hard_direction_by_chance_only():
    dim, gamma = 100, 0.5
    arguments = dict(lam_s=[1.0], rho=0.9, dim=dim, n_trials=400)
    measured = mi.simulate(TARGET, gamma, 0.5, rng=3, **arguments).teacher_hard_squared
    chance = mi.teacher_chance_overlap(TARGET, gamma, dim) ** 2
    assert abs(measured.mean - chance) <= 4 * measured.stderr + 0.1 * chance
    assert mi.teacher_chance_overlap(TARGET, gamma, 4 * dim) == pytest.approx(np.sqrt(chance) / 2)


def test_distance_is_the_mean_squared_difference():
    rng = np.random.default_rng(0)
    u, v, w = unit_rows(rng.standard_normal((3, 4)))
    f = sampling._Model((u, v), (np.array([0.3, 0.5, -0.4]), np.array([0.0, 0.0, 0.7, 0.2])))
    g = sampling._Model((w,), (np.array([0.1, -0.6]),))
    X = rng.standard_normal((400_000, 4))
    sample = (f(X) - g(X)) ** 2
    error = 4 * sample.std() / np.sqrt(len(sample))
    assert abs(sample.mean() - sampling._distance(f, g)) < error


def test_read_out_ridge_solves_its_normal_equations():
    rng = np.random.default_rng(1)
    features, y = rng.standard_normal((50, 4)), rng.standard_normal(50)
    for lam, beta in zip([0.0, 0.7], sampling._ridge(features, y, [0.0, 0.7]), strict=True):
        gradient = features.T @ (features @ beta - y) / 50 + lam * beta
        np.testing.assert_allclose(gradient, 0, atol=1e-12)


def simulate_small(seed=9, executor=None):
    arguments = dict(lam_s=[0.1, 1.0], rho=0.9, dim=40, n_trials=4)
    return mi.simulate(TARGET, 0.5, 0.5, rng=seed, executor=executor, **arguments)


def assert_identical(run, other):
    for mode in mi.MODES:
        np.testing.assert_array_equal(run.student[mode].mean, other.student[mode].mean)
        np.testing.assert_array_equal(run.difference[mode].stderr, other.difference[mode].stderr)
    assert run.teacher == other.teacher


def test_bit_identical_on_a_process_pool():
    with ProcessPoolExecutor(max_workers=2) as executor:
        assert_identical(simulate_small(), simulate_small(executor=executor))


def test_result_is_a_table_and_a_file(tmp_path):
    run = simulate_small()
    table = run.to_dataframe()
    assert len(table) == 2
    np.testing.assert_array_equal(table.lam_s, run.lam_s)
    np.testing.assert_array_equal(table.student_full_mean, run.student["full"].mean)
    run.save(tmp_path / "run.npz")
    assert mi.HermiteSimulation.load(tmp_path / "run.npz") == run
    assert (run.dim, run.n_trials, run.seed) == (40, 4, 9)
    assert run.setting["target"]["easy"] == TARGET.easy


def test_seed_generator_and_repetition():
    assert_identical(simulate_small(), simulate_small(np.random.default_rng(9)))
    assert simulate_small(10).teacher.mean != simulate_small().teacher.mean


# ------------------------------------------------------------------ infinite penalties


def test_infinite_student_penalty_is_the_student_left_alone():
    arguments = dict(lam_t=0.1, lam_s=np.inf, rho=0.8, strength=0.7)
    frozen = mi.student_error(TARGET, 0.4, 0.3, mode="frozen", **arguments)
    for mode in ("full", "adapter", "ceiling"):
        assert mi.student_error(TARGET, 0.4, 0.3, mode=mode, **arguments) == frozen
    scratch = mi.student_error(TARGET, 0.4, 0.3, mode="scratch", **arguments)
    assert scratch == TARGET.easy_energy + TARGET.hard_energy
    for mode in MOST:
        overlap = mi.winning_overlap(TARGET, 0.4, 0.3, lam_s=np.inf, mode=mode)
        assert overlap == mi.winning_overlap(TARGET, 0.4, 0.3, lam_s=1.0, mode="frozen")


def test_what_is_returned_as_infinite_is_taken_back():
    """Much was known, and the teacher knows little: no fine-tuning is best, and it wins."""
    arguments = dict(gamma_t=50.0, gamma_s=1.0, rho=1.0, strength=0.5)
    best = mi.optimal_student_penalty(TARGET, mode="full", **arguments)
    _, high = mi.winning_interval(TARGET, mode="full", **arguments)
    assert best == high == np.inf
    least = mi.student_error(TARGET, lam_s=best, mode="full", **arguments)
    assert least == mi.student_error(TARGET, lam_s=0.0, mode="frozen", **arguments)
    others = mi.student_error(TARGET, lam_s=np.logspace(-3, 6, 50), mode="full", **arguments)
    assert least < others.min()
    run = mi.simulate(TARGET, 1.0, 1.0, lam_s=[1e12, best], rho=1.0, dim=40, n_trials=2, rng=0)
    for mode in mi.MODES:
        almost, exact = run.student[mode].mean
        assert exact == pytest.approx(almost, rel=1e-9)
    assert run.student["full"].mean[1] == run.student["frozen"].mean[1]


def test_teacher_that_answers_zero():
    assert mi.teacher_error(TARGET, 0.4, np.inf) == TARGET.easy_energy + TARGET.hard_energy
    for lam_t in (1e9, np.inf):
        assert mi.student_overlap(TARGET, 0.4, 0.3, lam_t=lam_t, rho=0.5) < 1e-8
        assert mi.student_overlap(TARGET, 0.4, 0.3, lam_t=lam_t, rho=0.0) == pytest.approx(
            mi.student_overlap(TARGET, 0.4, 0.3, rho=0.0)
        )
    with pytest.raises(ValueError, match="lam_t = inf; allowed: finite"):
        mi.simulate(TARGET, 0.5, 0.5, lam_t=np.inf, lam_s=0.1, rho=0.5, dim=40)


@pytest.mark.parametrize("lam_t", [1e150, 1e200, 1e308, np.inf])
@pytest.mark.parametrize("mode", mi.MODES)
def test_teachers_of_huge_penalty(lam_t, mode):
    """Such a teacher is far worse than the ceiling, and any pre-trained student beats it."""
    arguments = dict(lam_t=lam_t, mode=mode)
    overlap = mi.winning_overlap(TARGET, 0.4, 0.3, lam_s=0.5, **arguments)
    error = mi.student_error(TARGET, 0.4, 0.3, lam_s=0.5, rho=0.9, **arguments)
    assert np.isnan(overlap) if mode == "scratch" else 0 <= overlap <= 0.7
    assert 0 < error <= TARGET.easy_energy + TARGET.hard_energy
    lo, hi = mi.winning_interval(TARGET, 0.4, 0.3, rho=0.9, **arguments)
    assert np.isnan(lo) == np.isnan(hi) == (mode == "scratch")


# ------------------------------------------------------------------ names


def test_old_names_work_and_say_so():
    from w2slib import networks

    renamed = [
        ("Simulation", mi.HermiteSimulation),
        ("pretrain", networks.pretrain_network),
        ("fine_tune", networks.fine_tune_network),
    ]
    for name, new in renamed:
        with pytest.warns(DeprecationWarning, match=f"{name} is now"):
            assert getattr(mi, name) is new


def test_names_of_the_networks_are_found_without_importing_them_first():
    code = (
        "import sys, w2slib.multi_index as mi; assert 'w2slib.networks' not in sys.modules;"
        "from w2slib.multi_index import *; simulate_networks; dir(mi)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mi.nothing  # noqa: B018


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (dict(easy=(1.0, 0.0)), "easy[1]"),
        (dict(easy=(1.0,)), "easy"),
        (dict(easy=(0, np.nan)), "easy"),
        (dict(easy=(0, "one")), "easy"),
        (dict(hard=(0, 0.1, 0.5)), "hard[:2]"),
        (dict(hard=(0.1, 0, 0.5)), "hard[:2]"),
        (dict(hard=()), "hard"),
        (dict(noise_var=-0.1), "noise_var"),
        (dict(noise_var=[0.1]), "noise_var"),
        (dict(easy=(0, 1e-200)), "a double can hold"),
        (dict(hard=(0, 0, 1e200)), "a double can hold"),
    ],
)
def test_bad_targets(change, name):
    with pytest.raises(ValueError, match="allowed") as error:
        mi.Target(**(dict(easy=(0, 1.0), hard=(0, 0, 1.0), noise_var=0.0) | change))
    assert name in str(error.value)


TEACH = dict(gamma_t=0.5)
STUDENT = dict(gamma_t=0.5, gamma_s=0.5, lam_t=0.1, lam_s=0.1, rho=0.5, strength=1.0)
OVERLAP = {k: v for k, v in STUDENT.items() if k != "lam_s"}
WINNING = {k: v for k, v in STUDENT.items() if k != "rho"}
SIMULATE = STUDENT | dict(dim=40, n_trials=2)
FUNCTIONS = [
    (mi.teacher_overlap, TEACH),
    (mi.teacher_error, TEACH | dict(lam_t=0.1)),
    (mi.student_overlap, OVERLAP),
    (mi.student_error, STUDENT),
    (mi.optimal_student_penalty, OVERLAP),
    (mi.winning_interval, OVERLAP),
    (mi.winning_overlap, WINNING),
    (mi.simulate, SIMULATE),
]
WRONG = dict(
    gamma_t=(0.0, -1.0, np.nan, np.inf),
    gamma_s=(0.0, -1.0, np.nan),
    lam_t=(-0.1, np.nan),
    lam_s=(-0.1, np.nan),
    rho=(1.1, -1.1, np.nan),
    strength=(-0.1, 1.1),
    dim=(7, 40.5),
    n_trials=(1, 2.5),
)
CASES = [
    pytest.param(function, base | {name: value}, name, id=f"{function.__name__}-{name}-{value}")
    for function, base in FUNCTIONS
    for name in base
    for value in WRONG[name]
]


@pytest.mark.parametrize(("function", "arguments", "name"), CASES)
def test_bad_input_names_parameter_and_range(function, arguments, name):
    with pytest.raises(ValueError, match="allowed") as error:
        function(TARGET, **arguments)
    assert name in str(error.value)


@pytest.mark.parametrize(("function", "base"), FUNCTIONS[:7])
@pytest.mark.parametrize("gamma", [1e-300, 1e300])
def test_gradient_steps_at_the_edge_of_the_doubles(function, base, gamma):
    ratios = {name: gamma for name in ("gamma_t", "gamma_s") if name in base}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = function(TARGET, **base | ratios)
    if not function.__name__.startswith("winning"):  # where nan means "never"
        assert np.all(np.isfinite(value) | np.isinf(value))


@pytest.mark.parametrize(("function", "base"), FUNCTIONS)
def test_forgotten_target(function, base):
    with pytest.raises(ValueError, match=r"target = 0.5 \(float\); allowed: a Target"):
        function(0.5, **base)


def test_inputs_that_no_double_can_hold():
    with pytest.raises(ValueError, match="a double"):
        TARGET.clean(1e200, 1.0)
    with pytest.raises(ValueError, match="hard_input = nan"):
        TARGET.clean(1.0, np.nan)
    with pytest.raises(TypeError, match="takes no seed; use rng"):
        mi.simulate(TARGET, **SIMULATE, seed=1)


@pytest.mark.parametrize(("function", "base"), FUNCTIONS[3:7])
def test_bad_modes_and_shapes(function, base):
    with pytest.raises(ValueError, match="mode = 'half'; allowed: one of scratch"):
        function(TARGET, **base, mode="half")
    with pytest.raises(ValueError, match="broadcast together"):
        function(TARGET, **(base | dict(gamma_t=np.ones(2), gamma_s=np.ones(3))))


def test_bad_simulation_arguments():
    with pytest.raises(ValueError, match="too small for gamma_s"):
        mi.simulate(TARGET, 0.5, 35.0, lam_s=0.1, rho=0.5, dim=40)
    for name in ("rho", "strength", "lam_t"):
        with pytest.raises(ValueError, match=rf"{name} has shape .*single number"):
            mi.simulate(TARGET, **(SIMULATE | {name: [0.5, 0.6]}))


@pytest.mark.parametrize("share", [-0.1, 1.0, 1.2, np.nan])
def test_bad_share(share):
    with pytest.raises(ValueError, match=r"share .*allowed"):
        TARGET.with_hard_share(share)
    with pytest.raises(ValueError, match="hard energy"):
        mi.Target((0, 1.0), (0, 0)).with_hard_share(0.5)


@pytest.mark.parametrize("degree", [-1, 1.5, True])
def test_bad_degree(degree):
    with pytest.raises(ValueError, match="degree"):
        mi.hermite(degree, 0.0)


@pytest.mark.parametrize("dim", [1, 2.5])
def test_bad_chance(dim):
    with pytest.raises(ValueError, match="dim"):
        mi.teacher_chance_overlap(TARGET, 0.5, dim)
