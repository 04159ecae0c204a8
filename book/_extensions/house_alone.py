"""A notebook alone: the package's wheel beside the book, and its address in what is downloaded.

1. The wheel of ``w2slib`` lies beside the front page, so that ``pip install ADDRESS/w2slib-....whl`` is
   all that a downloaded notebook needs; the site asks nobody else.
2. The first lines of a notebook (``templates/first_lines.py``) say so where the package is missing. In the
   notebook behind the download button they name the address, as far as _config.yml knows it; on the
   page, where nothing is missing, they are left out.
3. Where _config.yml has a button for Colab, the page shows the one line that is run there first.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docutils import nodes

ROOT = Path(__file__).parents[2]
FIRST_LINES = (ROOT / "templates" / "first_lines.py").read_text(encoding="utf-8")
# What the wheel is made of; in a folder of its own, since setuptools leaves things behind.
PARTS = ("pyproject.toml", "README.md", "LICENSE", "w2slib")
BUILD = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"
EPOCH = "1767225600"  # the same files make the same wheel
COLAB = (
    '<p class="w2s-colab">In Colab, run this line first: <code>%pip install {address}</code></p>'
)
# Jupyter Book's own repository, which it takes for that of a book whose _config.yml names none.
NOT_OURS = "https://github.com/executablebooks/jupyter-book"
# The first lines, up to their sentence; a build that does not start anew finds one that it wrote.
HEAD = FIRST_LINES.partition("(\n")[0].rpartition("\n")[0]
WHOLE = re.compile(
    rf"{re.escape(HEAD)}\n    raise ModuleNotFoundError\(\n(?: {{8}}.*\n)+    \)\n\n"
)


def make_wheel(target: Path) -> Path:
    """Build the wheel of the package into ``target``, and return its path.

    An older one is removed: the first lines name one file.
    """
    for old in target.glob("w2slib-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        for name in PARTS:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints")
                shutil.copytree(ROOT / name, Path(folder, name), ignore=ignored)
            else:
                shutil.copyfile(ROOT / name, Path(folder, name))
        done = subprocess.run(
            [sys.executable, "-P", "-c", BUILD, str(target.resolve())],
            cwd=folder,
            capture_output=True,
            text=True,
            env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
            timeout=300,
        )
    if done.returncode:
        raise RuntimeError("the wheel cannot be built:\n" + (done.stdout + done.stderr)[-3000:])
    return target / done.stdout.split()[-1]


def from_repository(options: dict) -> str | None:
    """What pip installs from the repository of the one switch in _config.yml, if there is one."""
    address = options.get("repository_url", "").strip().rstrip("/")
    branch = options.get("repository_branch", "").strip()
    if address in ("", NOT_OURS):
        return None
    return f"git+{address}" + (f"@{branch}" if branch else "")


def first_lines(wheel: str, site: str, repository: str | None) -> str:
    """The first lines of a downloaded notebook, in which what is known has taken its place."""
    named = f"%pip install {site.rstrip('/') or 'ADDRESS'}/{wheel}"
    if not site:
        named += ", where ADDRESS is that of the book's front page or the folder where it lies"
    ways = [named, *([f"%pip install {repository}"] if repository else [])]
    ways = ways if site else ways[::-1]
    sentence = f"The book's package is missing: run {' or '.join(ways)}."
    words = json.dumps(sentence, ensure_ascii=False)
    return f"{HEAD}\n    raise ModuleNotFoundError(\n        {words}\n    )\n\n"


def name_addresses(path: Path, lines: str) -> bool:
    """Replace the first lines of one notebook, and say whether it has any."""
    nb = json.loads(path.read_text(encoding="utf-8"))
    for cell in nb["cells"]:
        source = "".join(cell["source"])
        found = WHOLE.match(source) if cell["cell_type"] == "code" else None
        if found:
            cell["source"] = (lines + source[found.end() :]).splitlines(keepends=True)
            text = json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
            path.write_text(text, encoding="utf-8")
            return True
    return False


def leave_out(app, doctree) -> None:
    """Leave the first lines out of the page."""
    for block in doctree.findall(nodes.literal_block):
        text = block.astext()
        if text.startswith(FIRST_LINES):
            rest = text.removeprefix(FIRST_LINES)
            block.rawsource = rest
            block.children = [nodes.Text(rest)]
            block.children[0].parent = block
            return


def say_what_colab_needs(app, pagename, templatename, context, doctree) -> None:
    """Show the line for Colab below the title of a page that has a button for it."""
    options = app.config.html_theme_options
    repository = from_repository(options)
    colab = options.get("launch_buttons", {}).get("colab_url")
    is_notebook = str(context.get("page_source_suffix", "")) == ".ipynb"
    if repository and colab and is_notebook and context.get("body"):
        line = COLAB.format(address=html.escape(repository))
        context["body"] = re.sub(r"</h1>", lambda m: m[0] + line, context["body"], count=1)


def finish(app, error) -> None:
    """Put the wheel beside the pages and its address into the notebooks to be downloaded."""
    if error is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    wheel = make_wheel(folder).name
    site = app.config.html_baseurl or app.config.html_theme_options.get("baseurl", "")
    lines = first_lines(wheel, site, from_repository(app.config.html_theme_options))
    for path in sorted((folder / "_sources").rglob("*.ipynb")):
        name_addresses(path, lines)


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-read", leave_out)
    app.connect("html-page-context", say_what_colab_needs)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
