"""Explorer of Mechanism II: seven parameters live, from the tables of Mechanism I and three more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from w2slib.random_matrices import discriminant_root, effective_penalty, shrinkage

from ..model import Axis, Field, Parameter, Quantity, Table
from ..widgets.phase import Curve, Marker, PhaseExplorer, Preset, Vote
from ..widgets.sampling import Sampling
from . import ridge

START = {"lam_t": 0.5, "lam_s": 0.2}
"""Where the explorer opens: at an optimal teacher, which no plain student beats."""

SPIKE = (
    Parameter("zeta", "ζ", 0, 1, 0.8, scale="linear", description="alignment"),
    Parameter("relief", "κΓ", -2, 1, 0.9, scale="linear", step=0.02, description="relief"),
)
LOST_NODES = 400

TEXTS = ridge.TEXTS | {
    "at_marker": "The teacher is the best plain ridge there is: λₜ = λₜ* = {marker}.",
    "after_marker": "The teacher is over-regularised: λₜ = {value} is above its best λₜ* = {marker}.",
}


def field() -> Field:
    """L_s and L_t of the spike model: Mechanism I's difference plus what relief and alignment add.

    With the teacher's overlap p, the student's D₁, D₂ and K = D₂/D₁², and the part ℓ of the
    relieved direction that it loses, ℓ = κg/(1 + κg) with g = 1 − relief:
    L_s − L_t = (plain difference) − 2 ζ² p (1 − p)(D₁ − ℓ) − ζ² p² (D₂ − K ℓ²).
    """
    plain = ridge.field()
    parameters = [replace(p, value=START.get(p.name, p.value)) for p in plain.parameters]
    student = next(table for table in plain.tables if table.name == "D1").axes
    ends = {p.name: (p.low, p.high) for p in (*plain.parameters, *SPIKE)}

    def kappa(lam: Any, gamma: Any) -> Any:
        return effective_penalty(lam, gamma, [1.0], [1.0])

    def ratio(lam: Any, gamma: Any) -> Any:  # D₂/D₁² = 1/(1 − γ s²) = 1/(s r)
        return 1 / (shrinkage(lam, gamma) * discriminant_root(lam, gamma))

    largest = kappa(ends["lam_s"][1], ends["gamma_s"][1]) * (1 - ends["relief"][0])
    weighted = Axis("weighted_kappa", 0, largest, LOST_NODES, "sqrt")
    tables = [
        Table.tabulate("kappa", student, kappa),
        Table.tabulate("K", student, ratio),
        Table.tabulate("spike_lost", [weighted], lambda u: u / (1 + u)),
    ]
    zz, p, lost = ("zeta", "zeta"), "overlap", "spike_lost"
    relieved: list[tuple[Any, ...]] = [
        (1, "diff"), (-2, *zz, p, "D1"), (2, *zz, p, lost), (2, *zz, p, p, "D1"),
        (-2, *zz, p, p, lost), (-1, *zz, p, p, "D2"), (1, *zz, p, p, "K", lost, lost),
    ]  # fmt: skip
    quantities = [
        Quantity("weighted_kappa", [(1, "kappa"), (-1, "kappa", "relief")]),
        Quantity("spike_diff", relieved),
        Quantity("spike_student", [(1, "teacher"), (1, "spike_diff")]),
    ]
    return Field(
        (*parameters, *SPIKE),
        (*plain.tables, *tables),
        (*plain.quantities, *quantities),
        difference="spike_diff",
        student="spike_student",
    )


def weighted_ridge() -> PhaseExplorer:
    """Explorer of Mechanism II, a plain teacher and a student whose penalty spares one direction.

    Seven live parameters on the published page: λ_t, λ_s, γ_s, ζ, relief, γ_t and σ².

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.weighted_ridge()
    >>> phase.evaluate("spike_student") < phase.evaluate("teacher")
    True
    >>> phase.set(relief=0.0)
    >>> phase.evaluate("spike_student") < phase.evaluate("teacher")
    False
    """
    presets = [
        Preset(
            "aligned penalty",
            {"zeta": 0.8, "relief": 0.9},
            "the student beats a teacher that is already optimal",
        ),
        Preset(
            "plain penalty",
            {"relief": 0},
            "relief 0 is Mechanism I: an optimal teacher is safe",
        ),
        Preset(
            "misaligned penalty",
            {"relief": -2},
            "the student penalises the very direction it needs: it loses more ground than plain ridge",
        ),
        Preset(
            "over-parameterised student",
            {"gamma_s": 2, "zeta": 0.7, "relief": 1, "lam_s": 1},
            "γₛ > 1: even full relief does not help until ζ passes a threshold above one half",
        ),
        Preset(
            "beyond the threshold",
            {"gamma_s": 2, "zeta": 0.95, "relief": 1, "lam_s": 1},
            "γₛ > 1 and a target close to the relieved direction: the student wins again",
        ),
    ]
    votes = [
        Vote(
            "The teacher has its best penalty. The student spares a direction with ζ = 0.8 (relief 0.9). "
            "Who wins?"
        ),
        Vote(
            "The student turns round: it charges that direction more, relief −2. Who wins?",
            {"relief": -2},
        ),
        Vote(
            "Fewer samples than dimensions, γₛ = 2, with λₛ = 1, full relief and ζ = 0.7. Who wins?",
            {"gamma_s": 2, "zeta": 0.7, "relief": 1, "lam_s": 1},
        ),
    ]
    return PhaseExplorer(
        field(),
        "lam_t",
        "lam_s",
        ["lam_t", "lam_s", "gamma_s", "zeta", "relief", "gamma_t", "noise_var"],
        explorer_id="weighted-ridge",
        title="Explorer of Mechanism II: errors of a plain teacher and a student with relief",
        presets=presets,
        votes=votes,
        markers=[Marker("lam_t_best", "λₜ* = σ²γₜ")],
        curves=[Curve("student", "plain student")],
        texts=TEXTS,
        limit=0.5,
        sampling=Sampling("spike", ridge.SIZES),
    )
