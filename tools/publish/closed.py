"""Build the closed edition: the book without the solutions of its exercises.

    python -m tools.publish.closed [TARGET] [--lite] [--pyodide PATH]
        # make book SOLUTIONS=no [LITE=yes]; default: build/closed

The book is copied to TARGET/source, where each exercise notebook gives way to the student's version, and
built there, into TARGET/source/_build/html. So nothing that is made from the notebooks can hold a
solution: no page, no source or download beside it, no search index. Afterwards every file of the site
is searched for what only the solutions say (`secrets`), and a hit is an error.

Exercise notebooks are not run in this edition: their checks would say that the answers are missing.
"""

from __future__ import annotations

import argparse
import ast
import html
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tools import ROOT, folders
from tools.authoring import assignments
from tools.authoring.notebooks import read, tags_of
from tools.browser.site import NOT_SOURCES, STRICT, run_jupyter_book
from tools.lite import build as lite
from tools.lite import pages

TARGET = ROOT / "build" / "closed"
LEFT_OUT = ("tests/answers", "book/exercises/sources")
BUILD_SECONDS = 3600
EXECUTE = "execute:\n"
LITE_HOLDS = ("files", "api", "pypi")  # of the lite site what is made from the book
NOT_RUN = EXECUTE + "  exclude_patterns: [book/exercises/*]\n"


def copy(folder: Path) -> Path:
    """Copy what the book is built from, without solutions, and return where it is."""
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT, source, ignore=_not_copied, symlinks=True)
    for path in assignments.sources():
        text = assignments.student_version(path, on_the_site=True)
        (source / path.relative_to(ROOT)).write_text(text, encoding="utf-8")
    for name in LEFT_OUT:
        shutil.rmtree(source / name, ignore_errors=True)
    config = source / "_config.yml"
    settings = config.read_text(encoding="utf-8")
    if EXECUTE not in settings:
        raise ValueError(f"{config} has no line {EXECUTE!r} below which exercises can be left out")
    config.write_text(settings.replace(EXECUTE, NOT_RUN, 1), encoding="utf-8")
    return source


def _not_copied(folder: str, names: list[str]) -> set[str]:
    built = {"build", "dist"} if Path(folder) == ROOT else set()
    return NOT_SOURCES(folder, names) | built & set(names)


def build(source: Path, *options: str) -> Path:
    """Build the copied book, and return the site's folder; ``options`` are jupyter-book's."""
    return run_jupyter_book(source, *options, what="closed edition", seconds=BUILD_SECONDS)


# --- what must not be in it -----------------------------------------------------------------------


def secrets(paths: Iterable[Path] | None = None) -> list[str]:
    """Return what only the solutions say: lines of code, names, and pieces of explanations.

    What a student's version, a chapter or the package says too is no secret.
    """
    paths = list(paths or assignments.sources())
    public = _words(_public())
    found: dict[str, None] = {}
    for path in paths:
        for cell in read(path).cells:
            if "solution" in tags_of(cell):
                pieces = _code(cell.source) if cell.cell_type == "code" else _prose(cell.source)
                found |= dict.fromkeys(_words(piece) for piece in pieces)
    return [piece for piece in found if piece not in public]


def _code(source: str) -> list[str]:
    """Lines of the bodies, and the names that are bound in them."""
    kept = set(assignments.stub(source).splitlines())
    lines = [line for line in source.splitlines() if line not in kept]
    names = [
        node.name if isinstance(node, ast.FunctionDef) else node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    ]
    return [line for line in lines if len(line.strip()) > 12] + [n for n in names if len(n) > 5]


def _prose(source: str) -> list[str]:
    """Pieces of an explanation between its formulas and marks."""
    pieces = re.split(r"\$[^$]*\$|[`*_\[\]()<>|]|\n\n", source)
    return [piece for piece in pieces if len(piece.strip()) > 30]


def _public() -> str:
    texts = [assignments.student_version(path) for path in assignments.sources()]
    files = [*(ROOT / "book").glob("*"), *(ROOT / "book" / "api").glob("*")]
    files += (ROOT / "w2slib").rglob("*.py")
    files += (ROOT / "w2slib").rglob("*.js*")
    files += (ROOT / "book" / "assets").rglob("*.js")
    texts += [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    text = "\n".join(text.replace("\\n", "\n").replace('\\"', '"') for text in texts)
    return text + text.replace("`", "")  # a page shows code in a sentence without its marks


def _words(text: str) -> str:
    return " ".join(text.split())


def leaks(site: Path, wanted: list[str]) -> list[str]:
    """Name every file of a site that says one of the secrets, with the secret.

    Vendored files, pictures and the parts of the lite site that come from others are not searched.
    """
    names = [piece for piece in wanted if piece.isidentifier()]
    pieces = [piece for piece in wanted if not piece.isidentifier()]
    found = []
    for path in sorted(p for p in site.rglob("*") if p.is_file()):
        if "vendor" in path.parts or path.suffix in (".png", ".woff", ".woff2", ".svg"):
            continue
        inside = path.relative_to(site).parts
        if inside[0] == pages.LITE and inside[1] not in LITE_HOLDS:
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        shown = _words(html.unescape(re.sub(r"<[^>]*>", "", text)))
        raw = _words(text.replace("\\n", "\n").replace('\\"', '"'))
        there = [p for p in pieces if p in shown or p in raw]
        there += set(names) & set(re.findall(r"\w+", text)) if path.suffix != ".pyc" else set()
        found += [f"{path.relative_to(site)}: {piece}" for piece in there]
    return found


def main(argv: list[str] | None = None) -> int:
    """Build the closed edition, search it, and say where it is."""
    parser = argparse.ArgumentParser(description="Build the book without its solutions.")
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    parser.add_argument("--lite", action="store_true", help="with Python in the browser")
    parser.add_argument("--pyodide", help="folder or archive of Pyodide's release")
    args = parser.parse_args(argv)
    folders.claim(args.target)
    site = build(copy(args.target.resolve()), *STRICT)
    if args.lite:
        lite.build(site, args.pyodide or None, solutions=False)
    wanted = secrets()
    found = leaks(site, wanted)
    for line in found:
        print(f"a solution is told: {line}", file=sys.stderr)
    print(f"{len(wanted)} pieces of solutions searched for, {len(found)} found")
    print(f"Open {(site / 'index.html').as_uri()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
