"""Explorer of the tools chapter: what one ridge fit keeps, and what it makes up."""

from __future__ import annotations

from typing import Any

from w2slib.random_matrices import discriminant_root, shrinkage

from ..model import Field, Parameter, Quantity, Table
from ..widgets.phase import Curve, Marker, PhaseExplorer, Preset, Vote
from ..widgets.sampling import Sampling

TEXTS = {
    "student": "The fit is worth making",
    "teacher": "The fit is worse than answering zero",
    "tie": "The fit is as good as answering zero",
    "student_by": "its error {student} is {gap} below the {teacher} of answering zero ({percent}).",
    "teacher_by": "its error {student} is {gap} above the {teacher} of answering zero ({percent}).",
    "tie_by": "both errors are {teacher} to within a thousandth.",
    "never": "No {label} in the range shown makes the fit worthwhile.",
    "always": "It beats answering zero for every {label} in the range shown.",
    "below": "In the range shown, it beats answering zero for every {label} below {high}.",
    "above": "In the range shown, it beats answering zero for every {label} above {low}.",
    "between": "It beats answering zero for {low} < {label} < {high}.",
    "student_curve": "error of the fit",
    "teacher_curve": "error of answering zero",
    "difference": "error − 1",
    "blue": "worth it",
    "orange": "worse",
    "error": "excess test error",
    "vote": "Is the fit worth making at this setting?",
    "moves": "the error goes from {from} to {to}.",
}


def field() -> Field:
    """Error of one ridge fit, split into lost signal and added noise, against answering zero."""
    parameters = (
        Parameter("gamma", "γ", 0.1, 10, 1.6, description="d/n"),
        Parameter("lam", "λ", 1e-2, 1e1, 0.05, description="penalty"),
        Parameter(
            "noise_var", "σ²", 0, 2, 0.5, scale="linear", step=0.02, description="label noise"
        ),
    )
    gamma, lam, _ = parameters
    axes = [lam.axis(30), gamma.axis(120)]

    def lost(lam: Any, gamma: Any) -> Any:
        return (1 - shrinkage(lam, gamma)) ** 2

    def noise(lam: Any, gamma: Any) -> Any:  # variance that the fit makes from one unit of noise
        return gamma * shrinkage(lam, gamma) / discriminant_root(lam, gamma)

    tables = [
        Table.tabulate("lost", axes, lost),
        Table.tabulate("noise", axes, noise),
        Table.tabulate("leaked", axes, lambda lam, gamma: lost(lam, gamma) * noise(lam, gamma)),
    ]
    quantities = [
        Quantity("added", [(1, "leaked"), (1, "noise_var", "noise")]),
        Quantity("student", [(1, "lost"), (1, "added")]),
        Quantity("teacher", [(1,)]),
        Quantity("diff", [(-1,), (1, "student")]),
        Quantity("lam_best", [(1, "noise_var", "gamma")]),
    ]
    return Field(parameters, tables, quantities)


def random_matrices() -> PhaseExplorer:
    """One ridge fit: signal lost by shrinking, noise added, and when it is worth making at all.

    Examples
    --------
    >>> from w2slib import explorer
    >>> fit = explorer.random_matrices()
    >>> fit.set(gamma=1.0, lam=0.01)  # as many samples as dimensions, hardly any penalty
    >>> fit.evaluate("student") > 1
    True
    """
    presets = [
        Preset(
            "plenty of data",
            {"gamma": 0.1, "lam": 0.05},
            "ten samples a dimension: hardly anything is lost or added",
        ),
        Preset(
            "interpolation peak",
            {"gamma": 1.0, "lam": 0.01},
            "as many samples as dimensions and hardly any penalty: worse than answering zero",
        ),
        Preset(
            "best penalty",
            {"gamma": 1.0, "lam": 0.5},
            "the same data with λ = σ²γ",
        ),
        Preset(
            "few data",
            {"gamma": 8.0, "lam": 0.05},
            "eight dimensions a sample: most of the signal is lost, whatever the penalty",
        ),
    ]
    votes = [
        Vote("γ = 1.6 dimensions a sample and a small penalty, λ = 0.05. Is the fit worth making?"),
        Vote(
            "As many samples as dimensions, γ = 1, and hardly any penalty, λ = 0.01. Is it worth making?",
            {"gamma": 1, "lam": 0.01},
        ),
        Vote(
            "The same data. Raise the penalty from λ = 0.01 to 0.5: the error …",
            {"gamma": 1, "lam": 0.01},
            {"gamma": 1, "lam": 0.5},
        ),
    ]
    return PhaseExplorer(
        field(),
        "gamma",
        "lam",
        explorer_id="one-fit",
        title="What one ridge fit keeps and what it adds",
        presets=presets,
        votes=votes,
        markers=[Marker("lam_best", "best λ = σ²γ", axis="y")],
        curves=[Curve("lost", "signal lost, (1 − s)²"), Curve("added", "noise added")],
        texts=TEXTS,
        limit=1.0,
        sampling=Sampling("one-fit", {"gamma": "n"}, student="fit", teacher="answering zero"),
    )
