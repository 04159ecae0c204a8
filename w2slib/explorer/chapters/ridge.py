"""Explorers of Mechanism I: all five parameters live, from five tables of two variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from w2slib.random_matrices import resolvent_traces, shrinkage
from w2slib.ridge import teacher_error

from ..model import Field, Parameter, Quantity, Table
from ..widgets.phase import Marker, PhaseExplorer, Preset, Vote
from ..widgets.sampling import Sampling
from .labels import LABELS

NODES = {"lam_t": 30, "lam_s": 36, "gamma_t": 120, "gamma_s": 80}
"""Nodes per axis: many along the ratios, because all errors bend sharply at γ = 1."""

TEXTS = LABELS | {
    "before_marker": "The teacher is under-regularised: λₜ = {value} is below its best λₜ* = {marker}.",
    "at_marker": "The teacher is the best there is: λₜ = {value}, and λₜ* = {marker}.",
    "after_marker": "The teacher is over-regularised: λₜ = {value} is above its best λₜ* = {marker}, "
    "and no student can undo shrinkage by shrinking more.",
}

SIZES = {"gamma_t": "nₜ", "gamma_s": "nₛ"}
"""Ratios of the data sets that the browser draws, and the names of their numbers of samples."""

PARAMETERS = (
    Parameter("lam_t", "λₜ", 1e-2, 1e1, 0.1, description="teacher’s penalty"),
    Parameter("lam_s", "λₛ", 1e-2, 1e2, 0.1, description="student’s penalty"),
    Parameter("noise_var", "σ²", 0, 2, 1, scale="linear", step=0.02, description="label noise"),
    Parameter("gamma_t", "γₜ", 0.1, 10, 0.5, description="teacher’s d/nₜ"),
    Parameter("gamma_s", "γₛ", 0.1, 10, 0.5, description="student’s d/nₛ"),
)


def field(**fixed: float) -> Field:
    """L_s, L_t and their difference as sums of products of tables; `fixed` holds parameters still.

    With the teacher's overlap p and energy q = p + e₀ + σ² e₁ (e₀ + σ² e₁ < 0 when the teacher
    shrinks too much), D₁ = λ_s m₁ and D₂ = λ_s² m₂ of the student:
    L_s − L_t = −2 D₁ (q − p) + D₂ q.
    """
    live: dict[str, Parameter] = {p.name: p for p in PARAMETERS if p.name not in fixed}

    def tabulate(name: str, function: Callable[..., Any], lam: str, gamma: str) -> Table:
        """Table over those of the two parameters that are live."""
        names = [n for n in (lam, gamma) if n in live]
        axes = [live[n].axis(NODES[n]) for n in names]

        def at_nodes(*nodes: np.ndarray) -> np.ndarray:
            values = fixed | dict(zip(names, nodes, strict=True))
            return function(values[lam], values[gamma])

        return Table.tabulate(name, axes, at_nodes)

    def excess(lam: Any, gamma: Any) -> Any:  # q − p without noise, from L_t = 1 − 2p + q
        return teacher_error(lam, gamma, 0) - 1 + shrinkage(lam, gamma)

    def noise_slope(lam: Any, gamma: Any) -> Any:  # dq/dσ² = dL_t/dσ²
        return teacher_error(lam, gamma, 1) - teacher_error(lam, gamma, 0)

    tables = [
        tabulate("overlap", shrinkage, "lam_t", "gamma_t"),
        tabulate("excess_0", excess, "lam_t", "gamma_t"),
        tabulate("excess_1", noise_slope, "lam_t", "gamma_t"),
        tabulate(
            "D1", lambda lam, gamma: lam * resolvent_traces(lam, gamma)[0], "lam_s", "gamma_s"
        ),
        tabulate(
            "D2", lambda lam, gamma: lam**2 * resolvent_traces(lam, gamma)[1], "lam_s", "gamma_s"
        ),
    ]
    best: tuple[Any, ...] = (
        (1, "noise_var", "gamma_t") if "gamma_t" in live else (fixed["gamma_t"], "noise_var")
    )
    quantities = [
        Quantity("excess", [(1, "excess_0"), (1, "noise_var", "excess_1")]),
        Quantity("energy", [(1, "overlap"), (1, "excess")]),
        Quantity("teacher", [(1,), (-1, "overlap"), (1, "excess")]),
        Quantity("diff", [(-2, "D1", "excess"), (1, "D2", "energy")]),
        Quantity("student", [(1, "teacher"), (1, "diff")]),
        Quantity("lam_t_best", [best]),
    ]
    return Field(tuple(live.values()), tables, quantities)


def ridge() -> PhaseExplorer:
    """Explorer of Mechanism I, a ridge student of a ridge teacher.

    Five live parameters on the published page: λ_t, λ_s, γ_t, γ_s and σ².

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.ridge()
    >>> phase.set(lam_t=0.1, lam_s=0.3)
    >>> phase.evaluate("student") < phase.evaluate("teacher")
    True
    """
    presets = [
        Preset(
            "under-regularised teacher",
            {"lam_t": 0.02, "lam_s": 0.3},
            "λₜ is far below λₜ*: the student removes what the teacher should have shrunk",
        ),
        Preset(
            "optimal teacher",
            {"lam_t": 0.5, "lam_s": 0.3},
            "λₜ = λₜ*: every student loses",
        ),
        Preset(
            "over-parameterised student",
            {"lam_t": 0.02, "lam_s": 1.0, "gamma_s": 2.0},
            "γₛ > 1: the student wins between two penalties only",
        ),
        Preset(
            "beyond the gate",
            {"lam_t": 0.2, "lam_s": 1.0, "gamma_s": 2.0},
            "γₛ > 1 and a teacher that is not bad enough: no student wins, although λₜ < λₜ*",
        ),
    ]
    votes = [
        Vote("The teacher’s penalty is small, λₜ = 0.1, and so is the student’s. Who wins?"),
        Vote(
            "The same teacher. Raise the student’s penalty from λₛ = 0.01 to 0.3: the student’s error …",
            {"lam_s": 0.01},
            {"lam_s": 0.3},
        ),
        Vote(
            "Now the teacher’s penalty has its best value, λₜ = 0.5; λₛ = 0.3. Who wins?",
            {"lam_t": 0.5, "lam_s": 0.3},
        ),
    ]
    return PhaseExplorer(
        field(),
        "lam_t",
        "lam_s",
        explorer_id="ridge",
        title="Explorer of Mechanism I: errors of student and teacher",
        presets=presets,
        votes=votes,
        markers=[Marker("lam_t_best", "λₜ* = σ²γₜ")],
        texts=TEXTS,
        limit=0.5,
        sampling=Sampling("ridge", SIZES),
    )


def landing() -> PhaseExplorer:
    """Small explorer for the first page: two penalties and the noise, at γ_t = γ_s = 1/2.

    Examples
    --------
    >>> landing()
    PhaseExplorer('try-it', x='lam_t', y='lam_s')
    """
    presets = [
        Preset(
            "noisy teacher", {"lam_t": 0.02, "lam_s": 0.3}, "it trusts its noisy labels too much"
        ),
        Preset("careful teacher", {"lam_t": 0.5, "lam_s": 0.3}, "nothing is left to repair"),
    ]
    ratios = {"gamma_t": 0.5, "gamma_s": 0.5}
    return PhaseExplorer(
        field(**ratios),
        "lam_t",
        "lam_s",
        ["noise_var", "lam_t", "lam_s"],  # the first drag repaints the map
        explorer_id="try-it",
        title="When does the student beat its teacher?",
        presets=presets,
        markers=[Marker("lam_t_best", "best teacher")],
        texts=TEXTS,
        limit=0.5,
        sampling=Sampling("ridge", SIZES, ratios),
    )
