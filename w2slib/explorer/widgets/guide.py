"""Decision guide: a few questions that end at the mechanism at work, with and without a kernel.

The tree of questions is data; the browser shows one node at a time, as a question with real buttons
or as a verdict with the condition to check and links into the book. Like the explorers it works on
the published page, where no kernel answers, and makes no request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import anywidget
import traitlets

from . import bundle
from .linked import check_id


@dataclass(frozen=True)
class Option:
    """One answer to a question: its button's label, and the name of the node that it leads to."""

    label: str
    to: str


@dataclass(frozen=True)
class Question:
    """A question with its answers; `hint` says how to find out."""

    text: str
    hint: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Verdict:
    """Where a path ends.

    Attributes
    ----------
    wins : bool
        Whether the student beats its teacher here.
    mechanism : str
        Name of the mechanism, or of the reason why there is none.
    why : str
        One sentence.
    condition : str
        The condition to check, in plain characters.
    page, title : str
        Chapter to read: file name without suffix, and its title.
    explorer, settings
        Explorer of that chapter and the settings that show the case; empty if there is none.
    """

    wins: bool
    mechanism: str
    why: str
    condition: str
    page: str
    title: str
    explorer: str = ""
    settings: Mapping[str, float] | None = None

    @property
    def link(self) -> str:
        """Address of the chapter, with the explorer's settings where there are any."""
        fragment = f"#{self.explorer}?{urlencode(self.settings)}" if self.settings else ""
        return f"{self.page}.html{fragment}"


class Guide(anywidget.AnyWidget):
    """Questions and answers, one at a time.

    Parameters
    ----------
    nodes : mapping of str to Question or Verdict
        The tree; every option leads to a node, and every path ends at a verdict.
    start : str
        First question.
    guide_id : str
        Name on the page.
    title : str
        Accessible name.

    Attributes
    ----------
    path : list of int
        Index of the answer given to each question so far; synchronised with the browser.

    Raises
    ------
    ValueError
        If an option leads nowhere, a node cannot be reached, a path does not end, or the name cannot
        be a part of an address.

    Examples
    --------
    >>> from w2slib import explorer
    >>> guide = explorer.decision_guide()
    >>> guide.path = [0, 1]
    >>> guide.current.mechanism
    'Nothing to repair'
    """

    _esm = bundle.script("guide.js")
    _css = bundle.style("explorer.css", "guide.css")

    options = traitlets.Dict(help="everything the browser needs").tag(sync=True)
    path = traitlets.List(traitlets.Int(), help="answers given so far").tag(sync=True)

    def __init__(
        self, nodes: Mapping[str, Question | Verdict], start: str, *, guide_id: str, title: str
    ) -> None:
        check_id("guide_id", guide_id)
        _check(nodes, start)
        self.nodes, self.start, self._id = dict(nodes), start, guide_id
        described: dict[str, dict[str, Any]] = {
            name: asdict(node) | ({"link": node.link} if isinstance(node, Verdict) else {})
            for name, node in nodes.items()
        }
        super().__init__(
            options={
                "id": guide_id,
                "title": title,
                "start": start,
                "nodes": described,
                "covered": False,
            }
        )
        self.add_class("w2s-explorer")
        self.add_class("w2s-guide")

    @traitlets.validate("path")
    def _valid_path(self, proposal: dict[str, Any]) -> list[int]:
        self._follow(proposal["value"])
        return proposal["value"]

    @property
    def current(self) -> Question | Verdict:
        """Node at the end of the present path."""
        return self._follow(self.path)

    def _follow(self, path: Sequence[int]) -> Question | Verdict:
        node = self.nodes[self.start]
        for answer in path:
            options = node.options if isinstance(node, Question) else ()
            if not 0 <= answer < len(options):
                raise ValueError(
                    f"path = {list(path)}: answer {answer} of {len(options)}; allowed: 0 ..."
                )
            node = self.nodes[options[answer].to]
        return node

    def cover(self, covered: bool = True) -> Guide:
        """Let the reader guess before each verdict; returns the guide.

        The guess stays in the browser's page.
        """
        self.options = self.options | {"covered": bool(covered)}
        return self

    def walk(self) -> Iterator[tuple[list[int], Verdict]]:
        """Every path that ends at a verdict, with it."""
        waiting: list[list[int]] = [[]]
        while waiting:
            path = waiting.pop()
            node = self._follow(path)
            if isinstance(node, Verdict):
                yield path, node
            else:
                waiting += [[*path, k] for k in reversed(range(len(node.options)))]

    def outline(self) -> str:
        """The whole tree as nested Markdown lists, for print and for readers without JavaScript."""
        return "\n".join(self._outline(self.start, 0))

    def _outline(self, name: str, depth: int) -> Iterator[str]:
        node, indent = self.nodes[name], "  " * depth
        if isinstance(node, Verdict):
            sign = "student wins" if node.wins else "student does not win"
            yield f"{indent}- **{node.mechanism}** ({sign}). {node.why} *Check:* {node.condition}"
            return
        yield f"{indent}- {node.text}"
        for option in node.options:
            yield f"{indent}  - *{option.label}*"
            yield from self._outline(option.to, depth + 2)

    def __repr__(self) -> str:
        return f"Guide({self._id!r})"


def _check(nodes: Mapping[str, Question | Verdict], start: str) -> None:
    """Every option leads to a node, every node is reached, and no path meets itself."""
    if start not in nodes:
        raise ValueError(f"start = {start!r}; allowed: one of {', '.join(nodes)}")
    reached: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name not in nodes:
            raise ValueError(f"option to {name!r}; allowed: one of {', '.join(nodes)}")
        if name in above:
            raise ValueError(f"option to {name!r} closes a circle; allowed: a tree")
        reached.add(name)
        for option in getattr(nodes[name], "options", ()):
            visit(option.to, (*above, name))

    visit(start, ())
    lost = sorted(set(nodes) - reached)
    if lost:
        raise ValueError(f"nodes {', '.join(lost)} cannot be reached; allowed: only nodes that can")
