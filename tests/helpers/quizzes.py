"""The quizzes of the book: their questions, and which pages show them."""

from __future__ import annotations

from tools import ROOT
from w2slib import data

NAMES = [name.removesuffix(".json") for name in data.names("quizzes")]


def questions(name: str) -> list[dict]:
    """Questions of a chapter's quiz."""
    return data.quiz(name)


def shows_quiz(name: str) -> bool:
    """Does the chapter show its quiz?"""
    notebook = ROOT / "book" / f"{name}.ipynb"
    return notebook.exists() and f'data.quiz(\\"{name}\\")' in notebook.read_text(encoding="utf-8")


SHOWN = [name for name in NAMES if shows_quiz(name)]


def ready(visit):
    """The visit, as soon as its page's quizzes can be answered."""
    visit.page.wait_for_selector(".Quiz .Feedback[aria-live]", state="attached")
    return visit


def type_number(quiz, number: float) -> None:
    """Answer a question that asks for a number."""
    field = quiz.locator(".Input-text")
    field.focus()  # which empties it
    field.press_sequentially(f"{number:g}")
    field.press("Enter")
