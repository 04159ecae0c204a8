"""Check that an environment is one of the Python that was asked for, before `make` uses it.

    $(PYTHON) tools/upkeep/environment.py .venv [--asked]

`make` runs this with the Python of its variable PYTHON before it makes an environment, and before
everything that uses one. It writes nothing. It ends with a message that says what to do when

- this Python would make the environment, or was asked for, and is older than the project supports:
  made with it, the environment would stay unusable whatever PYTHON says later;
- the environment's own Python is gone, or older than the project supports;
- ``--asked`` (PYTHON was given, not the default) and the environment belongs to another Python.

The syntax is that of Python 3.6, so that an old Python gets as far as the message.
"""

import argparse
import os
import re
import sys

OLDEST = (3, 11)  # requires-python in pyproject.toml


def main(argv: "list[str] | None" = None) -> int:
    """Print what is wrong and return 1, or return 0."""
    parser = argparse.ArgumentParser(description="Check the Python of an environment.")
    parser.add_argument("folder", help="folder of the environment, which need not exist yet")
    parser.add_argument(
        "--asked", action="store_true", help="the environment has to belong to this very Python"
    )
    arguments = parser.parse_args(argv)
    message = problem(arguments.folder, arguments.asked)
    if message:
        print(message, file=sys.stderr)
    return 1 if message else 0


def problem(folder: str, asked: bool) -> "str | None":
    """Return what is wrong with the environment in ``folder`` and what to do, or None."""
    this = sys.version_info[:2]
    oldest = dotted(OLDEST)
    if this < OLDEST and (asked or not os.path.exists(folder)):
        return (
            f"{sys.executable} is Python {dotted(this)}; this project needs {oldest} or newer.\n"
            f"Name one: make PYTHON=python{oldest} ..."
        )
    if not os.path.exists(folder):
        return None
    anew = f"Remove it, and make builds it anew: rm -rf {folder}"
    found = settings(folder)
    version = tuple(map(int, re.findall(r"\d+", found.get("version", ""))[:2]))
    if len(version) < 2 or not os.path.exists(python_of(folder)):
        return f"{folder} is no working Python environment. {anew}"
    if version < OLDEST:
        return f"{folder} belongs to Python {dotted(version)}; this project needs {oldest} or newer.\n{anew}"
    if asked and (version != this or other_file(found.get("executable"))):
        owner = found.get("executable") or found.get("home", "?")
        return (
            f"{folder} belongs to Python {dotted(version)} ({owner}), but PYTHON asks for "
            f"{dotted(this)} ({base_executable()}).\n{anew}\n"
            f"or keep both: make VENV=.venv-{dotted(this)} PYTHON={sys.executable} ..."
        )
    return None


def settings(folder: str) -> "dict[str, str]":
    """Read pyvenv.cfg: what the environment says of its Python."""
    try:
        with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8") as file:
            pairs = [line.partition("=")[::2] for line in file if "=" in line]
    except OSError:
        return {}
    found = {key.strip().lower(): value.strip() for key, value in pairs}
    found.setdefault("version", found.get("version_info", ""))  # as virtualenv and uv call it
    return found


def python_of(folder: str) -> str:
    """Return the path of the environment's Python."""
    parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(folder, *parts)


def base_executable() -> str:
    """Return the file of this Python; inside an environment, of the Python it was made from."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def other_file(executable: "str | None") -> bool:
    """Tell whether an environment made from ``executable`` was made from another file than this."""
    return executable is not None and os.path.realpath(executable) != base_executable()


def dotted(version: "tuple[int, ...]") -> str:
    """Write (3, 11) as 3.11."""
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main())
