"""Make, refresh and check the book's notebooks.

    python -m tools.authoring.notebooks COMMAND

    sync [PATH ...]          notebook and text source into step, the newer one wins
    sync --from source       ... the text wins (--from notebook: the notebook)
    outputs [PATH ...]       sync, run, store the checked outputs only
    check [PATH ...]         the rules below
    convert SRC.py DST.ipynb   a notebook of a script that stands anywhere else

PATH is a notebook or its source; without one, all notebooks of the book and of the slides are meant.

A notebook in git is its source and nothing else: cell ids count up (``cell-001``, ``cell-002``,
...), the metadata are the same in every notebook, and no outputs are stored, except those of cells
tagged ``nbval-check-output``. nbval compares those with what the cell prints, so they are part of
the test suite. Two people who convert the same source get the same bytes.

Beside each notebook stands the same text as a script with cell markers (jupytext's "py:percent"):
``book/ridge.ipynb`` and ``book/sources/ridge.py``. Read, review and edit whichever is easier. A save
in JupyterLab writes both (``jupytext.toml`` pairs them); after an edit elsewhere, ``sync`` does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

import nbformat

from tools import ROOT

BOOK = ROOT / "book"
SLIDES = ROOT / "slides"
COMMAND = "python -m tools.authoring.notebooks"
SOURCES = "sources"
# The header that jupytext would write names its version, so that each update would change all.
PERCENT = {"extension": ".py", "format_name": "percent", "notebook_metadata_filter": "-all"}
CHECKED = "nbval-check-output"
MAX_CODE_LINES = 25
MAX_COLUMNS = 100
MAX_CHECK_LINES = 32  # of an exercise: half of them say what is wrong
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
# A misspelt tag does nothing, silently; so only these are allowed. Tags that let a broken cell pass
# (raises-exception, nbval-skip, nbval-raises-exception, skip-execution) are left out on purpose.
TAGS = {
    CHECKED,
    "nbval-ignore-output",
    "hide-input",
    "hide-output",
    "hide-cell",
    "remove-input",
    "remove-output",
    "remove-cell",
    "full-width",
    "margin",
    "print",  # a static twin of an explorer: on paper, and where no script draws the live one
    "solution",
    "check",
}
# What a notebook says where the package is missing, and the build replaces by the book's own address
# (book/_extensions/house_alone.py): the first lines of every notebook of the book.
FIRST_LINES = (ROOT / "templates" / "first_lines.py").read_text(encoding="utf-8")
# Outputs that another machine or another run would not print again.
VOLATILE = re.compile(r"\bat 0x[0-9a-f]{6,}|(?<![\w.])/(?:home|root|Users|work|tmp)/\w")


def tags_of(cell) -> list[str]:
    """Return the cell's tags."""
    return list(cell.metadata.get("tags", []))


def normalise(nb):
    """Give ``nb`` the one form that is committed, in place, and return it."""
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = nbformat.from_dict(KERNEL)
    runs = 0
    for number, cell in enumerate(nb.cells, 1):
        cell["id"] = f"cell-{number:03d}"
        for volatile in ("execution", "collapsed", "scrolled", "lines_to_next_cell", "trusted"):
            cell.metadata.pop(volatile, None)
        # A notebook's file sorts these; so does the text, whichever of the two was written first.
        cell.metadata = nbformat.from_dict(json.loads(json.dumps(cell.metadata, sort_keys=True)))
        cell.source = cell.source.strip("\n")
        if cell.cell_type == "code":
            runs += 1
            kept = cell.outputs if CHECKED in tags_of(cell) else []
            cell.outputs = [_bare_output(output) for output in _join_streams(kept)]
            # nbval compares the outputs of a cell only if it has an execution count.
            cell.execution_count = runs if kept else None
        elif not cell.get("attachments"):
            cell.pop("attachments", None)
    return nb


def _join_streams(outputs):
    """Merge neighbouring pieces of one stream: where a print is cut is a matter of timing."""
    joined: list = []
    for output in outputs:
        same = joined and output.output_type == "stream" == joined[-1].output_type
        if same and joined[-1].name == output.name:
            joined[-1].text += output.text
        else:
            joined.append(nbformat.from_dict(output))
    return joined


def _bare_output(output):
    if output.output_type == "execute_result":
        output.execution_count = None
    if "data" in output:
        output.metadata = nbformat.from_dict({})
    return output


def read(path: Path):
    """Read a notebook as nbformat 4."""
    return nbformat.read(path, as_version=4)


def dumps(nb) -> str:
    """Return the text that is stored for ``nb``."""
    return nbformat.writes(nb, version=nbformat.NO_CONVERT) + "\n"


def write(nb, path: Path) -> None:
    """Store ``nb``, making its folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(nb), encoding="utf-8")


def convert(source: Path, target: Path, *, run: bool = True) -> None:
    """Turn a jupytext percent script into a committed notebook."""
    write(from_source(source.read_text(encoding="utf-8")), target)
    if run:
        refresh_outputs(target)


def refresh_outputs(path: Path) -> None:
    """Run the notebook where it stands (as nbval does) and keep the outputs of checked cells."""
    write(_executed(read(path), path.parent), path)


def _executed(nb, folder: Path):
    from nbclient import NotebookClient

    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(nb, kernel_name="python3", timeout=600, resources=resources).execute()
    return normalise(nb)


# --- the pair of a notebook and its text ----------------------------------------------------------


def source_path(notebook: Path) -> Path:
    """Return where the text of ``notebook`` stands."""
    return notebook.parent / SOURCES / f"{notebook.stem}.py"


def notebook_path(path: Path) -> Path:
    """Return the notebook that ``path``, a notebook or a source, belongs to."""
    return path if path.suffix == ".ipynb" else path.parent.parent / f"{path.stem}.ipynb"


def to_source(nb) -> str:
    """Return the text of a notebook: all of it but the stored outputs."""
    import jupytext

    return jupytext.writes(nb, PERCENT)


def from_source(text: str, outputs_from=None):
    """Return the notebook of a text; outputs of checked cells that did not change are kept."""
    import jupytext

    nb = jupytext.reads(text, PERCENT)
    stored = {c.source: c.outputs for c in getattr(outputs_from, "cells", ()) if c.get("outputs")}
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = stored.get(cell.source.strip("\n"), [])
    return normalise(nb)


def sync(notebook: Path, origin: str = "newer") -> list[Path]:
    """Bring a notebook and its source into step and return the files that were written.

    ``origin`` is ``"source"``, ``"notebook"`` or ``"newer"``. A checked cell whose code changed has
    no output any more; then the notebook is run.

    Raises
    ------
    ValueError
        If neither file exists, or if they differ and are of the same age.
    """
    source = source_path(notebook)
    if origin == "newer":
        origin = _newer(notebook, source)
    if origin == "source":
        nb = from_source(source.read_text(encoding="utf-8"), _read_if_sound(notebook))
    else:
        nb = normalise(read(notebook))
    if any(CHECKED in tags_of(cell) and not cell.get("outputs") for cell in nb.cells):
        nb = _executed(nb, notebook.parent)
    wanted = {notebook: dumps(nb), source: to_source(nb)}
    changed = [path for path, text in wanted.items() if _text(path) != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    return changed


def _newer(notebook: Path, source: Path) -> str:
    ages = {
        name: path.stat().st_mtime_ns
        for name, path in (("notebook", notebook), ("source", source))
        if path.is_file()
    }
    if not ages:
        raise ValueError(f"neither {notebook} nor {source} exists")
    if len(set(ages.values())) < len(ages) and not in_step(notebook):
        raise ValueError(
            f"{notebook} and {source} are of the same age: say --from source or notebook"
        )
    return max(ages, key=ages.__getitem__)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _read_if_sound(notebook: Path):
    """Read a notebook, or nothing if it is missing or, after a merge, not JSON."""
    try:
        return read(notebook)
    except (FileNotFoundError, nbformat.reader.NotJSONError):
        return None


def in_step(notebook: Path) -> bool:
    """Say whether notebook and source hold the same cells."""
    return _text(source_path(notebook)) == to_source(normalise(read(notebook)))


def pair_problems(notebook: Path) -> list[str]:
    """Name what is wrong between a notebook and its source; empty when they are in step."""
    source = source_path(notebook)
    if not source.is_file():
        return [f"has no text {SOURCES}/{source.name}; run `{COMMAND} sync`"]
    if not in_step(notebook):
        return [f"differs from {SOURCES}/{source.name}; run `{COMMAND} sync`"]
    return []


def stray_sources(folders: tuple[Path, ...] = (BOOK, SLIDES)) -> list[Path]:
    """List sources whose notebook does not exist."""
    texts = [path for folder in folders for path in folder.rglob(f"{SOURCES}/*.py")]
    return sorted(path for path in texts if not notebook_path(path).is_file())


# --- the rules ------------------------------------------------------------------------------------


def problems(path: Path) -> list[str]:
    """Name the rules that one notebook breaks, as sentences; empty when it is in order."""
    nb = read(path)
    found = []
    for number, cell in enumerate(nb.cells, 1):
        found += [f"cell {number}: {what}" for what in _cell_problems(cell)]
    found += _page_problems(path, nb)
    if not found and path.read_text(encoding="utf-8") != dumps(normalise(nb)):
        found.append(f"is not in the committed form; run `{COMMAND} outputs` on it")
    return found


def _cell_problems(cell) -> list[str]:
    found = []
    if "id" not in cell:
        found.append("has no cell id")
    found += [f"has the unknown tag {tag!r}" for tag in tags_of(cell) if tag not in TAGS]
    if cell.get("attachments"):
        found.append("has an attachment, which its text cannot hold; put the file into book/assets")
    if cell.cell_type != "code":
        return found
    lines = len(cell.source.removeprefix(FIRST_LINES).splitlines())
    most = MAX_CHECK_LINES if "check" in tags_of(cell) else MAX_CODE_LINES
    if lines > most:
        found.append(f"has {lines} lines of code (at most {most})")
    columns = max(map(len, cell.source.splitlines()), default=0)
    if columns > MAX_COLUMNS:
        found.append(f"has a line of {columns} characters (at most {MAX_COLUMNS})")
    if re.search(r"\bplt\.show\(\)", cell.source) and not _alt_text(cell):
        found.append('draws a figure without alt text (metadata mystnb={"image": {"alt": ...}})')
    checked = CHECKED in tags_of(cell)
    if cell.outputs and not checked:
        found.append(f"stores outputs without the tag {CHECKED}")
    if checked and not cell.outputs:
        found.append(f"is tagged {CHECKED} but stores no output to compare with")
    for output in cell.outputs:
        found += _output_problems(output)
    return found


def _alt_text(cell) -> str:
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip()


def _output_problems(output) -> list[str]:
    found = []
    if output.output_type == "error":
        return ["stores an exception"]
    text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
    if VOLATILE.search(text):
        found.append("stores an address or a path of one machine")
    if output.get("name") == "stderr":
        found.append("stores output from stderr")
    if any(kind.startswith("image/") for kind in output.get("data", {})):
        found.append("stores an image; print numbers in a checked cell")
    return found


def _page_problems(path: Path, nb) -> list[str]:
    found = []
    first = nb.cells[0] if nb.cells else None
    if first is None or first.cell_type != "markdown" or not _headings(first.source):
        return ["does not begin with a markdown cell that holds the title (# ...)"]
    if not first.source.startswith("# ") or first.source.startswith("# \n"):
        found.append("the first line is not the title (# ...)")
    titles = sum(len(_headings(c.source)) for c in nb.cells if c.cell_type == "markdown")
    if titles != 1:
        found.append(f"has {titles} first-level headings instead of 1")
    if nb.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("does not name the kernel python3")
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    if path.is_relative_to(BOOK) and not (code and code[0].startswith(FIRST_LINES)):
        found.append("does not begin its code with templates/first_lines.py")
    is_chapter = path.parent == BOOK
    if is_chapter and not any(CHECKED in tags_of(c) for c in nb.cells):
        found.append(f"is a chapter without a cell tagged {CHECKED} for its headline numbers")
    return found


def _headings(markdown: str) -> list[str]:
    """First-level headings, not counting lines inside ``` or ~~~ fences."""
    without_fences = re.sub(r"(?ms)^(```+|~~~+|:::+\{code).*?^(?:\1|:::+)\s*$", "", markdown)
    return re.findall(r"(?m)^# +\S.*$", without_fences)


def all_notebooks(folder: Path = BOOK) -> list[Path]:
    """List the notebooks below ``folder``, leaving out checkpoints and build folders."""
    return sorted(
        p
        for p in folder.rglob("*.ipynb")
        if not any(part.startswith((".", "_")) for part in p.relative_to(folder).parts)
    )


def paired_notebooks() -> list[Path]:
    """List every notebook that is committed together with its text."""
    return all_notebooks(BOOK) + all_notebooks(SLIDES)


def check(paths: list[Path], *, pairs: bool = True) -> int:
    """Print every problem of every notebook (and of its pair); return the exit code."""
    found = [(path, what) for path in paths for what in problems(path)]
    if pairs:
        found += [(path, what) for path in paths for what in pair_problems(path)]
        found += [(path, "is the text of no notebook") for path in stray_sources()]
    for path, what in found:
        print(f"{_shown(path)}: {what}", file=sys.stderr)
    print(f"{len(paths)} notebooks, {len(found)} problems")
    return 1 if found else 0


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make, refresh and check the book's notebooks.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("sync", help="bring notebooks and their text sources into step")
    one.add_argument("--from", dest="origin", choices=("source", "notebook"), default="newer")
    one.add_argument("paths", type=Path, nargs="*")
    one = commands.add_parser("outputs", help="sync, run, and store the checked outputs")
    one.add_argument("paths", type=Path, nargs="*")
    one = commands.add_parser("check", help="check notebooks against the house rules")
    one.add_argument("paths", type=Path, nargs="*")
    one = commands.add_parser("convert", help="jupytext percent script -> committed notebook")
    one.add_argument("source", type=Path)
    one.add_argument("target", type=Path)
    one.add_argument("--no-run", action="store_true", help="do not execute; leaves outputs empty")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one of the subcommands."""
    args = _parser().parse_args(argv)
    # One thread per kernel, as in the test suite; more only makes small problems slower.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    if args.command == "convert":
        convert(args.source, args.target, run=not args.no_run)
        return check([args.target.resolve()], pairs=False)
    paths = [notebook_path(path.resolve()) for path in args.paths] or paired_notebooks()
    if args.command != "check":
        for path in paths:
            for written in sync(path, getattr(args, "origin", "newer")):
                print(f"wrote {_shown(written)}")
            if args.command == "outputs":
                refresh_outputs(path)
    return check(paths)


if __name__ == "__main__":
    sys.exit(main())
