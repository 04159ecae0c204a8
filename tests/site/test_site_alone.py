"""A notebook alone: downloaded from the site into an empty folder, with and without the package."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path

import pytest
from nbconvert import HTMLExporter

from tests.helpers.environments import Environment
from tools import ROOT
from tools.authoring.notebooks import FIRST_LINES
from tools.book import chapters, exercises
from w2slib import __version__

WHEEL = f"w2slib-{__version__}-py3-none-any.whl"
NOTEBOOKS = [*chapters(), *(f"exercises/{name}" for name in exercises())]
# Runs the first cell of each notebook that is named, in a namespace of its own, and says how it went.
FIRST_CELLS = """
import json, sys
import matplotlib
matplotlib.use("agg")
told = {}
for path in sys.argv[1:]:
    cells = json.load(open(path, encoding="utf-8"))["cells"]
    code = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    try:
        exec(code, {"__name__": "__main__"})
        told[path] = "runs"
    except Exception as error:
        told[path] = f"{type(error).__name__}: {error}"
print(json.dumps(told))
"""

RUN = ("-m", "nbconvert", "--execute", "--to", "notebook", "--output", "run", "alone.ipynb")
# In one of the three cells below a page's first explorer stands a picture or a list, after a sentence that
# names it; above each further one a sentence names the picture that it moves.
SHOWN_INSTEAD = r"""() => {
    const views = 'script[type="application/vnd.jupyter.widget-view+json"]';
    const cells = [...document.querySelectorAll(".jp-Cell")].filter(c => c.querySelector(views));
    const missing = cells.filter((cell, place) => {
        if (place > 0) return !/for print/i.test(cell.previousElementSibling?.innerText ?? "");
        let below = cell, said = "", shown = false;
        for (let k = 0; k < 3 && (below = below.nextElementSibling); k++) {
            if (below.matches(".jp-MarkdownCell")) said += below.innerText;
            else shown ||= !!below.querySelector(".jp-OutputArea img, .jp-OutputArea li");
        }
        return !shown || !/for print|in words/.test(said);
    });
    return [cells.length, missing.map(cell => cell.innerText.slice(0, 200))];
}"""


def downloaded(site: Path, name: str) -> Path:
    """What the download button of a page gives."""
    return site / "_sources" / "book" / f"{name}.ipynb"


def first_cells(environment: Environment, site: Path, folder: Path) -> dict[str, str]:
    """What the first cell of each notebook says in an empty folder."""
    for name in NOTEBOOKS:
        copy = folder / f"{name}.ipynb"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(downloaded(site, name).read_bytes())
    paths = [f"{name}.ipynb" for name in NOTEBOOKS]
    return json.loads(environment.run("-c", FIRST_CELLS, *paths, cwd=folder))


def test_the_site_brings_the_wheel_of_the_package(site):
    assert [path.name for path in site.glob("*.whl")] == [WHEEL]
    names = {name for name in zipfile.ZipFile(site / WHEEL).namelist() if "dist-info" not in name}
    there = (path for path in (ROOT / "w2slib").rglob("*") if path.is_file())
    wanted = {p.relative_to(ROOT).as_posix() for p in there if "__pycache__" not in p.parts}
    assert names == wanted


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_downloaded_notebook_names_the_wheel_and_its_page_does_not(site, name):
    cells = json.loads(downloaded(site, name).read_text(encoding="utf-8"))["cells"]
    code = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert FIRST_LINES not in code
    assert WHEEL in code
    page = (site / "book" / f"{name}.html").read_text(encoding="utf-8")
    assert "find_spec" not in page
    assert re.search(r"(?s)<pre>.*?import", page)


def test_without_the_package_the_first_cell_says_in_a_sentence_how_to_install_it(site, tmp_path):
    told = first_cells(Environment(tmp_path / "environment"), site, tmp_path)
    sentence = (
        rf"ModuleNotFoundError: The book's package is missing: run %pip install .*{WHEEL}.*\."
    )
    assert len(told) == len(NOTEBOOKS)
    assert {name: said for name, said in told.items() if not re.fullmatch(sentence, said)} == {}


@pytest.fixture(scope="module")
def installed(server, tmp_path_factory):
    """An environment into which the wheel was installed from the site, by its address."""
    environment = Environment(tmp_path_factory.mktemp("wheel") / "environment")
    environment.install(server + WHEEL)
    return environment


def test_with_the_wheel_from_the_site_every_first_cell_runs(installed, site, tmp_path):
    told = first_cells(installed, site, tmp_path)
    assert told == {f"{name}.ipynb": "runs" for name in NOTEBOOKS}


def explorers_without_a_picture(browser, notebook: Path) -> tuple[int, list[str]]:
    """How many explorers `nbconvert --to html` leaves, and those without anything in their place.

    Opened offline, without the widgets' script, which nbconvert takes from elsewhere: as e-mail
    programs, code hosts and VS Code without its extension show a notebook.
    """
    page = notebook.with_suffix(".html")
    page.write_text(HTMLExporter().from_filename(notebook)[0], encoding="utf-8")
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(page.as_uri())
    count, missing = tab.evaluate(SHOWN_INSTEAD)
    context.close()
    return count, missing


def test_an_executed_notebook_as_a_page_shows_a_picture_for_its_explorer(
    installed, browser, site, tmp_path
):
    nb = json.loads(downloaded(site, "ridge").read_text(encoding="utf-8"))
    del nb["cells"][9:]  # the first explorer and what is printed in its place
    (tmp_path / "alone.ipynb").write_text(json.dumps(nb), encoding="utf-8")
    installed.run(*RUN, cwd=tmp_path, seconds=200)
    assert explorers_without_a_picture(browser, tmp_path / "run.ipynb") == (1, [])


@pytest.mark.skipif(os.environ.get("W2S_ALONE") != "1", reason="minutes: make test-alone")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_with_the_wheel_from_the_site_the_whole_notebook_runs(
    installed, browser, site, tmp_path, name
):
    (tmp_path / "alone.ipynb").write_bytes(downloaded(site, name).read_bytes())
    installed.run(*RUN, cwd=tmp_path, seconds=280)
    count, missing = explorers_without_a_picture(browser, tmp_path / "run.ipynb")
    assert missing == []
    assert (count > 0) == ("/" not in name)
