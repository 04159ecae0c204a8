"""Write what only the instructor gets: the speaker's script, and prompts with expected answers.

    python -m tools.authoring.instructor [TARGET]     # make instructor; default: build/instructor

The sources are ``slides/script.md`` and ``slides/prompts.md``; the site is not built from that folder. In the
script each section stands beside the minutes and settings that the slide's own notes name.
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

from nbconvert.filters import markdown2html

from tools import ROOT, folders
from tools.authoring import slides
from tools.authoring.notebooks import read

TARGET = ROOT / "build" / "instructor"
SCRIPT, PROMPTS = ROOT / "slides" / "script.md", ROOT / "slides" / "prompts.md"
STYLE = """<style>
  body { font: 13pt/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; max-width: 48rem;
    margin: 2rem auto; padding: 0 1rem; color: #1f2933; }
  h2 { font-size: 1.15em; color: #1b5e9b; margin: 2rem 0 0.3rem; break-after: avoid; }
  blockquote { margin: 0.3rem 0; padding: 0.2rem 0.8rem; border-left: 4px solid #1b5e9b;
    background: #eef4fa; font-size: 0.85em; }
  table { border-collapse: collapse; font-size: 0.85em; }
  td, th { border: 1px solid #d0d7de; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; }
  .do { color: #8a3b00; font-style: italic; }
  ul { list-style: none; padding-left: 1rem; border-left: 2px solid #d0d7de; font-size: 0.92em; }
  .anchor-link { display: none; }
</style>"""


def sections(path: Path = SCRIPT) -> dict[str, str]:
    """Return the words for each slide, by its title."""
    parts = re.split(r"(?m)^## (.+)\n", path.read_text(encoding="utf-8"))[1:]
    return {
        title.strip(): text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


def notes() -> dict[str, str]:
    """Return the notes of each slide, by its title."""
    found: dict[str, str] = {}
    title = ""
    for cell, kind in zip(read(slides.SOURCE).cells, slides.slide_types(), strict=True):
        heading = re.match(r"##? (.+)", cell.source)
        if kind == "slide" and heading:
            title = heading[1].strip()
            found[title] = ""
        elif kind == "notes":
            found[title] = cell.source
    return found


def script() -> str:
    """Return the script as Markdown, with the notes of each slide above its words."""
    parts = [SCRIPT.read_text(encoding="utf-8").partition("\n## ")[0]]
    told = notes()
    for title, words in sections().items():
        quoted = "\n".join(f"> {line}" for line in told[title].splitlines())
        parts.append(f"## {title}\n\n{quoted}\n\n{words}")
    return "\n\n".join(parts)


DONE = re.compile(
    r"\[((?:[^\[\]]|\[[^\]]*\])+)\]"
)  # what is done, not said; may hold a formula's brackets


def _formula(found: re.Match[str]) -> str:
    """A short formula of the notes without TeX: letters slanted, indices low."""
    plain = found[1].replace(r"\,", "\u2009")
    return "*" + re.sub(r"_(\w)", r"<sub>\1</sub>", plain) + "*"


def page(markdown: str) -> str:
    """Return a page of HTML that asks for no other file."""
    title = markdown.splitlines()[0].removeprefix("# ")
    text = re.sub(r"\$([^$]+)\$", _formula, markdown)
    text = DONE.sub(r'<span class="do">[\1]</span>', text)
    body = markdown2html(text)
    head = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
    )
    return f"{head}{STYLE}<body>{body}</body></html>"


def write(target: Path) -> list[Path]:
    """Write both pages."""
    folders.claim(target)
    texts = {"script.html": script(), "prompts.html": PROMPTS.read_text(encoding="utf-8")}
    paths = [target / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(page(text), encoding="utf-8")
    folders.record(target, paths)
    return paths


def main(argv: list[str] | None = None) -> int:
    """Write both pages and name them."""
    words = "The speaker's script and expected answers."
    return folders.command(write, TARGET, argv, description=words, say=folders.to_open)


if __name__ == "__main__":
    sys.exit(main())
