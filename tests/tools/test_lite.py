"""Python in the browser: only official files are served; the notebooks install the book's own wheels."""

import concurrent.futures
import json
import tarfile
import zipfile

import numpy as np
import pytest

from tools.authoring.notebooks import BOOK, FIRST_LINES
from tools.lite import build, contents, pages, runtime, w2slib_browser
from w2slib import ridge


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A release of two packages, of which the first needs the second; its folder."""
    folder = tmp_path / "release"
    folder.mkdir()
    files = {"pyodide.js": b"js", "a.whl": b"a", "b.whl": b"b"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    packages = {
        name: {
            "file_name": f"{name}.whl",
            "sha256": runtime.digest(folder / f"{name}.whl") if name != "c" else "none",
            "depends": needs,
        }
        for name, needs in {"a": ["b"], "b": [], "c": []}.items()
    }
    (folder / runtime.LOCK).write_text(json.dumps({"packages": packages}))
    core = {name: runtime.digest(folder / name) for name in ("pyodide.js", runtime.LOCK)}
    monkeypatch.setattr(runtime, "RELEASE", {"version": "0", "core": core, "packages": ["a"]})
    return folder


def test_a_folder_gives_what_is_needed_and_lists_nothing_else(release, tmp_path):
    told, _ = runtime.collect(tmp_path / "out", str(release))
    assert told == str(release)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"pyodide.js", "a.whl", "b.whl", runtime.LOCK}
    listed = json.loads((tmp_path / "out" / runtime.LOCK).read_text())["packages"]
    assert set(listed) == {"a", "b"}


def test_an_archive_gives_the_same(release, tmp_path):
    with tarfile.open(tmp_path / "release.tar.bz2", "w:bz2") as archive:
        archive.add(release, "pyodide")
    runtime.collect(tmp_path / "out", str(tmp_path / "release.tar.bz2"))
    assert (tmp_path / "out" / "b.whl").read_bytes() == b"b"


@pytest.mark.parametrize("name", ["pyodide.js", "b.whl", runtime.LOCK])
def test_a_file_that_is_not_the_official_one_is_refused(release, tmp_path, name):
    (release / name).write_bytes(b"changed")
    with pytest.raises(ValueError, match=rf"{name} is not the official file"):
        runtime.collect(tmp_path / "out", str(release))
    (release / name).unlink()
    with pytest.raises(ValueError, match=rf"{name} is missing"):
        runtime.collect(tmp_path / "out", str(release))


def test_what_is_no_release_is_refused(tmp_path):
    (tmp_path / "page.tar.bz2").write_text("<html>not found</html>")
    for name in ("nothing", "page.tar.bz2"):
        with pytest.raises(ValueError, match="a folder, or an archive"):
            runtime.collect(tmp_path / "out", str(tmp_path / name))


@pytest.mark.parametrize("kind", ["bz2", "gz", "xz", ""])
def test_an_archive_that_was_cut_off_is_named(release, tmp_path, kind):
    (release / "large").write_bytes(np.random.default_rng(0).bytes(300_000))
    path = tmp_path / f"release.tar.{kind}"
    with tarfile.open(path, f"w:{kind}") as archive:
        archive.add(release, "pyodide")
    path.write_bytes(path.read_bytes()[:150_000])
    with pytest.raises(ValueError, match=rf"PYODIDE = .*release.tar.{kind}"):
        runtime.collect(tmp_path / "out", str(path))


def test_an_archive_writes_nowhere_else(release, tmp_path):
    with tarfile.open(tmp_path / "release.tar", "w") as archive:
        archive.add(release / "a.whl", "../../a.whl")
    with pytest.raises(ValueError, match=r"the archive is damaged .*outside"):
        runtime.collect(tmp_path / "out", str(tmp_path / "release.tar"))


def test_a_computer_without_npm_is_told_what_works(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"npm.*allowed without it: PYODIDE=folder or archive"):
        runtime.collect(tmp_path / "out")


def test_every_notebook_installs_from_the_site_and_assignments_hold_no_solution():
    texts = contents.notebooks()
    closed = contents.notebooks(solutions=False)
    chapters = {path.name for path in BOOK.glob("*.ipynb")}
    assert {name for name in closed if "/" not in name} == chapters
    assert set(texts) - set(closed) == {f"exercises/{name}" for name in chapters}
    for name, text in texts.items():
        cells = json.loads(text)["cells"]
        code = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        assert code.startswith(contents.IN_BROWSER)
        assert FIRST_LINES not in code
        assert name.startswith("assignments/") == ("raise NotImplementedError" in text)


def test_only_the_bounds_that_are_bridged_are_taken_out(tmp_path):
    bounds = "Requires-Dist: numpy>=2.1\nRequires-Dist: anywidget>=0.11\n"
    wheel = contents.write_wheel(tmp_path, "thing", "1.0", {})
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["thing-1.0.dist-info/METADATA"] += bounds.encode()
    del files["thing-1.0.dist-info/RECORD"]
    contents._pack(wheel, files)
    contents.relax(wheel)
    metadata = zipfile.ZipFile(wheel).read("thing-1.0.dist-info/METADATA").decode()
    assert "Requires-Dist: numpy\nRequires-Dist: anywidget>=0.11\n" in metadata


def test_one_process_gives_the_same_bits_and_says_so(capsys):
    settings = dict(gamma_t=0.5, gamma_s=0.5, noise_var=1.0, dim=20, n_trials=3, rng=0)
    with w2slib_browser.OneProcess(max_workers=2) as pool:
        one = ridge.simulate([0.1], [0.5], executor=pool, **settings)
        failed = pool.submit(int, "x")
    assert capsys.readouterr().out.strip() == w2slib_browser.ONE_PROCESS
    assert isinstance(failed.exception(), ValueError)
    assert np.array_equal(one.student_mean, ridge.simulate([0.1], [0.5], **settings).student_mean)
    assert concurrent.futures.ProcessPoolExecutor is not w2slib_browser.OneProcess


@pytest.fixture
def book(tmp_path):
    """A site of one chapter with its exercises, and a lite site with a chapter's notebooks."""
    for name in ("book/ridge", "book/exercises/ridge", "book/notation"):
        page = tmp_path / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("<h1>Menu</h1><article><h1>Ridge</h1><h1>more</h1></article>")
    for name in ("ridge", "assignments/ridge", "exercises/ridge"):
        path = tmp_path / "lite" / "files" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_pages_of_notebooks_get_one_button_each_however_often(book):
    chapter, exercises = book / "book" / "ridge.html", book / "book" / "exercises" / "ridge.html"
    for _ in range(2):
        assert set(pages.add_buttons(book)) == {chapter, exercises}
    text = chapter.read_text()
    assert text.count("Run in the browser") == 1
    assert text.startswith('<h1>Menu</h1><article><h1>Ridge</h1><p class="w2s-run">')
    assert 'href="../lite/notebooks/index.html?path=ridge.ipynb"' in text
    wanted = 'href="../../lite/notebooks/index.html?path=assignments/ridge.ipynb"'
    assert wanted in exercises.read_text()
    assert "Run in" not in (book / "book" / "notation.html").read_text()


def test_every_page_of_the_lite_site_begins_with_its_script(tmp_path):
    for name in ("index.html", "lab/tree/index.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("<html><head><title>x</title></head></html>")
    build._add_to_pages(tmp_path)
    assert '<script src="page.js">' in (tmp_path / "index.html").read_text()
    assert '<script src="../../page.js">' in (tmp_path / "lab" / "tree" / "index.html").read_text()
    assert (tmp_path / "katex" / "katex.mjs").is_file()
    assert "https:" not in (tmp_path / "page.js").read_text()


def test_a_site_that_was_not_built_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        build.main([str(tmp_path)])
    assert "build it first" in capsys.readouterr().err


def test_a_smaller_size_is_said_below_the_headline_and_changes_what_is_there():
    nb = {"cells": [{"source": ["# Title\n", "\n", "Text"]}, {"source": ["a = 1000\n", "b = 2"]}]}
    contents._make_smaller(nb, "Smaller.", {"a = 1000": "a = 10"})
    assert "".join(nb["cells"][0]["source"]) == "# Title\n\n*Smaller.*\n\nText"
    assert "".join(nb["cells"][1]["source"]) == "a = 10\nb = 2"
    with pytest.raises(ValueError, match="0 cells hold 'a = 1000'"):
        contents._make_smaller(nb, "Smaller.", {"a = 1000": "a = 10"})


def test_every_smaller_notebook_says_so():
    texts = contents.notebooks()
    for name, (sentence, _) in contents.SMALLER.items():
        first = json.loads(texts[name])["cells"][0]
        lines = "".join(first["source"]).split("\n")
        assert lines[0].startswith("# ")
        assert lines[2] == f"*{sentence}*"
