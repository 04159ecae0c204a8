"""Cells of the notebooks can be copied, run again and changed.

A reader copies a visible cell below the import cell, runs a drawing cell again after the last one,
and changes a setting: theory and simulation have to follow it both.
"""

import ast
import builtins
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.cells import (
    Cell,
    Session,
    cells,
    content,
    disagreement,
    headless,
    maps,
    names,
    numbers_in_calls,
    same,
    settings,
)
from tools import ROOT
from tools.authoring import notebooks

PAIRED = {path.relative_to(ROOT).as_posix(): path for path in notebooks.paired_notebooks()}
EXERCISES = {name for name in PAIRED if "exercises" in name}
every = pytest.mark.parametrize("name", PAIRED)
chapter = pytest.mark.parametrize("name", sorted(set(PAIRED) - EXERCISES))


# --- what can be seen without running anything ----------------------------------------------------


def imports(cell):
    """Modules that a cell imports; a quiz is a part of the page, not code to copy."""
    nodes = [n for n in ast.walk(cell.tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    return [ast.unparse(n) for n in nodes if getattr(n, "module", "") != "jupyterquiz"]


@every
def test_all_imports_stand_in_the_first_cell_which_is_open(name):
    first, *others = cells(PAIRED[name])
    assert first.visible
    assert imports(first)
    assert {cell.number: imports(cell) for cell in others if imports(cell)} == {}


@every
def test_a_visible_cell_needs_no_hidden_one(name):
    """Answers to exercises are folded, and are there to be used."""
    at_hand, missing = set(dir(builtins)), {}
    for cell in cells(PAIRED[name]):
        found = names(cell)
        if cell.visible:
            needed = (found.read | found.in_functions) - found.bound - at_hand
            missing |= {cell.number: needed} if needed else {}
        if cell.visible or "solution" in cell.tags:
            at_hand |= found.bound
    assert missing == {}


def ambiguous(found):
    """Names that a cell reads although several cells bind them: which one ran last?"""
    bound = [name for cell in found for name in names(cell).bound]
    twice = {name for name in bound if bound.count(name) > 1}
    read = {cell.number: twice & (names(cell).read | names(cell).in_functions) for cell in found}
    return {number: sorted(unclear) for number, unclear in read.items() if unclear}


@every
def test_a_name_that_another_cell_reads_is_bound_once(name):
    assert ambiguous(cells(PAIRED[name])) == {}


def groups(found):
    """Drawing cells, each with the cells since the last one, which make what it draws."""
    group: list[Cell] = []
    for cell in found:
        group.append(cell)
        if cell.draws:
            yield group
            group = []


def written_twice(group):
    """Numbers that stand in two different calls of a chapter's functions."""
    calls: dict[float, set[str]] = {}
    for cell in group:
        for number, call in numbers_in_calls(cell):
            calls.setdefault(number, set()).add(call)
    return {number: sorted(where) for number, where in calls.items() if len(where) > 1}


@chapter
def test_a_number_of_the_model_stands_in_one_call(name):
    assert [twice for group in groups(cells(PAIRED[name])) if (twice := written_twice(group))] == []


# --- what running shows ---------------------------------------------------------------------------


@cache
def played(path: Path):
    """The session after the last cell; what each drawing cell drew, and how far off theory is."""
    session, drawn, apart = Session(), {}, {}
    with headless(path.parent):
        for cell in cells(path):
            with maps() as seen:
                figures = session.run(cell)
                if cell.draws:
                    drawn[cell.number] = [content(figure) for figure in figures]
                    apart[cell.number] = disagreement(figures, seen)
    return session, drawn, apart


@chapter
def test_every_drawing_cell_draws_the_same_again_after_the_last_one(name):
    session, drawn, _ = played(PAIRED[name])
    assert drawn, "no drawing cell"
    session = session.copy()
    with headless(PAIRED[name].parent):
        for cell in cells(PAIRED[name]):
            if cell.draws:
                again = [content(figure) for figure in session.run(cell)]
                assert again, f"cell {cell.number} draws nothing"
                pairs = zip(again, drawn[cell.number], strict=True)
                assert all(same(*pair) for pair in pairs), (
                    f"cell {cell.number} draws another figure"
                )


def behind(group):
    """Cells of a group on which the figure of its last cell depends."""
    *others, last = group
    kept, needed = [last], names(last).read | names(last).in_functions
    for cell in reversed(others):
        found = names(cell)
        if (found.bound | found.changed) & needed:
            kept.insert(0, cell)
            needed |= found.read | found.in_functions
    return kept


def changed(session, group, place, factor):
    """Disagreements after setting number ``place`` of a group's first cell is multiplied."""
    session, tree = session.copy(), group[0].tree
    settings(tree)[place][1].value *= factor
    new = set(names(group[0]).bound)
    with maps() as seen:
        figures = session.run(group[0], tree)
        for cell in group[1:]:
            found = names(cell)
            if (found.read | found.in_functions) & new or cell.draws:
                figures = session.run(cell)
                new |= found.bound | found.changed
        return disagreement(figures, seen)


def broken(session, group, before):
    """Settings after whose change theory and simulation of a group are further apart than before."""
    kept, found = behind(group) if before else [], []
    allowed = [max(1.0, 2 * value) for value in before]
    for number, cell in enumerate(kept):
        for place, (name, constant) in enumerate(settings(cell.tree)):
            try:
                after = changed(session, kept[number:], place, 0.6)
            except ValueError:  # outside the range of the model
                after = changed(session, kept[number:], place, 0.9)
            if any(a > b for a, b in zip(after, allowed, strict=True)):
                found.append(f"cell {cell.number}: {name} = {constant.value}: {before} -> {after}")
    return found


@chapter
def test_theory_and_simulation_follow_the_same_setting(name):
    session, _, apart = played(PAIRED[name])
    found = []
    with headless(PAIRED[name].parent):
        for group in groups(cells(PAIRED[name])):
            found += broken(session, group, apart[group[-1].number])
    assert found == []


# --- the tests of the tests -----------------------------------------------------------------------

SIMULATE = """
gamma_t, noise_var = 0.5, 1.0
lam, size = np.logspace(-2, 1, 9), dict(dim=60, n_trials=6, rng=0)
run = ridge.simulate(lam, [1.0], gamma_t=gamma_t, gamma_s=gamma_t, noise_var={}, **size)
"""
DRAW = """
fig, ax = figures.subplots()
sample = (lam, run.teacher_mean, run.teacher_stderr)
figures.curve(lam, ridge.teacher_error(lam, gamma_t, noise_var), sample=sample, ax=ax)
plt.show()
"""
START = "import matplotlib.pyplot as plt\nimport numpy as np\nfrom w2slib import figures, ridge\n"


def cells_of(*sources):
    return [Cell(number, source, []) for number, source in enumerate(sources, 1)]


@pytest.mark.parametrize(
    ("noise", "wrong"), [("noise_var", []), ("1.0", ["cell 2: noise_var = 1.0"] * 2)]
)
def test_a_setting_that_the_simulation_ignores_is_noticed(tmp_path, noise, wrong):
    found = cells_of(START, SIMULATE.format(noise), DRAW)
    session = Session()
    with headless(tmp_path):
        *_, figures = [session.run(cell) for cell in found]
        apart = disagreement(figures, [])
        assert [value < 1 for value in apart] == [True]
        noticed = broken(session, found[1:], apart)
    assert [": ".join(text.split(": ")[:2]) for text in noticed] == wrong


def test_a_map_that_ignores_a_setting_is_noticed(tmp_path):
    draw = (
        "g = 2.0\nx = np.logspace(-1, 1, 9)\ntheory = np.subtract.outer(x, g * x)\n"
        "figures.phase_row(x, x, {{'': (np.subtract.outer(x, {} * x), theory)}}, limit=1)\nplt.show()"
    )
    for number, wrong in (("g", 0), ("2.0", 1)):
        found, session = cells_of(START, draw.format(number)), Session()
        with headless(tmp_path), maps() as seen:
            *_, figures = [session.run(cell) for cell in found]
            apart = disagreement(figures, seen)
            assert apart == [0]
        with headless(tmp_path):
            assert len(broken(session, found[1:], apart)) == wrong


def test_a_number_in_two_calls_is_noticed():
    assert written_twice(cells_of(START, SIMULATE.format("noise_var"), DRAW)) == {}
    twice = cells_of("x = ridge.gate(0.5)", "y = ridge.h_ratio(1.0, gamma_s=0.5)")
    assert written_twice(twice) == {0.5: ["ridge.gate(0.5)", "ridge.h_ratio(1.0, gamma_s=0.5)"]}


@pytest.mark.parametrize(
    ("sources", "unclear"),
    [
        (("x = 1", "x = 2", "print(x)"), {3: ["x"]}),
        (("x = 1", "x = 2\nprint(x)"), {}),
        (("x = 1\ndef f():\n    return x", "x = 2", "f()"), {1: ["x"]}),
        (("x = 1", "x = [x for x in range(3)]"), {}),
        (("def f(x):\n    return x", "x = 1", "x = 2"), {}),
        (("x = 1", "x += 1"), {2: ["x"]}),
    ],
)
def test_reused_names_are_noticed(sources, unclear):
    assert ambiguous(cells_of(*sources)) == unclear


def test_another_figure_is_noticed(tmp_path):
    one = "fig, ax = plt.subplots()\nax.plot([0, 1], [0, {}])\nax.set_title('{}')\nplt.show()"
    with headless(tmp_path):
        session = Session()
        session.run(Cell(1, START, []))
        shown = [
            content(*session.run(Cell(2, one.format(*words), [])))
            for words in [(1, "a"), (1, "a"), (2, "a"), (1, "b")]
        ]
    assert [same(shown[0], other) for other in shown] == [True, True, False, False]
