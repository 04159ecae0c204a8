"""Mechanism II: closed forms against 60 digits and sampled regressions, limits, verdicts, bad input."""

import tracemalloc
from concurrent.futures import ProcessPoolExecutor

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from w2slib import ridge
from w2slib import weighted_ridge as wr
from w2slib.random_matrices import shrinkage
from w2slib.weighted_ridge import Blocks

PLAIN = Blocks([1.0], [1.0], [1.0])
FOUR = Blocks([0.1, 0.2, 0.3, 0.4], [0.1, 0.5, 1.0, 3.0], [0.4, 0.3, 0.2, 0.1])

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

penalties = st.floats(-4, 4).map(lambda e: 10.0**e)
tiny_penalties = st.floats(-12, 12).map(lambda e: 10.0**e)
ratios = st.floats(-2, 2).map(lambda e: 10.0**e) | st.just(1.0)
wide_ratios = st.floats(-3, 3).map(lambda e: 10.0**e) | st.just(1.0)
noises = st.floats(0, 10)
alignments = st.floats(-1, 1)
reliefs = st.floats(-5, 1)


@st.composite
def block_lists(draw, decades=2.0, minimum=1):
    size = draw(st.integers(minimum, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    weights = 10 ** rng.uniform(-decades / 2, decades / 2, size)
    return Blocks(rng.dirichlet(np.ones(size)), weights, rng.dirichlet(np.ones(size)))


# ------------------------------------------------------------------ theory against 60 digits


def exact_kappa(lam, gamma, weights, fractions):
    """Root of κ = λ + κγ Σ φ/(1 + κg), approached from the right."""
    kappa = lam + gamma * mp.fsum(f / g for f, g in zip(fractions, weights, strict=True))
    for _ in range(300):
        gap = 1 - gamma * mp.fsum(
            f / (1 + kappa * g) for f, g in zip(fractions, weights, strict=True)
        )
        slope = gap + gamma * mp.fsum(
            f * kappa * g / (1 + kappa * g) ** 2 for f, g in zip(fractions, weights, strict=True)
        )
        step = (kappa * gap - lam) / slope
        kappa -= step
        if abs(step) < mp.mpf(10) ** -35 * kappa:
            return kappa
    raise AssertionError("60-digit Newton did not converge")


def exact_fit(lam, gamma, weights, fractions, known, independent, noise):
    """The chapter's map as written: β̂ = s(β° + ωz) with β° = known·β* + a part of energy `independent`."""
    kappa = exact_kappa(lam, gamma, weights, fractions)
    s = [1 / (1 + kappa * g) for g in weights]
    df2 = mp.fsum(f * x**2 for f, x in zip(fractions, s, strict=True))
    energy = [k[1] * k[0] ** 2 + i for k, i in zip(known, independent, strict=True)]
    lost = mp.fsum((1 - x) ** 2 * q for x, q in zip(s, energy, strict=True))
    omega2 = (noise + lost) / (1 - gamma * df2)
    known = [(x * k[0], k[1]) for x, k in zip(s, known, strict=True)]
    independent = [
        x**2 * (i + f * gamma * omega2) for x, i, f in zip(s, independent, fractions, strict=True)
    ]
    error = mp.fsum((1 - k) ** 2 * e for k, e in known) + mp.fsum(independent)
    return known, independent, error


def exact_errors(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, teacher_weights):
    """Teacher's and student's error by composing two Gaussian-sequence maps."""
    number = [mp.mpf(x) for x in (lam_t, lam_s, gamma_t, gamma_s, noise_var)]
    lam_t, lam_s, gamma_t, gamma_s, noise = number
    fractions, weights, energies, teacher_weights = (
        [mp.mpf(float(x)) for x in part]
        for part in (blocks.fractions, blocks.weights, blocks.energies, teacher_weights)
    )
    start = [(mp.mpf(1), e) for e in energies], [mp.mpf(0)] * len(energies)
    *teacher, L_t = exact_fit(lam_t, gamma_t, teacher_weights, fractions, *start, noise)
    *_, L_s = exact_fit(lam_s, gamma_s, weights, fractions, *teacher, mp.mpf(0))
    return L_t, L_s


@given(tiny_penalties, tiny_penalties, wide_ratios, wide_ratios, noises, block_lists(decades=12))
@settings(max_examples=80)
def test_errors_match_sixty_digits(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks):
    teacher_weights = blocks.weights[::-1]
    teacher_blocks = Blocks(blocks.fractions, teacher_weights, blocks.energies)
    arguments = lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, teacher_weights
    with mp.workdps(60):
        L_t, L_s = exact_errors(*arguments)
        difference = float(L_s - L_t)
        L_t, L_s = float(L_t), float(L_s)
    # Where γ df₂ is close to 1 the errors are ill-conditioned functions of γ itself.
    assert wr.teacher_error(lam_t, gamma_t, noise_var, teacher_blocks) == pytest.approx(
        L_t, rel=1e-9
    )
    assert wr.student_error(*arguments) == pytest.approx(L_s, rel=1e-9)
    # Gain and cost may cancel near a tie; the gain is at most 2 L_t.
    assert wr.error_difference(*arguments) == pytest.approx(difference, rel=1e-9, abs=1e-9 * L_t)


@pytest.mark.parametrize("lam_s", [1e-14, 1e-9, 1e-5])
def test_difference_keeps_its_digits_where_the_errors_agree(lam_s):
    arguments = 0.2, lam_s, 0.5, 0.5, 0.5, FOUR, np.ones(4)
    with mp.workdps(60):
        L_t, L_s = exact_errors(*arguments)
        exact = float(L_s - L_t)
    assert wr.error_difference(*arguments) == pytest.approx(exact, rel=1e-9)


def literal_spike(lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief):
    """The spike of the chapter as written, with the resolvent traces."""
    values = map(mp.mpf, (lam_t, lam_s, gamma_t, gamma_s, noise_var, zeta, relief))
    lam_t, lam_s, gamma_t, gamma_s, noise, zeta, relief = values

    def traces(lam, gamma):
        b = 1 - gamma + lam
        r = mp.sqrt(b**2 + 4 * gamma * lam)
        m1 = (r - b) / (2 * gamma * lam)
        return m1, m1 * (1 + gamma * m1) / r

    m1, m2 = traces(lam_t, gamma_t)
    p = 1 - lam_t * m1
    q = 1 - 2 * lam_t * m1 + lam_t**2 * m2 + noise * gamma_t * (m1 - lam_t * m2)
    M1, M2 = traces(lam_s, gamma_s)
    G = (1 - relief) / (1 - lam_s * relief * M1)
    C = (q - p**2 * zeta**2) - p * (1 - zeta**2) - G * p * zeta**2 * (1 - p)
    U = q - p**2 * zeta**2 + G**2 * p**2 * zeta**2
    return 1 - 2 * p + q - 2 * lam_s * M1 * C + lam_s**2 * M2 * U


@given(penalties, penalties, ratios, ratios, noises, alignments, reliefs)
@example(0.25, 0.1, 0.5, 2.0, 0.5, 1.0, 1.0)
@settings(max_examples=100)
def test_spike_formula_matches_sixty_digits(lam_t, lam_s, gamma_t, gamma_s, noise, zeta, relief):
    arguments = lam_t, lam_s, gamma_t, gamma_s, noise, zeta, relief
    with mp.workdps(60):
        exact = float(literal_spike(*arguments))
    assert wr.spike_student_error(*arguments) == pytest.approx(exact, rel=1e-9)


EDGES = [
    (1e-150, 1e-150, 0.5, 2.0, 1.0),
    (1e-150, 1e150, 1.0, 0.5, 1e-100),
    (1e150, 1e-150, 2.0, 1.0, 1e3),
    (1e150, 1e150, 0.5, 0.5, 1e-9),
    (0.3, 1e-300, 0.5, 1.0, 1.0),
]


@pytest.mark.parametrize("arguments", EDGES)
@pytest.mark.parametrize("relief", [1.0, 0.5, -2.0])
def test_rank_one_model_at_the_edges(arguments, relief):
    with mp.workdps(800):
        exact = float(literal_spike(*arguments, 0.8, relief))
        # The error is linear in ζ²: the critical ζ² is where it meets the teacher's.
        start, end = (literal_spike(*arguments, zeta, relief) for zeta in (0, 1))
        L_t = literal_spike(arguments[0], "1e-700", *arguments[2:], 0, 0)
        critical = float(mp.sqrt(max((start - L_t) / (start - end), 0)))
    assert wr.spike_student_error(*arguments, 0.8, relief) == pytest.approx(exact, rel=1e-12)
    if relief > 0:
        assert wr.critical_alignment(*arguments, relief) == pytest.approx(critical, rel=1e-9)


def test_what_no_double_holds_is_refused():
    with pytest.raises(ValueError, match="arguments for which the error fits a double"):
        wr.teacher_error(1e-100, 1.0, 1.7e308, PLAIN)
    with pytest.raises(ValueError, match="arguments for which the error fits a double"):
        wr.student_error(1e-100, 1.0, 1.0, 1.0, 1.7e308, PLAIN)


# ------------------------------------------------------------------ limits and symmetries


@given(penalties, penalties, ratios, ratios, noises, block_lists(), st.floats(-3, 3))
@settings(max_examples=60)
def test_equal_weights_are_ridge(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, exponent):
    weight = 10.0**exponent
    equal = Blocks(blocks.fractions, np.full(len(blocks.weights), weight), blocks.energies)
    assert wr.teacher_error(lam_t / weight, gamma_t, noise_var, equal) == pytest.approx(
        ridge.teacher_error(lam_t, gamma_t, noise_var), rel=1e-10
    )
    assert wr.student_error(
        lam_t, lam_s / weight, gamma_t, gamma_s, noise_var, equal
    ) == pytest.approx(ridge.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var), rel=1e-10)


@pytest.mark.parametrize("gamma_s", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("relief", [1.0, 0.7, 0.0, -3.0])
def test_small_block_tends_to_the_rank_one_formula(gamma_s, relief):
    lam, zeta = np.logspace(-3, 2, 21), 0.7
    limit = wr.spike_student_error(lam, lam[:, None], 0.5, gamma_s, 0.5, zeta, relief)

    def block(fraction):
        parts = [1 - fraction, fraction], [1, 1 - relief], [1 - zeta**2, zeta**2]
        return wr.student_error(lam, lam[:, None], 0.5, gamma_s, 0.5, Blocks(*parts))

    np.testing.assert_allclose(block(0.0), limit, rtol=0, atol=1e-13)
    np.testing.assert_allclose(block(1e-10), limit, rtol=0, atol=1e-8)
    if relief != 0:
        gaps = [np.abs(block(fraction) - limit).max() for fraction in (1e-2, 1e-3, 1e-4)]
        assert gaps[0] > 1e-4, "a block of one coordinate in a hundred is not yet a spike"
        assert gaps[1] < 0.2 * gaps[0]
        assert gaps[2] < 0.2 * gaps[1]


@given(penalties, penalties, ratios, ratios, noises, block_lists(), st.floats(-2, 2))
@settings(max_examples=60)
def test_only_the_product_of_penalty_and_weight_matters(
    lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks, exponent
):
    factor = 10.0**exponent
    scaled = Blocks(blocks.fractions, factor * blocks.weights, blocks.energies)
    here = wr.student_error(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks)
    there = wr.student_error(lam_t, lam_s / factor, gamma_t, gamma_s, noise_var, scaled)
    assert here == pytest.approx(there, rel=1e-10)


@given(penalties, penalties, ratios, ratios, noises, block_lists())
@settings(max_examples=60)
def test_splitting_a_block_changes_nothing(lam_t, lam_s, gamma_t, gamma_s, noise_var, blocks):
    def split(values, share):
        return np.append(values, share * values[0]) * np.append(
            np.r_[1 - share, np.ones(len(values) - 1)], 1
        )

    halves = Blocks(
        split(blocks.fractions, 0.3), np.append(blocks.weights, blocks.weights[0]),
        split(blocks.energies, 0.3),
    )  # fmt: skip
    arguments = lam_t, lam_s, gamma_t, gamma_s, noise_var
    assert wr.student_error(*arguments, halves) == pytest.approx(
        wr.student_error(*arguments, blocks), rel=1e-10
    )


def test_unpenalised_student_copies_and_crushed_student_predicts_zero():
    plain = wr.teacher_error(0.1, 0.5, 1.0, PLAIN)
    assert wr.student_error(0.1, 0.0, 0.5, 0.8, 1.0, FOUR) == pytest.approx(plain, rel=1e-13)
    assert wr.student_error(0.1, 0.0, 0.5, 1.0, 1.0, FOUR) == pytest.approx(plain, rel=1e-13)
    assert wr.error_difference(0.1, 0.0, 0.5, 0.8, 1.0, FOUR) == 0
    assert wr.student_error(0.1, 1e14, 0.5, 0.8, 1.0, FOUR) == pytest.approx(1, abs=1e-9)
    free = Blocks([0.5, 0.5], [0.0, 0.0], [0.5, 0.5])
    assert wr.student_error(0.1, 3.0, 0.5, 0.8, 1.0, free) == pytest.approx(plain, rel=1e-13)


@pytest.mark.parametrize("gamma", [0.3, 1.0, 2.5])
def test_zero_penalties_are_limits(gamma):
    assert wr.student_error(0.1, 0.0, 0.5, gamma, 1.0, FOUR) == pytest.approx(
        wr.student_error(0.1, 1e-13, 0.5, gamma, 1.0, FOUR), rel=1e-5
    )
    noise_var = 0.0 if gamma == 1 else 1.0
    assert wr.teacher_error(0.0, gamma, noise_var, FOUR) == pytest.approx(
        wr.teacher_error(1e-13, gamma, noise_var, FOUR), rel=1e-5, abs=1e-6
    )


def test_least_norm_teacher_diverges_at_the_interpolation_threshold():
    with pytest.raises(ValueError, match="lam_t = 0 with gamma_t = 1"):
        wr.teacher_error(0.0, 1.0, 0.5, FOUR)
    assert wr.teacher_error(1e-10, 1.0, 0.5, FOUR) > 1e3


def test_volume_equals_its_cells():
    lam_t, lam_s, gamma_s = np.logspace(-2, 1, 4), np.logspace(-3, 1, 5), np.array([0.3, 1.0, 3.0])
    volume = wr.student_error(lam_t, lam_s[:, None], 0.5, gamma_s[:, None, None], 0.5, FOUR)
    assert volume.shape == (3, 5, 4)
    for index in np.ndindex(volume.shape):
        g, s, t = index
        cell = wr.student_error(lam_t[t], lam_s[s], 0.5, gamma_s[g], 0.5, FOUR)
        assert isinstance(cell, float)
        assert volume[index] == pytest.approx(cell, rel=1e-13)


def test_spike_parameters_broadcast():
    zeta, relief = np.linspace(0, 1, 3), np.linspace(-1, 1, 5)[:, None]
    table = wr.spike_student_error(0.25, 0.1, 0.5, 2.0, 0.5, zeta, relief)
    for i, j in np.ndindex(5, 3):
        blocks = Blocks.spike(zeta[j], float(relief[i, 0]))
        assert table[i, j] == pytest.approx(wr.student_error(0.25, 0.1, 0.5, 2.0, 0.5, blocks))


# ------------------------------------------------------------------ verdict


@given(penalties, ratios, ratios, st.floats(0.01, 10), block_lists(), block_lists())
@settings(max_examples=80)
def test_nobody_beats_a_bayes_teacher(lam_s, gamma_t, gamma_s, noise_var, blocks, other):
    size = min(len(blocks.weights), len(other.weights))
    fractions, energies = (x[:size] / x[:size].sum() for x in (blocks.fractions, blocks.energies))
    bayes = Blocks(fractions, np.ones(size), energies).bayes_weights
    student = Blocks(fractions, other.weights[:size], energies)
    lam_t = noise_var * gamma_t
    L_t = wr.teacher_error(lam_t, gamma_t, noise_var, Blocks(fractions, bayes, energies))
    assert L_t <= wr.teacher_error(lam_s, gamma_t, noise_var, student) * (1 + 1e-10)
    difference = wr.error_difference(
        lam_t, lam_s, gamma_t, gamma_s, noise_var, student, teacher_weights=bayes
    )
    assert difference >= -1e-12 * L_t


@given(ratios, st.floats(0.01, 0.95), st.floats(0.01, 10), block_lists(decades=4, minimum=2))
@settings(max_examples=100)
def test_sign_of_the_alignment_decides_against_an_optimal_teacher(
    gamma_t, gamma_s, noise_var, blocks
):
    small = 1e-7 / blocks.weights.max()
    difference = wr.error_difference(
        noise_var * gamma_t, small, gamma_t, gamma_s, noise_var, blocks
    )
    if abs(blocks.alignment) > 1e-3:
        assert (difference < 0) == (blocks.alignment > 0)


@given(penalties, penalties, ratios, ratios, noises, st.floats(0.05, 1))
@settings(max_examples=60)
def test_critical_alignment_is_where_the_student_starts_to_win(
    lam_t, lam_s, gamma_t, gamma_s, noise_var, relief
):
    arguments = lam_t, lam_s, gamma_t, gamma_s, noise_var
    critical = wr.critical_alignment(*arguments, relief)
    beside = np.clip(critical + np.array([-1e-5, 1e-5]), 0, 1)
    for zeta in [0.0, 0.3, 0.6, 0.9, *beside]:
        difference = wr.error_difference(*arguments, Blocks.spike(zeta, relief))
        if abs(zeta - critical) > 1e-6 and abs(difference) > 1e-13:
            assert (difference < 0) == (zeta > critical)


@pytest.mark.parametrize("gamma_s", [1.05, 2.0, 20.0])
@pytest.mark.parametrize(("gamma_t", "noise_var"), [(0.5, 0.5), (2.0, 3.0)])
def test_over_parameterised_student_needs_more_than_half(gamma_s, gamma_t, noise_var):
    lam_t, lam_s = gamma_t * noise_var, np.logspace(-4, 4, 2001)
    relief = np.linspace(0.05, 1, 20)[:, None]
    table = wr.critical_alignment(lam_t, lam_s, gamma_t, gamma_s, noise_var, relief)
    p = shrinkage(lam_t, gamma_t)
    h_min = ridge.gate(gamma_s)
    claimed = np.sqrt(h_min / (2 * (1 - p) + h_min * p))
    assert table.min() == pytest.approx(claimed, rel=1e-4)
    assert claimed > 0.5
    row, column = np.unravel_index(table.argmin(), table.shape)
    assert relief[row, 0] == 1
    assert lam_s[column] == pytest.approx(gamma_s - 1, rel=0.02)


def test_under_parameterised_student_needs_any_alignment():
    lam_s = np.logspace(-8, 0, 9)
    critical = wr.critical_alignment(0.25, lam_s, 0.5, 0.5, 0.5, 0.3)
    assert np.all(np.diff(critical) > 0)
    assert critical[0] < 1e-3


@pytest.mark.parametrize("gamma_s", [0.5, 2.0])
@pytest.mark.parametrize("blocks", [FOUR, Blocks.spike(0.9, 0.9)], ids=["blocks", "spike"])
def test_winning_region(gamma_s, blocks):
    lam_t, lam_s = np.logspace(-2, 1, 15), np.logspace(-3, 3, 80)
    setting = dict(gamma_t=0.5, gamma_s=gamma_s, noise_var=1.0)
    region = wr.winning_region(lam_t, lam_s, **setting, blocks=blocks)
    np.testing.assert_array_equal(region.wins, region.difference < 0)
    np.testing.assert_array_equal(
        region.difference, wr.error_difference(lam_t, lam_s[:, None], 0.5, gamma_s, 1.0, blocks)
    )
    assert len(region.boundary) == np.count_nonzero(np.diff(region.wins, axis=0))
    assert len(region.boundary) > 5
    at, below, above = (
        wr.error_difference(
            region.boundary[:, 0], factor * region.boundary[:, 1], 0.5, gamma_s, 1.0, blocks
        )
        for factor in (1, 1 - 1e-6, 1 + 1e-6)
    )
    assert np.all(np.abs(at) < 1e-12)
    assert np.all(below * above < 0)


def test_region_without_a_boundary():
    region = wr.winning_region(
        [0.25, 1.0], [0.1, 1.0], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, blocks=PLAIN
    )
    assert not region.wins.any()
    assert region.boundary.shape == (0, 2)


# ------------------------------------------------------------------ setting


def test_alignment_of_a_spike_is_relief_times_energy():
    for zeta, relief in [(0.6, 0.75), (0.3, -2.0), (1.0, 1.0), (0.8, 0.0)]:
        assert Blocks.spike(zeta, relief).alignment == pytest.approx(relief * zeta**2)


def test_power_law_blocks_are_averages():
    blocks = Blocks.power_law(1.5, 0.4, n_blocks=5)
    assert len(blocks.weights) == 5
    u = (np.arange(200_000) + 0.5) / 200_000
    within = u.reshape(5, -1)
    np.testing.assert_allclose(blocks.weights, (within**1.5).mean(axis=1), rtol=1e-6)
    density = (1 - 0.4) * within**-0.4
    np.testing.assert_allclose(blocks.energies, density.mean(axis=1) / 5, rtol=1e-3)
    np.testing.assert_array_equal(Blocks.power_law(0, 0.4).weights, 1)


def test_blocks_are_immutable_and_do_not_share_memory():
    weights = np.array([1.0, 2.0])
    blocks = Blocks([0.5, 0.5], weights, [0.5, 0.5])
    weights[0] = 9
    assert blocks.weights[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        blocks.weights[0] = 3
    with pytest.raises(AttributeError):
        blocks.weights = weights


# ------------------------------------------------------------------ simulation

MODELS = {
    "spike": dict(blocks=Blocks.spike(0.8, 0.9)),
    "free spike": dict(blocks=Blocks.spike(0.8, 1.0)),
    "misaligned spike": dict(blocks=Blocks.spike(0.8, -2.0)),
    "two blocks": dict(blocks=Blocks([0.25, 0.75], [0.2, 1.0], [0.7, 0.3])),
    "four blocks": dict(blocks=FOUR),
    "power law": dict(blocks=Blocks.power_law(1.0, 0.5, n_blocks=20)),
    "free block": dict(blocks=Blocks([0.25, 0.75], [0.0, 2.0], [0.5, 0.5])),
    "weighted teacher": dict(blocks=FOUR, teacher_weights=[2.0, 1.0, 1.0, 0.5]),
}


@pytest.mark.parametrize("gamma_s", [0.5, 2.0], ids=["under-parameterised", "over-parameterised"])
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_theory_agrees_with_simulation(model, gamma_s):
    lam, dim, noise_var, gamma_t = np.logspace(-2, 1, 7), 200, 0.5, 0.5
    run = wr.simulate(
        lam, lam, gamma_t=gamma_t, gamma_s=gamma_s, noise_var=noise_var, **model, dim=dim, rng=11
    )
    slack, blocks = 3 / dim, model["blocks"]
    weights = model.get("teacher_weights", np.ones(len(blocks.weights)))
    teacher = wr.teacher_error(
        lam, gamma_t, noise_var, Blocks(blocks.fractions, weights, blocks.energies)
    )
    student = wr.student_error(lam, lam[:, None], gamma_t, gamma_s, noise_var, **model)
    assert np.all(np.abs(teacher - run.teacher_mean) <= 4 * run.teacher_stderr + slack)
    assert np.all(np.abs(student - run.student_mean) <= 4 * run.student_stderr + slack)
    gap = student - teacher - run.difference_mean
    assert np.all(np.abs(gap) <= 4 * run.difference_stderr + slack)
    assert np.all(run.student_stderr > 0)


# The promise of the chapter, by simulation alone: no theory enters these confidence intervals.
OPTIMAL = dict(gamma_t=2.0, gamma_s=0.2, noise_var=0.5, dim=120, n_trials=60)


def interval(run):
    """95 % confidence interval of L_s − L_t, paired within the trials."""
    half = stats.t.ppf(0.975, OPTIMAL["n_trials"] - 1) * run.difference_stderr[:, 0]
    return run.difference_mean[:, 0] - half, run.difference_mean[:, 0] + half


@pytest.mark.parametrize(("zeta", "lam_s"), [(0.5, 0.18), (0.7, 0.56), (0.9, 3.0)])
def test_aligned_penalty_beats_an_optimal_teacher(zeta, lam_s):
    lam_t = ridge.optimal_teacher_penalty(OPTIMAL["gamma_t"], OPTIMAL["noise_var"])
    run = wr.simulate_spike([lam_t], [lam_s], zeta=zeta, relief=1.0, rng=3, **OPTIMAL)
    assert interval(run)[1][0] < 0


@pytest.mark.parametrize("zeta", [0.5, 0.9])
def test_plain_penalty_does_not_beat_an_optimal_teacher(zeta):
    lam_t = ridge.optimal_teacher_penalty(OPTIMAL["gamma_t"], OPTIMAL["noise_var"])
    lam_s = np.concatenate([np.logspace(-3, 1, 9), [0.18, 0.56, 3.0]])
    run = wr.simulate_spike([lam_t], lam_s, zeta=zeta, relief=0.0, rng=3, **OPTIMAL)
    low, high = interval(run)
    assert np.all(low[lam_s >= 0.1] > 0), "the plain student loses by more than chance"
    assert np.all(high > 0), "and nowhere does it win"


@pytest.mark.parametrize("zeta", [0.5, 0.9])
def test_misaligned_penalty_loses(zeta):
    lam_t = ridge.optimal_teacher_penalty(OPTIMAL["gamma_t"], OPTIMAL["noise_var"])
    run = wr.simulate_spike(
        [lam_t], np.logspace(-2, 1, 5), zeta=zeta, relief=-2.0, rng=3, **OPTIMAL
    )
    assert np.all(interval(run)[0] > 0)


def direct(X, y, lam, weights):
    gram = X.T @ X / len(X) + lam * np.diag(weights)
    return np.linalg.solve(gram, X.T @ y / len(X))


@pytest.mark.parametrize(("gamma_t", "gamma_s"), [(0.5, 0.5), (2.0, 0.5), (0.5, 2.0), (2.0, 2.0)])
@pytest.mark.parametrize(
    "weights",
    [
        np.repeat([0.2, 3.0], [20, 40]),
        np.repeat([0.0, 1.0], [1, 59]),
        np.repeat([0.0, 2.0], [15, 45]),
    ],
    ids=["blocks", "free spike", "free block"],
)
def test_trial_equals_direct_solves(gamma_t, gamma_s, weights):
    lam_t, lam_s, dim, sigma = np.array([1e-2, 0.2, 5.0]), np.array([1e-2, 1.0]), 60, 0.7
    n_t, n_s = int(dim / gamma_t), int(dim / gamma_s)
    counts, energies, reverse = np.array([20, 40]), np.array([0.6, 0.4]), weights[::-1]
    arguments = lam_t, lam_s, n_t, n_s, sigma, counts, energies, reverse, weights
    teacher, student, difference = wr.simulation.trial(*arguments, np.random.default_rng(5))

    rng = np.random.default_rng(5)
    target = wr.draw_target(counts, energies, rng)
    assert np.sum(target[:20] ** 2) == pytest.approx(0.6)
    X = rng.standard_normal((n_t, dim))
    y = X @ target + sigma * rng.standard_normal(n_t)
    Z = rng.standard_normal((n_s, dim))
    for j, lt in enumerate(lam_t):
        beta_t = direct(X, y, lt, reverse)
        assert teacher[j] == pytest.approx(np.sum((beta_t - target) ** 2), rel=1e-8)
        for i, ls in enumerate(lam_s):
            beta_s = direct(Z, Z @ beta_t, ls, weights)
            error = np.sum((beta_s - target) ** 2)
            assert student[i, j] == pytest.approx(error, rel=1e-8)
            assert difference[i, j] == pytest.approx(error - teacher[j], abs=1e-8)


def test_path_without_any_penalty_is_least_squares():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((30, 8)), rng.standard_normal((30, 2))
    expected = np.linalg.lstsq(X, Y, rcond=None)[0]
    for weights in (np.zeros(8), np.repeat([0.0, 1.0], 4)):
        path = wr.weighted_path(X, Y, np.array([0.0]), weights)
        np.testing.assert_allclose(path[0], expected, atol=1e-10)


SMALL = dict(gamma_t=0.5, gamma_s=2.0, noise_var=0.5, dim=40, n_trials=4, blocks=FOUR)


def simulate_small(executor=None, rng=9):
    return wr.simulate([0.1, 1.0], [0.2], rng=rng, executor=executor, **SMALL)


def assert_identical(run, other):
    for field in run.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(run, field), getattr(other, field))


def test_bit_identical_on_a_process_pool():
    with ProcessPoolExecutor(max_workers=2) as executor:
        assert_identical(simulate_small(), simulate_small(executor))


def test_seed_generator_and_repetition():
    assert_identical(simulate_small(), simulate_small(rng=np.random.default_rng(9)))
    assert np.all(simulate_small(rng=10).student_mean != simulate_small().student_mean)


# ------------------------------------------------------------------ bad input

DUEL = dict(lam_t=0.1, lam_s=0.1, gamma_t=0.5, gamma_s=0.5, noise_var=1.0)
WEIGHTED = DUEL | dict(blocks=FOUR)
SPIKE = DUEL | dict(zeta=0.5, relief=0.5)
SIMULATE = WEIGHTED | dict(lam_t=[0.1], lam_s=[0.1], dim=40)
TWO = dict(fractions=[0.5, 0.5], weights=[1.0, 2.0], energies=[0.5, 0.5])


def wrong(function, base, **change):
    (name,) = change
    return pytest.param(function, base | change, name, id=f"{function.__name__}-{change}")


BAD_NUMBERS = [
    ("lam_t", -0.1),
    ("lam_s", np.nan),
    ("gamma_t", 0.0),
    ("gamma_s", -1),
    ("noise_var", -1),
]
CASES = [
    *(
        wrong(Blocks, TWO, **{name: value})
        for name in ("fractions", "energies")
        for value in ([0.5, 0.6], [-0.5, 1.5], [[0.5, 0.5]], "half", [np.nan, 1.0])
    ),
    wrong(Blocks, TWO, energies=[0.2, 0.3, 0.5]),
    wrong(Blocks, TWO, weights=[1.0, -1.0]),
    wrong(Blocks, TWO, weights=[1.0, np.inf]),
    wrong(Blocks, TWO, weights=[1.0]),
    wrong(Blocks.spike, dict(zeta=0.5, relief=0.5), zeta=1.5),
    wrong(Blocks.spike, dict(zeta=0.5, relief=0.5), zeta=[0.1, 0.2]),
    wrong(Blocks.spike, dict(zeta=0.5, relief=0.5), relief=1.1),
    wrong(Blocks.power_law, dict(weight_exponent=1, energy_exponent=0.5), weight_exponent=-1),
    wrong(Blocks.power_law, dict(weight_exponent=1, energy_exponent=0.5), energy_exponent=1),
    wrong(Blocks.power_law, dict(weight_exponent=1, energy_exponent=0.5, n_blocks=3), n_blocks=0),
    *(
        wrong(function, base, **{name: value})
        for function, base in [
            (wr.student_error, WEIGHTED),
            (wr.error_difference, WEIGHTED),
            (wr.spike_student_error, SPIKE),
            (wr.critical_alignment, DUEL | dict(relief=0.5)),
        ]
        for name, value in BAD_NUMBERS
    ),
    *(
        wrong(wr.teacher_error, dict(lam_t=1.0, gamma_t=1.0, noise_var=1.0, blocks=FOUR), **{name: value})
        for name, value in [("lam_t", -1), ("gamma_t", 0), ("noise_var", np.nan), ("blocks", "FOUR")]
    ),
    wrong(wr.student_error, WEIGHTED, blocks=None),
    wrong(wr.student_error, WEIGHTED | dict(teacher_weights=None), teacher_weights=[1.0]),
    wrong(wr.student_error, WEIGHTED | dict(lam_s=np.ones(3)), lam_t=np.ones(2)),
    wrong(wr.spike_student_error, SPIKE, zeta=-1.1),
    wrong(wr.spike_student_error, SPIKE, relief=2.0),
    wrong(wr.spike_student_error, SPIKE | dict(lam_t=np.ones(2)), zeta=np.ones(3)),
    wrong(wr.critical_alignment, DUEL | dict(relief=0.5), relief=0.0),
    wrong(wr.critical_alignment, DUEL | dict(relief=0.5), lam_s=0.0),
    *(
        wrong(wr.winning_region, WEIGHTED | dict(lam_t=[0.1], lam_s=[0.1]), **{name: value})
        for name, value in [*BAD_NUMBERS, ("lam_s", [1.0, 0.5]), ("lam_s", [0.0, 1.0]), ("gamma_s", [1, 2])]
    ),
    *(
        wrong(function, base, **{name: value})
        for function, base in [
            (wr.simulate, SIMULATE),
            (wr.simulate_spike, SPIKE | dict(lam_t=[0.1], lam_s=[0.1], dim=40)),
        ]
        for name, value in [*BAD_NUMBERS, ("lam_s", [[0.1]]), ("dim", 1), ("gamma_t", [1, 2])]
    ),
    wrong(wr.simulate, SIMULATE | dict(n_trials=4), n_trials=1),
    wrong(wr.simulate, SIMULATE | dict(blocks=Blocks.power_law(1, 0.5)), dim=44),
    wrong(wr.simulate, SIMULATE, blocks={}),
    wrong(wr.simulate, SIMULATE, teacher_weights=[1.0, 2.0]),
    wrong(wr.simulate_spike, SPIKE | dict(lam_t=[0.1], lam_s=[0.1], dim=40), zeta=2.0),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments", "name"), CASES)
def test_bad_input_names_parameter_and_range(function, arguments, name):
    with pytest.raises(ValueError, match="allowed") as error:
        function(**arguments)
    assert name in str(error.value)


def test_too_many_unpenalised_coordinates():
    free = Blocks([0.6, 0.4], [0.0, 1.0], [0.5, 0.5])
    with pytest.raises(ValueError, match="unpenalised"):
        wr.student_error(0.1, 0.1, 0.5, 2.0, 0.5, free)
    with pytest.raises(ValueError, match=r"gamma_s leaves 20 samples for 24 unpenalised"):
        wr.simulate([0.1], [0.1], gamma_t=0.5, gamma_s=2.0, noise_var=0.5, blocks=free, dim=40)
    with pytest.raises(ValueError, match="on average"):
        _ = Blocks([1.0], [0.0], [1.0]).alignment
    with pytest.raises(ValueError, match="Bayes weight"):
        _ = Blocks([0.5, 0.5], [1.0, 1.0], [1.0, 0.0]).bayes_weights


# ------------------------------------------------------------------ infinite penalties

ENDLESS = {
    "blocks": FOUR,
    "free block": Blocks([0.25, 0.75], [0.0, 2.0], [0.5, 0.5]),
    "free spike": Blocks.spike(0.8, 1.0),
    "spike": Blocks.spike(0.8, 0.5),
}


@pytest.mark.parametrize("gamma_s", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("blocks", ENDLESS.values(), ids=ENDLESS.keys())
def test_an_infinite_penalty_is_the_limit(blocks, gamma_s):
    lam_t = np.array([0.1, 1.0])
    for function in (wr.student_error, wr.error_difference):
        exact = function(lam_t, np.inf, 0.5, gamma_s, 0.7, blocks)
        np.testing.assert_allclose(
            function(lam_t, 1e13, 0.5, gamma_s, 0.7, blocks), exact, atol=1e-9
        )
        both = function(lam_t, [[0.3], [np.inf]], 0.5, gamma_s, 0.7, blocks)
        np.testing.assert_allclose(both[1], exact)
        assert np.all(np.isfinite(both))
    if np.all(blocks.weights > 0):
        np.testing.assert_allclose(
            wr.student_error(lam_t, np.inf, 0.5, gamma_s, 0.7, blocks), 1, rtol=1e-15
        )


@pytest.mark.parametrize("relief", [-2.0, 0.5, 1.0])
def test_the_end_of_a_winning_interval_is_taken_back(relief):
    # A noisy under-regularised teacher: the student wins for every penalty, up to infinity.
    teacher = dict(lam_t=1e-3, gamma_t=0.9, noise_var=5.0)
    hi = ridge.winning_interval(**teacher, gamma_s=0.5)[1]
    assert hi == np.inf
    spike = wr.spike_student_error(**teacher, lam_s=hi, gamma_s=0.5, zeta=0.8, relief=relief)
    assert spike == pytest.approx(
        wr.spike_student_error(**teacher, lam_s=1e14, gamma_s=0.5, zeta=0.8, relief=relief)
    )
    if relief > 0:
        assert wr.critical_alignment(**teacher, lam_s=hi, gamma_s=0.5, relief=relief) == 0
        over_regularised = dict(lam_t=5.0, gamma_t=0.5, noise_var=0.5, gamma_s=0.5)
        needed = wr.critical_alignment(**over_regularised, lam_s=hi, relief=relief)
        far = wr.critical_alignment(**over_regularised, lam_s=1e12, relief=relief)
        assert needed == (np.inf if relief < 1 else pytest.approx(far))
        assert far > 1e3 or relief == 1


def test_simulated_infinite_penalty():
    blocks = Blocks([0.25, 0.75], [0.0, 2.0], [0.5, 0.5])
    run = wr.simulate(
        [0.5], [1e12, np.inf], gamma_t=0.5, gamma_s=0.5, noise_var=0.5, blocks=blocks, dim=60, rng=1
    )
    assert run.student_mean[1, 0] == pytest.approx(run.student_mean[0, 0], rel=1e-9)
    zero = wr.simulate(
        [0.5], np.inf, gamma_t=0.5, gamma_s=0.5, noise_var=0.5, blocks=FOUR, dim=60, rng=1
    )
    assert zero.student_mean[0, 0] == pytest.approx(1)


# ------------------------------------------------------------------ memory and results


def peak_bytes(function):
    tracemalloc.start()
    function()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_slabs_change_nothing(monkeypatch):
    lam = np.logspace(-3, 2, 7)
    blocks = Blocks.power_law(1.0, 0.5, n_blocks=5)

    def tables():
        spike = wr.spike_student_error(lam, lam[:, None], 0.5, 2.0, 0.5, 0.8, lam[::-1] / 200)
        dense = wr.teacher_error(lam[:, None], lam / 50, 0.3, blocks)
        return spike, dense, wr.error_difference(lam, lam[:, None], 0.5, 2.0, 0.5, blocks)

    whole = tables()
    monkeypatch.setattr("w2slib.core.portions.PORTION_BYTES", 1000)
    for slabs, at_once in zip(tables(), whole, strict=True):
        np.testing.assert_allclose(slabs, at_once, rtol=1e-14)


def test_memory_of_a_dense_grid():
    lam, gamma = np.logspace(-3, 2, 400), np.logspace(-1, 1, 300)
    blocks = Blocks.power_law(1.0, 0.5, n_blocks=40)
    # At once the shrinkage of every cell alone would take 40 MB, and there are ten such arrays.
    assert peak_bytes(lambda: wr.teacher_error(lam[:, None], gamma, 0.5, blocks)) < 100e6


def test_memory_of_a_simulated_grid(monkeypatch):
    monkeypatch.setattr("w2slib.core.portions.PORTION_BYTES", 2**20)
    grid = np.logspace(-2, 1, 300)
    setting = dict(gamma_t=0.5, gamma_s=0.5, noise_var=0.5, blocks=FOUR, dim=40, n_trials=2, rng=1)
    # All solutions at once would take 29 MB, and their parts along the blocks as much again.
    assert peak_bytes(lambda: wr.simulate(grid, grid, **setting)) < 20e6


@pytest.mark.parametrize("count", [1, 7, 100])
def test_portions_of_penalties_change_nothing(count, monkeypatch):
    rng = np.random.default_rng(3)
    X, Y, target = rng.standard_normal((30, 12)), rng.standard_normal((30, 5)), rng.random(12)
    problem = wr.simulation.WeightedProblem.of(X, Y, np.repeat([0.0, 1.0, 2.0], 4))
    lam = np.logspace(-2, 1, count)
    direct = ((problem.coefficients(lam) - target[:, None]) ** 2).sum(axis=1)
    monkeypatch.setattr("w2slib.core.portions.PORTION_BYTES", 3 * problem._bytes_each())
    np.testing.assert_allclose(problem.errors(lam, target), direct, rtol=1e-10)


def test_region_is_a_result(tmp_path):
    region = wr.winning_region(
        [0.1, 0.25],
        [0.01, 0.1, 1.0],
        gamma_t=0.5,
        gamma_s=0.5,
        noise_var=0.5,
        blocks=Blocks.spike(0.8, 0.9),
    )
    region.save(tmp_path / "region.npz")
    assert wr.Region.load(tmp_path / "region.npz") == region
    table = region.to_dataframe()
    assert list(table.columns) == ["lam_t", "lam_s", "difference", "wins"]
    assert len(table) == 6
    assert region.setting["blocks"]["energies"] == pytest.approx((0.36, 0.64))
    assert "gamma_t=0.5" in repr(region)


def test_single_precision_blocks():
    fractions = np.full(10, 0.1, dtype=np.float32)
    blocks = Blocks(fractions, np.ones(10), fractions)
    assert blocks.fractions.sum() == pytest.approx(1, abs=1e-15)
    with pytest.raises(ValueError, match=r"fractions sum to 1.0000001 ") as error:
        Blocks([0.5, 0.5000001], np.ones(2), [0.5, 0.5])
    assert "within 1e-09" in str(error.value)


def test_keywords_of_other_libraries_get_a_hint():
    with pytest.raises(TypeError, match=r"draw_target\(\) takes no seed; use rng"):
        wr.draw_target([1], [1.0], seed=1)
    with pytest.raises(TypeError, match=r"simulate_spike\(\) takes no n_jobs; use executor"):
        wr.simulate_spike([1], [1], **DUEL, zeta=0.5, relief=0.5, n_jobs=1)
