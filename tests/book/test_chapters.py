"""Each chapter of _toc.yml has all its places; a new one starts whole and says what is to be written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from tools import ROOT
from tools.authoring import chapter as authoring
from tools.book import chapters, exercises, parts
from tools.browser.site import NOT_SOURCES
from tools.upkeep import chapters as upkeep

NAME, TITLE = "shared_means", "Shared means"


@pytest.mark.parametrize("name", chapters())
def test_chapter_has_all_its_places(name):
    assert "\n".join(upkeep.problems(name)) == ""


@pytest.mark.parametrize("name", chapters())
def test_chapter_has_symbols_an_example_by_hand_and_its_assumptions(name):
    text = (ROOT / "book" / "sources" / f"{name}.py").read_text(encoding="utf-8")
    for wanted in ("Symbols of this page", "{doc}`assumptions`", "hand"):
        assert wanted in text


def test_titles_do_not_break_sentences():
    """A link without a text of its own inserts a title; those of these pages are single words."""
    short = re.compile(r"notation|glossary|assumptions|api(/.*)?|exercises/.*")
    pages = [*(ROOT / "book").glob("*.md"), *(ROOT / "book" / "sources").glob("*.py")]
    pages += [*(ROOT / "book" / "exercises" / "sources").glob("*.py")]
    pages += [*(ROOT / "slides" / "sources").glob("*.py")]
    found = {
        f"{page.name}: {name}"
        for page in pages
        for name in re.findall(r"\{doc\}`([\w/]+)`", page.read_text(encoding="utf-8"))
        if not short.fullmatch(name)
    }
    assert found == set()


def test_no_file_belongs_to_a_chapter_that_is_not_listed():
    assert "\n".join(upkeep.strays()) == ""


def test_exercises_come_in_the_order_of_the_chapters():
    assert exercises() == chapters()


# ------------------------------------------------------------------------------ a new chapter


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A copy of the house in which a chapter has been started, its notebooks not yet made."""
    root = tmp_path_factory.mktemp("house") / "house"
    shutil.copytree(ROOT, root, ignore=NOT_SOURCES)
    authoring.start(NAME, TITLE, root=root)
    return root


@pytest.fixture
def house(started):
    """The copy; what a test changes there is undone."""
    kept = {path: path.read_bytes() for path in _own_files(started)}
    for what in ("notebook", "exercises"):
        (started / upkeep.PLACES[what].format(NAME)).write_text("{}", encoding="utf-8")
    yield started
    for path in set(_own_files(started)) - set(kept):
        path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)


def _own_files(house):
    """Lists of chapters, and the folders where a chapter has its files."""
    other = (upkeep.CONTENTS, upkeep.EXPLORERS, upkeep.ROOMS)
    lists = [house / path for path in (*other, *upkeep.WRITTEN)]
    folders = {(house / path).parent for path in upkeep.PLACES.values()} | {house / "book" / "api"}
    own = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    return [*lists, *own, *(house / "w2slib").glob("*.py")]


def test_a_new_chapter_lacks_nothing_but_what_is_marked(house):
    messages = upkeep.problems(NAME, house)
    assert len(messages) >= 15
    for message in messages:
        path, line, what = re.fullmatch(
            r"(\S+):(\d+): still to be written: (.+)", message, re.S
        ).groups()
        text = (house / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert f"TODO({NAME}): {what}" in text
    assert upkeep.strays(house) == []
    assert chapters(house)[-1] == exercises(house)[-1] == NAME


def test_a_chapter_can_end_any_part(house):
    first = next(iter(parts(house)))
    authoring.start("other_means", "Other means", part=first, root=house)
    assert parts(house)[first][-1] == "book/other_means"
    assert exercises(house) == chapters(house)
    (house / "book/exercises/other_means.ipynb").write_text("{}")
    (house / "book/other_means.ipynb").write_text("{}")
    left = [m for m in upkeep.problems("other_means", house) if "still to be written" not in m]
    assert left == []


# What is taken away, and the file that a message then has to name.
SPOILT = {
    upkeep.LANDING: f":link: {NAME}",
    upkeep.OVERVIEW: f"w2slib.{NAME}",
    upkeep.ROOMS: f", `{NAME}`",
    upkeep.PACKAGE: f'    "{NAME}",\n',
    upkeep.EXPLORERS: f'    "{NAME}",\n',
    upkeep.CASES: f"explorer.{NAME},",
    upkeep.CONTENTS: f"      - file: book/exercises/{NAME}\n",
    "book/api/shared.md": f".. automodule:: w2slib.{NAME}\n",
    f"book/sources/{NAME}.py": "data.quiz",
    f"book/exercises/sources/{NAME}.py": 'tags=["check"',
    f"w2slib/explorer/chapters/{NAME}.py": "-> PhaseExplorer",
}


@pytest.mark.parametrize("path", SPOILT)
def test_a_missing_line_is_named_with_its_file(house, path):
    file = house / path
    text = file.read_text(encoding="utf-8")
    assert SPOILT[path] in text
    file.write_text(text.replace(SPOILT[path], ""), encoding="utf-8")
    (message,) = (m for m in upkeep.problems(NAME, house) if "still to be written" not in m)
    assert message.startswith("book/api/: " if path.startswith("book/api/") else f"{path}: ")


@pytest.mark.parametrize("what", upkeep.PLACES)
def test_a_missing_file_is_named(house, what):
    path = upkeep.PLACES[what].format(NAME)
    (house / path).unlink()
    assert f"{path}: missing; it is the {what} of the chapter {NAME!r}" in upkeep.problems(
        NAME, house
    )


def test_a_quiz_that_is_too_short_and_a_chapter_that_is_not_listed_are_noticed(house):
    quiz = house / upkeep.PLACES["quiz"].format(NAME)
    quiz.write_text("[{}, {}]", encoding="utf-8")
    assert f"w2slib/data/quizzes/{NAME}.json: 2 questions; write at least 3" in upkeep.problems(
        NAME, house
    )
    (house / "book" / "stray.ipynb").write_text("{}", encoding="utf-8")
    (message,) = upkeep.strays(house)
    assert message.startswith("_toc.yml: no chapter 'stray', but there is book/stray.ipynb; write")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "Shared"}, "NAME = 'Shared'; allowed: small letters"),
        ({"name": "class"}, "NAME = 'class'; allowed"),
        ({"name": "ridge"}, "NAME = 'ridge' is taken: there is"),
        ({"name": "warm_start"}, "is taken: there is"),
        ({"title": " "}, "TITLE = ' '; allowed"),
        ({"title": 'A "good" one'}, "TITLE = "),
        ({"part": "Appendix"}, "PART = 'Appendix'; allowed: Ridge regression"),
    ],
)
def test_bad_names_are_refused_before_anything_is_written(given, message):
    arguments = {"name": "new", "title": "New", "part": "Synthesis"} | given
    with pytest.raises(ValueError, match=re.escape(message)):
        authoring.check(**arguments)


def test_a_new_chapter_passes_its_tests_and_the_rules_of_the_house(started):
    """Directly after ``make chapter``: its notebooks run, and what tests a chapter finds nothing."""
    run(started, "tools.architecture")  # ends with 1 where an import breaks a rule
    pages = [upkeep.PLACES[what].format(NAME) for what in ("notebook", "exercises")]
    run(started, "tools.authoring.notebooks", "sync", *pages)
    tests = [
        *("tests/book/test_api_page.py", "tests/book/test_assignments.py"),
        *("tests/book/test_notebooks.py", "tests/book/test_pairs.py"),
        *("tests/explorer/test_explorer.py", f"tests/library/test_{NAME}.py"),
        *(f"w2slib/{NAME}.py", f"w2slib/explorer/chapters/{NAME}.py"),
    ]
    chosen = [
        "-k",
        f"{NAME} or {NAME.replace('_', '-')}",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    told = run(started, "pytest", "-q", *chosen, *tests)
    assert int(re.search(r"(\d+) passed", told)[1]) >= 40


def run(house, *command):
    """What a module prints in that house."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=house, env=os.environ | {"PYTHONPATH": str(house)},
        capture_output=True, text=True, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
