"""Explorer of pre-training as a warm start: five live parameters, from nine tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from w2slib.random_matrices import bbp_overlap
from w2slib.warm_start import best_time, flow

from ..model import Axis, Field, Parameter, Quantity, Table
from ..widgets.phase import Marker, PhaseExplorer, Preset, Vote
from ..widgets.sampling import Sampling

TEXTS = {
    "before_marker": "The spike θ = {value} is below the spectral threshold √γ = {marker}: pre-training "
    "has found nothing, and there is no gradient to follow.",
    "after_marker": "The spike θ = {value} is above the spectral threshold √γ = {marker}: the start is "
    "warm.",
    "never": "The student does not catch up with its supervisor in the times shown.",
    "above": "The student is ahead from t = {low} on, and is best before the end.",
    "student_curve": "student’s error Lₛ",
    "teacher_curve": "supervisor’s error Lₜ",
    "error": "test error",
}

PARAMETERS = (
    Parameter("theta", "θ", 0.2, 5, 1.2, description="pre-training spike"),
    Parameter("time", "t", 0.02, 2, 0.4, description="fine-tuning time"),
    Parameter("gamma", "γ", 0.05, 5, 0.5, description="pre-training d/n"),
    Parameter("rho", "ρ", 0.3, 0.95, 0.8, scale="linear", description="supervisor’s overlap"),
    Parameter("degree", "k", 2, 4, 3, scale="linear", integer=True, description="degree"),
)

LABELS_PER_DIM = 200
SAMPLE_COST = {"2": 0.04, "3": 0.12, "4": 0.32}
"""How far, by degree, descent on 200 d labels may be from the flow of infinitely many.

Largest deviations in 18 random settings (d = 60, sixteen runs each); the higher the degree, the
heavier the tails of a sample's gradient.
"""

SAMPLING = Sampling(
    "warm-start",
    {"gamma": "n of pre-training", "d_per_label": "nₛ"},
    {"d_per_label": 1 / LABELS_PER_DIM},
    measured=("m0", "c"),
    texts={
        "measured": "The starts that were drawn have the overlap {m0} ± {m0_half} with the truth, {m0_limit} "
        "for d → ∞; theory is the flow from these starts.",
        "allowed": f"Inside: within ± and {{allowed}}, which is what nₛ = {LABELS_PER_DIM} d labels at this "
        "degree may cost against infinitely many.",
    },
    teacher="supervisor",
    by="degree",
    also=SAMPLE_COST,
)

LONG_AGO = -6.5
"""Earliest reading of the clock: before it, no degree's overlap exceeds 0.1, nor grows in t <= 2."""


def field() -> Field:
    """L_s and L_t along the population flow from a spectral start.

    m₀ = √(1 − γ/θ²)/√(1 + γ/θ), c = m₀ρ, and the supervisor's overlap m(t) by the flow's semigroup:
    a clock τ_k, tabulated over the odds c²/(1 − c²), tells when the flow passes c, and
    M_k(τ_k(c) + t) is where it is t later. The truth's overlap is
    ρ m + m₀(1 − ρ²)/√(1 − c²) √(1 − m²).
    """
    live = {p.name: p for p in PARAMETERS}
    by_degree = Axis("degree", 2, 4, 3, linear=True)

    tables = [
        Table.tabulate("per_theta", [live["theta"].axis(60)], lambda theta: 1 / theta),
        # bbp_overlap at γ = 1 − v and θ = 1 is √v/√(2 − v): the root alone, exact on this axis.
        Table.tabulate(
            "root",
            [Axis("above", 0, 1, 24, "sqrt")],
            lambda v: bbp_overlap(1.0, np.maximum(1 - v, 1e-12)) * np.sqrt(2 - v),
        ),
        Table.tabulate("damp", [Axis("one_plus", 1, 26, 40, "log")], lambda z: z**-0.5),
        Table.tabulate("clock", [Axis("odds", 1e-12, 20, 160, "log"), by_degree], _clock),
        Table.tabulate("m", [Axis("now", LONG_AGO, 4, 260), by_degree], _reached),
        # Not from m: its rounding would be magnified where m is close to 1.
        Table.tabulate("side", [Axis("now", LONG_AGO, 4, 260), by_degree], _aside),
        Table.tabulate("per_span", [Axis("span2", 0.05, 1, 40, "log")], lambda v: v**-0.5),
        Table.tabulate("threshold", [live["gamma"].axis(40)], np.sqrt),
    ]
    quantities = [
        Quantity("above", [(1,), (-1, "gamma", "per_theta", "per_theta")]),
        Quantity("one_plus", [(1,), (1, "gamma", "per_theta")]),
        Quantity("m0", [(1, "root", "damp")]),
        Quantity("c", [(1, "m0", "rho")]),
        Quantity("now", [(1, "clock"), (1, "time")]),
        Quantity("span2", [(1,), (-1, "c", "c")]),
        Quantity("odds", [(1, "c", "c", "per_span", "per_span")]),
        Quantity("sideways", [(1, "m0", "per_span"), (-1, "c", "rho", "per_span")]),
        Quantity("truth", [(1, "rho", "m"), (1, "sideways", "side")]),
        # Lagrange's selectors: 1 at one degree, 0 at the two others.
        Quantity("is_2", [(6,), (-3.5, "degree"), (0.5, "degree", "degree")]),
        Quantity("is_3", [(-8,), (6, "degree"), (-1, "degree", "degree")]),
        Quantity("is_4", [(3,), (-2.5, "degree"), (0.5, "degree", "degree")]),
        _power("student_power", "truth"),
        _power("teacher_power", "rho"),
        Quantity("student", [(2,), (-2, "student_power")]),
        Quantity("teacher", [(2,), (-2, "teacher_power")]),
        Quantity("diff", [(2, "teacher_power"), (-2, "student_power")]),
    ]
    return Field(PARAMETERS, tables, quantities)


def _power(name: str, of: str) -> Quantity:
    """The quantity raised to the power of the degree."""
    return Quantity(name, [(1, f"is_{k}", *[of] * k) for k in (2, 3, 4)])


def _degrees(function: Callable[[np.ndarray, int], Any]) -> Callable[..., np.ndarray]:
    """Apply a function of (value, degree) along a table's whole axis of degrees."""

    def tabulated(values: np.ndarray, degrees: np.ndarray) -> np.ndarray:
        values, degrees = np.broadcast_arrays(values, degrees)
        result = np.empty(values.shape)
        for k in np.unique(degrees):
            chosen = degrees == k
            result[chosen] = function(values[chosen], int(k))
        return result

    return tabulated


@_degrees
def _clock(odds: np.ndarray, degree: int) -> np.ndarray:
    """When the flow passes the overlap c with these odds, counted from c = 1/2."""
    c = np.sqrt(odds / (1 + odds))
    return np.where(c < 0.5, -1, 1) * _travel(np.minimum(c, 0.5), np.maximum(c, 0.5), degree)


def _travel(start: Any, end: Any, degree: int) -> np.ndarray:
    """Time of the flow from one overlap with the supervisor to a larger one.

    A truth that lies on the arc itself, at the overlap `end`, is met exactly then.
    """
    meets = end * start + np.sqrt((1 - end**2) * (1 - start**2))
    return np.asarray(best_time(meets, end, degree, start))


@_degrees
def _reached(now: np.ndarray, degree: int) -> np.ndarray:
    """Overlap with the supervisor when the clock reads `now`."""
    start = {2: 1e-6, 3: 0.02, 4: 0.09}[degree]  # where the clock reads LONG_AGO, or 0 to the eye
    begun = _travel(np.float64(start), np.float64(0.5), degree)
    return flow(1.0, start, degree, np.maximum(now + begun, 0)).supervisor


@_degrees
def _aside(now: np.ndarray, degree: int) -> np.ndarray:
    """Sine of the angle to the supervisor when the clock reads `now`."""
    return np.sqrt(1 - _reached(now, np.full(now.shape, degree)) ** 2)


def warm_start() -> PhaseExplorer:
    """Explorer of pre-training as a warm start: gain, then saturation, above a spectral threshold.

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.warm_start()
    >>> phase.set(theta=0.5)  # below the threshold, √0.5
    >>> phase.evaluate("student") < phase.evaluate("teacher")
    False
    >>> phase.set(theta=2.0)
    >>> phase.evaluate("student") < phase.evaluate("teacher")
    True
    """
    presets = [
        Preset(
            "warm start",
            {"theta": 1.2, "time": 0.35},
            "above the threshold and stopped in time: the student wins",
        ),
        Preset(
            "no pre-training",
            {"theta": 0.5, "time": 0.35},
            "θ < √γ: the start knows nothing, and stays where it is",
        ),
        Preset(
            "trained too long",
            {"theta": 1.2, "time": 2.0},
            "the student has become its supervisor: the gain is gone",
        ),
        Preset(
            "more pre-training data",
            {"theta": 1.2, "gamma": 0.1, "time": 0.3},
            "γ smaller: the threshold moves left, the gain grows",
        ),
        Preset(
            "a harder target",
            {"theta": 1.2, "degree": 4, "time": 0.5},
            "degree 4: a cold start waits much longer",
        ),
    ]
    votes = [
        Vote("Pre-training with θ = 1.2, then a short fine-tuning, t = 0.4. Who wins?"),
        Vote(
            "Fine-tune for longer, from t = 0.4 to 2: the student’s error …",
            {"time": 0.4},
            {"time": 2},
        ),
        Vote("Less pre-training: θ = 0.5 instead of 1.2. Who wins?", {"theta": 0.5}),
    ]
    return PhaseExplorer(
        field(),
        "theta",
        "time",
        explorer_id="warm-start",
        title="Explorer of the warm start: pre-training and stopping time",
        presets=presets,
        votes=votes,
        markers=[Marker("threshold", "θ = √γ")],
        texts=TEXTS,
        limit=0.6,
        sampling=SAMPLING,
    )
