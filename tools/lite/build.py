"""Build the book's JupyterLite site: ``make lite [PYODIDE=folder or archive]``.

    python -m tools.lite.build [TARGET] [--pyodide PATH] [--closed]    # default: _build/html/lite

TARGET gets JupyterLite's notebook and lab pages, Python for the browser (`runtime`), the book's notebooks and
the wheels that they install (`contents`). The site asks nobody else, before or after a notebook is opened. It
must come from a web server, below any path: a browser starts no Python from ``file://``.
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
from tools.lite import contents, runtime

TARGET = ROOT / "_build" / "html" / "lite"
ENVIRONMENT = ROOT / ".venv-lite"
BUILD_SECONDS = 900
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Weak-to-strong generalization",
        "collaborative": False,
        "exposeAppInBrowser": True,
        "litePluginSettings": {KERNEL: {"disablePyPIFallback": True}},
    },
}
# Follow the reader's colours; no news, no announcements.
OVERRIDES = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


def build(target: Path, pyodide: str | None = None, *, solutions: bool = True) -> tuple[str, int]:
    """Build the lite site into ``target``; return where Python came from and its size in bytes."""
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
        folders.claim(target)
        shutil.copytree(made, target, dirs_exist_ok=True)
        files = [target / path.relative_to(made) for path in made.rglob("*") if path.is_file()]
        folders.record(target, files)
    return told, size


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


def main(argv: list[str] | None = None) -> int:
    """Build the site, and say how large it is and where Python came from."""
    parser = argparse.ArgumentParser(description="Build the book's JupyterLite site.")
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    parser.add_argument("--pyodide", help="folder or archive of Pyodide's release")
    parser.add_argument("--closed", action="store_true", help="without the exercises' solutions")
    args = parser.parse_args(argv)
    try:
        told, size = build(args.target, args.pyodide or None, solutions=not args.closed)
    except ValueError as error:
        parser.error(str(error))
    whole = sum(path.stat().st_size for path in args.target.rglob("*") if path.is_file())
    print(
        f"Python for the browser: {size / 1e6:.0f} MB from {told}; every file is the official one"
    )
    print(f"{args.target}: {whole / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
