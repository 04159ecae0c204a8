"""Colours of the explorers, each once, in the light theme and in the dark one.

Student is blue, teacher orange, in both. They are text colours too, so they stand out from the
background as text must (4.5 : 1), which the lines of figures in `w2slib.plots` need not.
"""

from __future__ import annotations

COLOURS: dict[str, tuple[str, str]] = {
    "text": ("#1f2328", "#e6e9ee"),
    "muted": ("#59636e", "#a7b0bc"),
    "grid": ("#e4e7eb", "#2f3640"),
    "background": ("#ffffff", "#161b22"),
    "surface": ("#f6f8fa", "#21262d"),
    "border": ("#d0d7de", "#3d444d"),
    "student": ("#0069a8", "#79b8ff"),
    "teacher": ("#b84c00", "#ffab6b"),
    "win-shade": ("rgba(0, 105, 168, 0.16)", "rgba(121, 184, 255, 0.25)"),
    "focus": ("#0b57d0", "#a8ccff"),
    # On the map, whose colours are the same in both themes.
    "ink": ("#111111", "#111111"),
    "dots": ("rgba(10, 25, 60, 0.55)", "rgba(10, 25, 60, 0.55)"),
    "halo": ("rgba(255, 255, 255, 0.8)", "rgba(255, 255, 255, 0.8)"),
}
"""Name: (light, dark). Style sheets use them as ``var(--w2s-NAME)``, pictures through theme.js."""

# The class twice outweighs the style of a box, as in explorer.css.
_EXPLORER = ".w2s-explorer.w2s-explorer"
# A page of the book says which theme it shows, and so does JupyterLab; other pages follow the system.
_DARK = f'html[data-theme="dark"] {_EXPLORER}, body[data-jp-theme-light="false"] {_EXPLORER}'
_SYSTEM = f"html:not([data-theme]) body:not([data-jp-theme-light]) {_EXPLORER}"


def palette() -> str:
    """Style sheet that gives every explorer its colours."""
    light, dark = (
        "".join(f"--w2s-{name}: {pair[theme]};\n" for name, pair in COLOURS.items())
        for theme in (0, 1)
    )
    return (
        f"{_EXPLORER} {{\n{light}}}\n{_DARK} {{\n{dark}}}\n"
        f"@media (prefers-color-scheme: dark) {{ {_SYSTEM} {{\n{dark}}} }}\n"
    )
