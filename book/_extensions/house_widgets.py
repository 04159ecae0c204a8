"""The explorers of a page in a smaller form, each where it stands.

A page carries its widgets as one block of JSON, in which every explorer repeats the same source. Here each
source goes into a file that all pages share: a script, because a page from ``file://`` may read nothing
else. ``tools/widgets/manager.js`` puts it back. What is left of the block is taken apart: each explorer has
what it needs right behind it, so that it is drawn before the rest of the page has come.
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
SOURCES = ("_esm", "_css", "code")
LATE = "code"  # what draws data sets: no explorer waits for it
MARK = "w2s-source:"
REFERENCE = re.compile(r'"IPY_MODEL_(\w+)"')
# What vendor/explorers.js can show; a page with anything else gets vendor/widgets.js.
LIGHT = {
    "@jupyter-widgets/base": {"LayoutModel", "WidgetModel"},
    "@jupyter-widgets/controls": {
        "BoxModel", "CheckboxModel", "CheckboxStyleModel", "FloatLogSliderModel", "FloatSliderModel",
        "LinkModel", "SelectionSliderModel", "SliderStyleModel", "VBoxModel",
    },
    "anywidget": {"AnyModel"},
}  # fmt: skip
# Behind each explorer: draw what the page has so far (manager.js). It also waits for the style sheet.
DRAW = "<script>(window.w2sExplorers??=[]).push(1)</script>"


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


def shrink(html: str, sources: dict[str, str]) -> tuple[str, dict[str, dict]]:
    """Put behind each widget of a page the state that it needs; return the page and all those states.

    Sources that leave the state are added to ``sources`` under their digest.
    """
    found = STATE.search(html)
    if found is None:
        return html, {}
    state = json.loads(found["json"])
    models = state.pop("state")
    for model in models.values():
        values = model["state"]
        for name in SOURCES:
            if values.get(name):
                values[name] = MARK + _keep(values[name], sources)
    written: dict[str, dict] = {}

    def with_state(view: re.Match[str]) -> str:
        needed = _needed(json.loads(view["json"])["model_id"], models, set(written))
        written.update({key: models[key] for key in models if key in needed})
        own = {"state": {key: models[key] for key in models if key in needed}}
        text = json.dumps(state | own, ensure_ascii=False, separators=(",", ":"))
        text = text.replace("</", "<\\/")
        script = f'<script type="application/vnd.jupyter.widget-state+json">{text}</script>'
        return f"{view[0]}{script if needed else ''}{DRAW}"

    return VIEW.sub(with_state, html[: found.start()] + html[found.end() :]), written


def _needed(key: str, models: dict[str, dict], known: set[str]) -> set[str]:
    """The models that a view shows and those that join them, less those that are known already."""
    names = {
        name: set(REFERENCE.findall(json.dumps(model["state"]))) for name, model in models.items()
    }
    found: set[str] = set()
    waiting = {key} & models.keys()
    while waiting:
        found |= waiting
        waiting = {name for one in waiting for name in names[one]} & models.keys() - found
        if not waiting:
            # A link is named by nothing: it comes as soon as both of its ends are there.
            links = (
                name
                for name, ends in names.items()
                if {"source", "target"} <= models[name]["state"].keys()
                and all(end in found | known for end in ends - {name})
            )
            waiting = set(links) - found
    return found - known


def is_light(models: dict[str, dict]) -> bool:
    """Say whether every widget is one that vendor/explorers.js can show."""
    return all(
        model["model_name"] in LIGHT.get(model["model_module"], ()) for model in models.values()
    )


def _keep(source: str, sources: dict[str, str]) -> str:
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    sources[digest] = source
    return digest


def digests(page: str) -> list[str]:
    """The sources that a page asks for, in their order; first those that its explorers wait for."""
    found = re.findall(rf'"(\w+)":"{MARK}(\w+)"', page)
    return list(dict.fromkeys(d for _, d in sorted(found, key=lambda one: one[0] == LATE)))


def late(page: str) -> set[str]:
    """Those of them that no explorer waits for."""
    return set(re.findall(rf'"{LATE}":"{MARK}(\w+)"', page))


def script(digest: str, source: str) -> str:
    """A script that hands a source to manager.js, whichever of the two comes first."""
    return (
        f"(window.w2sSources ??= {{}})[{json.dumps(digest)}]={json.dumps(source, ensure_ascii=False)};"
        'window.dispatchEvent(new Event("w2s-sources"));'
    )
