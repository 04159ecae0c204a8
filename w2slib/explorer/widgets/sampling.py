"""What the browser needs to know to draw data sets at the setting that an explorer shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..model import Field

DIMENSIONS = (60, 80, 100, 140, 200)

DRAW_TEXTS: dict[str, str] = {
    "hint": "The map and the curves are theory, for d → ∞. Draw data sets with a finite d to test it.",
    "key": "small marks: draws; large: mean ± 2 s.e.",
    "drawing": "Drawing: {done} of {wanted} …",
    "one": "1 draw with d = {dim} ({sizes}): {student} {student_mean}, theory {student_theory}; {teacher} "
    "{teacher_mean}, theory {teacher_theory}. Draw more for a mean and its error.",
    "several": "{count} draws with d = {dim} ({sizes}), mean ± 2 standard errors: {student} "
    "{student_mean} ± {student_half}, theory {student_theory} ({student_inside}); {teacher} "
    "{teacher_mean} ± {teacher_half}, theory {teacher_theory} ({teacher_inside}). "
    "The {student} won {wins} of {count}.",
    "inside": "inside",
    "outside": "outside",
    "allowed": "Inside: within ± and {allowance} for the finite d, {allowed} here.",
    "measured": "",
    "by_chance": "Of twenty true theories, one is outside by chance.",
    "failed": "This browser does not let a page compute in the background: no data set was drawn.",
}
"""Phrases about the draws, with the places filled in by the browser in braces."""


@dataclass(frozen=True)
class Sampling:
    """How ``static/samples.js`` draws data at the setting shown, fits teacher and student, and measures.

    Parameters
    ----------
    model : str
        Name of a model in ``static/samples.js``.
    ratios : mapping of str to str
        Every ratio d/n by the name of its parameter, and how readers know its number of samples:
        ``{"gamma_t": "nₜ"}``. n is rounded; theory is then evaluated at the ratio that was drawn.
    fixed : mapping
        What the model needs and the field has no parameter for.
    measured : sequence of str
        Quantities of the field that a draw measures and theory starts from.
    texts : mapping
        Phrases that replace those of `DRAW_TEXTS`.
    student, teacher : str
        What the two fits are called.
    allowance, per_sample : float
        Theory is called inside when it is within two standard errors plus ``allowance / d`` plus
        ``per_sample / n`` for the smallest number of samples.
    also : mapping of str to float
        What is allowed besides, by the value of the parameter `by`, in decimal digits.
    by : str
        Name of that parameter.
    dim : int
        Dimension at first, one of `DIMENSIONS`.

    Raises
    ------
    ValueError
        If the allowance is negative or not finite, a phrase is unknown, or the dimension is none of
        `DIMENSIONS`.

    Examples
    --------
    >>> Sampling("ridge", {"gamma_t": "nₜ", "gamma_s": "nₛ"}).payload()["dim"]
    100
    """

    model: str
    ratios: Mapping[str, str]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    measured: Sequence[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    student: str = "student"
    teacher: str = "teacher"
    allowance: float = 3.0
    per_sample: float = 0.0
    by: str = ""
    also: Mapping[str, float] = field(default_factory=dict)
    dim: int = 100

    def __post_init__(self) -> None:
        allowed = {"allowance": self.allowance, "per_sample": self.per_sample, **self.also}
        for name, value in allowed.items():
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name} = {value!r}; allowed: a finite number >= 0")
        if self.dim not in DIMENSIONS:
            raise ValueError(f"dim = {self.dim!r}; allowed: one of {DIMENSIONS}")
        for key in set(self.texts) - set(DRAW_TEXTS):
            raise ValueError(f"texts: {key!r} is unknown; allowed: {', '.join(DRAW_TEXTS)}")

    def check(self, field: Field) -> None:
        """Raise ValueError unless ratios and measured quantities belong to the field."""
        for name in self.ratios:
            if name not in field.defaults and name not in self.fixed:
                known = (*field.defaults, *self.fixed)
                raise ValueError(f"ratios: {name!r} is unknown; allowed: {', '.join(known)}")
        if self.by:
            field.parameter(self.by)
        for name in self.measured:
            if name not in field.order:
                raise ValueError(
                    f"measured: {name!r} is unknown; allowed: {', '.join(field.order)}"
                )

    def payload(self) -> dict[str, Any]:
        """What the browser is sent."""
        return {
            "model": self.model,
            "ratios": dict(self.ratios),
            "fixed": dict(self.fixed),
            "measured": list(self.measured),
            "texts": DRAW_TEXTS | dict(self.texts),
            "student": self.student,
            "teacher": self.teacher,
            "allowance": self.allowance,
            "perSample": self.per_sample,
            "by": self.by,
            "also": dict(self.also),
            "dim": self.dim,
            "dimensions": list(DIMENSIONS),
        }
