"""`figures.draw`: every kind of result becomes a picture with labelled axes and the result's numbers."""

import dataclasses
import importlib
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from w2slib import (
    beyond,
    checkpoints,
    figures,
    multi_index,
    networks,
    probes,
    ridge,
    synthesis,
    transitions,
    warm_start,
    weighted_ridge,
)
from w2slib.core.metrics import binomial_interval
from w2slib.core.results import Estimate, Result
from w2slib.figures.drawing import DRAWINGS

RIDGE = dict(gamma_t=0.5, gamma_s=0.5, noise_var=0.5, dim=40, n_trials=3, rng=0)
MODES = ("linear", "full")


@pytest.fixture(autouse=True)
def _headless():
    with mpl.rc_context({"backend": "Agg"}):
        yield
    plt.close("all")


def estimate(*shape):
    numbers = np.random.default_rng(len(shape)).random((2, *shape))
    return Estimate(numbers[0], numbers[1] / 10)


def filled(kind, **fields):
    """An instance of a result whose other fields are not drawn."""
    names = {f.name for f in dataclasses.fields(kind)} - {"setting"}
    return kind(**dict.fromkeys(names, np.ones(1)) | fields)


def ridge_run(teachers, students):
    return ridge.simulate(np.geomspace(0.1, 1, teachers), np.geomspace(0.1, 2, students), **RIDGE)


def by_mode(kind):
    student = {mode: estimate(3) for mode in MODES}
    return filled(kind, lam_s=np.array([0.1, 1, 10]), teacher=estimate(), student=student)


def fine_tuning():
    kind = warm_start.FineTuningSimulation
    return filled(
        kind, times=np.arange(4.0), error_mean=np.ones((2, 4)), error_stderr=np.ones((2, 4))
    )


def chain():
    return filled(synthesis.ChainSimulation, error=estimate(3))


def hermite():
    return by_mode(multi_index.HermiteSimulation)


def gradients():
    return filled(
        warm_start.Gradients, m=np.array([0.1, 0.5]), rho=np.array([0.6, 0.8, 0.9]),
        truth_mean=np.ones((2, 3)), truth_stderr=np.ones((2, 3)),
    )  # fmt: skip


def transition():
    return filled(
        warm_start.Transition, start_mean=np.array([0.1, 0.5]), weak=np.array([0.4, 0.8, 1.0]),
        student_mean=np.ones((2, 3)), student_stderr=np.ones((2, 3)), ceiling_mean=np.zeros(2),
        ceiling_stderr=np.zeros(2),
    )  # fmt: skip


def region(teachers, students):
    blocks = weighted_ridge.Blocks.spike(0.5, 0.8)
    return weighted_ridge.winning_region(
        np.geomspace(0.1, 1, teachers), np.geomspace(0.1, 9, students), gamma_t=0.5, gamma_s=0.5,
        noise_var=1.0, blocks=blocks,
    )  # fmt: skip


def fit():
    labels = synthesis.truth([0.5, 0.5], [0.2, 0.8])
    return synthesis.fit(labels, 0.1, 0.5, [1.0, 1.0], noise_var=0.5)


def diagnosis():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((300, 12))
    inputs -= inputs.mean(axis=0)
    return beyond.diagnose(inputs, inputs @ rng.standard_normal(12), n_t=24, lam_t=0.1, scale=6.0)


def study():
    rng = np.random.default_rng(0)
    parts = (0.6 + 0.3 * rng.random((5, 2)) for _ in range(4))
    return transitions.Study(2 ** np.arange(5) - 1, 0.5 + 0.1 * rng.random(2), *parts)


def gauge():
    x = np.random.default_rng(0).standard_normal((240, 5))
    truth, weak = x[:, 0] > 0, x[:, 0] + x[:, 1] > 0
    return checkpoints.warm_start_gauge(x[:200], weak[:200], x[200:], weak[200:], truth[200:])


def change_point():
    data = study()
    return transitions.change_point(data.steps, data.pgr, rng=0)


def scores():
    rng = np.random.default_rng(0)
    return checkpoints.DigitScores(
        np.array([0, 9]), rng.standard_normal((2, 40)), np.arange(40) % 2, 0.6, 0.9
    )


CASES = {
    "RidgeSimulation": lambda: ridge_run(1, 3),
    "RidgeSimulation of several teachers": lambda: ridge_run(3, 3),
    "RidgeSimulation as a map": lambda: ridge_run(5, 3),
    "RidgeSimulation of one student": lambda: ridge_run(5, 1),
    "Estimate": lambda: estimate(3),
    "Estimate of a number": estimate,
    "HermiteSimulation": hermite,
    "NetworkSimulation": lambda: by_mode(networks.NetworkSimulation),
    "PretrainingSimulation": lambda: networks.PretrainingSimulation(
        np.array([0.1, 0.9]), np.array([0.01, 0.02]), np.array([64, 4096])
    ),
    "Measurement": lambda: networks.Measurement(np.array([1.0, 2]), np.ones(2), np.ones(2), 10),
    "ChainSimulation": chain,
    "FineTuningSimulation": fine_tuning,
    "SpectralStart": lambda: filled(warm_start.SpectralStart),
    "Gradients": gradients,
    "Transition": transition,
    "Region": lambda: region(3, 4),
    "Region of one teacher": lambda: region(1, 4),
    "Flow": lambda: warm_start.flow([0.3, 0.5], 0.8, 2, [0.0, 0.5, 1.0]),
    "Descent": lambda: warm_start.Descent(np.arange(3.0), *np.ones((3, 2, 3))),
    "Checkpoints": lambda: warm_start.Checkpoints(np.array([0, 9]), np.eye(2), np.ones(2)),
    "EffectiveRegion": lambda: filled(warm_start.EffectiveRegion),
    "Fit": fit,
    "Account": lambda: fit().account,
    "Diagnosis": diagnosis,
    "Slope": lambda: beyond.Slope(-0.5, 0.1),
    "Study": study,
    "WarmStartGauge": gauge,
    "VarianceComponents": lambda: checkpoints.variance_components([[1.0, 2], [3, 4]]),
    "ChangePoint": change_point,
    "Interval to infinity": lambda: transitions.Interval(np.inf, 3.0, np.inf),
    "Interval at infinity": lambda: transitions.Interval(np.inf, np.inf, np.inf),
    "Interval": lambda: transitions.seed_mean([1.0, 2.0]),
    "Interval of several": lambda: binomial_interval([0, 3], 5),
    "W2SResult": lambda: probes.W2SResult(0.6, 0.7, 0.8, 0.5, 0.8, 10, 10),
    "DigitScores": scores,
}


@pytest.mark.parametrize("name", CASES)
def test_picture_has_labels_and_artists(name):
    ax = plt.figure(figsize=(3, 2), dpi=40).add_subplot()
    result = CASES[name]()
    artists = figures.draw(result, ax=ax)
    assert artists
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert ax.has_data()
    ax.figure.canvas.draw()  # whatever it warns of is an error here


def test_every_kind_that_is_listed_is_tested():
    listed = {name.partition(":")[2] for name in DRAWINGS}
    assert listed == {name.partition(" ")[0] for name in CASES}
    for name in DRAWINGS:
        module, _, kind = name.partition(":")
        assert issubclass(getattr(importlib.import_module(module), kind), Result)


def test_without_axes_a_figure_of_the_book_is_made():
    artists = figures.draw(estimate(3))
    ax = artists["simulation"][0].axes
    assert ax.figure.get_layout_engine() is not None
    assert ax.get_xlabel()


def test_interval_shows_its_ends():
    artists = figures.draw(transitions.Interval(2.0, 1.0, 5.0))
    assert artists["interval"].get_ydata().tolist() == [1.0, 5.0]
    assert artists["value"].get_ydata().tolist() == [2.0]
    assert "infinite" not in artists
    assert "value" not in figures.draw(transitions.Interval(np.inf, 3.0, np.inf))


def test_every_result_of_the_package_can_be_drawn():
    # Examples in docstrings define results, too; those are in no module.
    kinds = {
        kind
        for name, kind in Result._types.items()
        if name.startswith("w2slib.") and kind.__name__ not in ("Result", "Simulation")
        if vars(sys.modules[kind.__module__]).get(kind.__name__) is kind
    }
    listed = {name.partition(":")[2] for name in DRAWINGS}
    drawn = lambda kind: any(base.__name__ in listed for base in kind.__mro__)  # noqa: E731
    assert [kind.__name__ for kind in kinds if not drawn(kind)] == []


def test_gauge_shows_path_supervisor_and_best_time():
    result = gauge()
    artists = figures.draw(result)
    np.testing.assert_array_equal(artists["truth"].get_ydata(), result.truth)
    assert set(artists["supervisor"].get_ydata()) == {result.rho}
    assert set(artists["best"].get_xdata()) == {result.best_time}
    assert artists["truth"].axes.get_xscale() == "log"


def test_ridge_shows_means_two_standard_errors_and_the_teacher():
    run = ridge_run(1, 3)
    artists = figures.draw(run)
    (points, _, (bars,)) = artists["student"][0]
    np.testing.assert_array_equal(points.get_xdata(), run.lam_s)
    np.testing.assert_array_equal(points.get_ydata(), run.student_mean[:, 0])
    half = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
    np.testing.assert_allclose(half, 2 * run.student_stderr[:, 0])
    (teacher,) = artists["teacher"]
    assert set(teacher.get_ydata()) == {run.teacher_mean[0]}
    assert (teacher.get_color(), teacher.get_linestyle()) == ("black", "--")
    assert points.axes.get_xscale() == "log"


def test_penalty_zero_is_drawn():
    run = ridge.simulate(np.linspace(0, 1, 5), [0.0, 1.0, 20.0], **RIDGE | {"gamma_t": 0.7})
    ax = figures.draw(run)["filled"].axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")


def test_chosen_checkpoint():
    assert figures.draw(scores(), checkpoint=0)["zero"].axes.get_title() == "step 0"


def test_subclasses_are_drawn_like_their_base():
    class Mine(Estimate):
        pass

    assert figures.draw(Mine(np.ones(2), np.ones(2)))


def test_a_drawing_of_ones_own_stays():
    interval = transitions.seed_mean([1.0, 2.0])
    figures.draw(interval)
    usual = figures.draw.dispatch(transitions.Interval)
    figures.draw.register(transitions.Interval, lambda result, ax=None: {"mine": result.value})
    try:
        with pytest.raises(TypeError):
            figures.draw(None)  # looks for every type again
        assert figures.draw(interval) == {"mine": 1.5}
    finally:
        figures.draw.register(transitions.Interval, usual)


def test_what_cannot_be_drawn_says_what_can():
    with pytest.raises(
        TypeError, match=r"result is of type dict; allowed: .*RidgeSimulation.*Study"
    ):
        figures.draw({})
    with pytest.raises(ValueError, match=r"mean has shape \(2, 2\)"):
        figures.draw(estimate(2, 2))
    with pytest.raises(ValueError, match=r"error_by_block has shape \(2, 3\)"):
        figures.draw(
            synthesis.fit(synthesis.truth([0.5, 0.5], [0.5, 0.5]), [1, 2, 3], 1.0, [1.0, 1.0])
        )


def test_figures_import_no_chapter():
    code = (
        "import sys, w2slib.figures; "
        "print([m for m in sys.modules if m.startswith('w2slib.') and 'figures' not in m "
        "and not m.startswith('w2slib.core')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
