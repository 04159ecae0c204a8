"""Draw how the chapters build on each other, and how long each takes: ``python -m tools.authoring.study``.

Writes the map and the table on the landing page (``book/index.md``, between two comments); with ``--check``
it writes nothing and exits with 1 if they are out of date. Everything comes from the chapters:

- what a chapter builds on is what its line "Prerequisites" links to;
- reading takes a minute for 130 words (a formula in the text counts as four), half a minute for a cell of
  code or a formula on its own line, and two for an explorer; exercises take the minutes that they say.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from dataclasses import dataclass

from tools import ROOT, book
from tools.authoring.notebooks import read, tags_of

PAGE = ROOT / "book" / "index.md"
MARKS = "% study: made by python -m tools.authoring.study", "% end of study"
WORDS_A_MINUTE = 130
BOX, GAP = (158, 46), (54, 38)  # px: size of a chapter's box, distances between boxes


@dataclass(frozen=True)
class Chapter:
    """What the map says of a chapter."""

    name: str
    title: str
    needs: tuple[str, ...]
    reading: int  # minutes
    exercises: int


def chapters() -> list[Chapter]:
    """Return every chapter, in reading order."""
    cards = re.findall(
        r":::\{grid-item-card\} (.+)\n:link: (\w+)", PAGE.read_text(encoding="utf-8")
    )
    titles = {name: title for title, name in cards}
    names = book.chapters()
    found = []
    for name in names:
        nb = read(ROOT / "book" / f"{name}.ipynb")
        exercises = read(ROOT / "book" / "exercises" / f"{name}.ipynb")
        minutes = sum(c.metadata.get("exercise", {}).get("minutes", 0) for c in exercises.cells)
        found.append(
            Chapter(name, titles[name], _needs(nb, names), _reading(nb), _rounded(minutes))
        )
    return found


def _needs(nb, names: list[str]) -> tuple[str, ...]:
    text = "\n".join(cell.source for cell in nb.cells[:2])
    line = re.search(r"\*\*Prerequisites:\*\*(.*?)(?:Code|\n\n|$)", text, re.S)
    if line is None:
        raise ValueError(f"{nb.cells[0].source.splitlines()[0]}: no line of prerequisites")
    linked = re.findall(r"\{doc\}`(?:[^`<]*<)?(\w+)>?`", line[1])
    return tuple(name for name in names if name in linked)


def _reading(nb) -> int:
    prose = [cell.source for cell in nb.cells if cell.cell_type == "markdown"]
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    shown = [c for c in code if not {"hide-input", "remove-input"} & set(tags_of(c))]
    explorers = sum("explorer." in cell.source for cell in code)
    formulas = sum(text.count("$$") // 2 for text in prose)
    read_as_words = (re.sub(r"\$[^$]+\$", " as four plain words ", text) for text in prose)
    words = sum(len(re.findall(r"[A-Za-z]{2,}", text)) for text in read_as_words)
    minutes = words / WORDS_A_MINUTE + 0.5 * (len(shown) + formulas) + 2 * explorers
    return _rounded(minutes)


def _rounded(minutes: float) -> int:
    return max(5, 5 * round(minutes / 5))


def depths(every: list[Chapter]) -> dict[str, int]:
    """Length of the longest way to each chapter.

    Raises
    ------
    ValueError
        If chapters build on each other in a circle.
    """
    needs = {chapter.name: chapter.needs for chapter in every}
    found: dict[str, int] = {}
    while len(found) < len(needs):
        ready = [n for n, on in needs.items() if n not in found and all(m in found for m in on)]
        if not ready:
            raise ValueError(f"a circle among {sorted(set(needs) - set(found))}")
        for name in ready:
            found[name] = 1 + max((found[m] for m in needs[name]), default=-1)
    return found


def direct(every: list[Chapter]) -> list[tuple[str, str]]:
    """Arrows of the map: those that do not follow from others."""
    needs = {chapter.name: set(chapter.needs) for chapter in every}

    def above(name: str) -> set[str]:
        return needs[name] | {m for n in needs[name] for m in above(n)}

    return [
        (start, name)
        for name, on in needs.items()
        for start in sorted(on)
        if not any(start in above(other) for other in on)
    ]


def picture(every: list[Chapter]) -> str:
    """SVG of the map: boxes that are links, arrows between them."""
    column = depths(every)
    rows: dict[int, int] = {}
    at = {}
    for chapter in every:
        x = column[chapter.name]
        at[chapter.name] = (x * (BOX[0] + GAP[0]), rows.get(x, 0) * (BOX[1] + GAP[1]))
        rows[x] = rows.get(x, 0) + 1
    width = (max(column.values()) + 1) * (BOX[0] + GAP[0]) - GAP[0]
    height = max(rows.values()) * (BOX[1] + GAP[1]) - GAP[1]
    titles = {chapter.name: chapter.title for chapter in every}
    words = [f"{c.title} builds on {_join([titles[n] for n in c.needs])}" for c in every if c.needs]
    first = _join([c.title for c in every if not c.needs])
    description = f"{first} can be read first. " + ". ".join(words) + "."
    lines = [
        f'<svg class="w2s-chapters" role="group" aria-labelledby="w2s-map-title w2s-map-words" '
        f'viewBox="-2 -2 {width + 4} {height + 4}" width="{width + 4}">',
        '<title id="w2s-map-title">How the chapters build on each other</title>',
        f'<desc id="w2s-map-words">{html.escape(description)}</desc>',
        '<defs><marker id="w2s-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>',
    ]
    for start, end in direct(every):
        (x0, y0), (x1, y1) = at[start], at[end]
        a, b = (x0 + BOX[0], y0 + BOX[1] // 2), (x1, y1 + BOX[1] // 2)
        bend = (a[0] + b[0]) // 2
        lines.append(
            f'<path class="w2s-arrow" d="M{a[0]} {a[1]}C{bend} {a[1]} {bend} {b[1]} {b[0]} {b[1]}"/>'
        )
    for chapter in every:
        x, y = at[chapter.name]
        middle = x + BOX[0] // 2
        lines.append(
            f'<a href="{chapter.name}.html"><rect x="{x}" y="{y}" width="{BOX[0]}" '
            f'height="{BOX[1]}" rx="6"/>{_label(chapter.title, middle, y)}</a>'
        )
    return "\n".join([*lines, "</svg>"])


def _label(title: str, x: int, y: int) -> str:
    """The title in a box, on two lines if it is long."""
    words, half = title.split(), len(title) / 2
    if len(title) <= 20:
        return f'<text x="{x}" y="{y + 28}">{html.escape(title)}</text>'
    cut = min(range(1, len(words)), key=lambda k: abs(len(" ".join(words[:k])) - half))
    upper, lower = html.escape(" ".join(words[:cut])), html.escape(" ".join(words[cut:]))
    return f'<text x="{x}" y="{y + 19}">{upper} <tspan x="{x}" dy="17">{lower}</tspan></text>'


def _join(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def block(every: list[Chapter]) -> str:
    """Return what stands between the two comments of the landing page."""
    names = {chapter.name for chapter in every}
    rows = ["| chapter | builds on | reading | exercises |", "|---|---|---|---|"]
    for chapter in every:
        on = ", ".join(f"{{doc}}`{_title(every, n)} <{n}>`" for n in chapter.needs if n in names)
        rows.append(
            f"| {{doc}}`{chapter.title} <{chapter.name}>` | {on or '–'} | {_time(chapter.reading)} "
            f"| {_time(chapter.exercises)} |"
        )
    total = sum(c.reading for c in every), sum(c.exercises for c in every)
    rows.append(f"| all | | {_time(total[0])} | {_time(total[1])} |")
    parts = [MARKS[0], "", "```{raw} html", picture(every), "```", "", *rows, "", MARKS[1]]
    return "\n".join(parts)


def _title(every: list[Chapter], name: str) -> str:
    return next(chapter.title for chapter in every if chapter.name == name)


def _time(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d}" if hours else f"{rest} min"


def written(text: str, new: str) -> str:
    """Return the landing page with the block replaced."""
    start, end = text.index(MARKS[0]), text.index(MARKS[1]) + len(MARKS[1])
    return text[:start] + new + text[end:]


def main(argv: list[str] | None = None) -> int:
    """Write the block, or say that it is out of date."""
    parser = argparse.ArgumentParser(description="Map of the chapters on the landing page.")
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args(argv).check
    old = PAGE.read_text(encoding="utf-8")
    new = written(old, block(chapters()))
    if new != old and check:
        print(f"{PAGE.name} is out of date; run python -m tools.authoring.study", file=sys.stderr)
        return 1
    if new != old:
        PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
