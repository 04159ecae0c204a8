"""What the reader sets: a number with a range, a scale and a slider."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .checks import check_name, check_range, fail
from .table import Axis


@dataclass(frozen=True)
class Parameter:
    """A number the reader sets with a slider.

    Parameters
    ----------
    name : str
        The symbol used in code, for instance ``"lam_t"``; keyword of :meth:`Field.evaluate`.
    label : str
        The symbol shown to readers, in Unicode (``"λₜ"``): slider labels do not typeset TeX.
    low, high, value : float
        Range and initial value, ``low <= value <= high``.
    scale : {"log", "linear"}
        Whether the slider, and an axis that shows this parameter, are logarithmic.
    step : float, optional
        Slider step: in decades on a log scale (default 0.02), in units of the parameter on a
        linear one (default a round number of about a hundredth of the range).  `stops` has the
        values that the browser's slider stops at; on a log scale they are round numbers.
    description : str
        Two or three words put before the label ("teacher penalty").
    integer : bool
        Only whole numbers (linear scale; the step is at least 1).  From 0 to 1: a checkbox, which
        `label` names.
    """

    name: str
    label: str
    low: float
    high: float
    value: float
    scale: str = "log"
    step: float | None = None
    description: str = ""
    integer: bool = False

    def __post_init__(self) -> None:
        check_name("Parameter.name", self.name)
        what = f"Parameter {self.name}"
        check_range(what, self.low, self.high, self.scale, ("log", "linear"))
        self.check(self.value)
        step = self._default_step() if self.step is None else self.step
        object.__setattr__(self, "step", step)
        if not step > 0:
            fail(f"{what}: step", step, "it must be positive")
        if self.integer and (self.scale != "linear" or step % 1):
            fail(f"{what}: integer", True, "it needs a linear scale and a whole step")

    def _default_step(self) -> float:
        if self.scale == "log":
            return 0.02
        if self.integer:
            return 1.0
        rough = (self.high - self.low) / 100
        power = 10.0 ** math.floor(math.log10(rough) + 1e-9)
        return float(power * max(f for f in (1, 2, 5) if f * power <= rough * (1 + 1e-9)))

    @property
    def toggle(self) -> bool:
        """Whether it is a choice between no and yes."""
        return self.integer and (self.low, self.high) == (0, 1)

    @property
    def stops(self) -> np.ndarray:
        """Every value that the slider stops at, from `low` to `high`."""
        step = float(self.step or self._default_step())
        if self.scale == "log":
            ends = math.log10(self.low) / step, math.log10(self.high) / step
            powers = step * np.arange(math.floor(ends[0]), math.ceil(ends[1]) + 1)
            values = np.array([_round_number(10.0**power) for power in powers])
        else:
            count = math.floor((self.high - self.low) / step + 1e-9)
            values = np.round(self.low + step * np.arange(count + 1), 12)
        inside = values[(values > self.low) & (values < self.high)]
        return np.unique([self.low, *inside, self.high])

    @property
    def title(self) -> str:
        """Description and label, as shown next to the slider and along an axis."""
        return f"{self.description} {self.label}".strip()

    def axis(self, n: int) -> Axis:
        """Nodes of a table over the whole range of this parameter, on its scale."""
        return Axis(self.name, self.low, self.high, n, self.scale)

    def check(self, value: float | np.ndarray) -> None:
        """Raise ValueError unless every `value` lies in the range (up to rounding)."""
        values = np.asarray(value, dtype=float)
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        # `not (inside)` so that NaN counts as outside.
        outside = ~((values >= self.low - slack) & (values <= self.high + slack))
        if np.any(outside):
            worst = float(np.atleast_1d(values)[np.atleast_1d(outside)][0])
            fail(self.name, worst, f"it must lie in [{self.low:g}, {self.high:g}]")


def _round_number(value: float) -> float:
    """A multiple of 1/20 below 2, of 1/10 below 5, of 1/4 below 10, times a power of ten."""
    power = math.floor(math.log10(value) + 1e-9)
    mantissa = value / 10.0**power
    per_unit = 20 if mantissa < 2 else 10 if mantissa < 5 else 4
    return float(f"{round(mantissa * per_unit) / per_unit:.2f}e{power}")


def random_values(parameter: Parameter, rng: np.random.Generator, size: int) -> np.ndarray:
    """Values spread evenly over the parameter's range, on its own scale."""
    if parameter.scale == "log":
        drawn = rng.uniform(np.log(parameter.low), np.log(parameter.high), size)
        return np.asarray(np.exp(drawn))
    values = rng.uniform(parameter.low, parameter.high, size)
    return np.asarray(np.round(values)) if parameter.integer else values
