"""Random-matrix tools: against 50-digit arithmetic, against sampled matrices, and on bad input."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.linalg import eigh

from w2slib import random_matrices as rm

ACCURACY = 1e-10

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

penalties = st.floats(-12, 12).map(lambda e: 10.0**e)
ratios = st.floats(-3, 3).map(lambda e: 10.0**e) | st.just(1.0)


@pytest.fixture(autouse=True)
def _fifty_digits():
    with mp.workdps(50):
        yield


def exact_traces(lam, gamma):
    lam, gamma = mp.mpf(lam), mp.mpf(gamma)
    b = 1 - gamma + lam
    r = mp.sqrt(b**2 + 4 * gamma * lam)
    m1 = (r - b) / (2 * gamma * lam)
    return m1, m1 * (1 + gamma * m1) / r


def assert_close(value, exact, rtol=ACCURACY):
    assert abs(mp.mpf(float(value)) - exact) <= rtol * abs(exact)


@given(penalties, ratios)
@example(1e-12, 1.0)
@example(1e12, 1e-3)
@example(1e-12, 1e3)
@example(0.5, 1.5)
@settings(max_examples=150)
def test_traces_and_shrinkage_match_fifty_digits(lam, gamma):
    with mp.workdps(80):
        exact1, exact2 = exact_traces(lam, gamma)
        exact_s = 1 - mp.mpf(lam) * exact1
        m1, m2 = rm.resolvent_traces(lam, gamma)
        assert_close(m1, exact1)
        assert_close(m2, exact2)
        assert_close(rm.shrinkage(lam, gamma), exact_s)


def test_second_trace_is_minus_the_derivative_of_the_first():
    lam, gamma, h = mp.mpf("0.3"), mp.mpf("1.7"), mp.mpf("1e-15")
    slope = (exact_traces(lam + h, gamma)[0] - exact_traces(lam - h, gamma)[0]) / (2 * h)
    _, m2 = rm.resolvent_traces(0.3, 1.7)
    assert_close(m2, -slope)


@given(penalties, ratios)
@settings(max_examples=100)
def test_penalty_from_shrinkage_inverts_where_it_is_well_conditioned(lam, gamma):
    s = rm.shrinkage(lam, gamma)
    exact = (1 - mp.mpf(s)) * (1 - mp.mpf(gamma) * mp.mpf(s)) / mp.mpf(s)
    recovered = rm.penalty_from_shrinkage(s, gamma)
    # The inverse of the rounded s: its own rounding is an absolute error of a few eps times 1/s.
    assert abs(mp.mpf(recovered) - exact) <= 1e-15 * (1 + gamma) / s
    if 1e-4 < lam < 1e4 and 1e-2 < gamma < 1e2:
        assert recovered == pytest.approx(lam, rel=1e-6)


@pytest.mark.parametrize("gamma", [0.2, 1.0, 3.0])
def test_zero_penalty_is_the_limit(gamma):
    assert rm.shrinkage(0.0, gamma) == pytest.approx(min(1, 1 / gamma), rel=1e-14)
    assert rm.shrinkage(1e-13, gamma) == pytest.approx(rm.shrinkage(0.0, gamma), abs=1e-6)
    if gamma < 1:
        m1, m2 = rm.resolvent_traces(0.0, gamma)
        assert m1 == pytest.approx(1 / (1 - gamma), rel=1e-14)
        assert m2 == pytest.approx((1 - gamma) ** -3, rel=1e-14)
    else:
        with pytest.raises(ValueError, match=r"lam = 0 with gamma"):
            rm.resolvent_traces(0.0, gamma)


@pytest.mark.parametrize(("d", "n"), [(300, 1200), (300, 300), (600, 200)])
def test_traces_of_a_sampled_covariance(d, n):
    rng = np.random.default_rng(7)
    X = rng.standard_normal((n, d))
    eigenvalues = np.linalg.eigvalsh(X.T @ X / n)
    for lam in [0.1, 1.0, 10.0]:
        m1, m2 = rm.resolvent_traces(lam, d / n)
        # Traces of a d x d resolvent fluctuate by O(1/d).
        assert np.mean(1 / (eigenvalues + lam)) == pytest.approx(m1, rel=10 / d)
        assert np.mean(1 / (eigenvalues + lam) ** 2) == pytest.approx(m2, rel=20 / d)
        s = rm.shrinkage(lam, d / n)
        squared = s**2 * (1 + d / n - 2 * d / n * s) / (1 - d / n * s**2)
        assert np.mean((eigenvalues / (eigenvalues + lam)) ** 2) == pytest.approx(
            squared, rel=10 / d
        )


@pytest.mark.parametrize("gamma", [0.05, 0.5, 1.0, 2.0, 20.0])
def test_density_has_the_right_mass_and_moments(gamma):
    low, high = (1 - np.sqrt(gamma)) ** 2, (1 + np.sqrt(gamma)) ** 2

    def moment(k):
        # Substituting x = u² removes the 1/√x singularity at γ = 1.
        def integrand(u):
            return 2 * u ** (2 * k + 1) * rm.marchenko_pastur_density(u * u, gamma)

        return quad(integrand, np.sqrt(low) + 1e-12, np.sqrt(high), limit=200)[0]

    assert moment(0) == pytest.approx(min(1, 1 / gamma), rel=1e-6)
    assert moment(1) == pytest.approx(1, rel=1e-6)
    assert moment(2) == pytest.approx(1 + gamma, rel=1e-6)


@given(st.floats(0.01, 0.99), ratios)
@settings(max_examples=100)
def test_density_matches_fifty_digits(position, gamma):
    with mp.workdps(50):
        g = mp.mpf(gamma)
        low, high = (1 - mp.sqrt(g)) ** 2, (1 + mp.sqrt(g)) ** 2
        x = float(low + mp.mpf(position) * (high - low))
        exact = mp.sqrt((high - mp.mpf(x)) * (mp.mpf(x) - low)) / (2 * mp.pi * g * mp.mpf(x))
        assert_close(rm.marchenko_pastur_density(x, gamma), exact)


def test_density_outside_the_bulk_and_at_zero():
    outside = rm.marchenko_pastur_density(np.array([-1.0, 0.0, 0.01, 5.0]), 0.25)
    np.testing.assert_array_equal(outside, 0)
    assert rm.marchenko_pastur_density(0.0, 1.0) == np.inf


@given(
    st.floats(-12, 12).map(lambda e: 10.0**e),
    ratios,
    st.lists(st.floats(-6, 6).map(lambda e: 10.0**e), min_size=1, max_size=4),
    st.integers(0, 2**31),
)
@settings(max_examples=100)
def test_effective_penalty_solves_its_equation(lam, gamma, weights, seed):
    fractions = np.random.default_rng(seed).dirichlet(np.ones(len(weights)))
    kappa = rm.effective_penalty(lam, gamma, weights, fractions)
    with mp.workdps(80):
        k, total = mp.mpf(kappa), mp.fsum(mp.mpf(f) for f in fractions)
        blocks = [(mp.mpf(g), mp.mpf(f) / total) for g, f in zip(weights, fractions, strict=True)]
        gap = 1 - mp.mpf(gamma) * mp.fsum(f / (1 + k * g) for g, f in blocks)
        slope = gap + mp.mpf(gamma) * mp.fsum(f * k * g / (1 + k * g) ** 2 for g, f in blocks)
        error_in_kappa = (k * gap - mp.mpf(lam)) / slope
        assert abs(error_in_kappa) <= 1e-12 * k
        assert slope > 0, "a root left of the minimum is not the right one"


@pytest.mark.parametrize("gamma", [1e-3, 0.5, 1.0, 1 + 1e-9, 4.0, 1e3])
def test_equal_weights_give_back_the_shrinkage(gamma):
    lam = np.logspace(-12, 12, 49)
    kappa = rm.effective_penalty(lam, gamma, [1.0, 1.0], [0.3, 0.7])
    np.testing.assert_allclose(1 / (1 + kappa), rm.shrinkage(lam, gamma), rtol=1e-10)


def test_effective_penalty_at_zero_is_the_limit():
    weights, fractions = [1e-6, 1.0, 1e6], [0.2, 0.3, 0.5]
    assert rm.effective_penalty(0.0, 0.7, weights, fractions) == 0
    assert rm.effective_penalty(0.0, 1.0, weights, fractions) == 0
    limit = rm.effective_penalty(0.0, 2.0, weights, fractions)
    assert rm.effective_penalty(1e-14, 2.0, weights, fractions) == pytest.approx(limit, rel=1e-8)
    used = sum(f / (1 + limit * g) for g, f in zip(weights, fractions, strict=True))
    assert 2.0 * used == pytest.approx(1, rel=1e-12)


def test_effective_penalty_with_free_directions():
    kappa = rm.effective_penalty(0.3, 1.5, [0.0, 2.0], [0.25, 0.75])
    assert kappa == pytest.approx(0.3 + kappa * 1.5 * (0.25 + 0.75 / (1 + 2 * kappa)), rel=1e-13)
    assert rm.effective_penalty(0.3, 0.5, [0.0], [1.0]) == pytest.approx(0.6)
    with pytest.raises(ValueError, match="unpenalised"):
        rm.effective_penalty(0.3, 4.0, [0.0, 2.0], [0.25, 0.75])


def test_broadcasting():
    lam, gamma = np.logspace(-2, 2, 5)[:, None], np.array([0.5, 1.0, 2.0])
    for m in rm.resolvent_traces(lam, gamma):
        assert m.shape == (5, 3)
    assert rm.effective_penalty(lam, gamma, [1, 2], [0.5, 0.5]).shape == (5, 3)
    assert rm.bbp_overlap(lam, gamma).shape == (5, 3)
    assert isinstance(rm.shrinkage(1.0, 1.0), float)


@given(st.floats(-3, 3).map(lambda e: 10.0**e), st.floats(1.001, 1e3))
@settings(max_examples=100)
def test_spike_above_threshold_matches_fifty_digits(gamma, multiple):
    with mp.workdps(50):
        theta = float(mp.sqrt(mp.mpf(gamma)) * mp.mpf(multiple))
        t, g = mp.mpf(theta), mp.mpf(gamma)
        assert_close(rm.bbp_overlap(theta, gamma), mp.sqrt((1 - g / t**2) / (1 + g / t)))
        assert_close(rm.bbp_top_eigenvalue(theta, gamma), (1 + t) * (1 + g / t))


def test_spike_below_threshold():
    assert rm.bbp_overlap(0.0, 0.5) == 0
    assert rm.bbp_overlap(np.sqrt(0.5), 0.5) == pytest.approx(0, abs=1e-7)
    assert rm.bbp_top_eigenvalue(0.1, 0.25) == pytest.approx(2.25)


def test_spike_of_a_sampled_covariance():
    d, n, theta = 1000, 2000, 2.0
    squared, top = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((n, d))
        X[:, 0] *= np.sqrt(1 + theta)
        (largest,), vector = eigh(X.T @ X / n, subset_by_index=[d - 1, d - 1])
        squared.append(vector[0, 0] ** 2)
        top.append(largest)
    for sample, limit in [
        (squared, rm.bbp_overlap(theta, d / n) ** 2),
        (top, rm.bbp_top_eigenvalue(theta, d / n)),
    ]:
        stderr = np.std(sample, ddof=1) / np.sqrt(len(sample))
        assert abs(np.mean(sample) - limit) <= 4 * stderr + 5 / d


# ------------------------------------------------------------------ edges of the doubles


def exact_kappa(lam, gamma, weights, fractions):
    """Root by bisection in 400 digits, first of its logarithm, then of itself."""
    with mp.workdps(400):
        lam, gamma = mp.mpf(lam), mp.mpf(gamma)
        weights, fractions = ([mp.mpf(x) for x in part] for part in (weights, fractions))
        fractions = [f / mp.fsum(fractions) for f in fractions]
        low, high = mp.mpf(10) ** -330, mp.mpf(10) ** 330
        for step in range(160):
            middle = mp.sqrt(low * high) if step < 100 else (low + high) / 2
            held = mp.fsum(f / (1 + middle * g) for f, g in zip(fractions, weights, strict=True))
            low, high = (low, middle) if middle * (1 - gamma * held) > lam else (middle, high)
        return high


EDGES = [
    (1e-300, 1.0),
    (1e-300, 0.5),
    (1e-12, 1 + 1e-12),
    (1e-12, 1 - 1e-12),
    (1.0, 1e6),
    (1e-6, 1e6),
    (1e6, 1e-6),
    (1e290, 3.0),
]


@pytest.mark.parametrize(("lam", "gamma"), EDGES)
@pytest.mark.parametrize(
    ("weights", "fractions"),
    [([1.0], [1.0]), ([1e-6, 1.0, 1e6], [0.2, 0.5, 0.3]), ([3.0, 5.0], [0.0, 1.0])],
)
def test_effective_penalty_at_the_edges(lam, gamma, weights, fractions):
    exact = exact_kappa(lam, gamma, weights, fractions)
    assert_close(rm.effective_penalty(lam, gamma, weights, fractions), exact, rtol=1e-12)
    if weights == [1.0]:
        assert_close(rm.isotropic_penalty(lam, gamma), exact, rtol=1e-12)


@pytest.mark.parametrize("theta", [1.5, 1e10, 1e154, 1e200, 1e308])
@pytest.mark.parametrize("gamma", [1e-6, 1.0, 1e6, 1e300])
def test_overlap_of_any_spike(theta, gamma):
    t, g = mp.mpf(theta), mp.mpf(gamma)
    exact = mp.sqrt((1 - g / t**2) / (1 + g / t)) if t**2 > g else mp.mpf(0)
    assert_close(rm.bbp_overlap(theta, gamma), exact, rtol=1e-14)


def test_infinite_penalties_leave_nothing():
    gamma = np.array([0.5, 1.0, 2.0])
    np.testing.assert_array_equal(rm.shrinkage(np.inf, gamma), 0)
    np.testing.assert_array_equal(rm.resolvent_traces(np.inf, gamma), 0)
    kappa = rm.effective_penalty([1.0, np.inf], gamma[:, None], [0.0, 1.0], [0.1, 0.9])
    assert np.all(np.isfinite(kappa[:, 0]) & np.isinf(kappa[:, 1]))
    assert np.isinf(rm.isotropic_penalty(np.inf, 0.5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rm.resolvent_traces(1e-200, 2.0), r"lam = 1e-200 with gamma = 2; allowed"),
        (lambda: rm.penalty_from_shrinkage([0.5, 1e-320], 0.5), "s = 9.99989e-321 with gamma"),
        (lambda: rm.bbp_top_eigenvalue(1e308, 1e308), r"theta = 1e\+308 with gamma = 1e"),
        (
            lambda: rm.effective_penalty([1.0, 1e308], 0.5, [0.0, 1e-3], [0.9, 0.1]),
            r"lam = 1e\+308 with gamma = 0.5; allowed: arguments for which the root fits a double",
        ),
    ],
)
def test_what_no_double_holds_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_density_far_away():
    x = np.array([-1e308, 1e-300, 1e308])
    np.testing.assert_array_equal(rm.marchenko_pastur_density(x, 0.5), 0)


BAD = [
    (rm.shrinkage, (-1.0, 1.0), "lam = -1.0"),
    (rm.shrinkage, (np.nan, 1.0), "lam = nan"),
    (rm.shrinkage, (-np.inf, 1.0), "lam = -inf"),
    (rm.shrinkage, (1.0, 0.0), "gamma = 0.0"),
    (rm.shrinkage, ("a", 1.0), "lam = 'a'"),
    (rm.shrinkage, (np.ones(2), np.ones(3)), "broadcast"),
    (rm.resolvent_traces, (-1e-3, 1.0), r"lam = -0\.001"),
    (rm.resolvent_traces, (1.0, np.nan), "gamma = nan"),
    (rm.penalty_from_shrinkage, (0.0, 1.0), "s = 0.0"),
    (rm.penalty_from_shrinkage, (0.6, 2.0), "s = 0.6"),
    (rm.penalty_from_shrinkage, (0.5, -2.0), "gamma = -2.0"),
    (rm.marchenko_pastur_density, (np.nan, 1.0), "x = nan"),
    (rm.marchenko_pastur_density, (1.0, 0.0), "gamma = 0.0"),
    (rm.effective_penalty, (-1.0, 1.0, [1.0], [1.0]), "lam = -1.0"),
    (rm.effective_penalty, (1.0, 0.0, [1.0], [1.0]), "gamma = 0.0"),
    (rm.effective_penalty, (1.0, 1.0, [-1.0], [1.0]), "weights = -1.0"),
    (rm.effective_penalty, (1.0, 1.0, [1.0], [0.5]), "fractions sum to 0.5"),
    (rm.effective_penalty, (1.0, 1.0, [1.0, 2.0], [1.0]), "weights of shape"),
    (rm.bbp_overlap, (-1.0, 1.0), "theta = -1.0"),
    (rm.bbp_overlap, (1.0, 0.0), "gamma = 0.0"),
    (rm.bbp_top_eigenvalue, (np.nan, 1.0), "theta = nan"),
]


@pytest.mark.parametrize(("function", "arguments", "message"), BAD)
def test_bad_input_names_parameter_and_value(function, arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        function(*arguments)
    assert "allowed" in str(error.value)


def test_the_worked_example():
    """Numbers of the page's "By hand, once"."""
    lam, gamma = 0.15, 0.5
    s, (m1, _) = rm.shrinkage(lam, gamma), rm.resolvent_traces(lam, gamma)
    r = rm.discriminant_root(lam, gamma)
    np.testing.assert_allclose([r, s, m1], [0.85, 0.8, 4 / 3], rtol=1e-14)
    omega2 = (1 + (1 - s) ** 2) / (1 - gamma * s**2)
    assert (omega2, (1 - s) ** 2 + gamma * s**2 * omega2) == pytest.approx((1.529, 0.529), abs=5e-4)
