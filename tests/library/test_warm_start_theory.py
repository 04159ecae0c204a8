"""Theory of the warm start: the flow against integration in space, its peak, rates, guarantees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from w2slib import warm_start as ws

overlaps = st.floats(0.01, 0.99)
degrees = st.integers(2, 7)


def three_vectors(m0, rho, c):
    """Unit vectors truth, start and supervisor in space with the given overlaps."""
    gram = np.array([[1, m0, rho], [m0, 1, c], [rho, c, 1]])
    values, vectors = np.linalg.eigh(gram)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


# ------------------------------------------------------------------ the flow


@given(overlaps, overlaps, degrees)
@settings(max_examples=25)
def test_flow_is_the_gradient_flow_in_space(m0, rho, degree):
    """Integrate the vector w itself, with the gradient of 2 − 2⟨w, w_t⟩^k on the sphere."""
    truth, start, supervisor = three_vectors(m0, rho, m0 * rho)

    def velocity(_, w):
        m = w @ supervisor
        return 2 * degree * m ** (degree - 1) * (supervisor - m * w)

    times = np.array([0.0, 0.1, 0.4, 2.0, 7.0])
    solved = solve_ivp(velocity, (0, 7), start, t_eval=times, rtol=1e-10, atol=1e-12)
    path = ws.flow(m0, rho, degree, times)
    np.testing.assert_allclose(path.supervisor, supervisor @ solved.y, atol=1e-7)
    np.testing.assert_allclose(path.truth, truth @ solved.y, atol=1e-7)


@given(overlaps, overlaps, degrees, st.floats(-3, 2))
@settings(max_examples=50)
def test_flow_is_a_semigroup(m0, rho, degree, log_time):
    t = 10.0**log_time
    once = ws.flow(m0, rho, degree, [2 * t])
    half = ws.flow(m0, rho, degree, [t])
    rest = ws.flow(half.truth[0], rho, degree, [t], c=half.supervisor[0])
    assert rest.supervisor[0] == pytest.approx(once.supervisor[0], rel=1e-9)
    assert rest.truth[0] == pytest.approx(once.truth[0], abs=1e-6)


def test_flow_of_degree_two_is_logistic():
    times = np.linspace(0, 3, 7)
    odds = 0.3**2 / (1 - 0.3**2) * np.exp(8 * times)
    m = ws.flow(1.0, 0.3, 2, times).supervisor
    np.testing.assert_allclose(m**2, odds / (1 + odds), rtol=1e-13)


def test_flow_broadcasts_and_keeps_its_fixed_points():
    path = ws.flow(np.array([[0.0], [0.5], [1.0]]), [0.0, 0.8, 1.0], 3, [0.0, 1.0, 1e6])
    assert path.truth.shape == (3, 3, 3)
    np.testing.assert_array_equal(path.supervisor[0], 0)  # m0 = 0 never moves
    np.testing.assert_array_equal(path.truth[0], 0)
    np.testing.assert_allclose(path.truth[1:, 1, 2], 0.8, rtol=1e-6)  # the end imitates
    np.testing.assert_array_equal(path.truth[2, 2], 1)


@pytest.mark.parametrize("degree", [3, 4, 5])
def test_small_starts_wait(degree):
    """Half the life of the flow from c is spent near c: t ≈ c^{2−k}/(2k(k−2))."""
    c = 1e-3
    t = c ** (2 - degree) / (2 * degree * (degree - 2))
    path = ws.flow(c, 1.0, degree, [0.5 * t, 1.5 * t])
    assert path.supervisor[0] < 3 * c
    assert path.supervisor[1] > 0.99


def test_degree_two_only_takes_the_logarithm_of_the_dimension():
    """A thousand times closer to the equator costs log(1000)/4 more time, not a thousand times more."""
    start = np.array([1e-2, 1e-5])
    times = np.log(1 / start) / 4
    reached = [ws.flow(m, 1.0, 2, [t]).truth[0] for m, t in zip(start, times, strict=True)]
    np.testing.assert_allclose(reached, np.sqrt(0.5), rtol=1e-4)


# ------------------------------------------------------------------ the peak


@given(overlaps, overlaps, degrees)
@settings(max_examples=50)
def test_best_overlap_and_time_maximise_the_flow(m0, rho, degree):
    best, t = ws.best_overlap(m0, rho), ws.best_time(m0, rho, degree)
    times = np.concatenate([np.linspace(0, 3 * t, 301), [t]])
    truth = ws.flow(m0, rho, degree, times).truth
    # The peak is flat, so a time that is off by δ costs (2kδ)²; after a long wait near the equator
    # the spacing of floating-point numbers alone is such a δ.
    blur = (16 * degree * np.spacing(t)) ** 2
    assert truth[-1] == pytest.approx(best, rel=1e-9 + blur)
    assert truth.max() <= best + 1e-12
    assert best**2 - rho**2 == pytest.approx(
        m0**2 * (1 - rho**2) ** 2 / (1 - m0**2 * rho**2), rel=1e-7, abs=1e-12
    )


@given(overlaps, overlaps, st.floats(-0.99, 0.99), degrees)
@settings(max_examples=50)
def test_dependent_errors(m0, rho, s, degree):
    c = m0 * rho + s * np.sqrt((1 - m0**2) * (1 - rho**2))
    if c < 0.01:
        return
    best, t = ws.best_overlap(m0, rho, c), ws.best_time(m0, rho, degree, c)
    times = np.concatenate([[0], np.geomspace(1e-4, 1e9, 400)])
    truth = ws.flow(m0, rho, degree, times, c).truth
    assert truth.max() <= best + 1e-9
    if np.isfinite(t):
        at_best = ws.flow(m0, rho, degree, [t], c).truth[0]
        assert at_best == pytest.approx(best, abs=1e-9)
    else:
        assert truth[-1] == pytest.approx(best, abs=1e-6)


@given(overlaps, overlaps, degrees, st.floats(-0.9, 0.9))
@settings(max_examples=50)
def test_winning_time_is_where_the_student_wins(m0, rho, degree, s):
    c = m0 * rho + s * np.sqrt((1 - m0**2) * (1 - rho**2))
    if c < 0.02:
        return
    t = ws.winning_time(m0, rho, degree, c)
    times = np.geomspace(1e-4, 20, 200)
    ahead = ws.flow(m0, rho, degree, times, c).truth - rho
    decided = np.abs(ahead) > 1e-9
    np.testing.assert_array_equal((times > t)[decided], (ahead > 0)[decided])


def test_best_overlap_at_the_edges():
    assert ws.best_overlap(0.0, 0.8) == 0.8
    assert ws.best_time(0.0, 0.8, 3) == np.inf
    assert ws.best_overlap(0.9, 0.5, 0.75) == 0.9  # the supervisor pulls away from the start
    assert ws.best_time(0.9, 0.5, 3, 0.75) == 0
    assert ws.best_overlap(0.6, 0.6, 1.0) == 0.6
    assert ws.best_overlap(1.0, 0.7) == 1.0
    assert ws.best_overlap(0.3, 1.0) == 1.0


@given(overlaps, overlaps, degrees)
@settings(max_examples=50)
def test_required_overlap_inverts_best_overlap(m0, rho, degree):
    target = ws.error(ws.best_overlap(m0, rho), degree)
    if 1e-9 < target < ws.error(rho, degree) * (1 - 1e-9):
        assert ws.required_overlap(target, rho, degree) == pytest.approx(m0, rel=1e-5)
    # An error 2 − 2ρᵏ says no more about ρ than its rounding allows.
    unseen = 1e-5 + np.sqrt(4 * np.finfo(float).eps * rho ** (2 - degree))
    assert ws.required_overlap(ws.error(rho, degree), rho, degree) == pytest.approx(0, abs=unseen)


# ------------------------------------------------------------------ curvature and perturbation


@given(overlaps, overlaps, st.floats(-1, 1), degrees)
@settings(max_examples=50)
def test_rates_are_inner_products_of_the_gradient(m, rho, s, degree):
    m_t = m * rho + s * np.sqrt((1 - m**2) * (1 - rho**2))
    truth, w, supervisor = three_vectors(m, rho, m_t)
    descent = 2 * degree * m_t ** (degree - 1) * (supervisor - m_t * w)
    towards_truth = descent @ (truth - w) / ((truth - w) @ (truth - w))
    assert ws.truth_rate(m, rho, degree, s) == pytest.approx(towards_truth, rel=1e-6, abs=1e-6)
    gap = supervisor - w
    if gap @ gap > 1e-4:
        assert ws.curvature(m_t, degree) == pytest.approx(
            descent @ gap / (gap @ gap), rel=1e-6, abs=1e-9
        )


def test_independent_bias_costs_a_factor():
    m, degree = np.linspace(0, 0.99, 12), 4
    np.testing.assert_allclose(
        ws.truth_rate(m, 0.7, degree), 0.7**degree * ws.curvature(m, degree), rtol=1e-12
    )


@given(overlaps, overlaps, st.floats(0.05, 1), degrees)
@settings(max_examples=50)
def test_descent_helps_while_the_angle_exceeds_the_correlated_one(m, rho, s, degree):
    tangent = np.sqrt(1 - m**2) / m - s * np.sqrt(1 - rho**2) / rho
    if abs(tangent) > 1e-6:
        assert (ws.truth_rate(m, rho, degree, s) > 0) == (tangent > 0)


@given(overlaps, overlaps, st.integers(2, 4))
@settings(max_examples=40)
def test_perturbed_inequality_and_bound_hold_along_the_flow(m0, rho, degree):
    times = np.concatenate([[0], np.geomspace(1e-3, 1e3, 60)])
    path = ws.flow(m0, rho, degree, times)
    distance = np.sqrt(2 - 2 * path.truth)
    bias, sampling = ws.perturbation(m0, rho, degree)
    assert sampling == 0
    m = path.supervisor
    progress = 2 * degree * m ** (degree - 1) * (rho - m * path.truth)  # ⟨−∇L, w* − w⟩
    slack = 1e-3 * (1 + bias)  # the arc is searched at 201 points
    needed = ws.curvature(m0, degree) * distance**2 - bias * distance
    assert np.all(progress >= needed - slack)
    assert np.all(distance <= sum(ws.distance_bound(times, m0, rho, degree)) + 1e-3)
    assert np.all(ws.error(path.truth, degree) <= degree * distance**2 + 1e-12)


def test_bound_decreases_then_settles_at_epsilon_over_mu():
    optimisation, sampling, bias = ws.distance_bound([0, 1, 1e3], 0.6, 0.9, 2, 500, 0.1)
    assert optimisation[0] == pytest.approx(np.sqrt(0.8))
    assert sampling[0] == bias[0] == 0
    epsilon = np.array(ws.perturbation(0.6, 0.9, 2, 500, 0.1)) / ws.curvature(0.6, 2)
    assert (bias[2], sampling[2]) == pytest.approx(tuple(epsilon))


@pytest.mark.parametrize("samples_per_dim", [np.inf, 2000.0])
@pytest.mark.parametrize("target", [None, 0.5])
def test_effective_region_is_the_smallest_qualifying_start(samples_per_dim, target):
    degree, rho = 2, 0.9
    region = ws.effective_region(degree, rho, target_error=target, samples_per_dim=samples_per_dim)

    def qualifies(m):
        radius = sum(ws.perturbation(m, rho, degree, samples_per_dim)) / ws.curvature(m, degree)
        return radius < np.sqrt(2 - 2 * (m if target is None else (1 - target / 2) ** 0.5))

    assert qualifies(region.overlap)
    assert region.overlap <= 0.001 or not qualifies(region.overlap - 0.001)
    assert region.epsilon / region.mu == pytest.approx(region.radius)
    assert region.error == pytest.approx(ws.error(1 - region.radius**2 / 2, degree))
    # The guarantee: the population flow from there reaches that error.
    truth = ws.flow(region.overlap, rho, degree, [0, 1, 10, 1e4]).truth
    assert ws.error(truth, degree).min() <= region.error + 1e-9


def test_effective_region_shrinks_with_fewer_samples_and_worse_supervisors():
    by_samples = [ws.effective_region(2, 0.9, samples_per_dim=n).overlap for n in (1e6, 1e4, 500)]
    assert by_samples[0] < by_samples[1] < by_samples[2]
    by_rho = ws.effective_region(2, [0.8, 0.9, 1.0], samples_per_dim=500).overlap
    assert np.all(np.diff(by_rho) < 0)
    impossible = ws.effective_region(3, [0.8, 0.9], target_error=ws.error(0.9, 3) * 0.99)
    assert np.isnan(impossible.overlap).all()
    assert np.isnan(impossible.error).all()
