"""Draw which room of the package imports which: ``python -m tools.architecture``.

Writes ``docs/architecture.svg`` and the table of imports in ``ARCHITECTURE.md``; with ``--check`` it
writes nothing and exits with 1 if either is out of date.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections import defaultdict
from pathlib import Path

from tools import ROOT
from tools.book import chapters
from tools.upkeep.layers import imports, modules

PACKAGE = "w2slib"
PAGE = ROOT / "ARCHITECTURE.md"
PICTURE = ROOT / "docs" / "architecture.svg"
MARKS = "<!-- imports -->", "<!-- end of imports -->"

# The one chapter that builds on others.
LAST = ("beyond",)
# The chapters of _toc.yml, apart from the tools that all use and from what lives in `studies`.
ELSEWHERE = ("random_matrices", "checkpoints", *LAST)
CHAPTERS = tuple(name for name in chapters() if name not in ELSEWHERE)
# From the bottom up; a room may import rooms of lower layers only.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("core",),
    ("random_matrices", "data"),
    (*CHAPTERS, "networks", "studies"),
    LAST,
    ("figures",),
    ("explorer",),
)
ROOMS = tuple(room for layer in LAYERS for room in layer)


def aliases(root: Path) -> dict[str, str]:
    """Modules beside the rooms, which only pass on names, and the room that each passes on."""
    found = {}
    for path in sorted((root / PACKAGE).glob("*.py")):
        if path.stem == "__init__" or path.stem in ROOMS:
            continue
        targets = {name.split(".")[1] for name in _inside(path, f"{PACKAGE}.{path.stem}")}
        rooms = [room for room in ROOMS if room in targets]
        found[path.stem] = next((room for room in rooms if room != "core"), "core")
    return found


def edges(root: Path = ROOT) -> dict[str, set[str]]:
    """Room -> the rooms that it imports."""
    alias, found = aliases(root), defaultdict(set)
    for name, path in modules(root, PACKAGE).items():
        room = name.split(".")[1] if "." in name else ""
        if room not in ROOMS:
            continue
        for target in _inside(path, name):
            other = alias.get(target.split(".")[1], target.split(".")[1])
            if other in ROOMS and other != room:
                found[room].add(other)
    return {room: found[room] for room in ROOMS}


def _inside(path: Path, name: str) -> set[str]:
    return {target for target in imports(path, name) if target.startswith(f"{PACKAGE}.")}


def violations(found: dict[str, set[str]]) -> list[str]:
    """Imports that do not point to a lower layer."""
    height = {room: level for level, layer in enumerate(LAYERS) for room in layer}
    return [
        f"{room} imports {other}, which is not below it"
        for room, others in found.items()
        for other in sorted(others)
        if height[other] >= height[room]
    ]


def table(found: dict[str, set[str]]) -> str:
    """Imports as a Markdown table, the top first."""
    rows = [
        f"| `{room}` | {', '.join(f'`{other}`' for other in ROOMS if other in found[room]) or '–'} |"
        for room in reversed(ROOMS)
    ]
    return "\n".join(["| room | imports |", "|---|---|", *rows])


def picture(found: dict[str, set[str]]) -> str:
    """Rooms in their layers, and an arrow for every import that no other arrow implies."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 9), ylim=(-0.1, len(LAYERS) * 1.05))
    ax.axis("off")
    place = {
        room: (9 * (i + 0.5) / len(layer), 0.5 + 1.05 * level)
        for level, layer in enumerate(LAYERS)
        for i, room in enumerate(layer)
    }
    for room, (x, y) in place.items():
        ax.text(
            x, y, room, ha="center", va="center", fontsize=10,
            bbox=dict(boxstyle="round,pad=0.4", facecolor="#eef3f8", edgecolor="#30506e"),
        )  # fmt: skip
    for room, others in found.items():
        for other in sorted(others - _implied(found, others)):
            (x, y), (u, v) = place[room], place[other]
            ax.annotate(
                "", (u, v + 0.2), (x, y - 0.2),
                arrowprops=dict(arrowstyle="->", color="#5b6b7a", shrinkA=2, shrinkB=2, lw=1),
            )  # fmt: skip
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "w2slib", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Description": table(found)})
    return file.getvalue()


def _implied(found: dict[str, set[str]], others: set[str]) -> set[str]:
    """Rooms that one of the others reaches by itself."""
    reached: set[str] = set()
    todo = [further for other in others for further in found[other]]
    while todo:
        room = todo.pop()
        if room not in reached:
            reached.add(room)
            todo += found[room]
    return reached


def page(text: str, found: dict[str, set[str]]) -> str:
    """The page with its table made anew."""
    start, end = MARKS
    pattern = re.compile(f"(?s){re.escape(start)}.*?{re.escape(end)}")
    return pattern.sub(lambda _: f"{start}\n\n{table(found)}\n\n{end}", text)


def stale(found: dict[str, set[str]]) -> list[str]:
    """Files that do not show the imports of today."""
    text = PAGE.read_text(encoding="utf-8")
    old = [] if page(text, found) == text else [PAGE.name]
    shown = re.search(r"(?s)<dc:description>(.*?)</dc:description>", PICTURE.read_text("utf-8"))
    if shown is None or shown.group(1).strip() != table(found):
        old.append(f"docs/{PICTURE.name}")
    return old


def main(argv: list[str] | None = None) -> int:
    """Write or check page and picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if out of date")
    options = parser.parse_args(argv)
    found = edges()
    for line in violations(found):
        print(line, file=sys.stderr)
    if options.check:
        old = stale(found)
        for name in old:
            print(f"{name} is out of date: run python -m tools.architecture", file=sys.stderr)
        return int(bool(old or violations(found)))
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    PICTURE.write_text(picture(found), encoding="utf-8")
    return int(bool(violations(found)))


if __name__ == "__main__":
    sys.exit(main())
