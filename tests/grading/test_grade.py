"""A thin class through nbgrader: known marks, whatever the notebooks do (make test-grade)."""

import csv
import json
import os
import subprocess

import nbformat
import pytest

if os.environ.get("W2S_REQUIRE_GRADE") != "1":
    pytest.importorskip("nbgrader", reason="needs the extra `grade`; make test-grade runs these")

from tools.authoring import assignments
from tools.authoring.notebooks import read
from tools.grading import grade, synthetic

NAME = "beyond"
SECONDS = 12  # of a cell: the set that is used here takes one on a quiet machine
SOURCE = assignments.EXERCISES / f"{NAME}.ipynb"
# One way for each exercise of the set, in two notebooks; the last says what is done to the cells.
CLASS = {
    "careful": [
        ("right", "check edited"),
        ("right, but warns", "untouched"),
        ("wrong", "check edited"),
        ("right", "check deleted"),
        ("renamed", "untouched"),
        ("right", "answer twice"),
    ],
    "reckless": [
        ("endless", "untouched"),
        ("right", "untouched"),
        ("ends Python", "check deleted"),
        ("exits", "untouched"),
        ("silences errors", "untouched"),
        ("right", "untouched"),
    ],
    "-rf": [  # a name that is no option
        ("displays without end", "untouched"),
        ("leaves a process", "untouched"),
        ("quits", "untouched"),
        ("ends all", "untouched"),
        ("stops the loop", "untouched"),
        ("right", "untouched"),
    ],
}
LEFT = f"time.sleep(987 + 0 * {os.getpid()})"  # what a cell leaves running; nothing else sleeps so
# In the cell itself, in front of a right answer: what it costs is its own exercise.
CELLS = {
    "displays without end": "from IPython.display import display\n"
    "while True: display({'text/plain': 'x' * 100_000}, raw=True)\n",
    "leaves a process": "import subprocess, sys\n"
    f"subprocess.Popen([sys.executable, '-c', 'import time; {LEFT}'], start_new_session=True)\n",
    "quits": "quit()\n",
    "stops the loop": "import asyncio\nasyncio.get_event_loop().stop()\n",
    "ends all": "import os\nos.kill(os.getppid(), 9)\n",
}
pytestmark = pytest.mark.grade


def submission(plan):
    """Text of a notebook, and the points of its checks."""
    solved = read(SOURCE)
    nb = nbformat.reads(assignments.student_version(SOURCE), as_version=4)
    edits, marks = [], {}
    exercises = synthetic.exercises(solved)
    plan = [*plan, *[("blank", "untouched")] * (len(exercises) - len(plan))]
    for exercise, (way, done) in zip(exercises, plan, strict=True):
        change, right, _ = synthetic.WAYS.get(way, synthetic.WAYS["right"])
        right = right and way not in CELLS.keys() - {"leaves a process"}
        for index in exercise.answers:
            nb.cells[index].source = CELLS.get(way, "") + change(solved.cells[index].source)
        told = nb.cells[exercise.check].metadata.nbgrader
        marks[told.grade_id] = told.points if right else 0
        edits.append((done, exercise.check, exercise))
    synthetic.edit(nb, edits)
    return nbformat.writes(nb), marks


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Course folder of a class that was graded, with the marks that it deserves."""
    folder = tmp_path_factory.mktemp("class")
    course, known = folder / "course", {}
    assignments.write(course)
    for student, plan in CLASS.items():
        text, marks = submission(plan)
        known |= {(student, key): value for key, value in marks.items()}
        path = folder / "submissions" / student / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    broken = folder / "submissions" / "Zoë [O'Neil]" / f"{NAME}.ipynb"
    broken.parent.mkdir()
    broken.write_text("{", encoding="utf-8")
    found = grade.grade(folder / "submissions", course.resolve(), seconds=SECONDS, jobs=2)
    return folder, course.resolve(), known, found


def rows(path):
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_mark_is_right(graded):
    _, course, known, _ = graded
    table = rows(course / "exercises.csv")
    found = {(r["student"].lstrip("'"), r["exercise"]): float(r["points"]) for r in table}
    assert {key: found[key] for key in known} == known


def test_nothing_that_a_cell_started_is_left(graded):
    import psutil

    left = [p for p in psutil.process_iter(["cmdline"]) if LEFT in str(p.info["cmdline"])]
    assert left == []


def test_what_is_no_notebook_has_a_row_that_says_so(graded):
    _, course, _, _ = graded
    row = next(r for r in rows(course / "points.csv") if r["student"].startswith("Zoë"))
    assert (row["points"], float(row["of"]) > 0) == ("0", True)
    assert "no notebook" in row["remarks"]


def test_every_student_gets_a_page(graded):
    _, course, _, found = graded
    for student in found:
        page = course / "feedback" / student.key / NAME / f"{NAME}.html"
        assert "Exercise" in page.read_text(encoding="utf-8")
    reckless = (course / "feedback" / "reckless" / NAME / f"{NAME}.html").read_text("utf-8")
    assert "ran too long" in reckless
    assert "ended Python" in reckless


def test_a_second_call_runs_nothing_and_gives_the_same(graded, monkeypatch):
    folder, course, _, _ = graded
    before = (course / "exercises.csv").read_text(encoding="utf-8")

    def refuse(*args, **kwargs):
        raise AssertionError("graded twice")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    again = grade.grade(folder / "submissions", course, seconds=SECONDS, jobs=1)
    assert not [s.failed for s in again if s.failed]
    assert (course / "exercises.csv").read_text(encoding="utf-8") == before


def test_what_failed_is_named_and_tried_again(graded, monkeypatch):
    folder, course, _, found = graded
    victim = next(s for s in found if s.student == "careful")
    result = grade._result(victim, course)
    kept = result.read_text(encoding="utf-8")
    result.unlink()

    def killed(*args, **kwargs):
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", killed)
    again = grade.grade(folder / "submissions", course, seconds=SECONDS, jobs=1)
    assert [s.student for s in again if s.failed] == ["careful"]
    row = next(r for r in rows(course / "points.csv") if r["student"] == "careful")
    assert row["points"] == ""  # not known is not zero
    assert "no more processes" in row["remarks"]
    result.write_text(kept, encoding="utf-8")
    assert json.loads(kept)["exercises"]


def test_an_error_of_a_million_letters_is_cut():
    from tools.grading import execute

    nb = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    nb.cells = [nbformat.v4.new_code_cell("raise ValueError('x' * 10**6)")]
    nb, _ = execute.Patient(startup_timeout=120).preprocess(nb, {"metadata": {}})
    assert [output.ename for output in nb.cells[0].outputs] == ["ValueError"]
    assert len(str(nb.cells[0].outputs)) < 3 * execute.LONGEST


def test_time_without_a_processor_is_not_the_students(monkeypatch):
    """Only as long as it stood in line: what runs too long on its own is interrupted all the same."""
    from tools.grading import execute

    nb = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    sources = ["import time", "time.sleep(2.5); print('there')", "time.sleep(60)"]
    nb.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    times = iter(
        [0.0, 0.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    )  # at the start of each cell, and when it is late
    monkeypatch.setattr(execute, "stood_in_line", lambda pid: next(times))
    nb, _ = execute.Patient(timeout=1, startup_timeout=120).preprocess(nb, {"metadata": {}})
    assert nb.cells[1].outputs[0].text == "there\n"
    assert "KeyboardInterrupt" in [output.get("ename") for output in nb.cells[2].outputs]
