"""Environments with the scientific stack but without the book's package, made in a second."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

OWN = ("w2slib", "__editable__", "__pycache__")


class Environment:
    """A new environment that sees the packages of this one, all but ``w2slib``."""

    def __init__(self, folder: Path):
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = str(folder / "bin" / "python")
        packages = folder / "packages"
        packages.mkdir()
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if not path.name.startswith(OWN) and path.suffix != ".pth":
                (packages / path.name).symlink_to(path)
        own = self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        Path(own, "stack.pth").write_text(f"{packages}\n", encoding="utf-8")

    def run(self, *arguments: str, cwd: Path | None = None, seconds: int = 120) -> str:
        """Run its Python, without this repository on the path, and return what it prints."""
        done = subprocess.run(
            [self.python, "-I", *arguments],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def install(self, *arguments: str, cwd: Path | None = None) -> None:
        """Install with pip, asking no index: everything that is needed is there."""
        options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation")
        pip = [sys.executable, "-m", "pip", "--python", self.python, "install", *options]
        done = subprocess.run(
            [*pip, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
