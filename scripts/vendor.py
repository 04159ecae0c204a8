"""Keep the browser files that the site serves itself (``book/assets/vendor/``).

    python scripts/vendor.py            # fetch everything anew, rewrite manifest.json (needs npm)
    python scripts/vendor.py --check    # offline: are the files those that the manifest names?

The published page must not ask any other server for anything, so MathJax, require.js, the Jupyter
widget manager and anywidget's front end are copied here. Packages come from the npm registry with
``npm pack``; anywidget's file comes from the *installed* wheel, as the two ends of a widget have
to be of one version. After ``pip install --upgrade anywidget`` the check fails until this is run.
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
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "book" / "assets" / "vendor"
MANIFEST = VENDOR / "manifest.json"


@dataclass(frozen=True)
class Package:
    """One npm package and what is taken from it: ``{file in the package: file in vendor/}``."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    folders: dict[str, str]


WIDGET_FONTS = "@jupyter-widgets/html-manager/dist/"
PACKAGES = (
    Package(
        "@jupyter-widgets/html-manager",
        "1.0.15",
        "BSD-3-Clause (FontAwesome fonts: OFL-1.1)",
        {
            "dist/embed-amd.js": "embed-amd.js",
            "dist/1551f4f60c37af51121f.woff2": WIDGET_FONTS + "1551f4f60c37af51121f.woff2",
            "dist/7a3337626410ca2f4071.woff2": WIDGET_FONTS + "7a3337626410ca2f4071.woff2",
            "dist/d878b0a6a1144760244f.woff2": WIDGET_FONTS + "d878b0a6a1144760244f.woff2",
        },
        {},
    ),
    Package("requirejs", "2.3.8", "MIT", {"require.js": "require.js"}, {}),
    Package(
        "mathjax",
        "3.2.2",
        "Apache-2.0",
        {"es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js", "LICENSE": "mathjax/LICENSE"},
        {"es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2"},
    ),
)
# Written for this book, so not in the manifest.
OWN_FILES = {"manifest.json", "widgets-setup.js"}
ANYWIDGET = ("anywidget", "nbextension/index.js", "anywidget.js", "MIT")


def main(argv: list[str] | None = None) -> int:
    """Refresh the vendored files, or check them."""
    parser = argparse.ArgumentParser(description="Keep the browser files that the site serves.")
    parser.add_argument("--check", action="store_true", help="compare with the manifest, offline")
    if parser.parse_args(argv).check:
        found = problems()
        print("\n".join(found) or f"{len(read_manifest()['files'])} vendored files as listed")
        return 1 if found else 0
    refresh()
    return 0


def read_manifest() -> dict:
    """Return the manifest: ``{"files": {path: {package, version, licence, source, sha256}}}``."""
    return json.loads(MANIFEST.read_text(encoding="utf-8"))


def problems() -> list[str]:
    """Name every way in which the vendored files differ from the manifest."""
    files = read_manifest()["files"]
    present = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    found = [f"{name}: not in the manifest" for name in sorted(present - set(files) - OWN_FILES)]
    for name, entry in files.items():
        if name not in present:
            found.append(f"{name}: missing")
        elif sha256(VENDOR / name) != entry["sha256"]:
            found.append(f"{name}: changed since it was fetched")
        if entry["package"] == "anywidget":
            installed = importlib.metadata.version("anywidget")
            if installed != entry["version"]:
                found.append(
                    f"{name}: of anywidget {entry['version']}, but {installed} is installed; "
                    "run scripts/vendor.py"
                )
    return found


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refresh() -> None:
    """Fetch every package, replace the vendored files and write the manifest."""
    entries: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            for target, content in _npm_files(package, Path(scratch)):
                _store(target, content)
                entries[target] = _entry(
                    package.name, package.version, package.licence, f"npm {package.name}"
                )
    name, member, target, licence = ANYWIDGET
    wheel_file = importlib.metadata.distribution(name).locate_file(f"{name}/{member}")
    _store(target, Path(wheel_file).read_bytes())
    version = importlib.metadata.version(name)
    entries[target] = _entry(name, version, licence, f"PyPI {name}, {member}")
    for target, entry in entries.items():
        entry["sha256"] = sha256(VENDOR / target)
    text = json.dumps({"files": dict(sorted(entries.items()))}, indent=1)
    MANIFEST.write_text(text + "\n", encoding="utf-8")
    for stale in problems():
        print(stale, file=sys.stderr)
    print(f"{len(entries)} files, {MANIFEST}")


def _npm_files(package: Package, scratch: Path):
    """Yield (path in vendor/, content) of the files wanted from one npm package."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to refresh the vendored files (apt-get install npm)")
    packed = subprocess.run(
        [npm, "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=scratch,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(scratch / packed.stdout.split()[-1]) as archive:
        for member in archive.getmembers():
            inside = member.name.removeprefix("package/")
            target = _target(package, inside)
            if target and member.isfile():
                yield target, archive.extractfile(member).read()


def _target(package: Package, inside: str) -> str | None:
    if inside in package.files:
        return package.files[inside]
    for folder, target in package.folders.items():
        if inside.startswith(folder + "/"):
            return target + inside.removeprefix(folder)
    return None


def _store(target: str, content: bytes) -> None:
    path = VENDOR / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _entry(package: str, version: str, licence: str, source: str) -> dict:
    return {"package": package, "version": version, "licence": licence, "source": source}


if __name__ == "__main__":
    sys.exit(main())
