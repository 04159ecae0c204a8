"""Every page of the built website: self-contained, working, accessible, without dead ends.

The site is built once per run (conftest.py). Each page is opened once over http below a sub-path,
where most facts are gathered; test_site_disk.py opens each from file:// (a file of its own, so that
another worker can do it). What belongs to one explorer or one chapter is tested elsewhere, with the
same fixtures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from tests.helpers import accessibility
from tools import ROOT, book

PAGES = book.pages()
WIDTHS = (1300, 390, 320)
SCREENS = {1300: 900, 390: 844}  # a desk's and a phone's width and height
FIRST_EXPLORER = """() => {
    const place = document.querySelector(".w2s-place");
    return place && place.getBoundingClientRect().top + scrollY;
}"""
THEMES = ("light", "dark")
# The page whose every node axe walks through; on the others what looks alike is thinned out.
WHOLE_PAGE = "book/exercises/random_matrices"

# --- the files, without a browser ----------------------------------------------------------------


@pytest.fixture(scope="module")
def soups(site) -> dict[Path, BeautifulSoup]:
    """Every HTML file of the site, parsed."""
    files = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in files}


def test_every_page_of_the_table_of_contents_is_built(site, soups):
    built = {path.relative_to(site).with_suffix("").as_posix() for path in soups}
    assert set(PAGES) | {"index", "404"} <= built


def test_buttons_that_unfold_code_have_names_of_their_own(soups):
    for path, soup in soups.items():
        names = [" ".join(summary.get_text().split()) for summary in soup.select("summary")]
        assert len(set(names)) == len(names), path
        assert not soup.select("summary[aria-label]"), path


def test_internal_links_resolve(soups):
    """Every relative link, source and fragment leads to something in the site."""
    anchors = {path: _anchors(soup) for path, soup in soups.items()}
    dead = []
    for path, soup in soups.items():
        for tag in soup.find_all(True):
            for attribute in ("href", "src", "data-toggle-target"):
                target = tag.get(attribute)
                if target and not _resolves(target, path, anchors):
                    dead.append(f"{path.name}: {target}")
    assert dead == []


def _anchors(soup) -> set[str]:
    return {tag.get("id") or tag.get("name") for tag in soup.find_all(True)} - {None}


def _resolves(link: str, page: Path, anchors: dict[Path, set[str]]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return parts.scheme in ("https", "http", "mailto", "data")
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_file():
        return False
    # "a=b" fragments are settings of an explorer, "" is the top of the page
    is_anchor = parts.fragment and "=" not in parts.fragment and target in anchors
    return not is_anchor or unquote(parts.fragment) in anchors[target]


def test_link_checker_notices_dead_links(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("")
    anchors = {page: {"here"}}
    good = ["page.html", "#here", "page.html#here", "#lam_t=1", "https://example.org", ""]
    assert [link for link in good if not _resolves(link, page, anchors)] == []
    bad = ["gone.html", "#gone", "page.html#gone", "javascript:alert(1)", "file:///etc/hosts"]
    assert [link for link in bad if _resolves(link, page, anchors)] == []


def test_no_resource_is_named_outside_the_site(soups):
    """Links may lead anywhere; scripts, styles, images, frames and hints may not."""
    outside = []
    for path, soup in soups.items():
        for tag in soup.find_all(["script", "link", "img", "iframe", "source", "video", "object"]):
            if tag.name == "link" and set(tag.get("rel", [])) & {"canonical", "license"}:
                continue
            for attribute in ("src", "href", "data", "srcset"):
                if re.match(r"(https?:)?//", tag.get(attribute) or ""):
                    outside.append(f"{path.name}: {tag[attribute]}")
    assert outside == []


def test_every_image_has_a_description(soups):
    """myst-nb falls back to the file name, which is no description."""
    bad = []
    for path, soup in soups.items():
        for image in soup.find_all("img"):
            alt = (image.get("alt") or "").strip()
            if not alt or re.search(r"\.(png|svg|jpe?g|gif|webp)$", alt):
                bad.append(f"{path.name}: {image.get('src')} has alt={alt!r}")
    assert bad == []


def test_no_cell_prints_an_artist_an_address_or_a_traceback(soups):
    pattern = re.compile(r"<matplotlib|\bat 0x[0-9a-f]{6,}|Traceback \(most recent call last\)")
    bad = [
        f"{path.name}: {output.get_text().strip()[:80]}"
        for path, soup in soups.items()
        for output in soup.select("div.cell_output")
        if pattern.search(output.get_text())
    ]
    assert bad == []


@pytest.mark.parametrize("name", book.documents())
def test_page_offers_navigation_source_and_card(site, soups, name):
    soup = soups[site / f"{name}.html"]
    assert len(soup.select("article h1")) == 1
    assert soup.select_one('meta[property="og:title"]')["content"]
    assert soup.select_one('meta[property="og:description"]')["content"]
    assert soup.select_one('link[rel="icon"]')
    assert soup.select(".prev-next-footer a, .prev-next-area a")
    downloads = [link["href"] for link in soup.select("a.btn-download-source-button")]
    suffix = ".ipynb" if (ROOT / f"{name}.ipynb").exists() else ".md"
    assert [href for href in downloads if href.endswith(suffix)]


def test_outside_services_are_linked_only_when_configured(soups):
    """No Binder, Colab or repository button without the block in _config.yml."""
    configured = re.search(r"(?m)^(repository|launch_buttons):", _config())
    buttons = [
        str(tag)[:100]
        for soup in soups.values()
        for tag in soup.select(".dropdown-launch-buttons, .dropdown-source-buttons, .btn-source")
    ]
    assert configured or not buttons


def _config() -> str:
    return (ROOT / "_config.yml").read_text(encoding="utf-8")


# --- in the browser ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def facts(open_page) -> Callable:
    """What is true of a page over http, gathered in one visit and remembered."""

    @cache
    def gather(name: str) -> dict:
        return _gather(open_page(name), name)

    return gather


def _gather(visit, name: str) -> dict:
    overflow, first_explorer = {}, {}
    for width in WIDTHS:
        overflow[width] = visit.overflow(width)
        first_explorer[width] = visit.page.evaluate(FIRST_EXPLORER)
    visit.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    if name != WHOLE_PAGE:
        visit.page.evaluate(accessibility.THIN_OUT)
    axe = {"any": accessibility.audit(visit.page, accessibility.ALL_BUT_CONTRAST)["violations"]}
    for theme in THEMES:
        visit.set_theme(theme)
        every_node = name == WHOLE_PAGE and theme == THEMES[0]
        axe[theme] = accessibility.contrast_violations(visit.page, every_node)
    return {
        "problems": visit.problems(),
        "axe": axe,
        "overflow": overflow,
        "first explorer": first_explorer,
    }


@pytest.mark.parametrize("name", PAGES)
def test_page_asks_nobody_else_and_has_no_error(facts, name):
    assert facts(name)["problems"] == []


@pytest.mark.parametrize("theme", ["any", *THEMES])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible(facts, name, theme):
    grave = [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for violation in facts(name)["axe"][theme]
        if violation["impact"] in accessibility.GRAVE
        for node in violation["nodes"]
    ]
    assert grave == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_not_wider_than_the_window(facts, name, width):
    assert facts(name)["overflow"][width] <= 0


@pytest.mark.parametrize("name", [PAGES[0], *(f"book/{name}" for name in book.chapters())])
def test_first_explorer_begins_within_two_screens(facts, name):
    begins = facts(name)["first explorer"]
    screens = {width: begins[width] / height for width, height in SCREENS.items()}
    assert max(screens.values()) < 2, screens


def test_harness_notices_errors_and_outside_requests(open_page):
    visit = open_page(PAGES[0])
    visit.page.evaluate("fetch('http://127.0.0.1:9/outside').catch(() => 0)")
    visit.page.evaluate("console.error('said aloud')")
    visit.page.evaluate("setTimeout(() => { throw new Error('thrown') }, 0)")
    visit.page.evaluate("fetch('no-such-file.json')")
    visit.page.wait_for_timeout(300)
    told = "\n".join(visit.problems())
    for sign in ("outside: http://127.0.0.1:9", "said aloud", "thrown", "404 "):
        assert sign in told


def test_harness_notices_poor_contrast_in_one_theme(open_page):
    """Grey on grey in the dark, once in a list of many good texts."""
    visit = open_page("genindex")
    visit.page.add_style_tag(content="html[data-theme=dark] li:last-of-type a { color: #333 }")
    found = {}
    for theme in THEMES:
        visit.set_theme(theme)
        found[theme] = [finding["id"] for finding in accessibility.contrast_violations(visit.page)]
    assert found == {"light": [], "dark": [accessibility.CONTRAST]}


def test_root_leads_to_the_first_page(open_page):
    visit = open_page("index")
    visit.page.wait_for_url(f"**/{PAGES[0]}.html")
    assert visit.problems() == []


@pytest.mark.parametrize("path", ["gone", "book/gone", "very/deep/down/gone"])
def test_missing_page_leads_back_into_the_book(open_page, server, path):
    visit = open_page(path)
    link = visit.page.get_by_role("link", name="first page")
    visit.page.wait_for_function("document.body.dataset.root")
    assert link.get_attribute("href") == f"{server}index.html"
    assert visit.outside() == []
    link.click()
    visit.page.wait_for_url(f"{server}{PAGES[0]}.html")


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_finds_a_page(open_page, scheme):
    visit = open_page("search", scheme=scheme, fragment="?q=teacher")
    visit.page.locator("#search-results li a").first.wait_for(timeout=20_000)
    assert visit.problems() == []


def test_theme_button_switches_to_dark_and_is_remembered(open_page):
    visit = open_page(PAGES[0], locale="en-GB")  # a tab of its own, because it remembers
    root = visit.page.locator("html")
    button = visit.page.locator("button.theme-switch-button:visible").first
    for _ in range(3):
        if root.get_attribute("data-theme") == "dark":
            break
        button.click()
    assert root.get_attribute("data-theme") == "dark"
    visit.page.reload()
    assert visit.page.locator("html").get_attribute("data-theme") == "dark"


def test_code_cells_offer_a_copy_button(open_page, soups, site):
    with_code = [
        path.relative_to(site).with_suffix("").as_posix()
        for path, soup in soups.items()
        if soup.select_one("div.cell_input")
    ]
    if not with_code:
        pytest.skip("the book has no page with a code cell yet")
    visit = open_page(with_code[0])
    cells = visit.page.locator("div.cell_input div.highlight").count()
    assert visit.page.locator("div.cell_input button.copybtn").count() == cells > 0
