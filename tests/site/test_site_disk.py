"""Every page of the built website from file://, with the network switched off.

On a page with a quiz every answer is clicked, right or wrong, and has to explain itself.
"""

import re

import pytest

from tests.helpers.quizzes import SHOWN, questions, ready
from tools import book


@pytest.mark.parametrize("name", book.pages())
def test_page_works_from_the_disk_without_network(open_page, name):
    visit = open_page(name, scheme="file")
    chapter = name.removeprefix("book/")
    if chapter in SHOWN:
        click_every_answer(ready(visit), questions(chapter))
    assert visit.problems() == []


def click_every_answer(visit, asked: list[dict]) -> None:
    """Click the answers of every question; each must say why it is right or wrong."""
    quizzes = visit.page.locator(".Quiz")
    assert quizzes.count() == len(asked)
    for number, question in enumerate(asked):
        quiz = quizzes.nth(number)
        explanations = {answer["feedback"]: answer["correct"] for answer in question["answers"]}
        buttons = quiz.locator(".MCButton").all()  # in random order
        told = [explained_by(button, quiz.locator(".Feedback"), explanations) for button in buttons]
        assert sorted(told) == sorted(explanations)


def explained_by(button, feedback, explanations: dict[str, bool]) -> str:
    """The explanation that a click on the answer's button shows."""
    told = button.get_attribute("data-feedback")
    button.click()
    right = explanations[told]
    assert ("correct" in feedback.get_attribute("class").split()) == right
    assert ("correctButton" in button.get_attribute("class").split()) == right
    # its words are on the page (the formulas are set and read otherwise)
    words = re.sub(r"\$[^$]*\$|</?em>", "\0", told).split("\0")
    shown = " ".join(feedback.inner_text().split())
    assert all(" ".join(word.split()) in shown for word in words), told
    assert "$" not in shown
    return told
