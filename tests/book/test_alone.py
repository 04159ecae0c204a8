"""What a downloaded notebook says where the package is missing, and what a page says about Colab."""

import importlib.util
import json
from types import SimpleNamespace

import pytest

from tools import ROOT

SPEC = importlib.util.spec_from_file_location(
    "house_alone", ROOT / "book/_extensions/house_alone.py"
)
alone = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(alone)

SITE = "https://example.org/book/"
REPOSITORY = "https://github.com/OWNER/REPOSITORY"


def said(lines):
    """The sentence of some first lines, where the package is missing."""
    with pytest.raises(ModuleNotFoundError) as caught:
        exec(lines.replace('"w2slib"', '"no_such_package"'), {})
    return str(caught.value)


def test_the_first_lines_say_nothing_where_the_package_is():
    exec(alone.FIRST_LINES, {})
    exec(alone.first_lines("w2slib-1.whl", SITE, None), {})


@pytest.mark.parametrize(
    ("site", "repository", "told"),
    [
        ("", None, "run %pip install ADDRESS/w2slib-1.whl, where ADDRESS is"),
        (SITE, None, f"run %pip install {SITE}w2slib-1.whl."),
        (
            "",
            f"git+{REPOSITORY}",
            f"run %pip install git+{REPOSITORY} or %pip install ADDRESS/w2slib-1.whl, where",
        ),
        (SITE, "git+x", f"run %pip install {SITE}w2slib-1.whl or %pip install git+x."),
    ],
)
def test_what_is_known_of_the_book_stands_in_the_sentence(site, repository, told):
    assert told in said(alone.first_lines("w2slib-1.whl", site, repository))
    assert "%pip install ADDRESS" in said(alone.FIRST_LINES)


def test_only_the_first_lines_of_a_notebook_change(tmp_path):
    path = tmp_path / "page.ipynb"
    original = (ROOT / "book" / "ridge.ipynb").read_text(encoding="utf-8")
    path.write_text(original, encoding="utf-8")
    assert alone.name_addresses(path, alone.first_lines("w2slib-1.whl", SITE, None))
    old, new = json.loads(original), json.loads(path.read_text(encoding="utf-8"))
    different = [a for a, b in zip(old["cells"], new["cells"], strict=True) if a != b]
    assert len(different) == 1
    lines = alone.first_lines("w2slib-2.whl", SITE, None)
    assert alone.name_addresses(path, lines)  # the next build, of another version
    assert path.read_text(encoding="utf-8").count(json.dumps(lines.splitlines()[4])[1:-1]) == 1


@pytest.mark.parametrize(
    ("options", "suffix", "line"),
    [
        ({}, ".ipynb", None),
        ({"repository_url": REPOSITORY}, ".ipynb", None),
        # What Jupyter Book says of a book without a repository.
        (
            {
                "repository_url": "https://github.com/executablebooks/jupyter-book",
                "launch_buttons": {"colab_url": "https://colab"},
            },
            ".ipynb",
            None,
        ),
        ({"launch_buttons": {"colab_url": "https://colab"}}, ".ipynb", None),
        (
            {"repository_url": REPOSITORY + "/", "launch_buttons": {"colab_url": "https://colab"}},
            ".ipynb",
            f"%pip install git+{REPOSITORY}",
        ),
        (
            {
                "repository_url": REPOSITORY,
                "repository_branch": "main",
                "launch_buttons": {"colab_url": "https://colab"},
            },
            ".ipynb",
            f"%pip install git+{REPOSITORY}@main",
        ),
        (
            {"repository_url": REPOSITORY, "launch_buttons": {"colab_url": "https://colab"}},
            ".md",
            None,
        ),
    ],
)
def test_the_line_for_colab_is_shown_where_its_button_is(options, suffix, line):
    app = SimpleNamespace(config=SimpleNamespace(html_theme_options=options))
    context = {"body": "<h1>Title</h1><p>Text</p>", "page_source_suffix": suffix}
    alone.say_what_colab_needs(app, "book/ridge", "page.html", context, None)
    assert (f"<code>{line}</code>" in context["body"]) if line else ("pip" not in context["body"])
