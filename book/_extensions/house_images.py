"""Figures as small files: the same pixels as WebP, loaded when they come near, their place kept free.

Notebooks write PNG, which is two or three times as large. A page loads what is near its window;
width and height in the tag let the browser reserve the place before the picture is there, so that
the target of a link stays where it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

IMAGE = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
SOURCE = re.compile(r'\bsrc="(?P<folder>[^"]*_images/)(?P<name>[^"/]+)"')


def finish(html: str, sources: dict[str, Path], folder: Path) -> str:
    """Replace the figures of a page.

    ``sources`` maps the name of each image to its file, ``folder`` is where the site keeps images.
    """
    replaced: dict[str, str] = {}

    def tag(found: re.Match[str]) -> str:
        named = SOURCE.search(found[0])
        if named is None or named["name"] not in sources:
            return found[0]
        path = sources[named["name"]]
        size = ""
        if path.suffix == ".png":
            replaced[named["name"]] = _webp(path, named["name"], folder)
        if path.suffix in (".png", ".jpg", ".webp") and "width=" not in found[0]:
            with Image.open(path) as image:
                size = f' width="{image.width}" height="{image.height}"'
        return f'{found[0][:4]} loading="lazy" decoding="async"{size}{found[0][4:]}'

    html = IMAGE.sub(tag, html)
    for before, after in replaced.items():
        html = html.replace(f"_images/{before}", f"_images/{after}")
    return html


def _webp(path: Path, name: str, folder: Path) -> str:
    """Write a figure without loss as WebP; return the name of the new file."""
    target = folder / f"{Path(name).stem}.webp"
    if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(path) as image:
            mode = "RGBA" if image.has_transparency_data else "RGB"
            image.convert(mode).save(target, "webp", lossless=True, quality=80, method=4)
    return target.name


def remove_replaced(folder: Path) -> None:
    """Remove each PNG that no page shows any more, because it stands beside its WebP."""
    for path in folder.glob("*.png"):
        if path.with_suffix(".webp").exists():
            path.unlink()
