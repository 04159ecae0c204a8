"""The explorers of a page in a smaller form.

A page carries its widgets as one block of JSON, in which every explorer repeats the same source. Here each
source goes into a file that all pages share: a script, because a page from ``file://`` may read nothing
else. ``tools/widgets/widgets.js`` puts it back.
"""

from __future__ import annotations

import hashlib
import json
import re

STATE = re.compile(
    r'\s*<script type="application/vnd\.jupyter\.widget-state\+json">(?P<json>.*?)</script>',
    re.DOTALL,
)
VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">\s*(?P<json>\{.*?\})\s*</script>',
    re.DOTALL,
)
SOURCES = ("_esm", "_css", "code")  # the last is what draws data sets
MARK = "w2s-source:"


def places(html: str) -> str:
    """Give every explorer of a page a place of its height, which is kept free until it is drawn."""
    found = STATE.search(html)
    if found is None:
        return html
    models = {key: model["state"] for key, model in json.loads(found["json"])["state"].items()}

    def place(view: re.Match[str]) -> str:
        name = _name(json.loads(view["json"])["model_id"], models)
        return f'<div class="w2s-room"><div class="w2s-place" data-place="{name}">{view[0]}</div></div>'

    return VIEW.sub(place, html)


def _name(key: str, models: dict[str, dict]) -> str:
    """The name of the explorer that a model, or a box around it, shows."""
    model = models.get(key, {})
    if "options" in model:
        return model["options"].get("id", "")
    inside = (child.removeprefix("IPY_MODEL_") for child in model.get("children", []))
    return next(filter(None, (_name(child, models) for child in inside)), "")


def heights(measured: dict[str, list[list[int]]]) -> str:
    """Style sheet that reserves the heights: for each name pairs of least width and height."""
    rules = [".w2s-room{container-type:inline-size}"]
    for name, steps in measured.items():
        for width, height in steps:
            place = f'.w2s-place[data-place="{name}"]{{min-height:{height}px}}'
            rules.append(f"@container (min-width:{width}px){{{place}}}")
    return f"@media screen{{{''.join(rules)}}}"


def shrink(html: str, sources: dict[str, str]) -> tuple[str, str]:
    """Take the widgets' state out of a page; return the page and the state's smaller script.

    Sources that leave the state are added to ``sources`` under their digest.
    """
    found = STATE.search(html)
    if found is None:
        return html, ""
    state = json.loads(found["json"])
    for model in state["state"].values():
        values = model["state"]
        for name in SOURCES:
            if values.get(name):
                values[name] = MARK + _keep(values[name], sources)
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    script = f'<script type="application/vnd.jupyter.widget-state+json">{text}</script>'
    return html[: found.start()] + html[found.end() :], script


def _keep(source: str, sources: dict[str, str]) -> str:
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    sources[digest] = source
    return digest


def digests(script: str) -> list[str]:
    """The sources that a page's state asks for, in their order."""
    return list(dict.fromkeys(re.findall(rf'"{MARK}(\w+)"', script)))


def script(digest: str, source: str) -> str:
    """A script that hands a source to widgets.js, whichever of the two comes first."""
    return (
        f"(window.w2sSources ??= {{}})[{json.dumps(digest)}]={json.dumps(source, ensure_ascii=False)};"
        'window.dispatchEvent(new Event("w2s-sources"));'
    )
