"""Explorer of Mechanism III: six live parameters and a switch, from five tables of one variable."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from w2slib.multi_index import EXAMPLE

from ..model import Axis, Field, Parameter, Quantity, Table
from ..widgets.phase import PhaseExplorer, Preset, Vote
from ..widgets.sampling import Sampling
from .labels import LABELS
from .ridge import SIZES

PARAMETERS = (
    Parameter("lam_t", "λₜ", 1e-2, 1e1, 0.01, description="teacher’s penalty"),
    Parameter("lam_s", "λₛ", 1e-2, 1e2, 1, description="student’s penalty"),
    Parameter("gamma_t", "γₜ", 0.01, 10, 0.1, description="teacher’s d/nₜ"),
    Parameter("gamma_s", "γₛ", 0.01, 10, 0.1, description="student’s d/nₛ"),
    Parameter("rho", "ρ", 0, 1, 0.9, scale="linear", description="pre-training overlap"),
    Parameter("share", "η", 0.05, 0.9, 0.42, scale="linear", step=0.01, description="hard share"),
    Parameter(
        "adapter", "adapter: keep the old read-out", 0, 1, 0, scale="linear", integer=True
    ),
)  # fmt: skip

SAMPLING = Sampling(
    "multi-index",
    SIZES,
    {
        "easy": list(EXAMPLE.easy),
        "hard": list(EXAMPLE.hard),
        "label_noise": EXAMPLE.noise_var,
    },
    texts={
        "allowed": "Inside: within ± and {allowance} for the finite d and for read-outs fitted to n samples "
        "(the smaller n), {allowed} here."
    },
    per_sample=3,
)
"""A read-out of three weights, fitted to n samples, misses by some 3/n."""


def field() -> Field:
    """L_s, L_t and their difference for `EXAMPLE` with another share η of hard energy, at π = 1.

    With u = 1/(1 + λ_s), B = Σ b_k², Q = Σ b_k² τ_s^{2k} and P = Σ e_k² ρ^{2k},
    L_s − L_t = (1 + 2λ_t) B − P − 2 (1 + λ_t) Q u + (Q + P) u², and without the last P for an
    adapter. What is tabulated are the reciprocals that a sum of products cannot express, each of
    one variable: τ_t² = 1/v and τ_s² = 1/z with v and z sums of products.
    """
    live = {p.name: p for p in PARAMETERS}
    total = EXAMPLE.easy_energy + EXAMPLE.hard_energy
    # Only degrees 1 and 2 are written out below; fail rather than draw something else.
    _, first, second = EXAMPLE.easy
    (degree,) = [k for k, e in enumerate(EXAMPLE.hard) if e]
    energy_1 = total * first**2 / EXAMPLE.easy_energy  # c₁² = (1 − η) energy_1
    energy_2 = total * second**2 / EXAMPLE.easy_energy

    def tabulate(name: str, of: str, n: int, function: Callable[..., np.ndarray]) -> Table:
        return Table.tabulate(name, [live[of].axis(n)], function)

    def reciprocal(name: str, of: str, high: float, n: int) -> Table:
        return Table.tabulate(name, [Axis(of, 1, high, n, "log")], lambda v: 1 / v)

    tables = [
        tabulate("u", "lam_s", 60, lambda lam: 1 / (1 + lam)),
        tabulate("damping", "lam_t", 50, lambda lam: 1 / (1 + lam) ** 2),
        tabulate("per_easy", "share", 40, lambda share: 1 / (1 - share)),
        reciprocal("tau_t2", "v", 1e3, 60),
        reciprocal("tau_s2", "z", 1e7, 140),
    ]
    quantities = [
        Quantity("easy", [(1,), (-1, "share")]),
        Quantity("v", [(1,), ((total + EXAMPLE.noise_var) / energy_1, "gamma_t", "per_easy")]),
        Quantity("one_plus", [(1,), (1, "lam_t")]),
        Quantity("b1", [(energy_1, "easy", "tau_t2", "damping")]),
        Quantity("b2", [(energy_2, "easy", "tau_t2", "tau_t2", "damping")]),
        Quantity("carried", [(total, "share", *["rho"] * (2 * degree))]),
        Quantity("seen", [(1, "b1"), (1, "b2"), (1, "carried")]),
        Quantity("per_b1", [(1 / energy_1, "per_easy", "v", "one_plus", "one_plus")]),
        Quantity("z", [(1,), (1, "gamma_s", "seen", "per_b1")]),
        Quantity("copied", [(1, "b1", "tau_s2"), (1, "b2", "tau_s2", "tau_s2")]),
        Quantity("learnt", [(1, "b1"), (1, "b2"), (2, "lam_t", "b1"), (2, "lam_t", "b2")]),
        Quantity("teacher", [(total,), (-1, "learnt")]),
        Quantity("at_risk", [(1, "carried"), (-1, "adapter", "carried")]),
        Quantity(
            "diff",
            [
                (1, "learnt"), (-1, "carried"), (-2, "one_plus", "copied", "u"),
                (1, "copied", "u", "u"), (1, "at_risk", "u", "u"),
            ],
        ),
        Quantity("student", [(1, "teacher"), (1, "diff")]),
    ]  # fmt: skip
    return Field(PARAMETERS, tables, quantities)


def multi_index() -> PhaseExplorer:
    """Explorer of Mechanism III: what pre-training must have left, and how fast it is forgotten.

    Examples
    --------
    >>> from w2slib import explorer
    >>> phase = explorer.multi_index()
    >>> phase.set(rho=0.9, lam_s=0.01, adapter=0)  # all read-outs follow the teacher: forgotten
    >>> phase.evaluate("student") < phase.evaluate("teacher")
    False
    >>> phase.set(adapter=1)
    >>> phase.evaluate("student") < phase.evaluate("teacher")
    True
    """
    presets = [
        Preset(
            "forgetting",
            {"lam_s": 0.02, "rho": 0.95},
            "hardly any penalty: the teacher’s labels overwrite what pre-training left",
        ),
        Preset(
            "the best penalty",
            {"lam_s": 0.9, "rho": 0.95},
            "enough penalty to keep the hard feature, not too much to learn the easy one",
        ),
        Preset(
            "adapter",
            {"lam_s": 0.02, "rho": 0.95, "adapter": 1},
            "the pre-trained read-out is kept: no penalty is needed",
        ),
        Preset(
            "weak pre-training",
            {"lam_s": 1.5, "rho": 0.4},
            "too little overlap: at every penalty shown, the student loses",
        ),
        Preset(
            "few teacher labels",
            {"lam_s": 0.5, "rho": 0.95, "gamma_s": 2.0, "adapter": 1},
            "γₛ large: the student copies the easy direction badly",
        ),
    ]
    votes = [
        Vote(
            "The student knows the hard direction well, ρ = 0.9, and trusts its teacher with care, λₛ = 1. "
            "Who wins?"
        ),
        Vote("Now it trusts its teacher a lot, λₛ = 0.02. Who wins?", {"lam_s": 0.02}),
        Vote(
            "The same, but it may not touch its old read-out: the student’s error …",
            {"lam_s": 0.02},
            {"adapter": 1},
        ),
    ]
    return PhaseExplorer(
        field(),
        "rho",
        "lam_s",
        explorer_id="multi-index",
        title="Explorer of Mechanism III: pre-training, fine-tuning, forgetting",
        presets=presets,
        votes=votes,
        texts=LABELS,
        limit=0.4,
        sampling=SAMPLING,
    )
