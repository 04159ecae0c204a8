"""Warm start at the edges: sixty digits, infinity there and back, values that no double holds."""

from fractions import Fraction
from math import comb, factorial

import mpmath as mp
import numpy as np
import pytest

from w2slib import warm_start as ws
from w2slib.warm_start import _links

mp.mp.dps = 60

STARTS = [1e-300, 2e-8, 1e-3, 0.3, 0.6, 0.999, 1 - 1e-12]
SUPERVISORS = [1e-3, 0.3, 0.8, 1 - 1e-9]


# ------------------------------------------------------------------ in sixty digits


def clock(m, degree):
    """2k t at the overlap m, up to a constant: ∫ dm / (m^{k−1}(1 − m²)) by partial fractions."""
    total = mp.log(m / mp.sqrt(1 - m**2)) if degree % 2 == 0 else mp.atanh(m)
    for power in range(2 + (degree - 1) % 2, degree, 2):
        total -= m ** (1 - power) / (power - 1)
    return total


def exact_times(m0, rho, degree):
    """Best and winning time for independent errors."""
    with mp.workdps(700):  # the best overlap is off 1 by the square of the start
        m0, rho = mp.mpf(m0), mp.mpf(rho)
        c = m0 * rho
        aside = (m0 - c * rho) / mp.sqrt(1 - c**2)
        best = rho / mp.sqrt(rho**2 + aside**2)
        lead = max((rho**2 - aside**2) / (rho**2 + aside**2), c)
        return [(clock(m, degree) - clock(c, degree)) / (2 * degree) for m in (best, lead)]


@pytest.mark.parametrize("rho", SUPERVISORS)
@pytest.mark.parametrize("m0", STARTS)
@pytest.mark.parametrize("degree", [2, 3])
def test_times_are_exact_from_any_start(m0, rho, degree):
    best, winning = exact_times(m0, rho, degree)
    # Where the start is next to the peak, the time is a difference of two equal readings.
    close = dict(rel=1e-13, abs=1e-12)
    assert ws.best_time(m0, rho, degree) == pytest.approx(float(best), **close)
    if m0 < rho:
        assert ws.winning_time(m0, rho, degree) == pytest.approx(float(winning), **close)
    elif m0 > rho:
        assert ws.winning_time(m0, rho, degree) == 0


def test_the_listed_starts_are_finite():
    for m0 in (2e-8, 1e-8, 1e-12):
        best, winning = exact_times(m0, 0.8, 3)
        assert ws.best_time(m0, 0.8, 3) == pytest.approx(float(best), rel=1e-14)
        assert ws.winning_time(m0, 0.8, 3) == pytest.approx(float(winning), rel=1e-14)


@pytest.mark.parametrize("time", [0.1, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("m0", [0.3, 0.9])
def test_late_overlaps_with_the_truth_are_exact(m0, time):
    """Degree 2 is logistic; computed from m alone, √(1 − m²) would be off by 1e-8."""
    rho = mp.mpf("0.8")
    m0 = mp.mpf(m0)
    c = m0 * rho
    odds = c**2 / (1 - c**2) * mp.exp(8 * mp.mpf(time))
    m, side = mp.sqrt(odds / (1 + odds)), mp.sqrt(1 / (1 + odds))
    truth = rho * m + (m0 - rho * c) / mp.sqrt(1 - c**2) * side
    found = ws.flow(float(m0), 0.8, 2, [time], float(c))
    assert found.truth[0] == pytest.approx(float(truth), rel=1e-14)


@pytest.mark.parametrize("degree", [1, 2, 3, 6, 40, 124, 160])
def test_gradient_noise_has_integer_coefficients(degree):
    """Σ c_i = k² E h_k² h_{k−1}² over k, from integer coefficients and the moments (2j − 1)!!."""
    k = degree
    square = polynomial_product(hermite_integers(k), hermite_integers(k))
    slope = polynomial_product(hermite_integers(k - 1), hermite_integers(k - 1))
    both = Fraction(moment(polynomial_product(square, slope)) * k, factorial(k) * factorial(k - 1))
    if k <= 40:  # E h_k(b)² = 1 and E h_k'(a)² = k where a and b are independent
        assert ws.gradient_noise(0.0, k) == pytest.approx(float(4 * (both + k)), rel=1e-13)
    assert float(both) == float(
        k * sum(comb(k, i) * comb(k - 1, i) * comb(2 * i, i) for i in range(k))
    )


def hermite_integers(degree):
    """Coefficients of He_k, lowest first."""
    before, here = [1], [0, 1]
    if degree == 0:
        return before
    for k in range(1, degree):
        shifted = [0, *here]
        lower = [k * a for a in before] + [0] * (len(shifted) - len(before))
        before, here = here, [a - b for a, b in zip(shifted, lower, strict=True)]
    return here


def polynomial_product(a, b):
    result = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                result[i + j] += x * y
    return result


def moment(coefficients):
    """Mean of a polynomial of a standard normal variable."""
    total, double_factorial = 0, 1
    for j, coefficient in enumerate(coefficients[::2]):
        total += coefficient * double_factorial
        double_factorial *= 2 * j + 1
    return total


@pytest.mark.parametrize("degree", [1, 2, 3, 5, 8])
def test_gradient_noise_by_quadrature(degree):
    z, weight = np.polynomial.hermite_e.hermegauss(3 * degree + 2)
    weight = weight / weight.sum()
    for m in (-1.0, -0.4, 0.3, 0.9):
        b = m * z[:, None] + np.sqrt(1 - m**2) * z
        value, slope = _links.hermite_and_slope(z, degree)
        squares = (value[:, None] - _links.hermite_and_slope(b, degree)[0]) ** 2
        mean = 4 * (weight[:, None] * weight * squares * slope[:, None] ** 2).sum()
        assert ws.gradient_noise(m, degree) == pytest.approx(mean, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("gap", [1e-4, 1e-9, 1e-15])
def test_gradient_noise_next_to_the_supervisor(gap):
    m, k = 1 - gap, 5
    weights = [k * comb(k, i) * comb(k - 1, i) * comb(2 * i, i) for i in range(k)]
    exact = 4 * sum(
        w * (1 + mp.mpf(m) ** (2 * i) - 2 * mp.mpf(m) ** k) for i, w in enumerate(weights)
    )
    assert ws.gradient_noise(m, k) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("gap", [1e-3, 1e-9, 1e-15])
@pytest.mark.parametrize("s", [-0.5, 0.0, 0.7])
def test_truth_rate_next_to_the_truth(gap, s):
    m, rho, k = mp.mpf(1 - gap), mp.mpf(0.8), 3
    m_t = m * rho + mp.mpf(s) * mp.sqrt((1 - m**2) * (1 - rho**2))
    exact = k * m_t ** (k - 1) * (rho - m_t * m) / (1 - m)
    assert ws.truth_rate(1 - gap, 0.8, 3, s) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 3, 7])
def test_error_on_spiked_inputs_by_quadrature(degree):
    spike, z = np.array([1.2, 0.7, 0.0]), np.polynomial.hermite_e.hermegauss(degree + 2)[0]
    weight = np.polynomial.hermite_e.hermegauss(degree + 2)[1]
    weight = weight / weight.sum()
    w = np.array([0.6, 0.0, 0.8])
    cov = np.eye(3) + np.outer(spike, spike)
    var_a, var_b, both = w @ cov @ w, cov[0, 0], (w @ cov)[0]
    b = both / var_a * np.sqrt(var_a) * z[:, None] + np.sqrt(var_b - both**2 / var_a) * z
    value = _links.hermite_and_slope(np.sqrt(var_a) * z, degree)[0][:, None]
    miss = value - _links.hermite_and_slope(b, degree)[0]
    expected = (weight[:, None] * weight * miss**2).sum()
    found = _links.gaussian_error(
        np.array([0.6]), np.array([w @ spike]), spike=spike, link="hermite", degree=degree
    )
    assert found[0] == pytest.approx(expected, rel=1e-10)


def test_saturation_of_extreme_noise():
    assert ws.saturation_overlap(0.8, 3, 1e-300, 3e300) == pytest.approx(0.8e-300, rel=1e-12)


# ------------------------------------------------------------------ infinity, there and back


@pytest.mark.parametrize("degree", [2, 3, 4, 7])
def test_the_end_of_the_flow_is_the_supervisor(degree):
    m0, rho = np.array([0.0, 1e-300, 0.01, 0.5, 1.0])[:, None], np.array([0.0, 0.3, 1.0])
    path = ws.flow(m0, rho, degree, [0.5, np.inf])
    moves = np.broadcast_to(m0 * rho > 0, (5, 3))
    np.testing.assert_array_equal(path.supervisor[..., 1], np.where(moves, 1, m0 * rho))
    np.testing.assert_array_equal(path.truth[..., 1], np.where(moves, rho, m0))
    np.testing.assert_array_equal(path.truth[..., 0], ws.flow(m0, rho, degree, [0.5]).truth[..., 0])


def test_best_times_that_are_infinite_are_times():
    """Where the overlap rises for ever, the end is the best."""
    m0, rho, c = 0.3, 0.8, 0.5  # the truth lies beyond the supervisor: m0 < c rho
    end = ws.best_time(m0, rho, 3, c)
    assert end == np.inf
    assert ws.flow(m0, rho, 3, [end], c).truth[0] == ws.best_overlap(m0, rho, c) == rho
    # A flow that stands still is not brought to the end by waiting.
    assert ws.flow(0.0, rho, 3, [ws.best_time(0.0, rho, 3)]).truth[0] == 0


def test_bound_at_the_end():
    optimisation, sampling, bias = ws.distance_bound([1e9, np.inf], 0.6, 0.9, 2, 500, 0.1)
    assert optimisation[1] == 0
    assert sampling[1] == sampling[0]
    assert bias[1] == bias[0]


def test_oja_levels_off_at_infinity():
    """At a/b where it learns, at nothing where the step is critical or too large."""
    theta, tau = np.array([0.0, 0.4, 0.5, 1.0, 3.0]), 1.0
    a, b = tau * (2 * theta - tau), tau * theta * (2 + tau)
    level = np.sqrt(np.divide(a, b, out=np.zeros(5), where=a > 0))
    np.testing.assert_allclose(ws.oja_overlap(theta, np.inf, tau, 0.3), level, rtol=1e-15)
    np.testing.assert_array_equal(ws.oja_overlap(theta, np.inf, tau, 0.0), 0)
    np.testing.assert_allclose(ws.oja_overlap(3.0, [1e5, np.inf], tau, 1e-200), level[-1])
    end = ws.oja_random_start(theta, np.inf, tau, 400)
    np.testing.assert_allclose(end[3:], level[3:], rtol=1e-15)


def test_samples_without_end_are_the_population():
    assert ws.perturbation(0.6, 0.8, 3, np.inf, 1.0)[1] == 0
    assert ws.saturation_overlap(0.8, 3, np.inf, 1.0) == 0.8
    with pytest.raises(ValueError, match=r"samples_per_dim = inf; allowed: finite"):
        ws.simulate(0.5, 0.8, degree=2, samples_per_dim=np.inf, step_size=0.1, n_steps=1)


@pytest.mark.parametrize(("theta", "tau"), [(0.5, 2.0), (0.5, 1.2), (0.0, 1.0)])
def test_oja_with_too_large_a_step_keeps_its_fluctuations(theta, tau):
    dim, n_seeds = 60, 100
    runs = [
        ws.oja_trajectory(theta, dim=dim, n_samples=5 * dim, step_size=tau, n_checkpoints=3, rng=s)
        for s in range(n_seeds)
    ]
    overlap = np.abs([run.overlap for run in runs])
    theory = ws.oja_random_start(theta, runs[0].samples / dim, tau, dim)
    stderr = overlap.std(axis=0, ddof=1) / np.sqrt(n_seeds)
    assert np.all(np.abs(overlap.mean(axis=0) - theory) <= 4 * stderr)
    assert theory[-1] > 0.5 / np.sqrt(dim)


# ------------------------------------------------------------------ what no double holds

HELD_BY_NO_DOUBLE = {
    "best_time": (lambda: ws.best_time(1e-300, 0.8, 4), "degree = 4"),
    "winning_time": (lambda: ws.winning_time(1e-300, 0.8, 4), "degree = 4"),
    "product": (lambda: ws.best_time([0.5, 1e-300], 1e-300, 3), "m0 = 1e-300 with rho = 1e-300"),
    "noise": (lambda: ws.gradient_noise(0.5, 400), "degree = 400"),
    "curvature": (lambda: ws.distance_bound(1.0, 1e-200, 0.8, 4), "m0 = 1e-200"),
    "oja": (lambda: ws.oja_overlap(1e200, 1.0, 1e200, 0.1), "step_size up to"),
    "inputs": (lambda: ws.pretrain(1e80, dim=9, n_samples=20, rng=0), "theta = 1e"),
    "stream": (lambda: ws.oja_trajectory(1e50, dim=9, n_samples=99, rng=0), "step_size = "),
    "eigenvalue": (lambda: ws.simulate_spectral(1e308, gamma=0.5, dim=9, rng=0), "theta = 1e"),
    "link": (
        lambda: ws.fine_tune(
            np.eye(9)[0], degree=90, supervisor=np.eye(9)[1], n_samples=200, noise_var=0,
            step_size=0.1, n_steps=2, spike=20 * np.eye(9)[0], rng=0,
        ),
        "degree = 90",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HELD_BY_NO_DOUBLE)
@pytest.mark.filterwarnings("error")
def test_refused_by_name_and_without_a_warning(name):
    call, message = HELD_BY_NO_DOUBLE[name]
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "allowed" in str(error.value)


@pytest.mark.filterwarnings("error")
def test_extreme_but_representable_is_computed_without_a_warning():
    assert ws.flow(1e-300, 0.8, 4, [1.0, 1e300]).truth[-1] == pytest.approx(1e-300, rel=1e-12)
    np.testing.assert_array_equal(ws.flow(1e-300, 0.8, 3, [1e307, 1e308]).truth, 0.8)
    assert ws.flow(5e-324, 0.8, 2, [200.0]).truth[0] == pytest.approx(0.8, rel=1e-14)
    assert ws.best_overlap(1e-300, 1e-300) == pytest.approx(np.sqrt(2) * 1e-300)
    assert ws.perturbation(1e-300, 0.8, 3) == (0.0, 0.0)
    assert ws.required_overlap(1e-300, 0.8, 3) == pytest.approx(1.0)
