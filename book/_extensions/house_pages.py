"""Light pages: what the theme and the extensions write is finished here, page by page.

A page of this book asks for itself, one style sheet, one script, and, where it has an explorer, the
widget manager and the explorers' source; figures follow when they come near. What an explorer waits for
comes before what it does not wait for. The theme alone would
ask for forty files and 2 MB. In order:

1. icons are small pictures in the page (`house_icons`),
2. figures are WebP, wait until they come near and keep their place (`house_images`),
3. the explorers' state is written in a smaller form, behind each of them (`house_widgets`),
4. all style sheets become one, trimmed (`house_styles`), all scripts one that waits,
5. the search index is fetched by the search page alone,
6. the colours are chosen before the first paint (``page_head.js``),
7. the heights of explorers are kept free until they are drawn (``heights.json``),
8. without JavaScript a sentence stands where an explorer or a quiz would be.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import house_icons
import house_images
import house_styles
import house_widgets

STYLES = "site.css"
SCRIPTS = "site.js"
SOURCES = "explorers"
LISTS = "house_pages.json"
HEAD_SCRIPT = Path(__file__).with_name("page_head.js").read_text(encoding="utf-8")
SEARCH_SCRIPT = Path(__file__).with_name("search_text.js").read_text(encoding="utf-8")
# Heights of the explorers by width; python -m tools.browser.heights writes them.
HEIGHTS = json.loads(Path(__file__).with_name("heights.json").read_text(encoding="utf-8"))
# A name that the build replaces in the end, when it knows the content.
VERSION = "w2sversion"

STYLE = re.compile(r'\s*<link\b[^>]*?href="(?:[./]*)_static/(?P<name>[^"?]+\.css)[^"]*"[^>]*/>')
SCRIPT = re.compile(
    r'\s*<script(?P<how>[^>]*) src="(?:[./]*)_static/(?P<name>[^"?]+\.js)[^"]*"[^>]*></script>'
)
PRELOAD = re.compile(r'\s*<link rel="preload" as="script"[^>]*/>')
SEARCH = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
THEME_SCRIPT = re.compile(r'\s*<script data-cfasync="false">.*?</script>', re.DOTALL)
OPTION = re.compile(r"<script>(DOCUMENTATION_OPTIONS\.[^<]*|if \(location[^<]*)</script>")
VIEW = '<script type="application/vnd.jupyter.widget-view+json">'
# Left out: the icons' script, and what remembers which tab of a set is open; the book has none.
UNUSED = {"scripts/fontawesome.js", "design-tabs.js"}
BOOTSTRAP = "scripts/bootstrap.js"
WIDGETS = "vendor/widgets.js"
EXPLORERS = "vendor/explorers.js"  # the same with the controls of explorers alone

NO_SCRIPT = (
    "<noscript><style>.w2s-place{min-height:0!important}.pst-js-only{display:none!important}</style>"
    "</noscript>"
)
NO_EXPLORER = (
    '<noscript><p class="w2s-noscript">The explorer that stands here needs JavaScript. '
    "The picture shows one of its settings.</p></noscript>"
)


class Finisher:
    """Finishes page after page and remembers which files they ask for."""

    def __init__(self, app):
        self.app = app
        self.folder = Path(app.outdir)
        self.lists = Path(app.doctreedir) / LISTS
        kept = json.loads(self.lists.read_text()) if self.lists.exists() else {}
        self.styles: list[str] = kept.get("styles", [])
        self.scripts: list[str] = kept.get("scripts", [])
        self.sources: dict[str, str] = kept.get("sources", {})

    def page(self, html: str, pagename: str) -> str:
        """Return the page as the reader gets it."""
        html = house_icons.draw(html)
        html = house_images.finish(html, self._images(), self.folder / self.app.builder.imagedir)
        html = house_widgets.places(html).replace(VIEW, NO_EXPLORER + VIEW)
        html, state = house_widgets.shrink(html, self.sources)
        html = PRELOAD.sub("", html)
        root = "../" * pagename.count("/") + "_static/"
        html, head = self._styles(html), f"<script>{HEAD_SCRIPT}</script>{NO_SCRIPT}"
        html = self._scripts(html, root) if pagename != "search" else _searching(html)
        if state:
            name = EXPLORERS if house_widgets.is_light(state) else WIDGETS
            late = house_widgets.late(html)
            first = [one for one in house_widgets.digests(html) if one not in late]
            head += _widgets(root, name, first)
            html = re.sub(rf"\s*<script[^>]*/{re.escape(WIDGETS)}[^>]*></script>", "", html)
            html = html.replace("</body>", _sources(root, sorted(late)) + "</body>")
        head += f'<link rel="stylesheet" href="{root}{STYLES}?v={VERSION}"/>'
        html = THEME_SCRIPT.sub("", html)
        html = re.sub(r'(<html\b[^>]*data-theme=")auto"', r'\1light" data-mode="auto"', html)
        return html.replace("</title>", f"</title>{head}", 1)

    def _images(self) -> dict[str, Path]:
        images = self.app.builder.images
        return {name: Path(self.app.srcdir, path) for path, name in images.items()}

    def _styles(self, html: str) -> str:
        self.styles += [m["name"] for m in STYLE.finditer(html) if m["name"] not in self.styles]
        return STYLE.sub("", html)

    def _scripts(self, html: str, root: str) -> str:
        html = SEARCH.sub("", html)
        names = [m["name"] for m in SCRIPT.finditer(html) if m["name"] != WIDGETS]
        self.scripts += [n for n in names if n not in self.scripts and n not in UNUSED]
        html = SCRIPT.sub(lambda m: m[0] if m["name"] == WIDGETS else "", html)
        html = OPTION.sub("", html)  # they are about searching
        script = f'<script defer src="{root}{SCRIPTS}?v={VERSION}"></script>'
        return html.replace("</body>", f"{script}</body>", 1)

    def write(self) -> None:
        """Write the files that all pages ask for, once the pages are there."""
        static = self.folder / "_static"
        pages = {path: path.read_text(encoding="utf-8") for path in self.folder.rglob("*.html")}
        scripts = {name: (static / name).read_text(encoding="utf-8") for name in self.scripts}
        # The first file's "use strict" would otherwise hold for all of them.
        (static / SCRIPTS).write_text("void 0;\n" + "\n;\n".join(scripts.values()), "utf-8")
        self._write_sources(static / SOURCES, pages.values())
        inside = [text for page in pages.values() for text in _inline(page)]
        widgets = (static / WIDGETS).read_text(encoding="utf-8")
        own = [text for name, text in scripts.items() if name != BOOTSTRAP]
        sources = self.sources.values()
        words = house_styles.words_of(pages.values(), [*own, widgets, *sources, *inside])
        style = house_styles.bundle(static, self.styles, words) + house_widgets.heights(HEIGHTS)
        (static / STYLES).write_text(style, encoding="utf-8")
        digests = {name: _digest(static / name) for name in (STYLES, SCRIPTS, WIDGETS, EXPLORERS)}
        for path, page in pages.items():
            versioned = _version(page, digests)
            if versioned != page:
                path.write_text(versioned, encoding="utf-8")
        for name in UNUSED:
            (static / name).unlink(missing_ok=True)
        shutil.rmtree(static / "vendor" / "fontawesome", ignore_errors=True)
        house_images.remove_replaced(self.folder / "_images")
        kept = {"styles": self.styles, "scripts": self.scripts, "sources": self.sources}
        self.lists.write_text(json.dumps(kept))

    def _write_sources(self, folder: Path, pages: Iterable[str]) -> None:
        """Write the sources that some page asks for, each to a file of its own."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        asked = {digest for page in pages for digest in house_widgets.digests(page)}
        self.sources = {digest: self.sources[digest] for digest in sorted(asked)}
        for digest, source in self.sources.items():
            (folder / f"{digest}.js").write_text(house_widgets.script(digest, source), "utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _version(page: str, digests: dict[str, str]) -> str:
    """Let the address of each shared file change with its content."""
    for name, digest in digests.items():
        page = re.sub(rf"(_static/{re.escape(name)}\?v=)\w+", rf"\g<1>{digest}", page)
    return page


def _searching(html: str) -> str:
    """The search page keeps its scripts in their order, but for that of the icons, and adds one."""
    html = SCRIPT.sub(lambda m: "" if m["name"] in UNUSED else m[0], html)
    return html.replace("</head>", f"<script>{SEARCH_SCRIPT}</script></head>", 1)


def _widgets(root: str, name: str, digests: list[str]) -> str:
    """The widget manager comes before everything else: it is the longest to wait for."""
    address = f"{root}{name}?v={VERSION}"
    return (
        f'<link rel="preload" as="script" href="{address}" fetchpriority="high"/>'
        f'<script async src="{address}"></script>'
        + _sources(root, digests, ' fetchpriority="high"')
    )


def _sources(root: str, digests: list[str], how: str = "") -> str:
    return "".join(
        f'<script async{how} src="{root}{SOURCES}/{name}.js"></script>' for name in digests
    )


def _inline(page: str) -> list[str]:
    """The scripts that stand in a page itself."""
    return re.findall(r"<script\b[^>]*>([^<].*?)</script>", page, re.DOTALL)


def start(app) -> None:
    """Finish every page that the HTML builder renders."""
    if app.builder.name != "html":
        return
    finisher = app.w2s_finisher = Finisher(app)
    render = app.builder.templates.render

    def rendered(template: str, context: dict) -> str:
        html = render(template, context)
        return finisher.page(html, context["pagename"]) if "</title>" in html else html

    app.builder.templates.render = rendered


def end(app, error) -> None:
    """Write what the pages share."""
    if error is None and hasattr(app, "w2s_finisher"):
        app.w2s_finisher.write()


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", start)
    app.connect("build-finished", end, priority=900)  # after the theme's colours of code
    return {"parallel_read_safe": True, "parallel_write_safe": False}
