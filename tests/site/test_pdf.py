"""The printed book: every page in it, formulas and figures there, folded parts open, nothing cut off.

What text extraction cannot see, a pale letter or a cut column, is looked at in pixels (poppler).
"""

import os
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tools import browser as harness
from tools.publish import joining, make_pdf, paper
from w2slib import explorer

NAMES = [
    "book/index", "book/notation", "book/exercises/ridge", "book/exercises/synthesis", "book/ridge",
    "book/synthesis",
]  # fmt: skip
DPI = 60
MM = DPI / 25.4  # pixels


@pytest.fixture(scope="module")
def made(site, tmp_path_factory):
    """Path of a PDF of a few pages, and what was printed."""
    if harness.chromium() is None:
        pytest.skip("no Chromium found")
    names = [name for name in NAMES if (site / f"{name}.html").exists()]
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    return path, make_pdf.make_pdf(site, path, names)


@pytest.fixture(scope="module")
def printed(made):
    return PdfReader(made[0])


@pytest.fixture(scope="module")
def sheets(made):
    """Every page as grey pixels."""
    if shutil.which("pdftoppm") is None:
        if os.environ.get("W2S_REQUIRE_BROWSER") == "1":
            pytest.fail("pdftoppm is missing (apt-get install poppler-utils)")
        pytest.skip("no pdftoppm found (apt-get install poppler-utils)")
    path, _ = made
    command = ["pdftoppm", "-r", str(DPI), "-gray", str(path), str(path.with_suffix(""))]
    subprocess.run(command, check=True, timeout=120)
    found = sorted(path.parent.glob(f"{path.stem}-*.pgm"))
    return [np.asarray(Image.open(name)) for name in found]


@pytest.fixture(scope="module")
def texts(printed):
    """Words of every page."""
    return [" ".join(page.extract_text().split()) for page in printed.pages]


def titles(outline):
    for item in outline:
        yield from titles(item) if isinstance(item, list) else [item.title]


def links(reader):
    for page in reader.pages:
        for reference in page.get("/Annots") or []:
            link = reference.get_object()
            if link.get("/Subtype") == "/Link":
                yield link


def test_bookmarks_are_parts_titles_and_sections(printed):
    top = [item.title for item in printed.outline if not isinstance(item, list)]
    assert {"Ridge regression", "Exercises", "Appendix"} <= set(top)
    every = list(titles(printed.outline))
    assert {"Notation", "Exercises: Mechanism I", "Several generations"} <= set(every)


def test_page_numbers_run_through(texts):
    numbers = [text.split()[-1] for text in texts]
    assert numbers[1:] == [str(k) for k in range(2, len(numbers) + 1)]


def test_contents_name_the_page_where_a_chapter_begins(texts):
    number = int(re.search(r"Exercises: Mechanism I\s*(\d+)", " ".join(texts[1:3]))[1])
    assert "Exercises: Mechanism I" in texts[number - 1][:200]


def test_title_page_names_authors_version_and_licence(texts):
    assert re.search(r"The w2slib developers.*Version \d.*CC BY", texts[0])
    assert "with solutions" in texts[0]


def test_links_stay_in_the_file_or_lead_to_the_world(printed, texts):
    found = list(links(printed))
    outside = [str(link["/A"]["/URI"]) for link in found if "/A" in link]
    assert [url for url in outside if re.search(r"127\.0\.0\.1|localhost|file:", url)] == []
    inside = [link["/Dest"] for link in found if "/Dest" in link]
    assert len(inside) > 30
    assert all(place[0].get_object()["/Type"] == "/Page" for place in inside)
    # the link from the landing page to the first mechanism arrives at its title
    numbers = {page.indirect_reference.idnum: i for i, page in enumerate(printed.pages)}
    arrived = {texts[numbers[place[0].idnum]][:11] for place in inside}
    assert "Mechanism I" in arrived


def test_links_to_what_is_not_printed_need_an_address():
    action = DictionaryObject({NameObject("/URI"): TextStringObject("http://x/y/book/api.html#a")})
    link = DictionaryObject({NameObject("/A"): action})
    target = joining._target(link, "book/ridge", "http://x/y/")
    assert target == ("book/api", "a")
    assert joining._published(target, "https://example.org/w2s/") == (
        "https://example.org/w2s/book/api.html#a"
    )
    assert (
        joining._published(("book/data.csv", ""), "https://e.org") == "https://e.org/book/data.csv"
    )


def test_folded_solutions_and_hints_are_printed(texts):
    text = " ".join(texts)
    assert "Solution of (a)" in text
    assert "brentq" in text  # code of a folded solution cell
    assert "The derivative of" in text  # explanation inside <details>


def test_formulas_are_set_and_figures_are_printed(printed, texts):
    # on the first page of the notation no code can hold the TeX source of a formula
    first = next(text for text in texts if "aspect ratio" in text)
    assert "\\" not in first
    assert "$" not in first
    images = sum(len(page.images.keys()) for page in printed.pages)
    assert images >= 5


def test_landing_page_has_a_picture(printed, texts):
    first = next(i for i, text in enumerate(texts) if "blue is where the student wins" in text)
    assert sum(len(page.images.keys()) for page in printed.pages[first : first + 2]) >= 1


def test_the_whole_tree_of_the_guide_is_printed(texts):
    """It is longer than a page: a box that could scroll would be cut off there."""
    text = " ".join(texts)
    verdicts = [verdict for _, verdict in explorer.decision_guide().walk()]
    assert [v.mechanism for v in verdicts if f"{v.mechanism} (student" not in text] == []
    assert text.count("Check:") == len(verdicts)


def test_no_page_is_left_empty_before_the_end_of_a_chapter(sheets, texts):
    """What is too long for the rest of a page is divided: a table, a cell with its output, a quiz."""
    chapters = [text.rpartition(" · ")[0][-25:] for text in texts]
    filled = [
        np.flatnonzero((sheet[: int(0.945 * len(sheet))] < 200).any(axis=1)) for sheet in sheets
    ]
    inside = [i for i, name in enumerate(chapters[:-1]) if i > 2 and name == chapters[i + 1]]
    assert len(inside) > 30
    assert [i + 1 for i in inside if filled[i].max() < 0.45 * len(sheets[i])] == []


def test_no_box_is_left_empty_where_its_content_goes_to_the_next_page(sheets):
    """Rows of a ground that is not white, with nothing written on them, are a few at a time."""
    for number, sheet in enumerate(sheets, 1):
        inside = sheet[: int(0.945 * len(sheet)), sheet.shape[1] // 10 : -sheet.shape[1] // 7]
        ground = ((inside < 253).mean(axis=1) > 0.5) & ~(inside < 200).any(axis=1)
        ends = np.flatnonzero(np.diff(np.concatenate([[0], ground.astype(int), [0]])))
        highest = np.max(ends[1::2] - ends[::2], initial=0) / len(sheet)
        assert highest < 0.12, f"page {number}: a box is empty on {highest:.0%} of its height"


def test_nothing_is_wider_than_the_paper(made, sheets):
    _, pages = made
    assert [f"{page.name}: {what}" for page in pages for what in page.too_wide] == []
    edge = round((paper.MARGIN - 1.5) * MM)
    for number, sheet in enumerate(sheets, 1):
        assert sheet[:, -edge:].min() > 200, f"page {number} runs into its right margin"
        assert sheet[:, :edge].min() > 200, f"page {number} runs into its left margin"


@pytest.mark.parametrize("words", ["brentq(", "derivative", "breaks"])
def test_what_was_folded_or_cut_is_black_on_white(made, sheets, words):
    """In a solution's code and text, and in the last column of the table of mechanisms."""
    command = ["pdftotext", "-bbox", str(made[0]), "-"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    seen = 0
    for number, page in enumerate(told.split("<page ")[1:]):
        pattern = r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<'
        for found in re.finditer(pattern, page):
            if found[5].startswith(words):
                x0, y0, x1, y1 = (float(found[k]) * DPI / 72 for k in range(1, 5))
                letters = sheets[number][int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
                assert letters.size > 0, f"{found[5]} lies outside page {number + 1}"
                assert letters.min() < 130, f"{found[5]} is too pale on page {number + 1}"
                seen += 1
    assert seen


def test_cheat_sheet_is_two_pages(site, tmp_path):
    path = tmp_path / "sheet.pdf"
    if not (site / "book" / "cheat_sheet.html").exists():
        pytest.skip("this site has no cheat sheet")
    printed = make_pdf.print_alone(site, path, "book/cheat_sheet")
    pages = PdfReader(path).pages
    assert len(pages) == 2
    assert printed.too_wide == []
    assert [len(page.images.keys()) for page in pages] == [3, 3]
    assert not [link for link in links(PdfReader(path)) if "/A" in link]


def test_a_missing_site_is_named(tmp_path):
    with pytest.raises(SystemExit, match="make book"):
        make_pdf.main(["--site", str(tmp_path)])


@pytest.mark.parametrize("name", ["book/rigde", "book/ridge.html", ""])
def test_a_missing_page_is_named(tmp_path, name):
    """The empty name printed the whole book."""
    (tmp_path / "index.html").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit, match=rf"no page '{name}'.*book/ridge"):
        make_pdf.main(["--site", str(tmp_path), "--only", name])


def test_a_folder_is_no_target(tmp_path, site):
    with pytest.raises(SystemExit, match="is a folder"):
        make_pdf.make_pdf(site, tmp_path)


def test_the_reference_of_the_api_is_an_option():
    without, every = make_pdf.names_of(api=False), make_pdf.names_of(api=True)
    assert not [name for name in without if name.startswith("book/api")]
    assert "book/api/ridge" in every
    assert set(without) < set(every)
