"""Self-check quizzes: complete questions, and pages that everybody can answer.

That every answer explains itself is tested in test_site_disk.py, which visits every page anyway.
"""

import re
from itertools import pairwise

import pytest

from tests.helpers import accessibility
from tests.helpers.quizzes import NAMES, SHOWN, questions, ready, type_number
from tools.book import MIN_QUESTIONS, chapters

# --- the questions, without a browser ------------------------------------------------------------


def test_every_chapter_has_a_quiz_and_shows_it():
    assert set(chapters()) == set(NAMES) == set(SHOWN)


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_complete(name):
    path = f"w2slib/data/quizzes/{name}.json"
    assert len(questions(name)) >= MIN_QUESTIONS, f"{path}: write at least {MIN_QUESTIONS}"
    assert any(question["type"] == "numeric" for question in questions(name)), f"{path}: no number"
    for question in questions(name):
        assert set(question) == {"type", "question", "objectives", "answers"}
        (asks_for_a_number if question["type"] == "numeric" else offers_a_choice)(question)
        for answer in question["answers"]:
            assert len(answer["feedback"]) > 20, f"{path}: {answer}: say why"


def offers_a_choice(question):
    """Three answers or more, of which some are right."""
    answers = question["answers"]
    right = [answer for answer in answers if answer["correct"]]
    assert len(answers) >= 3
    assert 1 <= len(right) < len(answers)
    assert question["type"] == ("many_choice" if len(right) > 1 else "multiple_choice")
    assert len({answer["answer"] for answer in answers}) == len(answers)


def asks_for_a_number(question):
    """One right range, ranges of typical mistakes apart from it and from each other, and the rest."""
    *ranges, rest = question["answers"]
    assert rest.keys() == {"type", "feedback"}
    assert rest["type"] == "default"
    assert [answer["correct"] for answer in ranges] == [True] + [False] * (len(ranges) - 1)
    assert len(ranges) >= 2, "name a typical mistake"
    assert {answer["type"] for answer in ranges} == {"range"}
    ends = sorted(tuple(answer["range"]) for answer in ranges)
    assert all(low < high for low, high in ends)
    assert all(one[1] <= two[0] for one, two in pairwise(ends))


def test_the_right_answer_is_not_told_by_its_length():
    """It is the longest about as often as chance would have it: neither more often, nor never."""
    longest = chance = 0.0
    for question in (q for name in NAMES for q in questions(name)):
        if question["type"] == "multiple_choice":
            lengths = [len(answer["answer"]) for answer in question["answers"]]
            right = next(len(a["answer"]) for a in question["answers"] if a["correct"])
            longest += right == max(lengths)
            chance += 1 / len(lengths)
    assert chance / 2 < longest <= chance


@pytest.mark.parametrize("name", NAMES)
def test_formulas_survive_as_html(name):
    """The texts become HTML: a ``<`` before a letter would start a tag, a lone $ open a formula."""
    for question in questions(name):
        texts = [question["question"]]
        texts += [
            a[part] for a in question["answers"] for part in ("answer", "feedback") if part in a
        ]
        for text in texts:
            assert text.count("$") % 2 == 0, text
            assert not re.search(r"<(?!/?em>)\S", text), text
            assert "*" not in re.sub(r"\$[^$]*\$", "", text), text


# --- in the browser ------------------------------------------------------------------------------


def test_answered_quiz_is_accessible(open_page):
    visit = ready(open_page(f"book/{SHOWN[0]}"))
    visit.page.evaluate(accessibility.THIN_OUT)
    choices = visit.page.locator(".Quiz").filter(has=visit.page.locator(".MCButton")).all()
    for quiz, correct in zip(choices, ("true", "false"), strict=False):
        quiz.locator(f'.MCButton[data-correct="{correct}"]').first.click()
    type_number(
        visit.page.locator(".Quiz").filter(has=visit.page.locator(".Input-text")).first, 123
    )
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


def test_a_number_can_be_typed_and_its_field_has_a_name(open_page):
    visit = ready(open_page(f"book/{SHOWN[0]}"))
    number = next(k for k, q in enumerate(questions(SHOWN[0])) if q["type"] == "numeric")
    quiz = visit.page.locator(".Quiz").nth(number)
    right = questions(SHOWN[0])[number]["answers"][0]
    field = quiz.get_by_role("textbox", name=re.compile("then press Enter"))
    assert field.count() == 1
    field.focus()
    visit.page.keyboard.type(str(sum(right["range"]) / 2))
    visit.page.keyboard.press("Enter")
    assert "correct" in quiz.locator(".Feedback").get_attribute("class").split()
    assert visit.problems() == []


def test_formulas_of_a_quiz_are_set_and_no_tab_stops(open_page):
    quizzes = ready(open_page(f"book/{SHOWN[0]}")).page.locator(".Quiz")
    assert quizzes.locator(".katex math").count() > 0
    assert "$" not in "".join(quizzes.all_inner_texts())
    stops = quizzes.first.evaluate(
        "q => [...q.querySelectorAll('*')].filter(e => e.tabIndex >= 0).map(e => e.tagName)"
    )
    assert set(stops) == {"INPUT"}
