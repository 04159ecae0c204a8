"""Explorers of what survives: shared or fresh inputs, squared error or accuracy, a choice without labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from w2slib.beyond import SampledTeacher
from w2slib.random_matrices import discriminant_root, resolvent_traces, shrinkage
from w2slib.ridge import teacher_error

from ..model import Axis, Field, Parameter, Quantity, Table
from ..widgets.phase import Curve, Marker, PhaseExplorer, Preset, Vote
from ..widgets.sampling import Sampling
from . import weighted_ridge
from .ridge import SIZES, TEXTS

NODES = {"lam_t": 30, "lam_s": 36, "gamma": 120}
"""Nodes per axis: many along the ratio, because all errors bend sharply at γ = 1."""

PARAMETERS = (
    Parameter("lam_t", "λₜ", 1e-2, 1e1, 1.0, description="teacher’s penalty"),
    Parameter("lam_s", "λₛ", 1e-2, 1e2, 0.3, description="student’s penalty"),
    Parameter("noise_var", "σ²", 0, 2, 1, scale="linear", step=0.02, description="label noise"),
    Parameter("gamma", "γ", 0.1, 10, 2.0, description="d/n of both"),
    Parameter(
        "shared", "student on the teacher’s own inputs", 0, 1, 0, scale="linear", integer=True
    ),
)  # fmt: skip


def field() -> Field:
    """Errors on fresh and on shared inputs, from tables of two variables and one of w.

    With the lost parts a = 1 − s_t, b = 1 − s_s, w = 1 − γ s_t s_s and the averages of the closed form,
    w³ E₁/F = 1 + γ s_t s_s and w³ E₂/F = (1 − γ)² + γ(1 − γ)(a + b) + γ(1 + γ) a b, the difference on
    shared inputs is a sum of products times w⁻³.
    """
    live = {p.name: p for p in PARAMETERS}
    teacher, student = (
        [live[name].axis(NODES[name]), live["gamma"].axis(NODES["gamma"])]
        for name in ("lam_t", "lam_s")
    )

    def spread(lam: Any, gamma: Any) -> Any:  # 1/(1 − γ s²) = 1/(s r)
        return 1 / (shrinkage(lam, gamma) * discriminant_root(lam, gamma))

    def lost(lam: Any, gamma: Any) -> Any:
        return lam * resolvent_traces(lam, gamma)[0]

    def from_noise(lam: Any, gamma: Any) -> Any:
        return teacher_error(lam, gamma, 1) - teacher_error(lam, gamma, 0)

    tables = [
        Table.tabulate("lost_t", teacher, lost),
        Table.tabulate("excess_0", teacher, lambda a, g: teacher_error(a, g, 0) - lost(a, g)),
        Table.tabulate("excess_1", teacher, from_noise),
        Table.tabulate("spread_t", teacher, spread),
        Table.tabulate("lost_s", student, lost),
        Table.tabulate("D2", student, lambda b, g: b**2 * resolvent_traces(b, g)[1]),
        Table.tabulate("spread_s", student, spread),
        Table.tabulate("cube", [Axis("w", 0.1, 1, 80, "log")], lambda w: w**-3),
    ]
    a, b, g, kept = "lost_t", "lost_s", "gamma", "overlap"
    common = (b, "room_s", kept, kept, "spread_t", "spread_s", "cube")
    quantities = [
        Quantity("overlap", [(1,), (-1, a)]),
        Quantity("kept_s", [(1,), (-1, b)]),
        Quantity("room_s", [(1,), (-1, g), (1, g, b)]),
        Quantity("excess", [(1, "excess_0"), (1, "noise_var", "excess_1")]),
        Quantity("energy", [(1, kept), (1, "excess")]),
        Quantity("teacher", [(1, a), (1, "excess")]),
        Quantity("fresh", [(-2, b, "excess"), (1, "D2", "energy")]),
        Quantity("w", [(1, a), (1, kept, "room_s")]),
        Quantity("lam_t_best", [(1, "noise_var", g)]),
        Quantity("first", [(1,), (1, g, kept, "kept_s")]),
        Quantity(
            "second",
            [(1,), (-2, g), (1, g, g), (1, g, a), (1, g, b), (-1, g, g, a), (-1, g, g, b),
             (1, g, a, b), (1, g, g, a, b)],
        ),
        Quantity(
            "same",
            [
                (2, "lam_t", "kept_s", "second", *common),
                (-2, "lam_t_best", "kept_s", "second", *common),
                (1, b, "room_s", "second", *common),
                (2, "lam_t", b, "room_s", "first", *common),
                (-1, "lam_t_best", b, "room_s", "first", *common),
            ],
        ),
        Quantity("diff", [(1, "fresh"), (-1, "shared", "fresh"), (1, "shared", "same")]),
        Quantity("student", [(1, "teacher"), (1, "diff")]),
    ]  # fmt: skip
    return Field(PARAMETERS, tables, quantities)


def beyond() -> PhaseExplorer:
    """Explorer of shared against fresh inputs: the same sliders as Mechanism I, and a switch.

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.beyond()
    >>> fresh = phase.evaluate("diff")
    >>> phase.set(shared=1)
    >>> bool(fresh > 0 > phase.evaluate("diff"))
    True
    """
    presets = [
        Preset(
            "fresh inputs, gate closed",
            {"lam_t": 1.0, "lam_s": 0.3, "gamma": 2.0, "shared": 0},
            "γ > 1: the student forgets on its own account, and this teacher is not bad enough",
        ),
        Preset(
            "shared inputs, no gate",
            {"lam_t": 1.0, "lam_s": 0.3, "gamma": 2.0, "shared": 1},
            "the same teacher and penalty: on its teacher’s inputs the student wins",
        ),
        Preset(
            "optimal teacher",
            {"lam_t": 2.0, "lam_s": 0.3, "gamma": 2.0, "shared": 1},
            "λₜ = λₜ*: every student loses, on shared inputs too",
        ),
    ]
    votes = [
        Vote("Fresh inputs, γ = 2, a teacher with λₜ = 1 and a student with λₛ = 0.3. Who wins?"),
        Vote("The same two on the teacher’s own inputs. Who wins?", {"shared": 1}),
        Vote(
            "The teacher’s inputs again, its penalty at its best value λₜ = 2, and λₛ = 1. Who wins?",
            {"shared": 1, "lam_t": 2, "lam_s": 1},
        ),
    ]
    return PhaseExplorer(
        field(),
        "lam_t",
        "lam_s",
        explorer_id="beyond",
        title="Shared or fresh inputs: errors of student and teacher",
        presets=presets,
        votes=votes,
        markers=[Marker("lam_t_best", "λₜ* = σ²γ")],
        texts=TEXTS,
        limit=0.5,
        sampling=Sampling("ridge", {"gamma": "nₜ = nₛ"}),
    )


# ------------------------------------------------------------------ squared error or accuracy

MEASURE = Parameter("measure", "error: part misclassified", 0, 1, 0, scale="linear", integer=True)
# Looked up once a pixel: many nodes and straight lines between them are quicker than few and cubics.
INVERSE = Axis("student_energy", 1e-5, 30, 2000, "log", linear=True)
TEACHER_INVERSE = replace(INVERSE, of="energy")


def accuracy_field() -> Field:
    """Squared error of the spike model, and arccos(p/√q)/π of the same two fits.

    The student's overlap is p_s = ζ² p (1 − ℓ) + (1 − ζ²) p (1 − D₁), its energy q_s = L_s − 1 + 2 p_s.
    """
    base = weighted_ridge.field()
    # A perfect teacher, without noise, has no direction left to turn; a student that says nothing has none.
    ends: dict[str, dict[str, Any]] = {
        "noise_var": {"low": 0.05, "step": 0.05},
        "lam_s": {"high": 10.0},
    }
    parameters = [replace(p, **ends.get(p.name, {})) for p in base.parameters]
    zz, p, lost = ("zeta", "zeta"), "overlap", "spike_lost"
    kept: list[tuple[Any, ...]] = [(1, p), (-1, p, "D1"), (1, *zz, p, "D1"), (-1, *zz, p, lost)]

    def arcsin(square: Any) -> Any:
        return np.arcsin(np.sqrt(square)) / np.pi

    # Angles below 45 degrees from the sine, above from the cosine: smooth at both ends.
    def small(of: str) -> list[Axis]:
        return [Axis(of, 0, 0.5, 600, "sqrt", linear=True)]

    tables = [
        Table.tabulate("student_inverse", [INVERSE], lambda q: 1 / q),
        Table.tabulate("teacher_inverse", [TEACHER_INVERSE], lambda q: 1 / q),
        *(
            Table.tabulate(f"{who}_{part}_angle", small(f"{who}_{part}"), arcsin)
            for who in ("student", "teacher")
            for part in ("sine", "cosine")
        ),
    ]

    def either(squared: str, classes: str) -> list[tuple[Any, ...]]:
        return [(1, squared), (-1, "measure", squared), (1, "measure", classes)]

    quantities = [
        Quantity("student_overlap", kept),
        Quantity("student_energy", [(1, "spike_student"), (-1,), (2, "student_overlap")]),
        Quantity("student_cosine", [(1, *2 * ("student_overlap",), "student_inverse")]),
        Quantity("teacher_cosine", [(1, p, p, "teacher_inverse")]),
        *(Quantity(f"{who}_sine", [(1,), (-1, f"{who}_cosine")]) for who in ("student", "teacher")),
        *(
            Quantity(
                f"{who}_angle", [(0.25,), (1, f"{who}_sine_angle"), (-1, f"{who}_cosine_angle")]
            )
            for who in ("student", "teacher")
        ),
        Quantity("turned", [(1, "student_angle"), (-1, "teacher_angle")]),
        Quantity("chosen_diff", either("spike_diff", "turned")),
        Quantity("chosen_student", either("spike_student", "student_angle")),
        Quantity("chosen_teacher", either("teacher", "teacher_angle")),
    ]
    return Field(
        (*parameters, MEASURE),
        (*base.tables, *tables),
        (*base.quantities, *quantities),
        difference="chosen_diff",
        student="chosen_student",
        teacher="chosen_teacher",
    )


def accuracy() -> PhaseExplorer:
    """Explorer with the error measure as a switch: the same student, two verdicts (soft labels).

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.accuracy()
    >>> phase.set(lam_t=3.0, lam_s=0.3, gamma_s=0.2)
    >>> squared = phase.evaluate("chosen_diff")
    >>> phase.set(measure=1)
    >>> bool(squared > 0 > phase.evaluate("chosen_diff"))
    True
    """
    careful = {
        "lam_t": 3.0,
        "lam_s": 0.3,
        "gamma_t": 0.5,
        "gamma_s": 0.2,
        "zeta": 0.8,
        "relief": 0.9,
    }
    loud = {"lam_t": 0.05, "lam_s": 0.3, "gamma_t": 0.5, "gamma_s": 0.2, "zeta": 0.0, "relief": 0.0}
    presets = [
        Preset(
            "over-regularised teacher, squared error",
            careful | {"measure": 0},
            "the student makes a faint voice fainter: it loses",
        ),
        Preset(
            "the same student, accuracy",
            careful | {"measure": 1},
            "it also turns the direction towards the truth: it wins",
        ),
        Preset(
            "plain student of a loud teacher, squared error",
            loud | {"measure": 0},
            "Mechanism I: it lowers the volume and wins",
        ),
        Preset(
            "the plain student, accuracy",
            loud | {"measure": 1},
            "the direction is no better: it loses",
        ),
    ]
    return PhaseExplorer(
        accuracy_field(),
        "lam_t",
        "lam_s",
        explorer_id="accuracy",
        title="Squared error or accuracy: the same student",
        presets=presets,
        markers=[Marker("lam_t_best", "λₜ* = σ²γₜ")],
        texts=TEXTS | {"error": "squared error, or part misclassified"},
        limit=0.3,
        sampling=Sampling("spike", SIZES),
    )


# ------------------------------------------------------------------------ without true labels

DRAWS = 3
CHOICE = (
    Parameter("lam_t", "λₜ", 1e-2, 1e1, 0.05, description="teacher’s penalty"),
    Parameter("lam_s", "λₛ", 1e-2, 1e1, 0.3, description="student’s penalty"),
    Parameter("draw", "data", 1, DRAWS, 1, scale="linear", integer=True, description="data set"),
)


def choice_field() -> Field:
    """Errors of one sampled teacher and its students, and the estimate of the gain without labels."""
    live = {p.name: p for p in CHOICE}
    lam_t, lam_s = live["lam_t"].axis(26), live["lam_s"].axis(26)
    draw = Axis("draw", 1, DRAWS, DRAWS, linear=True)
    cases = [SampledTeacher.of(seed) for seed in range(1, DRAWS + 1)]

    def stacked(method: str) -> Any:
        def values(draws: Any, *penalties: Any) -> Any:
            each = [getattr(case, method)(*(x[0] for x in penalties)) for case in cases]
            return np.broadcast_arrays(np.stack(each), draws)[0]

        return values

    tables = [
        Table.tabulate("teacher", [draw, lam_t], stacked("teacher_error")),
        Table.tabulate("true_gain", [draw, lam_t, lam_s], stacked("true_gain")),
        Table.tabulate("gain", [draw, lam_t, lam_s], stacked("gain")),
        Table.tabulate("half", [draw, lam_t, lam_s], stacked("half_width")),
    ]
    quantities = [
        Quantity("diff", [(-1, "gain")]),
        Quantity("student", [(1, "teacher"), (-1, "gain")]),
        Quantity("low", [(1, "student"), (-1, "half")]),
        Quantity("high", [(1, "student"), (1, "half")]),
        Quantity("truth", [(1, "teacher"), (-1, "true_gain")]),
    ]
    return Field(CHOICE, tables, quantities)


def diagnose() -> PhaseExplorer:
    """Explorer of the recipe: a sampled teacher, the student's estimated error, and its true one.

    Three data sets with d = 200, γ_t = γ_s = 1/2 and σ² = 1; the teacher is fitted with the penalty of
    the slider, and the estimate sees its answers, λ_t, n_t and the scale, but no label.

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.diagnose()
    >>> low, truth, high = (phase.evaluate(name) for name in ("low", "truth", "high"))
    >>> bool(low < truth < high)
    True
    """
    presets = [
        Preset("under-regularised", {"lam_t": 0.05, "lam_s": 0.3}, "a gain that is not in doubt"),
        Preset(
            "near the optimum", {"lam_t": 0.5, "lam_s": 0.05}, "nothing to gain: keep the teacher"
        ),
        Preset("over-regularised", {"lam_t": 3.0, "lam_s": 0.3}, "every student loses"),
    ]
    return PhaseExplorer(
        choice_field(),
        "lam_t",
        "lam_s",
        explorer_id="diagnose",
        title="The choice without labels: estimated and true error of one student",
        presets=presets,
        curves=[
            Curve("truth", "its true error (not seen by the estimate)"),
            Curve("low", "interval, lower end"),
            Curve("high", "interval, upper end"),
        ],
        texts=TEXTS
        | {"student_curve": "estimated error of the student", "teacher_curve": "its teacher"},
        limit=0.5,
    )
