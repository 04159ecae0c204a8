"""The same table of interactions in three engines: Chromium, Firefox and WebKit (tools/browser/engines.py).

Every explorer of the book is opened once over http and, by the link that it wrote there, once from the
disk. What it shows is tested elsewhere, in Chromium; here: does it work everywhere? One browser per
engine; a missing one is skipped with a line, or fails if W2S_REQUIRE_BROWSER is 1.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.helpers.explorers import EXPLORERS, Case
from tests.helpers.quizzes import SHOWN, questions
from tools.browser import engines, serve
from w2slib import explorer
from w2slib.explorer import PhaseExplorer

HOOK = "const root = document.querySelector(args[0]), hook = root.w2slib;"
PICTURE = """return [...root.querySelectorAll("canvas")].map(canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(data.buffer).reduce((sum, pixel) => Math.imul(sum, 31) + pixel | 0, 7);
}).join()"""
# Does it say so? It is written in the frame after the last draw.
DRAWN = HOOK + 'return RegExp(args[1]).test(root.querySelector(".w2s-drawn").textContent)'
CHAPTERS = {case.page.removeprefix("book/") for case in EXPLORERS}
FRAMES = "await new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)));"
# Where `node` is, scrolled to the middle of the window, once nothing moves it any more.
PLACE = f"""if (!node) return null;
let box = {{}};
for (let k = 0; k < 50; k++) {{
    node.scrollIntoView({{ block: "center", behavior: "instant" }});
    {FRAMES}
    const now = node.getBoundingClientRect();
    if (now.top === box.top && now.left === box.left) break;
    box = now;
}}
return box.width && [box.left + across * box.width, box.top + box.height / 2];"""
# The place of a page that has been opened at a section, once it scrolls no more.
QUIET = """let last = -1;
    for (let k = 0; k < 40 && last !== scrollY; k++) {
        last = scrollY;
        await new Promise(go => setTimeout(go, 150));
    }"""


# One worker for each engine, behind a command of its own: three browsers take minutes.
pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(
        os.environ.get("W2S_ENGINES") != "1", reason="three engines: make test-engines runs these"
    ),
]
EACH = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in engines.NEEDED]


@pytest.fixture(scope="module", params=EACH)
def engine(request, tmp_path_factory):
    """A running browser."""
    reason = engines.missing(request.param)
    if reason and os.environ.get("W2S_REQUIRE_BROWSER") == "1":
        pytest.fail(f"W2S_REQUIRE_BROWSER=1, but: {reason}")
    if reason:
        pytest.skip(f"three engines: {reason}")
    with engines.launch(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture(scope="module")
def copy(site, tmp_path_factory):
    """The site, with pages that record their errors."""
    return engines.recording_copy(site, tmp_path_factory.mktemp("recording"))


@pytest.fixture(scope="module")
def roots(copy):
    """Addresses of its root, by scheme."""
    with serve(copy) as address:
        yield {"http": address, "file": f"{copy.as_uri()}/"}


@dataclass
class Window:
    """A browser's window with the page of an explorer."""

    engine: engines.Engine
    case: Case
    phase: PhaseExplorer
    opened: dict = field(default_factory=dict)
    """How the page was when it had been opened."""

    @property
    def chapter(self) -> str:
        return self.case.page.removeprefix("book/")

    @property
    def selector(self) -> str:
        return f'[data-explorer="{self.case.explorer_id}"]'

    def call(self, body: str, *arguments):
        """What an async function returns that knows the explorer's `root` and its `hook`."""
        return self.engine.run(HOOK + body, self.selector, *arguments)

    def ready(self) -> None:
        """Wait until the explorer is drawn."""
        shown = ".w2s-sentence strong, .w2s-ballot:not([hidden])"
        self.engine.wait("return !!document.querySelector(args[0])?.querySelector(args[1])",
                         self.selector, shown)  # fmt: skip

    def settings(self) -> dict[str, float]:
        return self.call("return hook.settings()")

    def click(self, name: str) -> None:
        """Click the button that says so, as a reader does."""
        self.engine.drag(self.place(f'[...root.querySelectorAll("button")].find({_says(name)})'))

    def place(self, node: str, across: float = 0.5) -> tuple[float, float]:
        """Where an element is, scrolled to the middle of the window."""
        found = self.call(f"const node = {node}, across = args[1]; {PLACE}", across)
        assert found, f"not on the page, or not visible: {node}"
        return tuple(found)

    def slider(self, name: str, part: str = "noUi-handle") -> str:
        """JavaScript for the handle of a parameter's slider."""
        return f'root.closest(".w2s-explorer").querySelector(".w2s-slider-{name} .{part}")'

    def uncover(self) -> None:
        if self.call("return hook.isCovered()"):
            self.click("just show me")

    def reset(self) -> None:
        self.uncover()
        self.click("reset")
        assert self.settings() == self.phase.settings

    @property
    def sliders(self) -> list[str]:
        parameters = map(self.phase.field.parameter, self.phase.sliders)
        return [parameter.name for parameter in parameters if not parameter.toggle]


def _says(name: str) -> str:
    return f'node => node.textContent === "{name}"'


@pytest.fixture(scope="module", params=EXPLORERS, ids=lambda case: case.explorer_id)
def window(request, engine, roots, copy):
    """An explorer's page over http, opened at its last section; no error while it is tested."""
    case = request.param
    shown = Window(engine, case, case.make())
    section = last_section(copy / f"{case.page}.html")
    engine.open(f"{roots['http']}{case.page}.html#{section}")
    shown.ready()
    shown.opened = engine.run(
        f"""{QUIET}
        const end = document.documentElement.scrollHeight - innerHeight - scrollY;
        return {{ top: document.getElementById(args[0]).getBoundingClientRect().top, end }};""",
        section,
    )
    shown.opened["covered"] = shown.call("return hook.isCovered()")
    yield shown
    assert engine.problems() == []


def last_section(page: Path) -> str:
    """The id of the last section of a page that is not folded away."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    sections = soup.select("article section section[id]")
    return [s["id"] for s in sections if not s.find_parent("details")][-1]


def test_section_link_lands_on_its_section(window):
    """At the top of the window, below the bar of buttons, or as near as the end of the page allows."""
    assert -5 <= window.opened["top"] <= 120 or window.opened["end"] <= 5, window.opened


def test_vote_uncovers(window):
    assert window.opened["covered"] == bool(window.phase.canvas.options["votes"])
    if not window.opened["covered"]:
        window.click("predict first")
    assert window.call("return hook.isCovered()")
    window.engine.drag(window.place('root.querySelector(".w2s-vote")'))
    assert window.call(
        "return [hook.isCovered(), /^Your vote: .*(Right|Not here|Neither)/.test("
        'root.querySelector(".w2s-result").textContent)]'
    ) == [False, True]
    window.click("predict first")
    window.click("just show me")
    assert not window.call("return hook.isCovered()")


def test_sliders_by_keyboard(window):
    window.reset()
    for name in window.sliders:
        parameter = window.phase.field.parameter(name)
        window.call(f"{window.slider(name)}.focus()")
        window.engine.press("Home")
        assert window.settings()[name] == parameter.low, name
        window.engine.press("ArrowRight", "ArrowRight", "ArrowLeft")
        assert window.settings()[name] == parameter.stops[1], name
        window.engine.press("End")
        assert window.settings()[name] == parameter.high, name


def test_sliders_by_mouse(window):
    """Drag each handle from where it is to near the end and back to the beginning."""
    window.reset()
    for name in window.sliders:
        parameter = window.phase.field.parameter(name)
        before = window.call(PICTURE)
        track = [window.place(window.slider(name, "noUi-target"), end) for end in (0.0, 1.0)]
        (left, y), (right, _) = track
        start = window.place(window.slider(name))
        end = right + 12 if parameter.value < parameter.high else left - 12
        window.engine.drag(start, ((start[0] + end) / 2, y), (end, y))
        reached = parameter.high if end > right else parameter.low
        assert window.settings()[name] == reached, name
        assert window.call(FRAMES + PICTURE) != before, name


def test_choices_by_click(window):
    choices = set(window.phase.sliders) - set(window.sliders)
    if not choices:
        pytest.skip("has no choice between two")
    window.reset()
    for name in choices:
        box = f'root.closest(".w2s-explorer").querySelector(".w2s-slider-{name} input")'
        before = window.settings()[name]
        window.engine.drag(window.place(box))
        assert window.settings()[name] == 1 - before, name
        # Not by Space: a driven Firefox without a screen does not tick even a plain page's box by it.
        window.engine.drag(window.place(box))
        assert window.settings()[name] == before, name


def test_map_and_curve_by_mouse(window):
    window.reset()
    options = window.phase.canvas.options
    x, y = (window.phase.field.parameter(options[axis]) for axis in "xy")
    corner = window.engine.run("return [innerWidth - 5, 5]")
    middle = window.place('root.querySelector(".w2s-map canvas")')
    window.engine.drag(middle, (middle[0] + 20, middle[1] - 20), corner)
    at = window.settings()
    assert (at[x.name], at[y.name]) == (x.high, y.high)
    along = {"x": x, "y": y}[options["section"]]
    window.engine.drag(window.place('root.querySelector(".w2s-curve canvas")', 0.3))
    assert along.low < window.settings()[along.name] < along.high
    window.call('root.querySelector(".w2s-handle").focus()')
    window.engine.press("Home")
    assert window.settings()[x.name] == x.low


def test_presets(window):
    window.reset()
    for preset in window.phase.canvas.options["presets"]:
        window.click(preset["label"])
        assert window.settings() == preset["settings"], preset["label"]
        pressed = f'{FRAMES} return root.querySelector("[aria-pressed=true]").textContent'
        assert window.call(pressed) == preset["label"]


def test_theme_button_repaints(window):
    window.reset()
    theme = "document.documentElement.dataset.theme"
    button = '[...document.querySelectorAll("button.theme-switch-button")].find(b => b.offsetWidth)'
    seen = {}
    for _ in range(3):
        window.engine.drag(window.place(button))
        seen[window.call(f"return {theme}")] = window.call(FRAMES + FRAMES + PICTURE)
    assert set(seen) == {"light", "dark"}
    assert seen["light"] != seen["dark"]


def test_draws(window):
    """One data set, and twenty more by a click; the link that is written then says so."""
    if not draw_one(window):
        pytest.skip("draws no data sets")
    window.click("× 20")
    window.engine.wait(DRAWN, window.selector, "^21 draws .*(?<!…)$")
    window.click("link to this setting")
    assert "&dim=60&seed=7&draws=21" in window.engine.run("return location.hash")
    window.click("clear")
    assert window.call("return hook.draws.draws.length") == 0


def draw_one(window) -> bool:
    """Draw a data set of the smallest dimension, if the explorer can."""
    if window.phase.canvas.options["sampling"] is None:
        return False
    window.reset()
    window.call("hook.draws.choose(60, 7)")
    window.click("draw a data set")
    window.engine.wait(DRAWN, window.selector, "^1 draw .*(?<!…)$")
    assert 0 <= window.call("return hook.draws.summary()")["student"]["mean"] < 20
    return True


# Keeps what would be downloaded, in place of asking where to.
KEEP_FILES = """HTMLAnchorElement.prototype.click = () => {};
    const make = URL.createObjectURL;
    URL.createObjectURL = blob => {
        (window.w2sFiles ??= []).push([blob.type, blob.size]);
        return make.call(URL, blob);
    };"""


def test_pin_and_files(window):
    window.reset()
    window.click("pin this curve")
    window.call('root.querySelector(".w2s-handle").focus()')
    window.engine.press("ArrowRight", "ArrowUp")
    pinned = f'{FRAMES} return root.querySelector(".w2s-pinned").textContent'
    assert window.call(pinned).startswith("pinned: ")
    window.engine.run(KEEP_FILES)
    window.click("numbers (CSV)")
    window.click("picture (PNG)")
    window.engine.wait("return window.w2sFiles?.length === 2")
    files = dict(window.engine.run("return window.w2sFiles"))
    assert {kind.split(";")[0] for kind in files} == {"text/csv", "image/png"}
    assert min(files.values()) > 2000
    window.click("unpin")
    assert window.call("return hook.settings()") != window.phase.settings


def test_quiz(window):
    if window.chapter not in SHOWN:
        pytest.skip("has no quiz")
    answer_quiz(window.engine, window.chapter)


def test_reload_link_and_the_same_from_the_disk(window, roots):
    """A setting survives a reload; its link leads to it and to the explorer, also from the disk."""
    window.reset()
    window.click(window.phase.canvas.options["presets"][0]["label"])
    window.call('root.querySelector(".w2s-handle").focus()')
    window.engine.press("ArrowRight")
    there, said = window.settings(), window.call(f"{FRAMES} return hook.sentence()")
    window.click("link to this setting")
    fragment = window.engine.run("return location.hash")
    assert fragment.startswith(f"#{window.case.explorer_id}?")
    window.engine.reload()
    window.ready()
    assert window.settings() == there
    window.engine.open(f"{roots['file']}{window.case.page}.html{fragment}")
    window.ready()
    window.opened["covered"] = window.call("return hook.isCovered()")
    assert window.settings() == pytest.approx(there, rel=1e-5)
    top = window.call(f"{QUIET} return root.getBoundingClientRect().top")
    assert -5 <= top <= 450, "the link does not lead to the explorer"
    window.uncover()
    assert window.call(f"{FRAMES} return hook.sentence()") == said
    for test in (test_sliders_by_keyboard, test_presets, draw_one):
        test(window)
    if window.chapter in SHOWN:
        answer_quiz(window.engine, window.chapter)


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_checkpoints_by_keyboard(engine, roots, scheme):
    shown = explorer.digit_scores().canvas.options
    engine.open(f"{roots[scheme]}book/checkpoints.html")
    root = 'document.querySelector("[data-explorer=digit-scores]")'
    # What is not shown yet takes no focus.
    engine.wait(f"return {root}?.w2slib && getComputedStyle({root}).visibility === 'visible'")
    engine.run(f"""for (const node of {root}.querySelectorAll("button"))
        if (node.textContent === "just show me") node.click();
        document.querySelector(".w2s-slider-index .noUi-handle").focus();""")
    for key, k in {"Home": 0, "ArrowRight": 1, "End": -1}.items():
        engine.press(key)
        assert engine.run(f"{FRAMES} return {root}.w2slib.sentence()") == shown["sentences"][k]
    assert engine.problems() == []


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_guide_by_click(engine, roots, scheme):
    path, verdict = next(explorer.decision_guide().walk())
    engine.open(f"{roots[scheme]}book/synthesis.html")
    engine.wait("return !!document.querySelector('.w2s-answers button')")
    across = "const across = 0.5;"
    for answer in path:
        node = f"const node = document.querySelectorAll('.w2s-answers button')[{answer}];"
        engine.drag(engine.run(across + node + PLACE))
        engine.run(FRAMES)
    node = "const node = document.querySelector('.w2s-guide .w2s-vote');"
    engine.drag(engine.run(across + node + PLACE))
    said = engine.run(f"{FRAMES} return document.querySelector('.w2s-verdict').textContent")
    assert verdict.mechanism in said
    assert engine.problems() == []


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("chapter", sorted(set(SHOWN) - CHAPTERS))
def test_quiz_of_a_page_without_explorer(engine, roots, chapter, scheme):
    engine.open(f"{roots[scheme]}book/{chapter}.html")
    answer_quiz(engine, chapter)
    assert engine.problems() == []


def answer_quiz(engine, chapter: str) -> None:
    """Click a right answer of the first question that has some to click."""
    engine.wait("return !!document.querySelector('.Quiz .Feedback[aria-live]')")
    number = next(k for k, q in enumerate(questions(chapter)) if q["type"] != "numeric")
    place = engine.run(
        """const quiz = document.querySelectorAll(".Quiz")[args[0]], across = 0.5;
        const node = quiz.querySelector('.MCButton[data-correct="true"]');"""
        + PLACE,
        number,
    )
    engine.drag(place)
    feedback = "document.querySelectorAll('.Quiz')[args[0]].querySelector('.Feedback')"
    said = engine.run(f"return [{feedback}.className, {feedback}.textContent]", number)
    assert "correct" in said[0].split()
    assert said[1]
