"""Folders that a command writes: none that holds anything else is touched."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

MARKER = ".written-by-w2slib"
"""Names, one in a line, the files of its folder that a command wrote."""


def claim(folder: Path) -> Path:
    """Make ``folder`` ready to be written into, and return it.

    A folder that is new or empty gets the marker. In one that has it, the files that it names are
    removed: they are about to be written anew. Whatever else lies there stays.

    Raises
    ------
    SystemExit
        If ``folder`` is a file, or holds something and has no marker: a command did not write it.
    """
    marker = folder / MARKER
    if folder.exists() and not folder.is_dir():
        raise SystemExit(f"{folder} is a file, not a folder; name another one")
    if not marker.exists() and folder.exists() and any(folder.iterdir()):
        raise SystemExit(
            f"{folder} holds files that this command did not write; name a new or an empty folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in written(folder):
        path = folder / name
        if path.is_relative_to(folder) and ".." not in path.parts:
            path.unlink(missing_ok=True)
    marker.touch()
    return folder


def written(folder: Path) -> list[str]:
    """Files, relative to ``folder``, that the marker in it names."""
    marker = folder / MARKER
    return marker.read_text(encoding="utf-8").split("\n")[:-1] if marker.exists() else []


def record(folder: Path, paths: list[Path]) -> None:
    """Note in the marker which files were written."""
    names = sorted({path.relative_to(folder).as_posix() for path in paths})
    (folder / MARKER).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def command(
    write: Callable[[Path], list[Path]],
    target: Path,
    argv: list[str] | None,
    *,
    description: str,
    say: Callable[[Path], str] = str,
) -> int:
    """Command line of a program that writes a folder, ``target`` by default, and names its files."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("target", type=Path, nargs="?", default=target)
    for path in write(parser.parse_args(argv).target):
        print(say(path))
    return 0


def to_open(path: Path) -> str:
    """Say where a page is, as an address that a terminal lets one click."""
    return f"Open {path.resolve().as_uri()}"
