"""Every objective of a chapter is practised by an exercise and by a question; the table says by which."""

import pytest

from tools.book import chapters
from tools.upkeep import objectives


@pytest.mark.parametrize("name", chapters())
def test_every_objective_has_an_exercise_and_a_question(name):
    assert len(objectives.stated(name)) >= 3
    assert objectives.problems(name) == []


def test_the_table_for_instructors_is_up_to_date():
    page = objectives.PAGE.read_text(encoding="utf-8")
    assert objectives.written(page) == page, "run python -m tools.upkeep.objectives"


def test_an_objective_that_nothing_practises_is_named(monkeypatch):
    monkeypatch.setattr(objectives, "of_questions", lambda name: {1: [1], 2: [], 3: [9]})
    found = "\n".join(objectives.problems("ridge"))
    assert "ridge, objective 2 has no questions: read the phase diagram" in found
    assert "ridge, question 2: objectives []; allowed: 1 to 4" in found
    assert "ridge, question 3: objectives [9]; allowed: 1 to 4" in found
