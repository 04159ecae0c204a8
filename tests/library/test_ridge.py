"""Mechanism I: closed forms against sampled ridge regressions, limits, thresholds, bad input."""

import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from w2slib import ridge
from w2slib.random_matrices import resolvent_traces

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

penalties = st.floats(-4, 4).map(lambda e: 10.0**e)
ratios = st.floats(-2, 2).map(lambda e: 10.0**e) | st.just(1.0)
noises = st.floats(0, 10)


# ------------------------------------------------------------------ theory against 60 digits


def exact_errors(lam_t, lam_s, gamma_t, gamma_s, noise_var):
    """Teacher's and student's error from the resolvent traces, literally as in the chapter."""
    lam_t, lam_s, gamma_t, gamma_s, noise = map(mp.mpf, (lam_t, lam_s, gamma_t, gamma_s, noise_var))

    def traces(lam, gamma):
        b = 1 - gamma + lam
        r = mp.sqrt(b**2 + 4 * gamma * lam)
        m1 = (r - b) / (2 * gamma * lam)
        return m1, m1 * (1 + gamma * m1) / r

    m1, m2 = traces(lam_t, gamma_t)
    p = 1 - lam_t * m1
    q = 1 - 2 * lam_t * m1 + lam_t**2 * m2 + noise * gamma_t * (m1 - lam_t * m2)
    m1, m2 = traces(lam_s, gamma_s)
    a1, a2 = 1 - lam_s * m1, 1 - 2 * lam_s * m1 + lam_s**2 * m2
    return 1 - 2 * p + q, 1 - 2 * a1 * p + a2 * q


@given(penalties, penalties, ratios, ratios, noises)
@example(1e-12, 1e-12, 1.0, 1.0, 1.0)
@example(1e-9, 1e3, 0.5, 3.0, 0.0)
@settings(max_examples=100)
def test_errors_match_sixty_digits(lam_t, lam_s, gamma_t, gamma_s, noise_var):
    with mp.workdps(60):
        L_t, L_s = exact_errors(lam_t, lam_s, gamma_t, gamma_s, noise_var)
        assert ridge.teacher_error(lam_t, gamma_t, noise_var) == pytest.approx(float(L_t), rel=1e-9)
        student = ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var)
        assert student == pytest.approx(float(L_s), rel=1e-9)


@given(penalties, ratios, ratios, noises)
@example(1.0498461331487036e-4, 1.0, 1.0, 0.0)  # a square whose last bit once depended on the type
@settings(max_examples=60)
def test_chain_of_two_is_teacher_and_student(lam_t, gamma_t, gamma_s, noise_var):
    chain = ridge.generation_errors([lam_t, 0.7], [gamma_t, gamma_s], noise_var)
    assert chain[0] == ridge.teacher_error(lam_t, gamma_t, noise_var)
    assert chain[1] == ridge.student_error(lam_t, 0.7, gamma_t, gamma_s, noise_var)


def test_chain_multiplies_overlaps_and_energies():
    penalties_, ratios_ = np.array([0.01, 0.3, 0.2, 0.05]), np.array([0.5, 0.8, 2.0, 0.1])
    p, q = 1.0, None
    for k, (lam, gamma) in enumerate(zip(penalties_, ratios_, strict=True)):
        m1, m2 = resolvent_traces(lam, gamma)
        a1, a2 = 1 - lam * m1, 1 - 2 * lam * m1 + lam**2 * m2
        p = p * a1
        q = a2 + 0.5 * gamma * (m1 - lam * m2) if k == 0 else q * a2
        assert ridge.generation_errors(penalties_, ratios_, 0.5)[k] == pytest.approx(1 - 2 * p + q)


# ------------------------------------------------------------------ limits


def test_useless_student_predicts_zero_and_honest_student_copies():
    assert ridge.student_error(0.1, 1e12, 0.5, 0.5, 1.0) == pytest.approx(1, abs=1e-9)
    copied = ridge.student_error(0.1, 0.0, 0.5, 0.8, 1.0)
    assert copied == pytest.approx(ridge.teacher_error(0.1, 0.5, 1.0), rel=1e-14)


@pytest.mark.parametrize("gamma", [0.3, 1.0, 2.5])
def test_zero_penalties_are_limits(gamma):
    small = 1e-13
    assert ridge.student_error(0.1, 0.0, 0.5, gamma, 1.0) == pytest.approx(
        ridge.student_error(0.1, small, 0.5, gamma, 1.0), rel=1e-5
    )
    noise_var = 0.0 if gamma == 1 else 1.0
    assert ridge.teacher_error(0.0, gamma, noise_var) == pytest.approx(
        ridge.teacher_error(small, gamma, noise_var), rel=1e-5, abs=1e-6
    )


def test_least_norm_teacher_diverges_at_the_interpolation_threshold():
    with pytest.raises(ValueError, match="lam_t = 0 with gamma_t = 1"):
        ridge.teacher_error(0.0, 1.0, 0.5)
    assert ridge.teacher_error(1e-10, 1.0, 0.5) > 1e4


def test_infinitely_many_samples_make_the_student_a_scalar():
    lam_t, gamma_t, noise_var = 0.05, 0.8, 1.0
    chain = ridge.theory.teach(lam_t, gamma_t, noise_var)
    p, q = chain.overlap, chain.energy
    lam = ridge.optimal_student_penalty(lam_t, gamma_t, 1e-9, noise_var)
    assert lam == pytest.approx(q / p - 1, rel=1e-6)
    best = ridge.student_error(lam_t, lam, gamma_t, 1e-9, noise_var)
    assert best == pytest.approx(1 - p**2 / q, rel=1e-6)


# ------------------------------------------------------------------ verdict


@pytest.mark.parametrize("gamma_t", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("noise_var", [0.1, 2.0])
def test_optimal_teacher_penalty_minimises(gamma_t, noise_var):
    found = minimize_scalar(
        lambda t: ridge.teacher_error(np.exp(t), gamma_t, noise_var),
        bounds=(-12, 8),
        method="bounded",
    )
    star = ridge.optimal_teacher_penalty(gamma_t, noise_var)
    assert np.exp(found.x) == pytest.approx(star, rel=1e-3)
    assert ridge.badness(star, gamma_t, noise_var) == 0


@given(penalties, ratios, ratios, noises)
@example(0.01, 0.5, 1.0, 1.0)
@settings(max_examples=100)
def test_optimal_student_penalty_minimises(lam_t, gamma_t, gamma_s, noise_var):
    lam = ridge.optimal_student_penalty(lam_t, gamma_t, gamma_s, noise_var)
    best = ridge.student_error(lam_t, lam, gamma_t, gamma_s, noise_var)
    around = np.concatenate([[0.0], np.logspace(-8, 8, 400), lam * np.linspace(0.9, 1.1, 41)])
    others = ridge.student_error(lam_t, around, gamma_t, gamma_s, noise_var)
    assert best <= others.min() * (1 + 1e-9)


@given(penalties, ratios, ratios, noises)
@example(0.01, 0.5, 1.0, 0.4)
@example(0.2, 0.5, 1.5, 3.0)
@example(0.05, 0.5, 0.5, 5.0)
@settings(max_examples=150)
def test_winning_interval_is_where_the_student_wins(lam_t, gamma_t, gamma_s, noise_var):
    lo, hi = ridge.winning_interval(lam_t, gamma_t, gamma_s, noise_var)
    lam_s = np.logspace(-7, 9, 400)
    L_t = ridge.teacher_error(lam_t, gamma_t, noise_var)
    difference = ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var) - L_t
    decided = np.abs(difference) > 1e-11 * (1 + L_t)
    wins = (lam_s > lo) & (lam_s < hi)  # all False for nan
    np.testing.assert_array_equal(wins[decided], (difference < 0)[decided])


@given(penalties, ratios, ratios, noises)
@example(0.02, 0.5, 1 + 4.7e-15, 1.0)
@example(0.05, 0.5, 1 - 4.7e-15, 1.0)
@settings(max_examples=100)
def test_end_points_are_crossings(lam_t, gamma_t, gamma_s, noise_var):
    c = ridge.badness(lam_t, gamma_t, noise_var)
    for end in ridge.winning_interval(lam_t, gamma_t, gamma_s, noise_var):
        if np.isfinite(end) and end > 0:
            assert ridge.h_ratio(end, gamma_s) == pytest.approx(c, rel=1e-7)


def test_the_four_regimes_by_hand():
    never, threshold, everywhere = (0.5, 0.5, 0.5, 0.5), (0.1, 0.5, 0.5, 0.5), (1e-3, 0.9, 0.5, 5.0)
    assert np.isnan(ridge.winning_interval(*never)).all()
    lo, hi = ridge.winning_interval(*threshold)
    assert lo == 0
    assert 0 < hi < np.inf
    assert ridge.winning_interval(*everywhere) == (0, np.inf)
    gamma_s = 2.0
    lam_t = np.logspace(-4, 0, 4000)
    c = ridge.badness(lam_t, 0.5, 1.0)
    lo, hi = ridge.winning_interval(lam_t, 0.5, gamma_s, 1.0)
    gated = (c > ridge.gate(gamma_s)) & (c < 1)
    assert gated.any()
    assert np.all((lo[gated] > 0) & (lo[gated] < gamma_s - 1) & (gamma_s - 1 < hi[gated]))
    assert np.isnan(lo[c < ridge.gate(gamma_s)]).all()


@pytest.mark.parametrize("gamma_s", [1.01, 1.5, 4.0, 50.0])
def test_gate_is_the_minimum_of_h(gamma_s):
    found = minimize_scalar(
        lambda t: ridge.h_ratio(np.exp(t), gamma_s), bounds=(-15, 15), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    assert found.fun == pytest.approx(ridge.gate(gamma_s), rel=1e-9)
    assert ridge.h_ratio(gamma_s - 1, gamma_s) == pytest.approx(ridge.gate(gamma_s), rel=1e-12)
    assert np.exp(found.x) == pytest.approx(gamma_s - 1, rel=1e-3)


def test_gate_is_absent_for_students_with_enough_data():
    np.testing.assert_array_equal(ridge.gate([0.1, 0.99, 1.0]), 0)


@given(penalties, ratios, ratios, noises)
@settings(max_examples=60)
def test_regime_names_the_shape_of_the_interval(lam_t, gamma_t, gamma_s, noise_var):
    lo, hi = ridge.winning_interval(lam_t, gamma_t, gamma_s, noise_var)
    expected = {
        "never": np.isnan(lo),
        "interval": lo > 0 and hi < np.inf,
        "threshold": lo == 0 and hi < np.inf,
        "always": lo == 0 and hi == np.inf,
    }
    assert expected[ridge.regime(lam_t, gamma_t, gamma_s, noise_var)]


@given(penalties, ratios, noises)
@settings(max_examples=60)
def test_moments_give_error_and_badness(lam_t, gamma_t, noise_var):
    p, q = ridge.teacher_moments(lam_t, gamma_t, noise_var)
    assert 1 - 2 * p + q == pytest.approx(
        ridge.teacher_error(lam_t, gamma_t, noise_var), rel=1e-9, abs=1e-12
    )
    assert 2 * (1 - p / q) == pytest.approx(
        ridge.badness(lam_t, gamma_t, noise_var), rel=1e-9, abs=1e-9
    )


# ------------------------------------------------------------------ simulation


@pytest.mark.parametrize("gamma_s", [0.5, 2.0], ids=["under-parameterised", "over-parameterised"])
@pytest.mark.parametrize("gamma_t", [0.5, 1.6])
def test_theory_agrees_with_simulation(gamma_t, gamma_s):
    lam, dim, noise_var = np.logspace(-2, 1, 9), 240, 0.5
    run = ridge.simulate(
        lam, lam, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var, dim=dim, rng=11
    )
    slack = 3 / dim
    teacher = ridge.teacher_error(lam, gamma_t, noise_var)
    student = ridge.student_error(lam, lam[:, None], gamma_t, gamma_s, noise_var)
    assert np.all(np.abs(teacher - run.teacher_mean) <= 4 * run.teacher_stderr + slack)
    assert np.all(np.abs(student - run.student_mean) <= 4 * run.student_stderr + slack)
    gap = student - teacher - run.difference_mean
    assert np.all(np.abs(gap) <= 4 * run.difference_stderr + slack)
    assert np.all(run.student_stderr > 0)


def test_generations_agree_with_simulation():
    penalties, ratios, dim = [0.02, 0.1, 0.3, 0.1], [0.5, 0.8, 1.5, 0.4], 300
    run = ridge.simulate_generations(penalties, ratios, noise_var=1.0, dim=dim, rng=4)
    theory = ridge.generation_errors(penalties, ratios, 1.0)
    assert np.all(np.abs(run.mean - theory) <= 4 * run.stderr + 3 / dim)


@pytest.mark.parametrize(("gamma_t", "gamma_s"), [(0.5, 0.5), (2.0, 0.5), (0.5, 2.0), (2.0, 2.0)])
def test_trial_equals_direct_solves(gamma_t, gamma_s):
    lam_t, lam_s, dim, sigma = np.array([1e-3, 0.2, 5.0]), np.array([1e-2, 1.0]), 60, 0.7
    n_t, n_s = int(dim / gamma_t), int(dim / gamma_s)
    rng = np.random.default_rng(5)
    teacher, student, _ = ridge.simulation.trial(
        lam_t, lam_s, dim, n_t, n_s, sigma, np.random.default_rng(5)
    )

    target = rng.standard_normal(dim) / np.sqrt(dim)
    X = rng.standard_normal((n_t, dim))
    y = X @ target + sigma * rng.standard_normal(n_t)
    Z = rng.standard_normal((n_s, dim))

    def fit(inputs, labels, lam):
        n = len(inputs)
        gram = inputs.T @ inputs / n + lam * np.eye(dim)
        return np.linalg.solve(gram, inputs.T @ labels / n)

    for j, lt in enumerate(lam_t):
        beta_t = fit(X, y, lt)
        assert teacher[j] == pytest.approx(np.sum((beta_t - target) ** 2), rel=1e-8)
        for i, ls in enumerate(lam_s):
            beta_s = fit(Z, Z @ beta_t, ls)
            assert student[i, j] == pytest.approx(np.sum((beta_s - target) ** 2), rel=1e-8)


def test_simulation_with_zero_penalties_is_least_norm_regression():
    run = ridge.simulate(0.0, 0.0, gamma_t=2.0, gamma_s=2.0, noise_var=0.3, dim=200, rng=3)
    theory = ridge.student_error(0.0, 0.0, 2.0, 2.0, 0.3)
    assert abs(run.student_mean[0, 0] - theory) <= 4 * run.student_stderr[0, 0] + 3 / 200


# ------------------------------------------------------------------ infinite penalties

# A noisy teacher without much of a penalty: the student wins for every penalty, up to infinity.
BEATEN = dict(lam_t=1e-3, gamma_t=0.9, noise_var=5.0)


@pytest.mark.parametrize("gamma_s", [0.5, 1.0, 2.0])
def test_the_open_end_of_a_winning_interval_is_taken_back(gamma_s):
    _, hi = ridge.winning_interval(**BEATEN, gamma_s=gamma_s)
    assert hi == np.inf
    assert ridge.student_error(**BEATEN, lam_s=hi, gamma_s=gamma_s) == pytest.approx(1, rel=1e-15)
    assert ridge.h_ratio(hi, gamma_s) == 1
    far = ridge.student_error(**BEATEN, lam_s=[1e14, hi], gamma_s=gamma_s)
    assert far[0] == pytest.approx(far[1])
    chain = ridge.generation_errors([0.1, hi, 0.1], [0.5, gamma_s, 0.5], 1.0)
    np.testing.assert_allclose(chain[1:], 1, rtol=1e-15)
    ends = np.array(ridge.winning_interval([1e-3, 0.1], 0.9, gamma_s, 5.0)[1])
    assert np.all(np.isfinite(ridge.student_error([1e-3, 0.1], ends, 0.9, gamma_s, 5.0)))


@pytest.mark.parametrize("gamma_s", [0.5, 2.0])
def test_simulated_infinite_penalties(gamma_s):
    setting = dict(noise_var=0.5, dim=40, n_trials=3, rng=1)
    run = ridge.simulate([0.1], [0.1, np.inf], gamma_t=0.5, gamma_s=gamma_s, **setting)
    assert np.all(np.isfinite(run.student_mean))
    assert run.student_mean[1, 0] == pytest.approx(1, abs=0.5)  # the target's sampled energy
    chain = ridge.simulate_generations([0.1, np.inf, 1.0], [0.5, gamma_s, 0.5], **setting)
    assert chain.mean[2] == chain.mean[1] == pytest.approx(run.student_mean[1, 0], rel=1e-12)


def test_a_teacher_has_a_finite_penalty():
    with pytest.raises(ValueError, match="penalties = inf; allowed: finite"):
        ridge.generation_errors([np.inf, 0.1], [0.5, 0.5], 1.0)
    with pytest.raises(ValueError, match="penalties = inf; allowed: finite"):
        ridge.simulate_generations([np.inf, 0.1], [0.5, 0.5], noise_var=1.0)


# ------------------------------------------------------------------ edges of the doubles


@pytest.mark.parametrize("lam_t", [1e-300, 1e-12, 1.0, 1e12, 1e300])
@pytest.mark.parametrize("gamma_t", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("noise_var", [0.0, 1e-9, 1.0, 1e9])
def test_badness_at_the_edges(lam_t, gamma_t, noise_var):
    with mp.workdps(700):
        lam, gamma, noise = mp.mpf(lam_t), mp.mpf(gamma_t), mp.mpf(noise_var)
        r = mp.sqrt((1 - gamma + lam) ** 2 + 4 * gamma * lam)
        s = 2 / (1 + gamma + lam + r)
        q = s**2 * (1 + gamma - 2 * gamma * s + noise * gamma) / (1 - gamma * s**2)
        exact = float(2 * (1 - s / q))
    assert ridge.badness(lam_t, gamma_t, noise_var) == pytest.approx(exact, rel=1e-12)


def test_what_no_double_holds_is_refused():
    with pytest.raises(ValueError, match=r"lam_t = 1.7e\+308 .*the badness fits a double"):
        ridge.badness(1.7e308, 0.5, 0.1)
    with pytest.raises(ValueError, match="the penalty fits a double"):
        ridge.optimal_student_penalty(0.1, 1e10, 0.5, 1e300)


extremes = st.floats(-90, 90).map(lambda e: 10.0**e)


@given(penalties | extremes, ratios | extremes, ratios | extremes, noises | extremes)
@example(1e-12, 1.0, 1.0, 2.0)
@example(0.3, 0.7, 1.0, 1.0)
@example(0.1, 0.5, 1.0 + 1e-13, 1.0)
@example(0.1, 0.5, 0.5, 0.2 + 1e-12)  # hardly any penalty is best
@settings(max_examples=100)
def test_optimal_student_penalty_matches_many_digits(lam_t, gamma_t, gamma_s, noise_var):
    found = ridge.optimal_student_penalty(lam_t, gamma_t, gamma_s, noise_var)
    with mp.workdps(500):
        lam, g_t, gamma, noise = (mp.mpf(x) for x in (lam_t, gamma_t, gamma_s, noise_var))
        odds = (noise * g_t - lam) / mp.sqrt((1 - g_t + lam) ** 2 + 4 * g_t * lam)  # q/p - 1

        def slope(lam_s):
            """Half the derivative of the error by s, over p; it falls with the penalty."""
            r = mp.sqrt((1 - gamma + lam_s) ** 2 + 4 * gamma * lam_s)
            s = 2 / (1 + gamma + lam_s + r)
            h = (1 - s) / (1 - gamma * s**2)
            return (s + gamma * s * (1 - 2 * s) * h + gamma**2 * s**3 * h**2) * (1 + odds) - 1

        if found == 0:
            assert slope(mp.mpf("1e-450")) <= 1e-9
        else:
            # What rounding leaves of the difference σ²γ − λ is not the formula's fault.
            lost = 1 + float(lam / abs(noise * g_t - lam))
            around = 1e-13 * lost + (1e-12 if abs(gamma_s - 1) < 0.01 else 0)
            assert slope(found * (1 - mp.mpf(around))) > 0 > slope(found * (1 + mp.mpf(around)))


def test_large_grids_in_little_memory():
    lam, gamma = np.logspace(-4, 1, 500), np.logspace(-1, 1, 500)
    grid = lam[:, None], 0.5, gamma, 1.0
    for function in (ridge.optimal_student_penalty, ridge.winning_interval):
        tracemalloc.start()
        whole = np.array(function(*grid))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 90e6
        some = np.array(
            [[np.array(function(x, 0.5, y, 1.0)) for y in gamma[::100]] for x in lam[::100]]
        )
        np.testing.assert_array_equal(np.moveaxis(some, (0, 1), (-2, -1)), whole[..., ::100, ::100])


SMALL = dict(gamma_t=0.5, gamma_s=2.0, noise_var=0.5, dim=40, n_trials=4)


def simulate_small(executor=None):
    return ridge.simulate([0.1, 1.0], [0.2], rng=9, executor=executor, **SMALL)


def assert_identical(run, other):
    for field in run.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(run, field), getattr(other, field))


@pytest.mark.parametrize("pool", [ProcessPoolExecutor, ThreadPoolExecutor])
def test_bit_identical_on_pools(pool):
    with pool(max_workers=2) as executor:
        assert_identical(simulate_small(), simulate_small(executor))


def test_bit_identical_on_a_dask_cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert_identical(simulate_small(), simulate_small(client.get_executor()))


def test_seed_generator_and_repetition():
    assert_identical(simulate_small(), simulate_small())
    by_generator = ridge.simulate([0.1, 1.0], [0.2], rng=np.random.default_rng(9), **SMALL)
    assert_identical(simulate_small(), by_generator)
    other = ridge.simulate([0.1, 1.0], [0.2], rng=10, **SMALL)
    assert np.all(other.student_mean != simulate_small().student_mean)


# ------------------------------------------------------------------ bad input

NEGATIVE = [
    (ridge.teacher_error, dict(lam_t=-1.0, gamma_t=0.5, noise_var=1.0), "lam_t = -1.0"),
    (ridge.teacher_error, dict(lam_t=np.nan, gamma_t=0.5, noise_var=1.0), "lam_t = nan"),
    (ridge.teacher_error, dict(lam_t=1.0, gamma_t=0.0, noise_var=1.0), "gamma_t = 0.0"),
    (ridge.teacher_error, dict(lam_t=1.0, gamma_t=0.5, noise_var=-1.0), "noise_var = -1.0"),
    (
        ridge.teacher_error,
        dict(lam_t=np.ones(2), gamma_t=np.ones(3), noise_var=1.0),
        r"lam_t of shape \(2,\)",
    ),
]
STUDENT = dict(lam_t=0.1, lam_s=0.1, gamma_t=0.5, gamma_s=0.5, noise_var=1.0)
DUEL = dict(lam_t=0.1, gamma_t=0.5, gamma_s=0.5, noise_var=1.0)
SIMULATE = dict(lam_t=[0.1], lam_s=[0.1], gamma_t=0.5, gamma_s=0.5, noise_var=1.0, dim=40)

CHAIN = dict(penalties=[0.1, 0.1], ratios=[0.5, 0.5], noise_var=1.0, dim=40)


def wrong(function, base, **change):
    (name,) = change
    return pytest.param(function, base | change, name, id=f"{function.__name__}-{change}")


CASES = [
    wrong(ridge.student_error, STUDENT, lam_s=-0.1),
    wrong(ridge.student_error, STUDENT, lam_t=np.inf),
    wrong(ridge.student_error, STUDENT, gamma_s=-1.0),
    wrong(ridge.student_error, STUDENT, gamma_t=np.nan),
    wrong(ridge.student_error, STUDENT, noise_var=-1e-9),
    wrong(ridge.student_error, STUDENT, lam_s="many"),
    wrong(ridge.optimal_teacher_penalty, dict(gamma_t=1.0, noise_var=1.0), gamma_t=0.0),
    wrong(ridge.optimal_teacher_penalty, dict(gamma_t=1.0, noise_var=1.0), noise_var=np.nan),
    *(
        wrong(function, DUEL, **{name: value})
        for function in (ridge.optimal_student_penalty, ridge.winning_interval)
        for name, value in [("lam_t", -1.0), ("gamma_t", 0.0), ("gamma_s", np.nan), ("noise_var", -2.0)]
    ),
    wrong(ridge.badness, dict(lam_t=1.0, gamma_t=1.0, noise_var=1.0), lam_t=-1.0),
    wrong(ridge.gate, dict(gamma_s=1.0), gamma_s=0.0),
    wrong(ridge.h_ratio, dict(lam_s=1.0, gamma_s=1.0), lam_s=0.0),
    wrong(ridge.generation_errors, dict(penalties=[1.0], ratios=[1.0], noise_var=1.0), penalties=[-1.0]),
    wrong(ridge.generation_errors, dict(penalties=[1.0], ratios=[1.0], noise_var=1.0), ratios=[0.0]),
    wrong(ridge.generation_errors, dict(penalties=[1.0], ratios=[1.0], noise_var=1.0), penalties=[1.0, 2.0]),
    wrong(ridge.regime, DUEL, lam_t=-1.0),
    wrong(ridge.teacher_moments, dict(lam_t=1.0, gamma_t=1.0, noise_var=1.0), noise_var=-1.0),
    wrong(ridge.simulate_generations, CHAIN, penalties=[0.1]),
    wrong(ridge.simulate_generations, CHAIN, ratios=[0.5, -1.0]),
    wrong(ridge.simulate_generations, CHAIN, noise_var=[1.0]),
    wrong(ridge.simulate_generations, CHAIN, dim=0),
    wrong(ridge.simulate, SIMULATE, lam_t=[-0.1]),
    wrong(ridge.simulate, SIMULATE, lam_s=[[0.1]]),
    wrong(ridge.simulate, SIMULATE, lam_s=[]),
    wrong(ridge.simulate, SIMULATE, gamma_t=[0.5, 1.0]),
    wrong(ridge.simulate, SIMULATE, gamma_s=-1.0),
    wrong(ridge.simulate, SIMULATE, noise_var=-1.0),
    wrong(ridge.simulate, SIMULATE, dim=1),
    wrong(ridge.simulate, SIMULATE, dim=40.5),
    wrong(ridge.simulate, SIMULATE | dict(gamma_s=30.0), dim=40),
    wrong(ridge.simulate, SIMULATE | dict(n_trials=5), n_trials=1),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments", "message"), NEGATIVE)
def test_bad_teacher_input(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)


@pytest.mark.parametrize(("function", "arguments", "name"), CASES)
def test_bad_input_names_parameter_and_range(function, arguments, name):
    with pytest.raises(ValueError, match="allowed") as error:
        function(**arguments)
    assert name in str(error.value)


def test_student_at_the_interpolation_threshold_has_a_limit():
    with pytest.raises(ValueError, match="noise_var > 0"):
        ridge.student_error(0.0, 0.1, 1.0, 0.5, 0.5)
    assert ridge.student_error(0.1, 0.0, 0.5, 1.0, 0.5) == ridge.teacher_error(0.1, 0.5, 0.5)


@pytest.mark.parametrize("gamma_s", [0.5, 2.0])
def test_noisy_student_labels_against_simulation(gamma_s):
    lam_t, lam_s, noisy = [0.1], np.array([0.05, 0.5]), dict(student_noise_var=0.7)
    run = ridge.simulate(
        lam_t,
        lam_s,
        gamma_t=0.8,
        gamma_s=gamma_s,
        noise_var=0.5,
        dim=200,
        n_trials=40,
        rng=1,
        **noisy,
    )
    theory = ridge.student_error(lam_t, lam_s, 0.8, gamma_s, 0.5, **noisy)
    quiet = ridge.student_error(lam_t, lam_s, 0.8, gamma_s, 0.5)
    slack = 4 * run.student_stderr[:, 0] + 3 / 200
    assert np.all(np.abs(run.student_mean[:, 0] - theory) < slack)
    assert np.any(np.abs(run.student_mean[:, 0] - quiet) > slack)  # without it the test would fail


def test_noisy_student_labels_are_those_of_a_noisy_teacher_of_nothing():
    # A teacher that answers zero, and noise: all that the student learns is noise.
    error = ridge.student_error(1e300, 0.3, 0.5, 0.5, 0.0, student_noise_var=2.0)
    alone = ridge.teacher_error(0.3, 0.5, 2.0) - ridge.teacher_error(0.3, 0.5, 0.0)
    assert error - 1 == pytest.approx(alone, rel=1e-9)
    deaf = ridge.student_error(0.1, np.inf, 0.5, 0.5, 1.0, student_noise_var=3.0)
    assert deaf == pytest.approx(1, rel=1e-12)
    assert ridge.student_error(0.1, 0.0, 0.5, 1.0, 1.0) == pytest.approx(
        ridge.student_error(0.1, 0.0, 0.5, 1.0, 1.0, student_noise_var=0.0)
    )


def test_noisy_student_labels_out_of_range():
    with pytest.raises(ValueError, match=r"student_noise_var = -1\.0"):
        ridge.student_error(0.1, 0.1, 0.5, 0.5, 1.0, student_noise_var=-1.0)
    with pytest.raises(ValueError, match="lam_s = 0 with gamma_s = 1 and student_noise_var > 0"):
        ridge.student_error(0.1, 0.0, 0.5, 1.0, 1.0, student_noise_var=0.1)
    with pytest.raises(ValueError, match="student_noise_var"):
        ridge.simulate([0.1], [0.1], gamma_t=1, gamma_s=1, noise_var=1, student_noise_var=np.nan)
