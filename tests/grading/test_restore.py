"""A submitted notebook is put back into the order of the set that was handed out (no nbgrader needed)."""

import csv
import json
import os

import nbformat
import pytest

from tools.authoring import assignments
from tools.authoring.notebooks import read
from tools.grading import grade, restore, synthetic

pytestmark = pytest.mark.filterwarnings("ignore:Non-unique cell id")  # a cell that was copied
NAME = "beyond"
SOURCE = assignments.EXERCISES / f"{NAME}.ipynb"


@pytest.fixture(scope="module")
def release():
    return nbformat.reads(assignments.student_version(SOURCE), as_version=4)


def copy_of(nb):
    return nbformat.from_dict(json.loads(json.dumps(nb)))


def parsed(nb, tmp_path):
    path = tmp_path / "submitted.ipynb"
    path.write_text(nbformat.writes(nb), encoding="utf-8")
    return restore.load(path)


def marks(cell):
    return cell.metadata.get("nbgrader", {})


def find(nb, grade_id):
    return next(i for i, cell in enumerate(nb.cells) if marks(cell).get("grade_id") == grade_id)


def sources(nb):
    return [cell.source for cell in nb.cells]


def test_untouched_comes_back_untouched(release, tmp_path):
    nb, remarks = restore.restored(release, parsed(release, tmp_path))
    assert sources(nb) == sources(release)
    assert remarks == []


@pytest.mark.parametrize("keeps_metadata", [True, False])
def test_a_notebook_from_the_browser_is_the_same_notebook(release, tmp_path, keeps_metadata):
    # The environment of `make test-grade` has no Sphinx, which the browser's first lines come with.
    contents = pytest.importorskip("tools.lite.contents", exc_type=ImportError)
    mine = nbformat.reads(contents.prepared(nbformat.writes(release)), as_version=4)
    mine.metadata.kernelspec = {"name": "python", "display_name": "Python (Pyodide)"}
    if not keeps_metadata:
        for cell in mine.cells:
            cell.metadata = {}
    nb, remarks = restore.restored(release, parsed(mine, tmp_path))
    assert sources(nb) == sources(release)
    assert nb.metadata.get("kernelspec") == release.metadata.get("kernelspec")
    assert [remark for remark in remarks if keeps_metadata or "changed" in remark] == []


def test_checks_come_from_the_release_and_answers_from_the_student(release, tmp_path):
    mine = copy_of(release)
    mine.cells[find(mine, "check-1")].source = 'print("correct")'
    del mine.cells[find(mine, "check-2")]
    mine.cells[find(mine, "answer-3")].source = "answer = 3"
    mine.cells.insert(find(mine, "check-3") + 1, nbformat.v4.new_code_cell("added = 1"))
    nb, remarks = restore.restored(release, parsed(mine, tmp_path))
    expected = sources(release)
    expected[find(release, "answer-3")] = "answer = 3"
    expected.insert(find(release, "check-3") + 1, "added = 1")
    assert sources(nb) == expected
    again, _ = restore.restored(release, parsed(mine, tmp_path))
    assert nbformat.writes(again) == nbformat.writes(nb)  # so that it is not graded a second time
    assert sorted(remarks) == ["check-1 was changed", "check-2 was missing"]
    assert all(marks(c) == marks(r) for c, r in zip(nb.cells[:5], release.cells, strict=False))


def test_points_and_locks_cannot_be_changed(release, tmp_path):
    mine = copy_of(release)
    cell = mine.cells[find(mine, "check-1")]
    cell.metadata.nbgrader |= {"points": 100, "locked": False, "solution": True}
    nb, _ = restore.restored(release, parsed(mine, tmp_path))
    assert marks(nb.cells[find(nb, "check-1")]) == marks(release.cells[find(release, "check-1")])


def test_an_editor_that_drops_metadata_costs_no_points(release, tmp_path):
    mine, solved = copy_of(release), read(SOURCE)
    index = find(mine, "answer-1")
    mine.cells[index].source = solved.cells[index].source
    for cell in mine.cells:
        cell.metadata = nbformat.from_dict({})
    nb, remarks = restore.restored(release, parsed(mine, tmp_path))
    expected = sources(release)
    expected[index] = solved.cells[index].source
    assert sources(nb) == expected
    assert not [remark for remark in remarks if "changed" in remark]


def test_the_last_of_two_answers_counts(release, tmp_path):
    mine = copy_of(release)
    index = find(mine, "answer-1")
    first = copy_of(release).cells[index]
    first.source = "first = True"
    mine.cells.insert(index, first)
    nb, _ = restore.restored(release, parsed(mine, tmp_path))
    assert sources(nb).index("first = True") == find(nb, "answer-1") - 1


@pytest.mark.parametrize("text", ["", "{", '{"cells": 1}', "[]", "\0"])
def test_what_is_no_notebook_says_so(tmp_path, text):
    path = tmp_path / "ridge.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(restore.UnreadableError, match="no notebook"):
        restore.load(path)


def test_submissions_are_found_as_learning_platforms_leave_them(release, tmp_path):
    sets = {
        name: release if name == NAME else nbformat.v4.new_notebook()
        for name in ("ridge", "weighted_ridge", NAME)
    }
    text = nbformat.writes(release)
    names = {
        "Ada/weighted_ridge.ipynb": ("Ada", "weighted_ridge"),
        "Ada/ridge.ipynb": ("Ada", "ridge"),
        "Zoë O'Neil_4711_assignsubmission_file/ridge (2).ipynb": ("Zoë O'Neil", "ridge"),
        "lovelaceada_LATE_123_456_ridge-1.ipynb": ("lovelaceada", "ridge"),
        "bob/beyond/my work.ipynb": ("bob", "beyond"),
        "eve/homework.ipynb": ("eve", NAME),
    }
    for name in [*names, "Ada/notes.txt", "Ada/.ipynb_checkpoints/ridge.ipynb"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if path.suffix == ".ipynb" else "?", encoding="utf-8")
    found, strange = grade.collect(tmp_path, sets)
    assert {(s.student, s.name) for s in found} == set(names.values())
    assert [path.name for path in strange] == ["notes.txt"]
    assert all(set("'[]*?/").isdisjoint(s.key) for s in found)


@pytest.mark.parametrize(
    ("encoding", "remarks"),
    [("utf-8-sig", 0), ("utf-16", 0), ("utf-16-le", 0), ("cp1252", 1)],
)
def test_a_notebook_in_another_encoding_is_read(release, tmp_path, encoding, remarks):
    mine = copy_of(release)
    mine.cells[find(mine, "answer-1")].source = "# déjà vu"
    for cell in mine.cells:  # the last of them has not all letters of the set
        cell.source = cell.source.encode("cp1252", "replace").decode("cp1252")
    path = tmp_path / "a.ipynb"
    path.write_bytes(json.dumps(mine, ensure_ascii=False).encode(encoding))
    nb, told = restore.restored(release, restore.load(path))
    assert nb.cells[find(nb, "answer-1")].source == "# déjà vu"
    assert len([remark for remark in told if "Windows-1252" in remark]) == remarks


@pytest.fixture(scope="module")
def releases():
    paths = {path.stem: path for path in assignments.sources()}
    return {
        name: nbformat.reads(assignments.student_version(paths[name]), as_version=4)
        for name in ("ridge", NAME)
    }


@pytest.mark.parametrize(
    ("file", "remark"),
    [
        ("Beyond.IPYNB", "its name is Beyond.IPYNB"),
        ("beyond.ipynb.txt", "its name is beyond.ipynb.txt"),
        ("Ada - Beyond.ipynb", ""),
        ("ridge.ipynb", "the name of ridge, but the checks of beyond"),
    ],
)
def test_a_file_with_a_wrong_name_is_graded_with_a_remark(releases, tmp_path, file, remark):
    path = tmp_path / file if " - " in file else tmp_path / "Ada" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(releases[NAME]), encoding="utf-8")
    ((found,), strange) = grade.collect(tmp_path, releases)
    assert (found.student, found.name, strange) == ("Ada", NAME, [])
    assert remark in "; ".join(found.remarks)
    assert bool(found.remarks) == bool(remark)


@pytest.mark.parametrize("later", ["beyond (1).ipynb", "beyond (10).ipynb", "beyond-1.ipynb"])
def test_of_files_of_one_time_the_higher_number_is_graded(releases, tmp_path, later):
    for name in ("beyond.ipynb", "beyond (0).ipynb", later):
        path = tmp_path / "Ada" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(nbformat.writes(releases[NAME]), encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    ((found,), _) = grade.collect(tmp_path, releases)
    assert found.path.name == later
    assert "by its name the last of several files" in found.remarks[-1]


def test_text_that_was_added_is_there_when_marking_by_hand(release, tmp_path):
    mine = copy_of(release)
    mine.cells.insert(find(mine, "check-3") + 1, nbformat.v4.new_markdown_cell("Because ..."))
    nb, remarks = restore.restored(release, parsed(mine, tmp_path))
    expected = sources(release)
    expected.insert(find(release, "check-3") + 1, "Because ...")
    assert sources(nb) == expected
    assert nb.cells[find(nb, "check-3") + 1].cell_type == "markdown"
    assert remarks == ["text was added behind check-3"]


def test_two_people_of_one_name_are_both_graded(release, tmp_path):
    """Moodle gives each a number of their own; only the newer of the two notebooks was graded."""
    folders = ("Ann Lee_1_assignsubmission_file", "Ann Lee_1_assignsubmission_onlinetext")
    for name in (*folders, "Ann Lee_2_assignsubmission_file", "Bo_3_assignsubmission_file"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ridge.ipynb").write_text(nbformat.writes(release), encoding="utf-8")
    other = tmp_path / "Bo_4_assignsubmission_file" / "beyond.ipynb"  # one of another set
    other.parent.mkdir()
    other.write_text(nbformat.writes(release), encoding="utf-8")
    found, _ = grade.collect(tmp_path, {"ridge": release, "beyond": release})
    assert {s.student for s in found} == {"Ann Lee (1)", "Ann Lee (2)", "Bo"}
    (twice,) = (s for s in found if s.student == "Ann Lee (1)")
    assert any(f"{folder}/ridge.ipynb" in twice.remarks[0] for folder in folders)


def test_a_students_name_is_no_formula_in_the_table(tmp_path):
    submission = grade.Submission("=1+1", "x", NAME, tmp_path / "a.ipynb")
    grade.write_tables(tmp_path, [submission], {NAME: None}, [])
    with (tmp_path / "points.csv").open(newline="", encoding="utf-8") as lines:
        assert [row["student"] for row in csv.DictReader(lines)] == ["'=1+1"]


def test_synthetic_class_covers_every_way_and_every_set(tmp_path):
    synthetic.write(tmp_path / "class", 16)
    with (tmp_path / "class" / "marks.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["set"] for row in rows} == {path.stem for path in assignments.sources()}
    assert 0 < sum(row["points"] == "0" for row in rows) < len(rows)
    assert len({row["way"] for row in rows}) > 10


def test_comparison_sees_a_wrong_and_a_missing_mark(tmp_path):
    (tmp_path / "marks.csv").write_text(
        "student,set,exercise,points,way\na,ridge,check-1,1,right\nb,ridge,check-1,0,wrong\n"
    )
    (tmp_path / "graded.csv").write_text("student,set,exercise,points,of\na,ridge,check-1,0,1\n")
    found = synthetic.differences(tmp_path / "marks.csv", tmp_path / "graded.csv")
    assert len(found) == 2
