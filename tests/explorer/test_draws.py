"""Data sets drawn in the browser, in a page of their own: do they say what w2slib's simulations say?

The same data give the same fits to 1e-9 in js/samples.test.js; here the whole way is tested: buttons,
worker, seeds, and the means of 400 draws.
"""

from __future__ import annotations

import csv
import re
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tests.helpers.accessibility import audit, contrast_violations
from tests.helpers.draws import DRAWN
from tests.helpers.explorers import EXPLORERS
from tools.browser import widget_page
from w2slib import warm_start
from w2slib.core.ridge_solver import ridge_path
from w2slib.explorer.chapters.warm_start import LABELS_PER_DIM, SAMPLE_COST
from w2slib.explorer.widgets import bundle
from w2slib.explorer.widgets.sampling import DIMENSIONS, DRAW_TEXTS, Sampling

NOT_SAMPLED = {"diagnose"}
"""It shows data sets as it is."""

DONE = "n => document.querySelector('.w2s-canvas').w2slib.draws.draws.length === n"


class Page:
    """An explorer on a page of its own."""

    def __init__(self, browser, file, phase, **options):
        file.write_text(widget_page(phase), encoding="utf-8")
        self.phase = phase
        self.page = browser.new_page(**{"viewport": {"width": 1000, "height": 1100}} | options)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(file.as_uri())
        self.page.locator(".w2s-sentence strong").wait_for(timeout=60_000)

    def call(self, expression: str, argument=None):
        script = f"(root, argument) => {{ const hook = root.w2slib; return {expression}; }}"
        return self.page.locator(".w2s-canvas").evaluate(script, argument)

    def set(self, **settings: float) -> None:
        self.call("hook.set(argument)", settings)
        self.settle()

    def settle(self) -> None:
        self.page.evaluate("new Promise(go => requestAnimationFrame(() => setTimeout(go, 50)))")

    def draw(self, button: str, total: int) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
        self.wait(total)

    def wait(self, total: int) -> None:
        self.page.wait_for_function(DONE, arg=total, timeout=60_000)
        self.settle()

    def choose(self, dim: int, seed: int) -> None:
        self.page.get_by_label("d =").select_option(str(dim))
        field = self.page.get_by_label("seed")
        field.fill(str(seed))
        field.press("Tab")

    @property
    def said(self) -> str:
        return self.page.locator(".w2s-drawn").text_content()

    def draws(self) -> list[dict]:
        return self.call("hook.draws.draws")


@pytest.fixture
def opened(browser, tmp_path):
    """Open an explorer; at the end, no page has reported an error."""
    pages = []

    def open_(phase, **options) -> Page:
        pages.append(Page(browser, tmp_path / f"{len(pages)}.html", phase, **options))
        return pages[-1]

    yield open_
    for page in pages:
        page.page.close()
        assert page.errors == []


def test_every_explorer_of_a_model_can_be_drawn():
    sampled = {c.explorer_id for c in EXPLORERS if c.make().canvas.options["sampling"]}
    assert sampled == set(DRAWN) == {case.explorer_id for case in EXPLORERS} - NOT_SAMPLED
    samplers = [c.make().canvas.sampler for c in EXPLORERS if c.explorer_id not in NOT_SAMPLED]
    assert len({id(sampler) for sampler in samplers}) == 1, "the script is sent once a page"
    assert repr(samplers[0]) == "Sampler()"
    assert not any(c.make().canvas.sampler for c in EXPLORERS if c.explorer_id in NOT_SAMPLED)


@pytest.mark.parametrize("name", DRAWN)
def test_hundreds_of_draws_agree_with_the_simulation(opened, name):
    drawn = DRAWN[name]
    shown = opened(drawn.make())
    shown.choose(drawn.dim, 5)
    shown.set(**drawn.setting)
    reached = shown.call("hook.settings()")
    assert {name: reached[name] for name in drawn.setting} == pytest.approx(drawn.setting)
    high = shown.page.locator(".w2s-canvas").evaluate("root => root.offsetHeight")
    shown.call("hook.draws.draw(argument)", drawn.count)
    shown.wait(drawn.count)
    # What the draws say has its place from the beginning.
    assert shown.page.locator(".w2s-canvas").evaluate("root => root.offsetHeight") == high
    simulated = drawn.simulate(dim=drawn.dim, n_trials=drawn.count, rng=3)
    for who, expected in zip(("student", "teacher"), simulated, strict=True):
        values = np.array([draw[who] for draw in shown.draws()])
        own = values.std(ddof=1) / np.sqrt(drawn.count)
        stderr = np.hypot(own, expected.stderr)
        assert abs(values.mean() - expected.mean) <= 4 * stderr + 1e-12, who
        summary = shown.call(f"hook.draws.summary().{who}")
        assert summary["mean"] == pytest.approx(values.mean())
        assert summary["half"] == pytest.approx(2 * own)
        allowed = shown.call("hook.draws.allowed()")
        gap = abs(summary["mean"] - summary["theory"])
        assert summary["inside"] is bool(gap <= summary["half"] + allowed)
        assert summary["inside"], (who, summary)


@pytest.mark.parametrize("degree", [2, 3, 4])
def test_descent_on_so_many_labels_stays_within_what_the_warm_start_allows(degree):
    dim, rho, rng, times = 40, 0.8, np.random.default_rng(degree), np.array([10, 20, 40, 60])
    gaps = []
    for _ in range(8):
        start = warm_start.pretrain(1.2, dim=dim, n_samples=2 * dim, rng=rng)
        supervisor = warm_start.unit_vector(rho, dim=dim, rng=rng)
        start = start * np.sign(start @ supervisor)
        run = warm_start.fine_tune(
            start, degree=degree, supervisor=supervisor, n_samples=LABELS_PER_DIM * dim,
            noise_var=0.0, step_size=0.01, n_steps=int(times[-1]), rng=rng,
        )  # fmt: skip
        flow = warm_start.flow(max(start[0], 0), rho, degree, 0.01 * times, c=start @ supervisor)
        gaps.append(run.error[times] - warm_start.error(flow.truth, degree))
    chance = 2 * np.std(gaps, axis=0, ddof=1) / np.sqrt(len(gaps))
    assert np.all(np.abs(np.mean(gaps, axis=0)) <= chance + SAMPLE_COST[str(degree)] + 3 / dim)


@pytest.fixture(scope="module")
def ridge_page(browser, tmp_path_factory):
    """Mechanism I's explorer, opened once for the tests that start at its first setting."""
    page = Page(browser, tmp_path_factory.mktemp("ridge") / "page.html", DRAWN["ridge"].make())
    yield page
    page.page.close()
    assert page.errors == []


@pytest.fixture
def shown(ridge_page):
    """The same page as a reader finds it."""
    ridge_page.page.get_by_role("button", name="reset", exact=True).click()
    ridge_page.choose(100, 1)
    ridge_page.call("hook.draws.clear()")
    ridge_page.wait(0)
    return ridge_page


def test_a_seed_gives_the_same_draws_and_another_one_others(shown):
    shown.draw("draw a data set", 1)
    shown.draw("draw 20 data sets", 21)
    first = shown.draws()
    shown.page.get_by_role("button", name="clear", exact=True).click()
    shown.wait(0)
    assert shown.said == DRAW_TEXTS["hint"]
    shown.draw("draw 20 data sets", 20)
    again = shown.draws()
    assert [d["student"] for d in again] == [d["student"] for d in first[:20]]
    shown.choose(100, 2)
    shown.wait(0)
    shown.draw("draw a data set", 1)
    assert shown.draws()[0]["student"] not in {d["student"] for d in first}


def test_python_draws_the_same_data_from_the_seed(shown):
    """What w2slib.explorer's docstring promises: deviate for deviate."""
    shown.choose(60, 11)
    shown.set(lam_t=0.1, lam_s=1.0, noise_var=0.5, gamma_t=0.5, gamma_s=2.0)
    shown.call("hook.draws.draw(3)")
    shown.wait(3)
    setting = shown.call("hook.settings()")
    for number, draw in enumerate(shown.draws(), start=1):
        source, d = np.random.RandomState([11, number]), 60
        target = source.standard_normal(d) / np.sqrt(d)
        X = source.standard_normal((120, d))
        y = X @ target + np.sqrt(setting["noise_var"]) * source.standard_normal(120)
        teacher = ridge_path(X, y, np.array([setting["lam_t"]]))[:, 0]
        Z = source.standard_normal((30, d))
        student = ridge_path(Z, Z @ teacher, np.array([setting["lam_s"]]))[:, 0]
        for name, fit in {"teacher": teacher, "student": student}.items():
            assert draw[name] == pytest.approx(np.sum((fit - target) ** 2), rel=1e-9), name


def test_sentence_tells_means_sizes_and_theory(shown):
    shown.draw("draw a data set", 1)
    assert shown.said.startswith("1 draw with d = 100 (nₜ = 200, nₛ = 200): student ")
    shown.draw("draw 20 data sets", 21)
    found = shown.call("hook.draws.summary()")
    assert shown.said.startswith("21 draws with d = 100 (nₜ = 200, nₛ = 200)")
    mean, half, theory = re.search(
        r"student ([\d.]+) ± ([\d.]+), theory ([\d.]+) \(inside\)", shown.said
    ).groups()
    assert float(mean) == pytest.approx(found["student"]["mean"], abs=1e-3)
    assert float(half) == pytest.approx(found["student"]["half"], abs=1e-3)
    # Theory at the ratios that were drawn: n is a whole number.
    exact = shown.phase.field.evaluate("student", gamma_t=0.5, gamma_s=0.5)
    assert found["student"]["theory"] == pytest.approx(float(exact), rel=1e-6)
    assert float(theory) == pytest.approx(float(exact), rel=2e-3)
    assert f"The student won {found['wins']} of 21." in shown.said
    live = shown.page.get_by_role("status").last
    assert live.text_content() == shown.said


def test_moving_a_slider_forgets_the_draws_and_stops_the_worker(shown):
    shown.draw("draw a data set", 1)
    shown.call("hook.draws.draw(900)")
    shown.set(lam_s=1.0)
    assert shown.draws() == []
    assert shown.said == DRAW_TEXTS["hint"]
    assert shown.call("hook.draws.worker === null")
    assert shown.page.locator(".w2s-mark-dot").is_hidden()


def test_draws_stand_in_the_section_and_on_the_colour_bar(shown):
    picture = "root => root.querySelector('.w2s-curve canvas').toDataURL()"
    before = shown.page.locator(".w2s-canvas").evaluate(picture)
    shown.draw("draw 20 data sets", 20)
    assert shown.page.locator(".w2s-canvas").evaluate(picture) != before
    ramp = shown.page.locator(".w2s-ramp").bounding_box()
    dot = shown.page.locator(".w2s-mark-dot").bounding_box()
    limit = shown.phase.canvas.options["limit"]
    middle = dot["x"] + dot["width"] / 2 - ramp["x"]
    found = shown.call("hook.draws.summary().difference.mean")
    assert middle / ramp["width"] == pytest.approx(0.5 + found / limit / 2, abs=0.01)


def test_a_slow_setting_says_that_it_draws_and_sliders_stay_quick(shown):
    shown.choose(200, 1)
    shown.set(gamma_t=0.1, gamma_s=0.1)
    shown.page.get_by_role("button", name="draw 20 data sets").click()
    shown.page.wait_for_function("document.querySelector('.w2s-draws').ariaBusy === 'true'")
    assert re.match(r"Drawing: \d+ of 20 …|.* Drawing: \d+ of 20 …$", shown.said)
    shown.call("hook.redrawTimes.length = 0")
    shown.settle()
    assert all(time["ms"] < 100 for time in shown.call("hook.redrawTimes"))


def test_bad_samplings_are_refused():
    with pytest.raises(ValueError, match="allowed"):
        Sampling("ridge", {}, allowance=-1)
    with pytest.raises(ValueError, match="allowed"):
        Sampling("ridge", {}, dim=61)
    with pytest.raises(ValueError, match="allowed"):
        Sampling("ridge", {}, texts={"nothing": ""})
    field = DRAWN["ridge"].make().field
    with pytest.raises(ValueError, match=r"gamma.*allowed"):
        Sampling("ridge", {"gamma": "n"}).check(field)
    with pytest.raises(ValueError, match="degree"):
        Sampling("ridge", {}, by="degree").check(field)
    with pytest.raises(ValueError, match="allowed"):
        Sampling("ridge", {}, by="lam_t", also={"2": np.nan})
    with pytest.raises(ValueError, match=r"m0.*allowed"):
        Sampling("ridge", {}, measured=["m0"]).check(field)


def test_the_worker_holds_no_theory_and_imports_nothing():
    text = bundle.script("worker.js")
    assert not re.search(r"^(import|export)\b|https?://|importScripts", text, re.MULTILINE)
    assert "Permission is hereby granted" in text  # ml-matrix's licence goes with its code
    assert (min(DIMENSIONS), max(DIMENSIONS)) == (60, 200)


# --- pin, numbers, picture ------------------------------------------------------------------------


def saved(shown, name: str, folder):
    """The file that a button hands over."""
    with shown.page.expect_download() as download:
        shown.page.get_by_role("button", name=name).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def test_a_pinned_curve_stays_until_it_is_taken_off(shown):
    picture = "root => root.querySelector('.w2s-curve canvas').toDataURL()"
    canvas = shown.page.locator(".w2s-canvas")
    shown.set(lam_t=0.02)
    alone = canvas.evaluate(picture)
    shown.set(lam_t=0.5)
    shown.page.get_by_role("button", name="pin this curve").click()
    shown.set(lam_t=0.02)
    assert canvas.evaluate(picture) != alone
    note = shown.page.locator(".w2s-pinned")
    assert note.text_content() == "pinned: λₜ = 0.5"
    assert shown.page.locator(".w2s-pin-mark").is_visible()
    shown.page.get_by_role("button", name="unpin").click()
    shown.settle()
    assert canvas.evaluate(picture) == alone
    assert note.is_hidden()
    assert shown.page.locator(".w2s-pin-mark").is_hidden()


def test_numbers_are_the_curves_and_the_draws(shown, tmp_path):
    shown.page.get_by_role("button", name="pin this curve").click()
    shown.set(lam_t=0.02)
    shown.draw("draw 20 data sets", 20)
    file = saved(shown, "numbers (CSV)", tmp_path)
    assert file.name == "ridge.csv"
    table = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    kinds = Counter(row["kind"] for row in table)
    assert kinds == {"theory": 241, "pinned": 241, "draw": 20}
    field = shown.phase.field
    curves = [row for row in table if row["kind"] != "draw"]
    settings = {name: [float(row[name]) for row in curves] for name in field.defaults}
    for name in ("student", "teacher"):
        found = [float(row[name]) for row in curves]
        np.testing.assert_allclose(found, field.evaluate(name, **settings), rtol=1e-8)
    drawn = [row for row in table if row["kind"] == "draw"]
    assert [float(row["student"]) for row in drawn] == [d["student"] for d in shown.draws()]
    assert {(row["gamma_t"], row["d"], row["seed"]) for row in drawn} == {("0.5", "100", "1")}


def test_picture_holds_what_is_said_below_it(shown, tmp_path):
    file = saved(shown, "picture (PNG)", tmp_path)
    assert file.name == "ridge.png"
    before = plt.imread(file)
    canvas = shown.page.locator(".w2s-map canvas").bounding_box()
    assert before.shape[1] > 2 * canvas["width"]
    assert before.shape[0] > canvas["height"] + 100
    shown.draw("draw 20 data sets", 20)
    assert plt.imread(saved(shown, "picture (PNG)", tmp_path)).shape[0] > before.shape[0]


# --- everybody ------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_draws_on_a_phone_by_keyboard(opened, theme):
    phase = DRAWN["try-it"].make()
    phone = {"viewport": {"width": 320, "height": 700}, "has_touch": True}
    shown = opened(phase, **phone, color_scheme=theme)
    page = shown.page
    one = page.get_by_role("button", name="draw a data set")
    high = page.locator(".w2s-canvas").evaluate("root => root.offsetHeight")
    one.focus()
    page.keyboard.press("Enter")
    shown.wait(1)
    for step in ("draw 20 data sets", "60", "1"):
        page.keyboard.press("Tab")
        script = "(e => e.ariaLabel ?? e.options?.[0].text ?? e.value)(document.activeElement)"
        name = page.evaluate(script)
        assert name == step
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator(".w2s-canvas").evaluate("root => root.offsetHeight") == high
    sizes = page.locator(".w2s-draws button, .w2s-draws select, .w2s-draws input")
    for size in (control.bounding_box() for control in sizes.all()):
        assert min(size["width"], size["height"]) >= 24
    assert audit(page, context=".w2s-explorer")["violations"] == []
    assert contrast_violations(page) == []


def test_link_draws_the_same_data_again(opened):
    phase = DRAWN["try-it"].make()
    shown = opened(phase)
    shown.choose(80, 9)
    shown.set(lam_t=0.05)
    assert shown.call("hook.draws.link()") == ""
    shown.draw("draw a data set", 1)
    shown.draw("draw 20 data sets", 21)
    assert shown.call("hook.draws.link()") == "&dim=80&seed=9&draws=21"
    first = [draw["student"] for draw in shown.draws()]
    link = "try-it?lam_t=0.05" + shown.call("hook.draws.link()")
    shown.page.get_by_role("button", name="reset").click()
    shown.choose(100, 3)
    shown.wait(0)
    shown.page.evaluate("link => { location.hash = link }", link)
    shown.wait(21)
    assert [draw["student"] for draw in shown.draws()] == first
    shown.page.evaluate("location.hash = 'try-it?lam_t=0.05&dim=7&seed=x&draws=-1'")
    shown.wait(0)
    assert shown.page.get_by_label("d =").input_value() == "80"


def test_a_reload_draws_again_what_the_address_says(opened):
    shown = opened(DRAWN["try-it"].make())
    shown.draw("draw 20 data sets", 20)
    first = [draw["student"] for draw in shown.draws()]
    shown.page.get_by_role("button", name="link to this setting").click()
    assert shown.page.url.endswith("&dim=100&seed=1&draws=20")
    shown.page.reload()
    shown.page.locator(".w2s-sentence strong").wait_for(timeout=60_000)
    shown.wait(20)
    assert [draw["student"] for draw in shown.draws()] == first


def test_a_thousand_draws_are_enough(shown):
    shown.choose(60, 1)
    shown.call("hook.draws.draw(5000)")
    shown.page.wait_for_function("document.querySelector('.w2s-draws button').disabled")
    assert shown.call("hook.draws.wanted") == 1000
    shown.page.get_by_role("button", name="clear", exact=True).click()
    shown.wait(0)
    assert shown.page.get_by_role("button", name="draw a data set").is_enabled()
