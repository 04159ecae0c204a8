"""What stands around the curves: labels, lines, samples in one piece, rows of phase diagrams."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from w2slib import figures
from w2slib.metrics import binomial_interval
from w2slib.simulation import Estimate, Interval
from w2slib.transitions import Study, change_point

X = np.logspace(-1, 1, 9)
DIFFERENCE = np.subtract.outer(np.log(X), 0.5 * np.log(X))


@pytest.fixture
def ax():
    with mpl.rc_context({"backend": "Agg"}):
        yield figures.subplots()[1]
    plt.close("all")


def test_describe_knows_quantities_and_takes_other_words_as_they_are(ax):
    figures.describe(ax, "lam_s", "my own", "title", log="xy", ylim=(0.1, 1))
    assert (ax.get_xlabel(), ax.get_ylabel()) == (figures.LABELS["lam_s"], "my own")
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_ylim()) == ("log", "log", (0.1, 1))
    assert ax.get_title() == "title"
    assert ax.get_legend() is None


def test_describe_leaves_alone_what_it_is_not_told(ax):
    ax.set(xlabel="x", title="title")
    figures.describe(ax, y="error")
    assert (ax.get_xlabel(), ax.get_title(), ax.get_xscale()) == ("x", "title", "linear")


@pytest.mark.parametrize("legend", ["upper left", {"loc": "upper left", "fontsize": 8}])
def test_describe_draws_the_legend(ax, legend):
    ax.plot(X, X, label="curve")
    figures.describe(ax, legend=legend)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["curve"]


def test_reference_takes_one_value_and_the_colour_of_its_curve(ax):
    assert figures.reference(ax, x=2.0).get_xdata() == [2.0, 2.0]
    line = figures.reference(ax, y=0.0, index=1)
    assert line.get_ydata() == [0.0, 0.0]
    assert line.get_color() == figures.COLOURS[1]
    for both in ({}, {"x": 1.0, "y": 1.0}):
        with pytest.raises(ValueError, match="one of the two"):
            figures.reference(ax, **both)


@pytest.mark.parametrize(
    "values",
    [
        (np.array([1.0, 2.0]), np.array([0.1, 0.2])),
        (Estimate(np.array([1.0, 2.0]), np.array([0.1, 0.2])),),
        ([Estimate(1.0, 0.1), Estimate(2.0, 0.2)],),
    ],
    ids=["mean and stderr", "estimate", "list of estimates"],
)
def test_a_sample_in_one_piece_is_drawn_as_its_parts_are(ax, values):
    bars = figures.curve(X, sample=([3.0, 4.0], *values), ax=ax)["simulation"]
    points, _, (margins,) = bars
    np.testing.assert_allclose(points.get_xydata(), [[3, 1], [4, 2]])
    ends = np.array(margins.get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, [[0.8, 1.2], [1.6, 2.4]])


def test_row_has_one_scale_and_one_vertical_label():
    shown = {"a": (DIFFERENCE, DIFFERENCE), "b": DIFFERENCE / 2}
    with mpl.rc_context({"backend": "Agg"}):
        fig, axes = figures.phase_row(X, X, shown, limit=1.0)
    assert len(axes) == 2
    assert len(fig.axes) == 3  # the third is the scale
    assert [bool(ax.get_ylabel()) for ax in axes] == [True, False]
    counts = [len(ax.collections) for ax in axes]
    assert counts[0] == counts[1] + 1  # the theory
    plt.close(fig)


STEPS = np.array([0, 1, 2, 4])
RATES = np.array([[0.5, 0.6], [0.6, 0.7], [0.7, 0.8], [0.8, 0.9]])
STUDY = Study(STEPS, np.array([0.55, 0.6]), RATES, RATES + 0.1, RATES, RATES)


def test_recovered_gap_draws_that_of_the_mean_accuracies_and_what_else_is_given(ax):
    change = change_point(STEPS, STUDY.gain, gap=STUDY.gap, rng=0)
    artists = figures.recovered_gap(STUDY, control=STUDY, change=change, ax=ax)
    assert set(artists) == {"gap", "control", "fit", "crossing", "zero"}
    x, y = artists["gap"]["line"].get_xdata(), artists["gap"]["line"].get_ydata()
    np.testing.assert_allclose(x, STEPS + 1)
    np.testing.assert_allclose(y, STUDY.gain.mean(axis=1) / STUDY.gap.mean())
    np.testing.assert_allclose(artists["fit"].get_ydata(), change(STEPS))
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", figures.LABELS["step"])


def test_a_crossing_without_end_is_shaded_to_the_last_step(ax):
    never = change_point(STEPS, STUDY.gain - 1, rng=0)
    shade = figures.recovered_gap(STUDY, change=never, ax=ax)["crossing"]
    assert shade.get_extents().width >= 0
    assert never.crossing.high == np.inf


def test_interval_band_has_the_ends_of_the_interval(ax):
    wins = binomial_interval([0, 5, 20], 20)
    artists = figures.interval_band(X[:3], wins, ax=ax)
    np.testing.assert_allclose(artists["line"].get_ydata(), [0, 0.25, 1])
    (path,) = artists["band"].get_paths()
    for x, *ends in zip(X[:3], wins.low, wins.high, strict=True):
        heights = [y for at, y in path.vertices if at == x]
        np.testing.assert_allclose([min(heights), max(heights)], ends)


def test_curve_shows_intervals_and_marks_those_without_end(ax):
    shown = Interval(np.array([0.5, 0.2]), np.array([0.4, -np.inf]), np.array([0.8, np.inf]))
    artists = figures.curve(X, sample=(X[:2], shown), ax=ax)
    _, _, (margins,) = artists["simulation"]
    np.testing.assert_allclose(margins.get_segments()[0][:, 1], [0.4, 0.8])
    (line,) = artists["unbounded"]
    assert set(line.get_xdata()) == {X[1]}
    ax.figure.canvas.draw()
    scalars = [Interval(0.5, 0.4, 0.8), Interval(0.2, 0.1, 0.25)]
    _, _, (margins,) = figures.curve(X, sample=(X[:2], scalars), ax=ax)["simulation"]
    np.testing.assert_allclose(margins.get_segments()[1][:, 1], [0.1, 0.25])


def test_gap_against_has_one_point_for_each_checkpoint(ax):
    points = figures.gap_against(RATES, STUDY, "rates", ax=ax)
    expected = np.column_stack([RATES.mean(axis=1), STUDY.recovered.value])
    np.testing.assert_allclose(points.get_offsets(), expected)
    assert np.all(np.diff(points.get_array()) > 0)


def test_every_draws_one_of_so_many_points(ax):
    bars = figures.curve(X, sample=(X, X, X / 10), every=4, ax=ax)["simulation"]
    np.testing.assert_allclose(bars[0].get_xdata(), X[[0, 4, 8]])


def test_estimate_of_a_sample():
    sample = np.random.default_rng(0).standard_normal((4, 50))
    estimate = Estimate.of(sample, axis=1)
    np.testing.assert_allclose(estimate.mean, sample.mean(axis=1))
    np.testing.assert_allclose(estimate.stderr, sample.std(axis=1, ddof=1) / np.sqrt(50))
    with pytest.raises(ValueError, match="at least 2"):
        Estimate.of([1.0])
