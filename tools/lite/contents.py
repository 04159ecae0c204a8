"""What lies in the browser's file system: notebooks, and the wheels that they install."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from tools import ROOT
from tools.authoring import assignments
from tools.authoring.notebooks import BOOK, FIRST_LINES

sys.path.insert(0, str(BOOK / "_extensions"))
import house_alone

WHEELS = Path(__file__).with_name("wheels.txt")
BROWSER = Path(__file__).with_name("w2slib_browser.py")
IN_BROWSER = "%pip install -q w2slib w2slib-browser jupyterquiz\nimport w2slib_browser\n\n"
# Lower bounds that the release of Pyodide in pyodide.json does not reach; w2slib_browser bridges them.
BRIDGED = ("numpy", "scipy", "matplotlib")
# The one switch of sizes: where a notebook would take more than three minutes in the browser, these texts
# of its cells are replaced, and the sentence stands below its headline.
SMALLER = {
    "random_matrices.ipynb": (
        "In the browser, where Python multiplies matrices slowly, the samples of this notebook are smaller "
        "than on the page: 400 dimensions instead of 1000 in the first figure, 600 instead of 2000 in the "
        "single fit.",
        {
            "(int(1000 / gamma), 1000)": "(int(400 / gamma), 400)",
            "d, gamma, lam, noise_var = 2000,": "d, gamma, lam, noise_var = 600,",
        },
    ),
    "warm_start.ipynb": (
        "In the browser, where Python multiplies matrices slowly, the longest simulation of this notebook "
        "(five times the samples and the steps) ends at 100 dimensions instead of 200.",
        {"for d in (50, 100, 200):\n    rng = np": "for d in (50, 100):\n    rng = np"},
    ),
}


def notebooks(*, solutions: bool = True) -> dict[str, str]:
    """Text of each notebook by its path in the browser.

    Chapters, exercises with folded solutions (unless the edition is closed), and assignments without them.
    """
    found = {path.name: path.read_text(encoding="utf-8") for path in BOOK.glob("*.ipynb")}
    for path in assignments.sources():
        if solutions:
            found[f"exercises/{path.name}"] = path.read_text(encoding="utf-8")
        found[f"assignments/{path.name}"] = assignments.student_version(path)
    return {name: prepared(text, name) for name, text in sorted(found.items())}


def prepared(text: str, name: str = "") -> str:
    """A notebook whose first lines install the package from the site, in the size for the browser."""
    nb = json.loads(text)
    if name in SMALLER:
        _make_smaller(nb, *SMALLER[name])
    first = next(cell for cell in nb["cells"] if cell["cell_type"] == "code")
    source = "".join(first["source"])
    if not source.startswith(FIRST_LINES):
        raise ValueError("a notebook does not begin its code with templates/first_lines.py")
    first["source"] = (IN_BROWSER + source.removeprefix(FIRST_LINES)).splitlines(keepends=True)
    return json.dumps(nb, indent=1, ensure_ascii=False) + "\n"


def _make_smaller(nb: dict, sentence: str, changes: dict[str, str]) -> None:
    for old, new in changes.items():
        cells = [cell for cell in nb["cells"] if old in "".join(cell["source"])]
        if len(cells) != 1:
            raise ValueError(f"{len(cells)} cells hold {old!r}, which SMALLER replaces; allowed: 1")
        text = "".join(cells[0]["source"]).replace(old, new)
        cells[0]["source"] = text.splitlines(keepends=True)
    head = nb["cells"][0]
    title, *rest = "".join(head["source"]).split("\n")
    head["source"] = "\n".join([title, "", f"*{sentence}*", *rest]).splitlines(keepends=True)


def wheels(folder: Path) -> list[Path]:
    """Put the wheels into ``folder``: those of wheels.txt, checked by their hashes, and the book's."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ("--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:")
    options += ("--platform", "any", "--python-version", "3.12", "-d", str(folder))
    command = [sys.executable, "-m", "pip", "download", *options, "-r", str(WHEELS)]
    subprocess.run(command, check=True, timeout=600, stderr=subprocess.DEVNULL)
    relax(house_alone.make_wheel(folder))
    write_wheel(folder, "w2slib_browser", "1.0", {BROWSER.name: BROWSER.read_bytes()})
    return sorted(folder.glob("*.whl"))


def relax(wheel: Path) -> None:
    """Take the lower bounds of what is bridged out of a wheel's metadata."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in files if name.endswith(".dist-info/METADATA"))
    bounds = re.compile(rf"(?m)^(Requires-Dist: (?:{'|'.join(BRIDGED)}))>=\S+$")
    files[name] = bounds.sub(r"\1", files[name].decode()).encode()
    del files[next(name for name in files if name.endswith(".dist-info/RECORD"))]
    _pack(wheel, files)


def write_wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    """Write a wheel of pure Python without requirements."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
    tag = "Wheel-Version: 1.0\nGenerator: w2slib\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    own = {f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": tag.encode()}
    return _pack(folder / f"{name}-{version}-py3-none-any.whl", files | own)


def _pack(wheel: Path, files: dict[str, bytes]) -> Path:
    info = next(name for name in files if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
    rows = [f"{name},sha256={_hash(data)},{len(data)}" for name, data in files.items()]
    record = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(
                zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED
            )
    return wheel


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def write(folder: Path, *, solutions: bool = True) -> list[str]:
    """Write the notebooks below ``folder`` and return their paths there."""
    texts = notebooks(solutions=solutions)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


__all__ = ["ROOT", "notebooks", "prepared", "relax", "wheels", "write", "write_wheel"]
