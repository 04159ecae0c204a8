"""The decision guide: the tree, what its verdicts claim, and how it works in a browser."""

from __future__ import annotations

import pytest

from tests.helpers.accessibility import GRAVE, audit
from tests.helpers.links import settings_of
from tools.book import chapters
from tools.browser import widget_page
from w2slib.explorer import decision_guide
from w2slib.explorer.guide import Guide, Option, Question, Verdict

GUIDE = decision_guide()
VERDICTS = list(GUIDE.walk())
IDS = [verdict.mechanism for _, verdict in VERDICTS]

# ------------------------------------------------------------------------------- the tree


def test_every_path_ends_and_every_answer_is_distinct():
    assert len(VERDICTS) == sum(isinstance(node, Verdict) for node in GUIDE.nodes.values())
    for node in GUIDE.nodes.values():
        if isinstance(node, Question):
            assert len({option.label for option in node.options}) == len(node.options) >= 2


@pytest.mark.parametrize(("path", "verdict"), VERDICTS, ids=IDS)
def test_verdict_is_what_the_linked_explorer_shows(path, verdict):
    """Wins means L_s < L_t there; the others lose, or (saturation) tie within two percent."""
    assert verdict.page in chapters()
    if verdict.settings is None:
        assert "#" not in verdict.link
        return
    phase, settings = settings_of(verdict.link)
    field = phase.field
    gain = -float(field.evaluate(field.difference, **settings))
    advantage = gain / float(field.evaluate(field.teacher, **settings))
    assert (advantage > 0.02) == verdict.wins
    assert verdict.wins or advantage < 0.02


def test_outline_names_every_question_and_verdict():
    outline = GUIDE.outline()
    for node in GUIDE.nodes.values():
        assert (node.text if isinstance(node, Question) else node.why) in outline


def test_path_is_validated_and_tells_where_one_is():
    guide = decision_guide()
    for path, verdict in VERDICTS:
        guide.path = path
        assert guide.current == verdict
    for bad in ([9], [0, 0, 0, 0], [-1]):
        with pytest.raises(ValueError, match="path"):
            guide.path = bad


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({"q": Question("?", "", (Option("a", "gone"),))}, "gone"),
        ({"q": Question("?", "", (Option("a", "q"),))}, "circle"),
        ({"q": Verdict(True, "m", "", "", "p", "t"), "x": Verdict(True, "n", "", "", "p", "t")}, "x"),
        ({}, "start"),
    ],
)  # fmt: skip
def test_broken_trees_are_refused(nodes, message):
    with pytest.raises(ValueError, match=message):
        Guide(nodes, "q", guide_id="g", title="t")


def test_name_must_fit_into_an_address():
    with pytest.raises(ValueError, match="guide_id = 'a b'"):
        Guide(GUIDE.nodes, GUIDE.start, guide_id="a b", title="t")


# ---------------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def opened(tmp_path_factory, browser):
    """The guide on a page of its own; errors and requests are checked at the end."""
    file = tmp_path_factory.mktemp("guide") / "page.html"
    file.write_text(widget_page(decision_guide()), encoding="utf-8")
    page = browser.new_page(viewport={"width": 700, "height": 900})
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda r: trouble.append(r.url) if r.url.startswith("http") else None)
    page.goto(file.as_uri())
    page.locator(".w2s-question").wait_for(timeout=60_000)
    yield page
    page.close()
    assert trouble == []


@pytest.fixture
def shown(opened):
    """The guide at its first question."""
    again = opened.get_by_role("button", name="start over", exact=True)
    if again.is_visible():
        again.click()
    return opened


def answers(page):
    return page.locator(".w2s-answers button")


def test_every_path_can_be_clicked(shown):
    for path, verdict in VERDICTS:
        for answer in path:
            answers(shown).nth(answer).click()
        text = shown.locator(".w2s-verdict").inner_text()
        outcome = "✓ The student wins" if verdict.wins else "✗ The student does not win"
        assert text == f"{outcome}: {verdict.mechanism}"
        links = [a.get_attribute("href") for a in shown.locator(".w2s-guide a").all()]
        expected = [f"{verdict.page}.html"] + ([verdict.link] if verdict.settings else [])
        assert links == expected
        # the focus is on the verdict, which its reason describes: read aloud once, and no live region
        assert shown.evaluate("document.activeElement.className") == "w2s-verdict"
        assert shown.locator(".w2s-verdict[aria-describedby]").count() == 1
        assert shown.locator(".w2s-guide [aria-live]").count() == 0
        assert shown.locator(".w2s-trail li").count() == len(path)
        shown.get_by_role("button", name="start over", exact=True).click()
    assert shown.locator(".w2s-question").inner_text() == GUIDE.nodes[GUIDE.start].text


def test_keyboard_alone_reaches_a_verdict_and_goes_back(shown):
    answers(shown).first.focus()
    shown.keyboard.press("Enter")
    # the new question has the focus, so the next Tab leads to its first answer
    for _ in range(2):
        shown.keyboard.press("Tab")
        shown.keyboard.press("Enter")
    assert shown.locator(".w2s-verdict").inner_text().startswith("✓")
    shown.get_by_role("button", name="back", exact=True).press("Enter")
    assert shown.locator(".w2s-question").is_visible()
    assert shown.locator(".w2s-trail li").count() == 2
    shown.get_by_role("button", name="change the answer to").first.press("Space")
    assert shown.locator(".w2s-trail li").count() == 0


def test_guide_is_accessible_in_both_themes(shown):
    for theme in ("light", "dark"):
        shown.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        shown.evaluate(
            "theme => { document.body.style.background = theme === 'dark' ? '#000' : '#fff'; }",
            theme,
        )
        for path in ([], VERDICTS[0][0], VERDICTS[2][0]):
            for answer in path:
                answers(shown).nth(answer).click()
            found = audit(shown, {})["violations"]
            assert [v["id"] for v in found if v["impact"] in GRAVE] == []
            if path:
                shown.get_by_role("button", name="start over", exact=True).click()


def test_answers_look_like_buttons(shown):
    """The house's colours reach the guide although, without a kernel, it is not .jupyter-widgets."""
    style = answers(shown).first.evaluate(
        "node => { const s = getComputedStyle(node); return [s.borderTopStyle, s.borderTopColor]; }"
    )
    assert style[0] == "solid"
    assert style[1] != "rgba(0, 0, 0, 0)"
