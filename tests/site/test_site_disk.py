"""Every page of the built website from file://, with the network switched off.

On a page with a quiz every answer is clicked, right or wrong, and has to explain itself.
"""

import re

import pytest

from tests.helpers.quizzes import SHOWN, questions, ready, type_number
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
        if question["type"] == "numeric":
            type_every_answer(quiz, question["answers"])
            continue
        explanations = {
            words(answer["feedback"]): answer["correct"] for answer in question["answers"]
        }
        buttons = quiz.locator(".MCButton").all()  # in random order
        told = [explained_by(button, quiz.locator(".Feedback"), explanations) for button in buttons]
        assert sorted(told) == sorted(explanations)


def type_every_answer(quiz, answers: list[dict]) -> None:
    """Type a number of each range, and one of none; each is told what it is."""
    *ranges, rest = answers
    outside = max(answer["range"][1] for answer in ranges) + 1000
    tried = [(sum(a["range"]) / 2, a["correct"], a["feedback"]) for a in ranges]
    for number, right, told in [*tried, (outside, False, rest["feedback"])]:
        type_number(quiz, number)
        feedback = quiz.locator(".Feedback")
        assert ("correct" in feedback.get_attribute("class").split()) == right
        assert shown_words(feedback) == words(told)


def explained_by(button, feedback, explanations: dict[tuple[str, ...], bool]) -> tuple[str, ...]:
    """The explanation that a click on the answer's button shows, without its formulas."""
    button.click()
    told = shown_words(feedback)
    right = explanations[told]
    assert ("correct" in feedback.get_attribute("class").split()) == right
    assert ("correctButton" in button.get_attribute("class").split()) == right
    return told


def words(text: str) -> tuple[str, ...]:
    """What stands between the formulas and the tags of a text."""
    parts = re.sub(r"\$[^$]*\$", "\0", re.sub(r"</?em>", "", text)).split("\0")
    return tuple(" ".join(part.split()) for part in parts)


def shown_words(feedback) -> tuple[str, ...]:
    """What stands between the formulas of an explanation."""
    shown = feedback.evaluate("""shown => {
        const copy = shown.cloneNode(true);
        for (const formula of copy.querySelectorAll(".katex")) formula.replaceWith("$$");
        return copy.textContent;
    }""")
    return words(re.sub(r" \[\d/\d\]$", "", shown))  # how many of several answers are found
