"""What the chapter on Mechanism III says in words: the condition under which each sentence holds."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2slib import explorer, networks
from w2slib import multi_index as mi

TARGET = mi.EXAMPLE

sizes = st.floats(-1, 1).map(lambda e: 10.0**e)
signs = st.sampled_from([-1, 1])
slopes = st.tuples(signs, sizes).map(lambda pair: pair[0] * pair[1])
others = st.just(0.0) | slopes
targets = st.builds(
    lambda constant, slope, easy, second, hard, noise: mi.Target(
        (constant, slope, *easy), (0, 0, second, *hard), noise
    ),
    others, slopes, st.lists(others, max_size=4), slopes, st.lists(others, max_size=2), sizes,
)  # fmt: skip
ratios = st.floats(-2, 1).map(lambda e: 10.0**e)
penalties = st.just(0.0) | st.floats(-2, 1).map(lambda e: 10.0**e)


# ------------------------------------------------------------------ the teacher


@pytest.mark.parametrize("constant", [0.0, 1.5, -1.5])
def test_chance_counts_the_constant_of_the_easy_part(constant):
    """E[y² z_h²] by quadrature; it contains 2√2 c₀ e₂, of either sign."""
    target = mi.Target((constant, 0.7, 0.3), (0, 0, 0.65, 0.2), 0.1)
    z, weight = np.polynomial.hermite_e.hermegauss(24)
    weight = weight / weight.sum()
    clean = target.clean(z[:, None], z)
    moment = np.sum(weight[:, None] * weight * (clean**2 + target.noise_var) * z**2)
    tau, gamma, dim = mi.teacher_overlap(target, 0.5), 0.5, 120
    expected = tau * np.sqrt(gamma * moment / dim) / 0.7
    assert mi.teacher_chance_overlap(target, gamma, dim) == pytest.approx(expected, rel=1e-12)


def test_chance_of_a_target_with_a_constant_agrees_with_simulation():
    target = mi.Target((2.5, 0.7, 0.3), (0, 0, 0.65), 0.1)
    run = mi.simulate(target, 0.5, 9.0, lam_s=[1.0], rho=0.9, dim=60, n_trials=300, rng=5)
    chance = mi.teacher_chance_overlap(target, 0.5, 60) ** 2
    measured = run.teacher_hard_squared
    assert abs(measured.mean - chance) <= 4 * measured.stderr + 0.05 * chance
    # Without its term 2√2 c₀e₂ the formula gives what a target of the same energy has.
    without = mi.Target((0, 0.7, 0.3), (0, 0, 0.65), 0.1 + 2.5**2)
    assert chance > mi.teacher_chance_overlap(without, 0.5, 60) ** 2 + 4 * measured.stderr


# ------------------------------------------------------------------ who wins alone


@given(targets, ratios, penalties, st.floats(0.01, 1), st.floats(0.01, 1))
@settings(max_examples=30)
def test_pretraining_alone_wins_exactly_when_it_carries_more_than_the_teacher_gains(
    target, gamma_t, lam_t, rho, strength
):
    """π(2 − π)P > (1 + 2λ_t) Σ b_k²: no fine-tuning is needed then."""
    b = [
        c * mi.teacher_overlap(target, gamma_t) ** k / (1 + lam_t)
        for k, c in enumerate(target.easy)
    ]
    carried = sum(e**2 * rho ** (2 * k) for k, e in enumerate(target.hard))
    lead = strength * (2 - strength) * carried - (1 + 2 * lam_t) * sum(x**2 for x in b)
    setting = dict(lam_t=lam_t, lam_s=1.0, rho=rho, strength=strength, mode="frozen")
    gap = mi.student_error(target, gamma_t, 1.0, **setting)
    gap -= mi.teacher_error(target, gamma_t, lam_t)
    assert gap == pytest.approx(-lead, rel=1e-7, abs=1e-9 * target.label_energy)


def test_where_the_frozen_student_of_the_chapter_wins():
    """Not for the chapter's teacher, γ_t = 0.1; but for one with a tenth of its labels."""
    setting = dict(lam_s=1.0, mode="frozen")
    assert np.isnan(mi.winning_overlap(TARGET, 0.1, 0.1, **setting))
    assert mi.winning_overlap(TARGET, 1.0, 0.1, **setting) == pytest.approx(0.784, abs=5e-4)


# ------------------------------------------------------------------ does a poor direction harm?


@given(targets, ratios, ratios, st.floats(0, 0.85), penalties)
@settings(max_examples=30)
def test_better_pretraining_never_harms_an_adapter_of_a_teacher_with_little_penalty(
    target, gamma_t, gamma_s, lam_t, lam_s
):
    """2(1 + λ_t)u − u² <= e, as for λ_t <= 0.85: what f₀ costs in the step, it gains in the error."""
    rho = np.linspace(0, 1, 40)
    setting = dict(lam_t=lam_t, lam_s=lam_s, mode="adapter")
    errors = mi.student_error(target, gamma_t, gamma_s, rho=rho, **setting)
    assert np.all(np.diff(errors) <= 1e-12 * target.label_energy)


def test_poor_pretraining_harms_an_adapter_of_an_over_regularised_teacher():
    setting = dict(lam_t=5.0, lam_s=0.0, mode="adapter")
    poor, nothing = (mi.student_error(TARGET, 0.1, 0.3, rho=rho, **setting) for rho in (0.3, 0.0))
    assert poor - nothing == pytest.approx(0.0037, abs=5e-5)
    gained = 0.65**2 * 0.3**4  # in the hard sum, which is what the quiz says
    assert gained == pytest.approx(0.0034, abs=5e-5)


# ------------------------------------------------------------------ the parabola


@given(targets, ratios, ratios, penalties, penalties, st.floats(0, 1))
@settings(max_examples=30)
def test_the_parabola_of_the_chapter(target, gamma_t, gamma_s, lam_t, lam_s, rho):
    """For π = 1; the factor 1 + λ_t belongs to students of the teacher, not to the ceiling."""
    u, P = 1 / (1 + lam_s), sum(e**2 * rho ** (2 * k) for k, e in enumerate(target.hard))
    frozen = target.easy_energy + target.hard_energy - P
    tau_t = mi.teacher_overlap(target, gamma_t)
    b = [c * tau_t**k / (1 + lam_t) for k, c in enumerate(target.easy)]
    for mode, bracket in [("full", P), ("adapter", 0.0)]:
        tau = mi.student_overlap(target, gamma_t, gamma_s, lam_t=lam_t, rho=rho)
        Q = sum(x**2 * tau ** (2 * k) for k, x in enumerate(b))
        expected = frozen - 2 * (1 + lam_t) * Q * u + (Q + bracket) * u**2
        check(target, gamma_t, gamma_s, lam_t, lam_s, rho, mode, expected)
    square = target.easy[1] ** 2
    tau = np.sqrt(square / (square + gamma_s * (frozen + target.noise_var)))
    Q = sum(c**2 * tau ** (2 * k) for k, c in enumerate(target.easy))
    check(target, gamma_t, gamma_s, lam_t, lam_s, rho, "ceiling", frozen - 2 * Q * u + Q * u**2)


def check(target, gamma_t, gamma_s, lam_t, lam_s, rho, mode, expected):
    setting = dict(lam_t=lam_t, lam_s=lam_s, rho=rho, mode=mode)
    found = mi.student_error(target, gamma_t, gamma_s, **setting)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-10 * target.label_energy)


def test_the_example_by_hand():
    """The chapter's worked example, digit by digit."""
    target, setting = mi.Target((0, 0.8), (0, 0, 0.6)), dict(rho=np.sqrt(0.9), gamma_s=0.1)
    assert mi.teacher_overlap(target, 0.36) == pytest.approx(0.8)
    assert mi.teacher_error(target, 0.36) == pytest.approx(0.5904)
    tau = mi.student_overlap(target, 0.36, **setting)
    assert tau**2 == pytest.approx(0.4096 / 0.47972)
    lam_s = mi.optimal_student_penalty(target, 0.36, **setting, mode="full")
    assert lam_s == pytest.approx(0.834, abs=5e-4)
    students = {"frozen": 0.708, "scratch": 0.628, "full": 0.518, "adapter": 0.359}
    for mode, expected in students.items():
        penalty = lam_s if mode == "full" else 0.0
        found = mi.student_error(target, 0.36, **setting, lam_s=penalty, mode=mode)
        assert found == pytest.approx(expected, abs=5e-4), mode


# ------------------------------------------------------------------ networks


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5])
def test_relu_without_biases_sees_no_odd_degree_but_the_first(degree):
    """Population gradient of a row at overlap 0.6 with u_h, for labels h_k(⟨u_h, x⟩), by quadrature."""
    z, weight = np.polynomial.hermite_e.hermegauss(200)
    weight, overlap = weight / weight.sum(), 0.6
    aside, along = np.meshgrid(z, z)  # coordinates of x along the row and orthogonal to it
    inputs = np.stack([along.ravel(), aside.ravel()], axis=1)
    hard = np.array([overlap, np.sqrt(1 - overlap**2)])
    row = networks.TwoLayerNetwork(np.eye(2)[:1], np.zeros(1), np.ones(1), np.zeros(2))
    labels = mi.hermite(degree, inputs @ hard) * np.outer(weight, weight).ravel() * len(inputs)
    signal = networks.first_layer_gradient(row, inputs, labels)[0] @ hard
    if degree % 2 == 1 and degree > 1:
        assert signal == pytest.approx(0, abs=1e-10)
    else:
        assert abs(signal) > 0.01


def test_kernel_entries_named_in_the_chapter():
    K = networks.relu_kernel(3)
    assert K[1, 1] == pytest.approx(1 / 3, abs=1e-10)
    assert K[2, 2] == pytest.approx(0.046, abs=5e-4)
    assert K[0, 2] == pytest.approx(0.097, abs=5e-4)
    assert K[1, 0] == K[1, 2] == 0


# ------------------------------------------------------------------ the explorer's texts


def test_presets_do_what_they_say():
    presets = {p["label"]: p["settings"] for p in explorer.multi_index().canvas.options["presets"]}
    field, lam_s = explorer.multi_index().field, np.geomspace(0.01, 100, 81)
    gaps = {
        name: np.array([field.evaluate("diff", **given | {"lam_s": lam}) for lam in lam_s])
        for name, given in presets.items()
    }
    here = {name: field.evaluate("diff", **given) for name, given in presets.items()}
    assert here["forgetting"] > 0 > here["adapter"]
    assert here["the best penalty"] == pytest.approx(gaps["the best penalty"].min(), abs=1e-3)
    assert here["the best penalty"] < 0
    assert np.all(gaps["weak pre-training"] > 0)


# ------------------------------------------------------------------ high degrees


@pytest.mark.parametrize("degree", [124, 302, 500])
@pytest.mark.parametrize("x", [0.3, 5.0, 40.0])
def test_hermite_of_high_degree_against_many_digits(degree, x):
    with mp.workdps(80):
        before, here = mp.mpf(1), mp.mpf(x)
        for k in range(1, degree):
            before, here = here, (mp.mpf(x) * here - mp.sqrt(k) * before) / mp.sqrt(k + 1)
    # Near a zero the value is a difference of terms of order 1.
    assert mi.hermite(degree, x) == pytest.approx(float(here), rel=1e-11, abs=1e-11)
