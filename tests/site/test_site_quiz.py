"""Self-check quizzes: complete questions, and pages that everybody can answer.

That every answer explains itself is tested in test_site_disk.py, which visits every page anyway.
"""

import re

import pytest

from tests.helpers import accessibility
from tests.helpers.quizzes import NAMES, SHOWN, questions, ready
from tools import browser as harness
from tools.book import MIN_QUESTIONS, chapters

MATHJAX = re.compile(r"/tex-mml-chtml\.js")

# --- the questions, without a browser ------------------------------------------------------------


def test_every_chapter_has_a_quiz_and_shows_it():
    assert set(chapters()) == set(NAMES) == set(SHOWN)


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_complete(name):
    path = f"w2slib/data/quizzes/{name}.json"
    assert len(questions(name)) >= MIN_QUESTIONS, f"{path}: write at least {MIN_QUESTIONS}"
    for question in questions(name):
        answers = question["answers"]
        right = [answer for answer in answers if answer["correct"]]
        assert len(answers) >= 3
        assert 1 <= len(right) < len(answers)
        assert question["type"] == ("many_choice" if len(right) > 1 else "multiple_choice")
        assert len({answer["answer"] for answer in answers}) == len(answers)
        for answer in answers:
            assert len(answer["feedback"]) > 20, f"{path}: {answer['answer']}: say why"


@pytest.mark.parametrize("name", NAMES)
def test_formulas_survive_as_html(name):
    """The texts become HTML: a ``<`` before a letter would start a tag, a lone $ open a formula."""
    for question in questions(name):
        texts = [question["question"]]
        texts += [answer[part] for answer in question["answers"] for part in ("answer", "feedback")]
        for text in texts:
            assert text.count("$") % 2 == 0, text
            assert not re.search(r"<(?!/?em>)\S", text), text
            assert "*" not in re.sub(r"\$[^$]*\$", "", text), text


# --- in the browser ------------------------------------------------------------------------------


def test_answered_quiz_is_accessible(open_page):
    visit = ready(open_page(f"book/{SHOWN[0]}"))
    visit.page.evaluate(accessibility.THIN_OUT)
    for quiz, correct in zip(visit.page.locator(".Quiz").all(), ("true", "false"), strict=False):
        quiz.locator(f'.MCButton[data-correct="{correct}"]').first.click()
    for theme in ("light", "dark"):
        visit.set_theme(theme)
        found = accessibility.audit(visit.page, {"preload": False}, ".Quiz")
        grave = [v for v in found["violations"] if v["impact"] in accessibility.GRAVE]
        # axe is not sure about text in the very colour of its background; we are
        unsure = [i for i in found["incomplete"] if i["id"] == "color-contrast"]
        nodes = [node for finding in grave for node in finding["nodes"]]
        nodes += [n for i in unsure for n in i["nodes"] if "equalRatio" in str(n["any"])]
        assert [node["html"][:120] for node in nodes] == [], theme


def test_quiz_can_be_answered_with_the_keyboard(open_page):
    visit = ready(open_page(f"book/{SHOWN[0]}"))
    quiz = visit.page.locator(".Quiz").first
    quiz.locator("input[type=radio]").first.focus()
    visit.page.keyboard.press("ArrowDown")
    chosen = quiz.locator(".MCButton").nth(1)
    assert quiz.locator(".Feedback").inner_text() != ""
    assert re.search("(in)?correctButton", chosen.get_attribute("class"))
    assert visit.problems() == []


def test_quiz_survives_a_late_mathjax_and_asks_nobody_else(browser, server):
    """jupyterquiz would throw, or fetch MathJax from outside, half a second after it starts."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    visit = harness.Visit(context.new_page(), server).watch()
    held = []
    visit.page.route(MATHJAX, lambda route: held.append(route))
    try:
        visit.page.goto(f"{server}book/{SHOWN[0]}.html", wait_until="commit")
        visit.page.locator(".Quiz").first.wait_for()
        visit.page.wait_for_timeout(1200)
        assert held, "the page did not ask for MathJax: has its file another name?"
        assert visit.page.locator(".Quiz mjx-container").count() == 0
        for route in held:
            route.continue_()
        visit.page.locator(".Quiz mjx-container").first.wait_for(state="attached", timeout=20_000)
        assert visit.problems() == []
    finally:
        context.close()
