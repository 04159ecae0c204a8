"""Build the book's JupyterLite site: ``make lite [PYODIDE=folder or archive]``.

    python -m tools.lite.build [SITE] [--pyodide PATH] [--closed]    # default: _build/html

SITE is the built book; its folder ``lite`` gets JupyterLite's notebook and lab pages, Python for the
browser (`runtime`), the book's notebooks and the wheels that they install (`contents`), and the pages of
notebooks get a button (`pages`). The site asks nobody else, before or after a notebook is opened. It must
come from a web server, below any path: a browser starts no Python from ``file://``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import ROOT, folders
from tools.lite import contents, pages, runtime

SITE = ROOT / "_build" / "html"
ENVIRONMENT = ROOT / ".venv-lite"
PAGE = Path(__file__).with_name("page.js")
KATEX = ROOT / "book" / "assets" / "vendor" / "katex"
BUILD_SECONDS = 900
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# With the service worker Python could read files beside the notebook, but each import would ask it for
# each file, ten thousand times a chapter, and it needs https. The notebooks read package data only.
SERVICE_WORKER = "@jupyterlite/server-extension:service-worker"
# "Last checkpoint", which throws where a notebook has none yet.
CHECKPOINTS = "@jupyter-notebook/notebook-extension:checkpoints"
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Weak-to-strong generalization",
        "collaborative": False,
        "exposeAppInBrowser": True,
        "disabledExtensions": [SERVICE_WORKER, CHECKPOINTS],
        "litePluginSettings": {KERNEL: {"disablePyPIFallback": True}},
    },
}
# Follow the reader's colours; no news, no announcements; explorers stay in the page while one scrolls.
OVERRIDES = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


def build(site: Path, pyodide: str | None = None, *, solutions: bool = True) -> Path:
    """Build the lite site below ``site``, say where Python came from and its size; return its folder."""
    target = site / pages.LITE
    with tempfile.TemporaryDirectory() as scratch:
        lite = Path(scratch) / "lite"
        told, size = runtime.collect(lite / "static" / "pyodide", pyodide)
        contents.write(lite / "files", solutions=solutions)
        contents.wheels(lite / "pypi")
        (lite / "jupyter-lite.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        (lite / "overrides.json").write_text(json.dumps(OVERRIDES), encoding="utf-8")
        made = Path(scratch) / "made"
        _run_jupyterlite(lite, made)
        for path in made.rglob("*.map"):
            path.unlink()
        _add_to_pages(made)
        folders.claim(target)
        shutil.copytree(made, target, dirs_exist_ok=True)
        files = [target / path.relative_to(made) for path in made.rglob("*") if path.is_file()]
        folders.record(target, files)
    pages.add_buttons(site)
    whole = sum(path.stat().st_size for path in files)
    print(
        f"Python for the browser: {size / 1e6:.0f} MB from {told}; every file is the official one"
    )
    print(f"{target}: {whole / 1e6:.0f} MB")
    return target


def _run_jupyterlite(lite: Path, target: Path) -> None:
    command = [ENVIRONMENT / "bin" / "jupyter-lite", "build", "--lite-dir", lite]
    command += ["--output-dir", target, "--no-sourcemaps"]
    command += ["--apps", "lab", "--apps", "notebooks", "--apps", "tree"]
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=lite, capture_output=True, text=True, timeout=BUILD_SECONDS, env=environment
    )
    if done.returncode:
        raise RuntimeError("JupyterLite does not build:\n" + (done.stdout + done.stderr)[-4000:])


def _add_to_pages(site: Path) -> None:
    """Put the script of every page (``page.js``) and what sets formulas beside JupyterLite."""
    shutil.copytree(KATEX, site / "katex")
    shutil.copyfile(PAGE, site / PAGE.name)
    for path in site.rglob("index.html"):
        up = "../" * (len(path.relative_to(site).parts) - 1)
        text = path.read_text(encoding="utf-8")
        script = f'<head>\n    <script src="{up}{PAGE.name}"></script>'
        path.write_text(text.replace("<head>", script, 1), encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    """Build the site, and say how large it is and where Python came from."""
    parser = argparse.ArgumentParser(description="Build the book's JupyterLite site.")
    parser.add_argument("site", type=Path, nargs="?", default=SITE)
    parser.add_argument("--pyodide", help="folder or archive of Pyodide's release")
    parser.add_argument("--closed", action="store_true", help="without the exercises' solutions")
    args = parser.parse_args(argv)
    if not (args.site / "index.html").is_file():
        parser.error(f"{args.site} holds no book; build it first (make book)")
    try:
        build(args.site, args.pyodide or None, solutions=not args.closed)
    except ValueError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
