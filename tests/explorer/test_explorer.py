"""The explorer component without a browser: tables, fields, widgets, and agreement with theory."""

from __future__ import annotations

import base64
import gzip
import importlib
import json

import ipywidgets as widgets
import numpy as np
import pytest

from tests.helpers.explorers import EXPLORERS
from w2slib import explorer
from w2slib.explorer import (
    Axis,
    Curve,
    Field,
    Marker,
    Parameter,
    PhaseExplorer,
    Preset,
    Quantity,
    Table,
    Vote,
)
from w2slib.explorer.field import round_mantissa
from w2slib.explorer.phase import TEXTS, default_limit, random_values


def small_field(scale_of_q: float = 1.0) -> Field:
    """Two parameters, a table each, one composition."""
    a = Parameter("a", "α", 0.1, 10, 1)
    b = Parameter("b", "β", 0, 1, 0.5, scale="linear")
    tables = [
        Table.tabulate("p", [Axis("a", 0.1, 10, 24, "log")], lambda a: 1 / (1 + a)),
        Table.tabulate("f", [Axis("z", 0, 1, 24)], lambda z: scale_of_q * np.exp(z)),
    ]
    quantities = [
        Quantity("z", [(1, "p", "b")]),
        Quantity("teacher", [(2,), (1, "p")]),
        Quantity("diff", [(1, "f"), (-1.5,), (0.5, "b", "b")]),
        Quantity("student", [(1, "teacher"), (1, "diff")]),
        Quantity("edge", [(0.25,), (1, "b")]),
    ]
    return Field([a, b], tables, quantities)


def small_explorer(**kwargs) -> PhaseExplorer:
    options = {"explorer_id": "small", "title": "small"} | kwargs
    return PhaseExplorer(small_field(), "a", "b", **options)


# --- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ["linear", "log", "sqrt"])
@pytest.mark.parametrize("cell", ["first", "middle", "last"])
def test_interpolation_error_falls_like_the_fourth_power(scale, cell):
    transform, inverse = {
        "linear": (np.asarray, np.asarray),
        "log": (np.log, np.exp),
        "sqrt": (np.sqrt, np.square),
    }[scale]
    start, end = transform(1.0), transform(5.0)

    def wave(v):
        return np.sin(6 * (transform(v) - start) / (end - start))

    errors = []
    for n in (9, 17):
        table = Table.tabulate("t", [Axis("v", 1.0, 5.0, n, scale)], wave)
        left = {"first": 0, "middle": n // 2, "last": n - 2}[cell]
        points = inverse(start + (end - start) * (left + np.linspace(0, 1, 51)) / (n - 1))
        errors.append(np.max(np.abs(table.look_up(points) - wave(points))))
    assert errors[0] > 1e-4  # not yet at the rounding of the values
    assert errors[0] / errors[1] > 2**3.3


def test_linear_axis_is_exact_for_a_kink_on_a_node():
    table = Table.tabulate("t", [Axis("v", 0, 2, 5, linear=True)], lambda v: np.abs(v - 1))
    points = np.linspace(0, 2, 101)
    np.testing.assert_allclose(table.look_up(points), np.abs(points - 1), atol=1e-7)


def test_square_root_threshold_is_exact_on_a_sqrt_axis():
    table = Table.tabulate("t", [Axis("v", 0, 4, 8, "sqrt")], np.sqrt)
    points = np.linspace(-1, 4, 400)
    np.testing.assert_allclose(table.look_up(points), np.sqrt(np.maximum(points, 0)), atol=3e-5)


def test_cubics_are_reproduced_in_three_dimensions():
    axes = [Axis("x", 0, 1, 4), Axis("y", -1, 1, 5), Axis("z", 2, 3, 6)]
    table = Table.tabulate("t", axes, lambda x, y, z: x**3 * y**2 + z**3 - y)
    rng = np.random.default_rng(0)
    x, y, z = rng.uniform(size=50), rng.uniform(-1, 1, 50), rng.uniform(2, 3, 50)
    np.testing.assert_allclose(table.look_up(x, y, z), x**3 * y**2 + z**3 - y, rtol=2e-5)


def test_coordinates_outside_are_moved_to_the_end():
    table = Table.tabulate("t", [Axis("v", 1, 2, 9, "log")], np.square)
    np.testing.assert_allclose(table.look_up([0.1, 50.0]), [1, 4], rtol=1e-5)


def test_mantissas_are_rounded_relative_to_each_value():
    values = np.array([0.0, 1e-20, -np.pi, 1e20])
    rounded = round_mantissa(values)
    np.testing.assert_allclose(rounded, values, rtol=2.0**-16)
    assert not np.any(rounded.view(np.uint32) & 0xFF)


# --- fields ---------------------------------------------------------------------------------------


def test_field_evaluates_sums_of_products_and_composition():
    a, b = np.array([[0.2], [3.0]]), np.array([0.0, 0.4, 1.0])
    p = 1 / (1 + a)
    expected = np.exp(p * b) - 1.5 + 0.5 * b**2
    field = small_field()
    np.testing.assert_allclose(field.evaluate("diff", a=a, b=b), expected, atol=5e-5)
    np.testing.assert_allclose(field.evaluate("student", a=a, b=b), 2 + p + expected, atol=5e-5)
    assert field.evaluate("z").shape == ()


def test_field_orders_definitions():
    order = small_field().order
    assert order.index("p") < order.index("z") < order.index("f") < order.index("diff")


a = Parameter("a", "a", 0.1, 10, 1)
line = Table.tabulate("line", [Axis("a", 0.1, 10, 8, "log")], np.log)
BAD = {
    "range": lambda: Parameter("a", "a", 2, 1, 1.5),
    "log of zero": lambda: Parameter("a", "a", 0, 1, 0.5),
    "value outside": lambda: Parameter("a", "a", 1, 2, 3),
    "value nan": lambda: Parameter("a", "a", 1, 2, np.nan),
    "name": lambda: Parameter("lam t", "a", 1, 2, 1),
    "scale": lambda: Parameter("a", "a", 1, 2, 1, scale="sqrt"),
    "step": lambda: Parameter("a", "a", 1, 2, 1, step=0),
    "integer step": lambda: Parameter("a", "a", 1, 5, 2, scale="linear", step=0.5, integer=True),
    "too few nodes": lambda: Axis("a", 0, 1, 3),
    "axis scale": lambda: Axis("a", 0, 1, 8, "cubic"),
    "sqrt of negative": lambda: Axis("a", -1, 1, 8, "sqrt"),
    "shape": lambda: Table("t", [Axis("a", 0, 1, 8)], np.zeros(7)),
    "nan in table": lambda: Table("t", [Axis("a", 0, 1, 4)], [0, 1, np.nan, 2]),
    "no axes": lambda: Table("t", [], 1.0),
    "no terms": lambda: Quantity("q", []),
    "no coefficient": lambda: Quantity("q", [("a", "b")]),
    "twice": lambda: Field([a], [line], [Quantity("a", [(1,)])], "a", "a", "a"),
    "missing role": lambda: Field([a], [line], [], "line", "line", "nothing"),
    "missing reference": lambda: Field([a], [line], [Quantity("q", [(1, "b")])], "q", "q", "q"),
    "circle": lambda: Field(
        [a], [], [Quantity("q", [(1, "r")]), Quantity("r", [(1, "q")])], "q", "q", "q"
    ),
    "coverage": lambda: Field(
        [a], [Table("t", [Axis("a", 1, 10, 4)], np.ones(4))], [], "t", "t", "t"
    ),
    "evaluate range": lambda: small_field().evaluate("diff", a=11),
    "evaluate parameter": lambda: small_field().evaluate("diff", c=1),
    "evaluate name": lambda: small_field().evaluate("nothing"),
    "explorer id": lambda: small_explorer(explorer_id="a b"),
    "axes": lambda: PhaseExplorer(small_field(), "a", "a", explorer_id="x", title=""),
    "slider": lambda: small_explorer(sliders=["c"]),
    "section": lambda: small_explorer(section="z"),
    "preset": lambda: small_explorer(presets=[Preset("far", {"a": 100})]),
    "vote": lambda: small_explorer(votes=[Vote("far?", {"a": 100})]),
    "vote's end": lambda: small_explorer(votes=[Vote("far?", to={"c": 1})]),
    "marker": lambda: small_explorer(markers=[Marker("nothing", "")]),
    "marker axis": lambda: small_explorer(markers=[Marker("edge", "", axis="z")]),
    "curve": lambda: small_explorer(curves=[Curve("nothing", "")]),
    "text": lambda: small_explorer(texts={"nobody": ""}),
    "limit zero": lambda: small_explorer(limit=0),
    "limit nan": lambda: small_explorer(limit=np.nan),
    "coefficient is no number": lambda: Quantity("q", [(None, "b")]),
    "set range": lambda: small_explorer().set(a=100),
    "set name": lambda: small_explorer().set(c=1),
    "widget's own name": lambda: PhaseExplorer(
        Field(
            [Parameter("layout", "l", 1, 2, 1), a], [], [Quantity("q", [(1, "a")])], "q", "q", "q"
        ),
        "layout",
        "a",
        explorer_id="x",
        title="",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused(what):
    with pytest.raises(ValueError, match=r"allowed|must|refer"):
        BAD[what]()


@pytest.mark.parametrize("former", ["canvas", "field", "guide", "phase", "scores"])
def test_former_module_names_stay(former):
    module = importlib.import_module(f"w2slib.explorer.{former}")
    assert getattr(explorer, former) is module
    for name in module.__all__:
        owner = getattr(getattr(module, name), "__module__", "w2slib.explorer.model")
        assert owner.startswith(("w2slib.explorer.model", "w2slib.explorer.widgets"))


def test_nodes_of_a_parameter_cover_its_range_on_its_scale():
    assert a.axis(12) == Axis("a", 0.1, 10, 12, "log")


def test_message_names_parameter_value_and_range():
    with pytest.raises(ValueError, match=r"a = 11\.0 .* \[0\.1, 10\]"):
        small_field().evaluate("diff", a=11)


# --- widgets --------------------------------------------------------------------------------------


def test_every_slider_is_linked_to_its_trait():
    phase = small_explorer()
    assert isinstance(phase.sliders["a"], widgets.FloatLogSlider)
    assert isinstance(phase.sliders["b"], widgets.FloatSlider)
    for (name, slider), link in zip(phase.sliders.items(), phase._links, strict=True):
        assert isinstance(link, widgets.widget_link.Link)
        assert link.source == (slider, "value")
        assert link.target == (phase.canvas, name)
        assert phase.canvas.trait_metadata(name, "sync")


def test_set_moves_sliders_and_canvas_or_nothing():
    phase = small_explorer()
    phase.set(a=2, b=0.25)
    assert phase.settings == {"a": 2, "b": 0.25}
    assert (phase.canvas.a, phase.canvas.b) == (2, 0.25)
    with pytest.raises(ValueError, match="b = 7"):
        phase.set(a=3, b=7)
    assert phase.settings["a"] == 2


def test_slider_values_are_the_settings_without_a_browser():
    phase = small_explorer(sliders=["a"])
    phase.sliders["a"].value = 5
    assert phase.settings == {"a": 5, "b": 0.5}
    expected = np.exp(0.5 / 6) - 1.5 + 0.125
    assert phase.evaluate("diff") == pytest.approx(expected, abs=1e-4)


def test_representation_is_the_same_in_every_run():
    assert repr(small_explorer()) == "PhaseExplorer('small', x='a', y='b')"
    assert "0x" not in repr(small_explorer().canvas)


def test_two_explorers_do_not_share_traits():
    first, second = small_explorer(), small_explorer()
    first.set(a=3)
    assert second.canvas.a == 1


def test_presets_return_the_other_parameters_to_their_initial_values():
    phase = small_explorer(presets=[Preset("here", {"a": 3}, "look")])
    assert phase.canvas.options["presets"][0]["settings"] == {"a": 3, "b": 0.5}


def test_texts_replace_the_standard_ones():
    options = small_explorer(texts={"never": "no"}).canvas.options
    assert options["texts"] == TEXTS | {"never": "no"}


def test_default_limit_is_round_and_holds_most_of_the_field():
    for scale_of_q in (1, 3, 40):
        field = small_field(scale_of_q)
        limit = default_limit(field)
        assert f"{limit:.9e}"[0] in "125"
        assert float(f"{limit:.0e}") == pytest.approx(limit)
        a, b = np.meshgrid(np.geomspace(0.1, 10, 40), np.linspace(0, 1, 40))
        share_inside = np.mean(np.abs(field.evaluate("diff", a=a, b=b)) <= limit)
        assert share_inside > 0.8
        assert np.mean(np.abs(field.evaluate("diff", a=a, b=b)) <= limit / 2.6) < 0.95


def test_payload_describes_the_field():
    field = small_field()
    description, blob = field.payload()
    json.dumps(description)
    assert len(blob) == field.nbytes == 2 * 24 * 3
    assert [table["at"] for table in description["tables"]] == [0, 24]


# --- every explorer of the book -------------------------------------------------------------------

cases = pytest.mark.parametrize("case", EXPLORERS, ids=lambda case: case.explorer_id)


@cases
def test_field_agrees_with_theory_between_the_nodes(case):
    field = case.make().field
    rng = np.random.default_rng(7)
    settings = {p.name: random_values(p, rng, 2000) for p in field.parameters}
    student, teacher = case.student(**settings), case.teacher(**settings)
    exact = {field.student: student, field.teacher: teacher, field.difference: student - teacher}
    for name, values in exact.items():
        error = np.abs(field.evaluate(name, **settings) - values)
        assert np.max(error) <= 1e-3 * np.ptp(values), name
    clear = np.abs(student - teacher) > 1e-3 * np.ptp(student - teacher)
    signs = np.sign(field.evaluate(field.difference, **settings)) == np.sign(student - teacher)
    assert np.all(signs[clear])


@cases
def test_explorer_is_light(case):
    canvas = case.make().canvas
    page = b"".join(
        [
            base64.b64encode(canvas.tables),
            canvas._esm.encode(),
            canvas._css.encode(),
            json.dumps([canvas.description, canvas.options]).encode(),
        ]
    )
    assert len(gzip.compress(page)) < 150_000


@cases
def test_explorer_is_as_registered(case):
    phase = case.make()
    assert repr(phase).startswith(f"PhaseExplorer({case.explorer_id!r}")
    assert all(np.isfinite(phase.evaluate(name)) for name in phase.field.order)


# --- round numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [(0.1, 10, "log"), (0.2, 5, "log"), (0.05, 5, "log"), (0.013, 0.9, "log"), (0.3, 0.95, "linear"),
     (0, 1, "linear"), (-2, 1, "linear"), (0.5, 800, "log")],
)  # fmt: skip
def test_sliders_stop_at_round_numbers(low, high, scale):
    parameter = Parameter("v", "v", low, high, low, scale=scale)
    stops = parameter.stops
    assert (stops[0], stops[-1]) == (low, high)
    assert np.all(np.diff(stops) > 0)
    for value in stops[1:-1]:
        assert float(f"{value:.3g}") == value
    if scale == "log":  # steps of about 0.02 decades, and every round decade with its half
        gaps = np.diff(np.log10(stops[1:-1]))
        assert np.all((gaps > 0.008) & (gaps < 0.035))
        rounds = [f * 10.0**k for k in range(-3, 4) for f in (1, 1.5, *range(2, 10))]
        assert {float(f"{r:.3g}") for r in rounds if low <= r <= high} <= set(stops)


@cases
def test_every_setting_that_the_book_names_is_a_stop(case):
    phase = case.make()
    options = phase.canvas.options
    named = [phase.field.defaults, *(place["settings"] for place in options["presets"])]
    named += [place["settings"] | (place["to"] or {}) for place in options["votes"]]
    for settings in named:
        for name, value in settings.items():
            assert value in phase.field.parameter(name).stops, (name, value)


def test_choice_between_no_and_yes_is_a_checkbox():
    phase = explorer.multi_index()
    box = phase.sliders["adapter"]
    assert isinstance(box, widgets.Checkbox)
    assert (box.value, phase.settings["adapter"]) == (False, 0.0)
    phase.set(adapter=1)
    assert (box.value, phase.canvas.adapter, phase.settings["adapter"]) == (True, True, 1.0)
