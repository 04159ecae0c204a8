"""The closed edition tells no solution: neither its notebooks nor what the site is made of."""

import re

import pytest
import yaml

from tools import ROOT
from tools.authoring import assignments
from tools.authoring.notebooks import read, tags_of
from tools.lite import contents
from tools.publish import closed

BUILT = [
    "random_matrices",
    "ridge",
]  # of the exercises; make book SOLUTIONS=no searches all of them


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Copy of the book without its solutions."""
    return closed.copy(tmp_path_factory.mktemp("closed"))


@pytest.fixture(scope="module")
def site(source):
    """Site of a few pages: enough to see where sources, downloads and the index come from."""
    contents = {
        "format": "jb-book",
        "root": "book/references",
        "chapters": [{"file": f"book/exercises/{name}"} for name in BUILT],
    }
    (source / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    return closed.build(source)


@pytest.fixture(scope="module")
def wanted():
    return closed.secrets()


def test_every_solution_has_something_to_search_for(wanted):
    joined = "\n".join(wanted)
    for path in assignments.sources():
        for cell in read(path).cells:
            if "solution" in tags_of(cell) and cell.cell_type == "code":
                lines = [" ".join(line.split()) for line in cell.source.splitlines()]
                short = len(cell.source.splitlines()) < 8
                assert short or any(len(line) > 12 and line in joined for line in lines)
    assert len(wanted) > 200


def test_copied_notebooks_tell_nothing(source, wanted):
    assert closed.leaks(source / "book" / "exercises", wanted) == []
    assert not (source / "tests" / "answers").exists()
    for path in (source / "book" / "exercises").glob("*.ipynb"):
        cells = read(path).cells
        assert not [cell for cell in cells if "solution" in tags_of(cell)]
        assert sum(assignments.ANSWER in cell.source for cell in cells) >= 5


def test_site_tells_nothing(site, wanted):
    assert closed.leaks(site, wanted) == []
    page = (site / "book" / "exercises" / "ridge.html").read_text(encoding="utf-8")
    assert re.sub("<[^>]*>", "", page).count("NotImplementedError") >= 5  # which is seen at once
    assert "Show the solution" not in page


@pytest.mark.parametrize("solutions", [False, True])
def test_notebooks_in_the_browser_tell_nothing_either(tmp_path, wanted, solutions):
    contents.write(tmp_path / "lite" / "files", solutions=solutions)
    found = {hit.partition(":")[0] for hit in closed.leaks(tmp_path, wanted)}
    told = {f"lite/files/exercises/{path.name}" for path in assignments.sources()}
    assert found == (told if solutions else set())


def test_a_solution_that_is_told_is_found_wherever_it_is(tmp_path, wanted):
    """The open edition's notebook, as page, source and index."""
    path = ROOT / "book" / "exercises" / "ridge.ipynb"
    code = next(c.source for c in read(path).cells if "solution" in tags_of(c))
    line = next(line for line in wanted if line in " ".join(code.split()))
    tagged = line.replace("(", "<span>(</span>").replace("<span>", "<span class='p'>")
    (tmp_path / "page.html").write_text(f"<pre>{tagged}</pre>", encoding="utf-8")
    (tmp_path / "ridge.ipynb").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "searchindex.js").write_text('{"_line_beyond":1}', encoding="utf-8")
    found = closed.leaks(tmp_path, [*wanted, "_line_beyond"])
    assert {hit.partition(":")[0] for hit in found} == {
        "page.html",
        "ridge.ipynb",
        "searchindex.js",
    }
