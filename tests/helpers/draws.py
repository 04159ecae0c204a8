"""Data sets that the explorers draw in the browser, and what w2slib says of them.

One `Drawn` for each explorer with a sampler: ``setting`` is a place that differs from where the explorer
opens, ``simulate(dim, n_trials, rng)`` gives the student's and the teacher's `Estimate` there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from w2slib import beyond, explorer, multi_index, ridge, warm_start, weighted_ridge
from w2slib.core.hermite import hermite_and_slope, hermite_features, hermite_series
from w2slib.explorer import PhaseExplorer
from w2slib.explorer.chapters.warm_start import SAMPLING
from w2slib.multi_index.simulation import _distance, _Model, _ridge
from w2slib.simulation import Estimate

Pair = tuple[Estimate, Estimate]


@dataclass(frozen=True)
class Drawn:
    """One explorer, a setting, and the library's simulation of it."""

    make: Callable[[], PhaseExplorer]
    setting: dict[str, float]
    simulate: Callable[..., Pair]
    dim: int = 60
    count: int = 400
    """How many draws are compared."""


def _pair(run: Any) -> Pair:
    student = Estimate(run.student_mean[0, 0], run.student_stderr[0, 0])
    return student, Estimate(run.teacher_mean[0], run.teacher_stderr[0])


def _grid(simulate: Callable[..., Any], setting: dict[str, float]) -> Callable[..., Pair]:
    """A simulation over grids of penalties, at one pair of them."""
    rest = {name: value for name, value in setting.items() if name not in ("lam_t", "lam_s")}

    def run(**size: Any) -> Pair:
        return _pair(simulate([setting["lam_t"]], [setting["lam_s"]], **rest, **size))

    return run


def _one_fit(lam: float, gamma: float, noise_var: float) -> Callable[..., Pair]:
    def run(dim: int, n_trials: int, rng: int) -> Pair:
        found = ridge.simulate(
            [lam], [1.0], gamma_t=gamma, gamma_s=1.0, noise_var=noise_var, dim=dim,
            n_trials=n_trials, rng=rng,
        )  # fmt: skip
        lengths = np.random.default_rng(rng).chisquare(dim, n_trials) / dim
        return _pair(found)[1], Estimate.of(lengths)

    return run


def _classified(setting: dict[str, float]) -> Callable[..., Pair]:
    rest = {name: setting[name] for name in ("gamma_t", "gamma_s", "noise_var")}
    blocks = weighted_ridge.Blocks.spike(setting["zeta"], setting["relief"])

    def run(**size: Any) -> Pair:
        return _pair(
            beyond.simulate_classification(
                [setting["lam_t"]], [setting["lam_s"]], blocks=blocks, **rest, **size
            )
        )

    return run


def _multi_index(setting: dict[str, float]) -> Callable[..., Pair]:
    rest = {name: setting[name] for name in ("gamma_t", "gamma_s", "lam_t", "rho")}
    mode = "adapter" if setting["adapter"] else "full"

    def run(**size: Any) -> Pair:
        target = multi_index.EXAMPLE.with_hard_share(setting["share"])
        found = multi_index.simulate(target, lam_s=[setting["lam_s"]], **rest, **size)
        student = found.student[mode]
        return Estimate(student.mean[0], student.stderr[0]), found.teacher

    return run


def _warm(theta: float, time: float, gamma: float, rho: float, degree: int) -> Callable[..., Pair]:
    """Pre-train, let the supervisor choose the sign, fine-tune on FEW d labels."""

    def trial(dim: int, rng: np.random.Generator) -> float:
        start = warm_start.pretrain(theta, dim=dim, n_samples=round(dim / gamma), rng=rng)
        supervisor = warm_start.unit_vector(rho, dim=dim, rng=rng)
        start *= np.sign(start @ supervisor)
        steps = round(time / 0.01)
        run = warm_start.fine_tune(
            start, degree=degree, supervisor=supervisor, n_samples=FEW * dim, noise_var=0.0,
            step_size=0.01, n_steps=steps, rng=rng,
        )  # fmt: skip
        return float(run.error[-1])

    def run(dim: int, n_trials: int, rng: int) -> Pair:
        source = np.random.default_rng(rng)
        errors = np.array([trial(dim, source) for _ in range(n_trials)])
        return Estimate.of(errors), Estimate(warm_start.error(rho, degree), 0.0)

    return run


def _few_labels() -> PhaseExplorer:
    """The explorer of the warm start with fewer labels: hundreds of draws in a second."""
    phase = explorer.warm_start()
    sampling = replace(SAMPLING, fixed={"d_per_label": 1 / FEW})
    phase.canvas.options = phase.canvas.options | {"sampling": sampling.payload()}
    return phase


FEW = 10
PLAIN = {"lam_t": 0.1, "lam_s": 0.4, "noise_var": 0.7}
RATIOS = {"gamma_t": 0.5, "gamma_s": 1.5}
SHARED = PLAIN | {"gamma": 2.0}
SPIKE = PLAIN | RATIOS | {"zeta": 0.8, "relief": 1.0}
MISALIGNED = PLAIN | RATIOS | {"zeta": 0.4, "relief": -1.0}
HARD = {"lam_t": 0.1, "lam_s": 0.4, "gamma_t": 0.2, "gamma_s": 0.3, "rho": 0.8, "share": 0.5}
WARM = {"theta": 1.5, "time": 0.2, "gamma": 0.4, "rho": 0.8, "degree": 2}

DRAWN = {
    "one-fit": Drawn(
        explorer.random_matrices,
        {"lam": 0.2, "gamma": 0.8, "noise_var": 0.5},
        _one_fit(0.2, 0.8, 0.5),
    ),
    "ridge": Drawn(explorer.ridge, PLAIN | RATIOS, _grid(ridge.simulate, PLAIN | RATIOS)),
    "try-it": Drawn(
        explorer.landing,
        PLAIN,
        _grid(ridge.simulate, PLAIN | {"gamma_t": 0.5, "gamma_s": 0.5}),
        count=100,  # the model of "ridge", with ratios that stand still
    ),
    "weighted-ridge": Drawn(
        explorer.weighted_ridge, SPIKE, _grid(weighted_ridge.simulate_spike, SPIKE)
    ),
    "beyond": Drawn(
        explorer.beyond, SHARED | {"shared": 1}, _grid(beyond.simulate_shared, SHARED)
    ),
    "accuracy": Drawn(
        explorer.accuracy, MISALIGNED | {"measure": 1}, _classified(MISALIGNED)
    ),
    "multi-index": Drawn(
        explorer.multi_index, HARD | {"adapter": 0}, _multi_index(HARD | {"adapter": 0})
    ),
    "warm-start": Drawn(_few_labels, WARM, _warm(**WARM)),
}  # fmt: skip


# ---------------------------------------------------- the same data, fitted by Python step by step


def multi_index_fits(adapter: int) -> dict[str, Any]:
    """A data set of Mechanism III as static/multi_index.js has it, and the fits to it."""
    setting = HARD | {"adapter": adapter, "dim": 12}
    rng, dim, n_t, n_s = np.random.default_rng(3), 12, 60, 40
    shapes = {
        "other": dim, "X": (n_t, dim), "noise": n_t, "second": (n_t, 3), "secondNoise": n_t,
        "Z": (n_s, dim), "along": (n_s, 3),
    }  # fmt: skip
    data = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    target = multi_index.EXAMPLE.with_hard_share(setting["share"])
    easy, hard = np.eye(2, dim)
    truth = _Model((easy, hard), (np.array(target.easy), np.array(target.hard)))
    sigma = np.sqrt(target.noise_var)
    old = setting["rho"] * hard + np.sqrt(1 - setting["rho"] ** 2) * _aside(data["other"], [hard])
    readout = np.array([e * setting["rho"] ** k for k, e in enumerate(target.hard)])
    known = _Model((old,), (readout,))

    taught = _unit(data["X"].T @ (truth(data["X"]) + sigma * data["noise"]))
    on_easy, on_hard, along = _coordinates([easy, hard, taught], data["second"])
    labels = target.clean(on_easy, on_hard) + sigma * data["secondNoise"]
    teacher = _Model(
        (taught,), (_ridge(hermite_features(along, 3), labels, [setting["lam_t"]])[0],)
    )

    new = _unit(data["Z"].T @ (teacher(data["Z"]) - known(data["Z"])))
    on_taught, on_old, on_new = _coordinates([taught, old, new], data["along"])
    missed = hermite_series(teacher.readouts[0], on_taught) - hermite_series(readout, on_old)
    features = [hermite_features(on_new, 3), hermite_features(on_old, 3)[:, 2:]]
    fitted = _ridge(np.hstack(features[: 2 - adapter]), missed, [setting["lam_s"]])[0]
    changed = readout + np.pad(fitted[3:], (2, 0)) if not adapter else readout
    student = _Model((new, old), (fitted[:3], changed))
    options = explorer.multi_index().canvas.options["sampling"]["fixed"]
    return {
        "data": {name: array.ravel().tolist() for name, array in data.items()},
        "setting": setting | options,
        "errors": [_distance(truth, teacher), _distance(truth, student)],
        "readouts": [unit.tolist() for unit in (teacher.readouts[0], fitted[:3], changed)],
    }


def warm_start_fits(degree: int) -> dict[str, Any]:
    """A data set of the warm start as static/warm_start.js has it, and the descent on it."""
    rng, dim, n = np.random.default_rng(degree), 9, 200
    inputs, X = rng.standard_normal((30, dim)), rng.standard_normal((n, dim))
    inputs[:, 0] *= 2
    truth, supervisor = np.eye(dim)[0], np.asarray(warm_start.unit_vector(0.8, dim=dim, rng=rng))
    w = np.linalg.eigh(inputs.T @ inputs / len(inputs))[1][:, -1]
    start = w = w * np.sign(w @ supervisor)
    labels = hermite_and_slope(X @ supervisor, degree)[0]
    for _ in range(30):
        value, slope = hermite_and_slope(X @ w, degree)
        gradient = 2 * X.T @ ((value - labels) * slope) / n
        w = _unit(w - 0.01 * (gradient - (gradient @ w) * w))
    arrays = {"inputs": inputs.ravel(), "truth": truth, "supervisor": supervisor, "X": X.ravel()}
    return {
        "data": {name: array.tolist() for name, array in arrays.items()},
        "setting": {"degree": degree, "time": 0.3},
        "start": start.tolist(),
        "end": w.tolist(),
        "errors": [warm_start.error(v @ truth, degree) for v in (supervisor, w)],
    }


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _aside(vector: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    for other in others:
        vector = vector - (vector @ other) * other
    return _unit(vector)


def _coordinates(directions: list[np.ndarray], rows: np.ndarray) -> list[np.ndarray]:
    basis: list[np.ndarray] = []
    for direction in directions:
        basis.append(_aside(direction, basis))
    return [rows @ (np.array(basis) @ direction) for direction in directions]
