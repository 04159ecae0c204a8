"""The book's own Sphinx extension (``local_extensions`` in _config.yml).

One job so far: the execution cache. Jupyter's cache finds a notebook by its code alone, so it does
not see a change in ``w2slib`` and would publish figures of the old code. Here the folder of the
cache is named after the source of ``w2slib`` and the installed packages: change either and every
notebook runs again. ``W2S_EXECUTION_CACHE`` moves the cache out of ``_build``.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
from pathlib import Path

import w2slib


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


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("config-inited", set_execution_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
