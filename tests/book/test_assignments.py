"""Exercises: solutions pass their checks, blank and wrong answers fail them, students see no solution.

The cells run here with ``exec`` instead of in a kernel (nbval runs the notebooks in one): so a check
can be tried on the blank answer and on spoilt ones before it sees the solution.
"""

import ast
import contextlib
import functools
import io
import json

import matplotlib
import numpy as np
import pytest

from tools.authoring import assignments
from tools.authoring.notebooks import read, tags_of
from tools.book import MIN_EXERCISES, chapters, documents

NAMES = [path.stem for path in assignments.sources()]


def cells(name):
    return read(assignments.EXERCISES / f"{name}.ipynb").cells


def run(source, namespace):
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<exercise>", "exec"), namespace)


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


@pytest.mark.parametrize("name", NAMES)
def test_solutions_pass_and_blank_and_wrong_answers_fail(name):
    matplotlib.use("Agg")
    namespace, answers, checks = {"__name__": "exercise"}, [], 0
    for cell in cells(name):
        if cell.cell_type != "code":
            continue
        if "check" in tags_of(cell):
            checks += 1
            assert answers, f"check {checks} has no answer to check"
            blank = dict(namespace)
            for source in answers:
                run(assignments.stub(source), blank)
            with pytest.raises(NotImplementedError, match="your answer"):
                run(cell.source, blank)
            for answer in [f for source in answers for f in public_functions(source)]:
                wrong = namespace | {answer: spoiling(namespace[answer])}
                with pytest.raises(AssertionError) as told:
                    run(cell.source, wrong)
                message = str(told.value)
                assert len(message) > 15, f"check {checks} does not say what is wrong: {message!r}"
            answers = []
        elif "solution" in tags_of(cell):
            answers.append(cell.source)
        run(cell.source, namespace)
    assert not answers, "the last solution has no check"
    assert checks >= MIN_EXERCISES, f"write more into book/exercises/sources/{name}.py"


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


def test_make_assignments_writes_notebooks(tmp_path, capsys):
    assert assignments.main([str(tmp_path)]) == 0
    assert {path.stem for path in tmp_path.glob("*.ipynb")} == set(NAMES)
    for path in tmp_path.iterdir():
        cell_ids = [cell["id"] for cell in read(path).cells]
        assert len(set(cell_ids)) == len(cell_ids)


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
