"""The visual vocabulary: what is drawn, that nothing global changes, that the sign survives grey."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from w2slib import plots

X = np.logspace(-1, 1, 9)
DIFFERENCE = np.subtract.outer(np.log(X), 0.5 * np.log(X))


@pytest.fixture(autouse=True)
def _headless():
    with mpl.rc_context({"backend": "Agg"}):
        yield
    plt.close("all")


def lightness(rgba):
    """Relative luminance (Rec. 709) of an sRGB colour."""
    rgb = np.asarray(rgba)[:3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_diverging_map_is_readable_in_grey():
    lost, even, won = (lightness(plots.DIVERGING(v)) for v in (1.0, 0.5, 0.0))
    assert won < 0.1 < 0.2 < lost < 0.4 < 0.9 < even
    for side in (np.linspace(0, 0.5, 50), np.linspace(1, 0.5, 50)):
        assert np.all(np.diff([lightness(plots.DIVERGING(v)) for v in side]) > 0)


def test_norm_is_centred_at_zero():
    norm = plots.symmetric_norm(np.array([-0.2, 0.7]))
    assert (norm.vmin, norm.vcenter, norm.vmax) == (-0.7, 0, 0.7)
    assert plots.symmetric_norm(np.array([5.0]), limit=2.0).vmax == 2


def test_phase_diagram_draws_every_layer_where_the_field_is_zero():
    _fig, ax = plots.subplots()
    artists = plots.phase_diagram(X, X, DIFFERENCE, theory=DIFFERENCE, marker=1.0, ax=ax)
    assert set(artists) == {"filled", "zero", "theory", "marker", "colorbar"}
    assert 0.0 in artists["filled"].levels
    zero = np.vstack([path.vertices for path in artists["zero"].get_paths() if len(path)])
    # The zero contour of log y − log(x)/2 is y = √x, up to the linear interpolation between nodes.
    np.testing.assert_allclose(zero[:, 1], np.sqrt(zero[:, 0]), rtol=0.1)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_phase_diagram_without_a_sign_change_has_no_zero_contour():
    artists = plots.phase_diagram(X, X, np.abs(DIFFERENCE) + 1, colorbar=False)
    assert set(artists) == {"filled"}


def test_curve_shows_two_standard_errors():
    stderr = np.array([0.1, 0.2, 0.3])
    artists = plots.curve(np.arange(3.0), mean=np.zeros(3), stderr=stderr, label="L", index=2)
    (bars,) = artists["simulation"][2]
    half = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
    np.testing.assert_allclose(half, 2 * stderr)


def test_no_global_setting_changes_and_nothing_is_shown(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a plot function called plt.show"))
    before = dict(mpl.rcParams)
    _fig, ax = plots.subplots()
    plots.phase_diagram(X, X, DIFFERENCE, ax=ax)
    plots.curve(X, X, ax=ax)
    plots.teacher_line(0.3, ax=ax)
    plots.spectrum(X, X, X)
    plots.flow_chart([(1, 1, "a"), (5, 1, "b")], [(0, 1, "c")])
    assert dict(mpl.rcParams) == before


def test_band_is_the_mean_and_two_standard_errors():
    values = np.array([[1.0, 3.0], [2.0, 2.0]])
    artists = plots.band(np.array([0.0, 1.0]), values)
    np.testing.assert_allclose(artists["line"].get_ydata(), [2, 2])
    (path,) = artists["band"].get_paths()
    heights = {round(y, 6) for x, y in path.vertices if x == 0}
    assert heights == {0.0, 4.0}
