"""Keep the browser files that the site serves itself (``book/assets/vendor/``).

    python -m tools.vendor            # make everything anew, rewrite manifest.json (needs npm)
    python -m tools.vendor --check    # offline: are the files those that the manifest names?

The published page must not ask any other server for anything. So KaTeX, MathJax and
reveal.js (both for the slides) are copied here from their npm packages, and the widget manager is bundled
here from the npm packages that ``tools/widgets/package-lock.json`` pins: whole as ``widgets.js``, and
with the controls of explorers alone as ``explorers.js``. The bundles hold the front end
of anywidget from the *installed* wheel, because the two ends of a widget have to be of one version: after
an upgrade of anywidget the check fails until this script has run.

What an explorer carries wherever it is shown, JupyterLab included, lies in the package:
``w2slib/explorer/static/decompositions.js``, from ml-matrix.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from tools import ROOT

VENDOR = ROOT / "book" / "assets" / "vendor"
MANIFEST = VENDOR / "manifest.json"
BUNDLE_SOURCES = ROOT / "tools" / "widgets"
DECOMPOSITIONS = ROOT / "w2slib" / "explorer" / "static" / "decompositions.js"
DECOMPOSITION_SOURCES = ROOT / "tools" / "decompositions"

MATHJAX_VERSION = "3.2.2"
MATHJAX_FONTS = "output/chtml/fonts/woff-v2/"
MATHJAX_FILES = ("LICENSE", "es5/tex-mml-chtml.js", "es5/" + MATHJAX_FONTS)

# Sets the formulas when the book is built (book/_extensions); its style and its fonts are served.
KATEX_VERSION = "0.19.1"
KATEX_FILES = ("LICENSE", "dist/katex.mjs", "dist/katex-swap.min.css", "dist/fonts/*.woff2")

REVEAL_VERSION = "5.2.1"  # for the slides only (tools/authoring/slides.py)
REVEAL_FILES = (
    "LICENSE",
    "dist/reset.css",
    "dist/reveal.css",
    "dist/reveal.js",
    "plugin/notes/notes.js",
)

# What each npm package is, which of its files are copied, and what is cut from their names.
NPM_PACKAGES = [
    (
        {"package": "mathjax", "version": MATHJAX_VERSION, "licence": "Apache-2.0"},
        MATHJAX_FILES,
        "es5/",
    ),
    ({"package": "katex", "version": KATEX_VERSION, "licence": "MIT"}, KATEX_FILES, "dist/"),
    ({"package": "reveal.js", "version": REVEAL_VERSION, "licence": "MIT"}, REVEAL_FILES, ""),
]

# What each bundle has that the other has not: explorers.js goes without jQuery and most of Lumino.
BUNDLES = {
    "widgets": (),
    "explorers": ("--alias:jquery=./jquery.js", "--alias:@lumino/widgets=./lumino.js"),
}
ESBUILD_CSS = ["--bundle", "--minify"]
ESBUILD_JS = [
    "--bundle",
    "--minify",
    "--format=iife",
    "--target=es2020",
    "--legal-comments=none",  # the licences are in widgets.licences.txt
    "--loader:.css=text",
    "--alias:sanitize-html=./sanitize.js",
    "--define:MathJax.Hub.Queue=w2sTypeset",
    "--define:MathJax.Hub=0",
    "--define:define=w2sDefine",
    "--define:AbortSignal.timeout=w2sPatience",
    "--define:global=window",
    "--metafile=meta.json",
]

ESBUILD_DECOMPOSITIONS = [
    "decompositions.js",
    "--bundle",
    "--minify",
    "--format=iife",
    "--global-name=decompositions",
    "--target=es2020",
    "--legal-comments=none",  # the licence is put on top
    "--outfile=out.js",
]


def main(argv: list[str] | None = None) -> int:
    """Refresh the vendored files, or check them."""
    parser = argparse.ArgumentParser(description="Keep the browser files that the site serves.")
    parser.add_argument("--check", action="store_true", help="compare with the manifest, offline")
    if not parser.parse_args(argv).check:
        refresh()
    found = problems()
    print("\n".join(found) or f"{len(read_manifest()['files'])} vendored files as listed")
    return 1 if found else 0


# --- check ----------------------------------------------------------------------------------------


def read_manifest() -> dict:
    """Return the manifest.

    ``files`` maps each vendored file to its package, version, licence, source and sha256;
    ``bundle`` tells what widgets.js and explorers.js were made of (``inputs``: sha256, ``packages``:
    licence), and ``decompositions`` the same of the file that lies in the package.
    """
    return json.loads(MANIFEST.read_text(encoding="utf-8"))


def problems() -> list[str]:
    """Name every way in which the vendored files differ from the manifest."""
    manifest = read_manifest()
    files = manifest["files"]
    present = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    unlisted = present - set(files) - {MANIFEST.name}
    found = [f"{name}: not in the manifest" for name in sorted(unlisted)]
    for name, entry in files.items():
        if name not in present:
            found.append(f"{name}: missing")
        elif sha256(VENDOR / name) != entry["sha256"]:
            found.append(f"{name}: changed since it was made")
    for name, digest in bundle_inputs().items():
        if manifest["bundle"]["inputs"].get(name) != digest:
            found.append(f"{name}: changed since widgets.js was made; run `make vendor`")
    found += _decomposition_problems(manifest["decompositions"])
    bundled = manifest["bundle"]["packages"]["anywidget"]["version"]
    installed = importlib.metadata.version("anywidget")
    if installed != bundled:
        found.append(
            f"widgets.js: holds anywidget {bundled}, but {installed} is installed; "
            "run `make vendor`"
        )
    return found


def _decomposition_problems(entry: dict) -> list[str]:
    name = DECOMPOSITIONS.name
    found = []
    if sha256(DECOMPOSITIONS) != entry["sha256"]:
        found.append(f"{name}: changed since it was made")
    if decomposition_inputs() != entry["inputs"]:
        found.append(f"{name}: its sources have changed since it was made; run `make vendor`")
    return found


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def bundle_inputs() -> dict[str, str]:
    """Return the sha256 of everything of ours, and of anywidget, that goes into the bundle."""
    own = {path.relative_to(ROOT).as_posix(): sha256(path) for path in BUNDLE_SOURCES.iterdir()}
    return dict(sorted(own.items())) | {"anywidget front end": sha256(anywidget_file())}


def decomposition_inputs() -> dict[str, str]:
    """Return the sha256 of everything of ours that goes into decompositions.js."""
    paths = [p for p in DECOMPOSITION_SOURCES.rglob("*") if p.is_file()]
    return {p.relative_to(ROOT).as_posix(): sha256(p) for p in sorted(paths)}


def anywidget_file() -> Path:
    """Return the front end of anywidget in the installed wheel."""
    wheel = importlib.metadata.distribution("anywidget")
    return Path(wheel.locate_file("anywidget/nbextension/index.js"))


# --- refresh --------------------------------------------------------------------------------------


def refresh() -> None:
    """Make every vendored file and the manifest anew; replace the old ones when all is done."""
    files: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "vendor"
        fresh.mkdir()
        for entry, wanted, prefix in NPM_PACKAGES:
            _copy_npm(entry, wanted, prefix, Path(scratch), fresh, files)
        packages = _bundle_widgets(Path(scratch) / "widgets", fresh, files)
        for name, entry in files.items():
            entry["sha256"] = sha256(fresh / name)
        made = {
            "files": dict(sorted(files.items())),
            "bundle": {"inputs": bundle_inputs(), "packages": packages},
            "decompositions": refresh_decompositions(Path(scratch) / "decompositions"),
        }
        text = json.dumps(made, indent=1)
        (fresh / MANIFEST.name).write_text(text + "\n", encoding="utf-8")
        shutil.rmtree(VENDOR, ignore_errors=True)
        shutil.copytree(fresh, VENDOR)


def _copy_npm(entry: dict, wanted: tuple[str, ...], prefix: str, scratch: Path, fresh: Path, files):
    """Copy from an npm package the files of ``wanted``: names, patterns, and folders with a final slash."""
    source = f"{entry['package']}@{entry['version']}"
    packed = _npm("pack", "--silent", source, cwd=scratch).split()[-1]
    with tarfile.open(scratch / packed) as archive:
        for member in archive.getmembers():
            inside = member.name.removeprefix("package/")
            listed = [w for w in wanted if fnmatch(inside, w + "*" * w.endswith("/"))]
            if member.isfile() and listed:
                target = f"{entry['package']}/" + inside.removeprefix(prefix)
                (fresh / target).parent.mkdir(parents=True, exist_ok=True)
                (fresh / target).write_bytes(archive.extractfile(member).read())
                files[target] = entry | {"source": f"npm {source}, {inside}"}


def _bundle_widgets(work: Path, fresh: Path, files: dict[str, dict]) -> dict[str, dict]:
    """Build widgets.js and explorers.js; return the packages in them, with version and licence."""
    shutil.copytree(BUNDLE_SOURCES, work)
    shutil.copy(anywidget_file(), work / "anywidget.js")
    _npm("ci", "--silent", "--no-audit", "--no-fund", cwd=work)
    folders: dict[str, Path] = {}
    for name, own in BUNDLES.items():
        _esbuild(work, f"{name}.css", *ESBUILD_CSS, f"--outfile={name}.built.css")
        _esbuild(work, f"{name}.js", *ESBUILD_JS, *own, f"--outfile={name}.built.js")
        folders |= _bundled_folders(work)
        shutil.copy(work / f"{name}.built.js", fresh / f"{name}.js")
    packages = {name: _npm_package(folder) for name, folder in sorted(folders.items())}
    packages["anywidget"] = {"version": importlib.metadata.version("anywidget"), "licence": "MIT"}
    texts = [_licence_text(name, folder) for name, folder in sorted(folders.items())]
    texts.append(_heading("anywidget") + _wheel_licence("anywidget"))
    (fresh / "widgets.licences.txt").write_text("\n".join(texts), encoding="utf-8")
    entry = {
        "package": "bundle of " + ", ".join(sorted(packages)),
        "version": f"@jupyter-widgets/controls {packages['@jupyter-widgets/controls']['version']}, "
        f"anywidget {packages['anywidget']['version']}",
        "licence": " AND ".join(sorted({package["licence"] for package in packages.values()})),
        "source": "built by tools/vendor.py from tools/widgets",
    }
    for name in ("widgets.js", "explorers.js", "widgets.licences.txt"):
        files[name] = dict(entry)
    return dict(sorted(packages.items()))


def _esbuild(work: Path, *arguments: str) -> None:
    esbuild = ["node_modules/.bin/esbuild", "--log-level=warning", *arguments]
    subprocess.run(esbuild, cwd=work, check=True)


def refresh_decompositions(work: Path) -> dict:
    """Build decompositions.js in the package, and return what the manifest says of it.

    ml-matrix's two decompositions are taken as they are; the matrix that they work on is ours, because
    the whole of the package's own would weigh more than the explorer.
    """
    shutil.copytree(DECOMPOSITION_SOURCES, work)
    _npm("ci", "--silent", "--no-audit", "--no-fund", cwd=work)
    package = work / "node_modules" / "ml-matrix"
    shutil.copytree(package / "src" / "dc", work / "dc")
    _esbuild(work, *ESBUILD_DECOMPOSITIONS)
    code = (work / "out.js").read_text(encoding="utf-8").removeprefix("var ")
    licence = (package / "LICENSE").read_text(encoding="utf-8").strip()
    about = {"package": "ml-matrix", **_npm_package(package)}
    heading = f"From ml-matrix {about['version']}, by tools/vendor.py from tools/decompositions."
    DECOMPOSITIONS.write_text(
        f"// @ts-nocheck\n/*! {heading}\n\n{licence}\n*/\nexport const {code}", encoding="utf-8"
    )
    return about | {"inputs": decomposition_inputs(), "sha256": sha256(DECOMPOSITIONS)}


def _bundled_folders(work: Path) -> dict[str, Path]:
    """Return the folders of the packages that really are in the bundle, not only installed."""
    meta = json.loads((work / "meta.json").read_text(encoding="utf-8"))
    (output,) = meta["outputs"].values()
    names = {"@jupyter-widgets/controls", "@lumino/widgets"}  # these also give the style sheets
    for path, used in output["inputs"].items():
        if "node_modules/" in path and used["bytesInOutput"]:
            parts = path.rsplit("node_modules/", 1)[1].split("/")
            names.add("/".join(parts[: 2 if parts[0].startswith("@") else 1]))
    return {name: work / "node_modules" / name for name in sorted(names)}


def _npm_package(folder: Path) -> dict:
    about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return {"version": about["version"], "licence": about["license"]}


def _heading(name: str) -> str:
    return f"{'=' * 80}\n{name}\n{'=' * 80}\n\n"


def _licence_text(name: str, folder: Path) -> str:
    found = sorted(p for p in folder.iterdir() if p.name.lower().startswith(("licen", "copying")))
    if found:
        return _heading(name) + found[0].read_text(encoding="utf-8")
    if name.startswith("@jupyter-widgets/"):  # one repository with ipywidgets, one licence
        return _heading(name) + _wheel_licence("ipywidgets")
    about = _npm_package(folder)
    return _heading(name) + f"{about['licence']}, as its package.json says; no text enclosed.\n"


def _wheel_licence(name: str) -> str:
    wheel = importlib.metadata.distribution(name)
    (path,) = [file for file in wheel.files if file.name.startswith("LICENSE")]
    return path.locate().read_text(encoding="utf-8")


def _npm(*arguments: str, cwd: Path) -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to make the vendored files (apt-get install npm)")
    done = subprocess.run([npm, *arguments], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
