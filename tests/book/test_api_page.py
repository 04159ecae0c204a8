"""The API pages hold every public module; every public function tells what they promise."""

import importlib
import inspect
import pkgutil
import re

import pytest

import w2slib
from tools import ROOT
from tools.upkeep.chapters import row_of, section_of

PAGES = sorted((ROOT / "book" / "api").glob("*.md"))
PAGE = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
OVERVIEW = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
# Parts of the explorer are reached through w2slib.explorer, which the page documents.
MODULES = sorted(m.name for m in pkgutil.iter_modules(w2slib.__path__, "w2slib."))


def own_functions(name):
    module = importlib.import_module(name)
    members = inspect.getmembers(module, inspect.isfunction)
    return [f for key, f in members if not key.startswith("_") and f.__module__ == name]


def rooms():
    """Every module that holds what the page documents, the rooms of packages included."""
    names = [m.name for m in pkgutil.walk_packages(w2slib.__path__, "w2slib.")]
    return [name for name in names if not re.search(r"explorer\.|\._", name)]


CASES = [
    pytest.param(function, id=f"{name}.{function.__name__}")
    for name in rooms()
    for function in own_functions(name)
]


@pytest.mark.parametrize("name", MODULES)
def test_module_has_a_section(name):
    section = (
        rf"(?m)^## {re.escape(name)}\n\n```{{eval-rst}}\n\.\. automodule:: {re.escape(name)}\n"
    )
    bare = name.removeprefix("w2slib.")
    assert re.search(section, PAGE), f"write into a page of book/api/:\n{section_of(bare)}"
    row = row_of(bare, "what it holds", "api/PAGE")
    assert f"{{py:mod}}`{name}`" in OVERVIEW, f"write into book/api.md:\n{row}"


def test_page_names_no_module_that_is_gone():
    gone = set(re.findall(r"automodule:: (\S+)", PAGE)) - set(MODULES)
    assert not gone, f"remove their sections from the pages of book/api/: {gone}"


@pytest.mark.parametrize("function", CASES)
def test_docstring_has_purpose_and_example(function):
    text = inspect.getdoc(function)
    assert text
    assert ">>>" in text, f"{inspect.getsourcefile(function)}: no runnable example"


@pytest.mark.parametrize("function", CASES)
def test_docstring_does_not_shout_markup(function):
    """Text between bars would be read as a substitution; ``:math:`` or backquotes are the way."""
    text = re.sub(
        r":math:`[^`]*`|``[^`]*``|(?s:\.\. math::.*?\n\n)", "", inspect.getdoc(function) + "\n\n"
    )
    text = re.sub(r"(?m)^\s*>>>.*$|^\s*\.\.\. .*$", "", text)
    assert not re.search(r"\|[^\s|][^|\n]*\|", text)


def test_common_parameters_are_parameters_of_functions():
    table = OVERVIEW.split("### Parameters")[1].split("###")[0]
    rows = re.findall(r"(?m)^\| (`.*?`) \|", table)
    described = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert len(described) >= 10
    used = {name for case in CASES for name in inspect.signature(case.values[0]).parameters}
    assert described <= used
