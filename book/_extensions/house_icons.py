"""The theme's icons, drawn here: a dozen small pictures in the page instead of a script of 540 kB.

The theme writes ``<i class="fa-solid fa-bars">`` and leaves it to FontAwesome's script to draw. Strokes
on a square of 24, in the colour of the text, so that they follow dark mode and forced colours.
"""

from __future__ import annotations

import re

PATHS = {
    "angle-left": '<path d="m15 5-7 7 7 7"/>',
    "angle-right": '<path d="m9 5 7 7-7 7"/>',
    "arrow-up": '<path d="M12 20V4M5 11l7-7 7 7"/>',
    "bars": '<path d="M4 6h16M4 12h16M4 18h16"/>',
    "circle-half-stroke": '<circle cx="12" cy="12" r="9"/>'
    '<path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor"/>',
    "download": '<path d="M12 3v12M7 10l5 5 5-5M4 20h16"/>',
    "expand": '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
    "file": '<path d="M6 3h8l4 4v14H6zM14 3v4h4"/>',
    "file-pdf": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>',
    "github": '<circle cx="7" cy="5" r="2"/><circle cx="7" cy="19" r="2"/><circle cx="17" cy="8" r="2"/>'
    '<path d="M7 7v10M17 10c0 4-10 2-10 7"/>',
    "lightbulb": '<path d="M9 18h6M10 21h4M9 15a6 6 0 1 1 6 0v1H9z"/>',
    "list": '<path d="M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01"/>',
    "magnifying-glass": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "moon": '<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4 7 7 0 0 0 20 14.5z"/>',
    "pencil-alt": '<path d="m4 20 1-5L16 4l4 4L9 19z"/>',
    "rocket": '<path d="M12 2c4 3 5 7 4 12H8C7 9 8 5 12 2zM8 12l-4 5 5-1M16 12l4 5-5-1M12 18v4"/>',
    "sun": '<circle cx="12" cy="12" r="4.5"/>'
    '<path d="M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19"/>',
}
RING = '<circle cx="12" cy="12" r="8"/>'
PLACE = re.compile(
    r'<(?P<tag>i|span) class="(?P<classes>[^"]*\bfa[bs]?(?:-solid|-brands)? fa-(?P<name>[a-z-]+)[^"]*)"'
    r"(?P<rest>[^>]*)></(?P=tag)>"
)


def draw(html: str) -> str:
    """Put a picture at every place of the theme's icons; one that is not drawn here is a ring."""
    return PLACE.sub(_picture, html)


def _picture(found: re.Match[str]) -> str:
    name = found["name"]
    picture = PATHS.get(name, RING)
    title = re.search(r'\btitle="([^"]*)"', found["rest"])
    told = f"<title>{title[1]}</title>" if title else ""
    rest = re.sub(r'\s*\btitle="[^"]*"', "", found["rest"])
    return (
        f'<svg class="w2s-icon {" ".join(found["classes"].split())}"{rest} viewBox="0 0 24 24" '
        f'aria-hidden="true" focusable="false">{told}{picture}</svg>'
    )
