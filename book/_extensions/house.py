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
5. Quizzes (jupyterquiz) must neither fail when MathJax arrives late nor fetch another one from
   outside, and their element is closed; ``quiz.js`` does the rest on pages that have one.
6. On pages with widgets MathJax waits until they are drawn (``formulas_last.js``).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
from pathlib import Path, PurePath

import house_names
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

import w2slib

NO_SUMMARY_FROM_DISK = (
    'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
)

# Anything that a notebook writes to stderr is an error here; progress bars are written there.
os.environ["TQDM_DISABLE"] = "1"

WIDGET = "application/vnd.jupyter.widget-view+json"
FORMULAS_LAST = Path(__file__).with_name("formulas_last.js").read_text(encoding="utf-8")
QUIZ = "data-shufflequestions="
# What jupyterquiz writes, and what it is replaced by.
QUIZ_REPAIRS = {
    r"= MathJax\.version;": '= MathJax.version || "";',  # undefined until MathJax has loaded
    r"console\.log\('WARNING: Trying to force load MathJax 3'\);": "return;",
    r"(?s)(<div [^>]*data-shufflequestions=.*?</style>)": r"\1</div>",
}


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


def improve_page(app, pagename, templatename, context, doctree) -> None:
    """Mend what the writers leave to be mended in a page's HTML."""
    if context.get("body"):
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        context["body"] = house_names.name_toggles(context["body"])
    if QUIZ in (context.get("body") or ""):
        for written, mended in QUIZ_REPAIRS.items():
            context["body"] = re.sub(written, mended, context["body"])
        app.add_js_file("quiz.js", priority=600)
    if WIDGET in (context.get("body") or ""):
        app.add_js_file(None, body=FORMULAS_LAST, priority=600)  # after MathJax's own settings


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("config-inited", set_execution_cache)
    app.connect("env-before-read-docs", execute_side_by_side)
    app.connect("html-page-context", improve_page)
    app.add_js_file(None, body=NO_SUMMARY_FROM_DISK)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
