"""Synthesis: one formula against every chapter's own, against sampled data, and its verdicts."""

import mpmath as mp
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from w2slib import multi_index, ridge, synthesis, warm_start, weighted_ridge
from w2slib.core.kernels import arc_cosine, unit_rows
from w2slib.random_matrices import bbp_overlap, shrinkage
from w2slib.simulation import Estimate
from w2slib.synthesis import FROZEN, Generation, fit, prior, truth
from w2slib.weighted_ridge import Blocks

LAM = np.logspace(-4, 3, 15)
PLAIN = truth([1.0], [1.0])


def agree(estimate, theory, allowance):
    """Theory within four standard errors plus a finite-size allowance of the mean."""
    return np.all(np.abs(estimate.mean - theory) <= 4 * estimate.stderr + allowance)


# ------------------------------------------------------------- one formula, three chapters


@pytest.mark.parametrize("gamma_s", [0.2, 1.0, 3.0])
def test_one_block_is_mechanism_one(gamma_s):
    teacher = fit(PLAIN, LAM, 0.7, [1.0], noise_var=0.8)
    student = fit(teacher, LAM[:, None], gamma_s, [1.0])
    np.testing.assert_allclose(teacher.error, ridge.teacher_error(LAM, 0.7, 0.8), rtol=1e-11)
    expected = ridge.student_error(LAM, LAM[:, None], 0.7, gamma_s, 0.8)
    np.testing.assert_allclose(student.error, expected, rtol=1e-11)
    p, q = ridge.teacher_moments(LAM, 0.7, 0.8)
    np.testing.assert_allclose(teacher.overlap, p, rtol=1e-11)
    np.testing.assert_allclose(teacher.energy, q, rtol=1e-11)


def test_a_chain_of_one_block_is_the_chain_of_mechanism_one():
    penalties, ratios = [0.02, 0.3, 0.1, 0.4], [0.8, 0.2, 2.0, 0.5]
    generation = fit(PLAIN, penalties[0], ratios[0], [1.0], noise_var=1.0)
    errors = [generation.error]
    for lam, gamma in zip(penalties[1:], ratios[1:], strict=True):
        generation = fit(generation, lam, gamma, [1.0])
        errors.append(generation.error)
    expected = ridge.generation_errors(penalties, ratios, 1.0)
    np.testing.assert_allclose(np.stack(errors), expected, rtol=1e-11)


@pytest.mark.parametrize("gamma_s", [0.4, 2.5])
def test_blocks_are_mechanism_two(gamma_s):
    blocks = Blocks([0.2, 0.3, 0.5], [0.1, 1.0, 4.0], [0.6, 0.3, 0.1])
    target = truth(blocks.fractions, blocks.energies)
    teacher = fit(target, LAM, 1.5, [1.0] * 3, noise_var=0.5)
    student = fit(teacher, LAM[:, None], gamma_s, blocks.weights)
    expected = weighted_ridge.student_error(LAM, LAM[:, None], 1.5, gamma_s, 0.5, blocks)
    np.testing.assert_allclose(student.error, expected, rtol=1e-10)


@pytest.mark.parametrize("relief", [1.0, 0.5, -2.0])
def test_a_spike_is_the_rank_one_formula_of_mechanism_two(relief):
    target = truth([1.0, 0.0], [0.36, 0.64])
    teacher = fit(target, 0.5, 0.5, [1.0, 1.0], noise_var=1.0)
    student = fit(teacher, LAM, 2.0, [1.0, 1 - relief])
    expected = weighted_ridge.spike_student_error(0.5, LAM, 0.5, 2.0, 1.0, 0.8, relief)
    np.testing.assert_allclose(student.error, expected, rtol=1e-10)


def test_a_prior_gives_the_hard_error_of_mechanism_three():
    """e [1 − 2 r R + r² R] with r = 1 − a on the block that the teacher never saw."""
    target = truth([0.5, 0.5], [0.6, 0.4])
    teacher = fit(target, 0.3, 0.5, [1.0, FROZEN], noise_var=0.2)
    for share in (0.49, 0.81):
        known = prior([0.5, 0.5], [0.6, 0.4], [0.0, share])
        student = fit(teacher, LAM, 1e-7, [1.0, 1.0], known=known)
        r = 1 - shrinkage(LAM, 1e-7)
        expected = 0.4 * (1 - 2 * r * share + r**2 * share)
        np.testing.assert_allclose(student.error_by_block[1], expected, atol=1e-6)
        adapter = fit(teacher, LAM, 0.5, [1.0, FROZEN], known=known)
        np.testing.assert_allclose(adapter.error_by_block[1], 0.4 * (1 - share), atol=1e-6)
        assert known.error_by_block[1] == pytest.approx(0.4 * (1 - share))


def test_hard_error_agrees_with_the_chapter_on_multi_index_targets():
    hard = multi_index.Target((0, 0.8), (0, 0, 0.6))
    frozen = multi_index.student_error(hard, 0.3, 0.1, lam_s=0.5, rho=0.9, mode="frozen")
    known = prior([0.5, 0.5], [0.64, 0.36], [0.0, 0.9**4])
    assert known.error == pytest.approx(frozen)


@pytest.mark.parametrize(("m0", "rho"), [(0.2, 0.7), (0.6, 0.8), (0.9, 0.5)])
def test_the_arc_of_the_warm_start_is_a_mixture_of_heard_and_known(m0, rho):
    """The best mixture a w_t + (1 − a) w₀, scaled to length 1, reaches `best_overlap`."""
    c = m0 * rho

    def overlap(a):
        length = np.sqrt(a**2 + (1 - a) ** 2 + 2 * a * (1 - a) * c)
        return (a * rho + (1 - a) * m0) / length

    best = minimize_scalar(lambda a: -overlap(a), bounds=(0, 1), method="bounded")
    assert -best.fun == pytest.approx(warm_start.best_overlap(m0, rho), abs=1e-8)


def test_account_adds_up_to_the_change_of_the_error():
    target = truth([0.3, 0.7], [0.5, 0.5])
    teacher = fit(target, 0.1, 0.8, [1.0, 3.0], noise_var=1.0)
    known = prior([0.3, 0.7], [0.5, 0.5], [0.2, 0.9])
    student = fit(teacher, LAM, 0.5, [0.2, 1.0], known=known)
    account = student.account
    change = student.error_by_block - teacher.error_by_block[:, None]
    np.testing.assert_allclose(account.total, change, atol=1e-12)
    assert np.all(account.denoised <= 0)
    assert np.all(account.added >= 0)
    plain = fit(teacher, LAM, 0.5, [0.2, 1.0]).account
    assert np.all(plain.brought == 0)
    assert np.all(plain.forgotten >= 0)


# ------------------------------------------------------------------- prior and teacher err alike


@pytest.mark.parametrize("sign", [-1.0, 0.0, 1.0])
def test_dependent_errors_against_sampled_ridge(sign):
    """Teacher and prior with noise vectors of a given covariance, noisy labels, two blocks, d = 150."""
    fractions, energies, dim, n = [0.4, 0.6], np.array([0.55, 0.45]), 150, 250
    labels, known = (prior(fractions, energies, kept) for kept in ([0.7, 0.3], [0.2, 0.8]))
    shared = sign * 0.8 * np.sqrt(labels.noise * known.noise)
    setting, weights = dict(lam=0.4, gamma=dim / n, noise_var=0.3), np.array([1.0, 0.3])
    theory = fit(labels, weights=weights, known=known, noise_cov=shared, **setting)
    counts, errors = np.array([60, 90]), []

    def vector(rng, energy):
        return rng.standard_normal(dim) * np.sqrt(np.repeat(energy / counts, counts))

    for rng in np.random.default_rng(4).spawn(60):
        target, noise, own = (vector(rng, each) for each in (energies, labels.noise, known.noise))
        ratio = np.repeat(shared / labels.noise, counts)
        rest = np.repeat(np.sqrt(1 - sign**2 * 0.64) * np.ones(2), counts)
        teacher = np.repeat(labels.kept, counts) * target + noise
        start = np.repeat(known.kept, counts) * target + ratio * noise + rest * own
        X = rng.standard_normal((n, dim))
        gram = X.T @ X / n
        step = gram @ (teacher - start) + X.T @ (np.sqrt(0.3) * rng.standard_normal(n)) / n
        student = start + np.linalg.solve(gram + 0.4 * np.diag(np.repeat(weights, counts)), step)
        errors.append(((student - target) ** 2).sum())
    assert abs(np.mean(errors) - theory.error) < 4 * np.std(errors) / np.sqrt(60) + 1 / dim
    np.testing.assert_allclose(
        theory.account.total, theory.error_by_block - labels.error_by_block, atol=1e-12
    )


def test_a_dependent_start_helps_exactly_if_it_errs_little_enough_like_the_supervisor():
    """Section 5's criterion c < m0/rho, from a mixture with a small part of the start."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        m0, rho = rng.uniform(0.05, 0.95, 2)
        c = m0 * rho + rng.uniform(-0.99, 0.99) * np.sqrt((1 - m0**2) * (1 - rho**2))
        heard, start = (
            synthesis.Fit(np.ones(1), np.ones(1), np.array([m]), np.array([1 - m**2]), np.zeros(()), None)
            for m in (rho, m0)
        )  # fmt: skip
        mixed = fit(heard, 1e-6, 1e-9, [1.0], known=start, noise_cov=c - m0 * rho)
        assert (mixed.overlap / np.sqrt(mixed.energy) > rho) == (c < m0 / rho)


def test_noise_covariance_that_no_two_noises_have():
    heard = prior([1.0], [1.0], [0.5])
    with pytest.raises(ValueError, match=r"noise_cov = 0\.3; allowed: at most 0\.25 in size"):
        fit(heard, 0.1, 0.5, [1.0], known=heard, noise_cov=0.3)
    with pytest.raises(ValueError, match="without known"):
        fit(heard, 0.1, 0.5, [1.0], noise_cov=0.1)
    with pytest.raises(ValueError, match=r"noise_cov has shape \(2,\); allowed: \(1,\)"):
        fit(heard, 0.1, 0.5, [1.0], known=heard, noise_cov=[0.1, 0.1])


# -------------------------------------------------------------------------------- sampled

CHAINS = {
    "plain": ([Generation(0.02, 0.5, [1.0, 1.0]), Generation(0.4, 0.5, [1.0, 1.0])], None),
    "weighted": ([Generation(0.5, 0.5, [1.0, 1.0]), Generation(0.3, 2.0, [0.2, 1.5])], None),
    "prior": (
        [Generation(0.2, 0.5, [1.0, FROZEN]), Generation(0.4, 0.4, [1.0, 1.0], [0.0, 0.8])],
        [0.0, 0.8],
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_theory_agrees_with_sampled_chains(name):
    chain, expressed = CHAINS[name]
    fractions, energies, dim = [0.4, 0.6], [0.55, 0.45], 150
    known = None if expressed is None else prior(fractions, energies, expressed)
    first, second = chain
    teacher = fit(truth(fractions, energies), first.lam, first.gamma, first.weights, noise_var=1.0)
    student = fit(teacher, second.lam, second.gamma, second.weights, known=known)
    run = synthesis.simulate(chain, fractions, energies, noise_var=1.0, dim=dim, rng=3)
    theory = np.stack([teacher.error, student.error])
    assert agree(run.error, theory, 3 / dim)
    assert agree(run.by_block, [teacher.error_by_block, student.error_by_block], 3 / dim)
    misfits = np.stack([teacher.misfit, student.misfit])
    assert agree(run.misfit, misfits, 3 / dim)
    gains = np.array([0, teacher.error]) - theory
    assert agree(run.gain, gains, 3 / dim)
    assert agree(run.gap, gains - misfits, 6 / dim)


def test_simulation_tells_a_wrong_theory_from_a_right_one():
    """The comparison above would notice a forgotten prior and exchanged weights."""
    chain, _ = CHAINS["prior"]
    run = synthesis.simulate(chain, [0.4, 0.6], [0.55, 0.45], noise_var=1.0, dim=150, rng=3)
    teacher = fit(truth([0.4, 0.6], [0.55, 0.45]), 0.2, 0.5, [1.0, FROZEN], noise_var=1.0)
    student = Estimate(run.by_block.mean[1], run.by_block.stderr[1])
    known = prior([0.4, 0.6], [0.55, 0.45], [0.0, 0.8])
    right = fit(teacher, 0.4, 0.4, [1.0, 1.0], known=known)
    assert agree(student, right.error_by_block, 3 / 150)
    for wrong in (
        fit(teacher, 0.4, 0.4, [1.0, 1.0]),
        fit(teacher, 0.4, 0.4, [1.0, FROZEN], known=known),
    ):
        assert not agree(student, wrong.error_by_block, 3 / 150)


# ------------------------------------------------------------------------------ misfit, gain


def test_gain_and_misfit_are_those_of_the_fits():
    teacher = fit(PLAIN, LAM, 0.6, [1.0], noise_var=1.0)
    for gamma_s in (0.1, 1.0, 2.0):
        student = fit(teacher, LAM[:, None], gamma_s, [1.0])
        gain, misfit, difference = synthesis.misfit_gain(LAM, LAM[:, None], 0.6, gamma_s, 1.0)
        np.testing.assert_allclose(gain, teacher.error - student.error, atol=1e-11)
        np.testing.assert_allclose(misfit, student.misfit, atol=1e-11)
        h, c = ridge.h_ratio(LAM[:, None], gamma_s), ridge.badness(LAM, 0.6, 1.0)
        clear = np.abs(h - c / 2) > 1e-9
        assert np.array_equal((difference > 0)[clear], (h < c / 2)[clear])


def test_scalar_student_satisfies_the_inequality_exactly_above_p_over_q():
    p, q = ridge.teacher_moments(0.01, 0.5, 1.0)
    lam = np.logspace(-2, 1, 40)
    s = shrinkage(lam, 1e-8)
    _, _, difference = synthesis.misfit_gain(0.01, lam, 0.5, 1e-8, 1.0)
    np.testing.assert_allclose(difference, 2 * (1 - s) * (s * q - p), atol=1e-7)
    assert np.array_equal(difference > 0, s > p / q)


def test_inequality_holds_whenever_the_target_lies_in_the_students_ball():
    lam_t, lam_s = np.logspace(-3, 1, 30), np.logspace(-3, 2, 60)[:, None]
    _, q = ridge.teacher_moments(lam_t, 0.9, 1.0)
    inside = shrinkage(lam_s, 1e-8) * np.sqrt(q) >= 1
    _, _, difference = synthesis.misfit_gain(lam_t, lam_s, 0.9, 1e-8, 1.0)
    assert inside.any()
    assert not inside.all()
    assert np.all(difference[inside] > -1e-9)
    assert np.any(difference[~inside] > 0)  # sufficient, not necessary


# ------------------------------------------------------------------------------ gains together


@pytest.mark.parametrize("lam_t", [0.02, 0.2, 0.5])
@pytest.mark.parametrize("zeta", [0.0, 0.6, 0.9])
def test_best_gain_is_the_best_of_students_with_unlimited_data(lam_t, zeta):
    teacher = fit(truth([1.0, 0.0], [1 - zeta**2, zeta**2]), lam_t, 0.5, [1, 1], noise_var=1.0)
    students = fit(teacher, np.logspace(-6, 3, 40_001), 1e-9, [1.0, 0.0])
    gain = teacher.error - students.error.min()
    assert synthesis.best_gain(lam_t, 0.5, 1.0, zeta) == pytest.approx(gain, abs=1e-6)


def test_gains_of_two_mechanisms_more_than_add_for_every_teacher_that_is_too_loud():
    lam_t, zeta = np.logspace(-3, np.log10(0.499), 40), np.linspace(0.05, 1, 12)[:, None]
    p, q = ridge.teacher_moments(lam_t, 0.5, 1.0)
    alone = synthesis.best_gain(lam_t, 0.5, 1.0, 0.0)
    aligned = (zeta**2 * p * (1 - p)) ** 2 / (q - zeta**2 * p**2)
    assert np.all(synthesis.best_gain(lam_t, 0.5, 1.0, zeta) > alone + aligned)


# --------------------------------------------------------------------- relief along an estimate


def test_relief_along_an_estimate_is_relief_at_a_smaller_alignment():
    theta, dim = np.array([0.3, 1.5, 4.0]), 160
    setting = dict(lam_t=0.5, lam_s=0.4, gamma_t=0.5, gamma_s=0.5, noise_var=1.0)
    difference, overlap = synthesis.simulate_estimated_relief(
        theta, gamma_pre=1.0, zeta=0.9, relief=1.0, dim=dim, n_trials=30, rng=5, **setting
    )
    m0 = bbp_overlap(theta, 1.0)
    assert agree(overlap, m0**2, 8 / dim)
    student = weighted_ridge.spike_student_error(**setting, zeta=0.9 * m0, relief=1.0)
    theory = student - ridge.teacher_error(0.5, 0.5, 1.0)
    assert agree(difference, theory, 4 / dim)
    assert theory[0] > 0 > theory[2]


def test_required_overlap_and_spike_invert_the_curves():
    gamma = np.array([0.2, 1.0, 3.0])
    overlap = np.linspace(0.05, 0.95, 7)[:, None]
    theta = synthesis.required_spike(overlap, gamma)
    np.testing.assert_allclose(bbp_overlap(theta, gamma), np.broadcast_to(overlap, (7, 3)))
    np.testing.assert_allclose(synthesis.required_spike(0.0, gamma), np.sqrt(gamma))
    m0 = synthesis.required_direction_overlap(0.9, 0.6)
    assert m0 == pytest.approx(2 / 3)
    assert np.isnan(synthesis.required_direction_overlap(0.5, 0.6))


# ------------------------------------------------------------------------------ random features


def test_arc_cosine_kernel_is_the_expectation_it_claims_to_be():
    rng = np.random.default_rng(0)
    W = unit_rows(rng.standard_normal((3, 4)))
    X = rng.standard_normal((400_000, 4))
    features = np.maximum(X @ W.T, 0)
    np.testing.assert_allclose(features.T @ features / len(X), arc_cosine(W, W), atol=6e-3)
    np.testing.assert_allclose(features.T @ X[:, 0] / len(X), W[:, 0] / 2, atol=6e-3)


def test_wide_student_beats_narrow_teacher_when_stopped_and_imitates_it_in_the_end():
    times = np.array([0.0, 3.0, 1e9])
    teacher, student = synthesis.simulate_random_features(40, 400, times, dim=16, n_trials=6, rng=1)
    assert student.mean[0] == 1.0
    assert student.mean[1] + 4 * student.stderr[1] < teacher.mean - 4 * teacher.stderr
    errors = 4 * (student.stderr[1] + student.stderr[2])
    assert student.mean[2] > student.mean[1] + errors


# -------------------------------------------------------------------------------------- PGR


def test_relieved_chain_ends_at_what_nobody_keeps_and_the_first_teacher_shrank():
    """Along v only the first teacher shrinks; of the rest nothing is left in the end."""
    zeta, lam_t, gamma_t = 0.8, 0.1, 0.5
    model = truth([1.0, 0.0], [1 - zeta**2, zeta**2])
    model = fit(model, lam_t, gamma_t, [1.0, 1.0], noise_var=1.0)
    for _ in range(200):
        model = fit(model, 0.2, 0.2, [1.0, 0.0])
    limit = 1 - zeta**2 + zeta**2 * (1 - shrinkage(lam_t, gamma_t)) ** 2
    assert model.error == pytest.approx(limit, rel=1e-9)
    assert limit - (1 - zeta**2) > 0.01  # what was printed before


def test_case_one_by_hand():
    """The numbers of the worked example."""
    teacher = fit(truth([1.0], [1.0]), 0.03, 0.5, [1.0], noise_var=1.0)
    student = fit(teacher, 0.5, 0.3, [1.0])
    account = student.account
    found = [teacher.kept[0], teacher.noise[0], teacher.energy, shrinkage(0.5, 0.3)]
    found += [account.denoised[0], account.forgotten[0], account.added[0]]
    found += [teacher.error, student.error]
    expected = [0.946, 0.813, 1.708, 0.620, -0.501, 0.168, 0.032, 0.815, 0.515]
    np.testing.assert_allclose(found, expected, atol=6e-4)


def test_two_surpluses_by_hand():
    """The numbers of the worked example: p = 0.6, q = 0.9, ζ = 0.8."""
    case = (7 / 15, 0.5, 2.3)
    assert ridge.teacher_moments(*case) == pytest.approx((0.6, 0.9), abs=1e-12)
    gains = synthesis.best_gain(*case, [0.0, 0.8])
    np.testing.assert_allclose(gains, [0.1, 0.307], atol=5e-4)
    assert pytest.approx(0.035, abs=5e-4) == 0.1536**2 / 0.6696


def degree_rates(dim):
    """Rates of degrees 0, 1 and 2 on the sphere, by quadrature of the kernel against Gegenbauer's."""
    t, weight = np.polynomial.legendre.leggauss(500)
    weight = weight * (1 - t**2) ** ((dim - 3) / 2)
    kernel = (np.sqrt(1 - t**2) + (np.pi - np.arccos(t)) * t) / (2 * np.pi)
    harmonics = [1 + 0 * t, t, (dim * t**2 - 1) / (dim - 1)]
    return [np.sum(weight * kernel * h) / np.sum(weight) for h in harmonics]


def test_a_wide_student_learns_degree_zero_then_one_then_two():
    constant, linear, square = degree_rates(24)
    assert linear == pytest.approx(1 / 96, rel=1e-8)
    assert constant / linear == pytest.approx(15.6, abs=0.05)
    assert linear / square == pytest.approx(40, abs=0.5)
    for dim in (200, 800):
        constant, linear, square = degree_rates(dim)
        assert constant / linear == pytest.approx(2 * dim / np.pi, rel=3 / dim)
        assert linear / square == pytest.approx(np.pi * dim / 2, rel=3 / dim)
    # The same from the kernel's matrix: one rate of degree 0, then d of degree 1.
    W = unit_rows(np.random.default_rng(0).standard_normal((900, 24)))
    rates = np.linalg.eigvalsh(arc_cosine(W, W) / len(W))[::-1]
    assert rates[0] / np.median(rates[1:25]) == pytest.approx(15.6, rel=0.06)


def test_a_finite_student_trained_to_the_end_is_no_copy():
    small, large = synthesis.simulate_random_features(
        48, 700, [7.0, np.inf], dim=24, n_trials=3, rng=0
    )
    early, late = large.mean / small.mean
    assert early < 0.5 < 0.75 < late < 0.95


def test_recovered_gap_is_undefined_without_a_gap():
    one, two = Estimate(np.array([1.0]), np.zeros(1)), Estimate(np.array([2.0]), np.zeros(1))
    with pytest.deprecated_call():
        assert np.isnan(synthesis.recovered_with_error(one, one, two).mean)
        run = synthesis.recovered_with_error(two, Estimate(np.array([-0.5]), np.array([0.1])), one)
    assert run.mean == 0.5
    assert run.stderr == pytest.approx(0.1)


# ------------------------------------------------------------------------ infinity and edges


def test_an_infinite_penalty_is_the_limit():
    blocks = truth([0.3, 0.7], [0.6, 0.4])
    teacher = fit(blocks, 0.1, 0.5, [1.0, 1.0], noise_var=1.0)
    known = prior([0.3, 0.7], [0.6, 0.4], [0.0, 0.8])
    for weights, gamma in ([1.0, 2.0], 2.0), ([0.0, 1.0], 0.5):
        for start in (None, known):
            far, end = (fit(teacher, lam, gamma, weights, known=start) for lam in (1e14, np.inf))
            np.testing.assert_allclose(far.error_by_block, end.error_by_block, atol=1e-12)
            np.testing.assert_allclose(far.account.total, end.account.total, atol=1e-12)
            assert far.misfit == pytest.approx(end.misfit)
    zero = fit(teacher, np.inf, 0.5, [1.0, 1.0])
    assert zero.error == pytest.approx(1, rel=1e-15)
    gain, misfit, _ = synthesis.misfit_gain(0.01, np.inf, 0.5, 0.2, 1.0)
    _, q = ridge.teacher_moments(0.01, 0.5, 1.0)
    assert misfit == pytest.approx(q)
    assert gain == pytest.approx(ridge.teacher_error(0.01, 0.5, 1.0) - 1)


def test_what_critical_alignment_returns_is_taken():
    never = weighted_ridge.critical_alignment(5.0, np.inf, 0.5, 0.5, 0.5, relief=0.5)
    assert never == np.inf
    assert np.isnan(synthesis.required_direction_overlap(0.9, never))


def test_simulated_infinite_penalty_and_endless_flow():
    sizes, energies = [0.4, 0.6], [0.55, 0.45]
    setting = dict(noise_var=1.0, dim=50, n_trials=3, rng=3)
    teacher = Generation(0.2, 0.5, [1.0, 1.0])
    for weights in ([0.0, 1.0], [1.0, 2.0]):
        far, end = (
            synthesis.simulate([teacher, Generation(lam, 0.5, weights)], sizes, energies, **setting)
            for lam in (1e11, np.inf)
        )
        np.testing.assert_allclose(far.by_block.mean, end.by_block.mean, rtol=1e-8)
    relief = dict(gamma_pre=1.0, lam_t=0.5, gamma_t=0.5, gamma_s=0.5, zeta=0.9)
    for amount in (0.5, 1.0):
        far, end = (
            synthesis.simulate_estimated_relief(
                [1.0], lam_s=lam, relief=amount, **relief, **setting
            )[0]
            for lam in (1e7, np.inf)
        )
        np.testing.assert_allclose(far.mean, end.mean, rtol=1e-4)
    _, student = synthesis.simulate_random_features(10, 40, [1e12, np.inf], dim=6, rng=1)
    assert student.mean[0] == pytest.approx(student.mean[1], rel=1e-6)


@pytest.mark.parametrize("lam_t", [1e-300, 1e-9, 1e160, 1e300])
def test_gains_of_extreme_teachers_are_numbers(lam_t):
    assert synthesis.best_gain(lam_t, 0.5, 1.0, [0.0, 0.5, 1.0]).min() >= 0
    gain, misfit, difference = synthesis.misfit_gain(lam_t, [1e-300, 1.0, 1e300], 0.5, 0.5, 1.0)
    assert np.all(np.isfinite([gain, misfit, difference]))
    with mp.workdps(700):
        lam, p, q = mp.mpf(lam_t), *map(mp.mpf, ridge.teacher_moments(lam_t, 0.5, 1.0))
        exact = max(q - p, 0) ** 2 / q if lam < 0.5 else 0
    assert synthesis.best_gain(lam_t, 0.5, 1.0, 0.0) == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize("gamma", [1e-300, 1.0, 1e200])
@pytest.mark.parametrize("overlap", [1e-160, 0.5, 1 - 1e-12])
def test_required_spike_at_the_edges(overlap, gamma):
    with mp.workdps(400):
        t, g = mp.mpf(overlap) ** 2, mp.mpf(gamma)
        exact = float((t * g + mp.sqrt((t * g) ** 2 + 4 * (1 - t) * g)) / (2 * (1 - t)))
    assert synthesis.required_spike(overlap, gamma) == pytest.approx(exact, rel=1e-12)


def test_a_spike_that_no_double_holds_is_refused():
    with pytest.raises(
        ValueError, match=r"overlap = 1 with gamma = 1e\+300.*the spike fits a double"
    ):
        synthesis.required_spike(1 - 1e-15, 1e300)


# ---------------------------------------------------------------------------------- results


def test_a_chain_is_a_result(tmp_path):
    chain, _ = CHAINS["prior"]
    run = synthesis.simulate(
        chain, [0.4, 0.6], [0.55, 0.45], noise_var=1.0, dim=20, n_trials=2, rng=3
    )
    run.save(tmp_path / "run.npz")
    assert synthesis.ChainSimulation.load(tmp_path / "run.npz") == run
    table = run.to_dataframe()
    assert len(table) == 4
    assert {"generation", "block", "by_block_mean", "gap_stderr"} <= {*table.columns}
    assert run.setting["generations"][1]["expressed"] == (0.0, 0.8)
    assert (run.dim, run.n_trials, run.seed) == (20, 2, 3)


def test_fits_are_results(tmp_path):
    teacher = fit(
        truth([0.4, 0.6], [0.55, 0.45]), [[0.1], [0.2]], 0.5, [1.0, 2.0], noise_var=[0, 1, 2]
    )
    assert teacher.kept.shape == (2, 2, 3)
    teacher.save(tmp_path / "fit.npz")
    assert synthesis.Fit.load(tmp_path / "fit.npz") == teacher
    table = teacher.to_dataframe()
    assert len(table) == 12
    assert {"block", "axis_0", "axis_1", "kept", "misfit", "account_added"} <= {*table.columns}
    total = table.groupby(["axis_0", "axis_1"]).account_added.sum().to_numpy()
    np.testing.assert_allclose(total, teacher.account.added.sum(axis=0).ravel())
    assert len(teacher.account.to_dataframe()) == 12
    assert len(truth([0.4, 0.6], [0.55, 0.45]).to_dataframe()) == 2


def test_both_estimates_of_a_pair_know_what_made_them():
    for function, setting in (
        (synthesis.simulate_random_features, dict(teacher_width=4, student_width=9, times=[1.0])),
        (
            synthesis.simulate_estimated_relief,
            dict(
                theta=[1.0], gamma_pre=1.0, lam_t=0.5, lam_s=0.1, gamma_t=0.5, gamma_s=0.5,
                noise_var=1.0, zeta=0.5, relief=1.0,
            ),
        ),
    ):  # fmt: skip
        first, second = function(**setting, dim=10, n_trials=2, rng=5)
        assert first.setting == second.setting
        assert first.setting["seed"] == 5
        with pytest.raises(TypeError, match="takes no random_state; use rng"):
            function(**setting, dim=10, random_state=5)


def test_one_rule_cuts_a_dimension_into_blocks():
    chain = [Generation(0.1, 0.5, [1.0, 1.0, 1.0])]
    with pytest.raises(ValueError, match="dim = 7 is too small for fractions"):
        synthesis.simulate(chain, [0.5, 0.3, 0.2], [0.4, 0.3, 0.3], noise_var=1.0, dim=7)


@pytest.mark.parametrize(
    ("old", "new"),
    [("Simulation", "ChainSimulation"), ("required_overlap", "required_direction_overlap")],
)
def test_old_names_still_work_and_say_so(old, new):
    with pytest.warns(DeprecationWarning, match=new):
        assert getattr(synthesis, old) is getattr(synthesis, new)


# -------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: truth([0.5, 0.6], [0.5, 0.5]), "fractions"),
        (lambda: truth([0.5, 0.5], [1.0]), "energies"),
        (lambda: prior([1.0], [1.0], [1.5]), "expressed"),
        (lambda: fit(PLAIN, 0.0, 0.5, [1.0]), "lam"),
        (lambda: fit(PLAIN, 0.1, -0.5, [1.0]), "gamma"),
        (lambda: fit(PLAIN, 0.1, 0.5, [1.0, 1.0]), "weights"),
        (lambda: fit(PLAIN, 0.1, 0.5, [1.0], noise_var=-1.0), "noise_var"),
        (lambda: fit(PLAIN, 0.1, 0.5, [1.0], known=prior([0.5, 0.5], [0.5, 0.5], [0, 1])), "known"),
        (lambda: synthesis.required_direction_overlap(0.0, 0.5), "zeta"),
        (lambda: synthesis.required_spike(1.0, 0.5), "overlap"),
        (lambda: synthesis.simulate([Generation(0.1, 0.5, [1.0])], [1], [1], noise_var=1.0, dim=1), "dim"),
        (lambda: synthesis.simulate_random_features(0, 10, [1.0], dim=4), "teacher_width"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=name):
        call()
