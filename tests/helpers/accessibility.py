"""What axe-core finds on a page, and how to ask it without waiting for what looks alike."""

from __future__ import annotations

GRAVE = ("serious", "critical")
# "preload" would fetch the style sheets once more, relative to the wrong folder. What passes need
# not be reported node by node: on a page full of formulas that takes longer than the checks.
RULES = {"preload": False, "resultTypes": ["violations"]}
CONTRAST = "color-contrast"
ALL_BUT_CONTRAST = RULES | {"rules": {CONTRAST: {"enabled": False}}}
ONLY_CONTRAST = RULES | {"runOnly": {"type": "rule", "values": [CONTRAST]}}
# axe walks through every node of a page, several times, and most nodes belong to code, to formulas
# and to what autodoc writes. These look alike everywhere, so that
# plain text may take their place, and the first three entries of each module stand for all.
THIN_OUT = """() => {
    for (const node of document.querySelectorAll(".highlight pre, mjx-container"))
        node.textContent = node.textContent;
    for (const section of document.querySelectorAll("section"))
        for (const entry of [...section.querySelectorAll(":scope > dl.py")].slice(3)) entry.remove();
}"""
# Contrast, the only rule that depends on the theme, takes longer than all others together. Texts of
# one colour, size and weight before the same backgrounds are one case: the first of them is marked.
MARK_LOOKS = """() => {
    const grounds = new Map(), seen = new Set();
    for (const element of document.body.querySelectorAll("*")) {
        delete element.dataset.look;
        const style = getComputedStyle(element);
        const own = [style.backgroundColor, style.backgroundImage, style.opacity].join();
        const ground = (grounds.get(element.parentElement) ?? "")
            + (own === "rgba(0, 0, 0, 0),none,1" ? "" : own + ";");
        grounds.set(element, ground);
        const written = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        if (!(written || element.matches("input, select, textarea"))) continue;
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        const look = [ground, style.color, style.fontSize, style.fontWeight, style.textShadow].join();
        if (!seen.has(look)) element.dataset.look = "";
        seen.add(look);
    }
}"""


def audit(page, options: dict = RULES, context=None) -> dict:
    """Answer of axe for a page, or for a part of it."""
    from axe_playwright_python.sync_playwright import Axe

    return Axe().run(page, context=context, options=options).response


def contrast_violations(page, every_node=False) -> list[dict]:
    """Findings about contrast: of every node, or one for each combination of colours on the page."""
    if every_node:
        return audit(page, ONLY_CONTRAST)["violations"]
    page.evaluate(MARK_LOOKS)
    return audit(page, ONLY_CONTRAST, "[data-look]")["violations"]
