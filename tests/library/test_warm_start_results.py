"""Results of the warm start: tables, files, settings, names of before; large grids take little memory."""

import tracemalloc

import numpy as np
import pytest

from w2slib import warm_start as ws
from w2slib.core import portions
from w2slib.core.results import Result, Simulation

TUNE = dict(degree=2, samples_per_dim=10, step_size=0.02, n_steps=3, dim=20)
E1, E2 = np.eye(6)[:2]

RESULTS = {
    # name: how to make it, rows of its table
    "flow": (lambda: ws.flow([[0.3], [0.6]], [0.5, 0.8], 3, [0, 0.1, 1]), 2 * 2 * 3),
    "flow of numbers": (lambda: ws.flow(0.3, 0.8, 3, [0, 0.1]), 2),
    "region": (lambda: ws.effective_region(2, [0.5, 0.8, 0.9]), 3),
    "region of a number": (lambda: ws.effective_region(2, 0.9), 1),
    "checkpoints": (
        lambda: ws.oja_trajectory(1.0, dim=9, n_samples=40, n_checkpoints=4, rng=1),
        4,
    ),
    "spectral": (
        lambda: ws.simulate_spectral([0.5, 2.0], gamma=0.5, dim=20, n_trials=2, rng=1),
        2,
    ),
    "descent": (
        lambda: ws.fine_tune(
            [E1, E2], degree=3, supervisor=[[E1 + E2]] * 3, n_samples=20, noise_var=0.1,
            step_size=0.1, n_steps=4, rng=1,
        ),
        3 * 2 * 5,
    ),
    "simulation": (lambda: ws.simulate([0.5, 0.6], 0.8, **TUNE, n_trials=2, rng=1), 2 * 4),
    "gradients": (
        lambda: ws.simulate_gradients(
            [0.2, 0.5], [0.8], degree=2, samples_per_dim=10, dim=20, n_trials=2, rng=1
        ),
        2,
    ),
    "transition": (
        lambda: ws.simulate_transition(
            1.0, [1.0, 2.0, 4.0], [0.5, 0.8], **TUNE, n_trials=2, rng=1
        ),
        3 * 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_is_a_table_a_file_and_a_line(name, tmp_path):
    make, rows = RESULTS[name]
    result = make()
    assert isinstance(result, Result)
    assert len(result.to_dataframe()) == rows
    result.save(tmp_path / "result.npz")
    loaded = type(result).load(tmp_path / "result.npz")
    assert loaded == result
    assert loaded.setting == result.setting
    assert hash(result) == hash(make())
    assert "\n" not in repr(result)
    assert len(repr(result)) < 500


def test_table_holds_the_coordinates():
    run = RESULTS["transition"][0]()
    table = run.to_dataframe().set_index(["pretraining", "rho"])
    assert table.student_mean[(4.0, 0.8)] == run.student_mean[2, 1]
    assert table.start_mean[(1.0, 0.5)] == run.start_mean[0]
    path = RESULTS["flow"][0]()
    table = path.to_dataframe().set_index(["axis_0", "axis_1", "times"])
    assert table.truth[(1, 0, 0.1)] == path.truth[1, 0, 1]
    region = RESULTS["region"][0]()
    assert list(region.to_dataframe().rho) == [0.5, 0.8, 0.9]


@pytest.mark.parametrize("name", ["simulation", "transition", "gradients", "spectral"])
def test_simulations_know_what_made_them(name):
    run = RESULTS[name][0]()
    assert isinstance(run, Simulation)
    assert (run.n_trials, run.dim, run.seed) == (2, 20, 1)


def test_fine_tuning_knows_its_setting():
    run = RESULTS["descent"][0]()
    assert run.setting["noise_var"] == 0.1
    assert run.setting["seed"] == 1
    assert run.setting["w0"] == (tuple(E1), tuple(E2))


@pytest.mark.parametrize(
    "function",
    [ws.unit_vector, ws.pretrain, ws.oja_trajectory, ws.fine_tune, ws.simulate],
    ids=lambda f: f.__name__,
)
def test_keywords_of_other_libraries_get_a_hint(function):
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) takes no seed; use rng"):
        function(seed=1)


def test_former_name_of_the_simulation():
    with pytest.warns(DeprecationWarning, match="FineTuningSimulation"):
        assert ws.Simulation is ws.FineTuningSimulation
    with pytest.raises(AttributeError, match="nothing_else"):
        _ = ws.nothing_else


def test_completion_shows_what_is_public():
    assert dir(ws) == sorted(ws.__all__)
    assert all(callable(ws.__dict__[name]) or name in ("INPUTS", "LINKS") for name in dir(ws))


# ------------------------------------------------------------------ large grids

M, R = np.linspace(0.05, 0.9, 60)[:, None], np.linspace(0.1, 0.95, 60)
GRIDS = {
    "flow": lambda: ws.flow(M[::2], R, 3, np.linspace(0, 1, 6)).truth,
    "best_time": lambda: ws.best_time(M, R, 3),
    "winning_time": lambda: ws.winning_time(M, R, 3),
    "perturbation": lambda: ws.perturbation(M[::2], R[::2], 3, 100),
    "effective_region": lambda: ws.effective_region(3, R[::10], samples_per_dim=5000).radius,
    "oja_overlap": lambda: ws.oja_overlap(1 + M, 3.0, 0.5, R),
    "oja_random_start": lambda: ws.oja_random_start(1 + M, 5 * R, 0.5, 100),
    "spectral": lambda: ws.simulate_spectral(
        3 * R, gamma=0.5, dim=60, n_trials=2, rng=1
    ).overlap_mean,
    "fine_tune": lambda: ws.fine_tune(
        ws.unit_vector(M[:, 0], dim=20, rng=1), degree=3, supervisor=ws.unit_vector(0.8, dim=20, rng=2),
        n_samples=400, noise_var=0.1, step_size=0.02, n_steps=20, rng=3,
    ).error,
    "gradients": lambda: ws.simulate_gradients(
        M[:, 0], R, degree=3, samples_per_dim=10, noise_var=0.1, dim=20, n_trials=2, rng=1
    ).fluctuation_mean,
    "transition": lambda: ws.simulate_transition(
        1 + M[::4, 0], 2.0, R[::4], **TUNE, n_trials=2, rng=1
    ).student_mean,
}  # fmt: skip


@pytest.mark.parametrize("name", GRIDS)
def test_portions_give_the_same_numbers_in_little_memory(name, monkeypatch):
    whole = GRIDS[name]()
    monkeypatch.setattr(portions, "PORTION_BYTES", 2**18)
    tracemalloc.start()
    pieces = GRIDS[name]()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Sums in single precision depend on how many vectors a product takes at once.
    np.testing.assert_allclose(pieces, whole, rtol=1e-5, atol=1e-6)
    # The arcs of all starts to one supervisor are the least that a region can take at a time.
    least = 999 * 201 * 8 * 16 if name == "effective_region" else 3 * 2**20
    assert peak < least + 2 * np.asarray(whole).nbytes


def test_long_work_shows_its_progress(monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr("w2slib.core.progress.PATIENCE", 0.0)
    GRIDS["fine_tune"]()
    assert "steps" in capsys.readouterr().err
    monkeypatch.setattr(portions, "PORTION_BYTES", 2**17)
    GRIDS["fine_tune"]()
    assert "portions of runs" in capsys.readouterr().err
    GRIDS["perturbation"]()
    assert "portions of points" in capsys.readouterr().err
    RESULTS["checkpoints"][0]()
    assert "checkpoints" in capsys.readouterr().err
