"""Make the slides of the lecture: ``slides/lecture.ipynb`` -> reveal.js, without a network.

    python -m tools.authoring.slides [TARGET]     # default: build/slides; open TARGET/index.html

nbconvert runs the notebook and writes the slides; ``slides/template`` replaces the scripts that its
own template asks other servers for by the files that the book serves itself (tools/vendor.py).
Explorers on the slides are live. Press S for the speaker's notes, ESC for the overview; add
``?print-pdf`` to the address to print.

Which cell starts a slide is in the cell's metadata, ``slideshow={"slide_type": "slide"}`` (or
``fragment``, ``notes``, ``skip``; ``-`` continues). Code tagged ``hide-input`` is not shown.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from nbconvert import SlidesExporter
from traitlets.config import Config

from tools import ROOT, folders
from tools.authoring.notebooks import read

SOURCE = ROOT / "slides" / "lecture.ipynb"
TARGET = ROOT / "build" / "slides"
THEME = "book"
VENDORED = ("mathjax", "reveal.js", "widgets.js", "widgets.licences.txt")


def export(source: Path = SOURCE, *, execute: bool = True) -> str:
    """Return the HTML of the slides."""
    config = Config()
    config.ExecutePreprocessor.enabled = execute
    config.ExecutePreprocessor.timeout = 300
    config.ExecutePreprocessor.store_widget_state = True
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_input_tags = {"hide-input", "remove-input"}
    config.SlidesExporter.exclude_input_prompt = True
    config.SlidesExporter.exclude_output_prompt = True
    exporter = SlidesExporter(
        config=config,
        template_name="template",
        extra_template_basedirs=[str(ROOT / "slides")],
        reveal_url_prefix="vendor/reveal.js",
        reveal_theme=THEME,
    )
    resources = {"metadata": {"path": str(source.parent), "name": title(source)}}
    html, _ = exporter.from_notebook_node(read(source), resources)
    return html


def title(source: Path) -> str:
    """Return the notebook's first heading."""
    return read(source).cells[0].source.splitlines()[0].removeprefix("# ")


def slide_types(source: Path = SOURCE) -> list[str]:
    """List what each cell is on the slides."""
    return [
        cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in read(source).cells
    ]


def write(target: Path, *, execute: bool = True) -> Path:
    """Write the slides with everything they need into ``target``; return the page's path.

    Files that an earlier call wrote there are replaced; a folder with other files is refused.
    """
    assets = ROOT / "book" / "assets"
    folders.claim(target)
    others = {path for path in target.rglob("*") if path.is_file()}
    vendor = target / "vendor"
    vendor.mkdir(exist_ok=True)
    for name in VENDORED:
        path = assets / "vendor" / name
        if path.is_dir():
            shutil.copytree(path, vendor / name, dirs_exist_ok=True)
        else:
            shutil.copy(path, vendor / name)
    shutil.copy(assets / "favicon.svg", vendor)
    theme = vendor / "reveal.js" / "dist" / "theme" / f"{THEME}.css"
    theme.parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / "slides" / "slides.css", theme)
    page = target / "index.html"
    page.write_text(export(execute=execute), encoding="utf-8")
    folders.record(target, [p for p in target.rglob("*") if p.is_file() and p not in others])
    return page


def main(argv: list[str] | None = None) -> int:
    """Write the slides and say where they are."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    return folders.command(
        lambda target: [write(target)],
        TARGET,
        argv,
        description="Write the slides of the lecture.",
        say=folders.to_open,
    )


if __name__ == "__main__":
    sys.exit(main())
