"""Predict first: the verdict, the curve and the colours are covered until the reader has voted."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.helpers.covers import show
from tests.helpers.explorers import EXPLORERS
from tools.browser import widget_page
from w2slib import explorer

WITH_VOTES = {case.explorer_id: case for case in EXPLORERS if case.make().canvas.options["votes"]}
PREDICTED = {"ridge", "weighted-ridge", "one-fit", "multi-index", "warm-start", "beyond"}

# ----------------------------------------------------------------------------- the questions


def test_every_predict_box_has_its_questions():
    assert set(WITH_VOTES) == PREDICTED


def truth(phase, vote) -> str:
    """Name of the right answer, from the theory in Python."""
    field = phase.field
    student, teacher = (
        float(field.evaluate(name, **vote["settings"])) for name in (field.student, field.teacher)
    )
    if not vote["to"]:
        assert abs(student - teacher) > 0.02 * teacher, vote["question"]
        return "student" if student < teacher else "teacher"
    end = float(field.evaluate(field.student, **vote["settings"] | vote["to"]))
    assert abs(end - student) > 0.02 * student, vote["question"]
    return "rises" if end > student else "falls"


@pytest.mark.parametrize("name", WITH_VOTES)
def test_questions_have_an_answer_that_can_be_seen(name):
    """The first is about the setting where the explorer opens, and no side is always right."""
    phase = WITH_VOTES[name].make()
    votes = phase.canvas.options["votes"]
    answers = [truth(phase, vote) for vote in votes]
    assert votes[0]["settings"] == phase.field.defaults
    assert len({*answers} & {"student", "teacher"}) == 2
    assert len({vote["question"] for vote in votes}) == len(votes)


def test_questions_on_the_scores_are_answered_by_the_scores():
    phase = explorer.digit_scores(8)
    for vote in phase.canvas.options["votes"]:
        assert 0 <= vote["own"]["right"] < len(vote["own"]["answers"])
        assert any(sign.isdigit() for sign in vote["own"]["fact"])


def test_cover_is_said_to_the_browser_and_taken_back():
    for shown in (explorer.ridge(), explorer.digit_scores(2), explorer.decision_guide()):
        widget = getattr(shown, "canvas", shown)
        assert not widget.options["covered"]
        assert shown.cover() is shown
        assert widget.options["covered"]
        assert not getattr(shown.cover(False), "canvas", shown).options["covered"]


# ----------------------------------------------------------------------------- in a browser

# Colours of the picture that are no shade of grey: a covered one has none.
COLOURED = """root => [...root.querySelectorAll("canvas")].reduce((sum, canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let k = 0; k < data.length; k += 4)
        if (Math.max(data[k], data[k + 1], data[k + 2]) - Math.min(data[k], data[k + 1], data[k + 2]) > 40)
            sum++;
    return sum;
}, 0)"""
LETTERS = 100  # letters are drawn with coloured edges
# All that a page can keep; of the explorer the tab remembers its setting, and nothing of a vote.
KEPT = """() => [localStorage.length, sessionStorage.length, document.cookie, location.href,
    Object.values(history.state?.w2s ?? {}).map((kept) => Object.keys(kept).filter(
        (name) => !["settings", "covered"].includes(name))).flat().length]"""


@pytest.fixture(scope="module")
def tab(browser):
    page = browser.new_page(viewport={"width": 900, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


@pytest.fixture
def covered(tab, tmp_path):
    """Open an explorer, covered; returns its root."""

    def open_(phase):
        file = tmp_path / "page.html"
        file.write_text(widget_page(phase.cover()), encoding="utf-8")
        tab.goto(file.as_uri())
        tab.locator(".w2s-ballot:not([hidden])").wait_for(timeout=60_000)
        return tab.locator(".w2s-canvas")

    return open_


def words(root) -> str:
    """All that is written in the explorer, also what is hidden, and the names of its parts."""
    labels = root.evaluate(
        "root => [...root.querySelectorAll('[aria-label], [title], [aria-describedby]')].map(e =>"
        " e.ariaLabel + e.title + (e.getAttribute('aria-describedby') ?? '')).join(' ')"
    )
    texts = [root.locator(part).all_text_contents() for part in (".w2s-sentence", ".w2s-live")]
    return " ".join([labels, *texts[0], *texts[1]])


def choose(root, name: str, phase):
    texts = phase.canvas.options["texts"]
    root.get_by_role("button", name=texts[name], exact=True).click()
    root.page.wait_for_timeout(60)


@pytest.mark.parametrize("name", WITH_VOTES)
def test_nothing_is_told_before_the_vote_and_the_outcome_after_it(covered, name):
    phase = WITH_VOTES[name].make()
    root, votes = covered(phase), phase.canvas.options["votes"]
    kept = root.page.evaluate(KEPT)
    for k, vote in enumerate(votes):
        assert root.locator(".w2s-question").inner_text() == vote["question"]
        root.page.wait_for_timeout(60)
        assert root.evaluate(COLOURED) < LETTERS
        assert "its error" not in words(root)
        assert "tip" not in words(root)
        assert not root.locator(".w2s-meaning").is_visible()
        right = truth(phase, vote)
        wrong = {"student": "teacher", "teacher": "student", "rises": "falls", "falls": "rises"}
        choose(root, right if k % 2 else wrong[right], phase)
        said = root.locator(".w2s-outcome").inner_text()
        assert ("Right" if k % 2 else "Not here") in said
        assert root.evaluate(COLOURED) > 1000
        assert "error" in root.locator(".w2s-sentence").inner_text()
        more = root.get_by_role("button", name="next question")
        assert more.is_visible() == (k + 1 < len(votes))
        if more.is_visible():
            more.click()
    assert root.page.evaluate(KEPT) == kept


def test_curve_vote_tells_both_errors(covered):
    phase = explorer.ridge()
    root = covered(phase)
    vote = phase.canvas.options["votes"][1]
    show(root)
    root.get_by_role("button", name="next question").click()
    choose(root, "falls", phase)
    said = root.locator(".w2s-outcome").inner_text()
    ends = vote["settings"], vote["settings"] | vote["to"]
    errors = [float(phase.field.evaluate("student", **settings)) for settings in ends]
    numbers = re.findall(r"0\.\d+", said)
    assert [float(number) for number in numbers] == pytest.approx(errors, rel=5e-3)


def test_another_setting_has_a_question_of_its_own_and_the_way_back(covered):
    phase = explorer.ridge()
    root = covered(phase)
    first = root.locator(".w2s-question").inner_text()
    root.get_by_role("button", name="optimal teacher").click()
    root.page.wait_for_timeout(60)
    assert root.locator(".w2s-question").inner_text() == "Who wins at this setting?"
    assert root.evaluate("root => root.w2slib.isCovered()")
    root.get_by_role("button", name="the book’s question").click()
    assert root.locator(".w2s-question").inner_text() == first
    assert root.page.evaluate("document.activeElement.className") == "w2s-question"


def test_keyboard_votes_and_is_told(covered):
    root = covered(explorer.ridge())
    root.get_by_role("button", name="The student wins", exact=True).focus()
    root.page.keyboard.press("Enter")
    assert root.page.evaluate("document.activeElement.textContent").endswith("Right.")
    root.page.keyboard.press("Tab")
    root.page.keyboard.press("Enter")
    assert root.evaluate("root => root.w2slib.isCovered()")


def test_reader_can_cover_any_setting_and_what_was_voted_does_not_stay(covered):
    phase = explorer.landing()
    root = covered(phase)
    assert not root.get_by_role("button", name="the book’s question").is_visible()
    choose(root, "student", phase)
    assert "Your vote" in root.locator(".w2s-outcome").inner_text()
    root.get_by_role("slider").press("ArrowRight")
    root.page.wait_for_timeout(60)
    assert not root.locator(".w2s-outcome").is_visible()
    root.get_by_role("button", name="predict first").click()
    root.page.wait_for_timeout(60)
    assert root.evaluate(COLOURED) < LETTERS
    show(root)
    root.page.wait_for_timeout(60)
    assert root.evaluate(COLOURED) > 1000
    assert not root.locator(".w2s-outcome").is_visible()


def test_map_stays_where_it_is_while_the_sentence_changes(covered):
    """The verdict stands above the map; its length must not move what is dragged."""
    root = covered(explorer.ridge())
    show(root)
    places, rng = set(), np.random.default_rng(2)
    for _ in range(40):
        settings = {
            "lam_t": 10 ** rng.uniform(-2, 1),
            "lam_s": 10 ** rng.uniform(-2, 2),
            "gamma_s": 10 ** rng.uniform(-1, 1),
        }
        root.evaluate("(root, settings) => root.w2slib.set(settings)", settings)
        root.page.wait_for_timeout(30)
        places.add(root.locator(".w2s-map").bounding_box()["y"])
    assert len(places) == 1
    assert root.locator(".w2s-sentence").bounding_box()["y"] < places.pop()


def test_scores_show_the_first_checkpoint_only(covered):
    phase = explorer.digit_scores(8)
    root = covered(phase)
    assert root.evaluate(COLOURED) < LETTERS
    right = phase.canvas.options["votes"][0]["own"]
    root.get_by_role("button", name=right["answers"][right["right"]], exact=True).click()
    root.page.wait_for_timeout(60)
    assert "Right" in root.locator(".w2s-outcome").inner_text()
    assert root.evaluate(COLOURED) > 1000
    assert root.locator(".w2s-sentence").inner_text().startswith("Step 0:")
    assert root.page.locator(".w2s-slider-index .widget-readout").inner_text() == "0"
