"""`PhaseExplorer`: sliders, phase diagram, section and sentence put together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ipywidgets as widgets
import numpy as np

from w2slib.figures.colours import DIVERGING_COLOURS

from ..model import Field, Parameter, random_values
from .canvas import Canvas
from .linked import Linked, Slider, check_id
from .sampling import Sampling

TEXTS: dict[str, str] = {
    "student": "The student wins",
    "teacher": "The teacher wins",
    "tie": "Student and teacher tie",
    "student_by": "its error {student} is {gap} below the teacher’s {teacher} ({percent}).",
    "teacher_by": "the student’s error {student} is {gap} above its {teacher} ({percent}).",
    "tie_by": "both errors are {teacher} to within a thousandth.",
    "before_marker": "",
    "at_marker": "",
    "after_marker": "",
    "never": "No {label} in the range shown lets the student win.",
    "always": "The student wins for every {label} in the range shown.",
    "below": "In the range shown, the student wins for every {label} below {high}.",
    "above": "In the range shown, the student wins for every {label} above {low}.",
    "between": "The student wins for {low} < {label} < {high}.",
    "several": "The student wins in {count} separate ranges of {label}.",
    "student_curve": "student",
    "teacher_curve": "teacher",
    "difference": "Lₛ − Lₜ",
    "blue": "student wins",
    "orange": "teacher wins",
    "error": "error",
    "vote": "Who wins at this setting?",
    "rises": "it rises",
    "falls": "it falls",
    "moves": "the student’s error goes from {from} to {to}.",
}
"""Every phrase of the page, with the places filled in by the browser in braces.

``before_marker``, ``at_marker`` and ``after_marker`` are said when the cross-hair is below, on or
above the first marker (``{value}``, ``{marker}``); the six phrases from ``never`` on name the part
of the section on which the student wins; ``vote`` is asked while the answer is covered.
``PhaseExplorer(..., texts={...})`` replaces some.
"""


@dataclass(frozen=True)
class Preset:
    """A button that takes the reader to an instructive place.

    `settings` names parameters; those it leaves out return to their initial values, so that the
    button always leads to the same place.  `tip` says below the buttons what to look at.
    """

    label: str
    settings: Mapping[str, float]
    tip: str = ""


@dataclass(frozen=True)
class Vote:
    """A question to be decided before the picture is shown.

    It is asked at `settings`; parameters left out have their initial values.  Without `to` the
    answers are those of "who wins?"; with it, whether the student's error rises or falls on the way
    from there to `to`.  What is right is read off the field.
    """

    question: str
    settings: Mapping[str, float] | None = None
    to: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Marker:
    """A dashed line in the map: where parameter `axis` ("x" or "y") equals a quantity.

    A quantity that depends on the other axis gives a curve.
    """

    quantity: str
    label: str
    axis: str = "x"


@dataclass(frozen=True)
class Curve:
    """One more curve in the section: the quantity or table `quantity`, named `label`."""

    quantity: str
    label: str


class PhaseExplorer(Linked):
    """Sliders that redraw a phase diagram, with or without a kernel.

    Real ipywidgets sliders are joined by ``jslink`` to a :class:`Canvas`.  On the published page
    the browser evaluates the tables of `field`; in JupyterLab the same happens, and every value
    also reaches Python.

    Parameters
    ----------
    field : Field
        Student's and teacher's errors.
    x, y : str
        The two parameters over which the map is drawn.
    sliders : sequence of str, optional
        Parameters that get a slider, in order (default: all).  The others stay at their initial
        values.
    explorer_id : str
        Name of the explorer on its page and in links (``#ridge?lam_t=0.1``): letters, digits
        and hyphens.
    title : str
        Accessible name of the whole.
    presets : sequence of Preset
        Buttons; a "reset" button is added.
    votes : sequence of Vote
        Questions that are asked, in order, while the answer is covered (see `cover`).
    section : {"y", "x"}
        Along which axis of the map the section on the right runs.
    markers, curves : sequence of Marker, Curve
        Lines added to the map, and curves added to the section.
    texts : dict
        Phrases that replace those of `TEXTS`.
    limit : float, optional
        End of the fixed colour scale, [−limit, limit].  Default: a round number near the 90th
        percentile of the absolute difference.
    sampling : Sampling, optional
        How data sets are drawn at the setting shown; without it there are no buttons for it.

    Attributes
    ----------
    sliders : dict of str to ipywidgets slider
    canvas : Canvas
    field : Field

    Raises
    ------
    ValueError
        If a name is unknown or a preset or vote leaves a range.
    """

    def __init__(
        self,
        field: Field,
        x: str,
        y: str,
        sliders: Sequence[str] | None = None,
        *,
        explorer_id: str,
        title: str,
        presets: Sequence[Preset] = (),
        votes: Sequence[Vote] = (),
        section: str = "y",
        markers: Sequence[Marker] = (),
        curves: Sequence[Curve] = (),
        texts: Mapping[str, str] | None = None,
        limit: float | None = None,
        sampling: Sampling | None = None,
    ) -> None:
        names = list(field.defaults if sliders is None else sliders)
        check_id("explorer_id", explorer_id)
        _check_names(field, x, y, names)
        for preset in presets:
            field.check(preset.settings)
        for vote in votes:
            field.check(vote.settings or {})
            field.check(vote.to or {})
        _check_lines(field, section, [*markers, *curves])
        _check_look(texts or {}, limit)
        if sampling:
            sampling.check(field)
        self.field = field
        self._x, self._y, self._id = x, y, explorer_id
        options = {
            "id": explorer_id,
            "title": title,
            "x": x,
            "y": y,
            "section": section,
            "sliders": names,
            "presets": [vars(p) | {"settings": field.defaults | dict(p.settings)} for p in presets],
            "votes": [
                {
                    "question": v.question,
                    "settings": field.defaults | dict(v.settings or {}),
                    "to": v.to,
                }
                for v in votes
            ],
            "covered": False,
            "markers": [vars(marker) for marker in markers],
            "curves": [vars(curve) for curve in curves],
            "texts": TEXTS | dict(texts or {}),
            "limit": default_limit(field) if limit is None else float(limit),
            "colours": list(DIVERGING_COLOURS),
            "sampling": sampling.payload() if sampling else None,
        }
        canvas = Canvas(field, options)
        self.sliders = {name: make_slider(field.parameter(name)) for name in names}
        super().__init__(self.sliders, canvas)

    @property
    def settings(self) -> dict[str, float]:
        """Present value of every parameter."""
        with_slider = {name: slider.value for name, slider in self.sliders.items()}
        values = {name: getattr(self.canvas, name) for name in self.field.defaults} | with_slider
        return {name: float(value) for name, value in values.items()}

    def set(self, **settings: float) -> None:
        """Set parameters by name.

        Raises
        ------
        ValueError
            For an unknown parameter or a value out of range; nothing is set then.
        """
        self.field.check(settings)
        for name, number in settings.items():
            value = bool(number) if self.field.parameter(name).toggle else number
            if name in self.sliders:
                self.sliders[name].value = value
            # jslink acts in a browser only: without one, the canvas is told here.
            setattr(self.canvas, name, value)

    def evaluate(self, name: str) -> float:
        """Value of a quantity of the field at the present settings."""
        return float(self.field.evaluate(name, **self.settings))

    def __repr__(self) -> str:
        return f"PhaseExplorer({self._id!r}, x={self._x!r}, y={self._y!r})"


def make_slider(parameter: Parameter) -> Slider:
    """The ipywidgets slider of a parameter, or its checkbox."""
    if parameter.toggle:
        return widgets.Checkbox(bool(parameter.value), description=parameter.title, indent=False)
    shared = {
        "value": parameter.value,
        "step": parameter.step,
        "description": parameter.title,
        "readout_format": "d" if parameter.integer else ".3g",
    }
    if parameter.scale == "log":
        ends = {"min": np.log10(parameter.low), "max": np.log10(parameter.high)}
        return widgets.FloatLogSlider(**ends, **shared)
    return widgets.FloatSlider(min=parameter.low, max=parameter.high, **shared)


def default_limit(field: Field) -> float:
    """A round end for the colour scale, from the difference at fixed pseudo-random settings."""
    rng = np.random.default_rng(0)
    settings = {p.name: random_values(p, rng, 400) for p in field.parameters}
    high = np.quantile(np.abs(field.evaluate(field.difference, **settings)), 0.9)
    power = 10.0 ** np.floor(np.log10(max(high, 1e-12)))
    return float(power * min(factor for factor in (1, 2, 5, 10) if factor * power >= high))


def _check_names(field: Field, x: str, y: str, sliders: Sequence[str]) -> None:
    if x == y:
        raise ValueError(f"x = y = {x!r}; allowed: two different parameters")
    for name in (x, y, *sliders):
        field.parameter(name)


def _check_lines(field: Field, section: str, lines: Sequence[Marker | Curve]) -> None:
    if section not in ("x", "y"):
        raise ValueError(f"section = {section!r}; allowed: 'x' or 'y'")
    for line in lines:
        if line.quantity not in field.order:
            raise ValueError(f"{line} names no quantity or table; allowed: {field.order}")
        if isinstance(line, Marker) and line.axis not in ("x", "y"):
            raise ValueError(f"{line}: axis; allowed: 'x' or 'y'")


def _check_look(texts: Mapping[str, str], limit: float | None) -> None:
    for key in set(texts) - set(TEXTS):
        raise ValueError(f"texts: {key!r} is unknown; allowed: {', '.join(TEXTS)}")
    if limit is not None and not (math.isfinite(limit) and limit > 0):
        raise ValueError(f"limit = {limit!r}; allowed: a finite number above 0")
