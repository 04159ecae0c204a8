"""Pre-training as a warm start: sampled pre-training and descent against closed forms, bad input."""

import csv
import importlib.util
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from w2slib import data, metrics
from w2slib import warm_start as ws
from w2slib.warm_start import _eigenvectors, _inputs, _links, _sphere, gradients, transition

ROOT = Path(__file__).resolve().parents[2]


# ------------------------------------------------------------------ the spectral start


def test_initial_overlap_is_bbp_times_alignment():
    theta, gamma = np.array([0.5, 1.0, 2.0]), 0.5
    squared = (1 - gamma / theta[1:] ** 2) / (1 + gamma / theta[1:])
    np.testing.assert_allclose(ws.initial_overlap(theta, gamma, 0.6)[1:] ** 2, 0.36 * squared)
    assert ws.initial_overlap(theta, gamma)[0] == 0


def test_spectral_simulation_agrees_with_theory():
    theta = np.array([0.9, 1.2, 2.0, 4.0])  # the threshold is √0.5 = 0.71
    run = ws.simulate_spectral(theta, gamma=0.5, dim=400, alignment=0.7, n_trials=12, rng=1)
    gap = np.abs(run.overlap_mean - ws.initial_overlap(theta, 0.5, 0.7))
    assert np.all(gap <= 4 * run.overlap_stderr + 4 / 400)


def test_overlap_below_threshold_vanishes_with_the_dimension():
    small, large = (
        ws.simulate_spectral(0.4, gamma=0.5, dim=d, n_trials=12, rng=2).overlap_mean[0]
        for d in (50, 500)
    )
    assert large < 0.6 * small
    assert large < 0.2


@pytest.mark.parametrize("n", [30, 90])
def test_secular_equation_gives_the_top_eigenvectors(n):
    dim, alignment = 40, 0.6
    Z = np.random.default_rng(3).standard_normal((n, dim))
    theta = np.array([0.0, 0.5, 3.0])
    starts = _eigenvectors.SpikedCovariance.of(Z).top(theta, alignment)
    v = np.zeros(dim)
    v[:2] = alignment, np.sqrt(1 - alignment**2)
    rotation = np.eye(dim)
    rotation[:2, :2] = [[v[0], v[1]], [v[1], -v[0]]]
    for w, strength in zip(starts, theta, strict=True):
        X = Z @ rotation.T
        X = X + (np.sqrt(1 + strength) - 1) * np.outer(X @ v, v)
        top = np.linalg.eigh(X.T @ X)[1][:, -1]
        assert abs(top @ w) == pytest.approx(1, abs=1e-9)
        assert w @ v >= 0


def test_pretrain_agrees_with_theory():
    w = np.array([ws.pretrain(1.5, dim=300, n_samples=600, alignment=0.8, rng=s) for s in range(8)])
    m0 = ws.initial_overlap(1.5, 0.5, 0.8)
    np.testing.assert_allclose(np.linalg.norm(w, axis=1), 1)
    assert abs(w[:, 0].mean() - m0) < 4 * w[:, 0].std(ddof=1) / np.sqrt(8) + 3 / 300


@pytest.mark.parametrize("step_size", [0.4, 1.0])
def test_oja_follows_the_logistic_curve(step_size):
    theta, dim, n = 1.2, 300, 3000
    start = ws.unit_vector(0.25, dim=dim, rng=0)
    runs = [
        ws.oja_trajectory(
            theta, dim=dim, n_samples=n, step_size=step_size, start=start, n_checkpoints=11, rng=s
        )
        for s in range(10)
    ]
    overlap = np.array([run.overlap for run in runs])
    theory = ws.oja_overlap(theta, runs[0].samples / dim, step_size, 0.25)
    stderr = overlap.std(axis=0, ddof=1) / np.sqrt(len(runs))
    # Concave averaging of a wide distribution near the start costs a few over d.
    assert np.all(np.abs(overlap.mean(axis=0) - theory) <= 4 * stderr + 10 / dim)
    assert theory[-1] > 0.5


def test_oja_from_random_starts():
    theta, tau, dim = 1.0, 0.5, 300
    runs = [
        ws.oja_trajectory(theta, dim=dim, n_samples=3000, step_size=tau, n_checkpoints=6, rng=s)
        for s in range(60)
    ]
    overlap = np.abs([run.overlap for run in runs])
    stderr = overlap.std(axis=0, ddof=1) / np.sqrt(len(runs))
    theory = ws.oja_random_start(theta, runs[0].samples / dim, tau, dim)
    assert np.all(np.abs(overlap.mean(axis=0) - theory) <= 4 * stderr + 10 / dim)


def test_oja_in_blocks_is_one_sample_at_a_time():
    rng = np.random.default_rng(20)
    X, w, rate = (
        rng.standard_normal((2 * _eigenvectors.OJA_BLOCK + 7, 9)),
        ws.unit_vector(dim=9, rng=rng),
        0.3,
    )
    plain = w
    for x in X:
        plain = plain + rate * (plain @ x) * x
        plain = plain / np.linalg.norm(plain)
    np.testing.assert_allclose(_eigenvectors.oja(w, X, rate), plain, atol=1e-10)


def test_oja_leaves_even_the_equator_by_its_own_noise():
    """From overlap exactly 0, the stream alone gives d q the mean τ²(1 + θ)(e^{as} − 1)/a."""
    theta, tau, dim, start = 1.0, 0.5, 300, np.eye(300)[5]
    q = np.array(
        [
            ws.oja_trajectory(
                theta, dim=dim, n_samples=dim, step_size=tau, n_checkpoints=2, start=start, rng=s
            ).overlap[-1]
            ** 2
            for s in range(150)
        ]
    )
    a = tau * (2 * theta - tau)
    expected = tau**2 * (1 + theta) * np.expm1(a) / a
    assert abs(dim * q.mean() - expected) < 4 * dim * q.std(ddof=1) / np.sqrt(150)


def test_oja_formula_solves_its_equation_in_every_regime():
    s = np.linspace(0, 3, 4)
    for theta, tau in [(1.0, 0.5), (1.0, 2.0), (0.5, 2.0), (0.0, 0.7)]:
        a, b = tau * (2 * theta - tau), tau * theta * (2 + tau)
        solved = solve_ivp(
            lambda _, q, a=a, b=b: a * q - b * q**2,
            (0, 3),
            [0.09],
            t_eval=s,
            rtol=1e-10,
            atol=1e-12,
        )
        np.testing.assert_allclose(ws.oja_overlap(theta, s, tau, 0.3) ** 2, solved.y[0], rtol=1e-6)
    assert ws.oja_overlap(2.0, 1e6, 1.0, 0.1) == pytest.approx(np.sqrt(3 / 6))


# ------------------------------------------------------------------ sampled gradients


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("s", [0.0, 0.8])
def test_sampled_gradients_agree_with_theory(degree, s):
    m, rho, noise = np.array([0.2, 0.5, 0.8]), np.array([0.6, 0.9]), 0.3
    run = ws.simulate_gradients(
        m, rho, degree=degree, samples_per_dim=40, noise_var=noise, correlation=s, dim=120,
        n_trials=24, rng=4,
    )  # fmt: skip
    m_t = m[:, None] * rho + s * np.sqrt((1 - m[:, None] ** 2) * (1 - rho**2))
    curvature = ws.curvature(m_t, degree)
    assert np.all(np.abs(run.supervisor_mean - curvature) <= 4 * run.supervisor_stderr)
    rate = ws.truth_rate(m[:, None], rho, degree, s)
    assert np.all(np.abs(run.truth_mean - rate) <= 4 * run.truth_stderr)
    size = np.sqrt(ws.gradient_noise(m_t, degree, noise) / 40)
    gap = np.abs(run.fluctuation_mean - size)
    assert np.all(gap <= 4 * run.fluctuation_stderr + 6 / 120 * size)


def test_gradient_noise_by_monte_carlo():
    rng = np.random.default_rng(5)
    a, z, xi = rng.standard_normal((3, 2_000_000))
    b = 0.6 * a + 0.8 * z
    squares = 4 * ((a**2 - b**2) / np.sqrt(2) - np.sqrt(0.5) * xi) ** 2 * (np.sqrt(2) * a) ** 2
    stderr = squares.std() / np.sqrt(len(a))
    assert abs(squares.mean() - ws.gradient_noise(0.6, 2, 0.5)) < 4 * stderr


@pytest.mark.parametrize("link", sorted(ws.LINKS))
def test_sphere_gradient_is_the_derivative_of_the_loss(link):
    rng = np.random.default_rng(6)
    X, labels = rng.standard_normal((500, 6)), rng.standard_normal((500, 1))
    w = ws.unit_vector(dim=6, rng=rng)
    tangent = np.cross(w[:3], [0.3, 1.0, -0.4]), np.zeros(3)
    tangent = np.concatenate(tangent) / np.linalg.norm(tangent[0])

    def loss(angle):
        moved = np.cos(angle) * w + np.sin(angle) * tangent
        moved = moved / np.linalg.norm(moved)
        return np.mean((ws.LINKS[link](X @ moved, 3)[0] - labels[:, 0]) ** 2)

    w = w - (w @ tangent) * tangent
    w /= np.linalg.norm(w)
    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    gradient = _sphere.sphere_gradient(X, labels, w[None], ws.LINKS[link], 3)[0]
    assert gradient @ tangent == pytest.approx(slope, rel=1e-4)
    assert gradient @ w == pytest.approx(0, abs=1e-9)


# ------------------------------------------------------------------ fine-tuning


@pytest.mark.parametrize(("degree", "samples_per_dim"), [(2, 1000), (3, 3000)])
def test_flow_agrees_with_descent_on_many_samples(degree, samples_per_dim):
    """The whole curve, its peak and the peak's time, for errors that are exactly independent."""
    rho, dim, n_seeds = 0.8, 16, 8
    m0 = np.array([0.5, 0.75])
    starts, teacher = np.zeros((2, dim)), np.zeros(dim)
    starts[:, 0], starts[:, 1] = m0, np.sqrt(1 - m0**2)
    teacher[0], teacher[2] = rho, np.sqrt(1 - rho**2)
    runs = [
        ws.fine_tune(
            starts, degree=degree, supervisor=teacher, n_samples=dim * samples_per_dim,
            noise_var=0.0, step_size=0.01, n_steps=100, rng=seed,
        )
        for seed in range(n_seeds)
    ]  # fmt: skip
    path = ws.flow(m0, rho, degree, runs[0].times)
    truth = np.array([run.truth for run in runs])
    stderr = truth.std(axis=0, ddof=1) / np.sqrt(n_seeds)
    # Steps act at order η = 0.01, finite samples at order V d/n_s = 0.05 to 0.13, with V of
    # `gradient_noise`, times the overlap's own distance from its end.
    assert np.all(np.abs(truth.mean(axis=0) - path.truth) <= 4 * stderr + 0.02)
    supervisor = np.array([run.supervisor for run in runs])
    stderr = supervisor.std(axis=0, ddof=1) / np.sqrt(n_seeds)
    assert np.all(np.abs(supervisor.mean(axis=0) - path.supervisor) <= 4 * stderr + 0.02)
    np.testing.assert_allclose(
        truth.max(axis=-1).mean(axis=0), ws.best_overlap(m0, rho), atol=0.005
    )
    peak_time = runs[0].times[truth.mean(axis=0).argmax(axis=-1)]
    np.testing.assert_allclose(peak_time, ws.best_time(m0, rho, degree), rtol=0.12)


def test_fewer_samples_lower_the_peak():
    runs = [
        ws.simulate(
            0.7, 0.8, degree=3, samples_per_dim=n, step_size=0.02, n_steps=60, dim=80,
            n_trials=10, rng=8,
        )
        for n in (10, 40, 120)
    ]  # fmt: skip
    best = [run.best_mean[0] for run in runs]
    floor = ws.error(ws.best_overlap(0.7, 0.8), 3)
    assert best[0] > best[1] > best[2]
    assert best[2] == pytest.approx(floor, abs=0.08)


@pytest.mark.parametrize(("rho", "noise_var"), [(0.8, 0.0), (0.8, 0.5), (1.0, 1.0)])
def test_saturation_level(rho, noise_var):
    ratio, degree, dim = 80, 3, 60
    run = ws.simulate(
        0.8, rho, degree=degree, samples_per_dim=ratio, noise_var=noise_var, step_size=0.025,
        n_steps=90, dim=dim, n_trials=10, rng=9,
    )  # fmt: skip
    level = ws.saturation_overlap(rho, degree, ratio, noise_var)
    end = run.truth_mean[0, -1]
    assert abs(end - level) <= 4 * run.truth_stderr[0, -1] + 2e-3
    if noise_var == 0:
        assert end == pytest.approx(rho, abs=1e-4)
        assert run.error_mean[0, -1] == pytest.approx(ws.error(rho, degree), abs=1e-3)


def test_descent_equals_a_plain_loop():
    rng = np.random.default_rng(10)
    w, teacher = ws.unit_vector([0.5, 0.9], dim=5, rng=rng)
    run = ws.fine_tune(
        w,
        degree=3,
        supervisor=teacher,
        n_samples=200,
        noise_var=0.2,
        step_size=0.05,
        n_steps=4,
        rng=11,
    )
    rng = np.random.default_rng(11)
    X = rng.standard_normal((200, 5), np.float32)
    he3 = lambda z: (z**3 - 3 * z) / np.sqrt(6)  # noqa: E731
    y = he3(X @ teacher) + np.sqrt(0.2) * rng.standard_normal((200, 1), np.float32)[:, 0]
    for step in range(5):
        assert run.truth[step] == pytest.approx(w[0], abs=1e-5)
        assert run.supervisor[step] == pytest.approx(w @ teacher, abs=1e-5)
        assert run.error[step] == pytest.approx(2 - 2 * w[0] ** 3, abs=1e-5)
        z = X @ w
        gradient = 2 / 200 * X.T @ ((he3(z) - y) * (3 * z**2 - 3) / np.sqrt(6))
        w = w - 0.05 * (gradient - (gradient @ w) * w)
        w = w / np.linalg.norm(w)


def test_steps_stay_in_single_precision(monkeypatch):
    """One array of doubles among them would copy all inputs in every step."""
    seen, gradient = [], _sphere.sphere_gradient

    def spy(X, labels, w, *rest):
        result = gradient(X, labels, w, *rest)
        seen.extend(part.dtype for part in (X, labels, w, result))
        return result

    monkeypatch.setattr(_sphere, "sphere_gradient", spy)
    monkeypatch.setattr(gradients, "sphere_gradient", spy)
    ws.simulate([0.5, 0.6], 0.8, **SMALL, noise_var=0.1, rng=0)
    ws.simulate_gradients([0.5], [0.8], degree=2, samples_per_dim=10, dim=20, n_trials=2, rng=0)
    assert set(seen) == {np.dtype(np.float32)}


def test_runs_share_the_data_and_broadcast():
    starts = ws.unit_vector([[0.3], [0.7]], dim=20, rng=0)
    teachers = ws.unit_vector([0.5, 0.8, 1.0], dim=20, rng=1)
    options = dict(degree=2, n_samples=300, noise_var=0.1, step_size=0.02, n_steps=3, rng=2)
    run = ws.fine_tune(starts, supervisor=teachers, **options)
    assert run.truth.shape == (2, 3, 4)
    alone = ws.fine_tune(starts[1, 0], supervisor=teachers[2], **options)
    np.testing.assert_allclose(run.error[1, 2], alone.error, atol=1e-5)


@pytest.mark.parametrize("link", sorted(ws.LINKS))
@pytest.mark.parametrize("theta", [None, 2.0])
def test_test_error_on_gaussian_inputs_is_exact(link, theta):
    rng = np.random.default_rng(12)
    spike = None if theta is None else np.sqrt(theta) * ws.unit_vector(0.6, dim=8, rng=rng)
    w = ws.unit_vector(0.7, dim=8, rng=rng)
    along = np.zeros(1) if spike is None else np.array([w @ spike])
    exact = _links.gaussian_error(np.array([0.7]), along, spike=spike, link=link, degree=3)[0]
    X = _inputs.sample("gaussian", 400_000, 8, spike, rng).astype(float)
    squares = (ws.LINKS[link](X @ w, 3)[0] - ws.LINKS[link](X[:, 0], 3)[0]) ** 2
    assert abs(squares.mean() - exact) < 5 * squares.std() / np.sqrt(len(X))


@pytest.mark.parametrize("name", sorted(ws.INPUTS))
def test_inputs_are_standardised_and_spiked(name):
    spike = np.array([1.0, 0.5, 0.0, 0.0])
    X = _inputs.sample(name, 200_000, 4, spike, np.random.default_rng(13)).astype(float)
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(X.T @ X / len(X), np.eye(4) + np.outer(spike, spike), atol=0.04)


def test_peak_height_does_not_depend_on_the_link():
    run = ws.simulate(
        0.6, 0.7, degree=1, link="relu", samples_per_dim=300, step_size=0.1, n_steps=60, dim=60,
        n_trials=10, rng=14,
    )  # fmt: skip
    best = ws.best_overlap(0.6, 0.7)
    assert run.truth_mean.max() == pytest.approx(best, abs=0.01)
    assert run.truth_mean[0, -1] == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize("inputs", ["student", "sign", "mixture"])
def test_gain_then_saturation_survives_other_inputs(inputs):
    run = ws.simulate(
        0.7, 0.8, degree=3, samples_per_dim=60, step_size=0.005, n_steps=200, dim=60, inputs=inputs,
        n_trials=6, rng=15,
    )  # fmt: skip
    truth = run.truth_mean[0]
    # Heavy tails make the sampled gradients noisier: the gain is there, but smaller.
    margin = 0.01 if inputs == "student" else 0.02
    assert truth.max() > truth[0] + margin
    assert truth.max() > truth[-1] + margin
    assert truth[-1] == pytest.approx(0.8, abs=0.05)


# ------------------------------------------------------------------ the numbers


def test_warm_starts_win_and_random_starts_do_not():
    """Degree 3, n_s = 20 d; the committed data have it at d = 400 with 100 seeds each."""
    # Without a spike the top eigenvector is a uniformly random direction.
    run = ws.simulate_transition(
        [0.0, 1.2], 2.0, [0.8], degree=3, samples_per_dim=20, dim=200, step_size=0.02, n_steps=70,
        n_trials=20, rng=16,
    )  # fmt: skip
    assert run.start_mean[1] < 0.75  # the warm start itself is worse than the supervisor
    assert run.wins[1, 0] >= 0.95
    assert run.wins[0, 0] <= 0.05


def test_no_gain_below_the_threshold():
    run = ws.simulate_transition(
        [0.3, 1.8], 2.0, [0.7], degree=3, samples_per_dim=20, step_size=0.02, n_steps=60, dim=200,
        n_trials=8, rng=18,
    )  # fmt: skip
    assert run.wins[0, 0] <= 0.25
    assert run.wins[1, 0] == 1
    assert np.isnan(run.pgr[0, 0]) or run.pgr[0, 0] < 0
    assert run.pgr[1, 0] > 0
    assert run.ceiling_mean[1] < 0.05


def test_checkpoints_of_oja_are_nested_states_of_one_stream():
    counts = np.array([400, 100, 200])
    theta, dim = np.full(3, 2.0), 20
    starts = transition._oja_stream(theta, counts, 1.0, dim, np.random.default_rng(19))
    sizes = np.sort(counts)
    run = ws.oja_trajectory(2.0, dim=dim, n_samples=400, n_checkpoints=5, rng=19)
    np.testing.assert_allclose(starts[np.argsort(counts)], run.weights[[1, 2, 4]], atol=1e-9)
    assert sizes[0] == run.samples[1]


# ------------------------------------------------------------------ the committed data


def load_script():
    spec = importlib.util.spec_from_file_location("data", ROOT / "studies" / "warm_start_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_script_writes_the_committed_columns(tmp_path):
    script = load_script()
    script.main(
        ["--dim", "80", "--trials", "2", "--workers", "1", "--out", str(tmp_path / "a.csv")]
    )
    small, committed = read(tmp_path / "a.csv"), read(data.path(script.TARGET.name))
    assert len(small) == len(committed)
    for row, other in zip(small, committed, strict=True):
        assert list(row) == list(other)
        for name in ("sweep", "theta", "pretraining", "rho", "weak"):
            assert row[name] == other[name]


def test_committed_data_show_the_transition():
    rows = read(data.path(load_script().TARGET.name))
    number = {name: np.array([float(r[name]) for r in rows]) for name in rows[0] if name != "sweep"}
    sweep = np.array([r["sweep"] for r in rows])
    spectral = np.isin(sweep, ["theta", "samples", "warm"]) & (number["dim"] == 400)
    theta, gamma = number["theta"][spectral], 1 / number["pretraining"][spectral]
    far = np.abs(np.log(theta / np.sqrt(gamma))) > 0.3
    gap = np.abs(number["start"][spectral] - ws.initial_overlap(theta, gamma))
    below = theta < np.sqrt(gamma)
    assert np.all(gap[far & ~below] <= 4 * number["start_stderr"][spectral][far & ~below] + 0.02)
    assert np.all(gap[below & far] < 0.25)
    for kind in ("warm", "random"):
        assert number["trials"][sweep == kind] == 100
        assert number["dim"][sweep == kind] == 400
    assert number["wins"][sweep == "warm"] >= 0.95
    assert number["wins"][sweep == "random"] <= 0.05


# ------------------------------------------------------------------ reproducibility

SMALL = dict(degree=2, samples_per_dim=10, step_size=0.02, n_steps=3, dim=20, n_trials=4)
RUNS = {
    "simulate": lambda **k: ws.simulate([0.5, 0.6], 0.8, **SMALL, **k),
    "transition": lambda **k: ws.simulate_transition(1.0, [1.0, 2.0], [0.8], **SMALL, **k),
    "oja": lambda **k: ws.simulate_transition(1.0, [1.0, 2.0], [0.8], method="oja", **SMALL, **k),
    "spectral": lambda **k: ws.simulate_spectral([0.5, 2.0], gamma=0.5, dim=20, n_trials=4, **k),
    "gradients": lambda **k: ws.simulate_gradients(
        [0.5], [0.8], degree=2, samples_per_dim=10, dim=20, n_trials=4, **k
    ),
}


def assert_identical(run, other):
    for field in run.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(run, field), getattr(other, field))


def test_bit_identical_on_a_pool():
    with ProcessPoolExecutor(2) as executor:
        for run in RUNS.values():
            assert_identical(run(rng=1), run(rng=1, executor=executor))


@pytest.mark.parametrize("name", RUNS)
def test_seed_and_generator(name):
    run = RUNS[name](rng=3)
    assert_identical(run, RUNS[name](rng=np.random.default_rng(3)))
    first = next(f for f in run.__dataclass_fields__ if f.endswith("_mean"))
    assert not np.array_equal(getattr(run, first), getattr(RUNS[name](rng=4), first))


def test_pgr_is_the_shared_one():
    assert ws.performance_gap_recovered is metrics.performance_gap_recovered
    assert set(ws.__all__) <= set(vars(ws))


# ------------------------------------------------------------------ bad input

W = np.eye(5)[:2]
TUNE = dict(
    w0=W[0], degree=3, supervisor=W[1], n_samples=20, noise_var=0.0, step_size=0.1, n_steps=2
)
SIM = dict(
    m0=[0.5], rho=0.8, degree=2, samples_per_dim=10, step_size=0.02, n_steps=3, dim=20, n_trials=4
)
TRANSITION = dict(theta=1.0, pretraining=2.0, rho=[0.8]) | SMALL
SPECTRAL = dict(theta=[1.0], gamma=0.5, dim=20, n_trials=4)
GRADIENTS = dict(m=[0.5], rho=[0.8], degree=2, samples_per_dim=10, dim=20, n_trials=4)
FLOW = dict(m0=0.5, rho=0.8, degree=3, times=[0.0, 1.0])
OJA = dict(theta=1.0, dim=10, n_samples=50)


def wrong(function, base, **change):
    (name,) = change
    return pytest.param(function, base | change, name, id=f"{function.__name__}-{change}")


CASES = [
    wrong(ws.initial_overlap, dict(theta=1.0, gamma=1.0), theta=-1.0),
    wrong(ws.initial_overlap, dict(theta=1.0, gamma=1.0), gamma=0.0),
    wrong(ws.initial_overlap, dict(theta=1.0, gamma=1.0), alignment=1.5),
    wrong(ws.initial_overlap, dict(theta=np.ones(2), gamma=1.0), alignment=np.ones(3) / 2),
    wrong(ws.error, dict(m=0.5, degree=2), m=1.01),
    wrong(ws.error, dict(m=0.5, degree=2), degree=0),
    wrong(ws.curvature, dict(m=0.5, degree=2), m=np.nan),
    *(wrong(ws.flow, FLOW, **{n: v}) for n, v in [
        ("m0", -0.1), ("m0", 1.1), ("rho", 2.0), ("degree", 1), ("degree", 2.5), ("times", [-1.0]),
        ("times", [[0.0]]), ("c", 0.99), ("c", -0.1),
    ]),
    wrong(ws.best_overlap, dict(m0=0.5, rho=0.8), c=0.99),
    wrong(ws.best_overlap, dict(m0=np.ones(2) / 2, rho=0.8), rho=np.ones(3) / 2),
    wrong(ws.best_time, dict(m0=0.5, rho=0.8, degree=3), degree=1),
    wrong(ws.saturation_overlap, dict(rho=0.5, degree=2, samples_per_dim=4, noise_var=1), noise_var=-1),
    wrong(ws.saturation_overlap, dict(rho=0.5, degree=2, samples_per_dim=4, noise_var=1), samples_per_dim=0),
    wrong(ws.truth_rate, dict(m=0.5, rho=0.5, degree=2), m=1.0),
    wrong(ws.truth_rate, dict(m=0.5, rho=0.5, degree=2), correlation=-2.0),
    wrong(ws.gradient_noise, dict(m=0.5, degree=2), noise_var=-1.0),
    wrong(ws.perturbation, dict(m0=0.5, rho=0.5, degree=2), samples_per_dim=np.nan),
    wrong(ws.distance_bound, dict(times=1.0, m0=0.5, rho=0.5, degree=2), m0=0.0),
    wrong(ws.effective_region, dict(degree=2, rho=0.8), target_error=2.5),
    wrong(ws.effective_region, dict(degree=2, rho=0.8), degree=1),
    wrong(ws.effective_region, dict(degree=2, rho=0.8), samples_per_dim=[10, 20]),
    wrong(ws.required_overlap, dict(target_error=0.5, rho=0.8, degree=2), target_error=0.0),
    wrong(ws.oja_overlap, dict(theta=1, samples_per_dim=1, step_size=1, start=0.1), step_size=0.0),
    wrong(ws.oja_overlap, dict(theta=1, samples_per_dim=1, step_size=1, start=0.1), samples_per_dim=-1),
    wrong(ws.oja_random_start, dict(theta=1, samples_per_dim=1, step_size=1, dim=9), theta=-1),
    wrong(ws.oja_random_start, dict(theta=1, samples_per_dim=1, step_size=1, dim=9), dim=1),
    wrong(ws.winning_time, dict(m0=0.5, rho=0.8, degree=3), degree=1),
    wrong(ws.unit_vector, dict(overlap=0.5, dim=10), overlap=2.0),
    wrong(ws.unit_vector, dict(overlap=0.5, dim=10), dim=1),
    wrong(ws.pretrain, dict(theta=1.0, dim=10, n_samples=20), inputs="uniform"),
    wrong(ws.pretrain, dict(theta=1.0, dim=10, n_samples=20), theta=[1.0, 2.0]),
    wrong(ws.pretrain, dict(theta=1.0, dim=10, n_samples=20), n_samples=1),
    *(wrong(ws.oja_trajectory, OJA, **{n: v}) for n, v in [
        ("theta", -1.0), ("step_size", 0.0), ("n_checkpoints", 1), ("start", np.ones(9)),
        ("start", np.zeros(10)),
    ]),
    *(wrong(ws.fine_tune, TUNE, **{n: v}) for n, v in [
        ("w0", np.zeros(5)), ("w0", 1.0), ("degree", 0), ("supervisor", np.ones(4)), ("n_samples", 1),
        ("noise_var", -1.0), ("step_size", 0.0), ("n_steps", 0), ("spike", np.ones(4)),
        ("link", "tanh"), ("inputs", "uniform"),
    ]),
    *(wrong(ws.simulate, SIM, **{n: v}) for n, v in [
        ("m0", [1.5]), ("rho", -0.1), ("samples_per_dim", 0.0), ("samples_per_dim", 0.01), ("dim", 1),
        ("n_trials", 1),
    ]),
    *(wrong(ws.simulate_transition, TRANSITION, **{n: v}) for n, v in [
        ("theta", [-1.0]), ("pretraining", [0.0]), ("rho", [2.0]), ("alignment", 2.0), ("method", "pca"),
        ("dim", 2),
    ]),
    wrong(ws.simulate_transition, TRANSITION | dict(method="oja"), theta=[1.0, 2.0]),
    *(wrong(ws.simulate_spectral, SPECTRAL, **{n: v}) for n, v in [
        ("theta", [[1.0]]), ("gamma", 100.0), ("dim", 2), ("alignment", -0.5),
    ]),
    *(wrong(ws.simulate_gradients, GRADIENTS, **{n: v}) for n, v in [
        ("m", [1.0]), ("rho", [1.5]), ("correlation", 3.0), ("noise_var", -1.0), ("dim", 3),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments", "name"), CASES)
def test_bad_input_names_parameter_and_range(function, arguments, name):
    with pytest.raises(ValueError, match="allowed") as error:
        function(**arguments)
    assert name in str(error.value)
