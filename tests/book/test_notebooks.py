"""Notebooks keep the house rules, nbval runs every one, and every page of the book is real."""

import subprocess
import sys

import nbformat
import pytest

from tools import ROOT
from tools.authoring import notebooks
from tools.book import documents

ALL = notebooks.all_notebooks()
NAMES = [path.relative_to(ROOT).as_posix() for path in ALL]


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_house_rules(path):
    assert notebooks.problems(path) == []


def test_nbval_collects_every_notebook():
    """A notebook that pytest overlooks would pass unseen."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--nbval", "book"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    collected = {line.split("::")[0] for line in listed if ".ipynb::" in line}
    assert collected == set(NAMES)


def test_every_notebook_is_a_page_and_every_page_has_a_file():
    pages = documents()
    assert len(pages) == len(set(pages))
    for page in pages:
        assert sum((ROOT / f"{page}{suffix}").is_file() for suffix in (".md", ".ipynb")) == 1, page
    assert {name.removesuffix(".ipynb") for name in NAMES} <= set(pages)


# --- the checker itself ---------------------------------------------------------------------------


def notebook(*cells):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), *cells])
    return notebooks.normalise(nb)


def code(source, tags=(), **metadata):
    metadata = {"tags": list(tags)} | metadata if tags else metadata
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def printed(text, tags=("nbval-check-output",), name="stdout"):
    cell = code("print()", tags)
    cell.outputs = [nbformat.v4.new_output("stream", name=name, text=text)]
    return cell


def found_in(tmp_path, nb):
    notebooks.write(nb, tmp_path / "page.ipynb")
    return notebooks.problems(tmp_path / "page.ipynb")


def test_a_good_notebook_has_no_problems(tmp_path):
    figure = code("plt.show()", mystnb={"image": {"alt": "A curve."}})
    assert found_in(tmp_path, notebook(figure, printed("0.25\n"))) == []


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (code("\n".join(["x = 1"] * 26)), "26 lines of code"),
        (code("\n".join(["x = 1"] * 33), tags=["check"]), "33 lines of code"),
        (code("x = " + 97 * "1"), "101 characters"),
        (code("plt.show()"), "without alt text"),
        (code("x", tags=["hide-imput"]), "unknown tag 'hide-imput'"),
        (code("x", tags=["raises-exception"]), "unknown tag"),
        (code("x", tags=["nbval-check-output"]), "stores no output"),
        (printed("<Thing at 0x7f0123456789>"), "address or a path"),
        (printed("/home/me/file"), "address or a path"),
        (printed("warning", name="stderr"), "stderr"),
        (nbformat.v4.new_markdown_cell("# Second title"), "2 first-level headings"),
    ],
)
def test_each_rule_is_enforced(tmp_path, cell, sentence):
    assert any(sentence in problem for problem in found_in(tmp_path, notebook(cell)))


def test_a_check_may_be_longer_than_other_cells(tmp_path):
    check = code("\n".join(["assert x"] * 32), tags=["check"])
    assert found_in(tmp_path, notebook(check, code("x = " + 96 * "1"))) == []


def test_outputs_of_untagged_cells_and_odd_ids_are_noticed(tmp_path):
    nb = notebook(code("1"))
    nb.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    assert any("without the tag" in problem for problem in found_in(tmp_path, nb))
    nb = notebook(code("1"))
    nb.cells[1]["id"] = "random"
    assert any("committed form" in problem for problem in found_in(tmp_path, nb))


def test_title_must_come_first(tmp_path):
    nb = notebooks.normalise(nbformat.v4.new_notebook(cells=[code("1")]))
    assert any("title" in problem for problem in found_in(tmp_path, nb))


def test_comment_lines_in_code_are_not_headings():
    assert notebooks._headings("# One\n```python\n# not a heading\n```\n## Two") == ["# One"]


def test_normalise_joins_pieces_of_a_stream_and_is_idempotent():
    cell = printed("a")
    cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text="b"))
    nb = notebook(cell)
    assert [output.text for output in nb.cells[1].outputs] == ["ab"]
    text = notebooks.dumps(nb)
    assert notebooks.dumps(notebooks.normalise(nb)) == text


def test_converting_twice_gives_the_same_bytes_and_only_checked_outputs(tmp_path):
    source = tmp_path / "page.py"
    source.write_text(
        "# %% [markdown]\n# # Title\n\n# %%\nprint(1)\n\n"
        '# %% tags=["nbval-check-output"]\nprint(2)\n'
    )
    notebooks.convert(source, tmp_path / "one.ipynb")
    notebooks.convert(source, tmp_path / "two.ipynb")
    first = (tmp_path / "one.ipynb").read_bytes()
    assert first == (tmp_path / "two.ipynb").read_bytes()
    outputs = [cell.get("outputs") for cell in notebooks.read(tmp_path / "one.ipynb").cells]
    assert outputs[1] == []
    assert outputs[2][0].text == "2\n"
    assert notebooks.problems(tmp_path / "one.ipynb") == []
