"""What stands around the curves: names of the axes, legends, lines at 0 and at predicted values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from w2slib.figures.colours import COLOURS

__all__ = ["LABELS", "describe", "reference", "ties", "zero_line"]

LABELS = {
    "lam": r"penalty $\lambda$",
    "lam_t": r"teacher's penalty $\lambda_t$",
    "lam_s": r"student's penalty $\lambda_s$",
    "gamma_s": r"student's aspect ratio $\gamma_s$",
    "zeta": r"alignment $\zeta$",
    "error": "excess test error",
    "difference": r"$L_s - L_t$",
    "time": "fine-tuning time t",
    "truth": "overlap with the truth",
    "step": "step of pre-training + 1",
    "generation": "generation (0: the teacher)",
}
"""What the axes of the book's figures are called."""


def describe(
    ax: Axes,
    x: str | None = None,
    y: str | None = None,
    title: str | None = None,
    *,
    log: str = "",
    legend: str | dict[str, Any] | None = None,
    **limits: Any,
) -> Axes:
    """Say what the axes show, and return them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    x, y : str, optional
        Their labels; a key of `LABELS` stands for the label there.
    title : str, optional
        Title of the panel.
    log : str
        Which axes are logarithmic, a subset of "xy".
    legend : str or dict, optional
        Draws a legend: where (``"best"``), or the arguments of ``Axes.legend``.
    **limits
        Passed on to ``Axes.set``, for instance ``ylim=(0, 1)``.

    Examples
    --------
    >>> from w2slib.figures import subplots
    >>> fig, ax = subplots()
    >>> describe(ax, "lam_s", "error", log="x").get_ylabel()
    'excess test error'
    """
    words = {"xlabel": x and LABELS.get(x, x), "ylabel": y and LABELS.get(y, y), "title": title}
    scales = {f"{axis}scale": "log" for axis in log}
    ax.set(**scales, **{name: text for name, text in words.items() if text is not None}, **limits)
    if legend is not None:
        ax.legend(**({"loc": legend} if isinstance(legend, str) else legend))
    return ax


def zero_line(ax: Axes, *, width: float = 0.8) -> Line2D:
    """Draw a thin black line at height 0 and return it.

    Examples
    --------
    >>> from w2slib.figures import subplots
    >>> fig, ax = subplots()
    >>> zero_line(ax).get_ydata()
    [0, 0]
    """
    return ax.axhline(0, color="black", linewidth=width)


def reference(
    ax: Axes,
    *,
    x: float | None = None,
    y: float | None = None,
    label: str | None = None,
    index: int | None = None,
) -> Line2D:
    """Draw a dotted line at one value of x or of y, and return it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, y : float
        The value, one of the two.
    label : str, optional
        Legend entry.
    index : int, optional
        The curve that it belongs to, whose colour it takes; by default it is black.

    Raises
    ------
    ValueError
        If both values are given, or none.

    Examples
    --------
    >>> from w2slib.figures import subplots
    >>> fig, ax = subplots()
    >>> reference(ax, y=0.5, index=0).get_linestyle()
    ':'
    """
    style: dict[str, Any] = {"linestyle": ":", "label": label}
    style["color"] = "black" if index is None else COLOURS[index % len(COLOURS)]
    if x is not None and y is None:
        return ax.axvline(x, **style)
    if y is not None and x is None:
        return ax.axhline(y, **style)
    raise ValueError(f"x = {x!r} and y = {y!r} are not allowed: give one of the two")


def ties(ax: Axes, x: Sequence[float] | np.ndarray, level: float, *, index: int = 0) -> Line2D:
    """Draw circles where curve number ``index`` is known to cross a level, and return them.

    Examples
    --------
    >>> from w2slib.figures import subplots
    >>> fig, ax = subplots()
    >>> ties(ax, [0.1, 2.0], 0.5).get_ydata().tolist()
    [0.5, 0.5]
    """
    colour = COLOURS[index % len(COLOURS)]
    (circles,) = ax.plot(x, np.full(len(x), level), "o", color=colour, markersize=8)
    return circles
