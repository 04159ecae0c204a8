"""An explorer under fingers, with large letters, in forced colours, and over a reload."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.covers import open_explorer
from tools.browser import widget_page
from w2slib import explorer

NARROW = {"width": 390, "height": 800}
FINGER = {"viewport": NARROW, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Addresses of pages with room above and below the explorer, so that they can be scrolled."""
    folder = tmp_path_factory.mktemp("pages")

    def address(make) -> str:
        file = folder / f"{make.__name__}.html"
        if not file.exists():
            room = '<div style="height: 1500px"></div>'
            html = widget_page(make()).replace("<main>", f"<main>{room}")
            meta = '<meta name="viewport" content="width=device-width, initial-scale=1">'
            html = html.replace("</main>", f"{room}</main>").replace("<title>", f"{meta}<title>")
            file.write_text(html, encoding="utf-8")
        return file.as_uri()

    return address


@pytest.fixture
def opened(browser, made):
    """Open an explorer in a fresh context of these options; every error of the page is an error."""
    contexts, errors = [], []

    def open_(make, **options):
        contexts.append(
            browser.new_context(**{"viewport": {"width": 900, "height": 900}} | options)
        )
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        # Chromium tells of a resize loop in an event only.
        page.add_init_script("addEventListener('error', e => console.error(e.message))")
        page.goto(made(make))
        root = page.locator("[data-explorer]")
        open_explorer(root)
        root.evaluate("root => root.scrollIntoView({ block: 'center' })")
        page.wait_for_timeout(100)
        return root

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


def settings(root) -> dict[str, float]:
    return root.evaluate("root => root.w2slib.settings()")


def middle(box: dict[str, float]) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# ----------------------------------------------------------------------------------- fingers


class Finger:
    """A finger on a page, through the browser's own touch events."""

    def __init__(self, page):
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def send(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(self, start, by, steps: int = 12) -> int:
        """Swipe from a place; how far the page has scrolled."""
        before = self.page.evaluate("scrollY")
        self.send("touchStart", start)
        for k in range(1, steps + 1):
            at = start[0] + by[0] * k / steps, start[1] + by[1] * k / steps
            self.send("touchMove", at)
        self.send("touchEnd")
        self.page.wait_for_timeout(120)
        return self.page.evaluate("scrollY") - before


def test_upright_swipes_scroll_and_change_nothing(opened):
    """Begun on a track, on a handle, up to 14 px beside it, or on the curve."""
    root = opened(explorer.ridge, **FINGER)
    page, finger = root.page, Finger(root.page)
    before, rng, far = settings(root), np.random.default_rng(1), []
    tracks = page.locator(".noUi-target").all()
    targets = [(t, dy) for t in tracks[:3] for dy in (-14, -5, 0, 14)]
    targets += [(page.locator(".noUi-handle").nth(k), 0) for k in range(3)]
    targets += [(page.locator(".w2s-curve canvas"), dy) for dy in (-60, 0, 60)]
    for target, dy in targets:
        target.evaluate("node => node.scrollIntoView({ block: 'center' })")
        box = target.bounding_box()
        x = box["x"] + rng.uniform(0.1, 0.9) * box["width"]
        lean = rng.uniform(-0.35, 0.35)
        down = -160 if rng.random() < 0.5 else 160
        far.append(abs(finger.swipe((x, middle(box)[1] + dy), (lean * down, down))))
        assert settings(root) == before, (target, dy)
    assert min(far) > 60, sorted(far)


def test_sideways_drags_move_the_slider_and_the_curve(opened):
    root = opened(explorer.ridge, **FINGER)
    page, finger = root.page, Finger(root.page)
    for name in ("lam_t", "noise_var"):
        handle = page.locator(f".w2s-slider-{name} .noUi-handle")
        handle.evaluate("node => node.scrollIntoView({ block: 'center' })")
        before = settings(root)[name]
        assert finger.swipe(middle(handle.bounding_box()), (50, 4)) == 0
        after = settings(root)[name]
        assert after > before, name
        finger.swipe(middle(handle.bounding_box()), (-50, -4))
        assert settings(root)[name] == pytest.approx(before, rel=0.1), name
    curve = page.locator(".w2s-curve canvas")
    curve.evaluate("node => node.scrollIntoView({ block: 'center' })")
    finger.swipe(middle(curve.bounding_box()), (90, 10))
    assert settings(root)["lam_s"] > 5
    # A finger that rests and goes, without a sideways way, moves nothing.
    stays = settings(root)
    finger.swipe(middle(curve.bounding_box()), (3, 2))
    assert settings(root)["lam_t"] == stays["lam_t"]


def test_tap_sets_slider_curve_and_map(opened):
    root = opened(explorer.ridge, **FINGER)
    page = root.page
    for part, name in ((".w2s-slider-lam_t .noUi-target", "lam_t"), (".w2s-curve canvas", "lam_s")):
        target = page.locator(part)
        target.evaluate("node => node.scrollIntoView({ block: 'center' })")
        box = target.bounding_box()
        before = settings(root)[name]
        page.touchscreen.tap(box["x"] + 0.8 * box["width"], middle(box)[1])
        page.wait_for_timeout(400)
        assert settings(root)[name] > 2 * before, part


def test_handles_are_large_enough_for_fingers(opened):
    root = opened(explorer.multi_index, **FINGER)
    handles = ".noUi-handle, .w2s-handle, input[type=checkbox]"
    for handle in root.page.locator(handles).all():
        box = handle.bounding_box()
        assert min(box["width"], box["height"]) >= 24
    tracks = root.page.locator(".noUi-target")
    assert {t.evaluate("node => getComputedStyle(node).touchAction") for t in tracks.all()} == {
        "pan-y"
    }


# ------------------------------------------------------------------------------ narrow, large


@pytest.mark.parametrize("make", [explorer.multi_index, explorer.accuracy], ids=["many", "long"])
def test_labels_stay_off_their_sliders(opened, make):
    root = opened(make)
    for width in (320, 480, 600):
        root.page.set_viewport_size({"width": width, "height": 800})
        for slider in root.page.locator(".w2s-sliders .widget-slider").all():
            label, track, number = (
                slider.locator(part).bounding_box()
                for part in (".widget-label", ".noUi-target", ".widget-readout")
            )
            words = slider.locator(".widget-label").evaluate(
                "node => { const range = document.createRange(); range.selectNodeContents(node);"
                " return range.getBoundingClientRect().right; }"
            )
            beside = words <= track["x"] and track["x"] + track["width"] <= number["x"]
            above = label["y"] + label["height"] <= track["y"]
            assert beside or above
            assert number["x"] + number["width"] <= width
            assert track["width"] >= 90


def test_letters_follow_the_readers_font_size(opened):
    root = opened(explorer.ridge)

    def sizes():
        parts = [".w2s-sentence", ".w2s-button", ".widget-label", ".w2s-caption", ".w2s-meaning"]
        return [
            root.page.locator(part).first.evaluate(
                "node => Number.parseFloat(getComputedStyle(node).fontSize)"
            )
            for part in parts
        ]

    before, box = sizes(), root.page.locator(".w2s-map").bounding_box()
    root.page.add_style_tag(content="html { font-size: 200% }")
    root.page.set_viewport_size({"width": 880, "height": 900})
    root.page.wait_for_timeout(150)
    assert sizes() == pytest.approx([2 * size for size in before])
    # The canvas, too: axes and their numbers have the room that they need.
    left = root.locator(".w2s-handle").evaluate(
        "node => node.style.transform.match(/translate\\(([\\d.]+)px/)[1]"
    )
    root.evaluate("root => root.w2slib.set({ lam_t: 0.01 })")
    root.page.wait_for_timeout(60)
    start = root.locator(".w2s-handle").evaluate(
        "node => Number(node.style.transform.match(/translate\\(([\\d.]+)px/)[1])"
    )
    assert start == pytest.approx(116)
    assert float(left) > start
    assert box["height"] > 0


# ------------------------------------------------------------------------------ forced colours


def test_forced_colours_leave_tracks_scale_and_marks(opened):
    root = opened(explorer.ridge, forced_colors="active")
    page = root.page
    for theme, colour in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(0, 0, 0)")):
        page.emulate_media(forced_colors="active", color_scheme=theme)
        page.wait_for_timeout(80)
        canvas = page.evaluate(
            "() => { const e = document.createElement('i'); e.style.backgroundColor = 'Canvas';"
            " document.body.append(e); const c = getComputedStyle(e).backgroundColor; e.remove();"
            " return c; }"
        )
        assert canvas == colour
        for part in (".noUi-target", ".w2s-hair"):
            shown = page.locator(part).first.evaluate("e => getComputedStyle(e).backgroundColor")
            assert shown not in (canvas, "rgba(0, 0, 0, 0)"), part
        ramp = page.locator(".w2s-ramp").evaluate("e => getComputedStyle(e).backgroundImage")
        assert "gradient" in ramp
        # What is drawn stands out from the background: some letters beside the map.
        darkest = page.locator(".w2s-map canvas").evaluate(CONTRAST, theme == "dark")
        assert darkest > 0.8
    root.get_by_role("button", name="optimal teacher").click()
    outline = root.locator("[aria-pressed=true]").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"


# How far the strongest pixel of the left margin is from the background, 0 to 1.
CONTRAST = """(canvas, dark) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, 50, canvas.height);
    let best = 0;
    for (let k = 0; k < data.length; k += 4) {
        const light = (data[k] + data[k + 1] + data[k + 2]) / 765, there = data[k + 3] / 255;
        best = Math.max(best, there * (dark ? light : 1 - light));
    }
    return best;
}"""


# ---------------------------------------------------------------------------- reload and links


def test_reload_keeps_the_setting_and_stores_nothing_else(opened):
    root = opened(explorer.ridge)
    page = root.page
    root.get_by_role("button", name="optimal teacher").click()
    root.get_by_role("slider").press("ArrowRight")
    page.wait_for_timeout(450)
    address, there = page.url, settings(root)
    assert "?" not in address
    page.reload()
    open_explorer(root)
    assert settings(root) == there
    assert page.url == address
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("Object.keys(history.state)") == ["w2s"]


def test_address_that_is_a_link_stays_true_and_a_reset_takes_it_away(opened):
    root = opened(explorer.ridge)
    page = root.page
    page.evaluate("location.hash = 'ridge?lam_t=0.5&lam_s=0,3&amp;gamma_s=2'")
    page.wait_for_function(
        "document.querySelector('[data-explorer]').w2slib.settings().gamma_s === 2"
    )
    assert settings(root)["lam_s"] == 0.3
    root.get_by_role("slider").press("ArrowRight")
    page.wait_for_timeout(450)
    assert f"lam_t={settings(root)['lam_t']}&" in page.url
    page.reload()
    open_explorer(root)
    assert settings(root)["gamma_s"] == 2
    root.get_by_role("button", name="reset", exact=True).click()
    assert "#" not in page.url
    page.reload()
    open_explorer(root)
    assert settings(root)["lam_t"] == 0.1


def test_page_that_changes_its_width_reports_no_error(opened):
    root = opened(explorer.warm_start)
    for width in (880, 520, 400, 900, 560, 561, 700):
        root.page.set_viewport_size({"width": width, "height": 700})
        root.page.wait_for_timeout(60)
    assert root.locator(".w2s-map canvas").bounding_box()["width"] > 100
