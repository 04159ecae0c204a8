"""The book's own Sphinx extension (``local_extensions`` in _config.yml). Six small jobs.

1. The execution cache. Jupyter's cache finds a notebook by its code alone, so it does not see a
   change in ``w2slib`` and would publish figures of the old code. Here the folder of the cache is
   named after the source of ``w2slib`` and the installed packages: change either and every
   notebook runs again. ``W2S_EXECUTION_CACHE`` moves the cache out of ``_build``.
2. The notebooks run side by side, one per core, before Sphinx reads them one after the other. One
   that fails is not stored; myst-nb meets it again and reports it as always.
3. Search results show a summary of each page, which a browser may not fetch from ``file://``;
   there they are switched off, so that the console stays clean.
4. The list of references gets roles that screen readers know (docutils writes a deprecated one).
5. The formulas of quizzes (jupyterquiz) are set like all others, and their element is closed;
   ``quiz.js`` does the rest on pages that have one.
6. The description of a page in its card is its first sentences, in whole words, formulas in letters.

Formulas: `house_formulas`. What a page asks for: `house_pages`.
"""

from __future__ import annotations

import hashlib
import html
import importlib.metadata
import json
import os
import re
from pathlib import Path, PurePath

import house_formulas
import house_names
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

import w2slib

NO_SUMMARY_FROM_DISK = (
    'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
)

# Anything that a notebook writes to stderr is an error here; progress bars are written there.
os.environ["TQDM_DISABLE"] = "1"

QUIZ = "data-shufflequestions="
QUIZ_OPEN = re.compile(r"(?s)(<div [^>]*data-shufflequestions=.*?</style>)")
NO_QUIZ = (
    '<noscript><p class="w2s-noscript">The questions of this quiz need JavaScript.</p></noscript>'
)
# Descriptions of a page, and how long they become; what a paragraph of running text may stand in.
DESCRIPTION = re.compile(
    r'(<meta (?:property="og:description"|name="description") )content="[^"]*"'
)
LONGEST = 200
RUNNING = (
    nodes.document, nodes.section, nodes.bullet_list, nodes.enumerated_list, nodes.list_item,
)  # fmt: skip
QUESTIONS = re.compile(r"\bquestions\w+\s*=\s*(?=\[)")


def fingerprint() -> str:
    """Hash the source of ``w2slib`` and the versions of all installed packages."""
    digest = hashlib.sha256()
    package = Path(w2slib.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(package).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    versions = {f"{d.metadata['Name']}=={d.version}" for d in importlib.metadata.distributions()}
    digest.update("\n".join(sorted(versions)).encode())
    return digest.hexdigest()[:16]


def set_execution_cache(app, config) -> None:
    """Point myst-nb at the cache that belongs to the present code."""
    default = Path(app.outdir).parent / ".jupyter_cache"
    root = Path(os.environ.get("W2S_EXECUTION_CACHE") or default)
    config.nb_execution_cache_path = str(root / fingerprint())


def execute_side_by_side(app, env, docnames) -> None:
    """Fill the cache with the notebooks that Sphinx is about to read and that are not in it."""
    cache = get_cache(app.config.nb_execution_cache_path)
    paths = [str(path) for path in map(env.doc2path, docnames) if str(path).endswith(".ipynb")]
    left_out = app.config.nb_execution_excludepatterns  # the closed edition's exercises
    paths = [path for path in paths if not any(PurePath(path).match(p) for p in left_out)]
    for path in paths:
        cache.add_nb_to_project(path)
    # Only these: the cache may remember notebooks of another folder that is gone.
    if cache.list_unexecuted(filter_uris=paths):
        load_executor("local-parallel", cache).run_and_cache(
            filter_uris=paths, timeout=app.config.nb_execution_timeout
        )


def set_quizzes(body: str) -> str:
    """Set the formulas in the questions of each quiz of a page."""
    parts, at = [], 0
    for found in QUESTIONS.finditer(body):
        questions, length = json.JSONDecoder().raw_decode(body[found.end() :])
        text = json.dumps(_set(questions), ensure_ascii=False).replace("</", "<\\/")
        parts += [body[at : found.end()], text]
        at = found.end() + length
    return "".join([*parts, body[at:]])


def _set(part):
    """A part of a quiz with its formulas set."""
    if isinstance(part, str):
        return house_formulas.in_text(part)
    if isinstance(part, list):
        return [_set(one) for one in part]
    return {name: _set(one) for name, one in part.items()} if isinstance(part, dict) else part


def describe(doctree) -> str:
    """The first sentences of a page, for its card: whole words, formulas in letters."""
    told = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if _is_running_text(paragraph):
            told = " ".join(f"{told} {house_formulas.plain(paragraph)}".split())
        if len(told) > LONGEST:
            return told[: told.rindex(" ", 0, LONGEST)].rstrip(",;:–- ") + " …"
    return told


def _is_running_text(node) -> bool:
    """Whether a paragraph stands outside of boxes, tables, cells and footnotes."""
    while node.parent is not None:
        node = node.parent
        if not isinstance(node, RUNNING):
            return False
    return True


def describe_page(app, pagename, templatename, context, doctree) -> None:
    """Replace the description that sphinxext-opengraph has cut in the middle of words and formulas."""
    if doctree is not None and context.get("metatags"):
        text = html.escape(describe(doctree) or context["title"], quote=True)
        context["metatags"] = DESCRIPTION.sub(
            lambda found: f'{found[1]}content="{text}"', context["metatags"]
        )


def improve_page(app, pagename, templatename, context, doctree) -> None:
    """Mend what the writers leave to be mended in a page's HTML."""
    if context.get("body"):
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        context["body"] = house_names.name_toggles(context["body"])
    if QUIZ in (context.get("body") or ""):
        context["body"] = set_quizzes(QUIZ_OPEN.sub(rf"\1</div>{NO_QUIZ}", context["body"]))
        app.add_js_file("quiz.js", priority=600)


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("config-inited", set_execution_cache)
    app.connect("env-before-read-docs", execute_side_by_side)
    app.connect("html-page-context", improve_page)
    app.connect("html-page-context", describe_page, priority=800)  # after sphinxext-opengraph
    app.add_js_file(None, body=NO_SUMMARY_FROM_DISK)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
