"""Exercises: solutions pass their checks, blank and wrong answers fail them, students see no solution.

The cells run here with ``exec`` instead of in a kernel (nbval runs the notebooks in one): so a check
can be tried on the blank answer and on spoilt ones before it sees the solution.
"""

import ast
import functools
import json
import re

import matplotlib
import numpy as np
import pytest

from tests.helpers import answers as others
from tests.helpers.answers import run
from tools.authoring import assignments
from tools.authoring.notebooks import read, tags_of
from tools.book import MIN_EXERCISES, chapters, documents

NAMES = [path.stem for path in assignments.sources()]


def cells(name):
    return read(assignments.EXERCISES / f"{name}.ipynb").cells


def public_functions(source):
    found = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return [name for name in found if not name.startswith("_")]


def spoilt(value):
    """The value with every number in it a little wrong, every truth value and every name reversed."""
    if isinstance(value, tuple | list):
        return type(value)(spoilt(item) for item in value)
    if isinstance(value, dict):
        return {key: spoilt(item) for key, item in value.items()}
    if isinstance(value, str):
        return value[::-1]
    if np.asarray(value).dtype.kind == "b":
        return np.logical_not(value)
    return 1.3 * value + 0.37


def spoiling(function):
    @functools.wraps(function)
    def wrong(*args, **kwargs):
        return spoilt(function(*args, **kwargs))

    return wrong


def refusals(check, namespace, answers):
    """What the check says to the blank answer and to answers with every number a little wrong."""
    blank = dict(namespace)
    for source in answers:
        run(assignments.stub(source), blank)
    with pytest.raises(NotImplementedError, match="your answer"):
        run(check, blank)
    for answer in [f for source in answers for f in public_functions(source)]:
        wrong = namespace | {answer: spoiling(namespace[answer])}
        with pytest.raises(AssertionError) as told:
            run(check, wrong)
        yield str(told.value)


@pytest.mark.parametrize("name", NAMES)
def test_checks_judge_the_solution_the_blank_and_the_answers_of_others(name):
    matplotlib.use("Agg")
    namespace, answers, wrongly = {"__name__": "exercise"}, [], []
    tried = {variant: False for variant in others.variants(name)}
    for cell, key in zip(cells(name), keys(name), strict=True):
        if cell.cell_type != "code":
            continue
        if "check" in tags_of(cell):
            assert answers, f"check {key} has no answer to check"
            for message in refusals(cell.source, namespace, answers):
                assert len(message) > 15, f"check {key} does not say what is wrong: {message!r}"
            functions = [f for source in answers for f in public_functions(source)]
            wrongly += others.misjudged_styles(functions, cell.source, namespace)
            wrongly += others.unexplained(cell.source, namespace)
            solution = "\n\n".join(answers)
            for variant in (v for v in tried if v.key == key):
                tried[variant] = True
                wrongly += [others.misjudged(variant, solution, cell.source, namespace)]
            answers = []
        elif "solution" in tags_of(cell):
            answers.append(cell.source)
        run(cell.source, namespace)
    assert not answers, "the last solution has no check"
    assert [told for told in wrongly if told] == []
    assert [f"{v.key}: {v.what}" for v, done in tried.items() if not done] == []


def keys(name):
    """For each cell the number of its exercise, with a letter from the exercise's second check on."""
    found, number, seen = [], "", 0
    for cell in cells(name):
        if heading := re.match(r"## (\d+)\. ", cell.source):
            number, seen = heading[1], 0
        seen += "check" in tags_of(cell)
        found.append(number + ("" if seen < 2 else "abcdef"[seen - 1]))
    return found


def checks_of(name):
    """The check cells of a notebook, by exercise."""
    found = zip(keys(name), cells(name), strict=True)
    return {key: cell for key, cell in found if "check" in tags_of(cell)}


@pytest.mark.parametrize("name", NAMES)
def test_answers_of_others_are_many_and_of_both_kinds(name):
    found = others.variants(name)
    assert len(checks_of(name)) >= MIN_EXERCISES, (
        f"write more into book/exercises/sources/{name}.py"
    )
    for key in checks_of(name):
        for right in (True, False):
            count = sum(v.key == key and v.right == right for v in found)
            kind = "right" if right else "wrong"
            assert count >= others.LEAST, (
                f"tests/answers/{name}.py: {count} {kind} answers to {key}"
            )


@pytest.mark.parametrize("name", NAMES)
def test_a_check_calls_answers_by_name_and_its_sentences_keep_the_solution(name):
    """`w2slib.checks` looks after NaN, copies, shapes; no sentence holds what the check expects."""
    given = [cell.source for cell, key in zip(cells(name), keys(name), strict=True) if not key]
    assert any("checks.remember(globals())" in source for source in given)
    secret = re.compile(r"expected|theory|lowest|best|exact|wanted|reached|smallest|least")
    for key, cell in checks_of(name).items():
        first = ast.unparse(ast.parse(cell.source).body[0])
        assert "checks.Answer(" in first, f"{name} {key}: call it before names are used"
        for node in (n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Assert)):
            values = [v for v in ast.walk(node.msg) if isinstance(v, ast.FormattedValue)]
            names = {n.id for v in values for n in ast.walk(v) if isinstance(n, ast.Name)}
            assert not [n for n in names if secret.fullmatch(n)], f"{name} {key}: {names}"


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_points_minutes_stars_a_folded_hint_and_objectives(name):
    heads, points = {}, {}
    for key, cell in zip(keys(name), cells(name), strict=True):
        number = key.rstrip("abcdef")
        points[number] = points.get(number, 0) + cell.metadata.get("points", 0)
        if re.match(r"## \d+\. ", cell.source):
            heads[number] = cell
        marked = "check" in tags_of(cell) or (
            "solution" in tags_of(cell) and cell.cell_type != "code"
        )
        assert (cell.metadata.get("points", 0) > 0) == marked, f"{name} {key}: points"
    for number, cell in heads.items():
        about = cell.metadata["exercise"]
        assert set(about) == {"minutes", "objectives", "stars"}, f"{name} {number}"
        first, _, second, *_ = cell.source.splitlines()
        assert re.search("★*$", first)[0] == about["stars"] * "★"
        plural = "" if points[number] == 1 else "s"
        assert second == f"*{points[number]} point{plural}, about {about['minutes']} minutes.*"
        assert re.search(r"<details><summary>Hint.*</details>", cell.source, re.S), (
            f"{name} {number}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_student_notebook_holds_no_solution(name):
    text = assignments.student_version(assignments.EXERCISES / f"{name}.ipynb")
    student, teacher = json.loads(text)["cells"], cells(name)
    assert len(student) == len(teacher)
    for blank, cell in zip(student, teacher, strict=True):
        source = "".join(blank["source"])
        assert not blank.get("outputs")
        assert "](../" not in source  # would lead nowhere
        if "solution" not in tags_of(cell):
            expected = cell.source if cell.cell_type == "code" else None
            assert expected in (source, None)
        elif cell.cell_type == "code":
            assert source == assignments.stub(cell.source)
            bodies = [f.body for f in ast.parse(source).body if isinstance(f, ast.FunctionDef)]
            assert bodies
            for docstring, answer in bodies:  # the two statements that are left
                assert isinstance(docstring, ast.Expr)
                assert ast.unparse(answer) == ast.unparse(ast.parse(assignments.ANSWER))
        else:
            assert source == assignments.NOTE


@pytest.mark.parametrize("name", NAMES)
def test_solutions_are_folded_on_the_site(name):
    for cell in cells(name):
        tags = tags_of(cell)
        if "solution" in tags and cell.cell_type == "code":
            assert "hide-cell" in tags
        elif "solution" in tags:
            assert cell.source.startswith("<details>")
            assert cell.source.endswith("</details>")
        if "check" in tags:
            assert "hide-input" in tags  # what it prints stays visible


def test_every_chapter_has_exercises_and_the_book_shows_them():
    assert set(NAMES) == set(chapters())
    assert {f"book/exercises/{name}" for name in chapters()} <= set(documents())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    assert assignments.main([str(folder)]) == 0
    return folder


def test_make_assignments_writes_a_course_folder(course):
    for folder in ("release", "source"):
        found = sorted((course / folder).rglob("*.ipynb"))
        assert [path.stem for path in found] == [path.parent.name for path in found] == NAMES
    assert (course / "submitted").is_dir()
    compile((course / "nbgrader_config.py").read_text(encoding="utf-8"), "config", "exec")
    for path in course.rglob("*.ipynb"):
        cell_ids = [cell["id"] for cell in read(path).cells]
        assert len(set(cell_ids)) == len(cell_ids)


@pytest.mark.parametrize("name", NAMES)
def test_nbgrader_knows_every_cell(course, name):
    """Keys and types of nbgrader's schema, version 3; what it refuses, it refuses for a whole class."""
    types = {"grade": bool, "locked": bool, "solution": bool, "task": bool, "grade_id": str}
    seen = set()
    student = read(course / "release" / name / f"{name}.ipynb").cells
    for cell, teacher in zip(student, cells(name), strict=True):
        told, tags = cell.metadata["nbgrader"], tags_of(teacher)
        assert {key: type(told[key]) for key in types} == types
        assert told["schema_version"] == 3
        assert told["cell_type"] == cell.cell_type
        assert told["solution"] == ("solution" in tags) == (not told["locked"])
        by_hand = "solution" in tags and cell.cell_type == "markdown"
        assert told["grade"] == ("check" in tags or by_hand)
        assert ("points" in told) == told["grade"]
        assert told.get("points", 1) > 0
        assert told["grade_id"].isascii()
        seen.add(told["grade_id"])
    assert len(seen) == len(student)


def test_course_folder_keeps_what_others_put_there(course):
    added = course / "submitted" / "ada.ipynb"
    added.write_text("mine", encoding="utf-8")
    assignments.main([str(course)])
    assert added.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def f():\n    return 1", "docstring"),
        ('def f():\n    "One."\n    return 1\nf()', "line 4"),
        ('def _f():\n    "One."\n    return 1', "public function"),
    ],
)
def test_stub_refuses_what_it_cannot_blank(source, complaint):
    with pytest.raises(ValueError, match=complaint):
        assignments.stub(source)


def test_stub_keeps_imports_decorators_and_signature():
    source = (
        "import math\n\n@staticmethod\ndef area(r, *, pi=math.pi):\n"
        '    """Area of a disc."""\n    return pi * r**2\n\n\ndef _secret():\n    return 42\n'
    )
    blank = assignments.stub(source)
    assert blank.startswith("import math\n\n\n@staticmethod\ndef area(r, *, pi=math.pi):")
    assert "r**2" not in blank
    assert "_secret" not in blank
