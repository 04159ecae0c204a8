"""The component in a browser on a page of its own: every kind of table, axis and line at once.

The book's explorers are tested on the built site (test_site_explorer.py); here the arithmetic of
field.js is compared with `Field.evaluate` for what no chapter may happen to use.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.fields import composed_field
from tools.browser import widget_page
from w2slib.explorer import Curve, Marker, PhaseExplorer
from w2slib.explorer.phase import random_values


@pytest.fixture(scope="module")
def shown(tmp_path_factory, browser):
    """The page, its explorer's Python side and the errors that the page reports."""
    phase = PhaseExplorer(
        composed_field(),
        "b",
        "a",
        explorer_id="composed",
        title="composed",
        section="x",
        markers=[Marker("edge", "edge", axis="y")],
        curves=[Curve("tz", "tanh"), Curve("tn", "square")],
    )
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(widget_page(phase), encoding="utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(file.as_uri())
    page.locator(".w2s-sentence strong").wait_for(timeout=60_000)
    yield page, phase
    page.close()
    assert errors == []


def call(page, expression: str, argument=None):
    script = f"(root, argument) => {{ const hook = root.w2slib; return {expression}; }}"
    return page.locator(".w2s-canvas").evaluate(script, argument)


def test_points_agree_with_the_reference(shown):
    page, phase = shown
    rng = np.random.default_rng(5)
    drawn = {p.name: random_values(p, rng, 200) for p in phase.field.parameters}
    drawn["b"][:20] = 0.0  # a factor that switches terms off
    settings = [{n: float(v[k]) for n, v in drawn.items()} for k in range(200)]
    for name in phase.field.order:
        values = call(page, "argument[1].map(s => hook.evaluate(argument[0], s))", [name, settings])
        np.testing.assert_allclose(
            values, phase.field.evaluate(name, **drawn), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("c", [0.5, 1.3])
def test_map_and_section_agree_with_the_reference(shown, c):
    page, phase = shown
    call(page, "hook.set(argument)", {"a": 0.3, "b": 0.37, "c": c, "n": 5})
    page.wait_for_timeout(200)
    now, samples = call(page, "hook.settings()"), call(page, "hook.samples()")
    assert now["c"] == pytest.approx(c, rel=0.03)  # up to a slider step
    others = {name: now[name] for name in ("c", "n")}
    x, y = np.array(samples["x"]), np.array(samples["y"])
    assert (x[0], x[-1], y[0], y[-1]) == (0, 1, 0.1, 10)
    expected = phase.field.evaluate("diff", b=x, a=y[:, None], **others)
    np.testing.assert_allclose(
        np.reshape(samples["map"], (len(y), len(x))), expected, rtol=1e-9, atol=1e-12
    )
    section = samples["section"]
    for name, role in (("student", "student"), ("difference", "diff")):
        exact = phase.field.evaluate(role, b=np.array(section["positions"]), a=now["a"], **others)
        np.testing.assert_allclose(section[name], exact, rtol=1e-9, atol=1e-12)


def test_whole_numbers_stay_whole(shown):
    page, _ = shown
    page.locator(".w2s-slider-n .noUi-handle").press("Home")
    page.keyboard.press("ArrowRight")
    assert call(page, "hook.settings()")["n"] == 2
    call(page, "hook.set({n: 4.4})")
    assert call(page, "hook.settings()")["n"] == 4


def test_sentence_names_every_range_on_which_the_student_wins(shown):
    page, phase = shown
    call(page, "hook.set({a: 1, c: 1, n: 3})")
    page.wait_for_timeout(200)
    verdict, samples = call(page, "hook.verdict()"), call(page, "hook.samples()")["section"]
    wins = np.array(samples["difference"]) < 0
    starts = int(wins[0]) + np.count_nonzero(~wins[:-1] & wins[1:])
    expected = {0: {"never"}, 1: {"always", "below", "above", "between"}}.get(starts, {"several"})
    assert verdict["regime"] in expected
    for end in ("low", "high"):
        if end in verdict:
            at_end = phase.field.evaluate("diff", a=1, c=1, n=3, b=verdict[end])
            assert abs(at_end) < 1e-3


LINKS = {
    "a=&b=": {},
    "a=abc&b=1e9&foo=1": {},
    "a=2&amp;b=0.25": {"a": 2, "b": 0.25},
    "a=NaN&b=0.75": {"b": 0.75},
    "a=-1&c=0.5": {"c": 0.5},
}


@pytest.mark.parametrize("query", LINKS)
def test_link_gives_what_can_be_read_and_leaves_the_rest(shown, query):
    page, phase = shown
    call(page, "hook.set(argument)", {"a": 5, "b": 0.9, "c": 2, "n": 5})
    page.evaluate(f"location.hash = 'composed?{query}'")
    page.wait_for_function("() => document.querySelector('.w2s-canvas').w2slib.settings().n === 3")
    assert call(page, "hook.settings()") == phase.field.defaults | LINKS[query]
    said = page.locator(".w2s-said").text_content()
    refused = [name for name in ("a", "b") if f"{name}=" in query and name not in LINKS[query]]
    labels = [phase.field.parameter(name).label for name in refused]
    assert said == (f"The link has no usable value for {', '.join(labels)}." if labels else "")
    page.evaluate("document.querySelector('.w2s-said').textContent = ''")


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("how", ["Enter", "Tab"])
@pytest.mark.parametrize(
    ("typed", "value"),
    [("0,5", 0.5), ("1e-1", 0.1), ("0.25", 0.25), ("", None), ("half", None), ("1,2,3", None)],
)
def test_read_out_takes_numbers_and_nothing_else(shown, name, how, typed, value):
    page, _ = shown
    call(page, "hook.set(argument)", {name: 0.7})
    before = call(page, "hook.settings()")[name]
    assert before == 0.7
    readout = page.locator(f".w2s-slider-{name} .widget-readout")
    shown_before = readout.text_content()
    readout.fill(typed)
    readout.press(how)
    page.locator("body").click(position={"x": 1, "y": 1})
    now = call(page, "hook.settings()")[name]
    assert now == (before if value is None else value)
    assert (now == before) == (value is None)
    assert float(readout.text_content()) == pytest.approx(now, rel=6e-3)
    assert shown_before == readout.text_content() or value is not None


def test_read_out_that_is_only_visited_changes_nothing(shown):
    page, _ = shown
    call(page, "hook.set(argument)", {"a": 0.7})
    before = call(page, "hook.settings()")
    readout = page.locator(".w2s-slider-a .widget-readout")
    readout.focus()
    readout.press("Tab")
    assert call(page, "hook.settings()") == before
