"""Cells of a notebook, run in this process: with small simulations, again, or with other settings.

nbval and the book run every notebook in a kernel, as a reader does. Here a cell can be run again
after the last one, or with one of its numbers changed.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from tools.authoring.notebooks import read, tags_of
from w2slib import figures
from w2slib import plots as alias
from w2slib.figures import plots

SMALL = {"dim": 60, "d": 60, "n_trials": 6, "n_streams": 6, "n_seeds": 2, "n_checkpoints": 25}
SMALL |= {"width": 1500, "n_steps": 100}
"""Largest value of a number that only says how exactly something is simulated."""

MODEL = {"gamma", "gamma_t", "gamma_s", "gamma_pre", "noise_var", "lam_t", "zeta", "relief", "rho"}
MODEL |= {"m0", "theta"}
"""Parameters of the models: where a call or a dict gives one a number, that is a setting."""

THEORY = {"ridge", "weighted_ridge", "wr", "multi_index", "mi", "warm_start", "ws", "synthesis"}
THEORY |= {"random_matrices", "rm"}
"""What notebooks call the modules of the chapters."""


@dataclass
class Cell:
    """A code cell: its number among all cells (from 1), its text, and its tags."""

    number: int
    source: str
    tags: list[str]

    @property
    def draws(self) -> bool:
        return "plt.show()" in self.source

    @property
    def visible(self) -> bool:
        return not {"hide-input", "hide-cell", "remove-input", "remove-cell"} & {*self.tags}

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)


def cells(path: Path) -> list[Cell]:
    """Code cells of a notebook."""
    numbered = enumerate(read(path).cells, 1)
    return [Cell(n, c.source, tags_of(c)) for n, c in numbered if c.cell_type == "code"]


# --- which names a cell binds and reads -----------------------------------------------------------


@dataclass
class Names:
    """Names of a cell: bound by it, changed in place, read before that, read by its functions."""

    bound: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    in_functions: set[str] = field(default_factory=set)


def names(cell: Cell) -> Names:
    """Which names the cell binds, and which it needs from elsewhere."""
    found = Names()
    for statement in cell.tree.body:
        _walk(statement, found)
    found.in_functions -= found.bound & _functions(cell.tree)
    return found


def _functions(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _walk(node: ast.AST, found: Names) -> None:
    """Follow the order in which a statement is executed: values first, then targets."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            _walk(default, found)
        found.in_functions |= outer_names(node)
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                _walk(decorator, found)
            found.bound.add(node.name)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        found.read |= outer_names(node) - found.bound
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            found.bound.add(node.id)
        elif node.id not in found.bound:
            found.read.add(node.id)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        found.bound |= {(a.asname or a.name).split(".")[0] for a in node.names}
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            _walk(ast.Name(node.target.id, ast.Load()), found)
        _walk_all([node.value, *targets], found)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        found.changed |= {node.value.id} if isinstance(node.value, ast.Name) else set()
        _walk_all(ast.iter_child_nodes(node), found)
    elif isinstance(node, ast.For):
        _walk_all([node.iter, node.target, *node.body, *node.orelse], found)
    else:
        _walk_all(ast.iter_child_nodes(node), found)


def _walk_all(nodes: Any, found: Names) -> None:
    for node in nodes:
        _walk(node, found)


def outer_names(node: ast.AST) -> set[str]:
    """Names that a function or a comprehension reads from outside itself."""
    everything = list(ast.walk(node))
    used = [n for n in everything if isinstance(n, ast.Name)]
    inner = {n.id for n in used if isinstance(n.ctx, ast.Store)}
    inner |= {n.arg for n in everything if isinstance(n, ast.arg)}
    inner |= {n.name for n in everything if isinstance(n, ast.FunctionDef)}
    return {n.id for n in used if isinstance(n.ctx, ast.Load)} - inner


# --- running cells --------------------------------------------------------------------------------


class Smaller(ast.NodeTransformer):
    """Give every number that only says how exactly something is simulated at most its small value."""

    def _small(self, name: str | None, value: ast.expr) -> ast.expr:
        most = SMALL.get(name or "")
        if most and isinstance(value, ast.Constant) and isinstance(value.value, int):
            return ast.Constant(min(value.value, most))
        return value

    def visit_Call(self, node: ast.Call) -> ast.Call:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        # What a class is given describes the model itself.
        return node if name[:1].isupper() else self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        self.generic_visit(node)
        node.value = self._small(node.arg, node.value)
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        named = node.args[len(node.args) - len(node.defaults) :]
        pairs = zip(named, node.defaults, strict=True)
        node.defaults = [self._small(a.arg, value) for a, value in pairs]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        self.generic_visit(node)
        for name, value in assigned(node):
            value.value = getattr(self._small(name, value), "value", value)
        return node


def assigned(node: ast.Assign) -> list[tuple[str, ast.Constant]]:
    """Names that a statement binds to numbers, one by one or in a tuple."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs += zip(target.elts, node.value.elts, strict=False)
        else:
            pairs.append((target, node.value))
    return [(t.id, v) for t, v in pairs if isinstance(t, ast.Name) and isinstance(v, ast.Constant)]


def settings(tree: ast.Module) -> list[tuple[str, ast.Constant]]:
    """Fractional numbers that a cell gives to a name, or to a parameter of a model."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            found += assigned(node)
        elif isinstance(node, ast.keyword) and node.arg in MODEL:
            found += [(node.arg, node.value)] if isinstance(node.value, ast.Constant) else []
    return [(name, c) for name, c in found if isinstance(c.value, float) and c.value]


def numbers_in_calls(cell: Cell) -> list[tuple[float, str]]:
    """Numbers other than 0 and 1 in calls of the chapters' functions, and the call."""
    found = []
    for node in ast.walk(cell.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id in THEORY):
            continue
        keywords = [k.value for k in node.keywords if k.arg not in {"rng", *SMALL}]
        for value in [*node.args, *keywords]:
            if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                found.append((value.value, ast.unparse(node)))
    return [(number, call) for number, call in found if number not in (0, 1)]


class Session:
    """Namespace in which cells are run, with no display and with small simulations."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "notebook"}

    def copy(self) -> Session:
        other = Session()
        other.namespace = dict(self.namespace)
        return other

    def run(self, cell: Cell, tree: ast.Module | None = None) -> list[Figure]:
        """Run a cell and return the figures that it drew."""
        small = ast.fix_missing_locations(Smaller().visit(cell.tree if tree is None else tree))
        plt.close("all")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(small, f"<cell {cell.number}>", "exec"), self.namespace)
        return [plt.figure(number) for number in plt.get_fignums()]


@contextlib.contextmanager
def headless(folder: Path) -> Iterator[None]:
    """Where cells are run: no display, current directory that of the notebook."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        with mpl.rc_context({"backend": "Agg"}):
            yield
    finally:
        plt.close("all")
        os.chdir(here)


# --- what a figure shows --------------------------------------------------------------------------


def content(figure: Figure) -> list[Any]:
    """Everything drawn, as numbers and words: lines, areas, bars, texts, limits."""
    shown: list[Any] = []
    for ax in figure.axes:
        shown += [ax.get_xlim(), ax.get_ylim(), ax.get_xscale(), ax.get_yscale()]
        shown += [line.get_xydata() for line in ax.lines]
        shown += [path.vertices for c in ax.collections for path in c.get_paths()]
        shown += [np.asarray(c.get_offsets()) for c in ax.collections]
        shown += [patch.get_path().vertices for patch in ax.patches]
        shown += [patch.get_extents().bounds for patch in ax.patches]
        texts = [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label]
        legend = ax.get_legend()
        texts += legend.get_texts() if legend else []
        shown += [text.get_text() for text in texts]
    return shown


def same(one: list[Any], other: list[Any]) -> bool:
    """Whether two figures show the same."""
    return len(one) == len(other) and all(_equal(a, b) for a, b in zip(one, other, strict=True))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


# --- theory against simulation --------------------------------------------------------------------


@contextlib.contextmanager
def maps() -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """List of (simulation, theory) of the phase diagrams drawn inside: contours do not keep them."""
    drawn: list[tuple[np.ndarray, np.ndarray]] = []
    original = plots.phase_diagram

    def recording(
        x: Any, y: Any, difference: Any, *args: Any, theory: Any = None, **kw: Any
    ) -> Any:
        if theory is not None:
            drawn.append((np.asarray(difference), np.asarray(theory)))
        return original(x, y, difference, *args, theory=theory, **kw)

    places = (plots, figures, alias)
    try:
        for place in places:
            place.phase_diagram = recording
        yield drawn
    finally:
        for place in places:
            place.phase_diagram = original


def curves(figure: Figure) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Theory, mean and standard error at the markers that share axes and colour with one curve."""
    for ax in figure.axes:
        bars = [c for c in ax.containers if isinstance(c, ErrorbarContainer)]
        parts = {id(artist) for c in bars for artist in [c[0], *c[1]]}
        for points, _, margins in bars:
            lines = [
                line
                for line in ax.lines
                if id(line) not in parts
                and points is not None
                and (line.get_linestyle(), line.get_color()) == ("--", points.get_color())
                and np.all(np.diff(line.get_xdata()) > 0)
            ]
            if len(lines) == 1 and margins:
                yield _compared(lines[0], points, margins[0], np.log if _log(ax) else np.asarray)


def _log(ax: Any) -> bool:
    return ax.get_xscale() == "log"


def _compared(line: Any, points: Any, margins: Any, scale: Any) -> tuple[np.ndarray, ...]:
    x, theory = (np.asarray(values, dtype=float) for values in line.get_data())
    at, mean = (np.asarray(values, dtype=float) for values in points.get_data())
    # An interval without end has no bar.
    bars = margins.get_segments()
    stderr = np.array([np.ptp(bar[:, 1]) / 4 if np.size(bar) else np.inf for bar in bars])
    inside = (at >= x[0] - 1e-9 * abs(x[0])) & (at <= x[-1] * (1 + 1e-9))
    with np.errstate(divide="ignore"):  # a penalty of 0 on a logarithmic axis is not shown
        theory = np.interp(scale(at[inside]), scale(x), theory)
    return theory, mean[inside], stderr[inside]


def disagreement(shown: list[Figure], drawn: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """How far each simulation is from its theory; at most 1 where they agree.

    For curves the worst point, in units of three standard errors and five per cent (data sets are
    small here); for maps the mean deviation in units of a quarter of the mean value.
    """
    found = []
    for theory, mean, stderr in (triple for figure in shown for triple in curves(figure)):
        size = np.maximum(np.abs(theory), 0.1 * np.ptp(theory, axis=0)) if len(theory) else 1.0
        found.append(float(np.max(np.abs(mean - theory) / (3 * stderr + 0.05 * size), initial=0)))
    for difference, theory in drawn:
        found.append(float(np.mean(np.abs(difference - theory)) / np.mean(np.abs(theory)) / 0.25))
    return found
