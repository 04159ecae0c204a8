"""Each notebook and its text source say the same; both ways between them lose nothing."""

import os
import shutil

import jupytext
import nbformat
import pytest

from tools import ROOT
from tools.authoring import notebooks

PAIRED = notebooks.paired_notebooks()
NAMES = [path.relative_to(ROOT).as_posix() for path in PAIRED]
CHECKED = notebooks.CHECKED
ALT = r'mystnb={"image": {"alt": "A \"curve\"."}}'
TAGS = 'tags=["hide-input"]'
TEXT = f"""\
# %% [markdown]
# # Title

# %% {ALT} {TAGS}
x = 1


def twice(x):
    return 2 * x


# %% tags=["{CHECKED}"]
print(1 + 1)
"""


@pytest.fixture
def pair(tmp_path):
    """A notebook with a stored output, and its source."""
    notebook = tmp_path / "page.ipynb"
    notebooks.source_path(notebook).parent.mkdir()
    nb = notebooks.from_source(TEXT)
    nb.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="2\n")]
    notebooks.write(notebooks.normalise(nb), notebook)
    notebooks.source_path(notebook).write_text(TEXT)
    assert notebooks.pair_problems(notebook) == []
    return notebook


def age(path, seconds):
    """Set a file's time, counted from a fixed one."""
    os.utime(path, (1_700_000_000 + seconds,) * 2)


@pytest.mark.parametrize("path", PAIRED, ids=NAMES)
def test_notebook_and_source_are_in_step(path):
    assert notebooks.pair_problems(path) == []


@pytest.mark.parametrize("path", PAIRED, ids=NAMES)
def test_source_alone_gives_back_the_notebook_byte_for_byte_but_for_outputs(path):
    nb = notebooks.read(path)
    text = notebooks.source_path(path).read_text(encoding="utf-8")
    assert notebooks.dumps(notebooks.from_source(text, nb)) == path.read_text(encoding="utf-8")


def test_every_source_has_a_notebook():
    assert notebooks.stray_sources() == []


def test_a_stray_source_is_noticed(pair):
    (pair.parent / "sources" / "gone.py").write_text("")
    assert [path.name for path in notebooks.stray_sources((pair.parent,))] == ["gone.py"]


def test_the_order_of_metadata_does_not_matter(pair):
    source = notebooks.source_path(pair)
    source.write_text(TEXT.replace(f"{ALT} {TAGS}", f"{TAGS} {ALT}"))
    assert notebooks.sync(pair, "source") == [source]
    assert source.read_text() == TEXT


def test_a_missing_or_different_source_is_noticed(pair):
    source = notebooks.source_path(pair)
    source.write_text(TEXT.replace("x = 1", "x = 2"))
    assert "differs from sources/page.py" in notebooks.pair_problems(pair)[0]
    source.unlink()
    assert "no text sources/page.py" in notebooks.pair_problems(pair)[0]


@pytest.mark.parametrize("given", ["page.ipynb", "sources/page.py"])
def test_both_names_of_a_pair_mean_the_notebook(pair, given):
    assert notebooks.notebook_path(pair.parent / given) == pair


def test_the_newer_file_wins_and_unchanged_outputs_stay(pair):
    source = notebooks.source_path(pair)
    source.write_text(TEXT.replace("x = 1", "x = 2"))
    age(pair, 0), age(source, 1)
    assert notebooks.sync(pair) == [pair]
    cells = notebooks.read(pair).cells
    assert cells[1].source.startswith("x = 2")
    assert cells[-1].outputs[0].text == "2\n"
    cells[1].source = "x = 3"
    notebooks.write(notebooks.normalise(nbformat.v4.new_notebook(cells=cells)), pair)
    age(source, 0), age(pair, 1)
    assert notebooks.sync(pair) == [source]
    assert "\nx = 3\n" in source.read_text()
    assert notebooks.sync(pair) == []


def test_the_text_can_be_given_preference_also_over_a_notebook_with_merge_conflicts(pair):
    pair.write_text("<<<<<<< HEAD\n")
    age(notebooks.source_path(pair), 0), age(pair, 1)
    notebooks.sync(pair, "source")  # no output is left to keep, so it is run
    assert notebooks.problems(pair) == []
    assert notebooks.read(pair).cells[-1].outputs[0].text == "2\n"


def test_files_of_the_same_age_that_differ_are_left_alone(pair):
    source = notebooks.source_path(pair)
    source.write_text(TEXT.replace("x = 1", "x = 2"))
    age(source, 0), age(pair, 0)
    with pytest.raises(ValueError, match="same age"):
        notebooks.sync(pair)
    with pytest.raises(ValueError, match="neither"):
        notebooks.sync(pair.with_name("none.ipynb"))


def test_an_attachment_is_refused_not_dropped(pair):
    nb = notebooks.read(pair)
    nb.cells[0]["attachments"] = {"a.png": {"image/png": "AAAA"}}
    notebooks.write(notebooks.normalise(nb), pair)
    assert any("attachment" in problem for problem in notebooks.problems(pair))


@pytest.mark.parametrize("folder", ["book", "slides"])
def test_a_save_in_jupyterlab_writes_both(pair, folder):
    shutil.copy(ROOT / folder / "jupytext.toml", pair.parent)
    manager = jupytext.TextFileContentsManager(root_dir=str(pair.parent))
    model = manager.get("page.ipynb")
    model["content"].cells[1].source = "x = 5"
    manager.save(model, "page.ipynb")
    assert "\nx = 5\n" in notebooks.source_path(pair).read_text()
    assert notebooks.in_step(pair)
