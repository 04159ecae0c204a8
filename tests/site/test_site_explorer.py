"""Every explorer of the book in a real browser: sliders, buttons, links, and the numbers it shows.

The cases come from explorers.py; a new chapter adds one entry there and nothing here.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.helpers.covers import open_explorer, show
from tests.helpers.explorers import EXPLORERS, Case
from tools import browser as harness
from w2slib.explorer import PhaseExplorer
from w2slib.explorer.phase import random_values

# A number for what the canvases show, many times quicker than a PNG of them.
PICTURE = """root => [...root.querySelectorAll("canvas")].map(canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(data.buffer).reduce((sum, pixel) => Math.imul(sum, 31) + pixel | 0, 7);
}).join() + root.querySelector(".w2s-handle").style.transform"""


@dataclass
class Shown:
    """An explorer on its page: the browser's side and Python's."""

    case: Case
    phase: PhaseExplorer
    visit: harness.Visit
    sent: tuple | None = None
    opened_covered: bool = False
    """Settings and sentence of the page whose link led here."""

    def __post_init__(self):
        self.page = self.visit.page
        self.root = self.page.locator(f'[data-explorer="{self.case.explorer_id}"]')
        self.opened_covered = "covered" in self.root.get_attribute("class")
        open_explorer(self.root)

    def call(self, expression: str, argument=None):
        """Value of `expression` in the browser, where `hook` is the test hook."""
        script = f"(root, argument) => {{ const hook = root.w2slib; return {expression}; }}"
        return self.root.evaluate(script, argument)

    def settle(self) -> None:
        """Wait until the next redraw is done."""
        self.visit.next_frames()

    def settings(self) -> dict[str, float]:
        return self.call("hook.settings()")

    def picture(self) -> str:
        self.settle()
        return self.root.evaluate(PICTURE)

    def reset(self) -> None:
        show(self.root)
        self.root.get_by_role("button", name="reset", exact=True).click()
        self.settle()

    @property
    def sliders(self) -> list[str]:
        """Names of the parameters that are set by a slider, not by a checkbox."""
        parameters = map(self.phase.field.parameter, self.phase.sliders)
        return [parameter.name for parameter in parameters if not parameter.toggle]

    def control(self, name: str):
        """The box of a parameter's slider or checkbox."""
        return self.page.locator(f".w2s-explorer:has({self.selector}) .w2s-slider-{name}")

    def handle(self, name: str):
        return self.control(name).locator(".noUi-handle")

    @property
    def selector(self) -> str:
        return f'[data-explorer="{self.case.explorer_id}"]'

    def near(self, settings: dict[str, float]) -> bool:
        """Are the browser's settings exactly these, which sliders must be able to reach?"""
        return self.settings() == settings


def position(parameter, value: float) -> float:
    """The slider's own coordinate of a value."""
    return np.log10(value) if parameter.scale == "log" else value


def stop(parameter, value: float) -> int:
    """The number of the slider's stop that a value is."""
    found = np.flatnonzero(parameter.stops == value)
    assert len(found) == 1, f"{parameter.name} = {value!r} is no stop of its slider"
    return int(found[0])


@pytest.fixture(scope="module", params=EXPLORERS, ids=lambda case: case.explorer_id)
def shown(request, open_page):
    """The page of an explorer, opened once for the tests that only read and set it."""
    case = request.param
    visit = open_page(case.page)
    yield Shown(case, case.make(), visit)
    assert visit.problems() == []


@pytest.fixture
def fresh(shown):
    """The same explorer at its initial setting."""
    shown.reset()
    return shown


def test_initial_setting_is_pythons(fresh):
    assert fresh.near(fresh.phase.settings)


def test_explorer_below_a_predict_box_opens_covered(shown):
    assert shown.opened_covered == bool(shown.phase.canvas.options["votes"])


# Key presses dispatched in the page until the handle has come to its end, four between two pictures.
SWEEP = """async (root, handle) => {
    const picture = PICTURE, pictures = [];
    for (let last = null; last !== handle.getAttribute("aria-valuenow");) {
        last = handle.getAttribute("aria-valuenow");
        for (let k = 0; k < 4; k++)
            handle.dispatchEvent(new KeyboardEvent("keydown", { key: "PageUp", bubbles: true }));
        await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
        pictures.push(picture(root));
    }
    return pictures.slice(0, -1);
}""".replace("PICTURE", PICTURE)


def test_every_slider_moves_the_picture_by_keyboard_over_its_whole_range(fresh):
    for name in fresh.sliders:
        parameter = fresh.phase.field.parameter(name)
        fresh.reset()
        handle = fresh.handle(name)
        handle.focus()
        fresh.page.keyboard.press("Home")
        pictures = [fresh.picture()]
        assert fresh.settings()[name] == parameter.low
        fresh.page.keyboard.press("ArrowRight")
        pictures.append(fresh.picture())
        assert fresh.settings()[name] == parameter.stops[1]
        pictures += fresh.root.evaluate(SWEEP, handle.element_handle())
        same = [k for k, pair in enumerate(pairwise(pictures)) if len(set(pair)) == 1]
        assert same == [], f"{name} stands still"
        assert fresh.settings()[name] == parameter.high, name
        value = fresh.settings()[name]
        assert float(handle.get_attribute("aria-valuetext")) == pytest.approx(value, rel=6e-3)
        assert handle.get_attribute("aria-label") == parameter.title


def test_every_slider_stops_where_python_says(fresh):
    """At each of its stops, forth and back, one key press from the next."""
    for name in fresh.sliders:
        stops = fresh.phase.field.parameter(name).stops
        fresh.handle(name).press("Home")
        walk = """(root, [handle, key, n]) => Array.from({ length: n }, () => {
            handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            return root.w2slib.settings()[NAME];
        })""".replace("NAME", f"'{name}'")
        element = fresh.handle(name).element_handle()
        up = fresh.root.evaluate(walk, [element, "ArrowRight", len(stops) - 1])
        down = fresh.root.evaluate(walk, [element, "ArrowLeft", len(stops) - 1])
        assert up == stops[1:].tolist(), name
        assert down == stops[-2::-1].tolist(), name


def test_choices_are_checkboxes(fresh):
    for name in set(fresh.phase.sliders) - set(fresh.sliders):
        parameter = fresh.phase.field.parameter(name)
        box = fresh.control(name).get_by_role("checkbox", name=parameter.title, exact=True)
        before = fresh.picture()
        assert fresh.settings()[name] == box.is_checked() == parameter.value
        box.press("Space")
        assert fresh.picture() != before
        assert fresh.settings()[name] == box.is_checked() == 1 - parameter.value
        fresh.reset()
        assert fresh.picture() == before
        assert box.is_checked() == parameter.value


def test_sliders_and_picture_are_one_named_group(fresh):
    group = fresh.page.locator(f".w2s-explorer:has({fresh.selector})")
    assert group.get_attribute("role") == "group"
    assert group.get_attribute("aria-label") == fresh.phase.canvas.options["title"]
    assert group.locator("[role=slider], [role=checkbox], input").count() >= len(fresh.sliders) + 1
    assert fresh.root.get_attribute("role") is None


def test_every_button_leads_to_its_place(fresh):
    initial = fresh.picture()
    options = fresh.phase.canvas.options
    for preset in options["presets"]:
        button = fresh.root.get_by_role("button", name=preset["label"], exact=True)
        button.click()
        fresh.settle()
        assert fresh.near(preset["settings"]), preset["label"]
        # Which one is active is said, and what it means.
        assert fresh.root.locator("[aria-pressed=true]").all_text_contents() == [preset["label"]]
        assert fresh.root.locator(".w2s-meaning").inner_text() == preset["tip"]
        described = fresh.page.locator(f"#{button.get_attribute('aria-describedby')}")
        assert described.text_content() == preset["tip"]
        # One button may lead back to where the explorer opens.
        is_initial = preset["settings"] == pytest.approx(fresh.phase.settings)
        assert (fresh.picture() == initial) == is_initial
        check_sentence(fresh)
    fresh.reset()
    assert fresh.near(fresh.phase.settings)
    assert fresh.picture() == initial


def test_presets_are_different_places(fresh):
    places = [tuple(p["settings"].items()) for p in fresh.phase.canvas.options["presets"]]
    assert len(set(places)) == len(places) > 0


def test_readouts_between_the_nodes_agree_with_theory(fresh):
    field, rng = fresh.phase.field, np.random.default_rng(3)
    drawn = {p.name: random_values(p, rng, 300) for p in field.parameters}
    settings = [{n: float(v[k]) for n, v in drawn.items()} for k in range(300)]
    student, teacher = fresh.case.student(**drawn), fresh.case.teacher(**drawn)
    exact = {field.student: student, field.teacher: teacher, field.difference: student - teacher}
    for name, values in exact.items():
        shown = np.array(
            fresh.call("argument[1].map(s => hook.evaluate(argument[0], s))", [name, settings])
        )
        assert np.max(np.abs(shown - values)) <= 1e-3 * np.ptp(values), name
        # The browser and the reference implementation do the same arithmetic.
        reference = field.evaluate(name, **drawn)
        np.testing.assert_allclose(shown, reference, rtol=1e-9, atol=1e-9 * np.ptp(values))


def test_crosshair_by_keyboard(fresh):
    options = fresh.phase.canvas.options
    x, y = (fresh.phase.field.parameter(options[axis]) for axis in "xy")
    handle = fresh.root.get_by_role("slider")
    handle.focus()
    start = fresh.settings()

    def moved(key: str, parameter) -> float:
        before = fresh.settings()
        fresh.page.keyboard.press(key)
        after = fresh.settings()
        others = {n for n in before if n != parameter.name and before[n] != after[n]}
        assert others == set(), key
        return stop(parameter, after[parameter.name]) - stop(parameter, before[parameter.name])

    assert moved("ArrowRight", x) == 1
    assert moved("ArrowLeft", x) == -1
    assert moved("ArrowUp", y) == 1
    assert moved("ArrowDown", y) == -1
    assert fresh.near(start)
    fresh.page.keyboard.press("Home")
    assert fresh.settings()[x.name] == x.low
    assert moved("Shift+ArrowRight", x) == 10
    fresh.page.keyboard.press("End")
    fresh.settle()
    assert fresh.settings()[x.name] == pytest.approx(x.high)
    assert x.label in handle.get_attribute("aria-valuetext")


def plot_box(shown: Shown, which: str) -> dict[str, float]:
    """The drawn area of the map or the section, in page coordinates."""
    shown.root.scroll_into_view_if_needed()
    canvas = shown.root.locator(f".w2s-{which} canvas").bounding_box()
    return {
        "left": canvas["x"] + 58,
        "right": canvas["x"] + canvas["width"] - 12,
        "top": canvas["y"] + 8,
        "bottom": canvas["y"] + canvas["height"] - 44,
    }


def test_crosshair_and_section_by_mouse(fresh):
    field, options = fresh.phase.field, fresh.phase.canvas.options
    x, y = field.parameter(options["x"]), field.parameter(options["y"])
    box = plot_box(fresh, "map")
    mouse = fresh.page.mouse
    middle = (box["left"] + box["right"]) / 2, (box["top"] + box["bottom"]) / 2
    mouse.move(*middle)
    mouse.down()
    mouse.move(box["left"] + 10, box["top"] + 10)
    mouse.move(box["right"] + 50, box["top"] - 60)
    mouse.up()
    assert fresh.settings()[x.name] == pytest.approx(x.high)
    assert fresh.settings()[y.name] == pytest.approx(y.high)
    mouse.click(*middle)
    for parameter in (x, y):
        ends = [position(parameter, end) for end in (parameter.low, parameter.high)]
        off = position(parameter, fresh.settings()[parameter.name]) - sum(ends) / 2
        assert abs(off) <= 0.01 * (ends[1] - ends[0]) + parameter.step
    along = field.parameter(options[options["section"]])
    box = plot_box(fresh, "curve")
    mouse.click(box["left"] + 1, box["top"] + 30)
    assert position(along, fresh.settings()[along.name]) == pytest.approx(
        position(along, along.low),
        abs=0.01 * (position(along, along.high) - position(along, along.low)) + along.step,
    )


def test_picture_follows_the_theme(fresh):
    light = fresh.picture()
    fresh.visit.set_theme("dark")
    dark = fresh.picture()
    fresh.visit.set_theme("light")
    assert dark != light
    assert fresh.picture() == light


def test_explorer_is_not_printed_but_its_static_twin_is(fresh):
    twin = fresh.page.locator(".tag_print")
    fresh.page.emulate_media(media="print")
    assert not fresh.root.is_visible()
    assert all(figure.is_visible() for figure in twin.all())
    fresh.page.emulate_media(media="screen")
    assert fresh.root.is_visible()
    # Below a covered explorer it would tell the answer.
    assert not any(figure.is_visible() for figure in twin.all())
    assert twin.count() >= bool(fresh.phase.canvas.options["votes"])


def test_static_twin_is_there_without_scripts(browser, site, shown):
    if not shown.phase.canvas.options["votes"]:
        return
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / f"{shown.case.page}.html").as_uri())
    assert page.locator(".tag_print img").first.is_visible()
    assert page.locator(".w2s-print").first.is_visible()
    context.close()


PHONE = {"width": 390, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture(scope="module")
def linked(shown, open_page):
    """The explorer on a phone, opened by a link that the page on the desk has written."""
    shown.reset()
    preset = shown.phase.canvas.options["presets"][0]
    shown.root.get_by_role("button", name=preset["label"], exact=True).click()
    shown.root.get_by_role("slider").press("ArrowRight")
    shown.settle()
    shown.root.get_by_role("button", name="link to this setting").click()
    fragment = "#" + shown.page.url.split("#")[1]
    sent = shown.settings(), shown.call("hook.sentence()")
    phone = Shown(
        shown.case, shown.phase, open_page(shown.case.page, fragment=fragment, **PHONE), sent
    )
    phone.settle()
    yield phone
    assert phone.visit.problems() == []


def test_link_reproduces_the_setting(linked):
    settings, sentence = linked.sent
    assert f"#{linked.case.explorer_id}?" in linked.page.url
    top = linked.root.evaluate("root => root.getBoundingClientRect().top")
    assert -5 <= top <= 450, "the link does not lead to the explorer"
    assert linked.settings() == pytest.approx(settings, rel=1e-5)
    assert linked.call("hook.sentence()") == sentence
    # An instructor's link opens the explorer covered.
    linked.page.evaluate("location.hash += '&covered=1'")
    linked.page.wait_for_function(
        "selector => document.querySelector(selector)", arg=".w2s-covered"
    )
    assert linked.settings() == pytest.approx(settings, rel=1e-5)
    show(linked.root)
    # A fragment with nonsense leaves what it cannot read at the initial value.
    name = next(iter(linked.phase.sliders))
    linked.page.evaluate(f"location.hash = '{linked.case.explorer_id}?{name}=x&nothing=3'")
    linked.page.wait_for_timeout(100)
    assert linked.near(linked.phase.settings)


def test_tap_and_swipe_on_a_touch_screen(linked):
    before = linked.settings()
    box = plot_box(linked, "map")
    linked.page.touchscreen.tap(box["left"] + 20, box["top"] + 20)
    linked.settle()
    after = linked.settings()
    options = linked.phase.canvas.options
    assert all(after[options[axis]] != before[options[axis]] for axis in "xy")
    # Above each other, and nothing wider than the screen.
    plots = [
        linked.root.locator(f".w2s-{which} canvas").bounding_box() for which in ("map", "curve")
    ]
    assert plots[0]["y"] + plots[0]["height"] <= plots[1]["y"]
    assert all(plot["x"] >= 0 and plot["x"] + plot["width"] <= 390 for plot in plots)


def test_page_is_light(site, shown):
    """The page's own weight: everything but the shared vendored files."""
    page = (site / f"{shown.case.page}.html").read_bytes()
    assert len(gzip.compress(page)) <= 300_000


# Key presses and clicks dispatched in the page, sixteen between two redraws.
FAST_EVENTS = """async (root, events) => {
    const box = root.closest(".w2s-explorer");
    const targets = [...box.querySelectorAll(".noUi-handle"), root.querySelector(".w2s-handle")];
    const boxes = [...box.querySelectorAll("input[type=checkbox]")];
    const buttons = [...root.querySelectorAll(".w2s-button:not([hidden])"), ...boxes];
    for (const [k, [kind, which, key]] of events.entries()) {
        if (kind === "button") buttons[which % buttons.length].click();
        else {
            const options = { key, bubbles: true, cancelable: true };
            targets[which % targets.length].dispatchEvent(new KeyboardEvent("keydown", options));
        }
        if (k % 16 === 15) await new Promise(requestAnimationFrame);
    }
}"""


def test_two_thousand_random_events(fresh):
    """Two thousand on the first chapter's explorer, six hundred on each of the others."""
    rng = np.random.default_rng(11)
    keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]
    weights = np.array([5, 5, 3, 3, 2, 2, 0.2, 0.2])
    for _ in range(10 if fresh.case is EXPLORERS[0] else 3):
        events = [
            [rng.choice(["slider", "button"], p=[0.9, 0.1]), int(rng.integers(1000)), key]
            for key in rng.choice(keys, 190, p=weights / weights.sum()).tolist()
        ]
        fresh.root.evaluate(FAST_EVENTS, events)
        drag_about(fresh.page.mouse, random_place(fresh, rng), rng, 10)
    show(fresh.root)
    fresh.settle()
    check_sentence(fresh)
    # The live region waits for a pause.
    live = fresh.root.locator("[aria-live]")
    expect(live).to_have_text(fresh.call("hook.sentence()"), use_inner_text=False)
    now = fresh.settings()
    for name in fresh.sliders:
        readout = float(fresh.handle(name).get_attribute("aria-valuetext").replace("−", "-"))
        assert readout == pytest.approx(now[name], rel=6e-3, abs=1e-9), name
    assert len(set(now.values())) > 1
    assert fresh.visit.problems() == []


def random_place(shown: Shown, rng) -> dict[str, float]:
    """The area of the map, of the section or of a slider's track."""
    kind = rng.choice(["map", "curve", "slider"])
    if kind != "slider":
        return plot_box(shown, kind)
    handle = shown.handle(str(rng.choice(shown.sliders)))
    handle.scroll_into_view_if_needed()
    track = handle.locator("xpath=ancestor::*[contains(@class, 'noUi-target')]").bounding_box()
    left, top = track["x"], track["y"]
    return {
        "left": left,
        "right": left + track["width"],
        "top": top,
        "bottom": top + track["height"],
    }


def drag_about(mouse, box, rng, moves: int) -> None:
    """Press, move at random (also outside the plot), release."""

    def place():
        across = rng.uniform(box["left"] - 5, box["right"] + 5)
        return across, rng.uniform(box["top"] + 1, box["bottom"] - 1)

    mouse.move(*place())
    mouse.down()
    for _ in range(moves):
        mouse.move(*place())
    mouse.up()


def check_sentence(shown: Shown) -> None:
    """The sentence on the page against the theory: winner, numbers and the winning range."""
    verdict, sentence = shown.call("hook.verdict()"), shown.call("hook.sentence()")
    settings, field = shown.settings(), shown.phase.field
    student, teacher = (float(f(**settings)) for f in (shown.case.student, shown.case.teacher))
    for key, exact in {"student": student, "teacher": teacher}.items():
        assert verdict[key] == pytest.approx(exact, rel=5e-3, abs=2e-3)
        numbers = [formatted(verdict["student"]), formatted(verdict["teacher"])]
    if abs(student - teacher) > 5e-3 * teacher:
        winner = "student" if student < teacher else "teacher"
        assert verdict["winner"] == winner
        assert sentence.startswith(shown.phase.canvas.options["texts"][winner])
        assert all(number in sentence for number in numbers), sentence
    if shown.case.where_it_wins is None:
        return
    options = shown.phase.canvas.options
    along = field.parameter(options[options["section"]])
    fixed = {name: value for name, value in settings.items() if name != along.name}
    check_range(verdict, along, *map(float, shown.case.where_it_wins(**fixed)))


def check_range(verdict: dict, along, low: float, high: float) -> None:
    """The range of the sentence against the exact one, which may leave the page's range."""
    inside = not np.isnan(low) and high > along.low * 1.05 and low < along.high / 1.05
    if not inside:
        barely = not np.isnan(low) and high > along.low and low < along.high
        assert barely or verdict["regime"] == "never"
        return
    for end, exact, limit in (("low", low, along.low), ("high", high, along.high)):
        visible = along.low * 1.05 < exact < along.high / 1.05
        if visible:
            assert verdict[end] == pytest.approx(exact, rel=0.05), (verdict, low, high)
        elif not limit / 1.05 < exact < limit * 1.05:
            assert end not in verdict, (verdict, low, high)


def formatted(value: float) -> str:
    """Three significant digits without trailing zeros, as on the page (for ordinary sizes)."""
    return f"{float(f'{value:.3g}'):g}".replace("-", "−")
