"""One style sheet for the site, and in it only what some page can use.

The theme and the extensions bring a dozen files, 560 kB, most of it for components and icons that this
book does not have; a browser shows nothing before it has read them all. A rule is kept if each
class and id of one of its selectors occurs in a tag of some page or in a script. Elements,
attributes and states (``:hover``, ``[data-theme]``) never decide, so that nothing a script sets is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from posixpath import join, normpath

import tinycss2

TAG = re.compile(r"<[a-zA-Z][^>]*>")
WORD = re.compile(r"[A-Za-z_][\w-]*")
URL = re.compile(
    r"""url\(\s*(?P<quote>["']?)(?!data:|https?:|#|/)(?P<path>[^)"']+)(?P=quote)\s*\)"""
)
IMPORT = re.compile(r"""@import\s+(?:url\()?["'](?P<path>[^"']+)["']\)?\s*;""")
# Fonts in old formats, which no browser that runs the explorers needs.
OLD_FONT = re.compile(r""",\s*url\([^)]*\)\s*format\(["'](?:woff|truetype)["']\)""")
# Of Bootstrap's scripts the theme uses two parts, which put such names together from pieces; the book's
# own are also given by the program that prints it.
ANYWHERE = re.compile(
    r"tooltip|collapse|collapsing|fade|show|dropdown|dropup|dropend|dropstart|^w2s-"
)
LIGHT = re.compile(r"""\[data-theme=["']?light["']?\]""")
DARK = re.compile(r"""\[data-theme=["']?dark["']?\]""")
GROUPS = {"media", "supports", "layer", "container"}
DROPPED_FONTS = re.compile(r"Font\s*Awesome|FontAwesome", re.IGNORECASE)


def bundle(folder: Path, names: Iterable[str], words: set[str]) -> str:
    """Join the style sheets of a folder into one that stands in the folder, and trim it."""
    return trim("\n".join(_read(folder, name) for name in names), words)


def _read(folder: Path, name: str) -> str:
    """A style sheet with what it imports; addresses in it are counted from the folder."""
    text = (folder / name).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    at = name.rpartition("/")[0]

    def local(path: str) -> str:
        return normpath(join(at, path))

    text = URL.sub(lambda found: f'url("{local(found["path"])}")', text)
    return IMPORT.sub(lambda found: _read(folder, local(found["path"])), text)


def words_of(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """Every name that stands in a tag of a page or anywhere in a script."""
    found: set[str] = set()
    for page in pages:
        for tag in set(TAG.findall(page)):
            found.update(WORD.findall(tag))
    for script in scripts:
        found.update(WORD.findall(script))
    return found


def trim(css: str, words: set[str]) -> str:
    """Drop rules, fonts and animations that no page can use; write the rest without blanks."""
    rules = tinycss2.parse_stylesheet(
        OLD_FONT.sub("", css), skip_comments=True, skip_whitespace=True
    )
    text = "".join(_kept(rules, words))
    return re.sub(
        r"@(?:-webkit-)?keyframes ([\w-]+)\{(?:[^{}]*\{[^{}]*\})*\}",
        lambda found: found[0] if len(re.findall(rf"\b{found[1]}\b", text)) > 1 else "",
        text,
    )


def _kept(rules, words: set[str], on_screen: bool = False) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in _selectors(rule.prelude) if _usable(s, words)]
            if selectors and rule.content:
                text = f"{','.join(selectors)}{{{_short(tinycss2.serialize(rule.content))}}}"
                yield text if on_screen else _printed_light(text)
        elif rule.type == "at-rule":
            yield from _kept_at_rule(rule, words)


def _printed_light(rule: str) -> str:
    """Paper is white: a rule of dark pages is for the screen, one of light pages for all paper."""
    if DARK.search(rule):
        return f"@media screen{{{rule}}}"
    if LIGHT.search(rule):
        return f"{rule}@media print{{{LIGHT.sub('[data-theme]', rule)}}}"
    return rule


def _kept_at_rule(rule, words: set[str]) -> Iterable[str]:
    head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}".strip()
    if rule.content is None:
        if rule.lower_at_keyword != "charset":
            yield f"{head};"
    elif rule.lower_at_keyword in GROUPS:
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        of_medium = bool(re.search(r"\b(?:print|screen)\b", head))
        text = "".join(_kept(inner, words, of_medium))
        if text:
            yield f"{_short(head)}{{{text}}}"
    else:
        text = _short(tinycss2.serialize(rule.content))
        if not (rule.lower_at_keyword == "font-face" and DROPPED_FONTS.search(text)):
            yield f"{_short(head)}{{{text}}}"


def _selectors(prelude) -> list[str]:
    """The selectors of a rule; commas inside brackets belong to one of them."""
    parts: list[list] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def _usable(selector: str, words: set[str]) -> bool:
    """Do all classes and ids of a selector occur? Those inside brackets do not decide."""
    outer = re.sub(r"\[[^\]]*\]", "", selector)
    while (shorter := re.sub(r"\([^()]*\)", "", outer)) != outer:
        outer = shorter
    names = (name.replace("\\", "") for name in re.findall(r"[.#]((?:[\w-]|\\.)+)", outer))
    return all(name in words or ANYWHERE.search(name) for name in names)


def _short(text: str) -> str:
    """Without blanks that mean nothing. Quoted texts and addresses are left alone."""
    parts = re.split(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^)]*\))""", text.strip())
    for place in range(0, len(parts), 2):
        short = re.sub(r"\s+", " ", parts[place])
        parts[place] = re.sub(r" ?([{};,]) ?", r"\1", short)
    return "".join(parts).replace(";}", "}").rstrip(";")
