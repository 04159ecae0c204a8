"""How the static files reach the browser: as one text each, because it must not fetch anything.

The JavaScript in ``static/`` is written as ES modules, so that linters, the type checker and unit
tests see them one by one. A widget gets them as a single module without imports.
"""

from __future__ import annotations

import re
from pathlib import Path

from .colours import palette

STATIC = Path(__file__).parent.parent / "static"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) )", re.MULTILINE)
_NAME = re.compile(r"^(?:async function|function|class|const|let) (\w+)", re.MULTILINE)
# Lines that hold nothing but a comment: half of the text, and none of it helps a reader's browser.
# A licence, /*! … */, stays.
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?!!)(?:[^*]|\*(?!/))*\*/)[ \t]*\n", re.MULTILINE)
# What is left after the above must name no other module.
_FOREIGN = re.compile(r"^import\b.*|^export (?!default \{).*|\bimport\(.*", re.MULTILINE)


def script(entry: str) -> str:
    """One ES module of `entry` and everything that it imports, without comments.

    Raises
    ------
    ValueError
        If a module imports otherwise than by ``import { name } from "./module.js";``, if imports go
        round in a circle, or if two modules give one name to different things.
    """
    modules: dict[str, str] = {}
    _collect(entry, modules, ())
    owners: dict[str, str] = {}
    for module, text in modules.items():
        for name in _NAME.findall(text):
            if owners.setdefault(name, module) != module:
                raise ValueError(f"{name} stands in {owners[name]} and {module}; allowed: in one")
    return "\n".join(f"// {module}\n{text}" for module, text in modules.items())


def _collect(module: str, modules: dict[str, str], above: tuple[str, ...]) -> None:
    """Add a module after those that it imports."""
    if module in above:
        raise ValueError(f"imports go round: {' -> '.join((*above, module))}; allowed: no circle")
    if module in modules:
        return
    text = _COMMENT.sub("", (STATIC / module).read_text(encoding="utf-8"))
    for needed in _IMPORT.findall(text):
        _collect(needed, modules, (*above, module))
    text = _EXPORT.sub("", _IMPORT.sub("", text))
    foreign = _FOREIGN.search(text)
    if foreign:
        raise ValueError(f'{module}: {foreign[0]}; allowed: import {{ name }} from "./module.js";')
    modules[module] = text


def style(*sheets: str) -> str:
    """The colours of the explorers, and the named style sheets."""
    texts = [(STATIC / sheet).read_text(encoding="utf-8") for sheet in sheets]
    return "\n".join([palette(), *texts])
