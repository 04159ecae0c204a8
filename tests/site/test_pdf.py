"""The printed book: every page in it, formulas and figures there, folded parts open."""

import pytest
from pypdf import PdfReader

from tools import browser as harness
from tools.publish import make_pdf
from w2slib import explorer

NAMES = ["book/notation", "book/exercises/ridge", "book/ridge", "book/synthesis"]


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    if harness.chromium() is None:
        pytest.skip("no Chromium found")
    names = [name for name in NAMES if (site / f"{name}.html").exists()]
    return PdfReader(make_pdf.make_pdf(site, tmp_path_factory.mktemp("pdf") / "book.pdf", names))


def text_of(reader):
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_bookmarks_are_the_titles(printed):
    titles = [item.title for item in printed.outline]
    assert "Notation" in titles
    assert "Exercises: Mechanism I" in titles


def test_folded_solutions_and_hints_are_printed(printed):
    text = text_of(printed)
    assert "Solution of (a)" in text
    assert "brentq" in text  # code of a folded solution cell
    assert "The derivative of" in text  # explanation inside <details>


def test_formulas_are_set_and_figures_are_printed(printed):
    # on the first page, of the notation, no code can hold the TeX source of a formula
    first = printed.pages[0].extract_text()
    assert "aspect ratio" in first
    assert "\\" not in first
    assert "$" not in first
    images = sum(len(page.images) for page in printed.pages)
    assert images >= 5


def test_the_whole_tree_of_the_guide_is_printed(printed):
    """It is longer than a page: a box that could scroll would be cut off there."""
    text = text_of(printed)
    verdicts = [verdict for _, verdict in explorer.decision_guide().walk()]
    assert [v.mechanism for v in verdicts if f"{v.mechanism} (student" not in text] == []
    assert text.count("Check:") == len(verdicts)


def test_a_missing_site_is_named(tmp_path):
    with pytest.raises(SystemExit, match="make book"):
        make_pdf.main(["--site", str(tmp_path)])
