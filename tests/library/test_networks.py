"""Real two-layer networks: gradients, read-outs, what a step learns, and who beats the teacher."""

from dataclasses import replace

import numpy as np
import pytest

import w2slib.data
from studies import multi_index_networks as script
from w2slib import multi_index as mi
from w2slib import networks as nets

COMMITTED = w2slib.data.path("multi_index_networks.csv")
TARGET = mi.EXAMPLE


def data(n=80, dim=6, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, dim))
    return X, X[:, 0] + X[:, 1] ** 2


# ------------------------------------------------------------------ one step


def test_gradient_is_minus_the_derivative_of_half_the_mean_squared_loss():
    X, y = data()
    net = nets.random_network(6, 8, rng=1)
    net = replace(net, readout=np.linspace(-1, 1, 8))
    gradient = nets.first_layer_gradient(net, X, y - net(X))

    def loss(weights):
        return np.mean((y - replace(net, weights=weights)(X)) ** 2) / 2

    for j, i in [(0, 0), (3, 5), (7, 2)]:
        h = np.zeros((8, 6))
        h[j, i] = 1e-6
        slope = (loss(net.weights + h) - loss(net.weights - h)) / 2e-6
        assert -gradient[j, i] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_initial_network_is_zero_and_random():
    net = nets.random_network(6, 8, rng=1)
    np.testing.assert_allclose(net(data()[0]), 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(net.weights, axis=1), 1)
    assert len(np.unique(net.weights.round(6), axis=0)) == 4


def test_large_step_has_the_stated_size_and_direction():
    net = nets.random_network(6, 8, rng=1)
    gradient = np.outer(np.linspace(1, 2, 8), [3.0, 0, 0, 0, 0, 4.0])
    moved = nets.large_step(net, gradient, step=1e6, rng=2)
    np.testing.assert_allclose(np.abs(moved.direction), [0.6, 0, 0, 0, 0, 0.8], atol=1e-12)
    np.testing.assert_allclose(moved.weights, np.tile([0.6, 0, 0, 0, 0, 0.8], (8, 1)), atol=1e-5)
    small = nets.large_step(net, gradient, step=1e-6, rng=2)
    np.testing.assert_allclose(small.weights, net.weights, atol=1e-5)
    ideal = nets.large_step(net, gradient + 0.3 * net.weights, parallel=True, rng=2)
    np.testing.assert_allclose(np.abs(ideal.weights @ ideal.direction), 1)


@pytest.mark.parametrize("gamma", [0.1, 0.4, 1.6])
def test_overlap_of_the_step_is_on_the_predicted_curve(gamma):
    setting = nets.NetworkSetting(dim=200, width=300)
    overlaps = np.array([nets.network_directions(TARGET, gamma, setting, s)[0] for s in range(12)])
    stderr = overlaps.std(ddof=1) / np.sqrt(12)
    assert abs(overlaps.mean() - mi.teacher_overlap(TARGET, gamma)) <= 4 * stderr + 2 / 200


def test_direction_is_the_one_along_which_neurons_moved_most():
    X, y = data(400)
    start = nets.random_network(6, 40, np.random.default_rng(3))
    gradient = nets.first_layer_gradient(start, X[:200], y[:200])
    teacher = nets.train_teacher(X, y, width=40, rng=np.random.default_rng(3))
    expected = np.linalg.svd(gradient)[2][0]
    assert abs(teacher.direction @ expected) == pytest.approx(1)


# ------------------------------------------------------------------ read-outs


def test_readout_solves_its_normal_equations_for_every_penalty():
    X, y = data(60)
    for lam in (1e-3, np.array([1e-3, 0.1])):
        net = nets.train_teacher(X, y, lam_t=lam, width=10, rng=4)
        features, labels = net.features(X[30:]), y[30:]
        readouts = np.atleast_2d(net.readout)
        for a, penalty in zip(readouts, np.atleast_1d(lam), strict=True):
            gradient = features.T @ (features @ a - labels) / 30 + penalty * 10 * a
            np.testing.assert_allclose(gradient, 0, atol=1e-10)
    assert net(X).shape == (2, 60)


def test_teacher_without_label_noise_learns_a_function_of_one_direction():
    X = np.random.default_rng(5).standard_normal((20_000, 10))
    y = X[:, 0] + mi.hermite(2, X[:, 0])
    teacher = nets.train_teacher(X, y, lam_t=1e-6, width=100, rng=6)
    assert np.mean((teacher(X) - y) ** 2) < 0.02


def test_minibatches_add_up_to_one_batch():
    X, y = data(64)
    whole = nets.pretrain_network([(X[:32], y[:32]), (X[32:], y[32:])], width=12, rng=7)
    parts = nets.pretrain_network(
        [(X[i : i + 8], y[i : i + 8]) for i in range(0, 64, 8)], width=12, rng=7
    )
    np.testing.assert_allclose(parts.weights, whole.weights, atol=1e-10)
    np.testing.assert_allclose(parts(X), whole(X), atol=1e-6)


def test_adapter_keeps_the_pretrained_function_and_full_may_overwrite_it():
    X, y = data(300)
    old = nets.train_teacher(X, y, width=20, rng=8)
    arguments = dict(lam_s=np.array([1e-6, 1e9]), width=20, rng=9)
    adapter = nets.fine_tune_network(old, X, -y, mode="adapter", **arguments)
    full = nets.fine_tune_network(old, X, -y, mode="full", **arguments)
    for net in (adapter, full):
        np.testing.assert_array_equal(net.weights[:20], old.weights)
        np.testing.assert_allclose(net(X)[1], old(X), atol=1e-5)  # a huge penalty: no change
    assert np.all(adapter.readout[:, :20] == old.readout)
    assert np.abs(full.readout[0, :20] - old.readout).max() > 0.1
    np.testing.assert_array_equal(adapter.weights, full.weights)


def test_full_fine_tuning_shrinks_towards_the_pretrained_readout():
    X, y = data(100)
    old = nets.train_teacher(X, y, width=6, rng=8)
    new = nets.fine_tune_network(old, X, -y, lam_s=0.05, mode="full", width=8, rng=9)
    features, start = new.features(X[50:]), np.concatenate([old.readout, np.zeros(8)])
    gradient = features.T @ (new(X[50:]) + y[50:]) / 50 + 0.05 * 8 * (new.readout - start)
    np.testing.assert_allclose(gradient, 0, atol=1e-10)


# ------------------------------------------------------------------ experiment


def test_source_tasks_share_the_hard_direction_only():
    setting = nets.NetworkSetting(dim=12, n_source=60_000, task_size=100)
    X, y = (
        np.concatenate(part) for part in zip(*nets.source_batches(TARGET, setting, 0), strict=True)
    )
    linear = X.T @ y / len(y)
    quadratic = (X**2 - 1).T @ y / len(y) / np.sqrt(2)
    assert np.abs(linear).max() < 0.1 * TARGET.easy[1]
    assert quadratic[1] == pytest.approx(TARGET.hard[2], abs=0.05)
    assert np.abs(np.delete(quadratic, 1)).max() < 0.1


def test_pretraining_needs_a_multiple_of_d_squared():
    setting = nets.NetworkSetting(dim=16, width=100, task_size=16)
    run = nets.simulate_pretraining(TARGET, setting, [64, 16 * 256], n_trials=6, rng=1)
    assert run.mean[0] < 4 / 16 + 4 * run.stderr[0]
    assert run.mean[1] > 0.8


def test_real_networks_show_the_order_of_the_theory():
    setting = nets.NetworkSetting(dim=20, width=100, n_source=12_000, task_size=20)
    run = mi.simulate_networks(TARGET, setting, [0.01], n_trials=10, rng=0)
    upper = {m: d.mean[0] + 2.26 * d.stderr[0] for m, d in run.difference.items()}
    assert upper["adapter"] < 0
    assert upper["full"] < 0
    assert run.difference["scratch"].mean[0] > 0
    errors = {m: s.mean[0] for m, s in run.student.items()}
    assert errors["ceiling"] < errors["adapter"] < errors["full"] < errors["scratch"]
    assert run.pretrained_overlap.mean > 0.9


SMALL = nets.NetworkSetting(dim=10, width=20, n_source=400, task_size=20)


def test_results_are_tables_and_files(tmp_path):
    run = nets.simulate_networks(TARGET, SMALL, [1e-3, 0.1], n_trials=2, rng=3)
    steps = nets.simulate_pretraining(TARGET, SMALL, [20, 400], n_trials=2, rng=4)
    measured = nets.load_measurements()["difference:full"]
    for result, rows in ((run, 2), (steps, 2), (measured, len(measured.x))):
        assert len(result.to_dataframe()) == rows
        result.save(tmp_path / "result.npz")
        assert type(result).load(tmp_path / "result.npz") == result
    assert list(run.to_dataframe().difference_full_mean) == list(run.difference["full"].mean)
    assert list(steps.to_dataframe().n_samples) == [20, 400]
    assert (run.dim, run.n_trials, run.seed) == (10, 2, 3)
    assert (steps.dim, steps.n_trials, steps.seed) == (10, 2, 4)
    assert run.setting["setting"]["task_size"] == 20


def test_settings_compare_and_hash():
    assert replace(SMALL, lam_t=np.array(SMALL.lam_t), width=np.int64(SMALL.width)) == SMALL
    assert len({SMALL, replace(SMALL, lam_t=np.float64(SMALL.lam_t)), replace(SMALL, dim=12)}) == 2


def test_infinite_penalty_leaves_students_as_pretraining_made_them():
    run = nets.simulate_networks(TARGET, SMALL, [1e12, np.inf], n_trials=2, rng=3)
    for mode in nets.MODES:
        almost, exact = run.student[mode].mean
        assert exact == pytest.approx(almost, rel=1e-6)
    for mode in ("full", "adapter", "ceiling"):
        assert run.student[mode].mean[1] == pytest.approx(run.student["frozen"].mean[1], rel=1e-12)
    predicted = nets.predicted_errors(TARGET, SMALL, [1e12, np.inf], rho=0.9)
    for mode, (almost, exact) in predicted.items():
        assert exact == pytest.approx(almost, rel=1e-9), mode


def test_networks_are_frozen_and_print_in_a_line():
    net = nets.train_teacher(*data(40), lam_t=[0.1, 1.0], width=4, rng=0)
    assert repr(net) == "TwoLayerNetwork(6 inputs, 4 neurons, read-outs: 2)"
    with pytest.raises(ValueError, match="read-only"):
        net.weights[0] = 0
    assert net != replace(net)


def test_old_names_work_and_say_so():
    for name in ("pretrain", "fine_tune"):
        with pytest.warns(
            DeprecationWarning, match=f"{name} is now w2slib.networks.{name}_network"
        ):
            assert getattr(nets, name) is getattr(nets, f"{name}_network")


@pytest.mark.parametrize("draw", [nets.random_network, nets.train_teacher, nets.source_batches])
def test_seed_of_another_library_gets_a_hint(draw):
    with pytest.raises(TypeError, match="use rng"):
        draw(seed=1)


# ------------------------------------------------------------------ the committed measurements


EXPERIMENTS = ("development", "evaluation", "parallel", "pretraining")


@pytest.fixture(scope="module")
def committed():
    return {name: nets.load_measurements(COMMITTED, name) for name in EXPERIMENTS}


def test_script_runs_at_small_size_and_repeats(tmp_path):
    for name, extra in [("a.csv", []), ("b.csv", ["--workers", "2"])]:
        script.main(["--small", "--out", str(tmp_path / name), *extra])
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    evaluation, _, pretraining = (
        nets.load_measurements(tmp_path / "a.csv", name) for name in EXPERIMENTS[1:]
    )
    assert {key.partition(":")[2] for key in evaluation} == {"", *mi.MODES}
    assert evaluation["difference:full"].mean.shape == script.SMALL.lam_s.shape
    assert pretraining["squared"].mean[-1] > 0.5


def test_committed_file_comes_from_the_present_plan(committed):
    plan = script.FULL
    counts = {name: next(iter(table.values())).n_trials for name, table in committed.items()}
    expected = (plan.n_development, plan.n_evaluation, plan.n_evaluation, plan.n_pretraining)
    assert tuple(counts[name] for name in EXPERIMENTS) == expected
    for mode in mi.MODES:
        penalties = committed["evaluation"][f"student:{mode}"].x
        np.testing.assert_allclose(penalties, plan.lam_s, rtol=1e-5)
    assert nets.load_measurements(COMMITTED, "evaluation", plan.setting.dim).keys()
    assert nets.load_measurements() == committed["evaluation"]
    for setting in plan.pretraining:
        sizes = nets.load_measurements(COMMITTED, "pretraining", setting.dim)["squared"].x
        np.testing.assert_array_equal(sizes, plan.sizes(setting.dim))
    assert plan.setting.width >= 300
    assert plan.n_evaluation >= 10


def test_committed_numbers_can_be_measured_again(committed):
    """Other seeds, fewer of them, the full size: within four joint standard errors."""
    run = mi.simulate_networks(
        script.EXAMPLE, script.FULL.setting, script.FULL.lam_s[2:5:2], n_trials=2, rng=99
    )
    evaluation = committed["evaluation"]
    for mode in mi.MODES:
        stored, again = evaluation[f"difference:{mode}"], run.difference[mode]
        one_seed = stored.stderr[2:5:2] * np.sqrt(stored.n_trials)
        allowed = 4 * one_seed * np.sqrt(1 / 2 + 1 / stored.n_trials)
        assert np.all(np.abs(again.mean - stored.mean[2:5:2]) <= allowed), mode


def test_committed_students_beat_the_teacher_only_with_pretraining_and_fine_tuning(committed):
    """Penalties come from the development seeds, the intervals from the evaluation seeds."""
    low, high = {}, {}
    for mode in mi.MODES:
        best = np.argmin(committed["development"][f"student:{mode}"].mean)
        interval = committed["evaluation"][f"difference:{mode}"].interval()
        low[mode], high[mode] = (end[best] for end in interval)
    assert high["adapter"] < 0
    assert high["full"] < 0
    assert high["ceiling"] < high["adapter"]
    assert low["scratch"] > 0
    assert low["frozen"] > 0


def test_committed_teacher_overlap_with_the_hard_direction_is_chance(committed):
    squared, setting = committed["evaluation"]["teacher_hard_squared"], script.FULL.setting
    chance = mi.teacher_chance_overlap(script.EXAMPLE, setting.gamma_t, setting.dim) ** 2
    low, high = squared.interval(0.99)
    assert low < chance < high
    assert low < 1 / setting.dim


def test_committed_overlaps_are_near_the_predictions(committed):
    setting, measured = script.FULL.setting, committed["evaluation"]
    rho = measured["pretrained_overlap"].mean[0]
    assert rho > 0.9
    theory = {
        "teacher_overlap": mi.teacher_overlap(script.EXAMPLE, setting.gamma_t),
        "student_overlap": mi.student_overlap(
            script.EXAMPLE, setting.gamma_t, setting.gamma_s, rho=rho
        ),
        "scratch_overlap": mi.student_overlap(
            script.EXAMPLE, setting.gamma_t, setting.gamma_s, rho=0.0
        ),
    }
    for name, value in theory.items():
        slack = 4 * measured[name].stderr[0] + 2 / setting.dim
        assert abs(measured[name].mean[0] - value) <= slack, name


def test_committed_parallel_networks_have_the_predicted_errors(committed):
    measured = committed["parallel"]
    rho = measured["pretrained_overlap"].mean[0]
    theory = mi.predicted_errors(TARGET, script.FULL.setting, script.FULL.lam_s, rho=rho)
    assert (
        abs(measured["teacher"].mean[0] - theory["teacher"][0]) <= 4 * measured["teacher"].stderr[0]
    )
    for mode in mi.MODES:
        run = measured[f"student:{mode}"]
        assert np.all(np.abs(run.mean - theory[mode]) <= 4 * run.stderr), mode


# ------------------------------------------------------------------ the theory for networks


def test_networks_with_parallel_rows_have_the_predicted_errors():
    setting, lam_s = nets.NetworkSetting(parallel=True), np.array([1e-3, 0.03, 0.3])
    run = mi.simulate_networks(TARGET, setting, lam_s, n_trials=5, rng=5)
    theory = mi.predicted_errors(TARGET, setting, lam_s, rho=run.pretrained_overlap.mean)
    assert abs(run.teacher.mean - theory["teacher"][0]) <= 4 * run.teacher.stderr
    for mode in mi.MODES:
        allowed = 4 * run.student[mode].stderr
        assert np.all(np.abs(run.student[mode].mean - theory[mode]) <= allowed), mode
        assert np.all(allowed < 0.15)


def test_rows_that_are_not_parallel_help_the_teacher_less_and_less():
    """The cause of the difference between real networks and their theory, and its decay with d."""
    gains = []
    for dim in (50, 150):
        rng = np.random.default_rng(1)
        X = rng.standard_normal((20 * dim, dim))
        y = TARGET.labels(X[:, 0], X[:, 1], rng)
        Z = rng.standard_normal((4000, dim))
        clean, errors = TARGET.clean(Z[:, 0], Z[:, 1]), []
        for parallel in (False, True):
            teacher = nets.train_teacher(X, y, parallel=parallel, rng=2)
            errors.append(np.mean((teacher(Z) - clean) ** 2))
        gains.append(errors[1] - errors[0])
    assert gains[0] > gains[1] > 0


def test_relu_kernel_is_the_second_moment_of_the_neurons_coefficients():
    rng = np.random.default_rng(0)
    beta, signs = rng.standard_normal(3000), rng.choice([-1.0, 1.0], 3000)
    nodes, weights = np.polynomial.hermite_e.hermegauss(150)
    neurons = np.maximum(signs[:, None] * nodes + beta[:, None], 0) * (weights / weights.sum())
    alpha = neurons @ np.stack([mi.hermite(k, nodes) for k in range(5)], axis=1)
    products = alpha[:, :, None] * alpha[:, None, :]
    stderr = products.std(axis=0) / np.sqrt(3000)
    assert np.all(np.abs(products.mean(axis=0) - nets.relu_kernel(5)) <= 4 * stderr + 1e-3)


def test_predicted_errors_in_the_limits():
    setting = nets.NetworkSetting(lam_t=1e-12, gamma_s=1e-9)
    errors = mi.predicted_errors(TARGET, setting, [1e-9, 1e9], rho=0.9)
    plain = dict(rho=0.9, lam_s=0.0)
    for mode in mi.MODES:
        expected = mi.student_error(TARGET, setting.gamma_t, 1e-9, mode=mode, **plain)
        assert errors[mode][0] == pytest.approx(expected, abs=2e-3), mode
    assert errors["full"][1] == pytest.approx(errors["frozen"][1], abs=1e-6)
    assert errors["teacher"][0] == pytest.approx(
        mi.teacher_error(TARGET, setting.gamma_t), abs=1e-6
    )


# ------------------------------------------------------------------ bad input

X, Y = data(20)
NET = nets.random_network(6, 4, rng=0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: nets.random_network(6, 5), "width"),
        (lambda: nets.random_network(1, 4), "dim"),
        (lambda: nets.train_teacher(X, Y[:-1], width=4), "y"),
        (lambda: nets.train_teacher(X[:, 0], Y, width=4), "X"),
        (lambda: nets.train_teacher(X, np.full(20, np.nan), width=4), "y"),
        (lambda: nets.train_teacher(X, Y, width=4, lam_t=0.0), "lam"),
        (lambda: nets.train_teacher(X, Y, width=4, step=-1.0), "step"),
        (lambda: nets.train_teacher(X, 0 * Y, width=4), "gradient"),
        (lambda: nets.pretrain_network([(X, Y)], width=4), "batches"),
        (lambda: nets.fine_tune_network(NET, X, Y, mode="half"), "mode"),
        (lambda: nets.fine_tune_network(NET, X[:, :5], Y), "network"),
        (lambda: nets.fine_tune_network(replace(NET, readout=np.ones((2, 4))), X, Y), "network"),
        (lambda: nets.fine_tune_network(NET, X, Y, width=4, lam_s=[-1.0]), "lam"),
        (lambda: nets.TwoLayerNetwork(np.ones(3), np.ones(3), np.ones(3), np.ones(3)), "weights"),
        (lambda: nets.TwoLayerNetwork(X, Y, np.ones(3), np.ones(6)), "readout"),
        (lambda: nets.TwoLayerNetwork(X, Y[1:], Y, np.ones(6)), "biases"),
        (lambda: nets.TwoLayerNetwork(X, Y, Y, np.ones(5)), "direction"),
        (lambda: nets.NetworkSetting(dim=2), "dim"),
        (lambda: nets.NetworkSetting(lam_t=0.0), "lam_t"),
        (lambda: nets.NetworkSetting(step=[1.0, 2.0]), "step"),
        (lambda: nets.NetworkSetting(gamma_s=-1.0), "gamma_s"),
        (lambda: nets.NetworkSetting(n_source=60, task_size=50), "n_source"),
        (lambda: nets.relu_kernel(0), "count"),
        (lambda: nets.predicted_errors(TARGET, nets.NetworkSetting(), [0.0], rho=0.5), "lam_s"),
        (lambda: nets.predicted_errors(TARGET, nets.NetworkSetting(), [0.1], rho=1.5), "rho"),
        (
            lambda: nets.predicted_errors(TARGET, nets.NetworkSetting(), 0.1, rho=0, count=2),
            "count",
        ),
        (lambda: nets.load_measurements(COMMITTED, "none"), "experiment"),
        (lambda: nets.source_batches(0.5, SMALL, 0), "target"),
        (lambda: nets.simulate_networks(TARGET, 50, [0.1]), "setting"),
        (lambda: nets.predicted_errors(TARGET, 50, [0.1], rho=0), "setting"),
        (lambda: nets.simulate_networks(TARGET, nets.NetworkSetting(), [0.0]), "lam_s"),
        (lambda: nets.simulate_pretraining(TARGET, nets.NetworkSetting(), [60]), "n_samples"),
        (lambda: nets.simulate_pretraining(TARGET, nets.NetworkSetting(), [100, 50]), "n_samples"),
    ],
)
def test_bad_input_names_parameter_and_range(call, name):
    with pytest.raises(ValueError, match="allowed") as error:
        call()
    assert name in str(error.value)
