"""Check what imports what: ``python -m tools.upkeep.layers``.

- No two modules of `w2slib` import each other, directly or round several corners.
- Only ``figures`` and ``explorer`` import what draws; only ``explorer`` what makes widgets.
- `w2slib` needs nothing of the repository around it, and no program imports from the tests.

Which room of the package may import which other is checked by `tools.architecture`.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools import ROOT

# Who imports nothing of whom, by the first parts of their names.
FORBIDDEN = (
    ("w2slib", ("tools", "studies", "tests")),
    ("tools", ("tests",)),
    ("studies", ("tools", "tests")),
)
# Who alone imports these packages. w2slib.plots is the old name of w2slib.figures.
RESERVED = {
    "matplotlib": ("w2slib.figures", "w2slib.explorer", "w2slib.plots"),
    "ipywidgets": ("w2slib.explorer",),
    "anywidget": ("w2slib.explorer",),
    "IPython": ("w2slib.explorer",),
}


def modules(root: Path, folder: str) -> dict[str, Path]:
    """Every module in a folder of ``root`` by its dotted name."""
    found = {}
    for path in sorted((root / folder).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, name: str) -> set[str]:
    """Dotted names that a module imports, at any depth of its code, but not for its types only."""
    found: set[str] = set()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            home = ".".join([*base, *filter(None, [node.module])])
            found |= {f"{home}.{each.name}" for each in node.names}
    return found


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below ``node`` apart from what stands under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _statements(child)


def within(name: str, room: str) -> bool:
    """Whether the module ``name`` is the room, or in it."""
    return name == room or name.startswith(f"{room}.")


def violations(root: Path = ROOT) -> list[str]:
    """What breaks a rule, one line each."""
    found = []
    for folder, forbidden in FORBIDDEN:
        for name, path in modules(root, folder).items():
            for target in sorted(imports(path, name)):
                found += [f"{name} imports {target}" for room in forbidden if within(target, room)]
    package = modules(root, "w2slib")
    graph = {name: imports(path, name) for name, path in package.items()}
    for name, targets in graph.items():
        for library, rooms in RESERVED.items():
            if any(within(target, library) for target in targets) and not any(
                within(name, room) for room in rooms
            ):
                found.append(f"{name} imports {library}: only {', '.join(rooms)} may")
    return found + [f"in a circle: {' -> '.join(circle)}" for circle in circles(graph)]


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Modules that import each other in a circle, one list for each circle found."""
    edges = {name: sorted(_owners(targets, graph) - {name}) for name, targets in graph.items()}
    found: list[list[str]] = []
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> None:
        if name in trail:
            found.append([*trail[trail.index(name) :], name])
        elif name not in done:
            for target in edges[name]:
                visit(target, [*trail, name])
            done.add(name)

    for name in edges:
        visit(name, [])
    return found


def _owners(targets: set[str], graph: Mapping[str, set[str]]) -> set[str]:
    """Modules that hold what is imported: ``a.b.c`` is a module, or a name in the module ``a.b``."""
    parents = {target.rpartition(".")[0] for target in targets if target not in graph}
    return (targets | parents) & set(graph)


def main(argv: list[str] | None = None) -> int:
    """Print what breaks a rule; return 1 if anything does."""
    argparse.ArgumentParser(description="Check what imports what.").parse_args(argv)
    found = violations()
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
