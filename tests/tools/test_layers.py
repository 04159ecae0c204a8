"""The rules of imports hold, and the check of them finds what breaks them."""

from __future__ import annotations

import pytest

from tools.upkeep import layers


@pytest.fixture
def house(tmp_path):
    """Write modules of a small house: ``house({"w2slib/a.py": "import b"})``; return its root."""

    def write(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_the_rules_hold():
    assert layers.violations() == []


def test_a_program_that_imports_from_the_tests_is_found(house):
    root = house({"tools/a/b.py": "def f():\n    from tests.helpers import browser"})
    assert layers.violations(root) == ["tools.a.b imports tests.helpers.browser"]


def test_a_package_that_needs_its_repository_is_found(house):
    root = house({"w2slib/__init__.py": "", "w2slib/a.py": "import tools.vendor"})
    assert layers.violations(root) == ["w2slib.a imports tools.vendor"]


@pytest.mark.parametrize("line", ["import matplotlib.pyplot as plt", "from matplotlib import cm"])
def test_a_simulation_that_draws_is_found(house, line):
    files = {"w2slib/ridge.py": f"def f():\n    {line}", "w2slib/figures/a.py": line}
    (found,) = layers.violations(house(files))
    assert found.startswith("w2slib.ridge imports matplotlib: only w2slib.figures")


def test_modules_in_a_circle_are_found(house):
    files = {
        "w2slib/a.py": "from w2slib.core import b",
        "w2slib/core/__init__.py": "",
        "w2slib/core/b.py": "from .c import name",
        "w2slib/core/c.py": "def f():\n    from .. import a",
    }
    (found,) = layers.violations(house(files))
    assert found == "in a circle: w2slib.a -> w2slib.core.b -> w2slib.core.c -> w2slib.a"


def test_what_is_imported_for_its_type_only_is_no_circle(house):
    files = {
        "w2slib/a.py": "from w2slib.b import B",
        "w2slib/b.py": "if TYPE_CHECKING:\n    from w2slib.a import A\nB = 1",
    }
    assert layers.violations(house(files)) == []
