"""The quizzes of the book: their questions, and which pages show them."""

from __future__ import annotations

import json

from tools.browser import ROOT

FOLDER = ROOT / "book" / "quizzes"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def questions(name: str) -> list[dict]:
    """Questions of a chapter's quiz."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def shows_quiz(name: str) -> bool:
    """Does the chapter show its quiz?"""
    notebook = ROOT / "book" / f"{name}.ipynb"
    return notebook.exists() and f"quizzes/{name}.json" in notebook.read_text(encoding="utf-8")


SHOWN = [name for name in NAMES if shows_quiz(name)]


def ready(visit):
    """The visit, as soon as its page's quizzes can be answered."""
    visit.page.wait_for_selector(".Quiz .Feedback[aria-live]", state="attached")
    return visit
