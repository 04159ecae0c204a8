"""Links into explorers: ``ridge.html#ridge?lam_t=0.02`` must lead to a setting that exists."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from tests.helpers.explorers import EXPLORERS
from w2slib.explorer import PhaseExplorer

_BY_ID = {case.explorer_id: case for case in EXPLORERS}
_MADE: dict[str, PhaseExplorer] = {}


def explorer(explorer_id: str) -> PhaseExplorer:
    """The explorer of that id, made once."""
    if explorer_id not in _MADE:
        _MADE[explorer_id] = _BY_ID[explorer_id].make()
    return _MADE[explorer_id]


def settings_of(link: str) -> tuple[PhaseExplorer, dict[str, float]]:
    """Explorer and complete settings of a link; `ValueError` says what is wrong with it.

    Names or values that the browser would drop or move to the end of a slider are errors here.
    """
    parts = urlsplit(link)
    explorer_id, _, query = parts.fragment.partition("?")
    if explorer_id not in _BY_ID:
        raise ValueError(f"{link}: no explorer {explorer_id!r}; allowed: {', '.join(_BY_ID)}")
    page = _BY_ID[explorer_id].page.removeprefix("book/")
    if parts.path != f"{page}.html":
        raise ValueError(f"{link}: explorer {explorer_id!r} stands on {page}.html")
    pairs = [pair for pair in parse_qsl(query, strict_parsing=True) if pair != ("covered", "1")]
    settings = {name: float(value) for name, value in pairs}
    if len(settings) != len(pairs):
        raise ValueError(f"{link}: a name occurs twice")
    phase = explorer(explorer_id)
    phase.field.check(settings)
    return phase, phase.field.defaults | settings
