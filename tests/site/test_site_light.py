"""What a page asks for, and what it shows before and without its scripts."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest
from bs4 import BeautifulSoup

from tools import book

CHAPTER = f"book/{book.chapters()[0]}"
OURS = {"site.js", "explorers.js"}  # beside the explorers' sources
MOST_REQUESTS = 25  # a page with a dozen figures, all of them near


@pytest.fixture(scope="module")
def pages(site) -> dict[str, BeautifulSoup]:
    """Every page of the table of contents, parsed."""
    return {
        name: BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        for name in book.documents()
    }


def test_every_formula_is_set_in_the_page(pages):
    unset = {}
    for name, page in pages.items():
        formulas = page.select(".math")
        bad = [f.get_text()[:60] for f in formulas if not f.select_one(".katex math")]
        for tag in page.select("pre, code, dt.sig, script, style, .katex"):
            tag.decompose()
        article = page.select_one("article").get_text()
        bad += re.findall(r"\\[a-z]{2,}|\$[^$\n]{1,80}\$|\\[(\[]", article)
        if bad:
            unset[name] = bad
    assert unset == {}


def test_a_page_asks_for_one_style_and_one_script_and_no_search_index(pages):
    for name, page in pages.items():
        styles = [link["href"] for link in page.select("link[rel=stylesheet]")]
        assert [re.sub(r".*/|\?.*", "", style) for style in styles] == ["site.css"], name
        scripts = [tag["src"] for tag in page.select("script[src]")]
        names = {re.sub(r".*/|\?.*", "", script) for script in scripts}
        assert {one for one in names if not re.fullmatch(r"[0-9a-f]{12}\.js", one)} <= OURS, name
        assert all(
            tag.has_attr("defer") or tag.has_attr("async") for tag in page.select("script[src]")
        )


LINE = 1.6e6 / 8  # bytes a second
WAITS = 3 * 0.15  # seconds until a connection, a page and its files are answered
GOAL = dict.fromkeys((f"book/{name}" for name in book.chapters()), 3.2)
GOAL[book.documents()[0]] = 2.5


@pytest.mark.parametrize("name", GOAL)
def test_what_the_first_slider_waits_for_takes_half_of_its_time(site, pages, name):
    """`make bench` measures the time; here are the bytes on a line of 1.6 Mbit/s, which no load changes."""
    before, drawn, _ = (site / f"{name}.html").read_text(encoding="utf-8").partition("w2sExplorers")
    assert drawn
    asked = pages[name].select("head script[src], link[rel=stylesheet]")
    paths = [(tag.get("src") or tag["href"]).partition("?")[0] for tag in asked]
    texts = [before.encode(), *((site / name).parent.joinpath(p).read_bytes() for p in paths)]
    seconds = sum(len(gzip.compress(text)) for text in texts) / LINE
    assert seconds < (GOAL[name] - WAITS) / 2, f"{seconds:.2f} s"


def test_the_address_of_a_shared_file_changes_with_its_content(site, pages):
    for page in pages.values():
        for tag in page.select("link[rel=stylesheet], script[src]"):
            path, digest = re.search(
                r"(_static/.*)\?v=(\w+)", tag.get("href") or tag["src"]
            ).groups()
            assert hashlib.sha256((site / path).read_bytes()).hexdigest()[:8] == digest


def test_a_style_sheet_names_only_files_that_are_there(site):
    style = (site / "_static" / "site.css").read_text(encoding="utf-8")
    named = re.findall(r"""url\(["']?(?!data:|#)([^"')]+)""", style)
    assert [name for name in named if not (site / "_static" / name).is_file()] == []
    assert "Awesome" not in "".join(re.findall(r"@font-face\{[^}]*\}", style))


def test_figures_wait_and_keep_their_place(pages):
    for name, page in pages.items():
        for image in page.select("div.cell_output img, figure img"):
            assert image["loading"] == "lazy", name
            assert int(image["width"]) > 0, name
            assert not image["src"].endswith(".png"), name


def test_a_chapter_asks_for_few_files(open_page):
    visit = open_page(CHAPTER)
    assert len(visit.requests) < MOST_REQUESTS
    assert visit.problems() == []


def test_no_icon_is_left_to_a_font_or_a_script(open_page):
    page = open_page(CHAPTER).page
    assert page.locator("i[class*=fa-], span[class*=fa-]").count() == 0
    buttons = page.locator(".article-header-buttons button:visible svg.w2s-icon:visible")
    assert buttons.count() >= 3


def test_a_dark_page_is_dark_before_its_scripts_have_come(browser, server):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.route("**/*.js*", lambda route: None)  # never answered
    page.goto(f"{server}{CHAPTER}.html", wait_until="commit")
    page.locator("article h1").wait_for()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", colour)[:3])) < 60
    context.close()


def test_the_theme_button_works_where_nothing_can_be_stored(browser, server):
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name,"
        " { configurable: true, get() { throw new DOMException('no', 'SecurityError') } })"
    )
    page.goto(f"{server}book/notation.html")
    root = page.locator("html")
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").first.click()
        seen.add(root.get_attribute("data-theme"))
    assert seen == {"light", "dark"}
    assert errors == []
    context.close()


SHIFT = """() => new Promise(go => {
    let sum = 0;
    new PerformanceObserver(list => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => go(sum), 300);
})"""


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize(("name", "most"), [("book/index", 0.02), (CHAPTER, 0.1)])
def test_what_is_read_stays_where_it_is(open_page, name, most, width):
    """`python -m tools.browser.heights` measures the explorers anew after a change of their look."""
    page = open_page(name, width=width).page
    assert page.evaluate(SHIFT) <= most


def test_an_explorer_fills_the_place_that_was_kept(open_page):
    page = open_page(CHAPTER).page
    kept, high = page.locator(".w2s-place").first.evaluate(
        "place => [parseFloat(getComputedStyle(place).minHeight),"
        " place.querySelector('.widget-subarea').offsetHeight]"
    )
    assert kept > 200
    assert abs(kept - high) <= 60


def test_without_scripts_pictures_formulas_and_a_sentence_are_there(browser, server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}{CHAPTER}.html")
    said = " ".join(page.locator(".w2s-noscript:visible").all_inner_texts())
    assert "explorer that stands here needs JavaScript" in said
    assert "questions of this quiz need JavaScript" in said
    assert page.locator(".katex:visible").count() > 10
    assert page.locator("div.cell_output img:visible").count() > 0
    assert page.locator("body").evaluate("b => getComputedStyle(b).color") != ""
    context.close()


def test_formulas_on_a_line_of_their_own_stand_in_the_middle(open_page):
    """Measured by their letters, not by the box around them."""
    off = open_page(CHAPTER).page.evaluate(
        """() => [...document.querySelectorAll("article div.math")].map(line => {
            const boxes = [...line.querySelectorAll(".katex-html > *")].map(e => e.getBoundingClientRect());
            const {left, right} = line.getBoundingClientRect();
            const middle = Math.min(...boxes.map(b => b.left)) + Math.max(...boxes.map(b => b.right));
            return {off: Math.abs(middle - left - right) / 2, text: line.textContent.slice(0, 40)};
        })"""
    )
    assert len(off) > 5
    assert [line for line in off if line["off"] > 3] == []


def test_a_dark_page_is_printed_on_white(open_page):
    visit = open_page(CHAPTER, theme="dark")
    visit.set_theme("dark")
    visit.page.emulate_media(media="print")
    colours = visit.page.evaluate(
        "() => ['body', 'article p', 'div.highlight pre'].map(s => getComputedStyle("
        "document.querySelector(s))).map(s => [s.backgroundColor, s.color])"
    )
    visit.page.emulate_media(media="screen")
    for _, ink in colours:
        assert max(map(int, re.findall(r"\d+", ink)[:3])) < 130, colours
    for paper, _ in (colours[0], colours[2]):
        red, *_, alpha = (*map(float, re.findall(r"[\d.]+", paper)), 1.0)[:4]
        assert red > 220 or alpha == 0, colours


def test_a_card_describes_its_page_in_whole_words(pages):
    for name, page in pages.items():
        told = page.select_one('meta[property="og:description"]')["content"]
        assert told == page.select_one('meta[name="description"]')["content"], name
        assert len(told) <= 202, name
        assert not re.search(r"\\|\$|\.\.\.$|:,|,\.", told), f"{name}: {told}"


def found_for(open_page, query: str) -> list[str]:
    """Results of a search in their order: address and what kind of thing it is."""
    page = open_page("search", fragment=f"?q={query}").page
    page.locator(".search-summary:text('finished')").wait_for(timeout=20_000)
    return page.locator("#search-results li").evaluate_all(
        "all => all.map(one => one.querySelector('a').hash + ' '"
        " + (one.querySelector(':scope > span')?.innerText ?? 'page'))"
    )


@pytest.mark.parametrize("query", ["teacher", "penalty", "student"])
def test_a_search_finds_chapters_before_attributes(open_page, query):
    found = found_for(open_page, query)
    everyday = [re.search("attribute|property", one) is not None for one in found]
    assert everyday == sorted(everyday)
    assert any(one.endswith("page") for one in found[:3])


def test_a_search_finds_a_function_by_its_name_first(open_page):
    assert ".student_error" in found_for(open_page, "student_error")[0]


def test_a_search_shows_no_source_of_formulas(open_page, site):
    page = open_page("search", fragment="?q=shrinkage").page
    page.locator("#search-results .context").nth(2).wait_for(timeout=20_000)
    shown = " ".join(page.locator("#search-results").all_inner_texts())
    assert not re.search(r"\\[a-z]+|\$", shown)
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert '"mathbb"' not in index


def test_on_a_phone_the_contents_close_behind_the_reader(open_page):
    page = open_page(CHAPTER, width=390).page
    page.locator("button.secondary-toggle:visible").click()
    dialog = page.locator("#pst-secondary-sidebar-modal")
    dialog.locator("nav a").nth(2).click()
    page.wait_for_function("() => !document.querySelector('dialog[open]')")


IN_FOCUS = """() => {
    const here = document.activeElement;
    const box = here.closest(".sd-card") ?? here;
    const { outlineStyle, outlineWidth } = getComputedStyle(box);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""


@pytest.mark.parametrize("forced_colors", ["none", "active"])
def test_one_sees_where_the_keyboard_is(open_page, forced_colors):
    page = open_page("book/index", forced_colors=forced_colors).page
    places = (".sd-card a", "nav.bd-links a", ".dropdown-download-buttons button", "nav.page-toc a")
    for place in places:
        page.keyboard.press("Tab")  # the last thing used is the keyboard
        page.locator(place).first.focus()
        assert page.evaluate(IN_FOCUS), place
