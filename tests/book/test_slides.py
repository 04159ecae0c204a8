"""The lecture's slides: made offline, complete, and every one fits the screen."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from tools import browser as harness
from tools import folders
from tools.authoring import assignments, notebooks, slides
from w2slib.explorer import decision_guide


@pytest.fixture(scope="module")
def lecture(tmp_path_factory):
    """Folder with the slides, made once; this runs the lecture's notebook, down to its last cell."""
    folder = tmp_path_factory.mktemp("slides")
    slides.write(folder)
    return folder


@pytest.fixture(scope="module")
def show(browser, lecture):
    """Open the slides from the disk with the network off."""
    root = f"{lecture.as_uri()}/"
    tab = harness.Tab(browser, root, width=1280, height=800, offline=True)

    def open_():
        visit = tab.open("index")
        visit.page.wait_for_selector("body[data-ready=yes]", timeout=60_000)
        return visit

    yield open_
    tab.close()


@pytest.mark.parametrize("command", [slides.main, assignments.main], ids=["slides", "assignments"])
def test_a_folder_that_holds_something_else_is_refused(tmp_path, command):
    mine = tmp_path / "thesis.tex"
    mine.write_text("years of work", encoding="utf-8")
    with pytest.raises(SystemExit, match="did not write"):
        command([str(tmp_path)])
    with pytest.raises(SystemExit, match="is a file"):
        command([str(mine)])
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_second_call_replaces_its_own_files_and_no_others(tmp_path):
    folders.claim(tmp_path)
    own, mine = tmp_path / "old.html", tmp_path / "notes.txt"
    own.write_text("old")
    folders.record(tmp_path, [own])
    mine.write_text("mine")
    folders.claim(tmp_path)
    assert not own.exists()
    assert mine.read_text() == "mine"


def test_notebook_keeps_the_house_rules():
    assert notebooks.problems(slides.SOURCE) == []


def test_first_cell_starts_a_slide_and_types_are_known():
    types = slides.slide_types()
    assert types[0] == "slide"
    assert set(types) <= {"slide", "subslide", "fragment", "notes", "skip", "-"}


def test_page_names_no_other_server(lecture):
    html = (lecture / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=\"([^\"]*)\"", html)
    assert [url for url in loaded if re.match(r"(https?:)?//", url)] == []
    assert [
        url for url in loaded if not url.startswith("data:") and not (lecture / url).is_file()
    ] == []
    assert "No description has been provided" not in html


def test_every_slide_opens_and_fits(show):
    visit = show()
    count = visit.page.evaluate("Reveal.getTotalSlides()")
    expected = sum(kind in ("slide", "subslide") for kind in slides.slide_types())
    assert count == expected
    for number in range(count):
        visit.page.evaluate("n => Reveal.slide(n)", number)
        visit.page.evaluate("() => MathJax.typesetPromise([])")  # queued after the slide's own
        visit.next_frames()
        bottom, right = visit.page.evaluate(
            "() => { const boxes = [...Reveal.getCurrentSlide().querySelectorAll('*')]"
            ".filter(e => e.offsetParent && !e.closest('aside, mjx-assistive-mml'))"
            ".map(e => e.getBoundingClientRect());"
            " return [Math.max(...boxes.map(b => b.bottom)), Math.max(...boxes.map(b => b.right))]; }"
        )
        assert bottom <= 800, f"slide {number + 1} ends {bottom - 800:.0f} px below the screen"
        assert right <= 1280, f"slide {number + 1} ends {right - 1280:.0f} px beside the screen"
        assert "$" not in visit.page.evaluate("Reveal.getCurrentSlide().innerText")
    assert visit.problems() == []


def test_notes_say_how_long_and_leave_five_minutes_for_questions():
    cells = notebooks.read(slides.SOURCE).cells
    told = [
        re.search(r"\*\*(\d+) min, until (\d):(\d\d)\.\*\*", cell.source)
        for cell, kind in zip(cells, slides.slide_types(), strict=True)
        if kind == "notes"
    ]
    assert len(told) + 1 == slides.slide_types().count("slide") + 1
    total = 0
    for minutes, hours, rest in (found.groups() for found in told):
        total += int(minutes)
        assert total == 60 * int(hours) + int(rest)
    assert total == 90
    assert int(told[-1][1]) >= 5
    assert "arXiv" in cells[-2].source
    assert "CC BY" in cells[-2].source


def test_explorers_are_read_from_the_last_row(show):
    """Text beside the 30 px of the slides, and the whole explorer on the screen, covered and not."""
    visit = show()
    page = visit.page
    explorers = page.locator("[data-explorer]")
    smallest = """e => Math.min(...[...e.querySelectorAll("*")].filter(x => !x.children.length
        && x.textContent.trim() && x.getClientRects().length)
        .map(x => parseFloat(getComputedStyle(x).fontSize) * x.currentCSSZoom)) * Reveal.getScale()"""
    for k in range(explorers.count()):
        explorer = explorers.nth(k)
        page.evaluate(
            "e => Reveal.slide(Reveal.getSlides().indexOf(e.closest('section')))",
            explorer.element_handle(),
        )
        explorer.wait_for()
        assert explorer.evaluate(smallest) >= 16
        covered = explorer.locator("button", has_text="just show me")
        if covered.count():
            covered.first.evaluate("button => button.click()")
            visit.next_frames()
            bottom = explorer.evaluate("e => e.getBoundingClientRect().bottom")
            assert bottom <= 800, f"explorer {k + 1} ends at {bottom:.0f} px when it is uncovered"


@pytest.fixture(scope="module")
def sheets(browser, lecture, tmp_path_factory):
    """Pixels of the slides on paper, ``?print-pdf``, one array for each sheet."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("no pdftoppm found (apt-get install poppler-utils)")
    page = browser.new_page()
    page.goto(f"{lecture.as_uri()}/index.html?print-pdf")
    page.wait_for_selector("body[data-ready=yes]", timeout=60_000)
    folder = tmp_path_factory.mktemp("paper")
    path = folder / "slides.pdf"
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    page.close()
    command = ["pdftoppm", "-r", "24", "-gray", str(path), str(folder / "p")]
    subprocess.run(command, check=True, timeout=120)
    return [np.asarray(Image.open(name)) for name in sorted(folder.glob("p-*.pgm"))]


def test_no_slide_is_blank_on_paper(sheets):
    """Below the heading of each slide there is something."""
    assert len(sheets) >= slides.slide_types().count("slide")
    blank = [
        number
        for number, sheet in enumerate(sheets[1:], 2)
        if (sheet[2 * len(sheet) // 5 :, : -len(sheet) // 10] < 200).mean() < 0.002
    ]
    assert blank == []


def test_no_slide_is_cut_off_on_paper(sheets):
    """Nothing reaches into the right margin, above the number of the slide."""
    cut = [
        number
        for number, sheet in enumerate(sheets, 1)
        if (sheet[: 9 * len(sheet) // 10, -3 * sheet.shape[1] // 100 :] < 200).any()
    ]
    assert cut == []


def test_explorer_on_a_slide_is_live_and_keys_stay_in_it(show):
    visit = show()
    explorer = visit.page.locator("[data-explorer]").first
    number = visit.page.evaluate(
        "e => Reveal.getSlides().indexOf(e.closest('section'))", explorer.element_handle()
    )
    visit.page.evaluate("n => Reveal.slide(n)", number)
    explorer.wait_for()
    before = explorer.evaluate("e => e.w2slib.settings()")
    slider = visit.page.locator("section.present [role=slider], section.present input[type=range]")
    slider.first.focus()
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_timeout(300)
    assert explorer.evaluate("e => e.w2slib.settings()") != before
    assert visit.page.evaluate("Reveal.getIndices().h") == number
    assert visit.problems() == []


def test_every_explorer_on_a_slide_is_covered_until_the_room_has_voted(show):
    visit = show()
    explorers = visit.page.locator("[data-explorer]").all()
    assert len(explorers) == 6
    for explorer in explorers:
        slide = "e => Reveal.slide(Reveal.getSlides().indexOf(e.closest('section')))"
        explorer.evaluate(slide)
        visit.next_frames()
        question = explorer.locator(".w2s-question")
        assert question.is_visible()
        assert explorer.locator(".w2s-sentence").text_content() == ""
        explorer.locator(".w2s-vote").first.click()
        visit.next_frames()
        assert "Your vote" in explorer.locator(".w2s-outcome").inner_text()
        assert explorer.locator(".w2s-sentence strong").is_visible()
        bottom = explorer.evaluate("e => e.getBoundingClientRect().bottom")
        assert bottom <= 800, f"after the vote it ends {bottom - 800:.0f} px below the screen"
    assert visit.problems() == []


def test_widgets_on_slides_lead_nowhere_else(show):
    """The chapters are not beside the slides, and the address is reveal's."""
    visit = show()
    path, verdict = next(decision_guide().walk())
    for answer in path:
        visit.page.locator(".w2s-guide .w2s-answers button").nth(answer).evaluate(
            "button => button.click()"
        )
    visit.page.locator(".w2s-guide .w2s-vote").first.evaluate("button => button.click()")
    assert verdict.mechanism in visit.page.locator(".w2s-verdict").text_content()
    links = visit.page.locator(".w2s-guide a, [data-explorer] a").count()
    buttons = visit.page.locator("[data-explorer] button:not([hidden])").all_text_contents()
    assert links == 0
    assert "reset" in buttons
    assert "link to this setting" not in buttons
