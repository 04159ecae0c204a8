"""The picture of the house shows the house, and imports point downwards."""

from pathlib import Path

import pytest

from tools import architecture


def house(folder: Path, **files: str) -> Path:
    package = folder / "w2slib"
    for name, text in {"__init__": "", **files}.items():
        path = package / f"{name.replace('__sub__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_page_and_picture_are_up_to_date():
    found = architecture.edges()
    assert not architecture.stale(found), "run python -m tools.architecture"


def test_imports_point_downwards():
    assert architecture.violations(architecture.edges()) == []


@pytest.mark.parametrize(
    "line",
    [
        "from w2slib.ridge import gate",
        "from w2slib import ridge",
        "import w2slib.ridge",
        "from .ridge import gate",
        "from . import ridge",
        "def f():\n    from w2slib.ridge import gate",
        "from w2slib.shown import gate",  # through a module that passes names on
    ],
)
def test_a_chapter_that_imports_a_chapter_is_found(tmp_path, line):
    root = house(
        tmp_path, ridge="", synthesis=line, shown="from w2slib.ridge import gate", core__sub__a=""
    )
    found = architecture.edges(root)
    assert found["synthesis"] == {"ridge"}
    assert architecture.violations(found) == ["synthesis imports ridge, which is not below it"]


def test_relative_imports_inside_a_room_are_its_own(tmp_path):
    root = house(
        tmp_path,
        ridge__sub____init__="from .theory import f",
        ridge__sub__theory="from ..core.a import g\nfrom . import other",
        core__sub__a="",
    )
    assert architecture.edges(root)["ridge"] == {"core"}


def test_arrows_that_follow_are_left_out():
    found = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert architecture._implied(found, found["a"]) == {"c"}
